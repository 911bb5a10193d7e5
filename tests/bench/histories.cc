#include "tests/bench/histories.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "checkers/linearizable.h"
#include "checkers/list_append.h"
#include "checkers/rw_register.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/history/labelled.h"
#include "tests/bench/txn_history.h"

namespace gyre {
namespace {

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct CheckCost {
  double seconds = 0;
  double megabytes = 0;  // the most that the process had, the history included
  bool as_expected = false;
};

CheckCost CheckHere(const LargeTxnOptions& options) {
  const History history = LargeTxnHistory(options);
  const double start = CpuSeconds();
  const Verdict verdict = options.objects == TxnObjects::kLists ? CheckListAppend(history, {})
                                                                 : CheckRwRegister(history, {});
  CheckCost cost;
  cost.seconds = CpuSeconds() - start;
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  cost.megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  cost.as_expected = verdict.valid == (options.percent_broken == 0 ? Validity::kValid : Validity::kInvalid);
  return cost;
}

// In a process of its own, so that its memory is its own.
CheckCost Check(const LargeTxnOptions& options) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const CheckCost cost = CheckHere(options);
    _exit(write(ends[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
  }
  close(ends[1]);
  CheckCost cost;
  CHECK(read(ends[0], &cost, sizeof cost) == sizeof cost);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  CHECK_THAT(cost.as_expected, "the verdict is another one");
  return cost;
}

void MeasureTxns(const char* name, TxnObjects objects, Figures* figures) {
  LargeTxnOptions options;
  options.objects = objects;
  double whole = 0;
  double least = 0;
  for (const uint32_t txns : {10'000u, 100'000u, 1'000'000u}) {
    options.txns = txns;
    const CheckCost cost = Check(options);
    whole = cost.seconds;
    const double each = cost.seconds / txns * 1e6;
    if (least == 0) least = each;
    figures->Add(Concat(name, ", ", txns, " transactions"), "s", cost.seconds);
    figures->Add(Concat(name, ", ", txns, " transactions, each / each of 10000"), "ratio", each / least);
    figures->Add(Concat(name, ", ", txns, " transactions, memory"), "MB", cost.megabytes);
  }
  options.percent_broken = 20;
  figures->Add(Concat(name, ", 20% in one component / valid"), "ratio", Check(options).seconds / whole);
}

// The least of three, in seconds.
double JudgeFile(const std::string& file, const LinearizableOptions& options) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  CHECK_THAT(text.ok(), file);
  double least = 1e9;
  ReadHistories(*text, Notation::kAuto, [&](const LabelledHistory& labelled) {
    CHECK_THAT(labelled.history.ok(), file);
    for (int i = 0; i < 3; ++i) {
      const double start = CpuSeconds();
      CheckLinearizable(*labelled.history, {}, options);
      least = std::min(least, CpuSeconds() - start);
    }
  });
  return least;
}

// Seconds by file, as the other program tells.
std::map<std::string, double> AskPorcupine(const std::vector<std::string>& files) {
  std::map<std::string, double> seconds;
  const char* program = std::getenv("GYRE_PORCUPINE");
  if (program == nullptr) return seconds;
  std::string command = program;
  for (const std::string& file : files) command += Concat(" '", file, "'");
  FILE* out = popen(command.c_str(), "r");
  CHECK(out != nullptr);
  char line[4096];
  while (std::fgets(line, sizeof line, out) != nullptr) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \n"), absl::SkipEmpty());
    double took = 0;
    if (words.size() == 2 && absl::SimpleAtod(words[0], &took)) seconds[words[1]] = took;
  }
  pclose(out);
  return seconds;
}

}  // namespace

void MeasureListAppend(Figures* figures) { MeasureTxns("list-append", TxnObjects::kLists, figures); }

void MeasureRwRegister(Figures* figures) { MeasureTxns("rw-register", TxnObjects::kRegisters, figures); }

void MeasureLinearizable(Figures* figures) {
  const char* logs = std::getenv("GYRE_PORCUPINE_LOGS");
  if (logs == nullptr) return;
  std::vector<std::string> etcd;
  for (const auto& entry : std::filesystem::directory_iterator(Concat(logs, "/jepsen"))) {
    etcd.push_back(entry.path().string());
  }
  std::sort(etcd.begin(), etcd.end());
  const std::vector<std::string> kv = {Concat(logs, "/kv/c50-ok.txt"), Concat(logs, "/kv/c10-ok.txt")};
  LinearizableOptions options;
  options.object.nil_read = NilRead::kLiteral;
  options.object.failed_cas = FailedCas::kMismatch;
  const std::map<std::string, double> theirs = AskPorcupine(etcd);
  double ours_all = 0;
  double theirs_all = 0;
  double worst = 1e9;
  for (const std::string& file : etcd) {
    const double seconds = JudgeFile(file, options);
    ours_all += seconds;
    const auto found = theirs.find(file);
    if (found == theirs.end()) continue;
    theirs_all += found->second;
    if (found->second > 1e-3) worst = std::min(worst, found->second / seconds);
  }
  figures->Add(Concat(etcd.size(), " etcd logs"), "s", ours_all);
  if (theirs_all > 0) {
    figures->Add("etcd logs, Porcupine / gyre", "ratio", theirs_all / ours_all);
    figures->Add("etcd logs above 1 ms, Porcupine / gyre, worst", "ratio", worst);
  }
  LinearizableOptions map;
  map.model = "kv";
  map.object.initial = Json("");
  const std::map<std::string, double> theirs_kv = AskPorcupine(kv);
  for (const std::string& file : kv) {
    const std::string name = std::filesystem::path(file).filename().string();
    const double seconds = JudgeFile(file, map);
    figures->Add(Concat("kv ", name), "s", seconds);
    const auto found = theirs_kv.find(file);
    if (found == theirs_kv.end()) continue;
    figures->Add(Concat("kv ", name, ", Porcupine / gyre"), "ratio", found->second / seconds);
  }
}

}  // namespace gyre

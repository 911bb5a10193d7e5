#include "tools/sweep_engine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/sweep_db.h"

namespace gyre {
namespace {

// A job that a node took with it is not requeued by Slurm, which waits minutes before it does: it is missing in the
// end, and is submitted once more like any that failed.
constexpr uint64_t kAttempts = 4;       // to do a job
constexpr uint64_t kJobs = 100;         // into which a sweep is cut, if --batch does not say it
constexpr int kPollMilliseconds = 500;  // from one look at what the jobs do to the next

struct Ended {
  int status = 0;  // of the shell's command; -1: it was killed, or interrupted
  std::string out;
};

// Runs `command` in a shell and a process group of its own; Ctrl-C ends it. Its stderr is ours.
Ended RunShell(const std::string& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {-1, ""};
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    dup2(ends[1], STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  Ended ended;
  if (pid < 0) {
    close(ends[0]);
    return {-1, ""};
  }
  char buffer[4096];
  while (true) {
    pollfd ready{ends[0], POLLIN, 0};
    const int count = poll(&ready, 1, kPollMilliseconds);
    if (Interrupted()) kill(-pid, SIGTERM);
    if (count <= 0) continue;
    const ssize_t got = read(ends[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    ended.out.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

class Elsewhere {
 public:
  Elsewhere(const CommandLine& line, const Words& words, const Console& console)
      : line_(line),
        words_(words),
        console_(console),
        seeds_(*line.sweep.seeds),
        batch_(line.sweep.batch > 0 ? line.sweep.batch : (seeds_.last - seeds_.first) / kJobs + 1),
        directory_(std::filesystem::absolute(line.sweep.db + ".parts").string()) {}

  absl::Status Do() {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) return absl::UnavailableError(Concat("cannot make ", directory_, ": ", error.message()));
    absl::StatusOr<std::vector<uint64_t>> open = Gather();
    for (uint64_t attempt = 0; open.ok() && !open->empty() && attempt < kAttempts; ++attempt) {
      if (attempt > 0) console_.Complain(Concat(open->size(), " jobs have not done all of their seeds; once more."));
      const absl::Status status = line_.sweep.engine == "slurm" ? RunBySlurm(*open) : RunByParallel(*open);
      open = Gather();
      progress_.Clear();
      if (!status.ok()) return status;
      if (Interrupted()) return absl::OkStatus();
    }
    if (!open.ok()) return open.status();
    if (open->empty()) return absl::OkStatus();
    return absl::UnavailableError(Concat("Of ", open->size(), " jobs not all seeds have ended, in ", kAttempts,
                                         " attempts; what they printed is in ", directory_, "."));
  }

 private:
  std::string PartOf(uint64_t job) const { return Concat(directory_, "/", batch_, "-", job, ".db"); }

  // What the parts have, put into the sweep's file; the jobs of which a seed is missing.
  absl::StatusOr<std::vector<uint64_t>> Gather() {
    absl::StatusOr<std::unique_ptr<SweepDb>> db = SweepDb::Open(line_.sweep.db);
    if (!db.ok()) return db.status();
    const uint64_t jobs = (seeds_.last - seeds_.first) / batch_ + 1;
    std::vector<uint64_t> missing(jobs, batch_);  // seeds, by job
    missing.back() = seeds_.last - seeds_.first + 1 - (jobs - 1) * batch_;
    for (uint64_t job = 0; job < jobs; ++job) {
      if (absl::Status status = Take(PartOf(job), **db); !status.ok()) return status;
    }
    SweepReport report(false);
    report.coverage().Expect(PossibleFaults(line_.run));
    const absl::Status read = (*db)->ForEach([&](const SweepOutcome& outcome) {
      if (outcome.seed < seeds_.first || outcome.seed > seeds_.last) return;
      report.Add(outcome);
      --missing[(outcome.seed - seeds_.first) / batch_];
    });
    if (!read.ok()) return read;
    std::vector<uint64_t> open;
    for (uint64_t job = 0; job < jobs; ++job) {
      if (missing[job] > 0) open.push_back(job);
    }
    Show(report, open.size());
    return open;
  }

  void Show(const SweepReport& report, size_t open_jobs) {
    if (!ended_before_.has_value()) ended_before_ = report.count();
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    progress_.Show(absl::StrFormat("%d of %d seeds, %.0f an hour, %d jobs open, %s", report.count(),
                                   seeds_.last - seeds_.first + 1,
                                   3600 * static_cast<double>(report.count() - *ended_before_) / seconds, open_jobs,
                                   report.Progress()));
  }

  static absl::Status Take(const std::string& path, SweepDb& db) {
    if (!Exists(path)) return absl::OkStatus();
    const absl::StatusOr<std::unique_ptr<SweepDb>> part = SweepDb::OpenExisting(path);
    // A job that was killed as it made its file has done nothing yet.
    if (!part.ok()) return absl::OkStatus();
    absl::StatusOr<std::string> config = (*part)->config();
    if (!config.ok()) return absl::OkStatus();
    if (absl::Status status = db.Claim(*config); !status.ok()) return status;
    absl::Status written;
    const absl::Status read =
        (*part)->ForEach([&](const SweepOutcome& outcome) { written.Update(db.Add(outcome).status()); });
    return read.ok() ? written : read;
  }

  // The variables that the nodes have from here, PATH for one: a login elsewhere has others, and so other runs.
  std::string Variables() const {
    std::string text = "env ";
    for (const auto& [name, value] : line_.run.env) {
      const char* here = std::getenv(name.c_str());
      if (here != nullptr && value == here) text += Concat(ShellWord(Concat(name, "=", value)), " ");
    }
    return text;
  }

  // The job's command, in which `index` stands for its number.
  std::string Command(const std::string& index) const {
    const std::string part = Concat(directory_, "/", batch_, "-");
    Words words = WithOptions(words_, {"--engine", "local", "--batch", Concat(batch_), "--jobs", "1"});
    std::string command = Concat(Variables(), ShellWord(std::filesystem::read_symlink("/proc/self/exe").string()));
    command += " sweep";
    const auto dashes = std::find(words.begin(), words.end(), "--");
    for (auto word = words.begin(); word != dashes; ++word) command += Concat(" ", ShellWord(*word));
    command += Concat(" --db ", part, index, ".db");
    for (auto word = dashes; word != words.end(); ++word) command += Concat(" ", ShellWord(*word));
    return command;
  }

  absl::Status RunBySlurm(const std::vector<uint64_t>& jobs) {
    const std::string throttle = line_.jobs > 0 ? Concat("%", line_.jobs) : "";
    const std::string submit =
        Concat("sbatch --parsable --no-requeue --job-name=gyre --output=", ShellWord(Concat(directory_, "/job-%a.log")),
               " --open-mode=append --array=", absl::StrJoin(jobs, ","), throttle, " --wrap ",
               ShellWord(Command("$SLURM_ARRAY_TASK_ID")));
    const Ended submitted = RunShell(submit);
    // "17", or "17;cluster"
    const std::string id(absl::StripAsciiWhitespace(submitted.out.substr(0, submitted.out.find(';'))));
    uint64_t number = 0;
    if (submitted.status != 0 || !absl::SimpleAtoi(id, &number)) {
      if (Interrupted()) return absl::OkStatus();
      return absl::UnavailableError("Slurm did not take the job array: sbatch's own words are above.");
    }
    console_.Print(Concat("Slurm job array ", id, ": ", jobs.size(), " jobs of ", batch_, " seeds\n"));
    while (!Interrupted()) {
      usleep(kPollMilliseconds * 1000);
      const Ended queue = RunShell(Concat("squeue --noheader --array --jobs=", id, " --format=%i 2>/dev/null"));
      if (!Interrupted() && queue.out.empty()) return absl::OkStatus();
      if (const auto open = Gather(); !open.ok()) return open.status();
    }
    // RunShell would end it at once.
    if (std::system(Concat("scancel ", id).c_str()) != 0) {
      return absl::UnavailableError(Concat("Interrupted, but scancel ", id, " failed: the jobs may go on."));
    }
    return absl::OkStatus();
  }

  absl::Status RunByParallel(const std::vector<uint64_t>& jobs) {
    std::string command = "parallel --will-cite --halt never";
    if (line_.jobs > 0) command += Concat(" --jobs ", line_.jobs);
    if (!line_.sweep.hosts.empty()) command += Concat(" --sshlogin ", ShellWord(line_.sweep.hosts), " --workdir .");
    const std::string job =
        Concat("JOB_COMPLETION_INDEX={} ", Command("{}"), " >>", ShellWord(directory_), "/job-{}.log 2>&1");
    command += Concat(" ", ShellWord(job), " ::: ", absl::StrJoin(jobs, " "));
    const Ended ended = RunShell(command);
    // Up to 101 it is how many of the jobs failed, as those do that find something.
    if (ended.status > 101 && !Interrupted()) {
      return absl::UnavailableError("GNU parallel could not run the jobs: its own words are above.");
    }
    return absl::OkStatus();
  }

  using Clock = std::chrono::steady_clock;

  const CommandLine& line_;
  const Words& words_;
  const Console& console_;
  const SeedRange seeds_;
  const uint64_t batch_;
  const std::string directory_;
  StatusLine progress_{console_};
  const Clock::time_point start_ = Clock::now();
  std::optional<uint64_t> ended_before_;  // seeds, at the start
};

}  // namespace

Words WithOptions(const Words& words, const Words& more) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  Words all(words.begin(), dashes);
  all.insert(all.end(), more.begin(), more.end());
  all.insert(all.end(), dashes, words.end());
  return all;
}

absl::Status SweepElsewhere(const CommandLine& line, const Words& words, const Console& console) {
  CHECK(line.sweep.seeds.has_value() && line.sweep.engine != "local");
  if (line.sweep.db.empty()) {
    return absl::InvalidArgumentError("--engine: where to are the results to go? Give a file with --db.");
  }
  return Elsewhere(line, words, console).Do();
}

}  // namespace gyre

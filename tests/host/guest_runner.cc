// Runs one guest (tests/guests) under the host, twice with one seed, the second time different on purpose, and
// compares. Usage: guest_runner [-v] [-r] [-g] [-c] [-t] [-l TEXT] PROGRAM [ARGUMENT...]; -r interleaves its threads at
// random, -g runs it where pidfd_getfd is denied, -c where all is denied that default containers deny. Exit status 0
// when both runs ended with status 0, printed the same and have the same call digest, and took far less wall time than
// virtual time; and when both are exact or, with -l, leaky for a reason in which TEXT stands. (With -c all are leaky.)
// With -t it is 77, skipped, where RDTSC cannot be made to fault.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/host/host.h"
#include "sim/host/timestamps.h"
#include "sim/host/watchdog.h"

namespace gyre {
namespace {

struct GuestRun {
  std::string out;
  std::string log;
  std::string end;
  bool good = false;
  LocalInstant last;
  ProcessReport report;
  int64_t wall = 0;
};

// What a guest that reads stdin gets: lines at one instant, then some apart, then "quit".
const std::vector<std::pair<Duration, std::vector<std::string>>>& Input() {
  static const std::vector<std::pair<Duration, std::vector<std::string>>> input = {
      {Milliseconds(100), {"one", "two", "three"}},
      {Milliseconds(200), {"four"}},
      {Milliseconds(2200), {"five", std::string(5000, 'x')}},
      {Seconds(5), {"six"}},
      {Seconds(6), {"seven", "quit"}},
  };
  return input;
}

GuestRun RunGuest(const std::string& bin, const std::vector<std::string>& args, bool random, bool differ) {
  GuestRun run;
  HostConfig config;
  config.seed = 42;
  if (random) {
    config.choose = [](std::string_view kind, uint64_t key, Instant, int64_t,
                       absl::FunctionRef<int64_t(Draw&)> draw) {
      Draw bits(42, kind, key);
      return draw(bits);
    };
  }
  config.bin = bin;
  config.args = args;
  config.differ = differ;
  config.service_time = Duration(0);
  config.env = {{"HOME", "/tmp/gyre-node"}, {"LANG", "C.UTF-8"}, {"PATH", getenv("PATH")}, {"TMPDIR", "/tmp/gyre-node"},
                {"TZ", "UTC"}, {"USER", "node"}};
  auto host = Host::Create(config);
  if (!host.ok()) {
    run.end = std::string(host.status().message());
    return run;
  }
  const int64_t start = WallNow();
  std::unique_ptr<Node> node = (*host)->MakeNode("n0", 0);
  const absl::Status started = node->Start(LocalInstant(0), 0, Files::kEmpty);
  if (!started.ok()) {
    run.end = std::string(started.message());
    return run;
  }
  const bool reads = std::filesystem::path(bin).filename().string().rfind("stdin_", 0) == 0 ||
                     (!args.empty() && std::filesystem::path(args.back()).filename().string().rfind("stdin_", 0) == 0);
  size_t fed = 0;
  LocalInstant now(0);
  const auto horizon = LocalInstant(0) + Seconds(7 * 24 * 3600);
  for (;;) {
    std::vector<std::string> inbox;
    const bool more = reads && fed < Input().size();
    if (more && now >= LocalInstant(0) + Input()[fed].first) inbox = Input()[fed++].second;
    const LocalInstant until = reads && fed < Input().size() ? LocalInstant(0) + Input()[fed].first : horizon;
    const StepResult result = node->Step(now, inbox, std::max(until, now));
    for (const std::string& line : result.lines) run.out += line + "\n";
    run.log += result.log;
    for (const NodeFinding& finding : result.findings)
      run.log += "finding " + finding.kind + ": " + finding.text + "\n";
    run.last = result.output_at;
    if (result.stuck.has_value()) {
      run.end = "stuck: " + *result.stuck;
      break;
    }
    if (result.death.has_value()) {
      run.end = (result.death->by_signal ? "signal " : "exit ") + std::to_string(result.death->code);
      run.good = !result.death->by_signal && result.death->code == 0;
      break;
    }
    LocalInstant next = result.wake_at;
    if (reads && fed < Input().size()) next = std::min(next, std::max(now, LocalInstant(0) + Input()[fed].first));
    if (next > horizon) {
      run.end = "quiescent for ever at " + ToString(run.last);
      break;
    }
    now = std::max(next, result.output_at);
  }
  node->Kill(run.last);
  run.wall = WallNow() - start;
  run.report = (*host)->Report(0);
  return run;
}

// From here on the calls fail for this process and what it starts, as in a container that lacks the capabilities for
// them. clone3 is unknown there, as its flags cannot be looked at; clone makes no namespaces.
bool Deny(const std::vector<unsigned>& calls, bool namespaces) {
  const auto statement = [](unsigned code, unsigned k) { return sock_filter{static_cast<uint16_t>(code), 0, 0, k}; };
  const auto jump = [](unsigned code, unsigned k, uint8_t yes, uint8_t no) {
    return sock_filter{static_cast<uint16_t>(code), yes, no, k};
  };
  const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_filter forbid = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  std::vector<sock_filter> program = {statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const unsigned call : calls) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(forbid);
  }
  if (namespaces) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
    program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
    constexpr unsigned kNew = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                              CLONE_NEWPID | CLONE_NEWNET;
    program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, kNew, 0, 1));
    program.push_back(forbid);
  }
  program.push_back(allow);
  sock_fprog header{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &header, 0, 0) == 0;
}

int Main(int argc, char** argv) {
  int first = 1;
  const auto flag = [&](const char* name) {
    const bool given = argc > first && std::strcmp(argv[first], name) == 0;
    if (given) ++first;
    return given;
  };
  const bool verbose = flag("-v");
  const bool random = flag("-r");
  const bool no_getfd = flag("-g");
  const bool contained = flag("-c");
  if (flag("-t") && !TimestampsCanFault()) {
    std::printf("SKIPPED: RDTSC cannot be made to fault here\n");
    return 77;
  }
  std::string leak = contained ? "no pid namespace" : "";
  if (flag("-l") && argc > first) leak = argv[first++];
  if (argc <= first) {
    std::fprintf(stderr, "usage: guest_runner [-v] [-r] [-g] [-c] [-l TEXT] PROGRAM [ARGUMENT...]\n");
    return 254;
  }
  std::vector<unsigned> denied;
  if (no_getfd || contained) denied.push_back(SYS_pidfd_getfd);
  if (contained) {
    denied.insert(denied.end(), {SYS_mount, SYS_mount_setattr, SYS_move_mount, SYS_open_tree, SYS_personality,
                                 SYS_setns, SYS_unshare});
  }
  if (!denied.empty() && !Deny(denied, contained)) {
    std::fprintf(stderr, "guest_runner: cannot deny calls: %s\n", std::strerror(errno));
    return 254;
  }
  std::string bin = argv[first];
  // A language guest: the interpreter, found in PATH, runs a script.
  if (bin.find('/') == std::string::npos) {
    for (const char* directory : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
      if (access((directory + bin).c_str(), X_OK) == 0) {
        bin = directory + bin;
        break;
      }
    }
  }
  bin = std::filesystem::absolute(bin);
  const std::vector<std::string> args(argv + first + 1, argv + argc);
  const GuestRun a = RunGuest(bin, args, random, false);
  const GuestRun b = RunGuest(bin, args, random, true);
  const bool same = a.out == b.out && a.report.call_digest == b.report.call_digest && a.end == b.end;
  const auto graded = [&](const GuestRun& run) {
    return run.report.leak.empty() == leak.empty() && run.report.leak.find(leak) != std::string::npos;
  };
  const bool good = a.good && b.good && same && !a.out.empty() && graded(a) && graded(b);
  std::printf("%s: %s, virtual %s, wall %s, %llu stops, digest %s\n", good ? "ok" : "FAILED", a.end.c_str(),
              ToString(Duration(a.last.ns())).c_str(), ToString(Duration(a.wall / 1000000 * 1000000)).c_str(),
              static_cast<unsigned long long>(a.report.stops), a.report.call_digest.Hex().c_str());
  for (const GuestRun* run : {&a, &b}) {
    if (!run->report.leak.empty()) std::printf("leaky: %s\n", run->report.leak.c_str());
  }
  if (!graded(a) || !graded(b)) std::printf("expected is a leak with \"%s\" in it, or none\n", leak.c_str());
  if (!same) std::printf("the runs differ: end %s, digest %s\n", b.end.c_str(), b.report.call_digest.Hex().c_str());
  if (verbose || !good) std::printf("--- stdout\n%s--- log\n%s", a.out.c_str(), a.log.c_str());
  if (a.out != b.out) std::printf("--- stdout of the second run\n%s--- log\n%s", b.out.c_str(), b.log.c_str());
  return good ? 0 : 1;
}

}  // namespace
}  // namespace gyre

int main(int argc, char** argv) { return gyre::Main(argc, argv); }

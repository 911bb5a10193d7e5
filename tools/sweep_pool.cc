#include "tools/sweep_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/cores.h"

namespace gyre {
namespace {

// In the child: sends the line, leaves without running what belongs to the parent (exit handlers, stream buffers).
[[noreturn]] void SendAndExit(int pipe, const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(pipe, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    rest.remove_prefix(static_cast<size_t>(written));
  }
  _exit(0);
}

// In the child: a Ctrl-C on the terminal is the parent's to handle, and the parent's end is ours too.
void SettleInChild(pid_t parent) {
  setpgid(0, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before we could ask
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

SweepPool::SweepPool(size_t size, Work work) : size_(size), work_(std::move(work)) { CHECK(size > 0); }

SweepPool::~SweepPool() { KillAll(); }

int SweepPool::FreeCore() const {
  // Of equal ones the core that we are on: several sweeps of one simulation at a time, which know nothing of each
  // other, are spread by the kernel, and would all be on the first core else.
  const int current = sched_getcpu();
  const auto load = [&](int core) {
    const auto here = [&](const Child& child) { return child.core == core; };
    return std::pair(std::count_if(running_.begin(), running_.end(), here), core != current);
  };
  const std::vector<int>& cores = AllowedCores();
  return *std::min_element(cores.begin(), cores.end(), [&](int a, int b) { return load(a) < load(b); });
}

absl::Status SweepPool::Start(uint64_t seed) {
  CHECK(!full());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(Concat("cannot make a pipe to a simulation: ", std::strerror(errno)));
  }
  const int core = FreeCore();
  const pid_t parent = getpid();
  std::fflush(nullptr);  // or the child would have our unwritten lines too
  const pid_t pid = fork();
  if (pid < 0) {
    const int why = errno;
    close(ends[0]);
    close(ends[1]);
    return absl::ResourceExhaustedError(Concat("cannot start a process for a simulation: ", std::strerror(why)));
  }
  if (pid == 0) {
    SettleInChild(parent);
    close(ends[0]);
    SendAndExit(ends[1], Concat(work_(seed, core), "\n"));
  }
  close(ends[1]);
  running_.push_back({pid, ends[0], core, seed, ""});
  return absl::OkStatus();
}

bool SweepPool::WaitOne(Ended* ended) {
  CHECK(!idle());
  while (true) {
    std::vector<pollfd> polled;
    for (const Child& child : running_) polled.push_back({child.pipe, POLLIN, 0});
    if (poll(polled.data(), polled.size(), -1) < 0) {
      CHECK_THAT(errno == EINTR, std::strerror(errno));
      return false;
    }
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      Child& child = running_[i];
      char bytes[4096];
      const ssize_t count = read(child.pipe, bytes, sizeof bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count > 0) {
        child.received.append(bytes, static_cast<size_t>(count));
        continue;
      }
      close(child.pipe);
      ended->seed = child.seed;
      ended->wait_status = WaitFor(child.pid);
      ended->line = child.received.substr(0, child.received.find('\n'));
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
  }
}

std::vector<pid_t> SweepPool::Running() const {
  std::vector<pid_t> pids;
  for (const Child& child : running_) pids.push_back(child.pid);
  return pids;
}

void SweepPool::KillAll() {
  for (const Child& child : running_) {
    kill(child.pid, SIGKILL);
    WaitFor(child.pid);
    close(child.pipe);
  }
  running_.clear();
}

}  // namespace gyre

// CallTrace: tells a node's system calls as they happen, in virtual time, for `gyre replay --strace`:
//
//   1.000053 [2] openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <passed>
//   1.000054 [3] futex(0x5555, FUTEX_WAIT_PRIVATE, 0, NULL) <held>
//   1.250000 [3] resumed futex(0x5555, FUTEX_WAIT_PRIVATE, 0, NULL) = -1 ETIMEDOUT (Connection timed out) <answered>
//
// The number is the thread's id as the node sees it; the last word says what the host did: `passed` to the kernel,
// `answered` or `refused` in its place, `held`, or `unwatched`, when it does not stop but for the trace. Calls that
// the node makes without entering the kernel (clock reads) are not seen. Owned by the node's state. One thread.
#pragma once

#include <sys/user.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sim/host/tracee.h"

namespace gyre {

class CallTrace {
 public:
  // `sees_all`: every call stops, and again at its exit; else those only that stop anyway, without results from the
  // kernel.
  CallTrace(bool sees_all, std::function<void(std::string_view line)> print)
      : sees_all_(sees_all), print_(std::move(print)) {}

  bool sees_all() const { return sees_all_; }
  // The thread is stopped at a call. Repeated when it is stopped at the same one again.
  void Begin(const NodeState& node, const Thread& thread, bool watched);
  // The thread waits in its call.
  void Hold(const NodeState& node, const Thread& thread);
  // The kernel makes the call; its result will be known if all is seen.
  void Pass(const NodeState& node, const Thread& thread);
  // The call ends so. Does nothing if none was begun.
  void End(const NodeState& node, const Thread& thread, int64_t result, std::string_view how);
  // The call will not return.
  void Leave(const NodeState& node, const Thread& thread);
  // Something else that befell the thread.
  void Note(const NodeState& node, const Thread& thread, std::string_view text);

 private:
  struct Open {
    user_regs_struct regs{};
    bool watched = true;
    bool told = false;  // a line says that it is held
  };

  const bool sees_all_;
  const std::function<void(std::string_view line)> print_;
  std::map<const Thread*, Open> open_;  // looked up only
};

}  // namespace gyre

#include "sim/host/call_trace.h"

#include <sys/syscall.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/host/call_text.h"

namespace gyre {
namespace {

constexpr int64_t kMicrosecond = 1000;

std::string TimeText(int64_t time) {
  return absl::StrFormat("%d.%06d", time / kSecond, time % kSecond / kMicrosecond);
}

bool IsExec(const user_regs_struct& regs) { return regs.orig_rax == SYS_execve || regs.orig_rax == SYS_execveat; }

}  // namespace

void CallTrace::Note(const NodeState& node, const Thread& thread, std::string_view text) {
  print_(absl::StrFormat("%12s [%d] %s", TimeText(node.now()), thread.ns_tid, std::string(text)));
}

void CallTrace::Begin(const NodeState& node, const Thread& thread, bool watched) {
  Open& open = open_[&thread];
  open.regs = thread.regs;
  open.watched = watched;
  open.told = IsExec(thread.regs);
  // What it is called with is gone when it has been made.
  if (open.told) Note(node, thread, absl::StrCat(CallText(thread.process->pid, open.regs, {}), " <passed>"));
}

void CallTrace::Hold(const NodeState& node, const Thread& thread) {
  const auto found = open_.find(&thread);
  if (found == open_.end() || found->second.told) return;
  found->second.told = true;
  const bool timed = thread.wait.deadline != kNever;
  Note(node, thread, absl::StrCat(CallText(thread.process->pid, found->second.regs, {}), " <held",
                                  timed ? absl::StrCat(" until ", TimeText(thread.wait.deadline)) : "", ">"));
}

void CallTrace::Pass(const NodeState& node, const Thread& thread) {
  const auto found = open_.find(&thread);
  if (sees_all_ || found == open_.end()) return;
  const std::string call = absl::StrCat(found->second.told ? "resumed " : "",
                                        CallText(thread.process->pid, found->second.regs, {}));
  open_.erase(found);
  Note(node, thread, absl::StrCat(call, " <passed>"));
}

void CallTrace::End(const NodeState& node, const Thread& thread, int64_t result, std::string_view how) {
  const auto found = open_.find(&thread);
  if (found == open_.end()) return;
  const Open open = found->second;
  open_.erase(found);
  // After an exec its arguments are gone.
  const bool new_program = IsExec(open.regs) && result == 0;
  const std::string call =
      new_program ? CallName(open.regs.orig_rax) : CallText(thread.process->pid, open.regs, result);
  Note(node, thread, absl::StrCat(open.told ? "resumed " : "", call, " = ", ResultText(open.regs, result), " <",
                                  open.watched ? std::string(how) : how == "passed" ? "unwatched" : "refused", ">"));
}

void CallTrace::Leave(const NodeState& node, const Thread& thread) {
  const auto found = open_.find(&thread);
  if (found == open_.end()) return;
  const Open open = found->second;
  open_.erase(found);
  if (!open.told) Note(node, thread, absl::StrCat(CallText(thread.process->pid, open.regs, {}), " = ? <passed>"));
}

}  // namespace gyre

#include "sim/host/process_table.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "sim/host/calls.h"
#include "sim/host/made_ids.h"

namespace gyre {

Thread& AddThread(NodeState& node, pid_t tid, Process* process) {
  auto thread = std::make_unique<Thread>();
  thread->tid = tid;
  thread->ordinal = node.thread_ordinals++;
  thread->process = process;
  if (node.pid_namespace) {
    // The last of the pids that the status file lists is the innermost namespace's.
    const std::string pids = StatusField(process->pid, tid, "NSpid");
    const size_t last = pids.find_last_of("\t ");
    thread->ns_tid = std::atoi(pids.c_str() + (last == std::string::npos ? 0 : last + 1));
  } else {
    thread->ns_tid = MakeId(node, tid);
  }
  node.threads.push_back(std::move(thread));
  node.by_tid[tid] = node.threads.back().get();
  ++node.live_threads;
  return *node.threads.back();
}

Process& AddProcess(NodeState& node, pid_t pid, Process* parent) {
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->parent = parent;
  process->pidfd = ScopedFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  process->address_space = ++node.address_spaces;
  node.processes.push_back(std::move(process));
  return *node.processes.back();
}

void MarkDead(NodeState& node, Thread& thread) {
  if (thread.state == ThreadState::kDead) return;
  LeaveFutexQueue(node, thread);
  std::erase(node.run_queue, &thread);
  std::erase(node.parked, &thread);
  thread.fifo.Reset();
  thread.fifo_keeper.Reset();
  thread.state = ThreadState::kDead;
  node.by_tid.erase(thread.tid);
  --node.live_threads;
}

Process* FindProcess(const NodeState& node, int id) {
  for (const auto& process : node.processes) {
    if (process->alive && process->ns_pid == id) return process.get();
  }
  return nullptr;
}

Thread* FindThread(const NodeState& node, int id) {
  for (const auto& thread : node.threads) {
    if (thread->state != ThreadState::kDead && thread->ns_tid == id) return thread.get();
  }
  return nullptr;
}

void ForgetTheDead(NodeState& node) {
  if (node.threads.size() < 2 * node.live_threads + 64) return;
  std::erase_if(node.threads, [](const auto& thread) { return thread->state == ThreadState::kDead; });
  std::set<const Process*> used;
  for (const auto& thread : node.threads) used.insert(thread->process);
  for (const auto& process : node.processes) used.insert(process->parent);
  for (const SignalTimer& timer : node.signal_timers) used.insert(timer.process);
  for (const DescriptorTimer& timer : node.descriptor_timers) used.insert(timer.process);
  std::erase_if(node.processes, [&](const auto& process) {
    const bool waited_for = process->reaped || process->parent == nullptr || !process->parent->alive;
    return process.get() != node.main && !process->alive && waited_for && used.count(process.get()) == 0;
  });
}

void KillAll(NodeState& node) {
  for (const auto& process : node.processes) {
    if (process->alive) kill(process->pid, SIGKILL);
  }
  for (const bool leaders : {false, true}) {
    for (const auto& thread : node.threads) {
      if (thread->state == ThreadState::kDead || (thread->tid == thread->process->pid) != leaders) continue;
      int status = 0;
      while (waitpid(thread->tid, &status, __WALL) > 0 && WIFSTOPPED(status)) {
      }
    }
  }
  for (const auto& thread : node.threads) MarkDead(node, *thread);
  for (const auto& process : node.processes) process->alive = false;
}

}  // namespace gyre

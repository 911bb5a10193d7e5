// Calls that a thread of the node makes for us. The thread must stand before a call of its own (Thread::at_call): it
// makes ours instead, and stands before its own again, with its registers as they were. Whatever else is runnable
// stays stopped meanwhile, and signals wait. One thread: the tracer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "sim/host/tracee.h"

namespace gyre {

// REQUIRES: thread.at_call. The result as the kernel gives it: a negative errno on errors.
int64_t InjectCall(Thread& thread, uint64_t nr, std::initializer_list<uint64_t> args);

// Memory of the thread's process for what such a call reads and writes; put back as it was at the end of the scope.
class BorrowedMemory {
 public:
  BorrowedMemory(const Thread& thread, size_t size);
  ~BorrowedMemory();
  BorrowedMemory(const BorrowedMemory&) = delete;
  BorrowedMemory& operator=(const BorrowedMemory&) = delete;
  // Where it is, aligned to 16 bytes; 0 if there is none to be had.
  uint64_t address() const { return address_; }

 private:
  const pid_t pid_;
  uint64_t address_ = 0;
  std::string before_;
};

}  // namespace gyre

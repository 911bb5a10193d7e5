// The kernel's facts about another process as types: descriptors that close themselves, a tracee's memory and
// registers. Nothing here knows a rule of the simulation. One thread: the tracer.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gyre {

// A file descriptor of ours, closed at the end. Movable.
class ScopedFd {
 public:
  ScopedFd() = default;
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd() { Reset(); }
  ScopedFd(ScopedFd&& other) noexcept : fd_(other.Release()) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = other.Release();
    }
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();
  void Reset();

 private:
  int fd_ = -1;
};

// A descriptor that comes with one byte over a unix socket (SCM_RIGHTS, unix(7)); `flags` as of recvmsg(2). Not valid
// if something else comes, or nothing.
ScopedFd ReceiveDescriptor(int socket, int flags = 0);

// Reads or writes `size` bytes at `address` of process `pid` (process_vm_readv(2)). False unless all of it worked.
bool ReadMemory(pid_t pid, uint64_t address, void* out, size_t size);
bool WriteMemory(pid_t pid, uint64_t address, const void* data, size_t size);
// The same through /proc/<pid>/mem, which also writes to read-only pages (code).
bool WriteCode(pid_t pid, uint64_t address, const void* data, size_t size);

template <typename T>
bool ReadValue(pid_t pid, uint64_t address, T* out) {
  return ReadMemory(pid, address, out, sizeof(T));
}
template <typename T>
bool WriteValue(pid_t pid, uint64_t address, const T& value) {
  return WriteMemory(pid, address, &value, sizeof(T));
}
// A zero-terminated string of at most `limit` bytes; false if it is longer or unreadable.
bool ReadString(pid_t pid, uint64_t address, size_t limit, std::string* out);

// ptrace(2) requests on a stopped thread. False with errno set when the thread has died meanwhile.
bool GetRegisters(pid_t tid, user_regs_struct* out);
bool SetRegisters(pid_t tid, const user_regs_struct& regs);

// What follows `field` and a colon in a file of such lines, without the blanks around it; "" if absent.
std::string FieldOf(const std::string& path, const char* field);
// The same of /proc/<pid>/task/<tid>/status.
std::string StatusField(pid_t pid, pid_t tid, const char* field);

// One row of /proc/<pid>/maps.
struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  bool writable = false;
  bool executable = false;
  bool shared = false;
  uint64_t offset = 0;
  uint64_t inode = 0;
  std::string path;
};
std::vector<Mapping> ReadMappings(pid_t pid);

}  // namespace gyre

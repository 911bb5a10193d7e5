#include "sim/host/remote.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace gyre {

int ScopedFd::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void ScopedFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

ScopedFd ReceiveDescriptor(int socket, int flags) {
  char byte;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC) != 1) return ScopedFd();
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return ScopedFd();
  int fd;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return ScopedFd(fd);
}

bool ReadMemory(pid_t pid, uint64_t address, void* out, size_t size) {
  if (size == 0) return true;
  iovec local{out, size};
  iovec remote{reinterpret_cast<void*>(address), size};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool WriteMemory(pid_t pid, uint64_t address, const void* data, size_t size) {
  if (size == 0) return true;
  iovec local{const_cast<void*>(data), size};
  iovec remote{reinterpret_cast<void*>(address), size};
  return process_vm_writev(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool WriteCode(pid_t pid, uint64_t address, const void* data, size_t size) {
  const ScopedFd memory(open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDWR | O_CLOEXEC));
  return memory.valid() && pwrite(memory.get(), data, size, static_cast<off_t>(address)) == static_cast<ssize_t>(size);
}

bool ReadString(pid_t pid, uint64_t address, size_t limit, std::string* out) {
  out->clear();
  char piece[256];
  while (out->size() < limit) {
    // Never across a page: the next one may not be mapped.
    const size_t take = std::min<size_t>(sizeof piece, 4096 - (address & 4095));
    if (!ReadMemory(pid, address, piece, take)) return false;
    const void* end = std::memchr(piece, 0, take);
    if (end != nullptr) {
      out->append(piece, static_cast<const char*>(end) - piece);
      return true;
    }
    out->append(piece, take);
    address += take;
  }
  return false;
}

bool GetRegisters(pid_t tid, user_regs_struct* out) { return ptrace(PTRACE_GETREGS, tid, nullptr, out) == 0; }

bool SetRegisters(pid_t tid, const user_regs_struct& regs) {
  return ptrace(PTRACE_SETREGS, tid, nullptr, const_cast<user_regs_struct*>(&regs)) == 0;
}

std::string FieldOf(const std::string& path, const char* field) {
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return "";
  const size_t length = std::strlen(field);
  char line[512];
  std::string found;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, field, length) != 0 || line[length] != ':') continue;
    found = line + length + 1;
    break;
  }
  std::fclose(file);
  found.erase(0, std::min(found.size(), found.find_first_not_of(" \t")));
  if (!found.empty() && found.back() == '\n') found.pop_back();
  return found;
}

std::string StatusField(pid_t pid, pid_t tid, const char* field) {
  return FieldOf(absl::StrCat("/proc/", pid, "/task/", tid, "/status"), field);
}

std::vector<Mapping> ReadMappings(pid_t pid) {
  std::vector<Mapping> mappings;
  FILE* file = std::fopen(absl::StrCat("/proc/", pid, "/maps").c_str(), "re");
  if (file == nullptr) return mappings;
  char* line = nullptr;
  size_t capacity = 0;
  while (getline(&line, &capacity, file) > 0) {
    Mapping mapping;
    char flags[5] = {};
    int path_at = 0;
    unsigned long start, end, offset, inode;
    if (std::sscanf(line, "%lx-%lx %4s %lx %*s %lu %n", &start, &end, flags, &offset, &inode, &path_at) < 5) continue;
    mapping.start = start;
    mapping.end = end;
    mapping.offset = offset;
    mapping.inode = inode;
    mapping.writable = flags[1] == 'w';
    mapping.executable = flags[2] == 'x';
    mapping.shared = flags[3] == 's';
    mapping.path = line + path_at;
    if (!mapping.path.empty() && mapping.path.back() == '\n') mapping.path.pop_back();
    mappings.push_back(std::move(mapping));
  }
  std::free(line);
  std::fclose(file);
  return mappings;
}

}  // namespace gyre

// Stub: what runs between the fork of a node's first process and the exec of its program.
//
// All of it runs in a fork of a process that may have other threads, where only async-signal-safe calls are allowed:
// no allocation, no locks. So the caller prepares every string before, and every outcome goes back through a pipe.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/host/mount_plan.h"

namespace gyre {

// The steps that can fail, as named in a report.
enum class SetupStep : uint8_t {
  kUserMap,          // the ids of a new user namespace
  kPrivateMounts,    // mounts that do not propagate back
  kReadOnlyTree,     // the whole tree read-only
  kKeptFiles,        // those of an earlier incarnation
  kPrivateFiles,     // the file system for /tmp and the like
  kMountThrough,     // an entry of the plan: could not be shown at all
  kCopyOnWrite,      // an entry of the plan: is shown, but read-only
  kProc,             // a /proc of the new pid namespace
  kLoopback,         // the interface lo
  kLoopbackTimers,   // what happens on it as the kernel's clock has it
  kHostName,
  kNodeDirectory,
  kFork,
  kAddressRandomization,
  kStackLimit,
  kMemoryLimit,
  kStandardStreams,
  kNoNewPrivileges,
  kSeccomp,
  kExec,
};

struct SetupReport {
  enum class Kind : uint8_t {
    kLoss,     // goes on without it
    kRefused,  // these namespaces are of no use here; try with fewer
    kError,    // cannot go on
    kReady,    // the stub waits to be seized and told to fork
  };
  Kind kind = Kind::kReady;
  SetupStep step = SetupStep::kUserMap;
  uint16_t entry = 0;  // of MountPlan::through
  int32_t error = 0;   // errno
};

// Everything that the stub needs, prepared; outlives the fork. Pointers borrow from the caller's strings.
struct StubPlan {
  MountPlan mounts;
  bool user_namespace = false;
  bool mount_namespace = false;
  bool pid_namespace = false;
  bool network_namespace = false;
  bool uts_namespace = false;
  bool shifted = false;
  uint64_t memory_bytes = 0;
  bool has_volume = false;  // the node's files are there already
  std::string node_directory;  // the program's working directory
  std::string tmpfs_options;
  std::string uid_map;
  std::string gid_map;
  std::vector<std::string> hidden_directories;  // by private directory: its place in the hidden file system
  std::vector<std::string> upper_directories;   // by entry of mounts.through
  std::vector<std::string> work_directories;
  std::vector<std::string> overlay_options;
  const char* bin = nullptr;
  std::vector<char*> argv;  // ends in nullptr, as envp
  std::vector<char*> envp;
  const sock_filter* filter = nullptr;
  size_t filter_length = 0;
};

// Where the mount plan builds what the program sees, before /proc is mounted over it.
inline constexpr char kHiddenDirectory[] = "/proc";

// Descriptors as the caller has them, of any number.
struct StubDescriptors {
  int stdin_read;
  int stdout_write;
  int stderr_write;
  int report_write;  // SetupReports; closed by the exec
  int go_read;       // one byte when the stub may begin, one when it may fork; the end of it if the caller is gone.
                     // A socket: back goes a descriptor of the file system that holds the node's files
  int volume;        // that of an earlier node, to go on with; -1: a new one
};

// The life of the stub. REQUIRES: all signals are blocked; runs in a child that shares no memory.
[[noreturn]] void RunStub(const StubPlan& plan, const StubDescriptors& descriptors);

// fork with CLONE_ flags for new namespaces. No handlers of pthread_atfork run: the child may not allocate.
pid_t ForkInto(unsigned long namespaces);

}  // namespace gyre

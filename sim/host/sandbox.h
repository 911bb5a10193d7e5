// Sandbox: starts a node's program in its surroundings (semantics.md, Surroundings), ready to be traced.
//
// The program runs under a stub, a fork of the caller that is process 1 of new pid, mount, network, IPC and host name
// namespaces. The stub lays out the file system, forks the program (always process 2) and from then on only reaps
// orphans; whoever kills the stub kills the node with all that it has started. Nothing is created outside of the
// stub's private mounts, so the kernel clears up, whatever way the caller ends.
//
// Thread: the one that is to be the ptracer of the node makes all calls; the node dies with that thread.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/host/remote.h"

namespace gyre {

// The working directory, HOME and TMPDIR of every node: private, empty and writable. Where mounts are denied it stands
// for another one in arguments and environment.
inline constexpr char kNodeDirectory[] = "/tmp/gyre-node";

struct SandboxConfig {
  std::string bin;                                       // absolute path; argv[0] is the same
  std::vector<std::string> args;                         // without argv[0]
  std::vector<std::pair<std::string, std::string>> env;  // the whole environment
  uint64_t private_bytes = 256u << 20;                   // all that the node may keep in files
  uint64_t memory_bytes = 0;                             // RLIMIT_DATA of each process; 0: none
  bool network = false;                                  // the caller's network instead of one of its own
  // Makes the directory that stands in for kNodeDirectory where mounts are denied. Without it that itself is made.
  std::function<absl::StatusOr<std::string>()> real_directory;
  // What become descriptors 0, 1 and 2. Borrowed; any numbers, they may be equal.
  int stdin_read = -1;
  int stdout_write = -1;
  int stderr_write = -1;
  // SpawnedNode::volume of a node that has ended: its files are this one's. Borrowed; used up. -1: no files.
  int volume = -1;
  // Installed last before the exec; empty for none. It must not forbid execve.
  std::vector<sock_filter> filter;
  // Instead of it where there is no pid namespace.
  std::vector<sock_filter> filter_of_made_ids;
  // The second run of a double check: shifts what must not matter (inode and device numbers).
  bool shifted = false;
};

struct SpawnedNode {
  pid_t stub = 0;  // both as the caller sees them
  pid_t main = 0;
  bool pid_namespace = false;
  std::string directory = kNodeDirectory;  // its working directory
  // The file system that holds all that the node writes, so that it can outlive the node; invalid if there is none.
  ScopedFd volume;
  // What could not be set up and so may leak: one sentence each, the same on each spawn on this machine.
  std::vector<std::string> losses;
};

// Starts the program. On return `main` is seized by the calling thread and is in its PTRACE_EVENT_EXEC stop for
// config.bin, with the options kTraceOptions, which its threads and children inherit. Leaves nothing behind on an
// error; its sentence says whether the program (missing, not executable, without interpreter) or the machine is at
// fault. Takes no more than the statuses of the two processes concerned from waitpid.
absl::StatusOr<SpawnedNode> Spawn(const SandboxConfig& config);

// Kills the node with all that it has started, reaps the stub and whatever traced process of the node the caller has
// not reaped yet (the kernel keeps the stub until its namespace is empty).
void Dispose(const SpawnedNode& node);

// PTRACE_O_TRACESECCOMP | TRACECLONE | TRACEFORK | TRACEVFORK | TRACEEXEC | EXITKILL | TRACESYSGOOD.
extern const unsigned long kTraceOptions;

}  // namespace gyre

// What a node sees of files that only it has: numbers in the order in which it meets them, and virtual times.
//
// The kernel numbers inodes and devices and stamps times as it likes. A file's number is replaced whenever it is told.
// Its times are replaced in the file system itself: a time since the node's start by the machine's clock is one that
// the kernel has set, and the first look at it after the change writes the virtual time over it. So times that the
// node sets itself stay, and no table has to follow renames and links.
#pragma once

#include <sys/stat.h>

#include "sim/host/tracee.h"

namespace gyre {

// What the kernel may stamp on a file from now on is at least this, since 1970.
int64_t EarliestFileTime();
// Notes which devices are the node's own, and which have files without a path. `paths`: directories that may be private
// to it.
void FindPrivateDevices(NodeState& node, const std::vector<std::string>& paths);
// What is known of the files of the node's volume, for an incarnation that goes on with them. All else that the kernel
// numbers is new then.
struct KeptFiles {
  int64_t real_start = 0;
  uint64_t numbers = 0;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, PrivateFile> files;
};
KeptFiles KeepFileNumbers(NodeState& node);
void GoOnWith(NodeState& node, const KeptFiles& kept);
// Whether the numbers of such a file are the node's own: private files, pipes, sockets, and others without a path.
bool IsPrivate(const NodeState& node, const struct stat& status);
// The file by its numbers from the kernel. A new one gets the next number.
PrivateFile& FileOf(NodeState& node, uint64_t device, uint64_t inode);
PrivateFile& FileOf(NodeState& node, const struct stat& status);
// The number of a file of /proc, which the kernel would give when it is first looked at, by its name (paths.h).
uint64_t NumberInProc(const std::string& name);
// A device's number as the node sees it. Only those without hardware (major 0) are replaced.
uint64_t DeviceOf(NodeState& node, uint64_t device);
// Whether the kernel has set such a time while the node lived. Nanoseconds since 1970.
bool IsReal(const NodeState& node, int64_t time);
// A time of a file, whose numbers are the node's own, as it may be told. Files without a path may be as old as the
// machine.
int64_t VirtualTime(const NodeState& node, uint64_t device, int64_t time, int64_t instead);
// Writes virtual times over real ones. `file`: a descriptor of ours, O_PATH will do.
void StampTimes(NodeState& node, int file, const struct stat& status);
// The node wrote to the file just now.
void NoteWritten(NodeState& node, const struct stat& status);

}  // namespace gyre

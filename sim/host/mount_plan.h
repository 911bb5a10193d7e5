// What a node sees of the caller's files, worked out before anything is forked. Plain values, any thread.
//
// /tmp, /var/tmp and /dev/shm are private and empty, except that their top-level entries which hold the program or a
// path named in its arguments are mounted through. The program's own directory elsewhere is made copy-on-write. All
// else is the caller's file system, read-only, and needs no mention here.
#pragma once

#include <string>
#include <vector>

namespace gyre {

struct MountThrough {
  enum class How : uint8_t {
    kCopyOnWrite,   // a directory: overlayfs
    kReadOnlyFile,  // a regular file (or a socket, a device, ...): a bind mount
    kSymlink,       // made again; what it points to is an entry of its own
  };
  std::string path;  // absolute
  How how = How::kCopyOnWrite;
  std::string symlink_target;
  bool in_private_directory = false;  // below one of /tmp, /var/tmp, /dev/shm: its mount point has to be made
};

struct MountPlan {
  // Those of /tmp, /var/tmp and /dev/shm that exist and are directories of their own.
  std::vector<std::string> private_directories;
  std::vector<MountThrough> through;  // sorted by path, without repetition
};

// Reads the file system. `bin` is absolute; arguments name paths as "/a", "--x=/a" and "-Dx=/a:/b".
MountPlan PlanMounts(const std::string& bin, const std::vector<std::string>& args);

}  // namespace gyre

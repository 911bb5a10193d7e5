// A node's stdin and stdout as seen from outside. Who writes the pipe knows what is in it: bytes are accounted for
// and never probed. Source of the idea: determinism.md, "Getting to one stop an operation". One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "sim/host/remote.h"

namespace gyre {

// The writing side of a node's stdin. Lines wait here until the node reads; the pipe itself holds only what the
// next read may take (semantics.md, stdin).
class StdinPipe {
 public:
  // Makes the pipe. False with errno set.
  bool Open();
  // The reading end, to hand to the program; closed by CloseReadEnd once the program has it.
  int read_end() const { return read_.get(); }
  void CloseReadEnd() { read_.Reset(); }
  ino_t inode() const { return inode_; }

  void Append(absl::Span<const std::string> lines);
  // Bytes that a read would get now.
  uint64_t in_pipe() const { return in_pipe_; }
  // Bytes ever written to the pipe.
  uint64_t fed() const { return taken_ + in_pipe_; }
  bool waiting() const { return in_pipe_ > 0 || !lines_.empty(); }

  // Before a read of `size` bytes by a process that never polled: whole lines that fit, or a piece of the first.
  void FeedLinesThatFit(uint64_t size);
  // For a process that polls: the rest of at most one line, only into an empty pipe.
  void FeedOneLine();
  // A read took `bytes` of what was in the pipe.
  void Consumed(uint64_t bytes);
  // Lines whose last byte was consumed since the last call.
  uint64_t TakeLinesRead();

 private:
  // Writes up to `limit` bytes of the first line (with its newline); false when the pipe is full.
  bool FeedPiece(uint64_t limit);

  ScopedFd read_;
  ScopedFd write_;
  ino_t inode_ = 0;
  uint64_t capacity_ = 65536;
  std::deque<std::string> lines_;   // with newlines; front_sent_ bytes of the first are in the pipe or taken
  uint64_t front_sent_ = 0;
  uint64_t in_pipe_ = 0;
  std::deque<uint64_t> line_ends_;  // positions in the stream of line ends that are fed and not consumed
  uint64_t fed_ = 0;                // stream position of the writer
  uint64_t taken_ = 0;              // of the reader
  uint64_t lines_read_ = 0;
};

// The reading side of a node's stdout or stderr: drained when the node is quiescent.
class OutputPipe {
 public:
  // Of what is drained up to `most` bytes are held until they are taken; the rest is only counted.
  bool Open(uint64_t most);
  int write_end() const { return write_.get(); }
  void CloseWriteEnd() { write_.Reset(); }
  ino_t inode() const { return inode_; }
  // Appends what the pipe holds. Never blocks.
  void Drain();
  // Adds bytes that did not come through the pipe (an emulated write).
  void Append(const char* bytes, size_t size);
  // How many bytes were too many since the last call.
  uint64_t TakeDropped();
  std::string& bytes() { return bytes_; }

 private:
  ScopedFd read_;
  ScopedFd write_;
  ino_t inode_ = 0;
  uint64_t most_ = 0;
  uint64_t dropped_ = 0;
  std::string bytes_;
};

}  // namespace gyre

// Transfers that the kernel would make in parts, blocking between them. They are made by our own hand instead: as much
// as goes at once, and the thread is held until more does (Thread::moved counts). One thread: the tracer.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/host/calls.h"

namespace gyre {

// Of the node's memory.
struct Buffer {
  uint64_t address;
  uint64_t size;
};

// Those of read and write, send and receive, and of the first message of their forms for several.
std::vector<Buffer> Buffers(const Call& call);
uint64_t TotalSize(const std::vector<Buffer>& buffers);

// Holds the thread until the descriptor is ready, or a socket's own time-out (SO_RCVTIMEO, SO_SNDTIMEO) is over.
Outcome HoldFor(Call& call, int fd, short events);
// A call on a descriptor that is not ready: at once if it does not block by its own flags, else held.
Outcome InVainOrHold(Call& call, int fd, short events, bool nonblocking);
// Lets the kernel make the call with another argument, which is put back at its exit.
Outcome PassWith(Call& call, size_t slot, uint64_t argument);

// Whether the descriptor is a socket that carries a stream.
bool IsStream(Thread& thread, int fd);
// Whether what the call writes fits where poll tells that there is room.
bool Fits(const Call& call);

// Each goes on where the call was held before. REQUIRES: the descriptor blocks.
Outcome WriteInPieces(Call& call, int fd, const std::vector<Buffer>& buffers);  // to a pipe or a stream
Outcome ReceiveInPieces(Call& call, int fd);                                    // from a stream, all of it
Outcome Send(Call& call, int fd, bool ready);                                   // to a socket; `ready` as poll tells

}  // namespace gyre

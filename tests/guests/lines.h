// What the stdin_ guests share: bytes come in, lines go out, "quit" ends.
#pragma once

#include <string>

#include "guest.h"

// Echoes each whole line on stdout. At the line "quit", which is not echoed, says how many there
// were and exits 0. The end of the input before that is an error.
class Echo {
 public:
  void Take(const char* bytes, ssize_t size) {
    CHECK_GT(size, 0);
    pending_.append(bytes, size);
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos;) {
      const std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (line == "quit") Quit();
      say("%s", line.c_str());
      ++lines_;
    }
  }

  // One read(2) of at most 64 KiB.
  ssize_t ReadFrom(int fd) {
    char bytes[65536];
    const ssize_t size = read(fd, bytes, sizeof bytes);
    if (size >= 0) Take(bytes, size);
    return size;
  }

  // One read by a process that has polled its input: the host gives it one line.
  void ReadOneLineFrom(int fd) {
    char bytes[65536];
    const ssize_t size = MUST(read(fd, bytes, sizeof bytes));
    if (!Native()) {
      CHECK_GT(size, 0);
      CHECK_EQ(std::count(bytes, bytes + size, '\n'), 1);
      CHECK_EQ(bytes[size - 1], '\n');
    }
    Take(bytes, size);
  }

  [[noreturn]] void Quit() const {
    say("summary: %d lines", lines_);
    _exit(0);
  }

 private:
  std::string pending_;
  int lines_ = 0;
};

// Reading small files under /proc and /sys.
#pragma once

#include <fcntl.h>

#include <sstream>
#include <string>
#include <vector>

#include "guest.h"

inline std::string ReadAll(const char* path) {
  const int fd = MUST(open(path, O_RDONLY));
  std::string text;
  char piece[4096];
  while (const ssize_t n = MUST(read(fd, piece, sizeof piece))) text.append(piece, n);
  MUST(close(fd));
  return text;
}

inline std::vector<std::string> Lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

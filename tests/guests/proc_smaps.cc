// /proc/self/smaps, smaps_rollup and fdinfo: the same in each run, with the mappings' real sizes.
#include "proc.h"

int main() {
  const std::vector<std::string> lines = Lines(ReadAll("/proc/self/smaps"));
  std::size_t mappings = 0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    unsigned long start, end, size;
    if (std::sscanf(lines[i].c_str(), "%lx-%lx ", &start, &end) != 2) continue;
    CHECK_EQ(std::sscanf(lines[i + 1].c_str(), "Size: %lu kB", &size), 1);
    CHECK_EQ(size << 10, end - start);
    ++mappings;
  }
  CHECK_GT(mappings, 3u);
  CHECK_GT(Lines(ReadAll("/proc/self/smaps_rollup")).size(), 3u);
  for (const std::string& line : lines) say("%s", line.c_str());
  const int file = MUST(open("file", O_RDWR | O_CREAT, 0600));
  MUST(write(file, "four", 4));
  const std::string info = ReadAll(("/proc/self/fdinfo/" + std::to_string(file)).c_str());
  CHECK(Lines(info)[0] == "pos:\t4");
  say("%s%s%s", ReadAll("/proc/self/smaps_rollup").c_str(), info.c_str(), ReadAll("/proc/self/fdinfo/0").c_str());
}

// /proc/self/stat and its kin: each field repeats, its length too, and the ids are the node's own.
#include "proc.h"

int main() {
  for (const std::string& path :
       {std::string("/proc/self/stat"), "/proc/" + std::to_string(getpid()) + "/stat",
        std::string("/proc/self/statm"), std::string("/proc/thread-self/stat"),
        std::string("/proc/self/schedstat"), std::string("/proc/self/io")}) {
    const std::string text = ReadAll(path.c_str());
    CHECK(!text.empty());
    if (path.find("stat") == path.size() - 4 && path.find("sched") == std::string::npos)
      CHECK_EQ(std::stoi(text), getpid());
    for (const std::string& line : Lines(text)) say("%s: %s", path.c_str(), line.c_str());
  }
}

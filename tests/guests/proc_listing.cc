// /proc lists this node's processes and no others; /proc/self/task its threads.
#include <dirent.h>

#include <set>
#include <string>
#include <thread>

#include "guest.h"

static std::string Numbers(const char* path) {
  DIR* directory = opendir(path);
  CHECK(directory != nullptr);
  std::set<int> ids;
  while (const dirent* entry = readdir(directory))
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])))
      ids.insert(std::atoi(entry->d_name));
  closedir(directory);
  CHECK_EQ(ids.count(getpid()), 1);
  std::string text;
  for (const int id : ids) text += " " + std::to_string(id);
  return text;
}

int main() {
  const std::string processes = Numbers("/proc");
  if (!Native()) say("processes%s", processes.c_str());
  std::thread sleeper([] { SleepFor(Span(kSecond)); });
  const std::string tasks = Numbers("/proc/self/task");
  sleeper.join();
  CHECK_EQ(std::count(tasks.begin(), tasks.end(), ' '), 2);
  say("threads%s", tasks.c_str());
}

// A file of /proc that tells of the machine's state and has no virtual content can be read, and makes the run leaky by
// name. One that is not there, or is only written, does not.
#include "proc.h"

int main() {
  CHECK_ERRNO(open("/proc/no-such-file", O_RDONLY), ENOENT);
  MUST(close(MUST(open("/proc/self/comm", O_WRONLY))));
  const std::string text = ReadAll("/proc/sys/fs/file-nr");
  CHECK_GT(text.size(), 0u);
  say("done");
}

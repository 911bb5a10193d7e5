// posix_spawn (a vfork in libc's clothes): redirections, its own environment, a missing program.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "guest.h"

int main() {
  int ends[2];
  MUST(pipe2(ends, O_CLOEXEC));
  posix_spawn_file_actions_t actions;
  CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
  CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, ends[1], 1), 0);
  char shell[] = "sh", dash_c[] = "-c", script[] = "echo $WORD; exit 9", word[] = "WORD=spawned";
  char* arguments[] = {shell, dash_c, script, nullptr};
  char* environment[] = {word, nullptr};
  pid_t child;
  CHECK_EQ(posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments, environment), 0);
  MUST(close(ends[1]));
  char bytes[64];
  CHECK_EQ(read(ends[0], bytes, sizeof bytes), 8);
  CHECK(std::memcmp(bytes, "spawned\n", 8) == 0);
  CHECK_EQ(read(ends[0], bytes, sizeof bytes), 0);
  int status;
  CHECK_EQ(MUST(waitpid(child, &status, 0)), child);
  CHECK_EQ(WEXITSTATUS(status), 9);
  CHECK_EQ(posix_spawn(&child, "/no/such", nullptr, nullptr, arguments, environment), ENOENT);
  say("spawned");
}

// Runs shell scripts in the sandbox, detached from their tracer, and looks at what they print.
#include "sim/host/sandbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/host/mount_plan.h"

namespace gyre {
namespace {

std::string ReadToEnd(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(got));
  return text;
}

SandboxConfig ConfigOf(const std::string& bin, std::vector<std::string> args) {
  SandboxConfig config;
  config.bin = bin;
  config.args = std::move(args);
  config.env = {{"PATH", "/usr/bin:/bin"}, {"HOME", kNodeDirectory}};
  config.private_bytes = 8u << 20;
  return config;
}

// Both outputs of the program until all who hold them are gone; or the error, with the losses before it.
std::string Output(SandboxConfig config, bool with_losses = false) {
  int out[2];
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  config.stdin_read = open("/dev/null", O_RDONLY | O_CLOEXEC);
  config.stdout_write = config.stderr_write = out[1];
  absl::StatusOr<SpawnedNode> node = Spawn(config);
  close(config.stdin_read);
  close(out[1]);
  std::string text;
  if (node.ok()) {
    if (with_losses) text = absl::StrJoin(node->losses, "\n") + "\n";
    CHECK(ptrace(PTRACE_DETACH, node->main, nullptr, nullptr) == 0);
    text += ReadToEnd(out[0]);
    Dispose(*node);
    CHECK(kill(node->stub, 0) != 0);
    CHECK(kill(node->main, 0) != 0);
  } else {
    text = std::string(node.status().message());
  }
  close(out[0]);
  CHECK(waitpid(-1, nullptr, __WALL | WNOHANG) == -1);
  CHECK(errno == ECHILD);
  return text;
}

std::string Shell(const std::string& script, std::vector<std::string> args = {}) {
  args.insert(args.begin(), {"-c", script, "sh"});
  return Output(ConfigOf("/bin/sh", args));
}

size_t CountDescriptors() {
  size_t count = 0;
  for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

// A directory of the caller's below /tmp, with files in it.
class Scratch {
 public:
  Scratch() {
    REQUIRE(mkdtemp(path_) != nullptr);
    chmod(path_, 0755);
  }
  ~Scratch() { CHECK(system(absl::StrCat("rm -rf ", path_).c_str()) == 0); }
  std::string path() const { return path_; }
  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    const std::string file = absl::StrCat(path_, "/", name);
    std::ofstream(file) << text;
    chmod(file.c_str(), mode);
    return file;
  }
  std::string Read(const std::string& name) {
    std::ifstream file(absl::StrCat(path_, "/", name));
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

 private:
  char path_[32] = "/tmp/sandbox-test-XXXXXX";
};

TEST_CASE("the surroundings of a node") {
  struct Row {
    const char* script;
    const char* output;
  };
  constexpr Row kRows[] = {
      {"echo $$ $PPID", "2 1\n"},
      {"pwd; umask; ulimit -c; ulimit -s; id -u", "/tmp/gyre-node\n0022\n0\n8192\n0\n"},
      {"uname -n", "gyre\n"},
      {"env | sort", "HOME=/tmp/gyre-node\nPATH=/usr/bin:/bin\nPWD=/tmp/gyre-node\n"},
      {"ls -A /tmp /var/tmp /dev/shm", "/dev/shm:\n\n/tmp:\ngyre-node\n\n/var/tmp:\n"},
      {"for fd in 0 1 2 3 4 5 6 7 8 9 63 255; do [ -e /proc/$$/fd/$fd ] && echo $fd; done", "0\n1\n2\n"},
      {"grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status",
       "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n"},
      {"cat /proc/$$/personality", "00040000\n"},
      {"touch a /tmp/b /var/tmp/c /dev/shm/d && echo written", "written\n"},
      {"touch /usr/x", "touch: cannot touch '/usr/x': Read-only file system\n"},
      {"tail -n +3 /proc/net/dev | cut -d: -f1", "    lo\n"},
      {"head -c 9000000 /dev/zero > big", "head: error writing 'standard output': No space left on device\n"},
      {"ls /proc > all; grep -c '^[0-9]' all", "3\n"},  // the stub, the shell and ls
      {"stat -c %a /tmp /var/tmp /dev/shm .", "1777\n1777\n1777\n755\n"},
      {"cut -d' ' -f4-6 /proc/$$/stat | tr ' ' '\\n' | sort -u | wc -l", "2\n"},  // its own session: group = session
  };
  const size_t before = CountDescriptors();
  for (const Row& row : kRows) {
    CAPTURE(row.script);
    CHECK(Shell(row.script) == row.output);
  }
  CHECK(CountDescriptors() == before);
}

TEST_CASE("files of the caller that the arguments name are shown, and not changed") {
  Scratch scratch;
  scratch.Write("in", "original\n");
  const std::string file = scratch.path() + "/in";
  CHECK(Shell("cat $1; echo changed > $1; cat $1; rm $1; echo new > ${1}2; cat ${1}2", {file}) ==
        "original\nchanged\nnew\n");
  CHECK(scratch.Read("in") == "original\n");
  CHECK(Shell("cat ${1#--file=}", {"--file=" + file}) == "original\n");
  CHECK(Shell("ls /tmp", {"-cp", "/nonexistent:" + file}) == "gyre-node\n" + scratch.path().substr(5) + "\n");
  CHECK(Shell("ls /tmp", {"/tmp", "/tmp/gyre-node", "/tmp/none/x", "relative"}) == "gyre-node\n");
}

TEST_CASE("a program below /tmp, a single file there, a link to it") {
  Scratch scratch;
  const std::string script = scratch.Write("run", "#!/bin/sh\necho $0; touch ${0}2 && echo beside\n", 0755);
  CHECK(Output(ConfigOf(script, {})) == script + "\nbeside\n");
  const std::string single = scratch.path() + "-single";
  CHECK(system(absl::StrCat("cp ", script, " ", single).c_str()) == 0);
  CHECK(Output(ConfigOf(single, {})) == single + "\nbeside\n");
  unlink(single.c_str());
  CHECK(symlink(script.c_str(), single.c_str()) == 0);
  CHECK(Output(ConfigOf(single, {})) == single + "\nbeside\n");
  unlink(single.c_str());
  CHECK(scratch.Read("run2").empty());
}

TEST_CASE("what is mounted through") {
  using How = MountThrough::How;
  MountPlan plan = PlanMounts("/bin/sh", {"/usr/x", "-x", "a=/etc/passwd"});
  CHECK(plan.through.empty());
  Scratch scratch;
  scratch.Write("f", "");
  plan = PlanMounts(scratch.path() + "/f", {scratch.path() + "/g"});
  REQUIRE(plan.through.size() == 1);
  CHECK(plan.through[0].path == scratch.path());
  CHECK(bool{plan.through[0].how == How::kCopyOnWrite});
  CHECK(plan.through[0].in_private_directory);
}

TEST_CASE("programs that cannot be run") {
  Scratch scratch;
  const std::string at = scratch.path();
  struct Row {
    std::string bin;
    const char* reason;
  };
  const Row rows[] = {
      {at + "/none", "No such file or directory: there is no such file; check the path"},
      {at, "Permission denied: it is a directory; name the program in it"},
      {scratch.Write("plain", "#!/bin/sh\n"), "Permission denied: it is not executable; chmod +x it"},
      {scratch.Write("interpreter", "#! /none/python3 -u\n", 0755),
       "No such file or directory: its first line names the interpreter \"/none/python3\", which does not exist; "
       "install it or correct the line"},
      {scratch.Write("windows", "#!/bin/sh\r\n", 0755),
       "No such file or directory: its first line ends in a carriage return, which becomes part of the interpreter's "
       "name; save it with Unix line ends"},
      {scratch.Write("words", "echo hello\n", 0755),
       "Exec format error: it is neither a program for this machine nor a script that begins with #!; give a script a "
       "first line such as #!/bin/sh"},
      {scratch.Write("empty", "", 0755),
       "Exec format error: it is neither a program for this machine nor a script that begins with #!; give a script a "
       "first line such as #!/bin/sh"},
      {at + "/plain/x", "Not a directory: a part of its path is not a directory; check the path"},
  };
  const size_t before = CountDescriptors();
  for (const Row& row : rows) CHECK(Output(ConfigOf(row.bin, {})) == "cannot run \"" + row.bin + "\": " + row.reason);
  CHECK(CountDescriptors() == before);
}

TEST_CASE("disposing ends all that the node has started, threads and orphans too") {
  SandboxConfig config = ConfigOf("/bin/sh", {"-c", "(sleep 1000 & sleep 1000 &) ; echo up; sleep 1000"});
  int out[2];
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  config.stdin_read = open("/dev/null", O_RDONLY | O_CLOEXEC);
  config.stdout_write = config.stderr_write = out[1];
  absl::StatusOr<SpawnedNode> node = Spawn(config);
  REQUIRE(node.ok());
  close(out[1]);
  close(config.stdin_read);
  // Traced on, so that its children are too: they stop at their birth and are never continued.
  CHECK(ptrace(PTRACE_CONT, node->main, nullptr, nullptr) == 0);
  int status = 0;
  CHECK(waitpid(node->main, &status, __WALL) == node->main);
  CHECK(bool{status >> 8 == (SIGTRAP | (PTRACE_EVENT_FORK << 8))});
  Dispose(*node);
  CHECK(ReadToEnd(out[0]).empty());
  close(out[0]);
  CHECK(waitpid(-1, nullptr, __WALL | WNOHANG) == -1);
}

TEST_CASE("nothing remains after SIGKILL of the caller") {
  int out[2];
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  const pid_t caller = fork();
  if (caller == 0) {
    SandboxConfig config = ConfigOf("/bin/sh", {"-c", "sleep 1000 & echo up; sleep 1000"});
    config.stdin_read = open("/dev/null", O_RDONLY | O_CLOEXEC);
    config.stdout_write = config.stderr_write = out[1];
    absl::StatusOr<SpawnedNode> node = Spawn(config);
    if (node.ok()) ptrace(PTRACE_DETACH, node->main, nullptr, nullptr);
    while (true) pause();
  }
  close(out[1]);
  char up[3];
  CHECK(read(out[0], up, 3) == 3);
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  CHECK(ReadToEnd(out[0]).empty());  // the pipe ends when the last process that holds it is gone
  close(out[0]);
}

// Runs `body` in a child with less rights; what it returns.
template <typename Body>
std::string InChild(Body body) {
  int out[2];
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = body();
    _exit(write(out[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(out[1]);
  std::string text = ReadToEnd(out[0]);
  close(out[0]);
  waitpid(child, nullptr, 0);
  return text;
}

TEST_CASE("an unprivileged user gets the same by a user namespace") {
  if (geteuid() != 0) return;  // then the other cases have shown it
  const std::string text = InChild([] {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) return std::string("no nobody");
    prctl(PR_SET_DUMPABLE, 1);  // the change of user has cleared it
    SandboxConfig config = ConfigOf("/bin/sh", {"-c", "echo $$; id -u; pwd; ls /tmp; touch /usr/x; touch y && ls"});
    return Output(config, true);
  });
  CHECK(text == "\n2\n0\n/tmp/gyre-node\ngyre-node\ntouch: cannot touch '/usr/x': Read-only file system\ny\n");
}

// As containers do: new namespaces, mounts and personality are refused.
void RefuseNamespaces() {
  constexpr uint32_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kNamespaces, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{std::size(filter), filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

TEST_CASE("where namespaces are refused the node runs without, and each loss is named") {
  struct stat status;
  const bool existed = stat(kNodeDirectory, &status) == 0;
  const std::string text = InChild([] {
    RefuseNamespaces();
    return Output(ConfigOf("/bin/sh", {"-c", "pwd; (sleep 1000 >/dev/null 2>&1 &)"}), true);
  });
  CHECK(text ==
        "no pid namespace: process ids are made up, and a node sees the machine's processes in /proc\n"
        "no mount namespace: a node's directory is a real one below /tmp/gyre-node, at another path while another gyre "
        "runs, all else in /tmp is shared, and nodes may write wherever the caller may\n"
        "no network namespace: nodes reach the machine's network\n"
        "no IPC namespace: nodes share the machine's System V IPC and message queues\n"
        "no host name namespace: nodes see the machine's host name\n"
        "address randomization could not be turned off (personality: Operation not permitted): what depends on "
        "addresses differs from run to run\n"
        "/tmp/gyre-node\n");
  if (!existed) rmdir(kNodeDirectory);
}

TEST_CASE("the filter is in force before the program's first instruction") {
  SandboxConfig config = ConfigOf("/bin/sh", {"-c", "uname -n; echo after"});
  config.filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  CHECK(Output(config) == "uname: cannot get system name: Operation not permitted\nafter\n");
}

TEST_CASE("a shifted run has other inode and device numbers") {
  SandboxConfig config = ConfigOf("/usr/bin/stat", {"-c", "%d %i", "/tmp/gyre-node"});
  const std::string plain = Output(config);
  config.shifted = true;
  const std::string shifted = Output(config);
  CHECK(plain != shifted);
  CHECK(plain.substr(plain.find(' ')) != shifted.substr(shifted.find(' ')));
}

}  // namespace
}  // namespace gyre

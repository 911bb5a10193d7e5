// Signals that the kernel sends by itself when a descriptor is ready (O_ASYNC, F_SETSIG, F_SETOWN) or has urgent data:
// they end each wait of the thread that takes them at the instant of the write, from a process, a thread or oneself.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <thread>

#include "loopback.h"

static volatile sig_atomic_t taken = 0, descriptor = 0, taker = 0;
static Ns start;
static int seconds = 0;

static void Catch(int signal) {
  struct sigaction action = {};
  action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
    taken = signal;
    descriptor = info->si_fd;
    taker = static_cast<int>(syscall(SYS_gettid));
  };
  action.sa_flags = SA_SIGINFO;
  MUST(sigaction(signal, &action, nullptr));
}

static void MakeAsync(int fd, int signal) {
  Catch(signal);
  if (signal != SIGIO) MUST(fcntl(fd, F_SETSIG, signal));
  MUST(fcntl(fd, F_SETOWN, getpid()));
  CHECK_EQ(MUST(fcntl(fd, F_GETOWN)), getpid());
  MUST(fcntl(fd, F_SETFL, MUST(fcntl(fd, F_GETFL)) | O_ASYNC));
}

static void Start() {
  start = now_ns();
  seconds = 0;
}

// The wait was ended by this signal, a second after the one before or the start.
static void CheckEnded(const char* what, int result, int signal) {
  CHECK_EQ(result, -1);
  CHECK_EQ(errno, EINTR);
  CHECK_EQ(taken, signal);
  CHECK_ELAPSED(start, ++seconds * Span(kSecond));
  say("%s", what);
  taken = 0;
}

static void WriteAfter(int fd, int times) {
  for (int i = 0; i < times; ++i) {
    SleepFor(Span(kSecond));
    MUST(write(fd, "x", 1));
  }
}

static void FromChild() {
  int pipes[2], ends[2];
  MUST(pipe(pipes));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  MakeAsync(pipes[0], SIGIO);
  MakeAsync(ends[0], SIGRTMIN);
  Start();
  const pid_t child = MUST(fork());
  if (child == 0) {
    WriteAfter(pipes[1], 1);
    WriteAfter(ends[1], 3);
    SleepFor(Span(kSecond));
    _exit(0);
  }
  char byte;
  CheckEnded("pause", pause(), SIGIO);
  MUST(read(pipes[0], &byte, 1));
  sigset_t none;
  sigemptyset(&none);
  CheckEnded("sigsuspend", sigsuspend(&none), SIGRTMIN);
  CHECK_EQ(descriptor, ends[0]);
  MUST(read(ends[0], &byte, 1));
  const int set = MUST(epoll_create1(0));
  epoll_event event = {};
  CheckEnded("epoll_wait", epoll_wait(set, &event, 1, -1), SIGRTMIN);
  MUST(read(ends[0], &byte, 1));
  const timespec hour = ToTimespec(kHour);
  CheckEnded("nanosleep", nanosleep(&hour, nullptr), SIGRTMIN);
  CHECK_EQ(MUST(waitpid(child, nullptr, 0)), child);
}

// The thread that is the owner takes it, the first one goes on waiting.
static void FromThread() {
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  Start();
  std::thread owner([&] {
    const auto self = static_cast<int>(syscall(SYS_gettid));
    MakeAsync(ends[0], SIGIO);
    const f_owner_ex id = {F_OWNER_TID, self};
    MUST(fcntl(ends[0], F_SETOWN_EX, &id));
    CheckEnded("the owner", pause(), SIGIO);
    CHECK_EQ(taker, self);
  });
  std::thread writer([&] { WriteAfter(ends[1], 1); });
  SleepFor(Span(2 * kSecond));
  owner.join();
  writer.join();
  // One's own write.
  const int on = 1;
  MUST(ioctl(ends[1], FIOASYNC, &on));
  MUST(fcntl(ends[1], F_SETOWN, getpid()));
  MUST(write(ends[0], "x", 1));
  CHECK_EQ(taken, SIGIO);
  CHECK_EQ(taker, getpid());
}

static void Urgent() {
  int ends[2];
  ConnectedPair(ends);
  Catch(SIGURG);
  MUST(fcntl(ends[0], F_SETOWN, getpid()));
  Start();
  std::thread writer([&] {
    // Else it may take the signal itself.
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &urgent, nullptr), 0);
    SleepFor(Span(kSecond));
    CHECK_EQ(MUST(send(ends[1], "!", 1, MSG_OOB)), 1);
  });
  char byte;
  CheckEnded("urgent", poll(nullptr, 0, -1), SIGURG);
  CHECK_EQ(MUST(recv(ends[0], &byte, 1, MSG_OOB)), 1);
  CHECK_EQ(byte, '!');
  writer.join();
}

int main() {
  FromChild();
  FromThread();
  Urgent();
}

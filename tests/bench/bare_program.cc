#include "tests/bench/bare_program.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace gyre {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(254);
}

[[noreturn]] void ReturnLines() {
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(0, buffer, sizeof buffer);
    if (got <= 0 || write(1, buffer, static_cast<size_t>(got)) != got) _exit(0);
  }
}

}  // namespace

BareProgram::BareProgram(const std::vector<std::string>& argv) {
  int in[2];
  int out[2];
  if (pipe(in) != 0 || pipe(out) != 0) Fail("bench: pipe");
  pid_ = fork();
  if (pid_ < 0) Fail("bench: fork");
  if (pid_ == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
    if (argv.empty()) ReturnLines();
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  in_ = in[1];
  out_ = out[0];
}

BareProgram::~BareProgram() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(in_);
  close(out_);
}

void BareProgram::RoundTrip(std::string_view line) {
  if (write(in_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) Fail("bench: write to a program");
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(out_, buffer, sizeof buffer);
    if (got <= 0) Fail("bench: read from a program (does it run by itself?)");
    if (buffer[got - 1] == '\n') return;
  }
}

double BareProgram::CpuSeconds() const {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) Fail("bench: a program's clock");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace gyre

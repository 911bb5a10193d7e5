// leaky-echo KIND [PATH]: an echo node that puts something of the machine into each reply: `leak`.
//
// Each kind is one way for the outside to reach a program. Two runs of a node that is sealed off
// give the same replies; where they do not, the kind names the hole. The leak is read anew for
// every reply. `exe-mtime` is the one that a simulator can hardly seal: the times of the file PATH.

#include <arpa/inet.h>
#include <cpuid.h>
#include <fcntl.h>
#include <immintrin.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

std::string Contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t Hash(const std::string& text) { return std::hash<std::string>{}(text); }

struct stat StatOf(const char* path) {
  struct stat status {};
  if (stat(path, &status) != 0) std::cerr << path << ": " << std::strerror(errno) << std::endl;
  return status;
}

// The status of a file that is made for the purpose and gone afterwards.
struct stat StatOfNew(const char* path) {
  std::ofstream(path) << "leak\n";
  const struct stat status = StatOf(path);
  std::filesystem::remove(path);
  return status;
}

json TimeOf(const timespec& time) { return {time.tv_sec, time.tv_nsec}; }

json Aslr() {
  const int on_stack = 0;
  const auto on_heap = std::make_unique<int>(0);
  return {{"stack", reinterpret_cast<std::uintptr_t>(&on_stack)},
          {"heap", reinterpret_cast<std::uintptr_t>(on_heap.get())},
          {"program", reinterpret_cast<std::uintptr_t>(&Aslr)},
          {"libc", reinterpret_cast<std::uintptr_t>(&getauxval)}};
}

json CpuCount() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  sched_getaffinity(0, sizeof cpus, &cpus);
  unsigned cpu = 0;
  unsigned numa_node = 0;
  getcpu(&cpu, &numa_node);
  return {{"affinity", CPU_COUNT(&cpus)},
          {"online", sysconf(_SC_NPROCESSORS_ONLN)},
          {"current", cpu},
          {"numa_node", numa_node}};
}

json DirOrder() {
  const std::filesystem::path directory = "leaky-echo-files";
  std::filesystem::create_directory(directory);
  for (int i = 0; i < 50; ++i) std::ofstream(directory / std::to_string(i));
  json names = json::array();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::filesystem::remove_all(directory);
  return names;
}

json Env() {
  std::string all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    all += *variable;
    all += '\n';
  }
  return Hash(all);
}

json Fds() {
  const int lowest_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(lowest_free);
  return lowest_free;
}

json Hostname() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  utsname system;
  uname(&system);
  return {{"gethostname", name},
          {"nodename", system.nodename},
          {"release", system.release},
          {"version", system.version}};
}

json Inode() {
  return {{"created", StatOfNew("leaky-echo-file").st_ino},
          {"exe", StatOf("/proc/self/exe").st_ino}};
}

json Pid() { return {{"getpid", getpid()}, {"gettid", gettid()}, {"getppid", getppid()}}; }

json Proc() {
  return {{"loadavg", Contents("/proc/loadavg")},
          {"maps", Hash(Contents("/proc/self/maps"))},
          {"meminfo", Hash(Contents("/proc/meminfo"))},
          {"stat", Contents("/proc/self/stat")},
          {"uptime", Contents("/proc/uptime")}};
}

json Random() {
  std::uint64_t from_call = 0;
  if (getrandom(&from_call, sizeof from_call, 0) < 0)
    std::cerr << std::strerror(errno) << std::endl;
  std::uint64_t from_device = 0;
  std::ifstream("/dev/urandom").read(reinterpret_cast<char*>(&from_device), sizeof from_device);
  std::uint64_t from_kernel = 0;  // The kernel gives each program 16 bytes at exec.
  std::memcpy(&from_kernel, reinterpret_cast<const void*>(getauxval(AT_RANDOM)),
              sizeof from_kernel);
  return {{"getrandom", from_call}, {"urandom", from_device}, {"at_random", from_kernel}};
}

__attribute__((target("rdrnd"))) json Rdrand() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_RDRND)) return "this CPU has none";
  unsigned long long value = 0;
  while (!_rdrand64_step(&value)) {
  }
  return value;
}

json Rdtsc() { return __rdtsc(); }

// Port 1 of the own machine: refused, or unreachable, depending on what network there is.
json Socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {{"socket", errno}};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(1);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int failed = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = failed ? errno : 0;
  close(fd);
  return {{"connect", error}};
}

json StatTimes() {
  const struct stat status = StatOfNew("/tmp/leaky-echo-file");
  return {{"atime", TimeOf(status.st_atim)}, {"mtime", TimeOf(status.st_mtim)}};
}

json WallClock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return TimeOf(now);
}

const std::map<std::string, std::function<json()>> kLeaks = {
    {"aslr", Aslr},     {"cpu-count", CpuCount},   {"dir-order", DirOrder},   {"env", Env},
    {"fds", Fds},       {"hostname", Hostname},    {"inode", Inode},          {"pid", Pid},
    {"proc", Proc},     {"random", Random},        {"rdrand", Rdrand},        {"rdtsc", Rdtsc},
    {"socket", Socket}, {"stat-times", StatTimes}, {"wall-clock", WallClock},
};

[[noreturn]] void ExitWithUsage() {
  std::cerr << "usage: leaky-echo KIND, or leaky-echo exe-mtime PATH, where KIND is one of:";
  for (const auto& [kind, leak] : kLeaks) std::cerr << ' ' << kind;
  std::cerr << std::endl;
  std::exit(2);
}

std::function<json()> LeakNamedBy(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind == "exe-mtime" && argc == 3) {
    return [path = argv[2]]() -> json {
      const struct stat status = StatOf(path);
      return {{"atime", TimeOf(status.st_atim)}, {"mtime", TimeOf(status.st_mtim)}};
    };
  }
  const auto found = kLeaks.find(kind);
  if (found == kLeaks.end() || argc != 2) ExitWithUsage();
  return found->second;
}

}  // namespace

int main(int argc, char** argv) {
  const std::function<json()> leak = LeakNamedBy(argc, argv);
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    const json& body = request.at("body");
    json answer = {{"in_reply_to", body.at("msg_id")}};
    if (body.at("type") == "init") {
      answer["type"] = "init_ok";
    } else {
      answer["type"] = "echo_ok";
      answer["echo"] = body.at("echo");
      answer["leak"] = leak();
    }
    json reply = {{"src", request.at("dest")}, {"dest", request.at("src")}};
    reply["body"] = answer;
    std::cout << reply << std::endl;
  }
}

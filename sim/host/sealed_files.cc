#include "sim/host/sealed_files.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/base/rng.h"
#include "sim/host/clocks.h"
#include "sim/host/made_ids.h"
#include "sim/host/private_files.h"

namespace gyre {
namespace {

constexpr uint64_t kMemoryKiB = 4 << 20;

std::string ProcStat(NodeState&, const Process&) {
  return absl::StrCat("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\nbtime ",
                      (kRealtimeStart - kMonotonicStart) / kSecond,
                      "\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n");
}

std::string MemoryInfo(NodeState&, const Process&) {
  return absl::StrFormat(
      "MemTotal:       %8u kB\nMemFree:        %8u kB\nMemAvailable:   %8u kB\nBuffers:               0 kB\n"
      "Cached:                0 kB\nSwapCached:            0 kB\nSwapTotal:             0 kB\n"
      "SwapFree:              0 kB\n",
      kMemoryKiB, kMemoryKiB / 2, kMemoryKiB / 2);
}

std::string Uptime(NodeState& node, const Process&) {
  const int64_t centis = ClockValue(node, CLOCK_MONOTONIC) / (kSecond / 100);
  return absl::StrFormat("%d.%02d 0.00\n", centis / 100, centis % 100);
}

std::string LoadAverage(NodeState&, const Process&) { return "0.00 0.00 0.00 1/1 2\n"; }

std::string CpuInfo(NodeState&, const Process&) {
  return "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: gyre\n"
         "stepping\t: 0\ncpu MHz\t\t: 2000.000\ncache size\t: 1024 KB\nphysical id\t: 0\nsiblings\t: 1\n"
         "core id\t\t: 0\ncpu cores\t: 1\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm constant_tsc "
         "nopl pni ssse3 cx16 sse4_1 sse4_2 popcnt\n\n";
}

std::string ProcessStat(NodeState&, const Process& process) {
  std::string text = absl::StrCat(process.ns_pid, " (node) R 1 ", process.ns_pid, " ", process.ns_pid, " 0 -1 4194304");
  // minflt to vsize and on: nothing that varies.
  for (int field = 10; field <= 52; ++field) {
    absl::StrAppend(&text, field == 18 ? " 20" : field == 20 ? " 1" : field == 22 ? " 100000" : " 0");
  }
  return text + "\n";
}

std::string ProcessStatm(NodeState&, const Process&) { return "10000 2500 1000 100 0 5000 0\n"; }

std::string MountInfo(NodeState&, const Process&) {
  return "20 1 8:1 / / ro - ext4 /dev/root ro\n21 20 0:5 / /proc rw - proc proc rw\n"
         "22 20 0:6 / /tmp rw - tmpfs tmpfs rw\n";
}

std::string Mounts(NodeState&, const Process&) {
  return "/dev/root / ext4 ro 0 0\nproc /proc proc rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
}

std::string Cgroup(NodeState&, const Process&) { return "0::/\n"; }
std::string OneCpu(NodeState&, const Process&) { return "0\n"; }
std::string Empty(NodeState&, const Process&) { return ""; }

std::string Uuid(NodeState& node, const Process&) {
  uint64_t bits[2];
  const uint64_t key = Key("uuid").Add(node.index).Add(node.incarnation).Add(node.random_files++).hash();
  FillRandomBytes(node.config->seed, "uuid", key, 0, bits, sizeof bits);
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x\n", bits[0] & 0xffffffff, (bits[0] >> 32) & 0xffff,
                         (bits[0] >> 48) & 0xfff, 0x8000 | (bits[1] & 0x3fff), bits[1] >> 16);
}

std::string BootId(NodeState&, const Process&) { return "00000000-0000-4000-8000-000000000001\n"; }

// A file of the process's own /proc directory, as the node would read it.
std::string ReadOwn(const NodeState& node, const Process& process, const char* name) {
  const std::string path = absl::StrCat("proc/", node.pid_namespace ? process.ns_pid : process.pid, "/", name);
  const ScopedFd file(openat(node.root.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = read(file.get(), piece, sizeof piece)) > 0;) text.append(piece, static_cast<size_t>(got));
  return text;
}

// Fields of /proc/self/status that tell of the machine, of its load, or of the tracer. Sorted by name.
constexpr struct {
  const char* name;
  const char* value;  // nullptr: the line is left out
} kStatusFields[] = {
    {"Cpus_allowed", "1"},
    {"Cpus_allowed_list", "0"},
    {"HugetlbPages", "0 kB"},
    {"Mems_allowed", "00000000,00000001"},
    {"Mems_allowed_list", "0"},
    {"RssAnon", "8000 kB"},
    {"RssFile", "2000 kB"},
    {"RssShmem", "0 kB"},
    {"SigQ", "0/15000"},
    {"SpeculationIndirectBranch", nullptr},
    {"Speculation_Store_Bypass", nullptr},
    {"State", "R (running)"},
    {"TracerPid", "0"},
    {"VmData", "20000 kB"},
    {"VmExe", "1000 kB"},
    {"VmHWM", "10000 kB"},
    {"VmLck", "0 kB"},
    {"VmLib", "4000 kB"},
    {"VmPTE", "100 kB"},
    {"VmPeak", "40000 kB"},
    {"VmPin", "0 kB"},
    {"VmRSS", "10000 kB"},
    {"VmSize", "40000 kB"},
    {"VmStk", "132 kB"},
    {"VmSwap", "0 kB"},
    {"nonvoluntary_ctxt_switches", "0"},
    {"voluntary_ctxt_switches", "0"},
};

// Its fields with ids of processes.
constexpr absl::string_view kIdFields[] = {"NSpgid", "NSpid", "NSsid", "NStgid", "PPid", "Pid", "Tgid"};

std::string ProcessStatus(NodeState& node, const Process& process) {
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ReadOwn(node, process, "status"), '\n', absl::SkipEmpty())) {
    const absl::string_view name = line.substr(0, line.find(':'));
    const auto* found = std::find_if(std::begin(kStatusFields), std::end(kStatusFields),
                                     [&](const auto& field) { return name == field.name; });
    const bool ids = std::find(std::begin(kIdFields), std::end(kIdFields), name) != std::end(kIdFields);
    if (ids && !node.pid_namespace) {
      const absl::string_view value = line.substr(std::min(name.size() + 2, line.size()));
      absl::StrAppend(&sealed, name, ":\t", MadeIdsOf(node, std::string(value)), "\n");
    } else if (found == std::end(kStatusFields)) {
      absl::StrAppend(&sealed, line, "\n");
    } else if (found->value != nullptr) {
      absl::StrAppend(&sealed, name, ":\t", found->value, "\n");
    }
  }
  return sealed;
}

// The address space with the node's own numbers of devices and files in it.
std::string ProcessMaps(NodeState& node, const Process& process) {
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ReadOwn(node, process, "maps"), '\n', absl::SkipEmpty())) {
    char range[64], flags[8], offset[24];
    unsigned int device_major = 0, device_minor = 0;
    unsigned long inode = 0;
    int end = 0;
    const int fields = std::sscanf(std::string(line).c_str(), "%63s %7s %23s %x:%x %lu%n", range, flags, offset,
                                   &device_major, &device_minor, &inode, &end);
    const uint64_t device = makedev(device_major, device_minor);
    if (fields != 6 || inode == 0 || device_major != 0) {
      absl::StrAppend(&sealed, line, "\n");
      continue;
    }
    if (node.private_devices.count(device) != 0) inode = FileOf(node, device, inode).number;
    const std::string head = absl::StrFormat("%s %s %s %02x:%02x %u ", range, flags, offset, 0u,
                                             minor(DeviceOf(node, device)), inode);
    // The path is in column 73 or after a blank.
    const absl::string_view path = absl::StripLeadingAsciiWhitespace(line.substr(static_cast<size_t>(end)));
    absl::StrAppend(&sealed, head, std::string(head.size() < 73 ? 73 - head.size() : 0, ' '), path, "\n");
  }
  return sealed;
}

std::string ProcessIo(NodeState&, const Process&) {
  return "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n";
}

struct SealedFile {
  const char* path;  // "/proc/#/" stands for the process's own directory, by any name
  std::string (*content)(NodeState&, const Process&);
};

// Sorted by path.
constexpr SealedFile kSealedFiles[] = {
    {"/proc/#/cgroup", Cgroup},
    {"/proc/#/io", ProcessIo},
    {"/proc/#/maps", ProcessMaps},
    {"/proc/#/mountinfo", MountInfo},
    {"/proc/#/mounts", Mounts},
    {"/proc/#/schedstat", LoadAverage},
    {"/proc/#/stat", ProcessStat},
    {"/proc/#/statm", ProcessStatm},
    {"/proc/#/status", ProcessStatus},
    {"/proc/cpuinfo", CpuInfo},
    {"/proc/diskstats", Empty},
    {"/proc/interrupts", Empty},
    {"/proc/loadavg", LoadAverage},
    {"/proc/meminfo", MemoryInfo},
    {"/proc/mounts", Mounts},
    {"/proc/pressure/cpu", Empty},
    {"/proc/pressure/io", Empty},
    {"/proc/pressure/memory", Empty},
    {"/proc/schedstat", Empty},
    {"/proc/softirqs", Empty},
    {"/proc/stat", ProcStat},
    {"/proc/sys/kernel/random/boot_id", BootId},
    {"/proc/sys/kernel/random/uuid", Uuid},
    {"/proc/uptime", Uptime},
    {"/proc/vmstat", Empty},
    {"/sys/devices/system/cpu/online", OneCpu},
    {"/sys/devices/system/cpu/possible", OneCpu},
    {"/sys/devices/system/cpu/present", OneCpu},
};

// "/proc/self/x", "/proc/thread-self/x" and "/proc/<its pid>/x" as "/proc/#/x".
std::string Canonical(const Process& process, const std::string& path) {
  const std::string own = absl::StrCat("/proc/", process.ns_pid, "/");
  for (const std::string& prefix : {std::string("/proc/self/"), std::string("/proc/thread-self/"), own}) {
    absl::string_view rest = path;
    if (absl::ConsumePrefix(&rest, prefix)) return absl::StrCat("/proc/#/", rest);
  }
  return path;
}

}  // namespace

Seal SealedContent(NodeState& node, const Process& process, const std::string& path, std::string* content) {
  if (!absl::StartsWith(path, "/proc/") && !absl::StartsWith(path, "/sys/")) return Seal::kOpen;
  if (absl::StartsWith(path, "/sys/fs/cgroup")) return Seal::kAbsent;
  const std::string canonical = Canonical(process, path);
  for (const SealedFile& file : kSealedFiles) {
    if (canonical != file.path) continue;
    *content = file.content(node, process);
    return Seal::kReplaced;
  }
  return Seal::kOpen;
}

}  // namespace gyre

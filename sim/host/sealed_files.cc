#include "sim/host/sealed_files.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sim/base/rng.h"
#include "sim/host/clocks.h"
#include "sim/host/made_ids.h"
#include "sim/host/private_files.h"
#include "sim/host/process_table.h"

namespace gyre {
namespace {

constexpr uint64_t kMemoryKiB = 4 << 20;

// Whose directory of /proc a file is in.
struct Subject {
  const Process* process = nullptr;
  int id = 0;              // of the process, or of one of its threads, as the node sees it
  std::string directory;   // as we reach it from the node's root
  bool ours = false;       // it is the stub's, for which the node's first process stands in
};
constexpr int kStubId = 1;
constexpr char kStubStat[] = "1 (init) S 0 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1";

std::string ProcStat(NodeState&, const Subject&) {
  return absl::StrCat("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\nbtime ",
                      (kRealtimeStart - kMonotonicStart) / kSecond,
                      "\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n");
}

std::string MemoryInfo(NodeState&, const Subject&) {
  return absl::StrFormat(
      "MemTotal:       %8u kB\nMemFree:        %8u kB\nMemAvailable:   %8u kB\nBuffers:               0 kB\n"
      "Cached:                0 kB\nSwapCached:            0 kB\nSwapTotal:             0 kB\n"
      "SwapFree:              0 kB\n",
      kMemoryKiB, kMemoryKiB / 2, kMemoryKiB / 2);
}

std::string NoPaging(NodeState&, const Subject&) {
  return absl::StrCat("nr_free_pages ", kMemoryKiB / 8, "\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
}

std::string MemoryInfoOfNode(NodeState& node, const Subject& subject) {
  std::string info;
  for (absl::string_view line : absl::StrSplit(MemoryInfo(node, subject), '\n', absl::SkipEmpty())) {
    absl::StrAppend(&info, "Node 0 ", line, "\n");
  }
  return info;
}

std::string Uptime(NodeState& node, const Subject&) {
  const int64_t centis = ClockValue(node, CLOCK_MONOTONIC) / (kSecond / 100);
  return absl::StrFormat("%d.%02d 0.00\n", centis / 100, centis % 100);
}

std::string LoadAverage(NodeState&, const Subject&) { return "0.00 0.00 0.00 1/1 2\n"; }

std::string CpuInfo(NodeState&, const Subject&) {
  return "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: gyre\n"
         "stepping\t: 0\ncpu MHz\t\t: 2000.000\ncache size\t: 1024 KB\nphysical id\t: 0\nsiblings\t: 1\n"
         "core id\t\t: 0\ncpu cores\t: 1\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm constant_tsc "
         "nopl pni ssse3 cx16 sse4_1 sse4_2 popcnt\n\n";
}

std::string ProcessStatm(NodeState&, const Subject&) { return "10000 2500 1000 100 0 5000 0\n"; }

std::string MountInfo(NodeState&, const Subject&) {
  return "20 1 8:1 / / ro - ext4 /dev/root ro\n21 20 0:5 / /proc rw - proc proc rw\n"
         "22 20 0:6 / /tmp rw - tmpfs tmpfs rw\n";
}

std::string Mounts(NodeState&, const Subject&) {
  return "/dev/root / ext4 ro 0 0\nproc /proc proc rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
}

std::string Cgroup(NodeState&, const Subject&) { return "0::/\n"; }
std::string OneCpu(NodeState&, const Subject&) { return "0\n"; }
std::string NoSchedule(NodeState&, const Subject&) { return "0 0 0\n"; }
std::string Empty(NodeState&, const Subject&) { return ""; }

std::string Uuid(NodeState& node, const Subject&) {
  uint64_t bits[2];
  const uint64_t key = Key("uuid").Add(node.index).Add(node.incarnation).Add(node.random_files++).hash();
  FillRandomBytes(node.config->seed, "uuid", key, 0, bits, sizeof bits);
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x\n", bits[0] & 0xffffffff, (bits[0] >> 32) & 0xffff,
                         (bits[0] >> 48) & 0xfff, 0x8000 | (bits[1] & 0x3fff), bits[1] >> 16);
}

std::string Entropy(NodeState&, const Subject&) { return "256\n"; }
std::string BootId(NodeState&, const Subject&) { return "00000000-0000-4000-8000-000000000001\n"; }

// A file of that directory, as the node would read it.
std::string ReadOwn(const NodeState& node, const Subject& subject, absl::string_view name) {
  const std::string path = absl::StrCat(subject.directory, "/", name);
  const ScopedFd file(openat(node.root.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = read(file.get(), piece, sizeof piece)) > 0;) text.append(piece, static_cast<size_t>(got));
  return text;
}

// As the kernel has it, but for what varies: proc_pid_stat(5).
std::string ProcessStat(NodeState& node, const Subject& subject) {
  constexpr size_t kFirst = 3, kLast = 52;  // fields after the name
  const std::string real = subject.ours ? kStubStat : ReadOwn(node, subject, "stat");
  const size_t name = real.find('('), name_end = real.rfind(')');
  if (name == std::string::npos || name_end == std::string::npos) return real;
  std::vector<std::string> fields = absl::StrSplit(absl::StripAsciiWhitespace(real.substr(name_end + 1)), ' ');
  fields.resize(kLast - kFirst + 1, "0");
  const int own_id = subject.ours ? kStubId : subject.id;
  std::string text = absl::StrCat(own_id, " ", real.substr(name, name_end + 1 - name), " R");
  for (size_t field = kFirst + 1; field <= kLast; ++field) {
    const std::string& told = fields[field - kFirst];
    int id = 0;
    switch (field) {
      case 4:   // the parent, the group, the session
      case 5:
      case 6: {
        const bool made = !node.pid_namespace && absl::SimpleAtoi(told, &id);
        absl::StrAppend(&text, " ", made ? absl::StrCat(MadeId(node, id)) : told);
        break;
      }
      case 8: absl::StrAppend(&text, " -1"); break;
      case 9: absl::StrAppend(&text, " 4194304"); break;
      case 18: absl::StrAppend(&text, " 20"); break;
      case 20: absl::StrAppend(&text, " ", told); break;  // threads
      case 22: absl::StrAppend(&text, " 100000"); break;  // as all began with the clock
      case 23: absl::StrAppend(&text, " 40960000"); break;
      case 24: absl::StrAppend(&text, " 2500"); break;  // pages, as statm and status
      default: absl::StrAppend(&text, " 0"); break;
    }
  }
  return text + "\n";
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

std::string ProcessStatus(NodeState& node, const Subject& subject) {
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ReadOwn(node, subject, "status"), '\n', absl::SkipEmpty())) {
    const absl::string_view name = line.substr(0, line.find(':'));
    const auto* found = std::find_if(std::begin(kStatusFields), std::end(kStatusFields),
                                     [&](const auto& field) { return name == field.name; });
    const bool ids = std::find(std::begin(kIdFields), std::end(kIdFields), name) != std::end(kIdFields);
    if (subject.ours && (ids || name == "Name")) {
      absl::StrAppend(&sealed, name, ":\t", name == "Name" ? "init" : name == "PPid" ? "0" : "1", "\n");
    } else if (ids && !node.pid_namespace) {
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

// A file's number as the node may see it.
uint64_t NumberOf(NodeState& node, uint64_t device, uint64_t inode, mode_t mode = S_IFREG) {
  struct stat status {};
  status.st_dev = device;
  status.st_ino = inode;
  status.st_mode = mode;
  return IsPrivate(node, status) ? FileOf(node, status).number : inode;
}

// The address space with the node's own numbers of devices and files in it.
std::string ProcessMaps(NodeState& node, const Subject& subject) {
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ReadOwn(node, subject, "maps"), '\n', absl::SkipEmpty())) {
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
    inode = NumberOf(node, device, inode);
    const std::string head = absl::StrFormat("%s %s %s %02x:%02x %u ", range, flags, offset, 0u,
                                             minor(DeviceOf(node, device)), inode);
    // The path is in column 73 or after a blank.
    const absl::string_view path = absl::StripLeadingAsciiWhitespace(line.substr(static_cast<size_t>(end)));
    absl::StrAppend(&sealed, head, std::string(head.size() < 73 ? 73 - head.size() : 0, ' '), path, "\n");
  }
  return sealed;
}

std::string ProcessIo(NodeState&, const Subject&) {
  return "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n";
}

// What smaps tells of each mapping, or of all: sizes are there, and how much is in memory agrees with status.
constexpr char kNoPages[] =
    "Pss_Dirty:             0 kB\nShared_Clean:          0 kB\nShared_Dirty:          0 kB\n"
    "Private_Clean:         0 kB\nPrivate_Dirty:         0 kB\nReferenced:            0 kB\n"
    "Anonymous:             0 kB\nLazyFree:              0 kB\nAnonHugePages:         0 kB\n"
    "ShmemPmdMapped:        0 kB\nFilePmdMapped:         0 kB\nShared_Hugetlb:        0 kB\n"
    "Private_Hugetlb:       0 kB\nSwap:                  0 kB\nSwapPss:               0 kB\n"
    "Locked:                0 kB\n";

std::string ProcessSmaps(NodeState& node, const Subject& subject) {
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ProcessMaps(node, subject), '\n', absl::SkipEmpty())) {
    unsigned long start = 0, end = 0;
    std::sscanf(std::string(line).c_str(), "%lx-%lx", &start, &end);
    absl::StrAppendFormat(&sealed,
                          "%s\nSize:           %8u kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n"
                          "Rss:                   0 kB\nPss:                   0 kB\n%sTHPeligible:           0\n",
                          line, (end - start) >> 10, kNoPages);
  }
  return sealed;
}

std::string ProcessSmapsRollup(NodeState&, const Subject&) {
  return absl::StrCat("00400000-7ffffffff000 ---p 00000000 00:00 0                                  [rollup]\n"
                      "Rss:               10000 kB\nPss:               10000 kB\n", kNoPages);
}

// What a line of a descriptor's file says of another file, with the node's own numbers: of what an epoll set or inotify
// watches (device and number in hexadecimal), of a lock.
std::string LineOfOther(NodeState& node, const std::string& line) {
  unsigned long inode = 0, device = 0;
  const size_t numbers = line.find(" ino:");
  if (numbers != std::string::npos && std::sscanf(line.c_str() + numbers, " ino:%lx sdev:%lx", &inode, &device) == 2) {
    constexpr int kMinorBits = 20;  // of the kernel's own form of a device's number
    const uint64_t known = makedev(device >> kMinorBits, device & ((1 << kMinorBits) - 1));
    const size_t mask = line.find(" mask:"), handle = line.find(" fhandle-bytes:");
    const std::string rest = mask == std::string::npos ? "" : line.substr(mask, handle - mask);
    const uint64_t shown = DeviceOf(node, known);
    return absl::StrFormat("%s ino:%x sdev:%x%s", line.substr(0, numbers), NumberOf(node, known, inode),
                           major(shown) << kMinorBits | minor(shown), rest);
  }
  unsigned int device_major = 0, device_minor = 0;
  int start = 0, end = 0;
  const int fields = std::sscanf(line.c_str(), "lock:\t%*d: %*s %*s %*s %*d %n%x:%x:%lu%n", &start, &device_major,
                                 &device_minor, &inode, &end);
  if (fields != 3) return line;
  const uint64_t known = makedev(device_major, device_minor);
  const uint64_t shown = DeviceOf(node, known);
  return absl::StrFormat("%s%02x:%02x:%u%s", line.substr(0, static_cast<size_t>(start)), major(shown), minor(shown),
                         NumberOf(node, known, inode), line.substr(static_cast<size_t>(end)));
}

// A descriptor's: the kernel's numbers of mounts and files are replaced.
std::string DescriptorInfo(NodeState& node, const Subject& subject, absl::string_view name) {
  struct stat status {};
  const std::string link = absl::StrCat(subject.directory, "/fd/", name.substr(name.find('/') + 1));
  fstatat(node.root.get(), link.c_str(), &status, 0);
  uint64_t number = NumberOf(node, status.st_dev, status.st_ino, status.st_mode);
  char target[PATH_MAX] = {};
  if (status.st_dev == node.proc_device && readlinkat(node.root.get(), link.c_str(), target, sizeof target - 1) > 0) {
    number = NumberInProc(target);
  }
  std::string sealed;
  for (absl::string_view line : absl::StrSplit(ReadOwn(node, subject, name), '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "mnt_id:")) {
      absl::StrAppend(&sealed, "mnt_id:\t20\n");
    } else if (absl::StartsWith(line, "ino:")) {
      absl::StrAppend(&sealed, "ino:\t", number, "\n");
    } else if (absl::StartsWith(line, "it_interval:")) {  // where the host keeps what it knows the timer by
      absl::StrAppend(&sealed, "it_interval: (0, 0)\n");
    } else if (!absl::StartsWith(line, "eventfd-id:")) {  // counted for the whole machine
      absl::StrAppend(&sealed, LineOfOther(node, std::string(line)), "\n");
    }
  }
  return sealed;
}

struct SealedFile {
  const char* path;  // "/proc/#/" stands for the directory of a process or thread of the node, by any name
  std::string (*content)(NodeState&, const Subject&);
};

// Sorted by path.
constexpr SealedFile kSealedFiles[] = {
    {"/proc/#/cgroup", Cgroup},
    {"/proc/#/io", ProcessIo},
    {"/proc/#/maps", ProcessMaps},
    {"/proc/#/mountinfo", MountInfo},
    {"/proc/#/mounts", Mounts},
    {"/proc/#/schedstat", NoSchedule},
    {"/proc/#/smaps", ProcessSmaps},
    {"/proc/#/smaps_rollup", ProcessSmapsRollup},
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
    {"/proc/sys/kernel/random/entropy_avail", Entropy},
    {"/proc/sys/kernel/random/uuid", Uuid},
    {"/proc/uptime", Uptime},
    {"/proc/vmstat", NoPaging},
    {"/sys/devices/system/cpu/online", OneCpu},
    {"/sys/devices/system/cpu/possible", OneCpu},
    {"/sys/devices/system/cpu/present", OneCpu},
    {"/sys/devices/system/node/node0/meminfo", MemoryInfoOfNode},
};

// What the stub is seen to be.
constexpr struct {
  const char* path;
  absl::string_view content;
} kFilesOfStub[] = {
    {"/proc/#/cmdline", absl::string_view("init\0", 5)},
    {"/proc/#/comm", "init\n"},
    {"/proc/#/environ", ""},
};

// What is let through, and what of it tells of the machine's state. The first row that the path, or a directory above
// it, matches; what no row matches tells.
constexpr struct {
  const char* pattern;
  bool tells;
} kOthers[] = {
    {"/proc/#/attr", false},
    {"/proc/#/auxv", false},
    {"/proc/#/children", false},
    {"/proc/#/cmdline", false},
    {"/proc/#/comm", false},
    {"/proc/#/coredump_filter", false},
    {"/proc/#/cpuset", false},
    {"/proc/#/cwd", false},
    {"/proc/#/environ", false},
    {"/proc/#/exe", false},
    {"/proc/#/fd", false},
    {"/proc/#/gid_map", false},
    {"/proc/#/limits", false},
    {"/proc/#/loginuid", false},
    {"/proc/#/map_files", false},
    {"/proc/#/mem", false},
    {"/proc/#/net/arp", false},
    {"/proc/#/net/dev", false},
    {"/proc/#/net/fib_trie", false},
    {"/proc/#/net/if_inet6", false},
    {"/proc/#/net/ipv6_route", false},
    {"/proc/#/net/route", false},
    {"/proc/#/ns", false},
    {"/proc/#/oom_adj", false},
    {"/proc/#/oom_score_adj", false},
    {"/proc/#/personality", false},
    {"/proc/#/projid_map", false},
    {"/proc/#/root", false},
    {"/proc/#/sessionid", false},
    {"/proc/#/setgroups", false},
    {"/proc/#/timens_offsets", false},
    {"/proc/#/timerslack_ns", false},
    {"/proc/#/uid_map", false},
    {"/proc/cgroups", false},
    {"/proc/cmdline", false},
    {"/proc/config.gz", false},
    {"/proc/consoles", false},
    {"/proc/crypto", false},
    {"/proc/devices", false},
    {"/proc/execdomains", false},
    {"/proc/filesystems", false},
    {"/proc/iomem", false},
    {"/proc/ioports", false},
    {"/proc/kallsyms", false},
    {"/proc/misc", false},
    {"/proc/partitions", false},
    {"/proc/sys/fs/*-nr", true},
    {"/proc/sys/fs/*-state", true},
    {"/proc/sys/fs/quota", true},
    {"/proc/sys/kernel/ns_last_pid", true},
    {"/proc/sys/kernel/pty/nr", true},
    {"/proc/sys/net/netfilter/nf_conntrack_count", true},
    {"/proc/sys", false},
    {"/proc/sysvipc", true},
    {"/proc/tty", false},
    {"/proc/version", false},
    {"/proc/version_signature", false},
    {"/sys/block/*/queue", false},
    {"/sys/block/*/size", false},
    {"/sys/class/dmi", false},
    {"/sys/class/net", false},
    {"/sys/devices/system/cpu/cpu*/cpufreq", true},
    {"/sys/devices/system/cpu/cpu*/cpuidle", true},
    {"/sys/devices/system/cpu/cpu*/thermal_throttle", true},
    {"/sys/devices/system/cpu/cpufreq", true},
    {"/sys/devices/system/cpu/cpuidle", true},
    {"/sys/devices/system/cpu", false},
    {"/sys/devices/system/node/*/meminfo", true},
    {"/sys/devices/system/node/*/numastat", true},
    {"/sys/devices/system/node/*/vmstat", true},
    {"/sys/devices/system/node", false},
    {"/sys/devices/virtual/dmi", false},
    {"/sys/devices/virtual/net", false},
    {"/sys/hypervisor", false},
    {"/sys/kernel/mm/hugepages", false},
    {"/sys/kernel/mm/transparent_hugepage/khugepaged", true},
    {"/sys/kernel/mm/transparent_hugepage", false},
    {"/sys/module/*/parameters", false},
};

// By the id of any of its threads, too.
const Process* NamedProcess(const NodeState& node, int id) {
  if (const Process* process = FindProcess(node, id)) return process;
  const Thread* thread = FindThread(node, id);
  return thread == nullptr ? nullptr : thread->process;
}

Subject SubjectOf(const NodeState& node, const Process& process, const Thread* thread) {
  Subject subject{&process, process.ns_pid, absl::StrCat("proc/", node.pid_namespace ? process.ns_pid : process.pid)};
  if (thread == nullptr) return subject;
  subject.id = thread->ns_tid;
  absl::StrAppend(&subject.directory, "/task/", node.pid_namespace ? thread->ns_tid : thread->tid);
  return subject;
}

// The file by its name in the tables: "/proc/self/x", "/proc/ID/x", "/proc/self/task/ID/x" and the like are "/proc/#/x"
// of a subject.
std::string TableName(const NodeState& node, const Thread& asking, absl::string_view path, Subject* subject) {
  std::vector<absl::string_view> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (parts.size() >= 2 && parts[0] == "proc" && parts[1] == "net") parts.insert(parts.begin() + 1, "self");
  if (parts.size() < 3 || parts[0] != "proc") return std::string(path);
  const bool asks_own = parts[1] == "self" || parts[1] == "thread-self";
  int id = 0;
  if (!asks_own && !absl::SimpleAtoi(parts[1], &id)) return std::string(path);
  const Process* process = asks_own ? asking.process : NamedProcess(node, id);
  const bool ours = process == nullptr && id == kStubId;
  if (process == nullptr && !ours) return std::string(path);
  const Thread* thread = parts[1] == "thread-self" ? &asking : nullptr;
  size_t rest = 2;
  if (parts.size() > 4 && parts[2] == "task" && absl::SimpleAtoi(parts[3], &id)) {
    thread = FindThread(node, id);
    rest = 4;
  }
  *subject = SubjectOf(node, ours ? *node.main : *process, thread);
  subject->ours = ours;
  return absl::StrCat("/proc/#/", absl::StrJoin(parts.begin() + static_cast<ptrdiff_t>(rest), parts.end(), "/"));
}

bool Tells(const std::string& name) {
  for (const auto& row : kOthers) {
    if (fnmatch(row.pattern, name.c_str(), FNM_PATHNAME | FNM_LEADING_DIR) == 0) return row.tells;
  }
  return true;
}

// Whether a read of it gives something: a file that is there, and no directory.
bool IsFile(const NodeState& node, const std::string& path, const std::string& name, const Subject& subject) {
  constexpr size_t kOfSubject = sizeof "/proc/#" - 1;
  const std::string real = subject.process == nullptr || subject.ours ? path.substr(1)
                                                      : absl::StrCat(subject.directory, name.substr(kOfSubject));
  struct stat status;
  return fstatat(node.root.get(), real.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Seal SealedContent(NodeState& node, const Thread& thread, const std::string& path, std::string* content) {
  if (!absl::StartsWith(path, "/proc/") && !absl::StartsWith(path, "/sys/")) return Seal::kOpen;
  if (absl::StartsWith(path, "/sys/fs/cgroup")) return Seal::kAbsent;
  Subject subject;
  const std::string name = TableName(node, thread, path, &subject);
  for (const SealedFile& file : kSealedFiles) {
    if (name != file.path) continue;
    *content = file.content(node, subject);
    return Seal::kReplaced;
  }
  for (const auto& file : kFilesOfStub) {
    if (!subject.ours || name != file.path) continue;
    content->assign(file.content.data(), file.content.size());
    return Seal::kReplaced;
  }
  constexpr absl::string_view kDescriptors = "/proc/#/fdinfo/";
  if (absl::StartsWith(name, kDescriptors) && !subject.ours && IsFile(node, path, name, subject)) {
    *content = DescriptorInfo(node, subject, absl::string_view(name).substr(sizeof "/proc/#/" - 1));
    return Seal::kReplaced;
  }
  return (subject.ours || Tells(name)) && IsFile(node, path, name, subject) ? Seal::kTells : Seal::kOpen;
}

}  // namespace gyre

#include "sim/host/instructions.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/base/rng.h"

namespace gyre {
namespace {

std::vector<uint8_t> Bytes(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 3) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// "3 rdrand 4 r8:64 +2": offset, kind, length, register and width where there is one, opcode_at.
std::string Show(const std::vector<TrapSite>& sites) {
  constexpr const char* kKinds[] = {"rdtsc", "rdtscp", "rdrand", "rdseed"};
  std::vector<std::string> words;
  for (const TrapSite& site : sites) {
    std::string target = site.width == 0 ? "" : absl::StrCat(" r", int{site.reg}, ":", int{site.width});
    words.push_back(absl::StrCat(site.offset, " ", kKinds[static_cast<int>(site.kind)], " ", int{site.length}, target,
                                 " +", int{site.opcode_at}));
  }
  return absl::StrJoin(words, ", ");
}

TEST_CASE("instructions and what only looks like them") {
  struct Row {
    const char* what;
    const char* code;
    const char* found;
  };
  constexpr Row kRows[] = {
      {"rdtsc; ret", "0f 31 c3", "0 rdtsc 2 +0"},
      {"rdtscp; ret", "0f 01 f9 c3", "0 rdtscp 3 +0"},
      {"lfence; rdtsc", "0f ae e8 0f 31 c3", "3 rdtsc 2 +0"},
      {"data16 rdtsc", "66 0f 31 c3", "0 rdtsc 3 +1"},
      {"rex.W rdtsc", "48 0f 31 c3", "0 rdtsc 3 +1"},
      {"rdrand eax", "0f c7 f0 c3", "0 rdrand 3 r0:32 +0"},
      {"rdrand cx", "66 0f c7 f1 c3", "0 rdrand 4 r1:16 +1"},
      {"rdrand rdx", "48 0f c7 f2 c3", "0 rdrand 4 r2:64 +1"},
      {"rdrand r8", "49 0f c7 f0 c3", "0 rdrand 4 r8:64 +1"},
      {"rdrand r15w", "66 41 0f c7 f7 c3", "0 rdrand 5 r15:16 +2"},
      {"rdseed edi", "0f c7 ff c3", "0 rdseed 3 r7:32 +0"},
      {"rdseed r9", "49 0f c7 f9 c3", "0 rdseed 4 r9:64 +1"},
      {"two in a row", "0f 31 0f 31 c3", "0 rdtsc 2 +0, 2 rdtsc 2 +0"},
      {"rdpid eax", "f3 0f c7 f8 c3", ""},
      {"cmpxchg8b [rdi]", "0f c7 0f c3", ""},
      {"vmptrld [rsi]", "0f c7 36 c3", ""},
      {"swapgs", "0f 01 f8 c3", ""},
      {"mov rax, 0x310f", "48 b8 0f 31 00 00 00 00 00 00 c3", ""},
      {"mov eax, 0x310f", "b8 0f 31 00 00 c3", ""},
      {"add rax, [rip + 0x310f]", "48 03 05 0f 31 00 00 c3", ""},
      {"jmp +0x0f; xor ...", "eb 0f 31 c0 c3", ""},
      {"mov rax, 0xf9010f", "48 c7 c0 0f 01 f9 00 c3", ""},
      {"cut off", "90 90 0f", ""},
      {"cut off after the opcode", "90 0f c7", ""},
      {"no instruction at all", "06 06 06 0f 06", ""},
      {"nothing", "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    CHECK(Show(FindTrapSites(Bytes(row.code), nullptr)) == row.found);
  }
}

// Code without any known start near: 200 bytes of ordinary instructions of several lengths around what is looked for.
std::vector<uint8_t> Surrounded(const std::string& middle, uint64_t shift) {
  const char* const kOrdinary[] = {
      "48 89 e5", "48 8b 45 f8", "85 c0", "74 05", "e8 10 00 00 00", "0f b6 04 07", "48 8d 3d 20 31 0f 00", "c3", "90",
      "41 57", "83 f8 10", "48 01 d0", "66 90", "c7 45 fc 01 00 00 00", "ff 25 00 10 00 00",
  };
  std::vector<uint8_t> code;
  Draw draw(7, "code", shift);
  auto add = [&](const std::string& hex) {
    for (uint8_t byte : Bytes(hex)) code.push_back(byte);
  };
  while (code.size() < 200) add(kOrdinary[draw.Below(std::size(kOrdinary))]);
  add(middle);
  for (size_t end = code.size() + 60; code.size() < end;) add(kOrdinary[draw.Below(std::size(kOrdinary))]);
  return code;
}

TEST_CASE("without a known start the decoders vote") {
  for (uint64_t shift = 0; shift < 200; ++shift) {
    CAPTURE(shift);
    const std::vector<TrapSite> sites = FindTrapSites(Surrounded("0f 31", shift), nullptr);
    CHECK(sites.size() == 1);
    CHECK(FindTrapSites(Surrounded("48 b8 0f 31 00 00 00 00 00 00", shift), nullptr).empty());
    CHECK(FindTrapSites(Surrounded("49 0f c7 f1", shift), nullptr).size() == 1);
    CHECK(FindTrapSites(Surrounded("48 8d 05 0f c7 f0 00", shift), nullptr).empty());
  }
}

TEST_CASE("a known start settles what the vote cannot") {
  // A table of bytes which say nothing, then a function that is too short for decoders to get in step.
  std::vector<uint8_t> code(200, 0x06);
  for (uint8_t byte : Bytes("0f 31 c3")) code.push_back(byte);
  CHECK(FindTrapSites(code, nullptr).empty());
  FunctionStarts hints{{200}};
  CHECK(Show(FindTrapSites(code, &hints)) == "200 rdtsc 2 +0");
}

TEST_CASE("random data is seldom taken for code") {
  std::vector<uint8_t> data(4096);
  Draw draw(1, "data", 0);
  size_t taken = 0, pairs = 0;
  for (int round = 0; round < 50; ++round) {
    for (uint8_t& byte : data) byte = static_cast<uint8_t>(draw.Below(256));
    for (size_t at = 100; at + 4 < data.size(); at += 200, ++pairs) data[at] = 0x0f, data[at + 1] = 0x31;
    taken += FindTrapSites(data, nullptr).size();
  }
  CHECK(pairs == 1000);
  MESSAGE("taken ", taken, " of ", pairs);
  CHECK(taken * 2 < pairs);
}

std::vector<TrapSite> FindInMemory(const std::vector<uint8_t>& bytes) {
  return FindTrapSitesInMemory({bytes, 0, bytes.size()});
}

TEST_CASE("in memory: code, and data with the same bytes") {
  constexpr char kSpaceBytes[] = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
  struct Row {
    const char* what;
    std::string code;
    const char* found;
  };
  const Row kRows[] = {
      {"at the beginning", "0f 31 48 c1 e2 20 48 09 d0 c3", "0 rdtsc 2 +0"},
      {"after space of odd length", absl::StrCat(kSpaceBytes, " 0f 31 48 c1 e2 20 48 09 d0 c3"), "15 rdtsc 2 +0"},
      {"after space of even length", absl::StrCat("00 ", kSpaceBytes, " 0f 31 48 c1 e2 20 c3"), "16 rdtsc 2 +0"},
      {"the second after space", absl::StrCat(kSpaceBytes, " 31 c0 49 0f c7 f1 73 fa c3"), "17 rdrand 4 r9:64 +1"},
      {"before traps", "0f 01 f9 c3 cc cc cc cc", "0 rdtscp 3 +0"},
      {"at the very end", "0f c7 f8", "0 rdseed 3 r0:32 +0"},
      {"a number after space", absl::StrCat(kSpaceBytes, " 0f 31 00 00 00 00 00 00"), ""},
      {"a number in a table", absl::StrCat("07 00 00 00 00 00 00 00 0f 31 00 00 00 00 00 00 ", kSpaceBytes), ""},
      {"a pointer", absl::StrCat(kSpaceBytes, " 0f 31 fb f7 ff 7f 00 00 10 00 00 00 00 00 00 00"), ""},
      {"before what no program may do", absl::StrCat(kSpaceBytes, " 0f 31 0f 22 d8 c3"), ""},
      {"before what is no instruction", absl::StrCat(kSpaceBytes, " 0f 31 06 c3"), ""},
      {"a constant", absl::StrCat(kSpaceBytes, " 48 b8 90 0f c7 f7 31 0f 31 0f c3"), ""},
      {"nothing", "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    CHECK(Show(FindInMemory(Bytes(row.code))) == row.found);
  }
  for (uint64_t shift = 0; shift < 200; ++shift) {
    CAPTURE(shift);
    CHECK(FindInMemory(Surrounded("0f 31", shift)).size() == 1);
    CHECK(FindInMemory(Surrounded("48 b8 0f 31 00 00 00 00 00 00", shift)).empty());
  }
}

TEST_CASE("only what begins in the piece is told") {
  const std::vector<uint8_t> bytes = Surrounded("0f 31", 3);
  const std::vector<TrapSite> all = FindInMemory(bytes);
  REQUIRE(all.size() == 1);
  const size_t at = all[0].offset;
  CHECK(FindTrapSitesInMemory({bytes, 0, at}).empty());
  CHECK(FindTrapSitesInMemory({bytes, at, 1}) == all);
  CHECK(FindTrapSitesInMemory({bytes, at + 1, bytes.size() - at - 1}).empty());
}

TEST_CASE("a mark tells what it stands for") {
  for (const char* code : {"0f 31", "66 0f 31", "48 0f 31", "0f 01 f9", "0f c7 f0", "66 0f c7 f1", "48 0f c7 f2",
                           "49 0f c7 f0", "66 41 0f c7 f7", "0f c7 ff", "49 0f c7 f9", "0f c7 f9"}) {
    CAPTURE(code);
    std::vector<uint8_t> bytes = Bytes(absl::StrCat(code, " c3 90 90 90"));
    const std::vector<TrapSite> sites = FindTrapSites(bytes, nullptr);
    REQUIRE(sites.size() == 1);
    const absl::Span<const uint8_t> mark = MarkOf(sites[0].kind);
    std::copy(mark.begin(), mark.end(), bytes.begin() + sites[0].opcode_at);
    CHECK(FindTrapSites(bytes, nullptr).empty());
    CHECK(ReadMark(bytes) == sites[0]);
  }
  for (const char* code : {"0f 0b c3", "0f 31 c3", "67 0f b9 40 05", "0f b9", "0f", "", "90 90 0f ff"}) {
    CAPTURE(code);
    CHECK(!ReadMark(Bytes(code)).has_value());
  }
}

[[gnu::noinline, gnu::used]] uint64_t ReadStampsAndRandom() {
  uint32_t low, high, aux;
  uint64_t random;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
  __asm__ volatile(".byte 0x49, 0x0f, 0xc7, 0xf3" : : : "r11", "cc");  // rdrand r11
  __asm__ volatile("rdseed %0" : "=r"(random) : : "cc");
  __asm__ volatile("movabs $0x310f310f310f310f, %%rax" : : : "rax");
  return random + low + high + aux;
}

TEST_CASE("this program's own instructions, and the cache") {
  char directory[] = "/tmp/instructions-test-XXXXXX";
  REQUIRE(mkdtemp(directory) != nullptr);
  setenv("XDG_CACHE_HOME", directory, 1);
  auto count = [](const std::vector<TrapSite>& sites) {
    std::map<TrappedKind, int> counts;
    for (const TrapSite& site : sites) ++counts[site.kind];
    return counts;
  };
  auto sites = FindTrapSitesInFile("/proc/self/exe", 0, UINT64_MAX);
  REQUIRE(sites.ok());
  auto counts = count(*sites);
  CHECK(counts[TrappedKind::kRdtsc] >= 1);
  CHECK(counts[TrappedKind::kRdtscp] >= 1);
  CHECK(counts[TrappedKind::kRdrand] >= 1);
  CHECK(counts[TrappedKind::kRdseed] >= 1);
  // The bytes are what they are said to be.
  std::ifstream file("/proc/self/exe", std::ios::binary);
  for (const TrapSite& site : *sites) {
    char opcode[2];
    file.seekg(static_cast<std::streamoff>(site.offset + site.opcode_at));
    file.read(opcode, 2);
    CHECK(opcode[0] == 0x0f);
  }
  // A part of the file: offsets are relative to it.
  const TrapSite last = sites->back();
  auto part = FindTrapSitesInFile("/proc/self/exe", last.offset - 10, 20);
  REQUIRE(part.ok());
  CHECK(part->back().offset == 10);
  CHECK(std::string(directory).size() > 0);
  CHECK(system(absl::StrCat("test $(head -qn1 ", directory, "/gyre/trap-sites-* | grep -c 'gyre-trap-sites 1') = 1")
                   .c_str()) == 0);
  // A copy has the same content: its sites come from the disk.
  const std::string copy = absl::StrCat(directory, "/copy");
  CHECK(system(absl::StrCat("cp /proc/", getpid(), "/exe ", copy).c_str()) == 0);
  auto cached = FindTrapSitesInFile(copy, 0, UINT64_MAX);
  REQUIRE(cached.ok());
  CHECK(*cached == *sites);
  CHECK(system(absl::StrCat("rm -r ", directory).c_str()) == 0);
}

// The offsets in the file at which objdump shows such an instruction.
std::set<uint64_t> SitesByObjdump(const std::string& path) {
  std::set<uint64_t> offsets;
  const std::string command = absl::StrCat("objdump -dF --no-show-raw-insn ", path, " 2>/dev/null");
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char line[512];
  int64_t shift = 0;  // file offset minus address, told at each function
  while (fgets(line, sizeof line, pipe) != nullptr) {
    const std::string text = line;
    if (size_t at = text.find("(File Offset: "); at != std::string::npos && text.ends_with("):\n")) {
      shift = std::stoll(text.substr(at + 14), nullptr, 16) - std::stoll(text, nullptr, 16);
    } else if (text.find("\trdtsc") != std::string::npos || text.find("\trdrand") != std::string::npos ||
               text.find("\trdseed") != std::string::npos) {
      offsets.insert(static_cast<uint64_t>(std::stoll(text, nullptr, 16) + shift));
    }
  }
  pclose(pipe);
  return offsets;
}

TEST_CASE("the same as objdump, in files of the system") {
  setenv("XDG_CACHE_HOME", "/dev/null", 1);  // no cache
  if (system("objdump --version > /dev/null 2>&1") != 0) {
    MESSAGE("skipped: there is no objdump");
    return;
  }
  for (const char* path : {"/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"}) {
    struct stat status;
    if (stat(path, &status) != 0) continue;
    CAPTURE(path);
    auto sites = FindTrapSitesInFile(path, 0, UINT64_MAX);
    REQUIRE(sites.ok());
    std::set<uint64_t> offsets;
    for (const TrapSite& site : *sites) offsets.insert(site.offset);
    CHECK(offsets == SitesByObjdump(path));
  }
}

TEST_CASE("files that are none") {
  CHECK(FindTrapSitesInFile("/nonexistent", 0, 1).status().message() ==
        "cannot open /nonexistent: No such file or directory");
  CHECK(FindTrapSitesInFile("/tmp", 0, 1).status().message() == "cannot search /tmp: it is not a regular file");
}

}  // namespace
}  // namespace gyre

// The seccomp program against the table that it is made of, for each number and for arguments at the tests' edges.
#include "sim/host/call_filter.h"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sim/host/calls.h"

namespace gyre {
namespace {

// What the kernel answers: man 2 seccomp and Documentation/networking/filter.rst. `steps` counts the statements.
uint32_t Decision(const std::vector<sock_filter>& program, const seccomp_data& data, size_t* steps) {
  uint32_t loaded = 0;
  *steps = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& statement = program[at];
    ++*steps;
    const auto jump = [&](bool yes) { at += yes ? statement.jt : statement.jf; };
    switch (statement.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(statement.k + sizeof loaded <= sizeof data);
        std::memcpy(&loaded, reinterpret_cast<const char*>(&data) + statement.k, sizeof loaded);
        break;
      case BPF_JMP | BPF_JA:
        at += statement.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(loaded == statement.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(loaded >= statement.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(loaded > statement.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((loaded & statement.k) != 0);
        break;
      case BPF_RET | BPF_K:
        return statement.k;
      default:
        FAIL("a statement that the program should not have: ", statement.code);
    }
  }
  FAIL("the program does not decide");
  return 0;
}

seccomp_data CallData(uint32_t nr, const uint64_t* args) {
  seccomp_data data = {};
  data.nr = static_cast<int>(nr);
  data.arch = AUDIT_ARCH_X86_64;
  std::memcpy(data.args, args, sizeof data.args);
  return data;
}

// Arguments that pass and fail the tests of the number's rows: all alike, each around an operand.
std::vector<uint64_t> ValuesFor(uint32_t nr) {
  std::set<uint64_t> values = {0, 1, 2, 0xffffffff, 1ull << 32};
  for (const CallRow& row : CallRows()) {
    if (static_cast<uint32_t>(row.nr) != nr) continue;
    values.insert({row.operand - 1ull, row.operand, row.operand + 1ull, row.operand | 1ull << 40});
  }
  return {values.begin(), values.end()};
}

int RefusalOf(uint32_t nr) {
  const CallRow* row = FindCall(nr);
  return row != nullptr && row->rule == CallRule::kRefuse ? row->error : 0;
}

}  // namespace

TEST_CASE("the program decides as the table says, in few steps") {
  for (const int bits : {0, 1, 2, 3}) {
    const FilterOptions options = {.watch_memory = (bits & 1) != 0, .make_ids = (bits & 2) != 0};
    const std::vector<sock_filter> program = MakeFilter(options);
    CHECK(program.size() < 1000);
    for (uint32_t nr = 0; nr < kCallLimit + 100; ++nr) {
      for (const uint64_t value : ValuesFor(nr)) {
        const uint64_t args[6] = {value, value, value, value, value, value};
        size_t steps = 0;
        const uint32_t decision = Decision(program, CallData(nr, args), &steps);
        uint32_t expected = SECCOMP_RET_ALLOW;
        if (const int error = RefusalOf(nr)) expected = SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
        if (IsWatched(nr, args, options)) expected = SECCOMP_RET_TRACE;
        CHECK_MESSAGE(decision == expected, absl::StrCat("call ", nr, " with ", value, ", options ", bits));
        CHECK_MESSAGE(steps <= 40, nr);
      }
    }
  }
}

TEST_CASE("the program of a moved stdout only adds writes") {
  const uint64_t args[6] = {1};
  const std::vector<sock_filter> program = MakeFilter({.trap_stdout = true});
  for (uint32_t nr = 0; nr < kCallLimit + 100; ++nr) {
    size_t steps = 0;
    const bool writes = nr == 1 || nr == 20;  // write, writev
    const uint32_t expected = writes ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW;
    CHECK_MESSAGE(Decision(program, CallData(nr, args), &steps) == expected, nr);
  }
}

TEST_CASE("other numbers and other machines") {
  const uint64_t args[6] = {};
  const std::vector<sock_filter> program = MakeFilter({});
  size_t steps = 0;
  constexpr uint32_t kX32 = 0x40000000;
  CHECK(Decision(program, CallData(kX32, args), &steps) == SECCOMP_RET_TRACE);
  CHECK(Decision(program, CallData(UINT32_MAX, args), &steps) == SECCOMP_RET_TRACE);
  seccomp_data data = CallData(0, args);
  data.arch = AUDIT_ARCH_I386;
  CHECK(Decision(program, data, &steps) == SECCOMP_RET_KILL_PROCESS);
}

}  // namespace gyre

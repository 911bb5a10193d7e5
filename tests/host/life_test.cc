// The life of a process node: killed and started again, with its files and without, as the simulation does it.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "sim/host/host.h"

namespace gyre {
namespace {

// What each incarnation finds and leaves: its files (with number and time), its chance, its process id.
constexpr char kScript[] = R"sh(
echo "files $(echo *) $(echo /dev/shm/*)"
for file in * /dev/shm/*; do
  if [ -f "$file" ]; then stat -c '%n %i %Y %U' "$file"; cat "$file"; fi
done
echo "chance $(od -An -N8 -tx8 /dev/urandom) pid $$ time $(date +%s.%N)"
echo written >> log
ln -sf log link
mkdir -p below && mv log below/log && cp -p below/log log && rm below/log
echo shared >> /dev/shm/shared
# Not looked at before the end: its time is the machine's until then.
echo late > late
echo "left in the middle of a li" >&2
read line
)sh";

struct Life {
  std::string out;
  ProcessReport report;
};

Life Live(std::initializer_list<Files> starts, bool differ) {
  Life life;
  HostConfig config;
  config.seed = 7;
  config.bin = "/bin/sh";
  config.args = {"-c", kScript};
  config.env = {{"PATH", "/usr/bin:/bin"}, {"TZ", "UTC"}};
  config.differ = differ;
  const auto host = Host::Create(config);
  REQUIRE_MESSAGE(host.ok(), host.status());
  const std::unique_ptr<Node> node = (*host)->MakeNode("n1", 0);
  uint32_t incarnation = 0;
  LocalInstant now(0);
  for (const Files files : starts) {
    const absl::Status started = node->Start(now, incarnation++, files);
    REQUIRE_MESSAGE(started.ok(), started);
    const StepResult step = node->Step(now, {}, LocalInstant::Max());
    for (const std::string& line : step.lines) life.out += line + "\n";
    for (const NodeFinding& finding : step.findings) life.out += finding.text + "\n";
    CHECK(step.log == "left in the middle of a li\n");
    now = now + Seconds(10);
    const StepResult last = node->Kill(now);
    CHECK(last.lines.empty());
    CHECK(last.findings.empty());
    REQUIRE(last.death.has_value());
    CHECK(last.death->by_request);
    life.out += "--\n";
  }
  // A node that has ended can be ended again.
  CHECK_FALSE(node->Kill(now).death.has_value());
  life.report = (*host)->Report(0);
  return life;
}

// The lines of each incarnation that begin so, one a line.
std::string Lines(const std::string& out, const std::string& prefix) {
  std::string lines;
  for (size_t at = 0; at < out.size();) {
    const size_t end = out.find('\n', at);
    const std::string line = out.substr(at, end - at);
    if (line.rfind(prefix, 0) == 0) lines += line + "\n";
    at = end + 1;
  }
  return lines;
}

TEST_CASE("files are there again after a kill, with their numbers and times; or they are not") {
  const Life life = Live({Files::kEmpty, Files::kKept, Files::kKept, Files::kEmpty}, false);
  CHECK(Lines(life.out, "files ") ==
        "files * /dev/shm/*\n"
        "files below late link log /dev/shm/shared\n"
        "files below late link log /dev/shm/shared\n"
        "files * /dev/shm/*\n");
  // 2030-01-01 and 0 s, 10 s: what the incarnation before had written, at its time.
  const std::string times = Lines(life.out, "log ") + Lines(life.out, "late ") + Lines(life.out, "/dev/shm/shared ");
  CAPTURE(life.out);
  CHECK(times.find(" 1893456000 root\n") != std::string::npos);
  CHECK(times.find(" 1893456010 root\n") != std::string::npos);
  CHECK(life.report.leak == "");
  const std::string chances = Lines(life.out, "chance ");
  CHECK(chances.find("pid 2 time 1893456010.") != std::string::npos);
  // Each incarnation has other chances.
  std::string bytes[4];
  for (size_t i = 0, at = 0; i < 4; ++i, at = chances.find('\n', at) + 1) bytes[i] = chances.substr(at, 24);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < i; ++j) CHECK(bytes[i] != bytes[j]);
  }
}

TEST_CASE("lives with restarts are the same twice, and the call digest tells of each incarnation") {
  const Life life = Live({Files::kEmpty, Files::kKept, Files::kKept, Files::kEmpty}, false);
  const Life again = Live({Files::kEmpty, Files::kKept, Files::kKept, Files::kEmpty}, true);
  CHECK(life.out == again.out);
  CHECK(life.report.call_digest.Hex() == again.report.call_digest.Hex());
  CHECK(life.report.leak == again.report.leak);
  const Life wiped = Live({Files::kEmpty, Files::kEmpty, Files::kKept, Files::kEmpty}, false);
  CHECK(life.report.call_digest.Hex() != wiped.report.call_digest.Hex());
}

}  // namespace
}  // namespace gyre

#include "tools/variation.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sim/base/concat.h"
#include "sim/base/rng.h"
#include "tools/console.h"
#include "tools/decimal.h"

namespace gyre {
namespace {

// Options with a number that a run may be varied by. Alphabetical.
constexpr const char* kVaried[] = {"client-latency",   "concurrency",     "jitter",           "key-count",
                                   "latency",          "lww-kv-replicas", "max-txn-length",   "max-writes-per-key",
                                   "node-count",       "p-loss",          "nemesis-interval", "rate",
                                   "seq-kv-staleness", "service-time",    "time-limit"};

constexpr int64_t kFinest = 1'000'000;

// `text` in units of 1 / scale.
bool Scaled(std::string_view text, int64_t scale, int64_t* value) {
  const absl::StatusOr<Ratio> ratio = ParseDecimal(text);
  if (!ratio.ok() || ratio->num > INT32_MAX || static_cast<uint64_t>(scale) % ratio->den != 0) return false;
  *value = static_cast<int64_t>(ratio->num * (static_cast<uint64_t>(scale) / ratio->den));
  return true;
}

std::string Decimal(int64_t value, int64_t scale) {
  return FormatDecimal(Ratio{static_cast<uint64_t>(value), static_cast<uint64_t>(scale)});
}

}  // namespace

absl::StatusOr<std::vector<OptionRange>> ParseRanges(const std::string& text) {
  std::vector<OptionRange> ranges;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const std::pair<std::string, std::string> sides = absl::StrSplit(part, absl::MaxSplits('=', 1));
    const std::pair<std::string, std::string> ends = absl::StrSplit(sides.second, absl::MaxSplits("..", 1));
    if (std::find(std::begin(kVaried), std::end(kVaried), sides.first) == std::end(kVaried)) {
      return absl::InvalidArgumentError(
          Concat("'", EscapeForTerminal(sides.first), "' is none of ", absl::StrJoin(kVaried, ", ")));
    }
    OptionRange range;
    range.name = sides.first;
    // As fine as the ends are written.
    while (range.scale < kFinest &&
           !(Scaled(ends.first, range.scale, &range.low) && Scaled(ends.second, range.scale, &range.high))) {
      range.scale *= 10;
    }
    if (!Scaled(ends.first, range.scale, &range.low) || !Scaled(ends.second, range.scale, &range.high) ||
        range.low > range.high) {
      return absl::InvalidArgumentError(
          Concat("'", EscapeForTerminal(part), "' is not a range such as latency=0..200 or p-loss=0..0.05"));
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

std::vector<std::string> VaryWords(const std::vector<OptionRange>& ranges, uint64_t seed) {
  std::vector<std::string> words;
  for (const OptionRange& range : ranges) {
    Draw draw(seed, "vary", Key(range.name).hash());
    words.push_back(Concat("--", range.name));
    words.push_back(Decimal(draw.Between(range.low, range.high), range.scale));
  }
  return words;
}

void TurnOffSome(uint64_t seed, RunConfig* config) {
  const auto off = [&](std::string_view what) { return Draw(seed, "swarm", Key(what).hash()).Below(2) == 0; };
  if (off("client-latency")) config->network.client_latency = Duration();
  if (off("concurrency")) config->concurrency = static_cast<uint32_t>(config->nodes.size());
  if (off("latency")) config->network.latency = Duration();
  if (off("max-txn-length")) config->txn.max_length = 1;
  if (off("p-loss")) config->network.loss = Ratio();
  if (off("thread-schedule")) config->thread_schedule = "fifo";
  std::erase_if(config->nemesis.faults, [&](const std::string& fault) { return off(Concat("nemesis ", fault)); });
}

}  // namespace gyre

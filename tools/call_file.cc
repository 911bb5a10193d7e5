#include "tools/call_file.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "sim/base/concat.h"
#include "sim/base/file.h"

namespace gyre {
namespace {

constexpr std::string_view kHead = "gyre calls 1\n";
constexpr int kKindBits = 8;  // of an outcome, the uppermost

// Seven bits a byte, least significant first; the high bit says that more follow.
void AppendNumber(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

bool TakeNumber(std::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

// Small for numbers near zero, below it too.
uint64_t ZigZag(uint64_t value) { return value << 1 ^ static_cast<uint64_t>(static_cast<int64_t>(value) >> 63); }
uint64_t UnZigZag(uint64_t value) { return value >> 1 ^ -(value & 1); }

bool TakeCall(std::string_view* bytes, int64_t before, LoggedCall* call) {
  uint64_t time, thread, number, outcome;
  if (!TakeNumber(bytes, &time) || !TakeNumber(bytes, &thread) || !TakeNumber(bytes, &number) ||
      !TakeNumber(bytes, &outcome)) {
    return false;
  }
  call->time = static_cast<int64_t>(static_cast<uint64_t>(before) + UnZigZag(time));
  call->thread = static_cast<uint32_t>(thread);
  call->call = static_cast<uint32_t>(number);
  call->outcome = std::rotr(UnZigZag(outcome), kKindBits);
  return true;
}

bool TakeNode(std::string_view* bytes, NodeCalls* node) {
  uint64_t length, count;
  if (!TakeNumber(bytes, &length) || length > bytes->size()) return false;
  node->node = bytes->substr(0, length);
  bytes->remove_prefix(length);
  if (!TakeNumber(bytes, &count) || count > bytes->size()) return false;
  int64_t before = 0;
  for (uint64_t i = 0; i < count; ++i) {
    LoggedCall call;
    if (!TakeCall(bytes, before, &call)) return false;
    before = call.time;
    node->calls.push_back(call);
  }
  return true;
}

}  // namespace

absl::Status WriteCalls(const std::string& path, const std::vector<NodeReport>& nodes) {
  std::string text(kHead);
  for (const NodeReport& node : nodes) {
    const size_t count = std::min(node.call_log.size(), kMostRecordedCalls);
    AppendNumber(node.name.size(), &text);
    text += node.name;
    AppendNumber(count, &text);
    int64_t before = 0;
    for (size_t i = 0; i < count; ++i) {
      const LoggedCall& call = node.call_log[i];
      AppendNumber(ZigZag(static_cast<uint64_t>(call.time) - static_cast<uint64_t>(before)), &text);
      AppendNumber(call.thread, &text);
      AppendNumber(call.call, &text);
      AppendNumber(ZigZag(std::rotl(call.outcome, kKindBits)), &text);
      before = call.time;
    }
  }
  return WriteFileAtomically(path, text);
}

absl::StatusOr<std::vector<NodeCalls>> ReadCalls(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  std::string_view bytes = *text;
  if (bytes.substr(0, kHead.size()) != kHead) {
    return absl::InvalidArgumentError(Concat(path, " is not a file of system calls of this version of gyre."));
  }
  bytes.remove_prefix(kHead.size());
  std::vector<NodeCalls> nodes;
  while (!bytes.empty()) {
    if (!TakeNode(&bytes, &nodes.emplace_back())) {
      return absl::DataLossError(Concat(path, " is damaged, ", text->size() - bytes.size(), " bytes from its start."));
    }
  }
  return nodes;
}

}  // namespace gyre

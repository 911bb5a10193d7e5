#include "tools/serve/sweep_list.h"

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

constexpr size_t kPiece = 1u << 20;
constexpr const char* kHeadMembers[] = {"workload", "first", "last"};

}  // namespace

void SweepList::Count(std::string_view line, Known* known) {
  const absl::StatusOr<gyre::Json> json = ParseJson(line);
  if (known->head.empty()) {
    if (!json.ok() || json->Find("gyre-sweep") == nullptr) {
      known->error = "not the record of a sweep, or not one of this version of gyre";
      return;
    }
    for (const char* name : kHeadMembers) {
      const gyre::Json* value = json->Find(name);
      known->head += Concat(",\"", name, "\":", value == nullptr ? "null" : value->Dump());
    }
    return;
  }
  const gyre::Json* state = json.ok() ? json->Find("state") : nullptr;
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (state != nullptr && *state == gyre::Json(kStates[i])) ++known->counts[i];
  }
}

void SweepList::ReadOn(const std::string& path, Known* known) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(known->read));
  std::string piece;
  std::string text;
  while (file && known->error.empty()) {
    piece.resize(kPiece);
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<size_t>(file.gcount()));
    size_t at = 0;
    for (size_t end = text.find('\n'); end != std::string::npos && known->error.empty(); end = text.find('\n', at)) {
      Count(std::string_view(text).substr(at, end - at), known);
      at = end + 1;
    }
    known->read += at;
    text.erase(0, at);
  }
}

std::string SweepList::Json() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string directory = Concat(root_, "/", kSweepsDirectory);
  const absl::StatusOr<std::vector<std::string>> files = ListDirectory(directory);
  std::map<std::string, Known> still_there;
  std::string out;
  if (files.ok()) {
    for (auto file = files->rbegin(); file != files->rend(); ++file) {
      if (file->starts_with('.') || !file->ends_with(kSweepSuffix)) continue;
      const std::string name = file->substr(0, file->size() - std::string_view(kSweepSuffix).size());
      Known& known = still_there[name] = std::move(known_[name]);
      ReadOn(Concat(directory, "/", *file), &known);
      out += Concat(out.empty() ? "" : ",", "{\"name\":", gyre::Json(name).Dump(), known.head);
      for (size_t i = 0; i < kStates.size(); ++i) out += Concat(",\"", kStates[i], "\":", known.counts[i]);
      if (!known.error.empty()) out += Concat(",\"error\":", gyre::Json(known.error).Dump());
      out += "}";
    }
  }
  known_ = std::move(still_there);
  return Concat("[", out, "]");
}

}  // namespace gyre

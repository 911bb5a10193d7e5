#include "tools/serve/store_list.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "tools/run/run_files.h"

namespace gyre {
namespace {

constexpr std::string_view kPartial = ".partial-";

// Members of run.json's result that a list shows.
constexpr const char* kResultMembers[] = {"valid",    "seed",   "grade",   "virtual_s", "wall_s", "operations",
                                          "messages", "reason", "anomaly", "text",      "doublecheck"};

// The row of a list, without its id.
gyre::Json RowOf(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return gyre::Json::ObjectOf({{"error", ToStd(text.status().message())}});
  const absl::StatusOr<gyre::Json> json = ParseJson(*text);
  const gyre::Json* result = json.ok() ? json->Find("result") : nullptr;
  const gyre::Json* config = json.ok() ? json->Find("config") : nullptr;
  if (result == nullptr || !result->is_object() || config == nullptr || !config->is_object()) {
    return gyre::Json::ObjectOf({{"error", "run.json is not whole, or not one of this version of gyre"}});
  }
  gyre::Json row{gyre::Json::Object{}};
  for (const char* name : kResultMembers) {
    if (const gyre::Json* value = result->Find(name); value != nullptr) row.Set(name, *value);
  }
  const gyre::Json* nodes = config->Find("nodes");
  if (nodes != nullptr && nodes->is_array()) row.Set("nodes", uint64_t{nodes->AsArray().size()});
  if (const gyre::Json* nemesis = config->Find("nemesis"); nemesis != nullptr) row.Set("nemesis", *nemesis);
  return row;
}

// Calls `see` with the name of each entry; in the system's order.
template <typename See>
bool EachEntry(const std::string& path, See see) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return false;
  while (const dirent* entry = readdir(directory)) see(std::string_view(entry->d_name));
  closedir(directory);
  return true;
}

std::string RealPath(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return "";
  std::string result(real);
  free(real);
  return result;
}

bool IsName(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

bool Within(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

absl::Status NoRun(std::string_view id) {
  return absl::NotFoundError(Concat("There is no run ", id, " in this store."));
}

}  // namespace

absl::StatusOr<std::string> StoreList::Json() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++round_;
  uint64_t writing = 0;
  std::vector<std::string> workloads;
  const auto see = [&](std::string_view name) {
    if (IsName(name) && name != "latest" && name != kSweepsDirectory) workloads.emplace_back(name);
  };
  if (!EachEntry(root_, see)) {
    return FileError("read the store", root_, errno);
  }
  for (const std::string& workload : workloads) {
    EachEntry(Concat(root_, "/", workload), [&](std::string_view name) {
      if (name.starts_with(kPartial)) ++writing;
      if (!IsName(name)) return;
      const std::string id = Concat(workload, "/", name);
      const std::string path = Concat(root_, "/", id, "/run.json");
      struct stat status {};
      const bool there = stat(path.c_str(), &status) == 0;
      if (!there && errno == ENOTDIR) return;  // a file beside the runs
      Known& known = known_[id];
      known.round = round_;
      const int64_t changed = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
      if (!known.row.empty() && known.changed == changed && known.size == status.st_size) return;
      gyre::Json row = gyre::Json::ObjectOf({{"id", id}, {"workload", workload}, {"name", name}});
      gyre::Json told = RowOf(path);
      for (auto& [member, value] : told.AsObject()) row.Set(member, std::move(value));
      known.row = row.Dump();
      known.changed = changed;
      known.size = status.st_size;
    });
  }
  std::string out = Concat("{\"store\":", gyre::Json(root_).Dump(), ",\"writing\":", writing, ",\"runs\":[");
  bool first = true;
  for (auto at = known_.begin(); at != known_.end();) {
    if (at->second.round != round_) {
      at = known_.erase(at);
      continue;
    }
    out += Concat(first ? "" : ",", at->second.row);
    first = false;
    ++at;
  }
  return out + "]}";
}

absl::StatusOr<std::string> StoreList::RunDirectory(std::string_view id) const {
  const size_t slash = id.find('/');
  if (slash == std::string_view::npos) return NoRun(id);
  if (!IsName(id.substr(0, slash)) || !IsName(id.substr(slash + 1))) return NoRun(id);
  const std::string root = RealPath(root_);
  const std::string path = RealPath(Concat(root_, "/", id));
  if (root.empty() || !Within(path, root) || !IsDirectory(path)) return NoRun(id);
  return path;
}

absl::StatusOr<std::string> StoreList::RunFile(std::string_view id, std::string_view path) const {
  const absl::StatusOr<std::string> directory = RunDirectory(id);
  if (!directory.ok()) return directory.status();
  const std::string file = path.find('\0') == std::string_view::npos ? RealPath(Concat(*directory, "/", path)) : "";
  struct stat status {};
  if (!Within(file, *directory) || stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::NotFoundError(Concat("There is no file ", path, " in the run ", id, "."));
  }
  return file;
}

absl::StatusOr<std::string> StoreList::SweepFile(std::string_view name) const {
  const std::string directory = RealPath(Concat(root_, "/", kSweepsDirectory));
  const std::string file = IsName(name) ? RealPath(Concat(directory, "/", name, kSweepSuffix)) : "";
  struct stat status {};
  const bool inside = Within(directory, RealPath(root_)) && Within(file, directory);
  if (!inside || stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::NotFoundError(Concat("There is no sweep ", name, " in this store."));
  }
  return file;
}

}  // namespace gyre

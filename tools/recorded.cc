#include "tools/recorded.h"

#include <utility>

namespace gyre {

absl::StatusOr<Recorded> ReadRecorded(const std::string& place) {
  if (IsSeedFile(place)) {
    absl::StatusOr<SeedFile> seed = ReadSeedFile(place);
    if (!seed.ok()) return seed.status();
    return Recorded{std::move(seed->record), "", seed->expect};
  }
  absl::StatusOr<RunRecord> record = ReadRecord(place);
  if (!record.ok()) return record.status();
  return Recorded{*std::move(record), place, std::nullopt};
}

}  // namespace gyre

// The members of a message's body that link messages, found without building a value: an index sees millions of bodies.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace gyre {

struct BodyLinks {
  std::string_view type;      // as written, without quotes; empty: none
  int64_t msg_id = -1;        // -1: none
  int64_t in_reply_to = -1;
};

// Of a body that is no object, or is damaged, what was found before. Nested members do not count; of equal names the
// last one does.
BodyLinks ScanBody(std::string_view body);

}  // namespace gyre

// Random bytes in print.
#pragma once

#include <string>

#include "guest.h"

inline std::string Hex(const void* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<const unsigned char*>(bytes)[i]);
    text += two;
  }
  return text;
}

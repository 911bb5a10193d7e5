#include "tools/serve/body_scan.h"

#include <cstring>

namespace gyre {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  BodyLinks Scan() {
    BodyLinks links;
    if (!Take('{')) return links;
    std::string_view name;
    while (String(&name) && Take(':')) {
      Blanks();
      const char* begin = at_;
      if (!SkipValue()) break;
      const std::string_view value(begin, static_cast<size_t>(at_ - begin));
      if (name == "type" && value.size() >= 2 && value[0] == '"') links.type = value.substr(1, value.size() - 2);
      else if (name == "msg_id") links.msg_id = Whole(value);
      else if (name == "in_reply_to") links.in_reply_to = Whole(value);
      if (!Take(',')) break;
    }
    return links;
  }

 private:
  void Blanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool Take(char wanted) {
    Blanks();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  // What is between the quotes, escapes as they stand.
  bool String(std::string_view* text) {
    if (!Take('"')) return false;
    const char* begin = at_;
    while (at_ < end_ && *at_ != '"') at_ += *at_ == '\\' && at_ + 1 < end_ ? 2 : 1;
    if (at_ >= end_) return false;
    *text = std::string_view(begin, static_cast<size_t>(at_ - begin));
    ++at_;
    return true;
  }
  // Past a value: its end is a comma or a bracket that was not opened within it.
  bool SkipValue() {
    std::string_view ignored;
    if (at_ < end_ && *at_ == '"') return String(&ignored);
    for (int depth = 0; at_ < end_; ++at_) {
      const char c = *at_;
      if (c == '"') {
        if (!String(&ignored)) return false;
        --at_;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return true;
        --depth;
      } else if (c == ',' && depth == 0) {
        return true;
      }
    }
    return true;
  }
  static int64_t Whole(std::string_view digits) {
    int64_t value = 0;
    size_t used = 0;
    for (; used < digits.size() && digits[used] >= '0' && digits[used] <= '9'; ++used) {
      if (used > 17) return -1;
      value = value * 10 + (digits[used] - '0');
    }
    return used == 0 || digits.find_first_not_of(" \t\n\r", used) != std::string_view::npos ? -1 : value;
  }

  const char* at_;
  const char* end_;
};

}  // namespace

BodyLinks ScanBody(std::string_view body) { return Scanner(body).Scan(); }

}  // namespace gyre

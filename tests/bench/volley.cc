// Volley: two nodes that keep COUNT messages in flight between them. The first one serves them all after init; each is
// answered by another. A client's echo is answered too, so that with a COUNT of 0 this is the plainest echo node.
//
// It is written to be fast: all that is there is read at once, the answers are written at once, and no more of a line
// is looked at than is needed. What is measured is what carries the lines.
//
// usage: volley COUNT

#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

// What follows `"name":` in a line, up to the comma, brace or quotation mark; white space is not expected.
std::string_view Member(std::string_view line, std::string_view name) {
  for (size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    std::string_view rest = line.substr(at + name.size());
    if (at == 0 || line[at - 1] != '"' || rest.substr(0, 2) != "\":") continue;
    rest.remove_prefix(2);
    return rest.substr(0, rest[0] == '"' ? rest.find('"', 1) + 1 : rest.find_first_of(",}"));
  }
  return {};
}

class VolleyNode {
 public:
  explicit VolleyNode(int count) : count_(count) {}

  void OnLine(std::string_view line, std::string* out) {
    const std::string_view type = Member(line, "type");
    if (type == "\"volley\"") {
      out->append(serve_);
    } else if (type == "\"init\"") {
      self_ = Member(line, "node_id");
      Reply(line, "\"init_ok\"", "", out);
      serve_ = "{\"src\":" + self_ + ",\"dest\":" + (self_ == "\"n0\"" ? "\"n1\"" : "\"n0\"") +
               ",\"body\":{\"type\":\"volley\"}}\n";
      for (int i = 0; i < count_ && self_ == "\"n0\""; ++i) out->append(serve_);
    } else {
      Reply(line, "\"echo_ok\",\"echo\":", Member(line, "echo"), out);
    }
  }

 private:
  void Reply(std::string_view line, std::string_view type, std::string_view value, std::string* out) {
    out->append("{\"src\":").append(self_).append(",\"dest\":").append(Member(line, "src"));
    out->append(",\"body\":{\"type\":").append(type).append(value);
    out->append(",\"in_reply_to\":").append(Member(line, "msg_id")).append("}}\n");
  }

  int count_;
  std::string self_;   // with quotation marks
  std::string serve_;  // a whole line
};

}  // namespace

int main(int argc, char** argv) {
  VolleyNode node(argc > 1 ? std::atoi(argv[1]) : 0);
  static char buffer[1 << 16];
  size_t held = 0;
  std::string out;
  for (;;) {
    const ssize_t got = read(0, buffer + held, sizeof buffer - held);
    if (got <= 0) return 0;
    std::string_view rest(buffer, held + static_cast<size_t>(got));
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      node.OnLine(rest.substr(0, end), &out);
      rest.remove_prefix(end + 1);
    }
    held = rest.copy(buffer, rest.size());
    for (size_t done = 0; done < out.size();) {
      const ssize_t written = write(1, out.data() + done, out.size() - done);
      if (written <= 0) return 1;
      done += static_cast<size_t>(written);
    }
    out.clear();
  }
}

#include "tools/plot/cycle_picture.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/strings/ascii.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/plot/svg.h"

// Boxes are rows, so an arrow never needs to cross a box: it leaves its cell towards the row it goes to, has a track
// of its own in the gap between two rows, and, if the other row is not the next one, a lane of its own at the right.
namespace gyre {
namespace {

constexpr int kMargin = 24;
constexpr int kHead = 176;  // width of a box's first column: its name, process and entries
constexpr int kBox = 76;    // height
constexpr int kCell = 32;   // height
constexpr int kPadding = 12;
constexpr int kGlyph = 8;   // width of a character, rounded up
constexpr int kTrack = 26;  // between arrows in a gap
constexpr int kLane = 18;
constexpr int kTop = 92;    // of the first box: the title is above
constexpr size_t kMaxCell = 30;     // characters
constexpr size_t kMaxUntouched = 8;  // cells without an arrow

// Colours that can be told apart on white and on black, each named where it is used: few viewers but browsers know
// variables.
constexpr std::string_view kStyle =
    "<style>\n"
    "text { font: 13px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; }\n"
    ".title { font-size: 20px; font-weight: bold; } .name { font-size: 16px; font-weight: bold; }\n"
    ".dim { fill: #59636e; font-size: 12px; }\n"
    ".page { fill: #ffffff; } .box { fill: #f3f5f7; stroke: #b4bcc5; } .cell { fill: #ffffff; stroke: #b4bcc5; }\n"
    ".edge path { fill: none; stroke: #59636e; stroke-width: 2; } .edge polygon { fill: #59636e; }\n"
    ".edge text { fill: #59636e; font-weight: bold; stroke: #ffffff; stroke-width: 5; paint-order: stroke; }\n"
    ".ww path { stroke: #b35900; } .ww polygon, .ww text { fill: #b35900; }\n"
    ".wr path { stroke: #0a66c2; } .wr polygon, .wr text { fill: #0a66c2; }\n"
    ".rw path { stroke: #c4215b; } .rw polygon, .rw text { fill: #c4215b; }\n"
    ".co path { stroke: #1a7f37; } .co polygon, .co text { fill: #1a7f37; }\n"
    ".realtime path { stroke: #6b3fb8; } .realtime polygon, .realtime text { fill: #6b3fb8; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "text { fill: #e6edf3; } .dim { fill: #9aa4af; }\n"
    ".page, .cell { fill: #0d1117; } .box { fill: #171d25; } .box, .cell { stroke: #47515c; }\n"
    ".edge path { stroke: #9aa4af; } .edge polygon { fill: #9aa4af; } .edge text { fill: #9aa4af; stroke: #0d1117; }\n"
    ".ww path { stroke: #f0a050; } .ww polygon, .ww text { fill: #f0a050; }\n"
    ".wr path { stroke: #6cb6ff; } .wr polygon, .wr text { fill: #6cb6ff; }\n"
    ".rw path { stroke: #ff7b9c; } .rw polygon, .rw text { fill: #ff7b9c; }\n"
    ".co path { stroke: #56d364; } .co polygon, .co text { fill: #56d364; }\n"
    ".realtime path { stroke: #b99aff; } .realtime polygon, .realtime text { fill: #b99aff; }\n"
    "}\n"
    "</style>\n";
constexpr std::string_view kKinds[] = {"co", "process", "realtime", "rw", "wr", "ww"};

int Width(std::string_view text) { return static_cast<int>(Columns(text)) * kGlyph; }

// A keyword without its colon, else as JSON, whose writer also mends what is not UTF-8.
std::string Word(const Json& json) {
  std::string text = json.Dump();
  if (!json.is_string() || json.AsString().empty()) return text;
  if (text[1] == ':') return text.substr(2, text.size() - 3);
  const bool plain = std::all_of(json.AsString().begin(), json.AsString().end(),
                                 [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-'; });
  return plain ? json.AsString() : text;
}

struct Cell {
  std::string text;
  int mop = -1;  // the last that it stands for
  int x = 0;
  int width = 0;
  int arrows = 0;
  int placed = 0;
};

struct Box {
  std::string name;
  const Op* completion = nullptr;
  int64_t first = 0;
  int64_t last = 0;
  std::vector<Cell> cells;
  Cell head;  // where arrows from or to the whole transaction are
  int row = 0;
  int y = 0;
  int right = 0;
};

struct Edge {
  std::string kind = "order";
  std::string label;
  size_t from = 0;
  size_t to = 0;
  int from_mop = -1;
  int to_mop = -1;
  int from_track = 0;
  int to_track = 0;
  int lane = -1;  // -1: to the next row or the one before
};

std::string MopText(const Json& mop) {
  if (!mop.is_array()) return Word(mop);
  std::string text;
  for (const Json& part : mop.AsArray()) text += Concat(text.empty() ? "" : " ", Word(part));
  return text;
}

int MopIndex(const Json& step, std::string_view name) {
  const Json* index = step.Find(name);
  return index != nullptr && index->is_int() && index->AsInt() >= 0 && index->AsInt() < INT32_MAX
             ? static_cast<int>(index->AsInt())
             : -1;
}

class Picture {
 public:
  Picture(const History& history, const Anomaly& anomaly) : kind_(anomaly.kind) {
    const Json::Array& cycle = anomaly.witness.Find("cycle")->AsArray();
    const Json* steps = anomaly.witness.Find("steps");
    for (size_t i = 0; i < cycle.size(); ++i) {
      edges_.push_back(EdgeOf(i, cycle.size(), steps != nullptr && i < steps->AsArray().size() ? steps->AsArray()[i]
                                                                                             : Json(Json::Object())));
      boxes_.push_back(BoxOf(history, cycle[i], i));
    }
    for (size_t i = 0; i < boxes_.size(); ++i) FillCells(i);
    Place();
  }

  std::string Draw() const {
    std::string body;
    for (const Box& box : boxes_) body += Drawn(box);
    int width = right_ + kMargin;
    std::string arrows;
    std::vector<Box> boxes = boxes_;  // whose cells count the arrows that have their place
    for (const Edge& edge : edges_) arrows += Drawn(edge, &boxes, &width);
    const std::string count = Concat("a cycle of ", boxes_.size(), " transactions; time goes down");
    width = std::max({width, 2 * kMargin + Width(count), 2 * kMargin + Width(kind_) * 3 / 2});
    return Concat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", bottom_,
                  "\" viewBox=\"0 0 ", width, " ", bottom_, "\">\n<title>", XmlText(kind_), "</title>\n", kStyle,
                  "<rect class=\"page\" width=\"", width, "\" height=\"", bottom_, "\"/>\n",
                  Text("title", kMargin, 40, kind_), Text("dim", kMargin, 62, count), body, arrows, "</svg>\n");
  }

 private:
  static std::string Text(std::string_view style, int x, int y, std::string_view text) {
    return Concat("<text class=\"", style, "\" x=\"", x, "\" y=\"", y, "\">", XmlText(text), "</text>\n");
  }

  static Edge EdgeOf(size_t i, size_t size, const Json& step) {
    Edge edge;
    edge.from = i;
    edge.to = (i + 1) % size;
    if (const Json* type = step.Find("type"); type != nullptr) {
      edge.label = Cut(Word(*type), kMaxCell);
      if (std::find(std::begin(kKinds), std::end(kKinds), edge.label) != std::end(kKinds)) edge.kind = edge.label;
    }
    if (const Json* key = step.Find("key"); key != nullptr) edge.label += Concat(" ", Cut(Word(*key), kMaxCell));
    edge.from_mop = MopIndex(step, "a-mop-index");
    edge.to_mop = MopIndex(step, "b-mop-index");
    return edge;
  }

  static Box BoxOf(const History& history, const Json& positions, size_t i) {
    Box box;
    box.name = Concat("T", i + 1);
    box.first = positions.AsArray().front().AsInt();
    box.last = positions.AsArray().back().AsInt();
    CHECK(box.last >= 0 && static_cast<size_t>(box.last) < history.size());
    box.completion = &history[static_cast<size_t>(box.last)];
    return box;
  }

  // Of many cells only those with an arrow are shown, and how many are between.
  void FillCells(size_t i) {
    Box& box = boxes_[i];
    const Json& value = box.completion->value;
    Json::Array mops = value.is_array() ? value.AsArray() : Json::Array{value};
    const auto touched = [&](int mop) {
      return std::any_of(edges_.begin(), edges_.end(), [&](const Edge& edge) {
        return (edge.from == i && edge.from_mop == mop) || (edge.to == i && edge.to_mop == mop);
      });
    };
    int hidden = 0;
    const auto tell_hidden = [&] {
      if (hidden > 0) box.cells.push_back({Concat(hidden, " more")});
      hidden = 0;
    };
    for (size_t m = 0; m < mops.size(); ++m) {
      if (mops.size() > kMaxUntouched && !touched(static_cast<int>(m))) {
        ++hidden;
        continue;
      }
      tell_hidden();
      box.cells.push_back({Cut(MopText(mops[m]), kMaxCell), static_cast<int>(m)});
    }
    tell_hidden();
    box.head.x = kMargin;
    box.head.width = kHead;
    int x = kMargin + kHead;
    for (Cell& cell : box.cells) {
      cell.x = x;
      cell.width = Width(cell.text) + 2 * kPadding;
      x += cell.width + kPadding;
    }
    box.right = x;
    right_ = std::max(right_, x);
  }

  Cell& CellOf(std::vector<Box>* boxes, size_t i, int mop) const {
    Box& box = (*boxes)[i];
    for (Cell& cell : box.cells) {
      if (mop >= 0 && cell.mop == mop) return cell;
    }
    return box.head;
  }

  void Place() {
    std::vector<size_t> rows(boxes_.size());
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
    std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) { return boxes_[a].last < boxes_[b].last; });
    for (size_t r = 0; r < rows.size(); ++r) boxes_[rows[r]].row = static_cast<int>(r);
    std::vector<int> tracks(rows.size() + 1);  // of the gap below row i
    int lanes = 0;
    for (Edge& edge : edges_) {
      const int from = boxes_[edge.from].row;
      const int to = boxes_[edge.to].row;
      ++CellOf(&boxes_, edge.from, edge.from_mop).arrows;
      ++CellOf(&boxes_, edge.to, edge.to_mop).arrows;
      const bool down = from <= to;
      edge.from_track = ++tracks[static_cast<size_t>(down ? from : from - 1)];
      edge.to_track = edge.from_track;
      if (std::abs(from - to) == 1) continue;
      edge.to_track = from == to ? edge.from_track : ++tracks[static_cast<size_t>(down ? to - 1 : to)];
      edge.lane = lanes++;
    }
    int y = kTop;
    for (size_t r = 0; r < rows.size(); ++r) {
      boxes_[rows[r]].y = y;
      y += kBox + (tracks[r] + 1) * kTrack;
    }
    bottom_ = y;
  }

  static std::string Drawn(const Box& box) {
    const Op& op = *box.completion;
    const std::string ops =
        box.first == box.last ? Concat("op ", box.last) : Concat("ops ", box.first, " to ", box.last);
    std::string out = Concat("<rect class=\"box\" x=\"", kMargin, "\" y=\"", box.y, "\" width=\"", box.right - kMargin,
                             "\" height=\"", kBox, "\" rx=\"8\"/>\n");
    out += Text("name", kMargin + kPadding, box.y + 26, box.name);
    out += Text("dim", kMargin + kPadding, box.y + 45, Concat("process ", op.process.value(), ", ", ToString(op.type)));
    out += Text("dim", kMargin + kPadding, box.y + 62, ops);
    for (const Cell& cell : box.cells) {
      out += Concat("<rect class=\"cell\" x=\"", cell.x, "\" y=\"", box.y + (kBox - kCell) / 2, "\" width=\"",
                    cell.width, "\" height=\"", kCell, "\" rx=\"4\"/>\n");
      out += Text(cell.mop < 0 ? "dim" : "mop", cell.x + kPadding, box.y + kBox / 2 + 5, cell.text);
    }
    return out;
  }

  // The next free place on a cell's side.
  static int Attach(Cell* cell) { return cell->x + cell->width * ++cell->placed / (cell->arrows + 1); }

  std::string Drawn(const Edge& edge, std::vector<Box>* boxes, int* width) const {
    const Box& from = boxes_[edge.from];
    const Box& to = boxes_[edge.to];
    const bool down = from.row <= to.row;
    Cell& start = CellOf(boxes, edge.from, edge.from_mop);
    const int x1 = Attach(&start);
    Cell& end = CellOf(boxes, edge.to, edge.to_mop);
    const int x2 = Attach(&end);
    const int inset1 = start.width == kHead ? 0 : (kBox - kCell) / 2;
    const int inset2 = end.width == kHead ? 0 : (kBox - kCell) / 2;
    const int y1 = down ? from.y + kBox - inset1 : from.y + inset1;
    const bool above = down && from.row != to.row;  // it ends on the upper side
    const int y2 = above ? to.y + inset2 : to.y + kBox - inset2;
    const int track1 = GapOf(down ? from.row : from.row - 1) + edge.from_track * kTrack;
    const int track2 = GapOf(above ? to.row - 1 : to.row) + edge.to_track * kTrack;
    const int tip = above ? y2 - 9 : y2 + 9;
    std::string path = Concat("M", x1, " ", y1, "V", track1);
    int label_x = std::max(x1, x2) + 8;
    if (edge.lane >= 0) {
      const int lane = right_ + kPadding + edge.lane * kLane;
      path += Concat("H", lane, "V", track2);
      label_x = lane + 8;
    }
    path += Concat("H", x2, "V", tip);
    const int label_y = track2 + 4;
    *width = std::max(*width, label_x + Width(edge.label) + kMargin);
    return Concat("<g class=\"edge ", edge.kind, "\"><path d=\"", path, "\"/><polygon points=\"", x2, ",", y2, " ",
                  x2 - 5, ",", tip, " ", x2 + 5, ",", tip, "\"/>", "<text x=\"", label_x, "\" y=\"", label_y, "\">",
                  XmlText(edge.label), "</text></g>\n");
  }

  // Where the gap below a row begins.
  int GapOf(int row) const {
    for (const Box& box : boxes_) {
      if (box.row == row) return box.y + kBox;
    }
    return kTop;
  }

  std::string kind_;
  std::vector<Box> boxes_;  // in the order of the cycle
  std::vector<Edge> edges_;
  int right_ = 0;
  int bottom_ = 0;
};

}  // namespace

bool HasPicture(const Anomaly& anomaly) {
  const Json* cycle = anomaly.witness.is_object() ? anomaly.witness.Find("cycle") : nullptr;
  return cycle != nullptr && cycle->is_array() && !cycle->AsArray().empty();
}

std::string CyclePicture(const History& history, const Anomaly& anomaly) {
  CHECK(HasPicture(anomaly));
  return Picture(history, anomaly).Draw();
}

std::string PictureName(const Anomaly& anomaly, PictureCounts* counts) {
  std::string name = anomaly.kind;
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  const int number = ++(*counts)[name];
  return Concat(name, "-", number, ".svg");
}

absl::StatusOr<std::vector<std::string>> WritePictures(const std::string& directory, const History& history,
                                                       const std::vector<Anomaly>& anomalies, PictureCounts* counts) {
  std::vector<std::string> paths;
  for (const Anomaly& anomaly : anomalies) {
    if (!HasPicture(anomaly)) continue;
    if (paths.empty()) {
      if (absl::Status status = MakeDirectories(directory); !status.ok()) return status;
    }
    paths.push_back(Concat(directory, "/", PictureName(anomaly, counts)));
    if (absl::Status status = WriteFileAtomically(paths.back(), CyclePicture(history, anomaly)); !status.ok()) {
      return status;
    }
  }
  return paths;
}

}  // namespace gyre

#include "tools/plot/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/base/concat.h"
#include "sim/base/utf8.h"

namespace gyre {
namespace {

// Jepsen's colours for ok, info and fail, darker on white where they are text or thin lines.
constexpr std::string_view kStyle =
    "svg { --page: #ffffff; --text: #1f2328; --dim: #59636e; --line: #d5dae0; --strong: #8b949e; --fault: #e5534b;\n"
    "  --ok: #2f8fe0; --info: #d98200; --fail: #e0177a; --server: #1f2328; --client: #2f6fb0; --service: #6b3fb8; }\n"
    "@media (prefers-color-scheme: dark) { svg { --page: #0d1117; --text: #e6edf3; --dim: #9aa4af; --line: #262d36;\n"
    "  --strong: #6e7781; --fault: #ff7b72; --ok: #81bffc; --info: #ffa400; --fail: #ff4fa3; --server: #e6edf3;\n"
    "  --client: #81bffc; --service: #b99aff; } }\n"
    "text { font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--text); }\n"
    ".page { fill: var(--page); } .dim { fill: var(--dim); } .title { font-size: 18px; font-weight: bold; }\n"
    "path { stroke-linecap: round; stroke-linejoin: round; }\n"
    ".axis { stroke: var(--strong); } .grid { stroke: var(--line); }\n"
    ".fault { fill: var(--fault); fill-opacity: 0.13; } .faultname { fill: var(--fault); font-size: 11px; }\n";

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

void AppendNumber(double value, std::string& out) {
  const int64_t tenths = std::llround(value * 10);
  const uint64_t size = static_cast<uint64_t>(tenths < 0 ? -tenths : tenths);
  absl::StrAppend(&out, tenths < 0 ? "-" : "", size / 10);
  if (size % 10 != 0) absl::StrAppend(&out, ".", size % 10);
}

}  // namespace

size_t Columns(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), Continues));
}

std::string Cut(std::string_view text, size_t columns) {
  size_t end = 0;
  for (size_t seen = 0; end < text.size(); ++end) {
    if (!Continues(text[end]) && ++seen > columns) break;
  }
  if (end == text.size()) return std::string(text);
  while (end > 0 && Continues(text[end - 1])) --end;
  return Concat(text.substr(0, end > 0 ? end - 1 : 0), "…");
}

std::string XmlText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const unsigned char c = static_cast<unsigned char>(text[0]);
    const std::string_view sequence = text.substr(0, std::max<size_t>(length, 1));
    if (length == 0 || c < 0x20 || sequence == "\xef\xbf\xbe" || sequence == "\xef\xbf\xbf") out += kReplacement;
    else if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += sequence;
    text.remove_prefix(sequence.size());
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view style) {
  out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
  Attribute("width", width);
  Attribute("height", height);
  out_ += " viewBox=\"0 0 ";
  AppendNumber(width, out_);
  out_ += " ";
  AppendNumber(height, out_);
  out_ += Concat("\">\n<title>", XmlText(title), "</title>\n<style>\n", kStyle, style, "</style>\n");
  Rect("page", 0, 0, width, height);
}

void Svg::Attribute(std::string_view name, double value) {
  out_ += Concat(" ", name, "=\"");
  AppendNumber(value, out_);
  out_ += "\"";
}

void Svg::Close(std::string_view element, std::string_view tip) {
  out_ += tip.empty() ? "/>\n" : Concat("><title>", XmlText(tip), "</title></", element, ">\n");
}

void Svg::Rect(std::string_view style, double x, double y, double width, double height, std::string_view tip) {
  out_ += Concat("<rect class=\"", style, "\"");
  Attribute("x", x);
  Attribute("y", y);
  Attribute("width", width);
  Attribute("height", height);
  Close("rect", tip);
}

void Svg::Line(std::string_view style, double x1, double y1, double x2, double y2) {
  out_ += Concat("<line class=\"", style, "\"");
  Attribute("x1", x1);
  Attribute("y1", y1);
  Attribute("x2", x2);
  Attribute("y2", y2);
  out_ += "/>\n";
}

void Svg::Dot(std::string_view style, double x, double y, double radius, std::string_view tip) {
  out_ += Concat("<circle class=\"", style, "\"");
  Attribute("cx", x);
  Attribute("cy", y);
  Attribute("r", radius);
  Close("circle", tip);
}

void Svg::Text(std::string_view style, double x, double y, std::string_view text, std::string_view anchor) {
  out_ += Concat("<text class=\"", style, "\"");
  Attribute("x", x);
  Attribute("y", y);
  if (anchor != "start") out_ += Concat(" text-anchor=\"", anchor, "\"");
  out_ += Concat(">", XmlText(text), "</text>\n");
}

void Svg::Begin(std::string_view style, double x, double y) {
  out_ += Concat("<path fill=\"none\" class=\"", style, "\" d=\"M");
  AppendNumber(x, out_);
  out_ += " ";
  AppendNumber(y, out_);
  To(x, y);  // so that a single point is seen
}

void Svg::To(double x, double y) {
  out_ += "L";
  AppendNumber(x, out_);
  out_ += " ";
  AppendNumber(y, out_);
}

void Svg::End() { out_ += "\"/>\n"; }

void Svg::BeginGroup(std::string_view style, std::string_view tip) {
  out_ += Concat("<g class=\"", style, "\">");
  if (!tip.empty()) out_ += Concat("<title>", XmlText(tip), "</title>");
}

void Svg::EndGroup() { out_ += "</g>\n"; }

std::string Svg::Finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace gyre

// Svg: a picture as SVG text that needs nothing but a viewer, in one style that is readable on white and on black.
// What nodes printed is only ever text in it. Coordinates are pixels, written with one decimal. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gyre {

// As XML has text and attributes: its own characters escaped, those that it has not, and what is not UTF-8, replaced.
std::string XmlText(std::string_view text);

// Characters, not bytes. REQUIRES: UTF-8.
size_t Columns(std::string_view text);

// At most `columns` characters and, if something was cut, an ellipsis.
std::string Cut(std::string_view text, size_t columns);

class Svg {
 public:
  // `title` is escaped; `style` is CSS beside the common one.
  Svg(double width, double height, std::string_view title, std::string_view style = "");

  // `style` is a class; a tip, shown when the pointer rests there, may be empty.
  void Rect(std::string_view style, double x, double y, double width, double height, std::string_view tip = "");
  void Line(std::string_view style, double x1, double y1, double x2, double y2);
  void Dot(std::string_view style, double x, double y, double radius, std::string_view tip = "");
  // `anchor` is "start", "middle" or "end".
  void Text(std::string_view style, double x, double y, std::string_view text, std::string_view anchor = "start");
  // A line through points that are added by To.
  void Begin(std::string_view style, double x, double y);
  void To(double x, double y);
  void End();
  // A group of shapes with one style and one tip; what is added until EndGroup is in it.
  void BeginGroup(std::string_view style, std::string_view tip);
  void EndGroup();
  // What `id` would be defined as; given as it is.
  void Raw(std::string_view text) { out_.append(text); }

  std::string Finish() &&;

 private:
  void Attribute(std::string_view name, double value);
  void Close(std::string_view element, std::string_view tip);

  std::string out_;
};

}  // namespace gyre

#include "tools/cli/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "tools/cli/log_axis.h"

namespace jitgemm::cli {
namespace {

// Pixels.
constexpr int kPanelWidth = 420, kPanelHeight = 320, kPanelsPerRow = 3;
constexpr int kLeft = 56, kRight = 16, kTop = 34, kBottom = 46;  // of a panel, around its axes
constexpr int kTitleHeight = 34, kEntryWidth = 150, kEntryHeight = 22;  // of the legend's entries
constexpr int kSample = 26;                                             // of a line, in the legend

// M at the ends of the axis, over and under those of the points. Their ratio is above 2 so that a
// power of two always stands on the axis.
constexpr double kMarginM = 1.5;

// Plain properties and a media query: not all viewers know variables. Colours keep 3:1 against
// their background, and their lightness apart where colour blindness would merge them.
constexpr std::string_view kStyle = R"(
.paper{fill:#fcfcfb}
text{font:12px system-ui,sans-serif;fill:#52514e}
.title{font-weight:600;fill:#0b0b0b}
.grid{stroke:#e4e3df}
.axis{stroke:#a5a49d}
.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
.dashed{stroke-dasharray:6 4}
.point{fill:currentColor}
.disc{color:#2a78d6}
.dot{color:#8a8983}
.square{color:#d9541e}
.diamond{color:#006647}
@media (prefers-color-scheme:dark){
.paper{fill:#1a1a19}
text{fill:#c3c2b7}
.title{fill:#fff}
.grid{stroke:#32322f}
.axis{stroke:#6b6a64}
.disc{color:#4b95ec}
.dot{color:#85847d}
.square{color:#e8743f}
.diamond{color:#4fd6a3}
}
)";

std::string_view class_of(PlotLook look) {
  switch (look) {
    case PlotLook::kBlueDisc: return "disc";
    case PlotLook::kGreyDot: return "dot";
    case PlotLook::kOrangeSquare: return "square";
    case PlotLook::kGreenDiamond: return "diamond";
  }
  return {};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

struct Position {
  double x, y;
};

std::string text_at(const Position& at, std::string_view attributes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", at.x, at.y, attributes,
                     escaped(text));
}

std::string straight(std::string_view look, const Position& from, const Position& to) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", look,
      from.x, from.y, to.x, to.y);
}

std::string classes(const PlotSeries& series, std::string_view more) {
  return fmt::format("{} {}{}", more, class_of(series.look), series.dashed ? " dashed" : "");
}

// `note` is what pointing at it shows.
std::string point_at(const Position& at, const PlotSeries& series, std::string_view note) {
  std::string name, place;
  switch (series.look) {
    case PlotLook::kBlueDisc:
    case PlotLook::kGreyDot:
      name = "circle";
      place = fmt::format("cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"", at.x, at.y,
                          series.look == PlotLook::kBlueDisc ? 3.5 : 2);
      break;
    case PlotLook::kOrangeSquare:
      name = "rect";
      place = fmt::format("x=\"{:.1f}\" y=\"{:.1f}\" width=\"6\" height=\"6\"", at.x - 3, at.y - 3);
      break;
    case PlotLook::kGreenDiamond:
      name = "path";
      place = fmt::format("d=\"M{:.1f} {:.1f}l4.5 4.5l-4.5 4.5l-4.5 -4.5z\"", at.x, at.y - 4.5);
      break;
  }
  return fmt::format("<{0} class=\"{1}\" {2}><title>{3}</title></{0}>\n", name,
                     classes(series, "point"), place, escaped(note));
}

// ---- a panel ----

using Points = std::vector<PlotPoint>;

// Those that have a place on the axes, from left to right.
Points placed(Points points) {
  std::erase_if(points,
                [](const PlotPoint& p) { return p.m < 1 || !(p.us > 0) || std::isinf(p.us); });
  std::stable_sort(points.begin(), points.end(),
                   [](const PlotPoint& a, const PlotPoint& b) { return a.m < b.m; });
  return points;
}

struct Axes {
  Interval m_range, us_range;
  LogAxis x, y;
};

std::optional<Axes> axes_of(const std::vector<Points>& lines) {
  std::vector<double> m, us;
  for (const Points& points : lines)
    for (const PlotPoint& point : points) {
      m.push_back(static_cast<double>(point.m));
      us.push_back(point.us);
    }
  if (m.empty()) return std::nullopt;
  const Interval m_range = {std::ranges::min(m) / kMarginM, std::ranges::max(m) * kMarginM};
  const Interval us_range = between_steps(std::ranges::min(us), std::ranges::max(us));
  return Axes{m_range, us_range, LogAxis(m_range, kLeft, kPanelWidth - kRight),
              LogAxis(us_range, kPanelHeight - kBottom, kTop)};
}

std::string grid(const Axes& axes) {
  constexpr double kRightEnd = kPanelWidth - kRight, kFoot = kPanelHeight - kBottom;
  constexpr double kMiddleX = (kLeft + kRightEnd) / 2, kMiddleY = (kTop + kFoot) / 2;
  std::string svg;
  for (double us : steps_in(axes.us_range)) {
    svg += straight("grid", {kLeft, axes.y(us)}, {kRightEnd, axes.y(us)});
    svg += text_at({kLeft - 6, axes.y(us) + 4}, "class=\"us\" text-anchor=\"end\"",
                   fmt::format("{:g}", us));
  }
  for (double m : powers_in(axes.m_range)) {
    svg += straight("grid", {axes.x(m), kTop}, {axes.x(m), kFoot});
    svg += text_at({axes.x(m), kFoot + 16}, "class=\"m\" text-anchor=\"middle\"",
                   fmt::format("{:.0f}", m));
  }
  svg += straight("axis", {kLeft, kFoot}, {kRightEnd, kFoot});
  svg += straight("axis", {kLeft, kTop}, {kLeft, kFoot});
  svg += text_at({kMiddleX, kFoot + 34}, "text-anchor=\"middle\"", "M (tokens)");
  return svg +
         text_at({14, kMiddleY},
                 fmt::format("text-anchor=\"middle\" transform=\"rotate(-90 14 {})\"", kMiddleY),
                 "µs of one launch");
}

std::string curve(const PlotSeries& series, const Points& points, const Axes& axes) {
  std::string path, marks;
  for (const PlotPoint& point : points) {
    const Position at = {axes.x(static_cast<double>(point.m)), axes.y(point.us)};
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", at.x, at.y);
    marks +=
        point_at(at, series, fmt::format("{}: M = {}, {:.2f} µs", series.name, point.m, point.us));
  }
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n{}", classes(series, "line"), path,
                     marks);
}

std::string panel_at(const Position& at, const Plot& plot, const PlotPanel& panel) {
  std::vector<Points> lines;
  for (const Points& points : panel.lines) lines.push_back(placed(points));
  std::string svg = fmt::format("<g class=\"panel\" transform=\"translate({} {})\">\n", at.x, at.y);
  svg += text_at({kLeft, kTop - 12}, "class=\"title\"", panel.title);
  if (const std::optional<Axes> axes = axes_of(lines)) {
    svg += grid(*axes);
    for (size_t i = 0; i < lines.size(); ++i)
      if (!lines[i].empty()) svg += curve(plot.series[i], lines[i], *axes);
  }
  return svg + "</g>\n";
}

// ---- the legend ----

std::vector<PlotSeries> present(const Plot& plot) {
  std::vector<PlotSeries> found;
  for (size_t i = 0; i < plot.series.size(); ++i)
    if (std::ranges::any_of(
            plot.panels, [i](const PlotPanel& panel) { return !placed(panel.lines[i]).empty(); }))
      found.push_back(plot.series[i]);
  return found;
}

std::string legend_entry(const Position& at, const PlotSeries& series) {
  const Position end = {at.x + kSample, at.y};
  return straight(classes(series, "line"), at, end) +
         point_at({at.x + kSample / 2.0, at.y}, series, series.name) +
         text_at({end.x + 6, at.y + 4}, "class=\"name\"", series.name);
}

}  // namespace

std::string to_svg(const Plot& plot) {
  const int columns = std::clamp<int>(static_cast<int>(plot.panels.size()), 1, kPanelsPerRow);
  const int rows = (static_cast<int>(plot.panels.size()) + columns - 1) / columns;
  const int width = columns * kPanelWidth, entries_per_row = (width - kLeft) / kEntryWidth;
  const std::vector<PlotSeries> legend = present(plot);
  const int entry_rows = (static_cast<int>(legend.size()) + entries_per_row - 1) / entries_per_row;
  const int top = kTitleHeight + entry_rows * kEntryHeight, height = top + rows * kPanelHeight;

  std::string svg = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n"
      "<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n",
      width, height, escaped(plot.title), kStyle);
  svg += text_at({kLeft, 22}, "class=\"title\"", plot.title);
  for (int i = 0; i < static_cast<int>(legend.size()); ++i)
    svg += legend_entry({double(kLeft + i % entries_per_row * kEntryWidth),
                         double(kTitleHeight + i / entries_per_row * kEntryHeight + 8)},
                        legend[i]);
  for (int i = 0; i < static_cast<int>(plot.panels.size()); ++i)
    svg += panel_at({double(i % columns * kPanelWidth), double(top + i / columns * kPanelHeight)},
                    plot, plot.panels[i]);
  return svg + "</svg>\n";
}

}  // namespace jitgemm::cli

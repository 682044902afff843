// Time over M as a picture: SVG with a panel for each subject, both axes logarithmic, and one
// legend. Pure.
//
// The SVG stands alone: no script, no font, no other file. It brings its own background, light or
// dark as the viewer prefers (a viewer that cannot say shows it light). Series differ by colour, by
// the form of their points and, where dashed, by that. Pointing at a point shows its values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jitgemm::cli {

// Colour and form of the points.
enum class PlotLook { kBlueDisc, kGreyDot, kOrangeSquare, kGreenDiamond };

struct PlotSeries {
  std::string name;  // in the legend
  PlotLook look = PlotLook::kBlueDisc;
  bool dashed = false;
};

struct PlotPoint {
  int64_t m = 0;
  double us = 0;  // what is not above 0, or not finite, has no place on the axis and is left out
};

struct PlotPanel {
  std::string title;
  std::vector<std::vector<PlotPoint>> lines;  // one for each series, in any order; empty: missing
};

struct Plot {
  std::string title;
  std::vector<PlotSeries> series;  // one without a point in any panel is not in the legend
  std::vector<PlotPanel> panels;
};

std::string to_svg(const Plot& plot);

}  // namespace jitgemm::cli

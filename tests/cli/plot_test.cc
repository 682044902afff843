#include "tools/cli/plot.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "tests/cli/svg_elements.h"

namespace jitgemm::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

using Elements = std::vector<SvgElement>;

constexpr double kPixel = 0.11;  // coordinates are written to tenths

Elements all(const Elements& elements, std::string_view look) {
  Elements found;
  std::ranges::copy_if(elements, std::back_inserter(found),
                       [look](const SvgElement& element) { return element.is(look); });
  return found;
}

std::vector<std::string> texts(const Elements& elements, std::string_view look) {
  std::vector<std::string> found;
  for (const SvgElement& element : all(elements, look)) found.push_back(element.text);
  return found;
}

// Of the tick with this text.
double place(const Elements& elements, std::string_view axis, const std::string& text) {
  for (const SvgElement& tick : all(elements, axis))
    if (tick.text == text) return axis == "m" ? tick.number("x") : tick.number("y") - 4;
  ADD_FAILURE() << "no tick " << text << " on the axis " << axis;
  return 0;
}

// The corners of the only polyline of this look that is no sample of the legend.
std::vector<std::pair<double, double>> corners(const Elements& elements, std::string_view look) {
  std::vector<std::pair<double, double>> found;
  for (const SvgElement& line : all(elements, look)) {
    if (line.name != "polyline") continue;
    std::istringstream points(line.attributes.at("points"));
    double x, y;
    char comma;
    while (points >> x >> comma >> y) found.emplace_back(x, y);
  }
  return found;
}

Plot of_one(std::vector<PlotPoint> points) {
  return {.title = "title",
          .series = {{.name = "ours", .look = PlotLook::kBlueDisc}},
          .panels = {{.title = "panel", .lines = {std::move(points)}}}};
}

Plot of_four() {
  return {.title = "all",
          .series = {{.name = "ours", .look = PlotLook::kBlueDisc},
                     {.name = "peer", .look = PlotLook::kOrangeSquare},
                     {.name = "best", .look = PlotLook::kGreenDiamond},
                     {.name = "floor", .look = PlotLook::kGreyDot, .dashed = true}},
          .panels = {{.title = "first",
                      .lines = {{{1, 5}, {64, 7}}, {{1, 9}, {64, 9}}, {{1, 8}}, {{1, 4}, {64, 4}}}},
                     {.title = "second", .lines = {{{8, 3}}, {}, {{8, 4}}, {{8, 2}}}}}};
}

TEST(PlotTest, EverySeriesIsInItsPanelsAndInTheLegend) {
  const Elements elements = svg_elements(to_svg(of_four()));
  EXPECT_THAT(texts(elements, "name"), ElementsAre("ours", "peer", "best", "floor"));
  EXPECT_THAT(texts(elements, "title"), ElementsAre("all", "first", "second"));
  const auto in_panels = [&elements](std::string_view look) {
    std::vector<std::string> found;
    for (const SvgElement& line : all(elements, look))
      if (line.name == "polyline")
        for (const SvgElement& title : all(elements, "title"))
          if (title.parent == line.parent) found.push_back(title.text);
    return found;
  };
  EXPECT_THAT(in_panels("disc"), ElementsAre("first", "second"));
  EXPECT_THAT(in_panels("square"), ElementsAre("first"));
  EXPECT_THAT(in_panels("diamond"), ElementsAre("first", "second"));
  EXPECT_THAT(in_panels("dot"), ElementsAre("first", "second"));
  EXPECT_THAT(in_panels("dashed"), ElementsAre("first", "second"));
}

TEST(PlotTest, PointsStandWhereTheAxesSay) {
  const Elements elements = svg_elements(to_svg(of_one({{1, 2}, {4, 10}, {16, 5}})));
  const auto at = corners(elements, "disc");
  ASSERT_THAT(at, SizeIs(3));
  EXPECT_NEAR(at[0].first, place(elements, "m", "1"), kPixel);
  EXPECT_NEAR(at[1].first, place(elements, "m", "4"), kPixel);
  EXPECT_NEAR(at[2].first, place(elements, "m", "16"), kPixel);
  EXPECT_NEAR(at[1].first, (at[0].first + at[2].first) / 2, kPixel) << "the axis is logarithmic";
  EXPECT_NEAR(at[0].second, place(elements, "us", "2"), kPixel);
  EXPECT_NEAR(at[1].second, place(elements, "us", "10"), kPixel);
  EXPECT_NEAR(at[2].second, place(elements, "us", "5"), kPixel);
  EXPECT_GT(at[0].second, at[2].second) << "more time stands higher";
}

TEST(PlotTest, EachPointIsMarkedOnItsLineAndSaysItsValues) {
  const Elements elements = svg_elements(to_svg(of_one({{1, 2}, {16, 5.125}})));
  const auto at = corners(elements, "disc");
  std::vector<std::pair<double, double>> marks;
  std::vector<std::string> notes;
  for (int i = 0; i < static_cast<int>(elements.size()); ++i) {
    const SvgElement& parent = elements[std::max(0, elements[i].parent)];
    if (elements[i].name != "title" || !parent.is("point")) continue;
    if (!elements[std::max(0, parent.parent)].is("panel")) continue;  // the legend's
    marks.emplace_back(parent.number("cx"), parent.number("cy"));
    notes.push_back(elements[i].text);
  }
  EXPECT_EQ(marks, at);
  EXPECT_THAT(notes, ElementsAre("ours: M = 1, 2.00 µs", "ours: M = 16, 5.12 µs"));
}

TEST(PlotTest, OnePointStandsWithinItsAxes) {
  for (int64_t m : {1, 3, 11, 8192}) {
    const std::string svg = to_svg(of_one({{m, 5}}));
    const Elements elements = svg_elements(svg);
    const auto at = corners(elements, "disc");
    ASSERT_THAT(at, SizeIs(1)) << m;
    const Elements axes = all(elements, "axis");
    ASSERT_THAT(axes, SizeIs(2));
    EXPECT_THAT(at[0].first, AllOf(Ge(axes[0].number("x1")), Le(axes[0].number("x2")))) << m;
    EXPECT_THAT(at[0].second, AllOf(Ge(axes[1].number("y1")), Le(axes[1].number("y2")))) << m;
    EXPECT_THAT(texts(elements, "m"), Not(IsEmpty())) << m;
    EXPECT_GE(all(elements, "us").size(), 2u) << m;
  }
}

TEST(PlotTest, ALineGoesFromLeftToRightWhateverTheOrder) {
  const auto at = corners(svg_elements(to_svg(of_one({{64, 3}, {1, 4}, {8, 5}}))), "disc");
  ASSERT_THAT(at, SizeIs(3));
  EXPECT_LT(at[0].first, at[1].first);
  EXPECT_LT(at[1].first, at[2].first);
}

TEST(PlotTest, ASeriesThatIsMissingEverywhereIsNotInTheLegend) {
  Plot plot = of_four();
  for (PlotPanel& panel : plot.panels) panel.lines[1].clear();
  const Elements elements = svg_elements(to_svg(plot));
  EXPECT_THAT(texts(elements, "name"), ElementsAre("ours", "best", "floor"));
  EXPECT_THAT(all(elements, "square"), IsEmpty());
}

TEST(PlotTest, WhatHasNoLogarithmIsLeftOut) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const std::string svg =
      to_svg(of_one({{1, 0}, {2, -1}, {4, nan}, {8, infinity}, {0, 5}, {-1, 5}, {16, 5}}));
  EXPECT_THAT(corners(svg_elements(svg), "disc"), SizeIs(1));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(PlotTest, APanelWithoutPointsHasItsTitleAlone) {
  const Elements elements = svg_elements(to_svg(of_one({{1, 0}})));
  EXPECT_THAT(texts(elements, "title"), ElementsAre("title", "panel"));
  EXPECT_THAT(texts(elements, "name"), IsEmpty());
  EXPECT_THAT(all(elements, "axis"), IsEmpty());
}

TEST(PlotTest, NoPanelsIsAPictureAllTheSame) {
  const Elements elements = svg_elements(to_svg({.title = "none", .series = {}, .panels = {}}));
  EXPECT_THAT(texts(elements, "title"), ElementsAre("none"));
}

TEST(PlotTest, PanelsStandApartAndWithinThePicture) {
  Plot plot = of_one({{1, 5}});
  plot.panels.resize(7, plot.panels.front());
  const Elements elements = svg_elements(to_svg(plot));
  std::vector<std::string> places;
  for (const SvgElement& panel : all(elements, "panel")) {
    const std::string& place = panel.attributes.at("transform");
    EXPECT_THAT(places, Not(testing::Contains(place)));
    places.push_back(place);
    double x = -1, y = -1;
    ASSERT_EQ(std::sscanf(place.c_str(), "translate(%lf %lf)", &x, &y), 2) << place;
    EXPECT_THAT(x, AllOf(Ge(0), Le(elements[0].number("width") - 420)));
    EXPECT_THAT(y, AllOf(Ge(34), Le(elements[0].number("height") - 320)));
  }
  EXPECT_THAT(places, SizeIs(7));
}

TEST(PlotTest, TextMayHoldWhatMarkupIsMadeOf) {
  const std::string odd = "<a & \"b\">";
  Plot plot = of_one({{1, 5}});
  plot.title = plot.series[0].name = plot.panels[0].title = odd;
  const Elements elements = svg_elements(to_svg(plot));
  EXPECT_THAT(texts(elements, "title"), ElementsAre(odd, odd));
  EXPECT_THAT(texts(elements, "name"), ElementsAre(odd));
}

TEST(PlotTest, EveryColourHasALightAndADarkForm) {
  const std::string svg = to_svg(of_four());
  const size_t dark = svg.find("prefers-color-scheme:dark");
  ASSERT_NE(dark, std::string::npos);
  for (const char* rule : {"\n.paper{", "\ntext{", "\n.title{", "\n.grid{", "\n.axis{", "\n.disc{",
                           "\n.dot{", "\n.square{", "\n.diamond{"}) {
    EXPECT_LT(svg.find(rule), dark) << rule;
    EXPECT_NE(svg.find(rule, dark), std::string::npos) << rule;
  }
  const Elements elements = svg_elements(svg), paper = all(elements, "paper");
  ASSERT_THAT(paper, SizeIs(1));
  EXPECT_EQ(paper[0].attributes.at("width"), elements[0].attributes.at("width"));
  EXPECT_EQ(paper[0].attributes.at("height"), elements[0].attributes.at("height"));
}

TEST(PlotTest, AxesHaveUnits) {
  const Elements elements = svg_elements(to_svg(of_one({{1, 5}})));
  std::vector<std::string> all_texts;
  for (const SvgElement& element : elements) all_texts.push_back(element.text);
  EXPECT_THAT(all_texts, testing::IsSupersetOf({"M (tokens)", "µs of one launch"}));
}

}  // namespace
}  // namespace jitgemm::cli

#include "tools/cli/bench_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace jitgemm::cli {
namespace {

// In the order of the series.
enum Line : size_t { kOurs, kOursPdl, kPeer, kBest, kFloor, kFloorPdl, kLines };

std::vector<PlotSeries> series() {
  std::vector<PlotSeries> all(kLines);
  all[kOurs] = {.name = "ours", .look = PlotLook::kBlueDisc};
  all[kOursPdl] = {.name = "ours, PDL", .look = PlotLook::kBlueDisc, .dashed = true};
  all[kPeer] = {.name = "cuBLASLt", .look = PlotLook::kOrangeSquare};
  all[kBest] = {.name = "best of anchors", .look = PlotLook::kGreenDiamond};
  all[kFloor] = {.name = "floor", .look = PlotLook::kGreyDot};
  all[kFloorPdl] = {.name = "floor, PDL", .look = PlotLook::kGreyDot, .dashed = true};
  return all;
}

std::string title_of(const GemmDesc& desc) { return fmt::format("N = {}, K = {}", desc.n, desc.k); }

void add_row(const BenchRow& row, PlotPanel* panel) {
  const auto add = [&](Line line, double us) { panel->lines[line].push_back({row.m, us}); };
  add(kOurs, row.ours.median_us);
  add(kOursPdl, row.ours_pdl.median_us);
  add(kFloor, row.floor_us);
  add(kFloorPdl, row.pdl_floor_us);
  if (row.peer) add(kPeer, row.peer->median_us);
  if (row.anchor) add(kBest, row.anchor->best_us);
}

}  // namespace

Plot bench_plot(const std::string& gpu, const std::vector<BenchRow>& rows) {
  Plot plot{.title = "FP8 GEMM on " + gpu, .series = series(), .panels = {}};
  for (const BenchRow& row : rows) {
    const std::string title = title_of(row.desc);
    auto panel = std::ranges::find(plot.panels, title, &PlotPanel::title);
    if (panel == plot.panels.end())
      panel = plot.panels.insert(
          panel, {.title = title, .lines = std::vector<std::vector<PlotPoint>>(kLines)});
    add_row(row, &*panel);
  }
  return plot;
}

Status write_plot(const std::string& path, const Plot& plot) {
  std::ofstream file(path, std::ios::binary);
  file << to_svg(plot);
  file.close();
  if (file) return {};
  return {StatusCode::kIoError, fmt::format("{}: {}", path, std::strerror(errno))};
}

}  // namespace jitgemm::cli

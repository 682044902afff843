// What `bench --plot` draws: the rows of a run, a panel for each shape.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "tools/cli/bench_report.h"
#include "tools/cli/plot.h"

namespace jitgemm::cli {

// Lines for ours, cuBLASLt, the anchors' best peer and the floor; ours and the floor once more with
// programmatic dependent launch (PDL).
Plot bench_plot(const std::string& gpu, const std::vector<BenchRow>& rows);

// As SVG, in place of what the file held. Errors: kIoError, which names the file.
Status write_plot(const std::string& path, const Plot& plot);

}  // namespace jitgemm::cli

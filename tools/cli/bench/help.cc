#include "tools/cli/bench/help.h"

namespace jitgemm::cli {

const char kBenchHelp[] =
    R"(How it is measured:
  Each kind of launch is captured as a CUDA graph of at least 100 launches. They use copies of
  the weight that together exceed 300 MB (and up to 8 copies of activations and outputs), so
  that a launch finds no weight in the L2 cache. Our kernels have two graphs, one of plain
  launches and one with programmatic dependent launch (PDL); cuBLASLt has a plain one. The
  graphs are replayed in turn: first for 25 ms (at least twice) without measuring, because
  the clocks of an idle GPU are low, then 9 times between two events. A time is the median
  over the replays, divided by the launches. Data are normal, rounded to bf16 and quantised
  to e4m3 by block, with scales that spread over 2^8 and more. Before a point is timed its
  kernels are checked: D is filled with NaN; the relative error against an fp32 product of
  the dequantised inputs must be at most 2.5e-3 and each element within its bound, and
  nothing around D may change. cuBLASLt uses 1x128 and 128x128 scales, the faster of its
  first two heuristics, and M padded to 4. A floor is the time of a kernel that only reads
  the weight, measured once per shape, plainly and with PDL. The summary has geometric means
  and the worst point for each range of M. With --anchors it also has the calibration: this
  run's cuBLASLt over that of the file, as one factor for all points and for each range of M
  ('cublaslt / then').

Columns of --csv and members of --json (times in us per launch):
  n, k, m                          the point
  kernel, pdl_kernel               the kernels of plain and of PDL launches
  us, us_min, us_max               plain launches: median, least and greatest of the replays
  pdl_us, pdl_us_min, pdl_us_max   the same of PDL launches
  tflops, gb_per_s                 rates at 'us'; the bytes count each operand once
  floor_us, floor_share            plain floor, and its share of 'us'
  pdl_floor_us, pdl_floor_share    PDL floor, and its share of 'pdl_us'
  cublaslt_us, over_cublaslt       median of cuBLASLt; us / cublaslt_us
  best_us, over_best               fastest peer of the anchors; us / best_us
  pdl_over_best                    pdl_us / best_us, with the same plain peer
  relative_error, worst_share_of_bound, pdl_relative_error, pdl_worst_share_of_bound
                                   results of the check: ||D - reference|| / ||reference||,
                                   and the largest error of an element over its bound
  failure                          what is wrong with the results; empty if they are right

In the table, 'floor' is the floor's share, 'ratio' our plain time over the column before it,
and 'error' the larger relative error. The PDL kernel is named where it differs from the
plain one.)";

}  // namespace jitgemm::cli

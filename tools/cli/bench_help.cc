#include "tools/cli/bench_help.h"

namespace jitgemm::cli {

const char kBenchHelp[] =
    R"(How it is measured:
  A CUDA graph of at least 100 launches walks over copies of the weight that together exceed
  300 MB (and over up to 8 copies of activations and outputs): the next layer's weight is
  never in the L2. Ours is timed twice: plainly, and (PDL) with programmatic dependent
  launch. These graphs and that of cuBLASLt, which is plain, are replayed in turn, for 25 ms
  (2 times at least) unmeasured, as an idle GPU has lowered its clocks, then 9 times between
  two events; the median of time / launches counts. Data are normal, rounded to bf16 and
  quantised to e4m3 by block; scales spread over 2^8 and more. The kernels of each point are
  first checked: D poisoned with NaN, relative error against an fp32 product of the
  dequantised inputs at most 2.5e-3, each element within its
  bound, nothing around D touched. cuBLASLt: 1x128 and 128x128 scales, the better of its
  first two heuristics, M padded to 4. Floors, one plain and one PDL: graphs of a kernel that
  only reads the weight, replayed in turn, once for a shape. At the end geometric means and
  the worst point by range of M; with --anchors also the calibration: this run's cuBLASLt
  over the file's, one factor for all points, and by range of M ('cublaslt / then').

Columns of --csv, and members of --json (times in us, of one launch):
  n, k, m                          the point
  kernel, pdl_kernel               that serves plain launches, and PDL ones
  us, us_min, us_max               plain chain: median, least and greatest of the replays
  pdl_us, pdl_us_min, pdl_us_max   the same of the PDL chain
  tflops, gb_per_s                 rates at 'us'; bytes: each operand once
  floor_us, floor_share            plain floor; as a share of 'us'
  pdl_floor_us, pdl_floor_share    PDL floor; as a share of 'pdl_us'
  cublaslt_us, over_cublaslt       cuBLASLt's median; us / cublaslt_us
  best_us, over_best               fastest peer of the anchors; us / best_us
  pdl_over_best                    pdl_us / best_us: against the same plain peer
  relative_error, worst_share_of_bound, pdl_relative_error, pdl_worst_share_of_bound
                                   of the check: ||D - reference|| / ||reference||; the
                                   largest error of an element as a share of its bound
  failure                          what is wrong with the results; empty: nothing

The table has the same: 'floor' is the share of the floor, 'ratio' our plain time over that
of the column before it, 'error' the larger relative error; a PDL kernel is named where it is
not the plain one.)";

}  // namespace jitgemm::cli

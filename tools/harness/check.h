// Checking a GEMM's result against an fp32 reference of the dequantised inputs.
//
// There are two bounds. For the whole matrix: ||out - ref|| / ||ref|| <= 2.5e-3, where a right
// kernel has 1.7e-3, all of it from rounding D to bf16. For every element, where S is the sum over
// k of |a * b| after dequantisation:
//
//   |out - ref| <= 2^-8 * |ref| + 2^-10 * S
//
// The first term is half a bf16 ulp. The second covers the FP8 tensor core: each instruction aligns
// its 32 products and the accumulator to the largest of them and truncates them 13 bits below it. A
// simulation of one k-block of such data gives an error of 0.14 * 2^-13 * S (rms), and at worst in
// 3 million elements of 3.2 * 2^-13 * S; 2^-10 is 8 * 2^-13. The reference's own error is below
// 2^-16 * S.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/harness/operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

// Anything that enqueues the GEMM that the arguments describe.
using Launch = std::function<Status(const GemmArgs& args, Stream stream)>;

constexpr double kMaxRelativeError = 2.5e-3;

// The product of the first copies of weights and activations, and the sums S.
class Reference {
 public:
  static Result<Reference> compute(const Workbench& bench, const Weights& weights,
                                   const Activations& activations);
  const float* sum() const { return sum_.at<const float>(); }
  const float* magnitude() const { return magnitude_.at<const float>(); }

 private:
  Buffer sum_, magnitude_;
};

struct Check {
  double relative_error = 0;  // ||out - ref|| / ||ref|| over the written elements
  double worst_share = 0;     // the largest error as a share of its element's bound
  int64_t worst_row = 0, worst_column = 0;
  uint64_t unwritten = 0;  // elements of D that still hold the poison
  uint64_t touched = 0;    // guard elements around D that were overwritten

  // Empty when the result is right; else says what is wrong.
  std::string failure() const;
};

// Poisons copy 0 of D, launches once, and compares D with the first m rows of the reference. Waits.
Result<Check> launch_and_check(const Workbench& bench, const Reference& reference,
                               const Operands& operands, const Launch& launch);

// Elements in which two copies of D, guards included, differ. Waits.
Result<uint64_t> count_differences(const Workbench& bench, const Outputs& outputs, int copy,
                                   int other);

}  // namespace jitgemm::harness

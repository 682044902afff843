// Point: the operands and the reference of one (shape, M), ready to be checked and timed.
#pragma once

#include <cstdint>

#include <jitgemm/status.h>
#include "tools/harness/chain.h"
#include "tools/harness/check.h"
#include "tools/harness/operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

class Point {
 public:
  // A and D have rows for m rounded up to a multiple of 4: a peer needs this padding.
  // `weights` must outlive the Point.
  static Result<Point> prepare(const Workbench& bench, const Weights& weights, int64_t m,
                               ScaleLayout scale_layout = ScaleLayout::kMnMajor);

  Operands operands() const;
  const Reference& reference() const { return reference_; }

  double flops() const;
  double bytes() const;  // a launch has to move these: each operand once

  // operands() with m rounded up to a multiple of 4.
  Operands padded_operands() const;

  Result<Check> check(const Workbench& bench, const Launch& launch) const;
  Result<Chain> chain(const Workbench& bench, const Launch& launch,
                      int min_launches = kMinLaunches) const;

 private:
  const Weights* weights_ = nullptr;
  int64_t m_ = 0;
  ScaleLayout scale_layout_ = ScaleLayout::kMnMajor;
  Activations activations_;
  Outputs outputs_;
  Reference reference_;
};

// A chain of launches that only read the weights: a lower bound of the time of every GEMM of small
// M. With `pdl` they are programmatic dependent launches.
Result<Chain> floor_chain(const Workbench& bench, const Weights& weights, bool pdl);

}  // namespace jitgemm::harness

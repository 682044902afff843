// A logarithmic axis: where a value stands, and which values are written beside it. Pure.
#pragma once

#include <vector>

namespace jitgemm::cli {

// An interval of positive values, low < high.
struct Interval {
  double low, high;
};

class LogAxis {
 public:
  // `low` of `values` stands at `from`, its `high` at `to`.
  LogAxis(Interval values, double from, double to);
  double operator()(double value) const;

 private:
  double log_low_, per_log_, from_;
};

// The smallest interval between the steps 1, 2, 5, 10, 20, ... that holds both values inside.
Interval between_steps(double least, double greatest);

// Those steps within the interval; only powers of ten where there are more than 12.
std::vector<double> steps_in(const Interval& interval);

// Powers of two within the interval; of 4, of 16, ... where there are more than 8.
std::vector<double> powers_in(const Interval& interval);

}  // namespace jitgemm::cli

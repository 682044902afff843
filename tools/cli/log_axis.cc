#include "tools/cli/log_axis.h"

#include <cmath>

namespace jitgemm::cli {
namespace {

constexpr size_t kMostSteps = 12, kMostPowers = 8;

// A step by its number: 0 is 1, 1 is 2, 2 is 5, 3 is 10.
double step(int number) {
  constexpr double kMantissas[] = {1, 2, 5};
  const int decade = number >= 0 ? number / 3 : (number - 2) / 3;
  return kMantissas[number - 3 * decade] * std::pow(10, decade);
}

// The number of the last step that is not above the value.
int step_below(double value) {
  int number = 3 * static_cast<int>(std::floor(std::log10(value))) - 1;
  while (step(number + 1) <= value) ++number;
  return number;
}

}  // namespace

LogAxis::LogAxis(Interval values, double from, double to)
    : log_low_(std::log(values.low)),
      per_log_((to - from) / (std::log(values.high) - std::log(values.low))),
      from_(from) {}

double LogAxis::operator()(double value) const {
  return from_ + per_log_ * (std::log(value) - log_low_);
}

Interval between_steps(double least, double greatest) {
  return {step(step_below(least)), step(step_below(greatest) + 1)};
}

std::vector<double> steps_in(const Interval& interval) {
  std::vector<double> steps, tens;
  for (int i = step_below(interval.low); step(i) <= interval.high; ++i) {
    if (step(i) < interval.low) continue;
    steps.push_back(step(i));
    if (i % 3 == 0) tens.push_back(step(i));
  }
  return steps.size() > kMostSteps ? tens : steps;
}

std::vector<double> powers_in(const Interval& interval) {
  for (double base = 2;; base *= base) {
    std::vector<double> powers;
    for (double power = 1; power <= interval.high; power *= base)
      if (power >= interval.low) powers.push_back(power);
    if (powers.size() <= kMostPowers) return powers;
  }
}

}  // namespace jitgemm::cli

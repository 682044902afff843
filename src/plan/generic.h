// The generic kernels, which serve while a shape's own ones are being made: N and K come with the
// launch, so that two of them serve every shape and M. They are from the same source as the others.
#pragma once

#include <vector>

#include "src/plan/plan.h"

namespace jitgemm::plan {

// All values of M from 1 on, as ranges() has them, of the form that the planner is restricted to;
// kAuto: swapped for few tokens, normal beyond. Whatever the device: they fit every one.
std::vector<Range> generic_ranges(Form form = Form::kAuto);

}  // namespace jitgemm::plan

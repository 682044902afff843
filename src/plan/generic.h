// The generic kernels, which serve while the kernels of a shape are being compiled. N and K are
// arguments of the launch, so two kernels serve every shape and M. Their source is the same as that
// of the kernels of one shape.
#pragma once

#include <vector>

#include "src/plan/plan.h"

namespace jitgemm::plan {

// The generic kernels of all M from 1 on, as ranges() lists them, restricted to a form; with kAuto,
// swapped for few tokens and normal for more. They fit every device.
std::vector<Range> generic_ranges(Form form = Form::kAuto, BiasType bias = BiasType::kNone);

}  // namespace jitgemm::plan

// The text format of Prometheus (version 0.0.4).
#pragma once

#include <string>
#include <vector>

#include <jitgemm/library.h>

namespace jitgemm {

// Counters as jitgemm_<name>_total; kernels as one series each of
//
//   jitgemm_kernel_launches_total   launches
//   jitgemm_kernel_compile_seconds  0 when it was not compiled by this process
//   jitgemm_kernel_load_seconds
//   jitgemm_kernel_info             1, with all that is no number as labels
//
// with the labels `kernel` and `device`. Contexts of one device are added up.
std::string prometheus_text(const Counters& counters, const std::vector<KernelRecord>& kernels);

}  // namespace jitgemm

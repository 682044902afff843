// The text format of Prometheus (version 0.0.4).
#pragma once

#include <string>
#include <vector>

#include <jitgemm/library.h>

namespace jitgemm {

// Counters as jitgemm_<name>_total, and for each kernel one series of
//
//   jitgemm_kernel_launches_total
//   jitgemm_kernel_compile_seconds  0 when this process did not compile it
//   jitgemm_kernel_load_seconds
//   jitgemm_kernel_info             always 1; its labels are the other fields of the record
//
// with the labels `kernel` and `device`. Records of several contexts of one device are added up.
std::string prometheus_text(const Counters& counters, const std::vector<KernelRecord>& kernels);

}  // namespace jitgemm

// The structs of the C ABI as those of the C++ API, and back. Pure functions: a test of each checks
// that every field arrives.
#pragma once

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::c {

// From C: structs in their full size, as read() of c_frame.h gives them. Errors: kInvalidArgument
// when an array or one of its elements is NULL, or when shapes differ in struct_size.
Result<Options> translate(const jitgemm_options& given);
Result<PrewarmRequest> translate(const jitgemm_prewarm_request& given);
Result<PrepareRequest> translate(const jitgemm_prepare_request& given);
GemmDesc translate(const jitgemm_desc& given);
GemmArgs translate(const jitgemm_args& given);

// To C, for write() of c_frame.h, which sets struct_size.
jitgemm_counters translate(const Counters& counters);
jitgemm_prewarm_report translate(const PrewarmReport& report);
jitgemm_prepare_report translate(const PrepareReport& report);
jitgemm_kernel_record translate(const KernelRecord& record);  // with pointers into `record`

}  // namespace jitgemm::c

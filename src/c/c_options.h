// The options of the C ABI as those of the C++ API.
#pragma once

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::c {

// Of a struct with all fields. Errors: kInvalidArgument: an array is NULL, or a string in it.
Result<Options> translate(const jitgemm_options& options);

}  // namespace jitgemm::c

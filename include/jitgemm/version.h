// The version of the headers; `version()` is the version of the library that was linked.
#pragma once

#include <jitgemm/export.h>

#define JITGEMM_VERSION_MAJOR 0
#define JITGEMM_VERSION_MINOR 1
#define JITGEMM_VERSION_PATCH 0
#define JITGEMM_VERSION_STRING "0.1.0"

namespace jitgemm {

JITGEMM_API const char* version();  // "0.1.0"; static storage

}  // namespace jitgemm

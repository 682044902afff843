// JITGEMM_API marks the symbols that the shared library exports. All others are hidden.
#pragma once

#if defined(JITGEMM_STATIC)
#define JITGEMM_API
#else
#define JITGEMM_API __attribute__((visibility("default")))
#endif

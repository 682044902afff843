// The one macro that marks what the shared library exports. Everything else is hidden.
#pragma once

#if defined(JITGEMM_STATIC)
#define JITGEMM_API
#else
#define JITGEMM_API __attribute__((visibility("default")))
#endif

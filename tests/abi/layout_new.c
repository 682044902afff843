/* The ABI as today's header lays it out. */
#include <jitgemm/jitgemm.h>

#include "tests/abi/layout.h"
#define TABLE(name) name##_new
#include "tests/abi/layout_tables.inc"

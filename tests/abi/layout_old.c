/* The ABI as the frozen header of version 1 lays it out. */
#include "tests/abi/jitgemm_1.h"
#include "tests/abi/layout.h"
#define TABLE(name) name##_old
#include "tests/abi/layout_tables.inc"

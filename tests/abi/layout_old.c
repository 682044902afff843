/* The ABI as the frozen header of version 1 lays it out. */
#include "tests/abi/jitgemm_1.h"

#include "tests/abi/layout.h"

const abi_field abi_fields_old[] = {
#define FIELD(structure, field)                                                    \
  {#structure, #field, offsetof(structure, field), sizeof(((structure*)0)->field), \
   sizeof(structure)},
#define ENUMERATOR(name)
#include "tests/abi/version_1.inc"
#undef FIELD
#undef ENUMERATOR
    {NULL, NULL, 0, 0, 0}};

const abi_enumerator abi_enumerators_old[] = {
#define FIELD(structure, field)
#define ENUMERATOR(name) {#name, name},
#include "tests/abi/version_1.inc"
#undef FIELD
#undef ENUMERATOR
    {NULL, 0}};

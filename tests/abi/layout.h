/* The C ABI as tables: the place of each field and the value of each enumerator. layout_old.c and
 * layout_new.c make the tables of the two headers, which define the same names and so cannot be
 * included in one source. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct abi_field {
  const char *structure, *name;
  size_t offset, size, structure_size; /* bytes */
} abi_field;

typedef struct abi_enumerator {
  const char* name;
  long long value;
} abi_enumerator;

/* Each ends with an entry whose names are NULL. */
extern const abi_field abi_fields_old[], abi_fields_new[];
extern const abi_enumerator abi_enumerators_old[], abi_enumerators_new[];

#ifdef __cplusplus
}
#endif

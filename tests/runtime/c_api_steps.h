/* Steps that the tests of the C ABI share. */
#pragma once

#include <jitgemm/jitgemm.h>

#include <stddef.h>
#include <string.h>

#include "tests/runtime/c_api_test.h"

#define EXPECT(condition)                                                        \
  do {                                                                           \
    if (!(condition)) fixture->fail(__FILE__, __LINE__, #condition " is false"); \
  } while (0)

#define NO_SUCH_FILE "/nonexistent/lib.so"

enum { kTokens = 7, kN = 2112, kK = 7168 };

/* Consumes the error: expects its code, and its message to contain `part`. */
static inline void expect_error(const c_api_fixture* fixture, int line, jitgemm_error* error,
                                jitgemm_status code, const char* part) {
  if (jitgemm_error_code(error) != code || strstr(jitgemm_error_message(error), part) == NULL ||
      strcmp(jitgemm_error_message(error), jitgemm_error_detail(error)) == 0)
    fixture->fail(__FILE__, line, jitgemm_error_message(error));
  jitgemm_error_free(error);
}
#define EXPECT_ERROR(error, code, part) expect_error(fixture, __LINE__, error, code, part)

/* A library whose kernels all come from the warm cache. */
static inline jitgemm_library* open_warm(const c_api_fixture* fixture) {
  jitgemm_options options = {.struct_size = sizeof options,
                             .cache_dir = fixture->warm_cache,
                             .nvrtc_path = NO_SUCH_FILE,
                             .driver_path = fixture->driver_path};
  jitgemm_library* library = NULL;
  EXPECT(jitgemm_open(&options, &library, NULL) == JITGEMM_OK);
  return library;
}

static inline jitgemm_gemm* make_gemm(const c_api_fixture* fixture,
                                      const jitgemm_library* library) {
  jitgemm_desc desc = {.struct_size = sizeof desc, .n = kN, .k = kK};
  jitgemm_gemm* gemm = NULL;
  EXPECT(jitgemm_gemm_create(library, &desc, &gemm, NULL) == JITGEMM_OK);
  return gemm;
}

/* Aligned addresses, which the stub driver does not read. */
static inline jitgemm_args some_args(void) {
  jitgemm_args args = {.struct_size = sizeof args,
                       .m = kTokens,
                       .a = (void*)0x10000,
                       .a_scale_layout = JITGEMM_SCALE_MN_MAJOR,
                       .a_scale = (void*)0x20000,
                       .a_scale_ld = 8,
                       .b = (void*)0x30000,
                       .b_scale = (void*)0x40000,
                       .d = (void*)0x50000};
  return args;
}

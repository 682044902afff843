#include "tests/runtime/c_api_test.h"
#include "tests/runtime/c_api_steps.h"

#include <jitgemm/jitgemm.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void check_HasTheVersionOfItsHeaders(const c_api_fixture* fixture) {
  EXPECT(strcmp(jitgemm_version(), "0.1.0") == 0);
}

void check_OpensWithoutOptions(const c_api_fixture* fixture) {
  jitgemm_library* library = NULL;
  jitgemm_error* error = (jitgemm_error*)fixture; /* a success overwrites it with NULL */
  EXPECT(jitgemm_open(NULL, &library, &error) == JITGEMM_OK);
  EXPECT(library != NULL);
  EXPECT(error == NULL);
  jitgemm_close(library);
}

void check_NullErrorsAreHarmless(const c_api_fixture* fixture) {
  EXPECT(jitgemm_open(NULL, NULL, NULL) == JITGEMM_INVALID_ARGUMENT);
  EXPECT(jitgemm_error_code(NULL) == JITGEMM_OK);
  EXPECT(strcmp(jitgemm_error_message(NULL), "") == 0);
  EXPECT(strcmp(jitgemm_error_detail(NULL), "") == 0);
  jitgemm_error_free(NULL);
  jitgemm_close(NULL);
  jitgemm_gemm_destroy(NULL);
}

void check_RefusesAStructOfAWrongSizeByName(const c_api_fixture* fixture) {
  jitgemm_options options = {.struct_size = sizeof options + 8};
  jitgemm_library* library = NULL;
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_open(&options, &library, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT(library == NULL);
  char expected[128];
  snprintf(expected, sizeof expected, "jitgemm_options.struct_size = %zu is outside 8..%zu",
           sizeof options + 8, sizeof options);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, expected);
  options.struct_size = 0;
  EXPECT(jitgemm_open(&options, &library, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "jitgemm_options.struct_size = 0");
}

void check_AcceptsAnOlderSmallerStruct(const c_api_fixture* fixture) {
  /* Before `on_miss` was added, what lies in its place is not read. */
  jitgemm_options options = {.struct_size = offsetof(jitgemm_options, on_miss), .on_miss = 77};
  jitgemm_library* library = NULL;
  EXPECT(jitgemm_open(&options, &library, NULL) == JITGEMM_OK);
  jitgemm_close(library);
  options.struct_size = sizeof options.struct_size;
  EXPECT(jitgemm_open(&options, &library, NULL) == JITGEMM_OK);
  jitgemm_close(library);
}

void check_RefusesAnUnknownForm(const c_api_fixture* fixture) {
  /* The second would be 0 if it were cut to 32 bits. */
  const int64_t forms[] = {3, INT64_C(1) << 32};
  for (size_t i = 0; i < 2; ++i) {
    jitgemm_options options = {.struct_size = sizeof options, .form = forms[i]};
    jitgemm_library* library = NULL;
    jitgemm_error* error = NULL;
    EXPECT(jitgemm_open(&options, &library, &error) == JITGEMM_INVALID_ARGUMENT);
    EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "form = ");
  }
}

void check_RefusesNullHandlesByName(const c_api_fixture* fixture) {
  jitgemm_error* error = NULL;
  jitgemm_args args = some_args();
  EXPECT(jitgemm_prepare(NULL, 1, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "gemm is NULL");
  EXPECT(jitgemm_launch(NULL, &args, NULL, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "gemm is NULL");
  jitgemm_counters counters = {.struct_size = sizeof counters};
  EXPECT(jitgemm_get_counters(NULL, &counters, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "library is NULL");
}

void check_RefusesABadShapeByField(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_desc desc = {.struct_size = sizeof desc, .n = 2116, .k = kK};
  jitgemm_gemm* gemm = NULL;
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_gemm_create(library, &desc, &gemm, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT(gemm == NULL);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "n = 2116 is not a multiple of 8");
  jitgemm_close(library);
}

void check_LaunchesFromAWarmCache(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_args args = some_args();
  char name[128];
  EXPECT(jitgemm_prepare(gemm, kTokens, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_prepare(gemm, 8192, NULL) == JITGEMM_MISSING);
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_kernel_name(gemm, kTokens, name, sizeof name, NULL) == JITGEMM_OK);
  EXPECT(strncmp(name, "n2112_k7168_", 12) == 0);

  jitgemm_counters counters = {.struct_size = sizeof counters};
  EXPECT(jitgemm_get_counters(library, &counters, NULL) == JITGEMM_OK);
  EXPECT(counters.launches == 1);
  EXPECT(counters.hit_disk >= 1);
  EXPECT(counters.compiled == 0);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
}

void check_LaunchesWithABias(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_desc desc = {.struct_size = sizeof desc, .n = kN, .k = kK, .bias = JITGEMM_BIAS_FP32};
  jitgemm_gemm* gemm = NULL;
  jitgemm_error* error = NULL;
  jitgemm_args args = some_args();
  args.bias = (void*)0x60000;
  EXPECT(jitgemm_gemm_create(library, &desc, &gemm, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  EXPECT(fixture->bias() == args.bias);
  jitgemm_gemm_destroy(gemm);

  gemm = make_gemm(fixture, library);
  EXPECT(jitgemm_launch(gemm, &args, NULL, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "bias = 0x60000 is given");
  args.struct_size = offsetof(jitgemm_args, bias); /* an older caller's: not read */
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  EXPECT(fixture->bias() == NULL);
  jitgemm_gemm_destroy(gemm);
  desc.bias = 3;
  EXPECT(jitgemm_gemm_create(library, &desc, &gemm, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "bias = 3 is none of");
  jitgemm_close(library);
}

void check_AMissFailsWhereThePolicySaysSo(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_args args = some_args();
  jitgemm_error* error = NULL;
  args.on_miss = JITGEMM_MISS_FAIL;
  EXPECT(jitgemm_launch(gemm, &args, NULL, &error) == JITGEMM_NOT_READY);
  EXPECT_ERROR(error, JITGEMM_NOT_READY, "n2112_k7168_");
  args.on_miss = 77;
  EXPECT(jitgemm_launch(gemm, &args, NULL, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "on_miss = 77");
  args.struct_size = offsetof(jitgemm_args, on_miss); /* an older caller's: not read */
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
}

void check_RefusesABufferTooSmallForAName(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_error* error = NULL;
  char name[12] = "untouched";
  EXPECT(jitgemm_kernel_name(gemm, 1, name, sizeof name, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT(strcmp(name, "untouched") == 0);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "size = 12 is less than ");

  /* One byte less than needed, then exactly enough: no byte behind the buffer is written. */
  char exact[128];
  EXPECT(jitgemm_kernel_name(gemm, 1, exact, sizeof exact, NULL) == JITGEMM_OK);
  const size_t length = strlen(exact);
  memset(exact, 'x', sizeof exact);
  char expected[64];
  snprintf(expected, sizeof expected, "size = %zu is less than %zu,", length, length + 1);
  EXPECT(jitgemm_kernel_name(gemm, 1, exact, length, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, expected);
  EXPECT(exact[0] == 'x' && exact[length] == 'x');
  EXPECT(jitgemm_kernel_name(gemm, 1, exact, length + 1, NULL) == JITGEMM_OK);
  EXPECT(strlen(exact) == length && exact[length + 1] == 'x');

  EXPECT(jitgemm_kernel_name(gemm, 0, name, sizeof name, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "m = 0 is less than 1");
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
}

void check_GemmOutlivesItsLibrary(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_args args = some_args();
  jitgemm_close(library);
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  jitgemm_gemm_destroy(gemm);
}

void check_CountersFillOnlyTheCallersStruct(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_counters counters = {
      .struct_size = offsetof(jitgemm_counters, launches), .hit_memory = 99, .launches = 99};
  EXPECT(jitgemm_get_counters(library, &counters, NULL) == JITGEMM_OK);
  EXPECT(counters.struct_size == offsetof(jitgemm_counters, launches));
  EXPECT(counters.hit_memory == 0);
  EXPECT(counters.launches == 99);
  jitgemm_close(library);
}

#include <jitgemm/jitgemm.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/runtime/c_api_steps.h"
#include "tests/runtime/c_api_test.h"

void check_PrewarmNamesWhatIsMissing(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_desc shape = {.struct_size = sizeof shape, .n = kN, .k = kK};
  jitgemm_prewarm_request request = {
      .struct_size = sizeof request, .shapes = &shape, .shape_count = 1};
  jitgemm_prewarm_report report = {.struct_size = sizeof report, .kernels = 99};
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_prewarm(library, &request, &report, &error) == JITGEMM_MISSING);
  EXPECT(report.kernels == 99);
  EXPECT(strstr(jitgemm_error_detail(error), NO_SUCH_FILE) != NULL);
  EXPECT_ERROR(error, JITGEMM_MISSING, NO_SUCH_FILE);
  jitgemm_close(library);
}

static jitgemm_desc the_shape(void) {
  jitgemm_desc shape = {.struct_size = sizeof shape, .n = kN, .k = kK};
  return shape;
}

static void count_progress(void* user, int64_t done, int64_t total, const char* kernel_name) {
  int64_t* calls = user;
  *calls += done <= total && kernel_name[0] != 0;
}

void check_PrewarmFillsItsReport(const c_api_fixture* fixture) {
  jitgemm_options options = {.struct_size = sizeof options,
                             .cache_dir = fixture->empty_cache,
                             .nvrtc_path = fixture->nvrtc_path};
  const jitgemm_desc shape = the_shape();
  int64_t calls = 0;
  jitgemm_prewarm_request request = {.struct_size = sizeof request,
                                     .shapes = &shape,
                                     .shape_count = 1,
                                     .m_max = 1,
                                     .jobs = 3,
                                     .progress = count_progress,
                                     .progress_user = &calls};
  jitgemm_prewarm_report report = {.struct_size = sizeof report};
  jitgemm_library* library = NULL;
  EXPECT(jitgemm_open(&options, &library, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_prewarm(library, &request, &report, NULL) == JITGEMM_OK);
  EXPECT(report.shapes == 1 && report.kernels > 0 && report.seconds > 0);
  EXPECT(report.compiled == report.kernels && report.hit_disk == 0 && report.failed == 0);
  EXPECT(calls == report.kernels);
  jitgemm_close(library);
}

void check_PrepareAllMakesEveryGemmReady(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  const jitgemm_desc shapes[] = {the_shape(), the_shape()};
  int64_t calls = 0;
  jitgemm_prepare_request request = {.struct_size = sizeof request,
                                     .shapes = shapes,
                                     .shape_count = 2,
                                     .m_max = 64,
                                     .threads = 2,
                                     .progress = count_progress,
                                     .progress_user = &calls};
  jitgemm_prepare_report report = {.struct_size = sizeof report};
  EXPECT(jitgemm_prepare_all(library, &request, &report, NULL) == JITGEMM_OK);
  EXPECT(report.shapes == 1);
  EXPECT(report.kernels > 0);
  EXPECT(report.ready == report.kernels);
  EXPECT(report.failed == 0);
  EXPECT(calls == report.kernels);

  jitgemm_args args = some_args();
  args.on_miss = JITGEMM_MISS_FAIL;
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
}

static char first_failure[256];

static void count_failure(void* user, const jitgemm_error* error) {
  if (*(int*)user == 0)
    snprintf(first_failure, sizeof first_failure, "%s", jitgemm_error_message(error));
  if (jitgemm_error_code(error) == JITGEMM_MISSING) ++*(int*)user;
}

void check_PrepareAllReportsEveryKernelThatFails(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  const jitgemm_desc shape = the_shape();
  int failures = 0;
  jitgemm_prepare_request request = {.struct_size = sizeof request,
                                     .shapes = &shape,
                                     .shape_count = 1, /* m_max is 8192 */
                                     .failure = count_failure,
                                     .failure_user = &failures};
  jitgemm_prepare_report report = {.struct_size = sizeof report};
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_prepare_all(library, &request, &report, &error) == JITGEMM_MISSING);
  EXPECT(strstr(first_failure, "n2112_k7168_") != NULL);
  EXPECT_ERROR(error, JITGEMM_MISSING, first_failure);
  EXPECT(report.failed > 1 && failures == report.failed);
  EXPECT(report.ready > 0);
  EXPECT(report.ready + report.failed == report.kernels);
  jitgemm_close(library);
}

void check_PrepareAllRefusesBadRequestsByName(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_prepare_request request = {.struct_size = sizeof request, .threads = -1};
  jitgemm_prepare_report report = {.struct_size = sizeof report + 8};
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_prepare_all(library, &request, &report, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "jitgemm_prepare_report.struct_size");
  EXPECT(jitgemm_prepare_all(library, &request, NULL, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "threads = -1 is less than 1");
  jitgemm_close(library);
}

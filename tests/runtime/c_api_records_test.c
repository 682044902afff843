/* The C ABI, in C: loaded kernels. */
#include <string.h>

#include "tests/runtime/c_api_steps.h"

void check_ListsWhatIsLoaded(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_args args = some_args();
  jitgemm_kernel_list* list = NULL;
  jitgemm_kernel_record record = {.struct_size = sizeof record};
  char name[128];
  EXPECT(jitgemm_launch(gemm, &args, NULL, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_kernel_name(gemm, kTokens, name, sizeof name, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_list_kernels(library, &list, NULL) == JITGEMM_OK);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library); /* the list is the caller's */
  EXPECT(jitgemm_kernel_list_size(list) == 1);
  EXPECT(jitgemm_kernel_list_get(list, 0, &record, NULL) == JITGEMM_OK);
  EXPECT(strcmp(record.name, name) == 0);
  EXPECT(record.n == kN && record.k == kK && record.device == 0);
  EXPECT(record.form == JITGEMM_FORM_SWAPPED && record.origin == JITGEMM_ORIGIN_DISK);
  EXPECT(record.m_first <= kTokens && kTokens <= record.m_last);
  EXPECT(strlen(record.plan) > 0);
  EXPECT(record.compile_ms == 0 && record.load_ms > 0);
  EXPECT(record.launches == 1);
  jitgemm_kernel_list_free(list);
}

void check_RefusesARecordBeyondTheLast(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_kernel_list* list = NULL;
  jitgemm_kernel_record record = {.struct_size = sizeof record};
  jitgemm_error* error = NULL;
  EXPECT(jitgemm_list_kernels(library, &list, NULL) == JITGEMM_OK);
  EXPECT(jitgemm_kernel_list_get(list, 0, &record, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "index = 0 is not below 0");
  EXPECT(jitgemm_kernel_list_size(NULL) == 0);
  jitgemm_kernel_list_free(NULL);
  jitgemm_kernel_list_free(list);
  jitgemm_close(library);
}

void check_GivesTextForPrometheus(const c_api_fixture* fixture) {
  jitgemm_library* library = open_warm(fixture);
  jitgemm_text* text = NULL;
  EXPECT(jitgemm_prometheus(library, &text, NULL) == JITGEMM_OK);
  EXPECT(strstr(jitgemm_text_string(text), "\njitgemm_launches_total 0\n") != NULL);
  EXPECT(jitgemm_text_string(NULL)[0] == 0);
  jitgemm_text_free(NULL);
  jitgemm_text_free(text);
  jitgemm_close(library);
}

void check_NamesTheKernelOfLaunchesWithPdl(const c_api_fixture* fixture) {
  jitgemm_options options = {.struct_size = sizeof options,
                             .driver_path = fixture->driver_path,
                             .tuning_table = fixture->tuning_table};
  jitgemm_library* library = NULL;
  EXPECT(jitgemm_open(&options, &library, NULL) == JITGEMM_OK);
  jitgemm_gemm* gemm = make_gemm(fixture, library);
  jitgemm_error* error = NULL;
  char name[128] = "";
  EXPECT(jitgemm_kernel_name(gemm, kTokens, name, sizeof name, NULL) == JITGEMM_OK);
  EXPECT(strcmp(name, PLAIN_KERNEL) == 0);
  EXPECT(jitgemm_kernel_name_pdl(gemm, kTokens, name, sizeof name, NULL) == JITGEMM_OK);
  EXPECT(strcmp(name, PDL_KERNEL) == 0);
  EXPECT(jitgemm_kernel_name_pdl(gemm, 0, name, sizeof name, &error) == JITGEMM_INVALID_ARGUMENT);
  EXPECT_ERROR(error, JITGEMM_INVALID_ARGUMENT, "m = 0 is less than 1");
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
}

/* old_client DRIVER NVRTC: a program written for version 1 of jitgemm.h. It calls every function,
 * with every struct in the size of version 1. The exit code is 0, or tells the line that failed. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "tests/abi/jitgemm_1.h"

#define EXPECT(condition)                                                                       \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, jitgemm_error_message(error)); \
      return __LINE__ % 255 + 1;                                                                \
    }                                                                                           \
  } while (0)

static _Atomic int lines, steps; /* from any thread */
static void count_line(void* user, int level, const char* line) {
  (void)user, (void)level, (void)line;
  ++lines;
}
static void count_step(void* user, int64_t done, int64_t total, const char* kernel_name) {
  (void)user, (void)done, (void)total, (void)kernel_name;
  ++steps;
}

/* Makes the stub's context of device 0 current in this thread. */
static int make_current(const char* driver) {
  void* stub = dlopen(driver, RTLD_NOW);
  void (*make)(int) = NULL;
  if (stub) *(void**)&make = dlsym(stub, "stub_make_current"); /* as POSIX has it */
  if (make) make(0);
  return make != NULL;
}

int main(int argc, char** argv) {
  jitgemm_error* error = NULL;
  if (argc != 3 || !make_current(argv[1])) return 255;
  jitgemm_options options = {.struct_size = sizeof options,
                             .driver_path = argv[1],
                             .nvrtc_path = argv[2],
                             .log = count_line,
                             .on_miss = JITGEMM_MISS_COMPILE};
  jitgemm_desc desc = {.struct_size = sizeof desc, .n = 512, .k = 256};
  jitgemm_library* library = NULL;
  jitgemm_gemm* gemm = NULL;
  EXPECT(strlen(jitgemm_version()) > 0);
  EXPECT(jitgemm_open(&options, &library, &error) == JITGEMM_OK);
  EXPECT(jitgemm_gemm_create(library, &desc, &gemm, &error) == JITGEMM_OK);
  EXPECT(jitgemm_prepare(gemm, 8, &error) == JITGEMM_OK);

  void* const memory = (void*)0x10000;
  jitgemm_args args = {.struct_size = sizeof args,
                       .m = 8,
                       .a = memory,
                       .a_scale_layout = JITGEMM_SCALE_MN_MAJOR,
                       .a_scale = memory,
                       .a_scale_ld = 8,
                       .b = memory,
                       .b_scale = memory,
                       .d = memory,
                       .on_miss = JITGEMM_MISS_FAIL};
  EXPECT(jitgemm_launch(gemm, &args, NULL, &error) == JITGEMM_OK);
  char name[128];
  EXPECT(jitgemm_kernel_name(gemm, 8, name, sizeof name, &error) == JITGEMM_OK);

  jitgemm_prepare_request request = {.struct_size = sizeof request,
                                     .shapes = &desc,
                                     .shape_count = 1,
                                     .m_max = 64,
                                     .threads = 2,
                                     .progress = count_step};
  jitgemm_prepare_report report = {.struct_size = sizeof report};
  EXPECT(jitgemm_prepare_all(library, &request, &report, &error) == JITGEMM_OK);
  EXPECT(report.failed == 0 && report.ready == steps && lines > 0);

  jitgemm_prewarm_request prewarm = {
      .struct_size = sizeof prewarm, .shapes = &desc, .shape_count = 1};
  EXPECT(jitgemm_prewarm(library, &prewarm, NULL, NULL) == JITGEMM_IO_ERROR); /* no cache */

  jitgemm_counters counters = {.struct_size = sizeof counters};
  EXPECT(jitgemm_get_counters(library, &counters, &error) == JITGEMM_OK);
  EXPECT(counters.launches == 1 && counters.launches_generic == 0 && counters.compiled > 0);

  args.m = -1;
  EXPECT(jitgemm_launch(gemm, &args, NULL, &error) == JITGEMM_INVALID_ARGUMENT);
  if (jitgemm_error_code(error) != JITGEMM_INVALID_ARGUMENT) return 254;
  if (strlen(jitgemm_error_message(error)) == 0 || jitgemm_error_detail(error) == NULL) return 253;
  jitgemm_error_free(error);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(library);
  return 0;
}

/* Version 1 of the C ABI, frozen: the declarations of jitgemm.h, without their contracts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jitgemm/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum jitgemm_status {
  JITGEMM_OK = 0,
  JITGEMM_INVALID_ARGUMENT = 1,
  JITGEMM_MISSING = 2,
  JITGEMM_UNSUPPORTED_DEVICE = 3,
  JITGEMM_COMPILE_FAILED = 4,
  JITGEMM_DRIVER_ERROR = 5,
  JITGEMM_NOT_READY = 6,
  JITGEMM_IO_ERROR = 7,
  JITGEMM_INTERNAL = 8
} jitgemm_status;

typedef struct jitgemm_error jitgemm_error;
JITGEMM_API jitgemm_status jitgemm_error_code(const jitgemm_error* error);
JITGEMM_API const char* jitgemm_error_message(const jitgemm_error* error);
JITGEMM_API const char* jitgemm_error_detail(const jitgemm_error* error);
JITGEMM_API void jitgemm_error_free(jitgemm_error* error);
JITGEMM_API const char* jitgemm_version(void);

typedef enum jitgemm_form {
  JITGEMM_FORM_AUTO = 0,
  JITGEMM_FORM_SWAPPED = 1,
  JITGEMM_FORM_NORMAL = 2
} jitgemm_form;

typedef enum jitgemm_log_level {
  JITGEMM_LOG_DEBUG = 0,
  JITGEMM_LOG_INFO = 1,
  JITGEMM_LOG_WARNING = 2
} jitgemm_log_level;

typedef void (*jitgemm_log_fn)(void* user, int level, const char* line);

typedef enum jitgemm_miss_policy {
  JITGEMM_MISS_DEFAULT = 0,
  JITGEMM_MISS_COMPILE = 1,
  JITGEMM_MISS_FAIL = 2,
  JITGEMM_MISS_BACKGROUND = 3
} jitgemm_miss_policy;

typedef struct jitgemm_options {
  size_t struct_size;
  const char* cache_dir;
  const char* nvrtc_path;
  const char* driver_path;
  jitgemm_log_fn log;
  void* log_user;
  int64_t form;
  const char* const* read_only_cache_dirs;
  size_t read_only_cache_dir_count;
  int64_t on_miss;
  const char* tuning_table;
  int64_t no_embedded_table;
  int64_t batch_invariant;
} jitgemm_options;

typedef struct jitgemm_library jitgemm_library;
typedef struct jitgemm_gemm jitgemm_gemm;
JITGEMM_API jitgemm_status jitgemm_open(const jitgemm_options* options, jitgemm_library** library,
                                        jitgemm_error** error);
JITGEMM_API void jitgemm_close(jitgemm_library* library);

typedef struct jitgemm_counters {
  size_t struct_size;
  uint64_t hit_memory;
  uint64_t hit_disk;
  uint64_t miss;
  uint64_t damaged;
  uint64_t compiled;
  uint64_t compile_failed;
  uint64_t published;
  uint64_t publish_failed;
  uint64_t launches;
  uint64_t waits;
  uint64_t takeovers;
  uint64_t wait_timeouts;
  uint64_t locks_unavailable;
  uint64_t launches_generic;
} jitgemm_counters;

JITGEMM_API jitgemm_status jitgemm_get_counters(const jitgemm_library* library,
                                                jitgemm_counters* counters, jitgemm_error** error);

typedef struct jitgemm_desc {
  size_t struct_size;
  int64_t n;
  int64_t k;
} jitgemm_desc;

JITGEMM_API jitgemm_status jitgemm_gemm_create(const jitgemm_library* library,
                                               const jitgemm_desc* desc, jitgemm_gemm** gemm,
                                               jitgemm_error** error);
JITGEMM_API void jitgemm_gemm_destroy(jitgemm_gemm* gemm);
JITGEMM_API jitgemm_status jitgemm_prepare(const jitgemm_gemm* gemm, int64_t m_max,
                                           jitgemm_error** error);

typedef enum jitgemm_scale_layout {
  JITGEMM_SCALE_MN_MAJOR = 0,
  JITGEMM_SCALE_K_MAJOR = 1
} jitgemm_scale_layout;

typedef struct jitgemm_args {
  size_t struct_size;
  int64_t m;
  const void* a;
  int64_t lda;
  int64_t a_scale_layout;
  const void* a_scale;
  int64_t a_scale_ld;
  const void* b;
  int64_t ldb;
  const void* b_scale;
  void* d;
  int64_t ldd;
  int64_t pdl;
  int64_t on_miss;
} jitgemm_args;

JITGEMM_API jitgemm_status jitgemm_launch(const jitgemm_gemm* gemm, const jitgemm_args* args,
                                          void* stream, jitgemm_error** error);
JITGEMM_API jitgemm_status jitgemm_kernel_name(const jitgemm_gemm* gemm, int64_t m, char* buffer,
                                               size_t size, jitgemm_error** error);

typedef void (*jitgemm_progress_fn)(void* user, int64_t done, int64_t total,
                                    const char* kernel_name);

typedef struct jitgemm_prewarm_request {
  size_t struct_size;
  const jitgemm_desc* shapes;
  size_t shape_count;
  int64_t m_max;
  const char* gpu;
  int64_t jobs;
  jitgemm_progress_fn progress;
  void* progress_user;
  int64_t shard, shards;
} jitgemm_prewarm_request;

typedef struct jitgemm_prewarm_report {
  size_t struct_size;
  int64_t shapes;
  int64_t kernels;
  int64_t compiled;
  int64_t hit_disk;
  int64_t failed;
  double seconds;
} jitgemm_prewarm_report;

JITGEMM_API jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                                           const jitgemm_prewarm_request* request,
                                           jitgemm_prewarm_report* report, jitgemm_error** error);

typedef struct jitgemm_prepare_request {
  size_t struct_size;
  const jitgemm_desc* shapes;
  size_t shape_count;
  int64_t m_max;
  int64_t threads;
  jitgemm_progress_fn progress;
  void* progress_user;
} jitgemm_prepare_request;

typedef struct jitgemm_prepare_report {
  size_t struct_size;
  int64_t shapes;
  int64_t kernels;
  int64_t ready;
  int64_t failed;
  double seconds;
} jitgemm_prepare_report;

JITGEMM_API jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                               const jitgemm_prepare_request* request,
                                               jitgemm_prepare_report* report,
                                               jitgemm_error** error);

#ifdef __cplusplus
}
#endif

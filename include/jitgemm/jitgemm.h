/* The C ABI of jitgemm, for C11 and for whatever binds to C.
 *
 *   D[M,N] = A[M,K] * B[N,K]^T      A, B: FP8 e4m3      D: bf16
 *
 * A carries one fp32 scale per token and 128 of K, B one per 128 x 128 block; sums are fp32.
 *
 *   jitgemm_options options = {.struct_size = sizeof options, .cache_dir = "/var/cache/jitgemm"};
 *   jitgemm_desc desc = {.struct_size = sizeof desc, .n = 7168, .k = 2048};
 *   jitgemm_library* library = NULL;
 *   jitgemm_gemm* gemm = NULL;
 *   jitgemm_error* error = NULL;
 *   if (jitgemm_open(&options, &library, &error) ||
 *       jitgemm_gemm_create(library, &desc, &gemm, &error) ||
 *       jitgemm_prepare(gemm, 8192, &error)) {
 *     fprintf(stderr, "%s\n%s\n", jitgemm_error_message(error), jitgemm_error_detail(error));
 *     jitgemm_error_free(error);
 *   }
 *
 * Errors. A function that can fail returns JITGEMM_OK (0) or the kind of failure. Its last
 * parameter may be NULL; if it is not, a failure stores an error there that the caller frees with
 * jitgemm_error_free(), and a success stores NULL. Other output parameters are written on success
 * only, unless said otherwise.
 *
 * Structs grow at their end. The caller sets struct_size to sizeof the struct that it was compiled
 * with and leaves no field uninitialised; a smaller size than the library's is accepted, and what
 * it lacks is zero; a larger one is refused.
 *
 * Threads. Any function may be called from any number of threads at once, on the same handle too,
 * save that a handle must not be destroyed while another call uses it.
 *
 * Processes. A child of fork() opens a library of its own: calls on its parent's are refused
 * (INVALID_ARGUMENT) or give nothing, and to close that one there does nothing. At exit, what the
 * library's own thread makes is waited for, and what a call compiles; nothing else begins. With no
 * handle left, and no call under way, the shared library may be unloaded by dlclose().
 *
 * CUDA. No context is created: calls that touch the GPU use the calling thread's current one. A
 * stream is a CUstream or cudaStream_t; NULL is the default stream. No CUDA header is needed here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jitgemm/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

typedef enum jitgemm_status {
  JITGEMM_OK = 0,
  JITGEMM_INVALID_ARGUMENT = 1,   /* a field of the call is outside what is accepted */
  JITGEMM_MISSING = 2,            /* the machine lacks something (NVRTC, driver, GPU), named */
  JITGEMM_UNSUPPORTED_DEVICE = 3, /* there is a GPU, but not one of compute capability 9.0 */
  JITGEMM_COMPILE_FAILED = 4,     /* NVRTC refused the source; detail has its log and the source */
  JITGEMM_DRIVER_ERROR = 5,       /* a CUDA driver call failed; the message names the call */
  JITGEMM_NOT_READY = 6,          /* the kernel is not loaded and may not be made now */
  JITGEMM_IO_ERROR = 7,           /* a file could not be read or written (never from a launch) */
  JITGEMM_INTERNAL = 8            /* a promise of this library was broken: please report it */
} jitgemm_status;

typedef struct jitgemm_error jitgemm_error;

/* All three take NULL: JITGEMM_OK, "" and "". The strings live as long as the error. */
JITGEMM_API jitgemm_status jitgemm_error_code(const jitgemm_error* error);
JITGEMM_API const char* jitgemm_error_message(const jitgemm_error* error); /* one line */
JITGEMM_API const char* jitgemm_error_detail(const jitgemm_error* error);  /* any length */
JITGEMM_API void jitgemm_error_free(jitgemm_error* error);                 /* NULL is a no-op */

/* "0.1.0"; static storage. */
JITGEMM_API const char* jitgemm_version(void);

/* ---- library ---- */

typedef enum jitgemm_form { /* restricts the planner; for tests and comparisons */
                            JITGEMM_FORM_AUTO = 0,
                            JITGEMM_FORM_SWAPPED = 1,
                            JITGEMM_FORM_NORMAL = 2
} jitgemm_form;

typedef enum jitgemm_log_level {
  JITGEMM_LOG_DEBUG = 0,
  JITGEMM_LOG_INFO = 1,
  JITGEMM_LOG_WARNING = 2
} jitgemm_log_level;

/* Called from any thread that calls the library. `line` ends with NUL, has no line end and lives
 * only during the call. Must not call the library. */
typedef void (*jitgemm_log_fn)(void* user, int level, const char* line);

/* Called around what the library does, so that a profiler shows it as ranges (by nvtxRangePushA and
 * nvtxRangePop, say), from the thread that does it. Must not call the library. */
typedef void (*jitgemm_range_push_fn)(void* user, const char* name);
typedef void (*jitgemm_range_pop_fn)(void* user);

/* What a launch does whose kernel is not loaded yet. On a stream that is being captured it is
 * refused (NOT_READY) whatever the policy. */
typedef enum jitgemm_miss_policy {
  JITGEMM_MISS_DEFAULT = 0, /* of a launch: the library's; of a library: COMPILE */
  JITGEMM_MISS_COMPILE = 1, /* makes the kernel first: blocks, seconds at worst */
  JITGEMM_MISS_FAIL = 2,    /* NOT_READY, with the kernel's name; nothing is made */
  /* A generic kernel serves, slower, while a thread of the library makes the shape's own, which
     takes over. The launch does not block, but for the first one of a policy that is not the
     library's: that makes the generic kernels. What cannot be made is not tried again before the
     next prepare. */
  JITGEMM_MISS_BACKGROUND = 3
} jitgemm_miss_policy;

typedef struct jitgemm_options {
  size_t struct_size;
  const char* cache_dir;   /* folder of compiled kernels, made when missing; NULL: memory only */
  const char* nvrtc_path;  /* libnvrtc to open; NULL: the usual names */
  const char* driver_path; /* libcuda to open; NULL: libcuda.so.1 */
  jitgemm_log_fn log;      /* NULL: silent */
  void* log_user;          /* passed to `log`; must outlive every handle */
  int64_t form;            /* a jitgemm_form */
  /* Folders that are looked up before cache_dir, in this order, and never written: a layer of an
     image, a share. A cache_dir that cannot be written is treated as one more. */
  const char* const* read_only_cache_dirs;
  size_t read_only_cache_dir_count;
  int64_t on_miss;           /* a jitgemm_miss_policy, of launches that name none */
  const char* tuning_table;  /* a table of `jitgemm tune`; NULL: none */
  int64_t no_embedded_table; /* not 0: plan by the model where that table says nothing */
  /* Not 0: a row of D has the same bits whatever M is and whatever the other rows are. Costs time
     where few and many tokens want K parted in different ways. */
  int64_t batch_invariant;
  /* A cache folder is code that will run: one that is owned by another user than this process's or
     root, or that others than its owner may write, is not used, and neither is such an entry. These
     users are trusted as well. */
  const uint32_t* trusted_cache_owners;
  size_t trusted_cache_owner_count;
  /* What cache_dir may hold, temporary files included; above that the least recently used entries
     go. Soft: what is being published comes on top. 0: no limit. */
  uint64_t cache_max_bytes;
  /* Where processes of this host agree on who compiles, when cache_dir is on a network file system
     or has no locks. NULL: `jitgemm-<user id>` in /run/user/<user id>, else in /tmp. */
  const char* cache_lock_dir;
  /* Signed mode, in all folders above, whoever owns them. PEM files of Ed25519 keys: an entry is
     admitted only with the signature of one of the public keys (none: signatures are not asked
     for); what is published is signed by the private one (NULL: nothing is signed, and nothing is
     published where signatures are asked for). libcrypto.so.3 is opened where there are any. */
  const char* const* public_key_files;
  size_t public_key_file_count;
  const char* private_key_file;
  jitgemm_range_push_fn range_push; /* NULL, both of them: nobody is told */
  jitgemm_range_pop_fn range_pop;
  void* range_user; /* passed to both; must outlive every handle */
  /* The `jitgemm` command of this version, a path. While several threads compile, processes of it
     take half of the work, one thread each, as NVRTC lets one thread of a process parse at a time:
     from eight threads on that tells. They inherit the environment, no files, and have ended when
     nobody compiles any more; the process gets SIGCHLD for each. Where it is not to be had, a
     warning says so, and threads of this process compile all. NULL: they do in any case. */
  const char* compile_command;
} jitgemm_options;

typedef struct jitgemm_library jitgemm_library;
typedef struct jitgemm_gemm jitgemm_gemm;

/* Opens no GPU and no NVRTC yet: both are opened on first use. Strings are copied. `options` may be
 * NULL: all defaults. A cache folder that cannot be used is no error: it is logged and counted.
 * Errors: INVALID_ARGUMENT; MISSING (libcrypto, where there are keys). */
JITGEMM_API jitgemm_status jitgemm_open(const jitgemm_options* options, jitgemm_library** library,
                                        jitgemm_error** error);

/* NULL is a no-op. Gemms made from the library stay valid. The kernels are unloaded when the
 * library and all its gemms are gone: what was launched must have run by then. A compile in the
 * background is waited for. */
JITGEMM_API void jitgemm_close(jitgemm_library* library);

/* How kernels came into being in this library, since it was opened. Monotonic. Whatever is found in
 * an entry's place and not admitted is counted once, by its reason, and is a miss. */
typedef struct jitgemm_counters {
  size_t struct_size;
  uint64_t hit_memory;     /* kernel was already loaded or being made */
  uint64_t hit_disk;       /* verified entry of the cache */
  uint64_t miss;           /* no entry of that name */
  uint64_t damaged;        /* an entry whose sizes or checksums do not hold */
  uint64_t compiled;       /* NVRTC runs that succeeded */
  uint64_t compile_failed; /* NVRTC runs that did not */
  uint64_t published;      /* entries written */
  uint64_t publish_failed; /* entries that could not be written; the kernel works all the same */
  uint64_t launches;
  uint64_t waits;                /* misses that another process was making: it was waited for */
  uint64_t takeovers;            /* of these, in vain: that one died or failed, so this compiled */
  uint64_t wait_timeouts;        /* of these, for too long: this compiled too */
  uint64_t locks_unavailable;    /* misses where nothing tells whether another makes it */
  uint64_t launches_generic;     /* launches that a generic kernel served */
  uint64_t refused_other_key;    /* an entry of another key or compiler under this one's name */
  uint64_t refused_other_format; /* of a version or with flags that this library does not know */
  uint64_t refused_untrusted;    /* by its owner or mode: see trusted_cache_owners */
  uint64_t refused_irregular;    /* a link, a folder, a FIFO: not followed */
  uint64_t refused_by_driver;    /* it verified, and the driver would not load it */
  uint64_t read_failed;          /* a system call failed */
  uint64_t set_aside;            /* refused files moved to <cache_dir>/damaged, for a look */
  uint64_t folders_refused;      /* cache folders that could not be used, or are not trusted */
  uint64_t orphans_removed;      /* temporary files of dead processes */
  uint64_t evicted;              /* entries removed for cache_max_bytes */
  uint64_t refused_unsigned;     /* signed mode: an entry without a signature */
  uint64_t refused_unknown_key;  /* signed by a key that is none of the public ones */
  uint64_t refused_signature;    /* altered, or forged: the stated key did not sign it */
} jitgemm_counters;

/* Fills the first struct_size bytes, which the caller has set. Errors: INVALID_ARGUMENT. */
JITGEMM_API jitgemm_status jitgemm_get_counters(const jitgemm_library* library,
                                                jitgemm_counters* counters, jitgemm_error** error);

/* ---- one weight shape ---- */

typedef struct jitgemm_desc {
  size_t struct_size;
  int64_t n; /* outputs: a positive multiple of 8 */
  int64_t k; /* inner dimension: a positive multiple of 16 */
} jitgemm_desc;

/* A handle for one weight shape on the device of the current context. Compiles nothing, unless
 * options.on_miss is BACKGROUND: the first handle on a device makes the generic kernels, or fails
 * as jitgemm_prepare() would. Errors: INVALID_ARGUMENT (n, k), MISSING (driver, context),
 * UNSUPPORTED_DEVICE, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_gemm_create(const jitgemm_library* library,
                                               const jitgemm_desc* desc, jitgemm_gemm** gemm,
                                               jitgemm_error** error);

/* NULL is a no-op. */
JITGEMM_API void jitgemm_gemm_destroy(jitgemm_gemm* gemm);

/* Makes every kernel that some M in [1, m_max] needs: from memory, else from disk, else compiled;
 * and loads it. Blocks. Streams may be captured meanwhile. Errors: INVALID_ARGUMENT,
 * COMPILE_FAILED, MISSING, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_prepare(const jitgemm_gemm* gemm, int64_t m_max,
                                           jitgemm_error** error);

typedef enum jitgemm_scale_layout {
  /* [ceil(k/128)][ld]: scale of (m, kb) at [kb * ld + m]. ld >= m, a multiple of 4; aligned to 16
     bytes. */
  JITGEMM_SCALE_MN_MAJOR = 0,
  /* [m][ld]: scale of (m, kb) at [m * ld + kb]. ld >= ceil(k/128), 0 means exactly that; 4 bytes.
   */
  JITGEMM_SCALE_K_MAJOR = 1
} jitgemm_scale_layout;

/* One launch. All pointers are device memory of the current context's device, owned by the caller,
 * and must stay valid until the launch has run on its stream. Strides count elements. */
typedef struct jitgemm_args {
  size_t struct_size;
  int64_t m;              /* tokens, >= 0; 0 is a successful no-op */
  const void* a;          /* [m][lda] e4m3, aligned to 16 bytes */
  int64_t lda;            /* >= k, a multiple of 16; 0 means k */
  int64_t a_scale_layout; /* a jitgemm_scale_layout */
  const void* a_scale;    /* fp32 in that layout */
  int64_t a_scale_ld;
  const void* b;       /* [n][ldb] e4m3, aligned to 16 bytes */
  int64_t ldb;         /* >= k, a multiple of 16; 0 means k */
  const void* b_scale; /* [ceil(n/128)][ceil(k/128)] fp32, aligned to 4 bytes */
  void* d;             /* [m][ldd] bf16, aligned to 16 bytes; only [m][n] is written */
  int64_t ldd;         /* >= n, a multiple of 8; 0 means n */
  int64_t pdl;         /* 1: programmatic dependent launch. The kernel may start while its
                          predecessor on the stream drains, which must not write `b`; 0: it waits */
  int64_t on_miss;     /* a jitgemm_miss_policy */
} jitgemm_args;

/* Enqueues D = A * B^T on `stream`. If the kernel for args->m was prepared: no allocation, lock or
 * file access, and it may be captured in a graph. If not, args->on_miss says what happens; where
 * `stream` is being captured, the launch is refused at once: nothing is made, and the capture goes
 * on. Errors: INVALID_ARGUMENT before anything is enqueued; DRIVER_ERROR names the call; NOT_READY
 * names the missing kernel; as jitgemm_prepare() when the kernel has to be made. */
JITGEMM_API jitgemm_status jitgemm_launch(const jitgemm_gemm* gemm, const jitgemm_args* args,
                                          void* stream, jitgemm_error** error);

/* Writes the name of the kernel that serves `m` >= 1 into buffer[size], with its NUL; 128 bytes are
 * enough. Errors: INVALID_ARGUMENT. */
JITGEMM_API jitgemm_status jitgemm_kernel_name(const jitgemm_gemm* gemm, int64_t m, char* buffer,
                                               size_t size, jitgemm_error** error);

/* The same for launches with args.pdl. */
JITGEMM_API jitgemm_status jitgemm_kernel_name_pdl(const jitgemm_gemm* gemm, int64_t m,
                                                   char* buffer, size_t size,
                                                   jitgemm_error** error);

/* ---- prewarming ---- */

/* Called after each kernel, from the thread that made it, one call at a time. */
typedef void (*jitgemm_progress_fn)(void* user, int64_t done, int64_t total,
                                    const char* kernel_name);

/* Called for each kernel that failed, when all are done. The error lives only during the call. */
typedef void (*jitgemm_failure_fn)(void* user, const jitgemm_error* error);

typedef struct jitgemm_prewarm_request {
  size_t struct_size;
  const jitgemm_desc* shapes; /* an array, all of one struct_size; duplicates are dropped */
  size_t shape_count;
  int64_t m_max;                /* 0: 8192 */
  const char* gpu;              /* plans for it, it need not be here; NULL: "H200" */
  int64_t jobs;                 /* threads that compile; 0: 1 */
  jitgemm_progress_fn progress; /* may be NULL */
  void* progress_user;
  int64_t shard, shards;      /* makes the kernels of part 1, 2, .. of so many; 0, 0: all */
  jitgemm_failure_fn failure; /* may be NULL */
  void* failure_user;
} jitgemm_prewarm_request;

typedef struct jitgemm_prewarm_report {
  size_t struct_size;
  int64_t shapes;  /* distinct shapes */
  int64_t kernels; /* distinct kernels that they need, of this shard */
  int64_t compiled;
  int64_t hit_disk;
  int64_t failed; /* not compiled, or compiled and not published */
  double seconds;
} jitgemm_prewarm_report;

/* Compiles what the shapes need, and the generic kernels, into the cache directory. Needs NVRTC,
 * but no GPU and no driver. Returns the first failed kernel's error if any failed; `report` (may be
 * NULL; struct_size set by the caller) is filled then as well, with the number of failures. Errors:
 * INVALID_ARGUMENT, MISSING (NVRTC), IO_ERROR (no cache directory; not published), COMPILE_FAILED.
 */
JITGEMM_API jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                                           const jitgemm_prewarm_request* request,
                                           jitgemm_prewarm_report* report, jitgemm_error** error);

/* ---- preparing many shapes ---- */

typedef struct jitgemm_prepare_request {
  size_t struct_size;
  const jitgemm_desc* shapes; /* an array, all of one struct_size; duplicates are dropped */
  size_t shape_count;
  int64_t m_max;                /* 0: 8192 */
  int64_t threads;              /* that compile and load, the calling one included; 0: 1 */
  jitgemm_progress_fn progress; /* may be NULL */
  void* progress_user;
  jitgemm_failure_fn failure; /* may be NULL */
  void* failure_user;
} jitgemm_prepare_request;

typedef struct jitgemm_prepare_report {
  size_t struct_size;
  int64_t shapes;  /* distinct shapes */
  int64_t kernels; /* distinct kernels that they need: ready + failed */
  int64_t ready;   /* loaded: launches of them make nothing */
  int64_t failed;
  double seconds;
} jitgemm_prepare_report;

/* As jitgemm_prepare() for all shapes, on several threads, in the calling thread's context: ready
 * in all gemms of these shapes, those made before and those to come. Returns the first failed
 * kernel's error, which begins with its name, if any failed; `report` (may be NULL; struct_size set
 * by the caller) is filled then as well, with the number of failures. Errors: INVALID_ARGUMENT,
 * MISSING, UNSUPPORTED_DEVICE, COMPILE_FAILED, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                               const jitgemm_prepare_request* request,
                                               jitgemm_prepare_report* report,
                                               jitgemm_error** error);

/* ---- what is loaded ---- */

typedef enum jitgemm_origin { /* where a kernel's code came from */
                              JITGEMM_ORIGIN_COMPILED = 0,
                              JITGEMM_ORIGIN_DISK = 1,
                              JITGEMM_ORIGIN_MEMORY = 2 /* this process had made it for another
                                                           device or context */
} jitgemm_origin;

/* A kernel that is loaded in a context of a device. */
typedef struct jitgemm_kernel_record {
  size_t struct_size;
  const char* name;        /* lives as long as the list, as all strings here */
  int64_t n, k;            /* 0, 0: a generic kernel, which serves every shape */
  int64_t form;            /* JITGEMM_FORM_SWAPPED or JITGEMM_FORM_NORMAL */
  int64_t device;          /* the driver's number of it */
  int64_t m_first, m_last; /* least and largest M that it serves */
  const char* plan;  /* what chose it at m_first: "model", "generic", or a tuning table's name */
  int64_t origin;    /* a jitgemm_origin */
  double compile_ms; /* 0 when it was not compiled for this record */
  double load_ms;
  uint64_t launches;
} jitgemm_kernel_record;

typedef struct jitgemm_kernel_list jitgemm_kernel_list;

/* The kernels that are loaded now, by device and name. The caller frees the list. */
JITGEMM_API jitgemm_status jitgemm_list_kernels(const jitgemm_library* library,
                                                jitgemm_kernel_list** list, jitgemm_error** error);
JITGEMM_API size_t jitgemm_kernel_list_size(const jitgemm_kernel_list* list); /* NULL: 0 */
/* Fills the first struct_size bytes, which the caller has set. Errors: INVALID_ARGUMENT. */
JITGEMM_API jitgemm_status jitgemm_kernel_list_get(const jitgemm_kernel_list* list, size_t index,
                                                   jitgemm_kernel_record* record,
                                                   jitgemm_error** error);
JITGEMM_API void jitgemm_kernel_list_free(jitgemm_kernel_list* list); /* NULL is a no-op */

typedef struct jitgemm_text jitgemm_text;

/* The counters and the kernels in the text format that Prometheus scrapes. The caller frees it. */
JITGEMM_API jitgemm_status jitgemm_prometheus(const jitgemm_library* library, jitgemm_text** text,
                                              jitgemm_error** error);
JITGEMM_API const char* jitgemm_text_string(const jitgemm_text* text); /* NULL: "" */
JITGEMM_API void jitgemm_text_free(jitgemm_text* text);                /* NULL is a no-op */

#ifdef __cplusplus
} /* extern "C" */
#endif

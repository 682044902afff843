/* The C ABI of jitgemm, for C11 and for bindings of other languages.
 *
 *   D[M,N] = A[M,K] * B[N,K]^T      A, B: FP8 e4m3      D: bf16
 *
 * A has one fp32 scale per token and 128 of K, B one per 128 x 128 block. Sums are fp32.
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
 * parameter may be NULL. If it is not NULL, a failure stores an error there, which the caller frees
 * with jitgemm_error_free(), and a success stores NULL. Other output parameters are written only on
 * success, unless the function says otherwise.
 *
 * Structs grow at their end. The caller sets struct_size to the sizeof of the struct that it was
 * compiled with, and initialises every field. A smaller size than the library's is accepted, and
 * the missing fields count as zero. A larger size is refused.
 *
 * Ownership. The library copies the strings and arrays of a call before the call returns. Callbacks
 * and their user pointers must outlive every handle of the library.
 *
 * Threads. Any function may be called from any number of threads at once, also on the same handle.
 * A handle must not be destroyed while another call uses it.
 *
 * Processes. A child of fork() must open its own library. In the child, calls on the parent's
 * library are refused (INVALID_ARGUMENT) or return nothing, and closing it does nothing. exit()
 * waits for the background thread of the library and for compiles that are under way, and no new
 * compile begins. When no handle is left and no call is under way, the shared library may be
 * unloaded by dlclose().
 *
 * CUDA. The library creates no context: calls that use the GPU use the current context of the
 * calling thread. A stream is a CUstream or cudaStream_t; NULL is the default stream. This header
 * needs no CUDA header.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jitgemm/counters.h>
#include <jitgemm/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

typedef enum jitgemm_status {
  JITGEMM_OK = 0,
  JITGEMM_INVALID_ARGUMENT = 1,   /* a field of the call has a value that is not accepted */
  JITGEMM_MISSING = 2,            /* the machine lacks something (NVRTC, driver, GPU), named */
  JITGEMM_UNSUPPORTED_DEVICE = 3, /* there is a GPU, but not one of compute capability 9.0 */
  JITGEMM_COMPILE_FAILED = 4,     /* NVRTC refused the source; detail has its log and the source */
  JITGEMM_DRIVER_ERROR = 5,       /* a CUDA driver call failed; the message names the call */
  JITGEMM_NOT_READY = 6,          /* the kernel is not loaded, and this call may not make it */
  JITGEMM_IO_ERROR = 7,           /* a file could not be read or written (never from a launch) */
  JITGEMM_INTERNAL = 8            /* a bug of this library: please report it */
} jitgemm_status;

typedef struct jitgemm_error jitgemm_error;

/* NULL is accepted and means JITGEMM_OK, "" and "". The strings live as long as the error. */
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

/* Receives the log, from any thread that calls the library and from the library's own thread.
 * `line` ends with NUL, has no line end and lives only during the call. The callback must not call
 * the library. */
typedef void (*jitgemm_log_fn)(void* user, int level, const char* line);

/* Called before and after each launch, compile, load and prepare, from the thread that does it, so
 * that a profiler can show them as ranges (with nvtxRangePushA and nvtxRangePop, for example). The
 * callbacks must not call the library. */
typedef void (*jitgemm_range_push_fn)(void* user, const char* name);
typedef void (*jitgemm_range_pop_fn)(void* user);

/* What a launch does when its kernel is not loaded. On a stream that is being captured, such a
 * launch returns NOT_READY under every policy. */
typedef enum jitgemm_miss_policy {
  JITGEMM_MISS_DEFAULT = 0, /* in args: use options.on_miss. In options: the same as COMPILE */
  JITGEMM_MISS_COMPILE = 1, /* makes the kernel first: the call blocks, for seconds at worst */
  JITGEMM_MISS_FAIL = 2,    /* returns NOT_READY with the kernel's name, and makes nothing */
  /* A generic kernel serves, more slowly, until a thread of the library has made the kernel of the
     shape. Launches do not block, except the first one that selects BACKGROUND in args while
     options.on_miss is another policy: it makes the generic kernels. A kernel that cannot be made
     is tried again only by the next prepare. With options.batch_invariant, shapes whose K is split
     return NOT_READY, because no generic kernel gives the same bits. */
  JITGEMM_MISS_BACKGROUND = 3
} jitgemm_miss_policy;

typedef struct jitgemm_options {
  size_t struct_size;
  const char* cache_dir;   /* folder of compiled kernels, made when missing; NULL: memory only */
  const char* nvrtc_path;  /* libnvrtc to open; NULL: the usual names */
  const char* driver_path; /* libcuda to open; NULL: libcuda.so.1 */
  jitgemm_log_fn log;      /* NULL: no log */
  void* log_user;          /* passed to `log` */
  int64_t form;            /* a jitgemm_form */
  /* Folders that are searched before cache_dir, in this order, and never written: a layer of a
     container image or a network share, for example. A cache_dir that cannot be written is used in
     the same way, after them. */
  const char* const* read_only_cache_dirs;
  size_t read_only_cache_dir_count;
  int64_t on_miss;           /* a jitgemm_miss_policy, for launches whose args name none */
  const char* tuning_table;  /* file of `jitgemm tune`, read by jitgemm_open(); NULL: none */
  int64_t no_embedded_table; /* 1: the planner does not ask the library's own tuning table */
  /* 1: the bits of a row of D depend neither on M nor on the other rows. K is then split in the
     same way for every M of a shape, which costs time if few and many tokens need other splits. */
  int64_t batch_invariant;
  /* User ids. A cache holds code that will run, so a cache folder or an entry is used only when its
     owner is this process's user, root, or one of these, and only the owner can write it. */
  const uint32_t* trusted_cache_owners;
  size_t trusted_cache_owner_count;
  /* Size limit of cache_dir in bytes, temporary files included; 0: no limit. Above it, the least
     recently used entries are evicted. The entry that is being written may exceed it. */
  uint64_t cache_max_bytes;
  /* Folder where the processes of this host lock a kernel that they compile, if cache_dir is on a
     network file system or has no locks. NULL: `jitgemm-<user id>` in /run/user/<user id>, or else
     in /tmp. */
  const char* cache_lock_dir;
  /* Signed mode, for cache folders of any owner. PEM files of Ed25519 keys, read by
     jitgemm_open(). With public keys, an entry is accepted only if one of them verifies its
     signature. With a private key, every entry that the library writes is signed. With public keys
     and no private key, the library writes no entries. Keys need libcrypto.so.3. */
  const char* const* public_key_files;
  size_t public_key_file_count;
  const char* private_key_file;
  jitgemm_range_push_fn range_push; /* set both callbacks or neither */
  jitgemm_range_pop_fn range_pop;
  void* range_user; /* passed to both */
} jitgemm_options;

typedef struct jitgemm_library jitgemm_library;
typedef struct jitgemm_gemm jitgemm_gemm;

/* Opens a library. The GPU driver and NVRTC are opened later, on first use, so this works on a
 * machine without them. `options` may be NULL: all defaults. A cache folder that cannot be used is
 * logged and counted, and is not an error. Errors: INVALID_ARGUMENT; MISSING (libcrypto, when there
 * are keys). */
JITGEMM_API jitgemm_status jitgemm_open(const jitgemm_options* options, jitgemm_library** library,
                                        jitgemm_error** error);

/* NULL is a no-op. Gemms of the library stay valid. The kernels are unloaded when the library and
 * all its gemms are gone: every launch must have finished by then. The call waits for a compile in
 * the background. */
JITGEMM_API void jitgemm_close(jitgemm_library* library);

/* JITGEMM_COUNTERS of counters.h says what each field counts. */
typedef struct jitgemm_counters {
  size_t struct_size;
#define JITGEMM_COUNTER(name, help) uint64_t name;
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
} jitgemm_counters;

/* Fills the first struct_size bytes of the caller's struct. Errors: INVALID_ARGUMENT. */
JITGEMM_API jitgemm_status jitgemm_get_counters(const jitgemm_library* library,
                                                jitgemm_counters* counters, jitgemm_error** error);

/* "hit_memory", and so on: the name of the counter at `index`, from 0, in the order of
 * jitgemm_counters; static storage. NULL when `index` is past the last counter. */
JITGEMM_API const char* jitgemm_counter_name(size_t index);

/* ---- one weight shape ---- */

/* The type of a bias, added to a sum in fp32 before it is rounded. */
typedef enum jitgemm_bias_type {
  JITGEMM_BIAS_NONE = 0,
  JITGEMM_BIAS_BF16 = 1,
  JITGEMM_BIAS_FP32 = 2
} jitgemm_bias_type;

typedef struct jitgemm_desc {
  size_t struct_size;
  int64_t n;    /* outputs: a positive multiple of 8 */
  int64_t k;    /* inner dimension: a positive multiple of 16; the last block of 128 may be short */
  int64_t bias; /* a jitgemm_bias_type: of launches, see jitgemm_args.bias */
} jitgemm_desc;

/* Makes a handle for one weight shape on the device of the current context. The caller destroys it.
 * It compiles nothing, unless options.on_miss is BACKGROUND: then the first handle on a device
 * makes the generic kernels, with the errors of jitgemm_prepare(). Errors: INVALID_ARGUMENT (n, k),
 * MISSING (driver, context), UNSUPPORTED_DEVICE, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_gemm_create(const jitgemm_library* library,
                                               const jitgemm_desc* desc, jitgemm_gemm** gemm,
                                               jitgemm_error** error);

/* NULL is a no-op. Every launch of the gemm must have finished if its library is closed already. */
JITGEMM_API void jitgemm_gemm_destroy(jitgemm_gemm* gemm);

/* Loads every kernel that M in [1, m_max] needs, for launches with args.pdl and without. A kernel
 * comes from memory, or else from disk, or else it is compiled. Blocks. Other threads may capture
 * streams meanwhile. Errors: INVALID_ARGUMENT, COMPILE_FAILED, MISSING, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_prepare(const jitgemm_gemm* gemm, int64_t m_max,
                                           jitgemm_error** error);

typedef enum jitgemm_scale_layout {
  /* [ceil(k/128)][ld] fp32: the scale of (m, kb) is at [kb * ld + m]. ld >= m and a multiple of 4;
     aligned to 16 bytes. */
  JITGEMM_SCALE_MN_MAJOR = 0,
  /* [m][ld] fp32: the scale of (m, kb) is at [m * ld + kb]. ld >= ceil(k/128), or 0, which means
     ceil(k/128); aligned to 4 bytes. */
  JITGEMM_SCALE_K_MAJOR = 1
} jitgemm_scale_layout;

/* One launch. All pointers are device memory of the current context's device. The caller owns it
 * and keeps it valid until the launch has finished on its stream. Strides count elements. */
typedef struct jitgemm_args {
  size_t struct_size;
  int64_t m;              /* tokens, >= 0; 0 is a successful no-op */
  const void* a;          /* [m][lda] e4m3, aligned to 16 bytes */
  int64_t lda;            /* >= k, a multiple of 16; 0 means k */
  int64_t a_scale_layout; /* a jitgemm_scale_layout */
  const void* a_scale;    /* fp32 in that layout */
  int64_t a_scale_ld;     /* floats, as the layout says */
  const void* b;          /* [n][ldb] e4m3, aligned to 16 bytes */
  int64_t ldb;            /* >= k, a multiple of 16; 0 means k */
  const void* b_scale;    /* [ceil(n/128)][ceil(k/128)] fp32, aligned to 4 bytes */
  void* d;                /* [m][ldd] bf16, aligned to 16 bytes; only [m][n] is written */
  int64_t ldd;            /* >= n, a multiple of 8; 0 means n */
  /* 1: programmatic dependent launch. The kernel may start, and read `b`, while its predecessor on
     the stream drains, so the predecessor must not write `b`. 0: the kernel waits for it. */
  int64_t pdl;
  int64_t on_miss; /* a jitgemm_miss_policy */
  /* [n] of the type in jitgemm_desc.bias, aligned to one element. NULL adds nothing. It must be
     NULL when that type is NONE. */
  const void* bias;
} jitgemm_args;

/* Enqueues D = A * B^T on `stream`. If the kernel for args->m is loaded, the call allocates
 * nothing, takes no lock, reads no file, and may be captured in a graph. If it is not loaded,
 * args->on_miss decides; on a stream that is being captured the launch then returns NOT_READY,
 * makes nothing, and the capture goes on. Errors: INVALID_ARGUMENT, before anything is enqueued;
 * DRIVER_ERROR, which names the driver's call; NOT_READY, which names the missing kernel; and those
 * of jitgemm_prepare() when the call makes the kernel. */
JITGEMM_API jitgemm_status jitgemm_launch(const jitgemm_gemm* gemm, const jitgemm_args* args,
                                          void* stream, jitgemm_error** error);

/* Writes the name of the kernel that serves `m` >= 1, with its NUL, into buffer[size]; 128 bytes
 * are enough. Errors: INVALID_ARGUMENT, and the buffer is not written. */
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

/* Called after the last kernel for each that failed. The error lives only during the call. */
typedef void (*jitgemm_failure_fn)(void* user, const jitgemm_error* error);

typedef struct jitgemm_prewarm_request {
  size_t struct_size;
  const jitgemm_desc* shapes; /* an array; all have one struct_size; duplicates are dropped */
  size_t shape_count;
  int64_t m_max;                /* 0: 8192 */
  const char* gpu;              /* the GPU to plan for, which need not be here; NULL: "H200" */
  int64_t jobs;                 /* threads that compile; 0: 1 */
  jitgemm_progress_fn progress; /* may be NULL */
  void* progress_user;
  int64_t shard, shards;      /* makes the kernels of part `shard`, 1 to `shards`; 0, 0: all */
  jitgemm_failure_fn failure; /* may be NULL */
  void* failure_user;
} jitgemm_prewarm_request;

typedef struct jitgemm_prewarm_report {
  size_t struct_size;
  int64_t shapes;  /* distinct shapes */
  int64_t kernels; /* distinct kernels of this shard that the shapes need */
  int64_t compiled;
  int64_t hit_disk;
  int64_t failed; /* not compiled, or compiled but not written */
  double seconds;
} jitgemm_prewarm_report;

/* Compiles the kernels that the shapes need, and the generic kernels, into cache_dir. Needs NVRTC,
 * but no GPU and no driver. Blocks. If kernels failed, returns the error of the first one and fills
 * `report` (may be NULL) all the same. Errors: INVALID_ARGUMENT, MISSING (NVRTC), IO_ERROR (no
 * cache directory, or an entry that could not be written), COMPILE_FAILED. */
JITGEMM_API jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                                           const jitgemm_prewarm_request* request,
                                           jitgemm_prewarm_report* report, jitgemm_error** error);

/* ---- preparing many shapes ---- */

typedef struct jitgemm_prepare_request {
  size_t struct_size;
  const jitgemm_desc* shapes; /* an array; all have one struct_size; duplicates are dropped */
  size_t shape_count;
  int64_t m_max;                /* 0: 8192 */
  int64_t threads;              /* threads that compile and load, the calling one included; 0: 1 */
  jitgemm_progress_fn progress; /* may be NULL */
  void* progress_user;
  jitgemm_failure_fn failure; /* may be NULL */
  void* failure_user;
} jitgemm_prepare_request;

typedef struct jitgemm_prepare_report {
  size_t struct_size;
  int64_t shapes;  /* distinct shapes */
  int64_t kernels; /* distinct kernels that the shapes need: ready + failed */
  int64_t ready;   /* loaded, so that their launches make nothing */
  int64_t failed;
  double seconds;
} jitgemm_prepare_report;

/* Does what jitgemm_prepare() does for several shapes, on several threads, in the context of the
 * calling thread. The kernels are then loaded for all gemms of these shapes, also for those made
 * later. Blocks. If kernels failed, returns the error of the first one, which begins with its name,
 * and fills `report` (may be NULL) all the same. Errors: INVALID_ARGUMENT, MISSING,
 * UNSUPPORTED_DEVICE, COMPILE_FAILED, DRIVER_ERROR. */
JITGEMM_API jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                               const jitgemm_prepare_request* request,
                                               jitgemm_prepare_report* report,
                                               jitgemm_error** error);

/* ---- loaded kernels ---- */

typedef enum jitgemm_origin { /* where a kernel's code came from */
                              JITGEMM_ORIGIN_COMPILED = 0,
                              JITGEMM_ORIGIN_DISK = 1,
                              JITGEMM_ORIGIN_MEMORY = 2 /* made before, for another device
                                                           or context of this process */
} jitgemm_origin;

/* A kernel that is loaded in a context of a device. */
typedef struct jitgemm_kernel_record {
  size_t struct_size;
  const char* name;        /* all strings here live as long as the list */
  int64_t n, k;            /* 0, 0: a generic kernel, which serves every shape */
  int64_t form;            /* JITGEMM_FORM_SWAPPED or JITGEMM_FORM_NORMAL */
  int64_t device;          /* ordinal of the driver */
  int64_t m_first, m_last; /* least and largest M that it serves */
  const char* plan;        /* what chose it at m_first: "model", "generic" or the name of a table */
  int64_t origin;          /* a jitgemm_origin */
  double compile_ms;       /* 0: not compiled for this device and context */
  double load_ms;
  uint64_t launches;
} jitgemm_kernel_record;

typedef struct jitgemm_kernel_list jitgemm_kernel_list;

/* Lists the loaded kernels, sorted by device and name. The caller frees the list, which stays valid
 * when the library is closed. */
JITGEMM_API jitgemm_status jitgemm_list_kernels(const jitgemm_library* library,
                                                jitgemm_kernel_list** list, jitgemm_error** error);
JITGEMM_API size_t jitgemm_kernel_list_size(const jitgemm_kernel_list* list); /* NULL: 0 */
/* Fills the first struct_size bytes of the caller's struct. Errors: INVALID_ARGUMENT. */
JITGEMM_API jitgemm_status jitgemm_kernel_list_get(const jitgemm_kernel_list* list, size_t index,
                                                   jitgemm_kernel_record* record,
                                                   jitgemm_error** error);
JITGEMM_API void jitgemm_kernel_list_free(jitgemm_kernel_list* list); /* NULL is a no-op */

typedef struct jitgemm_text jitgemm_text;

/* Makes a text of the counters and loaded kernels in the format of Prometheus. The caller frees it.
 */
JITGEMM_API jitgemm_status jitgemm_prometheus(const jitgemm_library* library, jitgemm_text** text,
                                              jitgemm_error** error);
JITGEMM_API const char* jitgemm_text_string(const jitgemm_text* text); /* NULL: "" */
JITGEMM_API void jitgemm_text_free(jitgemm_text* text);                /* NULL is a no-op */

#ifdef __cplusplus
} /* extern "C" */
#endif

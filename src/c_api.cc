// The C ABI over the C++ API: translates structs, turns a Status into an error object, lets no
// exception out.
#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/version.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using jitgemm::Gemm;
using jitgemm::Library;
using jitgemm::Result;
using jitgemm::Status;
using jitgemm::StatusCode;

struct jitgemm_error {
  jitgemm_status code;
  std::string message, detail;  // Status has views, C wants a NUL
};

struct jitgemm_library {
  Library library;
};

struct jitgemm_gemm {
  Gemm gemm;
};

namespace {

static_assert(static_cast<int>(StatusCode::kInternal) == JITGEMM_INTERNAL);
static_assert(static_cast<int>(jitgemm::Form::kNormal) == JITGEMM_FORM_NORMAL);
static_assert(static_cast<int>(jitgemm::MissPolicy::kFail) == JITGEMM_MISS_FAIL);
static_assert(static_cast<int>(jitgemm::LogLevel::kWarning) == JITGEMM_LOG_WARNING);
static_assert(static_cast<int>(jitgemm::ScaleLayout::kKMajor) == JITGEMM_SCALE_K_MAJOR);

Status invalid(std::string message) { return {StatusCode::kInvalidArgument, std::move(message)}; }

// Every function's frame: runs `body`, which gives a Status, and reports it.
template <typename Body>
jitgemm_status report(jitgemm_error** error, Body&& body) noexcept {
  if (error) *error = nullptr;
  try {
    const Status status = body();
    if (status.ok()) return JITGEMM_OK;
    const auto code = static_cast<jitgemm_status>(status.code());
    if (error)
      *error = new (std::nothrow)
          jitgemm_error{code, std::string(status.message()), std::string(status.detail())};
    return code;
  } catch (...) {  // no memory: then there is none for a message either
    return JITGEMM_INTERNAL;
  }
}

Status check_size(size_t size, size_t largest, const char* name) {
  if (size >= sizeof(size_t) && size <= largest) return {};
  return invalid(
      fmt::format("{}.struct_size = {} is outside {}..{}: set it to sizeof({}), from the jitgemm.h "
                  "of this library ({})",
                  name, size, sizeof(size_t), largest, name, jitgemm::version()));
}

// What the caller's struct lacks is zero.
template <typename Struct>
Status read(const Struct* from, const char* name, Struct* to) {
  if (from == nullptr) return invalid(fmt::format("{} is NULL", name));
  if (Status status = check_size(from->struct_size, sizeof(Struct), name); !status.ok())
    return status;
  *to = {};
  std::memcpy(to, from, from->struct_size);
  return {};
}

// `value` has all fields; the caller's struct gets those that it has room for.
template <typename Struct>
void write(Struct value, Struct* to) {
  value.struct_size = to->struct_size;
  std::memcpy(to, &value, to->struct_size);
}

std::string text(const char* string) { return string ? string : ""; }

// Enumerators and counts travel as int64_t. One that is no int is no valid value either.
int narrow(int64_t value) {
  using Limits = std::numeric_limits<int>;
  return static_cast<int>(std::clamp<int64_t>(value, Limits::min(), Limits::max()));
}

jitgemm::LogSink log_sink(const jitgemm_options& options) {
  if (options.log == nullptr) return {};
  return
      [log = options.log, user = options.log_user](jitgemm::LogLevel level, std::string_view line) {
        log(user, static_cast<int>(level), std::string(line).c_str());
      };
}

Status read_cache_dirs(const jitgemm_options& options, std::vector<std::string>* dirs) {
  if (options.read_only_cache_dirs == nullptr && options.read_only_cache_dir_count > 0)
    return invalid("jitgemm_options.read_only_cache_dirs is NULL");
  for (size_t i = 0; i < options.read_only_cache_dir_count; ++i) {
    if (options.read_only_cache_dirs[i] == nullptr)
      return invalid(fmt::format("jitgemm_options.read_only_cache_dirs[{}] is NULL", i));
    dirs->emplace_back(options.read_only_cache_dirs[i]);
  }
  return {};
}

jitgemm::GemmArgs translate(const jitgemm_args& args) {
  return {.m = args.m,
          .a = args.a,
          .lda = args.lda,
          .a_scale = {static_cast<jitgemm::ScaleLayout>(narrow(args.a_scale_layout)), args.a_scale,
                      args.a_scale_ld},
          .b = args.b,
          .ldb = args.ldb,
          .b_scale = args.b_scale,
          .d = args.d,
          .ldd = args.ldd,
          .pdl = args.pdl != 0,
          .on_miss = static_cast<jitgemm::MissPolicy>(narrow(args.on_miss))};
}

// Older callers' structs are smaller, so the array's stride is their size.
Status read_shapes(const jitgemm_prewarm_request& request, std::vector<jitgemm::GemmDesc>* shapes) {
  if (request.shape_count == 0) return {};
  if (request.shapes == nullptr) return invalid("jitgemm_prewarm_request.shapes is NULL");
  const size_t stride = request.shapes->struct_size;
  for (size_t i = 0; i < request.shape_count; ++i) {
    const char* shape = reinterpret_cast<const char*>(request.shapes) + i * stride;
    jitgemm_desc desc;
    Status status = read(reinterpret_cast<const jitgemm_desc*>(shape), "jitgemm_desc", &desc);
    if (!status.ok()) return status;
    if (desc.struct_size != stride)
      return invalid(
          fmt::format("jitgemm_prewarm_request.shapes[{}].struct_size = {} is not {}, that "
                      "of shapes[0]",
                      i, desc.struct_size, stride));
    shapes->push_back({.n = desc.n, .k = desc.k});
  }
  return {};
}

Status read_prewarm_request(const jitgemm_prewarm_request* from, jitgemm_prewarm_request* raw,
                            jitgemm::PrewarmRequest* request) {
  if (Status status = read(from, "jitgemm_prewarm_request", raw); !status.ok()) return status;
  if (Status status = read_shapes(*raw, &request->shapes); !status.ok()) return status;
  if (raw->m_max != 0) request->m_max = raw->m_max;
  if (raw->gpu != nullptr) request->gpu = raw->gpu;
  if (raw->jobs != 0) request->jobs = narrow(raw->jobs);
  if (raw->shard != 0) request->shard = narrow(raw->shard);
  if (raw->shards != 0) request->shards = narrow(raw->shards);
  return {};
}

jitgemm::PrewarmProgress progress_of(const jitgemm_prewarm_request& request) {
  if (request.progress == nullptr) return {};
  return [progress = request.progress, user = request.progress_user](int64_t done, int64_t total,
                                                                     std::string_view kernel_name) {
    progress(user, done, total, std::string(kernel_name).c_str());
  };
}

}  // namespace

jitgemm_status jitgemm_error_code(const jitgemm_error* error) {
  return error ? error->code : JITGEMM_OK;
}

const char* jitgemm_error_message(const jitgemm_error* error) {
  return error ? error->message.c_str() : "";
}

const char* jitgemm_error_detail(const jitgemm_error* error) {
  return error ? error->detail.c_str() : "";
}

void jitgemm_error_free(jitgemm_error* error) { delete error; }

const char* jitgemm_version(void) { return jitgemm::version(); }

jitgemm_status jitgemm_open(const jitgemm_options* options, jitgemm_library** library,
                            jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    jitgemm_options given = {};
    if (options != nullptr)
      if (Status status = read(options, "jitgemm_options", &given); !status.ok()) return status;
    std::vector<std::string> read_only_cache_dirs;
    if (Status status = read_cache_dirs(given, &read_only_cache_dirs); !status.ok()) return status;
    Result<Library> opened =
        Library::open({.cache_dir = text(given.cache_dir),
                       .nvrtc_path = text(given.nvrtc_path),
                       .driver_path = text(given.driver_path),
                       .log = log_sink(given),
                       .form = static_cast<jitgemm::Form>(narrow(given.form)),
                       .read_only_cache_dirs = std::move(read_only_cache_dirs),
                       .on_miss = static_cast<jitgemm::MissPolicy>(narrow(given.on_miss))});
    if (!opened.ok()) return opened.status();
    *library = new jitgemm_library{*std::move(opened)};
    return {};
  });
}

void jitgemm_close(jitgemm_library* library) { delete library; }

jitgemm_status jitgemm_get_counters(const jitgemm_library* library, jitgemm_counters* counters,
                                    jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (counters == nullptr) return invalid("jitgemm_counters is NULL");
    Status status = check_size(counters->struct_size, sizeof *counters, "jitgemm_counters");
    if (!status.ok()) return status;
    const jitgemm::Counters now = library->library.counters();
    write({.struct_size = 0,
           .hit_memory = now.hit_memory,
           .hit_disk = now.hit_disk,
           .miss = now.miss,
           .damaged = now.damaged,
           .compiled = now.compiled,
           .compile_failed = now.compile_failed,
           .published = now.published,
           .publish_failed = now.publish_failed,
           .launches = now.launches,
           .waits = now.waits,
           .takeovers = now.takeovers,
           .wait_timeouts = now.wait_timeouts,
           .locks_unavailable = now.locks_unavailable},
          counters);
    return {};
  });
}

jitgemm_status jitgemm_gemm_create(const jitgemm_library* library, const jitgemm_desc* desc,
                                   jitgemm_gemm** gemm, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (gemm == nullptr) return invalid("gemm is NULL");
    jitgemm_desc given;
    if (Status status = read(desc, "jitgemm_desc", &given); !status.ok()) return status;
    Result<Gemm> made = library->library.gemm({.n = given.n, .k = given.k});
    if (!made.ok()) return made.status();
    *gemm = new jitgemm_gemm{*std::move(made)};
    return {};
  });
}

void jitgemm_gemm_destroy(jitgemm_gemm* gemm) { delete gemm; }

jitgemm_status jitgemm_prepare(const jitgemm_gemm* gemm, int64_t m_max, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (gemm == nullptr) return invalid("gemm is NULL");
    return gemm->gemm.prepare(m_max);
  });
}

jitgemm_status jitgemm_launch(const jitgemm_gemm* gemm, const jitgemm_args* args, void* stream,
                              jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (gemm == nullptr) return invalid("gemm is NULL");
    jitgemm_args given;
    if (Status status = read(args, "jitgemm_args", &given); !status.ok()) return status;
    return gemm->gemm.launch(translate(given), stream);
  });
}

jitgemm_status jitgemm_kernel_name(const jitgemm_gemm* gemm, int64_t m, char* buffer, size_t size,
                                   jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (gemm == nullptr) return invalid("gemm is NULL");
    if (buffer == nullptr) return invalid("buffer is NULL");
    if (m < 1) return invalid(fmt::format("m = {} is less than 1", m));
    const std::string name = gemm->gemm.kernel_name(m);
    if (name.size() >= size)
      return invalid(fmt::format("size = {} is less than {}, which '{}' needs with its NUL", size,
                                 name.size() + 1, name));
    std::memcpy(buffer, name.c_str(), name.size() + 1);
    return {};
  });
}

jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                               const jitgemm_prewarm_request* request,
                               jitgemm_prewarm_report* report_out, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (report_out != nullptr) {
      Status status =
          check_size(report_out->struct_size, sizeof *report_out, "jitgemm_prewarm_report");
      if (!status.ok()) return status;
    }
    jitgemm_prewarm_request raw;
    jitgemm::PrewarmRequest wanted;
    if (Status status = read_prewarm_request(request, &raw, &wanted); !status.ok()) return status;

    Result<jitgemm::PrewarmReport> done = library->library.prewarm(wanted, progress_of(raw));
    if (!done.ok()) return done.status();
    if (report_out != nullptr)
      write({.struct_size = 0,
             .shapes = done->shapes,
             .kernels = done->kernels,
             .compiled = done->compiled,
             .hit_disk = done->hit_disk,
             .failed = done->failed,
             .seconds = done->seconds},
            report_out);
    return done->errors.empty() ? Status() : done->errors.front();
  });
}

// The C ABI over the C++ API: errors, the library, one weight shape.
#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/version.h>

#include <cstring>
#include <string>
#include <utility>

#include "src/c/c_frame.h"
#include "src/c/c_options.h"

using namespace jitgemm::c;
using jitgemm::Gemm;
using jitgemm::Library;
using jitgemm::Result;
using jitgemm::Status;
using jitgemm::StatusCode;

namespace {

static_assert(static_cast<int>(StatusCode::kInternal) == JITGEMM_INTERNAL);
static_assert(static_cast<int>(jitgemm::MissPolicy::kFail) == JITGEMM_MISS_FAIL);
static_assert(static_cast<int>(jitgemm::ScaleLayout::kKMajor) == JITGEMM_SCALE_K_MAJOR);

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
    Result<jitgemm::Options> translated = jitgemm::c::translate(given);
    if (!translated.ok()) return translated.status();
    Result<Library> opened = Library::open(*std::move(translated));
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
           .locks_unavailable = now.locks_unavailable,
           .launches_generic = now.launches_generic,
           .refused_other_key = now.refused_other_key,
           .refused_other_format = now.refused_other_format,
           .refused_untrusted = now.refused_untrusted,
           .refused_irregular = now.refused_irregular,
           .refused_by_driver = now.refused_by_driver,
           .read_failed = now.read_failed,
           .set_aside = now.set_aside,
           .folders_refused = now.folders_refused,
           .orphans_removed = now.orphans_removed,
           .evicted = now.evicted,
           .refused_unsigned = now.refused_unsigned,
           .refused_unknown_key = now.refused_unknown_key,
           .refused_signature = now.refused_signature},
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

namespace {

Status write_name(const std::string& name, char* buffer, size_t size) {
  if (name.size() >= size)
    return invalid(fmt::format("size = {} is less than {}, which '{}' needs with its NUL", size,
                               name.size() + 1, name));
  std::memcpy(buffer, name.c_str(), name.size() + 1);
  return {};
}

Status check_name_call(const jitgemm_gemm* gemm, int64_t m, const char* buffer) {
  if (gemm == nullptr) return invalid("gemm is NULL");
  if (buffer == nullptr) return invalid("buffer is NULL");
  if (m < 1) return invalid(fmt::format("m = {} is less than 1", m));
  return {};
}

}  // namespace

jitgemm_status jitgemm_kernel_name(const jitgemm_gemm* gemm, int64_t m, char* buffer, size_t size,
                                   jitgemm_error** error) {
  return report(error, [&]() -> Status {
    const Status status = check_name_call(gemm, m, buffer);
    return status.ok() ? write_name(gemm->gemm.kernel_name(m), buffer, size) : status;
  });
}

jitgemm_status jitgemm_kernel_name_pdl(const jitgemm_gemm* gemm, int64_t m, char* buffer,
                                       size_t size, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    const Status status = check_name_call(gemm, m, buffer);
    return status.ok() ? write_name(gemm->gemm.kernel_name(m, true), buffer, size) : status;
  });
}

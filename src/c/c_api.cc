// The C ABI over the C++ API, in the order of jitgemm.h.
#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/version.h>

#include <cstring>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/c/c_frame.h"
#include "src/c/translate.h"

using namespace jitgemm::c;
using jitgemm::Gemm;
using jitgemm::KernelRecord;
using jitgemm::Library;
using jitgemm::Result;
using jitgemm::Status;

struct jitgemm_kernel_list {
  std::vector<KernelRecord> kernels;
};

struct jitgemm_text {
  std::string string;
};

namespace {

// Writes the kernel's name and its NUL into `buffer`, or nothing.
Status write_name(const jitgemm_gemm* gemm, int64_t m, bool pdl, std::span<char> buffer) {
  if (gemm == nullptr) return invalid("gemm is NULL");
  if (buffer.data() == nullptr) return invalid("buffer is NULL");
  if (m < 1) return invalid(fmt::format("m = {} is less than 1", m));
  const std::string name = gemm->gemm.kernel_name(m, pdl);
  if (name.size() >= buffer.size())
    return invalid(fmt::format("size = {} is less than {}, which '{}' needs with its NUL",
                               buffer.size(), name.size() + 1, name));
  std::memcpy(buffer.data(), name.c_str(), name.size() + 1);
  return {};
}

template <typename Request>
jitgemm::PrewarmProgress progress_of(const Request& request) {
  if (request.progress == nullptr) return {};
  return [progress = request.progress, user = request.progress_user](int64_t done, int64_t total,
                                                                     std::string_view kernel_name) {
    progress(user, done, total, std::string(kernel_name).c_str());
  };
}

// Calls request.failure for each error, and returns the first.
template <typename Request>
Status tell_failures(const Request& request, const std::vector<Status>& errors) {
  if (request.failure != nullptr)
    for (const Status& status : errors) {
      const jitgemm_error error = to_error(status);
      request.failure(request.failure_user, &error);
    }
  return errors.empty() ? Status() : errors.front();
}

// What jitgemm_prewarm() and jitgemm_prepare_all() share. `run` is the method of Library. The
// report may be NULL. `name` is "jitgemm_prewarm" or "jitgemm_prepare", with which the structs'
// names begin.
template <typename Request, typename Report, typename Run>
Status run_request(const std::string& name, const Request* request, Report* report_out, Run run) {
  const std::string request_name = name + "_request", report_name = name + "_report";
  Status status;
  if (report_out != nullptr) status = check(report_out, report_name.c_str());
  if (!status.ok()) return status;
  Request given;
  status = read(request, request_name.c_str(), &given);
  if (!status.ok()) return status;
  const auto wanted = translate(given);
  if (!wanted.ok()) return wanted.status();
  const auto done = run(*wanted, progress_of(given));
  if (!done.ok()) return done.status();
  if (report_out != nullptr) write(translate(*done), report_out);
  return tell_failures(given, done->errors);
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
    Result<jitgemm::Options> translated = translate(given);
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
    if (Status status = check(counters, "jitgemm_counters"); !status.ok()) return status;
    write(translate(library->library.counters()), counters);
    return {};
  });
}

const char* jitgemm_counter_name(size_t index) {
#define JITGEMM_COUNTER(name, help) #name,
  static constexpr const char* kNames[] = {JITGEMM_COUNTERS(JITGEMM_COUNTER)};
#undef JITGEMM_COUNTER
  return index < std::size(kNames) ? kNames[index] : nullptr;
}

jitgemm_status jitgemm_gemm_create(const jitgemm_library* library, const jitgemm_desc* desc,
                                   jitgemm_gemm** gemm, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (gemm == nullptr) return invalid("gemm is NULL");
    jitgemm_desc given;
    if (Status status = read(desc, "jitgemm_desc", &given); !status.ok()) return status;
    Result<Gemm> made = library->library.gemm(translate(given));
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
  return report(error, [&] { return write_name(gemm, m, false, {buffer, size}); });
}

jitgemm_status jitgemm_kernel_name_pdl(const jitgemm_gemm* gemm, int64_t m, char* buffer,
                                       size_t size, jitgemm_error** error) {
  return report(error, [&] { return write_name(gemm, m, true, {buffer, size}); });
}

jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                               const jitgemm_prewarm_request* request,
                               jitgemm_prewarm_report* report_out, jitgemm_error** error) {
  return report(error, [&] {
    if (library == nullptr) return invalid("library is NULL");
    return run_request("jitgemm_prewarm", request, report_out,
                       std::bind_front(&jitgemm::Library::prewarm, &library->library));
  });
}

jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                   const jitgemm_prepare_request* request,
                                   jitgemm_prepare_report* report_out, jitgemm_error** error) {
  return report(error, [&] {
    if (library == nullptr) return invalid("library is NULL");
    return run_request("jitgemm_prepare", request, report_out,
                       std::bind_front(&jitgemm::Library::prepare, &library->library));
  });
}

jitgemm_status jitgemm_list_kernels(const jitgemm_library* library, jitgemm_kernel_list** list,
                                    jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (list == nullptr) return invalid("list is NULL");
    *list = new jitgemm_kernel_list{library->library.kernels()};
    return {};
  });
}

size_t jitgemm_kernel_list_size(const jitgemm_kernel_list* list) {
  return list ? list->kernels.size() : 0;
}

jitgemm_status jitgemm_kernel_list_get(const jitgemm_kernel_list* list, size_t index,
                                       jitgemm_kernel_record* record, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (list == nullptr) return invalid("list is NULL");
    if (index >= list->kernels.size())
      return invalid(fmt::format("index = {} is not below {}", index, list->kernels.size()));
    if (Status status = check(record, "jitgemm_kernel_record"); !status.ok()) return status;
    write(translate(list->kernels[index]), record);
    return {};
  });
}

void jitgemm_kernel_list_free(jitgemm_kernel_list* list) { delete list; }

jitgemm_status jitgemm_prometheus(const jitgemm_library* library, jitgemm_text** text,
                                  jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (text == nullptr) return invalid("text is NULL");
    *text = new jitgemm_text{library->library.prometheus()};
    return {};
  });
}

const char* jitgemm_text_string(const jitgemm_text* text) {
  return text ? text->string.c_str() : "";
}

void jitgemm_text_free(jitgemm_text* text) { delete text; }

// The C ABI over the C++ API: making the kernels of many shapes, on disk or ready for launches.
#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <string>
#include <string_view>
#include <vector>

#include "src/c/c_frame.h"
#include "src/c/translate.h"

using namespace jitgemm::c;
using jitgemm::Result;
using jitgemm::Status;

namespace {

// A report may be NULL.
template <typename Report>
Status check_report(const Report* report, const char* name) {
  return report ? check_size(report->struct_size, sizeof *report, name) : Status();
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

}  // namespace

jitgemm_status jitgemm_prewarm(const jitgemm_library* library,
                               const jitgemm_prewarm_request* request,
                               jitgemm_prewarm_report* report_out, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    Status status = check_report(report_out, "jitgemm_prewarm_report");
    if (!status.ok()) return status;
    jitgemm_prewarm_request given;
    status = read(request, "jitgemm_prewarm_request", &given);
    if (!status.ok()) return status;
    const Result<jitgemm::PrewarmRequest> wanted = translate(given);
    if (!wanted.ok()) return wanted.status();
    const auto done = library->library.prewarm(*wanted, progress_of(given));
    if (!done.ok()) return done.status();
    if (report_out != nullptr) write(translate(*done), report_out);
    return tell_failures(given, done->errors);
  });
}

jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                   const jitgemm_prepare_request* request,
                                   jitgemm_prepare_report* report_out, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    Status status = check_report(report_out, "jitgemm_prepare_report");
    if (!status.ok()) return status;
    jitgemm_prepare_request given;
    status = read(request, "jitgemm_prepare_request", &given);
    if (!status.ok()) return status;
    const Result<jitgemm::PrepareRequest> wanted = translate(given);
    if (!wanted.ok()) return wanted.status();
    const auto done = library->library.prepare(*wanted, progress_of(given));
    if (!done.ok()) return done.status();
    if (report_out != nullptr) write(translate(*done), report_out);
    return tell_failures(given, done->errors);
  });
}

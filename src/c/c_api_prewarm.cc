// The C ABI over the C++ API: making the kernels of many shapes, on disk or ready for launches.
#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/c/c_frame.h"
#include "src/c/translate.h"

using namespace jitgemm::c;
using jitgemm::Status;

namespace {

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

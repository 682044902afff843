// The C ABI over the C++ API: what makes the kernels of many shapes, for the disk or for launches.
#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <string>
#include <string_view>
#include <vector>

#include "src/c/c_frame.h"

using namespace jitgemm::c;
using jitgemm::Result;
using jitgemm::Status;

namespace {

// Older callers' structs are smaller, so the array's stride is their size.
template <typename Request>
Status read_shapes(const Request& request, const char* name,
                   std::vector<jitgemm::GemmDesc>* shapes) {
  if (request.shape_count == 0) return {};
  if (request.shapes == nullptr) return invalid(fmt::format("{}.shapes is NULL", name));
  const size_t stride = request.shapes->struct_size;
  for (size_t i = 0; i < request.shape_count; ++i) {
    const char* shape = reinterpret_cast<const char*>(request.shapes) + i * stride;
    jitgemm_desc desc;
    Status status = read(reinterpret_cast<const jitgemm_desc*>(shape), "jitgemm_desc", &desc);
    if (!status.ok()) return status;
    if (desc.struct_size != stride)
      return invalid(fmt::format("{}.shapes[{}].struct_size = {} is not {}, that of shapes[0]",
                                 name, i, desc.struct_size, stride));
    shapes->push_back({.n = desc.n, .k = desc.k});
  }
  return {};
}

Status read_prewarm_request(const jitgemm_prewarm_request* from, jitgemm_prewarm_request* raw,
                            jitgemm::PrewarmRequest* request) {
  if (Status status = read(from, "jitgemm_prewarm_request", raw); !status.ok()) return status;
  if (Status status = read_shapes(*raw, "jitgemm_prewarm_request", &request->shapes); !status.ok())
    return status;
  if (raw->m_max != 0) request->m_max = raw->m_max;
  if (raw->gpu != nullptr) request->gpu = raw->gpu;
  if (raw->jobs != 0) request->jobs = narrow(raw->jobs);
  if (raw->shard != 0) request->shard = narrow(raw->shard);
  if (raw->shards != 0) request->shards = narrow(raw->shards);
  return {};
}

Status read_prepare_request(const jitgemm_prepare_request* from, jitgemm_prepare_request* raw,
                            jitgemm::PrepareRequest* request) {
  constexpr const char* kName = "jitgemm_prepare_request";
  if (Status status = read(from, kName, raw); !status.ok()) return status;
  if (Status status = read_shapes(*raw, kName, &request->shapes); !status.ok()) return status;
  if (raw->m_max != 0) request->m_max = raw->m_max;
  if (raw->threads != 0) request->threads = narrow(raw->threads);
  return {};
}

// NULL: nobody wants it.
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

// Tells the caller of each, and returns the first.
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
    return tell_failures(raw, done->errors);
  });
}

jitgemm_status jitgemm_prepare_all(const jitgemm_library* library,
                                   const jitgemm_prepare_request* request,
                                   jitgemm_prepare_report* report_out, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    Status status = check_report(report_out, "jitgemm_prepare_report");
    if (!status.ok()) return status;
    jitgemm_prepare_request raw;
    jitgemm::PrepareRequest wanted;
    status = read_prepare_request(request, &raw, &wanted);
    if (!status.ok()) return status;

    Result<jitgemm::PrepareReport> done = library->library.prepare(wanted, progress_of(raw));
    if (!done.ok()) return done.status();
    if (report_out != nullptr)
      write({.struct_size = 0,
             .shapes = done->shapes,
             .kernels = done->kernels,
             .ready = done->ready,
             .failed = done->failed,
             .seconds = done->seconds},
            report_out);
    return tell_failures(raw, done->errors);
  });
}

#include "src/registry.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "src/device/gpu.h"
#include "src/log.h"

namespace jitgemm {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

Registry::Registry(RegistryParts parts)
    : log_(parts.cubins.log),
      driver_(std::move(parts.driver)),
      cubins_(std::move(parts.cubins), &counters_) {}

Result<KernelPtr> Registry::get(const plan::KernelConfig& config) {
  const Clock::time_point start = Clock::now();
  Result<DriverPtr> driver = driver_();
  if (!driver.ok()) return driver.status();
  Result<CUcontext> context = device::current_context(**driver);
  if (!context.ok()) return context.status();

  const std::string name = config.name();
  auto [kernel, made_here] = kernels_.get(fmt::format("{} {}", name, fmt::ptr(*context)),
                                          [&] { return make(config, *driver); });
  if (!kernel.ok()) {
    log_line(log_, LogLevel::kWarning, "get,{},failed,ms={:.1f},reason={}", name, ms_since(start),
             kernel.status().message());
  } else if (!made_here) {
    count(counters_.hit_memory);
    log_line(log_, LogLevel::kDebug, "get,{},hit=memory,ms={:.1f}", name, ms_since(start));
  }
  return std::move(kernel);
}

Result<KernelPtr> Registry::make(const plan::KernelConfig& config, const DriverPtr& driver) {
  const Clock::time_point start = Clock::now();
  const CubinRequest request(config);
  Result<Cubin> cubin = cubin_for(request);
  if (!cubin.ok()) return cubin.status();
  Result<KernelPtr> kernel = device::LoadedKernel::load(driver, *cubin->bytes, config);

  if (!kernel.ok() && !cubin->compiled) {
    cubin = replace_refused(request, kernel.status());
    if (!cubin.ok()) return cubin.status();
    kernel = device::LoadedKernel::load(driver, *cubin->bytes, config);
  }
  if (kernel.ok())
    log_line(log_, LogLevel::kInfo, "get,{},hit={},ms={:.1f}", request.kernel,
             cubin->compiled ? "none" : "disk", ms_since(start));
  return kernel;
}

Result<Cubin> Registry::cubin_for(const CubinRequest& request) {
  const std::string& digest = request.key.what_digest;
  {
    std::lock_guard lock(unpublished_mutex_);
    if (auto found = unpublished_.find(digest); found != unpublished_.end()) return found->second;
  }
  Result<Cubin> cubin = cubins_.get(request);
  if (cubin.ok() && !cubin->on_disk) {
    std::lock_guard lock(unpublished_mutex_);
    unpublished_.emplace(digest, *cubin);
  }
  return cubin;
}

// The entry verified, and the driver refuses it all the same. Without a compiler, that is the
// error.
Result<Cubin> Registry::replace_refused(const CubinRequest& request, const Status& refusal) {
  count(counters_.refused_by_driver);
  log_line(log_, LogLevel::kWarning, "refused,{},reason={}", request.kernel, refusal.message());
  Result<Cubin> cubin = cubins_.get_anew(request);
  if (!cubin.ok() && cubin.status().code() == StatusCode::kMissing) return refusal;
  return cubin;
}

Result<Registry::Warmed> Registry::warm(const plan::KernelConfig& config) {
  const Clock::time_point start = Clock::now();
  const CubinRequest request(config);
  Result<Cubin> cubin = cubins_.get(request);
  if (!cubin.ok()) return cubin.status();
  if (!cubin->publish_error.ok()) return cubin->publish_error;
  if (!cubin->on_disk) return Status(StatusCode::kIoError, "there is no cache directory to warm");
  log_line(log_, LogLevel::kInfo, "warm,{},hit={},ms={:.1f}", request.kernel,
           cubin->compiled ? "none" : "disk", ms_since(start));
  return Warmed{cubin->compiled, cubin->compile_ms};
}

}  // namespace jitgemm

#include "src/registry.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "src/device/gpu.h"
#include "src/log.h"
#include "src/scoped_range.h"

namespace jitgemm {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

KernelOrigin origin_of(const Cubin& cubin) {
  if (cubin.from_memory) return KernelOrigin::kMemory;
  return cubin.compiled ? KernelOrigin::kCompiled : KernelOrigin::kDisk;
}

const char* hit(KernelOrigin origin) {
  switch (origin) {
    case KernelOrigin::kCompiled: return "none";
    case KernelOrigin::kDisk: return "disk";
    case KernelOrigin::kMemory: return "memory";
  }
  return "none";
}

}  // namespace

Registry::Registry(RegistryParts parts)
    : log_(parts.cubins.log),
      ranges_(parts.cubins.ranges),
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
  const Result<CUdevice> device = device::current_device(*driver);
  if (!device.ok()) return device.status();
  const CubinRequest request(config);
  Result<Cubin> cubin = cubin_for(request);
  if (!cubin.ok()) return cubin.status();
  Clock::time_point loading = Clock::now();
  Result<KernelPtr> kernel = load(driver, *cubin->bytes, config);
  if (!kernel.ok() && origin_of(*cubin) == KernelOrigin::kDisk) {
    cubin = replace_refused(request, kernel.status());
    if (!cubin.ok()) return cubin.status();
    loading = Clock::now();
    kernel = load(driver, *cubin->bytes, config);
  }
  if (!kernel.ok()) return kernel;
  const double load_ms = ms_since(loading);
  log_line(log_, LogLevel::kInfo, "get,{},hit={},ms={:.1f}", request.kernel, hit(origin_of(*cubin)),
           ms_since(start));
  std::lock_guard lock(made_mutex_);
  made_.push_back({*kernel, *device, origin_of(*cubin), cubin->compile_ms, load_ms});
  return kernel;
}

Result<KernelPtr> Registry::load(const DriverPtr& driver, const std::string& cubin,
                                 const plan::KernelConfig& config) {
  const ScopedRange range(ranges_, "jitgemm load " + config.name());
  return device::LoadedKernel::load(driver, cubin, config);
}

std::vector<MadeKernel> Registry::made() const {
  std::lock_guard lock(made_mutex_);
  return made_;
}

Counters Registry::counters() const {
  Counters counters = counters_.snapshot();
  std::lock_guard lock(made_mutex_);
  for (const MadeKernel& made : made_) {
    const uint64_t launches = made.kernel->launches();
    counters.launches += launches;
    if (made.kernel->config().generic()) counters.launches_generic += launches;
  }
  return counters;
}

Result<Cubin> Registry::cubin_for(const CubinRequest& request) {
  const std::string& digest = request.key.what_digest;
  {
    std::lock_guard lock(unpublished_mutex_);
    if (auto found = unpublished_.find(digest); found != unpublished_.end())
      return Cubin{.bytes = found->second.bytes, .from_memory = true};
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

#include "src/runtime/registry.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "src/base/log.h"
#include "src/device/gpu.h"
#include "src/runtime/scoped_range.h"

namespace jitgemm {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

constexpr const char* kHits[] = {"none", "disk", "memory"};  // by KernelOrigin

}  // namespace

Registry::Registry(RegistryParts parts)
    : log_(parts.cubins.log),
      ranges_(parts.cubins.ranges),
      driver_(std::move(parts.driver)),
      cubins_(std::move(parts.cubins), &counters_) {}

Result<KernelPtr> Registry::get(const plan::Kernel& wanted) {
  const Clock::time_point start = Clock::now();
  Result<DriverPtr> driver = driver_();
  if (!driver.ok()) return driver.status();
  const Result<uint64_t> context = device::current_context_id(**driver);
  if (!context.ok()) return context.status();

  const std::string name = plan::name_of(wanted);
  auto [kernel, made_here] =
      kernels_.get(fmt::format("{} {}", name, *context), [&] { return make(wanted, *driver); });
  if (!kernel.ok()) {
    log_line(log_, LogLevel::kWarning, "get,{},failed,ms={:.1f},reason={}", name, ms_since(start),
             kernel.status().message());
  } else if (!made_here) {
    count(counters_.hit_memory);
    log_line(log_, LogLevel::kDebug, "get,{},hit=memory,ms={:.1f}", name, ms_since(start));
  }
  return std::move(kernel);
}

// The CUlibrary is loaded once per process; another context only resolves its function.
Result<KernelPtr> Registry::make(const plan::Kernel& wanted, const DriverPtr& driver) {
  const Clock::time_point start = Clock::now();
  auto [made, made_here] =
      firsts_.get(plan::name_of(wanted), [&] { return make_first(wanted, driver); });
  if (!made.ok()) return made.status();
  if (!made_here) {
    const Clock::time_point loading = Clock::now();
    const Result<CUdevice> device = device::current_device(*driver);
    if (!device.ok()) return device.status();
    const Result<KernelPtr> kernel = made->kernel->in_current_context();
    if (!kernel.ok()) return kernel.status();
    count(counters_.hit_memory);
    made = MadeKernel{*kernel, *device, KernelOrigin::kMemory, 0, ms_since(loading)};
  }
  log_line(log_, LogLevel::kInfo, "get,{},hit={},ms={:.1f}", plan::name_of(wanted),
           kHits[static_cast<int>(made->origin)], ms_since(start));
  std::lock_guard lock(made_mutex_);
  made_.push_back(*made);
  return made->kernel;
}

Result<MadeKernel> Registry::make_first(const plan::Kernel& wanted, const DriverPtr& driver) {
  const Result<CUdevice> device = device::current_device(*driver);
  if (!device.ok()) return device.status();
  const CubinRequest request(wanted);
  Result<Cubin> cubin = cubins_.get(request);
  if (!cubin.ok()) return cubin.status();
  Clock::time_point loading = Clock::now();
  Result<KernelPtr> kernel = load(driver, *cubin->bytes, wanted);
  if (!kernel.ok() && !cubin->compiled) {
    cubin = replace_refused(request, kernel.status());
    if (!cubin.ok()) return cubin.status();
    loading = Clock::now();
    kernel = load(driver, *cubin->bytes, wanted);
  }
  if (!kernel.ok()) return kernel.status();
  return MadeKernel{*kernel, *device,
                    cubin->compiled ? KernelOrigin::kCompiled : KernelOrigin::kDisk,
                    cubin->compile_ms, ms_since(loading)};
}

Result<KernelPtr> Registry::load(const DriverPtr& driver, const std::string& cubin,
                                 const plan::Kernel& wanted) {
  const ScopedRange range(ranges_, "jitgemm load " + plan::name_of(wanted));
  return device::LoadedKernel::load(driver, cubin, wanted);
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
    if (plan::is_generic(made.kernel->kernel())) counters.launches_generic += launches;
  }
  return counters;
}

// For an entry that verified, but that the driver refuses to load: compiles it anew. Without a
// compiler, the driver's refusal is the error.
Result<Cubin> Registry::replace_refused(const CubinRequest& request, const Status& refusal) {
  count(counters_.refused_by_driver);
  log_line(log_, LogLevel::kWarning, "refused,{},reason={}", request.kernel, refusal.message());
  Result<Cubin> cubin = cubins_.get_anew(request);
  if (!cubin.ok() && cubin.status().code() == StatusCode::kMissing) return refusal;
  return cubin;
}

Result<Cubin> Registry::warm(const plan::Kernel& wanted) {
  const Clock::time_point start = Clock::now();
  const CubinRequest request(wanted);
  Result<Cubin> cubin = cubins_.get(request);
  if (!cubin.ok()) return cubin.status();
  if (!cubin->publish_error.ok()) return cubin->publish_error;
  if (!cubin->on_disk) return Status(StatusCode::kIoError, "there is no cache directory to warm");
  log_line(log_, LogLevel::kInfo, "warm,{},hit={},ms={:.1f}", request.kernel,
           cubin->compiled ? "none" : "disk", ms_since(start));
  return cubin;
}

}  // namespace jitgemm

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/device/gpu.h"
#include "src/gemm_state.h"
#include "src/plan/desc.h"

namespace jitgemm {

GemmState::GemmState(std::shared_ptr<LibraryState> library, const GemmDesc& desc, CUdevice device,
                     const plan::DeviceModel& model)
    : library_(std::move(library)),
      desc_(desc),
      device_(device),
      sms_(model.sms),
      ranges_(plan::ranges(desc, model, library_->options().form)),
      slots_(std::make_unique<Slot[]>(ranges_.size())) {}

Status GemmState::prepare(int64_t m_max) {
  if (m_max < 1 || m_max > ranges_.back().m_last) return refuse("m_max", m_max);
  for (size_t index = 0; index <= index_for(m_max); ++index)
    if (auto kernel = kernel_at(index); !kernel.ok()) return kernel.status();
  return {};
}

Status GemmState::launch(const GemmArgs& args, Stream stream) {
  const Result<GemmArgs> completed = plan::complete(desc_, args);
  if (!completed.ok()) return completed.status();
  if (completed->m == 0) return {};
  if (completed->m > ranges_.back().m_last) return refuse("m", completed->m);
  const Result<const device::LoadedKernel*> kernel = kernel_at(index_for(completed->m));
  if (!kernel.ok()) return kernel.status();
  Status status = (*kernel)->launch(*completed, stream, sms_);
  if (status.ok()) library_->registry().count_launch();
  return status;
}

std::string GemmState::kernel_name(int64_t m) const { return ranges_[index_for(m)].config.name(); }

Status GemmState::refuse(const char* name, int64_t m) const {
  return {StatusCode::kInvalidArgument,
          fmt::format("{} = {} is outside 1..{} ({})", name, m, ranges_.back().m_last,
                      plan::shape_name(desc_))};
}

// The range that holds m; the last one beyond it.
size_t GemmState::index_for(int64_t m) const {
  const auto found = std::lower_bound(
      ranges_.begin(), ranges_.end() - 1, m,
      [](const plan::Range& range, int64_t wanted) { return range.m_last < wanted; });
  return static_cast<size_t>(found - ranges_.begin());
}

Result<const device::LoadedKernel*> GemmState::kernel_at(size_t index) {
  const device::LoadedKernel* kernel = slots_[index].ready.load(std::memory_order_acquire);
  return kernel ? kernel : fill(index);
}

// Threads that come here together get the same kernel from the registry, or, from two contexts of
// one device, either of two: the first stays.
Result<const device::LoadedKernel*> GemmState::fill(size_t index) {
  if (Status status = check_current_device(); !status.ok()) return status;
  Result<KernelPtr> kernel = library_->registry().get(ranges_[index].config);
  if (!kernel.ok()) return kernel.status();

  Slot& slot = slots_[index];
  std::lock_guard lock(owners_mutex_);
  if (!slot.owner) {
    slot.owner = *std::move(kernel);
    slot.ready.store(slot.owner.get(), std::memory_order_release);
  }
  return slot.owner.get();
}

Status GemmState::check_current_device() const {
  Result<DriverPtr> driver = library_->driver();
  if (!driver.ok()) return driver.status();
  Result<CUdevice> current = device::current_device(**driver);
  if (!current.ok()) return current.status();
  if (*current == device_) return {};
  return {
      StatusCode::kInvalidArgument,
      fmt::format("the current context is of device {}, and this Gemm was made for device {} ({})",
                  *current, device_, plan::shape_name(desc_))};
}

Gemm::Gemm(std::shared_ptr<GemmState> state) : state_(std::move(state)) {}

Status Gemm::prepare(int64_t m_max) const { return state_->prepare(m_max); }

Status Gemm::launch(const GemmArgs& args, Stream stream) const {
  return state_->launch(args, stream);
}

const GemmDesc& Gemm::desc() const { return state_->desc(); }

std::string Gemm::kernel_name(int64_t m) const { return state_->kernel_name(m); }

}  // namespace jitgemm

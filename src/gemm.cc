#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/device/capture.h"
#include "src/device/gpu.h"
#include "src/gemm_state.h"
#include "src/miss_policy.h"
#include "src/plan/desc.h"

namespace jitgemm {

GemmState::GemmState(LibraryState& library, DriverPtr driver, const GemmDesc& desc, CUdevice device,
                     const plan::DeviceModel& model)
    : library_(library),
      driver_(std::move(driver)),
      desc_(desc),
      device_(device),
      sms_(model.sms),
      ranges_(plan::ranges(desc, model, library.options().form)),
      slots_(std::make_unique<Slot[]>(ranges_.size())) {
  for (size_t i = 0; i < ranges_.size(); ++i) {
    slots_[i].refused_by_policy = not_ready(i, "the miss policy is to fail");
    slots_[i].refused_in_capture = not_ready(i, "the stream is being captured");
  }
}

Status GemmState::prepare(int64_t m_max) {
  const Result<std::vector<size_t>> needed = ranges_to(m_max);
  if (!needed.ok()) return needed.status();
  for (size_t index : *needed)
    if (Status status = prepare_range(index); !status.ok()) return status;
  return {};
}

Result<std::vector<size_t>> GemmState::ranges_to(int64_t m_max) const {
  if (m_max < 1 || m_max > ranges_.back().m_last) return refuse("m_max", m_max);
  std::vector<size_t> firsts;
  for (size_t index = 0; index <= index_for(m_max); ++index) {
    const bool seen = std::any_of(firsts.begin(), firsts.end(), [&](size_t first) {
      return ranges_[first].config == ranges_[index].config;
    });
    if (!seen) firsts.push_back(index);
  }
  return firsts;
}

Status GemmState::prepare_range(size_t index) {
  if (Status status = check_current_device(); !status.ok()) return status;
  return ready_at(index) != nullptr ? Status() : fill(index).status();
}

Status GemmState::launch(const GemmArgs& args, Stream stream) {
  if (Status status = validate(args.on_miss); !status.ok()) return status;
  const Result<GemmArgs> completed = plan::complete(desc_, args);
  if (!completed.ok()) return completed.status();
  if (completed->m == 0) return {};
  if (completed->m > ranges_.back().m_last) return refuse("m", completed->m);
  const size_t index = index_for(completed->m);
  const device::LoadedKernel* kernel = ready_at(index);
  if (kernel == nullptr) {
    Result<const device::LoadedKernel*> made = miss(index, args.on_miss, stream);
    if (!made.ok()) return made.status();
    kernel = *made;
  }
  Status status = kernel->launch(*completed, stream, sms_);
  if (status.ok()) library_.registry().count_launch();
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

Status GemmState::not_ready(size_t index, const char* reason) const {
  const int64_t m_first = index == 0 ? 1 : ranges_[index - 1].m_last + 1;
  return {StatusCode::kNotReady,
          fmt::format("{} is not loaded and {}: prepare() makes it, with m_max = {} or more",
                      ranges_[index].config.name(), reason, m_first)};
}

const device::LoadedKernel* GemmState::ready_at(size_t index) const {
  return slots_[index].ready.load(std::memory_order_acquire);
}

// A launch has come for a kernel that is not there. Up to fill() nothing is locked or allocated.
Result<const device::LoadedKernel*> GemmState::miss(size_t index, MissPolicy policy,
                                                    Stream stream) {
  if (policy == MissPolicy::kDefault) policy = library_.options().on_miss;
  if (policy == MissPolicy::kFail) return slots_[index].refused_by_policy;
  if (Status status = check_current_device(); !status.ok()) return status;
  const Result<bool> capturing = device::is_capturing(*driver_, stream);
  if (!capturing.ok()) return capturing.status();
  if (*capturing) return slots_[index].refused_in_capture;
  return fill(index);
}

// Fills every range that has this one's kernel. Threads that come here together get the same kernel
// from the registry, or, from two contexts of one device, either of two: the first stays.
Result<const device::LoadedKernel*> GemmState::fill(size_t index) {
  Result<KernelPtr> kernel = library_.registry().get(ranges_[index].config);
  if (!kernel.ok()) return kernel.status();

  std::lock_guard lock(owners_mutex_);
  for (size_t i = 0; i < ranges_.size(); ++i)
    if (Slot& slot = slots_[i]; !slot.owner && ranges_[i].config == ranges_[index].config) {
      slot.owner = *kernel;
      slot.ready.store(slot.owner.get(), std::memory_order_release);
    }
  return slots_[index].owner.get();
}

Status GemmState::check_current_device() const {
  Result<CUdevice> current = device::current_device(*driver_);
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

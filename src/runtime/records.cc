// LibraryState: the records of the loaded kernels.
#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "src/runtime/gemm_state.h"
#include "src/runtime/library_state.h"

namespace jitgemm {
namespace {

// A record without m_first, m_last and plan, which the kernel's slot knows.
KernelRecord record_of(const MadeKernel& made) {
  const plan::KernelConfig& config = made.kernel->config();
  return {.name = config.name(),
          .shape = {.n = config.n, .k = config.k, .bias = config.bias},
          .form = config.form,
          .device = made.device,
          .origin = made.origin,
          .compile_ms = made.compile_ms,
          .load_ms = made.load_ms,
          .launches = made.kernel->launches()};
}

}  // namespace

std::vector<KernelRecord> LibraryState::kernels() {
  std::unordered_map<const device::LoadedKernel*, const GemmState::Slot*> slots;
  {
    std::lock_guard lock(gemms_mutex_);
    for (const auto& [key, gemm] : gemms_)
      gemm->visit_ready([&](const GemmState::Slot& slot, const device::LoadedKernel& kernel) {
        slots.emplace(&kernel, &slot);
      });
  }
  std::vector<KernelRecord> records;
  for (const MadeKernel& made : registry_.made()) {
    KernelRecord record = record_of(made);
    if (const auto found = slots.find(made.kernel.get()); found != slots.end()) {
      record.m_first = found->second->m_first;
      record.m_last = found->second->m_last;
      record.plan = found->second->plan;
    }
    records.push_back(std::move(record));
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const KernelRecord& a, const KernelRecord& b) {
                     return std::tie(a.device, a.name) < std::tie(b.device, b.name);
                   });
  return records;
}

}  // namespace jitgemm

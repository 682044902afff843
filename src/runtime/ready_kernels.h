// ReadyKernels: the loaded instances of one kernel, one per context. Launches find them without a
// lock; nothing is removed before the object is destroyed.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "src/device/loaded_kernel.h"
#include "src/runtime/registry.h"

namespace jitgemm {

// Thread rule: all methods from any number of threads.
class ReadyKernels {
 public:
  // The kernel that is loaded in the context of this id (cuCtxGetId), or nullptr. Takes no lock and
  // allocates nothing.
  const device::LoadedKernel* find(uint64_t context) const {
    const Entry* entry = &first_;
    while (entry != nullptr && entry->context.load(std::memory_order_acquire) != context)
      entry = entry->next.load(std::memory_order_acquire);
    return entry == nullptr ? nullptr : entry->kernel.get();
  }

  // Adds a kernel under its context, where the first one added stays. Returns the one that stays.
  const device::LoadedKernel* add(KernelPtr kernel) {
    const uint64_t context = kernel->context();
    std::lock_guard lock(mutex_);
    if (const device::LoadedKernel* there = find(context)) return there;
    const bool empty = first_.kernel == nullptr;
    Entry& entry = empty ? first_ : others_.emplace_back();
    entry.kernel = std::move(kernel);
    entry.context.store(context, std::memory_order_release);
    if (!empty) {
      entry.next.store(first_.next.load(std::memory_order_relaxed), std::memory_order_relaxed);
      first_.next.store(&entry, std::memory_order_release);
    }
    return entry.kernel.get();
  }

  template <typename Visit>
  void visit(Visit visit) const {
    std::lock_guard lock(mutex_);
    if (first_.kernel != nullptr) visit(*first_.kernel);
    for (const Entry& entry : others_) visit(*entry.kernel);
  }

 private:
  static constexpr uint64_t kNoContext = UINT64_MAX;
  struct alignas(32) Entry {                     // in one cache line, for find()
    std::atomic<uint64_t> context = kNoContext;  // stored after the kernel
    KernelPtr kernel;                            // keeps it loaded
    std::atomic<const Entry*> next = nullptr;
  };

  Entry first_;               // in place, as most programs have one context per device
  std::list<Entry> others_;   // found by launches through `next`
  mutable std::mutex mutex_;  // guards others_ and all writes
};

}  // namespace jitgemm

// ReadyKernels: one kernel's loaded instances, one per context. Launches look them up without a
// lock; nothing is removed before the object dies.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "src/device/loaded_kernel.h"
#include "src/runtime/registry.h"

namespace jitgemm {

// Thread rule: all methods from any number of threads.
class ReadyKernels {
 public:
  ReadyKernels() = default;
  ~ReadyKernels() {
    for (const Node* node = first_; node != nullptr;) delete std::exchange(node, node->next);
  }
  ReadyKernels(const ReadyKernels&) = delete;
  ReadyKernels& operator=(const ReadyKernels&) = delete;

  // The kernel that is loaded in the context of this id (cuCtxGetId), or nullptr. Takes no lock and
  // allocates nothing.
  const device::LoadedKernel* find(uint64_t context) const {
    const Node* node = first_.load(std::memory_order_acquire);
    while (node != nullptr && node->context != context) node = node->next;
    return node == nullptr ? nullptr : node->kernel.get();
  }

  // Adds a kernel under its context, where the first one added stays. Returns the one that stays.
  const device::LoadedKernel* add(KernelPtr kernel) {
    const uint64_t context = kernel->context();
    auto node = std::make_unique<Node>(Node{context, std::move(kernel), first_.load()});
    do {
      if (const device::LoadedKernel* there = find(context)) return there;
    } while (!first_.compare_exchange_weak(node->next, node.get(), std::memory_order_acq_rel));
    return node.release()->kernel.get();
  }

  template <typename Visit>
  void visit(Visit visit) const {
    for (const Node* node = first_.load(std::memory_order_acquire); node; node = node->next)
      visit(*node->kernel);
  }

 private:
  struct Node {
    uint64_t context;
    KernelPtr kernel;  // keeps it loaded
    const Node* next;
  };
  std::atomic<const Node*> first_ = nullptr;
};

}  // namespace jitgemm

// Workbench: the GPU, one stream, and the helper kernels. Everything is enqueued on that stream, in
// order.
//
// Thread rule: one thread at a time, whose current context is the GPU's.
#pragma once

#include <string>

#include <jitgemm/status.h>
#include "tools/harness/buffer.h"
#include "tools/harness/gpu.h"
#include "tools/harness/helper_kernels.h"
#include "tools/harness/stream.h"

namespace jitgemm::harness {

struct Workbench {
  // Errors: as Gpu::open() and HelperKernels::load().
  static Result<Workbench> open(const std::string& driver_path, const std::string& nvrtc_path);
  static Result<Workbench> on(GpuPtr gpu, const std::string& nvrtc_path);

  Result<Buffer> allocate(size_t bytes) const { return Buffer::allocate(gpu, bytes); }

  // Copies from the GPU and waits for the copy.
  Status read(const Buffer& from, void* to, size_t bytes) const;

  // Copies to the GPU and waits for the copy.
  Status write(const void* from, const Buffer& to, size_t bytes) const;

  GpuPtr gpu;
  OwnedStream stream;
  HelperKernels kernels;
};

}  // namespace jitgemm::harness

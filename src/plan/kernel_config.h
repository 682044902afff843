// KernelConfig: everything in which two kernels may differ. The generated page holds these numbers
// and nothing else, so equal configs give one cubin.
#pragma once

#include <string>
#include <string_view>

#include <jitgemm/gemm.h>  // Form, BiasType

namespace jitgemm::plan {

struct KernelConfig {
  Form form = Form::kSwapped;  // kSwapped or kNormal, never kAuto
  int n = 0, k = 0;            // constants of the kernel; both 0 in a generic kernel

  // The tile of D that a block computes: tokens (swapped 8..64 by 8, 128; normal 64, 128, 192, 256)
  // and outputs (swapped 64 or 128; normal a multiple of 8).
  int tile_m = 0, tile_n = 0;
  int split = 1;       // slices of K; swapped: one per block of a cluster; normal: summed in turn
  int k_blocks = 1;    // of 128; slices are cut at multiples; swapped: also those of a stage
  int stages = 1;      // of the ring
  int warpgroups = 1;  // consumer warpgroups of a block
  int blocks_per_sm = 1;  // blocks that fit on one SM: bounds registers and shared memory
  // Swapped, for launches with PDL: while the predecessor runs, the block loads weights until the
  // ring is full, a few stages at a time (kernels/notes/009).
  bool fill_ring = false;
  BiasType bias = BiasType::kNone;  // chooses the epilogue

  friend bool operator==(const KernelConfig&, const KernelConfig&) = default;

  // Whether N and K are arguments of the launch; such a kernel serves every shape.
  bool generic() const { return n == 0; }

  // "n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4", "..._b4_fill", "generic_normal_...": unique per
  // config. The fields are listed in plan/config_name.cc, which defines this, and in
  // docs/kernel_names.md.
  std::string name() const;

  // Dynamic shared memory and threads of one block, from kernels/layout.h.
  int shared_bytes() const;
  int threads() const;
  int in_flight() const;      // swapped: k-blocks whose multiplies are in flight together
  int wgmma_columns() const;  // N of the wgmma instruction

  // Rows of the TMA boxes of A when A has m rows.
  int box_tokens(int m) const;
};

// The kernels of one form. Lines of a tuning table with another version are skipped.
struct KernelFamily {
  int version;
  // XXH3-128 of the device headers that pages of the form include. After a change of kernels/, a
  // test prints the new digest. Raise the version too when the change is not the same for all
  // kernels of the form within 2 %, measured by tests/gpu/programs/compare_kernels: then the
  // tuning table may rank the kernels wrongly, and is tuned again.
  std::string_view headers;
};
constexpr KernelFamily kSwappedFamily = {1, "9103deb038bab353894c047fb2fda217"},
                       kNormalFamily = {3, "96183efb3270708e8ef40af196dfb442"};

constexpr int family_version(Form form) {
  return form == Form::kSwapped ? kSwappedFamily.version : kNormalFamily.version;
}

}  // namespace jitgemm::plan

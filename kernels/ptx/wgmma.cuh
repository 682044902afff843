// Warpgroup matrix multiply, e4m3 x e4m3 to fp32, both operands in shared memory.
//
// The instruction itself, multiply_add(), has N/2 accumulator registers in its text: the generated
// page includes the one header wgmma_n<N>.cuh that its kernel needs, written by
// src/codegen/wgmma.cc.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/types.cuh>

// The descriptor of a K-major tile with 128-byte rows and 128-byte swizzle, whose groups of 8 rows
// are 1024 bytes apart, from the part of it that says where the tile stands.
JITGEMM_DEVICE u32 descriptor_address(u32 tile) { return (tile & 0x3ffff) >> 4 | 1u << 16; }
JITGEMM_DEVICE u64 descriptor(u32 address) {
  return u64(address) | u64(1024 >> 4) << 32 | u64(1) << 62;
}

// Descriptors count in units of 16 bytes.
constexpr int descriptor_step(int bytes) { return bytes >> 4; }

// Accumulators written before this point may be used by the wgmmas after it.
JITGEMM_DEVICE void open_multiplies() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
JITGEMM_DEVICE void commit_multiplies() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
// Until at most `Pending` committed groups are still running.
template <int Pending>
JITGEMM_DEVICE void wait_multiplies() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory");
}

// Keeps uses of these registers on their side of this point: the compiler does not know that a
// wgmma goes on writing them.
template <int Count>
JITGEMM_DEVICE void pin(float (&registers)[Count]) {
#pragma unroll
  for (int i = 0; i < Count; ++i) asm volatile("" : "+f"(registers[i])::"memory");
}

// accumulators = a * b over one k-block of 128: four steps of 32.
template <int Count>
JITGEMM_DEVICE void multiply_block(float (&accumulators)[Count], u64 a, u64 b) {
#pragma unroll
  for (int step = 0; step < kBlockK / 32; ++step)
    multiply_add(accumulators, a + descriptor_step(step * 32), b + descriptor_step(step * 32),
                 step != 0);
}

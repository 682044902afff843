// Helper kernels of the jitgemm harness. Every block has 256 threads.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

constexpr int kThreads = 256;
constexpr int kBlockK = 128;        // columns that share a scale
constexpr u16 kPoison = 0xffff;     // a bf16 NaN that no conversion makes
constexpr float kLargestE4m3 = 448.f;

// ---- random data ----

__device__ u64 mixed(u64 x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}
__device__ u64 random_bits(u32 seed, u64 index) {
  return mixed(index + (seed + 1ull) * 0x9e3779b97f4a7c15ull);
}

__device__ float uniform(u32 bits) { return (bits + 0.5f) * 2.3283064e-10f; }

__device__ float from_bf16(u16 bits) { return __uint_as_float((u32)bits << 16); }
__device__ u16 to_bf16(float x) {
  const u32 bits = __float_as_uint(x);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

__device__ u16 normal_bf16(u32 seed, u64 index) {
  const u64 bits = random_bits(seed, index);
  const float radius = sqrtf(-2.f * logf(uniform((u32)bits)));
  return to_bf16(radius * cosf(6.2831853f * uniform((u32)(bits >> 32))));
}

// Nearly normal values: sums of four uniform ones.
extern "C" __global__ void __launch_bounds__(kThreads) fill_normal(u16* to, i64 count, u32 seed) {
  for (i64 i = (i64)blockIdx.x * kThreads + threadIdx.x; i < count; i += (i64)gridDim.x * kThreads) {
    const u64 bits = random_bits(seed, i);
    const int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) + (int)(bits >> 32 & 0xffff) +
                    (int)(bits >> 48);
    to[i] = to_bf16((sum - 131070) * 2.643e-5f);
  }
}

__device__ u8 to_e4m3(float x) {
  u16 pair;
  asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(pair) : "f"(0.f), "f"(x));
  return (u8)pair;
}

// Block (x: rows / block_rows, y: k-block). Normal bf16 data, quantised as a server does it: to e4m3 by the
// block's largest magnitude / 448. The scale is then multiplied by 2^-5 .. 2^4, so that the scales of a
// matrix differ as those of a model's layers do and none can stand in for another. An element depends on
// seed, row and column alone: fewer rows are a prefix of more.
extern "C" __global__ void __launch_bounds__(kThreads)
quantise(u8* q, i64 ld, i64 rows, int k, int block_rows, u32 seed,
         float* scale, i64 scale_row_stride, i64 scale_block_stride,
         float* twin, i64 twin_row_stride, i64 twin_block_stride) {
  __shared__ u16 values[kBlockK * kBlockK];
  __shared__ u32 largest_bits;  // floats that are not negative are ordered as their bits are
  if (threadIdx.x == 0) largest_bits = 0;
  __syncthreads();
  const i64 row_block = blockIdx.x, first_row = row_block * block_rows;
  const int kb = blockIdx.y, first_column = kb * kBlockK;
  const int here = (int)min((i64)block_rows, rows - first_row) * kBlockK;
  const int columns = min(kBlockK, k - first_column);

  float largest = 0;  // of this thread
  for (int i = threadIdx.x; i < here; i += kThreads) {
    if (i % kBlockK >= columns) continue;
    const i64 row = first_row + i / kBlockK;
    values[i] = normal_bf16(seed, (u64)row * k + first_column + i % kBlockK);
    largest = fmaxf(largest, fabsf(from_bf16(values[i])));
  }
  atomicMax(&largest_bits, __float_as_uint(largest));
  __syncthreads();
  largest = __uint_as_float(largest_bits);

  const float to_full_range = kLargestE4m3 / largest;
  for (int i = threadIdx.x; i < here; i += kThreads) {
    if (i % kBlockK >= columns) continue;
    const i64 row = first_row + i / kBlockK;
    q[row * ld + first_column + i % kBlockK] = to_e4m3(from_bf16(values[i]) * to_full_range);
  }
  if (threadIdx.x != 0) return;
  const int power = (int)(random_bits(~seed, (u64)row_block << 20 | kb) % 10) - 5;
  const float value = ldexpf(largest / kLargestE4m3, power);
  scale[row_block * scale_row_stride + kb * scale_block_stride] = value;
  twin[row_block * twin_row_stride + kb * twin_block_stride] = value;
}

// ---- the reference ----

__device__ float2 decode(u16 two_e4m3) {
  u32 halves;
  float2 x;
  asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(halves) : "h"(two_e4m3));
  asm("{ .reg .b16 a, b; mov.b32 {a, b}, %2; cvt.f32.f16 %0, a; cvt.f32.f16 %1, b; }"
      : "=f"(x.x), "=f"(x.y) : "r"(halves));
  return x;
}

constexpr int kTileM = 128, kTileN = 64, kStep = 16;  // k is a multiple of 16
constexpr int kRows = 8, kColumns = 4;                // of D, of one thread

// tile[column][row] of kTile rows and kStep columns of a matrix; zeros after its last row.
template <int kTile>
__device__ void load_tile(float (*tile)[kTile + 4], const u8* matrix, i64 ld, i64 rows, i64 row0, int column0) {
  for (int i = threadIdx.x; i < kTile * kStep / 2; i += kThreads) {
    const int row = i / (kStep / 2), column = i % (kStep / 2) * 2;
    const u8* from = matrix + (row0 + row) * ld + column0 + column;
    const float2 x = decode(row0 + row < rows ? *(const u16*)from : 0);
    tile[column][row] = x.x;
    tile[column + 1][row] = x.y;
  }
}

// Block (x: m / 128, y: n / 64). The operation's own definition in fp32: products summed per k-block, then
// scaled and added. `magnitude` is the same sum of absolute values.
extern "C" __global__ void __launch_bounds__(kThreads)
reference_gemm(const u8* a, i64 lda, const float* a_scale, i64 a_row_stride, i64 a_block_stride,
               const u8* b, i64 ldb, const float* b_scale, i64 b_row_stride,
               float* sum, float* magnitude, i64 m, i64 n, int k) {
  __shared__ __align__(16) float a_tile[kStep][kTileM + 4];
  __shared__ __align__(16) float b_tile[kStep][kTileN + 4];
  const i64 m0 = (i64)blockIdx.x * kTileM, n0 = (i64)blockIdx.y * kTileN;
  const int row = threadIdx.x / 16 * kRows, column = threadIdx.x % 16 * kColumns;

  float total[kRows][kColumns] = {}, total_magnitude[kRows][kColumns] = {};
  float part[kRows][kColumns] = {}, part_magnitude[kRows][kColumns] = {};

  for (int k0 = 0; k0 < k; k0 += kStep) {
    load_tile<kTileM>(a_tile, a, lda, m, m0, k0);
    load_tile<kTileN>(b_tile, b, ldb, n, n0, k0);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kStep; ++i) {
      const float4 a0 = *(const float4*)&a_tile[i][row], a1 = *(const float4*)&a_tile[i][row + 4];
      const float4 b0 = *(const float4*)&b_tile[i][column];
      const float x[kRows] = {a0.x, a0.y, a0.z, a0.w, a1.x, a1.y, a1.z, a1.w};
      const float y[kColumns] = {b0.x, b0.y, b0.z, b0.w};
#pragma unroll
      for (int r = 0; r < kRows; ++r)
#pragma unroll
        for (int c = 0; c < kColumns; ++c) {
          part[r][c] = fmaf(x[r], y[c], part[r][c]);
          part_magnitude[r][c] = fmaf(fabsf(x[r]), fabsf(y[c]), part_magnitude[r][c]);
        }
    }
    __syncthreads();
    if ((k0 + kStep) % kBlockK != 0 && k0 + kStep < k) continue;

    const int kb = k0 / kBlockK;
    const float sb = b_scale[n0 / kBlockK * b_row_stride + kb];
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const i64 token = min(m0 + row + r, m - 1);
      const float s = a_scale[token * a_row_stride + kb * a_block_stride] * sb;
#pragma unroll
      for (int c = 0; c < kColumns; ++c) {
        total[r][c] = fmaf(s, part[r][c], total[r][c]);
        total_magnitude[r][c] = fmaf(s, part_magnitude[r][c], total_magnitude[r][c]);
        part[r][c] = part_magnitude[r][c] = 0;
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r)
#pragma unroll
    for (int c = 0; c < kColumns; ++c)
      if (m0 + row + r < m && n0 + column + c < n) {
        const i64 at = (m0 + row + r) * n + n0 + column + c;
        sum[at] = total[r][c];
        magnitude[at] = total_magnitude[r][c];
      }
}

// ---- comparing ----

struct Tally {
  double error2, reference2;  // sums of squares
  u64 worst;                  // error / bound as float bits, above the element's index
  u64 unwritten;              // elements of D that still hold the poison
  u64 touched;                // guard elements around D that were overwritten
};

constexpr float kOfValue = 1.f / 256, kOfMagnitude = 1.f / 1024;  // an element's bound: see check.h

template <typename T>
__device__ T warp_sum(T x) {
  for (int offset = 16; offset; offset /= 2) x += __shfl_xor_sync(~0u, x, offset);
  return x;
}
__device__ u64 warp_maximum(u64 x) {
  for (int offset = 16; offset; offset /= 2) x = max(x, __shfl_xor_sync(~0u, x, offset));
  return x;
}

// All of `memory`: D's [m][n] at element `first` with rows of ldd, and the guard around and between them.
extern "C" __global__ void __launch_bounds__(kThreads)
compare(const u16* memory, i64 elements, i64 first, i64 ldd, i64 m, i64 n,
        const float* sum, const float* magnitude, Tally* tally) {
  double error2 = 0, reference2 = 0;
  u64 worst = 0, unwritten = 0, touched = 0;
  for (i64 i = (i64)blockIdx.x * kThreads + threadIdx.x; i < elements; i += (i64)gridDim.x * kThreads) {
    const u16 bits = memory[i];
    const i64 row = i < first ? m : (i - first) / ldd, column = (i - first) - row * ldd;
    if (row >= m || column >= n) {
      touched += bits != kPoison;
      continue;
    }
    if (bits == kPoison) {
      ++unwritten;
      continue;
    }
    const i64 at = row * n + column;
    const float expected = sum[at], error = fabsf(from_bf16(bits) - expected);
    const float share = error / (kOfValue * fabsf(expected) + kOfMagnitude * magnitude[at]);
    error2 += (double)error * error;
    reference2 += (double)expected * expected;
    const u32 share_bits = share >= 0 ? __float_as_uint(share) : 0x7f800000u;  // a NaN is an infinite error
    worst = max(worst, (u64)share_bits << 32 | (u32)at);
  }
  error2 = warp_sum(error2);
  reference2 = warp_sum(reference2);
  worst = warp_maximum(worst);
  unwritten = warp_sum(unwritten);
  touched = warp_sum(touched);
  if (threadIdx.x % 32 != 0) return;
  atomicAdd(&tally->error2, error2);
  atomicAdd(&tally->reference2, reference2);
  atomicMax(&tally->worst, worst);
  atomicAdd(&tally->unwritten, unwritten);
  atomicAdd(&tally->touched, touched);
}

extern "C" __global__ void __launch_bounds__(kThreads)
count_differences(const u16* x, const u16* y, i64 elements, u64* count) {
  u64 different = 0;
  for (i64 i = (i64)blockIdx.x * kThreads + threadIdx.x; i < elements; i += (i64)gridDim.x * kThreads)
    different += x[i] != y[i];
  different = warp_sum(different);
  if (threadIdx.x % 32 == 0) atomicAdd(count, different);
}

// ---- the floor ----

// Reads `count` pieces of 16 bytes, four in flight per thread, and drops them. Launched with PDL, it
// overlaps as much as a GEMM can: its successor may start at once, it requests its weights while its
// predecessor runs, and it ends after the predecessor, as a kernel that reads its output must.
extern "C" __global__ void __launch_bounds__(kThreads)
read_only(const uint4* data, i64 count, u32* sink) {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
  constexpr int kInFlight = 4;
  const i64 stride = (i64)gridDim.x * kThreads;
  u32 mix = 0;
  for (i64 i = (i64)blockIdx.x * kThreads + threadIdx.x; i < count; i += kInFlight * stride) {
    uint4 piece[kInFlight] = {};
#pragma unroll
    for (int j = 0; j < kInFlight; ++j)
      if (i + j * stride < count)
        asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(piece[j].x), "=r"(piece[j].y), "=r"(piece[j].z), "=r"(piece[j].w)
                     : "l"(data + i + j * stride));
#pragma unroll
    for (int j = 0; j < kInFlight; ++j) mix ^= piece[j].x ^ piece[j].y ^ piece[j].z ^ piece[j].w;
  }
  asm volatile("griddepcontrol.wait;" ::: "memory");
  if (mix == 0x9e3779b9u) *sink = mix;  // practically never true
}

// The limits of the real driver.
#pragma once

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tests/stub_driver/stub_state.h"

namespace stub {

constexpr int kDefaultSharedBytes = 48 << 10;  // of a block, without the attribute
constexpr int kMaxSharedBytes = 227 << 10;     // with it
constexpr unsigned kMaxThreads = 1024;         // of a block
constexpr unsigned kMaxGridY = 65535;          // blocks
constexpr unsigned kMaxPortableCluster = 8;    // blocks

// The size of an ELF file that starts at `image`, or of a text.
inline size_t image_bytes(const char* image) {
  Elf64_Ehdr header;
  if (std::strncmp(image, ELFMAG, SELFMAG) != 0) return std::strlen(image);
  std::memcpy(&header, image, sizeof(header));
  return std::max(header.e_shoff + header.e_shnum * header.e_shentsize,
                  header.e_phoff + header.e_phnum * header.e_phentsize);
}

inline unsigned element_bytes(CUtensorMapDataType type) {
  switch (type) {
    case CU_TENSOR_MAP_DATA_TYPE_UINT8: return 1;
    case CU_TENSOR_MAP_DATA_TYPE_BFLOAT16: return 2;
    case CU_TENSOR_MAP_DATA_TYPE_FLOAT32: return 4;
    default: return 0;  // not used here
  }
}

inline unsigned swizzle_bytes(CUtensorMapSwizzle swizzle) {
  switch (swizzle) {
    case CU_TENSOR_MAP_SWIZZLE_NONE: return 256 * 16;  // the box alone bounds it
    case CU_TENSOR_MAP_SWIZZLE_32B: return 32;
    case CU_TENSOR_MAP_SWIZZLE_64B: return 64;
    case CU_TENSOR_MAP_SWIZZLE_128B: return 128;
    default: return 0;
  }
}

// The limits in the documentation of cuTensorMapEncodeTiled.
inline bool encodable(const stub_tensor_map& map) {
  const auto in = [](unsigned long long value, unsigned long long last) {
    return value >= 1 && value <= last;
  };
  const unsigned box_bytes = map.box_columns * element_bytes(map.type);
  return map.address != 0 && map.address % 16 == 0 &&                //
         in(map.columns, 1ull << 32) && in(map.rows, 1ull << 32) &&  //
         map.row_stride % 16 == 0 && map.row_stride < 1ull << 40 &&
         map.row_stride >= map.columns * element_bytes(map.type) &&  //
         in(map.box_columns, 256) && in(map.box_rows, 256) &&        //
         box_bytes % 16 == 0 && in(box_bytes, swizzle_bytes(map.swizzle));
}

// The error of a launch whose kernel may use `shared_limit` bytes, or CUDA_SUCCESS.
inline CUresult refuse(const stub_launch& launch, int shared_limit) {
  for (size_t i = 0; i < 3; ++i) {
    if (launch.grid[i] == 0 || launch.block[i] == 0) return CUDA_ERROR_INVALID_VALUE;
    if (launch.cluster[i] == 0 || launch.grid[i] % launch.cluster[i] != 0)
      return CUDA_ERROR_INVALID_CLUSTER_SIZE;
  }
  const auto volume = [](const std::array<unsigned, 3>& size) {
    return size[0] * size[1] * size[2];
  };
  if (volume(launch.cluster) > kMaxPortableCluster) return CUDA_ERROR_INVALID_CLUSTER_SIZE;
  const bool fits = volume(launch.block) <= kMaxThreads && launch.grid[1] <= kMaxGridY &&
                    launch.shared_bytes <= static_cast<unsigned>(shared_limit);
  return fits ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace stub

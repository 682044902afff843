// The driver functions that the library calls, except those of the other files of this folder.

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/stub_driver/stub_limits.h"
#include "tests/stub_driver/stub_state.h"

using namespace stub;

namespace {

constexpr int kVersion = 13020;  // 1000 * major + 10 * minor

stub_tensor_map decoded(const void* map) {
  stub_tensor_map result;
  std::memcpy(&result, map, sizeof(result));
  return result;
}

// A kernel's parameters are known by its page, which an image of the tests' compilers holds.
void decode_parameters(const std::string& image, void** parameters, stub_launch* launch) {
  launch->quantizer = image.find("<jitgemm/quantize.h>") != image.npos;
  if (launch->quantizer) {
    launch->quantize = *static_cast<const jitgemm::QuantizeParams*>(parameters[0]);
    return;
  }
  launch->params = *static_cast<const jitgemm::Params*>(parameters[0]);
  launch->a = decoded(parameters[1]);
  launch->b = decoded(parameters[2]);
  launch->d = decoded(parameters[3]);
  launch->s = decoded(parameters[4]);
}

stub_launch described(const CUlaunchConfig& config) {
  stub_launch launch = {};
  launch.device = current_device();
  launch.grid = {config.gridDimX, config.gridDimY, config.gridDimZ};
  launch.block = {config.blockDimX, config.blockDimY, config.blockDimZ};
  launch.cluster = {1, 1, 1};
  launch.attributes = config.numAttrs;
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const CUlaunchAttribute& attribute = config.attrs[i];
    const auto& [x, y, z] = attribute.value.clusterDim;
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) launch.cluster = {x, y, z};
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
      launch.pdl = attribute.value.programmaticStreamSerializationAllowed != 0;
  }
  launch.shared_bytes = config.sharedMemBytes;
  launch.stream = config.hStream;
  return launch;
}

CUresult run(State& s, const CUlaunchConfig& config, CUfunction function, void** parameters) {
  if (!is_device(s, current_device())) return CUDA_ERROR_INVALID_CONTEXT;
  Library* const library = find(s, function);
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  stub_launch launch = described(config);
  decode_parameters(library->image, parameters, &launch);
  const auto granted = library->shared_bytes_on.find(current_device());
  const int shared_limit =
      granted == library->shared_bytes_on.end() ? kDefaultSharedBytes : granted->second;
  if (const CUresult refusal = refuse(launch, shared_limit); refusal != CUDA_SUCCESS)
    return refusal;

  launch.library = library_of(function);
  launch.loaded_by_launch = !library->loaded_in.contains(current_context_id);
  library->loaded_in.insert(current_context_id);
  if (s.recording) s.launches.push_back(launch);
  return CUDA_SUCCESS;
}

}  // namespace

CUresult cuInit(unsigned flags) {
  return Call("cuInit", "{}", flags).run([](State& s) {
    s.initialised = true;
    return s.devices.empty() ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS;
  });
}

CUresult cuDriverGetVersion(int* version) {
  return Call("cuDriverGetVersion", "").run([&](State&) { *version = kVersion; });
}

CUresult cuDeviceGetCount(int* count) {
  return Call("cuDeviceGetCount", "").run([&](State& s) {
    *count = static_cast<int>(s.devices.size());
  });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return Call("cuDeviceGet", "{}", ordinal).run([&](State& s) {
    if (!is_device(s, ordinal)) return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetName(char* name, int capacity, CUdevice device) {
  return Call("cuDeviceGetName", "device {}", device).run([&](State& s) {
    if (!is_device(s, device)) return CUDA_ERROR_INVALID_DEVICE;
    std::snprintf(name, static_cast<size_t>(capacity), "%s", s.devices[device].name.c_str());
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  return Call("cuDeviceGetAttribute", "attribute {}, device {}", static_cast<int>(attribute),
              device)
      .run([&](State& s) {
        if (!is_device(s, device)) return CUDA_ERROR_INVALID_DEVICE;
        const Device& asked = s.devices[device];
        switch (attribute) {
          case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *value = asked.sms; break;
          case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = asked.major; break;
          case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *value = asked.minor; break;
          default: return CUDA_ERROR_INVALID_VALUE;
        }
        return CUDA_SUCCESS;
      });
}

CUresult cuLibraryLoadData(CUlibrary* library, const void* code, CUjit_option*, void**,
                           unsigned jit_options, CUlibraryOption*, void**, unsigned options) {
  return Call("cuLibraryLoadData", "{} options", jit_options + options).run([&](State& s) {
    if (const CUresult no = forbidden_by_capture(s); no != CUDA_SUCCESS) return no;
    const char* const image = static_cast<const char*>(code);
    s.libraries.push_back({.image = std::string(image, image_bytes(image))});
    *library = of_library<CUlibrary>(s.libraries.size(), kLibraryTag);
    return CUDA_SUCCESS;
  });
}

CUresult cuLibraryUnload(CUlibrary library) {
  return Call("cuLibraryUnload", "library {}", library_of(library)).run([&](State& s) {
    Library* const found = find(s, library);
    if (found == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (const CUresult no = forbidden_by_capture(s); no != CUDA_SUCCESS) return no;
    found->live = false;
    return CUDA_SUCCESS;
  });
}

CUresult cuLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name) {
  return Call("cuLibraryGetKernel", "library {}, {}", library_of(library), name).run([&](State& s) {
    if (find(s, library) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (std::string_view(name) != "jitgemm_kernel") return CUDA_ERROR_NOT_FOUND;
    *kernel = of_library<CUkernel>(library_of(library), kKernelTag);
    return CUDA_SUCCESS;
  });
}

CUresult cuKernelGetFunction(CUfunction* function, CUkernel kernel) {
  return Call("cuKernelGetFunction", "kernel {}", library_of(kernel)).run([&](State& s) {
    Library* const library = find(s, kernel);
    if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (!is_device(s, current_device())) return CUDA_ERROR_INVALID_CONTEXT;
    if (const CUresult no = forbidden_by_capture(s); no != CUDA_SUCCESS) return no;
    library->loaded_in.insert(current_context_id);
    *function = of_library<CUfunction>(library_of(kernel), kFunctionTag);
    return CUDA_SUCCESS;
  });
}

CUresult cuKernelSetAttribute(CUfunction_attribute attribute, int value, CUkernel kernel,
                              CUdevice device) {
  return Call("cuKernelSetAttribute", "attribute {} = {}, kernel {}, device {}",
              static_cast<int>(attribute), value, library_of(kernel), device)
      .run([&](State& s) {
        Library* const library = find(s, kernel);
        if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
        if (!is_device(s, device)) return CUDA_ERROR_INVALID_DEVICE;
        if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
            value > kMaxSharedBytes)
          return CUDA_ERROR_INVALID_VALUE;
        library->shared_bytes_on[device] = value;
        return CUDA_SUCCESS;
      });
}

CUresult cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank,
                                void* address, const cuuint64_t* dimensions,
                                const cuuint64_t* strides, const cuuint32_t* box,
                                const cuuint32_t* element_strides, CUtensorMapInterleave interleave,
                                CUtensorMapSwizzle swizzle, CUtensorMapL2promotion promotion,
                                CUtensorMapFloatOOBfill fill) {
  if (idle.load(std::memory_order_relaxed)) return CUDA_SUCCESS;
  const stub_tensor_map asked = {.address = number(address),
                                 .columns = dimensions[0],
                                 .rows = dimensions[1],
                                 .row_stride = strides[0],
                                 .box_columns = box[0],
                                 .box_rows = box[1],
                                 .type = type,
                                 .swizzle = swizzle,
                                 .promotion = promotion,
                                 .fill = fill};
  return Call("cuTensorMapEncodeTiled", "{} x {} at {:#x}, row stride {}, box {} x {}",
              asked.columns, asked.rows, asked.address, asked.row_stride, asked.box_columns,
              asked.box_rows)
      .run([&](State&) {
        static_assert(sizeof(asked) <= sizeof(CUtensorMap));
        const bool plain = rank == 2 && interleave == CU_TENSOR_MAP_INTERLEAVE_NONE &&
                           element_strides[0] == 1 && element_strides[1] == 1;
        if (!plain || number(map) % 64 != 0 || !encodable(asked)) return CUDA_ERROR_INVALID_VALUE;
        std::memset(map, 0, sizeof(CUtensorMap));
        std::memcpy(map, &asked, sizeof(asked));
        return CUDA_SUCCESS;
      });
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters,
                          void**) {
  if (idle.load(std::memory_order_relaxed)) return CUDA_SUCCESS;
  return Call("cuLaunchKernelEx", "kernel {}, grid {} x {} x {}", library_of(function),
              config->gridDimX, config->gridDimY, config->gridDimZ)
      .run([&](State& s) {
        const bool of_module = library_of(function) == 0;
        const CUresult result = of_module ? CUDA_SUCCESS : run(s, *config, function, parameters);
        if (result == CUDA_SUCCESS) spend(s, *config, of_module ? 4 : 8);
        return result;
      });
}

#include "src/device/driver.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace jitgemm::device {
namespace {

Status no_gpu() {
  return {StatusCode::kMissing,
          "the CUDA driver shows no GPU: nvidia-smi must list one, CUDA_VISIBLE_DEVICES must not "
          "hide it, a container must be given it"};
}

}  // namespace

Driver::Driver(SharedLibrary library) : library_(std::move(library)) {}

// Fills the table. Returns the name of the first function that the library lacks, or nullptr.
const char* Driver::look_up() {
  const char* missing = nullptr;
#define JITGEMM_NAME(name) #name
#define JITGEMM_LOOK_UP(name)                                                  \
  api_.name = reinterpret_cast<decltype(&::name)>(symbol(JITGEMM_NAME(name))); \
  if (api_.name == nullptr && missing == nullptr) missing = JITGEMM_NAME(name);
  JITGEMM_DRIVER_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
#undef JITGEMM_NAME
  return missing;
}

Status Driver::initialise() {
  const CUresult result = api_.cuInit(0);
  if (result == CUDA_ERROR_NO_DEVICE) return no_gpu();
  if (Status status = check(result, "cuInit"); !status.ok()) return status;
  int gpus = 0;
  if (Status status = check(api_.cuDeviceGetCount(&gpus), "cuDeviceGetCount"); !status.ok())
    return status;
  if (gpus == 0) return no_gpu();
  return check(api_.cuDriverGetVersion(&version_), "cuDriverGetVersion");
}

Result<std::shared_ptr<const Driver>> Driver::open(const std::string& path) {
  Result<SharedLibrary> library = SharedLibrary::open(
      "the CUDA driver", std::vector<std::string>{path.empty() ? "libcuda.so.1" : path});
  if (!library.ok()) return library.status();

  std::shared_ptr<Driver> driver(new Driver(*std::move(library)));
  if (const char* missing = driver->look_up())
    return Status(StatusCode::kMissing,
                  fmt::format("{} has no function {}: a driver for CUDA 12.0 or newer is needed",
                              driver->path(), missing));
  if (Status status = driver->initialise(); !status.ok()) return status;
  return std::shared_ptr<const Driver>(std::move(driver));
}

Status Driver::check(CUresult result, const char* call) const {
  if (result == CUDA_SUCCESS) return {};
  const char *name = nullptr, *text = nullptr;
  api_.cuGetErrorName(result, &name);
  api_.cuGetErrorString(result, &text);
  return {StatusCode::kDriverError,
          name == nullptr
              ? fmt::format("{} failed: error {}", call, static_cast<int>(result))
              : fmt::format("{} failed: {} ({})", call, name, text == nullptr ? "" : text)};
}

}  // namespace jitgemm::device

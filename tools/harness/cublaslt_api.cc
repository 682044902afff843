#include "tools/harness/cublaslt_api.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "src/base/shared_library.h"

namespace jitgemm::harness {

Result<CublasLtApi> CublasLtApi::open() {
  const Result<SharedLibrary> library = SharedLibrary::open(
      "libcublasLt",
      std::vector<std::string>{"libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.13",
                               "libcublasLt.so.12", "/usr/local/cuda/lib64/libcublasLt.so.12"});
  if (!library.ok()) return library.status();

  CublasLtApi api{};
  const char* lacking = nullptr;
#define JITGEMM_LOOK_UP(result, name, parameters)                          \
  api.name = reinterpret_cast<decltype(api.name)>(library->symbol(#name)); \
  if (!api.name) lacking = #name;
  JITGEMM_CUBLASLT_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
  if (lacking) return Status(StatusCode::kMissing, fmt::format("libcublasLt has no {}", lacking));
  return api;
}

}  // namespace jitgemm::harness

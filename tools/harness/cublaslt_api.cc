#include "tools/harness/cublaslt_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>
#include <type_traits>

namespace jitgemm::harness {
namespace {

constexpr const char* kNames[] = {"libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.13",
                                  "libcublasLt.so.12", "/usr/local/cuda/lib64/libcublasLt.so.12"};

}  // namespace

Result<CublasLtApi> CublasLtApi::open() {
  void* library = nullptr;
  std::string looked_for;
  for (const char* name : kNames) {
    library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library) break;
    const char* reason = dlerror();
    looked_for += fmt::format("{}: {}\n", name, reason ? reason : "not found");
  }
  if (!library) return Status(StatusCode::kMissing, "libcublasLt was not found", looked_for);

  CublasLtApi api{};
  const char* lacking = nullptr;
  const auto resolve = [&](auto& member, const char* symbol) {
    member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(dlsym(library, symbol));
    if (!member) lacking = symbol;
  };
  resolve(api.cublasLtCreate, "cublasLtCreate");
  resolve(api.cublasLtDestroy, "cublasLtDestroy");
  resolve(api.cublasLtGetVersion, "cublasLtGetVersion");
  resolve(api.cublasLtMatmulDescCreate, "cublasLtMatmulDescCreate");
  resolve(api.cublasLtMatmulDescDestroy, "cublasLtMatmulDescDestroy");
  resolve(api.cublasLtMatmulDescSetAttribute, "cublasLtMatmulDescSetAttribute");
  resolve(api.cublasLtMatrixLayoutCreate, "cublasLtMatrixLayoutCreate");
  resolve(api.cublasLtMatrixLayoutDestroy, "cublasLtMatrixLayoutDestroy");
  resolve(api.cublasLtMatmulPreferenceCreate, "cublasLtMatmulPreferenceCreate");
  resolve(api.cublasLtMatmulPreferenceDestroy, "cublasLtMatmulPreferenceDestroy");
  resolve(api.cublasLtMatmulPreferenceSetAttribute, "cublasLtMatmulPreferenceSetAttribute");
  resolve(api.cublasLtMatmulAlgoGetHeuristic, "cublasLtMatmulAlgoGetHeuristic");
  resolve(api.cublasLtMatmul, "cublasLtMatmul");
  if (lacking) return Status(StatusCode::kMissing, fmt::format("libcublasLt has no {}", lacking));
  return api;
}

}  // namespace jitgemm::harness

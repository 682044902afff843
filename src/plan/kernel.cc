#include "src/plan/kernel.h"

#include "src/plan/config_name.h"
#include "src/plan/quantizer.h"

namespace jitgemm::plan {

std::string name_of(const Kernel& kernel) {
  if (const auto* quantizer = std::get_if<QuantizeDesc>(&kernel)) return shape_name(*quantizer);
  return std::get<KernelConfig>(kernel).name();
}

int shared_bytes_of(const Kernel& kernel) {
  const auto* gemm = std::get_if<KernelConfig>(&kernel);
  return gemm == nullptr ? 0 : gemm->shared_bytes();
}

bool is_generic(const Kernel& kernel) {
  const auto* gemm = std::get_if<KernelConfig>(&kernel);
  return gemm != nullptr && gemm->generic();
}

Result<Kernel> any_kernel_named(std::string_view name) {
  if (Result<QuantizeDesc> quantizer = parse_quantizer_name(name); quantizer.ok())
    return Kernel(*quantizer);
  const Result<KernelConfig> gemm = kernel_named(name);
  if (!gemm.ok()) return gemm.status();
  return Kernel(*gemm);
}

}  // namespace jitgemm::plan

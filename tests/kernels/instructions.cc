#include "tests/kernels/instructions.h"

#include <elf.h>

#include <cstring>

#include <fmt/format.h>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/plan/device_model.h"
#include "src/plan/generic.h"
#include "src/plan/plan.h"
#include "src/runtime/tables.h"

namespace jitgemm {

Configs configs_of(const GemmDesc& shape) {
  const plan::DeviceModel h200 = plan::known_devices().front();
  const Tables tables = *open_tables({}, true);
  Configs configs;
  for (plan::Chain chain : {plan::Chain::kPlain, plan::Chain::kPdl})
    for (bool invariant : {false, true}) {
      for (std::span<const plan::TuningTable> asked :
           {std::span(tables).first(0), std::span(tables)})
        for (const plan::KernelConfig& config :
             plan::kernels_for(shape, 8192, h200,
                               {.chain = chain, .batch_invariant = invariant, .tables = asked}))
          configs.emplace(config.name(), config);
    }
  return configs;
}

Configs generic_configs() {
  Configs configs;
  for (const plan::Range& range : plan::generic_ranges())
    configs.emplace(range.config.name(), range.config);
  return configs;
}

Configs quantizers() {
  using Op = QuantizeOp;
  Configs configs;
  for (const QuantizeDesc& desc : std::initializer_list<QuantizeDesc>{
           {.k = 7168},
           {.k = 400, .x_type = ElementType::kFp16, .ue8m0 = true},
           {.k = 2304, .x_type = ElementType::kFp32},
           {.op = Op::kSiluMul, .k = 2048},
           {.op = Op::kSiluMul, .k = 2304, .up_first = true, .limit = 7},
           {.op = Op::kGeluMul, .k = 2048, .ue8m0 = true},
           {.op = Op::kRmsNorm, .k = 7168},
           {.op = Op::kRmsNorm, .k = 7168, .residual = true},
           {.op = Op::kRmsNorm, .k = 400, .ue8m0 = true, .residual = true},
           {.op = Op::kRmsNorm, .k = 16384, .weight_type = ElementType::kFp32, .residual = true}})
    configs.emplace(plan::name_of(desc), desc);
  return configs;
}

std::string instructions_of(std::string_view cubin) {
  Elf64_Ehdr file;
  if (cubin.size() < sizeof file) return {};
  std::memcpy(&file, cubin.data(), sizeof file);
  const auto section = [&](size_t i) {
    Elf64_Shdr header;
    std::memcpy(&header, cubin.data() + file.e_shoff + i * file.e_shentsize, sizeof header);
    return header;
  };
  const Elf64_Shdr names = section(file.e_shstrndx);
  for (size_t i = 0; i < file.e_shnum; ++i) {
    const Elf64_Shdr header = section(i);
    const std::string_view name = cubin.data() + names.sh_offset + header.sh_name;
    if (name != fmt::format(".text.{}", codegen::kKernelSymbol)) continue;
    return codegen::digest(cubin.substr(header.sh_offset, header.sh_size));
  }
  return {};
}

std::string kernel_line(const plan::Kernel& kernel, const compile::Compiled& compiled) {
  return fmt::format("{} {} {}", plan::name_of(kernel), compiled.ptxas.registers,
                     instructions_of(compiled.cubin));
}

std::string shape_line(std::string_view shape, const std::vector<std::string>& kernel_lines) {
  std::string all;
  for (const std::string& line : kernel_lines) all += codegen::sized(line);
  return fmt::format("{} {} {}", shape, kernel_lines.size(), codegen::digest(all));
}

}  // namespace jitgemm

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/codegen/source.h"
#include "src/plan/quantizer.h"

namespace jitgemm::codegen {
namespace {

constexpr const char* kElements[] = {"Bf16", "Fp16", "Fp32"};  // by ElementType

// As policies() of a GEMM: each header defines one struct or function of a fixed name. A new
// activation or kind of scale is one file in kernels/quantize and one line here.
std::vector<std::string_view> policies(const QuantizeDesc& desc) {
  std::vector<std::string_view> files = {desc.ue8m0 ? "scale_ue8m0" : "scale_fp32"};
  switch (desc.op) {
    case QuantizeOp::kQuantize: files.insert(files.end(), {"source_plain", "tokens"}); break;
    case QuantizeOp::kSiluMul: files.insert(files.end(), {"silu", "source_gated", "tokens"}); break;
    case QuantizeOp::kGeluMul: files.insert(files.end(), {"gelu", "source_gated", "tokens"}); break;
    case QuantizeOp::kRmsNorm: files.push_back("norm"); break;
  }
  return files;
}

std::string constants(const QuantizeDesc& desc) {
  std::string text = fmt::format("constexpr int kK = {};\n", desc.k);
  if (desc.op == QuantizeOp::kQuantize)
    text += fmt::format("using X = {};\n", kElements[static_cast<int>(desc.x_type)]);
  else if (desc.op == QuantizeOp::kRmsNorm)
    text += fmt::format("using Weight = {};\nconstexpr bool kResidual = {};\n",
                        kElements[static_cast<int>(desc.weight_type)], desc.residual);
  else
    text += fmt::format("constexpr bool kUpFirst = {};\nconstexpr float kLimit = {};\n",
                        desc.up_first, desc.limit);
  return text;
}

}  // namespace

Source generate(const QuantizeDesc& desc) {
  std::string text = fmt::format(
      "// {}\n#include <jitgemm/quantize.h>\nusing namespace jitgemm;\n"
      "#include <jitgemm/quantize/elements.cuh>\n{}",
      plan::shape_name(desc), constants(desc));
  for (std::string_view file : policies(desc))
    text += fmt::format("#include <jitgemm/quantize/{}.cuh>\n", file);
  return source_of(std::move(text));
}

}  // namespace jitgemm::codegen

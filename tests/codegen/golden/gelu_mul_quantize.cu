// gelu_mul_quantize_k2304_bf16_upfirst_limit6.5
#include <jitgemm/quantize.h>
using namespace jitgemm;
#include <jitgemm/quantize/elements.cuh>
constexpr int kK = 2304;
constexpr bool kUpFirst = true;
constexpr float kLimit = 6.5;
#include <jitgemm/quantize/scale_fp32.cuh>
#include <jitgemm/quantize/gelu.cuh>
#include <jitgemm/quantize/source_gated.cuh>
#include <jitgemm/quantize/tokens.cuh>

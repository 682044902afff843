// silu_mul_quantize_k2048_bf16
#include <jitgemm/quantize.h>
using namespace jitgemm;
#include <jitgemm/quantize/elements.cuh>
constexpr int kK = 2048;
constexpr bool kUpFirst = false;
constexpr float kLimit = 0;
#include <jitgemm/quantize/scale_fp32.cuh>
#include <jitgemm/quantize/silu.cuh>
#include <jitgemm/quantize/source_gated.cuh>
#include <jitgemm/quantize/tokens.cuh>

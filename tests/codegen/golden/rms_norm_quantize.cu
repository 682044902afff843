// rms_norm_quantize_k7168_bf16_residual
#include <jitgemm/quantize.h>
using namespace jitgemm;
#include <jitgemm/quantize/elements.cuh>
constexpr int kK = 7168;
using Weight = Bf16;
constexpr bool kResidual = true;
#include <jitgemm/quantize/scale_fp32.cuh>
#include <jitgemm/quantize/norm.cuh>

// quantize_k400_fp32_ue8m0
#include <jitgemm/quantize.h>
using namespace jitgemm;
#include <jitgemm/quantize/elements.cuh>
constexpr int kK = 400;
using X = Fp32;
#include <jitgemm/quantize/scale_ue8m0.cuh>
#include <jitgemm/quantize/source_plain.cuh>
#include <jitgemm/quantize/tokens.cuh>

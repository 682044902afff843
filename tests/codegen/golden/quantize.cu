// quantize_k7168_bf16
#include <jitgemm/quantize.h>
using namespace jitgemm;
#include <jitgemm/quantize/elements.cuh>
constexpr int kK = 7168;
using X = Bf16;
#include <jitgemm/quantize/scale_fp32.cuh>
#include <jitgemm/quantize/source_plain.cuh>
#include <jitgemm/quantize/tokens.cuh>

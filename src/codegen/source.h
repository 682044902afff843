// From a config to a CUDA source: a page of constants and one include. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/plan/kernel.h"

namespace jitgemm::codegen {

// A header that the page may include, by the name it is included as.
struct Header {
  std::string_view name;  // "jitgemm/gemm_swapped.cuh"
  std::string_view text;
};

// The device headers embedded at build time, in order of name.
std::span<const Header> device_headers();

// A header that is made for a kernel.
struct GeneratedHeader {
  std::string name, text;
};

// <jitgemm/ptx/wgmma_n<N>.cuh> with multiply_add() for the instruction m64n<N>k32, whose text names
// its N/2 accumulator registers. n: 8..256, a multiple of 8.
GeneratedHeader wgmma_header(int n);

struct Source {
  std::string text;                                       // the page
  std::vector<Header> headers;                            // that it reaches, in order of name
  std::shared_ptr<const GeneratedHeader> generated = {};  // owns the text of one of them
};

// The symbol of every kernel.
constexpr std::string_view kKernelSymbol = "jitgemm_kernel";

// The page `text` with the headers that it reaches, of which `generated`, if any, is one.
Source source_of(std::string text, std::shared_ptr<const GeneratedHeader> generated = {});

Source generate(const plan::KernelConfig& config);
Source generate(const QuantizeDesc& desc);
Source generate(const plan::Kernel& kernel);

}  // namespace jitgemm::codegen

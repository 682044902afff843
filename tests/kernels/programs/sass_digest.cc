// sass_digest [SHAPES.csv [FOLDER]]: prints what tests/kernels/instructions.txt holds: the
// compiler, then a line for each shape that the tests compile, for the generic kernels, and for the
// dense shapes of the file (columns N, K, kind). With a folder, the lines of the single kernels
// instead, and their cubins go to FOLDER/<kernel>.cubin, for tests/gpu/programs/compare_kernels.
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/plan/desc.h"
#include "tests/kernels/instructions.h"
#include "tests/kernels/shapes.h"

namespace jitgemm {
namespace {

std::string compile(const plan::Kernel& kernel, compile::Nvrtc& nvrtc, const std::string& folder) {
  const auto compiled = nvrtc.compile(codegen::generate(kernel), codegen::compile_options());
  const std::string name = plan::name_of(kernel);
  if (!compiled.ok()) return name + " does not compile";
  if (!folder.empty())
    std::ofstream(folder + "/" + name + ".cubin", std::ios::binary) << compiled->cubin;
  return kernel_line(kernel, *compiled);
}

// The lines of all kernels of a shape, in order of name, compiled on all cores.
std::vector<std::string> lines_of(const Configs& configs, compile::Nvrtc& nvrtc,
                                  const std::string& folder) {
  std::vector<plan::Kernel> kernels;
  for (const auto& [name, config] : configs) kernels.push_back(config);
  std::vector<std::string> lines(kernels.size());
  std::atomic<size_t> next = 0;
  std::vector<std::jthread> threads(std::thread::hardware_concurrency());
  for (std::jthread& thread : threads)
    thread = std::jthread([&] {
      for (size_t i = next++; i < kernels.size(); i = next++)
        lines[i] = compile(kernels[i], nvrtc, folder);
    });
  threads.clear();
  return lines;
}

}  // namespace
}  // namespace jitgemm

int main(int argc, char** argv) {
  using namespace jitgemm;
  const std::string folder = argc > 2 ? argv[2] : "";
  auto nvrtc = compile::Nvrtc::open({});
  if (!nvrtc.ok()) return fmt::print(stderr, "{}\n", nvrtc.status().message()), 3;
  std::map<std::string, Configs> all = {{"generic", generic_configs()},
                                        {"quantizers", quantizers()}};
  for (const GemmDesc& shape : kRepresentativeShapes)
    all.emplace(plan::shape_name(shape), configs_of(shape));
  if (argc > 1)
    for (const GemmDesc& shape : shapes_of(argv[1]))
      all.emplace(plan::shape_name(shape), configs_of(shape));
  fmt::print("{}\n", (*nvrtc)->build());
  for (const auto& [shape, configs] : all) {
    const std::vector<std::string> lines = lines_of(configs, **nvrtc, folder);
    if (folder.empty()) fmt::print("{}\n", shape_line(shape, lines));
    for (const std::string& line : lines)
      if (!folder.empty()) fmt::print("{}\n", line);
  }
  return 0;
}

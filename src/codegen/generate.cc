#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "kernels/layout.h"
#include "src/codegen/source.h"

namespace jitgemm::codegen {
namespace {

// The names between < and > of every #include line.
std::vector<std::string_view> includes_of(std::string_view text) {
  constexpr std::string_view kInclude = "#include <";
  std::vector<std::string_view> names;
  for (size_t at = text.find(kInclude); at != text.npos; at = text.find(kInclude, at)) {
    at += kInclude.size();
    names.push_back(text.substr(at, text.find('>', at) - at));
  }
  return names;
}

const Header* find(std::string_view name, const Header& generated) {
  if (name == generated.name) return &generated;
  const std::span<const Header> all = device_headers();
  const auto at = std::ranges::find(all, name, &Header::name);
  return at == all.end() ? nullptr : &*at;
}

// Collects the headers that `text` includes, directly or through others: only they are in the key.
void collect(std::string_view text, const Header& generated, std::vector<Header>* reached) {
  for (std::string_view name : includes_of(text)) {
    const bool known = std::ranges::find(*reached, name, &Header::name) != reached->end();
    const Header* header = known ? nullptr : find(name, generated);
    if (header == nullptr) continue;
    reached->push_back(*header);
    collect(header->text, generated, reached);
  }
}

// The policies of a kernel: each header defines one struct or function of a fixed name. A new scale
// kind or epilogue is one file in kernels/ and one line here.
std::vector<std::string_view> policies(const plan::KernelConfig& c) {
  const bool swapped = c.form == Form::kSwapped;
  return {swapped && !tokens_on_m(c.tile_m) ? "fragment/tokens_on_n" : "fragment/tokens_on_m",
          swapped ? "schedule/one_tile" : "schedule/raster",
          "load/activations_tma",
          swapped ? "load/weights_early" : "load/weights_tma",
          swapped ? "scale/block_in_ring" : "scale/block_in_groups",
          c.bias == BiasType::kNone ? "epilogue/none" : "epilogue/bias",
          swapped ? "gemm_swapped" : "gemm_normal"};
}

std::string page(const plan::KernelConfig& c, const Header& wgmma) {
  const bool swapped = c.form == Form::kSwapped;
  std::string text =
      fmt::format("// {}\n#include <jitgemm/layout.h>\nusing namespace jitgemm;\n", c.name());
  text += fmt::format("constexpr int kN = {}, kK = {};{}\n", c.n, c.k,
                      c.generic() ? "  // both come with the launch" : "");
  text += fmt::format("constexpr int kTileM = {}, kTileN = {}, kStages = {};\n", c.tile_m, c.tile_n,
                      c.stages);
  text += fmt::format("constexpr int kSplit = {}, kKBlocks = {}, kBlocksPerSm = {};\n", c.split,
                      c.k_blocks, c.blocks_per_sm);
  text += swapped ? fmt::format(
                        "constexpr bool kFillRing = {};\n"
                        "constexpr auto kLayout = swapped_layout(kTileM, kTileN, kSplit, "
                        "kKBlocks, kStages, kFillRing);\n",
                        c.fill_ring)
                  : fmt::format(
                        "constexpr int kWarpgroups = {};\n"
                        "constexpr auto kLayout = normal_layout(kTileM, kTileN, "
                        "kWarpgroups, kStages, kK);\n",
                        c.warpgroups);
  if (c.bias != BiasType::kNone)
    text +=
        fmt::format("using Bias = {};\n", c.bias == BiasType::kBf16 ? "unsigned short" : "float");
  text += fmt::format("#include <{}>\n", wgmma.name);
  for (std::string_view policy : policies(c))
    text += fmt::format("#include <jitgemm/{}.cuh>\n", policy);
  return text;
}

}  // namespace

Source source_of(std::string text, std::shared_ptr<const GeneratedHeader> generated) {
  Source source{.text = std::move(text), .headers = {}, .generated = std::move(generated)};
  const Header made =
      source.generated ? Header{source.generated->name, source.generated->text} : Header{};
  collect(source.text, made, &source.headers);
  std::ranges::sort(source.headers, {}, &Header::name);
  return source;
}

Source generate(const plan::KernelConfig& config) {
  auto wgmma = std::make_shared<const GeneratedHeader>(wgmma_header(config.wgmma_columns()));
  std::string text = page(config, {wgmma->name, wgmma->text});
  return source_of(std::move(text), std::move(wgmma));
}

Source generate(const plan::Kernel& kernel) {
  return std::visit([](const auto& each) { return generate(each); }, kernel);
}

}  // namespace jitgemm::codegen

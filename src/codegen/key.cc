#include "src/codegen/key.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace jitgemm::codegen {
namespace {

// Raised when the meaning of a key's text changes.
constexpr int kSchema = 1;

}  // namespace

std::vector<std::string> compile_options() {
  // A real architecture, so that NVRTC makes a cubin and the driver does not compile; -v for the
  // report of registers and spills; --minimal leaves out NVRTC's own headers. --Ofast-compile is
  // not used because it serialises wgmma.
  return {"-arch=sm_90a", "-std=c++17", "-default-device", "--minimal", "--ptxas-options=-v"};
}

std::string digest(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string sized(std::string_view text) { return fmt::format("{}:{}", text.size(), text); }

std::string digest(const std::vector<Header>& headers) {
  std::string all;
  for (const Header& header : headers) all += sized(header.name) + sized(header.text);
  return digest(all);
}

Key make_key(const Source& source) {
  Key key;
  key.what = fmt::format("jitgemm kernel\nschema {}\nsymbol {}\n", kSchema, kKernelSymbol);
  for (const std::string& option : compile_options())
    key.what += fmt::format("option {}\n", option);
  for (const Header& header : source.headers) key.what += fmt::format("header {}\n", header.name);
  key.what += fmt::format("headers {}\nsource {}\n{}", digest(source.headers), source.text.size(),
                          source.text);
  key.what_digest = digest(key.what);
  return key;
}

std::string builder_digest(std::string_view nvrtc_build) {
  return digest(nvrtc_build).substr(0, 16);
}

}  // namespace jitgemm::codegen

#include "src/codegen/key.h"

#include <fmt/format.h>

#include "src/codegen/digest.h"

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

Key make_key(const Source& source) {
  Key key;
  key.what = fmt::format("jitgemm kernel\nschema {}\nsymbol {}\n", kSchema, kKernelSymbol);
  for (const std::string& option : compile_options())
    key.what += fmt::format("option {}\n", option);
  for (const Header& header : source.headers) key.what += fmt::format("header {}\n", header.name);
  key.what +=
      fmt::format("headers {}\nsource {}\n{}", source.digest, source.text.size(), source.text);
  key.what_digest = digest(key.what);
  return key;
}

std::string builder_digest(std::string_view nvrtc_build) {
  return digest(nvrtc_build).substr(0, 16);
}

}  // namespace jitgemm::codegen

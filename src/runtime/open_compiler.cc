#include "src/runtime/open_compiler.h"

#include "src/compile/nvrtc.h"

namespace jitgemm {

Result<std::shared_ptr<compile::Compiler>> open_compiler(const Options& options) {
  Result<std::shared_ptr<compile::Nvrtc>> nvrtc = compile::Nvrtc::open(options.nvrtc_path);
  if (!nvrtc.ok()) return nvrtc.status();
  return std::shared_ptr<compile::Compiler>(*std::move(nvrtc));
}

}  // namespace jitgemm

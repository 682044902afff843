// NVRTC, opened at run time, as a Compiler.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <jitgemm/status.h>
#include "src/compile/compiler.h"
#include "src/compile/nvrtc_api.h"

namespace jitgemm::compile {

class Nvrtc final : public Compiler {
 public:
  // Opens `path`. If that is empty: the usual names in order (libnvrtc.so.13, .12, unversioned),
  // first as the loader finds them, then in the usual toolkit folders. Never unloads it.
  // Errors: kMissing: NVRTC is not found (the detail lists the paths tried), has no builtins
  // library, or is older than 12.3 (the message names its version).
  static Result<std::shared_ptr<Nvrtc>> open(const std::string& path);

  // "nvrtc 13.0 <build id of libnvrtc> <build id of libnvrtc-builtins>"
  const std::string& build() const override { return api_.build; }
  Result<Compiled> compile(const codegen::Source& source,
                           const std::vector<std::string>& options) override;

  const std::string& path() const { return api_.path; }         // the file that the loader opened
  std::pair<int, int> version() const { return api_.version; }  // {13, 0}

 private:
  explicit Nvrtc(NvrtcApi api) : api_(std::move(api)) {}
  const NvrtcApi api_;
};

}  // namespace jitgemm::compile

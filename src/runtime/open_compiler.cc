#include "src/runtime/open_compiler.h"

#include <string>
#include <utility>

#include "src/compile/compile_process.h"
#include "src/compile/compiler_pool.h"
#include "src/compile/nvrtc.h"
#include "src/base/log.h"

namespace jitgemm {

Result<std::shared_ptr<compile::Compiler>> open_compiler(const Options& options) {
  Result<std::shared_ptr<compile::Nvrtc>> opened = compile::Nvrtc::open(options.nvrtc_path);
  if (!opened.ok()) return opened.status();
  const std::shared_ptr<compile::Nvrtc> nvrtc = *std::move(opened);
  const std::string& command = options.compile_command;
  if (command.empty()) return std::shared_ptr<compile::Compiler>(nvrtc);
  auto start = [command, nvrtc] {
    return compile::CompileProcess::start(command, nvrtc->path(), nvrtc->build());
  };
  auto report = [command, log = options.log](const Status& reason) {
    log_line(log, LogLevel::kWarning, "compile_command,{},failed,reason={}", command,
             reason.message());
  };
  return std::shared_ptr<compile::Compiler>(
      std::make_shared<compile::CompilerPool>(nvrtc, std::move(start), std::move(report)));
}

}  // namespace jitgemm

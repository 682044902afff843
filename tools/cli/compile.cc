// jitgemm compile: what the library starts processes of, see Options::compile_command. In no help.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "src/compile/nvrtc.h"
#include "src/compile/requests.h"
#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

int compile(const Context& context) {
  struct stat input;
  if (::fstat(STDIN_FILENO, &input) != 0 || !S_ISSOCK(input.st_mode))
    return report({StatusCode::kInvalidArgument,
                   "compile answers the library over a socket, which its input is not"});
  const Result<std::shared_ptr<compile::Nvrtc>> nvrtc =
      compile::Nvrtc::open(context.library.nvrtc_path);
  if (!nvrtc.ok()) return report(nvrtc.status());
  compile::answer_requests(STDIN_FILENO, **nvrtc);
  std::_Exit(kOk);  // whoever asked is waiting for the end, and not for NVRTC to tidy up
}

}  // namespace

void add_compile(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("compile", "Compile for another process")->group("");
  command->callback([&context] { context.exit_code = compile(context); });
}

}  // namespace jitgemm::cli

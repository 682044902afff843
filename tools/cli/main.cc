// jitgemm: the command. Parses, dispatches to one subcommand, returns its exit code.
#include <fmt/format.h>
#include <sys/auxv.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <sstream>
#include <string>

#include <jitgemm/version.h>
#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

constexpr char kDescription[] =
    "FP8 GEMM kernels for Hopper GPUs: compiled for the shape at hand, and kept on disk.\n"
    "\n"
    "  D[M,N] = A[M,K] * B[N,K]^T    A, B: e4m3    D: bf16    scales: 1x128 of A, 128x128 of B\n";

constexpr char kEpilogue[] =
    "Examples:\n"
    "  jitgemm doctor                                   what this machine has, and what it lacks\n"
    "  jitgemm prewarm --model DeepSeek-V3 --tp 8       compile a model's kernels; needs no GPU\n"
    "  jitgemm prewarm --shapes shapes.csv --gpu H20    the shapes of a table, for another GPU\n"
    "  jitgemm explain --n 7168 --k 2048 --m 16 --candidates\n"
    "  jitgemm run --n 7168 --k 2048 --m 16             run one on this GPU and check the result\n"
    "  jitgemm cache verify                             check every entry on disk\n"
    "\n"
    "Exit codes:\n"
    "  0  ok    1  failed    2  the command line is wrong    3  the machine lacks what is named\n"
    "\n"
    "An option given wins over its variable. 'jitgemm COMMAND --help' explains one command.";

constexpr char kSharedOptions[] =
    "Here too: --cache-dir, --nvrtc, --driver, --log, --verbose, --json; see 'jitgemm --help'.";

// Lists a subcommand by the first line of its description.
class Formatter : public CLI::Formatter {
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string description = command->get_description();
    std::ostringstream line;
    CLI::detail::format_help(line, command->get_name(),
                             description.substr(0, description.find('\n')), column_width_);
    return line.str();
  }
};

// In the help of the command and of its own subcommands, before a footer that they may have.
void mention_shared_options(CLI::App* command) {
  command->footer([] { return std::string(kSharedOptions); });
  for (CLI::App* nested : command->get_subcommands({})) mention_shared_options(nested);
}

void add_subcommands(CLI::App& app, Context& context) {
  add_prewarm(app, context);
  add_run(app, context);
  add_bench(app, context);
  add_tune(app, context);
  add_explain(app, context);
  add_doctor(app, context);
  add_cache(app, context);
  for (CLI::App* command : app.get_subcommands({})) mention_shared_options(command);
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "jitgemm");
  Context context;
  context.command_line.assign(argv, argv + argc);
  app.formatter(std::make_shared<Formatter>());
  app.set_version_flag("--version", fmt::format("jitgemm {}", version()));
  app.require_subcommand(1);
  app.fallthrough();
  add_context_options(app, context);
  add_subcommands(app, context);
  app.footer(kEpilogue);  // not before: subcommands inherit it
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return context.exit_code;
}

}  // namespace
}  // namespace jitgemm::cli

int main(int argc, char** argv) {
  using namespace jitgemm::cli;
  // With other rights than its caller's, as by a setuid bit, the caller's environment has no say.
  if (getauxval(AT_SECURE) != 0) clearenv();
  try {
    const int code = run(argc, argv);
    // A result that could not be written, to a full disk say, is no success.
    const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return written || code != kOk ? code : kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "jitgemm: {}\n", error.what());
    return kFailed;
  }
}

// The command `jitgemm`: parses, runs one subcommand, returns its exit code.
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
    "FP8 GEMM kernels for Hopper GPUs, compiled at run time for each shape and cached on disk.\n"
    "\n"
    "  D[M,N] = A[M,K] * B[N,K]^T    A, B: e4m3    D: bf16    scales: 1x128 of A, 128x128 of B\n";

constexpr char kEpilogue[] =
    "Examples:\n"
    "  jitgemm doctor                                   what this machine has and what it lacks\n"
    "  jitgemm prewarm --model DeepSeek-V3 --tp 8       compile a model's kernels; needs no GPU\n"
    "  jitgemm prewarm --shapes shapes.csv --gpu H20    a table of shapes, for another GPU\n"
    "  jitgemm explain --n 7168 --k 2048 --m 16 --candidates\n"
    "  jitgemm run --n 7168 --k 2048 --m 16             run one GEMM here and check the result\n"
    "  jitgemm cache verify                             check every cached kernel\n"
    "\n"
    "Exit codes:\n"
    "  0  ok    1  failed    2  invalid command line    3  the machine lacks something, named\n"
    "\n"
    "An option wins over its environment variable. 'jitgemm COMMAND --help' explains one command.";

constexpr char kSharedOptions[] =
    "The options of 'jitgemm --help', such as --cache-dir, --log and --json, are accepted here "
    "too.";

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

// Adds a line to the help of a command and of its own subcommands.
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
  app.formatter(std::make_shared<Formatter>());
  app.set_version_flag("--version", fmt::format("jitgemm {}", version()));
  app.require_subcommand(1);
  app.fallthrough();
  add_context_options(app, context);
  add_subcommands(app, context);
  app.footer(kEpilogue);  // last, because subcommands inherit it
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
  // Under a setuid bit, the caller's environment is not trusted.
  if (getauxval(AT_SECURE) != 0) clearenv();
  try {
    const int code = run(argc, argv);
    // A result that could not be written, to a full disk for example, is a failure.
    const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return written || code != kOk ? code : kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "jitgemm: {}\n", error.what());
    return kFailed;
  }
}

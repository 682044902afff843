// jitgemm cache sign: a signature on every entry of a folder.
#include <fmt/format.h>

#include "tools/cli/cache_verbs.h"

namespace jitgemm::cli {
namespace {

int sign(const Context& context) {
  const Result<SignReport> done = cache_sign(context.cache_dir, context.keys);
  if (!done.ok()) return report(done.status());
  if (context.json)
    print_json({{"signed", done->newly_signed}, {"already_signed", done->already_signed}});
  else
    fmt::print("{} entries signed, {} were already\n", done->newly_signed, done->already_signed);
  return kOk;
}

}  // namespace

void add_cache_sign(CLI::App& cache, Context& context) {
  cache
      .add_subcommand(
          "sign",
          "Sign every entry by --private-key.\n"
          "\n"
          "A signature says that you trust the entry: sign what you have made. With\n"
          "--public-key, only what is signed by that key is signed anew. An entry that\n"
          "does not verify is an error, and those after it are not signed.")
      ->callback([&context] { context.exit_code = sign(context); });
}

}  // namespace jitgemm::cli

// jitgemm cache sign: signs every entry of a folder.
#include <fmt/format.h>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

int sign(const Context& context) {
  const Result<SignReport> done = cache_sign(context.library.cache_dir, context.library.keys);
  if (!done.ok()) return report(done.status());
  if (context.json)
    print_json({{"signed", done->newly_signed}, {"already_signed", done->already_signed}});
  else
    fmt::print("{} entries signed, {} were signed before\n", done->newly_signed,
               done->already_signed);
  return kOk;
}

}  // namespace

void add_cache_sign(CLI::App& cache, Context& context) {
  cache
      .add_subcommand(
          "sign",
          "Sign every entry with --private-key.\n"
          "\n"
          "A signature states that you trust the entry, so sign only entries that you made. With\n"
          "--public-key, each entry must already be signed with that key. The first entry that\n"
          "does not verify is an error, and no later entry is signed.")
      ->callback([&context] { context.exit_code = sign(context); });
}

}  // namespace jitgemm::cli

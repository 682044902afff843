// jitgemm cache export, import: a whole cache as one file.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "tools/bundle/bundle.h"
#include "tools/cli/cache_verbs.h"

namespace jitgemm::cli {
namespace {

int export_cache(const std::string& file, const Context& context) {
  const Result<bundle::Report> done =
      bundle::export_bundle({context.cache_dir, file}, context.keys);
  if (!done.ok()) return report(done.status());
  if (context.json)
    print_json({{"file", file},
                {"entries", done->entries},
                {"bytes", done->raw_bytes},
                {"file_bytes", done->file_bytes}});
  else
    fmt::print("{}: {} entries of {} bytes in {} bytes\n", file, done->entries, done->raw_bytes,
               done->file_bytes);
  return kOk;
}

int import_cache(const std::string& file, const Context& context) {
  const Result<bundle::Report> done =
      bundle::import_bundle({context.cache_dir, file}, context.keys);
  if (!done.ok()) return report(done.status());
  if (context.json)
    print_json({{"file", file},
                {"entries", done->entries},
                {"already_there", done->already_there},
                {"bytes", done->raw_bytes}});
  else
    fmt::print("{}: {} entries, {} of them in {} already\n", file, done->entries,
               done->already_there, context.cache_dir);
  return kOk;
}

}  // namespace

void add_cache_bundle(CLI::App& cache, Context& context) {
  const auto add = [&](const char* name, const char* description, const char* of_file,
                       int (*act)(const std::string&, const Context&)) {
    CLI::App* verb = cache.add_subcommand(name, description);
    auto file = std::make_shared<std::string>();
    verb->add_option("FILE", *file, of_file)->required()->type_name("");
    verb->callback([file, act, &context] { context.exit_code = act(*file, context); });
  };
  add("export",
      "Write all entries into one file, to bake into an image or to send.\n"
      "\n"
      "With --private-key the bundle is signed, and in it the entries that are not.",
      "The bundle to write", export_cache);
  add("import",
      "Put all entries of a bundle into the cache, or none.\n"
      "\n"
      "With --public-key, the bundle and its entries must be signed by that key.",
      "The bundle to read", import_cache);
}

}  // namespace jitgemm::cli

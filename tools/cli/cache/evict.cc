// jitgemm cache evict: evicts the least recently used entries above a limit.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "tools/cli/cache/verbs.h"

namespace jitgemm::cli {
namespace {

int evict(const Context& context, const CacheEvictRequest& request) {
  const Result<CacheEviction> evicted = cache_evict(context.library.cache_dir, request);
  if (!evicted.ok()) return report(evicted.status());
  if (context.json) {
    print_json({{"dry_run", request.dry_run},
                {"removed", evicted->names},
                {"bytes", evicted->bytes},
                {"bytes_left", evicted->bytes_left}});
    return kOk;
  }
  for (const std::string& name : evicted->names) fmt::print("{}\n", name);
  fmt::print("{} {}, {} bytes; {} bytes left\n", evicted->names.size(),
             request.dry_run ? "would be removed" : "removed", evicted->bytes, evicted->bytes_left);
  return kOk;
}

}  // namespace

void add_cache_evict(CLI::App& cache, Context& context) {
  CLI::App* command = cache.add_subcommand(
      "evict", "Evict the least recently used entries until the folder fits a limit.");
  command->alias("prune");
  auto request = std::make_shared<CacheEvictRequest>();
  command
      ->add_option("--max-bytes", request->max_bytes,
                   "Limit of the folder; default: --cache-max-bytes")
      ->type_name("SIZE")
      ->transform(byte_size());
  command->add_flag("--dry-run", request->dry_run, "List what would be removed and remove nothing");
  command->callback([request, command, &context] {
    if (command->count("--max-bytes") == 0) request->max_bytes = context.library.cache_max_bytes;
    if (command->count("--max-bytes") == 0 && context.library.cache_max_bytes == 0)
      throw CLI::RequiredError("--max-bytes");
    context.exit_code = evict(context, *request);
  });
}

}  // namespace jitgemm::cli

// jitgemm cache explain: tells whether a shape's kernel is on disk, and if not, in which fields its
// key differs from that of the nearest entry.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/cache/key_difference.h"
#include "tools/cli/cache/verbs.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

// An entry, and the differences between its key and the wanted one.
struct Compared {
  Json entry;        // its folder, name and kernel
  Json differences;  // as compare_keys() gives them
};

struct Answer {
  Explanation wanted;
  std::string builder;  // the NVRTC of this machine; empty: there is none, and any builder is a hit
  std::optional<Compared> nearest;   // an entry without differences is a hit
  std::vector<std::string> damaged;  // reasons why entries under the key's name are damaged

  bool hit() const { return nearest && nearest->differences.empty(); }
};

Compared compare(const Answer& answer, const std::string& folder, const CacheEntry& entry) {
  Compared compared{{{"folder", folder}, {"name", entry.name}, {"kernel", entry.kernel}},
                    compare_keys(answer.wanted.key_text, entry.key_text)};
  if (!answer.builder.empty() && answer.builder != entry.builder)
    compared.differences.push_back(
        {{"field", "builder"}, {"wanted", answer.builder}, {"found", entry.builder}});
  return compared;
}

// The nearer entry has fewer differences or, with as many, the same kernel.
bool is_nearer(const Compared& one, const Compared& other, const std::string& kernel) {
  if (one.differences.size() != other.differences.size())
    return one.differences.size() < other.differences.size();
  return one.entry["kernel"] == kernel && other.entry["kernel"] != kernel;
}

Status look_into(const std::string& folder, const Keys& keys, Answer* answer) {
  const Result<std::vector<CacheEntryInfo>> entries = cache_list(folder, keys);
  if (!entries.ok()) return entries.status();
  for (const CacheEntryInfo& info : *entries) {
    if (!info.ok && info.name.starts_with(answer->wanted.key_digest))
      answer->damaged.push_back(info.problem);
    const Result<CacheEntry> entry = cache_read(folder, info.name, keys);
    if (!entry.ok()) continue;
    Compared compared = compare(*answer, folder, *entry);
    if (!answer->nearest || is_nearer(compared, *answer->nearest, answer->wanted.kernel_name))
      answer->nearest = std::move(compared);
  }
  return {};
}

Json to_json(const Answer& answer) {
  return {{"kernel", answer.wanted.kernel_name},
          {"key", answer.wanted.key_digest},
          {"hit", answer.hit()},
          {"damaged", answer.damaged},
          {"nearest", answer.nearest ? answer.nearest->entry : Json()},
          {"differences", answer.nearest ? answer.nearest->differences : Json::array()}};
}

// For text, each difference becomes an object, so that its values stand on lines of their own.
Json for_text(const Answer& answer) {
  Json json = to_json(answer);
  json["damaged"] = fmt::format("{}", fmt::join(answer.damaged, "; "));
  for (const Json& each : std::exchange(json["differences"], Json::object()))
    json["differences"][each["field"]] = {{"wanted", each["wanted"]}, {"found", each["found"]}};
  return json;
}

int explain_miss(const PlanOptions& plan, const Context& context) {
  Result<Explanation> wanted = plan.explain(context);
  if (!wanted.ok()) return report(wanted.status());
  const Result<NvrtcInfo> nvrtc = probe_nvrtc(context.library.nvrtc_path);
  Answer answer{*std::move(wanted), nvrtc.ok() ? nvrtc->build : std::string(), {}, {}};

  std::vector<std::string> folders = context.library.read_only_cache_dirs;
  folders.push_back(context.library.cache_dir);
  for (const std::string& folder : folders)
    if (Status status = look_into(folder, context.library.keys, &answer); !status.ok())
      return report(status);
  print(context, context.json ? to_json(answer) : for_text(answer));
  return kOk;
}

}  // namespace

void add_cache_explain(CLI::App& cache, Context& context) {
  const auto [verb, arguments] = add_command(cache, "explain", explain_miss, context);
  verb->description(
      "Tell whether a shape's kernel is on disk; if not, how its key differs.\n"
      "\n"
      "Compares the key of the shape's kernel, with the NVRTC of this machine, to the keys of all\n"
      "entries, and shows the fields that differ from the nearest one.");
  arguments.add_to(*verb);
}

}  // namespace jitgemm::cli

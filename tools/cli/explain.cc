// jitgemm explain: the kernel that serves a shape, and the reason. Needs no GPU and no NVRTC.
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

struct ExplainArguments : PlanOptions {
  bool source = false, key = false, candidates = false;
};

Json to_json(const std::vector<NameField>& fields) {
  Json list = Json::array();
  for (const NameField& field : fields)
    list.push_back({{"text", field.text}, {"meaning", field.meaning}});
  return list;
}

Json to_json(const CandidateInfo& candidate) {
  if (!candidate.rejected.empty())
    return {{"kernel", candidate.name}, {"rejected", candidate.rejected}};
  return {{"kernel", candidate.name}, {"predicted_us", candidate.predicted_us}};
}

Json to_json(const Explanation& explanation, const ExplainArguments& arguments) {
  Json json = {{"kernel", explanation.kernel_name},
               {"reason", explanation.reason},
               {"key", explanation.key_digest},
               {"name_fields", to_json(explanation.name_fields)}};
  if (arguments.candidates)
    for (const CandidateInfo& candidate : explanation.candidates)
      json["candidates"].push_back(to_json(candidate));
  if (arguments.key) json["key_text"] = explanation.key_text;
  if (arguments.source) json["source"] = explanation.source;
  return json;
}

int explain(const ExplainArguments& arguments, const Context& context) {
  const Result<Explanation> explanation = arguments.explain(context);
  if (!explanation.ok()) return report(explanation.status());
  print(context, to_json(*explanation, arguments));
  return kOk;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  const auto [command, arguments] = add_command(app, "explain", explain, context);
  command->description("Show the kernel that serves a shape, and why.\nNeeds no GPU and no NVRTC.");
  arguments.add_to(*command);
  command->add_flag("--candidates", arguments.candidates,
                    "All kernels that were compared, and why others were rejected");
  command->add_flag("--key", arguments.key, "The text whose digest names the kernel on disk");
  command->add_flag("--source", arguments.source, "The generated source");
  command->footer("\nA kernel's name, such as n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_fill:\n" +
                  table_text(to_json(kernel_name_fields())));
}

}  // namespace jitgemm::cli

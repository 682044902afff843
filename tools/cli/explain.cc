// jitgemm explain: the kernel that serves a shape, and the reason. Needs no GPU and no NVRTC.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

struct ExplainArguments : PlanOptions {
  bool source = false, key = false, candidates = false;
};

// One line for each field of a name, its meaning aligned.
std::string table_of(const std::vector<NameField>& fields) {
  size_t width = 0;
  for (const NameField& field : fields) width = std::max(width, field.text.size());
  std::string table;
  for (const NameField& field : fields)
    table += fmt::format("  {:<{}}  {}\n", field.text, width, field.meaning);
  return table;
}

void print_candidates(const std::vector<CandidateInfo>& candidates) {
  fmt::print("\npredicted  candidate\n");
  for (const CandidateInfo& candidate : candidates) {
    if (candidate.rejected.empty())
      fmt::print("{:>6.2f} us  {}\n", candidate.predicted_us, candidate.name);
    else
      fmt::print("        -  {}: {}\n", candidate.name, candidate.rejected);
  }
}

void print(const Explanation& explanation, const ExplainArguments& arguments) {
  fmt::print("kernel  {}\nreason  {}\nkey     {}\n\nThe kernel's name:\n{}",
             explanation.kernel_name, explanation.reason, explanation.key_digest,
             table_of(explanation.name_fields));
  if (arguments.candidates) print_candidates(explanation.candidates);
  if (arguments.key) fmt::print("\n{}\n", explanation.key_text);
  if (arguments.source) fmt::print("\n{}\n", explanation.source);
}

nlohmann::ordered_json to_json(const CandidateInfo& candidate) {
  if (!candidate.rejected.empty())
    return {{"kernel", candidate.name}, {"rejected", candidate.rejected}};
  return {{"kernel", candidate.name}, {"predicted_us", candidate.predicted_us}};
}

void print_json(const Explanation& explanation, const ExplainArguments& arguments) {
  nlohmann::ordered_json json = {{"kernel", explanation.kernel_name},
                                 {"reason", explanation.reason},
                                 {"key", explanation.key_digest},
                                 {"name_fields", nlohmann::ordered_json::array()}};
  for (const NameField& field : explanation.name_fields)
    json["name_fields"].push_back({{"text", field.text}, {"meaning", field.meaning}});
  if (arguments.candidates) {
    json["candidates"] = nlohmann::ordered_json::array();
    for (const CandidateInfo& candidate : explanation.candidates)
      json["candidates"].push_back(to_json(candidate));
  }
  if (arguments.key) json["key_text"] = explanation.key_text;
  if (arguments.source) json["source"] = explanation.source;
  // A key text may have bytes that are not UTF-8; they are replaced.
  fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int explain(const ExplainArguments& arguments, const Context& context) {
  const Result<Explanation> explanation = arguments.explain(context);
  if (!explanation.ok()) return report(explanation.status());
  context.json ? print_json(*explanation, arguments) : print(*explanation, arguments);
  return kOk;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "explain", "Show the kernel that serves a shape, and why.\nNeeds no GPU and no NVRTC.");
  auto arguments = std::make_shared<ExplainArguments>();
  arguments->add_to(*command);
  command->add_flag("--candidates", arguments->candidates,
                    "All kernels that were compared, and why others were rejected");
  command->add_flag("--key", arguments->key, "The text whose digest names the kernel on disk");
  command->add_flag("--source", arguments->source, "The generated source");
  command->footer("\nA kernel's name, such as n7168_k2048_swapped_t16x64_s1_k2_p3_w1_b4_fill:\n" +
                  table_of(kernel_name_fields()));
  command->callback([arguments, &context] { context.exit_code = explain(*arguments, context); });
}

}  // namespace jitgemm::cli

// jitgemm explain: which kernel serves a shape, and why. Needs neither GPU nor NVRTC.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

struct ExplainArguments : PlanOptions {
  bool source = false, key = false, candidates = false;
};

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
  fmt::print("kernel  {}\nreason  {}\nkey     {}\n", explanation.kernel_name, explanation.reason,
             explanation.key_digest);
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
                                 {"key", explanation.key_digest}};
  if (arguments.candidates) {
    json["candidates"] = nlohmann::ordered_json::array();
    for (const CandidateInfo& candidate : explanation.candidates)
      json["candidates"].push_back(to_json(candidate));
  }
  if (arguments.key) json["key_text"] = explanation.key_text;
  if (arguments.source) json["source"] = explanation.source;
  // A key text may hold any byte; JSON may not.
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
      "explain", "Show the kernel that serves a shape, and why. Needs no GPU, no NVRTC.");
  auto arguments = std::make_shared<ExplainArguments>();
  arguments->add_to(*command);
  command->add_flag("--candidates", arguments->candidates,
                    "All kernels that were considered, and why not those that were rejected");
  command->add_flag("--key", arguments->key, "The text that names the kernel on disk");
  command->add_flag("--source", arguments->source, "The generated source");
  command->callback([arguments, &context] { context.exit_code = explain(*arguments, context); });
}

}  // namespace jitgemm::cli

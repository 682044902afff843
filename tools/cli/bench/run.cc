// jitgemm run: runs one GEMM on this machine's GPU, checks it and times it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include <jitgemm/inspect.h>
#include "tools/cli/bench/measuring_options.h"
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Point;
using harness::Workbench;

struct RunArguments : GemmOptions {
  Form form = Form::kAuto;
  ScaleLayout scale_layout = ScaleLayout::kMnMajor;
};

struct Outcome {
  std::string gpu, kernel;
  harness::Check check;
  harness::Timing timing;  // zero if the result is wrong
  double tflops = 0, gb_per_s = 0;
};

Result<Outcome> measure(const RunArguments& arguments, const Context& context) {
  const Result<Workbench> bench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!bench.ok()) return bench.status();
  Options options = context.options();
  options.form = arguments.form;
  const Result<Library> library = Library::open(std::move(options));
  if (!library.ok()) return library.status();
  const Result<Gemm> gemm = library->gemm(arguments.desc);
  if (!gemm.ok()) return gemm.status();

  const auto weights = harness::Weights::generate(
      *bench, arguments.desc, harness::copies_of(arguments.desc.n * arguments.desc.k));
  if (!weights.ok()) return weights.status();
  const Result<Point> point = Point::prepare(*bench, *weights, arguments.m, arguments.scale_layout);
  if (!point.ok()) return point.status();

  const auto launch = [&](const GemmArgs& args, Stream stream) {
    return gemm->launch(args, stream);
  };
  const Result<harness::Check> check = point->check(*bench, launch);
  if (!check.ok()) return check.status();
  Outcome outcome{.gpu = bench->gpu->name(),
                  .kernel = gemm->kernel_name(arguments.m),
                  .check = *check,
                  .timing = {}};
  if (!check->failure().empty()) return outcome;

  const Result<harness::Chain> chain = point->chain(*bench, launch);
  if (!chain.ok()) return chain.status();
  const auto timings = harness::time_in_turn(*bench, {&*chain});
  if (!timings.ok()) return timings.status();
  outcome.timing = timings->front();
  outcome.tflops = point->flops() / outcome.timing.median_us * 1e-6;
  outcome.gb_per_s = point->bytes() / outcome.timing.median_us * 1e-3;
  return outcome;
}

void print(const Outcome& outcome) {
  const harness::Check& check = outcome.check;
  fmt::print("gpu             {}\nkernel          {}\n", outcome.gpu, outcome.kernel);
  fmt::print("relative error  {:.3g} (at most {:.3g})\n", check.relative_error,
             harness::kMaxRelativeError);
  fmt::print("worst element   D[{}][{}], at {:.3g} of its bound\n", check.worst_row,
             check.worst_column, check.worst_share);
  if (const std::string failure = check.failure(); !failure.empty()) {
    fmt::print("WRONG           {}\n", failure);
    return;
  }
  fmt::print("time            {:.2f} us ({:.2f} to {:.2f})\n", outcome.timing.median_us,
             outcome.timing.min_us, outcome.timing.max_us);
  fmt::print("rate            {:.1f} TFLOP/s, {:.0f} GB/s\n", outcome.tflops, outcome.gb_per_s);
}

void print_json(const Outcome& outcome, const RunArguments& arguments) {
  const harness::Check& check = outcome.check;
  const nlohmann::ordered_json json = {{"gpu", outcome.gpu},
                                       {"n", arguments.desc.n},
                                       {"k", arguments.desc.k},
                                       {"m", arguments.m},
                                       {"kernel", outcome.kernel},
                                       {"ok", check.failure().empty()},
                                       {"failure", check.failure()},
                                       {"relative_error", check.relative_error},
                                       {"worst_share_of_bound", check.worst_share},
                                       {"us", outcome.timing.median_us},
                                       {"us_min", outcome.timing.min_us},
                                       {"us_max", outcome.timing.max_us},
                                       {"tflops", outcome.tflops},
                                       {"gb_per_s", outcome.gb_per_s}};
  fmt::print("{}\n", json.dump());
}

int run(const RunArguments& arguments, const Context& context) {
  // Arguments that the library refuses are refused before the GPU is opened.
  Status status = valid_m({arguments.m});
  if (status.ok()) status = explain(arguments.desc, arguments.m, "H200").status();
  if (!status.ok()) return report(status);
  const Result<Outcome> outcome = measure(arguments, context);
  if (!outcome.ok()) return report(outcome.status());
  context.json ? print_json(*outcome, arguments) : print(*outcome);
  return outcome->check.failure().empty() ? kOk : kFailed;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("run",
                         "Run one GEMM on the GPU, check it and time it.\n"
                         "Quantises random data, compares the result with an fp32\n"
                         "reference, and times a graph of launches whose weights do\n"
                         "not fit the L2 cache. Exit code 1 when the result is wrong.");
  auto arguments = std::make_shared<RunArguments>();
  arguments->add_to(*command);
  add_form_option(*command, arguments->form);
  static const auto& layouts = *new std::map<std::string, ScaleLayout>{
      {"mn", ScaleLayout::kMnMajor}, {"k", ScaleLayout::kKMajor}};
  command
      ->add_option("--scale-layout", arguments->scale_layout,
                   "Layout of A's scales: mn (default: [k-block][token])\n"
                   "or k ([token][k-block])")
      ->transform(CLI::CheckedTransformer(&layouts, CLI::ignore_case).description(""))
      ->type_name("LAYOUT");
  command->callback([arguments, &context] { context.exit_code = run(*arguments, context); });
}

}  // namespace jitgemm::cli

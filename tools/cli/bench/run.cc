// jitgemm run: runs one GEMM on this machine's GPU, checks it and times it.

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Point;
using harness::Workbench;

struct RunArguments : GemmOptions {
  ScaleLayout scale_layout = ScaleLayout::kMnMajor;
};

// What is shown of a run. A wrong result is not timed.
Result<Json> measure(const RunArguments& arguments, const Context& context) {
  const Result<Workbench> bench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!bench.ok()) return bench.status();
  const Result<Library> library = Library::open(context.options());
  if (!library.ok()) return library.status();
  const GemmDesc& desc = arguments.desc;
  const Result<Gemm> gemm = library->gemm(desc);
  if (!gemm.ok()) return gemm.status();

  const auto weights =
      harness::Weights::generate(*bench, desc, harness::copies_of(desc.n * desc.k));
  if (!weights.ok()) return weights.status();
  const Result<Point> point = Point::prepare(*bench, *weights, arguments.m, arguments.scale_layout);
  if (!point.ok()) return point.status();

  const auto launch = [&](const GemmArgs& args, Stream stream) {
    return gemm->launch(args, stream);
  };
  const Result<harness::Check> check = point->check(*bench, launch);
  if (!check.ok()) return check.status();
  Json shown = {{"gpu", bench->gpu->name()},
                {"n", desc.n},
                {"k", desc.k},
                {"m", arguments.m},
                {"kernel", gemm->kernel_name(arguments.m)},
                {"ok", check->failure().empty()},
                {"failure", check->failure()},
                {"relative_error", check->relative_error},
                {"worst_share_of_bound", check->worst_share}};
  if (!check->failure().empty()) return shown;

  const Result<harness::Chain> chain = point->chain(*bench, launch);
  if (!chain.ok()) return chain.status();
  const auto timings = harness::time_in_turn(*bench, {&*chain, 1});
  if (!timings.ok()) return timings.status();
  const harness::Timing& timing = timings->front();
  shown.update({{"us", timing.median_us},
                {"us_min", timing.min_us},
                {"us_max", timing.max_us},
                {"tflops", point->flops() / timing.median_us * 1e-6},
                {"gb_per_s", point->bytes() / timing.median_us * 1e-3}});
  return shown;
}

int run(const RunArguments& arguments, const Context& context) {
  // Arguments that the library refuses are refused before the GPU is opened.
  Status status = valid_m({arguments.m});
  if (status.ok()) status = explain(arguments.desc, arguments.m, "H200").status();
  if (!status.ok()) return report(status);
  const Result<Json> outcome = measure(arguments, context);
  if (!outcome.ok()) return report(outcome.status());
  print(context, *outcome);
  return (*outcome)["ok"] ? kOk : kFailed;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  const auto [command, arguments] = add_command(app, "run", run, context);
  command->description(
      "Run one GEMM on the GPU, check it and time it.\n"
      "Quantises random data, compares the result with an fp32\n"
      "reference, and times a graph of launches whose weights do\n"
      "not fit the L2 cache. Exit code 1 when the result is wrong.");
  arguments.add_to(*command);
  add_form_option(*command, context.library.form);
  add_choice(*command, "--scale-layout", arguments.scale_layout, "LAYOUT",
             {{"mn", ScaleLayout::kMnMajor}, {"k", ScaleLayout::kKMajor}},
             "Layout of A's scales: mn (default: [k-block][token])\n"
             "or k ([token][k-block])");
}

}  // namespace jitgemm::cli

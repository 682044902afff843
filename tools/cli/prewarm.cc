// jitgemm prewarm: compiles every kernel that a model, a table or a manifest needs. Needs no GPU.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"
#include "tools/cli/manifest.h"
#include "tools/cli/prewarm_children.h"
#include "tools/cli/progress.h"
#include "tools/cli/shape_options.h"
#include "tools/harness/statistics.h"
#include "tools/models/models.h"

namespace jitgemm::cli {
namespace {

struct PrewarmArguments {
  ShapeOptions shapes;
  BiasType bias = BiasType::kNone;  // of all shapes
  std::string shard = "1/1";
  int64_t m_max = 8192;
  int jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string gpu = "H200";
  std::string manifest, write_manifest;  // files
  bool require_complete = false;
  bool report_to_parent = false;  // this process is a child of prewarm_in_children()
};

int list_gpus(const Context& context) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const GpuInfo& gpu : known_gpus()) {
    if (!context.json) fmt::print("{:<12} {:>4} SMs\n", gpu.name, gpu.sms);
    all.push_back({{"name", gpu.name}, {"sms", gpu.sms}});
  }
  if (context.json) fmt::print("{}\n", all.dump());
  return kOk;
}

int list_models(const Context& context) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const std::string& name : models::names()) {
    const size_t layers = shapes_of_model(name, {})->shapes.size();
    const int64_t heads = models::known(name)->heads;
    if (!context.json)
      fmt::print("{:<20} {:>2} dense layers, --tp any divisor of {}\n", name, layers, heads);
    all.push_back({{"name", name}, {"dense_layers", layers}, {"tp_divides", heads}});
  }
  if (context.json) fmt::print("{}\n", all.dump());
  return kOk;
}

double maximum(const std::vector<double>& values) {
  return values.empty() ? 0 : std::ranges::max(values);
}

void print(const PrewarmReport& report, const ShapeList& list) {
  for (const std::string& layer : list.layers) fmt::print("{}\n", layer);
  fmt::print("{} shapes, {} kernels: {} compiled, {} on disk already, {} failed; {:.2f} s\n",
             report.shapes, report.kernels, report.compiled, report.hit_disk, report.failed,
             report.seconds);
  if (!list.skipped.empty()) fmt::print("{} not served\n", list.skipped.size());
  if (!report.compile_ms.empty())
    fmt::print("one compile: median {:.0f} ms, at most {:.0f} ms\n",
               harness::median(report.compile_ms), maximum(report.compile_ms));
}

void print_json(const PrewarmReport& report, const ShapeList& list) {
  const nlohmann::ordered_json json = {{"shapes", report.shapes},
                                       {"not_served", list.skipped.size()},
                                       {"kernels", report.kernels},
                                       {"compiled", report.compiled},
                                       {"hit_disk", report.hit_disk},
                                       {"failed", report.failed},
                                       {"seconds", report.seconds},
                                       {"compile_ms_median", harness::median(report.compile_ms)},
                                       {"compile_ms_max", maximum(report.compile_ms)}};
  fmt::print("{}\n", json.dump());
}

Result<ShapeList> wanted(const PrewarmArguments& arguments) {
  if (arguments.shapes.given()) return arguments.shapes.list();
  if (!arguments.manifest.empty()) return ShapeList{};
  return Status(StatusCode::kInvalidArgument,
                "prewarm needs shapes: --model, --hf-config, --shapes, --manifest, or --n and --k");
}

// "2/3"
Status read_shard(const std::string& text, PrewarmRequest* request) {
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d/%d%c", &request->shard, &request->shards, &rest) == 2)
    return {};
  return {StatusCode::kInvalidArgument, fmt::format("shard = '{}' is not like 1/4", text)};
}

Result<PrewarmRequest> request_of(const PrewarmArguments& arguments, const ShapeList& list) {
  PrewarmRequest request{.shapes = list.shapes,
                         .m_max = arguments.m_max,
                         .gpu = arguments.gpu,
                         .jobs = arguments.jobs,
                         .verify = arguments.require_complete};
  for (GemmDesc& desc : request.shapes) desc.bias = arguments.bias;
  if (Status status = read_shard(arguments.shard, &request); !status.ok()) return status;
  if (arguments.manifest.empty()) return request;
  Result<std::vector<KernelId>> kernels = read_manifest(arguments.manifest);
  if (!kernels.ok()) return kernels.status();
  request.kernels = *std::move(kernels);
  return request;
}

Result<PrewarmReport> prewarm_here(const PrewarmRequest& request, const Context& context,
                                   const PrewarmProgress& progress) {
  const Result<Library> library = Library::open(context.options());
  if (!library.ok()) return library.status();
  return library->prewarm(request, progress);
}

// A child of prewarm_in_children().
int prewarm_for_parent(const PrewarmRequest& request, const Context& context) {
  write_report(prewarm_here(request, context, [](int64_t, int64_t total, std::string_view kernel) {
    write_step(total, kernel);
  }));
  return kOk;
}

Result<PrewarmReport> compile(const PrewarmRequest& request, const Context& context) {
  Progress bar;
  const auto progress = [&bar](int64_t done, int64_t total, std::string_view kernel) {
    bar.step(done, total, kernel);
  };
  if (processes_for(request) == 1) return prewarm_here(request, context, progress);
  return prewarm_in_children(context.command_line, request, progress);
}

// Sorted by name, so that the number of jobs does not change the file.
Status write_manifest_of(const PrewarmReport& report, const std::string& path) {
  std::vector<KernelId> kernels = report.needed;
  std::ranges::sort(kernels, {}, &KernelId::name);
  if (static_cast<int64_t>(kernels.size()) == report.kernels) return write_manifest(path, kernels);
  return {StatusCode::kIoError, fmt::format("manifest '{}' is not written: a process ended before "
                                            "it named its kernels",
                                            path)};
}

int prewarm(const PrewarmArguments& arguments, const Context& context) {
  if (arguments.gpu == "list") return list_gpus(context);
  if (arguments.shapes.model == "list") return list_models(context);
  const Result<ShapeList> list = wanted(arguments);
  if (!list.ok()) return report(list.status());
  const Result<PrewarmRequest> request = request_of(arguments, *list);
  if (!request.ok()) return report(request.status());
  if (arguments.report_to_parent) return prewarm_for_parent(*request, context);
  name_skipped(*list);
  const Result<PrewarmReport> outcome = compile(*request, context);
  if (!outcome.ok()) return report(outcome.status());
  for (const Status& error : outcome->errors) report(error);
  if (!arguments.write_manifest.empty())
    if (Status status = write_manifest_of(*outcome, arguments.write_manifest); !status.ok())
      return report(status);
  context.json ? print_json(*outcome, *list) : print(*outcome, *list);
  return outcome->failed > 0 ? kFailed : kOk;
}

}  // namespace

void add_prewarm(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "prewarm",
      "Compile into the cache all kernels that a model needs. Needs no GPU.\n"
      "\n"
      "The kernels are those of every M up to --m-max, for the layers of a model, the shapes of\n"
      "a table, or a manifest. Kernels that are in the cache are kept. Needs NVRTC, except with\n"
      "--require-complete and a cache that has every kernel.");
  auto arguments = std::make_shared<PrewarmArguments>();
  arguments->shapes.add_to(*command);
  add_bias_option(*command, arguments->bias);
  command
      ->add_option("--shard", arguments->shard,
                   "Compiles part I of N of the kernels, I from 1: hosts share the work")
      ->take_last()  // a child of this command has it twice, and --jobs
      ->type_name("I/N")
      ->capture_default_str();
  command->add_option("--m-max", arguments->m_max, "Largest M that will be launched")
      ->type_name("M")
      ->capture_default_str();
  command
      ->add_option("--jobs", arguments->jobs,
                   "Threads that compile, at most 4 in one process; default: one per core")
      ->take_last()
      ->type_name("J");
  command->add_flag("--report-to-parent", arguments->report_to_parent)->group("");
  command
      ->add_option("--gpu", arguments->gpu,
                   "The GPU to plan for; this machine needs none. 'list' prints the names")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--manifest", arguments->manifest,
                   "Also compiles the kernels that a file of --write-manifest names")
      ->type_name("FILE");
  command
      ->add_option("--write-manifest", arguments->write_manifest,
                   "Writes the names of all these kernels, one per line")
      ->type_name("FILE");
  command->add_flag("--require-complete", arguments->require_complete,
                    "Reads every kernel back: exit code 0 says that all are in the\n"
                    "cache and valid");
  command->callback([arguments, &context] { context.exit_code = prewarm(*arguments, context); });
}

}  // namespace jitgemm::cli

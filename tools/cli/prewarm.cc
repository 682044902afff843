// jitgemm prewarm: compiles every kernel that a model, a table or a manifest needs. Needs no GPU.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <jitgemm/inspect.h>
#include "tools/cli/commands.h"
#include "tools/cli/gemm_options.h"
#include "tools/cli/manifest.h"
#include "tools/cli/prewarm_processes.h"
#include "tools/cli/shapes.h"
#include "tools/cli/text.h"
#include "tools/harness/statistics.h"
#include "tools/models/models.h"

namespace jitgemm::cli {
namespace {

struct PrewarmArguments {
  ShapeOptions shapes;
  BiasType bias = BiasType::kNone;  // of all shapes
  std::string shard = "1/1", manifest, write_manifest;
  std::vector<QuantizeOp> quantize;  // for the K of each shape
  PrewarmRequest request = {.jobs = int(std::max(1u, std::thread::hardware_concurrency()))};
};

// Progress on stderr: a bar that redraws itself on a terminal, else one line per step.
class Progress {
 public:
  // Leaves the cursor on an empty line.
  ~Progress() {
    if (drawn_) fmt::print(stderr, kEraseLine);
  }

  void step(int64_t done, int64_t total, std::string_view name) {
    if (!terminal_) return fmt::print(stderr, "[{}/{}] {}\n", done, total, name);
    const int64_t filled = kBarWidth * done / total;
    fmt::print(stderr, "{}[{:#<{}}{:.<{}}] {}/{} {}", kEraseLine, "", filled, "",
               kBarWidth - filled, done, total, name.substr(0, kNameWidth));
    std::fflush(stderr);
    drawn_ = true;
  }

 private:
  static constexpr int64_t kBarWidth = 24;  // characters
  static constexpr size_t kNameWidth = 40;  // so that the line fits into 80 columns
  static constexpr char kEraseLine[] = "\r\033[K";
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool drawn_ = false;
};

int list_gpus(const Context& context) {
  Json all = Json::array();
  for (const GpuInfo& gpu : known_gpus()) all.push_back({{"name", gpu.name}, {"sms", gpu.sms}});
  print(context, all);
  return kOk;
}

int list_models(const Context& context) {
  Json all = Json::array();
  for (const std::string& name : models::names())
    all.push_back({{"name", name},
                   {"dense_layers", shapes_of_model(name, {})->shapes.size()},
                   {"tp_divides", models::known(name)->heads}});
  print(context, all);
  return kOk;
}

double maximum(const std::vector<double>& values) {
  return values.empty() ? 0 : std::ranges::max(values);
}

void print_text(const PrewarmReport& report, const ShapeList& list) {
  for (const std::string& layer : list.layers) fmt::print("{}\n", layer);
  fmt::print("{} shapes, {} kernels: {} compiled, {} on disk already, {} failed; {:.2f} s\n",
             report.shapes, report.kernels, report.compiled, report.hit_disk, report.failed,
             report.seconds);
  if (!list.skipped.empty()) fmt::print("{} not served\n", list.skipped.size());
  if (!report.compile_ms.empty())
    fmt::print("one compile: median {:.0f} ms, at most {:.0f} ms\n",
               harness::median(report.compile_ms), maximum(report.compile_ms));
}

Json to_json(const PrewarmReport& report, const ShapeList& list) {
  return {{"shapes", report.shapes},
          {"not_served", list.skipped.size()},
          {"kernels", report.kernels},
          {"compiled", report.compiled},
          {"hit_disk", report.hit_disk},
          {"failed", report.failed},
          {"seconds", report.seconds},
          {"compile_ms_median", harness::median(report.compile_ms)},
          {"compile_ms_max", maximum(report.compile_ms)}};
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
  PrewarmRequest request = arguments.request;
  request.shapes = list.shapes;
  for (GemmDesc& desc : request.shapes) desc.bias = arguments.bias;
  for (QuantizeOp op : arguments.quantize)
    for (const GemmDesc& shape : list.shapes)
      if (op != QuantizeOp::kRmsNorm || shape.k <= kMaxRmsNormK)
        request.quantizers.push_back({.op = op, .k = shape.k});
  if (Status status = read_shard(arguments.shard, &request); !status.ok()) return status;
  if (arguments.manifest.empty()) return request;
  Result<std::vector<KernelId>> kernels = read_manifest(arguments.manifest);
  if (!kernels.ok()) return kernels.status();
  request.kernels = *std::move(kernels);
  return request;
}

Result<PrewarmReport> compile(const PrewarmRequest& all, const Context& context) {
  const auto prewarm = [&](const PrewarmRequest& part,
                           const PrewarmProgress& progress) -> Result<PrewarmReport> {
    const Result<Library> library = Library::open(context.options());
    if (!library.ok()) return library.status();
    return library->prewarm(part, progress);
  };
  Progress bar;
  return prewarm_in_processes(all, prewarm, [&](auto... step) { bar.step(step...); });
}

// Sorted by name, so that the number of jobs does not change the file.
Status write_manifest_of(const PrewarmReport& report, const std::string& path) {
  std::vector<KernelId> kernels = report.needed;
  std::ranges::sort(kernels, {}, &KernelId::name);
  if (static_cast<int64_t>(kernels.size()) == report.kernels)
    return write_file(path, manifest_text(kernels));
  return {StatusCode::kIoError, fmt::format("manifest '{}' is not written: a process ended before "
                                            "it named its kernels",
                                            path)};
}

int prewarm(const PrewarmArguments& arguments, const Context& context) {
  if (arguments.request.gpu == "list") return list_gpus(context);
  if (arguments.shapes.model == "list") return list_models(context);
  const Result<ShapeList> list = wanted(arguments);
  if (!list.ok()) return report(list.status());
  const Result<PrewarmRequest> request = request_of(arguments, *list);
  if (!request.ok()) return report(request.status());
  const Result<PrewarmReport> outcome = compile(*request, context);
  if (!outcome.ok()) return report(outcome.status());
  for (const Status& error : outcome->errors) report(error);
  if (!arguments.write_manifest.empty())
    if (Status status = write_manifest_of(*outcome, arguments.write_manifest); !status.ok())
      return report(status);
  context.json ? print(context, to_json(*outcome, *list)) : print_text(*outcome, *list);
  return outcome->failed > 0 ? kFailed : kOk;
}

}  // namespace

void add_prewarm(CLI::App& app, Context& context) {
  const auto [command, arguments] = add_command(app, "prewarm", prewarm, context);
  command->description(
      "Compile into the cache all kernels that a model needs. Needs no GPU.\n"
      "\n"
      "The kernels are those of every M up to --m-max, for the layers of a model, the shapes of\n"
      "a table, or a manifest. Kernels that are in the cache are kept. Needs NVRTC, except with\n"
      "--require-complete and a cache that has every kernel.");
  arguments.shapes.add_to(*command);
  add_bias_option(*command, arguments.bias);
  command
      ->add_option("--quantize", arguments.quantize,
                   "Also compiles quantisers of bf16 for the K of each shape:\n"
                   "quantize, silu_mul, gelu_mul, rms_norm, separated by commas")
      ->transform(CLI::CheckedTransformer(quantize_ops(), CLI::ignore_case).description(""))
      ->delimiter(',')
      ->type_name("OPS");
  command
      ->add_option("--shard", arguments.shard,
                   "Compiles part I of N of the kernels, I from 1: hosts share the work")
      ->type_name("I/N")
      ->capture_default_str();
  command->add_option("--m-max", arguments.request.m_max, "Largest M that will be launched")
      ->type_name("M")
      ->capture_default_str();
  command
      ->add_option("--jobs", arguments.request.jobs,
                   "Threads that compile, at most 4 in one process; default: one per core")
      ->type_name("J");
  command
      ->add_option("--gpu", arguments.request.gpu,
                   "The GPU to plan for; this machine needs none. 'list' prints the names")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--manifest", arguments.manifest,
                   "Also compiles the kernels that a file of --write-manifest names")
      ->type_name("FILE");
  command
      ->add_option("--write-manifest", arguments.write_manifest,
                   "Writes the names of all these kernels, one per line")
      ->type_name("FILE");
  command->add_flag("--require-complete", arguments.request.verify,
                    "Reads every kernel back: exit code 0 says that all are in the\n"
                    "cache and valid");
}

}  // namespace jitgemm::cli

// jitgemm doctor: checks what kernels need on this machine, and tells how to get what is missing.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include <jitgemm/inspect.h>
#include <jitgemm/version.h>
#include "tools/cli/cache/folder.h"
#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

constexpr char kHowNvrtc[] =
    "  Install libnvrtc of CUDA 12.3 or newer: it comes with the CUDA toolkit, or by\n"
    "  'pip install nvidia-cuda-nvrtc'. For a file in another place: --nvrtc FILE or "
    "JITGEMM_NVRTC.";
constexpr char kHowDriver[] =
    "  Install the NVIDIA driver; give a container its GPUs (docker run --gpus all). For a\n"
    "  libcuda.so.1 in another place: --driver FILE or JITGEMM_DRIVER.";
constexpr char kHowGpu[] =
    "  Kernels run on compute capability 9.0: H100, H200, H800, H20, GH200. If the machine has\n"
    "  one, check whether CUDA_VISIBLE_DEVICES or the container hides it.";
constexpr char kHowCache[] =
    "  Name a folder that this user can write: --cache-dir DIR or JITGEMM_CACHE_DIR.";

Json to_json(const NvrtcInfo& nvrtc) {
  return {{"path", nvrtc.path}, {"version", nvrtc.version}, {"build", nvrtc.build}};
}

Json to_json(const DriverInfo& driver) {
  return {{"path", driver.path}, {"version", driver.version}};
}

Json to_json(const std::vector<GpuDevice>& gpus) {
  Json list = Json::array();
  for (const GpuDevice& gpu : gpus)
    list.push_back(
        {{"name", gpu.name},
         {"sms", gpu.sms},
         {"compute_capability", fmt::format("{}.{}", gpu.compute_major, gpu.compute_minor)},
         {"planned_as", gpu.planned_as}});
  return list;
}

// What is missing is the last member, "missing".
Json diagnose(const Context& context) {
  const Result<NvrtcInfo> nvrtc = probe_nvrtc(context.library.nvrtc_path);
  const Result<DriverInfo> driver = probe_driver(context.library.driver_path);
  const CacheFolder cache = look_at_cache_folder(context.library.cache_dir);
  const Json gpus = to_json(driver.ok() ? driver->gpus : std::vector<GpuDevice>());

  Json missing = Json::array();
  const auto check = [&](const Status& status, const char* how) {
    if (!status.ok())
      missing.push_back({{"what", status.message()}, {"detail", status.detail()}, {"how", how}});
  };
  check(nvrtc.status(), kHowNvrtc);
  check(driver.status(), kHowDriver);
  if (driver.ok() && std::ranges::all_of(gpus, [](auto& gpu) { return gpu["planned_as"] == ""; }))
    check({StatusCode::kMissing, "no GPU of compute capability 9.0"}, kHowGpu);
  check(cache.problem, kHowCache);
  return {{"version", version()},
          {"can_prewarm", nvrtc.ok() && cache.problem.ok()},
          {"can_run", missing.empty()},
          {"nvrtc", nvrtc.ok() ? to_json(*nvrtc) : Json()},
          {"driver", driver.ok() ? to_json(*driver) : Json()},
          {"gpus", gpus},
          {"cache", cache.found},
          {"missing", missing}};
}

// As paragraphs: the advice has several lines.
void print_missing(const Json& missing) {
  for (const Json& lack : missing) {
    fmt::print("\nmissing: {}\n", lack["what"].get<std::string>());
    for (const char* part : {"detail", "how"})
      if (lack[part] != "") fmt::print("{}\n", lack[part].get<std::string>());
  }
}

int doctor(const Context& context) {
  Json found = diagnose(context);
  const Json missing = found["missing"];
  if (!context.json) found.erase("missing");
  print(context, found);
  if (!context.json) print_missing(missing);
  return missing.empty() ? kOk : kLacking;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  app.add_subcommand(
         "doctor",
         "Show what this machine has, what it lacks, and how to get it.\n"
         "\n"
         "Checks NVRTC, the driver, the GPUs and the cache folder. Exit code 3 if something\n"
         "that prewarming or running needs is missing.")
      ->callback([&context] { context.exit_code = doctor(context); });
}

}  // namespace jitgemm::cli

// jitgemm doctor: checks what kernels need on this machine, and tells how to get what is missing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include <jitgemm/inspect.h>
#include <jitgemm/version.h>
#include "tools/cli/cache/doctor_folder.h"
#include "tools/cli/cache/folder.h"
#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

using Json = nlohmann::ordered_json;

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

struct Lack {
  std::string what, detail, how;
};

struct Diagnosis {
  Result<NvrtcInfo> nvrtc;
  Result<DriverInfo> driver;
  Result<CacheFolder> cache;
  std::vector<Lack> lacks;

  bool cache_usable() const { return cache.ok() && cache->writable; }
  bool gpu_usable() const {
    return driver.ok() && std::ranges::any_of(driver->gpus, [](const GpuDevice& gpu) {
             return !gpu.planned_as.empty();
           });
  }
  bool can_prewarm() const { return nvrtc.ok() && cache_usable(); }
};

Lack lack_of(const Status& status, const char* how) {
  return {std::string(status.message()), std::string(status.detail()), how};
}

Diagnosis diagnose(const Context& context) {
  Diagnosis found{probe_nvrtc(context.library.nvrtc_path),
                  probe_driver(context.library.driver_path),
                  look_at_cache_folder(context.library.cache_dir),
                  {}};
  if (!found.nvrtc.ok()) found.lacks.push_back(lack_of(found.nvrtc.status(), kHowNvrtc));
  if (!found.driver.ok())
    found.lacks.push_back(lack_of(found.driver.status(), kHowDriver));
  else if (!found.gpu_usable())
    found.lacks.push_back({"no GPU of compute capability 9.0", "", kHowGpu});
  if (!found.cache.ok())
    found.lacks.push_back(lack_of(found.cache.status(), kHowCache));
  else if (!found.cache->writable)
    found.lacks.push_back(
        {fmt::format("cache_dir = '{}' is not writable", context.library.cache_dir),
         found.cache->trial.write.value_or(std::string()), kHowCache});
  return found;
}

void print_driver(const Result<DriverInfo>& driver) {
  if (!driver.ok()) {
    fmt::print("driver   -\n");
    return;
  }
  fmt::print("driver   CUDA {}, {}\n", driver->version, driver->path);
  for (const GpuDevice& gpu : driver->gpus)
    fmt::print("GPU      {}: {} SMs, compute capability {}.{}, {}\n", gpu.name, gpu.sms,
               gpu.compute_major, gpu.compute_minor,
               gpu.planned_as.empty() ? "not supported" : "planned as " + gpu.planned_as);
}

void print(const Diagnosis& found, const Context& context) {
  fmt::print("jitgemm  {}\n", version());
  if (found.nvrtc.ok())
    fmt::print("NVRTC    {}, {}\n         build {}\n", found.nvrtc->version, found.nvrtc->path,
               found.nvrtc->build);
  else
    fmt::print("NVRTC    -\n");
  print_driver(found.driver);
  print_cache_folder(context.library.cache_dir, found.cache);
  fmt::print("\nprewarm  {}\nrun      {}\n",
             found.can_prewarm() ? "works here" : "does not work here",
             found.lacks.empty() ? "works here" : "does not work here");
  for (const Lack& lack : found.lacks) {
    fmt::print("\nmissing: {}\n", lack.what);
    if (!lack.detail.empty()) fmt::print("{}\n", lack.detail);
    fmt::print("{}\n", lack.how);
  }
}

Json to_json(const Result<NvrtcInfo>& nvrtc) {
  if (!nvrtc.ok()) return nullptr;
  return {{"path", nvrtc->path}, {"version", nvrtc->version}, {"build", nvrtc->build}};
}

Json to_json(const Result<DriverInfo>& driver) {
  if (!driver.ok()) return nullptr;
  return {{"path", driver->path}, {"version", driver->version}};
}

Json gpus_to_json(const Result<DriverInfo>& driver) {
  Json list = Json::array();
  if (!driver.ok()) return list;
  for (const GpuDevice& gpu : driver->gpus)
    list.push_back(
        {{"name", gpu.name},
         {"sms", gpu.sms},
         {"compute_capability", fmt::format("{}.{}", gpu.compute_major, gpu.compute_minor)},
         {"planned_as", gpu.planned_as}});
  return list;
}

void print_json(const Diagnosis& found, const Context& context) {
  Json missing = Json::array();
  for (const Lack& lack : found.lacks)
    missing.push_back({{"what", lack.what}, {"detail", lack.detail}, {"how", lack.how}});
  const Json json = {{"version", version()},
                     {"nvrtc", to_json(found.nvrtc)},
                     {"driver", to_json(found.driver)},
                     {"gpus", gpus_to_json(found.driver)},
                     {"cache", cache_folder_json(context.library.cache_dir, found.cache)},
                     {"can_prewarm", found.can_prewarm()},
                     {"can_run", found.lacks.empty()},
                     {"missing", std::move(missing)}};
  fmt::print("{}\n", json.dump());
}

int doctor(const Context& context) {
  const Diagnosis found = diagnose(context);
  context.json ? print_json(found, context) : print(found, context);
  return found.lacks.empty() ? kOk : kLacking;
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

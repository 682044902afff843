#include "src/compile/nvrtc_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <vector>

#include "src/base/shared_library.h"
#include "src/compile/build_id.h"

namespace jitgemm::compile {
namespace {

using Version = std::pair<int, int>;
constexpr Version kOldest = {12, 3};

std::string text(Version version) { return fmt::format("{}.{}", version.first, version.second); }

// /usr/local/cuda, then /usr/local/cuda-*, the newest first, then the folder of the distribution.
std::vector<std::string> toolkit_folders() {
  std::vector<std::string> folders;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/usr/local", error), end; !error && at != end;
       at.increment(error))
    if (at->path().filename().string().starts_with("cuda-"))
      folders.push_back(at->path().string() + "/lib64");
  std::sort(folders.begin(), folders.end(), std::greater<>());
  folders.insert(folders.begin(), "/usr/local/cuda/lib64");
  folders.push_back("/usr/lib/x86_64-linux-gnu");
  return folders;
}

std::vector<std::string> usual_places() {
  const std::vector<std::string> names = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
  std::vector<std::string> places = names;
  for (const std::string& folder : toolkit_folders())
    for (const std::string& name : names) places.push_back(folder + "/" + name);
  return places;
}

// NVRTC opens its builtins by name at every compile, and the loader may find those of another
// installation. Opening the file beside NVRTC here makes the loader return that one.
Result<SharedLibrary> open_builtins(const std::string& nvrtc, Version version) {
  const std::string name = "libnvrtc-builtins.so." + text(version);
  std::error_code ignored;
  std::filesystem::path beside = std::filesystem::canonical(nvrtc, ignored);
  return SharedLibrary::open(name, {beside.replace_filename(name).string(), name});
}

std::string build_id_of(const SharedLibrary& library) {
  const std::string id = gnu_build_id(library.path());
  return id.empty() ? "unknown" : id;
}

// Fills `api`. Returns the first function of the list that `library` does not have, or nullptr.
const char* look_up(const SharedLibrary& library, NvrtcApi* api) {
  const char* missing = nullptr;
#define JITGEMM_LOOK_UP(name)                                             \
  api->name = reinterpret_cast<decltype(&::name)>(library.symbol(#name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  JITGEMM_NVRTC_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
  return missing;
}

Status missing(std::string message) { return {StatusCode::kMissing, std::move(message)}; }

}  // namespace

Result<NvrtcApi> open_nvrtc(const std::string& path) {
  Result<SharedLibrary> library =
      SharedLibrary::open("NVRTC (libnvrtc, part of every CUDA toolkit)",
                          path.empty() ? usual_places() : std::vector<std::string>{path});
  if (!library.ok()) return library.status();

  NvrtcApi api;
  api.path = library->path();
  const char* const lacking = look_up(*library, &api);
  if (api.nvrtcVersion == nullptr)
    return missing(fmt::format("{} is not NVRTC: it has no function nvrtcVersion", api.path));
  auto& [major, minor] = api.version;
  if (api.nvrtcVersion(&major, &minor) != NVRTC_SUCCESS || api.version < kOldest)
    return missing(fmt::format("{} is NVRTC {}, too old: {} or newer is needed", api.path,
                               text(api.version), text(kOldest)));
  if (lacking != nullptr)
    return missing(
        fmt::format("{} (NVRTC {}) has no function {}", api.path, text(api.version), lacking));

  api.nvrtcSetFlowCallback =
      reinterpret_cast<decltype(api.nvrtcSetFlowCallback)>(library->symbol("nvrtcSetFlowCallback"));

  Result<SharedLibrary> builtins = open_builtins(api.path, api.version);
  if (!builtins.ok()) return builtins.status();
  api.build = fmt::format("nvrtc {} {} {}", text(api.version), build_id_of(*library),
                          build_id_of(*builtins));
  return api;
}

}  // namespace jitgemm::compile

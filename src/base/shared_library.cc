#include "src/base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

namespace jitgemm {
namespace {

std::string path_of(void* handle) {
  const link_map* map = nullptr;
  return dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : std::string();
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(std::string_view what,
                                          const std::vector<std::string>& candidates) {
  std::string refusals;
  for (const std::string& candidate : candidates) {
    if (void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL))
      return SharedLibrary(handle, path_of(handle));
    refusals += fmt::format("{}{}", refusals.empty() ? "" : "\n", dlerror());
  }
  return Status(StatusCode::kMissing,
                candidates.size() == 1
                    ? fmt::format("{} cannot be opened: {}", what, refusals)
                    : fmt::format("{} was not found as {} or under {} other usual names", what,
                                  candidates.front(), candidates.size() - 1),
                refusals);
}

void* SharedLibrary::symbol(const char* name) const { return dlsym(handle_, name); }

}  // namespace jitgemm

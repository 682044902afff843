// Exits 0 when the installed library answers through its C++ API.
#include <cstring>

#include <jitgemm/inspect.h>
#include <jitgemm/library.h>
#include <jitgemm/version.h>

int main() {
  if (std::strcmp(jitgemm::version(), JITGEMM_VERSION_STRING) != 0) return 1;

  auto library = jitgemm::Library::open({});
  if (!library.ok() || library->counters().launches != 0) return 2;

  auto refused = jitgemm::explain({.n = 7, .k = 2048}, 16, "H200");
  if (refused.status().code() != jitgemm::StatusCode::kInvalidArgument) return 3;

  auto explained = jitgemm::explain({.n = 7168, .k = 2048}, 16, "H200");
  return explained.ok() && !explained->kernel_name.empty() ? 0 : 4;
}

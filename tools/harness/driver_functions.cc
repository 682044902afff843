#include "tools/harness/driver_functions.h"

#include <fmt/format.h>

#include <type_traits>

namespace jitgemm::harness {

Result<DriverFunctions> DriverFunctions::of(const device::Driver& driver) {
  DriverFunctions functions;
  const char* lacking = nullptr;
  const auto resolve = [&](auto& member, const char* symbol) {
    member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(driver.symbol(symbol));
    if (member == nullptr) lacking = symbol;
  };
#define JITGEMM_RESOLVE(symbol) resolve(functions.symbol, #symbol);
  JITGEMM_HARNESS_DRIVER_FUNCTIONS(JITGEMM_RESOLVE)
#undef JITGEMM_RESOLVE
  resolve(functions.elapsed_time, "cuEventElapsedTime");
  if (lacking)
    return Status(StatusCode::kMissing, fmt::format("{} has no {}", driver.path(), lacking));
  return functions;
}

}  // namespace jitgemm::harness

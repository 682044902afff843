#include "tools/harness/config_list.h"

#include <fmt/format.h>

#include <fstream>

#include "src/plan/config_name.h"

namespace jitgemm::harness {

Result<std::vector<plan::KernelConfig>> read_config_list(const std::string& path) {
  std::vector<plan::KernelConfig> configs;
  if (path.empty()) return configs;
  std::ifstream file(path);
  if (!file) return Status(StatusCode::kInvalidArgument, fmt::format("{} cannot be read", path));
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    Result<plan::KernelConfig> config = plan::parse_config_name(line);
    if (!config.ok()) return config.status();
    configs.push_back(*config);
  }
  return configs;
}

}  // namespace jitgemm::harness

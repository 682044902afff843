#include "tests/cli/command.h"

namespace nlohmann {

void PrintTo(const ordered_json& json, std::ostream* out) { *out << json; }

}  // namespace nlohmann

namespace jitgemm::cli {

nlohmann::ordered_json Outcome::json() const {
  return nlohmann::ordered_json::parse(last_line(), nullptr, false);
}

}  // namespace jitgemm::cli

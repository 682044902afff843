#include "src/runtime/tables.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace jitgemm {

Result<Tables> open_tables(const std::string& path, bool embedded) {
  Tables tables;
  if (!path.empty()) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))  // a folder can be opened, but not read
      return Status(StatusCode::kInvalidArgument,
                    fmt::format("tuning_table = '{}' cannot be read", path));
    Result<plan::TuningTable> user = plan::TuningTable::parse(std::move(text).str(), path);
    if (!user.ok()) return user.status();
    tables.push_back(*std::move(user));
  }
  if (embedded) tables.push_back(plan::embedded_table());
  return tables;
}

}  // namespace jitgemm

#include "src/runtime/tables.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace jitgemm {

Result<Tables> Tables::open(const std::string& path, bool embedded) {
  Tables tables;
  if (embedded) tables.embedded_ = plan::embedded_table();
  if (path.empty()) return tables;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))  // a folder can be opened, but not read
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("tuning_table = '{}' cannot be read", path));
  Result<plan::TuningTable> user = plan::TuningTable::parse(std::move(text).str(), path);
  if (!user.ok()) return user.status();
  tables.user_ = *std::move(user);
  return tables;
}

plan::Rules Tables::complete(plan::Rules rules) const {
  if (user_) rules.tables.push_back(&*user_);
  if (embedded_) rules.tables.push_back(&*embedded_);
  return rules;
}

}  // namespace jitgemm

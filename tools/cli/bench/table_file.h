// Writes JSON objects with the same members as the rows of a CSV file; the columns are the members.
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <jitgemm/status.h>

namespace jitgemm::cli {

class TableFile {
 public:
  // With an empty path, add() writes nothing. Errors: kIoError.
  static Result<TableFile> create(const std::string& path);

  // Flushes each row, so that an interrupted run leaves its rows. Errors: kIoError.
  Status add(const nlohmann::ordered_json& row);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  bool has_header_ = false;
};

}  // namespace jitgemm::cli

// A CSV file whose rows are JSON objects, all with the same members: their names are the columns.
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <jitgemm/status.h>

namespace jitgemm::cli {

class TableFile {
 public:
  // An empty path: nothing is written. Errors: kIoError.
  static Result<TableFile> create(const std::string& path);

  // Written at once, so that a run that is cut off leaves what it had. Errors: kIoError.
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

// The tuning table that `tune` writes. Each winner is appended when it is known, so that a run that
// was interrupted can be continued.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/plan/device_model.h"
#include "src/plan/tuning_table.h"

namespace jitgemm::harness {

struct Contender;

class TuningFile {
 public:
  // Reads the lines that the file has. `m`: all values of M that this run tunes.
  // Errors: kInvalidArgument when the file exists and is not a tuning table; kIoError.
  static Result<TuningFile> open(const std::string& path, const plan::DeviceModel& device,
                                 std::vector<int64_t> m);

  // Whether the file had a line for this point and chain when it was opened.
  bool has(const GemmDesc& desc, int64_t m, bool pdl) const;

  // Appends a line: the winner serves m and the values of M below it that are in the same bucket of
  // the planner or, up to 64 tokens, greater than m / 2. The line stops above the next smaller M
  // that this run or the file has. Errors: kIoError.
  Status add(int64_t m, bool pdl, const Contender& winner);

 private:
  TuningFile(std::string path, plan::DeviceModel device, plan::TuningTable table)
      : path_(std::move(path)), device_(std::move(device)), table_(std::move(table)) {}
  // The greatest M below m that this run tunes or that ends a line of the file, of the same device,
  // chain and shape; 0 if there is none.
  int64_t next_smaller(const plan::TunedRange& like, int64_t m) const;
  Status write(const std::string& text);

  std::string path_;
  plan::DeviceModel device_;
  plan::TuningTable table_;  // the table when the file was opened
  std::vector<int64_t> m_;   // all values of M that this run tunes
  std::ofstream file_;
};

}  // namespace jitgemm::harness

// The tuning table that `tune` writes: each winner is appended when it is known, so that a run that
// was cut off goes on where it ended.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
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
  // What the file holds already is read first. `m`: all values that this run tunes.
  // Errors: kInvalidArgument (what is there is no table), kIoError.
  static Result<TuningFile> open(const std::string& path, const plan::DeviceModel& device,
                                 std::vector<int64_t> m);

  // Whether a line for this point and chain was there.
  bool has(const GemmDesc& desc, int64_t m, bool pdl) const;

  // The winner of a point serves m, and below it the rest of the planner's bucket and, up to 64
  // tokens, all beyond half of m; but not the next smaller M that this run or the file has, nor
  // what is below that. Errors: kIoError.
  Status add(int64_t m, bool pdl, const Contender& winner);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  TuningFile(std::string path, plan::DeviceModel device, plan::TuningTable table)
      : path_(std::move(path)), device_(std::move(device)), table_(std::move(table)) {}
  // The greatest M below m that this run tunes or that ends a line of the file, of the same device,
  // chain and shape; 0 if there is none.
  int64_t next_smaller(const plan::TunedRange& like, int64_t m) const;
  Status write(const std::string& text);

  std::string path_;
  plan::DeviceModel device_;
  plan::TuningTable table_;  // as it was when the run began
  std::vector<int64_t> m_;   // that this run tunes
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace jitgemm::harness

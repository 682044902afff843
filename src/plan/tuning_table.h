// The tuning table: the kernels that measured fastest on a GPU, as text.
//
//   jitgemm-tuning-table 1
//   device H200
//   plain 1..8  n7168_k2048_swapped_t8x64_s1_k4_p3_w1_b2  family=1 us=5.55 key=0f3c...
//   pdl   1..8  n7168_k2048_swapped_t8x64_s1_k4_p4_w1_b1  family=1 ahead=4 us=4.24 key=77ab...
//
// The first line names the format and its version. A `device` line names the kind of GPU that the
// lines below it are for. Each other line has the chain in which the kernel was timed (plain, or
// with programmatic dependent launch), the values of M that it serves, the kernel, and in any order
//
//   family  the version of the kernel's family; a line with another version is skipped, so that
//           rewritten kernels are tuned again
//   ahead   stages of weights loaded before the wait for the predecessor (plan/overlap.h);
//           default: that of usual_overlap()
//   fetched how many of them the consumer threads load; the same default
//   release "early" or "late" (the default): when the blocks of the successor may start
//   us      measured microseconds at the last M: information
//   key     digest of the cubin's key when it was measured: information
//
// If several lines have one M, the last one counts, so a table grows by appending, and `cat` merges
// two tables. Empty lines and lines that begin with # are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"

namespace jitgemm::plan {

struct TunedRange {
  std::string device;  // a name of known_devices()
  Chain chain = Chain::kPlain;
  int64_t m_first = 1, m_last = 1;
  KernelConfig config;
  Overlap overlap;
  double us = 0;
  std::string key;

  // The line of the table.
  std::string text() const;
};

// The first line of a table, and the line before the lines of one kind of GPU.
std::string table_header();
std::string device_line(std::string_view device);

class TuningTable {
 public:
  // `origin` names the table in reasons and errors: "the embedded table", a file's path.
  // Errors: kInvalidArgument, with the number of the line.
  static Result<TuningTable> parse(std::string_view text, std::string origin);

  // The line that counts for an M, or null. A part of a GPU (a MIG slice) has no lines.
  const TunedRange* find(const GemmDesc& desc, int64_t m, Chain chain,
                         const DeviceModel& device) const;

  // The last M of each run of equal answers of find(), for either chain; in any order.
  std::vector<int64_t> edges(const GemmDesc& desc) const;

  const std::string& origin() const { return origin_; }
  const std::vector<TunedRange>& lines() const { return lines_; }
  // The number of lines that were skipped because of their family's version.
  int passed_over() const { return passed_over_; }

 private:
  explicit TuningTable(std::string origin) : origin_(std::move(origin)) {}
  Status add(std::string_view line, std::string* device);

  std::string origin_;
  std::vector<TunedRange> lines_;
  int passed_over_ = 0;
};

// The table in the library, measured by its authors. Each call parses it.
TuningTable embedded_table();

}  // namespace jitgemm::plan

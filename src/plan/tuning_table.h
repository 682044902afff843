// The tuning table: kernels that were the fastest on a GPU when they were measured there, as text.
//
//   jitgemm-tuning-table 1
//   device H200
//   plain 1..8  n7168_k2048_swapped_t8x64_s1_k4_p3_w1_b2  family=1 us=5.55 key=0f3c...
//   pdl   1..8  n7168_k2048_swapped_t8x64_s1_k4_p4_w1_b1  family=1 ahead=4 us=4.24 key=77ab...
//
// The first line names the format and its version. A `device` line says which kind of GPU the lines
// below it hold for. Each other line: the chain it was timed in (plain, or with programmatic
// dependent launch), the values of M that it serves, the kernel, and in any order
//
//   family  the version of the kernel's family; a line of another version is passed over, so that
//           kernels that were rewritten are tuned anew
//   ahead   stages of weights asked for before the predecessor is waited for (plan/overlap.h);
//           without it, what serves where nothing was measured
//   fetched stages fetched by the consumers' threads, likewise
//   release "early" or "late" (the default): when the successor's blocks may start
//   us      microseconds at the last M when it was tuned: for people
//   key     digest of the cubin's key at that time: where the figure comes from, not a condition
//
// Of several lines for one M the last one counts, so that a table is written by appending, and two
// tables are merged by `cat`. Empty lines and those that begin with # are passed over.
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

// What a table begins with, and what opens the lines of one kind of GPU.
std::string table_header();
std::string device_line(std::string_view device);

class TuningTable {
 public:
  // `origin` names the table in reasons and errors: "the embedded table", a file's path.
  // Errors: kInvalidArgument, with the number of the line.
  static Result<TuningTable> parse(std::string_view text, std::string origin);

  // The line that counts for an M, or null. A part of a GPU (a MIG slice) is not its kind.
  const TunedRange* find(const GemmDesc& desc, int64_t m, Chain chain,
                         const DeviceModel& device) const;

  // Each M that ends a run of equal answers of find(), for either chain; in any order.
  std::vector<int64_t> edges(const GemmDesc& desc) const;

  const std::string& origin() const { return origin_; }
  const std::vector<TunedRange>& lines() const { return lines_; }
  // Lines of families of another version than today's.
  int passed_over() const { return passed_over_; }

 private:
  explicit TuningTable(std::string origin) : origin_(std::move(origin)) {}
  Status add(std::string_view line, std::string* device);

  std::string origin_;
  std::vector<TunedRange> lines_;
  int passed_over_ = 0;
};

// Measured by the authors, part of the library. Parsed at each call.
TuningTable embedded_table();

}  // namespace jitgemm::plan

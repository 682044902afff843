// jitgemm bench --op: times quantisers, and compares with peers measured earlier.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/quantize.h>
#include "tools/cli/commands.h"
#include "tools/cli/csv.h"
#include "tools/harness/chain.h"

namespace jitgemm::cli {

// A quantiser's desc without its k.
struct QuantizerOptions {
  std::optional<QuantizeOp> op;
  QuantizeDesc desc = {};
  ScaleLayout layout = ScaleLayout::kMnMajor;

  // --op and the options of a desc; `op_help` says what --op does.
  void add_to(CLI::App& app, const char* op_help);
  QuantizeDesc with_k(int64_t k) const;
};

// "quantize", "silu_mul", "gelu_mul", "rms_norm".
const char* op_name(QuantizeOp op);

struct QuantizerRow {
  QuantizeDesc desc;
  int64_t m = 0;
  std::string kernel = {};
  double bytes = 0;  // that a launch moves
  harness::Timing cold = {}, cold_pdl = {}, hot = {}, hot_pdl = {};
  std::optional<double> triton_us = {}, inductor_us = {};  // of the anchors

  double floor_us() const { return 0.59 + bytes / 4.3e6; }
};

// Times of peers, by op, m and k.
struct PeerTimes {
  std::optional<double> triton_us = {}, inductor_us = {};
};
using QuantizerAnchors = std::map<std::tuple<std::string, int64_t, int64_t>, PeerTimes>;

// From columns op ("quant", "silu_mul_quant", ..), m, k, triton_us and inductor_us, of which fields
// may be empty. Errors: kInvalidArgument, with the line.
Result<QuantizerAnchors> quantizer_anchors(const Csv& csv);

Json to_json(const QuantizerRow& row);
std::string quantizer_header();
std::string quantizer_line(const QuantizerRow& row);

struct QuantizerBench {
  QuantizerOptions options;
  std::vector<int64_t> k, m;  // empty: the usual ones
  std::string anchors_file, csv;
};
int bench_quantizers(const QuantizerBench& arguments, const Context& context);

}  // namespace jitgemm::cli

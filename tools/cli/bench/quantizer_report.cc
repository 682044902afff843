// The rows of `bench --op`, and the anchors that they are compared with. Pure.
#include <fmt/format.h>

#include <algorithm>

#include "tools/cli/bench/quantizers.h"
#include "tools/cli/gemm_options.h"

namespace jitgemm::cli {
namespace {

// An empty field is no time.
Status read_time(const Csv& csv, const CsvRow& row, const char* column,
                 std::optional<double>* time) {
  const auto text = csv.text(row, column);
  if (!text || text->empty()) return {};
  double value = 0;
  if (Status status = csv.read(row, column, &value); !status.ok()) return status;
  *time = value;
  return {};
}

std::string cell(std::optional<double> value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

std::optional<double> best_peer(const QuantizerRow& row) {
  if (!row.triton_us || !row.inductor_us) return row.triton_us ? row.triton_us : row.inductor_us;
  return std::min(*row.triton_us, *row.inductor_us);
}

}  // namespace

const char* op_name(QuantizeOp op) {
  for (const auto& [name, value] : quantize_ops())
    if (value == op) return name.c_str();
  return "";
}

void QuantizerOptions::add_to(CLI::App& app, const char* op_help) {
  app.add_option("--op", op, op_help)
      ->transform(CLI::CheckedTransformer(quantize_ops(), CLI::ignore_case).description(""))
      ->type_name("OP");
  add_choice(
      app, "--x-type", desc.x_type, "TYPE",
      {{"bf16", ElementType::kBf16}, {"fp16", ElementType::kFp16}, {"fp32", ElementType::kFp32}},
      "With --op quantize: type of x, bf16 (default), fp16 or fp32");
  app.add_flag("--ue8m0", desc.ue8m0, "With --op: scales that are powers of two");
  app.add_flag("--residual", desc.residual, "With --op rms_norm: adds a residual");
}

QuantizeDesc QuantizerOptions::with_k(int64_t k) const {
  QuantizeDesc with = desc;
  with.op = op.value_or(QuantizeOp::kQuantize);
  with.k = k;
  return with;
}

Result<QuantizerAnchors> quantizer_anchors(const Csv& csv) {
  QuantizerAnchors anchors;
  for (const CsvRow& row : csv.rows) {
    int64_t m = 0, k = 0;
    PeerTimes times;
    Status status = csv.read(row, "m", &m);
    if (status.ok()) status = csv.read(row, "k", &k);
    if (status.ok()) status = read_time(csv, row, "triton_us", &times.triton_us);
    if (status.ok()) status = read_time(csv, row, "inductor_us", &times.inductor_us);
    if (!status.ok()) return status;
    std::string op(csv.text(row, "op").value_or(""));
    if (op == "quant") op = "quantize";
    if (op.ends_with("_quant")) op.resize(op.size() - std::string_view("_quant").size());
    anchors[{op, m, k}] = times;
  }
  return anchors;
}

Json to_json(const QuantizerRow& row) {
  Json json = {{"op", op_name(row.desc.op)},
               {"k", row.desc.k},
               {"m", row.m},
               {"kernel", row.kernel},
               {"us", row.cold.median_us},
               {"pdl_us", row.cold_pdl.median_us},
               {"hot_us", row.hot.median_us},
               {"hot_pdl_us", row.hot_pdl.median_us},
               {"floor_us", row.floor_us()},
               {"gb_per_s", row.bytes / row.cold.median_us * 1e-3}};
  json["triton_us"] = row.triton_us ? Json(*row.triton_us) : Json();
  json["inductor_us"] = row.inductor_us ? Json(*row.inductor_us) : Json();
  return json;
}

std::string quantizer_header() {
  return fmt::format("{:>6} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>8} {:>6}", "k",
                     "m", "us", "pdl", "hot", "hot pdl", "floor", "/floor", "GB/s", "triton",
                     "inductor", "peer/");
}

std::string quantizer_line(const QuantizerRow& row) {
  const std::optional<double> peer = best_peer(row);
  return fmt::format(
      "{:>6} {:>6} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>7.2f} {:>7.0f} {:>8} {:>8} "
      "{:>6}",
      row.desc.k, row.m, row.cold.median_us, row.cold_pdl.median_us, row.hot.median_us,
      row.hot_pdl.median_us, row.floor_us(), row.cold.median_us / row.floor_us(),
      row.bytes / row.cold.median_us * 1e-3, cell(row.triton_us), cell(row.inductor_us),
      cell(peer ? std::optional(*peer / row.cold.median_us) : std::nullopt));
}

}  // namespace jitgemm::cli

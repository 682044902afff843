#include "tools/cli/bench/quantizers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/cli/gemm_options.h"
#include "tools/harness/quantize_operands.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {
namespace {

using harness::Chain;
using harness::QuantizeOperands;
using harness::Workbench;

const std::vector<int64_t> kUsualK = {1536, 2048, 2304, 7168, 16384};
const std::vector<int64_t> kUsualM = {1, 8, 64, 256, 1024, 8192};

Result<Chain> chain_of(const Workbench& bench, const Quantizer& quantizer,
                       const QuantizeOperands& operands, bool pdl) {
  return Chain::capture(bench, harness::launches_over(operands.copies()),
                        [&](int i, CUstream stream) {
                          QuantizeArgs args = operands.args(i);
                          args.pdl = pdl;
                          return quantizer.launch(args, stream);
                        });
}

constexpr int kMostCopies = 2048;  // and launches of a chain

// Cold chains go through copies that exceed the L2 together, unless they are small; hot ones use
// one copy over and over.
Status measure(const Workbench& bench, const Quantizer& quantizer, ScaleLayout layout,
               QuantizerRow* row) {
  const int cold = std::min(harness::copies_of(static_cast<int64_t>(row->bytes)), kMostCopies);
  std::vector<QuantizeOperands> operands;
  for (int copies : {cold, 1}) {
    auto made = QuantizeOperands::generate(bench, {row->desc, row->m, layout, copies});
    if (!made.ok()) return made.status();
    operands.push_back(*std::move(made));
  }
  std::vector<Chain> chains;
  for (const QuantizeOperands& each : operands)
    for (bool pdl : {false, true}) {
      auto chain = chain_of(bench, quantizer, each, pdl);
      if (!chain.ok()) return chain.status();
      chains.push_back(*std::move(chain));
    }
  const auto timings = harness::time_in_turn(bench, chains);
  if (!timings.ok()) return timings.status();
  row->cold = (*timings)[0];
  row->cold_pdl = (*timings)[1];
  row->hot = (*timings)[2];
  row->hot_pdl = (*timings)[3];
  return {};
}

struct Run {
  const QuantizerBench& arguments;
  const Context& context;
  const Workbench& bench;
  const Library& library;
  QuantizerAnchors anchors;
  TableFile table;

  Status point(const Quantizer& quantizer, int64_t m) {
    const QuantizeDesc& desc = quantizer.desc();
    QuantizerRow row{.desc = desc,
                     .m = m,
                     .kernel = quantizer.kernel_name(),
                     .bytes = QuantizeOperands::bytes(desc, m)};
    Status status = measure(bench, quantizer, arguments.options.layout, &row);
    if (!status.ok()) return status;
    if (const auto found = anchors.find({op_name(desc.op), m, desc.k}); found != anchors.end()) {
      row.triton_us = found->second.triton_us;
      row.inductor_us = found->second.inductor_us;
    }
    fmt::print("{}\n", context.json ? to_json(row).dump() : quantizer_line(row));
    std::fflush(stdout);
    return table.add(to_json(row));
  }

  Status all() {
    if (!context.json) fmt::print("{}\n{}\n", bench.gpu->name(), quantizer_header());
    for (int64_t k : arguments.k.empty() ? kUsualK : arguments.k) {
      const Result<Quantizer> quantizer = library.quantizer(arguments.options.with_k(k));
      if (!quantizer.ok()) return quantizer.status();
      for (int64_t m : arguments.m.empty() ? kUsualM : arguments.m)
        if (Status status = point(*quantizer, m); !status.ok()) return status;
    }
    return {};
  }
};

}  // namespace

int bench_quantizers(const QuantizerBench& arguments, const Context& context) {
  if (Status status = valid_m(arguments.m); !status.ok()) return report(status);
  QuantizerAnchors anchors;
  if (!arguments.anchors_file.empty()) {
    const Result<Csv> csv = read_csv(arguments.anchors_file);
    if (!csv.ok()) return report(csv.status());
    Result<QuantizerAnchors> read = quantizer_anchors(*csv);
    if (!read.ok()) return report(in_file(arguments.anchors_file, read.status()));
    anchors = *std::move(read);
  }
  const Result<Workbench> bench =
      Workbench::open(context.library.driver_path, context.library.nvrtc_path);
  if (!bench.ok()) return report(bench.status());
  const Result<Library> library = Library::open(context.options());
  if (!library.ok()) return report(library.status());
  Result<TableFile> table = TableFile::create(arguments.csv);
  if (!table.ok()) return report(table.status());
  Run run{arguments, context, *bench, *library, std::move(anchors), *std::move(table)};
  const Status status = run.all();
  return status.ok() ? kOk : report(status);
}

}  // namespace jitgemm::cli

#include "tools/cli/bench/peer.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace jitgemm::cli {
namespace {

using harness::Chain;
using harness::CublasLt;
using harness::Point;
using harness::Workbench;

constexpr int kAlgorithms = 2;      // from the list of its heuristics; the fastest counts
constexpr double kMaxError = 1e-2;  // relative; a larger one means that the call is set up wrongly

Result<Chain> chain_of(const Workbench& bench, const Point& point, CublasLt::Product& product,
                       int algorithm, bool check) {
  const harness::Operands operands = point.padded_operands();
  if (check) {
    const auto once = [&](const GemmArgs&, Stream stream) {
      return product.launch(algorithm, operands, 0, static_cast<CUstream>(stream));
    };
    const Result<harness::Check> checked =
        harness::launch_and_check(bench, point.reference(), operands, once);
    if (!checked.ok()) return checked.status();
    if (!(checked->relative_error <= kMaxError))
      return Status(StatusCode::kInternal,
                    fmt::format("relative error {:.3g}", checked->relative_error));
  }
  return Chain::capture(
      bench, harness::launches_over(operands.weights.copies()),
      [&](int i, CUstream stream) { return product.launch(algorithm, operands, i, stream); });
}

}  // namespace

std::unique_ptr<CublasLt> open_peer(const Workbench& bench) {
  Result<std::unique_ptr<CublasLt>> library = CublasLt::open(bench);
  if (library.ok()) return *std::move(library);
  fmt::print(stderr, "cuBLASLt is not measured: {}\n", library.status().message());
  return nullptr;
}

std::vector<Chain> peer_chains(const CublasLt& library, const Workbench& bench, const Point& point,
                               bool check) {
  std::vector<Chain> chains;
  const harness::Operands operands = point.padded_operands();
  Result<CublasLt::Product> product =
      library.prepare(operands.weights.desc(), operands.m, kAlgorithms);
  if (!product.ok()) {
    fmt::print(stderr, "cuBLASLt: {}\n", product.status().message());
    return chains;
  }
  for (int algorithm = 0; algorithm < product->algorithms(); ++algorithm) {
    Result<Chain> chain = chain_of(bench, point, *product, algorithm, check);
    if (chain.ok())
      chains.push_back(*std::move(chain));
    else
      fmt::print(stderr, "cuBLASLt, algorithm {}: {}\n", algorithm, chain.status().message());
  }
  return chains;
}

}  // namespace jitgemm::cli

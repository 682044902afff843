#include "tools/harness/cublaslt.h"

#include <fmt/format.h>

#include <utility>

namespace jitgemm::harness {
namespace {

constexpr size_t kWorkspaceBytes = size_t{64} << 20;

Status checked(int status, const char* call) {
  if (status == 0) return {};
  return {StatusCode::kDriverError, fmt::format("{} failed: cublasStatus_t {}", call, status)};
}

template <typename T>
Status set(const CublasLtApi& api, CublasLtDesc desc, int attribute, T value) {
  return checked(api.cublasLtMatmulDescSetAttribute(desc, attribute, &value, sizeof value),
                 "cublasLtMatmulDescSetAttribute");
}

}  // namespace

Result<std::unique_ptr<CublasLt>> CublasLt::open(const Workbench& bench) {
  Result<CublasLtApi> api = CublasLtApi::open();
  if (!api.ok()) return api.status();
  Result<Buffer> workspace = bench.allocate(kWorkspaceBytes);
  if (!workspace.ok()) return workspace.status();
  std::unique_ptr<CublasLt> peer(new CublasLt(*api, *std::move(workspace)));
  Status status = checked(api->cublasLtCreate(&peer->handle_), "cublasLtCreate");
  if (!status.ok()) return status;
  return peer;
}

CublasLt::~CublasLt() {
  if (handle_) api_.cublasLtDestroy(handle_);
}

size_t CublasLt::version() const { return api_.cublasLtGetVersion(); }

Result<CublasLt::Product> CublasLt::prepare(const GemmDesc& desc, int64_t m, int wanted) const {
  Product product(*this);
  Status status = product.describe(desc, (m + 3) / 4 * 4);
  if (status.ok()) status = product.find_algorithms(wanted);
  if (!status.ok()) return status;
  return product;
}

CublasLt::Product::Product(Product&& other) noexcept
    : owner_(other.owner_),
      desc_(std::exchange(other.desc_, nullptr)),
      weight_(std::exchange(other.weight_, nullptr)),
      tokens_(std::exchange(other.tokens_, nullptr)),
      result_(std::exchange(other.result_, nullptr)),
      algorithms_(std::move(other.algorithms_)) {}

CublasLt::Product::~Product() {
  for (CublasLtLayout layout : {weight_, tokens_, result_})
    if (layout) owner_->api_.cublasLtMatrixLayoutDestroy(layout);
  if (desc_) owner_->api_.cublasLtMatmulDescDestroy(desc_);
}

Status CublasLt::Product::describe(const GemmDesc& desc, int64_t padded_m) {
  const CublasLtApi& api = owner_->api_;
  Status status =
      checked(api.cublasLtMatmulDescCreate(&desc_, cublaslt::kCompute32F, cublaslt::kFloat32),
              "cublasLtMatmulDescCreate");
  // The heuristics look at the alignment of the scales' addresses; a launch sets the real ones.
  const void* some_address = reinterpret_cast<const void*>(uintptr_t{256});
  const auto next = [&](auto&& step) {
    if (status.ok()) status = step();
  };
  next([&] { return set(api, desc_, cublaslt::kDescTransA, cublaslt::kTransposed); });
  next([&] { return set(api, desc_, cublaslt::kDescTransB, cublaslt::kNormal); });
  next([&] { return set(api, desc_, cublaslt::kDescScaleModeA, cublaslt::kScale128x128); });
  next([&] { return set(api, desc_, cublaslt::kDescScaleModeB, cublaslt::kScale1x128); });
  next([&] { return set(api, desc_, cublaslt::kDescScaleA, some_address); });
  next([&] { return set(api, desc_, cublaslt::kDescScaleB, some_address); });
  const auto layout = [&](CublasLtLayout* made, int type, int64_t rows, int64_t columns) {
    next([&] {
      return checked(api.cublasLtMatrixLayoutCreate(made, type, rows, columns, rows),
                     "cublasLtMatrixLayoutCreate");
    });
  };
  layout(&weight_, cublaslt::kE4m3, desc.k, desc.n);
  layout(&tokens_, cublaslt::kE4m3, desc.k, padded_m);
  layout(&result_, cublaslt::kBf16, desc.n, padded_m);
  return status;
}

// Leaves algorithms_ empty when cuBLASLt has no kernel for the product: that is not an error.
Status CublasLt::Product::find_algorithms(int wanted) {
  const CublasLtApi& api = owner_->api_;
  CublasLtPreference preference = nullptr;
  Status status =
      checked(api.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
  if (!status.ok()) return status;
  status = checked(
      api.cublasLtMatmulPreferenceSetAttribute(preference, cublaslt::kPreferenceMaxWorkspaceBytes,
                                               &kWorkspaceBytes, sizeof kWorkspaceBytes),
      "cublasLtMatmulPreferenceSetAttribute");
  if (status.ok()) {
    algorithms_.resize(static_cast<size_t>(wanted));
    int found = 0;
    const int outcome =
        api.cublasLtMatmulAlgoGetHeuristic(owner_->handle_, desc_, weight_, tokens_, result_,
                                           result_, preference, wanted, algorithms_.data(), &found);
    algorithms_.resize(outcome == 0 ? static_cast<size_t>(found) : 0);
  }
  api.cublasLtMatmulPreferenceDestroy(preference);
  return status;
}

Status CublasLt::Product::launch(int algorithm, const Operands& operands, int i, CUstream stream) {
  const CublasLtApi& api = owner_->api_;
  const GemmArgs args = operands.args(i);
  const int token_copy = i % operands.activations.copies();
  const void* weight_scales = operands.weights.padded_scales(i % operands.weights.copies()).base;
  const void* token_scales = operands.activations.scales(token_copy, ScaleLayout::kMnMajor).base;
  Status status = set(api, desc_, cublaslt::kDescScaleA, weight_scales);
  if (status.ok()) status = set(api, desc_, cublaslt::kDescScaleB, token_scales);
  if (!status.ok()) return status;
  const float one = 1, zero = 0;
  return checked(api.cublasLtMatmul(owner_->handle_, desc_, &one, args.b, weight_, args.a, tokens_,
                                    &zero, args.d, result_, args.d, result_,
                                    &algorithms_[static_cast<size_t>(algorithm)].algo,
                                    owner_->workspace_.at<void>(), kWorkspaceBytes, stream),
                 "cublasLtMatmul");
}

}  // namespace jitgemm::harness

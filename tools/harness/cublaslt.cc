#include "tools/harness/cublaslt.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "src/base/shared_library.h"

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

Result<CublasLtApi> CublasLtApi::open() {
  const Result<SharedLibrary> library = SharedLibrary::open(
      "libcublasLt",
      std::vector<std::string>{"libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.13",
                               "libcublasLt.so.12", "/usr/local/cuda/lib64/libcublasLt.so.12"});
  if (!library.ok()) return library.status();

  CublasLtApi api{};
  const char* lacking = nullptr;
#define JITGEMM_LOOK_UP(result, name, parameters)                          \
  api.name = reinterpret_cast<decltype(api.name)>(library->symbol(#name)); \
  if (!api.name) lacking = #name;
  JITGEMM_CUBLASLT_FUNCTIONS(JITGEMM_LOOK_UP)
#undef JITGEMM_LOOK_UP
  if (lacking) return Status(StatusCode::kMissing, fmt::format("libcublasLt has no {}", lacking));
  return api;
}

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

Result<CublasLt::Product> CublasLt::prepare(const GemmDesc& desc, int64_t m, int wanted) const {
  Product product(*this);
  Status status = product.describe(desc, (m + 3) / 4 * 4);
  if (status.ok()) status = product.find_algorithms(wanted);
  if (!status.ok()) return status;
  return product;
}

CublasLt::Product::Product(const CublasLt& owner)
    : owner_(&owner),
      desc_(nullptr, owner.api_.cublasLtMatmulDescDestroy),
      weight_(nullptr, owner.api_.cublasLtMatrixLayoutDestroy),
      tokens_(nullptr, owner.api_.cublasLtMatrixLayoutDestroy),
      result_(nullptr, owner.api_.cublasLtMatrixLayoutDestroy) {}

Status CublasLt::Product::describe(const GemmDesc& desc, int64_t padded_m) {
  const CublasLtApi& api = owner_->api_;
  CublasLtDesc made = nullptr;
  Status status =
      checked(api.cublasLtMatmulDescCreate(&made, cublaslt::kCompute32F, cublaslt::kFloat32),
              "cublasLtMatmulDescCreate");
  desc_.reset(made);
  const auto attribute = [&](int name, auto value) {
    if (status.ok()) status = set(api, desc_.get(), name, value);
  };
  attribute(cublaslt::kDescTransA, cublaslt::kTransposed);
  attribute(cublaslt::kDescTransB, cublaslt::kNormal);
  attribute(cublaslt::kDescScaleModeA, cublaslt::kScale128x128);
  attribute(cublaslt::kDescScaleModeB, cublaslt::kScale1x128);
  // The heuristics look at the alignment of the scales' addresses; a launch sets the real ones.
  const void* const some_address = reinterpret_cast<const void*>(uintptr_t{256});
  attribute(cublaslt::kDescScaleA, some_address);
  attribute(cublaslt::kDescScaleB, some_address);
  const auto layout = [&](Owned<CublasLtLayout>& owned, int type, int64_t rows, int64_t columns) {
    CublasLtLayout layout = nullptr;
    if (status.ok())
      status = checked(api.cublasLtMatrixLayoutCreate(&layout, type, rows, columns, rows),
                       "cublasLtMatrixLayoutCreate");
    owned.reset(layout);
  };
  layout(weight_, cublaslt::kE4m3, desc.k, desc.n);
  layout(tokens_, cublaslt::kE4m3, desc.k, padded_m);
  layout(result_, cublaslt::kBf16, desc.n, padded_m);
  return status;
}

// Leaves algorithms_ empty when cuBLASLt has no kernel for the product: that is not an error.
Status CublasLt::Product::find_algorithms(int wanted) {
  const CublasLtApi& api = owner_->api_;
  CublasLtPreference made = nullptr;
  Status status =
      checked(api.cublasLtMatmulPreferenceCreate(&made), "cublasLtMatmulPreferenceCreate");
  const Owned<CublasLtPreference> preference(made, api.cublasLtMatmulPreferenceDestroy);
  if (status.ok())
    status = checked(
        api.cublasLtMatmulPreferenceSetAttribute(made, cublaslt::kPreferenceMaxWorkspaceBytes,
                                                 &kWorkspaceBytes, sizeof kWorkspaceBytes),
        "cublasLtMatmulPreferenceSetAttribute");
  if (!status.ok()) return status;
  algorithms_.resize(static_cast<size_t>(wanted));
  int found = 0;
  const int outcome = api.cublasLtMatmulAlgoGetHeuristic(
      owner_->handle_, desc_.get(), weight_.get(), tokens_.get(), result_.get(), result_.get(),
      made, wanted, algorithms_.data(), &found);
  algorithms_.resize(outcome == 0 ? static_cast<size_t>(found) : 0);
  return {};
}

Status CublasLt::Product::launch(int algorithm, const Operands& operands, int i, CUstream stream) {
  const CublasLtApi& api = owner_->api_;
  const GemmArgs args = operands.args(i);
  const int token_copy = i % operands.activations.copies();
  const void* weight_scales = operands.weights.padded_scales(i % operands.weights.copies()).base;
  const void* token_scales = operands.activations.scales(token_copy, ScaleLayout::kMnMajor).base;
  Status status = set(api, desc_.get(), cublaslt::kDescScaleA, weight_scales);
  if (status.ok()) status = set(api, desc_.get(), cublaslt::kDescScaleB, token_scales);
  if (!status.ok()) return status;
  const float one = 1, zero = 0;
  return checked(
      api.cublasLtMatmul(owner_->handle_, desc_.get(), &one, args.b, weight_.get(), args.a,
                         tokens_.get(), &zero, args.d, result_.get(), args.d, result_.get(),
                         &algorithms_[static_cast<size_t>(algorithm)].algo,
                         owner_->workspace_.at<void>(), kWorkspaceBytes, stream),
      "cublasLtMatmul");
}

}  // namespace jitgemm::harness

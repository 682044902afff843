#include <jitgemm/library.h>
#include <jitgemm/version.h>

#include <utility>

#include "src/api/open_library.h"
#include "src/api/prometheus.h"
#include "src/runtime/gemm_state.h"
#include "src/runtime/library_state.h"
#include "src/runtime/quantizer_state.h"

namespace jitgemm {

Library::Library(std::shared_ptr<LibraryState> state) : state_(std::move(state)) {}

// Gives this folder access to Library's private constructor.
struct LibraryAccess {
  static Library library_of(std::shared_ptr<LibraryState> state) {
    return Library(std::move(state));
  }
};

Result<Library> open_library(Options options, LibraryState::OpenCompiler open_compiler) {
  Result<std::shared_ptr<LibraryState>> state =
      LibraryState::open(std::move(options), std::move(open_compiler));
  if (!state.ok()) return state.status();
  return LibraryAccess::library_of(*std::move(state));
}

Result<Library> Library::open(Options options) { return open_library(std::move(options), {}); }

Result<Gemm> Library::gemm(const GemmDesc& desc) const {
  const Result<GemmState*> gemm = state_->gemm(desc);
  if (!gemm.ok()) return gemm.status();
  return Gemm(std::shared_ptr<GemmState>(state_, *gemm));  // keeps the whole library
}

Result<Quantizer> Library::quantizer(const QuantizeDesc& desc) const {
  const Result<QuantizerState*> quantizer = state_->quantizer(desc);
  if (!quantizer.ok()) return quantizer.status();
  return Quantizer(std::shared_ptr<QuantizerState>(state_, *quantizer));
}

Counters Library::counters() const {
  return state_->home().is_here() ? state_->counters() : Counters();
}

std::vector<KernelRecord> Library::kernels() const {
  return state_->home().is_here() ? state_->kernels() : std::vector<KernelRecord>();
}

std::string Library::prometheus() const { return prometheus_text(counters(), kernels()); }

Gemm::Gemm(std::shared_ptr<GemmState> state) : state_(std::move(state)) {}

Status Gemm::prepare(int64_t m_max) const { return state_->prepare(m_max); }

Status Gemm::launch(const GemmArgs& args, Stream stream) const {
  return state_->launch(args, stream);
}

const GemmDesc& Gemm::desc() const { return state_->desc(); }

std::string Gemm::kernel_name(int64_t m, bool pdl) const {
  return state_->kernel_name(m, plan::chain_of(pdl));
}

Quantizer::Quantizer(std::shared_ptr<QuantizerState> state) : state_(std::move(state)) {}

Status Quantizer::prepare() const { return state_->prepare(); }

Status Quantizer::launch(const QuantizeArgs& args, Stream stream) const {
  return state_->launch(args, stream);
}

const QuantizeDesc& Quantizer::desc() const { return state_->desc(); }

std::string Quantizer::kernel_name() const { return state_->kernel_name(); }

const char* version() { return JITGEMM_VERSION_STRING; }

}  // namespace jitgemm

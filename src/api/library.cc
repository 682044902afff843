#include <jitgemm/library.h>

#include <utility>

#include "src/api/open_library.h"
#include "src/api/prometheus.h"
#include "src/runtime/gemm_state.h"
#include "src/runtime/library_state.h"
#include "src/runtime/open_compiler.h"

namespace jitgemm {

Library::Library(std::shared_ptr<LibraryState> state) : state_(std::move(state)) {}

// The one way around Library's private constructor.
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

Result<Library> Library::open(Options options) {
  auto open = [options] { return open_compiler(options); };
  return open_library(std::move(options), std::move(open));
}

Result<Gemm> Library::gemm(const GemmDesc& desc) const {
  const Result<GemmState*> gemm = state_->gemm(desc);
  if (!gemm.ok()) return gemm.status();
  return Gemm(std::shared_ptr<GemmState>(state_, *gemm));  // keeps the whole library
}

Counters Library::counters() const {
  return state_->home().is_here() ? state_->counters() : Counters();
}

std::vector<KernelRecord> Library::kernels() const {
  return state_->home().is_here() ? state_->kernels() : std::vector<KernelRecord>();
}

std::string Library::prometheus() const { return prometheus_text(counters(), kernels()); }

}  // namespace jitgemm

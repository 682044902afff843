#include <utility>

#include <jitgemm/library.h>
#include "src/runtime/gemm_state.h"

namespace jitgemm {

Gemm::Gemm(std::shared_ptr<GemmState> state) : state_(std::move(state)) {}

Status Gemm::prepare(int64_t m_max) const { return state_->prepare(m_max); }

Status Gemm::launch(const GemmArgs& args, Stream stream) const {
  return state_->launch(args, stream);
}

const GemmDesc& Gemm::desc() const { return state_->desc(); }

std::string Gemm::kernel_name(int64_t m, bool pdl) const {
  return state_->kernel_name(m, plan::chain_of(pdl));
}

}  // namespace jitgemm

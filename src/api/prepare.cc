// Library::prepare: makes and loads every kernel that a list of shapes needs, on several threads.
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "src/base/distinct_shapes.h"
#include "src/base/shared_work.h"
#include "src/device/gpu.h"
#include "src/runtime/gemm_state.h"
#include "src/runtime/library_state.h"
#include "src/runtime/scoped_range.h"

namespace jitgemm {
namespace {

struct Piece {
  GemmState* gemm;
  GemmState::Slot* slot;
};

// Validates all shapes before any kernel is made.
Result<std::vector<Piece>> pieces_of(const std::vector<GemmDesc>& shapes, int64_t m_max,
                                     LibraryState& library) {
  std::vector<Piece> pieces;
  for (const GemmDesc& desc : shapes) {
    const Result<GemmState*> gemm = library.gemm(desc);
    if (!gemm.ok()) return gemm.status();
    const Result<std::vector<GemmState::Slot*>> slots = (*gemm)->slots_to(m_max);
    if (!slots.ok()) return slots.status();
    for (GemmState::Slot* slot : *slots) pieces.push_back({*gemm, slot});
  }
  return pieces;
}

void record(const std::string& kernel, const Status& outcome, PrepareReport* report) {
  if (outcome.ok()) {
    ++report->ready;
    return;
  }
  ++report->failed;
  report->errors.push_back({outcome.code(), fmt::format("{}: {}", kernel, outcome.message()),
                            std::string(outcome.detail())});
}

}  // namespace

Result<PrepareReport> Library::prepare(const PrepareRequest& request,
                                       const PrewarmProgress& progress) const {
  const auto start = std::chrono::steady_clock::now();
  if (!state_->home().is_here()) return state_->home().refusal();
  const ScopedRange range(state_->options().ranges, "jitgemm prepare");
  if (request.threads < 1)
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("threads = {} is less than 1", request.threads));
  const Result<DriverPtr> driver = state_->driver();
  if (!driver.ok()) return driver.status();
  const Result<CUcontext> context = device::current_context(**driver);
  if (!context.ok()) return context.status();
  const std::vector<GemmDesc> shapes = distinct(request.shapes);
  const Result<std::vector<Piece>> pieces = pieces_of(shapes, request.m_max, *state_);
  if (!pieces.ok()) return pieces.status();
  const auto total = static_cast<int64_t>(pieces->size());

  PrepareReport report;
  report.shapes = static_cast<int64_t>(shapes.size());
  report.kernels = total;
  const Status stopped = share_work(
      request.threads, pieces->size(),
      [&] {
        return (*driver)->check((*driver)->api().cuCtxSetCurrent(*context), "cuCtxSetCurrent");
      },
      [&](size_t i) { return (*pieces)[i].gemm->prepare_slot(*(*pieces)[i].slot); },
      [&](size_t i, const Status& outcome) {
        const std::string kernel = (*pieces)[i].slot->name;
        record(kernel, outcome, &report);
        if (progress) progress(report.ready + report.failed, total, kernel);
      });
  if (!stopped.ok()) return stopped;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace jitgemm

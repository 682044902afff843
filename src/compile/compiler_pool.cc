#include "src/compile/compiler_pool.h"

#include <algorithm>
#include <utility>

namespace jitgemm::compile {
namespace {

// Each takes some 35 MB beside NVRTC's code, which they share.
constexpr int kMostProcesses = 16;

bool is_of_no_use(const Result<Compiled>& outcome) {
  return !outcome.ok() && outcome.status().code() == StatusCode::kIoError;
}

}  // namespace

CompilerPool::CompilerPool(std::shared_ptr<Compiler> here, Start start, Report report)
    : here_(std::move(here)), start_(std::move(start)), report_(std::move(report)) {}

Result<Compiled> CompilerPool::compile(const codegen::Source& source,
                                       const std::vector<std::string>& options) {
  if (begin() == Place::kElsewhere) {
    std::optional<Result<Compiled>> outcome = compile_elsewhere(source, options);
    if (outcome) return *std::move(outcome);
    begin();  // here, as it was given up
  }
  Result<Compiled> outcome = here_->compile(source, options);
  end(Place::kHere, nullptr);
  return outcome;
}

// Nothing when there is no process, or it is of no use: it is given up then.
std::optional<Result<Compiled>> CompilerPool::compile_elsewhere(
    const codegen::Source& source, const std::vector<std::string>& options) {
  std::optional<Result<Compiled>> outcome;
  std::unique_ptr<Compiler> other = take();
  if (other) outcome = other->compile(source, options);
  if (outcome && is_of_no_use(*outcome)) {
    give_up(outcome->status());
    outcome.reset();
  }
  end(Place::kElsewhere, std::move(other));
  return outcome;
}

CompilerPool::Place CompilerPool::begin() {
  std::lock_guard lock(mutex_);
  const bool elsewhere =
      !given_up_ && compiling_elsewhere_ < std::min(compiling_here_, kMostProcesses);
  ++(elsewhere ? compiling_elsewhere_ : compiling_here_);
  return elsewhere ? Place::kElsewhere : Place::kHere;
}

// Null when there is none to be had.
std::unique_ptr<Compiler> CompilerPool::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Compiler> other = std::move(idle_.back());
      idle_.pop_back();
      return other;
    }
  }
  Result<std::unique_ptr<Compiler>> started = start_();
  if (started.ok()) return *std::move(started);
  give_up(started.status());
  return nullptr;
}

void CompilerPool::give_up(const Status& reason) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(given_up_, true)) return;
  }
  report_(reason);
}

// Processes end outside the lock: it takes them some milliseconds.
void CompilerPool::end(Place place, std::unique_ptr<Compiler> other) {
  std::vector<std::unique_ptr<Compiler>> ended;
  std::lock_guard lock(mutex_);
  --(place == Place::kHere ? compiling_here_ : compiling_elsewhere_);
  if (other && !given_up_) idle_.push_back(std::move(other));
  if (given_up_ || compiling_here_ + compiling_elsewhere_ == 0) ended.swap(idle_);
}

}  // namespace jitgemm::compile

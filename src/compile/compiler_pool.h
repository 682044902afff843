// A compiler in this process, and in others while many compile at once.
//
// NVRTC 13 parses one source at a time in a process, which is a tenth of a compile: more than eight
// threads of one process stand in each other's way. Whoever compiles alone does it here, so that a
// single kernel starts no process; of those who compile at once every other one is given a process.
// When nobody compiles any more they end.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/compile/compiler.h"

namespace jitgemm::compile {

class CompilerPool final : public Compiler {
 public:
  // A compiler that is used by one thread at a time, and says kIoError when it is of no use.
  using Start = std::function<Result<std::unique_ptr<Compiler>>()>;
  using Report = std::function<void(const Status&)>;

  // Where start() fails, or what it started is of no use, `report` is told, once, and all is
  // compiled by `here`.
  CompilerPool(std::shared_ptr<Compiler> here, Start start, Report report);

  const std::string& build() const override { return here_->build(); }
  Result<Compiled> compile(const codegen::Source& source,
                           const std::vector<std::string>& options) override;

 private:
  enum class Place { kHere, kElsewhere };
  Place begin();
  void end(Place place, std::unique_ptr<Compiler> other);

  std::optional<Result<Compiled>> compile_elsewhere(const codegen::Source& source,
                                                    const std::vector<std::string>& options);
  std::unique_ptr<Compiler> take();
  void give_up(const Status& reason);

  const std::shared_ptr<Compiler> here_;
  const Start start_;
  const Report report_;

  std::mutex mutex_;
  int compiling_here_ = 0, compiling_elsewhere_ = 0;
  bool given_up_ = false;
  std::vector<std::unique_ptr<Compiler>> idle_;
};

}  // namespace jitgemm::compile

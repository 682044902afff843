// A process that compiles for this one: the `jitgemm` command, asked over a socket.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/compile/compiler.h"

namespace jitgemm::compile {

// Thread rule: one thread at a time.
class CompileProcess final : public Compiler {
 public:
  // Starts `command compile`, with the NVRTC of that path, which should be of that build. It has no
  // file of this process but the socket, and ends when this object does, or this process. Does not
  // wait for it: whether it is of any use is seen when it compiles. Errors: kIoError.
  static Result<std::unique_ptr<Compiler>> start(const std::string& command,
                                                 const std::string& nvrtc_path,
                                                 const std::string& build);
  ~CompileProcess() override;

  const std::string& build() const override { return build_; }

  // Errors: as any compiler; kIoError: it has ended, or is no `jitgemm` with this NVRTC, or has
  // said nothing for a minute.
  Result<Compiled> compile(const codegen::Source& source,
                           const std::vector<std::string>& options) override;

 private:
  CompileProcess(pid_t process, int socket, std::string build);
  Status greet();

  const pid_t process_;
  const int socket_;
  const std::string build_;
  bool greeted_ = false;
};

}  // namespace jitgemm::compile

// The interface of a compiler: source in, cubin out. nvrtc.h implements it; tests use compilers
// that are slow, fail or count.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/codegen/source.h"
#include "src/compile/ptxas_log.h"

namespace jitgemm::compile {

struct Compiled {
  std::string cubin;
  PtxasReport ptxas;
  double ms = 0;  // wall time of the compile call
};

class Compiler {
 public:
  virtual ~Compiler() = default;

  // Identifies the build of the compiler, without a path. It is part of the key.
  virtual const std::string& build() const = 0;

  // Compiles a source to a cubin for sm_90a. Callable from several threads at once.
  // Errors: kCompileFailed; the detail is the full log of the compiler, then the source.
  virtual Result<Compiled> compile(const codegen::Source& source,
                                   const std::vector<std::string>& options) = 0;
};

}  // namespace jitgemm::compile

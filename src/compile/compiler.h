// The seam between "a source" and "a cubin": what the registry needs of a compiler, so that tests
// can put a slow, failing or counting one in its place. nvrtc.h has the real one.
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

  // Everything that identifies the compiler's build, no path: goes into the key.
  virtual const std::string& build() const = 0;

  // Source to cubin for sm_90a. Callable from several threads at once.
  // Errors: kCompileFailed; the detail has the compiler's full log, then the source.
  virtual Result<Compiled> compile(const codegen::Source& source,
                                   const std::vector<std::string>& options) = 0;
};

}  // namespace jitgemm::compile

// Compiling on request: what a process that compiles for another does, and what that one asks.
//
//   the process that compiles says   {greeting, its compiler's build}, once
//   the other one asks               {page, number of headers, name, text, ..., options...}
//   and is answered                  {"cubin", the cubin, ms, what ptxas said...}
//                                 or {"error", code, message, detail}
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>
#include "src/codegen/source.h"
#include "src/compile/compiler.h"

namespace jitgemm::compile {

// Answers requests until the other end is gone.
void answer_requests(int socket, Compiler& compiler);

// The build of the compiler at the other end. Errors: kIoError: nobody there, or none of ours.
Result<std::string> await_greeting(int socket);

// Errors: kIoError: the other end is gone; those of its compiler.
Result<Compiled> request(int socket, const codegen::Source& source,
                         const std::vector<std::string>& options);

}  // namespace jitgemm::compile

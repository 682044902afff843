// Messages between this process and one that compiles for it: lists of byte strings over a stream
// socket. Both ends are one program's, on one machine: numbers have its byte order.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/status.h>

namespace jitgemm::compile {

using Message = std::vector<std::string>;

// All of it, or an error: kIoError. No signal is raised where nobody reads.
Status send(int socket, const Message& message);

// Blocks. Errors: kIoError: the other end is gone, or what came is no message.
Result<Message> receive(int socket);

}  // namespace jitgemm::compile

#include "src/compile/message.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace jitgemm::compile {
namespace {

// More than any source or cubin needs. What says more is no message.
constexpr uint64_t kMostStrings = 1024, kMostBytes = uint64_t{1} << 28;

Status failed(std::string_view call) {
  return {StatusCode::kIoError,
          fmt::format("{}: {}", call, errno == 0 ? "the other end is gone" : std::strerror(errno))};
}

Status send_bytes(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (sent < 0 && errno != EINTR) return failed("send");
  }
  return {};
}

Status receive_bytes(int socket, void* to, size_t size) {
  char* next = static_cast<char*>(to);
  while (size > 0) {
    errno = 0;  // stays so at the end of the stream
    const ssize_t received = ::recv(socket, next, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return failed("recv");
    next += received;
    size -= static_cast<size_t>(received);
  }
  return {};
}

}  // namespace

// The number of strings, the size of each, and their bytes.
Status send(int socket, const Message& message) {
  std::vector<uint64_t> sizes = {message.size()};
  std::string bytes;
  for (const std::string& text : message) {
    sizes.push_back(text.size());
    bytes += text;
  }
  const std::string_view head(reinterpret_cast<const char*>(sizes.data()),
                              sizes.size() * sizeof(uint64_t));
  if (Status status = send_bytes(socket, head); !status.ok()) return status;
  return send_bytes(socket, bytes);
}

Result<Message> receive(int socket) {
  uint64_t count = 0;
  if (Status status = receive_bytes(socket, &count, sizeof count); !status.ok()) return status;
  if (count > kMostStrings) return Status(StatusCode::kIoError, "what came is no message");
  std::vector<uint64_t> sizes(count);
  if (Status status = receive_bytes(socket, sizes.data(), count * sizeof(uint64_t)); !status.ok())
    return status;
  uint64_t bytes = 0;
  for (uint64_t size : sizes)
    if (size > kMostBytes || (bytes += size) > kMostBytes)
      return Status(StatusCode::kIoError, "what came is no message");
  Message message;
  for (uint64_t size : sizes) {
    message.emplace_back(size, '\0');
    if (Status status = receive_bytes(socket, message.back().data(), size); !status.ok())
      return status;
  }
  return message;
}

}  // namespace jitgemm::compile

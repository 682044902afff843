#include "src/compile/requests.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "src/compile/message.h"

namespace jitgemm::compile {
namespace {

constexpr char kGreeting[] = "jitgemm compiles 1", kCubin[] = "cubin", kError[] = "error";

Status no_answer() { return {StatusCode::kIoError, "what came is no answer of jitgemm"}; }

template <typename Number>
bool read(const std::string& text, Number* number) {
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && last == end;
}

// ---- requests ----

Message message_of(const codegen::Source& source, const std::vector<std::string>& options) {
  Message message = {source.text, fmt::to_string(source.headers.size())};
  for (const codegen::Header& header : source.headers) {
    message.emplace_back(header.name);
    message.emplace_back(header.text);
  }
  message.insert(message.end(), options.begin(), options.end());
  return message;
}

struct Request {
  codegen::Source source;  // its headers view the message
  std::vector<std::string> options;
};

bool read(const Message& message, Request* request) {
  size_t headers = 0;
  if (message.size() < 2 || !read(message[1], &headers) || headers > (message.size() - 2) / 2)
    return false;
  request->source.text = message[0];
  for (size_t i = 0; i < headers; ++i)
    request->source.headers.push_back({message[2 + 2 * i], message[3 + 2 * i]});
  request->options.assign(message.begin() + static_cast<std::ptrdiff_t>(2 + 2 * headers),
                          message.end());
  return true;
}

// ---- answers ----

Message message_of(const Result<Compiled>& outcome) {
  if (!outcome.ok()) {
    const Status error = outcome.status();
    return {kError, fmt::to_string(static_cast<int>(error.code())), std::string(error.message()),
            std::string(error.detail())};
  }
  const PtxasReport& ptxas = outcome->ptxas;
  Message message = {kCubin, outcome->cubin, fmt::to_string(outcome->ms)};
  for (int number :
       {ptxas.registers, ptxas.stack_bytes, ptxas.spill_store_bytes, ptxas.spill_load_bytes})
    message.push_back(fmt::to_string(number));
  message.insert(message.end(), ptxas.warnings.begin(), ptxas.warnings.end());
  return message;
}

Result<Compiled> outcome_of(Message message) {
  int code = 0;
  if (message.size() == 4 && message[0] == kError && read(message[1], &code) && code > 0)
    return Status(static_cast<StatusCode>(code), std::move(message[2]), std::move(message[3]));
  Compiled compiled;
  PtxasReport& ptxas = compiled.ptxas;
  if (message.size() < 7 || message[0] != kCubin || !read(message[2], &compiled.ms) ||
      !read(message[3], &ptxas.registers) || !read(message[4], &ptxas.stack_bytes) ||
      !read(message[5], &ptxas.spill_store_bytes) || !read(message[6], &ptxas.spill_load_bytes))
    return no_answer();
  compiled.cubin = std::move(message[1]);
  ptxas.warnings.assign(message.begin() + 7, message.end());
  return compiled;
}

}  // namespace

void answer_requests(int socket, Compiler& compiler) {
  if (!send(socket, {kGreeting, compiler.build()}).ok()) return;
  for (Result<Message> message = receive(socket); message.ok(); message = receive(socket)) {
    Request request;
    if (!read(*message, &request)) return;
    const Result<Compiled> outcome = compiler.compile(request.source, request.options);
    if (!send(socket, message_of(outcome)).ok()) return;
  }
}

Result<std::string> await_greeting(int socket) {
  Result<Message> greeting = receive(socket);
  if (!greeting.ok()) return greeting.status();
  if (greeting->size() != 2 || greeting->front() != kGreeting) return no_answer();
  return std::move(greeting->back());
}

Result<Compiled> request(int socket, const codegen::Source& source,
                         const std::vector<std::string>& options) {
  if (Status status = send(socket, message_of(source, options)); !status.ok()) return status;
  Result<Message> answer = receive(socket);
  if (!answer.ok()) return answer.status();
  return outcome_of(*std::move(answer));
}

}  // namespace jitgemm::compile

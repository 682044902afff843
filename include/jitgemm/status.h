// Status and Result: every jitgemm function reports failure with them. Nothing in the library
// throws.
//
// A Status is a pointer that is null on success, so success costs nothing. An error has
//   code     the kind of failure, for programs; its values do not change between versions
//   message  one line for people: the name of the thing, what was found, what is accepted
//   detail   text of any length: the compiler's log with the source, or the places searched
//
// Thread rule: a Status is immutable, so any number of threads may read copies of it.
#pragma once

#include <cassert>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jitgemm {

enum class StatusCode : int {
  kOk = 0,
  kInvalidArgument = 1,    // a field of the call has a value that is not accepted
  kMissing = 2,            // the machine lacks something (NVRTC, driver, GPU), named in the message
  kUnsupportedDevice = 3,  // there is a GPU, but not one of compute capability 9.0
  kCompileFailed = 4,      // NVRTC refused the source; detail has its log and the source
  kDriverError = 5,        // a CUDA driver call failed; the message names the call
  kNotReady = 6,           // the kernel is not loaded, and this call may not make it
  kIoError = 7,            // a file could not be read or written (never from a launch)
  kInternal = 8,           // a bug of this library: please report it
};

// The code in words: "invalid argument", "missing", and so on.
constexpr const char* to_string(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kInvalidArgument: return "invalid argument";
    case StatusCode::kMissing: return "missing";
    case StatusCode::kUnsupportedDevice: return "unsupported device";
    case StatusCode::kCompileFailed: return "compile failed";
    case StatusCode::kDriverError: return "driver error";
    case StatusCode::kNotReady: return "not ready";
    case StatusCode::kIoError: return "i/o error";
    case StatusCode::kInternal: return "internal error";
  }
  return "unknown";
}

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(StatusCode code, std::string message, std::string detail = {})
      : error_(std::make_shared<const Error>(Error{code, std::move(message), std::move(detail)})) {}

  bool ok() const { return error_ == nullptr; }
  StatusCode code() const { return error_ ? error_->code : StatusCode::kOk; }
  // Valid as long as this Status or a copy of it lives.
  std::string_view message() const { return error_ ? error_->message : std::string_view(); }
  std::string_view detail() const { return error_ ? error_->detail : std::string_view(); }

 private:
  struct Error {
    StatusCode code;
    std::string message;
    std::string detail;
  };
  std::shared_ptr<const Error> error_;
};

// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<1>, std::move(value)) {}        // NOLINT: implicit
  Result(Status status) : state_(std::in_place_index<0>, std::move(status)) {  // NOLINT: implicit
    assert(!this->status().ok() && "a Result without a value needs a reason");
  }

  bool ok() const { return state_.index() == 1; }
  Status status() const { return ok() ? Status() : std::get<0>(state_); }

  // Requires ok().
  T& value() & { return *checked(); }
  const T& value() const& { return *const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(*checked()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return checked(); }
  const T* operator->() const { return const_cast<Result*>(this)->checked(); }

 private:
  T* checked() {
    assert(ok() && "value() of a failed Result");
    return std::get_if<1>(&state_);
  }
  std::variant<Status, T> state_;
};

}  // namespace jitgemm

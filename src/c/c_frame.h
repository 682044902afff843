// The frame of every function of the C ABI, which turns a Status into an error object and lets no
// exception out; and the reading and writing of structs of the caller's size.
#pragma once

#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>
#include <jitgemm/version.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

struct jitgemm_error {
  jitgemm_status code;
  std::string message, detail;  // copies, because C needs strings that end with NUL
};

struct jitgemm_library {
  jitgemm::Library library;
};

struct jitgemm_gemm {
  jitgemm::Gemm gemm;
};

namespace jitgemm::c {

inline jitgemm_error to_error(const Status& status) {
  return {static_cast<jitgemm_status>(status.code()), std::string(status.message()),
          std::string(status.detail())};
}

inline Status invalid(std::string message) {
  return {StatusCode::kInvalidArgument, std::move(message)};
}

// Runs `body`, which returns a Status, and reports that Status as the C ABI does.
template <typename Body>
jitgemm_status report(jitgemm_error** error, Body&& body) noexcept {
  if (error) *error = nullptr;
  try {
    const Status status = body();
    if (status.ok()) return JITGEMM_OK;
    if (error) *error = new (std::nothrow) jitgemm_error(to_error(status));
    return static_cast<jitgemm_status>(status.code());
  } catch (...) {  // out of memory, so there is none for a message either
    return JITGEMM_INTERNAL;
  }
}

// Checks a caller's struct, whose type is called `name`.
template <typename Struct>
Status check(const Struct* given, const char* name) {
  if (given == nullptr) return invalid(fmt::format("{} is NULL", name));
  const size_t size = given->struct_size;
  if (size >= sizeof size && size <= sizeof *given) return {};
  return invalid(
      fmt::format("{}.struct_size = {} is outside {}..{}: set it to sizeof({}), from the jitgemm.h "
                  "of this library ({})",
                  name, size, sizeof size, sizeof *given, name, jitgemm::version()));
}

// Copies the caller's struct, which may be smaller. Fields that it lacks are zero in the copy.
template <typename Struct>
Status read(const Struct* from, const char* name, Struct* to) {
  if (Status status = check(from, name); !status.ok()) return status;
  *to = {};
  std::memcpy(to, from, from->struct_size);
  return {};
}

// Copies the fields of `value` that the caller's struct has room for, and keeps its struct_size.
template <typename Struct>
void write(Struct value, Struct* to) {
  value.struct_size = to->struct_size;
  std::memcpy(to, &value, to->struct_size);
}

inline std::string text(const char* string) { return string ? string : ""; }

// Enumerators and counts are int64_t in the C ABI. A value outside int is clamped, and so stays
// outside every valid range.
inline int narrow(int64_t value) {
  using Limits = std::numeric_limits<int>;
  return static_cast<int>(std::clamp<int64_t>(value, Limits::min(), Limits::max()));
}

}  // namespace jitgemm::c

// A shared library of the machine (NVRTC, the CUDA driver), opened at run time and never closed: it
// may have threads that run until the process ends.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jitgemm/status.h>

namespace jitgemm {

// Thread rule: immutable once opened; copies refer to the same library.
class SharedLibrary {
 public:
  // Opens the first of `candidates` (paths, or names for the loader to find) that the loader
  // accepts. Errors: kMissing; the message names `what`, the detail has the loader's error for each
  // candidate.
  static Result<SharedLibrary> open(std::string_view what,
                                    const std::vector<std::string>& candidates);

  // nullptr when the library has no symbol of that name.
  void* symbol(const char* name) const;

  const std::string& path() const { return path_; }  // the file, as the loader found it

 private:
  SharedLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void* handle_;
  std::string path_;
};

}  // namespace jitgemm

// A manifest: the kernels that a model needs, by name, as a text to keep beside the model.
//
//   jitgemm manifest 1
//   # anything
//   <32 hexadecimal digits: the key's digest> <the kernel's name>
//
// One kernel a line, in any order; empty lines and those that begin with '#' say nothing. The
// digest is of everything that decides the cubin but for the compiler: a manifest of another
// version of the library, whose kernels are others, is refused rather than half fulfilled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

std::string manifest_text(const std::vector<KernelId>& kernels);

// Errors: kInvalidArgument, with the line. Names are not looked at here.
Result<std::vector<KernelId>> parse_manifest(std::string_view text);

// The same of files. Errors: kInvalidArgument (reading), kIoError (writing), with the path.
Status write_manifest(const std::string& path, const std::vector<KernelId>& kernels);
Result<std::vector<KernelId>> read_manifest(const std::string& path);

}  // namespace jitgemm::cli

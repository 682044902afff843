// A manifest: a text file that names the kernels of a model.
//
//   jitgemm manifest 1
//   # a comment
//   <32 hexadecimal digits: the key's digest> <the kernel's name>
//
// One kernel per line, in any order; empty lines and lines that begin with '#' are ignored. The
// digest covers everything that decides the cubin except the compiler, so a manifest of a library
// version with other kernels is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

std::string manifest_text(const std::vector<KernelId>& kernels);

// Errors: kInvalidArgument, with the line. Does not check whether a name is a kernel's.
Result<std::vector<KernelId>> parse_manifest(std::string_view text);

// The same of a file. Errors: kInvalidArgument, with the path.
Result<std::vector<KernelId>> read_manifest(const std::string& path);

}  // namespace jitgemm::cli

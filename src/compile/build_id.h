// The GNU build id, which the linker computes from the contents of a library: it identifies a
// build.
#pragma once

#include <string>

namespace jitgemm::compile {

// The build id of an ELF file in hexadecimal. Empty when the file has none or is not an ELF file.
// The id is read from the sections of the file, because the program headers can be wrong: the NVRTC
// wheels for CUDA 12 were processed by patchelf, which moved the note but not the header that
// points to it.
std::string gnu_build_id(const std::string& path);

}  // namespace jitgemm::compile

// What tells one build of a library from another: the GNU build id, which the linker computes from
// the contents.
#pragma once

#include <string>

namespace jitgemm::compile {

// The build id of an ELF file in hexadecimal; empty when it has none or is no such file. It is read
// from the file's sections: NVRTC's wheels for CUDA 12 have passed through patchelf, which moved
// the note and left the program header, and so what is seen in memory, pointing at its former
// place.
std::string gnu_build_id(const std::string& path);

}  // namespace jitgemm::compile

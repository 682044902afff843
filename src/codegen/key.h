// The key: the text of everything that decides a cubin's bytes, and its digest.
//
// It has two parts. *What*: schema, architecture, options, headers, source. *By whom*: the build of
// NVRTC. The name of an entry on disk is `<what>-<builder>`: 128 bits of XXH3 of the what-text,
// then 64 of the builder's. xxHash finds the file; equality of the whole text admits it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/codegen/source.h"

namespace jitgemm::codegen {

// The options that NVRTC is given, in order.
std::vector<std::string> compile_options();

struct Key {
  std::string what;         // the text, line by line, lengths before free text
  std::string what_digest;  // 32 hexadecimal digits
};

Key make_key(const Source& source);

// 16 hexadecimal digits of the build of a compiler ("builder" of the entry's name).
std::string builder_digest(std::string_view nvrtc_build);

}  // namespace jitgemm::codegen

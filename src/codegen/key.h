// The key: the text of everything that decides a cubin's bytes, and its digest.
//
// It has two parts. *What*: schema, architecture, options, headers, source. *By whom*: the build of
// NVRTC. An entry on disk is named `<what>-<builder>`: 128 bits of the XXH3 digest of the
// what-text, then 64 bits of the builder's. The digest finds the file; the reader compares the
// whole text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/codegen/source.h"

namespace jitgemm::codegen {

// The options for NVRTC, in order.
std::vector<std::string> compile_options();

struct Key {
  std::string what;         // the text, line by line, lengths before free text
  std::string what_digest;  // 32 hexadecimal digits
};

Key make_key(const Source& source);

// XXH3-128 of a text: 32 lower-case hexadecimal digits.
std::string digest(std::string_view text);

// The text's length, then the text: a sequence of them keeps ("ab", "c") and ("a", "bc") apart.
std::string sized(std::string_view text);

// The digest of the headers' names and texts.
std::string digest(const std::vector<Header>& headers);

// The digest of a compiler's build, 16 hexadecimal digits: `<builder>` in an entry's name.
std::string builder_digest(std::string_view nvrtc_build);

}  // namespace jitgemm::codegen

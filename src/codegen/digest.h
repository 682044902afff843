// XXH3-128 of a text, in hexadecimal.
#pragma once

#include <string>
#include <string_view>

namespace jitgemm::codegen {

std::string digest(std::string_view text);  // 32 lower-case digits

// The text's length, then the text: a sequence of them keeps ("ab", "c") and ("a", "bc") apart.
std::string sized(std::string_view text);

}  // namespace jitgemm::codegen

// Reads a text line by line.
#pragma once

#include <string_view>

namespace jitgemm::cli {

// Removes the next line from `text` and returns it without its end, LF or CRLF.
inline std::string_view next_line(std::string_view* text) {
  const size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == text->npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace jitgemm::cli

// Texts and files of text.
#pragma once

#include <string>
#include <string_view>

#include <jitgemm/status.h>

namespace jitgemm::cli {

// Without the blanks at either end.
std::string_view trim(std::string_view text);

// Removes the next line from `text` and returns it without its end, LF or CRLF.
std::string_view next_line(std::string_view* text);

// Errors: kInvalidArgument, which names the file.
Result<std::string> read_file(const std::string& path);

// Errors: kIoError, which names the file.
Status write_file(const std::string& path, std::string_view text);

// The error in a line of a text: kInvalidArgument.
Status at_line(int line, std::string_view what);

// The error of a file's text, with the file's name.
Status in_file(const std::string& path, const Status& error);

}  // namespace jitgemm::cli

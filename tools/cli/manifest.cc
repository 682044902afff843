#include "tools/cli/manifest.h"

#include <fmt/format.h>

#include "tools/cli/text.h"

namespace jitgemm::cli {
namespace {

constexpr std::string_view kFirstLine = "jitgemm manifest 1";
constexpr size_t kDigits = 32;

bool is_digest(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string manifest_text(const std::vector<KernelId>& kernels) {
  std::string text = fmt::format("{}\n", kFirstLine);
  for (const KernelId& kernel : kernels)
    text += fmt::format("{} {}\n", kernel.key_digest, kernel.name);
  return text;
}

Result<std::vector<KernelId>> parse_manifest(std::string_view text) {
  if (next_line(&text) != kFirstLine)
    return at_line(1, fmt::format("a manifest begins with '{}'", kFirstLine));
  std::vector<KernelId> kernels;
  for (int number = 2; !text.empty(); ++number) {
    const std::string_view line = next_line(&text);
    if (line.empty() || line.front() == '#') continue;
    const size_t space = line.find(' ');
    if (space == line.npos || !is_digest(line.substr(0, space)) ||
        line.find_first_of(" \t", space + 1) != line.npos || space + 1 == line.size())
      return at_line(number,
                     fmt::format("'{}' is not a digest of 32 digits and a kernel's name", line));
    kernels.push_back({std::string(line.substr(space + 1)), std::string(line.substr(0, space))});
  }
  return kernels;
}

Result<std::vector<KernelId>> read_manifest(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text.ok()) return text.status();
  Result<std::vector<KernelId>> kernels = parse_manifest(*text);
  if (!kernels.ok()) return in_file(path, kernels.status());
  return kernels;
}

}  // namespace jitgemm::cli

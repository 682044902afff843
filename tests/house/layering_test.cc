// Layering as a test: every #include line must follow an arrow of the design. Dependencies point
// one way.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/paths.h"

namespace jitgemm {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre, ::testing::IsEmpty;

// A path's beginning, and the beginnings of the headers of this project and of CUDA that files
// there may include. Of several arrows the one with the longest path counts. Standard and
// third-party headers are free, except those of kFrowned.
struct Arrow {
  std::string_view from;
  std::vector<std::string_view> to;
};

const std::vector<Arrow>& arrows() {
  static const std::vector<Arrow> all = {
      {"include/", {"jitgemm/"}},
      {"cache/", {"jitgemm/status.h", "cache/"}},
      // Device sources include each other by the names that NVRTC knows. Headers that the host
      // reads too are named in its rows.
      {"kernels/", {"jitgemm/"}},
      {"src/plan/",
       {"jitgemm/gemm.h", "jitgemm/quantize.h", "jitgemm/status.h", "src/plan/", "kernels/layout.h",
        "kernels/params.h", "kernels/quantize.h"}},
      {"src/codegen/", {"jitgemm/", "src/plan/", "src/codegen/", "kernels/layout.h"}},
      {"src/base/", {"jitgemm/", "src/base/"}},
      {"src/compile/", {"jitgemm/", "src/codegen/", "src/compile/", "src/base/", "nvrtc.h"}},
      {"src/device/",
       {"jitgemm/", "src/plan/", "src/codegen/", "src/device/", "src/base/", "kernels/layout.h",
        "kernels/params.h", "kernels/quantize.h", "cuda.h"}},
      {"src/trust/", {"jitgemm/", "cache/signature.h", "src/trust/", "src/base/"}},
      {"src/runtime/",
       {"jitgemm/", "src/plan/", "src/codegen/", "src/compile/", "src/device/", "src/trust/",
        "src/base/", "src/runtime/", "cache/store.h"}},
      {"src/api/",
       {"jitgemm/", "src/plan/", "src/codegen/", "src/compile/", "src/device/", "src/trust/",
        "src/base/", "src/runtime/", "src/api/", "cache/store.h"}},
      {"src/c/", {"jitgemm/", "src/c/"}},
      {"tools/models/", {"jitgemm/", "tools/models/"}},
      {"tools/harness/", {"jitgemm/", "tools/harness/", "cuda.h"}},
      // The harness calls driver functions that the library does not have, in the library's driver,
      // and shares work among threads with the library's own helper, made of headers only.
      {"tools/harness/gpu",
       {"jitgemm/", "src/base/shared_work.h", "src/device/", "src/plan/device_model.h",
        "tools/harness/", "cuda.h"}},
      {"tools/harness/cublaslt",
       {"jitgemm/", "src/base/shared_library.h", "tools/harness/", "cuda.h"}},
      // The helpers are compiled by the NVRTC that the library finds.
      {"tools/harness/helper_kernels", {"jitgemm/", "src/compile/nvrtc.h", "tools/harness/"}},
      // Tuning makes and times kernels that the planner did not choose, with any overlap, and
      // writes the planner's table: no public function does that.
      {"tools/harness/tuner",
       {"jitgemm/", "src/plan/", "src/runtime/", "kernels/layout.h", "tools/harness/"}},
      {"tools/harness/tuning_file",
       {"jitgemm/", "src/plan/", "src/codegen/", "kernels/layout.h", "tools/harness/"}},
      {"tools/examples/", {"jitgemm/", "tools/examples/", "tools/harness/"}},
      {"tools/cli/",
       {"jitgemm/", "tools/cli/", "tools/models/", "tools/harness/",
        "src/base/distinct_shapes.h"}},  // a header that needs the public API alone
      {"tools/cli/cache/", {"jitgemm/", "tools/cli/"}},
  };
  return all;
}

// Headers that the library does not include: std::regex has crashed in processes that bring another
// copy of it, and iostream brings global constructors.
constexpr std::string_view kFrowned[] = {"regex", "iostream"};

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& prefixes) {
  for (std::string_view prefix : prefixes)
    if (text.starts_with(prefix)) return true;
  return false;
}

bool is_ours_or_cuda(std::string_view header) {
  return starts_with_any(header, {"jitgemm/", "include/", "cache/", "kernels/", "src/", "tools/",
                                  "tests/", "cuda", "nvrtc"});
}

// The arrow with the longest path that `file` begins with, or nullptr.
const Arrow* arrow_from(std::string_view file) {
  const Arrow* best = nullptr;
  for (const Arrow& arrow : arrows())
    if (file.starts_with(arrow.from) && (!best || arrow.from.size() > best->from.size()))
      best = &arrow;
  return best;
}

std::vector<std::string> includes_of(std::string_view text) {
  std::vector<std::string> headers;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#include")) continue;
    const size_t open = line.find_first_of("<\"");
    const size_t close = line.find_first_of(">\"", open + 1);
    headers.push_back(line.substr(open + 1, close - open - 1));
  }
  return headers;
}

// One text per include that follows no arrow: "cache/store.cc includes src/base/log.h".
std::vector<std::string> violations(const std::string& file, std::string_view text) {
  const Arrow* arrow = arrow_from(file);
  if (arrow == nullptr) return {file + " is in no known folder"};
  const bool library = file.starts_with("src/") || file.starts_with("cache/");
  std::vector<std::string> found;
  for (const std::string& header : includes_of(text)) {
    const bool wrong_way = is_ours_or_cuda(header) && !starts_with_any(header, arrow->to);
    const bool frowned = library && std::ranges::count(kFrowned, header) > 0;
    if (wrong_way || frowned) found.push_back(file + " includes " + header);
  }
  return found;
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> sources(std::string_view folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(paths::kSource) / folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".h" || extension == ".cc" || extension == ".cuh") paths.push_back(entry);
  }
  return paths;
}

TEST(LayeringTest, EveryIncludeFollowsAnArrowAndEveryHeaderIsReadOnce) {
  for (const char* folder : {"include", "cache", "kernels", "src", "tools"}) {
    const std::vector<fs::path> paths = sources(folder);
    EXPECT_FALSE(paths.empty()) << folder;
    for (const fs::path& path : paths) {
      const std::string text = read(path);
      EXPECT_THAT(violations(fs::relative(path, paths::kSource), text), IsEmpty());
      EXPECT_TRUE(path.extension() == ".cc" || text.find("#pragma once") != text.npos) << path;
    }
  }
}

TEST(LayeringTest, IncludeThatFollowsNoArrowIsSeen) {
  constexpr std::pair<const char*, const char*> kWrong[] = {
      {"cache/store.cc", "src/base/log.h"},           {"src/plan/plan.cc", "src/codegen/key.h"},
      {"tools/cli/run.cc", "src/runtime/registry.h"}, {"src/api/library.cc", "cuda.h"},
      {"src/device/driver.cc", "cuda_runtime.h"},     {"src/base/log.cc", "iostream"},
  };
  for (const auto& [file, header] : kWrong)
    EXPECT_THAT(
        violations(file, fmt::format("#include <jitgemm/status.h>\n#include <{}>\n", header)),
        ElementsAre(fmt::format("{} includes {}", file, header)));
  EXPECT_THAT(violations("src/device/launch.cc",
                         "#include <cuda.h>\n#include <vector>\n#include \"src/plan/plan.h\"\n"),
              IsEmpty());
}

}  // namespace
}  // namespace jitgemm

// Reads and writes whole files, and sets their age.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace jitgemm::cache {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(out.flush()) << path;
}

// Sets the modification time.
inline void set_age(const std::filesystem::path& path, std::chrono::minutes age) {
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - age);
}

// The same for all temporary files of a store.
inline void set_age_of_temporaries(const std::filesystem::path& root, std::chrono::minutes age) {
  std::error_code none;  // tmp is missing before the first publish
  for (const auto& file : std::filesystem::directory_iterator(root / "tmp", none))
    set_age(file.path(), age);
}

}  // namespace jitgemm::cache

// The folders of a root, one at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/file.h"

namespace jitgemm::cache {

struct ListedFolder {
  std::string name;
  Folder folder = {};
  std::vector<std::string> files = {};
  Failure failure = {};  // why it could not be read
};

using IsWanted = bool (*)(std::string_view folder);

// Shards, temporary files, what was set aside.
bool holds_files_of_ours(std::string_view folder);

// In order of name, those whose name is wanted.
Failure each_folder(FileSystem* fs, const std::string& root, IsWanted is_wanted,
                    const std::function<void(const ListedFolder&)>& visit);

}  // namespace jitgemm::cache

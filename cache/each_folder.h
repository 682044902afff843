// Walks the folders of a root that hold the store's files: the shards and tmp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cache/file.h"

namespace jitgemm::cache {

struct ListedFolder {
  std::string name;
  Folder folder = {};
  std::vector<std::string> files = {};
  Failure failure = {};  // why the folder could not be read

  // Whether the name is one that the store gives to files of this folder.
  bool is_of_store(const std::string& file) const;
};

// Visits the folders in order of name, with their files in order, and has one open at a time.
Failure each_folder(FileSystem* fs, const std::string& root,
                    const std::function<void(const ListedFolder&)>& visit);

}  // namespace jitgemm::cache

#include "cache/each_folder.h"

#include <algorithm>
#include <cerrno>

#include "cache/name.h"

namespace jitgemm::cache {

bool ListedFolder::is_of_store(const std::string& file) const {
  return is_shard(name) ? parse_entry_file(file).has_value() : is_temporary(file);
}

Failure each_folder(FileSystem* fs, const std::string& path,
                    const std::function<void(const ListedFolder&)>& visit) {
  Folder root;
  if (Failure failure = Folder::open(fs, path, &root)) return failure;
  std::vector<std::string> names;
  if (Failure failure = root.list(&names)) return failure;
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!is_shard(name) && name != kTemporaryFolder) continue;
    ListedFolder listed{.name = name};
    listed.failure = root.open_folder(name, &listed.folder);
    if (!listed.failure) listed.failure = listed.folder.list(&listed.files);
    std::sort(listed.files.begin(), listed.files.end());
    if (listed.failure.error != ENOENT) visit(listed);  // ENOENT: removed meanwhile
  }
  return {};
}

}  // namespace jitgemm::cache

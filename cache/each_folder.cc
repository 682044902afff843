#include "cache/each_folder.h"

#include <algorithm>
#include <cerrno>

#include "cache/name.h"

namespace jitgemm::cache {

bool holds_files_of_ours(std::string_view folder) {
  return is_shard(folder) || folder == kAsideFolder || folder == kTemporaryFolder;
}

Failure each_folder(FileSystem* fs, const std::string& path, IsWanted is_wanted,
                    const std::function<void(const ListedFolder&)>& visit) {
  Folder root;
  if (Failure failure = Folder::open(fs, path, &root)) return failure;
  std::vector<std::string> names;
  if (Failure failure = root.list(&names)) return failure;
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!is_wanted(name)) continue;
    ListedFolder listed{.name = name};
    listed.failure = root.open_folder(name, &listed.folder);
    if (!listed.failure) listed.failure = listed.folder.list(&listed.files);
    if (listed.failure.error != ENOENT) visit(listed);  // else it went meanwhile
  }
  return {};
}

}  // namespace jitgemm::cache

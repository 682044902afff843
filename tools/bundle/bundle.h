// From a cache folder to a bundle and back: what `jitgemm cache export` and `import` do.
#pragma once

#include <cstdint>
#include <string>

#include <jitgemm/keys.h>
#include <jitgemm/status.h>

namespace jitgemm::bundle {

struct Report {
  uint64_t entries = 0;
  uint64_t already_there = 0;  // of these, on import
  uint64_t raw_bytes = 0;      // of all entries
  uint64_t file_bytes = 0;     // of the bundle
};

// A folder and a file: which is which cannot be mistaken.
struct Paths {
  std::string cache_dir, file;
};

// Every entry of the folder, or nothing: an entry that does not verify (with keys.public_files, as
// signed) is an error that names it. With keys.private_file the bundle is signed, and in it the
// entries that have no signature. The file is replaced when it is complete. Errors:
// kInvalidArgument (keys), kMissing (libcrypto), kIoError.
Result<Report> export_bundle(const Paths& paths, const Keys& keys);

// Every entry of the bundle into the folder, which is made when missing, or nothing: all are
// verified (with keys.public_files, the bundle and each entry as signed) before the first is put.
// Errors: kInvalidArgument: the bundle is not acceptable; kMissing (libcrypto); kIoError.
Result<Report> import_bundle(const Paths& paths, const Keys& keys);

}  // namespace jitgemm::bundle

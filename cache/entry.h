// One entry as bytes: encode, and decode with every check that admits it. Touches no file.
// FORMAT.md describes the layout and its reasons.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <jitgemm/status.h>
#include "cache/name.h"
#include "cache/signature.h"

namespace jitgemm::cache {

constexpr uint32_t kFormatVersion = 1;
constexpr uint64_t kHeaderBytes = 128;

// Caps in bytes. They bound what a hostile entry can cost.
constexpr uint64_t kMaxKernel = 4 << 10;
constexpr uint64_t kMaxWhat = 4 << 20;
constexpr uint64_t kMaxBuilder = 64 << 10;
constexpr uint64_t kMaxPayload = 768 << 10;

// The contents of an entry.
struct Entry {
  std::string kernel;   // the kernel's name, for people
  std::string what;     // key text: everything but the compiler that decides the payload
  std::string builder;  // key text: the compiler's build
  std::string payload;  // the cubin
  std::optional<Signature> signature = {};  // of the file that holds the entry
};

// The reason why a lookup found nothing.
enum class Miss {
  kNone,
  kAbsent,        // there is no file of that name
  kDamaged,       // sizes or checksums do not match
  kOtherFormat,   // another format version, or flags that this version does not know
  kOtherKey,      // the file is an entry of another key
  kUntrusted,     // its owner is not trusted, or others may write it: see owner.h
  kIrregular,     // not a regular file; no link was followed
  kUnreadable,    // a system call failed
  kUnsigned,      // no signature where one is demanded
  kUnknownKey,    // signed by a key that is not trusted
  kBadSignature,  // names a trusted key that did not sign these bytes
};

struct Lookup {
  std::optional<Entry> entry = {};  // set when it was found and verified
  Miss miss = Miss::kAbsent;        // kNone exactly when `entry` is set
  std::string reason = {};          // one line, when a file was refused
  bool stale = false;               // a file handle of a share went stale: look again
};

// What a reader demands of an entry; an unset field admits anything.
struct Wanted {
  std::optional<std::string_view> name = {};  // EntryName::text()
  std::optional<std::string_view> what = {};
  std::optional<std::string_view> builder = {};
  const Verifier* verifier = nullptr;  // null or empty: no signature is demanded
};

// Includes the entry's signature, if it has one. Errors: kInvalidArgument: the name is malformed,
// or a field exceeds its cap.
Result<std::string> encode(const EntryName& name, const Entry& entry);

// Signs the entry. Errors: as encode() and the signer.
Result<std::string> encode_signed(const EntryName& name, const Entry& entry, const Signer& signer);

// Returns the next `size` bytes of a file, fewer only where the file ends.
using NextBytes = std::function<Result<std::string>(size_t size)>;

// Reads and verifies in an order that bounds the work: header, sizes, name, key texts, payload, and
// last the signature, which covers everything before it. Allocates no more than the size of the
// file. A failed read is kUnreadable.
Lookup decode(uint64_t file_bytes, const NextBytes& next, const Wanted& wanted);

// The same for a whole file in memory.
Lookup decode(std::string_view file, const Wanted& wanted);

}  // namespace jitgemm::cache

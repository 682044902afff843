// One entry as bytes: encode, and decode with every check that admits it. Pure: no file is touched
// here. The layout and its reasons stand in FORMAT.md.
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

// Caps, in bytes: what an entry may hold, and so what a hostile one can cost.
constexpr uint64_t kMaxKernel = 4 << 10;
constexpr uint64_t kMaxWhat = 4 << 20;
constexpr uint64_t kMaxBuilder = 64 << 10;
constexpr uint64_t kMaxPayload = 768 << 10;

// What an entry holds.
struct Entry {
  std::string kernel;   // the kernel's name, for people
  std::string what;     // key text: everything that decides the payload, but for the compiler
  std::string builder;  // key text: the compiler's build
  std::string payload;  // the cubin
  std::optional<Signature> signature = {};  // of the file that holds it
};

// Why a lookup gave nothing.
enum class Miss {
  kNone,
  kAbsent,        // there is no file of that name
  kDamaged,       // sizes or checksums do not hold
  kOtherFormat,   // another format version, or flags that this version does not know
  kOtherKey,      // an entry of another key under this name
  kUntrusted,     // by its owner, or others may write it: see owner.h
  kIrregular,     // no regular file: nothing was followed
  kUnreadable,    // a system call failed
  kUnsigned,      // no signature where one is demanded
  kUnknownKey,    // signed by a key that is not trusted
  kBadSignature,  // a trusted key is stated that did not sign these bytes
};

struct Lookup {
  std::optional<Entry> entry = {};  // set when it was found and verified
  Miss miss = Miss::kAbsent;        // kNone exactly when `entry` is set
  std::string reason = {};          // one line, when there was a file that was not admitted
  bool stale = false;               // a handle of a share went stale: look again
};

// What the reader asks for; an unset field admits anything.
struct Wanted {
  std::optional<std::string_view> name = {};  // EntryName::text()
  std::optional<std::string_view> what = {};
  std::optional<std::string_view> builder = {};
  const Verifier* verifier = nullptr;  // null: a signature is not asked for
};

// With the entry's signature, if it has one. Errors: kInvalidArgument: the name is none, or a field
// exceeds its cap.
Result<std::string> encode(const EntryName& name, const Entry& entry);

// With the signer's signature. Errors: as encode(), and as Signer::sign().
Result<std::string> encode_signed(const EntryName& name, const Entry& entry, const Signer& signer);

// The next `size` bytes of a file, fewer only where it ends.
using NextBytes = std::function<Result<std::string>(size_t size)>;

// Reads and verifies in an order that bounds the work: header, sizes, name, key texts, then the
// payload, and last the signature, which covers all before it. Nothing is allocated that the file's
// size does not cover. A failed read is kUnreadable.
Lookup decode(uint64_t file_bytes, const NextBytes& next, const Wanted& wanted);

// The same, over a whole file in memory.
Lookup decode(std::string_view file, const Wanted& wanted);

}  // namespace jitgemm::cache

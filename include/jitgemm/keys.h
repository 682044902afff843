// The keys of signed mode (cache/TRUST.md): Ed25519, in PEM files as `openssl genpkey -algorithm
// ed25519` and `openssl pkey -pubout` write them. Keys need libcrypto.so.3.
#pragma once

#include <string>
#include <vector>

namespace jitgemm {

struct Keys {
  // A cache entry is accepted only if one of these keys verifies its signature. Empty: signatures
  // are not checked.
  std::vector<std::string> public_files = {};
  // Signs every entry that the library writes. Empty: entries are not signed, and with public keys
  // the library writes no entries.
  std::string private_file = {};

  bool any() const { return !public_files.empty() || !private_file.empty(); }
};

}  // namespace jitgemm

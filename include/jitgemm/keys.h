// The keys of signed mode: Ed25519, in files as `openssl genpkey -algorithm ed25519` and
// `openssl pkey -pubout` write them (PEM). libcrypto.so.3 is opened when there are any.
#pragma once

#include <string>
#include <vector>

namespace jitgemm {

struct Keys {
  // An entry of the cache is admitted only with the signature of one of these. Empty: signatures
  // are not asked for.
  std::vector<std::string> public_files = {};
  // Signs what is published; empty: nothing is signed. A process with public keys and without this
  // one publishes nothing.
  std::string private_file = {};

  bool any() const { return !public_files.empty() || !private_file.empty(); }
};

}  // namespace jitgemm

// Opens key files as the verifier and the signer of a store.
#pragma once

#include <jitgemm/keys.h>
#include <jitgemm/status.h>
#include "cache/signature.h"

namespace jitgemm::trust {

// Without keys, opens nothing and returns neither. Errors: kInvalidArgument when a file has no key
// of its kind; kMissing (libcrypto).
Result<cache::Trust> open_trust(const Keys& keys);

}  // namespace jitgemm::trust

// From the names of key files to what a store demands and signs.
#pragma once

#include <jitgemm/keys.h>
#include <jitgemm/status.h>
#include "cache/signature.h"

namespace jitgemm::trust {

// Without keys: nothing is opened, and nothing is demanded. Errors: kInvalidArgument: a file that
// holds no key of that kind; kMissing: libcrypto.
Result<cache::Trust> open_trust(const Keys& keys);

}  // namespace jitgemm::trust

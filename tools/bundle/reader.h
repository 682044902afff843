// Reads a bundle that is in memory. Nothing of it is believed before it is checked: sizes and caps,
// the signature where one is demanded, the checksum of the frame; then each entry as the store
// checks its own. Pure.
#pragma once

#include <functional>
#include <string_view>

#include <jitgemm/status.h>
#include "cache/entry.h"
#include "cache/name.h"
#include "tools/bundle/format.h"

namespace jitgemm::bundle {

using Visit = std::function<Status(const cache::EntryName&, const cache::Entry&)>;

// Visits every entry, in order of name; a visit that fails ends it. `verifier`: null, or whose
// signatures the bundle and each of its entries must have. Errors: kInvalidArgument, after the
// entries before the wrong one were visited; that of a visit.
Result<Header> read_bundle(std::string_view bytes, const cache::Verifier* verifier,
                           const Visit& visit);

}  // namespace jitgemm::bundle

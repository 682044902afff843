// The linear layers of a model as one rank of its parallel groups holds them.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/models/config.h"

namespace jitgemm::models {

struct Ranks {
  int tensor = 1;  // tensor-parallel ranks: each layer is split over them
  int expert = 1;  // ranks that each hold whole experts; 1: experts are split by tensor ranks
};

// One kind of layer, for all layers of the model that have it. Projections of the same input are
// one layer, as servers fuse them: q, k and v; gate and up.
struct Layer {
  std::string name;  // as servers name the module: "o_proj"
  GemmDesc desc;
  std::string not_served = {};  // the reason why this library does not serve it, or empty
};

// Errors: kInvalidArgument when a number of ranks does not divide the heads, a width or the
// experts.
Result<std::vector<Layer>> layers_of(const Config& config, const Ranks& ranks);

}  // namespace jitgemm::models

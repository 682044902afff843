// The linear layers of a model, as one rank of its parallel groups multiplies by them.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "tools/models/config.h"

namespace jitgemm::models {

struct Ranks {
  int tensor = 1;  // ranks that share each layer
  int expert = 1;  // ranks that share out whole experts; 1: experts are split as other layers are
};

// One kind of layer, whatever its number in the model. Projections of one input are one layer, as
// servers fuse them: q, k and v; gate and up.
struct Layer {
  std::string name;  // as servers name the module: "o_proj"
  GemmDesc desc;
  std::string not_served = {};  // why this library does not serve it; empty: it does
};

// Errors: kInvalidArgument when a number of ranks does not divide what it must.
Result<std::vector<Layer>> layers_of(const Config& config, const Ranks& ranks);

}  // namespace jitgemm::models

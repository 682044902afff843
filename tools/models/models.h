// The models that `jitgemm prewarm --model` knows: the dense FP8 layers of each, per rank of a
// tensor-parallel group. Dimensions are those of the models' public config.json files.
//
// Experts are not here: they are grouped GEMMs.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>

namespace jitgemm::models {

// What one rank multiplies by.
struct Layer {
  std::string name;  // as servers name the module: "o_proj"
  GemmDesc desc;
};

// In the order of the table.
std::vector<std::string> names();

// The dense layers of the model (its name matched without regard to case) on one of `tp` ranks.
// Errors: kInvalidArgument when no model has that name, or tp does not divide its attention heads.
Result<std::vector<Layer>> dense_layers(const std::string& model, int tp);

// How far a model can be split: its number of attention heads. Errors: as above.
Result<int> attention_heads(const std::string& model);

}  // namespace jitgemm::models

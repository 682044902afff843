// What `run`, `bench` and `tune` share on the command line.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

CLI::Option* add_form_option(CLI::App& app, Form& form);

// --n and --k, which may stand several times, in pairs.
struct ShapeOptions {
  std::vector<int64_t> n, k;

  void add_to(CLI::App& app);
  // Errors: kInvalidArgument: no pairs, or a shape that is not accepted.
  Result<std::vector<GemmDesc>> shapes() const;
};

// --m LIST. Errors of valid_m(): kInvalidArgument.
CLI::Option* add_m_list_option(CLI::App& app, std::vector<int64_t>& m);
Status valid_m(const std::vector<int64_t>& m);

}  // namespace jitgemm::cli

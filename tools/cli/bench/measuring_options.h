// Options that `run`, `bench` and `tune` share.
#pragma once

#include <cstdint>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

CLI::Option* add_form_option(CLI::App& app, Form& form);

// --m LIST
CLI::Option* add_m_list_option(CLI::App& app, std::vector<int64_t>& m);
// Errors: kInvalidArgument, which names the value outside 1 .. kMaxDimension.
Status valid_m(const std::vector<int64_t>& m);

}  // namespace jitgemm::cli

#include "tools/cli/bench/measuring_options.h"

#include <fmt/format.h>

#include <map>

#include <jitgemm/inspect.h>

namespace jitgemm::cli {

CLI::Option* add_form_option(CLI::App& app, Form& form) {
  static const auto& forms = *new std::map<std::string, Form>{
      {"auto", Form::kAuto}, {"swapped", Form::kSwapped}, {"normal", Form::kNormal}};
  return app.add_option("--form", form, "Kernel form: auto (default), swapped or normal")
      ->transform(CLI::CheckedTransformer(&forms, CLI::ignore_case).description(""))
      ->type_name("FORM");
}

CLI::Option* add_m_list_option(CLI::App& app, std::vector<int64_t>& m) {
  return app.add_option("--m", m, "Tokens, separated by commas")->delimiter(',')->type_name("LIST");
}

Status valid_m(const std::vector<int64_t>& m) {
  for (int64_t each : m)
    if (each < 1 || each > kMaxDimension)
      return {StatusCode::kInvalidArgument,
              fmt::format("m = {} is not between 1 and {}", each, kMaxDimension)};
  return {};
}

}  // namespace jitgemm::cli

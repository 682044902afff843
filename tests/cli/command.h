// Runs the built command as a process of its own.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cache/files.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace nlohmann {

// How GoogleTest prints JSON. Not inline, and Outcome::json() neither: the parser and the printer
// are instantiated in command.cc alone.
void PrintTo(const ordered_json& json, std::ostream* out);

}  // namespace nlohmann

namespace jitgemm::cli {

using Variables = std::map<std::string, std::string>;

struct Outcome {
  int exit_code = -1;  // -1 if a signal ended the process
  std::string out, err;

  std::string last_line() const {
    const std::string text = out.substr(0, out.find_last_not_of('\n') + 1);
    return text.substr(text.find_last_of('\n') + 1);
  }
  nlohmann::ordered_json json() const;  // of the last line
};

// Runs with a temporary HOME and the test's environment, without the variables of the command.
class Command {
 public:
  explicit Command(Variables variables = {}) : variables_(std::move(variables)) {
    variables_.try_emplace("HOME", directory_.string());
  }

  const std::filesystem::path& directory() const { return directory_.path(); }
  std::string cache_dir() const { return (directory() / ".cache/jitgemm").string(); }

  std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = directory() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  Outcome operator()(std::vector<std::string> arguments) const {
    return finish(start(std::move(arguments)));
  }

  // The same in two steps; one process at a time.
  pid_t start(std::vector<std::string> arguments) const {
    const pid_t child = fork();
    if (child == 0) become(std::move(arguments), out(), err());
    return child;
  }
  Outcome finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, cache::read_file(out()),
            cache::read_file(err())};
  }

 private:
  std::string out() const { return (directory() / "stdout").string(); }
  std::string err() const { return (directory() / "stderr").string(); }

  [[noreturn]] void become(std::vector<std::string> arguments, const std::string& out,
                           const std::string& err) const {
    for (const char* own : {"JITGEMM_CACHE_DIR", "JITGEMM_LOG", "JITGEMM_DRIVER", "XDG_CACHE_HOME"})
      unsetenv(own);
    for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
    redirect(STDOUT_FILENO, out);
    redirect(STDERR_FILENO, err);
    std::vector<char*> argv = {const_cast<char*>("jitgemm")};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(paths::kCli, argv.data());
    _exit(127);
  }

  // freopen() would flush what the parent has buffered, so the descriptor is replaced.
  static void redirect(int descriptor, const std::string& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
    close(file);
  }

  TemporaryDirectory directory_;
  Variables variables_;
};

}  // namespace jitgemm::cli

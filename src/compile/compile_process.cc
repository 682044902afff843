#include "src/compile/compile_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "src/compile/requests.h"
#include "src/base/exit_gate.h"

namespace jitgemm::compile {
namespace {

constexpr int kMostMsToEnd = 2000;
constexpr timeval kMostToAnswer = {.tv_sec = 60, .tv_usec = 0};  // a compile takes 0.2 s

Status failed(const char* call, int error) {
  return {StatusCode::kIoError, fmt::format("{}: {}", call, std::strerror(error))};
}

// What a new process shall have: the socket as its input, and nothing else of this one, neither
// files nor blocked or ignored signals.
class Spawning {
 public:
  explicit Spawning(int socket) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_adddup2(&files_, socket, STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  // 0 or an errno.
  int spawn(const std::vector<const char*>& arguments, pid_t* process) const {
    return ::posix_spawn(process, arguments.front(), &files_, &attributes_,
                         const_cast<char* const*>(arguments.data()), environ);
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<std::unique_ptr<Compiler>> CompileProcess::start(const std::string& command,
                                                        const std::string& nvrtc_path,
                                                        const std::string& build) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return failed("socketpair", errno);
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &kMostToAnswer, sizeof kMostToAnswer);
  pid_t process = 0;
  const int error = Spawning(ends[1]).spawn(
      {command.c_str(), "--nvrtc", nvrtc_path.c_str(), "compile", nullptr}, &process);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return failed(command.c_str(), error);
  }
  return std::unique_ptr<Compiler>(new CompileProcess(process, ends[0], build));
}

CompileProcess::CompileProcess(pid_t process, int socket, std::string build)
    : process_(process), socket_(socket), build_(std::move(build)) {}

// Nobody there is how the process is told to end; a child that this process has forked may have the
// socket too, so closing it is not enough. One that does not listen is ended all the same.
CompileProcess::~CompileProcess() {
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
  for (int waited_ms = 0; waited_ms < kMostMsToEnd; ++waited_ms) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) return;  // or somebody else has reaped it
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status CompileProcess::greet() {
  const Result<std::string> build = await_greeting(socket_);
  if (!build.ok()) return build.status();
  if (*build != build_)
    return {StatusCode::kIoError, fmt::format("its compiler is {}, not {}", *build, build_)};
  greeted_ = true;
  return {};
}

Result<Compiled> CompileProcess::compile(const codegen::Source& source,
                                         const std::vector<std::string>& options) {
  const BeforeExit working;
  if (!working) return Status(StatusCode::kIoError, "the process is ending");
  if (!greeted_)
    if (Status status = greet(); !status.ok()) return status;
  return request(socket_, source, options);
}

}  // namespace jitgemm::compile

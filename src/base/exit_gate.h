// Work that must end before the process destroys its static objects: a compile uses those of NVRTC,
// a call of the log sink may use the caller's, and jobs of the library's threads also use the
// driver. exit() waits for work that has begun and lets no other work begin.
#pragma once

namespace jitgemm {

// exit() waits while an object of this class lives. Objects may be nested.
class BeforeExit {
 public:
  BeforeExit();
  ~BeforeExit();
  BeforeExit(const BeforeExit&) = delete;
  BeforeExit& operator=(const BeforeExit&) = delete;

  // Whether the work may begin. False once exit has begun, nested or not.
  explicit operator bool() const { return open_; }

 private:
  const bool open_;
};

// When true, work in progress may be cancelled, and no callback may be called: the caller's static
// objects may be gone.
bool exit_has_begun();

// Registers an atexit handler that waits for running work. Static objects constructed before this
// call outlive the wait; later ones do not. So it is called when the first Library is opened, after
// NVRTC has been opened, and again after NVRTC has made its own static objects. Each call allocates
// some bytes that are never freed.
void await_work_at_exit();

}  // namespace jitgemm

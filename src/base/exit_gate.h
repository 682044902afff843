// Work that must be over before the process destroys its statics: a compile, which uses those of
// NVRTC, a call of the log sink, which may use the caller's, and what the library's threads do,
// which also use the driver. At exit, what is at hand is waited for and nothing else begins.
#pragma once

namespace jitgemm {

// While one lives, exit waits. They may be nested.
class BeforeExit {
 public:
  BeforeExit();
  ~BeforeExit();
  BeforeExit(const BeforeExit&) = delete;
  BeforeExit& operator=(const BeforeExit&) = delete;

  // Whether the work may begin; not so when exit has begun.
  explicit operator bool() const { return open_; }

 private:
  const bool open_;
};

// Whatever is at hand may be given up, and nobody be told of it: statics of the caller may be gone.
bool exit_has_begun();

// Statics that come to be after this call are destroyed before the wait, those that were there
// already after it. So it is called when a Library is first opened, when a library of the machine
// has been, and again while that makes its own. Each call takes some bytes that are never given
// back.
void await_work_at_exit();

}  // namespace jitgemm

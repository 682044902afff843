// A signal mask for threads of the library.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace jitgemm {

// Blocks all signals in the calling thread while it lives. A new thread inherits the mask of its
// creator, so the threads started meanwhile leave signals to the threads of the host process.
class MaskedSignals {
 public:
  MaskedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~MaskedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  MaskedSignals(const MaskedSignals&) = delete;
  MaskedSignals& operator=(const MaskedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace jitgemm

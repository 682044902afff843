// The builtins library of slow_nvrtc: empty.

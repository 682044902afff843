// zstd, a piece at a time and with bounded memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <jitgemm/status.h>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace jitgemm::bundle {

// Makes one frame. The same pieces give the same bytes, by one version of zstd.
class Compressor {
 public:
  Compressor();
  ~Compressor();

  void add(std::string_view bytes) { run(bytes, false); }
  std::string finish();  // the frame; the last call

 private:
  void run(std::string_view bytes, bool end);

  struct ZSTD_CCtx_s* const context_;
  std::string frame_;
};

// Reads one frame, which must outlive this.
class Decompressor {
 public:
  explicit Decompressor(std::string_view frame);
  ~Decompressor();

  // The next `size` bytes of the content, fewer where it ends. Memory grows with what is there, not
  // with `size`. Errors: kInvalidArgument: no frame, damage, or a window above kMaxWindowLog.
  Result<std::string> next(size_t size);

  // Whether the frame is complete and nothing stands behind it, once all its content was read.
  bool at_end();

 private:
  struct ZSTD_DCtx_s* const context_;
  std::string_view rest_;
  bool frame_ended_ = false;
};

}  // namespace jitgemm::bundle

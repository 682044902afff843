#include "tools/bundle/zstd.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "tools/bundle/format.h"

namespace jitgemm::bundle {
namespace {

constexpr int kLevel = 12;                 // of a model's kernels: as small as 19, 8 times as fast
constexpr size_t kPieceBytes = 128 << 10;  // what a buffer grows by

}  // namespace

Compressor::Compressor() : context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, kMaxWindowLog);
}

Compressor::~Compressor() { ZSTD_freeCCtx(context_); }

// With valid parameters and memory at hand, compression cannot fail.
void Compressor::run(std::string_view bytes, bool end) {
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  size_t left = 0;
  do {
    const size_t used = frame_.size();
    frame_.resize(used + kPieceBytes);
    ZSTD_outBuffer out = {frame_.data() + used, kPieceBytes, 0};
    left = ZSTD_compressStream2(context_, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    frame_.resize(used + out.pos);
    if (ZSTD_isError(left)) throw std::bad_alloc();
  } while (end ? left != 0 : in.pos < in.size);
}

std::string Compressor::finish() {
  run({}, true);
  return std::move(frame_);
}

Decompressor::Decompressor(std::string_view frame) : context_(ZSTD_createDCtx()), rest_(frame) {
  ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog);
}

Decompressor::~Decompressor() { ZSTD_freeDCtx(context_); }

Result<std::string> Decompressor::next(size_t size) {
  std::string bytes;
  while (bytes.size() < size && !frame_ended_) {
    const size_t used = bytes.size();
    bytes.resize(std::min(size, used + kPieceBytes));
    ZSTD_outBuffer out = {bytes.data() + used, bytes.size() - used, 0};
    ZSTD_inBuffer in = {rest_.data(), rest_.size(), 0};
    const size_t state = ZSTD_decompressStream(context_, &out, &in);
    bytes.resize(used + out.pos);
    if (ZSTD_isError(state))
      return refused(fmt::format("does not decompress: {}", ZSTD_getErrorName(state)));
    rest_.remove_prefix(in.pos);
    frame_ended_ = state == 0;
    if (!frame_ended_ && in.pos == 0 && out.pos == 0) return refused("ends within its zstd frame");
  }
  return bytes;
}

bool Decompressor::at_end() {
  const Result<std::string> more = next(1);  // the frame's last block may still have to be read
  return more.ok() && more->empty() && frame_ended_ && rest_.empty();
}

}  // namespace jitgemm::bundle

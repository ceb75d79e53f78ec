#include "serve/grpc/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace headrace::serve {
namespace {

constexpr int kGzipOrZlib = 15 + 32;  // the largest window, and either header
constexpr size_t kBlockBytes = 64 << 10;

Error damaged() { return invalid_argument("the compressed message is damaged"); }

std::vector<grpc::Slice> slices_of(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  if (message.Valid() && !message.Dump(&slices).ok()) slices.clear();
  return slices;
}

class Inflater {
 public:
  Inflater(size_t max_bytes, const Charge& charge) : max_bytes_(max_bytes), charge_(charge) {
    ready_ = inflateInit2(&stream_, kGzipOrZlib) == Z_OK;
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Status add(const grpc::Slice& slice) {
    if (!ready_) return internal_error("zlib has no memory for a compressed message");
    stream_.next_in = const_cast<Bytef*>(slice.begin());
    stream_.avail_in = static_cast<uInt>(slice.size());
    // A full block may hide more output, so the loop ends with one that is not full.
    do {
      if (ended_) return stream_.avail_in == 0 ? Status(Ok{}) : Status(damaged());
      HEADRACE_CHECK(step());
    } while (stream_.avail_in != 0 || stream_.avail_out == 0);
    return Ok{};
  }

  Result<std::string> finish() {
    if (!ended_) return damaged();
    return std::move(text_);
  }

 private:
  Status step() {
    stream_.next_out = block_.data();
    stream_.avail_out = static_cast<uInt>(block_.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return damaged();
    const size_t made = block_.size() - stream_.avail_out;
    if (made > max_bytes_ - text_.size())
      return overloaded("the message is larger than " + std::to_string(max_bytes_) + " bytes once inflated");
    HEADRACE_CHECK(charge_(made));
    text_.append(reinterpret_cast<const char*>(block_.data()), made);
    ended_ = code == Z_STREAM_END;
    return Ok{};
  }

  z_stream stream_{};
  const size_t max_bytes_;
  const Charge& charge_;
  bool ready_ = false, ended_ = false;
  std::string text_;
  std::array<Bytef, kBlockBytes> block_;
};

}  // namespace

bool compressed(const grpc::ByteBuffer& message) {
  std::array<unsigned, 2> head{};
  size_t known = 0;
  for (const grpc::Slice& slice : slices_of(message))
    for (size_t i = 0; i < slice.size() && known < head.size(); ++i) head[known++] = slice.begin()[i];
  if (known < head.size()) return false;
  const bool gzip = head[0] == 0x1f && head[1] == 0x8b;
  const bool zlib = head[0] == 0x78 && (head[0] << 8 | head[1]) % 31 == 0;  // RFC 1950: the check bits of its header
  return gzip || zlib;
}

Result<std::string> inflate_message(const grpc::ByteBuffer& message, size_t max_bytes, const Charge& charge) {
  const auto inflater = std::make_unique<Inflater>(max_bytes, charge);  // its block is too large for a small stack
  for (const grpc::Slice& slice : slices_of(message)) HEADRACE_CHECK(inflater->add(slice));
  return inflater->finish();
}

}  // namespace headrace::serve

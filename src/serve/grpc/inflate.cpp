#include "serve/grpc/inflate.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "serve/bounded_inflate.h"

namespace headrace::serve {
namespace {

constexpr size_t kBlockBytes = 64 << 10;

std::vector<grpc::Slice> slices_of(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  if (message.Valid() && !message.Dump(&slices).ok()) slices.clear();
  return slices;
}

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
  const std::vector<grpc::Slice> slices = slices_of(message);
  std::vector<std::span<const std::byte>> pieces;
  for (const grpc::Slice& slice : slices) pieces.push_back(std::as_bytes(std::span(slice.begin(), slice.size())));
  std::string text;
  Status charged = Ok{};
  std::vector<std::byte> block(kBlockBytes);  // beside the text, which grows only once it is charged for
  const auto room = [&](size_t most) { return std::span(block).first(std::min(most, block.size())); };
  const auto commit = [&](size_t bytes) {
    charged = charge(bytes);
    if (charged) text.append(reinterpret_cast<const char*>(block.data()), bytes);
    return charged.ok();
  };
  switch (inflate_within(pieces, kGzipOrZlibForm, max_bytes, {room, commit}).end) {
    case Inflated::End::kWhole: return text;
    case Inflated::End::kTooLarge:
      return overloaded("the message is larger than " + std::to_string(max_bytes) + " bytes once inflated");
    case Inflated::End::kRefusedBySink: return charged.error();
    case Inflated::End::kNoMemory: return internal_error("zlib has no memory for a compressed message");
    case Inflated::End::kDamaged: break;
  }
  return invalid_argument("the compressed message is damaged");
}

}  // namespace headrace::serve

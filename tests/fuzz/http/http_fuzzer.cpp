// Any bytes at all, as what a connection receives: header, route, body (of known length, in chunks, compressed), inference
// request. What is accepted has to hold together: a tensor has the bytes of its shape, and pieces of another size read the same
// request.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "serve/http/chunk_decoder.h"
#include "serve/http/decompress.h"
#include "serve/http/infer_request.h"
#include "serve/http/repository_request.h"
#include "serve/http/request_head.h"
#include "serve/http/route.h"

namespace {

using namespace headrace;
using namespace headrace::serve;
using namespace headrace::serve::http;

constexpr size_t kMostBytes = size_t{1} << 20;

void require(bool truth) {
  if (!truth) std::abort();
}

// The status of a refusal, 0 where more is needed, 200 when done; `rest`: what lies behind the header.
int read_head(HeadParser& parser, std::string_view bytes, size_t piece, std::string_view& rest) {
  std::string buffer;
  size_t taken = 0;
  while (true) {
    buffer += bytes.substr(taken, piece);
    taken += std::min(piece, bytes.size() - taken);
    size_t consumed = 0;
    const auto result = parser.read(buffer.data(), buffer.size(), consumed);
    require(consumed <= buffer.size());
    buffer.erase(0, consumed);
    rest = bytes.substr(taken - buffer.size());
    if (const auto* refusal = std::get_if<Refusal>(&result)) return refusal->status;
    if (std::holds_alternative<HeadParser::Done>(result)) return 200;
    if (taken == bytes.size()) return 0;
  }
}

void read_body(const RequestHead& head, std::string_view wire, BodyBuffer& body) {
  if (!head.chunked) {
    require(body.append(std::as_bytes(std::span(wire.substr(0, static_cast<size_t>(head.content_length.value_or(0)))))));
    return;
  }
  ChunkDecoder decoder(kMostBytes);
  while (!wire.empty() && !decoder.done()) require(body.append(std::as_bytes(std::span(decoder.next(wire)))));
  require(body.size() <= kMostBytes);
}

void require_sound(const ParsedRequest& parsed) {
  for (const NamedTensor& input : parsed.request.inputs) {
    const Result<int64_t> count = element_count(input.tensor.dims());
    require(count.ok() && static_cast<size_t>(*count) == input.tensor.size());
    if (input.tensor.dtype() == DType::kString) require(input.tensor.strings().size() == input.tensor.size());
    uint8_t sum = 0;  // every byte is there to read
    for (const std::byte byte : input.tensor.bytes()) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(byte));
    static volatile uint8_t sink;
    sink = sum;
  }
}

void infer(const RequestHead& head, const std::shared_ptr<BodyBuffer>& body) {
  const Result<std::optional<size_t>> length = json_length_of(head.inference_header_length, body->size());
  if (!length) return;
  Signature signature;
  signature.inputs = {{"x", DType::kInt16, {Dim{-1, "N"}, Dim{3, ""}}}};
  const Result<ParsedRequest> parsed =
      *length == size_t{0} ? parse_raw_infer(body, signature) : parse_infer(body, *length, Limits{});
  if (parsed) require_sound(*parsed);
  else require(parsed.error().code == ErrorCode::kInvalidArgument);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HeadParser whole(4096);
  HeadParser pieces(4096);
  std::string_view rest;
  std::string_view rest_of_pieces;
  const int status = read_head(whole, bytes, bytes.size() + 1, rest);
  const int status_of_pieces = read_head(pieces, bytes, 7, rest_of_pieces);
  // Bounds may strike earlier or later where bytes trickle; what is accepted is the same.
  if (status == 200 && status_of_pieces == 200) require(whole.head().target == pieces.head().target && rest == rest_of_pieces);
  if (status != 200) return 0;
  const RequestHead& head = whole.head();
  (void)route(head.method, head.target);
  auto memory = std::make_shared<BodyMemory>(size_t{16} << 20, 0);
  auto body = std::make_shared<BodyBuffer>(memory, head.inference_header_length.size());
  read_body(head, rest, *body);
  const std::optional<Coding> coding = coding_of(head.content_encoding);
  if (coding && *coding != Coding::kIdentity) {
    auto plain = std::make_shared<BodyBuffer>(memory);
    if (decompress(body->bytes(), *coding, kMostBytes, *plain)) return 0;
    body = std::move(plain);
  }
  if (body->size() == 0) return 0;
  infer(head, body);
  (void)ready_only_of(body->bytes(), body->readable(), Limits{});
  (void)check_control_body(body->bytes(), body->readable(), Limits{});
  return 0;
}

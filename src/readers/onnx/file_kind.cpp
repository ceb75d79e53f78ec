#include "readers/onnx/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace headrace {
namespace {

struct Kind {
  size_t offset;
  std::string_view magic;
  const char* message;
};

using namespace std::string_view_literals;

constexpr const char* kPickle =
    "this is a PyTorch checkpoint in the legacy format, not ONNX: give it the ending .pth, by which Headrace knows checkpoints";
constexpr const char* kWebPage =
    "this is a web page, not ONNX: the download went wrong (a login page, or the link to a page about the file)";

constexpr std::array kKinds = {
    Kind{0, "PK\x03\x04"sv,
         "this is a PyTorch archive (or another zip), not ONNX: give it the ending .pt2 (an exported program) or .pth (a "
         "checkpoint), "
         "by which Headrace knows them"},
    Kind{0, "\x80\x02"sv, kPickle},
    Kind{0, "\x80\x04"sv, kPickle},
    Kind{0, "version https://git-lfs"sv, "this is a Git LFS pointer, not the file it stands for: run `git lfs pull`"},
    Kind{0, "<!DOCTYPE"sv, kWebPage},
    Kind{0, "<!doctype"sv, kWebPage},
    Kind{0, "<html"sv, kWebPage},
    Kind{0, "<HTML"sv, kWebPage},
    Kind{4, "ORTM"sv, "this is a model in ONNX Runtime's own format (.ort): use the .onnx file it was made from"},
    Kind{4, "TFL3"sv, "this is a TensorFlow Lite model, not ONNX: convert it first (tf2onnx)"},
    Kind{0, "\x89HDF"sv, "this is an HDF5 file (Keras?), not ONNX: export the model to ONNX first (tf2onnx)"},
    Kind{8, "{\""sv, "this looks like a safetensors file, not ONNX: give it the ending .safetensors"},
    Kind{0, "<?xml"sv, "this is an XML file (an OpenVINO model?), not ONNX: use the .onnx file it was made from"},
};

// A base-128 number of protobuf at `position`, which moves behind it; nullopt where the bytes end or it does not stop.
std::optional<uint64_t> read_varint(std::span<const std::byte> bytes, size_t& position) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && position < bytes.size(); shift += 7) {
    const auto byte = static_cast<uint64_t>(bytes[position++]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// The fields of a ModelProto, by the wire types they have.
bool is_number_field(uint64_t tag) { return tag == (1 << 3) || tag == (5 << 3); }
bool is_length_delimited_field(uint64_t tag) {
  constexpr std::array<uint64_t, 10> kNumbers = {2, 3, 4, 6, 7, 8, 14, 20, 25, 26};
  return (tag & 7) == 2 && std::find(kNumbers.begin(), kNumbers.end(), tag >> 3) != kNumbers.end();
}

}  // namespace

std::optional<std::string> describe_foreign_file(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "the file is empty";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Kind& kind : kKinds)
    if (text.size() > kind.offset && text.substr(kind.offset).starts_with(kind.magic)) return kind.message;
  return std::nullopt;
}

std::string describe_broken_protobuf(std::span<const std::byte> bytes) {
  size_t position = 0;
  while (position < bytes.size()) {  // the outermost fields suffice: a truncated file ends within one of them
    const size_t start = position;
    const auto tag = read_varint(bytes, position);
    const auto value = tag ? read_varint(bytes, position) : std::nullopt;
    if (!value) break;
    if (is_number_field(*tag)) continue;
    if (!is_length_delimited_field(*tag)) break;
    const size_t left = bytes.size() - position;
    if (*value > left)
      return "the file is truncated: a field at byte " + std::to_string(start) + " needs " + std::to_string(*value) +
             " bytes, and " + std::to_string(left) + " are left; copy or download it again";
    position += *value;
  }
  return "this is not an ONNX model: its bytes are no protobuf message of that kind from byte " + std::to_string(position) +
         " on";
}

}  // namespace headrace

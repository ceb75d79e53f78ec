#include "readers/onnx/file_kind.h"

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
    "this is a PyTorch checkpoint in the legacy format, not ONNX: load it in Python and export it first "
    "(headrace.export, or torch.onnx.export)";
constexpr const char* kWebPage = "this is a web page, not ONNX: the download went wrong (a login page, or the link to a page about the file)";

constexpr std::array kKinds = {
    Kind{0, "PK\x03\x04"sv,
         "this is a PyTorch zip checkpoint (or another zip archive), not ONNX: load it in Python and export it first "
         "(headrace.export, or torch.onnx.export)"},
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
    Kind{8, "{\""sv, "this looks like a safetensors file, which holds weights but no graph: export the model to ONNX first"},
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
    const auto length_or_value = tag ? read_varint(bytes, position) : std::nullopt;
    if (!length_or_value || (*tag & 7) == 3 || (*tag & 7) == 4 || (*tag >> 3) == 0 || (*tag >> 3) > 100) break;
    if ((*tag & 7) == 0) continue;
    if ((*tag & 7) != 2) break;
    const size_t left = bytes.size() - position;
    if (*length_or_value > left)
      return "the file is truncated: a field at byte " + std::to_string(start) + " needs " + std::to_string(*length_or_value) +
             " bytes, and " + std::to_string(left) + " are left; copy or download it again";
    position += *length_or_value;
  }
  return "this is not an ONNX model: its bytes are no protobuf message from byte " + std::to_string(position) + " on";
}

}  // namespace headrace

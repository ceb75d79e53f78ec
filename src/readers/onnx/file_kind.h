// What a file is that is not ONNX: users hand over checkpoints, web pages and Git LFS pointers, and should be told so.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace headrace {

// Says what the bytes are and what to do about it, when they are something known that is not ONNX.
std::optional<std::string> describe_foreign_file(std::span<const std::byte> bytes);

// Why bytes that protobuf refused are no ModelProto: they end too early (and where), or are something else.
std::string describe_broken_protobuf(std::span<const std::byte> bytes);

}  // namespace headrace

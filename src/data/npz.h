// .npy and .npz (stored and deflated), read without trust: every offset, length and shape is checked before use.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

// Errors: invalid_data naming what is wrong and at which byte; unsupported for object arrays, Fortran order and big-endian data.
Result<Tensor> parse_npy(std::span<const std::byte> bytes);
Result<std::map<std::string, Tensor>> parse_npz(std::span<const std::byte> bytes);
// The same without a copy where alignment allows it: the tensor looks into `bytes`, which `owner` keeps alive.
Result<Tensor> wrap_npy(std::shared_ptr<const void> owner, std::span<const std::byte> bytes);
// Read from files, values stay in the file (mapped) where they stand there uncompressed.
Result<Tensor> read_npy(const std::filesystem::path& path);
Result<std::map<std::string, Tensor>> read_npz(const std::filesystem::path& path);
// For tests and exchange with Python. to_npy() is empty for a type that .npy does not know (bfloat16, 4-bit, strings).
std::string to_npy(const Tensor& tensor);
Status write_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& arrays);

}  // namespace headrace

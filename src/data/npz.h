// .npy and .npz (stored and deflated), read without trust: every offset, length and shape is checked before use.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

// Errors: invalid_data naming what is wrong and at which byte; unsupported for object arrays, Fortran order and big-endian data.
Result<Tensor> parse_npy(std::span<const std::byte> bytes);
Result<std::map<std::string, Tensor>> parse_npz(std::span<const std::byte> bytes);
Result<Tensor> read_npy(const std::filesystem::path& path);
Result<std::map<std::string, Tensor>> read_npz(const std::filesystem::path& path);
// For tests and exchange with Python.
std::string to_npy(const Tensor& tensor);
Status write_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& arrays);

}  // namespace headrace

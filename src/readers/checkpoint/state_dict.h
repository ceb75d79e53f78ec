// Weights by name, as a checkpoint holds them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/tensor.h"

namespace headrace {

struct NamedTensor {
  std::string name;  // fully qualified: "layer1.0.conv1.weight"
  Tensor tensor;
};

struct StateDict {
  std::vector<NamedTensor> tensors;  // in the file's order
  // Where in a nested checkpoint they were found ("state_dict", "model.ema"), and the prefix taken off all names ("module.");
  // empty when neither. A model whose own names begin with the prefix finds them by putting it back.
  std::string found_under, stripped_prefix;
  std::string format;  // "safetensors", "PyTorch zip", "PyTorch legacy"

  const Tensor* find(std::string_view name) const;  // nullptr when there is none
};

// Reads .safetensors and the state dicts that torch.save writes, zip and legacy (before 1.6). Nothing in the file is ever
// executed: a pickle is interpreted with an allow-list of opcodes and globals. Large tensors stay in the mapped file; those that
// are not contiguous there, or (legacy) not aligned, are copied. Memory is bounded by the file's size and 64 MB.
//
// A nested checkpoint is searched for the first of these that is a dict and leads to tensors, averaged weights before those of
// the last step: model_ema, state_dict_ema, ema_state_dict, ema_model, params_ema, ema; state_dict, model_state_dict,
// model_state, model, net, network, module, params, weights; then again within it. A dict without any of them that holds tensors
// is the state dict; what is not a tensor in it is skipped. Of the prefixes module., _orig_mod., model., net. and network. those
// that all names have are taken off.
//
// Errors, with the file in the context: not_found, io_error; invalid_model for what is malformed, truncated, damaged or attacks;
// unsupported for TorchScript archives and pickled modules (saying what to do instead), quantised and sparse tensors, more than
// 100,000 tensors, and files of big-endian machines.
Result<StateDict> read_checkpoint(const std::filesystem::path& path);
// The same of a file that is mapped already.
Result<StateDict> read_checkpoint(const std::shared_ptr<const MappedFile>& file);

}  // namespace headrace

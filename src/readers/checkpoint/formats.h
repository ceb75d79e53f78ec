// The three formats of checkpoints. Each reads a whole file and leaves names as they stand there.
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/mapped_file.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace {

constexpr size_t kMaxTensors = 100'000;

// Hugging Face's safetensors: the size of a JSON header, the header, the tensors' bytes.
Result<StateDict> read_safetensors(const std::shared_ptr<const MappedFile>& file);
// torch.save since 1.6: a zip archive of a pickle and one entry per storage.
Result<StateDict> read_torch_zip(const std::shared_ptr<const MappedFile>& file);
// torch.save before 1.6, or with _use_new_zipfile_serialization=False: five pickles, then the storages.
Result<StateDict> read_torch_legacy(const std::shared_ptr<const MappedFile>& file);

// More than the largest published models have by far; and a bound for what a small file can make us hold.
Error too_many_tensors();

}  // namespace headrace

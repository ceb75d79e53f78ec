// The files within a .pt2 archive, found under its root folder and checked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "readers/archive/strided.h"
#include "readers/archive/zip.h"
#include "readers/checkpoint/state_dict.h"
#include "readers/pt2/program.h"

namespace headrace::pt2 {

class Archive {
 public:
  // Archives of torch 2.9 and newer, and the flat ones of before (serialized_exported_program.json, whose weights are a checkpoint
  // within). Errors: those of ZipArchive; unsupported for other byte orders and several models.
  static Result<Archive> open(std::shared_ptr<const MappedFile> file);

  Result<Program> program() const;
  // The tensor of a parameter, buffer or constant: its bytes stay in the file where they lie in order.
  Result<Tensor> weight(const std::string& name);
  Result<Tensor> constant(const std::string& name);
  // Whether it is a weight that a state dict has as well (and not a buffer that is made anew).
  bool saves(const std::string& name) const { return weights_.contains(name); }

 private:
  Status open_flat();
  Status open_rooted();
  Result<std::string_view> root() const;
  Result<Tensor> checkpointed(const std::string& file, std::optional<StateDict>& state, const std::string& name);
  Result<const ZipArchive::Entry*> need(const std::string& name) const;
  Status read_payloads(const std::string& folder, Payloads& payloads) const;
  Result<Tensor> tensor(const Payloads& payloads, const std::string& folder, const std::string& name);
  size_t readable(const ZipArchive::Entry& entry) const;

  ZipArchive zip_;
  std::string program_;       // the name of its JSON text
  std::string root_;          // "resnet50/"; empty for flat archives
  bool flat_ = false;
  std::optional<StateDict> state_dict_, constant_dict_;  // of flat archives, read when asked for
  Payloads weights_, constants_;
  std::unordered_map<const ZipArchive::Entry*, bool> checked_;  // storages are shared: each is summed once
  CopyBudget budget_;
};

}  // namespace headrace::pt2

// A data set that hands out the tensors it is given.
#pragma once

#include "data/dataset.h"

namespace headrace::testing {

class FixedData : public Dataset {
 public:
  explicit FixedData(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {}
  size_t size() const override { return tensors_.size(); }
  Result<Sample> load(size_t i) const override { return Sample{{tensors_[i]}, std::nullopt, "sample " + std::to_string(i)}; }
  const std::vector<std::string>& class_names() const override { return names_; }
  bool labelled() const override { return false; }

 private:
  std::vector<Tensor> tensors_;
  std::vector<std::string> names_;
};

}  // namespace headrace::testing

#include "base/mapped_file.h"
#include "base/parallel.h"
#include "data/picture_tensor.h"
#include "data/sources.h"

namespace headrace {
namespace {

class PictureDataset final : public Dataset {
 public:
  PictureDataset(std::vector<PictureFile> files, std::vector<std::string> class_names, TensorSpec input, Preprocess preprocess)
      : files_(std::move(files)), class_names_(std::move(class_names)), input_(std::move(input)), preprocess_(preprocess) {}

  size_t size() const override { return files_.size(); }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  bool labelled() const override { return files_.front().label.has_value(); }
  const std::vector<std::string>& skipped() const override { return skipped_; }

  Result<Sample> load(size_t index) const override {
    const PictureFile& file = files_[index];
    auto tensor = load_tensor(file);
    if (!tensor.ok()) return std::move(tensor).error().at(file.path.string());
    return Sample{{std::move(tensor).value()}, file.label, file.path.string()};
  }

  // Tries every picture, and leaves out those that do not load.
  Status drop_bad() {
    std::vector<std::string> reasons(files_.size());
    parallel_for(files_.size(), 0, [&](size_t i) {
      if (const auto sample = load(i); !sample.ok()) reasons[i] = sample.error().describe();
    });
    std::vector<PictureFile> good;
    for (size_t i = 0; i < files_.size(); ++i) {
      if (reasons[i].empty()) good.push_back(std::move(files_[i]));
      else skipped_.push_back(std::move(reasons[i]));
    }
    files_ = std::move(good);
    if (files_.empty())
      return invalid_data("none of the " + std::to_string(skipped_.size()) +
                          " pictures can be used; the first: " + skipped_.front());
    return Ok{};
  }

 private:
  Result<Tensor> load_tensor(const PictureFile& file) const {
    auto mapped = MappedFile::open(file.path);
    if (!mapped.ok()) return Error{mapped.error().code, mapped.error().message, {}};  // load() names the file
    return picture_tensor((*mapped)->bytes(), preprocess_, input_);
  }

  std::vector<PictureFile> files_;
  std::vector<std::string> class_names_, skipped_;
  TensorSpec input_;
  Preprocess preprocess_;
};

}  // namespace

bool is_picture_name(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

DatasetResult picture_dataset(std::vector<PictureFile> files, std::vector<std::string> class_names, const Signature& signature,
                              const DatasetOptions& options) {
  HEADRACE_CHECK(check_picture_input(signature, options.preprocess));
  auto dataset =
      std::make_unique<PictureDataset>(std::move(files), std::move(class_names), signature.inputs.front(), options.preprocess);
  if (options.skip_bad) HEADRACE_CHECK(dataset->drop_bad());
  return std::unique_ptr<Dataset>(std::move(dataset));
}

}  // namespace headrace

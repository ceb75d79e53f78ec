#include "deploy/open_data.h"

#include <algorithm>

namespace headrace {
namespace {

// Passes everything on, with a hint added to the error of a sample.
class HintingDataset : public Dataset {
 public:
  explicit HintingDataset(std::unique_ptr<Dataset> data) : data_(std::move(data)) {}
  size_t size() const override { return data_->size(); }
  const std::vector<std::string>& class_names() const override { return data_->class_names(); }
  bool labelled() const override { return data_->labelled(); }
  const std::vector<std::string>& skipped() const override { return data_->skipped(); }
  Result<Sample> load(size_t index) const override {
    Result<Sample> sample = data_->load(index);
    if (!sample && sample.error().code == ErrorCode::kInvalidData)
      sample.error().message += " (--skip-bad leaves out what cannot be read)";
    return sample;
  }

 private:
  std::unique_ptr<Dataset> data_;
};

}  // namespace

Result<std::unique_ptr<Dataset>> open_data(const Recipe& recipe, const std::string& path, const Signature& signature) {
  DatasetOptions options;
  HEADRACE_TRY(options.preprocess, parse_preprocess(recipe.preprocess));
  options.skip_bad = recipe.skip_bad;
  HEADRACE_TRY(std::unique_ptr<Dataset> data, open_dataset(path, signature, options));
  if (recipe.skip_bad) return data;
  return std::unique_ptr<Dataset>(std::make_unique<HintingDataset>(std::move(data)));
}

Result<std::unique_ptr<Dataset>> open_calibration(const Recipe& recipe, const Signature& signature) {
  if (!recipe.calibration.empty()) return open_data(recipe, recipe.calibration, signature);
  if (recipe.quantize.mode == QuantMode::kDynamic) return std::unique_ptr<Dataset>();
  return invalid_argument(
      "static quantisation needs samples of what the model will see: give --calibration DATA (a folder of pictures, .npy, .npz "
      "or a "
      "list of paths), or --mode dynamic");
}

void warn_of_skipped(const Dataset* data, std::vector<std::string>& warnings) {
  if (data == nullptr || data->skipped().empty()) return;
  constexpr size_t kNamed = 5;
  std::string text = std::to_string(data->skipped().size()) + (data->skipped().size() == 1 ? " sample" : " samples") +
                     " could not be read, left out:";
  for (size_t i = 0; i < std::min(kNamed, data->skipped().size()); ++i) text += (i > 0 ? "; " : " ") + data->skipped()[i];
  if (data->skipped().size() > kNamed) text += "; ...";
  warnings.push_back(std::move(text));
}

}  // namespace headrace

#include "base/mapped_file.h"
#include "base/parallel.h"
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
    HEADRACE_TRY(const Image image, decode_image((*mapped)->bytes()));
    HEADRACE_TRY(const Tensor tensor, apply_preprocess(preprocess_, image, input_.dtype));
    Dims dims = tensor.dims();
    dims.insert(dims.begin(), 1);
    HEADRACE_CHECK(check_extents(dims));
    return tensor.reshaped(std::move(dims));
  }

  Status check_extents(const Dims& dims) const {
    for (size_t axis = 1; axis < dims.size(); ++axis) {
      const Dim& expected = input_.shape[axis];
      if (expected.known() && expected.extent != dims[axis])
        return invalid_data("the picture becomes " + to_string(dims) + ", but input " + input_.name + " is " +
                            to_string(input_.shape) + ": set crop and layout of the preprocessing (now " +
                            to_string(preprocess_) + ")");
    }
    return Ok{};
  }

  std::vector<PictureFile> files_;
  std::vector<std::string> class_names_, skipped_;
  TensorSpec input_;
  Preprocess preprocess_;
};

// The part of check_extents() that needs no picture: channels, and height and width where the crop sets them.
Status check_shape(const TensorSpec& input, const Preprocess& preprocess) {
  const bool nchw = preprocess.layout == Layout::kNchw;
  const int64_t side = preprocess.crop > 0 ? preprocess.crop : -1;
  const int64_t expected[] = {-1, nchw ? 3 : side, side, nchw ? side : 3};
  for (size_t axis = 1; axis < 4; ++axis) {
    const Dim& dim = input.shape[axis];
    if (dim.known() && expected[axis] >= 0 && dim.extent != expected[axis])
      return invalid_data("input " + input.name + " is " + to_string(input.shape) + ", but preprocessing gives " +
                          std::to_string(expected[axis]) + " on axis " + std::to_string(axis) + ": set its crop or layout (now " +
                          to_string(preprocess) + ")");
  }
  return Ok{};
}

}  // namespace

bool is_picture_name(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

Status check_picture_input(const Signature& signature, const Preprocess& preprocess) {
  if (signature.inputs.size() != 1)
    return invalid_data("pictures feed a model of one input, but this one has inputs " + input_names(signature) +
                        ": give an .npz with arrays of these names");
  const TensorSpec& input = signature.inputs.front();
  if (input.shape.size() != 4)
    return invalid_data("pictures feed an input of rank 4, but input " + input.name + " is " + to_string(input.shape) +
                        ": give an .npy or .npz file");
  if (input.dtype != DType::kFloat32 && input.dtype != DType::kUint8)
    return invalid_data("pictures feed a float32 or uint8 input, but input " + input.name + " is " +
                        std::string(to_string(input.dtype)) + ": give an .npy or .npz file");
  if (preprocess.none) return invalid_data("the data are pictures, but preprocessing is \"none\": declare one, such as imagenet");
  if (input.dtype == DType::kUint8 && !keeps_pixel_values(preprocess))
    return invalid_data("input " + input.name + " is uint8, so preprocessing must have scale=1,mean=0,std=1, but is " +
                        to_string(preprocess));
  return check_shape(input, preprocess);
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

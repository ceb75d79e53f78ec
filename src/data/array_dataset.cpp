// Arrays whose first dimension counts the samples: one .npy, or an .npz with an array for each input.
#include <atomic>
#include <cstring>
#include <map>

#include "base/mapped_file.h"
#include "data/npz.h"
#include "data/sources.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

// Mapped pages are given back after this many bytes of samples, so that memory does not grow with the file.
constexpr size_t kReleaseEvery = size_t{64} << 20;
constexpr char kLabels[] = "labels";
constexpr char kUnnamed[] = "arr_0";  // what numpy.savez calls an array without a name

class ArrayDataset final : public Dataset {
 public:
  ArrayDataset(fs::path path, std::vector<Tensor> arrays, std::vector<int64_t> labels, std::shared_ptr<const MappedFile> file)
      : path_(std::move(path)), arrays_(std::move(arrays)), labels_(std::move(labels)), file_(std::move(file)) {}

  size_t size() const override { return static_cast<size_t>(arrays_.front().dims()[0]); }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  bool labelled() const override { return !labels_.empty(); }

  Result<Sample> load(size_t index) const override {
    Sample sample;
    sample.source = path_.string() + "[" + std::to_string(index) + "]";
    if (labelled()) sample.label = labels_[index];
    for (const Tensor& array : arrays_) sample.inputs.push_back(copy_sample(array, index));
    return sample;
  }

 private:
  Tensor copy_sample(const Tensor& array, size_t index) const {
    Dims dims = array.dims();
    dims[0] = 1;
    Tensor sample = Tensor::allocate(array.dtype(), std::move(dims));
    const size_t size = sample.byte_size();
    if (size > 0) std::memcpy(sample.mutable_bytes().data(), array.bytes().data() + index * size, size);
    const size_t before = copied_.fetch_add(size);
    if (file_ && before / kReleaseEvery != (before + size) / kReleaseEvery) file_->release_pages();
    return sample;
  }

  fs::path path_;
  std::vector<Tensor> arrays_;  // one per input
  std::vector<int64_t> labels_;
  std::shared_ptr<const MappedFile> file_;
  std::vector<std::string> class_names_;  // always empty
  mutable std::atomic<size_t> copied_{0};
};

std::string describe(DType dtype, const std::string& shape) { return std::string(to_string(dtype)) + " " + shape; }

Error mismatch(const std::string& name, const TensorSpec& input, const Tensor& array, const std::string& advice) {
  return invalid_data("array " + name + " is " + describe(array.dtype(), to_string(array.dims())) + ", but input " + input.name +
                      " is " + describe(input.dtype, to_string(input.shape)) + ": " + advice);
}

Status check_dtype(const std::string& name, const TensorSpec& input, const Tensor& array) {
  if (array.dtype() == input.dtype) return Ok{};
  const std::string type(to_string(input.dtype));
  // Pixels need scaling as well, so a mere conversion would be a trap.
  const bool pixels = array.dtype() == DType::kUint8 && input.dtype == DType::kFloat32;
  return mismatch(name, input, array,
                  "save it as x.astype(numpy." + type + ")" + (pixels ? ", normalised as the model expects it" : ""));
}

Status check_array(const std::string& name, const TensorSpec& input, const Tensor& array) {
  if (input.shape.empty())
    return unsupported("input " + input.name + " is a scalar: it has no dimension that could count samples");
  HEADRACE_CHECK(check_dtype(name, input, array));
  if (array.dims().size() != input.shape.size())
    return mismatch(name, input, array,
                    "rank " + std::to_string(input.shape.size()) + " is expected, the first dimension counting the samples");
  for (size_t axis = 1; axis < input.shape.size(); ++axis)
    if (input.shape[axis].known() && input.shape[axis].extent != array.dims()[axis])
      return mismatch(name, input, array,
                      "axis " + std::to_string(axis) + " must be " + std::to_string(input.shape[axis].extent) + ", not " +
                          std::to_string(array.dims()[axis]));
  if (array.dims()[0] == 0) return invalid_data("array " + name + " holds no samples");
  return Ok{};
}

Result<std::vector<int64_t>> read_labels(const Tensor& array, int64_t samples) {
  const std::string found = describe(array.dtype(), to_string(array.dims()));
  if (array.dims() != Dims{samples})
    return invalid_data("array labels is " + found + ", but one label a sample is expected: shape [" + std::to_string(samples) +
                        "]");
  auto labels = to_int64_vector(array);
  if (!labels.ok()) return invalid_data("array labels is " + found + ", but class numbers (integers) are expected");
  for (const int64_t label : *labels)
    if (label < 0) return invalid_data("array labels holds " + std::to_string(label) + ": class numbers begin at 0");
  return labels;
}

using Arrays = std::map<std::string, Tensor>;

// The array for input `input`, by its name; a single array may also go without one.
Result<std::string> array_for(const Arrays& arrays, const Signature& signature, const TensorSpec& input) {
  if (arrays.contains(input.name)) return input.name;
  if (signature.inputs.size() == 1 && arrays.contains(kUnnamed)) return std::string(kUnnamed);
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  return invalid_data("there is no array for input " + input.name + " (the model has inputs " + input_names(signature) +
                      "); the file has " + (names.empty() ? "no arrays" : "arrays " + join(names)));
}

Result<std::vector<Tensor>> match_arrays(Arrays& arrays, const Signature& signature) {
  std::vector<Tensor> matched;
  for (const TensorSpec& input : signature.inputs) {
    HEADRACE_TRY(const std::string name, array_for(arrays, signature, input));
    HEADRACE_CHECK(check_array(name, input, arrays[name]));
    matched.push_back(arrays[name]);
    if (matched.back().dims()[0] != matched.front().dims()[0])
      return invalid_data("array " + name + " holds " + std::to_string(matched.back().dims()[0]) +
                          " samples, the first input's array " + std::to_string(matched.front().dims()[0]));
    arrays.erase(name);
  }
  return matched;
}

DatasetResult open_arrays(const fs::path& path, Arrays arrays, const Signature& signature) {
  HEADRACE_TRY(std::vector<Tensor> matched, match_arrays(arrays, signature));
  std::vector<int64_t> labels;
  if (const auto found = arrays.find(kLabels); found != arrays.end()) {
    HEADRACE_TRY(labels, read_labels(found->second, matched.front().dims()[0]));
    arrays.erase(found);
  }
  if (!arrays.empty())
    return invalid_data("array " + arrays.begin()->first + " is neither an input (" + input_names(signature) +
                        ") nor \"labels\": leave it out or rename it");
  return std::unique_ptr<Dataset>(std::make_unique<ArrayDataset>(path, std::move(matched), std::move(labels), nullptr));
}

DatasetResult open_array(const fs::path& path, const std::shared_ptr<const MappedFile>& file, const Signature& signature) {
  if (signature.inputs.size() != 1)
    return invalid_data("an .npy file feeds a model of one input, but this one has inputs " + input_names(signature) +
                        ": give an .npz with arrays of these names");
  HEADRACE_TRY(Tensor array, wrap_npy(file, file->bytes()));
  HEADRACE_CHECK(check_array(path.filename().string(), signature.inputs.front(), array));
  return std::unique_ptr<Dataset>(std::make_unique<ArrayDataset>(path, std::vector<Tensor>{array}, std::vector<int64_t>{}, file));
}

DatasetResult naming(const fs::path& path, DatasetResult result) {
  if (!result.ok()) return std::move(result).error().at(path.string());
  return result;
}

}  // namespace

DatasetResult npy_dataset(const fs::path& path, const Signature& signature) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  return naming(path, open_array(path, file, signature));
}

DatasetResult npz_dataset(const fs::path& path, const Signature& signature) {
  HEADRACE_TRY(Arrays arrays, read_npz(path));
  return naming(path, open_arrays(path, std::move(arrays), signature));
}

}  // namespace headrace

#include "data/dataset.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "data/sources.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

Result<Tensor> stack_input(const std::vector<Sample>& samples, size_t input) {
  const Tensor& first = samples.front().inputs[input];
  if (first.rank() == 0 || bits_of(first.dtype()) < 8)
    return invalid_data("this input has no batch dimension to stack along").at(samples.front().source);
  Dims dims = first.dims();
  dims[0] = 0;
  for (const Sample& sample : samples) {
    const Tensor& tensor = sample.inputs[input];
    const bool fits = tensor.dtype() == first.dtype() && tensor.rank() == first.rank() &&
                      std::equal(tensor.dims().begin() + 1, tensor.dims().end(), dims.begin() + 1);
    if (!fits)
      return invalid_data("input " + std::to_string(input) + " is " + std::string(to_string(tensor.dtype())) + " " +
                          to_string(tensor.dims()) + " here, but " + std::string(to_string(first.dtype())) + " " +
                          to_string(first.dims()) + " in " + samples.front().source +
                          ": they cannot share a batch; use batch 1, or crop them to one size")
          .at(sample.source);
    dims[0] += tensor.dims()[0];
  }
  Tensor stacked = Tensor::allocate(first.dtype(), std::move(dims));
  std::byte* out = stacked.mutable_bytes().data();
  for (const Sample& sample : samples) {
    const auto bytes = sample.inputs[input].bytes();
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    out += bytes.size();
  }
  return stacked;
}

}  // namespace

const std::vector<std::string>& Dataset::skipped() const {
  static const std::vector<std::string> none;
  return none;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string input_names(const Signature& signature) {
  std::vector<std::string> names;
  for (const TensorSpec& input : signature.inputs) names.push_back(input.name);
  return join(names);
}

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

DatasetResult open_dataset(const fs::path& path, const Signature& signature, const DatasetOptions& options) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return not_found("there is no such file or folder").at(path.string());
  if (error) return io_error(error.message()).at(path.string());
  if (signature.inputs.empty()) return invalid_data("the model has no inputs that data could feed").at(path.string());
  if (fs::is_directory(status)) return folder_dataset(path, signature, options);
  if (is_picture_name(path)) return picture_dataset({{path, std::nullopt}}, {}, signature, options);
  const std::string extension = lower_extension(path);
  if (extension == ".npy") return npy_dataset(path, signature);
  if (extension == ".npz") return npz_dataset(path, signature);
  if (extension == ".txt" || extension == ".lst" || extension == ".list") return list_dataset(path, signature, options);
  return invalid_data(
             "data of this kind cannot be read: give a folder of .jpg, .jpeg or .png pictures, an .npy or .npz file, or a .txt "
             "list of pictures")
      .at(path.string());
}

Result<std::vector<Tensor>> stack(const std::vector<Sample>& samples) {
  if (samples.empty()) return invalid_argument("there are no samples to stack");
  for (const Sample& sample : samples)
    if (sample.inputs.size() != samples.front().inputs.size())
      return invalid_argument("the samples differ in their number of inputs").at(sample.source);
  std::vector<Tensor> stacked;
  for (size_t input = 0; input < samples.front().inputs.size(); ++input) {
    HEADRACE_TRY(Tensor tensor, stack_input(samples, input));
    stacked.push_back(std::move(tensor));
  }
  return stacked;
}

}  // namespace headrace

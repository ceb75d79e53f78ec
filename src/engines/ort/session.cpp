#include "engines/ort/session.h"

#include <onnxruntime_cxx_api.h>

#include "engines/ort/library.h"
#include "engines/ort/session_options.h"
#include "engines/ort/values.h"
#include "engines/shape_memory.h"

namespace headrace::ort {
namespace fs = std::filesystem;
namespace {

class OrtSession final : public Session {
 public:
  OrtSession(Ort::Session session, Signature signature) : session_(std::move(session)), signature_(std::move(signature)) {
    for (const TensorSpec& spec : signature_.inputs) input_names_.push_back(spec.name.c_str());
    for (const TensorSpec& spec : signature_.outputs) output_names_.push_back(spec.name.c_str());
  }

  const Signature& signature() const override { return signature_; }

  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    HEADRACE_CHECK(check_inputs(signature_, inputs));
    try {
      outputs.resize(signature_.outputs.size());
      const auto dims = shapes_.find(inputs);
      if (dims != nullptr && run_into(inputs, outputs, *dims)) return Ok{};
      HEADRACE_CHECK(run_freely(inputs, outputs));
      // Had the input dims decided the output dims, the first attempt would have gone well.
      dims != nullptr ? shapes_.disable() : shapes_.remember(inputs, outputs);
      return Ok{};
    } catch (...) {
      return exception_to_error("run the model", ErrorCode::kInvalidData);
    }
  }

 private:
  // Runs with every output in memory of ours, of the dims expected. False when that did not go well: it may have been the dims.
  bool run_into(std::span<const Tensor> inputs, std::vector<Tensor>& outputs, const std::vector<Dims>& dims) try {
    std::vector<Ort::Value> values;
    values.reserve(outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const DType dtype = signature_.outputs[i].dtype;
      if (dtype == DType::kString) {
        values.emplace_back(nullptr);
        continue;
      }
      make_writable(outputs[i], dtype, dims[i]);
      values.push_back(wrap_output(outputs[i], memory_));
    }
    invoke(inputs, values);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (signature_.outputs[i].dtype == DType::kString && !copy_output(values[i], outputs[i])) return false;
    return true;
  } catch (const Ort::Exception&) {
    return false;
  }

  // Runs with outputs that ONNX Runtime allocates, and copies them.
  Status run_freely(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
    std::vector<Ort::Value> values;
    for (size_t i = 0; i < outputs.size(); ++i) values.emplace_back(nullptr);
    invoke(inputs, values);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (auto status = copy_output(values[i], outputs[i]); !status)
        return std::move(status).error().at("output '" + signature_.outputs[i].name + "'");
    return Ok{};
  }

  void invoke(std::span<const Tensor> inputs, std::vector<Ort::Value>& outputs) {
    std::vector<Ort::Value> values;
    values.reserve(inputs.size());
    for (const Tensor& input : inputs) values.push_back(wrap_input(input, memory_));
    session_.Run(Ort::RunOptions{nullptr}, input_names_.data(), values.data(), values.size(), output_names_.data(),
                 outputs.data(), outputs.size());
  }

  Ort::Session session_;
  Ort::MemoryInfo memory_ = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  Signature signature_;
  std::vector<const char*> input_names_, output_names_;
  ShapeMemory shapes_;
};

Status check_file(const fs::path& path) {
  std::error_code failure;
  const auto status = fs::status(path, failure);
  if (!fs::exists(status)) return not_found("there is no such file");
  if (!fs::is_regular_file(status)) return invalid_model("it is not a file");
  return Ok{};
}

Result<Ort::Session> create(const ModelSource& model, Ort::Env& env, const Ort::SessionOptions& options) {
  if (const auto* bytes = std::get_if<std::string_view>(&model)) return Ort::Session(env, bytes->data(), bytes->size(), options);
  const auto& path = std::get<fs::path>(model);
  HEADRACE_CHECK(check_file(path));
  return Ort::Session(env, path.c_str(), options);
}

Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options, bool exact) try {
  if (!library()) return library().error();
  Ort::Env& env = *library()->env;
  Ort::SessionOptions ort_options;
  HEADRACE_CHECK(set_session_options(options, exact, env, ort_options));
  HEADRACE_TRY(Ort::Session session, create(model, env, ort_options));
  HEADRACE_TRY(Signature signature, signature_of(session));
  return std::unique_ptr<Session>(std::make_unique<OrtSession>(std::move(session), std::move(signature)));
} catch (...) {
  return exception_to_error("load the model", ErrorCode::kInvalidModel);
}

}  // namespace

Result<std::unique_ptr<Session>> load_session(const ModelSource& model, const SessionOptions& options, bool exact) {
  auto session = load(model, options, exact);
  if (const auto* path = std::get_if<fs::path>(&model); path != nullptr && !session)
    return std::move(session).error().at(path->string());
  return session;
}

}  // namespace headrace::ort

#include "engines/openvino/session.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>
#include <sstream>

#include "base/parallel.h"
#include "engines/openvino/convert.h"
#include "engines/shape_memory.h"

namespace headrace::openvino {
namespace fs = std::filesystem;
namespace {

// Idle infer requests. As many come into being as threads run at once.
class RequestPool {
 public:
  ov::InferRequest take(ov::CompiledModel& model) {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        ov::InferRequest request = std::move(idle_.back());
        idle_.pop_back();
        return request;
      }
    }
    return model.create_infer_request();
  }
  void give_back(ov::InferRequest request) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(request));
  }

 private:
  std::mutex mutex_;
  std::vector<ov::InferRequest> idle_;
};

class OpenVinoSession final : public Session {
 public:
  OpenVinoSession(std::shared_ptr<ov::Model> source, ov::CompiledModel model, Signature signature)
      : source_(std::move(source)), model_(std::move(model)), signature_(std::move(signature)) {}

  const Signature& signature() const override { return signature_; }

  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    HEADRACE_CHECK(check_inputs(signature_, inputs));
    try {
      outputs.resize(signature_.outputs.size());
      const auto dims = shapes_.find(inputs);
      if (dims != nullptr && run_into(inputs, outputs, *dims)) return Ok{};
      HEADRACE_CHECK(run_freely(inputs, outputs));
      std::call_once(shapes_checked_, [&] { check_shapes(inputs); });
      shapes_.remember(inputs, outputs);
      return Ok{};
    } catch (...) {
      return exception_to_error("run the model", ErrorCode::kInvalidData);
    }
  }

 private:
  // Output dims may depend on the data (NonZero); OpenVINO then leaves a buffer of other dims as it was, without an error. So the
  // buffers are ours only where shape inference finds the output dims from the input dims alone.
  void check_shapes(std::span<const Tensor> inputs) {
    std::map<size_t, ov::PartialShape> shapes;
    for (size_t i = 0; i < inputs.size(); ++i) shapes[i] = ov::Shape(inputs[i].dims().begin(), inputs[i].dims().end());
    try {
      source_->reshape(shapes);
    } catch (const ov::Exception&) {
      shapes_.disable();
    }
    for (const auto& output : source_->outputs())
      if (output.get_partial_shape().is_dynamic()) shapes_.disable();
    source_.reset();
  }

  // Runs with every output in memory of ours, of the dims expected. False when that did not go well.
  bool run_into(std::span<const Tensor> inputs, std::vector<Tensor>& outputs, const std::vector<Dims>& dims) try {
    ov::InferRequest request = bound_.take(model_);
    for (size_t i = 0; i < outputs.size(); ++i) {
      make_writable(outputs[i], signature_.outputs[i].dtype, dims[i]);
      request.set_output_tensor(i, wrap(outputs[i]));
    }
    infer(request, inputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const ov::Shape shape = request.get_output_tensor(i).get_shape();
      if (!std::equal(shape.begin(), shape.end(), dims[i].begin(), dims[i].end(),
                      [](size_t a, int64_t b) { return static_cast<int64_t>(a) == b; }))
        return false;
    }
    bound_.give_back(std::move(request));
    return true;
  } catch (const ov::Exception&) {
    return false;
  }

  // Runs with outputs that OpenVINO allocates, and copies them. These requests never see memory of ours for outputs: it would
  // dangle.
  Status run_freely(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
    ov::InferRequest request = free_.take(model_);
    infer(request, inputs);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (auto status = copy_output(request.get_output_tensor(i), outputs[i]); !status)
        return std::move(status).error().at("output '" + signature_.outputs[i].name + "'");
    free_.give_back(std::move(request));
    return Ok{};
  }

  static void infer(ov::InferRequest& request, std::span<const Tensor> inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) request.set_input_tensor(i, wrap(inputs[i]));
    request.infer();
  }

  std::shared_ptr<ov::Model> source_;  // until check_shapes() has seen it
  std::once_flag shapes_checked_;
  ov::CompiledModel model_;
  Signature signature_;
  ShapeMemory shapes_;
  RequestPool bound_, free_;
};

// One per process: it holds the plugins. Never destroyed, since the plugins' threads outlive static destruction badly.
ov::Core& core() {
  static auto* core = new ov::Core();
  return *core;
}

ov::AnyMap config_for(const SessionOptions& options) {
  return {ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY), ov::num_streams(options.streams),
          ov::inference_num_threads(options.streams * (options.threads == 0 ? available_cpus() : options.threads)),
          // On CPUs with bfloat16 it would otherwise compute float32 models in bfloat16. Quantised layers stay in INT8.
          ov::hint::inference_precision(ov::element::f32),
          // The caller decides how many threads run and where: no pinning over other sessions' threads, no leaving out of
          // siblings.
          ov::hint::enable_cpu_pinning(false), ov::hint::enable_hyper_threading(true)};
}

Status check_options(const SessionOptions& options) {
  if (options.threads < 0) return invalid_argument("threads is " + std::to_string(options.threads) + "; it must be 0 or more");
  if (options.streams < 1) return invalid_argument("streams is " + std::to_string(options.streams) + "; it must be 1 or more");
  if (options.provider != "cpu" && !options.provider.empty())
    return unsupported("execution providers are ONNX Runtime's; the engine openvino runs on the CPU (provider '" +
                       options.provider + "' was asked for)");
  if (!options.save_optimized.empty() || !options.profile.empty())
    return unsupported("the engine openvino neither saves its optimised model nor writes profiles; use the engine ort");
  return Ok{};
}

// The ONNX reader by name: asked to guess the format, OpenVINO tries its other readers too, and TensorFlow's prints.
std::shared_ptr<ov::Model> convert(const ov::Any& source) {
  static auto* manager = new ov::frontend::FrontEndManager();
  const auto reader = manager->load_by_framework("onnx");
  return reader->convert(reader->load(source));
}

Result<std::shared_ptr<ov::Model>> read(const ModelSource& source) {
  if (const auto* bytes = std::get_if<std::string_view>(&source)) {
    std::istringstream stream{std::string(*bytes)};
    return convert(static_cast<std::istream*>(&stream));
  }
  const auto& path = std::get<fs::path>(source);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return not_found("there is no such file");
  if (!fs::is_regular_file(path, ignored)) return invalid_model("it is not a file");
  return convert(path.string());
}

Result<std::unique_ptr<Session>> load(const ModelSource& source, const SessionOptions& options) try {
  HEADRACE_CHECK(check_options(options));
  HEADRACE_TRY(const std::shared_ptr<ov::Model> model, read(source));
  HEADRACE_TRY(Signature signature, signature_of(*model));
  if (signature.outputs.empty()) return invalid_model("OpenVINO could not load the model: it has no outputs");
  ov::CompiledModel compiled = core().compile_model(model, "CPU", config_for(options));
  return std::unique_ptr<Session>(std::make_unique<OpenVinoSession>(model, std::move(compiled), std::move(signature)));
} catch (...) {
  return exception_to_error("load the model", ErrorCode::kInvalidModel);
}

}  // namespace

Result<std::unique_ptr<Session>> load_session(const ModelSource& model, const SessionOptions& options) {
  auto session = load(model, options);
  if (const auto* path = std::get_if<fs::path>(&model); path != nullptr && !session)
    return std::move(session).error().at(path->string());
  return session;
}

}  // namespace headrace::openvino

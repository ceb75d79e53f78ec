// Engines: what runs a model. ONNX Runtime, OpenVINO, (later) our own; each behind this interface.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

struct TensorSpec {
  std::string name;
  DType dtype = DType::kUndefined;
  Shape shape;
  bool operator==(const TensorSpec&) const = default;
};

struct Signature {
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
};

enum class GraphOptimization { kNone, kBasic, kExtended, kAll };

struct SessionOptions {
  int threads = 1;  // intra-op threads; 0: all CPUs this process may use
  // How many calls of run() compute at once, each on `threads`, where an engine has threads of its own for them (OpenVINO: with
  // one stream a second call waits for the first). The others compute on their callers, as many as there are.
  int streams = 1;
  bool spinning = false;  // whether idle workers spin; faster for one caller, harmful as soon as sessions share CPUs
  GraphOptimization optimization = GraphOptimization::kAll;
  bool memory_arena = true;  // ONNX Runtime: keep freed memory for the next run
  // ONNX Runtime: the execution provider ("cpu", "cuda", "tensorrt", "openvino", ... or the path of a plugin library), and
  // the provider's options.
  std::string provider = "cpu";
  std::map<std::string, std::string> provider_options;
  std::filesystem::path save_optimized;  // ONNX Runtime: write the model as optimised to this file (empty: do not)
  std::filesystem::path profile;         // write a per-op profile with this prefix (empty: do not)
};

// Where a model comes from: a file, or a serialised ONNX model in memory.
using ModelSource = std::variant<std::filesystem::path, std::string_view>;

class Session {
 public:
  virtual ~Session() = default;
  virtual const Signature& signature() const = 0;
  // Runs the model. `inputs` in the signature's order; dtype and rank and known extents are checked (invalid_data names input,
  // expected and given). `outputs` is resized to the signature; a tensor already there whose dtype and dims fit is written in
  // place when nobody else holds its storage, so that repeated runs allocate nothing. Thread-safe.
  virtual Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;  // "ort"
  virtual std::string version() const = 0;    // "1.32.0"; empty when the library is not there
  virtual Status available() const = 0;       // unavailable: what is missing and how to get it
  // Whether its INT8 results on this CPU are exact for every file (no saturating kernels).
  virtual bool exact() const = 0;
  virtual Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const = 0;
};

// All engines this build knows, available or not: ort, ort-exact, openvino, reference.
std::span<const Engine* const> all_engines();
// Errors: invalid_argument for an unknown name (the known ones are listed), unavailable when its library is not there.
Result<const Engine*> find_engine(std::string_view name);

// Checks tensors against a signature's inputs: count, dtype, rank, extents. Every engine's run() begins with it.
Status check_inputs(const Signature& signature, std::span<const Tensor> inputs);

}  // namespace headrace

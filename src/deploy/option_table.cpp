// The option table. A new option is a field of Recipe (or of what it holds) and one entry here: the flags, headrace.toml and
// docs/options.md follow.
#include <algorithm>

#include "deploy/option_makers.h"
#include "deploy/serve_option_table.h"

namespace headrace {
namespace {

using namespace option_makers;  // NOLINT(google-build-using-namespace): made for this file

Option preprocess_option() {
  Option made =
      text({"data.preprocess", "SPEC", "quantize compare deploy run",
            "From picture to tensor: imagenet, none, or pairs such as resize=256,crop=224,mean=0.5/0.5/0.5 (default imagenet)"},
           [](auto& r) -> auto& { return r.preprocess; });
  made.set = [](Recipe& recipe, std::string_view value) -> Status {
    HEADRACE_CHECK(parse_preprocess(value));
    recipe.preprocess = value;
    return Ok{};
  };
  return made;
}

Option per_tensor_option() {
  return option(
      {"quantize.per-tensor", "", "quantize deploy",
       "One weight scale a tensor instead of one a channel: what opsets below 13 can say"},
      OptionType::kSwitch,
      [](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(const bool per_tensor, parse_switch(value));
        recipe.quantize.per_channel = !per_tensor;
        return Ok{};
      },
      [](const Recipe& recipe) { return std::string(recipe.quantize.per_channel ? "false" : "true"); });
}

std::vector<Option> data_options() {
  return {
      path({"model", "PATH", "deploy", "The model file (what stands first on the command line)"},
           [](auto& r) -> auto& { return r.model; }),
      path({"weights", "CHECKPOINT", "convert quantize deploy",
            "A checkpoint (.pth, .safetensors) whose weights take the place of those of a MODEL.pt2"},
           [](auto& r) -> auto& { return r.weights; }),
      names({"labels", "NAMES", "deploy run",
             "Class names, or one text file with a name a line (default: the calibration folder's sub-folders)"},
            [](auto& r) -> auto& { return r.labels; }),
      path({"data.calibration", "DATA", "quantize deploy",
            "Samples to set scales by: a folder of pictures, .npy, .npz, or a text list of paths"},
           [](auto& r) -> auto& { return r.calibration; }),
      path({"data.evaluation", "DATA", "deploy",
            "Samples to measure accuracy on (default: the calibration samples, with a warning)"},
           [](auto& r) -> auto& { return r.evaluation; }),
      preprocess_option(),
      on_off({"data.skip-bad", "", "quantize compare deploy", "Leave out samples that cannot be read instead of stopping"},
             [](auto& r) -> auto& { return r.skip_bad; }),
  };
}

std::vector<Option> quantize_options() {
  return {
      choice({"quantize.mode", "MODE", "quantize deploy",
              "static (calibrated) or dynamic (scales found while it runs) (default static)"},
             parse_quant_mode, [](auto& r) -> auto& { return r.quantize.mode; }),
      choice({"quantize.observer", "KIND", "quantize deploy",
              "How activation ranges are found: minmax, percentile, entropy or mse (default mse)"},
             parse_observer, [](auto& r) -> auto& { return r.quantize.observer; }),
      choice({"quantize.target", "ENGINE", "quantize deploy",
              "Whose kernels Q/DQ are placed for: ort-x86, openvino or tensorrt (default ort-x86)"},
             parse_target, [](auto& r) -> auto& { return r.quantize.target; }),
      number({"quantize.percentile", "PERCENT", "quantize deploy",
              "Share of values the range covers, for the observer percentile (default 99.999)"},
             50, 100, [](auto& r) -> auto& { return r.quantize.percentile; }),
      per_tensor_option(),
      on_off({"quantize.saturation-proof", "", "quantize deploy",
              "Weight scales under which no CPU's INT8 kernels saturate (default on)"},
             [](auto& r) -> auto& { return r.quantize.saturation_proof; }),
      on_off({"quantize.lattice-input", "", "quantize deploy",
              "Quantise inputs that are 8-bit pictures on their own grid, without loss (default on)"},
             [](auto& r) -> auto& { return r.quantize.lattice_input; }),
      choice({"quantize.rounding", "KIND", "quantize deploy",
              "How weights are rounded: nearest or second-order (default second-order)"},
             parse_rounding, [](auto& r) -> auto& { return r.quantize.rounding; }),
      on_off({"quantize.bias-correction", "", "quantize deploy",
              "Correct biases for the mean error of quantised weights (default on)"},
             [](auto& r) -> auto& { return r.quantize.bias_correction; }),
      integer({"quantize.samples", "N", "quantize deploy", "At most this many calibration samples (default 128)"}, 1, 100'000'000,
              [](auto& r) -> auto& { return r.quantize.samples; }),
      integer({"quantize.calibration-threads", "N", "quantize deploy", "Threads for calibration; 0: one per CPU (default 0)"}, 0,
              1024, [](auto& r) -> auto& { return r.quantize.threads; }),
      names({"quantize.skip-nodes", "NAMES", "quantize deploy", "Nodes to keep in float, by name"},
            [](auto& r) -> auto& { return r.quantize.skip_nodes; }),
      names({"quantize.skip-ops", "OPS", "quantize deploy", "Op types to keep in float, such as Softmax,Gemm"},
            [](auto& r) -> auto& { return r.quantize.skip_ops; }),
      integer({"export.opset", "N", "convert quantize deploy",
               "ONNX opset to write; 0: as it is, raised to 13 where INT8 needs it (default 0)"},
              0, 1000, [](auto& r) -> auto& { return r.opset; }),
  };
}

std::vector<Option> bench_options() {
  return {
      names({"bench.engine", "NAMES", "bench deploy",
             "Engines to measure: auto, native, ort, ort-exact, openvino, reference (default auto: all that pay, and choose)"},
            [](auto& r) -> auto& { return r.engines; }),
      integers({"bench.threads", "LIST", "bench deploy", "Threads per session to try, such as 1,2; 0: one per CPU (default 1)"},
               0, 1024, [](auto& r) -> auto& { return r.threads; }),
      integers({"bench.batch", "LIST", "bench deploy", "Batch sizes to try, such as 1,8 (default 1)"}, 1, 65536,
               [](auto& r) -> auto& { return r.batches; }),
      integers({"bench.clients", "LIST", "bench", "Callers at once to try, such as 1,4,16 (default 1)"}, 1, 4096,
               [](auto& r) -> auto& { return r.clients; }),
      number({"bench.seconds", "SECONDS", "bench deploy", "Measured time per point, in seconds (default 3)"}, 0.01, 86400,
             [](auto& r) -> auto& { return r.seconds; }),
      number({"deploy.max-drop", "POINTS", "deploy", "Accuracy that INT8 may cost, in percentage points (default 2)"}, 0, 100,
             [](auto& r) -> auto& { return r.max_drop; }),
  };
}

std::vector<Option> make_table() {
  std::vector<Option> table = data_options();
  for (std::vector<Option> part : {quantize_options(), bench_options(), serve_options(), server_options()})
    table.insert(table.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  return table;
}

}  // namespace

std::span<const Option> option_table() {
  static const std::vector<Option> table = make_table();
  return table;
}

const Option* find_option(std::string_view key) {
  for (const Option& option : option_table())
    if (option.key == key) return &option;
  return nullptr;
}

bool offered_by(const Option& option, std::string_view command) {
  std::string_view rest = option.commands;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == command) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace headrace

#include "quant/calibrate.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "base/parallel.h"
#include "engines/engine.h"
#include "engines/evaluate.h"

namespace headrace {
namespace {

// A copy of the model whose outputs are the wanted values. Graph inputs cannot be outputs too: they are taken from the sample.
struct Instrumented {
  Model model;
  std::vector<int> input_of;  // per wanted value: the model input it is, or -1
};

Result<Instrumented> instrument(const Model& model, const std::vector<std::string>& values) {
  Instrumented made{clone(model), {}};
  Graph& graph = *made.model.graph;
  std::vector<Value*> outputs;
  for (const std::string& name : values) {
    Value* value = graph.find(name);
    if (value == nullptr) return internal_error("there is no value '" + name + "' to observe");
    const auto input = std::find(graph.inputs().begin(), graph.inputs().end(), value);
    made.input_of.push_back(input == graph.inputs().end() ? -1 : static_cast<int>(input - graph.inputs().begin()));
    if (made.input_of.back() < 0) outputs.push_back(value);
  }
  if (!outputs.empty()) graph.set_outputs(std::move(outputs));
  return made;
}

// Takes the first error of several threads and tells the others to stop.
class FirstError {
 public:
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_ = true;
  }
  bool stopped() const { return stop_; }
  Status take() {
    if (error_) return *std::move(error_);
    return Ok{};
  }

 private:
  std::mutex mutex_;
  std::optional<Error> error_;
  std::atomic<bool> stop_{false};
};

int channel_axis(const Value& value) {
  const size_t rank = value.shape ? value.shape->size() : 0;
  if (rank >= 4) return 1;
  const auto next_to_conv = [&] {
    if (value.producer() != nullptr && value.producer()->is("Conv")) return true;
    for (const Use& use : value.uses())
      if (use.node->is("Conv")) return true;
    return false;
  };
  return rank == 3 && next_to_conv() ? 1 : -1;
}

struct Slot {
  std::unique_ptr<std::mutex> mutex = std::make_unique<std::mutex>();
  TensorStatistics statistics;
};

}  // namespace

std::vector<size_t> spread_indices(size_t size, size_t count) {
  count = std::min(size, count);
  std::vector<size_t> indices(count);
  for (size_t i = 0; i < count; ++i) indices[i] = i * size / count;
  return indices;
}

Status for_each_sample(const Model& model, const std::vector<std::string>& values, const Dataset& data, const std::vector<size_t>& samples, int threads,
                       const Progress& progress, const VisitValues& visit) {
  HEADRACE_TRY(Instrumented instrumented, instrument(model, values));
  HEADRACE_TRY(const Engine* engine, find_engine("ort"));
  SessionOptions options;  // parallel over samples, one thread each: faster than parallel within a sample
  HEADRACE_TRY(const std::unique_ptr<Session> session, load_model(*engine, instrumented.model, options));

  FirstError failure;
  std::atomic<size_t> next{0}, done{0};
  std::mutex report;
  const auto one = [&](std::vector<Tensor>& outputs, size_t i) -> Status {
    HEADRACE_TRY(const Sample sample, data.load(samples[i]));
    if (auto status = session->run(sample.inputs, outputs); !status.ok()) return std::move(status).error().at(sample.source);
    std::vector<Tensor> ordered;
    for (size_t v = 0, output = 0; v < values.size(); ++v) {
      const int input = instrumented.input_of[v];
      ordered.push_back(input >= 0 ? sample.inputs[static_cast<size_t>(input)] : outputs[output++]);
    }
    if (auto status = visit(samples[i], ordered); !status.ok()) return std::move(status).error().at(sample.source);
    return Ok{};
  };
  const size_t workers = std::min<size_t>(samples.size(), static_cast<size_t>(threads > 0 ? threads : available_cpus()));
  parallel_for(workers, static_cast<int>(workers), [&](size_t) {
    std::vector<Tensor> outputs;
    for (size_t i = next.fetch_add(1); i < samples.size() && !failure.stopped(); i = next.fetch_add(1)) {
      if (progress.stop_requested()) return failure.set(cancelled());
      if (auto status = one(outputs, i); !status.ok()) return failure.set(std::move(status).error());
      const std::lock_guard lock(report);
      progress.update("calibrating", static_cast<int64_t>(++done), static_cast<int64_t>(samples.size()));
    }
  });
  return failure.take();
}

Result<Calibration> calibrate(const Model& model, const std::vector<std::string>& values, const Dataset& data, int max_samples, int threads,
                              const Progress& progress) {
  const std::vector<size_t> samples = spread_indices(data.size(), static_cast<size_t>(std::max(max_samples, 1)));
  if (samples.empty()) return invalid_data("there are no calibration samples");
  std::vector<Slot> slots;
  for (const std::string& name : values) {
    const Value& value = *model.graph->find(name);
    const int axis = channel_axis(value);
    slots.push_back({std::make_unique<std::mutex>(), TensorStatistics(axis, static_cast<int64_t>(samples.size()), value.shape && value.shape->size() == 3 && axis == -1)});
  }
  const auto visit = [&](size_t, const std::vector<Tensor>& tensors) -> Status {
    for (size_t v = 0; v < values.size(); ++v) {
      const std::lock_guard lock(*slots[v].mutex);
      if (auto status = slots[v].statistics.observe(tensors[v]); !status.ok())
        return std::move(status).error().at("activation '" + values[v] + "'");
    }
    return Ok{};
  };
  const auto start = std::chrono::steady_clock::now();
  HEADRACE_CHECK(for_each_sample(model, values, data, samples, threads, progress, visit));
  Calibration result;
  result.samples = static_cast<int>(samples.size());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (size_t v = 0; v < values.size(); ++v) result.statistics.emplace(values[v], std::move(slots[v].statistics));
  return result;
}

}  // namespace headrace

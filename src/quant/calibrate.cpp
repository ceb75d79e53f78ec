#include "quant/calibrate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
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

// Images and signals have their channels second, tokens and features last.
int channel_axis(const Value& value) {
  const auto convolution = [](const Node* node) { return node != nullptr && (node->is("Conv") || node->is("ConvTranspose")); };
  if (convolution(value.producer())) return 1;
  for (const Use& use : value.uses())
    if (use.index == 0 && convolution(use.node)) return 1;
  return value.shape && value.shape->size() >= 4 ? 1 : -1;
}

// What is gathered of one value. Sums of floats depend on their order, so the samples take turns.
class Slot {
 public:
  Slot(std::string name, TensorStatistics statistics) : name_(std::move(name)), statistics(std::move(statistics)) {}

  // Waits until all earlier samples have been observed, or observing is over (which returns at once).
  Status observe(const Tensor& tensor, size_t turn) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == turn || over_; });
    if (over_) return Ok{};
    if (auto status = statistics.observe(tensor); !status.ok()) return std::move(status).error().at("activation '" + name_ + "'");
    for (auto& [node, layer] : moments) layer.observe(tensor, turn);
    ++turn_;
    changed_.notify_all();
    return Ok{};
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

 private:
  std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t turn_ = 0;
  bool over_ = false;

 public:
  TensorStatistics statistics;
  std::vector<std::pair<const Node*, InputMoments>> moments;
};

std::vector<std::unique_ptr<Slot>> make_slots(const Model& model, const std::vector<std::string>& values,
                                              const std::vector<WeightedLayer>& layers, size_t samples) {
  std::vector<std::unique_ptr<Slot>> slots;
  for (const std::string& name : values) {
    const Value& value = *model.graph->find(name);
    slots.push_back(std::make_unique<Slot>(name, TensorStatistics(channel_axis(value), static_cast<int64_t>(samples))));
    for (const WeightedLayer& layer : layers)
      if (layer.input == &value)
        if (auto moments = InputMoments::of(layer, samples)) slots.back()->moments.emplace_back(layer.node, *std::move(moments));
  }
  return slots;
}

}  // namespace

std::vector<size_t> spread_indices(size_t size, size_t count) {
  count = std::min(size, count);
  std::vector<size_t> indices(count);
  for (size_t i = 0; i < count; ++i) indices[i] = i * size / count;
  return indices;
}

Status for_each_sample(const Model& model, const std::vector<std::string>& values, const Dataset& data,
                       const std::vector<size_t>& samples, int threads, const Progress& progress, const VisitValues& visit,
                       const std::function<void()>& on_failure) {
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
    if (auto status = visit(i, ordered); !status.ok()) return std::move(status).error().at(sample.source);
    return Ok{};
  };
  const size_t workers = std::min<size_t>(samples.size(), static_cast<size_t>(threads > 0 ? threads : available_cpus()));
  parallel_for(workers, static_cast<int>(workers), [&](size_t) {
    std::vector<Tensor> outputs;
    for (size_t i = next.fetch_add(1); i < samples.size() && !failure.stopped(); i = next.fetch_add(1)) {
      if (auto status = progress.stop_requested() ? Status(cancelled()) : one(outputs, i); !status.ok()) {
        failure.set(std::move(status).error());
        return on_failure();
      }
      const std::lock_guard lock(report);
      progress.update("calibrating", static_cast<int64_t>(++done), static_cast<int64_t>(samples.size()));
    }
  });
  return failure.take();
}

Result<Calibration> calibrate(const Model& model, const std::vector<std::string>& values,
                              const std::vector<WeightedLayer>& layers, const Dataset& data, int max_samples, int threads,
                              const Progress& progress) {
  const std::vector<size_t> samples = spread_indices(data.size(), static_cast<size_t>(std::max(max_samples, 1)));
  if (samples.empty()) return invalid_data("there are no calibration samples");
  const auto slots = make_slots(model, values, layers, samples.size());
  const auto visit = [&](size_t turn, const std::vector<Tensor>& tensors) -> Status {
    for (size_t v = 0; v < values.size(); ++v) HEADRACE_CHECK(slots[v]->observe(tensors[v], turn));
    return Ok{};
  };
  const auto finish = [&] {
    for (const auto& slot : slots) slot->finish();
  };
  const auto start = std::chrono::steady_clock::now();
  HEADRACE_CHECK(for_each_sample(model, values, data, samples, threads, progress, visit, finish));
  Calibration result;
  result.samples = static_cast<int>(samples.size());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (size_t v = 0; v < values.size(); ++v) {
    result.statistics.emplace(values[v], std::move(slots[v]->statistics));
    for (auto& [node, moments] : slots[v]->moments) result.moments.emplace(node, std::move(moments));
  }
  return result;
}

}  // namespace headrace

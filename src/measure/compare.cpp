#include "measure/compare.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "base/parallel.h"
#include "measure/outcome.h"

namespace headrace {
namespace {

constexpr int kMostWorkers = 8;  // each holds the activations of both models

// Where each of b's inputs stands among a's: by name where all names are a's, by position otherwise.
std::vector<size_t> input_order(const Signature& a, const Signature& b) {
  std::vector<size_t> by_name, by_position;
  for (size_t i = 0; i < b.inputs.size(); ++i) {
    by_position.push_back(i);
    for (size_t j = 0; j < a.inputs.size(); ++j)
      if (a.inputs[j].name == b.inputs[i].name) by_name.push_back(j);
  }
  return by_name.size() == b.inputs.size() ? by_name : by_position;
}

bool shapes_fit(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Dim& x, const Dim& y) { return !x.known() || !y.known() || x.extent == y.extent; });
}

std::string describe(const TensorSpec& spec) {
  return "'" + spec.name + "' " + std::string(to_string(spec.dtype)) + to_string(spec.shape);
}

Status check_fit(const Signature& a, const Signature& b, const std::vector<size_t>& order) {
  if (a.inputs.size() != b.inputs.size() || a.outputs.size() != b.outputs.size())
    return invalid_argument("the models do not fit each other: " + std::to_string(a.inputs.size()) + " inputs and " +
                            std::to_string(a.outputs.size()) + " outputs against " + std::to_string(b.inputs.size()) + " and " +
                            std::to_string(b.outputs.size()));
  for (size_t i = 0; i < order.size(); ++i) {
    const TensorSpec &x = a.inputs[order[i]], &y = b.inputs[i];
    if (x.dtype != y.dtype || !shapes_fit(x.shape, y.shape))
      return invalid_argument("the models do not fit each other: input " + describe(x) + " against " + describe(y));
  }
  return Ok{};
}

class Comparer {
 public:
  Comparer(const Side& a, const Side& b, const Dataset& data, const Progress& progress)
      : side_a_(a), side_b_(b), data_(data), progress_(progress), outcomes_(data.size()), errors_(data.size()) {}

  Result<Comparison> run() {
    HEADRACE_TRY(a_, load(side_a_));
    HEADRACE_TRY(b_, load(side_b_));
    order_ = input_order(a_->signature(), b_->signature());
    HEADRACE_CHECK(check_fit(a_->signature(), b_->signature(), order_));
    const int threads_each = std::max(side_a_.options.threads, side_b_.options.threads);
    const bool all_cpus = side_a_.options.threads == 0 || side_b_.options.threads == 0;
    const int workers = all_cpus ? 1 : std::clamp(available_cpus() / threads_each, 1, kMostWorkers);
    progress_.update("comparing", 0, static_cast<int64_t>(data_.size()));
    parallel_for(data_.size(), workers, [this](size_t index) { sample(index); });
    HEADRACE_CHECK(progress_.check());
    for (auto& error : errors_)
      if (error) return std::move(*error);
    return reduce();
  }

 private:
  static Result<std::unique_ptr<Session>> load(const Side& side) {
    if (side.engine == nullptr) return internal_error("a side of a comparison has no engine").at(side.model);
    return side.engine->load(std::filesystem::path(side.model), side.options);
  }

  // One sample through both models. The first error stops the others.
  void sample(size_t index) {
    if (failed_ || progress_.stop_requested()) return;
    if (auto outcome = outcome_of(index)) {
      outcomes_[index] = std::move(*outcome);
    } else {
      errors_[index] = std::move(outcome).error();
      failed_ = true;
    }
    const std::lock_guard lock(mutex_);
    progress_.update("comparing", ++done_, static_cast<int64_t>(data_.size()));
  }

  Result<Outcome> outcome_of(size_t index) {
    HEADRACE_TRY(const Sample sample, data_.load(index));
    if (sample.inputs.size() != order_.size())
      return invalid_data(std::to_string(sample.inputs.size()) + " inputs for a model of " + std::to_string(order_.size()))
          .at(sample.source);
    std::vector<Tensor> reordered, outputs_a, outputs_b;
    for (const size_t from : order_) reordered.push_back(sample.inputs[from]);
    HEADRACE_CHECK(run_side(*a_, side_a_, sample, sample.inputs, outputs_a));
    HEADRACE_CHECK(run_side(*b_, side_b_, sample, reordered, outputs_b));
    auto outcome = compare_outputs(outputs_a, outputs_b, sample.label);
    if (!outcome) return std::move(outcome).error().at(sample.source);
    return outcome;
  }

  static Status run_side(Session& session, const Side& side, const Sample& sample, std::span<const Tensor> inputs,
                         std::vector<Tensor>& outputs) {
    auto status = session.run(inputs, outputs);
    if (!status) return std::move(status).error().at(side.model + ": " + sample.source);
    return status;
  }

  // Sums in the samples' order, so that the figures do not depend on the number of threads.
  Comparison reduce() const;

  const Side& side_a_;
  const Side& side_b_;
  const Dataset& data_;
  const Progress& progress_;
  std::unique_ptr<Session> a_, b_;
  std::vector<size_t> order_;
  std::vector<Outcome> outcomes_;
  std::vector<std::optional<Error>> errors_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  int64_t done_ = 0;
};

// Fractions over samples; NaN where there was nothing to count.
class Fraction {
 public:
  void count(bool hit) {
    ++all_;
    if (hit) ++hits_;
  }
  size_t all() const { return all_; }
  double value() const {
    return all_ == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(hits_) / static_cast<double>(all_);
  }
  std::optional<double> if_any() const { return all_ == 0 ? std::nullopt : std::optional<double>(value()); }

 private:
  size_t all_ = 0, hits_ = 0;
};

Accuracy accuracy(const std::vector<Outcome>& outcomes, std::optional<Ranking> Outcome::*side) {
  Fraction top1, top5;
  for (const Outcome& outcome : outcomes) {
    if (const auto& ranking = outcome.*side; ranking && ranking->top1) {
      top1.count(*ranking->top1);
      top5.count(*ranking->top5);
    }
  }
  return {outcomes.size(), top1.if_any(), top5.if_any()};
}

Comparison Comparer::reduce() const {
  Comparison result;
  result.samples = outcomes_.size();
  result.same_bits = !outcomes_.empty();
  Sqnr noise;
  Fraction agreement, confident;
  for (const Outcome& outcome : outcomes_) {
    noise.merge(outcome.noise);
    result.max_abs_error = std::max(result.max_abs_error, outcome.max_abs_error);
    result.same_bits = result.same_bits && outcome.same_bits;
    if (!outcome.a) continue;
    const bool agrees = outcome.b && outcome.a->best == outcome.b->best && outcome.a->best != kNoClass;
    agreement.count(agrees);
    if (outcome.a->confident) confident.count(agrees);
  }
  result.a = accuracy(outcomes_, &Outcome::a);
  result.b = accuracy(outcomes_, &Outcome::b);
  result.agreement_top1 = agreement.value();
  result.agreement_confident = confident.value();
  result.confident_samples = confident.all();
  result.sqnr_db = noise.db();
  return result;
}

}  // namespace

Result<Comparison> compare(const Side& a, const Side& b, const Dataset& data, const Progress& progress) {
  if (data.size() == 0) return invalid_data("there is no sample to compare the models on");
  return Comparer(a, b, data, progress).run();
}

}  // namespace headrace

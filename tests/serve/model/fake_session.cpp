#include "fake_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

namespace headrace::serve {
namespace {

constexpr std::chrono::seconds kLimit{30};

}  // namespace

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++arrived_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return open_; });
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Gate::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

bool Gate::await_arrivals(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kLimit, [&] { return arrived_ >= count; });
}

Signature rows_signature() {
  const Shape shape = {Dim{-1, "batch"}, Dim{-1, "n"}};
  return {{{"x", DType::kFloat32, shape}}, {{"y", DType::kFloat32, shape}}};
}

FakeSession::FakeSession(Before before) : signature_(rows_signature()), before_(std::move(before)) {}

Status FakeSession::run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
  HEADRACE_CHECK(check_inputs(signature_, inputs));
  if (before_) HEADRACE_CHECK(before_(inputs));
  outputs.resize(1);
  if (outputs[0].dims() != inputs[0].dims() || !outputs[0].exclusively_owned())
    outputs[0] = Tensor::allocate(DType::kFloat32, inputs[0].dims());
  std::ranges::transform(inputs[0].as<float>(), outputs[0].as_mutable<float>().begin(), [](float x) { return x + 1; });
  const std::lock_guard lock(mutex_);
  batches_.push_back(inputs[0].dims()[0]);
  threads_.push_back(std::this_thread::get_id());
  return Ok{};
}

std::vector<int64_t> FakeSession::batches() const {
  const std::lock_guard lock(mutex_);
  return batches_;
}

std::vector<std::thread::id> FakeSession::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_;
}

std::shared_ptr<Model> start_model(std::shared_ptr<Session> session, ModelOptions options, std::shared_ptr<CpuBudget> budget) {
  const Signature signature = session->signature();
  if (options.instances == 0) options.instances = 1;
  return Model::start({"m", "1", "headrace_fake", signature, {std::move(session)}, std::move(options)},
                      budget ? std::move(budget) : CpuBudget::create(2));
}

InferenceRequest request_of(float value, int64_t rows, int64_t width) {
  InferenceRequest request;
  request.model = "m";
  request.id = std::to_string(value);
  const std::vector<float> values(static_cast<size_t>(rows * width), value);
  request.inputs.push_back({"x", Tensor::from<float>({rows, width}, values)});
  return request;
}

bool answers(const InferenceResponse& response, float value, int64_t rows, int64_t width) {
  if (response.id != std::to_string(value) || response.outputs.size() != 1 || response.outputs[0].name != "y") return false;
  const Tensor& tensor = response.outputs[0].tensor;
  return tensor.dims() == Dims{rows, width} && std::ranges::all_of(tensor.as<float>(), [&](float y) { return y == value + 1; });
}

Respond Answers::at(int key) {
  return [this, key](Result<InferenceResponse> result) {
    const std::lock_guard lock(mutex_);
    results_[key].push_back(std::move(result));
    order_.push_back(key);
    changed_.notify_all();
  };
}

bool Answers::await(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kLimit, [&] { return order_.size() >= count; });
}

size_t Answers::count() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

const Result<InferenceResponse>& Answers::operator[](int key) const {
  const std::lock_guard lock(mutex_);
  return results_.at(key).front();
}

std::optional<ErrorCode> Answers::error(int key) const {
  const Result<InferenceResponse>& result = (*this)[key];
  return result.ok() ? std::nullopt : std::optional(result.error().code);
}

std::vector<int> Answers::order() const {
  const std::lock_guard lock(mutex_);
  return order_;
}

Answers::~Answers() {
  for (const auto& [key, results] : results_) EXPECT_EQ(results.size(), 1U) << "answers to request " << key;
}

Result<InferenceResponse> infer(Model& model, InferenceRequest request) {
  std::promise<Result<InferenceResponse>> promise;
  auto future = promise.get_future();
  model.infer(std::move(request), [&](Result<InferenceResponse> result) { promise.set_value(std::move(result)); });
  return future.get();
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = Clock::now() + kLimit;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace headrace::serve

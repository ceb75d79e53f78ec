// A session whose work the test decides, gates to hold it at, and a place where answers are collected.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "serve/model/model.h"

namespace headrace::serve {

// What waits at a gate goes on when it is opened; the test knows how many came.
class Gate {
 public:
  void pass();  // waits until open
  void open();
  void close();
  bool await_arrivals(int count);  // false after 30 s

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
};

// Input x: FP32 [batch, n]; output y: x + 1. `before` runs first, and may fail in its place.
class FakeSession : public Session {
 public:
  using Before = std::function<Status(std::span<const Tensor>)>;
  explicit FakeSession(Before before = nullptr);

  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override;

  std::vector<int64_t> batches() const;  // rows of each run that got past `before`, in order
  std::vector<std::thread::id> threads() const;

 private:
  Signature signature_;
  Before before_;
  mutable std::mutex mutex_;
  std::vector<int64_t> batches_;
  std::vector<std::thread::id> threads_;
};

Signature rows_signature();  // of FakeSession

// A model around `session`; two CPUs unless a budget is given.
std::shared_ptr<Model> start_model(std::shared_ptr<Session> session, ModelOptions options = {},
                                   std::shared_ptr<CpuBudget> budget = nullptr);

// A request of `rows` rows of `width` numbers, all of them `value`.
InferenceRequest request_of(float value, int64_t rows = 1, int64_t width = 2);

// Whether the response to request_of(value, rows, width) is right.
bool answers(const InferenceResponse& response, float value, int64_t rows = 1, int64_t width = 2);

class Answers {
 public:
  Respond at(int key);
  bool await(size_t count);  // false after 30 s
  size_t count() const;
  // Of a key that has been answered; how often it was is checked by the destructor.
  const Result<InferenceResponse>& operator[](int key) const;
  std::optional<ErrorCode> error(int key) const;  // nullopt: success
  std::vector<int> order() const;                 // keys as they were answered
  ~Answers();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, std::vector<Result<InferenceResponse>>> results_;
  std::vector<int> order_;
};

// What the model says to `request`; waits for it.
Result<InferenceResponse> infer(Model& model, InferenceRequest request);

// Waits until `condition` holds; false after 30 s.
bool eventually(const std::function<bool()>& condition);

}  // namespace headrace::serve

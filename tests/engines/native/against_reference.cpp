#include "engines/native/against_reference.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>

#include "engines/models.h"
#include "kernels/dispatch.h"
#include "proto/infer_shapes.h"

namespace headrace::testing {

ScopedVariable::ScopedVariable(const char* name, const std::string& value) : name_(name) {
  const char* old = std::getenv(name);
  had_ = old != nullptr;
  if (had_) old_ = old;
  setenv(name, value.c_str(), 1);
}

ScopedVariable::~ScopedVariable() { had_ ? setenv(name_, old_.c_str(), 1) : unsetenv(name_); }

Inputs random_inputs(const Model& model, int64_t batch, int64_t side, uint32_t seed) {
  Random random(seed);
  Inputs inputs;
  for (const Value* value : model.graph->inputs()) {
    Dims dims{batch};
    for (size_t i = 1; i < value->shape->size(); ++i) {
      const Dim& dim = (*value->shape)[i];
      dims.push_back(dim.known() ? dim.extent : side + static_cast<int64_t>(i) - 2);
    }
    inputs.push_back(random.uniform(std::move(dims), -2.3f, 2.3f));
  }
  return inputs;
}

Tensor picture_of(const Tensor& batch, int64_t index) {
  Dims dims = batch.dims();
  const size_t bytes = batch.byte_size() / static_cast<size_t>(dims[0]);
  dims[0] = 1;
  Tensor picture = Tensor::allocate(batch.dtype(), std::move(dims));
  std::memcpy(picture.mutable_bytes().data(), batch.bytes().data() + static_cast<size_t>(index) * bytes, bytes);
  return picture;
}

Result<std::unique_ptr<Session>> load_model(std::string_view engine, Model& model, int threads) {
  HEADRACE_CHECK(infer_shapes(model));
  SessionOptions options;
  options.threads = threads;
  return load_bytes(engine, bytes_of(model), options);
}

Inputs outputs_of(Session& session, const Inputs& inputs) {
  Inputs outputs;
  const Status status = session.run(inputs, outputs);
  if (!status.ok()) ADD_FAILURE() << status.error().describe();
  return status.ok() ? outputs : Inputs{};
}

namespace {

// Instrumented, the plain kernels take ten minutes for these networks; kernels_test has them instrumented, kernel by kernel.
bool too_slow_here([[maybe_unused]] const kernels::KernelTable& table) {
#ifdef __SANITIZE_ADDRESS__
  return table.isa == std::string_view("reference");
#else
  return false;
#endif
}

}  // namespace

void on_every_isa(const std::function<void()>& body) {
  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    if (!table->supported() || too_slow_here(*table)) {
      std::cout << "not run: " << table->isa << "\n";
      continue;
    }
    for (const std::string winograd : {"0", "1"}) {
      const ScopedVariable isa("HEADRACE_ISA", std::string(table->isa)), forced("HEADRACE_WINOGRAD", winograd);
      SCOPED_TRACE(std::string(table->isa) + ", HEADRACE_WINOGRAD=" + winograd);
      body();
    }
  }
}

double sqnr(const Tensor& expected, const Tensor& found) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double x = expected.as<float>()[i], error = found.as<float>()[i] - x;
    signal += x * x, noise += error * error;
  }
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

namespace {

// What the reference engine answers to each run; empty after a failure.
std::vector<Inputs> reference_answers(Model& model, const std::vector<Inputs>& runs) {
  std::vector<Inputs> answers;
  const auto session = load_model("reference", model, 2);
  if (!session.ok()) ADD_FAILURE() << session.error().describe();
  for (size_t i = 0; session.ok() && i < runs.size(); ++i) answers.push_back(outputs_of(**session, runs[i]));
  return answers;
}

std::string first_difference(const Tensor& expected, const Tensor& found) {
  size_t count = 0, first = 0;
  for (size_t i = expected.size(); i-- > 0;)
    if (std::memcmp(&expected.as<float>()[i], &found.as<float>()[i], sizeof(float)) != 0) ++count, first = i;
  if (count == 0) return "other dimensions or no difference";
  return std::to_string(count) + " of " + std::to_string(expected.size()) + " differ, the first at " + std::to_string(first) +
         ": " + std::to_string(expected.as<float>()[first]) + " and " + std::to_string(found.as<float>()[first]);
}

void expect_same_bits(const Inputs& expected, const Inputs& found) {
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].dims(), found[i].dims()) << "output " << i;
    EXPECT_TRUE(expected[i].same_bits(found[i])) << "output " << i << ": " << first_difference(expected[i], found[i]);
  }
}

// Each picture of a batch alone gives what it gives in the batch.
void expect_pictures_alone(Session& session, const Inputs& run, const Inputs& whole) {
  for (int64_t n = 0; n < run[0].dims()[0]; ++n) {
    Inputs alone, expected;
    for (const Tensor& input : run) alone.push_back(picture_of(input, n));
    for (const Tensor& output : whole) expected.push_back(picture_of(output, n));
    expect_same_bits(expected, outputs_of(session, alone));
  }
}

// The answers of a session with so many threads.
std::vector<Inputs> native_answers(Model& model, const std::vector<Inputs>& runs, int threads) {
  std::vector<Inputs> answers;
  const auto session = load_model("native", model, threads);
  if (!session.ok()) ADD_FAILURE() << session.error().describe();
  for (size_t i = 0; session.ok() && i < runs.size(); ++i) {
    answers.push_back(outputs_of(**session, runs[i]));
    if (!answers.back().empty()) expect_pictures_alone(**session, runs[i], answers.back());
  }
  return answers;
}

}  // namespace

void expect_reference_bits(Model model, const std::vector<Inputs>& runs) {
  const auto expected = reference_answers(model, runs);
  if (expected.size() != runs.size()) return;  // said already
  on_every_isa([&] {
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(std::to_string(threads) + " threads");
      const auto found = native_answers(model, runs, threads);
      ASSERT_EQ(found.size(), expected.size());
      for (size_t i = 0; i < found.size(); ++i) expect_same_bits(expected[i], found[i]);
    }
  });
}

void expect_near_reference(Model model, const std::vector<Inputs>& runs, double decibels) {
  const auto expected = reference_answers(model, runs);
  if (expected.size() != runs.size()) return;  // said already
  on_every_isa([&] {
    const auto one = native_answers(model, runs, 1), two = native_answers(model, runs, 2);
    ASSERT_EQ(one.size(), expected.size());
    ASSERT_EQ(two.size(), expected.size());
    for (size_t i = 0; i < one.size(); ++i) {
      expect_same_bits(one[i], two[i]);
      for (size_t k = 0; k < one[i].size(); ++k) {
        ASSERT_EQ(one[i][k].dims(), expected[i][k].dims());
        EXPECT_GE(sqnr(expected[i][k], one[i][k]), decibels) << "run " << i << ", output " << k;
      }
    }
  });
}

}  // namespace headrace::testing

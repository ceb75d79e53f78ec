// The native engine beside the reference engine: every instruction set that this CPU has, Winograd off and on, one thread and
// two.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "support/test_support.h"

namespace headrace::testing {

// Sets an environment variable while it lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value);
  ~ScopedVariable();
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::string old_;
  bool had_;
};

using Inputs = std::vector<Tensor>;

// One batch of random inputs for the model; unknown heights and widths become `side`.
Inputs random_inputs(const Model& model, int64_t batch, int64_t side = 11, uint32_t seed = 5);
// Picture `index` alone.
Tensor picture_of(const Tensor& batch, int64_t index);

Result<std::unique_ptr<Session>> load_model(std::string_view engine, Model& model, int threads);
Inputs outputs_of(Session& session, const Inputs& inputs);

// Calls `body` once for every instruction set of this CPU, with and without Winograd. "not run: ISA" is printed for the others.
void on_every_isa(const std::function<void()>& body);

// Signal-to-noise ratio in dB over all elements; infinite for the same values.
double sqnr(const Tensor& expected, const Tensor& found);

// All of `runs`, one after the other in one session per configuration: the reference engine's bits.
void expect_reference_bits(Model model, const std::vector<Inputs>& runs);
// Float32: at least `decibels` from the reference engine, and the same bits with one thread and two, alone and in a batch.
void expect_near_reference(Model model, const std::vector<Inputs>& runs, double decibels = 90);

}  // namespace headrace::testing

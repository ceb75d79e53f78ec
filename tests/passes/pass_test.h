// Runs one pass over a small model and compares the text form before and after with a golden file.
//
// HEADRACE_UPDATE_GOLDEN=1 in the environment rewrites the golden files: look at the difference before committing it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "passes/pass.h"
#include "support/test_support.h"

namespace headrace::testing {

// Gives a value a type: -1 is the symbolic dimension "N", as in ModelBuilder.
Value* typed(Value* value, const Dims& dims, DType dtype = DType::kFloat32);

Value* ints(ModelBuilder& b, const std::string& name, const std::vector<int64_t>& values);
Value* floats(ModelBuilder& b, const std::string& name, const Dims& dims, const std::vector<float>& values);

// Runs the pass that the list has under this name and verifies the graph. Returns how many places it changed; -1 after a failure.
int run_pass(std::string_view name, Model& model, const PassContext& context = {});

// Text before and after `pass` against tests/golden/passes/FILE.txt; the pass must change something.
void expect_golden(std::string_view pass, std::string_view file, Model model, const PassContext& context = {});
void expect_unchanged(std::string_view pass, Model model, const PassContext& context = {});

// The names of the ops in order: "Conv Relu".
std::string ops_of(const Model& model);

}  // namespace headrace::testing

// What the reference engine takes and refuses.
#include "engines/models.h"
#include "engines/reference/against_ort.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::ElementsAre;

TEST(Reference, ListsAllUnknownOpsAtOnce) {
  OpModel made;
  Value* x = made.input({2, 2});
  Model model = made.builder.finish({made.node("Det", {made.node("Cosh", {x})}), made.node("Cosh", {x})});
  EXPECT_ERROR(load_bytes("reference", bytes_of(model)), "does not know these ops: Cosh, Det;");
}

TEST(Reference, NamesTheNodeThatFails) {
  OpModel made;
  Value* x = made.builder.input("x", {-1, 3});
  Model model = made.builder.finish({made.builder.node("Reshape", {x, made.ints({2, 3})}, {}, "to_two_rows")});
  const std::vector<Tensor> rows{Random().normal({3, 3})};
  const auto session = load_bytes("reference", bytes_of(model));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  EXPECT_ERROR((*session)->run(rows, outputs), "Reshape 'to_two_rows': a tensor of shape [3, 3] cannot take the shape [2, 3]");
}

TEST(Reference, TakesAnySpatialSize) {
  OpModel made;
  Value* x = made.builder.input("x", {1, 1, -1, -1});
  Value* w = made.constant(Tensor::from<float>({1, 1, 2, 2}, std::vector<float>{1, 1, 1, 1}));
  Model model = made.builder.finish({made.node("Conv", {x, w})});
  const auto session = load_bytes("reference", bytes_of(model));
  ASSERT_OK(session);
  for (const int64_t size : {2, 5, 3}) {
    std::vector<Tensor> outputs;
    const std::vector<float> ones(static_cast<size_t>(size * size), 1.0f);
    ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<float>({1, 1, size, size}, ones)}, outputs));
    EXPECT_EQ(outputs[0].dims(), (Dims{1, 1, size - 1, size - 1}));
    EXPECT_THAT(outputs[0].as<float>(), ::testing::Each(4));
  }
}

TEST(Reference, GivesConstantsAndInputsAsOutputs) {
  OpModel made;
  Value* x = made.given(Tensor::scalar(3.0f));
  Value* constant = made.constant(Tensor::scalar(5.0f));
  Model model = made.builder.finish({made.node("Add", {x, x}), constant, x});
  const auto outputs = outputs_of("reference", model, made.inputs);
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(6));
  EXPECT_THAT(outputs[1].as<float>(), ElementsAre(5));
  EXPECT_THAT(outputs[2].as<float>(), ElementsAre(3));
}

TEST(Reference, IsTheSameForAnyNumberOfThreads) {
  OpModel made;
  Value* x = made.input({2, 8, 9, 9});
  Value* y = made.node("Conv", {x, made.constant(Random(3).normal({16, 8, 3, 3}))});
  Value* z = made.node("MatMul", {made.node("Flatten", {y}), made.constant(Random(4).normal({784, 10}))});
  Model model = made.builder.finish({z});
  const auto one = outputs_of("reference", model, made.inputs, 1);
  for (const int threads : {0, 2, 3})
    EXPECT_TRUE(outputs_of("reference", model, made.inputs, threads).at(0).same_bits(one.at(0)));
}

}  // namespace
}  // namespace headrace

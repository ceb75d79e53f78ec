#include "measure/bench_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

using ::testing::ElementsAre;

BenchCase point(const char* model, const char* engine, int threads) {
  BenchCase one;
  one.model = model;
  one.engine = engine;
  one.threads = threads;
  return one;
}

TEST(InterleavingGroups, PutsWhatIsComparedTogether) {
  const std::vector<BenchCase> points{point("a", "ort", 1), point("a", "ort", 2), point("a", "openvino", 1),
                                      point("a", "openvino", 2)};
  EXPECT_THAT(interleaving_groups(points, 2), ElementsAre(ElementsAre(0u, 2u), ElementsAre(1u, 3u)));
  EXPECT_THAT(interleaving_groups(points, 3), ElementsAre(ElementsAre(0u, 2u), ElementsAre(1u, 3u)));
  EXPECT_THAT(interleaving_groups(points, 4), ElementsAre(ElementsAre(0u, 2u, 1u, 3u)));
}

TEST(InterleavingGroups, KeepsAtLeastTheEnginesOfAModelTogether) {
  const std::vector<BenchCase> points{point("a", "ort", 1), point("b", "ort", 1), point("a", "openvino", 1),
                                      point("b", "openvino", 1)};
  EXPECT_THAT(interleaving_groups(points, 3), ElementsAre(ElementsAre(0u, 2u), ElementsAre(1u, 3u)));
}

TEST(InterleavingGroups, SplitsWhatIsTooMany) {
  const std::vector<BenchCase> points(5, point("a", "ort", 1));
  EXPECT_THAT(interleaving_groups(points, 2), ElementsAre(ElementsAre(0u, 1u), ElementsAre(2u, 3u), ElementsAre(4u)));
  EXPECT_TRUE(interleaving_groups({}, 2).empty());
}

}  // namespace
}  // namespace headrace

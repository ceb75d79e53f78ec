#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "deploy/option_values.h"
#include "deploy/recipe.h"
#include "support/paths.h"
#include "support/test_support.h"

namespace headrace {
namespace {

constexpr std::string_view kCommands[] = {"convert", "quantize", "compare", "bench", "deploy", "run", "serve"};

TEST(OptionTable, EveryFlagIsNamedLikeItsKey) {
  for (const Option& option : option_table())
    EXPECT_EQ(option.flag, "--" + std::string(option.key.substr(option.key.find('.') + 1)));
}

TEST(OptionTable, KeysAreUniqueAndFlagsUniqueWithinACommand) {
  std::set<std::string_view> keys;
  for (const Option& option : option_table()) EXPECT_TRUE(keys.insert(option.key).second) << option.key;
  for (const std::string_view command : kCommands) {
    std::set<std::string> flags;
    for (const Option& option : option_table())
      EXPECT_TRUE(!offered_by(option, command) || flags.insert(option.flag).second) << command << " " << option.flag;
  }
}

TEST(OptionTable, EveryOptionIsOfferedByAKnownCommand) {
  for (const Option& option : option_table()) {
    bool offered = false;
    for (const std::string_view command : kCommands) offered = offered || offered_by(option, command);
    EXPECT_TRUE(offered) << option.key;
  }
}

TEST(OptionTable, SetReadsWhatGetPrints) {
  for (const Option& option : option_table()) {
    Recipe recipe;
    const std::string value = option.get(recipe);
    if (value.empty() && option.type == OptionType::kIntegerList) continue;
    ASSERT_OK(option.set(recipe, value));
    EXPECT_EQ(option.get(recipe), value) << option.key;
  }
}

TEST(OptionTable, WrongValuesSayWhatIsAllowed) {
  Recipe recipe;
  EXPECT_ERROR(find_option("quantize.samples")->set(recipe, "many"), "'many' is not a whole number from 1");
  EXPECT_ERROR(find_option("quantize.samples")->set(recipe, "0"), "from 1 to");
  EXPECT_ERROR(find_option("deploy.max-drop")->set(recipe, "101"), "from 0 to 100");
  EXPECT_ERROR(find_option("deploy.max-drop")->set(recipe, "nan"), "not a number from");
  EXPECT_ERROR(find_option("quantize.observer")->set(recipe, "median"), "entropy");
  EXPECT_ERROR(find_option("data.skip-bad")->set(recipe, "yes"), "neither true nor false");
  EXPECT_ERROR(find_option("bench.threads")->set(recipe, "1,two"), "'two'");
  EXPECT_ERROR(find_option("bench.threads")->set(recipe, ""), "empty");
  EXPECT_ERROR(find_option("data.preprocess")->set(recipe, "resize=big"), "resize");
}

TEST(OptionTable, DocsAreUpToDate) {
  EXPECT_EQ(testing::read_file(std::filesystem::path(testing::test_data()) / "../docs/options.md"), options_markdown())
      << "run: headrace options > docs/options.md";
}

TEST(OptionValues, ListsKeepNamesWithCommas) {
  const std::vector<std::string> names{"tench, Tinca tinca", "goldfish"};
  EXPECT_EQ(split_list(join_list(names)), names);
  EXPECT_EQ(join_list(std::vector<std::string>{"a", "b"}), "a,b");
  EXPECT_THAT(split_list(" a , b,,"), ::testing::ElementsAre("a", "b"));
  EXPECT_THAT(split_list(join_list(std::vector<std::string>{"one, only"})), ::testing::ElementsAre("one, only"));
}

TEST(OptionValues, NumbersPrintShortest) {
  EXPECT_EQ(number_text(99.999), "99.999");
  EXPECT_EQ(number_text(2), "2");
  EXPECT_EQ(number_text(86400), "86400");
}

TEST(OptionValues, NearestName) {
  const std::string_view names[] = {"quantize", "inspect", "doctor"};
  EXPECT_EQ(nearest_name("quantise", names), "quantize");
  EXPECT_EQ(nearest_name("dcotor", names), "doctor");
  EXPECT_EQ(nearest_name("frobnicate", names), "");
}

}  // namespace
}  // namespace headrace

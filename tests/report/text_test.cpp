#include "report/text.h"

#include <gtest/gtest.h>

#include "report/html_text.h"

namespace headrace::reporting {
namespace {

TEST(Printable, KeepsOrdinaryText) {
  EXPECT_EQ(printable("ResNet-50 \xC3\xBC \xE6\xA8\xA1 \xF0\x9F\x9A\x80"), "ResNet-50 \xC3\xBC \xE6\xA8\xA1 \xF0\x9F\x9A\x80");
}

TEST(Printable, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\xEF\xBF\xBD[2Jb");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31m"),
            "a\xEF\xBF\xBD"
            "31m");  // C1: the one-character form of ESC [
  EXPECT_EQ(printable("a\tb\nc\r"), "a b c ");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Printable, ReplacesDirectionOverrides) {
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "exe.txt"),
            "\xEF\xBF\xBD"
            "exe.txt");
}

TEST(Printable, ReplacesMalformedUtf8) {
  EXPECT_EQ(printable("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable("\xC3"), "\xEF\xBF\xBD");                  // cut off
  EXPECT_EQ(printable("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong '/'
  EXPECT_EQ(printable("\xE0\x80\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xC3\xBC"), 1u);
  EXPECT_EQ(display_width("u\xCC\x88"), 1u);  // a combining diaeresis
  EXPECT_EQ(display_width("\xE6\xA8\xA1\xE5\x9E\x8B"), 4u);
  EXPECT_EQ(display_width("\xF0\x9F\x9A\x80"), 2u);
}

TEST(Pad, LeavesWhatIsWideEnough) {
  EXPECT_EQ(pad_left("ab", 4), "  ab");
  EXPECT_EQ(pad_right("\xE6\xA8\xA1", 4), "\xE6\xA8\xA1  ");
  EXPECT_EQ(pad_left("abcdef", 4), "abcdef");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("  a   incomprehensible b ", 6), (std::vector<std::string>{"a", "incomprehensible", "b"}));
  EXPECT_TRUE(wrap("", 5).empty());
}

TEST(Escape, LeavesNothingThatHtmlReads) {
  EXPECT_EQ(escape("<a href=\"x\" b='y'>&\x1b"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\xEF\xBF\xBD");
}

TEST(Breakable, OffersPlacesToBreak) {
  EXPECT_EQ(breakable("/a.b<"), "/<wbr>a.<wbr>b&lt;");
  EXPECT_EQ(breakable(std::string(45, 'x')),
            std::string(20, 'x') + "<wbr>" + std::string(20, 'x') + "<wbr>" + std::string(5, 'x'));
}

TEST(JsonInScript, CannotEndTheElement) {
  EXPECT_EQ(json_in_script("\"</script><!-- & \xE2\x80\xA8\""), "\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\"");
}

TEST(Substitute, ReplacesOnceAndOnlyInThePage) {
  EXPECT_EQ(substitute("a {{x}} {{y}} {{unknown}}b", {{"x", "{{y}}"}, {"y", "2"}}), "a {{y}} 2 b");
  EXPECT_EQ(substitute("open {{x", {{"x", "1"}}), "open {{x");
}

}  // namespace
}  // namespace headrace::reporting

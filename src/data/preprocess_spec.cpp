// The SPEC form of Preprocess: parse_preprocess() and to_string().
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>

#include "data/preprocess.h"

namespace headrace {
namespace {

constexpr int kLargestSide = 65535;
constexpr Preprocess kImagenet{.mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t end; (end = text.find(separator)) != text.npos; text.remove_prefix(end + 1)) parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

Error bad_value(std::string_view key, std::string_view value, std::string_view allowed) {
  return invalid_argument("preprocess: " + std::string(key) + "=" + std::string(value) +
                          " is not valid: " + std::string(allowed));
}

Status set_side(std::string_view key, std::string_view value, int& side) {
  int number = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < 0 || number > kLargestSide)
    return bad_value(key, value, "give a number of pixels from 0 (as it is) to " + std::to_string(kLargestSide));
  side = number;
  return Ok{};
}

bool parse_number(std::string_view text, float& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
}

Status set_scale(std::string_view key, std::string_view value, float& scale) {
  float number = 0;
  if (!parse_number(value, number) || number <= 0) return bad_value(key, value, "give a positive number");
  scale = number;
  return Ok{};
}

// One number for all channels, or one for each, separated by slashes.
Status set_channels(std::string_view key, std::string_view value, bool positive, std::array<float, 3>& channels) {
  const auto parts = split(value, '/');
  std::array<float, 3> numbers{};
  bool good = parts.size() == 1 || parts.size() == 3;
  for (size_t c = 0; good && c < 3; ++c)
    good = parse_number(parts[parts.size() == 1 ? 0 : c], numbers[c]) && (!positive || numbers[c] > 0);
  if (!good)
    return bad_value(key, value,
                     positive ? "give one positive number or three, such as 0.229/0.224/0.225"
                              : "give one number or three, such as 0.485/0.456/0.406");
  channels = numbers;
  return Ok{};
}

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};
constexpr Choice<Layout> kLayouts[] = {{"NCHW", Layout::kNchw}, {"NHWC", Layout::kNhwc}};
constexpr Choice<ColorOrder> kColors[] = {{"RGB", ColorOrder::kRgb}, {"BGR", ColorOrder::kBgr}};
constexpr Choice<Interpolation> kInterpolations[] = {
    {"nearest", Interpolation::kNearest}, {"bilinear", Interpolation::kBilinear}, {"bicubic", Interpolation::kBicubic}};

template <typename T, size_t N>
Status set_choice(std::string_view key, std::string_view value, const Choice<T> (&choices)[N], T& chosen) {
  std::string allowed;
  for (const auto& choice : choices) {
    if (same_word(choice.name, value)) {
      chosen = choice.value;
      return Ok{};
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(choice.name);
  }
  return bad_value(key, value, "give one of " + allowed);
}

template <typename T, size_t N>
std::string name_of(T value, const Choice<T> (&choices)[N]) {
  return std::string(std::find_if(choices, choices + N, [&](const auto& choice) { return choice.value == value; })->name);
}

Status set_pair(std::string_view key, std::string_view value, Preprocess& p) {
  if (key == "resize") return set_side(key, value, p.resize);
  if (key == "crop") return set_side(key, value, p.crop);
  if (key == "scale") return set_scale(key, value, p.scale);
  if (key == "mean") return set_channels(key, value, false, p.mean);
  if (key == "std") return set_channels(key, value, true, p.std);
  if (key == "layout") return set_choice(key, value, kLayouts, p.layout);
  if (key == "color") return set_choice(key, value, kColors, p.color);
  if (key == "interpolation") return set_choice(key, value, kInterpolations, p.interpolation);
  return invalid_argument("preprocess: there is no key \"" + std::string(key) +
                          "\"; the keys are resize, crop, scale, mean, std, layout, color and interpolation");
}

std::string number_text(float number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

std::string channels_text(const std::array<float, 3>& channels) {
  return number_text(channels[0]) + "/" + number_text(channels[1]) + "/" + number_text(channels[2]);
}

}  // namespace

Result<Preprocess> parse_preprocess(std::string_view spec) {
  if (trim(spec) == "none") return Preprocess{.none = true};
  auto pairs = split(spec, ',');
  const bool imagenet = trim(pairs.front()) == "imagenet";
  Preprocess preprocess = imagenet ? kImagenet : Preprocess{};
  if (imagenet) pairs.erase(pairs.begin());
  std::set<std::string_view> seen;
  for (const std::string_view pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == pair.npos)
      return invalid_argument("preprocess: \"" + std::string(pair) +
                              "\" is not a pair key=value (nor is the whole one of imagenet, none)");
    const std::string_view key = trim(pair.substr(0, equals));
    if (!seen.insert(key).second) return invalid_argument("preprocess: " + std::string(key) + " is given twice");
    HEADRACE_CHECK(set_pair(key, trim(pair.substr(equals + 1)), preprocess));
  }
  return preprocess;
}

std::string to_string(const Preprocess& p) {
  if (p.none) return "none";
  return "resize=" + std::to_string(p.resize) + ",crop=" + std::to_string(p.crop) + ",scale=" + number_text(p.scale) +
         ",mean=" + channels_text(p.mean) + ",std=" + channels_text(p.std) + ",layout=" + name_of(p.layout, kLayouts) +
         ",color=" + name_of(p.color, kColors) + ",interpolation=" + name_of(p.interpolation, kInterpolations);
}

}  // namespace headrace

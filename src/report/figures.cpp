#include "report/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace headrace::reporting {
namespace {

bool is_float(const Variant& variant) { return measured(variant) && variant.precision == "fp32"; }
bool in_onnxruntime(const Variant& variant) { return variant.engine == "ort" || variant.engine == "ort-exact"; }

bool same_setting(const Variant& a, const Variant& b) { return a.threads == b.threads && a.batch == b.batch; }

template <typename Accept>
const Variant* first_float(const DeployReport& report, Accept accept) {
  const Variant* found = nullptr;
  for (const Variant& variant : report.variants) {
    if (!is_float(variant) || !accept(variant)) continue;
    if (in_onnxruntime(variant)) return &variant;
    if (found == nullptr) found = &variant;
  }
  return found;
}

// The FP32 model in ONNX Runtime is what the others are compared with: it has no agreement of its own.
bool is_compared_with(const Variant& variant) { return is_float(variant) && in_onnxruntime(variant) && !variant.agreement_top1; }

}  // namespace

bool measured(const Variant& variant) { return variant.error.empty(); }

bool labelled(const DeployReport& report) {
  return std::any_of(report.variants.begin(), report.variants.end(),
                     [](const Variant& v) { return measured(v) && v.top1.has_value(); });
}

const Variant* reference(const DeployReport& report) {
  return first_float(report, [](const Variant&) { return true; });
}

const Variant* reference_for(const DeployReport& report, const Variant& variant) {
  return first_float(report, [&](const Variant& candidate) { return same_setting(candidate, variant); });
}

std::optional<double> speed_up(const DeployReport& report, const Variant& variant) {
  const Variant* base = reference_for(report, variant);
  if (!measured(variant) || base == nullptr || !(variant.latency_ms.median > 0)) return std::nullopt;
  return base->latency_ms.median / variant.latency_ms.median;
}

std::optional<double> size_ratio(const DeployReport& report, const Variant& variant) {
  const Variant* base = reference(report);
  if (base == nullptr || base->size_bytes == 0 || variant.size_bytes == 0) return std::nullopt;
  return static_cast<double>(variant.size_bytes) / static_cast<double>(base->size_bytes);
}

std::optional<double> accuracy(const DeployReport& report, const Variant& variant) {
  if (!measured(variant)) return std::nullopt;
  if (labelled(report)) return variant.top1;
  return is_compared_with(variant) ? std::optional<double>(1.0) : variant.agreement_top1;
}

std::optional<double> loss_points(const DeployReport& report, const Variant& variant) {
  const Variant* base = reference(report);
  const std::optional<double> own = accuracy(report, variant);
  if (base == nullptr || &variant == base || is_compared_with(variant) || !own) return std::nullopt;
  const std::optional<double> best = labelled(report) ? base->top1 : std::optional<double>(1.0);
  if (!best) return std::nullopt;
  return 100 * (*best - *own);
}

const Variant* recommended(const DeployReport& report) {
  for (const Variant& variant : report.variants)
    if (variant.name == report.recommended) return &variant;
  return nullptr;
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> text{};  // a double has at most 309 digits before the point
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  const std::string out = text.data();
  const bool negative_zero = out[0] == '-' && out.find_first_not_of("-0.") == std::string::npos;
  return negative_zero ? out.substr(1) : out;
}

std::string figure(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const int decimals = std::clamp(2 - magnitude, 0, 6);
  const std::string text = fixed(value, decimals);
  if (text.find_first_not_of("0.") == std::string::npos) return "0";  // too small to show
  // 9.995 rounds up into the next magnitude, where it needs a decimal less.
  return decimals > 0 && std::abs(std::strtod(text.c_str(), nullptr)) >= std::pow(10.0, magnitude + 1)
             ? fixed(value, decimals - 1)
             : text;
}

std::string figure(const std::optional<double>& value) { return value ? figure(*value) : "-"; }
std::string seconds(double value) {
  if (!std::isfinite(value)) return "-";
  return value > 0 && value < 0.005 ? "<0.01" : fixed(value, value < 10 ? 2 : 1);
}
std::string percent(const std::optional<double>& fraction) {
  return fraction && std::isfinite(*fraction) ? fixed(100 * *fraction, 1) : "-";
}
std::string points(const std::optional<double>& value) { return value && std::isfinite(*value) ? fixed(*value, 2) : "-"; }
std::string ratio(const std::optional<double>& value) { return value && std::isfinite(*value) ? fixed(*value, 2) + "x" : "-"; }
std::string megabytes(uint64_t bytes) { return bytes == 0 ? "-" : figure(static_cast<double>(bytes) / 1e6); }

std::string counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::optional<int> common(const DeployReport& report, int Variant::*setting) {
  std::optional<int> shared;
  for (const Variant& variant : report.variants) {
    if (!measured(variant)) continue;
    if (shared && *shared != variant.*setting) return std::nullopt;
    shared = variant.*setting;
  }
  return shared;
}

std::string common_setting(const DeployReport& report) {
  std::string out;
  if (const auto threads = common(report, &Variant::threads)) out = counted(static_cast<size_t>(*threads), "thread");
  if (const auto batch = common(report, &Variant::batch)) out += (out.empty() ? "batch " : ", batch ") + std::to_string(*batch);
  return out;
}

}  // namespace headrace::reporting

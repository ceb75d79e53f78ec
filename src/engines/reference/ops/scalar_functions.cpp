#include "engines/reference/ops/scalar_functions.h"

#include <cmath>
#include <map>
#include <numbers>
#include <string>

namespace headrace::reference {
namespace {

using Plain = double (*)(double);

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }
double gelu_by_tanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); }

// Functions without attributes.
Plain plain_function(std::string_view op) {
  static const std::map<std::string_view, Plain> functions{
      {"Abs", [](double x) { return std::fabs(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Cos", [](double x) { return std::cos(x); }},
      {"Erf", [](double x) { return std::erf(x); }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"HardSwish", [](double x) { return x * clip(x / 6 + 0.5, 0, 1); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Mish", [](double x) { return x * std::tanh(softplus(x)); }},
      {"Neg", [](double x) { return -x; }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Relu", [](double x) { return x < 0 ? 0.0 : x; }},
      {"Round", [](double x) { return std::nearbyint(x); }},
      {"Sigmoid", sigmoid},
      {"Sign", [](double x) { return static_cast<double>((x > 0) - (x < 0)); }},
      {"Sin", [](double x) { return std::sin(x); }},
      {"Softplus", softplus},
      {"Softsign", [](double x) { return x / (1 + std::fabs(x)); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Tanh", [](double x) { return std::tanh(x); }},
  };
  const auto found = functions.find(op);
  return found != functions.end() ? found->second : nullptr;
}

double elu(double x, double alpha, double gamma = 1) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); }

}  // namespace

double clip(double x, double low, double high) {
  const double above = x < low ? low : x;
  return above > high ? high : above;  // the upper bound wins where the bounds cross, as ONNX has it
}

double leaky_relu(double x, double slope) { return x < 0 ? slope * x : x; }

std::optional<Unary> unary_function(const Node& node) {
  if (!node.domain.empty()) return std::nullopt;
  if (const Plain plain = plain_function(node.op_type); plain != nullptr) return Unary(plain);
  const auto number = [&](std::string_view key, float otherwise) -> double { return node.float_attribute(key, otherwise); };
  if (node.is("LeakyRelu")) return [a = number("alpha", 0.01f)](double x) { return leaky_relu(x, a); };
  if (node.is("Elu")) return [a = number("alpha", 1)](double x) { return elu(x, a); };
  if (node.is("Celu")) return [a = number("alpha", 1)](double x) { return x > 0 ? x : a * std::expm1(x / a); };
  if (node.is("Selu"))
    return [a = number("alpha", 1.67326319f), g = number("gamma", 1.05070102f)](double x) { return elu(x, a, g); };
  if (node.is("HardSigmoid"))
    return [a = number("alpha", 0.2f), b = number("beta", 0.5f)](double x) { return clip(a * x + b, 0, 1); };
  if (node.is("ThresholdedRelu")) return [a = number("alpha", 1)](double x) { return x > a ? x : 0.0; };
  if (node.is("Swish")) return [a = number("alpha", 1)](double x) { return x * sigmoid(a * x); };
  if (node.is("Gelu")) return Unary(node.string_attribute("approximate", "none") == "tanh" ? gelu_by_tanh : gelu);
  return std::nullopt;
}

Binary binary_function(std::string_view op) {
  static const std::map<std::string_view, Binary> functions{
      {"Add", [](double a, double b) { return a + b; }},
      {"Sub", [](double a, double b) { return a - b; }},
      {"Mul", [](double a, double b) { return a * b; }},
      {"Div", [](double a, double b) { return a / b; }},
      {"Pow", [](double a, double b) { return std::pow(a, b); }},
      // Comparisons that let NaN through, whichever side it is on.
      {"Min", [](double a, double b) { return a < b || std::isnan(a) ? a : b; }},
      {"Max", [](double a, double b) { return a > b || std::isnan(a) ? a : b; }},
      {"Sum", [](double a, double b) { return a + b; }},
  };
  const auto found = functions.find(op);
  return found != functions.end() ? found->second : nullptr;
}

}  // namespace headrace::reference

#include "serve/repository/metric_families.h"

#include <prometheus/text_serializer.h>

#include <limits>

namespace headrace::serve {
namespace {

prometheus::ClientMetric line(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

Family::Family(prometheus::MetricType type, std::string name, std::string help) {
  family_.type = type;
  family_.name = std::move(name);
  family_.help = std::move(help);
}

void Family::add(const Labels& labels, double value) {
  prometheus::ClientMetric metric = line(labels);
  (family_.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family_.metric.push_back(std::move(metric));
}

void Family::add_histogram(const Labels& labels, const std::vector<double>& bounds, const std::vector<uint64_t>& counts,
                           double sum) {
  prometheus::ClientMetric metric = line(labels);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    metric.histogram.bucket.push_back({cumulative, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = sum;
  family_.metric.push_back(std::move(metric));
}

Family counter(std::string name, std::string help) { return {prometheus::MetricType::Counter, std::move(name), std::move(help)}; }
Family gauge(std::string name, std::string help) { return {prometheus::MetricType::Gauge, std::move(name), std::move(help)}; }
Family histogram(std::string name, std::string help) {
  return {prometheus::MetricType::Histogram, std::move(name), std::move(help)};
}

std::string exposition(const std::vector<Family>& families) {
  std::vector<prometheus::MetricFamily> filled;
  for (const Family& family : families)
    if (!family.family().metric.empty()) filled.push_back(family.family());
  return prometheus::TextSerializer().Serialize(filled);
}

}  // namespace headrace::serve

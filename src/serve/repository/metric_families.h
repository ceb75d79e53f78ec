// Families of metrics, filled a line at a time and written by prometheus-cpp. Its registry is not used: all figures exist already
// when a scrape asks for them, and counters that are kept twice can differ.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace headrace::serve {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Family {
 public:
  Family(prometheus::MetricType type, std::string name, std::string help);

  void add(const Labels& labels, double value);  // of a counter or a gauge
  // Counts of buckets, not cumulated; the last is for what exceeds every bound.
  void add_histogram(const Labels& labels, const std::vector<double>& bounds, const std::vector<uint64_t>& counts, double sum);

  const prometheus::MetricFamily& family() const { return family_; }

 private:
  prometheus::MetricFamily family_;
};

Family counter(std::string name, std::string help);
Family gauge(std::string name, std::string help);
Family histogram(std::string name, std::string help);

// Prometheus' text format. Families without a line are left out.
std::string exposition(const std::vector<Family>& families);

// The families of a model's versions: in Headrace's names, and in Triton's.
struct VersionFigures;
std::vector<Family> model_families(const std::vector<VersionFigures>& versions);
std::vector<Family> triton_families(const std::vector<VersionFigures>& versions);

}  // namespace headrace::serve

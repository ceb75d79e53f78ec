// The parts of report.html below its head, each as HTML; empty where there is nothing to say.
#pragma once

#include <string>
#include <vector>

#include "report/report.h"

namespace headrace::reporting {

// html_tables.cpp
std::string summary_table(const DeployReport& report);   // the user's table: version, size, latency, accuracy, loss
std::string latency_table(const DeployReport& report);   // every figure of latency
std::string set_up_table(const DeployReport& report);    // engine and its version, ISA, threads, batch, memory
std::string accuracy_table(const DeployReport& report);  // every figure of accuracy, where there are labels
std::string steps_table(const DeployReport& report);     // what the deployment did and how long it took
std::string worst_layers_table(const DeployReport& report);

// html_sections.cpp
std::string machine_line(const DeployReport& report);
// The content of the page's sections, without their headings.
std::string verdict(const DeployReport& report);  // the recommendation, its gains and its reason
std::string notices(const DeployReport& report);  // a section of its own: variants that failed, warnings
std::string method(const DeployReport& report);   // how it was measured
std::string quantization(const DeployReport& report);

// html_charts.cpp
std::string charts(const DeployReport& report);  // a <figure> for each plot that has data
// The `count` layers of lowest SQNR, worst first; NaN left out.
std::vector<const LayerError*> worst_layers(const DeployReport& report, size_t count);

}  // namespace headrace::reporting

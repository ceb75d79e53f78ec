// What the table and the page both say about a variant: which FP32 row it is held against, what it gained and lost, and how
// figures are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/report.h"

namespace headrace::reporting {

bool measured(const Variant& variant);
// Whether any variant has a top-1 accuracy: then that is the accuracy shown, otherwise the agreement with FP32.
bool labelled(const DeployReport& report);

// The FP32 row that sizes and losses are held against: the first measured one in ONNX Runtime, or the first at all. nullptr:
// there is none.
const Variant* reference(const DeployReport& report);
// The FP32 row that a speed-up is held against: like reference(), with the variant's own threads and batch. Only such a ratio is
// fair.
const Variant* reference_for(const DeployReport& report, const Variant& variant);

std::optional<double> speed_up(const DeployReport& report, const Variant& variant);  // of the median latency; 2 is twice as fast
std::optional<double> size_ratio(const DeployReport& report, const Variant& variant);  // 0.25 is a quarter of the size
// Top-1 where labelled, agreement with FP32 otherwise (1 for the model that the others are compared with); a fraction.
std::optional<double> accuracy(const DeployReport& report, const Variant& variant);
// Percentage points of top-1 lost, or of samples answered differently from FP32. Absent for the reference itself.
std::optional<double> loss_points(const DeployReport& report, const Variant& variant);

const Variant* recommended(const DeployReport& report);

// Three significant digits, never an exponent: "0.0124", "1.24", "12.4", "124", "1240". "-" for NaN, "inf" for infinity.
std::string figure(double value);
std::string figure(const std::optional<double>& value);
std::string seconds(double value);  // "<0.01", "0.08", "2.05", "14.2"; "-" for NaN
std::string fixed(double value, int decimals);
std::string percent(const std::optional<double>& fraction);  // "73.4"; "-" when absent
std::string points(const std::optional<double>& value);      // "0.32"; "-" when absent
std::string ratio(const std::optional<double>& value);       // "1.54x"; "-" when absent
std::string megabytes(uint64_t bytes);                       // of 10^6 bytes, without unit; "-" for 0 (not known)
std::string counted(size_t count, std::string_view noun);    // "1 thread", "2 threads"
// The value of `setting` (&Variant::threads, &Variant::batch) that all measured variants share; absent when they differ or there
// are none.
std::optional<int> common(const DeployReport& report, int Variant::*setting);
// "1 thread, batch 1", without what the measured variants differ in; empty when that is both.
std::string common_setting(const DeployReport& report);

}  // namespace headrace::reporting

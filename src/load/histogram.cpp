#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace headrace::load {
namespace {

constexpr int kSubBits = 7;  // 2^7 buckets for each power of two: a bucket is at most 1/128 of its values wide
constexpr uint64_t kSubBuckets = uint64_t{1} << kSubBits;
constexpr int kLongest = 40;  // powers of two: values beyond 2^40 ns (18 minutes) count as that
constexpr size_t kBuckets = (kLongest - kSubBits + 1) * kSubBuckets;

size_t bucket_of(uint64_t value) {
  value = std::min(value, (uint64_t{1} << kLongest) - 1);
  const int shift = std::max(static_cast<int>(std::bit_width(value)) - kSubBits - 1, 0);
  return static_cast<size_t>(shift) * kSubBuckets + static_cast<size_t>(value >> shift);
}

// The middle of a bucket's values.
int64_t middle_of(size_t bucket) {
  const uint64_t shift = bucket < 2 * kSubBuckets ? 0 : bucket / kSubBuckets - 1;
  const uint64_t first = (bucket - shift * kSubBuckets) << shift;
  return static_cast<int64_t>(first + ((uint64_t{1} << shift) - 1) / 2);
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::add(int64_t nanoseconds) {
  nanoseconds = std::max<int64_t>(nanoseconds, 0);
  ++buckets_[bucket_of(static_cast<uint64_t>(nanoseconds))];
  ++count_;
  min_ = std::min(min_, nanoseconds);
  max_ = std::max(max_, nanoseconds);
  sum_ += static_cast<double>(nanoseconds);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

int64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(wanted), 1, count_);
  if (rank == count_) return max_;
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::clamp(middle_of(i), min_, max_);
  }
  return max_;
}

uint64_t Histogram::count_within(int64_t nanoseconds) const {
  if (nanoseconds < 0) return 0;
  if (nanoseconds >= max_) return count_;
  const size_t last = bucket_of(static_cast<uint64_t>(nanoseconds));
  uint64_t seen = 0;
  for (size_t i = 0; i <= last; ++i) seen += buckets_[i];
  return seen;
}

}  // namespace headrace::load

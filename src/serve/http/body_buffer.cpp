#include "serve/http/body_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace headrace::serve::http {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kPadding = 64;              // behind every body, see readable()
constexpr size_t kSmallest = 1024;           // of a body whose length is not known
constexpr size_t kFirst = size_t{64} << 10;  // believed at once; what is larger grows as it arrives, and is worth keeping

size_t round_up(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

bool BodyMemory::charge(size_t bytes) {
  size_t used = in_use_.load();
  do {
    if (bytes > limit_ - std::min(used, limit_)) return false;
  } while (!in_use_.compare_exchange_weak(used, used + bytes));
  return true;
}

BodyMemory::Piece BodyMemory::take_spare(size_t bytes) {
  const std::lock_guard lock(mutex_);
  for (Piece& piece : pieces_) {
    if (piece.capacity < bytes || !charge(piece.capacity)) continue;
    Piece taken = std::move(piece);
    spare_bytes_ -= taken.capacity;
    std::swap(piece, pieces_.back());
    pieces_.pop_back();
    return taken;
  }
  return {};
}

BodyMemory::Piece BodyMemory::take(size_t bytes) {
  bytes = round_up(bytes);
  if (bytes > kFirst)
    if (Piece spare = take_spare(bytes); spare.bytes) return spare;
  if (!charge(bytes)) return {};
  Piece piece;
  piece.bytes.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes)));
  if (!piece.bytes) {
    in_use_ -= bytes;
    return {};
  }
  piece.capacity = bytes;
  return piece;
}

void BodyMemory::give(Piece piece) {
  if (!piece.bytes) return;
  in_use_ -= piece.capacity;
  if (piece.capacity <= kFirst) return;
  const std::lock_guard lock(mutex_);
  if (piece.capacity > spare_ - std::min(spare_bytes_, spare_)) return;
  spare_bytes_ += piece.capacity;
  pieces_.push_back(std::move(piece));
}

BodyBuffer::~BodyBuffer() {
  if (piece_.bytes) memory_->give(std::move(piece_));
}

bool BodyBuffer::grow(size_t wanted) {
  const size_t believed = std::min(wanted, std::max(size_, kFirst - offset_ - 2 * kPadding));
  BodyMemory::Piece larger = memory_->take(offset_ + size_ + believed + kPadding);
  if (!larger.bytes) return false;
  if (size_ > 0) std::memcpy(larger.bytes.get() + offset_, piece_.bytes.get() + offset_, size_);
  memory_->give(std::exchange(piece_, std::move(larger)));
  return true;
}

std::span<std::byte> BodyBuffer::room(size_t wanted) {
  const size_t used = offset_ + size_ + kPadding;
  if (used >= piece_.capacity && !grow(wanted)) return {};
  return std::span(piece_.bytes.get() + offset_ + size_, std::min(wanted, piece_.capacity - offset_ - size_ - kPadding));
}

bool BodyBuffer::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // Asking for as much as there is already doubles the memory: bodies in many small pieces are not moved for each of them.
    const std::span<std::byte> free = room(std::max({bytes.size(), size_, kSmallest}));
    if (free.empty()) return false;
    const size_t count = std::min(free.size(), bytes.size());
    std::memcpy(free.data(), bytes.data(), count);
    commit(count);
    bytes = bytes.subspan(count);
  }
  return true;
}

}  // namespace headrace::serve::http

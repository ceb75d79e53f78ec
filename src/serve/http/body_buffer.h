// The memory of request bodies. One aligned piece a body, since tensors are not copied out of it; it grows with what has arrived,
// not with what a client says will arrive; and all bodies together have a budget.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace headrace::serve::http {

// What all bodies of a server share: a count of the bytes they take, and large pieces that are used again. A fresh piece of 16 MB
// costs 4096 page faults, as much time as receiving its contents.
class BodyMemory {
 public:
  // At most `limit` bytes in bodies, and `spare` bytes kept beside them.
  BodyMemory(size_t limit, size_t spare) : limit_(limit), spare_(spare) {}
  BodyMemory(const BodyMemory&) = delete;
  BodyMemory& operator=(const BodyMemory&) = delete;

  struct Piece {
    std::unique_ptr<std::byte, decltype(&std::free)> bytes{nullptr, &std::free};
    size_t capacity = 0;
  };
  // Of at least `bytes`; a larger one where one lies spare. Without memory (empty) when the budget is used up.
  Piece take(size_t bytes);
  void give(Piece piece);
  size_t in_use() const { return in_use_.load(); }

 private:
  Piece take_spare(size_t bytes);
  bool charge(size_t bytes);

  const size_t limit_, spare_;
  std::atomic<size_t> in_use_{0};
  std::mutex mutex_;
  std::vector<Piece> pieces_;
  size_t spare_bytes_ = 0;
};

class BodyBuffer {
 public:
  // The byte at offset `aligned` of the body will lie at a multiple of 64 bytes: there, behind its JSON, begin a request's
  // tensors.
  BodyBuffer(std::shared_ptr<BodyMemory> memory, size_t aligned = 0)
      : memory_(std::move(memory)), offset_((64 - aligned % 64) % 64) {}
  ~BodyBuffer();
  BodyBuffer(const BodyBuffer&) = delete;
  BodyBuffer& operator=(const BodyBuffer&) = delete;

  // Room behind what is there, for at most `wanted` bytes more; at least one of them, unless the budget is used up (empty).
  std::span<std::byte> room(size_t wanted);
  void commit(size_t bytes) { size_ += bytes; }
  bool append(std::span<const std::byte> bytes);  // false: the budget is used up

  std::span<const std::byte> bytes() const { return {piece_.bytes.get() + offset_, size_}; }
  // Of what bytes() starts, padding included: simdjson reads a little beyond the end of a text.
  size_t readable() const { return piece_.capacity - offset_; }
  size_t size() const { return size_; }

 private:
  bool grow(size_t wanted);

  std::shared_ptr<BodyMemory> memory_;
  BodyMemory::Piece piece_;
  size_t offset_ = 0, size_ = 0;
};

}  // namespace headrace::serve::http

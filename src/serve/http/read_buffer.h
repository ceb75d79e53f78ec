// What has come from a peer and is not consumed yet.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace headrace::serve::http {

class ReadBuffer {
 public:
  explicit ReadBuffer(size_t capacity) : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ - begin_ == capacity_; }
  void consume(size_t bytes) { begin_ += bytes; }
  void clear() { begin_ = end_; }

  // Room behind the data, which may move: not while a read into the room of before is under way.
  char* room(size_t& bytes) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    bytes = capacity_ - end_;
    return bytes_.get() + end_;
  }
  void commit(size_t bytes) { end_ += bytes; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t capacity_, begin_ = 0, end_ = 0;
};

}  // namespace headrace::serve::http

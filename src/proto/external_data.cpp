#include "proto/external_data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "onnx/onnx_pb.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

struct Place {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;  // the rest of what the tensor needs, when the file does not say
};

Result<uint64_t> parse_number(const std::string& key, const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return invalid_model("the external data's " + key + " '" + text + "' is not a number of bytes");
  return number;
}

Result<Place> parse_place(const onnx::TensorProto& proto) {
  Place place;
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") {
      HEADRACE_TRY(place.offset, parse_number("offset", entry.value()));
    }
    if (entry.key() == "length") {
      HEADRACE_TRY(place.length, parse_number("length", entry.value()));
    }
  }
  if (place.location.empty()) return invalid_model("its data is external, but no location is given");
  return place;
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(-1); }
  void reset(int value) {
    if (value_ >= 0) ::close(value_);
    value_ = value;
  }
  int get() const { return value_; }

 private:
  int value_;
};

Error open_error(const std::string& location) {
  const int reason = errno;
  if (reason == ENOENT) return not_found("the external data file '" + location + "' is not in the model's folder; copy it there");
  if (reason == ELOOP || reason == ENOTDIR)
    return invalid_model("the external data path '" + location +
                         "' goes through a symbolic link, which is not followed; put the file itself in the model's folder");
  return io_error("the external data file '" + location + "' cannot be opened: " + std::strerror(reason));
}

Status check_is_plain_file(int descriptor, const std::string& location) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return invalid_model("the external data path '" + location + "' does not name a regular file");
  if (status.st_nlink > 1)
    return invalid_model("the external data file '" + location +
                         "' is a hard link to a file that may lie elsewhere; put a copy of it in the model's folder");
  return Ok{};
}

Status check_stays_inside(const fs::path& relative) {
  const std::string location = relative.string();
  if (relative.is_absolute() || location.find('\0') != std::string::npos)
    return invalid_model("the external data path '" + location + "' is absolute; it must be relative to the model's folder");
  for (const fs::path& part : relative)
    if (part == "..") return invalid_model("the external data path '" + location + "' leaves the model's folder");
  return Ok{};
}

// Opens folder/relative one component at a time, so that no link is followed anywhere on the way.
Status open_inside(const fs::path& folder, const fs::path& relative, Descriptor& file) {
  HEADRACE_CHECK(check_stays_inside(relative));
  file.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0) return open_error(folder.string());
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    const bool last = std::next(part) == relative.end();
    // O_NONBLOCK: a FIFO must not hang the reader before it is refused.
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (last ? 0 : O_DIRECTORY);
    const int next = ::openat(file.get(), part->c_str(), flags);
    if (next < 0) return open_error(relative.string());
    file.reset(next);
  }
  return check_is_plain_file(file.get(), relative.string());
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> ExternalData::open(const std::string& location) {
  if (folder_.empty()) return invalid_model("its data is external ('" + location + "'), but a model in memory has no folder");
  auto& mapped = files_[location];
  if (mapped == nullptr) {
    Descriptor file(-1);
    HEADRACE_CHECK(open_inside(folder_, location, file));
    HEADRACE_TRY(mapped, MappedFile::map(file.get(), folder_ / location));
  }
  return mapped;
}

Result<Tensor> ExternalData::load(const onnx::TensorProto& proto, DType dtype, Dims dims) {
  HEADRACE_TRY(const Place place, parse_place(proto));
  HEADRACE_TRY(const int64_t count, element_count(dims));
  if (bits_of(dtype) == 0) return invalid_model("a tensor of type " + std::string(to_string(dtype)) + " cannot be external");
  HEADRACE_TRY(const auto file, open(place.location));
  const size_t size = file->bytes().size();
  const size_t needed = count > (int64_t{1} << 56) ? SIZE_MAX : bytes_for(dtype, static_cast<size_t>(count));
  const uint64_t length = place.length.value_or(needed);
  if (place.offset > size || length > size - place.offset)
    return invalid_model("its data would end at byte " + std::to_string(place.offset) + " + " + std::to_string(length) + " of '" +
                         place.location + "', which has only " + std::to_string(size) +
                         " bytes; the file is truncated or another one");
  return Tensor::wrap(dtype, std::move(dims), file, file->bytes().data() + place.offset, length);
}

}  // namespace headrace

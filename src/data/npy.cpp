// The .npy format, versions 1 to 3: numpy/lib/format.py describes it.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "base/atomic_file.h"
#include "base/little_endian.h"
#include "base/mapped_file.h"
#include "data/npz.h"

static_assert(std::endian::native == std::endian::little, "arrays are taken from files as they stand there");

namespace headrace {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kLargestRank = 32;

struct Descr {
  std::string_view text;
  DType dtype;
};
constexpr std::array kDescrs{
    Descr{"f4", DType::kFloat32},   Descr{"u1", DType::kUint8},       Descr{"i1", DType::kInt8},   Descr{"u2", DType::kUint16},
    Descr{"i2", DType::kInt16},     Descr{"i4", DType::kInt32},       Descr{"i8", DType::kInt64},  Descr{"b1", DType::kBool},
    Descr{"f2", DType::kFloat16},   Descr{"f8", DType::kFloat64},     Descr{"u4", DType::kUint32}, Descr{"u8", DType::kUint64},
    Descr{"c8", DType::kComplex64}, Descr{"c16", DType::kComplex128},
};

struct Header {
  std::string descr;
  bool fortran_order = false;
  Dims dims;
  size_t data = 0;  // where the values begin
};

// Reads the header's text, a Python dict of three entries: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, size_t offset) : text_(text), offset_(offset) {}

  Result<Header> parse() {
    Header header;
    if (!take('{')) return error("a '{'");
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) return error("a key in quotes and a ':'");
      HEADRACE_CHECK(entry(*key, header));
      if (!take(',') && !peek('}')) return error("a ',' or '}'");
    }
    skip_space();
    if (at_ != text_.size()) return error("the end of the header");
    if (seen_ != 7) return invalid_data("its header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  Status entry(std::string_view key, Header& header) {
    const unsigned bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
    if (bit == 0 || (seen_ & bit)) return invalid_data("its header has an unexpected entry '" + std::string(key) + "'" + where());
    seen_ |= bit;
    if (bit == 1) return descr(header);
    if (bit == 2) return fortran_order(header);
    return shape(header);
  }

  Status descr(Header& header) {
    if (peek('[')) return unsupported("it is a structured array; save each field as an array of its own");
    const auto text = quoted();
    if (!text) return error("a type in quotes");
    header.descr = *text;
    return Ok{};
  }

  Status fortran_order(Header& header) {
    if (take_word("True")) header.fortran_order = true;
    else if (!take_word("False")) return error("True or False");
    return Ok{};
  }

  Status shape(Header& header) {
    if (!take('(')) return error("a '('");
    while (!take(')')) {
      const auto extent = integer();
      if (!extent) return error("a dimension");
      if (header.dims.size() == kLargestRank) return invalid_data("its shape has more than 32 dimensions");
      header.dims.push_back(*extent);
      if (!take(',') && !peek(')')) return error("a ',' or ')'");
    }
    return Ok{};
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\n", at_), text_.size()); }
  bool peek(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    const bool there = peek(c);
    at_ += there;
    return there;
  }
  bool take_word(std::string_view word) {
    skip_space();
    const bool there = text_.substr(at_).starts_with(word);
    if (there) at_ += word.size();
    return there;
  }
  std::optional<std::string> quoted() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == text_.npos) return std::nullopt;
    std::string inside(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inside;
  }
  std::optional<int64_t> integer() {
    skip_space();
    int64_t value = -1;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{} || value < 0) return std::nullopt;
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  std::string where() const { return " at byte " + std::to_string(offset_ + at_); }
  Error error(std::string_view expected) const { return invalid_data("its header lacks " + std::string(expected) + where()); }

  std::string_view text_;
  size_t offset_;
  size_t at_ = 0;
  unsigned seen_ = 0;
};

Result<Header> read_header(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) return invalid_data("this is not a .npy array: it does not begin with \\x93NUMPY");
  const auto version = read_le<uint8_t>(bytes, 6);
  if (!version || *version < 1 || *version > 3)
    return unsupported("version " + std::to_string(version.value_or(0)) + " of the .npy format is not known (1, 2 and 3 are)");
  const size_t begin = *version == 1 ? 10 : 12;
  std::optional<uint32_t> size = read_le<uint32_t>(bytes, 8);
  if (*version == 1) size = read_le<uint16_t>(bytes, 8);
  if (!size || *size > bytes.size() - begin) return invalid_data("the file ends within its header");
  HEADRACE_TRY(Header header, HeaderParser(text.substr(begin, *size), begin).parse());
  header.data = begin + *size;
  return header;
}

Result<DType> dtype_of_descr(const std::string& descr) {
  const std::string advice = "; save it with x.astype(numpy.float32) or another little-endian number type";
  if (descr.find('O') != descr.npos) return unsupported("it holds Python objects, which are never unpickled" + advice);
  const char order = descr.empty() ? ' ' : descr.front();
  const auto found =
      std::find_if(kDescrs.begin(), kDescrs.end(), [&](const Descr& known) { return descr.substr(1) == known.text; });
  if (descr.size() < 2 || found == kDescrs.end()) return unsupported("its element type '" + descr + "' is not known" + advice);
  if (order == '>') return unsupported("its values are big-endian ('" + descr + "')" + advice);
  if (order != '<' && order != '|' && order != '=') return invalid_data("its element type '" + descr + "' is malformed");
  return found->dtype;
}

// Python writes 0 and 1; any other byte in a bool is undefined behaviour to read.
Status check_bools(DType dtype, Bytes data) {
  if (dtype != DType::kBool) return Ok{};
  const auto bad = std::find_if(data.begin(), data.end(), [](std::byte b) { return b > std::byte{1}; });
  if (bad == data.end()) return Ok{};
  return invalid_data("element " + std::to_string(bad - data.begin()) + " of a bool array is neither 0 nor 1");
}

Status check_size(DType dtype, const Dims& dims, size_t have, size_t data) {
  HEADRACE_TRY(const int64_t count, element_count(dims));
  const int64_t size = bits_of(dtype) / 8;
  const bool fits = static_cast<uint64_t>(count) <= have / static_cast<uint64_t>(size);
  if (fits && static_cast<size_t>(count * size) == have) return Ok{};
  return invalid_data("shape " + to_string(dims) + " of " + std::string(to_string(dtype)) + " does not fit the " +
                      std::to_string(have) + " bytes of values that begin at byte " + std::to_string(data) +
                      (fits ? ": something follows the array" : ": the file is cut off"));
}

}  // namespace

Result<Tensor> wrap_npy(std::shared_ptr<const void> owner, Bytes bytes) {
  HEADRACE_TRY(Header header, read_header(bytes));
  HEADRACE_TRY(const DType dtype, dtype_of_descr(header.descr));
  if (header.fortran_order && header.dims.size() > 1)
    return unsupported("it is in Fortran order; save numpy.ascontiguousarray(x) instead");
  const Bytes data = bytes.subspan(header.data);
  if (const Status status = check_size(dtype, header.dims, data.size(), header.data); !status.ok())
    return invalid_data(status.error().message);
  HEADRACE_CHECK(check_bools(dtype, data));
  return Tensor::wrap(dtype, std::move(header.dims), std::move(owner), data.data(), data.size());
}

Result<Tensor> parse_npy(Bytes bytes) {
  HEADRACE_TRY(const Tensor view, wrap_npy(nullptr, bytes));
  return view.clone();
}

Result<Tensor> read_npy(const std::filesystem::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  auto tensor = wrap_npy(file, file->bytes());
  if (!tensor.ok()) return std::move(tensor).error().at(path.string());
  return tensor;
}

std::string to_npy(const Tensor& tensor) {
  const auto descr =
      std::find_if(kDescrs.begin(), kDescrs.end(), [&](const Descr& known) { return known.dtype == tensor.dtype(); });
  if (descr == kDescrs.end()) return {};
  std::string shape;
  for (const int64_t extent : tensor.dims()) shape += std::to_string(extent) + ",";
  std::string header = "{'descr': '" + std::string(bits_of(tensor.dtype()) > 8 ? "<" : "|") + std::string(descr->text) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');  // values begin at a multiple of 64 bytes
  header += '\n';
  std::string out(kMagic);
  out += std::string("\x01\x00", 2);
  append_le(out, static_cast<uint16_t>(header.size()));
  out += header;
  return out.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.byte_size());
}

}  // namespace headrace

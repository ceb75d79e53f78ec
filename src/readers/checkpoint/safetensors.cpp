// Format: https://github.com/huggingface/safetensors#format.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/little_endian.h"
#include "base/printable.h"
#include "readers/checkpoint/formats.h"

namespace headrace {
namespace {

namespace json = simdjson::ondemand;
using Bytes = std::span<const std::byte>;

// The parser takes about five times the header. Fifty thousand tensors fit.
constexpr uint64_t kMaxHeader = uint64_t{10} << 20;

struct TypeName {
  std::string_view name;
  DType dtype;
};

constexpr std::array kTypes = {
    TypeName{"F32", DType::kFloat32},
    TypeName{"F16", DType::kFloat16},
    TypeName{"BF16", DType::kBfloat16},
    TypeName{"F64", DType::kFloat64},
    TypeName{"I64", DType::kInt64},
    TypeName{"I32", DType::kInt32},
    TypeName{"I16", DType::kInt16},
    TypeName{"I8", DType::kInt8},
    TypeName{"U64", DType::kUint64},
    TypeName{"U32", DType::kUint32},
    TypeName{"U16", DType::kUint16},
    TypeName{"U8", DType::kUint8},
    TypeName{"BOOL", DType::kBool},
    TypeName{"C64", DType::kComplex64},
    TypeName{"F8_E4M3", DType::kFloat8E4M3FN},
    TypeName{"F8_E4M3FNUZ", DType::kFloat8E4M3FNUZ},
    TypeName{"F8_E5M2", DType::kFloat8E5M2},
    TypeName{"F8_E5M2FNUZ", DType::kFloat8E5M2FNUZ},
    TypeName{"F8_E8M0", DType::kFloat8E8M0},
    TypeName{"F6_E2M3", DType::kFloat6E2M3},
    TypeName{"F6_E3M2", DType::kFloat6E3M2},
    TypeName{"F4", DType::kFloat4E2M1},
};

// One tensor of the header.
struct Slice {
  std::string name;
  DType dtype = DType::kUndefined;
  Dims dims;
  uint64_t begin = 0, end = 0;
};

Error bad_header(simdjson::error_code code) {
  return invalid_model(std::string("the safetensors header is not the JSON it should be: ") + simdjson::error_message(code));
}

#define HEADRACE_JSON(expression) \
  if (const simdjson::error_code json_error = (expression)) return bad_header(json_error)

Result<DType> read_dtype(json::value value) {
  std::string_view name;
  HEADRACE_JSON(value.get_string().get(name));
  for (const TypeName& type : kTypes)
    if (type.name == name) return type.dtype;
  return unsupported("the type '" + printable(name, 40) + "' is not one that is read");
}

Result<std::vector<uint64_t>> read_numbers(json::value value, size_t limit) {
  json::array array;
  HEADRACE_JSON(value.get_array().get(array));
  std::vector<uint64_t> numbers;
  for (auto item : array) {
    uint64_t number = 0;
    HEADRACE_JSON(item.get_uint64().get(number));
    if (numbers.size() == limit) return invalid_model("a list of the header has more than " + std::to_string(limit) + " numbers");
    numbers.push_back(number);
  }
  return numbers;
}

Result<Dims> read_shape(json::value value) {
  constexpr size_t kMaxRank = 64;  // PyTorch's own limit
  HEADRACE_TRY(const auto extents, read_numbers(value, kMaxRank));
  Dims dims;
  for (const uint64_t extent : extents) {
    if (extent > INT64_MAX) return invalid_model("an extent of 2^63 or more");
    dims.push_back(static_cast<int64_t>(extent));
  }
  return dims;
}

Status read_offsets(json::value value, Slice& slice) {
  HEADRACE_TRY(const auto offsets, read_numbers(value, 2));
  if (offsets.size() != 2) return invalid_model("data_offsets are not two numbers");
  slice.begin = offsets[0];
  slice.end = offsets[1];
  return Ok{};
}

Status check_size(const Slice& slice) {
  HEADRACE_TRY(const int64_t count, element_count(slice.dims));
  const bool countable = count < int64_t{1} << 56;
  const bool packed = countable && (static_cast<uint64_t>(count) * static_cast<uint64_t>(bits_of(slice.dtype))) % 8 == 0;
  if (packed && slice.begin <= slice.end && slice.end - slice.begin == bytes_for(slice.dtype, static_cast<size_t>(count)))
    return Ok{};
  return invalid_model("type " + std::string(to_string(slice.dtype)) + " and shape " + to_string(slice.dims) +
                       " do not fit data_offsets [" + std::to_string(slice.begin) + ", " + std::to_string(slice.end) + "]");
}

// {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
Status read_slice(json::value value, Slice& slice) {
  json::object object;
  HEADRACE_JSON(value.get_object().get(object));
  int fields = 0;
  for (auto field : object) {
    std::string_view key;
    HEADRACE_JSON(field.unescaped_key().get(key));
    json::value item;
    HEADRACE_JSON(field.value().get(item));
    if (key == "dtype") {
      HEADRACE_TRY(slice.dtype, read_dtype(item));
    } else if (key == "shape") {
      HEADRACE_TRY(slice.dims, read_shape(item));
    } else if (key == "data_offsets") {
      HEADRACE_CHECK(read_offsets(item, slice));
    } else {
      return invalid_model("there is no field '" + printable(key, 40) + "' in the format");
    }
    ++fields;
  }
  if (fields != 3 || slice.dtype == DType::kUndefined)
    return invalid_model("dtype, shape and data_offsets are not each there once");
  return check_size(slice);
}

// Texts by name; nothing in them concerns the tensors.
Status check_metadata(simdjson::simdjson_result<json::value> value) {
  json::object object;
  HEADRACE_JSON(value.get_object().get(object));
  for (auto field : object) {
    std::string_view text;
    HEADRACE_JSON(field.value().get_string().get(text));
  }
  return Ok{};
}

Result<std::vector<Slice>> read_header(std::string_view header) {
  const simdjson::padded_string padded(header);
  json::parser parser;
  json::document document;
  json::object tensors;
  HEADRACE_JSON(parser.iterate(padded).get(document));
  HEADRACE_JSON(document.get_object().get(tensors));
  std::vector<Slice> slices;
  for (auto field : tensors) {
    std::string_view name;
    HEADRACE_JSON(field.unescaped_key().get(name));
    if (name == "__metadata__") {
      HEADRACE_CHECK(check_metadata(field.value()));
      continue;
    }
    if (slices.size() == kMaxTensors) return too_many_tensors();
    Slice slice;
    slice.name = name;
    json::value value;
    HEADRACE_JSON(field.value().get(value));
    if (auto read = read_slice(value, slice); !read.ok())
      return std::move(read).error().at("tensor '" + printable(slice.name) + "'");
    slices.push_back(std::move(slice));
  }
  if (!document.current_location().error()) return invalid_model("something stands behind the safetensors header's JSON");
  return slices;
}

// The format wants the data covered without holes or overlaps.
Status check_cover(const std::vector<Slice>& slices, uint64_t data_bytes) {
  std::vector<const Slice*> order;
  order.reserve(slices.size());
  for (const Slice& slice : slices) order.push_back(&slice);
  std::sort(order.begin(), order.end(),
            [](const Slice* a, const Slice* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
  uint64_t covered = 0;
  for (const Slice* slice : order) {
    if (slice->end > data_bytes)
      return invalid_model("data up to byte " + std::to_string(slice->end) + " are asked for, and there are " +
                           std::to_string(data_bytes) + ": the file is truncated or damaged")
          .at("tensor '" + printable(slice->name) + "'");
    if (slice->begin != covered)
      return invalid_model(std::string("its data ") +
                           (slice->begin < covered ? "overlap another tensor's" : "leave a hole in front") + " (at byte " +
                           std::to_string(slice->begin) + " of the data)")
          .at("tensor '" + printable(slice->name) + "'");
    covered = slice->end;
  }
  if (covered == data_bytes) return Ok{};
  return invalid_model("the last " + std::to_string(data_bytes - covered) + " bytes of the data belong to no tensor");
}

}  // namespace

Result<StateDict> read_safetensors(const std::shared_ptr<const MappedFile>& file) {
  const Bytes bytes = file->bytes();
  const uint64_t size = read_le<uint64_t>(bytes, 0).value_or(0);
  if (bytes.size() < 8 || size > bytes.size() - 8)
    return invalid_model("the file is truncated: its safetensors header has " + std::to_string(size) + " bytes");
  if (size > kMaxHeader) return unsupported("a safetensors header of more than 10 MB is not read");
  HEADRACE_TRY(const auto slices, read_header({reinterpret_cast<const char*>(bytes.data()) + 8, size}));
  const Bytes data = bytes.subspan(8 + size);
  HEADRACE_CHECK(check_cover(slices, data.size()));
  StateDict state;
  state.format = "safetensors";
  state.tensors.reserve(slices.size());
  for (const Slice& slice : slices) {
    HEADRACE_TRY(Tensor tensor, Tensor::wrap(slice.dtype, slice.dims, file, data.data() + slice.begin, slice.end - slice.begin));
    state.tensors.push_back({slice.name, std::move(tensor)});
  }
  return state;
}

}  // namespace headrace

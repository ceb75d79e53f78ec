#include "load/answer_check.h"

#include <simdjson.h>

#include <algorithm>

#include "base/printable.h"
#include "serve/wire.h"

namespace headrace::load {
namespace {

namespace dom = simdjson::dom;

Fault bad(std::string what) { return {FaultKind::kBadAnswer, 0, std::move(what)}; }

std::string_view body_of(const Reply& reply) { return {reply.body.data(), reply.body.size()}; }

// FNV-1a over words that are digests themselves.
uint64_t mix(uint64_t digest, uint64_t word) { return (digest ^ word) * 0x100000001b3; }
uint64_t digest_of(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

bool fits(const Shape& shape, const Dims& dims) {
  return shape.size() == dims.size() && std::equal(shape.begin(), shape.end(), dims.begin(), [](const Dim& dim, int64_t extent) {
           return extent >= 0 && (!dim.known() || dim.extent == extent);
         });
}

// Values of a list that is flat, or nested as the shape is; simdjson bounds the depth.
size_t leaves_of(const dom::array& list) {
  size_t leaves = 0;
  for (const dom::element element : list) {
    dom::array inner;
    leaves += element.get(inner) ? 1 : leaves_of(inner);
  }
  return leaves;
}

}  // namespace

std::optional<Fault> Promise::check(std::string_view name, std::string_view datatype, const Dims& dims) const {
  const auto spec = std::find_if(outputs_.begin(), outputs_.end(), [&](const TensorSpec& output) { return output.name == name; });
  if (spec == outputs_.end()) return bad("output " + printable(name) + " is not in the model's metadata");
  if (serve::datatype_of(spec->dtype) != datatype)
    return bad("output " + spec->name + " is " + printable(datatype) + ", promised was " +
               std::string(serve::datatype_of(spec->dtype)));
  const bool counts_rows = rows_ > 0 && !spec->shape.empty() && !spec->shape[0].known();
  if (!fits(spec->shape, dims) || (counts_rows && dims[0] != rows_))
    return bad("output " + spec->name + " has the shape " + to_string(dims) + ", promised was " + to_string(spec->shape) +
               (counts_rows ? " with " + std::to_string(rows_) + " rows" : ""));
  return std::nullopt;
}

bool Promise::agrees(size_t input, uint64_t digest) const {
  digest = std::max<uint64_t>(digest, 1);
  uint64_t before = 0;
  return first_[input].compare_exchange_strong(before, digest) || before == digest;
}

class AnswerCheck::Reader {
 public:
  explicit Reader(const Promise& promise) : promise_(&promise) {}
  std::optional<Fault> check_outputs(const Reply& reply, size_t input);

 private:
  struct Output {
    std::string_view name, datatype;
    size_t elements = 0;
  };
  // What has been seen of an answer's outputs so far.
  struct Outputs {
    std::string_view tail;  // binary tensors not yet looked at
    size_t count = 0;
    uint64_t digest = 0xcbf29ce484222325;
  };
  std::optional<Fault> check_output(dom::element output, Outputs& seen);
  std::optional<Fault> check_binary(const Output& output, uint64_t size, Outputs& seen);
  std::optional<Fault> check_json(const Output& output, dom::array data, Outputs& seen);

  const Promise* promise_;
  dom::parser parser_;
  Dims dims_;
};

AnswerCheck::AnswerCheck(const Promise& promise) : reader_(std::make_unique<Reader>(promise)) {}
AnswerCheck::~AnswerCheck() = default;

std::optional<Fault> AnswerCheck::check(const Reply& reply, size_t input) {
  if (reply.status == 200) return reader_->check_outputs(reply, input);
  return Fault{FaultKind::kStatus, reply.status, error_text(body_of(reply))};
}

std::optional<Fault> AnswerCheck::Reader::check_outputs(const Reply& reply, size_t input) {
  dom::element document;
  dom::array outputs;
  if (const auto error =
          parser_.parse(reply.body.data(), reply.json_bytes, false).get(document))  // its padding is the connection's
    return bad(std::string("the answer is no JSON: ") + simdjson::error_message(error));
  if (document["outputs"].get(outputs)) return bad("the answer has no outputs");
  Outputs seen{body_of(reply).substr(reply.json_bytes)};
  for (const dom::element output : outputs)
    if (auto fault = check_output(output, seen)) return fault;
  if (!seen.tail.empty()) return bad(std::to_string(seen.tail.size()) + " bytes are left over behind the tensors");
  if (promise_->output_count() > 0 && seen.count != promise_->output_count())
    return bad(std::to_string(seen.count) + " outputs, promised were " + std::to_string(promise_->output_count()));
  if (promise_->same_bits() && !promise_->agrees(input, seen.digest))
    return Fault{FaultKind::kDifferentBits, 0, "another answer than before to the same input"};
  return std::nullopt;
}

std::optional<Fault> AnswerCheck::Reader::check_output(dom::element output, Outputs& seen) {
  std::string_view name, datatype;
  dom::array shape, data;
  if (output["name"].get(name) || output["datatype"].get(datatype) || output["shape"].get(shape))
    return bad("an output lacks its name, datatype or shape");
  dims_.clear();
  for (const dom::element extent : shape) {
    int64_t value = -1;
    dims_.push_back(extent.get(value) ? -1 : value);
  }
  if (promise_->output_count() > 0)
    if (auto fault = promise_->check(name, datatype, dims_)) return fault;
  const auto elements = element_count(dims_);
  if (!elements.ok()) return bad("output " + printable(name) + " has an impossible shape");
  ++seen.count;
  uint64_t size = 0;
  if (!output.at_pointer("/parameters/binary_data_size").get(size))
    return check_binary({name, datatype, static_cast<size_t>(*elements)}, size, seen);
  if (output["data"].get(data)) return bad("output " + printable(name) + " has neither data nor binary_data_size");
  return check_json({name, datatype, static_cast<size_t>(*elements)}, data, seen);
}

std::optional<Fault> AnswerCheck::Reader::check_binary(const Output& output, uint64_t size, Outputs& seen) {
  const auto dtype = serve::dtype_of_datatype(output.datatype);
  const bool fixed = dtype && *dtype != DType::kString;
  if (size > seen.tail.size() || (fixed && size != bytes_for(*dtype, output.elements)))
    return bad("output " + printable(output.name) + " has " + std::to_string(size) +
               " bytes, which do not fit its shape or the answer");
  if (promise_->same_bits()) seen.digest = mix(seen.digest, digest_of(seen.tail.substr(0, size)));
  seen.tail.remove_prefix(size);
  return std::nullopt;
}

std::optional<Fault> AnswerCheck::Reader::check_json(const Output& output, dom::array data, Outputs& seen) {
  if (promise_->same_bits()) seen.digest = mix(seen.digest, digest_of(simdjson::minify(data)));
  const size_t values = leaves_of(data);
  if (values == output.elements) return std::nullopt;
  return bad("output " + printable(output.name) + " has " + std::to_string(values) + " values, its shape " + to_string(dims_) +
             " asks for " + std::to_string(output.elements));
}

}  // namespace headrace::load

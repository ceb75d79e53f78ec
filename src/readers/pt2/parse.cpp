#include "readers/pt2/parse.h"

#include <simdjson.h>

#include <limits>
#include <new>

#include "readers/pt2/dtype.h"
#include "readers/pt2/parse_budget.h"
#include "readers/pt2/stack.h"
#include "readers/pt2/symbol.h"

namespace headrace::pt2 {
namespace {

namespace json = simdjson::ondemand;

constexpr size_t kMaxText = size_t{64} << 20;  // ResNet-50 takes 0.4 MB, the largest of some hundred models 8 MB
constexpr int kMaxDepth = 64;

// The parsers below throw, simdjson's errors and this one; parse_with() turns them into an Error.
struct Malformed {
  Error error;
};

[[noreturn]] void refuse(Error error) { throw Malformed{std::move(error)}; }

void take(size_t bytes) {
  if (Status status = ParseBudget::take(bytes); !status.ok()) refuse(std::move(status).error());
}

std::string text_of(json::value value) {
  const std::string_view text = value.get_string();
  if (text.size() >= 16) take(text.size() + 16);  // shorter ones need no memory of their own
  return std::string(text);
}

// Infinities and NaN are written as texts, which JSON has no numbers for.
double real_of(json::value value) {
  if (value.type() != json::json_type::string) return value.get_double();
  const std::string_view text = value.get_string();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  refuse(invalid_model("'" + std::string(text) + "' stands where a number is expected"));
}

template <typename T, typename Parse>
std::vector<T> list_of(json::value value, const Parse& parse) {
  std::vector<T> list;
  for (json::value element : value.get_array()) {
    take(3 *
         sizeof(T));  // a list that grows is there twice for a moment, and the memory of shorter ones is not given back at once
    list.push_back(parse(element));
  }
  return list;
}

// Calls `on_field(key, value)` for each field.
template <typename OnField>
void each_field(json::value value, const OnField& on_field) {
  for (auto field : value.get_object()) {
    const std::string_view key = field.unescaped_key();
    on_field(key, json::value(field.value()));
  }
}

std::string expression_of(json::value value) {
  std::string expression;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key != "expr_str") return;
    const std::string_view text = field.get_string();
    auto readable = readable_expression(text);
    if (!readable.ok()) refuse(std::move(readable).error());
    expression = *std::move(readable);
  });
  return expression;
}

Dim dim_of(json::value value) {
  Dim dim;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "as_int") dim.extent = field.get_int64();
    else if (key == "as_expr") dim = Dim{-1, expression_of(field)};
  });
  return dim;
}

constexpr int64_t kMaxExtent = int64_t{1} << 36;  // products of a few extents stay within 64 bits

Dim extent_of(json::value value) {
  Dim dim = dim_of(value);
  if (dim.symbol.empty() && (dim.extent < 0 || dim.extent > kMaxExtent))
    refuse(invalid_model("a tensor has " + std::to_string(dim.extent) + " elements along an axis"));
  return dim;
}

TensorMeta meta_of(json::value value) {
  TensorMeta meta;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "dtype") meta.scalar_type = field.get_int64();
    else if (key == "sizes") meta.sizes = list_of<Dim>(field, extent_of);
    else if (key == "strides") meta.strides = list_of<Dim>(field, dim_of);
    else if (key == "storage_offset") meta.offset = dim_of(field);
    else if (key == "layout") meta.strided = field.get_int64() == 7;
  });
  meta.dtype = dtype_of_scalar_type(meta.scalar_type);
  return meta;
}

std::string name_of(json::value value) {
  std::string name;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "name") name = text_of(field);
  });
  return name;
}

std::string optional_tensor_of(json::value value) {
  std::string name;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "as_tensor") name = name_of(field);
  });
  return name;
}

Integer integer_of(json::value value) {
  Integer integer;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "as_int") integer.value = field.get_int64();
    else if (key == "as_name") integer.name = text_of(field);
  });
  return integer;
}

Real symbolic_real_of(json::value value) {
  Real real;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "as_float") real.value = real_of(field);
    else if (key == "as_name") real.name = text_of(field);
  });
  return real;
}

Argument symbolic_bool_of(json::value value) {
  Argument argument = None{};
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "as_bool") argument = bool(field.get_bool());
    else if (key == "as_name") argument = Integer{0, text_of(field)};
  });
  return argument;
}

Integer plain_integer_of(json::value value) { return {value.get_int64(), {}}; }
Real plain_real_of(json::value value) { return {real_of(value), {}}; }
bool bool_of(json::value value) { return value.get_bool(); }

Graph graph_of(json::value value, int depth);

std::shared_ptr<const Graph> subgraph_of(json::value value, int depth) {
  if (depth >= kMaxDepth) refuse(unsupported("graphs are nested deeper than 64 levels"));
  take(sizeof(Graph));
  auto graph = std::make_shared<Graph>();
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "graph") *graph = graph_of(field, depth + 1);
  });
  return graph;
}

Argument argument_of_kind(std::string_view kind, json::value value, int depth) {
  if (kind == "as_none") return None{};
  if (kind == "as_tensor") return TensorName{name_of(value)};
  if (kind == "as_tensors") return TensorNames{list_of<std::string>(value, name_of)};
  if (kind == "as_optional_tensors") return TensorNames{list_of<std::string>(value, optional_tensor_of)};
  if (kind == "as_optional_tensor") return TensorName{optional_tensor_of(value)};
  if (kind == "as_int") return plain_integer_of(value);
  if (kind == "as_ints") return list_of<Integer>(value, plain_integer_of);
  if (kind == "as_sym_int") return integer_of(value);
  if (kind == "as_sym_ints") return list_of<Integer>(value, integer_of);
  if (kind == "as_float") return plain_real_of(value);
  if (kind == "as_floats") return list_of<Real>(value, plain_real_of);
  if (kind == "as_sym_float") return symbolic_real_of(value);
  if (kind == "as_sym_floats") return list_of<Real>(value, symbolic_real_of);
  if (kind == "as_bool") return bool_of(value);
  if (kind == "as_bools") return list_of<bool>(value, bool_of);
  if (kind == "as_sym_bool") return symbolic_bool_of(value);
  if (kind == "as_string") return text_of(value);
  if (kind == "as_scalar_type") return ScalarType{value.get_int64()};
  if (kind == "as_graph") return subgraph_of(value, depth);
  return Other{std::string(kind)};
}

// A union: one field, whose name is the kind.
Argument argument_of(json::value value, int depth) {
  Argument argument = None{};
  each_field(value, [&](std::string_view key, json::value field) { argument = argument_of_kind(key, field, depth); });
  return argument;
}

NamedArgument named_argument_of(json::value value, int depth) {
  NamedArgument argument;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "name") argument.name = text_of(field);
    else if (key == "arg") argument.value = argument_of(field, depth);
  });
  return argument;
}

void read_metadata(json::value value, Node& node) {
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "stack_trace") node.source = innermost_source(std::string_view(field.get_string()));
    else if (key == "nn_module_stack") node.module = innermost_module(std::string_view(field.get_string()));
    else return;
    take(node.source.size() + node.module.size());
  });
}

Node node_of(json::value value, int depth) {
  Node node;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "target") node.target = text_of(field);
    else if (key == "inputs")
      node.inputs = list_of<NamedArgument>(field, [&](json::value input) { return named_argument_of(input, depth); });
    else if (key == "outputs")
      node.outputs = list_of<Argument>(field, [&](json::value output) { return argument_of(output, depth); });
    else if (key == "metadata") read_metadata(field, node);
  });
  return node;
}

// A map of the schema; a name that stands there twice is refused.
template <typename Map, typename Parse>
void read_map(json::value value, const Parse& parse, Map& map) {
  each_field(value, [&](std::string_view key, json::value field) {
    take(2 * sizeof(typename Map::value_type) + key.size());
    if (!map.emplace(std::string(key), parse(field)).second)
      refuse(invalid_model("'" + std::string(key) + "' is described twice"));
  });
}

Graph graph_of(json::value value, int depth) {
  Graph graph;
  const auto argument = [&](json::value element) { return argument_of(element, depth); };
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "inputs") graph.inputs = list_of<Argument>(field, argument);
    else if (key == "outputs") graph.outputs = list_of<Argument>(field, argument);
    else if (key == "nodes") graph.nodes = list_of<Node>(field, [&](json::value node) { return node_of(node, depth); });
    else if (key == "tensor_values") read_map(field, meta_of, graph.tensors);
    else if (key == "sym_int_values") read_map(field, dim_of, graph.integers);
  });
  return graph;
}

InputKind input_kind(std::string_view word) {
  if (word == "user_input") return InputKind::kUser;
  if (word == "parameter") return InputKind::kParameter;
  if (word == "buffer") return InputKind::kBuffer;
  if (word == "tensor_constant") return InputKind::kTensorConstant;
  if (word == "constant_input") return InputKind::kConstant;
  if (word == "token") return InputKind::kToken;
  return InputKind::kCustomObject;
}

bool names_tensor_directly(InputKind kind) {
  return kind == InputKind::kParameter || kind == InputKind::kBuffer || kind == InputKind::kTensorConstant;
}

InputSpec input_spec_of(json::value value) {
  InputSpec spec;
  each_field(value, [&](std::string_view word, json::value body) {
    spec.kind = input_kind(word);
    each_field(body, [&](std::string_view key, json::value field) {
      if (key == "arg" && names_tensor_directly(spec.kind)) spec.argument = TensorName{name_of(field)};
      else if (key == "arg" && spec.kind == InputKind::kUser) spec.argument = argument_of(field, 0);
      else if (key == "name" || key.ends_with("_name")) spec.target = text_of(field);
    });
  });
  return spec;
}

OutputKind output_kind(std::string_view word) {
  if (word == "user_output") return OutputKind::kUser;
  if (word == "buffer_mutation") return OutputKind::kBufferMutation;
  if (word == "user_input_mutation") return OutputKind::kUserInputMutation;
  if (word == "parameter_mutation") return OutputKind::kParameterMutation;
  return word == "token" ? OutputKind::kToken : OutputKind::kOther;
}

OutputSpec output_spec_of(json::value value) {
  OutputSpec spec;
  each_field(value, [&](std::string_view word, json::value body) {
    spec.kind = output_kind(word);
    spec.described = std::string(word);
    each_field(body, [&](std::string_view key, json::value field) {
      if (key == "arg") spec.argument = spec.kind == OutputKind::kUser ? argument_of(field, 0) : TensorName{name_of(field)};
      else if (key.ends_with("_name")) spec.target = text_of(field);
    });
  });
  return spec;
}

void read_signature(json::value value, Program& program) {
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "input_specs") program.inputs = list_of<InputSpec>(field, input_spec_of);
    else if (key == "output_specs") program.outputs = list_of<OutputSpec>(field, output_spec_of);
  });
}

void read_version(json::value value, Program& program) {
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "major") program.major = field.get_int64();
    else if (key == "minor") program.minor = field.get_int64();
  });
}

Program program_of(json::document& document) {
  Program program;
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    if (key == "graph_module") {
      each_field(field.value(), [&](std::string_view part, json::value body) {
        if (part == "graph") program.graph = graph_of(body, 0);
        else if (part == "signature") read_signature(body, program);
      });
    } else if (key == "schema_version") read_version(field.value(), program);
    else if (key == "torch_version") program.torch_version = text_of(field.value());
  }
  return program;
}

Payload payload_of(json::value value) {
  Payload payload;
  each_field(value, [&](std::string_view key, json::value field) {
    if (key == "path_name") payload.path = text_of(field);
    else if (key == "use_pickle") payload.pickled = bool_of(field);
    else if (key == "tensor_meta" && !field.is_null()) payload.meta = meta_of(field);
  });
  return payload;
}

Payloads payloads_of(json::document& document) {
  Payloads payloads;
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    if (key == "config") read_map(json::value(field.value()), payload_of, payloads);
  }
  return payloads;
}

std::string at_byte(json::document& document, const simdjson::padded_string_view& text) {
  const char* location = nullptr;
  if (document.current_location().get(location) != simdjson::SUCCESS || location < text.data()) return {};
  return " at byte " + std::to_string(location - text.data());
}

template <typename T, typename Parse>
Result<T> parse_text(const simdjson::padded_string_view& text, const Parse& parse) {
  HEADRACE_TRY(const std::unique_ptr<ParseBudget> budget, ParseBudget::of(text));
  json::parser parser;
  json::document document;
  if (const auto error = parser.iterate(text).get(document); error != simdjson::SUCCESS)
    return invalid_model(std::string("this is not JSON: ") + simdjson::error_message(error));
  try {
    return parse(document);
  } catch (Malformed& malformed) {
    return std::move(malformed.error);
  } catch (const simdjson::simdjson_error& error) {
    return invalid_model("the text does not have the form of an exported program" + at_byte(document, text) + ": " +
                         error.what());
  } catch (const std::bad_alloc&) {
    return unsupported("there is not memory enough to read it");
  }
}

template <typename T, typename Parse>
Result<T> parse_with(std::span<const std::byte> bytes, size_t readable, const Parse& parse) {
  if (bytes.size() > kMaxText)
    return unsupported("the graph's text takes " + std::to_string(bytes.size()) + " bytes; 64 MB are read at most");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  if (readable >= bytes.size() + simdjson::SIMDJSON_PADDING)
    return parse_text<T>(simdjson::padded_string_view(text, bytes.size(), readable), parse);
  const simdjson::padded_string copy(text, bytes.size());
  return parse_text<T>(copy, parse);
}

}  // namespace

Result<Program> parse_program(std::span<const std::byte> bytes, size_t readable) {
  HEADRACE_TRY(Program program, parse_with<Program>(bytes, readable, program_of));
  if (program.major != 8)
    return unsupported("its schema is version " + std::to_string(program.major) + "." + std::to_string(program.minor) +
                       ", and only major version 8 is read: export it again with torch 2.5 or newer");
  return program;
}

Result<Payloads> parse_payloads(std::span<const std::byte> bytes, size_t readable) {
  return parse_with<Payloads>(bytes, readable, payloads_of);
}

}  // namespace headrace::pt2

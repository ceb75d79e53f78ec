#include "readers/checkpoint/pickle/calls.h"

#include <string>

#include "base/printable.h"

namespace headrace {
namespace {

using Items = std::span<const PickleValue>;

std::string name_of(const PickleGlobal& global) { return std::string(global.module) + "." + std::string(global.name); }

Error bad_arguments(const std::string& function, const std::string& what) {
  return invalid_model("the arguments of " + function + " are wrong: " + what);
}

// Whether `value` is a tuple of integers.
bool is_extents(PickleValue value, const PickleHeap& heap) {
  if (!value.is(PickleKind::kTuple)) return false;
  for (const PickleValue& item : heap.items(value))
    if (!item.is(PickleKind::kInt)) return false;
  return true;
}

// Marks such as {"conj": True}: the values in the storage are not those of the tensor.
Status check_metadata(Items arguments, size_t index, const PickleHeap& heap) {
  if (index >= arguments.size() || arguments[index].is(PickleKind::kNone)) return Ok{};
  if (arguments[index].is(PickleKind::kDict) && heap.items(arguments[index]).empty()) return Ok{};
  return unsupported("a tensor is a conjugate or negative view: save it with .resolve_conj().resolve_neg()");
}

// (storage, offset, sizes, strides, ...)
Result<PickleTensor> tensor_of(const std::string& function, Items arguments, const PickleHeap& heap) {
  if (arguments.size() < 4) return bad_arguments(function, "there are " + std::to_string(arguments.size()));
  if (!arguments[0].is(PickleKind::kStorage))
    return bad_arguments(function, std::string(describe(arguments[0].kind)) + " stands for the storage");
  if (!arguments[1].is(PickleKind::kInt)) return bad_arguments(function, "the offset is no integer");
  if (!is_extents(arguments[2], heap) || !is_extents(arguments[3], heap))
    return bad_arguments(function, "sizes and strides are no tuples of integers");
  const DType dtype = heap.storage(arguments[0].index).dtype;
  return PickleTensor{arguments[0].index, dtype, arguments[1].integer, arguments[2], arguments[3]};
}

Result<PickleValue> rebuild_tensor(const PickleGlobal& function, Items arguments, PickleHeap& heap) {
  const bool v3 = function.kind == GlobalKind::kRebuildTensorV3;
  const std::string name = name_of(function);
  HEADRACE_TRY(PickleTensor tensor, tensor_of(name, arguments, heap));
  if (v3) {
    const bool typed = arguments.size() > 6 && arguments[6].is(PickleKind::kGlobal);
    const PickleGlobal* dtype = typed ? &global_at(arguments[6].index) : nullptr;
    if (dtype == nullptr || dtype->kind != GlobalKind::kDType) return bad_arguments(name, "the seventh is no type of elements");
    tensor.dtype = dtype->dtype;
  }
  HEADRACE_CHECK(check_metadata(arguments, v3 ? 7 : 6, heap));
  return heap.add(tensor);
}

// (tensor, requires_grad, hooks[, state]): the tensor itself.
Result<PickleValue> rebuild_parameter(const PickleGlobal& function, Items arguments) {
  if (arguments.empty() || !arguments[0].is(PickleKind::kTensor))
    return bad_arguments(name_of(function), "the first is no tensor");
  return arguments[0];
}

bool rebuilds(GlobalKind kind) {
  return kind == GlobalKind::kRebuildTensor || kind == GlobalKind::kRebuildTensorV2 || kind == GlobalKind::kRebuildTensorV3 ||
         kind == GlobalKind::kRebuildParameter;
}

// (function, type, arguments, state): a tensor or parameter that carries attributes of Python.
Result<PickleValue> rebuild_from_type(const PickleGlobal& function, Items arguments, PickleHeap& heap) {
  const std::string name = name_of(function);
  if (arguments.size() < 3 || !arguments[0].is(PickleKind::kGlobal) || !arguments[1].is(PickleKind::kGlobal))
    return bad_arguments(name, "function and type are missing");
  if (!rebuilds(global_at(arguments[0].index).kind)) return bad_arguments(name, "the first rebuilds no tensor");
  if (global_at(arguments[1].index).kind != GlobalKind::kTensorType)
    return bad_arguments(name, "the second is no type of tensors");
  return call(arguments[0], arguments[2], heap);
}

// OrderedDict() or OrderedDict([(key, value), ...]) or defaultdict(factory).
Result<PickleValue> make_dict(const PickleGlobal& function, Items arguments, PickleHeap& heap) {
  HEADRACE_TRY(const PickleValue dict, heap.add_container(PickleKind::kDict));
  if (arguments.empty() || !arguments[0].is(PickleKind::kList)) return dict;
  const size_t count = heap.items(arguments[0]).size();
  for (size_t i = 0; i < count; ++i) {
    const PickleValue pair = heap.items(arguments[0])[i];
    if (!pair.is(PickleKind::kTuple) && !pair.is(PickleKind::kList))
      return bad_arguments(name_of(function), "an item is no pair");
    const Items items = heap.items(pair);
    if (items.size() != 2) return bad_arguments(name_of(function), "an item is no pair");
    HEADRACE_CHECK(heap.append(dict, items));
  }
  return dict;
}

Result<PickleValue> make_size(const PickleGlobal& function, Items arguments) {
  if (arguments.size() != 1 || !arguments[0].is(PickleKind::kTuple))
    return bad_arguments(name_of(function), "one tuple is expected");
  return arguments[0];
}

// (view key, offset, count): the legacy format's storages within storages.
Status read_view(PickleValue view, const PickleHeap& heap, PickleStorage& storage) {
  if (view.is(PickleKind::kNone)) return Ok{};
  const Items items = view.is(PickleKind::kTuple) ? heap.items(view) : Items();
  if (items.size() != 3 || !items[1].is(PickleKind::kInt) || !items[2].is(PickleKind::kInt))
    return invalid_model("the view of a storage is no tuple of key, offset and size");
  storage.view_offset = items[1].integer;
  storage.view_count = items[2].integer;
  return Ok{};
}

}  // namespace

Result<PickleValue> call(PickleValue callee, PickleValue arguments, PickleHeap& heap) {
  if (!callee.is(PickleKind::kGlobal)) return invalid_model(std::string(describe(callee.kind)) + " is called as a function");
  if (!arguments.is(PickleKind::kTuple))
    return invalid_model("arguments are " + std::string(describe(arguments.kind)) + ", not a tuple");
  const PickleGlobal& function = global_at(callee.index);
  const Items items = heap.items(arguments);
  switch (function.kind) {
    case GlobalKind::kDict: return make_dict(function, items, heap);
    case GlobalKind::kRebuildTensor:
    case GlobalKind::kRebuildTensorV2:
    case GlobalKind::kRebuildTensorV3: return rebuild_tensor(function, items, heap);
    case GlobalKind::kRebuildParameter: return rebuild_parameter(function, items);
    case GlobalKind::kRebuildFromType: return rebuild_from_type(function, items, heap);
    case GlobalKind::kSize: return make_size(function, items);
    case GlobalKind::kOpaque: return PickleValue(PickleKind::kOpaque);
    case GlobalKind::kTensorType:
    case GlobalKind::kStorageType:
    case GlobalKind::kDType: break;
  }
  return invalid_model("'" + name_of(function) + "' is called, and weights have no use for that");
}

Result<PickleValue> resolve_persistent_id(PickleValue id, PickleHeap& heap) {
  const Items items = id.is(PickleKind::kTuple) ? heap.items(id) : Items();
  const std::string_view kind = items.empty() ? std::string_view() : items[0].string();
  if (kind == "module") return refuse_program("the pickle holds a module with its source code");
  if (kind != "storage" || items.size() < 5 || items.size() > 6)
    return invalid_model("a persistent id is " + std::string(describe(id.kind)) + ", and no storage as torch.save writes it");
  const bool typed = items[1].is(PickleKind::kGlobal) && global_at(items[1].index).kind == GlobalKind::kStorageType;
  if (!typed) return invalid_model("the type of a storage is " + std::string(describe(items[1].kind)) + ", and no storage type");
  if (!items[2].is(PickleKind::kString)) return invalid_model("the key of a storage is " + std::string(describe(items[2].kind)));
  const std::string key = printable(items[2].string());
  if (!items[4].is(PickleKind::kInt) || items[4].integer < 0)
    return invalid_model("storage '" + key + "' has no count of elements, or a negative one");
  PickleStorage storage{items[2].string(), global_at(items[1].index).dtype, items[4].integer};
  if (items.size() == 6) HEADRACE_CHECK(read_view(items[5], heap, storage));
  return heap.add(storage);
}

}  // namespace headrace

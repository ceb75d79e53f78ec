#include "readers/checkpoint/pickle/globals.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/printable.h"

namespace headrace {
namespace {

using enum GlobalKind;

constexpr std::array kGlobals = {
    PickleGlobal{"collections", "OrderedDict", kDict},
    PickleGlobal{"collections", "defaultdict", kDict},
    PickleGlobal{"torch._utils", "_rebuild_tensor", kRebuildTensor},
    PickleGlobal{"torch._utils", "_rebuild_tensor_v2", kRebuildTensorV2},
    PickleGlobal{"torch._utils", "_rebuild_tensor_v3", kRebuildTensorV3},
    PickleGlobal{"torch._utils", "_rebuild_parameter", kRebuildParameter},
    PickleGlobal{"torch._utils", "_rebuild_parameter_with_state", kRebuildParameter},
    PickleGlobal{"torch._tensor", "_rebuild_from_type_v2", kRebuildFromType},
    PickleGlobal{"torch", "Tensor", kTensorType},
    PickleGlobal{"torch._tensor", "Tensor", kTensorType},
    PickleGlobal{"torch.nn.parameter", "Parameter", kTensorType},
    PickleGlobal{"torch.nn.parameter", "Buffer", kTensorType},
    PickleGlobal{"torch", "Size", kSize},

    PickleGlobal{"torch", "FloatStorage", kStorageType, DType::kFloat32},
    PickleGlobal{"torch", "DoubleStorage", kStorageType, DType::kFloat64},
    PickleGlobal{"torch", "HalfStorage", kStorageType, DType::kFloat16},
    PickleGlobal{"torch", "BFloat16Storage", kStorageType, DType::kBfloat16},
    PickleGlobal{"torch", "LongStorage", kStorageType, DType::kInt64},
    PickleGlobal{"torch", "IntStorage", kStorageType, DType::kInt32},
    PickleGlobal{"torch", "ShortStorage", kStorageType, DType::kInt16},
    PickleGlobal{"torch", "CharStorage", kStorageType, DType::kInt8},
    PickleGlobal{"torch", "ByteStorage", kStorageType, DType::kUint8},
    PickleGlobal{"torch", "BoolStorage", kStorageType, DType::kBool},
    PickleGlobal{"torch", "ComplexFloatStorage", kStorageType, DType::kComplex64},
    PickleGlobal{"torch", "ComplexDoubleStorage", kStorageType, DType::kComplex128},
    PickleGlobal{"torch.storage", "UntypedStorage", kStorageType, DType::kUint8},
    PickleGlobal{"torch", "UntypedStorage", kStorageType, DType::kUint8},

    PickleGlobal{"torch", "float32", kDType, DType::kFloat32},
    PickleGlobal{"torch", "float64", kDType, DType::kFloat64},
    PickleGlobal{"torch", "float16", kDType, DType::kFloat16},
    PickleGlobal{"torch", "bfloat16", kDType, DType::kBfloat16},
    PickleGlobal{"torch", "float8_e4m3fn", kDType, DType::kFloat8E4M3FN},
    PickleGlobal{"torch", "float8_e4m3fnuz", kDType, DType::kFloat8E4M3FNUZ},
    PickleGlobal{"torch", "float8_e5m2", kDType, DType::kFloat8E5M2},
    PickleGlobal{"torch", "float8_e5m2fnuz", kDType, DType::kFloat8E5M2FNUZ},
    PickleGlobal{"torch", "float8_e8m0fnu", kDType, DType::kFloat8E8M0},
    PickleGlobal{"torch", "int64", kDType, DType::kInt64},
    PickleGlobal{"torch", "int32", kDType, DType::kInt32},
    PickleGlobal{"torch", "int16", kDType, DType::kInt16},
    PickleGlobal{"torch", "int8", kDType, DType::kInt8},
    PickleGlobal{"torch", "uint64", kDType, DType::kUint64},
    PickleGlobal{"torch", "uint32", kDType, DType::kUint32},
    PickleGlobal{"torch", "uint16", kDType, DType::kUint16},
    PickleGlobal{"torch", "uint8", kDType, DType::kUint8},
    PickleGlobal{"torch", "bool", kDType, DType::kBool},
    PickleGlobal{"torch", "complex64", kDType, DType::kComplex64},
    PickleGlobal{"torch", "complex128", kDType, DType::kComplex128},

    // What training scripts put beside the weights.
    PickleGlobal{"torch", "device"},
    PickleGlobal{"torch.serialization", "_get_layout"},
    PickleGlobal{"collections", "Counter"},
    PickleGlobal{"_codecs", "encode"},  // how bytes are written in protocol 2
    PickleGlobal{"builtins", "bool"},
    PickleGlobal{"builtins", "bytearray"},
    PickleGlobal{"builtins", "complex"},
    PickleGlobal{"builtins", "dict"},
    PickleGlobal{"builtins", "float"},
    PickleGlobal{"builtins", "frozenset"},
    PickleGlobal{"builtins", "int"},
    PickleGlobal{"builtins", "list"},
    PickleGlobal{"builtins", "object"},
    PickleGlobal{"builtins", "range"},
    PickleGlobal{"builtins", "set"},
    PickleGlobal{"builtins", "slice"},
    PickleGlobal{"builtins", "str"},
    PickleGlobal{"builtins", "tuple"},
    PickleGlobal{"copyreg", "_reconstructor"},
    PickleGlobal{"typing", "Any"},
    PickleGlobal{"argparse", "Namespace"},
    PickleGlobal{"types", "SimpleNamespace"},
    PickleGlobal{"datetime", "date"},
    PickleGlobal{"datetime", "datetime"},
    PickleGlobal{"datetime", "timedelta"},
    PickleGlobal{"datetime", "timezone"},
    PickleGlobal{"pathlib", "Path"},
    PickleGlobal{"pathlib", "PosixPath"},
    PickleGlobal{"pathlib", "PurePosixPath"},
    PickleGlobal{"pathlib", "PureWindowsPath"},
    PickleGlobal{"pathlib", "WindowsPath"},
    PickleGlobal{"numpy", "dtype"},
    PickleGlobal{"numpy", "ndarray"},
    PickleGlobal{"numpy.core.multiarray", "_reconstruct"},
    PickleGlobal{"numpy.core.multiarray", "scalar"},
    PickleGlobal{"numpy._core.multiarray", "_reconstruct"},
    PickleGlobal{"numpy._core.multiarray", "scalar"},
    PickleGlobal{"numpy.core.numeric", "_frombuffer"},
    PickleGlobal{"numpy._core.numeric", "_frombuffer"},
    PickleGlobal{"easydict", "EasyDict"},
    PickleGlobal{"lightning.fabric.utilities.data", "AttributeDict"},
    PickleGlobal{"lightning.pytorch.utilities.parsing", "AttributeDict"},
    PickleGlobal{"pytorch_lightning.utilities.parsing", "AttributeDict"},
    PickleGlobal{"omegaconf.base", "ContainerMetadata"},
    PickleGlobal{"omegaconf.base", "Metadata"},
    PickleGlobal{"omegaconf.dictconfig", "DictConfig"},
    PickleGlobal{"omegaconf.listconfig", "ListConfig"},
    PickleGlobal{"omegaconf.nodes", "AnyNode"},
};

// Modules of Python's own that give a pickle control of the machine. Not needed for safety, since nothing is ever called: only
// for telling an attack from a file that was saved in another way.
constexpr std::array<std::string_view, 32> kDangerous = {"_io",
                                                         "_posixsubprocess",
                                                         "asyncio",
                                                         "builtins",
                                                         "code",
                                                         "codeop",
                                                         "commands",
                                                         "copyreg",
                                                         "ctypes",
                                                         "functools",
                                                         "importlib",
                                                         "inspect",
                                                         "io",
                                                         "marshal",
                                                         "multiprocessing",
                                                         "nt",
                                                         "operator",
                                                         "os",
                                                         "pickle",
                                                         "pip",
                                                         "posix",
                                                         "pty",
                                                         "runpy",
                                                         "shutil",
                                                         "socket",
                                                         "subprocess",
                                                         "sys",
                                                         "tempfile",
                                                         "threading",
                                                         "timeit",
                                                         "types",
                                                         "webbrowser"};

// Python 2's names.
std::string_view modern(std::string_view module) {
  if (module == "__builtin__") return "builtins";
  if (module == "copy_reg") return "copyreg";
  return module;
}

bool is_dangerous(std::string_view module) {
  const std::string_view package = module.substr(0, module.find('.'));
  return std::find(kDangerous.begin(), kDangerous.end(), package) != kDangerous.end();
}

// Tensors of kinds that are not read, by the function or storage class that the pickle names.
const char* describe_tensor_kind(std::string_view module, std::string_view name) {
  if (!module.starts_with("torch")) return nullptr;
  if (name == "_rebuild_qtensor" || (name.ends_with("Storage") && (name.starts_with("Q") || name.starts_with("QUInt"))))
    return "quantised tensors: save them with .dequantize()";
  if (name == "_rebuild_sparse_tensor") return "sparse tensors: save them with .to_dense()";
  if (name == "_rebuild_nested_tensor") return "nested tensors: save them with .to_padded_tensor(0)";
  if (name == "_rebuild_meta_tensor_no_storage") return "tensors on the device 'meta', which have no values";
  if (name.starts_with("_rebuild_device_tensor")) return "tensors of a device without storages: save them with .cpu()";
  if (name == "_load_from_bytes") return "tensors written by pickle.dump: use torch.save";
  return nullptr;
}

Error refuse(std::string_view module, std::string_view name) {
  const std::string full = "'" + printable(std::string(module) + "." + std::string(name)) + "'";
  if (is_dangerous(module))
    return invalid_model(
        "the pickle names " + full +
        ", which has no place among weights: PyTorch would run it while loading. Do not load this file anywhere");
  if (const char* kind = describe_tensor_kind(module, name))
    return unsupported("the pickle names " + full + ", and so holds " + kind);
  return refuse_program("the pickle holds " + full);
}

}  // namespace

Error refuse_program(const std::string& what) {
  return unsupported(
      what +
      ", and not weights alone: loading it would execute code in the file, which Headrace does not do. Save the "
      "weights, torch.save(model.state_dict(), PATH); or, if you trust the file, import it through your own Python: "
      "python -m headrace import FILE --trust");
}

Result<size_t> find_global(std::string_view module, std::string_view name) {
  const std::string_view wanted = modern(module);
  const auto at = std::find_if(kGlobals.begin(), kGlobals.end(),
                               [&](const PickleGlobal& global) { return global.name == name && global.module == wanted; });
  if (at == kGlobals.end()) return refuse(wanted, name);
  return static_cast<size_t>(at - kGlobals.begin());
}

const PickleGlobal& global_at(size_t index) { return kGlobals[index]; }

}  // namespace headrace

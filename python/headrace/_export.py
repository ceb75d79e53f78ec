"""From a PyTorch module to a verified ONNX file."""
import contextlib
import dataclasses
import importlib.util
import inspect
import os
import pathlib
import tempfile
import warnings

from headrace._errors import HeadraceError

# The largest element-wise difference from PyTorch that a correct float32 export shows, relative to the largest output.
RELATIVE_TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Export:
    """What was written and how.

    `exporter` is "torchscript" or "dynamo". `max_relative_error` is the largest difference between PyTorch's outputs and ONNX
    Runtime's, divided by the largest output; None when ONNX Runtime is not installed and nothing was checked.
    """

    path: pathlib.Path
    exporter: str
    input_names: tuple
    output_names: tuple
    max_relative_error: float | None

    def __str__(self):
        checked = "not checked: onnxruntime is not installed"
        if self.max_relative_error is not None:
            checked = f"within {self.max_relative_error:.1e} of PyTorch"
        names = f"{', '.join(self.input_names)} -> {', '.join(self.output_names)}"
        return f"{self.path} ({self.exporter} exporter; {names}; {checked})"


def export(module, example_inputs, path, input_names=None, output_names=None, dynamic_batch=True, opset=17):
    """Export `module` to the ONNX file `path` and check it against PyTorch.

    example_inputs: a tensor, or a tuple of tensors, as `module(*example_inputs)` takes them.
    input_names, output_names: names in the file; by default the parameters of `forward`, and "output" or "output_0", "output_1"...
    dynamic_batch: whether the first dimension of every input and output is free ("batch"); tried with twice the examples' batch.
    opset: the ONNX operator set to write.

    The module is exported in evaluation mode and left in the mode it was in. Returns an Export. Raises HeadraceError when no exporter
    of torch can take the module, or when the file does not compute what the module does; nothing is written then.
    """
    import torch

    inputs = (example_inputs,) if isinstance(example_inputs, torch.Tensor) else tuple(example_inputs)
    with evaluating(module), torch.no_grad(), _beside(path) as temporary:
        expected = _flatten(module(*inputs))
        names = _input_names(module, inputs, input_names)
        outputs = tuple(output_names or _default_output_names(len(expected)))
        if len(outputs) != len(expected):
            raise HeadraceError(f"output_names has {len(outputs)} names, but the module returns {len(expected)} tensors")
        exporter = _write(module, inputs, temporary, names, outputs, dynamic_batch, opset)
        error = _verify(temporary, names, inputs, expected)
        if error is not None and dynamic_batch:
            _verify_batch(module, temporary, names, inputs)
    return Export(pathlib.Path(path), exporter, names, outputs, error)


@contextlib.contextmanager
def evaluating(module):
    """Put the module in evaluation mode; every layer is in the mode it was in afterwards."""
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for layer, training in modes.items():
            layer.training = training


@contextlib.contextmanager
def _beside(path):
    """Yield a path in a temporary folder beside `path`; all files that stand there in the end are moved, the model last."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".headrace-") as folder:
        temporary = pathlib.Path(folder) / path.name
        yield temporary
        for companion in sorted(pathlib.Path(folder).iterdir(), key=lambda file: file == temporary):
            os.replace(companion, path.parent / companion.name)


def _flatten(outputs):
    """The tensors of a module's result in the order in which torch.onnx numbers them."""
    import torch

    if isinstance(outputs, torch.Tensor):
        return [outputs]
    values = outputs.values() if isinstance(outputs, dict) else outputs
    if not isinstance(outputs, (dict, tuple, list)):
        raise HeadraceError(f"the module returns a {type(outputs).__name__}; tensors, and tuples, lists or dicts of them, can be "
                            "exported")
    return [tensor for value in values for tensor in _flatten(value)]


def _input_names(module, inputs, given):
    if given is None:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = [p.name for p in inspect.signature(module.forward).parameters.values() if p.kind in kinds]
        return tuple(parameters[i] if i < len(parameters) else f"input_{i}" for i in range(len(inputs)))
    if len(given) != len(inputs):
        raise HeadraceError(f"input_names has {len(given)} names, but there are {len(inputs)} example inputs")
    return tuple(given)


def _default_output_names(count):
    return ["output"] if count == 1 else [f"output_{i}" for i in range(count)]


def _write(module, inputs, path, names, outputs, dynamic_batch, opset):
    """Write the file with the first exporter that can, and return that exporter's name."""
    import torch

    common = dict(input_names=list(names), output_names=list(outputs), opset_version=opset)
    axes = {name: {0: "batch"} for name in (*names, *outputs)} if dynamic_batch else None
    try:  # needs no package besides torch
        with warnings.catch_warnings():  # about constants that tracing bakes in: the file is compared with the module afterwards
            warnings.simplefilter("ignore")
            torch.onnx.export(module, inputs, str(path), dynamo=False, dynamic_axes=axes, **common)
        return "torchscript"
    except Exception as error:  # whatever the exporter stumbles over: the other one may do better
        first = error
    if importlib.util.find_spec("onnxscript") is None:
        raise HeadraceError(
            f"torch's TorchScript exporter cannot export the module: {first}; the newer exporter may, "
            "but needs a package that is not installed: pip install onnxscript"
        ) from first
    try:
        shapes = tuple({0: torch.export.Dim("batch")} for _ in inputs) if dynamic_batch else None
        torch.onnx.export(module, inputs, str(path), dynamo=True, external_data=False, dynamic_shapes=shapes, **common)
        return "dynamo"
    except Exception as second:
        raise HeadraceError(f"no exporter of torch can export the module. TorchScript: {first}. Dynamo: {second}") from second


def _verify(path, names, inputs, expected):
    """Compare ONNX Runtime's outputs with PyTorch's; return the largest relative error, or None without ONNX Runtime."""
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised; it need not be printed as well
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {value.name for value in session.get_inputs()}  # the exporter drops inputs that the module does not read
    feeds = {name: tensor.numpy() for name, tensor in zip(names, inputs) if name in known}
    results = zip((output.name for output in session.get_outputs()), session.run(None, feeds), expected)
    worst = max(_relative_error(name, result, tensor.numpy()) for name, result, tensor in results)
    if not worst <= RELATIVE_TOLERANCE:  # NaN is no success
        raise HeadraceError(f"the exported file computes something else than the module: relative error {worst:.2g} "
                            f"(at most {RELATIVE_TOLERANCE:g} is expected)")
    return worst


def _verify_batch(module, path, names, inputs):
    """Check that the file takes another batch than the examples' too: a size that tracing baked in shows here."""
    import torch

    doubled = [torch.cat([tensor, tensor]) for tensor in inputs]
    try:
        _verify(path, names, doubled, _flatten(module(*doubled)))
    except Exception as error:
        raise HeadraceError(
            f"the module or the exported file works with the examples' batch of {len(inputs[0])} only: {error}; look for sizes taken "
            "as plain numbers (x.view(8, -1) or int(x.shape[0]) instead of x.flatten(1)), or export with dynamic_batch=False"
        ) from error


def _relative_error(name, output, expected):
    if output.shape != expected.shape:
        raise HeadraceError(f"output {name} of the exported file has shape {output.shape}, the module's {expected.shape}")
    if output.size == 0:
        return 0.0
    output, expected = output.astype("float64"), expected.astype("float64")
    return float(abs(output - expected).max() / max(abs(expected).max(), 1e-12))

"""From a PyTorch module to a verified ONNX file."""
import contextlib
import dataclasses
import importlib.util
import inspect
import os
import pathlib
import tempfile
import warnings

from headrace._binary import run as _run
from headrace._errors import HeadraceError

# The largest element-wise difference from PyTorch that a correct float32 export shows, relative to the largest output.
RELATIVE_TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Export:
    """What was written and how.

    `exporter` is "torch.export", "torchscript" or "dynamo"; `refused` holds, for each that was tried before it, why it could not.
    `max_relative_error` is the largest difference between PyTorch's outputs and ONNX Runtime's, divided by the largest output; None
    when ONNX Runtime is not installed and nothing was checked.
    """

    path: pathlib.Path
    exporter: str
    input_names: tuple
    output_names: tuple
    max_relative_error: float | None
    refused: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        checked = "not checked: onnxruntime is not installed"
        if self.max_relative_error is not None:
            checked = f"within {self.max_relative_error:.1e} of PyTorch"
        names = f"{', '.join(self.input_names)} -> {', '.join(self.output_names)}"
        reasons = "".join(f"\n  not by {name}: {_first_line(reason)}" for name, reason in self.refused.items())
        return f"{self.path} (by {self.exporter}; {names}; {checked}){reasons}"


@dataclasses.dataclass(frozen=True)
class _Task:
    """What every exporter is asked for."""

    module: object
    inputs: tuple
    input_names: tuple
    output_names: tuple
    dynamic_batch: bool
    opset: int | None


def export(module, example_inputs, path, input_names=None, output_names=None, dynamic_batch=True, opset=None, check_inputs=()):
    """Export `module` to the file `path`, and check it against PyTorch.

    example_inputs: a tensor, or a tuple of tensors, as `module(*example_inputs)` takes them.
    path: an ONNX file, or, with the ending .pt2, an archive of torch.export: every command of headrace reads it, and takes new
        weights for it (--weights) without Python.
    input_names, output_names: names in the file; by default the parameters of `forward`, and "output" or "output_0", "output_1"...
        An archive of torch.export keeps PyTorch's own.
    dynamic_batch: whether the first dimension of every input and output is free ("batch"); tried with twice the examples' batch.
    opset: the ONNX operator set to write; None: 18 by torch.export, 17 by the others.
    check_inputs: more inputs to check the file with, each like example_inputs: real ones find what random ones do not.

    torch.export and headrace's own reader are tried first, then torch's ONNX exporters. The module is exported in evaluation mode and
    left in the mode it was in. Returns an Export, which says who did it and why others could not. Raises HeadraceError when nobody
    can, or when what they write does not compute what the module does; nothing is written then.
    """
    import torch

    inputs = _as_tuple(example_inputs)
    path = pathlib.Path(path)
    with evaluating(module), torch.no_grad(), _beside(path) as temporary:
        expected = _flatten(module(*inputs))
        outputs = tuple(output_names or _default_output_names(len(expected)))
        if len(outputs) != len(expected):
            raise HeadraceError(f"output_names has {len(outputs)} names, but the module returns {len(expected)} tensors")
        task = _Task(module, inputs, _input_names(module, inputs, input_names), outputs, dynamic_batch, opset)
        checks = [inputs, *map(_as_tuple, check_inputs)]
        exporter, error, refused = _first_that_can(task, temporary, checks)
    return Export(path, exporter, task.input_names, outputs, error, refused)


def _as_tuple(inputs):
    import torch

    return (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)


def _first_that_can(task, path, checks):
    """Write the file; return the exporter's name, the largest relative error, and why those before it could not."""
    exporters = {"torch.export": _by_torch_export}
    if path.suffix != ".pt2":
        exporters.update({"torchscript": _by_tracing, "dynamo": _by_dynamo})
    refused = {}
    for name, write in exporters.items():
        try:
            with warnings.catch_warnings():  # about what tracing bakes in: the file is compared with the module afterwards
                warnings.simplefilter("ignore")
                onnx = write(task, path)
            return name, _check(task, onnx, checks), refused
        except Exception as error:  # whatever an exporter stumbles over: another may do better
            refused[name] = str(error) or type(error).__name__
            for left in path.parent.iterdir():
                left.unlink()
    reasons = "\n".join(f"{name}: {reason}" for name, reason in refused.items())
    raise HeadraceError(f"no exporter of torch can export the module.\n{reasons}")


def _first_line(text):
    return text.strip().splitlines()[0]


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
        names = [p.name for p in _parameters(module) if p.kind in kinds]
        return tuple(names[i] if i < len(names) else f"input_{i}" for i in range(len(inputs)))
    if len(given) != len(inputs):
        raise HeadraceError(f"input_names has {len(given)} names, but there are {len(inputs)} example inputs")
    return tuple(given)


def _parameters(module):
    """Of the module's forward; TorchScript's has no signature that Python knows."""
    try:
        return list(inspect.signature(module.forward).parameters.values())
    except ValueError:
        return []


def _default_output_names(count):
    return ["output"] if count == 1 else [f"output_{i}" for i in range(count)]


def _by_torch_export(task, path):
    """By torch.export and headrace's reader; return the ONNX file, which for a .pt2 file is a temporary one."""
    import torch

    inputs, shapes = task.inputs, None
    if task.dynamic_batch:
        if any(len(tensor) == 1 for tensor in inputs):  # an extent of 1 would be taken for a constant
            inputs = tuple(torch.cat([tensor, tensor]) for tensor in inputs)
        batch = torch.export.Dim("batch", min=1)
        shapes = ({0: batch},) * len(inputs)
        if any(p.kind is p.VAR_POSITIONAL for p in _parameters(task.module)):
            shapes = (shapes,)
    program = torch.export.export(task.module, inputs, dynamic_shapes=shapes)
    archive = path.with_suffix(".pt2")
    torch.export.save(program, archive)
    if archive == path:  # names and opset stay PyTorch's
        _run(["convert", archive, "-o", path.with_suffix(".check.onnx")])
        return path.with_suffix(".check.onnx")
    names = ["--input-names", ",".join(task.input_names), "--output-names", ",".join(task.output_names)]
    _run(["convert", archive, "-o", path, *names, *(["--opset", task.opset] if task.opset else [])])
    archive.unlink()
    return path


def _by_tracing(task, path):
    """By torch's TorchScript exporter, which needs no package besides torch."""
    import torch

    axes = {name: {0: "batch"} for name in (*task.input_names, *task.output_names)} if task.dynamic_batch else None
    torch.onnx.export(task.module, task.inputs, str(path), dynamo=False, dynamic_axes=axes, **_names(task))
    return path


def _by_dynamo(task, path):
    """By torch's newer exporter."""
    import torch

    if importlib.util.find_spec("onnxscript") is None:
        raise HeadraceError("it needs a package that is not installed: pip install onnxscript")
    shapes = tuple({0: torch.export.Dim("batch")} for _ in task.inputs) if task.dynamic_batch else None
    torch.onnx.export(task.module, task.inputs, str(path), dynamo=True, external_data=False, dynamic_shapes=shapes, **_names(task))
    return path


def _names(task):
    return dict(input_names=list(task.input_names), output_names=list(task.output_names), opset_version=task.opset or 17)


def _check(task, onnx, checks):
    """Compare the file with the module; return the largest relative error, or None without ONNX Runtime."""
    try:
        names = task.input_names
        errors = [_verify(onnx, names, inputs, _flatten(task.module(*inputs))) for inputs in checks]
        if None not in errors and task.dynamic_batch:
            _verify_batch(task.module, onnx, names, task.inputs)
        return None if None in errors else max(errors)
    finally:
        if onnx.name.endswith(".check.onnx"):
            onnx.unlink()


def _verify(path, names, inputs, expected):
    """Compare ONNX Runtime's outputs with PyTorch's; return the largest relative error, or None without ONNX Runtime."""
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised; it need not be printed as well
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = [value.name for value in session.get_inputs()]  # exporters may drop inputs that the module does not read
    if len(known) == len(names):
        names = known
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

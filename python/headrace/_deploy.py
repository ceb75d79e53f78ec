"""deploy(): from a module or a model file to a bundle."""
import json
import pathlib
import tempfile

from headrace import _data
from headrace._binary import run
from headrace._eager import measure_eager
from headrace._errors import HeadraceError
from headrace._export import evaluating, export

DEFAULT_SAMPLES = 128  # of the program's option of this name
DEFAULT_SECONDS = 3


def deploy(model, out, calibration=None, evaluation=None, example_inputs=None, **options):
    """Take a model all the way into a bundle: fuse, calibrate, quantise, verify, measure. Returns its report.json as a dict.

    model: a torch module; or a path: .onnx, .pt2, a checkpoint (.pth, .safetensors) of a known network, or a headrace.toml.
    out: the folder to write; an older bundle there is replaced, a failure leaves nothing behind.
    calibration, evaluation: a path (folder of pictures, .npy, .npz, text list), or samples as the model takes them: an array or
        tensor, a dict of them by input name (labels under "labels"), or an iterable of batches such as a DataLoader. `samples` of them
        are taken for calibration (128 by default), all for evaluation.
    example_inputs: for a module, what to export it with: a tensor or a tuple of tensors. PyTorch's own speed becomes the report's
        first row.
    options: the program's options, by name: observer="entropy", max_drop=1.0, threads=[1, 2], skip_bad=True, preprocess="imagenet"
        (`python -m headrace deploy --help` lists them). Samples given as arrays are taken as they are: preprocess is "none" then.

    Raises HeadraceError with the program's message.
    """
    out = pathlib.Path(out)
    with tempfile.TemporaryDirectory(prefix="headrace-") as folder:
        folder = pathlib.Path(folder)
        if isinstance(model, (str, pathlib.Path)):
            if example_inputs is not None:
                raise HeadraceError("example_inputs are for a torch module; the model is a file")
            names, arguments = None, [model]
        else:
            names, arguments = _prepare_module(model, example_inputs, folder, options)
        arguments += _data_arguments(calibration, evaluation, names, folder, options)
        run(["deploy", *arguments, "-o", out, *_flags(options)])
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def _prepare_module(module, example_inputs, folder, options):
    """Export the module and measure it. Returns its input names and the program's arguments: the model file, what was measured."""
    import torch

    if not isinstance(module, torch.nn.Module):
        raise HeadraceError(f"the model is a {type(module).__name__}; a torch module or a path is expected")
    if example_inputs is None:
        raise HeadraceError("a module is exported by running it: give example_inputs, such as (torch.randn(1, 3, 224, 224),)")
    inputs = (example_inputs,) if isinstance(example_inputs, torch.Tensor) else tuple(example_inputs)
    exported = export(module, inputs, folder / f"{type(module).__name__}.onnx")
    if "--measured" not in run(["deploy", "--help"]):  # a program older than this package
        return exported.input_names, [exported.path]
    threads = options.get("threads", 1)
    threads = threads[0] if isinstance(threads, (list, tuple)) else threads
    with evaluating(module):
        row = measure_eager(module, inputs, options.get("seconds", DEFAULT_SECONDS), threads)
    measured = folder / "measured.json"
    measured.write_text(json.dumps({"model": exported.path.name, "variants": [row]}), encoding="utf-8")
    return exported.input_names, [exported.path, "--measured", measured]


def _data_arguments(calibration, evaluation, names, folder, options):
    arguments, limits = [], {"calibration": options.get("samples", DEFAULT_SAMPLES), "evaluation": None}
    for kind, data in (("calibration", calibration), ("evaluation", evaluation)):
        if data is None:
            continue
        path = _data.as_path(data, names, folder / f"{kind}.npz", limits[kind])
        if path.parent == folder:
            options.setdefault("preprocess", "none")
        arguments += [f"--{kind}", path]
    return arguments


def _flags(options):
    """max_drop=1.0 becomes --max-drop 1.0; True --NAME, False --no-NAME; lists are joined by commas; None is left out."""
    flags = []
    for name, value in options.items():
        name = name.replace("_", "-")
        if value is True or value is False:
            flags.append(f"--{name}" if value else f"--no-{name}")
        elif isinstance(value, (list, tuple)):
            flags += [f"--{name}", ",".join(map(str, value))]
        elif value is not None:
            flags += [f"--{name}", value]
    return flags

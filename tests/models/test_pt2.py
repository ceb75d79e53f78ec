"""Programs of torch.export, read by us and run in ONNX Runtime, compute what PyTorch computes: one small module per operator.

Each case is exported with a dynamic batch, in the form of training (as torch.export leaves it) and decomposed to core ATen.
"""
import zipfile

import numpy
import onnxruntime
import pt2_cases
import pytest
import torch
from torch._export.serde import serialize

import conftest

BATCHES = (1, 3)
# What PyTorch decomposes; the rest is the same in both forms.
DECOMPOSED = ("norm", "pool", "attention", "transformer", "linear", "interpolate", "nearest", "bilinear", "bicubic", "change", "assign", "fill",
              "SiLU", "Hardswish", "GELU", "RReLU", "PReLU", "LogSigmoid", "split", "qkv", "im2col", "col2im", "index", "without", "quantized", "var")
TABLE = [(*entry, "training") for entry in pt2_cases.CASES]
TABLE += [(*entry, "core") for entry in pt2_cases.CASES if any(part in entry[0] for part in DECOMPOSED)]


class Wrapped(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def dynamic_shapes(inputs, dynamic):
    """The batch of all inputs is one dimension; a dict names the dynamic axes of the first input."""
    names = dynamic if isinstance(dynamic, dict) else {dynamic: "n"}
    return (tuple({axis: torch.export.Dim.DYNAMIC for axis in names} for _ in inputs),)


def at_batch(inputs, batch, factor):
    """The inputs repeated and cut to a batch; a case whose batch counts windows keeps its factor."""
    return tuple(torch.cat([x] * 3)[: batch * factor].contiguous() for x in inputs)


def flat(outputs):
    return [x for x in torch.utils._pytree.tree_leaves(outputs) if x is not None]  # noqa: SLF001


def assert_close(expected, found, what):
    expected = numpy.asarray(expected)
    assert found.dtype == expected.dtype, what
    assert found.shape == expected.shape, what
    if expected.dtype.kind in "biu":
        numpy.testing.assert_array_equal(found, expected, what)
        return
    finite = numpy.isfinite(expected)
    numpy.testing.assert_array_equal(finite, numpy.isfinite(found), what)
    numpy.testing.assert_array_equal(expected[~finite], found[~finite], what)
    y, x = expected[finite].astype(float), found[finite].astype(float)
    noise, signal = ((y - x) ** 2).sum(), (y**2).sum()
    assert noise == 0 or 10 * numpy.log10(signal / noise) >= 90, f"{what}: {10 * numpy.log10(signal / noise):.1f} dB"


def check(program, module, inputs, batches, folder):
    torch.export.save(program, folder / "case.pt2")
    conftest.headrace("convert", folder / "case.pt2", "-o", folder / "case.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "case.onnx", options, providers=["CPUExecutionProvider"])
    for batch in batches:
        given = at_batch(inputs, batch, max(1, inputs[0].shape[0] // 2))
        with torch.no_grad():
            expected = flat(module(*[x.clone() for x in given]))
        feeds = {i.name: x.numpy() for i, x in zip(session.get_inputs(), given)}
        found = session.run(None, feeds)
        assert len(found) == len(expected)
        for i, (y, x) in enumerate(zip(expected, found)):
            assert_close(y, x, f"batch {batch}, output {i}")


def test_flat_archive(tmp_path):
    """What torch.export.save wrote before torch 2.9: the weights as a checkpoint within the archive."""
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU()).eval()
    program = torch.export.export(module, (torch.randn(1, 3, 8, 8),))
    parts = serialize.serialize(program)
    with zipfile.ZipFile(tmp_path / "flat.pt2", "w") as archive:
        archive.writestr("archive_version", "2")
        archive.writestr("serialized_exported_program.json", parts.exported_program)
        archive.writestr("serialized_state_dict.pt", parts.state_dict)
        archive.writestr("serialized_constants.pt", parts.constants)
    conftest.headrace("convert", tmp_path / "flat.pt2", "-o", tmp_path / "flat.onnx")
    x = torch.randn(1, 3, 8, 8)
    session = onnxruntime.InferenceSession(tmp_path / "flat.onnx", providers=["CPUExecutionProvider"])
    with torch.no_grad():
        assert_close(module(x), session.run(None, {session.get_inputs()[0].name: x.numpy()})[0], "flat archive")


@pytest.mark.parametrize(("name", "what", "inputs", "dynamic", "form"), TABLE, ids=[f"{entry[0]}-{entry[-1]}" for entry in TABLE])
def test_operator(name, what, inputs, dynamic, form, tmp_path):
    module = (what if isinstance(what, torch.nn.Module) else Wrapped(what)).eval()
    shapes = dynamic_shapes(inputs, dynamic) if isinstance(module, (Wrapped, pt2_cases.Ones)) else dynamic_shapes(inputs, dynamic)[0]
    program = torch.export.export(module, inputs, dynamic_shapes=shapes, strict=False)
    if form == "core":
        program = program.run_decompositions()
    check(program, module, inputs, BATCHES, tmp_path)

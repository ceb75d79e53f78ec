"""python -m headrace import: pickled modules and TorchScript, only when trusted."""
import pathlib
import subprocess
import sys

import pytest
import torch
from torch import nn

import headrace
from headrace._import import import_trusted

PYTHON = pathlib.Path(headrace.__file__).parents[1]


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)).eval()


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "headrace", "import", *map(str, arguments)], cwd=PYTHON, capture_output=True, text=True,
                          check=False)


def test_without_trust_nothing_is_loaded(tmp_path):
    torch.save(small(), tmp_path / "module.pth")
    result = command(tmp_path / "module.pth")
    assert result.returncode == 1
    assert result.stderr.startswith("error: ") and "--trust" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["module.pth"]


def test_a_pickled_module_becomes_an_exported_program(tmp_path):
    torch.save(small(), tmp_path / "module.pth")
    result = command(tmp_path / "module.pth", "--trust", "--input", "2x3x8x8")
    assert result.returncode == 0, result.stderr
    assert "by torch.export" in result.stdout
    assert (tmp_path / "module.pt2").exists()


def test_torchscript_becomes_onnx(tmp_path):
    torch.jit.script(small()).save(tmp_path / "scripted.pt")
    result = import_trusted(tmp_path / "scripted.pt", tmp_path / "m.onnx", [(2, 3, 8, 8)])
    assert result.max_relative_error < 1e-5


def test_weights_need_no_trust(tmp_path):
    torch.save(small().state_dict(), tmp_path / "weights.pth")
    with pytest.raises(headrace.HeadraceError, match="--weights weights.pth"):
        import_trusted(tmp_path / "weights.pth", tmp_path / "m.onnx", [(2, 3, 8, 8)])


@pytest.mark.parametrize("shape", ["", "0x3", "2,3", "axb"])
def test_shapes_that_are_none(tmp_path, shape):
    result = command(tmp_path / "x.pth", "--trust", "--input", shape)
    assert result.returncode == 2
    assert "is no shape" in result.stderr

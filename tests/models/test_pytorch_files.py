"""PyTorch's files on the command line: exported programs, checkpoints, new weights in an old graph; no Python needed."""
import subprocess

import conftest
import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn


def network(seed):
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 5))
    module[1].running_mean.normal_()
    module[1].running_var.uniform_(0.5, 2)
    return module.eval()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A .pt2 file of network(0), with a free batch."""
    path = tmp_path_factory.mktemp("program") / "small.pt2"
    exported = torch.export.export(network(0), (torch.randn(2, 3, 8, 8),), dynamic_shapes=({0: torch.export.Dim("n", min=1)},))
    torch.export.save(exported, path)
    return path


def convert(*arguments, environment=None):
    command = [str(conftest.headrace_cli.HEADRACE), "convert", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def answers(path, picture):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: picture.numpy()})[0]


def test_no_python_is_needed(program, tmp_path):
    done = convert(program, "-o", tmp_path / "m.onnx", environment={"PATH": "/nonexistent", "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    picture = torch.randn(3, 3, 8, 8)
    np.testing.assert_allclose(answers(tmp_path / "m.onnx", picture), network(0)(picture).detach(), atol=1e-5)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-1), (torch.float64, 1e-5)])
def test_new_weights_in_an_old_graph(program, tmp_path, nested, dtype, tolerance):
    weights = {name: value.to(dtype) if value.is_floating_point() else value for name, value in network(1).state_dict().items()}
    saved = {"epoch": 90, "state_dict": {f"module.{name}": value for name, value in weights.items()}} if nested else weights
    torch.save(saved, tmp_path / "epoch90.pth")
    done = convert("--graph", program, "--weights", tmp_path / "epoch90.pth", "-o", tmp_path / "m.onnx")
    assert done.returncode == 0, done.stderr
    picture = torch.randn(2, 3, 8, 8)
    expected = network(1)(picture).detach()
    np.testing.assert_allclose(answers(tmp_path / "m.onnx", picture), expected, atol=tolerance)
    assert abs(network(0)(picture).detach() - expected).max() > 0.2  # the graph's own weights would show


def test_weights_that_do_not_fit_are_listed_all_at_once(program, tmp_path):
    weights = network(1).state_dict()
    weights["4.weight"] = weights["4.weight"][:, :100].clone()
    weights["head.bias"] = weights.pop("4.bias")
    torch.save(weights, tmp_path / "other.pth")
    done = convert("--graph", program, "--weights", tmp_path / "other.pth", "-o", tmp_path / "m.onnx")
    assert done.returncode == 1
    for part in ("other.pth", "not in the checkpoint (1)", "4.bias [5]", "not in the graph (1)", "head.bias [5]", "float32 [5, 288] in the graph"):
        assert part in done.stderr
    assert not (tmp_path / "m.onnx").exists()


def test_new_weights_go_into_programs_only(tmp_path):
    torch.save(network(1).state_dict(), tmp_path / "w.pth")
    done = convert(conftest.MODELS / "resnet50.onnx", "--weights", tmp_path / "w.pth", "-o", tmp_path / "m.onnx")
    assert done.returncode == 2
    assert "go into an exported program" in done.stderr


def test_a_pickled_module_is_refused_and_the_way_out_named(tmp_path):
    torch.save(network(1), tmp_path / "module.pth")
    done = convert(tmp_path / "module.pth", "-o", tmp_path / "m.onnx")
    assert done.returncode == 1
    assert "python -m headrace import FILE --trust" in done.stderr


def test_names_given_while_converting(program, tmp_path):
    assert convert(program, "-o", tmp_path / "m.onnx", "--input-names", "picture", "--output-names", "scores").returncode == 0
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    assert [value.name for value in (*session.get_inputs(), *session.get_outputs())] == ["picture", "scores"]
    done = convert(program, "-o", tmp_path / "n.onnx", "--input-names", "a,b")
    assert done.returncode == 2
    assert "2 names for 1 inputs" in done.stderr


@pytest.mark.parametrize("command", ["bench", "inspect", "profile"])
def test_other_commands_take_programs_and_checkpoints(command):
    arguments = ["--engine", "native", "--seconds", "0.1"] if command == "bench" else ["--runs", "1"] if command == "profile" else []
    for name in ("resnet50.pt2", "efficientnet_lite0.pth"):
        assert conftest.headrace(command, conftest.MODELS / name, *arguments)

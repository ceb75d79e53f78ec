"""headrace.deploy() and python -m headrace against a stand-in for the program, and against the real one where it is built."""
import json
import os
import pathlib
import subprocess
import sys

import numpy
import pytest
import torch
from torch import nn

import headrace
from headrace import _binary

PACKAGE = pathlib.Path(headrace.__file__).parents[1]


def module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5))


def value_of(call, flag):
    return call[call.index(flag) + 1]


def test_paths_and_options_become_the_command_line(program, tmp_path):
    report = headrace.deploy("m.onnx", tmp_path / "out", calibration="photos", max_drop=1.5, threads=[1, 2], skip_bad=True,
                             lattice_input=False, observer=None)
    assert report == {"recommended": "INT8, ort"}
    assert program.call() == ["deploy", "m.onnx", "--calibration", "photos", "-o", str(tmp_path / "out"), "--max-drop", "1.5",
                              "--threads", "1,2", "--skip-bad", "--no-lattice-input"]


def test_error_of_the_program_is_raised_with_its_message(program, tmp_path):
    program.answer(code=1, stderr="warning: old opset\nerror: m.onnx: this is no model\nsecond line\n")
    with pytest.warns(UserWarning, match="old opset"), pytest.raises(headrace.HeadraceError) as raised:
        headrace.deploy("m.onnx", tmp_path / "out")
    assert str(raised.value) == "m.onnx: this is no model\nsecond line"
    assert raised.value.exit_code == 1


def test_program_that_says_nothing_or_is_killed(program, tmp_path):
    program.answer(code=3)
    with pytest.raises(headrace.HeadraceError, match="ended with code 3"):
        headrace.deploy("m.onnx", tmp_path / "out")
    program.path.write_text("#!/bin/sh\nkill -9 $$\n")
    with pytest.raises(headrace.HeadraceError, match="ended by signal 9"):
        headrace.deploy("m.onnx", tmp_path / "out")


def test_module_is_exported_and_measured(program, tmp_path):
    headrace.deploy(module(), tmp_path / "out", calibration=torch.randn(6, 3, 8, 8), example_inputs=torch.randn(2, 3, 8, 8),
                    seconds=0.01)
    call = program.call()
    assert (program.kept / "Sequential.onnx").exists()
    row = json.loads((program.kept / "measured.json").read_text())["variants"][0]
    assert row["name"] == "PyTorch eager" and row["batch"] == 1 and row["threads"] == 1
    assert row["size_bytes"] == 4 * (8 * 27 + 8 + 5 * 288 + 5)
    latency = row["latency_ms"]
    assert 0 < latency["min"] <= latency["median"] <= latency["p90"] <= latency["p99"] <= latency["max"]
    assert value_of(call, "--measured").endswith("measured.json")
    assert value_of(call, "--preprocess") == "none"
    assert numpy.load(program.kept / "calibration.npz")["input"].shape == (6, 3, 8, 8)


def test_older_program_without_measured_rows(program, tmp_path):
    program.answer(help="--calibration")
    headrace.deploy(module(), tmp_path / "out", example_inputs=torch.randn(2, 3, 8, 8))
    assert "--measured" not in program.call()


def test_loader_with_labels_is_read_as_far_as_needed(program, tmp_path):
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(20, 3, 8, 8), torch.arange(20)), batch_size=4)
    headrace.deploy(module(), tmp_path / "out", calibration=loader, evaluation=loader, example_inputs=torch.randn(2, 3, 8, 8),
                    samples=6, seconds=0.01)
    calibration, evaluation = (numpy.load(program.kept / name) for name in ("calibration.npz", "evaluation.npz"))
    assert calibration["input"].shape[0] == 6
    assert calibration["labels"].tolist() == list(range(6))
    assert evaluation["labels"].tolist() == list(range(20))
    assert value_of(program.call(), "--samples") == "6"


def test_arrays_for_a_model_file(program, tmp_path):
    headrace.deploy("m.onnx", tmp_path / "a", calibration=numpy.zeros((4, 3), numpy.float32))
    assert numpy.load(program.kept / "calibration.npz")["arr_0"].shape == (4, 3)
    headrace.deploy("m.onnx", tmp_path / "b", calibration={"ids": torch.ones(2, 3), "mask": numpy.ones((2, 3))})
    assert set(numpy.load(program.kept / "calibration.npz")) == {"ids", "mask"}
    headrace.deploy("m.onnx", tmp_path / "c", calibration=[{"ids": torch.ones(2, 3)}, {"ids": torch.ones(1, 3)}])
    assert numpy.load(program.kept / "calibration.npz")["ids"].shape == (3, 3)


@pytest.mark.parametrize("data, message", [
    ([], "hold no batch"),
    ([(torch.ones(2, 3), torch.ones(2, 3))], "several inputs, give dicts"),
    ([torch.ones(1, 2), (torch.ones(1, 2), torch.tensor([1]))], "differ in their number"),
])
def test_data_that_cannot_be_used(program, tmp_path, data, message):
    with pytest.raises(headrace.HeadraceError, match=message):
        headrace.deploy("m.onnx", tmp_path / "out", calibration=data)


def test_wrong_calls(program, tmp_path):
    with pytest.raises(headrace.HeadraceError, match="give example_inputs"):
        headrace.deploy(module(), tmp_path / "out")
    with pytest.raises(headrace.HeadraceError, match="the model is a file"):
        headrace.deploy("m.onnx", tmp_path / "out", example_inputs=torch.ones(1))
    with pytest.raises(headrace.HeadraceError, match="the model is a int"):
        headrace.deploy(3, tmp_path / "out", example_inputs=torch.ones(1))


def test_program_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADRACE", str(tmp_path / "absent"))
    with pytest.raises(headrace.HeadraceError, match="environment variable HEADRACE"):
        headrace.deploy("m.onnx", tmp_path / "out")
    monkeypatch.delenv("HEADRACE")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_binary, "_BUILD", tmp_path / "absent")
    with pytest.raises(headrace.HeadraceError, match="./run build"):
        headrace.deploy("m.onnx", tmp_path / "out")


def run_module(*words, **environment):
    return subprocess.run([sys.executable, "-m", "headrace", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(PACKAGE), **environment})


def test_module_call_is_the_program(program):
    program.answer(code=2, stderr="error: no\n")
    done = run_module("inspect", "a b")
    assert done.returncode == 2 and done.stderr == "error: no\n"
    assert program.call() == ["inspect", "a b"]


def test_module_call_without_the_program(tmp_path):
    done = run_module("doctor", HEADRACE=str(tmp_path / "absent"))
    assert done.returncode == 1 and done.stderr.startswith("error: ")


def real_program():
    try:
        return _binary.find_binary()
    except headrace.HeadraceError:
        return None


def takes_measured_rows():
    return real_program() is not None and "--measured" in _binary.run(["deploy", "--help"])


needs_program = pytest.mark.skipif(real_program() is None, reason="the headrace program is not built")


@pytest.fixture(scope="module")
def real_report(tmp_path_factory):
    """The report of a real deployment of a small module, measured briefly."""
    samples = torch.randn(16, 3, 8, 8)
    return headrace.deploy(module(), tmp_path_factory.mktemp("real") / "out", calibration=samples, evaluation=samples,
                           example_inputs=samples[:2], seconds=0.1, engine="ort", max_drop=100)


@needs_program
def test_real_program_takes_a_module_to_a_bundle(real_report):
    assert {variant["precision"] for variant in real_report["variants"]} >= {"fp32", "int8"}
    assert real_report["recommended"] in {variant["name"] for variant in real_report["variants"]}


@pytest.mark.skipif(not takes_measured_rows(), reason="the headrace program has no option --measured")
def test_real_program_reports_pytorch_first(real_report):
    row = real_report["variants"][0]
    assert row["name"] == "PyTorch eager" and row["latency_ms"]["median"] > 0


@needs_program
def test_real_program_names_what_is_missing(tmp_path):
    with pytest.raises(headrace.HeadraceError, match="absent.onnx"):
        headrace.deploy(tmp_path / "absent.onnx", tmp_path / "out", calibration=torch.ones(2, 3))
    assert not (tmp_path / "out").exists()

"""quantize, compare and bench."""

import json
import signal
import subprocess
import time

import onnx
import pytest
from conftest import BINARY, SPEC
from small_models import write_cnn


@pytest.fixture(scope="session")
def int8(cnn, photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("int8") / "int8.onnx"
    subprocess.run([BINARY, "quantize", cnn, "-o", out, "--calibration", photos, "--preprocess", SPEC], check=True, timeout=300)
    return out


def test_quantize_static(int8):
    ops = {node.op_type for node in onnx.load(int8).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= ops
    assert onnx.load(int8).graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"


def test_quantize_dynamic_needs_no_data(succeed, cnn, tmp_path):
    succeed("quantize", cnn, "-o", tmp_path / "dynamic.onnx", "--mode", "dynamic")
    assert "DynamicQuantizeLinear" in {node.op_type for node in onnx.load(tmp_path / "dynamic.onnx").graph.node}


def test_old_opset_is_raised_or_refused(succeed, fail, photos, tmp_path):
    write_cnn(tmp_path / "old.onnx", opset=11)
    data = ["--calibration", photos, "--preprocess", SPEC]
    assert "converted to 13" in succeed("quantize", tmp_path / "old.onnx", "-o", tmp_path / "new.onnx", *data)
    assert onnx.load(tmp_path / "new.onnx").opset_import[0].version == 13
    fail("quantize", tmp_path / "old.onnx", "-o", tmp_path / "x.onnx", *data, "--opset", 11, code=1, parts=["per-tensor", "13"])
    succeed("quantize", tmp_path / "old.onnx", "-o", tmp_path / "tensor.onnx", *data, "--per-tensor")
    assert onnx.load(tmp_path / "tensor.onnx").opset_import[0].version == 11


def test_compare(succeed, cnn, int8, photos):
    same = json.loads(succeed("compare", cnn, cnn, "--data", photos, "--preprocess", SPEC, "--json"))
    assert same["same_bits"] is True and same["sqnr_db"] == "inf" and same["max_abs_error"] == 0
    assert same["agreement_top1"] == 1 and same["samples"] == 12
    other = json.loads(succeed("compare", cnn, int8, "--data", photos, "--preprocess", SPEC, "--layers", "--json"))
    assert other["sqnr_db"] > 15 and other["max_abs_error"] > 0
    assert 0 <= other["a"]["top1"] <= 1 and 0 <= other["b"]["top1"] <= 1
    assert other["layers"] and all(layer["node"] for layer in other["layers"])
    assert "SQNR" in succeed("compare", cnn, int8, "--data", photos, "--preprocess", SPEC)


def test_bench(succeed, cnn, int8):
    arguments = ["bench", cnn, int8, "--engine", "ort", "--clients", "1,2", "--seconds", "0.2", "--rounds", "3"]
    report = json.loads(succeed(*arguments, "--json"))
    assert report["cpu"]["name"]
    assert len(report["results"]) == 4
    for result in report["results"]:
        assert {"model", "engine", "exact", "isa", "threads", "batch", "clients", "latency_ms", "throughput_per_s", "peak_rss_bytes"} <= set(result)
        assert 0 < result["latency_ms"]["min"] <= result["latency_ms"]["median"] <= result["latency_ms"]["p99"]
        assert len(result["round_min_ms"]) == 3 and min(result["round_min_ms"]) == result["latency_ms"]["min"]
        assert result["error"] is None
    lines = succeed(*arguments, "--csv").splitlines()
    assert len(lines) == 5 and lines[0].startswith("model,engine")
    text = succeed(*arguments)
    assert "1.00x" in text and "recommended: " in text


@pytest.mark.parametrize("times", [1, 2])
def test_interrupt_leaves_nothing(cnn, photos, tmp_path, times):
    """SIGINT while it works: exit code 130 and no files; a second one leaves at once. A list of many repeated samples keeps it busy."""
    pictures = sorted(photos.rglob("*.png"))
    (tmp_path / "list.txt").write_text("\n".join(str(path) for path in pictures * 20000) + "\n")
    command = [BINARY, "quantize", cnn, "-o", tmp_path / "int8.onnx", "--calibration", tmp_path / "list.txt", "--preprocess", SPEC, "--samples", "200000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert process.poll() is None, "it was done before the signal came"
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.001)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "stopped" in errors or times == 2
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]

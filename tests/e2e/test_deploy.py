"""deploy and run: a bundle from end to end."""

import json
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from conftest import BINARY, SPEC
from small_models import write_regression


@pytest.fixture(scope="session")
def bundle(cnn, photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("deploy") / "bundle"
    command = [BINARY, "deploy", cnn, "-o", out, "--calibration", photos, "--preprocess", SPEC, "--engine", "ort", "--seconds", "0.3"]
    process = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert process.returncode == 0, process.stderr
    assert "INT8, ort" in process.stdout
    return out


def test_the_bundle_is_complete(bundle):
    names = {"model.onnx", "headrace.toml", "signature.json", "report.json", "report.html", "labels.txt"}
    assert {path.name for path in bundle.iterdir()} == names
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]
    assert (bundle / "labels.txt").read_text() == "cat\ndog\n"
    assert json.loads((bundle / "signature.json").read_text())["inputs"][0]["shape"] == ["N", 3, 32, 32]
    assert tomllib.loads((bundle / "headrace.toml").read_text())["data"]["preprocess"] == SPEC
    assert "<html" in (bundle / "report.html").read_text()[:200]
    session = onnxruntime.InferenceSession(str(bundle / "model.onnx"), providers=["CPUExecutionProvider"])
    assert session.run(None, {"x": np.zeros((2, 3, 32, 32), np.float32)})[0].shape == (2, 2)


def test_the_report(bundle):
    report = json.loads((bundle / "report.json").read_text())
    assert report["model"] == "cnn.onnx"
    assert report["cpu"]["name"] and report["cpu"]["isa"]
    names = [variant["name"] for variant in report["variants"]]
    assert names == ["FP32 as given, ort", "FP32, ort", "INT8, ort"]
    assert report["recommended"] in names
    for variant in report["variants"]:
        assert {"name", "precision", "engine", "exact", "size_bytes", "threads", "batch", "latency_ms", "throughput_per_s",
                "peak_rss_bytes", "accuracy"} <= set(variant)
        assert variant["latency_ms"]["median"] > 0
        assert 0 <= variant["accuracy"]["top1"] <= 1
    assert report["variants"][1]["accuracy"]["agreement_top1"] == 1


def test_the_recipe_makes_the_bundle_again(succeed, bundle, tmp_path):
    report = json.loads(succeed("deploy", bundle / "headrace.toml", "-o", tmp_path / "again", "--seconds", "0.1", "--json"))
    assert report["model"] == "cnn.onnx"
    assert (tmp_path / "again/report.json").exists()
    # Replacing a bundle keeps nothing of the old one.
    (tmp_path / "again/stale").write_text("x")
    succeed("deploy", bundle / "headrace.toml", "-o", tmp_path / "again", "--seconds", "0.1")
    assert not (tmp_path / "again/stale").exists()


def test_run_a_bundle(succeed, bundle, photos):
    picture = sorted(photos.rglob("*.png"))[0]
    result = json.loads(succeed("run", bundle, picture, "--json"))["results"][0]
    assert result["input"] == str(picture)
    assert [candidate["label"] for candidate in result["top"]] in (["cat", "dog"], ["dog", "cat"])
    assert sum(candidate["probability"] for candidate in result["top"]) == pytest.approx(1, abs=1e-5)
    text = succeed("run", bundle, photos, "--top", 1)
    assert text.count("%") == 12


def test_a_flag_wins_over_the_bundle(succeed, fail, bundle, photos, tmp_path):
    """Also one whose value is the default's: what was given counts, not what differs."""
    picture = sorted(photos.rglob("*.png"))[0]
    other = tmp_path / "bundle"
    shutil.copytree(bundle, other)
    recipe = (other / "headrace.toml").read_text()
    serve = recipe.index("[serve]")
    (other / "headrace.toml").write_text(recipe[:serve] + recipe[serve:].replace('engine = "ort"', 'engine = "elsewhere"'))
    fail("run", other, picture, code=2, parts=["elsewhere"])
    assert succeed("run", other, picture, "--engine", "ort") == succeed("run", bundle, picture)
    fail("run", bundle, picture, "--preprocess", "imagenet", code=1, parts=["224"])


def test_run_arrays(succeed, bundle, tmp_path):
    write_regression(tmp_path / "model.onnx")
    np.save(tmp_path / "x.npy", np.ones((3, 4), np.float32))
    text = succeed("run", tmp_path / "model.onnx", tmp_path / "x.npy", "--preprocess", "none")
    assert text.count("y: float32[1, 4, 2] =") == 3


def test_a_model_without_int8_is_deployed_in_fp32(succeed, cnn, photos, tmp_path):
    arguments = ["--calibration", photos, "--evaluation", photos, "--preprocess", SPEC, "--engine", "ort", "--seconds", "0.1"]
    report = json.loads(succeed("deploy", cnn, "-o", tmp_path / "b", *arguments, "--skip-ops", "Conv,Gemm,Add,GlobalAveragePool,Relu", "--json"))
    assert report["recommended"] == "FP32, ort"
    assert any("there is no INT8 version" in warning for warning in report["warnings"])
    assert not any("calibration samples" in warning for warning in report["warnings"])


def test_rows_measured_elsewhere_come_first(succeed, fail, cnn, photos, tmp_path):
    row = {"name": "PyTorch eager", "precision": "fp32", "engine": "torch", "exact": True, "size_bytes": 1000, "threads": 1, "batch": 1,
           "latency_ms": {"median": 5.0, "p90": 6.0, "p99": 7.0, "min": 4.0}, "throughput_per_s": 200.0, "peak_rss_bytes": 1, "accuracy": {}}
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps({"model": "net", "variants": [row]}))
    arguments = ["--calibration", photos, "--preprocess", SPEC, "--engine", "ort", "--seconds", "0.1", "--measured"]
    report = json.loads(succeed("deploy", cnn, "-o", tmp_path / "b", *arguments, measured, "--json"))
    assert [variant["name"] for variant in report["variants"]][:2] == ["PyTorch eager", "FP32 as given, ort"]
    assert report["variants"][0]["latency_ms"]["median"] == 5
    assert report["recommended"] != "PyTorch eager"
    measured.write_text("[]")
    fail("deploy", cnn, "-o", tmp_path / "c", *arguments, measured, code=1, parts=["measured.json"])


def test_a_folder_of_something_else_is_not_replaced(fail, cnn, photos, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter1.tex").write_text("years of work")
    arguments = ["--calibration", photos, "--preprocess", SPEC]
    fail("deploy", cnn, "-o", "thesis", *arguments, code=2, parts=["thesis", "something else than a bundle"])


def test_interrupt_leaves_nothing(cnn, photos, tmp_path):
    """SIGTERM while it measures: exit code 130, no bundle and no workers left."""
    command = [BINARY, "deploy", cnn, "-o", tmp_path / "bundle", "--calibration", photos, "--preprocess", SPEC, "--seconds", "60"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while not children.read_text().strip() and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = children.read_text().split()
    assert workers, "no bench worker was started"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert list(tmp_path.iterdir()) == []
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_a_failure_leaves_nothing(fail, cnn, photos, tmp_path):
    fail("deploy", cnn, "-o", tmp_path / "bundle", code=2, parts=["--calibration"])
    fail("deploy", cnn, "-o", tmp_path / "bundle", "--calibration", tmp_path / "none", code=1, parts=["none"])
    fail("deploy", cnn, "-o", tmp_path / "bundle", "--calibration", photos, "--preprocess", "resize=16,crop=16", code=1, parts=["32"])

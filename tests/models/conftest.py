"""The real models, quantised once per test run with default settings."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADRACE = ROOT / "build/release/bin/headrace"
MODELS = ROOT / "out/models"
PHOTOS = ROOT / "out/photos"
HIDE_ISA = ROOT / "build/release/lib/libheadrace_hide_isa.so"
PREPROCESS = ["--preprocess", "imagenet,resize=0,crop=0"]


def headrace(*arguments, environment=None):
    """Run the program; return what it prints. A failure shows its error message."""
    done = subprocess.run([HEADRACE, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **(environment or {})})
    assert done.returncode == 0, f"headrace {' '.join(map(str, arguments))}: {done.stderr}"
    return done.stdout


def compare(a, b, *arguments, environment=None, data=PHOTOS / "evaluation"):
    """Return the JSON of `headrace compare`."""
    return json.loads(headrace("compare", a, b, "--data", data, *PREPROCESS, "--json", *arguments, environment=environment))


def older_cpu():
    """Return the environment in which engines see a CPU without AVX-512 and VNNI; skip where the CPU cannot hide features."""
    doctor = json.loads(headrace("doctor", "--json"))
    if not doctor["cpu"]["isa"].count("vnni"):
        return {}  # it is one
    environment = {"LD_PRELOAD": str(HIDE_ISA), "HEADRACE_HIDE_ISA": "avx512"}
    if subprocess.run(["/bin/true"], env={**os.environ, **environment}, capture_output=True).returncode != 0:
        pytest.skip("not run: this CPU has VNNI and does not let a process hide it (no CPUID faulting)")
    return environment


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def quantize(source, out, *arguments):
    headrace("quantize", source, "-o", out, "--calibration", PHOTOS / "calibration", *PREPROCESS, *arguments)
    return out


@pytest.fixture(scope="session")
def efficientnet(folder):
    """EfficientNet-Lite0 with default settings: (FP32, INT8)."""
    return MODELS / "efficientnet_lite0.onnx", quantize(MODELS / "efficientnet_lite0.onnx", folder / "efficientnet_int8.onnx")


@pytest.fixture(scope="session")
def resnet(folder):
    """ResNet-50 with default settings, calibrated on 16 pictures: (FP32, INT8)."""
    return MODELS / "resnet50.onnx", quantize(MODELS / "resnet50.onnx", folder / "resnet50_int8.onnx", "--samples", 16)

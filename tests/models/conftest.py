"""The real models, quantised once per test run with default settings."""
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks/e2e"))
import headrace_cli
from headrace_cli import MODELS, PHOTOS, compare, headrace, quantize  # noqa: F401, for the tests


def older_cpu():
    """Return the environment in which engines see a CPU without AVX-512 and VNNI; skip where the CPU cannot hide features."""
    environment = headrace_cli.without_vnni()
    if environment is None:
        pytest.skip("not run: this CPU has VNNI and does not let a process hide it (no CPUID faulting)")
    return environment


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def efficientnet(folder):
    """EfficientNet-Lite0 with default settings: (FP32, INT8)."""
    return MODELS / "efficientnet_lite0.onnx", quantize(MODELS / "efficientnet_lite0.onnx", folder / "efficientnet_int8.onnx")


@pytest.fixture(scope="session")
def resnet(folder):
    """ResNet-50 with default settings, calibrated on 16 pictures: (FP32, INT8)."""
    return MODELS / "resnet50.onnx", quantize(MODELS / "resnet50.onnx", folder / "resnet50_int8.onnx", "--samples", 16)

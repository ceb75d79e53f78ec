"""Accuracy of the trained EfficientNet-Lite0 in INT8, on every kind of CPU and engine: the bars that the project promises."""
import conftest
import pytest


def test_ort_on_a_cpu_without_vnni(efficientnet):
    result = conftest.compare(*efficientnet, environment=conftest.older_cpu())
    assert result["samples"] == 622
    assert result["agreement_top1"] >= 0.86
    assert result["sqnr_db"] >= 16


def test_default_and_exact_kernels_give_the_same_bits(efficientnet):
    _, int8 = efficientnet
    result = conftest.compare(int8, int8, "--engine", "ort", "--engine-b", "ort-exact", environment=conftest.older_cpu())
    assert result["same_bits"] and result["max_abs_error"] == 0


def test_an_ordinary_file_saturates_there(folder):
    """The counterpart: without saturation-proof scales the default kernels do clip on such a CPU, so the test above means something."""
    environment = conftest.older_cpu()
    ordinary = conftest.quantize(conftest.MODELS / "efficientnet_lite0.onnx", folder / "ordinary.onnx", "--no-saturation-proof")
    result = conftest.compare(ordinary, ordinary, "--engine", "ort", "--engine-b", "ort-exact", environment=environment)
    assert not result["same_bits"]
    assert result["agreement_top1"] < 0.9


@pytest.mark.parametrize("older", [False, True])
def test_openvino(efficientnet, older):
    result = conftest.compare(*efficientnet, "--engine-b", "openvino", environment=conftest.older_cpu() if older else None)
    assert result["agreement_top1"] >= 0.84
    assert result["sqnr_db"] >= 14.5


def test_int8_file_is_about_a_quarter(efficientnet):
    fp32, int8 = efficientnet
    assert int8.stat().st_size <= 0.27 * fp32.stat().st_size

"""Folding does not change what the real models compute: FP32 after the passes against FP32 before, both in ONNX Runtime."""
import conftest
import pytest


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet50"])
def test_fp32_after_passes_is_fp32_before(name, folder):
    before, after = conftest.MODELS / f"{name}.onnx", folder / f"{name}_folded.onnx"
    conftest.headrace("convert", before, "-o", after)
    result = conftest.compare(before, after, data=conftest.PHOTOS / "calibration")
    assert result["same_bits"] or result["sqnr_db"] == "inf" or result["sqnr_db"] >= 100
    assert result["agreement_top1"] == 1

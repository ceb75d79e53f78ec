"""ONNX Runtime runs the whole of the real models in integer: its own optimised model has no float Conv, Gemm, MatMul or Add left."""
import conftest  # noqa: F401, which makes the benchmarks' modules importable
import pytest
from integer_coverage import FLOAT_OPS, optimized_ops


@pytest.mark.parametrize("name", ["efficientnet", "resnet"])
def test_no_float_compute_is_left(name, request, tmp_path):
    _, int8 = request.getfixturevalue(name)
    ops = optimized_ops(int8, tmp_path)
    assert not FLOAT_OPS & ops.keys(), ops
    assert ops["QLinearConv"] in (49, 53)

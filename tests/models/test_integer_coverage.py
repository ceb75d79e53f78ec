"""ONNX Runtime runs the whole of the real models in integer: its own optimised model has no float Conv, Gemm, MatMul or Add left."""
import collections

import onnx
import onnxruntime
import pytest

FLOAT_OPS = {"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "Add", "GlobalAveragePool", "AveragePool", "MaxPool", "Concat"}


def optimized_ops(model, folder):
    """Return how often each op stands in the model as ONNX Runtime optimises it for the CPU, with the types it works on."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    options.log_severity_level = 4
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(options.optimized_model_filepath).graph
    dequantized = {output for node in graph.node if node.op_type == "DequantizeLinear" for output in node.output}
    quantized = {output for node in graph.node if "Q" in node.op_type and node.op_type != "DequantizeLinear" for output in node.output}
    ops = collections.Counter()
    for node in graph.node:
        integer = node.op_type == "MaxPool" and node.input[0] in quantized and node.input[0] not in dequantized
        ops["integer MaxPool" if integer else node.op_type] += 1
    return ops


@pytest.mark.parametrize("name", ["efficientnet", "resnet"])
def test_no_float_compute_is_left(name, request, tmp_path):
    _, int8 = request.getfixturevalue(name)
    ops = optimized_ops(int8, tmp_path)
    assert not FLOAT_OPS & ops.keys(), ops
    assert ops["QLinearConv"] in (49, 53)

"""Whether ONNX Runtime runs the whole model in integer: counted in the model as it optimises it for this CPU."""
import collections
import pathlib
import tempfile

import bench_files
from row import Row

FLOAT_OPS = {"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "Add", "GlobalAveragePool", "AveragePool", "MaxPool", "Concat"}


def rows(quick):
    del quick
    return [_row(name, bench_files.int8(name)) for name in ("efficientnet_lite0", "resnet50")]


def _row(name, model):
    with tempfile.TemporaryDirectory() as folder:
        ops = optimized_ops(model, pathlib.Path(folder))
    left = {op: count for op, count in ops.items() if op in FLOAT_OPS}
    measured = ", ".join(f"{count} {op}" for op, count in left.items()) or f"none left, {ops['QLinearConv']} QLinearConv"
    return Row(f"{name}: float Conv, Gemm, Add, pools in onnxruntime", measured, "InferenceSession with optimized_model_filepath",
               "none", not left, figures=dict(ops))


def optimized_ops(model, folder):
    """Return how often each op stands in the model as ONNX Runtime optimises it for the CPU; a MaxPool over integers counts as
    "integer MaxPool". `folder`: where the optimised model may be written."""
    import onnx
    import onnxruntime

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

"""Small ONNX models, seeded."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def _model(nodes, inputs, outputs, weights, opset=17):
    graph = helper.make_graph(
        nodes, "small", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in weights.items()]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def cnn(classes=2, opset=17, batch="N"):
    """Conv+BatchNorm+Relu twice with a residual Add, pooling, Gemm: [N, 3, 32, 32] to [N, classes]."""
    random = np.random.default_rng(3)

    def normal(*shape, scale=1.0):
        return (random.standard_normal(shape) * scale).astype(np.float32)

    weights = {"w1": normal(16, 3, 3, 3, scale=0.3), "w2": normal(16, 16, 3, 3, scale=0.1), "wf": normal(classes, 16, scale=2.0), "bf": normal(classes)}
    for name in ("1", "2"):
        weights |= {"s" + name: 1 + 0.1 * normal(16), "b" + name: 0.1 * normal(16), "m" + name: 0.1 * normal(16), "v" + name: 1 + 0.1 * abs(normal(16))}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["c1"], "conv1", pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["c1", "s1", "b1", "m1", "v1"], ["n1"], "bn1"),
        helper.make_node("Relu", ["n1"], ["r1"], "relu1"),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], "conv2", pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c2", "s2", "b2", "m2", "v2"], ["n2"], "bn2"),
        helper.make_node("Add", ["n2", "r1"], ["a"], "add"),
        helper.make_node("Relu", ["a"], ["r2"], "relu2"),
        helper.make_node("GlobalAveragePool", ["r2"], ["p"], "pool"),
        helper.make_node("Flatten", ["p"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "wf", "bf"], ["logits"], "fc", transB=1),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, 32, 32])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, classes])]
    return _model(nodes, inputs, outputs, weights, opset)


def write_cnn(path, **options):
    onnx.save(cnn(**options), path)


def write_cnn_with_nan(path):
    model = cnn()
    for index, tensor in enumerate(model.graph.initializer):
        if tensor.name == "w2":
            values = numpy_helper.to_array(tensor).copy()
            values[3, 4, 1, 1] = np.nan
            model.graph.initializer[index].CopyFrom(numpy_helper.from_array(values, "w2"))
    onnx.save(model, path)


def write_cnn_with_external_data(path, location):
    """A model whose weights claim to lie at `location`, wherever that leads."""
    model = cnn()
    for tensor in model.graph.initializer:
        if tensor.name != "w2":
            continue
        size = len(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, "offset": "0", "length": str(size)}.items():
            tensor.external_data.add(key=key, value=value)
    path.write_bytes(model.SerializeToString())


def write_unknown_op(path):
    node = helper.make_node("Frobnicate", ["x"], ["y"], "frob")
    value = helper.make_tensor_value_info
    model = _model([node], [value("x", TensorProto.FLOAT, [1, 3])], [value("y", TensorProto.FLOAT, [1, 3])], {})
    path.write_bytes(model.SerializeToString())


def write_regression(path):
    """[N, 4] to [N, 4, 2]: nothing that looks like class scores."""
    random = np.random.default_rng(5)
    nodes = [helper.make_node("Reshape", ["x", "to"], ["r"]), helper.make_node("MatMul", ["r", "w"], ["y"], "matmul")]
    value = helper.make_tensor_value_info
    weights = {"to": np.array([-1, 4, 1], np.int64), "w": random.standard_normal((1, 2)).astype(np.float32)}
    onnx.save(_model(nodes, [value("x", TensorProto.FLOAT, ["N", 4])], [value("y", TensorProto.FLOAT, ["N", 4, 2])], weights), path)


def write_square_root(path):
    """[N, 2, 2] to its square roots: NaN for about all random input."""
    value = helper.make_tensor_value_info
    node = helper.make_node("Sqrt", ["x"], ["y"], "root")
    onnx.save(_model([node], [value("x", TensorProto.FLOAT, ["N", 2, 2])], [value("y", TensorProto.FLOAT, ["N", 2, 2])], {}), path)

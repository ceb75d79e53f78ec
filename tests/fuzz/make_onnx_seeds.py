"""Writes the seed corpus of onnx_fuzzer: small models that between them reach every part of the reader.

    .deps/venv/bin/python tests/fuzz/make_onnx_seeds.py     (writes tests/fuzz/onnx/*.onnx)
"""

from pathlib import Path

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent / "onnx"
FLOAT = TensorProto.FLOAT


def value(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def save(name, nodes, inputs, outputs, initializers=(), opset=17, functions=(), extra_opsets=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", opset), *extra_opsets]
    model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=functions)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def convolution():
    weight = numpy_helper.from_array(np.ones((2, 3, 3, 3), np.float32), "w")
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1], auto_pad="NOTSET")
    save("convolution", [node], [value("x", ["N", 3, 8, 8])], [value("y", None)], [weight], opset=11)


def typed_fields():
    tensors = [
        helper.make_tensor("f", FLOAT, [2], [1.0, 2.0]),
        helper.make_tensor("h", TensorProto.FLOAT16, [2], [1.0, 2.0]),
        helper.make_tensor("i4", TensorProto.INT4, [3], [1, -2, 3]),
        helper.make_tensor("l", TensorProto.INT64, [], [7]),
        helper.make_tensor("s", TensorProto.STRING, [1], [b"text"]),
        helper.make_tensor("b", TensorProto.BOOL, [2], [True, False]),
    ]
    node = helper.make_node("Add", ["x", "f"], ["y"])
    save("typed_fields", [node], [value("x", [2])], [value("y", [2])], tensors, opset=21)


def subgraph():
    body = helper.make_graph([helper.make_node("Neg", ["x"], ["r"])], "body", [], [value("r", None)])
    node = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    save("subgraph", [node], [value("c", [], TensorProto.BOOL), value("x", [2])], [value("y", None)])


def shapes():
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Constant", [], ["one"], value_ints=[1]),
        helper.make_node("Concat", ["one", "s"], ["t"], axis=0),
        helper.make_node("Reshape", ["x", "t"], ["y"]),
        helper.make_node("Resize", ["y", "", "scales"], ["z"]),
    ]
    scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales")
    save("shapes", nodes, [value("x", ["C", "H", 4])], [value("z", None)], [scales])


def custom_domain():
    body = [helper.make_node("Add", ["a", "a"], ["b"])]
    twice = helper.make_function("local", "Twice", ["a"], ["b"], body, [helper.make_opsetid("", 17)])
    nodes = [
        helper.make_node("Twice", ["x"], ["t"], domain="local"),
        helper.make_node("Frobnicate", ["t"], ["y"], domain="com.example", factor=2.0),
    ]
    domains = [helper.make_opsetid("local", 1), helper.make_opsetid("com.example", 1)]
    save("custom_domain", nodes, [value("x", [2])], [value("y", None)], functions=[twice], extra_opsets=domains)


def sparse_and_sequence():
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("v", FLOAT, [1], [3.0]), helper.make_tensor("i", TensorProto.INT64, [1], [1]), [2]
    )
    attribute = AttributeProto(name="sparse_value", type=AttributeProto.SPARSE_TENSOR, sparse_tensor=sparse)
    constant = helper.make_node("Constant", [], ["c"])
    constant.attribute.append(attribute)
    nodes = [constant, helper.make_node("SequenceConstruct", ["x", "c"], ["y"])]
    output = helper.make_tensor_sequence_value_info("y", FLOAT, None)
    save("sparse_and_sequence", nodes, [value("x", [2])], [output])


def quantised():
    scale = helper.make_tensor("scale", FLOAT, [], [0.1])
    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [128])
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
    ]
    save("quantised", nodes, [value("x", ["N", 4])], [value("y", ["N", 4])], [scale, zero], opset=13)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for make in (convolution, typed_fields, subgraph, shapes, custom_domain, sparse_and_sequence, quantised):
        make()

"""The models that the tests serve: identities of every datatype, and a small CNN in a bundle."""

import itertools
import pathlib
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from running_server import BINARY

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from small_models import write_cnn  # noqa: E402

# The protocol's datatypes, with numpy's and ONNX's names. BF16 has no numpy type: its tensors travel as pairs of bytes.
DATATYPES = {
    "BOOL": (np.bool_, TensorProto.BOOL),
    "UINT8": (np.uint8, TensorProto.UINT8),
    "UINT16": (np.uint16, TensorProto.UINT16),
    "UINT32": (np.uint32, TensorProto.UINT32),
    "UINT64": (np.uint64, TensorProto.UINT64),
    "INT8": (np.int8, TensorProto.INT8),
    "INT16": (np.int16, TensorProto.INT16),
    "INT32": (np.int32, TensorProto.INT32),
    "INT64": (np.int64, TensorProto.INT64),
    "FP16": (np.float16, TensorProto.FLOAT16),
    "FP32": (np.float32, TensorProto.FLOAT),
    "FP64": (np.float64, TensorProto.DOUBLE),
    "BYTES": (np.object_, TensorProto.STRING),
}


def save(path, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, "served", inputs, outputs)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_identity(path, element_type, shape=("N", "K")):
    """x [N, K] -> y."""
    info = helper.make_tensor_value_info
    save(path, [helper.make_node("Identity", ["x"], ["y"])], [info("x", element_type, list(shape))], [info("y", element_type, list(shape))])


def write_sum_and_difference(path):
    """a, b [N, 4] -> sum, difference: two inputs, two outputs."""
    info, row = helper.make_tensor_value_info, ["N", 4]
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["difference"])]
    save(path, nodes, [info(name, TensorProto.FLOAT, row) for name in "ab"], [info(name, TensorProto.FLOAT, row) for name in ("sum", "difference")])


def write_endless(path):
    """steps [] -> count: adds one, `steps` times; 2^40 are days."""
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Add", ["before", "one"], ["after"]), helper.make_node("Identity", ["on"], ["still_on"])],
        "step",
        [info("step", TensorProto.INT64, []), info("on", TensorProto.BOOL, []), info("before", TensorProto.INT64, [])],
        [info("still_on", TensorProto.BOOL, []), info("after", TensorProto.INT64, [])],
    )
    constants = [
        helper.make_node("Constant", [], [name], value=helper.make_tensor(name, dtype, [], [value]))
        for name, dtype, value in (("zero", TensorProto.INT64, 0), ("one", TensorProto.INT64, 1), ("yes", TensorProto.BOOL, 1))
    ]
    loop = helper.make_node("Loop", ["steps", "yes", "zero"], ["count"], body=body)
    save(path, [*constants, loop], [info("steps", TensorProto.INT64, [])], [info("count", TensorProto.INT64, [])])


def write_slow(path, steps=2000, width=1024):
    """x [N, width] -> y: thousands of products of matrices, one after the other, whatever x holds."""
    info, row = helper.make_tensor_value_info, ["N", width]
    names = ["x", *(f"y{i}" for i in range(1, steps)), "y"]
    weights = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(np.eye(width, dtype=np.float32)))
    chain = [helper.make_node("MatMul", [before, "w"], [after]) for before, after in itertools.pairwise(names)]
    save(path, [weights, *chain], [info("x", TensorProto.FLOAT, row)], [info("y", TensorProto.FLOAT, row)])


def write_repository(root, datatypes=DATATYPES):
    for name in datatypes:
        write_identity(root / f"identity_{name.lower()}" / "model.onnx", DATATYPES[name][1])
    write_sum_and_difference(root / "arithmetic" / "model.onnx")


def deploy_cnn(folder, work, photos, classes=2):
    """A bundle of the small CNN, as `headrace deploy` makes it."""
    model = work / f"cnn{classes}.onnx"
    write_cnn(model, classes=classes)
    command = [BINARY, "deploy", model, "-o", folder, "--calibration", photos, "--preprocess", "resize=0,crop=0,scale=255"]
    command += ["--engine", "native,ort", "--seconds", "0.1", "--max-drop", "100"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr

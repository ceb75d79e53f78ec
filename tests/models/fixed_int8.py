"""An INT8 file of a real model that is the same on every machine: no calibration, and weight scales that are powers of two.

Every CPU must then compute the same logits to the last bit, so a checksum of them can be kept in a test. It is not meant to be accurate.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper

INPUT = (np.float32(1 / 64), 128)  # what the probe's pictures are made of
CLIPPED = (np.float32(6 / 255), 0)
SIGNED = (np.float32(0.16), 128)  # projections and sums


class _Writer:
    def __init__(self, model):
        self.graph = model.graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.nodes, self.made, self.scales = [], {}, {}

    def constant(self, name, values):
        self.made[name] = np.asarray(values)
        return name

    def dequantize(self, name, codes, scale, zero, **attributes):
        operands = [self.constant(f"{name}_q", codes), self.constant(f"{name}_s", scale), self.constant(f"{name}_z", zero)]
        self.nodes.append(helper.make_node("DequantizeLinear", operands, [f"{name}_dq"], **attributes))
        return f"{name}_dq"

    def through_codes(self, name, scale, zero):
        """Put QuantizeLinear and DequantizeLinear behind a value."""
        operands = [self.constant(f"{name}_s", scale), self.constant(f"{name}_z", np.uint8(zero))]
        self.nodes.append(helper.make_node("QuantizeLinear", [name, *operands], [f"{name}_q"]))
        self.nodes.append(helper.make_node("DequantizeLinear", [f"{name}_q", *operands], [f"{name}_dq"]))
        self.scales[name] = scale

    def layer(self, node):
        """Conv or Gemm: weights of 8 bits, one power of two a channel; the bias in the products' scale."""
        name, source = node.name, node.input[0]
        weights, bias = self.constants[node.input[1]], self.constants[node.input[2]]
        largest = np.abs(weights.reshape(len(weights), -1)).max(axis=1)
        scale = np.ldexp(np.float32(1), np.maximum(np.frexp(largest / 127)[1], -16)).astype(np.float32)  # some channels are all but dead
        codes = np.rint(weights / scale.reshape(-1, *[1] * (weights.ndim - 1))).astype(np.int8)
        products = (scale * self.scales[source]).astype(np.float32)
        operands = [self.dequantize(f"{name}_w", codes, scale, np.zeros(len(weights), np.int8), axis=0),
                    self.dequantize(f"{name}_b", np.rint(bias / products).astype(np.int32), products, np.zeros(len(weights), np.int32), axis=0)]
        node.input[:] = [f"{source}_dq", *operands]
        self.nodes.append(node)

    def add(self, node):
        op, output = node.op_type, node.output[0]
        if op in ("Conv", "Gemm"):
            self.layer(node)
        else:
            node.input[:] = [f"{name}_dq" if name in self.scales else name for name in node.input]
            self.nodes.append(node)
        readers = [other.op_type for other in self.graph.node if output in other.input]
        if not readers or readers == ["Clip"]:
            return  # an output in float32; a Clip that belongs to the layer
        moves = {"GlobalAveragePool": CLIPPED, "Reshape": CLIPPED, "Flatten": CLIPPED, "Clip": CLIPPED}
        self.through_codes(output, *moves.get(op, SIGNED))


def write(source, out):
    """Quantise the FP32 ONNX file `source` (a CNN of Conv, Clip, Add, one pool and one Gemm); return `out`."""
    model = onnx.load(source)
    writer = _Writer(model)
    writer.through_codes(model.graph.input[0].name, *INPUT)
    for node in list(model.graph.node):
        writer.add(node)
    used = {name for node in writer.nodes for name in node.input}
    kept = {**{name: value for name, value in writer.constants.items() if name in used}, **writer.made}
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(writer.nodes)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in kept.items())
    onnx.save(model, out)
    return out

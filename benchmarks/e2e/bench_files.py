"""Files that several benchmarks use, made in out/bench and made again when the program is newer than they are."""
import headrace_cli

FOLDER = headrace_cli.ROOT / "out/bench"


def fp32(name):
    """The float model: efficientnet_lite0 or resnet50."""
    return headrace_cli.MODELS / f"{name}.onnx"


def int8(name):
    """The model quantised with default settings by the program as it is now."""
    path = FOLDER / f"{name}_int8.onnx"
    if is_older(path, headrace_cli.HEADRACE):
        headrace_cli.quantize(fp32(name), path)
    return path


def ordinary_int8(name):
    """The same without saturation-proof weights: a file as other tools make it."""
    path = FOLDER / f"{name}_ordinary_int8.onnx"
    if is_older(path, headrace_cli.HEADRACE):
        headrace_cli.quantize(fp32(name), path, "--no-saturation-proof")
    return path


def is_older(path, source):
    return not path.exists() or path.stat().st_mtime < source.stat().st_mtime


def conv_chain(megabytes=100):
    """A chain of Conv, BatchNormalization and Relu as trainers leave it, nothing folded, of about this size."""
    path = FOLDER / f"conv_chain_{megabytes}mb.onnx"
    if not path.exists():
        _write_conv_chain(path, megabytes)
    return path


def _write_conv_chain(path, megabytes):
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    channels, random = 512, numpy.random.default_rng(0)
    count = round(megabytes * 1e6 / (4 * channels * channels * 9))
    nodes, weights, value = [], {}, "x"
    for i in range(count):
        weights[f"w{i}"] = random.standard_normal((channels, channels, 3, 3), numpy.float32) * 0.02
        norm = [f"{kind}{i}" for kind in ("scale", "bias", "mean", "variance")]
        weights |= {name: 1 + 0.1 * abs(random.standard_normal(channels, numpy.float32)) for name in norm}
        nodes += [
            helper.make_node("Conv", [value, f"w{i}"], [f"c{i}"], f"conv{i}", pads=[1, 1, 1, 1]),
            helper.make_node("BatchNormalization", [f"c{i}", *norm], [f"n{i}"], f"norm{i}"),
            helper.make_node("Relu", [f"n{i}"], [f"r{i}"], f"relu{i}"),
        ]
        value = f"r{i}"
    info = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, 14, 14])
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "conv_chain", [info("x")], [info(value)], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)

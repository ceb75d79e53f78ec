"""The native engine on networks that it was not tuned for: MobileNetV2 in INT8, ten other CNNs of timm in FP32, random weights.

`auto` takes the fastest engine of those that it measures, so that it is never slower than ONNX Runtime; what is told here is how often,
and by how much, the native engine is the one.
"""
import bench_files
import child
import coverage
import headrace_cli
import native
from row import Row

CNNS = ("resnet18", "vgg11", "densenet121", "inception_v3", "resnext50_32x4d", "hrnet_w18_small", "regnetx_002", "efficientnet_b0",
        "mobilenetv1_100", "mnasnet_small")
QUANTISED = "mobilenetv2_100"
NOISE = 1.03  # two measurements of one engine differ by as much


def rows(quick):
    seconds = "0.3" if quick else "2"
    int8 = _quantised(QUANTISED)
    result = []
    older = headrace_cli.without_vnni()
    for environment in [{}] + ([older] if older else []):
        result.append(native.row("MobileNetV2 INT8 (random weights), 1 thread", int8, 1, 1, native.PEERS, 0.70, environment, seconds))
        result += [_cnn(name, environment, seconds) for name in CNNS[: 2 if quick else None]]
    return result


def _cnn(name, environment, seconds):
    points, isa, command = native.measure(_exported(name), ("native", "ort"), 1, 1, environment, seconds)
    ours, theirs = points["native", 1], points["ort", 1]
    what, bar = f"{name} FP32 (random weights), 1 thread", "auto: none slower than ORT"
    if ours["error"]:
        return Row(what, f"auto takes ort or openvino: {ours['error']}", command, bar, None, isa)
    ratio = native.min_ratio_of_rounds(ours, theirs)
    taken = "native" if ratio <= NOISE else "ort"
    measured = f"native at {ratio:.2f}x of ORT (rounds): {ours['latency_ms']['min']:.2f}, {theirs['latency_ms']['min']:.2f} ms; auto takes {taken}"
    return Row(what, measured, command, bar, True, isa, {"native": ours["latency_ms"], "ort": theirs["latency_ms"]})


def _exported(name):
    path = coverage.FOLDER / f"{name}.pt2"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        outcome = child.script("coverage_export.py", name, path.parent)
        if outcome["export"] != "ok":
            raise RuntimeError(f"{name}: {outcome['export']}")
    return path


def _quantised(name):
    path = bench_files.FOLDER / f"{name}_int8.onnx"
    if bench_files.is_older(path, headrace_cli.HEADRACE):
        headrace_cli.quantize(_exported(name), path)
    return path

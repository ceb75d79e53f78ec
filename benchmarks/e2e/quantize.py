"""What quantising ResNet-50 costs: time against the bare inference of its samples, memory at 128 and at 1,280 of them."""
import statistics

import bench_files
import child
import headrace_cli
from row import Row, min_and_median

NAME = "resnet50"
BAR_RATIO = 1.3
BAR_BYTES = 1.5e9
REPEATS = 10  # of the 128 pictures, for the memory at 1,280


def rows(quick):
    bench_files.FOLDER.mkdir(parents=True, exist_ok=True)
    arguments = _arguments(headrace_cli.PHOTOS / "calibration", 128)
    ours, bare = [], []
    for _ in range(1 if quick else 3):  # in turns: a ratio counts only between figures of the same minutes
        ours.append(child.usage(*arguments))
        bare.append(child.script("bare_inference.py", bench_files.fp32(NAME), headrace_cli.PHOTOS / "calibration")["seconds"])
    result = _time_rows([run["seconds"] for run in ours], bare, child.shown(*arguments))
    result.append(_memory_row(128, max(run["peak_bytes"] for run in ours), child.shown(*arguments)))
    many = _arguments(_long_list(1 if quick else REPEATS), 128 * (1 if quick else REPEATS))
    result.append(_memory_row(128 * (1 if quick else REPEATS), child.usage(*many)["peak_bytes"], child.shown(*many)))
    return result


def _arguments(data, samples):
    return ("quantize", bench_files.fp32(NAME), "-o", bench_files.FOLDER / "quantize_timed.onnx", "--calibration", data, *headrace_cli.PREPROCESS,
            "--samples", samples)


def _long_list(repeats):
    """A text list that names every calibration picture `repeats` times."""
    pictures = sorted((headrace_cli.PHOTOS / "calibration").iterdir())
    path = bench_files.FOLDER / "calibration_list.txt"
    path.write_text("".join(f"{picture}\n" for picture in pictures * repeats), encoding="utf-8")
    return path


def _time_rows(ours, bare, command):
    ratios = [a / b for a, b in zip(ours, bare)]
    measured = f"{min(ours) / min(bare):.2f}x (minima), {statistics.median(ratios):.2f}x (median of rounds)"
    return [
        Row("quantise ResNet-50, 128 pictures: wall time / bare FP32 inference", measured, command, f"<= {BAR_RATIO}x",
            min(ours) / min(bare) <= BAR_RATIO, figures={"quantize_seconds": ours, "bare_seconds": bare, "ratios": ratios}),
        Row("  headrace quantize", min_and_median(ours, "s"), command),
        Row("  bare FP32 inference (onnxruntime's Python API)", min_and_median(bare, "s"), "benchmarks/e2e/bare_inference.py"),
    ]


def _memory_row(samples, peak, command):
    return Row(f"quantise ResNet-50, {samples} pictures: peak memory", f"{peak / 1e6:.0f} MB", command, f"<= {BAR_BYTES / 1e6:.0f} MB",
               peak <= BAR_BYTES, figures={"peak_bytes": peak})

"""Read, fold and write a model of 100 MB: time and memory, on disk and in the page cache as a user finds it."""
import statistics

import bench_files
import child
import headrace_cli
from row import Row, min_and_median

BAR_SECONDS = 1.5
BAR_FILES = 3
BAR_PT2_SECONDS = 0.6
BAR_PT2_BYTES = 250e6  # beyond the mapped file


def rows(quick):
    out = bench_files.FOLDER / "converted.onnx"
    result = []
    for title, model in (("ResNet-50", bench_files.fp32("resnet50")), ("Conv+BatchNorm+Relu chain", bench_files.conv_chain())):
        size = model.stat().st_size
        runs = [child.usage("convert", model, "-o", out) for _ in range(2 if quick else 7)]
        result += _rows_of(f"convert {title}, {size / 1e6:.0f} MB", size, runs, child.shown("convert", model, "-o", out))
    result += _pytorch_rows(out, quick)
    out.unlink()
    return result


def _pytorch_rows(out, quick):
    """What torch.export writes, with the time that torch takes to export the same module to ONNX beside it."""
    archive = headrace_cli.MODELS / "resnet50.pt2"
    size = archive.stat().st_size
    runs = [child.usage("convert", archive, "-o", out) for _ in range(2 if quick else 7)]
    seconds, peak = [run["seconds"] for run in runs], max(run["peak_bytes"] for run in runs)
    torch = child.script("torch_export_time.py", 1 if quick else 3)["seconds"]
    beside = f"; torch.onnx.export of the module {min(torch):.1f} s (median {statistics.median(torch):.1f})"
    command = child.shown("convert", archive, "-o", out)
    return [
        Row(f"ResNet-50 .pt2, {size / 1e6:.0f} MB, to ONNX: time", min_and_median(seconds, "s") + beside, command, f"<= {BAR_PT2_SECONDS} s",
            min(seconds) <= BAR_PT2_SECONDS, figures={"seconds": seconds, "torch_seconds": torch}),
        Row("its memory beyond the mapped file", f"{(peak - size) / 1e6:.0f} MB", command, f"<= {BAR_PT2_BYTES / 1e6:.0f} MB",
            peak - size <= BAR_PT2_BYTES, figures={"peak_bytes": peak, "file_bytes": size}),
    ]


def _rows_of(what, size, runs, command):
    seconds = [run["seconds"] for run in runs]
    peak = max(run["peak_bytes"] for run in runs)
    return [
        Row(f"{what}: time", min_and_median(seconds, "s"), command, f"<= {BAR_SECONDS} s", min(seconds) <= BAR_SECONDS,
            figures={"seconds": seconds}),
        Row(f"{what}: peak memory", f"{peak / 1e6:.0f} MB, {peak / size:.2f}x the file", command, f"<= {BAR_FILES}x the file",
            peak <= BAR_FILES * size, figures={"peak_bytes": peak, "file_bytes": size}),
    ]

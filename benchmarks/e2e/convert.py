"""Read, fold and write an ONNX file of 100 MB: time and memory, on disk and in the page cache as a user finds it."""
import bench_files
import child
from row import Row, min_and_median

BAR_SECONDS = 1.5
BAR_FILES = 3


def rows(quick):
    out = bench_files.FOLDER / "converted.onnx"
    result = []
    for title, model in (("ResNet-50", bench_files.fp32("resnet50")), ("Conv+BatchNorm+Relu chain", bench_files.conv_chain())):
        size = model.stat().st_size
        runs = [child.usage("convert", model, "-o", out) for _ in range(2 if quick else 7)]
        result += _rows_of(f"convert {title}, {size / 1e6:.0f} MB", size, runs, child.shown("convert", model, "-o", out))
    out.unlink()
    return result


def _rows_of(what, size, runs, command):
    seconds = [run["seconds"] for run in runs]
    peak = max(run["peak_bytes"] for run in runs)
    return [
        Row(f"{what}: time", min_and_median(seconds, "s"), command, f"<= {BAR_SECONDS} s", min(seconds) <= BAR_SECONDS,
            figures={"seconds": seconds}),
        Row(f"{what}: peak memory", f"{peak / 1e6:.0f} MB, {peak / size:.2f}x the file", command, f"<= {BAR_FILES}x the file",
            peak <= BAR_FILES * size, figures={"peak_bytes": peak, "file_bytes": size}),
    ]

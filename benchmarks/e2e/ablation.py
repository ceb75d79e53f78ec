"""What each method of the quantiser is worth: EfficientNet-Lite0 with one of them turned off at a time. For information."""
import bench_files
import child
import headrace_cli
from row import Row

NAME = "efficientnet_lite0"
VARIANTS = (
    ("default settings",),
    ("without lattice input", "--no-lattice-input"),
    ("weights rounded to nearest", "--rounding", "nearest"),
    ("without bias correction", "--no-bias-correction"),
    ("without saturation-proof weights", "--no-saturation-proof"),
    ("none of them", "--no-lattice-input", "--rounding", "nearest", "--no-bias-correction", "--no-saturation-proof"),
)


def rows(quick):
    out = bench_files.FOLDER / "ablation.onnx"
    older = headrace_cli.without_vnni()
    result = []
    for title, *flags in VARIANTS[:2] if quick else VARIANTS:
        headrace_cli.quantize(bench_files.fp32(NAME), out, *flags)
        for environment in [{}] + ([older] if older and "--no-saturation-proof" in flags else []):
            result.append(_row(title, out, flags, environment))
    out.unlink()
    return result


def _row(title, int8, flags, environment):
    found = headrace_cli.compare(bench_files.fp32(NAME), int8, environment=environment)
    isa = headrace_cli.machine(environment)["isa"]
    command = child.shown("quantize", bench_files.fp32(NAME), "-o", int8, "--calibration", headrace_cli.PHOTOS / "calibration",
                          *headrace_cli.PREPROCESS, *flags)
    return Row(title, f"agreement {100 * found['agreement_top1']:.1f} %, SQNR {found['sqnr_db']:.1f} dB", command, isa=isa, figures=found)

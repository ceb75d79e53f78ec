"""What INT8 costs EfficientNet-Lite0 with default settings, on the kinds of CPU and engine that users have; and its size."""
import bench_files
import child
import headrace_cli
from row import Row

NAME = "efficientnet_lite0"


def rows(quick):
    del quick  # the bars are about all 622 pictures
    fp32, int8 = bench_files.fp32(NAME), bench_files.int8(NAME)
    older = headrace_cli.without_vnni()
    result = [_size_row(fp32, int8)]
    if older is None:
        result.append(Row("accuracy on a CPU without VNNI", "not run: this CPU cannot hide its VNNI", "headrace compare", "as below"))
    else:
        result += _accuracy_rows("onnxruntime, no VNNI", fp32, int8, older, 0.86, 16)
        result.append(_same_bits_row(int8, older))
        result += _accuracy_rows("OpenVINO, no VNNI", fp32, int8, older, 0.84, 14.5, "--engine-b", "openvino")
    result += _accuracy_rows("onnxruntime, this CPU", fp32, int8, {}, 0.86, 16)
    result += _accuracy_rows("OpenVINO, this CPU", fp32, int8, {}, 0.84, 14.5, "--engine-b", "openvino")
    return result


def _size_row(fp32, int8):
    ratio = int8.stat().st_size / fp32.stat().st_size
    command = child.shown("quantize", fp32, "-o", int8, "--calibration", headrace_cli.PHOTOS / "calibration", *headrace_cli.PREPROCESS)
    return Row("size of the INT8 file", f"{ratio:.3f}x FP32", command, "<= 0.27x", ratio <= 0.27, figures={"ratio": ratio})


def _accuracy_rows(where, fp32, int8, environment, least_agreement, least_sqnr, *arguments):
    found = headrace_cli.compare(fp32, int8, *arguments, environment=environment)
    command = child.shown("compare", fp32, int8, "--data", headrace_cli.PHOTOS / "evaluation", *headrace_cli.PREPROCESS, *arguments)
    agreement, sqnr = found["agreement_top1"], found["sqnr_db"]
    isa = headrace_cli.machine(environment)["isa"]
    confident = f" ({100 * found['agreement_confident']:.1f} % where FP32 is sure)"
    return [
        Row(f"{where}: agreement with FP32", f"{100 * agreement:.1f} %{confident}", command, f">= {100 * least_agreement:.0f} %",
            agreement >= least_agreement, isa, found),
        Row(f"{where}: SQNR of the logits", f"{sqnr:.1f} dB", command, f">= {least_sqnr} dB", sqnr >= least_sqnr, isa),
    ]


def _same_bits_row(int8, environment):
    engines = ("--engine", "ort", "--engine-b", "ort-exact")
    found = headrace_cli.compare(int8, int8, *engines, environment=environment)
    command = child.shown("compare", int8, int8, "--data", headrace_cli.PHOTOS / "evaluation", *headrace_cli.PREPROCESS, *engines)
    measured = "the same bits" if found["same_bits"] else f"they differ by up to {found['max_abs_error']:.3g}"
    return Row("onnxruntime, no VNNI: default against exact kernels", measured, command, "the same bits", found["same_bits"],
               headrace_cli.machine(environment)["isa"], found)

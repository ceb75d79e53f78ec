"""Run an ONNX file in ONNX Runtime (FP32, one thread) on the pictures of an .npz of coverage_export.py and compare with PyTorch's logits.

Prints JSON: {"decibels": the smaller of both batches' signal-to-noise ratios, "batch_1", "batch_3"}. Signal: PyTorch's logits.

usage: coverage_check.py NAME.onnx NAME.npz
"""
import json
import sys

import numpy
import onnxruntime

SAME_BITS = 999.0  # decibels, where there is no difference at all


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    saved = numpy.load(sys.argv[2])
    ratios = {batch: _decibels(saved[f"y{batch}"], _run(session, saved[f"x{batch}"])) for batch in (1, 3)}
    print(json.dumps({"decibels": min(ratios.values()), "batch_1": ratios[1], "batch_3": ratios[3]}))


def _run(session, pictures):
    (entry,), (outcome,) = session.get_inputs(), session.get_outputs()
    return session.run([outcome.name], {entry.name: pictures})[0]


def _decibels(expected, got):
    if got.shape != expected.shape or got.dtype != expected.dtype:
        sys.exit(f"the output is {got.dtype} {got.shape}, PyTorch's is {expected.dtype} {expected.shape}")
    if not numpy.isfinite(got).all() or not numpy.isfinite(expected).all():
        sys.exit("there are numbers that are not finite")
    signal, noise = (numpy.square(array.astype(numpy.float64)).sum() for array in (expected, got.astype(numpy.float64) - expected))
    return SAME_BITS if noise == 0 else 10 * float(numpy.log10(signal / noise))


if __name__ == "__main__":
    main()

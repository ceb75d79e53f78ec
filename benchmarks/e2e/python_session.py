"""One model in ONNX Runtime, driven by its own Python API: prints {"latencies_ms"}.

The session is set up as `headrace bench` does it: the CPU provider, all optimisations, no spinning, one input that stays; the
output buffers are bound once.

usage: python_session.py MODEL THREADS SECONDS
"""
import json
import sys
import time

import numpy
import onnxruntime

WARM_UP_SECONDS = 0.5


def open_session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def bind(session):
    """Bind a random input of batch 1 and buffers for the outputs."""
    binding, random = session.io_binding(), numpy.random.default_rng(1)
    feeds = {}
    for value in session.get_inputs():
        shape = [extent if isinstance(extent, int) else 1 for extent in value.shape]
        feeds[value.name] = random.standard_normal(shape, numpy.float32)
        binding.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(feeds[value.name]))
    for value, array in zip(session.get_outputs(), session.run(None, feeds)):
        binding.bind_ortvalue_output(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(numpy.empty_like(array)))
    return binding


def run_for(session, binding, seconds):
    """Milliseconds of every run."""
    latencies, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter_ns()
        session.run_with_iobinding(binding)
        latencies.append((time.perf_counter_ns() - start) / 1e6)
    return latencies


def main():
    model, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    session = open_session(model, threads)
    binding = bind(session)
    run_for(session, binding, WARM_UP_SECONDS)
    print(json.dumps({"latencies_ms": run_for(session, binding, seconds)}))


if __name__ == "__main__":
    main()

"""How fast the module is in PyTorch itself: the row that the report compares with."""
import resource
import statistics
import time

WARM_UP_RUNS = 5
LONGEST_RUNS = 1000


def measure_eager(module, inputs, seconds, threads):
    """Time `module` on its example inputs, cut to batch 1, and return it as a variant of report.json.

    seconds: how long to measure; threads: PyTorch's intra-operation threads meanwhile.
    """
    import torch

    inputs = [tensor[:1] for tensor in inputs]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            for _ in range(WARM_UP_RUNS):
                module(*inputs)
            times = _time_runs(lambda: module(*inputs), seconds)
    finally:
        torch.set_num_threads(before)
    return _variant(module, times, threads)


def _time_runs(run, seconds):
    """Milliseconds of each run, for as long as `seconds` last."""
    times, end = [], time.perf_counter() + seconds
    while (time.perf_counter() < end or len(times) < 3) and len(times) < LONGEST_RUNS:
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return times


def _variant(module, times, threads):
    import torch

    tensors = [*module.parameters(), *module.buffers()]
    latency = _summary(times)
    return {
        "name": "PyTorch eager",
        "precision": "fp32",
        "engine": "torch",
        "engine_version": torch.__version__,
        "isa": torch.backends.cpu.get_cpu_capability().lower(),
        "exact": False,
        "size_bytes": sum(tensor.numel() * tensor.element_size() for tensor in tensors),
        "threads": threads,
        "batch": 1,
        "latency_ms": latency,
        "throughput_per_s": 1000 / latency["mean"],
        "peak_rss_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "accuracy": {"top1": None, "top5": None, "agreement_top1": None, "sqnr_db": None},
        "samples_ms": times,
    }


def _summary(times):
    ordered = sorted(times)

    def quantile(q):
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]

    return {"median": statistics.median(ordered), "p90": quantile(0.9), "p99": quantile(0.99), "min": ordered[0],
            "max": ordered[-1], "mean": statistics.fmean(ordered), "stddev": statistics.pstdev(ordered), "count": len(ordered)}

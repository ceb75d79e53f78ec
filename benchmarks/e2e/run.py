#!/usr/bin/env python3
"""Measure what the project promises. Each benchmark is a file with a function rows(quick); results go to out/bench/NAME.json.

usage: run.py [--quick] [NAME...]    --quick: one round each, to see that everything works; its figures count for nothing
"""
import argparse
import dataclasses
import importlib
import json
import sys

import bench_files
import headrace_cli
from row import print_table

BENCHMARKS = ("startup", "accuracy", "integer_coverage", "convert", "quantize", "truth", "latency", "native", "serve_throughput", "ablation")
# Exports of timm (the first takes some minutes, the second an hour and 9 GB); servers beside ours (4 GB).
ON_REQUEST = ("networks", "coverage", "serve_overhead")


def run(name, quick, cpu):
    """Run one benchmark, print and store its rows. Returns whether all bars were met."""
    rows = importlib.import_module(name).rows(quick)
    print(f"\n== {name}: {cpu['name']}, {cpu['isa']}" + (", quick: figures count for nothing" if quick else ""))
    print_table(rows)
    report = {"benchmark": name, "quick": quick, "cpu": cpu, "rows": [dataclasses.asdict(row) for row in rows]}
    (bench_files.FOLDER / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sys.stdout.flush()
    return all(row.passed is not False for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all), or {', '.join(ON_REQUEST)}")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    for name in args.names:
        if name not in BENCHMARKS + ON_REQUEST:
            parser.error(f"there is no benchmark '{name}'; there are: {', '.join(BENCHMARKS + ON_REQUEST)}")
    bench_files.FOLDER.mkdir(parents=True, exist_ok=True)
    cpu = headrace_cli.machine()
    met = [run(name, args.quick, cpu) for name in args.names or BENCHMARKS]
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()

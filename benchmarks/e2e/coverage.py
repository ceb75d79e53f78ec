#!/usr/bin/env python3
"""The .pt2 reader on architectures of timm: how many it imports, and how close ONNX Runtime then comes to PyTorch.

Each architecture is exported by torch.export with a dynamic batch (coverage_export.py), converted by `headrace convert`, and run in FP32 at
batch 1 and 3 (coverage_check.py), each in a process of its own under a time limit. Exports are kept in out/coverage (about 9 GB) and not
made again; docs/coverage.md is written from the results.

usage: coverage.py [--folder FOLDER] [--only NAME,NAME...] [--export] [--dynamo] [--document [--quiet-machine]]
  --folder   where exports are kept (default: out/coverage)
  --only     these architectures (default: all)
  --export   export and stop
  --dynamo   torch.onnx.export(dynamo=True) as well; its outcomes are kept too
  --document write docs/coverage.md; --quiet-machine: nothing else runs, so that it may call its times measurements
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

import coverage_document
import headrace_cli
from coverage_models import ARCHITECTURES, LEAST_SPREAD
from row import Row

FOLDER = headrace_cli.ROOT / "out/coverage"
HERE = pathlib.Path(__file__).resolve().parent
BAR_DB = 90
BAR_SHARE = 0.98
EXPORT_SECONDS, CONVERT_SECONDS, CHECK_SECONDS, DYNAMO_SECONDS = 900, 60, 300, 120


def rows(quick):
    names = list(ARCHITECTURES.values())[: 3 if quick else None]
    results = measure(names, FOLDER, dynamo=not quick)
    if not quick:
        coverage_document.write(results, BAR_DB, quiet_machine=True)
    return [_row(results)]


def measure(names, folder, dynamo=False):
    """Return {name: outcome}; an outcome has "export" and, where that is "ok", "convert", "decibels" and "passed"."""
    folder.mkdir(parents=True, exist_ok=True)
    results = {}
    for number, name in enumerate(names, 1):
        results[name] = outcome = exported(name, folder)
        if outcome["export"] == "ok":
            outcome |= _converted(name, folder)
            outcome["passed"] = outcome["convert"] == "ok" and outcome.get("decibels", 0) >= BAR_DB and outcome["spread"] >= LEAST_SPREAD
        if dynamo:
            outcome |= _kept(name, folder, "dynamo", DYNAMO_SECONDS)
        _progress(number, len(names), name, outcome)
    return results


def exported(name, folder):
    """Export the architecture unless that was done; return its outcome."""
    return _kept(name, folder, "export", EXPORT_SECONDS)


def _kept(name, folder, step, seconds):
    """The outcome of coverage_STEP.py, run unless it was."""
    path = folder / f"{name}.{step}.json"
    if not path.exists():
        outcome = _script(f"coverage_{step}.py", seconds, name, folder)
        path.write_text(json.dumps({step: outcome} if isinstance(outcome, str) else outcome) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def _converted(name, folder):
    onnx = folder / f"{name}.onnx"
    start = time.perf_counter()
    problem = _run([headrace_cli.HEADRACE, "convert", folder / f"{name}.pt2", "-o", onnx], CONVERT_SECONDS)[1]
    outcome = {"convert": problem or "ok", "convert_seconds": time.perf_counter() - start}
    if not problem:
        checked = _script("coverage_check.py", CHECK_SECONDS, onnx, folder / f"{name}.npz")
        outcome |= {"convert": checked} if isinstance(checked, str) else checked
        onnx.unlink()
    return outcome


def _script(name, seconds, *arguments):
    """The JSON that a script of this folder prints, or how it failed as text."""
    printed, problem = _run([sys.executable, HERE / name, *arguments], seconds)
    return problem or json.loads(printed.splitlines()[-1])


def _run(command, seconds):
    """Return (what the command prints, how it failed: empty if it did not)."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "", f"not done in {seconds} s"
    if done.returncode < 0:
        return "", f"ended by signal {-done.returncode}"
    return done.stdout, (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""


def _progress(number, count, name, outcome):
    text = outcome["export"] if outcome["export"] != "ok" else outcome["convert"]
    if text == "ok":
        text = f"{outcome['decibels']:.0f} dB" + ("" if outcome["passed"] else " (FAIL)")
    print(f"[{number}/{count}] {name}: {text.splitlines()[0][:160]}", file=sys.stderr, flush=True)


def _row(results):
    tried = {name: outcome for name, outcome in results.items() if outcome["export"] == "ok"}
    passed = [name for name, outcome in tried.items() if outcome["passed"]]
    worst = min((tried[name]["decibels"] for name in passed), default=0)
    return Row(f"timm architectures imported from .pt2, >= {BAR_DB} dB to PyTorch",
               f"{len(passed)} of {len(tried)}, the worst of them {worst:.0f} dB; torch.export refuses {len(results) - len(tried)} more",
               "headrace convert NAME.pt2 -o NAME.onnx", f">= {100 * BAR_SHARE:.0f} %", len(passed) >= BAR_SHARE * len(tried), figures=results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, default=FOLDER)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(ARCHITECTURES.values()))
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--dynamo", action="store_true")
    parser.add_argument("--document", action="store_true")
    parser.add_argument("--quiet-machine", action="store_true")
    args = parser.parse_args()
    if args.export:
        args.folder.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(args.only, 1):
            print(f"[{number}/{len(args.only)}] {name}: {exported(name, args.folder)['export'][:160]}", file=sys.stderr, flush=True)
        return
    results = measure(args.only, args.folder, args.dynamo)
    (args.folder / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if args.document:
        coverage_document.write(results, BAR_DB, args.quiet_machine)
    print(_row(results).measured)


if __name__ == "__main__":
    main()

"""docs/coverage.md, written from the outcomes of coverage.py."""
import importlib.metadata
import re
import statistics

import headrace_cli
from coverage_models import ARCHITECTURES

PATH = headrace_cli.ROOT / "docs/coverage.md"

HEAD = """# Which networks the .pt2 reader imports

Written by `./run bench coverage` (benchmarks/e2e/coverage.py); do not edit.

{count} architectures of timm, of each family the smallest or nearly, are exported by `torch.export` with a dynamic batch, converted by
`headrace convert`, and run by ONNX Runtime in FP32 at batch 1 and 3. Weights are random, but such that all of a network reaches its logits:
heads, layer scales and last norms that begin at zero are re-initialised, batch norms get statistics that differ from their neutral ones. A
network that amplifies changes in its pictures' last places a hundredfold does not agree with itself, and is drawn again under another seed. A
network passes if its logits agree with PyTorch's to a signal-to-noise ratio of {bar} dB or more at both batches.

| | headrace | `torch.onnx.export(dynamo=True)` |
|---|---|---|
{summary}

{versions}. Times{conditions}: an import is the whole command, an export, with one thread, begins with the module in memory.
"""


def write(results, bar, quiet_machine=False):
    """results: {name: outcome} as coverage.measure returns them. quiet_machine: whether nothing else ran, so that times count."""
    tried = {name: outcome for name, outcome in results.items() if outcome["export"] == "ok"}
    conditions = "" if quiet_machine else " (of a machine that was busy with other work: upper bounds, no measurements)"
    head = HEAD.format(count=len(results), bar=bar, summary=_summary(results, tried, bar), versions=_versions(), conditions=conditions)
    parts = [head, _failures(results, tried, bar), "## All of them\n\n" + _table(results)]
    PATH.write_text("\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _summary(results, tried, bar):
    dynamo = {name: outcome for name, outcome in results.items() if "dynamo" in outcome}
    good = [outcome for outcome in dynamo.values() if outcome["dynamo"] == "ok"]
    agreeing = [outcome for outcome in good if outcome["dynamo_decibels"] >= bar]
    passed = [outcome for outcome in tried.values() if outcome["passed"]]
    return "\n".join([
        f"| agree with PyTorch to {bar} dB | {len(passed)} of {len(tried)} ({100 * len(passed) / max(1, len(tried)):.1f} %) | "
        + (f"{len(agreeing)} of {len(dynamo)} that were run |" if dynamo else "not run |"),
        f"| not exported by PyTorch itself | {len(results) - len(tried)} | |",
        f"| seconds a network, median (least to most) | {_spread([o['convert_seconds'] for o in passed], 2)} | {_spread([o['dynamo_seconds'] for o in good])} |",
        f"| needs | the .pt2 file | Python, torch, onnxscript, the network's source |",
    ])


def _spread(values, digits=0):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})" if values else "-"


def _versions():
    packages = {name: importlib.metadata.version(name) for name in ("torch", "timm", "onnxruntime")}
    cpu = headrace_cli.machine()
    return ", ".join(f"{name} {version}" for name, version in packages.items()) + f"; {cpu['name']}, {cpu['isa']}"


def _failures(results, tried, bar):
    refused = [f"- {name}: {_one_line(outcome['export'])}" for name, outcome in results.items() if name not in tried]
    failed = [f"- {name}: {_reason(outcome, bar)}" for name, outcome in tried.items() if not outcome["passed"]]
    theirs = [f"- {name}: {_their_reason(outcome, bar)}" for name, outcome in results.items()
              if outcome.get("dynamo", "ok") != "ok" or outcome.get("dynamo_decibels", bar) < bar]
    parts = [("Not imported, or not close enough", failed), ("Not exported by torch.export", refused),
             ("Failures of torch.onnx.export(dynamo=True)", theirs)]
    return "\n".join(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts if lines)


def _reason(outcome, bar):
    if outcome["convert"] != "ok":
        return _one_line(outcome["convert"])
    if outcome["decibels"] < bar:
        return f"{outcome['decibels']:.0f} dB"
    return f"its logits hardly depend on the picture ({100 * outcome['spread']:.2g} %): nothing is compared"


def _their_reason(outcome, bar):
    return _one_line(outcome["dynamo"]) if outcome["dynamo"] != "ok" else f"{outcome['dynamo_decibels']:.0f} dB, below {bar}"


def _one_line(text, limit=300):
    """The reason in a failure's text, fit for a line of Markdown."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text.split("## Exception summary")[-1].split("While executing")[0])  # of what torch.onnx tells
    text = re.sub(r"/\S*/([^/\s]+)", r"\1", text)  # files by their names
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").removeprefix("error: ")
    return text if len(text) <= limit else text[:limit] + "..."


def _table(results):
    lines = ["| family | architecture | parameters, millions | dB at batch 1 | dB at batch 3 | import, s | their export, s |", "|---|---|---:|---:|---:|---:|---:|"]
    families = {name: family for family, name in ARCHITECTURES.items()}
    for name, outcome in results.items():
        decibels = [_decibels(outcome, f"batch_{batch}") for batch in (1, 3)]
        seconds = [_number(outcome, key, digits) for key, digits in (("convert_seconds", 2), ("dynamo_seconds", 0))]
        millions = f"{outcome['parameters'] / 1e6:.1f}" if "parameters" in outcome else ""
        lines.append("| " + " | ".join([families[name], name, millions, *decibels, *seconds]) + " |")
    return "\n".join(lines)


def _decibels(outcome, key):
    if key not in outcome:
        return "failed" if outcome["export"] == "ok" else "no export"
    return f"{outcome[key]:.0f}"


def _number(outcome, key, digits):
    return f"{outcome[key]:.{digits}f}" if key in outcome else ""

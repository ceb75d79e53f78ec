"""What PyTorch's own exporter makes of one timm architecture: torch.onnx.export(dynamo=True) with a dynamic batch, then as coverage_check.py.

Prints JSON: {"dynamo": "ok" or the reason, "dynamo_seconds": of the export alone, and what coverage_check.py prints as "dynamo_..."}.

usage: coverage_dynamo.py NAME FOLDER
"""
import json
import pathlib
import subprocess
import sys
import time

import coverage_module
import torch


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    module, shape = coverage_module.rebuild(name, folder / f"{name}.pt2")
    onnx = folder / f"{name}.dynamo.onnx"
    outcome = {}
    start = time.perf_counter()
    try:
        _export(module, shape, onnx)
        outcome = {"dynamo_seconds": time.perf_counter() - start} | _checked(onnx, folder / f"{name}.npz")
    except Exception as error:  # whatever PyTorch refuses an architecture by is its outcome
        outcome["dynamo"] = f"{type(error).__name__}: {str(error).strip()[:2000]}"
    for file in (onnx, onnx.with_suffix(".onnx.data")):
        file.unlink(missing_ok=True)
    print(json.dumps(outcome))


def _export(module, shape, path):
    batch = torch.export.Dim("batch", min=1)
    torch.onnx.export(module, (torch.randn(2, *shape),), path, dynamo=True, dynamic_shapes=({0: batch},), verbose=False)


def _checked(onnx, npz):
    script = pathlib.Path(__file__).with_name("coverage_check.py")
    done = subprocess.run([sys.executable, script, onnx, npz], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"dynamo": done.stderr.strip()[-2000:]}
    return {"dynamo": "ok"} | {f"dynamo_{key}": value for key, value in json.loads(done.stdout).items()}


if __name__ == "__main__":
    main()

"""Export one timm architecture as its user would, and save what PyTorch answers. Prints its outcome as JSON.

FOLDER/NAME.pt2 is the archive, with a dynamic batch; FOLDER/NAME.npz has inputs x1 and x3 (batches of 1 and 3) and PyTorch's logits
y1 and y3, computed by the module itself, not by the export. The outcome: {"export": "ok" or PyTorch's reason, "seconds": of
torch.export.export and save, "parameters", "spread": of coverage_module.py}.

usage: coverage_export.py NAME FOLDER
"""
import json
import pathlib
import sys
import time

import coverage_module
import numpy
import torch


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    module, shape, batches = coverage_module.build(name)
    outcome = {"parameters": sum(parameter.numel() for parameter in module.parameters()), "shape": shape}
    outcome["spread"] = coverage_module.spread(module, shape)
    _save_answers(module, batches, folder / f"{name}.npz")
    start = time.perf_counter()
    try:
        _export(module, shape, folder / f"{name}.pt2")
        outcome["export"] = "ok"
    except Exception as error:  # whatever PyTorch refuses an architecture by is its outcome
        outcome["export"] = f"{type(error).__name__}: {str(error).strip()[:2000]}"
    outcome["seconds"] = time.perf_counter() - start
    print(json.dumps(outcome))


def _save_answers(module, batches, path):
    with torch.no_grad():
        answers = {f"y{size}": module(batch) for size, batch in batches.items()}
    numpy.savez(path, **{f"x{size}": batch for size, batch in batches.items()}, **answers)


def _export(module, shape, path):
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(module, (torch.randn(2, *shape),), dynamic_shapes=({0: batch},))
    unfinished = path.parent / "unfinished" / path.name  # the archive's folder has the name of the file
    unfinished.parent.mkdir(exist_ok=True)
    torch.export.save(program, unfinished)
    unfinished.rename(path)


if __name__ == "__main__":
    main()

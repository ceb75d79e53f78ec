"""Writes the seed corpus of checkpoint_fuzzer: small checkpoints that between them reach every part of the readers.

Their archives have no checksums, since a fuzzer that changes bytes would never get past one.

    .deps/venv/bin/python tests/fuzz/make_checkpoint_seeds.py     (writes tests/fuzz/checkpoint/*)
"""
import argparse
import collections
import json
import struct
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent / "checkpoint"


def tensors():
    base = torch.arange(6.).reshape(2, 3)
    return collections.OrderedDict(weight=base, tied=base, transposed=base.t(), half=base[0].half(), flags=base[1] > 4,
                                   eight=base.to(torch.float8_e5m2), parameter=torch.nn.Parameter(base[0]))


def nested():
    return {"epoch": 1, "lr": 0.1, "args": argparse.Namespace(name="x"), "best": np.float64(1), "big": 1 << 70, "kinds": {1, (2, 3)},
            "state_dict": collections.OrderedDict((f"module.{name}", tensor) for name, tensor in tensors().items())}


def safetensors():
    header = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
              "b": {"dtype": "BF16", "shape": [], "data_offsets": [8, 10]}, "c": {"dtype": "F4", "shape": [4], "data_offsets": [10, 12]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(12)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.serialization.set_crc32_options(False)
    for protocol in (2, 4):
        torch.save(tensors(), FOLDER / f"zip_{protocol}.pth", pickle_protocol=protocol)
        torch.save({"w": torch.ones(2), "tied": torch.ones(3)[1:]}, FOLDER / f"legacy_{protocol}.pth", pickle_protocol=protocol,
                   _use_new_zipfile_serialization=False)
    torch.save(nested(), FOLDER / "nested.pth")
    (FOLDER / "plain.safetensors").write_bytes(safetensors())


if __name__ == "__main__":
    main()

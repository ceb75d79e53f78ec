#!/usr/bin/env python3
"""Export the sentence encoder all-MiniLM-L6-v2 as a .pt2 archive, which headrace reads without Python.

Inputs "tokens" and "attention_mask": int64 [batch, sequence], batch from 1, sequence 1 to 512; output: float32 [batch, 384] of length 1.

usage: export.py OUT.pt2
"""
import argparse
import pathlib

import minilm
import torch


def export(module, path):
    """Write the archive, with a dynamic batch and a dynamic sequence."""
    dims = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("sequence", min=1, max=512)}
    example = torch.arange(14).reshape(2, 7), torch.ones(2, 7, dtype=torch.int64)
    torch.export.save(torch.export.export(module, example, dynamic_shapes=(dims, dims)), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    export(minilm.load(), parser.parse_args().out)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Export ResNet-50 to ONNX or to a .pt2 archive: a checkpoint of yours (torchvision's names), or made-up weights.

Input "input": float32 [batch, 3, 224, 224] with ImageNet preprocessing; output "logits": float32 [batch, 1000].

usage: export.py OUT.onnx|OUT.pt2 [--checkpoint resnet50.pth] [--photos FOLDER] [--state-dict OUT.pth]
"""
import argparse
import pathlib
import sys

import torch
import weights

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "python"))  # as if headrace were installed
import headrace


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--checkpoint", type=pathlib.Path, help="a state_dict with torchvision's parameter names")
    parser.add_argument("--photos", type=pathlib.Path, help="224 x 224 PNGs to make up weights by (default: random values)")
    parser.add_argument("--state-dict", type=pathlib.Path, help="write the weights as a checkpoint as well")
    args = parser.parse_args()
    module = weights.load(args.checkpoint, args.photos)
    if args.state_dict:
        torch.save(module.state_dict(), args.state_dict)
    print(headrace.export(module, torch.randn(2, 3, 224, 224), args.out, ["input"], ["logits"]))


if __name__ == "__main__":
    main()

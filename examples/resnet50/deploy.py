#!/usr/bin/env python3
"""Take ResNet-50 from PyTorch to a bundle in one call, and print what it bought.

examples/efficientnet_lite0/photos.py makes the pictures: PHOTOS/calibration and PHOTOS/evaluation.

usage: deploy.py PHOTOS OUT [--checkpoint resnet50.pth]
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
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--checkpoint", type=pathlib.Path, help="a state_dict with torchvision's parameter names")
    args = parser.parse_args()
    calibration = args.photos / "calibration"
    report = headrace.deploy(weights.load(args.checkpoint, calibration), args.out, calibration=calibration,
                             evaluation=args.photos / "evaluation", example_inputs=torch.randn(2, 3, 224, 224),
                             preprocess="imagenet,resize=0,crop=0")
    for variant in report["variants"]:
        median = variant["latency_ms"]["median"]
        latency = "-" if median is None else f"{median:.2f}"
        print(f"{variant['name']:<28} {variant['size_bytes'] / 1e6:7.1f} MB  {latency:>8} ms")
    print("recommended:", report["recommended"])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Export ResNet-50 to ONNX: a checkpoint of yours (torchvision's names), or the architecture with made-up weights.

Made-up weights are seeded and given the statistics of a trained network by way of pictures: scattered BatchNorm scales, running means and
variances measured on the pictures, a classifier over standardised features. Sizes, speed and quantisation error are then those of a real
model; the classes mean nothing. Input "input": float32 [batch, 3, 224, 224], ImageNet preprocessing; output "logits": float32 [batch, 1000].

usage: export.py OUT.onnx [--checkpoint resnet50.pth] [--photos FOLDER]
"""
import argparse
import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from resnet50 import ResNet50

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "python"))
import headrace

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def read_pictures(folder, count=64):
    """The first pictures of a folder of 224 x 224 PNGs, preprocessed: float32 [count, 3, 224, 224]."""
    paths = sorted(folder.glob("*.png"))[:count]
    if not paths:
        sys.exit(f"export.py: there are no .png pictures in {folder}")
    pictures = [torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) for path in paths]
    return (torch.stack(pictures) / 255 - MEAN) / STD


@torch.no_grad()
def make_up_weights(module, pictures):
    """Give the freshly initialised module the statistics that training would leave it with."""
    norms = [layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.weight.uniform_(0.4, 1.4)
        norm.bias.normal_(0, 0.2)
        norm.momentum = None  # running statistics become the plain average over the batches
    module.train()
    batches = pictures.split(16)
    for batch in batches:
        module.features(batch)
    module.eval()
    features = torch.cat([module.features(batch) for batch in batches])
    mean, std = features.mean(0), features.std(0) + 1e-3
    module.fc.weight.normal_(0, 2 / features.shape[1] ** 0.5).div_(std)
    module.fc.bias.copy_(-module.fc.weight @ mean)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--checkpoint", type=pathlib.Path, help="a state_dict with torchvision's parameter names")
    parser.add_argument("--photos", type=pathlib.Path, help="224 x 224 PNGs to draw statistics from (default: random normal values)")
    args = parser.parse_args()
    torch.manual_seed(0)
    module = ResNet50()
    if args.checkpoint:
        module.load_state_dict(torch.load(args.checkpoint, map_location="cpu", weights_only=True))
        module.eval()
    else:
        make_up_weights(module, read_pictures(args.photos) if args.photos else torch.randn(32, 3, 224, 224))
    example = torch.randn(2, 3, 224, 224)
    print(headrace.export(module, (example,), args.out, input_names=["input"], output_names=["logits"]))


if __name__ == "__main__":
    main()

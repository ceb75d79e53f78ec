"""Seconds that torch.onnx.export takes for ResNet-50, as JSON. usage: torch_export_time.py ROUNDS"""
import json
import pathlib
import sys
import tempfile
import time
import warnings

import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "examples/resnet50"))
from resnet50 import ResNet50


def main():
    module, example, seconds = ResNet50().eval(), torch.randn(2, 3, 224, 224), []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(int(sys.argv[1])):
            begin = time.perf_counter()
            torch.onnx.export(module, example, f"{folder}/resnet50.onnx", dynamo=False, dynamic_axes={"input": {0: "batch"}},
                              input_names=["input"])
            seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()

"""The bare cost of running a float model over pictures in ONNX Runtime: decoding and loading are not counted.

Prints {"seconds"} for one pass over all of them, one at a time, on all CPUs.

usage: bare_inference.py MODEL FOLDER
"""
import json
import os
import pathlib
import sys
import time

import numpy
import onnxruntime
from PIL import Image

MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32).reshape(1, 3, 1, 1)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32).reshape(1, 3, 1, 1)


def read(path):
    """A picture with ImageNet's preprocessing: float32 [1, 3, height, width]."""
    pixels = numpy.asarray(Image.open(path).convert("RGB"), numpy.float32).transpose(2, 0, 1)[None] / 255
    return numpy.ascontiguousarray((pixels - MEAN) / STD)


def main():
    model, folder = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    pictures = [read(path) for path in sorted(pathlib.Path(folder).iterdir())]
    session.run(None, {name: pictures[0]})  # warm
    start = time.perf_counter()
    for picture in pictures:
        session.run(None, {name: picture})
    print(json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()

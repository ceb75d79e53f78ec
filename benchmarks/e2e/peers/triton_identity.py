"""Triton's server out of nvidia-pytriton with a model that gives back its input. usage: triton_identity.py HTTP_PORT GRPC_PORT METRICS_PORT"""
import sys

import numpy
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


def identity(requests):
    return [{"y": request.data["x"]} for request in requests]


ports = [int(port) for port in sys.argv[1:4]]
config = TritonConfig(http_port=ports[0], grpc_port=ports[1], metrics_port=ports[2], http_address="127.0.0.1", grpc_address="127.0.0.1", metrics_address="127.0.0.1")
with Triton(config=config) as triton:
    triton.bind(model_name="identity", infer_func=identity, inputs=[Tensor(name="x", dtype=numpy.float32, shape=(-1,))], outputs=[Tensor(name="y", dtype=numpy.float32, shape=(-1,))], config=ModelConfig(max_batch_size=8))
    triton.serve()

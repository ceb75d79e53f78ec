"""Headrace brings a trained PyTorch model to production: export, fuse, calibrate, quantise, verify, measure.

    import headrace
    report = headrace.deploy(module, "bundle", calibration=loader, example_inputs=(example,))
    report = headrace.deploy("model.onnx", "bundle", calibration="photos/", preprocess="imagenet")
    headrace.export(module, (example,), "model.onnx")
"""
from headrace._deploy import deploy
from headrace._errors import HeadraceError
from headrace._export import Export, export

__all__ = ["Export", "HeadraceError", "deploy", "export"]
__version__ = "0.1.0"

"""Headrace brings a trained PyTorch model to production: export, fuse, calibrate, quantise, verify, measure.

    import headrace
    headrace.export(module, (example,), "model.onnx")
    report = headrace.deploy("model.onnx", "bundle", calibration="photos/")
"""
from headrace._export import Export, export

__all__ = ["Export", "export"]

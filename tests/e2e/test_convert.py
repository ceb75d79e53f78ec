"""convert and inspect."""

import json

import onnx
import onnxruntime
import numpy as np
import pytest
from small_models import write_cnn


def outputs(path, x):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def test_convert_folds_and_keeps_the_answers(succeed, cnn, tmp_path):
    out = tmp_path / "folded.onnx"
    text = succeed("convert", cnn, "-o", out, "--verbose")
    assert "fold_batch_norm" in text and "folded.onnx" in text
    assert "BatchNormalization" not in {node.op_type for node in onnx.load(out).graph.node}
    x = np.random.default_rng(1).random((2, 3, 32, 32), dtype=np.float32)
    np.testing.assert_allclose(outputs(out, x), outputs(cnn, x), rtol=1e-4, atol=1e-5)


def test_disabled_passes_do_nothing(succeed, fail, cnn, tmp_path):
    out = tmp_path / "kept.onnx"
    succeed("convert", cnn, "-o", out, "--disable-pass", "fold_batch_norm", "--disable-pass", "lower_batch_norm")
    assert "BatchNormalization" in {node.op_type for node in onnx.load(out).graph.node}
    fail("convert", cnn, "-o", tmp_path / "x.onnx", "--disable-pass", "fold_everything", code=2, parts=["fold_everything"])


@pytest.mark.parametrize("batch, dim", [("8", 8), ("dynamic", "batch")])
def test_batch(succeed, tmp_path, batch, dim):
    write_cnn(tmp_path / "one.onnx", batch=1)
    succeed("convert", tmp_path / "one.onnx", "-o", tmp_path / "out.onnx", "--batch", batch)
    for value in [*onnx.load(tmp_path / "out.onnx").graph.input, *onnx.load(tmp_path / "out.onnx").graph.output]:
        first = value.type.tensor_type.shape.dim[0]
        assert (first.dim_value or first.dim_param) == dim
    x = np.random.default_rng(1).random((8, 3, 32, 32), dtype=np.float32)
    assert outputs(tmp_path / "out.onnx", x).shape == (8, 2)


def test_opset_and_external_data(succeed, cnn, tmp_path):
    succeed("convert", cnn, "-o", tmp_path / "new.onnx", "--opset", "18", "--external-data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.onnx", "new.onnx.data"]
    assert onnx.load(tmp_path / "new.onnx").opset_import[0].version == 18


def test_inspect(succeed, cnn):
    report = json.loads(succeed("inspect", cnn, "--json"))
    assert report["inputs"] == [{"name": "x", "dtype": "float32", "shape": ["N", 3, 32, 32]}]
    assert report["outputs"][0]["name"] == "logits"
    assert report["opset"] == 17
    assert report["ops"]["Conv"] == 2
    assert report["parameters"] == 16 * 27 + 16 * 144 + 32 + 2 + 8 * 16
    # Two 16x16 feature maps of 3x3 convolutions, and the classifier.
    assert report["macs"] == 256 * 16 * 27 + 256 * 16 * 144 + 32
    assert report["size_bytes"] == cnn.stat().st_size
    assert report["quantized_share"] == 0
    text = succeed("inspect", cnn)
    assert "float32[N, 3, 32, 32]" in text and "Conv" in text
    assert "Conv(" in succeed("inspect", cnn, "--text")

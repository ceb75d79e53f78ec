"""Every bad input gets an `error:` line that names it, the right exit code, and leaves nothing behind."""

import os
import resource
import subprocess

import numpy as np
import pytest
from conftest import BINARY, SPEC
from small_models import write_cnn_with_external_data, write_cnn_with_nan, write_unknown_op


def quantize(fail, model, data, *more, parts, code=1):
    return fail("quantize", model, "-o", "int8.onnx", "--calibration", data, "--preprocess", SPEC, *more, code=code, parts=parts)


@pytest.mark.parametrize("command", [["inspect"], ["convert", "-o", "out.onnx"], ["bench"]])
def test_not_a_model(fail, tmp_path, command):
    (tmp_path / "model.onnx").write_text("this is not a model, but text")
    fail(command[0], "model.onnx", *command[1:], code=1, parts=["model.onnx"])
    fail(command[0], "none.onnx", *command[1:], code=1, parts=["none.onnx", "no such file"])


def test_truncated_model(fail, cnn, tmp_path):
    whole = cnn.read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "short.onnx").write_bytes(whole[: int(len(whole) * share)])
        fail("convert", "short.onnx", "-o", "out.onnx", code=1, parts=["short.onnx"])


@pytest.mark.parametrize("location", ["missing.data", "../outside.data", "/etc/passwd"])
def test_external_data_that_is_wrong_or_leaves(fail, tmp_path, location):
    write_cnn_with_external_data(tmp_path / "model.onnx", location)
    fail("convert", "model.onnx", "-o", "out.onnx", code=1, parts=["model.onnx", "w2"])


def test_unknown_op(fail, tmp_path):
    write_unknown_op(tmp_path / "model.onnx")
    fail("convert", "model.onnx", "-o", "out.onnx", code=1, parts=["Frobnicate"])


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors", "program.pt2"])
def test_archives_that_are_cut_off(fail, tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    fail("inspect", name, code=1, parts=[name, "cut off", "download it again"])


def test_wrong_arrays(fail, cnn, tmp_path):
    np.savez(tmp_path / "name.npz", y=np.zeros((4, 3, 32, 32), np.float32))
    quantize(fail, cnn, "name.npz", parts=["x", "y"])
    np.savez(tmp_path / "dtype.npz", x=np.zeros((4, 3, 32, 32), np.int64))
    quantize(fail, cnn, "dtype.npz", parts=["float32", "int64"])
    np.savez(tmp_path / "rank.npz", x=np.zeros((4, 3, 32), np.float32))
    quantize(fail, cnn, "rank.npz", parts=["32"])


def test_empty_or_unreadable_folder(fail, cnn, tmp_path):
    (tmp_path / "empty").mkdir()
    quantize(fail, cnn, "empty", parts=["empty"])
    quantize(fail, cnn, "none", parts=["none"])
    if os.geteuid() != 0:  # root reads everything
        (tmp_path / "locked").mkdir(mode=0)
        quantize(fail, cnn, "locked", parts=["locked"])


def test_a_corrupt_picture_among_good_ones(fail, headrace, cnn, photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, picture in enumerate(sorted(photos.rglob("*.png"))):
        (folder / f"{index}.png").write_bytes(picture.read_bytes())
    (folder / "5.png").write_bytes((folder / "5.png").read_bytes()[:100])
    quantize(fail, cnn, "photos", parts=["5.png", "--skip-bad"])
    process = headrace("quantize", cnn, "-o", tmp_path / "int8.onnx", "--calibration", folder, "--preprocess", SPEC, "--skip-bad")
    assert process.returncode == 0 and "warning: 1 sample " in process.stderr and "5.png" in process.stderr


def test_nan_in_weights_and_activations(fail, cnn, photos, tmp_path):
    write_cnn_with_nan(tmp_path / "nan.onnx")
    quantize(fail, "nan.onnx", photos, parts=["w2"])
    values = np.random.default_rng(1).random((8, 3, 32, 32), dtype=np.float32)
    values[5, 0, 0, 0] = np.inf
    np.save(tmp_path / "inf.npy", values)
    quantize(fail, cnn, "inf.npy", parts=["inf.npy[5]"])


def test_disk_full(cnn, photos, tmp_path):
    """A file size limit stands in for a full disk: the write fails half-way either way."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    for command in (["convert", cnn, "-o", "out.onnx"], ["quantize", cnn, "-o", "out.onnx", "--calibration", photos, "--preprocess", SPEC],
                    ["deploy", cnn, "-o", "bundle", "--calibration", photos, "--preprocess", SPEC]):
        process = subprocess.run([BINARY, *map(str, command)], cwd=tmp_path, preexec_fn=limit, capture_output=True, text=True, check=False)
        assert process.returncode == 1, process.stderr
        assert "cannot write" in process.stderr or "cannot" in process.stderr
        assert list(tmp_path.iterdir()) == []


def test_output_folder_that_is_not_there(fail, cnn):
    fail("convert", cnn, "-o", "no/such/folder/out.onnx", code=1, parts=["no/such/folder"])
    fail("quantize", cnn, "-o", ".", "--calibration", "none", code=2, parts=["this is a folder"])

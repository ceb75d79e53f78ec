"""What the end-to-end tests share: the built program, and a small trained-looking CNN with pictures for it."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from small_models import write_cnn

BINARY = os.environ.get("HEADRACE_BINARY", str(Path(__file__).parents[2] / "build/release/bin/headrace"))
SPEC = "resize=0,crop=0,scale=255"


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Engines are chosen by measuring, and the choice is remembered: not among the user's."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def headrace():
    """headrace("quantize", ...) runs the program and returns the completed process."""

    def run(*arguments, timeout=300, **more):
        command = [BINARY, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **more)

    return run


@pytest.fixture
def succeed(headrace):
    """The same, and the run must succeed; returns its standard output."""

    def run(*arguments, **more):
        process = headrace(*arguments, **more)
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run


@pytest.fixture
def fail(headrace, tmp_path):
    """The same, and the run must fail with `code`, an `error:` line that holds every one of `parts`, and nothing left behind."""

    def run(*arguments, code, parts):
        before = sorted(tmp_path.rglob("*"))
        process = headrace(*arguments, cwd=tmp_path)
        assert process.returncode == code, process.stdout + process.stderr
        assert process.stderr.startswith("error: ") or "\nerror: " in process.stderr, process.stderr
        for part in parts:
            assert part in process.stderr
        assert sorted(tmp_path.rglob("*")) == before
        return process.stderr

    return run


@pytest.fixture(scope="session")
def cnn(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "cnn.onnx"
    write_cnn(path)
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Twelve 32x32 pictures in two sub-folders, which are their labels."""
    from PIL import Image

    root = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(7)
    for index in range(12):
        folder = root / ("cat" if index % 2 else "dog")
        folder.mkdir(exist_ok=True)
        smooth = random.integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(smooth).resize((32, 32)).save(folder / f"{index:02}.png")
    return root

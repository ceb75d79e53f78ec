"""The built program, serving a small bundle on a free port."""

import contextlib
import os
import pathlib
import re
import select
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKENS = ("HEADRACE_DATA_TOKEN", "HEADRACE_CONTROL_TOKEN")


def program():
    """HEADRACE_BINARY, or the newest one built; None where there is none."""
    named = os.environ.get("HEADRACE_BINARY")
    built = [pathlib.Path(named)] if named else list(ROOT.glob("build/*/bin/headrace"))
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def why_it_cannot_serve():
    """A reason to skip; None when it can."""
    found = program()
    if found is None:
        return "headrace is not built"
    listed = subprocess.run([found, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    return None if re.search(r"^\s*serve\s", listed, re.MULTILINE) else f"{found} has no serve command"


def write_bundle(folder):
    """folder/small, a bundle of two classes, and folder/photos/{cat,dog}, pictures for it."""
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    from PIL import Image
    from small_models import write_cnn

    for index in range(8):
        place = folder / "photos" / ("cat" if index % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((32, 32), 40 + index).convert("RGB").save(place / f"{index}.png")
    write_cnn(folder / "small.onnx")
    subprocess.run(
        [program(), "deploy", folder / "small.onnx", "-o", folder / "small", "--calibration", folder / "photos",
         "--preprocess", "resize=0,crop=0,scale=255", "--engine", "native", "--seconds", "0.05"],
        check=True, timeout=300, capture_output=True, env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
    )  # fmt: skip


def first_line(process, seconds):
    """What the server says when it is ready."""
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, f"headrace serve said nothing for {seconds} s"
    return process.stdout.readline()


@contextlib.contextmanager
def serving(folder, *flags, tokens=()):
    """The server's address. `tokens`: those for data and control."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), **dict(zip(TOKENS, tokens))}
    command = [program(), "serve", folder / "small", "--http-port", "0", "--grpc-port", "-1", "--instances", "1", "--threads", "1", *flags]
    with open(folder / "serve.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        try:
            line = first_line(process, 120)
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, f"no address in {line!r}; {(folder / 'serve.log').read_text(encoding='utf-8')}"
            yield found[0] + "/"
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

"""Every shell command in the documentation does what it says: it is run, in a folder with the files that the documentation names."""
import contextlib
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import tomllib

import pytest
from doc_blocks import blocks

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HEADRACE_BUILD", ROOT / "build/release"))
MODELS = ROOT / "out/models"
PHOTOS = ROOT / "out/photos"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SCRIPT_SECONDS = 300
PICTURES = 6  # of each folder of photographs: what a command does shows on a few

# Commands that set up the machine, build, or need a network: these are what `./run test` and continuous integration run themselves.
EXEMPT = ("./run", "apt", "pip", "cmake", "ctest", "cd", "git")


def is_exempt(command):
    return shlex.split(command)[0] in EXEMPT


def shortened(command):
    """The command, measuring for a fraction of a second unless it says for how long."""
    return command if "--seconds" in command else re.sub(r"\bheadrace (bench|deploy)\b", r"headrace \1 --seconds 0.1", command)


@pytest.fixture
def folder(tmp_path):
    """What the documentation takes for granted: the two models in all their forms, two folders of photographs, headrace on the PATH, the source tree's build/."""
    for model in (path for kind in ("onnx", "pt2", "pth") for path in MODELS.glob(f"*.{kind}")):
        (tmp_path / model.name).symlink_to(model)
    for name in ("calibration", "evaluation"):
        (tmp_path / name).mkdir()
        for picture in sorted((PHOTOS / name).iterdir())[:PICTURES]:
            (tmp_path / name / picture.name).symlink_to(picture)
    (tmp_path / "build").mkdir()
    (tmp_path / "build/release").symlink_to(BUILD)
    return tmp_path


def environment(folder):
    return {**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), "PATH": f"{BUILD / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def run(command, folder, place):
    done = subprocess.run(["bash", "-c", f"set -euo pipefail; {command}"], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    hidden = "cannot hide CPU features" in done.stderr  # a CPU that does not let a process hide what it has
    assert done.returncode == 0 or hidden, f"{place}: {command}\n{done.stdout}{done.stderr}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_script(script, folder, place):
    """A block that starts a server and stops it: on free ports, since others may serve on this machine; nothing of it is left."""
    http, grpc = free_port(), free_port()
    script = re.sub(r"\bheadrace serve\b", f"headrace serve --http-port {http} --grpc-port {grpc}", shortened(script))
    script = script.replace(":8000", f":{http}")
    with subprocess.Popen(["bash", "-c", f"set -euo pipefail\n{script}"], cwd=folder, env=environment(folder), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, start_new_session=True) as shell:  # fmt: skip
        try:
            output, _ = shell.communicate(timeout=SCRIPT_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, f"{place}:\n{script}\n{output}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands(document, folder):
    for block in blocks(document):
        if block.language == "toml":  # is headrace.toml from there on
            tomllib.loads(block.text)
            (folder / "headrace.toml").write_text(block.text, encoding="utf-8")
        if block.language == "python":
            compile(block.text, f"{document.name}:{block.line}", "exec")
        if block.language != "sh":
            continue
        if block.is_script:
            run_script(block.text, folder, f"{document.name}:{block.line}")
            continue
        for line, command in block.commands():
            if not is_exempt(command):
                run(shortened(command), folder, f"{document.name}:{line}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_stand_in_blocks_that_are_run(document):
    """A block without a language, or with another one, would hide its commands from the test above."""
    for block in blocks(document):
        if block.language not in ("sh", "text"):
            assert not any(line.startswith(("headrace ", "./run ", "$ ")) for line in block.text.splitlines()), f"{document.name}:{block.line}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (document.parent / target).exists(), f"{document.name}: {target}"

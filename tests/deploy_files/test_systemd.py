"""deploy/systemd: systemd knows every directive, and the stop is as long as the drain."""

import pathlib
import re
import shutil
import subprocess

import pytest
from manifests import DEPLOY

UNIT = DEPLOY / "systemd/headrace.service"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def settings():
    """Key -> values, of all sections; a line that ends in a backslash goes on in the next."""
    lines = re.sub(r"\\\n", " ", UNIT.read_text(encoding="utf-8")).splitlines()
    found = {}
    for key, value in (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")):
        found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def analyze(tmp_path):
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is not installed: run ./run setup"
    executable = tmp_path / "headrace"
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)

    def run(verb, text, *options):
        unit = tmp_path / "headrace.service"
        unit.write_text(text.replace("/usr/local/bin/headrace", str(executable)), encoding="utf-8")
        return subprocess.run([program, verb, *options, str(unit)], capture_output=True, text=True, timeout=60, check=False)

    return run


def test_systemd_accepts_it(analyze):
    done = analyze("verify", UNIT.read_text(encoding="utf-8"))
    about_it = [line for line in (done.stdout + done.stderr).splitlines() if "headrace" in line]
    assert about_it == []


def test_verify_would_tell_a_wrong_directive(analyze):
    done = analyze("verify", UNIT.read_text(encoding="utf-8").replace("TimeoutStopSec", "TimeoutStopsSec"))
    assert "TimeoutStopsSec" in done.stderr


def test_it_is_exposed_to_little(analyze):
    """systemd's own measure, 0 to 10 and 9.6 for a unit without a word about it: network, /dev/shm and JIT of the engines remain."""
    done = analyze("security", UNIT.read_text(encoding="utf-8"), "--offline=true", "--threshold=20", "--no-pager")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stop_is_longer_than_the_drain():
    assert int(settings()["TimeoutStopSec"][0]) >= drain_seconds() + 5


def drain_seconds():
    header = (ROOT / "src/deploy/serve_options.h").read_text(encoding="utf-8")
    return float(re.search(r"double drain_seconds = (\d+);", header)[1])


def test_tokens_are_credentials():
    unit = settings()
    credentials = {line.split(":")[0] for line in unit["LoadCredential"]}
    told = set(re.findall(r"-token-file %d/([\w-]+)", unit["ExecStart"][0]))
    assert credentials == told == {"data-token", "control-token"}

"""Processes that are measured from outside."""
import json
import pathlib
import shlex
import subprocess
import sys

import headrace_cli

HERE = pathlib.Path(__file__).resolve().parent


def usage(*arguments):
    """Run headrace; return {"seconds", "peak_bytes"}."""
    return _json_of([sys.executable, "-I", "-S", HERE / "child_usage.py", headrace_cli.HEADRACE, *arguments])


def script(name, *arguments):
    """Run a script of this folder in a process of its own; return the JSON that it prints."""
    return _json_of([sys.executable, HERE / name, *arguments])


def _json_of(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def shown(*arguments):
    """The command as a reader would type it, from the project's folder."""
    words = [str(word).replace(f"{headrace_cli.ROOT}/", "") for word in arguments]
    return shlex.join(["headrace", *words])

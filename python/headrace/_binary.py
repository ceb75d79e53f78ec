"""Finding and calling the headrace program."""
import os
import pathlib
import shutil
import subprocess
import warnings

from headrace._errors import HeadraceError

_BUILD = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "bin" / "headrace"


def find_binary():
    """Return the program's path: $HEADRACE, else `headrace` on the PATH, else the release build of this source tree."""
    named = os.environ.get("HEADRACE")
    if named:
        if not os.access(named, os.X_OK):
            raise HeadraceError(f"the environment variable HEADRACE names {named}, which is not a program")
        return named
    found = shutil.which("headrace")
    if found:
        return found
    if os.access(_BUILD, os.X_OK):
        return str(_BUILD)
    raise HeadraceError("the headrace program is not found: build it (./run build), then set HEADRACE to its path or put it on the "
                        "PATH")


def run(arguments):
    """Run the program and return what it printed. Its warnings become Python warnings, its errors HeadraceError."""
    command = [find_binary(), *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    for line in lines:
        if line.startswith("warning: "):
            warnings.warn(line.removeprefix("warning: "), stacklevel=3)
    if done.returncode != 0:
        raise HeadraceError(_message(lines, done.returncode), done.returncode)
    return done.stdout


def _message(lines, code):
    starts = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    if starts:
        return "\n".join(lines[starts[0]:]).removeprefix("error: ")
    if code < 0:
        return f"headrace was ended by signal {-code}"
    return "\n".join(lines[-10:]) or f"headrace ended with code {code} and said nothing"

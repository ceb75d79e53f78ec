"""A stand-in for the headrace program, which notes how it was called and answers as it is told."""
import json
import stat
import sys

import pytest

PROGRAM = """#!{python}
import json, os, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
answer = json.loads((here / "answer.json").read_text())
if "--help" in sys.argv:
    print(answer["help"])
    sys.exit(0)
if sys.argv[1] == "convert":
    sys.exit("error: the stand-in converts nothing")
kept = here / "kept"
kept.mkdir(exist_ok=True)
for word in sys.argv[1:]:
    if os.path.isfile(word):
        shutil.copy(word, kept)
(here / "call.json").write_text(json.dumps(sys.argv[1:]))
sys.stderr.write(answer["stderr"])
if answer["code"] == 0:
    out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
    out.mkdir(parents=True)
    (out / "report.json").write_text(json.dumps({{"recommended": "INT8, ort"}}))
sys.exit(answer["code"])
"""


class StandIn:
    def __init__(self, folder):
        self.folder = folder
        self.kept = folder / "kept"  # copies of the files that the call named
        self.path = folder / "headrace"
        self.path.write_text(PROGRAM.format(python=sys.executable))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        self.answer()

    def answer(self, code=0, stderr="", help="--calibration --measured"):
        (self.folder / "answer.json").write_text(json.dumps({"code": code, "stderr": stderr, "help": help}))

    def call(self):
        return json.loads((self.folder / "call.json").read_text())


@pytest.fixture
def program(tmp_path, monkeypatch):
    folder = tmp_path / "program"
    folder.mkdir()
    stand_in = StandIn(folder)
    monkeypatch.setenv("HEADRACE", str(stand_in.path))
    return stand_in

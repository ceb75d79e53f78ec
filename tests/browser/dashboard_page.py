"""The dashboard as the build puts it together, made here so that the page can be tested without a compiler."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src/serve/dashboard"
CHART_FOLDERS = ["/usr/share/javascript/chart.js", "/usr/local/share/javascript/chart.js"]


def chart_library():
    found = [path for folder in CHART_FOLDERS for name in ("chart.umd.js", "chart.min.js") if (path := pathlib.Path(folder) / name).exists()]
    assert found, "Chart.js is not installed: run ./run setup"
    return found[0]


def assemble(folder):
    """The page's bytes, and the Content-Security-Policy for its header."""
    subprocess.run(
        ["cmake", f"-DCHART={chart_library()}", f"-DOUTPUT={folder}", "-P", str(FOLDER / "assemble.cmake")],
        check=True, timeout=60,
    )  # fmt: skip
    source = (folder / "dashboard.cpp").read_text(encoding="utf-8")
    return (folder / "dashboard.html").read_bytes(), re.search(r'return "(default-src [^"]*)"', source)[1]

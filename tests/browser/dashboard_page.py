"""The dashboard as the build puts it together, made here so that the page can be tested without a compiler; and looking at it."""

import contextlib
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src/serve/dashboard"
CHART_FOLDERS = ["/usr/share/javascript/chart.js", "/usr/local/share/javascript/chart.js"]


def chart_library():
    paths = [pathlib.Path(folder) / name for folder in CHART_FOLDERS for name in ("chart.umd.js", "chart.min.js")]
    found = [path for path in paths if path.exists()]
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


@contextlib.contextmanager
def opened(chromium, server, width=1280, scheme="light", expect=()):
    """The dashboard; on leaving, asserts that it asked this server alone and that the console has nothing but what is expected."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    url = server.url
    page.goto(url)
    yield page
    context.close()
    assert [line for line in complaints if not any(part in line for part in expect)] == []
    assert [one for one in asked if not one.startswith((url, f"blob:{url}", "data:"))] == []


def becomes(page, condition, seconds=30):
    """Polls: the page's own policy forbids the evaluation that wait_for_function needs."""
    for _ in range(seconds * 20):
        if page.evaluate(condition):
            return True
        page.wait_for_timeout(50)
    return False


def tile(page, name):
    return page.locator("#tiles div", has=page.locator("dt", has_text=name)).locator("dd").inner_text()


def cells(page, row=0):
    return page.locator("#rows tr").nth(row).locator("th, td").all_inner_texts()


def wait_for_polls(page, server, count):
    target = len(server.requests) + 3 * count
    for _ in range(1200):
        if len(server.requests) >= target:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page stopped asking")

"""A headless Chromium without a network, the example pages that report_example writes, and a fake server for the dashboard."""

import os
import pathlib
import shutil
import subprocess

import pytest
from dashboard_page import assemble
from fake_server import READY, FakeModel, FakeServer
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


def example_programs() -> list[pathlib.Path]:
    """HEADRACE_REPORT_EXAMPLE, or all that are built, the newest last."""
    named = os.environ.get("HEADRACE_REPORT_EXAMPLE")
    built = [pathlib.Path(named)] if named else list(ROOT.glob("build/*/bin/report_example"))
    return sorted(built, key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def program() -> pathlib.Path:
    built = example_programs()
    assert built, "report_example is not built: run ./run build, or name it in HEADRACE_REPORT_EXAMPLE"
    return built[-1]


@pytest.fixture(scope="session")
def pages(program, tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("pages")
    subprocess.run([str(program), str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def screenshots() -> pathlib.Path:
    """build/<preset>/screenshots, for people to look at; build/screenshots where nothing is built (the dashboard needs no build)."""
    built = example_programs()
    folder = (built[-1].parent.parent if built else ROOT / "build") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("HEADRACE_CHROMIUM") or shutil.which("chromium")
    assert path, "chromium is not installed: run ./run setup test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_and_policy(tmp_path_factory):
    return assemble(tmp_path_factory.mktemp("dashboard"))


@pytest.fixture
def server(page_and_policy):
    fake = FakeServer(*page_and_policy)
    fake.models["lite0"] = FakeModel()
    fake.index = [READY]
    fake.start()
    yield fake
    fake.stop()

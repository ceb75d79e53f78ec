"""docs/serve.md names every limit and its default as the server's options have them, and no metric or log field that is not there."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/serve.md").read_text(encoding="utf-8")
OPTIONS = (ROOT / "src/deploy/serve_options.h").read_text(encoding="utf-8")


def number(text):
    """C++'s spellings in that header: 1024, 10'000, size_t{64} << 20."""
    match = re.fullmatch(r"(?:size_t\{)?([\d']+)\}?(?: << (\d+))?", text)
    assert match, text
    return int(match[1].replace("'", "")) << int(match[2] or 0)


def limits():
    body = re.search(r"struct Limits \{\n(.*?)\n\};", OPTIONS, re.DOTALL)[1]
    fields = re.findall(r"^\s*\w+ (\w+) = ([^;]+);", body, re.MULTILINE)
    return {name.replace("_", "-"): number(default) for name, default in fields}


def exported():
    """The names in the sources that write /metrics."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/serve/repository").glob("*.cpp"))
    return set(re.findall(r'"((?:headrace|process)_[a-z_]+)"', sources))


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]


def test_limits():
    documented = {name: int(default) for name, default in re.findall(r"^\| `([\w-]+)` \| (\d+) \|", section("Limits"), re.MULTILINE)}
    assert len(documented) > 5
    assert documented == limits()


@pytest.mark.parametrize("option, value", [("drain_seconds", "--drain-seconds` (20)"), ("hang_seconds", "| `--hang-seconds` | 60 |")])
def test_other_defaults(option, value):
    default = re.search(rf"\w+ {option} = (\d+);", OPTIONS)[1]
    assert re.search(r"\d+", value)[0] == default
    assert value in TEXT


def test_metrics():
    """Every name in this text, in scale-out.md and in deploy/ is one that the server exports."""
    texts = [ROOT / "docs/serve.md", ROOT / "docs/scale-out.md", *(ROOT / "deploy").rglob("*.yaml")]
    named = {name for path in texts for name in re.findall(r"\b(?:headrace|process)_[a-z_]+", path.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert named <= exported()


def test_the_dashboard_reads_what_is_exported():
    page = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/serve/dashboard/html").glob("*.js"))
    read = {name.removesuffix("_bucket") for name in re.findall(r"\b(?:headrace|process)_[a-z_]+", page)}
    assert len(read) >= 6
    assert read <= exported()


def test_log_fields():
    source = (ROOT / "src/serve/access_log.cpp").read_text(encoding="utf-8")
    written = set(re.findall(r'(?:text|number)\("(\w+)"', source)) | {"time"}
    line = re.search(r"writes a JSON object a line for each request: (.*?);", TEXT, re.DOTALL)[1]
    assert set(re.findall(r"`(\w+)`", line)) == written

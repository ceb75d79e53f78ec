"""The dashboard before the real server: what it shows is what was asked of it."""

import dataclasses
import json
import re
import urllib.request

import pytest
from dashboard_page import becomes, cells, opened, tile
from real_server import serving, why_it_cannot_serve, write_bundle

REASON = why_it_cannot_serve()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@dataclasses.dataclass
class Address:
    url: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    write_bundle(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with serving(folder) as url:
        yield Address(url)


def post_picture(url, picture, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{url}v2/models/small/picture?top=2", picture, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_figures_are_those_of_the_server(chromium, server, folder, screenshots):
    picture = (folder / "photos/cat/1.png").read_bytes()
    with opened(chromium, server, width=1280) as page:
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        row = cells(page)
        before = int(row[8].replace(",", ""))
        for _ in range(25):
            post_picture(server.url, picture)
        assert becomes(page, f"document.querySelector('#rows tr td:nth-child(9)').textContent.replace(',', '') === '{before + 25}'")
        assert row[0] == "small"
        assert re.fullmatch(r"READY, version \d+", row[1])
        assert float(tile(page, "p50")) > 0
        assert float(tile(page, "rows per batch")) >= 1
        assert re.fullmatch(r"[\d.]+ (MB|GB)", tile(page, "memory"))
        page.screenshot(path=screenshots / "dashboard-served.png", full_page=True)


def test_a_picture_is_classified(chromium, server, folder):
    picture = folder / "photos/dog/0.png"
    expected = post_picture(server.url, picture.read_bytes())["top"]
    with opened(chromium, server) as page:
        assert becomes(page, "document.getElementById('tried').value === 'small'")
        page.locator("#picture").set_input_files(picture)
        page.locator("#answer li").nth(1).wait_for()
        shown = [item.split("\n")[0] for item in page.locator("#answer li").all_inner_texts()]
        assert shown == [one["label"] for one in expected]
        assert sorted(shown) == ["cat", "dog"]
        assert re.search(r"queue [\d.]+ ms .*compute [\d.]+ ms", page.locator("#answer .key").inner_text())


def test_what_is_no_picture_is_refused(chromium, server, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    with opened(chromium, server, expect=["400", "415"]) as page:
        assert becomes(page, "document.getElementById('tried').value === 'small'")
        page.locator("#picture").set_input_files(tmp_path / "text.png")
        page.locator("#answer .notice").wait_for()
        assert re.match(r"4\d\d: .+", page.locator("#answer").inner_text())


def test_two_tokens(chromium, folder):
    """One for data, one for control: the page opens without, asks for each, and then shows figures."""
    with serving(folder, tokens=("data-secret", "control-secret")) as url, opened(chromium, Address(url), expect=["401"]) as page:
        for _ in range(2):
            assert becomes(page, "!document.getElementById('token-form').hidden")
            scope = page.locator("#token-form").get_attribute("data-scope")
            page.locator("#token").fill(f"{scope}-secret")
            page.locator("#token-form button").click()
            if becomes(page, "document.getElementById('state').textContent === 'serving'", seconds=5):
                break
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        assert cells(page)[0] == "small"

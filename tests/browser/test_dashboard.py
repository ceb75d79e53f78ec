"""The dashboard in a real browser, before a server that answers as each test says, under the policy that the page is served with."""

import base64
import math

import pytest
from dashboard_page import becomes, cells, opened, tile, wait_for_polls
from fake_server import READY, FakeModel

# Whether more than a hundredth of each canvas is painted; read from a copy, since Chromium warns about reading one that is drawn to.
PAINTED = """all => all.map(canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
  copy.drawImage(canvas, 0, 0);
  const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length > data.length / 400;
})"""
SET_HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
# A picture of one pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNg+M/wHwAEAQH/7yMK/gAAAABJRU5ErkJggg==")


def fill_window(page, server):
    """Two minutes in a moment: what a poll would have seen in each second."""
    texts = []
    for _ in range(120):
        server.each_poll()
        texts.append(server.metrics())
    page.evaluate("""texts => {
      history_.snapshots = [];
      texts.forEach((text, i) => history_.add(snapshotOf(parseMetrics(text), performance.now() / 1000 - texts.length + i)));
    }""", texts)  # fmt: skip


def test_figures_of_a_model(chromium, server):
    """Each poll: 40 answers within 5 to 10 ms in batches of 4, and one refused; none before the page was opened."""
    model = server.models["lite0"]
    model.depth = 7

    def work():
        model.answer(40, 0.008, batch=4)
        model.outcomes["rejected"] += 1

    server.each_poll = work
    with opened(chromium, server) as page:
        assert becomes(page, "document.querySelectorAll('#rows tr').length === 1")
        wait_for_polls(page, server, 3)
        assert tile(page, "p50") == "7.50"  # halfway between the bounds 5 and 10
        assert tile(page, "p99") == "9.95"
        assert tile(page, "rows per batch") == "4.00"
        assert tile(page, "waiting") == "7"
        assert tile(page, "memory") == "250 MB"
        ratio = float(tile(page, "answers per s")) / float(tile(page, "unserved per s"))
        assert ratio == pytest.approx(40, rel=0.02)
        row = cells(page)
        assert row[:2] == ["lite0", "READY, version 3"]
        assert int(row[8].replace(",", "")) == 40 * int(row[9])
        assert page.locator("#server").inner_text() == f"headrace 1.2.3 at 127.0.0.1:{server.port}"
        assert page.locator("#state").inner_text() == "serving"
        assert page.evaluate("plots.batches.data.labels.join()") == "1,2,3–4"
        assert page.evaluate("plots.batches.data.datasets[0].data.join()") == "0,0,100"
        assert page.evaluate("plots.latency.data.datasets[0].data.length") >= 2


def test_models_apart_and_together(chromium, server):
    server.models["b"] = FakeModel()
    server.index = [READY, {"name": "b", "version": "1", "state": "READY", "reason": ""}]
    server.each_poll = lambda: (server.models["lite0"].answer(10, 0.001), server.models["b"].answer(30, 0.1))
    with opened(chromium, server) as page:
        wait_for_polls(page, server, 3)
        assert becomes(page, "document.querySelectorAll('#rows tr').length === 2")
        rates = {}
        for shown in ("", "lite0", "b"):
            page.locator("#shown").select_option(shown)
            rates[shown] = float(tile(page, "answers per s"))
        assert tile(page, "p50") == "75.0"
        assert rates["b"] == pytest.approx(3 * rates["lite0"], rel=0.1)
        assert rates[""] == pytest.approx(rates["b"] + rates["lite0"], rel=0.2)  # a poll may lie between the choices


def test_a_version_that_failed_to_load_is_told(chromium, server):
    server.index = [
        READY,
        {"name": "lite0", "version": "4", "state": "UNAVAILABLE", "reason": "model.onnx: cut off"},
        {"name": "broken", "version": "1", "state": "UNAVAILABLE", "reason": "<img src=x onerror=alert(1)>"},
    ]
    with opened(chromium, server) as page:
        assert becomes(page, "document.querySelectorAll('#rows tr').length === 2")
        assert cells(page, 0)[:2] == ["broken", "UNAVAILABLE, version 1: <img src=x onerror=alert(1)>"]
        assert cells(page, 1)[:2] == ["lite0", "READY, version 3; version 4: model.onnx: cut off"]
        assert page.locator("#rows img").count() == 0
        assert page.locator("#tried option").all_inner_texts() == ["lite0"]


def test_a_server_that_is_gone_and_comes_back(chromium, server):
    with opened(chromium, server, expect=["ERR_CONNECTION", "ERR_EMPTY"]) as page:
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        port = server.port
        server.stop()
        assert becomes(page, "document.getElementById('state').textContent === 'gone'")
        assert "does not answer" in page.locator("#notice").inner_text()
        server.start(port)
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        assert page.locator("#notice").is_hidden()


def test_token(chromium, server):
    server.token = "s3cret"
    with opened(chromium, server, expect=["401"]) as page:
        assert becomes(page, "!document.getElementById('token-form').hidden")
        page.locator("#token").fill("wrong")
        page.locator("#token-form button").click()
        assert becomes(page, "document.getElementById('token-label').textContent.includes('not the one')")
        page.locator("#token").fill("s3cret")
        page.locator("#token-form button").click()
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        assert page.locator("#token-form").is_hidden()
        assert page.evaluate("Object.values(sessionStorage)").count("s3cret") >= 1
        assert page.evaluate("localStorage.length + document.cookie.length") == 0
        assert "s3cret" not in page.content()
    assert not any("s3cret" in path for _, path, _ in server.requests)


def test_nothing_is_asked_while_the_tab_is_hidden(chromium, server):
    with opened(chromium, server) as page:
        assert becomes(page, "document.getElementById('state').textContent === 'serving'")
        page.evaluate(SET_HIDDEN, True)
        page.wait_for_timeout(300)  # what was under way comes to its end
        asked = len(server.requests)
        page.wait_for_timeout(2500)
        assert len(server.requests) == asked
        page.evaluate(SET_HIDDEN, False)
        wait_for_polls(page, server, 1)


def classes(body):
    assert body == PNG
    return 200, {
        "model_name": "lite0",
        "model_version": "3",
        "top": [{"index": 7, "label": "cock <b>", "probability": 0.75}, {"index": 8, "label": "", "probability": 0.125}],
        "timing": {"queue_ms": 1.5, "compute_ms": 4.25, "batch_size": 1},
    }


def test_trying_a_model(chromium, server, tmp_path):
    (tmp_path / "bird.png").write_bytes(PNG)
    server.picture = classes
    with opened(chromium, server) as page:
        assert becomes(page, "document.getElementById('tried').value === 'lite0'")
        page.locator("#picture").set_input_files(tmp_path / "bird.png")
        page.locator("#answer li").nth(1).wait_for()
        items = page.locator("#answer li")
        assert items.nth(0).inner_text().split("\n") == ["cock <b>", "75.0 %"]
        assert items.nth(1).inner_text().split("\n") == ["class 8", "12.5 %"]
        full = page.locator("#answer .bar").first.bounding_box()["width"]
        widths = [page.locator("#answer .bar i").nth(i).bounding_box()["width"] / full for i in (0, 1)]
        assert widths == pytest.approx([0.75, 0.125], abs=0.01)
        key = page.locator("#answer .key").inner_text()
        assert "queue 1.50 ms" in key
        assert "compute 4.25 ms" in key
        assert page.locator("#preview").evaluate("e => e.complete && e.naturalWidth") == 1
        assert ("POST", "/v2/models/lite0/picture?top=5", None) in server.requests


def test_trying_by_drop(chromium, server):
    server.picture = classes
    with opened(chromium, server) as page:
        assert becomes(page, "document.getElementById('tried').value === 'lite0'")
        page.evaluate("""bytes => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], 'bird.png', {type: 'image/png'}));
          document.getElementById('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
        }""", list(PNG))  # fmt: skip
        page.locator("#answer li").first.wait_for()


def test_a_refused_picture_says_why(chromium, server, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    server.picture = lambda body: (400, {"error": "not a JPEG or PNG: starts with 6e 6f"})
    with opened(chromium, server, expect=["400"]) as page:
        assert becomes(page, "document.getElementById('tried').value === 'lite0'")
        page.locator("#picture").set_input_files(tmp_path / "text.png")
        page.locator("#answer .notice").wait_for()
        assert page.locator("#answer").inner_text() == "400: not a JPEG or PNG: starts with 6e 6f"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_fits_and_follows_the_scheme(chromium, server, screenshots, tmp_path, width, scheme):
    (tmp_path / "bird.png").write_bytes(PNG)
    server.picture = classes
    model = server.models["lite0"]
    server.models["a-model-with-a-rather-long-name-v2"] = FakeModel()
    trouble = {"state": "UNAVAILABLE", "reason": "headrace.toml: no such engine"}
    server.index = [READY, {**READY, "name": "a-model-with-a-rather-long-name-v2", **trouble}]
    polls = []

    def work():
        polls.append(1)
        wave = math.sin(len(polls) / 9)
        for batch, seconds in ((1, 0.0015), (4, 0.004), (8, 0.03 + 0.02 * wave)):
            model.answer(8 * round(4 + 2 * wave), seconds, batch)
        model.outcomes["expired"] += round(6 + 6 * wave)
        model.outcomes["rejected"] += 9 * (len(polls) % 40 > 32)
        model.depth = round(9 + 9 * wave)

    server.each_poll = work
    with opened(chromium, server, width, scheme) as page:
        assert becomes(page, "document.getElementById('tried').value === 'lite0'")
        fill_window(page, server)
        page.locator("#picture").set_input_files(tmp_path / "bird.png")
        wait_for_polls(page, server, 2)
        page.locator("#answer li").first.wait_for()
        assert all(page.locator("canvas").evaluate_all(PAINTED))
        page.screenshot(path=screenshots / f"dashboard-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(20, 24, 27)" if scheme == "dark" else "rgb(255, 255, 255)")
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        assert becomes(page, f"plots.queue.options.scales.x.ticks.color === '{'#59636e' if scheme == 'dark' else '#9aa5ae'}'")


def test_structure_for_screen_readers(chromium, server):
    with opened(chromium, server) as page:
        assert becomes(page, "document.querySelectorAll('#rows tr').length === 1")
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("h1").count() == 1
        assert page.locator("canvas:not([role=img][aria-label])").count() == 0
        assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
        assert page.locator("select").evaluate_all("all => all.every(one => one.labels.length === 1)")

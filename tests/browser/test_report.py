"""report.html in a real browser: it opens offline, says everything, fits a phone, and shows hostile names as text."""

import contextlib

import pytest

PLOTS = ["trade-off", "distribution", "layers", "steps", "size"]
WIDTHS = [1280, 360]
SCHEMES = ["light", "dark"]

# The share of a canvas's pixels that are painted, and how many colours (coarsely) occur: text and axes alone have few. Read from a copy, since
# Chromium warns about reading a canvas that is drawn to.
PIXELS = """canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
  copy.drawImage(canvas, 0, 0);
  const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) {
    painted += data[i + 3] > 0;
    if (data[i + 3] > 250) colours.add(`${data[i] >> 4} ${data[i + 1] >> 4} ${data[i + 2] >> 4}`);
  }
  return {painted: painted / (data.length / 4), colours: colours.size};
}"""


@contextlib.contextmanager
def opened(chromium, path, width=1280, scheme="light", **options):
    """The page, offline; on leaving, asserts that it asked for nothing but itself and complained of nothing."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True, **options
    )
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("dialog: " + dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    yield page
    outside = [url for url in requests if url != path.as_uri() and not url.startswith("data:")]
    context.close()
    assert complaints == []
    assert outside == []


def becomes(page, condition: str) -> bool:
    """Polls: the page's own policy forbids the evaluation that wait_for_function needs."""
    for _ in range(50):
        if page.evaluate(condition):
            return True
        page.wait_for_timeout(100)
    return False


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["example", "unlabelled", "hostile", "crowded", "empty"])
def test_opens_and_fits(chromium, pages, screenshots, name, width, scheme):
    with opened(chromium, pages / f"{name}.html", width, scheme) as page:
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png", full_page=True)
        assert overflow(page) <= 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["example", "hostile", "crowded"])
def test_plots_are_drawn(chromium, pages, name, width, scheme):
    with opened(chromium, pages / f"{name}.html", width, scheme) as page:
        for plot in PLOTS:
            canvas = page.locator(f"canvas#{plot}")
            pixels = canvas.evaluate(PIXELS)
            assert pixels["painted"] > 0.01, plot
            assert pixels["colours"] >= 3, plot
            assert canvas.bounding_box()["height"] > 100, plot
            assert len(canvas.get_attribute("aria-label")) > 40, plot


def test_table_has_every_version(chromium, pages):
    with opened(chromium, pages / "example.html") as page:
        rows = page.locator("section[aria-labelledby=outcome] tbody tr")
        names = rows.locator("th").all_inner_texts()
        assert [name.split(" recommended")[0].split("\n")[0] for name in names] == [
            "PyTorch eager", "FP32, ort", "INT8, ort", "INT8, ort-exact", "INT8, openvino",
        ]  # fmt: skip
        assert rows.nth(2).get_attribute("class") == "recommended"
        assert "recommended" in names[2]
        assert rows.nth(2).locator("td").all_inner_texts()[:2] == ["4.93", "0.27x"]
        assert rows.nth(4).locator("td").all_inner_texts() == ["not measured"]
        head = page.locator("section[aria-labelledby=outcome] thead th").all_inner_texts()
        assert [text.split("\n")[0].split(" ")[0] for text in head][:4] == ["Version", "Size", "Size", "Latency"]


def test_without_javascript_the_tables_stand(chromium, pages):
    with opened(chromium, pages / "example.html", java_script_enabled=False) as page:
        assert page.locator("section[aria-labelledby=outcome] tbody tr").count() == 5
        assert page.locator("canvas").first.is_hidden()
        assert "need JavaScript" in page.locator("noscript p").inner_text()


def test_wide_tables_scroll_in_their_box(chromium, pages):
    with opened(chromium, pages / "example.html", 360) as page:
        box = page.locator(".scroll").first
        assert box.evaluate("e => e.scrollWidth > e.clientWidth")
        box.evaluate("e => { e.scrollLeft = 200 }")
        first = box.locator("tbody th").first.bounding_box()  # the names stay in sight
        assert first["x"] >= 0
        assert overflow(page) <= 0


def test_hostile_names_are_text(chromium, pages):
    with opened(chromium, pages / "hostile.html") as page:
        assert page.locator("h1").inner_text() == "</script><script>alert(1)</script>"
        assert page.locator("script").count() == 3
        assert page.locator("main img, main svg, main b, [onmouseover]").count() == 0
        assert "<img src=x onerror=alert(2)>" in page.locator("tr.recommended").first.inner_text()
        assert "<b>bold</b> & '</title>'" in page.locator(".notices").inner_text()


def test_colours_follow_the_scheme_and_print(chromium, pages, screenshots):
    with opened(chromium, pages / "example.html", scheme="dark") as page:
        background = "getComputedStyle(document.body).backgroundColor"
        ink_of_layers = "Chart.getChart('layers').options.scales.x.title.color"
        assert page.evaluate(background) == "rgb(20, 24, 27)"
        dark = page.evaluate(ink_of_layers)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(background) == "rgb(255, 255, 255)"
        assert becomes(page, f"{ink_of_layers} === '#444444'")
        page.pdf(path=screenshots / "example.pdf", format="A4")
        page.emulate_media(media="screen", color_scheme="light")
        assert becomes(page, f"{ink_of_layers} !== '{dark}' && {ink_of_layers} !== '#444444'")


def test_structure_for_screen_readers(chromium, pages):
    with opened(chromium, pages / "example.html") as page:
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("h1").count() == 1
        for table in page.locator("table").all():
            assert table.locator("caption").count() == 1
            assert table.locator("thead th:not([scope=col])").count() == 0
            assert table.locator("tbody th:not([scope=row])").count() == 0
        assert page.locator("canvas:not([role=img])").count() == 0
        assert page.locator(".scroll:not([tabindex='0'])").count() == 0

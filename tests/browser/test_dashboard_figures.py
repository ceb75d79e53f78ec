"""What the dashboard makes of the text of /metrics: its parser, quantiles and differences, called in the page."""

import pytest
from dashboard_page import opened


def test_prometheus_text_is_parsed(chromium, server):
    text = "\n".join([
        "# HELP a_total Text with a_total 9 in it", "# TYPE a_total counter", "a_total 3", "", "b{} 4",
        r'a_total{model="x{y},z=\"q\"\\",path="c:\\new\nline"} 1e3 1700000000000', 'h_bucket{le="+Inf"} 7', "gauge -Inf", "not a sample",
        "nothing NaN", 'odd{a="b" 5',
    ])  # fmt: skip
    with opened(chromium, server) as page:
        samples = page.evaluate("text => parseMetrics(text).map(s => [s.name, s.labels, String(s.value)])", text)
    assert samples == [
        ["a_total", {}, "3"], ["b", {}, "4"], ["a_total", {"model": 'x{y},z="q"\\', "path": "c:\\new\nline"}, "1000"],
        ["h_bucket", {"le": "+Inf"}, "7"], ["gauge", {}, "-Infinity"], ["nothing", {}, "NaN"],
    ]  # fmt: skip


def test_parsing_time_is_linear(chromium, server):
    with opened(chromium, server) as page:
        page.set_default_timeout(20000)
        count = page.evaluate("""() => parseMetrics([
          'a{' + 'b="c",'.repeat(200000), 'a{b="' + '\\\\'.repeat(400001), 'a' + ' '.repeat(400000) + 'x y',
          'a{' + '"'.repeat(400001), 'a{' + 'a'.repeat(400000) + '} 1'].join('\\n')).length""")
    assert count == 1  # the last one, without labels


@pytest.mark.parametrize("q, expected", [(0.5, 15), (0.75, 20), (0.99, 20), (0.25, 10), (0.1, 4)])
def test_quantiles_are_interpolated(chromium, server, q, expected):
    """Ten values up to 10, twenty from there to 20 ... of 40: the half lies at 15."""
    with opened(chromium, server) as page:
        assert page.evaluate(f"quantile({q}, new Map([[Infinity, 40], [10, 10], [20, 30]]))") == pytest.approx(expected, abs=1e-9)


def test_quantiles_of_nothing_and_beyond_the_last_bound(chromium, server):
    with opened(chromium, server) as page:
        assert page.evaluate("Number.isNaN(quantile(0.5, new Map([[1, 0], [Infinity, 0]])))")
        assert page.evaluate("Number.isNaN(quantile(0.5, new Map()))")
        assert page.evaluate("quantile(0.99, new Map([[1, 1], [2, 1], [Infinity, 100]]))") == 2


def test_a_restarted_server_is_not_a_negative_rate(chromium, server):
    with opened(chromium, server) as page:
        assert page.evaluate("[increase(5, 3), increase(2, 900), increase(0, 0)]") == [2, 2, 0]

"""A minute of everything at once (mixed_load.py; `./run soak` is ten)."""

import os

import mixed_load

SECONDS = float(os.environ.get("HEADRACE_MIXED_LOAD_SECONDS", "60"))
SANITIZED = os.environ.get("HEADRACE_SANITIZED") == "1"  # sanitizers keep freed memory back: its growth says nothing


def test_no_request_is_lost_and_memory_does_not_grow(tmp_path):
    tally, warm, end, stopped_cleanly = mixed_load.run(tmp_path, SECONDS, SECONDS / 3)
    print(dict(tally.counts), f"{warm / 1e6:.1f} MB warm, {end / 1e6:.1f} MB at the end")
    assert not tally.failures
    assert stopped_cleanly
    for what in ("http arithmetic", "http cnn", "http picture", "grpc", "reloads", "killed clients", "cancelled calls", "rubbish"):
        assert tally.counts[what] > 0, (what, tally.counts)
    assert SANITIZED or end <= 1.05 * warm, f"{warm / 1e6:.1f} MB grew to {end / 1e6:.1f} MB"

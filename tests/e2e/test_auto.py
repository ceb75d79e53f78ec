"""The engine auto: chosen by deploy, used by run, measured anew where it does not hold."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from conftest import BINARY, SPEC
from small_models import write_square_root


@pytest.fixture(scope="module")
def auto_bundle(cnn, photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("auto") / "bundle"
    command = [BINARY, "deploy", cnn, "-o", out, "--calibration", photos, "--preprocess", SPEC, "--engine", "auto", "--seconds", "0.2"]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0, process.stderr
    return out


@pytest.fixture
def picture(photos):
    return sorted(photos.rglob("*.png"))[0]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/headrace/engines"


def copy_with(bundle, folder, **changes):
    """A copy of the bundle whose engine.json says something else."""
    shutil.copytree(bundle, folder)
    choice = json.loads((folder / "engine.json").read_text())
    choice.update(changes)
    (folder / "engine.json").write_text(json.dumps(choice))
    return folder


def elsewhere(bundle, folder):
    return copy_with(bundle, folder, cpu={"name": "Another CPU", "isa": "avx2", "usable": 64})


def test_the_bundle_holds_the_choice_and_its_figures(auto_bundle):
    choice = json.loads((auto_bundle / "engine.json").read_text())
    report = json.loads((auto_bundle / "report.json").read_text())
    assert report["engine_choice"] == choice
    (recommended,) = [variant for variant in report["variants"] if variant["name"] == report["recommended"]]
    assert choice["engine"] == recommended["engine"]
    assert f'engine = "{choice["engine"]}"' in (auto_bundle / "headrace.toml").read_text()
    assert choice["cpu"] == {**report["cpu"], "usable": report["cpus"]}
    assert choice["requirement"] and choice["reason"] and choice["model"]
    taken = [candidate for candidate in choice["candidates"] if candidate["accepted"]]
    assert taken[0]["engine"] == choice["engine"] and taken[0]["verdict"] == "taken"
    medians = [candidate["median_ms"] for candidate in taken]
    assert medians == sorted(medians) and medians[0] > 0
    assert all(candidate["version"] and candidate["isa"] for candidate in taken)
    assert all(candidate["verdict"] for candidate in choice["candidates"])
    assert {"ort", "ort-exact", "openvino", "native"} == {candidate["engine"] for candidate in choice["candidates"]}


def test_run_uses_the_bundles_choice(headrace, auto_bundle, picture, cache):
    process = headrace("run", auto_bundle, picture, "--json")
    assert process.returncode == 0 and process.stderr == ""
    choice = json.loads((auto_bundle / "engine.json").read_text())
    assert json.loads(process.stdout)["engine"] == {"name": choice["engine"], "source": "bundle", "reason": choice["reason"]}
    assert not cache.exists()


def test_on_another_machine_it_measures_once(headrace, auto_bundle, picture, cache, tmp_path):
    bundle = elsewhere(auto_bundle, tmp_path / "bundle")
    process = headrace("run", bundle, picture, "--json")
    assert process.returncode == 0, process.stderr
    engine = json.loads(process.stdout)["engine"]
    assert engine["source"] == "measured"
    assert process.stderr.count("\n") == 1 and process.stderr.startswith(f"engine: {engine['name']}, ")
    assert "measured now on 1 thread, remembered in" in process.stderr and "the bundle was measured on Another CPU" in process.stderr
    assert len(list(cache.iterdir())) == 1
    process = headrace("run", bundle, picture, "--json")
    assert process.stderr == ""
    again = json.loads(process.stdout)["engine"]
    assert (again["name"], again["source"]) == (engine["name"], "remembered")
    # Another number of threads is another question.
    assert "measured now on 2 threads" in headrace("run", bundle, picture, "--threads", 2).stderr


def test_a_model_file_is_measured_once(headrace, cnn, picture, cache):
    arguments = ["run", cnn, picture, "--preprocess", SPEC]
    first, second = headrace(*arguments), headrace(*arguments)
    assert first.stderr.startswith("engine: ") and second.stderr == ""
    assert first.stdout == second.stdout


def test_engine_auto_measures_whatever_is_known(headrace, auto_bundle, picture, cache):
    for _ in range(2):
        process = headrace("run", auto_bundle, picture, "--engine", "auto", "--json")
        assert "measured now" in process.stderr
        assert json.loads(process.stdout)["engine"]["source"] == "measured"


def test_a_named_engine_is_taken_as_it_is(succeed, fail, auto_bundle, picture, cache, tmp_path):
    named = json.loads(succeed("run", auto_bundle, picture, "--engine", "ort", "--json"))["engine"]
    assert named == {"name": "ort", "source": "named", "reason": None}
    # Also one that someone has written into the bundle since.
    bundle = copy_with(auto_bundle, tmp_path / "bundle", engine="elsewhere")
    engine = json.loads((auto_bundle / "engine.json").read_text())["engine"]
    assert json.loads(succeed("run", bundle, picture, "--json"))["engine"] == {"name": engine, "source": "named", "reason": None}
    fail("run", auto_bundle, picture, "--engine", "atuo", code=2, parts=["there is no engine 'atuo'", "native"])
    fail("bench", auto_bundle, "--engine", "auto,abacus", code=2, parts=["abacus"])


def test_a_model_that_cannot_be_measured_is_run_all_the_same(headrace, tmp_path, cache):
    """Roots of random numbers are no numbers, and their speed means nothing; those of the user's are fine."""
    write_square_root(tmp_path / "root.onnx")
    np.save(tmp_path / "x.npy", np.full((1, 2, 2), 9, np.float32))
    process = headrace("run", tmp_path / "root.onnx", tmp_path / "x.npy", "--preprocess", "none")
    assert process.returncode == 0, process.stderr
    assert "y: float32[1, 2, 2] = 3 3 3 3" in process.stdout
    assert process.stderr.startswith("engine: ort, the engines could not be measured") and "NaN" in process.stderr
    assert not cache.exists()


def test_a_damaged_record_is_an_error(fail, auto_bundle, picture, tmp_path):
    bundle = copy_with(auto_bundle, tmp_path / "bundle")
    (bundle / "engine.json").write_text('{"engine": "ort"}')
    fail("run", bundle, picture, code=1, parts=["engine.json", "cpu"])


def test_a_bundle_of_named_engines_leaves_no_choice(succeed, cnn, photos, picture, tmp_path):
    arguments = ["--calibration", photos, "--preprocess", SPEC, "--engine", "ort", "--seconds", "0.1"]
    report = json.loads(succeed("deploy", cnn, "-o", tmp_path / "b", *arguments, "--json"))
    assert report["engine_choice"]["engine"] == "ort"
    assert not (tmp_path / "b/engine.json").exists()
    assert json.loads(succeed("run", tmp_path / "b", picture, "--json"))["engine"]["source"] == "named"


def test_bench_says_what_auto_would_take(succeed, cnn):
    result = json.loads(succeed("bench", cnn, "--engine", "auto", "--threads", "1,2", "--seconds", "0.05", "--json"))
    assert [(choice["threads"], choice["batch"]) for choice in result["auto"]] == [(1, 1), (2, 1)]
    engines = {point["engine"] for point in result["results"]}
    assert all(choice["engine"] in engines for choice in result["auto"])
    assert "auto: cnn.onnx on " in succeed("bench", cnn, "--engine", "auto", "--seconds", "0.05")
    assert "auto" not in json.loads(succeed("bench", cnn, "--engine", "ort", "--seconds", "0.05", "--json"))

"""Help, versions and wrong calls."""

import json
import re

import pytest

COMMANDS = ["doctor", "inspect", "convert", "quantize", "compare", "bench", "deploy", "run"]


def test_help_lists_every_command(succeed):
    text = succeed("--help")
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", text, re.MULTILINE), command
    assert "bench-worker" not in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples(succeed, command):
    text = succeed(command, "--help")
    assert f"headrace {command}" in text.split("Examples:")[1]
    assert succeed("help", command) == text


def test_version(succeed):
    assert re.fullmatch(r"headrace \d+\.\d+\.\d+\n", succeed("--version"))


def test_no_arguments_show_the_help(headrace):
    process = headrace()
    assert process.returncode == 2
    assert "deploy" in process.stderr


@pytest.mark.parametrize(
    "arguments, parts",
    [
        (["quantise"], ["no command 'quantise'", "'quantize'"]),
        (["quantize"], ["MODEL is required", "quantize --help"]),
        (["quantize", "m.onnx"], ["--output is required"]),
        (["frobnicate"], ["no command 'frobnicate'"]),
        (["--frobnicate"], ["no option '--frobnicate'"]),
        (["quantize", "m.onnx", "-o", "x.onnx", "--frobnicate"], ["no option '--frobnicate'"]),
        (["quantize", "m.onnx", "-o", "x.onnx", "--calibraton", "photos"], ["'--calibraton'; did you mean '--calibration'?"]),
        (["quantize", "m.onnx", "x.onnx", "-o", "x.onnx"], ["no place for 'x.onnx'"]),
        (["quantize", "m.onnx", "-o", "x.onnx", "--observer", "median"], ["--observer", "median", "percentile"]),
        (["quantize", "m.onnx", "-o", "x.onnx", "--samples", "0"], ["--samples", "from 1"]),
        (["convert", "m.onnx", "-o", "x.onnx", "--batch", "all"], ["--batch", "dynamic"]),
        (["bench", "m.onnx", "--threads", "two"], ["--threads", "'two'"]),
        (["bench", "m.onnx", "--json", "--csv"], ["--json"]),
        (["deploy", "none.toml", "-o", "bundle", "--max-drop", "-1"], ["none.toml"]),
    ],
)
def test_wrong_calls(fail, arguments, parts):
    fail(*arguments, code=1 if parts == ["none.toml"] else 2, parts=parts)


def test_unknown_engine(fail, cnn, photos):
    fail("compare", cnn, cnn, "--data", photos, "--engine", "tvm", code=2, parts=["tvm", "ort"])
    fail("bench", cnn, "--engine", "tvm", code=2, parts=["tvm", "ort"])


def test_doctor(succeed):
    report = json.loads(succeed("doctor", "--json"))
    assert report["cpu"]["name"] and report["cpu"]["isa"]
    assert isinstance(report["cpu"]["int8_kernels_saturate"], bool)
    assert report["cpus"]["usable"] >= 1
    assert report["memory"]["total_bytes"] > 0
    names = [engine["name"] for engine in report["engines"]]
    assert names[:2] == ["ort", "ort-exact"]
    for engine in report["engines"]:
        assert (engine["version"] is None) == (not engine["available"])
        assert (engine["isa"] is None) == (not engine["available"])
    (native,) = [engine for engine in report["engines"] if engine["name"] == "native"]
    assert native["isa"] in ("amx", "avx512vnni", "avx2", "reference")
    assert f"kernels for {native['isa']}" in succeed("doctor")
    assert "INT8" in succeed("doctor")

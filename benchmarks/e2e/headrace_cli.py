"""The headrace program on the project's own models and photographs. Shared by the benchmarks and by tests/models.

HEADRACE_BUILD names another build than build/release.
"""
import functools
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HEADRACE_BUILD", ROOT / "build/release"))
HEADRACE = BUILD / "bin/headrace"
HIDE_ISA = BUILD / "lib/libheadrace_hide_isa.so"
MODELS = ROOT / "out/models"
PHOTOS = ROOT / "out/photos"
PREPROCESS = ("--preprocess", "imagenet,resize=0,crop=0")  # the photographs are cut to the models' size


def headrace(*arguments, environment=None):
    """Run the program and return what it prints. A failure raises RuntimeError with its message."""
    command = [str(HEADRACE), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=extended(environment))
    if done.returncode != 0:
        raise RuntimeError(f"headrace {' '.join(command[1:])}: {done.stderr.strip()}")
    return done.stdout


def extended(environment):
    """This process's environment with `environment` (a dict or None) on top."""
    return {**os.environ, **(environment or {})}


def quantize(source, out, *arguments):
    """Quantise with the photographs as calibration data; return `out`."""
    headrace("quantize", source, "-o", out, "--calibration", PHOTOS / "calibration", *PREPROCESS, *arguments)
    return out


def compare(a, b, *arguments, environment=None, data=PHOTOS / "evaluation"):
    """Return the JSON of `headrace compare`."""
    return json.loads(headrace("compare", a, b, "--data", data, *PREPROCESS, "--json", *arguments, environment=environment))


def machine(environment=None):
    """Return the CPU's name and the instruction set that engines see: {"name", "isa", ...}."""
    return json.loads(headrace("doctor", "--json", environment=environment))["cpu"]


@functools.cache
def _hiding(features):
    environment = {"LD_PRELOAD": str(HIDE_ISA), "HEADRACE_HIDE_ISA": features}
    if not HIDE_ISA.exists():
        raise FileNotFoundError(f"{HIDE_ISA} is not built: ./run build")
    works = subprocess.run(["/bin/true"], env=extended(environment), capture_output=True, check=False).returncode == 0
    return environment if works else None


def without_vnni():
    """Return the environment in which engines see a CPU without AVX-512 and VNNI: empty where it has none anyway, None where this
    CPU does not let a process hide them (no CPUID faulting)."""
    return {} if machine()["isa"] in ("avx2", "x86-64") else _hiding("avx512")


def without_amx():
    """The same with AVX-512 and VNNI left; None as well where the CPU has no AMX."""
    return _hiding("amx") if machine()["isa"] == "amx-int8" else None

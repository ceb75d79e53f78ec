"""The native engine on the real models: the bits of the reference engine and of ONNX Runtime's exact kernels, however it is run."""
import hashlib
import subprocess

import conftest
import fixed_int8
import numpy as np
import onnx
import pytest
import small_networks
from headrace_cli import BUILD, extended

PICTURES = 5
ISAS = ("amx", "avx512vnni", "avx2", "reference")
# sha256 of what fixed_int8 makes of EfficientNet-Lite0, and of its logits for the probe's pictures: the same on every CPU.
FIXED_WEIGHTS = "633d6aa037a1e89eb030d6e170432a4bf4da574a76fa802942ed1e7292230690"
FIXED_LOGITS = "10f20a9d4ea4d96fb42eea9e5ac7ed8e057de8017bc92910bf5451743476e3cb"


def logits(engine, model, threads=1, batch=1, count=PICTURES, environment=None):
    """Return the logits' bytes for the probe's pictures; skip where this CPU cannot run the kernels that the environment asks for."""
    command = [BUILD / "bin/logits_probe", engine, model, threads, batch, count]
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False, env=extended(environment))
    message = done.stderr.decode()
    if "this CPU cannot run" in message:
        pytest.skip(f"not run: {message.strip()}")
    assert done.returncode == 0, message
    return done.stdout


def photographs(folder, count):
    """A list of some of the evaluation photographs, from all over the folder."""
    every = sorted((conftest.PHOTOS / "evaluation").iterdir())
    names = folder / f"photographs_{count}.txt"
    names.write_text("".join(f"{path}\n" for path in every[:: len(every) // count][:count]), encoding="utf-8")
    return names


@pytest.fixture(scope="session")
def ordinary(folder):
    """EfficientNet-Lite0 without saturation-proof weights: (FP32, INT8)."""
    source = conftest.MODELS / "efficientnet_lite0.onnx"
    return source, conftest.quantize(source, folder / "ordinary_native.onnx", "--no-saturation-proof")


@pytest.fixture(scope="session")
def fixed(folder):
    folded = folder / "efficientnet_folded.onnx"
    conftest.headrace("convert", conftest.MODELS / "efficientnet_lite0.pth", "-o", folded)  # no PyTorch has a say in it
    return fixed_int8.write(folded, folder / "efficientnet_fixed.onnx")


@pytest.mark.parametrize("name", ["efficientnet", "ordinary"])
@pytest.mark.parametrize(("other", "count"), [("reference", 6), ("ort-exact", 100)])
@pytest.mark.parametrize("isa", ISAS[:3])
def test_photographs_give_the_same_bits(name, other, count, isa, request, folder):
    _, int8 = request.getfixturevalue(name)
    logits("native", int8, count=1, environment={"HEADRACE_ISA": isa})  # skips where there are no such kernels
    engines = ("--engine", "native", "--engine-b", other)
    result = conftest.compare(int8, int8, *engines, data=photographs(folder, count), environment={"HEADRACE_ISA": isa})
    assert result["samples"] == count
    assert result["same_bits"] and result["max_abs_error"] == 0


@pytest.mark.parametrize("name", ["efficientnet", "ordinary", "resnet"])
@pytest.mark.parametrize("isa", ISAS[:3])
@pytest.mark.parametrize("winograd", ["0", "1"])
def test_threads_and_batches_change_nothing(name, isa, winograd, request):
    _, int8 = request.getfixturevalue(name)
    expected = logits("ort-exact", int8)
    for threads in (1, 2):
        for batch in (1, 5):
            found = logits("native", int8, threads, batch, environment={"HEADRACE_ISA": isa, "HEADRACE_WINOGRAD": winograd})
            assert found == expected, (threads, batch)


def test_resnet_is_the_references(resnet):
    _, int8 = resnet
    assert logits("native", int8, count=1) == logits("reference", int8, threads=2, count=1)


@pytest.mark.parametrize("name", ["efficientnet", "ordinary"])
def test_a_cpu_without_vnni(name, request):
    """With the features hidden, the native engine chooses other kernels by itself, and ONNX Runtime does."""
    environment = conftest.older_cpu()
    _, int8 = request.getfixturevalue(name)
    here = logits("native", int8)
    assert logits("native", int8, environment=environment) == here
    assert logits("ort-exact", int8, environment=environment) == here


def test_the_fixed_file_is_the_one_of_the_checksum(fixed):
    """Where this fails, the exported FP32 model is another one, and the next test says nothing about the engines."""
    digest = hashlib.sha256()
    for tensor in sorted(onnx.load(fixed).graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode() + tensor.raw_data)
    assert digest.hexdigest() == FIXED_WEIGHTS


@pytest.mark.parametrize("engine", ["native", "reference", "ort-exact"])
def test_checksum(engine, fixed):
    assert hashlib.sha256(logits(engine, fixed, threads=2, batch=PICTURES)).hexdigest() == FIXED_LOGITS


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("winograd", ["0", "1"])
def test_checksum_of_every_instruction_set(isa, winograd, fixed):
    environment = {"HEADRACE_ISA": isa, "HEADRACE_WINOGRAD": winograd}
    assert hashlib.sha256(logits("native", fixed, environment=environment)).hexdigest() == FIXED_LOGITS


@pytest.mark.parametrize("name", ["efficientnet", "resnet"])
@pytest.mark.parametrize("winograd", ["0", "1"])
def test_fp32_is_near_onnx_runtime(name, winograd, request, folder):
    fp32, _ = request.getfixturevalue(name)  # as it was exported, padding computed from shapes and all
    engines = ("--engine", "ort", "--engine-b", "native")
    result = conftest.compare(fp32, fp32, *engines, data=photographs(folder, 12), environment={"HEADRACE_WINOGRAD": winograd})
    assert result["sqnr_db"] >= 100
    assert result["agreement_top1"] == 1


@pytest.mark.parametrize("name", small_networks.NETWORKS)
def test_families_of_networks(name, folder):
    """Squeeze and excitation, HardSwish, SiLU, LeakyReLU, feature pyramids: integer layers all the way, and FP32."""
    fp32, int8, data = small_networks.export(name, folder / f"{name}.onnx"), folder / f"{name}_int8.onnx", folder / "normal.npy"
    np.save(data, np.random.default_rng(0).standard_normal((24, 3, 64, 64)).astype(np.float32))
    conftest.headrace("quantize", fp32, "-o", int8, "--calibration", data)
    assert conftest.compare(int8, int8, "--engine", "native", "--engine-b", "reference", data=data)["same_bits"]
    for isa in ISAS[:2]:
        assert logits("native", int8, 2, 5, environment={"HEADRACE_ISA": isa}) == logits("reference", int8)
    assert conftest.compare(fp32, fp32, "--engine", "ort", "--engine-b", "native", data=data)["sqnr_db"] >= 100

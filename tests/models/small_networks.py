"""Small networks with random weights, each with the parts of a family of CNNs, exported by PyTorch as users export theirs."""
import torch
from torch import nn


class _Excitation(nn.Module):
    def __init__(self, channels, activation, gate, by_mean):
        super().__init__()
        self.squeeze, self.excite = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)
        self.activation, self.gate, self.pool, self.by_mean = activation(), gate(), nn.AdaptiveAvgPool2d(1), by_mean

    def forward(self, x):
        squeezed = x.mean((2, 3), keepdim=True) if self.by_mean else self.pool(x)
        return x * self.gate(self.excite(self.activation(self.squeeze(squeezed))))


def _conv(inputs, outputs, kernel, stride=1, groups=1, activation=nn.ReLU):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), activation())


class _Inverted(nn.Module):
    """Expand, depthwise, excite, project; a residual where the sizes allow."""

    def __init__(self, inputs, outputs, inner, kernel, stride, activation, gate, by_mean):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(_conv(inputs, inner, 1, activation=activation), _conv(inner, inner, kernel, stride, inner, activation),
                                  _Excitation(inner, activation, gate, by_mean), nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def _inverted_residuals(activation, gate, by_mean):
    block = (activation, gate, by_mean)
    return nn.Sequential(_conv(3, 16, 3, 2, activation=activation), _Inverted(16, 16, 48, 3, 1, *block), _Inverted(16, 24, 56, 5, 2, *block),
                         _Inverted(24, 24, 72, 3, 1, *block), _conv(24, 96, 1, activation=activation), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(96, 64), activation(), nn.Dropout(), nn.Linear(64, 10))


class _Pyramid(nn.Module):
    """Features of two sizes joined, LeakyReLU, and pools of both kinds."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = _conv(3, 16, 3, 2), _conv(16, 32, 3, 2, activation=lambda: nn.LeakyReLU(0.1))
        self.lateral, self.enlarge, self.joined = nn.Conv2d(16, 32, 1), nn.Upsample(scale_factor=2), nn.Conv2d(64, 20, 3, padding=1)
        self.mean, self.most, self.head = nn.AvgPool2d(3, 2, 1), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.Linear(40, 7)

    def forward(self, x):
        fine = self.fine(x)
        joined = torch.relu(self.joined(torch.cat([self.lateral(fine), self.enlarge(self.coarse(fine))], 1)))
        return self.head(torch.cat([self.mean(joined).mean((2, 3)), self.most(joined).mean((2, 3))], 1))


NETWORKS = {
    "mobilenet_v3": lambda: _inverted_residuals(nn.Hardswish, nn.Hardsigmoid, by_mean=False),
    "efficientnet": lambda: _inverted_residuals(nn.SiLU, nn.Sigmoid, by_mean=True),
    "pyramid": _Pyramid,
}


def export(name, path):
    """Write the network of that name, [N, 3, 64, 64] to class scores, with statistics as training would leave them; return `path`."""
    torch.manual_seed(0)
    module = NETWORKS[name]()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    torch.onnx.export(module.eval(), (torch.zeros(1, 3, 64, 64),), path, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "N"}, "y": {0: "N"}}, opset_version=17, dynamo=False)
    return path

"""ResNet-50 (v1.5: the stride sits in the 3x3 convolution) with torchvision's parameter names: its checkpoints load as they are.

Written out here because installing torchvision replaces the CPU build of torch, which set-up installs, by a CUDA one.

He et al., "Deep Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385.
"""
from torch import nn


def conv_norm(in_channels, out_channels, kernel, stride=1):
    """A convolution that keeps the size (but for its stride), and its batch normalisation."""
    conv = nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return conv, nn.BatchNorm2d(out_channels)


class Bottleneck(nn.Module):
    """1x1 to `width` channels, 3x3, 1x1 to four times `width`, around a shortcut."""

    expansion = 4

    def __init__(self, in_channels, width, stride):
        super().__init__()
        out_channels = width * self.expansion
        self.conv1, self.bn1 = conv_norm(in_channels, width, 1)
        self.conv2, self.bn2 = conv_norm(width, width, 3, stride)
        self.conv3, self.bn3 = conv_norm(width, out_channels, 1)
        self.relu = nn.ReLU(inplace=True)
        reshapes = stride != 1 or in_channels != out_channels
        self.downsample = nn.Sequential(*conv_norm(in_channels, out_channels, 1, stride)) if reshapes else None

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet50(nn.Module):
    """float32 [batch, 3, height, width] to logits [batch, classes]."""

    def __init__(self, classes=1000):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(3, 64, 7, 2)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self._stage(64, 64, blocks=3, stride=1)
        self.layer2 = self._stage(256, 128, blocks=4, stride=2)
        self.layer3 = self._stage(512, 256, blocks=6, stride=2)
        self.layer4 = self._stage(1024, 512, blocks=3, stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, classes)

    @staticmethod
    def _stage(in_channels, width, blocks, stride):
        first = Bottleneck(in_channels, width, stride)
        return nn.Sequential(first, *(Bottleneck(width * Bottleneck.expansion, width, 1) for _ in range(blocks - 1)))

    def features(self, x):
        """The 2048 pooled features in front of the classifier."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.avgpool(x).flatten(1)

    def forward(self, x):
        return self.fc(self.features(x))

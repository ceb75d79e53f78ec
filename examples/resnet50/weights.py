"""ResNet-50 with weights: a checkpoint's, or made-up ones with the statistics of a trained network."""
import numpy as np
import torch
from PIL import Image
from resnet50 import Bottleneck, ResNet50

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
PICTURES = 64
BATCH = 16
PROTOTYPES = 16
LARGEST_LOGIT = 10  # on average, as in a trained classifier
RESIDUAL_SCALE = 0.3  # of each block's branch: untrained branches at full scale drown the picture's features in depth


def load(checkpoint=None, photos=None):
    """Return the module in evaluation mode.

    checkpoint: a state_dict with torchvision's parameter names, as torch.save writes it.
    photos: without a checkpoint, a folder of 224 x 224 PNGs to draw the statistics from (random values if None).
    """
    torch.manual_seed(0)
    module = ResNet50()
    if checkpoint:
        # weights_only: the file is a pickle, and no code of it may run.
        module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
        return module.eval()
    make_up_weights(module, read_pictures(photos) if photos else torch.randn(PICTURES, 3, 224, 224))
    return module


def read_pictures(folder):
    """The first pictures of the folder, with ImageNet preprocessing: float32 [PICTURES, 3, 224, 224]."""
    paths = sorted(folder.glob("*.png"))[:PICTURES]
    if not paths:
        raise SystemExit(f"there are no .png pictures in {folder}")
    pictures = [torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) for path in paths]
    return (torch.stack(pictures) / 255 - MEAN) / STD


@torch.no_grad()
def make_up_weights(module, pictures):
    """Give the untrained module weights on which size, speed and quantisation error are much like a trained network's.

    BatchNorm scales are scattered and its running statistics measured on the pictures; the classifier tells apart pictures that are
    unlike each other. The accuracy says nothing about ImageNet: that takes a checkpoint.
    """
    for norm in (layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)):
        norm.weight.uniform_(0.4, 1.4)
        norm.bias.normal_(0, 0.2)
        norm.momentum = None  # running statistics become the plain average over the batches
    for block in (layer for layer in module.modules() if isinstance(layer, Bottleneck)):
        block.bn3.weight.mul_(RESIDUAL_SCALE)
    batches = pictures.split(BATCH)
    module.train()
    for batch in batches:
        module.features(batch)
    module.eval()
    make_up_classifier(module.fc, torch.cat([module.features(batch) for batch in batches]))


def make_up_classifier(fc, features):
    """A few classes, each the direction of one picture's features, among many of small random directions."""
    mean = features.mean(0)
    centred = features - mean
    directions = centred / centred.norm(dim=1, keepdim=True)
    prototypes = [0]
    while len(prototypes) < PROTOTYPES:  # next, the picture that is least like those chosen
        prototypes.append(int((directions @ directions[prototypes].T).amax(1).argmin()))
    fc.weight.normal_(0, 0.1 / features.shape[1] ** 0.5)
    fc.weight[torch.randperm(len(fc.weight))[:PROTOTYPES]] += directions[prototypes]
    fc.weight.mul_(LARGEST_LOGIT / (centred @ fc.weight.T).amax(1).mean())
    fc.bias.copy_(-fc.weight @ mean)

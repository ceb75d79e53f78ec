"""ResNet-50 with weights: a checkpoint's, or made-up ones with the statistics of a trained network."""
import numpy as np
import torch
from PIL import Image
from resnet50 import ResNet50

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
PICTURES = 64
BATCH = 16


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
    """Scatter the BatchNorm scales, measure running statistics on the pictures, and classify standardised features at random.

    Sizes, speed and quantisation error are then those of a real model; the classes mean nothing.
    """
    for norm in (layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)):
        norm.weight.uniform_(0.4, 1.4)
        norm.bias.normal_(0, 0.2)
        norm.momentum = None  # running statistics become the plain average over the batches
    batches = pictures.split(BATCH)
    module.train()
    for batch in batches:
        module.features(batch)
    module.eval()
    features = torch.cat([module.features(batch) for batch in batches])
    module.fc.weight.normal_(0, 2 / features.shape[1] ** 0.5).div_(features.std(0) + 1e-3)
    module.fc.bias.copy_(-module.fc.weight @ features.mean(0))

"""A timm architecture with weights that make a comparison worth something, and pictures to run it on.

Random initial weights alone do not: heads, layer scales and the last norms of residual branches begin at zero or near it, so that whole
branches do not reach the logits, and statistics of batch norms at 0 and 1 let signals grow or die on their way.
"""
import torch
import torchvision_stub
from coverage_models import LEAST_SPREAD

torchvision_stub.install()
import timm  # noqa: E402, it imports torchvision

SEEDS = range(5, 45)
STEADY_DECIBELS = 100
EPSILON = 1e-7


def build(name):
    """Return (module in evaluation mode, its input's shape without the batch, pictures by batch size).

    Random deep networks may amplify rounding errors of their first layers a hundredfold, and PyTorch then does not agree with itself: of
    a few seeds the first is taken under which the network is steady, or else the steadiest.
    """
    best = -1.0, SEEDS[0]
    for seed in SEEDS:
        made = _build(name, seed)
        best = max(best, (_steadiness(made[0], made[2]), seed))
        if best[0] >= STEADY_DECIBELS:
            return made
    return _build(name, best[1])


def rebuild(name, archive):
    """Return (module, shape) with the weights that were exported to the .pt2 `archive`."""
    module = timm.create_model(name, pretrained=False).eval()
    module.load_state_dict(torch.export.load(archive).state_dict)
    return module, tuple(module.pretrained_cfg["input_size"])


def _build(name, seed):
    torch.manual_seed(seed)
    module = timm.create_model(name, pretrained=False).eval()
    shape = tuple(module.pretrained_cfg["input_size"])
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            _revive(key, parameter)
        _settle_batch_norms(module, pictures(4, shape))
        if spread(module, shape) < LEAST_SPREAD:
            _strengthen(module)
    return module, shape, {1: pictures(1, shape), 3: pictures(3, shape)}


def _steadiness(module, batches):
    """The signal-to-noise ratio of the logits, in decibels, with pictures that are changed by a unit in their last place."""
    ratios = []
    with torch.random.fork_rng(), torch.no_grad():
        for batch in batches.values():
            logits = module(batch)
            noise = module(batch * (1 + EPSILON * torch.randn_like(batch))) - logits
            ratios.append(10 * torch.log10(logits.square().sum() / noise.square().sum()).item())
    return min(ratios)


def spread(module, shape):
    """How far the logits of two pictures lie apart, relative to their size."""
    with torch.random.fork_rng(), torch.no_grad():
        first, second = module(pictures(2, shape))
    return ((first - second).norm() / first.norm()).item()


def pictures(count, shape):
    """Pictures with structure of all sizes, each with a brightness of its own; noise alone looks all the same to a pooled network."""
    channels, height, width = shape
    coarse = torch.nn.functional.interpolate(torch.randn(count, channels, 8, 8), (height, width), mode="bicubic")
    return coarse + 0.5 * torch.randn(count, *shape) + 0.5 * torch.randn(count, channels, 1, 1)


def _revive(key, parameter):
    """Randomise a parameter that begins with one value everywhere: ones, zeros, or the small number of a layer scale."""
    if parameter.numel() > 1 and parameter.min() != parameter.max():
        return
    value = parameter.flatten()[0].item()
    if value >= 0.5:  # a norm's weight, a temperature
        parameter.mul_(0.8 + 0.4 * torch.rand_like(parameter))
    elif value != 0 or (parameter.ndim == 1 and key.endswith("weight")):  # a layer scale, the last norm of a residual branch
        parameter.uniform_(0.3, 0.7)
    elif parameter.ndim == 1:  # a bias
        parameter.normal_(0, 0.05)
    else:
        parameter.normal_(0, parameter[0].numel() ** -0.5)


def _strengthen(module):
    """Give the weights of linear layers the size at which a layer neither weakens nor amplifies; transformers begin far below it."""
    for part in module.modules():
        if isinstance(part, torch.nn.Linear):
            part.weight.div_(part.weight.std() * part.in_features**0.5)


def _settle_batch_norms(module, batch):
    """Give batch norms the statistics of `batch`, as training would, changed by some per cent so that they matter."""
    norms = [part for part in module.modules() if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and part.running_var is not None]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the average of all that is seen
        norm.train()
    module(batch)
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()
        deviation = norm.running_var.sqrt()
        norm.running_mean.add_(0.1 * deviation * torch.randn_like(deviation))
        norm.running_var.mul_(0.8 + 0.4 * torch.rand_like(deviation)).add_(1e-4)

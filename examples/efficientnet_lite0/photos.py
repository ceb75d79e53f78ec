#!/usr/bin/env python3
"""Cut the demo's pictures out of the photographs that scikit-image and scikit-learn ship.

Writes OUT/calibration/NNNN.png (128) and OUT/evaluation/NNNN.png (622): random square crops, half of them mirrored, 224 x 224 in
RGB. Many are textures that a classifier is unsure about: hard on purpose. The same seed gives the same pictures. They need no
further resizing: --preprocess imagenet,resize=0,crop=0.

usage: photos.py OUT [--per-photo 30] [--seed 0]
"""
import argparse
import pathlib

import numpy as np
import skimage
import sklearn
from PIL import Image

CALIBRATION_COUNT = 128
SIZE = 224
SHORTEST_SIDE = 200  # smaller pictures are icons and test patterns


def photographs():
    """Return the packages' pictures as RGB, in a fixed order."""
    folders = (pathlib.Path(skimage.__file__).parent / "data", pathlib.Path(sklearn.__file__).parent / "datasets" / "images")
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".jpg", ".png")]
    pictures = (Image.open(path).convert("RGB") for path in paths)
    return [picture for picture in pictures if min(picture.size) >= SHORTEST_SIDE]


def random_crop(picture, rng):
    """Cut a square of half to the whole shorter side, scaled to SIZE x SIZE, mirrored every other time."""
    # The order of the draws (side, left, top, mirror) is part of the protocol: published figures rest on these very crops.
    width, height = picture.size
    side = rng.uniform(0.5, 1.0) * min(width, height)
    left = rng.uniform(0, width - side)
    top = rng.uniform(0, height - side)
    box = (int(left), int(top), int(left + side), int(top + side))
    crop = picture.crop(box).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else crop


def save(pictures, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        picture.save(folder / f"{number:04d}.png")
    print(f"{len(pictures)} pictures in {folder}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--per-photo", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    crops = [random_crop(picture, rng) for picture in photographs() for _ in range(args.per_photo)]
    order = rng.permutation(len(crops))
    save([crops[i] for i in order[:CALIBRATION_COUNT]], args.out / "calibration")
    save([crops[i] for i in order[CALIBRATION_COUNT:]], args.out / "evaluation")


if __name__ == "__main__":
    main()

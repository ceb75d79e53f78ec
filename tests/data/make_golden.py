#!/usr/bin/env python3
"""Make what the data tests compare with: small pictures, and what Pillow makes of them. Run by hand, the results are committed.

Writes golden/*.jpg and *.png, golden/numpy.npz (compressed by numpy), and golden/expected.npz, whose arrays are named "FILE|SPEC":
the uint8 [height, width, 3] picture that Pillow (and torchvision's rules for sizes) makes of FILE under the preprocessing SPEC,
before normalisation. Needs pillow, numpy and scikit-image.
"""
import pathlib

import numpy as np
import skimage
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent / "golden"
FILTERS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def write_pictures():
    cat = Image.open(pathlib.Path(skimage.__file__).parent / "data" / "chelsea.png").convert("RGB")
    photo = cat.resize((31, 22), Image.Resampling.BICUBIC)
    photo.info.clear()  # no colour profile: it would be most of the bytes
    photo.save(HERE / "photo.jpg", quality=85)
    photo.save(HERE / "progressive.jpg", quality=85, progressive=True)
    photo.convert("L").save(HERE / "grey.jpg", quality=85)
    photo.convert("CMYK").save(HERE / "cmyk.jpg", quality=85)
    photo.save(HERE / "photo.png")
    photo.transpose(Image.Transpose.ROTATE_90).save(HERE / "upright.png")
    photo.quantize(16).save(HERE / "palette.png")
    photo.convert("L").save(HERE / "grey.png")
    photo.convert("1").save(HERE / "bits.png")
    transparent = photo.copy()
    transparent.putalpha(photo.convert("L"))
    transparent.save(HERE / "alpha.png")


def resized(picture, size, interpolation):
    """torchvision.transforms.Resize(size): the shorter side, the other one truncated."""
    short, long = sorted(picture.size)
    if size in (0, short):
        return picture
    other = int(size * long / short)
    shape = (size, other) if picture.width <= picture.height else (other, size)
    return picture.resize(shape, FILTERS[interpolation])


def cropped(picture, size):
    """torchvision.transforms.CenterCrop(size)."""
    if size == 0:
        return picture
    width, height = picture.size
    if size > width or size > height:
        across, down = max(size - width, 0), max(size - height, 0)
        picture = ImageOps.expand(picture, (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2))
        width, height = picture.size
    left, top = int(round((width - size) / 2)), int(round((height - size) / 2))
    return picture.crop((left, top, left + size, top + size))


def expected(name, resize=0, crop=0, interpolation="bilinear"):
    picture = Image.open(HERE / name).convert("RGB")
    spec = f"resize={resize},crop={crop},scale=1,layout=NHWC,interpolation={interpolation}"
    return f"{name}|{spec}", np.asarray(cropped(resized(picture, resize, interpolation), crop))


def main():
    HERE.mkdir(exist_ok=True)
    write_pictures()
    cases = [expected(path.name) for path in sorted(HERE.glob("*.*")) if path.suffix in (".jpg", ".png")]
    for name in ("photo.png", "upright.png"):
        for interpolation in FILTERS:
            cases += [expected(name, resize, crop, interpolation) for resize, crop in ((11, 0), (29, 0), (15, 12), (5, 0))]
        cases += [expected(name, 22, 22), expected(name, 22, 19), expected(name, 0, 26), expected(name, 0, 36), expected(name, 11, 14)]
    np.savez_compressed(HERE / "expected.npz", **dict(cases))
    np.savez_compressed(HERE / "numpy.npz", ramp=np.arange(6, dtype=np.float32).reshape(2, 3) / 2, flags=np.array([True, False]),
                        zeros=np.zeros(10000, np.int16))
    print(len(cases), "cases,", sum(path.stat().st_size for path in HERE.iterdir()), "bytes")


if __name__ == "__main__":
    main()

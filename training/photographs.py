"""Crops, scenes and the windows made of them: reading, the crop rule, augmentation."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from network import WINDOW_HEIGHT, WINDOW_WIDTH

CROP = 36  # side of a face crop
MARGIN = 12  # reflected pixels around a crop, for shifts and rotations


def read(data, archive):
    """Grey images by name, from `data/archive` or from the folder of the same name without .tar.gz."""
    archive = Path(data) / archive
    folder = Path(data) / archive.name.removesuffix(".tar.gz")
    if archive.is_file():
        with tarfile.open(archive) as tar:
            members = [member for member in tar if member.name.endswith((".jpg", ".png"))]
            images = {Path(m.name).name: _grey(tar.extractfile(m).read()) for m in members}
    else:
        images = {path.name: _grey(path.read_bytes()) for path in folder.rglob("*.jpg")}
    assert images, f"no {archive.name}"
    return [images[name] for name in sorted(images)]


def _grey(encoded):
    return Image.open(io.BytesIO(encoded)).convert("L")


def split(images, rng, share=0.1):
    """(training, held out): a seeded tenth is held out."""
    order = rng.permutation(len(images))
    cut = round(len(images) * share)
    return [images[i] for i in order[cut:]], [images[i] for i in order[:cut]]


def padded(crop):
    """A crop with its border reflected."""
    return Image.fromarray(np.pad(np.asarray(crop), MARGIN, "reflect"))


def window(padded_crop, turn=0.0, zoom=1.0, shift=(0.0, 0.0), stretch=1.0, mirror=False):
    """The 32x36 window of a crop. With the defaults this is the crop rule: its central 32 columns, all rows."""
    cosine, sine = np.cos(turn) / zoom, np.sin(turn) / zoom
    a, b, d, e = cosine * stretch, -sine, sine * stretch, cosine
    centre = MARGIN + CROP / 2
    x, y = centre + shift[0], centre + shift[1]
    half_width, half_height = WINDOW_WIDTH / 2, WINDOW_HEIGHT / 2
    affine = (a, b, x - a * half_width - b * half_height, d, e, y - d * half_width - e * half_height)
    image = padded_crop.transform((WINDOW_WIDTH, WINDOW_HEIGHT), Image.AFFINE, affine, Image.BILINEAR)
    pixels = np.asarray(image)
    return pixels[:, ::-1] if mirror else pixels


def varied_face(padded_crop, rng):
    """A window of a face, a little turned, shifted, scaled, stretched, and degraded."""
    pixels = window(
        padded_crop,
        turn=rng.normal(0, 0.12),
        zoom=np.exp(rng.uniform(-0.12, 0.12)),
        shift=rng.uniform(-1.8, 1.8, 2),
        stretch=np.exp(rng.normal(0, 0.06)),
        mirror=rng.random() < 0.5,
    )
    return degraded(pixels, rng)


def degraded(pixels, rng):
    """Light, resolution, printing screen and noise of a poor photograph; each of them now and then."""
    height, width = pixels.shape
    if rng.random() < 0.4:
        factor = np.exp(rng.uniform(0, np.log(2.2)))
        small = max(1, round(width / factor)), max(1, round(height / factor))
        way_back = Image.BICUBIC if rng.random() < 0.5 else Image.BILINEAR
        pixels = np.asarray(Image.fromarray(pixels).resize(small, Image.BILINEAR).resize((width, height), way_back))
    x = (pixels.astype(np.float32) - 128) / 128
    y_axis, x_axis = np.mgrid[-1:1:height * 1j, -1:1:width * 1j].astype(np.float32)
    if rng.random() < 0.3:  # light from a side
        x = (x + 1) * np.exp(rng.normal(0, 0.35) * x_axis + rng.normal(0, 0.2) * y_axis) - 1
    if rng.random() < 0.7:  # contrast, brightness, gamma
        x = 2 * np.clip((x + 1) / 2, 0, 1) ** np.exp(rng.normal(0, 0.35)) - 1
        mean = x.mean()
        x = (x - mean) * np.exp(rng.uniform(-1.0, 0.4)) + mean * 0.8 + rng.normal(0, 0.25)
    if rng.random() < 0.15:  # the screen of a newspaper
        pitch, angle = rng.uniform(2, 4), rng.uniform(0, np.pi)
        u = y_axis * height / 2 * np.cos(angle) + x_axis * width / 2 * np.sin(angle)
        v = -y_axis * height / 2 * np.sin(angle) + x_axis * width / 2 * np.cos(angle)
        x = x + rng.uniform(0.05, 0.3) * np.sin(2 * np.pi / pitch * u) * np.sin(2 * np.pi / pitch * v)
    if rng.random() < 0.5:
        x = x + rng.uniform(0, 0.12) * rng.standard_normal(x.shape, np.float32)
    return np.clip(np.round(x * 128 + 128), 0, 255).astype(np.uint8)


def random_patches(scenes, count, rng):
    """Windows of random scenes, at a random position and a random scale, none enlarged."""
    patches = []
    while len(patches) < count:
        scene = scenes[rng.integers(len(scenes))]
        largest = min(scene.width / WINDOW_WIDTH, scene.height / WINDOW_HEIGHT)
        if largest < 1:
            continue
        scale = np.exp(rng.uniform(0, np.log(largest)))
        x = rng.uniform(0, scene.width - WINDOW_WIDTH * scale)
        y = rng.uniform(0, scene.height - WINDOW_HEIGHT * scale)
        box = (x, y, x + WINDOW_WIDTH * scale, y + WINDOW_HEIGHT * scale)
        patches.append(np.asarray(scene.resize((WINDOW_WIDTH, WINDOW_HEIGHT), Image.BILINEAR, box=box)))
    return np.stack(patches)


def composite(scene, crops, sizes, rng):
    """A scene with crops pasted into it, and their boxes: the central 32/36 of each crop's width, all its height.

    An oval with soft edges is blended in; crops don't overlap.
    """
    canvas, boxes, taken = scene.copy(), [], []
    for crop, size in zip(crops, sizes):
        side = round(size)
        if side > min(scene.size):
            continue
        x, y = int(rng.integers(scene.width - side + 1)), int(rng.integers(scene.height - side + 1))
        if any(abs(x - u) < max(side, s) and abs(y - v) < max(side, s) for u, v, s in taken):
            continue
        taken.append((x, y, side))
        v, u = np.mgrid[-1:1:side * 1j, -1:1:side * 1j]
        mask = np.clip((1.0 - u ** 4 - v ** 4) * 5, 0, 1)
        mask = Image.fromarray((255 * mask).astype(np.uint8))
        canvas.paste(crop.resize((side, side), Image.BICUBIC), (x, y), mask)
        boxes.append((x + side / 18, y, x + side * 17 / 18, y + side))
    return canvas, np.array(boxes, float).reshape(-1, 4)

"""Measures a trained Convolutional Face Finder.

    python training/measure_cff.py --weights F --data DIR [--held-out DIR]

DIR of --data holds photographs and boxes.txt (file x1 y1 x2 y2, inclusive corners); DIR of --held-out what
train_cff.py wrote there.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import network
from detection import area_under_curve, detect, figures, judge
from photographs import composite, degraded


def labelled_photographs(folder):
    """Grey photographs by name, and their boxes as x1 y1 x2 y2 with exclusive right and bottom."""
    boxes = {path.name: [] for path in sorted(folder.glob("*.jpg"))}
    for line in (folder / "boxes.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, *corners = line.split()
            boxes[name].append([float(corner) for corner in corners])
    photographs = {name: Image.open(folder / name).convert("L") for name in boxes}
    return photographs, {name: np.reshape(found, (-1, 4)) + [0, 0, 1, 1] for name, found in boxes.items()}


def validation_set(crops, scenes, rng):
    """Held-out crops pasted into held-out scenes, five versions of each scene, and the scenes as they are."""
    photographs, truths = {}, {}
    for number, scene in enumerate(scenes):
        photographs[f"{number} plain"], truths[f"{number} plain"] = scene, np.zeros((0, 4))
        for version in range(5):
            chosen = [crops[i] for i in rng.integers(len(crops), size=6)]
            sizes = np.exp(rng.uniform(np.log(22), np.log(130), 6))
            canvas, boxes = composite(scene, chosen, sizes, rng)
            if version > 1:
                canvas = Image.fromarray(degraded(np.asarray(canvas), rng))
            photographs[f"{number} {version}"], truths[f"{number} {version}"] = canvas, boxes
    return photographs, truths


def scanned(parameters, photographs, truths, activate=None):
    """The figures of a scan of photographs."""
    detections = {name: detect(parameters, image, activate) for name, image in photographs.items()}
    faces = sum(len(boxes) for boxes in truths.values())
    result = figures(judge(detections, truths), faces)
    return f"{len(photographs)} photographs, {faces} faces: " + ", ".join(f"{k} {v:.4f}" for k, v in result.items())


def print_validation(parameters, validation):
    """The validation set, in float and coarsely quantised."""
    print("validation set, float:", scanned(parameters, *validation))
    coarse = network.quantised(parameters)
    print("validation set, kernels k/8, 8-bit activations:", scanned(coarse, *validation, network.coarse_tanh))


def held_out_scores(parameters, faces, others):
    """Scores of faces and of other windows."""
    return [network.forward(parameters, windows)[:, 0, 0] for windows in (faces, others)]


def read_windows(folder):
    """The windows in a folder of PNG files."""
    return np.stack([np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))])


def main():
    parser = argparse.ArgumentParser(description="Measure the Convolutional Face Finder.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder with photographs and boxes.txt")
    parser.add_argument("--held-out", type=Path, help="folder with face/*.png and other/*.png")
    arguments = parser.parse_args()
    parameters = network.load(arguments.weights)

    if arguments.held_out:
        windows = [read_windows(arguments.held_out / kind) for kind in ("face", "other")]
        print(f"held-out windows: AUC {area_under_curve(*held_out_scores(parameters, *windows)):.5f}")
    if arguments.data:
        photographs, truths = labelled_photographs(arguments.data)
        print("float:", scanned(parameters, photographs, truths))
        coarse = network.quantised(parameters)
        print("kernels k/8, 8-bit activations:", scanned(coarse, photographs, truths, network.coarse_tanh))


if __name__ == "__main__":
    main()

"""Writes calibration windows for the face detector, by a rule that needs nothing but faces and photographs without any.

    python training/calibration_windows.py --data DIR --weights F -o windows

DIR as for train_cff.py. 3,000 grey windows of 32x36 pixels:

- windows/face: 1,500 crops of the training part, each varied once as in training;
- windows/other: 1,500 of 20,000 random patches of the training scenes, half of them degraded: the 750 that score highest,
  and 750 others. A detector goes wrong where its score is near zero or above, so such windows have to be among them.

The held-out tenth of crops and scenes takes no part, and neither does CMU+MIT.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import network
from photographs import degraded, padded, random_patches, read, split, varied_face

SPLIT_SEED = 951  # train_cff.py's: the held-out tenth must be the same
SEED = 7
FACES, PATCHES, HARD, EASY = 1500, 20000, 750, 750


def windows(data, parameters):
    """(faces, others), [n, height, width] 8-bit."""
    rng = np.random.default_rng(SPLIT_SEED)
    crops, _ = split(read(data, "faces/caltech-crops-36x36.tar.gz"), rng)
    scenes, _ = split(read(data, "faces/non-face-scenes.tar.gz"), rng)
    rng = np.random.default_rng(SEED)
    chosen = rng.permutation(len(crops))[:FACES]
    faces = np.stack([varied_face(padded(crops[i]), rng) for i in chosen])
    patches = random_patches(scenes, PATCHES, rng)
    half = len(patches) // 2
    patches = np.concatenate([patches[:half], np.stack([degraded(patch, rng) for patch in patches[half:]])])
    scores = np.concatenate([network.forward(parameters, part)[:, 0, 0] for part in np.array_split(patches, 40)])
    hardest = np.argsort(-scores, kind="stable")
    others = np.concatenate([patches[hardest[:HARD]], patches[hardest[HARD:]][:: (PATCHES - HARD) // EASY][:EASY]])
    return faces, others


def main():
    parser = argparse.ArgumentParser(description="Write calibration windows for the Convolutional Face Finder.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    faces, others = windows(arguments.data, network.load(arguments.weights))
    for kind, found in (("face", faces), ("other", others)):
        folder = arguments.output / kind
        folder.mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate(found):
            Image.fromarray(pixels).save(folder / f"{number:04}.png")
    print(f"{len(faces)} faces and {len(others)} others in {arguments.output}")


if __name__ == "__main__":
    main()

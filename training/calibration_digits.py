"""Writes digits to approximate for.

    python training/calibration_digits.py --data data/mnist -o digits.npy

1,000 of the training digits that `digits.py` trained on, 100 of each class, as they are: an 8-bit array [1000, 28, 28].
Neither the digits held out nor the test digits take part.
"""

import argparse
from pathlib import Path

import numpy as np

from digits import HELD_OUT, SEED, read_pair

PER_CLASS = 100


def main():
    parser = argparse.ArgumentParser(description="Write digits to approximate the digit network for.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the idx files")
    parser.add_argument("-o", "--output", type=Path, required=True, help="array to write (.npy)")
    arguments = parser.parse_args()
    digits, labels = read_pair(arguments.data, "train")
    kept = np.random.default_rng(SEED).permutation(len(digits))[HELD_OUT:]
    chosen = np.concatenate([kept[labels[kept] == digit][:PER_CLASS] for digit in range(10)])
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    np.save(arguments.output, digits[np.sort(chosen)])
    print(f"{len(chosen)} digits in {arguments.output}")


if __name__ == "__main__":
    main()

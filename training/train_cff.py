"""Trains the Convolutional Face Finder: faces against non-faces, mined in rounds with the net itself.

    python training/train_cff.py --data DIR -o models/cff/weights.safetensors [--held-out DIR]

training/README.md says what DIR holds and what the rules are. The same seed gives the same weights on the same
machine: all that is random comes from seeded generators.
"""

import argparse
import os
from pathlib import Path

# One thread for numpy's products, set before numpy loads: their last bits depend on the number of threads.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

import network
from detection import area_under_curve, overlaps, pyramid, reported
from measure_cff import held_out_scores, print_validation, validation_set
from network import KERNELS, STRIDE, WINDOW_HEIGHT, WINDOW_WIDTH
from photographs import composite, degraded, padded, random_patches, read, split, varied_face, window

SEED = 951
ROUNDS = 8  # the first against random patches, each later one against what the net took for faces as well
STEPS, LAST_STEPS = 800, 6000  # per round; in the last round
FACES_PER_BATCH, OTHERS_PER_BATCH = 128, 256
VARIATIONS = 6  # windows made of every crop, anew in each round
RANDOM_PATCHES = 20_000  # half of them degraded
PER_SCENE = 60  # windows mined at most from a scene in a round
MINED_ABOVE = 0.0  # score from which a window without a face is worth learning
LEARNING_RATE, LAST_LEARNING_RATE = 4e-3, 1e-4
WEIGHT_DECAY = 2e-4
SMOOTHING = 0.01  # share of the label given to the other class: keeps scores from saturating
KERNEL_NOISE = 0.08  # of a layer's rms, twice what rounding to k/8 costs
ACTIVATION_NOISE = 0.02  # tanh in a few straight pieces, in 8 bits
NOISE = np.random.default_rng(SEED).standard_normal(1 << 20, np.float32)
SANE_SUM = 3.0  # sums beyond are pulled back


def loss(parameters, windows, is_face, key):
    """Cross-entropy of a disturbed net, plus what keeps it small."""
    keys = iter(jax.random.split(key, 16))
    excess = []

    def noise(shape):
        """Normal deviates from a random place of a pool: drawing them anew takes longer than the net."""
        size = int(np.prod(shape))
        start = jax.random.randint(next(keys), (), 0, len(NOISE) - size)
        return jax.lax.dynamic_slice(jnp.asarray(NOISE), (start,), (size,)).reshape(shape)

    def activate(layer, sums):
        excess.append(jnp.mean(jnp.maximum(jnp.abs(sums) - SANE_SUM, 0) ** 2))
        if layer == "N2":
            return sums
        return jnp.tanh(sums) + ACTIVATION_NOISE * noise(sums.shape)

    decay = sum(jnp.sum(parameters[name] ** 2) for name in KERNELS)
    rms = {name: jnp.sqrt(jnp.mean(parameters[name] ** 2)) for name in KERNELS}
    disturbed = {**parameters, **{
        name: parameters[name] + KERNEL_NOISE * rms[name] * noise(parameters[name].shape) for name in KERNELS}}
    sums = network.forward(disturbed, windows, jnp, activate)[:, 0, 0]
    # tanh(s) as a probability is the logistic of 2s.
    wanted = jnp.where(is_face, 1 - SMOOTHING, SMOOTHING)
    entropy = jax.nn.softplus(2 * sums) - wanted * 2 * sums
    return entropy.mean() + WEIGHT_DECAY * decay + 0.1 * sum(excess)


@jax.jit
def step(parameters, moments, count, rate, windows, is_face, key):
    """One step of Adam."""
    key = jax.random.fold_in(key, count)
    gradients = jax.grad(loss)(parameters, windows, is_face, key)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradients)
    second = jax.tree.map(lambda m, g: 0.999 * m + 0.001 * g * g, moments[1], gradients)

    def moved(parameter, m, v):
        return parameter - rate * (m / (1 - 0.9 ** count)) / (jnp.sqrt(v / (1 - 0.999 ** count)) + 1e-8)

    return jax.tree.map(moved, parameters, first, second), (first, second)


def train(parameters, faces, others, steps, rng):
    """Train on batches drawn at random, the learning rate falling along a cosine."""
    moments = (jax.tree.map(jnp.zeros_like, parameters),) * 2
    is_face = jnp.arange(FACES_PER_BATCH + OTHERS_PER_BATCH) < FACES_PER_BATCH
    key = jax.random.key(int(rng.integers(2 ** 31)))
    for count in range(1, steps + 1):
        rate = LAST_LEARNING_RATE + (LEARNING_RATE - LAST_LEARNING_RATE) * (1 + np.cos(np.pi * count / steps)) / 2
        windows = np.concatenate([
            faces[rng.integers(len(faces), size=FACES_PER_BATCH)],
            others[rng.integers(len(others), size=OTHERS_PER_BATCH)]])
        parameters, moments = step(parameters, moments, count, rate, windows, is_face, key)
    return {name: np.asarray(value) for name, value in parameters.items()}


def face_windows(crops, rng):
    """Varied windows of every crop."""
    return np.stack([varied_face(crop, rng) for crop in crops for _ in range(VARIATIONS)])


def disguised(scene, crops, rng):
    """A scene as mining sees it: perhaps degraded, perhaps with faces pasted in, and the boxes of these."""
    boxes = np.zeros((0, 4))
    if rng.random() < 0.5:
        chosen = [crops[i] for i in rng.integers(len(crops), size=4)]
        scene, boxes = composite(scene, chosen, np.exp(rng.uniform(np.log(30), np.log(110), 4)), rng)
    if rng.random() < 0.5:
        scene = Image.fromarray(degraded(np.asarray(scene), rng))
    return scene, boxes


def mined(parameters, scene, boxes, rng):
    """Windows that the net takes for faces although they hold none, or only a part of one."""
    found = []
    for scale, level in pyramid(scene):
        scores = network.forward(parameters, level[None])[0]
        i, j = np.nonzero(scores > MINED_ABOVE)
        corner = np.stack([j, i], 1) * STRIDE * scale
        spans = np.concatenate([corner, corner + np.array([WINDOW_WIDTH, WINDOW_HEIGHT]) * scale], 1)
        wrong = overlaps(reported(spans), boxes).max(1, initial=0) < 0.3
        for y, x in zip(i[wrong] * STRIDE, j[wrong] * STRIDE):
            found.append(level[y:y + WINDOW_HEIGHT, x:x + WINDOW_WIDTH])
    if len(found) > PER_SCENE:
        found = [found[k] for k in rng.choice(len(found), PER_SCENE, replace=False)]
    return found


def train_in_rounds(crops, scenes, rng):
    """The net after all rounds."""
    borders = [padded(crop) for crop in crops]
    patches = random_patches(scenes, RANDOM_PATCHES, rng)
    others = [*patches[::2], *(degraded(patch, rng) for patch in patches[1::2])]
    parameters = network.initial_parameters(rng)
    for number in range(ROUNDS):
        if number > 0:
            fresh = [w for scene in scenes for w in mined(parameters, *disguised(scene, crops, rng), rng)]
            others += fresh
            print(f"round {number}: {len(fresh)} windows mined, {len(others)} non-faces", flush=True)
        steps = LAST_STEPS if number == ROUNDS - 1 else STEPS
        parameters = train(parameters, face_windows(borders, rng), np.stack(others), steps, rng)
    return parameters


def write_windows(folder, windows):
    """Windows as 8-bit grey PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, pixels in enumerate(windows):
        Image.fromarray(pixels).save(folder / f"{number:04}.png")


def main():
    parser = argparse.ArgumentParser(description="Train the Convolutional Face Finder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the archives of crops and scenes")
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights to write (.safetensors)")
    parser.add_argument("--held-out", type=Path, help="folder for the held-out windows as PNG files")
    arguments = parser.parse_args()

    rng = np.random.default_rng(SEED)
    crops, held_crops = split(read(arguments.data, "faces/caltech-crops-36x36.tar.gz"), rng)
    scenes, held_scenes = split(read(arguments.data, "faces/non-face-scenes.tar.gz"), rng)
    held_faces = np.stack([np.ascontiguousarray(window(padded(crop))) for crop in held_crops])
    held_others = random_patches(held_scenes, 5000, rng)
    validation = validation_set(held_crops, held_scenes, rng)
    print(f"{len(crops)} crops and {len(scenes)} scenes to train on,",
          f"{len(held_crops)} and {len(held_scenes)} held out", flush=True)
    if arguments.held_out:
        write_windows(arguments.held_out / "face", held_faces)
        write_windows(arguments.held_out / "other", held_others)

    parameters = train_in_rounds(crops, scenes, rng)
    network.save(parameters, arguments.output)

    print(f"held-out windows: AUC {area_under_curve(*held_out_scores(parameters, held_faces, held_others)):.5f}")
    print_validation(parameters, validation)


if __name__ == "__main__":
    main()

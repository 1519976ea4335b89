"""Trains the digit network: 183,320 parameters on MNIST, for `models/digits`.

    python training/digits.py --data data/mnist -o models/digits/weights.safetensors

The folder is what `make data` fetches. training/README.md says what the rules are. The same seed gives the same weights on the same
machine: all that is random comes from seeded generators.
"""

import argparse
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

SEED = 28
HELD_OUT = 5000  # training digits that choose settings and never train
EPOCHS, BATCH = 16, 128
LEARNING_RATE, LAST_LEARNING_RATE = 2e-3, 2e-5
WEIGHT_DECAY = 0.05  # of the learning rate, a step
SMOOTHING = 0.02  # share of the label given to all classes alike
AVERAGED_STEPS = 800  # the weights that are kept are a running mean over about so many steps
LIMIT = 2.0  # of the clipped ReLU
ACTIVATION_NOISE = 0.02  # of the limit: about what 8 bits cost, doubled
HIDDEN_NOISE = 0.4  # multiplies the hidden layer's activations: standard deviation around 1
NOISE = np.random.default_rng(SEED).standard_normal(1 << 22, np.float32)
CONTROL = 6  # points a side that bend a digit

SHAPES = {
    "C1.kernels": (20, 1, 5, 5), "C1.bias": (20,),
    "C2.kernels": (40, 20, 5, 5), "C2.bias": (40,),
    "D1.kernels": (250, 40, 4, 4), "D1.bias": (250,),
    "D2.kernels": (10, 250, 1, 1), "D2.bias": (10,),
}
PARAMETERS = 183_320
BEHIND_POOLS = ("C2.kernels", "D1.kernels")


def read_idx(path):
    """The bytes of an idx file as an array: two noughts, 8 for bytes, the dimensions, each side in four bytes."""
    raw = path.read_bytes()
    assert raw[:3] == b"\0\0\x08", f"{path} is no idx file of bytes"
    shape = np.frombuffer(raw, ">u4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def read_pair(folder, part):
    """Digits [n, 28, 28] and their labels [n]."""
    return read_idx(folder / f"{part}-images-idx3-ubyte"), read_idx(folder / f"{part}-labels-idx1-ubyte")


def initial_parameters(rng):
    """Normal kernels that keep the variance through a ReLU, biases of nought."""
    parameters = {}
    for name, shape in SHAPES.items():
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        values = rng.normal(0, deviation, shape) if name.endswith("kernels") else np.zeros(shape)
        parameters[name] = values.astype(np.float32)
    assert sum(value.size for value in parameters.values()) == PARAMETERS
    return parameters


def convolved(maps, kernels):
    """[n, y, x, c] and [o, c, k, k] -> [n, y', x', o], no padding."""
    kernels = kernels.transpose(2, 3, 1, 0)
    return jax.lax.conv_general_dilated(maps, kernels, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pooled(maps):
    """Means of 2x2. The file has kernels for sums: with them Adam's steps would be four times too long."""
    n, height, width, channels = maps.shape
    return maps.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4))


def forward(p, pixels, disturb=lambda name, x: x):
    """[n, 28, 28] pixels as (p - 128) / 128 -> [n, 10]; `disturb` sees every layer's activations."""
    active = lambda name, x: disturb(name, jnp.clip(x + p[name + ".bias"], 0, LIMIT))
    x = pooled(active("C1", convolved(pixels[..., None], p["C1.kernels"])))
    x = pooled(active("C2", convolved(x, p["C2.kernels"])))
    x = active("D1", convolved(x, p["D1.kernels"]))
    return convolved(x, p["D2.kernels"])[:, 0, 0] + p["D2.bias"]


def bump(points, at):
    """[28, points]: smooth weights of control points along a side."""
    distance = np.arange(28)[:, None] - np.asarray(at)[None]
    weights = np.exp(-0.5 * (distance / (28 / points)) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


BEND = bump(CONTROL, np.linspace(0, 27, CONTROL))


def varied(digits, key):
    """Every digit turned, scaled, sheared, shifted and bent a little, bilinearly; [n, 28, 28] in 0..1."""
    keys = jax.random.split(key, 3)
    n = len(digits)
    y, x = jnp.meshgrid(jnp.arange(28.0) - 13.5, jnp.arange(28.0) - 13.5, indexing="ij")
    affine = jnp.eye(2) + 0.10 * jax.random.normal(keys[0], (n, 2, 2))
    affine = affine[:, :, :, None, None]
    shift = jax.random.uniform(keys[1], (n, 2, 1, 1), minval=-1.8, maxval=1.8)
    bend = jnp.einsum("yi,ncij,xj->ncyx", BEND, 2.5 * jax.random.normal(keys[2], (n, 2, CONTROL, CONTROL)), BEND)
    rows = affine[:, 0, 0] * y + affine[:, 0, 1] * x + shift[:, 0] + bend[:, 0] + 13.5
    columns = affine[:, 1, 0] * y + affine[:, 1, 1] * x + shift[:, 1] + bend[:, 1] + 13.5
    rows, columns = (jnp.clip(side + 1, 0, 28.999) for side in (rows, columns))  # in a digit with a border of 1
    bordered = jnp.pad(digits, ((0, 0), (1, 1), (1, 1))).reshape(n, -1)
    top, left = jnp.floor(rows).astype(jnp.int32), jnp.floor(columns).astype(jnp.int32)
    down, right = rows - top, columns - left
    corner = (top * 30 + left).reshape(n, -1)
    take = lambda step: jnp.take_along_axis(bordered, corner + step, 1).reshape(n, 28, 28)
    upper = take(0) * (1 - right) + take(1) * right
    return upper * (1 - down) + (take(30) * (1 - right) + take(31) * right) * down


def loss(parameters, pixels, labels, key):
    """Cross-entropy of a disturbed net."""
    keys = iter(jax.random.split(key, 8))

    def noise(shape):
        """Normal deviates from a random place of a pool: drawing them anew takes longer than the net."""
        size = int(np.prod(shape))
        start = jax.random.randint(next(keys), (), 0, len(NOISE) - size)
        return jax.lax.dynamic_slice(jnp.asarray(NOISE), (start,), (size,)).reshape(shape)

    def disturb(name, x):
        if name == "D1":
            x = x * (1 + HIDDEN_NOISE * noise(x.shape))
        return x + ACTIVATION_NOISE * LIMIT * noise(x.shape)

    wanted = jax.nn.one_hot(labels, 10) * (1 - SMOOTHING) + SMOOTHING / 10
    return -(wanted * jax.nn.log_softmax(forward(parameters, pixels, disturb))).sum(1).mean()


@jax.jit
def step(parameters, moments, mean, count, rate, digits, labels, key):
    """One step of Adam with decay of the kernels, and of the running mean of the weights."""
    keys = jax.random.split(jax.random.fold_in(key, count))
    pixels = jnp.round(varied(digits.astype(jnp.float32), keys[0]) - 128) / 128
    gradients = jax.grad(loss)(parameters, pixels, labels, keys[1])
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradients)
    second = jax.tree.map(lambda m, g: 0.999 * m + 0.001 * g * g, moments[1], gradients)

    def moved(parameter, m, v):
        decay = WEIGHT_DECAY * parameter if parameter.ndim > 1 else 0
        return parameter - rate * ((m / (1 - 0.9 ** count)) / (jnp.sqrt(v / (1 - 0.999 ** count)) + 1e-8) + decay)

    parameters = jax.tree.map(moved, parameters, first, second)
    share = 1 / jnp.minimum(count, AVERAGED_STEPS)
    mean = jax.tree.map(lambda old, new: old + share * (new - old), mean, parameters)
    return parameters, (first, second), mean


evaluated = jax.jit(lambda parameters, digits: forward(parameters, (digits.astype(jnp.float32) - 128) / 128).argmax(1))


def accuracy(parameters, digits, labels):
    """The share of digits that are told right."""
    found = np.concatenate([evaluated(parameters, part) for part in digits.reshape(-1, 500, 28, 28)])
    return float((found == labels).mean())


def train(digits, labels, held_digits, held_labels, rng):
    """The averaged weights after all epochs; the learning rate falls along a cosine."""
    mean = parameters = initial_parameters(rng)
    moments = (jax.tree.map(jnp.zeros_like, parameters),) * 2
    key = jax.random.key(int(rng.integers(2 ** 31)))
    per_epoch = len(digits) // BATCH
    count, start = 0, time.process_time()
    for epoch in range(EPOCHS):
        order = rng.permutation(len(digits))
        for n in range(per_epoch):
            count += 1
            progress = count / (EPOCHS * per_epoch)
            rate = LAST_LEARNING_RATE + (LEARNING_RATE - LAST_LEARNING_RATE) * (1 + np.cos(np.pi * progress)) / 2
            batch = order[n * BATCH:(n + 1) * BATCH]
            parameters, moments, mean = step(
                parameters, moments, mean, jnp.float32(count), rate, digits[batch], labels[batch], key)
        print(f"epoch {epoch + 1}: held-out accuracy {accuracy(mean, held_digits, held_labels):.4f},",
              f"{time.process_time() - start:.0f} s of processor time", flush=True)
    return {name: np.asarray(value) for name, value in mean.items()}


def save(parameters, path):
    """Write the kernels as lists of 2-D kernels, map after map, as f32; those behind a pool for sums in place of means."""
    tensors = {}
    for name, value in parameters.items():
        if name in BEHIND_POOLS:
            value = value / 4
        if name.endswith("kernels"):
            value = value.reshape(-1, *value.shape[2:])
        tensors[name] = np.ascontiguousarray(value, np.float32)
    save_file(tensors, path)


def main():
    parser = argparse.ArgumentParser(description="Train the digit network.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the four idx files")
    parser.add_argument("-o", "--output", type=Path, required=True, help="weights to write (.safetensors)")
    arguments = parser.parse_args()

    rng = np.random.default_rng(SEED)
    digits, labels = read_pair(arguments.data, "train")
    order = rng.permutation(len(digits))
    held, kept = order[:HELD_OUT], order[HELD_OUT:]
    print(f"{len(kept)} digits to train on, {len(held)} held out, {PARAMETERS} parameters", flush=True)
    parameters = train(digits[kept], labels[kept], digits[held], labels[held], rng)
    save(parameters, arguments.output)
    print(f"held-out digits: {accuracy(parameters, digits[held], labels[held]):.4f}")
    print(f"test digits: {accuracy(parameters, *read_pair(arguments.data, 't10k')):.4f}")


if __name__ == "__main__":
    main()

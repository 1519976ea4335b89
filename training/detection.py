"""From a photograph to boxes, and from boxes to figures. training/README.md states the same in words."""

import numpy as np
from PIL import Image

from network import STRIDE, WINDOW_HEIGHT, WINDOW_WIDTH, forward

FIRST_SCALE = 1 / 1.44  # the photograph is first enlarged by 1.44
SCALE_FACTOR = 1.2
THRESHOLD = 0.0  # windows that score no more are dropped
SAME_FACE = 0.6  # IoU from which two windows speak for the same face
SUPPRESS = 0.2  # IoU with a found face from which a window is spent
# The reported box lies this far inside the window: left, top, right, bottom, as fractions of its width and height.
INSET = (0.0, 0.0, 0.0, 0.0)


def pyramid(image):
    """Yield (scale, 8-bit level) while the level holds a window. Each level comes straight from the image."""
    scale = FIRST_SCALE
    while True:
        width, height = (max(1, int(np.floor(side / scale + 0.5))) for side in image.size)
        if width < WINDOW_WIDTH or height < WINDOW_HEIGHT:
            return
        yield scale, np.asarray(image.resize((width, height), Image.BILINEAR))
        scale *= SCALE_FACTOR


def candidates(parameters, image, threshold=THRESHOLD, activate=None):
    """Windows that score above the threshold: boxes [n, 4] as x1 y1 x2 y2 in the photograph, scores [n]."""
    boxes, scores = [np.zeros((0, 4))], [np.zeros(0)]
    for scale, level in pyramid(image):
        score = forward(parameters, level[None], activate=activate)[0]
        i, j = np.nonzero(score > threshold)
        corner = np.stack([j, i], 1) * STRIDE * scale
        boxes.append(np.concatenate([corner, corner + np.array([WINDOW_WIDTH, WINDOW_HEIGHT]) * scale], 1))
        scores.append(score[i, j].astype(np.float64))
    return np.concatenate(boxes), np.concatenate(scores)


def overlaps(a, b):
    """Intersection over union of every box of a with every box of b."""
    corner = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    common = np.prod(np.maximum(corner, 0), -1)
    area = lambda boxes: np.prod(boxes[:, 2:] - boxes[:, :2], -1)
    return common / (area(a)[:, None] + area(b)[None] - common)


def group(boxes, scores, threshold=THRESHOLD):
    """One box per face: the window with most support first, then all that overlap its box are spent.

    The support of a window is the sum of score - threshold over the windows of the same face, so that it grades
    faces even where single scores saturate.
    """
    weights = scores - threshold
    near = overlaps(boxes, boxes) >= SAME_FACE
    support = np.where(near, weights, 0).sum(1)
    free = np.ones(len(boxes), bool)
    found = []
    while free.any():
        best = int(np.argmax(np.where(free, support, -1)))  # the first of equals
        members = near[best]
        box = np.average(boxes[members], 0, weights[members])
        found.append((float(support[best]), box))
        free &= overlaps(box[None], boxes)[0] < SUPPRESS
        free[best] = False
    return found


def reported(boxes):
    """The face boxes of windows, [..., 4]."""
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    left, top, right, bottom = INSET
    return boxes + np.stack([left * width, top * height, -right * width, -bottom * height], -1)


def detect(parameters, image, activate=None):
    """(confidence, box) of the faces in a grey photograph, most confident first."""
    found = group(*candidates(parameters, image, activate=activate))
    return [(confidence, reported(box)) for confidence, box in found]


def judge(detections, truths, least_overlap=0.4):
    """Rank all detections; say which hit a face that no better one hit: [(confidence, hit)]."""
    ranked = sorted(((confidence, name, index, box) for name, found in detections.items()
                     for index, (confidence, box) in enumerate(found)), key=lambda entry: (-entry[0], *entry[1:3]))
    taken, verdicts = set(), []
    for confidence, name, _, box in ranked:
        overlap = overlaps(box[None], truths[name])[0] if len(truths[name]) else np.zeros(0)
        order = [i for i in np.argsort(-overlap, kind="stable") if overlap[i] >= least_overlap]
        face = next(((name, int(i)) for i in order if (name, int(i)) not in taken), None)
        if face is not None:
            taken.add(face)
        verdicts.append((confidence, face is not None))
    return verdicts


def figures(verdicts, faces):
    """AP (area under the precision-recall curve, all points) and the recall at 8, 31 and 65 false alarms."""
    hits = np.cumsum([hit for _, hit in verdicts])
    alarms = np.arange(1, len(hits) + 1) - hits
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    steps = np.diff(np.concatenate([[0], hits])) / faces
    at = {limit: hits[alarms <= limit].max(initial=0) / faces for limit in (8, 31, 65)}
    return {"AP": float((precision * steps).sum()), **{f"recall at {limit}": float(r) for limit, r in at.items()}}


def area_under_curve(positives, negatives):
    """The chance that a positive scores more than a negative; a tie counts half."""
    negatives = np.sort(negatives)
    below = np.searchsorted(negatives, positives, "left") + np.searchsorted(negatives, positives, "right")
    return float(below.mean() / 2 / len(negatives))

"""Your instance of a mission: which images, which labels are wrong, which scales. It depends on your id alone.

The id is hashed (SHA-256, no secret), so that everybody can make their instance at home and the grader makes the
same one. What is secret are the images the grader scores on and the seeds it trains with.
"""

import hashlib
import unicodedata
from typing import NamedTuple

import numpy as np

from descent.capstone.missions import ALL, PRACTICE
from descent.data import flip_labels, load_mnist
from descent.hyper import require
from descent.say import tr

NOBODY = "practice"  # the id that the notebook comes with
SHARE_FLIPPED = 0.3
DECADES = (-2.0, 2.0)  # scales are drawn evenly on a log scale, from a hundredth to a hundred


class Instance(NamedTuple):
    """Training and validation examples of one student: X of shape (N, 784), float32; labels y of shape (N,).

    scale and offset, (784,) or None: what the inputs were multiplied by, and what was then added.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    scale: np.ndarray | None = None
    offset: np.ndarray | None = None

    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (N, 784) in [0, 1] as this instance's inputs; the same array where it changes nothing."""
        return pixels if self.scale is None else pixels * self.scale + self.offset


def generator(*parts: str) -> np.random.Generator:
    """A Generator seeded by the hash of these strings."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def canonical(student: str) -> str:
    """A student's id in the form that is hashed: without differences in case, spaces around it, and Unicode variants."""
    return unicodedata.normalize("NFKC", student).strip().casefold()


def instance(mission: str, student: str) -> Instance:
    """The instance of `mission` that belongs to the student with this id.

    A mission for practice has one instance for everybody, so that a text can speak of its numbers.
    few_labels: 20 images of each digit. The others: num_train of the 3000 training images; of flipped_labels
    30 % have another label; the inputs of bad_scales are pixel * scale + offset, with a scale and an offset for
    every pixel. Validation: the 500 validation images, always with right labels.
    Raises ValueError for an unknown mission or an empty id.
    """
    require(mission in ALL, "mission", mission, tr(f"one of {', '.join(ALL)}", f"应为 {'、'.join(ALL)} 之一"))
    require(
        isinstance(student, str) and canonical(student) != "",
        "student",
        student,
        tr(
            "your id as a string, such as 'ada': the name of the folder you hand in",
            "写成字符串的学号，例如 'ada'，即提交作业的文件夹名",
        ),
    )
    rng = generator("descent capstone", mission, NOBODY if mission in PRACTICE else canonical(student))
    data = load_mnist(dtype=np.float32)
    order = np.argsort(rng.random(len(data.y_train)))
    if mission == "few_labels":
        per_digit = ALL[mission].num_train // 10
        order = np.concatenate([order[data.y_train[order] == digit][:per_digit] for digit in range(10)])
    rows = order[: ALL[mission].num_train]
    X, y = data.X_train[rows], data.y_train[rows]
    if mission == "flipped_labels":
        y = flip_labels(y, rng, share=SHARE_FLIPPED)
    result = Instance(X, y, data.X_val, data.y_val)
    if mission == "bad_scales":
        scale = 10 ** (DECADES[0] + (DECADES[1] - DECADES[0]) * rng.random(X.shape[1]))
        offset = scale * (2 * rng.random(X.shape[1]) - 1)
        result = result._replace(scale=scale.astype(X.dtype), offset=offset.astype(X.dtype))
        result = result._replace(X_train=result.inputs(X), X_val=result.inputs(data.X_val))
    return result

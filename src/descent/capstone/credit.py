"""How many of a mission's points an accuracy earns: full credit for what a tuned run reaches, none for guessing.

The numbers come from 20 tuned runs for each mission (autograder/thresholds.py; docs/capstone.md has the table).
"""

import numpy as np

SHARES = (0.0, 0.5, 0.8, 1.0)
# Accuracy on held-out images that earns nothing, half, 80 % and all of the points; in between, linearly.
THRESHOLDS = {
    "few_labels": (0.741, 0.812, 0.841, 0.86),
    "flipped_labels": (0.792, 0.849, 0.871, 0.886),
    "deep": (0.663, 0.794, 0.846, 0.881),
    "bad_scales": (0.7, 0.813, 0.857, 0.887),
}


def credit(mission: str, accuracy: float) -> float:
    """The share of a mission's points, in [0, 1]. Raises KeyError for an unknown mission."""
    return float(np.interp(accuracy, THRESHOLDS[mission], SHARES))

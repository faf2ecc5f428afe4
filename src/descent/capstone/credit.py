"""How many of a mission's points an accuracy earns: 60 % for a sensible first try, all for what a tuned run reaches.

The numbers come from made-up students' first tries and tuned runs (autograder/authoring/thresholds.py).
"""

import numpy as np

SHARES = (0.0, 0.6, 0.8, 1.0)
# Accuracy on held-out images that earns nothing, 60 %, 80 % and all of the points; in between, linearly.
THRESHOLDS = {
    "few_labels": (0.754, 0.818, 0.843, 0.86),
    "flipped_labels": (0.781, 0.845, 0.87, 0.887),
    "deep": (0.674, 0.796, 0.845, 0.878),
    "bad_scales": (0.7, 0.813, 0.857, 0.887),
}


def credit(mission: str, accuracy: float) -> float:
    """The share of a mission's points, in [0, 1]. Raises KeyError for an unknown mission."""
    return float(np.interp(accuracy, THRESHOLDS[mission], SHARES))

"""How many of a mission's points an accuracy earns: 60 % for a sensible first try, all for what a tuned run reaches.

The numbers come from made-up students' first tries and tuned runs (autograder/authoring/thresholds.py).
"""

import numpy as np

SHARES = (0.0, 0.6, 0.8, 1.0)
# Accuracy on held-out images that earns nothing, 60 %, 80 % and all of the points; in between, linearly.
THRESHOLDS = {
    "few_labels": (0.779, 0.831, 0.843, 0.854),
    "flipped_labels": (0.811, 0.861, 0.873, 0.886),
    "deep": (0.718, 0.86, 0.869, 0.877),
    "bad_scales": (0.734, 0.87, 0.877, 0.885),
}


def credit(mission: str, accuracy: float) -> float:
    """The share of a mission's points, in [0, 1]. Raises KeyError for an unknown mission."""
    return float(np.interp(accuracy, THRESHOLDS[mission], SHARES))

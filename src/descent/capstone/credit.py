"""How many of a mission's points an accuracy earns: 60 % for a sensible first try, all for what a tuned run reaches.

The numbers come from made-up students' first tries and tuned runs (autograder/authoring/thresholds.py).
"""

import numpy as np

SHARES = (0.0, 0.6, 0.8, 1.0)
# Accuracy on held-out images that earns nothing, 60 %, 80 % and all of the points; in between, linearly.
THRESHOLDS = {
    "few_labels": (0.779, 0.838, 0.85, 0.861),
    "flipped_labels": (0.811, 0.868, 0.88, 0.893),
    "deep": (0.718, 0.867, 0.876, 0.884),
    "bad_scales": (0.734, 0.877, 0.884, 0.892),
}


def credit(mission: str, accuracy: float) -> float:
    """The share of a mission's points, in [0, 1]. Raises KeyError for an unknown mission."""
    return float(np.interp(accuracy, THRESHOLDS[mission], SHARES))

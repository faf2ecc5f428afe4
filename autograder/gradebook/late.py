"""What a late submission costs: nothing, unless the class's class.toml says otherwise.

[due]
03_momentum = 2026-10-05T23:59:00+08:00

[late]
percent_per_day = 10      # of the score, for every day begun
grace_minutes = 30        # a delay up to this costs nothing
at_most_percent = 50

[extensions]              # days after the due date
ada = { 03_momentum = 3 }
"""

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float


class PercentPerDay(LateSubmissionPlugin):
    """nbgrader asks this plugin for the penalty of every submission after the due date."""

    percent_per_day = Float(0.0, min=0.0, max=100.0, help="Percent of the score lost per day begun.").tag(config=True)
    grace_minutes = Float(0.0, min=0.0, help="A delay up to this many minutes costs nothing.").tag(config=True)
    at_most_percent = Float(100.0, min=0.0, max=100.0, help="A delay never costs more than this.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        if total_seconds_late <= 60 * self.grace_minutes or not self.percent_per_day:
            return None
        percent = min(self.percent_per_day * math.ceil(total_seconds_late / 86_400), self.at_most_percent)
        return round(score * percent / 100, 2)

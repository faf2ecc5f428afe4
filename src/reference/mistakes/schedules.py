"""Known mistakes of the schedules: those that only fall, the cosines, the warmups."""

from reference.mistakes import Mistake, cosines, decays, restarts, warmups

MISTAKES: dict[str, list[Mistake]] = decays.MISTAKES | cosines.MISTAKES | restarts.MISTAKES | warmups.MISTAKES

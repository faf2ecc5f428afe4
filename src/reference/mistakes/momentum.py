"""What students write instead of the exercises of chapter 03, one module per rule."""

from reference.mistakes import classical_momentum, ema_momentum, heavy_ball_matrix, heavy_ball_step, nesterov

MISTAKES = (
    heavy_ball_step.MISTAKES
    | classical_momentum.MISTAKES
    | ema_momentum.MISTAKES
    | nesterov.MISTAKES
    | heavy_ball_matrix.MISTAKES
)

# %% [markdown] lang="en"
# # 03 Momentum and Nesterov

# %% [markdown] lang="zh"
# # 03 动量法与 Nesterov 加速梯度

# %% role="setup" id="setup"
import numpy as np

from descent.check import check
from descent.hyper import require
from descent.say import set_language

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ## Sitting A

# %% [markdown] lang="zh" sitting="A"
# ## A 节

# %% role="given" id="momentum_init"
from reference.momentum import momentum_init

# %% role="answer" id="momentum_step"
from reference.momentum import momentum_step

# %% role="tests" id="test_momentum_step" points=14
check("momentum_step", momentum_step)

# %% role="answer" id="classical_momentum_step"
from reference.momentum import classical_momentum_step

# %% role="tests" id="test_classical_momentum_step" points=10
check("classical_momentum_step", classical_momentum_step)

# %% role="answer" id="classical_velocity"
from reference.momentum import classical_velocity

# %% role="tests" id="test_classical_velocity" points=6
check("classical_velocity", classical_velocity)

# %% role="answer" id="ema_momentum_step"
from reference.momentum import ema_momentum_step

# %% role="tests" id="test_ema_momentum_step" points=11
check("ema_momentum_step", ema_momentum_step)

# %% role="answer" id="prediction_race"
prediction_race = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_race = "b"
### END SOLUTION

# %% role="answer" id="prediction_digits"
prediction_digits = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_digits = "c"
### END SOLUTION

# %% role="tests" id="test_predictions_a" of="prediction_race prediction_digits" points=4
made = [guess for guess in (prediction_race, prediction_digits) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction, right or wrong

# %% [markdown] lang="en" sitting="B"
# ## Sitting B

# %% [markdown] lang="zh" sitting="B"
# ## B 节

# %% role="given" id="lookahead_point"
from reference.momentum import lookahead_point

# %% role="given" id="spectral_radius"
from reference.momentum import spectral_radius

# %% role="answer" id="nesterov_step"
from reference.momentum import nesterov_step

# %% role="tests" id="test_nesterov_step" points=14
check("nesterov_step", nesterov_step)

# %% role="answer" id="nesterov_rewritten_step"
from reference.momentum import nesterov_rewritten_step

# %% role="tests" id="test_nesterov_rewritten_step" points=12
check("nesterov_rewritten_step", nesterov_rewritten_step)

# %% role="answer" id="heavy_ball_matrix"
from reference.momentum import heavy_ball_matrix

# %% role="tests" id="test_heavy_ball_matrix" points=9
check("heavy_ball_matrix", heavy_ball_matrix)

# %% role="answer" id="optimal_heavy_ball"
from reference.momentum import optimal_heavy_ball

# %% role="tests" id="test_optimal_heavy_ball" points=11
check("optimal_heavy_ball", optimal_heavy_ball)

# %% role="answer" id="prediction_nesterov"
prediction_nesterov = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_nesterov = "a"
### END SOLUTION

# %% role="answer" id="prediction_cycle"
prediction_cycle = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_cycle = "b"
### END SOLUTION

# %% role="tests" id="test_predictions_b" of="prediction_nesterov prediction_cycle" points=4
made = [guess for guess in (prediction_nesterov, prediction_cycle) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction, right or wrong

# %% [markdown] role="essay" id="why_overshoot" points=5 lang="en"
# Why does momentum overshoot?

# %% [markdown] role="essay" id="why_overshoot" points=5 lang="zh"
# 动量法为什么会冲过头？

# %% [markdown] role="model" id="why_overshoot" lang="en"
# Model

# %% [markdown] role="model" id="why_overshoot" lang="zh"
# 参考

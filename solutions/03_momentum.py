# %% [markdown] lang="en"
# # 03 Momentum and Nesterov
#
# Gradient descent forgets every step it takes. Give it a memory, one more array and one more line of code, and in a long valley 61,039 steps become 972. You will see where that factor of 63 comes from, what it costs, and why two libraries disagree about `momentum=0.9`.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 03 动量法与 Nesterov 加速梯度
#
# 梯度下降走一步，忘一步。多给它一个数组当记忆，代码只多一行，狭长山谷里的 61 039 步就变成 972 步。这 63 倍从哪里来？代价是什么？为什么同样写 `momentum=0.9`，两个库走出的路可以不一样？
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from functools import partial

from descent.browser import fewer_in_browser
from descent.check import check
from descent.data import load_digits
from descent.experiment import experiment
from descent.explore import momentum_explorer
from descent.figures import draw
from descent.figures.momentum_map import draw_momentum_map
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import mlp_init
from descent.plots import curves, panels, show
from descent.problems import lessard
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import follow

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: gradient descent with a memory
#
# | | |
# |---|---|
# | **You will be able to** | write momentum in three forms and convert between them; recognize over- and underdamped runs; tell momentum from a larger learning rate |
# | **You need** | gradient descent on quadratics (01), an MLP on digits (00), condition number (02) |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: four exercises, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：有记忆的梯度下降
#
# | | |
# |---|---|
# | **学完你能够** | 写出动量法的三种形式并相互换算；认出过阻尼和欠阻尼；分清动量和“更大的学习率” |
# | **你需要** | 二次函数上的梯度下降（01），digits 上的 MLP（00），条件数（02） |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：四道练习，两次预测 |

# %% [markdown] lang="en"
# ### Start with two sliders
#
# The figure shows a valley with condition number $\kappa=100$: it curves 100 times as much across as along. Momentum 0 is gradient descent, here at nearly its best learning rate.
#
# 1. How many steps does gradient descent need?
# 2. Leave `lr` alone and raise `momentum` slowly to 0.99. Where does the run need the fewest steps? Watch the path there, and the word beside the flat direction (○). The map on the right is for sitting B.
# 3. What is your record with both sliders?
# %% [markdown] lang="zh"
# ### 先动手：两个滑块
#
# 图中的山谷条件数 $\kappa=100$：横向的曲率是纵向的 100 倍。动量为 0 就是梯度下降，学习率已接近它的最好值。
#
# 1. 梯度下降要走多少步？看图下那句话。
# 2. `lr` 不动，把 `momentum` 慢慢拉到 0.99。哪里步数最少？留意那时的轨迹，和“平坦方向”（○）括号里的词。右边的地图留到 B 节再看。
# 3. 两个滑块一起调，你的纪录是多少步？

# %% role="experiment"
momentum_explorer(lr=1.98, momentum=0, kappa=100, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. 688.
# 2. 93, at momentum 0.76, just after *creeps* has turned into *swings* (0.74). Beyond that the number climbs: 244 at 0.9, and 768 at 0.97, worse than no momentum.
# 3. 58, at momentum 0.69 and `lr` 3.07, where gradient descent would diverge. No slider position does better.
# </details>
#
# If you read $1-\text{momentum}$ as friction, mechanics has names for what you saw in the flat direction:
#
# - **overdamped** (too little momentum): it creeps to the minimum from one side;
# - **critically damped** (the border): in the long run the error shrinks fastest;
# - **underdamped** (too much): it swings past the minimum and back, again and again.
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 688 步。
# 2. 93 步，动量 0.76；前面不远（0.74），“慢慢爬”刚变成“来回摆”。再往上又多起来：0.9 时 244 步，0.97 时 768 步，还不如不用动量。
# 3. 58 步：动量 0.69，`lr` 3.07（换成梯度下降，早就发散了）。滑块的任何位置都不会更好。
# </details>
#
# 动量不是越大越好。把 $1-\text{动量}$ 看成摩擦，平坦方向上的三种走法在力学里早有名字：
#
# - **过阻尼**（overdamped），动量太小：从一侧慢慢爬向极小点；
# - **临界阻尼**（critically damped），恰在分界处：长远看，误差缩小得最快；
# - **欠阻尼**（underdamped），动量太大：冲过极小点，荡回来，再冲过去。

# %% [markdown] lang="en"
# ### Why a memory helps
#
# Go back to `lr` 1.98 and momentum 0. *Across* the valley the gradient is large and changes sign at every step; *along* it the gradient is small and keeps its sign. The steep direction limits the learning rate, so the flat one takes hundreds of steps.
#
# One gradient cannot tell the two apart. The last ten can: in their sum, what alternates cancels and what agrees grows. So keep a sum in which old gradients fade, and step along it. From $v_0=0$:
#
# $$v_t=\beta v_{t-1}+g_t,\qquad x_t=x_{t-1}-\eta v_t .$$
#
# This is **momentum**, or the **heavy-ball method**: slopes push the ball, friction slows it, and it can swing past the bottom. $v$ is the **velocity**; a fraction $\beta$ of it survives each step. In code $x,g,v,\eta,\beta$ are `params`, `grads`, `velocity`, `lr`, `momentum`.
# %% [markdown] lang="zh"
# ### 记忆为什么有用
#
# 调回 `lr` 1.98、动量 0。*横着*看，梯度很大，每一步都变号；*顺着谷底*看，梯度很小，却始终朝一个方向。陡峭的方向卡住了学习率，平坦的方向就得走上几百步。
#
# 单看一个梯度，分不出谁是谁；把最近十个加起来就行：来回变号的相互抵消，方向一致的越积越大。所以我们记一个累加和，让旧的梯度逐渐淡出，再沿着它走。从 $v_0=0$ 开始：
#
# $$v_t=\beta v_{t-1}+g_t,\qquad x_t=x_{t-1}-\eta v_t .$$
#
# 这就是**动量法**（momentum），又叫**重球法**（heavy ball）：坡推着球，摩擦拖着球，到了谷底却停不住。$v$ 叫**速度**（velocity），每走一步保留 $\beta$ 倍。代码里 $x,g,v,\eta,\beta$ 写作 `params`、`grads`、`velocity`、`lr`、`momentum`。

# %% [markdown] lang="en"
# ### Exercise 1: `momentum_step` ({{points:momentum_step}} points, 8 minutes)
#
# Write one step of this rule.
#
# <details><summary>Recall (00): what does <code>velocity += grads</code> do to the caller's array?</summary>
#
# It writes into it. `velocity = velocity + grads` makes a new array.
# </details>
# %% [markdown] lang="zh"
# ### 练习 1：`momentum_step`（{{points:momentum_step}} 分，8 分钟）
#
# <details><summary>回忆（00）：<code>velocity += grads</code> 会把调用者的数组怎样？</summary>
#
# 直接改写。`velocity = velocity + grads` 则新建一个数组。
# </details>


# %% [markdown] role="docstring" of="momentum_init" lang="zh" twin="d2ab16a6"
# 返回训练开始时的速度：全零，形状和 dtype 与 params 相同。

# %% role="given" id="momentum_init"
from reference.momentum import momentum_init


# %% [markdown] role="docstring" of="momentum_step" lang="zh" twin="b2a1e046"
# 动量法走一步，学习率在速度之外。
#
#     v <- momentum * v + g
#     x <- x - lr * v              （用新的 v）
#
# params（x）、grads（g）、velocity（v）：形状相同的数组，形状不限；不得改动它们。
# lr、momentum：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 velocity)，形状和 dtype 不变。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> momentum_step(10.0, 1.0, 8.0, lr=0.5, momentum=0.75)
# (6.5, 7.0)

# %% role="answer" id="momentum_step"
from reference.momentum import momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which velocity moves the params, the one you receive or the one you compute?
# </details>
# <details><summary>Hint 2</summary>
#
# The one you compute. Put it into a new array, then move the params along it.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $0.75\cdot8+1=7$, then $10-0.5\cdot7=6.5$. With the old velocity you get 6.0, without `lr` 3.0.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 参数沿哪个速度走：收到的，还是算出来的？
# </details>
# <details><summary>提示 2</summary>
#
# 算出来的。先把它存进新数组，再让参数沿它走。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$0.75\cdot8+1=7$，$10-0.5\cdot7=6.5$。沿旧速度走会得 6.0，漏了 `lr` 会得 3.0。
# </details>

# %% role="tests" id="test_momentum_step" points=14
check("momentum_step", momentum_step)

# %% [markdown] lang="en"
# ### Swings without a valley
#
# **"Momentum damps oscillation."** (nearly everywhere) Across a valley it damps that of gradient descent. But does it cause swings of its own? Take $f(x)=x^2/2$ from $x=1$, `lr` 0.1. *Rank momentum 0, 0.5 and 0.9 by the steps until $|x|$ stays below 0.01.*
# %% [markdown] lang="zh"
# ### 动量取 0、0.5 还是 0.9？
#
# **“动量会相互抵消，减小震荡。”**（第一份笔记 3.1 节；第二份也说它“显著加速收敛并提升稳定性”。）*梯度下降*横穿山谷的振荡，确实减小了。可是球带着速度冲到谷底，自己又会摆起来，没有山谷也一样。最简单的例子：$f(x)=x^2/2$，从 $x=1$ 出发，`lr` 为 0.1。*要让 $|x|$ 从此小于 0.01，动量取 0、0.5、0.9，哪个最快，哪个最慢？*

# %% hidden=true
def walk(step, curvatures, lrs, *, momentum):
    tr(
        """Return the points of a run from (1, ..., 1): one step for each lr.""",
        """从 (1, ..., 1) 出发，每个 lr 走一步，返回经过的点。""",
    )
    return follow(
        lambda x: curvatures * x, np.ones(len(curvatures)), partial(step, momentum=momentum),
        lr=lambda t: lrs[t], num_steps=len(lrs), init=momentum_init)


# %% role="experiment" nbval="check" hidden=true
with experiment("momentum_step"):
    swings = {m: walk(momentum_step, np.ones(1), [0.1] * 100, momentum=m)[:, 0] for m in (0, 0.5, 0.9)}
    for m, x in swings.items():
        arrived = np.flatnonzero(np.abs(x) >= 0.01).max() + 1
        print(tr(
            f"momentum {m:3}: |x| < 0.01 from step {arrived}; farthest beyond the minimum {max(0, -x.min()):.3f}",
            f"动量 {m:3}：第 {arrived} 步起 |x| < 0.01；最远越过极小点 {max(0, -x.min()):.3f}",
        ))

    fig, ax = draw.figure(height=3.3)
    for (m, x), role in zip(swings.items(), ("gd", "plum", "momentum"), strict=True):
        ax.plot(x[:91], color=draw.colour(role))
    ax.set(xlabel=tr("step", "步"), xlim=(0, 90), ylim=(-0.75, 1.05))
    draw.quantity(ax, "$x$")
    draw.rule(ax, y=0)
    draw.note(ax, tr("momentum 0: overdamped", "动量 0：过阻尼"), (4, 0.656), (16, 0.86), color="gd")
    draw.note(ax, tr("0.5: nearly critical", "0.5：接近临界"), (12, 0.02), (24, -0.45), color="plum")
    draw.note(ax, tr("0.9: underdamped", "0.9：欠阻尼"), (20, 0.36), (32, 0.55), color="momentum")
    draw.headline(fig, tr("A ball that arrives with speed swings past the bottom", "带着速度到谷底，就会冲过头"),
                  tr("f(x) = x² / 2, lr 0.1: no valley, no noise.", "f(x) = x² / 2，lr 0.1：没有山谷，也没有噪声。"))
    show(fig, alt=tr(
        "x over 90 steps on a parabola. Without momentum it falls smoothly to 0. With 0.5 it arrives soonest and hardly passes 0. "
        "With 0.9 it swings far beyond 0 and back, again and again, with slowly shrinking swings.",
        "抛物线上 90 步中的 x。无动量时平滑地降到 0；动量 0.5 最先到，几乎不越过 0；动量 0.9 一次次大幅越过 0 又荡回来，摆幅缓慢减小。"))

# %% [markdown] lang="en"
# Momentum 0.9 overshoots and is *slower* than none; 0.5 is fastest. What does the best momentum gain in a long valley?
#
# ### Experiment 1: the race
#
# The track is that of chapter 02: a quadratic with 50 curvatures from 1 to $\kappa$. A run starts at $(1,\dots,1)$ and ends when its distance from the minimum has shrunk to a millionth. Each method runs with its best constants: gradient descent with $\eta=2/(1+\kappa)$, momentum with those in the next cell, which you will derive in sitting B.
#
# <details><summary>Recall (02): from κ = 100 to κ = 10 000, by which factor do the steps of gradient descent grow?</summary>
#
# About 100: for large $\kappa$ they are proportional to $\kappa$.
# </details>
#
# **And those of momentum?** (a) also about 100, (b) about 10, (c) about 1
# %% [markdown] lang="zh"
# 在这里，动量 0.9 比不用动量还*慢*，最快的是 0.5。在狭长的山谷里，用最好的动量，又能快多少？
#
# ### 实验 1：赛跑
#
# 赛道与 02 章相同：二次函数，50 个曲率从 1 到 $\kappa$；从 $(1,\dots,1)$ 出发，到极小点的距离缩到百万分之一为止。双方都用最优常数：梯度下降取 $\eta=2/(1+\kappa)$，动量法取下表，B 节再推导。
#
# <details><summary>回忆（02）：κ 从 100 变到 10 000，梯度下降的步数变成几倍？</summary>
#
# 大约 100 倍：$\kappa$ 较大时，步数与它成正比。
# </details>
#
# **动量法呢？** (a) 也是 100 倍左右，(b) 10 倍左右，(c) 几乎不变

# %% role="answer" id="prediction_race"
prediction_race = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_race = "b"
### END SOLUTION

# %% hidden=true
def steps_until(step, curvatures, *, lr, momentum, far=1e-6, most=100_000):
    tr(
        """Count the steps from (1, ..., 1) until |x| <= far * |start| on f(x) = sum(curvatures * x**2) / 2.

        A run that diverges, or is not there after `most` steps, counts as inf.
        """,
        """在 f(x) = sum(curvatures * x**2) / 2 上从 (1, ..., 1) 出发，数到 |x| <= far * |起点| 为止的步数。

        发散，或走了 `most` 步还没到，记为 inf。
        """,
    )
    x = np.ones(len(curvatures))
    velocity = momentum_init(x)
    start = np.linalg.norm(x)
    for t in range(most):
        distance = np.linalg.norm(x)
        if distance <= far * start:
            return t
        if distance > 1000 * start:
            break
        x, velocity = step(x, curvatures * x, velocity, lr=lr, momentum=momentum)
    return np.inf


# %% role="experiment" nbval="check"
BEST_HEAVY_BALL = {  #| condition number: (lr, momentum) | 条件数：（学习率，动量）
    10: (0.23088616, 0.26987386),
    100: (0.033057851, 0.66942149),
    1000: (0.0037585311, 0.88114481),
    10_000: (0.00039211842, 0.96078816),
}

with experiment("momentum_step"):
    counts = {}
    for kappa, (lr, momentum) in BEST_HEAVY_BALL.items():
        curvatures = np.logspace(0, np.log10(kappa), 50)
        gd = steps_until(momentum_step, curvatures, lr=2 / (1 + kappa), momentum=0)
        heavy_ball = steps_until(momentum_step, curvatures, lr=lr, momentum=momentum)
        counts[kappa] = gd, heavy_ball
        print(tr(
            f"kappa {kappa:5}: gradient descent {gd:5.0f} steps, momentum {heavy_ball:3.0f}, ratio {gd / heavy_ball:4.1f}",
            f"kappa {kappa:5}：梯度下降 {gd:5.0f} 步，动量法 {heavy_ball:3.0f} 步，相差 {gd / heavy_ball:4.1f} 倍",
        ))
    race = counts

# %% role="experiment" hidden=true
with experiment("momentum_step", "race"):
    kappas, steps = np.array(list(race)), np.array(list(race.values()))
    slopes = np.polyfit(np.log(kappas[1:]), np.log(steps[1:]), 1)[0]
    names = (tr(f"gradient descent,\nslope {slopes[0]:.2f}", f"梯度下降，\n斜率 {slopes[0]:.2f}"),
             tr(f"momentum,\nslope {slopes[1]:.2f}", f"动量法，\n斜率 {slopes[1]:.2f}"))
    ax = curves(
        dict(zip(names, steps.T, strict=True)), x=kappas, logx=True, logy=True,
        xlabel=tr("condition number κ", "条件数 κ"),
        ylabel=tr("steps to a millionth of the distance", "距离缩到百万分之一的步数"))
    ax.annotate("", (kappas[-1], steps[-1, 1]), (kappas[-1], steps[-1, 0]), arrowprops={"arrowstyle": "<->", "shrinkA": 4, "shrinkB": 4})
    ax.annotate(
        f"× {steps[-1, 0] / steps[-1, 1]:.0f}", (kappas[-1], np.sqrt(steps[-1].prod())),
        xytext=(-6, 0), textcoords="offset points", ha="right", va="center", size=12, weight="bold")
    draw.headline(ax.figure, tr("The longer the valley, the more the memory gains", "山谷越狭长，记忆越有用"),
                  tr("Each method with its best constants; slopes fitted from κ = 100 on.", "两种方法各用自己的最优常数；斜率由 κ ≥ 100 的点拟合。"))
    show(ax, alt=tr(
        f"Log-log plot of steps against condition numbers from 10 to 10000. Gradient descent rises from {steps[0, 0]} to "
        f"{steps[-1, 0]}, slope {slopes[0]:.2f}. Momentum, below it, rises from {steps[0, 1]} to {steps[-1, 1]}, slope {slopes[1]:.2f}.",
        f"步数对条件数（10 到 10000）的双对数图。梯度下降从 {steps[0, 0]} 升到 {steps[-1, 0]}，斜率 {slopes[0]:.2f}。"
        f"动量法在它下方，从 {steps[0, 1]} 升到 {steps[-1, 1]}，斜率 {slopes[1]:.2f}。",
    ))
    reveal("race", prediction_race, "b", tr(
        f"Momentum needs {race[100][1]} steps at κ = 100 and {race[10_000][1]} at κ = 10000: "
        f"{race[10_000][1] / race[100][1]:.1f} times as many.",
        f"动量法在 κ = 100 时走 {race[100][1]} 步，κ = 10000 时走 {race[10_000][1]} 步，是 {race[10_000][1] / race[100][1]:.1f} 倍。",
    ))

# %% [markdown] lang="en"
# **What it showed.** The steps of gradient descent grow like $\kappa$, those of momentum nearly like $\sqrt\kappa$. Sitting B shows that no method that uses only gradients beats the square root on all quadratics.
# %% [markdown] lang="zh"
# **结论。** 梯度下降的步数像 $\kappa$ 那样增长，动量法接近 $\sqrt\kappa$。B 节会说明：只用梯度的方法，没有一种能在所有二次函数上都胜过平方根。

# %% [markdown] lang="en"
# ### What the sum does
#
# Where does the gain come from? Feed the rule two streams of gradients: 1, 1, 1, ... and 1, −1, 1, −1, ...
# %% [markdown] lang="zh"
# ### 累加和的作用
#
# 为什么会快？给这条规则两串梯度：1, 1, 1, … 和 1, −1, 1, −1, …

# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    velocity = momentum_init(np.zeros(2))
    for t in range(1, 101):
        grads = np.array([1.0, (-1.0) ** (t - 1)])
        _, velocity = momentum_step(np.zeros(2), grads, velocity, lr=0.1, momentum=0.9)
        if t in (1, 2, 3, 10, 30, 100):
            steady, alternating = np.abs(velocity)
            print(tr(
                f"step {t:3}: |v| = {steady:5.2f} if the gradients agree, {alternating:.2f} if they alternate",
                f"第 {t:3} 步：梯度一致时 |v| = {steady:5.2f}，交替时 |v| = {alternating:.2f}",
            ))

# %% [markdown] lang="en"
# Why do they end at 10 and 0.53? Insert the rule into itself:
#
# $$v_t = g_t+\beta g_{t-1}+\beta^2 g_{t-2}+\dots+\beta^{t-1}g_1 .$$
#
# At $\beta=0.9$ a gradient has lost half its weight after seven steps ($0.9^7\approx0.48$).
#
# **If every gradient is $g$,** this is a geometric series:
#
# $$v_t=g\,\frac{1-\beta^t}{1-\beta}\;\longrightarrow\;\frac{g}{1-\beta}.$$
#
# The step tends to $\frac{\eta}{1-\beta}\,g$. We call $\eta/(1-\beta)$ the **effective learning rate**.
#
# **If the gradients are $g,-g,g,\dots$,** what is the limit of $|v_t|$? *Write it down, then open.*
#
# <details><summary>The limit</summary>
#
# $|v_t| = |g|\,\bigl|1-\beta+\beta^2-\dots\pm\beta^{t-1}\bigr| \longrightarrow \dfrac{|g|}{1+\beta}$
# </details>
#
# So what agrees becomes $\frac{1+\beta}{1-\beta}$ times as large as what alternates: 19 times at $\beta=0.9$.
# %% [markdown] lang="zh"
# 一致的放大到十倍，交替的缩到一半左右。把规则反复代入自身，就知道为什么：
#
# $$v_t = g_t+\beta g_{t-1}+\beta^2 g_{t-2}+\dots+\beta^{t-1}g_1 .$$
#
# $\beta=0.9$ 时，一个梯度七步之后只剩一半（$0.9^7\approx0.48$）。
#
# **如果每个梯度都是 $g$**，这是等比级数：
#
# $$v_t=g\,\frac{1-\beta^t}{1-\beta}\;\longrightarrow\;\frac{g}{1-\beta}.$$
#
# 每步的位移趋于 $\frac{\eta}{1-\beta}\,g$；$\eta/(1-\beta)$ 叫**有效学习率**（effective learning rate）。
#
# **如果梯度是 $g,-g,g,\dots$**，$|v_t|$ 的极限是多少？*先写下来，再点开。*
#
# <details><summary>极限</summary>
#
# $|v_t| = |g|\,\bigl|1-\beta+\beta^2-\dots\pm\beta^{t-1}\bigr| \longrightarrow \dfrac{|g|}{1+\beta}$
# </details>
#
# 一致与交替相差 $\frac{1+\beta}{1-\beta}$ 倍，$\beta=0.9$ 时是 19 倍。

# %% [markdown] lang="en"
# ### Experiment 2: momentum, or just a larger learning rate?
#
# Momentum 0.9 multiplies the effective learning rate by ten. Would ten times the `lr` have done the same?
#
# An MLP learns the digits with momentum 0.9 and without, once with the full gradient and once with small batches (settings in the code below). First both sides get the *same effective learning rate*. Then each gets its own best one, and both run on the same fresh seeds.
#
# **What will we see?** (a) momentum ends lower at every rate, (b) about equal where both work, but momentum also works at larger rates, (c) about equal, even when each uses its best
# %% [markdown] lang="zh"
# ### 实验 2：是动量，还是只是学习率更大？
#
# 方向一致的梯度放大到十倍。那么直接把 `lr` 调到十倍，效果会不会一样？
#
# 在 digits 上训练 MLP，动量取 0.9 和 0；一种用全部数据的梯度，一种用小批量（设置见下面的代码）。先让双方的*有效学习率相同*；再各用自己最好的，换一批新种子，双方用同样的种子。
#
# **会看到什么？** (a) 有效学习率不论多大，动量法的损失都更低；(b) 双方都能用时差不多，但动量法还能用更大的；(c) 差不多，各用最好的学习率也一样

# %% role="answer" id="prediction_digits"
prediction_digits = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_digits = "b"
### END SOLUTION

# %% hidden=true
digits = load_digits()


def network(params, X, y):
    tr(
        """Return loss, gradients and accuracy of an MLP with one hidden layer of ReLU units (00).""",
        """返回只有一个隐藏层（ReLU）的 MLP 的损失、梯度和准确率（00）。""",
    )
    hidden = np.maximum(X @ params["W1"] + params["b1"], 0)
    logits = hidden @ params["W2"] + params["b2"]
    logits = logits - logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    to_logits = np.exp(log_p)
    to_logits[rows, y] -= 1
    to_logits /= len(y)
    to_hidden = to_logits @ params["W2"].T * (hidden > 0)
    grads = {"W1": X.T @ to_hidden, "b1": to_hidden.sum(axis=0), "W2": hidden.T @ to_logits, "b2": to_logits.sum(axis=0)}
    return -log_p[rows, y].mean(), grads, np.mean(logits.argmax(axis=1) == y)


# %%
FULL, SMALL = tr("full gradient", "全部数据"), tr("batches of 8", "小批量 8")
SETTINGS = {FULL: (1197, 60, False), SMALL: (8, 400, True)}  #| batch size, steps, does lr fall to 0? | 批量大小、步数、lr 是否降到 0


def train_digits(name, rate, momentum, seed):
    tr(
        """Train at the effective learning rate `rate`; return training loss and validation accuracy.""",
        """用有效学习率 `rate` 训练，返回训练损失和验证准确率。""",
    )
    batch_size, num_steps, falls = SETTINGS[name]
    X, y, n = digits.X_train, digits.y_train, len(digits.y_train)
    rng = np.random.default_rng(seed)
    params = mlp_init(rng, (64, 32, 10), init=lambda rng, shape: rng.normal(0, np.sqrt(2 / shape[0]), shape))
    velocity = {key: momentum_init(array) for key, array in params.items()}
    batches = []
    while len(batches) < num_steps:  #| one more epoch | 再来一轮
        batches += np.split(rng.permutation(n), range(batch_size, n, batch_size))
    with np.errstate(all="ignore"):  #| some runs diverge | 有的训练会发散
        for t, rows in enumerate(batches[:num_steps]):
            _, grads, _ = network(params, X[rows], y[rows])
            lr = (1 - momentum) * rate * (1 - t / num_steps if falls else 1)
            for key in params:
                params[key], velocity[key] = momentum_step(params[key], grads[key], velocity[key], lr=lr, momentum=momentum)
        loss = network(params, X, y)[0]
        return (loss if np.isfinite(loss) else np.inf), network(params, digits.X_val, digits.y_val)[2]


# %% role="experiment" nbval="check" minutes=1 hidden=true
RATES = {FULL: 0.2 * 2.0 ** np.arange(7), SMALL: 0.1 * 2.0 ** np.arange(6)}
SEEDS = {  #| seeds to choose the rate with, seeds to compare on | 选学习率用的种子、比较用的种子
    FULL: (range(2), range(100, 105)),
    SMALL: (fewer_in_browser(range(4), 2), range(100, 108)),
}
with experiment("momentum_step"):
    means, endings = {}, {}
    for name, rates in RATES.items():
        choose, compare = SEEDS[name]
        for momentum in (0, 0.9):
            losses = [np.mean([train_digits(name, rate, momentum, seed)[0] for seed in choose]) for rate in rates]
            best = rates[np.argmin(losses)]
            means[name, momentum] = losses
            endings[name, momentum] = np.array([train_digits(name, best, momentum, seed) for seed in compare])
            loss = endings[name, momentum][:, 0].mean()
            print(tr(
                f"{name}, momentum {momentum:3}: best effective lr {best:.1f}, training loss {loss:.3f}",
                f"{name}，动量 {momentum:3}：最好的有效学习率 {best:.1f}，训练损失 {loss:.3f}",
            ))
    sweeps, duels = means, {name: endings[name, 0.9] - endings[name, 0] for name in RATES}
    for name, duel in duels.items():
        mean, low, high = mean_interval(duel[:, 0])
        better, least, most = mean_interval(duel[:, 1])
        print(tr(
            f"{name}, momentum minus none: loss {mean:+.3f} [{low:+.3f}, {high:+.3f}], "
            f"validation accuracy {better:+.3f} [{least:+.3f}, {most:+.3f}]",
            f"{name}，有动量减无动量：损失 {mean:+.3f} [{low:+.3f}, {high:+.3f}]，"
            f"验证准确率 {better:+.3f} [{least:+.3f}, {most:+.3f}]",
        ))

    fig, axes = panels(2, sharey=True, figsize=(7, 4))
    for ax, name in zip(axes, RATES, strict=True):
        names = tr("momentum 0", "动量 0"), tr("momentum 0.9", "动量 0.9")
        losses = np.minimum([sweeps[name, 0], sweeps[name, 0.9]], 10)
        curves(dict(zip(names, losses, strict=True)), x=RATES[name], ax=ax, logx=True, logy=True, legend="ends",
               color=dict(zip(names, ("gd", "momentum"), strict=True)),
               xlabel=tr(r"effective learning rate  $\eta/(1-\beta)$", r"有效学习率  $\eta/(1-\beta)$"))
        draw.title(ax, name)
        best = [int(np.argmin(row)) for row in losses]
        for row, at, role in zip(losses, best, ("gd", "momentum"), strict=True):
            ax.plot(RATES[name][at], row[at], "o", ms=7, color=draw.colour(role), zorder=6)
        draw.wash(ax, x=(RATES[name][best[0]], RATES[name][best[1]]), color="momentum")
        middle = np.sqrt(RATES[name][best[0]] * RATES[name][best[1]])
        draw.words(ax, middle, 0.018, tr("only\nmomentum\ngains", "只有\n动量法\n还在受益"), color="momentum", halo=False)
    draw.headline(fig, tr("Momentum is a larger learning rate, with room for still larger ones", "学习率变大了，而且还能更大"),
                  tr("Training loss at the end, mean over the seeds used for choosing; dots: the best rate of each side.",
                     "训练结束时的损失，选学习率所用种子的平均；圆点：各自最好的学习率。"))
    show(fig, alt=tr(
        "Two log-log panels: final training loss against effective learning rate, with momentum 0 and 0.9. In both, the two lines "
        "fall side by side at first, that of momentum slightly higher. Left, full gradient: above 0.8 the line without momentum "
        "turns up, the other falls on to 6.4. Right, batches of 8: the line without momentum turns at 0.4, the other at 0.8.",
        "两幅双对数图：最终训练损失对有效学习率，动量 0 与 0.9 各一条线。两幅图中，两条线先并排下降，有动量的略高。"
        "左图，全部数据：过了 0.8，无动量的线转头向上，另一条一直降到 6.4。右图，小批量 8：无动量的线在 0.4 处转头，另一条在 0.8 处。"))
    reveal("digits", prediction_digits, "b", tr(
        "Where both work the lines lie close together. Momentum's gain is the part of the axis that only it can use.",
        "双方都能用的那一段，两条线靠得很近。动量法的优势，在只有它能用的那一段。",
    ))

# %% [markdown] lang="en"
# **What it showed.** At small effective learning rates momentum is just a larger learning rate, and slightly behind, because its velocity starts at 0. What it adds is stability at rates where gradient descent fails. With the full gradient its best rate is 8 times as large; with batches of 8, where noise sets a limit too, only twice.
#
# On new digits little of this gain is left: about one point of accuracy with the full gradient, and with batches of 8 the interval contains 0. When you tune momentum, keep $\eta/(1-\beta)$ fixed or tune both (Further 4). Sitting B shows why it is more stable.
# %% [markdown] lang="zh"
# **结论。** 有效学习率小的时候，动量法*就是*更大的学习率，甚至还慢半拍：速度要从 0 攒起。它真正多出来的好处是稳定：梯度下降已经失败的地方，它还能用。用全部数据时，它最好的有效学习率是对方的 8 倍；小批量为 8 时，噪声也来限制，就只有 2 倍。
#
# 换到新图像上，好处所剩不多：用全部数据时，准确率约高一个百分点；小批量为 8 时，区间包含 0。调动量时，要么固定 $\eta/(1-\beta)$，要么两个一起调（拓展 4）。为什么会更稳定，B 节见分晓。

# %% [markdown] lang="en"
# ### Two libraries, one name
#
# **"Momentum is $v\leftarrow\beta v+\eta g$"** (Goodfellow et al., Keras, CS324) or **"... $v\leftarrow\beta v+g$"** (PyTorch, CS231n). Both call it `momentum=0.9`. Is it the same method?
#
# ### Exercise 2: `classical_momentum_step` ({{points:classical_momentum_step}} points, 8 minutes)
#
# Here the learning rate is *inside* the velocity. This time a **contract** says what must hold; you find the formula.
# %% [markdown] lang="zh"
# ### 两个库，一个名字
#
# **动量法的公式只有一个吗？** 第一份笔记 3.1 节给的是 `v_t = γ * v_{t-1} + η * ∇J(θ)`，第二份笔记“动量法(Momentum)”一节给的是 $v_t=\rho v_{t-1}+g_t$，谁也没提另一个。Keras 用前一种，PyTorch 用后一种，写出来都是 `momentum=0.9`。两者一样吗？
#
# ### 练习 2：`classical_momentum_step`（{{points:classical_momentum_step}} 分，8 分钟）
#
# 这里学习率在速度*之内*。这次没有公式，只有**契约**（contract）：写明什么必须成立，公式由你来找。


# %% [markdown] role="docstring" of="classical_momentum_step" lang="zh" twin="141f7502"
# 动量法走一步，学习率在速度之内。
#
# 契约：
# 1. 速度就是位移：新的 params = params - 新的 velocity。
# 2. 速度从 0 开始，lr 和 momentum 始终不变，走过的点就与 momentum_step 相同。
#
# params、grads、velocity：形状相同的数组，形状不限；不得改动它们。
# lr、momentum：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 velocity)，形状和 dtype 不变。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> classical_momentum_step(10.0, 1.0, 4.0, lr=0.5, momentum=0.75)
# (6.5, 3.5)

# %% role="answer" id="classical_momentum_step"
from reference.momentum import classical_momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `momentum_step` moves the params by $\eta v_t$. Call this $u_t$. Which rule does it follow?
# </details>
# <details><summary>Hint 2</summary>
#
# Multiply $v_t=\beta v_{t-1}+g_t$ by $\eta$ and replace each $\eta v$ by $u$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $0.75\cdot4+0.5\cdot1=3.5$. If `lr` multiplies both terms you get 2, if it is missing 4.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `momentum_step` 让参数移动 $\eta v_t$，记作 $u_t$。它满足什么递推式？
# </details>
# <details><summary>提示 2</summary>
#
# $v_t=\beta v_{t-1}+g_t$ 两边乘 $\eta$，再把 $\eta v$ 都换成 $u$。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$0.75\cdot4+0.5\cdot1=3.5$。两项都乘了 `lr` 会得 2，漏了 `lr` 会得 4。
# </details>

# %% role="tests" id="test_classical_momentum_step" points=10
check("classical_momentum_step", classical_momentum_step)

# %% [markdown] lang="en"
# At a constant learning rate it is: that was the contract. But learning rates fall. On the track with $\kappa=100$ at momentum 0.9, `lr` drops to a tenth after step 60. *Which form keeps its old speed?*
# %% [markdown] lang="zh"
# 学习率不变时一样，契约写的正是这一点。可学习率会变：在 $\kappa=100$ 的赛道上，动量 0.9，第 60 步后 `lr` 降到十分之一。*哪一种还保持着原来的速度？*

# %% hidden=true
VALLEY = np.logspace(0, 2, 50)  #| 50 curvatures from 1 to 100 | 50 个曲率，从 1 到 100

# %% role="experiment" nbval="check" hidden=true
with experiment("momentum_step", "classical_momentum_step"):
    falling = [0.01] * 60 + [0.001] * 90
    outside, inside = (
        np.linalg.norm(walk(step, VALLEY, falling, momentum=0.9), axis=1)
        for step in (momentum_step, classical_momentum_step))
    for t in (60, 65, 80, 150):
        print(tr(
            f"step {t:3}: distance {outside[t]:.3f} with lr outside, {inside[t]:.3f} with lr inside",
            f"第 {t:3} 步：到极小点的距离，学习率在外 {outside[t]:.3f}，在内 {inside[t]:.3f}",
        ))

    names = tr("lr inside", "学习率在内"), tr("lr outside", "学习率在外")
    ax = curves(dict(zip(names, (inside, outside), strict=True)), logy=True, xlabel=tr("step", "步"),
                ylabel=tr("distance from the minimum", "到极小点的距离"))
    draw.rule(ax, x=60)
    draw.words(ax, 62, 4, "lr / 10", ha="left")
    draw.note(ax, tr("still at the old speed", "还保持着旧速度"), (65, inside[65]), (90, 1.5))
    draw.headline(ax.figure, tr("The learning rate drops, and one form does not slow down", "学习率降了，有一种形式却没有慢下来"),
                  tr("Same track, same constants: κ = 100, momentum 0.9.", "赛道相同，常数相同：κ = 100，动量 0.9。"))
    show(ax, alt=tr(
        f"Distance from the minimum over 150 steps, log axis. Both forms lie on one line until step 60, where lr drops to a tenth. "
        f"Then the form with lr outside goes on slowly from {outside[60]:.2f}; the form with lr inside first climbs to "
        f"{inside[60:].max():.2f}.",
        f"150 步中到极小点的距离（对数坐标）。第 60 步之前两条线重合，学习率在那里降到十分之一。"
        f"此后学习率在外的形式从 {outside[60]:.2f} 缓慢下降，学习率在内的形式先升到 {inside[60:].max():.2f}。"))

# %% [markdown] lang="en"
# With `lr` outside, the next step is a tenth as long. With `lr` inside, the velocity was built with the old rate and takes about $1/(1-\beta)=10$ steps to fade, while the new gradients, which should brake it, count only a tenth. So the distance nearly doubles before it falls, and a schedule tuned in one library need not suit another. Goyal et al. (2017) multiply the old velocity by $\eta_\text{new}/\eta_\text{old}$.
# %% [markdown] lang="zh"
# 学习率在外，下一步立刻缩到十分之一。学习率在内，速度是用旧学习率攒起来的，要大约 $1/(1-\beta)=10$ 步才消退；这期间，本该刹住它的新梯度却只按十分之一计入。于是距离先升到将近两倍，然后才回落。所以在一个库里调好的学习率调度，换一个库未必合适。Goyal 等（2017）的做法是把旧速度乘上 $\eta_\text{新}/\eta_\text{旧}$。

# %% [markdown] lang="en"
# ### Exercise 3: `classical_velocity` ({{points:classical_velocity}} points, 5 minutes)
#
# And if you change the library in the middle of a run? A colleague has trained for a day with the learning rate outside, and must continue with a library that keeps it inside. The params can be copied. What about the velocity, and does the learning rate used so far matter?
# %% [markdown] lang="zh"
# ### 练习 3：`classical_velocity`（{{points:classical_velocity}} 分，5 分钟）
#
# 半路换库，又该怎么办？同事训练了一天，学习率在速度之外；现在换一个库接着练，那里在速度之内。参数照抄就行，速度该填什么？此前的学习率是多少，有关系吗？


# %% [markdown] role="docstring" of="classical_velocity" lang="zh" twin="890d0abc"
# 把 momentum_step 的速度换算成 classical_momentum_step 的速度。
#
# 契约：一次训练用 momentum_step 走到这个速度。复制一份，改用 classical_momentum_step，从你返回的速度
# 继续。此后两边都用这个 lr，momentum 和梯度也相同，走过的点就相同。
#
# velocity：任意形状的数组，不得改动。lr：Python 数值。NaN 原样传递。
# 返回形状和 dtype 不变的数组。
# 若 lr < 0，抛出 ValueError。

# %% role="answer" id="classical_velocity"
from reference.momentum import classical_velocity

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Write the next step of both forms: $x-\eta(\beta v+g)$ and $x-(\beta u+\eta g)$. They must agree for *every* $g$.
# </details>
# <details><summary>Hint 2</summary>
#
# The $g$ terms agree; the rest is an equation for $u$. No earlier learning rate is in it, since $v$ holds only gradients.
# </details>
# <details><summary>Hint 3</summary>
#
# The examples of exercises 1 and 2 are the same step, with `lr` 0.5. Their velocities are 8 and 4.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 写出两种形式的下一步：$x-\eta(\beta v+g)$ 和 $x-(\beta u+\eta g)$。不论 $g$ 是什么都要相等。
# </details>
# <details><summary>提示 2</summary>
#
# 含 $g$ 的项相等，剩下关于 $u$ 的方程。里面没有从前的学习率：$v$ 只由梯度累加而成。
# </details>
# <details><summary>提示 3</summary>
#
# 练习 1、2 的例子是同一步，`lr` 为 0.5；输入的速度是 8 和 4。
# </details>

# %% role="tests" id="test_classical_velocity" points=6
check("classical_velocity", classical_velocity)

# %% [markdown] lang="en"
# <details><summary><b>Convention card:</b> what "momentum" means where</summary>
#
# | form | rule | where (default or usual value) |
# |---|---|---|
# | **ours:** lr outside | $v\leftarrow\beta v+g,\; x\leftarrow x-\eta v$ | PyTorch `SGD` (`momentum=0`, `dampening=0`), optax `sgd` (`momentum=None`), CS231n lecture ($\rho=0.9$) |
# | lr inside | $u\leftarrow\beta u+\eta g,\; x\leftarrow x-u$ | CS324 notes ($\gamma$ = 0.5, 0.9, 0.99) |
# | inside, other sign | $u\leftarrow\beta u-\eta g,\; x\leftarrow x+u$ | Keras `SGD` (`momentum=0.0`), Sutskever et al. (2013), CS231n assignments |
# | no velocity | $x_{t+1}=x_t-\eta g+\beta(x_t-x_{t-1})$ | Polyak (1964) |
#
# From rest and at constant learning rate all four visit the same points.
# </details>
# %% [markdown] lang="zh"
# <details><summary><b>约定卡：</b>各处的“动量”指什么</summary>
#
# | 形式 | 规则 | 出处（默认值或常用值） |
# |---|---|---|
# | **本课程：** 学习率在外 | $v\leftarrow\beta v+g,\; x\leftarrow x-\eta v$ | PyTorch `SGD`（`momentum=0`，`dampening=0`）、optax `sgd`（`momentum=None`）、第二份笔记 CS231n（$\rho=0.9$） |
# | 学习率在内 | $u\leftarrow\beta u+\eta g,\; x\leftarrow x-u$ | 第一份笔记 CS324（$\gamma$ 取 0.5、0.9、0.99） |
# | 在内，符号相反 | $u\leftarrow\beta u-\eta g,\; x\leftarrow x+u$ | Keras `SGD`（`momentum=0.0`）、Sutskever 等（2013）、CS231n 作业 |
# | 没有速度 | $x_{t+1}=x_t-\eta g+\beta(x_t-x_{t-1})$ | Polyak（1964） |
#
# 从静止出发、学习率不变时，四种形式走过的点相同。
# </details>

# %% [markdown] lang="en"
# ### Exercise 4: `ema_momentum_step` ({{points:ema_momentum_step}} points, 12 minutes)
#
# One form is left. A sum of gradients grows with $\beta$; an *average* has the size of one gradient, whatever $\beta$ is, and Adam (04) keeps an **exponential moving average** (EMA). Write momentum with an average as its state. Its weights and the length of the move follow from the contract.
# %% [markdown] lang="zh"
# ### 练习 4：`ema_momentum_step`（{{points:ema_momentum_step}} 分，12 分钟）
#
# 还剩一种形式。梯度的累加和随 $\beta$ 变大，*平均*却始终与单个梯度一般大。Adam（04 章）记的就是平均：**指数移动平均**（exponential moving average, EMA）。请把动量法改写成以平均为状态的形式。平均怎么加权、每步走多远，都能从契约推出来。

# %% [markdown] role="docstring" of="ema_momentum_step" lang="zh" twin="34bfd821"
# 动量法走一步，状态是梯度的平均。
#
# 契约：
# 1. 状态从全零开始，average 是迄今各个梯度的加权平均。权重都是正数，总和不超过 1；此后每走一步，
#    一个梯度的权重就乘一次 momentum。梯度始终不变时，average 趋于该梯度。
# 2. 状态从全零开始，走过的点与 momentum_step 相同（lr 和 momentum 也相同）。
#
# params、grads、average：形状相同的数组，形状不限；不得改动它们。
# lr、momentum：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 average)，形状和 dtype 不变。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> ema_momentum_step(20.0, 8.0, 4.0, lr=0.5, momentum=0.75)
# (10.0, 5.0)

# %% role="answer" id="ema_momentum_step"
from reference.momentum import ema_momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Try $a\leftarrow\beta a+c\,g$. If $g$ never changes, where must $a$ come to rest?
# </details>
# <details><summary>Hint 2</summary>
#
# At $a=g$, so $g=\beta g+cg$: that gives $c$. From rest, your average is the velocity of `momentum_step` with a factor: $a_t=c\,v_t$. Write the move $\eta v_t$ with $a_t$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $0.75\cdot4+0.25\cdot8=5$, then $20-2\cdot5=10$. If the gradient enters whole you get an average of 11, and params 17.5 if you move by `lr * average`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 设 $a\leftarrow\beta a+c\,g$。如果 $g$ 始终不变，$a$ 应当停在哪里？
# </details>
# <details><summary>提示 2</summary>
#
# 停在 $a=g$，即 $g=\beta g+cg$，由此解出 $c$。从静止出发，你的平均就是 `momentum_step` 的速度乘上一个因子：$a_t=c\,v_t$。再用 $a_t$ 写出位移 $\eta v_t$。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$0.75\cdot4+0.25\cdot8=5$，$20-2\cdot5=10$。梯度整个加进去，平均会得 11；按 `lr * average` 移动，params 会得 17.5。
# </details>

# %% role="tests" id="test_ema_momentum_step" points=11
check("ema_momentum_step", ema_momentum_step)

# %% [markdown] lang="en"
# ### Clinic
#
# Three runs on the track with $\kappa=100$. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# $\kappa=100$ 的赛道上，有三次训练出了问题。先想好诊断和证据，再点开。

# %% role="experiment" hidden=true
with experiment("momentum_step", "classical_momentum_step"):
    patients = {
        "A": walk(momentum_step, VALLEY, [0.039] * 150, momentum=0.9),
        "B": walk(momentum_step, VALLEY, [0.002] * 150, momentum=0.99),
        "C": walk(classical_momentum_step, VALLEY, [0.02] * 40 + [0.001] * 110, momentum=0.9),
    }
    fig, axes = panels(3)
    for ax, (name, values) in zip(axes, patients.items(), strict=True):
        ax.plot((values**2 @ VALLEY) / 2, color=draw.colour("ink"), lw=1.4)
        ax.set_xlabel(tr("step", "步"))
        draw.log_axes(ax, y=True)
        draw.title(ax, name)
    axes[0].set_ylabel(tr("loss", "损失"))
    show(fig, alt=tr(
        "Three loss curves on log axes. A grows steadily, by the same factor in equal times, by many orders of magnitude. "
        "B falls in slow, regular waves. C falls, rises within a few steps after step 40 and falls again.",
        "三条对数坐标下的损失曲线。A 稳定增长，相等的时间里增长相同的倍数，跨越许多个数量级；"
        "B 在缓慢而规则的波动中下降；C 先下降，第 40 步后几步之内回升，然后再下降。"))

# %% [markdown] lang="en"
# **A.** The loss grows without end.
# <details><summary>too little momentum</summary>Less momentum makes the limit, 2(1+β)/λ, lower.</details>
# <details><summary>learning rate too large for the steepest direction</summary><b>Yes.</b> A straight line on a log axis: one direction is multiplied by the same factor each step. Here $\eta\lambda_{\max}=3.9$; the limit is $2(1+\beta)=3.8$.</details>
# <details><summary>noisy gradients</summary>Noise makes a curve ragged. This one is smooth.</details>
#
# **B.** It falls in waves, and slowly.
# <details><summary>too much momentum for this learning rate</summary><b>Yes.</b> Regular waves are swings past the minimum. At 0.99 a step leaves $\sqrt{0.99}$ of them, whatever the learning rate. Try 0.9 with ten times the learning rate.</details>
# <details><summary>learning rate too large</summary>Then it would grow, or its waves would last two steps. These last about seven.</details>
# <details><summary>a local minimum</summary>A quadratic has only one minimum, and the loss is still falling.</details>
#
# **C.** At step 40 the learning rate was lowered "to calm things down", and the loss went up.
# <details><summary>it should have been raised</summary>Then the velocity would have grown too. The loss rises at once, for about ten steps.</details>
# <details><summary>it was lowered too little</summary>It was divided by 20. The bump comes from a speed that was there before.</details>
# <details><summary>the velocity still contains the old learning rate</summary><b>Yes.</b> This run keeps <code>lr</code> inside: the old speed goes on, and the gradients that should brake it count only a twentieth.</details>
# %% [markdown] lang="zh"
# **A.** 损失无休止地增长。
# <details><summary>动量太小</summary>界限是 2(1+β)/λ，动量小，它反而更近。</details>
# <details><summary>学习率对最陡的方向来说太大</summary><b>正确。</b>对数坐标下是一条直线：某个方向每一步都乘上同一个倍数。这里 $\eta\lambda_{\max}=3.9$，界限是 $2(1+\beta)=3.8$。</details>
# <details><summary>梯度有噪声</summary>有噪声的曲线毛糙，这一条很光滑。</details>
#
# **B.** 一波一波地下降，很慢。
# <details><summary>就这个学习率来说，动量太大</summary><b>正确。</b>规则的波动，是一次次越过极小点。动量 0.99 时，不论学习率多大，摆幅每步只缩小到 $\sqrt{0.99}$ 倍。试试动量 0.9、学习率调到十倍。</details>
# <details><summary>学习率太大</summary>那样损失会增长，或者两步一个波。这里大约七步一个波。</details>
# <details><summary>局部极小值</summary>二次函数只有一个极小点，而且损失还在下降。</details>
#
# **C.** 第 40 步为了“稳一点”调低学习率，损失反而升高。
# <details><summary>应该调高</summary>那样速度也会变大。注意损失是立刻升高的，持续十步左右。</details>
# <details><summary>降得还不够</summary>已经除以 20 了。回升来自早先攒下的速度。</details>
# <details><summary>速度里还存着旧的学习率</summary><b>正确。</b>这次训练把学习率放在速度之内：旧速度还在往前冲，该刹住它的梯度却只按二十分之一计入。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** A run in PyTorch (`lr=0.05`) has the buffer $b$. You continue in Keras with the same learning rate. What goes into its velocity?
# <details><summary>b</summary>Then the next steps are 20 times too long, and go the wrong way.</details>
# <details><summary>0.05 b</summary>The size is right. Look at the sign on the convention card: Keras <i>adds</i> its velocity.</details>
# <details><summary>−0.05 b</summary><b>Right:</b> the learning rate goes inside, and the sign changes.</details>
#
# **2.** A paper compares "SGD, lr 0.1" with "SGD, lr 0.1, momentum 0.9" and finds the second better. What does this show?
# <details><summary>that momentum helps on that task</summary>Perhaps. But the second run also had ten times the effective learning rate.</details>
# <details><summary>either 0.1 was too small for SGD or momentum helps; we cannot tell which</summary><b>Right.</b> Each side needs its own best learning rate.</details>
# <details><summary>nothing, since lr and momentum must be equal in a comparison</summary>What must be equal is the effort of tuning.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 在 PyTorch 里训练（`lr=0.05`），缓冲区为 $b$。现在换到 Keras，学习率不变，它的速度应当填什么？
# <details><summary>b</summary>那么接下来每一步都是应有的 20 倍，方向还反了。</details>
# <details><summary>0.05 b</summary>大小对了。看看约定卡上的符号：Keras 是<i>加上</i>速度的。</details>
# <details><summary>−0.05 b</summary><b>正确：</b>学习率乘进去，符号反过来。</details>
#
# **2.** 一篇论文比较“SGD，lr 0.1”和“SGD，lr 0.1，动量 0.9”，发现后者更好。这说明什么？
# <details><summary>动量对这个任务有帮助</summary>也许。但后者的有效学习率也是十倍。</details>
# <details><summary>要么 0.1 对 SGD 来说太小，要么动量有帮助，分不清是哪个</summary><b>正确。</b>双方都要用自己最好的学习率。</details>
# <details><summary>什么也说明不了：比较时 lr 和动量都得相同</summary>应当相同的是调参的力气。</details>

# %% role="tests" id="test_predictions_a" of="prediction_race prediction_digits" points=4
made = [guess for guess in (prediction_race, prediction_digits) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# Where do 972 steps instead of 61,039 come from? The velocity is a sum of gradients in which old ones fade. Along the valley they agree, and the sum grows by the factor $1/(1-\beta)$; across it they alternate, and it shrinks by $1/(1+\beta)$.
#
# - Three forms, one method: $v$ (lr outside), $u=\eta v$ (inside), $a=(1-\beta)v$ (average). With lr inside, the path changes when the learning rate does.
# - Momentum multiplies `lr` by $1/(1-\beta)$; what it adds to a larger learning rate is stability. Compare methods each at its own best learning rate.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# 61 039 步怎么变成 972 步？速度是梯度的累加和，旧梯度逐渐淡出。顺着谷底，梯度方向一致，放大到 $1/(1-\beta)$ 倍；横过山谷，梯度交替变号，缩小到 $1/(1+\beta)$。
#
# - 三种形式，一种方法：$v$（学习率在外）、$u=\eta v$（在内）、$a=(1-\beta)v$（平均）。学习率在内时，它一变，轨迹就跟着变。
# - 动量把 `lr` 放大到 $1/(1-\beta)$ 倍；比起调大学习率，它多出来的是稳定。比较方法，要各用自己最好的学习率。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: how good it can get, and looking ahead
#
# | | |
# |---|---|
# | **You will be able to** | read the speed of momentum off a 2×2 matrix; choose the best constants for a quadratic, and say where they fail; write Nesterov's method in two forms and say why libraries use the second |
# | **You need** | sitting A (run its cells first); eigenvalues of a 2×2 matrix, also complex ones (02) |
# | **Time** | {{minutes:B}} minutes, difficulty ●●● |
# | **Points** | {{points:B}}: four exercises, two predictions, one written question ({{points:why_overshoot}}) |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：最快能有多快，以及往前看一步
#
# | | |
# |---|---|
# | **学完你能够** | 从一个 2×2 矩阵读出动量法的速度；为二次函数选出最优常数，并知道它们在哪里失灵；写出 Nesterov 方法的两种形式，说明各个库为什么用第二种 |
# | **你需要** | A 节（先运行它的单元格）；2×2 矩阵的特征值，包括复特征值（02） |
# | **时间** | {{minutes:B}} 分钟，难度 ●●● |
# | **分数** | {{points:B}} 分：四道练习，两次预测，一道书面题（{{points:why_overshoot}} 分） |

# %% [markdown] lang="en"
# ### How fast is momentum? Ask a matrix
#
# <details><summary>Recall (02): why may we study a quadratic one direction at a time?</summary>
#
# In the basis of the Hessian's eigenvectors the gradient has the entries $\lambda_i x_i$: the directions do not interact. With momentum they don't either.
# </details>
#
# Why is momentum stable where gradient descent fails, and how long does it take? In one direction, $f(x)=\lambda x^2/2$, gradient descent multiplies $x$ by the number $1-\eta\lambda$ at each step. With momentum the next point depends on the last *two*. Put both into a vector, and a step multiplies it by a matrix:
#
# $$\begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M\begin{pmatrix}x_t\\x_{t-1}\end{pmatrix},\qquad \begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M^{t}\begin{pmatrix}x_1\\x_0\end{pmatrix}.$$
#
# In the long run the **spectral radius** $r$ of $M$, the largest absolute value of its eigenvalues, decides: the error shrinks about like $r^t$, and grows if $r>1$.
# %% [markdown] lang="zh"
# ### 动量法有多快？看一个矩阵
#
# <details><summary>回忆（02）：二次函数为什么可以一个方向一个方向地研究？</summary>
#
# 换到海森矩阵的特征向量基底，梯度的分量就是 $\lambda_i x_i$，各方向互不影响。加上动量也一样。
# </details>
#
# 梯度下降失败的地方，动量法为什么还稳定？它又要走多少步？在一个方向上，$f(x)=\lambda x^2/2$，梯度下降每步把 $x$ 乘上 $1-\eta\lambda$ 这个数。有了动量，下一个点取决于*前两个*点。把这两个点合成一个向量，走一步就是乘一个矩阵：
#
# $$\begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M\begin{pmatrix}x_t\\x_{t-1}\end{pmatrix},\qquad \begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M^{t}\begin{pmatrix}x_1\\x_0\end{pmatrix}.$$
#
# 长远看，矩阵的幂由**谱半径**（spectral radius）$r$ 决定，即特征值绝对值的最大者：误差大致像 $r^t$ 那样缩小；$r>1$ 就增长。

# %% [markdown] lang="en"
# ### Exercise 5: `heavy_ball_matrix` ({{points:heavy_ball_matrix}} points, 7 minutes)
#
# Find $M$. The velocity has to be eliminated: how is it related to two successive points?
# %% [markdown] lang="zh"
# ### 练习 5：`heavy_ball_matrix`（{{points:heavy_ball_matrix}} 分，7 分钟）
#
# 求 $M$。速度要消去：它和相邻两个点是什么关系？

# %% [markdown] role="docstring" of="heavy_ball_matrix" lang="zh" twin="692d7bcf"
# 返回 f(x) = curvature / 2 * x**2（梯度为 curvature * x）上动量法走一步的矩阵。
#
# 契约：momentum_step 用这组 lr 和 momentum 在 f 上走，只要 x[t-1]、x[t]、x[t+1] 是其中相邻的三个点，就有
# M @ [x[t], x[t-1]] = [x[t+1], x[t]]。
#
# curvature：一个数（海森矩阵的一个特征值）；lr、momentum：数。
# 返回 M，形状为 (2, 2) 的数组。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> heavy_ball_matrix(3.0, lr=0.25, momentum=0.5) @ [8.0, 2.0]
# array([5., 8.])

# %% role="answer" id="heavy_ball_matrix"
from reference.momentum import heavy_ball_matrix

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# By how much did the last step move, written with the velocity, and written with the two points?
# </details>
# <details><summary>Hint 2</summary>
#
# $\eta v_t=x_{t-1}-x_t$. Put it into $x_{t+1}=x_t-\eta(\beta v_t+\lambda x_t)$ and collect what multiplies $x_t$ and what multiplies $x_{t-1}$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $8-0.75\cdot8+0.5\,(8-2)=5$. If you get 1, the coefficient of $x_t$ lacks $\beta$; with $-1$ or 7, check the sign in front of $\beta$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 上一步走了多远？用速度写一遍，再用两个点写一遍。
# </details>
# <details><summary>提示 2</summary>
#
# $\eta v_t=x_{t-1}-x_t$。代入 $x_{t+1}=x_t-\eta(\beta v_t+\lambda x_t)$，再合并 $x_t$ 的系数和 $x_{t-1}$ 的系数。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$8-0.75\cdot8+0.5\,(8-2)=5$。得 1，说明 $x_t$ 的系数里少了 $\beta$；得 $-1$ 或 7，检查 $\beta$ 前面的符号。
# </details>

# %% role="tests" id="test_heavy_ball_matrix" points=9
check("heavy_ball_matrix", heavy_ball_matrix)

# %% [markdown] role="docstring" of="spectral_radius" lang="zh" twin="2a1154cc"
# 返回方阵特征值（包括复特征值）绝对值的最大者。

# %% role="given" id="spectral_radius"
from reference.momentum import spectral_radius

# %% [markdown] lang="en"
# ### What the eigenvalues say
#
# The eigenvalues of $M$ solve $z^2-(1+\beta-\eta\lambda)\,z+\beta=0$. Their product is $\beta$, whatever $\eta$ and $\lambda$ are. If they are complex, they are conjugate and equally large, so $|z|^2=\beta$. Whether they are complex depends on the discriminant. You get back the regimes of sitting A:
#
# | $\eta\lambda$ | eigenvalues | the run is |
# |---|---|---|
# | below $(1-\sqrt\beta)^2$ | real, the larger one between $\sqrt\beta$ and 1 | overdamped: it creeps |
# | equal to it | both $\sqrt\beta$ | critically damped |
# | up to $(1+\sqrt\beta)^2$ | complex, $\lvert z\rvert=\sqrt\beta$ | underdamped: it swings |
# | beyond, up to $2(1+\beta)$ | negative | it flips sides at every step |
# | above $2(1+\beta)$ | one below $-1$ | it diverges |
#
# In the whole underdamped interval the radius is $\sqrt\beta$, *whatever the curvature*: steep and flat directions shrink at the same rate. This is how momentum handles a valley. And the limit $2(1+\beta)$ explains the stability of sitting A: at $\beta=0.9$ the effective learning rate may reach $38/\lambda$, that of gradient descent $2/\lambda$.
# %% [markdown] lang="zh"
# ### 特征值说明了什么
#
# $M$ 的特征值满足 $z^2-(1+\beta-\eta\lambda)\,z+\beta=0$。两根之积总是 $\beta$，与 $\eta$、$\lambda$ 无关。若两根是共轭复数，模相等，那么 $|z|^2=\beta$。是不是复数，要看判别式；由此正好分出 A 节的几种走法：
#
# | $\eta\lambda$ | 特征值 | 走法 |
# |---|---|---|
# | 小于 $(1-\sqrt\beta)^2$ | 实数，较大的在 $\sqrt\beta$ 与 1 之间 | 过阻尼：慢慢爬 |
# | 恰好等于它 | 都是 $\sqrt\beta$ | 临界阻尼 |
# | 直到 $(1+\sqrt\beta)^2$ | 共轭复数，$\lvert z\rvert=\sqrt\beta$ | 欠阻尼：来回摆 |
# | 再往上，直到 $2(1+\beta)$ | 负数 | 每步换边 |
# | 大于 $2(1+\beta)$ | 有一个小于 $-1$ | 发散 |
#
# 在整个欠阻尼区间里，谱半径都是 $\sqrt\beta$，*与曲率无关*：不论陡峭还是平坦，都缩小得一样快。动量法对付山谷，靠的就是这一点。A 节看到的稳定来自界限 $2(1+\beta)$：$\beta=0.9$ 时，有效学习率可以大到 $38/\lambda$，梯度下降只能到 $2/\lambda$。

# %% role="experiment" hidden=true
with experiment("heavy_ball_matrix", "momentum_step"):
    across, up = np.concatenate([np.linspace(0, 0.2, 41), np.linspace(0.22, 4, 151)]), np.linspace(0, 0.995, 111)
    steps = np.array([[heavy_ball_matrix(a, lr=1.0, momentum=m) for a in across] for m in up])
    radius = np.abs(np.linalg.eigvals(steps)).max(axis=-1)
    spots = [(0.05, 0.16), (1.15, 0.62), (1.78, 0.03), (3.0, 0.33)]  #| (lr * curvature, momentum) | （lr * 曲率，动量）
    runs = {(a, m): walk(momentum_step, np.ones(1), [a] * 30, momentum=m)[:, 0] for a, m in spots}
    show(draw_momentum_map(radius, across, up, runs), alt=tr(
        "Map over learning rate times curvature (0 to 4) and momentum (0 to 1). In a wide V-shaped region, bounded on the left by the "
        "critical curve and on the right by a dashed curve, bands of equal spectral radius are horizontal: runs swing. Left of it they "
        "creep, right of it they flip sides, and beyond the line 2(1 + momentum) they grow. Four small plots show a run of each kind.",
        "以学习率乘曲率（0 到 4）为横轴、动量（0 到 1）为纵轴的地图。中间是一个宽阔的 V 形区域，左边是临界曲线，右边是虚线；区域内谱半径的等值带是水平的，"
        "轨迹来回摆动。左侧缓缓爬行，右侧每步换边，越过 2(1 + 动量) 那条线则越摆越大。四幅小图各是一次真实的运行。"))

# %% [markdown] lang="en"
# Now with sliders; the map is the third plot. *Think before you move:*
#
# 1. Gradient descent is the bottom edge of the map. Where on it is the radius smallest?
# 2. At the start, which mark decides the speed: ○ (flat) or □ (steep)?
# 3. Lower the momentum until the number of steps rises again. Which mark leaves the underdamped region first? Then use `lr` too: what is your record?
# %% [markdown] lang="zh"
# 滑块的第三幅图就是这张地图。*先想再动：*
#
# 1. 梯度下降是地图的底边。底边上哪里谱半径最小？
# 2. 一开始，速度由哪个标记决定：○（平坦）还是 □（陡峭）？
# 3. 把动量调低，直到步数又变多。哪个标记先离开欠阻尼区？再把 `lr` 也用上，你的纪录是多少步？

# %% role="experiment"
momentum_explorer(lr=2.0, momentum=0.7, kappa=20, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. At $\eta\lambda=1$: one step reaches the minimum.
# 2. Neither. Both are underdamped: a step leaves $\sqrt{0.7}=0.837$ of them.
# 3. The flat one, below momentum 0.47. The steps fall from 78 to 39 at 0.48 and then rise. With both sliders: 29, at `lr` 2.60 and momentum 0.42.
# </details>
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 在 $\eta\lambda=1$ 处，一步就到极小点。
# 2. 都不是。两个都是欠阻尼，每步缩小到 $\sqrt{0.7}=0.837$ 倍。
# 3. 平坦的那个，动量低于 0.47 时离开。步数从 78 降到 39（动量 0.48），再往下又变多。两个滑块一起调：29 步，`lr` 2.60，动量 0.42。
# </details>

# %% [markdown] lang="en"
# ### Exercise 6: `optimal_heavy_ball` ({{points:optimal_heavy_ball}} points, 15 minutes)
#
# The curvatures of a quadratic lie between $\lambda_{\min}$ and $\lambda_{\max}$. Which pair $(\eta,\beta)$ makes the slowest direction as fast as possible?
#
# 1. Inside the underdamped interval the radius is $\sqrt\beta$, so you want $\beta$ small.
# 2. Every direction must stay inside: outside, the radius exceeds $\sqrt\beta$.
# 3. The smaller $\beta$, the shorter the interval. The best $\beta$ is the one for which the interval *just* holds $\eta\lambda_{\min}$ and $\eta\lambda_{\max}$.
#
# Solve these two equations on paper.
# %% [markdown] lang="zh"
# ### 练习 6：`optimal_heavy_ball`（{{points:optimal_heavy_ball}} 分，15 分钟）
#
# 二次函数的曲率在 $\lambda_{\min}$ 与 $\lambda_{\max}$ 之间。哪一对 $(\eta,\beta)$ 能让最慢的方向尽量快？
#
# 1. 在欠阻尼区间里，谱半径是 $\sqrt\beta$，所以 $\beta$ 越小越好。
# 2. 每个方向都要留在区间里：到了外面，谱半径就超过 $\sqrt\beta$。
# 3. $\beta$ 越小，区间越短。最好的 $\beta$，让区间*刚好*装下 $\eta\lambda_{\min}$ 和 $\eta\lambda_{\max}$。
#
# 两个方程，两个未知数。先在纸上解出来。

# %% [markdown] role="docstring" of="optimal_heavy_ball" lang="zh" twin="f44c0696"
# 返回动量法在二次函数上最快的 lr 和 momentum。
#
# 契约：h 取遍 curvature_min 到 curvature_max，看 heavy_ball_matrix(h, lr=lr, momentum=momentum) 的谱半径中
# 最大的一个。在所有 lr >= 0、0 <= momentum < 1 中，返回的这一对使它最小。端点情形：curvature_min ==
# curvature_max 时，一步梯度下降就到极小点，返回 (1 / curvature_max, 0)。
#
# curvature_min、curvature_max：数，海森矩阵的最小和最大特征值。
# 返回 (lr, momentum)，两个浮点数。
# 除非 0 < curvature_min <= curvature_max，否则抛出 ValueError。
#
# >>> optimal_heavy_ball(1.0, 49.0)
# (0.0625, 0.5625)

# %% role="answer" id="optimal_heavy_ball"
from reference.momentum import optimal_heavy_ball

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which end of the interval belongs to $\lambda_{\min}$, which to $\lambda_{\max}$?
# </details>
# <details><summary>Hint 2</summary>
#
# $\eta\lambda_{\min}=(1-\sqrt\beta)^2$ and $\eta\lambda_{\max}=(1+\sqrt\beta)^2$. Take square roots: linear in $\sqrt\eta$ and $\sqrt\beta$. Add the two and you have $\sqrt\eta$; then subtract.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the roots of 1 and 49 are 1 and 7, so $\sqrt\eta=2/8$ and $\sqrt\beta=6/8$. With 0.75 as momentum you forgot to square.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 区间的哪一端对应 $\lambda_{\min}$，哪一端对应 $\lambda_{\max}$？
# </details>
# <details><summary>提示 2</summary>
#
# $\eta\lambda_{\min}=(1-\sqrt\beta)^2$，$\eta\lambda_{\max}=(1+\sqrt\beta)^2$。开平方，对 $\sqrt\eta$ 和 $\sqrt\beta$ 就是线性的。两式相加得 $\sqrt\eta$，再相减。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：1 和 49 的平方根是 1 和 7，所以 $\sqrt\eta=2/8$，$\sqrt\beta=6/8$。动量得 0.75，是忘了平方。
# </details>

# %% role="tests" id="test_optimal_heavy_ball" points=12
check("optimal_heavy_ball", optimal_heavy_ball)

# %% [markdown] lang="en"
# ### How good can it get?
#
# With your pair, a step shrinks every direction by $\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$; with gradient descent by $\frac{\kappa-1}{\kappa+1}$ at best (02).
# %% [markdown] lang="zh"
# ### 最快能有多快
#
# 用你求出的这一对，每个方向每步缩小到 $\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$ 倍；梯度下降最好也只有 $\frac{\kappa-1}{\kappa+1}$（02）。

# %% role="experiment" hidden=true
def conjugate_gradients(curvatures, far=1e-6):
    tr(
        """Count its steps on the track: as steps_until, but lr and momentum are computed anew at each step.""",
        """数共轭梯度法在赛道上的步数：与 steps_until 相同，但 lr 和 momentum 每步重新计算。""",
    )
    x = np.ones(len(curvatures))
    residual = direction = -curvatures * x
    steps = 0
    while np.linalg.norm(x) > far * np.sqrt(len(x)):
        lr = residual @ residual / (direction @ (curvatures * direction))
        x = x + lr * direction
        before, residual = residual, residual - lr * curvatures * direction
        direction = residual + residual @ residual / (before @ before) * direction
        steps += 1
    return steps


# %% role="experiment" nbval="check" hidden=true
with experiment("optimal_heavy_ball", "heavy_ball_matrix", "race"):
    for kappa in (100, 10_000):
        curvatures = np.logspace(0, np.log10(kappa), 50)
        lr, momentum = optimal_heavy_ball(1, kappa)
        radius = max(spectral_radius(heavy_ball_matrix(h, lr=lr, momentum=momentum)) for h in curvatures)
        gd_radius = (kappa - 1) / (kappa + 1)
        alone, gd_alone = (np.log(1e-6) / np.log(r) for r in (radius, gd_radius))
        for name, r, by_radius, steps in [(tr("gradient descent", "梯度下降"), gd_radius, gd_alone, race[kappa][0]),
                                          (tr("momentum", "动量法"), radius, alone, race[kappa][1])]:
            print(tr(f"kappa {kappa:5}, {name}: radius {r:.4f}; steps by the radius alone {by_radius:.0f}, in the race {steps}",
                     f"kappa {kappa:5}，{name}：谱半径 {r:.4f}；只按谱半径算 {by_radius:.0f} 步，赛跑中 {steps} 步"))
        most = 50 * -(-conjugate_gradients(curvatures) // 50)  #| rounding errors decide the last few | 最后几步取决于舍入误差
        print(tr(f"kappa {kappa:5}, conjugate gradients: at most {most} steps", f"kappa {kappa:5}，共轭梯度法：不超过 {most} 步"))

# %% [markdown] lang="en"
# Gradient descent needs fewer steps than its radius says: most of the 50 directions shrink faster. Momentum needs more: at the ends of the interval the two eigenvalues coincide, and $M^t$ behaves like $t\,r^t$.
#
# **Can any method be faster?** Not on all quadratics. No method that builds its steps from gradients has a better rate than the one you have just derived: for $\kappa=100$ none can promise a millionth in fewer than 69 steps. This is the **lower bound of first-order methods**.
#
# <details><summary>Why</summary>
#
# Look at the error in a direction of curvature $\lambda$. One step of gradient descent multiplies it by $1-\eta\lambda$, two steps with different rates by $(1-\eta_1\lambda)(1-\eta_2\lambda)$. After $t$ steps of any such method it is $p(\lambda)$ times as large, where $p$ is a polynomial of degree $t$ and $p(0)=1$. A method may choose the polynomial. But one and the same polynomial has to be small at all curvatures from $\lambda_{\min}$ to $\lambda_{\max}$, and even the best ones, Chebyshev's, do not stay below $\bigl(\frac{\sqrt\kappa-1}{\sqrt\kappa+1}\bigr)^{t}$ on the whole interval.
#
# There is a quadratic, in infinitely many dimensions, on which at least this share of the distance remains (Nemirovsky and Yudin 1983; Nesterov 2004, theorem 2.1.13).
# </details>
#
# **Conjugate gradients** reach that rate without knowing $\kappa$: they compute the best `lr` and `momentum` anew at each step. Without rounding errors they need 50 steps on our track, since a polynomial of degree 50 can be 0 at all its 50 curvatures. But they need exact gradients of a quadratic.
# %% [markdown] lang="zh"
# 梯度下降走的步数，比按谱半径算的少，因为 50 个方向大多缩得更快。动量法却更多：在区间的两端，两个特征值重合，$M^t$ 的大小像 $t\,r^t$。
#
# **还能更快吗？** 不可能在所有二次函数上都更快。只靠梯度来走的方法，速率都不会比你刚推导出的更好。$\kappa=100$ 时，没有一种能保证用不到 69 步就把距离缩到百万分之一。这叫**一阶方法的下界**（lower bound of first-order methods）。
#
# <details><summary>为什么</summary>
#
# 看曲率为 $\lambda$ 的方向上的误差。梯度下降走一步，它乘以 $1-\eta\lambda$；换个学习率再走一步，一共乘以 $(1-\eta_1\lambda)(1-\eta_2\lambda)$。这样的方法走 $t$ 步之后，误差都乘上了某个 $t$ 次多项式 $p(\lambda)$，而且 $p(0)=1$。选哪个多项式由方法决定，但同一个多项式，要在 $\lambda_{\min}$ 到 $\lambda_{\max}$ 的所有曲率上都小。最好的是切比雪夫多项式，可它也做不到在整个区间上处处小于 $\bigl(\frac{\sqrt\kappa-1}{\sqrt\kappa+1}\bigr)^{t}$。
#
# 存在一个无穷维的二次函数，在它上面，距离至少还剩这么大的比例（Nemirovsky 与 Yudin，1983；Nesterov，2004，定理 2.1.13）。
# </details>
#
# **共轭梯度法**（conjugate gradients）不必知道 $\kappa$ 也能达到这个速率：每一步都重新算出最好的 `lr` 和 `momentum`。在我们的赛道上，若没有舍入误差，50 步就够：那里只有 50 个曲率，一个 50 次多项式可以在这 50 处全为 0。但它要求函数是二次的，梯度是精确的。

# %% [markdown] lang="en"
# ### Take the gradient where you are going
#
# The best rate does not stop the swings. Could momentum brake earlier? Its step does two things: the old velocity carries the params to $y=x-\eta\beta v$, then the gradient corrects the course. Momentum takes this gradient at $x$, which it is leaving. **Nesterov's method** takes it at $y$, the **look-ahead point**:
#
# $$v_{t}=\beta v_{t-1}+\nabla f(x_{t-1}-\eta\beta v_{t-1}),\qquad x_t=x_{t-1}-\eta v_t .$$
#
# If the slope has turned at $y$, the correction comes one step earlier.
# %% [markdown] lang="zh"
# ### 在将要到达的地方求梯度
#
# 速率再好，也免不了摆动。能不能早一点刹车？动量法的一步做两件事：旧速度先把参数带到 $y=x-\eta\beta v$，新梯度再来纠正方向。这个梯度是在 $x$ 处求的，可参数马上就要离开那里。**Nesterov 方法**改在 $y$ 处求，$y$ 叫**前瞻点**（look-ahead point）：
#
# $$v_{t}=\beta v_{t-1}+\nabla f(x_{t-1}-\eta\beta v_{t-1}),\qquad x_t=x_{t-1}-\eta v_t .$$
#
# 如果坡在 $y$ 处已经转向，纠正就早来一步。

# %% role="experiment" hidden=true
curvature, lr, momentum = np.array([0.25, 3.0]), 0.3, 0.9
x, velocity = np.array([-1.7, 0.62]), np.array([-2.6, 3.6])
ahead = x - lr * momentum * velocity
fig, axes = draw.figure(2, height=3.8, sharey=True)
here = tr("gradient\ntaken here", "在这里\n求梯度")
for ax, at, name, role in zip(axes, (x, ahead), (tr("momentum", "动量法"), "Nesterov"), ("momentum", "nesterov"), strict=True):
    draw.landscape(ax, lambda p: p**2 @ curvature / 2, (-2.1, 0.35), (-1.15, 0.95), levels=8)
    end = ahead - lr * curvature * at
    for start, stop, shade in ((x, ahead, "soft"), (ahead, end, role)):
        ax.annotate("", stop, start, arrowprops={
            "arrowstyle": "-|>,head_length=0.5,head_width=0.25", "lw": 2, "shrinkA": 0, "shrinkB": 0, "color": draw.colour(shade)})
    ax.plot(*x, "o", ms=7, color=draw.colour("ink"), zorder=6)
    ax.plot(*at, "o", ms=12, mfc="none", mec=draw.colour(role), mew=2, zorder=7)
    draw.words(ax, *(x + (-0.16, 0.13)), "$x$", size=12)
    draw.words(ax, *(ahead + (0.17, -0.06)), "$y$", size=12)
    draw.minimum(ax, 0, 0)
    draw.title(ax, name, color=role)
    draw.plain(ax)
draw.words(axes[0], -1.2, 0.72, here, color="momentum")
draw.words(axes[1], -1.5, -0.55, here, color="nesterov")
draw.words(axes[0], -0.36, -0.8, tr("pushed on\nacross the valley", "被推着\n冲过谷底"), color="momentum")
draw.words(axes[1], -0.5, -0.3, tr("braked", "开始刹车"), color="nesterov")
draw.headline(fig, tr("Same point, same velocity: only where the gradient is taken differs", "出发点相同，速度相同，只有求梯度的地方不同"),
              tr("Grey: the old velocity carries x to y. Colour: minus lr times the gradient.", "灰色：旧速度把 x 带到 y。彩色：负的 lr 乘梯度。"))
show(fig, alt=tr(
    "The same valley twice. A grey arrow leads from x on one slope across the floor to y on the other. Left, momentum: the gradient "
    "taken at x pushes on, further up the far slope. Right, Nesterov: the gradient taken at y points back towards the floor.",
    "同一个山谷画了两次。灰色箭头从一侧山坡上的 x 越过谷底，到另一侧的 y。左：动量法，在 x 处求的梯度继续往前推，冲上对面的坡。"
    "右：Nesterov，在 y 处求的梯度指回谷底。"))

# %% [markdown] lang="en"
# ### Exercise 7: `nesterov_step` ({{points:nesterov_step}} points, 6 minutes)
#
# The caller does not know the look-ahead point, so this step receives the gradient *function*.
# %% [markdown] lang="zh"
# ### 练习 7：`nesterov_step`（{{points:nesterov_step}} 分，6 分钟）
#
# 调用者不知道前瞻点在哪里，所以这个函数收到的是梯度*函数*。

# %% [markdown] role="docstring" of="lookahead_point" lang="zh" twin="6ac9dddc"
# 返回 params 单凭旧的 velocity 会到达的点：x - lr * momentum * v。

# %% role="given" id="lookahead_point"
from reference.momentum import lookahead_point

# %% [markdown] role="docstring" of="nesterov_step" lang="zh" twin="9bcc1974"
# Nesterov 方法走一步：梯度在前瞻点处求。
#
#     v <- momentum * v + grad_fn(x - lr * momentum * v)
#     x <- x - lr * v              （用新的 v）
#
# params（x）、velocity（v）：形状相同的数组，形状不限；不得改动它们。
# lr、momentum：Python 数值。NaN 原样传递。
# grad_fn：接收这个形状的数组，返回该处的梯度。只调用一次。
# 返回 (新的 params, 新的 velocity)，形状和 dtype 不变。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> nesterov_step(4.0, lambda x: x - 1, 8.0, lr=0.25, momentum=0.5)
# (2.5, 6.0)

# %% role="answer" id="nesterov_step"
from reference.momentum import nesterov_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Where is the gradient taken, and from where do the params start?
# </details>
# <details><summary>Hint 2</summary>
#
# It is taken at the look-ahead point; the params start from `params`. With that gradient, step as in `momentum_step`.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: look-ahead point $4-0.25\cdot0.5\cdot8=3$, gradient 2, velocity $0.5\cdot8+2=6$, params $4-0.25\cdot6=2.5$. With the gradient at `params` you get 2.25, without `lr` in the look-ahead 3.25, starting from the look-ahead point 1.5.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 梯度在哪里求？参数从哪里出发？
# </details>
# <details><summary>提示 2</summary>
#
# 在前瞻点求，从 `params` 出发。有了这个梯度，就像 `momentum_step` 那样走。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：前瞻点 $4-0.25\cdot0.5\cdot8=3$，梯度 2，速度 $0.5\cdot8+2=6$，参数 $4-0.25\cdot6=2.5$。在 `params` 处求梯度会得 2.25，前瞻点里漏了 `lr` 会得 3.25，从前瞻点出发会得 1.5。
# </details>

# %% role="tests" id="test_nesterov_step" points=15
check("nesterov_step", nesterov_step)

# %% [markdown] lang="en"
# ### Exercise 8: `nesterov_rewritten_step` ({{points:nesterov_rewritten_step}} points, 8 minutes)
#
# `nesterov_step` wants a gradient away from its params. A training loop has one backward pass, *at* its params. So libraries let the params *be* the look-ahead points, $y_t=x_t-\eta\beta v_t$. Which step takes $y_t$ to $y_{t+1}$? Derive it on paper first.
# %% [markdown] lang="zh"
# ### 练习 8：`nesterov_rewritten_step`（{{points:nesterov_rewritten_step}} 分，8 分钟）
#
# 可是训练循环只在参数所在之处求梯度，不另给函数。各个库干脆让参数*就是*前瞻点，$y_t=x_t-\eta\beta v_t$，这样只需普通的梯度。那么怎样从 $y_t$ 走到 $y_{t+1}$？先在纸上推导。

# %% [markdown] role="docstring" of="nesterov_rewritten_step" lang="zh" twin="0445cb09"
# Nesterov 方法走一步，params 就是前瞻点。
#
# 契约：让 nesterov_step 和这个函数从同一点、速度 0 出发各走各的，lr 和 momentum 始终不变；传给这个函数的
# grads 是在它自己的 params 处求出的。每走一步，两边的 velocity 都相同；另一边走到 x，这边的 params 就是
# lookahead_point(x, velocity)。
#
# params、grads、velocity：形状相同的数组，形状不限；不得改动它们。
# lr、momentum：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 velocity)，形状和 dtype 不变。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。
#
# >>> nesterov_rewritten_step(3.0, 2.0, 8.0, lr=0.25, momentum=0.5)
# (1.75, 6.0)

# %% role="answer" id="nesterov_rewritten_step"
from reference.momentum import nesterov_rewritten_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Write $y_{t+1}$ with $x_{t+1}$ and $v_{t+1}$. Which two unknowns must go, if you hold only $y_t$, $v_t$ and $g$?
# </details>
# <details><summary>Hint 2</summary>
#
# $y_{t+1}=x_t-\eta v_{t+1}-\eta\beta v_{t+1}$. Replace $x_t$ by $y_t+\eta\beta v_t$, and $\beta v_t$ by $v_{t+1}-g$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example is the step of exercise 7, seen from its look-ahead point 3. If you get 1.5, your params move as in `momentum_step`; with 1.0 a `momentum` is missing, with 2.25 the gradient.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 用 $x_{t+1}$ 和 $v_{t+1}$ 写出 $y_{t+1}$。手里只有 $y_t$、$v_t$ 和 $g$，要消去哪两个量？
# </details>
# <details><summary>提示 2</summary>
#
# $y_{t+1}=x_t-\eta v_{t+1}-\eta\beta v_{t+1}$。把 $x_t$ 换成 $y_t+\eta\beta v_t$，再把 $\beta v_t$ 换成 $v_{t+1}-g$。
# </details>
# <details><summary>提示 3</summary>
#
# 例子就是练习 7 的那一步，只是从前瞻点 3 看。得 1.5，说明参数走成了 `momentum_step`；得 1.0，少了 `momentum`；得 2.25，少了梯度。
# </details>

# %% role="tests" id="test_nesterov_rewritten_step" points=12
check("nesterov_rewritten_step", nesterov_rewritten_step)

# %% [markdown] lang="en"
# <details><summary>The derivation</summary>
#
# $$\begin{aligned} y_{t+1} &= x_{t+1}-\eta\beta v_{t+1} = x_t-\eta v_{t+1}-\eta\beta v_{t+1}\\ &= y_t+\eta\beta v_t-\eta v_{t+1}-\eta\beta v_{t+1} = y_t-\eta\,(g+\beta v_{t+1}) \end{aligned}$$
# </details>
# %% [markdown] lang="zh"
# <details><summary>推导</summary>
#
# $$\begin{aligned} y_{t+1} &= x_{t+1}-\eta\beta v_{t+1} = x_t-\eta v_{t+1}-\eta\beta v_{t+1}\\ &= y_t+\eta\beta v_t-\eta v_{t+1}-\eta\beta v_{t+1} = y_t-\eta\,(g+\beta v_{t+1}) \end{aligned}$$
# </details>

# %% [markdown] lang="en"
# ### Experiment 3: Nesterov joins the race
#
# On the same track Nesterov's method runs with two pairs of constants: that of the textbooks, $\eta=1/\lambda_{\max}$ and $\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$, and the best one for quadratics, `optimal_nesterov` (Lessard et al. 2016, proposition 1). At $\kappa=1000$ gradient descent needs 6,107 steps and momentum 288.
#
# **And Nesterov, with either pair?** (a) between the two, nearer to momentum, (b) fewer than momentum, (c) between the two, nearer to gradient descent
# %% [markdown] lang="zh"
# ### 实验 3：Nesterov 加入赛跑
#
# 早一步刹车，更快吗？同一条赛道，Nesterov 用两对常数各跑一次：教科书上的 $\eta=1/\lambda_{\max}$、$\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$，以及二次函数上最优的 `optimal_nesterov`（Lessard 等，2016，命题 1）。$\kappa=1000$ 时，梯度下降 6107 步，动量法 288 步。
#
# **Nesterov 呢？** (a) 介于两者之间，更接近动量法；(b) 比动量法还少；(c) 介于两者之间，更接近梯度下降

# %% role="answer" id="prediction_nesterov"
prediction_nesterov = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_nesterov = "a"
### END SOLUTION

# %% [markdown] role="docstring" of="optimal_nesterov" lang="zh" twin="8fccfb55"
# 返回 Nesterov 方法在二次函数上最快的 (lr, momentum)。
#
#     k = curvature_max / curvature_min,  r = sqrt(3 * k + 1)
#     lr = 4 / (3 * curvature_max + curvature_min),  momentum = (r - 2) / (r + 2)
#
# 除非 0 < curvature_min <= curvature_max，否则抛出 ValueError。
#
# Lessard、Recht 与 Packard（2016），命题 1；误差像 (1 - 2 / r)**t 那样缩小。

# %% role="given" id="optimal_nesterov" hidden=true
from reference.momentum import optimal_nesterov

# %% role="experiment" nbval="check" hidden=true
def textbook_nesterov(curvature_min, curvature_max):
    root = np.sqrt(curvature_max / curvature_min)
    return 1 / curvature_max, (root - 1) / (root + 1)


with experiment("nesterov_step", "race"):
    counts = {}
    for kappa in race:
        curvatures = np.logspace(0, np.log10(kappa), 50)

        def step(x, grads, velocity, *, lr, momentum):
            return nesterov_step(x, lambda z: curvatures * z, velocity, lr=lr, momentum=momentum)

        counts[kappa] = []
        for constants in (textbook_nesterov, optimal_nesterov):
            lr, momentum = constants(1, kappa)
            counts[kappa].append(steps_until(step, curvatures, lr=lr, momentum=momentum))
        textbook, best = counts[kappa]
        print(tr(
            f"kappa {kappa:5}: momentum {race[kappa][1]:3} steps, Nesterov {textbook:4} (textbook), {best:4} (best)",
            f"kappa {kappa:5}：动量法 {race[kappa][1]:3} 步，Nesterov {textbook:4} 步（教科书常数）、{best:4} 步（最优常数）",
        ))
    full_race = counts

    kappas = np.array(list(full_race))
    lines = {
        tr("gradient descent", "梯度下降"): np.array([race[kappa][0] for kappa in race]),
        tr("Nesterov, textbook", "Nesterov，教科书"): np.array([full_race[kappa][0] for kappa in race]),
        tr("Nesterov, best", "Nesterov，最优"): np.array([full_race[kappa][1] for kappa in race]),
        tr("momentum", "动量法"): np.array([race[kappa][1] for kappa in race]),
    }
    shades = dict(zip(lines, ("gd", "nesterov", "nesterov", "momentum"), strict=True))
    ax = curves(lines, x=kappas, logx=True, logy=True, color=shades, xlabel=tr("condition number κ", "条件数 κ"),
                ylabel=tr("steps to a millionth of the distance", "距离缩到百万分之一的步数"))
    gd, textbook, best, momentum = (line[-1] for line in lines.values())
    draw.headline(ax.figure, tr("Nesterov keeps the square root", "Nesterov 保住了平方根"),
                  tr("50 curvatures from 1 to κ, start (1, ..., 1).", "50 个曲率从 1 到 κ，起点 (1, ..., 1)。"))
    show(ax, alt=tr(
        f"Log-log plot of steps against condition number. Gradient descent, on top, ends at {gd}. Below it three nearly parallel "
        f"lines of about half the slope end at {textbook} (Nesterov, textbook constants), {best} (Nesterov, best) and {momentum} "
        f"(momentum).",
        f"步数对条件数的双对数图。梯度下降最陡，升到 {gd}。下方三条几乎平行的线，斜率约为一半，终点依次是 {textbook}"
        f"（Nesterov，教科书常数）、{best}（Nesterov，最优常数）和 {momentum}（动量法）。"))
    reveal("nesterov", prediction_nesterov, "a", tr(
        f"At κ = 1000: momentum {race[1000][1]}, Nesterov {full_race[1000][1]} or {full_race[1000][0]}, "
        f"gradient descent {race[1000][0]}.",
        f"κ = 1000 时：动量法 {race[1000][1]} 步，Nesterov {full_race[1000][1]} 或 {full_race[1000][0]} 步，"
        f"梯度下降 {race[1000][0]} 步。",
    ))

# %% [markdown] lang="en"
# **What it showed.** With either pair Nesterov's steps, too, grow nearly like $\sqrt\kappa$. Tuned momentum is fastest here; Nesterov needs about a third to two thirds more steps. What about functions that are *not* quadratic?
#
# ### Experiment 4: not a quadratic any more
#
# A function of one variable has the slope
#
# $$f'(x)=\begin{cases}25x & x<1\\ x+24 & 1\le x<2\\ 25x-24 & x\ge2\end{cases}$$
#
# It is convex, has its only minimum at 0, and its curvature is 25 or 1. So `optimal_heavy_ball(1, 25)` gives $\eta=1/9$, $\beta=4/9$. Start momentum at $x_0=3.3$. **What happens?** (a) it arrives, a little more slowly than on a quadratic, (b) it never arrives and circles for ever, (c) it runs away to infinity
# %% [markdown] lang="zh"
# **结论。** 两对常数下，Nesterov 的步数也大致像 $\sqrt\kappa$ 那样增长。这里调好的动量法最快，Nesterov 要多走约三分之一到三分之二。函数*不是*二次的，又会怎样？
#
# ### 实验 4：不再是二次函数
#
# 一个单变量函数，斜率是
#
# $$f'(x)=\begin{cases}25x & x<1\\ x+24 & 1\le x<2\\ 25x-24 & x\ge2\end{cases}$$
#
# 它是凸函数，唯一的极小点是 0，曲率不是 25 就是 1。于是 `optimal_heavy_ball(1, 25)` 给出 $\eta=1/9$、$\beta=4/9$。让动量法从 $x_0=3.3$ 出发。**会发生什么？** (a) 能到，只是比二次函数上慢一点；(b) 永远到不了，一直绕圈子；(c) 跑向无穷远

# %% role="answer" id="prediction_cycle"
prediction_cycle = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_cycle = "b"
### END SOLUTION

# %% hidden=true
def walk_on_lessard(step, lr, momentum, start=3.3, num_steps=60):
    tr(
        """Return the points visited; `start` may be an array of starting points.""",
        """返回经过的点；`start` 可以是一个数组，同时从多个起点出发。""",
    )
    x = np.asarray(start, dtype=float)
    velocity = momentum_init(x)
    path = [x]
    for _ in range(num_steps):
        gradient = lessard.gradient if step is nesterov_step else lessard.gradient(x)
        x, velocity = step(x, gradient, velocity, lr=lr, momentum=momentum)
        path.append(x)
    return np.array(path)


# %% role="experiment" nbval="check"
with experiment("momentum_step", "nesterov_step", "optimal_heavy_ball"):
    lr, momentum = optimal_heavy_ball(1, 25)
    cycle = walk_on_lessard(momentum_step, lr, momentum, num_steps=603)[-3:]
    print(tr("momentum, last three points times 1225:", "动量法，最后三个点乘 1225："), *np.round(1225 * cycle, 3))
    for low, high in [(3, 3.6), (-6, 6), (-10, 10)]:
        starts = np.arange(100 * low, 100 * high) / 100
        lost = np.abs(walk_on_lessard(momentum_step, lr, momentum, starts, 3000)[-1]) > 0.1
        print(tr(
            f"starts from {low} to {high}: {lost.sum()} of {len(starts)} never arrive ({lost.mean():.1%})",
            f"起点从 {low} 到 {high}：{len(starts)} 个里有 {lost.sum()} 个永远到不了（{lost.mean():.1%}）",
        ))
    for name, step, pair in [
        ("Nesterov", nesterov_step, optimal_nesterov(1, 25)),
        (tr("gradient descent", "梯度下降"), momentum_step, (2 / 26, 0)),
        (tr("momentum, half the lr", "动量法，lr 减半"), momentum_step, (lr / 2, momentum)),
    ]:
        far = np.abs(walk_on_lessard(step, *pair, num_steps=1000)) > 1e-6
        arrived = np.flatnonzero(far).max() + 1
        print(tr(f"{name}, from 3.3: |x| < 1e-6 from step {arrived}", f"{name}，从 3.3 出发：第 {arrived} 步起 |x| < 1e-6"))

# %% role="experiment" hidden=true
with experiment("momentum_step", "nesterov_step", "cycle"):
    fig, (above, below) = draw.figure(1, 2, height=5.0, gridspec_kw={"height_ratios": (3, 1)})
    ball = walk_on_lessard(momentum_step, lr, momentum)[:31]
    look_ahead = walk_on_lessard(nesterov_step, *optimal_nesterov(1, 25))[:31]
    lines = {tr("momentum", "动量法"): ball, "Nesterov": look_ahead}
    curves(lines, ax=above, legend="ends", xlabel=tr("step", "步"), ylabel="$x$")
    for value in cycle:
        draw.rule(above, y=value)
    above.set_yticks(sorted([0, *cycle]), labels=["−2208/1225", "0", "792/1225", "2592/1225"])
    starts = np.arange(-6, 6.005, 0.01)
    lost = np.abs(walk_on_lessard(momentum_step, lr, momentum, starts, 3000)[-1]) > 0.1
    below.fill_between(starts, 0, 1, where=lost, color=draw.colour("bad"), lw=0, step="mid")
    below.set(xlim=(-6, 6), ylim=(0, 1), yticks=[], xlabel=tr("starting point", "起点"))
    draw.title(below, tr("Bars: starting points from which momentum never arrives", "竖条：从这些起点出发，动量法永远到不了"))
    draw.headline(fig, tr("Best on quadratics, caught here in a cycle of three points",
                          "在二次函数上最优，在这里却绕着三个点转圈"),
                  tr("The function of Lessard, Recht and Packard (2016), lr 1/9, momentum 4/9, start 3.3.",
                     "Lessard、Recht 与 Packard（2016）的函数，lr 1/9，动量 4/9，起点 3.3。"))
    show(fig, alt=tr(
        "Above: x over 30 steps from 3.3. Momentum settles into a pattern of three values, -1.80, 0.65 and 2.12, that repeats for "
        "ever; Nesterov's path goes to 0 and stays. Below: a strip of starting points from -6 to 6; seven separate short intervals are "
        "marked, the longest around 3.3.",
        "上：从 3.3 出发 30 步中的 x。动量法陷入 -1.80、0.65、2.12 三个值的循环，永远重复；Nesterov 的轨迹走到 0 并停在那里。"
        "下：-6 到 6 的起点，其中七小段标了出来，最长的一段在 3.3 附近。"))
    reveal("cycle", prediction_cycle, "b", tr(
        "Three points, for ever. Their exact values are on the axis.",
        "三个点，永远循环。准确值标在纵轴上。",
    ))

# %% [markdown] lang="en"
# **What it showed.** Momentum is caught in a **limit cycle**: three points, over and over. Constants that are best on quadratics can fail on a convex function with the same curvatures. Nesterov, gradient descent, and momentum with half the learning rate all arrive from the same start.
#
# How common is it? Near 3.3 two thirds of the starts never arrive; over $[-6,6]$ or $[-10,10]$ about one in ten.
# %% [markdown] lang="zh"
# **结论。** 动量法陷入了**极限环**（limit cycle）：在三个点之间反复转圈。在二次函数上最优的常数，换到曲率范围相同的凸函数上，可能失灵。从同一点出发，Nesterov、梯度下降、学习率减半的动量法都能到。
#
# 这常见吗？3.3 附近，三分之二的起点到不了；在 $[-6,6]$ 或 $[-10,10]$ 上，大约十个里有一个。

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"Nesterov usually converges faster and more stably than momentum."** (CS324 and many others) Faster? Not on our track. More stable? Here is the spectral radius of both at momentum 0.9. *Which one allows the larger learning rate?*
# %% [markdown] lang="zh"
# ### 笔记勘误
#
# **Nesterov 的“收敛通常比标准动量更快、更稳定”。**（第一份笔记 3.2 节）更快？在我们的赛道上并没有。更稳定，则要分两面看。下面是动量 0.9 时两种方法的谱半径。*哪一种容许更大的学习率？*

# %% role="experiment" nbval="check" hidden=true
def nesterov_matrix(curvature, *, lr, momentum):
    shrink = 1 - lr * curvature
    return np.array([[(1 + momentum) * shrink, -momentum * shrink], [1.0, 0.0]])


with experiment("heavy_ball_matrix"):
    across = np.linspace(0, 4, 401)
    radii_at_09 = {
        name: np.array([spectral_radius(matrix(a, lr=1, momentum=0.9)) for a in across])
        for name, matrix in [(tr("momentum", "动量法"), heavy_ball_matrix), ("Nesterov", nesterov_matrix)]}
    for name, r in radii_at_09.items():
        print(tr(
            f"{name}: converges up to lr * curvature = {across[r < 1].max():.2f}; radius {r[10]:.3f} at 0.1, {r[100]:.3f} at 1",
            f"{name}：lr * 曲率 不超过 {across[r < 1].max():.2f} 时收敛；谱半径在 0.1 处为 {r[10]:.3f}，在 1 处为 {r[100]:.3f}",
        ))

    fig, ax = draw.figure()
    for radii, role in zip(radii_at_09.values(), ("momentum", "nesterov"), strict=True):
        ax.plot(across, radii, color=draw.colour(role))
    ax.set(xlabel=r"$\eta\lambda$", xlim=(0, 4), ylim=(0, 1.6))
    draw.quantity(ax, tr("spectral radius", "谱半径"))
    draw.wash(ax, y=(1, 1.6), color="bad", name=tr("diverges", "发散"))
    draw.words(ax, 2.7, 0.86, tr("momentum: 0.949 a step, almost everywhere", "动量法：几乎处处每步 0.949"), color="momentum")
    draw.note(ax, tr("Nesterov: gone\nin one step", "Nesterov：\n一步到位"), (1, 0.01), (0.55, 0.25), color="nesterov")
    draw.headline(fig, tr("Nesterov damps steep directions, and has less room", "Nesterov 对陡峭方向阻尼更强，余地却更小"),
                  tr("Momentum 0.9 for both.", "两者动量均为 0.9。"))
    show(fig, alt=tr(
        "Spectral radius against lr times curvature at momentum 0.9. Momentum: flat at 0.949 up to about 3.8, then above 1. "
        "Nesterov: equal near 0, falls to 0 at 1, then climbs steeply and passes 1 at 1.36.",
        "动量 0.9 时谱半径随 lr 乘曲率的变化。动量法：一直平在 0.949，到约 3.8 后超过 1。Nesterov：在 0 附近与之相同，"
        "在 1 处降到 0，随后陡升，在 1.36 处超过 1。"))

# %% [markdown] lang="en"
# So "more stable" is half true. Nesterov damps steep directions far better: at $\eta\lambda=1$ its error is gone at once, while momentum keeps 0.949 of it per step. But it has less room: it diverges beyond $\eta\lambda\approx1.36$, momentum only beyond 3.8.
#
# What is *proven* is something else. On smooth convex functions, with exact gradients and a momentum that rises towards 1, the error of $f$ falls like $1/t^2$, against $1/t$ for gradient descent (Nesterov 1983).
# %% [markdown] lang="zh"
# 所以“更稳定”只对了一半。Nesterov 对陡峭方向的阻尼强得多：在 $\eta\lambda=1$ 处，误差一步归零，动量法却还在以每步 0.949 摆动。但它的余地小：$\eta\lambda$ 过了 1.36 左右就发散，动量法要过 3.8。
#
# 已经*证明*的是另一件事：对光滑凸函数，梯度精确，动量逐渐升向 1，$f$ 的误差像 $1/t^2$ 那样下降，而梯度下降是 $1/t$（Nesterov，1983）。

# %% [markdown] lang="en"
# ### Clinic
#
# One more: the distance from the minimum, log axis.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来一位。曲线是到极小点的距离，对数坐标。

# %% role="experiment" hidden=true
x, v, exploding = np.ones(50), np.zeros(50), [np.ones(50)]
for _ in range(12):
    v = 0.9 * v + VALLEY * (x - 0.9 * v)
    x = x - 0.001 * v
    exploding.append(x)
fig, ax = draw.figure(height=2.6)
ax.plot(np.linalg.norm(exploding, axis=1), color=draw.colour("ink"), lw=1.4)
ax.set_xlabel(tr("step", "步"))
draw.log_axes(ax, y=True)
draw.quantity(ax, tr("distance of D from the minimum", "D 到极小点的距离"))
show(fig, alt=tr(
    "The distance from the minimum on a log axis. After the first steps it grows more than tenfold a step.",
    "到极小点的距离，对数坐标。头几步之后，每步增长十倍以上。"))

# %% [markdown] lang="en"
# **D.** "Nesterov diverges on my problem even at lr 0.001. Momentum does not."
# <details><summary>the problem is too hard for Nesterov</summary>At small $\eta\lambda$ the two are nearly the same method. Something else differs.</details>
# <details><summary>the learning rate is still too large</summary>Here $\eta\lambda_{\max}=0.1$, far below 1.36. And it grows more than tenfold a step.</details>
# <details><summary>the look-ahead point lacks the learning rate</summary><b>Yes.</b> It looks ahead by $\beta v$, and no learning rate is small enough. CS324 writes $\theta-\gamma v$, rightly, since its $v$ contains $\eta$; this code keeps $\eta$ outside.</details>
# %% [markdown] lang="zh"
# **D.** “我的问题上，lr 取 0.001，Nesterov 仍然发散，动量法却不会。”
# <details><summary>这个问题对 Nesterov 太难</summary>$\eta\lambda$ 小的时候，两者几乎是同一个方法。一定另有原因。</details>
# <details><summary>学习率还是太大</summary>这里 $\eta\lambda_{\max}=0.1$，离 1.36 还远。而且它每步增长十倍以上。</details>
# <details><summary>前瞻点里漏了学习率</summary><b>正确。</b>它往前看 $\beta v$，学习率再小也没用。第一份笔记 3.2 节写的是 $\theta-\gamma v$，那里没有错，因为它的 $v$ 含有 $\eta$；这段代码的速度却不含。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **3.** You train with PyTorch's `SGD(nesterov=True)` and save the model in the middle of a run. Which points have you saved?
# <details><summary>the points x of the textbook form</summary>The library never computes them.</details>
# <details><summary>the look-ahead points y</summary><b>Right.</b> It matters when you compare runs digit by digit, hardly otherwise once the velocity is small.</details>
# <details><summary>the average of the two</summary>No form stores an average of points.</details>
#
# **4.** In a direction with $\eta\lambda=0.5$, at $\beta=0.81$, you halve the learning rate. How does the rate of momentum change there?
# <details><summary>it converges half as fast</summary>That is gradient descent at small $\eta\lambda$.</details>
# <details><summary>not at all: it stays 0.9 per step</summary><b>Right.</b> Both 0.5 and 0.25 lie between $(1-0.9)^2=0.01$ and $(1+0.9)^2=3.61$. Only the swings get slower.</details>
# <details><summary>it converges faster, having been unstable</summary>The limit is $2(1+\beta)=3.62$, far away.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **3.** 用 PyTorch 的 `SGD(nesterov=True)` 训练，中途保存模型。保存的是哪些点？
# <details><summary>教科书形式里的 x</summary>这个库从来不算它们。</details>
# <details><summary>前瞻点 y</summary><b>正确。</b>逐位对照两次训练时要紧；除此之外，速度一小就没什么差别。</details>
# <details><summary>两者的平均</summary>没有哪种形式保存点的平均。</details>
#
# **4.** 某个方向上 $\eta\lambda=0.5$，$\beta=0.81$。学习率减半，动量法在该方向上的速率怎样变化？
# <details><summary>慢一半</summary>那是梯度下降在 $\eta\lambda$ 小时的表现。</details>
# <details><summary>不变，仍是每步 0.9</summary><b>正确。</b>0.5 和 0.25 都在 $(1-0.9)^2=0.01$ 与 $(1+0.9)^2=3.61$ 之间，只是摆得慢些。</details>
# <details><summary>更快，因为原来不稳定</summary>界限是 $2(1+\beta)=3.62$，还远着呢。</details>

# %% role="tests" id="test_predictions_b" of="prediction_nesterov prediction_cycle" points=4
made = [guess for guess in (prediction_nesterov, prediction_cycle) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] role="essay" id="why_overshoot" points=3 lang="en"
# ### Written question: why does it overshoot?
#
# A classmate sees the swings of momentum 0.9 in sitting A and writes: "It overshoots because the learning rate is too large. With a small enough learning rate it would not, so that is what one should use." In five to eight sentences: why does a run with momentum pass the minimum at all, in which sense is the classmate right, and what would you do instead? Support your answer with a number from this notebook.
# %% [markdown] role="essay" id="why_overshoot" points=3 lang="zh"
# ### 书面题：它为什么会冲过头？
#
# 一位同学看到 A 节里动量 0.9 的摆动，写道：“它冲过头，是因为学习率太大。学习率足够小就不会，所以应该用小学习率。”请用五到八句话回答：带动量的训练究竟为什么会越过极小点？这位同学在什么意义上是对的？换作你，会怎么做？请引用本笔记本中的一个数字作为依据。

# %% [markdown] role="model" id="why_overshoot" lang="en"
# **A model answer.** At the minimum the gradient is zero, but the velocity is not: it is the fading sum of the gradients met on the way down, and they all pointed the same way. So the params go on until the gradients of the far side have used the velocity up; then they come back. On a parabola this happens as soon as $\eta\lambda>(1-\sqrt\beta)^2$. For $\beta=0.9$ that bound is 0.0026, so the classmate is right: below it there are no swings. But then the run is overdamped and slow: its effective learning rate $10\,\eta$ is at most $0.026/\lambda$, and gradient descent with $\eta\lambda=0.1$ needed only 44 steps. The better cure is less momentum: with 0.5 instead of 0.9 the same learning rate got below 0.01 in 15 steps instead of 81. In a valley with many curvatures some swings are the price of the common rate $\sqrt\beta$.
#
# **Rubric (0 to 3).** 1 point: the velocity is still there where the gradient vanishes, and why. 1 point: the classmate is right about the condition, and it costs speed (the bound, or an equivalent argument). 1 point: a better remedy (less momentum, or momentum chosen with the learning rate), supported by a number from the notebook.
# %% [markdown] role="model" id="why_overshoot" lang="zh"
# **参考答案。** 极小点处梯度为零，速度却不为零：它是一路下来各个梯度逐渐淡出的累加和，而这些梯度方向都相同。所以参数继续前进，直到对面的梯度把速度耗尽，再折返回来。在抛物线上，只要 $\eta\lambda>(1-\sqrt\beta)^2$ 就会如此。$\beta=0.9$ 时这个界是 0.0026，所以同学说得对：低于它就不摆动。但那时是过阻尼，走得很慢：有效学习率 $10\,\eta$ 至多是 $0.026/\lambda$，而 $\eta\lambda=0.1$ 的梯度下降只用了 44 步。更好的办法是减小动量：学习率不变，动量从 0.9 改为 0.5，降到 0.01 以下只需 15 步而不是 81 步。在曲率多样的山谷里，要让各方向共享速率 $\sqrt\beta$，一定的摆动在所难免。
#
# **评分标准（0 到 3 分）。** 1 分：梯度消失处速度仍在，并说明原因。1 分：指出同学关于条件的说法成立，但代价是慢（给出界，或等价的论证）。1 分：给出更好的办法（减小动量，或动量与学习率一起选），并引用笔记本中的一个数字。

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# How fast can it get? At best a step leaves $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ of the error, and no first-order method has a better rate on all quadratics. Yet the constants that reach it are best on quadratics only: on Lessard's function, with the same curvatures, they circle for ever.
#
# - A step is a 2×2 matrix. For $(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2$ its spectral radius is $\sqrt\beta$, whatever the curvature. Fit that interval to the curvatures, and you have the best constants.
# - Nesterov's method takes the gradient at the look-ahead point $x-\eta\beta v$. Libraries store that point and need one ordinary gradient.
# %% [markdown] lang="zh"
# ### 小结
#
# 最快能有多快？每步误差缩小到 $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ 倍，没有一种一阶方法能在所有二次函数上更快。可这对常数只在二次函数上最优：换到 Lessard 的函数上，曲率范围相同，却永远转圈。
#
# - 走一步就是乘一个 2×2 矩阵。$(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2$ 时，谱半径是 $\sqrt\beta$，与曲率无关。让区间刚好装下所有曲率，就得到这对常数。
# - Nesterov 方法就是在前瞻点 $x-\eta\beta v$ 处求梯度的动量法。各个库直接保存前瞻点，只需一个普通的梯度。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# ### Further 1: whose run is this?
#
# You have the points of a run and the gradients at them, but not its settings. Every step gives one linear equation for the two unknowns `lr` and `momentum`.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# ### 拓展 1：当时的设置是什么？
#
# 你手里有一次训练经过的点和这些点上的梯度，却不知道当时的设置。每一步给出一个线性方程，未知数是 `lr` 和 `momentum`。

# %% [markdown] role="docstring" of="recover_hyperparameters" lang="zh" twin="6431a58d"
# 由一次训练的记录求出它的 lr 和 momentum。
#
# 契约：path[0]、path[1]、…… 是 momentum_step 从速度 0 出发经过的点，lr 和 momentum 始终不变；grads[t] 是
# 它在 path[t] 处收到的梯度。返回这一对 (lr, momentum)。
#
# path：数组，形状 (T + 1, n)；grads：数组，形状 (T, n)，T >= 2。
# 返回 (lr, momentum)，两个浮点数。
# 除非 grads 至少有 2 行，且 path 恰好比 grads 多一行，否则抛出 ValueError。

# %% role="answer" id="recover_hyperparameters"
from reference.momentum import recover_hyperparameters

# %% role="practice" id="try_recover_hyperparameters"
with experiment("recover_hyperparameters", "momentum_step"):
    record = walk(momentum_step, VALLEY[::17], [0.013] * 8, momentum=0.83)
    found = recover_hyperparameters(record, VALLEY[::17] * record[:-1])
    print("lr, momentum:", *np.round(found, 6))
    assert np.allclose(found, (0.013, 0.83)), tr("expected 0.013 and 0.83", "应为 0.013 和 0.83")

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The velocity is not recorded. Which quantity of the record holds it?
# </details>
# <details><summary>Hint 2</summary>
#
# $x_{t+1}-x_t=-\eta g_t+\beta\,(x_t-x_{t-1})$; the first step has no earlier move.
# </details>
# <details><summary>Hint 3</summary>
#
# Stack all entries of all steps into two columns and use `np.linalg.lstsq`.
# </details>
#
# ### Further 2: how far does it coast?
#
# **"Momentum rushes across flat regions."** (CS324; many lectures) A ball that has rolled down a slope of 1 arrives at full speed at a plateau of slope 0 or 0.01. *Which plateaus will it cross, and how much faster than gradient descent with ten times the learning rate?*
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 记录里没有速度。它藏在哪个量里？
# </details>
# <details><summary>提示 2</summary>
#
# $x_{t+1}-x_t=-\eta g_t+\beta\,(x_t-x_{t-1})$；第一步之前没有位移。
# </details>
# <details><summary>提示 3</summary>
#
# 把所有步的所有分量排成两列，用 `np.linalg.lstsq`。
# </details>
#
# ### 拓展 2：能滑行多远？
#
# **“动量法也能凭借惯性冲过平缓区域。”**（第一份笔记 2.2 节）球从斜率为 1 的坡上全速冲来，前面是一段平台区，斜率为 0 或 0.01。*它能冲过多宽的平台区？比学习率调到十倍的梯度下降快多少？*

# %% role="experiment" nbval="check" hidden=true
def steps_across(lr, momentum, *, width, slope):
    tr(
        """Count the steps from the edge of a plateau to its other side; inf if the run stops on it.""",
        """数一数从平台区的一边走到另一边要多少步；停在上面就是 inf。""",
    )
    x, velocity, steps = -30.0, 0.0, 0
    while x < width:
        moved = x
        steps += x >= 0
        x, velocity = momentum_step(x, -1.0 if x < 0 else -slope, velocity, lr=lr, momentum=momentum)
        if x - moved < 1e-9:
            return np.inf
    return steps


with experiment("momentum_step"):
    for width, slope in [(8, 0), (10, 0), (50, 0.01)]:
        counts = (steps_across(lr, m, width=width, slope=slope) for lr, m in [(0.1, 0), (1, 0), (0.1, 0.9)])
        small, large, ball = (tr("never", "过不去") if n == np.inf else tr(f"{n} steps", f"{n} 步") for n in counts)
        print(tr(
            f"width {width}, slope {slope}: gradient descent {small}, with ten times the lr {large}, momentum 0.9 {ball}",
            f"宽 {width}，斜率 {slope}。梯度下降：{small}；学习率调到十倍：{large}；动量 0.9：{ball}",
        ))

# %% [markdown] lang="en"
# Inertia carries the run 9 of its own steps. So it crosses the level plateau of width 8 but not that of width 10; gradient descent crosses neither. On the wide, sloping one it saves less than a fifth of the steps: inertia gives the first 9 of 50, the effective learning rate the rest.
#
# Why 9? Find how far momentum coasts where the gradient is exactly 0. The docstring is the contract.
# %% [markdown] lang="zh"
# 惯性只能带它再走 9 个自己的步长。所以宽 8 的水平平台区冲得过，宽 10 的就停在上面；梯度下降两个都过不去。又宽又略有坡度的那个，步数省下不到五分之一：宽 50，惯性只帮它走完最初的 9，剩下的全靠有效学习率。
#
# 为什么是 9？请求出梯度恰好为 0 时动量法能滑行多远。契约见文档字符串。

# %% [markdown] role="docstring" of="coasting_distance" lang="zh" twin="615ac313"
# 梯度为零时，带着这个速度的参数还会走多远。
#
# 契约：从现在起梯度全是零，momentum_step 一直走下去，lr 和 momentum 不变。返回（最终的 params）-（现在的 params）。
#
# velocity：任意形状的数组，不得改动。返回形状和 dtype 相同的数组。
# 若 lr < 0，或 momentum 不在 [0, 1) 内，抛出 ValueError。

# %% role="answer" id="coasting_distance"
from reference.momentum import coasting_distance

# %% role="practice" id="try_coasting_distance"
with experiment("coasting_distance", "momentum_step"):
    x, v = np.zeros(2), np.array([3.0, -0.4])
    promised = coasting_distance(v, lr=0.07, momentum=0.83)
    for _ in range(400):
        x, v = momentum_step(x, np.zeros(2), v, lr=0.07, momentum=0.83)
    print(tr("coasted:", "滑行："), np.round(x, 4), tr("promised:", "你的预计："), np.round(promised, 4))
    assert np.allclose(x, promised), tr(
        "follow momentum * v, momentum**2 * v, ... and add up the steps",
        "依次写出 momentum * v、momentum**2 * v、……，再把各步加起来")

# %% [markdown] lang="en"
# <details><summary>Answer</summary>
#
# $\frac{\eta\beta}{1-\beta}v$, downhill. After a long time with gradient $g$ the velocity is $v=g/(1-\beta)$: the run coasts $\frac{\beta}{1-\beta}$ of its own steps, 9 for $\beta=0.9$.
# </details>
#
# ### Further 3: the best rate is not the fewest steps
#
# The pair of exercise 6 has the best rate in the very long run. Our race ends at a millionth. Look for a momentum slightly *above* the optimal one (same learning rate) that needs fewer than 972 steps at $\kappa=10\,000$, and explain it with the double eigenvalue.
# %% [markdown] lang="zh"
# <details><summary>参考答案</summary>
#
# 往下坡方向走 $\frac{\eta\beta}{1-\beta}v$。梯度长期为 $g$ 时，速度 $v=g/(1-\beta)$，所以能再滑行 $\frac{\beta}{1-\beta}$ 个自己的步长，$\beta=0.9$ 时是 9 个。
# </details>
#
# ### 拓展 3：速率最优，步数未必最少
#
# 练习 6 的常数，优化的是走了极久之后的速率；我们的赛跑到百万分之一就结束了。学习率不变，找一个比最优值*略大*的动量，使 $\kappa=10\,000$ 时少于 972 步，并用重特征值解释。

# %% role="experiment"
with experiment("momentum_step", "optimal_heavy_ball"):
    curvatures = np.logspace(0, 4, 50)
    lr, momentum = optimal_heavy_ball(1, 10_000)
    for extra in (-2e-5, 0, 1e-5, 3e-5, 1e-4, 1e-3):
        steps = steps_until(momentum_step, curvatures, lr=lr, momentum=momentum + extra)
        print(tr(f"momentum {momentum + extra:.6f}: {steps} steps", f"动量 {momentum + extra:.6f}：{steps} 步"))

# %% [markdown] lang="en"
# <details><summary>Answer</summary>
#
# At the optimal momentum both eigenvalues coincide at the ends of the interval, and the error falls like $t\,r^t$. A little above, they are two complex numbers of absolute value $\sqrt\beta$: the radius is slightly larger, but the factor $t$ is gone. In a run of a thousand steps the second counts more.
# </details>
#
# ### Further 4: momentum changes the step, too
#
# **"$\beta$ sets how much of the history is kept."** (CS324) And the length of the step. If you raise momentum from 0.9 to 0.99 and leave `lr` alone, the effective learning rate grows tenfold. Digits, batches of 8, five seeds. *Which of the last two runs changes only the memory?*
# %% [markdown] lang="zh"
# <details><summary>参考答案</summary>
#
# 动量取最优值时，区间两端的两个特征值重合，误差像 $t\,r^t$ 那样下降。动量略大一点，它们就成了两个不同的复数，绝对值为 $\sqrt\beta$：谱半径稍大，但因子 $t$ 没有了。只走一千步左右，后者更要紧。
# </details>
#
# ### 拓展 4：动量也改变步长
#
# **$\gamma$ “控制历史动量的保留程度”。**（第一份笔记 3.1 节）它还控制步长：动量从 0.9 调到 0.99 而 `lr` 不动，有效学习率就变成十倍。仍是 digits，小批量为 8，五个种子。*后两次训练中，哪一次只改变了记忆？*

# %% role="experiment"
with experiment("momentum_step"):
    for rate, momentum in [(0.8, 0.9), (8, 0.99), (0.8, 0.99)]:
        losses = [train_digits(SMALL, rate, momentum, seed)[0] for seed in range(5)]
        lr = rate * (1 - momentum)
        print(tr(
            f"lr {lr:.3f}, momentum {momentum:4}: training loss {min(losses):.2f} to {max(losses):.2f}",
            f"lr {lr:.3f}，动量 {momentum:4}：训练损失 {min(losses):.2f} 到 {max(losses):.2f}",
        ))

# %% [markdown] lang="en"
# The last: its effective learning rate is 0.8 again, and most of the damage is gone.
# %% [markdown] lang="zh"
# 最后一次：有效学习率又是 0.8，损失也大多降回来了。调动量时，要么固定 $\eta/(1-\beta)$，要么两个一起调。

# %% [markdown] lang="en"
# ### Further 5: does momentum help against noise?
#
# **"Momentum handles noise in the direction."** (a common summary) An average of gradients is less noisy than one gradient, but each gradient is then used for many steps. On $f(x)=x^2/2$, with noise of variance 1 in every gradient, *which momentum strays least at equal effective learning rate?*
# %% [markdown] lang="zh"
# ### 拓展 5：动量能对付噪声吗
#
# **“动量处理方向噪声”。**（第二份笔记“总结”一节）梯度的平均确实比单个梯度噪声小，可每个梯度要用上许多步。在 $f(x)=x^2/2$ 上，每个梯度加方差为 1 的噪声，有效学习率相同，*哪个动量游荡得最近？*

# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    for momentum in (0, 0.5, 0.9, 0.99):
        rng = np.random.default_rng(3)
        x, v, squares = np.zeros(4000), np.zeros(4000), []  #| 4000 runs at once | 同时跑 4000 次
        for t in range(1500):
            grads = x + rng.standard_normal(4000)
            x, v = momentum_step(x, grads, v, lr=0.1 * (1 - momentum), momentum=momentum)
            if t >= 1000:
                squares.append(np.mean(x**2))
        print(tr(
            f"momentum {momentum:4}, effective lr 0.1: mean of x**2 in the long run {np.mean(squares):.3f}",
            f"动量 {momentum:4}，有效学习率 0.1：x**2 的长期平均 {np.mean(squares):.3f}",
        ))

# %% [markdown] lang="en"
# It does not help: at every momentum the noise floor is about 0.05, half the effective learning rate. If your loss rests on such a floor, momentum 0.99 "to get through" only raises it, unless you lower `lr`. Against noise use a smaller or falling learning rate, a larger batch, or an average of the *params*.
# %% [markdown] lang="zh"
# 没有用：不论动量多大，噪声下限都在 0.05 左右，即有效学习率的一半。损失停在这样的下限上，想把动量调到 0.99“冲过去”，`lr` 又不跟着调小，下限只会更高。对付噪声，要靠更小或逐渐下降的学习率、更大的批量，或者对*参数*取平均。

# %% [markdown] lang="en"
# ### In practice today
#
# - Image classifiers are still often trained with SGD and momentum 0.9; transformers mostly with AdamW, whose first moment is exercise 4 with a bias correction (04).
# - What momentum gains depends on the batch: Shallue et al. (2019) measured that SGD keeps up at small batch sizes and falls behind at large ones. Wang et al. (2024) argue that at small learning rates, where noise is the limit, it gains almost nothing. Compare experiment 2.
# - Newer optimizers keep the idea: Lion takes the sign of a mixture of momentum and gradient (Chen et al. 2023), Muon orthogonalizes a Nesterov-type momentum of each weight matrix (Jordan et al. 2024), schedule-free methods replace momentum by a point between the iterate and its average (Defazio et al. 2024).
#
# <details><summary><b>Convention card:</b> Nesterov here and there</summary>
#
# | form | gradient at | stored as params | where |
# |---|---|---|---|
# | look-ahead, lr outside | $x-\eta\beta v$ | $x$ | `nesterov_step` |
# | look-ahead, lr inside | $\theta-\gamma v$: no $\eta$ | $\theta$, our $x$ | CS324 notes; Sutskever et al. (2013): $\theta+\mu v$ |
# | rewritten, lr outside | $y$ | $y$ | `nesterov_rewritten_step`; PyTorch, optax `sgd(nesterov=True)` |
# | rewritten, lr inside | $y$ | $y$ | Keras `SGD(nesterov=True)` |
# | original | $y_t=x_t+\beta_t(x_t-x_{t-1})$ | both | Nesterov (1983); $\beta_t$ rises towards 1 |
#
# PyTorch requires momentum > 0 and dampening 0. When the learning rate changes, look-ahead and rewritten form part for a while, so compare `nesterov_step` with a library at a constant one.
# </details>
#
# <details><summary>References</summary>
#
# B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comp. Math. 4 (1964). A. Nemirovsky, D. Yudin, *Problem Complexity and Method Efficiency in Optimization* (1983). Y. Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k²)*, Soviet Math. Dokl. 27 (1983); *Introductory Lectures on Convex Optimization* (2004). I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*, ICML 2013. Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, *Advances in optimizing recurrent networks*, ICASSP 2013 (the rewritten form). L. Lessard, B. Recht, A. Packard, *Analysis and design of optimization algorithms via integral quadratic constraints*, SIAM J. Optim. 26 (2016). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. G. Goh, *Why momentum really works*, Distill (2017): the map of the interactive figure. P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). R. Wang et al., *The marginal value of momentum for small learning rate SGD*, ICLR 2024. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# ### 如今的做法
#
# - 图像分类仍常用 SGD 加动量 0.9；Transformer 大多用 AdamW，它的一阶矩就是练习 4 加上偏差校正（04）。
# - 动量有多大好处，取决于批量大小：Shallue 等（2019）测得，批量小时 SGD 不落下风，批量大时才落后。Wang 等（2024）指出，学习率小、限制来自噪声时，动量几乎没有好处。可与实验 2 对照。
# - 更新的优化器保留了这个思想：Lion 取动量与梯度混合后的符号（Chen 等，2023）；Muon 把每个权重矩阵的 Nesterov 式动量正交化（Jordan 等，2024）；schedule-free 方法用介于当前点与平均点之间的一个点代替动量（Defazio 等，2024）。
#
# <details><summary><b>约定卡：</b>各处的 Nesterov</summary>
#
# | 形式 | 在哪里求梯度 | 作为参数保存 | 出处 |
# |---|---|---|---|
# | 前瞻，学习率在外 | $x-\eta\beta v$ | $x$ | `nesterov_step` |
# | 前瞻，学习率在内 | $\theta-\gamma v$，没有 $\eta$ | $\theta$，即 $x$ | 第一份笔记 3.2 节；Sutskever 等（2013）：$\theta+\mu v$ |
# | 改写，学习率在外 | $y$ | $y$ | `nesterov_rewritten_step`；PyTorch、optax 的 `sgd(nesterov=True)` |
# | 改写，学习率在内 | $y$ | $y$ | Keras `SGD(nesterov=True)` |
# | 最初的形式 | $y_t=x_t+\beta_t(x_t-x_{t-1})$ | 两者都存 | Nesterov（1983），$\beta_t$ 逐渐升向 1 |
#
# PyTorch 要求 momentum > 0 且 dampening 为 0。学习率一变，前瞻形式和改写形式会暂时分开，所以拿 `nesterov_step` 和某个库对照时，学习率要保持不变。
# </details>
#
# <details><summary>参考文献</summary>
#
# B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comp. Math. 4 (1964). A. Nemirovsky, D. Yudin, *Problem Complexity and Method Efficiency in Optimization* (1983). Y. Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k²)*, Soviet Math. Dokl. 27 (1983); *Introductory Lectures on Convex Optimization* (2004). I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*, ICML 2013. Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, *Advances in optimizing recurrent networks*, ICASSP 2013（改写形式）。L. Lessard, B. Recht, A. Packard, *Analysis and design of optimization algorithms via integral quadratic constraints*, SIAM J. Optim. 26 (2016). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。G. Goh, *Why momentum really works*, Distill (2017)：交互图中的地图出自这里。P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). R. Wang et al., *The marginal value of momentum for small learning rate SGD*, ICLR 2024. 第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 动量法、重球法 | momentum, heavy ball | 既指方法，也指系数 $\beta$ |
# | 速度 | velocity | 梯度逐渐淡出的累加和 |
# | 有效学习率 | effective learning rate | $\eta/(1-\beta)$ |
# | 过阻尼、临界阻尼、欠阻尼 | overdamped, critically damped, underdamped | |
# | 指数移动平均 | exponential moving average | EMA |
# | Nesterov 加速梯度、前瞻点 | Nesterov accelerated gradient, look-ahead point | $x-\eta\beta v$ |
# | 谱半径 | spectral radius | 特征值绝对值的最大者 |
# | 一阶方法的下界 | lower bound of first-order methods | |
# | 极限环 | limit cycle | 永远重复的轨迹 |
# </details>

# %% [markdown] lang="en"
# # 04 Adaptive methods and schedules
#
# In one valley AdaGrad needs 5 steps and gradient descent 110. Turn the valley by 45° and AdaGrad is the slowest of all. What does AdaGrad see, and why does a turn hide it? This chapter gives every parameter its own step size, the run a learning-rate schedule, and the methods a fair comparison.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 04 自适应方法与学习率调度
#
# 同一个山谷，AdaGrad 5 步走完，梯度下降要 110 步；把山谷转 45°，AdaGrad 却成了最慢的一个。它看见了什么，转一下就看不见了？这一章先让每个参数有自己的步长，再让学习率随训练变化，最后公平地比一比各种方法。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
import inspect
from time import perf_counter

from descent.broken_adams import BROKEN_ADAMS, astray
from descent.check import check
from descent.data import load_digits
from descent.experiment import experiment
from descent.explore_race import LRS, landscape_problem, race_explorer, race_run
from descent.figures import draw
from descent.figures.race import draw_race, stays_below
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import mlp_init
from descent.plots import curves, paired, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import follow, no_state, train

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: a step size for every parameter
#
# | | |
# |---|---|
# | **You will be able to** | say which preconditioner each method builds from its gradients; write AdaGrad, RMSProp and Adam; derive the bias correction; expose a wrong Adam |
# | **You need** | condition number (02), moving average (03), an MLP on digits (00) |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: four exercises, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：每个参数有自己的步长
#
# | | |
# |---|---|
# | **学完你能够** | 说清各种方法怎样用梯度做预条件；写出 AdaGrad、RMSProp 和 Adam；推导偏差校正；让错误的 Adam 露馅 |
# | **你需要** | 条件数（02），指数移动平均（03），digits 上的 MLP（00） |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：四道练习，两次预测 |

# %% [markdown] lang="en"
# ### Start with a race
#
# Five methods start at the ring, in a valley with condition number 50, each with the learning rate that is best for it here.
#
# 1. Which methods are at the bottom first, and how soon?
# 2. Turn the valley by 45° (slider *angle*). Which lose their lead? Which are not affected?
# %% [markdown] lang="zh"
# ### 先看一场赛跑
#
# 山谷的条件数是 50，五种方法从圆环处一起出发，各用自己在这里最好的学习率。
#
# 1. 谁最先到谷底？用了几步？
# 2. 把山谷转到 45°（“山谷角度”滑块）。谁不再领先？谁不受影响？

# %% role="experiment" hidden=true
race_explorer(tries="")
print(tr("Steps until the height stays below a ten-thousandth of the start's, with the learning rates above:",
         "学习率同上；高度降到起点的万分之一以下，而且不再回升，所需的步数："))
for angle in (0, 45):
    needs = {}
    for method in ("gd", "momentum", "adagrad", "rmsprop", "adam"):
        heights = race_run("valley", angle, method, LRS["valley"][method], 0.9, 0.99)[:, 2]
        arrived = stays_below(heights / heights[0]) < 1e-4
        needs[method] = np.argmax(arrived) if arrived[-1] else tr("not in 150", "150 步内未到")
    print(tr(
        f"{angle:2} degrees: GD {needs['gd']}, momentum {needs['momentum']}, AdaGrad {needs['adagrad']}, RMSProp {needs['rmsprop']}, Adam {needs['adam']}",
        f"{angle:2} 度：GD {needs['gd']}，动量法 {needs['momentum']}，AdaGrad {needs['adagrad']}，RMSProp {needs['rmsprop']}，Adam {needs['adam']}",
    ))

# %% [markdown] lang="en"
# The path of gradient descent and momentum turns with the valley. The other three look at each *coordinate* by itself, and after the turn no axis runs along the valley.
#
# ### Preconditioning
#
# A gradient says which way is down, not how far to go: that depends on the curvature. On a quadratic with Hessian $H$, Newton's step $-H^{-1}g$ lands on the minimum, because it divides by the curvature in every direction. In general, multiplying the gradient by a matrix $P$,
#
# $$x_t=x_{t-1}-\eta\,P\,g_t ,$$
#
# is called **preconditioning**. In the coordinates $P^{-1/2}x$ it is plain gradient descent with Hessian $P^{1/2}HP^{1/2}$, so the condition number of that matrix sets the speed. For $P=H^{-1}$ it is 1.
#
# But $P$ has $n^2$ entries: 5.8 million for our MLP with 2,410 parameters. A *diagonal* $P$ has only $n$, one step size for each parameter. How good is the natural choice, $P_{ii}=1/H_{ii}$?
# %% [markdown] lang="zh"
# 梯度下降和动量法走的还是原来的路，只是换了坐标。另外三种方法逐个*坐标*处理；山谷一转，坐标轴就不再是山谷的方向了。
#
# ### 预条件
#
# 梯度只说往哪边走，没说走多远：那取决于曲率。在海森矩阵为 $H$ 的二次函数上，牛顿法（Newton's method）的一步 $-H^{-1}g$ 正好落在极小点，因为它在每个方向上都除以曲率。一般地，给梯度乘一个矩阵 $P$ 再走，
#
# $$x_t=x_{t-1}-\eta\,P\,g_t ,$$
#
# 叫**预条件**（preconditioning）。换成坐标 $P^{-1/2}x$ 来看，它就是普通的梯度下降，海森矩阵为 $P^{1/2}HP^{1/2}$，快慢取决于这个矩阵的条件数；取 $P=H^{-1}$，条件数是 1。
#
# 可是 $P$ 有 $n^2$ 个数：我们的 MLP 有 2410 个参数，就要 580 万个。*对角*的 $P$ 只有 $n$ 个数，每个参数一个步长。最自然的取法 $P_{ii}=1/H_{ii}$，效果如何？

# %% role="experiment" nbval="check" hidden=true
angles, conditions = np.arange(0, 46), []
for angle in np.radians(angles):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    H = turn @ np.diag([1.0, 50.0]) @ turn.T
    root = np.diag(np.diag(H) ** -0.5)
    conditions.append(np.linalg.cond(root @ H @ root))
print(tr(", ", "，").join(tr(f"{a} degrees: κ = {conditions[a]:.1f}", f"{a} 度：κ = {conditions[a]:.1f}") for a in (0, 5, 15, 30, 45)))
fig, ax = draw.figure(height=2.9)
ax.plot(angles, conditions, color=draw.colour("adagrad"))
draw.rule(ax, y=50)
draw.words(ax, 1, 48.5, tr("without a preconditioner: 50", "不用预条件：50"), ha="left", va="top", color="soft")
draw.note(ax, tr("along the axes: 1", "顺着坐标轴：1"), (0, 1), (5, 14), color="good")
draw.note(ax, tr("nothing gained", "毫无收获"), (45, 50), (38, 33), color="bad")
ax.set(xlim=(0, 45), ylim=(0, 55), xlabel=tr("angle of the valley, in degrees", "山谷的角度（度）"))
draw.quantity(ax, tr("condition number with the diagonal preconditioner", "用对角预条件之后的条件数"))
draw.headline(fig, tr("A diagonal preconditioner repairs a valley along the axes", "对角预条件只能修好顺着坐标轴的山谷"),
              tr("Quadratic with curvatures 1 and 50; P = 1 / diagonal of the Hessian.", "曲率为 1 和 50 的二次函数；P 是海森矩阵对角元的倒数。"))
show(fig, alt=tr(
    "Condition number with the diagonal preconditioner against the angle of the valley: 1 at 0 degrees, 14 at 15, 38 at 30, and 50, as without it, at 45.",
    "用对角预条件之后的条件数对山谷的角度：0 度为 1，15 度为 14，30 度为 38，45 度为 50，与不用时相同。"))

# %% [markdown] lang="en"
# Perfect along the axes, useless at 45°. Valleys along the axes are common: two inputs have different units (06), or one is nearly always 0. We do not know the curvature, but we see *how large an entry's gradients usually are*. In such a valley $g_i=h_i\,(x_i-x_i^\ast)$: the steeper an entry, the larger its gradients. So divide by their size:
#
# $$\text{step of an entry}=\eta\cdot\frac{\text{its gradient}}{\text{usual size of its gradients}} .$$
#
# This **adaptive learning rate** is a diagonal preconditioner built during the run. The quotient is about $\pm1$, so $\eta$ says how far a parameter moves. Multiply the loss by 100, and the steps stay the same. What does *usual* mean? AdaGrad sums all squared gradients, RMSProp and Adam average them.
# %% [markdown] lang="zh"
# 顺着坐标轴，完美；转 45°，毫无用处。不过顺着坐标轴的山谷并不少见：两个输入单位不同（06），或者某个输入几乎总是 0。曲率我们不知道，但看得见*这个分量的梯度平时有多大*。在这样的山谷里，$g_i=h_i\,(x_i-x_i^\ast)$：分量越陡，梯度越大。那就除以这个大小：
#
# $$\text{一个分量走多远}=\eta\cdot\frac{\text{它的梯度}}{\text{它的梯度平时的大小}} .$$
#
# 这就是**自适应学习率**（adaptive learning rate），也就是边训练边做出来的对角预条件。商在 $\pm1$ 上下，所以 $\eta$ 就是参数一步走多远；把损失乘上 100，步子一点不变。什么叫“平时”？AdaGrad 把所有的平方加起来，RMSProp 和 Adam 取移动平均。
# %% [markdown] lang="en"
# ### AdaGrad: the steps die
#
# $$G_t=G_{t-1}+g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{G_t}+\epsilon},\qquad G_0=0 .$$
#
# Everything is done entry by entry; the small $\epsilon$ prevents 0/0. The first step of every entry is $\eta$ long. If every gradient is $g$, then $G_t=t\,g^2$, and step $t$ has length $\eta/\sqrt t$: a tenth at step 100, a hundredth at step 10,000. On convex functions this provably converges (Duchi et al. 2011). In a network the steps may die too early.
#
# The sum has a good side, too. An entry whose gradient is 0 in 99 of 100 steps collects a hundredth of the others' sum. When its turn comes, its step is ten times as long.
#
# ### Exercise 1: `adagrad_step` ({{points:adagrad_step}} points, 4 minutes)
# %% [markdown] lang="zh"
# ### AdaGrad：越走越短
#
# $$G_t=G_{t-1}+g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{G_t}+\epsilon},\qquad G_0=0 .$$
#
# 运算都逐个分量进行；很小的 $\epsilon$ 用来避免 0/0。每个分量的第一步都走 $\eta$。如果每个梯度都是 $g$，则 $G_t=t\,g^2$，第 $t$ 步的长度是 $\eta/\sqrt t$：第 100 步是十分之一，第 10 000 步是百分之一。对凸函数，可以证明这样走会收敛（Duchi 等，2011）；对神经网络，却可能停得太早。
#
# 累加也有好处：某个分量 100 步里有 99 步梯度为 0，它攒下的和就只有别人的百分之一；轮到它时，一步走别人的十倍。
#
# ### 练习 1：`adagrad_step`（{{points:adagrad_step}} 分，4 分钟）

# %% [markdown] role="docstring" of="adagrad_init" lang="zh" twin="86c6eb62"
# 返回 AdaGrad 开始时的状态：全零，即还没有任何平方。

# %% role="given" id="adagrad_init"
from reference.adaptive import adagrad_init

# %% [markdown] role="docstring" of="adagrad_step" lang="zh" twin="75800310"
# AdaGrad 走一步：每个分量的梯度除以自己全部梯度平方之和的平方根。
#
#     G <- G + g^2
#     x <- x - lr * g / (sqrt(G) + eps)            （用新的 G）
#
# params（x）、grads（g）、sum_squares（G）：形状相同的数组，形状不限；不得改动它们。
# lr、eps：Python 数值。NaN 原样传递，并留在 G 里。
# 返回 (新的 params, 新的 sum_squares)，形状和 dtype 不变。
# 若 lr < 0 或 eps < 0，抛出 ValueError。
#
# Duchi 等（2011）。PyTorch 形式相同（eps 为 1e-10）；Keras 和 optax 的 G 从 0.1 开始，eps 在根号里。
#
# >>> params, sum_squares = adagrad_step(np.array([1.0]), np.array([3.0]), np.array([16.0]), lr=0.5)
# >>> params.round(4).tolist(), sum_squares.tolist()
# ([0.7], [25.0])

# %% role="answer" id="adagrad_step"
from reference.adaptive import adagrad_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Why is the very first step not 0 divided by 0?
# </details>
# <details><summary>Hint 2</summary>
#
# The new square is in the sum before you divide. `eps` comes after the root.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $16+9=25$, then $1-0.5\cdot3/5=0.7$. With the old sum you get 0.625, without the root 0.94, without the square 0.656.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 第一步为什么不会是 0 除以 0？
# </details>
# <details><summary>提示 2</summary>
#
# 先把新的平方加进和里，再让梯度除以和的平方根。`eps` 加在开方之后。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$16+9=25$，$1-0.5\cdot3/5=0.7$。用旧的和会得 0.625，漏了开方会得 0.94，漏了平方会得 0.656。
# </details>

# %% role="tests" id="test_adagrad_step" points=9
check("adagrad_step", adagrad_step)

# %% [markdown] lang="en"
# ### RMSProp: an average instead of the sum
#
# Hinton (2012) replaced the sum by an exponential moving average: old squares fade, and the steps do not die. From $v_0=0$, as in 03,
#
# $$v_t=(1-\alpha)\left(g_t^2+\alpha g_{t-1}^2+\dots+\alpha^{t-1}g_1^2\right).$$
#
# *If every gradient is $g$, what is $v_t$? Write it down, then open.*
#
# <details><summary>Answer</summary>
#
# $v_t=(1-\alpha)\,g^2\,\dfrac{1-\alpha^t}{1-\alpha}=(1-\alpha^t)\,g^2$
# </details>
#
# So step $t$ is $\eta/\sqrt{1-\alpha^t}$ long. With $\alpha=0.99$ the first is ten times too long: a **cold start**.
#
# ### Exercise 2: `rmsprop_step` ({{points:rmsprop_step}} points, 3 minutes)
#
# This time the docstring gives no formula.
# %% [markdown] lang="zh"
# ### RMSProp：把和换成平均
#
# Hinton（2012）把和换成指数移动平均：旧的平方逐渐淡出，步长就不会缩到零。与 03 章一样，从 $v_0=0$ 开始，
#
# $$v_t=(1-\alpha)\left(g_t^2+\alpha g_{t-1}^2+\dots+\alpha^{t-1}g_1^2\right).$$
#
# *如果每个梯度都是 $g$，$v_t$ 是多少？先写下来，再点开。*
#
# <details><summary>答案</summary>
#
# $v_t=(1-\alpha)\,g^2\,\dfrac{1-\alpha^t}{1-\alpha}=(1-\alpha^t)\,g^2$
# </details>
#
# 所以第 $t$ 步的长度是 $\eta/\sqrt{1-\alpha^t}$；$\alpha=0.99$ 时，第一步是应有的十倍。这叫**冷启动**（cold start），后果见诊室里的病人 B。
#
# ### 练习 2：`rmsprop_step`（{{points:rmsprop_step}} 分，3 分钟）
#
# 这一次，文档字符串里没有公式。

# %% [markdown] role="docstring" of="rmsprop_init" lang="zh" twin="938b1b8d"
# 返回 RMSProp 开始时的状态：全零。

# %% role="given" id="rmsprop_init"
from reference.adaptive import rmsprop_init

# %% [markdown] role="docstring" of="rmsprop_step" lang="zh" twin="c68e205a"
# RMSProp 走一步：AdaGrad 的和换成移动平均，旧的梯度就会被忘掉。
#
# 契约：v 是梯度平方的指数移动平均，每走一步保留 alpha 这么大的比例。新的 params 与 adagrad_step 的相同，只是它那个新的
# sum_squares 换成了这里新的 v。
#
# params、grads、v：形状相同的数组，形状不限；不得改动它们。
# lr、alpha、eps：Python 数值。NaN 原样传递，并留在 v 里。
# 返回 (新的 params, 新的 v)，形状和 dtype 不变。
# 若 lr < 0，alpha 不在 0 <= alpha < 1 内，或 eps < 0，抛出 ValueError。
#
# Hinton 的课（2012）；两份笔记和 PyTorch 都是这种形式。Keras 和 optax（默认时）把 eps 放进根号：sqrt(v + eps)。
# 没有偏差校正：第一步的长度是 lr / sqrt(1 - alpha)。
#
# >>> params, v = rmsprop_step(np.array([1.0]), np.array([10.0]), np.array([32.0]), lr=0.35, alpha=0.75)
# >>> params.round(4).tolist(), v.tolist()
# ([0.5], [49.0])

# %% role="answer" id="rmsprop_step"
from reference.adaptive import rmsprop_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# An average: do the two shares, of the old $v$ and of the new square, add up to 1?
# </details>
# <details><summary>Hint 2</summary>
#
# Your AdaGrad with another first line: the old $v$ keeps `alpha`, the new square gets the rest.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $0.75\cdot32+0.25\cdot100=49$, then $1-0.35\cdot10/7=0.5$. With the shares swapped you get 0.616, with a sum 0.695, with the old $v$ 0.381.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 既然是平均，旧的 $v$ 和新的平方各占多少？加起来是 1 吗？
# </details>
# <details><summary>提示 2</summary>
#
# 与你的 AdaGrad 只差第一行：旧的 $v$ 保留 `alpha`，余下的归新的平方。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$0.75\cdot32+0.25\cdot100=49$，$1-0.35\cdot10/7=0.5$。两个比例弄反会得 0.616，用了和会得 0.695，用旧的 $v$ 会得 0.381。
# </details>

# %% role="tests" id="test_rmsprop_step" points=8
check("rmsprop_step", rmsprop_step)

# %% [markdown] lang="en"
# ### Adam: two averages, both corrected
#
# Adam adds an average of the gradient (03, exercise 4) and repairs the cold start. The weights in $v_t$ add up to $1-\beta_2^t$ instead of 1, so divide by their sum:
#
# $$\hat m_t=\frac{m_t}{1-\beta_1^t},\qquad \hat v_t=\frac{v_t}{1-\beta_2^t},\qquad x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon} .$$
#
# Here $m$ is the **first moment**, the average of the gradients with $\beta_1$, and $v$ the **second raw moment**, that of their squares with $\beta_2$. The division is called **bias correction**. In the first step both hold one gradient, so $\hat m_1/\sqrt{\hat v_1}=\pm1$ and *every* entry moves by $\eta$. Later an entry moves less if its gradients disagree: they cancel in $\hat m$ but not in $\hat v$.
#
# ### Exercise 3: `adam_step` ({{points:adam_step}} points, 8 minutes)
# %% [markdown] lang="zh"
# ### Adam：两个平均，都做校正
#
# Adam 连梯度也取平均（03 章练习 4），还修好了冷启动。$v_t$ 里的权重加起来是 $1-\beta_2^t$，不是 1；那就除以它们的和：
#
# $$\hat m_t=\frac{m_t}{1-\beta_1^t},\qquad \hat v_t=\frac{v_t}{1-\beta_2^t},\qquad x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon} .$$
#
# $m$ 叫**一阶矩**（first moment），是梯度的平均，系数 $\beta_1$；$v$ 叫**二阶原点矩**（second raw moment），是平方的平均，系数 $\beta_2$。除以权重之和，叫**偏差校正**（bias correction，也译“偏差修正”），与偏置无关。第一步里两个平均都只含一个梯度，$\hat m_1/\sqrt{\hat v_1}=\pm1$，*每个*分量都走 $\eta$。以后，哪个分量的梯度忽正忽负，哪个就走得短：它们在 $\hat m$ 里互相抵消，在 $\hat v$ 里却不会。
#
# ### 练习 3：`adam_step`（{{points:adam_step}} 分，8 分钟）

# %% [markdown] role="docstring" of="adam_init" lang="zh" twin="f1b3d004"
# 返回 Adam 开始时的状态 (m, v, t)：两个全零的数组，以及 0，即还没有走过一步。

# %% role="given" id="adam_init"
from reference.adaptive import adam_init

# %% [markdown] role="docstring" of="adam_step" lang="zh" twin="8e1271cb"
# Adam 走一步：动量法，再像 RMSProp 那样做除法；两个平均都从零开始，所以都要校正。
#
#     t <- t + 1
#     m <- beta1 * m + (1 - beta1) * g             一阶矩
#     v <- beta2 * v + (1 - beta2) * g^2           二阶原点矩（未中心化）
#     m_hat = m / (1 - beta1^t)
#     v_hat = v / (1 - beta2^t)
#     x <- x - lr * m_hat / (sqrt(v_hat) + eps)
#
# params（x）、grads（g）：形状相同的数组，形状不限。state：(m, v, t)，起初来自 adam_init(params)；
# m 和 v 保存的是校正之前的值。这些都不得改动。
# lr、betas（beta1、beta2）、eps：Python 数值。NaN 原样传递，并留在 m 和 v 里。
# 返回 (新的 params, (新的 m, 新的 v, 新的 t))，形状和 dtype 不变。
# 若 lr < 0，两个 beta 不都在 [0, 1) 内，或 eps < 0，抛出 ValueError。
#
# Kingma 与 Ba（2015），算法 1；PyTorch 和 optax 形式相同。Keras 在校正之前就把 eps 加到 sqrt(v) 上（论文里的
# “epsilon hat”），梯度极小时才有区别。
#
# >>> state = np.array([-1.0]), np.array([4.0]), 1
# >>> params, (m, v, t) = adam_step(np.array([1.0]), np.array([4.0]), state, lr=0.5, betas=(0.5, 0.75))
# >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
# ([0.75], [1.5], [7.0], 2)

# %% role="answer" id="adam_step"
from reference.adaptive import adam_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What is the power in the very first step: 0 or 1?
# </details>
# <details><summary>Hint 2</summary>
#
# Take the state apart, count the step, update both averages. Give the corrected values names of their own: they are not stored.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $m=-0.5+2=1.5$, $v=3+4=7$, $\hat m=1.5/0.75=2$, $\hat v=7/0.4375=16$, $1-0.5\cdot2/4=0.75$. Uncorrected, or corrected with the old $t$, you get 0.717; with the gradient in place of $\hat m$ 0.5; without the root 0.938.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 第一步时，指数应当是 0 还是 1？
# </details>
# <details><summary>提示 2</summary>
#
# 拆开状态，步数加一，更新两个平均。校正后的值另起名字，因为它们不保存。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$m=-0.5+2=1.5$，$v=3+4=7$，$\hat m=1.5/0.75=2$，$\hat v=7/0.4375=16$，$1-0.5\cdot2/4=0.75$。没有校正，或者用旧的 $t$ 校正，会得 0.717；$\hat m$ 处写成梯度会得 0.5；漏了开方会得 0.938。
# </details>

# %% role="tests" id="test_adam_step" points=14
check("adam_step", adam_step)

# %% [markdown] lang="en"
# Let every gradient be 1, and `lr` be 1, too. How long are the steps of your functions, and of Adam without its two divisions? *Which line falls for ever? Does Adam without the correction step too far or not far enough?*
# %% [markdown] lang="zh"
# 每个梯度都是 1，`lr` 也是 1。你的三个函数，再加上去掉那两次除法的 Adam，步子各有多长？*先想再跑：哪条线会一直下降？没有校正的 Adam，步子太长还是太短？*

# %% role="experiment" nbval="check" hidden=true
def uncorrected_adam_step(params, grads, state, *, lr, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = state
    m = betas[0] * m + (1 - betas[0]) * grads
    v = betas[1] * v + (1 - betas[1]) * grads**2
    return params - lr * m / (np.sqrt(v) + eps), (m, v, t + 1)


def lengths_of_steps(step, init, num_steps=3000):
    points = follow(np.ones_like, np.zeros(1), step, lr=1.0, num_steps=num_steps, init=init)
    return -np.diff(points[:, 0])


with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    lengths = {
        "AdaGrad": lengths_of_steps(adagrad_step, adagrad_init),
        "RMSProp": lengths_of_steps(rmsprop_step, rmsprop_init),
        "Adam": lengths_of_steps(adam_step, adam_init),
        tr("Adam, uncorrected", "Adam，未校正"): lengths_of_steps(uncorrected_adam_step, adam_init),
    }
    for name, steps in lengths.items():
        print(tr(f"{name}: step 1 has length {steps[0]:.2f}, step 12 {steps[11]:.2f}, step 100 {steps[99]:.2f}, step 3000 {steps[-1]:.2f}",
                 f"{name}：第 1 步长 {steps[0]:.2f}，第 12 步 {steps[11]:.2f}，第 100 步 {steps[99]:.2f}，第 3000 步 {steps[-1]:.2f}"))
    bare = lengths[tr("Adam, uncorrected", "Adam，未校正")]
    colors = {"AdaGrad": "adagrad", "RMSProp": "rmsprop", "Adam": "adam", tr("Adam, uncorrected", "Adam，未校正"): "soft"}
    ax = curves(lengths, x=np.arange(1, 3001), ylabel=tr("length of the step / lr", "步长 / lr"), logx=True, logy=True, color=colors)
    draw.note(ax, tr("cold start", "冷启动"), (1, 10), (3, 14), color="rmsprop")
    draw.note(ax, tr("the steps die", "步子越走越小"), (300, 300**-0.5), (40, 0.035), color="adagrad")
    ax.set_ylim(0.012, 20)
    draw.headline(ax.figure, tr("Only Adam takes steps of length lr from first to last", "从头到尾都走 lr 这么长的，只有 Adam"),
                  tr("Every gradient is 1.", "每个梯度都是 1。"))
    show(ax, alt=tr(
        f"Log-log plot of the length of steps 1 to 3000. AdaGrad falls on a straight line from 1 to {lengths['AdaGrad'][-1]:.3f}. RMSProp starts at 10 and comes down to 1. "
        f"Uncorrected Adam starts at {bare[0]:.1f}, rises to {bare.max():.1f} and comes down slowly. Adam stays at 1.",
        f"第 1 到 3000 步的步长（双对数坐标）。AdaGrad 沿直线从 1 降到 {lengths['AdaGrad'][-1]:.3f}；RMSProp 从 10 降到 1；"
        f"未校正的 Adam 从 {bare[0]:.1f} 开始，升到 {bare.max():.1f}，再慢慢降下来；Adam 一直是 1。"))

# %% [markdown] lang="en"
# Without the correction Adam's steps are up to 6.6 times too long, because $v$ warms up a hundred times more slowly than $m$.
#
# ### Experiment 1: the race, with your functions
#
# Can tuning bring the lead back? The valley is turned by 30°, and each learning rate is tuned *after* the turn.
# %% [markdown] lang="zh"
# 没有校正，Adam 的步长在头一百步里都是应有的三倍以上，因为 $v$ 攒起来比 $m$ 慢一百倍。
#
# ### 实验 1：重新调参，能找回领先吗？
#
# 把山谷转 30°，*转过之后*再给每种方法调学习率，这次用你写的函数。

# %% hidden=true
def gradient_step(params, grads, state, *, lr):
    return params - lr * grads, state


def heavy_ball_step(params, grads, velocity, *, lr):
    velocity = 0.9 * velocity + grads
    return params - lr * velocity, velocity


METHODS = {  #| name: step and first state | 名称：更新函数、初始状态
    "gd": (gradient_step, no_state),
    "momentum": (heavy_ball_step, np.zeros_like),
    "adagrad": (lambda x, g, state, *, lr: adagrad_step(x, g, state, lr=lr), adagrad_init),
    "rmsprop": (lambda x, g, state, *, lr: rmsprop_step(x, g, state, lr=lr), rmsprop_init),
    "adam": (lambda x, g, state, *, lr: adam_step(x, g, state, lr=lr), adam_init),
}
NAMES = {"gd": "GD", "momentum": tr("momentum", "动量法"), "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam"}


def best_run(step, init, angle, *, rates, num_steps=200):
    tr(
        """Return the run that soonest stays below a ten-thousandth of the start's height, its lr, and that number of steps.""",
        """在各个学习率里，返回最早一直低于起点高度万分之一的那次训练、它的 lr 和所需步数。""",
    )
    problem, start = landscape_problem("valley", angle)
    found = (np.inf, None, None)
    for lr in rates:
        points = follow(problem.gradient, start, step, lr=lr, num_steps=num_steps, init=init)
        arrived = stays_below(problem.value(points) / problem.value(start)) < 1e-4
        if arrived[-1] and np.argmax(arrived) < found[0]:
            found = int(np.argmax(arrived)), lr, points
    return found[2], found[1], found[0]


# %% role="experiment" hidden=true
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    quick = METHODS | {"adam": (lambda x, g, state, *, lr: adam_step(x, g, state, lr=lr, betas=(0.9, 0.99)), adam_init)}
    race = {name: best_run(step, init, 30, rates=np.logspace(-3, 0.5, 36)) for name, (step, init) in quick.items()}
    arrivals = tr(", ", "，").join(f"{NAMES[name]} {steps}" for name, (_, _, steps) in race.items())
    show(
        draw_race(
            {name: points for name, (points, _, _) in race.items()}, value=landscape_problem("valley", 30)[0].value,
            lrs={name: lr for name, (_, lr, _) in race.items()},
            below=tr("κ = 50, turned by 30°; each with the best of 36 learning rates; Adam's betas 0.9, 0.99.", "κ = 50，转 30°；各用 36 个学习率中最好的；Adam 的 betas 为 0.9、0.99。")),
        alt=tr(f"Five small maps with the paths, and below the heights over the steps. Steps to the goal: {arrivals}.",
               f"上面五幅小图是轨迹，下面是高度随步数的变化。到达目标的步数：{arrivals}。"))

# %% [markdown] lang="en"
# **What it showed.** No. Adam arrives together with momentum and well before RMSProp, which divides but does not average the gradient. Here Adam owes its speed to the first moment, not to the division.
# %% [markdown] lang="zh"
# **结论。** 不能。Adam 与动量法几乎同时到达，远早于只做除法、不对梯度取平均的 RMSProp：在这里让 Adam 快起来的是一阶矩，不是除法。

# %% [markdown] lang="en"
# Is the lead lost for good, then? **"$G$ is a diagonal matrix."** (CS324) As a matrix it is $P=\mathrm{diag}(G)^{-1/2}$; in code, an array of the shape of the params. But Duchi et al. also divide by the full matrix, the root of $\sum_t g_tg_t^\top$. *What will a turn by 45° do to that one?*
# %% [markdown] lang="zh"
# 那么，转过之后就没有办法了吗？**“`G_t` 是一个对角矩阵”。**（第一份笔记 4.1 节）写成矩阵是 $P=\mathrm{diag}(G)^{-1/2}$；在代码里，它就是与参数同形状的数组。不过 Duchi 等还研究了完整的矩阵，即 $\sum_t g_tg_t^\top$ 的平方根。*山谷转 45°，对它有什么影响？*

# %% role="experiment" nbval="check" hidden=true
def full_adagrad_step(x, g, G, *, lr):
    G = G + np.outer(g, g)
    sizes, directions = np.linalg.eigh(G)
    return x - lr * directions @ (directions.T @ g / (np.sqrt(np.maximum(sizes, 0)) + 1e-8)), G


with experiment("adagrad_step"):
    for angle in (0, 45):
        steps = [best_run(step, init, angle, rates=np.logspace(-1, 1, 41))[2] for step, init in (
            METHODS["adagrad"], (full_adagrad_step, lambda x: np.zeros((2, 2))))]
        print(tr(f"{angle:2} degrees: diagonal AdaGrad {steps[0]} steps, full-matrix AdaGrad {steps[1]}",
                 f"{angle:2} 度：对角的 AdaGrad {steps[0]} 步，完整矩阵的 AdaGrad {steps[1]} 步"))

# %% [markdown] lang="en"
# Nothing: the full matrix finds the directions by itself. For a network it is too large; Shampoo and SOAP (Further) keep a small one for each side of a weight matrix. So networks live with the diagonal.
# %% [markdown] lang="zh"
# 毫无影响：完整的矩阵自己找得到方向。对网络来说它太大；Shampoo 和 SOAP（拓展）改为给权重矩阵的左右两侧各配一个小矩阵。所以训练网络，通常还是用对角的。

# %% [markdown] lang="en"
# ### Experiment 2: rare words, and the same data turned
#
# Then where does it pay off to divide coordinate by coordinate? In film reviews "the" is everywhere and "superb" is rare: its weight has a gradient only when it turns up.
#
# We make 2,000 texts from 200 words. Word $k$ is in a text with probability $\min(1,2/k)$: the first two are in every text, each of the last hundred in at most one of fifty. Whether a text is positive depends on hidden weights of its words, and on chance. Logistic regression reads each text *once*, ten at a time.
#
# Then we turn the data: $XQ$ for $X$, with a random orthogonal matrix $Q$. No information is lost, but every column now mixes all words.
#
# **Each method at its best learning rate: will AdaGrad beat gradient descent?** (a) on both, (b) on the texts but not on the turned texts, (c) on neither
# %% [markdown] lang="zh"
# ### 实验 2：少见的词，以及转过的同一份数据
#
# 那么，逐个坐标做除法，什么时候占便宜？影评里，“的”字篇篇都有，“惊艳”难得一见，只有它出现的时候，它的权重才有梯度。
#
# 我们用 200 个词造 2000 篇短文。第 $k$ 个词出现在一篇里的概率是 $\min(1,2/k)$：前两个篇篇都有，后一百个五十篇里至多一篇。每个词有一个隐藏的权重，文章是不是正面，由这些权重加一点随机性决定。逻辑回归每篇只读*一遍*，每次十篇。
#
# 然后把数据转一下：用 $XQ$ 代替 $X$，$Q$ 是随机的正交矩阵。信息一点没丢，但每一列里都混进了所有的词。
#
# **各用自己最好的学习率，AdaGrad 会胜过梯度下降吗？** (a) 两种情况都胜，(b) 原来的文章上胜，转过之后不胜，(c) 都不胜

# %% role="answer" id="prediction_sparse"
prediction_sparse = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_sparse = "b"
### END SOLUTION

# %% hidden=true
TURN = np.linalg.qr(np.random.default_rng(5).standard_normal((200, 200)))[0]
HIDDEN = np.random.default_rng(99).normal(0, 2, 200)


def texts(seed, num=2000):
    tr(
        """Return which of 200 words occur in each text, and whether it is positive (1) or not (0).""",
        """返回每篇里出现了 200 个词中的哪些，以及它是不是正面的（1 或 0）。""",
    )
    rng = np.random.default_rng(seed)
    often = np.minimum(1, 2 / np.arange(1, 201))
    X = (rng.random((num, 200)) < often).astype(float)
    return X, (rng.random(num) < 1 / (1 + np.exp(-(X - often) @ HIDDEN))).astype(float)


# %%
def loss_on_new_texts(method, lr, seed, turn):
    tr(
        """One pass of logistic regression over 2000 texts, in batches of 10; then the loss on 2000 new ones, and the state.""",
        """逻辑回归把 2000 篇过一遍，每批 10 篇；返回 2000 篇新文章上的损失，以及方法的状态。""",
    )
    step, init = METHODS[method]
    (X, y), (X_new, y_new) = texts(seed), texts(1000 + seed)
    X, X_new = X @ turn, X_new @ turn
    w = np.zeros(200)
    state = init(w)
    for rows in np.arange(2000).reshape(-1, 10):
        error = 1 / (1 + np.exp(-np.clip(X[rows] @ w, -50, 50))) - y[rows]
        w, state = step(w, X[rows].T @ error / 10, state, lr=lr)
    scores = X_new @ w
    return np.mean(np.logaddexp(0, scores) - y_new * scores), state


# %% role="experiment" hidden=true
ON_TEXTS, TURNED = tr("texts", "原来的文章"), tr("turned", "转过之后")
with experiment("adagrad_step", "adam_step"):
    text_rates = {"gd": 10 ** np.arange(-1, 1.01, 0.5), "adagrad": 10 ** np.arange(-1, 0.51, 0.5), "adam": 10 ** np.arange(-2, -0.49, 0.5)}
    endings = {}
    for where, turn in [(ON_TEXTS, np.eye(200)), (TURNED, TURN)]:
        for name, rates in text_rates.items():
            losses = [np.mean([loss_on_new_texts(name, lr, seed, turn)[0] for seed in (0, 1)]) for lr in rates]
            best = rates[np.argmin(losses)]
            endings[where, name] = np.array([loss_on_new_texts(name, best, seed, turn)[0] for seed in range(10, 16)])
            mean = endings[where, name].mean()
            print(tr(f"{where}: {NAMES[name]}, best lr {best:.2g}, loss on new texts {mean:.3f}",
                     f"{where}：{NAMES[name]}，最好的 lr 为 {best:.2g}，新文章上的损失 {mean:.3f}"))
    gains = {where + tr(": ", "：") + NAMES[name]: values - endings[where, "gd"] for (where, name), values in endings.items() if name != "gd"}
    intervals = {name: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(values)) for name, values in gains.items()}
    #| What AdaGrad multiplies a gradient by in its last step, for every column. | AdaGrad 走最后一步时，每一列的梯度乘以多少。
    factors = {where: 1 / np.sqrt(loss_on_new_texts("adagrad", 1.0, 10, turn)[1]) for where, turn in ((ON_TEXTS, np.eye(200)), (TURNED, TURN))}
    common, rare = factors[ON_TEXTS][0], np.median(factors[ON_TEXTS][100:])
    low, high = factors[TURNED].min(), factors[TURNED].max()
    print(tr(f"AdaGrad's last step, gradient times: {common:.1f} for word 1, {rare:.1f} for words 101 to 200 (median); turned: {low:.1f} to {high:.1f}",
             f"AdaGrad 的最后一步，梯度乘以：第 1 个词 {common:.1f}，第 101 到 200 个词 {rare:.1f}（中位数）；转过之后 {low:.1f} 到 {high:.1f}"))
    fig, (left, right) = draw.figure(2, height=3.4)
    for where, shade in ((TURNED, "soft"), (ON_TEXTS, "adagrad")):
        left.plot(np.arange(1, 201), factors[where], "o", ms=3, mew=0, alpha=0.8, color=draw.colour(shade))
    draw.log_axes(left, y=True)
    left.set(ylim=(0.4, 16), xlabel=tr("column of X", "X 的列"))
    draw.quantity(left, tr("AdaGrad's last step, for a gradient of 1", "梯度为 1 时，AdaGrad 最后一步的长度"))
    draw.words(left, 196, 12.5, tr("texts: the rarer the word, the longer", "原来的文章：词越少见，步子越长"), color="adagrad", ha="right")
    draw.words(left, 196, 0.72, tr("turned: no such trend", "转过之后：没有这样的趋势"), color="soft", ha="right")
    paired(gains, ax=right, xlabel=tr("loss on new texts, minus that of GD", "新文章上的损失，减去 GD 的"),
           color={name: "adam" if name.endswith("Adam") else "adagrad" for name in gains})
    draw.headline(fig, tr(f"Rare words get steps {rare / common:.0f} times as long, until the data are turned", f"少见的词，步长是常见词的 {rare / common:.0f} 倍；数据一转，就不是这样了"),
                  tr("Right: six fresh seeds, each method at its best learning rate. Left of the line: better than gradient descent.", "右：六个新种子，各用自己最好的学习率；虚线左侧胜过梯度下降。"))
    listed = tr("; ", "；").join(f"{name}: {text}" for name, text in intervals.items())
    show(fig, alt=tr(
        f"Left: how long AdaGrad's last step is for a gradient of 1, column by column. On the texts it rises from {common:.1f} for word 1 to about {rare:.0f} for rare ones; turned, all columns lie between {low:.1f} and {high:.1f}. "
        f"Right: paired differences with 95 % intervals. {listed}.",
        f"左：梯度为 1 时，AdaGrad 最后一步在各列有多长。原来的文章，从第 1 个词的 {common:.1f} 升到少见词的 {rare:.0f} 左右；转过之后，各列都在 {low:.1f} 到 {high:.1f} 之间。"
        f"右：成对差及 95% 区间。{listed}。"))
    adagrad_texts, adagrad_turned = (intervals[where + tr(": ", "：") + "AdaGrad"] for where in (ON_TEXTS, TURNED))
    reveal("sparse", prediction_sparse, "b", tr(
        f"AdaGrad minus gradient descent: {adagrad_texts} on the texts, {adagrad_turned} on the turned ones.",
        f"AdaGrad 减梯度下降：原来的文章 {adagrad_texts}，转过之后 {adagrad_turned}。"))

# %% [markdown] lang="en"
# **What it showed.** AdaGrad learns a lot each time a rare word turns up. After the turn no column is rare, and we see no gain. A step size per coordinate pays off where gradients are sparse *in the coordinates you compute with*. That answers the question at the beginning: AdaGrad sees coordinates, not directions. In the first valley they were the same.
# %% [markdown] lang="zh"
# **结论。** 少见的词难得出现一次，AdaGrad 就趁机多学一些。转过之后，没有哪一列是少见的，好处也就看不到了：每个坐标各有步长，只有*在计算所用的坐标里*梯度稀疏，才占便宜。开头的问题也有了答案：AdaGrad 看见的是坐标，不是方向；在第一个山谷里，这两样恰好是一回事。

# %% [markdown] lang="en"
# ### Exercise 4: `expose_adam_bugs` ({{points:expose_adam_bugs}} points, 15 minutes)
#
# Four colleagues wrote Adam. Each program has one bug and passed its author's own test. Don't fix them: for each, hand in **gradients that expose it and no other**. `astray` tells you which programs leave Adam's path.
# %% [markdown] lang="zh"
# ### 练习 4：`expose_adam_bugs`（{{points:expose_adam_bugs}} 分，15 分钟）
#
# 六行公式，行行都可能写错。四位同事各写了一个 Adam，各有一处错误，却都通过了作者自己的测试。不必改，为每个程序交一组梯度：**只让它露馅，不牵连别人**。`astray` 会告诉你，哪些程序偏离了 Adam 的轨迹。

# %% role="experiment" minutes=1 hidden=true
for letter, program in BROKEN_ADAMS.items():
    print(f"# {letter}\n{inspect.getsource(program)}")
print(tr("A first try: one large gradient, equal in both entries:", "先试一下：一个大的梯度，两个分量相同："),
      astray([np.array([2.0, 2.0])], betas=(0.9, 0.999), eps=1e-8))
print(tr("followed by another one:", "再跟上另一个梯度："),
      astray([np.array([2.0, 2.0]), np.array([1.0, -3.0])], betas=(0.9, 0.999), eps=1e-8))

# %% [markdown] lang="en"
# The first try exposes none of them, the second three at once.
# %% [markdown] lang="zh"
# 第一组谁也没抓到；第二组一下抓了三个，分不清谁错在哪里。

# %% [markdown] role="docstring" of="expose_adam_bugs" lang="zh" twin="8892eb9d"
# 对四个错误的 Adam，各给出一组只让它偏离 Adam 轨迹的梯度：四个对照实验。
#
# descent.broken_adams 里有 A、B、C、D 四个程序，各有一处错误。其中的函数 astray(grads, betas=betas, eps=eps)
# 返回在这些梯度上偏离 Adam 轨迹的程序的字母。
#
# 契约：返回带有键 "A"、"B"、"C"、"D" 的字典。每个值是梯度的列表，每步一个数组：1 到 100 步，所有数组形状相同，
# 有 1 到 100 个有限的元素。在 "A" 的梯度上，程序 A 偏离 Adam 的轨迹，B、C、D 不偏离；在 "B" 的梯度上，只有 B 偏离；余类推。
#
# betas：(beta1, beta2)，beta1 在 0.5 到 0.9 之间，beta2 在 0.95 到 0.999 之间。eps：1e-8 到 1e-5。它们可以不用：
# 同一组梯度可以对所有 betas 和 eps 都行。
# 若 betas 或 eps 不在这些范围内，抛出 ValueError。
#
# 一个同时显出两处错误的实验：
#
# >>> from descent.broken_adams import astray
# >>> astray([np.array([2.0, 5.0]), np.array([2.0, 5.0])], betas=(0.9, 0.999), eps=1e-8)
# ['B', 'C']

# %% role="answer" id="expose_adam_bugs"
from reference.adam_bugs import expose_adam_bugs

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What does each bug need in order to show: gradients of a certain size, two entries, a second step, gradients that change?
# </details>
# <details><summary>Hint 2</summary>
#
# Take away what the other three need. A single step silences all that need a second one. Equal entries silence one program, equal gradients in every step another.
# </details>
# <details><summary>Hint 3</summary>
#
# A gradient of 0 keeps $m$ and $v$ at 0, whatever divides them. And one program shows only where gradients are about as small as `eps`, which you are given.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 每处错误要露出来，需要什么：梯度大小合适，有两个分量，走第二步，还是梯度有变化？
# </details>
# <details><summary>提示 2</summary>
#
# 再把另外三处需要的拿掉。只走一步，凡是需要第二步的都露不出来。各分量相同，又有一个露不出来；每步梯度相同，再去掉一个。
# </details>
# <details><summary>提示 3</summary>
#
# 梯度为 0，$m$ 和 $v$ 就一直是 0，除以什么都一样。还有一个程序，只有梯度小到与 `eps` 差不多时才露馅，而 `eps` 是给你的。
# </details>

# %% role="tests" id="test_expose_adam_bugs" points=16
check("expose_adam_bugs", expose_adam_bugs)

# %% [markdown] lang="en"
# ### Experiment 3: how wrong may the learning rate be?
#
# Adam is said to be insensitive to its settings. Train the MLP (64-32-10) on digits, 200 steps of batches of 32, at learning rates a factor of 1.8 apart. Call a rate *good* if the training loss, which starts at about 2.4, ends below 0.3.
#
# **How wide is the range of good rates?** (a) about three decades (a factor of 1000) for Adam, less than one for the others, (b) about one decade for all, Adam's no wider, (c) between one and one and two thirds, Adam's the widest
# %% [markdown] lang="zh"
# ### 实验 3：学习率可以错多少？
#
# 人们说 Adam 对超参数不敏感。在 digits 上训练 MLP（64-32-10），小批量为 32，走 200 步，相邻的学习率相差 1.8 倍。最后的训练损失低于 0.3（开始时约 2.4），就算*好*的学习率。
#
# **好的学习率范围有多宽？** (a) Adam 约三个数量级（1000 倍），别的不到一个，(b) 都是一个数量级左右，Adam 并不更宽，(c) 在一个到一又三分之二个数量级之间，Adam 最宽

# %% role="answer" id="prediction_lr"
prediction_lr = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_lr = "c"
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


def batches_of(size):
    tr("""Return the function that shuffles the training images and yields batches of this size.""",
       """返回一个函数，它打乱训练图像，依次给出这么大的小批量。""")

    def batches(rng):
        order = rng.permutation(len(digits.y_train))
        for rows in np.split(order, range(size, len(order), size)):
            yield digits.X_train[rows], digits.y_train[rows]

    return batches


# %%
def trained(step, init, *, lr, seed, num_steps=200, batch_size=32, scale=lambda t: 1):
    tr(
        """Train the MLP 64-32-10; lr may be a schedule. scale(t): what the pixels of batch t are multiplied by.""",
        """训练 MLP 64-32-10，lr 可以是学习率调度。scale(t)：第 t 批的像素乘以多少。""",
    )
    rng = np.random.default_rng(seed)
    scales = map(scale, range(num_steps + 1))
    return train(
        mlp_init(rng, (64, 32, 10), init=lambda rng, shape: rng.normal(0, np.sqrt(2 / shape[0]), shape)),
        batches_of(batch_size), lambda params, X, y: network(params, X * next(scales), y)[:2],
        step, lr=lr, rng=rng, init=init, num_steps=num_steps)


# %% hidden=true
def results(step, init, **settings):
    tr("""Training loss, validation loss and test accuracy after training; (inf, inf, 0) if it diverged.""",
       """训练之后的训练损失、验证损失和测试准确率；发散则为 (inf, inf, 0)。""")
    params, history = trained(step, init, **settings)
    if not np.isfinite(history["loss"][-1]):
        return np.inf, np.inf, 0.0
    return (network(params, digits.X_train, digits.y_train)[0], network(params, digits.X_val, digits.y_val)[0],
            network(params, digits.X_test, digits.y_test)[2])


SWEEPS = {  #| learning rates 0.0003 to 6, around each method's best | 学习率 0.0003 到 6，在各方法最好的值附近
    "gd": 10 ** np.arange(-1.5, 0.76, 0.25), "momentum": 10 ** np.arange(-2.5, -0.24, 0.25),
    "adagrad": 10 ** np.arange(-2.25, 0.01, 0.25), "rmsprop": 10 ** np.arange(-3.5, -0.99, 0.25),
    "adam": 10 ** np.arange(-3.25, -0.49, 0.25),
}

# %% hidden=true
def decades(rates, losses, limit):
    tr("""Return over how many decades of lr the loss is below the limit; ends are interpolated on the log-log plot.""",
       """返回损失低于 limit 的 lr 范围有几个数量级；两端在双对数图上插值。""")
    x, above = np.log10(rates), np.log(np.minimum(losses, 1e3)) - np.log(limit)
    good = np.nonzero(above < 0)[0]
    first, last = good[0], good[-1]
    low = x[first] if first == 0 else np.interp(0, [-above[first - 1], -above[first]], [x[first - 1], x[first]])
    high = x[last] if last == len(x) - 1 else np.interp(0, above[last : last + 2], x[last : last + 2])
    return high - low


# %% role="experiment" hidden=true
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    found = {
        name: np.array([[results(*METHODS[name], lr=lr, seed=seed)[0] for lr in rates] for seed in range(6)])
        for name, rates in SWEEPS.items()}
    good = {name: np.array([decades(SWEEPS[name], losses, 0.3) for losses in found[name]]) for name in found}
    twice = {name: np.array([decades(SWEEPS[name], losses, 2 * losses.min()) for losses in found[name]]) for name in found}
    for name, losses in found.items():
        means, best = losses.mean(axis=0), SWEEPS[name][losses.mean(axis=0).argmin()]
        print(tr(
            f"{NAMES[name]}: loss {means.min():.2f} at lr {best:.2g}; below 0.3 over {good[name].mean():.2f} decades (a factor of {10 ** good[name].mean():.0f}), below twice its own best over {twice[name].mean():.2f}",
            f"{NAMES[name]}：lr 为 {best:.2g} 时损失 {means.min():.2f}；低于 0.3 的范围有 {good[name].mean():.2f} 个数量级（{10 ** good[name].mean():.0f} 倍），低于自己最好值两倍的范围有 {twice[name].mean():.2f} 个",
        ))
    defaults = [found[name].mean(axis=0)[np.argmin(np.abs(np.log(SWEEPS[name] / lr)))] for name, lr in
                (("adagrad", 0.01), ("rmsprop", 0.01), ("adam", 0.001))]
    print(tr("at PyTorch's default lr: AdaGrad (0.01) {:.2f}, RMSProp (0.01) {:.2f}, Adam (0.001) {:.2f}",
             "用 PyTorch 默认的 lr：AdaGrad（0.01）{:.2f}，RMSProp（0.01）{:.2f}，Adam（0.001）{:.2f}").format(*defaults))
    sweep = found
    fig, ax = draw.figure(height=3.7)
    for name, losses in sweep.items():
        rates, middle, is_left = SWEEPS[name], np.median(losses, axis=0), name == "momentum"
        ax.plot(rates, middle, color=draw.colour(name))
        ax.fill_between(rates, losses.min(axis=0), np.minimum(losses.max(axis=0), 9), color=draw.colour(name), alpha=0.15, lw=0)
        draw.words(ax, rates[0] * (0.92 if is_left else 1.1), middle[0] * (1.4 if name == "rmsprop" else 1.1), NAMES[name],
                   color=name, ha="right" if is_left else "left")
    draw.log_axes(ax, x=True, y=True)
    draw.quantity(ax, tr("training loss after 200 steps", "200 步之后的训练损失"))
    draw.rule(ax, y=0.3)
    draw.words(ax, 3.2e-4, 0.27, tr("good", "好的学习率"), ha="left", va="top", color="good")
    ax.set(ylim=(0.03, 5), xlim=(3e-4, 6), xlabel="lr")
    factor = 10 ** good["adam"].mean()
    draw.headline(ax.figure, tr(f"Five valleys; Adam's good learning rates span a factor of {factor:.0f}", f"五条曲线都是谷；Adam 的好学习率两端相差 {factor:.0f} 倍"),
                  tr("MLP on digits; median and range of six seeds.", "digits 上的 MLP；六个种子的中位数与范围。"))
    firsts = int(np.sum(good["adam"] > np.max([good[name] for name in good if name != "adam"], axis=0)))
    widths = tr(", ", "，").join(f"{NAMES[name]} {width.mean():.2f}" for name, width in good.items())
    show(ax, alt=tr(
        f"Log-log plot of training loss against learning rate: five valleys, each falling, flat for a while and rising steeply. RMSProp's and Adam's lie left, gradient descent's right. Decades below 0.3: {widths}.",
        f"训练损失对学习率的双对数图：五条曲线各是一个谷，先降，平一段，再陡升；RMSProp 和 Adam 在左，梯度下降在右。低于 0.3 的数量级：{widths}。"))
    ahead = "{:.2f} [{:.2f}, {:.2f}]".format(*mean_interval(good["adam"] - good["momentum"]))
    reveal("lr", prediction_lr, "c", tr(
        f"Decades of good rates: {widths}. Adam's range is the widest in {firsts} of 6 seeds; Adam minus momentum, the next widest: {ahead}.",
        f"好的范围有几个数量级：{widths}。6 个种子里有 {firsts} 个是 Adam 最宽；Adam 减去第二宽的动量法：{ahead}。"))

# %% [markdown] lang="en"
# **What it showed.** With a fixed goal Adam's range is the widest in each of the six seeds: about 1.6 decades, a factor of 40. Much of that comes from its deeper floor: with twice its *own* best loss as the goal, AdaGrad and RMSProp have the wider ranges. Which method is best? That needs schedules, and sitting B.
# %% [markdown] lang="zh"
# **结论。** 以 0.3 为准，六个种子里都是 Adam 的范围最宽：约 1.6 个数量级，两端相差 40 倍左右。这在很大程度上是因为它的谷底更低；若以*自己*最好损失的两倍为准，AdaGrad 和 RMSProp 更宽。那么哪种方法最好？要等 B 节加上学习率调度再比。

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"AdaGrad: no need to tune the learning rate." "Adam: the defaults usually work well."** (CS324 and many tutorials) *In the lines above the figure, compare PyTorch's three defaults with the best rates.*
#
# <details><summary>Answer</summary>
#
# Only RMSProp's is near its best rate. In this short training AdaGrad's is about ten times too small, Adam's about thirty.
# </details>
# %% [markdown] lang="zh"
# ### 笔记勘误
#
# **AdaGrad 的优点是“无需手动调学习率”；Adam 的优点是“通常使用默认值就能取得不错的效果”。**（第一份笔记 4.1、4.3 节）*图上方打印了最好的学习率，也打印了 PyTorch 的三个默认值，比一比。*
#
# <details><summary>答案</summary>
#
# 默认值接近最好的，只有 RMSProp。在这么短的训练里，AdaGrad 的默认值大约只有最好的十分之一，Adam 的大约三十分之一。
# </details>

# %% [markdown] lang="en"
# ### Clinic
#
# Three runs on digits. Above: the loss, with that of guessing dashed. Below: how far each step moves the first layer's weights.
#
# - **A:** AdaGrad, learning rate 0.1. In the first five batches somebody forgot to scale the pixels.
# - **B:** RMSProp, learning rate 0.03.
# - **C:** Adam, learning rate 0.5.
#
# Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# digits 上的三次训练。上面是损失，虚线是瞎猜时的损失；下面是每一步让第一层权重移动了多少。
#
# - **A：** AdaGrad，学习率 0.1。前五个批次的像素忘了缩放。
# - **B：** RMSProp，学习率 0.03。
# - **C：** Adam，学习率 0.5。
#
# 先给每一次训练选一个诊断，说出证据，再点开核对。

# %% role="experiment" hidden=true
def watched(step, init, **settings):
    moved = []

    def step_and_note(x, g, state, *, lr):
        following, state = step(x, g, state, lr=lr)
        if x.shape == (64, 32):
            moved.append(np.sqrt(np.mean((following - x) ** 2)))
        return following, state

    params, history = trained(step_and_note, init, seed=0, num_steps=300, **settings)
    working = (digits.X_train @ params["W1"] + params["b1"] > 0).any(axis=0).mean()
    return history["loss"], np.array(moved), working


with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    patients = {
        "A": watched(*METHODS["adagrad"], lr=0.1, scale=lambda t: 100 if t < 5 else 1),
        "B": watched(*METHODS["rmsprop"], lr=0.03),
        "C": watched(*METHODS["adam"], lr=0.5),
    }
    fig, axes = panels(3, 2, sharex=True, sharey="row")
    for (above, below), (name, (losses, moved, working)) in zip(axes.T, patients.items(), strict=True):
        above.plot(losses, color=draw.colour("ink"), lw=1.2)
        draw.rule(above, y=np.log(10))
        below.plot(np.maximum(moved, 1e-8), color=draw.colour("ink"), lw=1.2)
        for ax in (above, below):
            draw.log_axes(ax, y=True)
        below.set(xlabel=tr("step", "步"), ylim=(1e-6, 2))
        draw.title(above, name)
        print(tr(f"{name}: {working:.0%} of the hidden units are on for some image at the end",
                 f"{name}：最后有 {working:.0%} 的隐藏单元至少对一张图像有输出"))
    axes[0, 0].set_ylabel(tr("loss", "损失"))
    axes[1, 0].set_ylabel(tr("step of W1", "W1 的步长"))
    show(fig, alt=tr(
        "Three pairs of curves on log axes; dashed, the loss of guessing, ln 10. A: the loss leaps in the first five steps, comes down to about 2 and then falls slowly to 1.6; the steps drop to a hundredth of the first and stay small. "
        "B: the loss leaps tenfold in the second step, then falls steadily; the first steps are ten times as long as the later ones. C: the loss leaps, comes down to 2.3 and stays; the steps vanish.",
        "三对曲线，对数坐标；虚线是瞎猜时的损失 ln 10。A：前五步损失猛跳，降到 2 左右后慢慢降到 1.6；步长一下子降到第一步的百分之一，此后一直很小。"
        "B：第二步损失跳高十倍，随后稳步下降；最初几步是后来的十倍长。C：损失先跳高，降到 2.3 后停住；步长消失。"))

# %% [markdown] lang="en"
# **A** never gets far below guessing.
# <details><summary>the learning rate is too small</summary>Without the accident the same run reaches 0.1. Look at the steps after the first five.</details>
# <details><summary>the sum of squares holds five huge gradients for ever</summary><b>Yes.</b> The steps fall to a hundredth at once and stay there.</details>
#
# **B** first throws the loss up tenfold.
# <details><summary>the learning rate is too large throughout</summary>Then it would not fall so steadily afterwards.</details>
# <details><summary>a cold start</summary><b>Yes.</b> The first step is ten times too long. In the end only about 30 % of the hidden units are on for some image.</details>
#
# **C** is stuck at 2.3.
# <details><summary>a saddle point: add noise</summary>Mini-batches are noisy already. Look at the line above the figure.</details>
# <details><summary>all hidden units are dead</summary><b>Yes.</b> Steps of 0.5 in every weight have pushed every unit below zero for every image. Their gradients are exactly 0; only the last biases learn, and cannot get below about ln 10. Start again with a smaller rate.</details>
#
# *What helps patient A: a method that forgets, or a fresh state after the accident? How many units of patient B would a corrected average have saved?*
# %% [markdown] lang="zh"
# **A** 一直停在比瞎猜好不了多少的水平。
# <details><summary>学习率太小</summary>没有这场事故，同样的训练能降到 0.1。看看五步之后的步长。</details>
# <details><summary>平方和里永远留着五个巨大的梯度</summary><b>正确。</b>步长一下子降到百分之一，再没有回来。</details>
#
# **B** 起初把损失抬高了十倍。
# <details><summary>学习率自始至终太大</summary>那样的话，后来不会降得这么平稳。</details>
# <details><summary>冷启动</summary><b>正确。</b>第一步长了十倍，到最后，隐藏单元只有三成左右还能对某张图像有输出。</details>
#
# **C** 停在 2.3。
# <details><summary>鞍点：加点噪声</summary>小批量本来就有噪声。看看图上方打印的那一行。</details>
# <details><summary>隐藏单元全死了</summary><b>正确。</b>所有权重同时走 0.5，把每个单元对每张图都推到零以下，梯度恰好为 0。只剩最后一层的偏置在学，最好也就是 ln 10 左右。减小学习率，从头再来。</details>
#
# *怎样救治病人 A：换一种会遗忘的方法，还是事故之后把状态清零？如果给平均值做了校正，病人 B 能保住多少单元？*

# %% role="experiment" hidden=true
def fresh_after(step, init, accidents=5):
    counts = {}

    def restarted(x, g, state, *, lr):
        counts[x.shape] = counts.get(x.shape, 0) + 1
        return step(x, g, init(x) if counts[x.shape] == accidents + 1 else state, lr=lr)

    return restarted


with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    unscaled = {"num_steps": 300, "scale": lambda t: 100 if t < 5 else 1}
    step, init = METHODS["adagrad"]
    treatments = {
        tr("no accident", "没有事故"): lambda seed: results(step, init, lr=0.1, seed=seed, num_steps=300),
        tr("accident, untreated", "有事故，不治"): lambda seed: results(step, init, lr=0.1, seed=seed, **unscaled),
        tr("RMSProp from the start, lr 0.01", "一开始就用 RMSProp，lr 0.01"): lambda seed: results(*METHODS["rmsprop"], lr=0.01, seed=seed, **unscaled),
        tr("Adam from the start, lr 0.03", "一开始就用 Adam，lr 0.03"): lambda seed: results(*METHODS["adam"], lr=0.03, seed=seed, **unscaled),
        tr("AdaGrad, fresh state after step 5", "AdaGrad，第 5 步后状态清零"): lambda seed: results(fresh_after(step, init), init, lr=0.1, seed=seed, **unscaled),
    }
    for name, treated in treatments.items():
        losses = [treated(seed)[0] for seed in range(3)]
        print(tr(f"A, {name}: training loss {min(losses):.2f} to {max(losses):.2f}", f"A，{name}：训练损失 {min(losses):.2f} 到 {max(losses):.2f}"))
    saved = watched(lambda x, g, state, *, lr: adam_step(x, g, state, lr=lr, betas=(0, 0.99)), adam_init, lr=0.03)[2]
    print(tr(f"B, with a corrected average: {saved:.0%} of the hidden units are on for some image", f"B，给平均值做校正：{saved:.0%} 的隐藏单元至少对一张图像有输出"))

# %% [markdown] lang="en"
# **A:** the fresh state. In RMSProp's average, squares $10^4$ times too large take $\ln(10^4)/0.01\approx900$ steps to fade, in Adam's ten times as many; this run has 300. **B:** about 80 % instead of 30 %.
#
# ### Quiz
#
# **1.** Why does Adam's first step not tell you whether a gradient is right?
# <details><summary>because of the momentum</summary>In the first step there is nothing to average with yet.</details>
# <details><summary>every entry moves by lr: only the signs are used</summary><b>Right.</b> A gradient that is wrong by a factor per layer looks healthy under Adam. Check gradients by differences (00).</details>
# %% [markdown] lang="zh"
# **A：** 状态清零。平方大了 $10^4$ 倍，要从 RMSProp 的平均里淡出，约需 $\ln(10^4)/0.01\approx900$ 步，Adam 还要十倍；而这次训练只有 300 步。**B：** 约八成，而不是三成。
#
# ### 小测
#
# **1.** 为什么从 Adam 的第一步看不出梯度对不对？
# <details><summary>因为动量</summary>第一步还没有别的梯度可以平均。</details>
# <details><summary>每个分量都走 lr，只用到了符号</summary><b>正确。</b>哪怕某一层的梯度差了一个倍数，用 Adam 也看不出异样。检验梯度要用差分（00）。</details>

# %% role="tests" id="test_predictions_a" of="prediction_sparse prediction_lr" points=4
made = [guess for guess in (prediction_sparse, prediction_lr) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# - AdaGrad sees how large the gradients along each *axis* are. That makes a diagonal preconditioner, which repairs valleys along the axes and no others.
# - AdaGrad sums the squares: good for rare features, but its steps die like $1/\sqrt t$. RMSProp averages them and starts cold.
# - Adam averages the gradient too and corrects both averages. Its first step is `lr` in every entry; $v$ is a raw moment, not a variance.
# - Every method needs its learning rate tuned. Adam forgives the most, but not three decades.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# - AdaGrad 看见的，是每个*坐标*上的梯度有多大。由此得到的对角预条件，只能修好顺着坐标轴的山谷。
# - AdaGrad 把平方加起来：对少见的特征有利，步子却像 $1/\sqrt t$ 那样越来越小。RMSProp 改用平均，却有冷启动。
# - Adam 连梯度也取平均，两个平均都校正。它的第一步，每个分量都走 `lr`；$v$ 是原点矩，不是方差。
# - 哪种方法都得调学习率。Adam 最宽容，但远没有三个数量级。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: decay, schedules, and a fair race
#
# | | |
# |---|---|
# | **You will be able to** | say by how much each weight decays; write AdamW, step decay, cosine annealing and warmup; compare methods fairly; say when warmup is needed |
# | **You need** | sitting A (run its cells first); weight decay and L2 (00); the noise floor (01) |
# | **Time** | {{minutes:B}} minutes, difficulty ●●○ |
# | **Points** | {{points:B}}: six exercises, two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：衰减、调度，以及一场公平的比赛
#
# | | |
# |---|---|
# | **学完你能够** | 说清每个权重衰减多少；写出 AdamW、步进衰减、余弦退火和预热；公平地比较各种方法；说清什么时候需要预热 |
# | **你需要** | A 节（先运行它的单元格），权重衰减与 L2（00），噪声下限（01） |
# | **时间** | {{minutes:B}} 分钟，难度 ●●○ |
# | **分数** | {{points:B}} 分：六道练习，两次预测 |

# %% [markdown] lang="en"
# Open the code of almost any large model: you find AdamW, a warmup and a cosine. What do the W, the warmup and the cosine add to your Adam, and does *your* training need them?
# %% [markdown] lang="zh"
# 翻开大模型的训练代码，几乎总能看到 AdamW、预热、余弦。比起你写的 Adam，W、预热、余弦各添了什么？*你的*训练用得着吗？

# %% [markdown] lang="en"
# ### Experiment 4: which weights decay?
#
# First the W. You train with Adam and want weight decay as well. Does it matter where you add it?
#
# Begin with L2, in the loss, so that $\lambda x$ is added to the gradient. Four groups of a thousand weights start at 1. The data say nothing about them: their gradients are noise around 0, of size 0.01, 0.1, 1 and 10. Adam takes 2,000 steps (`lr` 0.001, $\lambda=0.5$).
#
# <details><summary>Recall (00): what does the penalty λ/2 · w² do in one step of gradient descent?</summary>
#
# It multiplies $w$ by $1-\eta\lambda$. There L2 *is* weight decay.
# </details>
#
# **What is left of the weights?** (a) least where the gradients are smallest, (b) least where they are largest, (c) the same in all groups
# %% [markdown] lang="zh"
# ### 实验 4：谁在衰减？
#
# 先看 W。用 Adam 训练，还想加上权重衰减，加在哪里有区别吗？
#
# 加在损失里，就是 L2 惩罚，梯度里多了 $\lambda x$。四组权重，每组一千个，起初都是 1。数据对它们没有要求，梯度只是 0 附近的噪声，大小分别为 0.01、0.1、1 和 10。用 Adam 走 2000 步（`lr` 为 0.001，$\lambda=0.5$）。
#
# <details><summary>回忆（00）：在一步梯度下降里，惩罚项 λ/2 · w² 做了什么？</summary>
#
# 把 $w$ 乘上 $1-\eta\lambda$。在那里，L2 *就是*权重衰减。
# </details>
#
# **各组权重还剩多少？** (a) 梯度最小的一组剩得最少，(b) 梯度最大的一组剩得最少，(c) 四组相同

# %% role="answer" id="prediction_decay"
prediction_decay = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_decay = "a"
### END SOLUTION

# %% [markdown] role="docstring" of="adam_l2_step" lang="zh" twin="b69adcdd"
# 在损失加 L2 惩罚 weight_decay / 2 * sum x^2 上，Adam 走一步。
#
#     g <- g + weight_decay * x                    惩罚项的梯度加进梯度
#     然后用这个 g 走一步 Adam
#
# params（x）、grads（g，只是损失的梯度）：形状相同的数组，形状不限。state：(m, v, t)，起初来自
# adam_init(params)。这些都不得改动。
# lr、betas（beta1、beta2）、eps、weight_decay：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 state)，形状和 dtype 不变。
# 若 weight_decay < 0，抛出 ValueError。
#
# 即 torch.optim.Adam 的 `weight_decay`。
#
# >>> state = np.array([0.0]), np.array([0.0]), 0
# >>> params, (m, v, t) = adam_l2_step(np.array([2.0]), np.array([3.0]), state, lr=0.1, betas=(0.5, 0.75), weight_decay=0.5)
# >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
# ([1.9], [2.0], [4.0], 1)

# %% role="given" id="adam_l2_step" hidden=true
from reference.weight_decay import adam_l2_step

# %% hidden=true
NOISE = np.array([0.01, 0.1, 1.0, 10.0])


def what_is_left(step, *, weight_decay=0.5, num_steps=2000, lr=0.001):
    tr("""Mean of the 1000 weights of each of the four groups, after every step: (num_steps + 1, 4).""",
       """四组各 1000 个权重的均值，每步之后一行：(num_steps + 1, 4)。""")
    rng = np.random.default_rng(0)
    x = np.ones((4, 1000))
    state, left = adam_init(x), [x.mean(axis=1)]
    for _ in range(num_steps):
        noise = NOISE[:, None] * rng.standard_normal(x.shape)
        x, state = step(x, noise, state, lr=lr, weight_decay=weight_decay)
        left.append(x.mean(axis=1))
    return np.array(left)


# %% role="experiment" nbval="check" hidden=true
with experiment("adam_step"):
    left_l2 = what_is_left(adam_l2_step)
    for size, left in zip(NOISE, left_l2[-1], strict=True):
        print(tr(f"gradients of size {size:g}: {left:.2f} left; exp(-2000 lr λ / size) = {np.exp(-1 / size):.2f}",
                 f"梯度大小 {size:g}：还剩 {left:.2f}；exp(-2000 lr λ / 大小) = {np.exp(-1 / size):.2f}"))
    reveal("decay", prediction_decay, "a", tr(
        f"Small gradients, small denominator, fast decay: {left_l2[-1, 0]:.2f} is left where they are smallest, {left_l2[-1, 3]:.2f} where they are largest.",
        f"梯度小，分母就小，衰减就快：梯度最小的一组还剩 {left_l2[-1, 0]:.2f}，最大的一组还剩 {left_l2[-1, 3]:.2f}。"))

# %% [markdown] lang="en"
# Let the noise have size $s$, and $\lambda|x|$ be much smaller. The noise decides the denominator, $\sqrt{\hat v}\approx s$, and averages out of the numerator: $\hat m\approx\lambda x$. *By which factor does a step multiply $x$, on average?*
#
# <details><summary>Answer</summary>
#
# $1-\eta\lambda/s$
# </details>
#
# So the **effective decay** is $\lambda/s$, different for each weight. In the extreme case, $g=0$, Adam divides $\lambda x$ by its own size: the weight moves by $\eta$ a step, *whatever $\lambda$ is*.
#
# Loshchilov and Hutter (2019) take the decay out of the gradient: with **decoupled weight decay**, **AdamW**, every weight loses the same share of itself in every step.
#
# ### Exercise 5: `adamw_step` ({{points:adamw_step}} points, 4 minutes)
# %% [markdown] lang="zh"
# 设噪声大小为 $s$，而 $\lambda|x|$ 小得多。分母由噪声决定，$\sqrt{\hat v}\approx s$；分子里噪声互相抵消，$\hat m\approx\lambda x$。*平均来说，走一步把 $x$ 乘上多少？*
#
# <details><summary>答案</summary>
#
# $1-\eta\lambda/s$
# </details>
#
# 所以**有效衰减**（effective decay）是 $\lambda/s$，各个权重不同。极端情形是 $g=0$：$\lambda x$ 除以自己的大小，权重每步向 0 移动 $\eta$，*与 $\lambda$ 无关*。
#
# Loshchilov 与 Hutter（2019）把衰减从梯度里拆出来，叫**解耦权重衰减**（decoupled weight decay），即 **AdamW**：每个权重每步失去自身的同样比例。
#
# ### 练习 5：`adamw_step`（{{points:adamw_step}} 分，4 分钟）

# %% [markdown] role="docstring" of="adamw_step" lang="zh" twin="7b7d92e6"
# AdamW 走一步：Adam 的一步，此外每个权重失去自身的同样比例。
#
# 契约：新的 state 与 adam_step 的相同。params 的每个分量像 adam_step 那样移动，此外还失去传进来时的值的
# lr * weight_decay 倍，与梯度无关。
#
# params、grads（只是损失的梯度）：形状相同的数组，形状不限。state：(m, v, t)，起初来自
# adam_init(params)。这些都不得改动。
# lr、betas（beta1、beta2）、eps、weight_decay：Python 数值。NaN 原样传递。
# 返回 (新的 params, 新的 state)，形状和 dtype 不变。
# 若 weight_decay < 0，抛出 ValueError。
#
# Loshchilov 与 Hutter（2019）；衰减 lr * weight_decay 同 PyTorch、optax 和第二份笔记。论文里是
# eta_t * weight_decay：调度 eta_t 乘在 lr 上，lr 本身不进衰减。
#
# >>> state = np.array([0.0]), np.array([0.0]), 0
# >>> params, (m, v, t) = adamw_step(np.array([2.0]), np.array([4.0]), state, lr=0.1, betas=(0.5, 0.75), weight_decay=0.5)
# >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
# ([1.8], [2.0], [4.0], 1)

# %% role="answer" id="adamw_step"
from reference.weight_decay import adamw_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Of which value does a weight lose its share: the one before the step or the one after?
# </details>
# <details><summary>Hint 2</summary>
#
# Let `adam_step` do its work with the plain gradient. Then subtract the share of the *old* params.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: Adam gives 1.9, the decay is $0.1\cdot0.5\cdot2=0.1$. With the new params you get 1.805, without `lr` 0.9, with the decay inside the gradient 1.9.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 权重失去的比例，按走步之前的值算，还是按之后的值算？
# </details>
# <details><summary>提示 2</summary>
#
# 让 `adam_step` 用原来的梯度走完，再减去*旧*参数的那一部分。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：Adam 得 1.9，衰减是 $0.1\cdot0.5\cdot2=0.1$。按新参数算会得 1.805，漏了 `lr` 会得 0.9，衰减放进了梯度会得 1.9。
# </details>

# %% role="tests" id="test_adamw_step" points=10
check("adamw_step", adamw_step)

# %% role="experiment" hidden=true
with experiment("adam_step", "adamw_step"):
    left_adamw = what_is_left(adamw_step)
    fig, axes = draw.figure(2, height=3.1, sharey=True)
    for ax, name, means in zip(axes, (tr("Adam with L2", "Adam 加 L2"), "AdamW"), (left_l2, left_adamw), strict=True):
        series = {f"{size:g}": means[:, i] for i, size in enumerate(NOISE)} if means is left_l2 else {tr("all", "四组"): means.mean(axis=1)}
        curves(series, ax=ax, legend="ends", xlabel=tr("step", "步"), color=dict.fromkeys(series, "adam" if means is left_l2 else "adamw"))
        draw.title(ax, name, color="adam" if means is left_l2 else "adamw", below=tr("mean of the weights, by size of the gradients", "权重的均值，按梯度大小分组"))
        ax.set(ylim=(-0.08, 1.02))
    draw.headline(fig, tr("The same λ: with L2 in Adam every group decays at its own pace", "同样的 λ：Adam 加 L2，各组衰减有快有慢"),
                  tr(f"lr 0.001, λ = 0.5. AdamW leaves {left_adamw[-1].mean():.2f} in every group, as (1 - lr λ)^2000 = {(1 - 0.0005) ** 2000:.2f} says.",
                     f"lr 0.001，λ = 0.5。AdamW 各组都剩 {left_adamw[-1].mean():.2f}，正是 (1 - lr λ)^2000 = {(1 - 0.0005) ** 2000:.2f}。"))
    ends = ", ".join(f"{one:.2f}" for one in left_l2[-1])
    show(fig, alt=tr(
        f"Two panels, mean of the weights over 2000 steps. Left, Adam with L2: four lines fan out and end at {ends}, lowest where the gradients are smallest. Right, AdamW: one line for all groups, ending at {left_adamw[-1].mean():.2f}.",
        f"两幅图：2000 步中权重的均值。左，Adam 加 L2：四条线散开，终点为 {ends}，梯度越小越低。右，AdamW：四组同一条线，终点 {left_adamw[-1].mean():.2f}。"))
    never = digits.X_train.max(axis=0) == 0
    for name, step in [(tr("Adam with L2", "Adam 加 L2"), adam_l2_step), ("AdamW", adamw_step)]:
        for decay in (0.01, 0.1):
            params, _ = trained(lambda x, g, state, *, lr: step(x, g, state, lr=lr, weight_decay=decay), adam_init, lr=0.01, seed=0, num_steps=400)
            first = mlp_init(np.random.default_rng(0), (64, 32, 10), init=lambda rng, shape: rng.normal(0, np.sqrt(2 / shape[0]), shape))["W1"]
            share = np.linalg.norm(params["W1"][never]) / np.linalg.norm(first[never])
            print(tr(f"digits, weights of the {never.sum()} pixels that are never on: {name}, λ = {decay}: {share:.3f} left after 400 steps",
                     f"digits 中 {never.sum()} 个从来不亮的像素，它们的权重：{name}，λ = {decay}，400 步后还剩 {share:.3f}"))

# %% [markdown] lang="en"
# **What it showed.** `weight_decay` means two things. The extreme case is real: where a pixel is never on, L2 in Adam removes the weights, whether $\lambda$ is 0.01 or 0.1; AdamW multiplies them by $(1-\eta\lambda)^t$. Which is better? See Further 5.
# %% [markdown] lang="zh"
# **结论。** 同一个 `weight_decay`，做的是两回事。极端情形真有：从来不亮的像素，Adam 加 L2 把它们的权重抹得一干二净，$\lambda$ 取 0.01 和 0.1 都一样；AdamW 则乘 $(1-\eta\lambda)^t$。哪个更好，见拓展 5。

# %% [markdown] lang="en"
# ### Schedules
#
# With a constant learning rate, training ends on a noise floor proportional to that rate (01): what suits the start is too large at the end. A **schedule** turns the number of updates done into a learning rate. **Step decay** goes down a staircase: you have to know *when* to drop.
#
# ### Exercise 6: `step_decay` ({{points:step_decay}} points, 3 minutes)
#
# "Divide the rate by ten after 30 epochs," says a paper. You have 1,200 images and batches of 32. *Which `drop_every` is that? Is update number 1140 the last one at the old rate or the first at the new?*
#
# <details><summary>Answer</summary>
#
# An epoch has 38 batches, the last one smaller, so 30 epochs are 1,140 updates: numbers 0 to 1139. Number 1140 is the first at the new rate.
# </details>
# %% [markdown] lang="zh"
# ### 学习率调度
#
# 再看余弦。学习率不变，训练会在与它成正比的高度上徘徊（01）：开头合适，到最后就太大了。**学习率调度**（learning rate schedule）规定第几次更新用多大的学习率。**步进衰减**（step decay，也译“阶梯衰减”）一级级下台阶，你得知道*什么时候*降；**余弦退火**（cosine annealing）沿半个余弦波降到零，你得知道*什么时候结束*。
#
# ### 练习 6：`step_decay`（{{points:step_decay}} 分，3 分钟）
#
# 论文说“30 轮之后学习率除以十”。你有 1200 张图像，小批量为 32。*`drop_every` 该取多少？第 1140 次更新是旧学习率的最后一次，还是新学习率的第一次？（从第 0 次数起）*
#
# <details><summary>答案</summary>
#
# 一轮有 38 批，最后一批小一些，30 轮就是 1140 次更新，编号 0 到 1139。第 1140 次是新学习率的第一次。
# </details>

# %% [markdown] role="docstring" of="step_decay" lang="zh" twin="e49d389f"
# 一级级台阶的学习率：每级都是 drop_every 步，高度是上一级的 factor 倍。
#
# 契约：前 drop_every 次更新用 lr。此后每次更新的学习率，是 drop_every 步之前那次更新的 factor 倍。
#
# step：已做的更新次数，第一次更新时为 0。drop_every：步数。返回一个浮点数。
# 若 step < 0，lr < 0，drop_every < 1，或 factor 不满足 0 < factor <= 1，抛出 ValueError。
#
# 即 torch.optim.lr_scheduler.StepLR，它的 step_size 就是 drop_every，gamma 就是 factor。
#
# >>> step_decay(25, lr=0.8, drop_every=10, factor=0.5)
# 0.2

# %% role="answer" id="step_decay"
from reference.schedules import step_decay

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# How many drops have there been before step 25?
# </details>
# <details><summary>Hint 2</summary>
#
# One drop multiplies by `factor`. Several drops?
# </details>
# <details><summary>Hint 3</summary>
#
# The example: two drops, $0.8\cdot0.5^2=0.2$. If the rate falls within a stair (0.141 at step 25), the number of drops is not a whole number yet.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 到第 25 步为止，降过几次？
# </details>
# <details><summary>提示 2</summary>
#
# 降一次乘一个 `factor`，降几次呢？
# </details>
# <details><summary>提示 3</summary>
#
# 例子：降了两次，$0.8\cdot0.5^2=0.2$。如果同一级台阶里也在降（第 25 步得 0.141），说明次数还没有取整。
# </details>

# %% role="tests" id="test_step_decay" points=4
check("step_decay", step_decay)

# %% [markdown] lang="en"
# ### Exercise 7: `cosine_annealing` ({{points:cosine_annealing}} points, 6 minutes)
#
# **Cosine annealing** goes down half a wave to zero, bit by bit: you only have to know *when it ends*.
# %% [markdown] lang="zh"
# ### 练习 7：`cosine_annealing`（{{points:cosine_annealing}} 分，6 分钟）

# %% [markdown] role="docstring" of="cosine_annealing" lang="zh" twin="b49b54b7"
# 沿半个周期的余弦，从 lr 降到 lr_min。
#
# 契约：第 0 步为 lr，第 num_steps 步及以后为 lr_min。中间的值跟着一个角的余弦走：这个角随步数匀速增长，从余弦的一个极大值
# 走到下一个极小值。所以两端平缓，在 num_steps / 2 处恰好是 lr 与 lr_min 的中点。
#
# step、num_steps：更新次数。返回一个浮点数。
# 若 step < 0，num_steps < 1，或不满足 0 <= lr_min <= lr，抛出 ValueError。
#
# Loshchilov 与 Hutter（2017）。PyTorch 的 CosineAnnealingLR 在 num_steps 之前相同，之后又会升上去。
#
# >>> [round(cosine_annealing(step, lr=0.5, num_steps=10, lr_min=0.1), 4) for step in (0, 5, 10, 12)]
# [0.5, 0.3, 0.1, 0.1]

# %% role="answer" id="cosine_annealing"
from reference.schedules import cosine_annealing

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which angle belongs to step 0, which to step `num_steps`, and which to the steps after it?
# </details>
# <details><summary>Hint 2</summary>
#
# The angle goes from 0 to π. Its cosine goes from 1 to −1: which straight line takes 1 to `lr` and −1 to `lr_min`?
# </details>
# <details><summary>Hint 3</summary>
#
# The example at step 12: if you get 0.138, your angle went on beyond π. If you get 0.6 at step 0, `lr_min` was added to all of `lr`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 第 0 步对应哪个角？第 `num_steps` 步呢？它之后的各步呢？
# </details>
# <details><summary>提示 2</summary>
#
# 角从 0 走到 π，余弦从 1 走到 −1。哪条直线把 1 变成 `lr`，把 −1 变成 `lr_min`？
# </details>
# <details><summary>提示 3</summary>
#
# 例子的第 12 步：得 0.138，说明角越过了 π。第 0 步得 0.6，说明 `lr_min` 加在了整个 `lr` 上。
# </details>

# %% role="tests" id="test_cosine_annealing" points=14
check("cosine_annealing", cosine_annealing)

# %% [markdown] lang="en"
# What do the two do to the loss? Momentum on digits, batches of 16, 400 steps, `lr` 0.11: constant, with your staircase, with your cosine. *What happens when the staircase drops? Which ends lowest?*
# %% [markdown] lang="zh"
# 两种调度会让损失怎样变化？digits 上用动量法，小批量为 16，400 步，`lr` 为 0.11：不变、步进衰减、余弦。*下台阶的那一刻，损失会怎样？最后哪条最低？*

# %%
NUM_STEPS = 400
SCHEDULES = {
    tr("constant", "不变"): lambda t, lr: lr,
    tr("step decay", "步进衰减"): lambda t, lr: step_decay(t, lr=lr, drop_every=160),
    tr("cosine", "余弦"): lambda t, lr: cosine_annealing(t, lr=lr, num_steps=NUM_STEPS),
    tr("warmup and cosine", "预热加余弦"): lambda t, lr: warmup_cosine(t, lr=lr, warmup_steps=40, num_steps=NUM_STEPS),
}
CONSTANT, STEP_DECAY, COSINE, WARMUP = SCHEDULES

# %% role="experiment" hidden=true
with experiment("step_decay", "cosine_annealing"):
    fig, (left, right) = draw.figure(2, height=3.1)
    shades = {CONSTANT: "soft", STEP_DECAY: "gold", COSINE: "blue"}
    for x, y, name in ((205, 0.104, CONSTANT), (165, 0.022, STEP_DECAY), (245, 0.066, COSINE)):
        left.plot([SCHEDULES[name](t, 0.11) for t in range(NUM_STEPS)], color=draw.colour(shades[name]), lw=1.6)
        draw.words(left, x, y, name, color=shades[name], ha="left")
    for name in (CONSTANT, STEP_DECAY, COSINE):
        losses = [trained(*METHODS["momentum"], lr=lambda t: SCHEDULES[name](t, 0.11), seed=seed, num_steps=NUM_STEPS, batch_size=16)[1]["loss"] for seed in range(6)]
        middle = np.convolve(np.mean(losses, axis=0), np.ones(20) / 20, mode="valid")
        right.plot(np.arange(19, 19 + len(middle)), middle, color=draw.colour(shades[name]), lw=1.6)
        print(tr(f"{name}: loss {np.mean(np.array(losses)[:, 140:160]):.2f} in steps 140 to 159, {np.mean(np.array(losses)[:, 160:180]):.2f} in the twenty after, {np.mean(np.array(losses)[:, -20:]):.3f} in the last twenty",
                 f"{name}：第 140 到 159 步的损失 {np.mean(np.array(losses)[:, 140:160]):.2f}，此后二十步 {np.mean(np.array(losses)[:, 160:180]):.2f}，最后二十步 {np.mean(np.array(losses)[:, -20:]):.3f}"))
    draw.log_axes(right, y=True)
    for ax, what in ((left, tr("learning rate", "学习率")), (right, tr("training loss, mean of 20 steps", "训练损失，20 步平均"))):
        draw.quantity(ax, what)
        ax.set(xlabel=tr("step", "步"), xlim=(0, NUM_STEPS))
    draw.headline(fig, tr("When the rate falls, so does the noise floor", "学习率一降，噪声下限也跟着降"),
                  tr("Momentum on digits, batches of 16; mean of six seeds. Step decay drops at steps 160 and 320.", "digits 上的动量法，小批量为 16；六个种子的平均。步进衰减在第 160 和 320 步下降。"))
    show(fig, alt=tr(
        "Left: learning rates over 400 steps: constant; a staircase; half a cosine. Right: training loss; with step decay it drops when the rate does and stays level, with cosine it falls to the end.",
        "左：400 步中的学习率：不变；台阶；半个余弦。右：训练损失；步进衰减时，学习率一降它就跌下去，然后持平；余弦则一直降到最后。"))

# %% [markdown] lang="en"
# The loss drops within twenty steps of the staircase, although the data have not changed: every step is a tenth as long now, and so is its random part. Cosine does not wait for a drop and ends lowest.
#
# ### Warmup: start slowly
#
# So the end wants a small rate. And the beginning? Patient C (sitting A) was lost within its first steps: its rate was too large for new weights. A **linear warmup** rises from zero to the full rate, then hands over to another schedule.
#
# ### Exercise 8: `linear_warmup` ({{points:linear_warmup}} points, 2 minutes)
#
# *With a warmup of four steps, how many updates get less than `lr`? How far does the first of them move the weights? So what does a warmup of one step do?*
#
# <details><summary>Answer</summary>
#
# Four, and the first moves nothing. A warmup of one step only wastes an update. Other programs use $(t+1)/4$: then three get less, and none is wasted.
# </details>
# %% [markdown] lang="zh"
# 一下台阶，二十步之内损失就跌了下来，数据却没有变：每一步，连同其中随机的部分，都只剩十分之一。余弦不等台阶，一路降下去，最后最低。
#
# ### 预热：起步慢一点
#
# 结尾要小的学习率，那么开头呢？A 节的病人 C 头几步就毁了：对刚初始化的权重，学习率太大。**线性预热**（linear warmup）从零匀速升到最大的学习率，再交给别的调度。
#
# ### 练习 8：`linear_warmup`（{{points:linear_warmup}} 分，2 分钟）
#
# *预热四步，有几次更新的学习率低于 `lr`？其中第一次让权重走多远？那么只预热一步，会怎样？*
#
# <details><summary>答案</summary>
#
# 四次，其中第一次原地不动。只预热一步，就只是浪费一次更新。别的程序用 $(t+1)/4$：低于 `lr` 的有三次，一次也不浪费。
# </details>

# %% [markdown] role="docstring" of="linear_warmup" lang="zh" twin="8420535c"
# 从 0 匀速升到 lr，然后保持不变。
#
# 契约：第 0 步为 0.0（那次更新什么都不动），第 warmup_steps 步及以后为 lr。中间每步增加同样多。若 warmup_steps 为 0，
# 就没有预热：每一步都是 lr。
#
# step、warmup_steps：更新次数。返回一个浮点数。
# 若 step < 0，lr < 0，或 warmup_steps < 0，抛出 ValueError。
#
# optax 的预热就是这种约定。也有用 (step + 1) / warmup_steps 的；PyTorch 的 LinearLR 默认从 lr / 3 开始。
#
# >>> [linear_warmup(step, lr=0.5, warmup_steps=4) for step in (0, 1, 4, 9)]
# [0.0, 0.125, 0.5, 0.5]

# %% role="answer" id="linear_warmup"
from reference.schedules import linear_warmup

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# After one step of four, which fraction of `lr` is reached? After nine?
# </details>
# <details><summary>Hint 2</summary>
#
# The fraction is never above 1. And what must you not divide by if there is no warmup?
# </details>
# <details><summary>Hint 3</summary>
#
# The example: a quarter of 0.5 at step 1. If you get 0.125 at step 0, you count from 1; if you get more than 0.5 at step 9, the rise has no end.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 预热四步，走完一步时到了 `lr` 的几分之几？走完九步呢？
# </details>
# <details><summary>提示 2</summary>
#
# 这个比例不会超过 1。没有预热时，不能除以什么？
# </details>
# <details><summary>提示 3</summary>
#
# 例子：第 1 步是 0.5 的四分之一。第 0 步就得 0.125，说明你从 1 数起；第 9 步超过 0.5，说明上升没有尽头。
# </details>

# %% role="tests" id="test_linear_warmup" points=4
check("linear_warmup", linear_warmup)

# %% [markdown] lang="en"
# ### Exercise 9: `warmup_cosine` ({{points:warmup_cosine}} points, 3 minutes)
#
# Now both: a warmup, then a cosine for the steps that are left.
# %% [markdown] lang="zh"
# ### 练习 9：`warmup_cosine`（{{points:warmup_cosine}} 分，3 分钟）
#
# 连起来：先预热，余下的步数走余弦。

# %% [markdown] role="docstring" of="warmup_cosine" lang="zh" twin="e5191402"
# 先线性预热到 lr，余下的步数再余弦退火到 lr_min；总共 num_steps 步。
#
# 契约：到第 warmup_steps 步为止是 linear_warmup。从那一步起是一个 cosine_annealing，从那一步出发，到第 num_steps 步时到达
# lr_min。若 warmup_steps 为 0，就没有预热。
#
# step、warmup_steps、num_steps：更新次数；num_steps 包括预热。返回一个浮点数。
# 若不满足 0 <= warmup_steps < num_steps 或 0 <= lr_min <= lr，抛出 ValueError。
#
# 即 optax.warmup_cosine_decay_schedule（init_value 为 0），它的 decay_steps 就是 num_steps。
#
# >>> [round(warmup_cosine(step, lr=0.5, warmup_steps=4, num_steps=14), 4) for step in (0, 1, 4, 9, 14)]
# [0.0, 0.125, 0.5, 0.25, 0.0]

# %% role="answer" id="warmup_cosine"
from reference.schedules import warmup_cosine

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# How many steps of the cosine are done when the warmup ends?
# </details>
# <details><summary>Hint 2</summary>
#
# The cosine has a clock of its own: it starts when the warmup ends, and runs for the steps that are left.
# </details>
# <details><summary>Hint 3</summary>
#
# The example at step 9: five of ten steps of the cosine are done, half of 0.5. With a cosine over all 14 steps you get 0.358 there; if it started at step 0, lr falls to 0.406 at step 4.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 预热结束时，余弦走了几步？
# </details>
# <details><summary>提示 2</summary>
#
# 余弦有自己的时钟：预热结束时才开始走，只走余下的步数。
# </details>
# <details><summary>提示 3</summary>
#
# 例子的第 9 步：余弦的十步走了五步，0.5 的一半。如果余弦走的是全部 14 步，那里会得 0.358；如果余弦从第 0 步就开始走，第 4 步会掉到 0.406。
# </details>

# %% role="tests" id="test_warmup_cosine" points=5
check("warmup_cosine", warmup_cosine)

# %% [markdown] lang="en"
# ### Experiment 5: where is warmup needed?
#
# The same training with cosine, for momentum and for Adam, at several learning rates, with a warmup of 40 steps and without.
#
# **Each at its best rate: which does the warmup help?** (a) both about equally, (b) Adam, but momentum hardly at all, (c) momentum; Adam adapts anyway
# %% [markdown] lang="zh"
# ### 实验 5：什么时候需要预热？
#
# 还是同样的训练，用余弦。动量法和 Adam 各试一串学习率：预热 40 步，或不预热。
#
# **各取最好的学习率，预热帮了谁？** (a) 两种方法差不多，(b) 帮了 Adam，对动量法几乎没有区别，(c) 帮了动量法；Adam 反正会适应
#
# *预热与否，两条线会在横轴的什么地方分开？*

# %% role="answer" id="prediction_warmup"
prediction_warmup = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_warmup = "b"
### END SOLUTION

# %% hidden=true
def scheduled(method, schedule, lr, seed):
    tr("""Training loss, validation loss and test accuracy of one arm.""",
       """一组的训练损失、验证损失和测试准确率。""")
    step, init = METHODS[method]
    return results(step, init, lr=lambda t: SCHEDULES[schedule](t, lr), seed=seed, num_steps=NUM_STEPS, batch_size=16)


# %% role="experiment" hidden=true
with experiment("adam_step", "cosine_annealing", "warmup_cosine"):
    lowest, grids = {}, {"momentum": 10 ** np.arange(-1.5, -0.24, 0.25), "adam": 10 ** np.arange(-1.75, -0.49, 0.25)}
    fig, axes = draw.figure(2, height=3.2, sharey=True)
    for ax, (method, rates) in zip(axes, grids.items(), strict=True):
        for schedule, shade in ((COSINE, "soft"), (WARMUP, method)):
            losses = np.array([np.mean([scheduled(method, schedule, lr, seed)[0] for seed in (0, 1)]) for lr in rates])
            ax.plot(rates, np.minimum(losses, 10), color=draw.colour(shade), ls=(0, (5, 2)) if schedule == COSINE else "-")
            lowest.setdefault(NAMES[method], []).append(losses.min())
            if method == "adam":
                listed = ", ".join(f"{lr:.3f}: {loss:.3f}" for lr, loss in zip(rates, losses, strict=True))
                print(tr(f"Adam, {schedule}, training loss at each lr: {listed}", f"Adam，{schedule}，各 lr 的训练损失：{listed}"))
        draw.log_axes(ax, x=True, y=True)
        ax.set_xticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"])
        ax.minorticks_off()
        ax.set(xlabel="lr", ylim=(0.01, 5))
        draw.title(ax, NAMES[method], color=method)
    for schedule in (COSINE, WARMUP):
        params, _ = trained(*METHODS["adam"], lr=lambda t: SCHEDULES[schedule](t, 0.1), seed=0, num_steps=NUM_STEPS, batch_size=16)
        working = (digits.X_train @ params["W1"] + params["b1"] > 0).any(axis=0).mean()
        print(tr(f"Adam, {schedule}, lr 0.1: {working:.0%} of the hidden units are still on for some image",
                 f"Adam，{schedule}，lr 0.1：{working:.0%} 的隐藏单元还对某张图像有输出"))
    axes[0].set_ylabel(tr("training loss", "训练损失"))
    draw.words(axes[1], 0.13, 1.2, tr("no warmup", "没有预热"), ha="right", color="soft")
    draw.words(axes[1], 0.07, 0.016, tr("warmup of 40 steps", "预热 40 步"), color="adam")
    draw.headline(fig, tr("Warmup widens the range of Adam's learning rates", "预热拓宽了 Adam 能用的学习率"),
                  tr("MLP on digits, cosine after the warmup; mean of two seeds.", "digits 上的 MLP，预热之后为余弦；两个种子的平均。"))
    show(fig, alt=tr(
        "Two log-log panels, training loss against learning rate, grey and dashed without, coloured with warmup. Momentum: the lines lie close together wherever training works. Adam: together at small rates; from 0.06 on the grey line turns up, the coloured one goes further down, to about 0.1.",
        "两幅双对数图：训练损失对学习率，灰色虚线没有预热，彩色有预热。动量法：凡是训练得动的地方，两条线都靠得很近。Adam：学习率小时在一起，0.06 之后灰线转头上升，彩线继续下降，到 0.1 左右。"))
    bests = tr("; ", "；").join(tr(f"{name} {without:.3f} and {with_it:.3f}", f"{name} {without:.3f} 和 {with_it:.3f}") for name, (without, with_it) in lowest.items())
    reveal("warmup", prediction_warmup, "b", tr(f"Training loss at the best of these rates, without warmup and with: {bests}.", f"取其中最好的学习率，没有预热和有预热的训练损失：{bests}。"))

# %% [markdown] lang="en"
# **What it showed.** From 0.1 on Adam *needs* the warmup: without it, only about a fifth of the hidden units survive. It changes next to nothing at small rates, or with momentum wherever training works. "Does warmup help?" has no answer without the method and its learning rate.
#
# Why Adam? **"Warmup avoids divergence caused by inaccurate gradients."** (CS231n) If so, exact gradients need no warmup. Adam takes 100 steps, with all 1,197 images in each:
# %% [markdown] lang="zh"
# **结论。** 学习率到了 0.1，Adam *必须*预热：不预热，隐藏单元只活下来约五分之一。学习率小，有没有预热都差不多；动量法只要训练得动，也是如此。不说方法和学习率，“预热有没有用”就没有答案。
#
# 为什么偏偏是 Adam？预热“避免因梯度估计不准导致的发散”，第二份笔记“学习率调度策略”一节这样解释。果真如此，梯度精确就不需要预热。每步用全部 1197 张图像，Adam 走 100 步：

# %% role="experiment" hidden=true
with experiment("adam_step", "cosine_annealing", "warmup_cosine"):
    for lr in (0.03, 0.1, 0.3):
        ends = [np.mean([results(
            *METHODS["adam"], lr=lambda t: warmup_cosine(t, lr=lr, warmup_steps=warmup, num_steps=100), seed=seed, num_steps=100,
            batch_size=1197)[0] for seed in (0, 1)]) for warmup in (0, 20)]
        print(tr(f"lr {lr}: training loss {ends[0]:.3f} without warmup, {ends[1]:.3f} with",
                 f"lr {lr}：没有预热时训练损失 {ends[0]:.3f}，有预热时 {ends[1]:.3f}"))

# %% [markdown] lang="en"
# With exact gradients Adam needs it as well: noise is not the *only* reason. In Adam's first step *every* entry moves by `lr`, however small its gradient.
# %% [markdown] lang="zh"
# 梯度再精确，照样需要预热：噪声不是*唯一*的原因。Adam 的第一步里，*每个*分量都走 `lr`，梯度再小也一样。

# %% [markdown] lang="en"
# ### Fair tuning
#
# You now have methods and schedules. Which is better? It depends on who tuned which. Five rules make it fair:
#
# 1. The **same number of trials** for every method, in ranges wide enough for each.
# 2. Choose on **validation** data. Use the test set **once**.
# 3. Compare on **fresh** seeds, in pairs.
# 4. Report the interval. If it contains 0, say "cannot tell".
# 5. Report the **median** trial beside the best: it says how easy tuning is.
#
# Nine trials on a 3×3 grid try three values of each hyper-parameter; **random search** tries nine (Bergstra & Bengio 2012). Draw them *log-uniformly*: 0.001 to 0.01 is as likely as 0.1 to 1.
#
# ### Exercise 10: `random_search` ({{points:random_search}} points, 7 minutes)
# %% [markdown] lang="zh"
# ### 公平地调参
#
# 方法和调度都有了，哪个更好？往往看谁调得更用心。公平有五条：
#
# 1. 每种方法的**试验次数相同**，范围都够宽。
# 2. 用**验证集**挑选，**测试集只用一次**。
# 3. 在**新**种子上成对比较。
# 4. 报告区间；含 0 就说“分不出来”。
# 5. 除了最好的，还报告**中位数**：它说明好不好调。
#
# 3×3 的网格试九次，每个超参数只试了三个值；**随机搜索**（random search）则试了九个（Bergstra 与 Bengio，2012）。按*对数均匀*分布抽取：0.001 到 0.01 与 0.1 到 1 同样可能。
#
# ### 练习 10：`random_search`（{{points:random_search}} 分，7 分钟）

# %% [markdown] role="docstring" of="random_search" lang="zh" twin="9f8a4a7a"
# 随机试 num_trials 组超参数，按验证集上的损失选出最好的一组。
#
#     u = rng.random((num_trials, len(ranges)))                只抽这一次
#     第 i 次试验的第 j 个值 = low_j * (high_j / low_j)^u_ij    对数均匀：每个数量级同样可能
#
# validation_loss：接收一组配置（名字到浮点数的字典），用它训练，返回验证损失。每次试验只调用一次。
# ranges：字典，名字到 (low, high)，不得改动；u 的各列按它的顺序。
# 返回 (best, trials)：损失最小的配置（相同时取最早的），以及按顺序排列的所有 (config, loss) 的列表。
# 损失为 NaN（训练发散）的永远胜不过有限的损失。若全是 NaN，best 就是第一组配置。
# 若 num_trials < 1，或某个范围不满足 0 < low <= high，抛出 ValueError。
#
# 比较方法时：各用相同的 num_trials，测试集只对 `best` 用一次，并报告各次试验的中位数。Bergstra 与 Bengio（2012）。
#
# >>> ranges, rng = {"lr": (0.01, 1.0)}, np.random.default_rng(0)
# >>> best, trials = random_search(lambda config: abs(config["lr"] - 0.1), ranges, num_trials=3, rng=rng)
# >>> [(round(config["lr"], 4), round(loss, 4)) for config, loss in trials], round(best["lr"], 4)
# ([(0.1879, 0.0879), (0.0346, 0.0654), (0.0121, 0.0879)], 0.0346)

# %% role="answer" id="random_search"
from reference.tuning import random_search

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which row of `u` belongs to trial $i$? And is NaN smaller than 1? Is 1 smaller than NaN?
# </details>
# <details><summary>Hint 2</summary>
#
# Draw once, before the loop; columns go with the names in the order of `ranges`. For choosing, count NaN as infinite; in `trials` keep the true loss.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the first draw is 0.637, so lr is $0.01\cdot100^{0.637}=0.188$; if you get 0.641, you drew uniformly. Give `validation_loss` a copy of the config: it might change it.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `u` 的哪一行属于第 $i$ 次试验？NaN 小于 1 吗？1 小于 NaN 吗？
# </details>
# <details><summary>提示 2</summary>
#
# 循环之前只抽一次；各列按 `ranges` 的顺序对应各个名字。挑选时把 NaN 当作无穷大，`trials` 里则保留真实的损失。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：第一个随机数是 0.637，所以 lr 为 $0.01\cdot100^{0.637}=0.188$；得 0.641，说明你抽的是均匀分布。传给 `validation_loss` 的应当是副本，以防它被改掉。
# </details>

# %% role="tests" id="test_random_search" points=8
check("random_search", random_search)

# %% [markdown] lang="en"
# ### Experiment 6: four schedules, two methods, one rule for all
#
# Now each of eight arms gets ten trials of your `random_search` for its own `lr`, chosen on the validation loss, then six fresh seeds. *Which differences in training loss will be clear? Will the test accuracy notice?*
# %% [markdown] lang="zh"
# ### 实验 6：四种调度，两种方法，同一套规矩
#
# 八组各用你的 `random_search` 给 `lr` 试十次，按验证损失挑选，再用六个新种子训练。*训练损失上，哪些差别看得清？测试准确率呢？*

# %%
RANGES = {"momentum": {"lr": (0.003, 1.0)}, "adam": {"lr": (0.001, 0.3)}}

# %% hidden=true
def tuned(method, schedule):
    best, trials = random_search(
        lambda config: scheduled(method, schedule, config["lr"], seed=0)[1], RANGES[method], num_trials=10, rng=np.random.default_rng(7))
    return best["lr"], np.median([loss for _, loss in trials])


# %% role="experiment" hidden=true
with experiment("adam_step", "step_decay", "cosine_annealing", "warmup_cosine", "random_search"):
    endings = {}
    for method in RANGES:
        for schedule in SCHEDULES:
            lr, median = tuned(method, schedule)
            ends = np.array([scheduled(method, schedule, lr, seed) for seed in range(100, 106)])
            endings[method, schedule] = ends
            loss, accuracy = ends[:, 0].mean(), ends[:, 2].mean()
            print(tr(
                f"{NAMES[method]}, {schedule}: best lr {lr:.3f}, median validation loss {median:.2f}; fresh seeds: training loss {loss:.3f}, test accuracy {accuracy:.3f}",
                f"{NAMES[method]}，{schedule}：最好的 lr 为 {lr:.3f}，验证损失的中位数 {median:.2f}；新种子：训练损失 {loss:.3f}，测试准确率 {accuracy:.3f}",
            ))
    tuned_race = endings

# %% role="experiment" hidden=true
with experiment("adam_step", "step_decay", "cosine_annealing", "warmup_cosine", "tuned_race"):
    duels, colon = {}, tr(": ", "：")
    ONLY_WARMUP = tr("cosine with warmup − without", "余弦，有预热 − 无预热")
    for method in RANGES:
        for one, other in ((STEP_DECAY, CONSTANT), (COSINE, CONSTANT), (WARMUP, COSINE)):
            pair = ONLY_WARMUP if one == WARMUP else f"{one} − {other}"
            duels[NAMES[method] + colon + pair] = tuned_race[method, one] - tuned_race[method, other]
    duels[tr("Adam − momentum, both with warmup and cosine", "Adam − 动量法，都用预热和余弦")] = tuned_race["adam", WARMUP] - tuned_race["momentum", WARMUP]
    losses = {name: duel[:, 0] for name, duel in duels.items()}
    intervals = {name: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(values)) for name, values in losses.items()}
    first_names = {NAMES[method]: method for method in RANGES}
    ax = paired(losses, xlabel=tr("difference of the training loss", "训练损失之差"),
                color={name: first_names.get(name.split(colon)[0], "ink") for name in losses})
    draw.headline(ax, tr("Cosine helps both methods, the warmup helps Adam", "余弦对两种方法都有帮助，预热对 Adam 有帮助"),
                  tr("Six fresh seeds with 95 % intervals; left of the line the first one is better.", "六个新种子及 95% 区间；虚线左侧表示前者更好。"))
    listed = tr("; ", "；").join(f"{name}: {text}" for name, text in intervals.items())
    show(ax, alt=tr(f"Paired differences of the training loss. {listed}.", f"训练损失的成对差。{listed}。"))
    accuracies = [mean_interval(duel[:, 2]) for duel in duels.values()]
    excluded = sum(not low <= 0 <= high for _, low, high in accuracies)
    last = "{:+.3f} [{:+.3f}, {:+.3f}]".format(*accuracies[-1])
    print(tr(f"Test accuracy: intervals that exclude 0: {excluded} of {len(accuracies)}; Adam minus momentum, both with warmup and cosine: {last}",
             f"测试准确率：{len(accuracies)} 个区间中有 {excluded} 个不含 0；Adam 减动量法（都用预热、余弦）：{last}"))

# %% [markdown] lang="en"
# **What it showed.** In training loss, cosine beats a constant rate with both methods; for step decay, whose drops we guessed, we cannot tell. The warmup makes Adam's loss about a third lower. In test accuracy one of seven intervals excludes 0, which chance alone could do.
#
# ### Claims you will meet
#
# **"For the best performance, SGD with momentum and a good schedule."** (CS324 and much advice) *Which rows of experiment 6 support it?*
#
# <details><summary>Answer</summary>
#
# None: Adam ends with the lower training loss, and on the test set we cannot tell them apart.
# </details>
# %% [markdown] lang="zh"
# **结论。** 训练损失上，两种方法都是余弦胜过不变的学习率；步进衰减在哪几步降是我们猜的，分不出高下。预热让 Adam 的损失低了约三分之一。测试准确率的七个区间里有一个不含 0，也可能只是碰巧。
#
# ### 笔记勘误
#
# **“追求最佳性能”用“SGD + Momentum”，“有时能获得比Adam更好的最终结果”。**（第一份笔记 4.3 节的“总结与选择”）*实验 6 里，哪几行支持这个说法？*
#
# <details><summary>答案</summary>
#
# 没有：Adam 最后的训练损失更低，测试集上分不出来。不过笔记写的是“有时”。
# </details>

# %% [markdown] lang="en"
# ### Clinic
#
# Three more runs on digits, Adam or AdamW, 400 steps: loss above, learning rate below.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又是 digits 上的三次训练，Adam 或 AdamW，400 步。上：损失；下：学习率。

# %% role="experiment" hidden=true
with experiment("adam_step", "adamw_step", "warmup_cosine"):
    patients = {
        "D": (adam_step, lambda t: 0.05 * (1 + np.cos(np.pi * t / 200)) / 2),
        "E": (lambda x, g, state, *, lr: adamw_step(x, g, state, lr=lr, weight_decay=5.0), lambda t: warmup_cosine(t, lr=0.02, warmup_steps=40, num_steps=400)),
        "F": (adam_step, lambda t: warmup_cosine(t // 20, lr=0.02, warmup_steps=40, num_steps=400)),
    }
    fig, axes = panels(3, 2, sharex=True, sharey="row")
    for (above, below), (name, (step, schedule)) in zip(axes.T, patients.items(), strict=True):
        params, history = trained(step, adam_init, lr=schedule, seed=0, num_steps=400, batch_size=16)
        above.plot(np.convolve(history["loss"], np.ones(10) / 10, mode="valid"), color=draw.colour("ink"), lw=1.2)
        below.plot(history["lr"], color=draw.colour("ink"), lw=1.2)
        draw.log_axes(above, y=True)
        below.set_xlabel(tr("step", "步"))
        draw.title(above, name)
        size = np.sqrt(np.mean(params["W1"] ** 2))
        print(tr(f"{name}: root mean square of W1 at the end {size:.3f}", f"{name}：最后 W1 的均方根为 {size:.3f}"))
    axes[0, 0].set_ylabel(tr("loss, mean of 10", "损失，10 步平均"))
    axes[1, 0].set_ylabel(tr("learning rate", "学习率"))
    show(fig, alt=tr(
        "Three pairs of curves. D: the loss falls until step 200 and rises again; the rate is a whole cosine, down to 0 at 200 and up again. E: the loss falls a little and stays at about 1.7; the rate is a warmup and a cosine. F: the loss falls very slowly; the rate rises in small stairs to half of 0.02.",
        "三对曲线。D：损失降到第 200 步，之后又升；学习率是一整个余弦，200 步时降到 0，然后又升上去。E：损失降了一点，一直停在 1.7 左右；学习率是预热加余弦。F：损失降得很慢；学习率一小级一小级地升到 0.02 的一半。"))

# %% [markdown] lang="en"
# **D.** "Cosine, as in the book. It got worse in the second half."
# <details><summary>overfitting</summary>This is the <i>training</i> loss, and it rises with the rate.</details>
# <details><summary>the schedule was told half the number of steps, and a cosine rises again</summary><b>Yes.</b> PyTorch's <code>CosineAnnealingLR</code> does this past <code>T_max</code>. Yours holds <code>lr_min</code>.</details>
#
# **E.** AdamW, `weight_decay` 5, "since the paper used a large one". The weights were about 0.2 when they were drawn.
# <details><summary>the learning rate is too large</summary>Then the loss would come down when the rate falls to 0.</details>
# <details><summary>the decay is too strong for this library's convention</summary><b>Yes.</b> At the peak a step takes $0.02\cdot5=10\,\%$ of every weight and Adam gives back about 0.02: no weight stays above about 0.2. Convert the paper's $\lambda$.</details>
#
# **F.** Same settings as a colleague's run that reached 0.05.
# <details><summary>the schedule is given the epoch, not the step</summary><b>Yes.</b> The stairs are 20 steps wide: <code>t // 20</code>. After 400 steps the schedule is at step 19, still warming up.</details>
# <details><summary>the warmup is too long</summary>It was meant to be 40 steps. Look at what the rate did.</details>
#
# ### Quiz
#
# **2.** A paper gives its own method 50 trials and Adam "default settings", one seed each, and gains 0.4 points on 10,000 images. What is the *first* objection?
# <details><summary>the test set is too small</summary>Even an infinite one would not make up for the tuning.</details>
# <details><summary>the two sides were not tuned with the same effort</summary><b>Right.</b> In experiment 3 Adam's default was not even within the good range. Then come seeds and intervals.</details>
# %% [markdown] lang="zh"
# **D.** “用的是余弦，和书上一样，后一半却变差了。”
# <details><summary>过拟合</summary>这是<i>训练</i>损失，而且跟着学习率升高。</details>
# <details><summary>传给调度的总步数只有实际的一半，而余弦过了终点又会升</summary><b>正确。</b>PyTorch 的 <code>CosineAnnealingLR</code> 过了 <code>T_max</code> 就这样。你写的会停在 <code>lr_min</code>。</details>
#
# **E.** AdamW，`weight_decay` 取 5，“因为论文里取得很大”。初始化时权重约为 0.2。
# <details><summary>学习率太大</summary>那样的话，学习率降到 0 时损失会降下来。</details>
# <details><summary>对这个库的约定来说，衰减太强</summary><b>正确。</b>学习率最高时，一步拿走每个权重的 $0.02\cdot5=10\,\%$，而 Adam 一步大约补回 0.02：没有权重能一直高于 0.2 左右。论文的 $\lambda$ 要换算。</details>
#
# **F.** 设置与同事的相同，同事的损失降到了 0.05。
# <details><summary>传给调度的是轮数，不是步数</summary><b>正确。</b>台阶宽 20 步：<code>t // 20</code>。400 步之后它还以为自己在第 19 步，仍在预热。</details>
# <details><summary>预热太长</summary>本意是 40 步。看看学习率实际怎样变化。</details>
#
# ### 小测
#
# **2.** 一篇论文给自己的方法试了 50 组超参数，Adam 则“用默认设置”，各一个种子，在 10 000 张图像上准确率高了 0.4 个百分点。*第一条*反对意见是什么？
# <details><summary>测试集太小</summary>测试集无穷大，也弥补不了调参上的不公平。</details>
# <details><summary>双方调参的力气不同</summary><b>正确。</b>实验 3 里，Adam 的默认值甚至不在好的范围之内。然后才轮到种子和区间。</details>

# %% role="tests" id="test_predictions_b" of="prediction_decay prediction_warmup" points=4
made = [guess for guess in (prediction_decay, prediction_warmup) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# - The **W**: L2 in Adam takes about $\eta\lambda/s$ from a weight, where $s$ is the size of its gradients; AdamW takes $\eta\lambda$ from all.
# - The **cosine** takes training below the noise floor.
# - The **warmup** lets Adam use rates at which its first steps would wreck the network. At small rates, and for momentum, it does next to nothing.
# - **Do you need them?** On digits cosine and warmup lowered the training loss; the test accuracy cannot tell. Compare on your own data: the same tuning for all, fresh seeds, an interval.
# %% [markdown] lang="zh"
# ### 小结
#
# - **W：** Adam 加 L2，权重每步约失去 $\eta\lambda/s$，$s$ 是它的梯度的大小；AdamW 则一律失去 $\eta\lambda$。
# - **余弦：** 学习率一路降下来，训练才能降到噪声下限以下。
# - **预热：** 有些学习率，Adam 头几步就会毁掉网络；有了预热，就能用了。学习率小，或者用动量法，有没有都差不多。
# - **你用得着吗？** 在 digits 上，余弦和预热降低了训练损失，测试准确率却看不出差别。你的数据要自己比：同样用心调参，用新种子，报告区间。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# <details><summary><b>Convention card:</b> the same names elsewhere</summary>
#
# | where | AdaGrad | RMSProp | Adam | $\epsilon$ |
# |---|---|---|---|---|
# | **here** | `lr=0.01`, $G_0=0$ | `lr=0.01`, `alpha=0.99` | `lr=1e-3`, `betas=(0.9, 0.999)` | `1e-8`, after the root |
# | PyTorch | $G_0=0$ | `alpha=0.99` | the same | after the root; AdaGrad `1e-10` |
# | Keras | $G_0=0.1$ | `rho=0.9` | the same | `1e-7`, **under** the root; Adam: beside $\sqrt v$, *before* the correction |
# | optax | $G_0=0.1$ | `decay=0.9` | no default lr | **under** the root, Adam after it |
# | CS324, CS231n | $G_0=0$; not mentioned | 0.9; 0.99, average called $r$ | the same | after the root |
#
# "RMSProp with its defaults" is another method in PyTorch than in Keras. And $\sqrt{v+10^{-8}}$ stops dividing at gradients of $10^{-4}$, $\sqrt v+10^{-8}$ at $10^{-8}$.
# </details>
#
# <details><summary><b>Convention card:</b> what a weight loses per step</summary>
#
# | where | share of a weight | default λ |
# |---|---|---|
# | **here**, PyTorch, optax and Keras `AdamW`; CS231n | $\eta\lambda$ | 0.01; optax 1e-4, Keras 0.004 |
# | Loshchilov & Hutter (2019) | $\eta_t\lambda$: the schedule without the learning rate | |
# | PyTorch `Adam(weight_decay=...)`, here `adam_l2_step` | about $\eta\lambda/\sqrt{\hat v}$ | 0 |
# | Keras `Adam(weight_decay=...)` | $\eta\lambda$: the name of PyTorch's L2, but decoupled | none |
# </details>
#
# <details><summary><b>Convention card:</b> schedules elsewhere</summary>
#
# | where | step decay | cosine | warmup |
# |---|---|---|---|
# | here | `drop_every`, `factor`, in steps | `lr_min` is a rate | from exactly 0 |
# | PyTorch | `StepLR` | `CosineAnnealingLR(T_max)`: rises again after `T_max` | `LinearLR`: from lr / 3 |
# | Keras | `ExponentialDecay(staircase=True)` | `CosineDecay(alpha)`: floor as a *share* | `CosineDecay(warmup_steps)` |
# | optax | `exponential_decay(staircase=True)` | `cosine_decay_schedule(alpha)`: a share | `warmup_cosine_decay_schedule` |
# | CS231n | a tenth every 30 epochs | $\frac{\alpha_0}2(1+\cos\frac{\pi t}T)$ | first 5 % of the steps |
#
# Most programs call PyTorch's `scheduler.step()` once per *epoch*; ours count updates.
# </details>
#
# <details><summary><b>Ask yourself:</b> plan a fair comparison</summary>
#
# A colleague got 96.0 % on digits with momentum and wants to "switch to AdamW with warmup, which is what everybody uses". Plan one afternoon of experiments that decides whether it is worth it: what is compared, how it is tuned, what is reported, and which result would speak against it.
#
# *A model answer.* Two arms with the same schedules to choose from, so that a better schedule is not taken for a better method. In each arm 30 trials of random search (learning rate; learning rate and decay), chosen on validation; if a winner lies at the end of a range, widen it for both. Ten fresh seeds for each winner, in pairs, the test set once. I report the paired difference with its interval, both medians, and the time per step, since AdamW keeps two arrays and momentum one. If the interval contains 0, I advise staying with momentum, unless AdamW's median is much better. Experiment 6 makes me expect one or two of 300 images, so this test set may not decide it; I would say so beforehand.
# </details>
#
# ### Further 1: when Adam walks to the worst point
#
# On $[-1,1]$ let the gradient be 3 in every third step and $-1$ in the others. On average it is $+\frac13$, so the best point is $-1$. Reddi, Kale and Kumar (2018) prove that Adam with $\beta_1=0$, $\beta_2=1/10$ walks to $+1$.
#
# Why? Adam divides the large gradient by little more than itself, so $x$ moves by one step. When the small ones come, the average has nearly forgotten it: together they move $x$ by 1.7 steps the wrong way. AMSGrad never forgets: it divides by the *largest* $v$ so far. Write it.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# <details><summary><b>约定卡：</b>同样的名字，别处的约定</summary>
#
# | 出处 | AdaGrad | RMSProp | Adam | $\epsilon$ |
# |---|---|---|---|---|
# | **本课程** | `lr=0.01`，$G_0=0$ | `lr=0.01`，`alpha=0.99` | `lr=1e-3`，`betas=(0.9, 0.999)` | `1e-8`，根号外 |
# | PyTorch | $G_0=0$ | `alpha=0.99` | 相同 | 根号外；AdaGrad 为 `1e-10` |
# | Keras | $G_0=0.1$ | `rho=0.9` | 相同 | `1e-7`，根号**内**；Adam 加在*校正之前*的 $\sqrt v$ 上 |
# | optax | $G_0=0.1$ | `decay=0.9` | lr 无默认值 | 根号**内**，Adam 在根号外 |
# | 两份笔记 | $G_0=0$；没有提到 | 0.9；0.99，平均值记作 $r$ | 相同 | 根号外 |
#
# “用默认值的 RMSProp”，在 PyTorch 里和在 Keras 里不是同一个方法。另外，$\sqrt{v+10^{-8}}$ 在梯度小到 $10^{-4}$ 时就不再起作用，$\sqrt v+10^{-8}$ 要小到 $10^{-8}$。
# </details>
#
# <details><summary><b>约定卡：</b>权重每步失去多少</summary>
#
# | 出处 | 失去的比例 | λ 的默认值 |
# |---|---|---|
# | **本课程**，PyTorch、optax、Keras 的 `AdamW`；第二份笔记 | $\eta\lambda$ | 0.01；optax 1e-4，Keras 0.004 |
# | Loshchilov 与 Hutter（2019） | $\eta_t\lambda$：只有调度，不含学习率 | |
# | PyTorch `Adam(weight_decay=...)`，本课程 `adam_l2_step` | 约 $\eta\lambda/\sqrt{\hat v}$ | 0 |
# | Keras `Adam(weight_decay=...)` | $\eta\lambda$：名字是前者，规则是后者 | 无 |
#
# 第一份笔记没有提到 AdamW，它说的“权重衰减”指 L2。
# </details>
#
# <details><summary><b>约定卡：</b>别处的调度</summary>
#
# | 出处 | 步进衰减 | 余弦 | 预热 |
# |---|---|---|---|
# | 本课程 | `drop_every`、`factor`，以步计 | `lr_min` 是学习率 | 从 0 开始 |
# | PyTorch | `StepLR` | `CosineAnnealingLR(T_max)`：过了 `T_max` 又会升 | `LinearLR`：从 lr / 3 开始 |
# | Keras | `ExponentialDecay(staircase=True)` | `CosineDecay(alpha)`：下限是*比例* | `CosineDecay(warmup_steps)` |
# | optax | `exponential_decay(staircase=True)` | `cosine_decay_schedule(alpha)`：比例 | `warmup_cosine_decay_schedule` |
# | 第二份笔记 | 每 30 轮降到十分之一 | $\frac{\alpha_0}2(1+\cos\frac{\pi t}T)$ | 前 5% 的步数 |
#
# 多数程序每*轮*才调用一次 PyTorch 的 `scheduler.step()`；我们数的是更新次数。
# </details>
#
# <details><summary><b>问自己一题：</b>设计一次公平的比较</summary>
#
# 一位同事用动量法在 digits 上得到 96.0%，提议“换成 AdamW 加预热，大家都用这个”。请设计一个下午能做完的方案，看值不值得换：拿什么和什么比，怎么调参，报告什么，什么结果不支持换。
#
# *参考答案。* 两组可选的调度相同，免得调度的功劳记在方法头上。每组 30 次随机搜索（学习率；学习率和衰减），用验证集挑选；优胜者若在范围端点，两组都放宽。各用十个新种子成对比较，测试集只用一次。报告成对差和区间、两组的中位数，以及每步的时间，因为 Adam 多存两个数组。区间包含 0，我就劝她别换，除非 AdamW 的中位数好得多。根据实验 6，我估计差别是 300 张里的一两张，这个测试集可能分不出来；这一点要事先说明。
# </details>
#
# ### 拓展 1：Adam 走向最差的点，以及 AMSGrad
#
# 在 $[-1,1]$ 上，梯度每三步有一次是 3，另外两次是 $-1$。平均为 $+\frac13$，所以最好的点是 $-1$。Reddi、Kale 和 Kumar（2018）证明：取 $\beta_1=0$、$\beta_2=1/10$，Adam 会走到 $+1$。
#
# 为什么？大梯度差不多是除以它自己，朝对的方向走 1 步。轮到两个小梯度，平均值几乎忘了那个大的，两步加起来朝错的方向走了 1.7 步。AMSGrad 不会忘，它除以迄今*最大*的 $v$。写写看。

# %% [markdown] role="docstring" of="amsgrad_init" lang="zh" twin="a9087d76"
# 返回 AMSGrad 开始时的状态 (m, v, v_max, t)：三个全零的数组，以及 0，即还没有走过一步。

# %% role="given" id="amsgrad_init"
from reference.adam_variants import amsgrad_init

# %% [markdown] role="docstring" of="amsgrad_step" lang="zh" twin="be5109dc"
# AMSGrad 走一步：Adam，但除以迄今最大的 v 的平方根，大的梯度就不会被忘掉。
#
#     t <- t + 1
#     m <- beta1 * m + (1 - beta1) * g
#     v <- beta2 * v + (1 - beta2) * g^2
#     v_max <- max(v_max, v)                       逐个分量，两者都未校正
#     x <- x - lr * m / (1 - beta1^t) / (sqrt(v_max / (1 - beta2^t)) + eps)
#
# params（x）、grads（g）：形状相同的数组，形状不限。state：(m, v, v_max, t)，起初来自
# amsgrad_init(params)。这些都不得改动。
# lr、betas（beta1、beta2）、eps：Python 数值。NaN 原样传递，并留在 m 和 v 里。
# 返回 (新的 params, 新的 state)，形状和 dtype 不变。
# 若 lr < 0，两个 beta 不都在 [0, 1) 内，或 eps < 0，抛出 ValueError。
#
# Reddi 等（2018），按 PyTorch 和 Keras 的形式。论文里没有校正；optax 取校正后 v_hat 的最大值，只要最初的梯度大，它就一直偏大。
#
# >>> state = np.array([0.0]), np.array([4.0]), np.array([16.0]), 1
# >>> params, (m, v, v_max, t) = amsgrad_step(np.array([1.0]), np.array([4.0]), state, lr=0.5, betas=(0.5, 0.75))
# >>> params.round(4).tolist(), m.tolist(), v.tolist(), v_max.tolist(), t
# ([0.7795], [2.0], [7.0], [16.0], 2)

# %% role="answer" id="amsgrad_step"
from reference.adam_variants import amsgrad_step

# %% role="practice" id="try_amsgrad_step"
check("amsgrad_step", amsgrad_step)

# %% role="experiment" nbval="check" hidden=true
def reddi_end(step, init, betas, *, large, small, every, num_steps):
    tr("""Where a run ends that starts at 0, with lr 0.5 / sqrt(t), kept inside [-1, 1].""",
       """从 0 出发，lr 为 0.5 / sqrt(t)，始终限制在 [-1, 1] 内，最后停在哪里。""")
    x = np.zeros(1)
    state = init(x)
    for t in range(1, num_steps + 1):
        gradient = np.array([large if t % every == 1 else small])
        x, state = step(x, gradient, state, lr=0.5 / np.sqrt(t), betas=betas)
        x = np.clip(x, -1, 1)
    return x[0]


with experiment("adam_step", "amsgrad_step"):
    for betas in [(0, 0.1), (0, 0.3), (0, 0.5), (0, 0.99), (0.9, 0.999)]:
        ends = [reddi_end(step, init, betas, large=3.0, small=-1.0, every=3, num_steps=3000) for step, init in ((adam_step, adam_init), (amsgrad_step, amsgrad_init))]
        print(tr(f"3, -1, -1, betas {betas}: Adam ends at {ends[0]:+.2f}, AMSGrad at {ends[1]:+.2f}", f"3、-1、-1，betas {betas}：Adam 停在 {ends[0]:+.2f}，AMSGrad 停在 {ends[1]:+.2f}"))
    ends = [reddi_end(step, init, (0.9, 0.99), large=1010.0, small=-10.0, every=101, num_steps=20_000) for step, init in ((adam_step, adam_init), (amsgrad_step, amsgrad_init))]
    print(tr(f"1010, then -10 a hundred times, betas (0.9, 0.99): Adam ends at {ends[0]:+.3f}, AMSGrad at {ends[1]:+.3f}",
             f"1010，然后一百次 -10，betas (0.9, 0.99)：Adam 停在 {ends[0]:+.3f}，AMSGrad 停在 {ends[1]:+.3f}"))

# %% [markdown] lang="en"
# In the small problem Adam ends at the worst point only when it forgets quickly ($\beta_2\le0.3$). In the paper's section 6 (last line) the large gradient is rarer and larger, and even betas close to the usual ones end at +1. Reddi et al. prove that every fixed pair with $\beta_1<\sqrt{\beta_2}$ fails on some such problem: without further assumptions Adam need not converge.
#
# AMSGrad arrives, or is on its way. In practice it is rarely better.
#
# ### Further 2: more features than examples
#
# Do adaptive methods generalize as well as gradient descent? Wilson et al. (2017) construct a problem where they do not. The label is $\pm1$, more often $+1$. Feature 1 is the label itself, features 2 and 3 are always 1. Besides, every example has features that no other has: one if its label is $+1$, five if it is $-1$.
#
# We fit least squares from 0. Every method fits the training set. A new example has features that nobody has seen, so only the first three can help:
# %% [markdown] lang="zh"
# 在小的问题上，只有忘得快（$\beta_2\le0.3$），Adam 才停在最差的点。论文第 6 节（最后一行）里，大梯度更少见也更大，接近常用的 betas 也会走错，又到了 +1。Reddi 等证明：任取一对固定的 betas，只要 $\beta_1<\sqrt{\beta_2}$，总有这样的问题让它走错。所以没有别的假设，Adam 不一定收敛。
#
# AMSGrad 不是到了最好的点，就是正往那里走。不过在实践中，它很少更好。
#
# ### 拓展 2：特征比样本多
#
# 自适应方法的泛化，比得上梯度下降吗？Wilson 等（2017）构造了一个比不上的问题。标签为 $\pm1$，$+1$ 占多数。特征 1 就是标签本身，特征 2 和 3 恒为 1。此外每个样本还有别的样本都没有的特征：标签为 $+1$ 的有一个，为 $-1$ 的有五个。
#
# 从 0 开始做最小二乘，所有方法都能拟合训练集。新样本独有的特征，训练时从未出现，有用的只有前三个：

# %% role="experiment" hidden=true
def wilson_examples(labels, num_all, first):
    tr("""The features of Wilson's construction; example i owns the five columns of place first + i.""",
       """Wilson 构造的特征；第 i 个样本占有第 first + i 个位置的五列。""")
    X = np.zeros((len(labels), 3 + 5 * num_all))
    X[:, 0], X[:, 1:3] = labels, 1
    for i, label in enumerate(labels):
        place = 3 + 5 * (first + i)
        X[i, place : place + (1 if label > 0 else 5)] = 1
    return X


with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    rng = np.random.default_rng(0)
    y, y_new = (np.where(rng.random(num) < 0.6, 1.0, -1.0) for num in (100, 400))
    X, X_new = wilson_examples(y, 500, 0), wilson_examples(y_new, 500, 100)
    print(tr(f"share of +1 among the new examples: {np.mean(y_new > 0):.3f}", f"新样本中 +1 的比例：{np.mean(y_new > 0):.3f}"))
    for name, lr in [("gd", 0.05), ("momentum", 0.005), ("adagrad", 0.05), ("rmsprop", 0.001), ("adam", 0.001)]:
        step, init = METHODS[name]
        w = follow(lambda w: X.T @ (X @ w - y) / 100, np.zeros(X.shape[1]), step, lr=lr, num_steps=2000, init=init)[-1]
        fitted, right = np.mean(np.sign(X @ w) == y), np.mean(np.sign(X_new @ w) == y_new)
        print(tr(f"{NAMES[name]}: accuracy {fitted:.3f} in training, {right:.3f} on new examples; weights of features 1 to 3: {w[0]:.2f}, {w[1]:.2f}, {w[2]:.2f}",
                 f"{NAMES[name]}：训练准确率 {fitted:.3f}，新样本 {right:.3f}；特征 1 到 3 的权重：{w[0]:.2f}、{w[1]:.2f}、{w[2]:.2f}"))

# %% [markdown] lang="en"
# The adaptive methods give the always-on features as much weight as the label, and call every new example positive. Gradient descent finds the solution of least norm, in which the label dominates. The problem was made for the purpose: it proves that this can happen, not that it happens on images.
#
# ### Further 3: Adam after a spike
#
# Adam receives 9,000 ordinary gradients, but number 2,000 is a thousand times too long. *How long are Adam's steps afterwards, with and without clipping (02) at 2?*
# %% [markdown] lang="zh"
# 自适应方法给恒为 1 的特征与标签同样的权重，于是把每个新样本都判成正。梯度下降找到的是范数最小的解，其中标签占主导。这个问题是特意构造的：它证明这种事可能发生，并不说明图像任务上就会发生。
#
# ### 拓展 3：一个尖峰之后的 Adam
#
# 9000 个普通的梯度，第 2000 个大到一千倍。*此后 Adam 的步子有多长？裁剪（02）到 2 又如何？*

# %% role="experiment" nbval="check" hidden=true
with experiment("adam_step"):
    for name, limit in [(tr("unclipped", "不裁剪"), np.inf), (tr("clipped at 2", "裁剪到 2"), 2.0)]:
        rng = np.random.default_rng(0)
        x, moves = np.zeros(1), []
        state = adam_init(x)
        for t in range(9000):
            g = 1 + 0.5 * rng.standard_normal(1)
            g = np.clip(1000 * g if t == 2000 else g, -limit, limit)
            following, state = adam_step(x, g, state, lr=0.001)
            moves.append(abs(following - x)[0])
            x = following
        usual = np.mean(moves[1000:2000])
        first, *later = (np.mean(moves[2000 + a : 2000 + b]) / usual for a, b in ((0, 1), (100, 200), (1000, 1100), (3000, 3100), (6000, 6100)))
        listed = tr(", ", "、").join(f"{share:.2f}" for share in later)
        print(tr(f"{name}: the step at the spike is {first:.1f} times the usual; 100, 1000, 3000, 6000 steps later: {listed}",
                 f"{name}：尖峰那一步是平常的 {first:.1f} 倍；100、1000、3000、6000 步之后：{listed}"))

# %% [markdown] lang="en"
# At the spike itself the step is only three times the usual one: the division protects it. But afterwards Adam creeps for thousands of steps, because $v$ has to forget a million. Clipping is cheap insurance even for a method that adapts.
#
# ### Further 4: restarts, and two classics
#
# `cosine_with_restarts` jumps back to the full rate at the end of every cycle, while the params stay (SGDR). `inverse_time` is the schedule of Robbins and Monro (1951), with which SGD provably converges on convex problems. `exponential` takes off the same fraction at every step.
# %% [markdown] lang="zh"
# 尖峰那一步只有平常的三倍：除法起了保护作用。可是此后几千步 Adam 都在慢慢爬，因为 $v$ 要忘掉一个大到一百万倍的平方。即使方法会自适应，也值得顺手加上裁剪。
#
# ### 拓展 4：重启，以及两个经典
#
# `cosine_with_restarts` 在每个周期结束时跳回最高的学习率，参数不动，这叫**热重启**（warm restarts，SGDR）。`inverse_time` 是 Robbins 与 Monro（1951）的调度，用它可以证明 SGD 在凸问题上收敛。`exponential` 每一步减去同样的比例。

# %% [markdown] role="docstring" of="cosine_with_restarts" lang="zh" twin="c13e9381"
# 余弦退火，但每个周期结束时跳回 lr（热重启：参数不动）。
#
#     第一个周期 cycle_steps 步，以后每个周期是前一个的 cycle_factor 倍
#     lr(step) = cosine_annealing(本周期内已走的步数, num_steps=本周期的步数)
#
# step、cycle_steps：更新次数。cycle_factor：整数。返回一个浮点数：每个周期的第一步是 lr。
# 若 cycle_steps < 1 或 cycle_factor < 1，抛出 ValueError。
#
# SGDR，Loshchilov 与 Hutter（2017）；torch.optim.lr_scheduler.CosineAnnealingWarmRestarts（T_0、T_mult）。
#
# >>> [round(cosine_with_restarts(step, lr=0.5, cycle_steps=2, cycle_factor=2), 4) for step in (0, 1, 2, 4, 6)]
# [0.5, 0.25, 0.5, 0.25, 0.5]

# %% role="answer" id="cosine_with_restarts"
from reference.schedules import cosine_with_restarts

# %% role="practice" id="try_cosine_with_restarts"
check("cosine_with_restarts", cosine_with_restarts)

# %% [markdown] role="docstring" of="inverse_time" lang="zh" twin="4c505823"
# 像 1 / step 那样下降：慢到走得到，又快到能把 SGD 的噪声平均掉。
#
#     lr(step) = lr / (1 + decay * step)
#
# step：已做的更新次数。decay：每步的衰减量；1 / decay 步之后 lr 减半。返回一个浮点数。
# 若 step < 0，lr < 0，或 decay < 0，抛出 ValueError。
#
# Robbins 与 Monro（1951）要求 sum lr = inf 且 sum lr^2 < inf，decay > 0 时满足。
#
# >>> inverse_time(6, lr=0.8, decay=0.5)
# 0.2

# %% role="answer" id="inverse_time"
from reference.schedules import inverse_time

# %% role="practice" id="try_inverse_time"
check("inverse_time", inverse_time)

# %% [markdown] role="docstring" of="exponential" lang="zh" twin="1e3b98b5"
# 每一步把 lr 乘上 factor。
#
#     lr(step) = lr * factor^step
#
# step：已做的更新次数。factor：每步的倍数，所以接近 1。返回一个浮点数。
# 若 step < 0，lr < 0，或 factor 不满足 0 < factor <= 1，抛出 ValueError。
#
# 即 torch.optim.lr_scheduler.ExponentialLR，它的 gamma 就是 factor。
#
# >>> exponential(2, lr=0.8, factor=0.5)
# 0.2

# %% role="answer" id="exponential"
from reference.schedules import exponential

# %% role="practice" id="try_exponential"
check("exponential", exponential)

# %% role="experiment" hidden=true
with experiment("cosine_annealing", "cosine_with_restarts", "inverse_time"):
    shapes = {
        tr("cosine", "余弦"): lambda t: cosine_annealing(t, lr=0.2, num_steps=420),
        tr("restarts", "重启"): lambda t: cosine_with_restarts(t, lr=0.2, cycle_steps=60, cycle_factor=2),
        "1 / t": lambda t: inverse_time(t, lr=0.2, decay=0.02),
    }
    shades = dict(zip(shapes, ("blue", "red", "teal"), strict=True))
    fig, (left, right) = draw.figure(2, height=3.2)
    curves({name: np.array([shape(t) for t in range(420)]) for name, shape in shapes.items()}, ax=left, legend="ends", xlabel=tr("step", "步"), color=shades)
    smooth = {}
    for name, shape in shapes.items():
        runs = [trained(*METHODS["momentum"], lr=shape, seed=seed, num_steps=420, batch_size=16)[1]["loss"] for seed in range(3)]
        smooth[name] = np.array([np.convolve(losses, np.ones(20) / 20, mode="valid") for losses in runs])
    curves(smooth, ax=right, logy=True, legend="ends", xlabel=tr("step", "步"), color=shades)
    draw.quantity(left, tr("learning rate", "学习率"))
    draw.quantity(right, tr("training loss, mean of 20 steps", "训练损失，20 步平均"))
    draw.headline(fig, tr("With restarts you may stop at the end of any cycle", "有了重启，哪个周期结束时都可以停下"),
                  tr("Momentum on digits; median and range of three seeds.", "digits 上的动量法；三个种子的中位数与范围。"))
    show(fig, alt=tr(
        "Left: learning rates over 420 steps: one half cosine; three half cosines of 60, 120 and 240 steps; a curve that falls like 1/t. Right: training losses. With restarts the loss is lowest at the end of each cycle and rises when the rate jumps back; at the end cosine and restarts are close.",
        "左：420 步中的学习率：一个半波余弦；60、120、240 步的三个半波余弦；像 1/t 那样下降的曲线。右：训练损失。有重启时，每个周期末损失最低，学习率一跳回去就升高；最后余弦与重启接近。"))

# %% [markdown] lang="en"
# ### Further 5: is AdamW better than L2?
#
# **"AdamW consistently improves generalization."** (CS231n, citing many experiments) Our experiment: digits, cosine, `lr` 0.03. *Before you run it: is there a decay that is clearly better than none? Will both curves have the same shape?*
# %% [markdown] lang="zh"
# ### 拓展 5：AdamW 比 L2 好吗？
#
# **“AdamW 不仅在理论上更干净,在实践中也 consistently 提升泛化性能”。**（第二份笔记“AdamW:正确的权重衰减”一节，说有大量实验）我们的实验：digits，余弦，`lr` 为 0.03。*先想再跑：有没有哪个衰减系数明显好过不衰减？两条曲线形状一样吗？*

# %% role="experiment" hidden=true
DECAYS = 10.0 ** np.arange(-4, 1)


def decayed(step, weight_decay, seeds):
    return np.array([
        results(
            lambda x, g, state, *, lr: step(x, g, state, lr=lr, weight_decay=weight_decay), adam_init,
            lr=lambda t: cosine_annealing(t, lr=0.03, num_steps=NUM_STEPS), seed=seed, num_steps=NUM_STEPS, batch_size=16)
        for seed in seeds])


with experiment("adam_step", "adamw_step", "cosine_annealing"):
    arms = {tr("Adam with L2", "Adam 加 L2"): (adam_l2_step, 1e-4), "AdamW": (adamw_step, 1e-2)}
    without = decayed(adamw_step, 0, range(2))[:, 1].mean()
    curve = {name: np.array([decayed(step, decay, range(2))[:, 1].mean() for decay in DECAYS]) for name, (step, _) in arms.items()}
    ax = curves(curve, x=DECAYS, xlabel="weight_decay", ylabel=tr("validation loss", "验证损失"), logx=True, logy=True,
                color=dict(zip(arms, ("adam", "adamw"), strict=True)))
    draw.rule(ax, y=without)
    draw.words(ax, 1.1e-4, without * 0.82, tr("no decay", "不衰减"), ha="left", va="top", color="soft")
    ax.set_ylim(0.03, 4)
    draw.headline(ax.figure, tr("AdamW tolerates a hundred times the weight_decay of L2 in Adam", "AdamW 经得起的 weight_decay，是 Adam 加 L2 的一百倍"),
                  tr("MLP on digits, cosine; mean of two seeds.", "digits 上的 MLP，余弦；两个种子的平均。"))
    show(ax, alt=tr(
        f"Log-log plot of validation loss against weight_decay from 0.0001 to 1. Both lines run along the level without decay, {without:.2f}, and then rise: L2 in Adam from 0.001 on, AdamW from 0.1 on.",
        f"验证损失对 weight_decay（0.0001 到 1）的双对数图。两条线起初都贴着不衰减的水平（{without:.2f}），然后上升：Adam 加 L2 从 0.001 开始，AdamW 从 0.1 开始。"))
    base = decayed(adamw_step, 0, range(200, 208))[:, 2]
    for name, (step, decay) in arms.items():
        difference = "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(decayed(step, decay, range(200, 208))[:, 2] - base))
        print(tr(f"{name}, {decay:g}: test accuracy minus that without decay, eight fresh seeds: {difference}",
                 f"{name}，{decay:g}：测试准确率减去不衰减的，八个新种子：{difference}"))

# %% [markdown] lang="en"
# On digits neither gains: both intervals contain 0, and a single test image counts 0.003. The literature's gains come from long trainings of large networks, about which a small net says nothing.
#
# **"Every weight decays the same."** The same as the *other* weights, yes. But how much depends on the learning rate and its schedule. With $\lambda=0.1$, what is left of a weight without gradient after 1,000 steps?
# %% [markdown] lang="zh"
# 在 digits 上，两种都看不出提升：两个区间都含 0，而一张测试图像就是 0.003。文献里的提升来自大网络的长时间训练，小网络说明不了。
#
# **“以统一的方式作用于所有参数”。**（同一节）各权重*之间*是一样的。至于衰减多少，要看学习率和调度：$\lambda=0.1$，没有梯度的权重 1000 步之后还剩多少？

# %% role="experiment" nbval="check" hidden=true
with experiment("cosine_annealing"):
    for name, shape in [(CONSTANT, lambda t: 1.0), (COSINE, lambda t: cosine_annealing(t, lr=1.0, num_steps=1000))]:
        left = [np.prod([1 - lr * shape(t) * 0.1 for t in range(1000)]) for lr in (0.001, 0.01, 0.1)]
        print(tr(f"{name}: {left[0]:.3f} at lr 0.001, {left[1]:.3f} at 0.01, {left[2]:.3f} at 0.1",
                 f"{name}：lr 为 0.001 时 {left[0]:.3f}，0.01 时 {left[1]:.3f}，0.1 时 {left[2]:.3f}"))

# %% [markdown] lang="en"
# So if you tune `lr` in a library, you tune the decay with it. To move the paper's $\lambda$ into a library, divide it by the learning rate.
#
# ### Further 6: what does the correction repair?
#
# **"$v$ is the variance", "the corrected estimates are unbiased".** (CS324; CS231n says *uncentred*, which is right.) First gradients around 10 with standard deviation 1, then gradients around 0 that grow by 0.5 % a step. *The variance of the first is 1. What will $\hat v$ say? And for the second: too large or too small?*
# %% [markdown] lang="zh"
# 所以在库里调 `lr`，也就连带调了衰减。要把论文的 $\lambda$ 搬进某个库，得除以学习率。
#
# ### 拓展 6：校正修好了什么？
#
# **“二阶矩（方差，类似RMSprop）”。**（第一份笔记 4.3 节；第二份笔记说“未中心化方差”，更准确，但又说“通过偏差校正得到无偏估计”。）第一组梯度以 10 为中心，标准差 1；第二组以 0 为中心，每步增大 0.5%。*第一组的方差是 1，$\hat v$ 会是多少？对第二组，它偏大还是偏小？*

# %% role="experiment" nbval="check" hidden=true
with experiment("adam_step"):
    rng = np.random.default_rng(4)
    for name, growth in [(tr("around 10, sd 1", "以 10 为中心"), None), (tr("growing by 0.5 %", "每步增大 0.5%"), 1.005)]:
        x = np.zeros(2000)  #| the mean of 2000 entries stands for the expectation | 用 2000 个分量的平均代替期望
        state = adam_init(x)
        for t in range(1, 601):
            noise = rng.standard_normal(2000)
            x, state = adam_step(x, 10 + noise if growth is None else growth**t * noise, state, lr=0.001)
        estimate, now = np.mean(state[1] / (1 - 0.999**600)), 101 if growth is None else growth**1200
        print(tr(f"{name}: v_hat is {estimate:.1f}, the mean square of the current gradient {now:.1f}",
                 f"{name}：v_hat 为 {estimate:.1f}，当前梯度平方的期望为 {now:.1f}"))

# %% [markdown] lang="en"
# 101 is the squared mean plus the variance: a raw moment. So Adam takes short steps wherever gradients are *large*, even if they all agree. And "unbiased" holds only for gradients of constant size: growing ones make $\hat v$ five times too small, because an average lags behind. What the correction repairs exactly is the start at zero.
#
# **"Adam is RMSProp plus momentum."** (CS324) Then what is the correction good for? Digits at `lr` 0.03; `adam_step` with betas (0, 0.99) is RMSProp *with* the correction.
# %% [markdown] lang="zh"
# 101 是均值的平方加方差，即原点矩。所以只要梯度*大*，Adam 就走得短，哪怕这些梯度方向完全一致。而“无偏”要求梯度大小不变；第二组的 $\hat v$ 只有应有的五分之一，因为平均值总是慢一拍。校正真正修好的，是“从零开始”这件事。
#
# **Adam 是 “RMSprop + Momentum” 的“结合体”。**（第一份笔记 4.3 节）那么校正还有什么用？digits，`lr` 为 0.03；betas 取 (0, 0.99) 的 `adam_step` 就是*带校正*的 RMSProp。

# %% role="experiment" hidden=true
with experiment("rmsprop_step", "adam_step"):
    corrected = (lambda x, g, state, *, lr: adam_step(x, g, state, lr=lr, betas=(0, 0.99)), adam_init)
    for name, method in [("RMSProp", METHODS["rmsprop"]), (tr("RMSProp, corrected", "RMSProp，带校正"), corrected), ("Adam", METHODS["adam"])]:
        losses = [np.mean([results(*method, lr=0.03, seed=seed, num_steps=num)[0] for seed in range(4)]) for num in (1, 5, 20, 200)]
        print(tr(f"{name}: training loss {losses[0]:.2f} after 1 step, {losses[1]:.2f} after 5, {losses[2]:.2f} after 20, {losses[3]:.2f} after 200",
                 f"{name}：1 步后训练损失 {losses[0]:.2f}，5 步后 {losses[1]:.2f}，20 步后 {losses[2]:.2f}，200 步后 {losses[3]:.2f}"))

# %% [markdown] lang="en"
# A lot: one uncorrected step, ten times too long, throws the network far above the loss of guessing, 2.30. After 200 steps it still has not caught up.
# %% [markdown] lang="zh"
# 用处很大：没有校正的第一步长了十倍，把网络甩到损失远高于瞎猜（2.30）的地方；200 步之后还没追上。

# %% [markdown] lang="en"
# ### Further 7: what is RMSProp good at?
#
# **"RMSProp suits non-convex problems very well."** (CS324 and Goodfellow et al., who mean: better than AdaGrad, which does not forget.) *Is it better on a network, and worse where the loss is convex?* Final training losses at each method's best learning rate, on the MLP and on softmax regression:
# %% [markdown] lang="zh"
# ### 拓展 7：RMSProp 擅长什么？
#
# **RMSProp “非常适合非凸优化”。**（第一份笔记 4.2 节；原意大概是胜过不会遗忘的 AdaGrad。）*在网络上它真的更好，换成凸的损失就更差吗？* 各用自己最好的学习率，比一比 MLP 和 softmax 回归最后的训练损失：

# %% role="experiment" hidden=true
def softmax_regression(step, init, *, lr, seed):
    def loss_and_grads(params, X, y):
        logits = X @ params["W"] + params["b"]
        logits = logits - logits.max(axis=1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-300)).mean()
        p[np.arange(len(y)), y] -= 1
        return loss, {"W": X.T @ p / len(y), "b": p.mean(axis=0)}

    start = {"W": np.zeros((64, 10)), "b": np.zeros(10)}
    params, _ = train(start, batches_of(32), loss_and_grads, step, lr=lr, rng=np.random.default_rng(seed), init=init, num_steps=200)
    return loss_and_grads(params, digits.X_train, digits.y_train)[0]


with experiment("adagrad_step", "rmsprop_step", "adam_step", "sweep"):
    rates = {"gd": 10 ** np.arange(0, 1.01, 0.25), "adagrad": 10 ** np.arange(-0.5, 0.51, 0.25), "rmsprop": 10 ** np.arange(-2, -0.99, 0.25)}
    convex = {name: np.array([[softmax_regression(*METHODS[name], lr=lr, seed=seed) for lr in grid] for seed in range(6)]) for name, grid in rates.items()}
    for name, losses in [(tr("softmax regression (convex)", "softmax 回归（凸）"), convex), (tr("MLP (not convex)", "MLP（非凸）"), sweep)]:
        best = {method: losses[method][:, losses[method].mean(axis=0).argmin()] for method in rates}
        differences = ["{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(best["rmsprop"] - best[other])) for other in ("gd", "adagrad")]
        print(tr(
            f"{name}: RMSProp {best['rmsprop'].mean():.3f}; minus GD {differences[0]}; minus AdaGrad {differences[1]}",
            f"{name}：RMSProp {best['rmsprop'].mean():.3f}；减 GD {differences[0]}；减 AdaGrad {differences[1]}",
        ))

# %% [markdown] lang="en"
# Half true, compared with AdaGrad: RMSProp loses on the convex problem, and on the network we cannot tell them apart. On neither can we tell it from gradient descent.
# %% [markdown] lang="zh"
# 与 AdaGrad 比，只对一半：凸问题上 RMSProp 输了，网络上两者分不出来。与梯度下降比，两处都分不出来。

# %% [markdown] lang="en"
# **"RMSProp is very reliable, particularly in some recurrent networks."** (CS324) A network with 12 tanh units reads 12 numbers $\pm1$ and has to remember the first. Its gradient passes through the same matrix twelve times, so it can explode and vanish (02). *Which methods will cope?* We count how many of 12 runs learn it (loss below 0.1) in 300 steps, batches of 32, at three learning rates around the best that we found for each method.
# %% [markdown] lang="zh"
# **RMSProp “也是一个非常可靠的选择，特别是在某些RNN任务中”。**（第一份笔记 4.3 节）一个有 12 个 tanh 单元的网络，依次读入 12 个 $\pm1$，要记住第一个。梯度要穿过同一个矩阵十二次，所以既会爆炸也会消失（02）。*哪些方法会受影响？* 小批量为 32，走 300 步；每种方法取三个学习率，在我们找到的最好的那个附近，数一数 12 次训练中有几次学会了（损失低于 0.1）。

# %% hidden=true
def recurrent(params, X, y):
    tr("""Losses and gradients of as many networks at once as X has entries along its first axis.""",
       """同时求许多个网络的损失和梯度，网络的个数是 X 第一个轴的长度。""")
    W, u, b, v = params["W"], params["u"], params["b"], params["v"]
    h = [np.zeros((*X.shape[:2], W.shape[-1]))]
    for t in range(X.shape[2]):
        h.append(np.tanh(h[-1] @ W + X[:, :, t : t + 1] * u + b))
    margin = y * (h[-1] @ v)[..., 0]
    d = (-y / (1 + np.exp(np.clip(margin, -50, 50))) / X.shape[1])[..., None]
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    grads["v"] = h[-1].swapaxes(1, 2) @ d
    d = d @ v.swapaxes(1, 2)
    for t in range(X.shape[2] - 1, -1, -1):
        d = d * (1 - h[t + 1] ** 2)
        grads["W"] += h[t].swapaxes(1, 2) @ d
        grads["u"] += X[:, :, t : t + 1].swapaxes(1, 2) @ d
        grads["b"] += d.sum(axis=1, keepdims=True)
        d = d @ W.swapaxes(1, 2)
    return np.logaddexp(0, -margin).mean(axis=1), grads


def runs_that_learn(step, init, lr, runs=12, length=12, units=12):
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(0, units**-0.5, (runs, units, units)), "u": rng.normal(0, 1, (runs, 1, units)),
              "b": np.zeros((runs, 1, units)), "v": rng.normal(0, units**-0.5, (runs, units, 1))}
    states, losses = {name: init(array) for name, array in params.items()}, []
    for _ in range(300):
        X = rng.choice([-1.0, 1.0], (runs, 32, length))
        loss, grads = recurrent(params, X, X[:, :, 0])
        losses.append(loss)
        for name in params:
            params[name], states[name] = step(params[name], grads[name], states[name], lr=lr)
    return int((np.mean(losses[-20:], axis=0) < 0.1).sum())


# %% role="experiment" hidden=true
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    for name, middle in [("momentum", 0.1), ("adagrad", 0.178), ("rmsprop", 0.0178), ("adam", 0.0316)]:
        counts = {lr: runs_that_learn(*METHODS[name], lr) for lr in (middle / 1.78, middle, 1.78 * middle)}
        listed = tr(", ", "，").join(tr(f"{count} at lr {lr:.2g}", f"lr {lr:.2g} 时 {count} 次") for lr, count in counts.items())
        print(tr(f"{NAMES[name]} learns it {listed}", f"{NAMES[name]}：{listed}"))

# %% [markdown] lang="en"
# Reliable, but not RMSProp alone: all three methods that divide learn it in nearly every run, momentum in about half. After the division it no longer matters how long an exploding or vanishing gradient is.
#
# ### Further 8: why are libraries faster?
#
# Your `adam_step` forms $\hat m$, $\hat v$ and several more arrays that are thrown away at once. A large array costs time to allocate and to carry through memory. But the corrections are numbers. *Find the two numbers of the contract.*
# %% [markdown] lang="zh"
# 可靠，但不只是 RMSProp：做除法的三种方法几乎每次都学得会，动量法只有一半左右。梯度不论爆炸还是消失，除法都消去了它的大小。
#
# ### 拓展 8：库为什么更快？
#
# 你的 `adam_step` 要算出 $\hat m$、$\hat v$ 和好几个用完就丢的数组。大数组的分配和搬运都要时间。可是校正不过是几个数。*求出契约里的那两个数。*

# %% [markdown] role="docstring" of="folded_corrections" lang="zh" twin="83dfd5ba"
# 返回两个数，由它们完成 Adam 的偏差校正，不必再为此对数组做除法。
#
# 契约：设返回的是 step_size、small。对所有的 m 和 v，adam_step 的第 t 步让 params 移动
# -step_size * m / (np.sqrt(v) + small)，其中 m 和 v 是新的、照原样保存而未校正的矩。
#
# t：正在走的是第几步，第一步为 1。lr、betas、eps：Python 数值，与 adam_step 的相同。
# 返回 (step_size, small)，两个浮点数。
# 若 t < 1，lr < 0，两个 beta 不都在 [0, 1) 内，或 eps < 0，抛出 ValueError。
#
# >>> folded_corrections(1, lr=0.5, betas=(0.75, 0.75), eps=4.0)
# (1.0, 2.0)

# %% role="answer" id="folded_corrections"
from reference.adam_speed import folded_corrections

# %% role="practice" id="try_folded_corrections"
check("folded_corrections", folded_corrections)

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Write $c_1=1-\beta_1^t$, $c_2=1-\beta_2^t$ and put them into the step. What can leave the fraction?
# </details>
# <details><summary>Hint 2</summary>
#
# $\sqrt{v/c_2}+\epsilon=(\sqrt v+\dots)/\sqrt{c_2}$: what stands for the dots?
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $c_1=0.25$, $\sqrt{c_2}=0.5$. With `eps` left as it is you get 4.0 in the second place; without the root (0.5, 1.0).
# </details>
#
# The step below uses your numbers, and writes into arrays of its own.
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 记 $c_1=1-\beta_1^t$、$c_2=1-\beta_2^t$，代入那一步。哪些能移到分式外面？
# </details>
# <details><summary>提示 2</summary>
#
# $\sqrt{v/c_2}+\epsilon=(\sqrt v+\dots)/\sqrt{c_2}$：省略号处是什么？
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$c_1=0.25$，$\sqrt{c_2}=0.5$。`eps` 原样留着，第二个数会得 4.0；漏了开方会得 (0.5, 1.0)。
# </details>
#
# 下面这个函数用你的两个数，并且只写进它自己新建的数组。

# %% [markdown] role="docstring" of="fast_adam_step" lang="zh" twin="b70400c5"
# adam_step 的一步，用于一维以上的 params：数值相同（舍入除外），新建的数组更少。

# %% role="given" id="fast_adam_step"
from reference.adam_speed import fast_adam_step

# %% role="experiment"
with experiment("adam_step", "folded_corrections"):
    rng = np.random.default_rng(0)
    params, grads = rng.standard_normal((2, 1000, 1000))
    seconds = {}
    for step in (adam_step, fast_adam_step):
        times = []
        for _ in range(15):
            start = perf_counter()
            new, _ = step(params, grads, adam_init(params))
            times.append(perf_counter() - start)
        seconds[step] = np.median(times), new
    (slow, one), (fast, other) = seconds.values()
    print(tr(f"a million parameters: {slow * 1e3:.0f} ms and {fast * 1e3:.0f} ms, {slow / fast:.1f} times as fast; largest difference {np.abs(one - other).max():.0e}",
             f"一百万个参数：{slow * 1e3:.0f} 毫秒和 {fast * 1e3:.0f} 毫秒，速度是原来的 {slow / fast:.1f} 倍；最大的差 {np.abs(one - other).max():.0e}"))

# %% [markdown] lang="en"
# How much this gains depends on the machine and on what else it is doing. PyTorch's *fused* Adam goes further: one pass over memory, everything else in registers.
#
# ### In practice today
#
# - Language models: AdamW, $\beta_2=0.95$ rather than 0.999, decay 0.1, warmup then cosine to a tenth, clipping by the global norm (GPT-3, Brown et al. 2020). A cosine must know its end; many now use warmup, constant, then a short decay (Hu et al. 2024; Hägele et al. 2024). Image networks are still trained with momentum, too.
# - "Which is best?" Schmidt et al. (2021): fifteen methods on eight tasks, none best everywhere, Adam always competitive; trying several untuned methods does about as well as tuning one. Wilson et al. (2017) found that adaptive methods generalize worse than tuned SGD; Choi et al. (2019) that Adam never falls behind if everything is tuned.
# - Why warmup helps is still debated: $\hat v$ varies much early on (Liu et al. 2020), the early updates are too large (Ma & Yarats 2021), or the sharpness comes down while the rate is small (Gilmer et al. 2022).
# - Why Adam beats SGD on transformers is open. Not because of noise: the gap stays with full batches (Kunstner et al. 2023). Blocks differ greatly in curvature (Zhang et al. 2024).
# - Newer: Lion takes the sign (Chen et al. 2023); Muon orthogonalizes the momentum of each weight matrix (Jordan et al. 2024); SOAP runs Adam in Shampoo's turned coordinates (Vyas et al. 2024), an answer to the turned valley; schedule-free methods need no end (Defazio et al. 2024). When you read "times faster", remember fair tuning: Wen et al. (2025) tuned ten optimizers alike, and the gain over AdamW shrank to 1.4 for their smallest model and 1.1 for their largest.
#
# <details><summary>References</summary>
#
# J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, JMLR 12 (2011). G. Hinton, *Neural networks for machine learning*, lecture 6e (2012): RMSProp. D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. I. Loshchilov, F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017; *Decoupled weight decay regularization*, ICLR 2019. S. Reddi, S. Kale, S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018. A. Wilson et al., *The marginal value of adaptive gradient methods in machine learning*, NeurIPS 2017. V. Gupta, T. Koren, Y. Singer, *Shampoo: preconditioned stochastic tensor optimization*, ICML 2018. H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Stat. 22 (1951). J. Bergstra, Y. Bengio, *Random search for hyper-parameter optimization*, JMLR 13 (2012). D. Choi et al., *On empirical comparisons of optimizers for deep learning*, arXiv:1910.05446 (2019). R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*, ICML 2021. L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020. J. Ma, D. Yarats, *On the adequacy of untuned warmup for adaptive optimization*, AAAI 2021. J. Gilmer et al., *A loss curvature perspective on training instabilities of deep learning models*, ICLR 2022. F. Kunstner et al., *Noise is not the main factor behind the gap between SGD and Adam on transformers, but sign descent might be*, ICLR 2023. Y. Zhang et al., *Why transformers need Adam: a Hessian perspective*, NeurIPS 2024. T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. S. Hu et al., *MiniCPM*, arXiv:2404.06395 (2024). A. Hägele et al., *Scaling laws and compute-optimal training beyond fixed training durations*, NeurIPS 2024. X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023. K. Jordan et al., *Muon* (2024). N. Vyas et al., *SOAP: improving and stabilizing Shampoo using Adam*, arXiv:2409.11321 (2024). A. Defazio et al., *The road less scheduled*, NeurIPS 2024. K. Wen et al., *Fantastic pretraining optimizers and where to find them*, arXiv:2509.02046 (2025). CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# 能快多少，要看机器，也要看它还忙着什么。PyTorch 的 *fused* Adam 走得更远：内存只过一遍，其余都在寄存器里完成。
#
# ### 如今的做法
#
# - 语言模型：AdamW，$\beta_2$ 取 0.95 而不是 0.999，衰减 0.1，预热之后余弦降到十分之一，按全局范数裁剪（GPT-3，Brown 等，2020）。余弦要预先知道总步数；现在不少人用预热、不变、最后短短降一段（Hu 等，2024；Hägele 等，2024）。图像网络仍有用动量法训练的。
# - “哪个最好？”Schmidt 等（2021）在八个任务上跑了十五种方法，没有一种处处领先，Adam 始终有竞争力；不调参地多试几种，与调好一种差不多。Wilson 等（2017）发现自适应方法的泛化不如调好的 SGD；Choi 等（2019）则说，只要什么都调，Adam 从不落后。
# - 预热为什么有用，至今仍有争论：早期 $\hat v$ 的方差大（Liu 等，2020），早期的更新太大（Ma 与 Yarats，2021），或者是趁学习率小，锐度先降下来（Gilmer 等，2022）。
# - 为什么 Transformer 上 Adam 胜过 SGD，还没有定论。不是因为噪声：用全批量，差距依旧（Kunstner 等，2023）。各个模块的曲率相差很大（Zhang 等，2024）。
# - 更新的方法：Lion 取符号（Chen 等，2023）；Muon 把每个权重矩阵的动量正交化（Jordan 等，2024）；SOAP 在 Shampoo 转过的坐标里运行 Adam（Vyas 等，2024），等于认真对待了转过的山谷；schedule-free 方法不需要终点（Defazio 等，2024）。读到“加速若干倍”，请想想公平调参：Wen 等（2025）把十种优化器同样用心地调过，相对 AdamW 的加速在最小的模型上只剩 1.4 倍，在最大的上只剩 1.1 倍。
#
# <details><summary>参考文献</summary>
#
# J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, JMLR 12 (2011). G. Hinton, *Neural networks for machine learning*, lecture 6e (2012)：RMSProp. D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。I. Loshchilov, F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017; *Decoupled weight decay regularization*, ICLR 2019. S. Reddi, S. Kale, S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018. A. Wilson et al., *The marginal value of adaptive gradient methods in machine learning*, NeurIPS 2017. V. Gupta, T. Koren, Y. Singer, *Shampoo: preconditioned stochastic tensor optimization*, ICML 2018. H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Stat. 22 (1951). J. Bergstra, Y. Bengio, *Random search for hyper-parameter optimization*, JMLR 13 (2012). D. Choi et al., *On empirical comparisons of optimizers for deep learning*, arXiv:1910.05446 (2019). R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*, ICML 2021. L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020. J. Ma, D. Yarats, *On the adequacy of untuned warmup for adaptive optimization*, AAAI 2021. J. Gilmer et al., *A loss curvature perspective on training instabilities of deep learning models*, ICLR 2022. F. Kunstner et al., *Noise is not the main factor behind the gap between SGD and Adam on transformers, but sign descent might be*, ICLR 2023. Y. Zhang et al., *Why transformers need Adam: a Hessian perspective*, NeurIPS 2024. T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. S. Hu et al., *MiniCPM*, arXiv:2404.06395 (2024). A. Hägele et al., *Scaling laws and compute-optimal training beyond fixed training durations*, NeurIPS 2024. X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023. K. Jordan et al., *Muon* (2024). N. Vyas et al., *SOAP: improving and stabilizing Shampoo using Adam*, arXiv:2409.11321 (2024). A. Defazio et al., *The road less scheduled*, NeurIPS 2024. K. Wen et al., *Fantastic pretraining optimizers and where to find them*, arXiv:2509.02046 (2025). 第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 预条件 | preconditioning | 走步之前给梯度乘一个矩阵 |
# | 自适应学习率 | adaptive learning rate | 每个参数有自己的步长 |
# | 一阶矩、二阶原点矩（未中心化） | first moment, second raw moment | $m$、$v$；$v$ 不是方差 |
# | 偏差校正 | bias correction | 除以 $1-\beta^t$；与偏置（bias）无关 |
# | 冷启动 | cold start | 平均值从 0 开始，起初步子太长 |
# | 解耦权重衰减、有效衰减 | decoupled weight decay, effective decay | AdamW |
# | 学习率调度 | learning rate schedule | |
# | 步进衰减（阶梯衰减） | step decay | |
# | 余弦退火 | cosine annealing | |
# | 预热、热重启 | warmup, warm restarts | |
# | 随机搜索 | random search | 对数均匀地抽 |
# </details>

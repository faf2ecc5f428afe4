# %% [markdown] lang="en"
# # 02 What makes optimization hard
#
# Going downhill is easy until the slope changes under your step. You will measure curvature from gradients alone, watch a saddle hold a run for 188 steps, see training settle at the limit that theory sets, and throw a network off a cliff.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 02 优化为什么难
#
# 下坡不难，难在一步还没落地，脚下的坡已经变了。这一章只用梯度来测曲率；看鞍点怎样把训练拖住 188 步；看训练怎样贴着理论的界限往前走；最后把一个网络推下悬崖。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from descent.check import check
from descent.data import load_digits, moons
from descent.experiment import experiment
from descent.explore_landscape import cliff_loss, landscape_explorer
from descent.figures import draw
from descent.figures.cliff import draw_cliff
from descent.figures.saddle import draw_saddle
from descent.figures.unrolled import draw_unrolled
from descent.hyper import require
from descent.lend import lend
from descent.plots import panels, show
from descent.problems import double_well, quadratic, saddle
from descent.quiz import calibration, reveal
from descent.say import set_language

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: curvature
#
# A gradient says which way is down. How far can you trust it?
#
# | | |
# |---|---|
# | **You will be able to** | measure curvature from gradients; say what a Hessian proves about a critical point; predict the steps that a valley costs; tell a plateau from a poor minimum |
# | **You need** | gradient descent on a quadratic (01), central differences (00), the folded box below |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: four exercises, two predictions |
#
# <details><summary><b>The maths you need, in ten minutes</b></summary>
#
# **1. Taylor.** Near $x$ a smooth function is a plane plus a bowl or a saddle: $f(x+d)\approx f(x)+g^\top d+\tfrac12\,d^\top H d$. Here $g$ is the gradient and $H$ the **Hessian**, the symmetric matrix of second derivatives $\partial^2 f/\partial x_i\partial x_j$. If you move by $d$, the gradient changes by about $Hd$.
#
# **2. Curvature.** For $|d|=1$ the number $d^\top Hd$ is the **curvature** in direction $d$: positive, the ground bends up; negative, it bends down. $H$ is **positive definite** if it is positive for every $d\ne0$.
#
# **3. Eigenvectors.** A symmetric matrix has $n$ eigenvectors $q_i$ of length 1, at right angles to each other, with real eigenvalues: $Hq_i=\lambda_iq_i$. For $d=\sum_i c_iq_i$ you get $Hd=\sum_i\lambda_ic_iq_i$ and $d^\top Hd=\sum_i\lambda_ic_i^2$. So every curvature lies between $\lambda_{\min}$ and $\lambda_{\max}$.
#
# **4. Two by two.** The eigenvalues of $\begin{pmatrix}a&b\\c&d\end{pmatrix}$ have the sum $a+d$ and the product $ad-bc$. If they are complex they are $r(\cos\varphi\pm i\sin\varphi)$ with $r^2=ad-bc$: the matrix turns and scales by $r$ (you need that in 03).
#
# *Test yourself:* $f(x,y)=x^2+3xy$. Its Hessian is $\begin{pmatrix}2&3\\3&0\end{pmatrix}$ everywhere; the product of the eigenvalues is $-9$, so one is negative and $H$ is not positive definite. If the gradient is 0 and $Hq=4q$, the move $0.1\,q$ changes $f$ by about $\frac12\cdot4\cdot0.1^2=0.02$.
# </details>
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：曲率
#
# 梯度说哪边是下坡。一步走多远，这话还算数？
#
# | | |
# |---|---|
# | **学完你能够** | 只用梯度测出曲率；说清海森矩阵对一个临界点证明了什么；预测一条山谷要走多少步；分清平台区与不好的极小点 |
# | **你需要** | 二次函数上的梯度下降（01）、中心差分（00），以及下面折叠的数学准备 |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：四道练习，两次预测 |
#
# <details><summary><b>十分钟数学准备</b></summary>
#
# **1. 泰勒展开。** 在 $x$ 附近，光滑函数就是一个平面加一个碗（或马鞍）：$f(x+d)\approx f(x)+g^\top d+\tfrac12\,d^\top H d$。$g$ 是梯度，$H$ 是**海森矩阵**（Hessian），即二阶导数 $\partial^2 f/\partial x_i\partial x_j$ 组成的对称矩阵。移动 $d$，梯度大约改变 $Hd$。
#
# **2. 曲率。** $|d|=1$ 时，$d^\top Hd$ 就是沿 $d$ 方向的**曲率**（curvature）：为正，地面向上弯；为负，向下弯。若对所有 $d\ne0$ 都为正，称 $H$ **正定**（positive definite）。
#
# **3. 特征向量。** 对称矩阵有 $n$ 个长度为 1、两两垂直的特征向量 $q_i$，特征值都是实数：$Hq_i=\lambda_iq_i$。若 $d=\sum_i c_iq_i$，则 $Hd=\sum_i\lambda_ic_iq_i$，$d^\top Hd=\sum_i\lambda_ic_i^2$。所以任何方向的曲率都在 $\lambda_{\min}$ 与 $\lambda_{\max}$ 之间。
#
# **4. 二乘二。** $\begin{pmatrix}a&b\\c&d\end{pmatrix}$ 的两个特征值，和为 $a+d$，积为 $ad-bc$。若是一对复数 $r(\cos\varphi\pm i\sin\varphi)$，则 $r^2=ad-bc$：矩阵一边旋转，一边放大 $r$ 倍（03 章要用）。
#
# *自测：* $f(x,y)=x^2+3xy$ 的海森矩阵处处是 $\begin{pmatrix}2&3\\3&0\end{pmatrix}$；特征值之积为 $-9$，有一个是负的，所以不正定。若某点梯度为 0，且 $Hq=4q$，则移动 $0.1\,q$ 时 $f$ 大约改变 $\frac12\cdot4\cdot0.1^2=0.02$。
# </details>

# %% [markdown] lang="en"
# ### Start with two runs
#
# Two runs go down a valley that curves 20 times as much across as along. One has `lr` 0.095 and jumps from side to side. The other has 0.025 and walks along the floor. *After 25 steps, which is closer to the minimum?*
# %% [markdown] lang="zh"
# ### 先看两次下降
#
# 同一条山谷，横向的曲率是纵向的 20 倍。一次取 `lr` 0.095，左右来回跳；另一次取 0.025，沿着谷底平稳地走。*25 步之后，哪一次离极小点更近？*

# %% hidden=true
def descend(x, gradient, *, lr, num_steps):
    tr(
        """Run gradient descent; return the points, start included.""",
        """梯度下降，返回经过的点，包括起点。""",
    )
    path = [x]
    for _ in range(num_steps):
        x = x - lr * gradient(x)
        path.append(x)
    return np.array(path)


# %% role="experiment" nbval="check" hidden=true
valley = quadratic([1, 20], start=[-2.0, 0.5])
fig, axes = draw.figure(columns=2, height=2.9)
titles = tr("lr 0.095: from side to side", "lr 0.095：来回跳"), tr("lr 0.025: along the floor", "lr 0.025：沿谷底走")
for ax, lr, name, role in zip(axes, (0.095, 0.025), titles, ("gd", "plum"), strict=True):
    points = descend(valley.start, valley.gradient, lr=lr, num_steps=25)
    turns, away = np.sum(points[1:, 1] * points[:-1, 1] < 0), np.linalg.norm(points[-1])
    print(tr(
        f"lr {lr:5}: crosses the floor {turns:2} times, distance after 25 steps {away:.2f}",
        f"lr {lr:5}：穿过谷底 {turns:2} 次，25 步后离极小点 {away:.2f}",
    ))
    draw.landscape(ax, valley.value, (-2.2, 0.5), (-0.7, 0.7), aspect="auto", names=("$a$", "$b$"))
    draw.path(ax, points, role)
    draw.minimum(ax, 0, 0)
    draw.title(ax, name, color=role, below=tr(f"still {away:.2f} away", f"还差 {away:.2f}"))
draw.headline(fig, tr("The run that zigzags is ahead", "来回跳的那次领先"),
              tr("A valley with curvatures 1 and 20, 25 steps each.", "曲率为 1 和 20 的山谷，各走 25 步。"))
show(fig, alt=tr(
    "Contours of a valley twice. Left, the path jumps from wall to wall and ends near the minimum. Right, it runs smoothly along the floor and ends half way.",
    "同一条山谷的等高线两幅。左图的轨迹在两壁之间来回跳，停在极小点附近；右图沿谷底平滑前进，只走到半路。"))

# %% [markdown] lang="en"
# Many lectures say that the swings slow a run down. Here the run that swings is far ahead. Why? First one step, then the whole way.
#
# ### What one step does
#
# Put the step $d=-\eta g$ into Taylor's formula:
#
# $$f(x-\eta g)\approx f(x)-\eta\,|g|^2+\tfrac12\eta^2\,g^\top Hg .$$
#
# The second term is the descent that the gradient promises, the third what curvature takes back. Let $\lambda_g=g^\top Hg/|g|^2$ be the curvature *in the direction of the gradient*. As far as the formula holds, the step goes down if $\eta<2/\lambda_g$.
#
# The largest eigenvalue $\lambda_{\max}$ is the **sharpness**. Since $\lambda_g\le\lambda_{\max}$, every $\eta<2/\lambda_{\max}$ is safe. *Which $\eta$ makes this one step the best? Write it down, then open.*
#
# <details><summary>Answer</summary>
#
# $-|g|^2+\eta\,g^\top Hg=0$ gives $\eta=1/\lambda_g$, if $\lambda_g>0$. Otherwise, by the formula, the descent never ends.
# </details>
# %% [markdown] lang="zh"
# 常有人说，来回振荡拖慢了训练。可这里来回跳的那次遥遥领先，为什么？先看一步，再看全程。
#
# ### 一步究竟做了什么
#
# 把 $d=-\eta g$ 代入泰勒展开：
#
# $$f(x-\eta g)\approx f(x)-\eta\,|g|^2+\tfrac12\eta^2\,g^\top Hg .$$
#
# 第二项是梯度许诺的下降，第三项是曲率收回去的。记 $\lambda_g=g^\top Hg/|g|^2$，即*沿梯度方向*的曲率。在展开式成立的范围内，$\eta<2/\lambda_g$ 时这一步就下降。
#
# 最大特征值 $\lambda_{\max}$ 叫**锐度**（sharpness）。因为 $\lambda_g\le\lambda_{\max}$，只要 $\eta<2/\lambda_{\max}$ 就总是安全的。*$\eta$ 取多少，这一步降得最多？先写下来，再点开。*
#
# <details><summary>答案</summary>
#
# 由 $-|g|^2+\eta\,g^\top Hg=0$ 得 $\eta=1/\lambda_g$，前提是 $\lambda_g>0$；否则在这个式子看来，下降没有尽头。
# </details>

# %% [markdown] lang="en"
# ### What a valley costs
#
# Now the whole way. On a quadratic the directions do not interact: along each eigenvector a step is $x_i\leftarrow(1-\eta\lambda_i)\,x_i$. The slowest is the flattest or the steepest. The best learning rate makes the two equal, $1-\eta\lambda_{\min}=-(1-\eta\lambda_{\max})$:
#
# $$\eta=\frac{2}{\lambda_{\min}+\lambda_{\max}},\qquad\text{and a step shrinks both to}\quad\frac{\kappa-1}{\kappa+1}\approx1-\frac2\kappa,\qquad\kappa=\frac{\lambda_{\max}}{\lambda_{\min}} .$$
#
# $\kappa$ is the **condition number**; a problem with large $\kappa$ is **ill-conditioned**. Each further digit costs about $\frac\kappa2\ln10\approx1.15\,\kappa$ steps.
#
# ### Experiment 1: the track
#
# $f(x)=\frac12\sum_i\lambda_ix_i^2$ has 50 curvatures from 1 to $\kappa$, evenly spaced on a log scale. Start at $(1,\dots,1)$ and stop when the distance has shrunk to a millionth. With its best constant learning rate $\kappa=10$ takes 62 steps. **And $\kappa=10\,000$?** (a) about 250, like $\log\kappa$; (b) about 2,000, like $\sqrt\kappa$; (c) about 60,000, like $\kappa$
# %% [markdown] lang="zh"
# ### 一条山谷要走多少步
#
# 再看全程。在二次函数上，各方向互不影响：沿每个特征向量，一步就是 $x_i\leftarrow(1-\eta\lambda_i)\,x_i$。最慢的不是最平坦的方向，就是最陡峭的方向。最好的学习率让两者一样快，$1-\eta\lambda_{\min}=-(1-\eta\lambda_{\max})$：
#
# $$\eta=\frac{2}{\lambda_{\min}+\lambda_{\max}},\qquad\text{每一步都缩小到}\quad\frac{\kappa-1}{\kappa+1}\approx1-\frac2\kappa,\qquad\kappa=\frac{\lambda_{\max}}{\lambda_{\min}} .$$
#
# $\kappa$ 叫**条件数**（condition number）；$\kappa$ 大的问题叫**病态**（ill-conditioned）问题。精度提高一位，大约要 $\frac\kappa2\ln10\approx1.15\,\kappa$ 步。
#
# ### 实验 1：赛道
#
# $f(x)=\frac12\sum_i\lambda_ix_i^2$，50 个曲率从 1 到 $\kappa$，按对数均匀分布；从 $(1,\dots,1)$ 出发，到极小点的距离缩到百万分之一为止。用最好的固定学习率，$\kappa=10$ 要 62 步。**$\kappa=10\,000$ 呢？** (a) 约 250 步，像 $\log\kappa$；(b) 约 2000 步，像 $\sqrt\kappa$；(c) 约 60 000 步，像 $\kappa$

# %% role="answer" id="prediction_valley"
prediction_valley = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_valley = "c"
### END SOLUTION

# %% role="experiment" nbval="check"
distances = {}
for kappa in (10, 100, 1000, 10_000):
    curvatures = np.logspace(0, np.log10(kappa), 50)
    x, lr, distance = np.ones(50), 2 / (1 + kappa), [1.0]
    while distance[-1] > 1e-6:
        x = x - lr * curvatures * x
        distance.append(np.linalg.norm(x) / np.sqrt(50))
    distances[kappa], count = np.array(distance), len(distance) - 1
    print(tr(f"kappa {kappa:5}: {count:5} steps, {count / kappa:.2f} kappa", f"kappa {kappa:5}：{count:5} 步，即 {count / kappa:.2f} kappa"))
# %% role="experiment" hidden=true
fig, (share, race) = draw.figure(2, height=3.5)
curvatures = np.logspace(0, 2, 50)
left = np.abs(1 - 2 / 101 * curvatures)
share.plot(curvatures, left, "o", ms=3.5, color=draw.colour("gd"))
draw.log_axes(share, x=True)
share.set(xlim=(0.8, 125), ylim=(0, 1.25), xlabel=tr("curvature, κ = 100", "曲率，κ = 100"))
draw.quantity(share, tr("what one step leaves", "走一步之后剩下的比例"))
draw.note(share, tr("flattest: 0.98", "最平坦：0.98"), (1, left[0]), (2.2, 0.66), color="gd")
draw.note(share, tr("steepest: 0.98", "最陡峭：0.98"), (100, left[-1]), (17, 1.15), color="gd")
draw.note(share, tr("nearly gone\nin one step", "一步几乎\n就没了"), (50, 0.03), (6, 0.2), color="gd")
for kappa, shade in zip(distances, ("sky", "gd", "plum", "ink"), strict=True):
    race.plot(np.arange(len(distances[kappa])) / kappa, distances[kappa], color=draw.colour(shade), lw=1.6)
draw.log_axes(race, y=True)
race.set(xlim=(0, 6.6), ylim=(6e-7, 1.6), xlabel=tr("steps / κ", "步数 / κ"))
draw.quantity(race, tr("distance", "到极小点的距离"))
draw.words(race, 3.5, 0.06, tr("κ = 10, 100, 1000, 10 000:\nnearly one line", "κ = 10、100、1000、10 000：\n几乎是同一条线"), ha="left", color="gd")
draw.headline(fig, tr("A valley ten times as long costs ten times as many steps", "山谷长十倍，步数就多十倍"),
              tr("50 curvatures from 1 to κ, best constant learning rate 2 / (1 + κ).", "50 个曲率从 1 到 κ，最好的固定学习率 2 / (1 + κ)。"))
show(fig, alt=tr(
    "Left, for condition number 100: what one step leaves of each of 50 directions. The flattest and the steepest keep 0.98, those "
    "in the middle almost nothing. Right: distance from the minimum on a log axis against steps divided by the condition number; the "
    "four runs fall along nearly the same line, to a millionth at 6.1.",
    "左图，条件数为 100：走一步之后 50 个方向各剩下多少。最平坦和最陡峭的剩 0.98，中间的几乎不剩。右图：到极小点的距离（对数坐标）随步数除以条件数的变化，"
    "四次运行几乎沿同一条线下降，到 6.1 时降到百万分之一。"))
times = len(distances[10_000]) / len(distances[10])
reveal("valley", prediction_valley, "c", tr(
    f"From κ = 10 to 10000, a factor of 1000, the steps grow by a factor of {times:.0f}.",
    f"κ 从 10 到 10000，变成一千倍，步数变成 {times:.0f} 倍。",
))

# %% [markdown] lang="en"
# **What it showed.** Steps grow in proportion to $\kappa$. (Six digits should cost $6.9\,\kappa$. It is $6.1\,\kappa$, because only two of the 50 directions are slow and the distance counts all 50.)
#
# And the two runs of the beginning? The swings only show that the rate is near the limit of the steep direction. What takes long is the *flat* one: at `lr` 0.025 a step leaves 0.975 of it, at 0.095 only 0.905. After 25 steps that is 0.53 against 0.08.
# %% [markdown] lang="zh"
# **结论。** 步数与 $\kappa$ 成正比。（六位精度按公式要 $6.9\,\kappa$ 步，这里是 $6.1\,\kappa$：50 个方向里只有两个慢，而距离是按全部 50 个算的。）
#
# 再说开头那两次下降。第一份笔记 2.1 节写道：**“梯度下降会在陡峭的墙壁之间来回震荡，进展缓慢”**。现象没错，但来回跳只说明学习率接近陡峭方向的上限；真正费时间的是*平坦*的方向。`lr` 取 0.025，每步剩下 $1-0.025=0.975$；取 0.095，只剩 0.905。走 25 步，一个还剩 0.53，一个只剩 0.08。

# %% [markdown] lang="en"
# ### Exercise 1: `hessian_vector_product` ({{points:hessian_vector_product}} points, 6 minutes)
#
# On the track the curvatures were in the formula. How do you find them when all you have is gradients? A model with a million parameters has a Hessian with $10^{12}$ entries. You rarely need them: what $H$ does to *one* vector costs two gradients. Central differences, which turned losses into slopes (00), now turn slopes into curvature.
# %% [markdown] lang="zh"
# ### 练习 1：`hessian_vector_product`（{{points:hessian_vector_product}} 分，6 分钟）
#
# 赛道的曲率写在公式里。手里只有梯度时，曲率怎么求？一百万个参数的模型，海森矩阵有 $10^{12}$ 个元素。好在很少需要它们：$H$ 乘*一个*向量，两个梯度就够了。00 章用中心差分由损失求斜率，这里由斜率求曲率。

# %% [markdown] role="docstring" of="hessian_vector_product" lang="zh" twin="cc4f30ac"
# 用两个梯度求海森矩阵与一个向量的乘积，不必写出海森矩阵。
#
# 契约：grad_fn 恰好调用两次，一次在 x + h v，另一次在哪里由你选。如果梯度是 2 次多项式，结果恰好是 H v，
# 与 h 的大小无关；否则误差是 h^2 量级。
#
# grad_fn(x)：x 处的梯度。params（x）、vector（v）：形状相同的 float64 数组，形状不限；不得改动它们。
# NaN 原样传递。返回同样形状的数组。
# 若 h <= 0，抛出 ValueError。
#
# >>> hessian_vector_product(lambda x: x**3, 2.0, 3.0, h=0.5)
# 42.75

# %% role="answer" id="hessian_vector_product"
from reference.curvature import hessian_vector_product

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# If you move by $hv$, by about how much does the gradient change?
# </details>
# <details><summary>Hint 2</summary>
#
# By $h\,Hv$. The error of order $h$ cancels if the second point lies on the other side of $x$. How far apart are the two points?
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $x+hv=3.5$, the other point is 0.5, and $(3.5^3-0.5^3)/(2\cdot0.5)=42.75$. The true product is $3\cdot2^2\cdot3=36$. A one-sided difference gives 69.75.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 移动 $hv$，梯度大约改变多少？
# </details>
# <details><summary>提示 2</summary>
#
# 改变 $h\,Hv$。第二个点取在 $x$ 的另一侧，$h$ 量级的误差就抵消了。这两个点相距多远？
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$x+hv=3.5$，另一个点是 0.5，$(3.5^3-0.5^3)/(2\cdot0.5)=42.75$；真正的乘积是 $3\cdot2^2\cdot3=36$。单侧差分会得 69.75。
# </details>

# %% role="tests" id="test_hessian_vector_product" points=12
check("hessian_vector_product", hessian_vector_product)

# %% [markdown] lang="en"
# ### Exercise 2: `numerical_hessian` ({{points:numerical_hessian}} points, 6 minutes)
#
# For a few dozen parameters you can afford the whole matrix.
# %% [markdown] lang="zh"
# ### 练习 2：`numerical_hessian`（{{points:numerical_hessian}} 分，6 分钟）
#
# 参数只有几十个时，整个矩阵也算得起。

# %% [markdown] role="docstring" of="numerical_hessian" lang="zh" twin="0f568629"
# 用 hessian_vector_product 求出整个海森矩阵。
#
# 契约：第 i 行是与单位向量 e_i 的乘积。由于舍入和 h^2 量级的误差，这些行不完全对称；
# 返回的是离它们最近的对称矩阵。
#
# grad_fn(x)：x 处的梯度。params（x）：有 n 个元素的 float64 数组，形状不限；不得改动。
# NaN 原样传递。
# 返回数组，形状 (n, n)；行和列按 params.ravel() 的顺序数 params 的元素。
#
# >>> numerical_hessian(lambda x: np.array([x[0] * x[1], x[1] ** 2]), np.array([2.0, 6.0]), h=0.5)
# array([[ 6.,  1.],
#        [ 1., 12.]])

# %% role="answer" id="numerical_hessian"
from reference.curvature import numerical_hessian

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which array holds the unit vectors as its rows? Which shape must one of them have before you pass it on?
# </details>
# <details><summary>Hint 2</summary>
#
# `np.eye(n)`, and the shape of `params`. Flatten each product into a row, and pass `h` on. Of all symmetric matrices the nearest to $A$ is the mean of $A$ and $A^\top$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the rows are $(6,0)$ and $(2,12)$ (this "gradient" has no symmetric Hessian). Their mean with the transpose has 1 beside the diagonal. Without `/ 2` you get 12, 2, 24.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 哪个数组的各行就是单位向量？传进去之前，每个单位向量应是什么形状？
# </details>
# <details><summary>提示 2</summary>
#
# `np.eye(n)`；形状与 `params` 相同。每个乘积拉平成一行，别忘了把 `h` 传下去。离 $A$ 最近的对称矩阵，是 $A$ 与 $A^\top$ 的平均。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：两行是 $(6,0)$ 和 $(2,12)$（这个“梯度”本来就没有对称的海森矩阵）。与转置取平均，对角线外都是 1。漏了 `/ 2` 会得 12、2、24。
# </details>

# %% role="tests" id="test_numerical_hessian" points=8
check("numerical_hessian", numerical_hessian)

# %% [markdown] lang="en"
# ### Where does a network stand?
#
# **"Training gets stuck in local minima."** (nearly everywhere) Ask a network where it stands: 33 parameters (2-8-1, tanh), 100 points of two moons, gradient descent with `lr` 0.5. At four stops we compute all 33 curvatures with your function. *After 5,000 steps the loss is almost 0. Is this a minimum, with gradient 0 and every curvature positive?*
# %% [markdown] lang="zh"
# ### 网络停在哪里？
#
# **批量梯度下降“可能会使其陷入某个局部最小值或鞍点”。**（第一份笔记 1.1 节）不妨问问网络自己在哪里：33 个参数（2-8-1，tanh），双月数据 100 个点，梯度下降，`lr` 0.5。每到一站，用你的函数算出全部 33 个曲率。*5000 步之后，损失已接近 0。这里是极小点吗，也就是梯度为 0，曲率全为正？*

# %% hidden=true
X_moons, y_moons = moons(np.random.default_rng(0), num=100)
X_moons = X_moons - X_moons.mean(axis=0)


def moons_loss_and_grad(params):
    tr(
        """Return the logistic loss of a 2-8-1 tanh network on the moons and its gradient; params: 33 numbers.""",
        """返回 2-8-1 tanh 网络在双月数据上的逻辑损失及其梯度；params：33 个数。""",
    )
    W1, b1, w2, b2 = params[:16].reshape(2, 8), params[16:24], params[24:32], params[32]
    hidden = np.tanh(X_moons @ W1 + b1)
    score = hidden @ w2 + b2
    to_score = (0.5 * (1 + np.tanh(score / 2)) - y_moons) / len(y_moons)
    to_hidden = np.outer(to_score, w2) * (1 - hidden**2)
    parts = [(X_moons.T @ to_hidden).ravel(), to_hidden.sum(axis=0), hidden.T @ to_score, [to_score.sum()]]
    return np.mean(np.logaddexp(0, score) - y_moons * score), np.concatenate(parts)


def moons_gradient(params):
    return moons_loss_and_grad(params)[1]


# %% role="experiment" nbval="check" hidden=true
with experiment("numerical_hessian", "hessian_vector_product"):
    where, done = np.random.default_rng(0).normal(0, 0.5, 33), 0
    for stop in (0, 100, 1000, 5000):
        where, done = descend(where, moons_gradient, lr=0.5, num_steps=stop - done)[-1], stop
        values = np.linalg.eigvalsh(numerical_hessian(moons_gradient, where))
        loss, length = moons_loss_and_grad(where)[0], np.linalg.norm(moons_gradient(where))
        low, high, negative = values[0], values[-1], np.sum(values < -1e-6)
        print(tr(f"step {stop:4}: loss {loss:.3f}, |gradient| {length:.4f}, {negative:2} of 33 curvatures negative, from {low:.4f} to {high:.2f}",
                 f"第 {stop:4} 步：损失 {loss:.3f}，梯度长 {length:.4f}，33 个曲率中 {negative:2} 个为负，从 {low:.4f} 到 {high:.2f}"))

# %% [markdown] lang="en"
# No: at none of the stops is the gradient 0, and at each some directions bend down, fewer and more weakly as the loss falls. "The loss stands still" is an observation; "a local minimum" is a claim about a gradient and 33 curvatures.
# %% [markdown] lang="zh"
# 不是。四站的梯度都不是 0，每一站都有向下弯的方向，损失越低，它们越少、越弱。“损失不动了”是观察；“到了局部极小点”却是对梯度和 33 个曲率的断言。

# %% [markdown] lang="en"
# ### Exercise 3: `power_iteration` ({{points:power_iteration}} points, 9 minutes)
#
# The Hessian of a large network does not fit into memory. But the sharpness alone can be found from products: multiply again and again. With $H=\begin{pmatrix}3&0\\0&1\end{pmatrix}$ the vector $(1,1)$ becomes $(3,1)$, $(9,1)$, $(27,1)$. Soon it points along the first direction, the one that every product stretches most.
#
# Any symmetric $H$ does the same. Write the vector as $\sum_ic_iq_i$: after $k$ products every $c_i$ has the factor $\lambda_i^k$, and the largest $|\lambda_i|$ wins. The curvature along the direction that is left is this $\lambda_i$. It is the sharpness, unless a negative eigenvalue is larger in absolute value.
#
# Set the length back to 1 each time, or the numbers overflow. Start from a random vector: one at right angles to the eigenvector may never turn.
# %% [markdown] lang="zh"
# ### 练习 3：`power_iteration`（{{points:power_iteration}} 分，9 分钟）
#
# 网络一大，整个海森矩阵就放不下了。但若只要锐度，会求乘积就够：一遍一遍地乘。取 $H=\begin{pmatrix}3&0\\0&1\end{pmatrix}$，向量 $(1,1)$ 依次变成 $(3,1)$、$(9,1)$、$(27,1)$：第一个方向每次都拉得最长，向量很快就指向它了。
#
# 任何对称的 $H$ 都是如此。把向量写成 $\sum_ic_iq_i$，乘 $k$ 次之后，各个 $c_i$ 都乘上了自己的 $\lambda_i^k$，$|\lambda_i|$ 最大的一项胜出。沿最后剩下的方向，曲率就是这个 $\lambda_i$。只要没有绝对值更大的负特征值，它就是锐度。
#
# 每次都把长度还原为 1，否则会溢出。起始向量要随机取：若与那个特征向量垂直，可能永远转不过去。

# %% [markdown] role="docstring" of="power_iteration" lang="zh" twin="3d0093e9"
# 对只能求乘积的对称矩阵，返回绝对值最大的特征值及其特征向量。
#
#     v <- v / |v|
#     v <- H v / |H v|，   共 num_steps 次
#     特征值 = v . H v
#
# product(v)：返回 H v，例如海森矩阵与向量的乘积。vector（v）：起始向量，形状不限，不为零；不得改动。
# NaN 原样传递。如果还没走完就遇到 H v = 0，停下并返回 (0.0, v)。
# 返回 (特征值, v)：一个带符号的数，和一个长度为 1 的数组。
# 若 num_steps < 0，抛出 ValueError。
#
# >>> eigenvalue, v = power_iteration(lambda v: np.array([[2, 0], [0, -3]]) @ v, np.array([2.0, 2.0]), num_steps=1)
# >>> print(round(eigenvalue, 3), v.round(3))
# -1.462 [ 0.555 -0.832]

# %% role="answer" id="power_iteration"
from reference.curvature import power_iteration

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Where in the three lines could you divide by 0? How many products do you need for `num_steps=1`?
# </details>
# <details><summary>Hint 2</summary>
#
# One product in the loop; stop if its length is 0. One more after the loop, for the eigenvalue. `np.sum(v * product(v))` works for any shape.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $H(0.707,0.707)=(1.414,-2.121)$ has length 2.550. With that length as the eigenvalue the sign is lost; with the vector before the step you get $-0.5$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 三行里，哪一行可能除以 0？`num_steps=1` 时一共要求几次乘积？
# </details>
# <details><summary>提示 2</summary>
#
# 循环里求一次乘积，长度为 0 就停；循环之后再求一次，用来算特征值。`np.sum(v * product(v))` 对任何形状都成立。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$H(0.707,0.707)=(1.414,-2.121)$，长度 2.550。拿长度当特征值会丢掉符号；用走这一步之前的向量会得 $-0.5$。
# </details>

# %% role="tests" id="test_power_iteration" points=14
check("power_iteration", power_iteration)

# %% [markdown] lang="en"
# ### Exercise 4: `classify_critical_point` ({{points:classify_critical_point}} points, 7 minutes)
#
# The moons network never came to rest. Where gradient descent does, the gradient is 0: a **critical point**. Is it a minimum? Taylor's formula leaves only $\frac12d^\top Hd$ there, and the signs of the eigenvalues decide, as long as none is 0. If some are positive and others negative, it is a **saddle point**.
#
# What does a 0 mean? Think of $x^4$, $-x^4$ and $x^3$ at $x=0$: all three have second derivative 0. Then decide: eigenvalues 2, −1 and 0, is that inconclusive?
# %% [markdown] lang="zh"
# ### 练习 4：`classify_critical_point`（{{points:classify_critical_point}} 分，7 分钟）
#
# 双月网络一直没有停下。梯度下降真停下来的地方，梯度为 0，叫**临界点**（critical point）。它是极小点吗？那里泰勒展开只剩 $\frac12d^\top Hd$；只要特征值都不为 0，看符号就能下结论。有正有负，就是**鞍点**（saddle point）。
#
# 有一个为 0 呢？想想 $x^4$、$-x^4$、$x^3$ 在 $x=0$ 处：二阶导数都是 0。再想：特征值为 2、−1、0，能不能下结论？

# %% [markdown] role="docstring" of="classify_critical_point" lang="zh" twin="2bed4001"
# 说出海森矩阵对一个临界点（梯度为 0 的点）证明了什么。
#
# 契约：特征值大于 tolerance 算正，小于 -tolerance 算负，其余算 0。凡有这样的海森矩阵的光滑函数，
# 如果在那里都取极小、都取极大，或都是鞍点（f 沿某个方向上升，沿另一个方向下降），就返回 "minimum"、
# "maximum" 或 "saddle"；如果它们不一致，返回 "inconclusive"。
#
# hessian：对称数组，形状 (n, n)，不得改动；属于一个你已确认梯度为 0 的点。
# 返回这四个词之一。
# 若 tolerance < 0，或有元素不是有限的数，抛出 ValueError。
#
# >>> classify_critical_point(np.array([[1.0, 2.0], [2.0, 1.0]]))
# 'saddle'

# %% role="answer" id="classify_critical_point"
from reference.curvature import classify_critical_point

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# One direction up and one down: can a third, flat direction still change the verdict?
# </details>
# <details><summary>Hint 2</summary>
#
# No, so ask for both signs first. After that a zero leaves the question open. `np.linalg.eigvalsh(hessian)` gives the eigenvalues.
# </details>
# <details><summary>Hint 3</summary>
#
# The example has eigenvalues 3 and −1. The diagonal, 1 and 1, would say "minimum". Use two boolean arrays with `.any()` and `.all()`, and compare with `tolerance`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 既有往上的方向，又有往下的方向，第三个平坦的方向还能改变结论吗？
# </details>
# <details><summary>提示 2</summary>
#
# 不能，所以先看是不是两种符号都有。除此之外，有 0 就下不了结论。`np.linalg.eigvalsh(hessian)` 给出特征值。
# </details>
# <details><summary>提示 3</summary>
#
# 例子的特征值是 3 和 −1；只看对角线（1 和 1）会误判为 "minimum"。用两个布尔数组加 `.any()`、`.all()`，并与 `tolerance` 比较。
# </details>

# %% role="tests" id="test_classify_critical_point" points=12
check("classify_critical_point", classify_critical_point)

# %% [markdown] lang="en"
# Try your four functions on $x^4$, $x^3$, and the saddle of sitting B: $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$.
# %% [markdown] lang="zh"
# 让四个函数一起上场：$x^4$、$x^3$，以及 B 节的鞍点函数 $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$。

# %% role="experiment" nbval="check"
with experiment("hessian_vector_product", "numerical_hessian", "power_iteration", "classify_critical_point"):
    places = {
        tr("x^4 at 0", "x^4 在 0"): (lambda x: 4 * x**3, np.zeros(1)),
        tr("x^3 at 0", "x^3 在 0"): (lambda x: 3 * x**2, np.zeros(1)),
        tr("f at (0, 0)", "f 在 (0, 0)"): (saddle.gradient, np.zeros(2)),
        tr("f at (0, 1)", "f 在 (0, 1)"): (saddle.gradient, np.array([0.0, 1.0])),
    }
    for name, (gradient, x) in places.items():
        hessian = numerical_hessian(gradient, x)
        kind, values = classify_critical_point(hessian, tolerance=1e-4), np.round(np.linalg.eigvalsh(hessian), 3) + 0.0
        largest = power_iteration(lambda v: hessian_vector_product(gradient, x, v), np.ones(len(x)))[0] + 0.0
        print(tr(f"{name}: {kind}, eigenvalues {values}, power iteration {largest:.3f}",
                 f"{name}：{kind}，特征值 {values}，幂迭代 {largest:.3f}"))

# %% [markdown] lang="en"
# At (0, 0) power iteration says 0.000, though no eigenvalue is 0. The two, 1 and −1, are equally large, so neither wins: the vector jumps between $(1,-1)$ and $(1,1)$ for ever.
# %% [markdown] lang="zh"
# 在 (0, 0) 处，幂迭代给出 0.000，可没有哪个特征值是 0。两个特征值 1 和 −1 一样大，谁也压不过谁：向量永远在 $(1,-1)$ 与 $(1,1)$ 之间来回跳。

# %% [markdown] lang="en"
# ### Experiment 2: noise and a poor minimum
#
# In a valley a run is slow, but on its way. Suppose one really sits in a minimum, a poor one. Can noise get it out? $f(x)=(x^2-1)^2+0.3\,x$ has a good minimum on the left, a poor one on the right and a hill between. Without noise a run that starts in the poor one stays. To model a batch of size $B$, we add noise of standard deviation $3/\sqrt B$ to the gradient. 1,000 runs start in the poor minimum and get the same time, $\eta\cdot\text{steps}=40$.
#
# At $\eta=0.08$, $B=2$ about half of them leave. **Where else do about half leave?** (a) $\eta=0.04$, $B=2$; (b) $\eta=0.04$, $B=1$; (c) $\eta=0.08$, $B=4$
# %% [markdown] lang="zh"
# ### 实验 2：噪声能带它离开不好的极小点吗？
#
# 假如真停在了不好的极小点呢？双井函数 $f(x)=(x^2-1)^2+0.3\,x$：左边的极小点好，右边的不好，中间隔着一座小山。没有噪声时，从右边出发就一直留在右边。我们给梯度加上标准差为 $3/\sqrt B$ 的噪声，模拟大小为 $B$ 的批量；1000 次运行都从不好的极小点出发，总“时间” $\eta\cdot\text{步数}=40$ 相同。
#
# $\eta=0.08$、$B=2$ 时大约一半离开。**还有哪种设置也让大约一半离开？** (a) $\eta=0.04$、$B=2$；(b) $\eta=0.04$、$B=1$；(c) $\eta=0.08$、$B=4$

# %% role="answer" id="prediction_escape"
prediction_escape = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_escape = "b"
### END SOLUTION

# %%
well = double_well(0.3)
GOOD, HILL, POOR = np.sort(np.roots([4, 0, -4, 0.3]).real)  #| where f' = 0 | f' = 0 的三个点


def share_on_the_left(start, *, lr, batch_size):
    tr(
        """Return the share of 1000 noisy runs that are left of the hill at the end.""",
        """1000 次有噪声的运行，返回最后在小山左边的比例。""",
    )
    rng, x = np.random.default_rng(0), np.full(1000, start)
    for _ in range(round(40 / lr)):
        x = x - lr * (well.gradient(x) + 3 / np.sqrt(batch_size) * rng.standard_normal(1000))
    return np.mean(x < HILL)


# %% role="experiment" nbval="check" hidden=true
escapes = {lr: {B: share_on_the_left(POOR, lr=lr, batch_size=B) for B in (1, 2, 4)} for lr in (0.02, 0.04, 0.08)}
for lr, shares in escapes.items():
    counted = tr(", ", "，").join(f"B = {B}: {share:.2f}" for B, share in shares.items())
    print(tr(f"lr {lr}: share that left, {counted}", f"lr {lr}：离开的比例，{counted}"))
stay = share_on_the_left(GOOD, lr=0.08, batch_size=1)
print(tr(f"lr 0.08, B = 1, started in the good minimum: {stay:.2f} end there", f"lr 0.08，B = 1，从好的极小点出发：{stay:.2f} 最后还在那里"))
fig, (left, right) = draw.figure(columns=2, height=3.2)
xs = np.linspace(-1.6, 1.6, 200)
left.plot(xs, well.value(xs), color=draw.colour("ink"))
left.set(xlabel="$x$", ylim=(-0.9, 2.2))
draw.quantity(left, "$f(x)$")
for x, name, up in ((GOOD, tr("good", "好"), -0.25), (HILL, tr("hill", "小山"), 0.25), (POOR, tr("poor", "不好"), -0.25)):
    draw.words(left, x, well.value(x) + up, name)
for (lr, shares), role in zip(escapes.items(), ("teal", "plum", "red"), strict=True):
    right.plot([lr / B for B in shares], list(shares.values()), "o-", ms=6, color=draw.colour(role), alpha=0.8)
draw.log_axes(right, x=True)
right.set_xticks([0.005, 0.01, 0.02, 0.04, 0.08], ["0.005", "0.01", "0.02", "0.04", "0.08"])
right.minorticks_off()
right.set(xlabel=tr("η / B", "η / B"), ylim=(-0.05, 1))
draw.quantity(right, tr("share that left", "离开的比例"))
draw.words(right, 0.013, 0.55, tr("lr 0.02, 0.04, 0.08:\nnearly one line", "lr 0.02、0.04、0.08：\n几乎是同一条线"))
draw.headline(fig, tr("Whether a run escapes depends on η / B", "离不离得开，由 η / B 决定"),
              tr("1000 runs per point from the poor minimum, the same time η × steps.", "每个点 1000 次运行，都从不好的极小点出发，时间 η × 步数相同。"))
show(fig, alt=tr(
    f"Left: a curve with a deeper hollow on the left, a shallower one on the right, a hill between. Right: share that left against lr / B, near 0 up to 0.02, {escapes[0.08][1]:.2f} at 0.08; the points of three learning rates lie nearly on one line.",
    f"左：左边凹得深、右边凹得浅、中间有小山的曲线。右：离开的比例对 lr / B，0.02 以下接近 0，0.08 处为 {escapes[0.08][1]:.2f}；三个学习率的点几乎落在同一条线上。"))
reveal("escape", prediction_escape, "b", tr(
    f"lr 0.08, B 2: {escapes[0.08][2]:.2f}. lr 0.04, B 1: {escapes[0.04][1]:.2f}.",
    f"lr 0.08、B 2：{escapes[0.08][2]:.2f}；lr 0.04、B 1：{escapes[0.04][1]:.2f}。",
))

# %% [markdown] lang="en"
# **What it showed.** At equal time the noise acts through $\eta/B$, and abruptly: at half the ratio hardly any run leaves. Noise that leaves the poor minimum soon also throws runs out of the good one.
# %% [markdown] lang="zh"
# **结论。** 总时间相同时，噪声通过 $\eta/B$ 起作用，而且几乎是全有或全无：比值减半，就几乎没有一次能离开。噪声大到能很快离开不好的极小点，也会把一些运行甩出好的极小点（最后一行）。

# %% [markdown] lang="en"
# ### A plateau, and where it comes from
#
# **"On a plateau the gradient is near zero and learning stops; noise or momentum carries it across."** (many lectures) This, too, looks like a minimum. But some plateaus need not be crossed. A sigmoid unit should output 0 and starts at the input $w$, confidently wrong. The squared error $\sigma(w)^2$ has the slope $2\sigma^2(1-\sigma)$, the cross-entropy $-\ln(1-\sigma)$ the slope $\sigma$. *If the start moves from $w=4$ to 8, how much longer does each need?*
# %% [markdown] lang="zh"
# ### 平台区从哪里来
#
# **平台区上“模型学习停滞”，噪声“可以帮助模型“跳”出这些区域”。**（第一份笔记 2.2 节）平台区（plateau）看上去也像极小点。可有的平台区根本不必去跳。一个 sigmoid 单元本该输出 0，起初输入却是很大的 $w$，错得很自信。平方误差 $\sigma(w)^2$ 的斜率是 $2\sigma^2(1-\sigma)$，交叉熵损失 $-\ln(1-\sigma)$ 的斜率是 $\sigma$。*$w$ 从 4 变成 8，两者各要多花几倍的时间？*

# %% [markdown] role="docstring" of="sigmoid" lang="zh" twin="59222b78"
# 返回 1 / (1 + exp(-x))，用 tanh 写成，exp 不会溢出。形状不限；NaN 仍是 NaN。

# %% role="given" id="sigmoid"
from reference.rnn import sigmoid

# %% role="experiment" nbval="check" hidden=true
SLOPES = {
    tr("squared error", "平方误差"): lambda w: 2 * sigmoid(w) ** 2 * (1 - sigmoid(w)),
    tr("cross-entropy", "交叉熵"): lambda w: sigmoid(w),
}
outputs = {}
for w in (4, 8):
    for name, slope in SLOPES.items():
        out = sigmoid(descend(np.array(float(w)), slope, lr=1.0, num_steps=2000))
        outputs[name, w], arrived = out, int(np.flatnonzero(out < 0.1)[0])
        print(tr(f"w = {w}, {name}: first slope {slope(w):.5f}, output below 0.1 after {arrived} steps",
                 f"w = {w}，{name}：起初斜率 {slope(w):.5f}，{arrived} 步后输出小于 0.1"))
fig, ax = draw.figure(height=3.2)
for (name, w), role in zip(outputs, ("plum", "teal", "red", "gd"), strict=True):
    ax.plot(np.arange(1, 2002), outputs[name, w], color=draw.colour(role))
draw.log_axes(ax, x=True)
ax.set(xlim=(1, 2000), ylim=(0, 1.05), xlabel=tr("step", "步"))
draw.quantity(ax, tr("output, should be 0", "输出，应为 0"))
draw.note(ax, tr("cross-entropy\nfrom w = 4 and 8", "交叉熵，\nw = 4 和 8"), (7, 0.5), (2.2, 0.35))
draw.note(ax, tr("squared error, w = 4", "平方误差，w = 4"), (38, 0.5), (100, 0.3), color="plum")
draw.note(ax, tr("squared error, w = 8:\na plateau of 1500 steps", "平方误差，w = 8：\n1500 步的平台区"), (500, 0.99), (250, 0.72), color="red")
draw.headline(fig, tr("The plateau belongs to the loss, not to the unit", "平台区来自损失，而不是这个单元"),
              tr("One sigmoid unit, gradient descent, lr 1.", "一个 sigmoid 单元，梯度下降，lr 1。"))
show(fig, alt=tr(
    "Output of one sigmoid unit, log axis of steps. Both lines for cross-entropy fall within 20 steps. Squared error from w = 4 falls at about 40 steps, from w = 8 it stays near 1 for 1500 steps and then drops.",
    "一个 sigmoid 单元的输出，步数为对数坐标。交叉熵的两条线在 20 步内下降；平方误差从 w = 4 出发约 40 步时下降，从 w = 8 出发在 1 附近停了 1500 步才骤降。"))

# %% [markdown] lang="en"
# The slope of the squared error falls like $e^{-w}$, so the wait grows exponentially with $w$: 70 steps become 1,542. A loss or an activation that saturates *makes* such a plateau. Remove it rather than cross it: here with another loss, in chapter 06 with initialization and normalization.
# %% [markdown] lang="zh"
# 平方误差的斜率像 $e^{-w}$ 那样变小，要等的步数就随 $w$ 指数增长：70 步变成 1542 步。交叉熵只多用四步。这样的平台区是饱和的损失或激活函数*造*出来的。与其冲过去，不如别造它：这里换个损失，06 章靠参数初始化和归一化。
# %% [markdown] lang="en"
# ### Clinic
#
# Three runs that look stuck. Black: loss above the best known value. Grey, dashed: length of the gradient. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 三次训练，求诊者都说“卡住了”。黑线：损失高出已知最优值的部分；灰色虚线：梯度的长度。先想好诊断和证据，再点开。

# %% hidden=true
def record(value, gradient, start, *, lr, num_steps):
    tr("""Return loss and gradient length along a run.""", """返回一次下降中的损失和梯度长度。""")
    path = descend(start, gradient, lr=lr, num_steps=num_steps)
    return [value(x) for x in path], [np.linalg.norm(gradient(x)) for x in path]


def show_patients(patients, alt):
    tr("""Draw loss and gradient length of some runs.""", """画出几次训练的损失和梯度长度。""")
    fig, axes = panels(len(patients))
    axes = np.ravel(axes)
    for ax, (name, (losses, lengths)) in zip(axes, patients.items(), strict=True):
        ax.plot(np.maximum(losses, 1e-12), color=draw.colour("ink"), lw=1.5)
        ax.plot(lengths, color=draw.colour("soft"), lw=1.3, ls=(0, (4, 2)))
        ax.set_xlabel(tr("step", "步"))
        draw.log_axes(ax, y=True)
        draw.title(ax, name)
    axes[0].set_ylabel(tr("loss, |gradient|", "损失、梯度长度"))
    show(fig, alt=alt)


# %% role="experiment" hidden=true
steep = np.logspace(0, 3, 50)
show_patients({
    "A": record(lambda x: x @ (steep * x) / 2, lambda x: steep * x, np.ones(50), lr=2 / 1001, num_steps=600),
    "B": record(lambda w: sigmoid(w) ** 2, lambda w: 2 * sigmoid(w) ** 2 * (1 - sigmoid(w)), np.array(7.0), lr=1.0, num_steps=600),
    "C": record(lambda x: well.value(x) - well.minimum, well.gradient, np.array(1.4), lr=0.01, num_steps=600),
}, alt=tr(
    "Three pairs of curves, log axes. A: both fall fast, then along two slowly falling straight lines. B: the loss stays near 1 and the gradient near 0.002, rising, until after 500 steps the gradient peaks and the loss drops. C: the loss levels off at 0.6 while the gradient falls in a straight line to rounding level.",
    "三组曲线，对数坐标。A：两者先快速下降，再沿两条缓慢下降的直线继续。B：损失停在 1 附近，梯度在 0.002 附近缓慢变大，500 步之后梯度出现尖峰，损失骤降。C：损失停在 0.6，梯度沿直线一直降到舍入误差的水平。"))

# %% [markdown] lang="en"
# **A.**
# <details><summary>ill-conditioned</summary><b>Yes.</b> Fast at first (the steep directions), then a straight line on a log axis: one direction shrinks by the same small fraction in every step.</details>
# <details><summary>a local minimum</summary>Then the loss would level off above 0 while the gradient goes on falling.</details>
# <details><summary>learning rate too large</summary>Something would grow, or swing without shrinking.</details>
#
# **B.**
# <details><summary>a local minimum</summary>There the gradient tends to 0. Here it is small, but it grows.</details>
# <details><summary>a plateau</summary><b>Yes.</b> A small gradient that grows slowly, then a sudden way out. How long you have waited says nothing about how long is left.</details>
# <details><summary>noise</summary>Both curves are perfectly smooth.</details>
#
# **C.**
# <details><summary>a poor minimum, or a saddle reached exactly</summary><b>Yes.</b> The gradient falls to rounding level while the loss stays up. The Hessian says which of the two it is.</details>
# <details><summary>a plateau</summary>On a plateau the gradient is small, but it does not fall in a straight line to $10^{-15}$.</details>
# <details><summary>ill-conditioned</summary>In a valley the loss would fall with the gradient.</details>
#
# ### Quiz
#
# **1.** $g=(3,4)$ and $Hg=10\,g$. By Taylor's formula, which learning rate makes this step go down most?
# <details><summary>0.2</summary>That is the limit: the step brings back the old value.</details>
# <details><summary>0.1</summary><b>Right:</b> $1/\lambda_g$ with $\lambda_g=10$. The length of $g$ does not matter.</details>
# <details><summary>0.02</summary>You divided by $|g|$ once more.</details>
#
# **2.** Ten million parameters, and you can only compute gradients. What can you estimate with a few dozen?
# <details><summary>the Hessian</summary>$10^{14}$ numbers.</details>
# <details><summary>its eigenvalue of largest absolute value</summary><b>Right:</b> by power iteration, two gradients for each product.</details>
# <details><summary>whether the point is a minimum</summary>That asks for the signs of <i>all</i> eigenvalues.</details>
#
# %% [markdown] lang="zh"
# **A.**
# <details><summary>病态</summary><b>正确。</b>先快（陡峭方向），随后在对数坐标下是直线：某个方向每步只缩小同样小的比例。</details>
# <details><summary>局部极小值</summary>那样损失会停在 0 以上，梯度则继续下降。</details>
# <details><summary>学习率太大</summary>那样总有什么在增长，或者摆个不停。</details>
#
# **B.**
# <details><summary>局部极小值</summary>那里梯度趋于 0。这里梯度虽小，却在变大。</details>
# <details><summary>平台区</summary><b>正确。</b>梯度小，增长缓慢，然后突然走了出去。已经等了多久，并不说明还要等多久。</details>
# <details><summary>噪声</summary>两条曲线都非常光滑。</details>
#
# **C.**
# <details><summary>不好的极小点，或恰好走到的鞍点</summary><b>正确。</b>梯度降到舍入误差的水平，损失却停在高处。究竟是哪一种，要看海森矩阵。</details>
# <details><summary>平台区</summary>平台区的梯度虽小，却不会沿直线一直降到 $10^{-15}$。</details>
# <details><summary>病态</summary>在山谷里，损失会跟着梯度一起下降。</details>
#
# ### 小测
#
# **1.** $g=(3,4)$，$Hg=10\,g$。按泰勒展开，哪个学习率使这一步降得最多？
# <details><summary>0.2</summary>这是界限：走完恰好回到原来的高度。</details>
# <details><summary>0.1</summary><b>正确：</b>$1/\lambda_g$，$\lambda_g=10$，与 $g$ 的长度无关。</details>
# <details><summary>0.02</summary>你又除了一次 $|g|$。</details>
#
# **2.** 一千万个参数，只能求梯度。用几十个梯度能估计什么？
# <details><summary>海森矩阵</summary>那是 $10^{14}$ 个数。</details>
# <details><summary>绝对值最大的特征值</summary><b>正确：</b>用幂迭代，每次乘积两个梯度。</details>
# <details><summary>该点是不是极小点</summary>这要知道<i>所有</i>特征值的符号。</details>
#

# %% role="tests" id="test_predictions_a" of="prediction_valley prediction_escape" points=4
made = [guess for guess in (prediction_valley, prediction_escape) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction, right or wrong | 每次预测两分，对错都得

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# How far can you trust a gradient? Curvature decides: a step goes down while $\eta<2/\lambda_g$, and on a quadratic every $\eta<2/\lambda_{\max}$ is safe. Near that limit the steep direction swings, and still the swinging run was ahead, because the flat direction needs so large a rate. At the best rate a digit costs about $1.15\,\kappa$ steps.
#
# - Curvature costs gradients only: two for a product, a few dozen for the sharpness.
# - "Stuck" is a claim about a gradient and the signs of eigenvalues. Some plateaus vanish with another loss; whether noise carries a run out of a poor minimum depends on $\eta/B$.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# 一步走多远，梯度还算数？由曲率决定：$\eta<2/\lambda_g$ 时这一步下降；在二次函数上，$\eta<2/\lambda_{\max}$ 总是安全的。接近这个界限，陡峭方向就来回跳；领先的偏偏是它，因为平坦方向正需要这么大的学习率。用最好的固定学习率，精度每提高一位约需 $1.15\,\kappa$ 步。
#
# - 测曲率只要梯度：海森矩阵与向量乘一次要两个梯度，求锐度要几十个。
# - 说“卡住了”，先看梯度是不是 0，再看特征值的符号。有的平台区换个损失就没有了；噪声能否把训练带出不好的极小点，由 $\eta/B$ 决定。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: a factor above 1
#
# | | |
# |---|---|
# | **You will be able to** | say how long a saddle delays a run; recognize training at the edge of stability; compute a gradient through time; clip gradients and say what clipping cannot do |
# | **You need** | sitting A, with its cells run; the chain rule along a graph (00) |
# | **Time** | {{minutes:B}} minutes, difficulty ●●● |
# | **Points** | {{points:B}}: five exercises, two predictions |
#
# In a valley every step multiplied the distance in each direction by a factor below 1, and it shrank to nothing. What if such a factor is above 1? Then something small grows: at first nobody sees it, but $1.1^{200}$ is 190 million. You will meet such a factor at a saddle, at the edge of stability and on a cliff. *At one of the three you have to intervene. Which?*
#
# ### A saddle: how long does a run wait?
#
# A **strict saddle** has a negative curvature. Ours, $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$, has the curvatures 1 and −1 at the origin. While $b$ is small, a step is
#
# $$a\leftarrow(1-\eta)\,a,\qquad b\leftarrow(1+\eta)\,b .$$
#
# The run comes in along $a$ and leaves along $b$. From $a=1$ and $b=10^{-8}$:
#
# 1. How does the gradient's length (right) show that this is not a minimum?
# 2. Move the start from −4 to −12. By how many steps does the drop of the loss move?
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：大于 1 的因子
#
# | | |
# |---|---|
# | **学完你能够** | 说出鞍点会拖住训练多久；认出处在稳定性边缘的训练；沿时间求梯度；裁剪梯度，并说清裁剪做不到什么 |
# | **你需要** | A 节（先运行其中的单元格），计算图上的链式法则（00） |
# | **时间** | {{minutes:B}} 分钟，难度 ●●● |
# | **分数** | {{points:B}} 分：五道练习，两次预测 |
#
# 在山谷里，每走一步，各方向的距离都乘上一个小于 1 的因子，越来越小。如果因子大于 1 呢？再小的量也会长大：起初谁也看不见，可 $1.1^{200}$ 就有 1.9 亿。这样的因子会出现在三个地方：鞍点、稳定性边缘、悬崖。*只有一处非出手不可，是哪一处？*
#
# ### 鞍点：要等多久？
#
# 有负曲率的鞍点叫**严格鞍点**（strict saddle）。我们的 $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$ 在原点处的曲率是 1 和 −1；$b$ 还小的时候，一步就是
#
# $$a\leftarrow(1-\eta)\,a,\qquad b\leftarrow(1+\eta)\,b .$$
#
# 轨迹沿 $a$ 进来，沿 $b$ 出去。从 $a=1$、$b=10^{-8}$ 出发：
#
# 1. 从梯度长度（右图）怎样看出这不是极小点？
# 2. 起点从 −4 移到 −12，损失下降推迟多少步？

# %% role="experiment"
landscape_explorer(landscape="saddle", lr=0.1, start=-8.0, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. It falls along a straight line (log axis), turns and grows along another. At a minimum it would go on falling. A run that "had converged and then started again" has passed a saddle.
# 2. By $8\ln10/\ln1.1=193$ steps.
# </details>
#
# Only a start *exactly* on the line $b=0$ ends in the saddle. This line, the **stable set**, has no area, so a random start hits it with probability 0 (Lee et al. 2016 prove it for strict saddles and $\eta<1/L$). *How many steps until $b_0=\delta$ has grown to 1?*
#
# <details><summary>Answer</summary>
#
# $(1+\eta)^t\,\delta=1$ gives $t=\ln(1/\delta)/\ln(1+\eta)\approx\ln(1/\delta)/\eta$.
# </details>
#
# The wait grows only with the logarithm of $1/\delta$: here the factor above 1 is what gets you out. But one saddle can lead to the next: Du et al. (2017) construct a function on which gradient descent needs exponentially many steps.
#
# ### Exercise 5: `perturbed_gradient_descent` ({{points:perturbed_gradient_descent}} points, 9 minutes)
#
# To shorten the wait, make $\delta$ larger: where the gradient is small, push in a random direction. Almost every push has a part along $b$, and it grows. From a push at a minimum the run rolls back; to give it time, push at most once in `wait` steps.
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 它在对数坐标下沿直线下降，转折，再沿另一条直线上升；若是极小点，就会一直降下去。“明明收敛了，后来又动起来了”，就是经过了一个鞍点。
# 2. 推迟 $8\ln10/\ln1.1=193$ 步。
# </details>
#
# 只有*恰好*从直线 $b=0$ 上出发，才会停在鞍点。这条直线叫**稳定集**（stable set），没有面积，随机起点落在上面的概率为 0（鞍点严格、$\eta<1/L$ 时，Lee 等 2016 年有证明）。*$b_0=\delta$ 长到 1 要多少步？*
#
# <details><summary>答案</summary>
#
# 由 $(1+\eta)^t\,\delta=1$ 得 $t=\ln(1/\delta)/\ln(1+\eta)\approx\ln(1/\delta)/\eta$。
# </details>
#
# 等待的步数只随 $1/\delta$ 的对数增长：大于 1 的因子在这里是帮手，把训练带出鞍点。不过，一个鞍点可能接着另一个：在 Du 等（2017）造出的函数上，要走指数多步。
#
# ### 练习 5：`perturbed_gradient_descent`（{{points:perturbed_gradient_descent}} 分，9 分钟）
#
# 想少等，就让 $\delta$ 大一点：梯度小的地方，朝随机方向推一下。几乎每一推都有沿 $b$ 的分量，它会自己长大。那里若是极小点，推开了也会滚回来；要给它时间，所以 `wait` 步之内至多推一次。

# %% [markdown] role="docstring" of="perturbed_gradient_descent" lang="zh" twin="a267c6ca"
# 梯度下降，在梯度小的地方随机推一下，以离开鞍点。
#
#     第 t 步：若 |g(x)| <= grad_tolerance，且距上次推至少 `wait` 步（或从未推过）：
#         noise = rng.standard_normal(x.shape)             只在这里抽，每推一次抽一次
#         x <- x + radius * noise / |noise|
#     x <- x - lr * g(x)                                   每一步都做；g 在推过之后的点上求
#
# params（x）：起点，形状不限，不得改动。grad_fn(x)：x 处的梯度 g。
# rng：NumPy 的 Generator。lr、radius：Python 数值。
# 返回路径：数组，形状 (num_steps + 1, *params.shape)，每步一个点，dtype 与 params 相同。
# 除非 lr >= 0、num_steps >= 0、radius >= 0、grad_tolerance >= 0、wait >= 1，否则抛出 ValueError。
#
# 出自 Jin 等（2017）；他们推到以 radius 为半径的球内，我们推到球面上。

# %% role="answer" id="perturbed_gradient_descent"
from reference.curvature import perturbed_gradient_descent

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# A push is allowed from which step on? Keep that number, 0 at first. After a push at step t, what is it?
# </details>
# <details><summary>Hint 2</summary>
#
# `t + wait`. In every step: perhaps push; then one ordinary step with the gradient at the *new* point; then append one point.
# </details>
# <details><summary>Hint 3</summary>
#
# $g(x)=-x$ from 0, `lr` 0.5, `radius` 0.1, tolerance 0.2, `wait` 3, a positive draw: 0.1 → **0.15**, then 0.15 is small but too soon: **0.225**, **0.3375**; now 0.3375 is not small: **0.50625**. For float32: `push.astype(params.dtype)`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 从哪一步起允许推？记下这个数，开始是 0。在第 t 步推过之后，它是多少？
# </details>
# <details><summary>提示 2</summary>
#
# `t + wait`。每一步：也许推一下；再用*新*点处的梯度走普通的一步；再记下一个点。
# </details>
# <details><summary>提示 3</summary>
#
# $g(x)=-x$，从 0 出发，`lr` 0.5，`radius` 0.1，tolerance 0.2，`wait` 3，抽到正数：0.1 → **0.15**；0.15 虽小，但还太早：**0.225**、**0.3375**；这时 0.3375 已经不小：**0.50625**。要保持 float32：`push.astype(params.dtype)`。
# </details>

# %% role="tests" id="test_perturbed_gradient_descent" points=13
check("perturbed_gradient_descent", perturbed_gradient_descent)

# %% role="experiment" nbval="check" hidden=true
with experiment("perturbed_gradient_descent"):
    def left_after(path):
        away = np.flatnonzero(np.abs(path[:, 1]) > 0.5)
        return int(away[0]) if len(away) else None

    for delta in (1e-2, 1e-8, 1e-16, 0.0):
        count = left_after(descend(np.array([1.0, delta]), saddle.gradient, lr=0.1, num_steps=2000))
        told = tr("never leaves", "始终不离开") if count is None else tr(f"leaves after {count} steps", f"{count} 步后离开")
        print(tr(f"from (1, {delta:.0e}): {told}", f"从 (1, {delta:.0e})：{told}"))
    starts = np.random.default_rng(0).standard_normal((1000, 2))
    caught = np.sum(np.abs(descend(starts, saddle.gradient, lr=0.1, num_steps=500)[-1][:, 1]) < 0.5)
    print(tr(f"of 1000 random starts, {caught} end in the saddle", f"1000 个随机起点，停在鞍点的有 {caught} 个"))
    settings = dict(lr=0.1, num_steps=250, radius=0.05, grad_tolerance=0.05, wait=1000)
    runs = [perturbed_gradient_descent(saddle.start, saddle.gradient, **settings, rng=np.random.default_rng(seed)) for seed in range(20)]
    waits = [left_after(run) for run in runs]
    least, most, middle = min(waits), max(waits), np.median(waits)
    print(tr(f"pushed, delta 0, 20 seeds: leaves after {least} to {most} steps, median {middle:.0f}",
             f"推一下，delta 为 0，20 个种子：{least} 到 {most} 步后离开，中位数 {middle:.0f}"))
    plain, hair = (descend(np.array([1.0, b]), saddle.gradient, lr=0.1, num_steps=250) for b in (0.0, 1e-6))
    show(draw_saddle(plain, hair, runs[3], value=saddle.value, lr=0.1, push=0.05, tolerance=0.05), alt=tr(
        "Left: contours of a saddle with minima above and below it. One path runs straight into the saddle, one turns away beside it, one is pushed off it. Right: the loss of each over 250 steps; two leave the level of the saddle, the one exactly on the line stays.",
        "左：鞍点的等高线，上下各有一个极小点。一条轨迹径直走进鞍点，一条在旁边拐开，一条被推开。右：250 步中的损失；两条离开鞍点的高度，恰在直线上的那条留在原处。"))

# %% [markdown] lang="en"
# **What it showed.** "Gradient descent gets stuck at saddle points", many lectures say. Of 1,000 random starts not one did. They are only delayed, by 193 steps for every factor $10^{-8}$ in $\delta$. Only a start exactly on the stable set stays, and a push of length 0.05 frees even that one within some 70 steps. Symmetry leads to such starts, as in zero initialization (06).
# %% [markdown] lang="zh"
# **结论。** 第一份笔记 2.2 节说，梯度下降“可能会在这些区域“卡住””。1000 个随机起点，没有一个卡住，只是被耽搁：$\delta$ 每缩小到 $10^{-8}$ 倍，多等 193 步。恰好从稳定集上出发才会留在那里；就连它，推一下（长度只有 0.05），也在 70 步左右脱身。起点有对称性时，真的会落在稳定集上，例如零初始化（06 章）。

# %% [markdown] lang="en"
# ### Experiment 3: the edge of stability
#
# A learning rate can make such a factor, too. Above $2/\lambda_{\max}$ a step multiplies the steepest direction by $1-\eta\lambda_{\max}<-1$, so sitting A says: stay below. On a quadratic the limit never changes. On a network it does. A 64-24-10 tanh network learns 200 centred digits, with squared error and the full gradient. At the start its sharpness is 2.9, so `lr` 0.5 and 0.65 are both below $2/2.9=0.69$. Then the sharpness rises: **progressive sharpening** (Cohen et al. 2021).
#
# **What happens when $2/\lambda_{\max}$ has fallen to `lr`?** (a) the loss diverges; (b) the sharpness stops rising near $2/\eta$, and the loss goes on falling, with swings; (c) nothing: both go on smoothly
# %% [markdown] lang="zh"
# ### 实验 3：稳定性边缘
#
# 学习率也能造出这样的因子：超过 $2/\lambda_{\max}$，最陡的方向每步乘上 $1-\eta\lambda_{\max}<-1$。所以 A 节说要低于它。这个界限在二次函数上不变，在网络上却会变。我们用 200 张零中心化的 digits 图像训练一个 64-24-10 的 tanh 网络，平方误差，每步用全部 200 张。起初锐度为 2.9，`lr` 0.5 和 0.65 都低于 $2/2.9=0.69$。随后锐度升高，这叫**渐进锐化**（progressive sharpening；Cohen 等，2021）。
#
# **$2/\lambda_{\max}$ 降到 `lr` 时，会发生什么？** (a) 损失发散；(b) 锐度在 $2/\eta$ 附近停住，损失一边摆动一边继续下降；(c) 什么也不发生，两者都平滑地继续

# %% role="answer" id="prediction_edge"
prediction_edge = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_edge = "b"
### END SOLUTION

# %% hidden=true
digits = load_digits()
X_small = digits.X_train[:200] - digits.X_train[:200].mean(axis=0)
Y_small = np.eye(10)[digits.y_train[:200]]


def small_network(params):
    tr(
        """Return the loss sum(error**2) / (2 N) of a 64-24-10 tanh network and its gradient; params: 1810 numbers.""",
        """返回 64-24-10 tanh 网络的损失 sum(误差**2) / (2 N) 及其梯度；params：1810 个数。""",
    )
    W1, b1 = params[:1536].reshape(64, 24), params[1536:1560]
    W2, b2 = params[1560:1800].reshape(24, 10), params[1800:]
    hidden = np.tanh(X_small @ W1 + b1)
    error = (hidden @ W2 + b2 - Y_small) / len(Y_small)
    to_hidden = error @ W2.T * (1 - hidden**2)
    grads = [(X_small.T @ to_hidden).ravel(), to_hidden.sum(axis=0), (hidden.T @ error).ravel(), error.sum(axis=0)]
    return len(Y_small) * np.sum(error**2) / 2, np.concatenate(grads)


# %% role="experiment" minutes=1
with experiment("hessian_vector_product", "power_iteration"):
    losses, edges = {}, {}
    for lr in (0.5, 0.65):
        rng = np.random.default_rng(0)
        params = np.concatenate([rng.normal(0, 1 / 8, 1536), np.zeros(24), rng.normal(0, 1 / np.sqrt(24), 240), np.zeros(10)])
        vector, losses[lr], edges[lr] = rng.standard_normal(1810), [], []
        for t in range(2001):
            if t % 50 == 0:  #| 60 steps of power iteration from the last eigenvector | 从上次的特征向量出发，幂迭代 60 步
                sharpness, vector = power_iteration(
                    lambda v: hessian_vector_product(lambda x: small_network(x)[1], params, v), vector, num_steps=60)
                edges[lr].append(2 / sharpness)
            loss, grads = small_network(params)
            losses[lr].append(loss)
            params = params - lr * grads
    edge_runs = {lr: (np.array(losses[lr]), np.array(edges[lr])) for lr in losses}

# %% role="experiment" hidden=true
with experiment("hessian_vector_product", "power_iteration", "edge_runs"):
    fig, (top, low) = draw.figure(rows=2, height=4.9, sharex=True, height_ratios=(1.4, 1))
    names, falls = {}, []
    for (lr, (values, limit)), role in zip(edge_runs.items(), ("gd", "red"), strict=True):
        at, rises = np.arange(0, 2001, 50), np.flatnonzero(np.diff(values) > 0)
        late, first, last, passed = 2 / limit[20:], int(rises[0]), values[-1], 50 * int(np.argmax(limit < lr))
        print(tr(
            f"lr {lr}: sharpness above 2 / lr = {2 / lr:.2f} at step {passed}, loss {values[first]:.3f} rises at step {first}; from step 1000 on sharpness {late.min():.2f} to {late.max():.2f}; last loss {last:.3f}",
            f"lr {lr}：第 {passed} 步锐度超过 2 / lr = {2 / lr:.2f}，第 {first} 步损失（{values[first]:.3f}）回升；1000 步之后锐度在 {late.min():.2f} 到 {late.max():.2f} 之间；最后损失 {last:.3f}",
        ))
        falls.append(f"{values[first]:.3f} → {last:.3f}")
        (line,) = top.plot(at, limit, color=draw.colour(role))
        top.plot([0, 2000], [lr, lr], color=draw.colour(role), lw=1, ls=(0, (3, 2)))
        (below,) = low.plot(values, color=draw.colour(role), lw=1.1)
        names[line], names[below] = f"lr {lr}", f"lr {lr}"
    top.set(ylim=(0.42, 0.8), xlim=(0, 2000))
    top.set_yticks([0.5, 0.65, 0.75], ["0.5", "0.65", "0.75"])
    draw.quantity(top, tr("the edge, $2/\\lambda_{\\max}$", "边缘 $2/\\lambda_{\\max}$"))
    draw.note(top, tr("the loss swings, and\nthe edge jumps back", "摆动显现，\n边缘跳了回去"), (350, 0.545), (520, 0.745), color="red")
    draw.note(top, tr("here, too", "这里也是"), (850, 0.455), (1120, 0.447), color="gd")
    draw.end_labels(top, {line: text for line, text in names.items() if line.axes is top})
    draw.log_axes(low, y=True)
    low.set(xlabel=tr("step", "步"))
    draw.quantity(low, tr("training loss", "训练损失"))
    draw.end_labels(low, {line: text for line, text in names.items() if line.axes is low})
    draw.headline(fig, tr("The edge falls past the learning rate, comes back and stays", "边缘降过学习率，又跳回来，从此停在那里"),
                  tr("Dashed: lr. 200 digits, 64-24-10 tanh, squared error; λmax by 60 steps of power iteration.", "虚线：lr。200 张 digits，64-24-10 tanh，平方误差；λmax 由幂迭代 60 步求得。"))
    show(fig, alt=tr(
        "Top: 2 over lambda max against steps for two learning rates. Both lines rise a little, fall below their dashed learning rate, jump back to it and hover there. Bottom: the losses fall smoothly at first, then with swings.",
        "上：两个学习率的 2 除以 λmax 随步数的变化。两条线先略升，再降到各自的虚线（学习率）以下，又跳回虚线，此后一直在那里徘徊。下：损失先平滑下降，随后一边摆动一边下降。"))
    fell = tr(", ", "，").join(falls)
    reveal("edge", prediction_edge, "b", tr(
        f"Both edges settle at their learning rate, and after their first rise the losses still fall, with swings: {fell}.",
        f"两条边缘都停在各自的学习率处；从首次回升到最后，损失还在下降：{fell}。",
    ))

# %% [markdown] lang="en"
# **What it showed.** From step 1,000 on both runs stay close to the limit of sitting A: they train at the **edge of stability**.
#
# What holds them there? Once the factor is beyond $-1$, swings along the steepest direction grow from step to step, at first too small to be seen in the loss. In the end they carry the params to where it is less steep. There the factor is back above $-1$, and the swings die out: they undo what caused them. A quadratic has no such place. (With cross-entropy, Cohen et al. report, sharpness falls again late in training.)
# %% [markdown] lang="zh"
# **结论。** 1000 步之后，两次训练都紧贴着 A 节的界限，这叫**稳定性边缘**（edge of stability）。
#
# 它靠什么停在那里？因子一越过 $-1$，沿最陡方向的摆动就一步比一步大，起初小得在损失上看不出来。摆到后来，参数被带到不那么陡的地方，因子回到 $-1$ 以内，摆动就平息了：它自己消除了起因。二次函数上没有这样的地方。（Cohen 等报告：用交叉熵时，锐度在训练后期会回落。）

# %% [markdown] lang="en"
# ### Balanced on a ridge
#
# The third factor is inside the model. A **recurrent network** uses the same weight at every time step. The smallest one has a single unit and no input (Pascanu et al. 2013):
#
# $$x_t=w\,\sigma(x_{t-1})+b,\quad t=1,\dots,T,\qquad \text{loss}=(\sigma(x_T)-\text{target})^2 .$$
#
# Take $w=4.9$, $b=-2.55$, target 0.7 and 50 steps. The start $x_0=0.5$ is nearly a resting state, but an unstable one: a ball on a ridge. *Change $b$ by 0.002. How far apart are the states after 50 steps?*
# %% [markdown] lang="zh"
# ### 站在山脊上
#
# 第三个因子藏在模型内部。**循环网络**（recurrent network）在每个时间步都用同一个权重。最小的循环网络只有一个单元，没有输入（Pascanu 等，2013）：
#
# $$x_t=w\,\sigma(x_{t-1})+b,\quad t=1,\dots,T,\qquad \text{损失}=(\sigma(x_T)-\text{target})^2 .$$
#
# 取 $w=4.9$、$b=-2.55$，target 0.7，走 50 步。起点 $x_0=0.5$ 差不多是个静止点，却不稳定，就像球放在山脊上。*把 $b$ 改动 0.002，50 步之后状态会相差多远？*

# %% [markdown] role="docstring" of="rnn_states" lang="zh" twin="cd93ccb2"
# 返回单个单元的网络的状态 x_0, ..., x_T。
#
#     x_t = w * sigmoid(x_{t-1}) + b
#
# params：数组，形状 (2,)，即 w 和 b，不得改动。x0：初始状态。num_steps：T。
# 返回数组，形状 (T + 1,)，dtype 与 params 相同，states[0] = x0。
# 若 num_steps < 1，抛出 ValueError。

# %% role="given" id="rnn_states"
from reference.rnn import rnn_states

# %% role="experiment" nbval="check" hidden=true
fig, ax = draw.figure(height=3.1)
names = {}
for b, role in ((-2.548, "teal"), (-2.55, "ink"), (-2.552, "red")):
    states = rnn_states(np.array([4.9, b]), x0=0.5, num_steps=50)
    (line,) = ax.plot(states, color=draw.colour(role))
    names[line] = f"b = {b}".replace("-", "−")
    last = states[-1]
    loss = (sigmoid(last) - 0.7) ** 2
    print(tr(f"b = {b}: state {last:5.2f} after 50 steps, loss {loss:.4f}",
             f"b = {b}：50 步之后状态为 {last:5.2f}，损失 {loss:.4f}"))
for x in (0.5, 1.3, -1.93):
    factor = 4.9 * sigmoid(x) * (1 - sigmoid(x))
    many = f"{factor**50:.0f}" if factor > 1 else f"{factor**50:.0e}"
    print(tr(f"at x = {x}: a step multiplies a small distance by {factor:.2f}, 50 steps by {many}",
             f"在 x = {x} 处：一步把微小的距离乘以 {factor:.2f}，50 步乘以 {many}"))
ax.set(xlim=(0, 50), ylim=(-2.4, 1.8), xlabel=tr("time step $t$", "时间步 $t$"))
draw.quantity(ax, tr("state $x_t$", "状态 $x_t$"))
draw.words(ax, 9, 0.85, tr("the ridge, 0.5", "山脊，0.5"))
draw.end_labels(ax, names)
draw.headline(fig, tr("Fifty steps turn a change of 0.004 into a gap of 3", "b 只差 0.004，五十步之后相差 3"),
              tr("States of the one-unit network, w = 4.9.", "单个单元的网络的状态，w = 4.9。"))
show(fig, alt=tr(
    "Three runs of the state over 50 steps, all from 0.5. For some ten steps they lie together. Then the one with b = -2.548 climbs and rests at 1.3, the one with b = -2.552 falls and rests at -1.93, the one between them only begins to leave.",
    "三条状态曲线，各 50 步，都从 0.5 出发。头十步左右几乎重合；然后 b = -2.548 的升上去，停在 1.3，b = -2.552 的掉下去，停在 -1.93，中间那条才刚刚离开。"))

# %% [markdown] lang="en"
# Near the ridge every step multiplies a distance by 1.15, and fifty steps by more than a thousand. On either side the states come to rest, at 1.3 or at −1.93, where the factor is below 1. So a tiny change of $b$ decides where the state ends: the loss over $b$ has a **cliff**, less than 0.001 wide.
#
# What does gradient descent see on it? For that you need the gradient of a unit that is used fifty times. The figure has three of its steps.
# %% [markdown] lang="zh"
# 在山脊附近，一步把距离放大到 1.15 倍，五十步就是一千多倍。到了两边，状态停在 1.3 或 −1.93，那里的因子小于 1。$b$ 差一点点，状态就停在不同的地方，所以损失随 $b$ 变化时有一道**悬崖**（cliff），不到 0.001 宽。
#
# 梯度下降走到崖上会看到什么？同一个单元用了五十次，它的梯度怎么求？图中是三步。

# %% role="experiment" hidden=true
unit = np.array([6.0, -3.0])
three_steps = rnn_states(unit, x0=0.5, num_steps=3)
show(draw_unrolled(unit, three_steps, (sigmoid(three_steps[-1]) - 0.7) ** 2), alt=tr(
    "The network unrolled: boxes for the states 0.5, 0.735, 1.06, 1.45 and the loss 0.0121 in a row, each with an arrow to the next. One box for w = 6 above and one for b = -3 below, each with an arrow to every state but the first.",
    "按时间展开的网络：状态 0.5、0.735、1.06、1.45 和损失 0.0121 排成一行，每个都有箭头指向下一个。上方一个方框是 w = 6，下方一个是 b = -3，各有箭头指向除第一个以外的每个状态。"))

# %% [markdown] lang="en"
# ### Exercise 6: `rnn_state_gradients` ({{points:rnn_state_gradients}} points, 6 minutes)
#
# Read the figure from right to left: how does the loss depend on each state? Backpropagation along such an unrolled graph is **backpropagation through time**.
#
# <details><summary>Recall (00): the derivative of the sigmoid, written with s = σ(x)?</summary>
#
# $s(1-s)$; at most $\frac14$, where $s=\frac12$.
# </details>
# %% [markdown] lang="zh"
# ### 练习 6：`rnn_state_gradients`（{{points:rnn_state_gradients}} 分，6 分钟）
#
# 从右往左看这幅图：损失怎样依赖于每一个状态？在这样展开的图上做反向传播，叫**沿时间反向传播**（backpropagation through time, BPTT）。
#
# <details><summary>回忆（00）：用 s = σ(x) 表示 sigmoid 的导数</summary>
#
# $s(1-s)$；在 $s=\frac12$ 处最大，为 $\frac14$。
# </details>

# %% [markdown] role="docstring" of="rnn_state_gradients" lang="zh" twin="2e93af4f"
# 用沿时间反向传播，返回损失对每个状态的导数。
#
# 契约：第 t 个元素是 dloss/dx_t，即 x_t 的微小改变使损失 (sigmoid(x_T) - target)^2 改变多少；
# 其中 x_{t+1} = w * sigmoid(x_t) + b，后面的状态都随之改变。斜率在给定的状态处取。
#
# params：数组，形状 (2,)，即 w 和 b。states：数组，形状 (T + 1,)，即 x_0, ..., x_T。不得改动它们。
# w 和 states 中的 NaN 原样传递。
# 返回数组，形状 (T + 1,)，dtype 与 states 相同。
#
# >>> rnn_state_gradients(np.array([3.0, 1.0]), np.zeros(2), target=0.25)
# array([0.09375, 0.125  ])

# %% role="answer" id="rnn_state_gradients"
from reference.rnn import rnn_state_gradients

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Begin with the last state: the loss is $(s_T-\text{target})^2$ with $s_T=\sigma(x_T)$. Then: how much does $x_t$ change if $x_{t-1}$ does?
# </details>
# <details><summary>Hint 2</summary>
#
# $d_T=2(s_T-\text{target})\,s_T(1-s_T)$. One step back multiplies by $\partial x_t/\partial x_{t-1}=w\,s_{t-1}(1-s_{t-1})$. Loop `for t in range(len(states) - 1, 0, -1)`.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: both $s$ are $\frac12$, so $d_1=2\cdot\frac14\cdot\frac14=0.125$ and $d_0=0.125\cdot3\cdot\frac14=0.09375$. Without the slope $d_0$ is 0.375, with $s$ in its place 0.1875.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 从最后一个状态开始：损失是 $(s_T-\text{target})^2$，其中 $s_T=\sigma(x_T)$。然后：$x_{t-1}$ 改变时，$x_t$ 改变多少？
# </details>
# <details><summary>提示 2</summary>
#
# $d_T=2(s_T-\text{target})\,s_T(1-s_T)$。往回一步，乘上 $\partial x_t/\partial x_{t-1}=w\,s_{t-1}(1-s_{t-1})$。循环写 `for t in range(len(states) - 1, 0, -1)`。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：两个 $s$ 都是 $\frac12$，所以 $d_1=2\cdot\frac14\cdot\frac14=0.125$，$d_0=0.125\cdot3\cdot\frac14=0.09375$。漏了斜率，$d_0$ 会是 0.375；斜率写成 $s$，会是 0.1875。
# </details>

# %% role="tests" id="test_rnn_state_gradients" points=8
check("rnn_state_gradients", rnn_state_gradients)

# %% [markdown] lang="en"
# $d_0$ is $d_T$ times a product of $T$ factors, the same ones that drove the states apart. *Since $s(1-s)\le\frac14$: for which $w$ is the gradient sure to vanish?*
#
# <details><summary>Answer</summary>
#
# $|d_0|\le|d_T|\,(|w|/4)^{T}$: for $|w|<4$ it **vanishes** as $T$ grows. To **explode** it needs factors above 1, states with $|w|\,s(1-s)>1$, so $|w|>4$.
# </details>
#
# ### Exercise 7: `rnn_gradient` ({{points:rnn_gradient}} points, 5 minutes)
#
# All $T$ steps use the same $w$ and $b$. What follows for their gradient?
# %% [markdown] lang="zh"
# $d_0$ 等于 $d_T$ 乘上 $T$ 个因子之积，正是把状态推开的那些因子。*已知 $s(1-s)\le\frac14$：哪些 $w$ 会使梯度必定消失？*
#
# <details><summary>答案</summary>
#
# $|d_0|\le|d_T|\,(|w|/4)^{T}$：$|w|<4$ 时，$T$ 越大，**梯度消失**（vanishing gradient）得越厉害。要有**梯度爆炸**（exploding gradient），得有 $|w|\,s(1-s)>1$ 的状态，所以必须 $|w|>4$。
# </details>
#
# ### 练习 7：`rnn_gradient`（{{points:rnn_gradient}} 分，5 分钟）
#
# $T$ 步用的是同一个 $w$ 和同一个 $b$。它们的梯度该怎么算？

# %% [markdown] role="docstring" of="rnn_gradient" lang="zh" twin="f9d54c53"
# 返回损失对 w 和 b 的梯度。
#
# 契约：x_t = w * sigmoid(x_{t-1}) + b，t = 1, ..., T，始终用同一个 w 和 b。w 的微小改变
# 会改变所有 states，进而改变损失：第 0 个元素是 dloss/dw；第 1 个元素是 dloss/db。
#
# params：数组，形状 (2,)，即 w 和 b。states：数组，形状 (T + 1,)，即 x_0, ..., x_T。不得改动它们。
# w 和 states 中的 NaN 原样传递。
# 返回数组，形状 (2,)，dtype 与 states 相同。
#
# >>> rnn_gradient(np.array([3.0, 1.0]), np.array([4.0, 0.0]), target=0.25).round(4)
# array([0.1228, 0.125 ])

# %% role="answer" id="rnn_gradient"
from reference.rnn import rnn_gradient

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# A weight used in several places gets the sum of what arrives at each (00). Which states does $b$ act on? Does $x_0$ depend on it?
# </details>
# <details><summary>Hint 2</summary>
#
# The upstream gradient of $x_t=w\,s_{t-1}+b$ is $d_t$. It adds $d_t\,s_{t-1}$ to the gradient of $w$ and $d_t$ to that of $b$, for $t=1,\dots,T$.
# </details>
# <details><summary>Hint 3</summary>
#
# The example has one step: $d_1=0.125$, $s_0=\sigma(4)=0.982$. With $s_1$ in place of $s_0$ you get 0.0625 for $w$. `d[1:]` goes with `sigmoid(states[:-1])`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 用在几处的权重，梯度是各处传回来的之和（00）。$b$ 作用于哪些状态？$x_0$ 依赖于它吗？
# </details>
# <details><summary>提示 2</summary>
#
# 传到 $x_t=w\,s_{t-1}+b$ 的是 $d_t$；它交给 $w$ 的是 $d_t\,s_{t-1}$，交给 $b$ 的是 $d_t$，$t=1,\dots,T$。
# </details>
# <details><summary>提示 3</summary>
#
# 例子只有一步：$d_1=0.125$，$s_0=\sigma(4)=0.982$。若把 $s_0$ 写成 $s_1$，$w$ 那一项会得 0.0625。`d[1:]` 与 `sigmoid(states[:-1])` 对应。
# </details>

# %% role="tests" id="test_rnn_gradient" points=8
check("rnn_gradient", rnn_gradient)

# %% [markdown] role="docstring" of="rnn_loss_and_grads" lang="zh" twin="4d8f3d3d"
# 返回单个单元的网络走 num_steps 步之后的损失及其梯度。
#
#     loss = (sigmoid(x_T) - target)^2
#
# params：数组，形状 (2,)，即 w 和 b，不得改动。默认值取自 Pascanu 等（2013）的图 6。
# 返回 (loss, grads)：一个数，和一个形状 (2,) 的数组。

# %% role="given" id="rnn_loss_and_grads" hidden=true
from reference.rnn import rnn_loss_and_grads

# %% role="experiment" hidden=true
with experiment("rnn_state_gradients", "rnn_gradient"):
    for b in (-2.548, -2.55, -2.552):
        length = np.linalg.norm(rnn_loss_and_grads(np.array([4.9, b]))[1])
        print(tr(f"w = 4.9, b = {b}, 50 steps: gradient {length:.2f} long", f"w = 4.9，b = {b}，50 步：梯度长 {length:.2f}"))
    d = rnn_state_gradients(unit, three_steps, target=0.7)
    show(draw_unrolled(unit, three_steps, (sigmoid(three_steps[-1]) - 0.7) ** 2, d), alt=tr(
        "The same graph with your derivatives. From x3 back to x0 they are 0.0339, 0.0389, 0.0512, 0.0722; the local slopes between the states are 1.15, 1.31, 1.41. In the box of w three shares add up to 0.0833, in that of b to 0.124.",
        "同一幅图，加上你求出的导数。从 x3 往回到 x0 依次是 0.0339、0.0389、0.0512、0.0722；状态之间的局部斜率是 1.15、1.31、1.41。w 的方框里三份相加得 0.0833，b 的方框里得 0.124。"))

# %% [markdown] lang="en"
# ### Clipping: trust the direction, not the length
#
# At $b=-2.55$ the gradient has length 26; 0.002 to either side, less than 0.5. It does point downhill, but only within the width of the cliff, less than 0.001. Multiplied by the learning rate it becomes a leap. **Gradient clipping** shortens it.
#
# ### Exercise 8: `clip_by_norm` ({{points:clip_by_norm}} points, 4 minutes)
#
# `max_norm=inf` must work: it is PyTorch's usual way to log a gradient's length without changing it.
# %% [markdown] lang="zh"
# ### 裁剪：相信方向，不相信长度
#
# $b=-2.55$ 处的梯度长 26，往两边各移 0.002，都不到 0.5。它指的方向没有错，可只在不到 0.001 宽的悬崖上有效，乘上学习率就成了飞跃。**梯度裁剪**（gradient clipping）就是把它缩短。
#
# ### 练习 8：`clip_by_norm`（{{points:clip_by_norm}} 分，4 分钟）
#
# `max_norm=inf` 也要能用：在 PyTorch 里，只想记录梯度长度而不改梯度时，通常就这样写。

# %% [markdown] role="docstring" of="clip_by_norm" lang="zh" twin="dd11c840"
# 把长度超过 max_norm 的梯度缩短，方向不变。
#
# 契约：g 的长度是所有元素平方和的平方根。
# 1. 如果 g 比 max_norm 长，结果的长度恰好是 max_norm，方向与 g 相同。
# 2. 否则结果等于 g；max_norm = inf 时总是如此。
#
# grads（g）：数组，元素都是有限的数，形状不限，不得改动。max_norm：Python 数值。
# 返回形状和 dtype 不变的数组。
# 若 max_norm <= 0，抛出 ValueError。
#
# >>> clip_by_norm(np.array([3.0, -4.0]), max_norm=2.0)
# array([ 1.2, -1.6])
#
# 即 Pascanu 等（2013）的算法 1。PyTorch 除以的是 |g| + 1e-6。

# %% role="answer" id="clip_by_norm"
from reference.clipping import clip_by_norm

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# By which single number must you multiply a gradient that is too long? For which gradients must you not divide by the length?
# </details>
# <details><summary>Hint 2</summary>
#
# By `max_norm / |g|`, and only if $|g|$ exceeds `max_norm`. That also spares you $0/0$ and $\infty/\infty$. `float(...)` around the length keeps float32.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: length 5, factor $2/5$. Clipping each entry gives $(2,-2)$, which points elsewhere; without `max_norm` you get $(0.6,-0.8)$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 太长的梯度要乘上哪一个数？对哪些梯度不能除以长度？
# </details>
# <details><summary>提示 2</summary>
#
# 乘 `max_norm / |g|`，而且只在 $|g|$ 超过 `max_norm` 时乘；这样也避开了 $0/0$ 和 $\infty/\infty$。长度外面套上 `float(...)`，float32 就不会变。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：长度 5，因子 $2/5$。逐个元素裁剪会得 $(2,-2)$，方向变了；漏了 `max_norm` 会得 $(0.6,-0.8)$。
# </details>

# %% role="tests" id="test_clip_by_norm" points=7
check("clip_by_norm", clip_by_norm)

# %% [markdown] lang="en"
# ### Experiment 4: over the cliff
#
# Pascanu's network: $x_0=0.5$, target 0.7, $T=50$. Start at $(w,b)=(4.9,-2.55)$, at the foot of the cliff; `lr` 0.3, 300 steps. **Where does the run *without* clipping end?** (a) NaN; (b) far away on a plateau; (c) back in the valley: later gradients repair the bad step
# %% [markdown] lang="zh"
# ### 实验 4：翻下悬崖
#
# Pascanu 的网络：$x_0=0.5$，target 0.7，$T=50$。从崖脚 $(w,b)=(4.9,-2.55)$ 出发，`lr` 0.3，300 步。***不*裁剪时，最后到了哪里？** (a) NaN；(b) 远处的平台区；(c) 回到谷里：后面的梯度纠正了走错的那一步

# %% role="answer" id="prediction_cliff"
prediction_cliff = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_cliff = "b"
### END SOLUTION

# %% hidden=true
def cliff_run(start, *, lr, max_norm, num_steps):
    tr(
        """Return path, losses and gradient lengths of gradient descent with clipping.""",
        """带裁剪的梯度下降，返回路径、损失和裁剪前的梯度长度。""",
    )
    params, path, losses, lengths = np.array(start), [], [], []
    for _ in range(num_steps + 1):
        loss, grads = rnn_loss_and_grads(params)
        path.append(params)
        losses.append(loss)
        lengths.append(np.linalg.norm(grads))
        params = params - lr * clip_by_norm(grads, max_norm=max_norm)
    return np.array(path), np.array(losses), np.array(lengths)


# %% role="experiment" hidden=true
with experiment("rnn_state_gradients", "rnn_gradient", "clip_by_norm"):
    cliff_runs = {limit: cliff_run((4.9, -2.55), lr=0.3, max_norm=limit, num_steps=300) for limit in (np.inf, 1.0, 0.1)}
    for limit, (path, losses, _) in cliff_runs.items():
        w, b, last = *path[-1], losses[-1]
        print(tr(f"max_norm {limit}: after one step loss {losses[1]:.4f}; after 300 at ({w:.1f}, {b:.1f}), loss {last:.4f}",
                 f"max_norm {limit}：一步之后损失 {losses[1]:.4f}；300 步后在 ({w:.1f}, {b:.1f})，损失 {last:.4f}"))
    free, clipped = cliff_runs[np.inf], cliff_runs[1.0][0]
    show(draw_cliff(cliff_loss, clipped, free[0][1], lr=0.3, length=free[2][0], max_norm=1.0), alt=tr(
        "The loss as a surface over w and b: a high plateau that drops along a curved edge, nearly straight down, into a low valley. From the foot of the drop one long arrow leads off the map; a short clipped path stays beside the edge.",
        "损失作为 w、b 上的曲面：高处的平台沿一条弯曲的边几乎笔直地落入低谷。从崖脚出发，一支长箭头指到图外；裁剪后的短轨迹留在崖边。"))
    far = np.linalg.norm(free[0][1] - free[0][0])
    reveal("cliff", prediction_cliff, "b", tr(
        f"One step of length {far:.1f} leads to a place where the sigmoid is saturated and the gradient is almost 0.",
        f"一步走了 {far:.1f}，落到 sigmoid 饱和的地方，那里的梯度几乎是 0。",
    ))

# %% [markdown] lang="en"
# One start proves little. On 20 random starts around the cliff we choose the best learning rate with clipping and the best without. Then both run from the same 40 fresh starts.
# %% [markdown] lang="zh"
# 一个起点说明不了多少。先用悬崖附近 20 个随机起点，分别为裁剪和不裁剪选出最好的学习率；两者再从同样的 40 个新起点出发。

# %% hidden=true
def gradients_of_many(points):
    tr(
        """Return the gradient of the one-unit network at many points (N, 2), carried forward with the states.""",
        """返回单个单元的网络在许多点 (N, 2) 处的梯度，随状态一起向前推。""",
    )
    w, b = points.T
    x, by_w, by_b = np.full(len(w), 0.5), np.zeros(len(w)), np.zeros(len(w))
    for _ in range(50):
        s = sigmoid(x)
        slope = w * s * (1 - s)
        x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
    s = sigmoid(x)
    return (2 * (s - 0.7) * s * (1 - s))[:, None] * np.stack([by_w, by_b], axis=1)


def ends_of_runs(seeds, *, lr, max_norm):
    tr(
        """Return the losses after 300 steps, from one random start for each seed.""",
        """每个种子一个随机起点，返回 300 步之后的损失。""",
    )
    points = np.array([np.random.default_rng(seed).uniform((4.5, -2.9), (5.5, -2.3)) for seed in seeds])
    for _ in range(300):
        points = points - lr * np.array([clip_by_norm(g, max_norm=max_norm) for g in gradients_of_many(points)])
    return cliff_loss(points)


# %% role="experiment" hidden=true
with experiment("clip_by_norm"):
    ends = {}
    for limit in (np.inf, 1.0):
        means = {lr: ends_of_runs(range(20), lr=lr, max_norm=limit).mean() for lr in (0.1, 0.3, 1, 3, 10)}
        best = min(means, key=means.get)
        ends[limit] = np.sort(ends_of_runs(range(100, 140), lr=best, max_norm=limit))
        arrived = np.sum(ends[limit] < 0.01)
        print(tr(f"max_norm {limit}: best lr {best}; {arrived} of 40 fresh starts end below 0.01",
                 f"max_norm {limit}：最好的 lr 为 {best}；40 个新起点中 {arrived} 个降到 0.01 以下"))

# %% [markdown] lang="en"
# **What it showed.** Without clipping, the first step leaps from a loss of 0.0002 onto a plateau at 0.09, and 300 steps do not lead away from it. At the best learning rate of each, all 40 clipped runs arrive, but not all of the others. NaN never comes, because a sigmoid is bounded.
#
# Would a smaller learning rate do instead? Not reliably: of 0.3, 0.1, 0.03 and 0.01 only 0.03 escapes the plateau, since on the edge the gradient is nearly 1,900 long (try it in Further 5).
# %% [markdown] lang="zh"
# **结论。** 不裁剪，第一步就从损失 0.0002 飞到 0.09 的平台上，300 步也走不出来。各用最好的学习率，裁剪的 40 次都到了，不裁剪的却有几次没到。NaN 始终没有出现：sigmoid 是有界的。
#
# 不裁剪，只把学习率调小行不行？靠不住：0.3、0.1、0.03、0.01 里，只有 0.03 没有落到平台上；崖边的梯度长近 1900（拓展 5 可以自己试）。

# %% [markdown] lang="en"
# ### Exercise 9: `clip_by_global_norm` ({{points:clip_by_global_norm}} points, 5 minutes)
#
# Pascanu's network has one array of parameters; most models have many. Why not use `clip_by_norm` on each?
# %% [markdown] lang="zh"
# ### 练习 9：`clip_by_global_norm`（{{points:clip_by_global_norm}} 分，5 分钟）
#
# Pascanu 的网络只有一个参数数组，一般的模型有许多个，要裁剪的是**全局范数**（global norm）。为什么不能对每个数组各用一次 `clip_by_norm`？

# %% [markdown] role="docstring" of="clip_by_global_norm" lang="zh" twin="36c0cb34"
# 如果整个模型的梯度合起来超过 max_norm，就把它们缩短，方向不变。
#
# 契约：把所有数组的所有元素写成一个长向量 g。结果就是 clip_by_norm 对 g 所做的，再放回各数组。
#
# grads：字典，各数组的元素都是有限的数，不得改动。max_norm：Python 数值。
# 返回 (裁剪后的 grads, |g|)：新字典，名字、形状、dtype 不变；以及 g 裁剪之前的长度。
# 若 max_norm <= 0，抛出 ValueError。
#
# >>> clip_by_global_norm({"W": np.array([6.0]), "b": np.array([8.0])}, max_norm=5.0)
# ({'W': array([3.]), 'b': array([4.])}, 10.0)
#
# 与 optax.clip_by_global_norm 的约定相同。torch.nn.utils.clip_grad_norm_ 除以的是 |g| + 1e-6。

# %% role="answer" id="clip_by_global_norm"
from reference.clipping import clip_by_global_norm

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Lengths 6 and 8: what is the length of the whole vector?
# </details>
# <details><summary>Hint 2</summary>
#
# Add the squares of all entries of all arrays, take one root. Then one factor for all arrays, in a new dict.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: length 10, factor $\frac12$. If you add the lengths you get 14; each array by itself gives 5 and 5.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 长度分别是 6 和 8，整个向量有多长？
# </details>
# <details><summary>提示 2</summary>
#
# 把所有数组所有元素的平方加起来，开一次方；再用同一个因子乘所有数组，放进新字典。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：长度 10，因子 $\frac12$。长度直接相加会得 14；各自裁剪会得 5 和 5。
# </details>

# %% role="tests" id="test_clip_by_global_norm" points=10
check("clip_by_global_norm", clip_by_global_norm)

# %% [markdown] lang="en"
# ### Clinic
#
# One more run, "better safe than sorry": `lr` 0.3, `max_norm` 0.03. Black: loss. Grey, dashed: length of the gradient before clipping.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来一位，说是“稳妥第一”：`lr` 为 0.3，`max_norm` 为 0.03。黑线：损失；灰色虚线：裁剪前的梯度长度。

# %% role="experiment" hidden=true
with experiment("clip_by_norm"):
    x, losses, lengths = np.array([3.0, 2.0]), [], []
    for _ in range(151):
        g = np.array([1.0, 3.0]) * x
        losses.append(x @ g / 2)
        lengths.append(np.linalg.norm(g))
        x = x - 0.3 * clip_by_norm(g, max_norm=0.03)
    show_patients({"D": (losses, lengths)}, alt=tr(
        "Two curves on a log axis. Loss and gradient both fall very slowly, the gradient always far above 0.03.",
        "两条曲线，对数坐标。损失和梯度都极缓慢地下降，梯度始终远大于 0.03。"))

# %% [markdown] lang="en"
# **D.**
# <details><summary>a plateau</summary>The gradient is several units long.</details>
# <details><summary>every single step is clipped</summary><b>Yes.</b> Each step is $0.3\cdot0.03=0.009$ long, wherever it is. Plot the length before clipping and set the threshold above most of it.</details>
# <details><summary>ill-conditioned</summary>κ = 3 here. In a valley the loss falls fast at first.</details>
#
# ### Quiz
#
# **3.** A run at `lr` 0.1 has long hovered near sharpness 20. You halve `lr`. In experiment 3's setting you expect the sharpness to
# <details><summary>rise towards 40</summary><b>Right:</b> the limit is $2/\eta$ now.</details>
# <details><summary>stay at 20</summary>Nothing holds it there any more: the swings die out.</details>
# <details><summary>fall to 10</summary>The limit is $2/\eta$, not $2\eta$.</details>
#
# **4.** A recurrent unit has $w=3$. Its gradient over 100 time steps
# <details><summary>may explode, so clip it</summary>Each factor is at most $3/4$.</details>
# <details><summary>vanishes, and clipping does not help</summary><b>Right:</b> at most $(3/4)^{100}\approx3\cdot10^{-13}$ of it arrives at the first step.</details>
# <details><summary>vanishes, so the unit learns nothing</summary>The gradient with respect to $w$ is a <i>sum</i> over time: the last steps count. It cannot learn from long ago.</details>
# %% [markdown] lang="zh"
# **D.**
# <details><summary>平台区</summary>梯度长达好几个单位。</details>
# <details><summary>每一步都被裁剪了</summary><b>正确。</b>无论在哪里，每步都只有 $0.3\cdot0.03=0.009$ 长。把裁剪前的长度画出来，阈值设在大部分长度之上。</details>
# <details><summary>病态</summary>这里 κ = 3。而且在山谷里，损失开头会降得很快。</details>
#
# ### 小测
#
# **3.** `lr` 为 0.1 的训练，锐度长期在 20 附近徘徊。`lr` 减半，在实验 3 那样的设置下，预计锐度会
# <details><summary>向 40 升高</summary><b>正确：</b>界限现在是新的 $2/\eta$。</details>
# <details><summary>停在 20</summary>已经没有什么能让它停在那里：摆动平息了。</details>
# <details><summary>降到 10</summary>界限是 $2/\eta$，不是 $2\eta$。</details>
#
# **4.** 一个循环单元 $w=3$。它在 100 个时间步上的梯度
# <details><summary>可能爆炸，所以要裁剪</summary>每个因子至多是 $3/4$。</details>
# <details><summary>会消失，裁剪无济于事</summary><b>正确：</b>传到第一步的至多剩 $(3/4)^{100}\approx3\cdot10^{-13}$。</details>
# <details><summary>会消失，所以这个单元什么也学不到</summary>对 $w$ 的梯度是对时间<i>求和</i>，最后几步仍然算数。它学不到的，是很久以前的事。</details>

# %% role="tests" id="test_predictions_b" of="prediction_edge prediction_cliff" points=4
made = [guess for guess in (prediction_edge, prediction_cliff) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction, right or wrong | 每次预测两分，对错都得

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# Where must you intervene when a factor is above 1?
#
# - Not at a saddle: $1+\eta|\lambda_-|$ carries the run out, after about $\ln(1/\delta)/(\eta|\lambda_-|)$ steps. Only a start exactly on the stable set needs a small push.
# - Not at the edge of stability: the swings led our network to where it is less steep, and the loss went on falling.
# - On a cliff, yes. $T$ factors make the gradient vanish for $|w|<4$ and can make it explode beyond. Nothing brings a run back from its leap. Clipping by norm keeps the direction and limits a step to $\eta c$; set the threshold $c$ above the usual length. Against vanishing it does nothing.
# %% [markdown] lang="zh"
# ### 小结
#
# 因子大于 1，哪里非出手不可？
#
# - 鞍点不用：因子 $1+\eta|\lambda_-|$ 自会把训练带出来，大约要 $\ln(1/\delta)/(\eta|\lambda_-|)$ 步；恰好从稳定集上出发，才要推一下。
# - 稳定性边缘不用：摆动把我们的网络带到不那么陡的地方，损失照样下降。
# - 悬崖要。$T$ 个因子相乘，$|w|<4$ 时梯度消失，超过 4 才可能爆炸；飞出去之后，没有什么把它带回来。按范数裁剪保持方向，把一步限制在 $\eta c$ 以内；阈值 $c$ 要高于平时的长度。梯度消失，裁剪没有用。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# ### Further 1: `clip_by_value`
#
# For which gradients does it agree with clipping by norm?
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# ### 拓展 1：`clip_by_value`
#
# 对哪些梯度，它与按范数裁剪的结果相同？

# %% [markdown] role="docstring" of="clip_by_value" lang="zh" twin="0cae0a2c"
# 把梯度的每个元素限制在 [-max_value, max_value] 之内。
#
#     g_i <- min(max(g_i, -max_value), max_value)
#
# grads：任意形状的数组，不得改动。NaN 仍是 NaN；inf 变成 max_value。
# 返回形状和 dtype 不变的数组。
# 若 max_value < 0，抛出 ValueError。
#
# >>> clip_by_value(np.array([1.5, -3.0]), max_value=2.0)
# array([ 1.5, -2. ])
#
# 与 torch.nn.utils.clip_grad_value_ 和 optax.clip 的约定相同。

# %% role="answer" id="clip_by_value"
from reference.clipping import clip_by_value

# %% role="practice" id="try_clip_by_value"
check("clip_by_value", clip_by_value)

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Two limits, not one.
# </details>
# <details><summary>Hint 2</summary>
#
# NumPy has a function that limits from both sides.
# </details>
# <details><summary>Hint 3</summary>
#
# `np.clip`. With one entry only, or where nothing exceeds either limit, both ways agree.
# </details>
#
# **"Clipping is clipping."** (many programs clip each entry) *By how many degrees does clipping by value turn $(0.1,10)$? And does clipping help a gradient that vanishes?*
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 界限有两个，不是一个。
# </details>
# <details><summary>提示 2</summary>
#
# NumPy 有一个函数能同时限制上下两侧。
# </details>
# <details><summary>提示 3</summary>
#
# `np.clip`。只有一个元素，或者没有元素超出界限时，两种裁剪结果相同。
# </details>
#
# **“当梯度的范数超过这个阈值时，就将其缩放到阈值大小”**（第一份笔记 2.3 节）说得对，方向不变；只是没说是谁的范数。不少代码却逐个元素裁剪。*它会把 $(0.1,10)$ 转过多少度？梯度消失时，裁剪有用吗？*

# %% role="experiment" nbval="check" hidden=true
with experiment("clip_by_norm", "rnn_state_gradients"):
    g = np.array([0.1, 10.0])
    for name, cut in ((tr("by value", "逐个元素"), np.clip(g, -0.1, 0.1)), (tr("by norm", "按范数"), clip_by_norm(g, max_norm=0.1))):
        turned = np.degrees(np.arccos(min(1, cut @ g / np.linalg.norm(cut) / np.linalg.norm(g))))
        print(tr(f"(0.1, 10) clipped {name}: turned by {turned:.0f} degrees", f"(0.1, 10) {name}裁剪：转过 {turned:.0f} 度"))
    weak = np.array([2.0, -1.0])
    d = rnn_state_gradients(weak, rnn_states(weak, x0=0.5, num_steps=50), target=0.7)
    cut = clip_by_norm(d[:1], max_norm=1.0)[0]
    print(tr(f"w = 2: |d| at the end {abs(d[-1]):.2f}, at the start {abs(d[0]):.0e}, clipped {abs(cut):.0e}",
             f"w = 2：末尾 |d| 为 {abs(d[-1]):.2f}，开头 {abs(d[0]):.0e}，裁剪后 {abs(cut):.0e}"))

# %% [markdown] lang="en"
# Against vanishing gradients you change the architecture: gates, residual connections, initialization (06).
#
# <details><summary><b>Convention card:</b> who clips what</summary>
#
# | what | where |
# |---|---|
# | whole model, one factor | ours; optax `clip_by_global_norm`; PyTorch `clip_grad_norm_` (factor $c/(\lvert g\rvert+10^{-6})$, in place, returns the old length); Keras `global_clipnorm`; Pascanu et al. (2013) |
# | each array by itself | Keras `clipnorm` |
# | each entry | PyTorch `clip_grad_value_`, Keras `clipvalue`, optax `clip` |
# </details>
#
# ### Further 2: are saddles more common in high dimension?
#
# **"In high dimension saddles are more common than minima."** (CS324 notes; Dauphin et al. 2014) The argument is about random Hessians. If a coin decided the sign of each of $n$ eigenvalues, a critical point would be a minimum with probability $2^{-n}$: 0.031 for $n=5$.
#
# But eigenvalues of a matrix are not coins. So we draw symmetric matrices with independent normal entries. Off the diagonal they have half the variance; such a matrix looks the same in every rotated basis and is called the Gaussian orthogonal ensemble (GOE). Or all entries have the same variance. *For $n=5$, how often is such a matrix positive definite?*
# %% [markdown] lang="zh"
# 对付梯度消失，要从结构入手：门控、残差连接、参数初始化（06 章）。
#
# <details><summary><b>约定卡：</b>谁裁剪什么</summary>
#
# | 内容 | 出处 |
# |---|---|
# | 整个模型，同一个因子 | 本课程；optax `clip_by_global_norm`；PyTorch `clip_grad_norm_`（因子 $c/(\lvert g\rvert+10^{-6})$，就地修改，返回原来的长度）；Keras `global_clipnorm`；Pascanu 等（2013） |
# | 每个数组各自 | Keras `clipnorm` |
# | 逐个元素 | PyTorch `clip_grad_value_`、Keras `clipvalue`、optax `clip` |
# </details>
#
# ### 拓展 2：高维空间里鞍点更常见吗？
#
# **“在高维空间中，鞍点比局部最小值更常见”**（第一份笔记 2.2 节；Dauphin 等，2014）：这是关于随机海森矩阵的论证。如果 $n$ 个特征值各自像抛硬币一样有正有负，临界点是极小点的概率就是 $2^{-n}$，$n=5$ 时是 0.031。
#
# 但矩阵的特征值不是硬币。我们来抽对称矩阵，元素独立，服从正态分布。一种抽法让对角线以外的方差减半，这样无论怎样旋转坐标，分布都一样，叫高斯正交系综（Gaussian orthogonal ensemble, GOE）；另一种抽法让方差都相同。*$n=5$ 时，这样的矩阵正定的概率有多大？*

# %% role="experiment" nbval="check" hidden=true
def share_positive_definite(rng, n, variance):
    tr(
        """Estimate it from 100,000 matrices whose diagonal is positive, as one in 2**n has; eliminate and look at the pivots.""",
        """用 100 000 个对角线为正的矩阵来估计（2**n 个里有一个如此）；消元，看主元。""",
    )
    matrices = np.zeros((100_000, n, n))
    i, j = np.tril_indices(n, -1)
    matrices[:, i, j] = matrices[:, j, i] = np.sqrt(variance) * rng.standard_normal((100_000, len(i)))
    matrices[:, np.arange(n), np.arange(n)] = np.abs(rng.standard_normal((100_000, n)))
    for _ in range(n - 1):
        column = matrices[:, 1:, :1]
        matrices = matrices[:, 1:, 1:] - column * matrices[:, :1, 1:] / matrices[:, :1, :1]
        matrices = matrices[matrices[:, 0, 0] > 0]
    return len(matrices) / 100_000 / 2**n


rng = np.random.default_rng(0)
shares = {variance: [share_positive_definite(rng, n, variance) for n in range(1, 6)] for variance in (0.5, 1.0)}
for n in range(1, 6):
    goe, equal, coins = shares[0.5][n - 1], shares[1.0][n - 1], 2.0**-n
    print(tr(f"n = {n}: coins {coins:.5f}, GOE {goe:.5f}, equal variances {equal:.5f}",
             f"n = {n}：抛硬币 {coins:.5f}，GOE {goe:.5f}，等方差 {equal:.5f}"))

# %% [markdown] lang="en"
# <details><summary>What it showed</summary>
#
# Random matrices are positive definite far more rarely than coins suggest, because their eigenvalues repel each other. How rarely depends on what "random" means. For a network nothing follows: its Hessian is not drawn like that, least of all at a low loss. Dauphin et al. (2014) recall that among critical points of random functions those of high value are saddles and those of low value mostly minima.
# </details>
#
# ### Further 3: Newton's method
#
# If you know the Hessian you can do better than one learning rate for all directions. Taylor's formula has its critical point where $g+Hd=0$. **Newton's method** goes there, $x\leftarrow x-H^{-1}g$: each direction gets its own rate $1/\lambda_i$. `np.linalg.solve(A, b)` returns the $d$ with $A\,d=b$.
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 随机矩阵正定的概率比抛硬币小得多，因为特征值互相排斥；小多少，取决于“随机”指什么。由此推不出网络怎样：网络的海森矩阵不是这样抽出来的，损失低的时候尤其不是。Dauphin 等（2014）：随机函数的临界点中，损失高的是鞍点，损失低的大多是极小点。
# </details>
#
# ### 拓展 3：牛顿法
#
# 知道海森矩阵，就不必各方向共用一个学习率。泰勒展开的临界点在 $g+Hd=0$ 处，**牛顿法**（Newton's method）直接走到那里：$x\leftarrow x-H^{-1}g$，每个方向有自己的学习率 $1/\lambda_i$。`np.linalg.solve(A, b)` 返回满足 $A\,d=b$ 的 $d$。

# %% role="answer" id="newton_step"
def newton_step(params, grad_fn):
    tr(
        """Return x - H^-1 g, one step of Newton's method, with your numerical_hessian.

        params (x): array (n,). grad_fn(x): the gradient. Returns an array (n,).
        """,
        """用你的 numerical_hessian 走一步牛顿法，返回 x - H^-1 g。

        params（x）：数组，形状 (n,)。grad_fn(x)：梯度。返回数组，形状 (n,)。
        """,
    )
    ### BEGIN SOLUTION
    return params - np.linalg.solve(numerical_hessian(grad_fn, params), grad_fn(params))
    ### END SOLUTION


# %% role="practice" id="try_newton_step"
with experiment("newton_step", "numerical_hessian", "hessian_vector_product"):
    bowl = np.array([[3.0, 1.0], [1.0, 2.0]])
    arrived = newton_step(np.array([5.0, -4.0]), lambda x: bowl @ (x - np.array([1.0, 2.0])))
    print(tr("after one step:", "一步之后："), np.round(arrived, 6))
    assert np.allclose(arrived, [1.0, 2.0]), tr("on a quadratic the first step arrives at (1, 2)", "在二次函数上，一步就到 (1, 2)")

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which linear system does the move solve?
# </details>
# <details><summary>Hint 2</summary>
#
# $H\,d=-g$.
# </details>
# <details><summary>Hint 3</summary>
#
# `params - np.linalg.solve(H, g)`, both at `params`.
# </details>
#
# *From $(0.8,0.3)$ on our saddle gradient descent comes down at $b=1$. Where does Newton's method end?*
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 这一步的位移满足哪个线性方程组？
# </details>
# <details><summary>提示 2</summary>
#
# $H\,d=-g$。
# </details>
# <details><summary>提示 3</summary>
#
# `params - np.linalg.solve(H, g)`，两者都在 `params` 处求。
# </details>
#
# *在我们的鞍点函数上，从 $(0.8,0.3)$ 出发的梯度下降会走到 $b=1$。牛顿法会停在哪里？*

# %% role="experiment" nbval="check" hidden=true
with experiment("newton_step", "numerical_hessian", "hessian_vector_product"):
    track = np.logspace(0, 4, 50)
    left_over = np.linalg.norm(newton_step(np.ones(50), lambda x: track * x)) / np.sqrt(50)
    small = tr("yes", "是") if left_over < 1e-9 else tr("no", "否")
    print(tr(f"track, kappa 10000: after one step less than 1e-9 of the distance is left: {small}",
             f"赛道，kappa 10000：一步之后剩下的距离小于 1e-9：{small}"))
    newton_path = [np.array([0.8, 0.3])]
    for _ in range(6):
        newton_path.append(newton_step(newton_path[-1], saddle.gradient))
    a, b = np.round(newton_path[-1], 4) + 0.0
    print(tr(f"from (0.8, 0.3), six Newton steps: ({a}, {b})", f"从 (0.8, 0.3)，牛顿法六步：({a}, {b})"))
    fig, ax = draw.figure(height=3.6)
    draw.landscape(ax, saddle.value, (-0.6, 1.2), (-0.5, 1.3), log=False, levels=14, names=("$a$", "$b$"), aspect="auto")
    draw.path(ax, descend(np.array([0.8, 0.3]), saddle.gradient, lr=0.1, num_steps=60), "gd")
    draw.path(ax, np.array(newton_path), "newton")
    draw.words(ax, 0.42, 0.75, tr("gradient descent:\nto the minimum", "梯度下降：\n走向极小点"), color="gd", ha="left")
    draw.words(ax, 0.25, -0.18, tr("Newton: onto the saddle", "牛顿法：走上鞍点"), ha="left")
    draw.headline(fig, tr("Newton's method looks for a zero gradient, not for a minimum", "牛顿法找的是梯度为 0 的点，不是低处"),
                  tr("f(a, b) from (0.8, 0.3); minimum at (0, 1), saddle at (0, 0).", "f(a, b)，从 (0.8, 0.3) 出发；极小点 (0, 1)，鞍点 (0, 0)。"))
    show(fig, alt=tr(
        "Contours of the saddle. Gradient descent from (0.8, 0.3) bends upwards into the minimum at (0, 1). Newton's method lands just beyond the saddle at (0, 0), then on it, and stays.",
        "鞍点函数的等高线。从 (0.8, 0.3) 出发，梯度下降拐向上方，停在极小点 (0, 1)；牛顿法略微越过鞍点 (0, 0)，再落到鞍点上，停住。"))

# %% [markdown] lang="en"
# <details><summary>What it showed</summary>
#
# In a valley one step is enough, whatever $\kappa$. But along a negative $\lambda_i$ the rate $1/\lambda_i$ is negative: Newton's method climbs to the saddle. (Dauphin et al. divide by $|\lambda_i|$ instead.) And a million parameters need $10^{12}$ numbers. *Preconditioning* is the cheap part of the idea: divide each entry of the gradient by a curvature of its own. It helps if the valley lies along the axes (04). L-BFGS builds an approximation from past gradients.
# </details>
#
# ### Further 4: what a slice shows
#
# Many pictures of "loss landscapes" are cuts $f(x+sv)$ along random directions. We cut the moons network after 100 steps. *Of 1,000 random directions, how many bend down?*
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 在山谷里，不论 $\kappa$ 多大，一步就够。可沿 $\lambda_i$ 为负的方向，学习率 $1/\lambda_i$ 也是负的：牛顿法会爬上鞍点。（Dauphin 等改为除以 $|\lambda_i|$。）而且一百万个参数需要 $10^{12}$ 个数。*预条件*（preconditioning）是这个想法里便宜的那一半：梯度的每个元素除以它自己的曲率；山谷顺着坐标轴时有用（04 章）。L-BFGS 用过去的梯度拼出近似。
# </details>
#
# ### 拓展 4：切片能看到什么
#
# 许多“损失地形图”是沿随机方向切出来的 $f(x+sv)$。我们来切走完 100 步的双月网络。*1000 个随机方向里，有几个向下弯？*

# %% role="experiment" nbval="check" hidden=true
with experiment("numerical_hessian", "hessian_vector_product"):
    here = descend(np.random.default_rng(0).normal(0, 0.5, 33), moons_gradient, lr=0.5, num_steps=100)[-1]
    hessian = numerical_hessian(moons_gradient, here)
    values = np.linalg.eigvalsh(hessian)
    directions = np.random.default_rng(1).standard_normal((1000, 33))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    bends = np.sum(directions @ hessian * directions, axis=1)
    negative, down = np.sum(values < -1e-6), np.sum(bends < 0)
    print(tr(f"negative curvatures: {negative} of 33; random directions that bend down: {down} of 1000",
             f"负曲率：33 个中 {negative} 个；向下弯的随机方向：1000 个中 {down} 个"))
    print(tr(f"mean curvature of the directions {bends.mean():.3f}, mean eigenvalue {values.mean():.3f}",
             f"这些方向的平均曲率 {bends.mean():.3f}，特征值的平均 {values.mean():.3f}"))

# %% [markdown] lang="en"
# <details><summary>What it showed</summary>
#
# The curvature in a random direction is $\sum_i\lambda_ic_i^2$ with all $c_i^2$ near $1/33$: about the *mean* of the eigenvalues, which a few large ones decide. A random slice looks like a bowl although a third of the curvatures are negative.
# </details>
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 随机方向上的曲率是 $\sum_i\lambda_ic_i^2$，各个 $c_i^2$ 都在 $1/33$ 附近：差不多就是特征值的*平均*，由少数几个大的说了算。虽然三分之一的曲率是负的，随机切片看上去仍像一只碗。
# </details>

# %% [markdown] lang="en"
# ### Further 5: a cliff, magnified
#
# **"At a cliff the loss changes abruptly."** (CS324 notes) It is steep, not broken. *The loss is a composition of smooth functions. What must you see if you magnify it?*
# %% [markdown] lang="zh"
# ### 拓展 5：放大悬崖
#
# **“损失函数会发生突变，形成一个“悬崖”。”**（第一份笔记 2.3 节）它陡，但没有断。*损失是光滑函数的复合，放大之后一定会看到什么？*

# %% role="experiment" nbval="check" hidden=true
with experiment("rnn_state_gradients", "rnn_gradient"):
    for num_steps in (5, 10, 20, 50):
        lengths = [np.linalg.norm(rnn_loss_and_grads(np.array([4.9, b]), num_steps=num_steps)[1]) for b in np.arange(801) / 1e4 - 2.62]
        longest = max(lengths)
        print(tr(f"T = {num_steps:2}: longest gradient at 801 points around the edge {longest:.2g}",
                 f"T = {num_steps:2}：崖边 801 个点上最长的梯度 {longest:.2g}"))
    fig, axes = draw.figure(columns=3, height=2.7, sharey=True)
    for ax, width in zip(axes, (0.4, 0.02, 0.002), strict=True):
        offsets = np.arange(-200, 201) / 400 * width
        ax.plot(offsets, cliff_loss(np.stack([np.full(401, 4.9), -2.5502 + offsets], axis=-1)), color=draw.colour("gd"))
        ax.set_xticks([-width / 2, 0, width / 2])
        ax.set_xlabel("b + 2.5502")
        draw.title(ax, tr(f"{width} wide", f"宽 {width}"))
    axes[0].set_ylabel(tr("loss", "损失"))
    draw.headline(fig, tr("Magnified 200 times, the cliff is a smooth slope", "放大 200 倍，悬崖是一条光滑的坡"),
                  tr("The loss along b at w = 4.9, T = 50.", "w = 4.9、T = 50 时，沿 b 方向的损失。"))
    show(fig, alt=tr(
        "Loss against b in three magnifications. 0.4 wide it looks like a jump from 0.33 to 0; 0.02 wide still like a corner; 0.002 wide it is a smooth S-shaped slope.",
        "损失对 b 的图，三种放大倍数。宽 0.4 时像从 0.33 跳到 0；宽 0.02 时仍像折角；宽 0.002 时是光滑的 S 形斜坡。"))

# %% [markdown] lang="en"
# Now walk up to it yourself. Move `max_norm` to *off*. *Does a small enough `lr` keep the run in the valley?*
# %% [markdown] lang="zh"
# 再自己走到崖边去。把 `max_norm` 调到“不裁剪”：*只要 `lr` 足够小，轨迹就能留在谷里吗？*

# %% role="experiment"
landscape_explorer(landscape="cliff", lr=0.3, start=-2.55, max_norm=1.0, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# Not reliably: of the four in sitting B only 0.03 does. The loss is lowest right beside the edge, so a run down the valley comes to the cliff, and there a gradient nearly 1,900 long makes a leap even with 0.01.
# </details>
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 靠不住：`lr` 取 0.3、0.1、0.03、0.01，只有 0.03 没有落到平台上。紧挨着崖边的地方损失最低，沿谷底往下走就会走到悬崖，那里的梯度长近 1900，0.01 的 `lr` 也成了飞跃。
# </details>

# %% [markdown] lang="en"
# And where does the NaN of many training logs come from? Replace the unit by one *without* a sigmoid, $x_t=w\,x_{t-1}$ with $x_0=1$, and use `lr` 0.001.
# %% [markdown] lang="zh"
# **“甚至导致数值溢出（NaN）”**（第一份笔记 2.3 节，说的是悬崖）：有 sigmoid 时不会。换成一个*没有* sigmoid 的单元，$x_t=w\,x_{t-1}$，$x_0=1$，`lr` 取 0.001，再看。

# %% role="experiment" hidden=true
with experiment("clip_by_norm"):
    for limit in (np.inf, 1.0):
        w, seen = np.float64(1.1), []
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(4):
                seen.append(f"{w:.4g}")
                grad = 2 * (w**50 - 0.7) * 50 * w**49  #| loss (w^50 - 0.7)^2 | 损失 (w^50 - 0.7)^2
                w = w - 0.001 * clip_by_norm(grad, max_norm=limit)
        seen = ", ".join(seen)
        print(tr(f"unit without sigmoid, max_norm {limit}: w = {seen}", f"没有 sigmoid 的单元，max_norm {limit}：w = {seen}"))

# %% [markdown] lang="en"
# ### In practice today
#
# - Clipping by the global norm is routine in training large language models: GPT-3, for instance, clips at 1.0 (Brown et al. 2020). Zhang et al. (2020) prove that where curvature grows with the gradient, clipping can be arbitrarily faster than any fixed learning rate.
# - Recurrent networks gave way to architectures whose gradients need not pass through a long product. The cliff remains the clearest picture of a loss spike.
#
# <details><summary><b>Convention card:</b> curvature in other places</summary>
#
# | what | here | elsewhere |
# |---|---|---|
# | Hessian times vector | by differences | JAX `jax.jvp(jax.grad(f), (x,), (v,))[1]`, PyTorch `torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]`: exact, no $h$ (Pearlmutter 1994) |
# | sharpness | largest eigenvalue of $H$ of the training loss | Keskar et al. (2017): rise of the loss in a small box, another number |
# | condition number | $\lambda_{\max}/\lambda_{\min}$ | `np.linalg.cond` takes singular values: the same for positive definite $H$, meaningless at a saddle |
# | limit of the learning rate | $2/\lambda_{\max}$ | $1/L$ where the *guaranteed* descent of a step should be largest ($L$: bound on the curvature) |
# </details>
#
# <details><summary>References</summary>
#
# R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013. Y. Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional non-convex optimization*, NeurIPS 2014. J. Lee, M. Simchowitz, M. Jordan, B. Recht, *Gradient descent only converges to minimizers*, COLT 2016. S. Du et al., *Gradient descent can take exponential time to escape saddle points*, NeurIPS 2017. C. Jin et al., *How to escape saddle points efficiently*, ICML 2017. B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994). N. S. Keskar et al., *On large-batch training for deep learning*, ICLR 2017. J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. J. Zhang, T. He, S. Sra, A. Jadbabaie, *Why gradient clipping accelerates training*, ICLR 2020. T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. Y. Nesterov, *Introductory lectures on convex optimization* (2004): the saddle. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# ### 如今的做法
#
# - 训练大语言模型时，按全局范数裁剪已是常规，例如 GPT-3 的阈值是 1.0（Brown 等，2020）。Zhang 等（2020）证明：如果曲率随梯度一起增大，裁剪可以比任何固定学习率快任意多倍。
# - 循环网络让位给了梯度不必穿过长长乘积的结构。但要理解损失为什么突然飙升，悬崖仍是最清楚的图景。
#
# <details><summary><b>约定卡：</b>各处的曲率与界限</summary>
#
# | 内容 | 本课程 | 别处 |
# |---|---|---|
# | 海森矩阵乘向量 | 用差分 | JAX `jax.jvp(jax.grad(f), (x,), (v,))[1]`，PyTorch `torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]`：精确，没有 $h$（Pearlmutter，1994） |
# | 锐度 | 训练损失的 $H$ 的最大特征值 | Keskar 等（2017）：小盒子里损失升高多少，是另一个数 |
# | 条件数 | $\lambda_{\max}/\lambda_{\min}$ | `np.linalg.cond` 用奇异值：$H$ 正定时相同，在鞍点处没有意义 |
# | 学习率的界限 | $2/\lambda_{\max}$ | $1/L$：使每步*有保证的*下降最大（$L$ 是曲率的上界） |
# </details>
#
# <details><summary>参考文献</summary>
#
# R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013. Y. Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional non-convex optimization*, NeurIPS 2014. J. Lee, M. Simchowitz, M. Jordan, B. Recht, *Gradient descent only converges to minimizers*, COLT 2016. S. Du et al., *Gradient descent can take exponential time to escape saddle points*, NeurIPS 2017. C. Jin et al., *How to escape saddle points efficiently*, ICML 2017. B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994). N. S. Keskar et al., *On large-batch training for deep learning*, ICLR 2017. J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. J. Zhang, T. He, S. Sra, A. Jadbabaie, *Why gradient clipping accelerates training*, ICLR 2020. T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. Y. Nesterov, *Introductory lectures on convex optimization* (2004)：鞍点的例子。I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 海森矩阵、正定 | Hessian, positive definite | |
# | 锐度 | sharpness | 海森矩阵的最大特征值 |
# | 病态、条件数 | ill-conditioning, condition number | $\kappa=\lambda_{\max}/\lambda_{\min}$ |
# | 临界点、局部极小点 | critical point, local minimum | 梯度为 0 |
# | 鞍点、严格鞍点 | saddle point, strict saddle | 有负曲率 |
# | 稳定集 | stable set | 终点为鞍点的那些起点 |
# | 渐进锐化 | progressive sharpening | 训练中锐度不断升高 |
# | 稳定性边缘 | edge of stability | 锐度在 $2/\eta$ 附近 |
# | 平台区、悬崖 | plateau, cliff | |
# | 循环网络、沿时间反向传播 | recurrent network, backpropagation through time | BPTT |
# | 梯度爆炸、梯度消失 | exploding, vanishing gradient | |
# | 梯度裁剪、全局范数 | gradient clipping, global norm | |
# | 牛顿法、预条件 | Newton's method, preconditioning | 拓展 3 |
# </details>

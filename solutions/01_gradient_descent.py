# %% [markdown] lang="en"
# # 01 Gradient descent
#
# The rule of this course fits in one line: take a step against the gradient. Two questions decide whether it works. How long may a step be? How many examples should choose its direction? You will derive the textbook answers, and then see a run that starts with steps nearly six times as long as they allow, and ends lower than the safe one.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 01 梯度下降
#
# 整门课的规则只有一行：逆着梯度走一步，这就是**梯度下降**（gradient descent）。成败取决于两个问题：一步能走多长？用多少个样本定方向？教科书的答案，你会亲手推导出来。然后你会看到一次“违规”的训练：它一开始的步长将近上限的六倍，最后的损失却比守规矩的更低。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from time import perf_counter

from descent.browser import fewer_in_browser
from descent.check import check
from descent.data import load_digits, regression
from descent.experiment import experiment
from descent.explore_paths import START, path_explorer, small_problem
from descent.figures import draw
from descent.figures.moving_edge import draw_moving_edge
from descent.figures.three_descents import draw_three_descents
from descent.hyper import require
from descent.intervals import mean_interval
from descent.plots import curves, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: how long may a step be?
#
# | | |
# |---|---|
# | **You will be able to** | write gradient descent and a classifier's loss; compute a safe learning rate before training; say what happens beyond it |
# | **You need** | shapes and broadcasting, the chain rule, the affine layer (00) |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: three exercises, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：一步能走多长？
#
# | | |
# |---|---|
# | **学完你能够** | 写出梯度下降和分类器的损失；在训练之前算出安全的学习率；说清越过它会怎样 |
# | **你需要** | 形状与广播、链式法则、仿射层（00） |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：三道练习，两次预测 |

# %% [markdown] lang="en"
# ### Start with one slider
#
# You see 20 steps of gradient descent in a valley, from above. The valley curves ten times as much across as along. Move only the slider `lr`.
#
# 1. At `lr` 0.3, how close to the minimum does the run get? The line under the plots tells you.
# 2. Raise `lr` slowly. Where is that number smallest? Watch how the path crosses the valley.
# 3. Go on raising. What happens at 2?
# %% [markdown] lang="zh"
# ### 先动手：一个滑块
#
# 图中是从上往下看的山谷，和梯度下降走的 20 步。山谷横向的曲率是纵向的十倍。只动 `lr` 这一个滑块。
#
# 1. `lr` 为 0.3 时，最后离极小点多远？看图下那句话。
# 2. 把 `lr` 慢慢调大。那个数在哪里最小？留意轨迹怎样横穿山谷。
# 3. 接着调大。到 2 会怎样？

# %% role="experiment" minutes=2
path_explorer(method="gd", lr=0.3, kappa=10, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. 0.425 of the starting distance, as an average over the last five steps.
# 2. 0.025, near `lr` 1.77. From 1 on the path jumps to the other side at every step.
# 3. At 1.9 it is 0.106 already, at 2 it stays at 0.678 for ever, at 2.1 it is 3.84 and grows.
# </details>
#
# You may have read that **"with the exact gradient the path does not oscillate; SGD oscillates in valleys because its variance is high"** (CS324, CS231n). Here every gradient is exact, and from 1 on the path swings at every step. Where do the swings come from, why is there an edge, and why at 2?
#
# ### One step in one direction
#
# Take $f(x)=\lambda x^2/2$. Its second derivative $\lambda$ is the **curvature**: how fast the slope changes. The gradient is $\lambda x$, so a step with **learning rate** $\eta$ gives
#
# $$x_{t+1}=x_t-\eta\lambda x_t=(1-\eta\lambda)\,x_t .$$
#
# The distance is multiplied by the **contraction factor** $|1-\eta\lambda|$:
#
# - $\eta\lambda<1$: the run stays on its side and gets closer;
# - $1<\eta\lambda<2$: it jumps across at every step and still gets closer;
# - $\eta\lambda>2$: every jump is longer than the one before.
#
# A function of many variables has a curvature for each direction, and *one* learning rate for all. In the figure they are 1 across and 0.1 along. **The steepest direction sets the edge, $2/L$ with the largest curvature $L$; the flattest sets the time.** Their ratio $\kappa$ is the **condition number**.
#
# And on other functions? If no curvature anywhere exceeds $L$, the function stays below the parabola of curvature $L$ that touches it at $x$. For a step $d$:
#
# $$f(x+d)\le f(x)+\nabla f(x)\cdot d+\frac L2\,|d|^2 .$$
#
# *Insert $d=-\eta g$ with $g=\nabla f(x)$. For which $\eta$ must the loss fall?*
#
# <details><summary>Answer</summary>
#
# $f(x-\eta g)\le f(x)-\eta|g|^2+\dfrac{L\eta^2}2|g|^2=f(x)-\eta\left(1-\dfrac{\eta L}2\right)|g|^2$: it falls for $0<\eta<2/L$ wherever $g\ne0$.
# </details>
#
# A function with such an $L$ is called **smooth**. The edge is a guarantee: nothing here says that a longer step must fail.
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 起始距离的 0.425 倍（最后五步的平均）。
# 2. 0.025，在 `lr` 1.77 附近。从 1 开始，轨迹每一步都跳到对面。
# 3. 1.9 时已是 0.106；到 2 就永远停在 0.678；2.1 时是 3.84，而且越来越大。
# </details>
#
# 比最好的学习率再大一点，情形就急转直下。笔记说，批量梯度下降“梯度方向准确，下降路径平稳，不会剧烈震荡”（第一份笔记 1.1 节）；SGD“高方差使其路径充满噪声”，在“峡谷”地形会剧烈振荡（第二份笔记“随机梯度下降(SGD)”一节）。可这里的梯度完全准确，从 1 起轨迹照样每一步都跳到对面。振荡从哪里来？为什么会有这条边界？为什么在 2？
#
# ### 一个方向上的一步
#
# 取 $f(x)=\lambda x^2/2$。二阶导数 $\lambda$ 就是**曲率**（curvature），说的是坡度变化有多快。梯度是 $\lambda x$，所以用**学习率**（learning rate）$\eta$ 走一步，得到
#
# $$x_{t+1}=x_t-\eta\lambda x_t=(1-\eta\lambda)\,x_t .$$
#
# 距离每步乘以**收缩因子**（contraction factor）$|1-\eta\lambda|$：
#
# - $\eta\lambda<1$：留在自己这一侧，越走越近；
# - $1<\eta\lambda<2$：每一步都跳到对面，但仍越来越近；
# - $\eta\lambda>2$：一步跳得比一步远。
#
# 多变量函数在每个方向上各有一个曲率，学习率却只有*一个*。图中横向曲率是 1，纵向是 0.1。**最陡的方向决定边界：$2/L$，$L$ 是最大的曲率；最平的方向决定要走多久。** 两者之比 $\kappa$ 叫**条件数**（condition number）。
#
# 别的函数呢？如果曲率处处不超过 $L$，函数就始终不高于一条抛物线：它的曲率是 $L$，在 $x$ 处与函数相切。走一步 $d$，有
#
# $$f(x+d)\le f(x)+\nabla f(x)\cdot d+\frac L2\,|d|^2 .$$
#
# *把 $d=-\eta g$ 代进去，$g=\nabla f(x)$。$\eta$ 在什么范围内，损失必定下降？*
#
# <details><summary>答案</summary>
#
# $f(x-\eta g)\le f(x)-\eta|g|^2+\dfrac{L\eta^2}2|g|^2=f(x)-\eta\left(1-\dfrac{\eta L}2\right)|g|^2$：只要 $g\ne0$，$0<\eta<2/L$ 时必定下降。
# </details>
#
# 存在这样一个 $L$ 的函数称为**光滑**的（smooth）。边界只是保证：不越过它，必定下降；越过它，*不一定*失败。

# %% [markdown] lang="en"
# ### Exercise 1: `gradient_descent` ({{points:gradient_descent}} points, 8 minutes)
#
# Your function receives the gradient as a function and returns the whole path, because we want to look at runs.
# %% [markdown] lang="zh"
# ### 练习 1：`gradient_descent`（{{points:gradient_descent}} 分，8 分钟）
#
# 传给它的是梯度*函数*，它返回整条路径，好让我们看到训练的全过程。

# %% [markdown] role="docstring" of="gradient_descent" lang="zh" twin="2349b8ee"
# 用固定的学习率做梯度下降，返回经过的每一个点。
#
#     x <- x - lr * grad_fn(x)，   重复 num_steps 次
#
# params（x）：起点，任意形状的数组，不得改动。grad_fn(x) 返回 x 处的梯度；每走一步调用一次。
# lr：Python 数值。NaN 原样传递。
# 返回路径，形状为 (num_steps + 1, *params.shape) 的数组，dtype 与 params 相同；path[0] 是起点。
# 若 lr < 0 或 num_steps < 0，抛出 ValueError。
#
# >>> gradient_descent(np.array(8.0), lambda x: 3 * x, lr=0.5, num_steps=3)
# array([ 8., -4.,  2., -1.])

# %% role="answer" id="gradient_descent"
from reference.gradient_descent import gradient_descent

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# How many points has a path of three steps?
# </details>
# <details><summary>Hint 2</summary>
#
# Keep the points in a list that starts with `params`. Does your step make a new array, or does it write into the one that is in the list already?
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $8-0.5\cdot24=-4$, then 2, then −1. If all four points are equal, you wrote `params -= ...`: the list holds one array four times. If you get $8,-4,-16,-28$, you took the gradient at the start only.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 走三步的路径一共有几个点？
# </details>
# <details><summary>提示 2</summary>
#
# 把点放进一个列表，开头是 `params`。你的一步是新建一个数组，还是改写了列表里已有的那个？
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$8-0.5\cdot24=-4$，接着是 2，再是 −1。如果四个点全相同，说明你写了 `params -= ...`，列表里放的是同一个数组。如果得到 $8,-4,-16,-28$，说明梯度只在起点求了一次。
# </details>

# %% role="tests" id="test_gradient_descent" points=12
check("gradient_descent", gradient_descent)

# %% [markdown] lang="en"
# ### Experiment 1: where is the best learning rate?
#
# The slider's valley, $\kappa=10$, was fastest near 1.77. Now the real race, with your function: a quadratic has 50 curvatures from $L/\kappa$ to $L$, evenly spaced on a log scale. A run starts at $(1,\dots,1)$ and ends when its distance has shrunk to a millionth.
#
# **In a valley with $\kappa=100$, where is the best learning rate?** (a) closer to the edge $2/L$, (b) at the same place, (c) further from the edge, nearer to $1/L$, where the steepest direction is finished in one step
# %% [markdown] lang="zh"
# ### 实验 1：最好的学习率在哪里？
#
# 滑块里的山谷 $\kappa=10$，1.77 附近最快。再用你的函数比一场：二次函数，50 个曲率从 $L/\kappa$ 到 $L$，按对数均匀分布；从 $(1,\dots,1)$ 出发，到距离缩到百万分之一为止。
#
# **$\kappa=100$ 的山谷里，最好的学习率在哪里？** (a) 离边界 $2/L$ 更近，(b) 还在原处，(c) 离边界更远，靠近 $1/L$（最陡的方向在那里一步到位）

# %% role="answer" id="prediction_edge"
prediction_edge = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_edge = "a"
### END SOLUTION

# %% hidden=true
def steps_to_a_millionth(curvatures, lr):
    tr(
        """Count the steps of gradient descent from (1, ..., 1) until the distance has shrunk to a millionth.""",
        """数一数梯度下降从 (1, ..., 1) 出发，走多少步距离才缩到百万分之一。""",
    )
    x, done = np.ones(len(curvatures)), 0
    while done < 50_000:
        path = gradient_descent(x, lambda x: curvatures * x, lr=lr, num_steps=250)
        there = np.linalg.norm(path, axis=1) <= 1e-6 * np.sqrt(len(curvatures))
        if there.any():
            return done + int(np.argmax(there))
        x, done = path[-1], done + 250
    return np.inf


SHARES = np.unique(np.append(np.round(np.linspace(0.1, 1.9, 19), 2), [1.82, 1.86, 1.94, 1.96, 1.98, 1.99]))

# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    curvatures = {kappa: np.logspace(-np.log10(kappa), 0, 50) for kappa in (10, 100)}  #| L = 1 | L = 1
    edge_steps = {kappa: np.array([steps_to_a_millionth(curvatures[kappa], lr=share) for share in SHARES]) for kappa in (10, 100)}
    for kappa, steps in edge_steps.items():
        at_one, fewest, best, last = steps[SHARES == 1][0], steps.min(), SHARES[steps.argmin()], steps[-1]
        print(tr(
            f"kappa {kappa:3}: {at_one} steps at 1/L, fewest {fewest} at {best}/L, {last} at 1.99/L",
            f"kappa {kappa:3}：1/L 处 {at_one} 步，最少 {fewest} 步，在 {best}/L 处；1.99/L 处 {last} 步",
        ))

# %% role="experiment" hidden=true
with experiment("gradient_descent", "edge_steps"):
    ax = curves({f"_{kappa}": steps for kappa, steps in edge_steps.items()}, x=SHARES, logy=True, color={"_10": "sky", "_100": "gd"},
                xlabel=tr("learning rate × L", "学习率 × L"), ylabel=tr("steps to a millionth", "缩到百万分之一的步数"))
    ax.set(xlim=(0, 2.25), ylim=(40, 20_000))
    draw.wash(ax, x=(2, 2.25), color="bad", name=tr("diverges", "发散"))
    draw.note(ax, tr(f"fewest: {edge_steps[100].min()},\njust below the edge", f"最少 {edge_steps[100].min()} 步，\n紧挨边界"), (1.96, edge_steps[100].min()), (1.45, 4000), color="gd")
    for kappa, shade in ((10, "sky"), (100, "gd")):
        draw.words(ax, 0.5, 1.35 * edge_steps[kappa][SHARES == 0.5][0], f"κ = {kappa}", color=shade, ha="left", va="bottom")
    draw.words(ax, 0.62, 58, tr("here the flattest direction is the bottleneck", "这一侧由最平的方向决定快慢"), color="soft")
    draw.headline(ax, tr("On a quadratic the best learning rate is just below the edge", "在二次函数上，最好的学习率紧挨边界"),
                  tr("50 curvatures from L/κ to L, start at (1, ..., 1).", "50 个曲率，从 L/κ 到 L；从 (1, ..., 1) 出发。"))
    show(ax, alt=tr(
        f"Steps to a millionth on a log axis against learning rate times L. Both lines fall steadily, reach {edge_steps[10].min()} and {edge_steps[100].min()} steps "
        f"shortly before 2 and shoot up there; at 1.99 both need {edge_steps[10][-1]}. Beyond 2 the plot is shaded: diverges.",
        f"缩到百万分之一的步数（对数坐标）随学习率乘 L 的变化。两条线稳步下降，在快到 2 处最低，分别为 {edge_steps[10].min()} 步和 {edge_steps[100].min()} 步，"
        f"随即陡升；1.99 处两者都要 {edge_steps[10][-1]} 步。2 以上为发散区。"))
    reveal("edge", prediction_edge, "a", tr(
        "The flattest direction is the bottleneck until the step is so long that the steepest one nearly diverges. The two are equal at lr = 2 / (L/kappa + L).",
        "最平的方向一直是瓶颈，直到步子长得让最陡的方向快要发散。两者在 lr = 2 / (L/kappa + L) 处相等。"))

# %% [markdown] lang="en"
# **What it showed.** The larger $\kappa$, the closer the best learning rate lies to $2/L$. But a quadratic has the same curvature everywhere. What if it changes along the way, as in a classifier?
# %% [markdown] lang="zh"
# **结论。** $\kappa$ 越大，最好的学习率挨 $2/L$ 越近。但二次函数的曲率处处相同。如果曲率一路在变呢，比如训练一个分类器？

# %% [markdown] lang="en"
# ### The loss of a classifier
#
# A classifier gives each class a score $z_{ik}$, called a **logit**: any real number. **Softmax** turns the $K$ logits of an example into probabilities. The **cross-entropy** is minus the logarithm of the true class's probability, averaged over the examples:
#
# $$p_{ik}=\frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}},\qquad f=-\frac1N\sum_{i=1}^N \log p_{i,y_i} .$$
#
# If the model is confident and right, its loss is nearly 0; if confident and wrong, its loss can be arbitrarily large. A model that knows nothing gives every class probability $1/K$, and its loss is $\log K$: 2.303 for ten classes. Look for that number at the start of every training curve.
#
# **The gradient.** The loss of one example is $\log\sum_j e^{z_{ij}}-z_{i,y_i}$. *Differentiate both terms with respect to $z_{ik}$. What do you recognize?*
#
# <details><summary>Answer</summary>
#
# The first term gives $e^{z_{ik}}/\sum_j e^{z_{ij}}=p_{ik}$, the softmax itself. The second gives $-1$ at the true class, 0 elsewhere. With the mean over the examples the gradient is what the model said minus what it should have said, divided by $N$.
# </details>
#
# **Large logits.** $e^{1000}$ is infinite in floating point, and $\infty/\infty$ is NaN. What can you subtract from all logits of a row without changing a probability? And $e^{-2000}$ is 0, whose logarithm is $-\infty$. Can you write $\log p_{ik}$ without computing $p_{ik}$?
# %% [markdown] lang="zh"
# ### 分类器的损失
#
# 分类器给每个类别一个得分 $z_{ik}$，可以是任意实数，叫**未归一化得分**（logits）。**softmax** 把一个样本的 $K$ 个得分变成概率。**交叉熵损失**（cross-entropy）是真实类别概率的负对数，再对样本取平均：
#
# $$p_{ik}=\frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}},\qquad f=-\frac1N\sum_{i=1}^N \log p_{i,y_i} .$$
#
# 有把握又答对，损失接近零；有把握却答错，损失没有上限。一无所知的模型给每一类 $1/K$，损失是 $\log K$，十个类别就是 2.303。看训练曲线，先看开头是不是这个数。
#
# **梯度。** 一个样本的损失是 $\log\sum_j e^{z_{ij}}-z_{i,y_i}$。*两项分别对 $z_{ik}$ 求导。认出是什么了吗？*
#
# <details><summary>答案</summary>
#
# 第一项得到 $e^{z_{ik}}/\sum_j e^{z_{ij}}=p_{ik}$，正是 softmax 本身；第二项在真实类别处是 $-1$，别处是 0。再对样本取平均：模型给出的概率减去应有的概率（真实类别为 1，其余为 0），除以 $N$。
# </details>
#
# **得分很大时。** 浮点数里 $e^{1000}$ 是无穷大，$\infty/\infty$ 是 NaN。一行得分同时减去哪个数，概率不变？另外，$e^{-2000}$ 等于 0，它的对数是 $-\infty$。能不能不经过概率就写出 $\log p_{ik}$？

# %% [markdown] lang="en"
# ### Exercise 2: `softmax_cross_entropy` ({{points:softmax_cross_entropy}} points, 15 minutes)
#
# The loss and its derivative with respect to each logit, for logits of 1000 and −1000 too.
# %% [markdown] lang="zh"
# ### 练习 2：`softmax_cross_entropy`（{{points:softmax_cross_entropy}} 分，15 分钟）
#
# 写出损失，以及它对每个得分的导数。得分会有 1000 和 −1000。

# %% [markdown] role="docstring" of="softmax_cross_entropy" lang="zh" twin="6d2c39aa"
# 返回 softmax(logits) 对 labels 的平均交叉熵损失，以及它的梯度。
#
#     p_ik = exp(z_ik) / sum_j exp(z_ij)
#     loss = -1/N sum_i log p_i,y_i
#
# logits（z）：数组 (N, K)，不得改动。labels（y）：数组 (N,)，0 到 K-1 的整数，不得改动。
# logits 可以是 1000，也可以是 -1000。
# 返回 (loss, grad_logits)：一个数，和一个数组 (N, K)，即损失对每个得分的导数，dtype 与 logits 相同。
# 若有得分是 NaN，则损失是 NaN。
# 除非 logits 是 (N, K) 且 N, K >= 1，labels 是 (N,)，且每个标签都在 0 到 K-1 之间，否则抛出 ValueError。
#
# >>> loss, grad_logits = softmax_cross_entropy(np.array([[1001.0, 1000.0, 1001.0]]), np.array([1]))
# >>> float(loss.round(4)), grad_logits.round(4).tolist()
# (1.862, [[0.4223, -0.8446, 0.4223]])

# %% role="answer" id="softmax_cross_entropy"
from reference.losses import softmax_cross_entropy

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which single array do you need for both the loss and the gradient?
# </details>
# <details><summary>Hint 2</summary>
#
# The log-probabilities. Subtract each row's largest logit, then the logarithm of the row's sum of exponentials (`axis=1, keepdims=True`). `log_p[np.arange(N), labels]` picks the true class of every row.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: shifted logits $0,-1,0$; the sum of exponentials is 2.3679, its logarithm 0.8620; $\log p=(-0.8620,-1.8620,-0.8620)$. `np.exp` of it, minus 1 at the label, is the gradient. Two rows instead of one halve every entry: do not forget $1/N$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 损失和梯度都要用到的，是哪一个数组？
# </details>
# <details><summary>提示 2</summary>
#
# 对数概率。每一行先减去最大的得分，再减去该行指数之和的对数（`axis=1, keepdims=True`）。`log_p[np.arange(N), labels]` 取出每一行的真实类别。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：平移后的得分是 $0,-1,0$；指数之和 2.3679，对数 0.8620；$\log p=(-0.8620,-1.8620,-0.8620)$。对它取 `np.exp`，在标签处减 1，就是梯度。若有两行，每个元素都减半：别忘了 $1/N$。
# </details>

# %% role="tests" id="test_softmax_cross_entropy" points=17
check("softmax_cross_entropy", softmax_cross_entropy)

# %% [markdown] lang="en"
# ### A learning rate before training
#
# Can you know a safe step before the first one? You need to know how much the loss can curve anywhere. For **softmax regression**, where the logits are $XW$, you can. Begin with the smallest case.
#
# **One example, one feature $x$, two classes.** Let one logit rise and the other fall, a move of length 1 in all. The curvature is the variance of their speeds, and largest where the model wavers, $p=\frac12$ each: it is $\frac12$. With more classes it is never larger. Now move the weights by 1 instead: the logits move by $x$. If they move twice as fast, the loss curves four times as much, so the curvature is at most $\frac12x^2$.
#
# **Many examples.** The loss is a mean, and so is its curvature: at most $\frac12$ times the mean of $x_i^2$.
#
# **Many features.** Along a direction $v$ of length 1, $x_i$ becomes $X_iv$. The mean of $(X_iv)^2$ is $v^\top(X^\top X/N)\,v$, at most $\lambda_{\max}(X^\top X/N)$, the largest eigenvalue of that matrix.
#
# So at every $W$, in every direction, the curvature of the loss is at most (Böhning 1992)
#
# $$L=\tfrac12\,\lambda_{\max}\!\bigl(X^\top X/N\bigr).$$
#
# No label is in it: labels enter the loss only through $-z_{i,y_i}$, and a linear term has no curvature.
#
# <details><summary>The proof, if you like</summary>
#
# Walk from $W$ in a direction $V$ with $|V|=1$. The logits of example $i$ move at speed $s_i=X_iV$. The second derivative of $\log\sum_ke^{z_{ik}+ts_{ik}}$ is the variance of the numbers $s_{ik}$, class $k$ drawn with probability $p_{ik}$. The variance of numbers between $a$ and $b$ is at most $(b-a)^2/4\le(a^2+b^2)/2\le|s_i|^2/2$. So the curvature is at most $\frac1{2N}\sum_i|X_iV|^2\le\frac12\lambda_{\max}(X^\top X/N)$.
# </details>
#
# ### Exercise 3: `max_stable_lr` ({{points:max_stable_lr}} points, 10 minutes)
#
# A **contract** says what must hold; you find the formula.
# %% [markdown] lang="zh"
# ### 训练之前就能定的学习率
#
# 一步还没走，能不能先知道多大的步长是安全的？这要知道损失最多能弯得多厉害。对 **softmax 回归**（得分为 $XW$），这个数算得出来。从最小的情形看起。
#
# **一个样本，一个特征 $x$，两个类。** 模型拿不定主意时（各 $p=\frac12$），损失弯得最厉害。让一个得分升，另一个降，一共移动长度 1，曲率是 $\frac12$；类别再多，也不会更大。现在改成让权重移动 1，得分就移动 $x$。得分变化快一倍，曲率就是四倍，所以曲率至多 $\frac12x^2$。
#
# **许多样本。** 损失取平均，曲率也跟着取平均：至多 $\frac12$ 乘 $x_i^2$ 的平均。
#
# **许多特征。** 沿长度为 1 的方向 $v$，$x_i$ 换成 $X_iv$。$(X_iv)^2$ 的平均是 $v^\top(X^\top X/N)\,v$，至多是 $\lambda_{\max}(X^\top X/N)$，即这个矩阵的最大特征值（eigenvalue）。
#
# 所以不论 $W$ 在哪里、沿哪个方向，损失的曲率都不超过（Böhning，1992）
#
# $$L=\tfrac12\,\lambda_{\max}\!\bigl(X^\top X/N\bigr).$$
#
# 里面没有标签：标签只出现在 $-z_{i,y_i}$ 里，这一项是线性的，没有曲率。
#
# <details><summary>证明（选读）</summary>
#
# 从 $W$ 出发沿方向 $V$ 走，$|V|=1$。样本 $i$ 的得分以速度 $s_i=X_iV$ 变化。$\log\sum_ke^{z_{ik}+ts_{ik}}$ 的二阶导数，就是以概率 $p_{ik}$ 抽取类别 $k$ 时 $s_{ik}$ 的方差。介于 $a$ 与 $b$ 之间的数，方差至多 $(b-a)^2/4\le(a^2+b^2)/2\le|s_i|^2/2$。所以曲率至多 $\frac1{2N}\sum_i|X_iV|^2\le\frac12\lambda_{\max}(X^\top X/N)$。
# </details>
#
# ### 练习 3：`max_stable_lr`（{{points:max_stable_lr}} 分，10 分钟）
#
# **契约**只说什么必须成立，公式由你来找。

# %% [markdown] role="docstring" of="max_stable_lr" lang="zh" twin="0d1203ff"
# 返回在 X 上做 softmax 回归时最大的安全学习率，标签任意。
#
# 契约：学习率比它小时，对 X W 的平均交叉熵损失做梯度下降，无论标签和起点如何，每一步损失都下降（除非
# 梯度为 0）。比它大时，存在这样的标签，使训练离极小点越来越远。已知这个损失在任何方向上的曲率至多为
#
#     L = lambda_max(X^T X / N) / 2          lambda_max：最大特征值
#
# X：数组 (N, D)，不得改动；模型若有偏置，X 里要有全一列。
# 返回一个 float；若 X 全为零，返回 inf。
#
# >>> round(max_stable_lr(np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])), 3)
# 1.333

# %% role="answer" id="max_stable_lr"
from reference.gradient_descent import max_stable_lr

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Two questions: how large can the curvature be for this $X$, and which learning rates are safe for a given curvature?
# </details>
# <details><summary>Hint 2</summary>
#
# `np.linalg.eigvalsh(A).max()` for a symmetric $A$. $N$ is the number of rows. Ask whether $L$ is 0 before you divide.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $X^\top X/N$ has the eigenvalues 1/3, 3, so $L=1.5$. Without $1/N$ you get 0.444, with the sum of the eigenvalues 1.2, and with one factor 2 forgotten 0.667.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 分两半：数据的曲率能有多大？给定曲率，哪些学习率是安全的？
# </details>
# <details><summary>提示 2</summary>
#
# 对称矩阵 $A$ 用 `np.linalg.eigvalsh(A).max()`。$N$ 是行数。做除法之前，先看 $L$ 是不是 0。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$X^\top X/N$ 的特征值是 1/3 和 3，所以 $L=1.5$。漏了 $1/N$ 会得 0.444，用了特征值之和会得 1.2，漏了一个因子 2 会得 0.667。
# </details>

# %% role="tests" id="test_max_stable_lr" points=16
check("max_stable_lr", max_stable_lr)

# %% [markdown] lang="en"
# ### Experiment 2: beyond the edge
#
# Your three functions together: softmax regression on 1,197 digits, with a column of ones for the bias.
# %% [markdown] lang="zh"
# ### 实验 2：越过边界
#
# 三个函数一起用：在 1197 张 digits 图像上做 softmax 回归，加一列 1 作为偏置。

# %%
digits = load_digits()
y_train = digits.y_train
X_train = np.hstack([digits.X_train, np.ones((len(y_train), 1))])
W_start = np.zeros((65, 10))


def loss_and_grads(W, X, y):
    loss, grad_logits = softmax_cross_entropy(X @ W, y)
    return loss, X.T @ grad_logits


def digits_path(lr, num_steps):
    return gradient_descent(W_start, lambda W: loss_and_grads(W, X_train, y_train)[1], lr=lr, num_steps=num_steps)


# %% hidden=true
X_small, y_small = small_problem(kappa=10)  #| the valley: 32 examples, curvatures 0.1 and 1 | 山谷：32 个样本，曲率 0.1 和 1


def training_losses(path, X=X_train, y=y_train):
    tr("""Return the loss on all training digits at each point of a path.""", """返回路径上每一点在全部训练图像上的损失。""")
    return np.array([loss_and_grads(W, X, y)[0] for W in path])


def probabilities(W):
    P = np.exp(X_train @ W - (X_train @ W).max(axis=1, keepdims=True))
    return P / P.sum(axis=1, keepdims=True)


def edges_along(path, rounds=30):
    tr(
        """Return 2 / lambda_max at each point of a path, where lambda_max is the largest curvature of the loss there.

        Power iteration: a vector that is multiplied by the Hessian again and again turns into its steepest direction.
        Each point goes on with the vector of the one before; the first one gets 100 rounds.
        """,
        """返回路径上每一点的 2 / lambda_max，其中 lambda_max 是损失在该点最大的曲率。

        幂迭代：一个向量反复乘以海森矩阵，就会转向最陡的方向。每一点接着用前一点的向量；第一点做 100 次。
        """,
    )
    V, edges = np.random.default_rng(0).standard_normal(path[0].shape), []
    for W in path:
        P = probabilities(W)
        for _ in range(rounds if edges else 100):
            V /= np.linalg.norm(V)
            S = X_train @ V
            HV = X_train.T @ (P * (S - (P * S).sum(axis=1, keepdims=True))) / len(X_train)
            curvature, V = np.sum(V * HV), HV
        edges.append(2 / curvature)
    return np.array(edges)


# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr"):
    safe = max_stable_lr(X_train)
    edge_at_start, first_loss = edges_along([W_start])[0], loss_and_grads(W_start, X_train, y_train)[0]
    print(tr(f"max_stable_lr: {safe:.2f}, whatever the labels and W. First loss: {first_loss:.3f} = log 10", f"max_stable_lr：{safe:.2f}，与标签和 W 无关。第一个损失：{first_loss:.3f} = log 10"))
    print(tr(f"2 / lambda_max at the start: {edge_at_start:.2f}", f"起点处的 2 / lambda_max：{edge_at_start:.2f}"))

# %% [markdown] lang="en"
# The bound holds for every $W$. At the start, where all probabilities are 0.1, the curvature is a fifth of it, and the edge lies at 1.74. Now take $\eta=10$: 29 times `max_stable_lr`, 5.7 times that edge. On a quadratic the distance in the steepest direction would grow tenfold at every step.
#
# **What does the loss do in 100 steps?** (a) it grows without end, (b) it jumps about, above its first value, to the last step, (c) it climbs at first, then falls below the run with `max_stable_lr`
# %% [markdown] lang="zh"
# 这个上界对所有 $W$ 都成立。在起点，概率全是 0.1，曲率只有上界的五分之一，边界在 1.74。现在取 $\eta=10$：它是 `max_stable_lr` 的 29 倍，是起点处边界的 5.7 倍。若是二次函数，最陡的方向每步就会放大到约十倍。
#
# **100 步里损失会怎样？** (a) 不停地增大，(b) 一直在初始值之上乱跳，直到最后，(c) 先升，后来降到比 `max_stable_lr` 那次训练还低

# %% role="answer" id="prediction_moving"
prediction_moving = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_moving = "c"
### END SOLUTION

# %% role="experiment" nbval="check" minutes=2
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr", "safe"):
    bold, calm = digits_path(10, 100), digits_path(safe, 100)
    bold_losses, edges = training_losses(bold), edges_along(bold)
    back = np.flatnonzero(edges < 10)[-1] + 1
    highest, last, calm_last, edge_low, edge_last = bold_losses.max(), bold_losses[-1], training_losses(calm[-1:])[0], edges.min(), edges[-1]
    print(tr(f"lr 10: the loss climbs to {highest:.1f} and is {last:.3f} after 100 steps; with max_stable_lr it is {calm_last:.3f}",
             f"lr 10：损失升到 {highest:.1f}，100 步后是 {last:.3f}；用 max_stable_lr 则是 {calm_last:.3f}"))
    print(tr(f"2 / lambda_max falls to {edge_low:.2f} and passes 10 for good at step {back}", f"2 / lambda_max 先降到 {edge_low:.2f}，第 {back} 步起一直大于 10"))
    sure, length = probabilities(bold[back]).max(axis=1).mean(), np.linalg.norm(bold[back])
    print(tr(f"there |W| = {length:.0f}, and the most likely class has probability {sure:.2f} on average",
             f"那时 |W| = {length:.0f}，概率最大的类别平均概率为 {sure:.2f}"))

# %% role="experiment" hidden=true
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr", "bold_losses"):
    fig = draw_moving_edge(bold_losses[:61], edges[:61], lr=10, safe=safe, safe_losses=training_losses(calm[:61]), below=tr(
        "Softmax regression on 1197 digits from W = 0, full gradient. λ by power iteration (chapter 02).", "1197 张 digits 图像上的 softmax 回归，从 W = 0 出发，完整梯度。λ 用幂迭代求得（02 章）。"))
    show(fig, alt=tr(
        f"Two panels over 60 steps. Above: 2/lambda_max starts at {edge_at_start:.2f}, falls below 1, rises steeply and from step {back} on stays just above our "
        f"learning rate 10; far below lies the safe one, {safe:.2f}. The region above the edge is shaded. Below, the losses on a log axis: with lr 10 up to {highest:.1f}, "
        "then falling at every step; the safe run falls slowly and ends higher.",
        f"上下两幅图，60 步。上：2/lambda_max 从 {edge_at_start:.2f} 开始，先降到 1 以下，随后陡升，第 {back} 步起一直略高于我们的学习率 10；安全的学习率 {safe:.2f} 远在下方。"
        f"边界以上的区域涂了颜色。下：损失（对数坐标）。lr 10 先升到 {highest:.1f}，然后步步下降；安全的那次降得慢，最后更高。"))
    reveal("moving", prediction_moving, "c", tr(
        "Long steps make the model confident; where it is confident the loss is flat, and the edge moves beyond the learning rate.",
        "步子长，模型很快就有把握；有把握的地方损失平坦，边界于是移到学习率之外。"))

# %% [markdown] lang="en"
# The step is far beyond the edge, so the loss climbs. But long steps also make $W$ large and the model confident, right or wrong. Where a model is confident its loss has little curvature: along one logit it is $p(1-p)$, which is 0.25 at $p=0.5$ and 0.04 at $p=0.96$. **The edge moves up, past the learning rate,** and from then on every step lowers the loss.
#
# Where does the edge stop? *Guess before you run the next cell: where will $2/\lambda_{\max}$ be after 100 steps with learning rate 3, and with 20?*
# %% [markdown] lang="zh"
# 从左往右看上面那幅图。步长远在边界之外，所以损失上升。可是长步子也让 $W$ 变大，让模型变得有把握，不管对错。模型有了把握，曲率就小：沿一个得分，曲率是 $p(1-p)$，$p=0.5$ 时为 0.25，$p=0.96$ 时只有 0.04。**边界向上移，越过了学习率**，此后每一步都降低损失。
#
# 边界停在哪里？*先猜一猜，再运行下一个单元格：学习率取 3、取 20，走 100 步之后，$2/\lambda_{\max}$ 各在哪里？*

# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr", "safe"):
    for lr in (3, 5, 10, 20):
        arrived = edges_along(digits_path(lr, 100)[-1:])[0]
        print(tr(f"lr {lr:2}: 2 / lambda_max = {arrived:5.2f} after 100 steps", f"lr {lr:2}：100 步之后 2 / lambda_max = {arrived:5.2f}"))
    lrs = np.array([safe, 0.7, 1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 70, 100, 200])
    by_lr = np.array([training_losses(digits_path(lr, 300)[[20, 100, 300]]) for lr in lrs])
    best = lrs[by_lr[:, 1].argmin()]
    print(tr(f"lowest training loss after 100 steps: lr {best:g}, {best / safe:.0f} times max_stable_lr", f"走 100 步，训练损失最低的学习率：{best:g}，是 max_stable_lr 的 {best / safe:.0f} 倍"))

# %% role="experiment" hidden=true
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr", "lrs"):
    fig, ax = draw.figure()
    lines = {}
    for column, (t, shade) in enumerate({20: "sky", 100: "gd", 300: "ink"}.items()):
        (line,) = ax.plot(lrs, by_lr[:, column], color=draw.colour(shade), marker="o", ms=3)
        lines[line] = tr(f"after {t} steps", f"{t} 步之后")
    draw.log_axes(ax, x=True, y=True)
    ax.set(xlim=(0.25, 200), ylim=(2e-4, 40), xlabel=tr("learning rate", "学习率"))
    draw.quantity(ax, tr("training loss", "训练损失"))
    draw.wash(ax, x=(0.25, safe), color="good")
    draw.words(ax, 0.295, 6e-4, tr("proven safe", "已证明安全"), color="good", rotation=90, halo=False, va="bottom")
    draw.rule(ax, x=edge_at_start)
    draw.words(ax, 1.1 * edge_at_start, 12, tr("edge at the start", "起点处的边界"), color="soft", ha="left")
    draw.end_labels(ax, lines)
    draw.headline(fig, tr("On digits the best learning rate is far beyond the first edge", "在 digits 上，最好的学习率远在最初的边界之外"),
                  tr("Softmax regression, full gradient, 15 learning rates.", "softmax 回归，完整梯度，15 个学习率。"))
    show(fig, alt=tr(
        "Training loss against learning rate, both axes logarithmic, after 20, 100 and 300 steps. The lowest points lie to the right of the edge at the start, "
        "and the more steps the further: near 5, near 20, and at 200, the end of the range. The proven region is a strip at the left.",
        "训练损失随学习率的变化（双对数坐标），分别在 20、100、300 步之后。最低点都在起点边界的右边，步数越多越靠右：5 附近、20 附近，以及范围的尽头 200。已证明安全的区域只是左边一条。"))

# %% [markdown] lang="en"
# **What it showed.** On quadratics the edge stands still. Here it moves: all four runs start beyond it and end with $2/\lambda_{\max}$ above their learning rate. So the best learning rate for 100 steps is around ten times the edge at the start. A guarantee says what is safe, not what is best.
#
# **Still open:** do networks behave like this? There the curvature *rises*, until $2/\lambda_{\max}$ has come down to the learning rate (02).
# %% [markdown] lang="zh"
# **结论。** 二次函数的边界不动，这里的边界会动：四次训练都从边界之外开始，最后 $2/\lambda_{\max}$ 都升到了学习率之上。所以走 100 步，最好的学习率约为 `max_stable_lr` 的五十倍，约为起点处边界的十倍。保证只说什么安全，没说什么最好。
#
# **尚未回答：** 神经网络也这样吗？那里的曲率会*上升*，直到 $2/\lambda_{\max}$ 降到学习率为止（02）。

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"For convex functions, gradient descent is guaranteed to find the global optimum."** (CS324 and many others) A function is **convex** if no chord of its graph runs below it. Then every local minimum is global, but three conditions are missing: smoothness, $\eta<2/L$, and a minimum that exists. All functions below are convex. *Which of them has a gradient of length 1, no matter how near the minimum is?*
# %% [markdown] lang="zh"
# ### 笔记勘误
#
# **“对于凸函数，保证能找到全局最优解”。**（第一份笔记 1.1 节）函数图像上任意两点间的弦都不低于图像，这个函数就是**凸**的（convex）；这时局部极小值都是全局极小值。但这句话少了三个条件：光滑、$\eta<2/L$、极小值确实存在。下面的函数全是凸的。*哪一个的梯度长度始终是 1，离极小点再近也不变？*

# %% role="experiment" nbval="check"
with experiment("gradient_descent", "softmax_cross_entropy", "max_stable_lr"):
    for lr in (1.99, 2.01):
        x = gradient_descent(np.array(1.0), lambda x: x, lr=lr, num_steps=400)[-1]
        print(tr(f"x**2 / 2, L = 1, lr {lr}: from 1 to |x| = {abs(x):.2f} in 400 steps", f"x**2 / 2，L = 1，lr {lr}：400 步从 1 走到 |x| = {abs(x):.2f}"))
    x = gradient_descent(np.array(1.0), np.sign, lr=0.3, num_steps=400)
    print(tr("|x|, not smooth, lr 0.3: last four points", "|x|，不光滑，lr 0.3：最后四个点"), *(np.round(x[-4:], 3) + 0))
    X_two, y_two = X_train[y_train < 2], y_train[y_train < 2]
    path = gradient_descent(np.zeros((65, 2)), lambda W: loss_and_grads(W, X_two, y_two)[1], lr=max_stable_lr(X_two), num_steps=3000)
    for t in (10, 100, 1000, 3000):
        loss, length = loss_and_grads(path[t], X_two, y_two)[0], np.linalg.norm(path[t])
        print(tr(f"digits 0 and 1, step {t:4}: loss {loss:.4f}, |W| {length:.1f}", f"数字 0 和 1，第 {t:4} 步：损失 {loss:.4f}，|W| {length:.1f}"))

# %% [markdown] lang="en"
# One run diverges, one jumps about for ever, and one has no minimum to find: where classes can be separated, a larger $W$ is always better. With all three conditions, $f(x_t)-f_{\min}\le|x_0-x_{\min}|^2/(2\eta t)$ for $\eta\le1/L$ (Nesterov 2004).
# %% [markdown] lang="zh"
# 一个发散，一个永远来回跳，一个没有极小点可找：类别能分开时，$W$ 总是越大越好。三个条件齐备，且 $\eta\le1/L$ 时，有 $f(x_t)-f_{\min}\le|x_0-x_{\min}|^2/(2\eta t)$（Nesterov，2004）。

# %% [markdown] lang="en"
# ### Clinic
#
# Three training curves. Choose a diagnosis, name the evidence, then open it. A is a least-squares fit with two weights, B and C are softmax regression on the digits. Only B has a linear axis.
# %% [markdown] lang="zh"
# ### 诊室
#
# 三条训练曲线。先想好诊断和证据，再点开。A 是两个权重的最小二乘拟合；B 和 C 是 digits 上的 softmax 回归。只有 B 是线性坐标。

# %% role="experiment" hidden=true minutes=1
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr", "safe"):
    fit = gradient_descent(np.array([-1.3, 1e-3]), lambda w: 2 * X_small.T @ (X_small @ w - y_small) / 32, lr=2.1, num_steps=120)
    total = gradient_descent(W_start, lambda W: 1197 * loss_and_grads(W, X_train, y_train)[1], lr=safe, num_steps=30)
    patients = {
        "A": np.mean((fit @ X_small.T - y_small) ** 2, axis=1),
        "B": training_losses(digits_path(0.02 * safe, 60)),
        "C": 1197 * training_losses(total)}
    fig, axes = panels(3)
    for ax, (name, losses) in zip(axes, patients.items(), strict=True):
        ax.plot(losses, color=draw.colour("ink"), lw=1.4)
        draw.log_axes(ax, y=name != "B")
        draw.title(ax, name)
        ax.set_xlabel(tr("step", "步"))
    axes[0].set_ylabel(tr("loss", "损失"))
    axes[1].set_ylim(0, 2.5)
    axes[2].set_ylim(1e3, 1e7)
    draw.note(axes[2], "2756", (0, patients["C"][0]), (14, 3e3), color="ink")
    show(fig, alt=tr(
        "Three loss curves. A falls, lies still until about step sixty, then grows along a straight line on a log axis. B falls slowly and smoothly from 2.30 to 2.22. "
        "C starts at 2756, shoots up beyond a million within a few steps and is at some thousands after 30.",
        "三条损失曲线。A 先下降，平到第六十步左右，然后在对数坐标下沿直线上升。B 从 2.30 缓慢平滑地降到 2.22。C 从 2756 开始，几步之内升到一百万以上，30 步后还有几千。"))

# %% [markdown] lang="en"
# **A.** "It went well for sixty steps. Then a bad batch?"
# <details><summary>a bad example</summary>Every step uses all examples. There is no bad batch.</details>
# <details><summary>the learning rate is above 2/L</summary><b>Yes.</b> The straight line on the log axis is one direction, multiplied by $|1-2.1|=1.1$ from the very first step. It started at a thousandth, too small to be seen.</details>
# <details><summary>noise around a minimum</summary>Noise keeps its height. This grows without end.</details>
#
# **B.** "Sixty steps, and it has hardly learned anything."
# <details><summary>the model is too small</summary>Then the curve would level off. It still falls as steeply as at the start.</details>
# <details><summary>labels and images do not match</summary>Then it would stay near 2.30.</details>
# <details><summary>the learning rate is far too small</summary><b>Yes.</b> Smooth, almost straight. <code>max_stable_lr</code> is 50 times as large, and safe.</details>
#
# **C.** "My learning rate is proven to be safe!"
# <details><summary>the loss is not smooth</summary>That of a linear model is. Look at the very first value instead.</details>
# <details><summary>a sum where there should be a mean</summary><b>Yes.</b> The first value should be $\log10=2.303$. 2,756 is 1,197 times that.</details>
# <details><summary>the weights started too large</summary>2756/1197 is $\log10$ again: exactly what zero weights give.</details>
# %% [markdown] lang="zh"
# **A.** “前六十步好好的，后来是碰上坏批次了吗？”
# <details><summary>有坏样本</summary>每一步都用全部样本，没有坏批次。</details>
# <details><summary>学习率大于 2/L</summary><b>正确。</b>对数坐标下的直线，就是某个方向从第一步起每步乘以 $|1-2.1|=1.1$。它开头只有千分之一，小得看不见。</details>
# <details><summary>极小点附近的噪声</summary>噪声会停在一个高度，这里却没完没了地增长。</details>
#
# **B.** “六十步了，几乎什么也没学到。”
# <details><summary>模型太小</summary>那样曲线会停住。它降得和开头一样陡。</details>
# <details><summary>标签和图像对不上</summary>那样它会停在 2.30 附近。</details>
# <details><summary>学习率太小</summary><b>正确。</b>平滑，几乎是直线。<code>max_stable_lr</code> 是它的 50 倍，而且安全。</details>
#
# **C.** “我的学习率明明证明过是安全的！”
# <details><summary>损失不光滑</summary>线性模型的损失是光滑的。先看第一个值。</details>
# <details><summary>该取平均却求了和</summary><b>正确。</b>第一个值应是 $\log10=2.303$，2756 是它的 1197 倍。</details>
# <details><summary>初始权重太大</summary>2756/1197 又是 $\log10$，正是权重为零时的值。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** A classifier for 100 classes starts with a loss of 4.6.
# <details><summary>badly initialized: it should start near 1</summary>1 means nothing here. Compare with a model that knows nothing.</details>
# <details><summary>it knows nothing yet and says so: log 100 = 4.605</summary><b>Right.</b> A much larger first loss would mean that it is confident and wrong.</details>
# <details><summary>it is right in 1 % of cases</summary>Likely true, but the loss looks at probabilities, not at which is largest.</details>
#
# **2.** All features are multiplied by 10. What becomes of `max_stable_lr(X)`?
# <details><summary>divided by 10</summary>Curvature has two factors of $X$.</details>
# <details><summary>divided by 100</summary><b>Right.</b> One reason to scale inputs before training (06).</details>
# <details><summary>nothing: it does not depend on units</summary>It does. The learning rate has units.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 一个 100 类的分类器，损失从 4.6 开始。
# <details><summary>初始化得不好，应从 1 附近开始</summary>1 在这里没有意义。与一无所知的模型比一比。</details>
# <details><summary>它还一无所知，而且如实说了：log 100 = 4.605</summary><b>正确。</b>若第一个损失大得多，就是对错误答案很有把握。</details>
# <details><summary>它有 1% 的概率答对</summary>多半是真的，但损失看的是概率，不是哪个概率最大。</details>
#
# **2.** 所有特征都乘以 10，`max_stable_lr(X)` 会怎样？
# <details><summary>除以 10</summary>曲率里有两个 $X$。</details>
# <details><summary>除以 100</summary><b>正确。</b>训练前要缩放输入，这是原因之一（06）。</details>
# <details><summary>不变，它与单位无关</summary>有关。学习率是有单位的。</details>

# %% role="tests" id="test_predictions_a" of="prediction_edge prediction_moving" points=4
made = [guess for guess in (prediction_edge, prediction_moving) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# How long may a step be? For $\eta<2/L$ the loss is sure to fall: in a direction of curvature $\lambda$ a step multiplies the distance by $|1-\eta\lambda|$. On a quadratic the best learning rate lies just below $2/L$. On digits the run with $\eta=10$ broke the rule, climbed, and ended lower than the safe one: its long steps led to where the loss is flat, and the edge moved past the learning rate.
#
# - Cross-entropy starts at $\log K$. Shift each row by its largest logit; take the logarithm before you divide.
# - Softmax regression: $L\le\lambda_{\max}(X^\top X/N)/2$, whatever the labels.
# - "Guaranteed" needs smoothness, $\eta<2/L$ and a minimum.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# 一步能走多长？$\eta<2/L$ 时损失必定下降：在曲率为 $\lambda$ 的方向上，每步把距离乘以 $|1-\eta\lambda|$。在二次函数上，最好的学习率紧挨 $2/L$。可是在 digits 上，$\eta=10$ 那次训练违了规，损失先升，最后却比守规矩的更低：长步子走到了平坦的地方，边界于是越过了学习率。
#
# - 交叉熵损失从 $\log K$ 开始。每行先减去最大的得分；先取对数，再做除法。
# - softmax 回归：$L\le\lambda_{\max}(X^\top X/N)/2$，与标签无关。
# - “保证”需要光滑、$\eta<2/L$ 和确实存在的极小点。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: how many examples per step?
#
# | | |
# |---|---|
# | **You will be able to** | write mini-batches and SGD; compute the noise of a mini-batch gradient and the floor it sets; choose a batch size by the clock, and its learning rate |
# | **You need** | sitting A (run its cells first); mean and variance of a sum |
# | **Time** | {{minutes:B}} minutes, difficulty ●●○ |
# | **Points** | {{points:B}}: four exercises, two predictions, one written question |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：走一步，用多少个样本？
#
# | | |
# |---|---|
# | **学完你能够** | 写出小批量和 SGD；算出小批量梯度的噪声和它造成的下限；按时间选批量大小，并配上学习率 |
# | **你需要** | A 节（先运行它的单元格）；随机数之和的均值与方差 |
# | **时间** | {{minutes:B}} 分钟，难度 ●●○ |
# | **分数** | {{points:B}} 分：四道练习，两次预测，一道书面题 |

# %% [markdown] lang="en"
# ### Start with the same valley
#
# Gradient descent looks at all 32 examples for each step. Now a step looks at *one*.
#
# 1. With `lr` 0.3, how close is SGD after the first **epoch**, one pass through all examples? Can gradient descent get as close in one epoch?
# 2. And over the last five epochs?
# 3. Lower `lr` until that second number is smallest. What has it cost in the first epoch?
# %% [markdown] lang="zh"
# ### 还是那个山谷
#
# 梯度下降走一步要看全部 32 个样本，现在只看*一个*。
#
# 1. `lr` 为 0.3 时，第一**轮**（epoch，把所有样本过一遍）之后 SGD 离极小点多远？梯度下降一轮能走到这么近吗？
# 2. 最后五轮呢？
# 3. 调小 `lr`，直到第二个数最小。第一轮为此付出了什么代价？

# %% role="experiment" minutes=2
path_explorer(method="sgd", lr=0.3, kappa=10, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. 0.328. Gradient descent cannot get there in one epoch, which is a single step: its best is 0.66, near `lr` 1.1.
# 2. 0.154.
# 3. Near 0.051, at `lr` 0.06; the first epoch now ends at 0.615.
# </details>
#
# A few examples give a direction that is cheap, right on average, and a little off. How far off?
#
# ### The noise of a mini-batch
#
# Let $g_i$ be the gradient of example $i$, $g$ the mean over all $N$, and $\sigma^2=\frac1N\sum_i|g_i-g|^2$. Draw $B$ examples independently and take the mean $\hat g$ of their gradients. It is **unbiased**: right on average. The errors are independent, so variances add up:
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\,B\,\sigma^2=\frac{\sigma^2}B .$$
#
# *Four times as many examples: how much smaller is the error?*
#
# In practice we **shuffle** the examples and cut them into batches: none comes twice in an epoch. Then $E\,|\hat g-g|^2=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$: for $B=N$ nothing is left to chance.
#
# <details><summary>Answer, and where the second factor comes from</summary>
#
# The variance is a quarter, the error only half.
#
# Without replacement two errors are no longer independent. Let $c$ be the mean of $(g_i-g)\cdot(g_j-g)$ over all pairs $i\ne j$. All errors add up to zero, so $0=|\sum_i(g_i-g)|^2=N\sigma^2+N(N-1)c$ and $c=-\sigma^2/(N-1)$. Of the $B^2$ products in $|\hat g-g|^2$, $B$ have equal indices: $\frac1{B^2}\bigl(B\sigma^2+B(B-1)c\bigr)=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 0.328。梯度下降一轮只有一步，到不了这么近：最好是 0.66，`lr` 约为 1.1。
# 2. 0.154。
# 3. 大约 0.051，`lr` 为 0.06；这时第一轮结束还在 0.615。
# </details>
#
# 几个样本给出的方向，平均起来是对的，只是偏一点。偏多少？
#
# ### 小批量的噪声
#
# 记样本 $i$ 的梯度为 $g_i$，全部 $N$ 个的平均为 $g$，$\sigma^2=\frac1N\sum_i|g_i-g|^2$。独立地抽 $B$ 个样本，即一个**小批量**（mini-batch），取平均 $\hat g$。它是**无偏**的（unbiased）：平均起来是对的。误差相互独立，方差相加：
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\,B\,\sigma^2=\frac{\sigma^2}B .$$
#
# *样本多到四倍，误差小到几分之一？*
#
# 实际做法是先**打乱**（shuffle），再切成一批一批，一轮之内没有样本出现两次。这时 $E\,|\hat g-g|^2=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$：$B=N$ 时再没有随机性。
#
# <details><summary>答案，以及第二个因子的来历</summary>
#
# 方差是四分之一，误差只小了一半。
#
# 不放回时，两个误差不再独立。记 $c$ 为所有 $i\ne j$ 的 $(g_i-g)\cdot(g_j-g)$ 的平均。所有误差之和为零，所以 $0=|\sum_i(g_i-g)|^2=N\sigma^2+N(N-1)c$，$c=-\sigma^2/(N-1)$。$|\hat g-g|^2$ 的 $B^2$ 个乘积里，有 $B$ 个下标相同：$\frac1{B^2}\bigl(B\sigma^2+B(B-1)c\bigr)=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$。
# </details>

# %% [markdown] lang="en"
# ### Exercise 4: `minibatches` ({{points:minibatches}} points, 8 minutes)
#
# A **generator** has `yield` instead of `return`: it hands out a batch and goes on from there when asked for the next.
# %% [markdown] lang="zh"
# ### 练习 4：`minibatches`（{{points:minibatches}} 分，8 分钟）
#
# **生成器**（generator）用 `yield` 代替 `return`：交出一批，等到要下一批时，再从那里接着运行。

# %% [markdown] role="docstring" of="minibatches" lang="zh" twin="ca969e3c"
# 依次给出一轮里的各个小批量：每一行恰好一次，顺序随机。
#
# 契约：
# 1. 一轮之内，X 的每一行恰好出现一次，并与 y 中对应的那一行在一起。
# 2. 每批有 batch_size 行。若 batch_size 不能整除 N，最后一批较小。
# 3. 全部 N 行的顺序是随机的，只从 rng 抽取：种子相同的生成器给出相同的顺序，而用同一个 rng 再调用一次，
#    得到新的顺序。
#
# X：有 N 行的数组，每行形状不限。y：有 N 行的数组。不得改动它们。
# 这是一个生成器：yield (X_batch, y_batch)。y 中的整数仍是整数。
# 若 batch_size < 1，或 X 与 y 的行数不同，抛出 ValueError。

# %% role="answer" id="minibatches"
from reference.gradient_descent import minibatches

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What do you shuffle so that X and y stay together?
# </details>
# <details><summary>Hint 2</summary>
#
# The row numbers: `rng.permutation(N)`, once per epoch. Then cut them at 0, B, 2B, ...; a slice that goes beyond the end is simply shorter.
# </details>
# <details><summary>Hint 3</summary>
#
# Five rows, `batch_size` 2, order 3, 0, 4, 1, 2: the batches are rows 3 and 0, rows 4 and 1, row 2. With `N // batch_size` batches row 2 is lost.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 打乱什么，X 和 y 才仍然一一对应？
# </details>
# <details><summary>提示 2</summary>
#
# 打乱行号：`rng.permutation(N)`，每轮一次。再在 0、B、2B……处切开；切片超出末尾，自然就短一些。
# </details>
# <details><summary>提示 3</summary>
#
# 五行，`batch_size` 为 2，顺序是 3、0、4、1、2：三批依次是第 3、0 行，第 4、1 行，第 2 行。若只取 `N // batch_size` 批，第 2 行就丢了。
# </details>

# %% role="tests" id="test_minibatches" points=14
check("minibatches", minibatches)

# %% [markdown] lang="en"
# To test the formula, we hand your batches the 32 *gradients* at the start of the valley as examples.
# %% [markdown] lang="zh"
# 检验公式：把山谷起点处的 32 个*梯度*当作样本交给你的小批量。

# %% role="experiment" nbval="check" hidden=true
with experiment("minibatches"):
    errors = X_small @ np.array(START) - y_small
    gradients = 2 * X_small * errors[:, None]  #| row i: the gradient of example i | 第 i 行：样本 i 的梯度
    g = gradients.mean(axis=0)
    variance = np.mean(np.sum((gradients - g) ** 2, axis=1))
    rng, clouds = np.random.default_rng(1), {}
    for size in (1, 4, 16, 32):
        drawn = gradients[rng.integers(32, size=(20_000, size))].mean(axis=1)
        cut = np.array([batch.mean(axis=0) for _ in range(200 * size)
                        for batch, _ in minibatches(gradients, errors, batch_size=size, rng=rng)])
        clouds[size] = cut
        apart, shuffled = (size * np.mean(np.sum((means - g) ** 2, axis=1)) / variance for means in (drawn, cut))
        formula = (32 - size) / 31
        print(tr(
            f"B = {size:2}: variance times B / sigma^2 = {apart:.2f} drawn with replacement, {shuffled:.2f} your batches; (N - B) / (N - 1) = {formula:.2f}",
            f"B = {size:2}：方差 × B / sigma^2，有放回抽取时 {apart:.2f}，你的小批量 {shuffled:.2f}；(N - B) / (N - 1) = {formula:.2f}",
        ))

    fig, axes = draw.figure(3, height=3.0, sharex=True, sharey=True)
    radii = {size: np.sqrt(variance / size * (32 - size) / 31) for size in (1, 4, 16)}
    turn = np.linspace(0, 2 * np.pi, 200)
    for ax, (size, radius) in zip(axes, radii.items(), strict=True):
        ax.plot(*clouds[size][:400].T, ".", ms=4, color=draw.colour("minibatch"), alpha=0.6)
        ax.plot(g[0] + radius * np.cos(turn), g[1] + radius * np.sin(turn), color=draw.colour("soft"), lw=1)
        ax.annotate("", g, (0, 0), arrowprops={"arrowstyle": "-|>", "lw": 2, "shrinkA": 0, "shrinkB": 0, "color": draw.colour("ink")})
        ax.set_aspect("equal", adjustable="box")
        draw.title(ax, f"B = {size}", below=tr(f"error {radius:.2f}", f"误差 {radius:.2f}"))
    draw.headline(fig, tr("Four times as many examples, less than half the error", "样本多到四倍，误差不到一半"),
                  tr("Mini-batch gradients at the start of the valley. Arrow: all 32. Circle: error by the formula.",
                     "山谷起点处各小批量的梯度。箭头：全部 32 个的梯度。圆：按不放回的公式算出的误差。"))
    show(fig, alt=tr(
        f"Three clouds of dots around the tip of an arrow, the gradient of all 32 examples. With 1 example the cloud is wide, with 4 about "
        f"half as wide, with 16 small. The circles, of radius {radii[1]:.2f}, {radii[4]:.2f} and {radii[16]:.2f}, fit the clouds.",
        f"箭头是全部 32 个样本的梯度，三团点散在箭尖周围。1 个样本时很散，4 个样本时宽度约一半，16 个时很小。圆的半径依次为 {radii[1]:.2f}、"
        f"{radii[4]:.2f}、{radii[16]:.2f}，与点团相符。"))

# %% [markdown] lang="en"
# ### Exercise 5: `sgd` ({{points:sgd}} points, 7 minutes)
#
# **Stochastic gradient descent** takes one example per step. Your function returns the losses, too.
# %% [markdown] lang="zh"
# ### 练习 5：`sgd`（{{points:sgd}} 分，7 分钟）
#
# **随机梯度下降**（stochastic gradient descent, SGD），每步一个样本，损失也记下来。

# %% [markdown] role="docstring" of="sgd" lang="zh" twin="20e57239"
# 随机梯度下降：每一步用一个样本的梯度。
#
# 契约：每一轮，每个样本恰好用一次，顺序重新从 rng 随机抽取。用一次，就是在这一个样本的损失上做一步梯度下降。
#
# params：任意形状的数组。X、y：有 N 行的数组。不得改动它们。
# loss_and_grads(params, X_row, y_row) 返回 (loss, grads)；X_row 和 y_row 是只有一行的数组。
# lr：Python 数值。NaN 原样传递。
# 返回 (path, losses)：经过的点，数组 (num_epochs * N + 1, *params.shape)；每个样本在它引起的那一步之前的损失，
# 数组 (num_epochs * N,)。
# 若 lr < 0 或 num_epochs < 0，抛出 ValueError。

# %% role="answer" id="sgd"
from reference.gradient_descent import sgd

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# How often must the order be drawn: once, once per epoch, or once per step?
# </details>
# <details><summary>Hint 2</summary>
#
# Once per epoch: two loops. `X[i:i + 1]` is an array with one row; `X[i]` has lost an axis.
# </details>
# <details><summary>Hint 3</summary>
#
# With 5 examples and 2 epochs: 11 points, 10 losses. Ask for loss and gradient at the old params, then step, then append both.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 顺序要抽几次：只一次，每轮一次，还是每步一次？
# </details>
# <details><summary>提示 2</summary>
#
# 每轮一次，所以是两层循环。`X[i:i + 1]` 是只有一行的数组；`X[i]` 少了一个轴。
# </details>
# <details><summary>提示 3</summary>
#
# 5 个样本、2 轮：11 个点，10 个损失。先在旧参数处求损失和梯度，再走一步，然后把两者都记下。
# </details>

# %% role="tests" id="test_sgd" points=9
check("sgd", sgd)

# %% [markdown] lang="en"
# ### Exercise 6: `minibatch_sgd` ({{points:minibatch_sgd}} points, 5 minutes)
#
# This is what is used in practice. `sgd` and gradient descent are its two extremes.
# %% [markdown] lang="zh"
# ### 练习 6：`minibatch_sgd`（{{points:minibatch_sgd}} 分，5 分钟）
#
# 实际训练用的就是它；`sgd` 和梯度下降是它的两个极端。

# %% [markdown] role="docstring" of="minibatch_sgd" lang="zh" twin="69197c1f"
# 小批量梯度下降：每一步用一个小批量的平均梯度。
#
# 契约：batch_size 为 1 时就是 sgd。batch_size 不小于 N 时，走过的点与用全部样本的 gradient_descent 相同。介于
# 两者之间时，每一轮对 minibatches 给出的每一批各走一步。
#
# params：任意形状的数组。X、y：有 N 行的数组。不得改动它们。
# loss_and_grads(params, X_batch, y_batch) 返回 (loss, grads)，都已对这一批取了平均。
# lr：Python 数值。NaN 原样传递。
# 返回 (path, losses)：经过的点，数组 (步数 + 1, *params.shape)；每一批在它引起的那一步之前的损失，数组 (步数,)。
# 若 lr < 0、batch_size < 1 或 num_epochs < 0，抛出 ValueError。

# %% role="answer" id="minibatch_sgd"
from reference.gradient_descent import minibatch_sgd

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What changes in `sgd` if a step gets several rows?
# </details>
# <details><summary>Hint 2</summary>
#
# Only the inner loop: it runs over your `minibatches`, which draws the order itself.
# </details>
# <details><summary>Hint 3</summary>
#
# Nothing needs to be divided by `batch_size`: loss and gradient are means already. If you divide, the run with `batch_size` N no longer follows gradient descent.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 每步有好几行，`sgd` 里要改哪里？
# </details>
# <details><summary>提示 2</summary>
#
# 只改内层循环：遍历你的 `minibatches`，顺序由它自己抽。
# </details>
# <details><summary>提示 3</summary>
#
# 不必再除以 `batch_size`：损失和梯度已经是平均值。若再除一次，`batch_size` 为 N 时就与梯度下降对不上了。
# </details>

# %% role="tests" id="test_minibatch_sgd" points=8
check("minibatch_sgd", minibatch_sgd)

# %% [markdown] lang="en"
# ### Experiment 3: three ways down
#
# Back to the valley with your functions: batches of 32, 4 and 1, the same start, $\eta=0.3$, 20 epochs each.
#
# After one epoch SGD is ahead. **Which is nearest to the minimum after 20?** (a) all 32: its gradients are exact, (b) batches of 4, (c) still SGD: it makes the most steps
# %% [markdown] lang="zh"
# ### 实验 3：三种下山的走法
#
# 用你的函数回到山谷：每批 32、4、1 个样本，起点相同，$\eta=0.3$，各 20 轮。
#
# 一轮之后 SGD 领先。**20 轮之后，谁离极小点最近？** (a) 每批 32 个：梯度是精确的，(b) 每批 4 个，(c) 还是 SGD：步数最多

# %% role="answer" id="prediction_paths"
prediction_paths = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_paths = "b"
### END SOLUTION

# %% role="experiment" nbval="check"
def squared_loss_and_grads(w, X, y):
    errors = X @ w - y
    return np.mean(errors**2), 2 * X.T @ errors / len(y)


with experiment("minibatch_sgd", "minibatches"):
    ways = {size: np.array([
        minibatch_sgd(np.array(START), squared_loss_and_grads, X_small, y_small, lr=0.3, batch_size=size, num_epochs=20,
                      rng=np.random.default_rng(seed))[0] for seed in range(10)]) for size in (32, 4, 1)}
    for size, paths in ways.items():
        near = np.linalg.norm(paths[:, ::32 // size], axis=2).mean(axis=0) / np.linalg.norm(START)
        after_1, after_5, after_10, after_20 = near[[1, 5, 10, 20]]
        print(tr(
            f"batches of {size:2}: mean distance {after_1:.2f} after 1 epoch, {after_5:.2f} after 5, {after_10:.2f} after 10, {after_20:.2f} after 20",
            f"每批 {size:2} 个：平均距离，1 轮后 {after_1:.2f}，5 轮后 {after_5:.2f}，10 轮后 {after_10:.2f}，20 轮后 {after_20:.2f}",
        ))

# %% role="experiment" hidden=true
with experiment("minibatch_sgd", "minibatches", "ways"):
    fig = draw_three_descents(ways[32][0], ways[4][0], ways[1][0], loss=lambda w: 0.1 * w[..., 0] ** 2 + w[..., 1] ** 2,
                              lr=0.3, kappa=10, epochs=20, rows=32)
    show(fig, alt=tr(
        "Contours of one valley and three paths from the same start. Batch: a smooth curve down the steep side, then slowly along the floor, ending well before the "
        "minimum. Mini-batches of 4: a slightly shaky path to the minimum. SGD: a jagged path that reaches the minimum first and then fills a dashed circle around it.",
        "同一个山谷的等高线，和从同一起点出发的三条路径。批量：先平滑地下陡坡，再沿谷底慢慢走，离极小点还很远就停了。小批量（4 个）：略有抖动地走到极小点。"
        "SGD：锯齿般地最先走到极小点，然后填满它周围的虚线圆。"))
    reveal("paths", prediction_paths, "b", tr(
        "At the minimum the mean of the 32 gradients is zero, a single one is not: SGD keeps wandering.", "在极小点，32 个梯度的平均为零，单个梯度却不为零：SGD 一直在游荡。"))

# %% [markdown] lang="en"
# **What it showed.** SGD is by far the nearest after one epoch. From the fifth on it wanders at about the same distance and is overtaken by batches of 4, while the exact gradient has made too few steps. Wandering comes from noise; swings across the valley come from learning rate times curvature (sitting A).
#
# ### How close does it get?
#
# Take the simplest case of wandering: $f(x)=x^2/2$, with noise of mean 0 and variance 1 in every gradient. The mean of $x^2$ over 2,000 runs from $x=3$ settles at a **noise floor**. *If you halve the learning rate, does the floor stay, fall to a half, or to a quarter?*
# %% [markdown] lang="zh"
# **结论。** 一轮之后 SGD 遥遥领先；五轮之后，它一直以差不多的距离游荡，被每批 4 个的反超；梯度精确的那次步数太少，还没走到。游荡来自噪声；横穿山谷的振荡则取决于学习率乘曲率（A 节）。
#
# ### 能走到多近？
#
# 看最简单的情形：$f(x)=x^2/2$，每个梯度带着均值 0、方差 1 的噪声。从 $x=3$ 出发跑 2000 次，$x^2$ 的平均降到某个高度就不再降，这就是**噪声下限**（noise floor）。*学习率减半，噪声下限是不变，降到一半，还是四分之一？*

# %% role="experiment" nbval="check" hidden=true
def mean_squares(lrs, *, curvature=1.0, noise_variance=1.0, num_runs=2000):
    rng, x, squares = np.random.default_rng(0), np.full(num_runs, 3.0), [9.0]
    for lr in lrs:
        noise = np.sqrt(noise_variance) * rng.standard_normal(num_runs)
        x = x - lr * (curvature * x + noise)
        squares.append(np.mean(x**2))
    return np.array(squares)


floor_runs = {f"lr {lr}": mean_squares([lr] * 400) for lr in (0.4, 0.2, 0.1)}
floor_runs["lr 1/2, 1/3, 1/4, ..."] = falling = mean_squares(1 / (2 + np.arange(400)))
for name in list(floor_runs)[:3]:
    floor = floor_runs[name][-200:].mean()
    print(tr(f"{name}: mean of x**2 over the last 200 steps {floor:.2f}", f"{name}：最后 200 步 x**2 的平均 {floor:.2f}"))
print(tr(f"lr 1/2, 1/3, 1/4, ...: {falling[25]:.4f} after 25 steps, {falling[100]:.4f} after 100, {falling[400]:.4f} after 400",
         f"lr 1/2, 1/3, 1/4, ...：25 步后 {falling[25]:.4f}，100 步后 {falling[100]:.4f}，400 步后 {falling[400]:.4f}"))
shades = dict(zip(floor_runs, ("blue", "sky", "teal", "red"), strict=True))
ax = curves(floor_runs, logy=True, color=shades, xlabel=tr("step", "步"), ylabel=tr("mean of $x^2$", "$x^2$ 的平均"))
draw.headline(ax, tr("A constant learning rate ends on a floor, a falling one keeps going down", "学习率不变就停在下限上，逐渐下降才能继续往下走"),
              tr("2000 runs each on a parabola with noise of variance 1.", "抛物线，噪声方差为 1，每条线 2000 次训练。"))
show(ax, alt=tr(
    "Mean of x squared over 400 steps, log axis. For lr 0.4, 0.2 and 0.1 it falls quickly and then runs level at 0.25, 0.11 and 0.05. For the falling lr it goes on falling and ends near 0.0025.",
    "400 步中 x 平方的平均（对数坐标）。lr 为 0.4、0.2、0.1 时很快下降，然后走平，高度分别为 0.25、0.11、0.05。逐渐下降的 lr 一直在降，最后接近 0.0025。"))

# %% [markdown] lang="en"
# The floor falls to a little less than a half. A learning rate that falls like $1/t$ has no floor; whether it suits networks is another matter (04).
#
# ### Exercise 7: `noise_floor` ({{points:noise_floor}} points, 11 minutes)
#
# How high is the floor? Call the mean of $x^2$ before a step $m$. *What is it after the step, and when are the two equal?*
# %% [markdown] lang="zh"
# 下限降到比一半略低。像 $1/t$ 那样下降的学习率没有下限。对神经网络是否合适，另当别论（04）。
#
# ### 练习 7：`noise_floor`（{{points:noise_floor}} 分，11 分钟）
#
# 下限有多高？记走一步之前 $x^2$ 的平均为 $m$。*走一步之后是多少？两者何时相等？*

# %% [markdown] role="docstring" of="noise_floor" lang="zh" twin="0b142af1"
# 返回 SGD 在抛物线上长期稳定下来时 x^2 的平均。
#
# 在 f(x) = curvature / 2 * x^2 上走一步，每个梯度都带噪声：
#
#     x <- x - lr * (curvature * x + noise)          noise：均值 0，方差 noise_variance，与 x 无关，
#                                                    与其他各步的噪声也无关
# 契约：走一步不改变 x^2 的这个平均。若 lr * curvature < 2，从别的平均出发，也会趋于它。若 lr * curvature >= 2，
# 则不会，答案是 inf。
#
# curvature、lr、noise_variance：数。
# 返回一个数。
# 除非 curvature > 0、lr > 0 且 noise_variance >= 0，否则抛出 ValueError。
#
# >>> round(noise_floor(1.0, lr=0.4, noise_variance=1.0), 6)
# 0.25

# %% role="answer" id="noise_floor"
from reference.noise import noise_floor

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Square both sides of the step and take means. The noise has mean 0 and does not depend on $x$: which term vanishes?
# </details>
# <details><summary>Hint 2</summary>
#
# With $\lambda=1$, $\eta=0.4$ and variance 1, a mean square of 1 becomes $0.36+0.16=0.52$. Write that with letters, set both sides equal, solve for $m$.
# </details>
# <details><summary>Hint 3</summary>
#
# The printed floors are 0.25, 0.11 and 0.05. If you get 0.4 for the first, the contraction is not squared; 0.2 is the approximation for small $\eta$; with 0.625 the noise entered with $\eta$, not $\eta^2$. Beyond $\eta\lambda=2$ the formula turns negative, which no mean of squares can be.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 把这一步的两边平方，再取平均。噪声均值为 0，又与 $x$ 无关：哪一项消失？
# </details>
# <details><summary>提示 2</summary>
#
# $\lambda=1$、$\eta=0.4$、方差为 1 时，均方 1 走一步变成 $0.36+0.16=0.52$。用字母写出来，令两边相等，解出 $m$。
# </details>
# <details><summary>提示 3</summary>
#
# 上面打印的下限是 0.25、0.11、0.05。第一个若得 0.4，是收缩因子没有平方；若得 0.2，是 $\eta$ 很小时的近似；若得 0.625，是噪声乘了 $\eta$ 而不是 $\eta^2$。$\eta\lambda$ 超过 2 时公式变负，而平方的平均不可能是负的。
# </details>

# %% role="tests" id="test_noise_floor" points=13
check("noise_floor", noise_floor)

# %% [markdown] lang="en"
# A mini-batch has noise of variance about $\sigma^2/B$, so for small $\eta$ the floor is about $\eta\sigma^2/(2\lambda B)$. Only the ratio $\eta/B$ counts. Hence the **linear scaling rule**: *when the batch is $k$ times as large, take $k$ times the learning rate* (Goyal et al. 2017).
#
# ### Experiment 4: by the epoch, or by the clock?
#
# Softmax regression on the digits with $B$ = 1, 8, 64, 256 and all 1,197. First every size gets two epochs. Then every size gets the same *time*: a step costs $100+B$ units, one for each example and 100 for the step (the next cell measures this on your machine).
#
# Each size gets the learning rate with which the worst of three seeds does best, and then trains on six fresh seeds. After two epochs the smallest batch is ahead.
#
# **And after equal time?** (a) still one example per step, (b) all 1,197: the gradients are exact, (c) a size in between
# %% [markdown] lang="zh"
# 小批量的噪声方差约为 $\sigma^2/B$，所以学习率小时，下限约为 $\eta\sigma^2/(2\lambda B)$：起作用的只有 $\eta/B$ 这个比值。由此得到**线性缩放规则**（linear scaling rule）：*批量变成 $k$ 倍，学习率也取 $k$ 倍*（Goyal 等，2017）。
#

# ### 实验 4：按轮比，还是按时间比？
#
# digits 上的 softmax 回归，$B$ 取 1、8、64、256 和全部 1197。先各走两轮，再给各种批量同样的*时间*：走一步要 $100+B$ 个单位，每个样本 1 个，每步固定的开销 100 个（下一个单元格在你的机器上量一量）。
#
# 每种批量用自己的学习率：用三个种子来选，让最差的那次尽量好；再换六个新种子训练。轮数相同时，最小的批量领先。
#
# **时间相同时呢？** (a) 仍是每步一个样本，(b) 全部样本：梯度是精确的，(c) 介于中间

# %% role="answer" id="prediction_clock"
prediction_clock = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_clock = "c"
### END SOLUTION

# %% role="experiment" hidden=true
with experiment("softmax_cross_entropy"):
    cost = {}
    for size in (1, 1197):
        times = []
        for _ in range(300):
            begin = perf_counter()
            loss_and_grads(W_start, X_train[:size], y_train[:size])
            times.append(perf_counter() - begin)
        cost[size] = min(times)  #| the least disturbed one | 受干扰最小的一次
    fixed = round(cost[1] / (cost[1197] - cost[1]) * 1196, -1)
    print(tr(f"on this machine the fixed cost of a step is about that of {fixed:.0f} examples", f"在这台机器上，一步的固定开销约相当于 {fixed:.0f} 个样本"))

# %%
N = len(y_train)
SIZES = (1, 8, 64, 256, N)
LRS = {1: (0.08, 0.16, 0.32), 8: (0.32, 0.64, 1.28, 2.56)} | dict.fromkeys(SIZES[2:], (1.28, 2.56, 5.12, 10.24, 20.48))

# %% hidden=true
def budgets(size):
    epoch = -(-N // size)  #| steps in an epoch, rounded up | 一轮的步数，向上取整
    return 2 * epoch, 30 * (100 + N) // (100 + size)


def digits_run(size, lr, seed, steps):
    with np.errstate(over="ignore", invalid="ignore"):
        path, _ = minibatch_sgd(W_start, loss_and_grads, X_train, y_train, lr=lr, batch_size=size,
                                num_epochs=-(-steps // -(-N // size)), rng=np.random.default_rng(seed))
    return path[:steps + 1]


# %% role="experiment" minutes=1
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    def losses_at_budgets(size, lr, seed):
        path = digits_run(size, lr, seed, max(budgets(size)))
        return training_losses(path[list(budgets(size))])

    results = {}
    for size in SIZES:
        tried = np.array([[losses_at_budgets(size, lr, seed) for seed in range(3)] for lr in LRS[size]])
        for k, lr in enumerate(LRS[size][i] for i in tried.max(axis=1).argmin(axis=0)):
            results[k, size] = lr, np.array([losses_at_budgets(size, lr, seed)[k] for seed in range(100, 106)])
    clock = results
    for k, budget in enumerate([tr("two epochs", "两轮"), tr("equal time", "时间相同")]):
        steps = ", ".join(str(budgets(size)[k]) for size in SIZES)
        rates = ", ".join(f"{clock[k, size][0]:g}" for size in SIZES)
        print(tr(f"{budget}, B from 1 to {N}: {steps} steps, best lr {rates}", f"{budget}，B 从 1 到 {N}：步数 {steps}；最好的 lr {rates}"))

# %% role="experiment" hidden=true
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy", "clock"):
    fig, axes = draw.figure(columns=2, sharey=True)
    means = {key: ends.mean() for key, (_, ends) in clock.items()}
    for k, (ax, budget) in enumerate(zip(axes, [tr("after two epochs", "两轮之后"), tr("after equal time", "时间相同")], strict=True)):
        for size in SIZES:
            ax.plot([size] * 6, clock[k, size][1], "o", color=draw.colour("soft"), ms=3.5, alpha=0.5, mew=0)
        ax.plot(SIZES, [means[k, size] for size in SIZES], "o-", color=draw.colour("minibatch"))
        draw.log_axes(ax, x=True, y=True)
        ax.set(xticks=SIZES, xticklabels=SIZES, xlabel=tr("batch size", "批量大小"), ylim=(0.02, 3))
        ax.minorticks_off()
        draw.title(ax, budget)
    axes[0].set_ylabel(tr("training loss", "训练损失"))
    draw.note(axes[0], tr("most steps", "步数最多"), (1, means[0, 1]), (8, 0.06), color="minibatch")
    draw.note(axes[1], tr("64 and 256:\nno clear winner", "64 与 256：\n不分高下"), (64, means[1, 64]), (64, 0.6), color="minibatch", bend=0)
    draw.headline(fig, tr("By the epoch the smallest batch wins, by the clock a middle one", "按轮比，最小的批量赢；按时间比，不大不小的赢"),
                  tr("Softmax regression, best learning rate for each size, six fresh seeds (dots).", "softmax 回归，每种批量用自己最好的学习率，六个新种子（点）。"))
    show(fig, alt=tr(
        f"Final training loss against batch size, log-log. Left, two epochs: from {means[0, 1]:.2f} at B = 1 up to {means[0, N]:.2f} with all examples. Right, equal time: a valley, "
        f"{means[1, 1]:.2f} at B = 1, {means[1, 64]:.2f} at 64, {means[1, 256]:.2f} at 256, {means[1, N]:.2f} with all.",
        f"最终训练损失对批量大小的双对数图。左，两轮：从 B = 1 的 {means[0, 1]:.2f} 升到全部样本的 {means[0, N]:.2f}。右，时间相同：呈谷形，"
        f"B = 1 时 {means[1, 1]:.2f}，64 时 {means[1, 64]:.2f}，256 时 {means[1, 256]:.2f}，全部样本时 {means[1, N]:.2f}。"))
    for size in (8, 256):
        mean, low, high = mean_interval(clock[1, size][1] - clock[1, 64][1])
        print(tr(f"equal time, B = {size} minus B = 64, same seeds: {mean:+.3f} [{low:+.3f}, {high:+.3f}]",
                 f"时间相同，B = {size} 减 B = 64，同种子相比：{mean:+.3f} [{low:+.3f}, {high:+.3f}]"))
    reveal("clock", prediction_clock, "c", tr(
        "With one example you pay the fixed cost too often; with all of them you buy precision that an early step cannot use.",
        "一次一个样本，固定开销重复得太多；一次全部样本，精确程度超出了开头几步的需要。"))

# %% [markdown] lang="en"
# **What it showed.** Counted in examples, the smallest batch wins, because it makes the most steps. Counted in time, a middle size wins: 64 is ahead of 1, 8 and all. Between 64 and 256 we cannot tell: the interval contains 0.
# %% [markdown] lang="zh"
# **结论。** 按轮比，最小的批量赢，因为步数最多。按时间比，不大不小的赢：64 胜过 1、8 和全部；与 256 相比，区间含有 0，分不出高下。

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"The batch as large as possible, as long as it fits into memory."** (CS324, and many recipes) With which learning rate? We train two epochs with $\eta=0.02B$, as linear scaling says, and two with the same $\eta$ for all. *Where will all batch sizes end at the same loss?*
# %% [markdown] lang="zh"
# ### 笔记勘误
#
# **批量大小“尽可能大，只要GPU内存放得下”。**（第一份笔记 1.3 节）学习率取多少？各走两轮：一种按线性缩放取 $\eta=0.02B$，另一种所有批量共用一个 $\eta$。*哪一种能让各种批量停在同样的损失上？*

# %% role="experiment" minutes=1
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    for size in SIZES[:4]:
        steps = budgets(size)[0]
        scaled, same = (np.median([training_losses(digits_run(size, lr, seed, steps)[-1:])[0] for seed in range(3)]) for lr in (0.02 * size, 0.32))
        print(tr(f"B = {size:3}, {steps:4} steps: loss {scaled:.2f} with lr = 0.02 B, {same:.2f} with lr = 0.32",
                 f"B = {size:3}，{steps:4} 步：lr = 0.02 B 时损失 {scaled:.2f}，lr = 0.32 时 {same:.2f}"))

# %% [markdown] lang="en"
# Up to 64 the rule holds: the same loss with an eighth of the steps each time. At 256 it fails. A larger batch does not move the edge of sitting A: $\eta=5.12$ is about three times the edge at the start, and ten steps are too few to recover. With the same $\eta$ for all, a larger batch ends higher, because it makes fewer steps.
#
# When is a batch large enough? Its noise is $\sigma^2/B$. At $B=\sigma^2/|g|^2$ it is as large as the gradient itself; far beyond, the gradient is precise enough and more examples are wasted. McCandlish et al. (2018) call this $B$ the **noise scale**. Here it is 73 at the start and about 950 at a loss of 0.3 (Further 2).
# %% [markdown] lang="zh"
# 直到 64，规则都成立：步数每次减到八分之一，损失不变。到 256 就不行了：批量再大，A 节的边界也不会动，$\eta=5.12$ 约为起点处边界的三倍，只走十步来不及恢复。学习率都相同时，批量越大，步数越少，损失越高。
#
# 批量多大才够？一批的噪声是 $\sigma^2/B$。$B=\sigma^2/|g|^2$ 时，噪声与梯度本身一样大；批量远超过它，梯度已经够准，再加样本就是浪费。McCandlish 等（2018）把这个 $B$ 叫作**噪声尺度**（noise scale）。这里它开头是 73，损失降到 0.3 时约为 950（拓展 2）。

# %% [markdown] lang="en"
# ### Clinic
#
# D is softmax regression on the digits, with the loss of each batch of 32. E is a least-squares fit to 400 noisy examples, four per step, with the loss over all. Dotted: ends of epochs.
# %% [markdown] lang="zh"
# ### 诊室
#
# D 是 digits 上的 softmax 回归，曲线是每一批（32 个）的损失。E 是 400 个带噪声样本的最小二乘拟合，每步四个，曲线是全部样本上的损失。竖直的点线标出每一轮的结尾。

# %% role="experiment" hidden=true
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    by_class = np.argsort(y_train, kind="stable")
    W, in_order = W_start, []
    for start in [*range(0, N, 32)] * 4:
        rows = by_class[start:start + 32]
        loss, grads = loss_and_grads(W, X_train[rows], y_train[rows])
        W = W - 0.5 * grads
        in_order.append(loss)
    rng = np.random.default_rng(4)
    X_fit, y_fit, _ = regression(rng, num=400, scales=np.ones(30), noise=1.0)
    fit, _ = minibatch_sgd(np.zeros(30), squared_loss_and_grads, X_fit, y_fit, lr=0.05, batch_size=4, num_epochs=4, rng=rng)
    patients = {
        "D": np.array(in_order),
        "E": np.mean((fit @ X_fit.T - y_fit) ** 2, axis=1)}
    fig, axes = panels(2)
    for ax, (name, losses) in zip(axes, patients.items(), strict=True):
        ax.plot(losses, color=draw.colour("ink"), lw=1.1)
        draw.title(ax, name)
        ax.set_xlabel(tr("step", "步"))
        for end in range(0, len(losses), 100 if name == "E" else 38):
            draw.rule(ax, x=end)
    axes[0].set_ylabel(tr("loss", "损失"))
    draw.log_axes(axes[1], y=True)
    axes[1].set(ylim=(0.6, 60))
    least = np.mean((X_fit @ np.linalg.lstsq(X_fit, y_fit, rcond=None)[0] - y_fit) ** 2)
    draw.rule(axes[1], y=least, color="ink")
    draw.words(axes[1], 200, 0.75, tr("least possible", "可能的最小值"), color="ink")
    show(fig, alt=tr(
        "Two loss curves with the ends of epochs marked. D is a saw: ten teeth in each epoch, lower from epoch to epoch. E, on a log axis, falls "
        "during the first half epoch and then wanders irregularly above a line marked least possible.",
        "两条损失曲线，轮末有标记。D 像锯子：每轮十个齿，逐轮变低。E（对数坐标）在头半轮里下降，然后无规则地游荡，始终高于标为“可能的最小值”的线。"))

# %% [markdown] lang="en"
# **D.** "Now it knows everything, now it has forgotten everything."
# <details><summary>a noise floor</summary>Noise has no pattern. Count the teeth of an epoch.</details>
# <details><summary>the examples come sorted by class</summary><b>Yes.</b> Ten teeth, one for each digit: it learns to say "3" to everything, until the fours come. Shuffle in every epoch.</details>
# <details><summary>the learning rate is too large</summary>The teeth shrink from epoch to epoch. A smaller one makes them smaller; the batches are still not fair samples.</details>
#
# **E.** "It fell so nicely. Now it cannot decide."
# <details><summary>not shuffled</summary>Then a pattern would repeat with the epoch.</details>
# <details><summary>a few wrong examples</summary>Each has its turn once an epoch. This curve is too high all the time.</details>
# <details><summary>noise floor: the learning rate is too large for this batch</summary><b>Yes.</b> Quick at first, then irregular at one level. Lower the learning rate now, or enlarge the batch.</details>
# %% [markdown] lang="zh"
# **D.** “刚才还什么都会，转眼又全忘了。”
# <details><summary>噪声下限</summary>噪声没有规律。数一数一轮有几个齿。</details>
# <details><summary>样本按类别排好了序</summary><b>正确。</b>十个齿，一个数字一个：它学会见什么都答“3”，直到 4 来了。每一轮都要打乱。</details>
# <details><summary>学习率太大</summary>齿是逐轮变小的。学习率小一些，齿也小一些，但每一批仍不是公平的样本。</details>
#
# **E.** “开头降得那么好，现在却拿不定主意。”
# <details><summary>没有打乱</summary>那样会有随轮重复的规律。</details>
# <details><summary>有几个错误的样本</summary>每个样本一轮只轮到一次。这条曲线却一直偏高。</details>
# <details><summary>噪声下限：对这个批量，学习率太大</summary><b>正确。</b>开头很快，然后在一个高度附近乱跳。现在降低学习率，或者加大批量。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **3.** The *standard deviation* of the mini-batch gradient should shrink to a third. How much larger must the (small) batch be?
# <details><summary>3 times</summary>That gives $1/\sqrt3$.</details>
# <details><summary>9 times</summary><b>Right.</b></details>
# <details><summary>81 times</summary>That gives a ninth.</details>
#
# **4.** A run with lr 0.1 is at its noise floor. You lower lr to 0.01.
# <details><summary>nothing happens: it is a floor</summary>The floor belongs to the learning rate.</details>
# <details><summary>the excess loss soon falls to about a tenth</summary><b>Right.</b> That is where the sudden drops in the training curves of image classifiers come from.</details>
# <details><summary>it falls after ten times as many steps as before</summary>In a direction of curvature $\lambda$ the old error fades within about $1/(\eta\lambda)$ steps.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **3.** 要让小批量梯度的*标准差*变成三分之一，（不大的）批量要变成几倍？
# <details><summary>3 倍</summary>那样是 $1/\sqrt3$。</details>
# <details><summary>9 倍</summary><b>正确。</b></details>
# <details><summary>81 倍</summary>那样是九分之一。</details>
#
# **4.** lr 为 0.1 的训练到了噪声下限。把 lr 降到 0.01。
# <details><summary>没有变化：那是下限</summary>下限是跟着学习率走的。</details>
# <details><summary>超出最小值的损失很快降到约十分之一</summary><b>正确。</b>图像分类训练曲线上的台阶就是这么来的。</details>
# <details><summary>会降，但步数要十倍</summary>在曲率为 $\lambda$ 的方向上，旧误差大约 $1/(\eta\lambda)$ 步就消退了。</details>

# %% role="tests" id="test_predictions_b" of="prediction_paths prediction_clock" points=4
made = [guess for guess in (prediction_paths, prediction_clock) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] role="essay" id="why_worse" points=3 lang="en"
# ### Written question: why did it get worse?
#
# A colleague trains well with batches of 64 and learning rate 0.5. On a larger graphics card she sets the batch to 1024, "as large as fits", and leaves learning rate and epochs alone. The final training loss is clearly *higher*. In five to eight sentences: why? What should she change, and how far can that go? When would the larger batch be no gain even then? Use a number from this notebook.
# %% [markdown] role="essay" id="why_worse" points=3 lang="zh"
# ### 书面题：为什么反而变差了？
#
# 一位同事用批量 64、学习率 0.5 训练，效果不错。换了更大的显卡，她把批量设为 1024（“尽可能大”），学习率和轮数都没动。最后的训练损失明显*更高*。请用五到八句话回答：为什么？她该改什么，能改到什么程度？什么时候即使改了，大批量也没有好处？请引用本笔记本中的一个数字。

# %% [markdown] role="model" id="why_worse" lang="en"
# **A model answer.** With 1024 examples a batch, the same number of epochs has only a sixteenth of the steps, and at the same learning rate each step goes about as far as before: the run has not come as far. The gradients are less noisy (variance about a sixteenth), but noise was not what held it back. The notebook shows it: two epochs with lr 0.32 end at a loss of 0.29 for $B=8$, 1.01 for $B=64$ and 1.78 for $B=256$. She should raise the learning rate with the batch, by linear scaling up to sixteen times: with lr $=0.02B$ the batches 1, 8 and 64 end at the same loss. That ends where a step is far beyond the edge $2/\lambda_{\max}$ at the start, which does not move with $B$, and too few steps are left to recover: at $B=256$ and lr 5.12 it failed. So 8.0 may be too much; she should search for the largest learning rate that trains, perhaps with a warmup, or give the run more epochs. Beyond the noise scale $\sigma^2/|g|^2$, 73 examples at the start here, a larger batch saves hardly any steps.
#
# **Rubric (0 to 3).** 1 point: fewer steps of the same length per epoch is named as the cause. 1 point: scale the learning rate with the batch, and a reason why this has a limit (curvature, the edge, too few steps). 1 point: noise scale or critical batch size, or an equivalent argument that more examples a step stop paying, with at least one number from the notebook that supports the answer.
# %% [markdown] role="model" id="why_worse" lang="zh"
# **参考答案。** 每批 1024 个样本，同样的轮数就只有十六分之一的步数，而学习率没变，每步走的距离与以前差不多：训练只是还没走那么远。梯度的噪声小了（方差约为十六分之一），但妨碍训练的并不是噪声。笔记本里就有证据：lr 0.32 走两轮，$B=8$ 的损失是 0.29，$B=64$ 是 1.01，$B=256$ 是 1.78。她应当让学习率随批量增大，按线性缩放最多十六倍：lr $=0.02B$ 时，批量 1、8、64 的损失相同。这样做有个限度：步长远远越过起点处的边界 $2/\lambda_{\max}$（边界不随 $B$ 移动），剩下的步数又来不及恢复；$B=256$、lr 5.12 就失败了。所以 8.0 可能太大；应当去找还能训练的最大学习率，或许加上预热，或者多训练几轮。批量超过噪声尺度 $\sigma^2/|g|^2$（这里开头是 73 个样本）之后，再大也几乎省不下步数。
#
# **评分标准（0 到 3 分）。** 1 分：指出原因是每轮步数少了，而步长没变。1 分：学习率应随批量增大，并说明为什么有限度（曲率、边界、步数太少）。1 分：提到噪声尺度或临界批量大小，或用等价的论证说明每步更多样本不再划算，并至少引用笔记本中的一个数字作为依据。

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# How many examples per step? By the epoch the smallest batch wins, by the clock a middle one. Shuffle in every epoch.
#
# - A mini-batch gradient is right on average; its variance is $\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$ when the examples are shuffled.
# - With a constant learning rate SGD ends on a noise floor, $E\,x^2=\frac{\eta s^2}{\lambda(2-\eta\lambda)}$ for noise of variance $s^2$. A falling one removes it.
# - $\eta/B$ is what counts, until $\eta$ is too far beyond the edge.
# %% [markdown] lang="zh"
# ### 小结
#
# 走一步用多少个样本？按轮比，最小的批量赢；按时间比，不大不小的赢。每一轮都要打乱。
#
# - 小批量的梯度平均起来是对的；打乱之后，方差是 $\frac{\sigma^2}B\cdot\frac{N-B}{N-1}$。
# - 学习率不变，SGD 停在噪声下限上；噪声方差为 $s^2$ 时 $E\,x^2=\frac{\eta s^2}{\lambda(2-\eta\lambda)}$。学习率逐渐下降，就能消除它。
# - 起作用的是 $\eta/B$，直到 $\eta$ 越过边界太远。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# ### Further 1: drawn or shuffled?
#
# **"Draw one sample at random ..., until all samples have been visited."** (CS324) These are two methods. After $N$ draws with replacement about a third of the examples is unseen, since $(1-1/N)^N\approx1/e$. Libraries shuffle; many proofs draw. Does it matter?
#
# In Bottou's experiment (2009) the learning rate fell like $1/t$. The excess loss then fell like $1/t$ when examples were drawn, and about like $1/t^2$ when they were shuffled. We try it in a valley with $\kappa=3$. A *drawn* epoch is your `sgd` on 32 rows drawn first.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# ### 拓展 1：抽取还是打乱？
#
# **“从训练集中随机抽取一个样本”，“直到遍历完所有样本”。**（第一份笔记 1.2 节）这是两种方法。有放回地抽 $N$ 次，约三分之一的样本从未见过，因为 $(1-1/N)^N\approx1/e$。各个库都打乱，许多证明却假设抽取。差别要紧吗？
#
# 在 Bottou 的实验（2009）里，学习率像 $1/t$ 那样下降：抽取时，超出最小值的损失像 $1/t$ 那样下降；打乱时，大约像 $1/t^2$。我们在 $\kappa=3$ 的山谷里试一试。*抽取*的一轮，就是先抽出 32 行，再交给你的 `sgd`。

# %% role="experiment" nbval="check"
def excess_losses(drawn, seed, num_epochs=100):
    X, y = small_problem(kappa=3)
    rng, w, above = np.random.default_rng(seed), np.array(START), []
    for epoch in range(num_epochs):
        rows = rng.integers(32, size=32) if drawn else np.arange(32)
        w = sgd(w, squared_loss_and_grads, X[rows], y[rows], lr=1.5 / (epoch + 5), num_epochs=1, rng=rng)[0][-1]
        above.append((w[0] ** 2 / 3 + w[1] ** 2) / 2)
    return np.array(above)


with experiment("sgd"):
    excess = {name: np.array([excess_losses(drawn, seed) for seed in range(6)])
              for name, drawn in [(tr("drawn", "抽取"), True), (tr("shuffled", "打乱"), False)]}
    epochs = np.arange(1, 101)
    for name, runs in excess.items():
        slope, after_10, after_100 = np.polyfit(np.log(epochs[9:]), np.log(runs.mean(axis=0)[9:]), 1)[0], runs[:, 9].mean(), runs[:, -1].mean()
        print(tr(f"{name}: excess loss {after_10:.0e} after 10 epochs, {after_100:.0e} after 100; slope {slope:.1f}",
                 f"{name}：超出最小值的损失，10 轮后 {after_10:.0e}，100 轮后 {after_100:.0e}；斜率 {slope:.1f}"))

# %% role="experiment" hidden=true
with experiment("sgd", "excess"):
    ax = curves(excess, x=epochs, xlabel=tr("epoch", "轮"), ylabel=tr("loss above the minimum", "超出最小值的损失"), logx=True, logy=True)
    draw.headline(ax, tr("Shuffling wins near the end", "越到最后，打乱越占优"), tr("κ = 3, learning rate like 1/t, six seeds. After Bottou (2009).", "κ = 3，学习率像 1/t 下降，六个种子。仿照 Bottou（2009）。"))
    show(ax, alt=tr(
        "Loss above the minimum against epochs, log-log, median and range of six seeds. Drawn falls slowly to about two thousandths at epoch 100; shuffled falls much more steeply.",
        "超出最小值的损失随轮数变化的双对数图，六个种子的中位数与范围。抽取下降得慢，第 100 轮时约为千分之二；打乱下降得陡得多。"))

# %% [markdown] lang="en"
# In a shuffled epoch the errors of the gradients nearly cancel: what one step does wrong the others undo. Drawn examples have no such memory. (Proofs came later: Gürbüzbalaban et al. 2021.)
#
# ### Further 2: the critical batch size
#
# First the noise scale of sitting B. *Does it grow or shrink during training?*
# %% [markdown] lang="zh"
# 打乱之后的一轮里，各步梯度的误差几乎相互抵消：一步犯的错，其余各步补回来。抽取没有这种记忆。（证明是后来才有的：Gürbüzbalaban 等，2021。）
#
# ### 拓展 2：临界批量大小
#
# 先看 B 节说的噪声尺度。*训练中它会变大还是变小？*

# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent"):
    losses = training_losses(path := digits_path(1.0, 100))
    for goal in (2.303, 1.0, 0.5, 0.3):
        W = path[np.argmax(losses <= goal + 1e-3)]
        R = N * softmax_cross_entropy(X_train @ W, y_train)[1]  #| example i has the gradient np.outer(X_train[i], R[i]) | 样本 i 的梯度是 np.outer(X_train[i], R[i])
        g_square = np.sum(loss_and_grads(W, X_train, y_train)[1] ** 2)
        scale = np.mean(np.sum(X_train**2, axis=1) * np.sum(R**2, axis=1)) / g_square - 1
        print(tr(f"loss {goal:.1f}: noise scale {scale:.0f} examples", f"损失 {goal:.1f}：噪声尺度 {scale:.0f} 个样本"))

# %% [markdown] lang="en"
# It grows more than tenfold: the gradient shrinks faster than the noise. A batch that is too large at the start may be right at the end.
#
# How many steps does each batch size need to a training loss of 0.3, at its best learning rate?
# %% [markdown] lang="zh"
# 它升到十倍以上：梯度缩小得比噪声快。开头太大的批量，到最后可能正合适。
#
# 各用自己最好的学习率，把训练损失降到 0.3 要多少步？

# %% role="experiment" minutes=1
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    def steps_to_goal(size, lr, seed, goal=0.3):
        losses = training_losses(digits_run(size, lr, seed, 600 if size == 1 else 150))
        return np.argmax(losses <= goal) if (losses <= goal).any() else np.inf

    seeds = fewer_in_browser(range(3), 1)
    needed = {size: min(np.median([steps_to_goal(size, lr, seed) for seed in seeds]) for lr in LRS[size]) for size in SIZES}
    for size, steps in needed.items():
        seen = size * steps
        print(tr(f"B = {size:4}: {steps:3.0f} steps, {seen:6.0f} examples", f"B = {size:4}：{steps:3.0f} 步，{seen:6.0f} 个样本"))

# %% role="experiment" hidden=true
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy", "needed"):
    sizes = np.array(SIZES)
    lines = {tr("measured", "实测"): np.array(list(needed.values())), tr("8 × the batch,\n1/8 of the steps", "批量 8 倍，\n步数 1/8"): needed[1] / sizes}
    ax = curves(lines, x=sizes, logx=True, logy=True, xlabel=tr("batch size", "批量大小"), ylabel=tr("steps to a training loss of 0.3", "训练损失降到 0.3 的步数"))
    ax.set(xticks=SIZES, xticklabels=SIZES, ylim=(0.2, 1000))
    ax.minorticks_off()
    draw.headline(ax, tr("Beyond some size a larger batch saves no more steps", "大到一定程度，加大批量不再省步数"), tr("Medians of three seeds, best learning rate of a grid in factors of two.", "三个种子的中位数，学习率取公比为 2 的网格中最好的。"))
    show(ax, alt=tr(
        f"Steps to a training loss of 0.3 against batch size, log-log. From 1 to 8 the line falls nearly like perfect scaling, from {needed[1]:.0f} to {needed[8]:.0f} steps; then it flattens: "
        f"{needed[64]:.0f} at 64, {needed[256]:.0f} at 256, {needed[N]:.0f} with all.",
        f"训练损失降到 0.3 的步数对批量大小的双对数图。从 1 到 8 几乎像完美缩放，从 {needed[1]:.0f} 步降到 {needed[8]:.0f} 步；然后变平：64 时 {needed[64]:.0f} 步，256 时 {needed[256]:.0f} 步，全部样本时 {needed[N]:.0f} 步。"))

# %% [markdown] lang="en"
# Where the line bends is the **critical batch size**. Shallue et al. (2019) measured the same three regimes (perfect scaling, diminishing returns, none) for many networks; where they lie differs a lot from task to task.
#
# ### Further 3: a learning rate for another batch size
#
# `scaled_lr` makes the first guess. For SGD it scales the learning rate with the batch. For Adam it takes the square root of the ratio: Adam divides the gradient by its usual size, and where noise dominates, that size already falls like $1/\sqrt B$.
# %% [markdown] lang="zh"
# 拐弯的地方叫**临界批量大小**（critical batch size）。Shallue 等（2019）在许多网络上测到了同样的三段（完美缩放、收益递减、毫无收益），各任务的位置相差很大。
#
# ### 拓展 3：换一个批量大小，学习率取多少
#
# `scaled_lr` 给出第一个猜测。SGD 的学习率与批量成正比。Adam 只按比值的平方根放大：它用梯度除以梯度平时的大小，噪声占主导时，这个大小本来就像 $1/\sqrt B$ 那样变小。

# %% [markdown] role="docstring" of="scaled_lr" lang="zh" twin="3d55d262"
# 为另一个批量大小猜一个学习率。
#
#     rule 为 "linear"：lr * new_batch_size / batch_size             用于 SGD，带不带动量都可以
#     rule 为 "sqrt"：  lr * sqrt(new_batch_size / batch_size)       用于 Adam 一类方法
#
# 返回一个数。
# 除非 lr >= 0，两个批量大小都 >= 1，且 rule 是两者之一，否则抛出 ValueError。
#
# linear：Goyal 等（2017）。sqrt：Malladi 等（2022）。
#
# >>> scaled_lr(0.5, batch_size=16, new_batch_size=64), scaled_lr(0.5, batch_size=16, new_batch_size=64, rule="sqrt")
# (2.0, 1.0)

# %% role="answer" id="scaled_lr"
from reference.gradient_descent import scaled_lr

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Does a larger batch allow a larger or a smaller learning rate?
# </details>
# <details><summary>Hint 2</summary>
#
# Compute the ratio of the two batch sizes once.
# </details>
# <details><summary>Hint 3</summary>
#
# From 16 to 64: 4 times `lr`, or 2 times. Upside down you get a quarter and a half.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 批量更大，学习率可以更大还是要更小？
# </details>
# <details><summary>提示 2</summary>
#
# 两个批量大小之比，只算一次。
# </details>
# <details><summary>提示 3</summary>
#
# 从 16 到 64：`lr` 的 4 倍，或 2 倍。写反了会得四分之一和二分之一。
# </details>

# %% role="practice" id="try_scaled_lr"
check("scaled_lr", scaled_lr)

# %% [markdown] lang="en"
# ### Further 4: when the target moves
#
# CS324 says that SGD "is suited to online learning". Examples arrive in a stream, each is used once, and the weights that explain them *drift*. *Which of the five learning rates will be best with drift, and which without?*
# %% [markdown] lang="zh"
# ### 拓展 4：目标会移动的时候
#
# 第一份笔记 1.2 节说 SGD“适合在线学习”。样本像流水一样到来，每个只用一次，而能解释它们的权重一直在*漂移*。*有漂移时，五个学习率里哪个最好？没有漂移时呢？*

# %% role="experiment" nbval="check"
def tracking_error(lr, drift, num_steps=2000, num_runs=40):
    rng = np.random.default_rng(0)
    right, w, errors = np.zeros((num_runs, 2)), np.zeros((num_runs, 2)), []
    for t in range(num_steps):
        right = right + drift * rng.standard_normal((num_runs, 2))
        X = rng.standard_normal((num_runs, 2))
        y = np.sum(X * right, axis=1) + 0.5 * rng.standard_normal(num_runs)
        rate = 1 / (t + 10) if lr == "1/t" else lr
        w = w - rate * (np.sum(X * w, axis=1) - y)[:, None] * X
        errors.append(np.mean(np.sum((w - right) ** 2, axis=1)))
    return np.mean(errors[num_steps // 2:])


for lr in (0.3, 0.1, 0.03, 0.01, "1/t"):
    moving, standing = tracking_error(lr, 0.02), tracking_error(lr, 0.0)
    print(tr(f"lr {lr:4}: mean squared distance {moving:.4f} with drift, {standing:.4f} without", f"lr {lr:4}：平方距离的平均，有漂移时 {moving:.4f}，没有时 {standing:.4f}"))

# %% [markdown] lang="en"
# <details><summary>What it showed</summary>
#
# Without drift the falling learning rate is far ahead; with drift it is the worst, and 0.03 the best: large enough to keep up, small enough to average. The error is a noise floor that grows with $\eta$ plus a lag that grows with $1/\eta$. So CS324 is right, as long as the learning rate does not fall.
# </details>
#
# ### Further 5: five checks before a long run
#
# 1. **The first loss** is $\log K$ with small weights. If it is much higher, the weights are too large; if it is lower, the labels leak.
# 2. **The penalty.** Turn $\lambda$ up, and the first loss must rise by exactly $\frac\lambda2\sum w^2$.
# 3. **Twenty examples.** Any network that is not tiny can memorize them, to a loss of nearly 0.
# 4. **A ladder of learning rates**, a factor of ten apart, a few dozen steps each.
# 5. **The update-to-weight ratio** $|\eta g|/|w|$ of each array. You write it.
# %% [markdown] lang="zh"
# <details><summary>结论</summary>
#
# 没有漂移时，逐渐下降的学习率遥遥领先；有漂移时它最差，最好的是 0.03：大得跟得上，又小得能取平均。误差是随 $\eta$ 增大的噪声下限，加上随 $1/\eta$ 增大的滞后。笔记说得对，条件是学习率不能一直降。
# </details>
#
# ### 拓展 5：长时间训练之前的五项检查
#
# 1. **第一个损失。** 权重小时是 $\log K$。大得多，说明权重太大；更小，说明标签泄漏了。
# 2. **惩罚项。** 把 $\lambda$ 调大，第一个损失必须恰好升高 $\frac\lambda2\sum w^2$。
# 3. **二十个样本。** 稍有规模的网络就能死记下来，损失几乎降到 0。
# 4. **学习率的阶梯。** 每级差十倍，各走几十步。
# 5. **更新量与权重之比**：每个数组的 $|\eta g|/|w|$。这一项由你来写。

# %% role="answer" id="update_ratio"
def update_ratio(params, grads, *, lr):
    tr(
        """Return the length of a step of gradient descent beside that of the array it changes.

            ratio = |lr * g| / |w|          |.|: root of the sum of the squares of all entries

        params, grads: dicts of arrays with the same names. Returns a dict of numbers with these names. An array that
        is 0 throughout, as a bias is at the start, has no ratio and is left out.
        """,
        """返回梯度下降一步的长度与它所改变的数组的长度之比。

            ratio = |lr * g| / |w|          |.|：所有元素平方和的平方根

        params、grads：名字相同的两个数组字典。返回带有这些名字的字典，值是数。全为 0 的数组（如起初的偏置）没有
        比值，不放进去。
        """,
    )
    ### BEGIN SOLUTION
    length = np.linalg.norm
    return {name: lr * length(grads[name]) / length(w) for name, w in params.items() if np.any(w)}
    ### END SOLUTION


# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which function of NumPy is the root of the sum of squares, for a matrix too?
# </details>
# <details><summary>Hint 2</summary>
#
# `np.linalg.norm`. Loop over the names.
# </details>
# <details><summary>Hint 3</summary>
#
# In the next cell W has length 5 and the step length 0.5: the ratio is 0.1. There is no `b` in the answer.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# NumPy 的哪个函数是平方和的平方根，对矩阵也适用？
# </details>
# <details><summary>提示 2</summary>
#
# `np.linalg.norm`。按名字循环。
# </details>
# <details><summary>提示 3</summary>
#
# 下一个单元格里，W 的长度是 5，一步的长度是 0.5：比值 0.1。结果里没有 `b`。
# </details>

# %% role="practice" id="try_update_ratio"
with experiment("update_ratio"):
    ratios = update_ratio({"W": np.array([[3.0, 0.0], [0.0, -4.0]]), "b": np.zeros(2)},
                          {"W": np.array([[0.0, 1.0], [0.0, 0.0]]), "b": np.ones(2)}, lr=0.5)
    print({name: round(float(ratio), 3) for name, ratio in ratios.items()})
    assert set(ratios) == {"W"} and np.isclose(ratios["W"], 0.1), tr("expected W 0.1 and no b", "应为 W 0.1，没有 b")

# %% [markdown] lang="en"
# Here are all five for a 64-32-10 ReLU network and 400 digits. *The third check is made twice, once with labels drawn at random. Will the network pass that as well?*
# %% [markdown] lang="zh"
# 五项检查都用 64-32-10 的 ReLU 网络，400 张 digits 图像。*第三项做两遍，其中一遍标签是随机抽的。网络也能通过吗？*

# %% hidden=true
X_400, y_400 = digits.X_train[:400], y_train[:400]


def start_network(scale=1.0):
    rng = np.random.default_rng(0)
    return {"W1": scale * rng.normal(0, np.sqrt(2 / 64), (64, 32)), "b1": np.zeros(32),
            "W2": scale * rng.normal(0, 0.1, (32, 10)), "b2": np.zeros(10)}


def network_loss_and_grads(params, X, y, *, strength=0.0):
    tr("""Mean cross-entropy of a network with one hidden layer, plus strength / 2 times the sum of the squared weights.""",
       """单隐藏层网络的平均交叉熵损失，加上 strength / 2 乘权重的平方和。""")
    A1 = np.maximum(X @ params["W1"] + params["b1"], 0)
    loss, G2 = softmax_cross_entropy(A1 @ params["W2"] + params["b2"], y)
    G1 = np.where(A1 > 0, G2 @ params["W2"].T, 0)
    grads = {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G2, "b2": G2.sum(axis=0)}
    for name in ("W1", "W2"):
        loss, grads[name] = loss + strength / 2 * np.sum(params[name] ** 2), grads[name] + strength * params[name]
    return loss, grads


def train_network(X, y, *, lr, num_steps):
    tr("""Return the losses and the update ratios of W1 along a run of gradient descent.""", """返回一次梯度下降的各个损失，以及 W1 的更新比值。""")
    params, losses, ratios = start_network(), [], []
    for _ in range(num_steps):
        loss, grads = network_loss_and_grads(params, X, y)
        losses.append(loss)
        ratios.append(update_ratio(params, grads, lr=lr)["W1"])
        params = {name: params[name] - lr * grads[name] for name in params}
    return np.array(losses), np.array(ratios)


# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "update_ratio"):
    for scale in (1.0, 10.0):
        first = network_loss_and_grads(start_network(scale), X_400, y_400)[0]
        print(tr(f"1. weights times {scale:g}: first loss {first:.2f}", f"1. 权重乘 {scale:g}：第一个损失 {first:.2f}"))
    low, high = (network_loss_and_grads(start_network(), X_400, y_400, strength=strength)[0] for strength in (0.0, 0.1))
    rise, half_sum = high - low, 0.05 * sum(np.sum(start_network()[name] ** 2) for name in ("W1", "W2"))
    print(tr(f"2. strength 0.1: the loss rises by {rise:.3f}, 0.1 / 2 times the sum of squares is {half_sum:.3f}",
             f"2. 强度 0.1：损失升高 {rise:.3f}，0.1 / 2 乘平方和是 {half_sum:.3f}"))
    random_labels = np.random.default_rng(1).integers(10, size=20)
    for name, labels in [(tr("their labels", "真标签"), y_400[:20]), (tr("random labels", "随机标签"), random_labels)]:
        last = train_network(X_400[:20], labels, lr=0.5, num_steps=500)[0][-1]
        print(tr(f"3. twenty examples, {name}: loss {last:.3f} after 500 steps", f"3. 二十个样本，{name}：500 步后损失 {last:.3f}"))
    ladder = {lr: train_network(X_400, y_400, lr=lr, num_steps=60) for lr in (0.001, 0.01, 0.1, 1.0, 10.0)}
    for lr, (losses, ratios) in ladder.items():
        loss, ratio = losses[-1], ratios[-1]
        print(tr(f"4. and 5. lr {lr:g}: loss {loss:.1f} after 60 steps, last ratio {ratio:.0e}", f"4. 和 5. lr {lr:g}：60 步后损失 {loss:.1f}，最后的比值 {ratio:.0e}"))

# %% [markdown] lang="en"
# <details><summary>What it showed</summary>
#
# Random labels are learned as well as the true ones: check 3 tests the code, not the data. Lr 0.001 and lr 10 end at the same loss, and the ratio tells them apart: at lr 10 all hidden units died, no gradient comes back, and the ratio is exactly 0. CS231n's rule of thumb is a ratio of about 0.001. Here the best run ends well above it, so be surprised by $10^{-6}$ or by 1, but do not tune for 0.001.
# </details>
#
# ### Further 6: and without a gradient?
#
# *Random search* draws 500 sets of weights and keeps the best. *Local search* tries 500 small random changes and keeps each that lowers the loss. Gradient descent gets 167 steps, since a gradient costs about as much as two losses. *Half of all directions lead downhill. How far down will local search get?*
# %% [markdown] lang="zh"
# <details><summary>结论</summary>
#
# 随机标签学得和真标签一样好：第三项检查的是代码，不是数据。lr 0.001 和 lr 10 停在同样的损失，比值能把它们分开：lr 10 时所有隐藏单元都死了，没有梯度传回来，比值恰好是 0。CS231n 的经验值是 0.001 左右；这里最好的一次最后远高于它。所以看到 $10^{-6}$ 或者 1 该吃惊，但不必照着 0.001 去调。
# </details>
#
# ### 拓展 6：假如没有梯度
#
# *随机搜索*抽 500 组权重，留下最好的。*局部搜索*试 500 次小的随机改动，能降低损失的就保留。梯度下降走 167 步，因为一次梯度约相当于两次损失。*所有方向里有一半是往下的。局部搜索能降到多低？*

# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent"):
    rng, searched, W_local, found = np.random.default_rng(0), np.inf, W_start, np.log(10)
    for _ in range(500):
        searched = min(searched, training_losses([0.1 * rng.standard_normal((65, 10))])[0])
        W_tried = W_local + 0.03 * rng.standard_normal((65, 10))
        if (loss := training_losses([W_tried])[0]) < found:
            W_local, found = W_tried, loss
    descended = training_losses(digits_path(1.0, 167)[-1:])[0]
    direction = loss_and_grads(W_start, X_train, y_train)[1]
    cosine = np.mean([abs(np.sum(direction * V)) / np.linalg.norm(direction) / np.linalg.norm(V) for V in rng.standard_normal((2000, 65, 10))])
    print(tr(f"training loss: random search {searched:.1f}, local search {found:.1f}, gradient descent {descended:.1f}",
             f"训练损失：随机搜索 {searched:.1f}，局部搜索 {found:.1f}，梯度下降 {descended:.1f}"))
    print(tr(f"cosine between a random direction and the gradient: {cosine:.3f} on average", f"随机方向与梯度的夹角余弦：平均 {cosine:.3f}"))

# %% [markdown] lang="en"
# A random direction has a cosine of about $1/\sqrt n$ with the gradient. Here that is 3 %, and the more weights there are, the less it becomes. So a random change hardly helps; this is what backpropagation saves you.
#
# ### Further 7: a loss that stops
#
# Cross-entropy never reaches 0. The **hinge loss** (multiclass support vector machine) does, once the true class leads every other by a margin of 1:
#
# $$f=\frac1N\sum_i\sum_{k\ne y_i}\max(0,\;z_{ik}-z_{i,y_i}+1).$$
#
# *What is its value for ten classes if the model knows nothing? How large is the gradient if all margins are met?* (9; exactly 0.)
# %% [markdown] lang="zh"
# 随机方向与梯度的夹角余弦约为 $1/\sqrt n$，这里只有 3%，权重越多越小。随机改动几乎帮不上忙，反向传播的好处就在这里。
#
# ### 拓展 7：会停下来的损失
#
# 交叉熵损失永不满足。**合页损失**（hinge loss，多类支持向量机）只要求真实类别比其余每一类都领先 1：
#
# $$f=\frac1N\sum_i\sum_{k\ne y_i}\max(0,\;z_{ik}-z_{i,y_i}+1).$$
#
# *十个类别，模型一无所知时它等于多少？全部达到要求时，梯度有多大？*（9；恰好 0。）

# %% role="answer" id="hinge_loss"
def hinge_loss(logits, labels):
    tr(
        """Return the mean multiclass hinge loss with margin 1, and its gradient.

            loss = 1/N sum_i sum_(k != y_i) max(0, z_ik - z_i,y_i + 1)

        logits (z): (N, K). labels (y): (N,). They are not changed. Returns (loss, grad_logits), a number and an array (N, K).
        Where z_ik - z_i,y_i + 1 is exactly 0 the class counts as met.
        """,
        """返回间隔为 1 的多类合页损失的平均，以及它的梯度。

            loss = 1/N sum_i sum_(k != y_i) max(0, z_ik - z_i,y_i + 1)

        logits（z）：(N, K)。labels（y）：(N,)。不得改动它们。返回 (loss, grad_logits)：一个数和一个数组 (N, K)。
        z_ik - z_i,y_i + 1 恰好为 0 时，算作已达到要求。
        """,
    )
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    margins = logits - logits[rows, labels][:, None] + 1
    margins[rows, labels] = 0
    grad_logits = (margins > 0).astype(logits.dtype)
    grad_logits[rows, labels] = -grad_logits.sum(axis=1)
    return np.maximum(margins, 0).sum() / len(labels), grad_logits / len(labels)
    ### END SOLUTION


# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What does a class that violates its margin add to the gradient, at its own logit and at the true one?
# </details>
# <details><summary>Hint 2</summary>
#
# $1/N$ and $-1/N$. Subtract the true logit from each row and add 1; set the entry of the true class to 0.
# </details>
# <details><summary>Hint 3</summary>
#
# The entry of the true class is minus the number of violated classes, divided by $N$. Each row of the gradient adds up to 0.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 一个没有达到要求的类别，给梯度加上什么？在它自己的得分处，和真实类别的得分处？
# </details>
# <details><summary>提示 2</summary>
#
# $1/N$ 和 $-1/N$。每一行减去真实类别的得分再加 1，真实类别处置 0。
# </details>
# <details><summary>提示 3</summary>
#
# 真实类别处是未达到要求的类别数的负值，除以 $N$。梯度每一行之和为 0。
# </details>

# %% role="practice" id="try_hinge_loss"
with experiment("hinge_loss"):
    scores, answers = np.random.default_rng(0).normal(0, 2, (5, 4)), np.array([3, 0, 2, 2, 1])
    start_value = hinge_loss(np.zeros((2, 10)), np.array([4, 7]))[0]
    print(tr(f"ten classes, a model that knows nothing: {start_value:.1f}", f"十个类别，一无所知的模型：{start_value:.1f}"))
    assert np.isclose(start_value, 9), tr("expected 9: nine classes, each violated by 1", "应为 9：九个类别，各差 1")
    claim, numeric = hinge_loss(scores, answers)[1], np.zeros_like(scores)
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-5
        numeric[place] = (hinge_loss(scores + step, answers)[0] - hinge_loss(scores - step, answers)[0]) / 2e-5
    assert np.allclose(claim, numeric), tr("the gradient differs from central differences", "梯度与中心差分不符")

# %% role="experiment" nbval="check"
with experiment("hinge_loss", "softmax_cross_entropy", "gradient_descent", "X_two"):
    for name, loss_fn in [(tr("hinge", "合页"), hinge_loss), (tr("cross-entropy", "交叉熵"), softmax_cross_entropy)]:
        path = gradient_descent(np.zeros((65, 2)), lambda W: X_two.T @ loss_fn(X_two @ W, y_two)[1], lr=0.3, num_steps=1000)
        for t in (10, 100, 1000):
            loss, length = loss_fn(X_two @ path[t], y_two)[0], np.linalg.norm(path[t])
            print(tr(f"digits 0 and 1, {name}, step {t:4}: loss {loss:.4f}, |W| {length:.1f}", f"数字 0 和 1，{name}，第 {t:4} 步：损失 {loss:.4f}，|W| {length:.1f}"))

# %% [markdown] lang="en"
# The hinge loss reaches 0 and stops; cross-entropy goes on for ever, as you saw in sitting A. Both are convex; only cross-entropy is smooth. At a kink the hinge loss has no gradient, only **subgradients**: any slope between those of its two sides.
#
# ### Further 8: mean or total?
#
# **"Compute the average loss ... the gradient of this total loss."** (CS324, one line apart) The two differ by the factor $N$. *A learning rate was tuned for the total. Then each example is written into the file twice. What happens?*
# %% [markdown] lang="zh"
# 合页损失降到 0 就停了；交叉熵损失永远走下去，正如 A 节所见。两者都是凸的，但只有交叉熵损失光滑。在尖点处，合页损失没有梯度，只有**次梯度**（subgradient），即两侧斜率之间的任何一个数。
#
# ### 拓展 8：平均还是总和？
#
# **先说“计算所有样本的平均损失”，下一行说“计算这个总损失关于模型参数……的梯度”。**（第一份笔记 1.1 节）两者差 $N$ 倍。*学习率是按总损失调好的，后来文件里每个样本写了两遍。会怎样？*

# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    X_twice, y_twice = np.vstack([X_small, X_small]), np.hstack([y_small, y_small])
    for name, power, lr in [(tr("mean", "平均"), 1, 1.2), (tr("total", "总和"), 0, 1.2 / 32)]:
        for X, y in [(X_small, y_small), (X_twice, y_twice)]:
            path = gradient_descent(np.array(START), lambda w: 2 * X.T @ (X @ w - y) / len(X) ** power, lr=lr, num_steps=40)
            far, rows = np.linalg.norm(path[-1]), len(X)
            print(tr(f"{name}, N = {rows}: distance after 40 steps {far:.2g}", f"{name}，N = {rows}：40 步后的距离 {far:.2g}"))

# %% [markdown] lang="en"
# The curvature of the total grows with $N$: 1.2/32 was $1.2/L$ and became $2.4/L$. With the mean, data sets of all sizes can share a learning rate. If you change PyTorch's `reduction`, change `lr` as well.
#
# ### In practice today
#
# - Robbins and Monro (1951) already asked for a falling learning rate: $\sum\eta_t=\infty$, so that it can reach every point, and $\sum\eta_t^2<\infty$, so that the total noise stays finite.
# - Hardly anybody trains large networks on single examples any more. Mini-batches, shuffling and the two formulas of sitting B underlie everything that came later.
# - Batches of language models hold millions of tokens. How the critical batch size grows is measured rather than derived (McCandlish et al. 2018; Zhang et al. 2024).
# - For Adam the learning rate goes with the *square root* of the batch size (Malladi et al. 2022).
# - There is a theory of what you saw: in logistic regression on separable data the unstable phase lasts a number of steps of order $\eta$, and afterwards a larger $\eta$ is faster (Wu et al. 2024). Networks train at the edge (Cohen et al. 2021; chapter 02).
#
# <details><summary><b>Convention card:</b> the loss of a batch in other libraries</summary>
#
# | over the batch | input | where |
# |---|---|---|
# | **mean** | logits | this course; PyTorch `cross_entropy` |
# | **mean** | **probabilities** | Keras `SparseCategoricalCrossentropy` (unless `from_logits=True`); scikit-learn `log_loss` |
# | **one loss per example** | logits | optax `softmax_cross_entropy_with_integer_labels` |
#
# Softmax applied twice still trains, but slowly, and the model never becomes confident.
# </details>
#
# <details><summary><b>Convention card:</b> what "SGD" is</summary>
#
# | examples a step | order | last, smaller batch | where |
# |---|---|---|---|
# | `batch_size` | shuffled every epoch | **kept** | this course; Keras `fit` |
# | `batch_size` (1) | as in the file, unless `shuffle=True` | kept, unless `drop_last=True` | PyTorch `DataLoader` |
# | one | shuffled every epoch | | scikit-learn `SGDClassifier` |
# | any gradient it is given | | | `SGD` of PyTorch and optax |
# </details>
#
# <details><summary>References</summary>
#
# H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Statist. 22 (1951). D. Böhning, *Multinomial logistic regression algorithm*, Ann. Inst. Statist. Math. 44 (1992). Y. Nesterov, *Introductory Lectures on Convex Optimization* (2004). L. Bottou, *Curiously fast convergence of some stochastic gradient descent algorithms* (2009, unpublished note). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapters 5 and 8. P. Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour*, arXiv:1706.02677 (2017). S. McCandlish et al., *An empirical model of large-batch training*, arXiv:1812.06162 (2018). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). M. Gürbüzbalaban, A. Ozdaglar, P. Parrilo, *Why random reshuffling beats stochastic gradient descent*, Math. Program. 186 (2021). J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. S. Malladi et al., *On the SDEs and scaling rules for adaptive gradient algorithms*, NeurIPS 2022. J. Wu et al., *Large stepsize gradient descent for logistic loss*, COLT 2024. H. Zhang et al., *How does critical batch size scale in pre-training?*, arXiv:2410.21676 (2024). CS231n course notes, *Optimization 1* and *Neural Networks Part 3*. A. Zhang et al., *Dive into Deep Learning*, chapter 12. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# 总损失的曲率随 $N$ 增大：1.2/32 原来是 $1.2/L$，现在成了 $2.4/L$。用平均损失，数据多少都能共用一个学习率。在 PyTorch 里改了 `reduction`，`lr` 也要跟着改。
#
# ### 如今的做法
#
# - Robbins 与 Monro（1951）早就要求学习率逐渐下降：$\sum\eta_t=\infty$，哪里都走得到；$\sum\eta_t^2<\infty$，放进来的噪声有限。
# - 如今几乎没有人用单个样本训练大网络。但小批量、打乱，以及 B 节的两个公式，仍是后来一切方法的基础。
# - 语言模型的一个批量有几百万个词元（token）。临界批量大小怎样增长，靠的是测量而不是推导（McCandlish 等，2018；Zhang 等，2024）。
# - 对 Adam，学习率随批量的*平方根*变化（Malladi 等，2022）。
# - 实验 2 的现象已经有了理论：数据可分的逻辑回归，不稳定阶段的步数与 $\eta$ 同阶，之后 $\eta$ 越大越快（Wu 等，2024）。神经网络就贴着边界训练（Cohen 等，2021；02 章）。
#
# <details><summary><b>约定卡：</b>其他库里一批样本的损失</summary>
#
# | 对一批样本 | 输入 | 哪里 |
# |---|---|---|
# | **取平均** | 未归一化得分 | 本课程；PyTorch `cross_entropy` |
# | **取平均** | **概率** | Keras `SparseCategoricalCrossentropy`（除非 `from_logits=True`）；scikit-learn `log_loss` |
# | **每个样本一个损失** | 未归一化得分 | optax `softmax_cross_entropy_with_integer_labels` |
#
# softmax 做了两遍也能训练，只是慢，而且模型永远不会很有把握。
# </details>
#
# <details><summary><b>约定卡：</b>“SGD”指什么</summary>
#
# | 每步样本数 | 顺序 | 最后不足一批的 | 哪里 |
# |---|---|---|---|
# | `batch_size` | 每轮打乱 | **保留** | 本课程；Keras `fit` |
# | `batch_size`（1） | 按文件顺序，除非 `shuffle=True` | 保留，除非 `drop_last=True` | PyTorch `DataLoader` |
# | 一个 | 每轮打乱 | | scikit-learn `SGDClassifier` |
# | 给什么梯度就用什么 | | | PyTorch 和 optax 的 `SGD` |
# </details>
#
# <details><summary>参考文献</summary>
#
# H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Statist. 22 (1951). D. Böhning, *Multinomial logistic regression algorithm*, Ann. Inst. Statist. Math. 44 (1992). Y. Nesterov, *Introductory Lectures on Convex Optimization* (2004). L. Bottou, *Curiously fast convergence of some stochastic gradient descent algorithms*（2009，未发表的短文）。I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 5、8 章。P. Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour*, arXiv:1706.02677 (2017). S. McCandlish et al., *An empirical model of large-batch training*, arXiv:1812.06162 (2018). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). M. Gürbüzbalaban, A. Ozdaglar, P. Parrilo, *Why random reshuffling beats stochastic gradient descent*, Math. Program. 186 (2021). J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. S. Malladi et al., *On the SDEs and scaling rules for adaptive gradient algorithms*, NeurIPS 2022. J. Wu et al., *Large stepsize gradient descent for logistic loss*, COLT 2024. H. Zhang et al., *How does critical batch size scale in pre-training?*, arXiv:2410.21676 (2024). CS231n 课程讲义 *Optimization 1*、*Neural Networks Part 3*。A. Zhang et al., *Dive into Deep Learning*（《动手学深度学习》），优化算法一章。第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 批量、随机、小批量梯度下降 | batch, stochastic, mini-batch gradient descent | 每步用全部、一个、$B$ 个样本 |
# | 学习率 | learning rate | $\eta$，`lr` |
# | 轮；迭代步 | epoch; step, iteration | 过一遍全部样本；更新一次 |
# | 未归一化得分、交叉熵损失 | logits, cross-entropy | |
# | 曲率、光滑、凸 | curvature, smooth, convex | $\lambda$；曲率不超过 $L$；曲率不为负 |
# | 收缩因子 | contraction factor | $\lvert1-\eta\lambda\rvert$ |
# | 条件数 | condition number | $\kappa=L/\lambda_{\min}$ |
# | 无偏 | unbiased | 平均起来是对的 |
# | 噪声下限、噪声尺度 | noise floor, noise scale | |
# | 线性缩放规则 | linear scaling rule | $\eta\propto B$ |
# | 临界批量大小 | critical batch size | |
# </details>

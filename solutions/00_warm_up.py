# %% [markdown] lang="en"
# # 00 Warm-up
#
# The loss is falling. Does that mean that training works? Two things can go wrong without an error message: what you measure, and the gradient you follow. In this chapter you see both happen, write backpropagation by hand, and build a tool that finds a wrong gradient in a second.
#
# Run the next cell whenever you open the notebook: click into it and press Shift+Enter.
# %% [markdown] lang="zh"
# # 00 热身
#
# 损失在下降，训练就对了吗？有两样东西，错了也不会报错：你量的数，和训练所依据的梯度。这一章里，你会亲眼看到这两种错误，亲手写出反向传播，再做一个工具，一秒钟就能找出错误的梯度。
#
# 每次打开笔记本，先运行下一个单元格：点进去，按 Shift+Enter。

# %% role="setup" id="setup"
from descent.broken_gradients import relu_of_gradient, without_gate
from descent.check import check, show_card
from descent.data import load_digits
from descent.experiment import experiment
from descent.figures import draw
from descent.figures.graph import draw_graph
from descent.hyper import require
from descent.intervals import mean_interval
from descent.plots import curves, show
from descent.quiz import calibration, reveal
from descent.say import set_language

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: measure honestly
#
# | | |
# |---|---|
# | **You will be able to** | predict shapes; spot a silent broadcast; measure a gradient; use training, validation and test sets; reduce overfitting with a penalty |
# | **You need** | Python functions, NumPy arrays, the derivative of a function of one variable |
# | **Time** | {{minutes:A}} minutes, difficulty ●○○ |
# | **Points** | {{points:A}}: four exercises, four predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：先量准，再下结论
#
# | | |
# |---|---|
# | **学完你能够** | 运行前说出形状；识破不报错的广播；用差分测出梯度；用对训练集、验证集和测试集；用惩罚项减轻过拟合 |
# | **你需要** | 会写 Python 函数，会用 NumPy 数组，会求一元函数的导数 |
# | **时间** | {{minutes:A}} 分钟，难度 ●○○ |
# | **分数** | {{points:A}} 分：四道练习，四次预测 |

# %% [markdown] lang="en"
# ### Experiment 1: a bug that raises no error
#
# Forty points are scattered around a line. The cell below fits `slope * inputs + offset` to them twice, by gradient descent. In the first run the targets are a column, shape (40, 1), like the outputs. In the second they have shape (40,), as numbers read from a file often do.
#
# **What does the second run learn?** (a) nothing: NumPy raises an error; (b) the same line, more slowly; (c) a horizontal line
#
# Write your letter, in quotes, in place of `None`, and run the cell. You get the points whether it is right or wrong.
# %% [markdown] lang="zh"
# ### 实验 1：一个不报错的错误
#
# 四十个点散布在一条直线附近。下面用梯度下降把 `slope * inputs + offset` 拟合两次。第一次，目标是一列，形状 (40, 1)，与输出相同；第二次，目标的形状是 (40,)，从文件读来的往往就是这样。
#
# **第二次会学到什么？** (a) 什么也学不到，NumPy 报错停下；(b) 同一条直线，只是学得慢；(c) 一条水平线
#
# 把 `None` 换成你选的字母（加引号），运行单元格。做了预测就得分，对错不论。

# %% role="answer" id="prediction_broadcast"
prediction_broadcast = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_broadcast = "c"
### END SOLUTION

# %%
inputs = np.linspace(-1, 1, 40)[:, None]  # (40, 1)
targets = 1.5 * inputs + 0.5 + 0.2 * np.random.default_rng(0).standard_normal((40, 1))  # (40, 1)


def fit_line(targets, *, lr=0.3, num_steps=200):
    slope, offset, losses = 0.0, 0.0, []
    for _ in range(num_steps):
        errors = slope * inputs + offset - targets
        losses.append((errors**2).mean())
        slope, offset = slope - lr * (2 * errors * inputs).mean(), offset - lr * (2 * errors).mean()
    return slope, offset, losses


# %% role="experiment" hidden=true nbval="check"
lines = {"(40, 1)": fit_line(targets), "(40,)": fit_line(targets[:, 0])}
for name, (slope, offset, losses) in lines.items():
    slope, first, last = abs(slope), losses[0], losses[-1]
    print(tr(f"targets {name:7}: slope {slope:.3f}, offset {offset:.3f}, loss from {first:.3f} to {last:.3f}",
             f"目标 {name:7}：斜率 {slope:.3f}，截距 {offset:.3f}，损失从 {first:.3f} 降到 {last:.3f}"))
average, spread = targets.mean(), targets.var()
print(tr(f"mean of the targets {average:.3f}, their variance {spread:.3f}", f"目标的平均值 {average:.3f}，方差 {spread:.3f}"))
fig, (left, right) = draw.figure(2, height=3.6)
left.plot(inputs[:, 0], targets[:, 0], "o", color=draw.colour("faint"), ms=4)
for (name, (slope, offset, _)), role in zip(lines.items(), ("good", "bad"), strict=True):
    left.plot(inputs[:, 0], slope * inputs[:, 0] + offset, color=draw.colour(role))
    draw.words(left, *((-0.75, 1.0) if role == "bad" else (0.35, 1.9)), tr(f"targets {name}", f"目标 {name}"), color=role)
left.set(xlabel=tr("input", "输入"))
draw.quantity(left, tr("output", "输出"))
errors = inputs * 1.5 + 0.5 - targets[:, 0]
right.imshow(np.sqrt(errors**2), cmap="Blues", vmin=0, vmax=4)
right.set(xlabel=tr("target j", "目标 j"), ylabel=tr("output i", "输出 i"), xticks=(0, 39), yticks=(0, 39))
right.grid(False)
draw.note(right, tr("only these 40\nshould count", "只该算这 40 个"), (19, 19), (28, 7), color="bad")
draw.headline(fig, tr("One missing axis, and the model learns only the mean", "少了一个轴，模型就只学到平均值"),
              tr("Left: both fits. Right: errors of a good line when targets are (40,): 1,600 of them are averaged.",
                 "左：两次拟合。右：目标为 (40,) 时一条好直线的误差，拿来平均的有 1600 个。"))
show(fig, alt=tr(
    "Left: forty points rising along a line. The fit with targets (40, 1) follows them; the fit with targets (40,) is horizontal at their "
    "mean. Right: a 40 by 40 map of errors for a good line, pale (small) only along the diagonal.",
    "左：四十个点沿直线上升。目标为 (40, 1) 时拟合线贴着点走；目标为 (40,) 时是一条水平线，高度为平均值。"
    "右：一条好直线的误差图，40 行 40 列，只有对角线附近颜色浅（误差小）。"))
reveal("broadcast", prediction_broadcast, "c", tr(
    "Every output is compared with every target. The output that suits all targets best is their mean.",
    "每个输出都和所有目标比了一遍。能同时照顾所有目标的，是它们的平均值。"))

# %% [markdown] lang="en"
# **What it showed.** (40, 1) minus (40,) is (40, 40). There is no error and the loss falls, but the model learns only the mean of the targets. If a loss levels off near the variance of its targets, look at `.shape`. A test with a single example would miss this bug: (1, 1) minus (1,) is still one number.
#
# ### How a chapter works
#
# - In an answer cell, replace `raise NotImplementedError(...)` with your code. The docstring says what is asked.
# - The cell below it, `check(...)`, tries your function on cases with known answers and shows a **card**. Run it as often as you like.
# - Experiments run *your* functions. If one is missing, the experiment says which and is skipped.
# - Hints and answers are folded. Opening one costs no points.
# - Stuck for good? `from descent.lend import lend`, then `affine_backward = lend("affine_backward")`: no points for that exercise, but the rest works.
# - **Further**, at the end, carries no points.
# %% [markdown] lang="zh"
# **结论。** (40, 1) 减 (40,) 得 (40, 40)：不报错，损失也在降，模型却只学到目标的平均值。损失停在目标的方差附近不动时，先看一眼 `.shape`。只拿一个样本来试，发现不了这个错误：(1, 1) 减 (1,) 仍然只有一个数。
#
# ### 每一章怎么学
#
# - 把答题单元格里的 `raise NotImplementedError(...)` 换成你的代码，题目就在文档字符串里。
# - 下面的 `check(...)` 单元格用已知答案的例子试你的函数，并显示一张**卡片**。
# - 实验运行的是*你自己的*函数。缺了哪个，它会指出来，并跳过这个实验。
# - 提示和答案是折叠的，点开不扣分。
# - 实在卡住了？写 `from descent.lend import lend`，再写 `affine_backward = lend("affine_backward")`：那道题不得分，后面照样能做。
# - 章末的**拓展**不计分。
#
# 本课程源自两份中文笔记。**第一份笔记**是南方科技大学 CS324 第五讲的《深度学习核心：优化与正则化超详细笔记》，**第二份笔记**是《CS231n Lecture 3: 正则化与优化》。各章的“笔记勘误”先引原文，再用实验检验。说法与章节的**对照表**在本章末尾。

# %% [markdown] lang="en"
# ### Exercise 1: `center_columns` ({{points:center_columns}} points, 3 minutes)
#
# Subtract the same four means from each of six rows. NumPy aligns shapes *from the right* and repeats what is missing: **broadcasting**.
#
# $$\begin{array}{rr} X & (6,4)\\ \text{means} & (4)\\\hline X-\text{means} & (6,4)\end{array}$$
# %% [markdown] lang="zh"
# ### 练习 1：`center_columns`（{{points:center_columns}} 分，3 分钟）
#
# (40, 1) 减 (40,) 为什么不报错？NumPy *从右边*对齐形状，缺的维度自动重复：这叫**广播**（broadcasting）。六行减去同样四个平均值，也靠它。
#
# $$\begin{array}{rr} X & (6,4)\\ \text{平均值} & (4)\\\hline X-\text{平均值} & (6,4)\end{array}$$


# %% [markdown] role="docstring" of="center_columns" lang="zh" twin="485a6e26"
# 返回 X，其中每一列都减去一个数，使每一列的平均值为 0。
#
# X：浮点数组，形状 (N, D)，每行一个样本，不得改动。
# 返回形状 (N, D) 的数组，dtype 与 X 相同。NaN 只让它所在的那一列变成 NaN。
#
# >>> center_columns(np.array([[1.0, 10.0], [3.0, 70.0]])).tolist()
# [[-1.0, -30.0], [1.0, 30.0]]

# %% role="answer" id="center_columns"
from reference.warmup import center_columns

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The mean of each column is `X.mean(axis=...)`. Which axis should disappear?
# </details>
# <details><summary>Hint 2</summary>
#
# The rows, axis 0. Subtract what you get from `X`, into a new array: `X - ...`, not `X -= ...`.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the means are 2 and 40. With the mean of all entries, 21, the first row would be −20, −11.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 各列的平均值是 `X.mean(axis=...)`。应当消失的是哪个轴？
# </details>
# <details><summary>提示 2</summary>
#
# 行，也就是 0 轴。从 `X` 里减去它，得到新数组：写 `X - ...`，不要写 `X -= ...`。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：平均值是 2 和 40。若减去所有元素的平均值 21，第一行会是 −20、−11。
# </details>

# %% role="tests" id="test_center_columns" points=6
check("center_columns", center_columns)

# %% [markdown] lang="en"
# ### A red card, on purpose
#
# Most cards are red at first. Let us read one, for a wrong function that is not yours.
# %% [markdown] lang="zh"
# ### 故意失败的一张卡片
#
# 卡片一开始大多是红的。一起来读一张：下面的函数是错的，但不是你写的。

# %% role="experiment"
def centered_wrongly(X):
    return X - X.mean()


show_card("center_columns", centered_wrongly, hint=3)

# %% [markdown] lang="en"
# From the top: the *parts* of the exercise, each with its points; a failing *case* to paste into a cell of your own; what was *expected* and what you *got*; an **observation** about your answer. If another attempt makes the same mistake, the card adds a **question**; after a third, the mistake's **name**. `check(..., hint=2)` or `hint=3` shows them at once.
#
# ### Shapes, and arrays that share memory
#
# 1. **An axis that is missing, or has length 1, is repeated.** (6, 4) goes with (4,) and with (6, 1). With (6,) it is an error.
# 2. **A sum removes its axis unless you keep it.** `X.sum(axis=1)` is (6,); with `keepdims=True` it is (6, 1), a column you can divide by.
# 3. **A slice is a view, arithmetic makes a copy.** Writing into `X[0]` writes into `X`. Functions in this course leave their inputs alone: `v = v + g`, never `v += g`.
# 4. **The random generator is an argument.** `np.random.default_rng(7)` gives the same numbers in every run. So you can repeat a run, or give two methods the same luck.
# %% [markdown] lang="zh"
# 从上往下看：练习的各个*部分*，分数按部分给；一个没通过的*例子*，可以粘到自己的单元格里运行；*应为*什么、*实为*什么；最后是关于这个答案的一条**观察**。改了再试，还是同样的错误，会多出一个**问题**，第三次就说出错误的**名字**。想马上看，就写 `check(..., hint=2)` 或 `hint=3`。
#
# ### 形状，以及共享内存的数组
#
# 1. **缺的轴和长度为 1 的轴自动重复。** (6, 4) 可以与 (4,)、(6, 1) 运算，与 (6,) 则报错。
# 2. **求和会去掉那个轴，除非你要求保留。** `X.sum(axis=1)` 的形状是 (6,)；加上 `keepdims=True` 则是 (6, 1)，可以直接拿来做除数。
# 3. **切片是视图，运算得到副本。** 往 `X[0]` 里写就是往 `X` 里写。本课程的函数都不改动输入：写 `v = v + g`，不写 `v += g`。
# 4. **随机数生成器由参数传入。** `np.random.default_rng(7)` 每次都给出同样的数。这样训练可以重复，两种方法也能用同一串随机数来比。

# %% nbval="check"
X = np.arange(24.0).reshape(6, 4)
w, y = np.ones(4), np.arange(6.0)
fresh = X.copy()
view = fresh[0]
view += 100  #| writes into fresh | 写进了 fresh
print("fresh[0] =", fresh[0], " X[0] =", X[0])

# %% [markdown] lang="en"
# ### Exercise 2: say the shape ({{points:shapes}} points, 4 minutes)
#
# `X` is (6, 4), `w` is (4,), `y` is (6,). Replace each `None` by the shape you expect, as a tuple, *before* trying it.
# %% [markdown] lang="zh"
# ### 练习 2：说出形状（{{points:shapes}} 分，4 分钟）
#
# `X` 是 (6, 4)，`w` 是 (4,)，`y` 是 (6,)。*先不要运行*，把每个 `None` 换成你认为的形状（写成元组）。

# %% role="answer" id="shapes"
shapes = {
    "X @ w": None,
    "X @ w[:, None]": None,
    "X @ w[:, None] - y": None,
    "X / X.sum(axis=1, keepdims=True)": None,
}
### BEGIN SOLUTION
shapes = {
    "X @ w": (6,),
    "X @ w[:, None]": (6, 1),
    "X @ w[:, None] - y": (6, 6),
    "X / X.sum(axis=1, keepdims=True)": (6, 4),
}
### END SOLUTION

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# In a product the inner sizes must agree, and they disappear. A vector on the right of `@` has no other axis.
# </details>
# <details><summary>Hint 2</summary>
#
# `w[:, None]` is `w` as a column, (4, 1).
# </details>
# <details><summary>Hint 3</summary>
#
# Third line: write (6, 1) and (6,) under one another, aligned on the right. In each of the two places, which number wins?
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 相乘时，中间的两个数必须相等，乘完就消失。`@` 右边若是向量，就没有第二个轴可以留下。
# </details>
# <details><summary>提示 2</summary>
#
# `w[:, None]` 是竖起来的 `w`，形状 (4, 1)。
# </details>
# <details><summary>提示 3</summary>
#
# 第三行：把 (6, 1) 和 (6,) 右端对齐，上下写好。两个位置上各由哪个数说了算？
# </details>

# %% role="tests" id="test_shapes" points=8
found = {
    "X @ w": (X @ w).shape,
    "X @ w[:, None]": (X @ w[:, None]).shape,
    "X @ w[:, None] - y": (X @ w[:, None] - y).shape,
    "X / X.sum(axis=1, keepdims=True)": (X / X.sum(axis=1, keepdims=True)).shape,
}
right = [expression for expression in found if shapes.get(expression) == found[expression]]
for expression in found:
    print(tr("right:", "正确：") if expression in right else tr("not yet:", "还不对："), expression)
2 * len(right)  #| two points for each right shape | 每个正确的形状两分

# %% [markdown] lang="en"
# ### Exercise 3: `mean_squared_error` ({{points:mean_squared_error}} points, 6 minutes)
#
# What does training minimize? A loss $\ell_i(W)$ says how bad a model with parameters $W$ is on example $i$. Training makes the **data loss** small: the mean $\frac1N\sum_i\ell_i(W)$ over the $N$ training examples (in statistics, the *empirical risk*). Because it is a mean, a learning rate that suits 1,000 examples still suits 2,000.
#
# The simplest $\ell$ is the squared error. With $n$ numbers in all, outputs $o$ and targets $t$, the loss is $\frac1n\sum_i(o_i-t_i)^2$. *What is its derivative with respect to one output $o_i$?*
#
# The given `require` line would have stopped experiment 1.
# %% [markdown] lang="zh"
# ### 练习 3：`mean_squared_error`（{{points:mean_squared_error}} 分，6 分钟）
#
# 训练最小化的是什么？模型的参数为 $W$，损失 $\ell_i(W)$ 说明它在第 $i$ 个样本上错得多厉害。训练要让 $N$ 个训练样本上的平均 $\frac1N\sum_i\ell_i(W)$ 变小，这就是**数据损失**，统计学里叫*经验风险*（empirical risk）。因为是平均，适合 1000 个样本的学习率，对 2000 个样本仍然合适。
#
# 最简单的 $\ell$ 是平方误差。一共 $n$ 个数，输出为 $o$，目标为 $t$，损失就是 $\frac1n\sum_i(o_i-t_i)^2$。*它对某一个输出 $o_i$ 的导数是什么？*
#
# 给出的 `require` 那一行，会拦下实验 1 的错误。


# %% [markdown] role="docstring" of="mean_squared_error" lang="zh" twin="5e4e481e"
# 返回全部 n 个元素的平方误差的平均值，以及它的梯度。
#
#     loss = 1/n sum_i (o_i - t_i)^2
#
# outputs（o）、targets（t）：形状相同的数组，形状不限，不得改动它们。NaN 原样传递。
# 返回 (loss, grad_outputs)：一个数；一个与 outputs 形状、dtype 都相同的数组，是损失对每个输出的导数。
# 若形状不相等，抛出 ValueError：否则 (N,) 与 (N, 1) 会广播成 (N, N)。
#
# 与 torch.nn.functional.mse_loss 的约定相同；别的书除以 2n，或只除以行数。
#
# >>> loss, grad_outputs = mean_squared_error(np.array([3.0, 5.0]), np.array([1.0, 6.0]))
# >>> float(loss), grad_outputs.tolist()
# (2.5, [2.0, -1.0])

# %% role="answer" id="mean_squared_error"
from reference.losses import mean_squared_error

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which terms of the sum contain $o_i$?
# </details>
# <details><summary>Hint 2</summary>
#
# Only the $i$-th: its derivative is $\frac2n(o_i-t_i)$. Give `outputs - targets` a name; `.size` counts its entries, whatever the shape.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the errors are 2 and −1, the loss (4 + 1)/2, the gradient 2 and −1. Without the factor 2 you get 1 and −0.5, without the division by n 4 and −2.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 和式里哪些项含有 $o_i$？
# </details>
# <details><summary>提示 2</summary>
#
# 只有第 $i$ 项，它的导数是 $\frac2n(o_i-t_i)$。给 `outputs - targets` 起个名字；不论什么形状，`.size` 都是元素个数。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：误差是 2 和 −1，损失 (4 + 1)/2，梯度 2 和 −1。漏了因子 2 会得 1 和 −0.5，没有除以 n 会得 4 和 −2。
# </details>

# %% role="tests" id="test_mean_squared_error" points=10
check("mean_squared_error", mean_squared_error)

# %% [markdown] lang="en"
# ### A gradient can be measured
#
# You derived that gradient on paper. How do you test it? Move one entry by $h$ and see how the loss changes. By Taylor's formula
#
# $$f(x\pm h)=f(x)\pm h f'(x)+\tfrac{h^2}{2}f''(x)\pm\tfrac{h^3}{6}f'''(x)+\dots$$
#
# The one-sided difference $\dfrac{f(x+h)-f(x)}{h}$ is wrong by about $\frac h2f''$. *Which combination of two values cancels the term with $h^2$?* It is called the **central difference**.
#
# ### Exercise 4: `numerical_gradient` ({{points:numerical_gradient}} points, 8 minutes)
#
# Two calls of `f` for each entry are too slow for training, but fine for a test.
# %% [markdown] lang="zh"
# ### 梯度可以量出来
#
# 刚才的梯度是在纸上推出来的，怎么检验？把一个元素挪动 $h$，看损失变多少。由泰勒公式，
#
# $$f(x\pm h)=f(x)\pm h f'(x)+\tfrac{h^2}{2}f''(x)\pm\tfrac{h^3}{6}f'''(x)+\dots$$
#
# 单侧差分 $\dfrac{f(x+h)-f(x)}{h}$ 的误差约为 $\frac h2f''$。*同样用两个函数值，怎样组合能消掉 $h^2$ 那一项？* 这样得到的叫**中心差分**（central difference）。
#
# ### 练习 4：`numerical_gradient`（{{points:numerical_gradient}} 分，8 分钟）
#
# 每个元素要调用两次 `f`：训练嫌慢，检验正好。


# %% [markdown] role="docstring" of="numerical_gradient" lang="zh" twin="ba164f16"
# 返回 f 在 x 处的梯度，只用 f 的函数值求出。
#
# 契约：每个元素调用两次 f。f 是 2 次多项式时，不论 h 是多少，结果都精确。
#
# f：接受与 x 同样的数组，返回一个数。x：任意形状，不得改动。
# 返回与 x 形状相同的数组，不论 x 的 dtype 是什么，结果都是 float64。
# f 给出 NaN 时，对应的元素是 NaN。除非 h > 0，否则抛出 ValueError。
#
# >>> numerical_gradient(lambda x: float((x**3).sum()), np.array([0.0, 2.0]), h=0.5)
# array([ 0.25, 12.25])

# %% role="answer" id="numerical_gradient"
from reference.gradient_check import numerical_gradient

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Subtract the formula for $f(x-h)$ from that for $f(x+h)$. What is left?
# </details>
# <details><summary>Hint 2</summary>
#
# $2hf'(x)$, and terms from $h^3$ on. `for index in np.ndindex(x.shape):` visits every entry of any shape. Begin with `x = np.array(x, dtype=np.float64)`: whole numbers cannot move by 1e-5.
# </details>
# <details><summary>Hint 3</summary>
#
# The example at 2: $(2.5^3-1.5^3)/1=12.25$. The one-sided difference gives 15.25, division by `h` 24.5.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 用 $f(x+h)$ 的展开式减去 $f(x-h)$ 的。剩下什么？
# </details>
# <details><summary>提示 2</summary>
#
# 剩下 $2hf'(x)$ 和从 $h^3$ 起的项。`for index in np.ndindex(x.shape):` 会走遍任意形状数组的每个元素。先写 `x = np.array(x, dtype=np.float64)`：整数没法挪动 1e-5。
# </details>
# <details><summary>提示 3</summary>
#
# 例子中 2 那一处：$(2.5^3-1.5^3)/1=12.25$。单侧差分会得 15.25，除以 `h` 会得 24.5。
# </details>

# %% role="tests" id="test_numerical_gradient" points=10
check("numerical_gradient", numerical_gradient)

# %% [markdown] lang="en"
# ### Experiment 2: how small should h be?
#
# Take $f(x)=\sum e^{x_i}$, whose gradient is known exactly, at 20 points. At $h=10^{-5}$ central differences are very good. **We make $h$ a thousand times smaller. The error ...**
#
# (a) falls to about a millionth, as $h^2$ says; (b) stays about the same; (c) grows
# %% [markdown] lang="zh"
# ### 实验 2：h 该取多小？
#
# $f(x)=\sum e^{x_i}$ 的梯度精确已知，取 20 个点。$h=10^{-5}$ 时中心差分已经非常准。**把 $h$ 再缩小到千分之一，误差会……**
#
# (a) 按 $h^2$ 推算，降到百万分之一左右；(b) 差不多不变；(c) 变大

# %% role="answer" id="prediction_h"
prediction_h = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_h = "c"
### END SOLUTION

# %% role="experiment" hidden=true
with experiment("numerical_gradient"):
    def exponentials(x):
        return np.exp(x).sum()

    def one_sided(f, x, *, h):
        return np.array([(f(x + h * unit) - f(x)) / h for unit in np.eye(len(x))])

    H = 10.0 ** np.arange(-1, -13.5, -0.5)
    places = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    sided, central = (
        np.array([np.mean([np.abs(method(exponentials, x, h=float(h)) - np.exp(x)).max() for x in places]) for h in H])
        for method in (one_sided, numerical_gradient))
    for power in (-2, -5, -8, -11):
        at = int(np.argmin(np.abs(np.log10(H) - power)))
        worse, better = sided[at], central[at]
        print(tr(f"h = 1e{power:03}: error {worse:.0e} one-sided, {better:.0e} central", f"h = 1e{power:03}：误差，单侧 {worse:.0e}，中心 {better:.0e}"))
    root64, root32 = (np.finfo(dtype).eps ** (1 / 3) for dtype in (np.float64, np.float32))
    print(tr(f"cube root of the machine epsilon: {root64:.1e} in float64, {root32:.1e} in float32",
             f"机器精度的立方根：float64 为 {root64:.1e}，float32 为 {root32:.1e}"))
    names = tr("central", "中心差分"), tr("one-sided", "单侧差分")
    ax = curves({names[0]: central, names[1]: sided}, x=H, xlabel="$h$", logx=True, logy=True,
                ylabel=tr("largest error, mean of 20 points", "最大误差，20 个点的平均"),
                color=dict(zip(names, ("teal", "red"), strict=True)))
    draw.words(ax, 2e-12, 1e-6, tr("rounding error\n" r"$\sim 1/h$", "舍入误差\n" r"$\sim 1/h$"), color="soft")
    draw.words(ax, 2e-2, 1e-9, tr("truncation\nerror " r"$\sim h^2$", "截断误差\n" r"$\sim h^2$"), color="soft")
    draw.rule(ax, x=root64)
    draw.words(ax, root64 * 0.75, 1e-1, r"$\epsilon^{1/3}$", ha="right", color="soft")
    draw.headline(ax, tr("Smaller is better only down to about 1e-5", "h 小到 1e-5 左右为止，再小反而更差"),
                  tr("Errors of two difference formulas for a sum of exponentials, float64.", "两种差分公式求指数之和的梯度，float64。"))
    show(ax, alt=tr(
        "Log-log plot of the error of one-sided and central differences against h from 1e-1 to 1e-13. Both are V-shaped. The central one falls "
        "with slope 2 to about 3e-11 near h = 1e-5, the one-sided with slope 1 to about 3e-8 near h = 3e-8; to the left both rise.",
        "单侧差分与中心差分的误差对 h（1e-1 到 1e-13）的双对数图，都呈 V 形。中心差分以斜率 2 降到约 3e-11（h 约 1e-5），"
        "单侧差分以斜率 1 降到约 3e-8（h 约 3e-8）；再往左，两者都上升。"))
    reveal("h", prediction_h, "c", tr("f is known to about 16 digits only; that rounding is divided by 2h.",
                                      "f 只有大约 16 位有效数字；这个舍入误差要除以 2h。"))

# %% [markdown] lang="en"
# **What it showed.** Two errors pull in opposite directions. The formula leaves out the terms from $h^3$ on: this **truncation error**, $\frac{h^2}{6}|f'''|$, shrinks with $h$. The computer rounds $f$ to about 16 digits: this **rounding error**, about $10^{-16}|f|/h$, grows when $h$ shrinks.
#
# They balance where $h^3\approx\epsilon$, the machine epsilon: near $6\cdot10^{-6}$ in float64 (Press et al., *Numerical Recipes*, 5.7). In float32 it is 0.005, and the best possible check is far coarser. So check gradients in float64.
#
# No $h$ helps at a kink. If a ReLU switches between $x-h$ and $x+h$, the difference mixes two slopes.
#
# ### Training, validation, test
#
# Now you can measure a loss and its gradient. But a model may be right on its training examples because it has memorized them. To find out how it does on new ones, keep some examples out of training, in two sets:
#
# | set | what it is for | how often you may look |
# |---|---|---|
# | **training** | gradients: parameters are fitted to it | at every step |
# | **validation** | choices: learning rate, size of the model, when to stop | often, but each choice makes it a little less trustworthy |
# | **test** | one number at the end, for the choice you made | once |
#
# What counts is the number of examples, not the share. Of a few thousand, keep 20 % for each of the two; of ten million, one percent is plenty.
#
# Then compare the errors. Suppose that people misread 1 % of the images:
#
# | training error | validation error | diagnosis | try first |
# |---|---|---|---|
# | 12 % | 13 % | **underfitting** (high bias) | a larger model, better training |
# | 2 % | 11 % | **overfitting** (high variance) | more data, a penalty (below, and 05) |
# | 1 % | 1.5 % | little left to gain | the test set, once |
#
# ### Experiment 3: the best of a thousand coins
#
# Why a third set? If you pick the best of many, you pick luck as well. In the extreme case there is only luck: a thousand "models" toss a coin for each of 100 validation images of two classes. We keep the one with the best validation accuracy.
#
# **How good does it look there?** (a) about 50 %, (b) about 58 %, (c) about 66 %
# %% [markdown] lang="zh"
# **结论。** 两种误差此消彼长。公式舍去了 $h^3$ 起的各项，由此产生**截断误差**（truncation error）$\frac{h^2}{6}|f'''|$，$h$ 越小它越小。计算机里的 $f$ 只有约 16 位有效数字，由此产生**舍入误差**（rounding error），约为 $10^{-16}|f|/h$，$h$ 越小它越大。
#
# 两者在 $h^3\approx\epsilon$（机器精度）处持平：float64 下是 $6\cdot10^{-6}$ 附近（Press 等，*Numerical Recipes*，5.7 节）；float32 下是 0.005，最好的结果也要粗糙得多。所以请用 float64 检验梯度。
#
# 遇到尖点，$h$ 取多少都没有用：某个 ReLU 若恰好在 $x-h$ 与 $x+h$ 之间切换，差分就把两种斜率混在了一起。
#
# ### 训练集、验证集、测试集
#
# 损失和梯度都会量了。可是模型在训练样本上答对，也许只是死记了下来。想知道它遇到新样本会怎样，就要留出一些样本不参加训练。留出的分成两份：
#
# | 集合 | 用途 | 能看几次 |
# |---|---|---|
# | **训练集**（training set） | 求梯度：参数按它拟合 | 每一步都看 |
# | **验证集**（validation set） | 选**超参数**（hyper-parameter）：学习率、模型大小、何时停止 | 可以常看，但每用它选一次，就少一分可信 |
# | **测试集**（test set） | 给选定的那一个模型打最后的分 | 一次 |
#
# 要紧的是有多少样本，而不是占多大比例：一共几千个，后两者各取 20%；有一千万个，各取百分之一就绰绰有余。
#
# 把两个误差放在一起看。假设人来辨认这些图像，会错 1%：
#
# | 训练误差 | 验证误差 | 说明 | 先试什么 |
# |---|---|---|---|
# | 12% | 13% | **欠拟合**（underfitting），偏差大 | 更大的模型，更好的训练 |
# | 2% | 11% | **过拟合**（overfitting），方差大 | 更多数据，惩罚项（见下文和 05 章） |
# | 1% | 1.5% | 没有多少可改进的了 | 看一次测试集 |
#
# ### 实验 3：一千枚硬币里最好的一枚
#
# 为什么要有第三个集合？从许多个里挑最好的，挑中它，有几分是靠运气。在最极端的情形里只有运气：一千个“模型”，对 100 张验证图像（两类）各抛一次硬币，我们留下验证准确率最高的那一个。
#
# **它在验证集上看起来有多好？** (a) 大约 50%，(b) 大约 58%，(c) 大约 66%

# %% role="answer" id="prediction_coins"
prediction_coins = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_coins = "c"
### END SOLUTION

# %% role="experiment" nbval="check" hidden=true
def coin_contest(num_images, *, num_models=1000, seed):
    tr("""Best validation accuracy among the first 1, 2, ... coins, and the accuracy of that coin on 100 test images.""",
       """前 1、2、…… 枚硬币中最好的验证准确率，以及那枚硬币在 100 张测试图像上的准确率。""")
    rng = np.random.default_rng(seed)
    validation, test = rng.binomial(num_images, 0.5, num_models) / num_images, rng.binomial(100, 0.5, num_models) / 100
    best = np.maximum.accumulate(validation)
    leader = np.maximum.accumulate(np.where(validation == best, np.arange(num_models), 0))
    return best, test[leader]


contests = {n: np.array([coin_contest(n, seed=seed) for seed in range(200)]) for n in (100, 1000)}
for n, contest in contests.items():
    (seen, low, high), (new, least, most) = mean_interval(contest[:, 0, -1]), mean_interval(contest[:, 1, -1])
    print(tr(f"best of 1000 coins on {n:4} images: {seen:.3f} [{low:.3f}, {high:.3f}]; on the test set: {new:.3f} [{least:.3f}, {most:.3f}]",
             f"1000 枚硬币中最好的，{n:4} 张图像上：{seen:.3f} [{low:.3f}, {high:.3f}]；测试集上：{new:.3f} [{least:.3f}, {most:.3f}]"))
tried = np.unique(np.geomspace(1, 1000, 60).astype(int))
names = (tr("validation,\n100 images", "验证集，\n100 张"), tr("validation,\n1000 images", "验证集，\n1000 张"), tr("test", "测试集"))
ax = curves(dict(zip(names, (contest[:, k, tried - 1].mean(axis=0) for contest, k in ((contests[100], 0), (contests[1000], 0), (contests[100], 1))), strict=True)),
            x=tried, xlabel=tr("coins tried", "试过的硬币数"), ylabel=tr("accuracy of the best coin so far", "迄今最好那枚的准确率"), logx=True,
            color=dict(zip(names, ("red", "gold", "blue"), strict=True)))
draw.headline(ax, tr("The more you try, the better the winner looks", "试得越多，优胜者看起来越好"),
              tr("Coins have no skill. Mean of 200 repetitions.", "硬币没有任何本事。200 次重复的平均。"))
show(ax, alt=tr(
    "Accuracy of the best coin against the number of coins tried, log axis from 1 to 1000. On 100 validation images it climbs from 0.50 to 0.66, "
    "on 1000 images to 0.55; the test accuracy of the winners stays at 0.50.",
    "最好那枚硬币的准确率对试过的硬币数（1 到 1000，对数轴）。验证集 100 张图时从 0.50 升到 0.66，1000 张时升到 0.55；优胜者的测试准确率始终在 0.50。"))
reveal("coins", prediction_coins, "c", tr("On average 0.66 on validation, 0.50 on the test set.", "平均而言，验证集上 0.66，测试集上 0.50。"))

# %% [markdown] lang="en"
# **What it showed.** The winner's validation accuracy is too high. The excess grows with the number tried and shrinks with the size of the set. A test set that you look at once is honest.
# %% [markdown] lang="zh"
# **结论。** 优胜者的验证准确率偏高：试得越多，高得越多；验证集越大，高得越少。只看一次的测试集才是诚实的。

# %% [markdown] lang="en"
# ### Clinic
#
# Three students fit polynomials of degree 0 to 10 to 15 points of a curve; the noise has variance 0.25. Solid: error on the training points. Dashed: on what each calls validation points. Each panel is the mean of 200 data sets. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 三位求诊者都用 0 到 10 次多项式去拟合一条曲线上的 15 个点，噪声的方差是 0.25。实线：训练点上的误差；虚线：他们所说的“验证”点上的误差。每幅图都是 200 份数据的平均。先想好诊断和证据，再点开。

# %% role="experiment" hidden=true nbval="check"
def errors_by_degree(x, t, x_val, t_val):
    fits = [np.polynomial.chebyshev.chebfit(x, t, degree) for degree in range(11)]
    return [[np.mean((np.polynomial.chebyshev.chebval(at, fit) - value) ** 2) for fit in fits] for at, value in ((x, t), (x_val, t_val))]


rng, patients = np.random.default_rng(0), {"A": [], "B": [], "C": []}
for _ in range(200):
    x, x_val = np.linspace(-1, 1, 15), rng.uniform(-1, 1, 15)  #| no validation point lies outside | 没有验证点落在外面
    t, t_val = (np.sin(4 * at) + 0.5 * rng.standard_normal(15) for at in (x, x_val))
    patients["A"].append(errors_by_degree(x, t, x_val, t_val))
    patients["B"].append(errors_by_degree(x, t, x[::-1], t[::-1]))
    patients["C"].append(errors_by_degree(x, rng.permutation(t), x_val, t_val))
patients = {name: np.mean(errors, axis=0) for name, errors in patients.items()}
for name, errors in patients.items():
    print(f"{name}: " + tr("training, ", "训练，") + tr("degrees 0, 3, 5, 10: ", "0、3、5、10 次：") + " ".join(f"{errors[0][k]:.2f}" for k in (0, 3, 5, 10))
          + tr("; validation: ", "；验证：") + " ".join(f"{errors[1][k]:.2f}" for k in (0, 3, 5, 10)))
fig, axes = draw.figure(3, height=2.7, sharey=True)
for ax, (name, errors) in zip(axes, patients.items(), strict=True):
    ax.plot(errors[0], color=draw.colour("ink"), lw=1.5)
    ax.plot(errors[1], color=draw.colour("ink"), lw=1.5, ls=(0, (4, 2)), marker="o" if name == "B" else "", mfc="none")
    draw.rule(ax, y=0.25)
    draw.log_axes(ax, y=True)
    ax.set(xlabel=tr("degree", "次数"), xticks=(0, 5, 10), ylim=(0.05, 2))
    draw.title(ax, name)
axes[0].set_ylabel(tr("mean squared error", "均方误差"))
draw.words(axes[1], 7, 0.36, tr("variance\nof the noise", "噪声的方差"), color="soft", size=9)
show(fig, alt=tr(
    "Three panels of error against degree, log axis; a rule at the noise's variance, 0.25. A: both errors fall until degree 3; then the training error goes on "
    "to fall, far below the rule, while the validation error stays above it and rises slowly to half as much again. B: the two lines lie exactly on one another. "
    "C: from the same height the training error falls slowly, while the validation error rises from the start.",
    "三幅误差对次数的图（对数轴），横线是噪声的方差 0.25。A：到 3 次为止两种误差都下降；此后训练误差继续降到横线以下很远，验证误差始终在横线之上，并慢慢升高约一半。"
    "B：两条线完全重合。C：从同样的高度出发，训练误差慢慢下降，验证误差一开始就上升。"))

# %% [markdown] lang="en"
# **A.** Which degree should this student choose, and what happens beyond it?
# <details><summary>10: the training error is smallest there</summary>The training error can only fall: every polynomial of degree 9 is also one of degree 10.</details>
# <details><summary>one near the lowest validation error; after it the fit follows the noise</summary><b>Yes: overfitting.</b> From degree 3 on the training error is below 0.25. No model can predict noise: what lies below that line is memorized.</details>
# <details><summary>none: a validation error must not rise</summary>It nearly always does somewhere, and so tells you where to stop.</details>
#
# **B.** "No overfitting, whatever the degree!"
# <details><summary>an easy problem</summary>Two different sets of 15 noisy points never agree to the last digit.</details>
# <details><summary>the validation points are the training points</summary><b>Yes: a leak.</b> The evidence is exact agreement, and a validation error below the variance of the noise.</details>
# <details><summary>too little noise</summary>Then both would be small. They are equal.</details>
#
# **C.** "My model does not learn."
# <details><summary>the degree is too small</summary>Validation gets worse with each degree, and the same degrees worked in A.</details>
# <details><summary>inputs and targets no longer belong together</summary><b>Yes.</b> Fitting pure noise looks like this: each of the ten coefficients besides the mean removes 1/14 of the variance by chance, and about 4/14 is left. Somebody shuffled one array and not the other.</details>
# <details><summary>overfitting</summary>It overfits, but that is not why: even degree 1 is worse than the constant. So x does not explain t.</details>
# %% [markdown] lang="zh"
# **A.** 应当选哪个次数？再往后发生了什么？
# <details><summary>10 次：训练误差最小</summary>训练误差只会下降：每个 9 次多项式也都是 10 次多项式。</details>
# <details><summary>验证误差最低处附近的次数；再往后，拟合的是噪声</summary><b>正确，这就是过拟合。</b>从 3 次起，训练误差低于 0.25。噪声谁也预测不了：低于这条线的部分是死记来的。</details>
# <details><summary>哪个都不行：验证误差不该上升</summary>它几乎总会在某处上升，画它正是为了看这个。</details>
#
# **B.** “次数再高也不过拟合！”
# <details><summary>问题很好对付</summary>两组不同的 15 个带噪声的点，误差绝不会处处一样。</details>
# <details><summary>验证点就是训练点</summary><b>正确，数据泄漏（leakage）了。</b>证据是两条线完全重合，而且验证误差低于噪声的方差。</details>
# <details><summary>噪声太小</summary>那样两者都会很小。这里是相等。</details>
#
# **C.** “我的模型学不动。”
# <details><summary>次数太低</summary>次数越高，验证误差越差；同样的次数在 A 里是好用的。</details>
# <details><summary>输入与目标已经对不上号</summary><b>正确。</b>拟合纯噪声就是这样：除平均值外有十个系数，每个凭运气拟合掉方差的 1/14，剩下大约 4/14。有人打乱了一个数组，却没有打乱另一个。</details>
# <details><summary>过拟合</summary>过拟合是有，但不是原因：连 1 次都不如常数，可见 x 解释不了 t。</details>

# %% [markdown] lang="en"
# ### A penalty on large weights
#
# Now you can measure overfitting. Can you also reduce it? Student A insists on degree 10 and has no more data. Eleven coefficients are enough to pass close to every one of 15 points, noise included. So we add a penalty on large coefficients. Training now minimizes
#
# $$L(W)=\text{data loss}+\lambda\,R(W),\qquad R(W)=\tfrac12\sum w^2 ,$$
#
# where $\lambda$ is a number you choose. *What will $\lambda=0.3$ do to the training error, and what to the validation error?*
# %% [markdown] lang="zh"
# ### 惩罚大的权重
#
# A 的求诊者偏要用 10 次多项式，又没有更多数据，还能怎么办？十一个系数足以贴近 15 个点中的每一个，连噪声也一起拟合。那就惩罚大的系数，让训练去最小化
#
# $$L(W)=\text{数据损失}+\lambda\,R(W),\qquad R(W)=\tfrac12\sum w^2 ,$$
#
# $\lambda$ 的大小由你来选。*取 $\lambda=0.3$，训练误差会怎样变，验证误差呢？*

# %% role="experiment" nbval="check" hidden=true
rng, fits = np.random.default_rng(0), {0.0: [], 0.3: [], 3.0: []}  #| strength of the penalty: size of the weights, both errors | 惩罚强度：权重大小与两种误差
for _ in range(200):
    x, x_val = np.linspace(-1, 1, 15), rng.uniform(-1, 1, 15)
    t, t_val = (np.sin(4 * at) + 0.5 * rng.standard_normal(15) for at in (x, x_val))
    powers, powers_val = (np.polynomial.chebyshev.chebvander(at, 10) for at in (x, x_val))
    for strength, results in fits.items():
        penalty = 15 * strength / 2 * np.diag([0] + 10 * [1])  #| the constant is not penalized | 常数项不罚
        w = np.linalg.solve(powers.T @ powers + penalty, powers.T @ t)
        results.append([np.linalg.norm(w[1:]), np.mean((powers @ w - t) ** 2), np.mean((powers_val @ w - t_val) ** 2)])
for strength, results in fits.items():
    size, seen, new = np.mean(results, axis=0)
    print(tr(f"λ = {strength}: length of w {size:.2f}, training error {seen:.2f}, validation error {new:.2f}",
             f"λ = {strength}：w 的长度 {size:.2f}，训练误差 {seen:.2f}，验证误差 {new:.2f}"))

# %% [markdown] lang="en"
# (Means over 200 data sets.) With $\lambda=0.3$ the fit is worse on the points it has seen and better on new ones: the aim of **regularization**. With $\lambda=3$ it is too stiff to follow the curve, and the validation error is nearly back where it was. So $\lambda$ is chosen on the validation set.
#
# This penalty is called **L2**. It adds $\lambda w$ to the gradient of each weight, so a step of gradient descent becomes
#
# $$w\leftarrow w-\eta(g+\lambda w)=(1-\eta\lambda)\,w-\eta g :$$
#
# the weight first shrinks by a fixed fraction, then follows the data. Hence the name **weight decay**. Biases are usually left out, like the constant here. Other books drop the ½ or use a sum in place of the mean; their λ means something else (Further 4).
# %% [markdown] lang="zh"
# （200 份数据的平均。）$\lambda=0.3$ 时，见过的点拟合得差了些，新的点却好了许多：这正是**正则化**（regularization）的目的。$\lambda=3$ 时，曲线僵硬得跟不上数据，验证误差几乎回到原处。所以 $\lambda$ 要靠验证集来选。
#
# 这样的惩罚项叫 **L2**。它给每个权重的梯度加上 $\lambda w$，梯度下降的一步变成
#
# $$w\leftarrow w-\eta(g+\lambda w)=(1-\eta\lambda)\,w-\eta g .$$
#
# 权重先按固定比例缩小，再跟着数据走，所以又叫**权重衰减**（weight decay）。偏置通常不罚，就像这里的常数项。别的书有的不写 ½，有的数据损失取总和，λ 的含义也就不同（拓展 4）。

# %% [markdown] lang="en"
# ### Experiment 4: train with a wrong gradient
#
# So far the gradients were right. *What if one is not?* Two copies of a 64-32-10 network learn 400 digits (8×8 pixels, ten classes): squared error, target 1 for the right class and 0 elsewhere, 150 steps with the full gradient. In one copy, `without_gate`, somebody forgot the ReLU on the way back. Each uses its own best learning rate, chosen on three seeds; then both run on ten fresh seeds.
#
# **What does the copy with the bug do?** (a) its loss does not fall; (b) its loss falls, and most validation digits come out right; (c) its loss falls, but validation accuracy stays near 10 %
# %% [markdown] lang="zh"
# ### 实验 4：用错误的梯度训练
#
# 到此为止，梯度都是对的。*要是错了呢？* 两个同样的 64-32-10 网络学习 400 张数字图像（8×8 像素，十个类）：用平方误差，目标在正确的类上为 1、其余为 0，每步用全部数据，走 150 步。其中一个（`without_gate`）反向时漏了 ReLU。学习率各用自己最好的（在三个种子上选出），再换十个新种子比较。
#
# **梯度有错的那个会怎样？** (a) 损失降不下去；(b) 损失下降，大多数验证图像也分对了；(c) 损失下降，但验证准确率停在 10% 附近

# %% role="answer" id="prediction_bug"
prediction_bug = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_bug = "b"
### END SOLUTION

# %% hidden=true
digits = load_digits()
X_train, y_train = digits.X_train[:400], digits.y_train[:400]
Y_train = np.eye(10)[y_train]  #| row n: 1 at the class of example n | 第 n 行：第 n 个样本所属的类为 1


def right_gradients(params, X, Y):
    tr("""Loss and gradients of affine - ReLU - affine with the mean squared error, written without layers.""",
       """“仿射 - ReLU - 仿射”网络在均方误差下的损失和梯度，没有分层写。""")
    hidden = np.maximum(X @ params["W1"] + params["b1"], 0)
    error = hidden @ params["W2"] + params["b2"] - Y
    to_outputs = 2 * error / error.size
    to_hidden = to_outputs @ params["W2"].T * (hidden > 0)
    return (error * error).mean(), {"W1": X.T @ to_hidden, "b1": to_hidden.sum(axis=0),
                                    "W2": hidden.T @ to_outputs, "b2": to_outputs.sum(axis=0)}


def start_digits(seed, hidden=32):
    tr("""Random initial weights that suit ReLU (He's; chapter 06 says why); smaller in the second layer.""",
       """适合 ReLU 的随机初始权重（He；原因见 06 章）；第二层取得更小。""")
    rng = np.random.default_rng(seed)
    return {"W1": rng.normal(0, np.sqrt(2 / 64), (64, hidden)), "b1": np.zeros(hidden),
            "W2": 0.1 * rng.normal(0, np.sqrt(2 / hidden), (hidden, 10)), "b2": np.zeros(10)}


def validation_accuracy(params):
    hidden = np.maximum(digits.X_val @ params["W1"] + params["b1"], 0)
    return np.mean((hidden @ params["W2"] + params["b2"]).argmax(axis=1) == digits.y_val)


ARMS = {tr("right gradient", "梯度正确"): right_gradients, tr("ReLU forgotten", "漏掉 ReLU"): without_gate}
RATES = 1.0, 2.0, 4.0, 8.0


# %%
def walk_down(loss_and_grads, params, *, lr, num_steps):
    losses = []
    for _ in range(num_steps):
        loss, grads = loss_and_grads(params, X_train, Y_train)
        losses.append(loss)
        params = {name: params[name] - lr * grads[name] for name in params}
    return params, losses


# %% role="experiment" hidden=true nbval="check"
losses, accuracies = {}, {}
for name, arm in ARMS.items():
    tuned = [np.mean([walk_down(arm, start_digits(seed), lr=lr, num_steps=150)[1][-1] for seed in range(3)]) for lr in RATES]
    best = RATES[int(np.argmin(tuned))]
    runs = [walk_down(arm, start_digits(seed), lr=best, num_steps=150) for seed in range(100, 110)]
    losses[name] = np.array([path for _, path in runs])
    accuracies[name] = np.array([validation_accuracy(params) for params, _ in runs])
    last, share = losses[name][:, -1].mean(), accuracies[name].mean()
    print(tr(f"{name}: best lr {best}, last loss {last:.3f}, validation accuracy {share:.2f}",
             f"{name}：最好的 lr {best}，最后的损失 {last:.3f}，验证准确率 {share:.2f}"))
right, wrong = losses.values()
more = wrong[:, -1].mean() / right[:, -1].mean() - 1
(gap, low, high), (worse, least, most) = mean_interval(wrong[:, -1] - right[:, -1]), mean_interval(np.subtract(*reversed(accuracies.values())))
print(tr(f"forgotten minus right: loss {gap:+.3f} [{low:+.3f}, {high:+.3f}], that is {more:.0%} more; accuracy {worse:+.3f} [{least:+.3f}, {most:+.3f}]",
         f"漏掉 ReLU 的减去梯度正确的：损失 {gap:+.3f} [{low:+.3f}, {high:+.3f}]，即高出 {more:.0%}；准确率 {worse:+.3f} [{least:+.3f}, {most:+.3f}]"))
ax = curves(losses, ylabel=tr("training loss", "训练损失"), xlabel=tr("step", "步"), logy=True,
            color=dict(zip(losses, ("good", "bad"), strict=True)))
draw.headline(ax, tr("Which of these two networks has a wrong gradient?", "这两个网络，哪个的梯度是错的？"),
              tr("Median and range of ten seeds. Cover one line, and you cannot tell.", "十个种子的中位数与范围。遮住一条，就看不出来了。"))
show(ax, alt=tr(
    "Training loss over 150 steps, log axis, median and range of ten seeds. Both jump up in the first steps, then fall all the way; with right gradients the "
    "median ends near 0.014, with the ReLU forgotten near 0.027.",
    "150 步的训练损失（对数轴），十个种子的中位数与范围。两条线开头几步都跳高，然后一路下降；梯度正确时，中位数最后约 0.014，漏掉 ReLU 时约 0.027。"))
sound, flawed = (100 * values.mean() for values in accuracies.values())
reveal("bug", prediction_bug, "b", tr(f"It classifies {flawed:.0f} % of the validation digits correctly, against {sound:.0f} % without the bug.",
                                       f"验证图像它分对了 {flawed:.0f}%，没有错误时是 {sound:.0f}%。"))

# %% [markdown] lang="en"
# **What it showed.** A network with a wrong gradient learns. Next to the right run the damage is plain. But if you have the bug, you have no right run to compare with. How could you know? Sitting B ends with a check that takes a second.
# %% [markdown] lang="zh"
# **结论。** 梯度错了，网络照样在学。放在一起比，差别一目了然：损失最后高出一半以上，准确率低几个百分点。可是代码写错时，你手里并没有正确的那条线。那怎么才能知道？B 节最后会写一个检验，一秒钟就有结果。

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** `X` has shape (5, 5), `m = X.mean(axis=1)`. What does `X - m` do?
# <details><summary>an error, since m is not a column</summary>With (5, 4) it would be one. A square array hides it.</details>
# <details><summary>subtracts from column j the mean of row j</summary><b>Right.</b> (5,) aligns with the last axis. For rows use `keepdims=True`.</details>
# <details><summary>subtracts from every row its own mean</summary>That was meant. But (5,) aligns with the last axis, the columns.</details>
#
# **2.** You tried 30 learning rates, chose the best on validation, and may publish one accuracy.
# <details><summary>that of the best run on validation</summary>It was chosen for being high, luck included.</details>
# <details><summary>that of the chosen run on the test set</summary><b>Right</b>, and then no more choosing.</details>
# <details><summary>the best of the 30 on the test set</summary>Then the test set has become a validation set.</details>
#
# **3.** In Keras `L2(0.01)` adds 0.01 Σw² to the loss. Which `weight_decay` of PyTorch's plain SGD, which adds λw to the gradient, does the same?
# <details><summary>0.005</summary>The factor is right, the direction is not.</details>
# <details><summary>0.01</summary>That would be right with a ½ in the penalty.</details>
# <details><summary>0.02</summary><b>Right:</b> both add 0.02 w to the gradient.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** `X` 的形状是 (5, 5)，`m = X.mean(axis=1)`。`X - m` 做了什么？
# <details><summary>报错，因为 m 不是一列</summary>若是 (5, 4) 就会报错。方阵把问题藏了起来。</details>
# <details><summary>从第 j 列减去第 j 行的平均值</summary><b>正确。</b>(5,) 与最后一个轴对齐。要逐行减，请用 `keepdims=True`。</details>
# <details><summary>从每一行减去这一行的平均值</summary>本意如此，可是 (5,) 总是与最后一个轴（列）对齐。</details>
#
# **2.** 试了 30 个学习率，用验证集选出最好的一个，现在要公布一个准确率。
# <details><summary>最好那次训练的验证准确率</summary>它正是因为高才被选中的，运气也算在里面。</details>
# <details><summary>选定的那次训练在测试集上的准确率</summary><b>正确</b>，而且此后不能再选。</details>
# <details><summary>30 次中测试准确率最高的</summary>那样测试集就变成了验证集。</details>
#
# **3.** Keras 的 `L2(0.01)` 给损失加上 0.01 Σw²；PyTorch 的普通 SGD 给梯度加上 λw，λ 就是 `weight_decay`。它取多少，两者效果相同？
# <details><summary>0.005</summary>倍数对了，方向反了。</details>
# <details><summary>0.01</summary>惩罚项里有 ½ 才对，这里没有。</details>
# <details><summary>0.02</summary><b>正确：</b>两边都给梯度加上 0.02 w。</details>

# %% role="tests" id="test_predictions_a" of="prediction_broadcast prediction_h prediction_coins prediction_bug" points=8
made = [guess for guess in (prediction_broadcast, prediction_h, prediction_coins, prediction_bug) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# A falling loss does not mean that training works: it fell in experiments 1 and 4, too. So check the shapes, the gradient, and the error on examples that were kept out.
#
# - Shapes align from the right: (N,) against (N, 1) gives (N, N), without an error. Guard losses with a shape check.
# - A gradient can be measured: central differences, $h$ near $10^{-5}$, float64.
# - Train on the training set, choose on validation, report on test, once. The winner's validation score is too high.
# - A penalty trades training error for validation error. Ours is λ · ½ Σ w².
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# 损失在下降，训练就对了吗？实验 1 和 4 里也都在降。所以要量形状，量梯度，量留出的样本上的误差。
#
# - 形状从右边对齐：(N,) 碰上 (N, 1) 得 (N, N)，而且不报错。损失函数里要检查形状。
# - 梯度可以量出来：中心差分，$h$ 取 $10^{-5}$ 左右，用 float64。
# - 用训练集训练，用验证集选择，用测试集报告，且只报告一次。优胜者的验证成绩总是偏高。
# - 惩罚大的权重，训练误差升，验证误差降。我们的总损失是平均数据损失 + λ · ½ Σ w²。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: backpropagation by hand
#
# | | |
# |---|---|
# | **You will be able to** | walk a computational graph backwards; write the gradients of a network with a hidden layer; name the array whose gradient is wrong |
# | **You need** | sitting A, with its cells run; the chain rule; matrix products |
# | **Time** | {{minutes:B}} minutes, difficulty ●●○ |
# | **Points** | {{points:B}}: five functions, one prediction |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：手写反向传播
#
# | | |
# |---|---|
# | **学完你能够** | 沿计算图反向走一遍；写出带一个隐藏层的网络的全部梯度；指出哪个数组的梯度错了 |
# | **你需要** | A 节（先运行其中的单元格）；链式法则（chain rule）；矩阵乘法 |
# | **时间** | {{minutes:B}} 分钟，难度 ●●○ |
# | **分数** | {{points:B}} 分：五个函数，一次预测 |

# %% [markdown] lang="en"
# ### Experiment 5: what does a gradient cost?
#
# The network of experiment 4 has 2,410 parameters. `numerical_gradient` can find every derivative, and so can **backpropagation**, which trained it. We try both on 50 digits.
#
# **How much longer do the differences take?** (a) about twice as long; (b) about 30 times; (c) more than 500 times
# %% [markdown] lang="zh"
# ### 实验 5：一个梯度要花多少时间？
#
# 实验 4 的网络有 2410 个参数。用 `numerical_gradient` 能求出每一个导数，用**反向传播**（backpropagation）也能，实验 4 用的就是它。取 50 张图像，两种都做一遍。
#
# **差分要多花多少时间？** (a) 大约两倍；(b) 大约 30 倍；(c) 500 倍以上

# %% role="answer" id="prediction_cost"
prediction_cost = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_cost = "c"
### END SOLUTION

# %% role="experiment" hidden=true
from time import perf_counter

with experiment("numerical_gradient"):
    params, X_few, Y_few, calls = start_digits(0), X_train[:50], Y_train[:50], 0

    def loss_only(params):
        global calls
        calls += 1
        hidden = np.maximum(X_few @ params["W1"] + params["b1"], 0)
        return np.mean((hidden @ params["W2"] + params["b2"] - Y_few) ** 2)

    clock = perf_counter()
    measured = {name: numerical_gradient(lambda x: loss_only({**params, name: x}), array) for name, array in params.items()}
    slow, clock = perf_counter() - clock, perf_counter()
    for _ in range(20):
        grads = right_gradients(params, X_few, Y_few)[1]
    quick = (perf_counter() - clock) / 20
    apart = max(np.abs(measured[name] - grads[name]).max() for name in grads)
    print(tr(f"differences: {calls:,} losses, {slow:.2f} s; backpropagation: one pass, {1000 * quick:.2f} ms", f"差分：算了 {calls} 次损失，{slow:.2f} 秒；反向传播：走一遍，{1000 * quick:.2f} 毫秒"))
    print(tr(f"the two gradients differ by {apart:.0e} at most", f"两个梯度最多相差 {apart:.0e}"))
    reveal("cost", prediction_cost, "c", tr("Two losses for each parameter, against one pass for all of them.", "差分：每个参数要算两次损失；反向传播：走一遍，全都有了。"))

# %% [markdown] lang="en"
# **What it showed.** Differences are too slow to train a network, but they can test the code that does.
#
# ### Every gradient from one backward pass
#
# How can one pass do it? Take a small **computational graph**: $z=wx+b$, $a=\max(z,0)$, $\ell=(a-t)^2$, at $x=2$, $w=3$, $b=-1$, $t=1$. Nudge $w$ by 0.001 and follow the nudge: $z$ moves by 0.002, since $x=2$; $a$ moves along, since $z>0$; $\ell$ moves 8 times as much, by 0.016. So $\partial\ell/\partial w=2\cdot1\cdot8=16$.
#
# Multiply the same numbers from the other end, and each node needs only two things: the **upstream gradient**, that of the loss with respect to its output, and its own **local slope**.
#
# | | $w$ | $b$ | $z$ | $a$ | $\ell$ |
# |---|---|---|---|---|---|
# | forwards → | 3 | −1 | 5 | 5 | 16 |
# | local slope of the next step | $x=2$ | 1 | 1, since $z>0$ | $2(a-t)=8$ | |
# | ← backwards: $\partial\ell/\partial\,\cdot$ | $8\cdot2=16$ | $8\cdot1=8$ | $8\cdot1=8$ | 8 | 1 |
#
# Read the last row from the right. **Multiply along a path, add where paths meet:** that is all of backpropagation. Why backwards? A nudge tells you about one parameter. A pass that starts from the loss, of which there is only *one*, serves them all.
#
# ### Exercise 5: `Value` ({{points:Value}} points, 12 minutes)
#
# Write a class of numbers that find their own gradients. Python calls `a.__add__(b)` for `a + b`, and `a.__mul__(b)` for `a * b`. *When do you know the local slopes, in the forward or in the backward pass?*
# %% [markdown] lang="zh"
# **结论。** 两种方法得到的数相同。差分太慢，训练不了网络，却可以检验训练网络的代码。
#
# ### 反向走一遍，得到所有梯度
#
# 走一遍，怎么就够了？看一个小**计算图**（computational graph）：$z=wx+b$，$a=\max(z,0)$，$\ell=(a-t)^2$，取 $x=2$、$w=3$、$b=-1$、$t=1$。把 $w$ 拨动 0.001，看这一动怎样传下去：$x=2$，所以 $z$ 动 0.002；$z>0$，所以 $a$ 跟着动 0.002；到 $\ell$ 再放大到 8 倍，动 0.016。所以 $\partial\ell/\partial w=2\cdot1\cdot8=16$。
#
# 同样几个数，也可以从另一头乘起。这时每个节点只需要两样东西：**上游梯度**（upstream gradient），即损失对它的输出的导数；和它自己的**局部斜率**（local slope）。
#
# | | $w$ | $b$ | $z$ | $a$ | $\ell$ |
# |---|---|---|---|---|---|
# | 前向 → | 3 | −1 | 5 | 5 | 16 |
# | 下一步的局部斜率 | $x=2$ | 1 | 1，因为 $z>0$ | $2(a-t)=8$ | |
# | ← 反向：$\partial\ell/\partial\,\cdot$ | $8\cdot2=16$ | $8\cdot1=8$ | $8\cdot1=8$ | 8 | 1 |
#
# 最后一行从右往左读。**沿一条路相乘，几条路会合处相加**：这就是**反向传播**。为什么要倒着走？拨动一次，只得到一个导数；损失只有*一个*，从它出发走一遍，所有导数就都有了。
#
# ### 练习 5：`Value`（{{points:Value}} 分，12 分钟）
#
# 请写一个类，用它表示的数，自己就会求导。`a + b` 时 Python 调用 `a.__add__(b)`，`a * b` 时调用 `a.__mul__(b)`。*局部斜率在什么时候就知道了：前向时，还是反向时？*


# %% [markdown] role="docstring" of="Node" lang="zh" twin="2484e8cf"
# 计算图中的一个数，以及算出它的那些数。
#
# data：这个数本身。parents：算出它的那些节点。slopes：它对每个父节点的导数。
# grad：损失对它的导数；还没有算过时为 0。

# %% [markdown] role="docstring" of="Node.ordered" lang="zh" twin="a91fbfeb"
# 返回算出这个节点的所有节点，以及它自己：每个一次，并且排在自己的所有父节点之后。

# %% role="given" id="Node"
from reference.autograd import Node


# %% [markdown] role="docstring" of="Value" lang="zh" twin="d0f952a4"
# 一个可以相加、相乘、通过 ReLU 的数，并且知道损失对它的梯度。
#
# 契约（a、b 都是 Value）：
# 1. a + b、a * b、a.relu() 都是新的 Value，data 分别是和、积、max(a, 0)。
# 2. loss.backward() 给 loss 和算出它的每一个 Value 填好 grad：loss 对该 Value 的导数，
#    沿两者之间的所有路径合计。
# 3. 先前调用过 backward，对结果没有影响。
#
# ReLU 在 0 处的斜率取 0。
#
# >>> a, b = Value(4.0), Value(2.0)
# >>> loss = a * b + a
# >>> loss.backward()
# >>> loss.data, a.grad, b.grad
# (12.0, 3.0, 4.0)

# %% [markdown] role="docstring" of="Value.__add__" lang="zh" twin="2baee5bd"
# 返回两数之和，一个新的 Value。

# %% [markdown] role="docstring" of="Value.__mul__" lang="zh" twin="aa7dbfa1"
# 返回两数之积，一个新的 Value。

# %% [markdown] role="docstring" of="Value.relu" lang="zh" twin="69910d44"
# 返回 max(self, 0)，一个新的 Value。

# %% [markdown] role="docstring" of="Value.backward" lang="zh" twin="777d8bd2"
# 给这个 Value（损失）和算出它的每一个 Value 填好 grad。

# %% role="answer" id="Value"
from reference.autograd import Value

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# By how much does $ab$ change when $a$ grows by 1? Store this slope with the result: `Value(data, (self, other), (..., ...))`.
# </details>
# <details><summary>Hint 2</summary>
#
# `backward`: set every grad of `self.ordered()` to 0 and your own to 1. Then take the nodes in *reverse*: when a node's turn comes, every node that uses it has already added its share. It adds grad times slope to each of its parents.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: `a.grad` is $2+1$. With `=` in place of `+=` you get 2, with the slopes of the product swapped 5.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# $a$ 增加 1，$ab$ 变化多少？把这个斜率和结果存在一起：`Value(data, (self, other), (..., ...))`。
# </details>
# <details><summary>提示 2</summary>
#
# `backward`：先把 `self.ordered()` 里每个节点的 grad 设为 0，自己的设为 1，再*反过来*逐个处理。轮到一个节点时，用到它的节点都已经把梯度交给了它。它再给每个父节点加上 grad 乘斜率。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：`a.grad` 是 $2+1$。把 `+=` 写成 `=` 会得 2，乘积的两个斜率写反会得 5。
# </details>

# %% role="tests" id="test_Value" points=16
check("Value", Value)

# %% [markdown] lang="en"
# Your class draws the table above. *Which box does one step use twice?*
# %% [markdown] lang="zh"
# 用你的类把上面那张表画出来。*哪个方框被同一步用了两次？*

# %%
with experiment("Value"):
    x, w, b, minus_t = Value(2.0), Value(3.0), Value(-1.0), Value(-1.0)
    p = w * x
    z = p + b
    a = z.relu()
    d = a + minus_t
    loss = d * d
    loss.backward()

# %% role="experiment" hidden=true
with experiment("Value", "p"):
    names = {x: "x", w: "w", b: "b", minus_t: "−t", p: "p", z: "z", a: "a", d: "d", loss: tr("loss", "损失")}
    u = start = Value(1.0)
    for _ in range(16):
        u = u + u
    u.backward()
    nodes, slope = len(u.ordered()), start.grad
    print(tr(f"sixteen doublings: {nodes} nodes, gradient {slope:.0f}", f"连加十六次：{nodes} 个节点，梯度 {slope:.0f}"))
    show(draw_graph(loss, names), alt=tr(
        "A graph from left to right, values and gradients: w 3, 16; x 2, 24; p 6, 8; b -1, 8; z 5, 8; a 5, 8; -t -1, 8; d 4, 8; loss 16, 1. "
        "Local slopes on the arrows: 2 from w, 3 from x, 1 along the middle, twice 4 from d to the loss.",
        "从左到右的计算图，数值与梯度：w 3, 16；x 2, 24；p 6, 8；b -1, 8；z 5, 8；a 5, 8；-t -1, 8；d 4, 8；损失 16, 1。"
        "箭头上的局部斜率：w 出来是 2，x 出来是 3，中间一路是 1，d 到损失有两条，都是 4。"))

# %% [markdown] lang="en"
# `d` reaches the loss along two arrows: $4+4=8$. The printed line is a harder case: after sixteen doublings, `u = u + u`, 65,536 paths lead back to the start, but your pass visits each of the 17 nodes once.
#
# PyTorch does this with arrays, and adds up the grads of several calls: hence `zero_grad`.
#
# ### From numbers to batches
#
# A `Value` for every number would be slow, so layers work on $N$ examples at once: $Z=XW+b$ with $X$ (N, D), $W$ (D, K), $b$ (K,). The upstream gradient is $G=\partial\,\text{loss}/\partial Z$, of shape (N, K). The weight $W_{dk}$ is used in $Z_{nk}=\sum_d X_{nd}W_{dk}+b_k$ for *every* $n$, with slope $X_{nd}$. Paths are added:
#
# $$\frac{\partial\,\text{loss}}{\partial W_{dk}}=\sum_n X_{nd}\,G_{nk}=(X^\top G)_{dk}.$$
#
# *Find the gradients of $b_k$ and $X_{nd}$ in the same way, before you open.*
#
# <details><summary>Answer</summary>
#
# $b_k$ is used for every $n$ with slope 1: $\sum_n G_{nk}$. $X_{nd}$ is used for every $k$ with slope $W_{dk}$: $(G\,W^\top)_{nd}$.
# </details>
#
# A gradient has the shape of its array, and only one product of an (N, D) and an (N, K) array has shape (D, K). So shapes check the formula, unless N = D = K.
#
# ### Exercise 6: `affine_backward`, `relu_backward` ({{points:affine_backward}} + {{points:relu_backward}} points, 7 minutes)
#
# A gradient passes a ReLU where its *input* is positive, as in exercise 5.
# %% [markdown] lang="zh"
# `d` 沿两个箭头通向损失：$4+4=8$。上面打印的是更难的情形：把 `u = u + u` 连做十六次，回到起点的路径有 65 536 条，而你的反向传播只把 17 个节点各走一次。
#
# PyTorch 用数组做同样的事，还会把几次调用的 grad 累加起来，所以才要 `zero_grad`。
#
# ### 从单个数到一批
#
# 每个数都是一个 `Value`，太慢了。所以网络的一层要同时处理 $N$ 个样本：$Z=XW+b$，$X$ 为 (N, D)，$W$ 为 (D, K)，$b$ 为 (K,)。上游梯度 $G=\partial\,\text{loss}/\partial Z$，形状 (N, K)。权重 $W_{dk}$ 出现在*每个* $n$ 的 $Z_{nk}=\sum_d X_{nd}W_{dk}+b_k$ 里，斜率是 $X_{nd}$。各条路相加：
#
# $$\frac{\partial\,\text{loss}}{\partial W_{dk}}=\sum_n X_{nd}\,G_{nk}=(X^\top G)_{dk}.$$
#
# *照样推出 $b_k$ 和 $X_{nd}$ 的梯度，再点开。*
#
# <details><summary>答案</summary>
#
# $b_k$ 出现在每个 $n$ 里，斜率是 1：$\sum_n G_{nk}$。$X_{nd}$ 出现在每个 $k$ 里，斜率是 $W_{dk}$：$(G\,W^\top)_{nd}$。
# </details>
#
# 梯度与它所属的数组形状相同：由 (N, D) 和 (N, K) 只能乘出一个 (D, K)。靠形状就能核对公式，除非 N = D = K。
#
# ### 练习 6：`affine_backward`、`relu_backward`（{{points:affine_backward}} + {{points:relu_backward}} 分，7 分钟）
#
# 同练习 5 一样，*输入*为正，ReLU 才让梯度通过。


# %% [markdown] role="docstring" of="affine" lang="zh" twin="ec7f25e0"
# 返回仿射层的输出 X W + b。X：(N, D)，每行一个样本；W：(D, K)；b：(K,)。

# %% role="given" id="affine" hidden=true
from reference.backprop import affine


# %% [markdown] role="docstring" of="relu" lang="zh" twin="d886bc13"
# 返回修正线性单元 max(X, 0)，逐个元素计算。形状不限；NaN 仍是 NaN。

# %% role="given" id="relu" hidden=true
from reference.backprop import relu


# %% [markdown] role="docstring" of="affine_backward" lang="zh" twin="35075cdd"
# 仿射层 X W + b 对 X、W、b 的梯度。
#
#     dloss/dX = G W^T
#     dloss/dW = X^T G
#     dloss/db = G 的各行之和
#
# grad_out（G）：(N, K)，损失对输出的梯度。X：(N, D)。W：(D, K)。不得改动它们。
# 返回 (grad_X, grad_W, grad_b)，形状为 (N, D)、(D, K)、(K,)，dtype 与输入相同。
# W 和 b 的梯度是对整批求和：平均损失的 1/N 已经在 G 里了。
# NaN 原样传递。
#
# >>> affine_backward(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]))
# (array([[10.]]), array([[6.]]), array([2.]))

# %% role="answer" id="affine_backward"
from reference.backprop import affine_backward


# %% [markdown] role="docstring" of="relu_backward" lang="zh" twin="613a8ab9"
# relu(X) 对 X 的梯度。
#
#     dloss/dX = G（X > 0 处），其余为 0
#
# grad_out（G）、X：形状和 dtype 都相同的数组，形状不限，不得改动它们。
# 返回同样形状、同样 dtype 的数组。
# 在尖点 X = 0 处取 0，与 PyTorch 相同；[0, 1] 中任何一个数都是那里的次梯度。
# X > 0 处，G 中的 NaN 原样通过。
#
# >>> relu_backward(np.array([5.0, -6.0, 7.0]), np.array([1.0, 2.0, -3.0]))
# array([ 5., -6.,  0.])

# %% role="answer" id="relu_backward"
from reference.backprop import relu_backward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which shapes must the three results have? For the ReLU: which of the two arrays says whether a unit was on?
# </details>
# <details><summary>Hint 2</summary>
#
# Transpose is `.T`, the sum over the batch `.sum(axis=0)`. `np.where(condition, a, b)` takes from `a` where the condition holds.
# </details>
# <details><summary>Hint 3</summary>
#
# The examples: $2\cdot5$, $3\cdot2$, 2; with X and W exchanged you get 6 and 10. The ReLU passes 5 and −6; by the sign of the gradient you would get 5, 0, 7.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 三个结果各应是什么形状？ReLU 呢：两个数组里，哪一个说明单元开没开？
# </details>
# <details><summary>提示 2</summary>
#
# 转置是 `.T`，对整批求和是 `.sum(axis=0)`。`np.where(条件, a, b)` 在条件成立处取 `a`。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$2\cdot5$、$3\cdot2$、2；X 和 W 弄反了会得 6 和 10。ReLU 让 5 和 −6 通过；若按梯度的符号，会得 5、0、7。
# </details>

# %% role="tests" id="test_affine_backward" points=10
check("affine_backward", affine_backward)

# %% role="tests" id="test_relu_backward" points=4
check("relu_backward", relu_backward)

# %% [markdown] lang="en"
# ### Exercise 7: `two_layer_loss_and_grads` ({{points:two_layer_loss_and_grads}} points, 9 minutes)
#
# The backward pass visits the same layers in the opposite order:
#
# $$X\;\xrightarrow{W_1,b_1}\;Z_1\;\xrightarrow{\text{relu}}\;A_1\;\xrightarrow{W_2,b_2}\;Z_2\;\xrightarrow{\text{loss}}\;\ell$$
#
# <details><summary>Example</summary>
#
# The small graph above is such a network: `X = [[2.0]]`, `W1 = [[3.0]]`, `b1 = [-1.0]`, `W2 = [[1.0]]`, `b2 = [0.0]`, `y = [[1.0]]`. Loss 16, gradients 16 and 8 in the first layer, 40 and 8 in the second.
# </details>
# %% [markdown] lang="zh"
# ### 练习 7：`two_layer_loss_and_grads`（{{points:two_layer_loss_and_grads}} 分，9 分钟）
#
# 把零件拼起来。反向经过同样的各步，次序相反：
#
# $$X\;\xrightarrow{W_1,b_1}\;Z_1\;\xrightarrow{\text{relu}}\;A_1\;\xrightarrow{W_2,b_2}\;Z_2\;\xrightarrow{\text{loss}}\;\ell$$
#
# <details><summary>例子</summary>
#
# 上面那个小计算图就是这样的网络：`X = [[2.0]]`、`W1 = [[3.0]]`、`b1 = [-1.0]`、`W2 = [[1.0]]`、`b2 = [0.0]`、`y = [[1.0]]`。损失 16；第一层的梯度 16 和 8，第二层的 40 和 8。
# </details>


# %% [markdown] role="docstring" of="two_layer_loss_and_grads" lang="zh" twin="65e7390e"
# 只有一个隐藏层的网络的损失，以及它对每个参数的梯度。
#
#     Z1 = X W1 + b1      A1 = relu(Z1)      Z2 = A1 W2 + b2      loss = loss_fn(Z2, y)
#
# params：dict，含 "W1"：(D, H)、"b1"：(H,)、"W2"：(H, K)、"b2"：(K,)。X：(N, D)。不得改动它们。
# loss_fn(Z2, y) 返回（损失，对 Z2 的梯度），就像 mean_squared_error。y 原样交给它。
# Z1 的某个元素为 0 时，ReLU 在那里的斜率取 0，与 relu_backward 相同。
# 返回 (loss, grads)：grads 是 dict，名字、形状、dtype 都与 params 相同。
# W2、b2 或 y 中的 NaN 会传到损失和梯度里。

# %% role="answer" id="two_layer_loss_and_grads"
from reference.backprop import two_layer_loss_and_grads

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What went *into* the second affine layer? What went into the ReLU? Keep both.
# </details>
# <details><summary>Hint 2</summary>
#
# `loss, grad_Z2 = loss_fn(Z2, y)`. Then three calls: `affine_backward`, `relu_backward`, `affine_backward`, each with what came out of the one before.
# </details>
# <details><summary>Hint 3</summary>
#
# In the example set `W1 = [[-3.0]]`: the unit is off, the loss is 1, and the first layer's gradients are 0. If you get −4 and −2 there, the ReLU is missing on the way back.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# *进入*第二个仿射层的是什么？进入 ReLU 的又是什么？两样都要留住。
# </details>
# <details><summary>提示 2</summary>
#
# 先写 `loss, grad_Z2 = loss_fn(Z2, y)`，再调用三次：`affine_backward`、`relu_backward`、`affine_backward`，每次都用上一次的结果。
# </details>
# <details><summary>提示 3</summary>
#
# 把例子里的 `W1` 改成 `[[-3.0]]`：单元关闭，损失是 1，第一层的梯度是 0。若那里得到 −4 和 −2，就是反向时漏了 ReLU。
# </details>

# %% role="tests" id="test_two_layer_loss_and_grads" points=14
check("two_layer_loss_and_grads", two_layer_loss_and_grads)

# %% [markdown] lang="en"
# Train it from the ten starts of experiment 4, at the learning rate that was best there. *Will the result tell you whether your gradients are right?*
# %% [markdown] lang="zh"
# 让它学起来：用实验 4 的十个起点，和那里最好的学习率。*只看训练结果，你能断定自己的梯度是对的吗？*

# %% role="experiment" hidden=true nbval="check"
with experiment("mean_squared_error", "affine_backward", "relu_backward", "two_layer_loss_and_grads"):
    def yours(params, X, Y):
        return two_layer_loss_and_grads(params, X, Y, loss_fn=mean_squared_error)

    trained = [walk_down(yours, start_digits(seed), lr=4.0, num_steps=150) for seed in range(100, 110)]
    last = np.mean([path[-1] for _, path in trained])
    share = np.mean([validation_accuracy(params) for params, _ in trained])
    print(tr(f"yours, lr 4.0: last loss {last:.3f}, validation accuracy {share:.2f}", f"你的网络，lr 4.0：最后的损失 {last:.3f}，验证准确率 {share:.2f}"))

# %% [markdown] lang="en"
# ### Exercise 8: `gradient_check` ({{points:gradient_check}} points, 11 minutes)
#
# Your network reads digits. So did the one with the bug, 88 % of them. Write the check that would have told you. It gets the loss and gradients of any network and **names** the arrays whose gradient is wrong, and no others.
# %% [markdown] lang="zh"
# ### 练习 8：`gradient_check`（{{points:gradient_check}} 分，11 分钟）
#
# 你的网络会认数字了。可是漏掉 ReLU 的那个也认对了 88%。现在就来写一个能查出它的检验：不论给它哪个网络的损失和梯度，它都要**说出**哪些数组的梯度错了，而且不能错怪正确的。这叫**梯度检验**（gradient check）。


# %% [markdown] role="docstring" of="gradient_check" lang="zh" twin="abb7039a"
# 返回梯度与损失的中心差分不一致的数组的名字。
#
#     若每个元素都满足 |analytic - numeric| <= atol + rtol |numeric|，数组就是对的
#
# loss_and_grads(params) 返回 (loss, grads)。params：由数组组成的 dict，不得改动；不论 dtype 是什么，
# 都用 float64 检验。grads：dict，名字和形状应与 params 相同。
# 返回由错误的名字组成的列表，按 params 的顺序，全对则返回 []。梯度缺失或形状不同，也算错。
# 梯度或差分里出现 NaN，也算错。
# 除非 h > 0、rtol >= 0、atol >= 0，否则抛出 ValueError。
# 打印什么由你决定：打印每个错误数组中误差最大的元素，解析值和数值，会有帮助。
# 在 ReLU 的尖点附近可能误报：换一个点试试。
#
# >>> gradient_check(lambda p: (p["a"].sum() + p["b"].sum(), {"a": np.ones(2)}), {"a": np.ones(2), "b": np.ones(3)})
# b: None
# ['b']

# %% role="answer" id="gradient_check"
from reference.gradient_check import gradient_check

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# For each name: is there a gradient? Has it the shape of the parameter? Does it agree with `numerical_gradient` of the loss *as a function of this one array*?
# </details>
# <details><summary>Hint 2</summary>
#
# That function is `lambda x: loss_and_grads({**params, name: x})[0]`: a new dict with one entry replaced. Make params float64 first.
# </details>
# <details><summary>Hint 3</summary>
#
# Ask whether *all* differences are small enough. NaN compares False with everything: `np.all(difference <= allowed)` finds it, `np.any(difference > allowed)` does not. In the example `b` has no gradient at all.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 对每个名字依次问：有没有梯度？形状与参数相同吗？与 `numerical_gradient` 一致吗（把损失看作*这一个数组*的函数）？
# </details>
# <details><summary>提示 2</summary>
#
# 这个函数就是 `lambda x: loss_and_grads({**params, name: x})[0]`：只换掉一项的新字典。先把 params 转成 float64。
# </details>
# <details><summary>提示 3</summary>
#
# 要问的是*所有*差异是否都足够小。NaN 与任何数比较都得 False：`np.all(difference <= allowed)` 能发现它，`np.any(difference > allowed)` 不能。例子里 `b` 根本没有梯度。
# </details>

# %% role="tests" id="test_gradient_check" points=12
check("gradient_check", gradient_check)

# %% [markdown] lang="en"
# ### Experiment 6: the verdict
#
# Check your own network and both of experiment 4, on eight digits with three hidden units. Then check the one with the bug again, at a point where every hidden unit is on. *What will it say there?*
# %% [markdown] lang="zh"
# ### 实验 6：检验结果
#
# 检验你自己的网络和实验 4 的两个网络：八张图像，三个隐藏单元。最后换一个点，让每个隐藏单元都开着，再检验有错的那个网络。*它会怎么说？*

# %% role="experiment" nbval="check"
with experiment("mean_squared_error", "affine_backward", "relu_backward", "two_layer_loss_and_grads", "numerical_gradient", "gradient_check", "yours"):
    small = start_digits(0, hidden=3)
    all_on = {**small, "b1": small["b1"] + 10}
    for name, arm, params in [(tr("yours", "你的网络"), yours, small), *((name, arm, small) for name, arm in ARMS.items()),
                              (tr("ReLU forgotten, all units on", "漏掉 ReLU，单元全开"), without_gate, all_on)]:
        wrong = gradient_check(lambda params: arm(params, X_train[:8], Y_train[:8]), params)
        print(name, "->", wrong)

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"The check passed, so the code is right."** (code reviews) It passed *at that point*. Where every unit is on, a forgotten ReLU changes nothing: the last line names no array. A check at several random points, with units on and off, is strong evidence (Further 1).
#
# ### Clinic
#
# Two training curves on the 400 digits, from the same initial weights. What went wrong?
# %% [markdown] lang="zh"
# ### 常听到的说法
#
# **“检验通过了，所以代码是对的。”** 它只在*那一个点*通过了。单元全开时，漏不漏 ReLU 没有区别：上面最后一行一个名字也没报。在几个随机的点上检验，单元有开有关，才是有力的证据（拓展 1）。
#
# ### 诊室
#
# 同样的 400 张图像，同样的初始权重，两条训练曲线。病在哪里？

# %% role="experiment" hidden=true nbval="check"
def sign_turned(params, X, Y):
    loss, grads = right_gradients(params, X, Y)
    return loss, {**grads, "W1": -grads["W1"], "b1": -grads["b1"]}


patients = {"A": walk_down(sign_turned, start_digits(3), lr=1.0, num_steps=7)[1],
            "B": walk_down(relu_of_gradient, start_digits(3), lr=1.0, num_steps=120)[1]}
fig, axes = draw.figure(2, height=2.7)
for ax, (name, path) in zip(axes, patients.items(), strict=True):
    ax.plot(path, color=draw.colour("ink"), lw=1.6)
    ax.set(xlabel=tr("step", "步"))
    draw.log_axes(ax, y=name == "A")
    draw.title(ax, name)
draw.rule(axes[1], y=Y_train.var(axis=0).mean())
draw.words(axes[1], 85, 0.0925, "0.09", color="soft")
axes[0].set_ylabel(tr("training loss", "训练损失"))
show(fig, alt=tr(
    "Two loss curves. A (log axis) hovers for three steps, then rises ever faster by many orders of magnitude. B rises and falls in the first steps, comes back "
    "up and from about step 45 on lies level at 0.09.",
    "两条损失曲线。A（对数轴）前三步徘徊，随后越升越快，跨越许多个数量级。B 在最初几步先升后降，又回升，约从第 45 步起一直平躺在 0.09。"))
level, spread = patients["B"][-1], Y_train.var(axis=0).mean()
print(tr(f"last loss of B {level:.4f}, variance of a target {spread:.4f}", f"B 最后的损失 {level:.4f}，目标的方差 {spread:.4f}"))

# %% [markdown] lang="en"
# **A.** It diverges.
# <details><summary>the learning rate is too large</summary>The curve alone would fit. But experiment 4 used a larger one with the right gradient.</details>
# <details><summary>the first layer's gradient has the wrong sign</summary><b>Yes.</b> The second layer descends while the first climbs. `gradient_check` names W1 and b1: analytic = −numeric.</details>
# <details><summary>bad initial weights</summary>B has the same ones, and does not grow.</details>
#
# **B.** It falls, climbs again, and stays at 0.09.
# <details><summary>a minimum of the network</summary>Experiment 4 gets far below. And 0.09 is a telling number.</details>
# <details><summary>the hidden units have died; only the last bias still learns</summary><b>Yes.</b> 0.09 is the variance of the targets, $0.1\cdot0.9$: every image gets the same output. `relu` stood where `relu_backward` should, so only positive gradients came back, every bias sank, and every unit switched off.</details>
# <details><summary>too small a learning rate</summary>Then it would still be falling.</details>
#
# ### Quiz
#
# **4.** The check names W1, analytic 0.310, numeric 0.155, and no other array. Where do you look first?
# <details><summary>in the loss</summary>A factor of 2 there would be in W2 and b2 as well.</details>
# <details><summary>at the line that makes grad_W1 from grad_Z1</summary><b>Right.</b> b1 comes from the same grad_Z1 and is right.</details>
# <details><summary>at h, which is too large</summary>$h$ does not produce a factor of exactly 2.</details>
# %% [markdown] lang="zh"
# **A.** 它发散了。
# <details><summary>学习率太大</summary>只看曲线确有可能。但实验 4 里，梯度正确时学习率更大也没有发散。</details>
# <details><summary>第一层的梯度符号反了</summary><b>正确。</b>第二层在下降，第一层在往上爬。`gradient_check` 会点名 W1 和 b1，并打印出解析值 = −数值。</details>
# <details><summary>初始权重不好</summary>B 的初始权重相同，却没有发散。</details>
#
# **B.** 降下去，又升回来，停在 0.09 不动。
# <details><summary>到了网络的极小值</summary>实验 4 降得比它低得多。而且 0.09 这个数本身就透露了原因。</details>
# <details><summary>隐藏单元都死了，只剩最后的偏置还在学</summary><b>正确。</b>0.09 正是目标的方差 $0.1\cdot0.9$：每张图得到的输出都一样。该用 `relu_backward` 的地方用了 `relu`，只有正的梯度传得回来，偏置越降越低，单元就全关了。</details>
# <details><summary>学习率太小</summary>那样它应当还在下降。</details>
#
# ### 小测
#
# **4.** 检验只点名了 W1：解析值 0.310，数值 0.155，别的数组都没事。先看哪里？
# <details><summary>损失</summary>那里差了因子 2，W2 和 b2 也会跟着错。</details>
# <details><summary>由 grad_Z1 算出 grad_W1 的那一行</summary><b>正确。</b>b1 出自同一个 grad_Z1，而它是对的。</details>
# <details><summary>h 太大</summary>$h$ 不会造出恰好 2 倍的差别。</details>

# %% role="tests" id="test_predictions_b" of="prediction_cost" points=2
2 if prediction_cost in ("a", "b", "c") else 0

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# What does a gradient cost? 4,820 losses by differences, one backward pass by the chain rule. Walk the graph backwards from the loss, multiply along a path, add where paths meet.
#
# - Affine layer: $GW^\top$, $X^\top G$, the sum of $G$ over its rows. ReLU: the gradient passes where the input is positive. The 1/N enters once, with the loss.
# - The slow way checks the fast one: central differences at several random points, with units on and off.
# %% [markdown] lang="zh"
# ### 小结
#
# 一个梯度要花多少时间？用差分，要算 4820 次损失；用链式法则，反向走一遍就够，因为损失只有*一个*：从它出发沿计算图往回走，沿一条路相乘，几条路会合处相加。
#
# - 仿射层：$GW^\top$、$X^\top G$、$G$ 的各行之和。ReLU：输入为正，梯度才通过。1/N 只随损失出现一次。
# - 慢的办法用来检验快的：中心差分，在几个随机的点上做，单元有开有关。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# ### Further 1: before you believe a check
#
# Most of these rules are from CS231n's notes.
#
# - Work in float64, on a handful of examples. It is quicker, and fewer kinks lie between $x-h$ and $x+h$. Gradients as small as $10^{-10}$ drown in rounding; multiply the loss by a constant for the check.
# - Check again after some steps of training. The first weights are small, and a bug may not show yet.
# - Switch off what is random, such as dropout and augmentation, or use one seed for every call. Otherwise the difference measures the random draws.
# - Check first without the penalty, then the penalty alone. A large penalty gradient $\lambda w$ that is right can hide a wrong data gradient.
# - If there are too many parameters, check a random sample of entries, but some of *every* array.
#
# ### Further 2: the sigmoid
#
# $s=1/(1+e^{-x})$ has the slope $s(1-s)$, at most ¼. Write its backward pass from the *output* $S$, without another exponential. Your `numerical_gradient` is the judge.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# ### 拓展 1：什么样的检验才可信
#
# 下面的规则大多出自 CS231n 讲义。
#
# - 用 float64，只取几个样本：更快，落在 $x-h$ 与 $x+h$ 之间的尖点也更少。梯度小到 $10^{-10}$ 会被舍入淹没：检验时先给损失乘一个常数。
# - 训练几步之后再检验一次。初始权重很小，有的错误还显不出来。
# - 里面不能有随机的东西：关掉丢弃法和数据增强，或者每次调用都用同一个种子。否则差分测到的只是运气。
# - 先不带惩罚项检验，再单独检验惩罚项。$\lambda w$ 很容易写对，它一大，就盖住了数据梯度里的错误。
# - 参数太多？随机抽一部分元素，但*每个*数组都要抽到。
#
# ### 拓展 2：sigmoid
#
# 函数 $s=1/(1+e^{-x})$ 的斜率是 $s(1-s)$，最大 ¼。请由它的*输出* $S$ 写出反向传播，不要再算一次指数。裁判是你自己的 `numerical_gradient`。

# %% role="answer" id="sigmoid_backward"
def sigmoid_backward(grad_out, S):
    tr("""Gradient with respect to X, where S = 1 / (1 + exp(-X)). grad_out, S: arrays of one shape; so is the result.""",
       """对 X 的梯度，其中 S = 1 / (1 + exp(-X))。grad_out、S：形状相同的数组；结果也是这个形状。""")
    ### BEGIN SOLUTION
    return grad_out * S * (1 - S)
    ### END SOLUTION


# %% role="practice" id="try_sigmoid_backward"
with experiment("sigmoid_backward", "numerical_gradient"):
    place = np.array([[-2.0, 0.3], [0.9, 4.0]])
    weights = np.array([[1.0, -2.0], [3.0, 0.5]])
    claim = sigmoid_backward(weights, 1 / (1 + np.exp(-place)))
    evidence = numerical_gradient(lambda x: (weights / (1 + np.exp(-x))).sum(), place)
    print(tr("yours:   ", "你的："), np.round(claim, 6).tolist())
    print(tr("measured:", "量得："), np.round(evidence, 6).tolist())
    assert claim is not None and np.allclose(claim, evidence), tr("the two differ", "两者不一致")

# %% [markdown] lang="en"
# ### Further 3: a derivative without cancellation
#
# Rounding spoils differences because two nearly equal numbers are subtracted. For functions that accept complex numbers, $f'(x)\approx\operatorname{Im} f(x+ih)/h$ subtracts nothing, so $h$ may be absurdly small (Squire and Trapp 1998). *Why would it fail with a ReLU written as* `np.maximum`?
# %% [markdown] lang="zh"
# ### 拓展 3：不做减法的导数
#
# 舍入会毁掉差分，是因为两个几乎相等的数相减。函数若能接受复数，就可以用 $f'(x)\approx\operatorname{Im} f(x+ih)/h$：不做减法，$h$ 可以小得离谱（Squire 与 Trapp，1998）。*用* `np.maximum` *写的 ReLU 为什么不能这样做？*

# %% role="experiment" nbval="check"
for h in (1e-3, 1e-8, 1e-100):
    error = abs(np.exp(1 + 1j * h).imag / h - np.exp(1))
    size = f"{error:.0e}" if error > 1e-14 else "< 1e-14"
    print(tr(f"h = {h:.0e}: error {size}", f"h = {h:.0e}：误差 {size}"))

# %% [markdown] lang="en"
# <details><summary>Answer</summary>
#
# The step goes in the imaginary direction. NumPy compares real parts first, which works away from 0; at 0 the imaginary part decides. `np.where(x.real > 0, x, 0)` is right.
# </details>
#
# ### Further 4: whose λ?
#
# A paper says "λ = 0.1". Below: one small regression, three conventions, the same λ. *Which shrinks the weights most, which least?*
# %% [markdown] lang="zh"
# <details><summary>参考答案</summary>
#
# 这一步是朝虚方向走的。NumPy 先比实部，离 0 远时能用；到了 0 处就由虚部来决定。写成 `np.where(x.real > 0, x, 0)` 就对了。
# </details>
#
# ### 拓展 4：谁的 λ？
#
# **惩罚项里“`λ` 是正则化强度”，它“平衡拟合能力与泛化能力”。**（第一份笔记 5.1 节；第二份笔记“损失函数的结构”一节）没错，可是只说一个 λ，强度还没有定。下面是一个小回归问题，三种约定，同一个 λ = 0.1。*谁把权重压得最小，谁最大？*

# %% role="experiment" nbval="check" hidden=true
rng = np.random.default_rng(1)
rows = rng.standard_normal((30, 3))
answers = rows @ np.array([2.0, -1.0, 0.5]) + 0.1 * rng.standard_normal(30)
#| (rows^T rows + c I) w = rows^T answers minimizes the sum of squares plus c sum w^2 | 解 (rows^T rows + c I) w = rows^T answers，就是最小化平方和加 c sum w^2
for label, c in ((tr("sum of squares,  λ/2 Σw²", "平方和，  λ/2 Σw²"), 0.05), (tr("mean of squares, λ/2 Σw²", "平方平均，λ/2 Σw²"), 1.5),
                 (tr("mean of squares, λ Σw²  ", "平方平均，λ Σw²  "), 3.0)):
    size = np.linalg.norm(np.linalg.solve(rows.T @ rows + c * np.eye(3), rows.T @ answers))
    print(tr(f"{label}: |w| = {size:.3f}", f"{label}：|w| = {size:.3f}"))

# %% [markdown] lang="en"
# Without the ½ the same λ counts twice as much. Next to a mean it counts $N$ times as much as next to a sum, here 30 times. None of the three is wrong, but a λ without its convention tells you nothing.
#
# <details><summary><b>Convention card:</b> whose λ?</summary>
#
# | where | penalty or rule | to get our λ |
# |---|---|---|
# | **here** | $\frac\lambda2\sum w^2$ beside the *mean* data loss | λ |
# | PyTorch `SGD(weight_decay=λ)`, optax `add_decayed_weights(λ)` | adds $\lambda w$ to the gradient | λ |
# | CS231n, Keras `regularizers.L2(λ)` | $\lambda\sum w^2$ | 2λ |
# | CS324 | $\lambda\sum w^2$, but the step shrinks by $1-\eta\lambda$ | contradicts itself: see 05 |
# | scikit-learn `Ridge(alpha)` | $\alpha\sum w^2$ beside the *sum* of squared errors | $2\alpha/N$, if $L$ has the mean of squares |
# </details>
#
# ### Further 5: Ask yourself
#
# A classmate hands you a new layer with a backward pass: "The network with it trains fine, and the shapes are right." What has been shown, and what would you do in the next ten minutes? *Write five sentences, then open.*
#
# <details><summary>Our answer</summary>
#
# Only that the steps point downhill often enough: experiment 4 trained well with a wrong gradient. Right shapes exclude some mistakes, but no wrong factor or sign, and no forgotten ReLU. I would check in float64 by central differences, $h=10^{-5}$, each array by name and the layer's input as well, on a small network with unequal sizes such as 4-3-2, at two or three random points with units on and off. If an array is named, I would look at the ratio of analytic to numeric (−1, 2, N?), and at the arrays that come from the same intermediate gradient and are right.
# </details>
#
# ### Where claims are tested
#
# The chapters test sentences that you will meet in courses, blogs and documentation.
#
# <details><summary>The list: claim, chapter, exercise</summary>
#
# | claim | chapter, sitting | exercise |
# |---|---|---|
# | "λ = 0.1" | 00 Further | |
# | "The loss goes down, so the gradients are right." "The check passed, so the code is right." | 00 B | `gradient_check` |
# | "For convex functions gradient descent is guaranteed to find the optimum." | 01 A | `gradient_descent`, `max_stable_lr` |
# | "With the exact gradient the path does not oscillate." | 01 A | `gradient_descent` |
# | average loss and total loss used as one | 01 Further | `softmax_cross_entropy` |
# | "The batch as large as memory allows." | 01 B | `minibatch_sgd` |
# | drawing with replacement and shuffling used as one | 01 Further | `minibatches` |
# | "In a valley it is slow because it oscillates." "Noise helps to leave plateaus." | 02 A | |
# | "Gradient descent gets stuck in local minima and saddles." | 02 A, B | `classify_critical_point`, `perturbed_gradient_descent` |
# | "In high dimension saddles are more common than minima." | 02 Further | |
# | "At a cliff the loss changes abruptly." "Clipping is clipping." | 02 B, Further | `rnn_gradient`, `clip_by_norm`, `clip_by_value` |
# | "Momentum is v ← βv + ηg", or "v ← βv + g". "It damps oscillation." "It rushes across flat regions." | 03 A, Further | `classical_momentum_step`, `coasting_distance` |
# | "Nesterov is faster and more stable." "Momentum handles noise." | 03 B, Further | `nesterov_step`, `optimal_heavy_ball` |
# | "β sets how much of the history is kept." | 03 Further | |
# | "AdaGrad: no need to tune the learning rate." "Adam: the defaults usually work well." "G is a diagonal matrix." | 04 A | `adagrad_step`, `adam_step` |
# | "v is the variance." "The corrected estimates are unbiased." | 04 A | `adam_step` |
# | "AdamW consistently improves generalization." "Every weight decays the same." "Warmup avoids divergence caused by inaccurate gradients." | 04 B | `adamw_step`, `linear_warmup` |
# | "Beginners use Adam; for the best performance, SGD with momentum." | 04 B | `random_search` |
# | "RMSProp suits non-convex problems." "It is reliable in recurrent networks." | 04 Further | `rmsprop_step` |
# | penalty λΣw² with the step of λ/2 Σw²; "weight decay is L2" | 05 A | `l2_penalty` |
# | "L1 pushes weights to exactly 0." "It keeps only the important features." "L2 makes the loss easier to optimize." | 05 A | `l1_penalty`, `soft_threshold` |
# | "Multiply by p at test time." | 05 B | `dropout_forward` |
# | "Keep the best params on validation." "Augmentation is a free lunch." | 05 B | `EarlyStopping`, `shift` |
# | "Zero weights make all units equal." "He's variance is twice Xavier's." | 06 A | `xavier_uniform`, `he_normal` |
# | "Divided by the standard deviation, data are normal." | 06 A | `standardize_fit` |
# | "Batch norm stops the internal covariate shift." "It almost always helps." "It regularizes a little." "Dropout and L2 are standard equipment." | 06 B | `batchnorm_forward` |
# | "AdamW with cosine annealing is the efficient default." and the techniques of 04 to 06 put together | 07 A | |
# </details>
#
# ### For reference
#
# <details><summary>The symbols of the whole course</summary>
#
# | concept | here | in code | elsewhere |
# |---|---|---|---|
# | parameters, gradient, step | $x$ (or $W$, $w$), $g$, $t$ | `params`, `grads`, `step` | $\theta$, $W$ |
# | learning rate | $\eta$ | `lr` | $\alpha$ (CS231n, Adam's paper), $\gamma$ (PyTorch) |
# | momentum | $\beta$ | `momentum` | $\gamma$ (CS324), $\rho$ (CS231n), $\mu$ |
# | decay rate of RMSProp | $\alpha$ | `alpha` | $\beta$ (CS324), $\gamma$ (CS231n), $\rho$ (Keras) |
# | Adam's two decay rates | $\beta_1,\beta_2$ | `betas` | the same |
# | scale and shift of batch norm | $\gamma,\beta$ (06 only) | `gamma`, `beta` | the same |
# | strength of a penalty, weight decay | $\lambda$ | `strength`, `weight_decay` | $\alpha$ (Goodfellow, scikit-learn) |
# | curvature, an eigenvalue | $\lambda_i$, $\lambda_{\max}$ (01 to 03) | `curvature` | $\mu$, $L$ for the least and the largest |
# | condition number | $\kappa$ | `kappa` | |
# | probability to *drop* a unit | $p$ (05) | `p` | the paper of 2014: probability to *keep* |
# | batch size, number of examples | $B$, $N$ | `batch_size`, `len(X)` | CS324: $B$, $m$ |
# </details>
#
# <details><summary>Layers and gradient checks in libraries</summary>
#
# | where | affine layer | slope of ReLU at 0 | gradient check |
# |---|---|---|---|
# | **here** | $XW+b$, `W` is (in, out) | 0 | central, `h=1e-5`, `rtol=1e-5`, `atol=1e-8`, float64 |
# | PyTorch | $XW^\top+b$, `weight` is (out, in) | 0 | `gradcheck`: `eps=1e-6`, `atol=1e-5`, `rtol=1e-3`, wants float64 |
# | Keras, TensorFlow | `kernel` is (in, out) | 0 | `tf.test.compute_gradient`: step 1/1024 |
# | JAX | yours to write | `jax.nn.relu` 0, `jnp.maximum(x, 0)` 0.5 | `jax.test_util.check_grads` |
# | CS231n's course notes | $Wx$ in the formula | | central, relative error below 1e-7 is good, above 1e-2 a bug |
# | deeplearning.ai, course 2 | $WX+b$, one example per *column* | | central, $h=10^{-7}$, *one* number for all arrays: a large right entry can hide a small wrong one |
# </details>
#
# ### In practice today
#
# - Libraries walk the graph for you (automatic differentiation; survey by Baydin et al. 2018). If you write a layer of your own you still check it with differences: PyTorch's `torch.autograd.gradcheck`, JAX's `check_grads`.
# - Training runs in 16 or even 8 bits. Checks are still made in 64.
# - Recht et al. (2019) collected new test images for ImageNet: accuracies were 11 to 14 % lower, but the order of the models hardly changed.
#
# <details><summary>References</summary>
#
# D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986). W. Press et al., *Numerical Recipes*, 3rd edition (2007), section 5.7. W. Squire, G. Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM Review 40 (1998). A. Baydin et al., *Automatic differentiation in machine learning: a survey*, JMLR 18 (2018). B. Recht et al., *Do ImageNet classifiers generalize to ImageNet?*, ICML 2019. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapters 5 and 6. A. Karpathy, *micrograd* (2020): a scalar that differentiates itself. CS231n course notes, *Optimization 2* (backpropagation) and *Neural Networks Part 3* (gradient checks). A. Ng, *Improving deep neural networks*, deeplearning.ai, course 2. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# 没有 ½，同一个 λ 的作用加倍；数据损失取平均时，它的作用是取总和时的 $N$ 倍，这里是 30 倍。三种约定都不算错，但只报 λ 不报约定，等于没说。
#
# <details><summary><b>约定卡：</b>谁的 λ？</summary>
#
# | 出处 | 惩罚项或规则 | 换算成我们的 λ |
# |---|---|---|
# | **本课程** | $\frac\lambda2\sum w^2$，数据损失取*平均* | λ |
# | PyTorch `SGD(weight_decay=λ)`、optax `add_decayed_weights(λ)` | 给梯度加上 $\lambda w$ | λ |
# | 第二份笔记（CS231n）、Keras `regularizers.L2(λ)` | $\lambda\sum w^2$ | 2λ |
# | 第一份笔记（CS324） | $\lambda\sum w^2$，但每步缩小到 $1-\eta\lambda$ 倍 | 自相矛盾，见 05 章 |
# | scikit-learn `Ridge(alpha)` | $\alpha\sum w^2$，误差平方取*总和* | $2\alpha/N$（$L$ 取平方的平均时） |
# </details>
#
# ### 拓展 5：问自己一题
#
# 一位同学交给你一个带反向传播的新层，说：“带着它的网络训练得挺好，形状也都对。”这说明了什么？接下来的十分钟里你会做什么？*先写五句话，再点开。*
#
# <details><summary>我们的回答</summary>
#
# 只说明走的方向大体上是下坡：实验 4 用错误的梯度也训练得不错。形状对能排除一部分错误，但倍数不对、符号不对、漏了 ReLU，都排除不了。我会用 float64 和中心差分来检验，$h=10^{-5}$，逐个数组点名，连这一层的输入也检验；网络取小，各尺寸互不相同，例如 4-3-2；检验点随机取两三个，让单元有开有关。如果有数组被点名，就看解析值与数值之比（−1、2、N？），再看哪些数组出自同一个中间梯度却是对的。
# </details>
#
# ### 两份笔记与本课程：对照表
#
# **第一份笔记**：《深度学习核心：优化与正则化超详细笔记》，南方科技大学 CS324 第五讲。**第二份笔记**：《CS231n Lecture 3: 正则化与优化》，没有节号，用标题指代。“勘误”一栏空着，就是没有异议。
#
# <details><summary>第一份笔记（CS324）：说法、章节、练习、勘误</summary>
#
# | 节 | 说法（原文） | 章节 | 练习 | 勘误 |
# |---|---|---|---|---|
# | 前言 | “防止你只在训练走过的小路上表现优异（过拟合）” | 00 A | | |
# | 1.1 | “下降路径平稳，不会剧烈震荡” | 01 A | `gradient_descent` | 梯度准确，照样可以振荡 |
# | 1.1 | “对于凸函数，保证能找到全局最优解” | 01 A | `max_stable_lr` | 还缺三个条件 |
# | 1.1 | “计算所有样本的平均损失”，“这个总损失” | 01 拓展 8 | `softmax_cross_entropy` | 两者差 $N$ 倍 |
# | 1.1 | “可能会使其陷入某个局部最小值或鞍点” | 02 A、B | `classify_critical_point`、`perturbed_gradient_descent` | 问问网络自己停在哪里 |
# | 1.2 | “从训练集中随机抽取一个样本” | 01 B、拓展 1 | `minibatches`、`sgd` | 抽取与打乱是两种方法 |
# | 1.2 | “能帮助模型“冲”出局部最小值和鞍点” | 02 A | | 看噪声有多大 |
# | 1.2 | “适合在线学习” | 01 拓展 4 | `sgd` | 学习率不能一直降 |
# | 1.2 | “无法充分利用并行计算” | 01 B | `minibatch_sgd` | |
# | 1.3 | “相比SGD，每次更新都参考了多个样本，梯度方向更稳定，降低了方差” | 01 B | `noise_floor` | |
# | 1.3 | “尽可能大，只要GPU内存放得下” | 01 B | `minibatch_sgd` | 要看学习率怎么跟着变 |
# | 2.1 | “梯度下降会在陡峭的墙壁之间来回震荡，进展缓慢” | 02 A | | 慢不是振荡造成的 |
# | 2.2 | “在高维空间中，鞍点比局部最小值更常见” | 02 拓展 2 | | 这是关于随机矩阵的论证 |
# | 2.2 | “梯度接近于零的平坦区域，模型学习停滞” | 02 A | | 有的平台区换个损失就没有了 |
# | 2.2 | “也能凭借惯性冲过平缓区域” | 03 拓展 2 | `coasting_distance` | 能冲多远，算一算 |
# | 2.3 | “损失函数会发生突变，形成一个“悬崖”” | 02 拓展 5 | `rnn_gradient` | 陡，但没有断 |
# | 2.3 | “甚至导致数值溢出（NaN）” | 02 拓展 5 | | 看激活函数饱不饱和 |
# | 2.3 | “当梯度的范数超过这个阈值时，就将其缩放到阈值大小” | 02 B、拓展 1 | `clip_by_global_norm`、`clip_by_value` | 是谁的范数？ |
# | 3.1 | “`v_t = γ * v_{t-1} + η * ∇J(θ)`” | 03 A | `momentum_step`、`classical_momentum_step` | 公式不止一个 |
# | 3.1 | “控制历史动量的保留程度” | 03 A、拓展 4 | `classical_velocity` | 也控制步长 |
# | 3.1 | “动量会相互抵消，减小震荡” | 03 A | `momentum_step` | 动量自己也会摆起来 |
# | 3.2 | “使得更新方向更准确，收敛通常比标准动量更快、更稳定” | 03 B | `nesterov_step` | 要分开看 |
# | 四 | “全局学习率 `η` 对所有参数一视同仁，但这往往不是最优的” | 04 A | `adagrad_step` | |
# | 4.1 | “无需手动调学习率，能自动适应不同参数” | 04 A | `adagrad_step` | 还是要调 |
# | 4.1 | “`G_t` 是一个对角矩阵” | 04 A | `adagrad_step` | 代码里只是同形状的数组 |
# | 4.1 | “导致模型提前停止学习” | 04 A | `adagrad_step` | |
# | 4.2 | “非常适合非凸优化” | 04 拓展 7 | `rmsprop_step` | 要看与谁相比 |
# | 4.3 | “RMSprop + Momentum” | 04 拓展 6 | `adam_step` | 还有偏差校正 |
# | 4.3 | “二阶矩（方差，类似RMSprop）” | 04 拓展 6 | `adam_step`、`expose_adam_bugs` | 未中心化，不是方差 |
# | 4.3 | “对超参数的选择不那么敏感，通常使用默认值就能取得不错的效果” | 04 A | `adam_step` | 用损失对学习率的曲线检验 |
# | 4.3 | “在大多数情况下是首选的优化算法” | 04 B | `random_search` | 同样次数地调参，再比 |
# | 4.3，总结 | “有时能获得比Adam更好的最终结果” | 04 B | `random_search` | 看训练损失还是测试准确率 |
# | 4.3，总结 | “特别是在某些RNN任务中” | 04 拓展 7 | `rmsprop_step` | 除以梯度大小的方法都行 |
# | 5.1 | “`λ` 是正则化强度” | 00 A、拓展 4 | | 还要说清约定 |
# | 5.1 | “`λ * Σ w_i^2`”配“`θ = θ - η * ∇J(θ) - η * λ * θ`” | 05 A | `l2_penalty` | 两行对不上 |
# | 5.1 | “L2 正则化（权重衰减, Weight Decay）” | 05 拓展 1、04 B | `l2_penalty`、`adamw_step` | 只有普通的 SGD 如此 |
# | 5.1 | “让模型的权重尽可能小，但不会变为0” | 05 A | `l2_penalty` | |
# | 5.1 | “这会推动权重一直减小直到变成0” | 05 A | `l1_penalty`、`soft_threshold`、`proximal_gradient_step` | 停不下来，要用近端梯度步 |
# | 5.1 | “相当于自动进行了特征选择，只保留了最重要的特征” | 05 A | `proximal_gradient_step` | 数一数 |
# | 5.2 | “猫不管正着放还是倒着放都是猫” | 05 B | `shift`、`horizontal_flip` | 6 倒过来就是 9 |
# | 5.2 | “同义词替换、回译” | 05 拓展 6 | `synonym_replacement` | |
# | 5.3 | “保存验证集性能最好的那个时刻的模型参数” | 05 B，00 A 实验 3 | `EarlyStopping` | 那一轮的成绩不能当结果 |
# | 5.4 | “它们的输出需要乘以 `p`” | 05 B | `dropout_forward`、`dropout_backward` | 应为 $1-p$ |
# | 5.4 | “集成学习的近似” | 05 B | `dropout_forward` | |
# | 5.4 | “强制神经元学习冗余表示” | 05 B | `dropout_forward` | |
# | 6.1 | “如果所有权重都初始化为同一个值（比如0）” | 06 A | `he_normal` | 0 是另一回事 |
# | 6.1 | “He初始化的方差是Xavier的两倍” | 06 A | `xavier_uniform`、`he_normal`、`leaky_relu_gain` | 只在输入输出单元数相等时 |
# | 6.1 | “适用于 `tanh` 和 `sigmoid` 激活函数” | 06 A | `xavier_uniform` | sigmoid 保不住梯度 |
# | 6.2 | “使其变为标准正态分布” | 06 A | `standardize_fit` | 形状不变 |
# | 6.2 | “归一化能让损失函数的等高线图更接近圆形” | 06 A | `standardize_fit` | 不是定律 |
# | 6.3 | “这被称为“内部协变量偏移”” | 06 B | `batchnorm_forward` | 有争议 |
# | 6.3 | “计算其均值 `μ_batch` 和方差 `σ²_batch`” | 06 B | `batchnorm_forward` | 测试时怎么办？ |
# | 6.3 | “允许使用更大的学习率”，“减少对初始化的依赖” | 06 B | `batchnorm_forward` | 量一量 |
# | 6.3 | “引入了噪声，有类似Dropout的效果” | 06 拓展 6 | `batchnorm_forward` | 看批量大小 |
# | 6.3 | “缓解梯度消失/爆炸问题” | 06 B | `batchnorm_backward_steps` | 层数多了，梯度反而爆炸 |
# | 七 | “从 **Adam** 开始，它是稳健的基线” | 04 B | `random_search` | |
# | 七 | “**Dropout** 和 **L2 正则化** 是标配” | 05 B、06 B、07 A | `dropout_forward`、`l2_penalty` | 逐项比较 |
# | 七 | “**数据增强** 是提升性能的免费午餐” | 05 B、07 A | `shift` | 有的改动有害 |
# | 七 | “这些技术不是孤立的，而是相辅相成的” | 07 A | `short_run` 上的消融 | 五个一起用，反而更差 |
# | 七 | “在模型中加入 **批量归一化** 层，几乎总能带来提升” | 06 B、07 A | `batchnorm_forward` | 各用最好的学习率再比 |
# </details>
#
# <details><summary>第二份笔记（CS231n）：说法、章节、练习、勘误</summary>
#
# | 节 | 说法（原文） | 章节 | 练习 | 勘误 |
# |---|---|---|---|---|
# | 损失函数的结构 | “完整的训练目标由数据损失与正则化项共同构成” | 00 A | `mean_squared_error` | |
# | 损失函数的结构 | “平衡拟合能力与泛化能力” | 00 A、拓展 4 | | 还要说清约定 |
# | 几何直觉 | “倾向于产生小而分散的权重” | 05 A | `l2_penalty` | |
# | 几何直觉 | “其等高线是尖角的超立方体” | 05 拓展 4 | `max_norm` | 是正轴形，不是立方体 |
# | 几何直觉 | “还能改善优化动态” | 05 拓展 1 | `l2_penalty` | 说得对，原因不同 |
# | 几何直觉 | “L2 正则化(权重衰减)” | 05 拓展 1、04 B | `adamw_step` | 只有普通的 SGD 如此 |
# | 几何直觉 | “参数稀疏性并非主要目标,且可能损害表示能力” | 05 A | `soft_threshold` | |
# | SGD | “SGD 的更新方向是局部梯度的无偏估计” | 01 B | `minibatches` | |
# | SGD | “高方差使其路径充满噪声” | 01 A、B | `gradient_descent` | 横着山谷的振荡不来自噪声 |
# | 动量法 | “显著加速收敛并提升稳定性” | 03 A、B | `momentum_step`、`optimal_heavy_ball` | 也会振荡 |
# | RMSProp | “其有效学习率自动减小” | 04 A | `rmsprop_step` | |
# | Adam | “二阶矩(未中心化方差)” | 04 A | `adam_step` | |
# | Adam | “通过偏差校正得到无偏估计” | 04 拓展 6 | `adam_step` | 梯度分布不变时才无偏 |
# | Adam | “使其成为深度学习的事实标准” | 04 B | `random_search` | |
# | AdamW | “自适应缩放会扭曲正则化强度” | 04 B | `adamw_step` | |
# | AdamW | “权重衰减以统一的方式作用于所有参数” | 04 拓展 5 | `adamw_step` | 大小还取决于学习率 |
# | AdamW | “在实践中也 consistently 提升泛化性能” | 04 拓展 5 | `adamw_step` | 我们没有量到 |
# | 调度 | “是影响训练成败的最关键超参数” | 04 A、B | `random_search` | |
# | 调度 | “将学习率乘以衰减因子” | 04 B | `step_decay` | |
# | 调度 | “按余弦函数从初始值平滑降至零” | 04 B | `cosine_annealing`、`cosine_with_restarts` | |
# | 调度 | “避免因梯度估计不准导致的发散” | 04 B | `linear_warmup`、`warmup_cosine` | 梯度精确时也可能需要预热 |
# | 总结 | “动量处理方向噪声” | 03 拓展 5 | | 改善的是病态，不是噪声 |
# | 总结 | “强健且高效的默认选择” | 04 B、07 A | `adamw_step` | |
# </details>
#
# ### 备查
#
# <details><summary>全课程的符号</summary>
#
# | 概念 | 本课程 | 代码 | 别处的写法 |
# |---|---|---|---|
# | 参数、梯度、迭代步 | $x$（或 $W$、$w$）、$g$、$t$ | `params`、`grads`、`step` | $\theta$、$W$ |
# | 学习率 | $\eta$ | `lr` | $\alpha$（CS231n、Adam 论文）、$\gamma$（PyTorch） |
# | 动量 | $\beta$ | `momentum` | $\gamma$（CS324）、$\rho$（CS231n）、$\mu$ |
# | RMSProp 的衰减率 | $\alpha$ | `alpha` | $\beta$（CS324）、$\gamma$（CS231n）、$\rho$（Keras） |
# | Adam 的两个衰减率 | $\beta_1,\beta_2$ | `betas` | 相同 |
# | 批量归一化的缩放与平移 | $\gamma,\beta$（仅 06 章） | `gamma`、`beta` | 相同 |
# | 惩罚强度、权重衰减 | $\lambda$ | `strength`、`weight_decay` | $\alpha$（Goodfellow、scikit-learn） |
# | 曲率，即特征值 | $\lambda_i$、$\lambda_{\max}$（01 至 03 章） | `curvature` | 最小、最大者写作 $\mu$、$L$ |
# | 条件数 | $\kappa$ | `kappa` | |
# | *丢弃*一个单元的概率 | $p$（05 章） | `p` | 2014 年的论文里是*保留*概率 |
# | 批量大小、样本数 | $B$、$N$ | `batch_size`、`len(X)` | CS324 写作 $B$、$m$ |
# </details>
#
# <details><summary>各个库的层与梯度检验</summary>
#
# | 出处 | 仿射层 | ReLU 在 0 处的斜率 | 梯度检验 |
# |---|---|---|---|
# | **本课程** | $XW+b$，`W` 为 (输入, 输出) | 0 | 中心差分，`h=1e-5`、`rtol=1e-5`、`atol=1e-8`，float64 |
# | PyTorch | $XW^\top+b$，`weight` 为 (输出, 输入) | 0 | `gradcheck`：`eps=1e-6`、`atol=1e-5`、`rtol=1e-3`，要求 float64 |
# | Keras、TensorFlow | `kernel` 为 (输入, 输出) | 0 | `tf.test.compute_gradient`：步长 1/1024 |
# | JAX | 自己写 | `jax.nn.relu` 取 0，`jnp.maximum(x, 0)` 取 0.5 | `jax.test_util.check_grads` |
# | CS231n 课程讲义 | 公式写作 $Wx$ | | 中心差分；相对误差小于 1e-7 为好，大于 1e-2 则有错 |
# | deeplearning.ai 第二门课 | $WX+b$，每个样本占一*列* | | 中心差分，$h=10^{-7}$，所有数组合起来算*一个*数：正确的大元素能掩盖错误的小元素 |
# </details>
#
# ### 如今的做法
#
# - 各个库替你沿图往回走（自动微分；综述见 Baydin 等，2018）。自己写一层时，仍要用差分检验：PyTorch 的 `torch.autograd.gradcheck`、JAX 的 `check_grads`。
# - 训练已经用 16 位甚至 8 位来做，检验仍用 64 位。
# - Recht 等（2019）为 ImageNet 重新收集了测试图像：准确率低了 11% 到 14%，但各模型的名次几乎没变。
#
# <details><summary>参考文献</summary>
#
# D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986). W. Press et al., *Numerical Recipes*, 第 3 版 (2007)，5.7 节。W. Squire, G. Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM Review 40 (1998). A. Baydin et al., *Automatic differentiation in machine learning: a survey*, JMLR 18 (2018). B. Recht et al., *Do ImageNet classifiers generalize to ImageNet?*, ICML 2019. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 5、6 章。A. Karpathy, *micrograd* (2020)：会给自己求导的数。CS231n 课程讲义 *Optimization 2*（反向传播）、*Neural Networks Part 3*（梯度检验）。A. Ng, *Improving deep neural networks*，deeplearning.ai 第二门课。第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 广播 | broadcasting | 形状从右边对齐 |
# | 训练集、验证集、测试集 | training, validation, test set | 拟合、选择、报告 |
# | 超参数 | hyper-parameter | 靠选，不靠训练 |
# | 权重衰减 | weight decay | $w\leftarrow(1-\eta\lambda)w-\eta g$ |
# | 过拟合、欠拟合、泛化 | overfitting, underfitting, generalization | |
# | 计算图、链式法则 | computational graph, chain rule | |
# | 上游梯度、局部斜率 | upstream gradient, local slope | |
# | 反向传播 | backpropagation | |
# | 梯度检验 | gradient check | 用中心差分 |
# | 截断误差、舍入误差 | truncation, rounding error | 前者随 $h$ 变小，后者变大 |
# | 偏置 | bias term | `b` |
# </details>

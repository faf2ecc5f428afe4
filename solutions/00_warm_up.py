# %% [markdown] lang="en"
# # 00 Warm-up
#
# Before we train anything we make sure of two things: that you know your way about this course, and that you trust your gradients. Sitting A is
# about shapes, losses and honest measuring. In sitting B you write backpropagation by hand, and then the tool that convicts a wrong gradient.
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook: click into it and press Shift+Enter.
# %% [markdown] lang="zh"
# # 00 热身
#
# 在训练任何东西之前，先落实两件事：熟悉这门课怎么用，并且信得过自己写的梯度。A 节讲形状、损失，以及怎样老老实实地测量；B 节亲手写出反向传播，再写一个能给错误梯度“定罪”的工具。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格：点进去，按 Shift+Enter。

# %% role="setup" id="setup"
import numpy as np

from descent.broken_gradients import relu_of_gradient, without_gate
from descent.check import check, show_card
from descent.data import load_digits
from descent.experiment import experiment
from descent.hyper import require
from descent.intervals import mean_interval
from descent.plots import curves, look, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: how to use this course
#
# | | |
# |---|---|
# | **You will be able to** | read a card, say the shape of an expression before running it, spot a silent broadcast, say what training, validation and test sets are each good for, say which λ a formula means |
# | **You need** | Python functions, NumPy arrays, the derivative of a function of one variable |
# | **Time** | about 75 minutes: 35 reading, 40 writing and looking |
# | **Difficulty** | ●○○ |
# | **Points** | {{points:A}}: three exercises ({{points:center_columns}} + {{points:shapes}} + {{points:mean_squared_error}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：怎样使用这门课
#
# | | |
# |---|---|
# | **学完你能够** | 看懂反馈卡片；运行之前就说出表达式的形状；识破悄无声息的广播；说清训练集、验证集、测试集各管什么；说清公式里的 λ 是哪一个 |
# | **你需要** | 会写 Python 函数，会用 NumPy 数组，会求一元函数的导数 |
# | **时间** | 约 75 分钟：阅读 35 分钟，动手 40 分钟 |
# | **难度** | ●○○ |
# | **分数** | {{points:A}} 分：三道练习（{{points:center_columns}} + {{points:shapes}} + {{points:mean_squared_error}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions
#
# Later chapters ask about earlier ones. This one has none before it, so here are four things it takes for granted. Answer in your head, then open.
#
# <details><summary>1. What is the derivative of (3x − 1)² at x = 1?</summary>
#
# By the chain rule $2(3x-1)\cdot3$, at $x=1$ that is 12.
# </details>
#
# <details><summary>2. X has shape (6, 4), W has shape (4, 2). What shape does <code>X @ W</code> have, and what is <code>W @ X</code>?</summary>
#
# (6, 2): the inner sizes must agree and vanish. `W @ X` is an error, since 2 is not 6.
# </details>
#
# <details><summary>3. What does <code>X.mean(axis=0)</code> give for X of shape (6, 4)?</summary>
#
# Four numbers, shape (4,): axis 0, the rows, is the one that disappears.
# </details>
#
# <details><summary>4. In which direction does the gradient of f point?</summary>
#
# Where f rises fastest. To make f smaller one goes the other way; that is all of gradient descent, and chapter 01.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：四个问题
#
# 以后各章会在这里考前几章的内容。这一章前面没有章节，所以问四件它默认你知道的事。先在心里回答，再点开核对。
#
# <details><summary>1. (3x − 1)² 在 x = 1 处的导数是多少？</summary>
#
# 由链式法则，$2(3x-1)\cdot3$，在 $x=1$ 处等于 12。
# </details>
#
# <details><summary>2. X 的形状是 (6, 4)，W 的形状是 (4, 2)。<code>X @ W</code> 是什么形状？<code>W @ X</code> 呢？</summary>
#
# (6, 2)：中间的两个数必须相等，相乘后消失。`W @ X` 会报错，因为 2 不等于 6。
# </details>
#
# <details><summary>3. X 的形状是 (6, 4)，<code>X.mean(axis=0)</code> 给出什么？</summary>
#
# 四个数，形状 (4,)：消失的是 0 轴，也就是行。
# </details>
#
# <details><summary>4. f 的梯度指向哪里？</summary>
#
# 指向 f 上升最快的方向。想让 f 变小，就往反方向走；梯度下降说的就是这件事，那是 01 章的内容。
# </details>

# %% [markdown] lang="en"
# ### How a chapter works
#
# You write functions; a cell below each one, `check(...)`, tries yours on cases with known answers and shows a **card**. You may run it as often as you
# like. In a class the same checks run once more with other numbers, so an answer that fits only the numbers on the card earns nothing.
#
# - An answer cell holds a signature, a docstring and a line `raise NotImplementedError(...)`. Replace that line. The docstring is the exercise.
# - **Predict before you look.** Before an experiment you choose an option. It counts for having been made, never for being right.
# - An experiment runs *your* functions. One that needs something you have not written yet says so and steps aside.
# - Folded lines hold hints, answers, reasons. Opening one costs no points, only the pleasure.
# - Stuck for good? In a cell of your own, `affine_backward = lend("affine_backward")` (after `from descent.lend import lend`) lends you a function, if your instructor allows it: no points for that exercise, but the rest of the chapter works.
# - **Further**, at the end, is for appetite. No points.
# %% [markdown] lang="zh"
# ### 一章怎么学
#
# 你来写函数；每个函数下面有一个 `check(...)` 单元格，用已知答案的例子试你的函数，并显示一张**卡片**。想运行几次都行。在班级里，同样的检查会换一组数再跑一遍，所以只凑得上卡片上那几个数的答案拿不到分。
#
# - 答题单元格里有函数签名、文档字符串和一行 `raise NotImplementedError(...)`。把这一行换成你的代码。文档字符串就是题目。
# - **先预测，再看结果。** 每个实验之前选一个选项。做了预测就得分，对错不论。
# - 实验运行的是*你自己的*函数。缺了还没写的函数，它会说明缺哪个，然后让开。
# - 折叠的行里是提示、答案和理由。点开不扣分，只是少了点乐趣。
# - 实在卡住了？在自己的单元格里先 `from descent.lend import lend`，再写 `affine_backward = lend("affine_backward")`，就能借用一个函数（前提是老师允许）：那道题不得分，但这一章的其余部分都能继续。
# - 章末的**拓展**留给意犹未尽的人，不计分。

# %% [markdown] lang="en"
# ### Exercise 1: `center_columns` ({{points:center_columns}} points, 3 minutes)
#
# One line. Four numbers are to be taken away from each of six rows: NumPy lines shapes up *from the right* and repeats what is missing. That is **broadcasting**.
#
# $$\begin{array}{rr} X & (6,4)\\ \text{means} & (4)\\\hline X-\text{means} & (6,4)\end{array}$$
# %% [markdown] lang="zh"
# ### 练习 1：`center_columns`（{{points:center_columns}} 分，3 分钟）
#
# 一行就够。要从六行中的每一行减去同样四个数：NumPy *从右边*对齐形状，缺的维度就重复补齐。这叫**广播**（broadcasting）。
#
# $$\begin{array}{rr} X & (6,4)\\ \text{平均值} & (4)\\\hline X-\text{平均值} & (6,4)\end{array}$$

# %% role="answer" id="center_columns"
from reference.warmup import center_columns

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The mean of each column is `X.mean(axis=...)`. Which axis should disappear?
# </details>
# <details><summary>Hint 2</summary>
#
# For `X = np.array([[1.0, 10.0], [3.0, 30.0]])` the means are 2 and 20, and the answer is `[[-1, -10], [1, 10]]`. Write `X - ...`, not `X -= ...`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 各列的平均值是 `X.mean(axis=...)`。应当消失的是哪个轴？
# </details>
# <details><summary>提示 2</summary>
#
# 对 `X = np.array([[1.0, 10.0], [3.0, 30.0]])`，平均值是 2 和 20，答案是 `[[-1, -10], [1, 10]]`。写 `X - ...`，不要写 `X -= ...`。
# </details>

# %% role="tests" id="test_center_columns" points=8
check("center_columns", center_columns)

# %% [markdown] lang="en"
# ### A card that fails, on purpose
#
# Most cards you meet will be red at first. Let us read one together while nothing depends on it: the function below is wrong, and it is not yours.
# %% [markdown] lang="zh"
# ### 故意失败的一张卡片
#
# 你遇到的卡片，多数一开始都是红的。趁现在不影响任何分数，一起读一张：下面这个函数是错的，而且不是你写的。

# %% role="experiment"
def centered_wrongly(X):
    return X - X.mean()


show_card("center_columns", centered_wrongly)

# %% [markdown] lang="en"
# From the top: which *parts* of the exercise fail (points are earned part by part); the first *case* that fails, ready to be pasted into a cell of your own; what
# was *expected* and what came; and an **observation** that holds for your answer. With a different second attempt you get a **question**, with a third the **name** of the mistake, if it is a known one.
#
# *Do this now:* add up the first column of "got" and of "expected". Then look at the later steps of help (on your own functions: try again, or `hint=2`, `hint=3`).
# %% [markdown] lang="zh"
# 从上往下看：练习的哪些*部分*没通过（分数按部分给）；第一个没通过的*例子*，可以直接粘到自己的单元格里运行；*应为*什么，*得到*了什么；最后是关于你这个答案的一条**观察**。换一种写法再试一次，会得到一个**问题**；第三次，如果是已知的错误，会直接告诉你它的**名字**。
#
# *现在就做：* 把“得到”和“应为”的第一列各加起来。然后再看后面几级提示。

# %% role="experiment"
show_card("center_columns", centered_wrongly, hint=3)

# %% [markdown] lang="en"
# ### Shapes, and arrays that share memory
#
# Four rules carry you through the course.
#
# 1. **Line up from the right; a missing axis or a 1 is repeated.** (6, 4) with (4,) works, (6, 4) with (6,) is an error, (6, 4) with (6, 1) works.
# 2. **A sum removes its axis, unless you keep it.** `X.sum(axis=1)` is (6,), `X.sum(axis=1, keepdims=True)` is (6, 1): a column that can be divided by.
# 3. **A slice is a view, arithmetic is a copy.** `row = X[0]` shows the memory of `X`; writing into `row` writes into `X`. `X[0] + 0`, `X[0].copy()` and `X[[0]]` are new arrays.
#    Every function in this course leaves its inputs alone, so `v = v + g`, never `v += g` on something handed in.
# 4. **Chance is an argument.** `rng = np.random.default_rng(7)` gives the same numbers in every run; a function that needs chance is handed such a generator and touches no other. So a run can be repeated, and two methods can be given the same luck.
#
# The rule that bites is the first, since it never complains when it should: (6,) against (6, 1) is no error.
# %% [markdown] lang="zh"
# ### 形状，以及共享内存的数组
#
# 记住四条规则，整门课都够用。
#
# 1. **从右边对齐；缺的轴或长度为 1 的轴会被重复。** (6, 4) 与 (4,) 可以，(6, 4) 与 (6,) 报错，(6, 4) 与 (6, 1) 可以。
# 2. **求和会去掉那个轴，除非你要求保留。** `X.sum(axis=1)` 的形状是 (6,)，`X.sum(axis=1, keepdims=True)` 的形状是 (6, 1)：这一列可以直接拿来做除数。
# 3. **切片是视图，运算得副本。** `row = X[0]` 看到的就是 `X` 的内存，往 `row` 里写就是往 `X` 里写。`X[0] + 0`、`X[0].copy()`、`X[[0]]` 则是新数组。本课程的函数都不改动输入，所以对传进来的东西要写 `v = v + g`，绝不写 `v += g`。
# 4. **随机数是参数。** `rng = np.random.default_rng(7)` 每次运行都给出同样的一串数；需要随机数的函数从参数里得到这样一个生成器，不碰别的。这样训练可以重复，两种方法也可以分到同样的运气。
#
# 真正会咬人的是第一条，因为它该抱怨的时候不抱怨：(6,) 碰上 (6, 1) 并不报错。

# %% nbval="check"
X = np.arange(24.0).reshape(6, 4)
w, y = np.ones(4), np.arange(6.0)

fresh = X.copy()
view = fresh[0]
view += 100  # writes into fresh
print("X[0] + 100 through a view:", fresh[0], " X itself:", X[0])

# %% [markdown] lang="en"
# ### Exercise 2: say the shape ({{points:shapes}} points, 4 minutes)
#
# `X` is (6, 4), `w` is (4,), `y` is (6,), as above. Replace each `None` by the shape you expect, as a tuple, *before* trying it. Two points each.
# %% [markdown] lang="zh"
# ### 练习 2：说出形状（{{points:shapes}} 分，4 分钟）
#
# 与上面相同，`X` 是 (6, 4)，`w` 是 (4,)，`y` 是 (6,)。*先不要运行*，把每个 `None` 换成你认为的形状（写成元组）。每个 2 分。

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
# `w[:, None]` is `w` as a column: (4, 1). And a vector on the right of `@` loses its axis.
# </details>
# <details><summary>Hint 2</summary>
#
# Third line: write (6, 1) and (6,) under one another, aligned on the right. In each of the two columns, which number wins?
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `w[:, None]` 是把 `w` 竖成一列：(4, 1)。而 `@` 右边若是向量，它的轴会消失。
# </details>
# <details><summary>提示 2</summary>
#
# 第三行：把 (6, 1) 和 (6,) 上下对齐（右端对齐）。两个位置上各由哪个数说了算？
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
    print("right  " if expression in right else "not yet", expression)
2 * len(right)  # two points for each right shape

# %% [markdown] lang="en"
# ### What training minimizes
#
# A model with parameters $W$ maps an input $x_i$ to an output; a loss says how bad it is. Training makes one number small:
#
# $$L(W)=\underbrace{\frac1N\sum_{i=1}^N \ell_i(W)}_{\text{data loss: a mean}}+\;\lambda\,R(W),\qquad R(W)=\tfrac12\sum w^2 .$$
#
# The data loss is a **mean** over examples: doubling the data does not double it, and a learning rate that suited 1000 examples still suits 2000. (Statisticians call it the *empirical risk*. What we would like to be small is the *risk*, the mean over
# all examples that may ever come. The two do not have the same minimum; the three sets of this sitting are there to see the gap.) The simplest $\ell$ is
# the squared error, and you write it now, with its gradient. With $n$ numbers in all,
#
# $$\text{loss}=\frac1n\sum_i(o_i-t_i)^2 .$$
#
# *Write down its derivative with respect to one output $o_i$ before you open the line below.*
#
# <details><summary>the line left blank</summary>
#
# $\dfrac{\partial\,\text{loss}}{\partial o_i}=\dfrac{2}{n}\,(o_i-t_i)$: only the $i$-th term contains $o_i$.
# </details>
# %% [markdown] lang="zh"
# ### 训练最小化的是什么
#
# 参数为 $W$ 的模型把输入 $x_i$ 变成输出；损失说明这个输出有多差。训练要让一个数变小：
#
# $$L(W)=\underbrace{\frac1N\sum_{i=1}^N \ell_i(W)}_{\text{数据损失：平均值}}+\;\lambda\,R(W),\qquad R(W)=\tfrac12\sum w^2 .$$
#
# 数据损失是对样本取的**平均**：数据加倍，它并不加倍；适合 1000 个样本的学习率，对 2000 个样本仍然合适。（统计学里叫它*经验风险*。我们真正想压低的是*风险*，即对将来可能遇到的一切样本取平均。两者的最低点并不相同；本节后面分出三个集合，就是为了看清这个差距。）最简单的 $\ell$ 是平方误差，现在就把它连同梯度一起写出来。一共 $n$ 个数时，
#
# $$\text{loss}=\frac1n\sum_i(o_i-t_i)^2 .$$
#
# *先写出它对某一个输出 $o_i$ 的导数，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# $\dfrac{\partial\,\text{loss}}{\partial o_i}=\dfrac{2}{n}\,(o_i-t_i)$：只有第 $i$ 项含有 $o_i$。
# </details>

# %% [markdown] lang="en"
# ### Exercise 3: `mean_squared_error` ({{points:mean_squared_error}} points, 6 minutes)
#
# The `require` line in the stub is given and stays. The experiment after it shows what it saves you from.
# %% [markdown] lang="zh"
# ### 练习 3：`mean_squared_error`（{{points:mean_squared_error}} 分，6 分钟）
#
# 代码里的 `require` 那一行是给好的，请保留。后面的实验会说明它替你挡住了什么。

# %% role="answer" id="mean_squared_error"
from reference.losses import mean_squared_error

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Give `outputs - targets` a name. Both results are made of it. How many numbers there are is `.size`, whatever the shape.
# </details>
# <details><summary>Hint 2</summary>
#
# Outputs `[1.0, 4.0]`, targets `[0.0, 2.0]`: the errors are 1 and 2, the loss is 2.5, the gradient `[1.0, 2.0]`. Return both: `return loss, grad`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 给 `outputs - targets` 起个名字，两个结果都由它算出。不论什么形状，一共有几个数都是 `.size`。
# </details>
# <details><summary>提示 2</summary>
#
# 输出 `[1.0, 4.0]`，目标 `[0.0, 2.0]`：误差是 1 和 2，损失是 2.5，梯度是 `[1.0, 2.0]`。两个都要返回：`return loss, grad`。
# </details>

# %% role="tests" id="test_mean_squared_error" points=12
check("mean_squared_error", mean_squared_error)

# %% [markdown] lang="en"
# ### Experiment 1: the subtraction that did not complain
#
# Forty points around a line. Outputs are a column, (40, 1), as every layer of a network makes them. The targets came from a file as (40,). We train the same line twice by
# gradient descent, once with the targets as a column, once as they came, with a loss that goes round your `require`. **What does the second run learn?**
#
# - (a) nothing: NumPy stops it with an error
# - (b) the same line, only more slowly
# - (c) a horizontal line
# %% [markdown] lang="zh"
# ### 实验 1：没有报错的减法
#
# 四十个点，散布在一条直线附近。输出是一列，形状 (40, 1)，网络的每一层给出的都是这样；目标值从文件读来，形状是 (40,)。用梯度下降把同一条直线训练两次：一次把目标变成列，一次原样使用，而且所用的损失绕过了你那行 `require`。**第二次会学到什么？**
#
# - (a) 什么也学不到：NumPy 报错停下
# - (b) 同一条直线，只是学得慢一些
# - (c) 一条水平线

# %% role="answer" id="prediction_broadcast"
prediction_broadcast = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_broadcast = "c"
### END SOLUTION

# %%
rng = np.random.default_rng(0)
inputs = np.linspace(-1, 1, 40)[:, None]  # (40, 1)
targets = 1.5 * inputs[:, 0] + 0.5 + 0.2 * rng.standard_normal(40)  # (40,)


def squared_error_unguarded(outputs, targets):
    """Your mean_squared_error after the broadcast that its require forbids; the gradient is summed back."""
    loss, grad = mean_squared_error(*np.broadcast_arrays(outputs, targets))
    return loss, grad if grad.shape == outputs.shape else grad.sum(axis=1, keepdims=True)


def fit_line(loss_fn, targets, *, lr=0.3, num_steps=200):
    """Gradient descent on outputs = slope * inputs + offset. Returns slope, offset and the last loss."""
    slope, offset = 0.0, 0.0
    for _ in range(num_steps):
        loss, grad = loss_fn(slope * inputs + offset, targets)
        slope, offset = slope - lr * (grad * inputs).sum(), offset - lr * grad.sum()
    return slope, offset, loss


# %% role="experiment" nbval="check"
with experiment("mean_squared_error"):
    lines = {
        "targets (40, 1)": fit_line(mean_squared_error, targets[:, None]),
        "targets (40,)": fit_line(squared_error_unguarded, targets),
    }
    for name, (slope, offset, loss) in lines.items():
        print(f"{name:15s}  slope {abs(slope):.3f}  offset {offset:.3f}  loss {loss:.3f}")
    print(f"mean of the targets {targets.mean():.3f}, their variance {targets.var():.3f}")

# %% role="experiment"
with experiment("mean_squared_error", "lines"):
    fig, axes = panels(2)
    axes[0].plot(inputs[:, 0], targets, "o", color="#777777", markersize=4, label="data")
    for i, (name, (slope, offset, _)) in enumerate(lines.items()):
        axes[0].plot(inputs[:, 0], slope * inputs[:, 0] + offset, label=name, markevery=13, **look(i))
    axes[0].set(xlabel="input", ylabel="output", title="what was learnt")
    axes[0].legend(fontsize=8.5)
    picture = axes[1].imshow((inputs * 1.5 + 0.5 - targets) ** 2, aspect="equal")
    axes[1].set(xlabel="target $j$", ylabel="output $i$", title="squared errors averaged: (40, 40)")
    axes[1].grid(False)
    fig.colorbar(picture, ax=axes[1], shrink=0.8, label="squared error")
    show(fig, alt={
        "en": "Left: forty points rising along a line. The fit with targets as a column follows them; the fit with targets of shape (40,) "
              "is horizontal at the mean of the targets. Right: a 40 by 40 map of squared errors for a good line, dark (small) only along the diagonal; all "
              "1600 entries are averaged.",
        "zh": "左图：四十个点沿一条直线上升。目标为一列时，拟合线贴着点走；目标形状为 (40,) 时，拟合线是水平的，高度等于目标的平均值。"
              "右图：一条好直线的平方误差图，40 行 40 列，只有对角线附近是暗色（小）；而被平均的是全部 1600 个数。"},
        caption={"en": "Ask the figure: which 40 of the 1600 entries should have been averaged?",
                 "zh": "看图时请问自己：1600 个数里，本该平均的是哪 40 个？"})
    reveal("broadcast", prediction_broadcast, "c", {
        "en": "Every output is compared with every target. What suits all targets at once is their mean.",
        "zh": "每个输出都和所有目标比了一遍。能同时照顾所有目标的，是它们的平均值。"})

# %% [markdown] lang="en"
# **What it showed:** no error, a finite loss, a curve that falls, and a model that has learnt only the mean; its loss stops at the variance of the targets.
# A loss that rests exactly at the variance of what it should predict is worth a look at `.shape`.
#
# **What it does not show:** that it always looks this bad. With one example per batch the two shapes agree by accident.
# %% [markdown] lang="zh"
# **它说明了：** 没有报错，损失有限，曲线也在下降，可模型只学到了平均值；它的损失停在目标的方差上。如果损失恰好停在目标的方差附近不动，先看一眼 `.shape`。
#
# **它没有说明：** 后果总是这么明显。每批只有一个样本时，两种形状碰巧一致。

# %% [markdown] lang="en"
# ### Training, validation, test
#
# | set | what it is for | how often you may look |
# |---|---|---|
# | **training** | gradients: the parameters are fitted to it | at every step |
# | **validation** | choices: learning rate, λ, when to stop, which model | as often as you like, knowing that each look uses it up a little |
# | **test** | one number at the very end, for the choice you made | once |
#
# How large? What counts is the number of examples in a set, not its share: with a few thousand in all, 60, 20 and 20 % are usual; of ten million, one percent each is plenty for validation and test. Both must come from where the model is going to be used.
#
# The first two errors, side by side, say what to do next. Suppose that people err on 1 % of such images:
#
# | training | validation | it says | try first |
# |---|---|---|---|
# | 12 % | 13 % | **underfitting**, high *bias*: not even what it has seen is fitted | a larger model, longer or better training |
# | 2 % | 11 % | **overfitting**, high *variance*: what it has seen only | more data, regularization (chapter 05) |
# | 12 % | 24 % | both | the training error, then the gap |
# | 1 % | 1.5 % | little is left to gain | the test set, once |
#
# Why a third set? Whoever picks the best of many picks luck as well. The pure case has no skill in it at all.
#
# ### Experiment 2: the best of a thousand coins
#
# A validation set has 100 images of two classes, half and half. A thousand "models" toss a coin for each image. We keep the one with the best validation accuracy. **How good does it look there?**
#
# - (a) about 50 %: they are coins
# - (b) about 58 %
# - (c) about 66 %
# %% [markdown] lang="zh"
# ### 训练集、验证集、测试集
#
# | 集合 | 用途 | 能看几次 |
# |---|---|---|
# | **训练集** | 求梯度：参数就是按它拟合的 | 每一步都看 |
# | **验证集** | 做选择：学习率、λ、何时停、用哪个模型 | 随便看，但要知道每看一次就“用掉”它一点 |
# | **测试集** | 最后的一个数，只针对你选定的那一个 | 一次 |
#
# 各要多大？要紧的是集合里有多少样本，而不是占多少比例：总共几千个时，常按 60%、20%、20% 来分；有一千万个时，验证集、测试集各取百分之一就绰绰有余。这两个集合都必须来自模型将来要用的地方。
#
# 把前两种误差放在一起看，就知道下一步该做什么。假设人来辨认这些图像，会错 1%：
#
# | 训练 | 验证 | 说明 | 先试什么 |
# |---|---|---|---|
# | 12% | 13% | **欠拟合**，*偏差*大：连见过的都没拟合好 | 更大的模型，更久或更好的训练 |
# | 2% | 11% | **过拟合**，*方差*大：只会见过的 | 更多数据，正则化（05 章） |
# | 12% | 24% | 两者都有 | 先降训练误差，再缩小差距 |
# | 1% | 1.5% | 没有多少可改进的了 | 去看一次测试集 |
#
# 为什么要有第三个集合？从许多个里挑最好的，也就连运气一起挑走了。最纯粹的例子里，本事一点也没有，只有运气。
#
# ### 实验 2：一千枚硬币里最好的一枚
#
# 验证集有 100 张图像，两个类各一半。一千个“模型”，每张图都抛硬币决定。我们留下验证准确率最高的那一个。**它在验证集上看起来有多好？**
#
# - (a) 大约 50%：不过是硬币
# - (b) 大约 58%
# - (c) 大约 66%

# %% role="answer" id="prediction_coins"
prediction_coins = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_coins = "c"
### END SOLUTION

# %%
def coin_contest(num_images, *, num_models=1000, seed):
    """Best validation accuracy among the first 1, 2, ... coins, and the test accuracy (100 images) of that coin."""
    rng = np.random.default_rng(seed)
    validation = rng.binomial(num_images, 0.5, num_models) / num_images
    test = rng.binomial(100, 0.5, num_models) / 100
    best = np.maximum.accumulate(validation)
    leader = np.maximum.accumulate(np.where(validation == best, np.arange(num_models), 0))
    return best, test[leader]


# %% role="experiment" nbval="check"
contests = {n: np.array([coin_contest(n, seed=seed) for seed in range(200)]) for n in (100, 1000)}
for n, contest in contests.items():
    for label, values in (("validation", contest[:, 0, -1]), ("test", contest[:, 1, -1])):
        mean, low, high = mean_interval(values)
        print(f"{n:4d} validation images, best of 1000: {label:10s} {mean:.3f} [{low:.3f}, {high:.3f}]")

# %% role="experiment"
tried = np.unique(np.geomspace(1, 1000, 60).astype(int))
ax = curves({
    "validation, 100 images": contests[100][:, 0, tried - 1].mean(axis=0),
    "validation, 1000 images": contests[1000][:, 0, tried - 1].mean(axis=0),
    "test, the same winners": contests[100][:, 1, tried - 1].mean(axis=0),
}, x=tried, xlabel="coins tried", ylabel="accuracy of the best so far", logx=True)
show(ax.figure, alt={
    "en": "Accuracy of the best coin against the number of coins tried, log axis from 1 to 1000, mean of 200 repetitions. On 100 validation images it climbs steadily from 0.50 to 0.66, "
          "on 1000 images to 0.55; the test accuracy of the winners stays at 0.50.",
    "zh": "最好那枚硬币的准确率对已试硬币数（1 到 1000，对数轴），200 次重复的平均。验证集 100 张图时，它从 0.50 稳步升到 0.66；1000 张图时升到 0.55；而优胜者的测试准确率始终在 0.50。"},
    caption={"en": "Ask the figure: which line is about the coin, and which about the choosing?",
             "zh": "看图时请问自己：哪条线说的是硬币，哪条线说的是“挑选”？"})
reveal("coins", prediction_coins, "c", {
    "en": f"On average {contests[100][:, 0, -1].mean():.2f} on validation, {contests[100][:, 1, -1].mean():.2f} on the test.",
    "zh": f"平均而言，验证集上 {contests[100][:, 0, -1].mean():.2f}，测试集上 {contests[100][:, 1, -1].mean():.2f}。"})

# %% [markdown] lang="en"
# **What it showed:** the validation accuracy *of the winner* is too high by an amount that grows with the number tried and shrinks with the size of the set. The test
# set, looked at once, is honest.
#
# **What it does not show:** that choosing on validation is useless. Real models differ by more than luck; chapter 04 tunes with equal trials for this very reason.
# %% [markdown] lang="zh"
# **它说明了：** *优胜者*的验证准确率偏高，试得越多偏得越多，验证集越大偏得越少。只看一次的测试集是诚实的。
#
# **它没有说明：** 用验证集做选择没有用。真实的模型之间，差别不只是运气；正因为如此，04 章调参时让每种方法试同样多的次数。

# %% [markdown] lang="en"
# ### L2 in one paragraph
#
# With $R(W)=\frac12\sum w^2$ the penalty adds $\lambda w$ to the gradient of every weight, so one step of gradient descent with learning rate $\eta$ becomes
# $w\leftarrow w-\eta(g+\lambda w)=(1-\eta\lambda)\,w-\eta g$: the weight first loses a fixed share of itself, then follows the data. That is why plain L2 is also called *weight decay*. It prefers many small
# weights to one large one, and a fit that is less bent to one that is more; how much is a choice for the validation set. Biases are usually left out. The $\frac12$ is a convention, and it is ours. Chapter 05 is about when all this helps, chapter
# 04 about why penalty and decay part company under Adam.
#
# ### Convention card: whose λ?
#
# | where | penalty or rule | gradient of it | to get our λ |
# |---|---|---|---|
# | **here** | $\frac\lambda2\sum w^2$ beside the *mean* data loss | $\lambda w$ | λ |
# | CS231n lecture 3 (second note) | $\lambda\sum w^2$ | $2\lambda w$ | 2λ |
# | CS324 lecture 5 (first note) | $\lambda\sum w^2$, but the step shrinks by $1-\eta\lambda$ | $2\lambda w$ | correction 1 below |
# | PyTorch `SGD(weight_decay=λ)` | adds $\lambda w$ to the gradient | $\lambda w$ | λ |
# | optax `add_decayed_weights(λ)` | adds $\lambda w$ to the updates | $\lambda w$ | λ |
# | Keras `regularizers.L2(λ)` | $\lambda\sum w^2$ | $2\lambda w$ | 2λ |
# | scikit-learn `Ridge(alpha)` | $\alpha\sum w^2$ beside the *sum* of squared errors | $2\alpha w$ | $2\alpha/N$ |
# %% [markdown] lang="zh"
# ### 一段话说清 L2
#
# 取 $R(W)=\frac12\sum w^2$，惩罚项就给每个权重的梯度加上 $\lambda w$，学习率为 $\eta$ 的一步梯度下降变成 $w\leftarrow w-\eta(g+\lambda w)=(1-\eta\lambda)\,w-\eta g$：权重先按固定比例缩小一点，再跟着数据走。所以普通的 L2 又叫*权重衰减*（weight decay）。比起一个大权重，它更喜欢许多小权重；比起弯得厉害的拟合，它更喜欢平缓一些的。强度取多少，由验证集来选。偏置通常不罚。$\frac12$ 只是约定，本课程采用它。这一切何时有用，05 章来讲；到了 Adam 那里，惩罚项与衰减为什么分道扬镳，04 章来讲。
#
# ### 约定卡：谁的 λ？
#
# | 出处 | 惩罚项或规则 | 它的梯度 | 换算成我们的 λ |
# |---|---|---|---|
# | **本课程** | $\frac\lambda2\sum w^2$，数据损失取*平均* | $\lambda w$ | λ |
# | CS231n 第三讲（第二份笔记） | $\lambda\sum w^2$ | $2\lambda w$ | 2λ |
# | CS324 第五讲（第一份笔记） | $\lambda\sum w^2$，但每步的缩小因子是 $1-\eta\lambda$ | $2\lambda w$ | 见下文更正 1 |
# | PyTorch `SGD(weight_decay=λ)` | 给梯度加上 $\lambda w$ | $\lambda w$ | λ |
# | optax `add_decayed_weights(λ)` | 给更新量加上 $\lambda w$ | $\lambda w$ | λ |
# | Keras `regularizers.L2(λ)` | $\lambda\sum w^2$ | $2\lambda w$ | 2λ |
# | scikit-learn `Ridge(alpha)` | $\alpha\sum w^2$，误差平方取*总和* | $2\alpha w$ | $2\alpha/N$ |

# %% [markdown] lang="en"
# ### The symbol table of the whole course
#
# The notes behind this course use some letters three times over. Here each concept has one name in code; where a letter has to serve twice, the chapter says which.
#
# | concept | here | in code | the same thing elsewhere |
# |---|---|---|---|
# | parameters, gradient, step | $x$ (or $W$, $w$), $g$, $t$ | `params`, `grads`, `step` | $\theta$, $W$ |
# | learning rate | $\eta$ | `lr` | $\alpha$ (CS231n, Adam's paper), $\gamma$ (PyTorch's docs) |
# | momentum | $\beta$ | `momentum` | $\gamma$ (CS324), $\rho$ (CS231n), $\mu$ |
# | decay rate of RMSProp | $\alpha$ | `alpha` | $\beta$ (CS324), $\gamma$ (CS231n), $\rho$ (Keras) |
# | Adam's two decay rates | $\beta_1,\beta_2$ | `betas` | the same |
# | scale and shift of batch norm | $\gamma,\beta$ (chapter 06 only) | `gamma`, `beta` | the same |
# | strength of a penalty, weight decay | $\lambda$ | `strength`, `weight_decay` | $\alpha$ (Goodfellow, scikit-learn) |
# | curvature, an eigenvalue | $\lambda_i$, $\lambda_{\max}$ (01 to 03) | `curvature` | $\mu$, $L$ for the least and the largest |
# | condition number | $\kappa$ | `kappa` | |
# | dropout: chance to *drop* a unit | $p$ (chapter 05) | `p` | PyTorch too; in the paper of 2014 $p$ is the chance to *keep*; the first note begins with one and ends with the other |
# | probability of class $k$ | $p_k$ (chapter 01) | `p` in docstrings | |
# | variance of one example's gradient; the sigmoid | $\sigma^2$ (chapter 01); $\sigma(x)$ (chapter 02) | `noise_variance`; `sigmoid` | |
# | batch size, number of examples | $B$, $N$ | `batch_size`, `len(X)` | CS324: $B$, $m$ |
#
# So $\gamma$ is a momentum, a decay rate, a learning rate or a scale; $\beta$ a momentum, a decay rate or a shift; $\alpha$ a learning rate or a decay rate; $p$ a chance to drop or to keep; $\lambda$ a price or a curvature. When a formula surprises you, ask first which one it is.
#
# > **Borrowed for now.** Until you have written them, we use: inputs scaled to [0, 1] and He's random initial weights (`he_normal`), because deep ReLU networks start badly without them. Chapter 06 says why and has you write them. Everything else you will see here you write yourself or can read in its cell.
# %% [markdown] lang="zh"
# ### 全课程的符号表
#
# 本课程所依据的笔记里，有些字母身兼三职。这里每个概念在代码里只有一个名字；万一某个字母必须用两次，该章会说明是哪一个。
#
# | 概念 | 本课程 | 代码 | 别处的写法 |
# |---|---|---|---|
# | 参数、梯度、迭代步 | $x$（或 $W$、$w$）、$g$、$t$ | `params`、`grads`、`step` | $\theta$、$W$ |
# | 学习率 | $\eta$ | `lr` | $\alpha$（CS231n、Adam 论文）、$\gamma$（PyTorch 文档） |
# | 动量 | $\beta$ | `momentum` | $\gamma$（CS324）、$\rho$（CS231n）、$\mu$ |
# | RMSProp 的衰减率 | $\alpha$ | `alpha` | $\beta$（CS324）、$\gamma$（CS231n）、$\rho$（Keras） |
# | Adam 的两个衰减率 | $\beta_1,\beta_2$ | `betas` | 相同 |
# | 批量归一化的缩放与平移 | $\gamma,\beta$（仅 06 章） | `gamma`、`beta` | 相同 |
# | 惩罚强度、权重衰减 | $\lambda$ | `strength`、`weight_decay` | $\alpha$（Goodfellow、scikit-learn） |
# | 曲率，即特征值 | $\lambda_i$、$\lambda_{\max}$（01 至 03 章） | `curvature` | 最小、最大者写作 $\mu$、$L$ |
# | 条件数 | $\kappa$ | `kappa` | |
# | 丢弃法：*丢弃*一个单元的概率 | $p$（05 章） | `p` | PyTorch 相同；2014 年的论文里 $p$ 是*保留*概率；第一份笔记开头是前者，结尾成了后者 |
# | 第 $k$ 类的概率 | $p_k$（01 章） | 文档字符串里的 `p` | |
# | 单个样本梯度的方差；sigmoid 函数 | $\sigma^2$（01 章）；$\sigma(x)$（02 章） | `noise_variance`；`sigmoid` | |
# | 批量大小、样本数 | $B$、$N$ | `batch_size`、`len(X)` | CS324 写作 $B$、$m$ |
#
# 可见 $\gamma$ 可能是动量、衰减率、学习率或缩放；$\beta$ 可能是动量、衰减率或平移；$\alpha$ 可能是学习率或衰减率；$p$ 可能是丢弃概率或保留概率；$\lambda$ 可能是“价格”或曲率。公式看着奇怪时，先问这个字母是哪一个。
#
# > **暂时借用。** 在你亲手写出之前，我们先借用两样东西：缩放到 [0, 1] 的输入，以及 He 随机初始权重（`he_normal`）；没有它们，深的 ReLU 网络一开始就走不好。06 章会讲原因，并由你来写。这里出现的其他东西，要么由你自己写，要么在单元格里能直接读到。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "The penalty is λΣw², the step is w ← w − ηg − ηλw."** The first note has both lines; they do not belong together. A number settles it: the slope of $\lambda w^2$ at $w=3$.
#
# **2. "λ = 0.1."** On its own that says little. Below, one small regression, three conventions, the same λ. *Before you run it:* which of the three shrinks the weights most, and which least?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “惩罚项是 λΣw²，更新是 w ← w − ηg − ηλw。”** 第一份笔记里两行都有，但它们对不上。用一个数就能判定：$\lambda w^2$ 在 $w=3$ 处的斜率。
#
# **2. “λ = 0.1。”** 单这一句说明不了什么。下面是一个小回归，三种约定，同一个 λ。*运行之前想一想：* 三者中谁把权重压得最小，谁最大？

# %% role="experiment" nbval="check"
strength, weight, h = 0.1, 3.0, 1e-5
for label, half in (("lambda w^2", 1.0), ("lambda/2 w^2", 0.5)):
    slope = half * strength * ((weight + h) ** 2 - (weight - h) ** 2) / (2 * h)
    print(f"slope of {label:12s} at w = 3: {slope:.3f}; lambda w = {strength * weight:.3f}")

rng = np.random.default_rng(1)
rows = rng.standard_normal((30, 3))
answers = rows @ np.array([2.0, -1.0, 0.5]) + 0.1 * rng.standard_normal(30)
# (rows^T rows + c I) w = rows^T answers minimizes the sum of squares plus c sum w^2
for label, c in (("sum of squares,  lambda/2", strength / 2), ("mean of squares, lambda/2", 30 * strength / 2),
                 ("mean of squares, lambda", 30 * strength)):
    solution = np.linalg.solve(rows.T @ rows + c * np.eye(3), rows.T @ answers)
    print(f"{label:26s} |w| = {np.linalg.norm(solution):.3f}")

# %% [markdown] lang="en"
# The slope of $\lambda w^2$ is $2\lambda w$. Whoever writes the penalty without the $\frac12$ and the decay as $1-\eta\lambda$ has halved λ between two lines. And
# beside a *mean* the same λ weighs $N$ times as much as beside a *sum*. None of the three is wrong; a λ that travels without its convention is.
#
# ### Clinic
#
# Polynomials of degree 0 to 10 are fitted to 30 noisy points of a curve. Each panel shows the error on the training points and on what the owner calls the validation points. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# $\lambda w^2$ 的斜率是 $2\lambda w$。惩罚项不写 $\frac12$，衰减却写成 $1-\eta\lambda$，就等于在两行之间悄悄把 λ 换成了它的一半。另外，同一个 λ，放在*平均*旁边的分量是放在*总和*旁边的 $N$ 倍。三种约定都不算错；错的是只报 λ 而不报约定。
#
# ### 诊室
#
# 用 0 到 10 次多项式去拟合一条曲线上的 30 个带噪声的点。每幅图画出训练点上的误差，以及求诊者所说的“验证”点上的误差。先选一个诊断，说出证据，再点开核对。

# %% role="experiment"
def errors_by_degree(x, t, x_val, t_val, degrees=range(11)):
    """Mean squared errors on training and validation points of the best polynomial of each degree."""
    fits = [np.polynomial.chebyshev.chebfit(x, t, degree) for degree in degrees]
    return np.array([[np.mean((np.polynomial.chebyshev.chebval(at, fit) - value) ** 2)
                      for at, value in ((x, t), (x_val, t_val))] for fit in fits]).T


rng = np.random.default_rng(4)
x, x_val = rng.uniform(-1, 1, (2, 30))
t, t_val = (np.sin(4 * at) + 0.3 * rng.standard_normal(30) for at in (x, x_val))
patients = {
    "A": errors_by_degree(x, t, x_val, t_val),
    "B": errors_by_degree(x, t, x[::-1], t[::-1]),
    "C": errors_by_degree(x, rng.permutation(t), x_val, t_val),
}
fig, axes = panels(3, sharey=True)
for ax, (name, (training, validation)) in zip(axes, patients.items(), strict=True):
    ax.plot(training, label="training", **look(0))
    ax.plot(validation, label='"validation"', markerfacecolor="none", **look(1))
    ax.set(yscale="log", ylim=(0.03, 3), xlabel="degree", xticks=(0, 5, 10), title=name)
axes[0].set_ylabel("mean squared error")
axes[0].legend(fontsize=8.5)
show(fig, alt={
    "en": "Three panels of error against degree, log axis. A: both errors fall until degree 3 and stay level; from degree 9 on the validation error rises steeply while the training error still falls a little. "
          "B: the two curves lie exactly on one another and never rise. C: the training error falls only a little from a high level, the validation error stays above it and rises.",
    "zh": "三幅误差对次数的图（对数轴）。A：到 3 次为止两种误差都下降，然后持平；从 9 次起训练误差仍略降，验证误差却急剧上升。"
          "B：两条曲线完全重合，只降不升。C：训练误差从很高处只降了一点，验证误差在它上方并且升高。"})

# %% [markdown] lang="en"
# **A.** Which degree should the owner report, and what went on after it?
# <details><summary>degree 10: the training error is smallest there</summary>The training error can only fall: every polynomial of degree 9 is one of degree 10 too.</details>
# <details><summary>a degree near the lowest validation error; beyond it the fit follows the noise</summary><b>Yes.</b> The gap between the curves opens where the training error gains nothing real any more: overfitting.</details>
# <details><summary>none: the validation curve must not rise at all</summary>It nearly always does somewhere. That is what it is there for.</details>
#
# **B.** "No overfitting whatever the degree!"
# <details><summary>a well-behaved problem</summary>Two different sets of 30 noisy points never agree to the last digit.</details>
# <details><summary>the validation points are the training points</summary><b>Yes.</b> Same points in another order, same errors. Exact agreement is the evidence: a leak.</details>
# <details><summary>too little noise</summary>Then both would be small. They are not; they are equal.</details>
#
# **C.** "My model does not learn."
# <details><summary>the degree is too small</summary>Degree 10 is there as well, and is worse on validation. The same x with the same degrees worked in A.</details>
# <details><summary>inputs and targets no longer belong together</summary><b>Yes.</b> The training error begins at the variance of the targets and loses a third by degree 10, as much as ten free coefficients take out of 30 numbers by chance: nothing in x explains t. Somebody shuffled one array and not the other.</details>
# <details><summary>overfitting</summary>In part, at the right end. But overfitting begins with a training error that becomes small.</details>
# %% [markdown] lang="zh"
# **A.** 求诊者应当报告哪个次数？再往后发生了什么？
# <details><summary>10 次：训练误差最小</summary>训练误差只会下降：每个 9 次多项式也都是 10 次多项式。</details>
# <details><summary>验证误差最低处附近的次数；再往后，拟合的是噪声</summary><b>正确。</b>两条曲线张开的地方，训练误差的下降已经没有真实的收获了：这就是过拟合。</details>
# <details><summary>哪个都不行：验证曲线根本不该上升</summary>它几乎总会在某处上升，画它正是为了看这个。</details>
#
# **B.** “次数再高也不过拟合！”
# <details><summary>问题本身很好对付</summary>两组不同的 30 个带噪声的点，误差绝不会处处一模一样。</details>
# <details><summary>验证点就是训练点</summary><b>正确。</b>同样的点换了个顺序，误差自然相同。证据就是完全重合：数据泄漏了。</details>
# <details><summary>噪声太小</summary>那样两者都会很小。这里不是小，而是相等。</details>
#
# **C.** “我的模型学不动。”
# <details><summary>次数太低</summary>10 次也试了，验证误差更差。同样的 x、同样的次数，在 A 里是好用的。</details>
# <details><summary>输入与目标已经对不上号</summary><b>正确。</b>训练误差从目标的方差开始，到 10 次只降了三分之一，正是十个自由系数凭运气能从 30 个数里拟合掉的份额：x 解释不了 t。有人打乱了一个数组，却没有打乱另一个。</details>
# <details><summary>过拟合</summary>右端确有一点。但过拟合的前提，是训练误差先变得很小。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** `X` has shape (5, 5), `m = X.mean(axis=1)`. What does `X - m` do?
# <details><summary>an error, since m is not a column</summary>With (5, 4) it would be one. A square array hides it: that is why cards test other shapes as well.</details>
# <details><summary>takes from column j the mean of row j</summary><b>Right.</b> (5,) lines up with the last axis. For rows use `keepdims=True`.</details>
# <details><summary>takes from every row its own mean</summary>That is what was meant. But a (5,) always lines up with the last axis, the columns.</details>
#
# **2.** You tried 30 learning rates, chose the best on validation, and want to publish one accuracy. Which?
# <details><summary>that of the best run on validation</summary>It was chosen for being high, luck included.</details>
# <details><summary>that of the chosen run on the test set</summary><b>Right</b>, and then no more choosing.</details>
# <details><summary>the best of the 30 on the test set</summary>Then the test set has become a validation set and nothing is left to test with.</details>
#
# **3.** A Keras model has `L2(0.01)`. Which `weight_decay` of PyTorch's plain SGD does the same?
# <details><summary>0.005</summary>The factor is right, the direction is not: Keras' gradient is 2 · 0.01 · w.</details>
# <details><summary>0.01</summary>Keras has no ½ in the penalty.</details>
# <details><summary>0.02</summary><b>Right:</b> both then add 0.02 w to the gradient.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** `X` 的形状是 (5, 5)，`m = X.mean(axis=1)`。`X - m` 做了什么？
# <details><summary>报错，因为 m 不是一列</summary>若是 (5, 4) 就会报错。方阵把问题藏了起来，所以卡片上还有别的形状。</details>
# <details><summary>从第 j 列减去第 j 行的平均值</summary><b>正确。</b>(5,) 与最后一个轴对齐。要逐行减，请用 `keepdims=True`。</details>
# <details><summary>从每一行减去这一行的平均值</summary>本意如此。可是 (5,) 总是与最后一个轴，也就是列，对齐。</details>
#
# **2.** 试了 30 个学习率，用验证集选出最好的一个，现在要公布一个准确率。公布哪个？
# <details><summary>最好那次训练的验证准确率</summary>它正是因为高才被选中的，运气也算在里面。</details>
# <details><summary>选定的那次训练在测试集上的准确率</summary><b>正确</b>，而且此后不能再选。</details>
# <details><summary>30 次中测试准确率最高的</summary>那样测试集就变成了验证集，再没有可以用来测试的东西了。</details>
#
# **3.** 一个 Keras 模型用了 `L2(0.01)`。PyTorch 的普通 SGD 里，`weight_decay` 取多少效果相同？
# <details><summary>0.005</summary>倍数对了，方向反了：Keras 的梯度是 2 · 0.01 · w。</details>
# <details><summary>0.01</summary>Keras 的惩罚项里没有 ½。</details>
# <details><summary>0.02</summary><b>正确：</b>这样两边都给梯度加上 0.02 w。</details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_broadcast prediction_coins" points=4
made = [guess for guess in (prediction_broadcast, prediction_coins) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - A card says what fails, on which numbers, and on request why. Its first case can be pasted and run.
# - Shapes line up from the right. (N,) against (N, 1) is (N, N) and no error: guard losses with a shape check.
# - A slice is a view. Functions here leave their inputs alone.
# - Train on training, choose on validation, report on test, once. The winner's validation score is flattered.
# - Our total loss: mean data loss + λ · ½ Σ w². Ask every other λ for its convention.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 卡片说明哪里没通过、在哪些数上没通过；需要时还说为什么。第一个例子可以粘贴出来运行。
# - 形状从右边对齐。(N,) 碰上 (N, 1) 得 (N, N)，而且不报错：损失函数里要检查形状。
# - 切片是视图。这里的函数都不改动输入。
# - 用训练集训练，用验证集选择，用测试集报告，且只报告一次。优胜者的验证成绩总是偏高。
# - 我们的总损失：平均数据损失 + λ · ½ Σ w²。遇到别的 λ，先问它的约定。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: backpropagation by hand
#
# | | |
# |---|---|
# | **You will be able to** | draw the graph of a computation and walk it backwards, find a gradient from shapes, write the gradients of a network with a hidden layer, and prove with differences that they are right |
# | **You need** | sitting A; the chain rule; matrix products |
# | **Time** | about 75 minutes: 25 reading, 50 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:B}}: four exercises on gradients ({{points:affine_backward}} + {{points:relu_backward}} + {{points:two_layer_loss_and_grads}} + {{points:numerical_gradient}}), last the gradient check ({{points:gradient_check}}), and two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：手写反向传播
#
# | | |
# |---|---|
# | **学完你能够** | 画出一次计算的图，并沿图反向走一遍；从形状推出梯度；写出带一个隐藏层的网络的全部梯度；用差分证明它们是对的 |
# | **你需要** | A 节；链式法则；矩阵乘法 |
# | **时间** | 约 75 分钟：阅读 25 分钟，动手 50 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●○ |
# | **分数** | {{points:B}} 分：四道关于梯度的练习（{{points:affine_backward}} + {{points:relu_backward}} + {{points:two_layer_loss_and_grads}} + {{points:numerical_gradient}}），最后是梯度检验（{{points:gradient_check}}），另有两次预测 |

# %% [markdown] lang="en"
# ### Before we start: four questions from sitting A
#
# <details><summary>1. A function receives an array <code>v</code> and does <code>v += g</code>. What does the caller see?</summary>
#
# The caller's array has changed. Write `v = v + g`.
# </details>
#
# <details><summary>2. o has shape (40, 1), t has shape (40,). What shape does o − t have, and what does a model trained on its mean square learn?</summary>
#
# (40, 40); the mean of the targets, whatever the input.
# </details>
#
# <details><summary>3. The loss is a mean over N examples. You copy every example once. What happens to loss and gradient?</summary>
#
# Nothing: both are means.
# </details>
#
# <details><summary>4. What does our λ add to the gradient of a weight w?</summary>
#
# $\lambda w$, thanks to the $\frac12$.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：A 节的四个问题
#
# <details><summary>1. 函数收到数组 <code>v</code> 后执行 <code>v += g</code>，调用者会看到什么？</summary>
#
# 调用者手里的数组被改掉了。应当写 `v = v + g`。
# </details>
#
# <details><summary>2. o 的形状是 (40, 1)，t 的形状是 (40,)。o − t 是什么形状？按它的均方训练，模型学到什么？</summary>
#
# (40, 40)；不论输入是什么，学到的都是目标的平均值。
# </details>
#
# <details><summary>3. 损失是 N 个样本的平均。把每个样本都复制一份，损失和梯度怎样变化？</summary>
#
# 都不变：两者都是平均值。
# </details>
#
# <details><summary>4. 我们的 λ 给权重 w 的梯度加上了什么？</summary>
#
# $\lambda w$，多亏了那个 $\frac12$。
# </details>

# %% [markdown] lang="en"
# ### The idea: ask backwards
#
# A network is a chain of small functions, and the loss is its last number. We want to know of *every* number in the chain: if it grew a little, by how much would the loss grow? Forwards, one would have to try each parameter in
# turn. Backwards one walk answers for all of them, since each function needs to know only two things: what its output's answer was (handed to it from behind) and its own slope.
#
# A small **computational graph**, by hand: $z=wx+b$, $a=\max(z,0)$, $\ell=(a-t)^2$, at $x=2$, $w=3$, $b=-1$, $t=1$.
#
# | | $w$ | $b$ | $z=wx+b$ | $a=\max(z,0)$ | $\ell=(a-t)^2$ |
# |---|---|---|---|---|---|
# | forwards → | 3 | −1 | 5 | 5 | 16 |
# | slope of the next function | $x=2$ | 1 | 1, since $z>0$ | $2(a-t)=8$ | |
# | ← backwards: $\partial\ell/\partial\,\cdot$ | $8\cdot2=16$ | $8\cdot1=8$ | $8\cdot1=8$ | 8 | 1 |
#
# Read the last row from right to left: each entry is the one to its right times a slope. Where a value is used in several places, its answers are *added*. That is all of **backpropagation**.
#
# Three small functions do most of the work, each with a manner of its own. Let $G$ be the answer that comes from behind:
#
# | forwards | backwards | in words |
# |---|---|---|
# | $u+v$ | $G$ to $u$, $G$ to $v$ | a sum hands its answer on to everybody |
# | $u\cdot v$ | $G\,v$ to $u$, $G\,u$ to $v$ | a product crosses over: large inputs make large gradients for the *weights*, so the scale of the data matters (chapter 06) |
# | $\max(u,v)$ | $G$ to the larger one, 0 to the other | a switch |
# %% [markdown] lang="zh"
# ### 想法：倒着问
#
# 网络是一串小函数，损失是最后那个数。对链上的*每一个*数，我们都想知道：它增大一点，损失会增大多少？顺着算，得把参数一个个试过来；倒着算，走一遍就全有了，因为每个函数只需要知道两件事：它的输出得到的答案（从后面传来），以及它自己的斜率。
#
# 手算一个小**计算图**（computational graph）：$z=wx+b$，$a=\max(z,0)$，$\ell=(a-t)^2$，取 $x=2$、$w=3$、$b=-1$、$t=1$。
#
# | | $w$ | $b$ | $z=wx+b$ | $a=\max(z,0)$ | $\ell=(a-t)^2$ |
# |---|---|---|---|---|---|
# | 前向 → | 3 | −1 | 5 | 5 | 16 |
# | 下一个函数的斜率 | $x=2$ | 1 | 1，因为 $z>0$ | $2(a-t)=8$ | |
# | ← 反向：$\partial\ell/\partial\,\cdot$ | $8\cdot2=16$ | $8\cdot1=8$ | $8\cdot1=8$ | 8 | 1 |
#
# 最后一行从右往左读：每一格等于它右边那一格乘上一个斜率。一个值若在几处用到，各处传回来的答案要*相加*。**反向传播**（backpropagation）就是这么回事。
#
# 多数活儿是三个小函数干的，各有各的脾气。设后面传来的答案是 $G$：
#
# | 前向 | 反向 | 用一句话说 |
# |---|---|---|
# | $u+v$ | $G$ 给 $u$，$G$ 给 $v$ | 加法：原样传给每一个 |
# | $u\cdot v$ | $G\,v$ 给 $u$，$G\,u$ 给 $v$ | 乘法：交叉相乘；输入大，*权重*的梯度就大，所以数据的尺度很要紧（06 章） |
# | $\max(u,v)$ | $G$ 给大的那个，另一个得 0 | 取大：一个开关 |

# %% [markdown] lang="en"
# ### From numbers to batches
#
# Now $N$ examples at once: $Z=XW+b$ with $X$ (N, D), $W$ (D, K), $b$ (K,). Somebody hands us $G=\partial\,\text{loss}/\partial Z$, of shape (N, K). One entry is $Z_{nk}=\sum_d X_{nd}W_{dk}+b_k$. The weight $W_{dk}$ sits in $Z_{nk}$ for *every* $n$, with slope $X_{nd}$; so its answers add up over the batch:
#
# $$\frac{\partial\,\text{loss}}{\partial W_{dk}}=\sum_n X_{nd}\,G_{nk}=(X^\top G)_{dk}.$$
#
# *Do the same for $b_k$, which sits in $Z_{nk}$ for every $n$ with slope 1, before you open the line below.*
#
# <details><summary>the line left blank</summary>
#
# $\dfrac{\partial\,\text{loss}}{\partial b_k}=\sum_n 1\cdot G_{nk}$: the sum of $G$ over its rows.
# </details>
#
# And $X_{nd}$ sits in $Z_{nk}$ for every $k$, with slope $W_{dk}$: $\;\partial\,\text{loss}/\partial X=G\,W^\top$.
#
# **The shape rule.** A gradient has the shape of the thing it belongs to. From (N, D) and (N, K) only *one* product makes (D, K). Use that as a check, not instead of the derivation: with N = D = K every product fits.
# %% [markdown] lang="zh"
# ### 从单个数到一批
#
# 现在同时处理 $N$ 个样本：$Z=XW+b$，$X$ 为 (N, D)，$W$ 为 (D, K)，$b$ 为 (K,)。后面传来 $G=\partial\,\text{loss}/\partial Z$，形状 (N, K)。单个元素是 $Z_{nk}=\sum_d X_{nd}W_{dk}+b_k$。权重 $W_{dk}$ 出现在*每个* $n$ 的 $Z_{nk}$ 里，斜率是 $X_{nd}$；所以要对整批求和：
#
# $$\frac{\partial\,\text{loss}}{\partial W_{dk}}=\sum_n X_{nd}\,G_{nk}=(X^\top G)_{dk}.$$
#
# *$b_k$ 出现在每个 $n$ 的 $Z_{nk}$ 里，斜率是 1。照样推一遍，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# $\dfrac{\partial\,\text{loss}}{\partial b_k}=\sum_n 1\cdot G_{nk}$：把 $G$ 的各行相加。
# </details>
#
# 而 $X_{nd}$ 出现在每个 $k$ 的 $Z_{nk}$ 里，斜率是 $W_{dk}$：$\;\partial\,\text{loss}/\partial X=G\,W^\top$。
#
# **形状规则。** 梯度与它所属的量形状相同。由 (N, D) 和 (N, K) 能拼成 (D, K) 的乘积只有*一个*。把它当作核对，而不要用它代替推导：N = D = K 时，怎么乘形状都对。

# %% [markdown] lang="en"
# ### Convention card: layers and checks
#
# | where | affine layer | slope of ReLU at 0 | gradient check |
# |---|---|---|---|
# | **here** | $XW+b$, `W` is (in, out) | 0 | central, `h=1e-5`, `rtol=1e-5`, `atol=1e-8`, float64 |
# | PyTorch | $XW^\top+b$, `weight` is (out, in) | 0 | `gradcheck`: `eps=1e-6`, `atol=1e-5`, `rtol=1e-3`, wants float64 |
# | Keras, TensorFlow | `kernel` is (in, out) | 0 | `tf.test.compute_gradient`: step 1/1024 |
# | JAX | yours to write | `jax.nn.relu` 0, `jnp.maximum(x, 0)` 0.5 | `jax.test_util.check_grads` |
# | CS231n's course notes | $Wx$ in the formula | | central, relative error below 1e-7 is good, above 1e-2 a bug |
# | deeplearning.ai, course 2 | $WX+b$, one example per *column* | | central, $h=10^{-7}$; *one* number for all arrays, $\lvert a-n\rvert/(\lvert a\rvert+\lvert n\rvert)$ with $a$ analytic, $n$ numeric: below 1e-7 is good, above 1e-3 a bug |
#
# One number for everything is quick, but it does not say which array is wrong, and a large entry that is right can hide a small one that is not. Ours asks every entry.
# %% [markdown] lang="zh"
# ### 约定卡：层与检验
#
# | 出处 | 仿射层 | ReLU 在 0 处的斜率 | 梯度检验 |
# |---|---|---|---|
# | **本课程** | $XW+b$，`W` 为 (输入, 输出) | 0 | 中心差分，`h=1e-5`、`rtol=1e-5`、`atol=1e-8`，float64 |
# | PyTorch | $XW^\top+b$，`weight` 为 (输出, 输入) | 0 | `gradcheck`：`eps=1e-6`、`atol=1e-5`、`rtol=1e-3`，要求 float64 |
# | Keras、TensorFlow | `kernel` 为 (输入, 输出) | 0 | `tf.test.compute_gradient`：步长 1/1024 |
# | JAX | 自己写 | `jax.nn.relu` 取 0，`jnp.maximum(x, 0)` 取 0.5 | `jax.test_util.check_grads` |
# | CS231n 课程讲义 | 公式写作 $Wx$ | | 中心差分；相对误差小于 1e-7 为好，大于 1e-2 则有错 |
# | deeplearning.ai 第二门课 | $WX+b$，每个样本占一*列* | | 中心差分，$h=10^{-7}$；所有数组合起来算*一个*数 $\lvert a-n\rvert/(\lvert a\rvert+\lvert n\rvert)$，$a$ 为解析值、$n$ 为数值：小于 1e-7 为好，大于 1e-3 则有错 |
#
# 合起来只看一个数，快是快，却说不出是哪个数组错了；而且一个正确的大元素能掩盖一个错误的小元素。我们逐个元素地问。

# %% [markdown] lang="en"
# ### Exercise 4: `affine_backward` ({{points:affine_backward}} points, 8 minutes)
#
# Three results, three lines. `affine` itself is given.
# %% [markdown] lang="zh"
# ### 练习 4：`affine_backward`（{{points:affine_backward}} 分，8 分钟）
#
# 三个结果，三行代码。`affine` 本身已经给出。

# %% role="given" id="affine"
from reference.backprop import affine

# %% role="answer" id="affine_backward"
from reference.backprop import affine_backward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Transpose is `.T`. Write the three shapes (N, D), (D, K), (K,) beside the three lines before you multiply anything.
# </details>
# <details><summary>Hint 2</summary>
#
# `grad_out = np.ones((2, 1))`, `X = np.array([[1.0, 2.0], [3.0, 4.0]])`, `W = np.array([[5.0], [6.0]])` give `[[5, 6], [5, 6]]`, `[[4], [6]]` and `[2]`. No division by N: it is in `grad_out` already.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 转置是 `.T`。先在三行旁边写下三个形状 (N, D)、(D, K)、(K,)，再动手乘。
# </details>
# <details><summary>提示 2</summary>
#
# `grad_out = np.ones((2, 1))`、`X = np.array([[1.0, 2.0], [3.0, 4.0]])`、`W = np.array([[5.0], [6.0]])` 应得到 `[[5, 6], [5, 6]]`、`[[4], [6]]` 和 `[2]`。不要除以 N：`grad_out` 里已经除过了。
# </details>

# %% role="tests" id="test_affine_backward" points=16
check("affine_backward", affine_backward)

# %% [markdown] lang="en"
# ### Exercise 5: `relu_backward` ({{points:relu_backward}} points, 4 minutes)
#
# A gate: a unit that was on passes its answer back, a unit that was off passes nothing. Whether it was on, `X` says, not the gradient.
# %% [markdown] lang="zh"
# ### 练习 5：`relu_backward`（{{points:relu_backward}} 分，4 分钟）
#
# 一扇门：开着的单元把答案传回去，关着的单元什么也不传。开没开由 `X` 说了算，与梯度的符号无关。

# %% role="given" id="relu"
from reference.backprop import relu

# %% role="answer" id="relu_backward"
from reference.backprop import relu_backward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `X > 0` is an array of True and False. `np.where(condition, a, b)` takes from `a` where it is True, from `b` elsewhere.
# </details>
# <details><summary>Hint 2</summary>
#
# `grad_out = [5, -7, 3]`, `X = [2, 1, -4]` gives `[5, -7, 0]`: a negative gradient passes like any other.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `X > 0` 是由 True 和 False 组成的数组。`np.where(条件, a, b)` 在条件为 True 处取 `a`，其余取 `b`。
# </details>
# <details><summary>提示 2</summary>
#
# `grad_out = [5, -7, 3]`、`X = [2, 1, -4]` 得 `[5, -7, 0]`：负的梯度照样通过。
# </details>

# %% role="tests" id="test_relu_backward" points=8
check("relu_backward", relu_backward)

# %% [markdown] lang="en"
# ### Exercise 6: `two_layer_loss_and_grads` ({{points:two_layer_loss_and_grads}} points, 12 minutes)
#
# Put the pieces together. Forwards four lines, keeping what you will need; backwards the same stations in the opposite order:
#
# $$X\;\xrightarrow{W_1,b_1}\;Z_1\;\xrightarrow{\text{relu}}\;A_1\;\xrightarrow{W_2,b_2}\;Z_2\;\xrightarrow{\text{loss}}\;\ell$$
#
# The loss is handed in as a function which returns its own gradient, as your `mean_squared_error` does. The card grades loss, second layer and first layer separately, so stop and check on the way.
#
# *Worked example.* The little graph above is such a network with all sizes 1: `X = [[2.0]]`, `W1 = [[3.0]]`, `b1 = [-1.0]`, `W2 = [[1.0]]`, `b2 = [0.0]`, `y = [[1.0]]` and `loss_fn=mean_squared_error`. The loss is 16; the gradients are 16, 8 (first layer) and 40, 8 (second).
# %% [markdown] lang="zh"
# ### 练习 6：`two_layer_loss_and_grads`（{{points:two_layer_loss_and_grads}} 分，12 分钟）
#
# 把零件拼起来。前向四行，把后面要用的留住；反向经过同样的站点，次序相反：
#
# $$X\;\xrightarrow{W_1,b_1}\;Z_1\;\xrightarrow{\text{relu}}\;A_1\;\xrightarrow{W_2,b_2}\;Z_2\;\xrightarrow{\text{loss}}\;\ell$$
#
# 损失以函数形式传入，它同时返回自己的梯度，就像你写的 `mean_squared_error`。卡片对损失、第二层、第一层分别给分，所以可以边写边检查。
#
# *例子。* 前面那个小计算图就是各尺寸都为 1 的这种网络：`X = [[2.0]]`、`W1 = [[3.0]]`、`b1 = [-1.0]`、`W2 = [[1.0]]`、`b2 = [0.0]`、`y = [[1.0]]`，`loss_fn=mean_squared_error`。损失是 16；梯度是 16、8（第一层）和 40、8（第二层）。

# %% role="answer" id="two_layer_loss_and_grads"
from reference.backprop import two_layer_loss_and_grads

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Every backward line is a call: `affine_backward`, `relu_backward`, `affine_backward`. What went *into* the second affine layer? What went into the ReLU?
# </details>
# <details><summary>Hint 2</summary>
#
# Begin with `loss, grad_Z2 = loss_fn(Z2, y)`, then `grad_A1, grad_W2, grad_b2 = affine_backward(grad_Z2, A1, params["W2"])`. Two more calls, then the dict. The gradient with respect to `X` is thrown away with `_`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 反向的每一行都是一次调用：`affine_backward`、`relu_backward`、`affine_backward`。*进入*第二个仿射层的是什么？进入 ReLU 的又是什么？
# </details>
# <details><summary>提示 2</summary>
#
# 先写 `loss, grad_Z2 = loss_fn(Z2, y)`，再写 `grad_A1, grad_W2, grad_b2 = affine_backward(grad_Z2, A1, params["W2"])`。再调用两次，最后组成字典。对 `X` 的梯度用 `_` 丢掉。
# </details>

# %% role="tests" id="test_two_layer_loss_and_grads" points=16
check("two_layer_loss_and_grads", two_layer_loss_and_grads)

# %% [markdown] lang="en"
# ### Exercise 7: `numerical_gradient` ({{points:numerical_gradient}} points, 8 minutes)
#
# A gradient written by hand is a claim. The evidence: move one entry by $h$ both ways and look at the loss. By Taylor's formula
#
# $$f(x\pm h)=f(x)\pm h f'(x)+\tfrac{h^2}{2}f''(x)\pm\tfrac{h^3}{6}f'''(x)+\dots$$
#
# so in the **central difference** the even terms cancel: $\dfrac{f(x+h)-f(x-h)}{2h}=f'(x)+\dfrac{h^2}{6}f'''(x)+\dots$ The one-sided $\dfrac{f(x+h)-f(x)}{h}$ keeps an error of $\frac h2f''$.
#
# It costs two losses per parameter, so it is a tool for tests on small networks, never for training.
# %% [markdown] lang="zh"
# ### 练习 7：`numerical_gradient`（{{points:numerical_gradient}} 分，8 分钟）
#
# 手写的梯度只是一种说法。证据要这样拿：把一个元素朝两边各挪动 $h$，看损失怎么变。由泰勒公式，
#
# $$f(x\pm h)=f(x)\pm h f'(x)+\tfrac{h^2}{2}f''(x)\pm\tfrac{h^3}{6}f'''(x)+\dots$$
#
# 所以在**中心差分**里，偶次项相消：$\dfrac{f(x+h)-f(x-h)}{2h}=f'(x)+\dfrac{h^2}{6}f'''(x)+\dots$ 单侧差分 $\dfrac{f(x+h)-f(x)}{h}$ 则留下 $\frac h2f''$ 的误差。
#
# 每个参数要算两次损失，所以它是在小网络上做检验的工具，绝不能用来训练。

# %% role="answer" id="numerical_gradient"
from reference.gradient_check import numerical_gradient

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `for index in np.ndindex(x.shape):` visits every entry of an array of any shape, also of a single number. Make an array of zeros and put `h` at `[index]`.
# </details>
# <details><summary>Hint 2</summary>
#
# Begin with `x = np.array(x, dtype=np.float64)`: whole numbers cannot move by 1e-5. Check by hand: for `f = lambda x: x[0]**2 * x[1]` at (3, 5) the gradient is (30, 9).
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `for index in np.ndindex(x.shape):` 会走遍任意形状数组的每个元素，单个数也行。建一个全零数组，在 `[index]` 处放上 `h`。
# </details>
# <details><summary>提示 2</summary>
#
# 第一行写 `x = np.array(x, dtype=np.float64)`：整数没法挪动 1e-5。手算核对：`f = lambda x: x[0]**2 * x[1]` 在 (3, 5) 处的梯度是 (30, 9)。
# </details>

# %% role="tests" id="test_numerical_gradient" points=10
check("numerical_gradient", numerical_gradient)

# %% [markdown] lang="en"
# ### Experiment 3: how small should h be?
#
# $f(x)=\sum e^{x_i}$ at three points, where the gradient is known exactly. At $h=10^{-5}$ central differences are very good. **We make $h$ a thousand times smaller, $10^{-8}$. The error ...**
#
# - (a) falls by a factor of about a million, as $h^2$ says
# - (b) stays about the same
# - (c) grows
# %% [markdown] lang="zh"
# ### 实验 3：h 该取多小？
#
# $f(x)=\sum e^{x_i}$，取三个点，梯度精确已知。$h=10^{-5}$ 时中心差分已经非常准。**把 $h$ 再缩小到千分之一，取 $10^{-8}$，误差会……**
#
# - (a) 按 $h^2$ 推算，降到大约百万分之一
# - (b) 差不多不变
# - (c) 变大

# %% role="answer" id="prediction_h"
prediction_h = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_h = "c"
### END SOLUTION

# %%
def forward_difference(f, x, *, h):
    """The one-sided cousin, for comparison: (f(x + h e_i) - f(x)) / h for each entry i."""
    return np.array([(f(x + h * unit) - f(x)) / h for unit in np.eye(len(x))])


def sum_of_exponentials(x):
    return np.exp(x).sum()


H = 10.0 ** np.arange(-1, -13.5, -0.5)
POINTS = np.random.default_rng(0).uniform(-1, 1, (20, 3))  # the figure shows the mean error over 20 places

# %% role="experiment"
with experiment("numerical_gradient"):
    errors = {
        name: np.array([np.mean([np.abs(method(sum_of_exponentials, x, h=h) - np.exp(x)).max() for x in POINTS])
                        for h in H])
        for name, method in (("forward", forward_difference), ("central", numerical_gradient))}
    for power in (-2, -5, -8, -11):
        at = int(np.argmin(np.abs(np.log10(H) - power)))
        print(f"h = 1e{power:03d}: forward {errors['forward'][at]:.0e}, central {errors['central'][at]:.0e}")
    roots = [np.finfo(dtype).eps ** (1 / 3) for dtype in (np.float64, np.float32)]
    print(f"cube root of the machine epsilon: float64 {roots[0]:.1e}, float32 {roots[1]:.1e}")

# %% role="experiment"
with experiment("numerical_gradient", "errors"):
    ax = curves(errors, x=H, xlabel="$h$", ylabel="largest error", logx=True, logy=True)
    ax.axvline(np.finfo(float).eps ** (1 / 3), color="black", linestyle=":", linewidth=1)
    ax.annotate(r"$\epsilon^{1/3}$", (np.finfo(float).eps ** (1 / 3) * 1.3, 1e-3))
    show(ax.figure, alt={
        "en": "Log-log plot of the error of forward and central differences against h from 1e-1 to 1e-13. Both are V-shaped. Central differences fall with slope 2 to about 3e-11 near h = 1e-5; forward differences "
              "fall with slope 1 to about 3e-8 near h = 3e-8. Left of their lowest points both rise with slope -1 as h shrinks.",
        "zh": "前向差分与中心差分的误差对 h（1e-1 到 1e-13）的双对数图，都呈 V 形。中心差分以斜率 2 下降，在 h = 1e-5 附近降到约 3e-11；前向差分以斜率 1 下降，在 h = 3e-8 附近降到约 3e-8。"
              "越过各自的最低点后，h 再小，两者都以斜率 -1 上升。"},
        caption={"en": "Ask the figure: which side of each V is mathematics, which is the computer? Dotted: the textbook choice for central differences.",
                 "zh": "看图时请问自己：每个 V 的哪一边来自数学，哪一边来自计算机？点线：教科书给中心差分的选择。"})
    reveal("h", prediction_h, "c", {
        "en": "f is only known to about 16 digits; that rounding is divided by 2h.",
        "zh": "f 只有大约 16 位有效数字；这个舍入误差要除以 2h。"})

# %% [markdown] lang="en"
# **What it showed:** two errors pull in opposite directions, $\frac{h^2}{6}|f'''|$ and about $10^{-16}|f|/h$. They balance near $h=\epsilon^{1/3}\approx6\cdot10^{-6}$, the published rule (Press et al., *Numerical Recipes*, section 5.7), and our
# default of 1e-5 is next to it. In float32, $\epsilon^{1/3}$ is 0.005 and even the best $h$ leaves few digits: check gradients in float64.
#
# **What it does not show:** functions with kinks. If a ReLU switches between $x-h$ and $x+h$, the difference is a mixture of two slopes, and no $h$ is to blame.
# %% [markdown] lang="zh"
# **它说明了：** 两种误差此消彼长：$\frac{h^2}{6}|f'''|$ 与大约 $10^{-16}|f|/h$。两者在 $h=\epsilon^{1/3}\approx6\cdot10^{-6}$ 附近持平，这正是教科书上的经验法则（Press 等，*Numerical Recipes*，5.7 节），我们的默认值 1e-5 就在旁边。用 float32 时 $\epsilon^{1/3}$ 是 0.005，$h$ 选得再好也剩不下几位有效数字：请用 float64 检验梯度。
#
# **它没有说明：** 有拐点的函数会怎样。如果某个 ReLU 恰好在 $x-h$ 与 $x+h$ 之间切换，差分就是两种斜率的混合，怪不得 $h$。

# %% [markdown] lang="en"
# ### Exercise 8: `gradient_check` ({{points:gradient_check}} points, 15 minutes)
#
# Now the detective. It gets a function that returns loss and gradients, and has to **name** the arrays whose gradient is wrong. The check plants bugs: a sign, a factor, a single entry, a missing name, a wrong shape, a NaN. An innocent array must not be accused.
#
# *Worked example.* With `params = {"W": ..., "b": ...}` and code that forgets the factor 2 in `b` only, the answer is `["b"]`, and a line such as
# `b: entry (0,): analytic 1.5, numeric 3` is printed (only the names are graded, the line is for you).
# To move one array and leave the others: `{**params, name: x}` is a new dict with one entry replaced.
# %% [markdown] lang="zh"
# ### 练习 8：`gradient_check`（{{points:gradient_check}} 分，15 分钟）
#
# 现在来写侦探。它收到一个返回损失和梯度的函数，要**说出**哪些数组的梯度错了。检查时会埋下各种错误：符号反了、差一个倍数、只错一个元素、缺了名字、形状不对、出现 NaN。清白的数组不能被冤枉。
#
# *例子。* `params = {"W": ..., "b": ...}`，而代码只在 `b` 里漏了因子 2，那么答案是 `["b"]`，并打印一行类似 `b: entry (0,): analytic 1.5, numeric 3` 的话（只按名字评分，这一行是给你自己看的）。想挪动一个数组而不碰其余的：`{**params, name: x}` 是只替换了一项的新字典。

# %% role="answer" id="gradient_check"
from reference.gradient_check import gradient_check

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# For each name three questions, in this order: is there a gradient at all? has it the shape of the parameter? does it agree with `numerical_gradient` of the loss as a function of this one array? Convert params to float64 first.
# </details>
# <details><summary>Hint 2</summary>
#
# The loss as a function of one array: `lambda x: loss_and_grads({**params, name: x})[0]`. Ask whether *all* differences are small enough, not whether any is too large: NaN compares False with everything, so
# `np.all(difference <= allowed)` convicts it and `np.any(difference > allowed)` lets it go.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 对每个名字依次问三件事：有没有梯度？形状与参数相同吗？与“把损失看作这一个数组的函数”的 `numerical_gradient` 一致吗？先把参数转成 float64。
# </details>
# <details><summary>提示 2</summary>
#
# 把损失看作一个数组的函数：`lambda x: loss_and_grads({**params, name: x})[0]`。要问的是*所有*差异是否都足够小，而不是有没有哪个太大：NaN 与任何数比较都得 False，所以 `np.all(difference <= allowed)` 会判它有罪，`np.any(difference > allowed)` 却会放过它。
# </details>

# %% role="tests" id="test_gradient_check" points=14
check("gradient_check", gradient_check)

# %% [markdown] lang="en"
# ### Experiment 4: can you see a wrong gradient in the training curve?
#
# 400 digits (8×8 pixels, ten classes), a network 64-32-10, squared error against targets with a 1 for the right class and 0 elsewhere, 150 steps with the full gradient. One arm uses your gradients. In the other (`without_gate`, imported), somebody forgot the ReLU on the way back. Each arm gets its own best learning rate, chosen on three
# seeds; then five fresh seeds. **What does the arm with the bug do?**
#
# - (a) its loss does not fall
# - (b) its loss falls, and most validation digits are classified correctly
# - (c) its loss falls, but validation accuracy stays near guessing, 10 %
# %% [markdown] lang="zh"
# ### 实验 4：从训练曲线上看得出梯度错了吗？
#
# 400 张 digits 图像（8×8 像素，十个类），网络 64-32-10，平方误差，目标在正确的类上为 1、其余为 0，用全部数据的梯度走 150 步。一方用你的梯度；另一方（导入的 `without_gate`）在反向时漏了 ReLU。双方各用自己最好的学习率（在三个种子上选出），再在五个新种子上比较。**有错的一方会怎样？**
#
# - (a) 损失降不下去
# - (b) 损失下降，而且大多数验证图像都分对了
# - (c) 损失下降，但验证准确率停在瞎猜的 10% 附近

# %% role="answer" id="prediction_bug"
prediction_bug = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_bug = "b"
### END SOLUTION

# %%
digits = load_digits()
X_train, y_train = digits.X_train[:400], digits.y_train[:400]
Y_train = np.eye(10)[y_train]  # row n: 1 at the class of example n, 0 elsewhere


def he_normal(rng, shape):
    """Random weights that suit ReLU, borrowed: chapter 06 says why."""
    return rng.normal(0, np.sqrt(2 / shape[0]), shape)


def start_digits(seed, hidden=32):
    """Initial weights; a tenth of He's in the second layer, so that the first outputs are small."""
    rng = np.random.default_rng(seed)
    return {"W1": he_normal(rng, (64, hidden)), "b1": np.zeros(hidden),
            "W2": 0.1 * he_normal(rng, (hidden, 10)), "b2": np.zeros(10)}


def right_gradients(params, X, Y):
    return two_layer_loss_and_grads(params, X, Y, loss_fn=mean_squared_error)


def walk_down(loss_and_grads, params, *, lr, num_steps):
    """Plain gradient descent on all of X_train. Returns the params and the loss before each step."""
    losses = []
    for _ in range(num_steps):
        loss, grads = loss_and_grads(params, X_train, Y_train)
        losses.append(loss)
        params = {name: params[name] - lr * grads[name] for name in params}
    return params, np.array(losses)


def validation_accuracy(params):
    A1 = relu(affine(digits.X_val, params["W1"], params["b1"]))
    return np.mean(affine(A1, params["W2"], params["b2"]).argmax(axis=1) == digits.y_val)


RATES = (1.0, 2.0, 4.0, 8.0)
ARMS = {"right": right_gradients, "ReLU forgotten": without_gate}

# %% role="experiment"
with experiment("mean_squared_error", "affine_backward", "relu_backward", "two_layer_loss_and_grads"):
    losses, accuracies = {}, {}
    for name, arm in ARMS.items():
        tuned = [np.mean([walk_down(arm, start_digits(seed), lr=lr, num_steps=150)[1][-1] for seed in range(3)])
                 for lr in RATES]
        best = RATES[int(np.argmin(tuned))]
        runs = [walk_down(arm, start_digits(seed), lr=best, num_steps=150) for seed in range(100, 105)]
        losses[name] = np.array([path for _, path in runs])
        accuracies[name] = np.array([validation_accuracy(params) for params, _ in runs])
        print(f"{name:15s} best lr {best}: last loss {losses[name][:, -1].mean():.3f},"
              f" validation accuracy {accuracies[name].mean():.2f}")
    bugged = losses, accuracies
    mean, low, high = mean_interval(accuracies["ReLU forgotten"] - accuracies["right"])
    print(f"accuracy, forgotten minus right: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    mean, low, high = mean_interval(losses["ReLU forgotten"][:, -1] - losses["right"][:, -1])
    print(f"last loss, forgotten minus right: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")

# %% role="experiment"
with experiment("two_layer_loss_and_grads", "bugged"):
    ax = curves(bugged[0], ylabel="training loss", logy=True)
    ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5], ["0.02", "0.05", "0.1", "0.2", "0.5"])
    ax.minorticks_off()
    finals = {name: values[:, -1].mean() for name, values in bugged[0].items()}
    shares = {name: values.mean() for name, values in bugged[1].items()}
    show(ax.figure, alt={
        "en": "Training loss over 150 steps, log axis, median and range of five seeds. Both jump up in the first steps, then fall all the way, and their bands overlap; on average "
              f"with right gradients to {finals['right']:.3f}, with the ReLU forgotten to {finals['ReLU forgotten']:.3f}.",
        "zh": "150 步的训练损失（对数轴），五个种子的中位数与范围。两条线开头几步都跳高，然后一路下降，范围互相重叠；平均而言，"
              f"梯度正确时降到 {finals['right']:.3f}，漏掉 ReLU 时降到 {finals['ReLU forgotten']:.3f}。"},
        caption={"en": "Ask the figure: if you had only one of these lines, how would you know which it is?",
                 "zh": "看图时请问自己：如果手里只有其中一条线，你怎么知道它是哪一条？"})
    reveal("bug", prediction_bug, "b", {
        "en": f"Validation accuracy {shares['ReLU forgotten']:.2f} with the bug, {shares['right']:.2f} without.",
        "zh": f"有错时验证准确率 {shares['ReLU forgotten']:.2f}，没错时 {shares['right']:.2f}。"})

# %% [markdown] lang="en"
# **What it showed:** a network with a wrong gradient learns. On validation, five seeds do not even tell it from the right one: the interval holds 0. Only the training loss ends a little higher. And nobody has the right curve at hand to compare with. The check needs a second:
# %% [markdown] lang="zh"
# **它说明了：** 梯度错了的网络照样在学。单看验证准确率，五个种子都分不出它与正确的那个：区间里有 0；只是训练损失最后略高一些。何况没有人手里会有一条正确的曲线可比。而检验只要一秒：

# %% role="experiment" nbval="check"
with experiment("mean_squared_error", "affine_backward", "relu_backward", "two_layer_loss_and_grads",
                "numerical_gradient", "gradient_check"):
    small = start_digits(0, hidden=3)
    for name, arm in ARMS.items():
        print(f"{name}: wrong are", gradient_check(lambda params: arm(params, X_train[:8], Y_train[:8]), small))

# %% [markdown] lang="en"
# **What it does not show:** that bugs are harmless. A sign in the wrong place makes the run explode (see the clinic), and on a harder task the same bug may cost much more.
#
# ### The notes you may have read
#
# **1. "The loss goes down, so the gradients are right."** Experiment 4: it goes down without them being right.
#
# **2. "The smaller h, the better the check."** Experiment 3: below about 1e-5 it gets worse.
#
# **3. "The check passed, so the code is right."** It passed *at that point*. Below, the code without the ReLU's gate meets the same check at a point where every hidden unit is on. *Before you run it:* what will be reported?
# %% [markdown] lang="zh"
# **它没有说明：** 这样的错误无伤大雅。符号放错地方会让训练爆掉（见诊室）；换一个更难的任务，同样的错误可能代价大得多。
#
# ### 你可能读过的笔记
#
# **1. “损失在下降，所以梯度是对的。”** 实验 4：梯度不对，损失照样下降。
#
# **2. “h 越小，检验越准。”** 实验 3：小到 1e-5 以下，反而更差。
#
# **3. “检验通过了，所以代码是对的。”** 它只在*那一个点*通过了。下面让漏掉 ReLU 的代码在另一个点接受同样的检验，那里每个隐藏单元都开着。*运行之前想一想：* 会报告什么？

# %% role="experiment" nbval="check"
with experiment("numerical_gradient", "gradient_check", "small"):
    all_on = {**small, "b1": small["b1"] + 10}
    for place, params in (("all units on", all_on), ("some on, some off", small)):
        accused = gradient_check(lambda params: without_gate(params, X_train[:8], Y_train[:8]), params)
        print(place + ": wrong are", accused)

# %% [markdown] lang="en"
# Where every gate is open, forgetting the gates changes nothing. Check at random points, with units on and off, with unequal numbers in every array, and more than once.
#
# **Before you believe a check** (most of it from CS231n's notes):
#
# - Work in float64, on a handful of examples: quicker, and fewer kinks lie between $x-h$ and $x+h$. (Whether one lies there can be seen: some ReLU has inputs of different signs at the two points.) Gradients of $10^{-10}$ drown in rounding: multiply the loss by a constant for the check.
# - Check again after some steps of training. The first weights are small, and a bug may not show yet.
# - Nothing random inside: dropout and augmentation off, or one seed for every call. Otherwise the difference measures the dice.
# - First without the penalty, then the penalty alone. A large $\lambda w$ is easily right, and covers a wrong data gradient.
# - Too many parameters? A random sample of entries, but of *every* array. In a deep network rounding adds up from layer to layer; allow a larger relative error there than for one function.
#
# ### Clinic
#
# Three training curves on the 400 digits, each from a run whose owner asks for help.
# %% [markdown] lang="zh"
# 门全都开着的地方，漏掉门也没有区别。请在随机的点上检验：有的单元开、有的关，每个数组里的数互不相同，而且不止检验一次。
#
# **相信一次检验之前**（大多出自 CS231n 讲义）：
#
# - 用 float64，只取几个样本：既快，落在 $x-h$ 与 $x+h$ 之间的拐点也少。（有没有拐点是看得出来的：某个 ReLU 的输入在这两点符号不同。）梯度小到 $10^{-10}$ 就会被舍入淹没：检验时先给损失乘一个常数。
# - 训练几步之后再检验一次。初始权重很小，有的错误还显不出来。
# - 里面不能有随机的东西：关掉丢弃法和数据增强，或者每次调用都用同一个种子。否则差分量到的是骰子。
# - 先不带惩罚项检验，再单独检验惩罚项。$\lambda w$ 很容易写对，它一大，就把数据梯度里的错误盖住了。
# - 参数太多？那就随机抽一部分元素，但*每个*数组都要抽到。网络很深时，舍入误差逐层累积，容许的相对误差要比检验单个函数时大一些。
#
# ### 诊室
#
# 在这 400 张图像上的三条训练曲线，都有人拿来求诊。

# %% role="experiment"
def sign_turned(params, X, Y):
    loss, grads = right_gradients(params, X, Y)
    return loss, {**grads, "W1": -grads["W1"], "b1": -grads["b1"]}


with experiment("mean_squared_error", "affine_backward", "relu_backward", "two_layer_loss_and_grads"):
    patients = {
        "A": walk_down(sign_turned, start_digits(3), lr=1.0, num_steps=7)[1],
        "B": walk_down(relu_of_gradient, start_digits(3), lr=1.0, num_steps=120)[1],
        "C": walk_down(right_gradients, start_digits(3), lr=0.02, num_steps=120)[1],
    }
    fig, axes = panels(3)
    for ax, (name, path) in zip(axes, patients.items(), strict=True):
        ax.plot(path)
        ax.set(yscale="log" if name == "A" else "linear", xlabel="step", title=name)
    axes[1].axhline(0.09, color="black", linestyle=":", linewidth=1)
    axes[1].annotate("0.09", (85, 0.092))
    axes[0].set_ylabel("training loss")
    show(fig, alt={
        "en": "Three loss curves. A (log axis) hovers for three steps, then rises ever faster by many orders of magnitude. B rises and falls in the first steps, reaches 0.076, comes back up and from step 45 on lies level, just under a dotted line at 0.09. C falls smoothly and slowly and is still falling at the end.",
        "zh": "三条损失曲线。A（对数轴）前三步徘徊，随后越升越快，跨越许多个数量级。B 在最初几步先升后降，降到 0.076 后又回升，从第 45 步起一直平躺在 0.09 处的点线之下。C 平滑而缓慢地下降，到最后还在降。"})
    print(f"last losses: B {patients['B'][-1]:.4f}, C {patients['C'][-1]:.4f}; variance of a target {Y_train.var(axis=0).mean():.4f}")

# %% [markdown] lang="en"
# **A.** It explodes.
# <details><summary>learning rate too large</summary>Possible from the curve alone. But with the right gradient the same learning rate trains well, and with this one a smaller rate only delays the rise: no learning rate turns climbing into descending.</details>
# <details><summary>the first layer's gradient has the wrong sign</summary><b>Yes.</b> The second layer descends while the first climbs. `gradient_check` names W1 and b1 and shows analytic = −numeric.</details>
# <details><summary>bad initial weights</summary>The same start trains well with the right gradient (experiment 4).</details>
#
# **B.** It falls, comes back, and rests at 0.09 for ever.
# <details><summary>a minimum of the network</summary>Experiment 4 gets far below that. And the number is telling.</details>
# <details><summary>the hidden units have died; only the last bias still learns</summary><b>Yes.</b> 0.09 is the variance of the targets ($0.1\cdot0.9$): the network gives the same answer to every image. Here relu stood where relu_backward should: only positive answers came back, every bias sank, every unit went off.</details>
# <details><summary>too small a learning rate</summary>Then it would still be falling.</details>
#
# **C.** Slow, smooth, still falling.
# <details><summary>a wrong gradient</summary>Cannot be excluded by looking! But the check passes here.</details>
# <details><summary>learning rate too small</summary><b>Yes:</b> no wobble, no floor, only time. Two hundred times as much gave the curve of experiment 4.</details>
# <details><summary>overfitting</summary>That cannot be seen in a training loss at all.</details>
# %% [markdown] lang="zh"
# **A.** 爆掉了。
# <details><summary>学习率太大</summary>只看曲线确有可能。但梯度正确时，同样的学习率训练得很好；而在这里，学习率取小只是让上升来得晚些：往上爬，多小的学习率也变不成下坡。</details>
# <details><summary>第一层的梯度符号反了</summary><b>正确。</b>第二层在下降，第一层在往上爬。`gradient_check` 会点名 W1 和 b1，并显示解析值 = −数值。</details>
# <details><summary>初始权重不好</summary>同样的起点，梯度正确时训练得很好（实验 4）。</details>
#
# **B.** 降下去，又升回来，然后永远停在 0.09。
# <details><summary>到了网络的极小值</summary>实验 4 能降到比它低得多的地方。而且这个数本身就透露了原因。</details>
# <details><summary>隐藏单元都死了，只剩最后的偏置还在学</summary><b>正确。</b>0.09 正是目标的方差（$0.1\cdot0.9$）：网络对每张图都给出同样的答案。这里本该用 relu_backward 的地方用了 relu：只有正的答案传回来，偏置越来越低，单元全部关闭。</details>
# <details><summary>学习率太小</summary>那样它应当还在下降。</details>
#
# **C.** 慢，平滑，还在下降。
# <details><summary>梯度错了</summary>光看曲线没法排除！不过这里检验是通过的。</details>
# <details><summary>学习率太小</summary><b>正确：</b>不抖动，不触底，只是费时间。大两百倍，就是实验 4 的曲线。</details>
# <details><summary>过拟合</summary>从训练损失上根本看不出过拟合。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** A value $u$ is used twice: $\ell=u\cdot u'$ with $u'=u+1$. From the product $u$ gets the answer $u'$, by way of $u'$ the answer $u$. What is $\partial\ell/\partial u$?
# <details><summary>the larger of the two</summary>Nothing is chosen: both ways carry the change to the loss.</details>
# <details><summary>their product</summary>Slopes multiply along one way. Different ways are added.</details>
# <details><summary>their sum, 2u + 1</summary><b>Right</b>, and that is the derivative of $u^2+u$.</details>
#
# **5.** The loss is a mean over N = 50 examples. Where does the 1/50 enter your code?
# <details><summary>once, in the gradient of the loss</summary><b>Right.</b> From there it travels back inside `grad_out`.</details>
# <details><summary>in every affine_backward</summary>Then two layers would divide by 2500.</details>
# <details><summary>in the sum for b: it is a mean</summary>The sum over the batch is a sum; the mean was taken by the loss.</details>
#
# **6.** The check names W1 with analytic 0.310 and numeric 0.155, and no other array. Where do you look first?
# <details><summary>in the loss</summary>A factor of 2 there would be in W2 and b2 as well.</details>
# <details><summary>at the line that makes grad_W1 from grad_Z1</summary><b>Right.</b> b1 comes from the same grad_Z1 and is innocent, so grad_Z1 is right.</details>
# <details><summary>at h: too large</summary>An $h$ does not produce a factor of exactly 2.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 一个值 $u$ 用了两次：$\ell=u\cdot u'$，其中 $u'=u+1$。从乘积直接传回 $u$ 的答案是 $u'$，经由 $u'$ 传回的是 $u$。$\partial\ell/\partial u$ 是多少？
# <details><summary>两者中较大的</summary>不用挑选：两条路都会把变化带到损失那里。</details>
# <details><summary>两者之积</summary>沿同一条路，斜率相乘；不同的路之间是相加。</details>
# <details><summary>两者之和，2u + 1</summary><b>正确</b>，它正是 $u^2+u$ 的导数。</details>
#
# **5.** 损失是 N = 50 个样本的平均。1/50 应当在代码的哪里出现？
# <details><summary>只出现一次，在损失的梯度里</summary><b>正确。</b>此后它一直在 `grad_out` 里，随之往回传。</details>
# <details><summary>每个 affine_backward 里</summary>那样经过两层就除以了 2500。</details>
# <details><summary>在 b 的求和里，改成取平均</summary>对整批求和就是求和；平均是损失取的。</details>
#
# **6.** 检验只点名了 W1：解析值 0.310，数值 0.155，别的数组都没事。先看哪里？
# <details><summary>损失</summary>那里差了因子 2，W2 和 b2 也会跟着错。</details>
# <details><summary>由 grad_Z1 算出 grad_W1 的那一行</summary><b>正确。</b>b1 出自同一个 grad_Z1 而且没错，所以 grad_Z1 是对的。</details>
# <details><summary>h 太大</summary>$h$ 不会造出恰好 2 倍的差别。</details>

# %% role="tests" id="test_predictions_b" of="prediction_h prediction_bug" points=4
made = [guess for guess in (prediction_h, prediction_bug) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Ask yourself (no points)
#
# A classmate hands you a new layer with a backward pass and says: "The network with it trains fine, and the shapes are right." In five sentences: what has been shown, what has not, and what exactly would you do in the next ten minutes? Write your answer down, *then* open ours and give yourself 0 to 3 points.
#
# <details><summary>a model answer, and what to look for</summary>
#
# Shown is only that the steps point downhill often enough; experiment 4 trained well with a gradient that was wrong. Right shapes exclude some mistakes, none where sizes agree, and no wrong factor, sign or gate. I would check in float64 by central differences, $h=10^{-5}$, each array by name and the input of the layer as well,
# on a small network with unequal sizes such as 4-3-2 and a handful of random examples. I would do so at two or three random points at which units are on and off, away from kinks, since a check at one special point can be blind. Should one array be named, I would look at the ratio of analytic to numeric (−1, 2, N?) and at the arrays that come from the same intermediate gradient and are innocent.
#
# *One point each:* training well is no proof, with a number or experiment; a numerical check that says precision, step and where; what to read off a failure.
# </details>
# %% [markdown] lang="zh"
# ### 自我评估（不计分）
#
# 一位同学交给你一个带反向传播的新层，说：“带着它的网络训练得挺好，形状也都对。”请用五句话回答：这说明了什么，没说明什么？接下来的十分钟里你具体会做什么？先把答案写下来，*然后*点开我们的，给自己打 0 到 3 分。
#
# <details><summary>参考答案与评分要点</summary>
#
# 这只说明，走的方向大体上是下坡；实验 4 用错误的梯度也训练得不错。形状对能排除一部分错误，但当各个尺寸相等时什么也排除不了，倍数、符号、门的错误更是排除不了。我会用 float64 和中心差分来检验，$h=10^{-5}$，逐个数组点名，连这一层的输入也检验；网络取小，各尺寸互不相同，例如 4-3-2，再随机取几个样本。检验点随机取两三个，让单元有开有关，并避开拐点，因为在一个特殊的点上检验可能什么也看不见。万一有数组被点名，我会看解析值与数值之比（−1、2、N？），再看哪些数组出自同一个中间梯度却是清白的。
#
# *每条 1 分：* 训练得好不是证明，并举出数字或实验；数值检验说明了精度、步长和检验点；出错时知道从中读出什么。
# </details>

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary
#
# - Backpropagation walks the graph from the loss backwards: times the slope along a way, plus where ways meet.
# - Affine layer: $GW^\top$, $X^\top G$, the sum of $G$ over its rows. ReLU: a gate that the forward pass has set.
# - A gradient has the shape of its array. The 1/N comes in once, with the loss.
# - Central differences err by about $h^2$, until rounding divided by $h$ takes over; $h$ near $10^{-5}$ in float64.
# - A falling loss does not acquit a gradient. A check at random points does, array by array.
#
# | English | 中文 | |
# |---|---|---|
# | broadcasting | 广播 | shapes line up from the right |
# | training, validation, test set | 训练集、验证集、测试集 | fit, choose, report |
# | hyper-parameter | 超参数 | chosen, not trained |
# | weight decay | 权重衰减 | $w\leftarrow(1-\eta\lambda)w-\eta g$ |
# | overfitting, underfitting, generalization | 过拟合、欠拟合、泛化 | |
# | computational graph | 计算图 | |
# | chain rule | 链式法则 | |
# | backpropagation | 反向传播 | |
# | gradient check | 梯度检验 | by central differences |
# | bias term | 偏置 | `b` |
# %% [markdown] lang="zh"
# ### 小结
#
# - 反向传播从损失出发，沿计算图往回走：同一条路上斜率相乘，几条路会合处相加。
# - 仿射层：$GW^\top$、$X^\top G$、$G$ 的各行之和。ReLU：一扇门，开关由前向计算决定。
# - 梯度与它所属的数组形状相同。1/N 只随损失出现一次。
# - 中心差分的误差约为 $h^2$，直到舍入误差除以 $h$ 占了上风；float64 下 $h$ 取 $10^{-5}$ 左右。
# - 损失下降不能证明梯度清白。在随机的点上逐个数组地检验才能。
#
# | 中文 | English | |
# |---|---|---|
# | 广播 | broadcasting | 形状从右边对齐 |
# | 训练集、验证集、测试集 | training, validation, test set | 拟合、选择、报告 |
# | 超参数 | hyper-parameter | 靠选，不靠训练 |
# | 权重衰减 | weight decay | $w\leftarrow(1-\eta\lambda)w-\eta g$ |
# | 过拟合、欠拟合、泛化 | overfitting, underfitting, generalization | |
# | 计算图 | computational graph | |
# | 链式法则 | chain rule | |
# | 反向传播 | backpropagation | |
# | 梯度检验 | gradient check | 用中心差分 |
# | 偏置 | bias term | `b` |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Libraries walk the graph for you (automatic differentiation; survey by Baydin et al. 2018). Whoever writes a layer of their own still checks it with differences: PyTorch's `torch.autograd.gradcheck`, JAX's `check_grads`.
# - Training now runs in 16 or even 8 bits. Checks are still made in 64.
# - How far repeated looking spoils a test set has been measured: Recht et al. (2019) collected new test images for ImageNet; accuracies were 11 to 14 % lower, but the order of the models hardly changed.
#
# ### References
#
# D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986). W. Press et al., *Numerical Recipes*, 3rd edition (2007), section 5.7. A. Baydin et al., *Automatic differentiation in machine learning: a survey*, JMLR 18 (2018).
# B. Recht et al., *Do ImageNet classifiers generalize to ImageNet?*, ICML 2019. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapters 5 and 6. CS231n course notes, *Optimization 2* (backpropagation) and *Neural Networks Part 3* (gradient checks). A. Ng, *Improving deep neural networks*, deeplearning.ai, course 2. The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - 现在由各个库替你沿图往回走（自动微分；综述见 Baydin 等，2018）。但凡自己写一层，仍要用差分检验：PyTorch 的 `torch.autograd.gradcheck`、JAX 的 `check_grads`。
# - 训练已经用 16 位甚至 8 位来做，检验仍用 64 位。
# - 反复看测试集会把它“看坏”多少，有人测过：Recht 等（2019）为 ImageNet 重新收集了测试图像，准确率低了 11% 到 14%，但各模型的名次几乎没变。
#
# ### 参考文献
#
# D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986). W. Press et al., *Numerical Recipes*, 第 3 版 (2007)，5.7 节。A. Baydin et al., *Automatic differentiation in machine learning: a survey*, JMLR 18 (2018). B. Recht et al., *Do ImageNet classifiers generalize to ImageNet?*, ICML 2019. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 5、6 章。CS231n 课程讲义 *Optimization 2*（反向传播）、*Neural Networks Part 3*（梯度检验）。A. Ng, *Improving deep neural networks*，deeplearning.ai 第二门课。两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same spirit.
#
# ### Further 1: another gate
#
# The sigmoid $s=1/(1+e^{-x})$ has the slope $s(1-s)$, at most ¼. Write its backward pass from the *output* $S$, without computing an exponential again. Your own `numerical_gradient` is the judge.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，做法照旧。
#
# ### 拓展 1：另一扇门
#
# sigmoid 函数 $s=1/(1+e^{-x})$ 的斜率是 $s(1-s)$，最大 ¼。请由它的*输出* $S$ 写出反向传播，不要再算一次指数。裁判是你自己的 `numerical_gradient`。

# %% role="answer" id="sigmoid_backward"
def sigmoid_backward(grad_out, S):
    """Gradient with respect to X, where S = 1 / (1 + exp(-X)). grad_out, S: arrays of one shape; so is the result."""
    ### BEGIN SOLUTION
    return grad_out * S * (1 - S)
    ### END SOLUTION


# %% role="practice" id="try_sigmoid_backward"
with experiment("sigmoid_backward", "numerical_gradient"):
    place = np.array([[-2.0, 0.3], [0.9, 4.0]])
    weights = np.array([[1.0, -2.0], [3.0, 0.5]])
    claim = sigmoid_backward(weights, 1 / (1 + np.exp(-place)))
    evidence = numerical_gradient(lambda x: (weights / (1 + np.exp(-x))).sum(), place)
    print("claim:   ", np.round(claim, 6).tolist())
    print("evidence:", np.round(evidence, 6).tolist())
    assert claim is not None and np.allclose(claim, evidence), "claim and evidence differ"

# %% [markdown] lang="en"
# ### Further 2: a derivative without cancellation
#
# Rounding spoils differences because two nearly equal numbers are subtracted. For functions that take complex numbers there is a way round: $f'(x)\approx\operatorname{Im} f(x+ih)/h$ subtracts nothing, so $h$ may be absurdly small (Squire and Trapp 1998). Why would it fail with a ReLU written as `np.maximum`?
# %% [markdown] lang="zh"
# ### 拓展 2：没有相消的导数
#
# 舍入会毁掉差分，是因为两个几乎相等的数相减。对能接受复数的函数有条出路：$f'(x)\approx\operatorname{Im} f(x+ih)/h$ 不做减法，所以 $h$ 可以小得离谱（Squire 与 Trapp，1998）。用 `np.maximum` 写的 ReLU 为什么不能这样做？

# %% role="experiment" nbval="check"
for h in (1e-3, 1e-8, 1e-100):
    error = abs(np.exp(1 + 1j * h).imag / h - np.exp(1))
    print(f"h = {h:.0e}: error", f"{error:.0e}" if error > 1e-14 else "below 1e-14")

# %% [markdown] lang="en"
# <details><summary>An answer</summary>
#
# The step goes in the imaginary direction, and `max` has no meaning for complex numbers: NumPy compares real parts first, which happens to work away from 0, and at 0 the imaginary part decides. Write `np.where(x.real > 0, x, 0)` and it is right again.
# </details>
# %% [markdown] lang="zh"
# <details><summary>参考答案</summary>
#
# 这一步是朝虚方向走的，而 `max` 对复数没有意义：NumPy 先比实部，离 0 远时碰巧能用，到了 0 处就由虚部来决定。改写成 `np.where(x.real > 0, x, 0)` 就又对了。
# </details>

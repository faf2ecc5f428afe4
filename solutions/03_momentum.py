# %% [markdown] lang="en"
# # 03 Momentum and Nesterov
#
# Gradient descent forgets every step as soon as it has taken it. In this chapter we give it a memory of one array. We measure what
# that buys in a long valley, find out what it costs, and see why two libraries can mean different things by "momentum 0.9".
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook. If one function defeats you,
# do not let it keep the experiments from you: add a cell with `momentum_step = lend("momentum_step")`. A lent function earns no points.
# %% [markdown] lang="zh"
# # 03 动量法与 Nesterov 加速梯度
#
# 梯度下降每走完一步就把它忘得干干净净。这一章我们给它配上一份记忆，大小只有一个数组，这就是动量法（momentum）。我们要量一量，在狭长的山谷里这份记忆换来了什么，代价又是什么；还要弄清楚，为什么同样写着“动量 0.9”，两个库说的可能不是一回事。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格。如果某个函数实在写不出来，不必让它挡住后面的实验：新建一个单元格，写上 `momentum_step = lend("momentum_step")` 就能借用；借来的函数不得分。

# %% role="setup" id="setup"
import numpy as np

from descent.check import check
from descent.data import load_digits
from descent.experiment import experiment
from descent.explore import momentum_explorer
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import accuracy, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.plots import curves, look, paired, panels, show
from descent.problems import lessard
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import train

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: a velocity
#
# | | |
# |---|---|
# | **You will be able to** | write heavy-ball momentum in its three usual forms, carry a run over from one form to another, say when momentum is more than a larger learning rate |
# | **You need** | gradient descent on a quadratic (01), condition number (02), a run of an MLP on digits (01) |
# | **Time** | about 85 minutes: 30 reading, 55 writing and looking |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:A}}: four exercises ({{points:momentum_step}} + {{points:classical_momentum_step}} + {{points:classical_velocity}} + {{points:ema_momentum_step}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：速度
#
# | | |
# |---|---|
# | **学完你能够** | 写出动量法的三种常见形式；把一次训练从一种形式换到另一种而轨迹不变；说清动量什么时候不只是“更大的学习率” |
# | **你需要** | 二次函数上的梯度下降（01）、条件数（02）、在 digits 上训练 MLP（01） |
# | **时间** | 约 85 分钟：阅读 30 分钟，动手 55 分钟 |
# | **难度** | ●●○ |
# | **分数** | {{points:A}} 分：四道练习（{{points:momentum_step}} + {{points:classical_momentum_step}} + {{points:classical_velocity}} + {{points:ema_momentum_step}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# Answer in your head, then open.
#
# <details><summary>1. A function receives an array <code>v</code> and does <code>v += g</code>. What does the caller see? (00)</summary>
#
# The caller's array has changed: `+=` writes into the same memory. `v = v + g` makes a new array and leaves the caller's alone.
# Every step in this course must leave its inputs alone.
# </details>
#
# <details><summary>2. On f(x) = λx²/2, by which factor does one step of gradient descent multiply x? When does it diverge? (01)</summary>
#
# By $1-\eta\lambda$, where $\eta$ is the learning rate. It diverges as soon as $|1-\eta\lambda|>1$, that is for $\eta>2/\lambda$.
# </details>
#
# <details><summary>3. Gradient descent needed 612 steps at condition number 100. About how many at 1000? (02)</summary>
#
# About ten times as many: for large condition numbers the steps are proportional to it (6107, in chapter 02).
# </details>
#
# <details><summary>4. You make the mini-batch four times as large. What happens to the variance of its gradient? (01)</summary>
#
# It falls to a quarter, as long as the batch is small beside the data set.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# 先在心里回答，再点开核对。
#
# <details><summary>1. 函数收到数组 <code>v</code> 后执行 <code>v += g</code>，调用者会看到什么？（00）</summary>
#
# 调用者手里的数组被改掉了：`+=` 写进的是同一块内存。`v = v + g` 则新建一个数组，不碰原来的。本课程中每个“走一步”的函数都不许改动输入。
# </details>
#
# <details><summary>2. 在 f(x) = λx²/2 上，梯度下降走一步把 x 乘上多少？什么时候发散？（01）</summary>
#
# 乘上 $1-\eta\lambda$，其中 $\eta$ 是学习率。只要 $|1-\eta\lambda|>1$，即 $\eta>2/\lambda$，就发散。
# </details>
#
# <details><summary>3. 条件数为 100 时梯度下降走了 612 步。条件数为 1000 时大约要多少步？（02）</summary>
#
# 大约十倍：条件数较大时，步数与条件数成正比（02 章的结果是 6107 步）。
# </details>
#
# <details><summary>4. 小批量的大小变成原来的四倍，梯度的方差怎样变化？（01）</summary>
#
# 降到四分之一，前提是批量远小于整个数据集。
# </details>

# %% [markdown] lang="en"
# ### The idea
#
# Picture gradient descent in a long narrow valley. Two things happen at once. *Across* the valley the gradient is large and
# changes sign at every step: one wall, the other wall. *Along* the valley it is tiny and always points the same way. The
# learning rate must be small because of the walls, and so the walk along the floor takes for ever.
#
# From a single gradient nobody can tell the two apart. From the last ten one can: add them up. What changes sign cancels,
# what keeps its sign grows. So we keep a running sum of the gradients, let old ones fade, and step along the sum.
#
# The sum is called **velocity**, since it is what a heavy ball has and a hiker has not: a push changes it, friction wears it
# down, and it carries on when the pushing stops. The picture is good as far as it goes. Remember its other half for later:
# a heavy ball arrives at the bottom with its velocity, and does not stop there.
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x_t$ | `params` | the parameters after $t$ steps; the notes write $\theta$ or $W$ |
# | $g_t$ | `grads` | the gradient used in step $t$ |
# | $v_t$ | `velocity` | the velocity, *without* the learning rate in it |
# | $u_t$ | `velocity` of the classical form | the velocity, *with* the learning rate in it |
# | $a_t$ | `average` | the same memory as an average |
# | $\eta$ | `lr` | learning rate |
# | $\beta$ | `momentum` | what is left of the velocity after one step, $0\le\beta<1$ |
# | $\lambda$ | `curvature` | an eigenvalue of the Hessian; $\kappa=\lambda_{\max}/\lambda_{\min}$ is the condition number |
# %% [markdown] lang="zh"
# ### 想法
#
# 想象梯度下降走在一条狭长的山谷里。两件事同时发生：*横*着看，梯度很大，而且每一步都变号，这一步撞这面墙，下一步撞那面墙；*纵*着看，梯度很小，但始终指向同一个方向。因为两边的墙，学习率只能取小；于是沿谷底的路就走得没完没了。
#
# 只看一个梯度，谁也分不清这两种方向；看最近十个就分得清：把它们加起来。变号的互相抵消，不变号的越积越大。所以我们维护一个梯度的累加和，让旧的逐渐淡出，然后沿着这个和走。
#
# 这个和叫作**速度**（velocity），因为重球有它而徒步者没有：推一把，它就改变；有摩擦，它就减小；没人推了，它还带着你往前走。这个比喻到此为止都很好用。但请记住它的另一半，后面会用到：重球到达谷底时速度还在，并不会停在那里。
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $x_t$ | `params` | 走完 $t$ 步后的参数；笔记里写作 $\theta$ 或 $W$ |
# | $g_t$ | `grads` | 第 $t$ 步所用的梯度 |
# | $v_t$ | `velocity` | 速度，*不含*学习率 |
# | $u_t$ | 经典形式里的 `velocity` | 速度，*含*学习率 |
# | $a_t$ | `average` | 同一份记忆，写成平均值 |
# | $\eta$ | `lr` | 学习率 |
# | $\beta$ | `momentum` | 走一步之后速度还剩下的比例，$0\le\beta<1$ |
# | $\lambda$ | `curvature` | 曲率，即海森矩阵的一个特征值；$\kappa=\lambda_{\max}/\lambda_{\min}$ 是条件数 |

# %% [markdown] lang="en"
# ### What the sum does, in numbers
#
# The rule is $v_t=\beta v_{t-1}+g_t$, then $x_t=x_{t-1}-\eta v_t$, from $v_0=0$. Put the rule into itself until $v_0$ is reached:
#
# $$v_t = g_t+\beta g_{t-1}+\beta^2 g_{t-2}+\dots+\beta^{t-1}g_1 .$$
#
# A gradient that is $k$ steps old still counts $\beta^k$. For $\beta=0.9$ half of it is gone after seven steps
# ($0.9^7\approx0.48$).
#
# **A direction that agrees.** If every gradient is $g$, the sum is a geometric series:
#
# $$v_t=g\,(1+\beta+\dots+\beta^{t-1})=g\,\frac{1-\beta^t}{1-\beta}\;\longrightarrow\;\frac{g}{1-\beta}.$$
#
# The step tends to $\frac{\eta}{1-\beta}\,g$. We call $\eta/(1-\beta)$ the **effective learning rate**: ten times $\eta$ for
# $\beta=0.9$, a hundred times for $\beta=0.99$.
#
# **A direction that alternates.** If the gradients are $g,-g,g,-g,\dots$, each term of the sum changes sign. *Write down the limit
# of $|v_t|$ before you open the line below.*
#
# <details><summary>the line left blank</summary>
#
# $|v_t| = |g|\,\bigl|1-\beta+\beta^2-\dots\pm\beta^{t-1}\bigr| \longrightarrow \dfrac{|g|}{1+\beta}$ : about half of $|g|$ for $\beta=0.9$.
# </details>
#
# So the memory multiplies what agrees by $\frac1{1-\beta}$ and what alternates by $\frac1{1+\beta}$. Between the two lies a factor
# of $\frac{1+\beta}{1-\beta}$, which is 19 for $\beta=0.9$. That is the gain; sitting B finds out exactly how large it is on a quadratic.
# %% [markdown] lang="zh"
# ### 这个和起了什么作用：算一算
#
# 规则是 $v_t=\beta v_{t-1}+g_t$，然后 $x_t=x_{t-1}-\eta v_t$，从 $v_0=0$ 开始。把规则反复代入自身，直到 $v_0$：
#
# $$v_t = g_t+\beta g_{t-1}+\beta^2 g_{t-2}+\dots+\beta^{t-1}g_1 .$$
#
# $k$ 步以前的梯度还占 $\beta^k$ 的分量。$\beta=0.9$ 时，七步之后只剩一半左右（$0.9^7\approx0.48$）。
#
# **方向一致。** 如果每个梯度都是 $g$，这是一个等比级数：
#
# $$v_t=g\,(1+\beta+\dots+\beta^{t-1})=g\,\frac{1-\beta^t}{1-\beta}\;\longrightarrow\;\frac{g}{1-\beta}.$$
#
# 步长趋于 $\frac{\eta}{1-\beta}\,g$。我们把 $\eta/(1-\beta)$ 叫作**有效学习率**（effective learning rate）：$\beta=0.9$ 时是 $\eta$ 的十倍，$\beta=0.99$ 时是一百倍。
#
# **方向交替。** 如果梯度依次是 $g,-g,g,-g,\dots$，那么和式里每一项都变一次号。*先写出 $|v_t|$ 的极限，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# $|v_t| = |g|\,\bigl|1-\beta+\beta^2-\dots\pm\beta^{t-1}\bigr| \longrightarrow \dfrac{|g|}{1+\beta}$：$\beta=0.9$ 时大约是 $|g|$ 的一半。
# </details>
#
# 也就是说，这份记忆把一致的方向放大 $\frac1{1-\beta}$ 倍，把交替的方向缩小到 $\frac1{1+\beta}$。两者之间差了 $\frac{1+\beta}{1-\beta}$ 倍，$\beta=0.9$ 时是 19 倍。好处就在这里；它在二次函数上究竟有多大，B 节会精确地算出来。

# %% [markdown] lang="en"
# ### Convention card: what "momentum" means where
#
# | where | rule | name and default | learning rate |
# |---|---|---|---|
# | **here** | $v\leftarrow\beta v+g$, $\;x\leftarrow x-\eta v$ | `momentum=0.9` | outside |
# | CS231n lecture (second note) | $v\leftarrow\rho v+g$, $\;W\leftarrow W-\alpha v$ | $\rho$, 0.9 | outside (its assignments: as Keras) |
# | PyTorch `SGD` | $b\leftarrow\mu b+g$ (first step: $b=g$), $\;\theta\leftarrow\theta-\gamma b$ | `momentum=0`, `lr=0.001` | outside |
# | optax `sgd` | the same, called trace | `momentum=None` | outside |
# | CS324 (first note) | $v\leftarrow\gamma v+\eta g$, $\;\theta\leftarrow\theta-v$ | $\gamma$: 0.5, 0.9 or 0.99 | **inside** |
# | Keras `SGD` | $v\leftarrow mv-\eta g$, $\;w\leftarrow w+v$ | `momentum=0.0`, `learning_rate=0.01` | **inside**, $v$ has the other sign |
# | Sutskever et al. (2013) | as Keras | $\mu$, rising towards 0.9 to 0.999 | **inside** |
# | Polyak (1964) | $x_{t+1}=x_t-\alpha g+\beta(x_t-x_{t-1})$ | no velocity: the last move is the state | **inside** the last move |
#
# Mind three letters: $\gamma$ is the momentum in the first note, the learning rate in PyTorch's documentation and a decay rate in the
# second note's RMSProp. PyTorch has one more argument, `dampening` ($b\leftarrow\mu b+(1-\tau)g$), which is 0 unless you set it; and its
# first step stores $b=g$, which is what our rule gives from $v_0=0$. The convention in the first row is ours, and it is what the checks expect.
# %% [markdown] lang="zh"
# ### 约定卡：“动量”在各处指什么
#
# | 出处 | 规则 | 名称与默认值 | 学习率的位置 |
# |---|---|---|---|
# | **本课程** | $v\leftarrow\beta v+g$，$\;x\leftarrow x-\eta v$ | `momentum=0.9` | 在速度之外 |
# | CS231n 课堂（第二份笔记） | $v\leftarrow\rho v+g$，$\;W\leftarrow W-\alpha v$ | $\rho$，0.9 | 在外（该课的作业与 Keras 相同） |
# | PyTorch `SGD` | $b\leftarrow\mu b+g$（第一步 $b=g$），$\;\theta\leftarrow\theta-\gamma b$ | `momentum=0`，`lr=0.001` | 在外 |
# | optax `sgd` | 同上，状态叫 trace | `momentum=None` | 在外 |
# | CS324（第一份笔记） | $v\leftarrow\gamma v+\eta g$，$\;\theta\leftarrow\theta-v$ | $\gamma$：0.5、0.9 或 0.99 | **在速度之内** |
# | Keras `SGD` | $v\leftarrow mv-\eta g$，$\;w\leftarrow w+v$ | `momentum=0.0`，`learning_rate=0.01` | **在内**，且 $v$ 的符号相反 |
# | Sutskever 等（2013） | 与 Keras 相同 | $\mu$，逐渐升到 0.9 至 0.999 | **在内** |
# | Polyak（1964） | $x_{t+1}=x_t-\alpha g+\beta(x_t-x_{t-1})$ | 没有速度，状态就是上一次的位移 | **在内**（含在位移里） |
#
# 当心字母：$\gamma$ 在第一份笔记里是动量，在 PyTorch 文档里是学习率，在第二份笔记的 RMSProp 里又是衰减率。PyTorch 还有一个参数 `dampening`（$b\leftarrow\mu b+(1-\tau)g$），不设就是 0；它第一步直接存 $b=g$，这与我们从 $v_0=0$ 出发的结果相同。第一行是本课程的约定，练习按它检查。

# %% [markdown] lang="en"
# ### Exercise 1: `momentum_step` ({{points:momentum_step}} points, 8 minutes)
#
# One step of the rule above. A run starts with the velocity that `momentum_init` gives; the step itself must work for any velocity.
# It returns two things and changes none of its inputs.
# %% [markdown] lang="zh"
# ### 练习 1：`momentum_step`（{{points:momentum_step}} 分，8 分钟）
#
# 按上面的规则走一步。一次训练从 `momentum_init` 给出的速度开始，而这个函数要对任意速度都成立。它返回两样东西，不改动任何输入。

# %% role="given" id="momentum_init"
from reference.momentum import momentum_init

# %% role="answer" id="momentum_step"
from reference.momentum import momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Two lines and a `return`. The new velocity comes first, since the params move along the *new* one.
# </details>
# <details><summary>Hint 2</summary>
#
# Check yourself by hand: `params` 1.0, `grads` 2.0, `velocity` 3.0, `lr` 0.1, `momentum` 0.5. The new velocity is 3.5, so the params become
# $1-0.1\cdot3.5=0.65$. Avoid `velocity *= momentum`: it writes into the caller's array.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 两行加一个 `return`。先算新速度，因为参数是沿着*新*速度移动的。
# </details>
# <details><summary>提示 2</summary>
#
# 手算核对：`params` 为 1.0，`grads` 为 2.0，`velocity` 为 3.0，`lr` 为 0.1，`momentum` 为 0.5。新速度是 3.5，参数变成$1-0.1\cdot3.5=0.65$。不要写 `velocity *= momentum`：它会改写调用者的数组。
# </details>

# %% role="tests" id="test_momentum_step" points=14
check("momentum_step", momentum_step)

# %% [markdown] lang="en"
# ### Exercise 2: `classical_momentum_step` ({{points:classical_momentum_step}} points, 5 minutes)
#
# The form of the first note, of Keras and of the 2013 paper: the learning rate is inside. With a constant learning rate you will not see the
# difference in the params at all. Look at the velocity.
# %% [markdown] lang="zh"
# ### 练习 2：`classical_momentum_step`（{{points:classical_momentum_step}} 分，5 分钟）
#
# 第一份笔记、Keras 和 2013 年论文的形式：学习率在速度之内。学习率不变时，从参数上完全看不出区别，要看速度。

# %% role="answer" id="classical_momentum_step"
from reference.momentum import classical_momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Copy your `momentum_step` and move `lr` to the other line. It must appear exactly once.
# </details>
# <details><summary>Hint 2</summary>
#
# `params` 1.0, `grads` 2.0, `velocity` 0.3, `lr` 0.1, `momentum` 0.5: the new velocity is $0.15+0.2=0.35$, the params become 0.65.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 把你的 `momentum_step` 抄一遍，将 `lr` 挪到另一行。它恰好出现一次。
# </details>
# <details><summary>提示 2</summary>
#
# `params` 为 1.0，`grads` 为 2.0，`velocity` 为 0.3，`lr` 为 0.1，`momentum` 为 0.5：新速度是 $0.15+0.2=0.35$，参数变成 0.65。
# </details>

# %% role="tests" id="test_classical_momentum_step" points=10
check("classical_momentum_step", classical_momentum_step)

# %% [markdown] lang="en"
# ### Exercise 3: `classical_velocity` ({{points:classical_velocity}} points, 7 minutes)
#
# From here on, some exercises give you no formula. They give a **contract**: what must hold. You find the formula.
#
# A colleague has trained for a day with one library and goes on with another, which keeps the learning rate inside. The params are copied.
# The velocity cannot just be copied. What goes into the new optimizer's state, so that the run continues as if nothing had happened?
# %% [markdown] lang="zh"
# ### 练习 3：`classical_velocity`（{{points:classical_velocity}} 分，7 分钟）
#
# 从这里开始，有些练习不给公式，只给一份**契约**：什么必须成立。公式由你来找。
#
# 一位同事用一个库训练了一天，现在要换到另一个库继续，而后者把学习率放在速度之内。参数照抄即可，速度却不能照抄。新优化器的状态里应当填什么，训练才会像什么都没发生过一样接着走下去？

# %% role="answer" id="classical_velocity"
from reference.momentum import classical_velocity

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Write the next step of both forms for the same $x$ and $g$: $x-\eta(\beta v+g)$ and $x-(\beta u+\eta g)$. They have to be equal for *every* $g$.
# </details>
# <details><summary>Hint 2</summary>
#
# The two numeric examples in the hints of exercises 1 and 2 are the same step. Compare what went in.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 对同一个 $x$ 和 $g$，写出两种形式的下一步：$x-\eta(\beta v+g)$ 与 $x-(\beta u+\eta g)$。它们必须对*任何* $g$ 都相等。
# </details>
# <details><summary>提示 2</summary>
#
# 练习 1 和练习 2 的提示里，两个数值例子走的是同一步。比较一下输入有什么不同。
# </details>

# %% role="tests" id="test_classical_velocity" points=6
check("classical_velocity", classical_velocity)

# %% [markdown] lang="en"
# ### Exercise 4: `ema_momentum_step` ({{points:ema_momentum_step}} points, 12 minutes)
#
# A third form keeps an *average* of the gradients instead of a sum: an exponential moving average (EMA), the form you will meet again in Adam.
# An average is easier to read, since it has the size of a gradient. Your step has to keep the contract in the docstring, including
# its second point: from rest, the same path as `momentum_step` with the same `lr`.
#
# *Worked example of point 1.* With momentum 0.8 and gradients 1, 1, 1, ... the average goes 0.2, 0.36, 0.488, ... towards 1.
# If after three such gradients one of 6 arrives, the next average is $0.8\cdot0.488+\,?\cdot6=1.5904$.
# %% [markdown] lang="zh"
# ### 练习 4：`ema_momentum_step`（{{points:ema_momentum_step}} 分，12 分钟）
#
# 第三种形式保存的不是梯度的和，而是梯度的*平均*：指数移动平均（exponential moving average, EMA），学 Adam 时还会遇到它。平均值更好读，因为它与一个梯度同样大小。你的函数要满足文档字符串里的契约，包括第二条：从静止出发，`lr` 相同，走过的点与 `momentum_step` 相同。
#
# *第一条的例子。* momentum 为 0.8，梯度依次为 1、1、1……，平均值依次为 0.2、0.36、0.488……，趋于 1。三个这样的梯度之后来了一个 6，下一个平均值是 $0.8\cdot0.488+\,?\cdot6=1.5904$。

# %% role="answer" id="ema_momentum_step"
from reference.momentum import ema_momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Try $a\leftarrow\beta a+c\,g$. For constant $g$ the average must stop changing at $a=g$. Put $a=g$ on both sides: what is $c$?
# </details>
# <details><summary>Hint 2</summary>
#
# From rest, your average and the velocity of `momentum_step` get the same gradients, one with a factor $c$ in front. So $a_t=c\,v_t$ at every step.
# The params must move by $\eta v_t$. Write that with $a_t$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 设 $a\leftarrow\beta a+c\,g$。$g$ 不变时，平均值应当停在 $a=g$。两边都代入 $a=g$：$c$ 是多少？
# </details>
# <details><summary>提示 2</summary>
#
# 从静止出发，你的平均值与 `momentum_step` 的速度收到同样的梯度，只是前面多了因子 $c$，所以每一步都有 $a_t=c\,v_t$。参数要移动 $\eta v_t$。用 $a_t$ 把它写出来。
# </details>

# %% role="tests" id="test_ema_momentum_step" points=11
check("ema_momentum_step", ema_momentum_step)

# %% [markdown] lang="en"
# ### Experiment 1: the race
#
# The same track as in chapter 02: $f(x)=\frac12\sum_i\lambda_i x_i^2$ with 50 curvatures from 1 to $\kappa$, evenly spaced on a log scale, start at
# $(1,\dots,1)$, finish when the distance from the minimum is a millionth of what it was. Each method gets its best constants for the track:
# gradient descent $\eta=2/(1+\kappa)$, heavy ball the numbers in the cell below. Where those come from is the last exercise of sitting B.
#
# From $\kappa=100$ to $\kappa=10\,000$ gradient descent needs 100 times as many steps. **And momentum?**
#
# - (a) also about 100 times as many, but fewer in all
# - (b) about 10 times as many
# - (c) about the same number
# %% [markdown] lang="zh"
# ### 实验 1：赛跑
#
# 赛道与 02 章相同：$f(x)=\frac12\sum_i\lambda_i x_i^2$，50 个曲率从 1 到 $\kappa$ 按对数均匀分布，起点 $(1,\dots,1)$，到极小点的距离缩小到最初的百万分之一算到达终点。每种方法都用它在这条赛道上的最优常数：梯度下降 $\eta=2/(1+\kappa)$，动量法用下面单元格里的数。这些数从哪里来，是 B 节最后一道练习的内容。
#
# $\kappa$ 从 100 变到 10 000，梯度下降的步数变成 100 倍。**动量法呢？**
#
# - (a) 也大约变成 100 倍，只是总数少一些
# - (b) 大约变成 10 倍
# - (c) 几乎不变

# %% role="answer" id="prediction_race"
prediction_race = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_race = "b"
### END SOLUTION

# %%
BEST_HEAVY_BALL = {  # kappa: (lr, momentum); sitting B shows why so many digits
    10: (0.23088616, 0.26987386),
    100: (0.033057851, 0.66942149),
    1000: (0.0037585311, 0.88114481),
    10_000: (0.00039211842, 0.96078816),
}


def steps_until(step, curvatures, *, lr, momentum, far=1e-6, most=100_000):
    """How many steps from (1, ..., 1) until |x| <= far * |start|, on f(x) = sum(curvatures * x**2) / 2.

    A run that does not get there, or gets a thousand times farther away, counts as inf.
    """
    x = np.ones(len(curvatures))
    velocity = momentum_init(x)
    start = np.sqrt(len(x))
    for t in range(most):
        distance = np.sqrt(x @ x)
        if distance <= far * start:
            return t
        if distance > 1000 * start:
            break
        x, velocity = step(x, curvatures * x, velocity, lr=lr, momentum=momentum)
    return np.inf


# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    counts = {}
    for kappa, (lr, momentum) in BEST_HEAVY_BALL.items():
        curvatures = np.logspace(0, np.log10(kappa), 50)
        gd = steps_until(momentum_step, curvatures, lr=2 / (1 + kappa), momentum=0)
        heavy_ball = steps_until(momentum_step, curvatures, lr=lr, momentum=momentum)
        counts[kappa] = gd, heavy_ball
    race = counts
    print(" kappa       GD  heavy ball   ratio")
    for kappa, (gd, heavy_ball) in race.items():
        print(f"{kappa:6d} {gd:8.0f} {heavy_ball:11.0f} {gd / heavy_ball:7.1f}")

# %% role="experiment"
with experiment("momentum_step", "race"):
    kappas, steps = np.array(list(race)), np.array(list(race.values()))
    slopes = np.polyfit(np.log(kappas[1:]), np.log(steps[1:]), 1)[0]
    ax = curves(
        {f"GD, slope {slopes[0]:.2f}": steps[:, 0], f"heavy ball, slope {slopes[1]:.2f}": steps[:, 1]},
        x=kappas, xlabel=r"condition number $\kappa$", ylabel="steps to 1e-6", logx=True, logy=True)
    show(ax.figure, alt={
        "en": "Log-log plot of steps against condition number 10 to 10000. Gradient descent rises from "
              f"{steps[0, 0]} to {steps[-1, 0]} on a "
              f"line of slope {slopes[0]:.2f}; heavy ball, below it, from {steps[0, 1]} to {steps[-1, 1]}, "
              f"slope {slopes[1]:.2f}.",
        "zh": f"步数对条件数（10 到 10000）的双对数图。梯度下降从 {steps[0, 0]} 升到 {steps[-1, 0]}，斜率 {slopes[0]:.2f}；"
              f"动量法在它下方，从 {steps[0, 1]} 升到 {steps[-1, 1]}，斜率 {slopes[1]:.2f}。"},
        caption={"en": "Each method with its best constants. Slopes fitted from κ = 100 on.",
                 "zh": "两种方法各用自己的最优常数。斜率由 κ ≥ 100 的点拟合。"})
    reveal("race", prediction_race, "b", {
        "en": f"Heavy ball: {race[100][1]} steps at κ = 100, {race[10_000][1]} at κ = 10000, the square "
              "root's factor of 10 and a little.",
        "zh": f"动量法：κ = 100 时 {race[100][1]} 步，κ = 10000 时 {race[10_000][1]} 步，比平方根给出的 10 倍略多。"})

# %% [markdown] lang="en"
# **What it showed:** on a quadratic, with each method at its best, momentum replaces $\kappa$ by about $\sqrt\kappa$.
#
# **What it does not show:** that this happens with other constants, on other functions, or with noisy gradients. All three come up below and in sitting B.
# %% [markdown] lang="zh"
# **它说明了：** 在二次函数上，两种方法各用最优常数时，动量法把 $\kappa$ 换成了大约 $\sqrt\kappa$。
#
# **它没有说明：** 换了别的常数、别的函数，或者梯度带噪声时也是如此。这三种情况，下文和 B 节都会遇到。

# %% [markdown] lang="en"
# ### Experiment 2: momentum, or just a bigger learning rate?
#
# Switching momentum 0.9 on multiplies the effective learning rate by ten. So when someone reports that "momentum helps", an obvious suspicion is that
# a ten times larger `lr` would have done the same. We compare at *equal effective learning rate* $\eta/(1-\beta)$, and then let each side use its best.
#
# An MLP (64-32-10) on the 1197 training digits, once with the full gradient (60 steps), once with mini-batches of 8 (400 steps). In the second
# case the learning rate falls linearly to zero over the run, so that the noise floor of chapter 01 does not drown the comparison. We choose each side's best rate on a few seeds by the mean
# training loss; the winners meet on *fresh* seeds, in pairs: same seed, same initial weights, same batches.
#
# **What will we see?**
#
# - (a) momentum reaches a lower training loss at every effective learning rate
# - (b) at the same effective learning rate the two are about equal; momentum wins only by using larger ones, at which plain gradient descent fails
# - (c) about equal everywhere, also when each uses its best: it is just a bigger learning rate
# %% [markdown] lang="zh"
# ### 实验 2：是动量，还是只是更大的学习率？
#
# 打开 0.9 的动量，有效学习率就变成十倍。所以当有人说“加了动量效果更好”时，自然要怀疑：把 `lr` 调大十倍，是不是一样？我们先在*相同的有效学习率* $\eta/(1-\beta)$ 下比较，再让双方各用自己最好的值。
#
# 用 1197 张 digits 训练图像训练一个 MLP（64-32-10）：一次用全部数据的梯度（60 步），一次用大小为 8 的小批量（400 步）。用小批量时学习率线性降到零，免得 01 章讲过的噪声下限把差别淹没。先在几个种子上按平均训练损失选出双方最好的学习率，再让两个优胜者在*新*种子上成对比较：种子相同，初始权重和批次也就相同。
#
# **你认为会看到什么？**
#
# - (a) 在每个有效学习率上，动量法的训练损失都更低
# - (b) 有效学习率相同时两者差不多；动量法只赢在它能用更大的学习率，而普通梯度下降在那里会失败
# - (c) 处处差不多，各用最好的学习率时也一样：它只是更大的学习率

# %% role="answer" id="prediction_digits"
prediction_digits = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_digits = "b"
### END SOLUTION

# %% role="given" id="loss_given"
from reference.losses import softmax_cross_entropy

# %% role="given" id="layers_given"
from reference.backprop import affine_backward, relu, relu_backward

# %% role="given" id="minibatches_given"
from reference.gradient_descent import minibatches

# %%
digits = load_digits()
X_train, y_train = digits.X_train, digits.y_train


def he_normal(rng, shape):
    """Random weights that suit ReLU; chapter 06 says why."""
    return rng.normal(0, np.sqrt(2 / shape[0]), shape)


def digits_run(step, *, lr, momentum, seed, batch_size, num_steps, lr_falls):
    """Train the MLP (if lr_falls, lr falls linearly to 0). Returns (training loss, validation accuracy)."""
    activation = relu, relu_backward
    parts = {"loss": softmax_cross_entropy, "affine_backward": affine_backward, "activation": activation}
    rng = np.random.default_rng(seed)
    params = mlp_init(rng, (64, 32, 10), init=he_normal)
    params, history = train(
        params,
        lambda rng: minibatches(X_train, y_train, batch_size=batch_size, rng=rng),
        lambda params, X, y: mlp_loss_and_grads(params, X, y, **parts),
        lambda x, g, state, lr: step(x, g, state, lr=lr, momentum=momentum),
        lr=lambda t: lr * (1 - t / num_steps if lr_falls else 1),
        rng=rng, init=momentum_init, num_steps=num_steps)
    if not np.isfinite(history["loss"][-1]):
        return np.inf, 0.0
    loss, _ = softmax_cross_entropy(mlp_scores(params, X_train, activation=activation), y_train)
    return loss, accuracy(mlp_scores(params, digits.X_val, activation=activation), digits.y_val)


SETTINGS = {
    "full gradient": {"batch_size": 1197, "num_steps": 60, "lr_falls": False},
    "batches of 8": {"batch_size": 8, "num_steps": 400, "lr_falls": True},
}
# Effective learning rates to try.
RATES = {"full gradient": 0.2 * 2.0 ** np.arange(7), "batches of 8": 0.1 * 2.0 ** np.arange(6)}
# Which seeds to choose the learning rate with, and which to compare on.
SEEDS = {"full gradient": (range(2), range(100, 105)), "batches of 8": (range(4), range(100, 108))}


def digits_results(name, rate, momentum, seeds):
    """One row (training loss, validation accuracy) for each seed, at the effective learning rate `rate`."""
    lr = rate * (1 - momentum)
    return np.array([
        digits_run(momentum_step, lr=lr, momentum=momentum, seed=seed, **SETTINGS[name]) for seed in seeds])


# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    means, differences, endings = {}, {}, {}
    for name, rates in RATES.items():
        choose, compare = SEEDS[name]
        finals = {}
        for momentum in (0, 0.9):
            losses = [digits_results(name, rate, momentum, choose)[:, 0].mean() for rate in rates]
            means[name, momentum] = losses
            best = rates[np.argmin(losses)]
            finals[momentum] = digits_results(name, best, momentum, compare)
            print(f"{name:13s}  momentum {momentum:3}  best effective lr {best:.1f}")
        differences[name] = finals[0.9] - finals[0]
        endings[name] = finals
    sweeps, duels = means, differences

# %% role="experiment"
with experiment("momentum_step", "sweeps", "duels"):
    fig, axes = panels(2, sharey=True)
    for ax, name in zip(axes, SETTINGS, strict=True):
        for i, momentum in enumerate((0, 0.9)):
            losses = np.minimum(sweeps[name, momentum], 10)
            ax.plot(RATES[name], losses, label=f"momentum {momentum}", **look(i))
        ax.set(xscale="log", yscale="log", xlabel=r"effective lr  $\eta/(1-\beta)$", title=name)
    axes[0].set_ylabel("training loss at the end")
    axes[0].legend()
    show(fig, alt={
        "en": "Two log-log panels: final training loss against effective learning rate, without momentum and "
              "with 0.9. In both panels the two lines "
              "start close together, that of momentum slightly higher, and fall side by side. Left, full "
              "gradient: above 0.8 the line without momentum "
              "jumps up while the other falls on to 6.4 and a far lower loss. Right, batches of 8: the line "
              "without momentum turns at 0.4, the other at 0.8.",
        "zh": "两幅双对数图：最终训练损失对有效学习率，无动量与动量 0.9 各一条线。两幅图中，两条线开始时都靠得很近（动量略高），一起下降。"
              "左图，全部数据的梯度：过了 0.8，无动量的线陡然升高，另一条继续降到 6.4 处，损失低得多。右图，小批量为 8：无动量的线在 0.4 处转头向上，另一条在 0.8 处。"},
        caption={"en": "Means over the seeds used for choosing. Ask the figure: where do the lines part, and "
                       "which line could have been replaced by the other?",
                 "zh": "选学习率所用种子的平均。看图时请问自己：两条线从哪里开始分开？哪一段可以用另一条线来代替？"})

    loss_duels = {name: duel[:, 0] for name, duel in duels.items()}
    ax = paired(loss_duels, xlabel="training loss, momentum 0.9 minus none")
    rows = {name: mean_interval(values) for name, values in loss_duels.items()}
    words = {name: f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" for name, (mean, low, high) in rows.items()}
    show(ax.figure, alt={
        "en": "Paired differences of the training loss on fresh seeds with 95 % intervals: "
              + "; ".join(f"{name}: {text}" for name, text in words.items()) + ".",
        "zh": "新种子上训练损失的成对差及 95% 区间：" + "；".join(f"{name}：{text}" for name, text in words.items()) + "。"},
        caption={"en": "Each side at its own best learning rate; left of the dashed line momentum is better.",
                 "zh": "双方各用自己最好的学习率；虚线左侧表示动量法更好。"})
    for name, finals in endings.items():
        without, with_it = finals[0][:, 0].mean(), finals[0.9][:, 0].mean()
        print(f"{name}: training loss {without:.3f} without momentum, {with_it:.3f} with")
    for name, duel in duels.items():
        mean, low, high = mean_interval(duel[:, 1])
        print(f"{name}: validation accuracy, momentum minus none {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    reveal("digits", prediction_digits, "b", {
        "en": "Where both are stable the lines lie close together. Momentum's advantage is the part of the "
              "axis that only it can use.",
        "zh": "在双方都稳定的范围内，两条线靠得很近。动量法的优势，是横轴上只有它能用的那一段。"})

# %% [markdown] lang="en"
# **What it showed:** at small effective learning rates momentum *is* just a bigger learning rate, and even a little late, since the velocity has to be
# built up from zero first. What it adds is stability at rates where plain gradient descent fails: the best effective rate is 8 times as large with the full gradient, where
# curvature sets the limit, and only twice as large with batches of 8, where noise has a say as well.
#
# **What it does not show:** that the lower *training* loss is worth as much on new data. Read the two lines on validation accuracy before you say so.
# %% [markdown] lang="zh"
# **它说明了：** 有效学习率小的时候，动量法*就是*更大的学习率，甚至还慢一点，因为速度要先从零积累起来。它多出来的本事，是在普通梯度下降会失败的学习率上仍然稳定：用全部数据的梯度时，限制来自曲率，最好的有效学习率是对方的 8 倍；小批量为 8 时，噪声也来限制，只有 2 倍。
#
# **它没有说明：** 更低的*训练*损失在新数据上也同样值钱。下结论之前，请先看那两行验证准确率。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# Three sentences that circulate in good lecture notes, and what happens when one tries them.
#
# **1. "Momentum is v = γv + η∇J" / "momentum is v = ρv + g".** The two notes behind this course give one formula each and do not mention the other.
# At a constant learning rate they take the same path, as exercise 3 shows. Learning rates are not constant. Below, both run on the valley with
# $\kappa=100$, momentum 0.9, and after step 60 the learning rate drops to a tenth.
#
# *Before you run it:* which of the two still moves at its old speed just after the drop?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# 下面三句话常见于不错的课堂笔记。逐句试一试，看会发生什么。
#
# **1. “动量法就是 v = γv + η∇J”／“动量法就是 v = ρv + g”。** 本课程所依据的两份笔记各给了一个公式，谁也没提另一个。学习率不变时，两者轨迹相同，练习 3 已经说明了。可是学习率并不会一直不变。下面让两者在 $\kappa=100$ 的山谷里跑，动量 0.9，第 60 步之后学习率降到十分之一。
#
# *运行之前想一想：* 学习率刚降下来时，哪一个还在按原来的速度走？

# %%
def walk(step, curvatures, lrs, *, momentum):
    """The points visited on f(x) = sum(curvatures * x**2) / 2 from (1, ..., 1): one step for each lr."""
    x = np.ones(len(curvatures))
    velocity = momentum_init(x)
    path = [x]
    for lr in lrs:
        x, velocity = step(x, curvatures * x, velocity, lr=lr, momentum=momentum)
        path.append(x)
    return np.array(path)


VALLEY = np.logspace(0, 2, 50)  # 50 curvatures from 1 to 100
WITH_DROP = [0.01] * 60 + [0.001] * 90

# %% role="experiment" nbval="check"
with experiment("momentum_step", "classical_momentum_step"):
    gap = (walk(momentum_step, VALLEY, [0.01] * 150, momentum=0.9)
           - walk(classical_momentum_step, VALLEY, [0.01] * 150, momentum=0.9))
    print("constant lr: equal to rounding:", bool(np.abs(gap).max() < 1e-14))
    outside = np.linalg.norm(walk(momentum_step, VALLEY, WITH_DROP, momentum=0.9), axis=1)
    inside = np.linalg.norm(walk(classical_momentum_step, VALLEY, WITH_DROP, momentum=0.9), axis=1)
    print("lr / 10 after step 60. Distance from the minimum:")
    for t in (60, 62, 65, 70, 80, 100, 150):
        print(f"step {t:3d}: lr outside {outside[t]:.3f}, lr inside {inside[t]:.3f}")

# %% role="experiment"
with experiment("momentum_step", "classical_momentum_step", "outside"):
    ax = curves({"lr outside (here, PyTorch, optax)": outside, "lr inside (CS324, Keras)": inside},
                ylabel="distance from the minimum", logy=True)
    ax.axvline(60, color="black", linewidth=1, linestyle=":")
    ax.annotate("lr / 10", (60, 3), xytext=(63, 3))
    show(ax.figure, alt={
        "en": "Distance from the minimum over 150 steps, log axis. Both forms lie on one line until step 60, "
              "where lr drops to a tenth. Then the form with lr outside "
              f"goes on slowly from {outside[60]:.2f}, while the form with lr inside first climbs to "
              f"{inside[60:].max():.2f} before it comes back.",
        "zh": f"150 步中到极小点的距离（对数坐标）。第 60 步之前两条线重合；学习率在那里降到十分之一。此后 lr 在外的形式从 {outside[60]:.2f} 缓慢下降，"
              f"而 lr 在内的形式先升到 {inside[60:].max():.2f}，然后才回落。"},
        caption={"en": "The same gradients, the same numbers, two forms: κ = 100, momentum 0.9.",
                 "zh": "同样的问题、同样的数字，两种形式：κ = 100，动量 0.9。"})

# %% [markdown] lang="en"
# With the learning rate outside, the whole velocity is scaled down at once. With the learning rate inside, the velocity was built with the old rate and keeps
# that speed until it fades, about $1/(1-\beta)=10$ steps long. Neither is wrong; but a schedule tuned in one library need not suit another.
# (Goyal et al. 2017 ran into this when scaling up and multiply the old velocity by $\eta_{\text{new}}/\eta_{\text{old}}$: that turns the inner form back into the outer one.)
#
# **2. "γ controls how much of the history is kept."** It does, and it changes the length of the step as well. Whoever raises momentum from 0.9 to 0.99 and
# leaves `lr` alone has made the effective learning rate ten times larger. Below, the digits again (batches of 8, 400 steps): which of the last two rows isolates the memory?
# %% [markdown] lang="zh"
# 学习率在外时，整个速度一下子都缩小了。学习率在内时，速度是用旧学习率攒起来的，要等它自己衰减，大约 $1/(1-\beta)=10$ 步。两种都不算错；但在一个库里调好的学习率调度，换到另一个库未必合适。（Goyal 等 2017 年在扩大训练规模时遇到过这个问题，做法是把旧速度乘上 $\eta_{\text{新}}/\eta_{\text{旧}}$：这恰好把“在内”变回“在外”。）
#
# **2. “γ 控制历史动量的保留程度。”** 没错，但它同时也改变了步长。把动量从 0.9 调到 0.99 而不动 `lr`，有效学习率就变成了十倍。下面仍用 digits（小批量为 8，400 步）：最后两行中，哪一行只改变了“记忆”？

# %% role="experiment"
with experiment("momentum_step"):
    for lr, momentum in [(0.08, 0.9), (0.08, 0.99), (0.008, 0.99)]:
        effective = lr / (1 - momentum)
        losses = digits_results("batches of 8", effective, momentum, range(5))[:, 0]
        print(f"lr {lr:5.3f}, momentum {momentum:4}: effective lr {effective:3.1f},"
              f" training loss {losses.min():.2f} to {losses.max():.2f}")

# %% [markdown] lang="en"
# The middle row fails because of its step length; in the last row that is undone, and most of the harm with it. When you tune momentum, hold
# $\eta/(1-\beta)$ fixed, or tune both.
#
# **3. "Momentum damps oscillation."** The oscillation *of gradient descent*, across the valley, yes: there the gradients alternate. But a ball that arrives with
# velocity overshoots, and swings of its own appear where gradient descent has none at all. The smallest example is $f(x)=x^2/2$ from $x=1$, `lr` 0.1.
#
# *Before you run it:* rank momentum 0, 0.5 and 0.9 by the number of steps until $|x|$ stays below 0.01.
# %% [markdown] lang="zh"
# 中间一行失败，是因为步长；最后一行把步长还原，大部分损害也就没有了。调动量时，要么保持 $\eta/(1-\beta)$ 不变，要么两个一起调。
#
# **3. “动量抑制振荡。”** 它抑制的是*梯度下降的*振荡，也就是横穿山谷的那一种，因为那里的梯度正负交替。可是带着速度到达谷底的球会冲过头；在梯度下降毫无振荡的地方，动量反而会造出自己的摆动。最小的例子：$f(x)=x^2/2$，从 $x=1$ 出发，`lr` 为 0.1。
#
# *运行之前想一想：* 要让 $|x|$ 从此一直小于 0.01，动量取 0、0.5、0.9，谁用的步数最少，谁最多？

# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    swings = {m: walk(momentum_step, np.ones(1), [0.1] * 100, momentum=m)[:, 0] for m in (0, 0.5, 0.9)}
    for m, x in swings.items():
        turns = int(np.sum(x[1:] * x[:-1] < 0))
        arrived = np.nonzero(np.abs(x) >= 0.01)[0].max() + 1
        print(f"momentum {m:3}: passes the minimum {turns:2d} times, farthest beyond {max(0, -x.min()):.2f},"
              f" |x| < 0.01 from step {arrived}")

# %% role="experiment"
with experiment("momentum_step", "swings"):
    ax = curves({f"momentum {m}": x for m, x in swings.items()}, ylabel="$x_t$")
    ax.axhline(0, color="black", linewidth=1)
    show(ax.figure, alt={
        "en": "x over 100 steps on a parabola. Without momentum it falls smoothly to 0. With 0.5 it arrives "
              "soonest and hardly passes 0. "
              "With 0.9 it swings far beyond 0 and back, again and again, with slowly shrinking swings.",
        "zh": "抛物线上 100 步中的 x。无动量时平滑地降到 0；动量 0.5 最先到达，几乎不越过 0；动量 0.9 一次次大幅越过 0 又荡回来，摆幅缓慢减小。"},
        caption={"en": "One direction, no valley, no noise: the swings are momentum's own.",
                 "zh": "只有一个方向，没有山谷，没有噪声：摆动是动量自己造成的。"})

# %% [markdown] lang="en"
# Here momentum 0.9 is *slower* than none, and 0.5 is the fastest of the three. Sitting B finds the border: on a direction of curvature $\lambda$ the params
# swing as soon as $\eta\lambda>(1-\sqrt\beta)^2$.
# %% [markdown] lang="zh"
# 在这里，动量 0.9 比没有动量*更慢*，三者中最快的是 0.5。分界线在哪里，B 节会求出来：在曲率为 $\lambda$ 的方向上，只要 $\eta\lambda>(1-\sqrt\beta)^2$，参数就会摆动。

# %% [markdown] lang="en"
# ### Clinic
#
# Three losses on the valley ($\kappa=100$), each from a run whose owner asks for help. Choose a diagnosis, name the evidence in the curve, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 山谷（$\kappa=100$）上的三条损失曲线，都有人拿来求诊。先选一个诊断，说出曲线里的证据，再点开核对。

# %% role="experiment"
with experiment("momentum_step", "classical_momentum_step"):
    patients = {
        "A": walk(momentum_step, VALLEY, [0.039] * 150, momentum=0.9),
        "B": walk(momentum_step, VALLEY, [0.002] * 150, momentum=0.99),
        "C": walk(classical_momentum_step, VALLEY, [0.02] * 40 + [0.001] * 110, momentum=0.9),
    }
    fig, axes = panels(3)
    for ax, (name, path) in zip(axes, patients.items(), strict=True):
        ax.plot((path**2 @ VALLEY) / 2)
        ax.set(yscale="log", xlabel="step", title=name)
    axes[0].set_ylabel("loss")
    show(fig, alt={
        "en": "Three loss curves on log axes. A grows steadily, by the same factor in equal times, by many "
              "orders of magnitude. "
              "B falls in slow, regular waves. C falls, then rises within a few steps after step 40 and "
              "falls again.",
        "zh": "三条对数坐标下的损失曲线。A 稳定增长，相等的时间里增长相同的倍数，跨越许多个数量级；"
              "B 在缓慢而规则的波动中下降；C 先下降，第 40 步后的几步之内回升，然后再下降。"})

# %% [markdown] lang="en"
# **A.** The loss grows without end.
# <details><summary>momentum too small</summary>Less memory would not make a run grow. With momentum 0 the border would even be nearer: 2/λ instead of 2(1+β)/λ.</details>
# <details><summary>learning rate too large for the largest curvature</summary><b>Yes.</b> A straight line on a log axis, from the first steps: one direction is multiplied by the same factor each step. Here $\eta\lambda_{\max}=3.9$, and the border for heavy ball is $2(1+\beta)=3.8$.</details>
# <details><summary>noisy gradients</summary>Noise makes a curve ragged and lets it hover; this one is smooth and does not stop.</details>
#
# **B.** It falls, in waves, and the owner finds it slow.
# <details><summary>momentum too large for this learning rate</summary><b>Yes.</b> Regular waves are swings past the minimum; at 0.99 they shrink by only $\sqrt{0.99}$ per step, whatever the learning rate. Try 0.9 with a learning rate ten times as large.</details>
# <details><summary>learning rate too large</summary>Then it would grow, or its waves would last two steps. These last about seven.</details>
# <details><summary>a local minimum</summary>The valley has one minimum, and the loss is still falling.</details>
#
# **C.** The learning rate was lowered at step 40, "to calm things down", and the loss went up.
# <details><summary>the learning rate should have been raised</summary>Then the velocity would have grown too. Look at when it rises: at once, and for about ten steps.</details>
# <details><summary>the learning rate was lowered too little</summary>It was divided by 20. The bump comes from a speed that is already there.</details>
# <details><summary>the velocity holds the old learning rate</summary><b>Yes.</b> This run uses the form with lr inside: the old speed goes on while the gradients that should brake it are now scaled by the small rate.</details>
# %% [markdown] lang="zh"
# **A.** 损失无休止地增长。
# <details><summary>动量太小</summary>记忆再少，也不会让损失增长。动量为 0 时，界限反而更近：是 2/λ，而不是 2(1+β)/λ。</details>
# <details><summary>对最大的曲率来说，学习率太大</summary><b>正确。</b>从最初几步起，它在对数坐标下就是一条直线：某个方向每一步都乘上同一个倍数。这里 $\eta\lambda_{\max}=3.9$，而动量法的界限是 $2(1+\beta)=3.8$。</details>
# <details><summary>梯度有噪声</summary>噪声会让曲线毛糙，并停在某个高度附近；这条曲线很光滑，而且停不下来。</details>
#
# **B.** 损失在波动中下降，求诊者嫌它慢。
# <details><summary>就这个学习率而言，动量太大</summary><b>正确。</b>规则的波动就是一次次越过极小点；动量 0.99 时，无论学习率是多少，摆幅每步只缩小到 $\sqrt{0.99}$ 倍。试试动量 0.9，学习率调到十倍。</details>
# <details><summary>学习率太大</summary>那样损失会增长，或者波动的周期只有两步。这里一个波大约七步。</details>
# <details><summary>局部极小值</summary>这个山谷只有一个极小点，而且损失还在下降。</details>
#
# **C.** 第 40 步时求诊者“为了稳一点”降低了学习率，损失反而升高了。
# <details><summary>应该提高学习率</summary>那样速度也会变大。注意它升高的时刻：马上升高，持续大约十步。</details>
# <details><summary>学习率降得还不够</summary>已经除以 20 了。鼓包来自早就存在的速度。</details>
# <details><summary>速度里存着旧的学习率</summary><b>正确。</b>这次训练用的是学习率在内的形式：旧的速度还在继续，而本该刹住它的新梯度却只按小学习率计入。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** Every gradient is 2, `lr` is 0.1, momentum 0.9. What length do the steps of `momentum_step` tend to?
# <details><summary>0.2</summary>That is one step of plain gradient descent. The velocity tends to 20, not to 2.</details>
# <details><summary>2</summary><b>Right:</b> effective learning rate $0.1/(1-0.9)=1$, times the gradient 2.</details>
# <details><summary>0.38</summary>That is the second step, $0.1\cdot(2+0.9\cdot2)$. It goes on growing.</details>
# <details><summary>they grow without bound</summary>The weights 1, 0.9, 0.81, ... add up to 10, no more.</details>
#
# **2.** A run in PyTorch (`lr=0.05`) has the buffer $b$. You continue in Keras with the same learning rate. What goes into Keras' velocity?
# <details><summary>b</summary>Then the next steps are 20 times too long, and in the wrong direction as well.</details>
# <details><summary>0.05 b</summary>The size is right. Now look at the sign on the convention card: Keras <i>adds</i> its velocity.</details>
# <details><summary>−0.05 b</summary><b>Right:</b> the learning rate goes inside, and the sign turns.</details>
# <details><summary>b / 0.05</summary>The learning rate has to be multiplied in, not divided out. Check it with one step.</details>
#
# **3.** A paper compares "SGD, lr 0.1" with "SGD, lr 0.1, momentum 0.9" and finds the second better. What does it show?
# <details><summary>that momentum helps on that task</summary>Perhaps, but the second run also had ten times the effective learning rate.</details>
# <details><summary>that 0.1 was too small for plain SGD, or that momentum helps; it cannot tell which</summary><b>Right.</b> Each side needs its own best learning rate.</details>
# <details><summary>nothing, since one must compare at equal lr and momentum</summary>Equal settings would compare a method with itself. What has to be equal is the effort of tuning.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 每个梯度都是 2，`lr` 为 0.1，动量 0.9。`momentum_step` 的步长趋于多少？
# <details><summary>0.2</summary>这是普通梯度下降的一步。速度趋于 20，不是 2。</details>
# <details><summary>2</summary><b>正确：</b>有效学习率 $0.1/(1-0.9)=1$，乘以梯度 2。</details>
# <details><summary>0.38</summary>这是第二步的长度 $0.1\cdot(2+0.9\cdot2)$，之后还会增长。</details>
# <details><summary>无限增长</summary>权重 1、0.9、0.81……加起来是 10，不会更多。</details>
#
# **2.** 用 PyTorch 训练（`lr=0.05`），缓冲区为 $b$。改用 Keras 以同样的学习率继续，Keras 的速度里应当填什么？
# <details><summary>b</summary>那么接下来的每一步都是应有的 20 倍，而且方向也反了。</details>
# <details><summary>0.05 b</summary>大小对了。再看看约定卡上的符号：Keras 是<i>加上</i>速度的。</details>
# <details><summary>−0.05 b</summary><b>正确：</b>学习率乘进去，符号反过来。</details>
# <details><summary>b / 0.05</summary>学习率应当乘进去，而不是除掉。走一步就能验证。</details>
#
# **3.** 一篇论文比较“SGD，lr 0.1”和“SGD，lr 0.1，动量 0.9”，发现后者更好。这说明了什么？
# <details><summary>在该任务上动量有帮助</summary>也许吧，但后者的有效学习率也是十倍。</details>
# <details><summary>要么 0.1 对普通 SGD 太小，要么动量确有帮助，无法区分</summary><b>正确。</b>双方都需要用自己最好的学习率。</details>
# <details><summary>什么也没说明，因为比较时 lr 和动量都必须相同</summary>全都相同，就是拿一种方法和它自己比。应当相同的，是调参所花的力气。</details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_race prediction_digits" points=4
made = [guess for guess in (prediction_race, prediction_digits) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - Velocity is a sum of gradients in which old ones fade by $\beta$ per step. What agrees grows to $1/(1-\beta)$ times, what alternates shrinks to $1/(1+\beta)$.
# - Three forms, one method: lr outside ($v$), lr inside ($u=\eta v$), average ($a=(1-\beta)v$). They part when the learning rate changes and it is inside.
# - Compare methods at their own best learning rates, never at equal `lr`: momentum $\beta$ multiplies it by $1/(1-\beta)$.
# - On a quadratic the steps grow like $\sqrt\kappa$ instead of $\kappa$. At small effective learning rates, momentum is only a bigger learning rate.
# - It damps one oscillation and brings another.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 速度是梯度的和，其中旧的梯度每步衰减为 $\beta$ 倍。一致的方向放大到 $1/(1-\beta)$ 倍，交替的方向缩小到 $1/(1+\beta)$。
# - 三种形式，一种方法：学习率在外（$v$）、在内（$u=\eta v$）、写成平均（$a=(1-\beta)v$）。学习率在内时，它一改变，轨迹就分开。
# - 比较方法时，各用自己最好的学习率，不能用相同的 `lr`：动量 $\beta$ 会把它放大到 $1/(1-\beta)$ 倍。
# - 在二次函数上，步数随 $\sqrt\kappa$ 而不是 $\kappa$ 增长。有效学习率小的时候，动量只是更大的学习率。
# - 它抑制一种振荡，又带来另一种。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: looking ahead, and how good it can get
#
# | | |
# |---|---|
# | **You will be able to** | write Nesterov's method in its two forms and say why libraries use the second; read the speed of momentum off a 2×2 matrix; choose the best learning rate and momentum for a quadratic, and say what that choice is worth elsewhere |
# | **You need** | sitting A; eigenvalues of a 2×2 matrix, also complex ones (the box at the start of 02) |
# | **Time** | about 85 minutes: 35 reading, 50 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●● |
# | **Points** | {{points:B}}: four exercises ({{points:nesterov_step}} + {{points:nesterov_rewritten_step}} + {{points:heavy_ball_matrix}} + {{points:optimal_heavy_ball}}), two predictions, one written question ({{points:why_overshoot}}) |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：向前看一步，以及最好能好到什么程度
#
# | | |
# |---|---|
# | **学完你能够** | 写出 Nesterov 方法的两种形式，并说明各个库为什么用第二种；从一个 2×2 矩阵读出动量法的速度；为二次函数选出最优的学习率和动量，并说明这个选择换个地方还值多少 |
# | **你需要** | A 节；2×2 矩阵的特征值，包括复特征值（02 章开头的数学准备） |
# | **时间** | 约 85 分钟：阅读 35 分钟，动手 50 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●● |
# | **分数** | {{points:B}} 分：四道练习（{{points:nesterov_step}} + {{points:nesterov_rewritten_step}} + {{points:heavy_ball_matrix}} + {{points:optimal_heavy_ball}}）、两次预测、一道书面题（{{points:why_overshoot}}） |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# <details><summary>1. A quadratic has Hessian A. Why may we study gradient descent in one direction at a time? (02)</summary>
#
# In the basis of the eigenvectors of $A$ the gradient has the entries $\lambda_i x_i$: no direction hears of another. That stays true with momentum.
# </details>
#
# <details><summary>2. What does it mean for a method that |1 − ηλ| = 0.99 in some direction? (01)</summary>
#
# The error there shrinks by 1 % per step: about 1375 steps for six digits, since $0.99^{1375}\approx10^{-6}$.
# </details>
#
# <details><summary>3. The minimum point of f is a point where the gradient is 0. Is every point with gradient 0 a minimum? (02)</summary>
#
# No: it may be a maximum or a saddle point. The signs of the eigenvalues of the Hessian tell, if none is 0.
# </details>
#
# <details><summary>4. You want to check a gradient by central differences with h = 1e-5. How large is the error, roughly? (00)</summary>
#
# Of order $h^2=10^{-10}$ from the formula, plus rounding, about $10^{-16}/h=10^{-11}$ times the size of $f$.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# <details><summary>1. 二次函数的海森矩阵为 A。为什么可以一个方向一个方向地研究梯度下降？（02）</summary>
#
# 换到 $A$ 的特征向量基底下，梯度的各个分量是 $\lambda_i x_i$：各方向互不相干。加上动量，这一点依然成立。
# </details>
#
# <details><summary>2. 某个方向上 |1 − ηλ| = 0.99，对方法意味着什么？（01）</summary>
#
# 那里的误差每步缩小 1%：要精确到六位大约需要 1375 步，因为 $0.99^{1375}\approx10^{-6}$。
# </details>
#
# <details><summary>3. 极小点处梯度为 0。反过来，梯度为 0 的点一定是极小点吗？（02）</summary>
#
# 不一定，也可能是极大点或鞍点。只要海森矩阵没有零特征值，看特征值的符号即可判断。
# </details>
#
# <details><summary>4. 用 h = 1e-5 的中心差分检验梯度，误差大约多大？（00）</summary>
#
# 公式本身的误差约为 $h^2=10^{-10}$，再加上舍入误差，约为 $f$ 的大小乘以 $10^{-16}/h=10^{-11}$。
# </details>

# %% [markdown] lang="en"
# ### The idea: ask for the gradient where you are going to be
#
# Heavy ball does two things in one step: the old velocity carries the params some way, and the new gradient corrects. It asks for that gradient at the *start*
# of the move, although it knows that the old velocity alone will take it to
#
# $$y = x-\eta\beta v .$$
#
# Nesterov's method asks at $y$, the **look-ahead point**. If the slope has already turned there, the correction comes one step sooner; if the ball is about to run up
# the far wall, it starts to brake before it gets there. That is all the difference there is:
#
# $$v_{t}=\beta v_{t-1}+\nabla f(x_{t-1}-\eta\beta v_{t-1}),\qquad x_t=x_{t-1}-\eta v_t .$$
#
# Mind the $\eta$ in front of $\beta v$. Our velocity does not contain it, so it has to be in the look-ahead as well: the look-ahead point must be where the
# velocity *really* leads.
# %% [markdown] lang="zh"
# ### 想法：到要去的地方去问梯度
#
# 动量法的一步里有两件事：旧速度带着参数走一段，新梯度再做修正。它在这段路的*起点*问梯度，尽管它明明知道，单凭旧速度就会走到
#
# $$y = x-\eta\beta v .$$
#
# Nesterov 方法到 $y$ 去问，这个点叫**前瞻点**（look-ahead point）。如果坡度在那里已经转向，修正就早来一步；如果球快要冲上对面的坡，它在到达之前就开始刹车。区别仅此而已：
#
# $$v_{t}=\beta v_{t-1}+\nabla f(x_{t-1}-\eta\beta v_{t-1}),\qquad x_t=x_{t-1}-\eta v_t .$$
#
# 注意 $\beta v$ 前面的 $\eta$。我们的速度不含学习率，所以前瞻点里必须补上：前瞻点应当是速度*真正*会带你到的地方。

# %% [markdown] lang="en"
# ### Exercise 5: `nesterov_step` ({{points:nesterov_step}} points, 8 minutes)
#
# Since the gradient is wanted at a point that the caller does not know, this step receives the gradient *function*. `lookahead_point` is given.
# %% [markdown] lang="zh"
# ### 练习 5：`nesterov_step`（{{points:nesterov_step}} 分，8 分钟）
#
# 需要梯度的那个点，调用者并不知道，所以这个函数接收的是梯度*函数*。`lookahead_point` 已经给出。

# %% role="given" id="lookahead_point"
from reference.momentum import lookahead_point

# %% role="answer" id="nesterov_step"
from reference.momentum import nesterov_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Three moves: find the point, ask there, then step as in `momentum_step`. The params start from `params`, not from the look-ahead point.
# </details>
# <details><summary>Hint 2</summary>
#
# With `params` 1, `velocity` 3, `lr` 0.1, `momentum` 0.5 and the gradient function $2x$: look-ahead point 0.85, gradient 1.7, new velocity 3.2, new params 0.68.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 三个动作：找到那个点，在那里问梯度，然后像 `momentum_step` 那样走一步。参数从 `params` 出发，不是从前瞻点出发。
# </details>
# <details><summary>提示 2</summary>
#
# `params` 为 1，`velocity` 为 3，`lr` 为 0.1，`momentum` 为 0.5，梯度函数为 $2x$：前瞻点 0.85，梯度 1.7，新速度 3.2，新参数 0.68。
# </details>

# %% role="tests" id="test_nesterov_step" points=15
check("nesterov_step", nesterov_step)

# %% [markdown] lang="en"
# ### The same method without asking elsewhere
#
# Every other step of the course takes a gradient, not a function, and so do the training loops of all libraries: they compute the gradient where the params
# are. The way out: let the params *be* the look-ahead point. Call it $y_t=x_t-\eta\beta v_t$. Then the gradient that step $t+1$ needs is the one at $y_t$, and
# the velocity rule is $v_{t+1}=\beta v_t+g$ with $g=\nabla f(y_t)$. What does one step do to $y$?
#
# $$\begin{aligned} y_{t+1} &= x_{t+1}-\eta\beta v_{t+1} = x_t-\eta v_{t+1}-\eta\beta v_{t+1}\\ &= (y_t+\eta\beta v_t)-\eta v_{t+1}-\eta\beta v_{t+1}. \end{aligned}$$
#
# Now put $\beta v_t=v_{t+1}-g$ into the bracket. *Write the last line yourself before you open it.*
#
# <details><summary>the line left blank</summary>
#
# $y_{t+1}=y_t+\eta(v_{t+1}-g)-\eta v_{t+1}-\eta\beta v_{t+1}=y_t-\eta\,(g+\beta v_{t+1})$
# </details>
#
# One gradient, at the place where the params are. From rest both start at the same point, $y_0=x_0$. What such an optimizer calls its parameters are look-ahead
# points; as the velocity dies out, the two meet.
#
# | where | gradient at | what is stored as params | learning rate |
# |---|---|---|---|
# | **here**, `nesterov_step` | $x-\eta\beta v$ | $x$ | outside |
# | **here**, `nesterov_rewritten_step` | $y$ | $y$ | outside |
# | PyTorch `SGD(nesterov=True)`, optax `sgd(nesterov=True)` | $y$ | $y$ | outside; PyTorch insists on momentum > 0 and dampening 0 |
# | Keras `SGD(nesterov=True)`: $v\leftarrow mv-\eta g,\ w\leftarrow w+mv-\eta g$ | $y$ | $y$ | inside |
# | CS324 (first note) | $\theta-\gamma v$ | $\theta$, our $x$ | inside, so the look-ahead has no extra $\eta$ |
# | CS231n lecture (second note) | | Nesterov is not mentioned | |
# | Sutskever et al. (2013) | $\theta+\mu v$ | $\theta$, our $x$ | inside |
# | Nesterov (1983) | $y_t=x_t+\beta_t(x_t-x_{t-1})$ | both | $\beta_t$ rises from 0 towards 1 |
# %% [markdown] lang="zh"
# ### 同一个方法，不必到别处去问
#
# 本课程其他的步骤函数接收的都是梯度而不是函数，各个库的训练循环也一样：梯度总是在参数所在之处计算。办法是：干脆让参数*就是*前瞻点。记 $y_t=x_t-\eta\beta v_t$。第 $t+1$ 步需要的正是 $y_t$ 处的梯度，速度的规则是 $v_{t+1}=\beta v_t+g$，其中 $g=\nabla f(y_t)$。那么一步之后 $y$ 变成什么？
#
# $$\begin{aligned} y_{t+1} &= x_{t+1}-\eta\beta v_{t+1} = x_t-\eta v_{t+1}-\eta\beta v_{t+1}\\ &= (y_t+\eta\beta v_t)-\eta v_{t+1}-\eta\beta v_{t+1}. \end{aligned}$$
#
# 把 $\beta v_t=v_{t+1}-g$ 代入括号。*先自己写出最后一行，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# $y_{t+1}=y_t+\eta(v_{t+1}-g)-\eta v_{t+1}-\eta\beta v_{t+1}=y_t-\eta\,(g+\beta v_{t+1})$
# </details>
#
# 只要一个梯度，就在参数所在之处。从静止出发时两者起点相同，$y_0=x_0$。这种优化器所说的“参数”其实是前瞻点；随着速度消失，两者会合。
#
# | 出处 | 在哪里求梯度 | 作为参数保存的是 | 学习率 |
# |---|---|---|---|
# | **本课程** `nesterov_step` | $x-\eta\beta v$ | $x$ | 在外 |
# | **本课程** `nesterov_rewritten_step` | $y$ | $y$ | 在外 |
# | PyTorch `SGD(nesterov=True)`、optax `sgd(nesterov=True)` | $y$ | $y$ | 在外；PyTorch 要求 momentum > 0 且 dampening 为 0 |
# | Keras `SGD(nesterov=True)`：$v\leftarrow mv-\eta g,\ w\leftarrow w+mv-\eta g$ | $y$ | $y$ | 在内 |
# | CS324（第一份笔记） | $\theta-\gamma v$ | $\theta$，即我们的 $x$ | 在内，所以前瞻点不再乘 $\eta$ |
# | CS231n 课堂（第二份笔记） | | 没有提到 Nesterov | |
# | Sutskever 等（2013） | $\theta+\mu v$ | $\theta$，即我们的 $x$ | 在内 |
# | Nesterov（1983） | $y_t=x_t+\beta_t(x_t-x_{t-1})$ | 两者都存 | $\beta_t$ 从 0 升向 1 |

# %% [markdown] lang="en"
# ### Exercise 6: `nesterov_rewritten_step` ({{points:nesterov_rewritten_step}} points, 6 minutes)
# %% [markdown] lang="zh"
# ### 练习 6：`nesterov_rewritten_step`（{{points:nesterov_rewritten_step}} 分，6 分钟）

# %% role="answer" id="nesterov_rewritten_step"
from reference.momentum import nesterov_rewritten_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The velocity line is that of `momentum_step`. Only the last line differs.
# </details>
# <details><summary>Hint 2</summary>
#
# `params` 1, `grads` 2, `velocity` 3, `lr` 0.1, `momentum` 0.5: new velocity 3.5, params $1-0.1\,(2+0.5\cdot3.5)=0.625$. With the old velocity you would get 0.65.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 速度那一行与 `momentum_step` 相同，只有最后一行不同。
# </details>
# <details><summary>提示 2</summary>
#
# `params` 为 1，`grads` 为 2，`velocity` 为 3，`lr` 为 0.1，`momentum` 为 0.5：新速度 3.5，参数 $1-0.1\,(2+0.5\cdot3.5)=0.625$。若误用旧速度，会得到 0.65。
# </details>

# %% role="tests" id="test_nesterov_rewritten_step" points=12
check("nesterov_rewritten_step", nesterov_rewritten_step)

# %% [markdown] lang="en"
# Do the two forms agree in the way the derivation says? Run `nesterov_step`, note its look-ahead points, and compare with where the rewritten form is. The last
# line lowers the learning rate half way.
# %% [markdown] lang="zh"
# 两种形式真的像推导所说的那样一致吗？运行 `nesterov_step` 并记下它的前瞻点，再与改写形式所在的点比较。最后一行在中途降低学习率。

# %% role="experiment" nbval="check"
def gap_between_forms(lrs, momentum=0.9):
    """Largest distance between nesterov_step's look-ahead points and the params of the rewritten form."""
    x = y = np.ones(50)
    v = w = momentum_init(x)
    gap = 0.0
    for lr in lrs:
        y, w = nesterov_rewritten_step(y, VALLEY * y, w, lr=lr, momentum=momentum)
        x, v = nesterov_step(x, lambda z: VALLEY * z, v, lr=lr, momentum=momentum)
        gap = max(gap, np.abs(lookahead_point(x, v, lr=lr, momentum=momentum) - y).max())
    return gap


with experiment("nesterov_step", "nesterov_rewritten_step"):
    print("constant lr: gap below 1e-12:", bool(gap_between_forms([0.01] * 200) < 1e-12))
    print(f"lr / 10 after step 20: gap {gap_between_forms([0.01] * 20 + [0.001] * 180):.2f}")

# %% [markdown] lang="en"
# Equal to rounding at a constant learning rate. After a drop they part for a while: $y$ was made with the old $\eta$, while `nesterov_step` looks ahead
# with the new one. Libraries use the rewritten form; when you compare your own `nesterov_step` with a library, do it at a constant learning rate.
#
# ### How fast is momentum? Ask a matrix
#
# Take one direction of a quadratic: $f(x)=\lambda x^2/2$, gradient $\lambda x$. Since $\eta v_t=x_{t-1}-x_t$, the velocity can be eliminated, and heavy ball
# becomes Polyak's form
#
# $$x_{t+1}=x_t-\eta\lambda x_t+\beta\,(x_t-x_{t-1}) .$$
#
# The next point depends on *two* earlier ones. So we make those two the state, and one step becomes a matrix:
#
# $$\begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M\begin{pmatrix}x_t\\x_{t-1}\end{pmatrix},\qquad \begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M^{t}\begin{pmatrix}x_1\\x_0\end{pmatrix}.$$
#
# What a power of a matrix does in the long run is decided by its largest eigenvalue in absolute value, the **spectral radius** $r$: the error shrinks about
# like $r^t$, and grows if $r>1$. For gradient descent the "matrix" was the number $1-\eta\lambda$; for momentum it is 2×2.
# %% [markdown] lang="zh"
# 学习率不变时，两者只差舍入误差。学习率下降之后会暂时分开：$y$ 是用旧的 $\eta$ 算出来的，而 `nesterov_step` 用新的 $\eta$ 前瞻。各个库用的是改写形式；把你的 `nesterov_step` 与某个库对照时，请用不变的学习率。
#
# ### 动量法有多快？问一个矩阵
#
# 取二次函数的一个方向：$f(x)=\lambda x^2/2$，梯度为 $\lambda x$。由于 $\eta v_t=x_{t-1}-x_t$，可以消去速度，动量法就变成 Polyak 的形式
#
# $$x_{t+1}=x_t-\eta\lambda x_t+\beta\,(x_t-x_{t-1}) .$$
#
# 下一个点取决于*前两个*点。把这两个点当作状态，走一步就是乘一个矩阵：
#
# $$\begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M\begin{pmatrix}x_t\\x_{t-1}\end{pmatrix},\qquad \begin{pmatrix}x_{t+1}\\x_t\end{pmatrix}=M^{t}\begin{pmatrix}x_1\\x_0\end{pmatrix}.$$
#
# 矩阵的高次幂最终由绝对值最大的特征值决定，这个绝对值叫**谱半径**（spectral radius）$r$：误差大致像 $r^t$ 那样缩小，$r>1$ 时则增长。对梯度下降，“矩阵”就是一个数 $1-\eta\lambda$；对动量法，它是 2×2 的。

# %% [markdown] lang="en"
# ### Exercise 7: `heavy_ball_matrix` ({{points:heavy_ball_matrix}} points, 6 minutes)
#
# Write down $M$. The second row only says that the old $x_t$ moves one place down.
# %% [markdown] lang="zh"
# ### 练习 7：`heavy_ball_matrix`（{{points:heavy_ball_matrix}} 分，6 分钟）
#
# 写出 $M$。第二行只是说：原来的 $x_t$ 往下挪一格。

# %% role="answer" id="heavy_ball_matrix"
from reference.momentum import heavy_ball_matrix

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Sort the right-hand side of Polyak's form: what stands in front of $x_t$, what in front of $x_{t-1}$?
# </details>
# <details><summary>Hint 2</summary>
#
# `curvature` 2, `lr` 0.1, `momentum` 0.5, state (3, 4): the next point is $3-0.2\cdot3+0.5\,(3-4)=1.9$, so your matrix times (3, 4) must be (1.9, 3).
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 整理 Polyak 形式的右边：$x_t$ 前面的系数是什么？$x_{t-1}$ 前面的呢？
# </details>
# <details><summary>提示 2</summary>
#
# `curvature` 为 2，`lr` 为 0.1，`momentum` 为 0.5，状态为 (3, 4)：下一个点是 $3-0.2\cdot3+0.5\,(3-4)=1.9$，所以你的矩阵乘 (3, 4) 应得 (1.9, 3)。
# </details>

# %% role="tests" id="test_heavy_ball_matrix" points=9
check("heavy_ball_matrix", heavy_ball_matrix)

# %% role="given" id="spectral_radius"
from reference.momentum import spectral_radius

# %% [markdown] lang="en"
# ### What the eigenvalues say
#
# The eigenvalues $z$ of $M$ solve $z^2-(1+\beta-\eta\lambda)\,z+\beta=0$. Their product is $\beta$. There are two cases.
#
# **Complex pair**, when $(1+\beta-\eta\lambda)^2<4\beta$. The two are conjugate, so $|z|^2=\beta$ and
# $$r=\sqrt\beta ,$$
# whatever $\lambda$ is. The error swings and shrinks like $\sqrt\beta^{\,t}$. Solved for $\eta\lambda$, the condition reads
# $$(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2 .$$
#
# **Two real ones**, outside that interval. One of them is larger than $\sqrt\beta$ in absolute value, the other smaller. To the left, $\eta\lambda$ small, it is close to
# 1: slow, no swings. To the right it falls below $-1$ at $\eta\lambda=2(1+\beta)$, and the run diverges.
#
# So there is an interval of curvatures in which *every* direction shrinks at the same rate $\sqrt\beta$, the steep and the flat. This is the secret of momentum on
# valleys. The figure is the map: horizontal $\eta\lambda$ (called lr·λ there), vertical momentum, colour the spectral radius; the two marks are the flattest and the steepest direction.
#
# *Questions to the figure, before you touch it:* gradient descent is the bottom edge. Where on that edge is the radius smallest? Then, from the start position: which
# of the two marks decides the speed? Lower the momentum until it starts to hurt: which mark leaves the region first?
#
# <details><summary>answers</summary>
#
# At lr·λ = 1, where one step reaches the minimum. At the start neither: both lie in the complex region and shrink at the same rate $\sqrt{0.7}=0.837$. The flat
# one (○), at momentum 0.47; a larger learning rate would move both marks to the right and let you go lower still, until the steep one (□) stands at its border too.
# </details>
# %% [markdown] lang="zh"
# ### 特征值说明了什么
#
# $M$ 的特征值 $z$ 满足 $z^2-(1+\beta-\eta\lambda)\,z+\beta=0$，两根之积为 $\beta$。分两种情况。
#
# **一对共轭复根**，当 $(1+\beta-\eta\lambda)^2<4\beta$。两根共轭，所以 $|z|^2=\beta$，即
# $$r=\sqrt\beta ,$$
# 与 $\lambda$ 无关。误差一边摆动，一边像 $\sqrt\beta^{\,t}$ 那样缩小。把条件解成 $\eta\lambda$ 的形式：
# $$(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2 .$$
#
# **两个实根**，在这个区间之外。其中一个的绝对值大于 $\sqrt\beta$，另一个小于。在左边，$\eta\lambda$ 小，较大的根接近 1：慢，但不摆动。在右边，它在 $\eta\lambda=2(1+\beta)$ 处越过 $-1$，于是发散。
#
# 所以存在一个曲率区间，其中*每个*方向都以同样的速率 $\sqrt\beta$ 缩小，无论陡峭还是平坦。动量法对付山谷的秘密就在这里。下面的图就是一张地图：横轴为 $\eta\lambda$（图中写作 lr·λ），纵轴为动量，颜色表示谱半径；两个标记是最平坦和最陡峭的方向。
#
# *动手之前，先问图几个问题：* 梯度下降是图的底边，底边上哪里半径最小？再看起始位置：两个标记中，哪一个决定了速度？慢慢调低动量，直到开始变慢：哪个标记先离开复根区域？
#
# <details><summary>答案</summary>
#
# 在 lr·λ = 1 处，一步就到极小点。起始时谁也不决定：两个都在复根区域里，以同样的速率 $\sqrt{0.7}=0.837$ 缩小。平坦的那个（○）先离开，在动量 0.47 处；学习率再大一些，两个标记都向右移，动量还可以更低，直到陡峭的那个（□）也站到边界上。
# </details>

# %% role="experiment"
momentum_explorer(lr=2.0, momentum=0.7, kappa=20)

# %% [markdown] lang="en"
# ### Exercise 8: `optimal_heavy_ball` ({{points:optimal_heavy_ball}} points, 15 minutes)
#
# The curvatures of a quadratic lie between $\lambda_{\min}$ and $\lambda_{\max}$. Which pair $(\eta,\beta)$ makes the slowest direction as fast as possible? You know
# everything you need:
#
# 1. In the complex interval the radius is $\sqrt\beta$, so you want $\beta$ small.
# 2. The interval must hold all of $\eta\lambda_{\min}\dots\eta\lambda_{\max}$; a direction outside would be slower than $\sqrt\beta$.
# 3. The smaller $\beta$, the shorter the interval. So the best $\beta$ is the one for which it *just* holds them. That gives two equations for two unknowns.
#
# Solve them on paper, then write the function. The docstring says how to see whether you are right: no pair has a smaller worst radius.
#
# *An intermediate result to check:* for $\lambda_{\min}=1$, $\lambda_{\max}=9$ the best momentum is 1/4.
# %% [markdown] lang="zh"
# ### 练习 8：`optimal_heavy_ball`（{{points:optimal_heavy_ball}} 分，15 分钟）
#
# 二次函数的曲率在 $\lambda_{\min}$ 与 $\lambda_{\max}$ 之间。哪一对 $(\eta,\beta)$ 能让最慢的方向尽可能快？所需的一切你都知道了：
#
# 1. 在复根区间里，半径是 $\sqrt\beta$，所以希望 $\beta$ 小。
# 2. 区间必须容纳 $\eta\lambda_{\min}\dots\eta\lambda_{\max}$ 的全部；落在外面的方向会比 $\sqrt\beta$ 更慢。
# 3. $\beta$ 越小，区间越短。所以最好的 $\beta$，就是使区间*恰好*装得下它们的那一个。由此得到两个未知数的两个方程。
#
# 先在纸上解出来，再写函数。怎样判断对不对，文档字符串里有：没有哪一对能使最大的谱半径更小。
#
# *中间结果，供核对：* $\lambda_{\min}=1$、$\lambda_{\max}=9$ 时，最优动量是 1/4。

# %% role="answer" id="optimal_heavy_ball"
from reference.momentum import optimal_heavy_ball

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The two equations are $\eta\lambda_{\min}=(1-\sqrt\beta)^2$ and $\eta\lambda_{\max}=(1+\sqrt\beta)^2$. Take square roots on both sides: they become linear in $\sqrt\eta$ and $\sqrt\beta$.
# </details>
# <details><summary>Hint 2</summary>
#
# Add the two: $\sqrt\eta\,(\sqrt{\lambda_{\max}}+\sqrt{\lambda_{\min}})=2$. That is the learning rate. For $\sqrt\beta$ subtract one from the other and put $\sqrt\eta$ in.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 两个方程是 $\eta\lambda_{\min}=(1-\sqrt\beta)^2$ 和 $\eta\lambda_{\max}=(1+\sqrt\beta)^2$。两边开平方，它们对 $\sqrt\eta$ 和 $\sqrt\beta$ 就是线性的。
# </details>
# <details><summary>提示 2</summary>
#
# 两式相加：$\sqrt\eta\,(\sqrt{\lambda_{\max}}+\sqrt{\lambda_{\min}})=2$，学习率就有了。要求 $\sqrt\beta$，将两式相减，再代入 $\sqrt\eta$。
# </details>

# %% role="tests" id="test_optimal_heavy_ball" points=12
check("optimal_heavy_ball", optimal_heavy_ball)

# %% [markdown] lang="en"
# With this pair every direction shrinks by $\sqrt\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$ per step. Gradient descent at its best manages
# $\frac{\kappa-1}{\kappa+1}$ (02). For $\kappa=100$ that is 0.818 against 0.980: to gain one digit takes 11.5 steps instead of 115. Here is where the race of sitting A was decided,
# and where its constants come from.
#
# One caution. At the border of the interval the two eigenvalues coincide, and then $M^t$ grows like $t\,r^t$ before it shrinks: that is why 85 steps
# were needed where $0.818^t$ alone would promise 69, and why the table there carries eight digits.
# %% [markdown] lang="zh"
# 用这一对值，每个方向每步都缩小到 $\sqrt\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$ 倍，而梯度下降最好只能做到 $\frac{\kappa-1}{\kappa+1}$（02）。$\kappa=100$ 时，是 0.818 对 0.980：精度提高一位，需要 11.5 步而不是 115 步。A 节赛跑的胜负，以及那些常数的来历，就在这里。
#
# 提醒一点：在区间的边界上，两个特征值重合，$M^t$ 的大小像 $t\,r^t$，要先涨后落。所以 $0.818^t$ 单独看只需 69 步，实际却走了 85 步；那张表里的常数写到八位，也是这个原因。

# %% role="experiment" nbval="check"
with experiment("optimal_heavy_ball", "heavy_ball_matrix"):
    for kappa in (100, 10_000):
        lr, momentum = optimal_heavy_ball(1, kappa)
        for name, radius in [("heavy ball", np.sqrt(momentum)), ("GD", (kappa - 1) / (kappa + 1))]:
            per_digit = np.log(0.1) / np.log(radius)
            print(f"kappa {kappa:5d}, {name:10s}: radius {radius:.4f}, steps by the radius alone:"
                  f" {per_digit:.1f} for one digit, {6 * per_digit:.0f} for six")
    lr, momentum = optimal_heavy_ball(1, 100)
    radii = [spectral_radius(heavy_ball_matrix(h, lr=lr, momentum=momentum)) for h in VALLEY]
    print(f"spectral radii of the 50 directions of the valley: {min(radii):.3f} to {max(radii):.3f}")

# %% [markdown] lang="en"
# ### Experiment 3: Nesterov joins the race
#
# Same track as in experiment 1. For functions whose curvature lies between $\lambda_{\min}$ and $\lambda_{\max}$, textbooks give Nesterov's method $\eta=1/\lambda_{\max}$ and
# $\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$. For quadratics there is a better pair (Lessard et al. 2016, Proposition 1), which `optimal_nesterov` below gives. We run both.
#
# At $\kappa=1000$ gradient descent needs 6107 steps and heavy ball 288. **Nesterov, with either pair:**
#
# - (a) between the two, nearer to heavy ball
# - (b) fewer than heavy ball
# - (c) between the two, nearer to gradient descent
# %% [markdown] lang="zh"
# ### 实验 3：Nesterov 加入赛跑
#
# 赛道与实验 1 相同。对曲率介于 $\lambda_{\min}$ 与 $\lambda_{\max}$ 之间的函数，教科书给 Nesterov 方法的常数是 $\eta=1/\lambda_{\max}$，$\beta=\frac{\sqrt\kappa-1}{\sqrt\kappa+1}$。对二次函数还有更好的一对（Lessard 等，2016，命题 1），由下面的 `optimal_nesterov` 给出。两对都跑一遍。
#
# $\kappa=1000$ 时，梯度下降走 6107 步，动量法走 288 步。**Nesterov 方法（无论用哪一对常数）：**
#
# - (a) 介于两者之间，更接近动量法
# - (b) 比动量法还少
# - (c) 介于两者之间，更接近梯度下降

# %% role="answer" id="prediction_nesterov"
prediction_nesterov = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_nesterov = "a"
### END SOLUTION

# %% role="given" id="optimal_nesterov"
from reference.momentum import optimal_nesterov

# %% role="experiment" nbval="check"
def textbook_nesterov(curvature_min, curvature_max):
    root = np.sqrt(curvature_max / curvature_min)
    return 1 / curvature_max, (root - 1) / (root + 1)


with experiment("nesterov_step", "momentum_step", "optimal_heavy_ball"):
    counts = {}
    for kappa in (10, 100, 1000, 10_000):
        curvatures = np.logspace(0, np.log10(kappa), 50)

        def nesterov(x, grads, velocity, *, lr, momentum):
            return nesterov_step(x, lambda z: curvatures * z, velocity, lr=lr, momentum=momentum)

        steps = []
        for step, constants in [
            (momentum_step, optimal_heavy_ball), (nesterov, textbook_nesterov), (nesterov, optimal_nesterov)
        ]:
            lr, momentum = constants(1, kappa)
            steps.append(steps_until(step, curvatures, lr=lr, momentum=momentum))
        counts[kappa] = steps
    full_race = counts
    print(" kappa  heavy ball  Nesterov (textbook)  Nesterov (best for quadratics)")
    for kappa, steps in full_race.items():
        print(f"{kappa:6d} {steps[0]:11.0f} {steps[1]:20.0f} {steps[2]:31.0f}")

# %% role="experiment"
with experiment("nesterov_step", "full_race", "race"):
    kappas, steps = np.array(list(full_race)), np.array(list(full_race.values()))
    gd = np.array([race[kappa][0] for kappa in full_race])
    ax = curves(
        {"GD": gd, "Nesterov (textbook)": steps[:, 1], "Nesterov (best for quadratics)": steps[:, 2],
         "heavy ball": steps[:, 0]},
        x=kappas, xlabel=r"condition number $\kappa$", ylabel="steps to 1e-6", logx=True, logy=True)
    show(ax.figure, alt={
        "en": f"Log-log plot of steps against condition number. Gradient descent, on top, ends at {gd[-1]}. "
              "Below it three nearly parallel lines of about half the "
              f"slope, ending at {steps[-1, 1]} (Nesterov, textbook constants), {steps[-1, 2]} (Nesterov, "
              f"best for quadratics) and {steps[-1, 0]} (heavy ball).",
        "zh": f"步数对条件数的双对数图。梯度下降最陡，升到 {gd[-1]}。下方三条几乎平行的线，斜率约为一半，终点依次是 {steps[-1, 1]}（Nesterov，教科书常数）、"
              f"{steps[-1, 2]}（Nesterov，二次函数最优常数）和 {steps[-1, 0]}（动量法）。"},
        caption={"en": "50 curvatures from 1 to κ, start at ones. All three with a memory grow like the "
                       "square root of κ.",
                 "zh": "50 个曲率从 1 到 κ，起点为全 1。三条有记忆的线都像 κ 的平方根那样增长。"})
    reveal("nesterov", prediction_nesterov, "a", {
        "en": f"At κ = 1000: heavy ball {full_race[1000][0]}, Nesterov {full_race[1000][2]} or "
              f"{full_race[1000][1]}, gradient descent {race[1000][0]}.",
        "zh": f"κ = 1000 时：动量法 {full_race[1000][0]} 步，Nesterov {full_race[1000][2]} 或 {full_race[1000][1]} "
              f"步，梯度下降 {race[1000][0]} 步。"})

# %% [markdown] lang="en"
# **What it showed:** on quadratics tuned heavy ball is the fastest of the three, and Nesterov's method pays a constant factor, not the square root.
#
# **What it does not show:** what happens on a function that is *not* quadratic. That is the next experiment.
#
# ### Experiment 4: not a quadratic any more
#
# Take a function of one variable with the slope
#
# $$f'(x)=\begin{cases}25x & x<1\\ x+24 & 1\le x<2\\ 25x-24 & x\ge2\end{cases}$$
#
# It is convex, has one minimum at 0, and its curvature is 25 or 1, nothing else. So $\lambda_{\min}=1$, $\lambda_{\max}=25$, and your function gives $\eta=1/9$, $\beta=4/9$. We start
# heavy ball at $x_0=3.3$ with these constants. **What happens?**
#
# - (a) it arrives, somewhat more slowly than on a quadratic
# - (b) it never arrives, and ends up walking in a circle
# - (c) it runs away to infinity
# %% [markdown] lang="zh"
# **它说明了：** 在二次函数上，调好的动量法是三者中最快的；Nesterov 方法多付一个常数倍，但仍是平方根的增长。
#
# **它没有说明：** 函数*不是*二次时会怎样。请看下一个实验。
#
# ### 实验 4：不再是二次函数
#
# 取一个单变量函数，它的斜率是
#
# $$f'(x)=\begin{cases}25x & x<1\\ x+24 & 1\le x<2\\ 25x-24 & x\ge2\end{cases}$$
#
# 它是凸函数，只有 0 一个极小点，曲率不是 25 就是 1。所以 $\lambda_{\min}=1$，$\lambda_{\max}=25$，你的函数给出 $\eta=1/9$，$\beta=4/9$。用这两个常数，让动量法从 $x_0=3.3$ 出发。**会发生什么？**
#
# - (a) 能到达，只是比在二次函数上慢一些
# - (b) 永远到不了，最后一直绕圈子
# - (c) 跑向无穷远

# %% role="answer" id="prediction_cycle"
prediction_cycle = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_cycle = "b"
### END SOLUTION

# %% role="experiment" nbval="check"
def walk_on_lessard(step, lr, momentum, start=3.3, num_steps=60):
    """The points visited on Lessard's function; `start` may be an array of starting points."""
    x = np.asarray(start, dtype=float)
    velocity = momentum_init(x)
    path = [x]
    for _ in range(num_steps):
        gradient = lessard.gradient if step is nesterov_step else lessard.gradient(x)
        x, velocity = step(x, gradient, velocity, lr=lr, momentum=momentum)
        path.append(x)
    return np.array(path)


with experiment("momentum_step", "nesterov_step", "optimal_heavy_ball"):
    lr, momentum = optimal_heavy_ball(1, 25)
    print(f"lr = {lr:.6f} (1/9), momentum = {momentum:.6f} (4/9)")
    circle = walk_on_lessard(momentum_step, lr, momentum, num_steps=603)[-3:]
    print("heavy ball, last three points times 1225:", *(f"{1225 * x:.3f}" for x in sorted(circle)))
    starts = np.arange(3.0, 3.6, 0.01)
    lost = starts[np.abs(walk_on_lessard(momentum_step, lr, momentum, starts, 3000)[-1]) > 0.1]
    print(f"starts, 3.00 to 3.59, that never arrive: {lost.min():.2f} to {lost.max():.2f}, all {len(lost)}")
    for name, step, pair in [
        ("Nesterov, textbook", nesterov_step, textbook_nesterov(1, 25)),
        ("Nesterov, best for quadratics", nesterov_step, optimal_nesterov(1, 25)),
        ("gradient descent", momentum_step, (2 / 26, 0)),
        ("heavy ball, half the lr", momentum_step, (lr / 2, momentum)),
    ]:
        far = np.abs(walk_on_lessard(step, *pair, num_steps=1000)) > 1e-6
        print(f"{name}: arrives (1e-6) in step {np.nonzero(far)[0].max() + 1}")

# %% role="experiment"
with experiment("momentum_step", "nesterov_step", "circle"):
    fig, (left, right) = panels(2)
    xs = np.linspace(-2.6, 3.6, 300)
    left.plot(xs, lessard.gradient(xs))
    left.plot(circle, lessard.gradient(circle), "o", color="black", markersize=8)
    left.axhline(0, color="black", linewidth=1)
    left.set(xlabel="$x$", ylabel="$f'(x)$", title="slope, and the three points")
    paths = {"heavy ball (best for quadratics)": walk_on_lessard(momentum_step, lr, momentum)[:31],
             "Nesterov (best for quadratics)": walk_on_lessard(nesterov_step, *optimal_nesterov(1, 25))[:31]}
    curves(paths, ax=right, ylabel="$x_t$")
    right.axhline(0, color="black", linewidth=1)
    right.set_ylim(-3.8, 6.2)
    show(fig, alt={
        "en": "Left: the slope of f, a line of slope 25 with a flat piece between 1 and 2; three dots mark "
              "the points -1.80, 0.65 and 2.12. "
              "Right: x over 30 steps from 3.3. Heavy ball settles into a pattern of three values that "
              "repeats for ever; Nesterov's path goes to 0 and stays.",
        "zh": "左：f 的斜率，是一条斜率为 25 的直线，在 1 与 2 之间有一段平缓；三个圆点标出 -1.80、0.65 和 2.12。"
              "右：从 3.3 出发 30 步中的 x。动量法陷入三个值的循环，永远重复；Nesterov 的轨迹走到 0 并停在那里。"},
        caption={"en": "The cycle of Lessard, Recht and Packard (2016): -2208/1225, 792/1225, 2592/1225.",
                 "zh": "Lessard、Recht 与 Packard（2016）的极限环：-2208/1225、792/1225、2592/1225。"})
    reveal("cycle", prediction_cycle, "b", {
        "en": "The three points repeat exactly; their exact values stand in the caption, 1225 times them in "
              "the cell above.",
        "zh": "三个点精确地重复；图注里是它们的准确值，上一个单元格里是它们的 1225 倍。"})

# %% [markdown] lang="en"
# **What it showed:** heavy ball is caught in a **limit cycle**. Constants that are best on every quadratic with curvatures from 1 to 25 can fail on a convex function with the same curvatures. Beyond $x=2$ the
# pull back is weaker by 24 than on the parabola $25x^2/2$; the constants count on that pull, and what is missing is just enough to keep the swing alive. Gradient descent, Nesterov and even heavy ball with
# half the learning rate all arrive.
#
# **What it does not show:** that heavy ball fails often. Most starting points between 3.0 and 3.6 outside that interval arrive.
# %% [markdown] lang="zh"
# **它说明了：** 动量法陷入了**极限环**（limit cycle）。对曲率在 1 到 25 之间的所有二次函数都最优的常数，换到一个曲率范围相同的凸函数上可能失效。在 $x=2$ 之外，往回拉的力比抛物线 $25x^2/2$ 上小了 24；这对常数正指望着那股力，缺的这一份恰好让摆动维持下去。梯度下降、Nesterov，乃至学习率减半的动量法，都能到达。
#
# **它没有说明：** 动量法经常失败。3.0 到 3.6 之间、在那个区间以外的起点，都能到达。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "Nesterov usually converges faster and more stably than standard momentum."** The race says: not faster on quadratics. Stable has two sides. At momentum 0.9,
# both methods' spectral radius against $\eta\lambda$; below 1 a direction converges, the lower the faster.
#
# *Before you run it:* which of the two allows the larger learning rate?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “Nesterov 收敛通常比标准动量更快、更稳定。”** 赛跑的结果是：在二次函数上并不更快。稳定则有两面。下面画出动量为 0.9 时两种方法的谱半径随 $\eta\lambda$ 的变化；小于 1 则该方向收敛，越小越快。
#
# *运行之前想一想：* 两者中哪一个允许更大的学习率？

# %% role="experiment" nbval="check"
def nesterov_matrix(curvature, *, lr, momentum):
    """Nesterov's step on curvature / 2 * x**2: combine the two points, then shrink by 1 - lr * curvature."""
    shrink = 1 - lr * curvature
    return np.array([[(1 + momentum) * shrink, -momentum * shrink], [1.0, 0.0]])


with experiment("heavy_ball_matrix"):
    across = np.linspace(0, 4, 401)
    radii_at_09 = {
        name: np.array([spectral_radius(matrix(a, lr=1, momentum=0.9)) for a in across])
        for name, matrix in [("heavy ball", heavy_ball_matrix), ("Nesterov", nesterov_matrix)]}
    for name, r in radii_at_09.items():
        print(f"{name:10s}: converges up to lr * curvature = {across[r < 1].max():.2f};"
              f" radius at 0.1: {r[10]:.3f}, at 1: {r[100]:.3f}")

# %% role="experiment"
with experiment("heavy_ball_matrix", "radii_at_09"):
    ax = curves(radii_at_09, x=across, xlabel=r"$\eta\lambda$", ylabel="spectral radius")
    ax.axhline(1, color="black", linewidth=1)
    ax.set_ylim(0, 1.6)
    show(ax.figure, alt={
        "en": "Spectral radius against lr times curvature at momentum 0.9. Heavy ball: flat at 0.949 up to "
              "about 3.8, then above 1. "
              "Nesterov: equal near 0, falls to 0 at 1, then climbs steeply and passes 1 at 1.36.",
        "zh": "动量 0.9 时谱半径随 lr 乘曲率的变化。动量法：一直平在 0.949，到约 3.8 后超过 1。Nesterov：在 0 附近与之相同，在 1 处降到 0，随后陡升，在 1.36 "
              "处超过 1。"},
        caption={"en": "The same momentum 0.9 for both. Below the line at 1: convergence.",
                 "zh": "两者动量均为 0.9。在 1 这条线以下为收敛。"})

# %% [markdown] lang="en"
# Nesterov brakes steep directions far better (at $\eta\lambda=1$ its error is gone at once, while heavy ball keeps swinging at 0.949 per step), but it diverges at a learning rate
# that is 2.8 times smaller. What is *proven* for it: on smooth convex functions, with momentum rising towards 1, the error of $f$ falls like $1/t^2$ where gradient descent
# has $1/t$ (Nesterov 1983). That theorem speaks of exact gradients and of convex functions, not of mini-batches and networks.
#
# **2. $v=\gamma v+\eta\nabla J(\theta-\gamma v)$, read into a code whose velocity has no $\eta$.** The formula of the first note is right, as its $v$ contains $\eta$. Combine its look-ahead
# with the second note's velocity, and you look $1/\eta$ times too far:
# %% [markdown] lang="zh"
# Nesterov 对陡峭方向的刹车好得多（在 $\eta\lambda=1$ 处误差一步归零，而动量法还在以每步 0.949 摆动），但它开始发散的学习率也只有后者的 2.8 分之一。*已经证明*的是：对光滑凸函数，让动量逐渐升向 1，$f$ 的误差像 $1/t^2$ 那样下降，而梯度下降是 $1/t$（Nesterov，1983）。这个定理说的是精确梯度和凸函数，不是小批量和神经网络。
#
# **2. 把 $v=\gamma v+\eta\nabla J(\theta-\gamma v)$ 抄进速度不含 $\eta$ 的代码。** 第一份笔记的公式没错，因为它的 $v$ 含有 $\eta$。但若把它的前瞻点与第二份笔记的速度混用，就会看得太远，远了 $1/\eta$ 倍：

# %% role="experiment" nbval="check"
def mixed_up_step(params, grad_fn, velocity, *, lr, momentum):
    velocity = momentum * velocity + grad_fn(params - momentum * velocity)  # lr is missing in the look-ahead
    return params - lr * velocity, velocity


with experiment("nesterov_step"):
    for lr in (0.01, 0.001, 0.0001):
        ends = []
        for step in (nesterov_step, mixed_up_step):
            x, v = np.ones(50), np.zeros(50)
            for _ in range(30):
                x, v = step(x, lambda z: VALLEY * z, v, lr=lr, momentum=0.9)
            ends.append(np.linalg.norm(x))
        print(f"lr {lr:6}: distance after 30 steps {ends[0]:.2f}, mixed up {ends[1]:.0e}")

# %% [markdown] lang="en"
# A smaller learning rate does not save it: it looks ahead by $\beta v$, however small $\eta$ is. If a Nesterov run explodes at *every* learning rate, look here first.
#
# **3. "Momentum handles the noise in the direction."** (So the second note's summary.) An average of gradients is less noisy than one gradient; but each gradient is then used for
# many steps. On $f(x)=x^2/2$ with noise of variance 1 in every gradient, the params end up hovering. At equal effective learning rate:
# %% [markdown] lang="zh"
# 学习率再小也救不了它：无论 $\eta$ 多小，它都往前看了 $\beta v$ 那么远。如果 Nesterov 在*任何*学习率下都爆炸，先查这里。
#
# **3. “动量处理方向噪声。”**（第二份笔记的总结。）梯度的平均的确比单个梯度噪声小，可是每个梯度随后会被用上许多步。在 $f(x)=x^2/2$ 上，给每个梯度加方差为 1 的噪声，参数最后会在极小点附近徘徊。有效学习率相同时：

# %% role="experiment" nbval="check"
with experiment("momentum_step"):
    floors = {}
    for momentum in (0, 0.5, 0.9, 0.99):
        lr = 0.1 * (1 - momentum)
        rng = np.random.default_rng(3)
        x, v = np.zeros(4000), np.zeros(4000)
        squares = []
        for t in range(1500):
            x, v = momentum_step(x, x + rng.standard_normal(4000), v, lr=lr, momentum=momentum)
            if t >= 1000:
                squares.append(np.mean(x**2))
        floors[momentum] = np.mean(squares)
    print("effective lr 0.1: mean of x**2 in the long run")
    for momentum, floor in floors.items():
        print(f"momentum {momentum:4}: {floor:.3f}")

# %% [markdown] lang="en"
# The floor stays where it was, 0.05, which is half the effective learning rate. Against noise the cure is a smaller or a falling learning rate, a larger batch or an average of the *params*; what
# momentum is proven to help with is conditioning.
# %% [markdown] lang="zh"
# 噪声下限几乎没动，还是 0.05，即有效学习率的一半。对付噪声，要靠更小或逐渐下降的学习率、更大的批量，或者对*参数*取平均；已证明动量有用的地方，是条件数。

# %% [markdown] lang="en"
# ### Clinic
#
# Three more patients. Distance from the minimum, log axis.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来三位。曲线是到极小点的距离，对数坐标。

# %% role="experiment"
with experiment("momentum_step", "nesterov_step"):
    rng = np.random.default_rng(5)
    x, v, noisy = np.ones(50), np.zeros(50), [np.ones(50)]
    for _ in range(300):
        x, v = momentum_step(x, VALLEY * x + 3 * rng.standard_normal(50), v, lr=0.01, momentum=0.9)
        noisy.append(x)
    x, v, exploding = np.ones(50), np.zeros(50), [np.ones(50)]
    for _ in range(12):
        x, v = mixed_up_step(x, lambda z: VALLEY * z, v, lr=0.001, momentum=0.9)
        exploding.append(x)
    patients = {
        "D": np.abs(walk_on_lessard(momentum_step, 1 / 9, 4 / 9, num_steps=60)),
        "E": np.linalg.norm(exploding, axis=1),
        "F": np.linalg.norm(noisy, axis=1),
    }
    fig, axes = panels(3)
    for ax, (name, distance) in zip(axes, patients.items(), strict=True):
        ax.plot(distance)
        ax.set(yscale="log", xlabel="step", title=name)
    axes[0].set_ylabel("distance")
    show(fig, alt={
        "en": "Three curves of the distance from the minimum on log axes. D repeats the same three heights "
              "again and again. "
              "E explodes within a few steps. F falls at first, then jumps about irregularly at one level.",
        "zh": "三条到极小点距离的曲线，对数坐标。D 反复重复同样的三个高度；E 几步之内爆炸；F 先下降，然后在某个高度附近无规则地跳动。"})

# %% [markdown] lang="en"
# **D.** Exact gradients, constants from the best textbook.
# <details><summary>noise</summary>Noise never repeats. Here the same three heights come back to the last digit.</details>
# <details><summary>a cycle: the constants suit quadratics, the function is none</summary><b>Yes.</b> The period is exact and it does not shrink. Less momentum or a smaller learning rate breaks it.</details>
# <details><summary>momentum too small</summary>Then it would creep, without swings.</details>
#
# **E.** "Nesterov diverges on my problem even with lr 0.001; heavy ball does not."
# <details><summary>the problem is too hard for Nesterov</summary>At small $\eta\lambda$ the two are nearly the same method. Something else differs.</details>
# <details><summary>the learning rate is still too large</summary>Here $\eta\lambda_{\max}=0.1$, far below 1.36. And it explodes by a factor of more than ten per step.</details>
# <details><summary>the look-ahead point is in the wrong units</summary><b>Yes.</b> Check with one step by hand: how far is the look-ahead point from the params, and how far is the step?</details>
#
# **F.** It fell nicely and then got stuck; the owner raises momentum to 0.99 "to get through".
# <details><summary>good idea</summary>That raises the effective learning rate tenfold and lifts the floor with it.</details>
# <details><summary>a noise floor: lower the learning rate</summary><b>Yes.</b> Irregular, at one level, no trend.</details>
# <details><summary>a cycle as in D</summary>Look for a period: there is none.</details>
# %% [markdown] lang="zh"
# **D.** 梯度是精确的，常数取自最好的教科书。
# <details><summary>噪声</summary>噪声从不重复。这里同样的三个高度反复出现，一位数字都不差。</details>
# <details><summary>极限环：常数适合二次函数，而这个函数不是</summary><b>正确。</b>周期精确，幅度不减。动量或学习率小一些，循环就打破了。</details>
# <details><summary>动量太小</summary>那样它会慢慢爬，不会摆动。</details>
#
# **E.** “我的问题上，lr 取 0.001，Nesterov 仍然发散，动量法却不会。”
# <details><summary>这个问题对 Nesterov 太难</summary>$\eta\lambda$ 小的时候，两者几乎是同一个方法。一定另有差别。</details>
# <details><summary>学习率还是太大</summary>这里 $\eta\lambda_{\max}=0.1$，离 1.36 还远。而且它每步增长十倍以上。</details>
# <details><summary>前瞻点的单位不对</summary><b>正确。</b>手算一步就能发现：前瞻点离参数有多远？这一步又走了多远？</details>
#
# **F.** 开始降得很好，后来停住了；求诊者把动量提高到 0.99，想“冲过去”。
# <details><summary>好主意</summary>那会使有效学习率变成十倍，噪声下限也跟着抬高。</details>
# <details><summary>噪声下限：应当降低学习率</summary><b>正确。</b>无规则，停在一个高度，没有趋势。</details>
# <details><summary>像 D 那样的极限环</summary>找找周期：没有。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** You train with PyTorch's `SGD(nesterov=True)` and save the model in mid-run. Which points have you saved?
# <details><summary>the points x of the textbook form</summary>The library never computes them.</details>
# <details><summary>the look-ahead points y</summary><b>Right.</b> In practice it hardly matters once the velocity is small; it does when you compare runs digit by digit.</details>
# <details><summary>the average of the two</summary>No form stores an average of points.</details>
#
# **5.** On a direction with $\eta\lambda=0.5$ and $\beta=0.81$ you halve the learning rate. How does heavy ball's rate of convergence there change?
# <details><summary>it converges half as fast</summary>That is gradient descent's behaviour for small $\eta\lambda$.</details>
# <details><summary>not at all: it stays 0.9 per step</summary><b>Right.</b> Both 0.5 and 0.25 lie between $(1-0.9)^2=0.01$ and $(1+0.9)^2=3.61$; only the swings get slower.</details>
# <details><summary>it converges faster, having been unstable</summary>The border is $2(1+\beta)=3.62$, far away.</details>
#
# **6.** Which statement about Nesterov's method is a theorem?
# <details><summary>It needs fewer steps than heavy ball on every quadratic</summary>On quadratics tuned heavy ball has the better rate. You have just run it.</details>
# <details><summary>On smooth convex functions f falls like 1/t²</summary><b>Right</b>, with exact gradients and a momentum that rises in the prescribed way.</details>
# <details><summary>It finds flatter minima of networks</summary>Nothing in the method speaks of flatness.</details>
# <details><summary>It reduces the variance of stochastic gradients</summary>Correction 3 measured the floor: it is that of SGD at the same effective learning rate.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 用 PyTorch 的 `SGD(nesterov=True)` 训练，中途保存模型。保存下来的是哪些点？
# <details><summary>教科书形式里的 x</summary>这个库从来不算它们。</details>
# <details><summary>前瞻点 y</summary><b>正确。</b>速度变小之后，实际上没什么差别；但要逐位对照两次训练时，就有差别了。</details>
# <details><summary>两者的平均</summary>没有哪种形式保存点的平均。</details>
#
# **5.** 某个方向上 $\eta\lambda=0.5$，$\beta=0.81$。学习率减半，动量法在该方向上的收敛速率怎样变化？
# <details><summary>慢一半</summary>那是梯度下降在 $\eta\lambda$ 小时的表现。</details>
# <details><summary>不变，仍是每步 0.9</summary><b>正确。</b>0.5 和 0.25 都在 $(1-0.9)^2=0.01$ 与 $(1+0.9)^2=3.61$ 之间；只是摆动变慢了。</details>
# <details><summary>更快，因为原来不稳定</summary>界限是 $2(1+\beta)=3.62$，还远着呢。</details>
#
# **6.** 关于 Nesterov 方法，哪一句是定理？
# <details><summary>在每个二次函数上都比动量法步数少</summary>在二次函数上，调好的动量法速率更好。你刚刚跑过。</details>
# <details><summary>在光滑凸函数上，f 的误差像 1/t² 那样下降</summary><b>正确</b>，前提是梯度精确，且动量按规定的方式上升。</details>
# <details><summary>能为网络找到更平坦的极小点</summary>方法里没有任何东西涉及平坦与否。</details>
# <details><summary>能减小随机梯度的方差</summary>更正 3 测过噪声下限：与相同有效学习率的 SGD 一样。</details>

# %% role="tests" id="test_predictions_b" of="prediction_nesterov prediction_cycle" points=4
made = [guess for guess in (prediction_nesterov, prediction_cycle) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] role="essay" id="why_overshoot" points=3 lang="en"
# ### Written question: why does it overshoot?
#
# A classmate sees the swings of momentum 0.9 in sitting A and writes: "It overshoots because the learning rate is too large. With a small enough learning rate it would
# not overshoot, so that is what one should use." In five to eight sentences: why does a run with momentum pass the minimum at all, in which sense is the
# classmate right, and what would you do instead? Support your answer with at least one number from this notebook.
# %% [markdown] role="essay" id="why_overshoot" points=3 lang="zh"
# ### 书面题：它为什么会冲过头？
#
# 一位同学看到 A 节里动量 0.9 的摆动，写道：“它冲过头，是因为学习率太大。学习率足够小就不会冲过头，所以应该用小学习率。”请用五到八句话回答：带动量的训练究竟为什么会越过极小点？这位同学在什么意义上是对的？换作你，会怎么做？请至少引用本笔记本中的一个数字作为依据。

# %% [markdown] role="model" id="why_overshoot" lang="en"
# **A model answer.** At the minimum the gradient is zero, but the velocity is not: it is the fading sum of all gradients met on the way down, and they all pointed the same way. So the params go on, until
# the gradients of the far side have used the velocity up; then they come back. On a parabola this happens as soon as $\eta\lambda>(1-\sqrt\beta)^2$. For $\beta=0.9$ that
# bound is 0.0026, so the classmate is right: with $\eta\lambda$ below it there are no swings. But then the larger real eigenvalue is close to 1 and the run is slow; the effective learning rate
# $10\,\eta$ is at most $0.026/\lambda$, and plain gradient descent with $\eta\lambda=0.1$ needed only 44 steps. The better cure is less momentum: with 0.5 instead of 0.9 the same
# learning rate got below 0.01 in 15 steps instead of 81, without visible swings. In a valley with many curvatures some swings are the price of the common rate $\sqrt\beta$.
#
# **Rubric (0 to 3).** 1 point: the velocity is still there where the gradient vanishes, and why. 1 point: the classmate is right about the condition, and it costs speed
# (the bound, or an equivalent argument). 1 point: a better remedy (less momentum, or momentum chosen with the learning rate) supported by a number from the notebook.
# %% [markdown] role="model" id="why_overshoot" lang="zh"
# **参考答案。** 极小点处梯度为零，速度却不为零：它是一路下来所有梯度（逐渐淡出）的和，而这些梯度方向都相同。所以参数继续前进，直到对面的梯度把速度耗尽，再折返回来。在抛物线上，只要$\eta\lambda>(1-\sqrt\beta)^2$ 就会如此。$\beta=0.9$ 时这个界是 0.0026，所以同学说得对：$\eta\lambda$ 低于它就不摆动。但那时较大的实特征值接近 1，走得很慢；有效学习率 $10\,\eta$ 至多是$0.026/\lambda$，而 $\eta\lambda=0.1$ 的普通梯度下降只用了 44 步。更好的办法是减小动量：学习率不变，动量从 0.9 改为 0.5，降到 0.01 以下只需 15 步而不是 81 步，也看不出摆动。在曲率多样的山谷里，一定程度的摆动是各方向共享速率 $\sqrt\beta$ 的代价。
#
# **评分标准（0 到 3 分）。** 1 分：梯度消失处速度仍在，并说明原因。1 分：指出同学关于条件的说法成立，但代价是慢（给出界，或等价的论证）。1 分：给出更好的办法（减小动量，或动量与学习率一起选），并引用笔记本中的一个数字。

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary
#
# - Nesterov's method is heavy ball with the gradient taken at the look-ahead point $x-\eta\beta v$. Libraries store that point instead and need one ordinary gradient.
# - On one direction of a quadratic a step is a 2×2 matrix. Inside $(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2$ its spectral radius is $\sqrt\beta$, whatever the curvature.
# - Fit that interval to the curvatures and you have the best pair: rate $(\sqrt\kappa-1)/(\sqrt\kappa+1)$.
# - Best on quadratics is no promise elsewhere: Lessard's cycle. Nesterov's promise is for smooth convex functions.
# - Momentum cures conditioning, not noise.
#
# | English | 中文 | |
# |---|---|---|
# | momentum, heavy ball | 动量法 | the method, and the number $\beta$ |
# | velocity | 速度 | fading sum of gradients |
# | effective learning rate | 有效学习率 | $\eta/(1-\beta)$ |
# | exponential moving average | 指数移动平均 | EMA |
# | look-ahead point | 前瞻点 | $x-\eta\beta v$ |
# | Nesterov accelerated gradient | Nesterov 加速梯度 | NAG |
# | condition number | 条件数 | $\kappa$ |
# | spectral radius | 谱半径 | largest absolute eigenvalue |
# | oscillation, divergence | 振荡、发散 | |
# | limit cycle | 极限环 | a path that repeats itself for ever |
# %% [markdown] lang="zh"
# ### 小结
#
# - Nesterov 方法就是在前瞻点 $x-\eta\beta v$ 处求梯度的动量法。各个库改为保存前瞻点，这样只需一个普通的梯度。
# - 在二次函数的一个方向上，走一步就是乘一个 2×2 矩阵。在 $(1-\sqrt\beta)^2<\eta\lambda<(1+\sqrt\beta)^2$ 之内，谱半径是 $\sqrt\beta$，与曲率无关。
# - 让这个区间恰好装下所有曲率，就得到最优的一对常数，速率为 $(\sqrt\kappa-1)/(\sqrt\kappa+1)$。
# - 在二次函数上最优，不保证在别处也行：Lessard 的极限环。Nesterov 的保证是对光滑凸函数的。
# - 动量对付的是条件数，不是噪声。
#
# | 中文 | English | |
# |---|---|---|
# | 动量法 | momentum, heavy ball | 既指方法，也指系数 $\beta$ |
# | 速度 | velocity | 梯度逐渐淡出的和 |
# | 有效学习率 | effective learning rate | $\eta/(1-\beta)$ |
# | 指数移动平均 | exponential moving average | EMA |
# | 前瞻点 | look-ahead point | $x-\eta\beta v$ |
# | Nesterov 加速梯度 | Nesterov accelerated gradient | NAG |
# | 条件数 | condition number | $\kappa$ |
# | 谱半径 | spectral radius | 特征值绝对值的最大者 |
# | 振荡、发散 | oscillation, divergence | |
# | 极限环 | limit cycle | 永远重复的轨迹 |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Image classifiers are still often trained with SGD and momentum 0.9; transformers mostly with AdamW, whose first moment is exercise 4 with a bias correction (chapter 04).
# - How much momentum buys depends on the batch: in the measurements of Shallue et al. (2019) plain SGD keeps up at small batch sizes and falls behind at large ones. Wang et al. (2024) argue, with proof and experiment, that at small learning
#   rates, where noise is the limit, it buys almost nothing. Experiment 2 is a small case of both.
# - Newer optimizers keep the idea: Lion takes the sign of a mixture of momentum and gradient (Chen et al. 2023); Muon takes a Nesterov-type momentum of each weight matrix and makes it orthogonal (Jordan et al. 2024); schedule-free methods replace
#   momentum by a point between the iterate and its average (Defazio et al. 2024).
#
# ### References
#
# B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comp. Math. 4 (1964). Y. Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k²)*, Soviet Math. Dokl. 27 (1983).
# I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*, ICML 2013. Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, *Advances in optimizing recurrent networks*, ICASSP 2013 (the rewritten form).
# L. Lessard, B. Recht, A. Packard, *Analysis and design of optimization algorithms via integral quadratic constraints*, SIAM J. Optim. 26 (2016). G. Goh, *Why momentum really works*, Distill (2017): the map of the interactive figure.
# P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). R. Wang et al., *The marginal value of momentum for small learning rate SGD*, ICLR 2024.
# I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - 图像分类仍常用 SGD 加动量 0.9 训练；Transformer 大多用 AdamW，它的一阶矩就是练习 4 再加上偏差修正（04 章）。
# - 动量值多少，取决于批量大小：Shallue 等（2019）的测量中，批量小时普通 SGD 不落下风，批量大时才落后。Wang 等（2024）用证明和实验指出：学习率小、限制来自噪声时，动量几乎不带来好处。实验 2 是两者的一个小例子。
# - 更新的优化器保留了这个思想：Lion 取动量与梯度混合后的符号（Chen 等，2023）；Muon 对每个权重矩阵取 Nesterov 式的动量，再把它正交化（Jordan 等，2024）；schedule-free 方法用介于当前点与平均点之间的一个点来代替动量（Defazio 等，2024）。
#
# ### 参考文献
#
# B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comp. Math. 4 (1964). Y. Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k²)*, Soviet Math. Dokl. 27 (1983). I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*, ICML 2013. Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, *Advances in optimizing recurrent networks*, ICASSP 2013（改写形式）。L. Lessard, B. Recht, A. Packard, *Analysis and design of optimization algorithms via integral quadratic constraints*, SIAM J. Optim. 26 (2016). G. Goh, *Why momentum really works*, Distill (2017)：交互图中的地图出自这里。P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). R. Wang et al., *The marginal value of momentum for small learning rate SGD*, ICLR 2024. I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks. For those who have not had enough.
#
# ### Further 1: whose run is this?
#
# Somebody hands you the points of a run and the gradients at them, and has forgotten the settings. Every step satisfies one linear equation in the two unknowns `lr` and `momentum`.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。给意犹未尽的同学。
#
# ### 拓展 1：这是谁的训练？
#
# 有人给你一次训练经过的点以及这些点上的梯度，却忘了当时的设置。每一步都给出关于 `lr` 和 `momentum` 这两个未知数的一个线性方程。

# %% role="answer" id="recover_hyperparameters"
from reference.momentum import recover_hyperparameters

# %% role="practice" id="try_recover_hyperparameters"
with experiment("recover_hyperparameters", "momentum_step"):
    record = walk(momentum_step, VALLEY[::17], [0.013] * 8, momentum=0.83)
    found = recover_hyperparameters(record, VALLEY[::17] * record[:-1])
    print("lr, momentum:", *np.round(found, 6))
    assert np.allclose(found, (0.013, 0.83)), "expected 0.013 and 0.83"

# %% [markdown] lang="en"
# <details><summary>Hint</summary>
#
# $x_{t+1}-x_t=-\eta g_t+\beta\,(x_t-x_{t-1})$, and the first step has no earlier move. Stack all entries of all steps into two columns and use `np.linalg.lstsq`.
# </details>
#
# ### Further 2: does momentum carry a run across a plateau?
#
# The first note says that momentum "rushes across" flat regions. On a piece with gradient exactly zero, gradient descent stops for ever, and momentum coasts. How far? Find the formula (the docstring is the contract), then decide: is coasting worth more
# than *one* step of gradient descent at the effective learning rate would be?
# %% [markdown] lang="zh"
# <details><summary>提示</summary>
#
# $x_{t+1}-x_t=-\eta g_t+\beta\,(x_t-x_{t-1})$，第一步之前没有位移。把所有步的所有分量排成两列，用 `np.linalg.lstsq`。
# </details>
#
# ### 拓展 2：动量能带着训练越过平台区吗？
#
# 第一份笔记说动量能凭惯性“冲过”平缓区域。在梯度恰好为零的一段上，梯度下降永远停住，动量法则会滑行。能滑多远？请找出公式（契约见文档字符串），再想一想：滑行的距离，比用有效学习率走*一步*梯度下降更远吗？

# %% role="answer" id="coasting_distance"
from reference.momentum import coasting_distance

# %% role="practice" id="try_coasting_distance"
with experiment("coasting_distance", "momentum_step"):
    x, v = np.zeros(2), np.array([3.0, -0.4])
    promised = coasting_distance(v, lr=0.07, momentum=0.83)
    for _ in range(400):
        x, v = momentum_step(x, np.zeros(2), v, lr=0.07, momentum=0.83)
    print("coasted:", np.round(x, 4), "promised:", np.round(promised, 4))
    assert np.allclose(x, promised), "follow momentum * v, momentum**2 * v, ... and add up the steps"

# %% [markdown] lang="en"
# <details><summary>An answer</summary>
#
# The distance is $\frac{\eta\beta}{1-\beta}v$. If the gradients before the plateau were $g$ for a long time, $v=g/(1-\beta)$, and the run coasts $\frac{\beta}{1-\beta}$ (that is, 9 for $\beta=0.9$) steps of the effective learning rate. So inertia crosses a plateau that is
# narrower than a few big steps, and is as stuck as gradient descent on a wider one. On plateaus that are not exactly flat the effective learning rate does most of the work.
# </details>
#
# ### Further 3: the best pair is not the best pair
#
# The pair of exercise 8 minimizes the rate in the very long run. Our race ends at $10^{-6}$. Look for a momentum slightly *above* the optimal one (same learning rate) that needs fewer steps at $\kappa=10\,000$ than 972, and explain it with the double eigenvalue.
# %% [markdown] lang="zh"
# <details><summary>参考答案</summary>
#
# 距离是 $\frac{\eta\beta}{1-\beta}v$。如果进入平台区之前梯度长期为 $g$，则 $v=g/(1-\beta)$，滑行距离相当于有效学习率下的 $\frac{\beta}{1-\beta}$ 步（$\beta=0.9$ 时是 9 步）。所以惯性能越过比几个大步更窄的平台区；更宽的，就和梯度下降一样停住。如果平台区并非完全平坦，那么起主要作用的是有效学习率。
# </details>
#
# ### 拓展 3：最优的一对，并不是步数最少的一对
#
# 练习 8 的常数使*极长时间*后的速率最优，而我们的赛跑只到 $10^{-6}$。学习率不变，找一个比最优值*略大*的动量，使 $\kappa=10\,000$ 时的步数少于 972，并用重特征值解释原因。

# %% role="experiment"
with experiment("momentum_step", "optimal_heavy_ball"):
    curvatures = np.logspace(0, 4, 50)
    lr, momentum = optimal_heavy_ball(1, 10_000)
    for extra in (-2e-5, 0, 1e-5, 3e-5, 1e-4, 1e-3):
        steps = steps_until(momentum_step, curvatures, lr=lr, momentum=momentum + extra)
        print(f"momentum {momentum + extra:.6f}: {steps} steps")

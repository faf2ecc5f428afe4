# %% [markdown] lang="en"
# # 04 Adaptive methods and schedules
#
# One learning rate for all parameters is a compromise, and one learning rate for the whole run is another. In this chapter every parameter gets a step size from
# its own gradients (AdaGrad, RMSProp, Adam, AdamW), the run gets a schedule, and you learn to compare methods in a way that would hold up in front of somebody who wants the other one to win.
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook. If a function will not come right, go on without it: a cell with
# `adam_step = lend("adam_step")` lends you ours, for no points.
# %% [markdown] lang="zh"
# # 04 自适应方法与学习率调度
#
# 所有参数共用一个学习率，是一种妥协；整个训练从头到尾只用一个学习率，又是一种妥协。这一章里，每个参数根据自己的梯度得到自己的步长（AdaGrad、RMSProp、Adam、AdamW），训练过程得到一份学习率调度（schedule）；你还要学会公平地比较方法，公平到连盼着对方赢的人也无话可说。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格。某个函数写不出来，也不必停在那里：新建单元格，写上 `adam_step = lend("adam_step")` 就能借用我们的，借来的不得分。

# %% role="setup" id="setup"
import inspect

import numpy as np

from descent.broken_adams import BROKEN_ADAMS, astray
from descent.check import check
from descent.data import load_digits
from descent.experiment import experiment
from descent.explore_race import race_explorer
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import accuracy, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.plots import curves, look, paired, panels, show
from descent.problems import quadratic
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import follow, no_state, train

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: a step size for every parameter
#
# | | |
# |---|---|
# | **You will be able to** | write AdaGrad, RMSProp and Adam; say what each divides by and what that costs; derive the bias correction; build inputs that expose a wrong Adam; read a curve of loss against learning rate |
# | **You need** | an exponential moving average (03), condition number (02), the MLP on digits (01, 03) |
# | **Time** | about 90 minutes: 35 reading, 55 writing and looking |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:A}}: four exercises ({{points:adagrad_step}} + {{points:rmsprop_step}} + {{points:adam_step}} + {{points:expose_adam_bugs}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：每个参数有自己的步长
#
# | | |
# |---|---|
# | **学完你能够** | 写出 AdaGrad、RMSProp 和 Adam；说清它们各除以什么、代价是什么；推导偏差修正；造出能让错误的 Adam 露馅的输入；读懂“损失对学习率”的曲线 |
# | **你需要** | 指数移动平均（03）、条件数（02）、在 digits 上训练 MLP（01、03） |
# | **时间** | 约 90 分钟：阅读 35 分钟，动手 55 分钟 |
# | **难度** | ●●○ |
# | **分数** | {{points:A}} 分：四道练习（{{points:adagrad_step}} + {{points:rmsprop_step}} + {{points:adam_step}} + {{points:expose_adam_bugs}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# Answer in your head, then open.
#
# <details><summary>1. An average follows a ← 0.9 a + 0.1 g from a = 0, and every g is 1. What is it after one step, and after very many? (03)</summary>
#
# 0.1, then it creeps up to 1: after $t$ steps $1-0.9^t$. That it starts ten times too small will be the theme of exercise 3.
# </details>
#
# <details><summary>2. You multiply a loss by 100. How must the learning rate of gradient descent change to give the same path? (01)</summary>
#
# Divide it by 100: the gradient is 100 times as long, and the step is their product.
# </details>
#
# <details><summary>3. A feature is measured in millimetres instead of metres. What happens to the curvature of a squared error in its weight? (02)</summary>
#
# The feature's values grow by 1000, the curvature by $1000^2$, and the condition number with it.
# </details>
#
# <details><summary>4. Why is a step <code>params - lr * grads</code> and never <code>params -= lr * grads</code> in this course? (00)</summary>
#
# The second writes into the caller's array. Today there are states to leave alone as well.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# 先在心里回答，再点开核对。
#
# <details><summary>1. 一个平均值按 a ← 0.9 a + 0.1 g 更新，从 a = 0 开始，每个 g 都是 1。一步之后是多少？很多步之后呢？（03）</summary>
#
# 先是 0.1，然后慢慢爬向 1：$t$ 步之后为 $1-0.9^t$。它一开始只有应有值的十分之一，练习 3 就围绕这件事。
# </details>
#
# <details><summary>2. 把损失乘上 100。要走出同样的轨迹，梯度下降的学习率应当怎样变？（01）</summary>
#
# 除以 100：梯度变成原来的 100 倍，而步长是两者的乘积。
# </details>
#
# <details><summary>3. 某个特征本来以米为单位，现在改用毫米。平方误差在它的权重方向上的曲率怎样变？（02）</summary>
#
# 特征值变成 1000 倍，曲率变成 $1000^2$ 倍，条件数也跟着变大。
# </details>
#
# <details><summary>4. 本课程里，走一步为什么写 <code>params - lr * grads</code>，而不写 <code>params -= lr * grads</code>？（00）</summary>
#
# 后者会写进调用者的数组。今天不能碰的除了参数，还有状态。
# </details>

# %% [markdown] lang="en"
# ### The idea: how far, not how steep
#
# Two weights of one network. The first belongs to a pixel that is bright in every image: its gradients are about 1. The second belongs to a pixel that is bright in one image
# out of a hundred: its gradients are mostly 0 and otherwise 1. Or the two features have different units, and the gradients are 1 and 0.001. One learning rate has to serve
# both. Set it for the first and the second hardly moves; set it for the second and the first flies off.
#
# A gradient says which way and how steep. It does not say how far: that depends on the curvature and on the units. What we can see without knowing either is *how large
# this entry's gradients usually are*. Divide by that, and what is left is a number about 1 with a sign:
#
# $$\text{step of an entry}=\eta\cdot\frac{\text{its gradient}}{\text{usual size of its gradients}} .$$
#
# This is an **adaptive learning rate**. The learning rate itself then says how far an entry moves in one step, in the units of the *parameter*. Multiply the loss by 100 and nothing changes. The three methods
# of this sitting differ in what they take for the usual size:
#
# | method | usual size of an entry's gradients | forgets? | starts right? |
# |---|---|---|---|
# | AdaGrad | root of the *sum* of all its squares | no | yes |
# | RMSProp | root of a moving *average* of its squares | yes | no: the average starts at 0 |
# | Adam | the same, and the gradient is averaged too | yes | yes: both averages are corrected |
#
# There is a price. Everything happens *entry by entry*: such a method knows how long the gradients of each coordinate are, and nothing of how coordinates go together.
# It can stretch a valley that lies along an axis. What it makes of one that lies across, you will see in experiment 1 and in the race of sitting B.
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x_t,\ g_t,\ \eta$ | `params`, `grads`, `lr` | as in chapter 03 |
# | $G_t$ | `sum_squares` | AdaGrad: sum of the squared gradients, entry by entry |
# | $v_t$ | `v` | **second raw moment**: moving average of the squared gradients. In chapter 03 the letter was a velocity; here it is a *square* |
# | $m_t$ | `m` | **first moment**: moving average of the gradients (03, exercise 4) |
# | $\alpha$ | `alpha` | RMSProp: what is left of $v$ after one step |
# | $\beta_1,\ \beta_2$ | `betas` | Adam: the same for $m$ and for $v$ |
# | $\hat m_t,\ \hat v_t$ | `m_hat`, `v_hat` | corrected for the start at zero |
# | $\epsilon$ | `eps` | a small number against division by zero |
#
# All operations are entry by entry: $g^2$ is the array of squares, $\sqrt v$ the array of roots.
# %% [markdown] lang="zh"
# ### 想法：走多远，而不是有多陡
#
# 看一个网络里的两个权重。第一个对应的像素在每张图里都亮，它的梯度大约是 1；第二个对应的像素一百张图里只亮一次，它的梯度多半是 0，偶尔是 1。或者两个特征单位不同，梯度一个是 1，一个是 0.001。一个学习率要同时照顾两者：照顾第一个，第二个几乎不动；照顾第二个，第一个就飞出去了。
#
# 梯度告诉我们往哪边走、坡有多陡，却没说该走多远：这取决于曲率和单位。不过有一样东西，不知道曲率和单位也看得见：*这个分量的梯度平时有多大*。用它去除，剩下的就是一个绝对值在 1 上下、带正负号的数：
#
# $$\text{一个分量的步长}=\eta\cdot\frac{\text{它的梯度}}{\text{它的梯度平时的大小}} .$$
#
# 这就是**自适应学习率**（adaptive learning rate）。这样一来，学习率的意思就是：每个分量一步走多远，用的是*参数*自己的单位。把损失乘上 100，什么都不会变。这一节的三种方法，区别就在于把什么当作“平时的大小”：
#
# | 方法 | 一个分量的梯度“平时的大小” | 会遗忘吗 | 开头准吗 |
# |---|---|---|---|
# | AdaGrad | 所有梯度平方的*和*，再开方 | 不会 | 准 |
# | RMSProp | 梯度平方的移动*平均*，再开方 | 会 | 不准：平均值从 0 开始 |
# | Adam | 同上，并且梯度本身也取平均 | 会 | 准：两个平均值都做了修正 |
#
# 代价也有。一切都是*逐个分量*进行的：这类方法知道每个坐标上的梯度有多大，却不知道坐标之间有什么关系。山谷顺着坐标轴，它能撑开；山谷斜着会怎样，实验 1 和 B 节的赛跑里会看到。
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $x_t,\ g_t,\ \eta$ | `params`、`grads`、`lr` | 与 03 章相同 |
# | $G_t$ | `sum_squares` | AdaGrad：梯度平方的和，逐个分量 |
# | $v_t$ | `v` | **二阶原点矩**（second raw moment）：梯度平方的移动平均。03 章里这个字母是速度，这里是*平方* |
# | $m_t$ | `m` | **一阶矩**（first moment）：梯度的移动平均（03 章练习 4） |
# | $\alpha$ | `alpha` | RMSProp：走一步之后 $v$ 还剩下的比例 |
# | $\beta_1,\ \beta_2$ | `betas` | Adam：同样的比例，分别用于 $m$ 和 $v$ |
# | $\hat m_t,\ \hat v_t$ | `m_hat`、`v_hat` | 修正了“从零开始”之后的值 |
# | $\epsilon$ | `eps` | 防止除以零的一个小数 |
#
# 所有运算都逐个分量进行：$g^2$ 是平方组成的数组，$\sqrt v$ 是平方根组成的数组。

# %% [markdown] lang="en"
# ### AdaGrad, and how its steps die
#
# $$G_t=G_{t-1}+g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{G_t}+\epsilon},\qquad G_0=0 .$$
#
# The first step of every entry is $\eta$ long, whatever its gradient (leave $\epsilon$ aside): $g_1/\sqrt{g_1^2}=\pm1$. If every gradient is $g$, then $G_t=t\,g^2$ and step $t$ is
#
# $$\eta\,\frac{|g|}{\sqrt t\,|g|}=\frac{\eta}{\sqrt t} .$$
#
# AdaGrad brings its own schedule: a tenth of the first step after 100 steps, a hundredth after 10 000. All $T$ steps together lead about $2\eta\sqrt T$ far, so twice the distance takes
# four times as long. For convex functions that is what one wants (a step of order $1/\sqrt t$ is the one with the proof, Duchi et al. 2011). A network that has to travel on for a long time is slowed down
# by gradients it saw on its first day.
#
# The other side of the same sum: a **sparse** entry, whose gradient is 0 in 99 of 100 steps, has a sum that is a hundredth of the others'. When its turn comes, its
# step is ten times as long. Rare features learn at their own pace.
# %% [markdown] lang="zh"
# ### AdaGrad，以及它的步子怎样越走越小
#
# $$G_t=G_{t-1}+g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{G_t}+\epsilon},\qquad G_0=0 .$$
#
# 每个分量的第一步都恰好走 $\eta$（不计 $\epsilon$），与梯度大小无关：$g_1/\sqrt{g_1^2}=\pm1$。如果每个梯度都是 $g$，那么 $G_t=t\,g^2$，第 $t$ 步的长度是
#
# $$\eta\,\frac{|g|}{\sqrt t\,|g|}=\frac{\eta}{\sqrt t} .$$
#
# AdaGrad 自带一份学习率调度：100 步之后是第一步的十分之一，10 000 步之后是百分之一。前 $T$ 步加起来大约走 $2\eta\sqrt T$，所以路程加倍，时间要变成四倍。对凸函数，这正合适（有证明的步长就是 $1/\sqrt t$ 量级，Duchi 等，2011）。可是一个还有很长的路要走的网络，会被第一天见过的梯度一直拖住。
#
# 同一个和还有另一面：**稀疏**（sparse）的分量，100 步里有 99 步梯度为 0，它的和只有别人的百分之一；轮到它的时候，步子就是别人的十倍。少见的特征按自己的节奏学习。

# %% [markdown] lang="en"
# ### Convention card: adaptive steps in the wild
#
# Names, defaults and, above all, where $\epsilon$ sits. It does not matter as long as gradients are large beside it.
#
# | where | AdaGrad | RMSProp | Adam | $\epsilon$ |
# |---|---|---|---|---|
# | **here** | `lr=0.01`, $G_0=0$ | `lr=0.01`, `alpha=0.99` | `lr=1e-3`, `betas=(0.9, 0.999)` | `1e-8`, *after* the root: $\sqrt{v}+\epsilon$ |
# | CS324 (first note) | $\eta/(\sqrt{G}+\epsilon)$ | decay $\beta$, 0.9 | 0.9, 0.999 | after the root, "such as 1e-8" |
# | CS231n (second note) | not mentioned | decay $\gamma$, 0.99; the average is called $r$ | the same, second moment $r$ | after the root |
# | PyTorch | `lr=0.01`, $G_0=0$ | `lr=0.01`, `alpha=0.99` | `lr=1e-3` | after the root; `1e-10` (AdaGrad), `1e-8` |
# | Keras | `learning_rate=0.001`, $G_0=0.1$ | `learning_rate=0.001`, `rho=0.9` | `learning_rate=0.001` | `1e-7`; **under** the root for AdaGrad and RMSProp; for Adam beside $\sqrt{v}$ *before* the correction |
# | optax | no default lr, $G_0=0.1$ | `decay=0.9` | no default lr | **under** the root: `1e-7` (AdaGrad), `1e-8` (RMSProp, unless `eps_in_sqrt=False`); after it for Adam |
# | papers | Duchi et al. (2011): after | Hinton's lecture (2012): 0.9, no paper | Kingma & Ba (2015): $\alpha=0.001$, 0.9, 0.999 | Adam: `1e-8`, after the *corrected* root |
#
# Watch three things. "RMSProp with its defaults" is another method in PyTorch (0.99) than in Keras and optax (0.9). With $G_0=0.1$ AdaGrad's first steps are short wherever gradients
# are small. And an $\epsilon$ under the root is another number: $\sqrt{v+10^{-8}}$ stops dividing at gradients of $10^{-4}$, $\sqrt v+10^{-8}$ at $10^{-8}$. The first row is ours and is what the checks expect.
# %% [markdown] lang="zh"
# ### 约定卡：各处的自适应方法
#
# 名称、默认值各不相同，最要当心的是 $\epsilon$ 放在哪里。只要梯度远大于它，放哪里都无所谓。
#
# | 出处 | AdaGrad | RMSProp | Adam | $\epsilon$ |
# |---|---|---|---|---|
# | **本课程** | `lr=0.01`，$G_0=0$ | `lr=0.01`，`alpha=0.99` | `lr=1e-3`，`betas=(0.9, 0.999)` | `1e-8`，在根号*外*：$\sqrt{v}+\epsilon$ |
# | CS324（第一份笔记） | $\eta/(\sqrt{G}+\epsilon)$ | 衰减率 $\beta$，0.9 | 0.9、0.999 | 根号外，“如 1e-8” |
# | CS231n（第二份笔记） | 没有提到 | 衰减率 $\gamma$，0.99；平均值记作 $r$ | 同左，二阶矩记作 $r$ | 根号外 |
# | PyTorch | `lr=0.01`，$G_0=0$ | `lr=0.01`，`alpha=0.99` | `lr=1e-3` | 根号外；AdaGrad 为 `1e-10`，其余 `1e-8` |
# | Keras | `learning_rate=0.001`，$G_0=0.1$ | `learning_rate=0.001`，`rho=0.9` | `learning_rate=0.001` | `1e-7`；AdaGrad、RMSProp 在根号**内**；Adam 加在*修正之前*的 $\sqrt{v}$ 上 |
# | optax | lr 无默认值，$G_0=0.1$ | `decay=0.9` | lr 无默认值 | 根号**内**：AdaGrad `1e-7`，RMSProp `1e-8`（除非 `eps_in_sqrt=False`）；Adam 在根号外 |
# | 论文 | Duchi 等（2011）：根号外 | Hinton 的课（2012）：0.9，没有论文 | Kingma 与 Ba（2015）：$\alpha=0.001$，0.9、0.999 | Adam：`1e-8`，加在*修正后*的根上 |
#
# 有三点要当心。“用默认值的 RMSProp”，在 PyTorch（0.99）与在 Keras、optax（0.9）里不是同一个方法。$G_0=0.1$ 时，凡是梯度小的地方，AdaGrad 最初几步都会偏短。$\epsilon$ 放进根号里就是另一个数了：$\sqrt{v+10^{-8}}$ 在梯度小到 $10^{-4}$ 时就不再起归一的作用，而 $\sqrt v+10^{-8}$ 要小到 $10^{-8}$。第一行是本课程的约定，练习按它检查。

# %% [markdown] lang="en"
# ### Exercise 1: `adagrad_step` ({{points:adagrad_step}} points, 7 minutes)
#
# One step of the rule. A run starts with the state that `adagrad_init` gives; your step must work for any state, and change neither of its inputs.
# %% [markdown] lang="zh"
# ### 练习 1：`adagrad_step`（{{points:adagrad_step}} 分，7 分钟）
#
# 按规则走一步。一次训练从 `adagrad_init` 给出的状态开始，而你的函数要对任意状态都成立，并且不改动任何输入。

# %% role="given" id="adagrad_init"
from reference.adaptive import adagrad_init

# %% role="answer" id="adagrad_step"
from reference.adaptive import adagrad_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# First the new sum, then the step with the *new* sum. That is why the very first step is not a division by zero.
# </details>
# <details><summary>Hint 2</summary>
#
# By hand: `params` 1.0, `grads` 3.0, `sum_squares` 16.0, `lr` 0.1, `eps` 0. The new sum is 25, its root 5, the params become $1-0.1\cdot3/5=0.94$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先算新的和，再用*新*的和走一步。正因如此，第一步才不会除以零。
# </details>
# <details><summary>提示 2</summary>
#
# 手算核对：`params` 为 1.0，`grads` 为 3.0，`sum_squares` 为 16.0，`lr` 为 0.1，`eps` 为 0。新的和是 25，根是 5，参数变成 $1-0.1\cdot3/5=0.94$。
# </details>

# %% role="tests" id="test_adagrad_step" points=9
check("adagrad_step", adagrad_step)

# %% [markdown] lang="en"
# ### RMSProp: an average instead of the sum
#
# $$v_t=\alpha v_{t-1}+(1-\alpha)\,g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{v_t}+\epsilon},\qquad v_0=0 .$$
#
# Old squares fade, so the steps do not die. But an average that starts at 0 is too small at first. Put the rule into itself until $v_0$ is reached:
#
# $$v_t=(1-\alpha)\left(g_t^2+\alpha g_{t-1}^2+\alpha^2g_{t-2}^2+\dots+\alpha^{t-1}g_1^2\right).$$
#
# *If every gradient is $g$, what is $v_t$? Write the line before you open it.*
#
# <details><summary>the line left blank</summary>
#
# $v_t=(1-\alpha)\,g^2\,(1+\alpha+\dots+\alpha^{t-1})=(1-\alpha)\,g^2\,\dfrac{1-\alpha^t}{1-\alpha}=(1-\alpha^t)\,g^2$
# </details>
#
# So step $t$ is $\eta/\sqrt{1-\alpha^t}$ long. For the first step that is $\eta/\sqrt{1-\alpha}$: with $\alpha=0.9$ it is 3.16 times as long as intended, with $\alpha=0.99$ ten times. This **cold start** is
# the one blemish of RMSProp, at the worst of moments: when the weights are fresh and the gradients largest.
# %% [markdown] lang="zh"
# ### RMSProp：用平均代替求和
#
# $$v_t=\alpha v_{t-1}+(1-\alpha)\,g_t^2,\qquad x_t=x_{t-1}-\eta\,\frac{g_t}{\sqrt{v_t}+\epsilon},\qquad v_0=0 .$$
#
# 旧的平方逐渐淡出，步子就不会越走越小。可是从 0 开始的平均值，起初总是偏小。把规则反复代入自身，直到 $v_0$：
#
# $$v_t=(1-\alpha)\left(g_t^2+\alpha g_{t-1}^2+\alpha^2g_{t-2}^2+\dots+\alpha^{t-1}g_1^2\right).$$
#
# *如果每个梯度都是 $g$，$v_t$ 是多少？先写出来，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# $v_t=(1-\alpha)\,g^2\,(1+\alpha+\dots+\alpha^{t-1})=(1-\alpha)\,g^2\,\dfrac{1-\alpha^t}{1-\alpha}=(1-\alpha^t)\,g^2$
# </details>
#
# 所以第 $t$ 步的长度是 $\eta/\sqrt{1-\alpha^t}$，第一步则是 $\eta/\sqrt{1-\alpha}$：$\alpha=0.9$ 时是本意的 3.16 倍，$\alpha=0.99$ 时是十倍。这种**冷启动**（cold start）是 RMSProp 的一处瑕疵，偏偏出现在最不巧的时候：权重刚初始化，梯度正大。

# %% [markdown] lang="en"
# ### Exercise 2: `rmsprop_step` ({{points:rmsprop_step}} points, 5 minutes)
# %% [markdown] lang="zh"
# ### 练习 2：`rmsprop_step`（{{points:rmsprop_step}} 分，5 分钟）

# %% role="given" id="rmsprop_init"
from reference.adaptive import rmsprop_init

# %% role="answer" id="rmsprop_step"
from reference.adaptive import rmsprop_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Your AdaGrad with another first line. The weight of the new square is what $\alpha$ leaves over.
# </details>
# <details><summary>Hint 2</summary>
#
# `params` 1.0, `grads` 3.0, `v` 16.0, `lr` 0.1, `alpha` 0.5, `eps` 0: the new `v` is $8+4.5=12.5$, the params become $1-0.3/\sqrt{12.5}\approx0.915$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 与你的 AdaGrad 相比，只是第一行不同。新平方所占的权重，就是 $\alpha$ 剩下的那一份。
# </details>
# <details><summary>提示 2</summary>
#
# `params` 为 1.0，`grads` 为 3.0，`v` 为 16.0，`lr` 为 0.1，`alpha` 为 0.5，`eps` 为 0：新的 `v` 是 $8+4.5=12.5$，参数变成 $1-0.3/\sqrt{12.5}\approx0.915$。
# </details>

# %% role="tests" id="test_rmsprop_step" points=8
check("rmsprop_step", rmsprop_step)

# %% [markdown] lang="en"
# ### Adam: two averages, both corrected
#
# Adam averages the gradient as well, as momentum does in its third form (03), and mends the start. We have just seen that after $t$ steps the weights in $v_t$ add up to $1-\beta_2^t$ and not to 1. For gradients that are random, take the mean of every term:
# if $\mathbb E[g_i^2]$ is the same number $s$ for all $i\le t$, then $\mathbb E[v_t]=(1-\beta_2^t)\,s$. The cure is to divide by what the weights add up to:
#
# $$\hat v_t=\frac{v_t}{1-\beta_2^t},\qquad \hat m_t=\frac{m_t}{1-\beta_1^t},\qquad x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon} .$$
#
# After division the weights add up to 1: $\hat m_t$ and $\hat v_t$ are honest weighted means of the gradients so far, and of their squares. In the first step both contain one gradient only, $\hat m_1/\sqrt{\hat v_1}=\pm1$, and
# the step is $\eta$ long in *every* entry. Later it is shorter wherever an entry's gradients disagree, since they cancel in $\hat m$ and not in $\hat v$.
#
# This is **bias correction**, a correction of averages for their start; a layer's bias term has nothing to do with it. The corrected values are used and thrown away; $m_t$ and $v_t$ are stored as they are. Dividing the *stored* ones is one of the mistakes you will hunt in exercise 4.
# %% [markdown] lang="zh"
# ### Adam：两个平均，都加以修正
#
# Adam 连梯度也取平均，就像动量法的第三种形式（03 章）那样，并且修好了开头。刚才已经看到，$t$ 步之后 $v_t$ 里的权重加起来是 $1-\beta_2^t$，而不是 1。如果梯度是随机的，对每一项取期望：只要 $\mathbb E[g_i^2]$ 对所有 $i\le t$ 都是同一个数 $s$，就有 $\mathbb E[v_t]=(1-\beta_2^t)\,s$。办法就是除以权重之和：
#
# $$\hat v_t=\frac{v_t}{1-\beta_2^t},\qquad \hat m_t=\frac{m_t}{1-\beta_1^t},\qquad x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon} .$$
#
# 除过之后，权重之和就是 1：$\hat m_t$ 和 $\hat v_t$ 是迄今所有梯度、所有梯度平方名副其实的加权平均。第一步里两者都只含一个梯度，$\hat m_1/\sqrt{\hat v_1}=\pm1$，*每个*分量都恰好走 $\eta$。以后，哪个分量的梯度方向不一致，步子就短一些，因为它们在 $\hat m$ 里互相抵消，在 $\hat v$ 里却不会。
#
# 这叫**偏差修正**（bias correction），修正的是平均值的起点，与网络层里的偏置（bias term）毫无关系。修正值用完就丢；保存下来的是 $m_t$ 和 $v_t$ 本身。把修正值*存回去*，正是练习 4 里要抓的错误之一。

# %% [markdown] lang="en"
# ### Exercise 3: `adam_step` ({{points:adam_step}} points, 12 minutes)
#
# The state is a tuple `(m, v, t)`, where `t` counts the steps done. You may use your earlier functions or not.
#
# *Worked example.* From rest, `lr` 0.1, betas (0.5, 0.75), `eps` 0, gradients 2 and then $-2$ in one entry. Step 1: $m=1$, $v=1$, $\hat m=1/0.5=2$, $\hat v=1/0.25=4$, step $0.1\cdot2/2=0.1$.
# Step 2: $m=0.5-1=-0.5$, $v=0.75+1=1.75$, $\hat m=-0.5/0.75=-0.667$, $\hat v=1.75/0.4375=4$, step $0.1\cdot(-0.667)/2=-0.0333$: the two gradients disagree, so the step is short.
# %% [markdown] lang="zh"
# ### 练习 3：`adam_step`（{{points:adam_step}} 分，12 分钟）
#
# 状态是一个元组 `(m, v, t)`，其中 `t` 是已经走过的步数。前面写的函数用不用都可以。
#
# *算例。* 从静止出发，`lr` 为 0.1，betas 为 (0.5, 0.75)，`eps` 为 0，某个分量的梯度先是 2，后是 $-2$。第 1 步：$m=1$，$v=1$，$\hat m=1/0.5=2$，$\hat v=1/0.25=4$，走 $0.1\cdot2/2=0.1$。第 2 步：$m=0.5-1=-0.5$，$v=0.75+1=1.75$，$\hat m=-0.5/0.75=-0.667$，$\hat v=1.75/0.4375=4$，走 $0.1\cdot(-0.667)/2=-0.0333$：两个梯度方向相反，所以这一步很短。

# %% role="given" id="adam_init"
from reference.adaptive import adam_init

# %% role="answer" id="adam_step"
from reference.adaptive import adam_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Take the state apart, count the step, update both averages, correct both, step. The power is the number of the step being taken, so it is 1 and never 0 the first time.
# </details>
# <details><summary>Hint 2</summary>
#
# Use fresh names for the corrected values. Return `new_params, (m, v, t)`: two things, of which the second has three.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 拆开状态，步数加一，更新两个平均，修正两个平均，走一步。指数是正在走的这一步的序号，所以第一次是 1，绝不会是 0。
# </details>
# <details><summary>提示 2</summary>
#
# 修正值另起名字。返回 `new_params, (m, v, t)`：两样东西，其中第二样有三个部分。
# </details>

# %% role="tests" id="test_adam_step" points=14
check("adam_step", adam_step)

# %% [markdown] lang="en"
# How long are the steps if every gradient is 1 and `lr` is 1? Your three functions, and Adam without its corrections.
#
# *Before you run it:* which line falls for ever, which start too high, and what does leaving out the correction do to Adam (too long or too short, and for how long)?
# %% [markdown] lang="zh"
# 如果每个梯度都是 1，`lr` 为 1，步子有多长？用你的三个函数，再加上一个去掉修正的 Adam。
#
# *运行之前想一想：* 哪条线会一直下降？哪几条一开始太高？去掉修正，Adam 的步子会太长还是太短，要持续多久？

# %%
def uncorrected_adam_step(params, grads, state, *, lr, betas=(0.9, 0.999), eps=1e-8):
    """Adam as one gets it by leaving out the two divisions."""
    m, v, t = state
    m = betas[0] * m + (1 - betas[0]) * grads
    v = betas[1] * v + (1 - betas[1]) * grads**2
    return params - lr * m / (np.sqrt(v) + eps), (m, v, t + 1)


def lengths_of_steps(step, init, num_steps=3000, **hyper):
    """The lengths of the steps while every gradient is 1, with lr 1."""
    x, moved = np.zeros(1), []
    state = init(x)
    for _ in range(num_steps):
        following, state = step(x, np.ones(1), state, lr=1.0, **hyper)
        moved.append((x - following)[0])
        x = following
    return np.array(moved)


# %% role="experiment" nbval="check"
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    lengths = {
        "AdaGrad": lengths_of_steps(adagrad_step, adagrad_init),
        "RMSProp, alpha 0.99": lengths_of_steps(rmsprop_step, rmsprop_init, alpha=0.99),
        "RMSProp, alpha 0.9": lengths_of_steps(rmsprop_step, rmsprop_init, alpha=0.9),
        "Adam, uncorrected": lengths_of_steps(uncorrected_adam_step, adam_init),
        "Adam": lengths_of_steps(adam_step, adam_init),
    }
    for name, steps in lengths.items():
        print(f"{name:20s} step 1: {steps[0]:5.2f}, step 100: {steps[99]:4.2f}, step 3000: {steps[-1]:4.2f};"
              f" longest {steps.max():5.2f} in step {steps.argmax() + 1}")
    late = np.nonzero(lengths["Adam, uncorrected"] > 1.1)[0].max() + 1
    print(f"Adam, uncorrected: more than 10 % too long until step {late}")

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step", "lengths"):
    ax = curves(lengths, x=np.arange(1, 3001), ylabel="length of the step / lr", logx=True, logy=True)
    show(ax.figure, alt={
        "en": "Log-log plot of the length of step 1 to 3000 when every gradient is 1. AdaGrad falls on a straight line from 1 to 0.018. RMSProp starts at 10 (alpha 0.99) or 3.2 (alpha 0.9) and comes down to 1. Uncorrected Adam starts at 3.2, rises to 6.6 in step 12 and is still 1.03 in step 3000. Adam is 1 throughout.",
        "zh": "每个梯度都是 1 时，第 1 到 3000 步的步长（双对数坐标）。AdaGrad 沿直线从 1 降到 0.018；RMSProp 从 10（alpha 为 0.99）或 3.2（alpha 为 0.9）降到 1；未修正的 Adam 从 3.2 开始，第 12 步升到 6.6，到第 3000 步还是 1.03；Adam 始终为 1。"},
        caption={"en": "Intended is 1. The cold start of RMSProp and the dying step of AdaGrad in one figure.",
                 "zh": "本意是 1。RMSProp 的冷启动和 AdaGrad 越走越小的步子，都在这张图里。"})

# %% [markdown] lang="en"
# ### Exercise 4: `expose_adam_bugs` ({{points:expose_adam_bugs}} points, 20 minutes)
#
# Four colleagues have written Adam. Each program has one bug, and each passed the test its author thought of. Here they are. You need not mend them. You are to hand in, for each, **gradients that convict it and no other**: an experiment in which that bug matters and the other three do not.
#
# This is what a good test is. The docstring is a contract; `astray` tells you which programs leave Adam's path on your gradients.
# %% [markdown] lang="zh"
# ### 练习 4：`expose_adam_bugs`（{{points:expose_adam_bugs}} 分，20 分钟）
#
# 四位同事各写了一个 Adam。每个程序里有一处错误，而且都通过了作者自己想到的测试。程序就在下面，不用你去改；请你为每一个交出一组**只让它露馅、不牵连别人的梯度**：在这个实验里，那处错误有影响，另外三处没有。
#
# 好的测试就是这样的。文档字符串是契约；`astray` 会告诉你，在你给的梯度上哪些程序偏离了 Adam 的轨迹。

# %% role="experiment"
for letter, program in BROKEN_ADAMS.items():
    print(f"# {letter}\n{inspect.getsource(program)}")

# %% [markdown] lang="en"
# A first try. One large gradient, the same in both entries: what everybody tests with.
# %% [markdown] lang="zh"
# 先试一下：一个大的梯度，两个分量相同。大家都这么测。

# %% role="experiment" nbval="check"
print("one gradient, (2, 2):", astray([np.array([2.0, 2.0])], betas=(0.9, 0.999), eps=1e-8))
print("then (1, -3):", astray([np.array([2.0, 2.0]), np.array([1.0, -3.0])], betas=(0.9, 0.999), eps=1e-8))

# %% [markdown] lang="en"
# The first convicts nobody, the second three at once and does not say of what. Somewhere between lie your four experiments.
# %% [markdown] lang="zh"
# 第一组谁也没抓到；第二组一下抓了三个，却没说各犯了什么错。你要的四个实验，就在两者之间。

# %% role="answer" id="expose_adam_bugs"
from reference.adam_bugs import expose_adam_bugs

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# For every bug find the circumstance without which it cannot show: one needs gradients of a certain size, one needs two entries, one needs a second step, one needs gradients that change. Then take away the circumstances of the other three.
# </details>
# <details><summary>Hint 2</summary>
#
# A single step silences everything that needs a second one. Equal entries silence one program. With equal gradients in every step all weighted means are the same, whatever the weights: that silences another one. And a gradient of 0 keeps $m$ and $v$ at 0, whatever one divides them by. Some circumstances have to be tuned to `eps`: you are given it.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 对每处错误，想想缺了什么条件它就显不出来：有的要梯度大小合适，有的要有两个分量，有的要走第二步，有的要梯度变化。然后把另外三处所需的条件去掉。
# </details>
# <details><summary>提示 2</summary>
#
# 只走一步，需要第二步的错误就都显不出来。各分量相同，又有一个显不出来。每一步的梯度都相同，那么无论权重如何，加权平均都一样，这又排除了一个。梯度为 0，$m$ 和 $v$ 就一直是 0，除以什么都一样。有的条件要配合 `eps` 来选：它是给你的参数。
# </details>

# %% role="tests" id="test_expose_adam_bugs" points=16
check("expose_adam_bugs", expose_adam_bugs)

# %% [markdown] lang="en"
# ### Experiment 1: rare words, and the same data turned
#
# 2000 short texts, made up: word $k$ of 200 occurs in a text with probability $\min(1,2/k)$, so some words are in every text and most in one or two of a hundred. A hidden weight for each word decides, with some chance, whether the text is positive. We fit a logistic regression in *one* pass, ten texts
# at a time, each method at its best learning rate, and measure the loss on new texts.
#
# Then the same again, **turned**: $X$ becomes $XQ$ with a random orthogonal $Q$. No information is lost, gradient descent walks the turned path and ends with the same loss. But now every column mixes all words.
#
# **Will AdaGrad beat gradient descent?**
#
# - (a) on both: it adapts to whatever the data are
# - (b) on the texts, and not on the turned texts
# - (c) on neither: each has its best learning rate
# %% [markdown] lang="zh"
# ### 实验 1：少见的词，以及转过的同一份数据
#
# 造 2000 篇短文：200 个词中的第 $k$ 个以概率 $\min(1,2/k)$ 出现在一篇里，所以有的词篇篇都有，大多数词一百篇里只有一两篇。每个词有一个看不见的权重，由它们（带一点偶然）决定这篇是不是正面的。我们用逻辑回归只过*一遍*数据，每次十篇，每种方法用自己最好的学习率，再看新文章上的损失。
#
# 然后把数据**转一下**再来一次：$X$ 换成 $XQ$，$Q$ 是随机的正交矩阵。信息一点没丢，梯度下降走的是转过的同一条路，最后损失也相同。只是现在每一列都混着所有的词。
#
# **AdaGrad 会胜过梯度下降吗？**
#
# - (a) 两种情况都胜：数据怎样，它就适应成怎样
# - (b) 在原来的文章上胜，转过之后就不胜了
# - (c) 都不胜：反正各用自己最好的学习率

# %% role="answer" id="prediction_sparse"
prediction_sparse = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_sparse = "b"
### END SOLUTION

# %% role="given" id="momentum_given"
from reference.momentum import momentum_init, momentum_step

# %%
def gradient_step(params, grads, state, *, lr):
    """Plain gradient descent in the form of the others; it keeps no state."""
    return params - lr * grads, state


METHODS = {  # name: (step, what gives its first state)
    "GD": (gradient_step, no_state),
    "momentum": (momentum_step, momentum_init),
    "AdaGrad": (adagrad_step, adagrad_init),
    "RMSProp": (rmsprop_step, rmsprop_init),
    "Adam": (adam_step, adam_init),
}
TURN = np.linalg.qr(np.random.default_rng(5).standard_normal((200, 200)))[0]
HIDDEN = np.random.default_rng(99).normal(0, 2, 200)


def texts(seed, num=2000):
    """Which of 200 words occur in each text, and whether it is positive (1) or not (0)."""
    rng = np.random.default_rng(seed)
    often = np.minimum(1, 2 / np.arange(1, 201))
    X = (rng.random((num, 200)) < often).astype(float)
    return X, (rng.random(num) < 1 / (1 + np.exp(-(X - often) @ HIDDEN))).astype(float)


def loss_on_new_texts(method, lr, seed, turn):
    """One pass of logistic regression over 2000 texts in batches of 10, then the loss on 2000 others."""
    step, init = METHODS[method]
    (X, y), (X_new, y_new) = texts(seed), texts(1000 + seed)
    X, X_new = X @ turn, X_new @ turn
    w = np.zeros(200)
    state = init(w)
    for rows in np.arange(2000).reshape(-1, 10):
        error = 1 / (1 + np.exp(-np.clip(X[rows] @ w, -50, 50))) - y[rows]
        w, state = step(w, X[rows].T @ error / 10, state, lr=lr)
    scores = X_new @ w
    return np.mean(np.logaddexp(0, scores) - y_new * scores)


TEXT_RATES = 10 ** np.arange(-2, 1.01, 0.5)
TEXT_METHODS = ("GD", "AdaGrad", "Adam")

# %% role="experiment"
with experiment("adagrad_step", "adam_step"):
    tuning_curves, endings = {}, {}
    for where, turn in [("texts", np.eye(200)), ("turned", TURN)]:
        for name in TEXT_METHODS:
            losses = [np.mean([loss_on_new_texts(name, lr, seed, turn) for seed in (0, 1)]) for lr in TEXT_RATES]
            tuning_curves[where, name] = np.array(losses)
            best = TEXT_RATES[np.argmin(losses)]
            endings[where, name] = np.array([loss_on_new_texts(name, best, seed, turn) for seed in range(10, 16)])
            print(f"{where:6s} {name:8s} best lr {best:5.2f}, loss on new texts {endings[where, name].mean():.3f}")
    text_curves, text_endings = tuning_curves, endings

# %% role="experiment"
with experiment("adagrad_step", "adam_step", "text_curves", "text_endings"):
    fig, axes = panels(2, sharey=True)
    for ax, where in zip(axes, ("texts", "turned"), strict=True):
        for i, name in enumerate(TEXT_METHODS):
            ax.plot(TEXT_RATES, np.minimum(text_curves[where, name], 2), label=name, **look(i))
        ax.set(xscale="log", xlabel="lr", title=where, ylim=(0.3, 0.8))
    axes[0].set_ylabel("loss on new texts")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    show(fig, alt={
        "en": "Two panels, loss on new texts against learning rate. Left, the texts: AdaGrad's valley is the deepest, gradient descent's the shallowest, Adam's between them. Right, turned: all three valleys end at about the same height.",
        "zh": "两幅图：新文章上的损失对学习率。左，原来的文章：AdaGrad 的谷最深，梯度下降的最浅，Adam 居中。右，转过之后：三条曲线的谷底差不多一样高。"},
        caption={"en": "Means over the two seeds used for choosing. Gradient descent's line is the same in both panels.",
                 "zh": "选学习率所用两个种子的平均。两幅图里，梯度下降的线是一样的。"})
    gains = {where: text_endings[where, "AdaGrad"] - text_endings[where, "GD"] for where in ("texts", "turned")}
    words = {where: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(values)) for where, values in gains.items()}
    ax = paired(gains, xlabel="loss on new texts, AdaGrad minus GD")
    show(ax.figure, alt={
        "en": f"Paired differences with 95 % intervals. Texts: {words['texts']}. Turned: {words['turned']}.",
        "zh": f"成对差及 95% 区间。原来的文章：{words['texts']}；转过之后：{words['turned']}。"},
        caption={"en": "Six fresh seeds, each method at its best learning rate; left of the dashed line AdaGrad is better.",
                 "zh": "六个新种子，双方各用自己最好的学习率；虚线左侧表示 AdaGrad 更好。"})
    reveal("sparse", prediction_sparse, "b", {
        "en": f"AdaGrad minus GD: {words['texts']} on the texts, {words['turned']} on the turned ones.",
        "zh": f"AdaGrad 减 GD：原来的文章 {words['texts']}，转过之后 {words['turned']}。"})

# %% [markdown] lang="en"
# **What it showed:** where gradients are sparse *in the coordinates you compute with*, a step size for every coordinate is worth something. Turn the same problem and the gain is gone: all coordinates then look alike, and there is nothing to adapt to.
#
# Adam, which forgets, gains as well, somewhat less, and loses it in the same way.
#
# **What it does not show:** that AdaGrad is the method for text. This is one pass over data that do not change; data that repeat for fifty epochs are another matter, and so are networks.
# %% [markdown] lang="zh"
# **它说明了：** 如果*在你计算所用的坐标里*梯度是稀疏的，那么每个坐标有自己的步长确实值钱。把同一个问题转一下，好处就没了：所有坐标看起来都一样，没有什么可适应的。
#
# 会遗忘的 Adam 也有好处，只是小一些，转过之后同样没了。
#
# **它没有说明：** 做文本就该用 AdaGrad。这里的数据不变，而且只过一遍；重复五十轮是另一回事，神经网络也是另一回事。

# %% [markdown] lang="en"
# ### Experiment 2: how wrong may the learning rate be?
#
# "Robust, insensitive to its settings" is what both notes say of Adam. A test is easy: train the MLP (64-32-10) on digits, 200 steps of mini-batches of 32, with seventeen learning rates from 0.0003 to 3, for every method so far. We call a rate *good* if the training loss at the end is below 0.3 (it starts at about 2.4).
#
# **How wide is the range of good rates?**
#
# - (a) about three decades (a factor of 1000) for Adam, less than one for the others
# - (b) about one decade for all, Adam's no wider than the rest
# - (c) between three quarters of a decade and one and a half, Adam's the widest
# %% [markdown] lang="zh"
# ### 实验 2：学习率可以错多少？
#
# “鲁棒，对超参数不敏感”：两份笔记都这样说 Adam。检验很容易：在 digits 上训练 MLP（64-32-10），大小为 32 的小批量走 200 步，学习率从 0.0003 到 3 取十七个，到目前为止的每种方法都试一遍。最后的训练损失低于 0.3（开始时约为 2.4），就算*好*的学习率。
#
# **好的学习率，范围有多宽？**
#
# - (a) Adam 大约三个数量级（1000 倍），其他方法不到一个
# - (b) 都是大约一个数量级，Adam 并不比别的宽
# - (c) 在四分之三到一个半数量级之间，Adam 最宽

# %% role="answer" id="prediction_lr"
prediction_lr = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_lr = "c"
### END SOLUTION

# %% role="given" id="loss_given"
from reference.losses import softmax_cross_entropy

# %% role="given" id="layers_given"
from reference.backprop import affine_backward, relu, relu_backward

# %% role="given" id="minibatches_given"
from reference.gradient_descent import minibatches

# %%
digits = load_digits()
RELU = relu, relu_backward


def he_normal(rng, shape):
    """Random weights that suit ReLU; chapter 06 says why."""
    return rng.normal(0, np.sqrt(2 / shape[0]), shape)


def trained(step, init, *, lr, seed, num_steps=200, batch_size=32, scale=lambda t: 1, **hyper):
    """Train the MLP 64-32-10 on digits; lr may be a schedule. Returns (params, history).

    scale(t): what the pixels of batch t are multiplied by (for a patient in the clinic).
    """
    rng = np.random.default_rng(seed)
    parts = {"loss": softmax_cross_entropy, "affine_backward": affine_backward, "activation": RELU}
    scales = map(scale, range(num_steps + 1))
    return train(
        mlp_init(rng, (64, 32, 10), init=he_normal),
        lambda rng: minibatches(digits.X_train, digits.y_train, batch_size=batch_size, rng=rng),
        lambda params, X, y: mlp_loss_and_grads(params, X * next(scales), y, **parts),
        lambda x, g, state, lr: step(x, g, state, lr=lr, **hyper),
        lr=lr, rng=rng, init=init, num_steps=num_steps)


def results(step, init, **settings):
    """(training loss, validation loss, test accuracy) after training; (inf, inf, 0) if it diverged."""
    params, history = trained(step, init, **settings)
    if not np.isfinite(history["loss"][-1]):
        return np.inf, np.inf, 0.0
    scores = [mlp_scores(params, X, activation=RELU) for X in (digits.X_train, digits.X_val, digits.X_test)]
    return (softmax_cross_entropy(scores[0], digits.y_train)[0], softmax_cross_entropy(scores[1], digits.y_val)[0],
            accuracy(scores[2], digits.y_test))


RATES = 10 ** np.arange(-3.5, 0.51, 0.25)

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    found = {}
    for name, (step, init) in METHODS.items():
        losses = np.array([np.mean([results(step, init, lr=lr, seed=seed)[0] for seed in (0, 1)]) for lr in RATES])
        good = RATES[losses < 0.3]
        found[name] = losses
        print(f"{name:8s} best {losses.min():.2f} at lr {RATES[losses.argmin()]:.2g};"
              f" good from {good.min():.2g} to {good.max():.2g}, a factor of {good.max() / good.min():.0f}")
    sweep = found

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step", "sweep"):
    ax = curves({name: np.minimum(losses, 4) for name, losses in sweep.items()}, x=RATES, xlabel="lr",
                ylabel="training loss after 200 steps", logx=True, logy=True)
    ax.axhline(0.3, color="black", linewidth=1, linestyle=":")
    ax.figure.set_size_inches(7.4, 4.2)
    widths = {name: RATES[losses < 0.3].max() / RATES[losses < 0.3].min() for name, losses in sweep.items()}
    at_default = sweep["Adam"][np.argmin(np.abs(RATES - 1e-3))]
    listed = ", ".join(f"{name} {width:.0f}" for name, width in widths.items())
    show(ax.figure, alt={
        "en": f"Log-log plot of the training loss against learning rate for five methods. Each curve is a valley: it falls, has a floor and rises steeply. Adam's lies farthest left with RMSProp's, then momentum, AdaGrad, and gradient descent on the right. Below 0.3 they are this many times wide: {listed}.",
        "zh": f"五种方法的训练损失对学习率（双对数坐标）。每条曲线都是一个谷：先降，到底，再陡升。最左边是 RMSProp 和 Adam，然后是动量法、AdaGrad，最右边是梯度下降。低于 0.3 的范围，两端之比依次为：{listed}。"},
        caption={"en": "Two seeds. Dotted: the loss below which we call a rate good.", "zh": "两个种子的平均。点线：低于它就算好的学习率。"})
    reveal("lr", prediction_lr, "c", {
        "en": f"Largest over smallest good rate: {listed}. At its default 0.001 Adam's loss is {at_default:.2f}.",
        "zh": f"最大与最小的好学习率之比：{listed}。取默认值 0.001 时，Adam 的损失是 {at_default:.2f}。"})

# %% [markdown] lang="en"
# **What it showed:** Adam's range is the widest here, and it is a valley like all the others. Its default rate 0.001 is thirty times below the best one for this task, where training is short. What tends to stay put from task to task is the order of magnitude: adaptive rates are lengths of steps of weights, and weights are of similar size in many networks. The rate of gradient descent depends on the scale of the loss as well.
#
# **What it does not show:** which method is best. The floors are at different heights, but nothing says yet that the difference is more than noise, or that it lasts beyond 200 steps. Sitting B compares them fairly.
# %% [markdown] lang="zh"
# **它说明了：** Adam 的范围在这里最宽，但和别的方法一样是个谷。它的默认值 0.001，只有这个任务（训练很短）最佳值的三十分之一。换了任务往往变化不大的，是数量级：自适应方法的学习率是权重每步走的长度，而许多网络里权重的大小相近；梯度下降的学习率则还取决于损失的尺度。
#
# **它没有说明：** 哪种方法最好。各条曲线的底高低不同，但还没有任何东西说明差别超出了噪声，或者 200 步以后依然如此。B 节会做公平的比较。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "AdaGrad: no need to tune the learning rate by hand." "Adam: the defaults usually give good results."** Both from the first note. Read them off experiment 2:
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “AdaGrad：无需手动调学习率。”“Adam：通常使用默认值就能取得不错的效果。”** 两句都出自第一份笔记。用实验 2 的数来读一读：

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step", "sweep"):
    for name in ("AdaGrad", "Adam"):
        at = {lr: sweep[name][np.argmin(np.abs(np.log(RATES / lr)))] for lr in (0.001, 0.01, 0.1, 1)}
        print(f"{name:8s}", ", ".join(f"lr {lr}: {loss:.2f}" for lr, loss in at.items()))

# %% [markdown] lang="en"
# AdaGrad gives every entry its own *share* of the learning rate; the rate itself is yours to choose, here within a factor of ten. Defaults are a place to start a search, not a result.
#
# **2. "$v$ is the variance", "the corrected estimates are unbiased".** The first note calls the second moment a variance, the second calls it uncentred, which is right, and both corrections "unbiased". Two inputs settle it. In the first, gradients are
# drawn around 10 with standard deviation 1. In the second their size grows by 0.5 % per step.
#
# *Before you run it:* the variance of the first gradients is 1. What will $\hat v$ say? And will $\hat v$ be too large or too small for the second?
# %% [markdown] lang="zh"
# AdaGrad 分给每个分量的是学习率的一个*份额*；学习率本身还得你来选，在这里，好的范围两端只差十倍。默认值是搜索的起点，不是结果。
#
# **2. “$v$ 是方差”，“修正之后是无偏估计”。** 第一份笔记把二阶矩说成方差；第二份说它未中心化，这是对的；两份都说修正后“无偏”或消除了偏差。用两组输入就能弄清楚。第一组梯度以 10 为中心、标准差为 1；第二组的大小每步增长 0.5%。
#
# *运行之前想一想：* 第一组梯度的方差是 1，$\hat v$ 会说是多少？对第二组，$\hat v$ 会偏大还是偏小？

# %% role="experiment" nbval="check"
with experiment("adam_step"):
    rng = np.random.default_rng(4)
    for name, size_at in [("around 10, sd 1", None), ("growing 0.5 % per step", lambda t: 1.005**t)]:
        x = np.zeros(2000)  # 2000 entries: their mean stands for the expectation
        state = adam_init(x)
        for t in range(1, 601):
            g = 10 + rng.standard_normal(2000) if size_at is None else size_at(t) * rng.standard_normal(2000)
            x, state = adam_step(x, g, state, lr=0.001)
        m, v, t = state
        v_hat, true = np.mean(v / (1 - 0.999**t)), 101 if size_at is None else size_at(600) ** 2
        print(f"{name:22s}: v_hat {v_hat:6.1f}, mean square of today's gradient {true:6.1f}, ratio {v_hat / true:.2f}")

# %% [markdown] lang="en"
# $\hat v$ is 101: mean squared plus variance, the **second raw moment**. It shrinks the step wherever gradients are *large*, also if they agree perfectly. And "unbiased" needs gradients of constant size: those 0.5 % per step make $\hat v$ five times too small, since the average is always late. What the correction does repair, exactly, is
# the start at zero.
#
# **3. "Adam is RMSProp plus momentum."** Yes, and the correction, which both notes give in the formulas and leave out of the sentence. Does it matter in training? Digits again, learning rate 0.03. `adam_step` with betas (0, 0.99) is RMSProp *with* the correction and nothing else.
# %% [markdown] lang="zh"
# $\hat v$ 等于 101：均值的平方加方差，即**二阶原点矩**。只要梯度*大*，步子就缩短，哪怕这些梯度方向完全一致。而“无偏”要求梯度的大小不变：每步 0.5% 的增长就让 $\hat v$ 只有应有的五分之一，因为平均值总是慢一拍。修正真正修好的（而且是精确地修好的），是“从零开始”这件事。
#
# **3. “Adam 就是 RMSProp 加动量。”** 没错，但还要加上修正；两份笔记在公式里都写了，说这句话时却漏掉了。训练中它要紧吗？还是 digits，学习率 0.03。betas 取 (0, 0.99) 的 `adam_step`，就是*带修正*的 RMSProp，别无区别。

# %% role="experiment"
with experiment("rmsprop_step", "adam_step"):
    print("training loss after        1       2       5      20     200 steps")
    for name, step, init, hyper in [
        ("RMSProp, alpha 0.99", rmsprop_step, rmsprop_init, {"alpha": 0.99}),
        ("the same, corrected", adam_step, adam_init, {"betas": (0, 0.99)}),
        ("Adam", adam_step, adam_init, {}),
    ]:
        losses = [np.mean([results(step, init, lr=0.03, seed=seed, num_steps=num, **hyper)[0] for seed in range(4)])
                  for num in (1, 2, 5, 20, 200)]
        print(f"{name:20s}", *(f"{loss:7.2f}" for loss in losses))

# %% [markdown] lang="en"
# The uncorrected first step is ten times too long and throws the network to a loss far above that of guessing (2.3); twenty steps later it has still not made up for it. With a smaller learning rate the damage is smaller. A warmup (sitting B) is the other cure.
# %% [markdown] lang="zh"
# 没有修正的第一步是应有的十倍，把网络甩到损失远高于瞎猜（2.3）的地方；二十步之后还没补回来。学习率小一些，损害也小一些。另一种治法是预热（warmup，B 节）。

# %% [markdown] lang="en"
# ### Clinic
#
# Three runs on digits. Above the loss, below the root mean square of what each step moves the first layer's weights. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# digits 上的三次训练。上面是损失，下面是每一步让第一层权重移动了多少（均方根）。先选一个诊断，说出证据，再点开。

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    def watched(step, init, **settings):
        """The losses of a run, how far each step moves W1, and the share of hidden units that still work."""
        moved = []

        def step_and_note(x, g, state, *, lr):
            following, state = step(x, g, state, lr=lr)
            if x.shape == (64, 32):
                moved.append(np.sqrt(np.mean((following - x) ** 2)))
            return following, state

        params, history = trained(step_and_note, init, seed=0, num_steps=300, **settings)
        working = (relu(digits.X_train @ params["W1"] + params["b1"]) > 0).any(axis=0).mean()
        return history["loss"], np.array(moved), working

    patients = {
        "A": watched(adagrad_step, adagrad_init, lr=0.1, scale=lambda t: 100 if t < 5 else 1),
        "B": watched(rmsprop_step, rmsprop_init, lr=0.03),
        "C": watched(adam_step, adam_init, lr=0.5),
    }
    fig, axes = panels(3, 2, sharex=True, sharey="row", figsize=(8, 4.6))
    for (above, below), (name, (losses, moved, working)) in zip(axes.T, patients.items(), strict=True):
        above.plot(losses)
        above.axhline(np.log(10), color="black", linewidth=1, linestyle=":")
        below.plot(np.maximum(moved, 1e-8), color="#d55e00")
        above.set(yscale="log", title=name)
        below.set(yscale="log", xlabel="step", ylim=(1e-6, 2))
        print(f"{name}: hidden units that are on for any image at the end: {working:.0%}")
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel("step of W1 (rms)")
    show(fig, alt={
        "en": "Three pairs of curves on log axes. A: the loss leaps to several hundred in the first five steps, comes down to about 2 and hardly falls after that; its steps drop at once to a hundredth of the first and stay tiny. B: the loss leaps tenfold in the second step and then falls steadily; the steps start large and settle. C: the loss leaps, comes down to 2.3 and stays there exactly; the steps shrink to nothing.",
        "zh": "三对曲线，对数坐标。A：前五步损失跳到几百，降到 2 左右后几乎不再下降；步长一下子降到第一步的百分之一，此后一直很小。B：第二步损失跳高十倍，随后稳步下降；步长开始很大，然后平稳。C：损失先跳高，降到 2.3 后就停在那里；步长缩到几乎为零。"},
        caption={"en": "Dotted: ln 10, the loss of guessing.", "zh": "点线：ln 10，瞎猜时的损失。"})

# %% [markdown] lang="en"
# **A.** AdaGrad, learning rate 0.1. The owner had forgotten to scale the pixels, noticed after five batches, mended it and let the run go on.
# <details><summary>the learning rate is too small</summary>It was fine: the same run without the accident reaches 0.1. Look at what the steps do in the first five.</details>
# <details><summary>the sum of squares holds five huge gradients, for ever</summary><b>Yes.</b> The steps fall to a hundredth at once and never recover; AdaGrad does not forget. Start the state afresh, or use a method that forgets.</details>
# <details><summary>a plateau of the loss</summary>Then a longer step would not help. The steps here are short because of the denominator: the gradients are ordinary.</details>
#
# **B.** RMSProp, learning rate 0.03.
# <details><summary>a bad mini-batch</summary>One bad batch does not move weights ten times as far as the next. And it always happens in step 1. (The line above the figure tells the price: 28 % of the hidden units are still alive.)</details>
# <details><summary>the learning rate is too large throughout</summary>Then it would not fall so steadily afterwards.</details>
# <details><summary>a cold start</summary><b>Yes.</b> The first steps are up to ten times as long as the later ones, at full gradient. Correct the average (Adam), or warm up.</details>
#
# **C.** Adam, learning rate 0.5. The loss is 2.30 to the second digit, whatever is done.
# <details><summary>a saddle point: add noise</summary>Mini-batches are noisy already, and the printed line says what has happened to the units.</details>
# <details><summary>all hidden units are dead</summary><b>Yes.</b> Steps of 0.5 in every weight at once have pushed every unit below zero for every image. Their gradients are exactly 0, only the last biases still learn, and the best they can do is the loss of guessing, ln 10. No optimizer gets out; start again with a smaller rate.</details>
# <details><summary>bias correction is missing</summary>The first step is $\eta$ long, as it should be. It is $\eta$ that is far too large for weights of size 0.2.</details>
# %% [markdown] lang="zh"
# **A.** AdaGrad，学习率 0.1。训练的人起初忘了缩放像素，五个批次之后发现了，改好之后接着训练。
# <details><summary>学习率太小</summary>学习率没问题：不出这个岔子，同样的训练能到 0.1。看看前五步里步长发生了什么。</details>
# <details><summary>平方和里永远留着五个巨大的梯度</summary><b>正确。</b>步长一下子降到百分之一，再也没有恢复；AdaGrad 不会遗忘。把状态清零重来，或者换一种会遗忘的方法。</details>
# <details><summary>损失的平台区</summary>那样的话，步子再长也没用。这里步子短是因为分母大，梯度本身很正常。</details>
#
# **B.** RMSProp，学习率 0.03。
# <details><summary>碰上一个坏的小批量</summary>一个坏批次不会让这一步走出下一步的十倍。而且它总是发生在第 1 步。（图上方那一行说明了代价：隐藏单元只剩 28% 还活着。）</details>
# <details><summary>学习率自始至终太大</summary>那样的话，后来不会降得这么平稳。</details>
# <details><summary>冷启动</summary><b>正确。</b>最初几步最长可达后来的十倍，而此时梯度正大。修正平均值（Adam），或者预热。</details>
#
# **C.** Adam，学习率 0.5。无论怎么折腾，损失的前几位总是 2.30。
# <details><summary>鞍点：加点噪声</summary>小批量本来就有噪声；而且打印出来的那一行说明了这些单元的遭遇。</details>
# <details><summary>隐藏单元全死了</summary><b>正确。</b>所有权重同时走 0.5，把每个单元对每张图都推到了零以下。它们的梯度恰好是 0，只有最后一层的偏置还在学，而它最多只能做到瞎猜的损失 ln 10。换什么优化器都出不来，只能减小学习率重来。</details>
# <details><summary>缺了偏差修正</summary>第一步正好走 $\eta$，本该如此。问题在于，对大小约 0.2 的权重，这个 $\eta$ 太大了。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** You divide the loss by 1000 (a mean becomes a mean of means). With the same `lr`, which run changes?
# <details><summary>Adam's, since its gradients are smaller</summary>Both $\hat m$ and $\sqrt{\hat v}$ shrink by 1000. Unless gradients come near $\epsilon$, nothing happens.</details>
# <details><summary>gradient descent's: its steps are a thousandth</summary><b>Right.</b> For Adam, AdaGrad and RMSProp only $\epsilon$ notices.</details>
# <details><summary>both</summary>Write $1000\,g$ for $g$ in each rule and see what cancels.</details>
# <details><summary>neither</summary>For gradient descent nothing divides the factor out.</details>
#
# **2.** An entry's gradient has been 0 for 10 000 steps of Adam (0.9, 0.999). Now one gradient of 1 arrives. How far does the entry move, in units of `lr`?
# <details><summary>1, as in the first step</summary>The corrections have long become 1. Put $m=0.1$ and $v=0.001$ into the rule.</details>
# <details><summary>0.1, as the average of gradients is 0.1</summary>That is the numerator. The denominator is small as well.</details>
# <details><summary>about 3.2</summary><b>Right:</b> $0.1/\sqrt{0.001}=3.16$. Adam's steps are not bounded by <code>lr</code> where gradients are rare.</details>
# <details><summary>it depends on the size of the gradient</summary>With 7 in place of 1, both numerator and denominator grow by 7.</details>
#
# **3.** Why does Adam's first step not tell you whether a gradient is right?
# <details><summary>because of the momentum</summary>In the first step there is nothing yet to average with.</details>
# <details><summary>because every entry moves by lr, whatever its size: only the signs are used</summary><b>Right.</b> A gradient that is wrong by a factor per layer looks perfectly healthy under Adam. Check gradients by differences (00).</details>
# <details><summary>because eps hides small entries</summary>Only entries near $10^{-8}$.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 把损失除以 1000（比如平均之后又平均了一次），`lr` 不变，谁的训练会变？
# <details><summary>Adam 的，因为梯度变小了</summary>$\hat m$ 和 $\sqrt{\hat v}$ 都只剩千分之一。只要梯度不接近 $\epsilon$，什么也不会发生。</details>
# <details><summary>梯度下降的：步长只剩千分之一</summary><b>正确。</b>对 Adam、AdaGrad 和 RMSProp，只有 $\epsilon$ 感觉得到。</details>
# <details><summary>两者都变</summary>在每条规则里用 $1000\,g$ 代替 $g$，看看什么被约掉。</details>
# <details><summary>都不变</summary>梯度下降里没有东西把这个倍数除掉。</details>
#
# **2.** 某个分量的梯度在 Adam（0.9、0.999）的 10 000 步里都是 0，现在来了一个 1。它走多远（以 `lr` 为单位）？
# <details><summary>1，和第一步一样</summary>修正早已变成 1 了。把 $m=0.1$、$v=0.001$ 代入规则。</details>
# <details><summary>0.1，因为梯度的平均是 0.1</summary>那只是分子。分母也很小。</details>
# <details><summary>约 3.2</summary><b>正确：</b>$0.1/\sqrt{0.001}=3.16$。梯度少见时，Adam 的一步并不以 <code>lr</code> 为限。</details>
# <details><summary>取决于梯度的大小</summary>把 1 换成 7，分子分母都变成 7 倍。</details>
#
# **3.** 为什么从 Adam 的第一步看不出梯度对不对？
# <details><summary>因为动量</summary>第一步还没有别的梯度可以平均。</details>
# <details><summary>因为每个分量都走 lr，与大小无关：只用到了符号</summary><b>正确。</b>哪怕某一层的梯度差了一个倍数，在 Adam 之下看起来也毫无异样。检验梯度要用差分（00）。</details>
# <details><summary>因为 eps 掩盖了小的分量</summary>只掩盖 $10^{-8}$ 附近的分量。</details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_sparse prediction_lr" points=4
made = [guess for guess in (prediction_sparse, prediction_lr) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - Divide an entry's gradient by its usual size, and the learning rate becomes a length: how far a parameter moves in a step.
# - AdaGrad sums all squares: good for rare features, and its steps die like $1/\sqrt t$. RMSProp averages and forgets: no death, but a cold start of $1/\sqrt{1-\alpha}$.
# - Adam averages the gradient too and divides both averages by what their weights add up to. Its first step is `lr` in every entry. $v$ is a raw moment, not a variance.
# - All of it happens per coordinate. Turn the coordinates and the gain may be gone.
# - Adam's learning rate needs choosing like any other; its good range was the widest here, about a decade and a half.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 一个分量的梯度除以它平时的大小，学习率就成了长度：参数一步走多远。
# - AdaGrad 把所有平方加起来：对少见的特征有利，步长却像 $1/\sqrt t$ 那样越来越小。RMSProp 取平均、会遗忘：步子不会走没，但有 $1/\sqrt{1-\alpha}$ 倍的冷启动。
# - Adam 连梯度也取平均，并把两个平均各除以自己的权重之和。它的第一步，每个分量都恰好走 `lr`。$v$ 是原点矩，不是方差。
# - 一切都是逐个坐标进行的。坐标一转，好处可能就没了。
# - Adam 的学习率和别的方法一样需要选；在这里它的好范围最宽，大约一个半数量级。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: decay, schedules, and a fair race
#
# | | |
# |---|---|
# | **You will be able to** | write AdamW and say by how much each weight decays, under it and under L2 in Adam; write step decay, cosine annealing and warmup; tune methods with equal effort and report it; say when warmup is needed |
# | **You need** | sitting A; weight decay and L2 (00); the noise floor (01) |
# | **Time** | about 90 minutes: 35 reading, 55 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:B}}: four exercises, two of them in two steps ({{points:adamw_step}} + {{points:step_decay}} + {{points:cosine_annealing}} + {{points:linear_warmup}} + {{points:warmup_cosine}} + {{points:random_search}}), and two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：衰减、调度，以及一场公平的比赛
#
# | | |
# |---|---|
# | **学完你能够** | 写出 AdamW，说清在它之下、在 Adam 加 L2 之下，每个权重各衰减多少；写出阶梯衰减、余弦退火和预热；用同样的力气给各种方法调参并如实报告；说清什么时候需要预热 |
# | **你需要** | A 节；权重衰减与 L2（00）；噪声下限（01） |
# | **时间** | 约 90 分钟：阅读 35 分钟，动手 55 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●○ |
# | **分数** | {{points:B}} 分：四道练习，其中两道分两步（{{points:adamw_step}} + {{points:step_decay}} + {{points:cosine_annealing}} + {{points:linear_warmup}} + {{points:warmup_cosine}} + {{points:random_search}}），以及两次预测 |

# %% [markdown] lang="en"
# ### Before we start: four questions
#
# <details><summary>1. Gradient descent on a loss with the penalty λ/2 · w². What does one step do to w besides following the data? (00)</summary>
#
# It multiplies $w$ by $1-\eta\lambda$. So for plain gradient descent the L2 penalty *is* weight decay.
# </details>
#
# <details><summary>2. SGD with a constant learning rate hovers above the minimum. What is the height proportional to, roughly? (01)</summary>
#
# To the learning rate. So a rate that falls towards 0 lets the loss come down to the floor.
# </details>
#
# <details><summary>3. How long is Adam's first step? And the step of an entry whose gradients come from pure noise around 0? (A)</summary>
#
# `lr` in every entry. With pure noise $\hat m$ is much smaller than $\sqrt{\hat v}$, so the steps are a fraction of `lr` and of random sign.
# </details>
#
# <details><summary>4. You try 40 learning rates for your method and 3 for the other. Yours wins. What have you shown? (03)</summary>
#
# That looking in more places finds more. What has to be equal is the effort.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：四个问题
#
# <details><summary>1. 在带惩罚项 λ/2 · w² 的损失上做梯度下降，除了跟着数据走，一步还对 w 做了什么？（00）</summary>
#
# 把 $w$ 乘上 $1-\eta\lambda$。所以对普通梯度下降，L2 惩罚*就是*权重衰减。
# </details>
#
# <details><summary>2. 学习率不变的 SGD 会在极小值上方徘徊。徘徊的高度大致与什么成正比？（01）</summary>
#
# 与学习率成正比。所以让学习率降向 0，损失就能一直降到底。
# </details>
#
# <details><summary>3. Adam 的第一步有多长？如果一个分量的梯度只是 0 附近的噪声，它的步子又如何？（A 节）</summary>
#
# 第一步每个分量都走 `lr`。只有噪声时，$\hat m$ 远小于 $\sqrt{\hat v}$，步长只有 `lr` 的一小部分，方向随机。
# </details>
#
# <details><summary>4. 你给自己的方法试了 40 个学习率，给对手试了 3 个，你的赢了。这说明了什么？（03）</summary>
#
# 说明找的地方多，找到的就多。应当相同的是花的力气。
# </details>

# %% [markdown] lang="en"
# ### Ten minutes with the five methods
#
# A race to play with before the writing. All five methods start at the ring, each at the learning rate that is best for it on this landscape. Below stand Adam's two moments: for each coordinate the size of $\hat m$ (line) and $\sqrt{\hat v}$ (dashes), and their quotient, which is Adam's step in units of `lr`.
#
# *Questions, to be answered before you move anything, and then with the sliders:*
#
# 1. The valley lies along the axes. AdaGrad and RMSProp need five steps. What do they divide away? Now turn the valley to 45°. Who notices, and what has become of the two lines of $\sqrt{\hat v}$?
# 2. Where in the moments do you see Adam overshoot? Set $\beta_1$ to 0: what goes, and is the run slower for it?
# 3. Step 0, any landscape: what is the quotient, and why?
# 4. On the saddle all start next to the line that leads into it. Why do AdaGrad and RMSProp hardly see it?
#
# <details><summary>answers</summary>
#
# 1. Along the axes each coordinate is a parabola of its own, whose curvature appears in numerator and denominator and cancels: the condition number is gone. Turned, the gradients of both coordinates are of the same size, the two lines lie on each other, and there is nothing to equalize. Gradient descent and momentum do the same steps as before, in other coordinates. AdaGrad and RMSProp now need more than a hundred steps, also after retuning.
# 2. $\hat m$ passes through 0 (dips on the log axis) and the quotient changes sign. With $\beta_1=0$ the swings go, and along the axes the run is even faster: gradients are exact here, so the average has nothing to smooth and only carries the run past the minimum. Turned by 45° it is the other way round: there the average does what momentum does in a valley.
# 3. $\pm1$: one gradient, divided by its own size.
# 4. The gradient along the way out is tiny, 0.01, and is divided by its own size: the first step out is as long as any other. (A start *exactly* on the line stays there: 0 divided by ε.)
# </details>
# %% [markdown] lang="zh"
# ### 先和五种方法玩十分钟
#
# 动手写之前，先玩一场赛跑。五种方法都从圆环出发，各用自己在这个地形上最好的学习率。下面是 Adam 的两个矩：每个坐标上 $\hat m$ 的大小（实线）和 $\sqrt{\hat v}$（虚线），以及两者之比，也就是以 `lr` 为单位的步长。
#
# *下面的问题，请先在心里回答，再用滑块验证：*
#
# 1. 山谷顺着坐标轴。AdaGrad 和 RMSProp 只用了五步，它们除掉了什么？现在把山谷转到 45°：谁受了影响？两条 $\sqrt{\hat v}$ 的线变成了什么样？
# 2. 从两个矩里哪里能看出 Adam 冲过头了？把 $\beta_1$ 设为 0：什么消失了？会因此变慢吗？
# 3. 任选一个地形，看第 0 步：比值是多少？为什么？
# 4. 在鞍点上，所有方法都从通向鞍点的那条线旁边出发。为什么 AdaGrad 和 RMSProp 几乎察觉不到它？
#
# <details><summary>答案</summary>
#
# 1. 顺着坐标轴时，每个坐标各是一条抛物线，曲率在分子、分母里都出现，约掉了：条件数不见了。转过之后，两个坐标的梯度一样大，两条线重合，再没有什么可以拉平。梯度下降和动量法走的还是原来的步子，只是换了坐标；AdaGrad 和 RMSProp 则要一百多步，重新调学习率也一样。
# 2. $\hat m$ 穿过 0（对数坐标上的尖谷），比值变号。$\beta_1=0$ 时摆动消失，而且顺着坐标轴时反而更快：这里的梯度是精确的，没有噪声可以平均，平均只会带着训练冲过极小点。转到 45° 就反过来了：在那里，平均起的正是动量在山谷里的作用。
# 3. $\pm1$：只有一个梯度，除以它自己的大小。
# 4. 出口方向上的梯度很小，只有 0.01，但它除以的是自己的大小：往外的第一步和别的步子一样长。（如果*恰好*从线上出发，就会一直留在上面：0 除以 ε。）
# </details>

# %% role="experiment"
race_explorer()

# %% [markdown] lang="en"
# ### AdamW: decay beside the step
#
# Put an L2 penalty into Adam, as PyTorch's `Adam(weight_decay=...)` does: its gradient $\lambda x$ joins the gradient $g$, and the sum goes through the machine. What does that do to an entry whose loss gradients are noise of size $s$ (mean 0, root mean square $s$), while $\lambda|x|$ is much smaller? The noise decides the denominator,
# $\sqrt{\hat v}\approx s$. In the numerator it averages out, and what remains is $\hat m\approx\lambda x$. *By which factor does one step multiply $x$, on average? Write it before you open it.*
#
# <details><summary>the line left blank</summary>
#
# $x\leftarrow x-\eta\,\dfrac{\lambda x}{s}=\Bigl(1-\dfrac{\eta\lambda}{s}\Bigr)\,x$
# </details>
#
# So a weight with large gradients hardly decays, and one with small gradients decays fast: the **effective decay** is $\lambda/s$, different for each weight. In the extreme, $g=0$, the machine sees nothing but $\lambda x$, divides it by its own size, and moves the weight towards 0 by $\eta$ per step, *whatever $\lambda$ is*.
#
# Loshchilov and Hutter (2019) take the decay out of the machine:
#
# $$x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}-\eta\lambda\,x_{t-1},\qquad\text{with } m, v \text{ from the gradient of the loss alone.}$$
#
# Every weight now loses the same share, $\eta\lambda$, per step. This is **decoupled** weight decay. It is no longer the gradient of any penalty.
#
# | where | a weight loses per step | default |
# |---|---|---|
# | **here**, `adamw_step`; PyTorch `AdamW` | $\eta\lambda x$ | `weight_decay=0.01` |
# | optax `adamw`; Keras `AdamW` | $\eta\lambda x$ | 1e-4; 0.004 |
# | CS231n (second note) | $\alpha\lambda W$, $\alpha$ its learning rate | none given |
# | CS324 (first note) | AdamW is not mentioned; "weight decay" means L2 | |
# | Loshchilov & Hutter (2019) | $\eta_t\lambda x$: the schedule $\eta_t$ alone, *without* the rate $\alpha$ | |
# | PyTorch `Adam(weight_decay=...)`; **here** `adam_l2_step` | about $\eta\lambda x/\sqrt{\hat v}$ | 0 |
# | Keras `Adam(weight_decay=...)` | $\eta\lambda x$: the name of the one, the rule of the other | none |
# %% [markdown] lang="zh"
# ### AdamW：让衰减走在旁边
#
# 把 L2 惩罚放进 Adam，PyTorch 的 `Adam(weight_decay=...)` 就是这样做的：它的梯度 $\lambda x$ 与梯度 $g$ 相加，再一起送进机器。设某个分量上损失的梯度是大小为 $s$ 的噪声（均值 0，均方根 $s$），而 $\lambda|x|$ 小得多，会怎样？分母由噪声决定，$\sqrt{\hat v}\approx s$；分子里噪声互相抵消，剩下 $\hat m\approx\lambda x$。*平均来说，走一步把 $x$ 乘上多少？先写出来，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# $x\leftarrow x-\eta\,\dfrac{\lambda x}{s}=\Bigl(1-\dfrac{\eta\lambda}{s}\Bigr)\,x$
# </details>
#
# 所以，梯度大的权重几乎不衰减，梯度小的衰减很快：**有效衰减**（effective decay）是 $\lambda/s$，每个权重各不相同。极端情形 $g=0$：机器只看到 $\lambda x$，用它自己的大小去除，于是权重每步向 0 移动 $\eta$，*与 $\lambda$ 无关*。
#
# Loshchilov 与 Hutter（2019）把衰减从机器里拿了出来：
#
# $$x_t=x_{t-1}-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}-\eta\lambda\,x_{t-1},\qquad m, v \text{ 只由损失的梯度算出。}$$
#
# 现在每个权重每步失去同样的份额 $\eta\lambda$。这就是**解耦**权重衰减（decoupled weight decay）。它不再是任何惩罚项的梯度。
#
# | 出处 | 一步失去多少 | 默认值 |
# |---|---|---|
# | **本课程** `adamw_step`；PyTorch `AdamW` | $\eta\lambda x$ | `weight_decay=0.01` |
# | optax `adamw`；Keras `AdamW` | $\eta\lambda x$ | 1e-4；0.004 |
# | CS231n（第二份笔记） | $\alpha\lambda W$，$\alpha$ 是它的学习率 | 没有给出 |
# | CS324（第一份笔记） | 没有提到 AdamW；“权重衰减”指 L2 | |
# | Loshchilov 与 Hutter（2019） | $\eta_t\lambda x$：只有调度 $\eta_t$，*不含*学习率 $\alpha$ | |
# | PyTorch `Adam(weight_decay=...)`；**本课程** `adam_l2_step` | 约 $\eta\lambda x/\sqrt{\hat v}$ | 0 |
# | Keras `Adam(weight_decay=...)` | $\eta\lambda x$：名字是前者，规则是后者 | 无 |

# %% [markdown] lang="en"
# ### Exercise 5: `adamw_step` ({{points:adamw_step}} points, 6 minutes)
#
# Beside it, given, stands Adam with L2: both build on your `adam_step`, in different places.
# %% [markdown] lang="zh"
# ### 练习 5：`adamw_step`（{{points:adamw_step}} 分，6 分钟）
#
# 旁边给出了加 L2 的 Adam：两者都用你的 `adam_step`，只是动手的地方不同。

# %% role="given" id="adam_l2_step"
from reference.weight_decay import adam_l2_step

# %% role="answer" id="adamw_step"
from reference.weight_decay import adamw_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# A step of Adam with the plain gradient, then subtract the decay. Which `params` does the decay use, the old or the new?
# </details>
# <details><summary>Hint 2</summary>
#
# From rest with `params` 2.0, `grads` 5.0, `lr` 0.1, `weight_decay` 0.5: Adam alone gives 1.9. The decay is $0.1\cdot0.5\cdot2=0.1$, so the answer is 1.8.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 用原来的梯度走一步 Adam，再减去衰减。衰减用的是旧的还是新的 `params`？
# </details>
# <details><summary>提示 2</summary>
#
# 从静止出发，`params` 为 2.0，`grads` 为 5.0，`lr` 为 0.1，`weight_decay` 为 0.5：单走 Adam 得 1.9；衰减是 $0.1\cdot0.5\cdot2=0.1$，所以答案是 1.8。
# </details>

# %% role="tests" id="test_adamw_step" points=10
check("adamw_step", adamw_step)

# %% [markdown] lang="en"
# ### Experiment 3: who decays?
#
# A thousand weights in each of four groups, all 1 at first. Their gradients are pure noise around 0, of size 0.01, 0.1, 1 and 10: the data want nothing of them. `lr` 0.001, `weight_decay` 0.5, 2000 steps, once with L2 in Adam and once with AdamW.
#
# **What is left of the weights under L2 in Adam?**
#
# - (a) least where the gradients are smallest, most where they are largest
# - (b) least where the gradients are largest: those take the longest steps
# - (c) the same in all four groups, as with AdamW
# %% [markdown] lang="zh"
# ### 实验 3：谁在衰减？
#
# 四组权重，每组一千个，起初都是 1。它们的梯度只是 0 附近的噪声，大小分别为 0.01、0.1、1 和 10：数据对它们没有任何要求。`lr` 为 0.001，`weight_decay` 为 0.5，走 2000 步，一次用 Adam 加 L2，一次用 AdamW。
#
# **用 Adam 加 L2，各组权重还剩多少？**
#
# - (a) 梯度最小的一组剩得最少，最大的一组剩得最多
# - (b) 梯度最大的一组剩得最少：它们的步子最长
# - (c) 四组相同，和 AdamW 一样

# %% role="answer" id="prediction_decay"
prediction_decay = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_decay = "a"
### END SOLUTION

# %%
NOISE = np.array([0.01, 0.1, 1.0, 10.0])


def what_is_left(step, *, weight_decay, num_steps=2000, lr=0.001):
    """Mean of 1000 weights, 1 at first, in each of the four groups, after every step: (num_steps + 1, 4)."""
    rng = np.random.default_rng(0)
    x = np.ones((4, 1000))
    state, left = adam_init(x), [x.mean(axis=1)]
    for _ in range(num_steps):
        noise = NOISE[:, None] * rng.standard_normal(x.shape)
        x, state = step(x, noise, state, lr=lr, weight_decay=weight_decay)
        left.append(x.mean(axis=1))
    return np.array(left)


# %% role="experiment" nbval="check"
with experiment("adam_step", "adamw_step"):
    kept = {"L2 in Adam": what_is_left(adam_l2_step, weight_decay=0.5), "AdamW": what_is_left(adamw_step, weight_decay=0.5)}
    print("size of the gradients ", *(f"{size:7g}" for size in NOISE))
    for name, means in kept.items():
        print(f"left under {name:10s}:", *(f"{mean:7.2f}" for mean in means[-1]))
    print("exp(-2000 lr lambda/s):", *(f"{np.exp(-1 / size):7.2f}" for size in NOISE))
    print(f"(1 - lr lambda)**2000 : {(1 - 0.0005) ** 2000:7.2f}")

# %% role="experiment"
with experiment("adam_step", "adamw_step", "kept"):
    fig, axes = panels(2, sharey=True)
    for ax, (name, means) in zip(axes, kept.items(), strict=True):
        curves({f"size {size:g}": means[:, i] for i, size in enumerate(NOISE)}, ax=ax, title=name, legend=ax is axes[0])
    axes[0].set_ylabel("mean of the weights")
    show(fig, alt={
        "en": "Two panels, mean of the weights over 2000 steps, one line for each size of gradients. Left, L2 in Adam: the lines fan out, ending at 0.02, 0.03, 0.39 and 0.91, the smaller the gradients the lower. Right, AdamW: all four lie on one curve that ends at 0.37.",
        "zh": "两幅图：2000 步中权重的均值，每种梯度大小一条线。左，Adam 加 L2：四条线散开，终点为 0.02、0.03、0.39 和 0.91，梯度越小越低。右，AdamW：四条线重合，终点 0.37。"},
        caption={"en": "The same decay of 0.5 for all: with L2 in Adam each weight gets another.", "zh": "同样的衰减系数 0.5：Adam 加 L2 时，每个权重得到的都不一样。"})
    reveal("decay", prediction_decay, "a", {
        "en": "Small gradients, small denominator, fast decay. AdamW: 0.37 for all.",
        "zh": "梯度小，分母小，衰减就快。AdamW 则都是 0.37。"})

# %% [markdown] lang="en"
# **What it showed:** the mechanism, and the formula $\lambda/s$ where $s$ is large. Where $s$ is small beside $\lambda|x|$ the decay itself fills the denominator and the loss per step saturates near `lr`: the first two lines start almost straight.
#
# In a network the extreme case is not rare. Five pixels of the digits are never on, so the gradients of their weights are exactly 0:
# %% [markdown] lang="zh"
# **它说明了：** 机理，以及 $s$ 较大时的公式 $\lambda/s$。$s$ 比 $\lambda|x|$ 小的时候，分母由衰减项自己填满，每步的损失止步于 `lr` 附近：头两条线开始时几乎是直的。
#
# 在网络里，极端情形并不少见。digits 有五个像素从来不亮，它们的权重梯度恰好是 0：

# %% role="experiment" nbval="check"
with experiment("adam_step", "adamw_step"):
    never = digits.X_train.max(axis=0) == 0
    first = mlp_init(np.random.default_rng(0), (64, 32, 10), init=he_normal)["W1"][never]
    print(f"{never.sum()} pixels are never on. Of their weights there are left, after 400 steps with lr 0.01:")
    for name, step in [("L2 in Adam", adam_l2_step), ("AdamW", adamw_step)]:
        for decay in (0.01, 0.1):
            params, _ = trained(step, adam_init, lr=0.01, seed=0, num_steps=400, weight_decay=decay)
            share = np.linalg.norm(params["W1"][never]) / np.linalg.norm(first)
            print(f"  {name:10s} weight_decay {decay:4}: {share:.3f}   (1 - lr lambda)**400 = {(1 - 0.01 * decay) ** 400:.3f}")

# %% [markdown] lang="en"
# **What it does not show:** that one of the two is better. It shows that `weight_decay` means two different things. Correction 4 asks what it is worth.
#
# ### Schedules
#
# A rate that is right at the start is too large at the end: with a constant rate mini-batch training hovers at a height proportional to it (01). A **schedule** is a function from the number of updates done to a learning rate. The usual three, and what each costs you:
#
# - **Step decay**, a staircase: constant, then a tenth, then a hundredth. You have to know when.
# - **Cosine annealing**, half a wave from the full rate down to (nearly) zero. You only have to know when it ends, but that beforehand.
# - **Linear warmup**: rise from zero first. It goes in front of either.
#
# | where | step decay | cosine | warmup |
# |---|---|---|---|
# | here | `drop_every`, `factor`, in steps | `num_steps`, `lr_min` as a rate | from exactly 0 |
# | PyTorch | `StepLR(step_size, gamma=0.1)` | `CosineAnnealingLR(T_max, eta_min)`: rises again after `T_max` | `LinearLR(start_factor=1/3, total_iters=5)` |
# | Keras | `ExponentialDecay(staircase=True)` | `CosineDecay(decay_steps, alpha)`: floor as a *share* | `CosineDecay(warmup_target, warmup_steps)` |
# | optax | `exponential_decay(staircase=True)` | `cosine_decay_schedule(..., alpha)`: a share | `warmup_cosine_decay_schedule`, from `init_value` |
# | CS231n | a tenth every 30 epochs | $\frac{\alpha_0}2(1+\cos\frac{\pi t}T)$ | first 5 % of the steps, from 0 |
#
# PyTorch's schedulers count the calls of `scheduler.step()`, which most programs make once per *epoch*; ours count updates. CS324 says only that SGD with momentum wants "a well-chosen decay". The rate at step $t$ is used for update number $t+1$.
# %% [markdown] lang="zh"
# **它没有说明：** 两者孰优孰劣。它说明的是，`weight_decay` 在两处指的不是一回事。衰减究竟值多少，留到更正 4 去问。
#
# ### 学习率调度
#
# 开头合适的学习率，到最后就太大了：学习率不变，小批量训练会在与它成正比的高度上徘徊（01 章）。**学习率调度**（schedule）是一个函数，输入是已做的更新次数，输出是学习率。常用的有三种，各有要付的代价：
#
# - **阶梯衰减**（step decay）：先不变，再降到十分之一，再降到百分之一。你得知道什么时候降。
# - **余弦退火**（cosine annealing）：半个余弦波，从最高降到（接近）零。你只需知道何时结束，但要事先知道。
# - **线性预热**（linear warmup）：先从零升上来。它放在前两者之前。
#
# | 出处 | 阶梯衰减 | 余弦 | 预热 |
# |---|---|---|---|
# | 本课程 | `drop_every`、`factor`，以步计 | `num_steps`，`lr_min` 是学习率 | 从 0 开始 |
# | PyTorch | `StepLR(step_size, gamma=0.1)` | `CosineAnnealingLR(T_max, eta_min)`：过了 `T_max` 又会升 | `LinearLR(start_factor=1/3, total_iters=5)` |
# | Keras | `ExponentialDecay(staircase=True)` | `CosineDecay(decay_steps, alpha)`：下限是*比例* | `CosineDecay(warmup_target, warmup_steps)` |
# | optax | `exponential_decay(staircase=True)` | `cosine_decay_schedule(..., alpha)`：比例 | `warmup_cosine_decay_schedule`，从 `init_value` 开始 |
# | CS231n | 每 30 轮降到十分之一 | $\frac{\alpha_0}2(1+\cos\frac{\pi t}T)$ | 前 5% 的步数，从零开始 |
#
# PyTorch 的调度器数的是 `scheduler.step()` 被调用的次数，多数程序每*轮*（epoch）调用一次；我们数的是更新次数。CS324 只说 SGD 加动量要“配合精良的衰减策略”。第 $t$ 步的学习率用于第 $t+1$ 次更新。

# %% [markdown] lang="en"
# ### Exercise 6: down ({{points:step_decay}} + {{points:cosine_annealing}} points, 12 minutes)
#
# First `step_decay`, by the rule. Then `cosine_annealing`, of which you get a **contract**: the end points and the shape in between.
#
# *Worked example of the cosine.* `lr` 0.4, `lr_min` 0, `num_steps` 8: the rates at steps 0, 2, 4, 6, 8 are 0.4, 0.341, 0.2, 0.059, 0.
# %% [markdown] lang="zh"
# ### 练习 6：下降（{{points:step_decay}} + {{points:cosine_annealing}} 分，12 分钟）
#
# 先按规则写 `step_decay`。然后是 `cosine_annealing`，它只给一份**契约**：两个端点，以及中间的形状。
#
# *余弦的算例。* `lr` 为 0.4，`lr_min` 为 0，`num_steps` 为 8：第 0、2、4、6、8 步的学习率依次是 0.4、0.341、0.2、0.059、0。

# %% role="answer" id="step_decay"
from reference.schedules import step_decay

# %% role="tests" id="test_step_decay" points=4
check("step_decay", step_decay)

# %% role="answer" id="cosine_annealing"
from reference.schedules import cosine_annealing

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# An angle that grows evenly from a crest (angle 0, cosine 1) to the next trough (cosine −1): which angle belongs to `num_steps`? Then bring the cosine's −1 ... 1 to a share between 0 and 1.
# </details>
# <details><summary>Hint 2</summary>
#
# The share $s=\frac12(1+\cos(\pi\,\text{step}/\text{num\_steps}))$ goes from 1 to 0; the rate lies between `lr_min` and `lr` accordingly. Past the end a cosine would rise again: stop the angle there with `min`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 角度从波峰（角度 0，余弦 1）匀速增长到下一个波谷（余弦 −1）：`num_steps` 对应哪个角度？然后把余弦的 −1 … 1 变成 0 到 1 之间的比例。
# </details>
# <details><summary>提示 2</summary>
#
# 比例 $s=\frac12(1+\cos(\pi\,\text{step}/\text{num\_steps}))$ 从 1 降到 0，学习率按它落在 `lr` 与 `lr_min` 之间。过了终点，余弦会再升上去：用 `min` 让角度停在那里。
# </details>

# %% role="tests" id="test_cosine_annealing" points=14
check("cosine_annealing", cosine_annealing)

# %% [markdown] lang="en"
# ### Exercise 7: up, then down ({{points:linear_warmup}} + {{points:warmup_cosine}} points, 7 minutes)
#
# `linear_warmup`, and then the schedule that most large models are trained with: `warmup_cosine`, built from your two functions.
# %% [markdown] lang="zh"
# ### 练习 7：先升后降（{{points:linear_warmup}} + {{points:warmup_cosine}} 分，7 分钟）
#
# 先写 `linear_warmup`，再用你的两个函数拼出 `warmup_cosine`，大模型多半就是用它训练的。

# %% role="answer" id="linear_warmup"
from reference.schedules import linear_warmup

# %% role="tests" id="test_linear_warmup" points=4
check("linear_warmup", linear_warmup)

# %% role="answer" id="warmup_cosine"
from reference.schedules import warmup_cosine

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `warmup_steps = 0` must not divide by zero: then there is no warmup. In the combined schedule the cosine has its own clock, which starts when the warmup ends.
# </details>
# <details><summary>Hint 2</summary>
#
# With `warmup_steps` 3 and `num_steps` 9 the cosine runs over 6 steps; at step 5 it has done 2 of them.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `warmup_steps = 0` 时不能除以零：那就是没有预热。组合起来时，余弦有自己的时钟，预热结束时才开始走。
# </details>
# <details><summary>提示 2</summary>
#
# `warmup_steps` 为 3、`num_steps` 为 9 时，余弦走 6 步；到第 5 步时，它走了 2 步。
# </details>

# %% role="tests" id="test_warmup_cosine" points=5
check("warmup_cosine", warmup_cosine)

# %% [markdown] lang="en"
# ### Fair tuning
#
# "Each method at its best learning rate" has been our rule since chapter 03, with rates on a grid. With two or three hyper-parameters a grid wastes most of its trials: nine trials on a 3×3 grid try only three values of each. **Random search** tries nine of each (Bergstra & Bengio 2012). Draw
# each value *log-uniformly*, so that every decade is as likely: 0.001 to 0.01 as likely as 0.1 to 1. And hold to five rules:
#
# 1. The **same number of trials** for every method. Ranges wide enough for each; if the best lies at an end, the range was wrong.
# 2. Choose on **validation** data. The test set is used **once**, with what was chosen.
# 3. Choose with some seeds, compare on **fresh** ones, in pairs: same seed, same start, same batches.
# 4. Report the interval. A difference inside it is none.
# 5. Report the **median** of the trials beside the best: it says how easily a method is tuned.
# %% [markdown] lang="zh"
# ### 公平地调参
#
# 从 03 章起，我们的规矩就是“各用自己最好的学习率”，当时用的是网格。有两三个超参数时，网格的大部分试验都浪费了：3×3 的网格试九次，每个超参数只试了三个值；**随机搜索**（random search）则试了九个（Bergstra 与 Bengio，2012）。每个值按*对数均匀*（log-uniform）分布来抽，使每个数量级机会相等：0.001 到 0.01 与 0.1 到 1 同样可能。此外守住五条规矩：
#
# 1. 每种方法的**试验次数相同**。范围要对每种方法都够宽；如果最好的落在端点上，说明范围取错了。
# 2. 用**验证集**挑选；**测试集只用一次**，用挑出来的那一个。
# 3. 用一些种子挑选，在**新**种子上成对比较：种子相同，起点和批次就相同。
# 4. 报告区间。落在区间之内的差别，等于没有差别。
# 5. 除了最好的，还要报告各次试验的**中位数**：它说明一种方法好不好调。

# %% [markdown] lang="en"
# ### Exercise 8: `random_search` ({{points:random_search}} points, 12 minutes)
#
# *Worked example.* The range is (0.001, 10), four decades, and the share drawn is 0.25: the value is $0.001\cdot10000^{0.25}=0.01$, one decade up.
# %% [markdown] lang="zh"
# ### 练习 8：`random_search`（{{points:random_search}} 分，12 分钟）
#
# *算例。* 范围是 (0.001, 10)，四个数量级，抽到的份额为 0.25：值是 $0.001\cdot10000^{0.25}=0.01$，往上一个数量级。

# %% role="answer" id="random_search"
from reference.tuning import random_search

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# One call of `rng.random((num_trials, len(ranges)))` before the loop; row $i$ belongs to trial $i$, and its columns go with the names in the order of `ranges`. A dict per trial.
# </details>
# <details><summary>Hint 2</summary>
#
# NaN is not smaller than anything, and nothing is smaller than NaN: `min` over losses with a NaN in front returns that NaN. Replace NaN by `np.inf` for choosing, and keep the true loss in `trials`. Give `validation_loss` a copy of the config: it might change it.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 循环之前只调用一次 `rng.random((num_trials, len(ranges)))`；第 $i$ 行属于第 $i$ 次试验，各列按 `ranges` 的顺序对应各个名字。每次试验一个字典。
# </details>
# <details><summary>提示 2</summary>
#
# NaN 不比任何数小，也没有数比 NaN 小：第一个损失是 NaN 时，`min` 会把它当作最小值。挑选时把 NaN 换成 `np.inf`，`trials` 里则保留真实的损失。传给 `validation_loss` 的应当是配置的副本，以防它被改掉。
# </details>

# %% role="tests" id="test_random_search" points=8
check("random_search", random_search)

# %% [markdown] lang="en"
# ### Experiment 4: four schedules, two methods, one rule for all
#
# The MLP on digits, mini-batches of 16, 400 steps. SGD with momentum 0.9 and Adam, each with a constant rate, step decay (a tenth after 160 and again after 320 steps), cosine, and warmup (40 steps) then cosine. All eight arms are tuned alike: ten trials of your `random_search` over two and a half decades of `lr`, chosen on the validation loss.
# Then each trains with six fresh seeds.
#
# Cosine will beat a constant rate; that much chapter 01 says. **What about the warmup in front of it?**
#
# - (a) it helps both methods about as much
# - (b) it helps Adam and makes next to no difference to SGD with momentum
# - (c) it helps SGD with momentum; Adam adapts anyway
# %% [markdown] lang="zh"
# ### 实验 4：四种调度，两种方法，同一套规矩
#
# 在 digits 上训练 MLP，小批量为 16，共 400 步。方法是动量 0.9 的 SGD 和 Adam，调度有四种：学习率不变、阶梯衰减（160 步、320 步之后各降到十分之一）、余弦、预热（40 步）再余弦。这八组用同样的办法调参：用你的 `random_search` 在两个半数量级的 `lr` 里试十次，按验证损失挑选。然后各用六个新种子训练。
#
# 余弦会胜过不变的学习率，这一点 01 章已经说明了。**那么在它前面加一段预热呢？**
#
# - (a) 对两种方法的帮助差不多
# - (b) 对 Adam 有帮助，对带动量的 SGD 几乎没有区别
# - (c) 对带动量的 SGD 有帮助；Adam 反正会自己适应

# %% role="answer" id="prediction_warmup"
prediction_warmup = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_warmup = "b"
### END SOLUTION

# %%
NUM_STEPS = 400
SCHEDULES = {
    "constant": lambda t, lr: lr,
    "step decay": lambda t, lr: step_decay(t, lr=lr, drop_every=160),
    "cosine": lambda t, lr: cosine_annealing(t, lr=lr, num_steps=NUM_STEPS),
    "warmup, cosine": lambda t, lr: warmup_cosine(t, lr=lr, warmup_steps=40, num_steps=NUM_STEPS),
}
RANGES = {"momentum": {"lr": (0.003, 1.0)}, "Adam": {"lr": (0.001, 0.3)}}


def scheduled(method, schedule, lr, seed):
    """(training loss, validation loss, test accuracy) of one arm of the experiment."""
    step, init = METHODS[method]
    return results(step, init, lr=lambda t: SCHEDULES[schedule](t, lr), seed=seed, num_steps=NUM_STEPS, batch_size=16)


# %% role="experiment"
with experiment("adam_step", "step_decay", "cosine_annealing", "warmup_cosine", "random_search"):
    endings = {}
    print("method    schedule         best lr   validation loss: best, median   train loss   test accuracy")
    for method, ranges in RANGES.items():
        for schedule in SCHEDULES:
            best, trials = random_search(
                lambda config: scheduled(method, schedule, config["lr"], seed=0)[1],
                ranges, num_trials=10, rng=np.random.default_rng(7))
            losses = [loss for _, loss in trials]
            ends = np.array([scheduled(method, schedule, best["lr"], seed) for seed in range(100, 106)])
            endings[method, schedule] = ends
            print(f"{method:9s} {schedule:15s} {best['lr']:8.3f} {np.min(losses):17.3f} {np.median(losses):12.3f}"
                  f" {ends[:, 0].mean():15.3f} {ends[:, 2].mean():12.3f}")
    race = endings

# %% role="experiment"
with experiment("adam_step", "step_decay", "cosine_annealing", "warmup_cosine", "race"):
    ax = curves({name: np.array([schedule(t, 1.0) for t in range(NUM_STEPS + 1)]) for name, schedule in SCHEDULES.items()},
                ylabel="learning rate / lr")
    show(ax.figure, alt={
        "en": "Learning rate over 400 steps for four schedules: constant at 1; a staircase from 1 to 0.1 at step 160 and 0.01 at 320; half a cosine from 1 to 0; a straight rise from 0 to 1 in 40 steps, then half a cosine to 0.",
        "zh": "四种调度在 400 步中的学习率：恒为 1；阶梯，第 160 步降到 0.1，第 320 步降到 0.01；半个余弦从 1 到 0；40 步内从 0 直线升到 1，再沿半个余弦降到 0。"},
        caption={"en": "The four schedules.", "zh": "四种调度。"})
    duels = {}
    for method in RANGES:
        duels[f"{method}: step decay − constant"] = race[method, "step decay"] - race[method, "constant"]
        duels[f"{method}: cosine − constant"] = race[method, "cosine"] - race[method, "constant"]
        duels[f"{method}: warmup, cosine − cosine"] = race[method, "warmup, cosine"] - race[method, "cosine"]
    duels["warmup, cosine: Adam − momentum"] = race["Adam", "warmup, cosine"] - race["momentum", "warmup, cosine"]
    loss_duels = {name: duel[:, 0] for name, duel in duels.items()}
    words = {name: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(values)) for name, values in loss_duels.items()}
    ax = paired(loss_duels, xlabel="difference of the training loss")
    ax.figure.set_size_inches(7.6, 4.6)
    show(ax.figure, alt={
        "en": "Paired differences of the training loss on six fresh seeds with 95 % intervals. " + "; ".join(f"{name}: {text}" for name, text in words.items()) + ".",
        "zh": "六个新种子上训练损失的成对差及 95% 区间。" + "；".join(f"{name}：{text}" for name, text in words.items()) + "。"},
        caption={"en": "Left of the dashed line the first of the two is better.", "zh": "虚线左侧表示前者更好。"})
    for name, duel in duels.items():
        print(f"test accuracy, {name:36s}" + "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(duel[:, 2])))
    reveal("warmup", prediction_warmup, "b", {
        "en": f"Warmup in front of cosine, training loss: Adam {words['Adam: warmup, cosine − cosine']}, momentum {words['momentum: warmup, cosine − cosine']}.",
        "zh": f"余弦前加预热，训练损失：Adam {words['Adam: warmup, cosine − cosine']}，动量法 {words['momentum: warmup, cosine − cosine']}。"})

# %% [markdown] lang="en"
# **What it showed:** cosine beats a constant rate for both methods, also when each is tuned. Step decay, at moments that we had guessed, stays inside the noise: its two numbers want tuning as well. A warmup in front of the cosine makes Adam's training loss a third lower, and gives momentum so little that the interval touches 0.
#
# And the advice of the first note, "beginners: Adam; for the best performance: SGD with momentum and a schedule"? With the same schedule and the same effort Adam ends with the lower *training* loss, and on the *test* set the two cannot be told apart. Of the seven intervals for test accuracy one excludes 0, by a hair; among seven at 95 % that is no surprise.
#
# **What it does not show:** how it would be on another task, with more steps, or with a tuned length of the warmup. Ten trials are few: all arms saw the same ten draws, and the best for both constant rates were among the last two. Set `num_trials` to 8 and see how much worse a constant rate looks, for lack of effort alone.
#
# ### A case that needs warmup
#
# The same training of Adam and of momentum, with cosine, against the learning rate, once with a warmup of 40 steps and once without.
#
# *Before you run it:* where along the axis will the two lines of Adam part?
# %% [markdown] lang="zh"
# **它说明了：** 即使双方都调过，余弦也胜过不变的学习率，两种方法都是如此。阶梯衰减的时刻是我们猜的，结果没有超出噪声：它那两个数也得调。在余弦前加预热，Adam 的训练损失低了三分之一；动量法得到的好处小到区间碰着了 0。
#
# 那么第一份笔记的建议，“初学者用 Adam，追求最佳性能用 SGD 加动量并配合调度”呢？调度相同、力气相同的时候，Adam 最后的*训练*损失更低，而在*测试集*上两者分不出高下。七个测试准确率的区间里，有一个勉强不含 0；在七个 95% 的区间里，这不足为奇。
#
# **它没有说明：** 换一个任务、走更多步，或者把预热的长度也调好，会怎样。十次试验并不多：各组用的是同样的十次抽取，而两个不变的学习率，最好的都在最后两次里。把 `num_trials` 改成 8 再看：仅仅因为少花了点力气，不变的学习率就难看了许多。
#
# ### 一个需要预热的例子
#
# 同样的训练，Adam 和动量法都用余弦，看不同的学习率下，有 40 步预热和没有预热各会怎样。
#
# *运行之前想一想：* Adam 的两条线会在横轴的什么地方分开？

# %% role="experiment"
with experiment("adam_step", "cosine_annealing", "warmup_cosine"):
    grids = {"momentum": 10 ** np.arange(-1.5, -0.24, 0.25), "Adam": 10 ** np.arange(-1.75, -0.49, 0.25)}
    lines = {}
    for method, rates in grids.items():
        for schedule in ("cosine", "warmup, cosine"):
            lines[method, schedule] = np.array([
                np.mean([scheduled(method, schedule, lr, seed)[0] for seed in (0, 1)]) for lr in rates])
    fig, axes = panels(2, sharey=True)
    for ax, (method, rates) in zip(axes, grids.items(), strict=True):
        for i, (schedule, label) in enumerate([("cosine", "no warmup"), ("warmup, cosine", "warmup of 40 steps")]):
            ax.plot(rates, np.minimum(lines[method, schedule], 10), label=label, **look(i))
        ax.set(xscale="log", yscale="log", xlabel="lr", title=method)
        ax.set_xticks(rates, [f"{lr:.2g}" for lr in rates])
        ax.xaxis.minorticks_off()
    axes[0].set_ylabel("training loss")
    axes[1].legend()
    for at, lr in enumerate(grids["Adam"]):
        print(f"Adam, lr {lr:.3f}: {lines['Adam', 'cosine'][at]:.3f} without warmup, {lines['Adam', 'warmup, cosine'][at]:.3f} with")
    show(fig, alt={
        "en": "Two log-log panels, training loss against learning rate, with and without warmup. Momentum: the two lines lie close together wherever training works. Adam: together at small rates; from about 0.03 on they part, the one without warmup turns at 0.06 and rises steeply, the one with warmup goes lower, down to 0.1, before it turns.",
        "zh": "两幅双对数图：训练损失对学习率，有预热与无预热。动量法：凡是训练得动的地方，两条线都靠得很近。Adam：学习率小时在一起，从 0.03 左右分开；没有预热的线在 0.06 处转头陡升，有预热的线继续下降，到 0.1 才转头。"},
        caption={"en": "Two seeds, cosine after the warmup.", "zh": "两个种子的平均，预热之后为余弦。"})

# %% [markdown] lang="en"
# At rates of 0.1 and more Adam *needs* the warmup: without it the first steps kill units, as in patient C of sitting A. At small rates it changes next to nothing. So "does warmup help?" has no answer without the learning rate. What it buys is range: rates that would be the best for the rest of the run, and could not be used for its beginning.
#
# ### The notes you may have read
#
# **4. "AdamW consistently improves generalization."** (Second note, which speaks of many experiments.) Ours: the digits with cosine, `lr` 0.03 (about what experiment 4 chose for Adam), and `weight_decay` from 0.00001 to 1, for L2 in Adam and for AdamW. After that, on fresh seeds, two moderate decays for each against none.
#
# *Before you run it:* is there a decay at which the validation loss is clearly lower than without? And will the two curves have the same shape?
# %% [markdown] lang="zh"
# 学习率到了 0.1 以上，Adam *必须*预热：不预热，最初几步就会弄死单元，像 A 节的病人 C 那样。学习率小的时候，有没有预热几乎都一样。所以不提学习率，“预热有没有用”就没有答案。它换来的是范围：有些学习率对后面的训练最好，只是开头用不得，有了预热就用得上了。
#
# ### 你可能读过的笔记
#
# **4. “AdamW 持续提升泛化性能。”**（第二份笔记，说有大量实验。）我们的实验：digits，余弦，`lr` 为 0.03（与实验 4 为 Adam 选出的差不多），`weight_decay` 从 0.00001 到 1，Adam 加 L2 和 AdamW 都试。然后在新种子上，各取两个适中的衰减系数，与不衰减相比。
#
# *运行之前想一想：* 有没有哪个衰减系数，能让验证损失明显低于不衰减？两条曲线的形状会一样吗？

# %%
DECAYS = 10.0 ** np.arange(-5, 1)


def decayed(step, weight_decay, seed):
    """(training loss, validation loss, test accuracy) of Adam with cosine and this decay."""
    return results(step, adam_init, lr=lambda t: cosine_annealing(t, lr=0.03, num_steps=NUM_STEPS), seed=seed,
                   num_steps=NUM_STEPS, batch_size=16, weight_decay=weight_decay)


# %% role="experiment"
with experiment("adam_step", "adamw_step", "cosine_annealing"):
    def on_seeds(step, weight_decay, seeds):
        return np.array([decayed(step, weight_decay, seed) for seed in seeds])

    without = on_seeds(adamw_step, 0, range(2))[:, 1].mean()
    found = {name: np.array([on_seeds(step, decay, range(2))[:, 1].mean() for decay in DECAYS])
             for name, step in [("L2 in Adam", adam_l2_step), ("AdamW", adamw_step)]}
    ax = curves(found, x=DECAYS, xlabel="weight_decay", ylabel="validation loss", logx=True, logy=True)
    ax.axhline(without, color="black", linewidth=1, linestyle=":")
    show(ax.figure, alt={
        "en": "Log-log plot of the validation loss against weight_decay from 0.00001 to 1. Both lines run along the dotted line, 0.08, which is no decay at all, and then rise: L2 in Adam from 0.001 on, up to 2.3; AdamW from 0.1 on, to about 0.5. Neither goes clearly below the dotted line.",
        "zh": "验证损失对 weight_decay（0.00001 到 1）的双对数图。两条线起初都贴着点线（0.08，即不衰减），然后上升：Adam 加 L2 从 0.001 开始，升到 2.3；AdamW 从 0.1 开始，升到 0.5 左右。没有一条明显低于点线。"},
        caption={"en": "Two seeds. Dotted: no decay.", "zh": "两个种子的平均。点线：不衰减。"})
    fresh = range(200, 208)
    base = on_seeds(adamw_step, 0, fresh)[:, 2]
    print(f"no decay: test accuracy {base.mean():.3f}. Difference to it, same seeds:")
    for name, step, decay in [("L2 in Adam", adam_l2_step, 1e-4), ("L2 in Adam", adam_l2_step, 1e-3),
                              ("AdamW", adamw_step, 0.01), ("AdamW", adamw_step, 0.1)]:
        difference = on_seeds(step, decay, fresh)[:, 2] - base
        print(f"{name:10s} {decay:6}: " + "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(difference)))

# %% [markdown] lang="en"
# No gain on digits, by either: the curves never go clearly below the dotted line, and the intervals hold 0 (one test image is 0.003). What one does see is that the same number means two things: AdamW bears a hundred times the `weight_decay` of L2 in Adam. The gains in the literature are for long trainings of large networks; a small net on a small task neither confirms nor refutes them.
#
# **5. "$W\leftarrow(1-\alpha\lambda)W-\dots$, so every weight decays the same."** The same *as the others*, yes. But the amount now hangs on the learning rate, and on its schedule. What is left of a weight without gradient after 1000 steps, with $\lambda=0.1$:
# %% [markdown] lang="zh"
# 在 digits 上，两种都没有提升：曲线从未明显低于点线，区间都包含 0（一张测试图像就是 0.003）。看得出来的是，同一个数在两处意思不同：AdamW 经得起的 `weight_decay`，是 Adam 加 L2 的一百倍。文献里的提升，说的是大网络的长时间训练；小任务上的小网络既不能证实，也不能推翻。
#
# **5. “$W\leftarrow(1-\alpha\lambda)W-\dots$，所以每个权重衰减得一样。”** 各权重*之间*一样，不错。但衰减多少，如今取决于学习率，以及它的调度。没有梯度的权重，$\lambda=0.1$，1000 步之后还剩：

# %% role="experiment" nbval="check"
with experiment("cosine_annealing"):
    print("lr                                     0.001    0.01     0.1")
    for name, shape in [("constant", lambda t: 1.0), ("cosine", lambda t: cosine_annealing(t, lr=1.0, num_steps=1000))]:
        left = [np.prod([1 - lr * shape(t) * 0.1 for t in range(1000)]) for lr in (0.001, 0.01, 0.1)]
        print(f"lr * lambda (here, PyTorch), {name:9s}", *(f"{one:7.3f}" for one in left))
        left = [np.prod([1 - shape(t) * 0.001 for t in range(1000)])] * 3
        print(f"eta_t * lambda' (paper),     {name:9s}", *(f"{one:7.3f}" for one in left))

# %% [markdown] lang="en"
# (With $\lambda'=0.001$, the paper's constant for the same decay at lr 0.01.) In the paper the schedule multiplies both the step and the decay, the learning rate only the step. Whoever moves a paper's $\lambda$ into a library has to divide it by the rate; and whoever tunes `lr` in a library tunes the decay along with it.
#
# **6. "Warmup avoids divergence caused by inaccurate gradient estimates."** (Second note.) If that were the reason, exact gradients would need none. The full gradient of all 1197 images, 100 steps of Adam, with a warmup of 20 steps and without:
# %% [markdown] lang="zh"
# （$\lambda'=0.001$ 是论文形式在 lr 为 0.01 时衰减相同的常数。）在论文里，调度同时乘在步长和衰减上，学习率只乘在步长上。把论文的 $\lambda$ 搬进某个库，要除以学习率；在库里调 `lr`，也就连带调了衰减。
#
# **6. “预热避免因梯度估计不准导致的发散。”**（第二份笔记。）果真如此的话，精确的梯度就不需要预热。用全部 1197 张图的梯度，Adam 走 100 步，有 20 步预热和没有预热：

# %% role="experiment"
with experiment("adam_step", "cosine_annealing", "warmup_cosine"):
    print("Adam, exact gradients, 100 steps. Training loss:")
    for lr in (0.03, 0.1, 0.3):
        ends = [np.mean([results(adam_step, adam_init, lr=lambda t: warmup_cosine(t, lr=lr, warmup_steps=warmup, num_steps=100),
                                 seed=seed, num_steps=100, batch_size=1197)[0] for seed in (0, 1)]) for warmup in (0, 20)]
        print(f"lr {lr:4}: {ends[0]:.3f} without warmup, {ends[1]:.3f} with")

# %% [markdown] lang="en"
# Exact gradients, and the same picture. In the first steps *all* entries move by `lr` at once, in directions that agree (A), which is a large move of the whole network where the loss is steepest. Why warmup helps is argued to this day: the variance of $\hat v$ early on (Liu et al. 2020), or simply the size of the early updates (Ma & Yarats 2021); for plain SGD, that the sharpness comes down while
# the rate is still small (Gilmer et al. 2022). Our experiment speaks against noise as the *only* reason.
# %% [markdown] lang="zh"
# 梯度精确，情形依旧。最初几步里，*所有*分量同时走 `lr`，而且方向协调（A 节），整个网络在损失最陡的地方猛地移动一大步。预热为什么有用，至今仍有争论：有人说是早期 $\hat v$ 的方差大（Liu 等，2020），有人说只是早期的更新太大（Ma 与 Yarats，2021）；对普通 SGD，则是趁学习率还小，锐度先降下来（Gilmer 等，2022）。我们的实验只能说明，噪声不是*唯一*的原因。

# %% [markdown] lang="en"
# ### Clinic
#
# Three more runs on digits, Adam or AdamW, 400 steps. Loss (above) and learning rate (below).
# %% [markdown] lang="zh"
# ### 诊室
#
# digits 上又有三次训练，用 Adam 或 AdamW，400 步。上面是损失，下面是学习率。

# %% role="experiment"
with experiment("adam_step", "adamw_step", "cosine_annealing", "warmup_cosine"):
    patients = {
        "D": (adam_step, lambda t: 0.05 * (1 + np.cos(np.pi * t / 200)) / 2, {}),
        "E": (adamw_step, lambda t: warmup_cosine(t, lr=0.02, warmup_steps=40, num_steps=400), {"weight_decay": 5.0}),
        "F": (adam_step, lambda t: warmup_cosine(t // 20, lr=0.02, warmup_steps=40, num_steps=400), {}),
    }
    fig, axes = panels(3, 2, sharex=True, sharey="row", figsize=(8, 4.6))
    for (above, below), (name, (step, schedule, hyper)) in zip(axes.T, patients.items(), strict=True):
        params, history = trained(step, adam_init, lr=schedule, seed=0, num_steps=400, batch_size=16, **hyper)
        above.plot(np.convolve(history["loss"], np.ones(10) / 10, mode="valid"))
        below.plot(history["lr"], color="#d55e00")
        above.set(yscale="log", title=name)
        below.set(xlabel="step")
        print(f"{name}: root mean square of W1 at the end {np.sqrt(np.mean(params['W1'] ** 2)):.3f}")
    axes[0, 0].set_ylabel("loss, mean of 10")
    axes[1, 0].set_ylabel("learning rate")
    show(fig, alt={
        "en": "Three pairs of curves. D: the loss falls until step 200 and rises again after it; the rate is a whole cosine, down to 0 at 200 and up again. E: the loss falls a little and hangs at about 1.7 from then on; the rate is a warmup and a cosine. F: the loss falls very slowly; the rate rises in small stairs and has reached half of 0.02 at the end.",
        "zh": "三对曲线。D：损失降到第 200 步，之后又升；学习率是一整个余弦，200 步时降到 0，然后又升上去。E：损失降了一点，此后一直停在 1.7 左右；学习率是预热加余弦。F：损失降得很慢；学习率一小级一小级地上升，到最后才升到 0.02 的一半。"},
        caption={"en": "Each run has one mistake.", "zh": "每次训练各有一处错误。"})

# %% [markdown] lang="en"
# **D.** "Cosine, as in the book. It got worse in the second half."
# <details><summary>overfitting</summary>This is the <i>training</i> loss. It rises with the rate, step by step.</details>
# <details><summary>the schedule was told half of the number of steps, and a cosine rises again</summary><b>Yes.</b> PyTorch's <code>CosineAnnealingLR</code> does just this past <code>T_max</code>. Yours holds <code>lr_min</code>.</details>
# <details><summary>Adam diverges</summary>Then it would not depend on where the rate is.</details>
#
# **E.** AdamW, `weight_decay` 5, "since the paper used a large one". The line above the figure gives the size of the weights: about 0.2 when they were drawn.
# <details><summary>too large a learning rate</summary>Then it would come down when the rate falls to 0. It hangs at the same height throughout.</details>
# <details><summary>the decay is too strong for this library's convention</summary><b>Yes.</b> At the peak each step takes $0.02\cdot5=10\,\%$ of every weight while Adam moves it by 0.02 at most: no weight can grow beyond $0.02/0.1=0.2$, and most stay far below. A smaller rate does not help, since it shrinks both alike; look at the ratio. The paper's $\lambda$ is not multiplied by the rate and has to be converted.</details>
# <details><summary>vanishing gradients</summary>With one hidden layer? Look at the size of the weights instead: a third of what it was at the start.</details>
#
# **F.** Same settings as a colleague's run that reached 0.05.
# <details><summary>the schedule is asked with the epoch, not with the step</summary><b>Yes.</b> The stairs are 20 steps wide: <code>t // 20</code>. After 400 steps it believes it is at step 19 and still warming up. Count in one unit only.</details>
# <details><summary>the warmup is too long</summary>It was meant to be 40 steps, 10 % of the run. Look at what the rate did.</details>
# <details><summary>the learning rate is too small</summary>It is small, but as a consequence. 0.02 is fine.</details>
# %% [markdown] lang="zh"
# **D.** “用的是余弦，和书上一样，后一半却变差了。”
# <details><summary>过拟合</summary>这是<i>训练</i>损失。它跟着学习率一步步升高。</details>
# <details><summary>告诉调度的总步数只有一半，而余弦过了终点会再升</summary><b>正确。</b>PyTorch 的 <code>CosineAnnealingLR</code> 过了 <code>T_max</code> 就是这样。你写的会停在 <code>lr_min</code>。</details>
# <details><summary>Adam 发散了</summary>那样就不会与学习率的位置有关。</details>
#
# **E.** AdamW，`weight_decay` 取 5，“因为论文里取得很大”。图上方那一行给出了权重的大小：初始化时约为 0.2。
# <details><summary>学习率太大</summary>那样的话，学习率降到 0 时损失会降下来。它却自始至终停在同一高度。</details>
# <details><summary>对这个库的约定来说，衰减太强</summary><b>正确。</b>学习率最高时，每一步拿走每个权重的 $0.02\cdot5=10\,\%$，而 Adam 一步最多走 0.02：权重再大也大不过 $0.02/0.1=0.2$，多数还小得多。减小学习率也没用，两者一起变小，比值不变。论文的 $\lambda$ 不乘学习率，搬到这里要先换算。</details>
# <details><summary>梯度消失</summary>只有一个隐藏层。还是看看权重的大小：只剩开始时的三分之一。</details>
#
# **F.** 设置与同事的相同，同事的损失降到了 0.05。
# <details><summary>问调度时给的是轮数，不是步数</summary><b>正确。</b>台阶宽 20 步：<code>t // 20</code>。400 步之后它还以为自己在第 19 步，仍在预热。只能用一种单位来数。</details>
# <details><summary>预热太长</summary>本意是 40 步，占全程的 10%。看看学习率实际上怎样变化。</details>
# <details><summary>学习率太小</summary>是小，但那是结果。0.02 本身没问题。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** Under L2 in Adam you double λ for a weight whose loss gradient is always 0. How much faster does it shrink?
# <details><summary>twice as fast</summary>That is AdamW, and gradient descent.</details>
# <details><summary>not at all: it moves by lr per step either way</summary><b>Right.</b> The factor 2 stands in $\hat m$ and in $\sqrt{\hat v}$.</details>
# <details><summary>√2 times</summary>Adam divides by a root of squares, which is of first degree.</details>
#
# **5.** A run of 1000 steps with cosine annealing goes so well that you let it go on for 500 more. What does your `cosine_annealing` do, and what should you have done?
# <details><summary>it rises again, so all is well</summary>Yours holds <code>lr_min</code> after the end (PyTorch's rises). And a rise at the end would undo the descent.</details>
# <details><summary>the rate is lr_min, so nothing moves; the length had to be chosen beforehand, or a new cycle started</summary><b>Right.</b> A warm restart (Further 4), or a schedule without a fixed end: constant, then a short decay.</details>
# <details><summary>it raises ValueError</summary>The contract covers later steps.</details>
#
# **6.** A paper tunes its new method with 50 trials, runs Adam "with default settings", 1 seed each, and gains 0.4 points of accuracy on 10 000 test images. What is the *first* objection?
# <details><summary>the test set is too small</summary>A standard error of about 0.3 points is indeed not far away; but even an infinite test set would not mend what comes before.</details>
# <details><summary>the two sides were not tuned with the same effort</summary><b>Right.</b> Experiment 2: Adam's default was not even within the good range. After that come seeds, intervals, and the schedule.</details>
# <details><summary>Adam should have been AdamW</summary>Perhaps as well, but also tuned.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 用 Adam 加 L2，某个权重上损失的梯度总是 0，把 λ 加倍，它缩小得快多少？
# <details><summary>快一倍</summary>那是 AdamW 和梯度下降。</details>
# <details><summary>一点也不快：反正每步走 lr</summary><b>正确。</b>因子 2 同时出现在 $\hat m$ 和 $\sqrt{\hat v}$ 里。</details>
# <details><summary>快到 √2 倍</summary>Adam 除以的是平方平均的根，它对 λ 是一次的。</details>
#
# **5.** 用余弦退火训练 1000 步，效果很好，于是接着再跑 500 步。你写的 `cosine_annealing` 会怎样？本来该怎么做？
# <details><summary>学习率又升上去，所以没问题</summary>你写的在终点之后停在 <code>lr_min</code>（PyTorch 的会升）。何况最后再升，就把降下来的又毁了。</details>
# <details><summary>学习率是 lr_min，什么都不动；长度要事先定好，或者开始新的一个周期</summary><b>正确。</b>可以热重启（warm restart，拓展 4），或用没有固定终点的调度：先不变，最后短短地降一段。</details>
# <details><summary>抛出 ValueError</summary>契约里包括了之后的步数。</details>
#
# **6.** 一篇论文给自己的新方法试了 50 次，Adam 则“用默认设置”，各一个种子，在 10 000 张测试图像上准确率高了 0.4 个百分点。*第一条*反对意见是什么？
# <details><summary>测试集太小</summary>标准误约 0.3 个百分点，的确差不了多少；但就算测试集无穷大，也补不上前面的问题。</details>
# <details><summary>双方调参的力气不同</summary><b>正确。</b>实验 2 里，Adam 的默认值甚至不在好的范围之内。然后才轮到种子、区间和调度。</details>
# <details><summary>应该用 AdamW</summary>也许，但同样得调参。</details>

# %% role="tests" id="test_predictions_b" of="prediction_decay prediction_warmup" points=4
made = [guess for guess in (prediction_decay, prediction_warmup) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### A question to yourself
#
# A colleague has trained your digits network with SGD with momentum and has got 96.0 % on the test set. She proposes to "switch to AdamW with warmup, which is what everybody uses", and asks you for a plan for one afternoon that would tell whether it is worth it. Write it in six to eight sentences: what is compared with what, how it is tuned, what is reported, and which result would make you advise against. Then compare.
#
# <details><summary>a model answer and how to judge your own</summary>
#
# Two arms, SGD with momentum and AdamW, and in both the same schedules to choose from (cosine with and without warmup), so that the schedule does not ride along with the method. In each arm, say, 30 trials of random search: learning rate for the first, learning rate and weight decay for the second, log-uniform over two to three decades, with equal numbers of steps per trial; chosen on the validation
# set. If a winner lies at the end of its range, widen it for both. Then ten fresh seeds for each winner, in pairs, and the test set once. I report the mean paired difference with its interval, the median of the trials for both, and the time per step, since Adam keeps two more arrays. If the interval holds 0 I advise to stay, unless AdamW's median is much better: then it is worth having
# because the next task will be tuned less. Experiment 4 makes me expect differences of a fraction of a percent, that is of one or two of 300 images; so a test set of 300 may not decide it, and I would say so beforehand.
#
# Give yourself a point each for: equal effort with the schedule held apart from the method; validation, fresh seeds and the test set once, with an interval; naming in advance a result that would speak against the switch.
# </details>
# %% [markdown] lang="zh"
# ### 问自己一题
#
# 一位同事用带动量的 SGD 训练了你的 digits 网络，测试准确率 96.0%。她提议“换成 AdamW 加预热，大家都用这个”，请你给一个下午能做完的方案，看值不值得换。用六到八句话写下：拿什么和什么比，怎么调参，报告什么，什么样的结果会让你劝她别换。然后对照。
#
# <details><summary>参考答案，以及怎样给自己打分</summary>
#
# 两组：带动量的 SGD 和 AdamW；两组可选的调度相同（余弦，带或不带预热），免得调度的功劳记在方法头上。每组做（比如说）30 次随机搜索：前者搜学习率，后者搜学习率和权重衰减，在两到三个数量级上按对数均匀抽取，每次试验的步数相同，用验证集挑选。优胜者若落在范围的端点，两组都放宽再搜。然后各用十个新种子，成对比较，测试集只用一次。报告成对差的均值和区间、两组试验的中位数，以及每步的时间（Adam 要多存两个数组）。区间包含 0，我就劝她别换；除非 AdamW 的中位数好得多，那它仍然值得用，因为下一个任务不会调得这么细。根据实验 4，我估计差别只有百分之零点几，也就是 300 张里的一两张；300 张的测试集可能分不出来，这一点我会事先说明。
#
# 以下各得一分：力气相同，并把调度与方法分开；验证集、新种子、测试集只用一次，并给出区间；事先说明什么结果不支持换。
# </details>

# %% [markdown] lang="en"
# ### Summary
#
# - L2 in Adam decays each weight by about $\eta\lambda/s$, where $s$ is the size of its gradients; AdamW by $\eta\lambda$, the same for all. On digits neither gains accuracy.
# - A falling rate takes training below the noise floor. Cosine needs to know the end, step decay the moments.
# - Warmup lets Adam use rates at which its first steps would otherwise wreck the network. SGD with momentum hardly cared here. Noise is not the whole reason: exact gradients need it too.
# - Fair: equal trials, log-uniform, chosen on validation, compared on fresh seeds, tested once; report interval and median.
# - Adaptive methods act per coordinate: turn the valley, and the advantage is gone.
#
# | English | 中文 | |
# |---|---|---|
# | adaptive learning rate | 自适应学习率 | a step size for every entry |
# | first moment | 一阶矩 | $m$: mean of the gradients |
# | second raw moment | 二阶原点矩（未中心化） | $v$: mean of the squares, not the variance |
# | bias correction | 偏差修正 | division by $1-\beta^t$; nothing to do with a bias term |
# | exponential moving average | 指数移动平均 | EMA |
# | weight decay, decoupled | 权重衰减、解耦权重衰减 | AdamW |
# | learning rate schedule | 学习率调度 | |
# | step decay, cosine annealing | 阶梯衰减、余弦退火 | |
# | warmup, warm restarts | 预热、热重启 | |
# | hyper-parameter, random search | 超参数、随机搜索 | |
# | validation, test set | 验证集、测试集 | choose, report |
# | preconditioning | 预条件 | here with a diagonal matrix |
# %% [markdown] lang="zh"
# ### 小结
#
# - Adam 加 L2，每个权重每步大约衰减 $\eta\lambda/s$，$s$ 是它的梯度大小；AdamW 则是 $\eta\lambda$，个个一样。在 digits 上两者都不提高准确率。
# - 逐渐下降的学习率能让训练降到噪声下限以下。余弦要知道终点，阶梯要知道时刻。
# - 预热让 Adam 用得起更大的学习率，否则最初几步就会毁掉网络；在这里，带动量的 SGD 几乎无所谓。噪声不是全部原因：精确的梯度也需要预热。
# - 公平：试验次数相同，对数均匀，用验证集挑选，用新种子比较，测试一次；报告区间和中位数。
# - 自适应方法逐个坐标起作用：山谷一转，优势就没了。
#
# | 中文 | English | |
# |---|---|---|
# | 自适应学习率 | adaptive learning rate | 每个分量有自己的步长 |
# | 一阶矩 | first moment | $m$：梯度的平均 |
# | 二阶原点矩（未中心化） | second raw moment | $v$：平方的平均，不是方差 |
# | 偏差修正 | bias correction | 除以 $1-\beta^t$；与偏置无关 |
# | 指数移动平均 | exponential moving average | EMA |
# | 权重衰减、解耦权重衰减 | weight decay, decoupled | AdamW |
# | 学习率调度 | learning rate schedule | |
# | 阶梯衰减、余弦退火 | step decay, cosine annealing | |
# | 预热、热重启 | warmup, warm restarts | |
# | 超参数、随机搜索 | hyper-parameter, random search | |
# | 验证集、测试集 | validation, test set | 挑选；报告 |
# | 预条件 | preconditioning | 这里用的是对角矩阵 |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Large language models are mostly trained with AdamW, warmup, and cosine or a schedule that stays constant and decays only at the end (Hu et al. 2024; Hägele et al. 2024), with $\beta_2=0.95$ rather than 0.999 and clipping by the global norm (GPT-3's settings, Brown et al. 2020). For image networks SGD with momentum is still in use.
# - "Which is best?" was asked in the large: Schmidt et al. (2021) ran fifteen methods on eight tasks and found no winner, Adam a strong contender throughout, and trying several methods untuned about as good as tuning one. Wilson et al. (2017) had found that adaptive methods generalize worse than tuned SGD on several tasks; Choi et al. (2019) answered that with enough tuning of all its settings Adam never came out behind.
# - Why Adam and not SGD on transformers is an open question with evidence: not the noise, since the gap stays with full batches (Kunstner et al. 2023); curvatures that differ from block to block (Zhang et al. 2024).
# - Newer: Lion takes signs (Chen et al. 2023); Muon makes the momentum of each weight matrix orthogonal (Jordan et al. 2024) and has trained large models (Liu et al. 2025); SOAP runs Adam in Shampoo's turned coordinates (Vyas et al. 2024), which is the 45° valley taken seriously; schedule-free methods need no end point (Defazio et al. 2024). Read the reported
#   speed-ups with this chapter in mind: when Wen et al. (2025) tuned ten optimizers with equal care, the fastest gained 1.4 times over AdamW on their smallest models, and 1.1 on the largest.
#
# ### References
#
# J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, JMLR 12 (2011). G. Hinton, *Neural networks for machine learning*, lecture 6e (2012): RMSProp. D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015. T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR workshop 2016.
# I. Loshchilov, F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017; *Decoupled weight decay regularization*, ICLR 2019. S. Reddi, S. Kale, S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018. A. Wilson et al., *The marginal value of adaptive gradient methods in machine learning*, NeurIPS 2017.
# J. Bergstra, Y. Bengio, *Random search for hyper-parameter optimization*, JMLR 13 (2012). D. Choi et al., *On empirical comparisons of optimizers for deep learning*, arXiv:1910.05446 (2019). R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*, ICML 2021. L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020.
# J. Ma, D. Yarats, *On the adequacy of untuned warmup for adaptive optimization*, AAAI 2021. J. Gilmer et al., *A loss curvature perspective on training instabilities of deep learning models*, ICLR 2022. F. Kunstner et al., *Noise is not the main factor behind the gap between SGD and Adam on transformers, but sign descent might be*, ICLR 2023. Y. Zhang et al., *Why transformers need Adam: a Hessian perspective*, NeurIPS 2024.
# T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. S. Hu et al., *MiniCPM*, arXiv:2404.06395 (2024). A. Hägele et al., *Scaling laws and compute-optimal training beyond fixed training durations*, NeurIPS 2024. X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023. K. Jordan et al., *Muon* (2024). J. Liu et al., *Muon is scalable for LLM training*, arXiv:2502.16982 (2025).
# N. Vyas et al., *SOAP: improving and stabilizing Shampoo using Adam*, arXiv:2409.11321 (2024). A. Defazio et al., *The road less scheduled*, NeurIPS 2024. K. Wen et al., *Fantastic pretraining optimizers and where to find them*, arXiv:2509.02046 (2025). The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - 大语言模型大多用 AdamW 训练，配预热，再配余弦，或者一种先保持不变、到最后才降的调度（Hu 等，2024；Hägele 等，2024）；$\beta_2$ 常取 0.95 而不是 0.999，并按全局范数裁剪（GPT-3 的设置，Brown 等，2020）。图像网络仍有人用带动量的 SGD。
# - “哪个最好？”有人大规模地问过：Schmidt 等（2021）在八个任务上跑了十五种方法，没有一种处处领先，Adam 始终有竞争力；而且不调参地多试几种方法，与调好一种差不多。Wilson 等（2017）曾发现，自适应方法在若干任务上的泛化不如调好的 SGD；Choi 等（2019）回应说，只要把所有设置都调够，Adam 从不落后。
# - 为什么 Transformer 上 Adam 胜过 SGD，还没有定论，但有证据：不是噪声，因为用全批量差距依旧（Kunstner 等，2023）；各个模块的曲率相差很大（Zhang 等，2024）。
# - 更新的方法：Lion 取符号（Chen 等，2023）；Muon 把每个权重矩阵的动量正交化（Jordan 等，2024），并已用来训练大模型（Liu 等，2025）；SOAP 在 Shampoo 转过的坐标里运行 Adam（Vyas 等，2024），等于认真对待了 45° 的山谷；schedule-free 方法不需要终点（Defazio 等，2024）。读到“加速若干倍”时，请想想这一章：Wen 等（2025）把十种优化器都同样用心地调过之后，最快的相对 AdamW，在他们最小的模型上快 1.4 倍，在最大的上只剩 1.1 倍。
#
# ### 参考文献
#
# J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods for online learning and stochastic optimization*, JMLR 12 (2011). G. Hinton, *Neural networks for machine learning*, lecture 6e (2012)：RMSProp. D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015. T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR workshop 2016. I. Loshchilov, F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017; *Decoupled weight decay regularization*, ICLR 2019. S. Reddi, S. Kale, S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018. A. Wilson et al., *The marginal value of adaptive gradient methods in machine learning*, NeurIPS 2017. J. Bergstra, Y. Bengio, *Random search for hyper-parameter optimization*, JMLR 13 (2012). D. Choi et al., *On empirical comparisons of optimizers for deep learning*, arXiv:1910.05446 (2019). R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*, ICML 2021. L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020. J. Ma, D. Yarats, *On the adequacy of untuned warmup for adaptive optimization*, AAAI 2021. J. Gilmer et al., *A loss curvature perspective on training instabilities of deep learning models*, ICLR 2022. F. Kunstner et al., *Noise is not the main factor behind the gap between SGD and Adam on transformers, but sign descent might be*, ICLR 2023. Y. Zhang et al., *Why transformers need Adam: a Hessian perspective*, NeurIPS 2024. T. Brown et al., *Language models are few-shot learners*, NeurIPS 2020. S. Hu et al., *MiniCPM*, arXiv:2404.06395 (2024). A. Hägele et al., *Scaling laws and compute-optimal training beyond fixed training durations*, NeurIPS 2024. X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023. K. Jordan et al., *Muon* (2024). J. Liu et al., *Muon is scalable for LLM training*, arXiv:2502.16982 (2025). N. Vyas et al., *SOAP: improving and stabilizing Shampoo using Adam*, arXiv:2409.11321 (2024). A. Defazio et al., *The road less scheduled*, NeurIPS 2024. K. Wen et al., *Fantastic pretraining optimizers and where to find them*, arXiv:2509.02046 (2025). 两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks. For those who have not had enough.
#
# ### Further 1: Adam walks to the worst point, and AMSGrad
#
# On the interval $[-1,1]$ let the gradient be $C=3$ in every third step and $-1$ in the others. On average it is $+\frac13$, so the best point is $-1$. Reddi, Kale and Kumar (2018): with $\beta_1=0$ and $\beta_2=1/(1+C^2)$ Adam walks to $+1$. The rare large gradient is divided by itself and so is worth one step; the two small ones that follow are divided by an average that has almost forgotten it, and together are worth more.
#
# AMSGrad divides by the *largest* $v$ so far. Write it, then read the table: for which $\beta_2$ does Adam go astray?
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。给意犹未尽的同学。
#
# ### 拓展 1：Adam 走向最差的点，以及 AMSGrad
#
# 在区间 $[-1,1]$ 上，梯度每三步有一次是 $C=3$，另外两次是 $-1$。平均为 $+\frac13$，所以最好的点是 $-1$。Reddi、Kale 和 Kumar（2018）指出：取 $\beta_1=0$、$\beta_2=1/(1+C^2)$，Adam 会走到 $+1$。少见的大梯度除以它自己，只值一步；随后的两个小梯度除以一个几乎已经忘掉它的平均值，加起来值得更多。
#
# AMSGrad 除以迄今*最大*的 $v$。写出来，再看下面的表：$\beta_2$ 取多少时，Adam 会走错？

# %% role="given" id="amsgrad_init"
from reference.adam_variants import amsgrad_init

# %% role="answer" id="amsgrad_step"
from reference.adam_variants import amsgrad_step

# %% role="practice" id="try_amsgrad_step"
check("amsgrad_step", amsgrad_step)

# %% role="experiment" nbval="check"
def reddi_end(step, init, betas, num_steps=3000):
    """Where a run on Reddi's problem with C = 3 ends: from 0, lr 0.5 / sqrt(t), kept inside [-1, 1]."""
    x = np.zeros(1)
    state = init(x)
    for t in range(1, num_steps + 1):
        gradient = np.array([3.0 if t % 3 == 1 else -1.0])
        x, state = step(x, gradient, state, lr=0.5 / np.sqrt(t), betas=betas)
        x = np.clip(x, -1, 1)
    return x[0]


with experiment("adam_step", "amsgrad_step"):
    print("betas           Adam ends at   AMSGrad ends at")
    for betas in [(0, 0.1), (0, 0.2), (0, 0.3), (0, 0.5), (0, 0.9), (0, 0.99), (0, 0.999), (0.9, 0.999)]:
        ends = reddi_end(adam_step, adam_init, betas), reddi_end(amsgrad_step, amsgrad_init, betas)
        print(f"{betas!s:14s} {ends[0]:+12.2f} {ends[1]:+14.2f}")

# %% [markdown] lang="en"
# With forgetting that is quick enough (here $\beta_2\le0.3$) Adam ends at the worst point; with the usual $\beta_2$ it does not, on *this* problem. Reddi et al. prove that for every fixed $\beta_1<\sqrt{\beta_2}$ some problem of this kind (with a larger $C$, rarer) does it. AMSGrad arrives throughout. It is a proof that Adam needs an assumption; in practice AMSGrad is rarely better.
#
# ### Further 2: more features than examples
#
# Wilson et al. (2017) construct a classification problem that separates the two families. Labels $\pm1$, with a share $p>\frac12$ of $+1$. Feature 1 is the label itself; features 2 and 3 are always 1; and every example has features that occur in it alone, one if its label is $+1$ and five if it is $-1$. Least squares from 0, run until the training error is zero. All methods fit the training set perfectly. On new examples, where only the first three features say anything:
# %% [markdown] lang="zh"
# 只要遗忘得够快（这里是 $\beta_2\le0.3$），Adam 就会停在最差的点；用常见的 $\beta_2$，在*这个*问题上不会。Reddi 等证明了：对每一对固定的、满足 $\beta_1<\sqrt{\beta_2}$ 的值，都有这样的问题（$C$ 更大、更少见）让它走错。AMSGrad 则始终能到。这证明 Adam 的收敛需要附加假设；实践中，AMSGrad 很少更好。
#
# ### 拓展 2：特征比样本多
#
# Wilson 等（2017）构造了一个分类问题，把两类方法区分开来。标签为 $\pm1$，其中 $+1$ 占 $p>\frac12$。特征 1 就是标签本身；特征 2 和 3 恒为 1；此外每个样本有只属于它自己的特征：标签为 $+1$ 的有一个，为 $-1$ 的有五个。从 0 开始做最小二乘，一直到训练误差为零。所有方法都完美地拟合训练集。在新样本上，只有前三个特征有信息：

# %% role="experiment"
def wilson_examples(labels, num_all, first):
    """The features of Wilson's construction; example i of `labels` owns the five columns of place first + i."""
    X = np.zeros((len(labels), 3 + 5 * num_all))
    X[:, 0], X[:, 1:3] = labels, 1
    for i, label in enumerate(labels):
        place = 3 + 5 * (first + i)
        X[i, place:place + (1 if label > 0 else 5)] = 1
    return X


with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    rng = np.random.default_rng(0)
    y, y_new = (np.where(rng.random(num) < 0.6, 1.0, -1.0) for num in (100, 400))
    X, X_new = wilson_examples(y, 500, 0), wilson_examples(y_new, 500, 100)
    print(f"share of +1 among the new examples: {np.mean(y_new > 0):.3f}")
    for name, lr in [("GD", 0.05), ("momentum", 0.005), ("AdaGrad", 0.05), ("RMSProp", 0.001), ("Adam", 0.001)]:
        step, init = METHODS[name]
        w = follow(lambda w: X.T @ (X @ w - y) / 100, np.zeros(X.shape[1]), step, lr=lr, num_steps=2000, init=init)[-1]
        print(f"{name:8s} training: error {np.mean((X @ w - y) ** 2):.4f}, accuracy {np.mean(np.sign(X @ w) == y):.3f};"
              f" new examples: {np.mean(np.sign(X_new @ w) == y_new):.3f};"
              f" weights of features 1 to 3: {w[0]:.2f}, {w[1]:.2f}, {w[2]:.2f}")

# %% [markdown] lang="en"
# A weight's first adaptive step is $\pm\eta$, whatever its gradient, and on this problem the weights stay of one size to the end: the always-on features get as much as the label, $w_1y+w_2+w_3>0$ for every new example, and all are called positive. Gradient descent finds the solution of least norm, in which the label dominates. It is an existence proof, made for the purpose, and not a measurement of what happens on images.
#
# ### Further 3: the turned valley, in numbers
#
# The race in figures: $\kappa=100$, distance to 1 % of the start, each method at the best of 23 learning rates, mean over ten starts on a circle. First along the axes, then turned by 45°.
# %% [markdown] lang="zh"
# 自适应方法的第一步，每个权重都走 $\pm\eta$，与梯度大小无关；在这个问题上，各个权重直到最后都一样大：恒为 1 的特征与标签得到同样的权重，于是对每个新样本都有 $w_1y+w_2+w_3>0$，全被判成正。梯度下降找到的是范数最小的解，其中标签占主导。这是为此目的而造的存在性证明，不是对图像任务的测量。
#
# ### 拓展 3：转过的山谷，用数字说
#
# 把赛跑变成数字：$\kappa=100$，到极小点的距离降到起点的 1%，每种方法取 23 个学习率中最好的，对圆上十个起点取平均。先顺着坐标轴，再转 45°。

# %% role="experiment"
with experiment("adagrad_step", "rmsprop_step", "adam_step"):
    around = np.radians(np.arange(18, 198, 18) - 9)
    rates = 10 ** np.arange(-3.5, 0.91, 0.2)
    print("steps to 1 %   along the axes   turned by 45 degrees")
    for name, (step, init) in METHODS.items():
        means = []
        for angle in (0, np.pi / 4):
            valley = quadratic([1, 100], angle=angle)
            starts = np.stack([np.cos(around + angle), np.sin(around + angle)], axis=1)
            best = np.inf
            for lr in rates:  # all ten starts at once: every step works entry by entry
                path = follow(valley.gradient, starts, step, lr=lr, num_steps=800, init=init)
                with np.errstate(over="ignore", invalid="ignore"):
                    far = ~(np.sqrt(np.sum(path**2, axis=-1)) <= 0.01)
                needed = np.where(far.any(axis=0), 801 - far[::-1].argmax(axis=0), 0)
                best = min(best, needed.mean() if not far[-1].any() else np.inf)
            means.append(best)
        print(f"{name:12s} {means[0]:15.0f} {means[1]:21.0f}")

# %% [markdown] lang="en"
# Gradient descent and momentum do not notice: their rules look the same in turned coordinates. AdaGrad loses its miracle, which was never more than two separate parabolas with their curvatures divided out. RMSProp needs more than twice as many. (Its 317 beside the five steps of the race: there it was fast with a large rate, and 150 steps were all one saw. Later, when the large squares of the beginning are forgotten, such a rate throws it out again; here it has to be within 1 % and *stay* there until step 800.) Adam loses little, since on this problem most of its speed is momentum's.
#
# ### Further 4: restarts, and a classic
#
# `cosine_with_restarts` jumps back to the full rate at the end of every cycle, the params stay (warm restarts, SGDR). `inverse_time` is the schedule of Robbins and Monro (1951), with which SGD provably converges; `exponential` takes the same share off in every step. Write all three.
# %% [markdown] lang="zh"
# 梯度下降和动量法毫无察觉：换了坐标，它们的规则还是一样。AdaGrad 的奇迹没了，那本来也只是把两条各自独立的抛物线的曲率除掉而已。RMSProp 用了两倍多的步数。（赛跑里它只走五步，这里却要 317 步：那里学习率大，所以快，而且只看 150 步；再往后，开头那些大的平方一被忘掉，这样的学习率又会把它甩出去。这里要求它进入 1% 之后*一直*留到第 800 步。）Adam 损失不大，因为在这个问题上，它的速度主要来自动量。
#
# ### 拓展 4：重启，以及一个经典
#
# `cosine_with_restarts` 在每个周期结束时跳回最高的学习率，参数不动（热重启，SGDR）。`inverse_time` 是 Robbins 与 Monro（1951）的调度，SGD 用它可以证明收敛；`exponential` 每一步都减去同样的比例。三个都写一写。

# %% role="answer" id="cosine_with_restarts"
from reference.schedules import cosine_with_restarts

# %% role="practice" id="try_cosine_with_restarts"
check("cosine_with_restarts", cosine_with_restarts)

# %% role="answer" id="inverse_time"
from reference.schedules import inverse_time

# %% role="practice" id="try_inverse_time"
check("inverse_time", inverse_time)

# %% role="answer" id="exponential"
from reference.schedules import exponential

# %% role="practice" id="try_exponential"
check("exponential", exponential)

# %% role="experiment"
with experiment("cosine_annealing", "cosine_with_restarts", "inverse_time"):
    shapes = {
        "cosine": lambda t: cosine_annealing(t, lr=0.2, num_steps=420),
        "restarts": lambda t: cosine_with_restarts(t, lr=0.2, cycle_steps=60, cycle_factor=2),
        "inverse time": lambda t: inverse_time(t, lr=0.2, decay=0.02),
    }
    fig, (left, right) = panels(2)
    curves({name: np.array([shape(t) for t in range(420)]) for name, shape in shapes.items()}, ax=left, ylabel="lr", legend=False)
    smooth = {}
    for name, shape in shapes.items():
        runs = [trained(momentum_step, momentum_init, lr=shape, seed=seed, num_steps=420, batch_size=16)[1]["loss"] for seed in range(4)]
        smooth[name] = np.array([np.convolve(losses, np.ones(20) / 20, mode="valid") for losses in runs])
    curves(smooth, ax=right, ylabel="training loss (mean of 20 steps)", logy=True)
    show(fig, alt={
        "en": "Left: learning rates over 420 steps: one half cosine; three half cosines of 60, 120 and 240 steps that each start from the full rate; a curve that falls like 1/t. Right: training losses. With restarts the loss is lowest at the end of each cycle, rises when the rate jumps back, and falls again; at the end all three are close.",
        "zh": "左：420 步中的学习率：一个半波余弦；60、120、240 步的三个半波余弦，每个都从最高处开始；像 1/t 那样下降的曲线。右：训练损失。有重启时，每个周期末损失最低，学习率一跳回去就升高，然后再降；最后三者接近。"},
        caption={"en": "SGD with momentum on digits; median and range of four seeds.", "zh": "digits 上带动量的 SGD；四个种子的中位数与范围。"})

# %% [markdown] lang="en"
# With restarts you may stop at the end of any cycle and have a finished model: that is what they buy. At equal length one long cosine does as well here.
#
# ### Further 5: three relatives
#
# NAdam looks ahead as Nesterov's method does; AdaMax (in Adam's own paper) takes the largest recent gradient for the usual size; both given. On the sweep of experiment 2:
# %% [markdown] lang="zh"
# 有了重启，任何一个周期结束时都可以停下，得到一个训练完的模型：好处在此。总长度相同时，一个长余弦在这里同样好。
#
# ### 拓展 5：三个亲戚
#
# NAdam 像 Nesterov 那样向前看；AdaMax（就在 Adam 的论文里）把最近最大的梯度当作“平时的大小”。两者都已给出。放到实验 2 的扫描里看看：

# %% role="given" id="relatives"
from reference.adam_variants import adamax_step, nadam_step

# %% role="experiment"
with experiment("adam_step", "amsgrad_step", "sweep"):
    fewer = RATES[4:12:2]
    print("training loss at lr   ", *(f"{lr:7.2g}" for lr in fewer))
    print(f"{'Adam':22s}", *(f"{loss:7.2f}" for loss in sweep["Adam"][4:12:2]))
    for name, step, init in [("AMSGrad", amsgrad_step, amsgrad_init), ("NAdam", nadam_step, adam_init), ("AdaMax", adamax_step, adam_init)]:
        losses = [np.mean([results(step, init, lr=lr, seed=seed)[0] for seed in (0, 1)]) for lr in fewer]
        print(f"{name:22s}", *(f"{loss:7.2f}" for loss in losses))

# %% [markdown] lang="en"
# AMSGrad and NAdam cannot be told from Adam at their best rate; where the rate is too large they lose less. AdaMax wants a larger rate: at the end of this row it has not reached its bottom, so the row does not say how good it can be. Two seeds and four rates show relatives, and no winner.
# %% [markdown] lang="zh"
# 各取最好的学习率，AMSGrad、NAdam 与 Adam 分不出高下；学习率过大时，它们吃的亏小一些。AdaMax 要更大的学习率：这一行到头了它还没有到谷底，所以看不出它最好能有多好。两个种子、四个学习率，只看得出是近亲，分不出胜负。

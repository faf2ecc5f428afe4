# %% [markdown] lang="en"
# # 02 What makes optimization hard
#
# Downhill is easy. In this chapter we meet the places where it is not: long valleys, poor minima, plateaus, saddles and cliffs. We learn to
# measure them with nothing but gradients, see how much each of them costs, and find that two famous remedies cure less than they are said to.
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook. An exercise that will not come right need not cost you
# the experiments after it: in a cell of your own, `power_iteration = lend("power_iteration")` borrows the function. A borrowed one earns no points.
# %% [markdown] lang="zh"
# # 02 优化为什么难
#
# 往下走并不难。这一章要去看那些难走的地方：狭长的山谷、不好的极小点、平台区、鞍点、悬崖。我们只用梯度就能把它们量出来，看清每一种要付多大代价，也会发现两种有名的对策其实没有传说中那么管用。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格。哪道练习一时做不出来，也不必耽误后面的实验：在自己的单元格里写 `power_iteration = lend("power_iteration")` 即可借用；借来的函数不得分。

# %% role="setup" id="setup"
import numpy as np

from descent.check import check
from descent.data import load_digits, moons
from descent.experiment import experiment
from descent.explore_landscape import landscape_explorer
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.plots import contour_with_paths, curves, look, panels, show
from descent.problems import double_well, quadratic, saddle
from descent.quiz import calibration, reveal
from descent.say import set_language

set_language("{{lang}}")

# %% [markdown] lang="en"
# ---
# ## The maths you need, in ten minutes
#
# **1. Taylor.** Near $x$, a smooth function of many variables is a plane plus a bowl (or a saddle):
# $$f(x+d)\approx f(x)+g^\top d+\tfrac12\,d^\top H d .$$
# $g$ is the gradient, $H$ the **Hessian**, the symmetric matrix of second derivatives $H_{ij}=\partial^2 f/\partial x_i\partial x_j$. The gradient changes by $Hd$ when you move by $d$.
#
# **2. Quadratic forms.** $d^\top Hd=\sum_{ij}H_{ij}d_id_j$ is a number. For a $d$ of length 1 it is the **curvature** in that direction: positive, the ground bends up; negative, it bends down.
# If it is positive for every $d\ne0$, $H$ is called **positive definite**. A function without negative curvature anywhere is **convex** (chapter 01): it has no saddles and no poor minima. The losses of networks are not convex.
#
# **3. Eigenvectors.** A symmetric matrix has $n$ eigenvectors $q_i$ at right angles to each other, of length 1, with real eigenvalues: $Hq_i=\lambda_iq_i$. Written in them, everything falls apart into single numbers: if $d=\sum_i c_iq_i$,
# then $Hd=\sum_i\lambda_ic_iq_i$ and $d^\top Hd=\sum_i\lambda_ic_i^2$. So all curvatures lie between $\lambda_{\min}$ and $\lambda_{\max}$, and positive definite means: all $\lambda_i>0$.
#
# **4. Two by two.** The eigenvalues of $\begin{pmatrix}a&b\\c&d\end{pmatrix}$ solve $z^2-(a+d)z+(ad-bc)=0$: their sum is $a+d$, their product $ad-bc$. A symmetric matrix has real ones. Others may have a pair $r(\cos\varphi\pm i\sin\varphi)$,
# which turns by $\varphi$ and scales by $r$; then $r^2=ad-bc$. (Chapter 03 needs that case.)
#
# *Pre-test. If two of these give you trouble, take ten minutes more for the box; nothing else in this chapter needs to be known beforehand.*
#
# <details><summary>1. f(x, y) = x² + 3xy. Gradient and Hessian at (1, 0)?</summary>
#
# Gradient $(2x+3y,\,3x)=(2,3)$; Hessian $\begin{pmatrix}2&3\\3&0\end{pmatrix}$, the same everywhere. (Line 1)
# </details>
# <details><summary>2. Is that Hessian positive definite?</summary>
#
# No. Its eigenvalues have the product $-9$, so one is negative. (Lines 2 and 4)
# </details>
# <details><summary>3. H has the eigenvalues 1 and 9. What is the largest curvature in any direction, and what is it half way between the two eigenvectors?</summary>
#
# 9. Half way, $c_1^2=c_2^2=\frac12$, it is $(1+9)/2=5$. (Line 3)
# </details>
# <details><summary>4. The gradient at x is 0 and you move by d = 0.1 q, where Hq = 4q. By how much does f change?</summary>
#
# By about $\frac12\cdot4\cdot0.1^2=0.02$. (Lines 1 and 3)
# </details>
# %% [markdown] lang="zh"
# ---
# ## 十分钟数学准备
#
# **1. 泰勒展开。** 在 $x$ 附近，光滑的多元函数就是一个平面加一个碗（或者马鞍）：
# $$f(x+d)\approx f(x)+g^\top d+\tfrac12\,d^\top H d .$$
# $g$ 是梯度，$H$ 是**海森矩阵**（Hessian），由二阶导数 $H_{ij}=\partial^2 f/\partial x_i\partial x_j$ 组成的对称矩阵。移动 $d$ 时，梯度改变 $Hd$。
#
# **2. 二次型。** $d^\top Hd=\sum_{ij}H_{ij}d_id_j$ 是一个数。$d$ 的长度为 1 时，它就是该方向上的**曲率**：为正，地面向上弯；为负，向下弯。如果它对所有 $d\ne0$ 都为正，就称 $H$ **正定**（positive definite）。处处没有负曲率的函数是**凸**的（01 章）：没有鞍点，也没有不好的极小点。神经网络的损失不是凸的。
#
# **3. 特征向量。** 对称矩阵有 $n$ 个长度为 1、两两垂直的特征向量 $q_i$，特征值都是实数：$Hq_i=\lambda_iq_i$。用它们来表示，一切都拆成单个的数：若 $d=\sum_i c_iq_i$，则 $Hd=\sum_i\lambda_ic_iq_i$，$d^\top Hd=\sum_i\lambda_ic_i^2$。所以任何方向的曲率都在 $\lambda_{\min}$ 与 $\lambda_{\max}$ 之间；正定就是所有 $\lambda_i>0$。
#
# **4. 二乘二。** $\begin{pmatrix}a&b\\c&d\end{pmatrix}$ 的特征值满足 $z^2-(a+d)z+(ad-bc)=0$：和为 $a+d$，积为 $ad-bc$。对称矩阵的特征值是实数；其他矩阵可能有一对复数 $r(\cos\varphi\pm i\sin\varphi)$，作用是转过角 $\varphi$ 并放大 $r$ 倍，此时 $r^2=ad-bc$。（03 章会用到。）
#
# *课前自测。如果有两题觉得吃力，请再花十分钟看看上面的内容；除此之外，这一章不需要别的预备知识。*
#
# <details><summary>1. f(x, y) = x² + 3xy，在 (1, 0) 处的梯度和海森矩阵是什么？</summary>
#
# 梯度 $(2x+3y,\,3x)=(2,3)$；海森矩阵 $\begin{pmatrix}2&3\\3&0\end{pmatrix}$，处处相同。（第 1 条）
# </details>
# <details><summary>2. 这个海森矩阵正定吗？</summary>
#
# 不正定。两个特征值之积为 $-9$，所以有一个是负的。（第 2、4 条）
# </details>
# <details><summary>3. H 的特征值是 1 和 9。各方向上最大的曲率是多少？两个特征向量正中间的方向呢？</summary>
#
# 最大是 9。正中间 $c_1^2=c_2^2=\frac12$，曲率为 $(1+9)/2=5$。（第 3 条）
# </details>
# <details><summary>4. x 处梯度为 0，沿 d = 0.1 q 移动，其中 Hq = 4q。f 改变多少？</summary>
#
# 大约 $\frac12\cdot4\cdot0.1^2=0.02$。（第 1、3 条）
# </details>

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: curvature
#
# | | |
# |---|---|
# | **You will be able to** | measure the curvature of a function of many variables from gradients alone; say what kind of critical point you have found; predict how many steps a valley costs; tell a plateau from a poor minimum |
# | **You need** | gradient descent on a quadratic (01), central differences (00), the box above |
# | **Time** | about 85 minutes: 35 reading, 50 writing and looking (the box above not counted) |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:A}}: four exercises ({{points:hessian_vector_product}} + {{points:numerical_hessian}} + {{points:power_iteration}} + {{points:classify_critical_point}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：曲率
#
# | | |
# |---|---|
# | **学完你能够** | 只用梯度量出多元函数的曲率；判断找到的临界点属于哪一种；预测一条山谷要走多少步；分清平台区与不好的极小点 |
# | **你需要** | 二次函数上的梯度下降（01）、中心差分（00）、上面的数学准备 |
# | **时间** | 约 85 分钟：阅读 35 分钟，动手 50 分钟（不含上面的数学准备） |
# | **难度** | ●●○ |
# | **分数** | {{points:A}} 分：四道练习（{{points:hessian_vector_product}} + {{points:numerical_hessian}} + {{points:power_iteration}} + {{points:classify_critical_point}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# Answer in your head, then open.
#
# <details><summary>1. Why are central differences better than one-sided ones? (00)</summary>
#
# In $(f(x+h)-f(x-h))/2h$ the terms with $f''$ cancel: the error is of order $h^2$, not $h$.
# </details>
# <details><summary>2. On f(x) = λx²/2, which learning rate reaches the minimum in one step, and from which one on does it diverge? (01)</summary>
#
# $\eta=1/\lambda$; it diverges for $\eta>2/\lambda$.
# </details>
# <details><summary>3. Constant learning rate, noisy gradients: what happens in the long run? (01)</summary>
#
# The params hover around the minimum, at a noise floor nearly proportional to the learning rate.
# </details>
# <details><summary>4. What does a function like <code>gradient_descent(params, grad_fn, ...)</code> get as <code>grad_fn</code>? (01)</summary>
#
# A function: point in, gradient at that point out. It may be called as often as one likes.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# 先在心里回答，再点开核对。
#
# <details><summary>1. 中心差分为什么比单侧差分好？（00）</summary>
#
# 在 $(f(x+h)-f(x-h))/2h$ 里，含 $f''$ 的项互相抵消：误差是 $h^2$ 阶，而不是 $h$ 阶。
# </details>
# <details><summary>2. 在 f(x) = λx²/2 上，哪个学习率一步就到极小点？从哪个学习率起发散？（01）</summary>
#
# $\eta=1/\lambda$；$\eta>2/\lambda$ 时发散。
# </details>
# <details><summary>3. 学习率不变，梯度有噪声，长期会怎样？（01）</summary>
#
# 参数在极小点附近徘徊，停在一个噪声下限上，它几乎与学习率成正比。
# </details>
# <details><summary>4. <code>gradient_descent(params, grad_fn, ...)</code> 收到的 <code>grad_fn</code> 是什么？（01）</summary>
#
# 是一个函数：给它一个点，它返回那里的梯度。想调用多少次都可以。
# </details>

# %% [markdown] lang="en"
# ### The idea
#
# A gradient is a promise: "go this way and you go down". It does not say for how long. On a gentle slope the promise holds for a kilometre, on the edge of a
# gully for a hand's breadth. What decides is how fast the gradient itself changes, and that is the curvature.
#
# With one variable, curvature is one number. With $n$ there is one for every direction, and they can be as different as 1 and 10 000. Gradient descent has *one* learning rate for all of
# them. Half of this chapter is about what follows from that; the other half is about curvature that is negative, zero, or different two steps further on.
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x$, $g$ | `params`, `grads` | parameters and gradient, as always |
# | $H$ | `hessian` | the Hessian at $x$ |
# | $v$ | `vector` | a direction |
# | $h$ | `h` | the small step of a difference |
# | $\lambda_i$, $\kappa$ | `curvatures`, `kappa` | eigenvalues of $H$; condition number $\lambda_{\max}/\lambda_{\min}$ |
# | $\eta$ | `lr` | learning rate |
# | $c$ | `max_norm` | longest gradient that is let through (sitting B) |
# | $x_t$, $s_t$, $d_t$ | `states`, `s`, `d` | state of a recurrent network at time $t$, its sigmoid, the derivative of the loss by it (sitting B) |
# %% [markdown] lang="zh"
# ### 想法
#
# 梯度是一个承诺：“往这边走就会下降。”但它没说能走多远。在缓坡上，这个承诺一公里内都有效；在沟边上，只管一巴掌宽。起决定作用的是梯度自己变得有多快，这就是曲率。
#
# 只有一个变量时，曲率是一个数；有 $n$ 个变量时，每个方向都有一个，可以相差 1 与 10 000 那么多。梯度下降却只有*一个*学习率，各方向共用。这一章的一半讲由此产生的后果，另一半讲曲率为负、为零、或者再走两步就变了样的地方。
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $x$、$g$ | `params`、`grads` | 参数和梯度，一如既往 |
# | $H$ | `hessian` | $x$ 处的海森矩阵 |
# | $v$ | `vector` | 一个方向 |
# | $h$ | `h` | 差分用的小步长 |
# | $\lambda_i$、$\kappa$ | `curvatures`、`kappa` | $H$ 的特征值；条件数 $\lambda_{\max}/\lambda_{\min}$ |
# | $\eta$ | `lr` | 学习率 |
# | $c$ | `max_norm` | 允许通过的最大梯度长度（B 节） |
# | $x_t$、$s_t$、$d_t$ | `states`、`s`、`d` | 循环网络在时刻 $t$ 的状态、它的 sigmoid 值、损失对它的导数（B 节） |

# %% [markdown] lang="en"
# ### What one step really does
#
# Put a step of gradient descent, $d=-\eta g$, into Taylor's formula:
#
# $$f(x-\eta g)\approx f(x)-\eta\,|g|^2+\tfrac12\eta^2\,g^\top Hg .$$
#
# The second term is the promise, the third is the bill. Let $\lambda_g=g^\top Hg/|g|^2$ be the curvature *in the direction of the gradient*. The step goes downhill as long as $\eta<2/\lambda_g$, and
# since $\lambda_g\le\lambda_{\max}$, every $\eta<2/\lambda_{\max}$ is safe as far as the formula holds. $\lambda_{\max}$ is called the **sharpness**. *Which $\eta$ makes this step the best one? Write it down before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# Derivative by $\eta$: $-|g|^2+\eta\,g^\top Hg=0$, so $\eta=\dfrac{|g|^2}{g^\top Hg}=\dfrac1{\lambda_g}$ (if $\lambda_g>0$; otherwise the formula sees no end to the descent).
# </details>
#
# **In a valley.** On a quadratic write $x$ in the eigenvectors of $H$. Every entry goes its own way, $x_i\leftarrow(1-\eta\lambda_i)\,x_i$. The slowest is the one with the largest $|1-\eta\lambda_i|$, and that is either the flattest or the steepest
# direction. The best learning rate makes the two equal: $1-\eta\lambda_{\min}=-(1-\eta\lambda_{\max})$, so
#
# $$\eta=\frac{2}{\lambda_{\min}+\lambda_{\max}},\qquad\text{and each step shrinks both by}\quad\frac{\lambda_{\max}-\lambda_{\min}}{\lambda_{\max}+\lambda_{\min}}=\frac{\kappa-1}{\kappa+1}\approx1-\frac2\kappa .$$
#
# One digit takes about $\frac{\kappa}{2}\ln10\approx1.15\,\kappa$ steps. A problem with large $\kappa$ is called **ill-conditioned**. No *constant* learning rate does better than this. (Changing ones can, and momentum does: chapter 03.)
#
# Let $c_i$ be the entries of the start. After $t$ steps the loss above the minimum is $\frac12\sum_i\lambda_i\,(1-\eta\lambda_i)^{2t}\,c_i^2$: a sum of decays, one for each direction. The steep ones are soon gone, a flat one is left, and on a log axis that is a straight line. Look for the shape in the clinic.
# %% [markdown] lang="zh"
# ### 一步究竟做了什么
#
# 把梯度下降的一步 $d=-\eta g$ 代入泰勒展开：
#
# $$f(x-\eta g)\approx f(x)-\eta\,|g|^2+\tfrac12\eta^2\,g^\top Hg .$$
#
# 第二项是承诺，第三项是账单。记 $\lambda_g=g^\top Hg/|g|^2$，即*沿梯度方向*的曲率。只要 $\eta<2/\lambda_g$，这一步就下降；因为 $\lambda_g\le\lambda_{\max}$，所以在展开式成立的范围内，$\eta<2/\lambda_{\max}$ 总是安全的。$\lambda_{\max}$ 叫作**锐度**（sharpness）。*哪个 $\eta$ 使这一步下降最多？先写下来，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# 对 $\eta$ 求导：$-|g|^2+\eta\,g^\top Hg=0$，于是 $\eta=\dfrac{|g|^2}{g^\top Hg}=\dfrac1{\lambda_g}$（前提是 $\lambda_g>0$；否则在这个式子看来下降没有尽头）。
# </details>
#
# **在山谷里。** 对二次函数，把 $x$ 用 $H$ 的特征向量表示，各分量互不相干：$x_i\leftarrow(1-\eta\lambda_i)\,x_i$。最慢的是 $|1-\eta\lambda_i|$ 最大的那个，它不是最平坦的方向，就是最陡峭的方向。最好的学习率使两者相等：$1-\eta\lambda_{\min}=-(1-\eta\lambda_{\max})$，于是
#
# $$\eta=\frac{2}{\lambda_{\min}+\lambda_{\max}},\qquad\text{每一步把两者都缩小到}\quad\frac{\lambda_{\max}-\lambda_{\min}}{\lambda_{\max}+\lambda_{\min}}=\frac{\kappa-1}{\kappa+1}\approx1-\frac2\kappa .$$
#
# 精度提高一位，大约要 $\frac{\kappa}{2}\ln10\approx1.15\,\kappa$ 步。$\kappa$ 大的问题叫作**病态**（ill-conditioned）问题。*固定*的学习率，再怎么挑也不会比这更好。（让学习率变化就有可能，动量法则确实能：03 章。）
#
# 记起点的各分量为 $c_i$。走 $t$ 步之后，损失高出最小值 $\frac12\sum_i\lambda_i\,(1-\eta\lambda_i)^{2t}\,c_i^2$：每个方向一项，各自衰减。陡的几项很快就没了，剩下平坦的一项，在对数坐标下是一条直线。到诊室里请找一找这个形状。

# %% [markdown] lang="en"
# ### Convention card: curvature in other places
#
# | what | here | elsewhere |
# |---|---|---|
# | Hessian times vector | `hessian_vector_product(grad_fn, params, vector)`, by differences | JAX: `jax.jvp(jax.grad(f), (x,), (v,))[1]`, PyTorch: `torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]`: exact, no $h$ (Pearlmutter 1994) |
# | whole Hessian | `numerical_hessian` | `jax.hessian(f)`, `torch.func.hessian(f)` |
# | sharpness | largest eigenvalue of $H$ of the *training* loss | Keskar et al. (2017) mean the rise of the loss in a small box around $x$: another number |
# | condition number | $\lambda_{\max}/\lambda_{\min}$ of $H$ | `np.linalg.cond` takes singular values: the same for positive definite $H$, meaningless at a saddle |
# | ill-conditioning | the first note (CS324) describes it without a number; the second (CS231n) names "canyon" terrain | Goodfellow et al. (2016), section 8.2.1: $\frac12\eta^2g^\top Hg$ outgrows $\eta\,g^\top g$ |
# | curvature in the step itself | not in gradient descent | Newton's method, L-BFGS, preconditioning: Further 4 |
# | learning rate limit | $2/\lambda_{\max}$ | $1/L$ in textbooks that want the best *guaranteed* descent per step ($L$: bound on the curvature) |
# %% [markdown] lang="zh"
# ### 约定卡：曲率在各处
#
# | 内容 | 本课程 | 别处 |
# |---|---|---|
# | 海森矩阵乘向量 | `hessian_vector_product(grad_fn, params, vector)`，用差分 | JAX：`jax.jvp(jax.grad(f), (x,), (v,))[1]`，PyTorch：`torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]`：精确，没有 $h$（Pearlmutter，1994） |
# | 整个海森矩阵 | `numerical_hessian` | `jax.hessian(f)`、`torch.func.hessian(f)` |
# | 锐度 | *训练*损失的 $H$ 的最大特征值 | Keskar 等（2017）指的是 $x$ 周围一个小盒子里损失升高多少，是另一个数 |
# | 条件数 | $H$ 的 $\lambda_{\max}/\lambda_{\min}$ | `np.linalg.cond` 用奇异值：$H$ 正定时相同，在鞍点处没有意义 |
# | 病态 | 第一份笔记（CS324）只有描述，没有数；第二份（CS231n）称之为“峡谷”地形 | Goodfellow 等（2016）8.2.1 节：$\frac12\eta^2g^\top Hg$ 超过了 $\eta\,g^\top g$ |
# | 把曲率用在更新里 | 梯度下降不用 | 牛顿法、L-BFGS、预条件：见拓展 4 |
# | 学习率的界限 | $2/\lambda_{\max}$ | 教科书常取 $1/L$，因为它使每步*有保证的*下降最大（$L$：曲率的上界） |

# %% [markdown] lang="en"
# ### Exercise 1: `hessian_vector_product` ({{points:hessian_vector_product}} points, 8 minutes)
#
# A network with a million parameters has a Hessian with a million million entries. We never need them: we need what $H$ does to *one* vector, and that costs two gradients.
#
# The docstring gives a contract in the place of a formula. The tool is the one of chapter 00, one floor higher: there it made slopes out of losses, here it makes curvature out of slopes.
# %% [markdown] lang="zh"
# ### 练习 1：`hessian_vector_product`（{{points:hessian_vector_product}} 分，8 分钟）
#
# 一百万个参数的网络，海森矩阵有一万亿个元素。好在我们从不需要它们：需要的只是 $H$ 对*一个*向量的作用，而这只要两个梯度。
#
# 文档字符串不给公式，只给契约。工具还是 00 章的那一件，只是高了一层：那时由损失得到斜率，这里由斜率得到曲率。

# %% role="answer" id="hessian_vector_product"
from reference.curvature import hessian_vector_product

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# "The gradient changes by $Hd$ when you move by $d$." Move by $+hv$ and by $-hv$, subtract the gradients: that is $2h\,Hv$.
# </details>
# <details><summary>Hint 2</summary>
#
# One line. Check yourself with the gradient $x^3$ at 2, vector 1, $h=0.5$: $(2.5^3-1.5^3)/1=12.25$, near the true $3\cdot2^2=12$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# “移动 $d$ 时，梯度改变 $Hd$。”分别移动 $+hv$ 和 $-hv$，两个梯度相减，得到 $2h\,Hv$。
# </details>
# <details><summary>提示 2</summary>
#
# 只有一行。核对：梯度为 $x^3$，在 2 处，向量为 1，$h=0.5$：$(2.5^3-1.5^3)/1=12.25$，接近真值 $3\cdot2^2=12$。
# </details>

# %% role="tests" id="test_hessian_vector_product" points=12
check("hessian_vector_product", hessian_vector_product)

# %% [markdown] lang="en"
# ### Exercise 2: `numerical_hessian` ({{points:numerical_hessian}} points, 8 minutes)
#
# For a few dozen parameters the whole matrix is affordable. The products with the unit vectors are its rows.
# %% [markdown] lang="zh"
# ### 练习 2：`numerical_hessian`（{{points:numerical_hessian}} 分，8 分钟）
#
# 参数只有几十个时，整个矩阵也算得起。它与各个单位向量的乘积，就是它的各行。

# %% role="answer" id="numerical_hessian"
from reference.curvature import numerical_hessian

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `np.eye(n)` holds the unit vectors as rows. Each must get the shape of `params` before you pass it on, and each product must become a flat row afterwards.
# </details>
# <details><summary>Hint 2</summary>
#
# Loop over `np.eye(params.size)`, collect `np.ravel(hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h))`, make an array, and average it with its transpose. Do not forget to pass `h` on.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `np.eye(n)` 的各行就是单位向量。传进去之前要变成 `params` 的形状，得到的乘积再拉平成一行。
# </details>
# <details><summary>提示 2</summary>
#
# 对 `np.eye(params.size)` 循环，收集 `np.ravel(hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h))`，组成数组，再与它的转置取平均。别忘了把 `h` 传下去。
# </details>

# %% role="tests" id="test_numerical_hessian" points=8
check("numerical_hessian", numerical_hessian)

# %% [markdown] lang="en"
# ### Exercise 3: `power_iteration` ({{points:power_iteration}} points, 12 minutes)
#
# Sharpness without a matrix. Start with any vector, $v=\sum_ic_iq_i$, and multiply by $H$ again and again: after $k$ times it is $\sum_i\lambda_i^kc_iq_i$. The term with the largest $|\lambda_i|$ outgrows all others, so the *direction* tends to that eigenvector. We
# set the length back to 1 each time, or the numbers would overflow. The eigenvalue is then the curvature in that direction.
#
# *Worked example.* $H=\begin{pmatrix}2&0\\0&-3\end{pmatrix}$, start $(1,1)$. One step: $H(0.707,0.707)=(1.414,-2.121)$, length 2.550, so $v=(0.555,-0.832)$. Eigenvalue so far: $v\cdot Hv=2\cdot0.308-3\cdot0.692=-1.46$. After ten steps it is $-2.998$: note the sign.
# %% [markdown] lang="zh"
# ### 练习 3：`power_iteration`（{{points:power_iteration}} 分，12 分钟）
#
# 不用矩阵也能求锐度。任取一个向量 $v=\sum_ic_iq_i$，反复乘 $H$：$k$ 次之后是 $\sum_i\lambda_i^kc_iq_i$。$|\lambda_i|$ 最大的一项会压过所有其他项，于是*方向*趋于对应的特征向量。每次都把长度还原为 1，否则数会溢出。该方向上的曲率就是特征值。
#
# *例子。* $H=\begin{pmatrix}2&0\\0&-3\end{pmatrix}$，从 $(1,1)$ 出发。走一步：$H(0.707,0.707)=(1.414,-2.121)$，长度 2.550，于是 $v=(0.555,-0.832)$。此时的特征值估计：$v\cdot Hv=2\cdot0.308-3\cdot0.692=-1.46$。十步之后是 $-2.998$：注意符号。

# %% role="answer" id="power_iteration"
from reference.curvature import power_iteration

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Before the loop: make the length 1. In the loop: one product, its length, stop if that is 0, divide. After the loop: one more product for the eigenvalue.
# </details>
# <details><summary>Hint 2</summary>
#
# `np.sum(v * product(v))` works for any shape, `v @ product(v)` only for flat vectors; `np.linalg.norm(x)` without `axis` takes all entries. The length of $Hv$ alone would lose the sign.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 循环之前：把长度变成 1。循环里：求一次乘积，求它的长度，若为 0 就停止，否则相除。循环之后：再求一次乘积来算特征值。
# </details>
# <details><summary>提示 2</summary>
#
# `np.sum(v * product(v))` 对任何形状都成立，`v @ product(v)` 只适用于一维；`np.linalg.norm(x)` 不写 `axis` 就是对所有元素。只取 $Hv$ 的长度会丢掉符号。
# </details>

# %% role="tests" id="test_power_iteration" points=14
check("power_iteration", power_iteration)

# %% [markdown] lang="en"
# ### Exercise 4: `classify_critical_point` ({{points:classify_critical_point}} points, 10 minutes)
#
# Where the gradient is 0, Taylor leaves only $\frac12d^\top Hd$, and the signs of the eigenvalues say what the place is. All positive: up in every direction, a minimum. Some negative: down in those, and if others are positive, a **saddle point**.
# If one is 0, the formula says nothing about that direction; the next term decides. $x^4$ and $x^3$ have the same second derivative at 0, one has a minimum there, the other has not.
#
# Computers do not give zeros. An eigenvalue of $10^{-9}$ may be rounding; so the function has a tolerance. *Before you write:* eigenvalues 2, −1 and 0. Does the 0 make it inconclusive?
#
# <details><summary>answer</summary>
#
# No. There is a way up and a way down, so it is a saddle whatever happens in the third direction.
# </details>
# %% [markdown] lang="zh"
# ### 练习 4：`classify_critical_point`（{{points:classify_critical_point}} 分，10 分钟）
#
# 在梯度为 0 的地方，泰勒展开只剩 $\frac12d^\top Hd$，特征值的符号就说明了这是什么地方。全为正：各个方向都往上，是极小点。有负的：沿那些方向往下；如果另外还有正的，就是**鞍点**（saddle point）。若有一个为 0，式子对那个方向什么也没说，要看下一项。$x^4$ 与 $x^3$ 在 0 处的二阶导数相同，一个在那里取极小，另一个却不是。
#
# 计算机给不出真正的零。$10^{-9}$ 的特征值可能只是舍入误差，所以函数有一个 tolerance。*动笔之前想一想：* 特征值为 2、−1、0，这个 0 会让结论无法确定吗？
#
# <details><summary>答案</summary>
#
# 不会。既有往上的路，又有往下的路，无论第三个方向如何都是鞍点。
# </details>

# %% role="answer" id="classify_critical_point"
from reference.curvature import classify_critical_point

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `np.linalg.eigvalsh(hessian)` returns all eigenvalues of a symmetric matrix. Make two boolean arrays, `positive` and `negative`, and ask them with `.any()` and `.all()`.
# </details>
# <details><summary>Hint 2</summary>
#
# The order of the questions matters: saddle first, then minimum, then maximum, and what is left is inconclusive. Compare with `tolerance`, not with 0.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `np.linalg.eigvalsh(hessian)` 返回对称矩阵的所有特征值。做两个布尔数组 `positive` 和 `negative`，再用 `.any()`、`.all()` 来问。
# </details>
# <details><summary>提示 2</summary>
#
# 提问的顺序有讲究：先问鞍点，再问极小点、极大点，剩下的就是无法确定。与 `tolerance` 比较，而不是与 0 比较。
# </details>

# %% role="tests" id="test_classify_critical_point" points=12
check("classify_critical_point", classify_critical_point)

# %% [markdown] lang="en"
# Your four functions at work on the two examples of the text and on a saddle that we shall need in sitting B: $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$.
# %% [markdown] lang="zh"
# 让四个函数一起上场，看看文中的两个例子，以及 B 节要用的鞍点 $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$。

# %% role="experiment" nbval="check"
with experiment("hessian_vector_product", "numerical_hessian", "power_iteration", "classify_critical_point"):
    places = {
        "x^4 at 0": (lambda x: 4 * x**3, np.zeros(1)),
        "x^3 at 0": (lambda x: 3 * x**2, np.zeros(1)),
        "saddle at (0, 0)": (saddle.gradient, np.zeros(2)),
        "saddle at (0, 1)": (saddle.gradient, np.array([0.0, 1.0])),
    }
    for name, (gradient, x) in places.items():
        hessian = numerical_hessian(gradient, x)
        largest, _ = power_iteration(lambda v: hessian_vector_product(gradient, x, v), np.ones(len(x)))
        print(f"{name:17s} {classify_critical_point(hessian, tolerance=1e-4):12s}"
              f" eigenvalues {np.round(np.linalg.eigvalsh(hessian), 3) + 0.0}, power iteration {largest + 0.0:.3f}")

# %% [markdown] lang="en"
# At (0, 0) power iteration prints 0.000. The eigenvalues are $1$ and $-1$: equally large, neither wins, and from $(1,1)$ the iteration jumps to and fro between $(1,-1)$ and $(1,1)$ for ever. No eigenvalue is 0 there; look at both functions before you believe one.
# %% [markdown] lang="zh"
# 在 (0, 0) 处，幂迭代打印的是 0.000。特征值是 $1$ 和 $-1$：绝对值一样大，谁也压不过谁；从 $(1,1)$ 出发，迭代永远在 $(1,-1)$ 与 $(1,1)$ 之间来回跳。那里并没有为 0 的特征值。所以先看两个函数，再决定相信谁。

# %% [markdown] lang="en"
# ### Experiment 1: what a valley costs
#
# $f(x)=\frac12\sum_i\lambda_ix_i^2$ with 50 curvatures from 1 to $\kappa$, evenly spaced on a log scale. Start at $(1,\dots,1)$, finish when the distance from the minimum is a millionth of what it was. The learning rate is the best there is, $2/(1+\kappa)$. We race on this track again in chapter 03.
#
# $\kappa=10$ takes 62 steps. **And $\kappa=10\,000$?**
#
# - (a) about 250: the steps grow like $\log\kappa$
# - (b) about 2000: like $\sqrt\kappa$
# - (c) about 60 000: like $\kappa$
# %% [markdown] lang="zh"
# ### 实验 1：一条山谷要走多少步
#
# $f(x)=\frac12\sum_i\lambda_ix_i^2$，50 个曲率从 1 到 $\kappa$ 按对数均匀分布。起点 $(1,\dots,1)$，到极小点的距离缩小到最初的百万分之一算到达终点。学习率取最好的那个，$2/(1+\kappa)$。03 章还会回到这条赛道。
#
# $\kappa=10$ 要 62 步。**$\kappa=10\,000$ 呢？**
#
# - (a) 约 250 步：像 $\log\kappa$ 那样增长
# - (b) 约 2000 步：像 $\sqrt\kappa$ 那样
# - (c) 约 60 000 步：像 $\kappa$ 那样

# %% role="answer" id="prediction_valley"
prediction_valley = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_valley = "c"
### END SOLUTION

# %% role="given" id="gradient_descent"
from reference.gradient_descent import gradient_descent

# %% role="experiment" nbval="check"
def steps_until(curvatures, *, lr, far=1e-6, most=100_000):
    """How many steps of gradient descent from (1, ..., 1) until |x| <= far * |start|."""
    x = np.ones(len(curvatures))
    start = np.sqrt(x @ x)
    for t in range(most):
        if np.sqrt(x @ x) <= far * start:
            return t
        x = x - lr * curvatures * x
    return np.inf


kappas = np.array([10, 100, 1000, 10_000])
valley_steps = {}
for name, size in [("50 curvatures", 50), ("2 curvatures", 2)]:
    valley_steps[name] = [steps_until(np.geomspace(1, kappa, size), lr=2 / (1 + kappa)) for kappa in kappas]
print(" kappa  50 curvatures  2 curvatures")
for row in zip(kappas, *valley_steps.values()):
    print("{:6d} {:14d} {:13d}".format(*row))
with experiment("power_iteration"):
    track = np.geomspace(1, 100, 50)
    print(f"sharpness of the track for kappa 100, by power iteration: {power_iteration(lambda v: track * v, np.ones(50))[0]:.1f}")

# %% role="experiment"
slopes = {name: np.polyfit(np.log(kappas[1:]), np.log(steps[1:]), 1)[0] for name, steps in valley_steps.items()}
zigzag = quadratic([1, 20], start=[-2.0, 0.5])
fig, (left, right) = panels(2)
contour_with_paths(zigzag.value, {
    f"lr {lr}": gradient_descent(zigzag.start, zigzag.gradient, lr=lr, num_steps=25) for lr in (0.095, 0.025)},
    xlim=(-2.2, 0.6), ylim=(-0.7, 0.7), minimum=(0, 0), ax=left, aspect="auto", title=r"a valley, $\kappa=20$")
curves({f"{name}, slope {slopes[name]:.2f}": steps for name, steps in valley_steps.items()}, x=kappas, ax=right,
       xlabel=r"condition number $\kappa$", ylabel="steps to 1e-6", logx=True, logy=True)
counted = valley_steps["50 curvatures"]
show(fig, alt={
    "en": "Left: contours of a valley 20 times as steep across as along. With lr 0.095 the path zigzags from wall to wall and comes near the "
          "minimum; with lr 0.025 it runs smoothly along the floor and stops half way. "
          f"Right: log-log plot of steps against condition number; {counted[0]} to {counted[-1]} with 50 curvatures, slope {slopes['50 curvatures']:.2f}.",
    "zh": "左：横向比纵向陡 20 倍的山谷的等高线。lr 为 0.095 时轨迹在两壁之间来回折返，接近了极小点；lr 为 0.025 时沿谷底平滑前进，只走到半路。"
          f"右：步数对条件数的双对数图；50 个曲率时从 {counted[0]} 到 {counted[-1]}，斜率 {slopes['50 curvatures']:.2f}。"},
    caption={"en": "Ask the left picture: after the same 25 steps, which run is nearer to the minimum? Slopes fitted from κ = 100 on.",
             "zh": "请看左图：同样走 25 步，哪一次离极小点更近？斜率由 κ ≥ 100 的点拟合。"})
reveal("valley", prediction_valley, "c", {
    "en": f"{counted[-1]} steps: a thousand times the condition number costs a thousand times the steps.",
    "zh": f"{counted[-1]} 步：条件数大一千倍，步数也多一千倍。"})

# %% [markdown] lang="en"
# **What it showed:** with the best constant learning rate the number of steps is proportional to $\kappa$: about $6\cdot1.15\,\kappa=6.9\,\kappa$ for six digits, which is what two curvatures need. With 50 it is 12 % less, since only two of the fifty directions are slow and the finish is
# measured against the length of all fifty.
#
# **What it does not show:** that a loss of a network is a valley with one $\kappa$. But its curvatures are very different, and the sharp ones set the learning rate for all.
# %% [markdown] lang="zh"
# **它说明了：** 用最好的固定学习率，步数与 $\kappa$ 成正比：六位精度约 $6\cdot1.15\,\kappa=6.9\,\kappa$ 步，两个曲率时正是如此。50 个曲率时少 12%，因为五十个方向里只有两个慢，而终点是按全部五十个的长度来算的。
#
# **它没有说明：** 网络的损失就是一条只有一个 $\kappa$ 的山谷。不过网络各方向的曲率确实相差很大，而最陡的那些决定了大家共用的学习率。

# %% [markdown] lang="en"
# ### Experiment 2: noise and a poor minimum
#
# A double well, $f(x)=(x^2-1)^2+0.3\,x$: a good minimum on the left, a poor one on the right, a hill between. Gradient descent that starts in the poor one stays there. Mini-batches add noise: we model a batch of $B$ by a gradient with added noise of standard deviation $3/\sqrt B$, and let 1000 runs start in the poor minimum. Each
# gets the same total "time" $\eta\cdot\text{steps}=40$, so a run with half the learning rate takes twice the steps.
#
# At $\eta=0.08$, $B=2$ about half of the runs have left. **Which other setting lets about half of them leave?**
#
# - (a) $\eta=0.04$, $B=2$: the batch decides
# - (b) $\eta=0.04$, $B=1$: the ratio $\eta/B$ decides
# - (c) $\eta=0.08$, $B=4$: the learning rate decides
# %% [markdown] lang="zh"
# ### 实验 2：噪声与不好的极小点
#
# 双井函数 $f(x)=(x^2-1)^2+0.3\,x$：左边是好的极小点，右边是不好的，中间隔着一座小山。从右边出发的梯度下降会一直待在那里。小批量带来噪声：我们给梯度加上标准差为 $3/\sqrt B$ 的噪声来模拟大小为 $B$ 的批量，让 1000 次运行都从不好的极小点出发。每次的总“时间” $\eta\cdot\text{步数}=40$ 相同，所以学习率减半，步数就加倍。
#
# $\eta=0.08$、$B=2$ 时，大约一半的运行离开了。**还有哪种设置，也会让大约一半离开？**
#
# - (a) $\eta=0.04$，$B=2$：由批量决定
# - (b) $\eta=0.04$，$B=1$：由比值 $\eta/B$ 决定
# - (c) $\eta=0.08$，$B=4$：由学习率决定

# %% role="answer" id="prediction_escape"
prediction_escape = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_escape = "b"
### END SOLUTION

# %% role="experiment" nbval="check"
well = double_well(0.3)
GOOD, HILL, POOR = np.sort(np.roots([4, 0, -4, 0.3]).real)  # where 4x^3 - 4x + 0.3 = 0


def share_on_the_left(*, lr, batch_size, start=POOR, time=40, runs=1000, noise=3.0):
    """Share of the runs that are left of the hill after time / lr steps of noisy gradient descent."""
    rng = np.random.default_rng(0)
    x = np.full(runs, start)
    for _ in range(round(time / lr)):
        x = x - lr * (well.gradient(x) + noise / np.sqrt(batch_size) * rng.standard_normal(runs))
    return np.mean(x < HILL)


with experiment("classify_critical_point"):
    for name, x in [("good", GOOD), ("hill", HILL), ("poor", POOR)]:
        curvature = 12 * x**2 - 4
        print(f"{name}: x = {x:+.3f}, f = {well.value(x):+.3f}, {classify_critical_point(np.array([[curvature]]))}")
escapes = {}
for lr in (0.02, 0.04, 0.08):
    escapes[lr] = {B: share_on_the_left(lr=lr, batch_size=B) for B in (1, 2, 4)}
    print(f"lr {lr}: share that left, " + ", ".join(f"B = {B}: {share:.2f}" for B, share in escapes[lr].items()))
stay = {ratio: share_on_the_left(lr=0.08, batch_size=0.08 / ratio, start=GOOD) for ratio in (0.02, 0.04, 0.08)}
print("started in the good minimum, still there:", ", ".join(f"lr/B {r}: {share:.2f}" for r, share in stay.items()))

# %% role="experiment"
fig, (left, right) = panels(2)
xs = np.linspace(-1.6, 1.6, 200)
left.plot(xs, well.value(xs))
left.plot([GOOD, HILL, POOR], well.value(np.array([GOOD, HILL, POOR])), "o", color="black", markersize=7)
for name, x, above in [("good", GOOD, -17), ("hill", HILL, 8), ("poor", POOR, -17)]:
    left.annotate(name, (x, well.value(x)), xytext=(0, above), textcoords="offset points", ha="center")
left.set(xlabel="$x$", ylabel="$f(x)$", ylim=(-0.8, 2.2))
for i, (lr, shares) in enumerate(escapes.items()):
    right.plot([lr / B for B in shares], list(shares.values()), label=f"lr {lr}", **look(i))
right.set(xscale="log", xlabel=r"$\eta/B$", ylabel="share that left the poor minimum")
right.set_xticks([0.005, 0.01, 0.02, 0.04, 0.08], ["0.005", "0.01", "0.02", "0.04", "0.08"])
right.minorticks_off()
right.legend(handlelength=3.4)
show(fig, alt={
    "en": "Left: a curve with two hollows, a deeper one on the left, a shallower one on the right and a hill between. Right: share of the runs that left the poor minimum "
          f"against lr / B: near 0 up to 0.02, about one half at 0.04, {escapes[0.08][1]:.2f} at 0.08. The three lines for lr 0.02, 0.04, 0.08 lie on one another.",
    "zh": "左：有两个凹处的曲线，左边较深，右边较浅，中间是小山。右：离开不好的极小点的比例对 lr / B 的图：0.02 以下接近 0，0.04 处约一半，"
          f"0.08 处为 {escapes[0.08][1]:.2f}。lr 为 0.02、0.04、0.08 的三条线重合。"},
    caption={"en": "1000 runs per point, equal time lr · steps = 40.", "zh": "每个点 1000 次运行，总时间 lr · 步数 = 40 相同。"})
reveal("escape", prediction_escape, "b", {
    "en": f"lr 0.08, B 2: {escapes[0.08][2]:.2f}; lr 0.04, B 1: {escapes[0.04][1]:.2f}. The lines of all learning rates lie on one another.",
    "zh": f"lr 0.08、B 2：{escapes[0.08][2]:.2f}；lr 0.04、B 1：{escapes[0.04][1]:.2f}。各学习率的线重合在一起。"})

# %% [markdown] lang="en"
# **What it showed:** noise does carry runs over a hill, and at equal time its strength is $\eta/B$. It does so all or nothing: half the ratio, and 49 % become 1 %. Where it is strong enough to leave a poor minimum soon, it also throws some runs out of the good one (last line), and everywhere it
# raises the noise floor of chapter 01.
#
# **What it does not show:** that networks get caught in poor minima at all, nor that mini-batch noise is Gaussian and the same everywhere. The next cells look.
# %% [markdown] lang="zh"
# **它说明了：** 噪声确实能把运行带过小山，总时间相同时，它的强弱由 $\eta/B$ 决定。而且几乎是全有或全无：比值减半，49% 就变成 1%。噪声强到能很快离开不好的极小点时，也会把一些运行从好的极小点里甩出来（最后一行）；并且处处都会抬高 01 章讲的噪声下限。
#
# **它没有说明：** 网络真的会陷在不好的极小点里，也没有说明小批量的噪声是高斯的、处处相同的。下面接着看。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "It swings between the steep walls, and *so* progress is slow."** The swinging is what one sees, not what costs. Below, the valley of the left picture once more, with a learning rate that zigzags and one that does not.
#
# *Before you run it:* which of the two is nearer to the minimum after 60 steps?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “在陡峭的墙壁之间来回震荡，*所以*进展缓慢。”** 振荡只是看得见的现象，代价不在它身上。下面仍用左图那条山谷，一个学习率会折返，另一个不会。
#
# *运行之前想一想：* 60 步之后，哪一个离极小点更近？

# %% role="experiment" nbval="check"
for lr in (0.095, 0.05, 0.025):
    path = gradient_descent(zigzag.start, zigzag.gradient, lr=lr, num_steps=60)
    turns = int(np.sum(path[1:, 1] * path[:-1, 1] < 0))
    print(f"lr {lr:5}: crosses the floor {turns:2d} times, distance after 60 steps {np.linalg.norm(path[-1]):.4f}")

# %% [markdown] lang="en"
# The zigzag run is far ahead. Without swings ($\eta\lambda_{\max}\le1$) the walk along the floor only gets slower. What is slow is the *flat* direction, and the swings are a sign that the learning rate is nearly as large as the steep one allows.
#
# **2. "On a plateau the gradient is near zero and the model stops learning; noise or momentum gets it across."** Sometimes nobody has to cross it. One sigmoid unit whose answer should be 0 starts at the input $w$, wrong and sure of itself. Squared error $\sigma(w)^2$ has the slope $2\sigma^2(1-\sigma)$, cross-entropy $-\ln(1-\sigma)$
# has the slope $\sigma$.
#
# *Before you run it:* $w$ from 4 to 8. How many times as long does each need?
# %% [markdown] lang="zh"
# 来回折返的那个遥遥领先。不振荡（$\eta\lambda_{\max}\le1$）时，沿谷底只会走得更慢。慢的是*平坦*的方向；振荡恰恰表明，学习率已经快到陡峭方向所允许的上限了。
#
# **2. “平台区梯度接近零，学习停滞，靠噪声或动量冲过去。”** 有时根本不必去冲。一个 sigmoid 单元，正确答案是 0，却从输入 $w$ 出发，错得很自信。平方误差 $\sigma(w)^2$ 的斜率是 $2\sigma^2(1-\sigma)$，交叉熵损失 $-\ln(1-\sigma)$ 的斜率是 $\sigma$。
#
# *运行之前想一想：* $w$ 从 4 变成 8，两者各要多花几倍的时间？

# %% role="given" id="sigmoid"
from reference.rnn import sigmoid

# %% role="experiment" nbval="check"
SLOPES = {
    "squared error": lambda w: 2 * sigmoid(w) ** 2 * (1 - sigmoid(w)),
    "cross-entropy": lambda w: sigmoid(w),
}
outputs = {}
for w in (4, 8):
    for name, slope in SLOPES.items():
        path = gradient_descent(np.array(float(w)), slope, lr=1.0, num_steps=2000)
        outputs[f"{name}, w = {w}"] = sigmoid(path)
        arrived = int(np.nonzero(sigmoid(path) < 0.1)[0][0])
        print(f"w = {w}, {name}: first slope {slope(w):.5f}, output below 0.1 after {arrived} steps")

# %% role="experiment"
ax = curves(outputs, ylabel=r"output $\sigma(w)$, should be 0", logx=True)
ax.set_xlim(1, 2000)
show(ax.figure, alt={
    "en": "Output of one sigmoid unit against steps, log axis. Both lines for cross-entropy fall within 20 steps; squared error from w = 4 falls at about 40 steps, "
          "from w = 8 it stays near 1 for 1500 steps and then drops at once.",
    "zh": "一个 sigmoid 单元的输出随步数的变化（步数为对数坐标）。交叉熵的两条线都在 20 步内下降；平方误差从 w = 4 出发约 40 步时下降，从 w = 8 出发则在 1 附近停了 1500 步，然后骤降。"},
    caption={"en": "The same unit, the same start, two losses: the plateau belongs to one of them.",
             "zh": "同一个单元，同样的起点，两种损失：平台区只属于其中一种。"})

# %% [markdown] lang="en"
# On the plateau the slope falls like $e^{-w}$, so the waiting time grows like $e^{w}$: 22 times as long for 4 more in $w$, where cross-entropy needs four steps more. Many plateaus are *made*, by a loss or an activation that saturates, and are best unmade: by cross-entropy here, by initialization and normalization in chapter 06.
#
# **3. "Training gets stuck in local minima."** (Of the first note's words on batch gradient descent.) Let us ask a network where it stands. 33 parameters, 100 points of two moons, plain gradient descent; at each stop we take the whole Hessian with your function. (The gradient is not quite 0 at these stops, so we only read the signs of the curvatures.)
#
# *Before you run it:* after 5000 steps, with the loss almost at 0, will all 33 curvatures be positive?
# %% [markdown] lang="zh"
# 在平台区上，斜率像 $e^{-w}$ 那样减小，等待时间就像 $e^{w}$ 那样增长：$w$ 多 4，要等 22 倍的时间，而交叉熵只多四步。许多平台区是*造*出来的，来自会饱和的损失或激活函数，最好的办法是不去造它：这里换用交叉熵，06 章用参数初始化和归一化。
#
# **3. “训练会陷入局部最小值。”**（第一份笔记谈批量梯度下降时的说法。）不妨问问网络自己在哪里。33 个参数，双月数据 100 个点，普通梯度下降；每到一站，用你的函数算出整个海森矩阵。（这几站的梯度并不恰好为 0，所以只看曲率的符号。）
#
# *运行之前想一想：* 5000 步之后，损失已接近 0，33 个曲率会全是正的吗？

# %%
X_moons, y_moons = moons(np.random.default_rng(0), num=100)
X_moons = X_moons - X_moons.mean(axis=0)


def moons_loss_and_grad(params):
    """Logistic loss of a 2-8-1 tanh network on the moons and its gradient; params: 33 numbers in one array."""
    W1, b1, w2, b2 = params[:16].reshape(2, 8), params[16:24], params[24:32], params[32]
    hidden = np.tanh(X_moons @ W1 + b1)
    score = hidden @ w2 + b2
    loss = np.mean(np.logaddexp(0, score) - y_moons * score)
    d_score = (sigmoid(score) - y_moons) / len(y_moons)
    d_hidden = np.outer(d_score, w2) * (1 - hidden**2)
    parts = [(X_moons.T @ d_hidden).ravel(), d_hidden.sum(axis=0), hidden.T @ d_score, [d_score.sum()]]
    return loss, np.concatenate(parts)


def moons_gradient(params):
    return moons_loss_and_grad(params)[1]


# %% role="experiment" nbval="check"
with experiment("numerical_hessian", "hessian_vector_product", "classify_critical_point"):
    where = np.random.default_rng(0).normal(0, 0.5, 33)
    done = 0
    for stop in (0, 100, 1000, 5000):
        where = gradient_descent(where, moons_gradient, lr=0.5, num_steps=stop - done)[-1]
        done = stop
        hessian = numerical_hessian(moons_gradient, where)
        values = np.linalg.eigvalsh(hessian)
        print(f"step {stop:4d}: loss {moons_loss_and_grad(where)[0]:.3f}, |gradient| {np.linalg.norm(moons_gradient(where)):.4f},"
              f" curvatures from {values[0]:.3f} to {values[-1]:.2f}, negative ones {np.sum(values < -1e-6):2d} of 33,"
              f" tolerance 1e-3: {classify_critical_point(hessian, tolerance=1e-3)}")

# %% [markdown] lang="en"
# It never was in a minimum, good or poor. On the way there are always directions that bend down, fewer and weaker as the loss falls (Dauphin et al. 2014 saw the same in larger networks); at the end they are so close to flat that a tolerance of $10^{-3}$ calls the place inconclusive, and the gradient is still falling. "The loss stands still" is
# an observation; "a local minimum" is a claim about 33 curvatures. Small networks do have poor minima; in wide ones it is rarely what stops a run.
# %% [markdown] lang="zh"
# 它从头到尾都不在极小点，无论好的还是不好的。一路上始终有向下弯的方向，随着损失下降，它们越来越少、越来越弱（Dauphin 等 2014 年在更大的网络里看到了同样的现象）；到最后已接近平坦，tolerance 取 $10^{-3}$ 时判断为无法确定，而梯度仍在减小。“损失不动了”是观察；“到了局部极小点”则是对 33 个曲率的断言。小网络确有不好的极小点；在宽的网络里，让训练停下来的很少是它。

# %% [markdown] lang="en"
# ### Clinic
#
# Three runs whose owners say "it is stuck". Blue, solid: loss above the best known value. Orange, dashed: length of the gradient. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 三次运行，求诊者都说“卡住了”。蓝色实线：损失高出已知最优值的部分；橙色虚线：梯度的长度。先选一个诊断，说出证据，再点开核对。

# %% role="experiment"
def record(value, gradient, start, *, lr, num_steps):
    """Loss and gradient length along a run of gradient descent."""
    path = gradient_descent(start, gradient, lr=lr, num_steps=num_steps)
    return [value(x) for x in path], [np.linalg.norm(gradient(x)) for x in path]


steep = np.geomspace(1, 1000, 50)
patients = {
    "A": record(lambda x: x @ (steep * x) / 2, lambda x: steep * x, np.ones(50), lr=2 / 1001, num_steps=600),
    "B": record(lambda w: sigmoid(w) ** 2, SLOPES["squared error"], np.array(7.0), lr=1.0, num_steps=600),
    "C": record(lambda x: well.value(x) - well.minimum, well.gradient, np.array(1.4), lr=0.01, num_steps=600),
}
fig, axes = panels(3)
for ax, (name, (losses, lengths)) in zip(axes, patients.items(), strict=True):
    ax.plot(losses, label="loss")
    ax.plot(lengths, label="|gradient|")
    ax.set(yscale="log", xlabel="step", title=name)
axes[0].legend(handlelength=3.4)
axes[0].set_ylabel("loss, |gradient|")
show(fig, alt={
    "en": "Three pairs of curves, loss and gradient length, log axes. A: both fall fast, then on along two slowly falling straight lines. B: the loss stays at 1 and the gradient near 0.002, "
          "rising a little, until after 500 steps the gradient peaks and the loss drops. C: the loss levels off at 0.6 while the gradient falls in a straight line to rounding level.",
    "zh": "三组损失与梯度长度的曲线，对数坐标。A：两者先快速下降，然后沿两条缓慢下降的直线继续。B：损失停在 1，梯度在 0.002 附近略微上升，500 步之后梯度出现尖峰，损失骤降。"
          "C：损失停在 0.6，而梯度沿直线一直降到舍入误差的水平。"})

# %% [markdown] lang="en"
# **A.**
# <details><summary>ill-conditioned</summary><b>Yes.</b> Fast at first (the steep directions), then a straight line on a log axis: one direction shrinks by the same small share in every step.</details>
# <details><summary>a local minimum</summary>Then the gradient would fall much faster than the loss, which would level off above 0.</details>
# <details><summary>learning rate too large</summary>Something would grow, or swing without shrinking.</details>
#
# **B.**
# <details><summary>a local minimum</summary>There the gradient tends to 0. Here it is small, but it grows.</details>
# <details><summary>a plateau</summary><b>Yes.</b> A small gradient that grows slowly, a loss that hardly moves, then a sudden way out. The same length of waiting tells nothing about how much is left.</details>
# <details><summary>noise</summary>Both curves are perfectly smooth.</details>
#
# **C.**
# <details><summary>a poor minimum (or a saddle reached exactly)</summary><b>Yes.</b> The gradient falls to rounding level while the loss stays up. Which of the two it is, the Hessian says.</details>
# <details><summary>a plateau</summary>On a plateau the gradient is small, but it does not fall in a straight line to $10^{-15}$.</details>
# <details><summary>ill-conditioned</summary>In a valley the loss would go on falling with the gradient.</details>
# %% [markdown] lang="zh"
# **A.**
# <details><summary>病态</summary><b>正确。</b>开头快（陡峭方向），随后在对数坐标下是一条直线：某个方向每一步都只缩小同样小的比例。</details>
# <details><summary>局部极小值</summary>那样梯度会比损失降得快得多，损失则停在 0 以上。</details>
# <details><summary>学习率太大</summary>那样总有什么会增长，或者不停摆动。</details>
#
# **B.**
# <details><summary>局部极小值</summary>在那里梯度趋于 0。这里梯度虽小，却在变大。</details>
# <details><summary>平台区</summary><b>正确。</b>梯度小，增长缓慢，损失几乎不动，然后突然走了出去。已经等了多久，并不说明还要等多久。</details>
# <details><summary>噪声</summary>两条曲线都非常光滑。</details>
#
# **C.**
# <details><summary>不好的极小点（或恰好走到的鞍点）</summary><b>正确。</b>梯度降到舍入误差的水平，损失却停在高处。究竟是哪一种，要问海森矩阵。</details>
# <details><summary>平台区</summary>平台区上梯度虽小，却不会沿直线一直降到 $10^{-15}$。</details>
# <details><summary>病态</summary>在山谷里，损失会跟着梯度继续下降。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** $g=(3,4)$ and $Hg=10\,g$. Which learning rate makes this step of gradient descent go down as far as possible (as far as Taylor's formula to second order holds)?
# <details><summary>0.2</summary>That is the border: there the step brings back exactly the old value.</details>
# <details><summary>0.1</summary><b>Right:</b> $1/\lambda_g$, and here $\lambda_g=10$. The length of $g$ does not matter.</details>
# <details><summary>0.02</summary>You divided by $|g|$ once more. $\lambda_g=g^\top Hg/|g|^2$ is free of it.</details>
#
# **2.** You may ask for gradients only; the model has ten million parameters. What can you get in a minute?
# <details><summary>the Hessian</summary>$10^{14}$ numbers.</details>
# <details><summary>its largest eigenvalue</summary><b>Right:</b> a few dozen products, two gradients each.</details>
# <details><summary>whether the point is a minimum</summary>That asks for the sign of <i>all</i> eigenvalues. One negative curvature would refute it, and even that may be hard to find.</details>
#
# **3.** At a point with gradient 0, the eigenvalues are 5, 2 and 0 (to rounding). What is it?
# <details><summary>a minimum</summary>Perhaps: $x^4$ in the third direction. But it may as well be $x^3$, or $-x^4$.</details>
# <details><summary>a saddle</summary>Perhaps, if the third direction goes down. Second derivatives do not show it.</details>
# <details><summary>the Hessian does not tell</summary><b>Right.</b></details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** $g=(3,4)$，$Hg=10\,g$。哪个学习率使这一步梯度下降降得最多（在二阶泰勒展开成立的范围内）？
# <details><summary>0.2</summary>这是界限：走完这一步恰好回到原来的高度。</details>
# <details><summary>0.1</summary><b>正确：</b>$1/\lambda_g$，这里 $\lambda_g=10$。$g$ 的长度不起作用。</details>
# <details><summary>0.02</summary>你又除了一次 $|g|$。$\lambda_g=g^\top Hg/|g|^2$ 与它无关。</details>
#
# **2.** 只能求梯度，模型有一千万个参数。一分钟内能得到什么？
# <details><summary>海森矩阵</summary>那是 $10^{14}$ 个数。</details>
# <details><summary>它的最大特征值</summary><b>正确：</b>几十次乘积，每次两个梯度。</details>
# <details><summary>该点是不是极小点</summary>这要求知道<i>所有</i>特征值的符号。只要一个负曲率就能否定它，但连这一个也可能很难找到。</details>
#
# **3.** 某点梯度为 0，特征值为 5、2 和 0（在舍入误差内）。它是什么？
# <details><summary>极小点</summary>也许是：第三个方向上可能是 $x^4$。但也可能是 $x^3$，或者 $-x^4$。</details>
# <details><summary>鞍点</summary>也许是，如果第三个方向往下走的话。二阶导数看不出来。</details>
# <details><summary>海森矩阵无法判断</summary><b>正确。</b></details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_valley prediction_escape" points=4
made = [guess for guess in (prediction_valley, prediction_escape) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - The gradient says which way, the curvature for how long: a step goes down while $\eta<2/\lambda_g$, and $2/\lambda_{\max}$ is safe everywhere on a quadratic.
# - Curvature costs gradients only: two for a product, a few dozen for the sharpness, two per parameter for the whole Hessian.
# - Valley: $\kappa$ times as steep across as along means about $1.15\,\kappa$ steps per digit. The flat direction is slow, not the zigzag.
# - Signs of the eigenvalues tell minimum, maximum and saddle apart; a zero tells nothing.
# - Noise leaves poor minima at a rate set by $\eta/B$. Some plateaus go away with another loss.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 梯度说往哪走，曲率说能走多远：$\eta<2/\lambda_g$ 时这一步下降；在二次函数上，$2/\lambda_{\max}$ 以内处处安全。
# - 曲率只要梯度就能算：一次乘积两个梯度，锐度几十个，整个海森矩阵每个参数两个。
# - 山谷：横向比纵向陡 $\kappa$ 倍，每位精度约需 $1.15\,\kappa$ 步。慢的是平坦方向，不是折返。
# - 特征值的符号能区分极小点、极大点和鞍点；为零则什么也说明不了。
# - 噪声离开不好的极小点，快慢由 $\eta/B$ 决定。有的平台区换个损失就没有了。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: saddles and cliffs
#
# | | |
# |---|---|
# | **You will be able to** | say how long a saddle holds a run and leave one by a push; compute a gradient through time and see where it vanishes or explodes; clip gradients, by array and for a whole model, and say what clipping cannot do |
# | **You need** | sitting A; the chain rule along a graph (00) |
# | **Time** | about 90 minutes: 35 reading, 55 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●● |
# | **Points** | {{points:B}}: four exercises ({{points:perturbed_gradient_descent}}; {{points:rnn_state_gradients}} + {{points:rnn_gradient}} in two steps; {{points:clip_by_norm}}; {{points:clip_by_global_norm}}), two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：鞍点与悬崖
#
# | | |
# |---|---|
# | **学完你能够** | 说出鞍点会把训练拖住多久，并用一次扰动离开它；沿时间算出梯度，看清它在哪里消失、在哪里爆炸；按数组或按整个模型裁剪梯度，并说清裁剪做不到什么 |
# | **你需要** | A 节；计算图上的链式法则（00） |
# | **时间** | 约 90 分钟：阅读 35 分钟，动手 55 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●● |
# | **分数** | {{points:B}} 分：四道练习（{{points:perturbed_gradient_descent}}；分两步的 {{points:rnn_state_gradients}} + {{points:rnn_gradient}}；{{points:clip_by_norm}}；{{points:clip_by_global_norm}}）和两次预测 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# <details><summary>1. One weight is used in two places of a graph. What is its gradient? (00)</summary>
#
# The sum of the two gradients that arrive, one from each place.
# </details>
# <details><summary>2. σ is the sigmoid. What is its derivative, written with s = σ(x), and how large can it be? (00)</summary>
#
# $s(1-s)$; at most $\frac14$, where $s=\frac12$.
# </details>
# <details><summary>3. On f = λb²/2 with λ = −1, what does a step of gradient descent with lr 0.1 do to b? (01)</summary>
#
# It multiplies $b$ by $1-0.1\cdot(-1)=1.1$: the formula $1-\eta\lambda$ does not care about the sign.
# </details>
# <details><summary>4. A batch has 64 examples. The loss is their mean; somebody takes the sum instead. What happens to the gradient's length? (01)</summary>
#
# It is 64 times as long. Any threshold for it would have to be 64 times as large, too.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# <details><summary>1. 计算图中同一个权重用在两处。它的梯度是什么？（00）</summary>
#
# 从两处传回来的梯度之和。
# </details>
# <details><summary>2. σ 是 sigmoid。用 s = σ(x) 表示它的导数；导数最大是多少？（00）</summary>
#
# $s(1-s)$；在 $s=\frac12$ 处最大，为 $\frac14$。
# </details>
# <details><summary>3. f = λb²/2，λ = −1，lr 为 0.1。梯度下降的一步对 b 做了什么？（01）</summary>
#
# 乘上 $1-0.1\cdot(-1)=1.1$：公式 $1-\eta\lambda$ 不管符号。
# </details>
# <details><summary>4. 一个批量有 64 个样本，损失取平均；有人改成了求和。梯度的长度怎样变化？（01）</summary>
#
# 变成 64 倍。为它设的任何阈值也得跟着变成 64 倍。
# </details>

# %% [markdown] lang="en"
# ### How long does a saddle hold a run?
#
# A saddle with a negative eigenvalue is called a **strict saddle**. Near it one direction shrinks, another grows. On $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$ the eigenvalues at the origin are $1$ and $-1$; while $b$ is small, a step with learning rate $\eta$ does
#
# $$a\leftarrow(1-\eta)\,a,\qquad b\leftarrow(1+\eta)\,b .$$
#
# The run comes in along $a$ and leaves along $b$. If it starts exactly on the line $b=0$ it ends in the saddle. That line is the **stable set**; it has no area, and so a random start hits it with probability 0 (Lee et al. 2016 prove this for all strict saddles, if the learning rate is below $1/L$, $L$ the largest curvature).
# But a start *near* it, $b_0=\delta$, takes a while. *How many steps until $b$ has grown to about 1? Write it down before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# $(1+\eta)^t\,\delta=1$ gives $t=\dfrac{\ln(1/\delta)}{\ln(1+\eta)}\approx\dfrac{\ln(1/\delta)}{\eta}$.
# </details>
#
# Only the logarithm of $\delta$: for $\eta=0.1$ a distance of $10^{-8}$ costs about 190 steps. That is the good news. The bad news: a run may come from one saddle straight towards the next, each time nearer to the stable set; there are functions on which gradient descent needs exponentially many steps (Du et al. 2017; quoted, not shown here).
#
# *Questions to the figure, before you touch it:* how does the length of the gradient (right) show that the run is passing a saddle and not arriving at a minimum? Move the start from −4 to −12: by how many steps does the drop of the loss move? And lr from 0.10 to 0.20?
#
# <details><summary>answers</summary>
#
# It falls along a straight line, turns, and grows along another: at a minimum it would go on falling. From −4 to −12 the drop moves by about $8\ln10/\ln1.1=193$ steps. Doubling the learning rate halves the waiting time, nearly.
# </details>
# %% [markdown] lang="zh"
# ### 鞍点会把训练拖住多久？
#
# 有负特征值的鞍点叫**严格鞍点**（strict saddle）。在它附近，一个方向缩小，另一个方向放大。对 $f(a,b)=\frac12a^2+\frac14b^4-\frac12b^2$，原点处的特征值是 $1$ 和 $-1$；$b$ 还小的时候，学习率为 $\eta$ 的一步就是
#
# $$a\leftarrow(1-\eta)\,a,\qquad b\leftarrow(1+\eta)\,b .$$
#
# 轨迹沿 $a$ 进来，沿 $b$ 出去。如果恰好从直线 $b=0$ 上出发，就会停在鞍点。这条直线叫**稳定集**，它没有面积，随机的起点落在上面的概率是 0（Lee 等 2016 年对所有严格鞍点证明了这一点，条件是学习率小于 $1/L$，$L$ 为最大曲率）。但从它*附近* $b_0=\delta$ 出发，就要等上一阵。*$b$ 长到 1 左右要多少步？先写下来，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# 由 $(1+\eta)^t\,\delta=1$ 得 $t=\dfrac{\ln(1/\delta)}{\ln(1+\eta)}\approx\dfrac{\ln(1/\delta)}{\eta}$。
# </details>
#
# 只与 $\delta$ 的对数有关：$\eta=0.1$ 时，距离 $10^{-8}$ 大约要 190 步。这是好消息。坏消息是：轨迹可能从一个鞍点径直走向下一个，而且每次都更贴近稳定集；有的函数会让梯度下降走上指数多的步数（Du 等，2017；此处只引用，不演示）。
#
# *动手之前，先问图几个问题：* 从梯度长度（右图）怎样看出轨迹是在经过鞍点，而不是到达极小点？把起点从 −4 移到 −12，损失下降的时刻推迟多少步？lr 从 0.10 变成 0.20 呢？
#
# <details><summary>答案</summary>
#
# 它沿一条直线下降，转折，再沿另一条直线上升；若是极小点，就会一直降下去。从 −4 到 −12，下降的时刻推迟约 $8\ln10/\ln1.1=193$ 步。学习率加倍，等待时间差不多减半。
# </details>

# %% role="experiment"
landscape_explorer(landscape="saddle", lr=0.1, start=-8.0)

# %% [markdown] lang="en"
# ### Exercise 5: `perturbed_gradient_descent` ({{points:perturbed_gradient_descent}} points, 14 minutes)
#
# The remedy follows from the formula: make $\delta$ larger. Where the gradient is small we push the params in a random direction, by a small radius; almost any push has a part along $b$, and that part grows. At a minimum the push does no harm: the run rolls back.
# To let it roll, no second push may come for `wait` steps. (Jin et al. 2017 prove that such a push makes the escape fast on every function with strict saddles only.)
#
# *Worked example.* $g(x)=-x$ in one variable (a hill top), start 0, `lr` 0.5, `radius` 0.1, `grad_tolerance` 0.2, `wait` 3; say the draws are positive. Step 0: $|g|=0$, push to 0.1, step to 0.15. Step 1: $|g|=0.15$ is small, but the last push was 1 step ago: 0.225. Step 2: 0.3375. Step 3: the wait is over,
# but $|g|=0.3375$ is not small any more: 0.50625.
# %% [markdown] lang="zh"
# ### 练习 5：`perturbed_gradient_descent`（{{points:perturbed_gradient_descent}} 分，14 分钟）
#
# 从公式就能看出对策：让 $\delta$ 大一点。在梯度小的地方，把参数朝随机方向推一小段距离 radius；几乎任何一推都含有沿 $b$ 的分量，而这个分量会增长。如果那里是极小点，推一下也无妨，自己会滚回去。为了让它有时间滚，`wait` 步之内不再推第二次。（Jin 等 2017 年证明：在只有严格鞍点的函数上，这样推一下就能很快离开。）
#
# *例子。* 单变量 $g(x)=-x$（山顶），起点 0，`lr` 为 0.5，`radius` 为 0.1，`grad_tolerance` 为 0.2，`wait` 为 3；假设抽到的都是正数。第 0 步：$|g|=0$，推到 0.1，再走到 0.15。第 1 步：$|g|=0.15$ 够小，但离上次推才 1 步：走到 0.225。第 2 步：0.3375。第 3 步：等够了，但 $|g|=0.3375$ 已经不小：走到 0.50625。

# %% role="answer" id="perturbed_gradient_descent"
from reference.curvature import perturbed_gradient_descent

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Start from `gradient_descent` above: `path = [params]`, a loop, `np.array(path)`. Keep one more number: the first step at which a push is allowed again, 0 at the beginning.
# </details>
# <details><summary>Hint 2</summary>
#
# In the loop: if `t >= next_push` and the gradient is small, draw `noise = rng.standard_normal(params.shape)`, divide by its length, add `radius` times it, set `next_push = t + wait`. Then always one ordinary step with the gradient at the *new* point. For float32: `(...).astype(params.dtype)` around the push.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 从上面的 `gradient_descent` 改起：`path = [params]`，循环，`np.array(path)`。另外记一个数：从哪一步起允许再推，开始时为 0。
# </details>
# <details><summary>提示 2</summary>
#
# 循环里：若 `t >= next_push` 且梯度小，就抽 `noise = rng.standard_normal(params.shape)`，除以它的长度，乘 `radius` 加上去，并令 `next_push = t + wait`。然后总是走普通的一步，用*新*点处的梯度。要保持 float32，可在推的那一项外面加 `.astype(params.dtype)`。
# </details>

# %% role="tests" id="test_perturbed_gradient_descent" points=13
check("perturbed_gradient_descent", perturbed_gradient_descent)

# %% [markdown] lang="en"
# ### Experiment 3: are saddles more common in high dimension?
#
# "In high dimensions saddle points are more common than local minima", says the first note. The usual reason given: each of $n$ eigenvalues is positive or negative like a coin, so all positive has probability $2^{-n}$. Let us draw Hessians at random and count. The most natural random symmetric matrix (the Gaussian orthogonal ensemble, GOE: it looks the same
# in every rotated basis) has independent normal entries, off the diagonal with half the variance of the diagonal.
#
# Coins would give $1/32=0.031$ for $n=5$. **How often is a random 5×5 Hessian positive definite?**
#
# - (a) more often, about 0.1
# - (b) about as often as the coins say
# - (c) far less often, about 0.0001
# %% [markdown] lang="zh"
# ### 实验 3：高维空间里鞍点更常见吗？
#
# 第一份笔记说：“在高维空间中，鞍点比局部最小值更常见。”通常给的理由是：$n$ 个特征值各自像抛硬币一样有正有负，所以全为正的概率是 $2^{-n}$。我们来随机抽海森矩阵，数一数。最自然的随机对称矩阵（高斯正交系综，Gaussian orthogonal ensemble, GOE：无论怎样旋转坐标，看上去都一样）各元素独立、服从正态分布，对角线以外的方差是对角线上的一半。
#
# 按抛硬币，$n=5$ 时是 $1/32=0.031$。**随机的 5×5 海森矩阵正定的概率是多少？**
#
# - (a) 更大，约 0.1
# - (b) 与抛硬币差不多
# - (c) 小得多，约 0.0001

# %% role="answer" id="prediction_random_hessian"
prediction_random_hessian = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_random_hessian = "c"
### END SOLUTION

# %% role="experiment" nbval="check"
def random_symmetric(rng, n, count, *, off_variance=0.5):
    """`count` symmetric n x n matrices: diagonal N(0, 1), the rest N(0, off_variance)."""
    matrices = np.zeros((count, n, n))
    i, j = np.tril_indices(n, -1)
    matrices[:, i, j] = matrices[:, j, i] = np.sqrt(off_variance) * rng.standard_normal((count, len(i)))
    matrices[:, np.arange(n), np.arange(n)] = rng.standard_normal((count, n))
    return matrices


def share_positive_definite(rng, n, count=100_000, **variance):
    """A positive definite matrix has a positive diagonal, which 1 in 2^n matrices has: draw only those.

    Then eliminate as for a linear system: positive definite means that every pivot is positive.
    """
    matrices = random_symmetric(rng, n, count, **variance)
    matrices[:, np.arange(n), np.arange(n)] = np.abs(matrices[:, np.arange(n), np.arange(n)])
    for _ in range(n - 1):
        column = matrices[:, 1:, :1]
        matrices = matrices[:, 1:, 1:] - column * matrices[:, :1, 1:] / matrices[:, :1, :1]
        matrices = matrices[matrices[:, 0, 0] > 0]
    return len(matrices) / count / 2**n


rng = np.random.default_rng(0)
definite = {name: [share_positive_definite(rng, n, off_variance=variance) for n in range(1, 6)]
            for name, variance in [("GOE", 0.5), ("equal variances", 1.0)]}
print("n     coins       GOE  equal variances")
for n in range(1, 6):
    print(f"{n}  {2.0**-n:8.5f}  {definite['GOE'][n - 1]:8.5f} {definite['equal variances'][n - 1]:16.5f}")
print(f"GOE, n = 2, exactly: (2 - sqrt(2)) / 4 = {(2 - np.sqrt(2)) / 4:.5f}")
with experiment("classify_critical_point"):
    print("classify_critical_point on 1000 GOE matrices each:")
    for n in (1, 2, 3, 5, 8):
        kinds = [classify_critical_point(matrix) for matrix in random_symmetric(rng, n, 1000)]
        print(f"n = {n}: minimum {kinds.count('minimum')}, maximum {kinds.count('maximum')}, saddle {kinds.count('saddle')}")

# %% role="experiment"
ax = curves({"independent coins": 2.0 ** -np.arange(1, 6)} | definite, x=np.arange(1, 6), logy=True, xlabel="$n$",
            ylabel="P(positive definite)")
ax.set_xticks(range(1, 6))
show(ax.figure, alt={
    "en": "Probability that a random symmetric matrix is positive definite, log axis, n from 1 to 5. Coins: a straight line from 0.5 to 0.03. The other two bend down ever faster: "
          f"GOE to {definite['GOE'][-1]:.5f}, equal variances to {definite['equal variances'][-1]:.6f}.",
    "zh": "随机对称矩阵正定的概率（对数坐标），n 从 1 到 5。抛硬币：从 0.5 到 0.03 的直线。另外两条越来越快地向下弯："
          f"GOE 降到 {definite['GOE'][-1]:.5f}，等方差降到 {definite['equal variances'][-1]:.6f}。"},
    caption={"en": "100 000 matrices with a positive diagonal per point, divided by 2^n.", "zh": "每个点用 100 000 个对角线为正的矩阵，结果再除以 2^n。"})
reveal("random_hessian", prediction_random_hessian, "c", {
    "en": f"About {definite['GOE'][-1]:.4f}. Eigenvalues are not coins: they repel each other, and five of them on one side of 0 is a crowd.",
    "zh": f"约 {definite['GOE'][-1]:.4f}。特征值不是硬币：它们互相排斥，五个都挤在 0 的同一边太拥挤了。"})

# %% [markdown] lang="en"
# **What it showed:** for *random* matrices the argument is even stronger than the coins, but the numbers depend on what one calls random: with equal variances they are smaller again by a factor of ten at $n=5$.
#
# **What it does not show:** anything about a network. Its Hessian is not drawn from the GOE, least of all at a low loss: in correction 3 of sitting A the negative curvatures got fewer on the way down. That *this* happens for random functions too is the point of Dauphin et al. (2014): saddles dominate at a high loss, and low critical points are mostly minima.
# %% [markdown] lang="zh"
# **它说明了：** 对*随机*矩阵，这个论证比抛硬币还要强；但数值取决于“随机”指的是什么：取等方差，$n=5$ 时又小了大约十倍。
#
# **它没有说明：** 任何关于网络的事。网络的海森矩阵不是从 GOE 里抽出来的，损失低的时候尤其不是：A 节更正 3 里，负曲率在下降途中越来越少。随机函数*也*是这样，这正是 Dauphin 等（2014）的要点：损失高处，鞍点占多数；损失低的临界点，大多是极小点。

# %% [markdown] lang="en"
# ### A cliff, and where it comes from
#
# A recurrent network uses the same weight at every time step. The smallest one has one unit, no input and two parameters (Pascanu et al. 2013):
#
# $$x_t=w\,\sigma(x_{t-1})+b,\quad t=1,\dots,T,\qquad \text{loss}=(\sigma(x_T)-\text{target})^2 .$$
#
# Write $s_t=\sigma(x_t)$ and $d_t=\partial\,\text{loss}/\partial x_t$. At the end, $d_T=2(s_T-\text{target})\,s_T(1-s_T)$. One step back in time the chain rule multiplies by $\partial x_t/\partial x_{t-1}=w\,s_{t-1}(1-s_{t-1})$:
#
# $$d_{t-1}=d_t\;w\,s_{t-1}(1-s_{t-1}) .$$
#
# After $T$ steps $d_0$ is $d_T$ times a product of $T$ factors. *Since $s(1-s)\le\frac14$: what bound follows for $|d_0|$, and for which $w$ is the gradient sure to vanish? Write it down before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# $|d_0|\le|d_T|\,\bigl(\tfrac{|w|}4\bigr)^{T}$: for $|w|<4$ it vanishes. $|w|>4$ is needed for it to explode (needed, not enough: $s$ must stay near $\frac12$ too).
# </details>
#
# The same $w$ and $b$ are used in all $T$ steps, so their gradients are sums over time (which ones, you find in exercise 6). Where the product explodes, the sum is huge; a hair's breadth aside the states settle somewhere else and it is tiny. That is a **cliff**.
# %% [markdown] lang="zh"
# ### 悬崖，以及它从哪里来
#
# 循环网络在每个时间步都用同一个权重。最小的循环网络只有一个单元，没有输入，两个参数（Pascanu 等，2013）：
#
# $$x_t=w\,\sigma(x_{t-1})+b,\quad t=1,\dots,T,\qquad \text{损失}=(\sigma(x_T)-\text{target})^2 .$$
#
# 记 $s_t=\sigma(x_t)$，$d_t=\partial\,\text{损失}/\partial x_t$。在末尾，$d_T=2(s_T-\text{target})\,s_T(1-s_T)$。沿时间倒退一步，链式法则乘上 $\partial x_t/\partial x_{t-1}=w\,s_{t-1}(1-s_{t-1})$：
#
# $$d_{t-1}=d_t\;w\,s_{t-1}(1-s_{t-1}) .$$
#
# 退 $T$ 步之后，$d_0$ 等于 $d_T$ 乘上 $T$ 个因子之积。*已知 $s(1-s)\le\frac14$：由此得到 $|d_0|$ 的什么上界？哪些 $w$ 会使梯度必定消失？先写下来，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# $|d_0|\le|d_T|\,\bigl(\tfrac{|w|}4\bigr)^{T}$：$|w|<4$ 时梯度消失。要爆炸，必须 $|w|>4$（必要而不充分：$s$ 还得一直在 $\frac12$ 附近）。
# </details>
#
# $T$ 步用的都是同一个 $w$ 和 $b$，所以它们的梯度是对时间求和（怎样的和，请在练习 6 中找出来）。在乘积爆炸的地方，和非常大；往旁边挪一点点，状态就落到别处，和又变得很小。这就是**悬崖**（cliff）。

# %% [markdown] lang="en"
# ### Exercise 6, in two steps: `rnn_state_gradients` ({{points:rnn_state_gradients}} points) and `rnn_gradient` ({{points:rnn_gradient}} points, 14 minutes together)
#
# The states are given. First all $d_t$, by the rule. Then the gradient by $w$ and $b$: here the docstring gives no formula but a contract, and you find the two sums.
# %% [markdown] lang="zh"
# ### 练习 6，分两步：`rnn_state_gradients`（{{points:rnn_state_gradients}} 分）与 `rnn_gradient`（{{points:rnn_gradient}} 分，共 14 分钟）
#
# 各时刻的状态已经给出。先按规则求全部 $d_t$，再求对 $w$ 和 $b$ 的梯度：这一步的文档字符串不给公式，只给契约，两个和由你来找。

# %% role="given" id="rnn_states"
from reference.rnn import rnn_states

# %% role="answer" id="rnn_state_gradients"
from reference.rnn import rnn_state_gradients

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Make `s = sigmoid(states)` once, and an empty array `d` like `states`. Fill `d[-1]`, then loop backwards: `for t in range(len(states) - 1, 0, -1)`.
# </details>
# <details><summary>Hint 2</summary>
#
# Mind the index: the factor that leads from $d_t$ to $d_{t-1}$ has the slope at $x_{t-1}$. By hand: $w=2$, states $(0, 0)$, target 0: $s=\frac12$ twice, $d_1=2\cdot\frac12\cdot\frac14=\frac14$, $d_0=\frac14\cdot2\cdot\frac14=\frac18$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先一次算好 `s = sigmoid(states)`，再建一个与 `states` 一样的空数组 `d`。填好 `d[-1]`，然后倒着循环：`for t in range(len(states) - 1, 0, -1)`。
# </details>
# <details><summary>提示 2</summary>
#
# 注意下标：从 $d_t$ 到 $d_{t-1}$ 的因子用的是 $x_{t-1}$ 处的斜率。手算：$w=2$，状态 $(0, 0)$，target 为 0：两个 $s$ 都是 $\frac12$，$d_1=2\cdot\frac12\cdot\frac14=\frac14$，$d_0=\frac14\cdot2\cdot\frac14=\frac18$。
# </details>

# %% role="tests" id="test_rnn_state_gradients" points=8
check("rnn_state_gradients", rnn_state_gradients)

# %% role="answer" id="rnn_gradient"
from reference.rnn import rnn_gradient

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Question 1 of this sitting: a weight used in several places gets the sum of what arrives at each. In step $t$ there arrives $d_t$ at $x_t=w\,s_{t-1}+b$. What does that one step hand on to $w$, and what to $b$? No parameter acts on $x_0$, so $d_0$ is in neither sum.
# </details>
# <details><summary>Hint 2</summary>
#
# $\sum_{t=1}^{T}d_t\,s_{t-1}$ and $\sum_{t=1}^{T}d_t$. In the code `d[1:]` goes with `sigmoid(states[:-1])`. Return `np.array([..., ...])`, first $w$, then $b$. In the example of the last hint: $(\frac18,\frac14)$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 本节回忆题 1：用在几处的权重，梯度是各处传回来的之和。第 $t$ 步传到 $x_t=w\,s_{t-1}+b$ 的是 $d_t$，这一步交给 $w$ 多少，交给 $b$ 多少？没有参数作用于 $x_0$，所以两个和里都没有 $d_0$。
# </details>
# <details><summary>提示 2</summary>
#
# $\sum_{t=1}^{T}d_t\,s_{t-1}$ 与 $\sum_{t=1}^{T}d_t$。代码里 `d[1:]` 与 `sigmoid(states[:-1])` 对应。返回 `np.array([..., ...])`，先 $w$ 后 $b$。上一个提示的例子里是 $(\frac18,\frac14)$。
# </details>

# %% role="tests" id="test_rnn_gradient" points=8
check("rnn_gradient", rnn_gradient)

# %% role="given" id="rnn_loss_and_grads"
from reference.rnn import rnn_loss_and_grads

# %% [markdown] lang="en"
# ### Clipping: believe the direction, not the length
#
# At a cliff the gradient's direction is still right: down is where it says. Its length says "here it is dozens of times as steep as a few thousandths further on", and multiplied by the learning rate that becomes a leap out of the region for which it was computed. So we shorten it, if it is longer than $c$:
#
# $$g\leftarrow g\cdot\min\Bigl(1,\frac{c}{|g|}\Bigr).$$
#
# A step then is never longer than $\eta c$. (In the language of constraints this is the *projection* of $g$ onto the ball of radius $c$: the nearest point in it.) For a model with many arrays there is a choice: each array by itself, or all by one factor. Only the second keeps the direction of the whole gradient.
#
# | where | what | name and default |
# |---|---|---|
# | **here** | one array / the whole model | `clip_by_norm(grads, max_norm=)`, `clip_by_global_norm(grads, max_norm=)`, returns the old length too |
# | CS324 (first note) | "when the norm exceeds a threshold, scale it to the threshold": does not say the norm of what | no default |
# | CS231n lecture (second note) | not mentioned | |
# | PyTorch `clip_grad_norm_` | whole model, factor $c/(\lvert g\rvert+10^{-6})$, changes the gradients in place, returns the old length | `max_norm` must be given, `norm_type=2.0` |
# | Keras optimizers | `clipnorm`: each array by itself; `global_clipnorm`: whole model; `clipvalue`: entries | all `None` |
# | optax | `clip_by_global_norm(max_norm)`; `clip(max_delta)`: entries | must be given |
# | Pascanu et al. (2013) | whole gradient, if $\lvert g\rvert\ge$ threshold | a threshold of half to ten times the average length still converges, they report |
# %% [markdown] lang="zh"
# ### 裁剪：相信方向，不相信长度
#
# 在悬崖上，梯度的方向仍然是对的：它指的就是下坡。可它的长度在说“这里比旁边千分之几的地方陡几十倍”，乘上学习率，就一跃跳出了它所适用的那一小块地方。所以，如果它比 $c$ 长，就把它缩短：
#
# $$g\leftarrow g\cdot\min\Bigl(1,\frac{c}{|g|}\Bigr).$$
#
# 这样一步就不会超过 $\eta c$。（用约束的语言来说，这是把 $g$ *投影*到半径为 $c$ 的球上：取球内离它最近的点。）模型有许多数组时，有两种选择：每个数组各自裁剪，或者全部乘同一个因子。只有后者保持整个梯度的方向。
#
# | 出处 | 内容 | 名称与默认值 |
# |---|---|---|
# | **本课程** | 单个数组／整个模型 | `clip_by_norm(grads, max_norm=)`、`clip_by_global_norm(grads, max_norm=)`，后者还返回原来的长度 |
# | CS324（第一份笔记） | “范数超过阈值时缩放到阈值大小”：没说是谁的范数 | 没有默认值 |
# | CS231n 课堂（第二份笔记） | 没有提到 | |
# | PyTorch `clip_grad_norm_` | 整个模型，因子 $c/(\lvert g\rvert+10^{-6})$，就地修改梯度，返回原来的长度 | `max_norm` 必须给出，`norm_type=2.0` |
# | Keras 优化器 | `clipnorm`：每个数组各自裁剪；`global_clipnorm`：整个模型；`clipvalue`：逐个元素 | 均为 `None` |
# | optax | `clip_by_global_norm(max_norm)`；`clip(max_delta)`：逐个元素 | 必须给出 |
# | Pascanu 等（2013） | 整个梯度，条件是 $\lvert g\rvert\ge$ 阈值 | 他们说阈值取平均长度的一半到十倍都能收敛 |

# %% [markdown] lang="en"
# ### Exercise 7: `clip_by_norm` ({{points:clip_by_norm}} points, 5 minutes)
# %% [markdown] lang="zh"
# ### 练习 7：`clip_by_norm`（{{points:clip_by_norm}} 分，5 分钟）

# %% role="answer" id="clip_by_norm"
from reference.clipping import clip_by_norm

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# A gradient of zeros has length 0: do not divide by it. Either ask first whether the length exceeds `max_norm`, or divide by the larger of the two.
# </details>
# <details><summary>Hint 2</summary>
#
# $(3,4)$ with `max_norm` 1 becomes $(0.6,0.8)$, with `max_norm` 7 it stays. `float(np.linalg.norm(grads))` makes the factor a Python number, and float32 stays float32.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 全零的梯度长度为 0，不能拿它作除数。要么先问长度是否超过 `max_norm`，要么除以两者中较大的那个。
# </details>
# <details><summary>提示 2</summary>
#
# $(3,4)$，`max_norm` 为 1 时变成 $(0.6,0.8)$，为 7 时不变。`float(np.linalg.norm(grads))` 使因子成为 Python 的数，float32 就保持为 float32。
# </details>

# %% role="tests" id="test_clip_by_norm" points=7
check("clip_by_norm", clip_by_norm)

# %% [markdown] lang="en"
# ### Exercise 8: `clip_by_global_norm` ({{points:clip_by_global_norm}} points, 8 minutes)
#
# Again a contract. It leaves one function only: why can it not be `clip_by_norm` of each array?
# %% [markdown] lang="zh"
# ### 练习 8：`clip_by_global_norm`（{{points:clip_by_global_norm}} 分，8 分钟）
#
# 又是一份契约。满足它的函数只有一个：为什么不能是对每个数组各用一次 `clip_by_norm`？

# %% role="answer" id="clip_by_global_norm"
from reference.clipping import clip_by_global_norm

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# First the length of everything together: add up the squares of all entries of all arrays, one root at the end. Lengths of arrays do not add; their squares do.
# </details>
# <details><summary>Hint 2</summary>
#
# `{"W": [[3, 0]], "b": [4]}` has length 5. With `max_norm` 1 it becomes `[[0.6, 0]]` and `[0.8]`, and 5.0 is returned beside it. Build a new dict: `{name: g * scale for name, g in grads.items()}`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先求全体的长度：把所有数组所有元素的平方加起来，最后开一次方。各数组的长度不能直接相加，平方才可以。
# </details>
# <details><summary>提示 2</summary>
#
# `{"W": [[3, 0]], "b": [4]}` 的长度是 5。`max_norm` 为 1 时变成 `[[0.6, 0]]` 和 `[0.8]`，同时返回 5.0。要新建一个字典：`{name: g * scale for name, g in grads.items()}`。
# </details>

# %% role="tests" id="test_clip_by_global_norm" points=10
check("clip_by_global_norm", clip_by_global_norm)

# %% [markdown] lang="en"
# ### Experiment 4: over the cliff
#
# Pascanu's figure, recomputed: $x_0=0.5$, target 0.7, $T=50$. We start at $(w,b)=(4.9,-2.55)$, right at the edge, where the loss is almost 0 and the gradient is 26 long; learning rate 0.3, 300 steps. **Where does the run *without* clipping end?**
#
# - (a) NaN: the numbers overflow
# - (b) far away on a plateau, with a loss hundreds of times higher than at the start
# - (c) back in the valley: later gradients repair the one bad step
# %% [markdown] lang="zh"
# ### 实验 4：翻下悬崖
#
# 重新计算 Pascanu 的那幅图：$x_0=0.5$，target 为 0.7，$T=50$。从 $(w,b)=(4.9,-2.55)$ 出发，正好在悬崖边上，损失几乎为 0，梯度长 26；学习率 0.3，走 300 步。***不*裁剪时，最后到了哪里？**
#
# - (a) NaN：数值溢出
# - (b) 远处的平台区上，损失比起点高几百倍
# - (c) 回到谷里：后面的梯度把那一步走错的纠正过来

# %% role="answer" id="prediction_cliff"
prediction_cliff = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_cliff = "b"
### END SOLUTION

# %% role="experiment"
def cliff_run(start, *, lr, max_norm=np.inf, num_steps=300):
    """Path and losses of gradient descent on the one-unit network, every gradient clipped."""
    params, path, losses = np.array(start), [], []
    for _ in range(num_steps + 1):
        loss, grads = rnn_loss_and_grads(params)
        path.append(params)
        losses.append(loss)
        params = params - lr * (grads if max_norm == np.inf else clip_by_norm(grads, max_norm=max_norm))
    return np.array(path), np.array(losses)


with experiment("rnn_state_gradients", "rnn_gradient", "clip_by_norm"):
    for b in (-2.552, -2.55, -2.548):
        loss, grads = rnn_loss_and_grads(np.array([4.9, b]))
        print(f"(4.9, {b}): loss {loss:.4f}, gradient {np.linalg.norm(grads):.2f} long")
    runs = {limit: cliff_run((4.9, -2.55), lr=0.3, max_norm=limit) for limit in (np.inf, 1.0, 0.1)}
    cliff_runs = runs
    for limit, (path, losses) in cliff_runs.items():
        print(f"max_norm {limit}: after one step ({path[1][0]:.2f}, {path[1][1]:.2f}), loss {losses[1]:.4f};"
              f" after 300 ({path[-1][0]:.1f}, {path[-1][1]:.1f}), loss {losses[-1]:.3f}")

# %% role="experiment"
def cliff_losses(points):
    """The loss at many points (..., 2) of (w, b) at once."""
    x = np.full(points.shape[:-1], 0.5)
    for _ in range(50):
        x = points[..., 0] * sigmoid(x) + points[..., 1]
    return (sigmoid(x) - 0.7) ** 2


with experiment("rnn_state_gradients", "rnn_gradient", "clip_by_norm", "cliff_runs"):
    names = {np.inf: "no clipping", 1.0: "max_norm 1"}
    ax = contour_with_paths(cliff_losses, {name: cliff_runs[limit][0][:40] for limit, name in names.items()}, xlim=(3.8, 5.6),
                            ylim=(-3.0, -1.7), log=False, levels=np.linspace(0, 0.45, 19), aspect="auto", xlabel="$w$", ylabel="$b$")
    for name, at in [("loss > 0.25", (4.0, -2.75)), ("cliff", (5.32, -2.72)), ("loss < 0.1", (5.25, -2.3))]:
        ax.annotate(name, at)
    show(ax.figure, alt={
        "en": "Contours over w and b; a bundle of contours so dense that it is one thick line runs diagonally, the cliff, with a low valley along its upper side. The run without clipping leaves the picture in its first "
              "step; the clipped one hops along the cliff to the upper left, over the edge and back.",
        "zh": "w、b 平面上的等高线；一束密得连成粗线的等高线斜贯全图，就是悬崖，它上侧是一条低谷。不裁剪的运行第一步就飞出图外；裁剪的运行沿悬崖向左上方跳动，时而越过边缘又回来。"},
        caption={"en": "The network of Pascanu, Mikolov and Bengio (2013), figure 6; first 40 steps.",
                 "zh": "Pascanu、Mikolov 与 Bengio（2013）图 6 的网络；只画前 40 步。"})
    reveal("cliff", prediction_cliff, "b", {
        "en": f"One step of {np.linalg.norm(cliff_runs[np.inf][0][1] - cliff_runs[np.inf][0][0]):.1f} takes it to a place where the sigmoid is saturated and the gradient tells nothing.",
        "zh": f"一步走了 {np.linalg.norm(cliff_runs[np.inf][0][1] - cliff_runs[np.inf][0][0]):.1f}，落到 sigmoid 饱和的地方，那里的梯度什么也说明不了。"})

# %% [markdown] lang="en"
# One start proves little. Below, 20 random starts around the cliff choose the best learning rate for runs with and without clipping; then 40 fresh ones compare the two in pairs. The last lines show where the NaN comes from that one reads about: a unit without sigmoid, $x_t=w\,x_{t-1}$.
# %% [markdown] lang="zh"
# 一个起点说明不了多少。下面先用悬崖附近 20 个随机起点，为裁剪和不裁剪各选出最好的学习率，再用 40 个新起点成对比较。最后几行说明人们常说的 NaN 是怎么来的：一个没有 sigmoid 的单元，$x_t=w\,x_{t-1}$。

# %% role="experiment"
def gradients_of_many(points):
    """The gradient of the one-unit network at many points (N, 2): derivatives by w and b carried along with x."""
    w, b = points.T
    x, by_w, by_b = np.full(len(w), 0.5), np.zeros(len(w)), np.zeros(len(w))
    for _ in range(50):
        s = sigmoid(x)
        slope = w * s * (1 - s)
        x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
    s = sigmoid(x)
    return (2 * (s - 0.7) * s * (1 - s))[:, None] * np.stack([by_w, by_b], axis=1)


def ends_of_runs(seeds, *, lr, max_norm=None):
    """Losses and points (N, 2) after 300 steps from one random start per seed."""
    draws = np.array([np.random.default_rng(seed).uniform(-1, 1, 2) for seed in seeds])
    points = np.array([5.0, -2.6]) + np.array([0.5, 0.3]) * draws
    for _ in range(300):
        grads = gradients_of_many(points)
        if max_norm is not None:
            grads = np.array([clip_by_norm(g, max_norm=max_norm) for g in grads])
        points = points - lr * grads
    return cliff_losses(points), points


with experiment("rnn_state_gradients", "rnn_gradient", "clip_by_norm"):
    here = np.array([[4.9, -2.55], [5.2, -2.5]])
    same = np.allclose(gradients_of_many(here), [rnn_loss_and_grads(point)[1] for point in here], rtol=1e-6)
    print("the batch of networks has your gradients:", same)
    ends = {}
    for max_norm in (None, 1.0):
        means = {lr: ends_of_runs(range(20), lr=lr, max_norm=max_norm)[0].mean() for lr in (0.1, 0.3, 1, 3, 10)}
        best = min(means, key=means.get)
        ends[max_norm], points = ends_of_runs(range(100, 140), lr=best, max_norm=max_norm)
        print(f"max_norm {max_norm}: best lr {best}; of 40 fresh starts {np.sum(ends[max_norm] < 0.01)} end below 0.01,"
              f" median end at w = {np.median(points[:, 0]):.1f}, farthest w {np.abs(points[:, 0]).max():.1f}")
    mean, low, high = mean_interval(ends[1.0] - ends[None])
    print(f"loss, clipped minus unclipped: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    for max_norm in (np.inf, 1.0):
        w, seen = np.float64(1.1), []
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(4):
                seen.append(f"{w:.4g}")
                grad = 2 * (w**50 - 0.7) * 50 * w**49  # loss (w^50 x0 - 0.7)^2 with x0 = 1
                w = w - 0.001 * (grad if max_norm == np.inf else clip_by_norm(grad, max_norm=max_norm))
        print(f"linear unit, max_norm {max_norm}: w = {', '.join(seen)}")
    final = ends

# %% role="experiment"
with experiment("clip_by_norm", "final"):
    ax = curves({"no clipping": np.sort(final[None]), "max_norm 1": np.sort(final[1.0])}, x=np.arange(1, 41), logy=True,
                xlabel="40 fresh starts, best first", ylabel="loss after 300 steps")
    lost = int(np.sum(final[None] >= 0.01))
    show(ax.figure, alt={
        "en": f"Sorted final losses of 40 starts, log axis. With clipping all are below 0.001. Without, the first {40 - lost} are as low, the last {lost} jump up to 0.09, five powers of ten higher.",
        "zh": f"40 个起点的最终损失，从小到大，对数坐标。裁剪时全部低于 0.001；不裁剪时，前 {40 - lost} 个同样低，最后 {lost} 个跃升到 0.09，高出五个数量级。"},
        caption={"en": "Each side with its best learning rate. Ask the figure: is one side better everywhere, or only sometimes?",
                 "zh": "双方各用最好的学习率。请问自己：是处处更好，还是只在有的时候更好？"})

# %% [markdown] lang="en"
# **What it showed:** over a cliff one step undoes the work of all before it. Each with its best learning rate, clipped runs all arrive, while some of the unclipped ones are lost. (The best learning rate is large for both: it soon leads to $w<4$, where by our bound there is no cliff.) With the sigmoid nothing overflows, the run just ends on a plateau; without a saturating function the same thing gives NaN in the third step.
#
# **What it does not show:** that a small `max_norm` is harmless. At `lr` 0.3 and `max_norm` 0.1 the run above was slower than with 1. And look at 0.1 in the explorer with `lr` 0.01: 300 steps of at most 0.001 each get nowhere. The threshold and the learning rate must be chosen together.
#
# *Questions to the figure, before you touch it:* with `max_norm` off, does a small enough learning rate keep the run in the valley? And where along the valley does the gradient get longest?
#
# <details><summary>answers</summary>
#
# Hardly any does. The loss is lowest right beside the edge, so whoever follows the valley down arrives at the cliff, later with a small learning rate, but no less surely; and the gradient there is so long that even 0.01 makes it a leap. The cliff gets steeper to the lower right, where $w$ is larger.
# </details>
# %% [markdown] lang="zh"
# **它说明了：** 翻下悬崖的一步，会让之前的功夫全部白费。各用最好的学习率，裁剪的全都到达，不裁剪的则有一些丢了。（双方最好的学习率都很大：它很快就走到 $w<4$，按我们的上界，那里没有悬崖。）有 sigmoid 时不会溢出，只是停在平台区上；换成不饱和的函数，同样的事在第三步就给出 NaN。
#
# **它没有说明：** `max_norm` 取得小没有坏处。上面 `lr` 为 0.3 时，`max_norm` 取 0.1 就比取 1 慢。再到交互图里看看 0.1 配 `lr` 0.01：300 步，每步至多 0.001，哪儿也到不了。阈值和学习率要一起选。
#
# *动手之前，先问图两个问题：* 关掉 `max_norm`，学习率足够小就能让轨迹留在谷里吗？沿着山谷，哪里的梯度最长？
#
# <details><summary>答案</summary>
#
# 几乎都不行。紧挨着崖边的地方损失最低，所以沿谷底往下走，迟早会走到悬崖；学习率小，只是晚一些到。而那里的梯度长得连 0.01 的学习率也成了飞跃。越往右下方，$w$ 越大，悬崖越陡。
# </details>

# %% role="experiment"
landscape_explorer(landscape="cliff", lr=0.3, start=-2.55, max_norm=0.1)

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **4. "Gradient descent gets stuck in saddle points."** From a random start it does not get stuck, it is *delayed*. Below: the number of steps until $|b|>0.5$ on our saddle, from $(1,\delta)$, `lr` 0.1; then your perturbed version from $\delta=0$ exactly.
#
# *Before you run it:* by how much does each factor of $10^{-8}$ in $\delta$ lengthen the wait?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **4. “梯度下降会卡在鞍点。”** 从随机起点出发，它不会卡住，只会被*耽搁*。下面从 $(1,\delta)$ 出发，`lr` 为 0.1，数一数在我们的鞍点上走到 $|b|>0.5$ 要多少步；最后用你的扰动版本，恰好从 $\delta=0$ 出发。
#
# *运行之前想一想：* $\delta$ 每缩小到 $10^{-8}$ 倍，要多等多少步？

# %% role="experiment" nbval="check"
def left_after(path):
    """The first step at which |b| > 0.5, or None."""
    away = np.nonzero(np.abs(path[:, 1]) > 0.5)[0]
    return int(away[0]) if len(away) else None


for delta in (1e-2, 1e-8, 1e-16, 0.0):
    path = gradient_descent(np.array([1.0, delta]), saddle.gradient, lr=0.1, num_steps=2000)
    print(f"delta {delta:5.0e}: left after {left_after(path)} steps")
starts = np.random.default_rng(0).standard_normal((1000, 2))
ends = gradient_descent(starts, saddle.gradient, lr=0.1, num_steps=500)[-1]
print("of 1000 random starts,", int(np.sum(np.abs(ends[:, 1]) < 0.5)), "end in the saddle")
with experiment("perturbed_gradient_descent"):
    settings = dict(lr=0.1, num_steps=300, radius=0.01, grad_tolerance=1e-3, wait=50)
    waits = [left_after(perturbed_gradient_descent(np.array([1.0, 0.0]), saddle.gradient, **settings,
                                                   rng=np.random.default_rng(seed))) for seed in range(20)]
    print(f"perturbed, delta 0, 20 seeds: left after {min(waits)} to {max(waits)} steps, median {np.median(waits):.0f}")

# %% [markdown] lang="en"
# The stable set has measure zero (that is the theorem), a start on it by symmetry is quite possible (zero initialization is one, chapter 06), and a push costs little.
#
# **5. "At a cliff the loss changes abruptly."** It is steep, not broken. Look at the same cliff through a magnifying glass, and at how steep it gets as the network runs longer.
#
# *Before you run it:* the loss is a composition of smooth functions. What must you see in the end?
# %% [markdown] lang="zh"
# 稳定集的测度为零（这是定理）；但由于对称性，起点恰好落在上面完全可能（零初始化就是一例，见 06 章），而推一下并不费事。
#
# **5. “悬崖处损失会发生突变。”** 它陡，但没有断。拿放大镜看同一处悬崖，再看看网络运行得越久，它会变得多陡。
#
# *运行之前想一想：* 损失是光滑函数的复合。放大到最后，一定会看到什么？

# %% role="experiment" nbval="check"
with experiment("rnn_state_gradients", "rnn_gradient"):
    edge = np.linspace(-2.62, -2.54, 801)
    for num_steps in (5, 10, 20, 50):
        lengths = [np.linalg.norm(rnn_loss_and_grads(np.array([4.9, b]), num_steps=num_steps)[1]) for b in edge]
        print(f"T = {num_steps:2d}: longest gradient met at 801 points from b = -2.62 to -2.54: {max(lengths):.2g}")

# %% role="experiment"
fig, axes = panels(3, sharey=True)
for ax, width in zip(axes, (0.4, 0.02, 0.002), strict=True):
    offsets = np.linspace(-width / 2, width / 2, 401)
    ax.plot(offsets, cliff_losses(np.stack([np.full(401, 4.9), -2.5502 + offsets], axis=-1)))
    ax.set(xlabel="$b+2.5502$", title=f"{width} wide")
    ax.set_xticks([-width / 2, 0, width / 2])
axes[0].set_ylabel("loss")
show(fig, alt={
    "en": "Loss against b at w = 4.9 in three magnifications. 0.4 wide: it looks like a jump from 0.33 to 0. 0.02 wide: still a corner. 0.002 wide: a smooth S-shaped slope.",
    "zh": "w = 4.9 处损失对 b 的图，三种放大倍数。宽 0.4：看上去像从 0.33 跳到 0。宽 0.02：仍像一个折角。宽 0.002：一条光滑的 S 形斜坡。"},
    caption={"en": "The same cliff, 20 and 200 times enlarged.", "zh": "同一处悬崖，放大 20 倍和 200 倍。"})

# %% [markdown] lang="en"
# **6. "Clipping solves the gradient problem" (and never mind how one clips).** The first note scales by the norm, which keeps the direction; many codes clip entry by entry, which does not. And nothing is gained where gradients are too *short*.
#
# *Before you run it:* by how many degrees can clipping by value turn $(0.1, 10)$?
# %% [markdown] lang="zh"
# **6. “梯度裁剪解决梯度问题”（至于怎么裁剪，无所谓）。** 第一份笔记按范数缩放，方向不变；不少代码逐个元素裁剪，方向就变了。而在梯度太*短*的地方，裁剪毫无用处。
#
# *运行之前想一想：* 逐个元素裁剪，能把 $(0.1, 10)$ 转过多少度？

# %% role="experiment" nbval="check"
def degrees(u, v):
    return np.degrees(np.arccos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1)))


with experiment("clip_by_norm", "rnn_state_gradients"):
    for g in (np.array([0.1, 10.0]), np.array([3.0, 4.0])):
        by_value, by_norm = np.clip(g, -0.1, 0.1), clip_by_norm(g, max_norm=0.1)
        print(f"{g}: turned by {degrees(g, by_value):.0f} degrees by value, {degrees(g, by_norm):.0f} by norm")
    weak = np.array([2.0, -1.0])
    d = rnn_state_gradients(weak, rnn_states(weak, x0=0.5, num_steps=50), target=0.7)
    print(f"w = 2: |d| at the end {abs(d[-1]):.2f}, at the start {abs(d[0]):.0e}, bound {abs(d[-1]) * (2 / 4) ** 50:.0e};"
          f" after clipping {np.linalg.norm(clip_by_norm(d[:1], max_norm=1)):.0e}")

# %% [markdown] lang="en"
# Turning is not always harmful (signs alone make a method, see chapter 04), but it is another method. For vanishing gradients the cure is in the architecture: gates, residual connections, initialization (chapter 06).
# %% [markdown] lang="zh"
# 方向变了不一定有害（只用符号也能成为一种方法，见 04 章），但那已是另一种方法。对付梯度消失，要从结构入手：门控、残差连接、参数初始化（06 章）。

# %% [markdown] lang="en"
# ### Clinic
#
# Three more. Blue, solid: loss. Orange, dashed: length of the gradient before clipping.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来三位。蓝色实线：损失；橙色虚线：裁剪前的梯度长度。

# %% role="experiment"
with experiment("rnn_state_gradients", "rnn_gradient", "clip_by_norm"):
    path, losses = cliff_run((5.2, -1.6), lr=0.2, num_steps=150)
    falls = losses, [np.linalg.norm(rnn_loss_and_grads(point)[1]) for point in path]
    x, losses, lengths = np.array([3.0, 2.0]), [], []
    for _ in range(151):
        g = np.array([1.0, 3.0]) * x
        losses.append(x @ g / 2)
        lengths.append(np.linalg.norm(g))
        x = x - 0.3 * clip_by_norm(g, max_norm=0.03)
    passes = record(lambda x: saddle.value(x) + 0.25, saddle.gradient, np.array([1.0, 1e-6]), lr=0.15, num_steps=150)
    fig, axes = panels(3)
    for ax, name, (values, norms) in zip(axes, "DEF", [falls, (losses, lengths), passes], strict=True):
        ax.plot(np.maximum(values, 1e-12), label="loss")
        ax.plot(norms, label="|gradient|")
        ax.set(yscale="log", xlabel="step", title=name)
    axes[0].set_ylabel("loss, |gradient|")
    axes[1].set_yticks([4, 6, 10], ["4", "6", "10"])
    axes[1].minorticks_off()
    axes[2].legend(handlelength=3.4, loc="lower left")
    show(fig, alt={
        "en": "Three pairs of curves on log axes. D: the loss falls while the gradient slowly grows, then the gradient has one spike of about fifty; afterwards the loss is flat and high and the gradient tiny. "
              "E: loss and gradient fall very slowly and evenly, the gradient always far above 0.03. F: the loss rests at 0.25 while the gradient falls in a straight line, turns, and rises in a straight line; then both drop.",
        "zh": "三组曲线，对数坐标。D：损失下降，梯度缓慢变大，然后出现一个五十左右的尖峰；此后损失又高又平，梯度极小。"
              "E：损失和梯度都极缓慢而均匀地下降，梯度始终远大于 0.03。F：损失停在 0.25，梯度沿直线下降，转折，再沿直线上升，然后两者一起下降。"})

# %% [markdown] lang="en"
# **D.** No clipping. It looked fine and then did not.
# <details><summary>a local minimum</summary>The loss is far higher than it was before. Nobody rolls up into a minimum.</details>
# <details><summary>it went over a cliff</summary><b>Yes.</b> One spike of the gradient, one leap, and then a plateau where the gradient is tiny. Go back to a saved model, clip at some multiple of the usual gradient length.</details>
# <details><summary>noise</summary>One spike in a smooth curve is an event, not noise.</details>
#
# **E.** `lr` 0.3, `max_norm` 0.03: "safe is safe".
# <details><summary>a plateau</summary>The gradient is about 5 long: there is plenty of slope.</details>
# <details><summary>every single step is clipped</summary><b>Yes.</b> The gradient before clipping is always far above the threshold, so each step is $0.3\cdot0.03=0.009$ long, wherever it is. Plot the length before clipping (that is why your function returns it) and set the threshold above most of it.</details>
# <details><summary>ill-conditioned</summary>$\kappa=3$ here. In a valley the loss falls fast at first.</details>
#
# **F.** "It had converged, and at step 100 it started again!"
# <details><summary>passing a saddle</summary><b>Yes.</b> The gradient falls like $(1-\eta\lambda_+)^t$ and grows like $(1+\eta|\lambda_-|)^t$: two straight lines. At its turning point it says nothing about convergence.</details>
# <details><summary>a plateau</summary>Near, but on a plateau the gradient does not fall to $10^{-3}$ and back in straight lines.</details>
# <details><summary>the learning rate was changed</summary>It was not, and then there would be a corner, not a symmetric V.</details>
# %% [markdown] lang="zh"
# **D.** 没有裁剪。本来好好的，忽然就不好了。
# <details><summary>局部极小值</summary>损失比之前高得多。没有谁会往上滚进极小点。</details>
# <details><summary>翻下了悬崖</summary><b>正确。</b>梯度一个尖峰，参数一次飞跃，然后落在梯度极小的平台区上。退回保存过的模型，把阈值设为平时梯度长度的若干倍再裁剪。</details>
# <details><summary>噪声</summary>光滑曲线上的一个尖峰是一次事件，不是噪声。</details>
#
# **E.** `lr` 为 0.3，`max_norm` 为 0.03：“稳妥第一”。
# <details><summary>平台区</summary>梯度长约 5，坡度有的是。</details>
# <details><summary>每一步都被裁剪了</summary><b>正确。</b>裁剪前的梯度始终远大于阈值，所以无论在哪里，每步都只有 $0.3\cdot0.03=0.009$ 长。把裁剪前的长度画出来（所以你的函数才返回它），阈值要设在大部分长度之上。</details>
# <details><summary>病态</summary>这里 $\kappa=3$。而且在山谷里，损失开头会降得很快。</details>
#
# **F.** “明明收敛了，到第 100 步又动起来了！”
# <details><summary>正在经过鞍点</summary><b>正确。</b>梯度先像 $(1-\eta\lambda_+)^t$ 那样下降，再像 $(1+\eta|\lambda_-|)^t$ 那样上升：两条直线。转折处的小梯度并不说明收敛。</details>
# <details><summary>平台区</summary>接近，但平台区上的梯度不会沿直线降到 $10^{-3}$ 再沿直线升回来。</details>
# <details><summary>改过学习率</summary>没有改；若是改了，会出现一个拐角，而不是对称的 V 形。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** A run passes a strict saddle at a distance of $10^{-6}$ from the stable set. You restart it at $10^{-12}$. How does the waiting time change?
# <details><summary>it doubles</summary><b>Right:</b> it is proportional to $\ln(1/\delta)$.</details>
# <details><summary>it is a million times as long</summary>That would be so if $b$ grew by a constant amount per step. It grows by a constant factor.</details>
# <details><summary>it never leaves</summary>Only $\delta=0$ never leaves.</details>
#
# **5.** Two arrays have gradients of length 3 and 4. You clip with `max_norm` 1: once each array by itself, once globally. What are the lengths?
# <details><summary>1 and 1; 0.6 and 0.8</summary><b>Right.</b> The first changes the direction of the whole gradient, the second does not.</details>
# <details><summary>1 and 1; 0.5 and 0.5</summary>One common factor keeps the ratio 3 : 4.</details>
# <details><summary>1 and 1; 3/7 and 4/7</summary>You added the lengths. Their squares add: $\sqrt{9+16}=5$.</details>
#
# **6.** A recurrent unit has $w=3$. Its gradient over 100 time steps
# <details><summary>may explode, so clip it</summary>Each factor is at most $3/4$.</details>
# <details><summary>vanishes, and clipping does not help</summary><b>Right:</b> at most $(3/4)^{100}\approx3\cdot10^{-13}$ of it arrives at the first step.</details>
# <details><summary>vanishes, so the unit learns nothing</summary>The gradient by $w$ is a <i>sum</i> over time: the last steps still count. What it cannot learn is what happened long ago.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 一次运行在距稳定集 $10^{-6}$ 处经过严格鞍点。改从 $10^{-12}$ 处重新出发，等待时间怎样变化？
# <details><summary>加倍</summary><b>正确：</b>与 $\ln(1/\delta)$ 成正比。</details>
# <details><summary>变成一百万倍</summary>如果 $b$ 每步增加固定的量，就会这样。但它每步乘上固定的倍数。</details>
# <details><summary>永远离不开</summary>只有 $\delta=0$ 才永远离不开。</details>
#
# **5.** 两个数组的梯度长度分别是 3 和 4。用 `max_norm` 1 裁剪：一次各自裁剪，一次全局裁剪。结果长度各是多少？
# <details><summary>1 和 1；0.6 和 0.8</summary><b>正确。</b>前者改变了整个梯度的方向，后者没有。</details>
# <details><summary>1 和 1；0.5 和 0.5</summary>乘同一个因子，3 : 4 的比例不变。</details>
# <details><summary>1 和 1；3/7 和 4/7</summary>你把长度直接相加了。应当是平方相加：$\sqrt{9+16}=5$。</details>
#
# **6.** 一个循环单元 $w=3$。它在 100 个时间步上的梯度
# <details><summary>可能爆炸，所以要裁剪</summary>每个因子至多是 $3/4$。</details>
# <details><summary>会消失，裁剪无济于事</summary><b>正确：</b>传到第一步的至多剩 $(3/4)^{100}\approx3\cdot10^{-13}$。</details>
# <details><summary>会消失，所以这个单元什么也学不到</summary>对 $w$ 的梯度是对时间的<i>求和</i>：最后几步仍然算数。它学不到的，是很久以前发生的事。</details>

# %% role="tests" id="test_predictions_b" of="prediction_random_hessian prediction_cliff" points=4
made = [guess for guess in (prediction_random_hessian, prediction_cliff) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### A question to yourself
#
# A friend's training has stood still for an hour: the loss has not changed in its third digit. She wants to (1) add noise, (2) clip gradients, (3) raise the learning rate. In five to eight sentences: which three measurements would you ask for first, and which result would speak for which remedy? Write it down, then compare.
#
# <details><summary>a model answer and how to judge your own</summary>
#
# First the length of the gradient over time. If it tends to 0 in a straight line on a log axis, the run is near a critical point; if it is small and changes slowly, on a plateau or on the floor of a valley; if it had a spike just before, it fell from a cliff. Second the sharpness, by power iteration: if $2/\lambda_{\max}$ is far above the learning rate, it may simply be
# too small; if it is close to it, a larger rate diverges and the valley is the problem (momentum, chapter 03). Third, near a critical point, whether there is a negative curvature: then a push or noise helps. Clipping helps only against long gradients, and hers are short; so (2) is a remedy for the spike before, not for the standstill. Noise is right for a saddle and for a
# shallow poor minimum, and wrong on a plateau of a saturated loss, where the loss itself should be changed.
#
# Give yourself a point each for: naming the gradient's length *and its course*; tying the learning rate to a curvature measured; saying what clipping cannot do.
# </details>
# %% [markdown] lang="zh"
# ### 问自己一题
#
# 朋友的训练一小时没动了：损失的第三位数字都没变。她想 (1) 加噪声，(2) 裁剪梯度，(3) 提高学习率。请用五到八句话回答：你会先要哪三项测量？什么样的结果支持哪一种办法？写下来，再对照。
#
# <details><summary>参考答案，以及怎样给自己打分</summary>
#
# 先看梯度长度随时间的变化。在对数坐标下沿直线趋于 0，说明接近临界点；小而变化缓慢，说明在平台区或谷底；之前刚有过尖峰，说明翻下了悬崖。再用幂迭代求锐度：若 $2/\lambda_{\max}$ 远大于学习率，也许只是学习率太小；若两者接近，再大就会发散，问题在于山谷（03 章的动量法）。第三，在临界点附近，看有没有负曲率：有的话，推一下或加噪声有用。裁剪只对付太长的梯度，而她的梯度很短，所以 (2) 治的是之前的尖峰，不是现在的停滞。噪声适合鞍点和浅的、不好的极小点；在损失饱和造成的平台区上则不对症，那里应当换损失。
#
# 以下各得一分：说到梯度长度*及其变化过程*；把学习率与测得的曲率联系起来；说清裁剪做不到什么。
# </details>

# %% [markdown] lang="en"
# ### Summary
#
# - A strict saddle delays a run by about $\ln(1/\delta)/(\eta|\lambda_-|)$ steps; it holds only runs that start exactly on its stable set. A small random push shortens the wait.
# - A random symmetric matrix is hardly ever positive definite. That is an argument about random matrices; networks at a low loss have few negative curvatures.
# - A gradient through $T$ steps holds products of up to $T$ factors: for our unit it vanishes for $|w|<4$ and can explode beyond.
# - A cliff is steep, not broken. Clipping by norm keeps the direction and limits the step to $\eta c$; choose $c$ with $\eta$, and above the usual length.
# - Clipping by value turns the gradient. No clipping helps a gradient that vanishes.
#
# | English | 中文 | |
# |---|---|---|
# | Hessian, positive definite | 海森矩阵、正定 | |
# | sharpness | 锐度 | largest eigenvalue of the Hessian |
# | ill-conditioning, condition number | 病态、条件数 | $\kappa=\lambda_{\max}/\lambda_{\min}$ |
# | local minimum | 局部极小值 | |
# | saddle point, strict saddle | 鞍点、严格鞍点 | some curvature is negative |
# | stable set | 稳定集 | the starts that end in the saddle |
# | plateau, cliff | 平台区、悬崖 | |
# | exploding, vanishing gradient | 梯度爆炸、梯度消失 | |
# | gradient clipping, global norm | 梯度裁剪、全局范数 | |
# | edge of stability | 稳定性边缘 | Further 2 |
# | Newton's method, preconditioning, line search | 牛顿法、预条件、线搜索 | Further 4 |
# %% [markdown] lang="zh"
# ### 小结
#
# - 严格鞍点会把训练耽搁大约 $\ln(1/\delta)/(\eta|\lambda_-|)$ 步；只有恰好从稳定集上出发的才会被留住。随机推一小下，就能少等。
# - 随机的对称矩阵几乎从不正定。这是关于随机矩阵的论证；损失低的网络，负曲率很少。
# - 穿过 $T$ 步的梯度含有多达 $T$ 个因子的乘积：对我们的单元，$|w|<4$ 时消失，超过 4 才可能爆炸。
# - 悬崖陡，但没有断。按范数裁剪保持方向，并把一步限制在 $\eta c$ 以内；$c$ 要与 $\eta$ 一起选，并大于平时的长度。
# - 逐个元素裁剪会改变方向。梯度消失时，怎么裁剪都没用。
#
# | 中文 | English | |
# |---|---|---|
# | 海森矩阵、正定 | Hessian, positive definite | |
# | 锐度 | sharpness | 海森矩阵的最大特征值 |
# | 病态、条件数 | ill-conditioning, condition number | $\kappa=\lambda_{\max}/\lambda_{\min}$ |
# | 局部极小值 | local minimum | |
# | 鞍点、严格鞍点 | saddle point, strict saddle | 有负曲率 |
# | 稳定集 | stable set | 终点为鞍点的那些起点 |
# | 平台区、悬崖 | plateau, cliff | |
# | 梯度爆炸、梯度消失 | exploding, vanishing gradient | |
# | 梯度裁剪、全局范数 | gradient clipping, global norm | |
# | 稳定性边缘 | edge of stability | 拓展 2 |
# | 牛顿法、预条件、线搜索 | Newton's method, preconditioning, line search | 拓展 4 |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Clipping by the global norm is routine in training large language models, mostly with a threshold of 1.0, and the length before clipping is a curve that people watch. Zhang et al. (2020) give a theory: curvature often grows with the gradient, and then clipping is faster than any fixed learning rate.
# - Gradient descent with a large learning rate raises the sharpness until it hovers about $2/\eta$ (Cohen et al. 2021, Further 2): the limit of sitting A is where training *lives*, not a wall it keeps away from.
# - Recurrent networks gave way to architectures whose gradients need not pass through a long product; the cliff remains the clearest picture of what a loss spike is.
#
# ### References
#
# R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013. Y. Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional non-convex optimization*, NeurIPS 2014.
# J. Lee, M. Simchowitz, M. Jordan, B. Recht, *Gradient descent only converges to minimizers*, COLT 2016. S. Du et al., *Gradient descent can take exponential time to escape saddle points*, NeurIPS 2017. C. Jin et al., *How to escape saddle points efficiently*, ICML 2017.
# B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994). N. S. Keskar et al., *On large-batch training for deep learning*, ICLR 2017. J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021.
# J. Zhang, T. He, S. Sra, A. Jadbabaie, *Why gradient clipping accelerates training*, ICLR 2020. Y. Nesterov, *Introductory lectures on convex optimization* (2004): the saddle. A. Zhang et al., *Dive into Deep Learning*, chapter 12 (Newton's method, line search). G. Goh, *Why momentum really works*, Distill 2017 (decays along the eigenvectors). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - 训练大语言模型时，按全局范数裁剪已是常规，阈值多取 1.0；裁剪前的长度是大家都盯着看的曲线。Zhang 等（2020）给出了理论：曲率常随梯度一起增大，这时裁剪比任何固定学习率都快。
# - 学习率较大的梯度下降会使锐度一直升高，直到在 $2/\eta$ 附近徘徊（Cohen 等，2021，见拓展 2）：A 节的界限不是训练避开的墙，而是训练*所在*之处。
# - 循环网络让位给了梯度不必穿过长长乘积的结构；但要理解损失为什么会突然飙升，悬崖仍是最清楚的图景。
#
# ### 参考文献
#
# R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013. Y. Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional non-convex optimization*, NeurIPS 2014. J. Lee, M. Simchowitz, M. Jordan, B. Recht, *Gradient descent only converges to minimizers*, COLT 2016. S. Du et al., *Gradient descent can take exponential time to escape saddle points*, NeurIPS 2017. C. Jin et al., *How to escape saddle points efficiently*, ICML 2017. B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6 (1994). N. S. Keskar et al., *On large-batch training for deep learning*, ICLR 2017. J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. J. Zhang, T. He, S. Sra, A. Jadbabaie, *Why gradient clipping accelerates training*, ICLR 2020. Y. Nesterov, *Introductory lectures on convex optimization* (2004)：鞍点的例子。A. Zhang et al., *Dive into Deep Learning*（《动手学深度学习》）优化算法一章（牛顿法、线搜索）。G. Goh, *Why momentum really works*, Distill 2017（沿特征向量的衰减）。I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks. For those who have not had enough.
#
# ### Further 1: `clip_by_value`
#
# The other clipping, which correction 6 warns of. One line; then think: for which gradients do the two agree?
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。给意犹未尽的同学。
#
# ### 拓展 1：`clip_by_value`
#
# 更正 6 所提醒的另一种裁剪。只有一行；写完想一想：对哪些梯度，两种裁剪结果相同？

# %% role="answer" id="clip_by_value"
from reference.clipping import clip_by_value

# %% role="practice" id="try_clip_by_value"
check("clip_by_value", clip_by_value)

# %% [markdown] lang="en"
# ### Further 2: the edge of stability
#
# Sitting A says: stay below $2/\lambda_{\max}$. A network does not have one $\lambda_{\max}$; it changes as training goes on. The setting: 200 digits (pixels in [0, 1], centred), a 64-24-10 tanh network, weights normal with variance 1/fan-in, squared error $\frac1{2N}\sum|\text{output}-\text{one-hot}|^2$, plain gradient descent on all 200. Your functions measure the sharpness on the way.
#
# *Before you run it:* with `lr` 0.8 the limit is 2.5. What will the sharpness do when it gets there?
# %% [markdown] lang="zh"
# ### 拓展 2：稳定性边缘
#
# A 节说：要低于 $2/\lambda_{\max}$。可网络的 $\lambda_{\max}$ 不是固定的，会随着训练变化。设置如下：200 张 digits（像素在 [0, 1] 之间，已零中心化），64-24-10 的 tanh 网络，权重服从方差为 1/扇入的正态分布，平方误差 $\frac1{2N}\sum|\text{输出}-\text{one-hot}|^2$，用全部 200 张做普通梯度下降。途中用你的函数测量锐度。
#
# *运行之前想一想：* `lr` 为 0.8 时界限是 2.5。锐度到了那里会怎样？

# %%
digits = load_digits()
X_small = digits.X_train[:200] - digits.X_train[:200].mean(axis=0)
Y_small = np.eye(10)[digits.y_train[:200]]


def small_network(params):
    """Squared error of a 64-24-10 tanh network and its gradient; params: 1810 numbers in one array."""
    W1, b1 = params[:1536].reshape(64, 24), params[1536:1560]
    W2, b2 = params[1560:1800].reshape(24, 10), params[1800:]
    hidden = np.tanh(X_small @ W1 + b1)
    error = (hidden @ W2 + b2 - Y_small) / len(Y_small)
    d_hidden = error @ W2.T * (1 - hidden**2)
    parts = [(X_small.T @ d_hidden).ravel(), d_hidden.sum(axis=0), (hidden.T @ error).ravel(), error.sum(axis=0)]
    return len(Y_small) * np.sum(error**2) / 2, np.concatenate(parts)


# %% role="experiment"
with experiment("hessian_vector_product", "power_iteration"):
    sharpness, steps = {}, np.arange(0, 1501, 50)
    for lr in (0.4, 0.8):
        rng = np.random.default_rng(0)
        params = np.concatenate([rng.normal(0, 1 / 8, 1536), np.zeros(24), rng.normal(0, 1 / np.sqrt(24), 240), np.zeros(10)])
        vector, found = rng.standard_normal(1810), []
        for t in range(1501):
            if t % 50 == 0:
                value, vector = power_iteration(
                    lambda v: hessian_vector_product(lambda x: small_network(x)[1], params, v), vector, num_steps=15)
                found.append(value)
            params = params - lr * small_network(params)[1]
        sharpness[f"lr {lr}, 2 / lr = {2 / lr}"] = np.array(found)
        late = np.array(found)[steps >= 500]
        print(f"lr {lr}: 2 / lr = {2 / lr}, sharpness from step 500 on between {late.min():.1f} and {late.max():.1f}")
    ax = curves(sharpness, x=steps, ylabel="sharpness")
    for i, lr in enumerate((0.4, 0.8)):
        ax.axhline(2 / lr, color=look(i)["color"], linewidth=1, linestyle=":")
    show(ax.figure, alt={
        "en": "Sharpness over 1500 steps for two learning rates. With lr 0.4 it climbs steadily towards its limit 5 without reaching it; with lr 0.8 it reaches about 2.5 soon and then hovers there, at the dotted line, to the end.",
        "zh": "两个学习率下 1500 步中的锐度。lr 为 0.4 时稳步上升，向界限 5 靠近但还没到；lr 为 0.8 时很快到 2.5 左右，此后一直在虚线附近徘徊。"},
        caption={"en": "Dotted: 2 / lr. A measurement of one network; see Cohen et al. (2021) for many.",
                 "zh": "点线：2 / lr。这只是一个网络的测量；更多请见 Cohen 等（2021）。"})

# %% [markdown] lang="en"
# Training does not diverge at the limit: the steep direction swings, and the swings themselves push the params to where it is less steep. On a quadratic that could not happen; so here Taylor's second order is not enough. (With cross-entropy the sharpness falls again late in training, Cohen et al. report.)
#
# ### Further 3: one spike and Adam's long memory
#
# Adam (chapter 04) divides each step by the root of an average of squared gradients that forgets slowly, $0.999$ per step. Feed it ordinary gradients and, once, one that is a thousand times too long. How long are the steps afterwards, with and without your `clip_by_norm`?
# %% [markdown] lang="zh"
# 到了界限，训练并没有发散：陡峭的方向开始摆动，而摆动本身又把参数推到不那么陡的地方。在二次函数上不可能发生这种事，所以这里二阶泰勒展开不够用了。（Cohen 等报告说，用交叉熵损失时，锐度在训练后期会回落。）
#
# ### 拓展 3：一个尖峰，与 Adam 的长久记忆
#
# Adam（04 章）每一步都除以梯度平方的某种平均的平方根，而这个平均忘得很慢，每步乘 $0.999$。喂给它普通的梯度，中间只有一次大到一千倍。此后的步长有多大？用和不用你的 `clip_by_norm` 各看一次。

# %% role="given" id="adam_given"
from reference.adaptive import adam_init, adam_step

# %% role="experiment" nbval="check"
with experiment("clip_by_norm"):
    for name, limit in [("unclipped", 1e9), ("clipped at 2", 2.0)]:
        rng = np.random.default_rng(0)
        x, state, moves = np.array([0.0]), adam_init(np.array([0.0])), []
        for t in range(9000):
            g = 1 + 0.5 * rng.standard_normal(1)
            if t == 2000:
                g = 1000 * g
            following, state = adam_step(x, clip_by_norm(g, max_norm=limit), state, lr=0.001)
            moves.append(abs(following - x)[0])
            x = following
        usual = np.mean(moves[1000:2000])
        shares = [np.mean(moves[2000 + k:2100 + k]) / usual for k in (100, 1000, 3000, 6000)]
        print(f"{name}: steps as a share of the usual, 100, 1000, 3000, 6000 steps after the spike:",
              ", ".join(f"{share:.2f}" for share in shares))

# %% [markdown] lang="en"
# Unclipped, a single spike slows Adam down for thousands of steps: the average of squares has to forget a million. Clipping is a cheap insurance even for methods that "adapt".
# %% [markdown] lang="zh"
# 不裁剪的话，一个尖峰就让 Adam 慢上几千步：平方的平均要忘掉一百万那么大的一个数。即使对“自适应”的方法，裁剪也是便宜的保险。

# %% [markdown] lang="en"
# ### Further 4: use the curvature, do not only measure it
#
# Gradient descent has one learning rate for all directions. Who knows the Hessian can do better. Taylor's formula, $f(x+d)\approx f+g^\top d+\frac12d^\top Hd$, has its critical point where $g+Hd=0$. Going there is **Newton's method**:
#
# $$x\leftarrow x-H^{-1}g .$$
#
# Each direction gets the learning rate $1/\lambda_i$ of its own. Write one step; `np.linalg.solve(A, b)` returns the $d$ with $A\,d=b$, and it is quicker and more exact than an inverse.
# %% [markdown] lang="zh"
# ### 拓展 4：曲率不光能量，还能用
#
# 梯度下降在所有方向上共用一个学习率。知道海森矩阵，就能做得更好。泰勒展开 $f(x+d)\approx f+g^\top d+\frac12d^\top Hd$ 的临界点在 $g+Hd=0$ 处。直接走到那里，就是**牛顿法**（Newton's method）：
#
# $$x\leftarrow x-H^{-1}g .$$
#
# 每个方向都有了自己的学习率 $1/\lambda_i$。请写出一步；`np.linalg.solve(A, b)` 返回满足 $A\,d=b$ 的 $d$，比求逆又快又准。

# %% role="answer" id="newton_step"
def newton_step(params, grad_fn):
    """One step of Newton's method, x - H^-1 g, with your numerical_hessian.

    params (x): one array (n,). grad_fn(x) returns the gradient. Returns an array (n,).
    Raises numpy.linalg.LinAlgError where H cannot be inverted.
    """
    ### BEGIN SOLUTION
    return params - np.linalg.solve(numerical_hessian(grad_fn, params), grad_fn(params))
    ### END SOLUTION


# %% role="practice" id="try_newton_step"
with experiment("newton_step", "numerical_hessian", "hessian_vector_product"):
    bowl = np.array([[3.0, 1.0], [1.0, 2.0]])
    arrived = newton_step(np.array([5.0, -4.0]), lambda x: bowl @ (x - np.array([1.0, 2.0])))
    print("after one step:", np.round(arrived, 6), "expected: the minimum, (1, 2)")
    assert np.allclose(arrived, [1.0, 2.0]), "on a quadratic the first step arrives"

# %% [markdown] lang="en"
# *Before you run it:* from $(0.8, 0.3)$ on our saddle gradient descent comes down at $b=1$. Where does Newton's method end?
# %% [markdown] lang="zh"
# *运行之前想一想：* 在我们的鞍点函数上，从 $(0.8, 0.3)$ 出发的梯度下降会走到 $b=1$ 处的谷底。牛顿法会停在哪里？

# %% role="experiment" nbval="check"
def turned_valley(degrees_turned):
    """The Hessian of a valley with curvatures 1 and 100, its axes turned."""
    cos, sin = np.cos(np.radians(degrees_turned)), np.sin(np.radians(degrees_turned))
    axes_of_it = np.array([[cos, -sin], [sin, cos]])
    return axes_of_it @ np.diag([1.0, 100.0]) @ axes_of_it.T


def search_steps(curvatures):
    """Steps to 1e-6, and losses asked for, when every step halves its lr from 1 until the descent is half of what the slope promises."""
    x, steps, asked = np.ones(len(curvatures)), 0, 0
    while np.linalg.norm(x) > 1e-6 * np.sqrt(len(curvatures)):
        g, lr = curvatures * x, 1.0
        loss, promised, asked = x @ (curvatures * x) / 2, g @ g, asked + 2
        while (x - lr * g) @ (curvatures * (x - lr * g)) / 2 > loss - lr * promised / 2:
            lr, asked = lr / 2, asked + 1
        x, steps = x - lr * g, steps + 1
    return steps, asked


with experiment("newton_step", "numerical_hessian", "hessian_vector_product", "classify_critical_point"):
    for kappa in (10, 10_000):
        track = np.geomspace(1, kappa, 50)
        left_over = np.linalg.norm(newton_step(np.ones(50), lambda x: track * x)) / np.sqrt(50)
        print(f"valley, kappa {kappa}: one Newton step leaves less than 1e-9 of the distance: {left_over < 1e-9}")
    newton_path = [np.array([0.8, 0.3])]
    for _ in range(6):
        newton_path.append(newton_step(newton_path[-1], saddle.gradient))
    inward, errors = np.array([0.8, 0.9]), []
    for _ in range(3):
        inward = newton_step(inward, saddle.gradient)
        errors.append(np.linalg.norm(inward - [0.0, 1.0]))
    print("from (0.8, 0.9), distance from the minimum (0, 1):", ", ".join(f"{error:.0e}" for error in errors))
    at_the_end = classify_critical_point(numerical_hessian(saddle.gradient, newton_path[-1]), tolerance=1e-4)
    print(f"from (0.8, 0.3), six Newton steps: distance from (0, 0) below 1e-6: {np.linalg.norm(newton_path[-1]) < 1e-6}, a {at_the_end}")
for turn in (0, 45):
    hessian = turned_valley(turn)
    scales = np.sqrt(np.diag(hessian))
    print(f"valley turned by {turn:2d} degrees: kappa {np.linalg.cond(hessian):.0f}, each entry divided by its own curvature:"
          f" {np.linalg.cond(hessian / np.outer(scales, scales)):.0f}")
for kappa in (10, 100):
    print("line search, kappa {}: {} steps, {} losses computed".format(kappa, *search_steps(np.geomspace(1, kappa, 50))))

# %% role="experiment"
with experiment("newton_step", "numerical_hessian", "hessian_vector_product", "newton_path"):
    descent_path = gradient_descent(np.array([0.8, 0.3]), saddle.gradient, lr=0.1, num_steps=60)
    ax = contour_with_paths(saddle.value, {"gradient descent": descent_path, "Newton": np.array(newton_path)}, xlim=(-0.6, 1.2),
                            ylim=(-0.5, 1.3), xlabel="$a$", ylabel="$b$", log=False, levels=np.linspace(-0.25, 0.6, 18))
    show(ax.figure, alt={
        "en": "Contours of the saddle with two paths from (0.8, 0.3). Gradient descent bends upwards and ends in the minimum at (0, 1); Newton's method lands just beyond the saddle at (0, 0), then on it, and stays there.",
        "zh": "鞍点函数的等高线，两条路径都从 (0.8, 0.3) 出发。梯度下降拐向上方，停在极小点 (0, 1)；牛顿法第一步略微越过鞍点 (0, 0)，第二步落在鞍点上，就停在那里。"},
        caption={"en": "Ask the figure: what are both looking for, a low place or a flat one?",
                 "zh": "看图时请问自己：两者各在找什么，低处，还是平处？"})

# %% [markdown] lang="en"
# <details><summary>What it shows</summary>
#
# In a valley one step is enough, whatever $\kappa$; near any minimum with positive curvatures the error is about *squared* in every step, so the number of right digits doubles. But Newton's method solves $g=0$, and a saddle solves that too: along a negative $\lambda_i$ the learning rate $1/\lambda_i$ is negative, and it climbs. (Dauphin et al. 2014 therefore divide by $|\lambda_i|$. Others shorten the step: $x-\eta H^{-1}g$ with $\eta<1$, *damped* Newton.) And it needs the whole Hessian: for a million parameters $10^{12}$ numbers, and
# noisy ones when they come from a mini-batch. L-BFGS builds an approximation from past gradients, best without noise.
#
# *Preconditioning* is the cheap part of the idea: divide each entry of the gradient by a curvature of its own. Along the axes it makes $\kappa=100$ into 1; turned by 45° all diagonal entries are equal and it does nothing. Keep that in mind for the adaptive methods of chapter 04.
#
# A *line search* leaves the direction and looks for the learning rate: halve it until the loss has fallen enough. It finds the scale by itself and needs even fewer steps than the best constant rate (62 and 612 in experiment 1), but pays in losses; with mini-batches it would search for the minimum of a loss that is another one in the next step.
# </details>
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 在山谷里，不论 $\kappa$ 多大，一步就够；在曲率为正的极小点附近，误差每步大约变成它的*平方*，有效数字的位数每步翻一倍。但牛顿法解的是 $g=0$，而鞍点也满足它：沿 $\lambda_i$ 为负的方向，学习率 $1/\lambda_i$ 是负的，它就往上爬。（所以 Dauphin 等 2014 年改为除以 $|\lambda_i|$。也有人把步子缩短，取 $x-\eta H^{-1}g$，$\eta<1$，叫*阻尼*牛顿法。）它还需要整个海森矩阵：一百万个参数就是 $10^{12}$ 个数，由小批量算出来的还带噪声。L-BFGS 用过去的梯度拼出近似，没有噪声时最好用。
#
# *预条件*（preconditioning）是这个想法里便宜的那一半：梯度的每个元素除以它自己的曲率。山谷顺着坐标轴时，$\kappa$ 从 100 变成 1；转过 45° 之后，对角元全都相等，它就毫无作用。学 04 章的自适应方法时，请记住这一点。
#
# *线搜索*（line search）不改方向，只找学习率：不断减半，直到损失降得够多。它自己就能找到合适的尺度，步数甚至比最好的固定学习率还少（实验 1 里是 62 和 612），代价是多算了许多次损失；用小批量时，它辛苦找到的是这一批损失的最低点，到下一步损失就换了。
# </details>

# %% [markdown] lang="en"
# ### Further 5: what a slice shows
#
# The loss of a network has more dimensions than a page. One can cut: choose a direction $v$ of length 1 and plot $f(x+sv)$ against the distance $s$. CS231n's notes begin with such slices, and many pictures of "loss landscapes" are made of two random directions.
#
# We cut the moons network after 100 steps. There, 11 of its 33 curvatures are negative (correction 3). *Before you run it:* of 1000 random directions, how many will bend down?
# %% [markdown] lang="zh"
# ### 拓展 5：切片能看到什么
#
# 网络损失的维数比一张纸多。可以切一刀：选一个长度为 1 的方向 $v$，画 $f(x+sv)$ 对距离 $s$ 的图。CS231n 的讲义开头就是这样的切片，许多“损失地形图”也是沿两个随机方向切出来的。
#
# 我们来切走完 100 步的双月网络。那里 33 个曲率中有 11 个是负的（更正 3）。*运行之前想一想：* 1000 个随机方向里，有几个是向下弯的？

# %% role="experiment" nbval="check"
with experiment("numerical_hessian", "hessian_vector_product"):
    here = gradient_descent(np.random.default_rng(0).normal(0, 0.5, 33), moons_gradient, lr=0.5, num_steps=100)[-1]
    hessian = numerical_hessian(moons_gradient, here)
    values, vectors = np.linalg.eigh(hessian)
    random_directions = np.random.default_rng(1).standard_normal((1000, 33))
    random_directions /= np.linalg.norm(random_directions, axis=1, keepdims=True)
    bends = np.sum(random_directions @ hessian * random_directions, axis=1)
    print(f"negative curvatures: {np.sum(values < -1e-6)} of 33, the lowest {values[0]:.3f}")
    print(f"random directions that bend down: {np.sum(bends < 0)} of 1000, the lowest {bends.min():.3f}")
    print(f"mean curvature of the random directions {bends.mean():.3f}, mean of the 33 eigenvalues {values.mean():.3f}")

# %% role="experiment"
with experiment("numerical_hessian", "hessian_vector_product", "here", "vectors", "random_directions"):
    distances = np.linspace(-2, 2, 81)
    cuts = {f"random {i + 1}": random_directions[i] for i in range(3)} | {r"along $q_{\min}$": -vectors[:, 0] * np.sign(vectors[:, 0] @ moons_gradient(here))}
    slices = {name: [moons_loss_and_grad(here + s * v)[0] for s in distances] for name, v in cuts.items()}
    ax = curves(slices, x=distances, xlabel="distance $s$ along the direction", ylabel="loss")
    ax.set_ylim(0.15, 0.6)
    lowest = min(slices[r"along $q_{\min}$"])
    show(ax.figure, alt={
        "en": f"Loss along four straight lines through the same point, where it is {slices['random 1'][40]:.2f}. Along three random directions it rises on both sides as in a bowl. Along the eigenvector of the lowest curvature it bends down near the point and falls to {lowest:.2f} on one side.",
        "zh": f"过同一点的四条直线上的损失，该点处为 {slices['random 1'][40]:.2f}。沿三个随机方向，它像碗一样向两侧升高；沿最低曲率的特征向量，它在该点附近向下弯，并在一侧降到 {lowest:.2f}。"},
        caption={"en": "Ask the figure: shown the three random slices only, what would you say this place is?",
                 "zh": "看图时请问自己：如果只给你看那三张随机切片，你会说这是什么地方？"})

# %% [markdown] lang="en"
# <details><summary>What it shows</summary>
#
# Three of a thousand. The curvature in a random direction is $\sum_i\lambda_ic_i^2$ with all $c_i^2$ near $1/33$: about the *mean* of the eigenvalues, which a few large positive ones decide. A random slice looks like a bowl, whether or not there are a dozen ways down. So a picture of a landscape is evidence for what it shows and for nothing
# that it does not; power iteration, on $H$ or on $H$ shifted, finds the direction that matters.
# </details>
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 一千个里有三个。随机方向上的曲率是 $\sum_i\lambda_ic_i^2$，各个 $c_i^2$ 都在 $1/33$ 附近：差不多就是特征值的*平均*，而平均由少数几个大的正特征值说了算。不管有没有十来条下坡路，随机切片看上去都像一只碗。所以，一张地形图只能证明它画出来的东西，没画出来的，它什么也证明不了；要找关键的方向，靠的是对 $H$（或平移后的 $H$）做幂迭代。
# </details>

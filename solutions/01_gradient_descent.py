# %% [markdown] lang="en"
# # 01 Gradient descent: batch, stochastic, mini-batch
#
# One rule runs through this whole course: *go a little way against the gradient*. In this chapter we write it three times, with all examples, with one
# and with a few. We find out how long a step may be before the rule turns against us, and what a gradient from a few examples is worth.
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook.
# %% [markdown] lang="zh"
# # 01 梯度下降：批量、随机、小批量
#
# 整门课只有一条规则贯穿始终：*逆着梯度走一小步*。这一章我们把它写三遍：用全部样本、用一个样本、用几个样本。我们要弄清楚一步最多能走多长，再长规则就会反过来害我们；还要弄清楚，几个样本算出来的梯度值多少。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格。

# %% role="setup" id="setup"
from time import perf_counter

import numpy as np

from descent.check import check
from descent.data import load_digits, regression
from descent.experiment import experiment
from descent.explore_paths import START, path_explorer, small_problem
from descent.hyper import require
from descent.intervals import mean_interval
from descent.plots import contour_with_paths, curves, look, paired, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: a loss, a step, and how long it may be
#
# | | |
# |---|---|
# | **You will be able to** | write the loss of a classifier and its gradient so that they survive any logits; write gradient descent; compute a learning rate that is safe before the first step, and say what "guaranteed to converge" leaves out |
# | **You need** | chapter 00: shapes and broadcasting, the chain rule, the affine layer. An eigenvalue is met once; we say there what it does |
# | **Time** | about 85 minutes: 30 reading, 55 writing and looking |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:A}}: three exercises ({{points:softmax_cross_entropy}} + {{points:gradient_descent}} + {{points:max_stable_lr}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：一个损失，一步，以及一步能走多长
#
# | | |
# |---|---|
# | **学完你能够** | 写出分类器的损失和梯度，无论得分多大都不出错；写出梯度下降；在迈出第一步之前就算出一个安全的学习率，并说清“保证收敛”漏了哪些条件 |
# | **你需要** | 00 章：形状与广播、链式法则、仿射层。特征值只用到一次，到时会说明它的作用 |
# | **时间** | 约 85 分钟：阅读 30 分钟，动手 55 分钟 |
# | **难度** | ●●○ |
# | **分数** | {{points:A}} 分：三道练习（{{points:softmax_cross_entropy}} + {{points:gradient_descent}} + {{points:max_stable_lr}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions from chapter 00
#
# Answer in your head, then open.
#
# <details><summary>1. <code>a</code> has shape (5,), <code>b</code> has shape (5, 1). What is the shape of <code>a - b</code>?</summary>
#
# (5, 5): broadcasting pairs every entry with every other, without a word. A loss computed from it is a number, so nothing crashes; it is just wrong.
# </details>
#
# <details><summary>2. W has shape (65, 10). What shape does the gradient of a loss with respect to W have?</summary>
#
# (65, 10), always the shape of the thing itself: one number for each entry, telling how the loss changes with it.
# </details>
#
# <details><summary>3. Scores are X W, and the gradient of the loss with respect to the scores is G. What is it with respect to W?</summary>
#
# $X^\top G$. The sum over the examples is hidden in the matrix product; if the loss is a mean, its $1/N$ is in $G$ already.
# </details>
#
# <details><summary>4. Why do we keep validation and test examples apart from those we train on?</summary>
#
# Because the loss on the training examples falls by itself when we train; only fresh examples say what the model has learnt. Choices are made on validation examples, and the test examples are asked once.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：00 章的四个问题
#
# 先在心里回答，再点开核对。
#
# <details><summary>1. <code>a</code> 的形状是 (5,)，<code>b</code> 的形状是 (5, 1)。<code>a - b</code> 是什么形状？</summary>
#
# (5, 5)：广播会不声不响地把每个元素与每个元素配对。由此算出的损失仍是一个数，程序不会报错，只是结果错了。
# </details>
#
# <details><summary>2. W 的形状是 (65, 10)，损失对 W 的梯度是什么形状？</summary>
#
# (65, 10)。梯度永远与它所属的量同形：每个元素对应一个数，说明损失怎样随它变化。
# </details>
#
# <details><summary>3. 得分是 X W，损失对得分的梯度是 G。损失对 W 的梯度是什么？</summary>
#
# $X^\top G$。对样本的求和藏在矩阵乘法里；如果损失是平均值，那么 $1/N$ 已经在 $G$ 里了。
# </details>
#
# <details><summary>4. 为什么要把验证集、测试集与训练用的样本分开？</summary>
#
# 因为一训练，训练样本上的损失自然会降；只有新样本才能说明模型学到了什么。做选择用验证集，测试集只问一次。
# </details>

# %% [markdown] lang="en"
# ### The idea: a slope is a local promise
#
# You stand on a hillside in fog and want to go down. All that you can feel is the slope under your feet. It tells you in which direction the ground falls fastest *here*, and
# how fast. It does not tell you where the valley is, nor how far the slope goes on as it is. So you take a short step, and feel again.
#
# That is gradient descent. Everything interesting about it is in the word *short*. Too short, and you will be walking tomorrow. Too long, and you land on the slope across the
# valley, higher than you stood; the next step, from a steeper place, is longer still. Between the two there is a border, and it can be computed: it is set by how
# quickly the slope *changes*, the curvature.
#
# The other question is what one look costs. The slope of a training loss is an average over all examples. Must one ask them all, before every single step? Sitting B is about that.
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x_t$ | `params` | the parameters after $t$ steps, an array of any shape; $W$ for a classifier's weights, $w$ for two weights one can draw |
# | $f(x)$ | | the function to be minimized, here a mean loss over examples |
# | $g$ | `grads` | its gradient $\nabla f(x)$, of the shape of $x$ |
# | $\eta$ | `lr` | learning rate |
# | $X$, $y$ | `X`, `y` | the examples: row $X_i$ holds the $D$ features of example $i$, $y_i$ its label or target |
# | $N$, $K$ | `len(X)` | number of examples, of classes |
# | $z_{ik}$ | `logits` | the score (logit) of class $k$ for example $i$ |
# | $p_{ik}$ | | the probability that softmax makes of it |
# | $\lambda$ | `curvature` | the second derivative of $f$ in some direction; $L$ is the largest there is |
# | $B$ | `batch_size` | number of examples in a mini-batch (sitting B) |
# %% [markdown] lang="zh"
# ### 想法：坡度只是眼前的承诺
#
# 你站在大雾弥漫的山坡上，想往下走。能感觉到的只有脚下的坡度。它告诉你*此处*朝哪个方向下降最快、有多快；却不告诉你山谷在哪里，也不说这个坡还会延续多远。所以你迈一小步，再感觉一次。
#
# 这就是梯度下降，有意思的地方全在“小”字上。步子太小，明天还在路上；步子太大，就会落到山谷对面的坡上，比原来还高，而那里更陡，下一步就更长。两者之间有一条界线，而且算得出来：它取决于坡度*变化*得有多快，也就是曲率。
#
# 另一个问题是，看一眼要花多少代价。训练损失的坡度是对全部样本的平均，难道每走一步都要把所有样本问一遍？这是 B 节的内容。
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $x_t$ | `params` | 走完 $t$ 步后的参数，任意形状的数组；分类器的权重写作 $W$，能画出来的两个权重写作 $w$ |
# | $f(x)$ | | 要最小化的函数，这里是对样本的平均损失 |
# | $g$ | `grads` | 它的梯度 $\nabla f(x)$，与 $x$ 同形 |
# | $\eta$ | `lr` | 学习率 |
# | $X$、$y$ | `X`、`y` | 样本：第 $i$ 行 $X_i$ 是样本 $i$ 的 $D$ 个特征，$y_i$ 是它的标签或目标值 |
# | $N$、$K$ | `len(X)` | 样本数、类别数 |
# | $z_{ik}$ | `logits` | 样本 $i$ 在类别 $k$ 上的未归一化得分（logits） |
# | $p_{ik}$ | | softmax 由它得到的概率 |
# | $\lambda$ | `curvature` | 曲率，即 $f$ 在某个方向上的二阶导数；$L$ 是其中最大的 |
# | $B$ | `batch_size` | 一个小批量里的样本数（B 节） |

# %% [markdown] lang="en"
# ### From scores to a loss
#
# A classifier gives every class a score, any real number. **Softmax** turns the $K$ scores of an example into probabilities; the **cross-entropy** of the true class is the price we put on them:
#
# $$p_{ik}=\frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}},\qquad \text{loss}_i=-\log p_{i,y_i},\qquad f=\frac1N\sum_{i=1}^N \text{loss}_i .$$
#
# Being sure and right costs nothing ($-\log 1=0$), being sure and wrong costs without limit. Who knows nothing and gives every class $1/K$ pays $\log K$: 2.303 for ten classes.
# Remember that number; it is the first one to look for when a training curve starts.
#
# **The gradient.** Put the softmax into the logarithm: $\text{loss}_i=\log\sum_j e^{z_{ij}}-z_{i,y_i}$. The second term has derivative $-1$ with respect to the score of the true class, and 0 with respect to every
# other; we write $-[k=y_i]$. *Now the first term: differentiate the logarithm of the sum with respect to $z_{ik}$, and look at what you have got, before you open the line below.*
#
# <details><summary>the line left blank</summary>
#
# $\dfrac{\partial}{\partial z_{ik}}\log\sum_j e^{z_{ij}}=\dfrac{e^{z_{ik}}}{\sum_j e^{z_{ij}}}=p_{ik}$ : the softmax itself.
# </details>
#
# With the mean over the examples,
#
# $$\frac{\partial f}{\partial z_{ik}}=\frac{p_{ik}-[k=y_i]}{N}.$$
#
# It reads: what the model said, minus what it should have said. Each row adds up to 0: what one class gains the others lose.
#
# **Large scores.** $e^{1000}$ is infinite in floating point, and $\infty/\infty$ is NaN. But adding the same number $c$ to all scores of a row changes no probability, since $e^{c}$ cancels. So subtract each row's largest score first: then the
# largest exponent is $e^0=1$, the sum is at least 1, and its logarithm is safe. Take the logarithm *before* you divide: $\log p_{ik}=z_{ik}-\log\sum_j e^{z_{ij}}$, with shifted scores. A
# probability of $e^{-2000}$ is 0 in floating point and its logarithm $-\infty$; its logarithm computed this way is $-2000$.
# %% [markdown] lang="zh"
# ### 从得分到损失
#
# 分类器给每个类别一个得分，可以是任意实数。**softmax** 把一个样本的 $K$ 个得分变成概率；真实类别的**交叉熵损失**（cross-entropy）就是我们给这组概率定的价：
#
# $$p_{ik}=\frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}},\qquad \text{loss}_i=-\log p_{i,y_i},\qquad f=\frac1N\sum_{i=1}^N \text{loss}_i .$$
#
# 有把握而且答对，不用付钱（$-\log 1=0$）；有把握却答错，代价没有上限。什么都不知道、给每一类 $1/K$，付 $\log K$：十个类别就是 2.303。请记住这个数，看训练曲线时，首先就看它是不是从这里开始的。
#
# **梯度。** 把 softmax 代入对数：$\text{loss}_i=\log\sum_j e^{z_{ij}}-z_{i,y_i}$。第二项对真实类别的得分求导是 $-1$，对其余得分是 0，记作 $-[k=y_i]$。*轮到第一项：先自己把和的对数对 $z_{ik}$ 求导，看看得到的是什么，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# $\dfrac{\partial}{\partial z_{ik}}\log\sum_j e^{z_{ij}}=\dfrac{e^{z_{ik}}}{\sum_j e^{z_{ij}}}=p_{ik}$：正是 softmax 本身。
# </details>
#
# 再对样本取平均：
#
# $$\frac{\partial f}{\partial z_{ik}}=\frac{p_{ik}-[k=y_i]}{N}.$$
#
# 读出来就是：模型说的，减去它应该说的。每一行加起来是 0：一个类别得到的，正是其他类别失去的。
#
# **得分很大时。** 浮点数里 $e^{1000}$ 是无穷大，$\infty/\infty$ 是 NaN。但一行得分同时加上一个数 $c$，概率不变，因为 $e^{c}$ 约掉了。所以先把每一行减去它的最大得分：最大的指数变成 $e^0=1$，和至少是 1，取对数就安全了。对数要在除法*之前*取：$\log p_{ik}=z_{ik}-\log\sum_j e^{z_{ij}}$（用平移后的得分）。概率 $e^{-2000}$ 在浮点数里是 0，再取对数就是 $-\infty$；按这个式子算，得到的是 $-2000$。

# %% [markdown] lang="en"
# ### Convention card: what "the loss" of a batch is
#
# | where | input | over the batch |
# |---|---|---|
# | **here** | logits, whole-number labels | **mean** |
# | CS324 (first note) | | says "average loss", then "the gradient of this total loss": see the corrections below |
# | CS231n lecture (second note) | $\frac1N\sum_i\mathcal L_i+\lambda R(W)$ | **mean**, with the penalty added once |
# | PyTorch `cross_entropy` | logits, labels (or probabilities) | **mean**; `reduction="sum"` or `"none"` on request |
# | Keras `SparseCategoricalCrossentropy` | **probabilities**, unless `from_logits=True` | **mean** over the batch (`"sum_over_batch_size"`) |
# | optax `softmax_cross_entropy_with_integer_labels` | logits, labels | **none**: one loss per example, you take the mean |
# | scikit-learn `log_loss` | probabilities | **mean** (`normalize=True`) |
#
# Two traps. Softmax applied twice (probabilities handed to a function that expects logits) still trains, slowly, and never becomes sure. And a *sum* over the batch makes the gradient $N$ times as long, so a learning rate tuned for one is wrong for the other.
# The first row is ours, and it is what the checks expect. The learning rate is called $\eta$ in the first note, $\alpha$ in the second, `lr` in PyTorch, `learning_rate` in Keras and optax.
# %% [markdown] lang="zh"
# ### 约定卡：一批样本的“损失”指什么
#
# | 出处 | 输入 | 对一批样本 |
# |---|---|---|
# | **本课程** | 未归一化得分、整数标签 | **取平均** |
# | CS324（第一份笔记） | | 先说“平均损失”，接着又说“这个总损失的梯度”：见下文的更正 |
# | CS231n 课堂（第二份笔记） | $\frac1N\sum_i\mathcal L_i+\lambda R(W)$ | **取平均**，惩罚项只加一次 |
# | PyTorch `cross_entropy` | 得分、标签（或概率） | **取平均**；可选 `reduction="sum"`、`"none"` |
# | Keras `SparseCategoricalCrossentropy` | **概率**，除非 `from_logits=True` | 对一批**取平均**（`"sum_over_batch_size"`） |
# | optax `softmax_cross_entropy_with_integer_labels` | 得分、标签 | **不合并**：每个样本一个损失，平均由你来取 |
# | scikit-learn `log_loss` | 概率 | **取平均**（`normalize=True`） |
#
# 两个陷阱。softmax 做了两遍（把概率交给需要得分的函数），仍然能训练，只是慢，而且永远没有把握。对一批*求和*，梯度就长了 $N$ 倍，为一种约定调好的学习率，换到另一种就不对了。第一行是本课程的约定，练习按它检查。学习率在第一份笔记里叫 $\eta$，在第二份里叫 $\alpha$，PyTorch 里叫 `lr`，Keras 和 optax 里叫 `learning_rate`。

# %% [markdown] lang="en"
# ### Exercise 1: `softmax_cross_entropy` ({{points:softmax_cross_entropy}} points, 15 minutes)
#
# The loss and its gradient, from the derivation above. It gets logits of 1000 and of $-1000$ as well.
#
# *Worked example.* One row, logits $(1001, 1000, 1001)$, label 1. Shifted: $(0,-1,0)$. The sum of exponentials is $1+0.3679+1=2.3679$, its logarithm 0.8620. So the log-probabilities are
# $(-0.8620,-1.8620,-0.8620)$, the loss is 1.8620, the probabilities are $(0.4223, 0.1554, 0.4223)$ and the gradient is $(0.4223,-0.8446,0.4223)$.
# %% [markdown] lang="zh"
# ### 练习 1：`softmax_cross_entropy`（{{points:softmax_cross_entropy}} 分，15 分钟）
#
# 按上面的推导写出损失和它的梯度。得分会出现 1000 和 $-1000$。
#
# *例子。* 一行，得分 $(1001, 1000, 1001)$，标签 1。平移后为 $(0,-1,0)$。指数之和是 $1+0.3679+1=2.3679$，对数是 0.8620。于是对数概率为 $(-0.8620,-1.8620,-0.8620)$，损失为 1.8620，概率为 $(0.4223, 0.1554, 0.4223)$，梯度为 $(0.4223,-0.8446,0.4223)$。

# %% role="answer" id="softmax_cross_entropy"
from reference.losses import softmax_cross_entropy

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Everything follows from one array, the log-probabilities: shifted logits minus the logarithm of the sum of their exponentials, row by row (`axis=1, keepdims=True`). The loss picks one entry per row, the gradient starts from `np.exp` of it.
# </details>
# <details><summary>Hint 2</summary>
#
# `log_p[np.arange(len(labels)), labels]` is the entry of the true class in every row. The same indices on the left side subtract 1 there: `grad[rows, labels] -= 1`. Do not forget $1/N$, in both.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 一切都来自一个数组，即对数概率：平移后的得分减去其指数之和的对数，逐行计算（`axis=1, keepdims=True`）。损失在每行取一个元素；梯度从它的 `np.exp` 开始。
# </details>
# <details><summary>提示 2</summary>
#
# `log_p[np.arange(len(labels)), labels]` 取出每一行里真实类别的那个元素。同样的下标写在左边，就能在那里减 1：`grad[rows, labels] -= 1`。两处都别忘了 $1/N$。
# </details>

# %% role="tests" id="test_softmax_cross_entropy" points=17
check("softmax_cross_entropy", softmax_cross_entropy)

# %% [markdown] lang="en"
# ### Exercise 2: `gradient_descent` ({{points:gradient_descent}} points, 8 minutes)
#
# The rule itself: $x_{t+1}=x_t-\eta\,\nabla f(x_t)$, `num_steps` times. It returns the whole *path*, since we are going to look at paths a lot. It receives the gradient as a function and does not
# ask what is behind it. (When to stop is a question of its own: after a number of steps, as here; when the gradient has become short; or when the loss on validation examples no longer falls, chapter 05.)
# %% [markdown] lang="zh"
# ### 练习 2：`gradient_descent`（{{points:gradient_descent}} 分，8 分钟）
#
# 规则本身：$x_{t+1}=x_t-\eta\,\nabla f(x_t)$，走 `num_steps` 次。它返回整条*路径*，因为接下来我们要经常看路径。它收到的梯度是一个函数，至于函数背后是什么，它不过问。（何时停下是另一个问题：可以像这里一样走满规定的步数，也可以等梯度变得很短，或者等验证损失不再下降，见 05 章。）

# %% role="answer" id="gradient_descent"
from reference.gradient_descent import gradient_descent

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Keep the points in a list that begins with `params`, append after every step, and make an array of the list at the end.
# </details>
# <details><summary>Hint 2</summary>
#
# `params = params - lr * grad_fn(params)` makes a new array. `params -= ...` writes into the old one: then all entries of your list are the same array, and the caller's is changed too.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 把走过的点放进一个列表，开头是 `params`，每走一步追加一个，最后把列表变成数组。
# </details>
# <details><summary>提示 2</summary>
#
# `params = params - lr * grad_fn(params)` 会新建数组。`params -= ...` 则写进旧数组：列表里的每一项都成了同一个数组，连调用者的也被改掉了。
# </details>

# %% role="tests" id="test_gradient_descent" points=12
check("gradient_descent", gradient_descent)

# %% [markdown] lang="en"
# ### Experiment 1: three paths
#
# The picture that every lecture shows: gradient descent walks smoothly, SGD staggers, mini-batches are in between. We draw it with our own numbers. The problem is least squares with 32 examples and two weights,
# $f(w)=\frac1N\sum_i(X_iw-y_i)^2$; its curvatures are 0.1 and 1, its minimum is at 0. Each *example* has an opinion of its own: a step against its gradient $2(X_iw-y_i)X_i$ makes for a $w$ that suits this example alone.
#
# Your `gradient_descent` does not care where its gradients come from. Given the mean over all examples, it is **batch** gradient descent. Given the gradient of *the next example*, another one at each call, it is
# **stochastic** gradient descent (SGD). Given the mean over the next four, it is **mini-batch** gradient descent. One pass through all examples is an **epoch**: that is 1 step, 32 steps or 8 steps.
#
# All three use $\eta=0.3$ for 20 epochs. **Where does the path of SGD end?**
#
# - (a) at the minimum, as the other two do: over so many steps the noise averages out
# - (b) near the minimum, where it goes on wandering at about the same distance
# - (c) somewhere else: it follows the last examples it has seen
# %% [markdown] lang="zh"
# ### 实验 1：三条路径
#
# 每门课都会放的那张图：梯度下降走得平稳，SGD 摇摇晃晃，小批量介于两者之间。我们用自己的数字来画。问题是 32 个样本、两个权重的最小二乘，$f(w)=\frac1N\sum_i(X_iw-y_i)^2$；曲率为 0.1 和 1，极小点在 0。每个*样本*都有自己的主张：逆着它的梯度 $2(X_iw-y_i)X_i$ 走，就是奔着只适合它自己的 $w$ 去。
#
# 你的 `gradient_descent` 不管梯度从哪里来。给它全部样本的平均，就是**批量梯度下降**（batch gradient descent）；每次调用给它*下一个样本*的梯度，就是**随机梯度下降**（stochastic gradient descent, SGD）；给它接下来四个样本的平均，就是**小批量梯度下降**（mini-batch）。把所有样本过一遍叫一**轮**（epoch）：分别是 1 步、32 步、8 步。
#
# 三者都用 $\eta=0.3$ 走 20 轮。**SGD 的路径最后停在哪里？**
#
# - (a) 和另外两个一样到达极小点：步数这么多，噪声平均掉了
# - (b) 在极小点附近，距离大致不变地一直游荡
# - (c) 在别处：它跟着最后看到的那些样本跑

# %% role="answer" id="prediction_paths"
prediction_paths = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_paths = "b"
### END SOLUTION

# %%
X_small, y_small = small_problem(kappa=10)  # 32 examples, curvatures 1/10 and 1, minimum at w = 0


def next_examples(batch_size, rng):
    """A gradient function that looks at the next `batch_size` examples each time it is called."""
    waiting = []

    def grad_fn(w):
        nonlocal waiting
        if len(waiting) == 0:  # a new epoch: a new random order
            waiting = rng.permutation(len(X_small))
        rows, waiting = waiting[:batch_size], waiting[batch_size:]
        errors = X_small[rows] @ w - y_small[rows]
        return 2 * X_small[rows].T @ errors / len(rows)

    return grad_fn


BATCH_SIZES = {"all 32 (GD)": 32, "four": 4, "one (SGD)": 1}


def small_run(batch_size, *, lr, seed, num_epochs):
    """The path of `num_epochs` epochs on the small problem."""
    gradient = next_examples(batch_size, np.random.default_rng(seed))
    steps = num_epochs * len(X_small) // batch_size
    return gradient_descent(np.array(START), gradient, lr=lr, num_steps=steps)


def distance(path):
    """Distance from the minimum, as a share of where the run began."""
    return np.linalg.norm(path, axis=-1) / np.linalg.norm(START)


# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    print("lr 0.3, ten orders of the examples: mean distance (start = 1)")
    for name, size in BATCH_SIZES.items():
        runs = np.array([distance(small_run(size, lr=0.3, seed=seed, num_epochs=20)) for seed in range(10)])
        epochs = runs[:, ::32 // size].mean(axis=0)
        print(f"{name:12s} after 1 epoch {epochs[1]:.2f}   5: {epochs[5]:.2f}   10: {epochs[10]:.2f}"
              f"   20: {epochs[20]:.2f}")

# %% role="experiment"
with experiment("gradient_descent"):
    fig, axes = panels(3, sharey=True, figsize=(8.4, 3.1))
    for ax, (name, size) in zip(axes, BATCH_SIZES.items(), strict=True):
        path = small_run(size, lr=0.3, seed=0, num_epochs=20)
        contour_with_paths(lambda w: 0.1 * w[..., 0] ** 2 + w[..., 1] ** 2, {}, xlim=(-1.6, 1.2), ylim=(-0.9, 1.5),
                           ax=ax, title=name, xlabel="$w_1$", ylabel="$w_2$" if size == 32 else "")
        ax.plot(*path.T, color=look(0)["color"], linewidth=0.8, marker="." if size > 1 else "", markersize=4)
        ax.plot(*path[0], "o", color="black", markersize=9, markerfacecolor="none")
        ax.plot(0, 0, "x", color="black", markersize=9, markeredgewidth=2, zorder=5)
        ax.plot(*path[-1], "D", color=look(1)["color"], markersize=7, zorder=6)
    show(fig, alt={
        "en": "Three contour plots of one valley with a path each, 20 epochs from the same start. All 32 examples: a smooth curve down the steep side, then "
              "slowly along the floor, ending well before the minimum. Four: a slightly shaky path to the minimum. One: a jagged path to the minimum, then a dense cloud "
              "around it.",
        "zh": "同一个山谷的三幅等高线图，各有一条从同一起点出发、走 20 轮的路径。全部 32 个样本：先平滑地下陡坡，再沿谷底慢慢走，离极小点还很远就停了。四个：略有抖动地走到极小点。"
              "一个：锯齿般地走到极小点，然后在它周围形成一团密集的云。"},
        caption={"en": "lr 0.3, 20 epochs. Ring: start, cross: minimum, diamond: end. After the pictures in CS324's fifth lecture. "
                       "Ask the figure: which path has looked at the most examples?",
                 "zh": "lr 0.3，20 轮。圆环：起点；叉：极小点；菱形：终点。仿照 CS324 第五讲的插图。请问自己：哪条路径看过的样本最多？"})
    reveal("paths", prediction_paths, "b", {
        "en": "It comes close quickly and then keeps wandering: at the minimum the mean of the 32 gradients is zero, a single one is not.",
        "zh": "它很快就靠近，然后一直游荡：在极小点，32 个梯度的平均为零，单个梯度却不为零。"})

# %% [markdown] lang="en"
# **What it showed:** all three have looked at the same number of examples. At this learning rate the noisy one is by far the nearest after one epoch and gets no nearer after the fifth; the exact one has moved 20 times only and is still far away.
#
# **What it does not show:** that SGD is better, or worse. Gradient descent could have used a larger learning rate here, SGD a falling one. Sitting B compares each at its own best.
#
# Now with your own hands. *Questions to the figure:* (1) At which learning rate does plain gradient descent begin to swing across the valley, and at which does it stop converging? (2) With SGD at lr 0.3, change the order of the examples: what stays the same? (3) Leave SGD on
# and lower lr until the wandering is half as wide: what has it cost in the first epoch?
#
# <details><summary>answers</summary>
#
# (1) It jumps across from lr 1 on, as the steep direction has curvature 1 and is multiplied by $1-\eta$; it stops converging at 2. (2) The path is another one, the size of the cloud is nearly the same. (3) At lr 0.1 or so; the cell below the figure has the
# numbers, for ten orders of the examples. The trade between speed at the start and rest at the end is what sitting B is about.
# </details>
# %% [markdown] lang="zh"
# **它说明了：** 三者看过的样本一样多。在这个学习率下，一轮之后最近的远远是那个有噪声的，但五轮之后它就不再靠近；精确的那个总共只走了 20 步，还远着呢。
#
# **它没有说明：** SGD 更好或更差。在这里梯度下降本可以用更大的学习率，SGD 也本可以让学习率逐渐下降。B 节会让每种方法用自己最好的设置来比较。
#
# 现在亲手试试。*问图几个问题：* (1) 学习率到多少时，普通梯度下降开始横跨山谷来回摆？到多少时不再收敛？(2) 用 SGD，lr 取 0.3，换一换样本顺序：什么不变？(3) 仍用 SGD，把 lr 调低，直到游荡的范围大约缩小一半：第一轮因此损失了什么？
#
# <details><summary>答案</summary>
#
# (1) 从 lr = 1 起它会跳到对面，因为陡峭方向的曲率是 1，每步乘上 $1-\eta$；到 2 就不再收敛。(2) 路径不同了，云的大小几乎不变。(3) lr 在 0.1 左右；图下面的单元格给出了数值（十种样本顺序的平均）。开头的速度与最后的安稳，两者如何取舍，正是 B 节的内容。
# </details>

# %% role="experiment"
path_explorer(method="sgd", lr=0.3, batch_size=4, kappa=10)

# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    print("one example per step, ten orders: mean distance (start = 1)")
    for lr in (0.3, 0.1):
        runs = np.array([distance(small_run(1, lr=lr, seed=seed, num_epochs=20)) for seed in range(10)])
        print(f"lr {lr}: after the first epoch {runs[:, 32].mean():.2f}, over the last ten epochs {runs[:, -320:].mean():.2f}")

# %% [markdown] lang="en"
# ### How long may a step be?
#
# Let $L$ be the largest curvature that $f$ has anywhere, in any direction. Then no slope can change faster than that, and along every step the function lies below a parabola that we know:
#
# $$f(x+d)\le f(x)+\nabla f(x)\cdot d+\frac L2\,|d|^2 .$$
#
# (A function with such an $L$ is called **smooth**.) Our step is $d=-\eta g$ with $g=\nabla f(x)$. *Put it in, collect what stands in front of $|g|^2$, and say for which $\eta$ the loss is sure to fall, before you open the lines.*
#
# <details><summary>the lines left blank</summary>
#
# $f(x-\eta g)\le f(x)-\eta|g|^2+\dfrac{L\eta^2}2|g|^2=f(x)-\eta\left(1-\dfrac{\eta L}2\right)|g|^2$ .
#
# As long as $g\ne0$, it falls whenever the bracket is positive: for $0<\eta<2/L$. The promised fall is largest in the middle, at $\eta=1/L$.
# </details>
#
# On a parabola $f(x)=\lambda x^2/2$ this is no estimate but the whole truth: the gradient is $\lambda x$, so one step is
#
# $$x_{t+1}=x_t-\eta\lambda x_t=(1-\eta\lambda)\,x_t .$$
#
# The distance is multiplied by the **contraction factor** $|1-\eta\lambda|$. Below $\eta\lambda=1$ the run comes down on its own side; between 1 and 2 it jumps across at every step and still comes nearer; at 2 it jumps between two points for ever; above, it leaves. A
# function of many variables has a curvature $\lambda$ in each direction, and *one* learning rate for all of them: the steepest direction sets the border, the flattest the time it takes. (In sitting A of chapter 02, directions and curvatures become eigenvectors and eigenvalues of the
# Hessian.)
#
# ### The curvature of softmax regression
#
# For a network nobody tells us $L$. For softmax regression, $f(W)$ = mean cross-entropy of $XW$, there is a bound that needs neither labels nor training.
#
# Walk from $W$ in a direction $V$ (of the shape of $W$, with $|V|=1$). The logits of example $i$ then move at the speed $s_i=X_iV$, a vector with $K$ entries. The true class's term $-z_{i,y_i}$ is linear and has no curvature: this is why the labels do not matter. The other term has: the second
# derivative of $\log\sum_ke^{z_{ik}+ts_{ik}}$ is the *variance* of the numbers $s_{ik}$, class $k$ drawn with probability $p_{ik}$. (The first derivative was their mean; differentiate once more.)
#
# The variance of numbers between $a$ and $b$ is at most $(b-a)^2/4$, reached when half of the probability sits at either end. Let $a$ be the smallest entry of $s_i$ and $b$ the largest: $(b-a)^2\le2(a^2+b^2)\le2|s_i|^2$. So
#
# $$\text{curvature}\;\le\;\frac1N\sum_i\frac{|s_i|^2}{2}=\frac1{2N}\sum_i|X_iV|^2\;\le\;\frac12\,\lambda_{\max}\!\Bigl(\frac{X^\top X}N\Bigr).$$
#
# The last step is what an eigenvalue is good for: $\lambda_{\max}(A)$ is the largest value that $v^\top Av$ takes on vectors of length 1. (Take the columns of $V$ one by one: $\frac1N\sum_i|X_iV|^2$ is the sum of their $v^\top\frac{X^\top X}Nv$, and their squared lengths add up to $|V|^2=1$.) NumPy has it: `np.linalg.eigvalsh(A).max()` for a symmetric $A$. The $\frac12$ was published by Böhning in 1992.
# %% [markdown] lang="zh"
# ### 一步能走多长？
#
# 设 $L$ 是 $f$ 在任何地方、任何方向上最大的曲率。那么坡度的变化不可能比这更快，沿着每一步，函数都位于一条已知的抛物线之下：
#
# $$f(x+d)\le f(x)+\nabla f(x)\cdot d+\frac L2\,|d|^2 .$$
#
# （存在这样一个 $L$ 的函数称为**光滑**的。）我们走的一步是 $d=-\eta g$，其中 $g=\nabla f(x)$。*先自己代进去，把 $|g|^2$ 前面的系数合并，说出 $\eta$ 在什么范围内损失一定下降，再点开。*
#
# <details><summary>留给你补的几行</summary>
#
# $f(x-\eta g)\le f(x)-\eta|g|^2+\dfrac{L\eta^2}2|g|^2=f(x)-\eta\left(1-\dfrac{\eta L}2\right)|g|^2$。
#
# 只要 $g\ne0$，括号为正就一定下降，即 $0<\eta<2/L$。正中间 $\eta=1/L$ 处，保证的下降量最大。
# </details>
#
# 在抛物线 $f(x)=\lambda x^2/2$ 上，这不再是估计，而是全部事实：梯度为 $\lambda x$，所以走一步就是
#
# $$x_{t+1}=x_t-\eta\lambda x_t=(1-\eta\lambda)\,x_t .$$
#
# 距离每步乘上**收缩因子** $|1-\eta\lambda|$。$\eta\lambda<1$ 时，从自己这一侧走下去；在 1 与 2 之间，每一步都跳到对面，但仍越来越近；等于 2 时，永远在两点之间来回跳；再大就一去不返。多变量函数在每个方向上各有一个曲率 $\lambda$，而学习率只有*一个*：最陡的方向决定界线，最平的方向决定要走多久。（到 02 章 A 节，这些方向和曲率就是海森矩阵的特征向量和特征值。）
#
# ### softmax 回归的曲率
#
# 对神经网络，没有人告诉我们 $L$。但对 softmax 回归，即 $f(W)$ 为 $XW$ 的平均交叉熵损失，有一个上界，既不需要标签，也不需要训练。
#
# 从 $W$ 出发沿方向 $V$ 走（$V$ 与 $W$ 同形，$|V|=1$）。样本 $i$ 的得分以速度 $s_i=X_iV$ 变化，这是一个有 $K$ 个元素的向量。真实类别那一项 $-z_{i,y_i}$ 是线性的，没有曲率：所以标签无关紧要。另一项有曲率：$\log\sum_ke^{z_{ik}+ts_{ik}}$ 的二阶导数，就是以概率 $p_{ik}$ 抽取类别 $k$ 时，$s_{ik}$ 这些数的*方差*。（一阶导数是它们的均值，再求一次导即得。）
#
# 介于 $a$ 与 $b$ 之间的数，方差至多是 $(b-a)^2/4$，两端各占一半概率时取到。取 $a$ 为 $s_i$ 的最小元素、$b$ 为最大元素，又有 $(b-a)^2\le2(a^2+b^2)\le2|s_i|^2$。所以
#
# $$\text{曲率}\;\le\;\frac1N\sum_i\frac{|s_i|^2}{2}=\frac1{2N}\sum_i|X_iV|^2\;\le\;\frac12\,\lambda_{\max}\!\Bigl(\frac{X^\top X}N\Bigr).$$
#
# 最后一步用到了特征值的作用：$\lambda_{\max}(A)$ 就是 $v^\top Av$ 在长度为 1 的向量上能取到的最大值。（把 $V$ 一列一列地看：$\frac1N\sum_i|X_iV|^2$ 是各列的 $v^\top\frac{X^\top X}Nv$ 之和，而各列长度的平方加起来是 $|V|^2=1$。）NumPy 里对对称矩阵 $A$ 写 `np.linalg.eigvalsh(A).max()`。其中的 $\frac12$ 由 Böhning 于 1992 年发表。

# %% [markdown] lang="en"
# ### Exercise 3: `max_stable_lr` ({{points:max_stable_lr}} points, 12 minutes)
#
# Some exercises give you no formula, but a **contract**: what must hold. You find the formula. Here you need both halves of the derivation: which learning rates are safe for a curvature, and which curvature the data can have.
#
# *Intermediate results to check.* For $X=(1,1,2)^\top$ (three examples with one feature) $X^\top X/N=2$, so $L=1$. For the rows $(1,0)$ and $(0,3)$, $X^\top X/N$ is diagonal with 0.5 and 4.5, so $L=2.25$.
# %% [markdown] lang="zh"
# ### 练习 3：`max_stable_lr`（{{points:max_stable_lr}} 分，12 分钟）
#
# 有些练习不给公式，只给一份**契约**：什么必须成立。公式由你来找。这里推导的两半都要用到：给定曲率，哪些学习率是安全的；给定数据，曲率可能有多大。
#
# *中间结果，供核对。* $X=(1,1,2)^\top$（三个样本，一个特征）时，$X^\top X/N=2$，所以 $L=1$。两行为 $(1,0)$ 和 $(0,3)$ 时，$X^\top X/N$ 是对角矩阵，对角元为 0.5 和 4.5，所以 $L=2.25$。

# %% role="answer" id="max_stable_lr"
from reference.gradient_descent import max_stable_lr

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Two lines: compute $L$ from `X`, then the largest $\eta$ for which the bracket in "How long may a step be?" is not negative. Mind $N$: the number of rows.
# </details>
# <details><summary>Hint 2</summary>
#
# For the two examples above the answers are 2.0 and 0.889. Divide by $L$ only after you have asked whether it is 0, and return a `float`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 两行：先由 `X` 算出 $L$，再取使“一步能走多长？”里的括号不为负的最大的 $\eta$。注意 $N$ 是行数。
# </details>
# <details><summary>提示 2</summary>
#
# 上面两个例子的答案是 2.0 和 0.889。除以 $L$ 之前先问它是不是 0；返回 `float`。
# </details>

# %% role="tests" id="test_max_stable_lr" points=16
check("max_stable_lr", max_stable_lr)

# %% [markdown] lang="en"
# Let us use all three functions at once: softmax regression on the 1197 training digits, with a column of ones for the bias. The bound holds for *all* labels and starting points, so a particular data set may allow more. How much more?
# %% [markdown] lang="zh"
# 把三个函数一起用上：在 1197 张 digits 训练图像上做 softmax 回归，加一列 1 作为偏置。这个上界对*所有*标签和起点都成立，所以具体到某个数据集，也许可以更大。大多少呢？

# %%
digits = load_digits()
y_train = digits.y_train
X_train = np.hstack([digits.X_train, np.ones((len(y_train), 1))])  # the last feature is 1: its weights are the bias
X_two, y_two = X_train[y_train < 2], y_train[y_train < 2]  # zeros and ones only
W_start = np.zeros((65, 10))


def loss_and_grads(W, X, y):
    """Mean cross-entropy of softmax regression, and its gradient with respect to W."""
    loss, grad_logits = softmax_cross_entropy(X @ W, y)
    return loss, X.T @ grad_logits


def training_losses(path):
    """The loss on all training digits at every point of a path."""
    return np.array([loss_and_grads(W, X_train, y_train)[0] for W in path])


def batch_gradient(W, X=X_train, y=y_train):
    return loss_and_grads(W, X, y)[1]


# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr"):
    safe = max_stable_lr(X_train)
    print(f"max_stable_lr: {safe:.3f}.   Loss at the start {training_losses([W_start])[0]:.3f} = log 10")
    for factor in (0.1, 1, 5, 8, 10):
        losses = training_losses(gradient_descent(W_start, batch_gradient, lr=factor * safe, num_steps=100))
        rises = int(np.sum(np.diff(losses) > 0))
        print(f"lr = {factor:4} * max_stable_lr: loss after 100 steps {losses[-1]:.3f}, it rose in {rises} of them")
    # The bound is reached: each row once with label 0, once with label 1, started close to the minimum W = 0
    X_pair, y_pair = np.vstack([X_small, X_small]), np.repeat([0, 1], len(X_small))
    start = 1e-4 * np.outer(np.linalg.svd(X_small)[2][0], [1, -1])
    for factor in (0.99, 1.01):
        path = gradient_descent(start, lambda W: batch_gradient(W, X_pair, y_pair),
                                lr=factor * max_stable_lr(X_pair), num_steps=50)
        print(f"the pair at {factor} * max_stable_lr: |W| is multiplied by {np.linalg.norm(path[-1]) / 1e-4 / 2**0.5:.2f}")

# %% [markdown] lang="en"
# At the bound the loss falls at every step, as promised, and a good deal above it as well: with ten classes and all probabilities at 0.1 the curvature is only a fifth of the bound. The second half shows that the bound cannot be improved without looking at the labels: there are data for which 1 % more is too much.
# So this is a learning rate you can *start* with, on any data, before having trained at all. It is not the best one.
# %% [markdown] lang="zh"
# 正如所承诺的，学习率取在上界处，损失步步下降；再大不少也还行：十个类别、概率都是 0.1 时，曲率只有上界的五分之一。后一半说明，不看标签就无法改进这个上界：存在这样的数据，再大 1% 就过头了。所以，这是在任何数据上、还没开始训练就能拿来*起步*的学习率，但并不是最好的那个。

# %% [markdown] lang="en"
# ### Experiment 2: the best learning rate is close to the edge
#
# Back to functions whose curvatures we know: $f(x)=\frac12\sum_i\lambda_ix_i^2$ with 50 curvatures from $L/\kappa$ to $L$, evenly spaced on a log scale; $\kappa$ is called the **condition number**. Start at $(1,\dots,1)$, count the steps until the distance is a millionth of what
# it was. The learning rate runs from $0.1/L$ to $1.99/L$. **How does the number of steps change?**
#
# - (a) it falls until shortly before $2/L$, then rises steeply
# - (b) it falls until $1/L$, where the steepest direction is finished in one step, then rises evenly
# - (c) it falls all the way to $1.99/L$
# %% [markdown] lang="zh"
# ### 实验 2：最好的学习率紧贴界线
#
# 回到曲率已知的函数：$f(x)=\frac12\sum_i\lambda_ix_i^2$，50 个曲率从 $L/\kappa$ 到 $L$，按对数均匀分布；$\kappa$ 叫作**条件数**（condition number）。从 $(1,\dots,1)$ 出发，数一数要多少步，距离才缩小到最初的百万分之一。学习率从 $0.1/L$ 取到 $1.99/L$。**步数怎样变化？**
#
# - (a) 一直下降到快要接近 $2/L$ 处，然后陡升
# - (b) 一直下降到 $1/L$（最陡的方向在那里一步到位），然后均匀上升
# - (c) 一直下降到 $1.99/L$

# %% role="answer" id="prediction_edge"
prediction_edge = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_edge = "a"
### END SOLUTION

# %%
def steps_to_a_millionth(curvatures, lr):
    """Steps of gradient descent from (1, ..., 1) until the distance has shrunk to a millionth."""
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
    valley = np.array([0.1, 1.0])
    print("one step multiplies the two directions (curvature 0.1 and 1) by")
    for lr in (0.5, 1.0, 1.9, 2.0, 2.01):
        path = gradient_descent(np.ones(2), lambda x: valley * x, lr=lr, num_steps=1)
        print(f"lr = {lr:4}/L:", *(f"{factor:6.3f}" for factor in path[1] / path[0]))
    edge_steps = {}
    for kappa in (10, 100):
        curvatures = np.logspace(-np.log10(kappa), 0, 50)
        edge_steps[kappa] = np.array([steps_to_a_millionth(curvatures, share) for share in SHARES])
        best = SHARES[np.argmin(edge_steps[kappa])]
        balanced = 2 / (1 + 1 / kappa)  # both ends of the spectrum shrink equally fast
        print(f"kappa {kappa:3d}: {edge_steps[kappa][SHARES == 1][0]} steps at 1/L, fewest {edge_steps[kappa].min()} at "
              f"{best}/L, {steps_to_a_millionth(curvatures, balanced)} at {balanced:.2f}/L, {edge_steps[kappa][-1]} at 1.99/L")

# %% role="experiment"
with experiment("gradient_descent", "edge_steps"):
    ax = curves({rf"$\kappa$ = {kappa}": steps for kappa, steps in edge_steps.items()}, x=SHARES,
                xlabel=r"learning rate times $L$", ylabel="steps to 1e-6", logy=True)
    ax.axvline(2, color="black", linewidth=1.2, linestyle="--")
    ax.text(1.985, ax.get_ylim()[1] * 0.75, "divergence", rotation=90, ha="right", va="top")
    ax.set_xlim(0, 2.05)
    show(ax.figure, alt={
        "en": "Steps to a millionth, log axis, against learning rate times L from 0.1 to 1.99, for condition numbers 10 and 100. Both lines fall steadily, "
              f"reach their lowest point ({edge_steps[10].min()} and {edge_steps[100].min()} steps) just before 2 and shoot up there; at 1.99 both need {edge_steps[10][-1]}.",
        "zh": "步数（对数坐标）随学习率乘 L（0.1 到 1.99）的变化，条件数为 10 和 100。两条线都稳步下降，在快到 2 处达到最低点"
              f"（{edge_steps[10].min()} 和 {edge_steps[100].min()} 步），随即陡升；在 1.99 处两者都要 {edge_steps[10][-1]} 步。"},
        caption={"en": "Left of the lowest point the flattest direction decides, right of it the steepest. Ask the figure: why do both lines end at the same height?",
                 "zh": "最低点左边由最平的方向决定，右边由最陡的方向决定。请问自己：两条线为什么在同样的高度结束？"})
    reveal("edge", prediction_edge, "a", {
        "en": "The flat direction needs a long step, and has the say until the steep one is multiplied by nearly -1. Equal at lr = 2 / (L/kappa + L).",
        "zh": "平坦方向需要大步子，它一直说了算，直到陡峭方向的因子接近 -1。两者在 lr = 2 / (L/kappa + L) 处相等。"})

# %% [markdown] lang="en"
# **What it showed:** the fastest learning rate lies just under the largest possible one, the closer the worse the conditioning; to its left one loses a little, to its right everything. Hence the habit of raising the learning rate until training fails and then taking a half or a third of it.
#
# **What it does not show:** that networks have one edge. Their curvature changes during training; it may even rise until it meets $2/\eta$ (chapter 02).
# %% [markdown] lang="zh"
# **它说明了：** 最快的学习率就在允许的最大值之下一点点，条件数越大，靠得越近；偏左只损失一点，偏右则全盘皆输。所以才有这样的习惯：把学习率一直调大，直到训练失败，再取它的一半或三分之一。
#
# **它没有说明：** 神经网络也只有一条固定的界线。网络的曲率在训练中会变，甚至会一直升到与 $2/\eta$ 相遇（02 章）。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "For convex functions it is guaranteed to find the global optimum."** (First note, on batch gradient descent.) A function is **convex** if every chord between two points of its graph runs nowhere below the graph. Then no curvature is negative, and every local minimum is a global one: from a higher place the chord to
# a lower one leads down at once. (With more than two points and their mean the same statement is called Jensen's inequality.) So far the note is right, but three things are missing: a curvature that is bounded (*smooth*), a learning rate below $2/L$, and a minimum that exists (is *attained*). Leave them out one at a time; all functions below are convex.
#
# *Before you run it:* which of the runs has a gradient of length 1 at every step, however near the minimum is?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “对于凸函数，保证能找到全局最优解。”**（第一份笔记，讲批量梯度下降。）函数图像上任意两点之间的弦，处处不低于图像，就称函数是**凸**的（convex）。这时曲率不会是负的，而且局部极小值都是全局极小值：从高处往低处连一条弦，一出发就是下坡。（把两点换成多点及其平均，同一句话就叫琴生不等式。）笔记说到这里都对，只是少了三个条件：曲率有界（*光滑*）、学习率小于 $2/L$、极小值确实存在（能*取到*）。下面逐个去掉，其中的函数全是凸的。
#
# *运行之前想一想：* 哪一次训练的梯度长度始终是 1，无论离极小点多近？

# %% role="experiment" nbval="check"
with experiment("gradient_descent", "softmax_cross_entropy", "max_stable_lr"):
    for lr in (1.99, 2.01):
        x = gradient_descent(np.array(1.0), lambda x: x, lr=lr, num_steps=400)[-1]
        print(f"x^2 / 2, L = 1, lr {lr}: from 1 to |x| = {abs(x):.2f} after 400 steps")
    x = gradient_descent(np.array(1.0), np.sign, lr=0.3, num_steps=400)
    print(f"|x|, no L, lr 0.3: the last four points {np.round(x[-4:], 3) + 0}")
    for start in (1.0, 8.0):
        x = gradient_descent(np.array(start), lambda x: 4 * x**3, lr=0.01, num_steps=3)
        print(f"x^4, no L for all x, lr 0.01: from {start} in three steps to {x[-1]:.3g}")
    path = gradient_descent(np.zeros((65, 2)), lambda W: batch_gradient(W, X_two, y_two),
                            lr=max_stable_lr(X_two), num_steps=3000)
    print("digits 0 and 1, lr = max_stable_lr: the loss falls and falls, the minimum moves away")
    for t in (10, 100, 1000, 3000):
        print(f"  step {t:4d}: loss {loss_and_grads(path[t], X_two, y_two)[0]:.4f}, |W| {np.linalg.norm(path[t]):.1f}")

# %% [markdown] lang="en"
# All four runs go on without any error message. The last case is the usual one in classification: where the classes can be separated, every larger $W$ is better, the loss tends to 0 and $|W|$ to infinity (slowly, like a logarithm). With all three conditions there is a theorem:
# $f(x_t)-f_{\min}\le |x_0-x_{\min}|^2/(2\eta t)$ for $\eta\le1/L$ (Nesterov 2004). Of a network's loss, which is not convex, no such thing is known.
#
# **2. "... compute the *average* loss; compute the gradient of this *total* loss."** (First note, three lines apart.) The two differ by the factor $N$. Suppose somebody writes every training example twice into the file. The average does not change at all; nothing should happen.
#
# *Before you run it:* with the gradient of the total and a learning rate tuned on the single file, what happens on the doubled one?
# %% [markdown] lang="zh"
# 四种情况都没有任何报错。最后一种在分类中最常见：只要类别能分开，$W$ 越大越好，损失趋于 0，而 $|W|$ 趋于无穷（很慢，像对数那样）。三个条件齐备时有定理：$\eta\le1/L$ 时，$f(x_t)-f_{\min}\le |x_0-x_{\min}|^2/(2\eta t)$（Nesterov，2004）。神经网络的损失不是凸的，没有这样的结论。
#
# **2. “计算所有样本的*平均*损失；计算这个*总*损失的梯度。”**（第一份笔记，相隔三行。）两者差 $N$ 倍。假设有人把每个训练样本在文件里写了两遍。平均值丝毫不变，本不该发生任何事。
#
# *运行之前想一想：* 如果用的是总损失的梯度，学习率又是在原来的文件上调好的，换成写了两遍的文件会怎样？

# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    X_twice, y_twice = np.vstack([X_small, X_small]), np.hstack([y_small, y_small])
    for name, power in [("mean ", 1), ("total", 0)]:
        for X, y in [(X_small, y_small), (X_twice, y_twice)]:
            path = gradient_descent(np.array(START), lambda w: 2 * X.T @ (X @ w - y) / len(X) ** power,
                                    lr=1.2 if power else 1.2 / 32, num_steps=40)
            print(f"gradient of the {name} loss, N = {len(X)}: distance after 40 steps {distance(path[-1]):.2g}")

# %% [markdown] lang="en"
# With the total, $L$ grows with $N$, so a safe learning rate shrinks with it: 1.2/32 was $1.2/L$ on 32 examples and is $2.4/L$ on 64. With the mean, data of any size can share a learning rate. That is why this course, and most libraries, take means; and it is why changing `reduction` means changing `lr`.
# %% [markdown] lang="zh"
# 用总损失时，$L$ 随 $N$ 增大，安全的学习率就随之变小：1.2/32 在 32 个样本上是 $1.2/L$，在 64 个样本上就成了 $2.4/L$。用平均损失，多少数据都能共用一个学习率。本课程和大多数库都取平均，原因就在这里；所以改了 `reduction`，`lr` 也得跟着改。

# %% [markdown] lang="en"
# ### Clinic
#
# Four training curves, each from a run whose owner asks for help. Choose a diagnosis, name the evidence in the curve, then open it. A is a least-squares fit, B and C are softmax regression on the digits (ten classes), D is softmax regression on zeros and ones only; the axes of D are both logarithmic.
# %% [markdown] lang="zh"
# ### 诊室
#
# 四条训练曲线，都有人拿来求诊。先选一个诊断，说出曲线里的证据，再点开核对。A 是最小二乘拟合；B 和 C 是 digits 上的 softmax 回归（十个类别）；D 是只有 0 和 1 两类的 softmax 回归，两个坐标轴都是对数。

# %% role="experiment"
with experiment("softmax_cross_entropy", "gradient_descent", "max_stable_lr"):
    path = gradient_descent(np.array([-1.3, 1e-3]), next_examples(32, np.random.default_rng(0)), lr=2.1, num_steps=120)
    safe = max_stable_lr(X_train)
    total = gradient_descent(W_start, lambda W: 1197 * batch_gradient(W), lr=safe, num_steps=30)
    two_path = gradient_descent(np.zeros((65, 2)), lambda W: batch_gradient(W, X_two, y_two),
                                lr=max_stable_lr(X_two), num_steps=1000)
    patients = {
        "A": np.mean((path @ X_small.T - y_small) ** 2, axis=1),
        "B": training_losses(gradient_descent(W_start, batch_gradient, lr=0.02 * safe, num_steps=60)),
        "C": 1197 * training_losses(total),
        "D": np.array([loss_and_grads(W, X_two, y_two)[0] for W in two_path]),
    }
    fig, axes = panels(2, 2, figsize=(8.0, 5.4))
    for ax, (name, losses) in zip(axes.flat, patients.items(), strict=True):
        steps = np.arange(len(losses))
        ax.plot(steps[name == "D":], losses[name == "D":])
        ax.set(xlabel="step", ylabel="loss", title=name, yscale="linear" if name == "B" else "log")
    axes[1, 1].set_xscale("log")
    axes[0, 1].set_ylim(0, 2.5)
    axes[1, 0].set_ylim(1e3, 4e6)
    axes[1, 0].plot(0, patients["C"][0], "o", color="black")
    axes[1, 0].annotate(f"{patients['C'][0]:.0f}", (0, patients["C"][0]), xytext=(1, 1400))
    show(fig, alt={
        "en": "Four loss curves. A falls, lies still until about step sixty, then turns up and grows along a straight line on a log axis. B falls slowly and smoothly from 2.30 to 2.22 in 60 steps. "
              "C starts at 2756, shoots up beyond a million within a few steps and is at some thousands after 30. D, on two log axes, falls along a straight line with no end in sight.",
        "zh": "四条损失曲线。A 先下降，一直平到第六十步左右，然后掉头，在对数坐标下沿直线上升。B 在 60 步里从 2.30 缓慢平滑地降到 2.22。C 从 2756 开始，几步之内猛升到一百万以上，30 步后还有几千。"
              "D 在双对数坐标下沿一条直线下降，看不到尽头。"})

# %% [markdown] lang="en"
# **A.** "It went so well for sixty steps. Then a bad batch?"
# <details><summary>a bad example in the data</summary>Every step uses all the examples. There is no bad batch.</details>
# <details><summary>the learning rate is above 2/L; what grows was too small to be seen at first</summary><b>Yes.</b> The straight line on the log axis is one direction multiplied by the same factor, here $|1-2.1|=1.1$, from the very first step. It started at a thousandth; the loss fell as long as the other direction dominated.</details>
# <details><summary>a minimum was reached, and this is noise around it</summary>Noise around a minimum keeps its height. This grows without end.</details>
#
# **B.** "Sixty steps and it has hardly learnt anything."
# <details><summary>the model is too small for the digits</summary>Then the curve would come to rest at some height. It is still falling, and as steeply as at the start.</details>
# <details><summary>the labels do not belong to the images</summary>Then it would not fall below 2.30 at all for long. It starts there, as it should, and falls steadily.</details>
# <details><summary>the learning rate is far too small</summary><b>Yes.</b> Smooth, almost straight, no bounce. <code>max_stable_lr</code> would have been 50 times as large, and safe.</details>
#
# **C.** "I used a learning rate that is proven to be safe!"
# <details><summary>the proof fails since the loss is not smooth</summary>Cross-entropy of a linear model is smooth. Look at the very first value instead.</details>
# <details><summary>a sum in the place of a mean</summary><b>Yes.</b> The first value should be $\log10=2.30$. 2756 is 1197 times that: all the losses added up, and the gradient is 1197 times too long with them.</details>
# <details><summary>the weights started too large</summary>Then the first loss might be high as well. But 2756/1197 is 2.303 to the last digit, and that is what zero weights give.</details>
#
# **D.** "When will it have converged? The loss is still falling by the same factor."
# <details><summary>never: there is no minimum to arrive at</summary><b>Yes.</b> Zeros and ones can be separated, so larger weights are always better. A straight line on two log axes is a power of $t$, here nearly $1/t$. Stop when the <i>validation</i> loss is good enough, or add a penalty (chapter 05).</details>
# <details><summary>soon, with a larger learning rate</summary>A larger one gets down faster and still never arrives.</details>
# <details><summary>it is caught in a local minimum</summary>The loss is convex, it has no local minima besides the global one; and it is not caught, it moves.</details>
# %% [markdown] lang="zh"
# **A.** “前六十步好好的，后来是碰上了坏批次吗？”
# <details><summary>数据里有坏样本</summary>每一步都用了全部样本，没有什么坏批次。</details>
# <details><summary>学习率大于 2/L；增长的那部分起初小得看不见</summary><b>正确。</b>对数坐标下的直线，就是某个方向从第一步起每步乘同一个倍数，这里是 $|1-2.1|=1.1$。它一开始只有千分之一；在另一个方向还占主导时，损失当然是下降的。</details>
# <details><summary>已经到了极小点，这是它周围的噪声</summary>极小点周围的噪声会停在一个高度，而这里在无休止地增长。</details>
#
# **B.** “六十步了，几乎什么也没学到。”
# <details><summary>模型太小，对付不了 digits</summary>那样曲线会停在某个高度。它还在降，而且和开头一样陡。</details>
# <details><summary>标签和图像对不上</summary>那样它根本不会明显低于 2.30。它从该开始的地方开始，并且稳步下降。</details>
# <details><summary>学习率小得太多</summary><b>正确。</b>平滑，几乎是直线，没有一点反弹。<code>max_stable_lr</code> 是它的 50 倍，而且是安全的。</details>
#
# **C.** “我用的学习率明明证明过是安全的！”
# <details><summary>损失不光滑，证明不成立</summary>线性模型的交叉熵损失是光滑的。还是看看第一个数吧。</details>
# <details><summary>该取平均的地方求了和</summary><b>正确。</b>第一个值应当是 $\log10=2.30$。2756 正好是它的 1197 倍：所有损失加在了一起，梯度也跟着变成 1197 倍。</details>
# <details><summary>初始权重太大</summary>那样第一个损失也可能很高。但 2756/1197 一位不差就是 2.303，这正是权重为零时的值。</details>
#
# **D.** “它什么时候才算收敛？损失一直按同样的倍数在降。”
# <details><summary>永远不会：根本没有极小点可到</summary><b>正确。</b>0 和 1 可以分开，所以权重越大越好。双对数坐标下的直线是 $t$ 的幂，这里接近 $1/t$。<i>验证</i>损失够好就停，或者加惩罚项（05 章）。</details>
# <details><summary>换更大的学习率，很快就会</summary>更大的学习率降得更快，但同样永远到不了。</details>
# <details><summary>它陷在局部极小值里</summary>这个损失是凸的，除了全局极小值没有别的局部极小值；而且它并没有陷住，还在走。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** A classifier for 100 classes starts with a loss of 4.6. What does it say about the model?
# <details><summary>that it was initialized badly: the loss should start near 1</summary>There is no special meaning in 1. Compare with what knowing nothing costs.</details>
# <details><summary>that it knows nothing yet, and says so: $\log100=4.605$</summary><b>Right.</b> All classes have about the same probability. A much larger first loss would mean that it is sure of wrong answers.</details>
# <details><summary>that it is right in 1 % of cases</summary>That is likely to be true as well, but the loss does not say it: it looks at probabilities, not at which one is largest.</details>
#
# **2.** On $f(x)=\lambda x^2/2$ a run with $\eta=1.5/\lambda$ starts at $x=8$. Where is it after three steps?
# <details><summary>1</summary>The size is right. Now the sign: the factor is $1-1.5=-0.5$.</details>
# <details><summary>−1</summary><b>Right:</b> 8, −4, 2, −1. It crosses the minimum at every step and still converges.</details>
# <details><summary>27</summary>That would be a factor of 1.5 per step. The step goes <i>against</i> the gradient, so the factor is $1-\eta\lambda$.</details>
# <details><summary>it has diverged</summary>That begins at $\eta=2/\lambda$. Between $1/\lambda$ and $2/\lambda$ it swings and converges.</details>
#
# **3.** Every feature of $X$ is multiplied by 10 (say, centimetres become millimetres). What becomes of `max_stable_lr(X)`?
# <details><summary>it is divided by 10</summary>That would be right if curvature grew like the features. It has two factors of $X$ in it.</details>
# <details><summary>it is divided by 100</summary><b>Right:</b> $X^\top X$ grows by 100. This is one reason to scale inputs before training (chapter 06).</details>
# <details><summary>nothing: the bound does not depend on units</summary>It does, as $L$ does. The learning rate has units.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 一个 100 类的分类器，损失从 4.6 开始。这说明了什么？
# <details><summary>初始化得不好，损失应当从 1 附近开始</summary>1 并没有特殊含义。请与“什么都不知道”的代价相比。</details>
# <details><summary>它还什么都不知道，而且如实说了：$\log100=4.605$</summary><b>正确。</b>各类概率差不多。如果第一个损失大得多，就说明它对错误答案很有把握。</details>
# <details><summary>它有 1% 的概率答对</summary>这多半也是事实，但损失说的不是它：损失看的是概率，不是哪个概率最大。</details>
#
# **2.** 在 $f(x)=\lambda x^2/2$ 上，$\eta=1.5/\lambda$，从 $x=8$ 出发，三步之后在哪里？
# <details><summary>1</summary>大小对了，再看符号：因子是 $1-1.5=-0.5$。</details>
# <details><summary>−1</summary><b>正确：</b>8、−4、2、−1。每一步都越过极小点，却仍然收敛。</details>
# <details><summary>27</summary>那是每步乘 1.5。步子是<i>逆着</i>梯度走的，因子是 $1-\eta\lambda$。</details>
# <details><summary>已经发散</summary>发散从 $\eta=2/\lambda$ 开始。在 $1/\lambda$ 与 $2/\lambda$ 之间，它来回摆动，但收敛。</details>
#
# **3.** $X$ 的每个特征都乘以 10（比如厘米改成毫米）。`max_stable_lr(X)` 变成多少？
# <details><summary>除以 10</summary>如果曲率与特征成正比，就是这样。但曲率里有两个 $X$。</details>
# <details><summary>除以 100</summary><b>正确：</b>$X^\top X$ 变成 100 倍。训练之前要缩放输入，这是原因之一（06 章）。</details>
# <details><summary>不变，上界与单位无关</summary>有关，因为 $L$ 与单位有关。学习率是有单位的。</details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_paths prediction_edge" points=4
made = [guess for guess in (prediction_paths, prediction_edge) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - Cross-entropy starts at $\log K$; its gradient with respect to the logits is $(p-\text{one-hot})/N$. Shift each row by its largest logit, and take the logarithm before dividing.
# - One step against the gradient is sure to lower a smooth loss for $\eta<2/L$. Along a direction of curvature $\lambda$ the distance is multiplied by $|1-\eta\lambda|$.
# - For softmax regression $L\le\lambda_{\max}(X^\top X/N)/2$, whatever the labels.
# - The best learning rate is just below the edge: the steepest direction sets the border, the flattest the time.
# - "Guaranteed" needs smoothness, $\eta<2/L$ and a minimum that exists. Means, not sums: else the learning rate depends on $N$.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 交叉熵损失从 $\log K$ 开始；它对得分的梯度是 $(p-\text{one-hot})/N$。每一行先减去最大得分，先取对数再做除法。
# - 对光滑的损失，只要 $\eta<2/L$，逆梯度走一步必定下降。沿曲率为 $\lambda$ 的方向，距离乘上 $|1-\eta\lambda|$。
# - 对 softmax 回归，$L\le\lambda_{\max}(X^\top X/N)/2$，与标签无关。
# - 最好的学习率就在界线之下：最陡的方向决定界线，最平的方向决定时间。
# - “保证收敛”需要光滑、$\eta<2/L$，以及极小值确实存在。要取平均而不是求和，否则学习率会随 $N$ 而变。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: what a few examples are worth
#
# | | |
# |---|---|
# | **You will be able to** | write the batches of an epoch, SGD and mini-batch SGD; say how the noise of a gradient depends on the batch, and how far it keeps a run from the minimum; choose a batch size by the clock instead of by the memory, and a learning rate for it |
# | **You need** | sitting A; mean and variance of a sum of random numbers |
# | **Time** | about 85 minutes: 35 reading, 50 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:B}}: four exercises ({{points:minibatches}} + {{points:sgd}} + {{points:minibatch_sgd}} + {{points:noise_floor}}), two predictions, one written question ({{points:why_worse}}) |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：几个样本值多少
#
# | | |
# |---|---|
# | **学完你能够** | 写出一轮中的各个批量、SGD 和小批量 SGD；说清梯度的噪声怎样随批量变化，它又会让训练停在离极小点多远的地方；按时间而不是按显存来选批量大小，并为它配上学习率 |
# | **你需要** | A 节；随机数之和的均值与方差 |
# | **时间** | 约 85 分钟：阅读 35 分钟，动手 50 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●○ |
# | **分数** | {{points:B}} 分：四道练习（{{points:minibatches}} + {{points:sgd}} + {{points:minibatch_sgd}} + {{points:noise_floor}}）、两次预测、一道书面题（{{points:why_worse}}） |

# %% [markdown] lang="en"
# ### Before we start: four questions
#
# <details><summary>1. <code>X[3:5]</code> and <code>X[[3, 4]]</code> hold the same rows. What happens to X if you write into each of them? (00)</summary>
#
# A slice is a *view*: writing into it writes into `X`. Indexing with a list makes a *copy*. Batches taken with a permutation are copies, and safe.
# </details>
#
# <details><summary>2. What does <code>np.random.default_rng(7)</code> promise, and why do our functions receive the generator as an argument? (00)</summary>
#
# The same numbers in the same order for everybody. A function that draws only from the generator it is given can be repeated exactly; with a hidden global seed nobody knows who has drawn before.
# </details>
#
# <details><summary>3. A run with $\eta=0.5/L$ on a function with condition number 100. By what factor does the flattest direction shrink per step? (sitting A)</summary>
#
# $\eta\lambda=0.5/100$, so by 0.995: about 460 steps for one digit.
# </details>
#
# <details><summary>4. The loss is a mean over 64 examples. What would the gradient be for each of them alone, and how do they make up the gradient of the batch? (sitting A)</summary>
#
# $X_i^\top(p_i-\text{one-hot}_i)$ for each; the gradient of the batch is their mean.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：四个问题
#
# <details><summary>1. <code>X[3:5]</code> 和 <code>X[[3, 4]]</code> 是同样的两行。分别往里写数，X 会怎样？（00）</summary>
#
# 切片是*视图*，写进去就写进了 `X`。用列表作下标得到的是*副本*。按一个排列取出的批量是副本，很安全。
# </details>
#
# <details><summary>2. <code>np.random.default_rng(7)</code> 保证什么？为什么我们的函数把生成器当作参数收进来？（00）</summary>
#
# 保证所有人按同样的顺序得到同样的数。只从收到的生成器里抽数的函数可以精确重复；若用隐藏的全局种子，谁也不知道之前有谁抽过。
# </details>
#
# <details><summary>3. 条件数为 100，$\eta=0.5/L$。最平的方向每步缩小到多少倍？（A 节）</summary>
#
# $\eta\lambda=0.5/100$，所以是 0.995：精度提高一位大约要 460 步。
# </details>
#
# <details><summary>4. 损失是 64 个样本的平均。其中单独一个样本的梯度是什么？它们怎样合成这一批的梯度？（A 节）</summary>
#
# 每个是 $X_i^\top(p_i-\text{one-hot}_i)$；这一批的梯度是它们的平均。
# </details>

# %% [markdown] lang="en"
# ### The idea: ask fewer, ask more often
#
# To know what a thousand people think, one does not ask a thousand. Thirty, chosen at random, give an answer that is a little off, for a thirtieth of the work. If one has to ask again and again,
# because the question changes with every step one takes, it would be foolish to ask everybody each time.
#
# The gradient of a mini-batch is such a poll. Two things make it useful: it is right *on average* (**unbiased**), if the batch is chosen at random; and its error is under control. How large is the error?
#
# Let $g_i$ be the gradient of example $i$, $g=\frac1N\sum_ig_i$ their mean, and $\sigma^2=\frac1N\sum_i|g_i-g|^2$ the variance of a single one. Draw $B$ examples *independently* (an example may come twice) and take the mean $\hat g$. The errors are independent, so
# variances add up:
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\,B\,\sigma^2=\frac{\sigma^2}B .$$
#
# Four times as many examples: a quarter of the variance, but only *half* the error. That is a poor bargain for a single step: four times the work.
#
# **Without replacement.** In practice one shuffles the examples and cuts the pile into batches, so that none comes twice. Then two draws are no longer independent: having drawn one that is too large makes the next one smaller on average. Write $c$ for the mean of $(g_i-g)\cdot(g_j-g)$ over all pairs $i\ne j$. *What is $c$? Use that
# all the errors together add up to zero, before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# $0=\Bigl|\sum_i(g_i-g)\Bigr|^2=N\sigma^2+N(N-1)\,c$, so $c=-\dfrac{\sigma^2}{N-1}$.
# </details>
#
# Of the $B^2$ products in $|\hat g-g|^2$, $B$ have equal indices and $B(B-1)$ different ones:
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\bigl(B\sigma^2+B(B-1)\,c\bigr)=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}.$$
#
# For $B=N$ it is zero, as it must be; for a batch that is small beside the data the new factor is close to 1.
# %% [markdown] lang="zh"
# ### 想法：少问几个，多问几次
#
# 想知道一千个人怎么想，不必问一千个人。随机挑三十个，答案会偏一点点，工作量却只有三十分之一。如果每走一步问题都会变，得一遍遍地重新问，那么每次都问所有人就太傻了。
#
# 小批量的梯度就是这样一次抽样调查。它有用，靠的是两点：只要批量是随机选的，它*平均*起来就是对的（**无偏**）；而且误差有数。误差有多大？
#
# 记样本 $i$ 的梯度为 $g_i$，平均为 $g=\frac1N\sum_ig_i$，单个梯度的方差为 $\sigma^2=\frac1N\sum_i|g_i-g|^2$。*独立地*抽 $B$ 个样本（同一个可能抽到两次），取平均 $\hat g$。误差相互独立，方差相加：
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\,B\,\sigma^2=\frac{\sigma^2}B .$$
#
# 样本多到四倍，方差是四分之一，误差却只小了*一半*。单看一步，用四倍的工作量来换，并不划算。
#
# **不放回。** 实际做法是把样本洗一遍牌，再切成一批一批，没有一个会出现两次。这时两次抽取不再独立：先抽到一个偏大的，下一个平均起来就偏小。记 $c$ 为所有 $i\ne j$ 的 $(g_i-g)\cdot(g_j-g)$ 的平均。*$c$ 是多少？提示：所有误差加起来是零。先自己写，再点开。*
#
# <details><summary>留给你补的一行</summary>
#
# $0=\Bigl|\sum_i(g_i-g)\Bigr|^2=N\sigma^2+N(N-1)\,c$，所以 $c=-\dfrac{\sigma^2}{N-1}$。
# </details>
#
# $|\hat g-g|^2$ 展开有 $B^2$ 个乘积，其中 $B$ 个下标相同，$B(B-1)$ 个不同：
#
# $$E\,|\hat g-g|^2=\frac1{B^2}\bigl(B\sigma^2+B(B-1)\,c\bigr)=\frac{\sigma^2}B\cdot\frac{N-B}{N-1}.$$
#
# $B=N$ 时为零，理应如此；批量远小于数据集时，新的因子接近 1。

# %% [markdown] lang="en"
# ### Convention card: who makes the batches, and what "SGD" is
#
# | where | examples per step of "SGD" | order | the last, smaller batch |
# |---|---|---|---|
# | **here** `minibatches` | `batch_size` | new permutation every epoch | **kept** |
# | CS324 (first note) | one; more is called mini-batch | "draw at random", then "until all have been visited": see the corrections | not mentioned |
# | CS231n lecture (second note) | a mini-batch $\mathcal B_t$ | not mentioned | not mentioned |
# | PyTorch `DataLoader` | `batch_size=1` | in the file's order, unless `shuffle=True` | kept, unless `drop_last=True` |
# | Keras `fit` | `batch_size=32` | new permutation every epoch (`shuffle=True`) | kept |
# | scikit-learn `SGDClassifier` | one | new permutation every epoch (`shuffle=True`) | - |
# | optax, PyTorch's optimizer `SGD` | whatever gradient it is given | not its business | not its business |
# | Robbins and Monro (1951) | one fresh measurement | a stream, never the same twice | - |
#
# Today "SGD" usually means mini-batch SGD, often with momentum. A last batch of two examples gets a full step, with the noise of two. Nobody minds much, except batch normalization (chapter 06).
# %% [markdown] lang="zh"
# ### 约定卡：谁来分批，“SGD”又是什么
#
# | 出处 | “SGD”每步的样本数 | 顺序 | 最后不足一批的 |
# |---|---|---|---|
# | **本课程** `minibatches` | `batch_size` | 每轮重新排列 | **保留** |
# | CS324（第一份笔记） | 一个；多个则叫小批量 | 先说“随机抽取”，又说“直到遍历完”：见更正 | 没有提到 |
# | CS231n 课堂（第二份笔记） | 一个小批量 $\mathcal B_t$ | 没有提到 | 没有提到 |
# | PyTorch `DataLoader` | `batch_size=1` | 按文件里的顺序，除非 `shuffle=True` | 保留，除非 `drop_last=True` |
# | Keras `fit` | `batch_size=32` | 每轮重新排列（`shuffle=True`） | 保留 |
# | scikit-learn `SGDClassifier` | 一个 | 每轮重新排列（`shuffle=True`） | 无 |
# | optax、PyTorch 的优化器 `SGD` | 给它什么梯度就是什么 | 与它无关 | 与它无关 |
# | Robbins 与 Monro（1951） | 一次新的测量 | 数据流，从不重复 | 无 |
#
# 如今说“SGD”，多半是指小批量 SGD，往往还带动量。最后一批若只有两个样本，照样走完整的一步，带着两个样本的噪声。通常没人在意，只有批量归一化例外（06 章）。

# %% [markdown] lang="en"
# ### Exercise 4: `minibatches` ({{points:minibatches}} points, 10 minutes)
#
# A **generator**: a function with `yield` in the place of `return`. Its body runs until the first `yield`, hands out what stands there, and goes on from that place when the next batch is asked for.
#
# *Worked example.* Five rows, `batch_size=2`, and `rng.permutation(5)` gives `[3, 0, 4, 1, 2]`: the batches are rows 3 and 0, rows 4 and 1, and row 2 alone.
# %% [markdown] lang="zh"
# ### 练习 4：`minibatches`（{{points:minibatches}} 分，10 分钟）
#
# 这是一个**生成器**：用 `yield` 代替 `return` 的函数。函数体运行到第一个 `yield`，交出那里的东西；下次有人要下一批时，再从那里接着运行。
#
# *例子。* 五行，`batch_size=2`，`rng.permutation(5)` 给出 `[3, 0, 4, 1, 2]`：三批依次是第 3、0 行，第 4、1 行，以及单独的第 2 行。

# %% role="answer" id="minibatches"
from reference.gradient_descent import minibatches

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Draw the order once, before the loop. Loop over the starts 0, B, 2B, ... with `range(0, N, batch_size)`; a slice that goes beyond the end is simply shorter.
# </details>
# <details><summary>Hint 2</summary>
#
# `rows = order[start:start + batch_size]`, then `yield X[rows], y[rows]`: the same rows in both, or the labels no longer belong to their images.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 循环之前抽一次顺序。用 `range(0, N, batch_size)` 遍历起点 0、B、2B……；切片超出末尾时，自然就短一些。
# </details>
# <details><summary>提示 2</summary>
#
# `rows = order[start:start + batch_size]`，然后 `yield X[rows], y[rows]`：两边用同样的行，否则标签就和图像对不上了。
# </details>

# %% role="tests" id="test_minibatches" points=14
check("minibatches", minibatches)

# %% [markdown] lang="en"
# Your batches can prove the formula. We hand them the 32 *gradients* of the small problem (at the starting point) in the place of the examples, and look at how far the mean of a batch is from the mean of all.
# %% [markdown] lang="zh"
# 你分出的批量可以用来验证公式。把小问题在起点处的 32 个*梯度*当作样本交给它，看每一批的平均离总平均有多远。

# %% role="experiment" nbval="check"
with experiment("minibatches"):
    errors = X_small @ np.array(START) - y_small
    gradients = 2 * X_small * errors[:, None]  # row i: the gradient of example i
    mean_gradient = gradients.mean(axis=0)
    variance = np.mean(np.sum((gradients - mean_gradient) ** 2, axis=1))
    rng = np.random.default_rng(1)
    print("  B   variance of the batch gradient times B, as a multiple of one example's")
    print("      drawn with replacement   your batches   (N - B) / (N - 1)")
    for size in (1, 2, 4, 8, 16, 32):
        drawn = gradients[rng.integers(32, size=(20_000, size))].mean(axis=1)
        batches = [batch.mean(axis=0) for _ in range(200 * size)
                   for batch, _ in minibatches(gradients, errors, batch_size=size, rng=rng)]
        squares = [np.mean(np.sum((means - mean_gradient) ** 2, axis=1)) for means in (drawn, np.array(batches))]
        print(f"{size:3d} {size * squares[0] / variance:18.2f} {size * squares[1] / variance:19.2f}"
              f" {(32 - size) / 31:16.2f}")

# %% [markdown] lang="en"
# With replacement the variance times $B$ is the same for every $B$. Batches from a shuffled pile have the factor as well.
#
# ### Exercise 5: `sgd` ({{points:sgd}} points, 8 minutes)
#
# One example per step. Your function keeps the losses, too: in practice they are all one sees of a run.
# %% [markdown] lang="zh"
# 有放回时，方差乘 $B$ 对每个 $B$ 都一样。洗牌后切出来的批量，还要乘上那个因子。
#
# ### 练习 5：`sgd`（{{points:sgd}} 分，8 分钟）
#
# 每步一个样本。函数还要把损失记下来：实际训练时，能看到的也就是它们。

# %% role="answer" id="sgd"
from reference.gradient_descent import sgd

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Two loops, epochs outside, examples inside. `rng.permutation` is called once per epoch, in the outer loop.
# </details>
# <details><summary>Hint 2</summary>
#
# `X[i:i + 1]` is row `i` as an array with one row; `X[i]` has lost an axis. Compute loss and gradient at the *old* params, then step, then append both.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 两层循环：外层是轮，内层是样本。`rng.permutation` 每轮调用一次，放在外层。
# </details>
# <details><summary>提示 2</summary>
#
# `X[i:i + 1]` 是只有一行的数组；`X[i]` 则少了一个轴。先在*旧*参数处算损失和梯度，再走一步，然后把两者追加到列表里。
# </details>

# %% role="tests" id="test_sgd" points=9
check("sgd", sgd)

# %% [markdown] lang="en"
# ### Exercise 6: `minibatch_sgd` ({{points:minibatch_sgd}} points, 6 minutes)
#
# The workhorse. With `batch_size=1` it takes the same path as `sgd`, with `batch_size=N` that of gradient descent.
# %% [markdown] lang="zh"
# ### 练习 6：`minibatch_sgd`（{{points:minibatch_sgd}} 分，6 分钟）
#
# 真正干活的就是它。`batch_size=1` 时它与 `sgd` 走同一条路，`batch_size=N` 时与梯度下降走同一条路。

# %% role="answer" id="minibatch_sgd"
from reference.gradient_descent import minibatch_sgd

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Copy your `sgd` and let the inner loop run over `minibatches(X, y, batch_size=batch_size, rng=rng)`.
# </details>
# <details><summary>Hint 2</summary>
#
# Nothing needs to be divided by `batch_size`: `loss_and_grads` returns means already.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 把你的 `sgd` 抄一遍，内层循环改为遍历 `minibatches(X, y, batch_size=batch_size, rng=rng)`。
# </details>
# <details><summary>提示 2</summary>
#
# 什么都不用再除以 `batch_size`：`loss_and_grads` 返回的已经是平均值。
# </details>

# %% role="tests" id="test_minibatch_sgd" points=8
check("minibatch_sgd", minibatch_sgd)

# %% [markdown] lang="en"
# ### Experiment 3: how near does it get?
#
# In experiment 1 SGD came near and then wandered. We look at the wandering in its purest form: a parabola $f(x)=x^2/2$ whose gradient comes with noise of mean 0 and variance 1, new at every step. We start 2000 such runs at $x=3$ and take the mean of $x^2$ over all of them.
#
# From some time on this mean no longer falls: the **noise floor**. Then we halve the learning rate. **What becomes of the floor?**
#
# - (a) nothing: it is set by the noise; a smaller learning rate only takes longer to get there
# - (b) it falls to about a quarter
# - (c) it falls to about a half
# %% [markdown] lang="zh"
# ### 实验 3：它能走到多近？
#
# 实验 1 里，SGD 靠近之后就开始游荡。现在看游荡最纯粹的样子：抛物线 $f(x)=x^2/2$，梯度里带着均值为 0、方差为 1 的噪声，每步都是新的。从 $x=3$ 出发跑 2000 次，取 $x^2$ 的平均。
#
# 从某个时候起，这个平均不再下降，这就是**噪声下限**（noise floor）。然后把学习率减半。**噪声下限会怎样？**
#
# - (a) 不变：它由噪声决定，学习率小只是到得慢些
# - (b) 降到大约四分之一
# - (c) 降到大约一半

# %% role="answer" id="prediction_floor"
prediction_floor = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_floor = "c"
### END SOLUTION

# %%
def mean_squares(lrs, *, curvature=1.0, noise_variance=1.0, num_runs=2000, seed=0):
    """The mean of x**2 over many noisy runs from x = 3 on a parabola: one step for each lr in `lrs`."""
    rng = np.random.default_rng(seed)
    x, squares = np.full(num_runs, 3.0), [9.0]

    def noisy_gradient(x):
        return curvature * x + np.sqrt(noise_variance) * rng.standard_normal(num_runs)

    for lr in lrs:
        x = gradient_descent(x, noisy_gradient, lr=lr, num_steps=1)[-1]
        squares.append(np.mean(x**2))
    return np.array(squares)


NUM_STEPS = 400
FALLING = 1 / (2 + np.arange(NUM_STEPS))  # 1/2, 1/3, 1/4, ...

# %% role="experiment" nbval="check"
with experiment("gradient_descent"):
    floor_runs = {f"lr {lr}": mean_squares([lr] * NUM_STEPS) for lr in (0.4, 0.2, 0.1)}
    for name, squares in floor_runs.items():
        print(f"{name}: mean of x^2 over the last 200 steps {squares[-200:].mean():.2f}")
    floor_runs["lr 1/2, 1/3, 1/4, ..."] = mean_squares(FALLING)
    for t in (25, 100, 400):
        print(f"falling lr: mean of x^2 after {t:3d} steps {floor_runs['lr 1/2, 1/3, 1/4, ...'][t]:.4f}")

# %% role="experiment"
with experiment("gradient_descent", "floor_runs"):
    ax = curves(floor_runs, ylabel="mean of $x^2$", logy=True)
    show(ax.figure, alt={
        "en": "Mean of x squared over 400 steps, log axis. The lines for lr 0.4, 0.2 and 0.1 fall quickly and then run level, at 0.25, 0.11 and 0.05. The line for a falling lr goes on "
              "falling all the time and ends near 0.0025.",
        "zh": "400 步中 x 平方的平均（对数坐标）。lr 为 0.4、0.2、0.1 的线很快下降，然后走平，高度分别为 0.25、0.11、0.05。学习率逐渐下降的那条线一直在降，最后接近 0.0025。"},
        caption={"en": "2000 runs each. Ask the figure: which line would you choose if you had 10 steps, and which with 400?",
                 "zh": "每条线 2000 次训练。请问自己：只有 10 步时选哪条线？有 400 步呢？"})
    reveal("floor", prediction_floor, "c", {
        "en": "A little less than half: 0.25, 0.11, 0.05. A quarter of the noise gets in per step, but it also takes twice as long to die out.",
        "zh": "比一半略低：0.25、0.11、0.05。每步进来的噪声只有四分之一，但它消失所需的时间也长了一倍。"})

# %% [markdown] lang="en"
# **What it showed:** with a constant learning rate the run ends in a cloud, whose mean square is nearly proportional to the learning rate. A learning rate that falls like $1/t$ removes the floor: with $1/(t+2)$ on this parabola $x_t$ is an average of the noise so far, and its mean square falls like $1/t$.
# Large first, small later has the best of both.
#
# The classical conditions (Robbins and Monro 1951) on a falling learning rate are $\sum_t\eta_t=\infty$, or it cannot get everywhere, and $\sum_t\eta_t^2<\infty$, so that the noise let in stays finite. $1/t$ meets both; $1/t^2$ and every exponential decay fail the first, a constant fails the second.
#
# **What it does not show:** that $1/t$ is the right schedule for networks. It is right when the curvature is known; too small a factor in front, and it falls asleep half way. (For convex functions that may be flat the guarantee is weaker: $\eta\propto1/\sqrt t$, and for the mean of the points visited an excess loss that falls like $1/\sqrt t$.) Chapter 04 compares schedules.
# %% [markdown] lang="zh"
# **它说明了：** 学习率不变时，训练最后停在一团云里，均方大小几乎与学习率成正比。像 $1/t$ 那样下降的学习率能消除噪声下限：在这条抛物线上取 $1/(t+2)$，$x_t$ 就是到目前为止噪声的平均，均方像 $1/t$ 那样下降。先大后小，两头的好处都占了。
#
# 对逐渐下降的学习率，经典的条件是（Robbins 与 Monro，1951）：$\sum_t\eta_t=\infty$，否则有的地方走不到；$\sum_t\eta_t^2<\infty$，使放进来的噪声总量有限。$1/t$ 两条都满足；$1/t^2$ 以及任何指数衰减都不满足第一条，常数不满足第二条。
#
# **它没有说明：** $1/t$ 是适合神经网络的学习率调度。曲率已知时它才合适；前面的系数取小了，半路就走不动了。（凸函数可能很平坦，能保证的就弱一些：取 $\eta\propto1/\sqrt t$，把走过的点取平均，超出最小值的损失像 $1/\sqrt t$ 那样下降。）04 章会比较各种调度。

# %% [markdown] lang="en"
# ### Exercise 7: `noise_floor` ({{points:noise_floor}} points, 12 minutes)
#
# How high is the floor? A contract again: the docstring says what the answer *does*, you find the formula.
#
# *The way there.* Take the mean of the square on both sides of $x\leftarrow(1-\eta\lambda)\,x-\eta\cdot\text{noise}$. The noise has mean 0 and knows nothing of $x$, so the mixed term vanishes. Call the mean of $x^2$ before the step $m$. What is it after the step? And when are the two equal?
#
# *An intermediate result to check:* for $\lambda=1$, $\eta=0.4$ and noise of variance 1, a mean square of 1 becomes $0.36+0.16=0.52$ in one step.
# %% [markdown] lang="zh"
# ### 练习 7：`noise_floor`（{{points:noise_floor}} 分，12 分钟）
#
# 噪声下限有多高？又是一份契约：文档字符串说明答案应当*满足*什么，公式由你来找。
#
# *思路。* 对 $x\leftarrow(1-\eta\lambda)\,x-\eta\cdot\text{noise}$ 两边取平方的平均。噪声均值为 0，又与 $x$ 无关，所以交叉项消失。记这一步之前 $x^2$ 的平均为 $m$，这一步之后是多少？两者什么时候相等？
#
# *中间结果，供核对：* $\lambda=1$、$\eta=0.4$、噪声方差为 1 时，均方 1 走一步变成 $0.36+0.16=0.52$。

# %% role="answer" id="noise_floor"
from reference.noise import noise_floor

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# The equation is $m=(1-\eta\lambda)^2m+\eta^2s^2$, where $s^2$ is `noise_variance`. Solve it for $m$; $1-(1-\eta\lambda)^2$ has a factor that cancels.
# </details>
# <details><summary>Hint 2</summary>
#
# Experiment 3 has three values to try your formula on: 0.25 for $\eta=0.4$, 0.11 for 0.2, 0.05 for 0.1. At $\eta\lambda=1$ every step lands on $-\eta\cdot\text{noise}$, whatever was before: what is $m$ there? Beyond $\eta\lambda=2$ the formula turns negative, which no mean of squares can be.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 方程是 $m=(1-\eta\lambda)^2m+\eta^2s^2$，其中 $s^2$ 是 `noise_variance`。对 $m$ 求解；$1-(1-\eta\lambda)^2$ 里有一个因子会约掉。
# </details>
# <details><summary>提示 2</summary>
#
# 实验 3 有三个数可以用来试公式：$\eta=0.4$ 时 0.25，0.2 时 0.11，0.1 时 0.05。$\eta\lambda=1$ 时，无论之前在哪里，每步都落在 $-\eta\cdot\text{noise}$ 上：那时 $m$ 是多少？$\eta\lambda$ 超过 2 时公式变负，而平方的平均不可能是负数。
# </details>

# %% role="tests" id="test_noise_floor" points=13
check("noise_floor", noise_floor)

# %% role="experiment" nbval="check"
with experiment("noise_floor", "gradient_descent"):
    print("curvature   lr   variance   measured   your formula")
    for curvature, lr, variance in [(1, 0.4, 1), (1, 0.2, 1), (2, 0.2, 1), (1, 0.1, 0.25), (1, 1.5, 1)]:
        measured = mean_squares([lr] * 400, curvature=curvature, noise_variance=variance)[-200:].mean()
        formula = noise_floor(curvature, lr=lr, noise_variance=variance)
        print(f"{curvature:9d} {lr:4} {variance:10} {measured:10.2f} {formula:14.2f}")

# %% [markdown] lang="en"
# Put the two results of this sitting together. The noise of a mini-batch has variance about $\sigma^2/B$, so for small learning rates the floor is about
#
# $$\frac{\eta\,\sigma^2/B}{2\lambda}:$$
#
# it depends on $\eta$ and $B$ only through $\eta/B$. Double both, and the cloud stays as it is, while each step goes twice as far. This is the **linear scaling rule**: *when the batch is $k$ times as large, take $k$ times the learning rate* (Goyal et al. 2017, who trained ImageNet with batches
# of 8192 in an hour without losing accuracy, with $\eta=0.1\cdot B/256$ and a warmup). It must end where $\eta$ meets $2/L$, which no batch size moves.
#
# ### Experiment 4: by the epoch, or by the clock?
#
# Softmax regression on the digits with $B$ = 1, 8, 64, 256 and all 1197 examples. First everybody gets two epochs: the same number of *examples*. Then everybody gets the same *time*. A step costs a fixed amount (calling functions, filling in lists) and something per example. The next cell measures it on your machine;
# so that your figures agree with the text, the experiment counts a step of $B$ examples as $100+B$ units, the order of magnitude measured when this was written. A graphics card would have a larger fixed part: it handles hundreds of examples in the time of one.
#
# Every batch size gets its own best learning rate for either budget, chosen by the *worst* of three seeds, so that no lucky run near the edge is chosen; the winners then run on six fresh seeds.
#
# **After equal epochs the smallest batches will be ahead, having made the most steps. And after equal time?**
#
# - (a) still one example per step
# - (b) all examples: its gradients are exact
# - (c) a size in between
# %% [markdown] lang="zh"
# 把本节的两个结果放在一起。小批量的噪声方差约为 $\sigma^2/B$，所以学习率小的时候，噪声下限约为
#
# $$\frac{\eta\,\sigma^2/B}{2\lambda}：$$
#
# 它只通过 $\eta/B$ 依赖于 $\eta$ 和 $B$。两者都加倍，云的大小不变，而每一步走得远了一倍。这就是**线性缩放规则**：*批量变成 $k$ 倍，学习率也取 $k$ 倍*（Goyal 等，2017；他们取 $\eta=0.1\cdot B/256$ 并加预热，用 8192 的批量在一小时内训完 ImageNet，准确率没有损失）。它总有尽头：$\eta$ 碰到 $2/L$ 为止，而这条界线不随批量移动。
#
# ### 实验 4：按轮比，还是按时间比？
#
# digits 上的 softmax 回归，$B$ 取 1、8、64、256 和全部 1197。先让大家各走两轮：*样本数*相同；再让大家用同样的*时间*。一步的代价由固定部分（调用函数、写列表）和每个样本的部分组成。下一个单元格在你的机器上量一量；为了让你的图与正文一致，实验里把含 $B$ 个样本的一步记作 $100+B$ 个单位，与写作时量到的同一数量级。在显卡上固定部分更大：处理几百个样本与处理一个，时间差不多。
#
# 每个批量大小在每种预算下都用自己最好的学习率，按三个种子中*最差*的一次来选，免得选中紧贴界线、侥幸过关的一次；优胜者再用六个新种子跑。
#
# **轮数相同时，最小的批量会领先，因为步数最多。时间相同时呢？**
#
# - (a) 仍是每步一个样本
# - (b) 全部样本：它的梯度是精确的
# - (c) 介于中间的某个大小

# %% role="answer" id="prediction_clock"
prediction_clock = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_clock = "c"
### END SOLUTION

# %% role="experiment"
with experiment("softmax_cross_entropy"):
    cost = {}
    for size in (1, 1197):
        times = []
        for _ in range(300):
            begin = perf_counter()
            loss_and_grads(W_start, X_train[:size], y_train[:size])
            times.append(perf_counter() - begin)
        cost[size] = min(times)  # the least disturbed one
    per_example = (cost[1197] - cost[1]) / 1196
    print(f"on this machine a step costs as much as about {round(cost[1] / per_example, -2):.0f} examples before it has looked at any")

# %%
N = len(y_train)
SIZES = (1, 8, 64, 256, N)
FIXED_COST = 100  # of one step, in examples
LRS = {1: (0.08, 0.16, 0.32), 8: (0.32, 0.64, 1.28, 2.56), 64: (1.28, 2.56, 5.12, 10.24, 20.48)}  # what to try
LRS |= {256: LRS[64], N: LRS[64]}
BUDGETS = ("2 epochs", "equal time")
TARGET = 0.3


def budget_steps(size):
    """How many steps of `size` examples each budget allows: two epochs; the time of 30 steps with all."""
    return 2 * -(-N // size), 30 * (FIXED_COST + N) // (FIXED_COST + size)


def digits_run(size, lr, seed):
    """Training loss at the end of each budget, and the steps until it was TARGET (inf: never)."""
    ends = budget_steps(size)
    num_epochs = -(-max(ends) // -(-N // size))
    with np.errstate(over="ignore", invalid="ignore"):
        path, _ = minibatch_sgd(W_start, loss_and_grads, X_train, y_train, lr=lr, batch_size=size,
                                num_epochs=num_epochs, rng=np.random.default_rng(seed))
        looks = np.unique(np.geomspace(1, len(path) - 1, 50).astype(int))
        reached = looks[training_losses(path[looks]) <= TARGET]
        return *training_losses(path[list(ends)]), reached[0] if len(reached) else np.inf


# %% role="experiment"
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    sweep = {size: np.array([[digits_run(size, lr, seed) for seed in range(3)] for lr in LRS[size]]) for size in SIZES}
    best = {size: [LRS[size][i] for i in np.argmin(sweep[size].max(axis=1)[:, :2], axis=0)] for size in SIZES}
    winners = {(size, lr): np.array([digits_run(size, lr, seed) for seed in range(100, 106)])
               for size in SIZES for lr in set(best[size])}
    clock = {}
    for k, budget in enumerate(BUDGETS):
        print(budget)
        for size in SIZES:
            lr = best[size][k]
            clock[budget, size] = winners[size, lr][:, k]
            mean, low, high = mean_interval(clock[budget, size])
            print(f"  B = {size:4d}: {budget_steps(size)[k]:4d} steps, best lr {lr:5.2f}, "
                  f"training loss {mean:.3f} [{low:.3f}, {high:.3f}]")

# %% role="experiment"
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy", "clock"):
    fig, axes = panels(2, sharey=True)
    for ax, budget in zip(axes, BUDGETS, strict=True):
        ends = np.array([clock[budget, size] for size in SIZES])
        for k, runs in enumerate(ends.T):
            ax.plot(SIZES, runs, ".", color=look(1)["color"], alpha=0.5)
        ax.plot(SIZES, ends.mean(axis=1), "o-", color=look(0)["color"])
        ax.set(xscale="log", yscale="log", title=budget, xlabel="batch size $B$", xticks=SIZES,
               xticklabels=[str(size) for size in SIZES])
        ax.minorticks_off()
        ax.set_yticks([0.05, 0.1, 0.2, 0.5, 1], ["0.05", "0.1", "0.2", "0.5", "1"])
    axes[0].set_ylabel("training loss at the end")
    means = {key: values.mean() for key, values in clock.items()}
    show(fig, alt={
        "en": "Final training loss against batch size, two panels, both log-log, six dots per size and a line through their means. Left, two epochs: the line climbs from "
              f"{means['2 epochs', 1]:.2f} at B = 1 to {means['2 epochs', N]:.2f} with all examples. Right, equal time: a valley, {means['equal time', 1]:.2f} at B = 1, "
              f"lowest at B = 64 with {means['equal time', 64]:.2f}, and {means['equal time', N]:.2f} with all.",
        "zh": "最终训练损失对批量大小的两幅双对数图，每个大小六个点，折线连接平均值。左，两轮：折线从 B = 1 的 "
              f"{means['2 epochs', 1]:.2f} 升到全部样本的 {means['2 epochs', N]:.2f}。右，时间相同：呈谷形，B = 1 时 {means['equal time', 1]:.2f}，"
              f"B = 64 时最低，为 {means['equal time', 64]:.2f}，全部样本时 {means['equal time', N]:.2f}。"},
        caption={"en": "Each size at its own best learning rate, six fresh seeds. Ask the figure: which differences are inside the scatter of the dots?",
                 "zh": "每个大小各用自己最好的学习率，六个新种子。请问自己：哪些差别落在点的散布之内？"})
    differences = {f"B = {size} minus B = 64": clock["equal time", size] - clock["equal time", 64] for size in SIZES if size != 64}
    ax = paired(differences, xlabel="training loss after equal time")
    words = {name: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(values)) for name, values in differences.items()}
    show(ax.figure, alt={
        "en": "Paired differences of the training loss after equal time, with 95 % intervals: " + "; ".join(f"{name}: {text}" for name, text in words.items()) + ".",
        "zh": "时间相同时训练损失的成对差及 95% 区间：" + "；".join(f"{name.replace('minus', '减')}：{text}" for name, text in words.items()) + "。"},
        caption={"en": "Right of the dashed line B = 64 is better. Seed k of one size is paired with seed k of the other.",
                 "zh": "虚线右侧表示 B = 64 更好。两个大小按相同的种子配对。"})
    reveal("clock", prediction_clock, "c", {
        "en": "One example wastes the fixed cost of a step, all of them waste exactness: an early step does not need it.",
        "zh": "一次一个样本，浪费了每步的固定开销；一次全部样本，浪费了精确：开头的几步根本用不着。"})

# %% [markdown] lang="en"
# **What it showed:** counted in examples, small batches win, since every example is used for a step of its own. Counted in time, a middle size wins, and it moves with the fixed cost of a step. Read the intervals before you rank neighbours.
#
# **What it does not show:** that 64 is a good batch size elsewhere, nor anything about new data: this is a training loss.
# %% [markdown] lang="zh"
# **它说明了：** 按样本数算，小批量赢，因为每个样本都单独换来了一步。按时间算，中间的大小赢，具体是多少要看每步的固定开销。给相邻的大小排名之前，先看区间。
#
# **它没有说明：** 换个地方 64 也是好的批量大小；也没有说新数据上如何：这里只看训练损失。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **3. "As large as possible, as long as it fits into the GPU's memory."** (First note, on the batch size.) Two questions are missing: with which learning rate, and what for? First the learning rate. Below, two epochs at the *same* ratio $\eta/B$, as the linear scaling rule has it.
#
# *Before you run it:* will the losses in one column agree to one digit, to two, or not at all?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **3. “尽可能大，只要 GPU 内存放得下。”**（第一份笔记，讲批量大小。）少问了两个问题：学习率取多少？大批量图的是什么？先看学习率。下面按线性缩放规则，以*相同*的比值 $\eta/B$ 各走两轮。
#
# *运行之前想一想：* 同一列里的损失会有一位数字一致，两位，还是完全不一致？

# %% role="experiment"
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    print("training loss after 2 epochs, three seeds (least to most)")
    print("             lr = 0.02 B         lr = 0.04 B         lr = 0.32 for all")
    for size in (1, 8, 64, 256):
        row = []
        for lr in (0.02 * size, 0.04 * size, 0.32):
            ends = [digits_run(size, lr, seed)[0] for seed in range(3)]
            row.append(f"{min(ends):.3f} to {max(ends):.3f}")
        print(f"B = {size:4d}   " + "      ".join(row))

# %% [markdown] lang="en"
# Up to $B=64$ the first column agrees to two digits and the second within its scatter: eight times the batch, eight times the learning rate, the same result from an eighth of the steps. At 256 the rule ends: 5.12 and 10.24 are beyond what the curvature allows at the start (five times `max_stable_lr`, 1.74), and ten steps are
# too few to recover. Who only makes the batch larger and keeps the learning rate (last column) gets less and less for the same two epochs.
#
# Now the second question: how many steps does each size need until the loss is 0.3, at its best learning rate? (The runs are those of experiment 4.)
# %% [markdown] lang="zh"
# 直到 $B=64$，第一列有两位数字吻合，第二列的差别都在散布之内：批量是八倍，学习率也是八倍，步数只有八分之一，结果却相同。到 256 规则就到头了：5.12 和 10.24 超过了起点处曲率所允许的（五倍的 `max_stable_lr`，即 1.74），而十步又不够它缓过来。若只加大批量而不动学习率（最后一列），同样两轮得到的就越来越少。
#
# 再看第二个问题：各用自己最好的学习率，把损失降到 0.3 要多少步？（训练就是实验 4 里的那些。）

# %% role="experiment"
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy", "sweep"):
    needed = np.array([np.median(sweep[size][:, :, 2], axis=1).min() for size in SIZES])
    for size, steps in zip(SIZES, needed, strict=True):
        print(f"B = {size:4d}: about {float(f'{steps:.2g}'):.0f} steps, {float(f'{steps * size:.2g}'):.0f} examples")
    ax = curves({"measured": needed, "8 x the batch, 1/8 of the steps": needed[0] / np.array(SIZES)}, x=SIZES,
                xlabel="batch size $B$", ylabel="steps to a training loss of 0.3", logx=True, logy=True)
    ax.set_xticks(SIZES, [str(size) for size in SIZES])
    ax.minorticks_off()
    ax.set_ylim(5, 1500)
    show(ax.figure, alt={
        "en": f"Steps to a training loss of 0.3 against batch size, log-log. From B = 1 to 8 the line falls nearly as steeply as the dashed line of perfect scaling, from about {needed[0]:.0f} to {needed[1]:.0f}; "
              f"then it flattens out: about {needed[2]:.0f} at 64, {needed[3]:.0f} at 256, {needed[4]:.0f} with all examples.",
        "zh": f"训练损失降到 0.3 所需步数对批量大小的双对数图。B 从 1 到 8，几乎与完美缩放的虚线一样陡，从约 {needed[0]:.0f} 降到 {needed[1]:.0f}；"
              f"然后变平：64 时约 {needed[2]:.0f}，256 时约 {needed[3]:.0f}，全部样本时约 {needed[4]:.0f}。"},
        caption={"en": "Medians of three seeds, best learning rate of a grid in factors of two. Left of the bend a larger batch saves steps, right of it nothing.",
                 "zh": "三个种子的中位数，学习率为以 2 为公比的网格中最好的。拐弯左边，加大批量能省步数；右边什么也省不下。"})

# %% [markdown] lang="en"
# Where the line bends is called the **critical batch size**. Left of it, batch size is bought at a fair price; right of it, more examples per step buy nothing but heat, however much memory there is. Shallue et al. (2019) measured the same three regimes (perfect scaling, diminishing returns, none) for many networks; where they lie differs
# a lot from task to task. McCandlish et al. (2018) predict the bend from $\sigma^2/|g|^2$: as long as the noise is larger than the gradient, averaging helps. (That batch sizes are powers of two is a habit from the layout of memory; no formula here asks for it.)
#
# **4. "Draw one sample at random ..., repeat until all samples have been visited."** (First note, on SGD.) These are two different methods. Draw at random (with replacement), and after $N$ draws about a third of the examples has never been seen, since $(1-1/N)^N\approx1/e=0.37$. Visit all, and you have shuffled a pile. Libraries shuffle, proofs mostly draw. Does it matter?
#
# In Bottou's classic experiment (2009), with a learning rate that falls like $1/t$, the excess loss fell like $t^{-1}$ when examples were drawn and about like $t^{-2}$ when they were reshuffled. We try it on the small problem ($\kappa=3$), with your `sgd`; a *drawn* epoch is your `sgd` on 32 rows that were drawn first.
# %% [markdown] lang="zh"
# 曲线拐弯的地方叫**临界批量大小**（critical batch size）。在它左边，加大批量物有所值；在它右边，每步更多的样本换来的只有发热，显存再大也一样。Shallue 等（2019）在许多网络上量到了同样的三段（完美缩放、收益递减、毫无收益），只是各任务的位置相差很大。McCandlish 等（2018）用 $\sigma^2/|g|^2$ 来预测拐点：只要噪声比梯度大，取平均就有用。（批量大小总取 2 的幂，是迁就内存布局的习惯；这里没有哪个公式要求这样。）
#
# **4. “随机抽取一个样本……重复以上步骤，直到遍历完所有样本。”**（第一份笔记，讲 SGD。）这其实是两种方法。随机抽取（有放回），抽满 $N$ 次之后，大约三分之一的样本从未见过，因为 $(1-1/N)^N\approx1/e=0.37$；要遍历完，那就是洗牌。各个库都洗牌，而证明多半假设抽取。有区别吗？
#
# 在 Bottou 的经典实验（2009）里，学习率像 $1/t$ 那样下降：抽取时，超出最小值的损失像 $t^{-1}$ 那样下降；每轮洗牌时，大约像 $t^{-2}$。我们在小问题（$\kappa=3$）上用你的 `sgd` 试一试；*抽取*的一轮，就是先抽出 32 行，再交给你的 `sgd`。

# %% role="experiment" nbval="check"
def squared_loss_and_grads(w, X, y):
    errors = X @ w - y
    return np.mean(errors**2), 2 * X.T @ errors / len(y)


def excess_losses(drawn, seed, num_epochs=100):
    """How far the loss on the problem with kappa = 3 is above its minimum, after each epoch of SGD."""
    X, y = small_problem(kappa=3)
    rng, w, above = np.random.default_rng(seed), np.array(START), []
    for epoch in range(num_epochs):
        rows = rng.integers(32, size=32) if drawn else np.arange(32)
        w = sgd(w, squared_loss_and_grads, X[rows], y[rows], lr=1.5 / (epoch + 5), num_epochs=1, rng=rng)[0][-1]
        above.append((w[0] ** 2 / 3 + w[1] ** 2) / 2)
    return np.array(above)


with experiment("sgd"):
    rng = np.random.default_rng(0)
    unseen = np.mean([32 - len(set(rng.integers(32, size=32).tolist())) for _ in range(4000)]) / 32
    print(f"32 draws out of 32: {unseen:.2f} of the examples were not seen")
    excess = {name: np.array([excess_losses(drawn, seed) for seed in range(6)])
              for name, drawn in [("drawn with replacement", True), ("reshuffled every epoch", False)]}
    epochs = np.arange(1, 101)
    for name, runs in excess.items():
        slope = np.polyfit(np.log(epochs[9:]), np.log(runs.mean(axis=0)[9:]), 1)[0]
        print(f"{name}: mean excess loss {runs[:, 9].mean():.0e} after 10 epochs, {runs[:, -1].mean():.0e} after 100; "
              f"slope {slope:.1f}")
    late = [runs[:, -30:].mean(axis=1) for runs in excess.values()]
    mean, low, high = mean_interval(np.log10(late[0] / late[1]))
    print(f"over the last 30 epochs, drawn / reshuffled, same seed: 10 to the power of {mean:.1f} [{low:.1f}, {high:.1f}]")

# %% role="experiment"
with experiment("sgd", "excess"):
    ax = curves(excess, x=epochs, xlabel="epoch", ylabel="loss above the minimum", logx=True, logy=True)
    show(ax.figure, alt={
        "en": "Loss above the minimum against epochs, log-log, median and range of six seeds. Drawn with replacement falls slowly to about a thousandth at epoch 100; "
              "reshuffled falls much more steeply and ends far below.",
        "zh": "超出最小值的损失随轮数变化的双对数图，六个种子的中位数与范围。有放回抽取下降得慢，第 100 轮时约为千分之一；每轮洗牌下降得陡得多，最后低得多。"},
        caption={"en": "The same learning rates, falling like 1/t. After Bottou (2009), on another problem.",
                 "zh": "两者学习率相同，都像 1/t 那样下降。仿照 Bottou（2009），问题不同。"})

# %% [markdown] lang="en"
# It matters near the end. Within an epoch of a shuffled pile the errors of the gradients add up to (nearly) zero, so what one batch does wrong the others undo. Drawn examples have no such memory. In the first epochs of the figure the two cannot be told apart. (Proofs for reshuffling came only later: Gürbüzbalaban et al. 2021.)
# %% [markdown] lang="zh"
# 越到最后，区别越大。洗牌后的一轮之内，各步梯度的误差加起来（几乎）为零，一批犯的错由其余各批补回来；抽取则没有这种记忆。在图中的头几轮里，两者无法区分。（洗牌的证明是后来才有的：Gürbüzbalaban 等，2021。）

# %% [markdown] lang="en"
# ### Clinic
#
# Three more patients. E and F are softmax regression on the digits, the loss of each mini-batch of 32 as a training loop prints it. G is a least-squares fit to 400 examples with noisy targets, four per step; the curve is the loss over all of them. Dotted: ends of epochs.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来三位。E 和 F 是 digits 上的 softmax 回归，曲线是训练循环打印出来的每个小批量（32 个样本）的损失。G 是 400 个样本的最小二乘拟合（目标值带噪声），每步四个样本，曲线是全部样本上的损失。点线表示轮末。

# %% role="experiment"
with experiment("minibatch_sgd", "minibatches", "softmax_cross_entropy"):
    by_class = np.argsort(y_train, kind="stable")
    W, in_order = W_start, []
    for _ in range(4):
        for start in range(0, N, 32):
            rows = by_class[start:start + 32]
            loss, grads = loss_and_grads(W, X_train[rows], y_train[rows])
            W = W - 0.5 * grads
            in_order.append(loss)
    rng = np.random.default_rng(4)
    mixed_up = rng.permutation(y_train)
    X_fit, y_fit, _ = regression(rng, num=400, scales=np.ones(30), noise=1.0)
    fit, _ = minibatch_sgd(np.zeros(30), squared_loss_and_grads, X_fit, y_fit, lr=0.05, batch_size=4, num_epochs=4, rng=rng)
    patients = {
        "E": np.array(in_order),
        "F": minibatch_sgd(W_start, loss_and_grads, X_train, mixed_up, lr=0.5, batch_size=32, num_epochs=4, rng=rng)[1],
        "G": np.mean((fit @ X_fit.T - y_fit) ** 2, axis=1),
    }
    fig, axes = panels(3)
    for ax, (name, losses) in zip(axes, patients.items(), strict=True):
        ax.plot(losses, linewidth=1.2)
        ax.set(xlabel="step", title=name)
        for end in range(0, len(losses), 100 if name == "G" else 38):
            ax.axvline(end, color="#888888", linewidth=0.8, linestyle=":")
    axes[0].set_ylabel("loss")
    axes[2].set(yscale="log", ylim=(0.6, 60), yticks=[1, 10], yticklabels=["1", "10"])
    least = np.mean((X_fit @ np.linalg.lstsq(X_fit, y_fit, rcond=None)[0] - y_fit) ** 2)
    axes[2].axhline(least, color="black", linewidth=1, linestyle="--")
    axes[2].text(10, 0.93 * least, f"least possible: {least:.1f}", va="top", fontsize=9)
    show(fig, alt={
        "en": "Three loss curves with the ends of epochs marked. E is a saw: ten teeth in each epoch, each jumping up by several units and falling back to nearly 0; the teeth get lower from epoch to epoch. "
              "F jitters between 2.1 and 2.6 and stays there. G, on a log axis, falls during the first half epoch and then wanders up and down irregularly, without a trend, above a dashed line marked as the least possible.",
        "zh": "三条损失曲线，轮末有标记。E 像锯子：每轮十个齿，每次跳高几个单位，再降回接近 0；齿的高度逐轮降低。F 在 2.1 与 2.6 之间抖动，始终不降。"
              "G（对数坐标）在头半轮里下降，然后无规则地上下游荡，没有趋势，始终高于标为最小可能值的虚线。"})

# %% [markdown] lang="en"
# **E.** "Now it has learnt everything, now it has forgotten everything."
# <details><summary>a noise floor: lower the learning rate</summary>Noise has no pattern. Count the teeth of an epoch, and compare the epochs.</details>
# <details><summary>the examples come sorted by class</summary><b>Yes.</b> Ten teeth per epoch, one for each digit: the model learns to say "3" to everything, until the fours come. Shuffle, in every epoch.</details>
# <details><summary>the learning rate is above 2/L</summary>Then it would grow, not shrink from epoch to epoch. (A smaller learning rate makes the teeth smaller, but the batches are still not fair samples.)</details>
#
# **F.** "150 steps, and still at 2.3."
# <details><summary>the learning rate is too small</summary>The same learning rate, 0.5, works well with these batches otherwise. And the curve does not fall even a little.</details>
# <details><summary>images and labels were shuffled separately</summary><b>Yes.</b> The loss stays at $\log10$: there is nothing to be learnt except that all classes are about equally frequent. Shuffle rows of <code>X</code> and <code>y</code> with <i>one</i> permutation.</details>
# <details><summary>it is stuck at a saddle point</summary>The loss of softmax regression is convex and has none.</details>
#
# **G.** "It fell so nicely, and now it cannot make up its mind. The dashed line is what could be reached."
# <details><summary>not shuffled</summary>Look for a pattern that repeats with the epoch: there is none.</details>
# <details><summary>a few examples are wrong, and always spoil their step</summary>Each example has its turn once per epoch, so there would be a single peak per epoch. Here the curve is above the floor all the time.</details>
# <details><summary>noise floor: the learning rate is too large for this batch size</summary><b>Yes.</b> Quick at first, then irregular at one level, without a trend. Lower the learning rate (now, not at the start), or enlarge the batch.</details>
# %% [markdown] lang="zh"
# **E.** “刚刚还什么都会了，转眼又全忘了。”
# <details><summary>噪声下限，应当降低学习率</summary>噪声没有图样。数一数一轮里有几个齿，再比较各轮。</details>
# <details><summary>样本是按类别排好序的</summary><b>正确。</b>每轮十个齿，一个数字一个：模型学会了见什么都答“3”，直到 4 来了。每一轮都要洗牌。</details>
# <details><summary>学习率大于 2/L</summary>那样它会越来越大，而不是逐轮变小。（学习率小一些，齿也小一些，但每一批仍不是公平的样本。）</details>
#
# **F.** “150 步了，还在 2.3。”
# <details><summary>学习率太小</summary>同样是 0.5，正常情况下用这样的批量效果很好。而且曲线一点下降都没有。</details>
# <details><summary>图像和标签是分别洗牌的</summary><b>正确。</b>损失停在 $\log10$：除了各类频率差不多，没有任何东西可学。<code>X</code> 和 <code>y</code> 的行要用<i>同一个</i>排列。</details>
# <details><summary>陷在鞍点</summary>softmax 回归的损失是凸的，没有鞍点。</details>
#
# **G.** “开头降得那么好，现在却拿不定主意了。虚线才是能达到的高度。”
# <details><summary>没有洗牌</summary>找找随轮重复的图样：没有。</details>
# <details><summary>有几个样本是错的，轮到它们就搞砸一步</summary>每个样本每轮只轮到一次，那样每轮只会有个别尖峰。这条曲线却一直高高在上。</details>
# <details><summary>噪声下限：对这个批量大小来说，学习率太大</summary><b>正确。</b>开头很快，然后在一个高度附近无规则地跳，没有趋势。现在（而不是一开始）降低学习率，或者加大批量。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** You want the *standard deviation* of the mini-batch gradient to be a third of what it is. How much larger must a (still small) batch be?
# <details><summary>3 times</summary>That makes the variance a third, and the standard deviation $1/\sqrt3$.</details>
# <details><summary>9 times</summary><b>Right.</b> The variance falls like $1/B$, its root like $1/\sqrt B$.</details>
# <details><summary>it depends on the number of parameters</summary>The formula holds for each of them alone, and so for all.</details>
#
# **5.** $N=1000$, `batch_size=300`. What is true of one epoch of our `minibatches`?
# <details><summary>three batches; 100 examples are left out</summary>That is <code>drop_last=True</code> in PyTorch. Ours keeps them.</details>
# <details><summary>four batches, the last one filled up with 200 examples from the beginning</summary>Then 200 examples would come twice, and the mean over an epoch would no longer be fair.</details>
# <details><summary>four batches, the last one with 100 examples: its gradient is the noisiest</summary><b>Right:</b> about three times the variance of the others.</details>
#
# **6.** A run with lr 0.1 has come to its noise floor. You lower lr to 0.01. What does the loss do?
# <details><summary>nothing: one cannot get below a floor</summary>The floor belongs to the learning rate. Look at experiment 3.</details>
# <details><summary>it falls soon, to an excess of about a tenth of what it was</summary><b>Right.</b> The steps in the curves of image classifiers, where the learning rate is divided by ten, are this.</details>
# <details><summary>it falls, but only after ten times as many steps as before</summary>The steep directions, where most of the excess sits, forget within $1/(\eta\lambda)$ steps. Only far from the minimum does a small learning rate mean a long way.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 要让小批量梯度的*标准差*变成原来的三分之一，（仍然不大的）批量要变成几倍？
# <details><summary>3 倍</summary>那样方差是三分之一，标准差是 $1/\sqrt3$。</details>
# <details><summary>9 倍</summary><b>正确。</b>方差像 $1/B$ 那样下降，它的平方根像 $1/\sqrt B$。</details>
# <details><summary>取决于参数的个数</summary>公式对每个参数单独成立，所以对全体也成立。</details>
#
# **5.** $N=1000$，`batch_size=300`。用我们的 `minibatches` 走一轮，哪一句正确？
# <details><summary>三批，有 100 个样本没用上</summary>那是 PyTorch 的 <code>drop_last=True</code>。我们的会保留。</details>
# <details><summary>四批，最后一批从头取 200 个样本补足</summary>那样有 200 个样本会出现两次，一轮的平均就不公平了。</details>
# <details><summary>四批，最后一批 100 个样本，它的梯度噪声最大</summary><b>正确：</b>方差大约是其他批的三倍。</details>
#
# **6.** lr 为 0.1 的训练已经到了噪声下限。把 lr 降到 0.01，损失会怎样？
# <details><summary>不变：不可能低于下限</summary>下限是与学习率连在一起的。请看实验 3。</details>
# <details><summary>很快下降，超出最小值的部分降到大约十分之一</summary><b>正确。</b>图像分类的训练曲线里，学习率除以十时出现的那种台阶，就是这么来的。</details>
# <details><summary>会下降，但步数要到原来的十倍之后</summary>超出的部分大多在陡峭方向上，那里只要 $1/(\eta\lambda)$ 步就忘掉了。只有离极小点还远时，学习率小才意味着路长。</details>

# %% role="tests" id="test_predictions_b" of="prediction_floor prediction_clock" points=4
made = [guess for guess in (prediction_floor, prediction_clock) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] role="essay" id="why_worse" points=3 lang="en"
# ### Written question: why did it get worse?
#
# A colleague trains well with batches of 64 and a learning rate of 0.5. She gets a graphics card with sixteen times the memory, sets the batch size to 1024, "as large as fits", and leaves the learning rate and the number of epochs alone. The training loss at the end is clearly *higher* than before.
# In five to eight sentences: why? What should she change, and how far can that go? When would the larger batch be no gain even then? Support your answer with at least one number from this notebook.
# %% [markdown] role="essay" id="why_worse" points=3 lang="zh"
# ### 书面题：为什么反而变差了？
#
# 一位同事用 64 的批量、0.5 的学习率训练，效果不错。她换了一块显存十六倍的显卡，把批量设为 1024（“放得下就尽量大”），学习率和轮数都没动。最后的训练损失明显比以前*高*。请用五到八句话回答：为什么？她应该改什么，能改到什么程度？什么情况下，即使改了，大批量也没有好处？请至少引用本笔记本中的一个数字作为依据。

# %% [markdown] role="model" id="why_worse" lang="en"
# **A model answer.** With 1024 examples per batch the same number of epochs has only a sixteenth of the steps, and at the same learning rate each step goes about as far as before: the run simply has not come as far. The gradients are less noisy (variance a sixteenth), but at this stage noise was not what held it back. The table in correction 3 shows it: with
# lr 0.32 for all, two epochs end at a loss of 0.29 for $B=8$, 1.01 for $B=64$ and 1.78 for $B=256$. She should raise the learning rate with the batch, by the linear scaling rule up to sixteen times, since noise and progress per epoch depend on $\eta/B$: in the notebook $B=1$, 8 and 64 at lr $=0.02B$ agree to two digits. That ends where $\eta$ meets the
# curvature's border $2/L$, which does not move with $B$: at lr 5.12 and $B=256$ the two-epoch runs failed (loss 1.9 and more). So 8.0 may be too much; she should look for the largest stable rate, perhaps with a warmup, or give the run more epochs. Beyond the critical batch size a larger batch saves no steps at all: from 64 to all 1197 digits the
# number of steps to a loss of 0.3 stayed at about 20, at nineteen times the work.
#
# **Rubric (0 to 3).** 1 point: fewer steps of the same length per epoch is named as the cause. 1 point: scale the learning rate with the batch, and a reason why this has a limit (curvature, $2/L$). 1 point: critical batch size, or an equivalent argument that more examples per step stop paying, with at least one
# number from the notebook that supports the answer.
# %% [markdown] role="model" id="why_worse" lang="zh"
# **参考答案。** 每批 1024 个样本，同样的轮数就只有十六分之一的步数，而学习率没变，每步走的距离与以前差不多：训练只是还没走那么远。梯度的噪声是小了（方差为十六分之一），但在这个阶段，妨碍训练的并不是噪声。更正 3 的表就是证据：lr 都取 0.32 时，两轮之后 $B=8$ 的损失是 0.29，$B=64$ 是 1.01，$B=256$ 是 1.78。她应当让学习率随批量一起增大，按线性缩放规则最多十六倍，因为噪声和每轮的进展都只取决于 $\eta/B$：笔记本里 $B=1$、8、64 取 lr $=0.02B$ 时，结果有两位数字一致。它的尽头在 $\eta$ 碰到曲率的界线 $2/L$ 之处，而这条界线不随 $B$ 移动：$B=256$、lr 为 5.12 的两轮训练就失败了（损失在 1.9 以上）。所以 8.0 可能太大；应当去找最大的稳定学习率，或许加上预热，或者多训练几轮。超过临界批量大小之后，更大的批量一步也省不下：从 64 到全部 1197 个样本，把损失降到 0.3 的步数一直是 20 左右，每步的工作量却是十九倍。
#
# **评分标准（0 到 3 分）。** 1 分：指出原因是每轮的步数少了，而步长没变。1 分：学习率应随批量增大，并说明为什么有限度（曲率，$2/L$）。1 分：提到临界批量大小，或用等价的论证说明每步更多样本不再划算，并至少引用笔记本中的一个数字作为依据。

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary
#
# - A mini-batch gradient is right on average; its variance is $\sigma^2/B$, times $\frac{N-B}{N-1}$ when the batch comes from a shuffled pile.
# - With a constant learning rate SGD ends in a cloud: $E\,x^2=\frac{\eta s^2}{\lambda(2-\eta\lambda)}$, nearly proportional to $\eta$. A falling learning rate removes it.
# - $\eta/B$ is what counts: linear scaling, until $\eta$ meets the curvature.
# - By epochs the smallest batch wins, by the clock one in the middle; beyond the critical batch size nothing is saved.
# - Shuffle in every epoch, with one permutation for images and labels.
#
# | English | 中文 | |
# |---|---|---|
# | batch, stochastic, mini-batch gradient descent | 批量、随机、小批量梯度下降 | all, one, $B$ examples per step |
# | learning rate | 学习率 | $\eta$, `lr` |
# | epoch; step, iteration | 轮；迭代步 | a pass through all examples; one update |
# | logits, cross-entropy | 未归一化得分（logits）、交叉熵损失 | |
# | curvature, smooth, convex | 曲率、光滑、凸 | $\lambda$; curvature at most $L$; never negative |
# | contraction factor | 收缩因子 | $\lvert1-\eta\lambda\rvert$ |
# | condition number | 条件数 | $\kappa=L/\lambda_{\min}$ |
# | divergence | 发散 | |
# | unbiased | 无偏 | right on average |
# | noise floor | 噪声下限 | |
# | linear scaling rule | 线性缩放规则 | $\eta\propto B$ |
# | critical batch size | 临界批量大小 | |
# %% [markdown] lang="zh"
# ### 小结
#
# - 小批量的梯度平均起来是对的；方差为 $\sigma^2/B$，从洗过的牌里切出来的还要乘 $\frac{N-B}{N-1}$。
# - 学习率不变时，SGD 停在一团云里：$E\,x^2=\frac{\eta s^2}{\lambda(2-\eta\lambda)}$，几乎与 $\eta$ 成正比。让学习率下降，就能消除它。
# - 起作用的是 $\eta/B$：线性缩放，直到 $\eta$ 碰到曲率的界线。
# - 按轮数比，最小的批量赢；按时间比，中间的赢；超过临界批量大小，什么也省不下。
# - 每一轮都洗牌，图像和标签用同一个排列。
#
# | 中文 | English | |
# |---|---|---|
# | 批量、随机、小批量梯度下降 | batch, stochastic, mini-batch gradient descent | 每步用全部、一个、$B$ 个样本 |
# | 学习率 | learning rate | $\eta$，`lr` |
# | 轮；迭代步 | epoch; step, iteration | 过一遍全部样本；更新一次 |
# | 未归一化得分（logits）、交叉熵损失 | logits, cross-entropy | |
# | 曲率、光滑、凸 | curvature, smooth, convex | $\lambda$；曲率不超过 $L$；从不为负 |
# | 收缩因子 | contraction factor | $\lvert1-\eta\lambda\rvert$ |
# | 条件数 | condition number | $\kappa=L/\lambda_{\min}$ |
# | 发散 | divergence | |
# | 无偏 | unbiased | 平均起来是对的 |
# | 噪声下限 | noise floor | |
# | 线性缩放规则 | linear scaling rule | $\eta\propto B$ |
# | 临界批量大小 | critical batch size | |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Nobody trains large networks with plain SGD on single examples any more; but mini-batch gradients, shuffling and the two formulas of sitting B are under everything that came later.
# - Batches have grown to millions of tokens for language models. How the critical batch size grows during training, and what it depends on, is measured rather than derived (McCandlish et al. 2018; Zhang et al. 2024).
# - For Adam and its family the learning rate goes with the *square root* of the batch size (Malladi et al. 2022); Further 1 has both rules.
# - "Just below the edge" has become a field of its own: networks drift to where their curvature meets $2/\eta$ (Cohen et al. 2021, chapter 02).
#
# ### References
#
# H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Statist. 22 (1951). D. Böhning, *Multinomial logistic regression algorithm*, Ann. Inst. Statist. Math. 44 (1992). Y. Nesterov, *Introductory Lectures on Convex Optimization* (2004). L. Bottou, *Curiously fast convergence of some stochastic gradient descent algorithms* (2009, unpublished note). CS231n course notes, *Optimization 1* and *Neural Networks Part 3*. A. Zhang et al., *Dive into Deep Learning*, chapter 12.
# P. Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour*, arXiv:1706.02677 (2017). S. McCandlish et al., *An empirical model of large-batch training*, arXiv:1812.06162 (2018). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019).
# M. Gürbüzbalaban, A. Ozdaglar, P. Parrilo, *Why random reshuffling beats stochastic gradient descent*, Math. Program. 186 (2021). J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. S. Malladi et al., *On the SDEs and scaling rules for adaptive gradient algorithms*, NeurIPS 2022.
# H. Zhang et al., *How does critical batch size scale in pre-training?*, arXiv:2410.21676 (2024). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapters 5 and 8. The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - 如今没有人再用单个样本的普通 SGD 训练大网络；但小批量梯度、洗牌，以及 B 节的两个公式，仍是后来一切方法的基础。
# - 语言模型的批量已经大到几百万个词元。临界批量大小在训练中怎样增长、取决于什么，是量出来的，不是推导出来的（McCandlish 等，2018；Zhang 等，2024）。
# - 对 Adam 一类方法，学习率随批量的*平方根*变化（Malladi 等，2022）；拓展 1 里两条规则都有。
# - “紧贴界线”已经成了一个研究领域：网络会自己漂到曲率与 $2/\eta$ 相遇的地方（Cohen 等，2021，见 02 章）。
#
# ### 参考文献
#
# H. Robbins, S. Monro, *A stochastic approximation method*, Ann. Math. Statist. 22 (1951). D. Böhning, *Multinomial logistic regression algorithm*, Ann. Inst. Statist. Math. 44 (1992). Y. Nesterov, *Introductory Lectures on Convex Optimization* (2004). L. Bottou, *Curiously fast convergence of some stochastic gradient descent algorithms*（2009，未发表的短文）。P. Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour*, arXiv:1706.02677 (2017). S. McCandlish et al., *An empirical model of large-batch training*, arXiv:1812.06162 (2018). C. Shallue et al., *Measuring the effects of data parallelism on neural network training*, JMLR 20 (2019). M. Gürbüzbalaban, A. Ozdaglar, P. Parrilo, *Why random reshuffling beats stochastic gradient descent*, Math. Program. 186 (2021). J. Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability*, ICLR 2021. S. Malladi et al., *On the SDEs and scaling rules for adaptive gradient algorithms*, NeurIPS 2022. H. Zhang et al., *How does critical batch size scale in pre-training?*, arXiv:2410.21676 (2024). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 5、8 章。CS231n 课程讲义 *Optimization 1*、*Neural Networks Part 3*。A. Zhang et al., *Dive into Deep Learning*（《动手学深度学习》），优化算法一章。两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks. For those who have not had enough.
#
# ### Further 1: a learning rate for another batch size
#
# A colleague found a good learning rate with one batch size; you have to use another. `scaled_lr` makes the first guess, by either rule. (Where the square root comes from: Adam divides the gradient by its size, and where noise dominates that size is itself proportional to $1/\sqrt B$.)
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。给意犹未尽的同学。
#
# ### 拓展 1：换一个批量大小，学习率取多少
#
# 同事用某个批量大小找到了好的学习率，而你得用另一个。`scaled_lr` 按两条规则之一给出第一个猜测。（平方根从哪里来：Adam 用梯度除以它自己的大小，在噪声占主导的地方，这个大小本身就与 $1/\sqrt B$ 成正比。）

# %% role="answer" id="scaled_lr"
from reference.gradient_descent import scaled_lr

# %% role="practice" id="try_scaled_lr"
check("scaled_lr", scaled_lr)

# %% [markdown] lang="en"
# ### Further 2: when the target moves
#
# The first note says that SGD "is suited to online learning". It is, for a reason that turns sitting B around. Examples arrive in a stream, each is used once, and the weights that explain them *drift*. A small learning rate averages well and lags behind; a large one keeps up and jitters. A learning rate that falls like $1/t$, perfect for a
# standing target, goes to sleep while the world moves on.
#
# *Before you run it:* which of the five learning rates will be best with drift, and which without?
# %% [markdown] lang="zh"
# ### 拓展 2：目标会移动的时候
#
# 第一份笔记说 SGD“适合在线学习”。的确如此，而且原因恰好把 B 节的结论倒了过来。样本像流水一样到来，每个只用一次，而能解释它们的权重一直在*漂移*。学习率小，平均得好，却跟不上；学习率大，跟得上，却抖个不停。像 $1/t$ 那样下降的学习率，对静止的目标是完美的，但世界在变，它却睡着了。
#
# *运行之前想一想：* 五种学习率中，有漂移时哪个最好？没有漂移时呢？

# %% role="experiment" nbval="check"
def tracking_error(lr, drift, *, num_steps=2000, num_runs=40):
    """Mean squared distance between w and the weights that are right at the moment, over the last half."""
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


print("mean squared distance:  drift 0.02   no drift")
for lr in (0.3, 0.1, 0.03, 0.01, "1/t"):
    print(f"lr {lr!s:5}             {tracking_error(lr, 0.02):12.4f} {tracking_error(lr, 0.0):10.4f}")

# %% [markdown] lang="en"
# <details><summary>What it shows</summary>
#
# Without drift the falling learning rate wins by far. With drift it is the worst of all: the best is in the middle, large enough to keep up. In the terms of `noise_floor`: the error is a floor that grows with $\eta$ plus a lag that grows with $1/\eta$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 没有漂移时，逐渐下降的学习率遥遥领先；有漂移时，它最差：最好的在中间，要大到跟得上。用 `noise_floor` 的话来说：误差等于一个随 $\eta$ 增大的噪声下限，加上一个随 $1/\eta$ 增大的滞后。
# </details>

# %% [markdown] lang="en"
# ### Further 3: five checks before a long run
#
# They take a minute and save a night. CS231n's notes call them sanity checks and babysitting; none of them needs a second data set.
#
# 1. **The first loss.** With small weights it is $\log K$, as sitting A says. Much more: the weights are too large. Less: the labels leak.
# 2. **The penalty.** Turn $\lambda$ up, and the first loss must rise, by $\frac\lambda2\sum w^2$ exactly.
# 3. **Twenty examples.** Any network of some size can learn twenty examples by heart, to a loss of nearly 0. If yours cannot, look for the bug before you look for more data.
# 4. **A ladder of learning rates**, a factor of ten per rung, a few dozen steps each. At the bottom the loss hardly moves, at the top it rises, sticks or turns NaN. The search begins in between.
# 5. **The step beside the weight.** $|\eta g|/|w|$ for each array, step after step: how much of itself does it change? That is what you write.
# %% [markdown] lang="zh"
# ### 拓展 3：长时间训练之前的五项检查
#
# 花一分钟，省一整夜。CS231n 的讲义称之为“合理性检查”和“照看训练过程”；哪一项都不需要另外的数据。
#
# 1. **第一个损失。** 权重小的时候它就是 $\log K$，A 节讲过。大得多，说明权重太大；更小，说明标签泄漏了。
# 2. **惩罚项。** 把 $\lambda$ 调大，第一个损失必须升高，不多不少正好 $\frac\lambda2\sum w^2$。
# 3. **二十个样本。** 网络只要稍有规模，就能把二十个样本背下来，损失几乎降到 0。如果你的做不到，先找错误，再找更多数据。
# 4. **学习率的阶梯。** 每级差十倍，各走几十步。最低处损失几乎不动，最高处损失上升、卡住或变成 NaN；从两者之间开始找。
# 5. **步长与权重之比。** 对每个数组逐步计算 $|\eta g|/|w|$：这一步改变了它自己的几成？这一项由你来写。

# %% role="answer" id="update_ratio"
def update_ratio(params, grads, *, lr):
    """How long a step of gradient descent is, beside the array that it changes.

        ratio = |lr * g| / |w|          |.|: root of the sum of the squares of all entries

    params, grads: dicts of arrays, the same names in both. Returns a dict of numbers with these names; an array
    that is 0 throughout, as a bias is at the start, has no ratio and is left out.
    """
    ### BEGIN SOLUTION
    length = np.linalg.norm
    return {name: lr * length(grads[name]) / length(w) for name, w in params.items() if np.any(w)}
    ### END SOLUTION


# %% role="practice" id="try_update_ratio"
with experiment("update_ratio"):
    ratios = update_ratio({"W": np.array([[3.0, 0.0], [0.0, -4.0]]), "b": np.zeros(2)},
                          {"W": np.array([[0.0, 1.0], [0.0, 0.0]]), "b": np.ones(2)}, lr=0.5)
    print({name: round(float(ratio), 3) for name, ratio in ratios.items()}, "expected: W 0.1, and no b")
    assert set(ratios) == {"W"} and np.isclose(ratios["W"], 0.1), "half of 1, beside a length of 5"

# %% [markdown] lang="en"
# All five on a network 64-32-10 with ReLU and cross-entropy (its backward pass is that of chapter 00), on 400 digits.
#
# *Before you run it:* the third check is made twice, once with labels drawn by lot. Will the network pass that as well?
# %% [markdown] lang="zh"
# 五项检查都在 64-32-10 的网络上做：ReLU，交叉熵损失（反向传播就是 00 章的那个），400 张 digits 图像。
#
# *运行之前想一想：* 第三项做两遍，其中一遍的标签是抽签抽来的。网络也能通过吗？

# %%
X_400, y_400 = digits.X_train[:400], y_train[:400]


def start_network(scale=1.0):
    rng = np.random.default_rng(0)
    return {"W1": scale * rng.normal(0, np.sqrt(2 / 64), (64, 32)), "b1": np.zeros(32),
            "W2": scale * rng.normal(0, 0.1, (32, 10)), "b2": np.zeros(10)}


def network_loss_and_grads(params, X, y, *, strength=0.0):
    """Mean cross-entropy of a network with one hidden layer, plus strength / 2 times the sum of the squared weights."""
    A1 = np.maximum(X @ params["W1"] + params["b1"], 0)
    loss, G2 = softmax_cross_entropy(A1 @ params["W2"] + params["b2"], y)
    G1 = np.where(A1 > 0, G2 @ params["W2"].T, 0)
    grads = {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G2, "b2": G2.sum(axis=0)}
    for name in ("W1", "W2"):
        loss, grads[name] = loss + strength / 2 * np.sum(params[name] ** 2), grads[name] + strength * params[name]
    return loss, grads


def train_network(X, y, *, lr, num_steps):
    """Losses, and the update ratios of W1, of gradient descent on all of X."""
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
        print(f"1. weights times {scale:4}: first loss {network_loss_and_grads(start_network(scale), X_400, y_400)[0]:.2f}")
    weights = [start_network()[name] for name in ("W1", "W2")]
    rise = [network_loss_and_grads(start_network(), X_400, y_400, strength=strength)[0] for strength in (0.0, 0.1)]
    print(f"2. strength 0.1: it rises by {rise[1] - rise[0]:.3f}, 0.1 / 2 times the sum of squares is"
          f" {0.05 * sum(np.sum(w**2) for w in weights):.3f}")
    by_lot = np.random.default_rng(1).integers(10, size=20)
    for name, labels in [("their labels", y_400[:20]), ("labels by lot", by_lot)]:
        print(f"3. twenty examples, {name}: loss after 500 steps {train_network(X_400[:20], labels, lr=0.5, num_steps=500)[0][-1]:.3f}")
    ladder = {lr: train_network(X_400, y_400, lr=lr, num_steps=60) for lr in (0.001, 0.01, 0.1, 1.0, 10.0)}
    for lr, (losses, _) in ladder.items():
        print(f"4. lr {lr:6}: loss after 60 steps {losses[-1]:.1f}")

# %% role="experiment"
with experiment("softmax_cross_entropy", "update_ratio", "ladder"):
    fig, (left, right) = panels(2)
    kept = {f"lr {lr}": ladder[lr] for lr in (0.01, 1.0, 10.0)}
    curves({name: np.maximum(ratios, 1e-6) for name, (_, ratios) in kept.items()}, ax=left, logy=True, ylabel=r"$|\eta g|/|w|$ of W1")
    curves({name: losses for name, (losses, _) in kept.items()}, ax=right, logy=True, ylabel="training loss")
    left.axhline(1e-3, color="black", linewidth=1, linestyle=":")
    left.legend().remove()
    show(fig, alt={
        "en": "Two panels over 60 steps. Left, the length of the step beside that of W1, log axis: near 0.0002 for lr 0.01, between 0.01 and 0.2 for lr 1; for lr 10 it starts at 0.2, rises above 1 and after nine steps is 0; dotted, 0.001. "
              f"Right, the loss, log axis: hardly below 2.3 for lr 0.01, down to {ladder[1.0][0][-1]:.1f} for lr 1; for lr 10 it jumps up and then stays at 2.3.",
        "zh": "两幅图，60 步。左：步长与 W1 长度之比，对数坐标；lr 0.01 时在 0.0002 附近，lr 1 时在 0.01 与 0.2 之间，lr 10 时从 0.2 升到 1 以上，九步之后为 0；点线为 0.001。"
              f"右：损失，对数坐标；lr 0.01 时几乎还在 2.3，lr 1 时降到 {ladder[1.0][0][-1]:.1f}，lr 10 时先跳高，然后停在 2.3。"},
        caption={"en": "Ask the left picture: which run learns next to nothing, and which can learn nothing any more? Dotted: the rule of thumb. A ratio of 0 is drawn at 1e-6.",
                 "zh": "请看左图：哪一次几乎什么也没学，哪一次再也学不到东西了？点线：经验值。比值为 0 时画在 1e-6 处。"})

# %% [markdown] lang="en"
# <details><summary>What it shows</summary>
#
# Twenty labels by lot are learnt as well as the true ones: check 3 speaks about the machinery, not about the data. On the ladder only two rungs learn. At lr 10 the first step is a quarter of W1's own length and the next ones are longer than W1 itself; after nine steps every hidden unit is off, no gradient comes back, the ratio is 0, and the loss rests at $\log10$ for ever. Lr 0.01 has nearly
# the same loss for another reason, and the ratio tells the two apart. The notes' rule of thumb is a ratio of about 0.001. Here the best run has ten times that and more, with full batches on a small network; so be surprised by a ratio of $10^{-6}$ or of 1, but do not tune for 0.001.
# </details>
#
# ### Further 4: and without a gradient?
#
# Suppose one could only compute losses. *Random search* draws 500 weights and keeps the best. *Local search* tries 500 small random changes and keeps each that lowers the loss. Gradient descent gets as much work: a gradient costs about as much as two losses, so 167 steps.
#
# *Before you run it:* half of all directions lead downhill. How far down will local search come?
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 抽签得来的二十个标签，网络学得和真标签一样好：第三项检查的是机器，不是数据。阶梯上只有两级真正在学。lr 10 的第一步就有 W1 自身长度的四分之一，接下来几步比 W1 还长；九步之后所有隐藏单元都关了，没有梯度传回来，比值为 0，损失永远停在 $\log10$。lr 0.01 的损失也差不多是这个数，原因却不同，比值能把两者分开。讲义的经验值是 0.001 左右。这里最好的一次是它的十倍还多（全批量，小网络）；所以，看到 $10^{-6}$ 或者 1 该吃惊，但不必照着 0.001 去调。
# </details>
#
# ### 拓展 4：假如没有梯度
#
# 假如只能算损失。*随机搜索*抽 500 组权重，留下最好的一组。*局部搜索*试 500 次小的随机改动，凡能降低损失的就保留。给梯度下降同样多的计算量：一次梯度大约相当于两次损失，所以走 167 步。
#
# *运行之前想一想：* 所有方向里有一半是往下的。局部搜索能降到多低？

# %% role="experiment" nbval="check"
with experiment("softmax_cross_entropy", "gradient_descent"):
    rng, low = np.random.default_rng(0), {"random search": np.inf, "local search": np.log(10)}
    W_local = W_start
    for _ in range(500):
        low["random search"] = min(low["random search"], training_losses([0.1 * rng.standard_normal((65, 10))])[0])
        W_tried = W_local + 0.03 * rng.standard_normal((65, 10))
        if (loss := training_losses([W_tried])[0]) < low["local search"]:
            W_local, low["local search"] = W_tried, loss
    low["gradient descent"] = training_losses([gradient_descent(W_start, batch_gradient, lr=1.0, num_steps=167)[-1]])[0]
    for name, loss in low.items():
        print(f"{name}: training loss {loss:.1f}")
    direction = batch_gradient(W_start)
    cosines = [abs(np.sum(direction * V)) / np.linalg.norm(direction) / np.linalg.norm(V)
               for V in rng.standard_normal((2000, 65, 10))]
    print(f"cosine between a random direction and the gradient: {np.mean(cosines):.3f} on average, 1 / sqrt(650) = {650**-0.5:.3f}")

# %% [markdown] lang="en"
# <details><summary>What it shows</summary>
#
# Random search finds nothing: among 650 weights no draw is a good one. Local search does learn, slowly: a random direction has a cosine of about $1/\sqrt n$ with the gradient, so of each step only 3 % goes where it helps, and the more weights, the less. (The sizes of the random changes, 0.1 and 0.03, are the best of a small grid.) That is what backpropagation is worth: for the
# price of two losses, the one direction among 650 that leads down fastest.
# </details>
# %% [markdown] lang="zh"
# <details><summary>说明了什么</summary>
#
# 随机搜索一无所获：650 个权重，没有哪一组是碰巧抽得好的。局部搜索确实在学，只是慢：随机方向与梯度的夹角余弦约为 $1/\sqrt n$，所以每一步只有 3% 用在刀刃上，权重越多越少。（随机改动的幅度 0.1 和 0.03，是在一个小网格里选出的最好的。）反向传播的价值就在这里：花两次损失的代价，就得到 650 个维度里下降最快的那一个方向。
# </details>

# %% [markdown] lang="en"
# ### Further 5: a loss that is content
#
# Cross-entropy always wants more. The **hinge loss** of CS231n's notes (multiclass support vector machine) asks only that the true class leads every other by a margin of 1:
#
# $$\text{loss}_i=\sum_{k\ne y_i}\max(0,\;z_{ik}-z_{i,y_i}+1),\qquad f=\frac1N\sum_i\text{loss}_i .$$
#
# Each *violated* class ($z_{ik}-z_{i,y_i}+1>0$) pushes its own score down and the true one up, by $1/N$. *Before you write:* what does it cost to know nothing, with ten classes? And how large is the gradient when all margins are met?
#
# <details><summary>answers</summary>
#
# 9: nine classes, each violated by 1. The gradient is then exactly 0.
# </details>
# %% [markdown] lang="zh"
# ### 拓展 5：知足的损失
#
# 交叉熵损失永远嫌不够。CS231n 讲义里的**合页损失**（hinge loss，多类支持向量机）只要求真实类别比其余每一类都领先 1：
#
# $$\text{loss}_i=\sum_{k\ne y_i}\max(0,\;z_{ik}-z_{i,y_i}+1),\qquad f=\frac1N\sum_i\text{loss}_i .$$
#
# 每个*没有达到要求*的类别（$z_{ik}-z_{i,y_i}+1>0$）都把自己的得分往下推、把真实类别的得分往上推，各推 $1/N$。*动笔之前想一想：* 十个类别时，什么都不知道要付多少？全部达到要求时，梯度有多大？
#
# <details><summary>答案</summary>
#
# 9：九个类别，各差 1。全部达到要求时，梯度恰好为 0。
# </details>

# %% role="answer" id="hinge_loss"
def hinge_loss(logits, labels):
    """Mean multiclass hinge loss with margin 1, and its gradient.

        loss = 1/N sum_i sum_(k != y_i) max(0, z_ik - z_i,y_i + 1)

    logits (z): (N, K). labels (y): (N,). They are not changed. Returns (loss, grad_logits), a number and an array (N, K).
    At a kink, where z_ik - z_i,y_i + 1 is exactly 0, the class counts as not violated.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    margins = logits - logits[rows, labels][:, None] + 1
    margins[rows, labels] = 0
    grad_logits = (margins > 0).astype(logits.dtype)
    grad_logits[rows, labels] = -grad_logits.sum(axis=1)
    return np.maximum(margins, 0).sum() / len(labels), grad_logits / len(labels)
    ### END SOLUTION


# %% role="practice" id="try_hinge_loss"
with experiment("hinge_loss"):
    scores, answers = np.random.default_rng(0).normal(0, 2, (5, 4)), np.array([3, 0, 2, 2, 1])
    loss, claim = hinge_loss(scores, answers)
    print(f"ten classes, knowing nothing: {hinge_loss(np.zeros((2, 10)), np.array([4, 7]))[0]:.1f}, expected 9.0")
    assert np.isclose(hinge_loss(np.zeros((2, 10)), np.array([4, 7]))[0], 9)
    evidence = np.zeros_like(scores)
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-5
        evidence[place] = (hinge_loss(scores + step, answers)[0] - hinge_loss(scores - step, answers)[0]) / 2e-5
    print("largest difference from central differences below 1e-8:", np.abs(claim - evidence).max() < 1e-8)
    assert np.allclose(claim, evidence), "claim and evidence differ"

# %% role="experiment" nbval="check"
with experiment("hinge_loss", "softmax_cross_entropy", "gradient_descent"):
    print("digits 0 and 1, lr 0.3: loss after t steps, and the length of W")
    for name, loss_fn in [("hinge", hinge_loss), ("cross-entropy", softmax_cross_entropy)]:
        path = gradient_descent(np.zeros((65, 2)), lambda W: X_two.T @ loss_fn(X_two @ W, y_two)[1], lr=0.3, num_steps=1000)
        print(f"{name:13s}", *(f"  t = {t}: {loss_fn(X_two @ path[t], y_two)[0]:.4f}, |W| {np.linalg.norm(path[t]):.1f}" for t in (10, 100, 1000)))

# %% [markdown] lang="en"
# The hinge loss reaches 0 and stops: every margin is met, nothing moves any more. Cross-entropy goes on for ever, as in clinic D. Convex are both; smooth is only one of them. At a kink the hinge loss has no gradient, only **subgradients**, any slope between those of its two sides; we took the one of the side where nothing is violated.
# %% [markdown] lang="zh"
# 合页损失降到 0 就停了：每个间隔都已达到，什么也不再动。交叉熵损失则永远走下去，就像诊室里的 D。两者都是凸的，光滑的却只有一个。在拐点处，合页损失没有梯度，只有**次梯度**（subgradient），即介于两侧斜率之间的任何一个数；我们取的是“达到要求”那一侧的。

# %% [markdown] lang="en"
# # 06 Initialization, preprocessing and batch normalization
#
# A network of twenty layers does no better than guessing on digits, at any of five learning rates. Multiply its initial weights by 1.73, change nothing else, and at one of these rates it reads nine digits in ten. Why 1.73?
#
# A deep network is a chain of multiplications: thirty factors of 0.7 make 0.00002, thirty of 1.4 make 24,000. This chapter sets the scale of three things: the initial weights, the inputs, and what each layer passes on.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 06 参数初始化、数据预处理与批量归一化
#
# 一个二十层的网络，试了五种学习率，认数字全靠瞎猜。把初始权重都乘以 1.73，别的一概不动，其中一种学习率就能十个认对九个。为什么是 1.73？
#
# 深层网络就是一连串乘法：三十个 0.7 相乘得 0.00002，三十个 1.4 相乘得 24 000。这一章要管住三处的尺度：初始权重靠**参数初始化**（parameter initialization），输入靠**数据预处理**（data preprocessing），每一层的输出靠**归一化**（normalization）。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from descent.browser import fewer_in_browser
from descent.check import check
from descent.data import as_images, load_digits
from descent.experiment import experiment
from descent.explore_depth import depth_explorer
from descent.figures import draw
from descent.figures.activations import draw_activations
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import accuracy, add_penalty, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.plots import contour_with_paths, curves, histograms, paired, show
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import train

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: the scale at the start
#
# | | |
# |---|---|
# | **You will be able to** | derive how large initial weights must be, and draw them; see in signals and gradients what an initializer does wrong; standardize inputs without leakage |
# | **You need** | an affine layer and its backward pass (00), condition number (02) |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: four exercises, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：起点处的尺度
#
# | | |
# |---|---|
# | **学完你能够** | 推导初始权重应当多大，并抽出这样的权重；从各层信号和梯度的大小看出初始化错在哪里；标准化输入，又不泄漏验证集的信息 |
# | **你需要** | 仿射层及其反向传播（00），条件数（02） |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：四道练习，两次预测 |

# %% [markdown] lang="en"
# ### Experiment 1: multiply by 1.73
#
# Train twenty hidden layers of 50 tanh units on the digits, 100 steps of SGD. A unit with $n$ inputs starts with weights drawn uniformly from $[-1/\sqrt n,1/\sqrt n]$. Glorot and Bengio called this the *standard*; PyTorch's `nn.Linear` still does it. Try five learning rates; then multiply every initial weight by 1.73, and try again.
#
# *At how many of the five does each start learn? (Guessing gives 0.1.)*
# %% [markdown] lang="zh"
# ### 实验 1：乘以 1.73
#
# 二十个隐藏层，每层 50 个 tanh 单元，在 digits 上用 SGD 训练 100 步。有 $n$ 个输入的单元，初始权重在 $[-1/\sqrt n,1/\sqrt n]$ 上均匀抽取：Glorot 与 Bengio 称之为“标准”做法，PyTorch 的 `nn.Linear` 至今如此。先试五种学习率，再把初始权重全部乘以 1.73，重试一遍。
#
# *两种起点，五种学习率里各有几种学得动？（瞎猜是 0.1。）*

# %% hidden=true
digits = load_digits()
#| One mean and one standard deviation for all pixels, measured on the training images. | 所有像素共用一个均值和一个标准差，在训练图像上测得。
LEVEL, SPREAD = digits.X_train.mean(), digits.X_train.std()
X_train, X_val = (digits.X_train - LEVEL) / SPREAD, (digits.X_val - LEVEL) / SPREAD
y_train, y_val = digits.y_train, digits.y_val


def relu(x):
    return np.maximum(x, 0)


#| Each activation with its backward pass. | 每个激活函数与它的反向传播。
RELU = relu, lambda grad, x: grad * (x > 0)
TANH = np.tanh, lambda grad, x: grad * (1 - np.tanh(x) ** 2)


def affine_backward(grad, X, W):
    return grad @ W.T, X.T @ grad, grad.sum(axis=0)


def cross_entropy(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    grad = np.exp(log_p)
    grad[rows, y] -= 1
    return -log_p[rows, y].mean(), grad / len(y)


def batches_of(size, X, y):
    tr("""Shuffled batches; the few rows that do not fill a batch are left out.""", """打乱后的小批量；凑不满一批的几行略去。""")
    def batches(rng):
        order = rng.permutation(len(X))[: len(X) // size * size]
        return [(X[rows], y[rows]) for rows in order.reshape(-1, size)]
    return batches


def sgd_step(params, grads, state, *, lr):
    return params - lr * grads, state


def size(array):
    tr("""The root of the mean square.""", """均方根。""")
    return np.sqrt(np.mean(array**2))


# %%
def fit(init, *, lr, seed=0, hidden=5, width=50, activation=RELU, norm=None, batch_size=64, num_steps=100, images=None,
        dropout=None, strength=0, watch=None):
    tr("""Train a network on the digits with SGD, lr falling linearly to 0.

    init(rng, shape) -> W. norm: (forward, backward), or None. strength: that of an L2 penalty. images: how many to train on.
    watch(params, grads): called at every step. Returns (training loss, validation accuracy, params, running statistics).
    """, """用 SGD 在 digits 上训练网络，lr 线性降到 0。

    init(rng, shape) -> W。norm：（前向，反向）或 None。strength：L2 惩罚的强度。images：训练图像的张数。
    watch(params, grads)：每一步调用。返回（训练损失，验证准确率，参数，滑动统计量）。
    """)
    rng, running = np.random.default_rng(seed), {}
    rows = slice(None) if images is None else rng.permutation(len(X_train))[:images]
    X, y = X_train[rows], y_train[rows]
    params = mlp_init(rng, (64,) + (width,) * hidden + (10,), init=init, normalized=norm is not None)
    network = {"activation": activation, "normalization": norm, "running": running}

    def loss_and_grads(params, X, y):
        loss, grads = mlp_loss_and_grads(params, X, y, loss=cross_entropy, affine_backward=affine_backward, dropout=dropout, **network)
        if watch:
            watch(params, grads)
        if not strength:
            return loss, grads
        return add_penalty(loss, grads, params, penalty=lambda W: (strength / 2 * np.sum(W**2), strength * W))

    params, history = train(params, batches_of(batch_size, X, y), loss_and_grads, sgd_step,
                            lr=lambda t: lr * (1 - t / num_steps), rng=rng, num_steps=num_steps)
    if not np.isfinite(history["loss"][-1]):
        return np.inf, 0.0, params, running
    with np.errstate(over="ignore", invalid="ignore"):
        loss = cross_entropy(mlp_scores(params, X, **network), y)[0]
        return (loss if np.isfinite(loss) else np.inf), accuracy(mlp_scores(params, X_val, **network), y_val), params, running


# %% role="experiment"
def standard(rng, shape):
    return rng.uniform(-1, 1, shape) / np.sqrt(shape[0])


def larger(rng, shape):
    return 1.73 * standard(rng, shape)


for name, init in {tr("standard", "“标准”"): standard, tr("times 1.73", "乘以 1.73"): larger}.items():
    found = [fit(init, lr=lr, hidden=20, activation=TANH)[1] for lr in (0.01, 0.04, 0.16, 0.64, 2.56)]
    listed = ", ".join(f"{right:.2f}" for right in found)
    print(tr(f"{name}: accuracy at lr 0.01, 0.04, 0.16, 0.64, 2.56: {listed}", f"{name}：lr 为 0.01、0.04、0.16、0.64、2.56 时，准确率 {listed}"))

# %% role="experiment" hidden=true
def tanh_layers(init, depth=10, width=200):
    rng, h, layers = np.random.default_rng(0), X_train, []
    for _ in range(depth):
        h = np.tanh(h @ init(rng, (h.shape[1], width)))
        layers.append(h)
    return layers


columns = {
    tr("normal, 0.02", "正态，0.02"): lambda rng, shape: 0.02 * rng.standard_normal(shape),
    tr("standard", "“标准”"): standard,
    tr("times 1.73", "乘以 1.73"): larger,
    tr("normal, 0.2", "正态，0.2"): lambda rng, shape: 0.2 * rng.standard_normal(shape),
}
columns = {name: tanh_layers(init) for name, init in columns.items()}
ends = tr("; ", "；").join(tr(f"{name} {layers[-1].std():.1g}", f"{name}：{layers[-1].std():.1g}") for name, layers in columns.items())
show(draw_activations(columns, below=tr("Digits through 10 layers of 200 units.", "数字图像穿过 10 层，每层 200 个单元。")), alt=tr(
    f"Histograms of tanh activations in ten layers for four ways to draw the weights. Standard deviation in layer 10: {ends}. "
    "In the first two columns the histograms narrow to spikes at 0, in the third they stay broad, in the last they pile up at -1 and 1.",
    f"四种抽取权重的办法，十层 tanh 激活值的直方图。第 10 层的标准差：{ends}。"
    "前两列收窄成 0 处的尖峰，第三列始终铺开，最后一列堆在 -1 和 1 处。"))
extreme = np.mean(np.abs(columns[tr("normal, 0.2", "正态，0.2")][-1]) > 0.9)
print(tr(f"normal, 0.2: {extreme:.0%} of the activations of layer 10 are beyond ±0.9", f"正态，0.2：第 10 层有 {extreme:.0%} 的激活值超出 ±0.9"))

# %% [markdown] lang="en"
# **What it showed.** None of the five learning rates replaces the factor. In the figure, the first two starts let hardly any signal through to layer ten; the last pushes half of the activations beyond ±0.9, where tanh is flat. Only the third gets the signal through. So why 1.73?
# %% [markdown] lang="zh"
# **结论。** 调学习率代替不了这个倍数。看图：前两列，信号到第十层几乎没了；最后一列，半数激活值超出 ±0.9，那里的 tanh 已经饱和；只有第三列，信号还在。那么，为什么是 1.73？

# %% [markdown] lang="en"
# ### A signal has to get through
#
# Each unit adds up many random terms. Is the sum larger or smaller than one input? Take one unit of a layer with weights $W$ of shape (fan_in, fan_out) and biases 0:
#
# $$z_j=\sum_{i=1}^{n_\text{in}} h_i\,W_{ij},\qquad h'_j=\varphi(z_j).$$
#
# The weights have just been drawn: independent of each other and of $h$, with mean 0 and variance $\sigma^2$. *What is the variance of one term $h_iW_{ij}$? Careful: $h_i$ need not have mean 0.*
#
# <details><summary>Answer</summary>
#
# $\operatorname{Var}(h_iW_{ij})=\mathbb E[h_i^2]\,\mathbb E[W_{ij}^2]-0=\sigma^2\,\mathbb E[h_i^2]$: the mean *square* of $h$, not its variance.
# </details>
#
# The $n_\text{in}$ terms are uncorrelated, so their variances add up:
#
# $$\mathbb E[z_j^2]=n_\text{in}\,\sigma^2\,\mathbb E[h^2].\tag{1}$$
#
# Call the root of the mean square the **size** of a signal. Every layer multiplies the squared size by $n_\text{in}\sigma^2$. Below 1 the signal dies out, above 1 it explodes. We want exactly 1.
#
# And the standard start? A uniform number on $[-b,b]$ has variance $b^2/3$. With $b=1/\sqrt{n_\text{in}}$ that makes $n_\text{in}\sigma^2=\frac13$: every layer loses two thirds of the mean square. Weights $\sqrt3=1.73$ times as large repair it.
#
# The activation adds a factor of its own:
#
# - **tanh** is nearly the identity near 0: $\sigma^2=1/n_\text{in}$.
# - **ReLU** cuts off the negative half. As $z$ is symmetric about 0, half of the mean square goes with it, so **He** initialization doubles the variance: $\sigma^2=2/n_\text{in}$.
#
# And the gradient on its way back? In $\partial L/\partial h_i=\sum_j\delta_jW_{ij}$, where $\delta$ is the gradient with respect to $z$, there are $n_\text{out}$ terms, so it keeps its size if $n_\text{out}\sigma^2=1$. With 784 inputs and 100 units you cannot please both: the signal wants $\sigma^2=1/784$, the gradient 1/100. **Xavier** initialization, for tanh, takes the mean of the two widths: $\sigma^2=\frac{2}{n_\text{in}+n_\text{out}}$, here 1/442.
#
# All this holds before the first step, and on average over draws of the weights.
# %% [markdown] lang="zh"
# ### 让信号传得下去
#
# 每个单元都把许多随机项加起来，得到的和比单个输入大还是小？取一层里的一个单元，权重 $W$ 的形状是 (fan_in, fan_out)，即（**扇入**，**扇出**），偏置为 0：
#
# $$z_j=\sum_{i=1}^{n_\text{in}} h_i\,W_{ij},\qquad h'_j=\varphi(z_j).$$
#
# 权重刚刚抽出来：相互独立，也与 $h$ 独立，均值 0，方差 $\sigma^2$。*其中一项 $h_iW_{ij}$ 的方差是多少？注意 $h_i$ 的均值不一定是 0。*
#
# <details><summary>答案</summary>
#
# $\operatorname{Var}(h_iW_{ij})=\mathbb E[h_i^2]\,\mathbb E[W_{ij}^2]-0=\sigma^2\,\mathbb E[h_i^2]$：是 $h$ 的*均方*，不是方差。
# </details>
#
# 这样的项有 $n_\text{in}$ 个，互不相关，方差可以相加：
#
# $$\mathbb E[z_j^2]=n_\text{in}\,\sigma^2\,\mathbb E[h^2].\tag{1}$$
#
# 把均方根叫作信号的**大小**。每过一层，大小的平方就乘上 $n_\text{in}\sigma^2$：小于 1，信号一层层消失；大于 1，一层层膨胀；要传得下去，就得恰好是 1。
#
# “标准”做法呢？$[-b,b]$ 上均匀分布的方差是 $b^2/3$；取 $b=1/\sqrt{n_\text{in}}$，$n_\text{in}\sigma^2$ 只有 $\frac13$，每层丢掉均方的三分之二。权重乘上 $\sqrt3=1.73$，正好补回来。
#
# 还要算上激活函数：
#
# - **tanh** 在 0 附近几乎是恒等函数：$\sigma^2=1/n_\text{in}$。
# - **ReLU** 去掉负的一半。$z$ 关于 0 对称，均方也就去掉一半，所以 **He** 初始化把方差加倍：$\sigma^2=2/n_\text{in}$。
#
# 往回传的梯度又怎样？$\partial L/\partial h_i=\sum_j\delta_jW_{ij}$ 有 $n_\text{out}$ 项，其中 $\delta$ 是损失对 $z$ 的梯度，所以要 $n_\text{out}\sigma^2=1$，梯度的大小才不变。一层若有 784 个输入、100 个单元，信号要求 1/784，梯度要求 1/100，无法兼顾。用于 tanh 的 **Xavier** 初始化取两个宽度的平均：$\sigma^2=\frac{2}{n_\text{in}+n_\text{out}}$，这里是 1/442。
#
# 这些都只在第一步之前成立，而且是对权重的各种抽法取平均。

# %% [markdown] lang="en"
# ### Exercise 1: `xavier_uniform` ({{points:xavier_uniform}} points, 6 minutes)
#
# The docstring gives the variance. Which interval has it? `fans(shape)` returns fan-in and fan-out. The check looks at what all correct draws have in common.
# %% [markdown] lang="zh"
# ### 练习 1：`xavier_uniform`（{{points:xavier_uniform}} 分，6 分钟）
#
# 文档字符串只给出方差。区间取多宽，才有这个方差？`fans(shape)` 返回扇入和扇出。随机数没法逐个对答案，检查的是正确的抽样必有的性质。


# %% [markdown] role="docstring" of="fans" lang="zh" twin="ce0f29a6"
# 一个单元有几个输入，一个输入送往几个单元：(fan_in, fan_out)。
#
# shape：权重矩阵的 (fan_in, fan_out)，或卷积核的 (..., channels_in, channels_out)；后一种情形，两个通道数都要乘以卷积核
# 覆盖的位置数，即前面各边长之积。
# 返回 (fan_in, fan_out)，整数。少于两个轴时抛出 ValueError。
#
# >>> fans((5, 4, 3))
# (20, 15)
#
# Keras 的卷积核就是这样存的；PyTorch 的形状是 (channels_out, channels_in, ...)。

# %% role="given" id="fans" hidden=true
from reference.initialization import fans


# %% [markdown] role="docstring" of="xavier_uniform" lang="zh" twin="992f4f97"
# Xavier（Glorot）初始化：均匀分布的权重，均值 0，方差 2 gain^2 / (fan_in + fan_out)。
#
# rng：一次抽出所有权重。shape：(fan_in, fan_out)。返回这个形状的数组。
# 若不满足 gain > 0，抛出 ValueError。
#
# >>> weights = xavier_uniform(np.random.default_rng(0), (30, 20), gain=2.0)
# >>> float(weights.std().round(2)), float(weights.max().round(2))
# (0.4, 0.69)
#
# Glorot 与 Bengio（2010）：在信号的需要与梯度的需要之间取折中，用于 tanh。

# %% role="answer" id="xavier_uniform"
from reference.initialization import xavier_uniform

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# A number drawn uniformly from $[-b,b]$ has variance $b^2/3$. What must that equal?
# </details>
# <details><summary>Hint 2</summary>
#
# Solve for $b$. The gain is a factor of every weight, so it is a factor of $b$. Then `rng.uniform(low, high, shape)`.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: variance $2\cdot4/50=0.16$, so $b=\sqrt{0.48}=0.693$. If your maximum is near 0.40, you used the standard deviation as the bound; near 0.49, the gain is under the root.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 在 $[-b,b]$ 上均匀抽取的数，方差是 $b^2/3$。它应当等于什么？
# </details>
# <details><summary>提示 2</summary>
#
# 解出 $b$。增益（gain）是每个权重的倍数，所以也是 $b$ 的倍数。然后用 `rng.uniform(low, high, shape)`。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：方差 $2\cdot4/50=0.16$，所以 $b=\sqrt{0.48}=0.693$。最大值若在 0.40 附近，是把标准差当成了边界；在 0.49 附近，是把 gain 放进了根号。
# </details>

# %% role="tests" id="test_xavier_uniform" points=10
check("xavier_uniform", xavier_uniform)

# %% [markdown] lang="en"
# ### Exercise 2: `he_normal` ({{points:he_normal}} points, 6 minutes)
#
# The gain belongs to the activation; `mode` chooses whose size is kept, the signal's or the gradient's. Either will do (He et al.): the other one then changes over the whole network only by a ratio of two widths.
# %% [markdown] lang="zh"
# ### 练习 2：`he_normal`（{{points:he_normal}} 分，6 分钟）
#
# 增益取决于激活函数；`mode` 决定保持谁的大小不变：信号，还是梯度。选哪个都行（He 等）：保住一个，走完整个网络，另一个也只差首尾两层的宽度之比。


# %% [markdown] role="docstring" of="he_normal" lang="zh" twin="b6fb2f3c"
# He（Kaiming）初始化：正态分布的权重，均值 0，方差 gain^2 / fan_in 或 gain^2 / fan_out。
#
# rng：一次抽出所有权重。shape：(fan_in, fan_out)。
# gain：ReLU 用 sqrt(2)，线性层用 1。
# mode："fan_in" 保持前向信号的大小，"fan_out" 保持反向梯度的大小。
# 返回这个形状的数组。若不满足 gain > 0，或 mode 不是这两者之一，抛出 ValueError。
#
# >>> weights = he_normal(np.random.default_rng(0), (50, 8))
# >>> float(weights.std().round(1))
# 0.2
#
# He 等（2015）。与 PyTorch 的 kaiming_normal_ 相同；Keras 的 HeNormal 截去了尾部。

# %% role="answer" id="he_normal"
from reference.initialization import he_normal

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `rng.standard_normal(shape)` has variance 1. What must you multiply by to give it variance $g^2/n$?
# </details>
# <details><summary>Hint 2</summary>
#
# A factor $c$ multiplies the variance by $c^2$.
# </details>
# <details><summary>Hint 3</summary>
#
# Shape (50, 8) has standard deviation $\sqrt{2/50}=0.2$, and 0.5 with `mode="fan_out"`. With the variance in its place you get 0.04.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `rng.standard_normal(shape)` 的方差是 1。乘以多少，方差才是 $g^2/n$？
# </details>
# <details><summary>提示 2</summary>
#
# 乘以 $c$，方差变成 $c^2$ 倍。
# </details>
# <details><summary>提示 3</summary>
#
# 形状 (50, 8)：标准差 $\sqrt{2/50}=0.2$；`mode="fan_out"` 时是 0.5。误用方差会得 0.04。
# </details>

# %% role="tests" id="test_he_normal" points=12
check("he_normal", he_normal)

# %% [markdown] lang="en"
# ### Experiment 2: thirty layers
#
# 200 random examples of size 1 go through 30 untrained layers of 256 units. Between layers of equal width Xavier has variance $1/n$. **With ReLU and Xavier, what standard deviation is left after layer 30?** (a) about 0.1, (b) about 0.00001, (c) about 0.000000001
# %% [markdown] lang="zh"
# ### 实验 2：三十层
#
# 让 200 个大小为 1 的随机样本穿过 30 层未经训练的网络，每层 256 个单元。各层一样宽，Xavier 的方差就是 $1/n$。**用 ReLU 和 Xavier，第 30 层之后的标准差还剩多少？** (a) 大约 0.1，(b) 大约 0.00001，(c) 大约 0.000000001

# %% role="answer" id="prediction_depth"
prediction_depth = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_depth = "b"
### END SOLUTION

# %% role="experiment" nbval="check"
def spread_by_depth(init, activation, seed=0, width=256, depth=30):
    rng = np.random.default_rng(seed)
    h = rng.standard_normal((200, width))
    spread = [h.std()]
    for _ in range(depth):
        h = activation(h @ init(rng, (width, width)))
        spread.append(h.std())
    return np.array(spread)


LARGE = tr("normal, 0.1", "正态，0.1")
with experiment("xavier_uniform", "he_normal"):
    starts = {
        tr("normal, 0.01", "正态，0.01"): lambda rng, shape: 0.01 * rng.standard_normal(shape),
        tr("standard", "“标准”"): standard,
        "Xavier": xavier_uniform,
        "He": he_normal,
        LARGE: lambda rng, shape: 0.1 * rng.standard_normal(shape),
    }
    spreads = {(name, unit): spread_by_depth(init, forward)
               for name, init in starts.items() for unit, forward in [("ReLU", relu), ("tanh", np.tanh)]}
    for name in starts:
        kept, bounded = spreads[name, "ReLU"][-1], spreads[name, "tanh"][-1]
        print(tr(f"{name}: after layer 30 {kept:.0e} with ReLU, {bounded:.0e} with tanh", f"{name}：第 30 层之后，ReLU {kept:.0e}，tanh {bounded:.0e}"))
    draws = [spread_by_depth(he_normal, relu, seed)[-1] for seed in range(9)]
    low, high = min(draws), max(draws)
    print(tr(f"He and ReLU, nine draws: {low:.1f} to {high:.1f}", f"He 配 ReLU，抽九次：{low:.1f} 到 {high:.1f}"))

# %% role="experiment" hidden=true
with experiment("xavier_uniform", "he_normal", "spreads"):
    fig, axes = draw.figure(columns=2, height=3.6, sharey=True)
    colour_of = dict(zip(starts, ("plum", "gold", "blue", "teal", "red"), strict=True))
    for ax, unit in zip(axes, ("ReLU", "tanh"), strict=True):
        lines = {name: np.maximum(spreads[name, unit], 1e-30) for name in starts}
        curves(lines, ax=ax, xlabel=tr("layer", "层"), logy=True, legend="ends", color=colour_of)
        ax.set(ylim=(1e-16, 1e8), xlim=(0, 30))
        draw.title(ax, unit)
    draw.quantity(axes[0], "")
    draw.headline(fig, tr("A straight line: every layer multiplies by the same factor", "一条直线：每一层都乘同一个倍数"),
                  tr("Standard deviation of the activations, 30 layers of 256 units before training.", "激活值的标准差；30 层，每层 256 个单元，训练之前。"))
    show(fig, alt=tr(
        "Standard deviation of the activations by layer, log axis, ReLU and tanh. ReLU: straight lines; He stays near 1, Xavier falls to "
        f"{spreads['Xavier', 'ReLU'][-1]:.0e}, the standard faster, normal 0.01 leaves the plot, normal 0.1 rises to {spreads[LARGE, 'ReLU'][-1]:.0f}. tanh: He and normal 0.1 "
        f"are level, Xavier sinks slowly to {spreads['Xavier', 'tanh'][-1]:.2f}, the other two fall in straight lines.",
        "各层激活值的标准差，对数坐标，ReLU 与 tanh。ReLU：都是直线；He 保持在 1 附近，Xavier 降到 "
        f"{spreads['Xavier', 'ReLU'][-1]:.0e}，“标准”降得更快，正态 0.01 落到图外，正态 0.1 升到 {spreads[LARGE, 'ReLU'][-1]:.0f}。tanh：He 和正态 0.1 是平的，"
        f"Xavier 慢慢降到 {spreads['Xavier', 'tanh'][-1]:.2f}，另两条沿直线下降。"))
    reveal("depth", prediction_depth, "b", tr(
        "ReLU halves the mean square thirty times: the standard deviation falls by 2**15 = 32768.",
        "ReLU 把均方减半三十次，标准差缩小到 2**15 = 32768 分之一。"))

# %% [markdown] lang="en"
# **What it showed.** Xavier and He differ by a factor of $1/\sqrt2$ per layer: hardly visible in two layers, deadly in thirty. He keeps the size only on average: look at the nine draws.
#
# **"ReLU sets half of the units to 0, so He's variance is twice Xavier's."** (lecture notes) In these layers it is. *In which others?*
#
# <details><summary>Answer</summary>
#
# In square ones only: $\frac{2}{n_\text{in}}\big/\frac{2}{n_\text{in}+n_\text{out}}=1+\frac{n_\text{out}}{n_\text{in}}$. From 784 to 100 units it is 1.13, from 100 to 784 it is 8.84. And ReLU halves the mean square, not the number of units.
# </details>
# %% [markdown] lang="zh"
# **结论。** Xavier 与 He 每层差一个 $1/\sqrt2$：两层看不出来，三十层就致命了。He 也只是平均来说大小不变：看那九次抽样。
#
# **“考虑到 `ReLU` 会使一半的神经元输出为0，He初始化的方差是Xavier的两倍。”**（第一份笔记 6.1 节）在这三十层里的确是两倍。*别的层呢？*
#
# <details><summary>答案</summary>
#
# 只有输入输出一样多的层才是：$\frac{2}{n_\text{in}}\big/\frac{2}{n_\text{in}+n_\text{out}}=1+\frac{n_\text{out}}{n_\text{in}}$。784 → 100 时是 1.13，100 → 784 时是 8.84。而且 ReLU 减半的是均方，不是单元的个数。
# </details>

# %% [markdown] lang="en"
# ### Exercise 3: `leaky_relu_gain` ({{points:leaky_relu_gain}} points, 8 minutes)
#
# And other activations? A leaky ReLU multiplies the negative half by a slope instead of cutting it off. A **contract** says what must hold; you find the formula.
#
# *Example.* $z=(2,-2)$ with slope 0.5 becomes $h=(2,-1)$. The mean square falls from 4 to 2.5, so $g^2\cdot2.5=4$ and $g=1.265$.
# %% [markdown] lang="zh"
# ### 练习 3：`leaky_relu_gain`（{{points:leaky_relu_gain}} 分，8 分钟）
#
# 换了别的激活函数呢？leaky ReLU 不截掉负的一半，而是给它乘上一个斜率。这是一份**契约**，只写明什么必须成立，公式由你来找。
#
# *例子。* $z=(2,-2)$，斜率 0.5，得 $h=(2,-1)$。均方从 4 降到 2.5，所以 $g^2\cdot2.5=4$，$g=1.265$。


# %% [markdown] role="docstring" of="leaky_relu_gain" lang="zh" twin="17cca943"
# 使 he_normal 在 leaky ReLU 单元中保持信号大小的增益。
#
# 契约：设 z 关于 0 对称（z 与 -z 可能性相同），z > 0 时 h = z，否则 h = negative_slope * z。那么
# gain^2 * mean(h^2) = mean(z^2)。
#
# negative_slope：一个数；0 是 ReLU，1 是恒等函数，-1 是绝对值。返回大于 0 的浮点数。
#
# >>> leaky_relu_gain(1.0)
# 1.0

# %% role="answer" id="leaky_relu_gain"
from reference.initialization import leaky_relu_gain

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Each side of 0 contributes half of $\mathbb E[z^2]$. What becomes of each half?
# </details>
# <details><summary>Hint 2</summary>
#
# The left half is multiplied by the slope. And its mean square?
# </details>
# <details><summary>Hint 3</summary>
#
# Slope 0 is ReLU, $g=\sqrt2$. Slopes 1 and $-1$ lose nothing, $g=1$. If $-1$ makes you divide by 0, the square is missing.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 0 的两侧各占 $\mathbb E[z^2]$ 的一半。两半各变成什么？
# </details>
# <details><summary>提示 2</summary>
#
# 左边一半乘了斜率。它的均方乘了多少？
# </details>
# <details><summary>提示 3</summary>
#
# 斜率 0 是 ReLU，$g=\sqrt2$。斜率 1 和 $-1$ 什么也不损失，$g=1$。若 $-1$ 使分母为 0，就是漏了平方。
# </details>

# %% role="tests" id="test_leaky_relu_gain" points=12
check("leaky_relu_gain", leaky_relu_gain)

# %% [markdown] lang="en"
# ### Turn the knobs
#
# The same layers with sliders. Left: every layer's histogram as a column. Middle: the size of the signal (forwards) and of a random gradient (backwards). Right: the layer you choose.
#
# 1. ReLU with Xavier: which gain makes both lines level?
# 2. tanh with gain 2: the signal looks healthy. And the gradient?
# 3. "Xavier suits tanh and sigmoid" (lecture notes and blogs). Choose sigmoid. Can *any* gain save the gradient?
# %% [markdown] lang="zh"
# ### 亲手调一调
#
# 还是这三十层，旋钮交给你。左：每层的直方图，画成灰度。中：信号（前向）和一个随机梯度（反向）的大小。右：所选的那一层。
#
# 1. ReLU 配 Xavier：增益取多少，两条线都是平的？
# 2. tanh，增益 2：信号看上去很健康。梯度呢？
# 3. 第一份笔记 6.1 节说 Xavier“适用于 `tanh` 和 `sigmoid` 激活函数”。换成 sigmoid，有*哪个*增益能保住梯度吗？

# %% role="experiment"
depth_explorer(init="xavier", activation="relu", gain=1.0, width=60, layer=10, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. 1.4: Xavier times $\sqrt2$ is He in a square layer.
# 2. It grows to 90 times its size on the way to the input. Most units are saturated, but the few in between pass it on through weights twice as large. A healthy signal does not guarantee a healthy gradient.
# 3. No. The slope of a sigmoid is at most 1/4, so the gradient would need a gain of 4 or more, and that saturates the units.
# </details>
#
# ### Experiment 3: which layer gets how much gradient?
#
# <details><summary>Recall (02): why does a gradient through T steps of a recurrent unit vanish or explode?</summary>
#
# It is a product of T factors. Here a layer takes the place of a step.
# </details>
#
# "Gradients vanish on the way back, so the first layers do not learn" (common). Twenty tanh layers of 200 units, the standard start, before the first step. **The gradient of the weight matrices is** (a) by far the smallest in the first layers, (b) about equally small in all hidden layers, (c) smallest in the last layers
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 1.4：输入输出一样多时，Xavier 乘 $\sqrt2$ 就是 He。
# 2. 传到输入处，梯度放大到 90 倍。大多数单元已经饱和，少数没有饱和的，却让梯度穿过大一倍的权重往回传。信号健康，不等于梯度健康。
# 3. 没有。sigmoid 的斜率至多 1/4，要保住梯度，增益至少得是 4，而那时早已饱和。
# </details>
#
# ### 实验 3：哪一层得到多少梯度？
#
# <details><summary>回忆（02）：梯度穿过循环单元的 T 步，为什么会消失或爆炸？</summary>
#
# 它是 T 个因子的乘积。这里的一层，相当于那里的一步。
# </details>
#
# 常听人说：“梯度在反向途中消失，所以前面的层学不到东西。”二十层 tanh，每层 200 个单元，“标准”起点，第一步之前。**各权重矩阵的梯度：** (a) 前面的层小得多，(b) 所有隐藏层差不多一样小，(c) 后面的层最小

# %% role="answer" id="prediction_gradient"
prediction_gradient = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_gradient = "b"
### END SOLUTION

# %% role="experiment" nbval="check" hidden=true
def sizes_by_layer(init, hidden=20, width=200):
    tr("""For each layer: the sizes of the signal that enters, of the gradient at its units, of the gradient of its weights, and of
    one step relative to the weights, at lr 0.16.""",
       """每一层：进入的信号、单元处的梯度、权重的梯度各有多大，以及 lr 为 0.16 时一步相对于权重的大小。""")
    rng, h, seen = np.random.default_rng(0), X_train, []
    for shape in [(64, width)] + [(width, width)] * (hidden - 1) + [(width, 10)]:
        W = init(rng, shape)
        seen.append((h, W, h @ W))
        h = np.tanh(h @ W)
    grad, rows = cross_entropy(seen[-1][2], y_train)[1], []
    for k in range(hidden, -1, -1):
        h, W, z = seen[k]
        grad = grad if k == hidden else TANH[1](grad, z)
        below, grad_W, _ = affine_backward(grad, h, W)
        rows.insert(0, (size(h), size(grad), size(grad_W), 0.16 * size(grad_W) / size(W)))
        grad = below
    return np.array(rows)


with experiment("xavier_uniform"):
    by_layer = {tr("standard", "“标准”"): sizes_by_layer(standard), "Xavier": sizes_by_layer(xavier_uniform)}
    for name, rows in by_layer.items():
        for k in (2, 11, 20):
            signal, at_units, of_weights, ratio = rows[k - 1]
            print(tr(f"{name}, layer {k:2}: gradient of the weights {of_weights:.0e}; a step of lr 0.16 is {ratio:.0e} of the weights",
                     f"{name}，第 {k:2} 层：权重的梯度 {of_weights:.0e}；lr 为 0.16 的一步是权重的 {ratio:.0e}"))
    fig, axes = draw.figure(columns=2, height=3.6, sharey=True)
    words = (tr("signal $h$", "信号 $h$"), tr(r"gradient $\delta$", r"梯度 $\delta$"), tr("gradient of W", "W 的梯度"))
    for ax, (name, rows) in zip(axes, by_layer.items(), strict=True):
        curves(dict(zip(words, rows[:, :3].T, strict=True)), x=np.arange(1, 22), ax=ax, xlabel=tr("layer", "层"), logy=True,
               legend="ends", color=dict(zip(words, ("blue", "red", "ink"), strict=True)))
        draw.title(ax, name)
    draw.headline(fig, tr("The signal falls, the gradient rises, their product stays", "信号下降，梯度上升，乘积不变"),
                  tr("Root mean squares in 20 tanh layers on the digits, before the first step.", "20 层 tanh，digits，第一步之前；均方根。"))
    show(fig, alt=tr(
        "Sizes by layer on a log axis. Standard: the signal falls over five orders of magnitude, the gradient at the units rises over about "
        "five from layer 1 to 21, and the gradient of the weights is level near 1e-7. Xavier: all three nearly level, that of the weights near 2e-3.",
        "各层的大小，对数坐标。“标准”：信号下降五个数量级，单元处的梯度从第 1 层到第 21 层上升约五个数量级，权重的梯度是 1e-7 附近的一条平线。"
        "Xavier：三条都近乎水平，权重的梯度在 2e-3 附近。"))
    reveal("gradient", prediction_gradient, "b", tr(
        "The gradient of W is signal times gradient at the units. One falls with the layer, the other rises, by the same factor.",
        "W 的梯度等于信号乘以单元处的梯度。逐层看去，一个下降，一个上升，倍数相同。"))

# %% [markdown] lang="en"
# **What it showed.** $\delta$ does vanish on its way back. But the gradient of the weights is $h^\top\delta$, and where $h$ is large $\delta$ is small: no hidden layer is worse off than another (Glorot and Bengio 2010, section 4.2.1).
#
# So don't compare layers. Compare a step with the weights that it changes: the **update-to-weight ratio** (01, Further 5). A rule of thumb asks for about 0.001. Xavier has a few times that, the standard start less than a thousandth of it.
# %% [markdown] lang="zh"
# **结论。** $\delta$ 在反向途中的确消失。但权重的梯度是 $h^\top\delta$：$h$ 大的地方，$\delta$ 就小，没有哪个隐藏层更吃亏（Glorot 与 Bengio，2010，4.2.1 节）。它们得到的，都不到 Xavier 时的万分之一。
#
# 所以别拿层与层比，要拿一步的更新量与它所改的权重比，即**更新量与权重之比**（update-to-weight ratio，01 章拓展 5）。经验值是 0.001 左右：Xavier 是它的几倍，“标准”起点不到它的千分之一。

# %% [markdown] lang="en"
# ### Why random?
#
# So far every start was random. Would equal numbers do? **"If all weights start at the same value, such as 0, all neurons of a layer get the same gradient and stay alike."** (lecture notes) A ReLU network 64-32-32-10 makes 200 steps from three starts: all 0, all 0.1, and He with only the *last* matrix 0. *With all 0, which of W1, b1, W2, b2, W3, b3 get a gradient that is not zero?*
# %% [markdown] lang="zh"
# ### 为什么要随机？
#
# 到现在为止，起点都是随机数。全用同一个数行不行？**“如果所有权重都初始化为同一个值（比如0），那么同一层的所有神经元在反向传播时会接收到完全相同的梯度”**（第一份笔记 6.1 节）。取 ReLU 网络 64-32-32-10，从三种起点各走 200 步：全 0；全 0.1；He，但只有*最后一个*矩阵为 0。*全 0 时，W1、b1、W2、b2、W3、b3 中哪些的梯度不为零？*

# %% role="experiment" nbval="check" hidden=true
with experiment("he_normal"):
    all_starts = {
        tr("all 0", "全 0"): lambda rng, shape: np.zeros(shape),
        tr("all 0.1", "全 0.1"): lambda rng, shape: np.full(shape, 0.1),
        tr("He, last 0", "He，末层 0"): lambda rng, shape: np.zeros(shape) if shape[1] == 10 else he_normal(rng, shape),
    }
    for name, init in all_starts.items():
        first = []
        loss, _, params, _ = fit(init, lr=0.1, seed=1, hidden=2, width=32, num_steps=200, watch=lambda params, grads: first.append(grads))
        alive = " ".join(sorted(key for key, grad in first[0].items() if np.abs(grad).max() > 1e-12))
        units = len(np.unique(params["W2"].round(9), axis=1).T)
        print(tr(f"{name}: first gradients that are not 0: {alive}; after 200 steps {units} different units, loss {loss:.2f}",
                 f"{name}：第一步不为 0 的梯度：{alive}；200 步后有 {units} 个不同的单元，损失 {loss:.2f}"))

# %% [markdown] lang="en"
# True for equal weights: 32 units act as one. Zero is worse: with $\varphi(0)=0$ every weight's gradient has a factor 0. Only the last bias learns, and all it can learn is how frequent the classes are. Random numbers **break the symmetry**, but not every layer needs them: with only the last one zero, the network trains.
# %% [markdown] lang="zh"
# 权重相等时的确如此：32 个单元始终等于一个。全 0 更糟：$\varphi(0)=0$，每个权重的梯度里都有因子 0。只有最后的偏置在学，而它只能学到各类的频率。随机数能**打破对称性**（symmetry breaking），但不必处处随机：只有末层为零，照样能训练。

# %% [markdown] lang="en"
# ### Now the inputs: metres beside kilometres
#
# A house has 90 square metres and is 4,000 metres from the station. In kilometres, the distance needs a weight a thousand times as large. The model can express the same, but gradient descent has one learning rate for all weights.
#
# For least squares the Hessian is $\frac1NX^\top X$. One feature of mean $m$ and standard deviation $s$, together with a bias (a weight on the constant 1), gives
#
# $$H=\begin{pmatrix} m^2+s^2 & m\\ m & 1\end{pmatrix}.$$
#
# <details><summary>Recall (02): gradient descent at its best learning rate, condition number κ. How many steps?</summary>
#
# Proportional to κ.
# </details>
#
# *What is its determinant? What happens to the condition number as $m$ grows?*
#
# <details><summary>Answer</summary>
#
# $\det H=s^2$ does not grow with $m$, but the sum of the eigenvalues, $m^2+s^2+1$, does. For large $m$ they are about $m^2$ and $s^2/m^2$: $\kappa\approx m^4/s^2$.
# </details>
#
# Below, $m=2$ and $s=0.4$: as it is, centred ($m=0$), standardized ($s=1$ as well). *Which operation does more here?*
# %% [markdown] lang="zh"
# ### 再看输入：米与千米
#
# 一套房子 90 平方米，离车站 4000 米。距离改用千米，权重变成一千倍，模型还是原来的模型。可梯度下降对所有权重只有一个学习率。
#
# 最小二乘的海森矩阵是 $\frac1NX^\top X$。一个均值为 $m$、标准差为 $s$ 的特征，加上偏置（常数 1 上的权重），得到
#
# $$H=\begin{pmatrix} m^2+s^2 & m\\ m & 1\end{pmatrix}.$$
#
# <details><summary>回忆（02）：条件数为 κ，梯度下降用最好的学习率，要多少步？</summary>
#
# 与 κ 成正比。
# </details>
#
# *它的行列式是多少？$m$ 增大时，条件数怎样变？*
#
# <details><summary>答案</summary>
#
# $\det H=s^2$，不随 $m$ 增大；特征值之和 $m^2+s^2+1$ 却会增大。$m$ 很大时，两者约为 $m^2$ 和 $s^2/m^2$，所以 $\kappa\approx m^4/s^2$。
# </details>
#
# 下面取 $m=2$、$s=0.4$：原样；零中心化（zero-centring），$m=0$；标准化（standardization），再加上 $s=1$。*零中心化和缩放，哪一种在这里作用更大？*

# %% role="experiment" nbval="check" hidden=true
def descend(H, num_steps, start=(1.5, 1.5)):
    tr("""Gradient descent on x'Hx / 2 at lr = 1 / (largest curvature): condition number, and the points.""",
       """在 x'Hx / 2 上做梯度下降，lr = 1 / 最大曲率：条件数，以及经过的点。""")
    low, high = np.linalg.eigvalsh(H)[[0, -1]]
    path = [np.array(start, dtype=float)]
    for _ in range(num_steps):
        path.append(path[-1] - H @ path[-1] / high)
    return high / low, np.array(path)


def steps_to_a_thousandth(path):
    distance = np.linalg.norm(path, axis=1)
    return int(np.argmax(distance < 1e-3 * distance[0]))


m, s = 2.0, 0.4
hessians = {tr("as it is", "原样"): np.array([[m**2 + s**2, m], [m, 1]]), tr("centred", "零中心化"): np.diag([s**2, 1.0]),
            tr("standardized", "标准化"): np.eye(2)}
fig, axes = draw.figure(columns=3, height=3.2)
for ax, (name, H) in zip(axes, hessians.items(), strict=True):
    kappa, path = descend(H, 3000)
    steps = steps_to_a_thousandth(path)
    print(tr(f"{name}: condition number {kappa:.0f}, {steps} steps to a thousandth of the distance", f"{name}：条件数 {kappa:.0f}，距离缩到千分之一要 {steps} 步"))
    contour_with_paths(lambda x, H=H: np.einsum("...i,ij,...j->...", x, H, x) / 2, {"_": path[:26]}, ax=ax, xlim=(-2, 2), ylim=(-2, 2),
                       minimum=(0, 0), levels=8, xlabel=tr("weight", "权重"), ylabel=tr("bias", "偏置") if ax is axes[0] else "")
    draw.title(ax, name, below=f"κ = {kappa:.0f}")
draw.headline(fig, tr("Centring turns the valley upright, scaling makes it round", "零中心化把山谷摆正，再缩放就成了圆"),
              tr("25 steps at lr = 1 / (largest curvature); axes measured from the minimum.", "走 25 步，lr = 1 / 最大曲率；两轴从极小点量起。"))
show(fig, alt=tr(
    "Three contour plots over weight and bias, with 25 steps each. As it is: a narrow slanting valley, the path drops to its floor and hardly "
    "moves. Centred: ellipses along the axes, the path comes near the minimum. Standardized: circles, one step arrives.",
    "权重与偏置上的三幅等高线图，各走 25 步。原样：狭窄倾斜的山谷，轨迹落到谷底后几乎不动。零中心化：椭圆与坐标轴平行，轨迹走到极小点附近。标准化：圆，一步到达。"))

# %% [markdown] lang="en"
# Centring: it takes 164 down to 6. What you subtract and divide by is *learned from data*, as weights are. So measure it on the training set alone, and apply the same numbers to everything else, even to the one image that arrives in a year.
#
# ### Exercise 4: `standardize_fit` ({{points:standardize_fit}} points, 7 minutes)
#
# It measures; `rescale` applies. Beware of pixels that never vary.
# %% [markdown] lang="zh"
# 零中心化作用更大：164 降到 6。减去的数、除以的数，都是*从数据中学来的*，和权重一样。所以只在训练集上测量，再把同样的数用到其他所有图像上，哪怕是一年后才拍的。
#
# ### 练习 4：`standardize_fit`（{{points:standardize_fit}} 分，7 分钟）
#
# 它负责测量，`rescale` 负责应用。当心那些从不变化的像素。

# %% hidden=true
def rescale(X, shift, scale):
    return (X - shift) / scale


# %% [markdown] role="docstring" of="standardize_fit" lang="zh" twin="5656e426"
# 测量每个特征的均值和标准差。
#
#     shift_j = 第 j 列的均值             scale_j = sqrt((X_ij - shift_j)^2 的平均)
#     若某个特征在 X 中是常数，scale_j = 1：它变成 0（或几乎是 0），而不是 NaN
#
# X：(N, D)，浮点数，不得改动。返回 (shift, scale)，形状都是 (D,)，dtype 与 X 相同。
# 特征可以离 0 很远，例如年份。含有 NaN 的特征，缩放之后成为 NaN。
#
# >>> standardize_fit(np.array([[1.0, 7.0], [5.0, 7.0]]))
# (array([3., 7.]), array([2., 1.]))
#
# 方差除以 N，与 scikit-learn 的 StandardScaler 相同。

# %% role="answer" id="standardize_fit"
from reference.preprocessing import standardize_fit

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Over which axis do you take a mean to get one number per column?
# </details>
# <details><summary>Hint 2</summary>
#
# When is a feature constant? Three times 0.1 has a standard deviation of about 1e-17, not 0. Compare its largest and its smallest value instead.
# </details>
# <details><summary>Hint 3</summary>
#
# `np.where(varies, scale, 1)` takes `scale` where `varies` holds. In the example you should get 2 and 1; with $1/(N-1)$ the first is 2.83.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 沿哪个轴求均值，才是每列一个数？
# </details>
# <details><summary>提示 2</summary>
#
# 怎样判断特征是常数？三个 0.1 的标准差约为 1e-17，并不是 0。应当比较它的最大值和最小值。
# </details>
# <details><summary>提示 3</summary>
#
# `np.where(varies, scale, 1)` 在 `varies` 成立处取 `scale`。例子应得 2 和 1；用 $1/(N-1)$，第一个会得 2.83。
# </details>

# %% role="tests" id="test_standardize_fit" points=10
check("standardize_fit", standardize_fit)

# %% [markdown] lang="en"
# **How much does leakage hurt?** If you measure the validation examples too, information about them leaks into training: **leakage**. How far does that move the standardized digits?
# %% [markdown] lang="zh"
# **偷看一眼有多严重？** 连验证样本也拿来测量，它们的信息就漏进了训练，这叫**泄漏**（leakage）。标准化后的 digits 会因此变多少？

# %% role="experiment" nbval="check" hidden=true
with experiment("standardize_fit"):
    honest = rescale(digits.X_val, *standardize_fit(digits.X_train))
    leaked = rescale(digits.X_val, *standardize_fit(np.concatenate([digits.X_train, digits.X_val])))
    change = np.median(np.abs(leaked - honest))
    print(tr(f"digits: half of the standardized validation pixels change by less than {change:.3f}", f"digits：标准化后的验证像素，有一半变化不到 {change:.3f}"))

# %% [markdown] lang="en"
# Hardly. But these are two numbers per pixel. Now *choose* features by looking: 40 training and 20 validation examples are pure noise with coin-flip labels. Of 2,000 random features you keep the 20 that separate the classes best. *What accuracy do you report if you choose them on all 60?*
# %% [markdown] lang="zh"
# 几乎不变。不过这里每个像素只测两个数。换成看着数据*挑*特征：40 个训练样本、20 个验证样本，全是纯噪声，标签靠抛硬币；从 2000 个随机特征里留下最能区分两类的 20 个。*如果用全部 60 个样本来挑，你会报出多高的准确率？*

# %% role="experiment" nbval="check" hidden=true
def noise_accuracy(rng, leak):
    tr("""Validation accuracy on noise, of the class with the nearer mean, with 20 features chosen on all examples (leak) or on 40.""",
       """纯噪声上的验证准确率，按最近的类均值分类；20 个特征用全部样本（leak）或 40 个训练样本挑选。""")
    X, y = rng.standard_normal((60, 2000)), rng.integers(0, 2, 60)
    seen = slice(0, 60 if leak else 40)
    gap = X[seen][y[seen] == 1].mean(axis=0) - X[seen][y[seen] == 0].mean(axis=0)
    X = X[:, np.argsort(-np.abs(gap))[:20]]
    one, zero = (X[:40][y[:40] == label].mean(axis=0) for label in (1, 0))
    return np.mean(((X[40:] - (one + zero) / 2) @ (one - zero) > 0) == y[40:])


both = [np.mean([noise_accuracy(np.random.default_rng(seed), leak) for seed in range(50)]) for leak in (True, False)]
print(tr(f"noise: features chosen on all 60 examples {both[0]:.2f}, on the 40 training examples {both[1]:.2f}",
         f"噪声：用全部 60 个样本挑选特征 {both[0]:.2f}，只用 40 个训练样本 {both[1]:.2f}"))

# %% [markdown] lang="en"
# The damage differs, the rule does not: fit everything on the training set. (The case follows Ambroise and McLachlan, 2002.)
#
# ### Claims you will meet
#
# **"Dividing by the standard deviation makes a feature standard normal."** (lecture notes) *What will the histogram of one standardized pixel look like?*
# %% [markdown] lang="zh"
# 危害有大有小，规矩只有一条：凡是拟合出来的，都只在训练集上拟合。（这个例子出自 Ambroise 与 McLachlan，2002。）
#
# ### 笔记勘误
#
# **“最常见的是将每个特征除以其标准差，使其变为标准正态分布（均值为0，方差为1）”**（第一份笔记 6.2 节）。*一个标准化后的像素，直方图会是什么样？*

# %% role="experiment" hidden=true
with experiment("standardize_fit"):
    pixel = rescale(digits.X_train, *standardize_fit(digits.X_train))[:, 20]
    normal = tr("standard normal", "标准正态")
    ax = histograms({tr("pixel", "像素"): pixel, normal: np.random.default_rng(0).standard_normal(20_000)}, bins=30,
                    xlabel=tr("value", "值"), ylabel=tr("share", "比例"))
    draw.headline(ax, tr("Mean 0 and variance 1 do not make a bell", "均值 0、方差 1，未必是钟形"),
                  tr("One pixel of the training digits, standardized, beside standard normal numbers.", "一个标准化后的训练像素，与标准正态随机数。"))
    show(ax.figure, alt=tr(
        "Histograms of a standardized pixel, with heaps at its lowest and highest value and a low plateau between, and of standard normal numbers, a bell.",
        "标准化后的像素，最小值和最大值处各有一堆，中间低平；标准正态随机数呈钟形。"))

# %% [markdown] lang="en"
# Scaling moves and stretches a histogram; its shape stays.
#
# **"Normalized, the contours are closer to circles."** (lecture notes) A weather station has one precise thermometer and forty poor ones, which read 0.16 of the temperature plus noise of their own. All features are centred. *Does dividing each by its standard deviation lower the condition number?*
# %% [markdown] lang="zh"
# 缩放只能移动和拉伸直方图，改变不了形状。
#
# **“归一化能让损失函数的等高线图更接近圆形，便于优化”**（第一份笔记 6.2 节）。设想一个气象站：一支精密温度计，四十支劣质的，后者的读数是温度的 0.16 倍，外加各自的噪声。所有特征都已零中心化。*再各自除以标准差，条件数会下降吗？*

# %% role="experiment" nbval="check" hidden=true
with experiment("standardize_fit"):
    rng = np.random.default_rng(4)
    temperature = rng.standard_normal((5000, 1))
    station = np.concatenate([temperature, 0.16 * (temperature + 1.9 * rng.standard_normal((5000, 40)))], axis=1)
    for name, scale in {tr("centred", "零中心化"): 1.0, tr("standardized", "标准化"): standardize_fit(station)[1]}.items():
        Z = (station - station.mean(axis=0)) / scale
        kappa, path = descend(Z.T @ Z / len(Z), 1500, start=np.ones(41))
        steps = steps_to_a_thousandth(path)
        print(tr(f"station, {name}: condition number {kappa:.0f}, {steps} steps to a thousandth", f"气象站，{name}：条件数 {kappa:.0f}，到千分之一要 {steps} 步"))

# %% [markdown] lang="en"
# No, it rises. Forty weak copies of one reading, made as large as the reading itself, add up to one very steep direction. Only without correlation are contours sure to get rounder; whitening removes it (Further 3).
#
# ### Clinic
#
# Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# 不会，反而升高了：四十份本来微弱的拷贝，都放大到与原读数一样大，合起来就成了一个极陡的方向。只有特征互不相关，等高线才一定更圆；去掉相关性要靠白化（拓展 3）。
#
# ### 诊室
#
# 先选诊断，说出证据，再点开。

# %% role="experiment" hidden=true
with experiment("he_normal"):
    rng = np.random.default_rng(3)
    h, signal, sinking = rng.standard_normal((200, 256)), rng.standard_normal((200, 256)), []
    for _ in range(10):
        h = np.tanh(0.25 * h @ rng.standard_normal((256, 256)))
    for _ in range(30):
        signal = relu(signal @ he_normal(rng, (256, 256), gain=1.2))
        sinking.append(size(signal))
    raw, W, losses = np.concatenate([digits.X_train, 40 + digits.X_train[:, :1]], axis=1), np.zeros((65, 10)), []
    for _ in range(150):
        loss, grad = cross_entropy(raw @ W, y_train)
        losses.append(loss)
        W = W - 0.0016 * raw.T @ grad
    fig, (left, middle, right) = draw.figure(columns=3, height=2.9)
    left.hist(h.ravel(), bins=41, range=(-1.05, 1.05), weights=np.full(h.size, 1 / h.size), color=draw.colour("ink"))
    left.set(xlabel=tr("activation of layer 10", "第 10 层的激活值"))
    middle.plot(np.arange(1, 31), sinking, color=draw.colour("ink"))
    draw.log_axes(middle, y=True)
    middle.set(xlabel=tr("layer", "层"))
    right.plot(losses, color=draw.colour("ink"))
    right.set(ylim=(0, 2.6), xlabel=tr("step", "步"))
    for ax, name, what in zip((left, middle, right), "ABC", (tr("share", "比例"), tr("size before training", "训练前的大小"), tr("loss", "损失")), strict=True):
        draw.title(ax, name, below=what)
    last = sinking[-1]
    show(fig, alt=tr(
        "A: histogram of tanh activations in layer 10, two tall heaps at -1 and 1, little between. B: size of the signal by layer before training, a "
        f"nearly straight line on a log axis from about 1 down to {last:.3f}. C: a loss that starts at 2.30 and is still above 2 after 150 steps.",
        "A：第 10 层 tanh 激活值的直方图，-1 和 1 处各有一个高峰，中间很少。B：训练前各层信号的大小，对数坐标下近乎直线，从 1 左右降到 "
        f"{last:.3f}。C：损失从 2.30 开始，150 步后仍在 2 以上。"))

# %% [markdown] lang="en"
# **A.** Ten tanh layers. The size of the signal is fine, 0.9, but the run is slow and ragged.
# <details><summary>weights too small</summary>Then there would be one narrow heap at 0.</details>
# <details><summary>weights too large: saturated units</summary><b>Yes.</b> The weights have standard deviation 0.25, four times $1/\sqrt n$. At ±1 the slope is nearly 0, and the few units between pass on a gradient that grows from layer to layer.</details>
#
# **B.** ReLU, 30 layers: "It is He, I only rounded the gain."
# <details><summary>dead units</summary>A dead layer drops to 0 at once.</details>
# <details><summary>gain 1.2 instead of √2</summary><b>Yes.</b> Every layer multiplies by $1.2/\sqrt2=0.85$ on average, and $0.85^{30}\approx0.007$.</details>
#
# **C.** Softmax regression on pixels plus a feature that is always around 40. A larger learning rate diverges.
# <details><summary>weights 0 at the start: symmetry</summary>One layer only: its gradient at 0 is not 0, and its units have different labels.</details>
# <details><summary>an uncentred feature makes one steep direction</summary><b>Yes.</b> Its mean square, 1,600, sets the largest stable learning rate (01); the pixels hardly move.</details>
#
# ### Quiz
#
# **1.** A layer 400 → 100 with ReLU, He by the fan-in. Its standard deviation?
# <details><summary>0.005</summary>That is the variance.</details>
# <details><summary>0.0707</summary><b>Right:</b> $\sqrt{2/400}$.</details>
# <details><summary>0.1414</summary>That is by the fan-out: it keeps the gradient and doubles the signal.</details>
#
# **2.** The test set comes from a brighter camera. What do you subtract from it?
# <details><summary>its own mean</summary>Then a score depends on the other test images, and you hide from yourself that the camera differs.</details>
# <details><summary>the mean of the training set</summary><b>Right.</b> If that works badly, the data have shifted, and you want to know.</details>
# %% [markdown] lang="zh"
# **A.** 十层 tanh。信号大小正常，0.9；训练却又慢又抖。
# <details><summary>权重太小</summary>那样会是 0 处的一个窄峰。</details>
# <details><summary>权重太大，单元饱和了</summary><b>正确。</b>权重的标准差是 0.25，是 $1/\sqrt n$ 的四倍。±1 处斜率接近 0；少数没有饱和的单元，往回传的梯度却一层比一层大。</details>
#
# **B.** ReLU，30 层：“就是 He，我只是把增益取了个整。”
# <details><summary>单元死掉了</summary>死掉的层会一下子降到 0。</details>
# <details><summary>增益是 1.2，而不是 √2</summary><b>正确。</b>每层平均乘以 $1.2/\sqrt2=0.85$，而 $0.85^{30}\approx0.007$。</details>
#
# **C.** 用像素做 softmax 回归，外加一个始终在 40 左右的特征。学习率再大就发散。
# <details><summary>权重从 0 开始：对称性</summary>只有一层：0 处的梯度不为 0，各单元要学的类别也不同。</details>
# <details><summary>没有零中心化的特征造成一个陡峭的方向</summary><b>正确。</b>它的均方 1600 决定了最大的稳定学习率（01），像素几乎不动。</details>
#
# ### 小测
#
# **1.** 一层 400 → 100，ReLU，按扇入的 He 初始化。标准差是多少？
# <details><summary>0.005</summary>这是方差。</details>
# <details><summary>0.0707</summary><b>正确：</b>$\sqrt{2/400}$。</details>
# <details><summary>0.1414</summary>这是按扇出：保持梯度，信号加倍。</details>
#
# **2.** 测试集来自一台偏亮的相机。应当减去什么？
# <details><summary>它自己的均值</summary>那样得分会取决于其他测试图像，换了相机也看不出来。</details>
# <details><summary>训练集的均值</summary><b>正确。</b>效果不好，说明数据变了，这正是你想知道的。</details>

# %% role="tests" id="test_predictions_a" of="prediction_depth prediction_gradient" points=4
made = [guess for guess in (prediction_depth, prediction_gradient) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# - A layer multiplies the mean square of the signal by $n_\text{in}\sigma^2$ (half of it for ReLU), that of the gradient by $n_\text{out}\sigma^2$: hence 1.73, He and Xavier. A wrong factor acts to the power of the depth.
# - Before the first step no hidden layer gets less gradient than another. Compare a step with the weights.
# - Equal weights stay equal; zero weights do not even get a gradient.
# - Centre and scale the inputs with numbers from the training set alone.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# - 穿过一层，信号的均方乘以 $n_\text{in}\sigma^2$（ReLU 再减半），梯度的均方乘以 $n_\text{out}\sigma^2$：1.73、He 和 Xavier 都由此而来。倍数错了，后果随层数指数增长。
# - 第一步之前，没有哪个隐藏层的权重梯度比别的小。要看更新量与权重之比。
# - 同一层的单元，起点相同就永远相同；权重全为零，连梯度都没有。
# - 输入要零中心化、要缩放，所用的数只来自训练集。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: the scale at every step
#
# | | |
# |---|---|
# | **You will be able to** | write batch normalization for training and evaluation, its gradient, and layer normalization; say what it makes a network insensitive to, and where it does harm |
# | **You need** | sitting A (run its cells first), sums over paths (00), the noise of a mini-batch (01) |
# | **Time** | {{minutes:B}} minutes, difficulty ●●● |
# | **Points** | {{points:B}}: three exercises, two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：每一步都调整尺度
#
# | | |
# |---|---|
# | **学完你能够** | 写出批量归一化在训练和评估时的计算、它的梯度，以及层归一化；说清有了它，网络对什么不再敏感，它在哪里有害 |
# | **你需要** | A 节（先运行其中的单元格），沿多条路径求和（00），小批量的噪声（01） |
# | **时间** | {{minutes:B}} 分钟，难度 ●●● |
# | **分数** | {{points:B}} 分：三道练习，两次预测 |

# %% [markdown] lang="en"
# ### Start with one switch
#
# A good start does not stay good: weights move, and scales with them. Can a layer keep its own scale? With batch normalization it can. Experiment 6 takes away the reason for which it was invented: will it still help?
#
# Here the weights have standard deviation 0.01, and the signal dies in a few layers. Turn *batch norm* on.
#
# 1. How large is the signal in layer 30? Change initialization and gain: what happens to it?
# 2. "It alleviates vanishing and exploding gradients" (common). Is the gradient level as well?
# %% [markdown] lang="zh"
# ### 先动手：一个开关
#
# 起点再好，权重一动，尺度也跟着变。能不能让每一层自己管好尺度？批量归一化做得到。当初发明它，有一个理由；实验 6 拿掉这个理由，看它还有没有用。
#
# 这里权重又是 0.01，几层之内信号就消失了。打开*批量归一化*试试。
#
# 1. 第 30 层的信号有多大？换初始化、换增益，它怎样变？
# 2. 第一份笔记 6.3 节说它能“缓解梯度消失/爆炸问题”。梯度也是平的吗？

# %% role="experiment"
depth_explorer(init="small", activation="relu", width=60, layer=30, tries="")

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. 0.7, whatever the initialization and the gain.
# 2. It no longer dies, but it *grows* towards the input, by a factor of 1.2 per layer, to 216 times its size. Wide ReLU layers and large batches give $\sqrt{\pi/(\pi-1)}=1.21$ (Yang et al. 2019).
# </details>
#
# ### Standardize in between
#
# Let every layer standardize its outputs, after $XW+b$ and before the activation. The statistics of the whole training set change at every step, so take those of the mini-batch: **batch normalization**. A unit that gives 1, 1, 5, 5 for a batch of four has mean 3 and standard deviation 2: it passes on −1, −1, 1, 1. For a feature $x_1,\dots,x_N$ with mean $\mu$ and variance $v$ over the batch,
#
# $$\hat x_i=\frac{x_i-\mu}{\sqrt{v+\varepsilon}},\qquad y_i=\gamma\,\hat x_i+\beta .$$
#
# Must every feature then have mean 0 and spread 1? No: $\gamma$ and $\beta$, which start at 1 and 0, are learned and can give it any other. On the way back you will need $c_i=x_i-\mu$, in code `centred`, and $s=1/\sqrt{v+\varepsilon}$, `inv_std`.
#
# **In evaluation there may be no batch**, and the answer for an image must not depend on those beside it. So during training the layer keeps **running statistics**, in which old batches fade; in evaluation it uses them and is a fixed scaling and shift.
#
# ### Exercise 5: `batchnorm_forward` ({{points:batchnorm_forward}} points, 12 minutes)
#
# Training and evaluation in one function.
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 0.7，与初始化和增益无关。
# 2. 不再消失，但越靠近输入*越大*，每层 1.2 倍，最后 216 倍。对宽的 ReLU 层和大批量，这个倍数是 $\sqrt{\pi/(\pi-1)}=1.21$（Yang 等，2019）。
# </details>
#
# ### 在层与层之间标准化
#
# 让每一层在 $XW+b$ 之后、激活函数之前，先标准化一次。统计量若取自整个训练集，每走一步都得重测；小批量的却是现成的。这就是**批量归一化**（batch normalization, BN）。例如，批量为 4，某个单元给出 1、1、5、5，均值 3，标准差 2，传下去的就是 −1、−1、1、1。一般地，一个特征在这一批上取值 $x_1,\dots,x_N$，均值 $\mu$，方差 $v$，则
#
# $$\hat x_i=\frac{x_i-\mu}{\sqrt{v+\varepsilon}},\qquad y_i=\gamma\,\hat x_i+\beta .$$
#
# 难道每个特征都只能是均值 0、标准差 1？不是：$\gamma$ 和 $\beta$ 从 1 和 0 开始学，均值和标准差都可以调成需要的值。反向传播时还要用到 $c_i=x_i-\mu$（代码里叫 `centred`）和 $s=1/\sqrt{v+\varepsilon}$（`inv_std`）。
#
# **评估时未必有批量**，一张图像的答案也不该取决于同一批里还有谁。所以训练时该层维护**滑动统计量**（running statistics），旧的批逐渐淡出；评估时就用它们。这时，它只是一个固定的缩放和平移。
#
# ### 练习 5：`batchnorm_forward`（{{points:batchnorm_forward}} 分，12 分钟）
#
# 训练和评估用同一个函数。


# %% [markdown] role="docstring" of="batchnorm_forward" lang="zh" twin="5d4cae36"
# 对 X 做批量归一化，每列一个特征。
#
#     training：    mean, var = X 各列的均值和方差，var = 1/N sum (X - mean)^2
#                   滑动均值 <- (1 - momentum) * 滑动均值 + momentum * mean
#                   滑动方差 <- (1 - momentum) * 滑动方差 + momentum * var * N / (N - 1)
#     evaluation：  mean, var = 滑动统计量，它们保持不变
#
#     centred = X - mean,   inv_std = 1 / sqrt(var + eps),   x_hat = centred * inv_std
#     out = gamma * x_hat + beta
#
# X：数组，形状 (N, D)。gamma、beta：(D,)。running：(mean, var)，各 (D,)。training：True 或 False。都不得改动。特征可以离 0 很远。
# 返回 (out, cache, running)：与 X 同形的数组；batchnorm_backward 需要的东西（一个 dict，含 centred、形状为 (D,) 的 inv_std、
# x_hat 和 gamma；评估时用不到）；下一次要传入的一对滑动统计量。
# 它们保持 X 的 dtype。NaN 原样传递：训练时，X 中的一个 NaN 使那一列和那一列的滑动统计量全成为 NaN。
# 若不满足 0 <= momentum <= 1 和 eps > 0，或训练时不满足 N >= 2（单个样本的方差是 0），抛出 ValueError。
#
# >>> running = np.array([0.0]), np.array([1.0])
# >>> out, cache, running = batchnorm_forward(np.array([[1.0], [5.0]]), np.array([3.0]), np.array([10.0]), running,
# ...                                         True, momentum=0.5)
# >>> out.round(3).tolist(), running[0].tolist(), running[1].tolist()
# ([[7.0], [13.0]], [1.5], [4.5])
#
# Ioffe 与 Szegedy（2015），约定与 PyTorch 相同：momentum 是新统计量的权重（Keras 是旧的）；归一化用有偏方差
# （1/N），滑动方差收集的是无偏方差（1/(N-1)）。

# %% role="answer" id="batchnorm_forward"
from reference.batch_norm import batchnorm_forward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which lines differ between training and evaluation, and which are the same?
# </details>
# <details><summary>Hint 2</summary>
#
# Only `mean` and `var` differ: choose them first. In training also make a *new* pair `running`; in evaluation return the one you got.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: mean 3, variance 4, so $\hat x=\mp1$ and out is 7, 13. The unbiased variance is $4\cdot\frac21=8$, so the running one becomes 4.5; with the biased one you get 2.5.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 训练和评估，哪几行不同，哪几行相同？
# </details>
# <details><summary>提示 2</summary>
#
# 只有 `mean` 和 `var` 不同，先把它们选好。训练时还要新建一对 `running`；评估时原样返回收到的那一对。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：均值 3，方差 4，所以 $\hat x=\mp1$，输出 7 和 13。无偏方差是 $4\cdot\frac21=8$，滑动方差变成 4.5；用有偏方差会得 2.5。
# </details>

# %% role="tests" id="test_batchnorm_forward" points=17
check("batchnorm_forward", batchnorm_forward)

# %% [markdown] lang="en"
# ### Backwards: what changes nothing
#
# $x_i$ reaches the loss directly, but also through the mean and the variance, which change *every* $\hat x_j$. Before you follow all these paths, ask what they must add up to. Let $G_i$ be the gradient with respect to $y_i$, and leave $\varepsilon$ aside.
#
# 1. Add one number to all $x_i$, or stretch them all away from their mean: $\hat x$ stays as it is. *So how large are $\sum_i\partial L/\partial x_i$ and $\sum_i\hat x_i\,\partial L/\partial x_i$?*
# 2. Move $x$ in any direction at right angles to these two: to first order mean and variance stay, and $\hat x$ moves $s$ times as far. *So what is left of the gradient $\gamma G$ that arrives at $\hat x$?*
#
# <details><summary>Answer</summary>
#
# 1. Both are 0: along a direction that changes nothing, the gradient has no component.
# 2. Everything but its mean and its component along $\hat x$, times $s$. With means over the batch,
#
# $$\frac{\partial L}{\partial x_i}=\gamma s\,\bigl(G_i-\overline G-\hat x_i\,\overline{G\hat x}\bigr).$$
# </details>
#
# ### One operation at a time
#
# That was a shortcut for this layer. Every graph can be followed back one operation at a time (00). Do both agree?
#
# ```
# X ──────────────┬─> centred ──┬──────────────────> x_hat ──> out
#  └──> mean ─────┘             └─> var ─> inv_std ──┘   (gamma, beta)
# ```
#
# Four rules are enough. A product: the upstream gradient times the other factor. A function: times its derivative. A number shared by all rows: the *sum* over the rows (00). A mean over the rows: each row gets $1/N$ of the gradient.
#
# ### Exercise 6: `batchnorm_backward_steps` ({{points:batchnorm_backward_steps}} points, 18 minutes)
#
# Each of the eight steps has its own points. Try it by hand first: one feature, $x=(1,3)$, $\gamma=1$, $\varepsilon=0$, so $c=\hat x=(-1,1)$ and $v=s=1$. For $G=(1,0)$ the gradients are
#
# | beta | gamma | x_hat | inv_std | var | centred | mean | X |
# |---|---|---|---|---|---|---|---|
# | 1 | −1 | (1, 0) | −1 | 1/2 | (1/2, 1/2) | −1 | (0, 0) |
#
# Nothing arrives at X, whatever $G$ is: two rows can only be shifted together and stretched.
# %% [markdown] lang="zh"
# ### 反向传播：哪些变动不影响输出
#
# $x_i$ 通向损失的路不止一条：除了自己的 $\hat x_i$，还经过均值和方差，牵动*每一个* $\hat x_j$。先别急着一条条追踪，想一想它们加起来必须满足什么。记 $G_i$ 为损失对 $y_i$ 的梯度，$\varepsilon$ 略去不计。
#
# 1. 所有 $x_i$ 加上同一个数，或者一起从均值向外拉伸，$\hat x$ 都不变。*那么 $\sum_i\partial L/\partial x_i$ 和 $\sum_i\hat x_i\,\partial L/\partial x_i$ 等于多少？*
# 2. 让 $x$ 沿着与这两者都垂直的方向移动：一阶近似下，均值和方差不变，$\hat x$ 跟着移动，距离是 $x$ 的 $s$ 倍。*传到 $\hat x$ 的梯度是 $\gamma G$，最后还剩下什么？*
#
# <details><summary>答案</summary>
#
# 1. 都等于 0：沿某个方向走，损失不变，梯度在这个方向上就没有分量。
# 2. 去掉平均，再去掉沿 $\hat x$ 的分量，其余的乘上 $s$。用横线表示对批量求平均，就是
#
# $$\frac{\partial L}{\partial x_i}=\gamma s\,\bigl(G_i-\overline G-\hat x_i\,\overline{G\hat x}\bigr).$$
# </details>
#
# ### 一次一个运算
#
# 这条捷径只适用于这一层。对任何计算图都管用的，是一次退回一个运算（00）：沿一条路径相乘，路径汇合处相加。两种办法，结果一致吗？
#
# ```
# X ──────────────┬─> centred ──┬──────────────────> x_hat ──> out
#  └──> mean ─────┘             └─> var ─> inv_std ──┘   (gamma, beta)
# ```
#
# 反向时的规则：遇到乘积，梯度乘另一个因子；遇到函数，梯度乘它的导数；各行共用的一个数，梯度对各行*求和*（00）；对各行取的平均，每行分到梯度的 $1/N$。
#
# ### 练习 6：`batchnorm_backward_steps`（{{points:batchnorm_backward_steps}} 分，18 分钟）
#
# 八步各有各的分。先手算一遍：一个特征，$x=(1,3)$，$\gamma=1$，$\varepsilon=0$，于是 $c=\hat x=(-1,1)$，$v=s=1$。取 $G=(1,0)$，各步的梯度依次是
#
# | beta | gamma | x_hat | inv_std | var | centred | mean | X |
# |---|---|---|---|---|---|---|---|
# | 1 | −1 | (1, 0) | −1 | 1/2 | (1/2, 1/2) | −1 | (0, 0) |
#
# 不论 $G$ 是什么，传到 X 的都是零：只有两行，再怎么变，也不外乎一起平移、一起拉伸。

# %% [markdown] role="docstring" of="batchnorm_backward_steps" lang="zh" twin="bb38c41e"
# 批量归一化在训练时的梯度，沿计算图一步一步地求。
#
# 前向：      mean -> centred = X - mean -> var = mean of centred^2 -> inv_std = (var + eps)^(-1/2)
#             -> x_hat = centred * inv_std -> out = gamma * x_hat + beta
#
# grad_out：数组，形状 (N, D)，损失对 out 的梯度。cache：来自训练时的 batchnorm_forward。都不得改动。
# 返回一个 dict，内容是损失对下列各量的梯度
#     "beta"、"gamma"：(D,)
#     "x_hat"：(N, D)
#     "inv_std"、"var"：(D,)
#     "centred"：(N, D)，它通向损失的两条路径都要算：x_hat 和 var
#     "mean"：(D,)
#     "X"：(N, D)，两条路径都要算：centred 和 mean
# dtype 都与 grad_out 相同。NaN 原样传递。

# %% role="answer" id="batchnorm_backward_steps"
from reference.batch_norm import batchnorm_backward_steps

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Start at the end: in `out = gamma * x_hat + beta`, which of the three is shared by all rows?
# </details>
# <details><summary>Hint 2</summary>
#
# `inv_std` is shared, too: a sum. Its derivative by $v$ is $-\frac12(v+\varepsilon)^{-3/2}$; write it with $s$. `centred` collects two terms, by x_hat and by var, where $\partial v/\partial c_i=2c_i/N$.
# </details>
# <details><summary>Hint 3</summary>
#
# `mean` is subtracted in every row: minus a sum. X is `centred` plus a share $1/N$ of `mean`. If `centred` is (1, 0) in the example, its path through var is missing; if X is (−1/2, −1/2), you forgot $1/N$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 从末尾开始：`out = gamma * x_hat + beta` 里，哪些是各行共用的？
# </details>
# <details><summary>提示 2</summary>
#
# `inv_std` 也是共用的，所以求和。它对 $v$ 的导数是 $-\frac12(v+\varepsilon)^{-3/2}$，用 $s$ 来写。`centred` 有两项：经由 x_hat，和经由 var，其中 $\partial v/\partial c_i=2c_i/N$。
# </details>
# <details><summary>提示 3</summary>
#
# `mean` 在每一行都被减去，所以是负的求和。X 等于 `centred` 加上 `mean` 的 $1/N$。例子里 `centred` 若是 (1, 0)，是漏了经过 var 的路径；X 若是 (−1/2, −1/2)，是漏了 $1/N$。
# </details>

# %% role="tests" id="test_batchnorm_backward_steps" points=21
check("batchnorm_backward_steps", batchnorm_backward_steps)

# %% role="experiment" nbval="check" hidden=true
with experiment("batchnorm_forward", "batchnorm_backward_steps"):
    rng = np.random.default_rng(0)
    X, G, gamma = rng.normal(3, 2, (8, 1)), rng.standard_normal((8, 1)), np.array([1.5])
    _, cache, _ = batchnorm_forward(X, gamma, np.zeros(1), (np.zeros(1), np.ones(1)), True)
    x_hat, passed_on = cache["x_hat"], batchnorm_backward_steps(G, cache)["X"]
    for name, grad in ((tr("arrives, gamma G", "传来的 gamma G"), gamma * G), (tr("leaves, your gradient for X", "传下去的，即你求得的 X 的梯度"), passed_on)):
        print(tr(f"{name}: mean {abs(grad.mean()):.3f}, mean times x_hat {abs((grad * x_hat).mean()):.3f}",
                 f"{name}：平均 {abs(grad.mean()):.3f}，与 x_hat 相乘的平均 {abs((grad * x_hat).mean()):.3f}"))
    formula = gamma * cache["inv_std"] * (G - G.mean() - x_hat * (G * x_hat).mean())
    print(tr(f"largest difference from the formula: {np.abs(passed_on - formula).max():.6f}", f"与公式相差至多 {np.abs(passed_on - formula).max():.6f}"))

# %% [markdown] lang="en"
# Both ways agree. The layer takes from the gradient whatever would only shift or stretch $x$.
#
# ### What no longer matters
#
# Stretching $x$ is what longer weights in front of the layer do. Multiply them by $k>0$. Up to $\varepsilon$, $\hat x$ is what it was: $L(kW)=L(W)$. *Take the derivative with respect to $W$: how does the gradient at $kW$ compare with that at $W$? And with respect to $k$, at $k=1$: what follows?*
#
# <details><summary>Answer</summary>
#
# $k\,\nabla L(kW)=\nabla L(W)$: weights three times as long have a third of the gradient. And $\langle W,\nabla L(W)\rangle=0$: the gradient is at right angles to the weights.
# </details>
#
# So a step of gradient descent makes the weights *longer*, by Pythagoras: $|W-\eta\nabla L|^2=|W|^2+\eta^2|\nabla L|^2$.
#
# And how far does it *turn* them? By about $\eta|\nabla L|/|W|$. Since $|\nabla L|$ itself goes like $1/|W|$, what counts is $\eta/|W|^2$, the **effective learning rate** (not the $\eta/(1-\beta)$ of chapter 03).
#
# ### Experiment 4: does it hold in a real run?
#
# Five hidden layers of 50 ReLU units, lr 0.64. All hidden weights start at He times 0.05, 0.3, 1 or 3; we watch $W_3$. *Which starts end with the same effective learning rate?*
# %% [markdown] lang="zh"
# 两种办法结果一致。凡是只会让 $x$ 一起平移或拉伸的部分，这一层都从梯度里拿走了。（拓展 1 把八行写成三行。）
#
# ### 权重变长，网络会变吗？
#
# 前面的权重一变长，$x$ 就一起拉伸。把权重乘以 $k>0$：不计 $\varepsilon$，$\hat x$ 不变，所以 $L(kW)=L(W)$。*等式两边对 $W$ 求导：$kW$ 处的梯度与 $W$ 处的相比如何？再对 $k$ 求导，取 $k=1$：得到什么？*
#
# <details><summary>答案</summary>
#
# $k\,\nabla L(kW)=\nabla L(W)$：权重变成三倍，梯度变成三分之一。$\langle W,\nabla L(W)\rangle=0$：梯度与权重垂直。
# </details>
#
# 于是由勾股定理，梯度下降的一步使权重*变长*：$|W-\eta\nabla L|^2=|W|^2+\eta^2|\nabla L|^2$。
#
# 一步又让它*转过*多少？约 $\eta|\nabla L|/|W|$。而 $|\nabla L|$ 本身又与 $1/|W|$ 成正比，所以真正起作用的是 $\eta/|W|^2$，叫作**有效学习率**（effective learning rate，与 03 章的 $\eta/(1-\beta)$ 同名而已）。
#
# ### 实验 4：真实训练中也成立吗？
#
# 五个隐藏层，各 50 个 ReLU 单元，lr 为 0.64。所有隐藏层的权重从 He 的 0.05、0.3、1、3 倍开始；观察 $W_3$。*哪些起点最后的有效学习率相同？*

# %% hidden=true
def bn_forward(X, gamma, beta, running, training):
    tr("""Your batch normalization as a part of the network; the first call starts the running statistics at 0 and 1.""",
       """你的批量归一化，作为网络的一个部件；第一次调用时，滑动统计量从 0 和 1 开始。""")
    running = (np.zeros(X.shape[1]), np.ones(X.shape[1])) if running is None else running
    return batchnorm_forward(X, gamma, beta, running, training)


def bn_backward(grad, cache):
    grads = batchnorm_backward_steps(grad, cache)
    return grads["X"], grads["gamma"], grads["beta"]


BN = bn_forward, bn_backward

# %% hidden=true
WITHOUT, WITH = tr("without", "不归一化"), tr("batch norm", "批量归一化")
SIDES = {WITHOUT: None, WITH: BN}

# %% hidden=true
def scaled(factor):
    tr("""He initialization with all hidden weights times a factor.""", """He 初始化，所有隐藏层的权重乘以一个倍数。""")
    return lambda rng, shape: (1 if shape[1] == 10 else factor) * he_normal(rng, shape)


# %% role="experiment" hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    def follow_length(factor, lr=0.64, num_steps=200):
        tr("""|W3| and |gradient of W3| at every step, and the largest |cosine| between the two.""", """每一步的 |W3| 和 |W3 的梯度|，以及两者夹角余弦的最大绝对值。""")
        rows = []
        def watch(params, grads):
            W, G = params["W3"], grads["W3"]
            rows.append((np.linalg.norm(W), np.linalg.norm(G), abs(np.sum(W * G)) / np.linalg.norm(W) / np.linalg.norm(G)))
        fit(scaled(factor), lr=lr, norm=BN, num_steps=num_steps, watch=watch)
        return np.array(rows).T

    runs, cosines, rates = {}, [], 0.64 * (1 - np.arange(200) / 200)
    for factor in (0.05, 0.3, 1, 3):
        length, slope, cosine = follow_length(factor)
        predicted = np.sqrt(length[0] ** 2 + np.sum((rates * slope)[:-1] ** 2))
        after_one = 0.64 / length[1] ** 2
        print(tr(f"start × {factor}: |W| {length[0]:.2f} -> {length[-1]:.2f} (Pythagoras: {predicted:.2f}); lr / |W|² {0.64 / length[0] ** 2:.2g} -> {after_one:.2g} after one step",
                 f"起点 × {factor}：|W| {length[0]:.2f} -> {length[-1]:.2f}（勾股定理：{predicted:.2f}）；lr / |W|² {0.64 / length[0] ** 2:.2g} -> 一步之后 {after_one:.2g}"))
        cosines.append(cosine.max())
        runs[factor] = length, slope
    products = ", ".join(f"{length[0] * slope[0]:.1f}" for length, slope in runs.values())
    print(tr(f"|W| · |gradient| before the first step: {products}; |cosine| of the angle between the two: at most {max(cosines):.0e}",
             f"第一步之前 |W| · |梯度|：{products}；两者夹角的 |余弦| 至多 {max(cosines):.0e}"))
    fig, axes = draw.figure(columns=3, height=3.4)
    shades = dict(zip(runs, ("red", "gold", "blue", "plum"), strict=True))
    titles = (tr("length of W", "W 的长度"), "|W|"), (tr("gradient", "梯度"), "|∇W|"), (tr("effective lr", "有效学习率"), "0.64 / |W|²")
    for ax, (name, below) in zip(axes, titles, strict=True):
        draw.log_axes(ax, y=True)
        ax.set(xlabel=tr("step", "步"), xlim=(-3, 200))
        draw.title(ax, name, below=below)
    for factor, (length, slope) in runs.items():
        calm = np.append(slope[0], np.median(slope.reshape(-1, 10), axis=1))  #| the first, then medians of ten steps | 第一步，然后每十步取中位数
        for ax, values in zip(axes, (length, calm, 0.64 / length**2), strict=True):
            (line,) = ax.plot(np.linspace(0, 199, len(values)), values, color=draw.colour(shades[factor]), lw=1.4)
            draw.end_labels(ax, {line: f"× {factor}"}) if ax is not axes[1] else None
    for factor, (_, slope) in runs.items():
        draw.words(axes[1], 8, slope[0] * (0.4 if factor == 3 else 1), f"× {factor}", color=shades[factor], ha="left")
    draw.headline(fig, tr("Weights that are far too short are corrected in one step, long ones never", "短得离谱的权重一步就纠正过来，长的从不纠正"),
                  tr("Layer 3 of 5 with batch norm; hidden weights start at He times the factor. Gradient: medians of ten steps.", "五层中的第 3 层，有批量归一化；所有隐藏层从 He 的若干倍开始。梯度：每十步的中位数。"))
    show(fig, alt=tr(
        "Three log plots over 200 steps. Length of W: from 0.05 times He it jumps in the first step above the length of He itself; from 0.3 it grows "
        "slowly; from 1 and 3 it hardly changes. The first gradient is the larger the shorter W is. Effective learning rate: the shortest start falls from 2.5 to 0.004 at once, the longest stays near 0.0007.",
        "200 步的三幅对数图。W 的长度：从 He 的 0.05 倍开始，第一步就跳到比 He 还长；从 0.3 倍开始慢慢变长；从 1 倍和 3 倍开始几乎不变。W 越短，第一步的梯度越大。"
        "有效学习率：最短的起点一下子从 2.5 降到 0.004，最长的一直在 0.0007 附近。"))

# %% [markdown] lang="en"
# **What it showed.** No two. Gradients are at right angles to the weights, and lengths grow as Pythagoras says. An effective learning rate that is far too large is *lowered* in one step, even too far. One that is too small never rises, since nothing shortens $W$: the start at 3 keeps a ninth of the rate of the start at 1. Weight decay would shorten it.
#
# ### Experiment 5: how much does it forgive?
#
# The same network from 0.1, 1 and 3 times He in *all* layers, six learning rates, 100 steps, the median of three seeds. **Each side at its own best rate: which starts get the training loss below 0.3?** (a) with batch norm all three, without it only the right one, (b) all three on both sides: the learning rate makes up for the scale, (c) with batch norm all three, without it 1 and 3: large weights do not vanish
# %% [markdown] lang="zh"
# **结论。** 没有哪两个相同。梯度与权重垂直，长度的增长符合勾股定理。有效学习率若大得离谱，一步就*降*了下来，甚至降过了头；太小却永远升不上去：单靠梯度，$W$ 不会变短，所以从 3 倍开始的，始终只有 1 倍时的九分之一。要让它变短，得靠权重衰减。
#
# ### 实验 5：起点错多少，它还受得住？
#
# 网络相同，*所有*层都从 He 的 0.1、1、3 倍开始，六种学习率，100 步，取三个种子的中位数。**双方各用自己最好的学习率，哪些起点能把训练损失降到 0.3 以下？** (a) 有批量归一化时三个都行，没有时只有正确的那个，(b) 双方三个都行：尺度不对，可以用学习率补救，(c) 有批量归一化时三个都行，没有时只有 1 和 3 两个行：权重大，信号就不会消失

# %% role="answer" id="prediction_forgiving"
prediction_forgiving = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_forgiving = "a"
### END SOLUTION

# %% role="experiment"
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    LRS, FACTORS = 10.24 / 4.0 ** np.arange(5, -1, -1), (0.1, 1.0, 3.0)
    seeds = fewer_in_browser(range(3), 1)
    tables = {(name, factor): np.median([[fit(lambda rng, shape: factor * he_normal(rng, shape), lr=lr, norm=norm, seed=seed)[0]
                                          for lr in LRS] for seed in seeds], axis=0)
              for name, norm in SIDES.items() for factor in FACTORS}
    forgiving = tables

# %% role="experiment" hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps", "forgiving"):
    for name in SIDES:
        best = ", ".join(f"{forgiving[name, factor].min():.2f}" for factor in FACTORS)
        middle = ", ".join(f"{forgiving[name, 1.0][i]:.2f}" for i in (1, 2, 3))
        print(tr(f"{name}: lowest training loss from 0.1, 1, 3 times He: {best}; from He at lr 0.04, 0.16, 0.64: {middle}",
                 f"{name}：从 He 的 0.1、1、3 倍开始，最低训练损失 {best}；从 He 开始，lr 为 0.04、0.16、0.64 时 {middle}"))
    fig, axes = draw.figure(columns=2, height=3.5, sharey=True)
    for ax, name in zip(axes, (WITHOUT, WITH), strict=True):
        for factor, tint in zip(FACTORS, ("gold", "blue", "red"), strict=True):
            values = np.minimum(forgiving[name, factor], 20)
            ax.plot(LRS, values, color=draw.colour(tint), marker="o", ms=3)
        draw.log_axes(ax, x=True, y=True)
        ax.set(xlabel=tr("learning rate", "学习率"), ylim=(0.006, 60))
        draw.rule(ax, y=0.3)
        draw.title(ax, name)
    for ax, x, y, text, tint in ((axes[0], 4.5, 1.3, "× 0.1", "gold"), (axes[0], 0.16, 31, "× 3", "red"), (axes[0], 0.16, 0.085, "× 1", "blue"),
                                 (axes[1], 0.09, 1.9, "× 3", "red"), (axes[1], 2.56, 0.0092, "× 1", "blue"), (axes[1], 0.035, 0.11, "× 0.1", "gold")):
        draw.words(ax, x, y, text, color=tint)
    draw.headline(fig, tr("Without batch norm only the right start gets below 0.3; with it all do", "没有批量归一化，只有正确的起点降到 0.3 以下；有了它，全都可以"),
                  tr("Training loss after 100 steps, median of three seeds; initial weights: He times the factor. 20 stands for more.", "100 步后的训练损失，三个种子的中位数；初始权重为 He 的若干倍。20 代表更大。"))
    listed = ", ".join(f"{forgiving[WITHOUT, factor].min():.2f}" for factor in FACTORS)
    show(fig, alt=tr(
        f"Training loss against learning rate, log-log. Without batch norm: factor 0.1 is level at 2.3, factor 3 never gets below it, factor 1 dips below 0.3. Lowest: {listed}. "
        "With batch norm: all three factors fall below 0.1 at large learning rates.",
        f"训练损失对学习率的双对数图。没有批量归一化：0.1 倍停在 2.3，3 倍从不低于它，1 倍降到 0.3 以下。最低依次为 {listed}。"
        "有批量归一化：学习率大时，三种倍数都降到 0.1 以下。"))
    reveal("forgiving", prediction_forgiving, "a", tr(
        "Without it six matrices each carry the factor: 0.1**6 is a millionth of the signal, 3**6 is 729 times too much.",
        "没有它时，六个矩阵都带着这个倍数：0.1**6 使信号只剩百万分之一，3**6 放大到 729 倍。"))

# %% [markdown] lang="en"
# **What it showed.** With batch norm, starts over a thirtyfold range all get below 0.1; without it no learning rate rescues a wrong start. From the *right* start it is slower at small rates, such as 0.04; what it gains is larger rates, and a lower loss there. Two common claims hold here: "it allows larger learning rates" and "it depends less on initialization".
#
# ### Experiment 6: is it the internal covariate shift?
#
# Why does it help? "Each layer's input distribution keeps shifting, which slows training; batch norm stops that" (the paper, lecture notes). The shifting is called **internal covariate shift**. Santurkar et al. (2018) kept it going: after every batch norm they added noise, with a new mean (±0.5) and spread (1 to 1.25) for each unit at *every step*.
#
# Each at its own best learning rate, twenty fresh seeds. **Noisy batch norm trains** (a) as badly as none, (b) nearly as well as batch norm, (c) better than batch norm: noise regularizes
# %% [markdown] lang="zh"
# **结论。** 有了批量归一化，起点相差三十倍，损失都能降到 0.1 以下；没有它，哪种学习率都救不了错误的起点。起点*正确*时，学习率小（如 0.04），它反而更慢；它的好处是学习率可以更大，而且那时的损失也更低。第一份笔记 6.3 节的“允许使用更大的学习率”和“减少对初始化的依赖”，在这里都成立。
#
# ### 实验 6：是“内部协变量偏移”吗？
#
# 它为什么有用？第一份笔记 6.3 节说，每一层输入的分布会不断变化，“这使得每一层都需要不断去适应新的输入分布，减慢了训练速度”，批量归一化解决了它；原论文也这样说。这就是**内部协变量偏移**（internal covariate shift）。Santurkar 等（2018）偏要让偏移继续：在每个批量归一化之后加噪声，每个单元的均值（±0.5）和倍数（1 到 1.25）*每一步*都重新抽。
#
# 三者各用自己最好的学习率，二十个新种子。**带噪声的批量归一化训练得** (a) 与没有一样糟，(b) 几乎与批量归一化一样好，(c) 比批量归一化更好：噪声有正则化作用

# %% role="answer" id="prediction_shift"
prediction_shift = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_shift = "b"
### END SOLUTION

# %% role="experiment"
def noisy_norm(seed):
    tr("""Batch norm, then noise whose mean and spread change at every step (the settings of Santurkar et al.).""",
       """批量归一化之后加噪声，噪声的均值和倍数每一步都变（Santurkar 等的设置）。""")
    rng = np.random.default_rng(10_000 + seed)

    def forward(X, gamma, beta, running, training):
        out, cache, running = bn_forward(X, gamma, beta, running, training)
        if not training:
            return 1.125 * out, None, running  #| the noise on average | 噪声的平均
        shift = rng.uniform(-0.5, 0.5, X.shape[1]) + rng.uniform(-0.1, 0.1, X.shape)
        spread = rng.uniform(1, 1.25, X.shape[1]) + 0.1 * rng.standard_normal(X.shape)
        return spread * out + shift, (cache, spread), running

    return forward, lambda grad, cache: bn_backward(grad * cache[1], cache[0])


# %% role="experiment" minutes=1 hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    NOISY = tr("noisy batch norm", "带噪声的批量归一化")
    NOTHING = (lambda X, gamma, beta, running, training: (X, None, None), lambda grad, cache: (grad, np.zeros(50), np.zeros(50)))
    arms = {WITHOUT: lambda seed: NOTHING, WITH: lambda seed: BN, NOISY: noisy_norm}

    def watched(norm, means):
        tr("""The same layers; notes the mean of unit 0 of layer 3, in units of its spread.""", """同样的层；记下第 3 层 0 号单元的均值，以其离散程度为单位。""")
        calls = []
        def forward(X, gamma, beta, running, training):
            out, cache, running = norm[0](X, gamma, beta, running, training)
            calls.append(0)
            if training and len(calls) % 5 == 3:
                means.append(out[:, 0].mean() / (out[:, 0].std() + 1e-8))
            return out, cache, running
        return forward, norm[1]

    ends, shifts, seeds = {}, {}, fewer_in_browser(range(100, 120), 6)
    for name, arm in arms.items():
        rates = (0.16, 0.32, 0.64, 1.28, 2.56)
        losses = [fit(he_normal, lr=lr, seed=1, norm=arm(1))[0] for lr in rates]
        best = rates[int(np.argmin(losses))]
        ends[name] = np.array([fit(he_normal, lr=best, seed=seed, norm=arm(seed))[:2] for seed in seeds])
        shifts[name] = []
        fit(he_normal, lr=best, seed=7, norm=watched(arm(7), shifts[name]))
        moves, (loss, right) = np.abs(np.diff(shifts[name])).mean(), ends[name].mean(axis=0)
        print(tr(f"{name}: best lr {best}, training loss {loss:.3f}, validation accuracy {right:.3f}; a unit's mean moves {moves:.2f} a step",
                 f"{name}：最好的 lr {best}，训练损失 {loss:.3f}，验证准确率 {right:.3f}；一个单元的均值每步移动 {moves:.2f}"))
    santurkar = ends
    for one, other in ((WITH, WITHOUT), (NOISY, WITHOUT), (NOISY, WITH)):
        mean, low, high = mean_interval(santurkar[one][:, 0] - santurkar[other][:, 0])
        better, least, most = mean_interval(santurkar[one][:, 1] - santurkar[other][:, 1])
        print(tr(f"{one} minus {other}: loss {mean:+.3f} [{low:+.3f}, {high:+.3f}], accuracy {better:+.3f} [{least:+.3f}, {most:+.3f}]",
                 f"{one}减去{other}：损失 {mean:+.3f} [{low:+.3f}, {high:+.3f}]，准确率 {better:+.3f} [{least:+.3f}, {most:+.3f}]"))
    fig, axes = draw.figure(columns=3, height=3.0, sharey=True)
    for ax, (name, shade) in zip(axes, {WITHOUT: "blue", WITH: "teal", NOISY: "red"}.items(), strict=True):
        ax.plot(shifts[name], color=draw.colour(shade), lw=1.2)
        ax.set_xlabel(tr("step", "步"))
        draw.title(ax, name, color=shade, below=tr("loss {:.3f}", "损失 {:.3f}").format(santurkar[name][:, 0].mean()))
    kept, gain = (np.mean(santurkar[WITHOUT][:, 0] - santurkar[name][:, 0]) for name in (NOISY, WITH))
    draw.headline(fig, tr(f"Inputs jump at every step, and {kept:.3f} of the {gain:.3f} gained in loss remains", f"输入每一步都在跳，损失仍低了 {kept:.3f}（不加噪声时低 {gain:.3f}）"),
                  tr("Mean of one unit of layer 3 over the batch, in units of its spread.", "第 3 层一个单元在一批上的均值，以其离散程度为单位。"))
    show(fig, alt=tr(
        "The batch mean of one unit over 100 steps for three networks. Without: wanders. Batch norm: a smooth line. Noisy batch norm: jumps between about -0.5 and 0.5 at every step.",
        "三个网络中某个单元的批量均值，100 步。没有：游走。批量归一化：平滑的线。带噪声的批量归一化：每一步都在约 -0.5 与 0.5 之间跳动。"))
    reveal("shift", prediction_shift, "b", tr(
        "Its inputs jump at every step, and its loss is close to that of batch norm, far below that of none.",
        "它的输入每一步都在跳，损失却接近批量归一化，远低于没有归一化的。"))

# %% [markdown] lang="en"
# **What it showed.** After the noise a unit's mean moves more in a step than without normalization. Still nearly all of the gain in loss remains, and in accuracy twenty seeds show no difference: stopping the shift is not *necessary*. What does help, then? Santurkar et al., who saw the same in a VGG on CIFAR-10, propose that loss and gradient change less abruptly along a step.
# %% [markdown] lang="zh"
# **结论。** 加了噪声，一个单元的均值每步移动得比不归一化时还多，损失上的好处却几乎都在，准确率上二十个种子看不出差别。可见*不必*消除偏移。那么真正起作用的是什么？Santurkar 等在 CIFAR-10 上的 VGG 里看到同样的结果，他们提出：有了它，沿着一步走下去，损失和梯度变化得更平缓。

# %% [markdown] lang="en"
# ### Who else is in the batch?
#
# **A claim: "Compute mean and variance of the mini-batch, normalize, scale and shift."** (lecture notes and blogs end here) And in evaluation? One trained network reads 300 images with running statistics, with those of the batch at hand, and in batches of 30 sorted by class. *What is left in the last case?*
# %% [markdown] lang="zh"
# ### 同一批里还有谁？
#
# **笔记勘误。“对于一个mini-batch的数据，计算其均值 `μ_batch` 和方差 `σ²_batch`。”**（第一份笔记 6.3 节）笔记讲到缩放和平移为止，没有讲评估时怎么办。让一个训练好的网络认 300 张图像：用滑动统计量；用同一批自己的统计量；再按类别排好序，每批 30 张。*最后一种还剩多少准确率？*

# %% role="experiment" hidden=true
def val_accuracy(params, running, batch=None, order=slice(None)):
    tr("""Validation accuracy with running statistics, or with those of each batch of `batch` images.""", """验证准确率：用滑动统计量，或用每批 `batch` 张图像自己的统计量。""")
    X, y = X_val[order], y_val[order]
    def norm(X, gamma, beta, running, training):
        return bn_forward(X, gamma, beta, running, batch is not None)
    step = batch or len(X)
    return np.mean([accuracy(mlp_scores(params, X[i:i + step], activation=RELU, normalization=(norm, None), running=running), y[i:i + step])
                    for i in range(0, len(X), step)])


with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    _, _, params, running = fit(he_normal, lr=0.64, seed=3, norm=BN)
    right, own = val_accuracy(params, running), ", ".join(f"{val_accuracy(params, running, batch):.2f}" for batch in (100, 10, 4, 2))
    by_class = val_accuracy(params, running, 30, np.argsort(y_val, kind="stable"))
    print(tr(f"running statistics: {right:.2f}; of batches of 100, 10, 4, 2: {own}; batches of 30 sorted by class: {by_class:.2f}",
             f"滑动统计量：{right:.2f}；每批 100、10、4、2 张自己的：{own}；按类别排序、每批 30 张：{by_class:.2f}"))

# %% [markdown] lang="en"
# With the statistics of the batch an answer depends on the images beside it, and a batch of one class has its class subtracted. On large mixed batches the mistake stays hidden.
#
# ### Turn the axis: layer normalization
#
# Can a layer normalize without tying the examples of a batch together? Transformers normalize every example by *its own* features instead: no batch, no running statistics, the same in evaluation.
#
# ### Exercise 7: `layernorm_forward` ({{points:layernorm_forward}} points, 5 minutes)
# %% [markdown] lang="zh"
# 用这一批自己的统计量，答案就取决于同一批里还有谁；如果全是同一类，这一类的特点会被减掉。批量大而且混合均匀时，这个错误不露痕迹。
#
# ### 换一个轴：层归一化
#
# 能不能归一化，又不让一批样本互相影响？Transformer 的做法是：每个样本用*自己*的各个特征来归一化，叫作**层归一化**（layer normalization, LN）。没有批量，没有滑动统计量，评估时也一样。
#
# ### 练习 7：`layernorm_forward`（{{points:layernorm_forward}} 分，5 分钟）

# %% [markdown] role="docstring" of="layernorm_forward" lang="zh" twin="c759ca72"
# 层归一化：batchnorm_forward 训练时对每一列做的事，改为对每一行做。
#
# X：(..., D)，一行就是它的最后一个轴。gamma、beta：(D,)，仍是每个特征一个。都不得改动。特征可以离 0 很远。
# 返回 (out, cache)：与 X 同形的数组；layernorm_backward 需要的东西（一个 dict，含 x_hat、gamma 和
# inv_std = 1 / sqrt(var + eps)，形状为 (..., 1)）。dtype 都与 X 相同。
# NaN 原样传递：X 中含有 NaN 的行成为 NaN。若不满足 eps > 0，抛出 ValueError。
#
# >>> X, gamma, beta = np.array([[1.0, 5.0], [30.0, 10.0]]), np.array([3.0, 3.0]), np.array([10.0, 20.0])
# >>> out, cache = layernorm_forward(X, gamma, beta)
# >>> out.round(3).tolist()
# [[7.0, 23.0], [13.0, 17.0]]
#
# Ba、Kiros 与 Hinton（2016）；eps 和 1/D 与 PyTorch 相同。

# %% role="answer" id="layernorm_forward"
from reference.layer_norm import layernorm_forward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which axis holds the features of one example, also if X is (N, T, D)?
# </details>
# <details><summary>Hint 2</summary>
#
# `axis=-1`, and `keepdims=True` so that the statistics line up with the rows again.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: the rows have means 3 and 20, standard deviations 2 and 10. If you get `[[7, 17], [13, 23]]`, you normalized columns.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 哪个轴是一个样本的各个特征？X 是 (N, T, D) 时呢？
# </details>
# <details><summary>提示 2</summary>
#
# `axis=-1`，加上 `keepdims=True`，统计量才能重新与各行对齐。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：两行的均值是 3 和 20，标准差是 2 和 10。若得到 `[[7, 17], [13, 23]]`，是对列做了归一化。
# </details>

# %% role="tests" id="test_layernorm_forward" points=10
check("layernorm_forward", layernorm_forward)

# %% [markdown] lang="en"
# ### Experiment 7: small batches
#
# When is that better? Batches of 2, 4 and 16, 200 steps, each side at its best of three learning rates, three fresh seeds. Layer norm's backward pass is exercise 6 along the other axis. *What will batch norm learn from batches of two?*
# %% [markdown] lang="zh"
# ### 实验 7：什么时候该换用层归一化？
#
# 批量取 2、4、16，各 200 步，各用三个学习率中最好的，三个新种子。层归一化的反向传播，就是练习 6 的行列对调。*批量为 2 时，批量归一化能学到什么？*

# %% role="experiment"
def ln_forward(X, gamma, beta, running, training):
    out, cache = layernorm_forward(X, gamma, beta)
    return out, cache, None


def ln_backward(grad, cache):
    x_hat, inv_std = cache["x_hat"].T, cache["inv_std"].ravel()
    on_its_side = {"x_hat": x_hat, "centred": x_hat / inv_std, "inv_std": inv_std, "gamma": np.ones_like(inv_std)}
    grad_X = batchnorm_backward_steps((grad * cache["gamma"]).T, on_its_side)["X"].T
    return grad_X, (grad * cache["x_hat"]).sum(axis=0), grad.sum(axis=0)


# %% role="experiment" minutes=1 hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps", "layernorm_forward"):
    LAYER, SMALL = tr("layer norm", "层归一化"), (2, 4, 16)
    accuracies = {}
    for name, norm in (SIDES | {LAYER: (ln_forward, ln_backward)}).items():
        for batch in SMALL:
            rates = (0.04, 0.16, 0.64)
            losses = [fit(he_normal, lr=lr, norm=norm, batch_size=batch, num_steps=200)[0] for lr in rates]
            best = rates[int(np.argmin(losses))]
            accuracies[name, batch] = [fit(he_normal, lr=best, seed=seed, norm=norm, batch_size=batch, num_steps=200)[1] for seed in (100, 101, 102)]
        listed = ", ".join(f"{np.median(accuracies[name, batch]):.2f}" for batch in SMALL)
        print(tr(f"{name}: validation accuracy with batches of 2, 4, 16: {listed}", f"{name}：批量为 2、4、16 时，验证准确率 {listed}"))
    small = accuracies
    lines = {name: np.transpose([small[name, batch] for batch in SMALL]) for name in (WITHOUT, WITH, LAYER)}
    ax = curves(lines, x=SMALL, xlabel=tr("batch size", "批量大小"), ylabel=tr("validation accuracy", "验证准确率"), logx=True,
                legend=False, color={WITHOUT: "blue", WITH: "teal", LAYER: "gold"})
    draw.words(ax, 2.6, 0.95, tr("layer norm; no normalization", "层归一化；不归一化"), color="soft", ha="left")
    draw.words(ax, 2.9, 0.38, WITH, color="teal", ha="left")
    ax.set(ylim=(0, 1), xlim=(2, 16))
    ax.set_xticks(SMALL, [str(batch) for batch in SMALL])
    ax.minorticks_off()
    draw.headline(ax, tr("Batches of two teach batch norm next to nothing", "批量为 2，批量归一化几乎什么也学不到"),
                  tr("200 steps; three fresh seeds, each side at its best of three rates.", "200 步；三个新种子，各用三个学习率中最好的。"))
    listed = {name: ", ".join(f"{np.median(small[name, batch]):.2f}" for batch in SMALL) for name in (WITHOUT, WITH, LAYER)}
    words = tr("; ", "；").join(f"{name} {values}" for name, values in listed.items())
    show(ax, alt=tr(f"Validation accuracy for batches of 2, 4, 16: {words}.", f"批量为 2、4、16 时的验证准确率：{words}。"))

# %% [markdown] lang="en"
# **What it showed.** Next to nothing: with two examples every $\hat x$ is ±1 and no gradient passes the last normalization. Layer norm does about as well as no normalization, whatever the batch. Convolutional networks with small batches use group normalization (Wu and He 2018).
#
# ### Claims you will meet
#
# **"Batch norm almost always helps"** and **"dropout and L2 are standard equipment".** (lecture notes, checklists) Three networks with and without batch norm; then dropout of 0.2 and L2 of 0.001 on 300 training images. Every arm at its own best learning rate. *Which differences will be clear?*
# %% [markdown] lang="zh"
# **结论。** 几乎什么也学不到：只有两个样本，每个 $\hat x$ 都是 ±1，没有梯度能穿过最后一个归一化。层归一化则不论批量大小，都与不归一化差不多。卷积网络批量小时，可以改用组归一化（group normalization，Wu 与 He，2018）。
#
# ### 笔记勘误
#
# **批量归一化“几乎总能带来提升”**，**Dropout 和 L2 正则化“是标配”**（第一份笔记“总结”一节）。三种网络，各比有无批量归一化；再在 300 张训练图像上，各比有无丢弃法（丢弃概率 0.2）和 L2（强度 0.001）。双方各用自己最好的学习率。*哪些差别会很明确？*

# %% role="experiment" minutes=1 hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    def make_dropout(seed, p=0.2):
        rng = np.random.default_rng(1000 + seed)
        def forward(X):
            mask = (rng.random(X.shape) >= p) / (1 - p)
            return X * mask, mask
        return {"dropout": (forward, lambda grad, mask: grad * mask)}

    seeds = fewer_in_browser(range(100, 106), 3)

    def at_its_best(norm, setting, rates, **more):
        tr("""Accuracies on fresh seeds, at the rate that is best on another.""", """新种子上的准确率，学习率用另一个种子选出。""")
        tried = [np.mean([fit(he_normal, lr=lr, seed=seed, norm=norm, **setting(seed), **more)[1] for seed in (0,)]) for lr in rates]
        lr = rates[int(np.argmax(tried))]
        return np.array([fit(he_normal, lr=lr, seed=seed, norm=norm, **setting(seed), **more)[1] for seed in seeds])

    claims, plain = {}, lambda seed: {}
    for name, rates, more in (
        (tr("batch norm: one hidden layer", "批量归一化：一个隐藏层"), (0.32, 0.64, 1.28, 2.56), {"hidden": 1}),
        (tr("batch norm: five, batches of 4", "批量归一化：五个隐藏层，批量 4"), (0.04, 0.08, 0.16, 0.32), {"batch_size": 4}),
    ):
        claims[name] = at_its_best(BN, plain, rates, **more) - at_its_best(None, plain, rates, **more)
    few = {"images": 300, "batch_size": 32, "num_steps": 200}
    networks = {tr("no batch norm", "无批量归一化"): (None, (0.08, 0.16, 0.32)), WITH: (BN, (0.32, 0.64, 1.28))}
    base = {name: at_its_best(norm, plain, rates, **few) for name, (norm, rates) in networks.items()}
    bare, normalized = base.values()
    claims[tr("batch norm: five, 300 images", "批量归一化：五个隐藏层，300 张")] = normalized - bare
    for extra, setting in {tr("dropout", "丢弃法"): make_dropout, "L2": lambda seed: {"strength": 0.001}}.items():
        for name, (norm, rates) in networks.items():
            claims[tr(f"{extra}: {name}", f"{extra}：{name}")] = at_its_best(norm, setting, rates, **few) - base[name]
    for name, values in claims.items():
        mean, low, high = mean_interval(values)
        print(f"{name}: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    ax = paired(claims, xlabel=tr("change of the validation accuracy", "验证准确率的变化"), color=dict.fromkeys(claims, "ink"))
    draw.headline(ax, tr("Batch norm: two clear gains, one clear loss. Dropout, L2: no gain to be seen", "批量归一化：两次明确提升，一次明确变差；丢弃法、L2：看不出好处"),
                  tr("Six fresh seeds, paired; bar: mean and 95 % interval.", "六个新种子，成对；横线：均值与 95% 区间。"))
    words = tr("; ", "；").join(tr("{}: {:+.3f} [{:+.3f}, {:+.3f}]", "{}，{:+.3f} [{:+.3f}, {:+.3f}]").format(name, *mean_interval(values)) for name, values in claims.items())
    show(ax, alt=tr(f"Paired differences of the validation accuracy with intervals. {words}.", f"验证准确率的成对差与区间。{words}。"))

# %% [markdown] lang="en"
# Batch norm helps twice, and clearly hurts with batches of 4. Dropout and L2 show no gain here; with wrong labels both helped (05). Nothing is standard equipment: first find the problem, then choose the method.
#
# ### Clinic
#
# Two patients with batch norm. Red: evaluation with running statistics. Blue: with those of batches of 100.
# %% [markdown] lang="zh"
# 只有一层时、只有 300 张图像时，批量归一化都有明确的提升；批量为 4 时则明确有害。丢弃法和 L2 在这里看不出好处；标签有错时，两者都有用（05）。所以没有什么是标配：先看出问题，再选方法。
#
# ### 诊室
#
# 两位病人，都用了批量归一化。红：用滑动统计量评估；蓝：用每批 100 张自己的统计量。

# %% role="experiment" hidden=true
with experiment("he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    def both_modes(momentum=0.1, lr=0.64, batch_size=64, num_steps=100):
        tr("""Train as `fit` does; every five steps, the accuracy in both modes.""", """与 `fit` 相同的训练；每五步记录两种模式下的准确率。""")
        def forward(X, gamma, beta, running, training):
            running = (np.zeros(50), np.ones(50)) if running is None else running
            return batchnorm_forward(X, gamma, beta, running, training, momentum=momentum)
        rng, running = np.random.default_rng(3), {}
        params = mlp_init(rng, (64,) + (50,) * 5 + (10,), init=he_normal, normalized=True)
        def loss_and_grads(params, X, y):
            return mlp_loss_and_grads(params, X, y, loss=cross_entropy, affine_backward=affine_backward, activation=RELU,
                                      normalization=(forward, bn_backward), running=running)
        def look_at(params):
            return {"evaluation": val_accuracy(params, running), "own": val_accuracy(params, running, 100)}
        return train(params, batches_of(batch_size, X_train, y_train), loss_and_grads, sgd_step, lr=lambda t: lr * (1 - t / num_steps),
                     rng=rng, num_steps=num_steps, evaluate=look_at, evaluate_every=5)[1]

    fig, axes = draw.figure(columns=2, height=2.9, sharey=True)
    for ax, name, options in zip(axes, "DE", ({"momentum": 0.002}, {"momentum": 0.99, "batch_size": 8, "lr": 0.32}), strict=True):
        history = both_modes(**options)
        ax.plot(history["step"], history["evaluation"], color=draw.colour("red"))
        ax.plot(history["step"], history["own"], color=draw.colour("blue"), ls=(0, (5, 2)))
        ax.set(ylim=(0, 1.02), xlabel=tr("step", "步"))
        draw.title(ax, name, below=tr("validation accuracy", "验证准确率") if name == "D" else " ")
    show(fig, alt=tr(
        "Validation accuracy over 100 steps; red solid: running statistics, blue dashed: those of batches of 100. D: blue rises above 0.9, red stays far "
        "below for most of the run. E: blue becomes steady, red goes on jumping to the end.",
        "100 步中的验证准确率；红色实线：滑动统计量，蓝色虚线：每批 100 张自己的。D：蓝线升到 0.9 以上，红线大部分时间远低于它。"
        "E：蓝线趋于平稳，红线直到最后还在跳。"))

# %% [markdown] lang="en"
# **D.** "Training looks perfect, evaluation is a disaster."
# <details><summary>overfitting</summary>Both lines are accuracies on the <i>same</i> images.</details>
# <details><summary>the running statistics lag behind</summary><b>Yes.</b> With <code>momentum</code> 0.002, after 100 steps 82 % of the average is still its first value, (0, 1).</details>
#
# **E.** "I copied momentum 0.99 from a Keras program." Batches of 8.
# <details><summary>the learning rate is too large</summary>Then blue would go on jumping, too.</details>
# <details><summary>the running statistics are those of the last batch</summary><b>Yes.</b> Here 0.99 is the weight of the <i>new</i> batch. 0.01 was meant.</details>
#
# ### Quiz
#
# **3.** You double the weights in front of batch norm. How does the next step change, relative to them?
# <details><summary>it is halved</summary>The gradient is. But the weights have doubled.</details>
# <details><summary>it falls to a quarter</summary><b>Right:</b> lr/|W|². Weight decay <i>raises</i> the effective learning rate here.</details>
#
# **4.** In evaluation a batch norm layer is
# <details><summary>switched off</summary>Then the next layers would meet a scale they have never seen.</details>
# <details><summary>a fixed scaling and shift of each feature</summary><b>Right.</b> So it can be merged into the layer before it (Further 5).</details>
# %% [markdown] lang="zh"
# **D.** “训练看上去完美，评估一塌糊涂。”
# <details><summary>过拟合</summary>两条线是<i>同一批</i>图像上的准确率。</details>
# <details><summary>滑动统计量跟不上</summary><b>正确。</b><code>momentum</code> 为 0.002，100 步之后，平均值里还有 82% 是最初的 (0, 1)。</details>
#
# **E.** “momentum 0.99 是我从一个 Keras 程序里抄来的。”批量为 8。
# <details><summary>学习率太大</summary>那样蓝线也会一直跳。</details>
# <details><summary>滑动统计量就是最后一批的统计量</summary><b>正确。</b>这里的 0.99 是<i>新</i>的一批的权重，本来该写 0.01。</details>
#
# ### 小测
#
# **3.** 在批量归一化前面把权重加倍。下一步相对于权重怎样变化？
# <details><summary>减半</summary>减半的是梯度，可是权重加倍了。</details>
# <details><summary>降到四分之一</summary><b>正确：</b>lr/|W|²。权重衰减在这里反而<i>提高</i>有效学习率。</details>
#
# **4.** 评估时，批量归一化层
# <details><summary>关掉了</summary>那样后面的层会遇到从未见过的尺度。</details>
# <details><summary>是对每个特征的固定缩放和平移</summary><b>正确。</b>所以可以并入前一层（拓展 5）。</details>

# %% role="tests" id="test_predictions_b" of="prediction_forgiving prediction_shift" points=4
made = [guess for guess in (prediction_forgiving, prediction_shift) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# - Batch norm standardizes each feature within the batch, and gradients pass through the statistics. In evaluation it is a fixed scaling and shift.
# - Shifting or stretching what comes in changes nothing, so the gradient has no component along either. Weights only grow longer, and lr/|W|² falls where it was far too large.
# - Batches of two teach nothing. Layer norm needs no batch.
#
# **What does it do, then?** It makes the loss blind to the scale of the weights, at the start and at every step. So it forgives wrong starts and allows larger learning rates, even while the internal covariate shift goes on.
# %% [markdown] lang="zh"
# ### 小结
#
# - 批量归一化在一批之内把每个特征标准化，梯度穿过统计量；评估时它是固定的缩放和平移。
# - 输入一起平移、一起拉伸，都不影响输出，所以梯度在这两个方向上没有分量。权重的长度只增不减，lr/|W|² 若大得离谱就会降下来。
# - 批量为 2 时什么也学不到。层归一化不需要批量。
#
# **那么，它究竟做了什么？** 它让损失看不见权重的尺度，起步时如此，每一步都如此。所以起点错了它能容忍，学习率大了它也受得住，哪怕内部协变量偏移还在。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# <details><summary><b>Convention card:</b> who calls what Xavier and He?</summary>
#
# | where | Xavier | He | a dense layer starts with |
# |---|---|---|---|
# | **here**, W is (fan_in, fan_out) | `gain=1`, uniform | `gain=2**0.5`, `mode="fan_in"`, normal | as you choose |
# | PyTorch, W is (fan_out, fan_in) | `xavier_uniform_(gain=1)` | `kaiming_normal_(a=0)`, $a$ the slope, so the gain is $\sqrt2$ | $U[-1/\sqrt{n_\text{in}},1/\sqrt{n_\text{in}}]$, biases too |
# | Keras, W is (fan_in, fan_out) | `GlorotUniform` | `HeNormal`: tails cut off, scale corrected | Glorot uniform, biases 0 |
# | Flax | `glorot_uniform` | `he_normal`: tails cut off | LeCun normal, variance $1/n_\text{in}$, biases 0 |
#
# Port a layer between libraries and you transpose $W$: fan-in becomes the *other* axis.
# </details>
#
# <details><summary><b>Convention card:</b> batch normalization</summary>
#
# | where | `momentum` | `eps` | variance that normalizes / is kept |
# |---|---|---|---|
# | **here**, PyTorch `BatchNorm1d` | 0.1: weight of the **new** batch | 1e-5 | $1/N$ / $1/(N-1)$ |
# | Keras `BatchNormalization` | 0.99: weight of the **old** average | 1e-3 | $1/N$ / $1/N$ |
# | Flax `BatchNorm` | 0.99: weight of the old average | 1e-5 | $1/N$ / $1/N$ |
# | CS231n's and other assignments | 0.9: weight of the old average | 1e-5 | $1/N$ / $1/N$ |
#
# **Images.** A channel of a convolutional layer is one detector, applied everywhere. So mean and variance are per channel, over examples *and* places: (N, C, H, W) becomes (N·H·W, C), and your function does the rest.
#
# Copy Keras' 0.99 into PyTorch and the running statistics are those of the last batch. This momentum has nothing to do with chapter 03.
# </details>
#
# <details><summary><b>Ask yourself:</b> a photo and its copy</summary>
#
# An app classifies one photo at a time with a batch-norm network, by mistake in training mode. It stops with "at least 2 in training". A colleague passes the photo *together with a copy of itself*, and the error is gone. What does the app answer now, for which photos, and why? How would you find the mistake from outside, and what is the right repair?
#
# *A model answer.* Two equal rows have variance 0, so x_hat is 0 and the layer puts out beta, whatever the photo shows: the same scores for every photo. From outside, two quite different photos with equal scores give it away. The right repair is evaluation mode, with running statistics collected in training; if those are useless (clinic D and E), measure them again on training data.
# </details>
#
# ### Further 1: from eight lines to three
#
# The formula of sitting B is exercise 6 in three lines. It comes out of your eight, too: put $H_i=\gamma G_i$, use $c_is=\hat x_i$, and write $\overline H$ for means over the batch.
#
# <details><summary>the eight gradients</summary>
#
# inv_std: $\sum_i H_ic_i=\frac Ns\,\overline{H\hat x}$. var: $-\frac N2s^2\,\overline{H\hat x}$. centred: $s\,(H_i-\hat x_i\,\overline{H\hat x})$. mean: $-sN\,\overline H$, since $\sum_i\hat x_i=0$. X: $s\,(H_i-\overline H-\hat x_i\,\overline{H\hat x})$.
# </details>
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# <details><summary><b>约定卡：</b>各家的 Xavier 与 He</summary>
#
# | 出处 | Xavier | He | 全连接层默认的起点 |
# |---|---|---|---|
# | **本课程**，W 为 (fan_in, fan_out) | `gain=1`，均匀 | `gain=2**0.5`，`mode="fan_in"`，正态 | 由你指定 |
# | PyTorch，W 为 (fan_out, fan_in) | `xavier_uniform_(gain=1)` | `kaiming_normal_(a=0)`，$a$ 是斜率，所以增益为 $\sqrt2$ | $U[-1/\sqrt{n_\text{in}},1/\sqrt{n_\text{in}}]$，偏置也一样 |
# | Keras，W 为 (fan_in, fan_out) | `GlorotUniform` | `HeNormal`：截尾，尺度已修正 | Glorot 均匀，偏置为 0 |
# | Flax | `glorot_uniform` | `he_normal`：截尾 | LeCun 正态，方差 $1/n_\text{in}$，偏置为 0 |
#
# 把一层从一个库搬到另一个库，$W$ 要转置，扇入就成了*另一个*轴。
# </details>
#
# <details><summary><b>约定卡：</b>批量归一化</summary>
#
# | 出处 | `momentum` | `eps` | 归一化用的方差／保存的方差 |
# |---|---|---|---|
# | **本课程**、PyTorch `BatchNorm1d` | 0.1：**新**的一批的权重 | 1e-5 | $1/N$／$1/(N-1)$ |
# | Keras `BatchNormalization` | 0.99：**旧**平均的权重 | 1e-3 | $1/N$／$1/N$ |
# | Flax `BatchNorm` | 0.99：旧平均的权重 | 1e-5 | $1/N$／$1/N$ |
# | CS231n 等课程的作业 | 0.9：旧平均的权重 | 1e-5 | $1/N$／$1/N$ |
#
# **图像。** 卷积层的一个通道是同一个检测器，用在每个位置上。所以均值和方差按通道算，对所有样本*和*所有位置：(N, C, H, W) 变成 (N·H·W, C)，剩下的交给你的函数。
#
# 把 Keras 的 0.99 照抄到 PyTorch，滑动统计量就成了最后一批的统计量。这个 momentum 与 03 章的动量无关。
# </details>
#
# <details><summary><b>问自己一题：</b>照片和它的拷贝</summary>
#
# 一个应用用带批量归一化的网络给照片分类，每次一张，却误用了训练模式。程序停下来报错：“训练时至少为 2”。同事把照片*和它自己的一份拷贝*一起传进去，错误消失了。应用现在对哪些照片给出什么答案，为什么？怎样从外部发现，正确的修法是什么？
#
# *参考答案。* 两行相同，方差为 0，x_hat 为 0，该层的输出就是 beta，与照片内容无关：所有照片得分相同。从外部看，两张截然不同的照片得分完全一样，就露馅了。正确的修法是改用评估模式，用训练时收集的滑动统计量；如果它们不可用（诊室 D 和 E），就在训练数据上重新测一遍。
# </details>
#
# ### 拓展 1：从八行到三行
#
# 有了 B 节的公式，练习 6 只要三行。从你的八行也能推出它：令 $H_i=\gamma G_i$，利用 $c_is=\hat x_i$，用 $\overline H$ 表示对批量的平均。
#
# <details><summary>八个梯度</summary>
#
# inv_std：$\sum_i H_ic_i=\frac Ns\,\overline{H\hat x}$。var：$-\frac N2s^2\,\overline{H\hat x}$。centred：$s\,(H_i-\hat x_i\,\overline{H\hat x})$。mean：$-sN\,\overline H$，因为 $\sum_i\hat x_i=0$。X：$s\,(H_i-\overline H-\hat x_i\,\overline{H\hat x})$。
# </details>


# %% [markdown] role="docstring" of="batchnorm_backward" lang="zh" twin="e83c52d2"
# 批量归一化在训练时的梯度：与 batchnorm_backward_steps 求出的相同，只用三行。
#
# grad_out：数组，形状 (N, D)。cache：来自训练时的 batchnorm_forward。都不得改动。
# 返回 (grad_X, grad_gamma, grad_beta)，形状 (N, D)、(D,)、(D,)，dtype 与 grad_out 相同。
# NaN 原样传递。

# %% role="answer" id="batchnorm_backward"
from reference.batch_norm import batchnorm_backward

# %% role="practice" id="try_batchnorm_backward"
check("batchnorm_backward", batchnorm_backward)

# %% [markdown] lang="en"
# ### Further 2: min-max, and one outlier
#
# The other common scaling maps each feature to [0, 1]. *What does one wrong reading do to all the others?*
# %% [markdown] lang="zh"
# ### 拓展 2：最小最大值归一化（min-max），与一个异常值
#
# 另一种常见的缩放把每个特征映到 [0, 1]。*只要一个读数出错，其余的会怎样？*


# %% [markdown] role="docstring" of="min_max_fit" lang="zh" twin="8cf54c78"
# 测量每个特征的最小值和范围：缩放之后，训练样本恰好占满 [0, 1]。
#
# 返回 (shift, scale)，形状都是 (D,)：shift_j 是最小值，scale_j 是最大值减最小值，常数特征取 1。
# dtype 与 X 相同；即使 X 是整数，也返回浮点数：在 uint8 里，3 - 5 会得 254。
# X：(N, D)，不得改动。含有 NaN 的特征，缩放之后成为 NaN。
#
# >>> min_max_fit(np.array([[2, 7], [5, 7]], dtype=np.uint8))
# (array([2., 7.]), array([3., 1.]))

# %% role="answer" id="min_max_fit"
from reference.preprocessing import min_max_fit

# %% role="practice" id="try_min_max_fit"
check("min_max_fit", min_max_fit)

# %% role="experiment" nbval="check"
with experiment("min_max_fit", "standardize_fit"):
    readings = np.random.default_rng(0).normal(20, 2, (200, 1))
    spoilt = np.concatenate([readings, [[2000.0]]])  #| one missing decimal point | 漏了一个小数点
    for name, measure in {"min-max": min_max_fit, tr("standardized", "标准化"): standardize_fit}.items():
        clean, dirty = (rescale(readings, *measure(X)).std() for X in (readings, spoilt))
        print(tr(f"{name}: spread of the good readings {clean:.3f}, with one outlier in the fit {dirty:.4f}",
                 f"{name}：正常读数的离散程度 {clean:.3f}，拟合时混入一个异常值则为 {dirty:.4f}"))

# %% [markdown] lang="en"
# They are squeezed into a corner. Standardizing suffers too: mean and deviation are not robust either. If outliers stay, use median and quartiles.
#
# ### Further 3: principal components and whitening
#
# The weather station of sitting A had correlated features, and standardizing could not help. It sets only the diagonal of the covariance to 1; **whitening** makes all of it the identity, and contours circles. Three functions do it: `pca_fit` finds the orthogonal directions of largest variance, the **principal components** (PCA); `pca_whiten` turns the data to them and divides each by its standard deviation; `zca_matrix` also turns back, so that a whitened digit still looks like a digit.
# %% [markdown] lang="zh"
# 其余的全挤到一个角落里。标准化也受害：均值和标准差同样不稳健。异常值若必须留着，就用中位数和四分位数。
#
# ### 拓展 3：主成分与白化
#
# A 节那个气象站，特征彼此相关，标准化帮不上忙：它只把协方差矩阵的对角线变成 1。白化（whitening）使它整个成为单位阵，等高线成为圆。三个函数分工完成：`pca_fit` 找出方差最大的若干正交方向，即**主成分**（PCA）；`pca_whiten` 把数据转到这些方向，再各除以标准差；`zca_matrix` 最后还转回来，白化后的数字看上去仍是数字。


# %% [markdown] role="docstring" of="pca_fit" lang="zh" twin="732027ed"
# 主成分：样本变化最大的若干正交方向。
#
#     协方差 C = (X - mean)^T (X - mean) / N       C u_k = variance_k u_k，variances 从大到小
#
# X：数组，形状 (N, D)，N 和 D 至少为 2，不得改动。num_components：保留几个（K）；若为 None 则全部保留，
# 即 min(N, D) 个。
# 返回 (mean, components, variances)：(D,)；(D, K)，每列一个方向 u_k；(K,)。
# 方向的正负号是任意的，取哪个都对；这里使其中绝对值最大的元素为正。
# 若不满足 1 <= num_components <= min(N, D)，抛出 ValueError。
#
# >>> mean, components, variances = pca_fit(np.array([[0.0, 1.0], [3.0, 5.0]]), num_components=1)
# >>> mean.tolist(), components.round(9).tolist(), variances.round(9).tolist()
# ([1.5, 3.0], [[0.6], [0.8]], [6.25])
#
# scikit-learn 的 PCA 除以 N - 1，方向放在各行。

# %% role="answer" id="pca_fit"
from reference.preprocessing import pca_fit

# %% role="practice" id="try_pca_fit"
check("pca_fit", pca_fit)


# %% [markdown] role="docstring" of="pca_whiten" lang="zh" twin="2c2beffe"
# 沿 components 的坐标，各除以自己的标准差：它们的协方差是 I。
#
#     (X - mean) @ components / sqrt(variances + eps)
#
# X：(N, D)。mean、components、variances：来自 pca_fit，且 variances + eps > 0。都不得改动。
# eps：一个数，以免几乎没有方差的方向变成纯噪声。
# 返回 (N, K)。dtype 不变。X 中含有 NaN 的行成为 NaN。若不满足 eps >= 0，抛出 ValueError。
#
# >>> pca_whiten(np.array([[7.0, 3.0]]), np.array([1.0, 1.0]), np.eye(2), np.array([9.0, 0.25]))
# array([[2., 4.]])

# %% role="answer" id="pca_whiten"
from reference.preprocessing import pca_whiten

# %% role="practice" id="try_pca_whiten"
check("pca_whiten", pca_whiten)


# %% [markdown] role="docstring" of="zca_matrix" lang="zh" twin="75f77053"
# 白化矩阵：转到主成分方向，缩放，再转回来。
#
#     M = U diag(1 / sqrt(variances + eps)) U^T              U：components，(D, D)
#
# components、variances：来自 pca_fit，且 variances + eps > 0。都不得改动。返回 M：(D, D)，对称。
# dtype 不变。若不满足 eps >= 0，抛出 ValueError。
#
# >>> zca_matrix(np.eye(2), np.array([4.0, 0.25]))
# array([[0.5, 0. ],
#        [0. , 2. ]])
#
# 零相位成分分析（Bell 与 Sejnowski，1997）：(X - mean) @ M 的协方差是 I；在所有白化结果中，它离 X 最近，
# 所以数字看上去还是数字。

# %% role="answer" id="zca_matrix"
from reference.preprocessing import zca_matrix

# %% role="practice" id="try_zca_matrix"
check("zca_matrix", zca_matrix)

# %% role="experiment" nbval="check" hidden=true
with experiment("pca_fit", "zca_matrix", "standardize_fit"):
    mean, components, variances = pca_fit(digits.X_train)
    many = 1 + int(np.argmax(np.cumsum(variances) > 0.9 * variances.sum()))
    print(tr(f"components for 90 % of the variance of 64 pixels: {many}", f"64 个像素，覆盖 90% 方差所需的主成分：{many} 个"))
    versions = {tr("centred", "零中心化"): digits.X_train - mean,
                tr("standardized", "标准化"): rescale(digits.X_train, *standardize_fit(digits.X_train)),
                "ZCA": (digits.X_train - mean) @ zca_matrix(components, variances, eps=0.01)}
    for name, X in versions.items():
        curvatures = np.linalg.eigvalsh(X.T @ X / len(X))
        curvatures = curvatures[curvatures > 1e-9 * curvatures[-1]]
        ratio = curvatures[-1] / np.median(curvatures)
        print(tr(f"{name}: largest curvature / median curvature {ratio:.0f}", f"{name}：最大曲率 / 曲率中位数 {ratio:.0f}"))
    fig, axes = draw.figure(4, 3, height=5.2)
    for row, (name, X) in zip(axes, versions.items(), strict=True):
        for ax, image in zip(row, as_images(X[:4]), strict=True):
            ax.imshow(image, cmap="gray_r", vmin=np.percentile(X, 1), vmax=np.percentile(X, 99))
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        draw.title(row[0], name)
    show(fig, alt=tr(
        "Four digits centred, standardized and ZCA whitened. Standardized, rarely used pixels stand out where a stroke meets them; whitened, each pixel "
        "stands out against its neighbours, and strokes can still be made out.",
        "四个数字：零中心化、标准化、ZCA 白化。标准化后，很少用到的像素一旦有笔画就特别显眼；白化后，相邻像素之间的差别被拉大，笔画仍能辨认。"))

# %% [markdown] lang="en"
# On the digits, too: the largest curvature was 34 times the median one, standardized 16, whitened 1. Why doesn't everybody whiten? It needs the eigenvectors of a D × D matrix, and a direction with hardly any variance is blown up to pure noise; `eps` keeps that in check.
#
# ### Further 4: layer normalization, backwards
#
# Exercise 6 along the other axis, in closed form, for any number of axes.
# %% [markdown] lang="zh"
# 在 digits 上也一样：最大曲率原是中位数的 34 倍，标准化后 16 倍，白化后 1 倍。为什么不干脆都白化？它要求 D × D 矩阵的特征向量，而且几乎没有方差的方向会被放大成纯噪声，要靠 `eps` 压住。
#
# ### 拓展 4：层归一化的反向传播
#
# 练习 6 换一个轴，写成封闭形式，轴数不限。


# %% [markdown] role="docstring" of="layernorm_backward" lang="zh" twin="548ea2c9"
# 层归一化的梯度。
#
#     dloss/dX = inv_std * (H - mean of H - x_hat * mean of (H * x_hat))，H = G * gamma，平均对一行求
#     dloss/dgamma、dloss/dbeta：G * x_hat 与 G 对所有行的和
#
# grad_out（G）：(..., D)。cache：来自 layernorm_forward。都不得改动。
# 返回 (grad_X, grad_gamma, grad_beta)，形状 (..., D)、(D,)、(D,)，dtype 与 grad_out 相同。
# NaN 原样传递。

# %% role="answer" id="layernorm_backward"
from reference.layer_norm import layernorm_backward

# %% role="practice" id="try_layernorm_backward"
check("layernorm_backward", layernorm_backward)

# %% [markdown] lang="en"
# ### Further 5: folding
#
# In evaluation batch norm is a fixed scaling and shift, so it can be merged into the affine layer before it: the layer disappears, the outputs stay. This is commonly done before a model is shipped to a phone.
# %% [markdown] lang="zh"
# ### 拓展 5：折叠
#
# 评估时，批量归一化是固定的缩放和平移，因此可以并入前面的仿射层，叫作折叠（folding）：这一层消失了，网络算出的东西不变。模型装进手机之前，通常都会这样做。


# %% [markdown] role="docstring" of="fold_batchnorm" lang="zh" twin="72a4a5b3"
# 一个仿射层，等价于评估时的“仿射层加批量归一化”。
#
#     s = gamma / sqrt(滑动方差 + eps)        W <- W * s        b <- (b - 滑动均值) * s + beta
#
# W：(fan_in, D)。b、gamma、beta：(D,)。running：(mean, var)，各 (D,)。都不得改动。
# 返回 (新的 W, 新的 b)，dtype 与 W 相同。若不满足 eps > 0，抛出 ValueError。
#
# >>> running = np.array([3.0]), np.array([9.0])
# >>> W, b = fold_batchnorm(np.array([[2.0]]), np.array([5.0]), np.array([6.0]), np.array([1.0]), running)
# >>> W.round(3).tolist(), b.round(3).tolist()
# ([[4.0]], [5.0])

# %% role="answer" id="fold_batchnorm"
from reference.batch_norm import fold_batchnorm

# %% role="practice" id="try_fold_batchnorm"
check("fold_batchnorm", fold_batchnorm)

# %% role="experiment" nbval="check"
with experiment("fold_batchnorm", "he_normal", "batchnorm_forward", "batchnorm_backward_steps"):
    _, _, params, running = fit(he_normal, lr=0.64, seed=3, norm=BN)
    folded = {name: params[name] for name in ("W6", "b6")}
    for k in range(1, 6):
        W, b, gamma, beta = (params[f"{name}{k}"] for name in ("W", "b", "gamma", "beta"))
        folded[f"W{k}"], folded[f"b{k}"] = fold_batchnorm(W, b, gamma, beta, running[k])
    one = mlp_scores(params, X_val, activation=RELU, normalization=BN, running=running)
    two = mlp_scores(folded, X_val, activation=RELU)
    before, after = (sum(array.size for array in some.values()) for some in (params, folded))
    print(tr(f"{before} -> {after} parameters, largest difference of a score {np.abs(one - two).max():.0e}",
             f"参数 {before} -> {after} 个，得分最多相差 {np.abs(one - two).max():.0e}"))

# %% [markdown] lang="en"
# ### Further 6: how noisy is batch norm?
#
# **"A slight regularization, similar to dropout, since the batch's statistics are noisy."** (lecture notes) How noisy? In units of the spread, the batch mean has variance $1/B$, the batch standard deviation one of about $\frac1{2B}$. So $\hat x$ scatters with variance of about $(1+\hat x^2/2)/B$.
# %% [markdown] lang="zh"
# ### 拓展 6：批量归一化的噪声有多大？
#
# **“轻微的正则化效果”**，“引入了噪声，有类似Dropout的效果”（第一份笔记 6.3 节）。噪声有多大？以离散程度为单位，批量均值的方差是 $1/B$，批量标准差的方差约为 $\frac1{2B}$，所以 $\hat x$ 在波动，方差约为 $(1+\hat x^2/2)/B$。

# %% role="experiment" hidden=true
with experiment("he_normal", "batchnorm_forward"):
    rng = np.random.default_rng(0)
    before = X_train @ he_normal(rng, (64, 50))
    hat = (before[0] - before.mean(axis=0)) / before.std(axis=0)
    for batch in (4, 32, 128):
        seen = []
        for _ in range(200):
            rows = np.concatenate([[0], 1 + rng.choice(len(before) - 1, batch - 1, replace=False)])
            seen.append(batchnorm_forward(before[rows], np.ones(50), np.zeros(50), (np.zeros(50), np.ones(50)), True)[0][0])
        measured, formula = np.sqrt(np.var(seen, axis=0).mean()), np.sqrt(np.mean(1 + hat**2 / 2) / batch)
        print(tr(f"batch {batch:3}: noise of x_hat {measured:.2f}, formula {formula:.2f}", f"批量 {batch:3}：x_hat 的噪声 {measured:.2f}，公式 {formula:.2f}"))

# %% [markdown] lang="en"
# "Slight" is right from batches of about 32 on; at 4 the noise is more than half of the signal.
#
# ### In practice today
#
# - Transformers use layer norm (Ba et al. 2016), more and more often without the mean (RMSNorm, Zhang and Sennrich 2019), *before* each block, where training is stable without a long warmup (Xiong et al. 2020). Batch norm lives on in convolutional networks.
# - Residual connections allow hundreds of layers. There, initialization means: start each branch near zero (Fixup, Zhang et al. 2019; $\gamma=0$, Goyal et al. 2017) or scale branches with depth, as GPT-2 did (Radford et al. 2019).
# - $\mu$P (Yang et al. 2021) scales initial weights and learning rates so that the best rate does not move with the width.
# - Networks without normalization can match those with it: by clipping gradients relative to the weights (Brock et al. 2021), or with a scaled tanh in place of layer norm (Zhu et al. 2025).
#
# <details><summary>References</summary>
#
# Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, ICCV 2015. S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015. T. van Laarhoven, *L2 regularization versus batch and weight normalization*, arXiv:1706.05350 (2017): the effective learning rate. S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How does batch normalization help optimization?*, NeurIPS 2018. G. Yang et al., *A mean field theory of batch normalization*, ICLR 2019. Y. Wu, K. He, *Group normalization*, ECCV 2018. J. Ba, J. Kiros, G. Hinton, *Layer normalization*, arXiv:1607.06450 (2016). H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization*, ICLR 2019. A. Brock et al., *High-performance large-scale image recognition without normalization*, ICML 2021. B. Zhang, R. Sennrich, *Root mean square layer normalization*, NeurIPS 2019. R. Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020. P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). A. Radford et al., *Language models are unsupervised multitask learners* (2019). G. Yang et al., *Tuning large neural networks via zero-shot hyperparameter transfer*, NeurIPS 2021. J. Zhu et al., *Transformers without normalization*, CVPR 2025. A. van der Sluis, *Condition numbers and equilibration of matrices*, Numer. Math. 14 (1969). C. Ambroise, G. McLachlan, *Selection bias in gene extraction on the basis of microarray gene-expression data*, PNAS 99 (2002). A. Bell, T. Sejnowski, *The "independent components" of natural scenes are edge filters*, Vision Res. 37 (1997). CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# “轻微”要批量到 32 左右才谈得上；批量为 4 时，噪声超过信号的一半。
#
# ### 如今的做法
#
# - Transformer 用层归一化（Ba 等，2016），而且越来越多地省去均值（RMSNorm，Zhang 与 Sennrich，2019），并放在每个模块*之前*，这样不用很长的预热也能稳定训练（Xiong 等，2020）。批量归一化继续用在卷积网络里。
# - 残差连接（residual connection）使几百层成为可能。这时初始化要做的，是让每个分支从接近零开始（Fixup，Zhang 等，2019；$\gamma=0$，Goyal 等，2017），或者像 GPT-2 那样按深度缩小各分支（Radford 等，2019）。
# - $\mu$P（Yang 等，2021）调整初始权重和学习率的尺度，使最好的学习率不随宽度移动。
# - 没有归一化的网络也能与有归一化的相当：相对于权重裁剪梯度（Brock 等，2021），或用带缩放的 tanh 代替层归一化（Zhu 等，2025）。
#
# <details><summary>参考文献</summary>
#
# Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, ICCV 2015. S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015. T. van Laarhoven, *L2 regularization versus batch and weight normalization*, arXiv:1706.05350 (2017)：有效学习率。S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How does batch normalization help optimization?*, NeurIPS 2018. G. Yang et al., *A mean field theory of batch normalization*, ICLR 2019. Y. Wu, K. He, *Group normalization*, ECCV 2018. J. Ba, J. Kiros, G. Hinton, *Layer normalization*, arXiv:1607.06450 (2016). H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization*, ICLR 2019. A. Brock et al., *High-performance large-scale image recognition without normalization*, ICML 2021. B. Zhang, R. Sennrich, *Root mean square layer normalization*, NeurIPS 2019. R. Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020. P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). A. Radford et al., *Language models are unsupervised multitask learners* (2019). G. Yang et al., *Tuning large neural networks via zero-shot hyperparameter transfer*, NeurIPS 2021. J. Zhu et al., *Transformers without normalization*, CVPR 2025. A. van der Sluis, *Condition numbers and equilibration of matrices*, Numer. Math. 14 (1969). C. Ambroise, G. McLachlan, *Selection bias in gene extraction on the basis of microarray gene-expression data*, PNAS 99 (2002). A. Bell, T. Sejnowski, *The "independent components" of natural scenes are edge filters*, Vision Res. 37 (1997). 第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 参数初始化、打破对称性 | initialization, symmetry breaking | |
# | 扇入、扇出；增益 | fan-in, fan-out; gain | |
# | 更新量与权重之比 | update-to-weight ratio | |
# | 标准化、零中心化、白化 | standardization, zero-centring, whitening | |
# | 归一化、最小最大值归一化 | normalization, min-max | |
# | 泄漏 | leakage | |
# | 批量归一化、滑动统计量 | batch normalization, running statistics | BN |
# | 内部协变量偏移 | internal covariate shift | ICS |
# | 有效学习率 | effective learning rate | 这里是 $\eta/\lvert W\rvert^2$ |
# | 层归一化、组归一化 | layer, group normalization | LN, GN |
# | 折叠 | folding | 把批量归一化并入前一层 |
# </details>

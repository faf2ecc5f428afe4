# %% [markdown] lang="en"
# # 06 Initialization, preprocessing and batch normalization
#
# A deep network is a chain of multiplications. Thirty factors of 0.7 make 0.00002, thirty factors of 1.4 make 24 000. Whether a run can start at all is therefore a question of scale: of the inputs, of the first weights, and of whatever leaves
# each layer. In this chapter we set the scale three times: of the data once, of the weights once, and in the end in every layer at every step.
#
# Two sittings, {{points:A}} and {{points:B}} points. Run the next cell first, each time you open the notebook. If one function defeats you, go on with `he_normal = lend("he_normal")` in a cell of your own. A lent function earns no points.
# %% [markdown] lang="zh"
# # 06 参数初始化、数据预处理与批量归一化
#
# 深层网络是一连串的乘法。三十个 0.7 相乘得 0.00002，三十个 1.4 相乘得 24 000。所以训练究竟能不能起步，是一个尺度问题：输入的尺度、初始权重的尺度，以及每一层输出的尺度。这一章我们三次调整尺度：对数据调一次，对权重调一次，最后在每一层、每一步都调。
#
# 全章分两节，分别为 {{points:A}} 分和 {{points:B}} 分。每次打开笔记本，请先运行下一个单元格。如果某个函数实在写不出来，就新建一个单元格，写上 `he_normal = lend("he_normal")` 借来用，继续往下做；借来的函数不得分。

# %% role="setup" id="setup"
import numpy as np

from descent.check import check
from descent.data import as_images, load_digits
from descent.experiment import experiment
from descent.explore_depth import depth_explorer
from descent.hyper import require
from descent.intervals import mean_interval
from descent.lend import lend
from descent.models import accuracy, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.plots import contour_with_paths, curves, histograms, look, paired, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.train import follow, train

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: the scale at the start
#
# | | |
# |---|---|
# | **You will be able to** | put features on a common scale without looking at data you must not look at; derive how large first weights have to be for a given activation, and draw them; tell from the size of signals and gradients, layer by layer, what an initializer does wrong |
# | **You need** | condition number (02), an affine layer and its backward pass (00), variances of sums (the box below) |
# | **Time** | about 85 minutes: 35 reading, 50 writing and looking |
# | **Difficulty** | ●●○ |
# | **Points** | {{points:A}}: four exercises ({{points:standardize_fit}} + {{points:xavier_uniform}} + {{points:he_normal}} + {{points:leaky_relu_gain}}) and two predictions, which count whether right or wrong |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：起点处的尺度
#
# | | |
# |---|---|
# | **学完你能够** | 把各个特征放到同一尺度上，又不偷看不该看的数据；针对给定的激活函数，推导初始权重应当多大，并把它们抽出来；从各层信号和梯度的大小，看出一种初始化错在哪里 |
# | **你需要** | 条件数（02）、仿射层及其反向传播（00）、和的方差（见下面的方框） |
# | **时间** | 约 85 分钟：阅读 35 分钟，动手 50 分钟 |
# | **难度** | ●●○ |
# | **分数** | {{points:A}} 分：四道练习（{{points:standardize_fit}} + {{points:xavier_uniform}} + {{points:he_normal}} + {{points:leaky_relu_gain}}）和两次预测；预测无论对错都得分 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# Answer in your head, then open.
#
# <details><summary>1. X has shape (N, fan_in) and out = X W + b. Which shape has W, and what is the gradient with respect to X, given G for out? (00)</summary>
#
# $W$ is (fan_in, fan_out), and the gradient is $GW^\top$: backwards the same matrix is used, transposed.
# </details>
#
# <details><summary>2. Gradient descent with its best learning rate on a quadratic of condition number κ: how many steps, roughly? (02)</summary>
#
# Proportional to $\kappa$. With momentum proportional to $\sqrt\kappa$ (03).
# </details>
#
# <details><summary>3. A gradient goes back through T steps of a recurrent unit. Why does it vanish or explode? (02)</summary>
#
# It is a product of $T$ factors. If they are typically below 1, the product vanishes, if above 1, it explodes. Layers take the place of steps here.
# </details>
#
# <details><summary>4. Which decisions may look at the test set? (00)</summary>
#
# None. Its only use is one estimate at the very end.
# </details>
#
# **The statistics you need, in four lines.** For independent $a$ and $b$: $\operatorname{Var}(a+b)=\operatorname{Var}a+\operatorname{Var}b$ and $\mathbb E[ab]=\mathbb E[a]\,\mathbb E[b]$. Always: $\operatorname{Var}a=\mathbb E[a^2]-\mathbb E[a]^2$. A uniform number on $[-b,b]$ has variance $b^2/3$.
# The mean square $\mathbb E[a^2]$ is what we call the **size** of a signal (squared); it is the variance only if the mean is 0.
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# 先在心里回答，再点开核对。
#
# <details><summary>1. X 的形状是 (N, fan_in)，out = X W + b。W 是什么形状？已知 out 的梯度 G，X 的梯度是什么？（00）</summary>
#
# $W$ 是 (fan_in, fan_out)，梯度是 $GW^\top$：往回走用的是同一个矩阵的转置。
# </details>
#
# <details><summary>2. 条件数为 κ 的二次函数，梯度下降用最好的学习率，大约要多少步？（02）</summary>
#
# 与 $\kappa$ 成正比。加上动量则与 $\sqrt\kappa$ 成正比（03）。
# </details>
#
# <details><summary>3. 梯度往回穿过循环单元的 T 步，为什么会消失或爆炸？（02）</summary>
#
# 它是 $T$ 个因子的乘积。因子通常小于 1，乘积就消失；通常大于 1，乘积就爆炸。这一章里，“步”换成了“层”。
# </details>
#
# <details><summary>4. 哪些决定可以参考测试集？（00）</summary>
#
# 都不可以。测试集只在最后用一次，用来给出估计。
# </details>
#
# **要用到的统计，四行就够。** $a$、$b$ 独立时，$\operatorname{Var}(a+b)=\operatorname{Var}a+\operatorname{Var}b$，$\mathbb E[ab]=\mathbb E[a]\,\mathbb E[b]$。任何时候都有 $\operatorname{Var}a=\mathbb E[a^2]-\mathbb E[a]^2$。$[-b,b]$ 上的均匀分布方差为 $b^2/3$。均方 $\mathbb E[a^2]$ 就是我们所说的信号**大小**（的平方）；只有均值为 0 时，它才等于方差。

# %% [markdown] lang="en"
# ### The idea, part one: units dig valleys
#
# A house has a floor area of 90 square metres and stands 4000 metres from the station. Write the distance in kilometres, and the weight that belongs to it must become a thousand times as large to say the same thing. The model does not care. Gradient descent does: it has one learning rate for all weights.
#
# Take least squares, $f(w)=\frac1{2N}\sum_i(x_i^\top w-y_i)^2$. Its Hessian is $\frac1N X^\top X$. Entry $jj$ is the mean square of feature $j$: a feature in large numbers makes a steep direction. Entry $jk$ is the mean product of two features: if neither is centred, it is large even when they have nothing to do with each other.
#
# The smallest case with both troubles is one feature of mean $m$ and standard deviation $s$ together with a bias, which is a weight on the constant 1:
#
# $$H=\begin{pmatrix} m^2+s^2 & m\\ m & 1\end{pmatrix}.$$
#
# The product of the eigenvalues is the determinant, their sum is $m^2+s^2+1$. *Compute the determinant, and say what happens to the condition number when $m$ grows, before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# $\det H=(m^2+s^2)\cdot1-m\cdot m=s^2$: it does not grow with $m$, but the sum does. For large $m$ the eigenvalues are about $m^2$ and $s^2/m^2$, so $\kappa\approx m^4/s^2$.
# </details>
#
# Subtract the mean ($m=0$) and $H$ is diagonal with $\kappa=1/s^2$ (for $s<1$); divide by the standard deviation as well and $\kappa=1$.
#
# The figure shows the loss over weight and bias for $m=2$, $s=0.4$: as it is, centred, standardized, each with 25 steps of gradient descent at a learning rate that suits it, one over the largest curvature. *Questions to the figure:* which of the two operations did more here? In which picture does the gradient point at the minimum from everywhere?
# %% [markdown] lang="zh"
# ### 想法（一）：单位会挖出山谷
#
# 一套房子面积 90 平方米，离车站 4000 米。把距离改写成千米，相应的权重就得变成一千倍，说的才是同一回事。模型不在乎，梯度下降在乎：它对所有权重只有一个学习率。
#
# 以最小二乘为例，$f(w)=\frac1{2N}\sum_i(x_i^\top w-y_i)^2$，它的海森矩阵是 $\frac1N X^\top X$。第 $jj$ 个元素是特征 $j$ 的均方：数值大的特征造成陡峭的方向。第 $jk$ 个元素是两个特征乘积的平均：如果都没有零中心化（zero-centring），即使两者毫无关系，它也很大。
#
# 两种麻烦兼有的最小例子，是一个均值为 $m$、标准差为 $s$ 的特征，再加一个偏置，也就是常数 1 上的权重：
#
# $$H=\begin{pmatrix} m^2+s^2 & m\\ m & 1\end{pmatrix}.$$
#
# 特征值之积是行列式，之和是 $m^2+s^2+1$。*先算出行列式，并说出 $m$ 增大时条件数怎样变化，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# $\det H=(m^2+s^2)\cdot1-m\cdot m=s^2$：它不随 $m$ 增大，而和会增大。$m$ 很大时，两个特征值约为 $m^2$ 和 $s^2/m^2$，所以 $\kappa\approx m^4/s^2$。
# </details>
#
# 减去均值（$m=0$），$H$ 就成了对角阵，$\kappa=1/s^2$（$s<1$ 时）；再除以标准差，$\kappa=1$。
#
# 下图画出 $m=2$、$s=0.4$ 时损失随权重和偏置的变化：原样、零中心化之后、标准化（standardization）之后，各走 25 步梯度下降，学习率取适合各自的值，即最大曲率的倒数。*先问图两个问题：* 两种操作中，哪一种在这里作用更大？在哪一幅图里，梯度从任何地方都指向极小点？

# %% role="experiment" nbval="check"
def descend(H, num_steps, start=(1.5, 1.5)):
    """Gradient descent on x'Hx / 2 with the learning rate 1 / (largest curvature); returns condition number and path."""
    low, high = np.linalg.eigvalsh(H)[[0, -1]]

    def step(x, grads, state, *, lr):
        return x - lr * grads, state

    return high / low, follow(lambda x: H @ x, np.array(start), step, lr=1 / high, num_steps=num_steps)


m, s = 2.0, 0.4
hessians = {"as it is": np.array([[m**2 + s**2, m], [m, 1]]), "centred": np.diag([s**2, 1.0]), "standardized": np.eye(2)}
for name, H in hessians.items():
    kappa, path = descend(H, 3000)
    arrived = np.argmax(np.linalg.norm(path, axis=1) < 1e-3 * np.linalg.norm(path[0]))
    print(f"{name:12s}: condition number {kappa:6.2f}, steps to a thousandth of the distance: {arrived}")

# %% role="experiment"
fig, axes = panels(3)
for ax, (name, H) in zip(axes, hessians.items(), strict=True):
    _, path = descend(H, 25)
    contour_with_paths(
        lambda x, H=H: np.einsum("...i,ij,...j->...", x, H, x) / 2, {"_path": path}, xlim=(-2, 2), ylim=(-2, 2),
        minimum=(0, 0), levels=8, ax=ax, title=name, xlabel="weight", ylabel="bias" if name == "as it is" else "")
show(fig, alt={
    "en": "Three contour plots over weight and bias, each with a path of 25 steps. As it is: a narrow, slanting valley; the path drops to its floor in one step and then hardly moves. "
          "Centred: ellipses along the axes; the path drops to the long axis and comes near the minimum. Standardized: circles; one step arrives.",
    "zh": "三幅等高线图，横轴为权重，纵轴为偏置，各有 25 步的轨迹。原样：狭窄倾斜的山谷，轨迹一步落到谷底，然后几乎不动。零中心化之后：与坐标轴平行的椭圆，轨迹先落到长轴上，再走近极小点。标准化之后：圆，一步到达。"},
    caption={"en": "Both axes are measured from the minimum. Ring: start, cross: minimum.", "zh": "两轴都从极小点量起。圆环：起点；叉：极小点。"})

# %% [markdown] lang="en"
# Centring did more: the condition number fell from 164 to 6, dividing by the standard deviation removed the rest. On circles every gradient points at the minimum.
#
# One rule before you write it. What is subtracted and divided by is *learned from data*, as weights are. So it is measured on the training set alone, and the same numbers are applied to validation and test examples, and to the single example that arrives in a year. Two functions, then: one measures, one applies.
#
# | where | what it measures | constant feature |
# |---|---|---|
# | **here**, `standardize_fit` | mean, and standard deviation with $1/N$ | scale 1 |
# | scikit-learn `StandardScaler` | the same | scale 1 |
# | Keras `Normalization` | the same, in `adapt()` | divides by at least $10^{-7}$ |
# | NumPy `X.std()` / PyTorch `X.std()`, pandas `df.std()` | $1/N$ / $1/(N-1)$ | 0: you divide by it |
# | torchvision `Normalize(mean, std)` | nothing: you pass the numbers, one per colour channel | |
# | first note | mean; standard deviation (no word on $N$) | no word |
# | second note | preprocessing is not treated | |
# %% [markdown] lang="zh"
# 零中心化的作用更大：条件数从 164 降到 6，除以标准差再把剩下的去掉。等高线是圆时，每个梯度都指向极小点。
#
# 动手写之前，先说一条规矩。减去的和除以的数，都是*从数据中学来的*，和权重一样。所以只在训练集上测量，再把同样的数用到验证样本、测试样本，以及一年后才来的那一个样本上。因此要写两个函数：一个测量，一个应用。
#
# | 出处 | 测量什么 | 常数特征 |
# |---|---|---|
# | **本课程** `standardize_fit` | 均值，以及用 $1/N$ 的标准差 | 尺度取 1 |
# | scikit-learn `StandardScaler` | 同上 | 尺度取 1 |
# | Keras `Normalization` | 同上，在 `adapt()` 中 | 除数至少为 $10^{-7}$ |
# | NumPy `X.std()`／PyTorch `X.std()`、pandas `df.std()` | $1/N$／$1/(N-1)$ | 得 0，你就除以了 0 |
# | torchvision `Normalize(mean, std)` | 什么也不测：数由你给，每个颜色通道一个 | |
# | 第一份笔记 | 均值；标准差（没说 $N$） | 没说 |
# | 第二份笔记 | 没有讲预处理 | |

# %% [markdown] lang="en"
# ### Exercise 1: `standardize_fit` ({{points:standardize_fit}} points, 8 minutes)
#
# It measures; `rescale`, which applies, is given. The one trap is a feature that never varies, like the corner pixels of the digits: dividing by 0 gives NaN, and one NaN is enough to lose a network.
# %% [markdown] lang="zh"
# ### 练习 1：`standardize_fit`（{{points:standardize_fit}} 分，8 分钟）
#
# 它负责测量；负责应用的 `rescale` 已经给出。唯一的陷阱是从不变化的特征，例如 digits 角上的像素：除以 0 得 NaN，而一个 NaN 就足以毁掉整个网络。

# %% role="given" id="rescale"
from reference.preprocessing import rescale

# %% role="answer" id="standardize_fit"
from reference.preprocessing import standardize_fit

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `X.mean(axis=0)` and `X.std(axis=0)` have shape (D,), one number per column, and NumPy's `std` divides by N. `np.where(condition, a, b)` takes the entries of `a` where the condition holds.
# </details>
# <details><summary>Hint 2</summary>
#
# When is a feature constant? Asking whether its standard deviation is exactly 0 fails: three times 0.1 has a mean of 0.10000000000000002 and a standard deviation of about 1e-17. Ask whether its largest value exceeds its smallest.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `X.mean(axis=0)` 和 `X.std(axis=0)` 的形状都是 (D,)，每列一个数；NumPy 的 `std` 用的就是 $1/N$。`np.where(condition, a, b)` 在条件成立处取 `a` 的元素。
# </details>
# <details><summary>提示 2</summary>
#
# 怎样判断一个特征是常数？问标准差是否恰好为 0 是不行的：三个 0.1 的均值是 0.10000000000000002，标准差约为 1e-17。应当问：最大值是否大于最小值。
# </details>

# %% role="tests" id="test_standardize_fit" points=10
check("standardize_fit", standardize_fit)

# %% [markdown] lang="en"
# **How bad is it to look?** Preprocessing that sees the validation examples is called **leakage**: something about them is in the model before it is asked. How much that matters depends on what is measured. Below, two cases: standardizing digits with the statistics of all images instead of those of the training images; and *choosing* features on pure noise,
# 40 training and 20 validation examples with coin-flip labels and 2000 random features, of which we keep the 20 that separate the classes best, judged either on the training examples or on all 60 (a simple nearest-mean classifier, 50 repetitions). The labels are coin flips, so the honest accuracy is one half.
#
# *Before you run it:* what accuracy does the leaking version report on noise?
# %% [markdown] lang="zh"
# **看一眼有多严重？** 预处理若看到了验证样本，就叫**泄漏**（leakage）：还没提问，模型里已经有了它们的信息。危害有多大，取决于测量的是什么。下面看两种情形：一是标准化 digits 时用全部图像的统计量，而不是训练图像的；二是在纯噪声上*挑选*特征：40 个训练样本、20 个验证样本，标签靠抛硬币，2000 个随机特征，从中留下最能区分两类的 20 个，依据或者只是训练样本，或者是全部 60 个样本（分类器取最近的类均值，重复 50 次）。标签是抛硬币来的，所以老实的准确率是一半。
#
# *运行之前想一想：* 泄漏的做法在噪声上会报出多高的准确率？

# %%
digits = load_digits()
y_train, y_val = digits.y_train, digits.y_val


def standardized_digits():
    """Training and validation images, both rescaled with what your function measures on the training images."""
    shift, scale = standardize_fit(digits.X_train)
    return rescale(digits.X_train, shift, scale), rescale(digits.X_val, shift, scale)


# %% role="experiment" nbval="check"
def noise_accuracy(rng, leak):
    """Validation accuracy on pure noise with 20 features chosen on all examples (leak) or on the training examples."""
    X, y = rng.standard_normal((60, 2000)), rng.integers(0, 2, 60)
    seen = slice(0, 60) if leak else slice(0, 40)
    gap = X[seen][y[seen] == 1].mean(axis=0) - X[seen][y[seen] == 0].mean(axis=0)
    chosen = np.argsort(-np.abs(gap))[:20]
    X, one, zero = X[:, chosen], *(X[:40, chosen][y[:40] == label].mean(axis=0) for label in (1, 0))
    return np.mean(((X[40:] - (one + zero) / 2) @ (one - zero) > 0) == y[40:])


with experiment("standardize_fit"):
    for leak in (True, False):
        got = [noise_accuracy(np.random.default_rng(seed), leak) for seed in range(50)]
        print(f"features chosen on {'all 60' if leak else '40 training'} examples: validation accuracy {np.mean(got):.2f}")
    X_train, X_val = standardized_digits()
    leaked = rescale(digits.X_val, *standardize_fit(np.concatenate([digits.X_train, digits.X_val])))
    print(f"digits: half of the standardized validation pixels change by less than {np.median(np.abs(leaked - X_val)):.3f}")

# %% [markdown] lang="en"
# Means and standard deviations of 64 pixels hardly know more about the validation images than before; choosing among 2000 features on 60 examples reports nine of ten on coin flips. The size differs, the rule is the same: everything that is fitted is fitted on the training set. (The noise example is an old warning of Ambroise and McLachlan, 2002.)
# %% [markdown] lang="zh"
# 64 个像素的均值和标准差，几乎没有带进验证图像的信息；而用 60 个样本在 2000 个特征里挑选，竟能在抛硬币上报出九成的准确率。危害大小不同，规矩一样：凡是拟合出来的，都只在训练集上拟合。（噪声的例子出自 Ambroise 与 McLachlan 2002 年的警告。）

# %% [markdown] lang="en"
# ### The idea, part two: a signal has to get through
#
# Standardized inputs have size 1. What size do they have after thirty layers? Follow one unit:
#
# $$z_j=\sum_{i=1}^{n_\text{in}} h_i\,W_{ij},\qquad h'_j=\varphi(z_j).$$
#
# | symbol | in code | meaning |
# |---|---|---|
# | $h_i$ | `X`, outputs of the layer before | activations that enter the layer |
# | $z_j$ | `X @ W` | before the activation function $\varphi$; biases start at 0 |
# | $W_{ij}$ | `W[i, j]` | first weights: independent, mean 0, variance $\sigma^2$ |
# | $n_\text{in},\,n_\text{out}$ | `fan_in`, `fan_out` | inputs that feed a unit; units that an input feeds |
# | $\delta_j$ | `grad` | gradient of the loss with respect to $z_j$ |
# | $g$ | `gain` | what multiplies $1/\sqrt n$ in the standard deviation of a weight |
# | $a$ | `negative_slope` | slope of a leaky ReLU for $z<0$ |
#
# The weights have just been drawn, so they are independent of the activations. Each term $h_iW_{ij}$ has mean $\mathbb E[h_i]\cdot0=0$. *What is its variance? Write it down first; mind that $h_i$ need not have mean 0.*
#
# <details><summary>the line left blank</summary>
#
# $\operatorname{Var}(h_iW_{ij})=\mathbb E[h_i^2W_{ij}^2]-0=\sigma^2\,\mathbb E[h_i^2]$: the mean *square* of $h$, not its variance.
# </details>
#
# The terms have mean 0 and are uncorrelated, so variances add up:
#
# $$\mathbb E[z_j^2]=n_\text{in}\,\sigma^2\,\mathbb E[h^2].\tag{1}$$
#
# What the activation does to the size depends on it:
#
# - **tanh** near 0 is the identity, $\mathbb E[h'^2]\approx\mathbb E[z^2]$. The size is kept for $\sigma^2=1/n_\text{in}$.
# - **ReLU.** $z$ is symmetric about 0 (turn the sign of all weights: just as likely). So half of $\mathbb E[z^2]$ comes from $z>0$ and passes, the other half is cut off: $\mathbb E[h'^2]=\frac12\mathbb E[z^2]$. The size is kept for $\sigma^2=2/n_\text{in}$. This is **He** initialization (2015).
#
# **Backwards** the gradient takes the same road in the other direction, $\partial L/\partial h_i=\sum_{j}\delta_jW_{ij}$: a sum over $n_\text{out}$ terms. The same argument gives a factor $n_\text{out}\,\sigma^2$, and the derivative of ReLU, 0 or 1, costs a half again. So the forward signal asks for $n_\text{in}\sigma^2=1$ (or 2), the gradient for
# $n_\text{out}\sigma^2=1$ (or 2). Both at once is possible only if $n_\text{in}=n_\text{out}$. **Xavier** initialization (Glorot and Bengio 2010, for tanh) takes the middle, $\sigma^2=\frac{2}{n_\text{in}+n_\text{out}}$; He shows that either choice alone will do, since in a whole network the other one costs only the ratio of first to last width.
#
# With the variance of the uniform distribution, $b^2/3=\frac{2}{n_\text{in}+n_\text{out}}$ gives the bound $b=\sqrt{6/(n_\text{in}+n_\text{out})}$ that both the paper and the first note print.
#
# **What the derivation does not cover.** It speaks of an average over draws of the weights, at the start. One draw scatters around it (you will see by how much), and after the first step the weights are no longer independent of anything.
# %% [markdown] lang="zh"
# ### 想法（二）：信号要过得去
#
# 标准化之后，输入的大小是 1。三十层之后呢？盯住一个单元：
#
# $$z_j=\sum_{i=1}^{n_\text{in}} h_i\,W_{ij},\qquad h'_j=\varphi(z_j).$$
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $h_i$ | `X`，上一层的输出 | 进入这一层的激活值 |
# | $z_j$ | `X @ W` | 激活函数 $\varphi$ 之前的值；偏置从 0 开始 |
# | $W_{ij}$ | `W[i, j]` | 初始权重：相互独立，均值 0，方差 $\sigma^2$ |
# | $n_\text{in},\,n_\text{out}$ | `fan_in`、`fan_out` | 扇入：一个单元有几个输入；扇出：一个输入送往几个单元 |
# | $\delta_j$ | `grad` | 损失对 $z_j$ 的梯度 |
# | $g$ | `gain` | 增益：权重的标准差等于它乘以 $1/\sqrt n$ |
# | $a$ | `negative_slope` | leaky ReLU 在 $z<0$ 处的斜率 |
#
# 权重刚刚抽出来，所以与激活值独立。每一项 $h_iW_{ij}$ 的均值是 $\mathbb E[h_i]\cdot0=0$。*它的方差是多少？先写下来；注意 $h_i$ 的均值不一定是 0。*
#
# <details><summary>留给你补的一行</summary>
#
# $\operatorname{Var}(h_iW_{ij})=\mathbb E[h_i^2W_{ij}^2]-0=\sigma^2\,\mathbb E[h_i^2]$：是 $h$ 的*均方*，不是它的方差。
# </details>
#
# 各项均值为 0 且互不相关，方差可以相加：
#
# $$\mathbb E[z_j^2]=n_\text{in}\,\sigma^2\,\mathbb E[h^2].\tag{1}$$
#
# 激活函数怎样改变大小，要看是哪一种：
#
# - **tanh** 在 0 附近就是恒等函数，$\mathbb E[h'^2]\approx\mathbb E[z^2]$。取 $\sigma^2=1/n_\text{in}$，大小不变。
# - **ReLU。** $z$ 关于 0 对称（把所有权重变号，可能性相同）。所以 $\mathbb E[z^2]$ 有一半来自 $z>0$，能通过；另一半被截掉：$\mathbb E[h'^2]=\frac12\mathbb E[z^2]$。取 $\sigma^2=2/n_\text{in}$，大小不变。这就是 **He** 初始化（2015）。
#
# **往回走**时，梯度沿同一条路反向行进，$\partial L/\partial h_i=\sum_{j}\delta_jW_{ij}$，共 $n_\text{out}$ 项。同样的推理给出因子 $n_\text{out}\,\sigma^2$，而 ReLU 的导数非 0 即 1，又损失一半。所以向前的信号要求 $n_\text{in}\sigma^2=1$（或 2），梯度要求 $n_\text{out}\sigma^2=1$（或 2）。两者兼得，只有 $n_\text{in}=n_\text{out}$ 时才行。**Xavier** 初始化（Glorot 与 Bengio，2010，针对 tanh）取折中，$\sigma^2=\frac{2}{n_\text{in}+n_\text{out}}$；He 则指出，满足任何一个就够了，因为对整个网络来说，另一个的代价只是首尾两层宽度之比。
#
# 利用均匀分布的方差，由 $b^2/3=\frac{2}{n_\text{in}+n_\text{out}}$ 得到边界 $b=\sqrt{6/(n_\text{in}+n_\text{out})}$，论文和第一份笔记里写的都是它。
#
# **推导没有涵盖的。** 它说的是起点处对权重抽样的平均。单独抽一次，会在平均值附近波动（波动多大，后面会看到）；而走完第一步之后，权重就不再与什么独立了。

# %% [markdown] lang="en"
# ### Convention card: Xavier and He, here and elsewhere
#
# | where | Xavier (Glorot) | He (Kaiming) | what a dense layer starts with |
# |---|---|---|---|
# | **here**, W is (fan_in, fan_out) | `gain=1` times $\sqrt{6/(n_\text{in}+n_\text{out})}$, uniform | `gain` $/\sqrt{n}$, normal; `gain=2**0.5`, `mode="fan_in"` | you say it |
# | first note | $U[-\sqrt{6/(m+n)},\sqrt{6/(m+n)}]$ | $N(0,2/m)$ | |
# | second note | not treated | not treated | |
# | PyTorch, W is (fan_out, fan_in) | `xavier_uniform_(gain=1)`; `calculate_gain("tanh")` is 5/3 | `kaiming_normal_(a=0, mode="fan_in", nonlinearity="leaky_relu")`: $a$ is the slope, so the default gain is $\sqrt2$ | `nn.Linear`: $U[-1/\sqrt{n_\text{in}},1/\sqrt{n_\text{in}}]$, variance $\frac1{3n_\text{in}}$, biases too |
# | Keras, W is (fan_in, fan_out) | `GlorotUniform` | `HeNormal`: tails cut off at two standard deviations, the scale corrected for it | `Dense`: Glorot uniform, biases 0 |
# | Flax | `glorot_uniform` | `he_normal` (tails cut off) | `Dense`: LeCun normal, variance $1/n_\text{in}$, biases 0 |
# | papers | Glorot and Bengio (2010), eq. 16 | He et al. (2015), eq. 10; with slope: eq. 15 | Glorot and Bengio's "standard": $U[-1/\sqrt n,1/\sqrt n]$ |
#
# Mind the shapes: whoever ports a layer between libraries transposes $W$, and fan-in becomes the *other* axis. The convention in the first row is ours and is what the checks expect.
# %% [markdown] lang="zh"
# ### 约定卡：Xavier 与 He，本课程与别处
#
# | 出处 | Xavier（Glorot） | He（Kaiming） | 全连接层默认的起点 |
# |---|---|---|---|
# | **本课程**，W 为 (fan_in, fan_out) | `gain=1` 乘 $\sqrt{6/(n_\text{in}+n_\text{out})}$，均匀分布 | `gain` $/\sqrt{n}$，正态分布；`gain=2**0.5`，`mode="fan_in"` | 由你指定 |
# | 第一份笔记 | $U[-\sqrt{6/(m+n)},\sqrt{6/(m+n)}]$ | $N(0,2/m)$ | |
# | 第二份笔记 | 没有讲 | 没有讲 | |
# | PyTorch，W 为 (fan_out, fan_in) | `xavier_uniform_(gain=1)`；`calculate_gain("tanh")` 是 5/3 | `kaiming_normal_(a=0, mode="fan_in", nonlinearity="leaky_relu")`：$a$ 是斜率，所以默认增益为 $\sqrt2$ | `nn.Linear`：$U[-1/\sqrt{n_\text{in}},1/\sqrt{n_\text{in}}]$，方差 $\frac1{3n_\text{in}}$，偏置也一样 |
# | Keras，W 为 (fan_in, fan_out) | `GlorotUniform` | `HeNormal`：在两倍标准差处截尾，尺度已相应修正 | `Dense`：Glorot 均匀分布，偏置为 0 |
# | Flax | `glorot_uniform` | `he_normal`（截尾） | `Dense`：LeCun 正态分布，方差 $1/n_\text{in}$，偏置为 0 |
# | 论文 | Glorot 与 Bengio（2010），式 16 | He 等（2015），式 10；带斜率：式 15 | Glorot 与 Bengio 所说的“标准”做法：$U[-1/\sqrt n,1/\sqrt n]$ |
#
# 当心形状：把一层从一个库搬到另一个库，$W$ 要转置，扇入就成了*另一个*轴。第一行是本课程的约定，练习按它检查。

# %% [markdown] lang="en"
# ### Exercise 2: `xavier_uniform` ({{points:xavier_uniform}} points, 6 minutes)
#
# `fans` is given: for a matrix it is simply its two lengths. Nobody can compare your random numbers with ours one by one; the check looks at what all right draws have in common, their ends, their spread, their shape, and that they come from `rng`.
# %% [markdown] lang="zh"
# ### 练习 2：`xavier_uniform`（{{points:xavier_uniform}} 分，6 分钟）
#
# `fans` 已经给出：对矩阵来说，就是它的两条边长。没有谁能把你的随机数与我们的逐个比较；检查看的是一切正确抽样的共同点：两端、离散程度、形状，以及它们确实来自 `rng`。

# %% role="given" id="fans"
from reference.initialization import fans

# %% role="answer" id="xavier_uniform"
from reference.initialization import xavier_uniform

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `fan_in, fan_out = fans(shape)`, then the bound, then one call of `rng.uniform(low, high, shape)`. The gain multiplies the weights, so it multiplies the bound.
# </details>
# <details><summary>Hint 2</summary>
#
# For shape (30, 20) and gain 1 the bound is $\sqrt{6/50}=0.346$, and the standard deviation of the weights is 0.346 / √3 = 0.2. With gain 2 everything doubles.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先 `fan_in, fan_out = fans(shape)`，再算边界，最后调用一次 `rng.uniform(low, high, shape)`。增益乘的是权重，所以也乘在边界上。
# </details>
# <details><summary>提示 2</summary>
#
# 形状 (30, 20)、增益 1 时，边界是 $\sqrt{6/50}=0.346$，权重的标准差是 0.346 / √3 = 0.2。增益为 2，全部加倍。
# </details>

# %% role="tests" id="test_xavier_uniform" points=10
check("xavier_uniform", xavier_uniform)

# %% [markdown] lang="en"
# ### Exercise 3: `he_normal` ({{points:he_normal}} points, 7 minutes)
#
# You have been using it since chapter 00. Two arguments now have a meaning: `gain` belongs to the activation, `mode` to the direction that you want to keep exactly.
# %% [markdown] lang="zh"
# ### 练习 3：`he_normal`（{{points:he_normal}} 分，7 分钟）
#
# 从 00 章起你就在用它。现在它的两个参数有了含义：`gain` 取决于激活函数，`mode` 取决于你想精确保持哪个方向上的大小。

# %% role="answer" id="he_normal"
from reference.initialization import he_normal

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Standard normal weights of the shape, times one number. Beware of the square: the rule gives the *variance* $g^2/n$; you multiply by the standard deviation.
# </details>
# <details><summary>Hint 2</summary>
#
# Shape (50, 8), defaults: standard deviation $\sqrt{2/50}=0.2$. With `mode="fan_out"`: $\sqrt{2/8}=0.5$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 按形状抽标准正态的权重，再乘一个数。当心平方：规则给的是*方差* $g^2/n$，你乘的是标准差。
# </details>
# <details><summary>提示 2</summary>
#
# 形状 (50, 8)，用默认值：标准差 $\sqrt{2/50}=0.2$。`mode="fan_out"` 时：$\sqrt{2/8}=0.5$。
# </details>

# %% role="tests" id="test_he_normal" points=12
check("he_normal", he_normal)

# %% [markdown] lang="en"
# ### Exercise 4: `leaky_relu_gain` ({{points:leaky_relu_gain}} points, 9 minutes)
#
# A **contract**: the docstring says what must hold, you find the formula. A leaky ReLU does not cut the negative half off, it multiplies it by a slope $a$. Which gain keeps the size of the signal?
#
# *Worked example.* Take $z=(2,-2)$ and slope 0.5. Then $h=(2,-1)$, the mean square falls from 4 to 2.5, and the gain must satisfy $g^2\cdot2.5=4$, so $g=1.265$. The formula you look for must not depend on the $z$ you choose.
# %% [markdown] lang="zh"
# ### 练习 4：`leaky_relu_gain`（{{points:leaky_relu_gain}} 分，9 分钟）
#
# 这是一份**契约**：文档字符串说明什么必须成立，公式由你来找。leaky ReLU 不截掉负的一半，而是给它乘上斜率 $a$。多大的增益才能保持信号的大小？
#
# *例子。* 取 $z=(2,-2)$，斜率 0.5。则 $h=(2,-1)$，均方从 4 降到 2.5，增益要满足 $g^2\cdot2.5=4$，所以 $g=1.265$。你要找的公式不能依赖于选了什么 $z$。

# %% role="answer" id="leaky_relu_gain"
from reference.initialization import leaky_relu_gain

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Half of $\mathbb E[z^2]$ comes from each side. The right half passes unchanged. By how much is the left half multiplied, in the *mean square*?
# </details>
# <details><summary>Hint 2</summary>
#
# Three values you know: slope 0 is ReLU, $g=\sqrt2$. Slope 1 is the identity, $g=1$. Slope $-1$ is the absolute value, which loses nothing either: $g=1$. A formula in which only $a^2$ appears can do all three.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# $\mathbb E[z^2]$ 两边各占一半。右边的一半原样通过；左边的一半，就*均方*而言乘了多少？
# </details>
# <details><summary>提示 2</summary>
#
# 有三个值你是知道的：斜率 0 是 ReLU，$g=\sqrt2$；斜率 1 是恒等函数，$g=1$；斜率 $-1$ 是绝对值，同样什么也没损失，$g=1$。只含 $a^2$ 的公式可以同时满足这三个。
# </details>

# %% role="tests" id="test_leaky_relu_gain" points=12
check("leaky_relu_gain", leaky_relu_gain)

# %% [markdown] lang="en"
# ### Experiment 1: thirty layers
#
# We send 200 random examples of size 1 through 30 layers of 256 units and measure the standard deviation of the activations behind the last one. Nothing is trained. Seven ways to draw the weights: all zero; all 0.01; normal with standard deviation 0.01 ("small") and 0.1 ("large"); Glorot and Bengio's "standard" one, of variance $\frac1{3n}$; Xavier; He.
#
# In square layers Xavier has variance $1/n$. **With ReLU and Xavier, what standard deviation is left behind layer 30?** (At the input it is 1.)
#
# - (a) about 0.1
# - (b) about 0.00001
# - (c) about 0.000000001, one billionth
# %% [markdown] lang="zh"
# ### 实验 1：三十层
#
# 让 200 个大小为 1 的随机样本穿过 30 层、每层 256 个单元，量一量最后一层激活值的标准差。不做任何训练。权重有七种取法：全零；全为 0.01；标准差为 0.01（“小”）和 0.1（“大”）的正态分布；Glorot 与 Bengio 所说的“标准”做法，方差 $\frac1{3n}$；Xavier；He。
#
# 层是方的，Xavier 的方差就是 $1/n$。**用 ReLU 和 Xavier，第 30 层之后的标准差还剩多少？**（输入处为 1。）
#
# - (a) 大约 0.1
# - (b) 大约 0.00001
# - (c) 大约 0.000000001，十亿分之一

# %% role="answer" id="prediction_depth"
prediction_depth = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_depth = "b"
### END SOLUTION

# %% role="given" id="other_inits"
from reference.initialization import constant, normal, standard_uniform, zeros

# %% role="given" id="layers_given"
from reference.backprop import affine_backward, relu, relu_backward

# %% role="given" id="loss_given"
from reference.losses import softmax_cross_entropy

# %% role="given" id="minibatches_given"
from reference.gradient_descent import minibatches

# %%
WIDTH, DEPTH = 256, 30
TANH = np.tanh, lambda grad_out, x: grad_out * (1 - np.tanh(x) ** 2)  # forward and backward, as `relu, relu_backward`
RELU = relu, relu_backward


def spread_by_depth(init, activation, seed=0):
    """Standard deviation of the activations behind each layer, the input included: shape (DEPTH + 1,)."""
    rng = np.random.default_rng(seed)
    h = rng.standard_normal((200, WIDTH))
    spread = [h.std()]
    for _ in range(DEPTH):
        h = activation(h @ init(rng, (WIDTH, WIDTH)))
        spread.append(h.std())
    return np.array(spread)


# %% role="experiment" nbval="check"
with experiment("xavier_uniform", "he_normal"):
    starts = {
        "zero": zeros,
        "constant 0.01": lambda rng, shape: constant(rng, shape, value=0.01),
        "small, 0.01": lambda rng, shape: normal(rng, shape, scale=0.01),
        "large, 0.1": lambda rng, shape: normal(rng, shape, scale=0.1),
        "standard, 1/(3n)": standard_uniform,
        "Xavier, 1/n": xavier_uniform,
        "He, 2/n": he_normal,
    }
    spreads = {(name, unit): spread_by_depth(init, forward)
               for name, init in starts.items() for unit, forward in [("ReLU", relu), ("tanh", np.tanh)]}
    print("standard deviation behind layer 30     ReLU      tanh")
    for name in starts:
        print(f"{name:30s} {spreads[name, 'ReLU'][-1]:12.0e} {spreads[name, 'tanh'][-1]:9.0e}")
    he_draws = [spread_by_depth(he_normal, relu, seed)[-1] for seed in range(9)]
    print(f"He and ReLU, nine draws: {min(he_draws):.1f} to {max(he_draws):.1f}")
    lecun = spread_by_depth(lambda rng, shape: he_normal(rng, shape, gain=1), relu)[-1]
    print(f"the same draw with gain 1: {lecun:.1e}; He divided by it: {spreads['He, 2/n', 'ReLU'][-1] / lecun:.0f} = 2**15")

# %% role="experiment"
with experiment("xavier_uniform", "he_normal", "spreads"):
    fig, axes = panels(2, sharey=True)
    for ax, unit in zip(axes, ("ReLU", "tanh"), strict=True):
        lines = {name: np.maximum(spreads[name, unit], 1e-30) for name in starts if name not in ("zero", "constant 0.01")}
        curves(lines, ax=ax, xlabel="layer", title=unit, logy=True, legend=False)
        ax.set_ylim(1e-16, 1e8)
    axes[0].set_ylabel("standard deviation of the activations")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, handlelength=3.4, columnspacing=1)
    show(fig, alt={
        "en": "Two panels, ReLU and tanh: standard deviation of the activations by layer, log axis. ReLU: straight lines; He stays near 1, Xavier falls to about "
              f"{spreads['Xavier, 1/n', 'ReLU'][-1]:.0e}, standard to {spreads['standard, 1/(3n)', 'ReLU'][-1]:.0e}, small leaves the plot within 17 layers, large rises to {spreads['large, 0.1', 'ReLU'][-1]:.0e}. "
              f"tanh: large and He flatten near 0.6 to 0.7, Xavier sinks slowly to {spreads['Xavier, 1/n', 'tanh'][-1]:.2f}, standard and small fall in straight lines.",
        "zh": "ReLU 与 tanh 两幅图：各层激活值的标准差，对数坐标。ReLU：都是直线；He 保持在 1 附近，Xavier 降到约 "
              f"{spreads['Xavier, 1/n', 'ReLU'][-1]:.0e}，“标准”降到 {spreads['standard, 1/(3n)', 'ReLU'][-1]:.0e}，“小”在 17 层之内落到图外，“大”升到 {spreads['large, 0.1', 'ReLU'][-1]:.0e}。"
              f"tanh：“大”和 He 很快变平，停在 0.6 到 0.7 附近，Xavier 缓慢降到 {spreads['Xavier, 1/n', 'tanh'][-1]:.2f}，“标准”和“小”沿直线下降。"},
        caption={"en": "A straight line on a log axis: every layer multiplies by the same factor. Zero weights give zeros and are not drawn; equal weights: correction 1.",
                 "zh": "对数坐标下的直线，说明每一层都乘同一个倍数。权重全零时输出全零，没有画；权重全相等的情形见更正 1。"})
    reveal("depth", prediction_depth, "b", {
        "en": "ReLU halves the mean square in each of thirty layers: the standard deviation falls by a factor of the square root of 2**30, which is 2**15 = 32768.",
        "zh": "三十层中每一层 ReLU 都把均方减半：标准差缩小到 2**30 的平方根分之一，即 2**15 = 32768 分之一。"})

# %% [markdown] lang="en"
# **What it showed:** the factor per layer is what (1) says. A factor of only $1/\sqrt2$ per layer, the one between Xavier and He, is invisible in a network of two layers and deadly in one of thirty. A tanh cannot let the signal explode; what it does to the gradient is another matter (the next figure). He is right on average; one draw may well end at half or double.
#
# **What it does not show:** that a network with a bad start cannot train, or one with a good start will. That needs gradients.
# %% [markdown] lang="zh"
# **它说明了：** 每层的倍数正如 (1) 式所说。Xavier 与 He 之间每层只差 $1/\sqrt2$，两层的网络里看不出来，三十层的网络里是致命的。tanh 不会让信号爆炸，但梯度怎样是另一回事（见下一幅图）。He 在平均意义上是对的；单独抽一次，最后可能是一半，也可能是两倍。
#
# **它没有说明：** 起点不好的网络就不能训练，起点好的就一定行。那要看梯度。

# %% [markdown] lang="en"
# ### The figure to play with
#
# The same thirty layers with your hand on the knobs. Left: one column per layer, the histogram of its activations in grey. Middle: the size of the signal on its way forwards (solid) and of a random gradient on its way back (dashed). Right: the histogram of the layer you choose.
#
# *Questions, before you touch it:*
#
# 1. ReLU with Xavier: which gain makes both lines flat?
# 2. tanh, gain 2: the signal looks healthy. What happens to the gradient, and where in the histogram do you see why?
# 3. sigmoid: can you find *any* gain in the range for which the gradient survives? What is the largest slope of a sigmoid?
# 4. He with width 10 instead of 100: do the lines get steeper or rougher?
#
# <details><summary>answers</summary>
#
# 1\. $\sqrt2\approx1.41$: Xavier in a square layer, times that, is He. 2\. It explodes: at the input it is about 90 times what it is at the output. The histogram piles up at ±1, and a unit there has a slope near 0; but the units in between pass the gradient on through weights that are twice as large, and they win. A healthy size forwards promises nothing backwards. 3\. No: the slope is at most 1/4, so a gain of about 4 would be needed, and it would saturate; this is why sigmoids left the hidden layers.
# 4\. Rougher, and they sink: with ten terms in each sum a single draw is far from the average, and a product of thirty rough factors is usually far below its own average.
# </details>
# %% [markdown] lang="zh"
# ### 动手玩的图
#
# 还是那三十层，这次旋钮在你手里。左图：每层一列，用灰度画出激活值的直方图。中图：信号向前（实线）与一个随机梯度向后（虚线）时的大小。右图：所选那一层的直方图。
#
# *动手之前，先想几个问题：*
#
# 1. ReLU 配 Xavier：增益取多少，两条线都是平的？
# 2. tanh，增益 2：信号看上去很健康。梯度怎样了？从直方图的哪里能看出原因？
# 3. sigmoid：在可调范围内，有没有*哪个*增益能让梯度存活下来？sigmoid 的斜率最大是多少？
# 4. He，宽度由 100 改为 10：线是变陡了，还是变毛糙了？
#
# <details><summary>答案</summary>
#
# 1\. $\sqrt2\approx1.41$：方的层里，Xavier 乘上它就是 He。2\. 梯度爆炸：输入处大约是输出处的 90 倍。直方图堆在 ±1，那里的单元斜率接近 0；但处在中间的单元通过两倍大的权重把梯度传下去，结果是它们占了上风。向前看大小健康，并不保证向后也健康。3\. 没有：斜率至多 1/4，需要大约 4 的增益，而那样就饱和了；sigmoid 正是因此退出了隐藏层。
# 4\. 变毛糙，而且往下沉：每个和只有十项，单独抽一次会离平均值很远；三十个毛糙的因子相乘，通常远低于乘积自己的平均值。
# </details>

# %% role="experiment"
depth_explorer(init="xavier", activation="relu", gain=1.0, width=60, layer=10)

# %% [markdown] lang="en"
# ### Experiment 2: which layer gets how much gradient?
#
# "The gradient vanishes on its way back, so the first layers do not learn." We look at all three sizes in a tanh network of 20 hidden layers (200 units) on the training digits, with softmax loss, at the start: the signal $h$ that enters each layer, the gradient $\delta$ at its units, and the gradient of its *weights*. Initialization: Glorot and Bengio's "standard", $U[-1/\sqrt n,1/\sqrt n]$,
# which loses two thirds of the variance in every layer, and Xavier.
#
# **With the "standard" initialization, the gradient of the weight matrices is**
#
# - (a) smallest in the first layers, by many orders of magnitude
# - (b) about equally small in all hidden layers
# - (c) smallest in the last layers
# %% [markdown] lang="zh"
# ### 实验 2：哪一层得到多少梯度？
#
# “梯度在往回走的路上消失，所以前面的层学不到东西。”我们在训练开始时看三种大小：进入各层的信号 $h$、各层单元处的梯度 $\delta$，以及各层*权重*的梯度。网络是 20 个隐藏层（各 200 个单元）的 tanh 网络，数据是 digits 训练集，用 softmax 损失。初始化一是 Glorot 与 Bengio 所说的“标准”做法 $U[-1/\sqrt n,1/\sqrt n]$，每层损失三分之二的方差；二是 Xavier。
#
# **用“标准”初始化时，各权重矩阵的梯度：**
#
# - (a) 前面的层最小，小好几个数量级
# - (b) 所有隐藏层都差不多一样小
# - (c) 后面的层最小

# %% role="answer" id="prediction_gradient"
prediction_gradient = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_gradient = "b"
### END SOLUTION

# %% role="experiment" nbval="check"
def size(array):
    """Root of the mean square."""
    return np.sqrt(np.mean(array**2))


def sizes_by_layer(init, activation, hidden=20, width=200, seed=0):
    """For each layer the sizes of the signal that enters it, of the gradient at its units and of its weights' gradient."""
    rng = np.random.default_rng(seed)
    shapes = [(64, width)] + [(width, width)] * (hidden - 1) + [(width, 10)]
    weights = [init(rng, shape) for shape in shapes]
    entering, before = [X_train], []
    for W in weights:
        before.append(entering[-1] @ W)
        entering.append(activation[0](before[-1]))
    _, grad = softmax_cross_entropy(before[-1], y_train)
    rows = []
    for k in range(hidden, -1, -1):
        grad = grad if k == hidden else activation[1](grad, before[k])
        grad_h, grad_W, _ = affine_backward(grad, entering[k], weights[k])
        rows.insert(0, (size(entering[k]), size(grad), size(grad_W)))
        grad = grad_h
    return np.array(rows)


with experiment("standardize_fit", "xavier_uniform"):
    X_train, X_val = standardized_digits()
    by_layer = {"standard": sizes_by_layer(standard_uniform, TANH), "Xavier": sizes_by_layer(xavier_uniform, TANH)}
    print("layer                          2        11        20")
    for name, rows in by_layer.items():
        for what, column in zip(("signal", "gradient at units", "gradient of weights"), rows.T, strict=True):
            print(f"{name:8s} {what:19s} " + " ".join(f"{value:9.0e}" for value in column[[1, 10, 19]]))
    kept = (by_layer["standard"][11:20, 0] / by_layer["standard"][10:19, 0]) ** 2
    print(f"standard: share of the variance that a layer keeps, layers 11 to 19: {kept.min():.2f} to {kept.max():.2f}")

# %% role="experiment"
with experiment("standardize_fit", "xavier_uniform", "by_layer"):
    fig, axes = panels(2, sharey=True)
    for ax, (name, rows) in zip(axes, by_layer.items(), strict=True):
        layers = np.arange(1, len(rows) + 1)
        curves({"signal $h$": rows[:, 0], r"gradient at units $\delta$": rows[:, 1], "gradient of weights": rows[:, 2]},
               x=layers, ax=ax, xlabel="layer", title=name, logy=True, legend=name == "standard")
    axes[0].set_ylabel("size (root mean square)")
    show(fig, alt={
        "en": "Sizes by layer on a log axis, two panels. Standard: the signal falls in a straight line over five orders of magnitude, the gradient at the units rises over about five, and the gradient of the weights is a horizontal line near 1e-7. "
              "Xavier: all three are nearly level, the gradient of the weights near 3e-3.",
        "zh": "各层的大小，对数坐标，两幅图。“标准”：信号沿直线下降五个数量级，单元处的梯度（从前往后看）上升约五个数量级，而权重的梯度是一条水平线，约为 1e-7。Xavier：三条线都近乎水平，权重的梯度约为 3e-3。"},
        caption={"en": "tanh, 20 hidden layers, training digits, before the first step.", "zh": "tanh，20 个隐藏层，digits 训练集，第一步之前。"})
    reveal("gradient", prediction_gradient, "b", {
        "en": "The gradient of a weight is a signal times a gradient at a unit. One falls with depth, the other rises, by the same factor per layer: the product stays.",
        "zh": "权重的梯度等于一个信号乘一个单元处的梯度。随着层数增加，一个下降，一个上升，每层倍数相同：乘积不变。"})

# %% [markdown] lang="en"
# **What it showed:** $\delta$ does vanish on its way back. But layer $k$'s weights see $h_{k-1}^\top\delta_k$, and where $h$ is still large $\delta$ is small: at the start no hidden layer is worse off than another, all get less than a ten-thousandth of what Xavier gives them. (The last layer and the first, whose fans differ, get a little more.) Biases have no $h$ in front: theirs do vanish towards the input. Glorot and Bengio (2010,
# section 4.2.1) derive exactly this, and the third of the variance per layer as well: $n\cdot\frac1{3n}=\frac13$.
#
# **What it does not show:** what the sizes are once training has begun. The balance holds for weights just drawn.
# %% [markdown] lang="zh"
# **它说明了：** $\delta$ 往回走时的确在消失。但第 $k$ 层权重看到的是 $h_{k-1}^\top\delta_k$：$h$ 还大的地方，$\delta$ 就小。所以在起点处，没有哪个隐藏层比别的更吃亏，大家得到的都不到 Xavier 时的万分之一。（首尾两层扇入扇出不同，略多一些。）偏置的梯度前面没有 $h$，越靠近输入确实越小。Glorot 与 Bengio（2010，第 4.2.1 节）推导的正是这一点，还有每层剩三分之一的方差：$n\cdot\frac1{3n}=\frac13$。
#
# **它没有说明：** 训练开始之后大小如何。这种平衡只对刚抽出来的权重成立。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# **1. "If all weights start at the same value (say 0), all neurons of a layer receive the same gradient and stay alike."** (First note.) For equal weights that are not zero this is exactly what happens. Zero is a case of its own. Three starts for a network 64-32-32-10 on the digits, 200 steps of mini-batch gradient descent: all weights 0, all 0.1, and He with only the *last* matrix 0.
#
# *Before you run it:* with all weights 0 and ReLU, which of the arrays W1, b1, W2, b2, W3, b3 gets a gradient that is not zero?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# **1. “如果所有权重都初始化为同一个值（比如 0），同一层的神经元就会收到完全相同的梯度，从此一模一样。”**（第一份笔记。）权重相等而不为零时，情况正是如此。零是另一回事。给网络 64-32-32-10 三种起点，在 digits 上用小批量梯度下降走 200 步：权重全为 0；全为 0.1；He，但只有*最后一个*矩阵为 0。
#
# *运行之前想一想：* 权重全为 0、激活函数是 ReLU 时，W1、b1、W2、b2、W3、b3 中，哪些的梯度不为零？

# %% role="experiment" nbval="check"
PARTS = {"loss": softmax_cross_entropy, "affine_backward": affine_backward, "activation": RELU}


def sgd_step(params, grads, state, *, lr):
    return params - lr * grads, state


def batches_of(size):
    """Shuffled batches of the standardized training digits; the few rows that do not fill a batch are left out."""
    whole = len(X_train) - len(X_train) % size
    return lambda rng: minibatches(X_train[:whole], y_train[:whole], batch_size=size, rng=rng)


with experiment("standardize_fit", "he_normal"):
    X_train, X_val = standardized_digits()
    def last_zero(rng, shape):
        return zeros(rng, shape) if shape[1] == 10 else he_normal(rng, shape)

    def all_equal(rng, shape):
        return constant(rng, shape, value=0.1)

    for name, init in [("all 0", zeros), ("all 0.1", all_equal), ("He, last 0", last_zero)]:
        rng = np.random.default_rng(1)
        params = mlp_init(rng, (64, 32, 32, 10), init=init)
        _, grads = mlp_loss_and_grads(params, X_train, y_train, **PARTS)
        alive = [key for key, grad in grads.items() if np.abs(grad).max() > 1e-12]
        params, history = train(params, batches_of(64), lambda params, X, y: mlp_loss_and_grads(params, X, y, **PARTS),
                                sgd_step, lr=0.1, rng=rng, num_steps=200)
        units = len(np.unique(params["W2"].round(9), axis=1).T)
        print(f"{name:10s}: gradients at the start: {' '.join(sorted(alive)):6s} units that differ in the end: {units:2d},"
              f" loss {np.mean(history['loss'][-20:]):.2f}")

# %% [markdown] lang="en"
# All 0: no symmetry is learned either, *nothing* is, but for the last bias, which learns how frequent the classes are ($\ln10=2.30$). With $f(0)=0$ every activation is 0, so every weight's gradient is 0 times something; and every $\delta$ below the last layer passes through a zero matrix. All 0.1: at the first step even here only the last layer gets a gradient, because the softmax gradients of the classes add up to 0 and equal weights add them up. Later all layers do, and their units stay copies: a layer of 32 is one unit, and 200 steps have hardly helped. Random numbers break the symmetry (**symmetry breaking**), and they need
# not be everywhere: a zero *last* layer is harmless, and some residual networks start so on purpose.
#
# **2. "Since ReLU sets half of the units to 0, He's variance is twice Xavier's."** (First note.) The half is right, though it is the mean square that is halved. Twice is a coincidence of square layers: $\frac{2}{n_\text{in}}\big/\frac{2}{n_\text{in}+n_\text{out}}=1+\frac{n_\text{out}}{n_\text{in}}$.
#
# *Before you run it:* for the first layer of an MNIST network, 784 → 100, is He's variance twice, about the same, or eight times as large?
# %% [markdown] lang="zh"
# 全 0：谈不上什么对称，而是*什么也*学不到，除了最后的偏置，它学会了各类的频率（$\ln10=2.30$）。因为 $f(0)=0$，每个激活值都是 0，每个权重的梯度都是 0 乘上什么；而最后一层以下的每个 $\delta$ 都要穿过一个零矩阵。全 0.1：第一步里仍然只有最后一层有梯度，因为各类的 softmax 梯度之和为 0，而相等的权重恰好把它们加起来。之后各层都有了，但单元始终互为复制品：32 个单元的层等于一个单元，200 步几乎没有用。随机数能**打破对称性**（symmetry breaking），而且不必处处随机：只有*最后一层*为零是无害的，有些残差网络还特意这样开始。
#
# **2. “ReLU 使一半的神经元输出为 0，所以 He 的方差是 Xavier 的两倍。”**（第一份笔记。）一半没错，不过减半的是均方。两倍只是方的层里的巧合：$\frac{2}{n_\text{in}}\big/\frac{2}{n_\text{in}+n_\text{out}}=1+\frac{n_\text{out}}{n_\text{in}}$。
#
# *运行之前想一想：* 对 MNIST 网络的第一层 784 → 100，He 的方差是 Xavier 的两倍、差不多相等，还是八倍？

# %% role="experiment" nbval="check"
with experiment("xavier_uniform", "he_normal"):
    rng = np.random.default_rng(2)
    for shape in [(200, 200), (784, 100), (100, 784)]:
        ratio = he_normal(rng, shape).var() / xavier_uniform(rng, shape).var()
        print(f"{shape[0]} -> {shape[1]}: variance of He / variance of Xavier = {ratio:.1f}")

# %% [markdown] lang="en"
# **3. "Dividing by the standard deviation turns the data into a standard normal distribution", and "normalized, the contours are closer to circles".** (First note.) The first is wrong: subtracting and dividing moves and stretches a histogram, it does not change its shape. The second is a good bet, no law: it holds for certain if features are uncorrelated. Below, one pixel of the digits; then a
# made-up measuring station: one precise instrument that reads the temperature, and forty cheap ones that read 0.16 of it, each with noise of its own nearly twice as large as that. Hessian $\frac1NX^\top X$, all features centred.
#
# *Before you run it:* does the condition number of the station fall or rise when every instrument is divided by its standard deviation?
# %% [markdown] lang="zh"
# **3. “除以标准差，数据就变成标准正态分布”，以及“归一化让等高线更接近圆形”。**（第一份笔记。）前一句是错的：平移和缩放只能移动和拉伸直方图，改变不了它的形状。后一句值得一赌，但不是定律：特征互不相关时才必然成立。下面先看 digits 的一个像素，再看一个虚构的测量站：一台精密仪器读取温度，四十台廉价仪器读数是温度的 0.16 倍，各带近两倍于此的噪声。海森矩阵为 $\frac1NX^\top X$，所有特征都已零中心化。
#
# *运行之前想一想：* 每台仪器都除以自己的标准差之后，测量站的条件数是下降还是上升？

# %% role="experiment" nbval="check"
with experiment("standardize_fit"):
    X_train, X_val = standardized_digits()
    pixel = X_train[:, 20]
    low = np.mean(pixel == pixel.min())
    print(f"a standardized pixel: mean {pixel.mean() + 0:.2f}, variance {pixel.var():.2f}, at its lowest value: {low:.0%},"
          f" beyond two standard deviations: {np.mean(np.abs(pixel) > 2):.0%} (normal: 5%)")
    rng = np.random.default_rng(4)
    temperature = rng.standard_normal((5000, 1))
    station = np.concatenate([temperature, 0.16 * (temperature + 1.9 * rng.standard_normal((5000, 40)))], axis=1)
    for name, scale in [("centred", 1.0), ("standardized", standardize_fit(station)[1])]:
        Z = (station - station.mean(axis=0)) / scale
        kappa, path = descend(Z.T @ Z / len(Z), 1500, start=np.ones(41))
        arrived = np.argmax(np.linalg.norm(path, axis=1) < 1e-3 * np.linalg.norm(path[0]))
        print(f"station, {name:12s}: condition number {kappa:5.0f}, steps to a thousandth {arrived}")

# %% role="experiment"
with experiment("standardize_fit"):
    X_train, X_val = standardized_digits()
    normal_draws = np.random.default_rng(0).standard_normal(20_000)
    ax = histograms({"standardized pixel": X_train[:, 20], "standard normal": normal_draws}, bins=30, xlabel="value")
    show(ax.figure, alt={
        "en": "Histograms of a standardized pixel of the digits and of standard normal numbers. The pixel's has two heaps, one at its lowest and one at its highest value, with a low plateau between; the normal one is a bell.",
        "zh": "一个标准化之后的 digits 像素与标准正态随机数的直方图。像素的直方图有两堆，一堆在最小值，一堆在最大值，中间低而平；正态的是一口钟。"},
        caption={"en": "Both have mean 0 and variance 1.", "zh": "两者均值都是 0，方差都是 1。"})

# %% [markdown] lang="en"
# The station got worse. Forty weak copies of one reading, made as loud as the reading itself, add up to one very steep direction. Numerical analysts know the bound: among all ways to scale $D$ features one by one, the equal one is at most $D$ times worse than the best (van der Sluis 1969). In image data, where all pixels share a unit, one mean and one standard deviation for the whole image is common for a reason.
# What removes correlation is whitening (Further).
# %% [markdown] lang="zh"
# 测量站反而变差了。同一读数的四十份微弱拷贝，被放大到与读数本身一样响，加起来就成了一个非常陡的方向。数值分析里有一个界：在逐个缩放 $D$ 个特征的所有办法中，统一成相同大小的那一种，条件数至多是最好的那种的 $D$ 倍（van der Sluis，1969）。图像的所有像素单位相同，常常整幅图只用一个均值和一个标准差，自有道理。能去掉相关性的是白化（whitening，见拓展）。

# %% [markdown] lang="en"
# ### Clinic
#
# Three patients. Choose a diagnosis, name the evidence in the picture, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 三位病人。先选一个诊断，说出图里的证据，再点开核对。

# %% role="experiment"
with experiment("standardize_fit", "he_normal"):
    X_train, X_val = standardized_digits()
    rng = np.random.default_rng(3)
    h, sinking = rng.standard_normal((200, WIDTH)), []
    for _ in range(10):
        h = np.tanh(h @ normal(rng, (WIDTH, WIDTH), scale=0.25))
    signal = rng.standard_normal((200, WIDTH))
    for _ in range(30):
        signal = relu(signal @ he_normal(rng, (WIDTH, WIDTH), mode="fan_out", gain=1.2))
        sinking.append(size(signal))
    raw = np.concatenate([digits.X_train, 40 + digits.X_train[:, :1]], axis=1)  # one more feature: a constant 40

    def raw_loss_and_grads(params, X, y):
        loss, grad = softmax_cross_entropy(X @ params["W"], y)
        return loss, {"W": affine_backward(grad, X, params["W"])[1]}

    _, history = train({"W": np.zeros((65, 10))}, lambda rng: [(raw, y_train)], raw_loss_and_grads, sgd_step,
                       lr=0.0016, rng=rng, num_steps=150)
    fig, (left, middle, right) = panels(3)
    left.hist(h.ravel(), bins=41, range=(-1.05, 1.05), weights=np.full(h.size, 1 / h.size))
    left.set(xlabel="activation", ylabel="share", title="A: layer 10")
    curves({"_size": sinking}, x=np.arange(1, 31), ax=middle, xlabel="layer", ylabel="size",
           title="B: before training", logy=True, legend=False)
    curves({"_loss": history["loss"]}, ax=right, ylabel="loss", title="C: loss", legend=False)
    right.set_ylim(0, 2.6)
    show(fig, alt={
        "en": "A: histogram of the activations of layer 10 of a tanh network: two tall heaps at -1 and 1, little between. B: the size of the signal by layer before training, a nearly straight line on a log axis from about 1 down to "
          f"{sinking[-1]:.3f} in 30 layers. "
              "C: a loss that starts at 2.30 and after 150 steps is still above 2, a nearly straight line.",
        "zh": "A：tanh 网络第 10 层激活值的直方图，-1 和 1 处各有一个高峰，中间很少。B：训练前各层信号的大小，对数坐标下近乎直线，30 层中从 1 左右降到 "
              f"{sinking[-1]:.3f}。C：损失从 2.30 开始，150 步之后仍在 2 以上，几乎是一条直线。"})

# %% [markdown] lang="en"
# **A.** A tanh network of ten layers. The signal behind every layer has a fine size, 0.9. It trains, but far more slowly and raggedly than the network next door.
# <details><summary>weights too small</summary>Then the histogram would be one narrow heap at 0.</details>
# <details><summary>weights too large: the units are saturated</summary><b>Yes.</b> The weights have standard deviation 0.25, four times $1/\sqrt n$. At ±1 the slope is nearly 0; the few units in between pass on a gradient that grows from layer to layer (question 2 to the figure). A learning rate that suits the last layers is too large for the first.</details>
# <details><summary>features not centred</summary>That shifts the histogram of the first layer; ten layers on nothing is left of it, and it would not heap up at both ends.</details>
#
# **B.** ReLU, 30 layers; the owner says "it is He, I only rounded the gain".
# <details><summary>dead units</summary>Half of the units are 0 for each example in a healthy network too. A dead network would drop to 0 at once, not by an equal factor per layer.</details>
# <details><summary>fan-in and fan-out mixed up</summary>The layers are square: there is nothing to mix up.</details>
# <details><summary>the gain is too small: 1.2 instead of √2</summary><b>Yes.</b> A straight line means an equal factor per layer, here $1.2/\sqrt2=0.85$ on average; $0.85^{30}\approx0.007$, and this draw came out at about half of that. In a deep network there is no such thing as a small error in the gain.</details>
#
# **C.** Softmax regression on pixels, plus one feature that is always around 40. A larger learning rate diverges.
# <details><summary>all weights 0 at the start: symmetry</summary>Softmax regression has one layer: its gradient at 0 is not 0 and its units get different labels. It always may start at 0.</details>
# <details><summary>one uncentred feature makes one very steep direction</summary><b>Yes.</b> Its mean square, 1600, sets the largest stable learning rate (01), and at that rate the pixels, whose mean squares lie below 1, hardly move. Centre it, and it is constant: it vanishes altogether.</details>
# <details><summary>learning rate too small: raise it</summary>The owner tried; the steep direction diverges.</details>
# %% [markdown] lang="zh"
# **A.** 十层的 tanh 网络。每层信号的大小都很正常，0.9。它能训练，但比隔壁的网络慢得多，曲线也毛糙得多。
# <details><summary>权重太小</summary>那样直方图会是 0 处的一个窄峰。</details>
# <details><summary>权重太大，单元饱和了</summary><b>正确。</b>权重的标准差是 0.25，是 $1/\sqrt n$ 的四倍。在 ±1 处斜率接近 0；而处在中间的少数单元，传下去的梯度一层比一层大（见交互图的问题 2）。适合最后几层的学习率，对前面几层就太大了。</details>
# <details><summary>特征没有零中心化</summary>那只会移动第一层的直方图；十层之后早已没有痕迹，也不会堆在两端。</details>
#
# **B.** ReLU，30 层；求诊者说：“就是 He，我只是把增益取了个整。”
# <details><summary>单元死掉了</summary>健康的网络里，对每个样本也有一半的单元为 0。死掉的网络会一下子降到 0，而不是每层乘同样的倍数。</details>
# <details><summary>扇入和扇出弄混了</summary>层是方的，没什么可弄混。</details>
# <details><summary>增益太小：1.2，而不是 √2</summary><b>正确。</b>直线说明每层的倍数相同，这里平均是 $1.2/\sqrt2=0.85$；$0.85^{30}\approx0.007$，这一次抽样大约是它的一半。在深层网络里，增益没有“小误差”可言。</details>
#
# **C.** 用像素做 softmax 回归，外加一个始终在 40 左右的特征。学习率再大就发散。
# <details><summary>权重从全 0 开始：对称性问题</summary>softmax 回归只有一层：在 0 处梯度不为 0，各单元面对的标签也不同。它总可以从 0 开始。</details>
# <details><summary>一个没有零中心化的特征造成一个非常陡的方向</summary><b>正确。</b>它的均方是 1600，决定了最大的稳定学习率（01）；而在这个学习率下，均方不到 1 的像素几乎不动。把它零中心化，它就成了常数，彻底消失。</details>
# <details><summary>学习率太小，应当提高</summary>求诊者试过：陡的方向会发散。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** A layer 400 → 100 with ReLU, He by the fan-in. What standard deviation have its weights?
# <details><summary>0.005</summary>That is the variance, 2/400. You draw with its root.</details>
# <details><summary>0.0707</summary><b>Right:</b> $\sqrt{2/400}$.</details>
# <details><summary>0.1414</summary>That is by the fan-out, $\sqrt{2/100}$: it keeps the gradient's size and doubles the signal's.</details>
# <details><summary>0.0632</summary>That is Xavier, $\sqrt{2/500}$.</details>
#
# **2.** You have standardized the training set. The test set comes from another camera and is brighter. What do you subtract from it?
# <details><summary>its own mean, so that it is centred too</summary>Then a test image's score depends on the other test images, and a single image could not be classified at all. And you hide from yourself that the camera differs.</details>
# <details><summary>the mean of the training set</summary><b>Right.</b> If that works badly, the data have shifted, and that is worth knowing.</details>
# <details><summary>the mean of both together</summary>Leakage: the model's inputs have then seen the test set.</details>
#
# **3.** Ten linear layers, weights of variance $\frac1{3n_\text{in}}$. What is left of the mean square of the signal?
# <details><summary>a third</summary>That is one layer.</details>
# <details><summary>a thirtieth</summary>Factors multiply, they do not add.</details>
# <details><summary>$3^{-10}\approx0.00002$</summary><b>Right.</b> Its root, the size, is 0.004.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 一层 400 → 100，ReLU，按扇入的 He 初始化。权重的标准差是多少？
# <details><summary>0.005</summary>这是方差 2/400。抽样时乘的是它的平方根。</details>
# <details><summary>0.0707</summary><b>正确：</b>$\sqrt{2/400}$。</details>
# <details><summary>0.1414</summary>这是按扇出，$\sqrt{2/100}$：它保持梯度的大小，却使信号加倍。</details>
# <details><summary>0.0632</summary>这是 Xavier，$\sqrt{2/500}$。</details>
#
# **2.** 训练集已经标准化。测试集来自另一台相机，偏亮。应当减去什么？
# <details><summary>它自己的均值，好让它也零中心化</summary>那样，一张测试图像的得分会取决于其他测试图像，单独一张图像根本没法分类。而且你把相机不同这件事瞒过了自己。</details>
# <details><summary>训练集的均值</summary><b>正确。</b>如果效果不好，说明数据变了，这正是值得知道的事。</details>
# <details><summary>两者合在一起的均值</summary>这是泄漏：模型的输入已经见过测试集了。</details>
#
# **3.** 十个线性层，权重方差为 $\frac1{3n_\text{in}}$。信号的均方还剩多少？
# <details><summary>三分之一</summary>那只是一层。</details>
# <details><summary>三十分之一</summary>倍数是相乘，不是相加。</details>
# <details><summary>$3^{-10}\approx0.00002$</summary><b>正确。</b>它的平方根，也就是大小，是 0.004。</details>

# %% [markdown] lang="en"
# The next cell counts your two predictions of this sitting, right or wrong.
# %% [markdown] lang="zh"
# 下一个单元格统计本节的两次预测，无论对错。

# %% role="tests" id="test_predictions_a" of="prediction_depth prediction_gradient" points=4
made = [guess for guess in (prediction_depth, prediction_gradient) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### Sitting A in five lines
#
# - Units and means dig valleys: the Hessian of a linear layer holds the mean squares and mean products of its inputs. Centre and scale, with numbers measured on the training set alone.
# - Signals pass a layer with their mean square times $n_\text{in}\sigma^2$ (times one half for ReLU); gradients with $n_\text{out}\sigma^2$.
# - Hence He, $2/n_\text{in}$, for ReLU, and Xavier, $2/(n_\text{in}+n_\text{out})$, for tanh. A wrong factor acts to the power of the depth.
# - Weights that are equal stay equal; zero weights under $f(0)=0$ do not even get a gradient.
# - A standardized feature has mean 0 and variance 1, not a normal distribution, and does not always make the valley rounder.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### 五句话总结 A 节
#
# - 单位和均值会挖出山谷：线性层的海森矩阵里，是输入的均方和两两乘积的平均。要零中心化，要缩放，所用的数只在训练集上测量。
# - 信号穿过一层，均方乘以 $n_\text{in}\sigma^2$（ReLU 再乘二分之一）；梯度乘以 $n_\text{out}\sigma^2$。
# - 所以 ReLU 用 He，$2/n_\text{in}$；tanh 用 Xavier，$2/(n_\text{in}+n_\text{out})$。倍数错了，后果要按层数乘方。
# - 相等的权重始终相等；若 $f(0)=0$，零权重连梯度都得不到。
# - 标准化之后的特征均值为 0、方差为 1，但不是正态分布，也不总能让山谷更圆。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: the scale at every step
#
# | | |
# |---|---|
# | **You will be able to** | write batch normalization for training and for evaluation, keep its running statistics, and take its gradient apart step by step; say what it makes a network insensitive to, what that is worth at fair learning rates, and where it does harm |
# | **You need** | sitting A; backpropagation along several ways (00); the variance of a mini-batch (01) |
# | **Time** | about 90 minutes: 35 reading, 55 writing and looking. Run the cells of sitting A first |
# | **Difficulty** | ●●● |
# | **Points** | {{points:B}}: three exercises ({{points:batchnorm_forward}} + {{points:batchnorm_backward_steps}} + {{points:batchnorm_backward}}) and two predictions |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：每一步都调整尺度
#
# | | |
# |---|---|
# | **学完你能够** | 写出批量归一化在训练和评估时的计算，维护它的滑动统计量，并把它的梯度一步一步拆开；说清它让网络对什么不再敏感，学习率选得公平时这份不敏感值多少，以及它在哪里有害 |
# | **你需要** | A 节；沿多条路径的反向传播（00）；小批量的方差（01） |
# | **时间** | 约 90 分钟：阅读 35 分钟，动手 55 分钟。请先运行 A 节的单元格 |
# | **难度** | ●●● |
# | **分数** | {{points:B}} 分：三道练习（{{points:batchnorm_forward}} + {{points:batchnorm_backward_steps}} + {{points:batchnorm_backward}}）和两次预测 |

# %% [markdown] lang="en"
# ### Before we start: four questions from earlier chapters
#
# <details><summary>1. A bias b of shape (D,) is added to every row of X. What is its gradient, given G of shape (N, D)? (00)</summary>
#
# The sum of $G$ over the rows: $b$ reaches the loss by way of every row, and the ways add up.
# </details>
#
# <details><summary>2. u reaches the loss by way of v and by way of w. How do the gradients combine? (00)</summary>
#
# $\frac{\partial L}{\partial u}=\frac{\partial L}{\partial v}\frac{\partial v}{\partial u}+\frac{\partial L}{\partial w}\frac{\partial w}{\partial u}$: one term per way.
# </details>
#
# <details><summary>3. The mean of a mini-batch of B examples is a random number. How does its variance depend on B? (01)</summary>
#
# Like $1/B$, as long as the batch is small beside the data set.
# </details>
#
# <details><summary>4. Why may standardize_fit look at the training examples only? (sitting A)</summary>
#
# Because what it measures is part of the model, and the model must be able to classify one single new example.
# </details>
# %% [markdown] lang="zh"
# ### 先回忆：前几章的四个问题
#
# <details><summary>1. 形状为 (D,) 的偏置 b 加到 X 的每一行上。已知形状为 (N, D) 的 G，b 的梯度是什么？（00）</summary>
#
# $G$ 对各行求和：$b$ 经由每一行到达损失，各条路径相加。
# </details>
#
# <details><summary>2. u 经由 v 和 w 两条路径到达损失，梯度怎样合起来？（00）</summary>
#
# $\frac{\partial L}{\partial u}=\frac{\partial L}{\partial v}\frac{\partial v}{\partial u}+\frac{\partial L}{\partial w}\frac{\partial w}{\partial u}$：每条路径一项。
# </details>
#
# <details><summary>3. 大小为 B 的小批量的均值是一个随机数，它的方差怎样随 B 变化？（01）</summary>
#
# 像 $1/B$，前提是批量远小于数据集。
# </details>
#
# <details><summary>4. 为什么 standardize_fit 只能看训练样本？（A 节）</summary>
#
# 因为它测量的东西是模型的一部分，而模型必须能给单独一个新样本分类。
# </details>

# %% [markdown] lang="en"
# ### The idea: standardize in between, and let gradients know
#
# Sitting A set the scale once. From the first step on weights move, and scales move with them. So let every layer standardize what it passes on: behind $XW+b$ and before the activation, each feature gets mean 0 and variance 1. The mean and the variance of the whole training set would have to be measured anew after every step; those of the mini-batch are at hand.
#
# Two additions make it work:
#
# - The statistics are functions of the batch, so the gradient goes through them. (Treat them as constants and the optimizer will push the mean up, the layer will take it off again, and nothing improves while the bias runs away; Ioffe and Szegedy tell this story in their section 2.)
# - Perhaps mean 0 and variance 1 are not what the next layer wants. Two parameters per feature, $\gamma$ and $\beta$, give back any other mean and spread, now learned directly instead of by way of all weights below.
#
# For one feature, with examples $i=1\dots N$ of the batch:
#
# $$\mu=\frac1N\sum_i x_i,\quad c_i=x_i-\mu,\quad v=\frac1N\sum_i c_i^2,\quad s=\frac1{\sqrt{v+\varepsilon}},\quad \hat x_i=c_i\,s,\quad y_i=\gamma\hat x_i+\beta .$$
#
# | symbol | in code | meaning |
# |---|---|---|
# | $x_i,\,y_i$ | `X`, `out` | one feature of example $i$ before and after the layer |
# | $\mu,\,v$ | `mean`, `var` | mean and variance of the batch, with $1/N$ |
# | $c_i,\,s,\,\hat x_i$ | `centred`, `inv_std`, `x_hat` | the steps in between, kept for the way back |
# | $\gamma,\,\beta$ | `gamma`, `beta` | learned; start at 1 and 0. (Elsewhere $\gamma,\beta$ are decay rates: chapters 03 and 04) |
# | $\varepsilon$ | `eps` | small, so that a constant feature gives 0 and not NaN |
# | $\alpha$ | `momentum` | the weight of the new batch in the running statistics |
#
# **In evaluation there is no batch.** One image must get one answer, whoever else is asking. So during training the layer keeps **running statistics**, an average of the batch means and variances in which old ones fade, and in evaluation uses those. Then the layer is a fixed scaling and shift per feature, nothing more.
#
# ### What cannot matter any more
#
# Multiply the weights (and bias) in front of the layer by 3. Then $x$, $\mu$ and $c$ are multiplied by 3 and $s$ by 1/3 (up to $\varepsilon$): $\hat x$ is what it was. So the loss does not depend on the length of the weights, $L(kW)=L(W)$ for all $k>0$. Two consequences, each by taking a derivative of this equation. *By $W$: what is the gradient at $kW$, compared with that at $W$? Write it down before you open the line.*
#
# <details><summary>the line left blank</summary>
#
# The left side has derivative $k\,\nabla L(kW)$ by the chain rule, the right side $\nabla L(W)$. So $\nabla L(kW)=\frac1k\nabla L(W)$: three times the weights, a third of the gradient.
# </details>
#
# *By $k$, at $k=1$:* $\langle W,\nabla L(W)\rangle=0$. The gradient is at right angles to the weights. A step of gradient descent can therefore only make them longer: $|W-\eta\nabla L|^2=|W|^2+\eta^2|\nabla L|^2$. Longer weights, smaller gradients: what counts is the effective learning rate $\eta/|W|^2$, and the layer lowers it by itself when steps are too big. (In front of a layer without $\gamma$ weights are
# directions.) The bias in front does nothing at all: the mean is subtracted.
# %% [markdown] lang="zh"
# ### 想法：在层与层之间标准化，并且让梯度知道
#
# A 节只在起点处调了一次尺度。从第一步起，权重在动，尺度也跟着动。那就让每一层都把要传下去的东西标准化：在 $XW+b$ 之后、激活函数之前，让每个特征的均值为 0、方差为 1。整个训练集的均值和方差，每走一步都得重新测量；小批量的却是现成的。这就是**批量归一化**（batch normalization, BN）。
#
# 要让它管用，还需要两样东西：
#
# - 统计量是这一批数据的函数，梯度也要穿过它们。（若把它们当作常数，优化器会把均值往上推，而层又把它减掉：什么也没改善，偏置却越跑越远。Ioffe 与 Szegedy 在论文第 2 节讲过这件事。）
# - 均值 0、方差 1 也许并不是下一层想要的。每个特征配两个参数 $\gamma$ 和 $\beta$，可以还原成任何别的均值和离散程度；只不过现在是直接学，而不必通过下面所有的权重。
#
# 对一个特征，批量中的样本为 $i=1\dots N$：
#
# $$\mu=\frac1N\sum_i x_i,\quad c_i=x_i-\mu,\quad v=\frac1N\sum_i c_i^2,\quad s=\frac1{\sqrt{v+\varepsilon}},\quad \hat x_i=c_i\,s,\quad y_i=\gamma\hat x_i+\beta .$$
#
# | 符号 | 代码 | 含义 |
# |---|---|---|
# | $x_i,\,y_i$ | `X`、`out` | 样本 $i$ 的某个特征，进入该层之前和之后 |
# | $\mu,\,v$ | `mean`、`var` | 这一批的均值和方差，用 $1/N$ |
# | $c_i,\,s,\,\hat x_i$ | `centred`、`inv_std`、`x_hat` | 中间步骤，留给反向传播 |
# | $\gamma,\,\beta$ | `gamma`、`beta` | 学出来的参数，从 1 和 0 开始。（别处的 $\gamma$、$\beta$ 是衰减率，见 03、04 章） |
# | $\varepsilon$ | `eps` | 很小的数，使常数特征得到 0 而不是 NaN |
# | $\alpha$ | `momentum` | 滑动统计量中新的一批所占的权重 |
#
# **评估时没有批量。** 一张图像应当只有一个答案，与谁同时来问无关。所以训练时该层要维护**滑动统计量**（running statistics），即各批均值和方差的平均，旧的逐渐淡出；评估时就用它们。这时，该层只是对每个特征做固定的缩放和平移，别无其他。
#
# ### 什么不再有影响
#
# 把这一层前面的权重（和偏置）乘以 3。那么 $x$、$\mu$、$c$ 都乘以 3，$s$ 乘以 1/3（不计 $\varepsilon$），$\hat x$ 不变。所以损失与权重的长度无关：对所有 $k>0$，$L(kW)=L(W)$。对这个等式求导，得到两个结论。*先对 $W$ 求导：$kW$ 处的梯度与 $W$ 处的相比如何？写下来，再点开下面这一行。*
#
# <details><summary>留给你补的一行</summary>
#
# 由链式法则，左边的导数是 $k\,\nabla L(kW)$，右边是 $\nabla L(W)$。所以 $\nabla L(kW)=\frac1k\nabla L(W)$：权重变成三倍，梯度变成三分之一。
# </details>
#
# *再对 $k$ 求导，取 $k=1$：* $\langle W,\nabla L(W)\rangle=0$，梯度与权重垂直。因此梯度下降的一步只会让权重变长：$|W-\eta\nabla L|^2=|W|^2+\eta^2|\nabla L|^2$。权重变长，梯度变小：真正起作用的是有效学习率 $\eta/|W|^2$，步子太大时，这一层会自己把它降下来。（在这样的层前面，权重只是一个方向。）前面的偏置则毫无作用：均值会被减掉。

# %% [markdown] lang="en"
# ### Convention card: batch normalization
#
# | where | `momentum` | `eps` | variance that normalizes / that is kept | in evaluation |
# |---|---|---|---|---|
# | **here**, PyTorch `BatchNorm1d` | 0.1: weight of the **new** batch | 1e-5 | $1/N$ / $1/(N-1)$ | running statistics |
# | Keras `BatchNormalization` | 0.99: weight of the **old** average | 1e-3 | $1/N$ / $1/N$ | running statistics (called directly, `training=False` is the default) |
# | Flax `BatchNorm` | 0.99: weight of the old average | 1e-5 | $1/N$ / $1/N$ | `use_running_average=True` |
# | Ioffe and Szegedy (2015) | none: averages over training batches afterwards | not named | $1/N$ / times $N/(N-1)$ | their algorithm 2 |
# | first note | no running statistics | $\varepsilon$ | "variance of the batch" | not mentioned |
# | second note | batch normalization is not mentioned | | | |
#
# Our 0.1 is Keras' 0.9: whoever copies the number 0.99 from Keras to PyTorch makes the running statistics those of the last batch. The momentum of a running average has nothing to do with that of chapter 03. The first row is ours and is what the checks expect.
# %% [markdown] lang="zh"
# ### 约定卡：批量归一化
#
# | 出处 | `momentum` | `eps` | 用来归一化的方差／保存下来的方差 | 评估时 |
# |---|---|---|---|---|
# | **本课程**、PyTorch `BatchNorm1d` | 0.1：**新**的一批的权重 | 1e-5 | $1/N$／$1/(N-1)$ | 滑动统计量 |
# | Keras `BatchNormalization` | 0.99：**旧**平均的权重 | 1e-3 | $1/N$／$1/N$ | 滑动统计量（直接调用时默认 `training=False`） |
# | Flax `BatchNorm` | 0.99：旧平均的权重 | 1e-5 | $1/N$／$1/N$ | `use_running_average=True` |
# | Ioffe 与 Szegedy（2015） | 没有：训练之后再对若干批取平均 | 没有给值 | $1/N$／乘以 $N/(N-1)$ | 论文的算法 2 |
# | 第一份笔记 | 没有滑动统计量 | $\varepsilon$ | “该批的方差” | 没有提到 |
# | 第二份笔记 | 没有提到批量归一化 | | | |
#
# 我们的 0.1 相当于 Keras 的 0.9：把 Keras 的 0.99 照抄到 PyTorch，滑动统计量就成了最后一批的统计量。滑动平均的 momentum 与 03 章的动量毫无关系。第一行是本课程的约定，练习按它检查。

# %% [markdown] lang="en"
# ### Exercise 5: `batchnorm_forward` ({{points:batchnorm_forward}} points, 15 minutes)
#
# Training and evaluation in one function. It returns three things: the output, a cache for the way back, and the running statistics for next time.
#
# *Worked example.* One feature, $x=(1,3)$, `gamma` 2, `beta` 5, `eps` tiny, running mean 0 and variance 1, `momentum` 0.1. Mean 2, variance 1, $\hat x=(-1,1)$, out $(3,7)$. New running mean $0.9\cdot0+0.1\cdot2=0.2$; the unbiased variance of the batch is $1\cdot\frac21=2$, so the running variance becomes $0.9\cdot1+0.1\cdot2=1.1$.
# %% [markdown] lang="zh"
# ### 练习 5：`batchnorm_forward`（{{points:batchnorm_forward}} 分，15 分钟）
#
# 一个函数，训练和评估都要管。它返回三样东西：输出、留给反向传播的缓存、下一次要用的滑动统计量。
#
# *例子。* 一个特征，$x=(1,3)$，`gamma` 为 2，`beta` 为 5，`eps` 极小，滑动均值 0、滑动方差 1，`momentum` 为 0.1。均值 2，方差 1，$\hat x=(-1,1)$，输出 $(3,7)$。新的滑动均值为 $0.9\cdot0+0.1\cdot2=0.2$；这一批的无偏方差为 $1\cdot\frac21=2$，所以滑动方差变成 $0.9\cdot1+0.1\cdot2=1.1$。

# %% role="given" id="batchnorm_init"
from reference.batch_norm import batchnorm_init

# %% role="answer" id="batchnorm_forward"
from reference.batch_norm import batchnorm_forward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# First decide which `mean` and `var` to use: `if training: ... else: mean, var = running`. All lines after that are the same in both cases. `running` is a pair; do not write into its arrays, make a new pair.
# </details>
# <details><summary>Hint 2</summary>
#
# Two variances of one batch: `X.var(axis=0)` divides by N and normalizes; times `N / (N - 1)` it goes into the running variance. In evaluation return the `running` you were given, and `None` for the cache.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先决定用哪个 `mean` 和 `var`：`if training: ... else: mean, var = running`。之后的几行两种情形都一样。`running` 是一对数组；不要写进原来的数组，要新建一对。
# </details>
# <details><summary>提示 2</summary>
#
# 同一批有两个方差：`X.var(axis=0)` 除以 N，用来归一化；乘上 `N / (N - 1)` 之后进入滑动方差。评估时原样返回收到的 `running`，缓存返回 `None`。
# </details>

# %% role="tests" id="test_batchnorm_forward" points=17
check("batchnorm_forward", batchnorm_forward)

# %% [markdown] lang="en"
# ### Backwards, one step at a time
#
# The formula looks forbidding because $x_i$ reaches the loss by many ways: directly, and by way of the mean and of the variance, through which it moves *every* $\hat x_j$. Do not expand anything. Go back through the graph one operation at a time, in the opposite order, and add where ways meet:
#
# ```
# X ──────────────┬─> centred ──┬──────────────────> x_hat ──> out
#  └──> mean ─────┘             └─> var ─> inv_std ──┘   (gamma, beta)
# ```
#
# Four kinds of steps occur, and you know how each goes back:
#
# | forwards | backwards |
# |---|---|
# | a product $u\cdot w$ | the gradient times the other factor |
# | a function $f(u)$ | the gradient times $f'(u)$ |
# | a number per feature, used in all rows | the sum over the rows |
# | the mean over the rows | the gradient divided by $N$, to each row |
#
# **A worked example with a surprise.** One feature, two examples, $x=(1,3)$, $\gamma=1$, $\varepsilon=0$: then $c=(-1,1)$, $v=1$, $s=1$, $\hat x=(-1,1)$. Let the gradient that arrives be $G=(1,0)$. The eight gradients are
#
# | beta | gamma | x_hat | inv_std | var | centred | mean | X |
# |---|---|---|---|---|---|---|---|
# | 1 | −1 | (1, 0) | −1 | 1/2 | (1/2, 1/2) | −1 | (0, 0) |
#
# Check `centred` by hand: it has two ways to the loss. And why is the gradient for X zero, whatever $G$ is? Two different numbers, standardized, are always $-1$ and $1$. No change of $x$ can change that. Keep it in mind for correction 3.
# %% [markdown] lang="zh"
# ### 反向传播，一次一步
#
# 公式看起来吓人，是因为 $x_i$ 到达损失的路径很多：直接的一条，还有经由均值和方差的，后者会牵动*每一个* $\hat x_j$。什么都不要展开。沿着计算图，一次退回一个运算，顺序与前向相反，路径汇合处相加：
#
# ```
# X ──────────────┬─> centred ──┬──────────────────> x_hat ──> out
#  └──> mean ─────┘             └─> var ─> inv_std ──┘   (gamma, beta)
# ```
#
# 一共只有四种步骤，每一种怎样退回，你都知道：
#
# | 前向 | 反向 |
# |---|---|
# | 乘积 $u\cdot w$ | 梯度乘另一个因子 |
# | 函数 $f(u)$ | 梯度乘 $f'(u)$ |
# | 每个特征一个数，各行共用 | 对各行求和 |
# | 对各行求均值 | 梯度除以 $N$，分给每一行 |
#
# **一个出人意料的例子。** 一个特征，两个样本，$x=(1,3)$，$\gamma=1$，$\varepsilon=0$：于是 $c=(-1,1)$，$v=1$，$s=1$，$\hat x=(-1,1)$。设传来的梯度为 $G=(1,0)$。八个梯度依次是
#
# | beta | gamma | x_hat | inv_std | var | centred | mean | X |
# |---|---|---|---|---|---|---|---|
# | 1 | −1 | (1, 0) | −1 | 1/2 | (1/2, 1/2) | −1 | (0, 0) |
#
# 请手算核对 `centred`：它有两条路径通向损失。为什么不论 $G$ 是什么，X 的梯度都是零？两个不同的数，标准化之后总是 $-1$ 和 $1$；$x$ 怎样变，都改变不了这一点。更正 3 会用到它。

# %% [markdown] lang="en"
# ### Exercise 6: `batchnorm_backward_steps` ({{points:batchnorm_backward_steps}} points, 20 minutes)
#
# A contract: the forward graph is in the docstring, each entry of the result must be the gradient with respect to the quantity of that name. Points come step by step, so a mistake at `var` does not cost you `beta`. The card shows the first wrong step; everything after it is wrong as a matter of course.
# %% [markdown] lang="zh"
# ### 练习 6：`batchnorm_backward_steps`（{{points:batchnorm_backward_steps}} 分，20 分钟）
#
# 这是一份契约：文档字符串里给出前向的计算图，结果的每一项必须是损失对同名量的梯度。分数按步骤给，`var` 错了，不影响 `beta` 的分。检查卡会指出第一个错的步骤；它后面的自然也跟着错。

# %% role="answer" id="batchnorm_backward_steps"
from reference.batch_norm import batchnorm_backward_steps

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# `out = gamma * x_hat + beta` gives the first three: beta and gamma are numbers per feature used in all rows (sum over axis 0), x_hat is a factor. `x_hat = centred * inv_std` gives inv_std, again a sum. Then $s=(v+\varepsilon)^{-1/2}$ has the derivative $-\frac12(v+\varepsilon)^{-3/2}$: write it with $s$.
# </details>
# <details><summary>Hint 2</summary>
#
# centred: by way of x_hat `grads["x_hat"] * inv_std`, plus by way of var, where $\partial v/\partial c_i=2c_i/N$. mean: it is subtracted in every row, so minus the sum. X: as part of centred with factor 1, plus as part of the mean with $1/N$. Try your function on the worked example: `batchnorm_backward_steps(np.array([[1.0], [0.0]]), cache)` with the cache that `batchnorm_forward` returns for $x=(1,3)$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# `out = gamma * x_hat + beta` 给出前三个：beta 和 gamma 是每个特征一个数、各行共用（对 axis 0 求和），x_hat 是因子。`x_hat = centred * inv_std` 给出 inv_std，又是求和。接着，$s=(v+\varepsilon)^{-1/2}$ 的导数是 $-\frac12(v+\varepsilon)^{-3/2}$：用 $s$ 来写。
# </details>
# <details><summary>提示 2</summary>
#
# centred：经由 x_hat 的是 `grads["x_hat"] * inv_std`，再加上经由 var 的，其中 $\partial v/\partial c_i=2c_i/N$。mean：它在每一行都被减去，所以是负的求和。X：作为 centred 的一部分，因子为 1；再加上作为均值的一部分，因子 $1/N$。用上面的例子试一试：`batchnorm_backward_steps(np.array([[1.0], [0.0]]), cache)`，缓存取 `batchnorm_forward` 对 $x=(1,3)$ 返回的那一个。
# </details>

# %% role="tests" id="test_batchnorm_backward_steps" points=21
check("batchnorm_backward_steps", batchnorm_backward_steps)

# %% [markdown] lang="en"
# ### From eight lines to one
#
# The eight steps collapse. This is the derivation in full; it contains the answers of exercise 6, so open it when that is green.
#
# <details><summary>the derivation</summary>
#
# Write $H_i=\gamma G_i$ for the gradient at $\hat x_i$, and $\overline{H}=\frac1N\sum_iH_i$ for means over the batch. Remember $c_is=\hat x_i$.
#
# 1. inv_std: $\sum_i H_ic_i=\frac1s\sum_iH_i\hat x_i=\frac Ns\,\overline{H\hat x}$.
# 2. var: times $-\frac12s^3$, so $-\frac N2s^2\,\overline{H\hat x}$.
# 3. centred: $H_is+\bigl(-\tfrac N2s^2\,\overline{H\hat x}\bigr)\frac{2c_i}{N}=s\,\bigl(H_i-\hat x_i\,\overline{H\hat x}\bigr)$.
# 4. mean: minus the sum of these. *What becomes of the second term? (the line left blank)*
#
# <details><summary>open</summary>
#
# $\sum_i\hat x_i=0$, since $\hat x$ is centred. So mean: $-sN\,\overline H$.
# </details>
#
# 5. X: centred plus mean$/N$: $\;s\,\bigl(H_i-\overline H-\hat x_i\,\overline{H\hat x}\bigr)$.
# </details>
#
# $$\frac{\partial L}{\partial x_i}=\gamma\,s\,\Bigl(G_i-\overline G-\hat x_i\,\overline{G\hat x}\Bigr)$$
#
# Read it: the layer takes two things away from the gradient that arrives. Its mean, since moving all $x$ together changes nothing; and its part along $\hat x$, since stretching all $x$ together changes nothing either. What is left is multiplied by $\gamma s$. (Both sums are already there: they are the gradients of beta and gamma.)
#
# ### Exercise 7: `batchnorm_backward` ({{points:batchnorm_backward}} points, 6 minutes)
#
# The same gradients in three lines. In training this is the one that runs: a third of the arrays.
# %% [markdown] lang="zh"
# ### 从八行到一行
#
# 八个步骤可以合并。下面是完整的推导；里面有练习 6 的答案，所以请在练习 6 通过之后再点开。
#
# <details><summary>推导</summary>
#
# 记 $H_i=\gamma G_i$ 为 $\hat x_i$ 处的梯度，$\overline{H}=\frac1N\sum_iH_i$ 为对批量的平均。别忘了 $c_is=\hat x_i$。
#
# 1. inv_std：$\sum_i H_ic_i=\frac1s\sum_iH_i\hat x_i=\frac Ns\,\overline{H\hat x}$。
# 2. var：乘以 $-\frac12s^3$，得 $-\frac N2s^2\,\overline{H\hat x}$。
# 3. centred：$H_is+\bigl(-\tfrac N2s^2\,\overline{H\hat x}\bigr)\frac{2c_i}{N}=s\,\bigl(H_i-\hat x_i\,\overline{H\hat x}\bigr)$。
# 4. mean：负的求和。*第二项变成了什么？（留给你补的一行）*
#
# <details><summary>点开</summary>
#
# $\sum_i\hat x_i=0$，因为 $\hat x$ 已经零中心化。所以 mean 是 $-sN\,\overline H$。
# </details>
#
# 5. X：centred 加上 mean$/N$：$\;s\,\bigl(H_i-\overline H-\hat x_i\,\overline{H\hat x}\bigr)$。
# </details>
#
# $$\frac{\partial L}{\partial x_i}=\gamma\,s\,\Bigl(G_i-\overline G-\hat x_i\,\overline{G\hat x}\Bigr)$$
#
# 读一读这个式子：该层从传来的梯度里拿走两样东西。一是它的平均，因为所有 $x$ 一起平移什么也不改变；二是它沿 $\hat x$ 的部分，因为所有 $x$ 一起伸缩也什么都不改变。剩下的乘以 $\gamma s$。（两个求和都是现成的：就是 beta 和 gamma 的梯度。）
#
# ### 练习 7：`batchnorm_backward`（{{points:batchnorm_backward}} 分，6 分钟）
#
# 同样的梯度，三行写完。训练时运行的是这一个：数组少了三分之二。

# %% role="answer" id="batchnorm_backward"
from reference.batch_norm import batchnorm_backward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Begin with the two sums, `grad_beta` and `grad_gamma`. Divided by N they are the two means of the formula.
# </details>
# <details><summary>Hint 2</summary>
#
# On the worked example, $G=(1,0)$, $\hat x=(-1,1)$: $\overline G=\frac12$, $\overline{G\hat x}=-\frac12$, so the bracket is $(1-\frac12-\frac12,\;0-\frac12+\frac12)=(0,0)$.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 先算两个求和 `grad_beta` 和 `grad_gamma`。除以 N，就是公式里的两个平均。
# </details>
# <details><summary>提示 2</summary>
#
# 用上面的例子，$G=(1,0)$，$\hat x=(-1,1)$：$\overline G=\frac12$，$\overline{G\hat x}=-\frac12$，括号里是 $(1-\frac12-\frac12,\;0-\frac12+\frac12)=(0,0)$。
# </details>

# %% role="tests" id="test_batchnorm_backward" points=10
check("batchnorm_backward", batchnorm_backward)

# %% [markdown] lang="en"
# With these two your layer plugs into the network of the course. First the promise: three times the weights of layer 2 in a network with batch normalization. Then the same without.
# %% [markdown] lang="zh"
# 有了这两个函数，你的层就能接入本课程的网络。先兑现前面的推导：在有批量归一化的网络里，把第 2 层的权重变成三倍；再看没有它的情形。

# %% role="experiment"
def bn_forward(X, gamma, beta, running, training):
    """Your batch normalization as a part of the network; the first call makes the running statistics."""
    running = batchnorm_init(X.shape[1]) if running is None else running
    return batchnorm_forward(X, gamma, beta, running, training)


def with_norm(norm):
    """The parts of the network, with batch normalization or without (norm=None)."""
    return PARTS | {"normalization": norm}


# %% role="experiment" nbval="check"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    BN = bn_forward, batchnorm_backward
    for name, norm in [("with batch norm", BN), ("without", None)]:
        params = mlp_init(np.random.default_rng(0), (64, 50, 50, 10), init=he_normal, normalized=norm is not None)
        loss, grads = mlp_loss_and_grads(params, X_train, y_train, **with_norm(norm))
        longer = params | {"W2": 3 * params["W2"]}
        new_loss, new_grads = mlp_loss_and_grads(longer, X_train, y_train, **with_norm(norm))
        shrunk = np.linalg.norm(new_grads["W2"]) / np.linalg.norm(grads["W2"])
        cosine = np.sum(params["W2"] * grads["W2"]) / np.linalg.norm(params["W2"]) / np.linalg.norm(grads["W2"])
        print(f"{name:15s}: loss {loss:.4f} -> {new_loss:.4f}, gradient of W2 times {shrunk:.3f},"
              f" cosine of W2 and its gradient {abs(cosine):.3f}, gradient of b2 below 1e-12: {bool(np.abs(grads['b2']).max() < 1e-12)}")

# %% [markdown] lang="en"
# Loss unchanged, a third of the gradient, a right angle, and a bias without effect: leave it away in front of batch normalization. (Not exactly equal, because of $\varepsilon$: it does not grow with the weights.)
#
# ### Experiment 3: how forgiving is it?
#
# The first note promises larger learning rates and less dependence on initialization. Both are claims about *insensitivity*, and can be measured: a network of five hidden layers (50 units, ReLU) on the standardized digits, 100 steps with batches of 64, the learning rate falling linearly to zero. We start from He's weights times a factor of 0.1, 0.3, 1 or 3, and for each start give both sides *their own*
# best learning rate from a grid of nine, in factors of 4 from 0.00016 to 10.
#
# **With each side at its own best learning rate, which starts reach a training loss below 0.3?**
#
# - (a) with batch normalization all four; without, only the right one (factor 1)
# - (b) all four for both: a wrong scale of the weights can be made good by the learning rate
# - (c) with batch normalization all four; without, 1 and 3, since larger weights at least do not vanish
# %% [markdown] lang="zh"
# 损失不变，梯度变成三分之一，夹角为直角，偏置毫无作用：批量归一化前面的偏置可以省掉。（不是精确相等，因为有 $\varepsilon$：它不随权重增大。）
#
# ### 实验 3：它有多宽容？
#
# 第一份笔记说，它允许更大的学习率，并减少对初始化的依赖。两句说的都是*不敏感*，这是可以测量的：五个隐藏层（各 50 个单元，ReLU），标准化的 digits，小批量 64，100 步，学习率线性降到零。起点是 He 的权重乘以 0.1、0.3、1 或 3；对每个起点，双方各用*自己*最好的学习率，取自九个值的网格，公比为 4，从 0.00016 到 10。
#
# **双方各用自己最好的学习率，哪些起点能把训练损失降到 0.3 以下？**
#
# - (a) 有批量归一化时四个都行；没有时只有正确的那个（倍数 1）
# - (b) 双方四个都行：权重的尺度不对，可以用学习率补救
# - (c) 有批量归一化时四个都行；没有时 1 和 3 行，因为权重大，至少不会消失

# %% role="answer" id="prediction_forgiving"
prediction_forgiving = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_forgiving = "a"
### END SOLUTION

# %% role="experiment"
def digits_run(norm, *, lr, seed, factor=1.0, hidden=5, batch_size=64, num_steps=100):
    """Train the network, lr falling linearly to 0. Returns (training loss, validation accuracy), in evaluation."""
    rng, running = np.random.default_rng(seed), {}
    params = mlp_init(rng, (64,) + (50,) * hidden + (10,), init=lambda rng, shape: factor * he_normal(rng, shape),
                      normalized=norm is not None)
    params, history = train(
        params, batches_of(batch_size),
        lambda params, X, y: mlp_loss_and_grads(params, X, y, running=running, **with_norm(norm)),
        sgd_step, lr=lambda t: lr * (1 - t / num_steps), rng=rng, num_steps=num_steps)
    if not np.isfinite(history["loss"][-1]):
        return np.inf, 0.0
    evaluation = {"activation": RELU, "normalization": norm, "running": running}
    with np.errstate(over="ignore", invalid="ignore"):  # a run that is about to diverge
        loss, _ = softmax_cross_entropy(mlp_scores(params, X_train, **evaluation), y_train)
        return loss if np.isfinite(loss) else np.inf, accuracy(mlp_scores(params, X_val, **evaluation), y_val)


sides = {"without": None, "batch norm": (bn_forward, batchnorm_backward)}
LRS = 10.24 / 4.0 ** np.arange(8, -1, -1)
FACTORS = (0.1, 0.3, 1.0, 3.0)


# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    tables = {}
    for name, norm in sides.items():
        for factor in FACTORS:
            losses = [[digits_run(norm, lr=lr, seed=seed, factor=factor)[0] for seed in range(2)] for lr in LRS]
            tables[name, factor] = np.mean(losses, axis=1)
    forgiving = tables
    for name in sides:
        best = [tables[name, factor].min() for factor in FACTORS]
        print(f"{name:10s}  best training loss for factor 0.1, 0.3, 1, 3: "
              + ", ".join(f"{loss:.2f}" for loss in best))
        usable = LRS[tables[name, 1.0] < 0.3]
        print(f"            factor 1, learning rates that reach 0.3: {usable.min():.2g} to {usable.max():.2g}")

# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward", "forgiving"):
    fig, (left, right) = panels(2, sharey=True)
    for i, name in enumerate(sides):
        left.plot(FACTORS, np.minimum([forgiving[name, factor].min() for factor in FACTORS], 30), label=name, **look(i))
        right.plot(LRS, np.minimum(forgiving[name, 1.0], 30), label=name, **look(i))
    left.set(xscale="log", yscale="log", xlabel="initial weights: factor times He",
             ylabel="training loss at the end", title="each at its best lr")
    right.set(xscale="log", yscale="log", xlabel="learning rate", title="factor 1")
    left.legend()
    words = ", ".join(f"{forgiving['without', factor].min():.2f}" for factor in FACTORS)
    show(fig, alt={
        "en": "Two log-log panels of the final training loss. Left, against the factor of the initial weights, each at its best learning rate: with batch norm the line stays below 0.1 for all four factors; without it the losses are "
          f"{words}, low only at factor 1. "
              "Right, against the learning rate at factor 1: both lines fall side by side up to 0.16; the one without batch norm shoots up after 0.64, the other still falls at 2.56 and shoots up after it.",
        "zh": "最终训练损失的两幅双对数图。左：对初始权重的倍数，各用最好的学习率；有批量归一化时，四个倍数都在 0.1 以下；没有时依次为 "
              f"{words}，只有倍数 1 处低。右：倍数为 1 时对学习率；两条线并排下降到 0.16，没有批量归一化的在 0.64 之后陡升，另一条到 2.56 仍在下降，之后才陡升。"},
        caption={"en": "Means of two seeds; a loss of 30 stands for more, or for divergence.", "zh": "两个种子的平均；30 表示更大，或已发散。"})
    reveal("forgiving", prediction_forgiving, "a", {
        "en": "Without it six weight matrices each carry the factor: 0.1 to the sixth is a millionth of the signal, 3 to the sixth is 729 times too much.",
        "zh": "没有它时，六个权重矩阵都带着这个倍数：0.1 的六次方使信号只剩百万分之一，3 的六次方则把它放大到 729 倍。"})
    finals = {name: np.array([digits_run(norm, lr=LRS[np.argmin(forgiving[name, 1.0])], seed=seed)
                              for seed in range(100, 106)]) for name, norm in sides.items()}
    duel = finals["batch norm"] - finals["without"]
    for what, column in zip(("training loss", "validation accuracy"), duel.T, strict=True):
        mean, low, high = mean_interval(column)
        print(f"factor 1, fresh seeds, batch norm minus without: {what} {mean:+.3f} [{low:+.3f}, {high:+.3f}]")

# %% [markdown] lang="en"
# **What it showed:** with batch normalization a thirtyfold range of initial weights ends at a low loss everywhere. Without it the wrong starts cannot be rescued by the learning rate: where the signal is a millionth, so is the gradient, and where it is 700 times too large, so is the curvature. At the *right* start batch normalization is no better at small
# rates, rather a little slower; what it adds is the upper part of the axis, and there a better result as well.
#
# **What it does not show:** that this gain remains for large networks tuned with care. Networks without any normalization match it when start and residual branches are chosen for it (Zhang et al. 2019; Brock et al. 2021).
# %% [markdown] lang="zh"
# **它说明了：** 有了批量归一化，初始权重相差三十倍，最后的损失也都很低。没有它，错误的起点靠学习率救不回来：信号只有百万分之一的地方，梯度也是；信号放大到 700 倍的地方，曲率也是。起点*正确*时，批量归一化在小学习率下并不更好，反而略慢；它多出来的，是横轴上靠右的那一段，那里的结果也更好。
#
# **它没有说明：** 对精心调过的大网络，这份好处依然存在。只要起点和残差分支专门为此设计，不用任何归一化的网络也能与之相当（Zhang 等，2019；Brock 等，2021）。

# %% [markdown] lang="en"
# ### Experiment 4: is it the "internal covariate shift"?
#
# Why does it help? The paper and the first note say: because the distribution of each layer's input keeps shifting during training (**internal covariate shift**), and batch normalization stops that. Santurkar et al. (2018) tested it by undoing exactly this: behind every batch normalization they add noise with a mean and a spread that are drawn *anew at every step*. The inputs of the next layer then shift more
# than ever. (Their settings, which we use: mean uniform in ±0.5, spread uniform in 1 to 1.25, both drawn per unit and step; around these, per example, ±0.1 and a standard deviation of 0.1.)
#
# Same network as before, factor 1, each of the three at its own best learning rate, fresh seeds. **The network with noisy batch normalization trains**
#
# - (a) about as badly as the one without: its inputs shift even more
# - (b) nearly as well as with batch normalization, and better than without
# - (c) better than with batch normalization: noise regularizes
# %% [markdown] lang="zh"
# ### 实验 4：是“内部协变量偏移”吗？
#
# 它为什么有用？原论文和第一份笔记说：因为训练中每一层输入的分布不断偏移，即**内部协变量偏移**（internal covariate shift），而批量归一化制止了它。Santurkar 等（2018）的检验办法，是偏偏把这一点取消掉：在每个批量归一化之后加噪声，噪声的均值和离散程度*每一步都重新抽取*。于是下一层的输入偏移得比什么时候都厉害。（他们的设置，我们照用：均值在 ±0.5 内均匀分布，倍数在 1 到 1.25 内均匀分布，每个单元、每一步各抽一次；在此基础上，每个样本再有 ±0.1 以及标准差 0.1 的变化。）
#
# 网络与前面相同，倍数 1，三者各用自己最好的学习率，新种子。**带噪声的批量归一化网络训练得**
#
# - (a) 与没有批量归一化的差不多一样糟：它的输入偏移得更厉害
# - (b) 几乎与批量归一化一样好，好过没有的
# - (c) 比批量归一化更好：噪声有正则化作用

# %% role="answer" id="prediction_shift"
prediction_shift = None  # "a", "b" or "c"
### BEGIN SOLUTION
prediction_shift = "b"
### END SOLUTION

# %% role="experiment"
def noisy_norm(seed):
    """Batch normalization followed by noise whose mean and spread change at every step."""
    rng = np.random.default_rng(10_000 + seed)

    def forward(X, gamma, beta, running, training):
        out, cache, running = bn_forward(X, gamma, beta, running, training)
        if not training:
            return 1.125 * out, None, running  # the noise on average
        units = X.shape[1]
        shift = rng.uniform(-0.5, 0.5, units) + rng.uniform(-0.1, 0.1, X.shape)
        spread = rng.uniform(1, 1.25, units) + 0.1 * rng.standard_normal(X.shape)
        return spread * out + shift, (cache, spread), running

    def backward(grad_out, cache):
        return batchnorm_backward(grad_out * cache[1], cache[0])

    return forward, backward


def watched(norm, means):
    """The same layers; in layer 3 of 5 the mean of unit 0, in standard deviations of the batch, is noted in `means`."""
    calls = []

    def forward(X, gamma, beta, running, training):
        out, cache, running = norm[0](X, gamma, beta, running, training)
        if training:
            calls.append(0)
            if len(calls) % 5 == 3:
                means.append(out[:, 0].mean() / (out[:, 0].std() + 1e-8))
        return out, cache, running

    return forward, norm[1]


NOTHING = (lambda X, gamma, beta, running, training: (X, None, None),
           lambda grad_out, cache: (grad_out, np.zeros(50), np.zeros(50)))
arms = {"without": lambda seed: NOTHING, "batch norm": lambda seed: sides["batch norm"], "noisy batch norm": noisy_norm}


# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    ends, moved = {}, {}
    for name, arm in arms.items():
        rates = (0.16, 0.32, 0.64, 1.28, 2.56)
        losses = [np.mean([digits_run(arm(seed), lr=lr, seed=seed)[0] for seed in range(2)]) for lr in rates]
        best = rates[np.argmin(losses)]
        ends[name] = np.array([digits_run(arm(seed), lr=best, seed=seed) for seed in range(100, 106)])
        moved[name] = []
        digits_run(watched(arm(7), moved[name]), lr=best, seed=7)
        moves = np.abs(np.diff(moved[name])).mean()
        loss, right = ends[name].mean(axis=0)
        print(f"{name:16s}: best lr {best:.2f}, training loss {loss:.3f}, validation accuracy {right:.3f},"
              f" a unit's input moves by {moves:.2f} per step")
    santurkar, shifts = ends, moved

# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward", "santurkar", "shifts"):
    fig, axes = panels(3, sharey=True)
    for i, (ax, name) in enumerate(zip(axes, arms, strict=True)):
        ax.plot(shifts[name], color=look(i)["color"], linewidth=1.2)
        ax.set(xlabel="step", title=name)
    axes[0].set_ylabel("mean of one unit / its spread")
    show(fig, alt={
        "en": "The batch mean of one unit in layer 3 over 100 steps, in units of its spread, for three networks. Without: wanders irregularly. Batch norm: a smooth line that moves slowly. Noisy batch norm: jumps wildly between about -0.5 and 0.5 at every step.",
        "zh": "三个网络第 3 层某个单元的批量均值在 100 步中的变化，以其离散程度为单位。没有批量归一化：无规则地游走。批量归一化：平滑、缓慢移动的线。带噪声的批量归一化：每一步都在约 -0.5 与 0.5 之间剧烈跳动。"},
        caption={"en": "What enters the activation of one unit, seen from step to step.", "zh": "进入某个单元激活函数的值，逐步观察。"})
    differences = {name: santurkar[name][:, 0] - santurkar["without"][:, 0] for name in ("batch norm", "noisy batch norm")}
    ax = paired(differences, xlabel="training loss, minus that without")
    rows = {name: mean_interval(values) for name, values in differences.items()}
    words = "; ".join(f"{name} {mean:+.3f} [{low:+.3f}, {high:+.3f}]" for name, (mean, low, high) in rows.items())
    show(ax.figure, alt={
        "en": f"Paired differences of the training loss to the network without normalization, six fresh seeds, with 95 % intervals: {words}. Both lie left of 0.",
        "zh": f"训练损失与没有归一化的网络的成对差，六个新种子，95% 区间：{words}。两者都在 0 的左边。"},
        caption={"en": "Left of the dashed line: better than without.", "zh": "虚线左侧：好过没有归一化。"})
    reveal("shift", prediction_shift, "b", {
        "en": "Its inputs move farther at every step than those of the network without normalization, and it still trains better than that.",
        "zh": "它的输入每一步都比没有归一化的网络移动得更远，训练结果却仍然好过后者。"})

# %% [markdown] lang="en"
# **What it showed:** a network whose layers see wildly shifting inputs trains nearly as well as one with batch normalization. Stopping the shift is therefore not what helps. Santurkar et al. propose instead that the loss and its gradient change less abruptly along a step, which allows longer ones; the scale invariance you have derived is a part of that story.
#
# **What it does not show:** *why* it works. That batch normalization helps is solid; internal covariate shift as the reason is contested, and the debate goes on. Our network is small, theirs was a VGG on CIFAR-10, with the same outcome.
# %% [markdown] lang="zh"
# **它说明了：** 各层输入剧烈偏移的网络，训练得几乎与批量归一化一样好。所以，制止偏移并不是它有用的原因。Santurkar 等提出另一种解释：沿着一步走下去，损失及其梯度的变化不那么突然了，于是可以走更长的步；你推导出的尺度不变性是其中的一部分。
#
# **它没有说明：** 它*为什么*有用。批量归一化有用，这一点很牢靠；以内部协变量偏移为原因则有争议，讨论还在继续。我们的网络很小；他们用的是 CIFAR-10 上的 VGG，结果相同。

# %% [markdown] lang="en"
# ### The notes you may have read
#
# Internal covariate shift was the first of the first note's sentences to be tested. Three more.
#
# **1. "It alleviates vanishing and exploding gradients."** For the signal on its way forwards it does, in every layer. What about the gradient? Thirty layers with your functions, at the start, batches of 500, width 100; a random gradient at the output is followed back to the input.
#
# *Before you run it:* after thirty layers of batch normalization and ReLU, is the gradient at the input smaller, equal or larger than at the output? Then turn the knobs of the figure below it, the one of sitting A with batch norm switched on: which of initialization, gain and activation still change the dashed line?
# %% [markdown] lang="zh"
# ### 你可能读过的笔记
#
# 第一份笔记的几句话里，内部协变量偏移是第一句受检验的。再看三句。
#
# **1. “缓解梯度消失、爆炸问题。”** 对向前的信号，每一层都做到了。梯度呢？下面用你的函数搭三十层，训练开始之前，批量 500，宽度 100；从输出处的一个随机梯度，一直追到输入处。
#
# *运行之前想一想：* 穿过三十层批量归一化和 ReLU 之后，输入处的梯度比输出处小、相等，还是大？再转一转下面那幅图的旋钮，就是 A 节那幅，只是打开了批量归一化：初始化、增益、激活函数，哪些还能改变虚线？

# %% role="experiment" nbval="check"
def gradient_growth(norm, init, layers=30, width=100, N=500, seed=0):
    """Size of a random gradient at the input of `layers` layers, relative to that at the output."""
    rng = np.random.default_rng(seed)
    X, seen, ones = rng.standard_normal((N, width)), [], np.ones(width)
    for _ in range(layers):
        W = init(rng, (width, width))
        Z, cache = X @ W, None
        if norm:
            Z, cache, _ = batchnorm_forward(Z, ones, 0 * ones, batchnorm_init(width), True)
        seen.append((X, W, Z, cache))
        X = relu(Z)
    grad = start = rng.standard_normal(X.shape)
    for X, W, Z, cache in reversed(seen):
        grad = relu_backward(grad, Z)
        grad = batchnorm_backward(grad, cache)[0] if norm else grad
        grad = affine_backward(grad, X, W)[0]
    return size(grad) / size(start)


with experiment("he_normal", "batchnorm_forward", "batchnorm_backward"):
    for name, norm in [("He alone", False), ("He and batch norm", True)]:
        growth = [gradient_growth(norm, he_normal, seed=seed) for seed in range(3)]
        print(f"{name:18s}: gradient at the input / at the output {min(growth):.1f} to {max(growth):.1f},"
              f" factor per layer {np.mean(growth) ** (1 / 30):.2f}")
    print(f"theory for ReLU, wide layers and large batches: {np.sqrt(np.pi / (np.pi - 1)):.2f}")

# %% role="experiment"
depth_explorer(init="he", activation="relu", width=60, norm=True, layer=30)

# %% [markdown] lang="en"
# Batch normalization *makes* gradients explode, by a fifth per layer for ReLU, whatever initialization and gain (only the activation changes the line; Yang et al. 2019, whose factor stands in the last line). At thirty layers that is tolerable, since the weights' gradients are rescaled by the lengths of the weights as well; at hundreds of layers it is not, and there residual connections do the work that the note ascribes to batch normalization.
#
# **2. "Compute the mean and the variance of the mini-batch, normalize, scale and shift."** The first note ends here, and so do many blog posts; what happens in evaluation is missing. Below, one trained network (100 steps, batches of 64) answers on the 300 validation images in several ways: as it should, with running statistics; with the statistics of the batch it happens to be asked in; with batches sorted by class.
#
# *Before you run it:* the images are asked in batches of 30, each of nearly one class, and normalized with their own statistics. What accuracy is left?
# %% [markdown] lang="zh"
# 批量归一化*造成*梯度爆炸，ReLU 时每层放大五分之一左右，与初始化和增益无关（只有激活函数能改变那条线；Yang 等，2019，最后一行就是他们给出的倍数）。三十层还能忍受，因为权重的梯度又会按权重的长度重新缩放；几百层就不行了，在那里，笔记归功于批量归一化的事，其实是残差连接（residual connection）做的。
#
# **2. “计算小批量的均值和方差，归一化，再缩放和平移。”** 第一份笔记到此为止，许多博客也一样；评估时怎么办，没有讲。下面让一个训练好的网络（100 步，小批量 64）用几种方式回答 300 张验证图像：正确的方式，用滑动统计量；用碰巧一起来问的那一批的统计量；以及按类别排好序、分批来问。
#
# *运行之前想一想：* 每批 30 张，几乎都是同一类，用各批自己的统计量归一化，准确率还剩多少？

# %% role="experiment" nbval="check"
def trained_with_norm(num_steps=100, lr=0.64, momentum=0.1, batch_size=64, watch=None):
    """A network of five hidden layers with your batch normalization, and its running statistics."""
    def forward(X, gamma, beta, running, training):
        running = batchnorm_init(X.shape[1]) if running is None else running
        return batchnorm_forward(X, gamma, beta, running, training, momentum=momentum)

    rng, running = np.random.default_rng(3), {}
    parts = with_norm((forward, batchnorm_backward))
    params = mlp_init(rng, (64,) + (50,) * 5 + (10,), init=he_normal, normalized=True)
    params, history = train(
        params, batches_of(batch_size), lambda params, X, y: mlp_loss_and_grads(params, X, y, running=running, **parts),
        sgd_step, lr=lambda t: lr * (1 - t / num_steps), rng=rng, num_steps=num_steps,
        evaluate=None if watch is None else lambda params: watch(params, running), evaluate_every=5)
    return params, history, running


def val_accuracy(params, running, batch=None, order=slice(None)):
    """Validation accuracy with running statistics, or with those of each batch of `batch` images."""
    X, y = X_val[order], y_val[order]
    pieces = [slice(0, 300)] if batch is None else [slice(i, i + batch) for i in range(0, 300, batch)]

    def norm(X, gamma, beta, running, training):
        return bn_forward(X, gamma, beta, running, batch is not None)

    evaluation = {"activation": RELU, "normalization": (norm, None), "running": running}
    return np.mean([accuracy(mlp_scores(params, X[piece], **evaluation), y[piece]) for piece in pieces])


with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    params, _, running = trained_with_norm()
    print(f"running statistics:            accuracy {val_accuracy(params, running):.2f}")
    for batch in (100, 20, 10, 4, 2):
        print(f"statistics of batches of {batch:3d}:  accuracy {val_accuracy(params, running, batch):.2f}")
    by_class = np.argsort(y_val, kind="stable")
    print(f"batches of 30, sorted by class: accuracy {val_accuracy(params, running, 30, by_class):.2f}")
    try:
        val_accuracy(params, running, 1)
    except ValueError as error:
        print("one image:", error)

# %% [markdown] lang="en"
# With the batch's statistics an image's answer depends on who else is asking, and a batch of one class has its class subtracted. A model that is evaluated in training mode by mistake may look nearly right on large, well mixed batches; so this mistake often survives until the first day in use.
#
# **3. "A slight regularization, since the batch's mean and variance are noisy."** How noisy? Take a unit whose $x$ is roughly normal, and an image with the true value $\hat x$. Its batch mean has variance $1/B$ in units of the spread, its batch standard deviation about $\frac1{2B}$. So $\hat x$ as the network sees it scatters with variance of about $(1+\hat x^2/2)/B$. Below, that formula
# against measurement, for an image among changing companions; then the price: the same network trained with batches of 2, 4, 16 and 64, 200 steps, each side at its best of four learning rates.
#
# *Before you run it:* what will the network with batch normalization learn from batches of two? (The worked example above knows.)
# %% [markdown] lang="zh"
# 用一批自己的统计量时，一张图像的答案取决于谁和它一起来问；同一类的一批，会把这一类的特点减掉。误在训练模式下评估的模型，遇到大而混合均匀的批量，看上去几乎是对的；所以这种错误往往能一直潜伏到投入使用的第一天。
#
# **3. “轻微的正则化效果，因为该批的均值和方差带有噪声。”** 噪声有多大？取一个 $x$ 大致呈正态的单元，以及一张真实值为 $\hat x$ 的图像。以离散程度为单位，批量均值的方差是 $1/B$，批量标准差的方差约为 $\frac1{2B}$。所以网络看到的 $\hat x$ 在波动，方差约为 $(1+\hat x^2/2)/B$。下面先用一张图像配上不断变换的同伴，比较公式与测量；再看代价：同样的网络，批量分别为 2、4、16、64，各训练 200 步，双方各用四个学习率中最好的。
#
# *运行之前想一想：* 批量为 2 时，有批量归一化的网络能学到什么？（前面那个例子已经给出了答案。）

# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    rng = np.random.default_rng(0)
    before = X_train @ he_normal(rng, (64, 50))
    unit_hat = (before[0] - before.mean(axis=0)) / before.std(axis=0)
    sizes_tried, scatter, accuracies = (4, 8, 16, 32, 64, 128), [], {}
    for batch in sizes_tried:
        seen = []
        for _ in range(200):
            rows = np.concatenate([[0], 1 + rng.choice(len(before) - 1, batch - 1, replace=False)])
            out, _, _ = batchnorm_forward(before[rows], np.ones(50), np.zeros(50), batchnorm_init(50), True)
            seen.append(out[0])
        scatter.append(np.sqrt(np.var(seen, axis=0).mean()))
    formula = [np.sqrt(np.mean(1 + unit_hat**2 / 2) / batch) for batch in sizes_tried]
    print("batch size           ", "".join(f"{batch:7d}" for batch in sizes_tried))
    print("noise of x_hat       ", "".join(f"{value:7.2f}" for value in scatter))
    print("formula              ", "".join(f"{value:7.2f}" for value in formula))
    for name, norm in [("without", None), ("batch norm", (bn_forward, batchnorm_backward))]:
        for batch in (2, 4, 16, 64):
            budget = {"batch_size": batch, "num_steps": 200}
            losses = [digits_run(norm, lr=lr, seed=0, **budget)[0] for lr in (0.04, 0.16, 0.64, 1.28)]
            best = (0.04, 0.16, 0.64, 1.28)[np.argmin(losses)]
            accuracies[name, batch] = [digits_run(norm, lr=best, seed=seed, **budget)[1] for seed in range(100, 105)]
        medians = [np.median(accuracies[name, batch]) for batch in (2, 4, 16, 64)]
        print(f"{name:10s}: validation accuracy with batches of 2, 4, 16, 64: " + ", ".join(f"{m:.2f}" for m in medians))
    noise, small = scatter, accuracies

# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward", "noise", "small"):
    fig, (left, right) = panels(2)
    curves({"measured": noise, r"$\sqrt{(1+\hat x^2/2)/B}$": formula}, x=sizes_tried, ax=left,
           xlabel="batch size $B$", ylabel=r"standard deviation of $\hat x$", logx=True, logy=True)
    results = {name: np.transpose([small[name, batch] for batch in (2, 4, 16, 64)]) for name in ("without", "batch norm")}
    curves(results, x=(2, 4, 16, 64), ax=right, xlabel="batch size $B$", ylabel="validation accuracy", logx=True)
    right.set_ylim(0, 1)
    for ax, ticks in ((left, sizes_tried), (right, (2, 4, 16, 64))):
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        ax.minorticks_off()
    left.set_yticks([0.1, 0.2, 0.4, 0.6], ["0.1", "0.2", "0.4", "0.6"])
    left.minorticks_off()
    show(fig, alt={
        "en": "Left: the standard deviation of a normalized value against batch size 4 to 128, log-log: measured and formula lie close together on a line of slope minus one half. "
              "Right: validation accuracy against batch size 2 to 64. Without normalization it is above 0.7 everywhere; with batch norm it is at the level of guessing at 2, clearly behind at 4, equal or better at 16 and 64.",
        "zh": "左：归一化之后的值的标准差对批量大小（4 到 128）的双对数图，测量值与公式靠得很近，斜率为负二分之一。右：验证准确率对批量大小（2 到 64）。没有归一化时处处在 0.7 以上；有批量归一化时，批量 2 处与瞎猜无异，批量 4 处明显落后，16 和 64 处相当或更好。"},
        caption={"en": "The noise falls like one over the root of the batch size. Right: medians of five fresh seeds with a band from least to greatest, each side at its best of four learning rates.", "zh": "噪声像批量大小的平方根分之一那样下降。右：五个新种子的中位数，色带从最小到最大，各用四个学习率中最好的。"})

# %% [markdown] lang="en"
# With two examples every $\hat x$ is ±1 and no gradient gets below the last normalization: the network learns next to nothing. At four, the noise is more than half of the signal. "Slight" is right from about 32 on. For small batches (large images, few per device) people use statistics over groups of channels instead of examples (Wu and He 2018) or over each example (layer normalization, Further).
# %% [markdown] lang="zh"
# 只有两个样本时，每个 $\hat x$ 都是 ±1，没有梯度能穿过最后一个归一化：网络几乎什么也学不到。批量为 4 时，噪声超过信号的一半。大约从 32 起，才谈得上“轻微”。批量小的时候（图像大，每台设备只放得下几张），人们改用通道分组的统计量（Wu 与 He，2018），或者每个样本自己的统计量（层归一化，layer normalization，见拓展）。

# %% [markdown] lang="en"
# ### Clinic
#
# Three more patients, all with batch normalization.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又来三位，都用了批量归一化。

# %% role="experiment"
with experiment("standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    def both_modes(params, running):
        return {"evaluation": val_accuracy(params, running), "training mode": val_accuracy(params, running, 100)}

    _, lagging, _ = trained_with_norm(momentum=0.005, watch=both_modes)
    _, last_batch, _ = trained_with_norm(momentum=0.99, batch_size=8, lr=0.32, watch=both_modes)
    _, stuck, _ = trained_with_norm(batch_size=2, watch=both_modes)
    fig, axes = panels(3, sharey=True)
    for ax, (name, history) in zip(axes, {"D": lagging, "E": last_batch, "F": stuck}.items(), strict=True):
        lines = {key: history[key] for key in ("evaluation", "training mode")}
        curves(lines, x=history["step"], ax=ax, title=name, legend=name == "D")
        ax.set_ylim(0, 1.02)
    axes[0].set_ylabel("validation accuracy")
    show(fig, alt={
        "en": "Validation accuracy over 100 steps, with running statistics (evaluation) and with those of batches of 100 (training mode). D: training mode rises to above 0.9, evaluation stays far below it for most of the run. "
              "E: training mode rises with jumps in the first half and is steady near 0.86 from step 60 on; evaluation goes on jumping between about 0.55 and 0.7 to the end. F: both stay near 0.1.",
        "zh": "100 步中的验证准确率，一条用滑动统计量（evaluation），一条用每批 100 张自己的统计量（training mode）。D：训练模式升到 0.9 以上，评估在大部分时间里远低于它。E：训练模式前一半升得有起伏，约第 60 步起稳定在 0.86 附近；评估直到最后都在 0.55 与 0.7 左右之间跳动。F：两者都停在 0.1 附近。"})

# %% [markdown] lang="en"
# **D.** "Training looks perfect, evaluation is a disaster."
# <details><summary>overfitting</summary>Both lines are accuracies on the <i>same</i> validation images. Only the statistics differ.</details>
# <details><summary>the running statistics lag behind</summary><b>Yes.</b> Here `momentum` is 0.005: after 100 steps the average still holds 60 % of its first value, (0, 1). Raise it, train on, or measure the statistics anew at the end.</details>
# <details><summary>validation images differ from training images</summary>Then training mode would suffer as well.</details>
#
# **E.** "I copied momentum 0.99 from a Keras program." Batches of 8.
# <details><summary>the learning rate is too large</summary>Then training mode would go on jumping too; from step 60 on, where the rate is small, it is steady, and evaluation is not.</details>
# <details><summary>the running statistics are those of the last batch</summary><b>Yes.</b> In this convention 0.99 is the weight of the <i>new</i> batch: nothing is averaged, and eight examples are a poor estimate. 0.01 was meant.</details>
# <details><summary>the running statistics lag behind</summary>A lag is smooth. Jumps come from noise.</details>
#
# **F.** "Memory only allows batches of 2."
# <details><summary>too few steps</summary>Without batch normalization the same batches reached 0.7 or more in 200 steps (correction 3).</details>
# <details><summary>with two examples the normalized values are ±1, whatever the input</summary><b>Yes.</b> And the gradient below is zero. Use layer or group normalization, or none.</details>
# <details><summary>the weights need He initialization</summary>They have it, and in front of batch normalization their scale does not matter.</details>
# %% [markdown] lang="zh"
# **D.** “训练看上去完美，评估一塌糊涂。”
# <details><summary>过拟合</summary>两条线都是<i>同一批</i>验证图像上的准确率，只是统计量不同。</details>
# <details><summary>滑动统计量跟不上</summary><b>正确。</b>这里 `momentum` 是 0.005：100 步之后，平均值里还有 60% 是最初的 (0, 1)。把它调大，或者接着训练，或者最后重新测一遍统计量。</details>
# <details><summary>验证图像与训练图像不同</summary>那样训练模式也会受影响。</details>
#
# **E.** “momentum 0.99 是我从一个 Keras 程序里抄来的。”小批量为 8。
# <details><summary>学习率太大</summary>那样训练模式也会一直跳动；而第 60 步以后学习率已小，它稳住了，评估却没有。</details>
# <details><summary>滑动统计量就是最后一批的统计量</summary><b>正确。</b>按这里的约定，0.99 是<i>新</i>的一批的权重：根本没有平均，而八个样本的估计很差。本来该写 0.01。</details>
# <details><summary>滑动统计量跟不上</summary>跟不上应当是平滑的；跳动来自噪声。</details>
#
# **F.** “显存只够批量为 2。”
# <details><summary>步数太少</summary>不用批量归一化，同样的批量 200 步就到了 0.7 以上（更正 3）。</details>
# <details><summary>只有两个样本时，不论输入是什么，归一化的值都是 ±1</summary><b>正确。</b>下面的梯度也是零。请改用层归一化或组归一化（group normalization），或者干脆不用。</details>
# <details><summary>权重需要 He 初始化</summary>已经是了；而且在批量归一化前面，权重的尺度无关紧要。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** You move a model with `momentum=0.1` from PyTorch to Keras. What do you write there?
# <details><summary>0.1</summary>Then Keras would keep a tenth of the old average and take nine tenths from the last batch.</details>
# <details><summary>0.9</summary><b>Right:</b> PyTorch weighs the new batch, Keras the old average. And set `epsilon` to 1e-5.</details>
# <details><summary>0.99, the default</summary>A longer memory than you trained with; not wrong in itself, but not the same.</details>
#
# **5.** In front of batch normalization you double all weights of a layer. What happens to the size of the next step of gradient descent, *relative to the weights*?
# <details><summary>nothing</summary>The loss does not change. The gradient does.</details>
# <details><summary>it is halved</summary>The gradient is halved. But the weights it is compared with have doubled.</details>
# <details><summary>it falls to a quarter</summary><b>Right:</b> half the gradient on twice the weights. This is the $\eta/|W|^2$ of the text; weight decay, which shortens $W$, <i>raises</i> the effective learning rate here.</details>
#
# **6.** In evaluation, a batch normalization layer is
# <details><summary>switched off</summary>Then the next layers would see values on a scale they have never met.</details>
# <details><summary>a fixed scaling and shift of each feature</summary><b>Right.</b> So it can be merged into the layer before it: folding (Further).</details>
# <details><summary>the same as in training, just without gradients</summary>That is the mistake of correction 2.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 把一个 `momentum=0.1` 的模型从 PyTorch 搬到 Keras，那边该写多少？
# <details><summary>0.1</summary>那样 Keras 只保留旧平均的十分之一，十分之九取自最后一批。</details>
# <details><summary>0.9</summary><b>正确：</b>PyTorch 写的是新的一批的权重，Keras 写的是旧平均的权重。还要把 `epsilon` 设为 1e-5。</details>
# <details><summary>0.99，默认值</summary>记忆比训练时长；本身不算错，但不是同一个模型。</details>
#
# **5.** 在批量归一化前面，把某一层的权重全部加倍。下一步梯度下降的步长，*相对于权重*来说怎样变化？
# <details><summary>不变</summary>不变的是损失，梯度会变。</details>
# <details><summary>减半</summary>减半的是梯度。可是与之相比的权重加倍了。</details>
# <details><summary>降到四分之一</summary><b>正确：</b>一半的梯度，两倍的权重。这就是正文里的 $\eta/|W|^2$；而权重衰减使 $W$ 变短，在这里反而<i>提高</i>了有效学习率。</details>
#
# **6.** 评估时，批量归一化层
# <details><summary>关掉了</summary>那样后面的层会看到从未见过的尺度。</details>
# <details><summary>是对每个特征的固定缩放和平移</summary><b>正确。</b>所以可以并入前一层，叫作折叠（folding，见拓展）。</details>
# <details><summary>与训练时一样，只是不求梯度</summary>这正是更正 2 里的错误。</details>

# %% role="tests" id="test_predictions_b" of="prediction_forgiving prediction_shift" points=4
made = [guess for guess in (prediction_forgiving, prediction_shift) if guess in ("a", "b", "c")]
2 * len(made)  # two points for each prediction

# %% [markdown] lang="en"
# ### A question to yourself
#
# A colleague puts a network with batch normalization into an app that classifies one photo at a time. By mistake it runs in training mode. The program stops: "at least 2 in training". He helps himself by passing the photo *together with a copy of itself*. The error is gone. In five to eight sentences: what does the app answer now, for which photos, and why? How would you find the mistake from outside, and what is the right repair? Write it down, then compare.
#
# <details><summary>a model answer and how to judge your own</summary>
#
# Two equal rows have mean equal to themselves and variance 0. So centred is 0, x_hat is 0 (thanks to eps: otherwise 0/0), and the layer's output is beta, whatever the photo shows. Everything behind the first batch normalization is the same for all photos, and the app gives one and the same answer, with the same scores to the last digit: this is what you would look for from outside, by passing two quite different photos. Two *different* photos would hardly be better:
# every normalized value is then ±1. The repair is evaluation mode: the running statistics, collected in training, make the layer a fixed scaling and shift, and one photo is enough. If the model was never trained with running statistics worth their name (clinic D and E), they have to be measured on training data once more.
#
# Give yourself a point each for: x_hat = 0, so the output is constant, with the reason; a test from outside that follows from it; the repair, and where its statistics come from.
# </details>
# %% [markdown] lang="zh"
# ### 问自己一题
#
# 一位同事把带批量归一化的网络放进应用，每次给一张照片分类，却误用了训练模式。程序停下来报错：“at least 2 in training”。他想了个办法：把照片*和它自己的一份拷贝*一起传进去，错误消失了。请用五到八句话回答：应用现在对哪些照片给出什么答案，为什么？怎样从外部发现这个错误？正确的修法是什么？写下来，再对照。
#
# <details><summary>参考答案，以及怎样给自己打分</summary>
#
# 两行相同，均值就等于它们自己，方差为 0。于是 centred 为 0，x_hat 为 0（多亏 eps，否则是 0/0），该层的输出就是 beta，与照片的内容无关。第一个批量归一化之后的一切，对所有照片都一样；应用永远只给一个答案，连得分的最后一位都相同。从外部发现它的办法正在于此：传两张截然不同的照片，比较得分。换成两张*不同*的照片也好不了多少：那样每个归一化的值都是 ±1。正确的修法是评估模式：训练时收集的滑动统计量使该层成为固定的缩放和平移，一张照片就够了。如果训练时根本没有攒下像样的滑动统计量（诊室 D 和 E），就要在训练数据上重新测一遍。
#
# 以下各得一分：x_hat = 0，所以输出是常数，并说明理由；由此得出的、从外部检验的办法；修法，以及统计量从哪里来。
# </details>

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary
#
# - Batch normalization standardizes each feature within the batch, lets gradients through the statistics, and gives mean and spread back as $\beta$ and $\gamma$. In evaluation running statistics take over, and the layer is a fixed scaling and shift.
# - Backwards it removes from the gradient its mean and its part along $\hat x$, and multiplies by $\gamma s$.
# - The length of the weights in front no longer matters: the loss is the same, the gradient is $1/k$ at $kW$ and at right angles to $W$.
# - It forgives the scale of the initial weights and allows larger learning rates. That it does so by stopping internal covariate shift is contested. At the start gradients grow by a fifth per layer.
# - Its noise falls like $1/\sqrt B$; batches of two teach nothing.
#
# | English | 中文 | |
# |---|---|---|
# | standardization, zero-centring | 标准化、零中心化 | |
# | normalization, min-max | 归一化、最小最大值归一化 | |
# | leakage | 泄漏 | |
# | initialization, symmetry breaking | 参数初始化、打破对称性 | |
# | fan-in, fan-out; gain | 扇入、扇出；增益 | |
# | batch normalization, running statistics | 批量归一化、滑动统计量 | BN |
# | internal covariate shift | 内部协变量偏移 | ICS |
# | layer normalization | 层归一化 | LN |
# | whitening | 白化 | |
# | folding | 折叠 | batch norm into the layer before |
# %% [markdown] lang="zh"
# ### 小结
#
# - 批量归一化在一批之内把每个特征标准化，让梯度穿过统计量，再用 $\beta$ 和 $\gamma$ 还原均值和离散程度。评估时改用滑动统计量，该层就是固定的缩放和平移。
# - 反向时，它从梯度中拿走平均和沿 $\hat x$ 的部分，再乘以 $\gamma s$。
# - 前面权重的长度不再有影响：在 $kW$ 处损失不变，梯度是 $1/k$，并且与 $W$ 垂直。
# - 它能容忍初始权重的尺度，也允许更大的学习率。说这是因为制止了内部协变量偏移，则有争议。训练开始时，梯度每层放大五分之一左右。
# - 它的噪声像 $1/\sqrt B$ 那样下降；批量为 2 时什么也学不到。
#
# | 中文 | English | |
# |---|---|---|
# | 标准化、零中心化 | standardization, zero-centring | |
# | 归一化、最小最大值归一化 | normalization, min-max | |
# | 泄漏 | leakage | |
# | 参数初始化、打破对称性 | initialization, symmetry breaking | |
# | 扇入、扇出；增益 | fan-in, fan-out; gain | |
# | 批量归一化、滑动统计量 | batch normalization, running statistics | BN |
# | 内部协变量偏移 | internal covariate shift | ICS |
# | 层归一化 | layer normalization | LN |
# | 白化 | whitening | |
# | 折叠 | folding | 把批量归一化并入前一层 |

# %% [markdown] lang="en"
# ### Since these notes
#
# - Transformers normalize each token by itself: layer normalization (Ba et al. 2016), more and more often without the mean (RMSNorm, Zhang and Sennrich 2019), placed *before* each block, where training is stable without a long warmup (Xiong et al. 2020). Batch normalization lives on in convolutional networks.
# - Residual connections let depth grow to hundreds of layers. Initialization then means: start each branch near zero (Fixup, Zhang et al. 2019), as with $\gamma=0$ in the last normalization of a branch (Goyal et al. 2017), or scale the branches with depth, as GPT-2 did (Radford et al. 2019).
# - How the best learning rate moves with the width is part of the initialization as well: $\mu$P (Yang et al. 2021) keeps it fixed, so that it can be tuned on a small model.
# - Networks without normalization can match those with it: by clipping gradients relative to the weights (Brock et al. 2021), or with a scaled tanh in place of layer normalization (Zhu et al. 2025).
#
# ### References
#
# Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, ICCV 2015.
# S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015. S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How does batch normalization help optimization?*, NeurIPS 2018: experiment 4. G. Yang et al., *A mean field theory of batch normalization*, ICLR 2019. Y. Wu, K. He, *Group normalization*, ECCV 2018. J. Ba, J. Kiros, G. Hinton, *Layer normalization*, arXiv:1607.06450 (2016).
# H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization*, ICLR 2019. A. Brock et al., *High-performance large-scale image recognition without normalization*, ICML 2021. B. Zhang, R. Sennrich, *Root mean square layer normalization*, NeurIPS 2019. R. Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020. P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017).
# A. Radford et al., *Language models are unsupervised multitask learners* (2019). G. Yang et al., *Tuning large neural networks via zero-shot hyperparameter transfer*, NeurIPS 2021. J. Zhu et al., *Transformers without normalization*, CVPR 2025. A. van der Sluis, *Condition numbers and equilibration of matrices*, Numer. Math. 14 (1969). C. Ambroise, G. McLachlan, *Selection bias in gene extraction ...*, PNAS 99 (2002).
# A. Bell, T. Sejnowski, *The "independent components" of natural scenes are edge filters*, Vision Res. 37 (1997). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 8. The two notes: CS324 lecture 5 (in Chinese) and CS231n lecture 3 (in Chinese).
# %% [markdown] lang="zh"
# ### 这些笔记之后
#
# - Transformer 对每个 token 单独归一化：层归一化（Ba 等，2016），而且越来越多地省去均值（RMSNorm，Zhang 与 Sennrich，2019），并放在每个模块*之前*，这样不用很长的预热也能稳定训练（Xiong 等，2020）。批量归一化则继续用在卷积网络里。
# - 残差连接让深度增加到几百层。这时初始化的意思变成：让每个分支从接近零开始（Fixup，Zhang 等，2019），例如把分支里最后一个归一化的 $\gamma$ 设为 0（Goyal 等，2017）；或者像 GPT-2 那样，按深度缩小各分支（Radford 等，2019）。
# - 最好的学习率怎样随宽度变化，也是初始化的一部分：$\mu$P（Yang 等，2021）使它保持不变，于是可以在小模型上调好。
# - 没有归一化的网络也能与有归一化的相当：相对于权重裁剪梯度（Brock 等，2021），或者用带缩放的 tanh 代替层归一化（Zhu 等，2025）。
#
# ### 参考文献
#
# Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, ICCV 2015. S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015. S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How does batch normalization help optimization?*, NeurIPS 2018（实验 4）。G. Yang et al., *A mean field theory of batch normalization*, ICLR 2019. Y. Wu, K. He, *Group normalization*, ECCV 2018. J. Ba, J. Kiros, G. Hinton, *Layer normalization*, arXiv:1607.06450 (2016). H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization*, ICLR 2019. A. Brock et al., *High-performance large-scale image recognition without normalization*, ICML 2021. B. Zhang, R. Sennrich, *Root mean square layer normalization*, NeurIPS 2019. R. Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020. P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677 (2017). A. Radford et al., *Language models are unsupervised multitask learners* (2019). G. Yang et al., *Tuning large neural networks via zero-shot hyperparameter transfer*, NeurIPS 2021. J. Zhu et al., *Transformers without normalization*, CVPR 2025. A. van der Sluis, *Condition numbers and equilibration of matrices*, Numer. Math. 14 (1969). C. Ambroise, G. McLachlan, *Selection bias in gene extraction ...*, PNAS 99 (2002). A. Bell, T. Sejnowski, *The "independent components" of natural scenes are edge filters*, Vision Res. 37 (1997). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 8 章。两份笔记：CS324 第五讲、CS231n 第三讲（均为中文笔记）。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks. For those who have not had enough.
#
# ### Further 1: min-max, and what one outlier does to it
#
# The other common scaling maps each feature to [0, 1]. One wrong reading, and all the others share a corner.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。给意犹未尽的同学。
#
# ### 拓展 1：最小最大值归一化（min-max），以及一个异常值的后果
#
# 另一种常见的缩放把每个特征映到 [0, 1]。只要一个读数出错，其余的就全挤在一个角落里。

# %% role="answer" id="min_max_fit"
from reference.preprocessing import min_max_fit

# %% role="practice" id="try_min_max_fit"
check("min_max_fit", min_max_fit)

# %% role="experiment" nbval="check"
with experiment("min_max_fit", "standardize_fit"):
    readings = np.random.default_rng(0).normal(20, 2, (200, 1))
    spoilt = np.concatenate([readings, [[2000.0]]])  # one missing decimal point
    for name, fit in [("min-max", min_max_fit), ("standardized", standardize_fit)]:
        spread = [rescale(readings, *fit(X)).std() for X in (readings, spoilt)]
        print(f"{name:12s}: spread of the 200 good readings {spread[0]:.3f}, with one outlier in the fit {spread[1]:.4f}")

# %% [markdown] lang="en"
# Both suffer: the mean and the standard deviation are not robust either. Look at your data first; if outliers stay, use median and quartiles.
#
# ### Further 2: principal components and whitening
#
# Standardizing sets the diagonal of the covariance to 1, whitening all of it to the identity: contours become circles for certain. Turn to the principal components (PCA), divide, and, for ZCA, turn back. The sign of a component is arbitrary; the check knows that.
# %% [markdown] lang="zh"
# 两者都受害：均值和标准差同样不稳健。先看一看数据；若异常值必须留着，就用中位数和四分位数。
#
# ### 拓展 2：主成分与白化
#
# 标准化把协方差矩阵的对角线变成 1，白化则把整个矩阵变成单位阵：等高线必然成为圆。先转到主成分（PCA）方向，再相除；ZCA 还要转回来。主成分的正负号是任意的，检查会考虑到。

# %% role="answer" id="pca_fit"
from reference.preprocessing import pca_fit

# %% role="practice" id="try_pca_fit"
check("pca_fit", pca_fit)

# %% role="answer" id="pca_whiten"
from reference.preprocessing import pca_whiten

# %% role="practice" id="try_pca_whiten"
check("pca_whiten", pca_whiten)

# %% role="answer" id="zca_matrix"
from reference.preprocessing import zca_matrix

# %% role="practice" id="try_zca_matrix"
check("zca_matrix", zca_matrix)

# %% role="experiment" nbval="check"
with experiment("pca_fit", "zca_matrix", "standardize_fit"):
    X_train, X_val = standardized_digits()
    mean, components, variances = pca_fit(digits.X_train)
    covered = np.cumsum(variances) / variances.sum()
    print(f"components for 90 % of the variance of 64 pixels: {1 + int(np.argmax(covered > 0.9))}")
    whitened = (digits.X_train - mean) @ zca_matrix(components, variances, eps=0.01)
    for name, X in [("centred", digits.X_train - mean), ("standardized", X_train), ("ZCA, eps 0.01", whitened)]:
        curvatures = np.linalg.eigvalsh(X.T @ X / len(X))
        curvatures = curvatures[curvatures > 1e-9 * curvatures[-1]]
        print(f"{name:14s}: largest over median curvature {curvatures[-1] / np.median(curvatures):.0f}")

# %% role="experiment"
with experiment("pca_fit", "zca_matrix", "standardize_fit", "whitened"):
    X_train, X_val = standardized_digits()
    fig, axes = panels(4, 3, figsize=(7, 5.4))
    versions = {"pixels": digits.X_train, "standardized": X_train, "ZCA": whitened}
    for row, (name, X) in zip(axes, versions.items(), strict=True):
        for ax, image in zip(row, as_images(X[:4]), strict=True):
            ax.imshow(image, cmap="gray", vmin=np.percentile(X, 1), vmax=np.percentile(X, 99))
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
        row[0].set_ylabel(name)
    show(fig, alt={
        "en": "Four digits as they are, standardized and ZCA whitened. Standardized, pixels that are rarely used shine out where a stroke meets them; whitened, each pixel stands out against its neighbours, and the strokes can still be made out.",
        "zh": "四个数字：原样、标准化之后、ZCA 白化之后。标准化之后，笔画碰到很少用到的像素时，那里特别亮；白化之后，每个像素都与相邻的像素拉开差别，笔画仍能辨认。"})

# %% [markdown] lang="en"
# ### Further 3: layer normalization
#
# Turn the axis: statistics over the features of each example instead of over the examples of each feature. No batch, no running statistics, and two examples are enough, or one.
# %% [markdown] lang="zh"
# ### 拓展 3：层归一化
#
# 换一个轴：不再对每个特征的各个样本求统计量，而是对每个样本的各个特征。没有批量，没有滑动统计量，两个样本就够，一个也行。

# %% role="answer" id="layernorm_forward"
from reference.layer_norm import layernorm_forward

# %% role="practice" id="try_layernorm_forward"
check("layernorm_forward", layernorm_forward)

# %% role="answer" id="layernorm_backward"
from reference.layer_norm import layernorm_backward

# %% role="practice" id="try_layernorm_backward"
check("layernorm_backward", layernorm_backward)

# %% role="experiment" nbval="check"
with experiment("standardize_fit", "he_normal", "layernorm_forward", "layernorm_backward"):
    X_train, X_val = standardized_digits()
    LN = (lambda X, gamma, beta, running, training: (*layernorm_forward(X, gamma, beta), None)), layernorm_backward
    for batch in (2, 4, 16):
        runs = [digits_run(LN, lr=lr, seed=100, batch_size=batch, num_steps=200) for lr in (0.04, 0.16)]
        print(f"layer norm, batches of {batch:2d}: validation accuracy {min(runs)[1]:.2f}")

# %% [markdown] lang="en"
# ### Further 4: folding
#
# In evaluation batch normalization is a fixed scaling and shift, and so is a part of the affine layer before it. Merge the two: the layer disappears, and the network computes what it did. Every phone does this before a model is shipped.
# %% [markdown] lang="zh"
# ### 拓展 4：折叠
#
# 评估时，批量归一化是固定的缩放和平移，因此可以算作前面仿射层的一部分。把两者合并：这一层消失了，网络算出的东西不变。模型装进手机之前，都会这样做。

# %% role="answer" id="fold_batchnorm"
from reference.batch_norm import fold_batchnorm

# %% role="practice" id="try_fold_batchnorm"
check("fold_batchnorm", fold_batchnorm)

# %% role="experiment" nbval="check"
with experiment("fold_batchnorm", "standardize_fit", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    params, _, running = trained_with_norm()
    folded = {name: params[name] for name in ("W6", "b6")}
    for k in range(1, 6):
        W, b, gamma, beta = (params[f"{name}{k}"] for name in ("W", "b", "gamma", "beta"))
        folded[f"W{k}"], folded[f"b{k}"] = fold_batchnorm(W, b, gamma, beta, running[k])
    one = mlp_scores(params, X_val, activation=RELU, normalization=(bn_forward, batchnorm_backward), running=running)
    two = mlp_scores(folded, X_val, activation=RELU)
    print(f"parameters {sum(a.size for a in params.values())} -> {sum(a.size for a in folded.values())},"
          f" scores equal to rounding: {bool(np.abs(one - two).max() < 1e-9)}")

# %% [markdown] lang="en"
# ### Further 5: twenty layers
#
# Do the starts of experiment 1 decide about training? Twenty hidden layers, 40 units, 100 steps, each arm at its best of four learning rates, two seeds.
# %% [markdown] lang="zh"
# ### 拓展 5：二十层
#
# 实验 1 里的起点，真的决定训练的成败吗？二十个隐藏层，各 40 个单元，100 步，各用四个学习率中最好的，两个种子。

# %% role="experiment" nbval="check"
with experiment("standardize_fit", "xavier_uniform", "he_normal", "batchnorm_forward", "batchnorm_backward"):
    X_train, X_val = standardized_digits()
    def deep_loss(init, activation, norm, lr, seed):
        rng = np.random.default_rng(seed)
        params = mlp_init(rng, (64,) + (40,) * 20 + (10,), init=init, normalized=norm is not None)
        parts = PARTS | {"activation": activation, "normalization": norm, "running": {}}
        _, history = train(params, batches_of(64), lambda params, X, y: mlp_loss_and_grads(params, X, y, **parts), sgd_step,
                           lr=lambda t: lr * (1 - t / 100), rng=rng, num_steps=100)
        return np.mean(history["loss"][-10:]) if np.isfinite(history["loss"][-1]) else np.inf

    networks = {
        "ReLU, standard": (standard_uniform, RELU, None),
        "ReLU, He": (he_normal, RELU, None),
        "ReLU, He, batch norm": (he_normal, RELU, (bn_forward, batchnorm_backward)),
        "tanh, standard": (standard_uniform, TANH, None),
        "tanh, Xavier": (xavier_uniform, TANH, None),
    }
    for name, parts in networks.items():
        losses = [np.mean([deep_loss(*parts, lr, seed) for seed in range(2)]) for lr in (0.04, 0.08, 0.16, 0.32)]
        print(f"{name:21s}: training loss after 100 steps {min(losses):.1f}")

# %% [markdown] lang="en"
# The "standard" start stays at $\ln10=2.3$: at no learning rate does it learn anything. The right scale makes twenty layers trainable. tanh with Xavier does better here than ReLU with He; and batch normalization helps ReLU, but look at correction 1 before you add thirty layers more.
# %% [markdown] lang="zh"
# “标准”起点停在 $\ln10=2.3$：无论学习率取多少，什么也学不到。尺度正确，二十层就能训练。在这里，tanh 配 Xavier 好过 ReLU 配 He；批量归一化对 ReLU 有帮助，不过再加三十层之前，请回头看看更正 1。

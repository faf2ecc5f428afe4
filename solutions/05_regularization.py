# %% [markdown] lang="en"
# # 05 Regularization
#
# We teach a network 300 digits, and 90 of the labels are wrong. In the end it repeats nearly nine in ten of the wrong ones. After a few epochs it had contradicted most of them. What did it answer then, and how could it know?
#
# You will find the moment at which it should have stopped, and hold it back in five ways: L2, L1, dropout, early stopping and data augmentation. At the end all five compete.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 05 正则化
#
# 教一个网络认 300 个数字，其中 90 个标签是错的。训练到最后，十个错标签里，将近九个它都照着答。可是刚训练几轮时，它多半不照着答。那时它答的是什么？又是从哪里知道的？
#
# 这一章先找出它本该停下的那一刻，再用五种办法约束它：L2、L1、丢弃法、早停、数据增强。最后让五种办法较量一场。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from descent.browser import fewer_in_browser
from descent.check import check
from descent.data import as_images, flip_labels, load_digits, load_mnist, regression
from descent.experiment import experiment
from descent.explore_penalties import centre, penalty_explorer
from descent.figures import draw
from descent.figures.balls import draw_balls
from descent.figures.wrong_labels import draw_wrong_labels
from descent.hyper import require
from descent.image_plots import image_rows
from descent.intervals import mean_interval
from descent.lend import lend
from descent.plots import curves, paired, panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language
from descent.sentences import REVIEWS, SYNONYMS

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: penalties on the weights
#
# | | |
# |---|---|
# | **You will be able to** | recognize overfitting in a curve; write the L2 and L1 penalties and say what each does to a weight; derive the soft threshold and get exact zeros |
# | **You need** | data loss and penalty (00), curvature in the eigenvectors' basis (02), Adam against AdamW (04) |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: four exercises, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：惩罚权重
#
# | | |
# |---|---|
# | **学完你能够** | 从曲线上认出过拟合；写出 L2 和 L1 惩罚项，说清各对权重做了什么；推导软阈值，得到恰好为零的权重 |
# | **你需要** | 总损失（00）、特征向量基底下的曲率（02）、Adam 与 AdamW（04） |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：四道练习，两次预测 |

# %% [markdown] lang="en"
# ### Experiment 1: teach it wrong answers
#
# For 90 of the 300 images, 30 %, the label was changed at random: nothing in the image explains it. A network with 128 hidden units trains for 80 epochs. After each epoch we test it on its training images and on 1,197 new ones with right labels.
#
# The training error falls to the very end. **And the error on new images?** (a) it falls and stays low: random mistakes cancel, (b) it falls, then rises again, (c) it stays high from the beginning
# %% [markdown] lang="zh"
# ### 实验 1：教它错误的答案
#
# 300 张图像里有 90 张（30%）的标签被随机改错，从图像里看不出理由。网络有 128 个隐藏单元，训练 80 轮。每轮之后，用训练图像和 1197 张标签正确的新图像各测一次。
#
# 训练错误率一路降到最后。**新图像上的错误率呢？** (a) 降下来就不动了：随机的错误会相互抵消；(b) 先降后升；(c) 从头到尾都高

# %% role="answer" id="prediction_overfit"
prediction_overfit = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_overfit = "b"
### END SOLUTION

# %% hidden=true
digits = load_digits(dtype=np.float32)
X_few, y_few = digits.X_train[:300], digits.y_train[:300]
X_val, y_val = digits.X_val, digits.y_val
#| The 897 images that we do not train on make the test set larger: 1197 in all. | 没用来训练的 897 张也并入测试集，共 1197 张。
X_test = np.concatenate([digits.X_train[300:], digits.X_test])
y_test = np.concatenate([digits.y_train[300:], digits.y_test])


def new_params(rng, inputs, hidden):
    tr("""Random weights that suit ReLU (06 says why), biases 0.""", """适合 ReLU 的随机权重（原因见 06 章），偏置为 0。""")
    params = {"W1": rng.normal(0, np.sqrt(2 / inputs), (inputs, hidden)), "b1": np.zeros(hidden),
              "W2": rng.normal(0, np.sqrt(2 / hidden), (hidden, 10)), "b2": np.zeros(10)}
    return {name: array.astype(np.float32) for name, array in params.items()}


def hidden_of(params, X):
    return np.maximum(X @ params["W1"] + params["b1"], 0)


def scores_of(params, X):
    return hidden_of(params, X) @ params["W2"] + params["b2"]


def error(params, X, y):
    tr("""The share of wrong answers.""", """答错的比例。""")
    return np.mean(scores_of(params, X).argmax(axis=1) != y)


def cross_entropy(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    grad = np.exp(log_p)
    grad[rows, y] -= 1
    return -log_p[rows, y].mean(), grad / len(y)


def network(params, X, y, dropout=None):
    tr("""Data loss and gradients of an MLP with one hidden layer (00); dropout: (forward, backward).""",
       """只有一个隐藏层的 MLP 的数据损失和梯度（00）；dropout：（前向，反向）。""")
    before = X @ params["W1"] + params["b1"]
    hidden = np.maximum(before, 0)
    if dropout:
        hidden, mask = dropout[0](hidden)
    loss, to_scores = cross_entropy(hidden @ params["W2"] + params["b2"], y)
    to_hidden = to_scores @ params["W2"].T
    if dropout:
        to_hidden = dropout[1](to_hidden, mask)
    to_hidden = to_hidden * (before > 0)
    return loss, {"W1": X.T @ to_hidden, "b1": to_hidden.sum(axis=0), "W2": hidden.T @ to_scores, "b2": to_scores.sum(axis=0)}


def weight_length(params):
    return float(np.sqrt(np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)))


# %%
def fit(rng, X, y, *, hidden=128, num_epochs=80, lr=0.5, batch_size=30, penalty=None, penalized=("W1", "W2"),
        step=None, dropout=None, redraw=None, evaluate=None, stop=None):
    tr(
        """Train with SGD, lr falling linearly to 0; return (params, {name: one number per epoch}).

        penalty(W) -> value, gradient. step(W, grad, lr) -> new W, in place of the SGD step.
        redraw(rng) -> the inputs of one epoch, altered copies of X. evaluate(params) -> {name: number}.
        """,
        """用 SGD 训练，lr 线性降到 0；返回 (params, {名称: 每轮一个数})。

        penalty(W) -> 值, 梯度。step(W, grad, lr) -> 新的 W，代替 SGD 的一步。
        redraw(rng) -> 一轮用的输入，即改动过的 X。evaluate(params) -> {名称: 数}。
        """,
    )
    params, t, num_steps = new_params(rng, X.shape[1], hidden), 0, num_epochs * -(-len(X) // batch_size)
    history = [evaluate(params)] if evaluate else [{}]
    for _ in range(num_epochs):
        inputs = X if redraw is None else redraw(rng)
        for rows in np.split(rng.permutation(len(X)), range(batch_size, len(X), batch_size)):
            _, grads = network(params, inputs[rows], y[rows], dropout)
            rate, t = lr * (1 - t / num_steps), t + 1
            for name, w in params.items():
                g = grads[name] + penalty(w)[1] if penalty and name in penalized else grads[name]
                params[name] = step(w, g, rate) if step and w.ndim == 2 else w - rate * g
        if evaluate:
            history.append(evaluate(params))
        if stop and stop(history[-1], params):
            break
    return params, {name: np.array([one[name] for one in history]) for name in history[0]}


def with_wrong_labels(seed, y=y_few):
    rng = np.random.default_rng(seed)
    return rng, flip_labels(y, rng, share=0.3)


# %% role="experiment" nbval="check" hidden=true
runs = {"wrong": [], "right": []}
for seed in range(5):
    for kind in runs:
        rng, given = with_wrong_labels(seed)
        wrong = given != y_few
        labels = given if kind == "wrong" else y_few

        def measure(params):
            answers = scores_of(params, X_few).argmax(axis=1)
            return {"right": np.mean(answers[~wrong] == y_few[~wrong]), "truth": np.mean(answers[wrong] == y_few[wrong]),
                    "given": np.mean(answers[wrong] == given[wrong]), "train": np.mean(answers != labels),
                    "test": error(params, X_test, y_test), "length": weight_length(params)}
        runs[kind].append(fit(rng, X_few, labels, evaluate=measure)[1])
noisy, clean = ({name: np.array([run[name] for run in some]) for name in some[0]} for some in runs.values())
#| The minimum of 81 noisy numbers looks too good: average over five epochs first. | 81 个带噪声的数，最小值总显得过好，所以先取五轮平均。
smooth, smooth_clean = (np.convolve(np.median(one["test"], axis=0), np.ones(5) / 5, "valid") for one in (noisy, clean))
turn = int(np.argmin(smooth)) + 2
training = np.median(noisy["train"], axis=0)
print(tr(f"wrong labels: error on new images {smooth.min():.2f} around epoch {turn}, {smooth[-1]:.2f} at the end",
         f"标签有错：新图像上的错误率在第 {turn} 轮前后为 {smooth.min():.2f}，最后为 {smooth[-1]:.2f}"))
print(tr(f"their training error: {training[turn]:.2f} at epoch {turn}, {training[-1]:.2f} at the end",
         f"训练错误率：第 {turn} 轮 {training[turn]:.2f}，最后 {training[-1]:.2f}"))
print(tr(f"right labels: error on new images {smooth_clean[turn - 2]:.2f} around epoch {turn}, {smooth_clean[-1]:.2f} at the end",
         f"标签正确：新图像上的错误率在第 {turn} 轮前后为 {smooth_clean[turn - 2]:.2f}，最后为 {smooth_clean[-1]:.2f}"))

# %% role="experiment" hidden=true
middle = {name: np.median(values, axis=0) for name, values in noisy.items()}
peak = int(np.argmax(middle["truth"]))
fig = draw_wrong_labels(noisy["right"], noisy["truth"], noisy["given"], 1 - noisy["test"], below=tr(
    "300 digits, 30 % of the labels wrong; 128 hidden units.", "300 张数字，30% 的标签是错的；128 个隐藏单元。"))
show(fig, alt=tr(
    f"Four curves over 80 epochs. Rightly labelled images get their label: up to {middle['right'][-1]:.0%}. Wrongly labelled ones: the true "
    f"label rises to {middle['truth'][peak]:.0%} at epoch {peak} and falls to {middle['truth'][-1]:.0%}; the wrong label rises from "
    f"{middle['given'][peak]:.0%} to {middle['given'][-1]:.0%}. New digits: up to about 86 %, then down to {1 - middle['test'][-1]:.0%}.",
    f"80 轮中的四条曲线。标签正确的样本答成标签：升到 {middle['right'][-1]:.0%}。标签错误的样本：答成真标签的比例在第 {peak} 轮升到 "
    f"{middle['truth'][peak]:.0%}，再降到 {middle['truth'][-1]:.0%}；答成错标签的比例从 {middle['given'][peak]:.0%} 升到 {middle['given'][-1]:.0%}。"
    f"新的数字：升到约 86%，再降到 {1 - middle['test'][-1]:.0%}。"))
reveal("overfit", prediction_overfit, "b", tr(
    f"{smooth.min():.2f} around epoch {turn}, {smooth[-1]:.2f} at the end. With right labels there is no such rise.",
    f"第 {turn} 轮前后 {smooth.min():.2f}，最后 {smooth[-1]:.2f}。标签正确时没有这样的回升。"))
for name, one in (("wrong", noisy), ("right", clean)):
    length = np.median(one["length"], axis=0)
    label = tr("wrong labels", "标签有错") if name == "wrong" else tr("right labels", "标签正确")
    print(tr(f"{label}: length of the weights {length[20]:.1f} at epoch 20, {length[-1]:.1f} at the end, {length[-1] / length[20] - 1:+.0%}",
             f"{label}：权重的长度，第 20 轮 {length[20]:.1f}，最后 {length[-1]:.1f}，{length[-1] / length[20] - 1:+.0%}"))

# %% [markdown] lang="en"
# **What it showed.** The blue and the red line are two answers to the same images. At first the network gives most of the wrongly labelled images their *true* label, which nobody told it: the other images have taught it what digits look like. Then it **memorizes** the wrong labels one by one, and new images pay for it. Fitting what holds only for the training examples is **overfitting**.
#
# What does memorizing need? It needs large weights: to give one image another label than its neighbours have, the function must turn sharply. After epoch 20 the weights grow by about a fifth with wrong labels, by much less with right ones. It also needs units that respond to this one image, and time.
#
# **Regularization** makes one of these scarce: L2 and L1 penalize large weights, dropout breaks up teams of units, early stopping takes the time away, augmentation adds neighbours.
# %% [markdown] lang="zh"
# **结论。** 蓝线和红线是同样的图像，不同的答案。起初，标签错误的图像，网络大多答出了*真*标签。没有人告诉过它：数字长什么样，是它从别的图像里学来的。后来它把错标签一个一个**死记**（memorize）下来，吃亏的是新图像。拟合只在训练样本上成立的东西，叫**过拟合**（overfitting）；对新样本也答得好，叫**泛化**（generalization）。标签正确时，同一个网络的错误率并不回升。
#
# 死记需要什么？周围的图像都是另一个标签，偏偏要把这一张答成别的，函数就得急转弯，权重就得大：第 20 轮之后，标签有错时权重增长约五分之一，标签正确时增长得少得多。还得有专门响应这张图像的几个单元，还得有时间。
#
# **正则化**（regularization）就是限制其中的某一样：L2 和 L1 惩罚大的权重，丢弃法拆散单元之间的配合，早停不给时间，数据增强添上更多邻居。

# %% [markdown] lang="en"
# ### Penalize large weights: L2
#
# Add $R(w)=\frac\lambda2\sum_i w_i^2$ to the data loss $f$. The gradient of $R$ is $\lambda w$, so with $g$ for the gradient of $f$ a step becomes
#
# $$w\leftarrow w-\eta\,(g+\lambda w)=(1-\eta\lambda)\,w-\eta g .$$
#
# Each weight loses the same *fraction* at every step. Where does that end? In a direction of a quadratic data loss (02) with curvature $h_i$ and minimum at $w_i^\ast$, the total slope is zero where
#
# $$h_i\,(w_i-w_i^\ast)+\lambda w_i=0 .$$
#
# *Solve for $w_i$, then open. What is left of $w_i^\ast$ if $h_i\gg\lambda$, and if $h_i\ll\lambda$?*
#
# <details><summary>Answer</summary>
#
# $w_i=\dfrac{h_i}{h_i+\lambda}\,w_i^\ast$. If $h_i\gg\lambda$ nearly everything is left, if $h_i\ll\lambda$ nearly nothing.
# </details>
#
# So L2 keeps what the data determine (large curvature) and shrinks what they hardly determine, where a fit chases noise. No weight becomes exactly zero.
# %% [markdown] lang="zh"
# ### 惩罚大的权重：L2
#
# 给数据损失 $f$ 加上 $R(w)=\frac\lambda2\sum_i w_i^2$。$R$ 的梯度是 $\lambda w$；记 $f$ 的梯度为 $g$，一步就成为
#
# $$w\leftarrow w-\eta\,(g+\lambda w)=(1-\eta\lambda)\,w-\eta g .$$
#
# 每走一步，各个权重都按同一*比例*缩小。最后停在哪里？取二次数据损失的一个方向（02），曲率为 $h_i$，极小点为 $w_i^\ast$。总斜率为零，就是
#
# $$h_i\,(w_i-w_i^\ast)+\lambda w_i=0 .$$
#
# *先解出 $w_i$，再点开。$h_i\gg\lambda$ 时 $w_i^\ast$ 还剩多少？$h_i\ll\lambda$ 时呢？*
#
# <details><summary>答案</summary>
#
# $w_i=\dfrac{h_i}{h_i+\lambda}\,w_i^\ast$。$h_i\gg\lambda$ 时几乎全部保留，$h_i\ll\lambda$ 时几乎一点不剩。
# </details>
#
# 所以，数据说得清的方向（曲率大），L2 几乎不动；数据说不清的方向，L2 把它缩小，而追着噪声跑的正是这些方向。没有哪个权重会恰好变成零。

# %% [markdown] lang="en"
# ### Exercise 1: `l2_penalty` ({{points:l2_penalty}} points, 4 minutes)
#
# Return value and gradient together, so that each can be added to that of the data loss.
#
# **A claim: "Penalty $\lambda\sum w^2$, update $w\leftarrow w-\eta g-\eta\lambda w$."** (lecture notes; mixtures of two books) *Which of the two has to change?*
#
# <details><summary>Answer</summary>
#
# Either. The gradient of that penalty is $2\lambda w$, so the penalty needs a ½ or the update a 2. Libraries differ: always ask whose λ it is (00).
# </details>
# %% [markdown] lang="zh"
# ### 练习 1：`l2_penalty`（{{points:l2_penalty}} 分，4 分钟）
#
# 值和梯度一起返回，好分别加到数据损失的值和梯度上。
#
# **笔记勘误。惩罚项 “λ * Σ w_i^2” 配更新 “θ = θ - η * ∇J(θ) - η * λ * θ”。**（第一份笔记 5.1 节）*哪一半要改？*
#
# <details><summary>答案</summary>
#
# 改哪一半都行。这个惩罚项的梯度是 $2\lambda w$：要么惩罚项加上 ½，要么更新里加上 2。两种写法各有库在用，所以看到 λ，先问是谁的 λ（00）。
# </details>

# %% [markdown] role="docstring" of="l2_penalty" lang="zh" twin="58ae471c"
# L2 惩罚项，前面带 1/2，所以梯度是 strength * w。
#
#     R = strength / 2 * （w^2 之和）          dR/dw = strength * w
#
# params（w）：任意形状的数组，不得改动。strength：Python 数值。有元素为 NaN 时，value 为 NaN。
# 返回 (value, gradient)：一个数，以及形状和 dtype 与 params 相同的数组。
# 除非 strength >= 0，否则抛出 ValueError。
#
# >>> value, gradient = l2_penalty(np.array([3.0, -4.0]), strength=0.25)
# >>> float(value), gradient
# (3.125, array([ 0.75, -1.  ]))

# %% role="answer" id="l2_penalty"
from reference.penalties import l2_penalty

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which of the two results has the shape of `params`, and which is a single number whatever the shape?
# </details>
# <details><summary>Hint 2</summary>
#
# The value sums over *all* entries, also of a matrix: `np.sum` without `axis`.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $\frac{0.25}2(9+16)=3.125$. With 6.25 the 1/2 is missing, with 1.5625 you took the mean, with 0.625 the length instead of its square.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 两个返回值，哪个与 `params` 同形？哪个不论形状如何都只是一个数？
# </details>
# <details><summary>提示 2</summary>
#
# 值要对*所有*元素求和，矩阵也一样：`np.sum` 不带 `axis`。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$\frac{0.25}2(9+16)=3.125$。得 6.25 是漏了 1/2，得 1.5625 是取了平均，得 0.625 是用了长度而不是长度的平方。
# </details>

# %% role="tests" id="test_l2_penalty" points=8
check("l2_penalty", l2_penalty)

# %% [markdown] lang="en"
# **How strong?** The same task with your penalty on both weight matrices, three seeds per strength. *What happened at the right end? How would you tell it from the left end if you saw only one run?*
# %% [markdown] lang="zh"
# **要多强？** 任务不变，两个权重矩阵都加上你写的惩罚项，每种强度三个种子。*右端发生了什么？只给你一次训练，怎样判断它在右端还是左端？*

# %% role="experiment" hidden=true
with experiment("l2_penalty"):
    strengths = [0.0005, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1]
    both, repeated = np.zeros((2, 3, len(strengths))), np.zeros((3, len(strengths)))
    for seed in range(3):
        for i, strength in enumerate(strengths):
            rng, given = with_wrong_labels(seed)
            params, _ = fit(rng, X_few, given, penalty=lambda w: l2_penalty(w, strength=strength))
            both[:, seed, i] = error(params, X_few, given), error(params, X_test, y_test)
            repeated[seed, i] = 1 - error(params, X_few[given != y_few], given[given != y_few])
    mid = np.median(both, axis=1)
    lowest = int(np.argmin(mid[1]))
    for i in (0, lowest):
        print(tr(f"λ = {strengths[i]}: training error {mid[0, i]:.2f}; {np.median(repeated[:, i]):.0%} of the wrong labels are repeated",
                 f"λ = {strengths[i]}：训练错误率 {mid[0, i]:.2f}；错误的标签，照着答的占 {np.median(repeated[:, i]):.0%}"))
    names = tr("training", "训练"), tr("new images", "新图像")
    ax = curves(dict(zip(names, both, strict=True)), x=np.array(strengths), logx=True, legend=False, xlabel=tr("strength λ", "强度 λ"),
                ylabel=tr("error rate after 80 epochs", "80 轮后的错误率"), color=dict(zip(names, ("train", "test"), strict=True)))
    draw.wash(ax, x=(strengths[0], 0.005), color="bad", strength=0.07, name=tr("memorizes", "死记"))
    draw.wash(ax, x=(0.06, strengths[-1]), color="soft", strength=0.1, name=tr("underfits", "欠拟合"))
    draw.rule(ax, y=0.3)
    draw.words(ax, 0.00055, 0.315, tr("share of wrong labels", "错误标签的比例"), ha="left", va="bottom", color="soft", size=9)
    draw.words(ax, 0.0009, 0.1, names[0], color="train")
    draw.words(ax, 0.014, 0.06, names[1], color="test")
    ax.set(ylim=(0, 0.75))
    draw.headline(ax.figure, tr(f"At λ = {strengths[lowest]} the error on new images is halved", f"λ = {strengths[lowest]} 时，新图像上的错误率减半"),
                  tr("300 digits, 30 % of the labels wrong. Lines: median of 3 seeds; bands: their range.",
                     "300 张数字，30% 的标签是错的。线：3 个种子的中位数；带：范围。"))
    show(ax, alt=tr(
        f"Error rates against the strength of L2, log axis. On the training labels the error rises from {mid[0, 0]:.2f} to {mid[0, -1]:.2f}. "
        f"On new images it falls from {mid[1, 0]:.2f} to {mid[1, lowest]:.2f} at {strengths[lowest]} and rises to {mid[1, -1]:.2f}.",
        f"错误率对 L2 强度（对数轴）。训练标签上的错误率从 {mid[0, 0]:.2f} 升到 {mid[0, -1]:.2f}；新图像上的从 {mid[1, 0]:.2f} 降到 "
        f"{strengths[lowest]} 处的 {mid[1, lowest]:.2f}，再升到 {mid[1, -1]:.2f}。"))
    duel = []
    for seed in range(100, 108):
        pair = []
        for penalized in (("W1", "W2"), ("W1", "W2", "b1", "b2")):
            rng, given = with_wrong_labels(seed)
            params, _ = fit(rng, X_few, given, penalty=lambda w: l2_penalty(w, strength=0.02), penalized=penalized)
            pair.append(1 - error(params, X_test, y_test))
        duel.append(pair[1] - pair[0])
    mean, low, high = mean_interval(np.array(duel))
    print(tr(f"penalizing the biases as well changes the accuracy by {mean:+.3f} [{low:+.3f}, {high:+.3f}]",
             f"偏置也罚，准确率变化 {mean:+.3f} [{low:+.3f}, {high:+.3f}]"))

# %% [markdown] lang="en"
# At the right end the penalty suppresses even what the examples share: **underfitting**. The *training* error tells the two ends apart: small on the left, large on the right. At the best λ it is close to 0.3, the share of wrong labels: hardly any of them is repeated.
#
# **Biases** are usually exempt: there are few of them, and the data determine them well (Goodfellow et al., 7.1). A penalty would only pull them off target: if the model is just $y=b$ and the data have mean 5, the best $b$ moves to $5/(1+\lambda)$. In our network eight seeds show no difference.
# %% [markdown] lang="zh"
# 右端的惩罚太强，连样本的共性都学不到：**欠拟合**（underfitting）。区分两端要看*训练*错误率：左端小，右端大。λ 最好的地方，它接近 0.3，正是错误标签所占的比例：错的标签，网络几乎一个也没有照着答。
#
# **偏置**通常不罚：偏置很少，数据又足以确定它们（Goodfellow 等，7.1 节）。罚了反而会偏：模型若只有 $y=b$，数据均值为 5，最好的 $b$ 就从 5 变成 $5/(1+\lambda)$。在我们的网络里，罚与不罚，八个种子看不出差别。

# %% [markdown] lang="en"
# ### L1: a pull that does not fade
#
# L2 leaves a little of every weight. What would switch useless ones off?
#
# The pull of L2 is $\lambda w$: it fades as the weight shrinks. With $R=\lambda\sum|w_i|$ the pull is $\lambda$, however small the weight. Take one weight, the data loss $\frac12(w-w^\ast)^2$, and a penalty with $\lambda=1$. *Where is the minimum of the sum if $w^\ast$ is 1.8? If it is 0.6?*
# %% [markdown] lang="zh"
# ### L1：不会减弱的拉力
#
# L2 让每个权重都剩下一点。怎样才能把没用的彻底关掉？
#
# L2 的拉力是 $\lambda w$，权重越小，拉力越弱。换成 $R=\lambda\sum|w_i|$，不论权重多小，拉力总是 $\lambda$。取一个权重，数据损失是 $\frac12(w-w^\ast)^2$，再加上 $\lambda=1$ 的惩罚项。*$w^\ast$ 为 1.8 时，总和的极小点在哪里？为 0.6 时呢？*

# %% role="experiment" hidden=true
fig, axes = draw.figure(2, height=3.4, sharey=True)
u = np.linspace(-0.6, 2.4, 601)
for ax, target in zip(axes, (1.8, 0.6), strict=True):
    data = (u - target) ** 2 / 2
    sums = {tr("data loss", "数据损失"): ("soft", data), "+ L2": ("red", data + u**2 / 2), "+ L1": ("blue", data + np.abs(u))}
    for name, (shade, total) in sums.items():
        low = int(np.argmin(total))
        ax.plot(u, total, color=draw.colour(shade), lw=1.4 if shade == "soft" else 2)
        ax.plot(u[low], total[low], "o", ms=7, color=draw.colour(shade), zorder=6)
        draw.words(ax, u[low], min(total[low], 1.5) - 0.2 if total[low] > 0.3 else -0.2, f"{u[low]:.1f}" if u[low] > 0.01 else "0", color=shade, size=9)
    ax.set(xlim=(-0.6, 2.4), ylim=(-0.35, 3.3), xlabel="$w$")
    draw.title(ax, tr(f"best for the data alone: {target}", f"单看数据，最好是 {target}"))
draw.words(axes[0], 0.62, 0.42, tr("data loss", "数据损失"), color="soft", ha="right")
draw.words(axes[0], 1.72, 1.05, "+ L2", color="red", ha="left")
draw.words(axes[0], 0.75, 1.6, "+ L1", color="blue")
draw.note(axes[1], tr("the kink holds\nthe weight at 0", "尖点把权重\n留在 0"), (0.0, 0.2), (0.75, 2.5), color="blue")
draw.headline(fig, tr("L2 moves both minima, L1 moves one of them to exactly 0", "L2 两个极小点都挪动，L1 把其中一个挪到恰好为 0"),
              tr("Data loss of one weight, alone and with a penalty, λ = 1. Dots: minima.", "一个权重的数据损失，不加与加惩罚项，λ = 1。圆点：极小点。"))
show(fig, alt=tr(
    "Two panels with three curves each: a parabola, the parabola plus L2, and the parabola plus L1, which has a kink at 0. Left, the parabola "
    "has its minimum at 1.8; with L2 it is at 0.9, with L1 at 0.8. Right, the minimum is at 0.6; with L2 at 0.3, with L1 in the kink, at 0.",
    "两幅图，各三条曲线：抛物线、抛物线加 L2、抛物线加 L1，后者在 0 处有尖点。左图，抛物线的极小点在 1.8，加 L2 后在 0.9，加 L1 后在 0.8。"
    "右图，极小点在 0.6，加 L2 后在 0.3，加 L1 后落在尖点上，在 0。"))

# %% [markdown] lang="en"
# At zero $|w|$ has a **kink**: its slope jumps from $-1$ to $1$. Every number between the two is a **subgradient** there. A weight leaves zero only if the data loss falls faster than the penalty rises; elsewhere the two slopes must cancel. With $g$ for the gradient of a convex data loss, the minimizer is where
#
# $$w_i=0:\quad |g_i|\le\lambda,\qquad\qquad w_i\ne0:\quad g_i=-\lambda\,\mathrm{sign}(w_i).$$
#
# These are the **KKT conditions** of L1 (Karush, Kuhn and Tucker).
# %% [markdown] lang="zh"
# $|w|$ 在零处有个**尖点**（kink）：斜率从 $-1$ 跳到 $1$，两者之间的每个数都叫那里的**次梯度**（subgradient）。数据损失降得比惩罚项升得快，权重才会离开零；在别处，两个斜率必须抵消。记 $g$ 为数据损失（凸函数）的梯度，极小点满足
#
# $$w_i=0:\quad |g_i|\le\lambda,\qquad\qquad w_i\ne0:\quad g_i=-\lambda\,\mathrm{sign}(w_i).$$
#
# 这就是 L1 的 **KKT 条件**（Karush、Kuhn、Tucker）。

# %% [markdown] lang="en"
# ### The same zeros, seen as a corner
#
# You can also ask for small weights with a **constraint**: minimize the data loss inside a **ball** $\lVert w\rVert_p\le r$, in the plane a diamond for L1 ($p=1$) and a disc for L2 ($p=2$). The loss grows in ellipses around its own minimum, and the best allowed point is where the first ellipse touches the ball.
# %% [markdown] lang="zh"
# ### 同样的零，从约束来看
#
# 要权重小，也可以加**约束**（constraint）：只在一个**球** $\lVert w\rVert_p\le r$ 里求数据损失的最小值。在平面上，L1（$p=1$）的球是菱形，L2（$p=2$）的是圆盘。损失的等高线是一圈圈椭圆，从极小点向外越来越高；最先碰到球的那一圈，碰到的就是最好的点。

# %% role="experiment" hidden=true
show(draw_balls(centre(20), radius=0.8), alt=tr(
    "The same elliptic contours twice. Left, the L1 ball, a diamond: the first contour that touches it does so at the corner on the "
    "horizontal axis, where w2 is exactly 0. Right, the L2 ball, a disc: it is touched beside the axis, and w2 is not 0.",
    "同样的椭圆等高线画了两次。左：L1 球，菱形；最先碰到它的等高线碰在横轴上的角，那里 w2 恰好为 0。右：L2 球，圆盘；碰在轴的旁边，w2 不为 0。"))

# %% [markdown] lang="en"
# Now with sliders. *Guess first.*
#
# 1. At $p=1$, $r=0.8$: turn the minimum of the loss from 20° upwards. At about which angle does the best point leave the corner?
# 2. Set $p=1.1$. The ball still looks like a diamond. Is $w_2$ still exactly 0?
# 3. Switch from the limit to the penalty. Does the right-hand plot change? So what is the difference between $\lambda$ and $r$?
# %% [markdown] lang="zh"
# 再用滑块试。*先猜再动。*
#
# 1. $p=1$、$r=0.8$：把损失极小点的方向从 20° 往上转，大约到多少度，最好的点离开那个角？
# 2. 取 $p=1.1$，看上去还是菱形。$w_2$ 还恰好为 0 吗？
# 3. 把约束换成惩罚，右图变了吗？那么 $\lambda$ 和 $r$ 的区别在哪里？

# %% role="experiment"
penalty_explorer(form="limit", p=1.0, limit=0.8, angle=20)

# %% [markdown] lang="en"
# <details><summary>What we found</summary>
#
# 1. At about 23°. The corner wins for a whole *range* of angles: that is **sparsity**. On a disc $w_2$ is zero only at single angles.
# 2. No. Zeros come from the kink of the penalty at 0, not from the ball's sharp look.
# 3. Not for $p\ge1$: both forms visit the same points. But with other data the same $\lambda$ means another $r$.
# </details>
#
# So the zeros belong to the *minimizer*. Does an algorithm get there? You write the obvious one first, then one made for kinks.
# %% [markdown] lang="zh"
# <details><summary>我们的结果</summary>
#
# 1. 大约 23°。有整整一*段*角度，最好的点都在那个角上：这就是**稀疏性**（sparsity）。换成圆盘，只有个别角度下 $w_2$ 才为零。
# 2. 不是了。零来自惩罚项在 0 处的尖点，而不是球看上去有多尖。
# 3. $p\ge1$ 时没有变：两种形式走过的点相同。但换了数据，同样的 $\lambda$ 就是另一个 $r$。
# </details>
#
# 可见零是*极小点*的性质。算法走得到那里吗？先写最直接的一种，再写一种专门对付尖点的。

# %% [markdown] lang="en"
# ### Exercise 2: `l1_penalty` ({{points:l1_penalty}} points, 4 minutes)
#
# A **contract** instead of a formula: the docstring says what must hold. Which of all subgradients at the kink does it ask for?
# %% [markdown] lang="zh"
# ### 练习 2：`l1_penalty`（{{points:l1_penalty}} 分，4 分钟）
#
# 没有公式，只有**契约**（contract）。尖点处的次梯度有很多，它要哪一个？

# %% [markdown] role="docstring" of="l1_penalty" lang="zh" twin="3fa3c9d9"
# L1 惩罚项 R = strength * （|w| 之和），以及一个次梯度。
#
# 契约：次梯度的每个元素，是只移动这一个权重时 R 的斜率。左右两侧的斜率不同时，取它们的平均。
#
# params（w）：任意形状的数组，不得改动。strength：Python 数值。有元素为 NaN 时，value 为 NaN。
# 返回 (value, subgradient)：一个数，以及形状和 dtype 与 params 相同的数组。
# 除非 strength >= 0，否则抛出 ValueError。
#
# >>> value, subgradient = l1_penalty(np.array([3.0, -4.0, 1.0]), strength=0.25)
# >>> float(value), subgradient
# (2.0, array([ 0.25, -0.25,  0.25]))

# %% role="answer" id="l1_penalty"
from reference.penalties import l1_penalty

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What are the slopes of $|w|$ just left and just right of 0? And their mean?
# </details>
# <details><summary>Hint 2</summary>
#
# The slope is $-1$, 0 or 1 times the strength. NumPy has a function that gives these three; dividing $w$ by $|w|$ fails at 0.
# </details>
# <details><summary>Hint 3</summary>
#
# The example: $0.25\,(3+4+1)=2$. With 1 you kept the 1/2 of L2, with 0 the absolute value is missing.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 在 0 的左边和右边，$|w|$ 的斜率各是多少？平均呢？
# </details>
# <details><summary>提示 2</summary>
#
# 斜率是强度乘 $-1$、0 或 1。NumPy 有一个函数正好给出这三个数；用 $w$ 除以 $|w|$，在 0 处行不通。
# </details>
# <details><summary>提示 3</summary>
#
# 例子：$0.25\,(3+4+1)=2$。得 1 是把 L2 的 1/2 带了过来，得 0 是漏了绝对值。
# </details>

# %% role="tests" id="test_l1_penalty" points=7
check("l1_penalty", l1_penalty)

# %% [markdown] lang="en"
# ### Exercise 3: `soft_threshold` ({{points:soft_threshold}} points, 12 minutes)
#
# A step along a subgradient lands on the kink only by luck. Better to go straight to the minimum of the sum. For which $u$ is $\frac12(u-w)^2+\tau|u|$ smallest? Try it on paper with $\tau=1$ for $w=3$, for $w=0.4$, then for negative ones.
# %% [markdown] lang="zh"
# ### 练习 3：`soft_threshold`（{{points:soft_threshold}} 分，12 分钟）
#
# 沿次梯度走一步，只有碰巧才会落在尖点上。不如直接走到总和的极小点。$u$ 取多少，$\frac12(u-w)^2+\tau|u|$ 最小？先在纸上算 $\tau=1$ 的情形：$w=3$、$w=0.4$，再试负数。

# %% [markdown] role="docstring" of="soft_threshold" lang="zh" twin="82108d30"
# 留在 params 附近，同时惩罚每个元素的绝对值（L1 惩罚项的近端算子）。
#
# 契约：对 params 的每个元素 w，结果在同一位置上的数 u，使
#
#     (u - w)^2 / 2 + threshold * |u|
#
# 尽可能小。如果这个数是 0，结果就恰好是 0。
#
# params：任意形状的数组，不得改动。threshold：Python 数值。NaN 仍为 NaN。
# 返回形状和 dtype 相同的数组。
# 除非 threshold >= 0，否则抛出 ValueError。

# %% role="answer" id="soft_threshold"
from reference.penalties import soft_threshold

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Suppose the best $u$ is positive. What is the slope there? For which $w$ is that $u$ really positive?
# </details>
# <details><summary>Hint 2</summary>
#
# $u-w+\tau=0$, so $u=w-\tau$ if $w>\tau$. The negative case is the mirror image. For what is left over, $u=0$ is best.
# </details>
# <details><summary>Hint 3</summary>
#
# With threshold 1: 3 becomes 2, −3 becomes −2, and all from −1 to 1 become 0. If 3 stays 3 you have the hard threshold; if 0.4 becomes −0.6 you passed zero. `np.sign`, `np.abs` and `np.maximum` do it in one line.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 假设最好的 $u$ 是正数，那里的斜率是多少？对哪些 $w$，这个 $u$ 真的为正？
# </details>
# <details><summary>提示 2</summary>
#
# $u-w+\tau=0$，所以 $w>\tau$ 时 $u=w-\tau$。负的情形是它的镜像。剩下的，$u=0$ 最好。
# </details>
# <details><summary>提示 3</summary>
#
# 阈值为 1 时：3 变成 2，−3 变成 −2，−1 到 1 之间的都变成 0。3 还是 3，就成了硬阈值；0.4 变成 −0.6，就越过了零。`np.sign`、`np.abs`、`np.maximum` 一行就能写完。
# </details>

# %% role="tests" id="test_soft_threshold" points=14
check("soft_threshold", soft_threshold)

# %% [markdown] lang="en"
# ### Exercise 4: `proximal_gradient_step` ({{points:proximal_gradient_step}} points, 8 minutes)
#
# A real data loss is no such parabola, but it lies *under* one that touches it at the present $w$. If no curvature exceeds $L$ and $\eta\le1/L$, then
#
# $$f(u)\;\le\; f(w)+g^\top(u-w)+\tfrac1{2\eta}\lVert u-w\rVert^2 ,$$
#
# with equality at $u=w$. Add $\lambda\lVert u\rVert_1$ on both sides:
# %% [markdown] lang="zh"
# ### 练习 4：`proximal_gradient_step`（{{points:proximal_gradient_step}} 分，8 分钟）
#
# 真正的数据损失不是这样的抛物线，但它总在一条抛物线*下方*，两者恰好在当前的 $w$ 处相切。如果曲率都不超过 $L$，且 $\eta\le1/L$，那么
#
# $$f(u)\;\le\; f(w)+g^\top(u-w)+\tfrac1{2\eta}\lVert u-w\rVert^2 ,$$
#
# 在 $u=w$ 处取等号。两边加上 $\lambda\lVert u\rVert_1$：

# %% role="experiment" hidden=true
fig, ax = draw.figure(height=2.9)
u, lam, L = np.linspace(-0.9, 3.4, 861), 0.5, 1.2


def curved_loss(u):  #| its largest curvature is L | 最大曲率为 L
    return L * np.log(np.cosh(u - 1.2))


old, slope = 2.6, L * np.tanh(2.6 - 1.2)
total = curved_loss(u) + lam * np.abs(u)
bound = curved_loss(old) + slope * (u - old) + L / 2 * (u - old) ** 2 + lam * np.abs(u)
low = int(np.argmin(bound))
ax.plot(u, total, color=draw.colour("blue"), lw=2)
ax.plot(u, bound, color=draw.colour("gold"), lw=2)
ax.plot([u[low]] * 2, [total[low], bound[low]], ":", color=draw.colour("soft"), lw=1.2)
for x, y, shade in ((old, curved_loss(old) + lam * old, "ink"), (u[low], bound[low], "gold"), (u[low], total[low], "blue")):
    ax.plot(x, y, "o", ms=7, color=draw.colour(shade), zorder=6)
draw.note(ax, tr("they touch at the present w", "在当前的 w 处相切"), (old, curved_loss(old) + lam * old), (2.35, 3.3))
draw.note(ax, tr("go to the minimum of the bound ...", "走到上界的极小点……"), (u[low], bound[low]), (1.25, 2.6), color="gold")
draw.note(ax, tr("... and the total loss is lower still", "……总损失还要更低"), (u[low], total[low]), (1.75, 0.12), color="blue")
draw.words(ax, -0.55, 1.1, tr("total loss", "总损失"), color="blue")
draw.words(ax, -0.2, 3.1, tr("upper bound", "上界"), color="gold", ha="left")
ax.set(xlim=(-0.9, 3.4), ylim=(-0.1, 4), xlabel="$u$")
draw.headline(fig, tr("A step to the minimum of an upper bound cannot raise the loss", "走到上界的极小点，损失不会升高"),
              tr("One weight, a loss whose curvature is at most L, with an L1 penalty; η = 1/L.", "一个权重，损失的曲率至多为 L，加 L1 惩罚；η = 1/L。"))
show(fig, alt=tr(
    f"Total loss of one weight, with a kink at 0, and above it an upper bound that touches it at w = {old}. The minimum of the bound is at {u[low]:.1f}; there the total loss is lower than the bound, and lower than at w.",
    f"一个权重的总损失，在 0 处有尖点；上方是一条在 w = {old} 处与它相切的上界。上界的极小点在 {u[low]:.1f}，那里总损失比上界低，也比 w 处低。"))

# %% [markdown] lang="en"
# The minimum of the right-hand side is your step. Since the total loss lies below, it cannot rise. This is the **proximal gradient** method (for L1: ISTA).
# %% [markdown] lang="zh"
# 走到右边的极小点，就是你要写的一步。总损失处处不超过右边，在 $w$ 处与它相等，所以不会升高。这就是**近端梯度**（proximal gradient）法，用于 L1 时叫 ISTA。

# %% [markdown] role="docstring" of="proximal_gradient_step" lang="zh" twin="523a4085"
# ISTA 的一步：使数据损失的上界与 L1 惩罚项之和最小。
#
# 契约：结果是数组 u，使
#
#     （g * (u - w) 之和）  +  1 / (2 * lr) * （(u - w)^2 之和）  +  strength * （|u| 之和）
#
# 尽可能小。lr = 0 时结果就是 params。
#
# params（w）、grads（g，只是数据损失的梯度）：形状相同的数组，形状不限；不得改动它们。
# lr、strength：Python 数值。NaN 原样传递。
# 返回新的 params，形状和 dtype 不变。
# 除非 lr >= 0 且 strength >= 0，否则抛出 ValueError。
#
# >>> proximal_gradient_step(np.array([1.0, 0.25]), np.array([2.0, 1.0]), lr=0.125, strength=4.0)
# array([0.25, 0.  ])

# %% role="answer" id="proximal_gradient_step"
from reference.penalties import proximal_gradient_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Without the last term this is minimized by a step you know. Which one?
# </details>
# <details><summary>Hint 2</summary>
#
# Multiply by `lr` and complete the square: up to a constant you get $\frac12(u-(w-\eta g))^2+\eta\lambda|u|$ for each entry. That is exercise 3 with other numbers; call your function.
# </details>
# <details><summary>Hint 3</summary>
#
# The example, first entry: the gradient step leads to 0.75, the threshold is 0.5, the result 0.25. With `strength` as threshold you get 0, with `lr` 0.625, without any 0.75.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 去掉最后一项，使它最小的是你熟悉的一步。哪一步？
# </details>
# <details><summary>提示 2</summary>
#
# 乘以 `lr` 再配方，除去常数，每个元素剩下 $\frac12(u-(w-\eta g))^2+\eta\lambda|u|$。这正是练习 3，只是换了数：调用你的函数。
# </details>
# <details><summary>提示 3</summary>
#
# 例子的第一个元素：梯度步走到 0.75，阈值 0.5，结果 0.25。阈值用 `strength` 会得 0，用 `lr` 会得 0.625，不用阈值会得 0.75。
# </details>

# %% role="tests" id="test_proximal_gradient_step" points=13
check("proximal_gradient_step", proximal_gradient_step)

# %% [markdown] lang="en"
# ### Experiment 2: who gets to zero?
#
# A linear model has eight inputs, of which only the first three matter. The loss is half the mean squared error on 40 examples plus L1 with $\lambda=0.3$; its minimizer has four exact zeros. Three methods look for it, 3,000 steps each: subgradient steps with constant $\eta$; the same with $\eta_t=0.5/\sqrt t$; your proximal step with $\eta=1/L$.
#
# **Which methods end with weights that are exactly zero?** (a) all three, (b) the last two, (c) only the proximal step
# %% [markdown] lang="zh"
# ### 实验 2：谁能到零？
#
# 一个线性模型有八个输入，只有前三个有用；40 个样本，损失是均方误差的一半，L1 的 $\lambda=0.3$。极小点恰有四个零。用三种方法去找，各走 3000 步：次梯度步，$\eta$ 不变；次梯度步，$\eta_t=0.5/\sqrt t$；你写的近端梯度步，$\eta=1/L$。
#
# **最后，谁的权重里有恰好的零？** (a) 三种都有，(b) 后两种有，(c) 只有近端梯度步有

# %% role="answer" id="prediction_zeros"
prediction_zeros = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_zeros = "c"
### END SOLUTION

# %% hidden=true
TRUE = [3.0, -2.0, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0]
X_lin, y_lin, _ = regression(np.random.default_rng(5), num=40, scales=np.ones(8), weights=TRUE, noise=1.0)
X_lin, y_lin = X_lin - X_lin.mean(axis=0), y_lin - y_lin.mean()  #| so that no bias is needed | 这样就不需要偏置
LARGEST = float(np.linalg.eigvalsh(X_lin.T @ X_lin / 40)[-1])  #| the largest curvature, L | 最大的曲率 L


def slope(w):
    tr("""Gradient of the data loss: half the mean squared error.""", """数据损失（均方误差的一半）的梯度。""")
    return X_lin.T @ (X_lin @ w - y_lin) / len(y_lin)


# %% role="experiment" nbval="check"
with experiment("proximal_gradient_step", "l1_penalty"):
    def by_subgradient(w, lr):
        return w - lr * (slope(w) + l1_penalty(w, strength=0.3)[1])

    def by_proximal_step(w, lr):
        return proximal_gradient_step(w, slope(w), lr=lr, strength=0.3)

    rules = {tr("subgradient, constant lr", "次梯度，lr 不变"): (by_subgradient, lambda t: 0.1),
             tr("subgradient, falling lr", "次梯度，lr 下降"): (by_subgradient, lambda t: 0.5 / np.sqrt(t + 1)),
             tr("proximal step", "近端梯度步"): (by_proximal_step, lambda t: 1 / LARGEST)}
    paths = {}
    for name, (step, rate) in rules.items():
        path = [np.ones(8)]
        for t in range(3000):
            path.append(step(path[-1], float(rate(t))))
        paths[name] = np.array(path)
    best = paths[name][-1]

# %% role="experiment" hidden=true
with experiment("proximal_gradient_step", "best"):
    for name, path in paths.items():
        hovering = np.abs(path[-100:, best == 0]).max()
        print(tr(f"{name}: {np.sum(path[-1] == 0)} exact zeros; where 0 is right, |w| up to {hovering:.3f} in the last 100 steps",
                 f"{name}：{np.sum(path[-1] == 0)} 个恰好的零；应当为 0 之处，最后 100 步里 |w| 最大 {hovering:.3f}"))
    slopes_there = np.abs(slope(best))
    print(tr("|gradient| at the minimizer, weights that are zero:", "极小点处 |梯度|，为零的权重："), *(f"{x:.3f}" for x in slopes_there[best == 0]),
          tr("; others:", "；其余："), *(f"{x:.3f}" for x in slopes_there[best != 0]))
    print(tr("minimizer:", "极小点："), *(f"{x:.3f}" if x else "0" for x in best))
    fig, (left, right) = draw.figure(2, height=3.7)
    j = int(np.flatnonzero(best == 0)[-1])
    roles = dict(zip(paths, ("red", "gold", "teal"), strict=True))
    for name, path in paths.items():
        left.plot(path[:61, j], color=draw.colour(roles[name]), lw=1.4)
    draw.rule(left, y=0)
    left.set(ylim=(-0.17, 0.17), xlim=(0, 60), xlabel=tr("step", "步"))
    draw.quantity(left, f"$w_{j + 1}$")
    shown = np.unique(np.geomspace(1, 3000, 200).astype(int))
    races = {name: np.abs(path - best).max(axis=1) for name, path in paths.items()}
    for name, race in races.items():
        right.plot(shown, np.maximum(race[shown], 1e-16), color=draw.colour(roles[name]), lw=1.4)
    draw.log_axes(right, x=True, y=True)
    right.set_xlabel(tr("step", "步"))
    draw.quantity(right, tr("largest distance from the minimizer", "到极小点的最大距离"))
    draw.words(right, 1.3, 3e-8, tr("proximal step:\nexact", "近端梯度步：\n精确"), color="teal", ha="left")
    draw.words(right, 200, 0.6, tr("constant lr", "lr 不变"), color="red")
    draw.words(right, 300, 2e-4, tr("falling lr", "lr 下降"), color="gold")
    draw.headline(fig, tr("Subgradient steps jump across zero, the proximal step lands on it", "次梯度步在零的两侧跳来跳去，近端梯度步落在零上"),
                  tr("Left: one weight that should be zero. Right: all weights, same colours. L1 with λ = 0.3.", "左：一个应当为零的权重。右：所有权重，颜色相同。L1，λ = 0.3。"))
    ends = [f"{race[-1]:.0e}" for race in races.values()]
    show(fig, alt=tr(
        "Left: a weight that should be zero, over 60 steps. With constant lr it jumps about zero without end, with falling lr the jumps are "
        "wider at first and shrink slowly; under the proximal step it lies on zero. Right, log-log: distance from the minimizer after 3000 "
        f"steps: {ends[0]} with constant lr, {ends[1]} with falling lr; the proximal line drops to rounding.",
        "左：一个应当为零的权重，前 60 步。lr 不变时在零附近跳个不停；lr 下降时起初跳得更大，慢慢变小；近端梯度步则贴在零上。"
        f"右（双对数）：3000 步后到极小点的距离，lr 不变 {ends[0]}，lr 下降 {ends[1]}；近端梯度步降到舍入误差。"))
    reveal("zeros", prediction_zeros, "c", tr(
        "A subgradient step crosses the kink by up to lr times strength. A smaller lr gives smaller numbers, not zeros.",
        "次梯度步会越过尖点，最远越过 lr 乘强度。lr 变小，得到的是更小的数，而不是零。"))

# %% [markdown] lang="en"
# **What it showed.** Only the proximal step reaches the zeros. There the gradient is below $\lambda=0.3$; elsewhere it is 0.300, as KKT says. But one useless input keeps a tiny weight, and 3 has become about 2.4: L1 shrinks what it keeps.
#
# **A claim: "The L1 force is constant, so it pushes a weight until it *becomes* 0."** (common) *Why did the first two methods end without a single zero, then?*
#
# <details><summary>Answer</summary>
#
# A constant force does not stop at 0: the weight steps over the kink and is pushed back. If you train with SGD or Adam and want zeros, prune small weights afterwards or use a proximal step.
# </details>
#
# *Now vary the strength: in which order do the weights reach zero under L1? How many do under L2?*
# %% [markdown] lang="zh"
# **结论。** 只有近端梯度步到得了这些零。那里梯度低于 $\lambda=0.3$，别处就是 0.300，与 KKT 条件一致。不过，有一个没用的输入还留着一点点权重，而 3 变成了 2.4 左右：留下来的，L1 也会缩短。
#
# **笔记勘误。“无论权重多小，惩罚力度都一样，这会推动权重一直减小直到变成0”。**（第一份笔记 5.1 节）*那么前两种方法，为什么到最后一个零也没有？*
#
# <details><summary>答案</summary>
#
# 力度是常数，到了 0 也停不下来：权重迈过尖点，又被推回来。用 SGD 或 Adam 训练时想要零，就在训练后剪掉小权重，或者用近端梯度步。
# </details>
#
# *再看所有强度：L1 之下，各权重按什么次序变成零？L2 之下有几个变成零？*

# %% role="experiment" hidden=true
with experiment("proximal_gradient_step"):
    lambdas = np.geomspace(0.01, 4, 60)
    l1_path, w = [], np.ones(8)
    for strength in map(float, lambdas):
        for _ in range(200):
            w = proximal_gradient_step(w, slope(w), lr=1 / LARGEST, strength=strength)
        l1_path.append(w)
    l2_path = [np.linalg.solve(X_lin.T @ X_lin / 40 + lam * np.eye(8), X_lin.T @ y_lin / 40) for lam in lambdas]
    l1_path, l2_path = np.array(l1_path), np.array(l2_path)
    fig, axes = draw.figure(2, height=3.6, sharey=True)
    for ax, path, title in zip(axes, (l1_path, l2_path), (tr("L1: exact zeros, one by one", "L1：一个个恰好变成零"),
                               tr("L2: all shrink, none is zero", "L2：都在缩小，没有一个是零")), strict=True):
        ax.plot(lambdas, path[:, 3:], color=draw.colour("soft"), lw=1)
        for k, role in enumerate(("blue", "red", "teal")):
            ax.plot(lambdas, path[:, k], color=draw.colour(role))
            draw.words(ax, 0.0115, path[0, k] + 0.24, f"$w_{k + 1}$", color=role, ha="left")
        draw.words(ax, 0.0115, -0.62, tr("five useless inputs", "五个没用的输入"), color="soft", ha="left", size=9)
        draw.log_axes(ax, x=True)
        ax.set(xlabel=tr("strength λ", "强度 λ"), ylim=(-2.4, 3.7))
        draw.title(ax, title)
    zeros = (l1_path == 0).sum(axis=1)
    draw.headline(fig, tr("L1 switches inputs off, L2 turns them down", "L1 把输入关掉，L2 把输入调小"),
                  tr("The minimizer for each strength: lasso (left) and ridge regression (right) on the same 40 examples.",
                     "每种强度下的极小点：同样 40 个样本上的 lasso（左）和岭回归（右）。"))
    show(fig, alt=tr(
        f"Eight weights against the strength, log axis. L1: the useless ones reach exactly zero first, then w3, w1 and w2; of 60 strengths the "
        f"smallest leaves {zeros[0]} zeros, the largest {zeros[-1]}. L2: all eight shrink together and none is zero, even at 4.",
        f"八个权重随强度（对数轴）的变化。L1：没用的先恰好为零，然后是 w3、w1、w2；60 种强度中，最小的留下 {zeros[0]} 个零，最大的 {zeros[-1]} 个。"
        "L2：八个一起缩小，到 4 也没有一个为零。"))

# %% [markdown] lang="en"
# ### Claims you will meet
#
# **"L1 keeps only the most important features."** (common) We draw 200 data sets like that of experiment 2 and give each the $\lambda$ that predicts best on 1,000 new examples. *In how many are exactly the three true inputs kept?*
# %% [markdown] lang="zh"
# ### 笔记勘误
#
# **L1 “相当于自动进行了特征选择，只保留了最重要的特征”。**（第一份笔记 5.1 节）像实验 2 那样抽 200 份数据，每份都用在 1000 个新样本上预测最准的 $\lambda$。*有多少份恰好留下那三个有用的输入？*

# %% role="experiment" nbval="check" hidden=true
with experiment("proximal_gradient_step"):
    rng, found, kept = np.random.default_rng(0), [], []
    for _ in range(200):
        (X, y), (X_new, y_new) = ((X, X @ TRUE + rng.standard_normal(len(X))) for X in (rng.standard_normal((n, 8)) for n in (40, 1000)))
        H, pull, w, least = X.T @ X / 40, X.T @ y / 40, np.zeros(8), np.inf
        lr = float(1 / np.linalg.eigvalsh(H)[-1])
        for strength in map(float, np.geomspace(2, 0.01, 25)):
            for _ in range(60):
                w = proximal_gradient_step(w, H @ w - pull, lr=lr, strength=strength)
            if (loss := np.mean((X_new @ w - y_new) ** 2)) < least:
                least, used = loss, w != 0
        found.append(np.array_equal(used, np.array(TRUE) != 0))
        kept.append(used)
    kept = np.array(kept)
    print(tr(f"exactly the three true inputs: {np.sum(found)} of 200. All three are kept in {np.sum(kept[:, :3].all(axis=1))}, "
             f"and with them {kept[:, 3:].sum(axis=1).mean():.1f} of the 5 useless ones on average",
             f"恰好是那三个：200 份中有 {np.sum(found)} 份。三个都留下的有 {np.sum(kept[:, :3].all(axis=1))} 份，同时平均还留下 5 个没用的当中的 "
             f"{kept[:, 3:].sum(axis=1).mean():.1f} 个"))

# %% [markdown] lang="en"
# The strength that predicts best keeps every true input and most of the useless ones. A stronger penalty drops those, but shrinks the true weights.
# %% [markdown] lang="zh"
# 预测最准的强度，有用的输入一个没丢，没用的却也大半留着。惩罚再加强，没用的会去掉，有用的权重却也跟着缩短。

# %% [markdown] lang="en"
# ### Clinic
#
# Three runs on 300 digits; dashed is validation. Choose a diagnosis, name the evidence, then open it.
# %% [markdown] lang="zh"
# ### 诊室
#
# 300 张数字图像上的三次训练；虚线是验证集。先选诊断，说出证据，再点开。

# %% role="experiment" hidden=true
with experiment("l2_penalty"):
    def patient(strength, share_wrong, losses=False):
        rng = np.random.default_rng(7)
        labels = flip_labels(y_few, rng, share=share_wrong)

        def l2(w):
            return l2_penalty(w, strength=strength)

        def measure(params):
            if not losses:
                return {"train": error(params, X_few, labels), "val": error(params, X_val, y_val)}
            train, val = (cross_entropy(scores_of(params, X), y)[0] for X, y in ((X_few, labels), (X_val, y_val)))
            return {"train": train + l2(params["W1"])[0] + l2(params["W2"])[0], "val": val}

        return fit(rng, X_few, labels, penalty=l2, evaluate=measure)[1]

    patients = {"A": patient(0.0, 0.3), "B": patient(0.12, 0.3), "C": patient(0.01, 0.0, losses=True)}
    fig, axes = draw.figure(3, height=2.7)
    for ax, (name, history) in zip(axes, patients.items(), strict=True):
        ax.plot(history["train"], color=draw.colour("ink"), lw=1.5)
        ax.plot(history["val"], color=draw.colour("ink"), lw=1.5, ls=(0, (4, 2)))
        ax.set(xlabel=tr("epoch", "轮"), ylim=(0, None))
        draw.title(ax, name)
        ax.set_ylabel(tr("loss", "损失") if name == "C" else tr("error rate", "错误率") if name == "A" else "")
    show(fig, alt=tr(
        "Three panels over 80 epochs; solid: training, dashed: validation. A: the training error falls nearly to 0; the validation error falls "
        "to little more than 0.1, then rises to about 0.25. B: both errors stay close together and high, around 0.7. C, losses: both fall, and the "
        "training loss stays above the validation loss.",
        "80 轮的三幅图；实线：训练，虚线：验证。A：训练错误率几乎降到 0，验证错误率降到 0.1 出头，又升到 0.25 左右。B：两个错误率靠在一起，停在 0.7 左右。"
        "C（损失）：两者都下降，训练损失始终高于验证损失。"))

# %% [markdown] lang="en"
# **A.** "It was good once, then it got worse."
# <details><summary>the learning rate is too large</summary>Then the training error would suffer too. It falls all the way.</details>
# <details><summary>overfitting</summary><b>Yes.</b> Training keeps improving, validation gets worse again.</details>
#
# **B.** "I regularized, and now nothing learns."
# <details><summary>overfitting</summary>Then the lines would part. They lie together.</details>
# <details><summary>λ is too large</summary><b>Yes.</b> Both errors are high: underfitting. Divide λ by ten before you touch the network.</details>
#
# **C.** "My training loss is *higher* than my validation loss. Is there a bug in my split?"
# <details><summary>the sets were exchanged</summary>Both hold 300 images of the same kind, so an exchange would not keep one line above the other.</details>
# <details><summary>the plotted training loss contains the penalty</summary><b>Yes.</b> Data loss + R against data loss alone. Plot the data loss for both.</details>
# %% [markdown] lang="zh"
# **A.** “本来挺好的，后来变差了。”
# <details><summary>学习率太大</summary>那样训练错误率也会受影响，可它一路下降。</details>
# <details><summary>过拟合</summary><b>正确。</b>训练继续改善，验证掉头向上。</details>
#
# **B.** “我加了正则化，现在什么都学不会。”
# <details><summary>过拟合</summary>那样两条线会分开。这里靠在一起。</details>
# <details><summary>λ 太大</summary><b>正确。</b>两个错误率都高：欠拟合。动网络之前，先把 λ 除以十。</details>
#
# **C.** “训练损失比验证损失还*高*，是不是数据划分有错？”
# <details><summary>两个集弄反了</summary>两个集各有 300 张同类的图像，换过来也不会有一条线始终高出一截。</details>
# <details><summary>画出的训练损失里含有惩罚项</summary><b>正确。</b>一边是数据损失 + R，另一边只有数据损失。两边都画数据损失。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **1.** A direction has curvature 0.1, and λ = 0.3 (our L2). What fraction of $w^\ast$ remains?
# <details><summary>0.7</summary>That is $1-\lambda$: one step with η = 1, not where the run ends.</details>
# <details><summary>0.25</summary><b>Right:</b> $0.1/(0.1+0.3)$.</details>
# <details><summary>0</summary>L2 never gets there. L1 may.</details>
#
# **2.** `soft_threshold` with threshold 0.5 receives (0.2, −0.5, −2). It returns
# <details><summary>(−0.3, −1, −2.5)</summary>Negative entries have to move towards zero.</details>
# <details><summary>(0, 0, −2)</summary>The hard threshold: what stays is not shrunk.</details>
# <details><summary>(0, 0, −1.5)</summary><b>Right.</b></details>
#
# **3.** Lasso at λ = 0.3: a weight is zero, and the gradient of the data loss there is −0.28. You lower λ to 0.25. Then
# <details><summary>it stays zero, as L1 keeps weights at zero</summary>Only while the gradient is smaller than λ.</details>
# <details><summary>it becomes positive</summary><b>Right,</b> if the other weights hardly change the gradient: the slope is negative, so the loss falls to the right.</details>
# <details><summary>it becomes negative</summary>The step goes against the gradient, which is negative.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **1.** 某个方向的曲率为 0.1，λ = 0.3（我们的 L2）。$w^\ast$ 还剩多少？
# <details><summary>0.7</summary>这是 $1-\lambda$：η = 1 时走一步的结果，不是最后停下的地方。</details>
# <details><summary>0.25</summary><b>正确：</b>$0.1/(0.1+0.3)$。</details>
# <details><summary>0</summary>L2 永远到不了零，L1 才可能。</details>
#
# **2.** 阈值为 0.5 的 `soft_threshold` 收到 (0.2, −0.5, −2)，返回
# <details><summary>(−0.3, −1, −2.5)</summary>负的元素也应当朝零移动。</details>
# <details><summary>(0, 0, −2)</summary>这是硬阈值：留下来的没有缩短。</details>
# <details><summary>(0, 0, −1.5)</summary><b>正确。</b></details>
#
# **3.** λ = 0.3 的 lasso：某个权重为零，那里数据损失的梯度为 −0.28。把 λ 降到 0.25，于是
# <details><summary>它仍为零，因为 L1 会把权重留在零</summary>只有梯度小于 λ 时才会。</details>
# <details><summary>它变成正的</summary><b>正确，</b>只要其他权重没怎么改变这个梯度：斜率为负，损失向右下降。</details>
# <details><summary>它变成负的</summary>步子逆着梯度走，而梯度是负的。</details>

# %% role="tests" id="test_predictions_a" of="prediction_overfit prediction_zeros" points=4
made = [guess for guess in (prediction_overfit, prediction_zeros) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] lang="en"
# ### Summary of sitting A
#
# - A network first learns what examples share and memorizes single ones later. That is how it knew the true labels.
# - L2 keeps the fraction $h/(h+\lambda)$ of each direction: it shrinks what the data hardly determine.
# - L1 holds a weight at exactly zero where the gradient of the data loss is smaller than $\lambda$. The proximal step lands there.
# - Say which λ you mean: with the 1/2 or without, mean or sum, biases or not, decay or L2.
#
# **Stop here.** Sitting B is for another day.
# %% [markdown] lang="zh"
# ### A 节小结
#
# - 网络先学样本的共性，后来才死记单个样本，所以它起初知道真标签。
# - L2 在每个方向上保留 $h/(h+\lambda)$：缩小的是数据说不清的部分。
# - 数据损失的梯度小于 $\lambda$ 之处，L1 让权重恰好为零；近端梯度步落得上去。
# - 说到 λ，先说清约定：有没有 1/2，平均还是总和，罚不罚偏置，是衰减还是 L2。
#
# **到此休息。** B 节改天再学。

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: dropout, early stopping, augmentation
#
# | | |
# |---|---|
# | **You will be able to** | write dropout forward and backward, and say what the network is at test time; stop early without fooling yourself; augment images without changing what they show; compare regularizers so that others believe it |
# | **You need** | sitting A (run its cells first); masks in a backward pass (00), random generators (01), paired comparison (03) |
# | **Time** | {{minutes:B}} minutes, difficulty ●●○ |
# | **Points** | {{points:B}}: four exercises, two predictions, one written question ({{points:which_regularizer}}) |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：丢弃法、早停、数据增强
#
# | | |
# |---|---|
# | **学完你能够** | 写出丢弃法的前向和反向，说清测试时的网络是什么；及时停下而不骗自己；增强图像而不改变它的意思；比较各种正则化，得出站得住的结论 |
# | **你需要** | A 节（先运行它的单元格）；反向传播中的掩码（00）、随机数生成器（01）、成对比较（03） |
# | **时间** | {{minutes:B}} 分钟，难度 ●●○ |
# | **分数** | {{points:B}} 分：四道练习，两次预测，一道书面题（{{points:which_regularizer}} 分） |

# %% [markdown] lang="en"
# ### Switch off half of a trained network
#
# Sitting A made large weights expensive. Memorizing also needs units that respond to one image. How does a network use its units, when nothing holds it back?
#
# A network with 64 hidden units has learned 300 digits (right labels). We switch some units off at random and scale up the rest to make up for them. *What accuracy is left with half of the units?*
# %% [markdown] lang="zh"
# ### 把训练好的网络关掉一半
#
# A 节压住了大的权重。可死记还要有专门响应某张图像的单元。没有约束时，网络是怎样用它的单元的？
#
# 一个有 64 个隐藏单元的网络学会了 300 张数字（标签正确）。现在随机关掉一部分单元，其余的按比例放大。*只剩一半单元时，准确率还剩多少？*

# %% role="experiment" nbval="check" hidden=true
def accuracy_without(params, share, rng):
    tr("""Accuracy on new images when a share of the hidden units is off and the others are scaled up.""",
       """关掉一部分隐藏单元、其余放大之后，新图像上的准确率。""")
    hidden = hidden_of(params, X_test)
    keep = np.ones(hidden.shape[1], dtype=np.float32)
    keep[rng.permutation(len(keep))[: round(share * len(keep))]] = 0
    return np.mean((hidden * keep / keep.mean() @ params["W2"] + params["b2"]).argmax(axis=1) == y_test)


def votes_against(params):
    tr("""For one vote of the hidden units for the right class: how much of a vote against it? Images answered right.""",
       """隐藏单元每投一张赞成正确类别的票，另有多少反对票？只看答对的图像。""")
    hidden, scores = hidden_of(params, X_test), scores_of(params, X_test)
    right = scores.argmax(axis=1) == y_test
    scores[np.arange(len(y_test)), y_test] = -np.inf
    rival = scores.argmax(axis=1)
    votes = (hidden * (params["W2"][:, y_test] - params["W2"][:, rival]).T)[right]
    return -votes[votes < 0].sum() / votes[votes > 0].sum()


def survival(make_dropout):
    tr("""Accuracy of five networks, with 0, 1/8, ..., 7/8 of their hidden units off; and their votes against.""",
       """五个网络的准确率：关掉 0、1/8、……、7/8 的隐藏单元；以及各自的反对票。""")
    rows, against = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        params, _ = fit(rng, X_few, y_few, hidden=64, dropout=make_dropout(rng))
        rows.append([np.mean([accuracy_without(params, off / 8, rng) for _ in range(10)]) for off in range(8)])
        against.append(votes_against(params))
    return np.array(rows), np.median(against)


plain, against_plain = survival(lambda rng: None)
for off in (0, 2, 4, 6):
    print(tr(f"{off / 8:.0%} of the units off: accuracy {np.median(plain[:, off]):.2f}",
             f"关掉 {off / 8:.0%} 的单元：准确率 {np.median(plain[:, off]):.2f}"))
print(tr(f"for every vote of a unit for the right class there is {against_plain:.2f} of a vote against it",
         f"单元每投一张赞成票，就有 {against_plain:.2f} 张反对票"))

# %% [markdown] lang="en"
# Why does it lose so much? Let the units vote between the right class and its strongest rival: the vote of a unit is its output times the difference of its weights to the two. Even in images that are answered *right*, each vote in favour comes with more than half a vote against. Units make up for each other's mistakes: **co-adaptation**. Take some away, and the balance is gone.
#
# Memorizing needs co-adaptation: one particular team of units gives one image a label of its own. **Dropout** breaks teams up. In each training step it drops every unit with probability $p$, that is, sets its output to 0. A unit that cannot count on the others has to be useful by itself.
#
# On new data no unit is dropped, so the next layer receives more than in training, on average twice as much at $p=\frac12$. *Where would you correct this?* Srivastava et al. (2014) scale down at test time. Libraries scale up in training, so that evaluation needs nothing: **inverted dropout**.
# %% [markdown] lang="zh"
# 准确率为什么掉这么多？对正确的类别，每个单元要么投赞成票，要么投反对票。一票有多重？它的输出，乘以两个权重之差：通向这一类的，减去通向最强的另一类的。就算是*答对*的图像，每张赞成票也伴着半张多反对票。单元之间互相弥补错误，这叫**共适应**（co-adaptation）；拿走几个，平衡就破了。
#
# 死记靠的正是共适应：特定的几个单元相互配合，给一张图像单独一个答案。**丢弃法**（Dropout，又译随机失活、暂退法）专门拆散这种配合：每个训练步里，以概率 $p$ 丢弃各个单元（输出置零）。指望不上别人，就得自己管用。
#
# 面对新数据，一个单元也不丢，下一层收到的就比训练时多，$p=\frac12$ 时平均多一倍。*你会在哪里纠正？* Srivastava 等（2014）在测试时缩小；如今的库都在训练时放大，评估时什么也不用做：**倒置丢弃法**（inverted dropout）。

# %% [markdown] lang="en"
# ### Exercise 5: `dropout_forward` ({{points:dropout_forward}} points, 11 minutes)
#
# A contract again: find the factor.
# %% [markdown] lang="zh"
# ### 练习 5：`dropout_forward`（{{points:dropout_forward}} 分，11 分钟）
#
# 又是契约：那个数由你来求。

# %% [markdown] role="docstring" of="dropout_forward" lang="zh" twin="314c2813"
# 倒置丢弃法：训练时随机丢弃一些元素；平均来看，输出等于输入。
#
# 契约，若 training 为 True：
# 1. out 的每个元素以概率 p 为 0，各元素独立地被丢弃。
# 2. 留下的元素都乘上同一个数，它只取决于 p。
# 3. 这个数使 out 对所有抽法的均值等于 X。
# 评估时 out 就是 X，也不从 rng 中抽任何数。
#
# mask 记下每个元素乘了多少：out = X * mask。评估时它全是 1。
# X：数组，不得改动。p：*丢弃*一个元素的概率，Python 数值。
# rng：NumPy 的 Generator，随机性只能来自它；rng.random(shape) 在 [0, 1) 上均匀分布。
# 返回 (out, mask)，形状和 dtype 都与 X 相同。
# 除非 0 <= p < 1，否则抛出 ValueError。

# %% role="answer" id="dropout_forward"
from reference.dropout import dropout_forward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Call the number $c$. What does an entry $x$ become on average?
# </details>
# <details><summary>Hint 2</summary>
#
# $p\cdot0+(1-p)\cdot c\,x$. `rng.random(X.shape) >= p` is True with probability $1-p$: one draw per entry, and only in training.
# </details>
# <details><summary>Hint 3</summary>
#
# For p = 0.75 what stays is multiplied by 4; with 1.33 you divided by p. A boolean array divided by a number is float64: use `.astype(X.dtype)` first. In evaluation the mask is `np.ones_like(X)`.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 把那个数叫 $c$。元素 $x$ 平均变成多少？
# </details>
# <details><summary>提示 2</summary>
#
# $p\cdot0+(1-p)\cdot c\,x$。`rng.random(X.shape) >= p` 以概率 $1-p$ 为 True：每个元素抽一次，只在训练时抽。
# </details>
# <details><summary>提示 3</summary>
#
# p = 0.75 时，留下的要乘 4；得 1.33 是除以了 p。布尔数组除以一个数会变成 float64，先用 `.astype(X.dtype)`。评估时掩码是 `np.ones_like(X)`。
# </details>

# %% role="tests" id="test_dropout_forward" points=16
check("dropout_forward", dropout_forward)

# %% [markdown] lang="en"
# ### Exercise 6: `dropout_backward` ({{points:dropout_backward}} points, 2 minutes)
# %% [markdown] lang="zh"
# ### 练习 6：`dropout_backward`（{{points:dropout_backward}} 分，2 分钟）

# %% [markdown] role="docstring" of="dropout_backward" lang="zh" twin="637cbdc4"
# 损失对丢弃法输入的梯度。
#
# 契约：前向计算了 out = X * mask。grad_out 是损失对 out 的梯度；X 只通过 out 影响损失。
#
# grad_out、mask：形状相同的数组，形状不限；不得改动它们。
# 返回损失对 X 的梯度，形状和 dtype 相同的数组。

# %% role="answer" id="dropout_backward"
from reference.dropout import dropout_backward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Did a dropped entry have any influence on the loss? And an entry that was scaled by 4?
# </details>
# <details><summary>Hint 2</summary>
#
# Once drawn, the mask is a constant. What is the local slope of $m\,x$ with respect to $x$?
# </details>
# <details><summary>Hint 3</summary>
#
# Upstream gradient 3 and mask 4 give 12. With 3 the scale is lost, with 48 it is there twice, with 0.75 you divided.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 被丢弃的元素影响了损失吗？放大到 4 倍的呢？
# </details>
# <details><summary>提示 2</summary>
#
# 掩码一旦抽定就是常数。$m\,x$ 对 $x$ 的局部斜率是多少？
# </details>
# <details><summary>提示 3</summary>
#
# 上游梯度 3、掩码 4，应得 12。得 3 是丢了缩放，得 48 是缩放了两次，得 0.75 是除反了。
# </details>

# %% role="tests" id="test_dropout_backward" points=7
check("dropout_backward", dropout_backward)

# %% [markdown] lang="en"
# Now train the same networks with dropout, $p=0.5$, and switch units off again. *With all units on: which network is better, and by how much?*
# %% [markdown] lang="zh"
# 用丢弃法（$p=0.5$）训练同样的网络，再关单元。*单元全开时，哪个网络更好，好多少？*

# %% hidden=true
def dropout(p, rng):
    tr("""The pair (forward, backward) that the network calls.""", """网络要用的一对函数（前向，反向）。""")
    return (lambda X: dropout_forward(X, p=p, rng=rng)), dropout_backward


# %% role="experiment" nbval="check" hidden=true
with experiment("dropout_forward", "dropout_backward"):
    spread, against_spread = survival(lambda rng: dropout(0.5, rng))
    print(tr(f"all units on: {np.median(plain[:, 0]):.2f} without dropout, {np.median(spread[:, 0]):.2f} with it; "
             f"half of them: {np.median(plain[:, 4]):.2f} and {np.median(spread[:, 4]):.2f}",
             f"单元全开：不用丢弃法 {np.median(plain[:, 0]):.2f}，用丢弃法 {np.median(spread[:, 0]):.2f}；"
             f"关掉一半：{np.median(plain[:, 4]):.2f} 和 {np.median(spread[:, 4]):.2f}"))
    print(tr(f"votes against for every vote for: {against_plain:.2f} and {against_spread:.2f}", f"每张赞成票对应的反对票：{against_plain:.2f} 和 {against_spread:.2f}"))
    names = tr("trained with\ndropout 0.5", "用丢弃法\n训练，p = 0.5"), tr("trained\nwithout", "不用\n丢弃法")
    ax = curves(dict(zip(names, (spread, plain), strict=True)), x=np.arange(8) / 8, color=dict(zip(names, ("teal", "red"), strict=True)),
                xlabel=tr("share of the hidden units switched off", "关掉的隐藏单元的比例"), ylabel=tr("accuracy on new images", "新图像上的准确率"))
    ax.set(ylim=(0, 1))
    draw.note(ax, tr(f"{np.median(plain[:, 0]):.2f} and {np.median(spread[:, 0]):.2f}", f"{np.median(plain[:, 0]):.2f} 和 {np.median(spread[:, 0]):.2f}"), (0.01, np.median(plain[:, 0])), (0.12, 0.6))
    draw.headline(ax.figure, tr("Trained with dropout, half of the units are nearly enough", "用丢弃法训练，一半单元几乎就够了"),
                  tr("64 units, 300 digits, right labels. Median and range of 5 seeds.", "64 个单元，300 张数字，标签正确。5 个种子的中位数与范围。"))
    show(ax, alt=tr(
        f"Accuracy against the share of units switched off. Both start near {np.median(spread[:, 0]):.2f}. Without dropout it falls steadily, to "
        f"{np.median(plain[:, 4]):.2f} at one half; with dropout it stays nearly level, {np.median(spread[:, 4]):.2f} at one half.",
        f"准确率随关掉单元比例的变化。两者起点都在 {np.median(spread[:, 0]):.2f} 附近。不用丢弃法的一路下降，关掉一半时 {np.median(plain[:, 4]):.2f}；"
        f"用丢弃法的几乎是平的，关掉一半时 {np.median(spread[:, 4]):.2f}。"))

# %% [markdown] lang="en"
# Dropout does undo co-adaptation. But the network was trained for exactly this test. With all units on, it is hardly better on new data.
#
# ### At test time: nearly an ensemble
#
# Each mask makes a thinned network. With $n$ units there are $2^n$ of them, and they share their weights. Averaging the predictions of many networks, an **ensemble**, usually helps. Dropout evaluates only *one*, the network without masks. Is that nearly the average?
#
# Eight inputs have 256 masks, few enough to average over all of them. *Is the single pass close to the ordinary mean of the probabilities, or to the geometric one?*
# %% [markdown] lang="zh"
# 丢弃法确实拆散了共适应：反对票少了一半多，只剩一半单元时仍有 0.9 左右。不过，这个网络正是按这种考法训练的。单元全开时，它在新数据上几乎没有更好。
#
# ### 测试时：近似一个集成
#
# 每个掩码对应一个变瘦的网络；$n$ 个单元有 $2^n$ 个，共用权重。把许多网络的预测平均起来，叫**集成**（ensemble），通常有好处。丢弃法评估时却只算*一个*，即不带掩码的那个。它接近平均吗？
#
# 八个输入只有 256 个掩码，可以全部算出来。*不带掩码算一遍，接近概率的普通平均，还是几何平均？*

# %% role="experiment" nbval="check" hidden=true
def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


rng, p = np.random.default_rng(4), 0.3
x, W, b = rng.standard_normal(8), 0.5 * rng.standard_normal((8, 3)), np.zeros(3)
V = rng.standard_normal((8, 6))
keeps = (np.arange(256)[:, None] >> np.arange(8)) & 1  #| each row another choice of the units that stay | 每行一种留下的单元
chances = np.prod(np.where(keeps, 1 - p, p), axis=1)
for name, scores in [(tr("linear layer", "线性层"), lambda x: x @ W + b),
                     (tr("with a ReLU layer", "加一层 ReLU"), lambda x: np.maximum(x @ V, 0) @ W[:6] + b)]:
    thinned = softmax(scores(x * keeps / (1 - p)))
    geometric = np.exp(chances @ np.log(thinned))
    geometric, ordinary, one = geometric / geometric.sum(), chances @ thinned, softmax(scores(x))
    print(tr(f"{name}: one pass without masks {np.round(one, 3)}, geometric mean of all 256 masks {np.round(geometric, 3)}, ordinary mean {np.round(ordinary, 3)}",
             f"{name}：不带掩码算一遍 {np.round(one, 3)}，256 个掩码的几何平均 {np.round(geometric, 3)}，普通平均 {np.round(ordinary, 3)}"))

# %% [markdown] lang="en"
# On the linear layer it *is* the geometric mean; with a ReLU layer it lies between the two. So "an ensemble of $2^n$ networks" is a good picture, and the single pass an approximation.
#
# <details><summary>Why exactly?</summary>
#
# Up to a number common to all classes, $\log p_k$ is the score $\sum_jW_{jk}m_jx_j+b_k$, and a geometric mean of $p_k$ is the ordinary mean of $\log p_k$. Scores are linear in the mask, and each $m_j$ has mean 1: the mean is the score without masks.
# </details>
#
# **A claim: "Set the output to 0 with probability $p$ ... at test time multiply by $p$."** (lecture notes and blogs) First $p$ is the chance to drop, then the chance to keep; at $p=0.5$ nobody notices. We divide the survivors once by $1-p$ and once by $p$. *For which $p$ does the wrong division make the scores at test time too small?*
# %% [markdown] lang="zh"
# 线性层时，它*就是*几何平均；加一层 ReLU，它介于两者之间。所以“$2^n$ 个网络的集成”这个比喻很好，只算一遍是它的近似。
#
# <details><summary>为什么恰好相等？</summary>
#
# 除去一个对所有类都相同的数，$\log p_k$ 就是得分 $\sum_jW_{jk}m_jx_j+b_k$；对 $p_k$ 取几何平均，就是对 $\log p_k$ 取普通平均。得分对掩码是线性的，每个 $m_j$ 的均值为 1，所以平均之后正是不带掩码的得分。
# </details>
#
# **笔记勘误。“以概率 `p` 随机地选择一部分神经元，将其输出暂时置为0”，测试时“输出需要乘以 `p`（或者说，在训练时将存活神经元的输出除以 `p`）”。**（第一份笔记 5.4 节）前半句的 $p$ 是丢弃概率，后半句成了保留概率；$p=0.5$ 时谁也看不出来。下面把留下的单元分别除以 $1-p$ 和 $p$。*除错了，在哪个 $p$ 下，测试时的得分会偏小？*

# %% role="experiment" nbval="check" hidden=true
with experiment("dropout_backward"):
    def scaled_dropout(p, divisor, rng):
        def forward(X):
            mask = (rng.random(X.shape) >= p).astype(X.dtype) / divisor
            return X * mask, mask
        return forward, dropout_backward

    for p in (0.2, 0.5, 0.8):
        texts = []
        for divisor in (1 - p, p):
            rng = np.random.default_rng(1)
            params, _ = fit(rng, X_few, y_few, dropout=scaled_dropout(p, divisor, rng), lr=0.1)
            loss, accuracy = cross_entropy(scores_of(params, X_test), y_test)[0], 1 - error(params, X_test, y_test)
            texts.append(tr(f"loss {loss:.2f}, accuracy {accuracy:.2f}", f"损失 {loss:.2f}，准确率 {accuracy:.2f}"))
        print(tr("drop {}: divided by 1 - p: {}; divided by p: {}", "丢弃 {}：除以 1 - p：{}；除以 p：{}").format(p, *texts))

# %% [markdown] lang="en"
# At 0.2. Survivors are multiplied by $1/0.2=5$ instead of $1/0.8=1.25$. The last layer gets used to that, so at test time the scores are too small and the loss more than doubles. The accuracy, which only asks for the largest score, does not suffer. At 0.8 the scores are too large instead, and accuracy suffers, too.
#
# ### Early stopping
#
# The cheapest remedy is to stop at the best epoch. You don't know it in advance. So watch the validation loss, keep a copy of the best params, and stop when it has not improved for some epochs, the **patience**.
#
# What does stopping do to the weights? From $w=0$, $t$ steps of gradient descent cover the fraction $1-(1-\eta h)^t$ of the way in a direction of curvature $h$ (01). L2 keeps $\frac h{h+\lambda}$. Choose $\lambda=\frac1{\eta t}$:
# %% [markdown] lang="zh"
# 0.2。留下的单元本该乘以 $1/0.8=1.25$，却乘了 $1/0.2=5$。最后一层习惯了这样的输入，到测试时，得分就偏小了，损失翻了一倍还多。准确率只看谁的得分最大，并没有变差。0.8 则相反。
#
# ### 早停
#
# 最省事的办法是停在最好的那一轮，即**早停**（early stopping）。事先不知道是哪一轮，所以盯着验证损失，留一份最好的参数；连续若干轮没有改进就停，这个轮数叫**容忍轮数**（patience）。
#
# 提早停下，权重会怎样？从 $w=0$ 出发走 $t$ 步，在曲率为 $h$ 的方向上，梯度下降走完路程的 $1-(1-\eta h)^t$（01）；L2 保留 $\frac h{h+\lambda}$。取 $\lambda=\frac1{\eta t}$：

# %% role="experiment" hidden=true
h = np.logspace(-3, 1, 401)
kept = {tr("stopped after 100 steps", "走 100 步就停"): 1 - (1 - 0.1 * h) ** 100, "L2, λ = 0.1": h / (h + 0.1)}
ax = curves(kept, x=h, logx=True, legend=False, color=dict(zip(kept, ("teal", "red"), strict=True)), xlabel=tr("curvature of the direction", "该方向的曲率"),
            ylabel=tr("share kept", "保留的比例"))
ax.set(ylim=(0, 1.08))
apart = float(np.max(np.abs(np.subtract(*kept.values()))))
draw.words(ax, 0.0012, 0.16, tr("flat directions:\nheld back", "平坦的方向：\n被压住"), ha="left", color="soft")
draw.words(ax, 0.07, 0.78, next(iter(kept)), ha="right", color="teal")
draw.words(ax, 0.32, 0.66, "L2, λ = 0.1", ha="left", color="red")
draw.words(ax, 0.9, 0.42, tr("steep directions:\nlet through", "陡峭的方向：\n放行"), ha="left", color="soft")
draw.headline(ax.figure, tr("Stopping early holds back the same directions as a penalty", "早停压住的方向，与惩罚项相同"),
              tr(f"Gradient descent with lr 0.1 from 0, and L2. They are never more than {apart:.2f} apart.",
                 f"从 0 出发、lr 0.1 的梯度下降，与 L2。两者最多相差 {apart:.2f}。"))
show(ax, alt=tr(
    f"Share of each direction that is kept, against its curvature on a log axis. Both curves rise from 0 to 1 in an S, that of stopping "
    f"more steeply; they differ by at most {apart:.2f}.",
    f"各方向保留的比例随曲率（对数轴）的变化。两条曲线都呈 S 形从 0 升到 1，早停的更陡一些；两者最多相差 {apart:.2f}。"))

# %% [markdown] lang="en"
# Stopping acts much like L2, and a long run like a weak penalty.
# %% [markdown] lang="zh"
# 早停很像 L2；训练得久，相当于惩罚弱。

# %% [markdown] lang="en"
# ### Exercise 7: `EarlyStopping` ({{points:EarlyStopping}} points, 12 minutes)
#
# It must remember, so it is a class. The check reads the attributes that the docstring names.
# %% [markdown] lang="zh"
# ### 练习 7：`EarlyStopping`（{{points:EarlyStopping}} 分，12 分钟）
#
# 它要记住东西，所以写成类。检查时只读文档字符串列出的属性。

# %% [markdown] role="docstring" of="EarlyStopping" lang="zh" twin="028ce8a7"
# 盯着验证损失：记住最好的参数，并说出什么时候该停。
#
# 若 loss < best_loss - min_delta，这一轮就算有改进，它的损失和参数成为最好的。
# 连续 `patience` 轮没有改进，就该停了。
#
# patience：>= 1 的整数。min_delta：>= 0 的数。
# 属性：best_loss（第一次改进之前为 inf）、best_epoch（此前为 None；第一次 update 是第 0 轮）、
# num_bad（上次改进之后的轮数）。
# 除非 patience >= 1 且 min_delta >= 0，否则抛出 ValueError。
#
# Keras 的 EarlyStopping 也用这个规则（它的 patience 0 相当于 1）。

# %% [markdown] role="docstring" of="EarlyStopping.update" lang="zh" twin="6cc7060d"
# 接收一轮的验证损失和参数 params（数组的字典）。
#
# 留一份最好的 params 的副本：训练之后可能就地改动这些数组。损失为 NaN 不算改进。
# 该停时返回 True。

# %% [markdown] role="docstring" of="EarlyStopping.restore" lang="zh" twin="d2e5909f"
# 返回最好的 params 的副本，数组的字典。
#
# 若迄今没有一轮有改进，抛出 ValueError。

# %% role="answer" id="EarlyStopping"
from reference.early_stopping import EarlyStopping

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# What must be renewed when an epoch improves, and what must be counted when it does not? Which counter rises in both cases?
# </details>
# <details><summary>Hint 2</summary>
#
# Improvement: best loss, epoch and params are new, `num_bad` is 0. Otherwise `num_bad` rises. NaN is not less than any number, so `loss < ...` handles it.
# </details>
# <details><summary>Hint 3</summary>
#
# `patience=2`, losses 5, 4, 4.5, 4.2: best epoch 1; the fourth `update` returns True. Copy every array: after `dict(params)` training would go on changing what you keep.
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 有改进时要更新什么？没有改进时要数什么？哪个计数两种情况都加一？
# </details>
# <details><summary>提示 2</summary>
#
# 有改进：更新最好的损失、轮数和参数，`num_bad` 归零。没有：`num_bad` 加一。NaN 不小于任何数，`loss < ...` 自然就处理了它。
# </details>
# <details><summary>提示 3</summary>
#
# `patience=2`，损失依次为 5、4、4.5、4.2：最好的是第 1 轮，第四次 `update` 返回 True。每个数组都要复制：只写 `dict(params)`，之后的训练会接着改动你留下的东西。
# </details>

# %% role="tests" id="test_EarlyStopping" points=14
check("EarlyStopping", EarlyStopping)

# %% [markdown] lang="en"
# **A claim: "Keep the params that are best on the validation set."** (everywhere) Right, and that is what your class does. But is the accuracy *at that epoch* a result? In ten runs of 40 epochs we draw a validation set of 20, 60 or 300 from unused images and test on the rest as well. *How much better does the best epoch look than it is?*
# %% [markdown] lang="zh"
# **笔记勘误。“保存验证集性能最好的那个时刻的模型参数。”**（第一份笔记 5.3 节）你写的类就是这样做的。可是*那一轮*的准确率能当作结果吗？训练十次，每次 40 轮，从没用过的图像中抽 20、60 或 300 张作验证集，再在其余图像上测。*最好的那一轮，比实际好看多少？*

# %% role="experiment" nbval="check" hidden=true
X_rest, y_rest = np.concatenate([X_val, X_test]), np.concatenate([y_val, y_test])
gaps = {20: [], 60: [], 300: []}
for seed in range(10):
    rng = np.random.default_rng(seed)
    right = fit(rng, X_few, y_few, num_epochs=40, evaluate=lambda params: {
        "right": scores_of(params, X_rest).argmax(axis=1) == y_rest})[1]["right"]
    for n, found in gaps.items():
        for _ in range(100):
            order = rng.permutation(len(y_rest))
            val, new = right[:, order[:n]].mean(axis=1), right[:, order[n:]].mean(axis=1)
            found.append(val.max() - new[val.argmax()])
for n, found in gaps.items():
    print(tr(f"validation set of {n}: the best epoch looks {np.mean(found):+.3f} better than on new images, on average",
             f"验证集 {n} 张：最好的那一轮，平均比在新图像上好看 {np.mean(found):+.3f}"))

# %% [markdown] lang="en"
# Without choosing the gap would be 0: it comes from picking the best of 41 numbers. Report on a third set (00).
# %% [markdown] lang="zh"
# 不挑选，差距平均应当为 0：它是在 41 个数里挑最好的一个，挑出来的。要报告结果，请用第三个集（00）。

# %% [markdown] lang="en"
# ### Data augmentation: say what does not matter
#
# The best cure for memorizing is more data. A seven moved by two pixels is still a seven: show the network altered copies with the same label, and it learns that the alteration does not matter. The other methods only hold the network back; **data augmentation** adds knowledge, and *you* vouch for it.
# %% [markdown] lang="zh"
# ### 数据增强：告诉网络什么不要紧
#
# 对付死记，最好的办法是更多数据。7 移动两个像素还是 7：给网络看改动过的副本，标签不变，它就学到这种改动不要紧。别的方法只是限制网络，**数据增强**（data augmentation）却给了它新的知识，而知识对不对，由*你*担保。

# %% [markdown] role="docstring" of="add_noise" lang="zh" twin="33a9707b"
# 给每个像素加高斯噪声，结果限制在 [0, 1] 内。
#
#     clip(images + scale * rng.standard_normal(images.shape), 0, 1)      （只抽这一次）
#
# images：任意形状的数组，不得改动。返回与它相同的数组。NaN 仍为 NaN。
# 除非 scale >= 0，否则抛出 ValueError。

# %% [markdown] role="docstring" of="color_jitter" lang="zh" twin="37a54074"
# 灰度图像的颜色抖动：先乘 brightness，再以各图像的均值为中心按 contrast 拉伸。
#
# images：(..., height, width)，[0, 1] 内的浮点数，不得改动。brightness、contrast：数；取 1 则不变。
# 返回与 images 相同的数组，限制在 [0, 1] 内。NaN 仍为 NaN。
# 除非两者都 >= 0，否则抛出 ValueError。
#
# torchvision 的 ColorJitter 对每张图像重新抽这两个数（彩色图像还有饱和度和色相）。

# %% [markdown] role="docstring" of="rotate" lang="zh" twin="bcee418b"
# 让图像绕中心逆时针旋转；每个新像素是它所落之处四个旧像素的混合。
#
#     离中心 (y, x) 处，取 (cos y + sin x, cos x - sin y) 处的值      （y 向下）
#
# images：(..., H, W) 的浮点数，不得改动。返回与它相同的数组；转进来的角是 0。
# NaN 和 inf 会扩散到混入它们的每个像素，权重为 0 时也一样（0 * inf 是 NaN）。
# 双线性插值，同 PyTorch 的 grid_sample，外面补零。

# %% role="given" id="augment_given" hidden=true
from reference.augmentation import add_noise, color_jitter, rotate

# %% [markdown] lang="en"
# ### Exercise 8: `shift` ({{points:shift}} points, 7 minutes)
# %% [markdown] lang="zh"
# ### 练习 8：`shift`（{{points:shift}} 分，7 分钟）

# %% [markdown] role="docstring" of="shift" lang="zh" twin="248a63c0"
# 把图像移动整数个像素。移出去的丢掉，移进来的是 0：不会绕到另一边。
#
#     out[..., r, c] = images[..., r - down, c - right]      （该像素存在时；否则为 0）
#
# images：(..., height, width)，不得改动。down、right：整数，负数表示向上、向左。
# 返回形状和 dtype 相同的数组。
#
# >>> shift(np.array([[1, 2, 3], [4, 5, 6]]), down=1, right=-1)
# array([[0, 0, 0],
#        [2, 3, 0]])

# %% role="answer" id="shift"
from reference.augmentation import shift

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>
#
# Which part of the old picture stays, and where is it in the new one?
# </details>
# <details><summary>Hint 2</summary>
#
# Paste: start from zeros and copy the part that stays, `out[..., a:b, c:d] = images[..., e:f, g:h]`. Or pad the last two axes (`np.pad`) and cut out a window moved the other way.
# </details>
# <details><summary>Hint 3</summary>
#
# Slices such as `[:-0]` are empty, and a shift may be longer than the picture. In the example `np.roll` would give (5, 6, 4) and (2, 3, 1).
# </details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>
#
# 旧画面的哪一部分留下来？它在新画面的什么位置？
# </details>
# <details><summary>提示 2</summary>
#
# 粘贴：从全零开始，把留下的部分抄过去，`out[..., a:b, c:d] = images[..., e:f, g:h]`。或者用 `np.pad` 加宽最后两个轴，再朝反方向挪着切出一个窗口。
# </details>
# <details><summary>提示 3</summary>
#
# `[:-0]` 这样的切片是空的；移动量也可能比画面还大。例子里用 `np.roll` 会得到 (5, 6, 4) 和 (2, 3, 1)。
# </details>

# %% role="tests" id="test_shift" points=10
check("shift", shift)

# %% [markdown] role="docstring" of="horizontal_flip" lang="zh" twin="db4ee23f"
# 左右翻转图像：左变成右。
#
# images：(..., height, width)，不得改动。返回形状和 dtype 相同的数组。
#
# >>> horizontal_flip(np.array([[1, 2, 3], [4, 5, 6]]))
# array([[3, 2, 1],
#        [6, 5, 4]])

# %% [markdown] lang="en"
# Mirroring is one line and earns no points. With the functions given above you have five alterations.
# %% [markdown] lang="zh"
# 左右翻转只要一行，不计分；连同前面给出的三个，共五种改动。

# %% role="answer" id="horizontal_flip"
from reference.augmentation import horizontal_flip

# %% role="practice" id="try_horizontal_flip"
check("horizontal_flip", horizontal_flip)

# %% [markdown] lang="en"
# *Which row changes what some of the digits are?*
# %% [markdown] lang="zh"
# *哪一行改变了某些数字本身？*

# %% role="experiment" hidden=true
with experiment("shift", "horizontal_flip"):
    mnist = load_mnist(dtype=np.float32)
    seven = as_images(mnist.X_train[[int(np.flatnonzero(mnist.y_train == k)[1]) for k in (0, 1, 2, 3, 5, 7, 9)]])
    fig = image_rows({
        tr("as it is", "原样"): seven,
        tr("shift", "平移"): shift(seven, down=2, right=-2),
        tr("rotation", "旋转"): rotate(seven, degrees=15),
        tr("noise", "噪声"): add_noise(seven, scale=0.2, rng=np.random.default_rng(0)),
        tr("colour jitter", "颜色抖动"): color_jitter(seven, brightness=0.8, contrast=0.6),
        tr("mirror", "左右翻转"): horizontal_flip(seven),
    })
    show(fig, alt=tr(
        "Six rows of the digits 0, 1, 2, 3, 5, 7, 9: as they are, moved down and left, turned by 15 degrees, with noise, with less brightness and "
        "contrast, and mirrored. Mirrored, 0 and 1 still read as 0 and 1; the others read as no digit, or as another one.",
        "数字 0、1、2、3、5、7、9 的六行图像：原样、向左下平移、旋转 15 度、加噪声、降低亮度和对比度、左右翻转。翻转之后 0 和 1 还是 0 和 1，其余不再像任何数字，或像了别的数字。"))

# %% [markdown] lang="en"
# ### Experiment 3: shifting helps. Does mirroring?
#
# **"A cat is a cat, right side up or upside down. Augmentation is a free lunch."** (CS324 notes) Is it?
#
# 500 MNIST images with right labels, 64 units, 40 epochs, tested on 2,000 others; five seeds. In each epoch an image appears as it is; or moved by up to two pixels; or mirrored with probability one half.
#
# Shifts help. **And mirroring?** (a) it helps too, a little less: more images are more data, (b) nothing happens: the network learns both versions, (c) it hurts
#
# *Which digits will show it?*
# %% [markdown] lang="zh"
# ### 实验 3：一种改动有益，另一种呢？
#
# **笔记勘误。“猫不管正着放还是倒着放都是猫”，数据增强是“提升性能的免费午餐”。**（第一份笔记 5.2 节、“七、总结”）真是免费的吗？
#
# 500 张 MNIST 图像，标签正确，64 个单元，40 轮，在另外 2000 张上测试；五个种子。比三种做法：每一轮，图像原样出现；移动至多两个像素；以二分之一的概率左右翻转。
#
# 平移有好处。**翻转呢？** (a) 也有好处，只是小一些：图像多了，数据就多了；(b) 没什么影响：网络把两种版本都学会了；(c) 有害
#
# *哪些数字会受影响？*

# %% role="answer" id="prediction_flip"
prediction_flip = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_flip = "c"
### END SOLUTION

# %% hidden=true
def all_shifts(X, most):
    tr("""Every image in every position: (positions, N, pixels).""", """每张图像的所有位置：(位置数, N, 像素数)。""")
    images, way = as_images(X), range(-most, most + 1)
    return np.stack([shift(images, down=d, right=r).reshape(X.shape) for d in way for r in way])


def one_of(versions):
    tr("""redraw for fit: for each image one of its versions, at random.""", """fit 的 redraw：每张图像随机取一个版本。""")
    V, N = versions.shape[:2]
    return lambda rng: versions[rng.integers(V, size=N), np.arange(N)]


# %% role="experiment" nbval="check" hidden=true
with experiment("shift", "horizontal_flip"):
    images = load_mnist(dtype=np.float32)
    NONE, SHIFT, MIRROR = tr("none", "不增强"), tr("shift", "平移"), tr("mirror", "翻转")
    arms = {NONE: [], SHIFT: [], MIRROR: []}
    for seed in fewer_in_browser(range(5), 3):
        order = np.random.default_rng(seed).permutation(3000)
        X, y = images.X_train[order[:500]], images.y_train[order[:500]]
        X_new = np.concatenate([images.X_train[order[500:2000]], images.X_test])
        y_new = np.concatenate([images.y_train[order[500:2000]], images.y_test])
        mirrored = horizontal_flip(as_images(X)).reshape(X.shape)
        for name, versions in [(NONE, X[None]), (SHIFT, all_shifts(X, 2)), (MIRROR, np.stack([X, mirrored]))]:
            params, _ = fit(np.random.default_rng(100 + seed), X, y, hidden=64, num_epochs=40, batch_size=50, redraw=one_of(versions))
            right = scores_of(params, X_new).argmax(axis=1) == y_new
            arms[name].append([right.mean()] + [right[y_new == k].mean() for k in range(10)])
    arms = {name: np.array(rows) for name, rows in arms.items()}
    for name in (SHIFT, MIRROR):
        mean, low, high = mean_interval(arms[name][:, 0] - arms[NONE][:, 0])
        accuracy = arms[name][:, 0].mean()
        print(tr(f"{name}: accuracy {accuracy:.3f}, minus none {mean:+.3f} [{low:+.3f}, {high:+.3f}]",
                 f"{name}：准确率 {accuracy:.3f}，比不增强 {mean:+.3f} [{low:+.3f}, {high:+.3f}]"))
    augmented = arms

# %% role="experiment" hidden=true
with experiment("shift", "augmented"):
    by_digit = {name: rows[:, 1:].mean(axis=0) for name, rows in augmented.items()}
    loss_of_flip = by_digit[NONE] - by_digit[MIRROR]
    worst = sorted(np.argsort(-loss_of_flip)[:3].tolist())
    fig, ax = draw.figure(height=3.6)
    for digit in range(10):
        ax.plot([digit, digit], [by_digit[MIRROR][digit], by_digit[NONE][digit]], color=draw.colour("soft"), lw=0.8, zorder=1)
    for (name, shares), role, marker in zip(by_digit.items(), ("ink", "teal", "red"), ("o", "^", "v"), strict=True):
        ax.plot(range(10), shares, marker, color=draw.colour(role), ms=7 if role != "ink" else 5, zorder=3)
    ax.set(xticks=range(10), ylim=(0.55, 1.0), xlabel=tr("digit", "数字"))
    draw.quantity(ax, tr("share recognized", "识别率"))
    draw.words(ax, 3.25, by_digit[SHIFT][3] + 0.012, tr("shifted", "平移"), color="teal", ha="left")
    draw.words(ax, 5.25, by_digit[MIRROR][5], tr("mirrored", "翻转"), color="red", ha="left")
    draw.words(ax, 5.25, by_digit[NONE][5], tr("none", "不增强"), ha="left")
    draw.headline(fig, tr("Mirroring hurts 3, 5 and 8, though a mirrored 8 is an 8", "受害的是 3、5、8，尽管 8 照镜子还是 8") if worst == [3, 5, 8]
                  else tr("Shifts help, mirroring hurts", "平移有益，翻转有害"),
                  tr("500 MNIST images, 64 units. Means of 5 seeds.", "500 张 MNIST 图像，64 个单元。5 个种子的平均。"))
    show(fig, alt=tr(
        f"Share recognized for each digit. Shifted is highest nearly everywhere. Mirrored lies {loss_of_flip[worst].min():.2f} to "
        f"{loss_of_flip[worst].max():.2f} below none for {', '.join(map(str, worst))}, and at most {np.delete(loss_of_flip, worst).max():.2f} below it elsewhere.",
        f"每个数字的识别率。平移几乎处处最高。翻转在 {', '.join(map(str, worst))} 上比不增强低 {loss_of_flip[worst].min():.2f} 到 "
        f"{loss_of_flip[worst].max():.2f}，在其余数字上至多低 {np.delete(loss_of_flip, worst).max():.2f}。"))
    reveal("flip", prediction_flip, "c", tr(
        f"Mirroring takes the accuracy from {augmented[NONE][:, 0].mean():.3f} to {augmented[MIRROR][:, 0].mean():.3f}, shifts to {augmented[SHIFT][:, 0].mean():.3f}.",
        f"{augmented[NONE][:, 0].mean():.3f} 变成 {augmented[MIRROR][:, 0].mean():.3f}；平移则达到 {augmented[SHIFT][:, 0].mean():.3f}。"))

# %% [markdown] lang="en"
# **What it showed.** Shifts add about four points, mirroring costs about five. 4, 7 and 9 look odd in a mirror but suffer little: they merely have two shapes now. It is 3, 5 and 8 that suffer. They differ in the *side* on which their curves are open, and mirroring has taught the network that sides do not matter. What counts is whether the claim behind the extra data is true. For photographs it may be: a mirrored cat is a cat.
#
# And upside down? A trained network reads test digits turned by 180°. *Which of 0, 6 and 9 stay what they are?*
# %% [markdown] lang="zh"
# **结论。** 平移使准确率提高约四个百分点，翻转使它降低约五个。4、7、9 照了镜子样子古怪，却几乎不受影响，不过是多了一种写法；受害的是 3、5、8。区分这三个，要看弯钩朝*哪一边*开口，而翻转告诉网络：左右不要紧。多出来的数据有没有用，要看背后的断言是否成立。对照片也许成立：镜子里的猫还是猫。
#
# 那么倒过来呢？让训练好的网络去认转了 180° 的测试图像。*0、6、9 里，哪几个还是它自己？*

# %% role="experiment" nbval="check" hidden=true
rng = np.random.default_rng(0)
params, _ = fit(rng, digits.X_train, digits.y_train, num_epochs=30)
turned = scores_of(params, digits.X_test[:, ::-1]).argmax(axis=1)  #| pixels in reverse order: turned by 180 degrees | 像素倒序：转 180 度
for k in (0, 6, 9):
    seen = np.bincount(turned[digits.y_test == k], minlength=10)
    print(tr(f"a {k} upside down is read most often as {seen.argmax()} ({seen.max() / seen.sum():.0%})",
             f"倒过来的 {k}，最常被读成 {seen.argmax()}（{seen.max() / seen.sum():.0%}）"))

# %% [markdown] lang="en"
# A 6 upside down *is* a 9. Look at the altered images, and validate on *unaltered* ones.
# %% [markdown] lang="zh"
# 6 倒过来*就是* 9。先看一看改动后的图像，再用*未改动*的验证集检验。

# %% [markdown] lang="en"
# ### Clinic
#
# Three more runs, right labels. Solid: training, dashed: validation.
# %% [markdown] lang="zh"
# ### 诊室
#
# 又有三次训练，标签都正确。实线：训练，虚线：验证。

# %% role="experiment" hidden=true
with experiment("dropout_forward", "dropout_backward", "EarlyStopping"):
    def noisy_error(params, X, y, rng, p):
        hidden, _ = dropout_forward(hidden_of(params, X), p=p, rng=rng)
        return np.mean((hidden @ params["W2"] + params["b2"]).argmax(axis=1) != y)

    patients = {}
    rng = np.random.default_rng(3)
    patients["D"] = fit(rng, X_few, y_few, dropout=dropout(0.8, rng), num_epochs=40, evaluate=lambda params: {
        "train": error(params, X_few, y_few), "val": noisy_error(params, X_val, y_val, rng, 0.8)})[1]
    rng = np.random.default_rng(4)
    patients["E"] = fit(rng, X_few, y_few, dropout=dropout(0.7, rng), num_epochs=40, evaluate=lambda params: {
        "train": noisy_error(params, X_few, y_few, rng, 0.7), "val": error(params, X_val, y_val)})[1]
    rng, stopper = np.random.default_rng(5), EarlyStopping(patience=1)
    patients["F"] = fit(
        rng, X_few, y_few, lr=1.5, stop=lambda numbers, params: stopper.update(numbers["val"], params),
        evaluate=lambda params: {"train": error(params, X_few, y_few), "val": error(params, X_val, y_val)})[1]
    fig, axes = draw.figure(3, height=2.7, sharey=True)
    for ax, (name, history) in zip(axes, patients.items(), strict=True):
        ax.plot(history["train"], color=draw.colour("ink"), lw=1.5)
        ax.plot(history["val"], color=draw.colour("ink"), lw=1.5, ls=(0, (4, 2)))
        ax.set(xlabel=tr("epoch", "轮"), ylim=(0, 1))
        draw.title(ax, name)
    axes[0].set_ylabel(tr("error rate", "错误率"))
    last = len(patients["F"]["val"]) - 1
    show(fig, alt=tr(
        "Three panels of error rates; solid: training, dashed: validation. D: training falls to nearly 0, validation stays far above it and is ragged. "
        f"E: training lies above validation all the way, and is ragged; validation is smooth and low. F: both fall, then rise; the run ends after {last} epochs.",
        "三幅错误率图；实线：训练，虚线：验证。D：训练降到接近 0，验证一直高得多，而且毛糙。E：训练始终高于验证，而且毛糙；验证平滑而低。"
        f"F：两者下降，然后回升；训练在 {last} 轮之后结束。"))

# %% [markdown] lang="en"
# **D.** "Validation is terrible, and different every time for the same params."
# <details><summary>overfitting</summary>An overfitted network gives the same wrong answers each time.</details>
# <details><summary>dropout is still on in evaluation</summary><b>Yes.</b> Random results give it away: <code>training=False</code>, in PyTorch <code>model.eval()</code>.</details>
#
# **E.** "Training error above validation error. Are the sets mixed up?"
# <details><summary>training was measured with dropout on, validation without</summary><b>Yes.</b> Nothing is wrong. Augmented training images have the same effect.</details>
# <details><summary>underfitting: p is too large</summary>The two lines are not measured alike, so this figure cannot tell.</details>
#
# **F.** "Early stopping made it worse."
# <details><summary>patience is too small</summary><b>Yes.</b> One bad epoch ended it on the way down. With patience 10 a bump costs nothing.</details>
# <details><summary>min_delta is too small</summary>A larger one would stop even sooner.</details>
# %% [markdown] lang="zh"
# **D.** “验证结果糟透了，而且同样的参数，每次评估都不一样。”
# <details><summary>过拟合</summary>过拟合的网络每次给出同样的错误答案。</details>
# <details><summary>评估时丢弃还开着</summary><b>正确。</b>破绽在随机性：应当 <code>training=False</code>，PyTorch 里是 <code>model.eval()</code>。</details>
#
# **E.** “训练错误率比验证还高，是不是两个集弄混了？”
# <details><summary>训练是开着丢弃测的，验证没开</summary><b>正确。</b>并没有毛病。训练图像做了增强，效果也一样。</details>
# <details><summary>欠拟合：p 太大</summary>两条线的量法不同，从这幅图上看不出来。</details>
#
# **F.** “早停让结果更差了。”
# <details><summary>容忍轮数太小</summary><b>正确。</b>下降途中，一轮不好就停了。容忍 10 轮，小小的回升就不碍事。</details>
# <details><summary>min_delta 太小</summary>调大只会停得更早。</details>

# %% [markdown] lang="en"
# ### Quiz
#
# **4.** In the paper of 2014 a layer has p = 0.8. What is it in PyTorch, and by what are survivors multiplied in training?
# <details><summary>Dropout(0.8), by 5</summary>The paper's 0.8 is kept.</details>
# <details><summary>Dropout(0.2), by 1.25</summary><b>Right:</b> drop 0.2, $1/(1-0.2)=1.25$.</details>
# <details><summary>Dropout(0.2), by 5</summary>$1/p$ instead of $1/(1-p)$.</details>
#
# **5.** With random shifts your training error stays at 8 %, without them it was 0 %. The validation error fell from 14 % to 9 %. What now?
# <details><summary>a larger learning rate, to get the training error down</summary>The error on altered images is not the aim.</details>
# <details><summary>remove the shifts, the network cannot learn any more</summary>Validation says that it learns more.</details>
# <details><summary>keep them; perhaps train longer or with a larger network</summary><b>Right.</b> Training and validation error are close: there is room now.</details>
# %% [markdown] lang="zh"
# ### 小测
#
# **4.** 2014 年的论文里某一层 p = 0.8。写成 PyTorch 是什么？训练时留下的单元乘以多少？
# <details><summary>Dropout(0.8)，乘以 5</summary>论文里的 0.8 是保留。</details>
# <details><summary>Dropout(0.2)，乘以 1.25</summary><b>正确：</b>丢弃 0.2，$1/(1-0.2)=1.25$。</details>
# <details><summary>Dropout(0.2)，乘以 5</summary>写成了 $1/p$，应为 $1/(1-p)$。</details>
#
# **5.** 用了随机平移，训练错误率停在 8%，不用时是 0%。验证错误率从 14% 降到 9%。接下来怎么办？
# <details><summary>加大学习率，把训练错误率压下去</summary>改动过的图像上的错误率不是目标。</details>
# <details><summary>去掉平移，网络已经学不动了</summary>验证错误率说明它学得更多。</details>
# <details><summary>保留；还可以训练更久或用更大的网络</summary><b>正确。</b>训练与验证错误率接近，还有余地。</details>

# %% [markdown] lang="en"
# ### Experiment 4: all of them, side by side
#
# Which one would you take? Back to experiment 1: 300 digits, 30 % wrong labels. Each method chooses its strength by *validation* accuracy on three seeds; validation labels are 30 % wrong as well, as in practice. Then all meet on eight fresh seeds, in pairs, scored on 1,197 images with right labels.
#
# **What will the comparison say?** (a) dropout is clearly best, (b) L2 is clearly best, (c) every method is far better than none; between the best of them eight seeds hardly decide
# %% [markdown] lang="zh"
# ### 实验 4：五种办法，谁更好？
#
# 回到实验 1：300 张数字，30% 的标签是错的。每种方法按三个种子上的*验证*准确率选强度；验证标签也有 30% 是错的，现实中就是如此。然后在八个新种子上成对较量，用 1197 张标签正确的图像计分。
#
# **比较的结果会怎样？** (a) 丢弃法明显最好，(b) L2 明显最好，(c) 每种都远胜于不用；最好的几种之间，八个种子很难分出高下

# %% role="answer" id="prediction_side"
prediction_side = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_side = "c"
### END SOLUTION

# %%
def regularized(seed, method, value):
    tr("""Validation accuracy (partly wrong labels) and test accuracy of one run with one method.""",
       """用一种方法训练一次：验证准确率（标签部分错误）和测试准确率。""")
    rng, given = with_wrong_labels(seed)
    given_val = flip_labels(y_val, rng, share=0.3)
    options, stopper = {}, None
    if method in (L2, BOTH):
        options["penalty"] = lambda w: l2_penalty(w, strength=value)
    if method in (DROPOUT, BOTH):
        options["dropout"] = dropout(0.5 if method == BOTH else value, rng)
    if method == L1:
        options["step"] = lambda w, grad, lr: proximal_gradient_step(w, grad, lr=lr, strength=value)
    if method == SHIFTS:
        options["redraw"] = one_of(SHIFTED)
    if method == STOPPING:
        stopper = EarlyStopping(patience=value)
        options["evaluate"] = lambda params: {"loss": cross_entropy(scores_of(params, X_val), given_val)[0]}
        options["stop"] = lambda numbers, params: stopper.update(numbers["loss"], params)
    params, _ = fit(rng, X_few, given, **options)
    params = stopper.restore() if stopper else params
    return 1 - error(params, X_val, given_val), 1 - error(params, X_test, y_test)


NOTHING, L1, L2 = tr("no regularization", "不用"), "L1", "L2"
DROPOUT, STOPPING, SHIFTS, BOTH = tr("dropout", "丢弃法"), tr("early stopping", "早停"), tr("shifts", "平移"), tr("L2 + dropout", "L2 + 丢弃法")
VALUES = {NOTHING: [None], L1: [0.001, 0.002, 0.003], L2: [0.01, 0.02, 0.03], DROPOUT: [0.5, 0.7, 0.8],
          STOPPING: [10], SHIFTS: [1], BOTH: [0.003, 0.01]}

# %% role="experiment" nbval="check" minutes=1 hidden=true
with experiment("l2_penalty", "proximal_gradient_step", "dropout_forward", "dropout_backward", "EarlyStopping", "shift"):
    SHIFTED = all_shifts(X_few, 1)
    results, seeds = {}, fewer_in_browser(range(100, 108), 3)
    for method, values in VALUES.items():
        value = values[0]
        if len(values) > 1:
            value = values[int(np.argmax([np.mean([regularized(seed, method, one)[0] for seed in range(3)]) for one in values]))]
        results[method] = np.array([regularized(seed, method, value)[1] for seed in seeds])
        setting = "" if value is None or len(values) == 1 else f" ({value})"
        low, mean, high = results[method].min(), results[method].mean(), results[method].max()
        print(tr(f"{method}{setting}: accuracy {mean:.2f}, from {low:.2f} to {high:.2f}", f"{method}{setting}：准确率 {mean:.2f}，从 {low:.2f} 到 {high:.2f}"))
    side = results
    gains = {method: side[method] - side[NOTHING] for method in list(side)[1:]}
    duels = {method: side[method] - side[L2] for method in gains if method != L2}
    fig, (left, right) = draw.figure(2, height=3.5, width_ratios=(1, 1))
    shades = dict(zip(gains, ("blue", "red", "teal", "plum", "gold", "sky"), strict=True))
    paired(gains, ax=left, xlabel=tr("accuracy minus that without", "准确率减去不用正则化时的"), color=shades)
    paired(duels, ax=right, xlabel=tr("accuracy minus that of L2", "准确率减去 L2 的"), color={method: shades[method] for method in duels})
    left.set_xlim(0, None)
    least, most = (f(gain.mean() for gain in gains.values()) for f in (min, max))
    apart = np.ptp([side[method].mean() for method in (L2, SHIFTS, BOTH)])
    draw.headline(fig, tr("Whether you regularize matters more than how", "做不做正则化，比怎么做更要紧"),
                  tr("300 digits, 30 % of the labels wrong; 8 seeds. Bar: mean and 95 % interval. Mind the two scales.",
                     "300 张数字，30% 的标签是错的；8 个种子。横线：均值与 95% 区间。注意两图横轴不同。"))
    words = {m: "{:+.3f} [{:+.3f}, {:+.3f}]".format(*mean_interval(v)) for m, v in duels.items()}
    listed = tr("; ", "；").join(f"{m} {t}" for m, t in words.items())
    show(fig, alt=tr(
        f"Paired differences of the accuracy on eight seeds with 95 % intervals. Left, against no regularization: all six gain, {least:.2f} to {most:.2f} on "
        f"average. Right, against L2: {listed}.",
        f"八个种子上准确率的成对差与 95% 区间。左，与不用相比：六种都有提高，平均 {least:.2f} 到 {most:.2f}。右，与 L2 相比：{listed}。"))
    print(tr("minus L2:", "与 L2 之差："), *(f"\n  {m}: {t}" for m, t in words.items()))
    reveal("side", prediction_side, "c", tr(
        f"All gain, {least:.2f} to {most:.2f}. L2, shifts and L2 + dropout end within {apart:.2f} of each other; L1 and early stopping are a little behind.",
        f"都提高了，{least:.2f} 到 {most:.2f}。L2、平移、L2 + 丢弃法最多相差 {apart:.2f}；L1 和早停略微落后。"))

# %% [markdown] lang="en"
# **What it showed.** On this task *whether* you regularize matters more than *how*: about ten points against a few. An interval that contains 0 does not prove two methods equal, only that eight seeds cannot tell. With more data or right labels the order may change.
# %% [markdown] lang="zh"
# **结论。** 在这个任务上，*做不做*正则化比*怎么做*更要紧：前者差十个百分点左右，后者只差几个。区间包含 0，并不证明两种方法相等，只说明八个种子分不出来。数据更多或标签正确时，次序可能会变。

# %% role="tests" id="test_predictions_b" of="prediction_flip prediction_side" points=4
made = [guess for guess in (prediction_flip, prediction_side) if guess in ("a", "b", "c")]
2 * len(made)  #| two points for each prediction | 每次预测两分

# %% [markdown] role="essay" id="which_regularizer" points=3 lang="en"
# ### Written question: which one is best?
#
# A classmate reports: "I tried L2 with five values of λ, dropout with five values of p and no regularization, one run each, on a test set of 300 images. Dropout 0.5 won with 0.880, the best L2 had 0.867, none had 0.853. So dropout is the best regularizer for this task, and it gives 88 % on new images." In five to eight sentences: which of the two claims do these numbers support? How should the comparison have been made? What would you expect it to say? Use a number from this notebook.
# %% [markdown] role="essay" id="which_regularizer" points=3 lang="zh"
# ### 书面题：哪一种最好？
#
# 一位同学报告：“我试了五个 λ 的 L2、五个 p 的丢弃法，还有不用正则化，每种设置跑一次，在 300 张图像的测试集上评分。丢弃法 p = 0.5 以 0.880 获胜，最好的 L2 是 0.867，不用是 0.853。所以丢弃法是这个任务上最好的正则化，在新图像上能达到 88%。”请用五到八句话回答：这些数字支持哪一个结论？比较本该怎样做？你预计结果会怎样？请引用本笔记本中的一个数字。

# %% [markdown] role="model" id="which_regularizer" lang="en"
# **A model answer.** Neither claim is supported. On 300 images 0.880 against 0.867 is a difference of four images, and one run each says nothing about the spread: in experiment 4 one method differs by several points from seed to seed, and the paired interval between dropout and L2 reaches from about −0.02 to 0. And 0.880 is the best of eleven numbers on the very set it is reported on; what is chosen on a set looks too good there (by 5 points with a set of 20, in the section on early stopping). Better: choose λ and p on a validation set, several seeds each; then run each winner and the unregularized network on the same fresh seeds; report paired differences with an interval on a test set that was used once. I would expect, as in experiment 4, that both beat no regularization if there is something to memorize (there by about 0.1), and that a handful of seeds cannot decide between dropout and L2. With right labels and enough data even the first may vanish: with all units on, the network without dropout was about as good as the other.
#
# **Rubric (0 to 3).** 1 point: no claim follows, because of the spread between seeds and the size of the difference on 300 images. 1 point: choosing and reporting on the same set is named, and a right procedure given (validation for choosing, several fresh seeds, paired, test once). 1 point: a reasoned expectation, supported by at least one number from the notebook.
# %% [markdown] role="model" id="which_regularizer" lang="zh"
# **参考答案。** 两个结论都得不到支持。在 300 张图像上，0.880 与 0.867 只差四张；每种只跑一次，完全不知道离散程度：实验 4 里，同一种方法换个种子就差几个百分点，丢弃法与 L2 的成对区间大约从 −0.02 到 0。再者，0.880 是十一个数里最大的，又在挑它的那个集上报告；这样报出的数平均来说偏高（早停一节里，20 张的集偏高 5 个百分点）。更好的做法：在验证集上选 λ 和 p，每个值跑几个种子；然后让优胜者和不用正则化的网络在同样的新种子上跑；在只用一次的测试集上报告成对差及区间。我的预计与实验 4 相同：有东西可死记时，两者都胜过不用（那里约 0.1），而丢弃法与 L2 之间，几个种子分不出高下。标签正确、数据又多时，连前一点也可能消失：单元全开时，不用丢弃法的网络与用丢弃法的几乎一样好。
#
# **评分标准（0 到 3 分）。** 1 分：指出因种子间的离散程度以及 300 张图像上的差别大小，两个结论都不成立。1 分：指出在同一个集上既选又报，并给出正确的做法（验证集用来选，若干新种子，成对比较，测试集只用一次）。1 分：给出有理由的预计，并至少引用笔记本中的一个数字。

# %% role="experiment"
calibration()

# %% [markdown] lang="en"
# ### Summary of sitting B
#
# - Dropout drops with probability $p$ and scales the rest by $1/(1-p)$, so evaluation needs nothing: one pass stands for nearly an ensemble.
# - Early stopping acts much like L2 with $\lambda=1/(\eta t)$. Keep the best params, but report on another set.
# - Augmentation is a claim about what does not matter. A true one was among the best methods here; a false one cost about five points.
#
# **Back to the beginning.** The network knew most of the true labels before it memorized the wrong ones. Small weights, no fixed teams, no time, more neighbours: each way holds it near that moment.
# %% [markdown] lang="zh"
# ### 小结
#
# - 丢弃法以概率 $p$ 丢弃，其余乘 $1/(1-p)$，评估时什么也不用做：只算一遍，近似一个集成。
# - 早停很像 $\lambda=1/(\eta t)$ 的 L2。留住最好的参数，但要在另一个集上报告。
# - 数据增强是关于“什么不要紧”的断言。断言成立，在这里属于最有效的办法；不成立，准确率降低约五个百分点。
#
# **回到开头的问题。** 网络先认出了多数真正的标签，后来才死记那些错的。压住权重，拆散配合，不给时间，添上邻居，都是让它留在那一刻附近。所以随便用哪一种，准确率都能提高十个百分点左右。

# %% [markdown] lang="en"
# ---
# ## Further
#
# No points, same checks.
#
# <details><summary><b>Convention card:</b> penalties, sorted by the gradient</summary>
#
# | gradient | where | names |
# |---|---|---|
# | $\lambda w$ | **ours**: $\frac\lambda2\sum w^2$ beside the *mean* data loss; Goodfellow et al. ($\alpha$) | `strength` |
# | $\lambda w$ | PyTorch `SGD`, `Adam`: added to the gradient of *all* params it is given, biases too | `weight_decay=0` |
# | $\lambda w$ | optax `add_decayed_weights`: where you put it in the chain | `mask` exempts |
# | $2\lambda w$ | $\lambda\sum w^2$: Keras `L2`, CS231n lecture; CS324 notes (but see the claims) | `kernel_regularizer` |
# | $2\alpha w$ | scikit-learn `Ridge`, beside the *sum* of squared errors: $\alpha=N\lambda$ beside half the mean | `alpha` |
# | $\alpha(1-\rho)w+\alpha\rho\,\mathrm{sign}(w)$ | scikit-learn `ElasticNet`, `Lasso` ($\rho=1$), beside half the mean | `alpha`, `l1_ratio` |
# | no gradient | AdamW: $w\leftarrow(1-\eta\lambda)w$ beside the step (04) | `weight_decay=0.01` |
#
# PyTorch has no L1 penalty: add it to the loss. At $w=0$ its `abs` has gradient 0, like ours.
# </details>
#
# <details><summary><b>Convention card:</b> whose p, and what is restored</summary>
#
# | dropout: p is the chance to | training | evaluation | where |
# |---|---|---|---|
# | **drop** (ours) | mask and scale | nothing | PyTorch `Dropout(p=0.5)`, Keras and Flax `Dropout(rate)` |
# | **keep** | mask and scale | nothing | TensorFlow 1 `keep_prob` |
# | **keep** | mask | weights times p | Srivastava et al. (2014) |
#
# PyTorch drops until you call `model.eval()`; here it is the argument `training`.
#
# | early stopping: best params restored? | default patience | where |
# |---|---|---|
# | when you call `restore()` | none | **ours** |
# | only with `restore_best_weights=True`; else the *last* params stay | 0 | Keras |
# | no: a checkpoint callback does it | 3 | PyTorch Lightning |
# | yes | 10 | scikit-learn `MLPClassifier(early_stopping=True)`; takes 10 % of the training data |
# </details>
#
# ### Further 1: what ridge shrinks
#
# With a squared error the minimizer under L2 has a formula: ridge regression. Write it, and see sitting A at work: in the eigenvectors' basis each weight keeps $h/(h+\lambda)$.
# %% [markdown] lang="zh"
# ---
# ## 拓展
#
# 不计分，同样有检查。
#
# <details><summary><b>约定卡：</b>惩罚项，按梯度排列</summary>
#
# | 梯度 | 出处 | 名称 |
# |---|---|---|
# | $\lambda w$ | **本课程**：$\frac\lambda2\sum w^2$，数据损失取*平均*；Goodfellow 等（$\alpha$） | `strength` |
# | $\lambda w$ | PyTorch `SGD`、`Adam`：加到传入的*所有*参数的梯度上，偏置也在内 | `weight_decay=0` |
# | $\lambda w$ | optax `add_decayed_weights`：放在链条的哪一环由你定 | 用 `mask` 豁免 |
# | $2\lambda w$ | $\lambda\sum w^2$：Keras `L2`、第二份笔记；第一份笔记（但见勘误） | `kernel_regularizer` |
# | $2\alpha w$ | scikit-learn `Ridge`，误差平方取*总和*；若取平均的一半，$\alpha=N\lambda$ | `alpha` |
# | $\alpha(1-\rho)w+\alpha\rho\,\mathrm{sign}(w)$ | scikit-learn `ElasticNet`、`Lasso`（$\rho=1$），误差平方取平均的一半 | `alpha`、`l1_ratio` |
# | 不进梯度 | AdamW：更新之外另做 $w\leftarrow(1-\eta\lambda)w$（04） | `weight_decay=0.01` |
#
# PyTorch 没有 L1 惩罚项，要自己加进损失。它的 `abs` 在 $w=0$ 处梯度取 0，与我们相同。
# </details>
#
# <details><summary><b>约定卡：</b>谁的 p？还原什么？</summary>
#
# | 丢弃法：p 是什么概率 | 训练时 | 评估时 | 出处 |
# |---|---|---|---|
# | **丢弃**（本课程） | 掩码并缩放 | 不动 | PyTorch `Dropout(p=0.5)`、Keras 和 Flax 的 `Dropout(rate)` |
# | **保留** | 掩码并缩放 | 不动 | TensorFlow 1 `keep_prob` |
# | **保留** | 掩码 | 权重乘以 p | Srivastava 等（2014） |
#
# PyTorch 在你调用 `model.eval()` 之前一直丢弃；这里由参数 `training` 决定。第二份笔记没有讲丢弃法。
#
# | 早停：还原最好的参数吗 | 默认容忍轮数 | 出处 |
# |---|---|---|
# | 由你调用 `restore()` | 无 | **本课程** |
# | 只有 `restore_best_weights=True` 才还原，否则留下*最后*的 | 0 | Keras |
# | 不还原，由检查点回调负责 | 3 | PyTorch Lightning |
# | 还原 | 10 | scikit-learn `MLPClassifier(early_stopping=True)`；从训练数据里取 10% |
# </details>
#
# ### 拓展 1：岭回归缩小的是什么
#
# 对平方误差，带 L2 的极小点有公式，这就是岭回归（ridge）。把它写出来，再看 A 节那一行：在特征向量基底下，每个权重保留 $h/(h+\lambda)$。

# %% [markdown] role="docstring" of="ridge_solution" lang="zh" twin="db2aa427"
# 使均方误差与 L2 惩罚项之和最小的权重，精确求解。
#
#     求最小  1/(2N) |X w - y|^2 + strength / 2 * |w|^2
#     (X^T X / N + strength * I) w = X^T y / N
#
# X：(N, D)，y：(N,)；不得改动它们。没有截距：先把 X 和 y 中心化。
# strength：Python 数值；取 0 时 X^T X 必须可逆。
# 返回 w：(D,)，dtype 与 X 和 y 相同。
# 除非 strength >= 0，否则抛出 ValueError。
#
# scikit-learn 的 Ridge 没有 1/N，它的 alpha 等于 N * strength。
#
# >>> ridge_solution(np.array([[1.0], [3.0]]), np.array([2.0, 4.0]), strength=2.0)
# array([1.])

# %% role="answer" id="ridge_solution"
from reference.penalties import ridge_solution

# %% role="practice" id="try_ridge_solution"
check("ridge_solution", ridge_solution)

# %% role="experiment" nbval="check"
with experiment("ridge_solution"):
    h, Q = np.linalg.eigh(X_lin.T @ X_lin / 40)
    kept = Q.T @ ridge_solution(X_lin, y_lin, strength=0.5) / (Q.T @ ridge_solution(X_lin, y_lin, strength=0.0))
    for curvature, share in zip(h, kept, strict=True):
        print(tr(f"curvature {curvature:.3f}: share kept {share:.3f}, h / (h + 0.5) = {curvature / (curvature + 0.5):.3f}",
                 f"曲率 {curvature:.3f}：保留 {share:.3f}，h / (h + 0.5) = {curvature / (curvature + 0.5):.3f}"))

# %% [markdown] lang="en"
# Among inputs that say nearly the same, lasso keeps one and drops the rest, nearly at random; a little L2 keeps them together: the **elastic net** (Zou and Hastie 2005).
# %% [markdown] lang="zh"
# 几个输入说的几乎是同一件事时，lasso 会近乎随意地留下一个、丢掉其余；加一点 L2，就把它们留在一起：**弹性网**（elastic net，Zou 与 Hastie，2005）。

# %% [markdown] role="docstring" of="elastic_net" lang="zh" twin="5c7569ad"
# 两种惩罚项合用：R = l1_strength * （|w| 之和） + l2_strength / 2 * （w^2 之和）。
#
# params（w）：任意形状的数组，不得改动。两个强度：Python 数值。有元素为 NaN 时，value 为 NaN。
# 返回 (value, subgradient)：一个数，以及形状和 dtype 与 params 相同的数组。
# 除非两个强度都 >= 0，否则抛出 ValueError。
#
# >>> value, subgradient = elastic_net(np.array([3.0, -4.0]), l1_strength=0.25, l2_strength=0.5)
# >>> float(value), subgradient
# (8.0, array([ 1.75, -2.25]))

# %% role="answer" id="elastic_net"
from reference.penalties import elastic_net

# %% role="practice" id="try_elastic_net"
check("elastic_net", elastic_net)

# %% [markdown] lang="en"
# **"L2 also makes the loss easier to optimize."** (lecture notes) True on a quadratic: L2 adds $\lambda$ to every curvature, so the condition number becomes $\frac{h_{\max}+\lambda}{h_{\min}+\lambda}$. *But what does it cost? Compare with $h/(h+\lambda)$ before you look.*
# %% [markdown] lang="zh"
# **L2 “还能改善优化动态”。**（第二份笔记“L1 与 L2 正则化的几何直觉”一节）在二次函数上，这话是对的：L2 给每个曲率都加上 $\lambda$，条件数变成 $\frac{h_{\max}+\lambda}{h_{\min}+\lambda}$。但原因不是笔记所说的“限制权重增长”。*代价是什么？看图之前，先与 $h/(h+\lambda)$ 比较。*

# %% role="experiment" hidden=true
lam = np.geomspace(1e-5, 1, 200)
kappa, left_over = (1 + lam) / (1e-3 + lam), 1e-3 / (1e-3 + lam)
fig, ax = draw.figure(height=3.5)
(first,) = ax.plot(lam, kappa / 1000, color=draw.colour("blue"))
(second,) = ax.plot(lam, left_over, color=draw.colour("red"), ls=(0, (4, 2)))
draw.log_axes(ax, x=True, y=True)
ax.set(xlim=(1e-5, 1), ylim=(8e-4, 1.5), xlabel=tr("strength λ", "强度 λ"))
draw.note(ax, tr("κ falls to a half ...", "条件数降到一半……"), (1e-3, 0.5), (2e-2, 0.6), color="blue")
draw.note(ax, tr("... and so does the\nflattest direction", "……最平坦的方向\n也只剩一半"), (1e-3, 0.5), (1e-4, 0.08), color="red")
draw.end_labels(ax, {first: tr("condition number,\ndivided by 1000", "条件数除以 1000"), second: tr("what is left of the\nflattest direction", "最平坦的方向\n还剩多少")})
draw.headline(fig, tr("L2 improves the conditioning by giving up the flattest direction", "L2 改善条件数，靠的是放弃最平坦的方向"),
              tr("A quadratic with curvatures from 0.001 to 1: κ = 1000 without the penalty.", "二次函数，曲率从 0.001 到 1；没有惩罚时 κ = 1000。"))
show(fig, alt=tr(
    "Log-log plot against the strength. The condition number relative to 1000 and the share that is left of the weight in the flattest "
    "direction lie on one line, 1 at the left, one half at 0.001, a hundredth near 0.1; they part only at the right end.",
    "对强度的双对数图。条件数与 1000 之比，和最平坦方向上的权重还剩的比例，落在同一条线上：左端为 1，0.001 处为一半，0.1 附近为百分之一，只在右端分开。"))

# %% [markdown] lang="en"
# As long as $\lambda\ll h_{\max}$ the two are the same number: the flat direction converges faster because there is less left to learn.
#
# **"Weight decay is L2."** (both names for one thing in most lecture notes) For plain SGD yes: sitting A begins with the line of algebra. Not for momentum, where the gradient of the penalty goes through the velocity, and least of all for Adam, which divides it by the root of $v$ (04, experiment 4).
# %% [markdown] lang="zh"
# 只要 $\lambda\ll h_{\max}$，两者就是同一个数：平坦的方向变快，是因为那里要学的东西变少了。
#
# **“L2 正则化（权重衰减, Weight Decay）”。**（第一份笔记 5.1 节；第二份笔记起初也这样写，到 AdamW 一节才正确地区分开）对普通的 SGD 是的，A 节开头用一行代数就说明了。有动量就不是了：惩罚项的梯度要经过速度。用 Adam 差得更远：它还要除以 $v$ 的平方根（04 章实验 4）。

# %% [markdown] lang="en"
# ### Further 2: dropout on the inputs *is* ridge
#
# What does dropout do if you drop *inputs*? For a linear model with squared error the loss can be averaged over all masks. An entry $m_jx_j$ has mean $x_j$ and variance $x_j^2\frac p{1-p}$, and entries are dropped independently, so
#
# $$\mathbb E\,\tfrac1{2N}\lVert (M\odot X)w-y\rVert^2=\tfrac1{2N}\lVert Xw-y\rVert^2+\tfrac12\,\tfrac p{1-p}\sum_j w_j^2\;\tfrac1N\sum_i X_{ij}^2 .$$
#
# That is L2, stronger for larger inputs. If all inputs have mean square 1 it is ridge with $\lambda=p/(1-p)$. (For networks only roughly: Wager et al. 2013.) All 256 masks, against your formula:
# %% [markdown] lang="zh"
# ### 拓展 2：输入上的丢弃法*就是*岭回归
#
# 如果丢弃的是*输入*，会怎样？对平方误差的线性模型，可以把损失对所有掩码取平均。$m_jx_j$ 的均值是 $x_j$，方差是 $x_j^2\frac p{1-p}$，各元素独立地被丢弃，于是
#
# $$\mathbb E\,\tfrac1{2N}\lVert (M\odot X)w-y\rVert^2=\tfrac1{2N}\lVert Xw-y\rVert^2+\tfrac12\,\tfrac p{1-p}\sum_j w_j^2\;\tfrac1N\sum_i X_{ij}^2 .$$
#
# 这就是 L2，输入越大惩罚越强。如果各输入的均方都是 1，它就是 $\lambda=p/(1-p)$ 的岭回归。（对网络只是大致成立：Wager 等，2013。）下面用全部 256 个掩码与你的公式对照：

# %% role="experiment" nbval="check"
with experiment("ridge_solution"):
    X_unit = X_lin / np.sqrt(np.mean(X_lin**2, axis=0))
    p = 0.25
    chances = np.prod(np.where(keeps, 1 - p, p), axis=1)
    masked = X_unit * (keeps / (1 - p))[:, None, :]  #| (256, 40, 8) | (256, 40, 8)
    A = np.einsum("k,kni,knj->ij", chances, masked, masked) / 40
    w = np.linalg.solve(A, np.einsum("k,kni,n->i", chances, masked, y_lin) / 40)
    gap = np.abs(w - ridge_solution(X_unit, y_lin, strength=p / (1 - p))).max()
    print(tr("minimizer of the average over 256 masks:", "256 个掩码的平均的极小点："), *(f"{one:.3f}" for one in w))
    print(tr(f"equal to ridge to 1e-9: {bool(gap < 1e-9)}", f"与岭回归相差不到 1e-9：{bool(gap < 1e-9)}"))

# %% [markdown] lang="en"
# ### Further 3: early stopping against ridge
#
# How close are stopping and L2 at worst? Ali, Kolter and Tibshirani (2019) prove, for least squares and small steps: at time $\eta t$ the risk is at most **1.69** times that of ridge with $\lambda=1/(\eta t)$.
#
# **Risk** is the expected squared distance from the true weights. In a direction of curvature $h$, with noise variance $\sigma^2$, it has two terms: the part of the weight $w$ that is missing, and what the noise adds.
#
# $$\text{ridge: } \Bigl(\frac{\lambda w}{h+\lambda}\Bigr)^2+\frac{\sigma^2}N\frac{h}{(h+\lambda)^2},\qquad \text{stopped: } (1-\eta h)^{2t}w^2+\frac{\sigma^2}N\,\frac{\bigl(1-(1-\eta h)^t\bigr)^2}{h}.$$
#
# 30 directions with curvatures from 0.01 to 1, true weights 1, $N=100$. *Where along the way will the ratio be largest?*
# %% [markdown] lang="zh"
# ### 拓展 3：早停与岭回归
#
# 早停与 L2，最坏的时候差多少？Ali、Kolter 与 Tibshirani（2019）对最小二乘和小步长证明：时刻 $\eta t$ 的风险至多是 $\lambda=1/(\eta t)$ 的岭回归的 **1.69** 倍。
#
# **风险**（risk）指到真实权重的距离平方的期望。在曲率为 $h$、噪声方差为 $\sigma^2$ 的方向上，它有两项：权重 $w$ 少了的部分，和噪声添上的部分。
#
# $$\text{岭回归：} \Bigl(\frac{\lambda w}{h+\lambda}\Bigr)^2+\frac{\sigma^2}N\frac{h}{(h+\lambda)^2},\qquad \text{早停：} (1-\eta h)^{2t}w^2+\frac{\sigma^2}N\,\frac{\bigl(1-(1-\eta h)^t\bigr)^2}{h}.$$
#
# 取 30 个方向，曲率从 0.01 到 1，真实权重为 1，$N=100$。*一路上，比值在哪里最大？*

# %% role="experiment" nbval="check" hidden=true
h, lr, N = np.geomspace(0.01, 1, 30), 0.01, 100
steps = np.unique(np.geomspace(10, 1e6, 200).astype(int))
left_of = (1 - lr * h) ** steps[:, None]
strength = 1 / (lr * steps[:, None])
risks = {}
for variance in (0.1, 10):
    stopped = (left_of**2 + variance / N * (1 - left_of) ** 2 / h).sum(axis=1)
    ridge = ((strength / (h + strength)) ** 2 + variance / N * h / (h + strength) ** 2).sum(axis=1)
    risks[variance] = stopped, ridge
    ratio = stopped / ridge
    print(tr(f"noise variance {variance}: ratio from {ratio.min():.2f} to {ratio.max():.2f}; best of each, stopped / ridge: {stopped.min() / ridge.min():.3f}",
             f"噪声方差 {variance}：比值从 {ratio.min():.2f} 到 {ratio.max():.2f}；各取最好时，早停／岭回归：{stopped.min() / ridge.min():.3f}"))
fig, ax = draw.figure(height=3.3)
for (variance, (stopped, ridge)), role in zip(risks.items(), ("blue", "red"), strict=True):
    ax.plot(steps * lr, stopped / ridge, color=draw.colour(role))
    far = int(np.argmax(np.abs(stopped / ridge - 1)))
    draw.words(ax, 2.4 * steps[far] * lr, (stopped / ridge)[far], tr(f"noise variance {variance}", f"噪声方差 {variance}"), ha="left", color=role)
draw.log_axes(ax, x=True)
ax.set(ylim=(0.4, 1.9), xlim=(steps[0] * lr, steps[-1] * lr), xlabel=r"$\eta t = 1/\lambda$")
draw.quantity(ax, tr("risk stopped / risk of ridge", "早停的风险 / 岭回归的风险"))
draw.rule(ax, y=1.69)
draw.rule(ax, y=1)
draw.words(ax, 0.15, 1.73, tr("1.69: never above (Ali et al. 2019)", "1.69：不会超过（Ali 等，2019）"), ha="left", va="bottom", color="soft")
draw.headline(fig, tr("Stopping in time is nearly as good as the best ridge", "及时停下，与最好的岭回归几乎一样好"),
              tr("30 directions with curvatures from 0.01 to 1.", "30 个方向，曲率从 0.01 到 1。"))
show(fig, alt=tr("Ratio of the risks against time for two noise variances: near 1 at both ends, below 1 or up to 1.4 between, always under a line at 1.69.",
                 "两种噪声方差下，风险之比随时间的变化：两端接近 1，中间低于 1 或高到 1.4，始终在 1.69 的线下。"))

# %% [markdown] lang="en"
# ### Further 4: a limit instead of a penalty
#
# **Max-norm** shortens the incoming weights of a unit to length $r$ whenever they are longer (Srivastava et al. 2014 use it with dropout). A penalty acts on all weights always; a constraint acts on none until the limit is reached. With an infinite limit you log lengths and change nothing.
# %% [markdown] lang="zh"
# ### 拓展 4：设上限，而不是惩罚
#
# **最大范数**（max-norm）：一个单元的输入权重一旦长过 $r$，就缩短到 $r$（Srivastava 等，2014，与丢弃法合用）。惩罚项时刻作用于所有权重；约束在碰到界限之前谁也不管。上限取无穷，就只记录长度而不作改动，这是常见的写法。

# %% [markdown] role="docstring" of="max_norm" lang="zh" twin="eeeba392"
# 把每个单元过长的输入权重缩短到上限：这是约束，不是惩罚项。
#
#     w <- w * min(1, limit / |w|)           （w：W 的一列，即一个单元乘在输入上的权重）
#
# W：(fan_in, fan_out)，不得改动。limit：Python 数值；取无穷时 W 不变。
# 返回形状和 dtype 相同的数组；没超过上限的列不变。
# 除非 limit > 0，否则抛出 ValueError。
#
# Srivastava 等（2014）。PyTorch 的 renorm 和 Keras 的 MaxNorm 除以 |w| + 1e-7，结果略短于上限。
#
# >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), limit=2.0)
# array([[1.2, 0.3],
#        [1.6, 0.4]])

# %% role="answer" id="max_norm"
from reference.penalties import max_norm

# %% role="practice" id="try_max_norm"
check("max_norm", max_norm)

# %% role="experiment" nbval="check"
with experiment("max_norm"):
    for limit in (float("inf"), 2.0, 1.0):
        rng, given = with_wrong_labels(100)
        params, _ = fit(rng, X_few, given, step=lambda w, grad, lr: max_norm(w - lr * grad, limit=limit))
        lengths, accuracy = np.linalg.norm(params["W1"], axis=0), 1 - error(params, X_test, y_test)
        at_limit = np.sum(np.abs(lengths - limit) < 0.005)
        print(tr(f"limit {limit}: accuracy {accuracy:.2f}; lengths {lengths.min():.2f} to {lengths.max():.2f}, {at_limit} of 128 at the limit",
                 f"上限 {limit}：准确率 {accuracy:.2f}；长度 {lengths.min():.2f} 到 {lengths.max():.2f}，128 个中有 {at_limit} 个在上限"))

# %% [markdown] lang="en"
# **"The contours of L1 are a hypercube with corners."** (lecture notes) In the plane a diamond is a turned square. In $d$ dimensions the L1 ball is a **cross-polytope**: $2d$ corners, *on the axes*. The cube is the ball of $\max|w_i|$, with $2^d$ corners far from all axes. *What do weights look like that end in a corner of the cube?* 200 random quadratics in six variables, in either ball:
# %% [markdown] lang="zh"
# **L1 的等高线是“尖角的超立方体”。**（第二份笔记“L1 与 L2 正则化的几何直觉”一节）在平面上，菱形就是转了角度的正方形。到了 $d$ 维，L1 球是**正轴形**（cross-polytope，交叉多胞形）：$2d$ 个角，都*在坐标轴上*。立方体是 $\max|w_i|$ 的球，$2^d$ 个角离所有坐标轴都很远。*停在立方体角上的权重是什么样子？* 取 200 个六元的随机二次函数，分别在两种球里求最小：

# %% role="experiment" nbval="check" hidden=true
with experiment("proximal_gradient_step"):
    rng = np.random.default_rng(2)
    A = rng.standard_normal((200, 6, 6))
    curvature = A @ A.transpose(0, 2, 1) / 6 + 0.2 * np.eye(6)
    curvature /= np.linalg.eigvalsh(curvature)[:, -1:, None]  #| largest curvature 1, so lr = 1 is safe | 最大曲率为 1，lr = 1 是安全的
    middle_of = rng.standard_normal((200, 6))
    pull = np.einsum("nij,nj->ni", curvature, middle_of)
    in_polytope = in_cube = np.zeros((200, 6))
    half = np.abs(middle_of).max(axis=1, keepdims=True) / 2
    for _ in range(1000):
        in_polytope = proximal_gradient_step(in_polytope, np.einsum("nij,nj->ni", curvature, in_polytope) - pull, lr=1.0, strength=0.3)
        in_cube = np.clip(in_cube - np.einsum("nij,nj->ni", curvature, in_cube) + pull, -half, half)
    print(tr(f"cross-polytope (L1): {np.mean(in_polytope == 0):.0%} of all weights exactly zero",
             f"正轴形（L1）：{np.mean(in_polytope == 0):.0%} 的权重恰好为零"))
    print(tr(f"cube: {np.mean(in_cube == 0):.0%} exactly zero, {np.mean(np.abs(in_cube) == half):.0%} at the limit ±r",
             f"立方体：{np.mean(in_cube == 0):.0%} 恰好为零，{np.mean(np.abs(in_cube) == half):.0%} 在界限 ±r 上"))

# %% [markdown] lang="en"
# The cube's corners give weights of *equal size*, not zeros.
#
# ### Further 5: more ways to alter an image
#
# `random_shift` moves each image by its own numbers; `crop` cuts out a window; `mixup` (Zhang et al. 2018) blends two images *and their labels*.
# %% [markdown] lang="zh"
# 立方体的角造出*一样大*的权重，而不是零。
#
# ### 拓展 5：改动图像的更多办法
#
# `random_shift` 让每张图像各自随机移动；`crop` 切出一个窗口；`mixup`（Zhang 等，2018）把两张图像*连同标签*混合。

# %% [markdown] role="docstring" of="random_shift" lang="zh" twin="2374375f"
# 让每张图像各按自己的两个随机数移动：向下、向右多少个像素。
#
# 契约：两个数都是整数，从 -max_shift 到 max_shift，各种取值概率相等。都从 rng 中抽，相互独立。
#
# images：一批图像 (N, height, width)，不得改动。max_shift：>= 0 的整数。rng：NumPy 的 Generator。
# 返回形状和 dtype 相同的数组。

# %% role="answer" id="random_shift"
from reference.augmentation import random_shift

# %% role="practice" id="try_random_shift"
check("random_shift", random_shift)

# %% [markdown] role="docstring" of="crop" lang="zh" twin="14f50483"
# 切出 height x width 个像素的窗口，左上角的像素是 (top, left)。
#
# images：(..., H, W)，不得改动。top、left、height、width：整数。
# 返回数组 (..., height, width)，dtype 相同。
# 除非窗口有像素且不出图像，否则抛出 ValueError。

# %% role="answer" id="crop"
from reference.augmentation import crop

# %% role="practice" id="try_crop"
check("crop", crop)

# %% [markdown] role="docstring" of="mixup" lang="zh" twin="acdd48e6"
# 把每个样本连同标签与同一批中的另一个样本混合。
#
#     X <- share * X + (1 - share) * X[permutation]          （Y 也一样）
#
# X：(N, ...)。Y：(N, K)，one-hot 或别的数。permutation：(N,)，例如 rng.permutation(N)。
# 不得改动它们。share：Python 数值。
# 返回 (新的 X, 新的 Y)，形状和 dtype 与 X、Y 相同。
# 除非 0 <= share <= 1，否则抛出 ValueError。
#
# Zhang 等（2018）：share 就是他们的 lambda，每批抽一次，rng.beta(alpha, alpha)。

# %% role="answer" id="mixup"
from reference.augmentation import mixup

# %% role="practice" id="try_mixup"
check("mixup", mixup)

# %% role="experiment" hidden=true
with experiment("mixup", "crop", "random_shift"):
    Y = np.eye(10)[[0, 1, 2, 3, 5, 7, 9]]
    mixed, labels = mixup(seven, Y, share=0.6, permutation=np.array([3, 4, 5, 6, 0, 1, 2]))
    fig = image_rows({
        tr("random shift", "随机平移"): random_shift(seven, max_shift=4, rng=np.random.default_rng(1)),
        tr("crop", "裁剪"): crop(seven, top=3, left=3, height=22, width=22),
        "mixup": mixed,
    })
    show(fig, alt=tr(
        "Three rows of the seven digits: each moved in its own direction; the middle 22 by 22 pixels, larger; each blended with another digit, 60 to 40.",
        "七个数字的三行图像：各朝自己的方向移动；只取中间 22 乘 22 像素，看上去变大了；每个与另一个数字按 60 比 40 混合。"))
    print(tr("label of the first mixed image:", "第一张混合图像的标签："), {int(k): float(labels[0, k]) for k in np.flatnonzero(labels[0])})

# %% [markdown] lang="en"
# ### Further 6: text
#
# A word changes more than a pixel. Wei and Zou (2019) collect simple alterations; you write three. **Back-translation** translates a sentence into another language and back and keeps the label. It needs two translation systems, so we only describe it. Its risk is that of all paraphrasing: "not bad" may come back as "good".
# %% [markdown] lang="zh"
# ### 拓展 6：文本
#
# 一个词的分量比一个像素重得多。Wei 与 Zou（2019）收集了几种简单的改动，你来写三种。**回译**（back-translation）把句子译成另一种语言再译回来，标签不变。它需要两个翻译系统，这里只作说明；它的风险也是一切改写的风险：“还不坏”可能变成“很好”。

# %% [markdown] role="docstring" of="synonym_replacement" lang="zh" twin="275b844f"
# 对每个有同义词的词，以概率 p 换成它的一个同义词。
#
# 契约：各个词独立地被替换；一个词的各个同义词概率相等。
#
# tokens：字符串的列表，不得改动。synonyms：字典，词 -> 词的列表。rng：NumPy 的 Generator。
# 返回长度相同的列表。
# 除非 0 <= p <= 1，否则抛出 ValueError。

# %% role="answer" id="synonym_replacement"
from reference.text_augmentation import synonym_replacement

# %% role="practice" id="try_synonym_replacement"
check("synonym_replacement", synonym_replacement)

# %% [markdown] role="docstring" of="random_deletion" lang="zh" twin="92d7508e"
# 以概率 p 删去每个词，但不会全部删光。
#
# 契约：各个词独立地被删去。如果会全部删光，就留下一个，各词概率相等。
#
# tokens：字符串的列表，不得改动。rng：NumPy 的 Generator。
# 返回列表，保持次序；没有词就返回空的。
# 除非 0 <= p <= 1，否则抛出 ValueError。

# %% role="answer" id="random_deletion"
from reference.text_augmentation import random_deletion

# %% role="practice" id="try_random_deletion"
check("random_deletion", random_deletion)

# %% [markdown] role="docstring" of="random_swap" lang="zh" twin="9c0fe7a0"
# 交换两个随机位置上的词，共 num_swaps 次，一次接一次。
#
# 契约：所有位置概率相等。两个位置能不能是同一个，由你决定。
#
# tokens：至少两个字符串的列表，不得改动。num_swaps：>= 0 的整数。rng：NumPy 的 Generator。
# 返回列表。

# %% role="answer" id="random_swap"
from reference.text_augmentation import random_swap

# %% role="practice" id="try_random_swap"
check("random_swap", random_swap)

# %% [markdown] lang="en"
# 48 short film reviews come with the course, in pairs: praise and blame with the same sentence pattern. A linear model that counts words learns from 16 of them, with ten altered copies of each, and is tested on the other 32; ten random splits. *Which helps a model that only counts words: other words of the same meaning, or fewer words?*
# %% [markdown] lang="zh"
# 课程附带 48 条英文短影评，好评与差评按同样的句式成对。一个只数词的线性模型用其中 16 条学习，每条再看十份改动过的副本，在另外 32 条上测试；随机划分十次。*模型只数词，哪一种改动有帮助：换成意思相同的词，还是去掉一些词？*

# %% role="experiment" nbval="check" hidden=true
WORDS = sorted({word for text, _ in REVIEWS for word in text.split()} | set(SYNONYMS))
INDEX = {word: i for i, word in enumerate(WORDS)}


def which_words(sentences):
    X = np.zeros((len(sentences), len(WORDS)))
    for row, tokens in zip(X, sentences, strict=True):
        row[[INDEX[token] for token in tokens]] = 1
    return X


def review_accuracy(seed, alter, copies=10):
    tr("""Softmax regression with L2 on 8 pairs of reviews and altered copies of them; accuracy on the other 16 pairs.""",
       """在 8 对影评及其改动过的副本上做带 L2 的 softmax 回归；返回在另外 16 对上的准确率。""")
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(len(REVIEWS) // 2)  #| praise i has the same build as blame i + 24 | 好评 i 与差评 i + 24 句式相同
    picks = np.concatenate([pairs, pairs + len(REVIEWS) // 2])
    learn = [REVIEWS[i] for i in picks if i % 24 in pairs[:8]]
    judge = [REVIEWS[i] for i in picks if i % 24 not in pairs[:8]]
    sentences, labels = [text.split() for text, _ in learn], [label for _, label in learn]
    if alter is not None:
        sentences, labels = sentences + [alter(tokens, rng) for _ in range(copies) for tokens in sentences], labels * (copies + 1)
    X, y, W = which_words(sentences), np.array(labels), np.zeros((len(WORDS), 2))
    for _ in range(200):
        W = W - 1.0 * (X.T @ cross_entropy(X @ W, y)[1] + 0.01 * W)
    return np.mean((which_words([text.split() for text, _ in judge]) @ W).argmax(axis=1) == [label for _, label in judge])


with experiment("synonym_replacement", "random_deletion"):
    rng, tokens = np.random.default_rng(0), REVIEWS[0][0].split()
    changes = {tr("deletion", "删词"): lambda tokens, rng: random_deletion(tokens, p=0.2, rng=rng),
               tr("synonyms", "同义词"): lambda tokens, rng: synonym_replacement(tokens, synonyms=SYNONYMS, p=0.5, rng=rng)}
    print(tr("as it is:", "原句："), " · ".join(tokens))
    plain_reviews = np.array([review_accuracy(seed, None) for seed in range(10)])
    print(tr(f"no copies: accuracy {plain_reviews.mean():.2f}", f"没有副本：准确率 {plain_reviews.mean():.2f}"))
    for name, alter in changes.items():
        print(f"{name}:", " · ".join(alter(tokens, rng)))
        mean, low, high = mean_interval(np.array([review_accuracy(seed, alter) for seed in range(10)]) - plain_reviews)
        print(tr(f"{name} minus no copies: {mean:+.2f} [{low:+.2f}, {high:+.2f}]", f"{name}比没有副本：{mean:+.2f} [{low:+.2f}, {high:+.2f}]"))

# %% [markdown] lang="en"
# Synonyms bring words that the sixteen sentences do not contain; leaving words out brings none. But the gain comes from our *list*, which knows that "dreary" is like "dull", and the reviews were written with that list in mind.
#
# ### In practice today
#
# - Large language models use AdamW with decoupled weight decay, often 0.1, mostly in one pass over the data, and dropout is often 0 there. Andriushchenko et al. (2024) argue that weight decay then acts on the optimization rather than against overfitting. For fine-tuning on small data, dropout and early stopping are as useful as ever.
# - Zhang et al. (2017) trained image classifiers to zero error on random labels: explicit regularization is neither necessary nor sufficient for generalization. Far beyond the size that fits everything, the test error can fall again: "double descent" (Belkin et al. 2019).
# - With batch normalization, weight decay on the layer before it sets the effective learning rate (van Laarhoven 2017; chapter 06).
# - ResNets train without dropout; whole paths are dropped instead (stochastic depth, Huang et al. 2016).
# - For images, augmentation is where the gains are: RandAugment (Cubuk et al. 2020), mixup, CutMix (Yun et al. 2019), beside label smoothing (Szegedy et al. 2016). For text, paraphrases from language models have joined back-translation (Sennrich et al. 2016).
#
# <details><summary>References</summary>
#
# A. Krogh, J. Hertz, *A simple weight decay can improve generalization*, NIPS 1991. R. Tibshirani, *Regression shrinkage and selection via the lasso*, JRSS B 58 (1996). L. Prechelt, *Early stopping: but when?* (1998). I. Daubechies, M. Defrise, C. De Mol, *An iterative thresholding algorithm for linear inverse problems with a sparsity constraint*, Comm. Pure Appl. Math. 57 (2004). H. Zou, T. Hastie, *Regularization and variable selection via the elastic net*, JRSS B 67 (2005). A. Beck, M. Teboulle, *A fast iterative shrinkage-thresholding algorithm*, SIAM J. Imaging Sci. 2 (2009). S. Wager, S. Wang, P. Liang, *Dropout training as adaptive regularization*, NIPS 2013. N. Srivastava et al., *Dropout*, JMLR 15 (2014). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 7. R. Sennrich et al., *Improving neural machine translation models with monolingual data*, ACL 2016. G. Huang et al., *Deep networks with stochastic depth*, ECCV 2016. C. Szegedy et al., *Rethinking the Inception architecture*, CVPR 2016. C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017. T. van Laarhoven, *L2 regularization versus batch and weight normalization*, arXiv:1706.05350 (2017). H. Zhang et al., *mixup*, ICLR 2018. A. Ali, J. Z. Kolter, R. J. Tibshirani, *A continuous-time view of early stopping for least squares*, AISTATS 2019. M. Belkin et al., *Reconciling modern machine-learning practice and the classical bias-variance trade-off*, PNAS 116 (2019). I. Loshchilov, F. Hutter, *Decoupled weight decay regularization*, ICLR 2019. J. Wei, K. Zou, *EDA: easy data augmentation*, EMNLP 2019. S. Yun et al., *CutMix*, ICCV 2019. E. Cubuk et al., *RandAugment*, NeurIPS 2020. M. Andriushchenko et al., *Why do we need weight decay in modern deep learning?*, NeurIPS 2024. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# 同义词带来了那十六句话里没有的词，删词什么也没带来。但收益来自我们的*词表*，是它知道 "dreary" 与 "dull" 意思相近，而且影评就是对着词表写的。
#
# ### 如今的做法
#
# - 大语言模型用 AdamW 加解耦权重衰减，常取 0.1，数据大多只过一遍，丢弃概率常常是 0。Andriushchenko 等（2024）认为，那时权重衰减作用于优化，而不是防止过拟合。在小数据集上微调时，丢弃法和早停照样有用。
# - Zhang 等（2017）让图像分类器把随机标签拟合到零错误：显式正则化对泛化既不必要也不充分。网络远大于足以拟合一切的规模时，测试误差可能再次下降：“双下降”（double descent，Belkin 等，2019）。
# - 有批量归一化时，对它前面一层做权重衰减，决定的是有效学习率（van Laarhoven，2017；06 章）。
# - ResNet 不用丢弃法，而是丢弃整条支路（随机深度，Huang 等，2016）。
# - 对图像，收益主要来自数据增强：RandAugment（Cubuk 等，2020）、mixup、CutMix（Yun 等，2019），此外还有标签平滑（Szegedy 等，2016）。对文本，除了回译（Sennrich 等，2016），现在也用语言模型改写。
#
# <details><summary>参考文献</summary>
#
# A. Krogh, J. Hertz, *A simple weight decay can improve generalization*, NIPS 1991. R. Tibshirani, *Regression shrinkage and selection via the lasso*, JRSS B 58 (1996). L. Prechelt, *Early stopping: but when?* (1998). I. Daubechies, M. Defrise, C. De Mol, *An iterative thresholding algorithm for linear inverse problems with a sparsity constraint*, Comm. Pure Appl. Math. 57 (2004). H. Zou, T. Hastie, *Regularization and variable selection via the elastic net*, JRSS B 67 (2005). A. Beck, M. Teboulle, *A fast iterative shrinkage-thresholding algorithm*, SIAM J. Imaging Sci. 2 (2009). S. Wager, S. Wang, P. Liang, *Dropout training as adaptive regularization*, NIPS 2013. N. Srivastava et al., *Dropout*, JMLR 15 (2014). I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016)，第 7 章。R. Sennrich et al., *Improving neural machine translation models with monolingual data*, ACL 2016. G. Huang et al., *Deep networks with stochastic depth*, ECCV 2016. C. Szegedy et al., *Rethinking the Inception architecture*, CVPR 2016. C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017. T. van Laarhoven, *L2 regularization versus batch and weight normalization*, arXiv:1706.05350 (2017). H. Zhang et al., *mixup*, ICLR 2018. A. Ali, J. Z. Kolter, R. J. Tibshirani, *A continuous-time view of early stopping for least squares*, AISTATS 2019. M. Belkin et al., *Reconciling modern machine-learning practice and the classical bias-variance trade-off*, PNAS 116 (2019). I. Loshchilov, F. Hutter, *Decoupled weight decay regularization*, ICLR 2019. J. Wei, K. Zou, *EDA: easy data augmentation*, EMNLP 2019. S. Yun et al., *CutMix*, ICCV 2019. E. Cubuk et al., *RandAugment*, NeurIPS 2020. M. Andriushchenko et al., *Why do we need weight decay in modern deep learning?*, NeurIPS 2024. 第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 正则化 | regularization | 凡是让死记变难的办法 |
# | 过拟合、欠拟合、死记 | overfitting, underfitting, memorize | |
# | 惩罚项、约束 | penalty, constraint | |
# | 稀疏性 | sparsity | 许多元素恰好为零 |
# | 尖点、次梯度 | kink, subgradient | |
# | 软阈值、近端梯度 | soft threshold, proximal gradient | |
# | 正轴形（交叉多胞形） | cross-polytope | L1 的球 |
# | 丢弃法（随机失活、暂退法） | dropout | 这里 $p$ 是丢弃概率 |
# | 共适应、集成 | co-adaptation, ensemble | |
# | 早停、容忍轮数 | early stopping, patience | |
# | 数据增强、颜色抖动 | data augmentation, colour jitter | |
# | 岭回归、lasso | ridge, lasso | 带 L2、带 L1 的最小二乘 |
# </details>

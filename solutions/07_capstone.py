# %% [markdown] lang="en"
# # 07 Train it yourself
#
# Six chapters recommended a dozen good ideas. Put five of them into one network, give it three epochs, and it ends about 11 points below the same network without them. Which of the five did it, and how can you tell beforehand?
#
# Sitting A finds out, on a task without points. In sitting B you choose two of four missions, each with a difficulty of its own. What you hand in is a **configuration**: a dictionary that says what to train and how. The judge trains it three times, on data that it draws itself, and scores the networks on 1,000 images that nobody in your class has. A program that scores itself could report anything.
#
# Run the next cell whenever you open the notebook.
# %% [markdown] lang="zh"
# # 07 自己来训练
#
# 前六章推荐了十来个好办法。挑出五个，一起用到同一个网络上，只训练三轮，准确率竟比一个都不用还低 11 个百分点左右。毛病出在哪一个？事先能看出来吗？
#
# A 节用一项不计分的任务找答案。B 节有四项任务，各有各的难处，你从中选两项。要交的是**配置**（configuration）：一个字典，写明训练什么、怎样训练。评分程序另抽数据，照你的配置训练三遍，再用全班都没有见过的 1000 张图像打分。成绩不能由你的程序自己报：它想报多少就能报多少。
#
# 每次打开笔记本，先运行下一个单元格。

# %% role="setup" id="setup"
from descent.browser import fewer_in_browser
from descent.capstone.ablation import ablate
from descent.capstone.handed_in import nickname, num_predictions
from descent.capstone.instances import generator, instance
from descent.capstone.rehearsal import accuracies, assemble, my_instance, rehearse
from descent.check import check
from descent.data import as_images, load_mnist
from descent.experiment import experiment
from descent.figures import draw
from descent.figures.ablation import draw_ablation
from descent.hyper import require
from descent.lend import lend
from descent.models import accuracy, mlp_init, mlp_loss_and_grads, mlp_scores
from descent.plots import panels, show
from descent.quiz import calibration, reveal
from descent.say import set_language, tell

import numpy as np

set_language("{{lang}}")

# %% [markdown] lang="en" sitting="A"
# ---
# ## Sitting A: five good ideas
#
# | | |
# |---|---|
# | **You will be able to** | check a training program before you tune it; change one thing at a time and decide with seeds; tell four difficulties apart by how training fails |
# | **You need** | your notebooks of 01, 03, 04, 05 and 06, open beside this one |
# | **Time** | {{minutes:A}} minutes, difficulty ●●○ |
# | **Points** | {{points:A}}: five functions, two predictions |
# %% [markdown] lang="zh" sitting="A"
# ---
# ## A 节：五个好办法
#
# | | |
# |---|---|
# | **学完你能够** | 在调参之前先检查训练程序；一次只改一处，用多个种子下结论；看训练怎样失败，认出是四种困难中的哪一种 |
# | **你需要** | 01、03、04、05、06 的笔记本，打开备查 |
# | **时间** | {{minutes:A}} 分钟，难度 ●●○ |
# | **分数** | {{points:A}} 分：五个函数，两次预测 |

# %% [markdown] lang="en"
# ### Does it learn at all?
#
# We work on `short_run`: 2,000 handwritten digits of MNIST, right labels, time for three epochs, the same for everybody. A training run needs 36 functions. Thirty-one are given in collapsed cells. Five you have written yourself and copy from your notebooks: a loss, an initialization, two optimizer steps, a regularizer.
#
# Your runs use your parts; the judge uses the reference. A mistake in a part costs its {{points:softmax_cross_entropy}} points and makes your runs misleading, nothing else. Begin with the two without which nothing trains.
# %% [markdown] lang="zh"
# ### 它到底学不学得动？
#
# 这一节用任务 `short_run`：2000 张 MNIST 手写数字，标签正确，只够训练三轮，所有人的数据都一样。一次训练要用到 36 个函数，其中 31 个已在折叠的单元格里给出；另外五个你都写过，从自己的笔记本里抄过来就行：一个损失函数、一个初始化方法、两个更新步、一个正则化方法。
#
# 试验用你的零件，评分用参考实现。零件写错了，只扣它自己的 {{points:softmax_cross_entropy}} 分，但你的试验会失真。先装最要紧的两个：缺了它们，什么也训练不了。

# %% role="given" id="layers_given" taught="00" hidden=true
from reference.backprop import affine_backward, relu, relu_backward

# %% role="given" id="minibatches_given" taught="01" hidden=true
from reference.gradient_descent import minibatches

# %% [markdown] lang="en"
# #### Part 1: `softmax_cross_entropy`, from 01 ({{points:softmax_cross_entropy}} points, 3 minutes)
# %% [markdown] lang="zh"
# #### 零件 1：`softmax_cross_entropy`，来自 01 章（{{points:softmax_cross_entropy}} 分，3 分钟）

# %% role="answer" id="softmax_cross_entropy"
from reference.losses import softmax_cross_entropy

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>Which array do loss and gradient share?</details>
# <details><summary>Hint 2</summary>The log-probabilities: subtract each row's maximum, then the logarithm of its sum of exponentials.</details>
# <details><summary>Hint 3</summary>The example: log-probabilities −0.8620, −1.8620, −0.8620. Their exponentials, minus 1 at the label, divided by N = 1, are the gradient.</details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>损失和梯度共用哪个数组？</details>
# <details><summary>提示 2</summary>对数概率：每行先减去最大值，再减去指数之和的对数。</details>
# <details><summary>提示 3</summary>例子：对数概率是 −0.8620、−1.8620、−0.8620。取指数，在标签处减 1，再除以 N = 1，就是梯度。</details>

# %% role="tests" id="test_softmax_cross_entropy" points=3
check("softmax_cross_entropy", softmax_cross_entropy)

# %% role="given" id="initialization_given" taught="06" hidden=true
from reference.initialization import fans, zeros, normal, xavier_uniform

# %% [markdown] lang="en"
# #### Part 2: `he_normal`, from 06 ({{points:he_normal}} points, 2 minutes)
# %% [markdown] lang="zh"
# #### 零件 2：`he_normal`，来自 06 章（{{points:he_normal}} 分，2 分钟）

# %% role="answer" id="he_normal"
from reference.initialization import he_normal

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary><code>fans(shape)</code> is given. Which of its two numbers does <code>mode</code> ask for?</details>
# <details><summary>Hint 2</summary>The standard deviation is gain over the root of that fan.</details>
# <details><summary>Hint 3</summary>For shape (50, 8) and the default gain the standard deviation is 0.2; with <code>mode="fan_out"</code> it is 0.5.</details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary><code>fans(shape)</code> 已经给出。<code>mode</code> 要的是它的哪个数？</details>
# <details><summary>提示 2</summary>标准差是 gain 除以那个扇数的平方根。</details>
# <details><summary>提示 3</summary>形状 (50, 8)、默认 gain 时标准差是 0.2；<code>mode="fan_out"</code> 时是 0.5。</details>

# %% role="tests" id="test_he_normal" points=3
check("he_normal", he_normal)

# %% [markdown] lang="en"
# Before you tune anything, make two checks. They take a second and find most bugs.
#
# - **The first loss.** A network that knows nothing gives every class probability 1/10. Its loss is $\ln 10=2.30$.
# - **One batch.** A network with 51,000 parameters must be able to memorize 32 images. If it cannot, look for a bug; no learning rate will help.
#
# Here they are, with your two parts in a hand-written training loop.
# %% [markdown] lang="zh"
# 调参之前，先做两项检查。一秒钟就够，却能查出大多数错误：
#
# - **第一个损失。** 什么都不知道的网络给每一类的概率都是 1/10，损失是 $\ln 10=2.30$。
# - **一个批。** 五万多个参数，死记 32 张图像绰绰有余。要是记不住，多半是程序有错，先别调学习率。
#
# 下面的训练循环，用的就是你刚装好的两个零件。

# %% role="experiment"
with experiment("softmax_cross_entropy", "he_normal"):
    data = instance("short_run", "practice")  #| the same for everybody | 所有人都一样
    X, y = data.X_train[:32], data.y_train[:32]
    params = mlp_init(generator("one batch"), (784, 64, 10),
                      init=lambda rng, shape: he_normal(rng, shape).astype(np.float32))
    for step in range(101):
        loss, grads = mlp_loss_and_grads(
            params, X, y, loss=softmax_cross_entropy, affine_backward=affine_backward, activation=(relu, relu_backward))
        if step in (0, 10, 30, 100):
            right = accuracy(mlp_scores(params, X, activation=(relu, relu_backward)), y)
            print(tr(f"step {step:3}: loss {loss:.3f}, {32 * right:.0f} of 32 right", f"第 {step:3} 步：损失 {loss:.3f}，32 张中对 {32 * right:.0f} 张"))
        params = {name: params[name] - 0.1 * grads[name] for name in params}

# %% [markdown] lang="en"
# Both pass. The first loss is a little off 2.30, because the initial weights already prefer some classes.
#
# ### Three more parts, and your id
#
# Tuning means choosing, so bring two optimizers and a regularizer to choose from.
# %% [markdown] lang="zh"
# 两项都通过了。第一个损失与 2.30 略有出入，因为随机的初始权重一开始就偏向某些类。
#
# ### 再装三个零件，写上学号
#
# 调参就是做选择。再抄来两个优化器、一个正则化方法，才有得选。

# %% role="given" id="momentum_init" taught="03" hidden=true
from reference.momentum import momentum_init

# %% [markdown] lang="en"
# #### Part 3: `momentum_step`, from 03 ({{points:momentum_step}} points, 2 minutes)
# %% [markdown] lang="zh"
# #### 零件 3：`momentum_step`，来自 03 章（{{points:momentum_step}} 分，2 分钟）

# %% role="answer" id="momentum_step"
from reference.momentum import momentum_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>Which velocity moves the params: the old or the new one?</details>
# <details><summary>Hint 2</summary>The new one. Make a new array for it.</details>
# <details><summary>Hint 3</summary>The example: the new velocity is 7.0, and 10 − 0.5 · 7 = 6.5.</details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>参数沿哪个速度走：旧的还是新的？</details>
# <details><summary>提示 2</summary>新的。为它新建一个数组。</details>
# <details><summary>提示 3</summary>例子：新速度是 7.0，10 − 0.5 · 7 = 6.5。</details>

# %% role="tests" id="test_momentum_step" points=3
check("momentum_step", momentum_step)

# %% role="given" id="adaptive_given" taught="04" hidden=true
from reference.adaptive import adagrad_init, adagrad_step, rmsprop_init, rmsprop_step, adam_init

# %% [markdown] lang="en"
# #### Part 4: `adam_step`, from 04 ({{points:adam_step}} points, 3 minutes)
# %% [markdown] lang="zh"
# #### 零件 4：`adam_step`，来自 04 章（{{points:adam_step}} 分，3 分钟）

# %% role="answer" id="adam_step"
from reference.adaptive import adam_step

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>Which t belongs in the correction: the one you receive, or the next?</details>
# <details><summary>Hint 2</summary>The next, so that it is 1 in the first step. Return m and v without the correction.</details>
# <details><summary>Hint 3</summary>The example: m = 2, v = 4; corrected 2/0.5 = 4 and 4/0.25 = 16; the step is 0.5 · 4/4.</details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>校正里用哪个 t：收到的，还是下一个？</details>
# <details><summary>提示 2</summary>下一个，所以第一步是 1。返回的 m 和 v 不带校正。</details>
# <details><summary>提示 3</summary>例子：m = 2，v = 4；校正后是 2/0.5 = 4 和 4/0.25 = 16；这一步走 0.5 · 4/4。</details>

# %% role="tests" id="test_adam_step" points=3
check("adam_step", adam_step)

# %% [markdown] lang="en"
# #### Part 5: `dropout_forward`, from 05 ({{points:dropout_forward}} points, 2 minutes)
# %% [markdown] lang="zh"
# #### 零件 5：`dropout_forward`，来自 05 章（{{points:dropout_forward}} 分，2 分钟）

# %% role="answer" id="dropout_forward"
from reference.dropout import dropout_forward

# %% [markdown] lang="en"
# <details><summary>Hint 1</summary>What does an entry become on average if what stays is multiplied by c?</details>
# <details><summary>Hint 2</summary>(1 − p) · c times itself. <code>rng.random(X.shape) &gt;= p</code> keeps with probability 1 − p.</details>
# <details><summary>Hint 3</summary>For p = 0.75 what stays is multiplied by 4. In evaluation the mask is all ones, and nothing is drawn.</details>
# %% [markdown] lang="zh"
# <details><summary>提示 1</summary>设留下的都乘 c，一个元素平均变成多少？</details>
# <details><summary>提示 2</summary>变成自己的 (1 − p) · c 倍。<code>rng.random(X.shape) &gt;= p</code> 以概率 1 − p 保留。</details>
# <details><summary>提示 3</summary>p = 0.75 时，留下的乘 4。评估时掩码全为 1，什么也不抽。</details>

# %% role="tests" id="test_dropout_forward" points=3
check("dropout_forward", dropout_forward)

# %% role="given" id="clipping_given" taught="02" hidden=true
from reference.clipping import clip_by_global_norm

# %% role="given" id="nesterov_given" taught="03" hidden=true
from reference.momentum import nesterov_rewritten_step

# %% role="given" id="adamw_given" taught="04" hidden=true
from reference.weight_decay import adamw_step

# %% role="given" id="schedules_given" taught="04" hidden=true
from reference.schedules import step_decay, cosine_annealing, linear_warmup, warmup_cosine

# %% role="given" id="l2_given" taught="05" hidden=true
from reference.penalties import l2_penalty

# %% role="given" id="dropout_given" taught="05" hidden=true
from reference.dropout import dropout_backward

# %% role="given" id="early_stopping_given" taught="05" hidden=true
from reference.early_stopping import EarlyStopping

# %% role="given" id="augmentation_given" taught="05" hidden=true
from reference.augmentation import shift, random_shift, horizontal_flip, random_flip, add_noise

# %% role="given" id="preprocessing_given" taught="06" hidden=true
from reference.preprocessing import standardize_fit, min_max_fit, rescale

# %% role="given" id="batchnorm_given" taught="06" hidden=true
from reference.batch_norm import batchnorm_init, batchnorm_forward, batchnorm_backward

# %% [markdown] lang="en"
# Write your id, the name of the folder that you hand in. It decides which images you tune on in sitting B. While it says "practice", the data belong to nobody. On a JupyterHub your login takes its place. `assemble` then collects all 36 functions. Run it again whenever you have changed a part or your id.
# %% [markdown] lang="zh"
# 写上你的学号，也就是提交作业的文件夹名：B 节里用哪些图像调参，由它决定。留着 "practice"，用的就是不属于任何人的练习数据；在 JupyterHub 上，"practice" 会换成你的登录名。然后 `assemble` 把 36 个函数收齐。改了零件或学号，就再运行一次。

# %% role="answer" id="student_id"
student_id = "practice"
### BEGIN SOLUTION
student_id = "ada"
### END SOLUTION

# %% role="practice" id="try_student_id" of="student_id"
assemble(student_id, globals())

# %% [markdown] lang="en"
# ### A log of six runs
#
# From here on you write no loops, only configurations: dictionaries of what differs from the default. The default is one hidden layer of 64 ReLUs, He initialization, SGD with `lr` 0.1, mini-batches of 32, and nothing else. Only `prediction`, the accuracy you expect, has no default. A key that would have no effect is refused; a bad idea is trained as faithfully as a good one.
#
# Here are six runs on `short_run`, one seed each. Each answers the one before. *What would you try after each line?*
# %% [markdown] lang="zh"
# ### 六次训练的记录
#
# 往后不用再写循环，只写配置，而且只写与默认值不同的键。默认是一个 64 单元的 ReLU 隐藏层、He 初始化、`lr` 0.1 的 SGD，每批 32 个样本，别的什么都不加。只有 `prediction` 没有默认值，它是你预计的准确率。不起作用的键会被拒绝；主意再坏，也会照样训练。
#
# 下面在 `short_run` 上训练六次，每次一个种子，后一次总是针对前一次的结果。*每看完一行先想一想：换作你，下一步试什么？*

# %% role="experiment"
ADAM = {"optimizer": "adam", "lr": 0.003}
RUNS = [{"init": "normal", "init_scale": 1.0}, {}, {"lr": 0.3}, {"lr": 1.0}, ADAM, ADAM | {"shift": 2}]

with experiment("softmax_cross_entropy", "adam_step", "he_normal"):
    log = {}
    for number, configuration in enumerate(RUNS, start=1):
        [run] = rehearse("short_run", {"prediction": 0.9, "epochs": 3} | configuration, seeds=1)
        loss, log[number] = run.trained.history["loss"], run.accuracy
        print(tr(
            f"run {number}: first loss {loss[0]:5.2f}, last 20 steps {loss[-20:].mean():.2f}, validation {run.accuracy:.3f}   {configuration}",
            f"第 {number} 次：第一个损失 {loss[0]:5.2f}，最后 20 步 {loss[-20:].mean():.2f}，验证 {run.accuracy:.3f}   {configuration}",
        ))

# %% [markdown] lang="en"
# These were our notes:
#
# | run | changed | seen | so |
# |---|---|---|---|
# | 1 | standard normal weights, SGD, `lr` 0.1 | the first loss is about 80, not 2.30 | Confident and wrong: the weights start too large. |
# | 2 | He initialization | the first loss is right, validation 0.88 | Three epochs are few. Is `lr` too small? |
# | 3 | `lr` 0.3 | 0.89 | It helps. Raise it until training breaks. |
# | 4 | `lr` 1 | far lower | Broken. Go back to 0.3. |
# | 5 | Adam, `lr` 0.003 | 0.91, the best so far | Two changes at once, but Adam's rates are smaller (04). |
# | 6 | shifts by up to 2 pixels | 0.89 | They helped in 05. Why not here? |
#
# Keep such a log: what you changed, what you saw, what you make of it. Change one thing at a time, or you will not know what did it.
#
# ### Experiment 1: is Adam better?
#
# Run 5 is about two points better than run 3. With one seed that is nine images of 500. Is it Adam, or luck?
#
# Now every row gets three seeds, the same three. Then two rows begin at the same weights and see the same mini-batches: part of the luck is common to both and cancels in the *difference*. `ablate` therefore looks at the three differences and gives a 95 % interval for their mean. Where the interval contains 0, it says "cannot tell".
#
# **What will it say about Adam against SGD with `lr` 0.3?** (a) Adam is better (b) cannot tell (c) SGD is better
# %% [markdown] lang="zh"
# 我们边看边记：
#
# | 次 | 改动 | 看到 | 想法 |
# |---|---|---|---|
# | 1 | 权重取自标准正态分布，SGD，`lr` 0.1 | 第一个损失在 80 左右，不是 2.30 | 网络很有把握，却认错了：初始权重太大。 |
# | 2 | 改用 He 初始化 | 第一个损失对了，验证 0.88 | 只有三轮，是不是 `lr` 太小？ |
# | 3 | `lr` 0.3 | 0.89 | 有用。继续加，加到出问题为止。 |
# | 4 | `lr` 1 | 低得多 | 训练垮了，退回 0.3。 |
# | 5 | Adam，`lr` 0.003 | 0.91，目前最好 | 两处一起换，因为 Adam 的学习率本来就小得多（04）。 |
# | 6 | 随机平移至多 2 个像素 | 0.89 | 05 章里有用，这里怎么不行？ |
#
# 你调参时也要这样记：改了什么，看到什么，由此怎么想。一次只改一处，不然分不清是哪一处起的作用。
#
# ### 实验 1：Adam 更好吗？
#
# 第 5 次比第 3 次高两个百分点左右，也就是 500 张里多认对十张上下，而且只用了一个种子。这是 Adam 的功劳，还是运气？
#
# 现在每行都用同样的三个种子。种子相同，初始权重和小批量就相同，两行共有的那部分运气，一*相减*就抵消了。所以 `ablate` 看的是三个差，给它们的平均值算一个 95% 区间；区间含 0，就说“看不出来”。
#
# **Adam 与 `lr` 0.3 的 SGD 相比，它会怎么说？** (a) Adam 更好 (b) 看不出来 (c) SGD 更好

# %% role="answer" id="prediction_seeds"
prediction_seeds = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_seeds = "b"
### END SOLUTION

# %% role="experiment"
PLAIN = {"prediction": 0.9, "epochs": 3} | ADAM
with experiment("softmax_cross_entropy", "adam_step", "he_normal"):
    decided = ablate("short_run", PLAIN, {
        tr("SGD, lr 0.1 (run 2)", "SGD，lr 0.1（第 2 次）"): {"optimizer": "sgd", "lr": 0.1},
        tr("SGD, lr 0.3 (run 3)", "SGD，lr 0.3（第 3 次）"): {"optimizer": "sgd", "lr": 0.3},
        tr("shift 2 (run 6)", "平移 2（第 6 次）"): {"shift": 2},
    })

# %% role="experiment" hidden=true
with experiment("decided"):
    slow, sgd, shifted = decided.values()
    reveal("seeds", prediction_seeds, "b", tr(
        f"With three seeds SGD at lr 0.3 is {100 * sgd.mean:+.1f} points from Adam, interval {100 * sgd.low:+.1f} to {100 * sgd.high:+.1f}.",
        f"三个种子时，lr 0.3 的 SGD 与 Adam 相差 {100 * sgd.mean:+.1f} 个百分点，区间从 {100 * sgd.low:+.1f} 到 {100 * sgd.high:+.1f}。",
    ))

# %% [markdown] lang="en"
# **What it showed.** Three seeds confirm that Adam beats SGD at `lr` 0.1. At 0.3 we cannot tell: an optimizer wins easily against one whose `lr` was not tuned (04). Shifts lose nearly three points on average, but the seeds differ so much that even the sign is open.
#
# Why are the intervals so wide? Two kinds of noise go into them. Other seeds would give other differences, and so would another 500 images; `ablate` takes the wider of the two. Besides, three numbers may lie close together by chance, so their spread is a poor estimate. Student's t distribution allows for that: with three seeds the interval reaches 2.5 standard deviations to either side. More seeds help. The next experiment has eight.
#
# ### Experiment 2: claims you will meet, all at once
#
# **"Dropout and L2 are standard equipment, data augmentation is a free lunch, batch normalization almost always helps"**, and together they support each other. (CS324 notes, and many tutorials.) Chapters 05 and 06 tested them one by one; here they meet. To run 5 we add dropout, L2, shifts, batch norm, and standardized inputs, which the same texts advise: first one at a time, then all five.
#
# **All five, compared with run 5?** (a) better by 3 points or more (b) within 3 points (c) worse by 3 points or more
# %% [markdown] lang="zh"
# **结论。** 三个种子证实，Adam 胜过 `lr` 0.1 的 SGD；与 0.3 的 SGD 相比，就看不出差别了：对手的 `lr` 没调好，赢它当然容易（04）。平移让准确率平均低了近三个百分点，可种子之间相差太大，连正负都定不下来。
#
# 区间为什么这样宽？噪声有两种：换一批种子，差会变；换 500 张图像，差也会变。`ablate` 各算一个区间，取较宽的。而且三个数碰巧靠得很近并不稀奇，算出的标准差信不过；t 分布（Student's t）考虑到了这一点：三个种子，区间向两边各伸出 2.5 倍标准差。多跑几个种子就会窄下来，下一个实验用八个。
#
# ### 实验 2：笔记勘误，五个办法一起用
#
# 第一份笔记第七节“总结”说，丢弃法和 L2 正则化“是标配”，数据增强“是提升性能的免费午餐”，批量归一化层“几乎总能带来提升”，又说“这些技术不是孤立的，而是相辅相成的”。05、06 两章分别检验过这些说法，这里把它们放到一起。在第 5 次的基础上，加丢弃法、L2、平移、批量归一化，还有笔记同样推荐的输入标准化：先一次加一个，再五个一起加。
#
# **五个一起用，与第 5 次相比？** (a) 高 3 个百分点以上 (b) 相差不到 3 个百分点 (c) 低 3 个百分点以上

# %% role="answer" id="prediction_recipe"
prediction_recipe = None  # "a" / "b" / "c"
### BEGIN SOLUTION
prediction_recipe = "c"
### END SOLUTION

# %% role="experiment"
RECIPE = {"dropout": 0.5, "l2": 0.001, "shift": 2, "batch_norm": True, "inputs": "standardize"}
with experiment("softmax_cross_entropy", "adam_step", "dropout_forward", "he_normal"):
    changes = {f"{key} {value}": {key: value} for key, value in RECIPE.items()}
    changes[tr("all five", "五个一起")] = RECIPE
    changes[tr("all but shift", "去掉平移，留四个")] = RECIPE | {"shift": 0}
    changes[tr("all but standardize", "去掉标准化，留四个")] = RECIPE | {"inputs": "raw"}
    changes[tr("AdamW, cosine", "AdamW，余弦")] = {"optimizer": "adamw", "weight_decay": 0.01, "schedule": "cosine"}
    num_seeds = len(fewer_in_browser(range(8), 3))
    recipe = ablate("short_run", PLAIN, changes, seeds=num_seeds)

# %% role="experiment" hidden=true
with experiment("recipe"):
    *alone, together, without_shift, without_scaling, adamw = recipe.values()
    sure = tr(", ", "、").join(name for name, one in zip(RECIPE, alone) if not one.low <= 0 <= one.high) or tr("none", "没有")
    show(draw_ablation({"short_run": recipe}, headline=tr(
        f"One at a time, none visibly helps. All five: {100 * together.mean:+.0f} points",
        f"单独用，没有一个看得出好处。五个一起：{100 * together.mean:+.0f} 个百分点"), below=tr(
        f"Adam, lr 0.003, three epochs; {num_seeds} seeds, 500 validation images.", f"Adam，lr 0.003，三轮；{num_seeds} 个种子，500 张验证图像。")),
        alt=tr(
            f"Nine rows with intervals. The five single ideas lie between {100 * min(one.mean for one in alone):+.1f} and "
            f"{100 * max(one.mean for one in alone):+.1f} points; intervals that do not hold zero: {sure}. All five together: {100 * together.mean:+.1f}; without shift {100 * without_shift.mean:+.1f}, without standardizing {100 * without_scaling.mean:+.1f}.",
            f"九行，各有区间。单独使用的五个在 {100 * min(one.mean for one in alone):+.1f} 到 {100 * max(one.mean for one in alone):+.1f} "
            f"个百分点之间；区间不含零的：{sure}。五个一起：{100 * together.mean:+.1f}；去掉平移：{100 * without_shift.mean:+.1f}；去掉标准化：{100 * without_scaling.mean:+.1f}。"))
    statistics = standardize_fit(data.X_train)
    moved = random_shift(as_images(data.X_train), max_shift=2, rng=generator("shift")).reshape(data.X_train.shape)
    as_it_is, after = (np.abs(rescale(images, *statistics)).max() for images in (data.X_train, moved))
    train_plain, train_recipe = (
        np.mean([run.train_accuracy for run in rehearse("short_run", PLAIN | change, seeds=num_seeds)]) for change in ({}, RECIPE))
    print(tr(f"training accuracy: {train_plain:.2f} plain, {train_recipe:.2f} with all five", f"训练准确率：什么都不加 {train_plain:.2f}，五个一起 {train_recipe:.2f}"))
    print(tr(f"largest standardized input: {as_it_is:.0f} deviations, {after:.0f} after shifts", f"标准化后最大的输入：{as_it_is:.0f} 个标准差，平移之后 {after:.0f} 个"))
    reveal("recipe", prediction_recipe, "c", tr(
        f"All five: {100 * together.mean:+.1f} points. The five single differences add up to {100 * sum(one.mean for one in alone):+.1f}.",
        f"五个一起：{100 * together.mean:+.1f} 个百分点。五个单独的差加起来只有 {100 * sum(one.mean for one in alone):+.1f}。"))

# %% [markdown] lang="en"
# **Verdict: alone, none of the five helps measurably, and shifts cost about two points. Together they cost about 11.** Which of them did it? Without shifts ten of the 11 points come back; without standardizing, half of them. Yet neither costs nearly that much alone. Effects do not add up: what an idea does depends on its company. The printed lines suggest two reasons.
#
# *There is no time.* Regularization slows learning down: after three epochs the network with all five does not even fit its training images.
#
# *Two ideas clash.* Border pixels are almost always 0, so their standard deviation is tiny. A shift by two pixels puts ink there, thousands of deviations from the mean.
#
# And **"AdamW with cosine annealing has become the robust and efficient default"** for vision (CS231n notes)? See the last row: we cannot tell. Three epochs do not decide it.
#
# **Could you have told beforehand?** Not the 11 points, but that there was little to gain. Each of the five addresses a difficulty: dropout, L2 and shifts stop a network from memorizing, standardizing helps with inputs on different scales, batch norm with signals that get lost on their way (06). `short_run` has even scales and one hidden layer, and in three epochs a network memorizes little. What it lacks is time, and none of the five gives time. Which difficulties do your missions have?
# %% [markdown] lang="zh"
# **结论：五个办法单独用，没有一个看得出好处，平移反而低了约两个百分点；五个一起用，低了约 11 个百分点。** 毛病出在哪一个？去掉平移，11 个百分点里能找回十个；去掉标准化，能找回一半。可是单独用，两者都远没有这么糟。效果不能相加：一个办法是好是坏，要看它和谁在一起。从打印出来的数看，原因可能有两个。
#
# *时间不够。* 正则化拖慢学习：五个一起用，三轮下来，网络连训练图像都没有学好。
#
# *两个办法互相冲突。* 边缘像素几乎总是 0，标准差极小；图像一平移，笔画落到那里，就离均值几千个标准差。
#
# 第二份笔记“总结”一节还说，对大多数现代视觉任务，“AdamW 配合余弦退火学习率调度已成为强健且高效的默认选择”。见最后一行：看不出来。只训练三轮，下不了结论。
#
# **能不能事先看出来？** 会低 11 个百分点，看不出来；没有多少好处可捞，看得出来。五个办法各对付一种困难：丢弃法、L2 和平移防死记，标准化对付尺度不一的输入，批量归一化对付一路走样的信号（06 章）。而 `short_run` 的输入尺度一致，隐藏层只有一个，三轮也死记不了多少。它缺的是时间，这五个办法偏偏谁也给不了时间。那么，你的任务难在哪里？

# %% [markdown] lang="en"
# ### Four missions
#
# In sitting B you choose **two** of these. All use MNIST. The budget counts **example-gradients**: one training example, once through the network and back. An epoch costs as many as there are training examples, whatever the batch size.
#
# | mission | training examples | budget | what is hard about it |
# |---|---|---|---|
# | `few_labels` | 200, 20 of each digit | 24,000 (120 epochs) | any network memorizes them; what do they tell about the next image? |
# | `flipped_labels` | 1,500, of which 450 have a wrong label | 30,000 (20 epochs) | a network that learns everything learns the mistakes too |
# | `deep` | 1,500 | 24,000 (16 epochs) | 20 layers, and batch normalization is not allowed |
# | `bad_scales` | 1,000 | 20,000 (20 epochs) | every pixel was measured in another unit, the largest 10,000 times the smallest |
#
# Your id decides which images you get, which labels are wrong, which units were used. This is your **instance**, and you tune on it. The judge draws three others, the same for your whole class: equal configurations earn equal points. The 500 validation images always have right labels. *Below: which labels are wrong? Can you read the last row?*
# %% [markdown] lang="zh"
# ### 四项任务
#
# B 节里你从下面选**两项**，用的都是 MNIST。预算以**样本梯度**（example-gradient）计：一个训练样本，前向、反向各走一遍，算一次。一轮的代价就是训练样本的个数，与批量大小无关。
#
# | 任务 | 训练样本 | 预算 | 难在哪里 |
# |---|---|---|---|
# | `few_labels` | 200 个，每个数字 20 个 | 24 000（120 轮） | 哪个网络都记得住这 200 张，新图像呢？ |
# | `flipped_labels` | 1500 个，其中 450 个标签是错的 | 30 000（20 轮） | 网络什么都学，错的标签也一起学进去 |
# | `deep` | 1500 个 | 24 000（16 轮） | 20 层，而且不许用批量归一化 |
# | `bad_scales` | 1000 个 | 20 000（20 轮） | 每个像素的单位都不同，最大的是最小的一万倍 |
#
# 分到哪些图像、哪些标签有错、用什么单位，都由你的学号决定：这是你的**实例**（instance），供你调参。评分程序另抽三个实例，全班共用：配置相同，得分就相同。500 张验证图像的标签全部正确。*看下图：哪些标签是错的？最后一行你认得出吗？*

# %% role="experiment" hidden=true
fig, axes = panels(10, 4, figsize=(7.0, 3.9))
wrong = 0
right_labels = {image.tobytes(): label for image, label in zip(*load_mnist(dtype=np.float32)[:2])}
which = [("few_labels", 0), ("flipped_labels", 0), ("flipped_labels", 10), ("bad_scales", 0)]
for row, (mission, first) in zip(axes, which, strict=True):
    mine = my_instance(mission)
    row[0].set_ylabel(mission.replace("_", "\n"), rotation=0, ha="right", va="center", fontsize=9)
    for ax, image, label in zip(row, as_images(mine.X_train[first:200:20]), mine.y_train[first:200:20]):
        ax.imshow(image, cmap="gray_r")
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"{label}", fontsize=10, pad=2)
        ax.grid(False)
        if mission == "flipped_labels":
            wrong += right_labels[image.tobytes()] != label
show(fig, alt=tr(
    "Four rows of ten images, each with its label above. First row: clear digits 0 to 9 with right labels. "
    f"Second and third row: clear digits, {wrong} of the twenty under a wrong label. Fourth row: grey squares "
    "with some dark pixels; no digit can be seen.",
    "四行图像，每行十张，标签写在上方。第一行：清楚的数字 0 到 9，标签都对。第二、三行：数字清楚，"
    f"二十张中有 {wrong} 张标签是错的。第四行：灰色方块上有一些深色像素，看不出数字。"))
tell(tr(f"Wrong labels in rows two and three: {wrong} of 20. In sitting B, networks will read about nine in ten images like those of row four.",
        f"第二、三行错了 {wrong} 个标签（共 20 个）。像第四行那样的图像，B 节里的网络十张能认出九张左右。"))

# %% [markdown] lang="en"
# ### Clinic: four patients
#
# What does each difficulty look like when training fails? Here is the default configuration (SGD, `lr` 0.1) on your four missions, as many epochs as the budget allows. *Which mission is A, B, C, D? Write down four names, then open.*
# %% [markdown] lang="zh"
# ### 诊室：四位病人
#
# 训练失败时，四种困难各是什么样子？下面用默认配置（SGD，`lr` 0.1）把你的四项任务各训练一遍，轮数用足预算。*A、B、C、D 各是哪项任务？先写下四个名字，再点开。*

# %% role="experiment" hidden=true
PATIENTS = {"A": ("deep", 16), "B": ("bad_scales", 20), "C": ("few_labels", 120), "D": ("flipped_labels", 20)}
with experiment("softmax_cross_entropy", "he_normal"):
    fig, axes = draw.figure(columns=2, rows=2, height=5.2, sharey=True)
    ends = []
    for ax, (name, (mission, epochs)) in zip(axes.flat, PATIENTS.items()):
        deep = {"hidden": [64] * 19} if mission == "deep" else {}
        [run] = rehearse(mission, {"prediction": 0.8, "epochs": epochs} | deep, seeds=1, trace=True)
        history = run.trained.history
        spent = np.linspace(0, 100, epochs + 1)
        (train_line,) = ax.plot(spent, history["train_accuracy"], color=draw.colour("train"))
        (val_line,) = ax.plot(spent, history["accuracy"], color=draw.colour("validation"), linestyle="--")
        if name == "D":
            draw.end_labels(ax, {train_line: tr("training", "训练"), val_line: tr("validation", "验证")})
        first = tr(", ", "、").join(f"{one:.1f}" if one < 100 else f"{one:,.0f}" for one in history["loss"][:4])
        last = history["loss"][-20:].mean()
        draw.title(ax, name, below=tr(f"loss {first}, ..., {last:.2f}", f"损失 {first}、……、{last:.2f}"))
        ax.set(xlim=(0, 100), ylim=(0, 1.02), xlabel=tr("% of the budget", "已用预算（%）"))
        ends.append(f"{name} {history['train_accuracy'][-1]:.2f} / {history['accuracy'][-1]:.2f}")
    draw.headline(fig, tr("Four ways to fail", "四种失败"), tr("Accuracy: blue, training labels; red and dashed, 500 validation images. Above: loss of the first 4 and last 20 steps.", "训练标签上（蓝）和 500 张验证图像上（红，虚线）的准确率；图上方是前四步和最后 20 步的损失。"))
    listed = tr("; ", "；").join(ends)
    show(fig, alt=tr(
        f"Four panels, accuracy against the share of the budget. A: both curves rise late, together, with jumps. B: both stay at 0.1; the loss leaps to thousands, then 2.30. "
        f"C: training reaches 1, validation stays near 0.8. D: validation first lies above training, then falls below its peak while training goes on rising. "
        f"At the end, training / validation: {listed}.",
        f"四幅图，准确率随已用预算变化。A：两条线一起、很晚才上升，时有跳动。B：两条线都停在 0.1；损失跳到几千以上，然后是 2.30。"
        f"C：训练升到 1，验证停在 0.8 左右。D：验证起初高于训练，后来从最高处回落，训练仍在上升。最后的训练 / 验证：{listed}。"))

# %% [markdown] lang="en"
# <details><summary>A</summary>
#
# `deep`. Training and validation stay together, so nothing is memorized. The optimizer jumps: what one epoch gains, the next may lose.
# </details>
# <details><summary>B</summary>
#
# `bad_scales`. A pixel a hundred times as large makes the curvature along its weights ten thousand times as large (01). The first step overshoots, and after the leap no ReLU is positive. Only the last bias still learns: 2.30 is the loss of guessing.
# </details>
# <details><summary>C</summary>
#
# `few_labels`. Training accuracy 1: the 200 images are memorized, and nothing is left to learn from them.
# </details>
# <details><summary>D</summary>
#
# `flipped_labels`. Validation lies *above* training because its labels are right and 30 % of the training labels are not. When training accuracy passes 0.7, all that right labels can give, the network memorizes mistakes, and validation falls (05).
# </details>
# %% [markdown] lang="zh"
# <details><summary>A</summary>
#
# `deep`。训练与验证始终在一起，所以不是死记。优化器走得忽进忽退：这一轮学到的，下一轮可能又丢掉。
# </details>
# <details><summary>B</summary>
#
# `bad_scales`。某个像素大一百倍，沿它的权重方向曲率就大一万倍（01 章）。第一步就冲过了头，此后没有一个 ReLU 为正，只有最后一层的偏置还在学，所以停在瞎猜的损失 2.30。
# </details>
# <details><summary>C</summary>
#
# `few_labels`。训练准确率为 1：200 张图像已经死记下来，没有东西可学了。
# </details>
# <details><summary>D</summary>
#
# `flipped_labels`。验证*高于*训练，因为验证标签全对，训练标签有 30% 是错的。后来训练准确率越过 0.7，而正确的标签只占 0.7：再往上，只能是死记了错误的标签，验证随之下降（05 章）。
# </details>

# %% role="tests" id="test_predictions_a" of="prediction_seeds prediction_recipe" points=2
made = [guess for guess in (prediction_seeds, prediction_recipe) if guess in ("a", "b", "c")]
1 * len(made)  #| one point for each prediction | 每次预测一分

# %% [markdown] lang="en"
# **Stop here.** Think about the missions for a day: for which two can you say *beforehand* what will help?
# %% [markdown] lang="zh"
# **到此休息。** 四项任务先想一天：哪两项，你在动手*之前*就说得出什么办法会有用？

# %% [markdown] lang="en" sitting="B"
# ---
# ## Sitting B: two missions
#
# | | |
# |---|---|
# | **You will be able to** | tune under a budget without fooling yourself; predict what somebody else will measure; say which parts carry a result, and which you cannot tell |
# | **You need** | sitting A, run once more; fair tuning (04) |
# | **Time** | {{minutes:B}} minutes, and as much for your runs as you like, ●●● |
# | **Points** | {{points:B}}: accuracy of two missions ({{points:test_mission_1}} + {{points:test_mission_2}}), two predictions ({{points:test_predictions_b}}), ablation ({{points:ablation}}) and report ({{points:report}}), both read by a person |
# %% [markdown] lang="zh" sitting="B"
# ---
# ## B 节：两项任务
#
# | | |
# |---|---|
# | **学完你能够** | 在预算之内调参而不自欺；预计别人会测得多少；说清成绩靠哪些部分，又有哪些看不出来 |
# | **你需要** | 重新运行一遍 A 节；公平的调参（04） |
# | **时间** | {{minutes:B}} 分钟，另加你愿意花在试验上的时间，●●● |
# | **分数** | {{points:B}} 分：两项任务的准确率（{{points:test_mission_1}} + {{points:test_mission_2}}），两次预测（{{points:test_predictions_b}}），消融（{{points:ablation}}）与报告（{{points:report}}），后两项由人批阅 |

# %% [markdown] lang="en"
# ### How much of a winner's lead is luck?
#
# Twenty seeds of one configuration, that of run 5: only chance distinguishes them. We pick the best on the 500 validation images and test all twenty on 500 others. *How much of its lead is left?* And with twenty seeds, *is Adam better than SGD with `lr` 0.3?*
# %% [markdown] lang="zh"
# ### 胜者的领先，有多少是运气？
#
# 同一份配置（第 5 次），二十个种子，差别纯属偶然。我们挑出在 500 张验证图像上最好的那个，再让二十个网络都去认另外 500 张图像。*它的领先还剩多少？* 有了二十个种子，再问一遍：*Adam 比 `lr` 0.3 的 SGD 好吗？*

# %% role="experiment"
with experiment("softmax_cross_entropy", "adam_step", "he_normal"):
    others = load_mnist(dtype=np.float32)
    runs = rehearse("short_run", PLAIN, seeds=20)
    val = accuracies(runs)
    test = np.array([accuracy(run.trained.scores(others.X_test), others.y_test) for run in runs])
    best = val.argmax()
    print(tr(
        f"mean of twenty: {val.mean():.3f} on validation, {test.mean():.3f} on other images",
        f"二十个的平均：验证图像 {val.mean():.3f}，另一批图像 {test.mean():.3f}",
    ))
    print(tr(
        f"the winner:     {val[best]:.3f} on validation, {test[best]:.3f} on other images",
        f"胜者：          验证图像 {val[best]:.3f}，另一批图像 {test[best]:.3f}",
    ))
    ablate("short_run", PLAIN, {tr("SGD, lr 0.3", "SGD，lr 0.3"): {"optimizer": "sgd", "lr": 0.3}}, seeds=20)

# %% [markdown] lang="en"
# On other images the winner's lead shrinks to little more than half. The rest was luck: the best of twenty draws from one normal distribution lies 1.9 standard deviations above its mean on average. So choose on validation, and take the number you *report* from elsewhere: here from the judge. Your `prediction` shows how well you know the difference.
#
# And Adam *is* better, by about one point. Three seeds could not tell; twenty can: the interval now reaches only half a standard deviation to either side, not 2.5. "Cannot tell" is a statement about the number of runs, not about the methods.
# %% [markdown] lang="zh"
# 换一批图像，胜者的领先只剩一半多一点。其余是运气：从同一个正态分布里抽二十个数，最大的平均要比均值高出 1.9 个标准差。所以在验证集上挑选，*报告*的数要取自别处。这里的“别处”是评分程序；你的 `prediction` 估计的，就是到了那里还剩多少。
#
# 至于 Adam，它*确实*更好，好一个百分点左右。三个种子看不出来，二十个就看出来了：区间现在向两边只伸出半倍标准差，而不是 2.5 倍。所以“看不出来”只说明跑得不够多，不说明两种方法一样好。

# %% [markdown] lang="en"
# ### Your two missions ({{points:test_mission_1}} + {{points:test_mission_2}} points, 25 minutes)
#
# Choose the two for which you could say beforehand what will help, and give each a configuration, such as `{"prediction": 0.8, "optimizer": "adam", "lr": 0.001}`.
#
# <details><summary>All 22 keys</summary>
#
# | key | default | may be |
# |---|---|---|
# | `prediction` | | the accuracy you expect from the judge, 0 .. 1 |
# | `hidden` | `[64]` | units of each hidden layer: 1 to 3 layers of 8 .. 128 (`deep`: exactly 19 of at most 64) |
# | `init`, `init_scale` | `"he_normal"`, 0.01 | `"zeros"`, `"normal"` (of that scale), `"xavier_uniform"`, `"he_normal"` |
# | `inputs` | `"raw"` | `"raw"`, `"standardize"`, `"min_max"` |
# | `batch_norm` | `False` | `True`, `False` |
# | `optimizer` | `"sgd"` | `"sgd"`, `"momentum"`, `"nesterov"`, `"adagrad"`, `"rmsprop"`, `"adam"`, `"adamw"` |
# | `lr`, `momentum` | 0.1, 0.9 | the second for `"momentum"` and `"nesterov"` only |
# | `schedule`, `warmup` | `"constant"`, 0.1 | `"constant"`, `"step_decay"`, `"cosine"`, `"warmup_cosine"`; the share of steps that warm up |
# | `l2`, `weight_decay` | 0, 0 | L2 penalty; decoupled decay, for `"adamw"` |
# | `clip_norm` | `None` | the largest global norm of the gradient |
# | `dropout` | 0 | probability to drop a hidden unit |
# | `shift`, `flip`, `noise` | 0, 0, 0 | augmentation: pixels, probability, standard deviation (not for `bad_scales`) |
# | `batch_size`, `epochs` | 32, 10 | 16 .. 512; as the budget allows |
# | `patience`, `aside` | 0, 0.1 | early stopping (0: none), and the share of your training rows it watches |
# </details>
#
# Then do as we did on `short_run`, with a log of your own:
#
# 1. **Diagnose.** `rehearse(...)` the default configuration. Does it fail like its patient in the clinic?
# 2. **Treat.** Change one thing that addresses this difficulty.
# 3. **Search `lr` again**, in values a factor of three apart: with another remedy another `lr` may be best. `seeds=1` will do while you look around.
# 4. **Decide** between the last two or three with three seeds. The check below trains as the judge does, on your own instance.
# 5. **Predict**, last of all: what will *the judge* measure? It draws three other instances, and from one to the next an accuracy moves by about one point.
#
# When is it good enough? The card says which accuracy earns what. Sensible first tries by a reader of chapters 01 to 06 earn 65 to 80 % on average in each mission; most tuned configurations earn all. Getting from 60 to 100 % takes only 1.5 to 2.5 points of accuracy. Stop when you are a point or two above what earns all.
#
# <details><summary>Hint 1</summary>Which chapter treats the difficulty of that patient? Which of its experiments is most like your mission?</details>
# <details><summary>Hint 2</summary>If training accuracy is low, look for what hinders the optimizer. If it is far above validation accuracy, look for what prevents memorizing.</details>
# <details><summary>Hint 3</summary>When one remedy works, search <code>lr</code> again with it; then a schedule that ends at 0. On <code>short_run</code>, SGD gained about two points from a tripled <code>lr</code>.</details>
# <details><summary>Recall (04): what is a warmup for?</summary>
#
# It makes learning rates usable that would wreck the network in the first steps. There, Adam needed it at a large `lr` and not at a small one.
# </details>
# %% [markdown] lang="zh"
# ### 你的两项任务（{{points:test_mission_1}} + {{points:test_mission_2}} 分，25 分钟）
#
# 选两项你事先就说得出该用什么办法的，各写一份配置，例如 `{"prediction": 0.8, "optimizer": "adam", "lr": 0.001}`。
#
# <details><summary>全部 22 个键</summary>
#
# | 键 | 默认值 | 可以是 |
# |---|---|---|
# | `prediction` | | 你预计评分程序测得的准确率，0 .. 1 |
# | `hidden` | `[64]` | 各隐藏层的单元数：1 到 3 层，每层 8 .. 128（`deep`：恰好 19 层，每层至多 64） |
# | `init`、`init_scale` | `"he_normal"`、0.01 | `"zeros"`、`"normal"`（以 init_scale 为标准差）、`"xavier_uniform"`、`"he_normal"` |
# | `inputs` | `"raw"` | `"raw"`（不处理）、`"standardize"`（标准化）、`"min_max"`（最小最大值归一化） |
# | `batch_norm` | `False` | `True`、`False` |
# | `optimizer` | `"sgd"` | `"sgd"`、`"momentum"`、`"nesterov"`、`"adagrad"`、`"rmsprop"`、`"adam"`、`"adamw"` |
# | `lr`、`momentum` | 0.1、0.9 | 后者只用于 `"momentum"` 和 `"nesterov"` |
# | `schedule`、`warmup` | `"constant"`、0.1 | `"constant"`、`"step_decay"`、`"cosine"`、`"warmup_cosine"`；预热步数的占比 |
# | `l2`、`weight_decay` | 0、0 | L2 惩罚项；解耦的权重衰减，用于 `"adamw"` |
# | `clip_norm` | `None` | 梯度全局范数的上限 |
# | `dropout` | 0 | 丢弃一个隐藏单元的概率 |
# | `shift`、`flip`、`noise` | 0、0、0 | 数据增强：像素数、概率、标准差（`bad_scales` 不能用） |
# | `batch_size`、`epochs` | 32、10 | 16 .. 512；轮数以预算为限 |
# | `patience`、`aside` | 0、0.1 | 早停的容忍轮数（0 表示不用），以及它留出监视的训练样本占比 |
# </details>
#
# 然后像我们在 `short_run` 上那样一步步来，自己做一份记录：
#
# 1. **诊断。** 用 `rehearse(...)` 训练默认配置。它失败的样子，和诊室里对应的那位病人一样吗？
# 2. **下药。** 只改一处，针对这种困难。
# 3. **重新找 `lr`**，取值相隔三倍：换了办法，最合适的 `lr` 可能也会变。四处看看的时候，用 `seeds=1` 就够了。
# 4. **选定。** 最后两三个候选，各用三个种子。下面的检查照评分程序的做法训练，用的是你自己的实例。
# 5. **预测**，放在最后：*评分程序*会测得多少？它抽的是另外三个实例，换一个实例，准确率会变动一个百分点左右。
#
# 到什么程度算够好？准确率怎样折算成分数，写在卡片上。学过 01 至 06 章，第一次合理的尝试，四项任务平均各得 65% 到 80% 的分；调好的配置大多得满分。从 60% 到 100%，准确率只差 1.5 到 2.5 个百分点。所以，比满分线高出一两个百分点，就可以收手了。
#
# <details><summary>提示 1</summary>那位病人的困难，是哪一章讲的？那一章的哪个实验最像你的任务？</details>
# <details><summary>提示 2</summary>训练准确率低，先解决优化；训练远高于验证，先防死记。</details>
# <details><summary>提示 3</summary>一种办法见效之后，要带着它重新找 <code>lr</code>，然后试试降到 0 的调度。在 <code>short_run</code> 上，SGD 的 <code>lr</code> 加到三倍，准确率平均高了两个百分点。</details>
# <details><summary>回忆（04）：预热是做什么用的？</summary>
#
# 有些学习率，开头几步受不了，有了预热就用得上。在 04 章里，Adam 学习率大时需要预热，小时不需要。
# </details>

# %% role="answer" id="my_missions"
my_missions = {}
### BEGIN SOLUTION
my_missions = {
    "few_labels": {
        "prediction": 0.88, "hidden": [128, 128], "optimizer": "adam", "lr": 0.0025, "schedule": "warmup_cosine",
        "shift": 2, "dropout": 0.2, "epochs": 120,
    },
    "bad_scales": {
        "prediction": 0.90, "hidden": [128], "inputs": "min_max", "optimizer": "adam", "lr": 0.01,
        "schedule": "cosine", "dropout": 0.5, "epochs": 20,
    },
}
### END SOLUTION

# %% role="tests" id="test_mission_1" of="my_missions" points=20 training=true
check("mission_1", my_missions)

# %% role="tests" id="test_mission_2" of="my_missions" points=20 training=true
check("mission_2", my_missions)

# %% [markdown] lang="en"
# The next cell counts your two predictions. How close you came is on the judge's card, without points.
# %% [markdown] lang="zh"
# 下一个单元格统计你的两次预测。准不准，写在评分程序的卡片上，不计分。

# %% role="tests" id="test_predictions_b" of="my_missions" points=3
1.5 * num_predictions(my_missions)  #| one and a half for each mission | 每项任务一分半

# %% [markdown] lang="en"
# ### Taking it apart
#
# Your configurations work. Which part of them does the work? In sitting A we put five ideas *in*, one at a time. An **ablation** takes one part *out*, trains again with the same seeds, and looks at the difference. A part that makes none is not the reason for your result, however clever it is.
#
# Write at least three changes for each mission; three dots (`...`) as a value leave a key out. *Which of them will turn out "cannot tell"?*
# %% [markdown] lang="zh"
# ### 哪一部分在起作用？
#
# 在 A 节，我们把五个办法一个一个*加进去*；**消融**（ablation）则*拿掉*一个部分，用同样的种子再训练，看差多少。拿掉了也没有差别的部分，再巧妙也不是你成绩的来源。
#
# 每项任务写下至少三处改动；值写成三个点（`...`）表示去掉那个键。*你估计哪几处会是“看不出来”？*

# %% role="answer" id="my_changes"
my_changes = {}  #| {mission: {label: {key: another value, key: ...}}} | {任务: {名称: {键: 另一个值, 键: ...}}}
### BEGIN SOLUTION
my_changes = {
    "few_labels": {
        tr("no shift", "不平移"): {"shift": 0}, tr("one layer", "只有一层"): {"hidden": [128]}, tr("no warmup", "不预热"): {"schedule": "cosine"},
    },
    "bad_scales": {
        tr("raw inputs", "原始输入"): {"inputs": "raw"}, tr("no dropout", "不用丢弃法"): {"dropout": 0.0}, "SGD": {"optimizer": "sgd", "lr": 0.1},
    },
}
### END SOLUTION

# %% role="practice" id="try_my_changes"
with experiment("softmax_cross_entropy", "momentum_step", "adam_step", "dropout_forward", "he_normal"):
    differences = {}
    for mission, changes in my_changes.items():
        print(mission)
        differences[mission] = ablate(mission, my_missions[mission], changes)

# %% role="experiment" hidden=true
with experiment("differences"):
    rows = [
        f"{mission}, {label}: {100 * one.mean:+.1f} ({100 * one.low:+.1f} .. {100 * one.high:+.1f})"
        for mission, found in differences.items() for label, one in found.items()]
    if rows:
        listed = tr("; ", "；").join(rows)
        show(draw_ablation(differences, below=tr("Three seeds, 500 validation images, 95 % intervals.", "三个种子，500 张验证图像，95% 区间。")), alt=tr(
            f"Change in accuracy in points of 100, with intervals. {listed}.",
            f"准确率的变化（百分点）与区间。{listed}。"))

# %% [markdown] role="essay" id="ablation" points=20 lang="en"
# ### Ablation ({{points:ablation}} points, 15 minutes)
#
# Copy both tables into this cell. Below each, write five to eight sentences. What was each change meant to show? Which differences are findings, and which may be noise? What would you run to decide? End with one sentence per mission: *the result stands on ...*
#
# On the row of the shifts in sitting A we would write: "Shifts helped in 05, within 40 epochs. Do they help within three? No: they cost about two points, and the interval excludes 0. I blame the short time. If that is right, shifts should help in the same row with 40 epochs."
#
# <details><summary>How it is graded: four criteria, levels 0 to 3, worth 0, 2, 4 and 5 points</summary>
#
# | criterion | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | table | none | rows without seeds or spread | complete for one mission | complete for both, conditions stated |
# | design | no reason for the rows | rows changed together, or keys without effect | one thing at a time | and the rows answer a question that was open |
# | reading | means only | intervals shown, not used | noise and effect told apart | and it is said what would decide the open ones |
# | conclusion | none | a list | says what the result stands on | and why, by a mechanism from chapters 01 to 06 |
# </details>
# %% [markdown] role="essay" id="ablation" points=20 lang="zh"
# ### 消融（{{points:ablation}} 分，15 分钟）
#
# 把两张表抄进这个单元格，每张表下面写五到八句话。每处改动想说明什么？哪些差别算得上发现，哪些看不出来？看不出来的，还要再做什么试验才能定？最后每项任务各写一句：*成绩靠的是……*
#
# 以 A 节里平移那一行为例，我们会这样写：“在 05 章，平移训练 40 轮，有好处。只训练三轮还有吗？没有：低了约两个百分点，区间不含 0。我猜是时间太短。果真如此，同样这一行改成 40 轮，结果就该反过来。”
#
# <details><summary>怎样评分：四条标准，每条分 0 到 3 级，依次计 0、2、4、5 分</summary>
#
# | 标准 | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | 表格 | 没有 | 没有写种子数或波动 | 一项任务完整 | 两项都完整，并写明条件 |
# | 设计 | 没说为什么做这几行 | 几处一起改，或改的键不起作用 | 一次只改一处 | 而且这几行回答了一个事先没有答案的问题 |
# | 解读 | 只看平均 | 给了区间，没有用 | 分得清噪声与效果 | 并说明怎样才能把没有定论的定下来 |
# | 结论 | 没有 | 只是罗列 | 说清成绩靠什么 | 并用 01 至 06 章的机制说明为什么 |
# </details>

# %% [markdown] role="model" id="ablation" lang="en"
# **A model answer, shortened to one mission.** `bad_scales`: 3 seeds, the same in every row; 500 validation images; budget 20,000 example-gradients.
#
# | change | accuracy | difference | 95 % interval |
# |---|---|---|---|
# | the configuration as it is | 0.903 | | |
# | raw inputs | 0.091 | −0.812 | −0.847 .. −0.777 |
# | no dropout | 0.903 | 0.000 | −0.011 .. +0.011 |
# | SGD, `lr` 0.1 | 0.882 | −0.021 | −0.037 .. −0.006 |
#
# *Raw inputs* asks whether Adam's own scaling is enough. It is not: at this `lr` the network guesses. *No dropout* asks whether 1,000 images are memorized within 20 epochs. I cannot tell: the mean is 0, and a point to either side is possible. More seeds would narrow one kind of noise; below about one point only more validation images would decide. *SGD* asks whether the optimizer matters once the inputs are on one scale. It costs two points, or as little as 0.6. But I tuned Adam's `lr` and not SGD's: three seeds at `lr` 0.3 and 1 would decide that.
#
# *The result stands on the common scale of the inputs*, because one learning rate then fits all weights of the first layer (02, 06).
#
# **Grading.** Levels 0 to 3 of the four criteria are worth 0, 2, 4, 5 points. A table with other numbers than the notebook's is level 0 in *table*. A row that `ablate` calls "cannot tell" and the text calls a finding is level 1 in *reading*, whatever its sign.
# %% [markdown] role="model" id="ablation" lang="zh"
# **参考答案（只写一项任务）。** `bad_scales`：每行 3 个种子，各行相同；500 张验证图像；预算 20 000 次样本梯度。
#
# | 改动 | 准确率 | 差 | 95% 区间 |
# |---|---|---|---|
# | 原配置 | 0.903 | | |
# | 原始输入 | 0.091 | −0.812 | −0.847 .. −0.777 |
# | 不用丢弃法 | 0.903 | 0.000 | −0.011 .. +0.011 |
# | SGD，`lr` 0.1 | 0.882 | −0.021 | −0.037 .. −0.006 |
#
# *原始输入*：想看 Adam 自己的缩放够不够用。不够：用这个 `lr`，网络只是在瞎猜。*不用丢弃法*：想看 1000 张图像在 20 轮之内会不会被死记下来。看不出来：平均没有差别，高低一个百分点都有可能。多跑几个种子只能减小一种噪声，要定出一个百分点以内的差，得有更多验证图像。*SGD*：想看输入尺度统一之后，优化器还重不重要。差两个百分点，也可能只差 0.6。不过我调过 Adam 的 `lr`，没有调过 SGD 的：再用 `lr` 0.3 和 1 各跑三个种子就清楚了。
#
# *成绩靠的是输入的统一尺度*，因为这样一来，一个学习率就适合第一层的所有权重（02、06 章）。
#
# **评分。** 四条标准的 0 到 3 级依次计 0、2、4、5 分。表中的数与笔记本不符，“表格”一条记 0 级。`ablate` 说“看不出来”的一行，文中却当成发现，不论正负，“解读”一条记 1 级。

# %% [markdown] role="essay" id="report" points=20 lang="en"
# ### Report ({{points:report}} points, 20 minutes)
#
# One page for somebody who knows this course and has your two missions to do next:
#
# 1. **The difficulty.** What makes each mission hard, in terms of chapters 01 to 06? Which evidence did you see?
# 2. **The search.** What did you try, in which order, in how many runs? How did you choose? Include one thing that did not work.
# 3. **The expectation.** Which accuracy do you predict? How did you get there from validation, and how sure are you?
# 4. **The limits.** Where would your configuration fail: other data, more labels, a larger budget? What would you try next, and which result would make you give the idea up?
#
# <details><summary>How it is graded: each of the four has levels 0 to 3, worth 0, 2, 4 and 5 points</summary>
#
# | level | your answer |
# |---|---|
# | 0 | is missing |
# | 1 | says something, but does not support it |
# | 2 | supports it with a number or figure of your own |
# | 3 | also explains it by a mechanism, and states its limits |
# </details>
# %% [markdown] role="essay" id="report" points=20 lang="zh"
# ### 报告（{{points:report}} 分，20 分钟）
#
# 一页纸，写给学过这门课、接下来要做你这两项任务的人：
#
# 1. **难处。** 两项任务各难在哪里？用 01 至 06 章的话说，并给出你看到的证据。
# 2. **摸索。** 试了什么，按什么次序，训练了多少次，怎样选定？至少写一样没有奏效的。
# 3. **预期。** 你预计评分程序测得多少？怎样从验证准确率推到这个数，有多大把握？
# 4. **局限。** 你的配置在哪里会失灵：换了数据、标签更多、预算更大？接下来想试什么，出现什么结果你就会放弃这个想法？
#
# <details><summary>怎样评分：四项各分 0 到 3 级，依次计 0、2、4、5 分</summary>
#
# | 级 | 你的回答 |
# |---|---|
# | 0 | 没有写 |
# | 1 | 写了，没有依据 |
# | 2 | 有自己的数字或图作依据 |
# | 3 | 并且用机制解释，写明局限 |
# </details>

# %% [markdown] role="model" id="report" lang="en"
# **What a good report contains**, for `few_labels` and `bad_scales`.
#
# 1. *Difficulty.* On `few_labels` the default run memorizes the 200 images: its training accuracy is 1.00, its validation accuracy 0.81. On `bad_scales` the raw inputs span four decades. The loss leaps to 110,000 in the third step, and from then on the network guesses (2.30).
# 2. *Search.* I made about 40 runs. With one seed I first searched `lr` in factors of three, then tried shifts of 0, 1, 2 and 3 pixels, then the width. The last three candidates got three seeds each. Noise on the pixels did not work.
# 3. *Expectation.* Validation says 0.887. That is the best of several, so I take nearly a point off and predict 0.88. The judge draws other instances, so I am only two-thirds sure that it lies within ±0.01.
# 4. *Limits.* A shift by two pixels would still be right for letters, but perhaps not for small traffic signs. With 2,000 labels shifts will gain less. Next I would try rotations by a few degrees, and give them up if the interval over ten seeds contains zero.
#
# **Grading.** Four parts, levels 0 to 3 worth 0, 2, 4, 5. Level 3 in *expectation* needs a stated uncertainty. The accuracy itself is not graded here: an honest report of a weak run can have all points.
# %% [markdown] role="model" id="report" lang="zh"
# **好的报告里有什么**，以 `few_labels` 和 `bad_scales` 为例。
#
# 1. *难处。* `few_labels`：默认配置把 200 张图像死记了下来，训练准确率 1.00，验证只有 0.81。`bad_scales`：原始输入跨四个数量级，第三步损失就跳到 110 000，此后一直停在瞎猜的水平（2.30）。
# 2. *摸索。* 我训练了约 40 次。先用一个种子，按三倍间隔找 `lr`，再试平移 0、1、2、3 个像素，再试宽度；最后三个候选各用三个种子。给像素加噪声没有奏效。
# 3. *预期。* 验证准确率是 0.887。它是几个里最好的，所以我减去将近一个百分点，预计 0.88。评分程序用的是另外的实例，所以我只有三分之二的把握落在 ±0.01 之内。
# 4. *局限。* 换成字母，平移两个像素仍然合理；换成小幅交通标志就未必。有 2000 个标签时，平移的好处会缩小。接下来想试旋转几度，若十个种子的区间含零就放弃。
#
# **评分。** 四部分，0 到 3 级依次计 0、2、4、5 分。“预期”要得 3 级，必须写明把握有多大。准确率本身不在这里计分：如实报告一次不理想的训练，也可以得满分。

# %% [markdown] lang="en"
# ### Leaderboard, if you like
#
# Your instructor may publish the judge's results. You are on the list only if you write a name: a nickname, or `""` for a pseudonym that only the class's secret leads back to you. It earns no points.
# %% [markdown] lang="zh"
# ### 排行榜，自愿参加
#
# 老师可能会公布评分程序的结果。写了名字才会上榜：写一个昵称，或者写 `""`，用化名上榜，只有凭班级密钥才查得出是谁。上榜不加分。

# %% role="answer" id="leaderboard_name"
leaderboard_name = None  #| None: not on the board; "": under a pseudonym; "...": under this name | None：不上榜；""：用化名；"..."：用这个名字
### BEGIN SOLUTION
leaderboard_name = ""
### END SOLUTION

# %% role="practice" id="try_leaderboard_name"
if leaderboard_name is None:
    tell(tr("You are not on the board.", "你不上榜。"))
else:
    shown = nickname(leaderboard_name) or tr("a pseudonym", "化名")
    tell(tr(f"On the board as: {shown}", f"榜上的名字：{shown}"))

# %% role="experiment" hidden=true
calibration()

# %% [markdown] lang="en"
# ### Summary
#
# - Before you tune: first loss, one batch. While you tune: one thing at a time, in a log. Before you decide: seeds, and the noise of the images.
# - A technique addresses a difficulty. Good ideas for difficulties that you do not have can cost more than they bring.
# - The best of many looks better than it is. Say what you expect, and why.
# %% [markdown] lang="zh"
# ### 小结
#
# - 调参之前：看第一个损失，让网络死记一批图像。调参之中：一次改一处，做好记录。下结论之前：多个种子，还有图像的噪声。
# - 每种办法对付一种困难。没有那种困难，好办法也可能得不偿失。
# - 从许多个里挑出最好的，成绩总会偏高。报告时写明你的预期，也写明它怎样得来。

# %% [markdown] lang="en"
# ## Further
#
# ### The same in PyTorch
#
# What you have assembled is what libraries do.
#
# | in your configuration | in PyTorch | watch out |
# |---|---|---|
# | `"init": "he_normal"` | `nn.init.kaiming_normal_(W, nonlinearity="relu")` | `nn.Linear`'s own init is uniform within $\pm1/\sqrt{\text{fan\_in}}$, which Glorot called the standard (06) |
# | W of shape (fan_in, fan_out) | (fan_out, fan_in) | the same numbers, transposed |
# | `softmax_cross_entropy` | `nn.CrossEntropyLoss()` | takes scores, not probabilities |
# | gradients | `loss.backward()` | they add up unless you call `optimizer.zero_grad()` |
# | `"optimizer": "adam"`, `l2` | `torch.optim.Adam(..., weight_decay=...)` | there it is the L2 penalty; in `AdamW` it is not (04) |
# | `"schedule": "warmup_cosine"` | `LambdaLR`, `SequentialLR` | called once per step here, often once per epoch there |
# | `batch_norm`, `dropout` | `nn.BatchNorm1d`, `nn.Dropout` | `net.train()` and `net.eval()` switch them (05, 06) |
# | every seed its own `rng` | `torch.manual_seed` | one generator for everything: an extra draw anywhere changes all that follows |
#
# ### In practice today
#
# - Many venues ask for several seeds, intervals and the number of trials. How much tuning each side got decides many comparisons (Sivaprasad et al. 2020).
# - With few labels, one usually adapts a network that was trained on other data. Training from scratch on 200 images is for cases where no such network fits.
# - Networks fit even random labels (Zhang et al. 2017), and learn what is regular first (Arpit et al. 2017).
# - Very deep networks without normalization can be trained with residual branches and the right start (Zhang, Dauphin & Ma 2019).
# - The log of six runs follows a widely used routine: Karpathy's *A recipe for training neural networks* (2019).
#
# <details><summary>References</summary>
#
# C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017. D. Arpit et al., *A closer look at memorization in deep networks*, ICML 2017. H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization: residual learning without normalization*, ICLR 2019. P. Sivaprasad et al., *Optimizer benchmarking needs to account for hyperparameter tuning*, ICML 2020. A. Karpathy, *A recipe for training neural networks* (blog, 2019). D. Bonett, R. Price, *Adjusted Wald confidence interval for a difference of binomial proportions based on paired data*, J. Educ. Behav. Stat. 37 (2012). Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. CS324 lecture 5 and CS231n lecture 3 (lecture notes in Chinese).
# </details>
# %% [markdown] lang="zh"
# ## 拓展
#
# ### 用 PyTorch 写
#
# 你组装起来的，正是各个库在做的事。
#
# | 你的配置 | PyTorch | 当心 |
# |---|---|---|
# | `"init": "he_normal"` | `nn.init.kaiming_normal_(W, nonlinearity="relu")` | `nn.Linear` 自带的是 $\pm1/\sqrt{\text{fan\_in}}$ 内的均匀分布，即 Glorot 所说的“标准”初始化（06 章） |
# | W 的形状为 (fan_in, fan_out) | (fan_out, fan_in) | 同样的数，转置而已 |
# | `softmax_cross_entropy` | `nn.CrossEntropyLoss()` | 传入的是得分，不是概率 |
# | 梯度 | `loss.backward()` | 不调用 `optimizer.zero_grad()`，梯度会累加 |
# | `"optimizer": "adam"`、`l2` | `torch.optim.Adam(..., weight_decay=...)` | 那里它是 L2 惩罚项，`AdamW` 的才是权重衰减（04 章） |
# | `"schedule": "warmup_cosine"` | `LambdaLR`、`SequentialLR` | 这里每步调用一次，那里常常每轮一次 |
# | `batch_norm`、`dropout` | `nn.BatchNorm1d`、`nn.Dropout` | 用 `net.train()` 和 `net.eval()` 切换（05、06 章） |
# | 每个种子有自己的 `rng` | `torch.manual_seed` | 全局共用一个随机数生成器：任何地方多抽一次，后面就全变了 |
#
# ### 如今的做法
#
# - 许多会议要求多个种子、区间和试验次数。两边各花了多少工夫调参，往往就决定了比较的结果（Sivaprasad 等，2020）。
# - 标签少时，实践中通常拿在别的数据上训练好的网络来微调；没有合适的网络，才像这里一样用 200 张图像从头训练。
# - 网络连随机标签都能死记下来（Zhang 等，2017），而且先学有规律的部分（Arpit 等，2017）。
# - 不用归一化的极深网络，靠残差分支加合适的初始化也能训练（Zhang、Dauphin、Ma，2019）。
# - 六次训练的记录，用的是一套流传很广的做法：Karpathy，*A recipe for training neural networks*（2019）。
#
# <details><summary>参考文献</summary>
#
# C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017. D. Arpit et al., *A closer look at memorization in deep networks*, ICML 2017. H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization: residual learning without normalization*, ICLR 2019. P. Sivaprasad et al., *Optimizer benchmarking needs to account for hyperparameter tuning*, ICML 2020. A. Karpathy, *A recipe for training neural networks*（博客，2019）。D. Bonett, R. Price, *Adjusted Wald confidence interval for a difference of binomial proportions based on paired data*, J. Educ. Behav. Stat. 37 (2012). Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits* (1998). X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010. 第一份笔记：CS324 第五讲；第二份笔记：CS231n 第三讲。
# </details>
#
# <details><summary>本章术语</summary>
#
# | 中文 | English | |
# |---|---|---|
# | 配置 | configuration | 写明训练什么、怎样训练的字典 |
# | 样本梯度 | example-gradient | 一个样本前向、反向各一遍：预算的单位 |
# | 实例 | instance | 某位学生某项任务的数据 |
# | 消融 | ablation | 去掉一个部分再测量 |
# | 超参数 | hyper-parameter | 训练学不到的那些数 |
# | 验证集、测试集 | validation, test set | 一个用来挑选，一个用来报告 |
# | 数据增强 | data augmentation | 改动图像、不改标签而得的副本 |
# </details>

"""What students write instead of backpropagation through time, chapter 02."""

from functools import partial

import numpy as np

from reference import rnn as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
back = partial(wrong_version, MISTAKES, "rnn_state_gradients")
gradient = partial(wrong_version, MISTAKES, "rnn_gradient")
loss = partial(wrong_version, MISTAKES, "rnn_loss_and_grads")

# ---- rnn_state_gradients: d_T, then d_{t-1} = d_t * w * s_{t-1} (1 - s_{t-1}) -----------------------


def walk(params, states, target, last=None, factor=None):
    """The walk back with another start (from s_T, slope) or another factor (of t: w, s, slopes)."""
    w, s = params[0], right.sigmoid(states)
    slopes = s * (1 - s)
    d = np.empty_like(states)
    d[-1] = 2 * (s[-1] - target) * slopes[-1] if last is None else last(s[-1], slopes[-1])
    for t in range(len(states) - 1, 0, -1):
        d[t - 1] = d[t] * (w * slopes[t - 1] if factor is None else factor(t, w, s, slopes))
    return d


@back(
    observation=("the last entry is right; all those before it are wrong", "最后一个元素是对的；它前面的都不对"),
    question=(
        "x_t depends on x_{t-1} through w * sigmoid(x_{t-1}). At which state is the slope of that sigmoid taken?",
        "x_t 通过 w * sigmoid(x_{t-1}) 依赖于 x_{t-1}。这个 sigmoid 的斜率应在哪个状态上取？",
    ),
    name=(
        "the slope of the wrong state: s_t (1 - s_t) where s_{t-1} (1 - s_{t-1}) belongs",
        "取错了状态的斜率：用了 s_t (1 - s_t)，应为 s_{t-1} (1 - s_{t-1})",
    ),
)
def slope_of_the_later_state(params, states, *, target):
    return walk(params, states, target, factor=lambda t, w, s, slopes: w * slopes[t])


@back(
    observation=(
        "the entries do not change when any state but the first does",
        "除第一个状态外，其他状态怎样变，结果都不变",
    ),
    question=(
        "at which states are the slopes taken: at those that are given, or at others?",
        "斜率应在哪些状态上取：传进来的那些，还是别的？",
    ),
    name=(
        "the states are computed anew from x_0: slopes are taken at the given states",
        "从 x_0 重新算了一遍状态：斜率应当取在传进来的状态上",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["d"],
        computed_anew(inputs["params"], inputs["states"][:1].repeat(len(right["d"])), target=inputs["target"]),
        equal_nan=True,
    ),
)
def computed_anew(params, states, *, target):
    anew = right.rnn_states(params, x0=states[0], num_steps=len(states) - 1)
    return walk(params, anew.astype(states.dtype), target)


@back(
    observation=("every entry is half of what it should be", "每个元素都只有正确值的一半"),
    question=("what is the derivative of (s - target)**2 with respect to s?", "(s - target)**2 对 s 的导数是什么？"),
    name=("the 2 of the derivative of the square is missing in d_T", "d_T 里漏了平方求导得到的 2"),
)
def without_two(params, states, *, target):
    return right.rnn_state_gradients(params, states, target=target) / states.dtype.type(2)


@back(
    observation=("every entry has the wrong sign", "每个元素的符号都反了"),
    question=(
        "if sigmoid(x_T) is above the target, does the loss grow or shrink with x_T?",
        "sigmoid(x_T) 高于目标时，x_T 增大，损失是变大还是变小？",
    ),
    name=(
        "the error the wrong way round: target - s_T instead of s_T - target",
        "误差减反了：写成了 target - s_T，应为 s_T - target",
    ),
)
def error_reversed(params, states, *, target):
    return -right.rnn_state_gradients(params, states, target=target)


@back(
    observation=(
        "in each case all entries are too large by one factor, the last one included",
        "每个例子里所有元素都偏大，倍数相同，最后一个也是",
    ),
    question=(
        "the loss depends on x_T through sigmoid(x_T). Which factor does the chain rule add for that?",
        "损失通过 sigmoid(x_T) 依赖于 x_T。按链式法则，这会多出哪个因子？",
    ),
    name=("the slope s_T (1 - s_T) is missing in d_T", "d_T 里漏了斜率 s_T (1 - s_T)"),
)
def last_slope_missing(params, states, *, target):
    return walk(params, states, target, last=lambda s, slope: 2 * (s - target))


@back(
    observation=(
        "the last entry is right; those before it do not change when w does",
        "最后一个元素是对的；前面的元素不随 w 改变",
    ),
    question=(
        "what does x_t = w * sigmoid(x_{t-1}) + b multiply the sigmoid by?",
        "x_t = w * sigmoid(x_{t-1}) + b 里，sigmoid 前面乘了什么？",
    ),
    name=("w is missing in the walk back", "往回走时漏了 w"),
)
def weight_missing(params, states, *, target):
    return walk(params, states, target, factor=lambda t, w, s, slopes: slopes[t - 1])


@back(
    observation=(
        "the last entry is right; those before it are wrong, and some change sign with the sign of a state",
        "最后一个元素是对的；前面的都不对，有的符号随状态的符号而变",
    ),
    question=(
        "the slope of the sigmoid is s (1 - s). What is s: the state, or its sigmoid?",
        "sigmoid 的斜率是 s (1 - s)。这里的 s 是状态本身，还是状态的 sigmoid？",
    ),
    name=(
        "x (1 - x) of the states instead of s (1 - s) with s = sigmoid(x)",
        "用了状态的 x (1 - x)，应为 s (1 - s)，其中 s = sigmoid(x)",
    ),
)
def slope_of_states(params, states, *, target):
    return walk(params, states, target, factor=lambda t, w, s, slopes: w * states[t - 1] * (1 - states[t - 1]))


@back(
    observation=("the last two entries are right, the earlier ones are not", "最后两个元素是对的，更早的不对"),
    question=(
        "d_{t-1} is made from which d: from the one after it, or always from the last?",
        "d_{t-1} 是由哪个 d 算出来的：它后面那个，还是总是最后那个？",
    ),
    name=(
        "every entry is computed from d_T: the chain rule goes from each d_t to d_{t-1}",
        "每个元素都由 d_T 直接算出：链式法则是从 d_t 走到 d_{t-1}",
    ),
)
def always_from_the_last(params, states, *, target):
    d = right.rnn_state_gradients(params, states, target=target)
    s = right.sigmoid(states)
    d[:-1] = d[-1] * params[0] * s[:-1] * (1 - s[:-1])
    return d


@back(
    observation=(
        "the last entry is right; those before it are too large in size",
        "最后一个元素是对的；前面的绝对值都偏大",
    ),
    question=(
        "what is the derivative of sigmoid(x), written with s = sigmoid(x)?",
        "记 s = sigmoid(x)，sigmoid(x) 的导数怎样用 s 表示？",
    ),
    name=(
        "sigmoid itself instead of its slope: w * s_{t-1}, without (1 - s_{t-1})",
        "用了 sigmoid 本身而不是斜率：只有 w * s_{t-1}，漏了 (1 - s_{t-1})",
    ),
)
def sigmoid_as_slope(params, states, *, target):
    return walk(params, states, target, factor=lambda t, w, s, slopes: w * s[t - 1])


@back(
    observation=(
        "in each case all entries are wrong by one and the same factor, also where there is one step only",
        "每个例子里所有元素都错，倍数相同，只有一步时也是",
    ),
    question=(
        "what does the loss compare with the target: x_T or sigmoid(x_T)?",
        "损失拿来与目标比较的是 x_T 还是 sigmoid(x_T)？",
    ),
    name=("x_T - target instead of sigmoid(x_T) - target", "用了 x_T - target，应为 sigmoid(x_T) - target"),
)
def state_against_target(params, states, *, target):
    return walk(params, states, target, last=lambda s, slope: 2 * (states[-1] - target) * slope)


@back(
    observation=("the right numbers in the opposite order", "数都对，顺序反了"),
    question=("which entry of the answer is d_0?", "答案里哪个元素是 d_0？"),
    name=("the list that grew on the way back is not turned round", "往回走时逐个添加得到的列表没有再反转过来"),
)
def back_to_front(params, states, *, target):
    return right.rnn_state_gradients(params, states, target=target)[::-1].copy()


@back(
    observation=("all entries are right but the first, which is zero", "除第一个是零以外，其余元素都对"),
    question=(
        "for which t does your loop run last, and which entry does it write then?",
        "循环最后一次的 t 是多少？那时写入的是哪个元素？",
    ),
    name=(
        "the loop ends one step early: `range(T, 1, -1)` never writes d_0",
        "循环早停了一步：`range(T, 1, -1)` 没有写 d_0",
    ),
)
def first_left_out(params, states, *, target):
    d = right.rnn_state_gradients(params, states, target=target)
    d[0] = 0
    return d


@back(
    observation=(
        "the last entry is right; those before it change with b and not with w",
        "最后一个元素是对的；它前面的随 b 变化，却不随 w 变化",
    ),
    question=("in which order are w and b in params?", "params 里 w 和 b 的顺序是什么？"),
    name=("b in place of w on the way back: params holds w first", "往回走时把 b 当成了 w：params 里 w 在前"),
    holds=lambda inputs, got, right: np.allclose(got["d"][-1], right["d"][-1], rtol=1e-4, equal_nan=True),
)
def bias_in_place_of_weight(params, states, *, target):
    return right.rnn_state_gradients(params[::-1], states, target=target)


def last_right_others(inputs, got, right, test):
    """True if the last entry is right and test(got, right) is true for the other entries that are finite."""
    mine, true = got["d"], right["d"]
    finite = np.isfinite(true[:-1])
    return np.allclose(mine[-1], true[-1], rtol=1e-4, equal_nan=True) and test(mine[:-1][finite], true[:-1][finite])


@back(
    observation=(
        "the last entry is right; those before it have the right sign and are at least twice too large in size",
        "最后一个元素是对的；前面的符号都对，大小至少是正确值的两倍",
    ),
    question=(
        "which function gives the states here, the sigmoid or tanh? What is its slope at 0?",
        "这里的状态经过的是 sigmoid 还是 tanh？它在 0 处的斜率是多少？",
    ),
    name=(
        "the slope of tanh, 1 - s^2, on the way back: the slope of the sigmoid is s (1 - s)",
        "往回走时用了 tanh 的斜率 1 - s^2：sigmoid 的斜率是 s (1 - s)",
    ),
    holds=lambda inputs, got, right: last_right_others(
        inputs, got, right, lambda mine, true: (np.abs(mine) > 1.99 * np.abs(true)).all() and (mine * true > 0).all()
    ),
)
def slope_of_tanh(params, states, *, target):
    return walk(params, states, target, factor=lambda t, w, s, slopes: w * (1 - s[t - 1] ** 2))


@back(
    observation=(
        "the last entry is right; those before it change with b as well as with w",
        "最后一个元素是对的；前面的不仅随 w 变化，也随 b 变化",
    ),
    question=(
        "x_t = w * sigmoid(x_{t-1}) + b: what is the derivative of b with respect to x_{t-1}?",
        "x_t = w * sigmoid(x_{t-1}) + b：b 对 x_{t-1} 的导数是多少？",
    ),
    name=(
        "`w + b` on the way back: b is added whatever x_{t-1} is, so it does not belong to the slope",
        "往回走时乘了 `w + b`：不管 x_{t-1} 是多少都加上 b，所以 b 不在斜率里",
    ),
    holds=lambda inputs, got, right: last_right_others(inputs, got, right, lambda mine, true: True),
)
def weight_plus_bias(params, states, *, target):
    return right.rnn_state_gradients(np.array([params.sum(), 0], dtype=params.dtype), states, target=target)


@back(
    observation=(
        "right where w is positive; where it is negative, every entry has the right size and every second one the wrong sign",
        "w 为正时正确；w 为负时大小都对，但隔一个符号就错一个",
    ),
    question=(
        "if w is negative and x_{t-1} grows, does x_t grow or shrink?",
        "w 为负时，x_{t-1} 增大，x_t 是增大还是减小？",
    ),
    name=("the sign of w is lost on the way back, as in `abs(w)`", "往回走时丢了 w 的符号，就像用了 `abs(w)`"),
    holds=lambda inputs, got, right: (
        inputs["params"][0] < 0 and np.allclose(np.abs(got["d"]), np.abs(right["d"]), rtol=1e-4, equal_nan=True)
    ),
)
def sign_of_the_weight_lost(params, states, *, target):
    return right.rnn_state_gradients(np.abs(params), states, target=target)


# ---- rnn_gradient: sums over t = 1..T ---------------------------------------------------------------


def state_gradients(params, states, target):
    return right.rnn_state_gradients(params, states, target=target), right.sigmoid(states)


@gradient(
    observation=("the entry of w is right; that of b is not", "w 的那个元素是对的；b 的不对"),
    question=(
        "with which t does the sum for b begin? Does x_0 depend on b?",
        "b 的求和从哪个 t 开始？x_0 依赖于 b 吗？",
    ),
    name=(
        "d_0 is added for b: x_0 is given, it depends on no parameter",
        "把 d_0 也加进了 b：x_0 是给定的，不依赖任何参数",
    ),
)
def start_counted(params, states, *, target):
    d, s = state_gradients(params, states, target)
    return np.array([np.sum(d[1:] * s[:-1]), np.sum(d)])


@gradient(
    observation=(
        "the entry of b is right in every case; that of w is wrong in every case",
        "每个例子里 b 的那个元素都对，w 的都不对",
    ),
    question=(
        "by which sigmoid does w stand in the line for x_t: that of x_t or of x_{t-1}?",
        "在 x_t 的式子里，w 乘的是哪个状态的 sigmoid：x_t 还是 x_{t-1}？",
    ),
    name=(
        "d_t is multiplied by sigmoid(x_t): it belongs with sigmoid(x_{t-1})",
        "d_t 乘了 sigmoid(x_t)：应乘 sigmoid(x_{t-1})",
    ),
)
def sigmoid_of_the_same_state(params, states, *, target):
    d, s = state_gradients(params, states, target)
    return np.array([np.sum(d[1:] * s[1:]), np.sum(d[1:])])


@gradient(
    observation=("the entry of b is right; that of w is not", "b 的那个元素是对的；w 的不对"),
    question=("what does w multiply: the state, or its sigmoid?", "w 乘的是状态本身，还是状态的 sigmoid？"),
    name=(
        "the states themselves, d_t * x_{t-1}: w multiplies sigmoid(x_{t-1})",
        "直接用了状态 d_t * x_{t-1}：w 乘的是 sigmoid(x_{t-1})",
    ),
)
def states_without_sigmoid(params, states, *, target):
    d, _ = state_gradients(params, states, target)
    return np.array([np.sum(d[1:] * states[:-1]), np.sum(d[1:])])


@gradient(
    observation=(
        "the entry of w is right; that of b is right for one step only",
        "w 的那个元素是对的；b 的只有一步时才对",
    ),
    question=("on which states does b act directly?", "b 直接作用在哪些状态上？"),
    name=(
        "only the last step's share for b: b is added at every step, so all d_t are added up",
        "b 只算了最后一步的贡献：每一步都加了 b，所有 d_t 都要加起来",
    ),
    holds=lambda inputs, got, right: (
        np.allclose(got["gradient"][0], right["gradient"][0], rtol=1e-6, equal_nan=True) and len(inputs["states"]) > 2
    ),
)
def bias_of_the_last_step(params, states, *, target):
    d, s = state_gradients(params, states, target)
    return np.array([np.sum(d[1:] * s[:-1]), d[-1]])


@gradient(
    observation=("right for one step; wrong for more", "只有一步时正确；步数更多时不对"),
    question=("w is used at every step. How many terms has the sum?", "每一步都用到了 w。求和一共有几项？"),
    name=(
        "only the last step's share: the weight is one and the same at all steps, so all shares are added",
        "只算了最后一步的贡献：各步用的是同一个权重，所有贡献都要加起来",
    ),
)
def last_step_only(params, states, *, target):
    d, s = state_gradients(params, states, target)
    return np.array([d[-1] * s[-2], d[-1]])


@gradient(
    observation=(
        "right for one step; for more, both entries are too small by the number of steps",
        "只有一步时正确；步数更多时，两个元素都偏小，倍数是步数",
    ),
    question=("are the shares of the steps added or averaged?", "各步的贡献是相加，还是取平均？"),
    name=("the mean over the steps instead of the sum", "对各步取了平均，应当求和"),
)
def mean_over_steps(params, states, *, target):
    return right.rnn_gradient(params, states, target=target) / states.dtype.type(len(states) - 1)


@gradient(
    observation=("both numbers are right, each at the place of the other", "两个数都对，但位置互换了"),
    question=("in which order are w and b in params?", "params 里 w 和 b 的顺序是什么？"),
    name=(
        "(dloss/db, dloss/dw): the gradient has the order of params, w first",
        "顺序写成了 (dloss/db, dloss/dw)：应与 params 一致，w 在前",
    ),
)
def bias_first(params, states, *, target):
    return right.rnn_gradient(params, states, target=target)[::-1].copy()


@gradient(
    observation=("both entries are wrong, even for one step", "两个元素都不对，只有一步时也是"),
    question=(
        "for one step, T = 1, which d stands in the sum: d_0 or d_1?",
        "只有一步（T = 1）时，和式里的是 d_0 还是 d_1？",
    ),
    name=(
        "d_{t-1} instead of d_t: the sums take d[1:], not d[:-1]",
        "用了 d_{t-1} 而不是 d_t：求和应取 d[1:]，不是 d[:-1]",
    ),
)
def gradients_one_early(params, states, *, target):
    d, s = state_gradients(params, states, target)
    return np.array([np.sum(d[:-1] * s[:-1]), np.sum(d[:-1])])


# ---- rnn_loss_and_grads -----------------------------------------------------------------------------


def with_states(params, x0, target, num_steps):
    return right.rnn_loss_and_grads(params, x0=x0, target=target, num_steps=num_steps)


@loss(
    observation=(
        "`loss` and `grads` are those of a network with one step fewer",
        "`loss` 和 `grads` 都是少一步的网络的结果",
    ),
    question=(
        "how many states are there for num_steps = 2, x_0 included?",
        "num_steps = 2 时，连 x_0 在内一共有几个状态？",
    ),
    name=(
        "one step too few: num_steps counts steps, there is one state more",
        "少走了一步：num_steps 数的是步数，状态要多一个",
    ),
)
def one_step_fewer(params, *, x0=0.5, target=0.7, num_steps=50):
    return with_states(params, x0, target, num_steps - 1)


@loss(
    observation=(
        "`loss` and `grads` are those of a network with one step more",
        "`loss` 和 `grads` 都是多一步的网络的结果",
    ),
    question=(
        "how many states are there for num_steps = 2, x_0 included?",
        "num_steps = 2 时，连 x_0 在内一共有几个状态？",
    ),
    name=("one step too many: num_steps + 1 steps are taken", "多走了一步：走了 num_steps + 1 步"),
)
def one_step_more(params, *, x0=0.5, target=0.7, num_steps=50):
    return with_states(params, x0, target, num_steps + 1)


@loss(
    observation=(
        "right where no options are given; another x0 makes no difference",
        "不给选项时正确；x0 换成别的值，结果不变",
    ),
    question=("which of the three options does your code hand on?", "三个选项里，你的代码传下去了哪几个？"),
    name=("x0 is not handed on: the run always starts at 0.5", "没有把 x0 传下去：总是从 0.5 出发"),
)
def start_ignored(params, *, x0=0.5, target=0.7, num_steps=50):
    return with_states(params, 0.5, target, num_steps)


@loss(
    observation=(
        "right where no options are given; another target makes no difference",
        "不给选项时正确；target 换成别的值，结果不变",
    ),
    question=("which of the three options does your code hand on?", "三个选项里，你的代码传下去了哪几个？"),
    name=("target is not handed on: it is always 0.7", "没有把 target 传下去：总是用 0.7"),
)
def target_ignored(params, *, x0=0.5, target=0.7, num_steps=50):
    return with_states(params, x0, 0.7, num_steps)


@loss(
    observation=("`grads` is right in every case, `loss` is not", "每个例子里 `grads` 都对，`loss` 不对"),
    question=(
        "what is compared with the target: the last state, or its sigmoid?",
        "拿来与目标比较的是最后的状态，还是它的 sigmoid？",
    ),
    name=("(x_T - target)^2: the loss takes sigmoid(x_T)", "写成了 (x_T - target)^2：损失里应取 sigmoid(x_T)"),
)
def loss_of_the_state(params, *, x0=0.5, target=0.7, num_steps=50):
    _, grads = with_states(params, x0, target, num_steps)
    return (right.rnn_states(params, x0=x0, num_steps=num_steps)[-1] - target) ** 2, grads


@loss(
    observation=(
        "`grads` is right in every case; `loss` is half of what it should be",
        "每个例子里 `grads` 都对；`loss` 只有正确值的一半",
    ),
    question=("is there a 1/2 in this loss?", "这个损失里有 1/2 吗？"),
    name=(
        "the convention with 1/2: here the loss is the plain square, and the 2 is in d_T",
        "用了带 1/2 的约定：这里的损失就是平方，2 在 d_T 里",
    ),
)
def half_of_the_square(params, *, x0=0.5, target=0.7, num_steps=50):
    value, grads = with_states(params, x0, target, num_steps)
    return value / 2, grads


@loss(
    observation=(
        "`grads` is right in every case; `loss` is the square root of the right one, up to its sign",
        "每个例子里 `grads` 都对；`loss` 是正确值的平方根，只差正负号",
    ),
    question=("your loss can be negative. Can the one in the rule?", "你的损失可能为负。公式里的呢？"),
    name=("the error itself, not squared", "直接返回了误差，没有平方"),
)
def not_squared(params, *, x0=0.5, target=0.7, num_steps=50):
    _, grads = with_states(params, x0, target, num_steps)
    return right.sigmoid(right.rnn_states(params, x0=x0, num_steps=num_steps)[-1]) - target, grads


@loss(
    observation=(
        "`loss` is right in every case; `grads` is the share of the last step alone",
        "每个例子里 `loss` 都对；`grads` 只是最后一步的贡献",
    ),
    question=("w is used at every step. How many terms has its gradient?", "每一步都用到了 w。它的梯度有几项？"),
    name=(
        "backpropagation cut off after one step: every step's share belongs to the gradient",
        "反向传播只走了一步就截断了：每一步的贡献都属于梯度",
    ),
)
def cut_off(params, *, x0=0.5, target=0.7, num_steps=50):
    value, _ = with_states(params, x0, target, num_steps)
    return value, last_step_only(params, right.rnn_states(params, x0=x0, num_steps=num_steps), target=target)


@loss(
    observation=(
        "`loss` is right in every case; the two numbers of `grads` stand in each other's place",
        "每个例子里 `loss` 都对；`grads` 的两个数位置互换了",
    ),
    question=("in which order are w and b in params?", "params 里 w 和 b 的顺序是什么？"),
    name=(
        "(dloss/db, dloss/dw): the gradient has the order of params, w first",
        "顺序写成了 (dloss/db, dloss/dw)：应与 params 一致，w 在前",
    ),
)
def grads_swapped(params, *, x0=0.5, target=0.7, num_steps=50):
    value, grads = with_states(params, x0, target, num_steps)
    return value, grads[::-1].copy()


@back(
    observation=(
        "right in ordinary cases; where w is 0 or a state is NaN, entries are NaN that should be numbers",
        "一般情况下正确；w 为 0 或某个状态是 NaN 时，本应是数的元素成了 NaN",
    ),
    question=("by what do you divide, and can that be 0?", "你除以了什么？它会不会是 0？"),
    name=(
        "the product of all factors is divided by the first ones: multiply backwards, from the last entry on",
        "用全部因子之积除以前面的因子：应当从最后一个元素开始，往回逐个相乘",
    ),
    holds=lambda inputs, got, right: np.isnan(got["d"]).sum() > np.isnan(right["d"]).sum(),
)
def divided_out(params, states, *, target):
    s = right.sigmoid(states)
    slopes = s * (1 - s)
    before = np.cumprod(np.append(states.dtype.type(1), params[0].astype(states.dtype) * slopes[:-1]))
    with np.errstate(all="ignore"):
        return 2 * (s[-1] - states.dtype.type(target)) * slopes[-1] * (before[-1] / before)


@back(
    observation=(
        "in each case all entries are wrong by one and the same factor, which depends on the last state",
        "每个例子里所有元素都错，倍数相同；这个倍数取决于最后一个状态",
    ),
    question=(
        "what does the loss compare with the target, and what is the derivative of that with respect to x_T?",
        "损失拿来与目标比较的是什么？它对 x_T 的导数是什么？",
    ),
    name=(
        "the loss of the state, (x_T - target)^2: the sigmoid of x_T is missing, and its slope too",
        "用了状态本身的损失 (x_T - target)^2：漏了对 x_T 取 sigmoid，也漏了它的斜率",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["d"] * right["d"][-1], right["d"] * got["d"][-1], rtol=1e-3, atol=0, equal_nan=True
    ),
)
def loss_without_sigmoid(params, states, *, target):
    return walk(params, states, target, last=lambda s, slope: 2 * (states[-1] - target))

"""What students write instead of random search."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version
from reference.tuning import random_search

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def scaled(share, low, high):
    return float(low * (high / low) ** share)


def search(ranges, u, validation_loss, scale=scaled):
    """The trials for the random numbers u, one row for each trial."""
    trials = []
    for row in u:
        config = {name: scale(share, *limits) for (name, limits), share in zip(ranges.items(), row)}
        trials.append((config, float(validation_loss(dict(config)))))
    return trials


def lowest(trials):
    losses = [np.inf if np.isnan(loss) else loss for _, loss in trials]
    return trials[int(np.argmin(losses))][0]


def drawing(draw, scale=scaled):
    """Random search with another draw, or another way from the draw to the values."""

    def solution(validation_loss, ranges, *, num_trials, rng):
        trials = search(ranges, draw(rng, num_trials, len(ranges)), validation_loss, scale)
        return lowest(trials), trials

    return solution


def one_draw(rng, num_trials, count):
    return rng.random((num_trials, count))


@wrong(
    "random_search",
    observation=(
        "the configs lie in their ranges, but nearly all of them in the top decade",
        "各配置都在范围之内，但几乎都挤在最高的那个数量级里",
    ),
    question=(
        "how likely should a value between 0.001 and 0.01 be, compared with one between 0.1 and 1?",
        "取到 0.001 到 0.01 之间的值，与取到 0.1 到 1 之间的值，可能性应当是什么关系？",
    ),
    name=(
        "uniform, not log-uniform: `low + (high - low) * u`",
        "用了均匀分布，不是对数均匀分布：`low + (high - low) * u`",
    ),
)
def uniform(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: float(low + (high - low) * u))(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=("every value lies above its range, between 1 and 10", "每个值都超出了范围，落在 1 和 10 之间"),
    question=("are low and high exponents here, or the values themselves?", "这里的 low 和 high 是指数，还是值本身？"),
    name=(
        "the bounds are taken for exponents: `10 ** (low + (high - low) * u)` without their logarithms",
        "把上下界当成了指数：`10 ** (low + (high - low) * u)`，没有先取对数",
    ),
)
def bounds_as_exponents(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: float(10 ** (low + (high - low) * u)))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "the configs lie in their ranges; the values are mirrored: large where small ones are expected",
        "各配置都在范围之内；但大小颠倒了：该小的地方大，该大的地方小",
    ),
    question=("which value belongs to u = 0?", "u = 0 对应哪个值？"),
    name=(
        "turned round: `high * (low / high) ** u` starts at high",
        "方向反了：`high * (low / high) ** u` 从 high 开始",
    ),
)
def turned_round(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: scaled(u, high, low))(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "right with one hyper-parameter; with more, all values of a trial lie at the same place in their ranges",
        "只有一个超参数时正确；有多个时，同一次试验的各个值在各自范围里的位置都相同",
    ),
    question=(
        "how many random numbers does a trial with two hyper-parameters need?",
        "有两个超参数的一次试验，需要几个随机数？",
    ),
    name=(
        "one number per trial for all hyper-parameters: only a line through the ranges is searched",
        "每次试验所有超参数共用一个随机数：只搜索了一条线",
    ),
)
def one_number_per_trial(validation_loss, ranges, **options):
    return drawing(lambda rng, trials, count: np.repeat(rng.random((trials, 1)), count, axis=1))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "right with one hyper-parameter; with more, the values lie in their ranges but are not those of the draw",
        "只有一个超参数时正确；有多个时，值都在范围之内，但不是那一次抽取给出的值",
    ),
    question=(
        "what is the shape of u, and does a row of it belong to a trial or to a hyper-parameter?",
        "u 的形状是什么？它的一行对应一次试验，还是对应一个超参数？",
    ),
    name=(
        "drawn name by name: all values of one hyper-parameter first, where the rows of u are the trials",
        "按超参数逐个抽取：先抽完一个超参数的所有值；而 u 的每一行应是一次试验",
    ),
)
def name_by_name(validation_loss, ranges, **options):
    return drawing(lambda rng, trials, count: rng.random((count, trials)).T)(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "the values are evenly spaced in their decades, the same for every seed",
        "各个值在数量级上等距排列，换了种子也不变",
    ),
    question=("what in your function depends on rng?", "你的函数里，哪些东西取决于 rng？"),
    name=("a grid: `np.geomspace`, nothing is random", "这是网格搜索：用了 `np.geomspace`，没有随机性"),
)
def grid(validation_loss, ranges, **options):
    return drawing(lambda rng, trials, count: np.repeat(np.linspace(0, 1, trials)[:, None], count, axis=1))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "right losses, but all configs are one and the same, that of the last trial",
        "损失都对，但所有配置都一样，都是最后一次试验的",
    ),
    question=("how many dicts does your function make?", "你的函数一共新建了几个字典？"),
    name=(
        "one dict for all trials: `config = {}` before the loop is filled anew each time, and every "
        "entry of the list is it",
        "所有试验共用一个字典：`config = {}` 写在循环外面，每次都被改写，列表里存的都是它",
    ),
)
def one_dict(validation_loss, ranges, *, num_trials, rng):
    trials = search(ranges, one_draw(rng, num_trials, len(ranges)), validation_loss)
    config = trials[-1][0]
    return config, [(config, loss) for _, loss in trials]


def choosing(choose):
    """Random search with right trials and another choice among them."""

    def solution(validation_loss, ranges, *, num_trials, rng):
        _, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
        return choose(trials), trials

    return solution


@wrong(
    "random_search",
    observation=(
        "the trials are right; best is the worst of those that did not diverge",
        "各次试验都对；best 却是没有发散的试验中最差的",
    ),
    question=("is a large loss good?", "损失大是好事吗？"),
    name=(
        "the highest loss is chosen: `max` or `argmax` where the lowest should win",
        "选了损失最大的：用了 `max` 或 `argmax`，应选最小的",
    ),
)
def highest(validation_loss, ranges, **options):
    def choose(trials):
        return max((pair for pair in trials if not np.isnan(pair[1])), key=lambda pair: pair[1])[0]

    return choosing(choose)(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "the trials are right; best is wrong where several trials have the lowest loss",
        "各次试验都对；有几次试验并列最小时，best 不对",
    ),
    question=(
        "which of two equal trials should win, and which does `<=` keep?",
        "两次试验损失相同时，应当哪一次胜出？`<=` 留下的又是哪一次？",
    ),
    name=(
        "the latest of equals: `loss <= best_loss` replaces an equal one",
        "选了并列者中最晚的：`loss <= best_loss` 会替换掉相等的那个",
    ),
)
def latest_of_equals(validation_loss, ranges, **options):
    return choosing(lambda trials: lowest(trials[::-1]))(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "the trials are right; best is wrong wherever one of them diverged",
        "各次试验都对；只要有一次发散，best 就不对",
    ),
    question=("what does np.argmin return when there is a NaN in the list?", "列表里有 NaN 时，np.argmin 返回什么？"),
    name=(
        "NaN wins: np.argmin takes it for the smallest; let it count as inf",
        "NaN 胜出了：np.argmin 会把它当成最小的；应把它当作 inf",
    ),
)
def nan_wins(validation_loss, ranges, **options):
    return choosing(lambda trials: trials[int(np.argmin([loss for _, loss in trials]))][0])(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "the trials are right; best is wrong where the first trial diverged",
        "各次试验都对；第一次试验发散时，best 不对",
    ),
    question=("what is `3.0 < float('nan')`?", "`3.0 < float('nan')` 的结果是什么？"),
    name=(
        "a NaN in front is never beaten: every comparison with NaN is False (`min`, or `if loss < "
        "best_loss` starting from "
        "the first trial)",
        "排在最前面的 NaN 永远不会被打败：与 NaN 的任何比较都是 False（`min`，或从第一次试验开始的 `if loss < "
        "best_loss`）",
    ),
)
def first_nan_stays(validation_loss, ranges, **options):
    return choosing(lambda trials: min(trials, key=lambda pair: pair[1])[0])(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=("the trials are right; best is always the last of them", "各次试验都对；best 却总是最后一次"),
    question=(
        "which variable do you return, and what is in it after the loop?",
        "你返回的是哪个变量？循环结束后里面是什么？",
    ),
    name=("the config of the last trial is returned", "返回的是最后一次试验的配置"),
)
def last_config(validation_loss, ranges, **options):
    return choosing(lambda trials: trials[-1][0])(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "the trials are right; best has the right content, but it is not a config alone",
        "各次试验都对；best 的内容对，但它不只是一个配置",
    ),
    question=(
        "what does the docstring say that best is: a config, or a pair?",
        "文档字符串里说 best 是什么：一个配置，还是一对值？",
    ),
    name=("the whole trial (config, loss) is returned as best", "把整个试验 (config, loss) 当作 best 返回了"),
)
def whole_trial(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return next(trial for trial in trials if trial[0] is best), trials


@wrong(
    "random_search",
    observation=("one trial is missing at the end", "最后少了一次试验"),
    question=("how often does your loop run?", "你的循环执行了几次？"),
    name=(
        "one trial too few: `range(1, num_trials)` or `range(num_trials - 1)`",
        "少做了一次试验：`range(1, num_trials)` 或 `range(num_trials - 1)`",
    ),
)
def one_too_few(validation_loss, ranges, *, num_trials, rng):
    trials = search(ranges, one_draw(rng, num_trials, len(ranges))[:-1], validation_loss)
    return lowest(trials), trials


@wrong(
    "random_search",
    observation=(
        "configs, losses and best are right; validation_loss was asked more often than there are trials",
        "配置、损失和 best 都对；但调用 validation_loss 的次数比试验次数多",
    ),
    question=(
        "a training run may take hours. How often is the best config trained?",
        "一次训练可能要几个小时。最好的配置训练了几次？",
    ),
    name=("the best is evaluated once more: its loss is known already", "又评估了一次最好的配置：它的损失本来就知道"),
)
def asks_again(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    validation_loss(dict(best))
    return best, trials


@wrong(
    "random_search",
    observation=("the trials are right, but in order of their losses", "各次试验都对，但按损失排了序"),
    question=("in which order should the trials be returned?", "各次试验应当按什么顺序返回？"),
    name=("the trials are sorted: the list has to keep the order of the draw", "把试验排了序：列表应保持抽取时的顺序"),
)
def sorted_trials(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return best, sorted(trials, key=lambda pair: np.inf if np.isnan(pair[1]) else pair[1])


@wrong(
    "random_search",
    observation=(
        "configs and best are right; the losses are not those of their configs",
        "配置和 best 都对；但损失与配置对不上",
    ),
    question=(
        "which loss is written down beside a config: its own, or the best so far?",
        "写在配置旁边的是它自己的损失，还是到目前为止最小的损失？",
    ),
    name=(
        "the lowest loss so far is kept in the list, not the loss of the trial",
        "列表里存的是到目前为止的最小损失，而不是这次试验的损失",
    ),
)
def best_so_far(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    losses = np.fmin.accumulate([loss for _, loss in trials])
    return best, [(config, float(loss)) for (config, _), loss in zip(trials, losses)]


def configs_against(sign):
    """`holds` for configs that are never below (sign 1) or never above (sign -1) the right ones."""

    def holds(inputs, got, right):
        pairs = zip(got["configs"], right["configs"])
        return all(
            sign * (config[name] - right_config[name]) >= -1e-9
            for config, right_config in pairs
            for name in right_config
        )

    return holds


larger_configs, smaller_configs = configs_against(1), configs_against(-1)


@wrong(
    "random_search",
    observation=(
        "the configs lie in their ranges, between the log-uniform ones and the highest values",
        "各配置都在范围之内，但比对数均匀分布的偏大",
    ),
    question=(
        "u = 1/2, range from 0.01 to 1: which value lies in the middle of the decades?",
        "u = 1/2，范围从 0.01 到 1：哪个值在数量级上居中？",
    ),
    name=(
        "uniform in the square root: `(low**0.5 + (high**0.5 - low**0.5) * u) ** 2`. All decades are equally likely only if the logarithm is uniform",
        "按平方根均匀：`(low**0.5 + (high**0.5 - low**0.5) * u) ** 2`。只有对数均匀分布时，各个数量级才同样可能",
    ),
    holds=larger_configs,
)
def uniform_in_the_root(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: float((low**0.5 + (high**0.5 - low**0.5) * u) ** 2))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "the configs lie in their ranges, between the log-uniform ones and the highest values",
        "各配置都在范围之内，但比对数均匀分布的偏大",
    ),
    question=(
        "u = 1/2, range from 0.01 to 1: which value lies in the middle of the decades?",
        "u = 1/2，范围从 0.01 到 1：哪个值在数量级上居中？",
    ),
    name=(
        "a power of 2 between the ends: `low + (high - low) * (2**u - 1)`. All decades are equally likely only if the logarithm is uniform",
        "在两端之间用了 2 的幂：`low + (high - low) * (2**u - 1)`。只有对数均匀分布时，各个数量级才同样可能",
    ),
    holds=larger_configs,
)
def power_of_two(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: float(low + (high - low) * (2**u - 1)))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "the configs lie in their ranges, below the log-uniform ones",
        "各配置都在范围之内，但比对数均匀分布的偏小",
    ),
    question=(
        "u = 1/2, range from 0.01 to 1: which value lies in the middle of the decades?",
        "u = 1/2，范围从 0.01 到 1：哪个值在数量级上居中？",
    ),
    name=(
        "uniform in 1/x: `1 / (1 / low + (1 / high - 1 / low) * u)`. All decades are equally likely only if the logarithm is uniform",
        "按倒数均匀：`1 / (1 / low + (1 / high - 1 / low) * u)`。只有对数均匀分布时，各个数量级才同样可能",
    ),
    holds=smaller_configs,
)
def uniform_in_the_inverse(validation_loss, ranges, **options):
    return drawing(one_draw, lambda u, low, high: float(1 / (1 / low + (1 / high - 1 / low) * u)))(
        validation_loss, ranges, **options
    )


@wrong(
    "random_search",
    observation=(
        "right with one hyper-parameter; with more, names and numbers of the draw are paired in another way",
        "只有一个超参数时正确；有多个时，名字与抽到的数配错了",
    ),
    question=(
        "which column of u belongs to which name?",
        "u 的哪一列属于哪个名字？",
    ),
    name=(
        "the names are sorted: the columns of u go with the order of `ranges`",
        "名字排了序：u 的各列应按 `ranges` 的顺序",
    ),
    holds=lambda inputs, got, right: len(inputs["ranges"]) > 1,
)
def names_sorted(validation_loss, ranges, **options):
    ranges = {name: ranges[name] for name in sorted(ranges)}
    return random_search(validation_loss, ranges, **options)


@wrong(
    "random_search",
    observation=(
        "configs and best are right; where a run diverged, `losses` holds inf in place of NaN",
        "配置和 best 都对；但凡是发散的试验，`losses` 里记的是 inf，而不是 NaN",
    ),
    question=(
        "which loss did the run that diverged return, and which one stands in your list?",
        "发散的那次试验返回的损失是什么？你的列表里记的又是什么？",
    ),
    name=(
        "NaN is replaced by inf in the list of trials: only the choice may count it as inf, the list keeps the true loss",
        "在试验列表里把 NaN 换成了 inf：只有在选择时才能把它当作 inf，列表里应保留真实的损失",
    ),
    holds=lambda inputs, got, right: bool(np.isnan(right["losses"]).any() and np.isinf(got["losses"]).any()),
)
def nan_written_as_inf(validation_loss, ranges, *, num_trials, rng):
    best, trials = random_search(validation_loss, ranges, num_trials=num_trials, rng=rng)
    return best, [(config, np.inf if np.isnan(loss) else loss) for config, loss in trials]


@wrong(
    "random_search",
    observation=(
        "each hyper-parameter takes the values that it should take, but in rising order",
        "每个超参数取的值都对，却是从小到大排好的",
    ),
    question=(
        "which row of u belongs to trial i? What becomes of a row if each column is sorted by itself?",
        "u 的哪一行属于第 i 次试验？如果每一列各自排序，一行会变成什么？",
    ),
    name=(
        "the draw is sorted (`np.sort`): the trials come in the order of the draw, and the columns belong together",
        "把抽到的数排了序（`np.sort`）：试验应按抽取的顺序进行，同一行的各列属于同一次试验",
    ),
    holds=lambda inputs, got, right: all(
        np.allclose(
            [config[name] for config in got["configs"]], sorted(config[name] for config in right["configs"]), rtol=1e-4
        )
        for name in inputs["ranges"]
    ),
)
def sorted_draw(validation_loss, ranges, **options):
    return drawing(lambda rng, num_trials, count: np.sort(one_draw(rng, num_trials, count), axis=0))(
        validation_loss, ranges, **options
    )

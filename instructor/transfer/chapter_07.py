"""Chapter 07: what paired differences show, and a choice that does not flatter itself."""

import numpy as np

from descent.cases import between
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def verdict(differences, *, quantile, floor):
    """What a change to a configuration has shown: "better", "worse" or "cannot tell".

    Contract: differences holds one number per seed: accuracy with the change minus accuracy without, same images.
    1. The standard error of their mean is the standard deviation with n - 1, over sqrt(n); but never less than
       `floor`, since a few seeds may agree by luck.
    2. The interval reaches `quantile` standard errors to each side of the mean.
    3. "better" if the whole interval lies above 0, "worse" if it lies below, otherwise, also when an end is
       exactly 0, "cannot tell".

    differences: an array (n,), n >= 2, not changed. quantile, floor: numbers.
    Returns (verdict, low, high): a word and two floats. Raises ValueError unless n >= 2, quantile > 0, floor >= 0.
    """
    require(len(differences) >= 2, "len(differences)", len(differences), "2 or more: one has no spread")
    require(quantile > 0, "quantile", quantile, "a number > 0")
    require(floor >= 0, "floor", floor, "a number >= 0")
    mean = float(np.mean(differences))
    error = max(float(np.std(differences, ddof=1)) / len(differences) ** 0.5, floor)
    low, high = mean - quantile * error, mean + quantile * error
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell", low, high


VERDICT_ZH = """
一处改动说明了什么："better"（更好）、"worse"（更差）还是 "cannot tell"（看不出来）。

契约：differences 中每个随机种子一个数：改动后的准确率减去改动前的，图像相同。
1. 均值的标准误等于标准差（除以 n - 1 的那种）除以 sqrt(n)；但不小于 floor，因为少数几个种子可能碰巧一致。
2. 区间从均值向两侧各延伸 quantile 个标准误。
3. 整个区间在 0 以上为 "better"，在 0 以下为 "worse"；其余情形，包括端点恰好为 0，均为 "cannot tell"。

differences：数组 (n,)，n >= 2，不得改动。quantile、floor：数。
返回 (verdict, low, high)：一个词和两个 float。n < 2、quantile <= 0 或 floor < 0 时抛出 ValueError。
"""

VERDICT_GROUPS = {
    "interval": Group(3, "both ends of the interval", "区间的两端", only=("low", "high")),
    "word": Group(3, "the word for what is clear and for what is not", "清楚与不清楚时各用哪个词"),
    "floor": Group(2, "seeds that agree by luck", "碰巧一致的种子"),
}


def verdict_cases(rng):
    code = "verdict(differences, quantile=quantile, floor=floor)"

    def case(group, mean, spread, n, floor, same=False):
        """Differences of images of 500, so multiples of 0.002, whose mean and spread are about as asked for."""
        noise = np.zeros(n) if same else np.linspace(-1, 1, n) + 0.3 * rng.random(n)
        values = np.round((mean + spread * noise) / 0.002) * 0.002
        return Case(group, {"differences": values, "quantile": between(rng, 2.0, 4.0), "floor": floor}, code)

    return [
        case("interval", 0.03, 0.01, 3, 0.001),
        case("interval", -0.01, 0.02, 5, 0.001),
        case("word", 0.06, 0.01, 3, 0.001),
        case("word", -0.07, 0.01, 4, 0.001),
        case("word", 0.01, 0.03, 4, 0.001),
        case("floor", 0.006, 0, 3, 0.004, same=True),
        case("floor", 0.04, 0, 3, 0.004, same=True),
        case("floor", -0.006, 0, 4, 0.005, same=True),
    ]


def run_verdict(solution, inputs):
    result = solution(inputs["differences"], quantile=inputs["quantile"], floor=inputs["floor"])
    word, low, high = returned(result, "verdict", "low", "high")
    return {"low": low, "high": high, "verdict": word}


def choose_and_report(accuracies, *, choose, report):
    """Choose a configuration with some seeds and report its accuracy from others.

    Contract:
    1. Chosen is the configuration (row) with the highest mean accuracy over the seeds in `choose`; the earliest of
       equals. One that has NaN, a diverged run, at any of these seeds is never chosen.
    2. Reported are mean and standard error (standard deviation with n - 1, over sqrt(n)) of the chosen row over the
       seeds in `report`. NaN there passes through.

    accuracies: an array (configurations, seeds), not changed. choose, report: lists of column numbers.
    Returns (row, mean, error): a whole number and two floats.
    Raises ValueError when the two lists share a seed, when choose is empty, when report has fewer than two seeds, or
    when no configuration can be chosen.
    """
    require(len(choose) >= 1, "choose", choose, "one seed or more")
    require(len(report) >= 2, "report", report, "two seeds or more")
    require(not set(choose) & set(report), "report", report, "other seeds than choose")
    means = accuracies[:, list(choose)].mean(axis=1)
    require(not np.isnan(means).all(), "accuracies", accuracies, "without NaN in some row")
    row = int(np.nanargmax(means))
    fresh = accuracies[row, list(report)]
    return row, float(fresh.mean()), float(fresh.std(ddof=1) / len(fresh) ** 0.5)


CHOOSE_ZH = """
用一部分随机种子选配置，用另一部分报告它的准确率。

契约：
1. 选中的是在 choose 所列种子上平均准确率最高的配置（行）；相等时取最前面的。
在其中任何一个种子上为 NaN（训练发散）的配置不得选中。
2. 报告的是选中那一行在 report 所列种子上的均值和标准误（标准差除以 n - 1 的那种，再除以 sqrt(n)）。
这里的 NaN 照样传出。

accuracies：数组（配置数, 种子数），不得改动。choose、report：列号的列表。
返回 (row, mean, error)：一个整数和两个 float。
两个列表有公共种子、choose 为空、report 少于两个种子，或没有配置可选时，抛出 ValueError。
"""

CHOOSE_GROUPS = {
    "row": Group(3, "which configuration is chosen", "选中哪个配置", only=("row",)),
    "report": Group(3, "mean and standard error that are reported", "报告的均值与标准误", only=("mean", "error")),
    "nan": Group(2, "with runs that diverged", "有训练发散的情形"),
    "shared": Group(1, "seeds that are used twice", "种子用了两次"),
}


def choose_cases(rng):
    """The best on the choosing seeds is never the best on all of them, nor the row of the single best run."""
    code = (
        "for row, seed in diverged:\n    accuracies[row, seed] = np.nan\n"
        "choose_and_report(accuracies, choose=choose, report=report)"
    )

    def table(rows, seeds, choose):
        while True:
            values = np.round(0.6 + 0.35 * rng.random((rows, seeds)), 3)
            best = int(values[:, choose].mean(axis=1).argmax())
            others = {
                int(values.mean(axis=1).argmax()),
                int(values.max(axis=1).argmax()),
                int(values[:, choose].max(axis=1).argmax()),
                0,
            }
            if best not in others:
                return values, best

    def case(group, rows, seeds, choose, nan=False):
        values, best = table(rows, seeds, choose)
        if nan:  # a row that would win if NaN were left out of the mean
            values = np.insert(values, best, 0.99, axis=0)
        report = [seed for seed in range(seeds) if seed not in choose]
        return Case(
            group,
            {"accuracies": values, "diverged": [(best, choose[-1])] if nan else [], "choose": choose, "report": report},
            code,
        )

    def shared(rows, seeds):
        return Case(
            "shared",
            {
                "accuracies": np.round(0.6 + 0.35 * rng.random((rows, seeds)), 3),
                "diverged": [],
                "choose": [0, 1],
                "report": [1, *range(2, seeds)],
            },
            code,
        )

    return [
        case("row", 5, 5, [0, 1]),
        case("row", 6, 6, [3, 0, 5]),
        case("report", 5, 5, [1, 2]),
        case("report", 5, 6, [0, 2]),
        case("nan", 5, 5, [0, 1], nan=True),
        case("nan", 5, 5, [2, 4], nan=True),
        shared(3, 4),
        shared(4, 5),
        case("shared", 5, 5, [0, 3]),
    ]


def run_choose(solution, inputs):
    """A card cannot print NaN as Python: the diverged runs are listed, and become NaN here."""
    accuracies = inputs["accuracies"].copy()
    for place in inputs["diverged"]:
        accuracies[place] = np.nan
    result = solution(accuracies, choose=inputs["choose"], report=inputs["report"])
    row, mean, error = returned(result, "row", "mean", "error")
    return {"row": row, "mean": mean, "error": error}


TRANSFER = [
    transfer(
        "07",
        Exercise("verdict", "chapter_07.verdict", VERDICT_GROUPS, verdict_cases, run_verdict),
        verdict,
        title=("Better, worse, or cannot tell", "更好、更差，还是看不出来"),
        task=(
            "Three seeds gave the same difference, half a point. Is that a finding? Write the function that "
            "decides, and that knows when it cannot.",
            "三个种子给出同样的差：半个百分点。这算发现吗？请写出作判断的函数，它也要知道什么时候无法判断。",
        ),
        zh=VERDICT_ZH,
        minutes=12,
        points=8,
    ),
    transfer(
        "07",
        Exercise("choose_and_report", "chapter_07.choose_and_report", CHOOSE_GROUPS, choose_cases, run_choose),
        choose_and_report,
        title=("A number that does not flatter", "不自夸的数字"),
        task=(
            "The best of many runs was partly lucky. Choose with some seeds, report with others, and refuse "
            "to do both with the same.",
            "许多次训练中最好的那次，有一部分是运气。请用一些种子来选，用另一些来报告，并拒绝用同一批种子做两件事。",
        ),
        zh=CHOOSE_ZH,
        minutes=15,
        points=9,
    ),
]

"""The schema of a configuration, which is plain data: its keys, their meaning and allowed values, and error messages.

The grader trains with these values only; docs/capstone.md and capstone.zh.md have the same table for students.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any

import numpy as np

from descent.capstone.missions import ALL, Mission
from descent.compare import kind_of

REQUIRED = object()
MOST_PROBLEMS = 6
MOST_KEYS = 60


@dataclass(frozen=True)
class Key:
    """One key: its default, what it may be (numbers from low to high, or one of the words), what it is for.

    kind: "word", "whole" (number), "number", "yes/no" or "widths". optional: None is allowed as well.
    """

    kind: str
    default: Any
    en: str
    zh: str
    low: float = 0
    high: float = 0
    words: tuple[str, ...] = ()
    optional: bool = False


SCHEMA = {
    "prediction": Key(
        "number",
        REQUIRED,
        "the accuracy you expect from the judge, between 0 and 1",
        "你预计评分程序测得的准确率，在 0 与 1 之间",
        0,
        1,
    ),
    "hidden": Key("widths", [64], "units of each hidden layer", "每个隐藏层的单元数", 8, 128),
    "init": Key(
        "word", "he_normal", "initial weights", "权重的初始化", words=("zeros", "normal", "xavier_uniform", "he_normal")
    ),
    "init_scale": Key("number", 0.01, "standard deviation of init 'normal'", "init 为 'normal' 时的标准差", 1e-4, 10),
    "inputs": Key(
        "word",
        "raw",
        "what happens to the inputs, measured on the training rows",
        "输入的预处理，统计量取自训练样本",
        words=("raw", "standardize", "min_max"),
    ),
    "batch_norm": Key("yes/no", False, "batch normalization before each activation", "每个激活函数之前做批量归一化"),
    "optimizer": Key(
        "word",
        "sgd",
        "the step",
        "更新步",
        words=("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"),
    ),
    "lr": Key("number", 0.1, "learning rate (the highest of a schedule)", "学习率（若有调度，为其最大值）", 1e-6, 100),
    "momentum": Key("number", 0.9, "for momentum and nesterov", "用于 momentum 和 nesterov", 0, 0.999),
    "weight_decay": Key(
        "number", 0.0, "decoupled decay of the weights, for adamw", "解耦的权重衰减，用于 adamw", 0, 10
    ),
    "l2": Key("number", 0.0, "strength of the L2 penalty on the weights", "权重的 L2 惩罚强度", 0, 10),
    "schedule": Key(
        "word",
        "constant",
        "how the learning rate changes",
        "学习率怎样变化",
        words=("constant", "step_decay", "cosine", "warmup_cosine"),
    ),
    "warmup": Key(
        "number",
        0.1,
        "share of the steps that warm up, for warmup_cosine",
        "预热步数的占比，用于 warmup_cosine",
        0,
        0.5,
    ),
    "clip_norm": Key(
        "number", None, "largest norm of all gradients together", "全部梯度合起来的最大范数", 1e-3, 1000, optional=True
    ),
    "dropout": Key("number", 0.0, "probability to drop a hidden unit", "丢弃一个隐藏单元的概率", 0, 0.9),
    "shift": Key("whole", 0, "move each image by up to so many pixels", "每张图像随机平移，最多这么多像素", 0, 6),
    "flip": Key("number", 0.0, "probability to mirror an image", "把图像左右翻转的概率", 0, 1),
    "noise": Key("number", 0.0, "standard deviation of noise on the pixels", "像素噪声的标准差", 0, 1),
    "batch_size": Key("whole", 32, "examples of a mini-batch", "小批量的样本数", 16, 512),
    "epochs": Key("whole", 10, "how often every training example is used", "每个训练样本使用多少遍", 1, 1000),
    "patience": Key(
        "whole",
        0,
        "early stopping after so many epochs without improvement; 0: none",
        "连续这么多轮没有改进就早停；0 表示不用早停",
        0,
        100,
    ),
    "aside": Key(
        "number",
        0.1,
        "share of the training rows that early stopping watches instead of training on",
        "早停时留出、只用于监视而不参与训练的样本占比",
        0.05,
        0.5,
    ),
}
# A key that would do nothing with the others is refused: it is a misunderstanding, and an ablation of it is empty.
ONLY_WITH = {
    "momentum": ("optimizer", ("momentum", "nesterov")),
    "weight_decay": ("optimizer", ("adamw",)),
    "init_scale": ("init", ("normal",)),
    "warmup": ("schedule", ("warmup_cosine",)),
}
MOST_HIDDEN = 3


def validate(mission: str, configuration: Any) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    """(complete configuration, []) for a configuration that follows the schema, or (None, problems).

    A problem is {"en", "zh"}: the key, its value, and what is allowed. Only plain data of exact types is accepted (and
    NumPy's numbers, converted); no object inside `configuration` is called or compared.
    Raises ValueError for an unknown mission.
    """
    if mission not in ALL:
        raise ValueError(f"mission = {mission!r}: must be one of {', '.join(ALL)}")
    about = ALL[mission]
    if type(configuration) is not dict:
        return None, [
            both(
                f'the configuration is {word(configuration)}; it must be a dict such as {{"prediction": 0.9, "lr": 0.1}}',
                f'配置是 {word(configuration)}；它应当是一个字典，例如 {{"prediction": 0.9, "lr": 0.1}}',
            )
        ]
    if len(configuration) > MOST_KEYS:
        return None, [
            both(
                f"the configuration has {len(configuration)} keys; there are {len(SCHEMA)} to choose from",
                f"配置有 {len(configuration)} 个键；可用的键只有 {len(SCHEMA)} 个",
            )
        ]
    problems = [unknown(name) for name in configuration if type(name) is not str or name not in SCHEMA]
    config = {}
    for name, key in SCHEMA.items():
        value = plain(configuration.get(name, key.default)) if name in configuration else key.default
        if value is REQUIRED:
            problems.append(both(f'"{name}" is missing: {key.en}', f'缺少 "{name}"：{key.zh}'))
        elif problem := wrong(name, key, value):
            problems.append(problem)
        config[name] = list(value) if type(value) is list else value
    if not problems:
        problems = of_the_mission(about, config, configuration) + together(about, config, configuration)
    return (None, problems) if problems else (config, [])


def both(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's; everything else unchanged."""
    return value.item() if isinstance(value, (np.bool_, np.integer, np.floating)) else value


def word(value: Any) -> str:
    """A value for a message in either language: plain data shortened, for anything else its type in <>."""
    if value is None or type(value) in (bool, float):
        return repr(value)
    if type(value) is int:
        return repr(value) if abs(value) < 10**12 else "<int, more than 12 digits>"
    if type(value) is str:
        return repr(value if len(value) <= 40 else value[:37] + "...")
    if type(value) is list and len(value) <= 30 and all(type(item) in (int, float) for item in value):
        return "[" + ", ".join(word(item) for item in value) + "]"
    return f"<{kind_of(value)}>"


def unknown(name: Any) -> dict[str, str]:
    near = get_close_matches(name[:40], SCHEMA, n=1, cutoff=0.5) if type(name) is str else []
    hint = (f"; did you mean {near[0]!r}?", f"；是不是想写 {near[0]!r}？") if near else ("", "")
    return both(
        f"{word(name)} is no key of a configuration{hint[0] or ': there are ' + ', '.join(SCHEMA)}",
        f"{word(name)} 不是配置的键{hint[1] or '：可用的键有 ' + '、'.join(SCHEMA)}",
    )


def wrong(name: str, key: Key, value: Any) -> dict[str, str] | None:
    """The problem of a single value; None if it is allowed."""
    if key.optional and value is None:
        return None
    fits = {
        "word": lambda: type(value) is str and value in key.words,
        "yes/no": lambda: type(value) is bool,
        "whole": lambda: type(value) is int and key.low <= value <= key.high,
        "number": lambda: type(value) in (int, float) and key.low <= value <= key.high and isfinite(value),
        "widths": lambda: (
            type(value) is list
            and 1 <= len(value) <= 30
            and all(type(width) is int and key.low <= width <= key.high for width in value)
        ),
    }
    if fits[key.kind]():
        return None
    en, zh = expected(key)
    return both(
        f'"{name}": {word(value)} is not allowed; it must be {en}', f'"{name}"：不能是 {word(value)}；应当是{zh}'
    )


def expected(key: Key) -> tuple[str, str]:
    """The allowed values of a key in words, for messages and for the table in the documentation."""
    either, or_ = (" or None", "，或者 None") if key.optional else ("", "")
    if key.kind == "word":
        names = [f'"{word}"' for word in key.words]
        return "one of " + ", ".join(names), " " + "、".join(names) + " 之一"
    if key.kind == "yes/no":
        return "True or False", " True 或 False"
    span = f"{key.low:g} .. {key.high:g}"
    if key.kind == "widths":
        return (
            f"a list of whole numbers {span}, one for each hidden layer",
            f"整数列表，每个隐藏层一个数，范围 {span}",
        )
    noun = ("a whole number", "整数") if key.kind == "whole" else ("a number", "数")
    return f"{noun[0]} {span}{either}", f"{noun[1]}，范围 {span}{or_}"


def of_the_mission(about: Mission, config: dict, configuration: dict) -> list[dict[str, str]]:
    """The problems of a configuration with the rules of this mission."""
    problems = [
        both(
            f'"{name}": {word(config[name])} is not allowed here: {about.why_en}; leave it out',
            f'"{name}"：这里不能是 {word(config[name])}，因为{about.why_zh}；请去掉它',
        )
        for name in about.fixed
        if config[name] != SCHEMA[name].default
    ]
    layers, most = len(config["hidden"]), max(config["hidden"])
    if about.hidden_layers is not None and layers != about.hidden_layers:
        problems.append(
            both(
                f'"hidden" has {layers} {"layer" if layers == 1 else "layers"}; this mission needs exactly {about.hidden_layers} hidden layers (and the '
                f"last one makes {about.hidden_layers + 1}), as in [64] * {about.hidden_layers}",
                f'"hidden" 有 {layers} 层；这项任务要求恰好 {about.hidden_layers} 个隐藏层（加上输出层共 '
                f"{about.hidden_layers + 1} 层），例如 [64] * {about.hidden_layers}",
            )
        )
    elif about.hidden_layers is None and layers > MOST_HIDDEN:
        problems.append(
            both(
                f'"hidden" has {layers} layers; at most {MOST_HIDDEN} here',
                f'"hidden" 有 {layers} 层；这里最多 {MOST_HIDDEN} 层',
            )
        )
    if most > about.max_width:
        problems.append(
            both(
                f'"hidden": a layer of {most} units is too wide; at most {about.max_width} here',
                f'"hidden"：有一层 {most} 个单元，太宽；这里最多 {about.max_width}',
            )
        )
    return problems


def together(about: Mission, config: dict, configuration: dict) -> list[dict[str, str]]:
    """The problems of values in combination: keys without effect, batches of one row, the budget."""
    problems = []
    for name, (other_key, allowed_values) in ONLY_WITH.items():
        if name in configuration and config[other_key] not in allowed_values:
            allowed = " / ".join(f'"{value}"' for value in allowed_values)
            problems.append(
                both(
                    f'"{name}" has no effect with "{other_key}": "{config[other_key]}"; leave it out, or choose {allowed}',
                    f'"{other_key}" 为 "{config[other_key]}" 时，"{name}" 不起作用；请去掉它，或把 "{other_key}" 改成 {allowed}',
                )
            )
    if "aside" in configuration and not config["patience"]:
        problems.append(
            both(
                '"aside" has no effect without early stopping; leave it out, or set "patience"',
                '没有早停时 "aside" 不起作用；请去掉它，或设置 "patience"',
            )
        )
    rows = training_rows(about, config)
    if config["batch_norm"] and rows % config["batch_size"] == 1:
        problems.append(
            both(
                f'"batch_size": {config["batch_size"]} leaves a last batch of one example ({rows} training rows), and '
                "batch normalization needs two; take another batch size",
                f'"batch_size" 为 {config["batch_size"]} 时，{rows} 个训练样本会剩下只有一个样本的批，'
                "而批量归一化至少需要两个；请换一个批量大小",
            )
        )
    if cost(about, config) > about.budget:
        problems.append(
            both(
                f'"epochs": {config["epochs"]} epochs of {rows} examples are {cost(about, config):,} example-gradients, and '
                f"the budget is {about.budget:,}; at most {about.budget // rows} epochs",
                f'"epochs"：{config["epochs"]} 轮、每轮 {rows} 个样本，共 {cost(about, config):,} 次样本梯度，'
                f"超过了预算 {about.budget:,}；最多 {about.budget // rows} 轮",
            )
        )
    return problems


def training_rows(about: Mission, config: dict) -> int:
    """The number of rows that a run trains on: all except those that early stopping puts aside."""
    aside = round(config["aside"] * about.num_train) if config["patience"] else 0
    return about.num_train - aside


def cost(about: Mission, config: dict) -> int:
    """The largest number of example-gradients that a run can use; early stopping may end it sooner."""
    return config["epochs"] * training_rows(about, config)

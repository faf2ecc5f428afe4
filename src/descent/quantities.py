"""The names of the values that a run compares, as a Chinese card shows them: what is code stays, the rest is said.

    chinese("params after step 1")                      -> "`params`（第 1 步后）"
    in_chinese("`params after step 1` 数值不对")          -> "`params`（第 1 步后）数值不对"

The English names stand in descent/exercises, in the keys and in the patterns. An English card shows them as they are.
"""

import re

PATTERNS = [
    (r"lr at step (\d+)", "`lr`（第 {0} 步）"),
    (r"(\w+) after step (\d+)", "`{0}`（第 {1} 步后）"),
    (r"(\w+) in step (\d+)", "`{0}`（第 {1} 步）"),
    (r"(\w+) in evaluation", "`{0}`（评估时）"),
    (r"lr for (.+) \* X", "`lr`（把 `X` 换成 `{0} * X`）"),
    (r"floor for lr (.+)", "`floor`（`lr = {0}`）"),
    (r"grad of (\w+)", "`{0}.grad`"),
    (r"kind of (\w+\[\d+\])", "`{0}` 的类型"),
    (r"names for (\w+\[\d+\])", "`{0}` 的名字列表"),
    (r"cache (\w+)", "`cache` 中的 `{0}`"),
    (r"clipped (\w+)", "裁剪后的 `{0}`"),
    (r"calls[ _]of[ _](\w+)", "`{0}` 的调用次数"),
]
NAMES = {
    "batch_sizes": "各批的大小",
    "components^T components": "`components.T @ components`",
    "different columns": "互不相同的列数",
    "different rows": "互不相同的行数",
    "entries that are exactly 0": "恰好为 0 的元素个数",
    "fewest words": "最少的词数",
    "first synonyms among the replacements": "替换成第一个同义词的比例",
    "first word among those left alone": "只剩一个词时剩下首词的比例",
    "floor without noise": "没有噪声时的 `floor`",
    "highest": "最大的权重",
    "lowest": "最小的权重",
    "number of words at p = 0": "`p = 0` 时的词数",
    "number of words at p = 1": "`p = 1` 时的词数",
    "orders by an exchange of two words": "交换两个词得到的顺序",
    "orders in which all words have moved": "所有词都换了位置的顺序",
    "pairs of down and right": "（`down`, `right`）组合的个数",
    "restored params": "恢复的 `params`",
    "restored params after another stopper was at work": "另一个 `EarlyStopping` 用过之后恢复的 `params`",
    "restored params after more training": "继续训练之后恢复的 `params`",
    "restored params once more": "再次恢复的 `params`",
    "rows_per_step": "每一步用到的行数",
    "sentences left whole": "原样保留的句子所占的比例",
    "share left out": "删去的比例",
    "share replaced": "替换的比例",
    "share within one std": "绝对值小于一个标准差的比例",
    "stop in epoch": "停止的那一轮",
    "stop in every epoch": "每一轮是否停止",
    "synonyms that occur": "出现过的同义词",
    "values in a large mask": "大 `mask` 中出现的数值",
    "values of all pixels": "所有像素的取值",
    "words after no swap": "一次也不交换时的词",
    "words at p = 0": "`p = 0` 时的词",
    "words left alone": "单独剩下的词",
    "words of an empty sentence": "空句子得到的词",
    "words that occur": "出现过的词",
}


def chinese(name: str) -> str:
    """What a Chinese card calls the value of this name; code stands between backquotes."""
    if name in NAMES:
        return NAMES[name]
    for pattern, words in PATTERNS:
        if match := re.fullmatch(pattern, name):
            return words.format(*match.groups())
    return f"`{name}`"


def in_chinese(sentence: str) -> str:
    """A Chinese sentence with the values in it, each between backquotes, called by their Chinese names."""
    parts = sentence.split("`")
    for place in range(1, len(parts), 2):
        words = chinese(parts[place])
        if words == f"`{parts[place]}`":
            parts[place] = words
            continue
        if parts[place - 1].endswith("你的 ") and "`" not in words:
            words = f"“{words}”"  # 你的原样保留的句子所占的比例 would be read as one long attribute
        # No space between two Chinese characters, one between Chinese and code.
        if not words.startswith("`"):
            parts[place - 1] = parts[place - 1].removesuffix(" ")
        if not words.endswith("`"):
            parts[place + 1] = parts[place + 1].removeprefix(" ")
        parts[place] = words
    return "".join(parts)

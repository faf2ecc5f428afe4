"""Four graded missions and one for practice: the difficulty of each, its training data, its training budget.

A budget is counted in example-gradients: one example, forward and backward through the network. An epoch costs one for
each training example, whatever the batch size.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mission:
    """num_train: labelled training images. budget: example-gradients of one training run.

    hidden_layers: how many hidden layers a configuration must have (None: free within the schema's range).
    max_width: of a hidden layer. fixed: keys of a configuration that must keep their default, and why.
    """

    en: str
    zh: str
    num_train: int
    budget: int
    hidden_layers: int | None = None
    max_width: int = 128
    fixed: tuple[str, ...] = ()
    why_en: str = ""
    why_zh: str = ""


MISSIONS = {
    "few_labels": Mission("200 labels", "200 个标签", num_train=200, budget=24_000),
    "flipped_labels": Mission("30 % flipped labels", "30% 的标签是错的", num_train=1500, budget=30_000),
    "deep": Mission(
        "20 layers without batch norm",
        "20 层，不用批量归一化",
        num_train=1500,
        budget=24_000,
        hidden_layers=19,
        max_width=64,
        fixed=("batch_norm",),
        why_en="this mission is about 20 layers without batch normalization",
        why_zh="这项任务要求 20 层网络不用批量归一化",
    ),
    "bad_scales": Mission(
        "badly scaled inputs",
        "输入尺度混乱",
        num_train=1000,
        budget=20_000,
        fixed=("shift", "flip", "noise"),
        why_en="the inputs of this mission are measurements on 784 scales, no images that could be moved",
        why_zh="这项任务的输入是 784 个尺度各异的测量值，不是可以平移的图像",
    ),
}
# Not graded: the notebook's worked example is tuned on it, so it may show every setting.
PRACTICE = {"short_run": Mission("2000 labels, three epochs", "2000 个标签，只够三轮", num_train=2000, budget=6_000)}
ALL = MISSIONS | PRACTICE

"""What students write instead of EarlyStopping: each version changes one method of the right class."""

from functools import partial

from reference.early_stopping import EarlyStopping
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "EarlyStopping")


def take_in(stopper, loss, params, improves, copy=None):
    """`update` with another test for an improvement, or another way to store params."""
    if improves:
        stopper.best_loss, stopper.best_epoch, stopper.num_bad = loss, stopper.num_epochs, 0
        stopper.best_params = (copy or (lambda p: {name: array.copy() for name, array in p.items()}))(params)
    else:
        stopper.num_bad += 1
    stopper.num_epochs += 1
    return stopper.num_bad >= stopper.patience


@wrong(
    observation=("it stops too early, and `num_bad` never falls", "停得太早，而且 `num_bad` 从不变小"),
    question=(
        "a bad epoch, a good one, a bad one: what is num_bad now?",
        "一轮没有改进，一轮有改进，又一轮没有：num_bad 现在是多少？",
    ),
    name=(
        "`num_bad` is not set back to 0 after an improvement: it counts all bad epochs, not those in a row",
        "有了改进之后没有把 `num_bad` 归零：它数的是所有没有改进的轮，而不是连续的",
    ),
)
class NeverResets(EarlyStopping):
    def update(self, loss, params):
        bad = self.num_bad
        super().update(loss, params)
        self.num_bad = bad if self.num_bad == 0 else bad + 1
        return self.num_bad >= self.patience


@wrong(
    observation=(
        "everything is right but the epoch in which it stops: that is one too late",
        "其余都对，只是停的那一轮晚了一轮",
    ),
    question=(
        "with patience 1, after how many bad epochs is it time to stop?",
        "patience 为 1 时，几轮没有改进就该停？",
    ),
    name=(
        "`num_bad > patience` instead of `num_bad >= patience`",
        "写成了 `num_bad > patience`，应为 `num_bad >= patience`",
    ),
)
class OneEpochLate(EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return self.num_bad > self.patience


@wrong(
    observation=(
        "a loss that is lower than the one before it, but not the lowest, becomes `best_loss`",
        "只比前一轮低、却不是最低的损失，也成了 `best_loss`",
    ),
    question=("with what do you compare a new loss?", "你拿新的损失和什么作比较？"),
    name=(
        "compared with the loss of the epoch before instead of the best one so far",
        "和上一轮的损失作了比较，应和迄今最好的损失比较",
    ),
)
class ComparesWithPrevious(EarlyStopping):
    previous = float("inf")

    def update(self, loss, params):
        improves, self.previous = loss < self.previous - self.min_delta, loss
        return take_in(self, loss, params, improves)


@wrong(
    observation=(
        "stops, losses and counts are right; the params that come back are those of the last epoch, and "
        "they change as training goes on",
        "停的时机、损失、计数都对；但恢复出来的是最后一轮的参数，而且训练一继续它们就跟着变",
    ),
    question=(
        "`self.best_params = params`: how many dicts and how many arrays are there after this line?",
        "执行 `self.best_params = params` 之后，一共有几个字典、几个数组？",
    ),
    name=(
        "`update` keeps no copy: the stored params are the very arrays that training goes on changing "
        "(`dict(params)` makes a new dict of the same arrays)",
        "`update` 没有复制：存下的就是训练还在改动的那些数组（`dict(params)` 只新建了字典，数组还是原来的）",
    ),
)
class KeepsNoCopy(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, loss < self.best_loss - self.min_delta, copy=lambda p: p)


@wrong(
    observation=(
        "stops, losses and counts are right; the params that come back are those of the last epoch, and "
        "they change as training goes on and when somebody writes into what came back",
        "停的时机、损失、计数都对；但恢复出来的是最后一轮的参数，训练一继续、或者有人改动返回的数组，它们就跟着变",
    ),
    question=(
        "`self.best_params = params`: how many dicts and how many arrays are there after this line?",
        "执行 `self.best_params = params` 之后，一共有几个字典、几个数组？",
    ),
    name=(
        "no copy anywhere, neither when params are kept nor when they are restored",
        "从头到尾都没有复制：保存时没有，恢复时也没有",
    ),
)
class CopiesNowhere(KeepsNoCopy):
    def restore(self):
        return self.best_params


@wrong(
    observation=(
        "stops, losses and counts are right; the params that come back change where training, or somebody else, "
        "writes into the arrays",
        "停的时机、损失、计数都对；但训练或别人就地改动数组时，恢复出来的参数也跟着变",
    ),
    question=(
        "`dict(params)`: how many dicts and how many arrays are there after it?",
        "执行 `dict(params)` 之后，一共有几个字典、几个数组？",
    ),
    name=(
        "`dict(params)` is a new dict of the same arrays: copy each array, in `update` and in `restore`",
        "`dict(params)` 只新建了字典，数组还是原来的：`update` 和 `restore` 里都要复制每个数组",
    ),
    holds=lambda inputs, got, right: all(got[name] == right[name] for name in ("stop in epoch", "best_loss")),
)
class NewDictsOnly(KeepsNoCopy):
    def restore(self):
        super().restore()
        return dict(self.best_params)


@wrong(
    observation=(
        "stops, losses and counts are right; the params that come back are those of the last epoch, and "
        "stay so as training goes on",
        "停的时机、损失、计数都对；但恢复出来的是最后一轮的参数，训练继续时它们不再变",
    ),
    question=("is every epoch worth keeping?", "每一轮的参数都值得保存吗？"),
    name=(
        "the params are saved in every epoch, not only when the loss improves",
        "每一轮都保存了参数，应只在损失有改进时保存",
    ),
)
class SavesEveryEpoch(EarlyStopping):
    def update(self, loss, params):
        stop = super().update(loss, params)
        self.best_params = {name: array.copy() for name, array in params.items()}
        return stop


@wrong(
    observation=(
        "restored params are right, until somebody writes into what came back",
        "恢复出来的参数是对的，直到有人改动了返回的数组",
    ),
    question=(
        "training goes on with what `restore` returned. What becomes of the best params?",
        "训练拿着 `restore` 返回的数组继续进行，最好的参数会怎样？",
    ),
    name=(
        "`restore` hands out the stored arrays themselves: it has to return copies",
        "`restore` 把存着的数组本身交了出去：应当返回副本",
    ),
)
class RestoresItsOwn(EarlyStopping):
    def restore(self):
        super().restore()
        return self.best_params


@wrong(
    observation=(
        "right where min_delta is 0; else improvements that are too small set `num_bad` back",
        "min_delta 为 0 时正确；否则，太小的改进也让 `num_bad` 归零了",
    ),
    question=("where do you use min_delta?", "min_delta 用在了哪里？"),
    name=("min_delta is not used: `loss < best_loss`", "没有用到 min_delta：写成了 `loss < best_loss`"),
)
class IgnoresMinDelta(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, loss < self.best_loss)


@wrong(
    observation=(
        "right where min_delta is 0; else even a loss somewhat above the best one becomes `best_loss`",
        "min_delta 为 0 时正确；否则，比最好的略高的损失也成了 `best_loss`",
    ),
    question=(
        "should a larger min_delta make it harder or easier to count as an improvement?",
        "min_delta 越大，应当越难还是越容易算作改进？",
    ),
    name=(
        "the sign of min_delta: `loss < best_loss + min_delta` instead of `best_loss - min_delta`",
        "min_delta 的符号写反了：写成了 `best_loss + min_delta`，应为 `best_loss - min_delta`",
    ),
)
class DeltaAdded(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, loss < self.best_loss + self.min_delta)


@wrong(
    observation=(
        "right where min_delta is 0; else `best_loss` follows every small improvement, and many small ones "
        "together never count",
        "min_delta 为 0 时正确；否则 `best_loss` 跟着每个小改进走，许多小改进加起来始终不算数",
    ),
    question=(
        "two improvements of 0.8 min_delta each: together they exceed min_delta. Since which loss do you count?",
        "连续两次改进，各为 0.8 个 min_delta，合起来超过了 min_delta。你是从哪个损失算起的？",
    ),
    name=(
        "`best_loss` is lowered by every lower loss; it moves only when the improvement counts",
        "每个更低的损失都更新了 `best_loss`；只有改进算数时才该更新",
    ),
)
class BestFollowsEveryLoss(EarlyStopping):
    def update(self, loss, params):
        best = self.best_loss
        stop = super().update(loss, params)
        self.best_loss = min(best, loss)
        return stop


@wrong(
    observation=(
        "right but for a loss exactly as good as the best one: that counts as an improvement",
        "其余都对，只是与最好的损失正好相等时，也算成了改进",
    ),
    question=("is 0.7 better than 0.7?", "0.7 比 0.7 更好吗？"),
    name=("`<=` where `<` should be", "该用 `<` 的地方用了 `<=`"),
)
class EqualCounts(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, loss <= self.best_loss - self.min_delta)


@wrong(
    observation=(
        "right but for a loss of NaN: that counts as an improvement, and `best_loss` becomes NaN",
        "其余都对，只是损失为 NaN 时算成了改进，`best_loss` 也变成了 NaN",
    ),
    question=(
        "what does every comparison with NaN give, and in which branch does your code end then?",
        "和 NaN 作任何比较，结果是什么？这时你的代码走进哪个分支？",
    ),
    name=(
        "asks whether the loss is worse and takes everything else for better: NaN is neither",
        "先问损失是否更差，其余一律当作更好：而 NaN 两者都不是",
    ),
)
class NanImproves(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, not loss >= self.best_loss - self.min_delta)


@wrong(
    observation=("all right but `best_epoch`, which is one too large", "其余都对，只是 `best_epoch` 大了 1"),
    question=("what number has the first epoch in the docstring?", "文档字符串里，第一轮的编号是几？"),
    name=(
        "epochs are counted from 1, or counted up before `best_epoch` is set: the first update is epoch 0",
        "轮数从 1 数起，或者在设置 `best_epoch` 之前就加了 1：第一次 update 是第 0 轮",
    ),
)
class CountsFromOne(EarlyStopping):
    def update(self, loss, params):
        stop = super().update(loss, params)
        if self.num_bad == 0:
            self.best_epoch = self.num_epochs
        return stop


@wrong(
    observation=(
        "right, until another stopper is at work: then its params come back from the first",
        "本来是对的，但另建一个 `EarlyStopping` 用过之后，第一个恢复出来的就成了它的参数",
    ),
    question=(
        "which of your attributes belong to the class, and which to one object?",
        "你的哪些属性属于类，哪些属于单个对象？",
    ),
    name=(
        "a dict that stands in the class body is shared by all objects: make it in `__init__`",
        "写在类体里的字典由所有对象共用：应在 `__init__` 里新建",
    ),
)
class SharedByAll(EarlyStopping):
    shared = {}

    def update(self, loss, params):
        def keep(params):
            self.shared.update({name: array.copy() for name, array in params.items()})
            return self.shared

        return take_in(self, loss, params, loss < self.best_loss - self.min_delta, copy=keep)


@wrong(
    observation=(
        "right up to the epoch in which it stops; asked again after it, in a row of bad epochs, it says go on",
        "直到该停的那一轮都对；之后各轮仍没有改进，再问它时却说继续",
    ),
    question=(
        "patience is 3 and num_bad is 4: is it time to stop?",
        "patience 为 3，num_bad 为 4：该停了吗？",
    ),
    name=(
        "`num_bad == patience` instead of `num_bad >= patience`",
        "写成了 `num_bad == patience`，应为 `num_bad >= patience`",
    ),
    holds=lambda inputs, got, right: "go_on" in inputs and got["stop in epoch"] == right["stop in epoch"],
)
class SaysStopOnce(EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return self.num_bad == self.patience


@wrong(
    observation=(
        "right but for epochs whose loss is NaN: `num_bad` stays as it is there",
        "除损失为 NaN 的那些轮以外都对；在那些轮里 `num_bad` 没有变",
    ),
    question=(
        "is an epoch whose loss is NaN one that improves, or one that does not?",
        "损失为 NaN 的一轮，算有改进，还是没有改进？",
    ),
    name=(
        "a NaN loss is skipped: it is no improvement, so the epoch counts in `num_bad`",
        "跳过了 NaN 的损失：它不是改进，这一轮应当计入 `num_bad`",
    ),
    holds=lambda inputs, got, right: bool(inputs.get("nan_at")),
)
class SkipsNaN(EarlyStopping):
    def update(self, loss, params):
        if loss != loss:
            self.num_epochs += 1
            return self.num_bad >= self.patience
        return super().update(loss, params)


@wrong(
    observation=(
        "right up to the stop; there `num_bad` is 0 again",
        "停之前都对；到该停的那一轮，`num_bad` 又成了 0",
    ),
    question=(
        "how many epochs have gone by since the last improvement when it says stop?",
        "说该停的那一刻，距上次改进已经过了几轮？",
    ),
    name=(
        "`num_bad` is set back to 0 when it is time to stop: only an improvement does that",
        "该停时把 `num_bad` 归了零：只有改进才会归零",
    ),
    holds=lambda inputs, got, right: got["num_bad"][right["stop in epoch"]] == 0,
)
class StartsAgain(EarlyStopping):
    def update(self, loss, params):
        stop = super().update(loss, params)
        if stop:
            self.num_bad = 0
        return stop


@wrong(
    observation=(
        "the first loss counts as an improvement although it is NaN or infinite",
        "第一个损失是 NaN 或无穷大，却也算成了改进",
    ),
    question=(
        "what is best_loss before the first improvement, and is the first loss below it?",
        "第一次改进之前 best_loss 是多少？第一个损失比它小吗？",
    ),
    name=(
        "the first loss is taken for the best whatever it is, as if none had to be beaten: best_loss is inf there",
        "第一个损失不论多少都当作最好的，好像不用跟谁比：这时的 best_loss 是 inf",
    ),
    holds=lambda inputs, got, right: got["best_epoch"][0] == 0 and right["best_epoch"][0] is None,
)
class FirstLossIsBest(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, self.best_epoch is None or loss < self.best_loss - self.min_delta)


A_SHARE = (
    "min_delta is taken for a share: `loss < best_loss * (1 - min_delta)`, as PyTorch's ReduceLROnPlateau does; here it is "
    "subtracted",
    "把 min_delta 当成了比例：`loss < best_loss * (1 - min_delta)`（PyTorch 的 ReduceLROnPlateau 的约定）；这里是直接减去",
)


@wrong(
    observation=(
        "right while `min_delta` is 0; else other epochs count as improvements than should",
        "`min_delta` 为 0 时正确；否则算作改进的轮不对",
    ),
    question=(
        "best_loss is 2 and min_delta 0.1: below which loss does an epoch improve?",
        "best_loss 为 2、min_delta 为 0.1 时，损失低于多少才算有改进？",
    ),
    name=A_SHARE,
    holds=lambda inputs, got, right: inputs.get("min_delta", 0) > 0,
)
class RelativeDelta(EarlyStopping):
    def update(self, loss, params):
        return take_in(self, loss, params, loss < self.best_loss * (1 - self.min_delta))


@wrong(
    observation=(
        "right where min_delta is 0; else a small loss need not fall as far as min_delta says, and a large one farther",
        "min_delta 为 0 时正确；否则，损失小的时候降得不到 min_delta 也算改进，损失大的时候要降得更多才算",
    ),
    question=(
        "best_loss is 2 and min_delta 0.1: below which loss is an epoch an improvement?",
        "best_loss 为 2、min_delta 为 0.1 时，损失低于多少才算有改进？",
    ),
    name=A_SHARE,
    holds=lambda inputs, got, right: inputs.get("min_delta", 0) > 0,
)
class RelativeDeltaAfterTheFirst(EarlyStopping):
    def update(self, loss, params):
        first = self.best_epoch is None and loss < self.best_loss
        return take_in(self, loss, params, first or loss < self.best_loss * (1 - self.min_delta))


@wrong(
    observation=(
        "right for float64; float32 params come back as float64",
        "float64 的参数都对；float32 的参数恢复出来成了 float64",
    ),
    question=(
        "which dtype does a copy have, and which does `np.array(a, dtype=float)`?",
        "副本是什么 dtype？`np.array(a, dtype=float)` 又是什么？",
    ),
    name=(
        "the params are kept as float64 (`np.array(array, dtype=float)`, `astype(float)`): `array.copy()` keeps the dtype",
        "保存时把参数转成了 float64（`np.array(array, dtype=float)`、`astype(float)`）：`array.copy()` 会保持 dtype",
    ),
    holds=lambda inputs, got, right: inputs.get("dtype") == "float32",
)
class KeepsFloat64(EarlyStopping):
    def update(self, loss, params):
        copy = lambda p: {name: array.astype(float) for name, array in p.items()}  # noqa: E731
        return take_in(self, loss, params, loss < self.best_loss - self.min_delta, copy)


@wrong(
    observation=(
        "`best_epoch` goes up by one at each improvement, however many epochs lie in between",
        "不管中间隔了几轮，`best_epoch` 每次改进都只加一",
    ),
    question=(
        "epochs 0 and 3 improve. What is best_epoch after the second of them?",
        "第 0 轮和第 3 轮有改进。后一次改进之后，best_epoch 是多少？",
    ),
    name=(
        "only the epochs that improve are counted: the counter has to go up at every `update`",
        "只数了有改进的轮：每次 `update` 计数都要加一",
    ),
    holds=lambda inputs, got, right: one_by_one([epoch for epoch in got["best_epoch"] if epoch is not None]),
)
class CountsImprovements(EarlyStopping):
    def update(self, loss, params):
        stop = super().update(loss, params)
        self.num_epochs -= self.num_bad > 0
        return stop


def one_by_one(epochs):
    """True if the numbers begin at 0 and each is equal to the one before or one more."""
    return sorted(set(epochs)) == list(range(len(set(epochs))))

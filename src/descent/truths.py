"""What is wrong when a truth value that a run reports is not the right one, as a sentence in both languages.

The names are those that the runs in descent/exercises give to properties no array shows: an order, a draw, a repetition.
"""

Both = dict[str, str]

# name: what to say when it is True and must not be, or False and must not be
WRONG: dict[str, tuple[bool, str, str]] = {
    "rows_missing": (True, "some rows never come up in an epoch", "有些行在一轮里从未出现"),
    "rows_repeated": (True, "some rows come up more than once in an epoch", "有些行在一轮里出现了不止一次"),
    "y_with_its_row": (False, "a row of X comes with the y of another row", "X 的某一行配上了别的行的 y"),
    "neighbours_kept": (
        True,
        "most rows are followed by the row that follows them in X: the rows are not shuffled one by one",
        "大多数行后面紧跟的仍是 X 中的下一行：没有逐行打乱",
    ),
    "a_row_keeps_its_place": (
        True,
        "some row has the same place in every epoch: the order is not random over all rows",
        "有一行在每一轮里都排在同一个位置：并没有在所有行之间打乱",
    ),
    "rows_rise": (
        True,
        "over many epochs, the next row comes from further down in X too often: the order is not random over all rows",
        "多轮统计下来，下一行在 X 中更靠后的情况出现得过多：并没有在所有行之间打乱",
    ),
    "rows_near_their_place": (
        True,
        "rows near the beginning of X come early in every epoch: the order is not random over all rows",
        "X 中靠前的行在每一轮里都先出现：并没有在所有行之间打乱",
    ),
    "sorted_in_each_batch": (
        True,
        "within each batch the rows stand in the order of X: the order is not random over all rows",
        "每一批内部，各行仍按 X 中的顺序排列：并没有在所有行之间打乱",
    ),
    "order_kept": (True, "the rows come in the order of X: they are not shuffled", "各行仍按 X 中的顺序出现：没有打乱"),
    "same_order": (True, "every epoch has the same order", "每一轮的顺序都一样"),
    "order_turned": (
        True,
        "an epoch has the order of the first one, only backwards or begun at another row: draw a new order every epoch",
        "某一轮只是把第一轮的顺序倒过来，或者换了个起点：每一轮都要重新抽取顺序",
    ),
    "same_order_next_epoch": (True, "the next epoch has the same order", "下一轮的顺序和这一轮一样"),
    "same_order_for_the_same_seed": (
        False,
        "two generators of the same seed give different orders",
        "种子相同的两个生成器给出了不同的顺序",
    ),
    "same_order_for_another_seed": (
        True,
        "a generator of another seed gives the same order",
        "换一个种子，顺序却没有变",
    ),
    "same mask from generators of the same seed": (
        False,
        "two generators of the same seed give different masks",
        "种子相同的两个生成器给出了不同的掩码",
    ),
    "same mask for the next batch": (True, "the next batch gets the same mask", "下一个批量用的是同一个掩码"),
    "out is X * mask": (False, "the output is not X times the mask that is returned", "输出不等于 X 乘以所返回的掩码"),
    "always the same number dropped": (
        True,
        "every mask drops the same number of entries: entries are not dropped independently",
        "每个掩码丢弃的元素个数都一样：各元素没有独立地丢弃",
    ),
    "rng drawn from in evaluation": (True, "something is drawn from rng in evaluation", "评估时也从 rng 抽取了随机数"),
    "floating-point numbers": (False, "the weights are not floating-point numbers", "权重不是浮点数"),
    "same weights from generators of the same seed": (
        False,
        "two generators of the same seed give different weights",
        "种子相同的两个生成器给出了不同的权重",
    ),
    "same weights at the next call": (
        True,
        "the next call with the same generator gives the same weights",
        "用同一个生成器再调用一次，得到的权重完全一样",
    ),
    "mean is 0 up to chance": (
        False,
        "the mean of the weights is farther from 0 than chance explains",
        "权重的均值偏离 0 太远，不能用随机波动解释",
    ),
    "no weight is used twice": (
        False,
        "many weights have the same size: each weight needs a draw of its own, not the draw of another one with the other sign",
        "许多权重的绝对值相同：每个权重都要单独抽取，不能把别的权重变号再用",
    ),
    "gain is positive": (False, "the gain is not positive", "增益不是正数"),
    "same images from generators of the same seed": (
        False,
        "two generators of the same seed give different images",
        "种子相同的两个生成器给出了不同的图像",
    ),
    "same images from generators of other seeds": (
        True,
        "a generator of another seed gives the same images",
        "换一个种子，得到的图像却没有变",
    ),
    "every image is a shift of the original": (
        False,
        "an image comes out that is no shift of the one that came in",
        "有一幅图像不是由原图平移得到的",
    ),
    "one of two equal words left out": (
        False,
        "of a word that stands in the sentence twice, never just one is left out: each has a chance of its own",
        "句子里出现两次的词，从来不会只删掉其中一个：每一处应各有自己的机会",
    ),
    "moves of every length equally often": (
        False,
        "a move by 0 pixels comes up too often or too seldom: all numbers have to be equally likely",
        "移动 0 个像素的次数过多或过少：各个数应当可能性相同",
    ),
    "all images shifted alike": (True, "all images of a batch are shifted alike", "同一批图像的平移都相同"),
    "same words from generators of the same seed": (
        False,
        "two generators of the same seed give different words",
        "种子相同的两个生成器给出了不同的词",
    ),
    "words are the old ones or their synonyms": (
        False,
        "a word comes out that is neither the old one nor its synonym",
        "有一个词既不是原来的词，也不是它的同义词",
    ),
    "words in their order": (False, "the words that stay are not in their old order", "留下的词没有保持原来的顺序"),
    "words move with swaps": (False, "no word ever moves", "没有任何词移动过"),
    "as many words move as that many swaps can move": (
        False,
        "of a long text too few words move, or too many",
        "文本很长时，移动的词太少或太多",
    ),
    "every result has the same words": (False, "a result has other words than the sentence", "结果里的词与原句不同"),
}


def wrong_truth(name: str, got: object) -> Both | None:
    """The sentence for a wrong truth value; None if it is right or no truth value."""
    entry = WRONG.get(name)
    if entry is None or type(got) is not bool or got is not entry[0]:
        return None
    return {"en": entry[1], "zh": entry[2]}

"""What students write instead of changing sentences at random."""

from functools import partial

from reference.mistakes import Mistake, wrong_version
from reference.text_augmentation import random_deletion, random_swap, synonym_replacement

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- synonym_replacement -----------------------------------------------------------------------------


@wrong(
    "synonym_replacement",
    observation=(
        "at probability 0 all words with synonyms are replaced, at probability 1 none",
        "概率为 0 时，有同义词的词全被替换；概率为 1 时，一个也没替换",
    ),
    question=("is p the probability to replace a word or to keep it?", "p 是替换一个词的概率，还是保留它的概率？"),
    name=(
        "the comparison is turned round: a word is replaced where the draw is below p",
        "比较号写反了：抽到的数小于 p 时才替换",
    ),
)
def p_keeps(tokens, *, synonyms, p, rng):
    draws = rng.random((2, len(tokens)))
    return [
        synonyms[token][int(c * len(synonyms[token]))] if token in synonyms and r >= p else token
        for token, r, c in zip(tokens, *draws)
    ]


@wrong(
    "synonym_replacement",
    observation=(
        "the right share is replaced, and always by the first synonym",
        "替换的比例是对的，但换上的总是第一个同义词",
    ),
    question=("how likely is the second synonym in your code?", "在你的代码里，第二个同义词出现的概率是多少？"),
    name=("`options[0]`: each of the synonyms has to be equally likely", "写成了 `options[0]`：每个同义词都应当等可能"),
)
def first_option(tokens, *, synonyms, p, rng):
    draws = rng.random((2, len(tokens)))
    return [synonyms[token][0] if token in synonyms and r < p else token for token, r in zip(tokens, draws[0])]


@wrong(
    "synonym_replacement",
    observation=(
        "too few words are replaced: with probability 1 some still stay",
        "换掉的词太少：概率为 1 时也有词没换",
    ),
    question=(
        "a word has one synonym. Among how many words do you choose?",
        "一个词只有一个同义词时，你是从几个词里选？",
    ),
    name=(
        "the word itself is among the words to choose from, so some replacements change nothing",
        "备选词里也包括原来的词，所以有些替换等于没换",
    ),
    holds=lambda inputs, got, right: (
        got["share replaced"] < right["share replaced"]
        if "share replaced" in right
        else any(word in inputs["synonyms"] for word in got["words"])
    ),
)
def word_among_the_choices(tokens, *, synonyms, p, rng):
    draws = rng.random((2, len(tokens)))
    options = {word: [word, *others] for word, others in synonyms.items()}
    return [
        options[token][int(c * len(options[token]))] if token in options and r < p else token
        for token, r, c in zip(tokens, *draws)
    ]


@wrong(
    "synonym_replacement",
    observation=(
        "the right share is replaced; the last synonyms of a word come too seldom or never",
        "替换的比例是对的；但一个词靠后的同义词出现得太少，甚至从不出现",
    ),
    question=(
        "a draw that is below p = 0.3: which synonyms can it choose as well?",
        "抽到的数既然小于 p = 0.3，再用它来选，能选到哪些同义词？",
    ),
    name=(
        "one draw decides both whether and by what: the choice needs a draw of its own",
        "用同一个随机数既决定换不换、又决定换成谁：选择需要另抽一个数",
    ),
)
def one_draw_for_both(tokens, *, synonyms, p, rng):
    draws = rng.random((2, len(tokens)))[0]
    return [
        synonyms[token][int(r * len(synonyms[token]))] if token in synonyms and r < p else token
        for token, r in zip(tokens, draws)
    ]


@wrong(
    "synonym_replacement",
    observation=(
        "the right share is replaced; the last synonym of a word never comes",
        "替换的比例是对的；但一个词的最后一个同义词从不出现",
    ),
    question=(
        "which is the largest number that `int(c * 2)` can be for c below 1?",
        "c 小于 1 时，`int(c * 2)` 最大是几？",
    ),
    name=(
        "`int(c * (len(options) - 1))`: it has to be `int(c * len(options))`",
        "写成了 `int(c * (len(options) - 1))`，应为 `int(c * len(options))`",
    ),
)
def last_left_out(tokens, *, synonyms, p, rng):
    draws = rng.random((2, len(tokens)))
    return [
        synonyms[token][int(c * (len(synonyms[token]) - 1))] if token in synonyms and r < p else token
        for token, r, c in zip(tokens, *draws)
    ]


@wrong(
    "synonym_replacement",
    observation=(
        "the returned words are right, but the list handed in as `tokens` has changed where words were replaced",
        "返回的词是对的，但凡有替换，传进来的 `tokens` 列表就被改动了",
    ),
    question=(
        "`new = tokens`: how many lists are there after this line?",
        "执行 `new = tokens` 之后，一共有几个列表？",
    ),
    name=(
        "an in-place change such as `tokens[i] = ...`: work on `list(tokens)`",
        "原地修改：`tokens[i] = ...` 会改动输入，应在 `list(tokens)` 上操作",
    ),
)
def in_place(tokens, *, synonyms, p, rng):
    tokens[:] = synonym_replacement(tokens, synonyms=synonyms, p=p, rng=rng)
    return tokens


@wrong(
    "synonym_replacement",
    observation=("where a word is replaced the sentence gets longer", "只要有词被替换，句子就变长了"),
    question=("how many words does one replaced word leave behind?", "一个词被替换之后，原处应有几个词？"),
    name=("the synonym is added beside the word: it has to take its place", "把同义词加在了原词旁边：应当取代原词"),
)
def adds(tokens, *, synonyms, p, rng):
    replaced = synonym_replacement(tokens, synonyms=synonyms, p=p, rng=rng)
    return [word for pair in zip(tokens, replaced) for word in dict.fromkeys(pair)]


@wrong(
    "synonym_replacement",
    observation=("words without synonyms are missing from the answer", "答案里没有同义词的那些词不见了"),
    question=("what happens to a word that is not in the dict?", "字典里没有的词，会怎样？"),
    name=(
        "only words with synonyms are kept: the others have to stay as they are",
        "只留下了有同义词的词：其余的词应原样保留",
    ),
)
def drops_plain_words(tokens, *, synonyms, p, rng):
    new = synonym_replacement(tokens, synonyms=synonyms, p=p, rng=rng)
    return [word for word, old in zip(new, tokens) if old in synonyms]


# ---- random_deletion -----------------------------------------------------------------------------------


@wrong(
    "random_deletion",
    observation=(
        "at probability 0 all words but one are gone, at probability 1 all are there",
        "概率为 0 时只剩一个词，概率为 1 时一个词也没少",
    ),
    question=("is p the probability to leave a word out or to keep it?", "p 是删掉一个词的概率，还是保留它的概率？"),
    name=(
        "the comparison is turned round: a word stays where the draw is at least p",
        "比较号写反了：抽到的数不小于 p 时才保留",
    ),
)
def deletion_turned(tokens, *, p, rng):
    draws = rng.random(len(tokens))
    last = max(draws, default=0)
    return [token for token, draw in zip(tokens, draws) if draw < p or draw == last]


@wrong(
    "random_deletion",
    observation=("right shares; but sometimes no word is left at all", "比例是对的；但有时一个词也没剩下"),
    question=("what is left when every draw is below p?", "如果每个数都小于 p，还剩下什么？"),
    name=(
        "the sentence may become empty: one word has to stay, each equally likely",
        "句子可能变空：应留下一个词，各词可能性相同",
    ),
)
def may_be_empty(tokens, *, p, rng):
    return [token for token, draw in zip(tokens, rng.random(len(tokens))) if draw >= p]


@wrong(
    "random_deletion",
    observation=(
        "right shares, never empty; but nearly always the first word is the one left alone",
        "比例是对的，也从不为空；但单独留下的几乎总是第一个词",
    ),
    question=(
        "when all words would go: is each of them as likely to stay?",
        "全都要删的时候，每个词留下的机会一样大吗？",
    ),
    name=(
        "the first word stays: it has to be one of them, each equally likely",
        "留下的总是第一个词：应当各词可能性相同",
    ),
)
def first_stays(tokens, *, p, rng):
    return may_be_empty(tokens, p=p, rng=rng) or tokens[:1]


@wrong(
    "random_deletion",
    observation=(
        "right for long sentences; of two words both stay too often",
        "对长句子是对的；只有两个词时，两个都留下的情况太多",
    ),
    question=(
        "one word stays by its own draw. Should another one stay just so that the sentence is not empty?",
        "已经有一个词凭自己的随机数留下了，还需要为了“不为空”再留一个吗？",
    ),
    name=(
        "a word is kept in reserve although others stay: only if none stays of itself is one kept",
        "别的词已经留下时，还额外保住了一个词：只有一个也留不下时，才需要保住一个",
    ),
)
def one_kept_in_any_case(tokens, *, p, rng):
    draws = rng.random(len(tokens))
    reserve = min(draws, default=0)
    return [token for token, draw in zip(tokens, draws) if draw >= p or draw == reserve]


@wrong(
    "random_deletion",
    observation=(
        "the returned words are right, but the list handed in as `tokens` has changed",
        "返回的词是对的，但传进来的 `tokens` 列表被改动了",
    ),
    question=(
        "`tokens.remove(...)` and `del tokens[i]` change which list?",
        "`tokens.remove(...)`、`del tokens[i]` 改动的是哪个列表？",
    ),
    name=("in-place deletion: build a new list", "原地删除：应当构造新列表"),
)
def deletes_in_place(tokens, *, p, rng):
    tokens[:] = random_deletion(tokens, p=p, rng=rng)
    return tokens


@wrong(
    "random_deletion",
    observation=("a long sentence either stays whole or loses all words but one", "长句子要么完整保留，要么只剩一个词"),
    question=("how many random numbers does a sentence of ten words need?", "十个词的句子需要抽几个随机数？"),
    name=("one draw for the whole sentence: every word needs its own", "整个句子只抽了一个数：每个词都应单独抽"),
)
def all_or_nothing(tokens, *, p, rng):
    return list(tokens) if not tokens or rng.random() >= p else [tokens[int(rng.random() * len(tokens))]]


@wrong(
    "random_deletion",
    observation=("too few words are left out, even at probability 1", "删掉的词太少，概率为 1 时也是如此"),
    question=(
        "what happens to the places of the other words when one is removed inside the loop?",
        "循环当中删掉一个词，其余词的位置会怎样变？",
    ),
    name=("a list is changed while a loop runs over it: words are skipped", "一边遍历列表一边删除：有的词被跳过了"),
)
def skips_words(tokens, *, p, rng):
    new = list(tokens)
    for token in new:
        if rng.random() < p and len(new) > 1:
            new.remove(token)
    return new


# ---- random_swap ---------------------------------------------------------------------------------------


@wrong(
    "random_swap",
    observation=("some words come twice and others are lost", "有的词出现了两次，有的词丢了"),
    question=("after `new[i] = new[j]`, where is the old word i?", "执行 `new[i] = new[j]` 之后，原来的词 i 在哪里？"),
    name=(
        "two assignments one after the other: the first overwrites what the second needs. "
        "`new[i], new[j] = new[j], new[i]` exchanges",
        "先后两次赋值：第一次覆盖了第二次要用的词。应写 `new[i], new[j] = new[j], new[i]`",
    ),
)
def overwrites(tokens, *, num_swaps, rng):
    new = list(tokens)
    for i, j in rng.integers(len(tokens), size=(num_swaps, 2)):
        new[i] = new[j]
        new[j] = new[i]
    return new


@wrong(
    "random_swap",
    observation=(
        "right for one exchange; after several only two words at most have moved",
        "交换一次时正确；交换多次之后，动了的词最多只有两个",
    ),
    question=("where does your code use num_swaps?", "num_swaps 用在了你代码的哪里？"),
    name=("one exchange only, whatever num_swaps is", "不管 num_swaps 是多少，都只交换了一次"),
)
def one_only(tokens, *, num_swaps, rng):
    return random_swap(tokens, num_swaps=min(num_swaps, 1), rng=rng)


@wrong(
    "random_swap",
    observation=("the first word is part of every exchange", "每次交换都有第一个词"),
    question=("which of the two places do you draw?", "两个位置里，你抽取的是哪一个？"),
    name=("one place is fixed: both have to be drawn", "有一个位置是固定的：两个位置都应抽取"),
)
def first_and_another(tokens, *, num_swaps, rng):
    new = list(tokens)
    for j in rng.integers(len(tokens), size=num_swaps):
        new[0], new[j] = new[j], new[0]
    return new


@wrong(
    "random_swap",
    observation=("only words beside each other are exchanged", "只有相邻的词才交换"),
    question=(
        "can the first and the last of three words change places in one exchange?",
        "三个词里，第一个和最后一个能在一次交换中对调吗？",
    ),
    name=(
        "a word and its neighbour: the two places have to be drawn independently",
        "交换的总是一个词和它的邻居：两个位置应当各自独立抽取",
    ),
)
def neighbours(tokens, *, num_swaps, rng):
    new = list(tokens)
    for i in rng.integers(len(tokens) - 1, size=num_swaps):
        new[i], new[i + 1] = new[i + 1], new[i]
    return new


@wrong(
    "random_swap",
    observation=(
        "the returned words are right, but the list handed in as `tokens` has changed",
        "返回的词是对的，但传进来的 `tokens` 列表被改动了",
    ),
    question=(
        "`new = tokens`: how many lists are there after this line?",
        "执行 `new = tokens` 之后，一共有几个列表？",
    ),
    name=("an in-place change: exchange in `list(tokens)`", "原地修改：应在 `list(tokens)` 上交换"),
)
def swaps_in_place(tokens, *, num_swaps, rng):
    tokens[:] = random_swap(tokens, num_swaps=num_swaps, rng=rng)
    return tokens


@wrong(
    "random_swap",
    observation=(
        "words move even where nothing should be exchanged, and one exchange can move all three words",
        "不该交换时词也动了，而且交换一次就能让三个词全动",
    ),
    question=("how many words can change places in one exchange?", "一次交换最多有几个词换位置？"),
    name=("the words are shuffled, whatever num_swaps is", "不管 num_swaps 是多少，都把所有词打乱了"),
)
def shuffles(tokens, *, num_swaps, rng):
    order = sorted(range(len(tokens)), key=lambda _: rng.random())
    return [tokens[i] for i in order]

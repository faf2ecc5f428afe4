"""What students hand in to expose the four broken Adams: experiments that show nothing, or too much at "
"once."""

from functools import partial

import numpy as np

from reference.adam_bugs import expose_adam_bugs
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "expose_adam_bugs")


def instead(betas, eps, **inputs):
    """Right inputs for all letters, except those in the arguments."""
    return expose_adam_bugs(betas=betas, eps=eps) | inputs


ONE, UNEQUAL, OTHER = np.array([1.0, 1.0]), np.array([1.0, 3.0]), np.array([-2.0, 0.5])


@wrong(
    observation=(
        "under every letter the same programs go astray: B, C and D",
        "每个字母下走偏的都是同样几个程序：B、C 和 D",
    ),
    question=(
        "if a test fails, which of the four bugs was it? What could you leave out of your gradients?",
        "测试没通过时，是四个错误中的哪一个？你的梯度里有什么可以去掉？",
    ),
    name=(
        "one input for everything: it shows three bugs at once and cannot tell them apart. Change one thing at a time",
        "一个输入包打天下：它同时暴露了三个错误，却分不清是哪一个。每次只改变一样东西",
    ),
)
def everything_at_once(*, betas, eps):
    return dict.fromkeys("ABCD", [UNEQUAL, OTHER, ONE])


@wrong(
    observation=(
        "under A no program goes astray; the other letters are right",
        "A 的梯度没有让任何程序走偏；其他字母都对",
    ),
    question=(
        "how large is eps, and how large is what it is added to in A?",
        "eps 有多大？在 A 里，它加到了多大的数上？",
    ),
    name=(
        "the gradients under A are not small enough: beside v_hat of about 1 an eps counts nowhere. "
        "(Or so small that nothing moves at all)",
        "A 的梯度不够小：v_hat 约为 1 时，eps 放在哪里都没有影响。（或者小到根本走不动）",
    ),
)
def a_of_ordinary_size(*, betas, eps):
    return instead(betas, eps, A=[ONE])


@wrong(
    observation=(
        "under A the programs A and C go astray; the other letters are right",
        "A 的梯度让 A 和 C 都走偏了；其他字母都对",
    ),
    question=(
        "which of the programs are right at the first step, whatever the gradient is?",
        "无论梯度是多少，哪些程序的第一步总是对的？",
    ),
    name=(
        "small gradients, but more than one step: from the second step on C goes astray as well",
        "梯度是够小，但不止一步：从第二步起 C 也会走偏",
    ),
)
def a_in_several_steps(*, betas, eps):
    return instead(betas, eps, A=[eps * ONE] * 3)


@wrong(
    observation=(
        "under A the programs A and B go astray; the other letters are right",
        "A 的梯度让 A 和 B 都走偏了；其他字母都对",
    ),
    question=("what does B do with an array whose entries are all the same?", "数组的元素全都相同时，B 会怎样？"),
    name=(
        "small gradients, but unequal entries: they send B astray as well",
        "梯度是够小，但各元素不相等：这会让 B 也走偏",
    ),
)
def a_with_unequal_entries(*, betas, eps):
    return instead(betas, eps, A=[eps * UNEQUAL])


@wrong(
    observation=(
        "under B no program goes astray; the other letters are right",
        "B 的梯度没有让任何程序走偏；其他字母都对",
    ),
    question=("what is the mean of an array whose entries are all the same?", "元素全都相同的数组，平均值是多少？"),
    name=(
        "a single entry, or entries of one size: there B's mean over the array is the entry itself",
        "只有一个元素，或者各元素大小相同：这时 B 对数组取的平均就是元素本身",
    ),
)
def b_with_equal_entries(*, betas, eps):
    return instead(betas, eps, B=[ONE])


@wrong(
    observation=(
        "under B the programs B and C go astray; the other letters are right",
        "B 的梯度让 B 和 C 都走偏了；其他字母都对",
    ),
    question=("how many steps does B need to go astray?", "要让 B 走偏，需要几步？"),
    name=(
        "unequal entries, but more than one step: from the second step on C goes astray as well",
        "各元素是不相等，但不止一步：从第二步起 C 也会走偏",
    ),
)
def b_in_several_steps(*, betas, eps):
    return instead(betas, eps, B=[UNEQUAL] * 3)


@wrong(
    observation=(
        "under C no program goes astray; the other letters are right",
        "C 的梯度没有让任何程序走偏；其他字母都对",
    ),
    question=("what does C keep from one step for the next?", "C 从这一步留给下一步的是什么？"),
    name=(
        "one step only: what C stores wrongly counts from the next step on",
        "只走了一步：C 存错的东西要到下一步才起作用",
    ),
)
def c_in_one_step(*, betas, eps):
    return instead(betas, eps, C=[ONE])


@wrong(
    observation=(
        "under C the programs C and D go astray; the other letters are right",
        "C 的梯度让 C 和 D 都走偏了；其他字母都对",
    ),
    question=(
        "what are the means of gradients that are all the same, whatever the weights?",
        "如果各步的梯度都相同，无论权重怎样，平均是多少？",
    ),
    name=(
        "the gradients change from step to step: that sends D astray as well. Equal ones do not",
        "各步的梯度在变化：这会让 D 也走偏。梯度不变就不会",
    ),
)
def c_with_changing_gradients(*, betas, eps):
    return instead(betas, eps, C=[ONE, -2 * ONE, 3 * ONE])


@wrong(
    observation=(
        "under D the program C goes astray and D does not; the other letters are right",
        "D 的梯度让 C 走偏了，却没有让 D 走偏；其他字母都对",
    ),
    question=(
        "what are the means of gradients that are all the same, whatever the weights?",
        "如果各步的梯度都相同，无论权重怎样，平均是多少？",
    ),
    name=(
        "equal gradients at every step: they show C, and a weighted mean of equal numbers does not know its weights",
        "各步的梯度都相同：这会暴露 C；而相同的数的加权平均与权重无关",
    ),
)
def d_with_equal_gradients(*, betas, eps):
    return instead(betas, eps, D=[ONE] * 3)


@wrong(
    observation=(
        "under D the programs C and D go astray; the other letters are right",
        "D 的梯度让 C 和 D 都走偏了；其他字母都对",
    ),
    question=(
        "C divides what it stores. Which number stays the same when it is divided?",
        "C 会把存下来的数再除一次。哪个数除了以后不变？",
    ),
    name=(
        "a gradient that is not zero comes before the last one: C goes astray at the step after it. All gradients "
        "before the last one have to be zero",
        "最后一个梯度之前还有非零的梯度：它的下一步 C 就走偏了。除最后一个外，前面的梯度都应当为零",
    ),
)
def d_with_early_gradient(*, betas, eps):
    return instead(betas, eps, D=[ONE, 0 * ONE])


@wrong(
    observation=(
        "under D no program goes astray; the other letters are right",
        "D 的梯度没有让任何程序走偏；其他字母都对",
    ),
    question=(
        "at the first step, what is m_hat for beta1 = 0.9, and what is it for beta1 = 0.999?",
        "第一步时，beta1 = 0.9 的 m_hat 是多少？beta1 = 0.999 的又是多少？",
    ),
    name=(
        "one step only (or zeros only): there m_hat is the gradient, whatever the betas are",
        "只走了一步（或全是零）：这时无论 beta 是多少，m_hat 都等于梯度",
    ),
)
def d_in_one_step(*, betas, eps):
    return instead(betas, eps, D=[ONE])


@wrong(
    observation=(
        "A and B are right; under C it is D that goes astray, and under D it is C",
        "A 和 B 都对；C 的梯度让 D 走偏，D 的梯度让 C 走偏",
    ),
    question=(
        "which of the two programs hands its corrected moments on, and which mixes up its betas?",
        "这两个程序，哪个把校正后的矩传了下去？哪个把 beta 弄混了？",
    ),
    name=("the inputs for C and D are swapped", "C 和 D 的输入放反了"),
)
def c_and_d_swapped(*, betas, eps):
    answer = expose_adam_bugs(betas=betas, eps=eps)
    return answer | {"C": answer["D"], "D": answer["C"]}


@wrong(
    observation=(
        "under A no program goes astray where eps is small; the other letters are right",
        "eps 小时，A 的梯度没有让任何程序走偏；其他字母都对",
    ),
    question=(
        "A has `sqrt(v_hat + eps)`. For which gradients is that far from `sqrt(v_hat) + eps`, if eps is 1e-8?",
        "A 里写的是 `sqrt(v_hat + eps)`。eps 为 1e-8 时，梯度多大，它才与 `sqrt(v_hat) + eps` 相差很多？",
    ),
    name=(
        "the gradients under A are small enough for a large eps only: the square of the gradient has to be about as small as eps",
        "A 的梯度只对大的 eps 才够小：梯度的平方要小到与 eps 相当",
    ),
    holds=lambda inputs, got, right: got["A"]["astray"] == [] and inputs["eps"] < 9e-6,
)
def a_too_large_for_a_small_eps(*, betas, eps):
    return instead(betas, eps, A=[np.array([0.05])])


@wrong(
    observation=(
        "under B, A goes astray as well where eps is large; the other letters are right",
        "eps 大时，B 的梯度让 A 也走偏了；其他字母都对",
    ),
    question=(
        "how large have gradients to be so that it does not matter where eps stands?",
        "梯度要多大，eps 放在哪里才没有关系？",
    ),
    name=(
        "the gradients under B are so small that A shows, too: their squares have to be far above eps",
        "B 的梯度太小，连 A 也走偏了：它们的平方应远大于 eps",
    ),
    holds=lambda inputs, got, right: got["B"]["astray"] == ["A", "B"],
)
def b_too_small_for_a_large_eps(*, betas, eps):
    return instead(betas, eps, B=[np.array([0.01, 0.03])])


@wrong(
    observation=(
        "under C, B goes astray as well; the other letters are right",
        "C 的梯度让 B 也走偏了；其他字母都对",
    ),
    question=(
        "which program looks at all entries at once, and when does that make no difference?",
        "哪个程序把所有元素放在一起看？什么时候这没有影响？",
    ),
    name=(
        "the entries of a gradient under C differ: B averages over them, so they have to be equal",
        "C 的梯度里各元素不相等：B 会对它们求平均，所以应当相等",
    ),
    holds=lambda inputs, got, right: got["C"]["astray"] == ["B", "C"],
)
def c_with_unequal_entries(*, betas, eps):
    return instead(betas, eps, C=[UNEQUAL, UNEQUAL])

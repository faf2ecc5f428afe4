"""We take a configuration apart: change one thing, train again with the same seeds, compare in pairs."""

from dataclasses import dataclass
from html import escape
from math import sqrt
from typing import Any

import numpy as np

from descent.capstone.rehearsal import SEEDS, Run, accuracies, rehearse_all
from descent.hyper import require
from descent.intervals import mean_interval
from descent.say import show_html, tr


@dataclass(frozen=True)
class Difference:
    """What a change of the configuration did to the accuracy.

    values: (seeds,), changed minus unchanged; mean, low, high: their mean and its 95 % interval, which is never
    narrower than the noise of the images allows.
    """

    values: np.ndarray
    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return "better", "worse", or "cannot tell" where the interval holds 0."""
        if self.low <= 0 <= self.high:
            return "cannot tell"
        return "better" if self.mean > 0 else "worse"


def difference(before: list[Run], after: list[Run]) -> Difference:
    """Compare two lists of runs, seed by seed and image by image.

    The half-width of the interval is the larger of two. Seeds: Student's t for the differences of the seeds. Images:
    another set of as many images gives another difference, even with the same networks; 1.96 standard errors of the
    mean over images, with one image added on either side, so that a few images that all changed the same way
    do not look certain (after Bonett and Price 2012; six of 500 suffice then, as in the sign test).
    """
    values = accuracies(after) - accuracies(before)
    mean, low, _ = mean_interval(values)
    by_image = np.mean([other_run.right.astype(float) - run.right for run, other_run in zip(before, after)], axis=0)
    num = len(by_image)
    of_images = 1.96 * sqrt((by_image.var() * num + 2) / num**2)
    half = max(mean - low, of_images) if by_image.any() else mean - low
    return Difference(values, mean, mean - half, mean + half)


def ablate(
    mission: str, configuration: dict[str, Any], changes: dict[str, dict[str, Any]], *, seeds: int = SEEDS
) -> dict[str, Difference]:
    """Train `configuration` and one variant for each of `changes` on your instance, and show a table.

    changes: {label: {key: other value}}; the value ... (three dots) leaves the key out. The same seeds for every
    row, so that the differences are paired. Returns {label: Difference}, for `descent.figures.ablation`.
    Raises ValueError as `rehearse`, or for fewer than two seeds.
    """
    require(
        seeds >= 2, "seeds", seeds, tr("2 or more: one difference has no interval", "至少为 2：只有一个差，没有区间")
    )
    base, *rows = rehearse_all(
        mission, [configuration, *(changed(configuration, change) for change in changes.values())], seeds=seeds
    )
    differences = {label: difference(base, runs) for label, runs in zip(changes, rows)}
    lines = table(accuracies(base), dict(zip(changes, map(accuracies, rows))), differences)
    note = tr(
        f"{len(base[0].right)} validation images, {seeds} seeds, the same for every row. Difference: this row minus "
        "the first. The interval is at least as wide as the noise of the images.",
        f"{len(base[0].right)} 张验证图像，{seeds} 个随机种子，各行相同。差：本行减第一行。区间不窄于图像抽样带来的噪声。",
    )
    show_html(as_html(lines, note), text=as_text(lines, note))
    return differences


def changed(configuration: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A copy of the configuration with other values; keys whose new value is ... are left out."""
    return {key: value for key, value in (configuration | change).items() if value is not ...}


def table(base, rows, differences: dict[str, Difference]) -> list[tuple[str, ...]]:
    """The lines of the table: head, the configuration as it is, and a line for every change."""
    head = (
        tr("change", "改动"),
        tr("accuracy", "准确率"),
        tr("least .. greatest", "最小 .. 最大"),
        tr("difference", "差"),
        tr("95 % interval", "95% 区间"),
        tr("verdict", "结论"),
    )
    verdicts = {
        "better": tr("better with the change", "改动后更好"),
        "worse": tr("worse with the change", "改动后更差"),
        "cannot tell": tr("cannot tell", "看不出来"),
    }
    lines = [head, (tr("(the configuration as it is)", "（原配置）"), *spread(base), "", "", "")]
    for label, result in differences.items():
        interval = f"{result.low:+.3f} .. {result.high:+.3f}"
        lines.append(
            (label, *spread(rows[label]), f"{round(result.mean, 3) + 0.0:+.3f}", interval, verdicts[result.verdict])
        )
    return lines


def spread(values) -> tuple[str, str]:
    return f"{values.mean():.3f}", f"{values.min():.3f} .. {values.max():.3f}"


def as_text(lines: list[tuple[str, ...]], note: str) -> str:
    """The table for a reader without HTML, and to copy into the report as Markdown."""
    head, *body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *body, "", note])


def as_html(lines: list[tuple[str, ...]], note: str) -> str:
    head, *body = lines
    rows = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in body]
    return (
        "<table><thead><tr>"
        + "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table><p>{escape(note)}</p>"
    )

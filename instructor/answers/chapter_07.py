"""Other answers to the transfer exercises of chapter 07."""

import math
import statistics

import numpy as np

from descent.hyper import require
from descent.intervals import mean_interval

# ---- verdict ----------------------------------------------------------------------------------------


def verdict_with_statistics(differences, *, quantile, floor):
    values = [float(one) for one in differences]
    mean = math.fsum(values) / len(values)
    error = max(statistics.stdev(values) / math.sqrt(len(values)), floor)
    low, high = mean - quantile * error, mean + quantile * error
    if low > 0:
        return "better", low, high
    return ("worse" if high < 0 else "cannot tell"), low, high


def verdict_by_variance(differences, *, quantile, floor):
    n = len(differences)
    require(n >= 2, "len(differences)", n, "2 or more")
    mean = differences.sum() / n
    half = quantile * max(np.sqrt(((differences - mean) ** 2).sum() / (n * (n - 1))), floor)
    clear = abs(mean) > half
    word = ("better" if mean > 0 else "worse") if clear else "cannot tell"
    return word, float(mean - half), float(mean + half)


def verdict_biased(differences, *, quantile, floor):
    mean, error = float(differences.mean()), max(float(differences.std()) / len(differences) ** 0.5, floor)
    low, high = mean - quantile * error, mean + quantile * error
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell", low, high


def verdict_spread_of_one(differences, *, quantile, floor):
    mean, error = float(differences.mean()), max(float(differences.std(ddof=1)), floor)
    low, high = mean - quantile * error, mean + quantile * error
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell", low, high


def verdict_without_floor(differences, *, quantile, floor):
    return verdict_with_statistics(differences, quantile=quantile, floor=0.0)


def verdict_by_the_mean(differences, *, quantile, floor):
    _, low, high = verdict_with_statistics(differences, quantile=quantile, floor=floor)
    return "better" if differences.mean() > 0 else "worse", low, high


def verdict_from_the_course(differences, *, quantile, floor):
    mean, low, high = mean_interval(differences)
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell", low, high


# ---- choose_and_report ------------------------------------------------------------------------------


def choose_by_hand(accuracies, *, choose, report):
    require(choose and len(report) > 1 and not set(choose) & set(report), "report", report, "others than choose")
    best, best_mean = None, -1.0
    for row, values in enumerate(accuracies.tolist()):
        mean = math.fsum(values[seed] for seed in choose) / len(choose)
        if mean > best_mean:  # NaN is not greater than anything
            best, best_mean = row, mean
    fresh = [accuracies[best, seed] for seed in report]
    return best, float(statistics.fmean(fresh)), float(statistics.stdev(fresh) / math.sqrt(len(fresh)))


def choose_with_where(accuracies, *, choose, report):
    require(choose and len(report) > 1 and set(choose).isdisjoint(report), "report", report, "others than choose")
    means = np.mean([accuracies[:, seed] for seed in choose], axis=0)
    row = int(np.argmax(np.where(np.isnan(means), -np.inf, means)))
    fresh = np.array([accuracies[row, seed] for seed in report])
    return row, float(np.mean(fresh)), float(np.sqrt(np.var(fresh, ddof=1) / len(fresh)))


def choose_reports_the_choice(accuracies, *, choose, report):
    row, _, _ = choose_by_hand(accuracies, choose=choose, report=report)
    seen = accuracies[row, choose]
    return row, float(seen.mean()), float(seen.std(ddof=1) / len(seen) ** 0.5)


def choose_best_run(accuracies, *, choose, report):
    row = int(np.nanargmax(np.nanmax(accuracies[:, choose], axis=1)))
    fresh = accuracies[row, report]
    return row, float(fresh.mean()), float(fresh.std(ddof=1) / len(fresh) ** 0.5)


def choose_leaves_nan_out(accuracies, *, choose, report):
    row = int(np.nanmean(accuracies[:, choose], axis=1).argmax())
    fresh = accuracies[row, report]
    return row, float(fresh.mean()), float(fresh.std(ddof=1) / len(fresh) ** 0.5)


def choose_on_everything(accuracies, *, choose, report):
    row = int(np.nanargmax(accuracies.mean(axis=1)))
    fresh = accuracies[row, report]
    return row, float(fresh.mean()), float(fresh.std(ddof=1) / len(fresh) ** 0.5)


def choose_shares_seeds(accuracies, *, choose, report):
    return choose_with_where(
        accuracies,
        choose=[seed for seed in choose if seed not in report] or [0],
        report=[seed for seed in report if seed not in choose],
    )


SECOND = {"verdict": verdict_with_statistics, "choose_and_report": choose_by_hand}
RIGHT = {"verdict": {"variance by hand": verdict_by_variance}, "choose_and_report": {"np.where": choose_with_where}}
WRONG = {
    "verdict": {
        "divides by n": verdict_biased,
        "standard deviation for standard error": verdict_spread_of_one,
        "no floor": verdict_without_floor,
        "goes by the mean": verdict_by_the_mean,
        "mean_interval of the course": verdict_from_the_course,
    },
    "choose_and_report": {
        "reports the seeds it chose with": choose_reports_the_choice,
        "goes by the best single run": choose_best_run,
        "leaves NaN out of the mean": choose_leaves_nan_out,
        "chooses on all seeds": choose_on_everything,
        "lets a seed serve twice": choose_shares_seeds,
    },
}

"""How good scores are, asked in several ways, because each alone can be pleased cheaply."""

from __future__ import annotations

import numpy as np

from .series import F64, Bools, Series, Stretch, stretches_of

COLD = 0.15
"""The share of a series, at most 750 rows, in which NAB asks for nothing."""


def roc_auc(score: F64, labels: Bools) -> float:
    """The chance that an anomalous row stands above a normal one; ties count half."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ordered = score[order]
    first = np.searchsorted(ordered, ordered, "left")
    last = np.searchsorted(ordered, ordered, "right")
    ranks[order] = (first + last + 1) / 2
    hits, rest = int(labels.sum()), int((~labels).sum())
    return float((ranks[labels].sum() - hits * (hits + 1) / 2) / max(hits * rest, 1))


def pr_auc(score: F64, weight: F64) -> float:
    """Average precision, where a row may be anomalous in part (`weight` 0 to 1); tied rows are
    taken together."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(weight[order])[ends]
    precision, recall = hits / (ends + 1), hits / max(weight.sum(), 1e-12)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def soft(labels: Bools, buffer: int) -> F64:
    """Labels that fade out over `buffer` rows on both sides (Paparrizos et al. 2022)."""
    weight = labels.astype(float)
    for start, end in stretches_of(labels):
        for k in range(1, buffer + 1):
            fade = np.sqrt(1 - k / (buffer + 1))
            for at in (start - k, end - 1 + k):
                if 0 <= at < len(weight):
                    weight[at] = max(weight[at], fade)
    return weight


def vus_pr(score: F64, labels: Bools) -> float:
    """PR-AUC averaged over widths of the labels' fading sides: after VUS-PR, in a simple form."""
    lengths = [end - start for start, end in stretches_of(labels)]
    longest = int(np.clip(np.median(lengths), 8, 100))
    return float(np.mean([pr_auc(score, soft(labels, b)) for b in (0, longest // 2, longest)]))


def best_f1(score: F64, labels: Bools) -> float:
    """The best F1 over rows that one threshold for this series can give."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(labels[order])[ends]
    return float(np.max(2 * hits / (ends + 1 + labels.sum())))


def windows_of(series: Series) -> list[Stretch]:
    """NAB's windows: a tenth of the series in all, centred on each anomaly, if it is shorter."""
    rows, found = len(series.value), []
    width = int(0.1 * rows / max(len(series.stretches), 1))
    for start, end in series.stretches:
        more = max(width - (end - start), 0) // 2
        wider = (max(start - more, 0), min(end + more, rows))
        if found and wider[0] < found[-1][1]:
            wider = (found.pop()[0], wider[1])
        found.append(wider)
    return found


def _worth(place: float) -> float:
    """What a detection is worth: 1 at a window's start, 0 at its end (place 0), down to -1."""
    return float(2 / (1 + np.exp(5 * min(place, 3.0))) - 1) if place < 3 else -1.0


def thresholds(scores: F64, least: float) -> F64:
    """Thresholds that from a share `least` to a fifth of the rows are at or over."""
    ordered = np.sort(scores)
    found = np.unique(np.append(np.quantile(scores, 1 - np.geomspace(least, 0.2, 80)), ordered[-1]))
    over = 1 - np.searchsorted(ordered, found, "left") / len(scores)
    return np.asarray(found[over <= 0.25])


def _nab_events(score: F64, series: Series, false: float) -> tuple[F64, F64, list[tuple[F64, F64]]]:
    """Rows outside windows as (score, cost), and each window as (scores, worths)."""
    rows = len(score)
    cold = min(int(COLD * rows), 750)
    windows = windows_of(series)
    outside = np.ones(rows, np.bool_)
    outside[:cold] = False
    inside = []
    cost = np.full(rows, -1.0)
    for start, end in windows:
        outside[start:end] = False
        place = (np.arange(start, end) - (end - 1)) / max(end - start - 1, 1)
        worth = np.array([_worth(p) for p in place]) / _worth(-1.0)
        keep = np.arange(start, end) >= cold
        inside.append((score[start:end][keep], worth[keep]))
        after = np.arange(end, min(end + 3 * (end - start), rows))
        cost[after] = [_worth((at - end + 1) / max(end - start - 1, 1)) for at in after]
    return score[outside], false * cost[outside], inside


def nab(scores: list[F64], many: list[Series], false: float = 0.11) -> float:
    """The Numenta benchmark's score (Lavin and Ahmad 2015), 0 to 100: one threshold over all
    series, the best; per window its first detection, worth more the earlier; every row outside
    that is over the threshold costs `false`, a missed window 1."""
    events = [_nab_events(s, one, false) for s, one in zip(scores, many, strict=True)]
    outside = np.concatenate([e[0] for e in events])
    order = np.argsort(-outside, kind="stable")
    ordered, cost = outside[order], np.cumsum(np.concatenate([e[1] for e in events])[order])
    inside = [window for e in events for window in e[2]]
    best = -float(len(inside))
    for threshold in thresholds(outside, 1e-5):
        above = np.searchsorted(-ordered, -threshold, "right")
        total = cost[above - 1] if above else 0.0
        for values, worths in inside:
            hit = np.flatnonzero(values >= threshold)
            total += worths[hit[0]] if len(hit) else -1.0
        best = max(best, float(total))
    count = len(inside)
    return 100 * (best + count) / (2 * count)


def events_f1(scores: list[F64], many: list[Series]) -> float:
    """The best F1 over events with one threshold for all series: a stretch is found if any of its
    rows is over it; alarms that run on, or are a hundredth of the series apart, are one."""
    best = 0.0
    for threshold in thresholds(np.concatenate(scores), 1e-4):
        hits = alarms = true = count = 0
        for score, one in zip(scores, many, strict=True):
            over = np.flatnonzero(score >= threshold)
            count += len(one.stretches)
            near = max(len(score) // 100, 1)
            wide = [(start, end + near) for start, end in one.stretches]
            hits += sum(bool(((over >= a) & (over < b)).any()) for a, b in wide)
            if len(over):
                groups = np.split(over, np.flatnonzero(np.diff(over) > near) + 1)
                alarms += len(groups)
                true += sum(any(a <= g[-1] and g[0] < b for a, b in wide) for g in groups)
        precision, recall = true / max(alarms, 1), hits / max(count, 1)
        best = max(best, 2 * precision * recall / max(precision + recall, 1e-12))
    return best


def judged(scores: list[F64], many: list[Series]) -> dict[str, float]:
    """Every scorer's figure over a part of the collection."""
    pairs = [(s, one.labels()) for s, one in zip(scores, many, strict=True)]
    return {
        "ROC-AUC": float(np.mean([roc_auc(s, y) for s, y in pairs])),
        "PR-AUC": float(np.mean([pr_auc(s, y.astype(float)) for s, y in pairs])),
        "VUS-PR": float(np.mean([vus_pr(s, y) for s, y in pairs])),
        "best F1": float(np.mean([best_f1(s, y) for s, y in pairs])),
        "NAB": nab(scores, many),
        "events F1": events_f1(scores, many),
    }

"""Typical wrong answers to the exercises, as students write them: each with words of the remark that it must get."""

from __future__ import annotations

import math

import numpy as np
import torch


def _softmax(values):
    values = np.asarray(values, np.float64)
    weights = np.exp(values - values.max())
    return weights / weights.sum()


def overflowing(logits, temperature):
    weights = [math.exp(x / temperature) if x / temperature < 700 else math.inf for x in logits.tolist()]
    return [weight / sum(weights) for weight in weights]


def drops_the_crossing_token(logits, p):
    probs = _softmax(logits)
    total, kept = 0.0, np.zeros(len(probs))
    for place in np.argsort(-probs):
        total += probs[place]
        if total > p:
            break
        kept[place] = probs[place]
    return kept / kept.sum() if kept.sum() else kept


def does_not_renormalise(logits, p):
    probs = _softmax(logits)
    total, kept = 0.0, np.zeros(len(probs))
    for place in np.argsort(-probs):
        kept[place] = probs[place]
        total += probs[place]
        if total >= p:
            break
    return kept


def in_vocabulary_order(logits, p):
    probs, total = _softmax(logits), 0.0
    kept = []
    for prob in probs:
        kept.append(prob if total < p else 0.0)
        total += prob
    return [prob / sum(kept) for prob in kept]


def keeps_each_above_p(logits, p):
    probs = torch.softmax(logits, 0)
    probs[probs < p] = 0
    return probs / probs.sum()


def zeroes_instead_of_minus_infinity(logits, k):
    kept = set(np.argsort(-logits.numpy())[:k].tolist())
    return _softmax([value if place in kept else 0.0 for place, value in enumerate(logits.tolist())])


def one_too_few(logits, k):
    limit = sorted(logits.tolist())[-k]
    return torch.softmax(torch.where(logits <= limit, -math.inf, logits), 0)


def one_too_many(logits, k):
    limit = sorted(logits.tolist())[-k - 1]
    return torch.softmax(torch.where(logits < limit, -math.inf, logits), 0)


FUNCTIONS = [
    ("temperature", lambda logits, temperature: _softmax(logits * temperature), "multiply by the temperature"),
    ("temperature", lambda logits, temperature: _softmax(logits) / temperature, "divide the probabilities"),
    ("temperature", lambda logits, temperature: _softmax(logits), "is not used"),
    ("temperature", lambda logits, temperature: [float(x) / temperature for x in logits], "still logits"),
    ("temperature", overflowing, "overflows"),
    ("top-k", zeroes_instead_of_minus_infinity, "use -inf"),
    ("top-k", one_too_few, "one token too few"),
    ("top-k", one_too_many, "one token too many"),
    ("top-p", drops_the_crossing_token, "across p is dropped"),
    ("top-p", does_not_renormalise, "does not sum to 1"),
    ("top-p", in_vocabulary_order, "in the order of the vocabulary"),
    ("top-p", keeps_each_above_p, "each probability is compared"),
]
"""Exercise, answer, and words of what is said to it."""

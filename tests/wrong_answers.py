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


# tokenizers


def merges_once(parts, pair):
    parts = list(parts)
    for i in range(len(parts) - 1):
        if parts[i] == pair[0] and parts[i + 1] == pair[1]:
            parts[i : i + 2] = [pair[0] + pair[1]]
            break
    return parts


def uses_a_part_twice(parts, pair):
    found, used = [], set()
    for i, part in enumerate(parts):
        if i + 1 < len(parts) and part == pair[0] and parts[i + 1] == pair[1]:
            found.append(part + parts[i + 1])
            used.add(i + 1)
        elif i not in used:
            found.append(part)
    return found


def merges_from_the_left(word, merges):
    parts, i = list(word), 0
    while i + 1 < len(parts):
        if (parts[i], parts[i + 1]) in merges:
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
            i = 0
        else:
            i += 1
    return parts


def takes_the_longest(word, merges):
    vocabulary = {left + right for left, right in merges} | set(word)
    found, start = [], 0
    while start < len(word):
        end = max(e for e in range(start + 1, len(word) + 1) if word[start:e] in vocabulary)
        found.append(word[start:end])
        start = end
    return found


def decodes_one_by_one(ids, table):
    text = ""
    for each in ids:
        text += str(table[each], "utf-8", "replace")
    return text


# pipeline


def reads_the_same_text(model, ids, n):
    new = model(ids).logits[0, -1].argmax().item()
    return [new for _ in range(n)]


def reads_the_newest_alone(model, ids, n):
    found, text = [], ids
    for _ in range(n):
        text = model(text).logits[:, -1:].argmax(-1)
        found.append(text.item())
    return found


def keeps_the_prompt(model, ids, n):
    for _ in range(n):
        ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], 1)
    return ids


def one_round_too_few(model, ids, n):
    return keeps_the_prompt(model, ids, n - 1)[0, ids.shape[1] :].tolist()


def on_the_edge_before(probs, u):
    total = 0
    for index, prob in enumerate(probs.tolist()):
        total += prob
        if u <= total:
            return index
    return None


def compares_each(probs, u):
    for index, prob in enumerate(probs):
        if prob > u:
            return index
    return len(probs) - 1


# embeddings


def dot(a, b):
    return sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True))


def zeroed_but_counted(vectors, mask):
    vectors = vectors.clone()
    vectors[mask == 0] = 0
    return vectors.mean(dim=1)


def nearest_by(measure, *, itself=False):
    def nearest(vectors, index, k):
        table = vectors.numpy()
        values = [measure(table[index], each) for each in table]
        order = [int(each) for each in np.argsort(values)[::-1] if itself or each != index]
        return order[:k]

    return nearest


def angle(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def best_by(measure, *, without=True, signs=(1, -1, 1)):
    def analogy(vectors, a, b, c):
        table = vectors.numpy()
        goal = signs[0] * table[a] + signs[1] * table[b] + signs[2] * table[c]
        return max(
            (each for each in range(len(table)) if not (without and each in (a, b, c))),
            key=lambda each: measure(table[each], goal),
        )

    return analogy


def closeness(a, b):
    return -np.linalg.norm(a - b)


FUNCTIONS = [
    ("bpe-merge", merges_once, "Only the first place"),
    ("bpe-merge", uses_a_part_twice, "used twice"),
    ("bpe-encode", merges_from_the_left, "leftmost pair"),
    ("bpe-encode", takes_the_longest, "longest known piece"),
    ("bpe-encode", lambda word, merges: list(word), "Nothing is merged"),
    ("decode-bytes", decodes_one_by_one, "decoded alone"),
    ("decode-bytes", lambda ids, table: b"".join(map(table.get, ids)), "still bytes"),
    ("softmax", lambda logits: torch.exp(logits) / torch.exp(logits).sum(1)[:, None], "overflows"),
    ("softmax", lambda logits: torch.softmax(logits, 0), "columns sum to 1"),
    ("softmax", _softmax, "whole table sums to 1"),
    ("softmax", lambda logits: logits / logits.sum(1, True), "exp is missing"),
    ("greedy-step", lambda model, ids: model(ids).logits[0][0].argmax(), "first position"),
    ("greedy-step", lambda model, ids: model(ids)[0].argmax(), "all positions at once"),
    ("greedy-step", lambda model, ids: model(ids).logits[0, -2].argmax(), "last position but one"),
    ("greedy-step", lambda model, ids: model(ids).logits[0, -1].max(), "not its index"),
    ("greedy-loop", reads_the_same_text, "same text in each round"),
    ("greedy-loop", reads_the_newest_alone, "newest id alone"),
    ("greedy-loop", keeps_the_prompt, "prompt is still in front"),
    ("greedy-loop", one_round_too_few, "too few"),
    ("draw", lambda probs, u: int(np.argmax(probs.numpy())), "most probable token comes always"),
    ("draw", on_the_edge_before, "On an edge"),
    ("draw", compares_each, "each probability is compared"),
    ("cosine", dot, "dot product"),
    ("cosine", lambda a, b: dot(a, b) / math.dist(a, b * 0), "only one of the two lengths"),
    ("cosine", lambda a, b: dot(a, b) / (dot(a, a) * dot(b, b)), "the root is missing"),
    ("masked-mean", lambda vectors, mask: vectors.mean(dim=1), "padding is averaged in"),
    ("masked-mean", zeroed_but_counted, "still in the count"),
    ("masked-mean", lambda vectors, mask: np.einsum("wtd,wt->wd", vectors, mask), "This is the sum"),
    ("nearest", nearest_by(angle, itself=True), "The word itself"),
    ("nearest", nearest_by(np.dot), "dot product"),
    ("nearest", nearest_by(closeness), "the distance ranks"),
    ("nearest", nearest_by(lambda a, b: -angle(a, b)), "farthest"),
    ("analogy", best_by(angle, without=False), "leave all three out"),
    ("analogy", best_by(angle, signs=(1, 1, -1)), "signs are swapped"),
    ("analogy", best_by(np.dot), "dot product decides"),
    ("analogy", best_by(closeness), "distance decides"),
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

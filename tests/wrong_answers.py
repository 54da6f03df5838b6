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


# a language model


def added_probabilities(logits, ids):
    return sum(float(_softmax(row)[each]) for row, each in zip(logits, ids, strict=True))


def mean_log_probability(logits, ids):
    return np.mean([math.log(_softmax(row)[each]) for row, each in zip(logits, ids, strict=True)])


def sees_the_future(n):
    return [[int(column >= row) for column in range(n)] for row in range(n)]


def sees_not_itself(n):
    return [[1 if column < row else 0 for column in range(n)] for row in range(n)]


# costs and memory


def a_third_of_a_gpu(requests_per_hour, tokens, peak, tokens_per_second):
    return requests_per_hour * tokens * peak / 3600 / tokens_per_second


def negative_requests(fixed_a, each_a, fixed_b, each_b):
    return (fixed_a - fixed_b) / (each_b - each_a) if each_a != each_b else None


def wrong_sign(fixed_a, each_a, fixed_b, each_b):
    if each_a == each_b:
        return None
    n = (fixed_b - fixed_a) / (each_b - each_a)
    return n if n > 0 else None


def meets_at_nothing(fixed_a, each_a, fixed_b, each_b):
    if each_a == each_b:
        return None
    n = (fixed_b - fixed_a) / (each_a - each_b)
    return n if n >= 0 else None


def keys_alone(config, tokens, bytes_per_number):
    return config.num_hidden_layers * config.num_key_value_heads * config.head_dim * tokens * bytes_per_number


def every_head(config, tokens, bytes_per_number):
    return 2 * config.num_hidden_layers * config.hidden_size * tokens * bytes_per_number


# a model of one's own


def chat(messages, line="<|im_start|>{role}\n{content}<|im_end|>\n", end="<|im_start|>assistant\n"):
    return "".join(line.format(**each) for each in messages) + end


def unshifted(model, ids):
    logs = model(ids).logits[0].log_softmax(-1)
    return torch.exp(-logs[torch.arange(ids.shape[1]), ids[0]].mean())


def loss(model, ids, labels=None):
    return model(ids, labels=ids).loss.item()


FUNCTIONS = [
    ("bits", lambda probability: -np.log(probability), "nats"),
    ("bits", lambda probability: math.log(probability) / math.log(2), "The sign is wrong"),
    ("log-probability", added_probabilities, "probabilities are added"),
    ("log-probability", mean_log_probability, "mean over the tokens"),
    (
        "log-probability",
        lambda logits, ids: sum(row[i] for row, i in zip(logits, ids, strict=True)),
        "logits are added",
    ),
    ("decoder-mask", sees_the_future, "rows and columns are swapped"),
    ("decoder-mask", sees_not_itself, "the diagonal is 1"),
    ("decoder-mask", lambda n: np.ones((n, n)), "This is an encoder"),
    ("api-cost", lambda r, i, o, a, b: r * (i * a + o * b) / 1000, "1,000 times too much"),
    ("api-cost", lambda r, i, o, a, b: r * (i * b + o * a) / 1e6, "swapped"),
    ("api-cost", lambda r, i, o, a, b: (i * a + o * b) / 1e6, "This is one request"),
    ("api-cost", lambda r, i, o, a, b: r * (i + o) * (a + b) / 1e6, "one price is used for both"),
    ("gpus-needed", a_third_of_a_gpu, "fraction of a GPU"),
    ("gpus-needed", lambda *numbers: int(a_third_of_a_gpu(*numbers)), "rounded down"),
    ("gpus-needed", lambda r, t, p, s: max(1, math.ceil(r * t / 3600 / s)), "peak is left out"),
    ("break-even", negative_requests, "negative number of requests"),
    ("break-even", wrong_sign, "a sign is wrong"),
    ("break-even", meets_at_nothing, "Zero requests are no break-even"),
    ("cache-bytes", keys_alone, "both keys and values"),
    ("cache-bytes", every_head, "every attention head"),
    ("count-parameters", lambda model: sum(each.numel() for each in model.state_dict().values()), "counted twice"),
    ("count-parameters", lambda model: sum(len(each) for each in model.parameters()), "only the first axis"),
    ("chat-template", lambda messages: chat(messages, end=""), "not opened at the end"),
    ("chat-template", lambda messages: chat(messages, end="<|im_start|>assistant"), "very end is missing"),
    (
        "chat-template",
        lambda messages: chat(messages, "<|im_start|>{role}\n{content}<|im_end|>"),
        "newline after <|im_end|>",
    ),
    (
        "chat-template",
        lambda messages: chat(messages, "<|im_start|>{role} {content}<|im_end|>\n"),
        "lines of their own",
    ),
    ("reusable-prefix", lambda old, new: sum(a == b for a, b in zip(old, new, strict=False)), "behind the first"),
    ("perplexity", unshifted, "shift by one"),
    ("perplexity", loss, "to the power of it is missing"),
    ("perplexity", lambda model, ids: 2 ** loss(model, ids), "base 2"),
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

"""Solutions of the exercises, for teachers: not in the wheel, and not for the students' folder.

FUNCTIONS are answers as they are; PREPARED make one of the notebook's session, where the answer is a session, a value or a text.
"""

import math
from itertools import pairwise

import torch

from llmwidgets import exercises

# 01_what_is_an_llm


def bits(probability):
    return -math.log2(probability)


def log_probability(logits, ids):
    return torch.log_softmax(logits, dim=-1)[torch.arange(len(ids)), ids].sum()


def natural_continuation(_session):
    return {"prompt": "The children went to the", "candidates": [" park", " kitchen", " parliament of mice"]}


def decoder_mask(n):
    return torch.tril(torch.ones(n, n))


# 02_tokenizers


def predict_tokens(session):
    student = "s1234"
    text = exercises.get("predict-tokens").given(student)
    session.add_special_tokens = False
    session.text = text
    return {"student": student, "tokens": list(session.tokens.pieces)}


def merge(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == tuple(pair):
            merged.append("".join(pair))
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def encode(word, merges):
    rank = {pair: place for place, pair in enumerate(merges)}
    parts = list(word)
    while known := [pair for pair in pairwise(parts) if pair in rank]:
        parts = merge(parts, min(known, key=rank.get))
    return parts


def decode(ids, table):
    return b"".join(table[each] for each in ids).decode("utf-8")


def costly_text(_session):
    return "龍が籠で鬱々と嘆く 🍜"


# 03_pipeline


def softmax(logits):
    weights = torch.exp(logits - logits.max(dim=-1, keepdim=True).values)
    return weights / weights.sum(dim=-1, keepdim=True)


def next_token(model, ids):
    return model(ids).logits[0, -1].argmax()


def continue_text(model, ids, n):
    for _ in range(n):
        new = model(ids).logits[:, -1].argmax(-1, keepdim=True)
        ids = torch.cat([ids, new], dim=1)
    return ids[0, -n:].tolist()


def draw(probs, u):
    total = 0.0
    for index, prob in enumerate(probs.tolist()):
        total += prob
        if u < total:
            return index
    return len(probs) - 1


# 04_sampling


def with_temperature(logits, temperature):
    return torch.softmax(logits / temperature, dim=-1)


def top_k(logits, k):
    limit = torch.topk(logits, k).values[-1]
    return torch.softmax(logits.masked_fill(logits < limit, float("-inf")), dim=-1)


def top_p(logits, p):
    probs = torch.softmax(logits, dim=-1)
    values, order = torch.sort(probs, descending=True)
    kept = order[values.cumsum(0) - values < p]
    left = torch.zeros_like(probs)
    left[kept] = probs[kept]
    return left / left.sum()


def three_left(session):
    session.text = "My favourite colour in the evening is"
    limit = sum(each.probability for each in session.distribution.top(3))
    session.sampler = session.sampler.replace(top_p=limit - 1e-4)
    return session


# 05_embeddings


def cosine(a, b):
    return (a * b).sum() / (a.norm() * b.norm())


def word_vectors(vectors, mask):
    return (vectors * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


def nearest(vectors, index, k):
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    similar = unit @ unit[index]
    similar[index] = -torch.inf
    return similar.topk(k).indices


def analogy(vectors, a, b, c):
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    similar = unit @ (vectors[a] - vectors[b] + vectors[c])
    similar[[a, b, c]] = -torch.inf
    return similar.argmax()


# 06_where_it_runs


def api_cost(requests, tokens_in, tokens_out, price_in, price_out):
    return requests * (tokens_in * price_in + tokens_out * price_out) / 1_000_000


def gpus_needed(requests_per_hour, tokens, peak, tokens_per_second):
    return max(1, math.ceil(requests_per_hour * tokens * peak / 3600 / tokens_per_second))


def break_even(fixed_a, each_a, fixed_b, each_b):
    if each_a == each_b:
        return None
    n = (fixed_b - fixed_a) / (each_a - each_b)
    return n if n > 0 else None


def cache_bytes(config, tokens, bytes_per_number):
    numbers = config.num_hidden_layers * config.num_key_value_heads * config.head_dim * tokens
    return 2 * numbers * bytes_per_number


# 07_your_own_model


def count_parameters(model):
    return sum(weight.numel() for weight in model.parameters())


def render(messages):
    turns = (f"<|im_start|>{each['role']}\n{each['content']}<|im_end|>\n" for each in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def reusable(old_ids, new_ids):
    count = 0
    for old, new in zip(old_ids, new_ids):
        if old != new:
            break
        count += 1
    return min(count, len(new_ids) - 1)


def perplexity(model, ids):
    logits = model(ids).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits, ids[0, 1:]).exp()


FUNCTIONS = {
    "bits": bits,
    "log-probability": log_probability,
    "decoder-mask": decoder_mask,
    "bpe-merge": merge,
    "bpe-encode": encode,
    "decode-bytes": decode,
    "softmax": softmax,
    "greedy-step": next_token,
    "greedy-loop": continue_text,
    "draw": draw,
    "temperature": with_temperature,
    "top-k": top_k,
    "top-p": top_p,
    "cosine": cosine,
    "masked-mean": word_vectors,
    "nearest": nearest,
    "analogy": analogy,
    "api-cost": api_cost,
    "gpus-needed": gpus_needed,
    "break-even": break_even,
    "cache-bytes": cache_bytes,
    "count-parameters": count_parameters,
    "chat-template": render,
    "reusable-prefix": reusable,
    "perplexity": perplexity,
}

PREPARED = {
    "natural-continuation": natural_continuation,
    "predict-tokens": predict_tokens,
    "costly-text": costly_text,
    "three-left": three_left,
}

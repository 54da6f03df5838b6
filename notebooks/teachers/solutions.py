"""Solutions of the exercises, for teachers: not in the wheel, and not for the students' folder.

FUNCTIONS are answers as they are; PREPARED make one of the notebook's session, where the answer is a session, a value or a text.
"""

import torch

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


FUNCTIONS = {
    "temperature": with_temperature,
    "top-k": top_k,
    "top-p": top_p,
}

PREPARED = {
    "three-left": three_left,
}

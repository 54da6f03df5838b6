"""What a BeamTree shows to the page, field by field; payloads.py says how js/session/payloads.ts comes from it."""

from __future__ import annotations

from typing import Literal, TypedDict

from llmwidgets.stages.beam_fates import State, Why
from llmwidgets.stages.beams import EndedBy, Over
from llmwidgets.widgets.payloads import ArrayPayload


class BeamPayload(TypedDict):
    """A live or a finished beam: the end of its new text, `cut` where that is not all of it.

    `log_prob` is the sum over its `tokens` new tokens, `score` the same with the length penalty. Its last token is candidate `place` of
    `step`; `index` is its row in the model's batch, -1 for a finished one.
    """

    text: str
    cut: bool
    tokens: int
    log_prob: float
    score: float
    step: int
    place: int
    index: int
    ended_by: EndedBy


class BeamKindPayload(TypedDict):
    """What became of candidates: their state, why they were pruned, what ended them, and whether live or finished beams come of them."""

    state: State
    why: Why
    ended_by: EndedBy
    leads_to: Literal["", "running", "ended"]


class BeamTreePayload(TypedDict):
    """A beam search for row `row` of `rows`: its newest columns, each a step with its candidates, and its beams.

    `number` is another for every search. The first column is step `first`, from 0, of `step` steps taken; column i has `counts[i]`
    candidates. Of all n candidates, column by column: `ids`, `parents` (places in the column before, -1 in step 0), `indices` (rows
    of the model's batch, -1 for what was no beam), `log_probs` and `gained` in nats, `kinds` into `kind`, and of their fates
    `decided` (a step), `ranks`, `scores`, `bars`. `distinct`, `pieces`, `bytes` as in TokensPayload, `special` indices into `distinct`.
    """

    number: int
    row: int
    rows: int
    step: int
    first: int
    num_beams: int
    length_penalty: float
    early_stopping: Literal["true", "false", "never"]
    do_sample: bool
    num_return_sequences: int
    state: Literal["running", "done", "stopped"]
    over: Over
    counts: list[int]
    ids: ArrayPayload
    parents: ArrayPayload
    indices: ArrayPayload
    log_probs: ArrayPayload
    gained: ArrayPayload
    kinds: ArrayPayload
    kind: list[BeamKindPayload]
    decided: ArrayPayload
    ranks: ArrayPayload
    scores: ArrayPayload
    bars: ArrayPayload
    distinct: list[int]
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    running: list[BeamPayload]
    finished: list[BeamPayload]

"""What the kernel shows to the page, field by field; of an EmbeddingMap in map_payloads.py, and what they say to each other in messages.py.

js/session/payloads.ts is generated from these classes by typescript.py (`make payloads`), and a test fails when the two differ.
Offsets count UTF-16 units, as JavaScript does; arrays travel as `ArrayPayload` (see llmwidgets.arrays).
"""

from __future__ import annotations

from typing import Literal, TypedDict

from llmwidgets.engines.engine import Predicts
from llmwidgets.stages.capabilities import AbilityName, Extent
from llmwidgets.stages.sampling import Origin


class ArrayPayload(TypedDict):
    """A tensor as JSON: little-endian bytes in base64."""

    dtype: Literal["float32", "int32", "int16", "int8"]
    shape: list[int]
    data: str


class SaidPayload(TypedDict):
    """What an error says, in one language."""

    message: str
    hint: str


class ErrorPayload(TypedDict):
    """An error in words: in English, and in Japanese as `ja`."""

    code: str
    message: str
    hint: str
    ja: SaidPayload
    values: dict[str, str | float]


class AbilityPayload(TypedDict):
    """One thing that an engine gives, or does not. See Ability; `detail` is English, `detail_ja` the same in Japanese."""

    name: AbilityName
    extent: Extent
    code: str
    detail: str
    detail_ja: str
    values: dict[str, str | float]
    views: list[str]


class CapabilitiesPayload(TypedDict):
    """What runs the model, and what of it is exact, cut or absent, in the order of the pipeline. `address` is "" in the kernel itself."""

    server: str
    address: str
    model: str
    abilities: list[AbilityPayload]


class InfoPayload(TypedDict):
    """What the session holds. `source` says where it came from: "hub", "cache", "registry package", "memory", "folder", "logits", "api".

    Without `can_edit` the numbers stand alone: logits that someone gave, with no model to run. Of a batch of them `row` of
    `rows` is shown. `capabilities` is null where there is no model. `predicts`: the "next" token, a "masked" one that
    is seen from both sides, or none (""); `mask` is the mask token's name, "" where none is used.
    """

    name: str
    source: str
    device: str
    dtype: str
    parameters: int
    bytes: int
    vocabulary: int
    dimensions: int
    context: int
    tokenizer: str
    can_predict: bool
    predicts: Predicts
    mask: str
    can_embed: bool
    can_edit: bool
    rows: int
    row: int
    capabilities: CapabilitiesPayload | None


class TokensPayload(TypedDict):
    """A text and its tokens, n of them. Small arrays, since a text may have hundreds of thousands.

    `ids` (n,). Token i covers the text from `starts[i]` to `ends[i]`, which travel as `steps` (n,), starts[i] - starts[i - 1]
    (the first from 0), and `widths` (n,), ends[i] - starts[i]. Tokens that share a character have overlapping spans.
    `distinct` lists each different id once; `pieces[k]` is the text of `distinct[k]`, "" where it is not whole characters:
    then `bytes[k]` has its bytes in hexadecimal ("" otherwise). `special` and `padding` are indices into `ids`.
    `exact`: the tokens' bytes joined, those of special ones apart, are the text as it was given.
    """

    text: str
    ids: ArrayPayload
    steps: ArrayPayload
    widths: ArrayPayload
    distinct: list[int]
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    padding: list[int]
    exact: bool
    characters: int
    utf8_bytes: int


class PlacePayload(TypedDict):
    """What a content is besides its tokens. `position` is an index into `ids`; -1 stands for `home`.

    `template` lists the parts of the text that a chat template put there, as (start, end). `add_special` says whether special tokens
    are put around the text, null where this tokenizer has none to put. `seen` names, for each page, the last request that
    this state answers.
    """

    revision: int
    position: int
    home: int
    can_undo: bool
    template: list[tuple[int, int]]
    add_special: bool | None
    seen: dict[str, int]


class ContentPayload(TokensPayload, PlacePayload):
    """The session's text and its tokens."""


class ChangePayload(PlacePayload):
    """How a long content became another: what stands between the same beginning and the same end.

    Of the text of revision `base` the units `start` to `end` (exclusive) became `text`, and the tokens `first` to `last` (exclusive)
    became those of `ids`, `starts`, `ends`; tokens behind them moved with the text. `distinct`, `pieces`, `bytes` are of the new
    tokens; `special` and what follows it are the whole new content's.
    """

    base: int
    start: int
    end: int
    text: str
    first: int
    last: int
    ids: ArrayPayload
    starts: ArrayPayload
    ends: ArrayPayload
    distinct: list[int]
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    exact: bool
    characters: int
    utf8_bytes: int


class EditPayload(TypedDict):
    """An edit of a long text: of the text of revision `base` the UTF-16 units `start` to `end` (exclusive) become `text`."""

    base: int
    start: int
    end: int
    text: str


class RowPayload(TokensPayload):
    """A row of a batch, or a text as one of the compared tokenizers cuts it. Where `error` stands, there are no tokens."""

    name: str
    error: ErrorPayload | None


class LanguagePayload(TypedDict):
    """A line of the comparison's table: how many tokens each tokenizer needs for a part of the text, in the order of the rows."""

    label: str
    characters: int
    utf8_bytes: int
    tokens: list[float]


class SelectionPayload(TypedDict):
    """Tokens `start` to `end` (exclusive) of a row; none where they are equal."""

    row: int
    start: int
    end: int


class TokenSettings(TypedDict):
    """What a TokenView shows and how. `can_score`: a model is there that gives each token's surprisal; `can_attend`: one is there that has attention."""

    kind: Literal["text", "batch", "compare"]
    tokenizer: str
    color_by: Literal["token", "length", "surprisal", "attention"]
    can_score: bool
    can_attend: bool
    selection: SelectionPayload | None
    seen: dict[str, int]


class SurprisalPayload(TypedDict):
    """-log p of each token given those before, in nats, for the tokens of revision `revision`; NaN for a first token."""

    revision: int
    values: ArrayPayload
    error: ErrorPayload | None


class AttentionPayload(TypedDict):
    """How much the token `query` of revision `revision` attends to each of the first tokens: (layers, heads, n) whole numbers, 32,767 standing for all of it."""

    revision: int
    query: int
    values: ArrayPayload
    error: ErrorPayload | None


class SymbolPayload(TypedDict):
    """A token or a part of one: `piece` its text, or "" and `bytes` in hexadecimal; `id` -1 where it is in no vocabulary."""

    id: int
    piece: str
    bytes: str


class MergePayload(TypedDict):
    """A merge of BPE: symbols `at` and `at` + 1 become `symbol`. A smaller rank was learned earlier and goes first."""

    at: int
    rank: int
    symbol: SymbolPayload


class WordPayload(TypedDict):
    """A word as the pre-tokenizer cuts it, and how it became tokens.

    "bpe": `symbols` and the `merges` in order. "wordpiece": the longest match, again and again. "unigram": the most probable
    cut, `scores` the log-probability of each piece. "vocabulary": the whole word is a token. "added": a token that is looked
    for before all else. "unknown": no way is known, the pieces alone.
    """

    text: str
    method: Literal["bpe", "wordpiece", "unigram", "vocabulary", "added", "unknown"]
    symbols: list[SymbolPayload]
    merges: list[MergePayload]
    pieces: list[SymbolPayload]
    scores: list[float]


class TracePayload(TypedDict):
    """From a text to its tokens: what the normaliser made of it, the words of the pre-tokenizer, and their pieces.

    `normalizer` and `pre_tokenizer` name what is used, "" where there is none.
    """

    kind: Literal["trace"]
    text: str
    normalizer: str
    normalized: str
    pre_tokenizer: str
    words: list[WordPayload]


class SearchPayload(TypedDict):
    """The tokens whose text or id matches a query: at most 100 of `total`, shortest first."""

    kind: Literal["search"]
    query: str
    total: int
    matches: list[SymbolPayload]


class TokenPayload(TypedDict):
    """One token of the vocabulary. `bytes` in hexadecimal; `rank` of the merge that makes it and `parts` what it merges from, if it does."""

    kind: Literal["token"]
    id: int
    piece: str
    bytes: str
    special: bool
    rank: int | None
    score: float | None
    parts: list[SymbolPayload]
    containing: list[SymbolPayload]
    containing_total: int


class CandidatePayload(TypedDict):
    """A token of a distribution. `rank` from 1, ties by id, 0 for a token that was not returned; a logit of -inf is null."""

    id: int
    piece: str
    bytes: str
    special: bool
    logit: float | None
    rank: int


class PartialPayload(TypedDict):
    """What a server left out of a distribution: `tokens`, with the probability `mass` together and at most `ceiling` each.

    `entropy` is in nats, at least and at most. `unseen` counts ids of the context that are among them.
    """

    tokens: int
    mass: float
    ceiling: float
    entropy: tuple[float, float]
    unseen: int


class DistributionPayload(TypedDict):
    """The next-token distribution after token `position` of revision `revision`: a head of tokens and a binned tail.

    The head holds the most probable tokens and every id of the context (`context`: their indices in the head), ordered by
    logit, ties by id. The tail holds all others: `tail_counts` (bins,) int32, `tail_logits` and `tail_variances` (bins,)
    float32, the mean and the variance of each bin's logits, from high to low. `masked` counts the logits of -inf. `log_sum` is
    logsumexp of all logits and `entropy` is in nats, both exact. `came` is the token that the text goes on with, if it does.
    `unnamed` counts the ids, from the highest down, that the tokenizer has no token for.

    Of a distribution that a server cut (`partial`) the head is what was returned, `logits` are log-probabilities and `entropy` is
    the least that it can be. The tail is one bin: what the others would have if all had the same.
    """

    revision: int
    position: int
    vocabulary: int
    ids: ArrayPayload
    logits: ArrayPayload
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    context: list[int]
    tail_counts: ArrayPayload
    tail_logits: ArrayPayload
    tail_variances: ArrayPayload
    masked: int
    log_sum: float
    entropy: float
    came: CandidatePayload | None
    unnamed: int
    partial: PartialPayload | None


class SamplerPayload(TypedDict):
    """The sampler's settings, in transformers' names; a neutral value switches a stage off. `top_h` 0 is off."""

    do_sample: bool
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    typical_p: float
    top_h: float
    epsilon_cutoff: float
    eta_cutoff: float
    repetition_penalty: float
    seed: int | None


class SamplerState(TypedDict):
    """The sampler, what `model.generate(do_sample=True)` would do, and the requests that it answers.

    `origins` names for each setting of `own` that is not neutral where it comes from.
    """

    sampler: SamplerPayload
    own: SamplerPayload
    origins: dict[str, Origin]
    seen: dict[str, int]


class DrawsPayload(TypedDict):
    """`n` draws after token `position` of revision `revision`, with `sampler`. `number` tells one batch from the next.

    An id of -1 stands for every token that was not returned. `ids` the different tokens drawn, most frequent first, equal ones by id; `counts` how often, `probabilities` (distinct,)
    float32 what each was drawn with. `order` (n,) lists the draws one by one, as indices into `ids`; empty where they are too many to
    be watched. The same as
    `torch.multinomial` gives on `device` with `seed`; null is by chance.
    """

    number: int
    revision: int
    position: int
    sampler: SamplerPayload
    n: int
    seed: int | None
    device: str
    ids: list[int]
    pieces: list[str]
    bytes: list[str]
    special: list[int]
    counts: list[int]
    probabilities: ArrayPayload
    order: ArrayPayload


class ForkPayload(TypedDict):
    """A way that the text went before another token was put in. Up to token `at` (exclusive) it is the text of now.

    `pieces` and `bytes` are its own tokens from there on, at most the first 40 of `tokens`; `log_prob` in nats of those of
    them whose probability is known, `known` their number. `reason` why its writing stopped.
    """

    at: int
    tokens: int
    pieces: list[str]
    bytes: list[str]
    log_prob: float
    known: int
    reason: str


class PathsPayload(TypedDict):
    """How the tokens of the content that travels with it came, and the ways that were left.

    `places` (k,) are the indices of the tokens that were drawn or put in; `probabilities` the model's for each, `drawn_with` the
    one after the sampler, both float32; `forced` those that someone chose, as indices into `places`. `now` is the way of now, from
    the first token that any fork has not; null where there is no fork.
    """

    places: ArrayPayload
    probabilities: ArrayPayload
    drawn_with: ArrayPayload
    forced: list[int]
    now: ForkPayload | None
    forks: list[ForkPayload]


class AlternativesPayload(TypedDict):
    """What else could have come at token `index`, most probable first: probabilities (k,) float32 of the model, and after the sampler."""

    kind: Literal["alternatives"]
    index: int
    how: Literal["drawn", "greedy", "forced"]
    candidates: list[CandidatePayload]
    probabilities: ArrayPayload
    drawn_with: ArrayPayload


class StatusPayload(TypedDict):
    """What the session is doing. `revision` is the newest text; the distribution shown may be older while busy.

    `reason` is why the last writing ended: "eos", "length", "stop_text", "stopped" by the user, "context" or "edited";
    `ended_by` the end token or the stop text that did it.
    """

    state: Literal["ready", "busy", "generating", "error", "closed"]
    revision: int
    generated: int
    max_new_tokens: int
    tokens_per_second: float
    reason: str
    ended_by: str
    error: ErrorPayload | None


class StagePayload(TypedDict):
    """What one stage did: tokens left after it, and the probability before it of those that it removed."""

    name: str
    left: int
    mass_removed: float


class ExactPayload(TypedDict):
    """The chain by transformers' own classes over the whole vocabulary, for the head of the distribution of `revision`.

    `sampled` (head,) float32; `removed_by` (head,) int8, indices into `stages`, -1 where kept.
    """

    kind: Literal["exact"]
    revision: int
    stages: list[StagePayload]
    kept: int
    sampled: ArrayPayload
    removed_by: ArrayPayload


class FindPayload(TypedDict):
    """The tokens whose text holds `query`, by probability: at most 200 of `total`; of a partial distribution, those that were returned."""

    kind: Literal["find"]
    revision: int
    query: str
    total: int
    candidates: list[CandidatePayload]


class BarSettings(TypedDict):
    """What a NextTokenBar shows and how. `predict`: the bars hide until someone has guessed."""

    k: int
    measure: Literal["probability", "log_probability", "logit", "rank"]
    scale: Literal["linear", "log"]
    predict: bool
    seen: dict[str, int]


class GuessPayload(TypedDict):
    """A guess at the token after `position` of revision `revision`, and what the model would have said: `best` its first choice.

    Of a token that was not returned (`known` false) `probability` is the most, and the rank the best, that it can have.
    """

    revision: int
    position: int
    text: str
    token: CandidatePayload
    probability: float
    best: CandidatePayload
    best_probability: float
    known: bool


class GuessesPayload(TypedDict):
    """The guesses so far, newest last (at most 100 travel), and the score: `right` were the model's first choice, of `total`.

    `in_top_ten` were among its ten most probable; `mean_surprisal` is -log p of the guesses, in nats: the least that it can be
    where not all are `known`.
    """

    guesses: list[GuessPayload]
    total: int
    right: int
    in_top_ten: int
    mean_surprisal: float
    known: bool


class PairPayload(TypedDict):
    """A token in two distributions `p` and `q`; an id of -1 and a probability of null where one of them has no such token."""

    id: int
    other_id: int
    piece: str
    bytes: str
    special: bool
    p: float | None
    q: float | None


class ComparisonPayload(TypedDict):
    """Two distributions side by side. `kl` and `kl_back` in nats, KL(p‖q) and KL(q‖p): null where infinite.

    `aligned`: by "ids" with one tokenizer, else by "bytes": `shared` tokens are in both vocabularies, and `outside` and
    `other_outside` is the probability of those that are not, which count as one: then both KL are lower bounds. "returned" is the
    same where a server returned only some tokens of a side: `shared` are known on both. "none" where too little is shared, and `error` says so. `pairs` hold the 200 most probable of each; `differ` are indices of those that
    differ most, by |p - q|, over the whole vocabulary. `text` and `other_text` end with the token looked at; where the page may type
    the other text (`can_edit`), it is whole.
    """

    revision: int
    other_revision: int
    name: str
    other_name: str
    text: str
    other_text: str
    can_edit: bool
    aligned: Literal["ids", "bytes", "returned", "none"]
    shared: int
    outside: float
    other_outside: float
    kl: float | None
    kl_back: float | None
    pairs: list[PairPayload]
    differ: list[int]
    error: ErrorPayload | None

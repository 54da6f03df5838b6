// Generated from *payloads.py and messages.py of llmwidgets/widgets by `make payloads`: change it there.

/** A tensor as JSON: little-endian bytes in base64. */
export interface ArrayPayload {
  readonly dtype: "float32" | "int32" | "int16" | "int8";
  readonly shape: readonly number[];
  readonly data: string;
}

/** What an error says, in one language. */
export interface SaidPayload {
  readonly message: string;
  readonly hint: string;
}

/** An error in words: in English, and in Japanese as `ja`. */
export interface ErrorPayload {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly ja: SaidPayload;
  readonly values: Readonly<Record<string, string | number>>;
}

/** One thing that an engine gives, or does not. See Ability; `detail` is English, `detail_ja` the same in Japanese. */
export interface AbilityPayload {
  readonly name:
    | "tokens"
    | "distribution"
    | "surprisals"
    | "writing"
    | "sampling"
    | "embeddings"
    | "word_vectors"
    | "hidden_states"
    | "attentions"
    | "calls";
  readonly extent: "exact" | "cut" | "absent";
  readonly code: string;
  readonly detail: string;
  readonly detail_ja: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly views: readonly string[];
}

/** What runs the model, and what of it is exact, cut or absent, in the order of the pipeline. `address` is "" in the kernel itself. */
export interface CapabilitiesPayload {
  readonly server: string;
  readonly address: string;
  readonly model: string;
  readonly abilities: readonly AbilityPayload[];
}

/** What the session holds. `source` says where it came from: "hub", "cache", "registry package", "memory", "folder", "logits", "api". */
export interface InfoPayload {
  readonly name: string;
  readonly source: string;
  readonly device: string;
  readonly dtype: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly vocabulary: number;
  readonly dimensions: number;
  readonly context: number;
  readonly tokenizer: string;
  readonly can_predict: boolean;
  readonly predicts: "next" | "masked" | "";
  readonly mask: string;
  readonly can_embed: boolean;
  readonly can_edit: boolean;
  readonly rows: number;
  readonly row: number;
  readonly capabilities: CapabilitiesPayload | null;
}

/** A text and its tokens, n of them. Small arrays, since a text may have hundreds of thousands. */
export interface TokensPayload {
  readonly text: string;
  readonly ids: ArrayPayload;
  readonly steps: ArrayPayload;
  readonly widths: ArrayPayload;
  readonly distinct: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly padding: readonly number[];
  readonly exact: boolean;
  readonly characters: number;
  readonly utf8_bytes: number;
}

/** What a content is besides its tokens. `position` is an index into `ids`; -1 stands for `home`. */
export interface PlacePayload {
  readonly revision: number;
  readonly position: number;
  readonly home: number;
  readonly can_undo: boolean;
  readonly template: readonly (readonly [number, number])[];
  readonly add_special: boolean | null;
  readonly seen: Readonly<Record<string, number>>;
}

/** The session's text and its tokens. */
export interface ContentPayload {
  readonly text: string;
  readonly ids: ArrayPayload;
  readonly steps: ArrayPayload;
  readonly widths: ArrayPayload;
  readonly distinct: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly padding: readonly number[];
  readonly exact: boolean;
  readonly characters: number;
  readonly utf8_bytes: number;
  readonly revision: number;
  readonly position: number;
  readonly home: number;
  readonly can_undo: boolean;
  readonly template: readonly (readonly [number, number])[];
  readonly add_special: boolean | null;
  readonly seen: Readonly<Record<string, number>>;
}

/** How a long content became another: what stands between the same beginning and the same end. */
export interface ChangePayload {
  readonly revision: number;
  readonly position: number;
  readonly home: number;
  readonly can_undo: boolean;
  readonly template: readonly (readonly [number, number])[];
  readonly add_special: boolean | null;
  readonly seen: Readonly<Record<string, number>>;
  readonly base: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly ids: ArrayPayload;
  readonly starts: ArrayPayload;
  readonly ends: ArrayPayload;
  readonly distinct: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly exact: boolean;
  readonly characters: number;
  readonly utf8_bytes: number;
}

/** An edit of a long text: of the text of revision `base` the UTF-16 units `start` to `end` (exclusive) become `text`. */
export interface EditPayload {
  readonly base: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A row of a batch, or a text as one of the compared tokenizers cuts it. Where `error` stands, there are no tokens. */
export interface RowPayload {
  readonly text: string;
  readonly ids: ArrayPayload;
  readonly steps: ArrayPayload;
  readonly widths: ArrayPayload;
  readonly distinct: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly padding: readonly number[];
  readonly exact: boolean;
  readonly characters: number;
  readonly utf8_bytes: number;
  readonly name: string;
  readonly error: ErrorPayload | null;
}

/** A line of the comparison's table: how many tokens each tokenizer needs for a part of the text, in the order of the rows. */
export interface LanguagePayload {
  readonly label: string;
  readonly characters: number;
  readonly utf8_bytes: number;
  readonly tokens: readonly number[];
}

/** Tokens `start` to `end` (exclusive) of a row; none where they are equal. */
export interface SelectionPayload {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/** What a TokenView shows and how. `can_score`: a model is there that gives each token's surprisal; `can_attend`: one is there that has attention. */
export interface TokenSettings {
  readonly kind: "text" | "batch" | "compare";
  readonly tokenizer: string;
  readonly color_by: "token" | "length" | "surprisal" | "attention";
  readonly can_score: boolean;
  readonly can_attend: boolean;
  readonly selection: SelectionPayload | null;
  readonly seen: Readonly<Record<string, number>>;
}

/** -log p of each token given those before, in nats, for the tokens of revision `revision`; NaN for a first token. */
export interface SurprisalPayload {
  readonly revision: number;
  readonly values: ArrayPayload;
  readonly error: ErrorPayload | null;
}

/** How much the token `query` of revision `revision` attends to each of the first tokens: (layers, heads, n) whole numbers, 32,767 standing for all of it. */
export interface AttentionPayload {
  readonly revision: number;
  readonly query: number;
  readonly values: ArrayPayload;
  readonly error: ErrorPayload | null;
}

/** A token or a part of one: `piece` its text, or "" and `bytes` in hexadecimal; `id` -1 where it is in no vocabulary. */
export interface SymbolPayload {
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
}

/** A merge of BPE: symbols `at` and `at` + 1 become `symbol`. A smaller rank was learned earlier and goes first. */
export interface MergePayload {
  readonly at: number;
  readonly rank: number;
  readonly symbol: SymbolPayload;
}

/** A word as the pre-tokenizer cuts it, and how it became tokens. */
export interface WordPayload {
  readonly text: string;
  readonly method: "bpe" | "wordpiece" | "unigram" | "vocabulary" | "added" | "unknown";
  readonly symbols: readonly SymbolPayload[];
  readonly merges: readonly MergePayload[];
  readonly pieces: readonly SymbolPayload[];
  readonly scores: readonly number[];
}

/** From a text to its tokens: what the normaliser made of it, the words of the pre-tokenizer, and their pieces. */
export interface TracePayload {
  readonly kind: "trace";
  readonly text: string;
  readonly normalizer: string;
  readonly normalized: string;
  readonly pre_tokenizer: string;
  readonly words: readonly WordPayload[];
}

/** The tokens whose text or id matches a query: at most 100 of `total`, shortest first. */
export interface SearchPayload {
  readonly kind: "search";
  readonly query: string;
  readonly total: number;
  readonly matches: readonly SymbolPayload[];
}

/** One token of the vocabulary. `bytes` in hexadecimal; `rank` of the merge that makes it and `parts` what it merges from, if it does. */
export interface TokenPayload {
  readonly kind: "token";
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  readonly rank: number | null;
  readonly score: number | null;
  readonly parts: readonly SymbolPayload[];
  readonly containing: readonly SymbolPayload[];
  readonly containing_total: number;
}

/** A token of a distribution. `rank` from 1, ties by id, 0 for a token that was not returned; a logit of -inf is null. */
export interface CandidatePayload {
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  readonly logit: number | null;
  readonly rank: number;
}

/** What a server left out of a distribution: `tokens`, with the probability `mass` together and at most `ceiling` each. */
export interface PartialPayload {
  readonly tokens: number;
  readonly mass: number;
  readonly ceiling: number;
  readonly entropy: readonly [number, number];
  readonly unseen: number;
}

/** The next-token distribution after token `position` of revision `revision`: a head of tokens and a binned tail. */
export interface DistributionPayload {
  readonly revision: number;
  readonly position: number;
  readonly vocabulary: number;
  readonly ids: ArrayPayload;
  readonly logits: ArrayPayload;
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly context: readonly number[];
  readonly tail_counts: ArrayPayload;
  readonly tail_logits: ArrayPayload;
  readonly tail_variances: ArrayPayload;
  readonly masked: number;
  readonly log_sum: number;
  readonly entropy: number;
  readonly came: CandidatePayload | null;
  readonly unnamed: number;
  readonly partial: PartialPayload | null;
}

/** The sampler's settings, in transformers' names; a neutral value switches a stage off. `top_h` 0 is off. */
export interface SamplerPayload {
  readonly do_sample: boolean;
  readonly temperature: number;
  readonly top_k: number;
  readonly top_p: number;
  readonly min_p: number;
  readonly typical_p: number;
  readonly top_h: number;
  readonly epsilon_cutoff: number;
  readonly eta_cutoff: number;
  readonly repetition_penalty: number;
  readonly seed: number | null;
}

/** The sampler, what `model.generate(do_sample=True)` would do, and the requests that it answers. */
export interface SamplerState {
  readonly sampler: SamplerPayload;
  readonly own: SamplerPayload;
  readonly origins: Readonly<Record<string, "generation_config" | "transformers">>;
  readonly seen: Readonly<Record<string, number>>;
}

/** `n` draws after token `position` of revision `revision`, with `sampler`. `number` tells one batch from the next. */
export interface DrawsPayload {
  readonly number: number;
  readonly revision: number;
  readonly position: number;
  readonly sampler: SamplerPayload;
  readonly n: number;
  readonly seed: number | null;
  readonly device: string;
  readonly ids: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly counts: readonly number[];
  readonly probabilities: ArrayPayload;
  readonly order: ArrayPayload;
}

/** A way that the text went before another token was put in. Up to token `at` (exclusive) it is the text of now. */
export interface ForkPayload {
  readonly at: number;
  readonly tokens: number;
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly log_prob: number;
  readonly known: number;
  readonly reason: string;
}

/** How the tokens of the content that travels with it came, and the ways that were left. */
export interface PathsPayload {
  readonly places: ArrayPayload;
  readonly probabilities: ArrayPayload;
  readonly drawn_with: ArrayPayload;
  readonly forced: readonly number[];
  readonly now: ForkPayload | null;
  readonly forks: readonly ForkPayload[];
}

/** What else could have come at token `index`, most probable first: probabilities (k,) float32 of the model, and after the sampler. */
export interface AlternativesPayload {
  readonly kind: "alternatives";
  readonly index: number;
  readonly how: "drawn" | "greedy" | "forced";
  readonly candidates: readonly CandidatePayload[];
  readonly probabilities: ArrayPayload;
  readonly drawn_with: ArrayPayload;
}

/** What the session is doing. `revision` is the newest text; the distribution shown may be older while busy. */
export interface StatusPayload {
  readonly state: "ready" | "busy" | "generating" | "error" | "closed";
  readonly revision: number;
  readonly generated: number;
  readonly max_new_tokens: number;
  readonly tokens_per_second: number;
  readonly reason: string;
  readonly ended_by: string;
  readonly error: ErrorPayload | null;
}

/** What one stage did: tokens left after it, and the probability before it of those that it removed. */
export interface StagePayload {
  readonly name: string;
  readonly left: number;
  readonly mass_removed: number;
}

/** The chain by transformers' own classes over the whole vocabulary, for the head of the distribution of `revision`. */
export interface ExactPayload {
  readonly kind: "exact";
  readonly revision: number;
  readonly stages: readonly StagePayload[];
  readonly kept: number;
  readonly sampled: ArrayPayload;
  readonly removed_by: ArrayPayload;
}

/** The tokens whose text holds `query`, by probability: at most 200 of `total`; of a partial distribution, those that were returned. */
export interface FindPayload {
  readonly kind: "find";
  readonly revision: number;
  readonly query: string;
  readonly total: number;
  readonly candidates: readonly CandidatePayload[];
}

/** What a NextTokenBar shows and how. `predict`: the bars hide until someone has guessed. */
export interface BarSettings {
  readonly k: number;
  readonly measure: "probability" | "log_probability" | "logit" | "rank";
  readonly scale: "linear" | "log";
  readonly predict: boolean;
  readonly seen: Readonly<Record<string, number>>;
}

/** A guess at the token after `position` of revision `revision`, and what the model would have said: `best` its first choice. */
export interface GuessPayload {
  readonly revision: number;
  readonly position: number;
  readonly text: string;
  readonly token: CandidatePayload;
  readonly probability: number;
  readonly best: CandidatePayload;
  readonly best_probability: number;
  readonly known: boolean;
}

/** The guesses so far, newest last (at most 100 travel), and the score: `right` were the model's first choice, of `total`. */
export interface GuessesPayload {
  readonly guesses: readonly GuessPayload[];
  readonly total: number;
  readonly right: number;
  readonly in_top_ten: number;
  readonly mean_surprisal: number;
  readonly known: boolean;
}

/** A token in two distributions `p` and `q`; an id of -1 and a probability of null where one of them has no such token. */
export interface PairPayload {
  readonly id: number;
  readonly other_id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  readonly p: number | null;
  readonly q: number | null;
}

/** Two distributions side by side. `kl` and `kl_back` in nats, KL(p‖q) and KL(q‖p): null where infinite. */
export interface ComparisonPayload {
  readonly revision: number;
  readonly other_revision: number;
  readonly name: string;
  readonly other_name: string;
  readonly text: string;
  readonly other_text: string;
  readonly can_edit: boolean;
  readonly aligned: "ids" | "bytes" | "returned" | "none";
  readonly shared: number;
  readonly outside: number;
  readonly other_outside: number;
  readonly kl: number | null;
  readonly kl_back: number | null;
  readonly pairs: readonly PairPayload[];
  readonly differ: readonly number[];
  readonly error: ErrorPayload | null;
}

/** What an EmbeddingMap shows and how, and what it could show. */
export interface MapSettings {
  readonly words: readonly string[];
  readonly show: "words" | "contexts";
  readonly show_tokens: boolean;
  readonly ground: boolean;
  readonly method: "pca" | "tsne" | "umap";
  readonly axes: number;
  readonly layer: "input" | "last" | "served" | "given";
  readonly pooling: "mean" | "lesson" | "cls" | "served";
  readonly leading_space: boolean;
  readonly measure: "cosine" | "dot";
  readonly color_by: "kind" | "script" | "cluster" | "norm" | "values";
  readonly expression: string;
  readonly can_type: boolean;
  readonly can_contexts: boolean;
  readonly can_tokens: boolean;
  readonly can_space: boolean;
  readonly layers: readonly ("input" | "last" | "served" | "given")[];
  readonly poolings: readonly ("mean" | "lesson" | "cls" | "served")[];
  readonly methods: readonly ("pca" | "tsne" | "umap")[];
  readonly colors: readonly ("kind" | "script" | "cluster" | "norm" | "values")[];
  readonly ground_kind: "" | "vocabulary" | "vectors";
  readonly ground_count: number;
  readonly dimensions: number;
  readonly tied: boolean | null;
  readonly seen: Readonly<Record<string, number>>;
}

/** A point's label: its text, or "" and `bytes` in hexadecimal where a token is no whole characters. `id` of a token, else -1. */
export interface NamePayload {
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
}

/** A point near another in the full space: its place, its label, and the similarity by the map's measure. */
export interface NearPayload {
  readonly on: "points" | "ground" | "contexts";
  readonly index: number;
  readonly name: NamePayload;
  readonly value: number;
  readonly own: boolean;
}

/** Words, then tokens of the text, as points. One entry a point in `labels`, `kinds`, `ids`, `pieces`, `norms`, `nearest`, `lost`. */
export interface MapPayload {
  readonly labels: readonly string[];
  readonly kinds: readonly ("word" | "token")[];
  readonly ids: readonly (readonly number[])[];
  readonly pieces: readonly (readonly string[])[];
  readonly norms: readonly number[];
  readonly coordinates: ArrayPayload;
  readonly similarities: ArrayPayload;
  readonly order: readonly number[];
  readonly nearest: readonly (readonly (readonly [number, number])[])[];
  readonly lost: readonly number[];
  readonly counted: number;
  readonly variance: readonly number[];
  readonly fitted: "points" | "ground";
  readonly about: boolean;
  readonly error: ErrorPayload | null;
}

/** A colour of the ground: `key` names it ("space", "Latin", "3"), `count` points have it. `low` and `high` where it is a part of a scale. */
export interface ClassPayload {
  readonly key: string;
  readonly count: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** The many points on which the words stand. The points themselves are asked for by `number`, and have another where anything changed. */
export interface GroundPayload {
  readonly number: number;
  readonly kind: "vocabulary" | "vectors";
  readonly count: number;
  readonly axes: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly classes: readonly ClassPayload[];
  readonly color_by: "kind" | "script" | "cluster" | "norm" | "values";
  readonly scale: boolean;
  readonly lost: number;
  readonly spread: number;
  readonly sampled: number;
  readonly counted: number;
  readonly variance: readonly number[];
  readonly method: "pca" | "tsne" | "umap";
  readonly error: ErrorPayload | null;
}

/** The text's tokens, layer by layer: 0 the input embeddings, the last one behind the model's last norm. */
export interface ContextsPayload {
  readonly revision: number;
  readonly layers: number;
  readonly tokens: number;
  readonly axes: number;
  readonly names: readonly NamePayload[];
  readonly coordinates: ArrayPayload;
  readonly unit: number;
  readonly norms: ArrayPayload;
  readonly lost: ArrayPayload;
  readonly counted: number;
  readonly variance: readonly number[];
  readonly layer_variance: ArrayPayload;
  readonly dimensions: number;
  readonly error: ErrorPayload | null;
}

/** A word of an expression, added or subtracted. */
export interface TermPayload {
  readonly sign: "+" | "-";
  readonly label: string;
}

/** king - man + woman, worked out: `places` (terms, axes) float32 of each term, `sums` (terms, axes) float32 of the sum so far. */
export interface ArithmeticPayload {
  readonly expression: string;
  readonly terms: readonly TermPayload[];
  readonly places: ArrayPayload;
  readonly sums: ArrayPayload;
  readonly norm: number;
  readonly nearest: readonly NearPayload[];
  readonly error: ErrorPayload | null;
}

/** The points that are chosen, `count` in all: `points` by index in the map (or in the contexts, where those are shown), and those of the ground. */
export interface ChosenPayload {
  readonly count: number;
  readonly points: readonly number[];
  readonly ground: string;
  readonly number: number;
  readonly names: readonly NamePayload[];
  readonly nearest: readonly NearPayload[];
}

/** The ground's points in a page that is handed out, whose kernel cannot be asked: four bytes a point in base64, as in GroundPayload. */
export interface KeptGround {
  readonly number: number;
  readonly count: number;
  readonly points: string;
  readonly names: string;
}

/** The labels of points, as NamePayload has them: a piece, or where it is no whole characters its bytes in a list; and which points are special tokens. `tokens`: a point's index is its id. */
export interface KeptNames {
  readonly pieces: readonly (string | readonly string[])[];
  readonly special: readonly number[];
  readonly tokens: boolean;
}

/** The answer that carries the ground's points as its buffer, four bytes a point. */
export interface GroundPoints {
  readonly kind: "ground";
  readonly number: number;
}

/** A point looked at: its ten nearest in the full space; `lost` of its `counted` nearest are not so in the picture, null where that is not known. */
export interface LookPayload {
  readonly kind: "look";
  readonly on: "points" | "ground" | "contexts";
  readonly index: number;
  readonly layer: number;
  readonly name: NamePayload;
  readonly norm: number;
  readonly nearest: readonly NearPayload[];
  readonly lost: number | null;
  readonly counted: number;
}

/** Labels of ground points, in the order in which they were asked for. */
export interface NamesPayload {
  readonly kind: "names";
  readonly indices: readonly number[];
  readonly names: readonly NamePayload[];
}

/** The ground points whose label holds `text`: `indices` at most 5,000 of `total`, shortest label first, and the names of the first 100. */
export interface FoundPayload {
  readonly kind: "found";
  readonly text: string;
  readonly total: number;
  readonly indices: ArrayPayload;
  readonly names: readonly NamePayload[];
}

/** Cosine similarity of tokens `index` and `other` of the text in each layer, (layers,) float32. */
export interface DriftPayload {
  readonly kind: "drift";
  readonly index: number;
  readonly other: number;
  readonly revision: number;
  readonly values: ArrayPayload;
}

/** A live or a finished beam: the end of its new text, `cut` where that is not all of it. */
export interface BeamPayload {
  readonly text: string;
  readonly cut: boolean;
  readonly tokens: number;
  readonly log_prob: number;
  readonly score: number;
  readonly step: number;
  readonly place: number;
  readonly index: number;
  readonly ended_by: "" | "eos" | "length" | "stop";
}

/** What became of candidates: their state, why they were pruned, what ended them, and whether live or finished beams come of them. */
export interface BeamKindPayload {
  readonly state: "running" | "continued" | "ended" | "pruned";
  readonly why:
    | ""
    | "not_kept"
    | "outscored"
    | "not_drawn"
    | "not_counted"
    | "not_better"
    | "replaced"
    | "full"
    | "settled";
  readonly ended_by: "" | "eos" | "length" | "stop";
  readonly leads_to: "" | "running" | "ended";
}

/** A beam search for row `row` of `rows`: its newest columns, each a step with its candidates, and its beams. */
export interface BeamTreePayload {
  readonly number: number;
  readonly row: number;
  readonly rows: number;
  readonly step: number;
  readonly first: number;
  readonly num_beams: number;
  readonly length_penalty: number;
  readonly early_stopping: "true" | "false" | "never";
  readonly do_sample: boolean;
  readonly num_return_sequences: number;
  readonly state: "running" | "done" | "stopped";
  readonly over: "" | "full" | "settled" | "ended";
  readonly counts: readonly number[];
  readonly ids: ArrayPayload;
  readonly parents: ArrayPayload;
  readonly indices: ArrayPayload;
  readonly log_probs: ArrayPayload;
  readonly gained: ArrayPayload;
  readonly kinds: ArrayPayload;
  readonly kind: readonly BeamKindPayload[];
  readonly decided: ArrayPayload;
  readonly ranks: ArrayPayload;
  readonly scores: ArrayPayload;
  readonly bars: ArrayPayload;
  readonly distinct: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly special: readonly number[];
  readonly running: readonly BeamPayload[];
  readonly finished: readonly BeamPayload[];
}

/** What `count` stages that follow each other have in common. */
export interface FormPayload {
  readonly count: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly device: string;
}

/** A stage of a call, or all blocks of a stack as one: then `indices` and `times` have one value a block, and `forms` tell their forms. */
export interface CellPayload {
  readonly kind: "tokens" | "embeddings" | "block" | "norm" | "logits";
  readonly part: string;
  readonly detail: string;
  readonly forms: readonly FormPayload[];
  readonly seconds: number | null;
  readonly indices: readonly number[];
  readonly times: readonly (number | null)[];
}

/** The keys and values after a call; null for what is not known. See FlowCache. */
export interface CachePayload {
  readonly kind: string;
  readonly bytes: number | null;
  readonly length: number | null;
  readonly reused: number | null;
}

/** A call of the model, as it flowed. See Flow. `between`: seconds outside the stages; a `loss` that is no number is named. */
export interface CallPayload {
  readonly number: number;
  readonly model: string;
  readonly cells: readonly CellPayload[];
  readonly batch: number;
  readonly tokens: number;
  readonly seconds: number | null;
  readonly between: number | null;
  readonly tokens_per_second: number | null;
  readonly cache: CachePayload | null;
  readonly loss: number | "nan" | "inf" | "-inf" | null;
  readonly training: boolean;
  readonly grad: boolean;
  readonly inference: boolean;
  readonly autocast: string;
  readonly attention: string;
  readonly complete: boolean;
}

/** What the session has measured; see Measured. null for what it has not. */
export interface CostMeasured {
  readonly tokens_in: number | null;
  readonly tokens_out: number | null;
  readonly tokens_per_second: number | null;
  readonly tokens_computed: number;
  readonly seconds: number;
  readonly model: string;
  readonly device: string;
}

/** What a CostView calculates with: the numbers that someone typed, by name; whether example prices stand where none is typed. */
export interface CostSettings {
  readonly values: Readonly<Record<string, number>>;
  readonly currency: string;
  readonly rented_hours: "busy" | "open" | "always";
  readonly examples: boolean;
  readonly seen: Readonly<Record<string, number>>;
}

/** What a ContinuationView asks, and how it shows the answer. */
export interface ContinuationSettings {
  readonly prompt: string;
  readonly follows: boolean;
  readonly can_edit: boolean;
  readonly candidates: readonly string[];
  readonly measure: "sum" | "token" | "character" | "byte";
  readonly scale: "probability" | "log_probability";
  readonly begin: boolean;
  readonly beginning: readonly SymbolPayload[];
  readonly begin_own: boolean;
  readonly new_tokens: number;
  readonly number: number;
  readonly seen: Readonly<Record<string, number>>;
}

/** A candidate with its n tokens: `pieces` and `bytes` as in TokensPayload, `surprisals` (n,) in nats, NaN where there is no probability. */
export interface ContinuationPayload {
  readonly text: string;
  readonly ids: readonly number[];
  readonly pieces: readonly string[];
  readonly bytes: readonly string[];
  readonly surprisals: ArrayPayload;
  readonly fused: boolean;
  readonly prompt_part: string;
  readonly characters: number;
  readonly utf8_bytes: number;
}

/** The answer to question `number`, or why there is none. */
export interface ScoredPayload {
  readonly number: number;
  readonly candidates: readonly ContinuationPayload[];
  readonly error: ErrorPayload | null;
}

/** How the model itself goes on from the prompt of question `number`: the most probable token each time, or drawn by the session's sampler. */
export interface WrittenPayload {
  readonly how: "greedy" | "sampled";
  readonly number: number;
  readonly state: "waiting" | "writing" | "done" | "idle" | "same";
  readonly text: string;
  readonly tokens: number;
  readonly seed: number | null;
  readonly reason: "" | "eos" | "length" | "stop_text" | "stopped" | "context" | "edited";
  readonly ended_by: string;
  readonly error: ErrorPayload | null;
}

/** One thing that a step changed; `values` as Change in recording/changes.py has them. */
export interface StepChange {
  readonly what:
    | "begin"
    | "model"
    | "template"
    | "text"
    | "tokens"
    | "filled"
    | "put"
    | "written"
    | "switched"
    | "special"
    | "row"
    | "position"
    | "setting"
    | "draws"
    | "error";
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

/** A step of a recording: `seconds` after the begin, what it changed, and the remarks that were made at it. */
export interface StepPayload {
  readonly seconds: number;
  readonly changes: readonly StepChange[];
  readonly notes: readonly string[];
}

/** Steps that a page which is handed out can show, `count` of them from the step `first` on. */
export interface KeptMoments {
  readonly first: number;
  readonly count: number;
  readonly packed: string;
}

/** Which step is shown, from 0. */
export interface ReplaySettings {
  readonly step: number;
  readonly seen: Readonly<Record<string, number>>;
}

/** From the page: take these values. Those that are absent stay. */
export interface SetRequest {
  readonly kind: "set";
  readonly rid: number;
  readonly client: string;
  readonly text: string | null;
  readonly edit: EditPayload | null;
  readonly ids: readonly number[] | null;
  readonly add_special: boolean | null;
  readonly position: number | null;
  readonly sampler: Readonly<Record<string, number | boolean | null>> | null;
}

/** From the page: do this once. `whole` asks for the whole content, where changes alone were sent. */
export interface ActRequest {
  readonly kind: "act";
  readonly rid: number;
  readonly client: string;
  readonly action:
    | "step"
    | "generate"
    | "stop"
    | "undo"
    | "append"
    | "fill"
    | "whole"
    | "draw"
    | "fork"
    | "switch"
    | "row"
    | "prepare"
    | "reset";
  readonly token: number | null;
  readonly max_new_tokens: number | null;
  readonly stop: readonly string[] | null;
  readonly index: number | null;
  readonly n: number | null;
  readonly fork: number | null;
  readonly row: number | null;
  readonly revision: number | null;
}

/** From the page, of the session: the exact chain for `sampler` (`exact`), or what else could have come at a token (`alternatives`). */
export interface AskRequest {
  readonly kind: "exact" | "alternatives";
  readonly rid: number;
  readonly client: string;
  readonly sampler: Readonly<Record<string, number | boolean | null>> | null;
  readonly order: "transformers" | "llama.cpp" | "vllm" | null;
  readonly index: number | null;
}

/** From a NextTokenBar in the page. */
export interface BarRequest {
  readonly kind: "bar" | "guess" | "forget" | "find" | "against";
  readonly rid: number;
  readonly client: string;
  readonly k: number | null;
  readonly measure: string | null;
  readonly scale: string | null;
  readonly text: string | null;
  readonly token: number | null;
  readonly revision: number | null;
}

/** From an EmbeddingMap in the page: take these settings. Those that are absent stay. See MapSettings. */
export interface MapRequest {
  readonly kind: "map";
  readonly rid: number;
  readonly client: string;
  readonly words: readonly string[] | null;
  readonly show: string | null;
  readonly show_tokens: boolean | null;
  readonly ground: boolean | null;
  readonly method: string | null;
  readonly axes: number | null;
  readonly layer: string | null;
  readonly pooling: string | null;
  readonly leading_space: boolean | null;
  readonly measure: string | null;
  readonly color_by: string | null;
  readonly expression: string | null;
}

/** From an EmbeddingMap in the page: something about what is shown. */
export interface MapQuestion {
  readonly kind: "ground" | "look" | "names" | "search" | "drift";
  readonly rid: number;
  readonly client: string;
  readonly number: number | null;
  readonly on: "points" | "ground" | "contexts" | null;
  readonly index: number | null;
  readonly other: number | null;
  readonly layer: number | null;
  readonly indices: readonly number[] | null;
  readonly text: string | null;
}

/** From an EmbeddingMap in the page: these points are chosen. See ChosenPayload; of the ground's number `number`. */
export interface ChooseRequest {
  readonly kind: "choose";
  readonly rid: number;
  readonly client: string;
  readonly points: readonly number[];
  readonly ground: string;
  readonly number: number;
}

/** From a CostView in the page: take these settings. Those that are absent stay; `values` are all numbers that someone typed. See CostSettings. */
export interface CostRequest {
  readonly kind: "cost";
  readonly rid: number;
  readonly client: string;
  readonly values: Readonly<Record<string, number>> | null;
  readonly currency: string | null;
  readonly rented_hours: string | null;
  readonly examples: boolean | null;
}

/** From a ContinuationView in the page: take these settings (`continuation`; those that are absent stay), or write anew (`write`). See ContinuationSettings. */
export interface ContinuationRequest {
  readonly kind: "continuation" | "write";
  readonly rid: number;
  readonly client: string;
  readonly prompt: string | null;
  readonly follows: boolean | null;
  readonly candidates: readonly string[] | null;
  readonly measure: string | null;
  readonly scale: string | null;
  readonly begin: boolean | null;
  readonly new_tokens: number | null;
}

/** From a ReplayView in the page: show this step of the recording, from 0. */
export interface ReplayRequest {
  readonly kind: "replay";
  readonly rid: number;
  readonly client: string;
  readonly step: number;
}

/** From a TokenView in the page: take these settings. Those that are absent stay. */
export interface TokensRequest {
  readonly kind: "tokens";
  readonly rid: number;
  readonly client: string;
  readonly color_by: string | null;
  readonly selection: SelectionPayload | null;
}

/** From a TokenView in the page: tell of a word (`trace`), of tokens (`search`: text or id) or of one token (`token`: id). */
export interface LookupRequest {
  readonly kind: "lookup";
  readonly rid: number;
  readonly client: string;
  readonly what: "trace" | "search" | "token";
  readonly row: number;
  readonly text: string;
  readonly id: number;
}

/** From a page whose views share no store: a token with one of these ids is pointed at; none is, where there are none. */
export interface PointRequest {
  readonly kind: "point";
  readonly rid: number;
  readonly client: string;
  readonly ids: readonly number[];
}

/** To the page, for each request, with what a lookup found. The field is `rid`: ipykernel 7.4 keeps an entry for ever for a content with `id`. */
export interface Answer {
  readonly rid: number;
  readonly client: string;
  readonly ok: boolean;
  readonly error: ErrorPayload | null;
  readonly result:
    | TracePayload
    | SearchPayload
    | TokenPayload
    | ExactPayload
    | AlternativesPayload
    | FindPayload
    | GroundPoints
    | LookPayload
    | NamesPayload
    | FoundPayload
    | DriftPayload
    | null;
}

/** The values that a setting may have, both ends included. */
export const LIMITS = {
  temperature: { low: 0, high: 100, whole: false },
  top_k: { low: 0, high: 10000000, whole: true },
  top_p: { low: 0, high: 1, whole: false },
  min_p: { low: 0, high: 1, whole: false },
  typical_p: { low: 0.001, high: 1, whole: false },
  top_h: { low: 0, high: 1, whole: false },
  epsilon_cutoff: { low: 0, high: 0.999, whole: false },
  eta_cutoff: { low: 0, high: 0.999, whole: false },
  repetition_penalty: { low: 0.01, high: 10, whole: false },
  seed: { low: 0, high: 9007199254740991, whole: true },
} as const;

/** Every stage off. */
export const NEUTRAL: SamplerPayload = {
  do_sample: true,
  temperature: 1,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  top_h: 0,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  repetition_penalty: 1,
  seed: null,
};

/** The stages that an engine has, in the order in which it runs them. */
export const ORDERS = {
  transformers: [
    "repetition_penalty",
    "temperature",
    "top_h",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
  ],
  "llama.cpp": ["repetition_penalty", "top_k", "typical_p", "top_p", "min_p", "temperature"],
  vllm: ["repetition_penalty", "temperature", "min_p", "top_k", "top_p"],
} as const;

/** The numbers of a cost, and the values that each may have. */
export const COST_LIMITS = {
  students: { low: 1, high: 100000000, whole: true },
  requests: { low: 0.01, high: 100000, whole: false },
  tokens_in: { low: 0, high: 10000000, whole: true },
  tokens_out: { low: 0, high: 10000000, whole: true },
  days: { low: 0.1, high: 31, whole: false },
  hours: { low: 0.1, high: 24, whole: false },
  peak: { low: 1, high: 1000, whole: false },
  bought_price: { low: 0, high: 1000000000000, whole: false },
  bought_years: { low: 0.1, high: 50, whole: false },
  bought_watts: { low: 0, high: 1000000, whole: false },
  bought_idle_watts: { low: 0, high: 1000000, whole: false },
  bought_kwh_price: { low: 0, high: 1000000000, whole: false },
  bought_tokens_per_second: { low: 0.001, high: 1000000000, whole: false },
  bought_gpus: { low: 1, high: 1000000, whole: true },
  rented_price: { low: 0, high: 1000000000, whole: false },
  rented_tokens_per_second: { low: 0.001, high: 1000000000, whole: false },
  rented_gpus: { low: 1, high: 1000000, whole: true },
  api_in: { low: 0, high: 1000000000, whole: false },
  api_out: { low: 0, high: 1000000000, whole: false },
} as const;

/** What has to be known of a form of execution. */
export const COST_NEEDS = {
  bought: ["bought_price", "bought_years", "bought_watts", "bought_kwh_price", "bought_tokens_per_second"],
  rented: ["rented_price", "rented_tokens_per_second"],
  api: ["api_in", "api_out"],
} as const;

/** The numbers that a session measures. */
export const COST_MEASURED = [
  "tokens_in",
  "tokens_out",
  "bought_tokens_per_second",
  "rented_tokens_per_second",
] as const;

/** A workload that nobody has typed or measured. */
export const COST_ASSUMED = {
  students: 40,
  requests: 10,
  tokens_in: 500,
  tokens_out: 300,
  days: 20,
  hours: 8,
  peak: 3,
} as const;

/** When the example prices were written. */
export const COST_EXAMPLES_DATE = "2026-11";

/** Example prices by label of the currency: nobody's offer. */
export const COST_EXAMPLES = {
  "¥": {
    bought_price: 400000,
    bought_years: 4,
    bought_watts: 450,
    bought_idle_watts: 30,
    bought_kwh_price: 31,
    rented_price: 150,
    api_in: 30,
    api_out: 120,
  },
  $: {
    bought_price: 2500,
    bought_years: 4,
    bought_watts: 450,
    bought_idle_watts: 30,
    bought_kwh_price: 0.17,
    rented_price: 1,
    api_in: 0.2,
    api_out: 0.8,
  },
  "€": {
    bought_price: 2400,
    bought_years: 4,
    bought_watts: 450,
    bought_idle_watts: 30,
    bought_kwh_price: 0.3,
    rented_price: 1,
    api_in: 0.2,
    api_out: 0.7,
  },
} as const;

"""Tiny random models and tokenizers trained here, so that nothing is fetched and a forward pass costs a millisecond."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from llmwidgets import ModelSession

PATIENCE = 60  # seconds until a thread that should have moved counts as stuck
END = "<|endoftext|>"
CORPUS = [
    "The quick brown fox jumps over the lazy dog. The king and the queen saw a man and a woman.",
    "You are a pirate chatbot who always responds in pirate speak! Who are you? Are you quick?",
    "quick fast slow king queen man woman; one two three four five six seven eight nine ten",
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。おじいさんは山へ行きました。",
    "for index in range(10):\n    print(index)\n",
]
TEXT = "The quick brown fox jumps over the lazy dog"


@pytest.fixture(scope="session", autouse=True)
def _models_are_imported() -> None:
    """Before the first module's objects are frozen (tests/conftest.py)."""
    for kind in ("LlamaForCausalLM", "MistralForCausalLM", "GPT2LMHeadModel"):
        getattr(transformers, kind)


def _byte_level(vocabulary: int = 420, *, prefix: bool = False, ignore_merges: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[END],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


@pytest.fixture(scope="session")
def byte_tokenizer() -> Any:
    """Byte-level BPE as in GPT-2: no pad token, no begin-of-text token."""
    return PreTrainedTokenizerFast(tokenizer_object=_byte_level(), eos_token=END)


@pytest.fixture(scope="session")
def bos_tokenizer() -> Any:
    """Byte-level BPE that puts a begin-of-text token in front, as in Llama 3."""
    tokenizer = _byte_level()
    tokenizer.add_special_tokens([AddedToken("<|begin|>", special=True)])
    begin = tokenizer.token_to_id("<|begin|>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin|> $A", special_tokens=[("<|begin|>", begin)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|begin|>", eos_token=END)


@pytest.fixture(scope="session")
def sentencepiece_tokenizer() -> Any:
    """SentencePiece-like BPE with byte fallback, a space put in front and a begin-of-text token, as in Llama 2."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=names, limit_alphabet=60, show_progress=False)
    tokenizer.train_from_iterator(CORPUS[:3], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    state = _without_special(tokenizer, keep={"<unk>", "<s>", "</s>"})
    return PreTrainedTokenizerFast(tokenizer_object=state, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


@pytest.fixture(scope="session")
def unigram_tokenizer() -> Any:
    """SentencePiece-like Unigram with byte fallback, as in Gemma or T5."""
    pieces = [("<unk>", 0.0), *((f"<0x{byte:02X}>", -9.0) for byte in range(256))]
    pieces += [("▁", -2.0), ("▁The", -3.0), ("▁quick", -3.5), ("qu", -4.0), ("ick", -4.0)]
    pieces += [(letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyzT."]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse()])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


@pytest.fixture(scope="session")
def wordpiece_tokenizer() -> Any:
    """WordPiece as in BERT: lower case, accents dropped, [CLS] in front and [SEP] behind."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(CORPUS[:3], trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


@pytest.fixture(scope="session")
def backends() -> dict[str, Tokenizer]:
    """The tokenizers library's own, one of each family and of each trap that is known."""
    made = {
        "byte-level": _byte_level(),
        "ignore merges": _byte_level(ignore_merges=True),
        "space in front": _byte_level(prefix=True),
        "NFC": _byte_level(),
        "NFKC": _byte_level(prefix=True),
        "suffix": _with_suffix(),
        "clip": _like_clip(),
        "word level": _word_level(),
        "metaspace": _metaspace(),
    }
    made["NFC"].normalizer = normalizers.NFC()
    made["NFKC"].normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    for name in ("space in front", "NFC", "NFKC"):
        made[name].post_processor = processors.ByteLevel(trim_offsets=True)
    return made


def _with_suffix() -> Tokenizer:
    """BPE that marks the end of a word, as in the first GPT; characters that it has not seen are unknown."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    trainer = trainers.BpeTrainer(
        vocab_size=220, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS[:3], trainer)
    return tokenizer


def _like_clip() -> Tokenizer:
    """Bytes as letters, and a mark for the end of a word, as in CLIP."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<unk>", *letters, *(f"{letter}</w>" for letter in letters)],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS[:3], trainer)
    return _without_special(tokenizer, keep={"<unk>"})


def _word_level() -> Tokenizer:
    names = ["[UNK]", *dict.fromkeys(" ".join(CORPUS[:2]).split())]
    tokenizer = Tokenizer(models.WordLevel({name: index for index, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([AddedToken("[UNK]", special=True)])
    return tokenizer


def _metaspace() -> Tokenizer:
    """Unigram without bytes: what it does not know is one unknown token, and white space is folded, as in T5."""
    pieces = [("<unk>", 0.0), ("▁", -2.0), ("▁The", -3.0), ("▁quick", -3.5), ("qu", -4.0), ("ick", -4.2), ("q", -9.0)]
    pieces += [(letter, -5.0 - index / 7) for index, letter in enumerate("abcdefghijklmnoprstuvwxyzT.")]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken("<unk>", special=True)])
    tokenizer.add_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def _without_special(tokenizer: Tokenizer, keep: set[str]) -> Tokenizer:
    """The trainer marks all fixed names as special; bytes are ordinary tokens."""
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in keep]
    return Tokenizer.from_str(json.dumps(state))


# models

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
NO_ENDS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def _build(kind: str, vocabulary: int, **changes: Any) -> Any:
    grouped = {"intermediate_size": 32, "num_key_value_heads": 2, "max_position_embeddings": 128}
    configs: dict[str, Callable[[], Any]] = {
        "llama": lambda: transformers.LlamaConfig(vocab_size=vocabulary, **{**SMALL, **grouped, **NO_ENDS, **changes}),
        "mistral": lambda: transformers.MistralConfig(
            vocab_size=vocabulary, sliding_window=6, **{**SMALL, **grouped, **NO_ENDS, **changes}
        ),
        "gpt2": lambda: transformers.GPT2Config(
            vocab_size=vocabulary,
            **{
                "n_embd": 16,
                "n_layer": 2,
                "n_head": 4,
                "n_positions": 128,
                "initializer_range": 0.3,
                **NO_ENDS,
                **changes,
            },
        ),
        "qwen2": lambda: transformers.Qwen2Config(vocab_size=vocabulary, **{**SMALL, **grouped, **NO_ENDS, **changes}),
        "gemma2": lambda: transformers.Gemma2Config(
            vocab_size=vocabulary, head_dim=4, sliding_window=6, **{**SMALL, **grouped, **NO_ENDS, **changes}
        ),
        "mixtral": lambda: transformers.MixtralConfig(
            vocab_size=vocabulary, num_local_experts=2, **{**SMALL, **grouped, **NO_ENDS, **changes}
        ),
        "t5": lambda: transformers.T5Config(
            vocab_size=vocabulary,
            d_model=16,
            num_layers=2,
            num_heads=4,
            d_kv=4,
            d_ff=32,
            initializer_factor=3.0,
            **{**NO_ENDS, "decoder_start_token_id": 0, "pad_token_id": 0, **changes},
        ),
        "bert": lambda: transformers.BertConfig(
            vocab_size=vocabulary, intermediate_size=32, max_position_embeddings=64, **{**SMALL, **changes}
        ),
        "lfm2": lambda: transformers.Lfm2Config(
            vocab_size=vocabulary,
            layer_types=["conv", "full_attention"],
            **{**SMALL, **grouped, **NO_ENDS, "block_multiple_of": 8, **changes},
        ),
        "bamba": lambda: transformers.BambaConfig(
            vocab_size=vocabulary,
            attn_layer_indices=[1],
            mamba_n_heads=4,
            mamba_d_head=8,
            mamba_d_state=4,
            mamba_chunk_size=4,
            **{**SMALL, **grouped, **NO_ENDS, **changes},
        ),
        "recurrent_gemma": lambda: transformers.RecurrentGemmaConfig(
            vocab_size=vocabulary,
            lru_width=16,
            attention_window_size=16,
            block_types=["recurrent", "attention"],
            **{**SMALL, **NO_ENDS, **changes},
        ),
        "minimax": lambda: transformers.MiniMaxConfig(
            vocab_size=vocabulary,
            layer_types=["linear_attention", "full_attention"],
            num_local_experts=2,
            block_size=4,
            **{**SMALL, **grouped, **NO_ENDS, **changes},
        ),
        "mamba": lambda: transformers.MambaConfig(
            vocab_size=vocabulary, hidden_size=16, state_size=4, num_hidden_layers=2, initializer_range=0.3, **NO_ENDS
        ),
    }
    classes = {
        "llama": transformers.LlamaForCausalLM,
        "mistral": transformers.MistralForCausalLM,
        "gpt2": transformers.GPT2LMHeadModel,
        "qwen2": transformers.Qwen2ForCausalLM,
        "gemma2": transformers.Gemma2ForCausalLM,
        "mixtral": transformers.MixtralForCausalLM,
        "t5": transformers.T5ForConditionalGeneration,
        "bert": transformers.BertModel,
        "lfm2": transformers.Lfm2ForCausalLM,
        "bamba": transformers.BambaForCausalLM,
        "recurrent_gemma": transformers.RecurrentGemmaForCausalLM,
        "minimax": transformers.MiniMaxForCausalLM,
        "mamba": transformers.MambaForCausalLM,
    }
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return classes[kind](configs[kind]()).eval()


@pytest.fixture
def build(byte_tokenizer) -> Callable[..., Any]:
    """Makes a tiny random model: build("llama"), build("gpt2", n_positions=8) ..."""
    size = len(byte_tokenizer)
    return lambda kind="llama", vocabulary=size, **changes: _build(kind, vocabulary, **changes)


@pytest.fixture
def model(build) -> Any:
    """A tiny random Llama."""
    return build("llama")


@pytest.fixture
def session(model, byte_tokenizer) -> Iterator[ModelSession]:
    """A session on the tiny Llama."""
    with ModelSession(model, byte_tokenizer, text=TEXT) as made:
        yield made


@pytest.fixture(scope="session")
def default_loaded() -> Iterator[tuple[Any, Any]]:
    """The real default model with its tokenizer, loaded once."""
    with ModelSession() as made:
        yield made.model, made.tokenizer


@pytest.fixture
def real(default_loaded) -> Iterator[ModelSession]:
    """A session on the real default model."""
    with ModelSession(*default_loaded) as made:
        yield made


class Gate:
    """Holds a model's forward passes where they begin, one by one, without a clock."""

    def __init__(self, model: Any) -> None:
        self.entered = threading.Semaphore(0)
        self._may_go = threading.Semaphore(0)
        self._open = threading.Event()
        self._hook = model.register_forward_pre_hook(self._wait)

    def _wait(self, *_: Any) -> None:
        self.entered.release()
        if not self._open.is_set() and not self._may_go.acquire(timeout=PATIENCE):
            raise TimeoutError

    def wait_until_entered(self) -> None:
        """Until a forward pass has begun that was not waited for before."""
        assert self.entered.acquire(timeout=PATIENCE)

    def let_one_pass(self) -> None:
        """Lets the forward pass go that waits, or else the next."""
        self._may_go.release()

    def open(self) -> None:
        """Lets all go from now on."""
        self._open.set()
        self._may_go.release()


@pytest.fixture
def gate(model) -> Iterator[Gate]:
    """A gate in front of the tiny Llama; it opens at the end, so that nothing hangs."""
    made = Gate(model)
    yield made
    made.open()
    made._hook.remove()


@pytest.fixture
def background() -> Iterator[Callable[..., Any]]:
    """Runs a call on another thread; the result is a Future, and its thread has ended when the test has."""
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit

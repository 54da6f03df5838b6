"""The sampler against transformers itself: its processors, its generate, its order and its edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from transformers import GenerationConfig

from llmwidgets import Sampler
from llmwidgets.errors import InvalidValue
from llmwidgets.stages.sampling import LIMITS, draw

INF = math.inf
ONE_BY_ONE = [
    Sampler(),
    Sampler(temperature=0.01),
    Sampler(temperature=0.5),
    Sampler(temperature=100.0),
    Sampler(top_k=1),
    Sampler(top_k=3),
    Sampler(top_k=10_000),
    Sampler(top_p=0.0),
    Sampler(top_p=0.5),
    Sampler(top_p=0.999),
    Sampler(min_p=0.1),
    Sampler(min_p=1.0),
    Sampler(typical_p=0.3),
    Sampler(typical_p=0.95),
    Sampler(top_h=0.4),
    Sampler(top_h=1.0),
    Sampler(epsilon_cutoff=0.05),
    Sampler(epsilon_cutoff=0.999),
    Sampler(eta_cutoff=0.05),
    Sampler(repetition_penalty=1.8),
    Sampler(repetition_penalty=0.5),
    Sampler(do_sample=False, repetition_penalty=1.8, top_k=3),
    Sampler(temperature=0.0, top_p=0.3),
    Sampler(temperature=1.5, top_k=9, top_p=0.8, min_p=0.02, repetition_penalty=1.2),
    Sampler(
        temperature=0.8,
        top_k=20,
        top_p=0.95,
        min_p=0.01,
        typical_p=0.97,
        top_h=0.9,
        epsilon_cutoff=0.001,
        eta_cutoff=0.002,
        repetition_penalty=1.1,
    ),
]


def _short(sampler):
    neutral = Sampler()
    changed = {name: getattr(sampler, name) for name in ("do_sample", *LIMITS)}
    return (
        ",".join(f"{name}={value}" for name, value in changed.items() if value != getattr(neutral, name)) or "neutral"
    )


VECTORS = {
    "ordinary": np.array([3.0, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0]),
    "ties": np.array([1.0, 2.0, 2.0, 2.0, 1.0, 0.0, 0.0]),
    "masked": np.array([1.0, -INF, 2.0, -INF, 0.5, -INF, 0.0]),
    "one-hot": np.array([-INF, -INF, 0.0, -INF, -INF]),
    "uniform": np.zeros(50),
    "alone": np.array([0.3]),
    "negative": np.array([-1.0, -2.0, -3.0, -4.0]),
    "wide": np.random.default_rng(3).standard_normal(1000) * 4,
    "min-p ties": np.log(np.array([0.5, 0.05, 0.05, 0.2, 0.2])),
}
# what every stage of a model's own configuration could say
LOUD = {
    "do_sample": True,
    "temperature": 0.6,
    "top_k": 3,
    "top_p": 0.5,
    "min_p": 0.2,
    "typical_p": 0.5,
    "top_h": 0.3,
    "epsilon_cutoff": 0.1,
    "eta_cutoff": 0.1,
    "repetition_penalty": 1.7,
}


@pytest.fixture(scope="module")
def llama(byte_tokenizer):
    """One tiny model for the module; its generation_config is put back by `configured`."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(2)
    config = LlamaConfig(
        vocab_size=len(byte_tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def configured(llama):
    """The model with another generation_config for one test."""
    before = llama.generation_config

    def configure(**settings):
        llama.generation_config = GenerationConfig(pad_token_id=0, **settings)
        return llama

    yield configure
    llama.generation_config = before


def library_probs(model, sampler, logits, input_ids):
    """What the library's own chain, built by the library for these generate arguments, makes of the logits."""
    config, _ = model._prepare_generation_config(None, **sampler.generate_kwargs())
    chain = model._get_logits_processor(config, input_ids_seq_length=input_ids.shape[1], device="cpu")
    scores = chain(input_ids, torch.as_tensor(logits, dtype=torch.float32)[None])
    if not config.do_sample:
        greedy = torch.full_like(scores, -INF)
        greedy[0, scores[0].argmax()] = 0.0
        scores = greedy
    return scores.softmax(-1)[0].numpy(), torch.isfinite(scores[0]).nonzero()[:, 0].tolist()


# one chain against the library's


@pytest.mark.parametrize("sampler", ONE_BY_ONE, ids=_short)
@pytest.mark.parametrize("name", VECTORS)
def test_the_chain_is_the_one_that_generate_builds(name, sampler, llama):
    logits = VECTORS[name].astype(np.float32)
    context = [0, len(logits) - 1, 0]
    probs, kept = library_probs(llama, sampler, logits, torch.tensor([context]))
    found = sampler.apply(logits, context)
    np.testing.assert_allclose(found.probs, probs, atol=1e-7)
    assert found.kept.tolist() == kept
    assert found.probs.dtype == np.float32


@settings(max_examples=150, deadline=None)
@given(
    logits=hnp.arrays(np.float32, st.integers(1, 80), elements=st.floats(-20, 20, width=32)),
    temperature=st.floats(0.05, 10),
    top_k=st.integers(0, 90),
    top_p=st.floats(0, 1),
    min_p=st.floats(0, 1),
    penalty=st.floats(0.1, 5),
)
def test_random_chains_are_the_librarys(llama, logits, temperature, top_k, top_p, min_p, penalty):
    sampler = Sampler(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, repetition_penalty=penalty)
    context = torch.tensor([[0, logits.size // 2]])
    probs, kept = library_probs(llama, sampler, logits, context)
    found = sampler.apply(logits, context)
    np.testing.assert_allclose(found.probs, probs, atol=1e-6)
    assert found.kept.tolist() == kept


def test_lower_precision_is_raised_first():
    logits = torch.randn(200, dtype=torch.bfloat16)
    found = Sampler(temperature=0.7, top_p=0.8).apply(logits)
    expected = Sampler(temperature=0.7, top_p=0.8).apply(logits.float())
    assert np.array_equal(found.probs, expected.probs)


# the facts that surprise


def kept(logits, **settings):
    return Sampler(**settings).apply(np.array(logits, np.float32)).kept.tolist()


def test_ties_with_the_kth_are_all_kept():
    assert kept([1, 2, 2, 2, 0], top_k=2) == [1, 2, 3]


def test_top_p_keeps_the_token_that_crosses_and_never_less_than_one():
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    assert kept(logits, top_p=0.6) == [0, 1]
    assert kept(logits, top_p=0.0) == [0]


def test_top_p_does_not_keep_ties_together():
    assert len(kept(np.zeros(4), top_p=0.5)) == 2


def test_top_h_of_one_still_cuts_to_a_hundred():
    assert len(kept(np.linspace(0, 1, 300), top_h=1.0)) == 100


def test_typical_can_remove_the_most_probable_token():
    logits = np.log([0.4, 0.12, 0.12, 0.12, 0.12, 0.12])
    assert 0 not in kept(logits, typical_p=0.3)


def test_temperature_comes_before_top_p():
    """Transformers' order keeps 5 tokens here, llama.cpp's 3."""
    assert len(kept([3, 2, 1, 0.5, 0, -1, -2], temperature=2.0, top_p=0.9)) == 5
    found = Sampler(temperature=1.5, min_p=0.1).apply(np.array([3, 2, 1, 0.5, 0, -1, -2], np.float32))
    np.testing.assert_allclose(found.probs[:5], [0.476, 0.244, 0.125, 0.090, 0.064], atol=1e-3)


def test_a_penalty_counts_each_token_once_and_by_its_sign():
    found = Sampler(repetition_penalty=2.0).apply(np.array([2.0, -2.0, 0.0], np.float32), [0, 0, 1])
    expected = torch.tensor([1.0, -4.0, 0.0]).softmax(-1)
    np.testing.assert_allclose(found.probs, expected, atol=1e-6)


def test_greedy_gives_all_to_the_first_of_the_most_probable():
    found = Sampler(temperature=0).apply([1.0, 3.0, 3.0])
    assert found.probs.tolist() == [0.0, 1.0, 0.0]
    assert [stage.name for stage in found.stages] == ["greedy"]
    assert Sampler(temperature=0).greedy
    assert Sampler(do_sample=False).greedy
    assert not Sampler().greedy


# what a stage tells


def test_stages_say_what_they_left_and_removed():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    found = Sampler(top_k=3, top_p=0.8).apply(logits)
    first, second = found.stages
    assert (first.name, first.left, first.removed.tolist()) == ("top_k", 3, [3])
    assert first.mass_removed == pytest.approx(0.05, abs=1e-6)
    assert (second.name, second.left, second.removed.tolist()) == ("top_p", 2, [2])
    assert second.mass_removed == pytest.approx(0.15 / 0.95, abs=1e-6)
    assert repr(found) == "Filtered(2 of 4 tokens kept: top_k leaves 3, top_p leaves 2)"


def test_stages_come_in_the_librarys_order_and_only_those_that_are_on():
    everything = ONE_BY_ONE[-1]
    names = [name for name, _ in everything.processors()]
    assert names == [
        "repetition_penalty",
        "temperature",
        "top_h",
        "top_k",
        "top_p",
        "min_p",
        "typical_p",
        "epsilon_cutoff",
        "eta_cutoff",
    ]
    assert Sampler().processors() == []
    assert [name for name, _ in Sampler(do_sample=False, top_k=5, repetition_penalty=2.0).processors()] == [
        "repetition_penalty"
    ]


def test_the_logits_stay_as_they_are():
    logits = torch.randn(50)
    before = logits.clone()
    Sampler(temperature=0.5, top_k=3, repetition_penalty=2.0).apply(logits, [1, 2])
    assert torch.equal(logits, before)


# generate


@pytest.mark.parametrize("sampler", ONE_BY_ONE, ids=_short)
def test_one_step_of_generate_end_to_end(sampler, configured):
    model = configured(**LOUD)
    ids = torch.tensor([[5, 9, 5, 44]])
    done = model.generate(
        ids,
        max_new_tokens=1,
        output_scores=True,
        output_logits=True,
        return_dict_in_generate=True,
        **sampler.generate_kwargs(),
    )
    found = sampler.apply(done.logits[0], ids)
    if sampler.greedy:
        assert int(done.sequences[0, -1]) == int(found.probs.argmax())
        return
    np.testing.assert_allclose(found.probs, done.scores[0].softmax(-1)[0], atol=1e-6)
    assert int(done.sequences[0, -1]) in found.kept


@pytest.mark.parametrize(
    "sampler", [Sampler(), Sampler(top_p=0.9, temperature=0.8), Sampler(do_sample=False)], ids=_short
)
def test_generate_arguments_win_over_every_setting_of_the_model(sampler, configured):
    """A model's generation_config (top_k=3, say) must not come through where the sampler says nothing."""
    ids = torch.tensor([[5, 9, 5, 44]])
    model = configured()
    torch.manual_seed(4)
    expected = model.generate(ids, max_new_tokens=12, **sampler.generate_kwargs())
    model = configured(**LOUD)
    torch.manual_seed(4)
    found = model.generate(ids, max_new_tokens=12, **sampler.generate_kwargs())
    assert found.tolist() == expected.tolist()


def test_a_draw_is_the_one_that_generate_makes(configured):
    model = configured()
    ids = torch.tensor([[5, 9, 5, 44]])
    sampler = Sampler(temperature=1.3, top_k=40)
    with torch.inference_mode():
        logits = model(ids).logits[0, -1]
    for seed in range(20):
        torch.manual_seed(seed)
        drawn = int(model.generate(ids, max_new_tokens=1, **sampler.generate_kwargs())[0, -1])
        generator = torch.Generator().manual_seed(seed)
        assert int(draw(torch.as_tensor(sampler.apply(logits, ids).probs), 1, generator)) == drawn


def test_every_setting_is_among_the_generate_arguments():
    assert set(Sampler().generate_kwargs()) == {"do_sample", *LIMITS} - {"seed"}


# the model's own settings


def test_the_models_own_settings_are_read(configured):
    found = Sampler.from_model(configured(**LOUD))
    assert found == Sampler(**LOUD)


def test_a_model_that_says_nothing_gives_the_neutral_sampler(configured, llama):
    assert Sampler.from_model(configured()) == Sampler()
    assert Sampler.from_model(object()) == Sampler()


def test_a_greedy_models_settings_are_those_of_its_sampling(configured):
    assert Sampler.from_model(configured(do_sample=False)) == Sampler()


def test_a_setting_of_the_model_out_of_range_is_passed_over():
    class Config:
        temperature = -3.0
        top_k = "many"
        top_p = 0.5

    class Model:
        generation_config = Config()

    assert Sampler.from_model(Model()) == Sampler(top_p=0.5)


# what is refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in LIMITS for value in (-1, math.nan, math.inf, -math.inf, "1", [1], True)),
        *(pytest.param(name, 10**400, id=f"{name}-huge") for name in LIMITS),
        *((name, None) for name in LIMITS if name != "seed"),
        ("top_k", 2.5),
        ("top_p", 1.0001),
        ("min_p", 2),
        ("typical_p", 0.0),
        ("temperature", 101),
        ("repetition_penalty", 0),
        ("epsilon_cutoff", 1.0),
        ("seed", 2**53),
        ("seed", 0.5),
        ("do_sample", 1),
        ("do_sample", None),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(InvalidValue, match=name) as caught:
        Sampler(**{name: value})
    assert caught.value.values["name"] == name
    with pytest.raises(InvalidValue, match=name):
        Sampler().replace(**{name: value})


@pytest.mark.parametrize("name", LIMITS)
def test_the_ends_of_each_range_are_allowed_and_work(name):
    for value in (LIMITS[name].low, LIMITS[name].high):
        sampler = Sampler(**{name: value})
        assert getattr(sampler, name) == value
        assert sampler.apply(np.linspace(-2, 2, 30), [1, 2]).probs.sum() == pytest.approx(1, abs=1e-5)


def test_typos_are_refused():
    with pytest.raises(InvalidValue, match="temprature"):
        Sampler().replace(temprature=0.5)
    with pytest.raises(TypeError, match="temprature"):
        Sampler(temprature=0.5)


@pytest.mark.parametrize("shape", [(2, 5), (0,), (1, 1, 5)])
def test_logits_of_more_than_one_text_are_refused(shape):
    with pytest.raises(InvalidValue, match="vocabulary"):
        Sampler().apply(np.zeros(shape))


def test_settings_are_plain_numbers_and_a_sampler_never_changes():
    sampler = Sampler(temperature=np.float32(0.5), top_k=np.int64(4), seed=np.int64(3))
    assert (type(sampler.temperature), type(sampler.top_k), type(sampler.seed)) == (float, int, int)
    assert type(Sampler(temperature=1).temperature) is float
    with pytest.raises(AttributeError):
        sampler.top_k = 5
    assert sampler.replace(top_k=5) == Sampler(temperature=0.5, top_k=5, seed=3)
    assert sampler.top_k == 4

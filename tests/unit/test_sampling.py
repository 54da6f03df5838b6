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
from llmwidgets.errors import BadLogits, InvalidValue
from llmwidgets.stages.sampling import LIMITS, ORDERS, draw

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


# and whatever else in a configuration would change the distribution or the way of decoding
DEAFENING = {
    **LOUD,
    "num_beams": 3,
    "early_stopping": True,
    "length_penalty": 2.0,
    "num_beam_groups": 3,
    "diversity_penalty": 0.5,
    "penalty_alpha": 0.6,
    "dola_layers": "low",
    "prompt_lookup_num_tokens": 4,
    "assistant_early_exit": 1,
    "token_healing": True,
    "guidance_scale": 1.5,
    "sequence_bias": [[[7], 4.0]],
    "encoder_repetition_penalty": 1.4,
    "no_repeat_ngram_size": 1,
    "encoder_no_repeat_ngram_size": 2,
    "bad_words_ids": [[8]],
    "min_length": 5,
    "min_new_tokens": 1,
    "forced_bos_token_id": 4,
    "forced_eos_token_id": 3,
    "remove_invalid_values": True,
    "exponential_decay_length_penalty": (0, 1.5),
    "suppress_tokens": [10, 11],
    "begin_suppress_tokens": [12, 13],
    "watermarking_config": {"bias": 3.0, "greenlist_ratio": 0.3},
    "renormalize_logits": True,
    "eos_token_id": 2,
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


IDS = torch.tensor([[5, 9, 5, 44]])


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


def test_what_a_stage_removed_is_measured_at_the_temperature_then():
    logits = np.log(np.array([0.64, 0.16, 0.16, 0.04], np.float32))
    cut = {order: Sampler(temperature=2.0, top_p=0.5).apply(logits, order=order) for order in ORDERS}
    masses = {order: {stage.name: stage.mass_removed for stage in found.stages} for order, found in cut.items()}
    assert masses["transformers"] == pytest.approx({"temperature": 0.0, "top_p": 0.6 / 1.8}, abs=1e-6)
    assert masses["llama.cpp"] == pytest.approx({"top_p": 0.36, "temperature": 0.0}, abs=1e-6)


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


def test_which_stage_removed_each_token():
    logits = np.append(np.log(np.array([0.15, 0.5, 0.05, 0.3], np.float32)), -INF)
    found = Sampler(top_k=3, top_p=0.8).apply(logits)
    assert found.removed_by.tolist() == [1, -1, 0, -1, -2]
    assert found.removed_by.dtype == np.int8


@settings(max_examples=60, deadline=None)
@given(
    logits=hnp.arrays(np.float32, st.integers(1, 60), elements=st.floats(-20, 20, width=32) | st.just(-INF)).filter(
        lambda array: np.isfinite(array).any()
    ),
    which=st.sampled_from(ONE_BY_ONE),
    order=st.sampled_from(list(ORDERS)),
)
def test_stages_kept_and_removed_by_agree(logits, which, order):
    found = which.apply(logits, [0, logits.size - 1], order=order)
    assert np.flatnonzero(found.removed_by == -1).tolist() == found.kept.tolist()
    assert (found.removed_by == -2).tolist() == np.isneginf(logits).tolist()
    left = int(np.isfinite(logits).sum())
    for index, stage in enumerate(found.stages):
        assert np.flatnonzero(found.removed_by == index).tolist() == stage.removed.tolist()
        left -= stage.removed.size
        assert stage.left == left
        assert 0 <= stage.mass_removed <= 1
    assert found.probs[found.removed_by != -1].max(initial=0) == 0


def test_a_logit_that_leaves_float32s_range_is_removed_by_the_stage_that_did_it():
    """Models that mask with the dtype's lowest number: divided by a temperature below 1 it is -inf."""
    lowest = float(np.finfo(np.float32).min)
    found = Sampler(temperature=0.5, top_k=3).apply([1.0, lowest, 0.0])
    assert found.removed_by.tolist() == [-1, 0, -1]
    assert [(stage.name, stage.left, stage.mass_removed) for stage in found.stages] == [
        ("temperature", 2, 0.0),
        ("top_k", 2, 0.0),
    ]


# other engines' orders


def test_the_worked_examples_of_llama_cpp():
    logits = np.array([3, 2, 1, 0.5, 0, -1, -2], np.float32)
    found = Sampler(temperature=2.0, top_p=0.9).apply(logits, order="llama.cpp")
    assert len(found.kept) == 3
    found = Sampler(temperature=1.5, min_p=0.1).apply(logits, order="llama.cpp")
    np.testing.assert_allclose(found.probs[:3], [0.563, 0.289, 0.148], atol=1e-3)
    assert [stage.name for stage in found.stages] == ["min_p", "temperature"]


def test_vllm_takes_min_p_before_top_p():
    logits = np.log(np.array([0.4, 0.3, 0.2, 0.1], np.float32))
    sampler = Sampler(min_p=0.6, top_p=0.5)
    assert [stage.name for stage in sampler.apply(logits, order="vllm").stages] == ["min_p", "top_p"]
    assert sampler.apply(logits, order="vllm").kept.tolist() == [0]
    assert sampler.apply(logits).kept.tolist() == [0, 1]


def test_stages_that_an_engine_lacks_are_passed_over_and_named():
    logits = np.linspace(0, 5, 200)
    everything = ONE_BY_ONE[-1]
    llama, vllm = (everything.apply(logits, [1], order=order) for order in ("llama.cpp", "vllm"))
    assert [stage.name for stage in llama.stages] == list(ORDERS["llama.cpp"])
    assert [stage.name for stage in vllm.stages] == list(ORDERS["vllm"])
    assert llama.skipped == ("top_h", "epsilon_cutoff", "eta_cutoff")
    assert vllm.skipped == ("top_h", "typical_p", "epsilon_cutoff", "eta_cutoff")
    assert (llama.order, everything.apply(logits).skipped) == ("llama.cpp", ())
    assert repr(llama).endswith("temperature leaves 19; leaving out top_h, epsilon_cutoff, eta_cutoff)")


@pytest.mark.parametrize("order", ORDERS)
def test_greedy_is_the_same_in_every_order(order):
    found = Sampler(temperature=0.0, repetition_penalty=2.0, top_h=0.5).apply([3.0, 2.0, 1.0], [0], order=order)
    assert (found.kept.tolist(), found.skipped) == ([1], ())


@pytest.mark.parametrize("order", ["ollama", None, ["vllm"], ""])
def test_an_unknown_order_is_refused(order):
    with pytest.raises(InvalidValue, match="order") as caught:
        Sampler().apply([0.0], order=order)
    assert "llama.cpp" in caught.value.values["allowed"]


# what comes in


@pytest.mark.parametrize(
    "logits",
    [
        [1.0, 3.0, 2.0],
        np.array([1, 3, 2]),
        np.array([[1, 3, 2]], np.float16),
        torch.tensor([1.0, 3.0, 2.0], dtype=torch.float16),
        torch.tensor([[1.0, 3.0, 2.0]], dtype=torch.bfloat16),
        torch.tensor([1.0, 3.0, 2.0], dtype=torch.float64),
        torch.tensor([1.0, 3.0, 2.0], requires_grad=True),
    ],
)
@pytest.mark.parametrize("ids", [None, [1], np.array([1]), torch.tensor([[1]])])
def test_all_forms_of_logits_and_ids(logits, ids):
    found = Sampler(temperature=0.5, repetition_penalty=1.5).apply(logits, ids)
    expected = torch.tensor([2.0, 6.0 if ids is None else 4.0, 4.0]).softmax(-1)
    np.testing.assert_allclose(found.probs, expected, atol=1e-6)


def test_an_array_that_may_not_be_written_to():
    logits = np.array([1.0, 2.0], np.float32)
    logits.flags.writeable = False
    assert Sampler().apply(logits).kept.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("logits", "says"),
    [
        ([0.0, math.nan], "NaN: 1 of 2, the first at id 1"),
        (torch.tensor([[math.nan, 0.0, math.nan]], dtype=torch.bfloat16), "NaN: 2 of 3, the first at id 0"),
        ([INF, 0.0], "inf"),
        ([-INF, -INF], "-inf for every token"),
    ],
)
def test_what_is_no_distribution_is_refused(logits, says):
    for sampler in (Sampler(), Sampler(do_sample=False), Sampler(top_k=1)):
        with pytest.raises(BadLogits, match=says):
            sampler.apply(logits)


def test_the_logits_stay_as_they_are():
    logits = torch.randn(50)
    before = logits.clone()
    Sampler(temperature=0.5, top_k=3, repetition_penalty=2.0).apply(logits, [1, 2])
    assert torch.equal(logits, before)


# generate


def one_step(model, ids, **kwargs):
    """The distribution from which generate took its one token: scores before its softmax, with the raw logits."""
    done = model.generate(
        ids, max_new_tokens=1, output_scores=True, output_logits=True, return_dict_in_generate=True, **kwargs
    )
    return done.logits[0], done.scores[0], int(done.sequences[0, -1])


@pytest.mark.parametrize("sampler", ONE_BY_ONE, ids=_short)
@pytest.mark.parametrize("loud", [LOUD, DEAFENING], ids=["loud", "deafening"])
def test_one_step_of_generate_end_to_end(loud, sampler, configured):
    model = configured(**loud)
    logits, scores, token = one_step(model, IDS, **sampler.generate_kwargs())
    found = sampler.apply(logits, IDS)
    if sampler.greedy:
        penalised = sampler.replace(do_sample=True, temperature=1.0, top_k=0, top_p=1.0)
        np.testing.assert_allclose(penalised.apply(logits, IDS).probs, scores.softmax(-1)[0], atol=1e-6)
        assert token == int(found.probs.argmax())
        return
    np.testing.assert_allclose(found.probs, scores.softmax(-1)[0], atol=1e-6)
    assert found.kept.tolist() == torch.isfinite(scores[0]).nonzero()[:, 0].tolist()
    assert token in found.kept


def test_a_model_that_returns_several_texts_returns_one_where_all_would_be_equal(configured):
    model = configured(do_sample=True, num_return_sequences=3)
    assert model.generate(IDS, max_new_tokens=2, **Sampler(do_sample=False).generate_kwargs()).shape == (1, 6)


def test_all_that_is_silenced_is_tried():
    tried = {
        *DEAFENING,
        "use_mtp",
        "constraints",
        "force_words_ids",
    }  # these three need a model or a search of their own
    assert set(Sampler().generate_kwargs()) <= tried


@pytest.mark.parametrize(
    "name",
    [
        "sequence_bias",
        "bad_words_ids",
        "suppress_tokens",
        "begin_suppress_tokens",
        "no_repeat_ngram_size",
        "forced_eos_token_id",
        "min_length",
        "min_new_tokens",
        "watermarking_config",
        "guidance_scale",
    ],
)
def test_what_is_not_silenced_comes_through(name, configured):
    model = configured(eos_token_id=2, **{name: DEAFENING[name]})
    kwargs = Sampler().generate_kwargs()
    logits, quiet, _ = one_step(model, IDS, **kwargs)
    del kwargs[name]
    _, loud, _ = one_step(model, IDS, **kwargs)
    assert torch.equal(logits, quiet)
    assert not torch.equal(quiet, loud)


@pytest.mark.parametrize("sampler", [Sampler(top_k=4, min_p=0.1, top_h=0.5), Sampler(do_sample=False, top_k=4)])
def test_generate_arguments_cause_no_warning(sampler, configured, caplog):
    one_step(configured(), IDS, **sampler.generate_kwargs())
    assert [record.message for record in caplog.records] == []


def test_arguments_that_transformers_does_not_know_are_left_out():
    """They would go to the model, which refuses them; several came or went within transformers 5."""
    config = GenerationConfig()
    assert all(hasattr(config, name) for name in Sampler().generate_kwargs())


@pytest.mark.parametrize(
    "sampler", [Sampler(), Sampler(top_p=0.9, temperature=0.8), Sampler(do_sample=False)], ids=_short
)
def test_generate_arguments_win_over_every_setting_of_the_model(sampler, configured):
    """A model's generation_config (top_k=3, say) must not come through where the sampler says nothing."""
    ids = IDS
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
    assert {"do_sample", *LIMITS} - {"seed"} <= set(Sampler().generate_kwargs())
    assert "seed" not in Sampler(seed=3).generate_kwargs()


# the model's own settings


def own(**settings):
    """A generation_config, the sampler that it says itself, and the one that generate makes of it."""
    return pytest.param(settings, id=",".join(settings) or "nothing")


@pytest.mark.parametrize(
    "says",
    [
        own(),
        own(do_sample=True, temperature=0.6, top_p=0.9),
        own(top_k=0),
        own(top_k=7, repetition_penalty=1.3),
        own(min_p=0.05, typical_p=0.9, epsilon_cutoff=0.01, eta_cutoff=0.02, top_h=0.8),
        own(do_sample=False, temperature=1.4, top_p=1.0),
        pytest.param(LOUD, id="loud"),
    ],
)
def test_from_model_is_what_generate_draws_with(says, configured):
    model = configured(**says)
    logits, scores, _ = one_step(model, IDS, do_sample=True)
    found = Sampler.from_model(model).apply(logits, IDS)
    np.testing.assert_allclose(found.probs, scores.softmax(-1)[0], atol=1e-6)
    assert found.kept.tolist() == torch.isfinite(scores[0]).nonzero()[:, 0].tolist()


def test_transformers_own_top_k_is_named_as_such(configured):
    model = configured(temperature=0.6, top_p=1.0)
    assert Sampler.from_model(model) == Sampler(temperature=0.6, top_k=50)
    assert Sampler.origins(model) == {"temperature": "generation_config", "top_k": "transformers"}
    assert Sampler.from_model(model, defaults=False) == Sampler(temperature=0.6)


def test_a_model_that_switches_top_k_off_has_no_origin_for_it(configured):
    model = configured(top_k=0)
    assert Sampler.from_model(model) == Sampler()
    assert Sampler.origins(model) == {}
    assert Sampler.origins(configured(top_k=50)) == {"top_k": "generation_config"}


def test_all_that_a_model_says_is_read(configured):
    model = configured(**LOUD)
    assert Sampler.from_model(model) == Sampler.from_model(model, defaults=False) == Sampler(**LOUD)
    assert set(Sampler.origins(model)) == set(LOUD) - {"do_sample"}


def test_a_model_that_says_nothing(configured):
    assert Sampler.from_model(configured(), defaults=False) == Sampler()
    assert Sampler.from_model(configured(do_sample=False), defaults=False) == Sampler()
    assert Sampler.from_model(configured()) == Sampler(top_k=50)
    assert Sampler.from_model(object()) == Sampler()


def test_a_setting_of_the_model_out_of_range_is_passed_over():
    class Config:
        temperature = -3.0
        top_k = "many"
        top_p = 0.5

    class Model:
        generation_config = Config()

    assert Sampler.from_model(Model()) == Sampler(top_p=0.5)
    assert Sampler.origins(Model()) == {"top_p": "generation_config"}


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


@pytest.mark.parametrize(
    "refused", [lambda value: Sampler(top_k=value), lambda value: Sampler().apply([0.0], order=value)]
)
def test_a_long_value_is_cut_in_its_refusal(refused):
    """The page gets the same text: 100 kB of value once came back as 200 kB of error."""
    for value in ("x" * 100_000, ["y"] * 100_000):
        with pytest.raises(InvalidValue) as caught:
            refused(value)
        assert len(str(caught.value)) < 200
        assert len(caught.value.values["value"]) == 60


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


@pytest.mark.parametrize(("logits", "says"), [([3e38, 1.0], "inf"), ([-3e38, -3e38], "-inf for every token")])
def test_what_leaves_float32_altogether_is_refused(logits, says):
    with pytest.raises(BadLogits, match=says):
        Sampler(temperature=0.1, top_k=1).apply(logits)
    assert Sampler(temperature=0.0).apply(logits).kept.tolist() == [0]


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

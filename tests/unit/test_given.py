"""Logits from any source, as a session: whatever they are held in, each place has its own distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession, NextTokenBar, Sampler
from llmwidgets.errors import BadLogits, InvalidValue, NoTokenizer
from llmwidgets.logits import LogitsSession
from llmwidgets.stages.given import read

VECTOR = [3.0, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0]
SOFTMAX = np.exp(VECTOR) / np.exp(VECTOR).sum()


@pytest.mark.parametrize(
    "given",
    [
        VECTOR,
        tuple(VECTOR),
        [VECTOR],
        [[VECTOR]],
        np.array(VECTOR),
        np.array(VECTOR, np.float16),
        torch.tensor(VECTOR),
        torch.tensor([VECTOR], dtype=torch.float64),
        torch.tensor([[VECTOR]], dtype=torch.bfloat16),
        torch.tensor(VECTOR, dtype=torch.float16),
        torch.tensor(VECTOR, requires_grad=True),
        torch.tensor([3, 2, 1]),
        [3, 2, 1],
        {"logits": torch.tensor([[VECTOR]])},
    ],
)
def test_any_holder_of_logits_is_read(given):
    with torch.enable_grad():
        distribution = LogitsSession(given).distribution
    count = distribution.logits.size
    expected = torch.tensor(VECTOR[:count]).softmax(0).numpy()
    np.testing.assert_allclose(distribution.probs(), expected, rtol=1e-3)
    assert distribution.logits.dtype == np.float32


def test_a_models_output_with_its_ids_has_a_distribution_at_every_place(model, byte_tokenizer):
    inputs = byte_tokenizer("The quick brown fox", return_tensors="pt")
    output = model(input_ids=inputs["input_ids"])
    session = LogitsSession(output, byte_tokenizer, input_ids=inputs)
    assert session.text == "The quick brown fox"
    for place in range(inputs["input_ids"].shape[1]):
        session.position = place
        np.testing.assert_array_equal(session.distribution.logits, output.logits[0, place].detach().numpy())
    assert session.info.vocabulary == output.logits.shape[-1]


def test_the_last_logits_follow_the_last_tokens(model, byte_tokenizer):
    ids = byte_tokenizer("The quick brown fox", return_tensors="pt")["input_ids"]
    whole, last = model(input_ids=ids).logits, model(input_ids=ids, logits_to_keep=2).logits
    session = LogitsSession(last, byte_tokenizer, input_ids=ids)
    np.testing.assert_allclose(session.distribution.logits, whole[0, -1].detach().numpy(), atol=1e-5)
    session.position = ids.shape[1] - 2
    np.testing.assert_allclose(session.distribution.logits, whole[0, -2].detach().numpy(), atol=1e-5)
    session.position = 0
    with pytest.raises(InvalidValue, match="There are no logits after token 0"):
        _ = session.distribution
    assert session.status.error is not None


def generated(model, prompts, **settings):
    """What generate returns, as a notebook asks for it."""
    how = {"max_new_tokens": 3, "do_sample": False, "output_logits": True, "return_dict_in_generate": True}
    return model.generate(prompts, pad_token_id=0, **{**how, **settings})


@pytest.fixture
def prompt(byte_tokenizer):
    return byte_tokenizer("The quick", return_tensors="pt")


def assert_each_new_token_is_the_first_choice_before_it(session, sequence, prompt_length):
    assert session.tokens.ids.tolist() == sequence.tolist()
    for place in range(prompt_length, len(sequence)):
        session.position = place - 1
        assert session.distribution.top(1)[0].id == int(sequence[place])


def test_what_generate_returned_stands_at_the_same_tokens_with_its_prompt(model, byte_tokenizer, prompt):
    """Given with the prompt, three new tokens' logits once stood at the prompt's own last three."""
    done = generated(model, prompt["input_ids"])
    length = prompt["input_ids"].shape[1]
    for told in (None, prompt, prompt["input_ids"], prompt["input_ids"][0].tolist(), done.sequences):
        session = LogitsSession(done, byte_tokenizer, input_ids=told)
        assert_each_new_token_is_the_first_choice_before_it(session, done.sequences[0], length)
        session.position = length - 2
        with pytest.raises(InvalidValue, match="There are no logits after token"):
            _ = session.distribution


def test_each_of_several_sequences_begins_with_its_prompt(model, byte_tokenizer, prompt):
    done = generated(model, prompt["input_ids"], do_sample=True, num_return_sequences=3)
    session = LogitsSession(done, byte_tokenizer, input_ids=prompt, row=2)
    assert session.tokens.ids.tolist() == done.sequences[2].tolist()
    np.testing.assert_array_equal(session.distribution.logits, done.logits[-1][2])


def test_another_prompt_than_that_of_the_sequences_is_refused(model, byte_tokenizer, prompt):
    done = generated(model, prompt["input_ids"])
    ids = prompt["input_ids"]
    for wrong in (ids + 1, ids[:, 1:], torch.cat([done.sequences, ids], 1), ids.repeat(2, 1)):
        with pytest.raises(InvalidValue, match="input_ids"):
            LogitsSession(done, byte_tokenizer, input_ids=wrong)


def test_scores_are_not_shown_as_the_models_logits(model, prompt):
    """They are what the processors made of the logits: of top-k 2 all but two are -inf."""
    scores = generated(model, prompt["input_ids"], do_sample=True, top_k=2, output_logits=False, output_scores=True)
    for bare in (scores, generated(model, prompt["input_ids"], output_logits=False)):
        with pytest.raises(InvalidValue, match="output_logits=True"):
            LogitsSession(bare)


def test_the_steps_of_a_beam_search_are_refused(model, prompt):
    """A beam's steps lie in other rows than its sequence."""
    with pytest.raises(InvalidValue, match="beam"):
        LogitsSession(generated(model, prompt["input_ids"], num_beams=2, num_return_sequences=2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("holder", [tuple, list])
def test_steps_are_places_and_not_rows(holder, dtype):
    steps = torch.zeros(3, 2, 5, dtype=dtype)
    steps[2, 1, 4] = 9.0
    one_by_one = LogitsSession(holder(steps.clone().requires_grad_().unbind()), row=1)
    assert (one_by_one.rows, len(one_by_one.tokens)) == (2, 3)
    assert one_by_one.distribution.top(1)[0].id == 4
    vectors = LogitsSession(holder(steps[:, 1].clone().requires_grad_().unbind()))
    assert (vectors.rows, len(vectors.tokens)) == (1, 3)
    np.testing.assert_array_equal(vectors.distribution.logits, one_by_one.distribution.logits)
    arrays = LogitsSession(holder(steps.float().numpy()), row=1)
    assert (arrays.rows, len(arrays.tokens)) == (2, 3)
    numbers = LogitsSession(holder(torch.tensor([0.0, 2.0], dtype=dtype).requires_grad_().unbind()))
    assert numbers.distribution.logits.tolist() == [0.0, 2.0]


def test_steps_alone_do_not_say_which_tokens_they_follow(model, byte_tokenizer, prompt):
    done = generated(model, prompt["input_ids"])
    for ids in (prompt, done.sequences):
        with pytest.raises(InvalidValue, match="what generate returned"):
            LogitsSession(done.logits, byte_tokenizer, input_ids=ids)
    session = LogitsSession(done.logits, byte_tokenizer, input_ids=done.sequences[:, -4:-1])
    np.testing.assert_array_equal(session.distribution.logits, done.logits[-1][0])


@pytest.mark.parametrize("sparse", [torch.Tensor.to_sparse, torch.Tensor.to_sparse_csr])
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")  # torch's own, at the first of them
def test_sparse_logits_are_read(sparse):
    given = torch.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
    assert LogitsSession(sparse(given)).distribution.logits.tolist() == [3.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(torch.zeros(3, device="meta"), id="meta"),
        pytest.param([torch.zeros(3, device="meta")], id="metas"),
        pytest.param(torch.zeros(3, dtype=torch.complex64), id="complex tensor"),
        pytest.param(np.zeros(3, complex), id="complex array"),
        pytest.param([1j, 0.0], id="complex list"),
        pytest.param([None, 1.0], id="none"),
        pytest.param(["1", "2"], id="digits"),
        pytest.param([torch.zeros(3), torch.zeros(2)], id="ragged tensors"),
        pytest.param([torch.zeros(1, 2, 3), torch.zeros(1, 2, 3)], id="deep tensors"),
        pytest.param([torch.zeros(3), None], id="a tensor and nothing"),
        pytest.param([[torch.zeros(3, requires_grad=True)], [[1.0]]], id="mixed"),
        pytest.param(np.array(["2020-01-01"], "datetime64[D]"), id="dates"),
    ],
)
def test_what_holds_no_numbers_is_refused_in_words(wrong):
    with pytest.raises(InvalidValue, match="logits cannot be"):
        LogitsSession(wrong)


def test_numbers_beyond_float32_are_refused_by_name():
    with pytest.raises(BadLogits, match=r"\+inf.*place 0"):
        LogitsSession([1e300, 0.0])
    with pytest.raises(BadLogits, match=r"\+inf"):
        LogitsSession([1e308, 1e308])
    with pytest.raises(InvalidValue, match="800"):
        LogitsSession([800.0, -1.0], values="log_probs")
    with pytest.raises(InvalidValue, match="probs"):
        LogitsSession([1e308, 1e308], values="probs")
    with pytest.raises(InvalidValue, match="probs"):
        LogitsSession([math.inf, -math.inf], values="probs")


def test_no_model_is_blamed_for_logits_in_hand():
    for wrong, says in (([math.nan, 0.0], r"^The logits hold NaN"), ([math.inf, 0.0], r"^The logits hold \+inf")):
        with pytest.raises(BadLogits, match=says) as caught:
            LogitsSession(wrong)
        assert "model" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_ids": [[1, 2], [3]]},
        [[1, 2], [3]],
        {"ids": [1, 2]},
        torch.zeros(2, dtype=torch.int64, device="meta"),
        [1.0, 2.0],
        [None, 1],
        "x" * 100_000,
    ],
)
def test_ids_that_are_none_are_refused_in_words(wrong):
    from transformers import BatchEncoding

    given = BatchEncoding(wrong) if isinstance(wrong, dict) else wrong
    with pytest.raises(InvalidValue, match="input_ids cannot be") as caught:
        read(np.zeros((2, 2, 7)), input_ids=given)
    assert len(str(caught.value)) < 300


def test_a_refusal_is_short():
    for given, values in ((["x" * 100_000], None), (VECTOR, "x" * 100_000), ({"x": "x" * 100_000}, None)):
        with pytest.raises(InvalidValue) as caught:
            LogitsSession(given, values=values)
        assert len(str(caught.value)) < 300


def test_probabilities_and_log_probabilities_are_said_to_be_such():
    for values, given in (("probs", SOFTMAX), ("log_probs", np.log(SOFTMAX))):
        session = LogitsSession(given, values=values)
        np.testing.assert_allclose(session.distribution.probs(), SOFTMAX, rtol=1e-6)
    halves = LogitsSession([0.5, 0.5, 0.0], values="probs").distribution
    assert halves.logits[2] == -math.inf
    assert halves.probs().tolist() == [0.5, 0.5, 0.0]
    for values, wrong in (("probs", VECTOR), ("probs", [0.5, 0.1]), ("log_probs", VECTOR), ("log_probs", [-1.0, -9.0])):
        with pytest.raises(InvalidValue, match=values):
            LogitsSession(wrong, values=values)
    with pytest.raises(InvalidValue, match="values cannot be 'odds'"):
        LogitsSession(VECTOR, values="odds")


def test_probabilities_are_not_taken_for_logits():
    """A softmax of a softmax is almost flat: a student who passes probs would see a wrong picture and not know it."""
    with pytest.raises(InvalidValue, match='values="probs"'):
        LogitsSession(SOFTMAX)
    assert LogitsSession(SOFTMAX, values="logits").distribution.probs().max() < SOFTMAX.max()


def test_masked_logits_stay_and_nan_is_named_with_its_place():
    assert LogitsSession([1.0, -math.inf, 0.0]).distribution.probs()[1] == 0
    nan = torch.zeros(2, 3, 5)
    nan[1, 2, 4] = math.nan
    assert LogitsSession(nan, row=0).distribution.logits.size == 5
    with pytest.raises(BadLogits, match=r"NaN: 1 of 5, the first at id 4 .*row 1, place 2"):
        LogitsSession(nan, row=1)
    with pytest.raises(BadLogits, match=r"inf.*place 0"):
        LogitsSession([1.0, math.inf])
    with pytest.raises(BadLogits):
        LogitsSession([0.5, math.nan], values="probs")


def test_nan_elsewhere_does_not_hinder_until_it_is_looked_at():
    given = torch.zeros(1, 3, 5)
    given[0, 0, 1] = math.nan
    session = LogitsSession(given, input_ids=[[1, 2, 3]])
    session.position = 0
    with pytest.raises(BadLogits, match="place 0"):
        _ = session.distribution
    session.position = -1
    assert session.distribution.entropy == pytest.approx(math.log(5))


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        b"bytes",
        {"hidden": 1},
        [],
        [[1.0, 2.0], [1.0]],
        np.zeros((2, 2, 2, 2)),
        np.zeros((0, 4)),
        None,
        ["a", "b"],
    ],
)
def test_what_is_no_logits_is_refused_in_words(wrong):
    with pytest.raises(InvalidValue, match="logits"):
        LogitsSession(wrong)


def test_ids_have_to_fit():
    with pytest.raises(InvalidValue, match="input_ids"):
        read(np.zeros((1, 4, 7)), input_ids=[1, 2])
    with pytest.raises(InvalidValue, match="input_ids"):
        read(np.zeros((2, 4, 7)), input_ids=[[1, 2, 3, 4]])
    with pytest.raises(InvalidValue, match="input_ids"):
        read(VECTOR, input_ids="The quick")


def test_rows_of_a_batch(byte_tokenizer):
    given = torch.zeros(2, 1, 420)
    given[0, 0, 7], given[1, 0, 9] = 5.0, 5.0
    session = LogitsSession(given, byte_tokenizer)
    assert (session.rows, session.row, session.distribution.top(1)[0].id) == (2, 0, 7)
    session.row = 1
    assert session.distribution.top(1)[0].id == 9
    with pytest.raises(InvalidValue, match="row cannot be 2"):
        session.row = 2
    assert session.row == 1


def test_places_without_ids_are_counted_and_their_tokens_are_unknown(page):
    given = np.zeros((1, 3, 5), np.float32)
    given[0, :, 2] = [1, 2, 3]
    bar = NextTokenBar(given)
    session = bar.session
    assert (len(session.tokens), session.distribution.logits[2]) == (3, 3.0)
    session.position = 0
    assert session.distribution.logits[2] == 1.0
    assert session.filtered.probs.sum() == pytest.approx(1)
    assert bar._store.distribution["came"] is None


def test_the_sampler_and_its_draws_work_without_a_model():
    session = LogitsSession(VECTOR)
    session.sampler = Sampler(temperature=2.0, top_p=0.9, seed=3)
    assert len(session.filtered.kept) == 5
    probs = torch.as_tensor(session.filtered.probs)
    expected = torch.multinomial(probs, 50, replacement=True, generator=torch.Generator().manual_seed(3))
    assert session.sample(50).ids.tolist() == expected.tolist()


def test_logits_have_no_other_text(byte_tokenizer):
    session = LogitsSession([VECTOR], byte_tokenizer)
    for change in (
        lambda: session.edit("x"),
        lambda: setattr(session, "text", "x"),
        lambda: setattr(session, "tokens", [1]),
    ):
        with pytest.raises(InvalidValue, match="stand alone"):
            change()
    with pytest.raises(NoTokenizer):
        LogitsSession([VECTOR]).word_tokens("x")


def test_a_padded_vocabulary_is_counted_and_shown(byte_tokenizer, page):
    bar = NextTokenBar(torch.arange(512.0), tokenizer=byte_tokenizer)
    sent = bar._store.distribution
    assert sent["unnamed"] == 512 - 420
    assert sent["pieces"][0] == ""
    assert bar.distribution.top(1)[0].id == 511
    assert NextTokenBar(torch.arange(420.0), tokenizer=byte_tokenizer)._store.distribution["unnamed"] == 0


def test_the_newest_sessions_tokenizer_is_meant_where_it_fits(session, page):
    assert NextTokenBar(session.distribution.logits).session.face is session.face
    assert NextTokenBar(VECTOR).session.face.size == 0
    assert NextTokenBar(session.distribution.logits)._store.info["can_edit"] is False
    with pytest.raises(InvalidValue, match="tokenizer= belongs to logits"):
        NextTokenBar(session, tokenizer=session.tokenizer)
    assert ModelSession.current() is session


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding_is_no_part_of_a_text(side, model, byte_tokenizer):
    """A padded row was looked at behind its padding, where the model's word on the text itself is not."""
    texts = ["The quick brown fox jumps", "The king"]
    rows = [byte_tokenizer(text)["input_ids"] for text in texts]
    longest = max(map(len, rows))
    pad = [[0] * (longest - len(row)) for row in rows]
    ids = [row + more if side == "right" else more + row for row, more in zip(rows, pad, strict=True)]
    mask = [
        [1] * len(row) + more if side == "right" else more + [1] * len(row) for row, more in zip(rows, pad, strict=True)
    ]
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    output = model(**inputs)
    for row, text in enumerate(texts):
        session = LogitsSession(output, byte_tokenizer, input_ids=inputs, row=row)
        start = 0 if side == "right" else len(pad[row])
        assert session.text == text
        for place in range(len(rows[row])):
            session.position = place
            np.testing.assert_array_equal(
                session.distribution.logits, output.logits[row, start + place].detach().numpy()
            )
    session.row = 0
    assert session.text == texts[0]


def test_a_mask_has_to_fit():
    for mask in ([[0, 0]], [[1, 1, 1]], [[1], [1]]):
        with pytest.raises(InvalidValue, match="attention_mask"):
            LogitsSession(np.zeros((1, 2, 5)), input_ids={"input_ids": [[1, 2]], "attention_mask": mask})

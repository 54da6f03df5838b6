"""Encoders with a language-model head in a session: transformers' own forward and its fill-mask pipeline are the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from kernel_page import settle
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from llmwidgets import EmbeddingMap, ModelSession, NextTokenBar, Sampler, TokenView
from llmwidgets.engines.heads import class_for, context_of, predicts_of
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import DoesNotWrite, EmptyText, InvalidValue, NoMaskToken, NotACausalModel, TextTooLong
from llmwidgets.tokenizers.face import as_tokenizer
from llmwidgets.widgets.store import store_for

TEXT = "the [MASK] and the queen"
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.5}
KINDS = ["bert", "roberta", "distilbert", "modernbert", "bert for causal"]


def make(kind: str, vocabulary: int):
    """A tiny random encoder with its head."""
    size = {"vocab_size": vocabulary, "intermediate_size": 32, "max_position_embeddings": 66, **SMALL}
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
    makers = {
        "bert": lambda: transformers.BertForMaskedLM(transformers.BertConfig(**size)),
        "bert for causal": lambda: transformers.BertLMHeadModel(transformers.BertConfig(**size)),
        "roberta": lambda: transformers.RobertaForMaskedLM(transformers.RobertaConfig(**size, pad_token_id=0)),
        "distilbert": lambda: transformers.DistilBertForMaskedLM(
            transformers.DistilBertConfig(
                vocab_size=vocabulary, dim=16, n_layers=2, n_heads=4, hidden_dim=32, initializer_range=0.5
            )
        ),
        "modernbert": lambda: transformers.ModernBertForMaskedLM(transformers.ModernBertConfig(**size, **ids)),
    }
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return makers[kind]().eval()


@pytest.fixture(params=KINDS)
def encoder(request, wordpiece_tokenizer):
    """A model of each kind."""
    return make(request.param, len(wordpiece_tokenizer))


@pytest.fixture
def bert(wordpiece_tokenizer):
    """A tiny BERT."""
    return make("bert", len(wordpiece_tokenizer))


@pytest.fixture
def session(bert, wordpiece_tokenizer):
    """A session on it, with one mask in its text."""
    with ModelSession(bert, wordpiece_tokenizer, text=TEXT) as made:
        yield made


@pytest.fixture(scope="module")
def roberta_tokenizer():
    """Byte-level BPE with a mask that takes the space in front of it, as RoBERTa's."""
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=names, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["the king and the queen are here"] * 5, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    mask = AddedToken("<mask>", lstrip=True, special=True)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token=mask,
    )


def masked(ids, place, mask):
    """The ids with the mask token at a place."""
    return [*ids[:place], mask, *ids[place + 1 :]]


def oracle(model, ids, place):
    """Transformers' own logits of the token at a place of ids that have the mask there."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0, place].numpy()


# what it predicts


def test_at_the_mask_stands_what_the_model_itself_says(encoder, wordpiece_tokenizer):
    with ModelSession(encoder, wordpiece_tokenizer, text=TEXT) as session:
        ids, mask = session.tokens.ids.tolist(), wordpiece_tokenizer.mask_token_id
        assert session.info.predicts == "masked"
        assert session.info.can_predict
        assert not session.info.causal
        assert session.position == -1
        assert session.state.index == ids.index(mask)
        np.testing.assert_allclose(session.distribution.logits, oracle(encoder, ids, ids.index(mask)), atol=1e-5)
        assert session.distribution.position == ids.index(mask)


def test_every_other_place_is_masked_alone(encoder, wordpiece_tokenizer):
    with ModelSession(encoder, wordpiece_tokenizer, text="the king and the queen") as session:
        ids, mask = session.tokens.ids.tolist(), wordpiece_tokenizer.mask_token_id
        assert session.state.index == len(ids) - 2
        for place in range(len(ids)):
            session.position = place
            expected = oracle(encoder, masked(ids, place, mask), place)
            np.testing.assert_allclose(session.distribution.logits, expected, atol=1e-5)
        assert session.stats.forwards == len(ids)
        assert session.tokens.ids.tolist() == ids


def test_it_is_what_the_fill_mask_pipeline_says(session):
    pipeline = transformers.pipeline("fill-mask", model=session.model, tokenizer=session.tokenizer)
    found = pipeline(TEXT, top_k=5)
    top = session.distribution.top(5)
    assert [candidate.id for candidate in top] == [each["token"] for each in found]
    np.testing.assert_allclose([each.probability for each in top], [each["score"] for each in found], atol=1e-5)


def test_both_sides_are_seen(session):
    before = session.distribution.logits
    session.text = "the [MASK] and the king"
    assert not np.allclose(session.distribution.logits, before)


def test_the_first_of_several_masks_is_looked_at(session):
    session.text = "[MASK] and [MASK]"
    assert session.state.index == 1
    expected = oracle(session.model, session.tokens.ids.tolist(), 1)
    np.testing.assert_allclose(session.distribution.logits, expected, atol=1e-5)
    session.position = 3
    assert session.position == 3
    session.position = 1
    assert session.position == -1


def test_a_mask_may_be_masked_where_no_special_tokens_stand_around(session):
    session.add_special_tokens = False
    assert session.state.index == 1
    ids = session.tokens.ids.tolist()
    np.testing.assert_allclose(session.distribution.logits, oracle(session.model, ids, 1), atol=1e-5)


def test_an_empty_text_has_none(session):
    session.text = ""
    with pytest.raises(EmptyText, match="mask token"):
        _ = session.distribution
    assert len(session.surprisals) == 2


def test_a_tokenizer_without_a_mask_token_is_said(byte_tokenizer):
    with ModelSession(make("bert", len(byte_tokenizer)), byte_tokenizer, text="a text") as session:
        for ask in (lambda: session.distribution, lambda: session.surprisals):
            with pytest.raises(NoMaskToken, match="no mask token"):
                ask()


def test_the_text_is_drawn_from_and_filtered_as_any(session):
    session.sampler = Sampler(top_k=3, seed=0)
    drawn = session.sample(100)
    assert len(set(drawn.ids.tolist())) <= 3
    assert session.own_sampler == Sampler()


# surprisal


def test_surprisals_mask_each_token_in_turn(encoder, wordpiece_tokenizer, monkeypatch):
    monkeypatch.setattr("llmwidgets.engines.local.TEXTS_AT_ONCE", 2)
    with ModelSession(encoder, wordpiece_tokenizer, text="the king and the queen") as session:
        ids, mask = session.tokens.ids.tolist(), wordpiece_tokenizer.mask_token_id
        found = session.surprisals
        assert np.isnan(found[[0, -1]]).all()
        for place in range(1, len(ids) - 1):
            logits = torch.tensor(oracle(encoder, masked(ids, place, mask), place))
            expected = -logits.log_softmax(-1)[ids[place]].item()
            assert found[place] == pytest.approx(expected, abs=1e-4)
        forwards = session.stats.forwards
        assert forwards == (len(ids) - 1) // 2
        session.position = 2
        np.testing.assert_array_equal(session.surprisals, found)
        assert session.stats.forwards == forwards


def test_a_mask_in_the_text_has_no_surprisal(session):
    found, special = session.surprisals, session.tokens.special
    assert np.isnan(found[special]).all()
    assert np.isfinite(found[~special]).all()


def test_a_text_that_moves_on_ends_the_scoring_and_keeps_what_was_done(bert, monkeypatch):
    monkeypatch.setattr("llmwidgets.engines.local.TEXTS_AT_ONCE", 1)
    engine = LocalEngine(bert)
    ids, answers = [2, 7, 8, 9, 3], iter([True, True, False])
    assert engine.surprisals_at(ids, [1, 2, 3], 4, lambda: next(answers)) is None
    assert engine.work.forwards == 2
    assert engine.surprisals_at(ids, [1, 2, 3], 4, lambda: True).shape == (3,)
    assert engine.work.forwards == 3


# filling


def test_a_chosen_token_takes_the_place_of_the_mask(session):
    king = session.word_tokens("king").ids.tolist()
    assert len(king) == 1
    before = session.distribution.logits
    session.fill(king[0])
    assert session.text == "the king and the queen"
    assert session.tokens.ids.tolist() == session.face.encode(session.text).ids.tolist()
    np.testing.assert_array_equal(session.tokens.spans, session.face.encode(session.text).spans)
    # the place stays, and so does what was expected there
    assert session.state.came == king[0]
    np.testing.assert_array_equal(session.distribution.logits, before)
    assert session.undo()
    assert session.text == TEXT
    assert session.state.came is None


def test_with_several_masks_the_next_one_follows(session):
    session.text = "[MASK] and [MASK]"
    session.fill(session.word_tokens("king").ids[0])
    assert session.text == "king and [MASK]"
    assert session.state.index == 3
    session.fill(session.word_tokens("the").ids[0], index=1)
    assert session.text == "the and [MASK]"


def test_a_space_that_comes_with_a_token_is_not_doubled(roberta_tokenizer):
    model = make("roberta", len(roberta_tokenizer))
    with ModelSession(model, roberta_tokenizer, text="the <mask> and the queen") as session:
        token = session.face.encode("the king", special=False).ids.tolist()[-1]
        assert session.token_bytes(token) == b" king"
        assert session.tokens.ids[session.state.index] == roberta_tokenizer.mask_token_id
        session.fill(token)
        assert session.text == "the king and the queen"
        assert session.tokens.ids.tolist() == session.face.encode(session.text).ids.tolist()
    assert as_tokenizer(roberta_tokenizer.backend_tokenizer).mask == roberta_tokenizer.mask_token_id


def test_what_cannot_be_filled_is_said(session, model, byte_tokenizer):
    for token, index in ((10_000, None), (5, 99), (-1, 0)):
        with pytest.raises(InvalidValue):
            session.fill(token, index)
    assert session.text == TEXT
    with ModelSession(model, byte_tokenizer, text="a") as decoder, pytest.raises(InvalidValue, match="append"):
        decoder.fill(5)


def test_an_encoder_does_not_write(session):
    asks = (session.step, lambda: session.generate(2), lambda: session.append(5), lambda: session.fork(1, 5))
    for ask in (*asks, session.request_step, lambda: session.request_generate(2)):
        with pytest.raises(DoesNotWrite, match="encoder"):
            ask()
    assert session.text == TEXT
    assert session.stats.forwards == 0
    with pytest.raises(NotACausalModel):
        session._engine.logits([2, 3])


# what it is


def test_what_a_model_predicts(build, wordpiece_tokenizer):
    size = len(wordpiece_tokenizer)
    assert predicts_of(build("llama")) == predicts_of(build("mamba")) == "next"
    assert predicts_of(build("bert", size)) == predicts_of(build("t5")) == ""
    decoder = transformers.BertLMHeadModel(transformers.BertConfig(vocab_size=size, is_decoder=True, **SMALL))
    assert predicts_of(decoder) == "next"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["BertForMaskedLM"], transformers.AutoModelForMaskedLM),
        (["BertForPreTraining"], transformers.AutoModelForMaskedLM),
        (None, transformers.AutoModelForMaskedLM),
        (["BertModel"], transformers.AutoModel),
        (["BertForSequenceClassification"], transformers.AutoModel),
    ],
)
def test_the_class_that_loads_it(written, expected):
    assert class_for(transformers.BertConfig(architectures=written)) is expected
    decoder = transformers.BertConfig(architectures=written, is_decoder=True)
    assert class_for(decoder) is transformers.AutoModelForCausalLM
    assert class_for(transformers.LlamaConfig()) is class_for(transformers.BartConfig())


def test_loaded_from_a_folder_it_is_an_encoder(bert, wordpiece_tokenizer, tmp_path):
    bert.save_pretrained(tmp_path)
    wordpiece_tokenizer.save_pretrained(tmp_path)
    with ModelSession(str(tmp_path), text=TEXT) as session:
        assert session.info.predicts == "masked"
        expected = oracle(bert, session.tokens.ids.tolist(), session.state.index)
        np.testing.assert_allclose(session.distribution.logits, expected, atol=1e-5)


def test_roberta_counts_its_places_from_behind_the_padding(wordpiece_tokenizer):
    model = make("roberta", len(wordpiece_tokenizer))
    assert context_of(model) == 65
    engine = LocalEngine(model)
    assert engine.logits_at([5] * 65, 0).shape == (len(wordpiece_tokenizer),)
    with pytest.raises(TextTooLong):
        engine.logits_at([5] * 66, 0)


def test_another_model_in_its_place(session, model, byte_tokenizer, bert, wordpiece_tokenizer):
    session.move_to(model, byte_tokenizer)
    assert session.info.predicts == "next"
    assert session.state.index == len(session.tokens) - 1
    session.step()
    session.move_to(bert, wordpiece_tokenizer)
    session.text = TEXT
    assert session.state.index == 2
    with session.beside("[MASK]") as other:
        assert other.distribution.position == 1


def test_hidden_states_are_those_of_the_text_as_it_stands(session):
    _ = session.distribution, session.surprisals
    session.text = "the king"
    session.want_hidden_states()
    _ = session.distribution
    with torch.inference_mode():
        output = session.model(input_ids=torch.tensor([session.tokens.ids.tolist()]), output_hidden_states=True)
    expected = np.stack([state[0].numpy() for state in output.hidden_states])
    np.testing.assert_allclose(session.hidden_states, expected, atol=1e-4)


def test_words_and_contexts_in_a_map(session):
    assert session.word_vectors.own_layer == "last"
    ids = session.face.encode("king").ids.tolist()
    with torch.inference_mode():
        last = session.model.bert(input_ids=torch.tensor([ids])).last_hidden_state[0]
    found = session.embed(["king"], layer="last", pooling="cls")
    np.testing.assert_allclose(found[0], last[0].numpy(), atol=1e-5)
    view = EmbeddingMap(session, show="contexts")
    _ = session.hidden_states
    assert view.layers.coordinates.shape[:2] == (3, len(session.tokens))
    view.close()


# watched


def test_a_watched_call_shows_what_it_said_at_its_mask(bert, wordpiece_tokenizer):
    with ModelSession.watch(bert, wordpiece_tokenizer) as session:
        session.want_distribution()
        batch = wordpiece_tokenizer([TEXT, "the queen"], padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = bert(**{name: batch[name] for name in ("input_ids", "attention_mask")}).logits
        assert session.state.index == 2
        np.testing.assert_array_equal(session.distribution.logits, logits[0, 2].numpy())
        assert session.stats.forwards == 0
        session.row = 1
        ids = session.tokens.ids.tolist()
        assert session.state.index == len(ids) - 2
        found = session.distribution.logits
        assert session.stats.forwards == 1
        session.unwatch()
        expected = oracle(bert, masked(ids, len(ids) - 2, 4), len(ids) - 2)
        np.testing.assert_allclose(found, expected, atol=1e-5)


# in the page


def test_the_page_is_told(session):
    bar, view = NextTokenBar(session), TokenView(session, color_by="surprisal")
    _ = session.distribution, session.surprisals
    store = store_for(session)
    assert (store.info["predicts"], store.info["mask"]) == ("masked", "[MASK]")
    assert (store.content["home"], store.content["position"]) == (2, -1)
    assert store.distribution["came"] is None
    assert view.surprisal["revision"] == session.state.revision
    token, revision = bar.distribution.top(1)[0].id, session.state.revision
    blank = {"kind": "act", "client": "page", "rid": 1}
    store.handle({**blank, "action": "fill", "index": 2, "token": token, "revision": revision}, "page", 1)
    assert session.tokens.ids[2] == token
    assert "[MASK]" not in session.text
    _ = session.distribution
    settle(session)
    assert store.distribution["came"]["id"] == token
    bar.close()
    view.close()
    session.want_distribution(wanted=False)

"""EmbeddingMap's kernel side: words, the vocabulary, contexts, arithmetic, choice, any source."""

from __future__ import annotations

import base64
import gc
import json
import threading
import weakref

import numpy as np
import pandas as pd
import pytest
import torch
from kernel_page import decoded, matches, request, settle
from plotly.graph_objects import Figure
from sklearn.decomposition import PCA

from llmwidgets import EmbeddingMap, ModelSession, TokenView
from llmwidgets.errors import InvalidValue, ModelFailed, OutOfMemory, SessionClosed
from llmwidgets.stages.contexts import contexts
from llmwidgets.stages.tokens import spell
from llmwidgets.widgets import embedding_map, map_payloads, map_source, messages

pytestmark = pytest.mark.usefixtures("page")

PAYLOADS = {
    "settings": map_payloads.MapSettings,
    "map": map_payloads.MapPayload,
    "ground": map_payloads.GroundPayload,
    "contexts": map_payloads.ContextsPayload,
    "arithmetic": map_payloads.ArithmeticPayload,
    "chosen": map_payloads.ChosenPayload,
}


def assert_travels(shown):
    """What the page gets has the types that it reads."""
    for name, kind in PAYLOADS.items():
        value = json.loads(json.dumps(getattr(shown, name)))
        assert value is None or matches(value, kind), name


def assert_nothing_changes(shown, change, match=None):
    """Refuses the change, and shows what it showed."""
    before = {name: getattr(shown, name) for name in PAYLOADS}
    with pytest.raises(InvalidValue, match=match):
        change()
    assert {name: getattr(shown, name) for name in PAYLOADS} == before


# words

WORDS = ["quick", "fast", "slow", "king", "queen", "man", "woman"]


def test_the_map_is_pca_of_the_masked_means(session):
    shown = EmbeddingMap(session, words=WORDS)
    table = session.model.get_input_embeddings().weight.detach().double().numpy()
    means = np.stack([table[session.tokenizer(word)["input_ids"]].mean(axis=0) for word in WORDS])
    np.testing.assert_allclose(shown.vectors, means, atol=1e-6)
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(shown.similarities, unit @ unit.T, atol=1e-5)
    pca = PCA(n_components=2)
    expected = pca.fit_transform(means)
    found = shown.projection.coordinates
    assert found.shape == (7, 2)
    assert found.dtype == np.float32
    for axis in range(2):
        same = np.allclose(found[:, axis], expected[:, axis], atol=1e-4)
        assert same or np.allclose(found[:, axis], -expected[:, axis], atol=1e-4)
        assert found[np.abs(found[:, axis]).argmax(), axis] > 0
    np.testing.assert_allclose(shown.projection.variance, pca.explained_variance_ratio_, atol=1e-5)
    np.testing.assert_allclose(decoded(shown.map["coordinates"]), found)
    np.testing.assert_allclose(decoded(shown.map["similarities"]), shown.similarities)
    order = sorted((index for index in range(7) if index != 3), key=lambda index: -(unit @ unit.T)[3, index])
    assert [label for label, _ in shown.neighbors("king", k=4)] == [WORDS[index] for index in order[:4]]
    assert [index for index, _ in shown.map["nearest"][3]] == order[:5]
    assert shown.labels == tuple(WORDS)


def test_the_maps_words_are_cleaned_and_set(session):
    shown = EmbeddingMap(session, words=[" king", "king", "", "  ", "king", "queen"])
    assert shown.words == (" king", "king", "queen")
    shown.words = ["man"]
    assert (shown.words, shown.labels, shown.settings["words"]) == (("man",), ("man",), ["man"])
    shown.words = "woman"
    assert shown.words == ("woman",)
    with pytest.raises(InvalidValue, match="101"):
        shown.words = [f"w{index}" for index in range(101)]
    assert shown.words == ("woman",)


def test_the_texts_tokens_are_shown_and_followed(session):
    session.text = "The king The"
    shown = EmbeddingMap(session, words=["king"], show_tokens=True)
    firsts = list(dict.fromkeys(session.tokens.ids.tolist()))
    assert shown.map["kinds"] == ["word"] + ["token"] * len(firsts)
    assert shown.map["ids"][1:] == [[token] for token in firsts]
    table = session.model.get_input_embeddings().weight.detach().numpy()
    assert np.array_equal(shown.vectors[1:], table[firsts])
    session.text = "a man"
    assert set(shown.labels[1:]) == set(session.tokens.pieces)
    shown.show_tokens = False
    assert shown.labels == ("king",)
    session.text = "The queen"
    assert shown.labels == ("king",)


@pytest.mark.parametrize("words", [[], ["king"], ["king", "queen"]])
def test_maps_of_few_words(words, session):
    shown = EmbeddingMap(session, words=words)
    assert shown.projection.coordinates.shape == (len(words), 2)
    assert np.isfinite(shown.projection.coordinates).all()
    assert isinstance(shown.figure(), Figure)
    assert_travels(shown)


def test_the_real_models_words(real):
    shown = EmbeddingMap(real, words=WORDS)
    assert shown.vectors.shape == (7, 576)
    assert shown.neighbors("king", k=1)[0][0] == "queen"
    assert shown.settings["dimensions"] == 576
    assert shown.settings["tied"] is True


def test_a_leading_space_makes_words_of_a_sentence(real):
    shown = EmbeddingMap(real, words=["king", "犬"], leading_space=True)
    assert np.array_equal(shown.vectors[0], real.embed([" king"])[0])
    # Japanese stands behind no space
    assert np.array_equal(shown.vectors[1], real.embed(["犬"])[0])
    assert shown.map["pieces"][0] == [" king"]
    assert shown.labels == ("king", "犬")
    shown.leading_space = False
    assert np.array_equal(shown.vectors[0], real.embed(["king"])[0])
    assert shown.settings["can_space"] is True


def test_where_a_space_makes_no_difference_there_is_no_switch(build, sentencepiece_tokenizer):
    with ModelSession(build("llama", len(sentencepiece_tokenizer)), sentencepiece_tokenizer) as session:
        assert EmbeddingMap(session).settings["can_space"] is False


def test_the_lessons_pooling_is_another_picture(session):
    shown = EmbeddingMap(session, words=WORDS, pooling="lesson")
    np.testing.assert_allclose(shown.vectors, session.embed(WORDS, pooling="lesson"))
    shown.pooling = "mean"
    np.testing.assert_allclose(shown.vectors, session.embed(WORDS))
    assert_nothing_changes(shown, lambda: setattr(shown, "pooling", "cls"), "'mean', 'lesson'")


def test_another_layer_takes_what_it_cannot_do_with_it(session):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True, pooling="lesson")
    shown.layer = "last"
    assert (shown.pooling, shown.vocabulary, shown.ground) == ("mean", False, None)
    np.testing.assert_allclose(shown.vectors, session.embed(WORDS, layer="last"))
    assert_nothing_changes(shown, lambda: setattr(shown, "vocabulary", True), "input embeddings")


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_every_method_in_two_and_three_dimensions(session, method, axes):
    """But UMAP, for which see test_projection.py: its functions are compiled once in a process."""
    shown = EmbeddingMap(session, words=WORDS, method=method, axes=axes)
    assert shown.projection.coordinates.shape == (7, axes)
    assert shown.projection.method == method
    assert isinstance(shown.figure(), Figure)
    assert_travels(shown)


def test_too_few_points_for_a_method_are_a_pca_that_says_so(session):
    shown = EmbeddingMap(session, words=WORDS[:3], method="tsne")
    assert shown.projection.method == "pca"
    assert "t-SNE needs at least 4" in shown.map["error"]["message"]
    shown.words = WORDS
    assert shown.map["error"] is None
    assert shown.projection.method == "tsne"


def test_how_many_neighbours_the_picture_loses(session):
    shown = EmbeddingMap(session, words=WORDS, show_tokens=True)
    for words, tokens, counted in ((WORDS, True, 10), (WORDS, False, 3), (WORDS[:3], False, 1), (WORDS[:2], False, 0)):
        shown.words, shown.show_tokens = words, tokens
        places, similarities = shown.projection.coordinates.astype(np.float64), shown.similarities
        assert shown.map["counted"] == counted
        for point, lost in enumerate(shown.map["lost"]):
            others = [other for other in range(len(places)) if other != point]
            near = set(sorted(others, key=lambda other: -similarities[point, other])[:counted])
            seen = set(sorted(others, key=lambda other: ((places[other] - places[point]) ** 2).sum())[:counted])
            assert lost == counted - len(near & seen)
    assert [other for other, _ in shown.map["nearest"][0]] == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("show", "pictures"),
        ("method", "mds"),
        ("axes", 4),
        ("axes", True),
        ("axes", "2"),
        ("layer", "middle"),
        ("layer", "given"),
        ("measure", "euclid"),
        ("color_by", "values"),
        ("show_tokens", 1),
        ("vocabulary", "yes"),
        ("expression", 3),
        ("expression", "king -"),
        ("words", 3),
        ("leading_space", None),
    ],
)
def test_what_cannot_be_shown_is_refused_on_both_sides(session, page, name, value):
    with pytest.raises(InvalidValue):
        EmbeddingMap(session, **{name: value})
    shown = EmbeddingMap(session, words=WORDS)
    assert_nothing_changes(shown, lambda: setattr(shown, name, value))
    asked = {"vocabulary": "ground"}.get(name, name)
    if value is not None:
        answer = page.ask(shown, request("map", **{asked: value}))
        assert (answer["ok"], answer["error"]["code"]) == (False, "invalid_value")
    assert shown.words == tuple(WORDS)


def test_the_page_sets_what_it_names_and_nothing_else(session, page):
    shown = EmbeddingMap(session, words=WORDS)
    names = [name for name in messages.MapRequest.__annotations__ if name not in ("kind", "rid", "client")]
    blank = dict.fromkeys(names)
    answer = page.ask(shown, {**request("map"), **blank, "axes": 3, "measure": "dot"})
    assert answer["ok"]
    assert (shown.axes, shown.measure, shown.words) == (3, "dot", tuple(WORDS))
    assert shown.settings["seen"] == {"page-1": 7}
    refused = page.ask(shown, {**request("map"), **blank, "words": ["king", "\ud800"], "rid": 8})
    assert not refused["ok"]
    # a later change of something else does not say that those words were taken
    shown.axes = 2
    assert shown.settings["seen"] == {"page-1": 7}


# the vocabulary


def unpacked(shown, page):
    """The ground's points as the page reads them, (n, axes), and their classes."""
    about = shown.ground
    answer, buffers = page.ask_for_numbers(shown, request("ground", number=about["number"]))
    assert answer["result"] == {"kind": "ground", "number": about["number"]}
    points = np.frombuffer(buffers[0], "<u4")
    assert len(buffers[0]) == 4 * about["count"]
    coordinates, shift = [], 0
    for axis, bits in enumerate({2: (14, 14), 3: (10, 9, 9)}[about["axes"]]):
        steps = (points >> shift) & (2**bits - 1)
        low, high = about["low"][axis], about["high"][axis]
        coordinates.append(low + steps * (high - low) / (2**bits - 1))
        shift += bits
    return np.stack(coordinates, axis=1), points >> 28


@pytest.mark.parametrize("axes", [2, 3])
def test_the_vocabulary_travels_at_four_bytes_a_point(session, page, axes):
    shown = EmbeddingMap(session, vocabulary=True, axes=axes)
    assert_travels(shown)
    table = session.model.get_input_embeddings().weight.detach().double().numpy()
    expected = PCA(n_components=axes).fit_transform(table)
    found, classes = unpacked(shown, page)
    step = (np.array(shown.ground["high"]) - shown.ground["low"]) / (
        2 ** np.array({2: (14, 14), 3: (10, 9, 9)}[axes]) - 1
    )
    for axis in range(axes):
        distance = min(np.abs(found[:, axis] - sign * expected[:, axis]).max() for sign in (1, -1))
        assert distance <= step[axis] / 2 + 1e-4
    counts = np.bincount(classes, minlength=len(shown.ground["classes"]))
    assert counts.tolist() == [each["count"] for each in shown.ground["classes"]]


def test_a_word_added_moves_nothing_and_fits_nothing(session, page):
    shown = EmbeddingMap(session, words=["king"], vocabulary=True)
    number, before = shown.ground["number"], shown.projection.coordinates
    updates = len(page.of(shown, "update"))
    shown.words = ["king", "queen"]
    after = shown.projection.coordinates
    assert shown.ground["number"] == number
    assert np.array_equal(np.delete(after, 1, axis=0), before)
    news = page.of(shown, "update")[updates:]
    assert all("ground" not in update["state"] for update in news)
    token = session.tokenizer("king")["input_ids"]
    if len(token) == 1:
        np.testing.assert_allclose(after[0], after[2 + token[0]], atol=1e-5)


def test_words_stand_where_the_grounds_axes_put_them(session):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True)
    projector = shown.projection.projector
    np.testing.assert_allclose(shown.projection.coordinates[:7], projector.transform(session.embed(WORDS)), atol=1e-6)
    assert shown.map["fitted"] == "ground"
    own = session.embed(WORDS).var(axis=0).sum()
    shares = shown.projection.coordinates[:7].var(axis=0) / own
    np.testing.assert_allclose(shown.map["variance"], shares, atol=1e-4)


def test_two_changes_at_once_are_both_made(session, monkeypatch):
    """The one that was worked out on what is no longer shown is worked out again."""
    shown = EmbeddingMap(session, words=WORDS)
    drawing = embedding_map.draw

    def interrupted(*arguments, **named):
        monkeypatch.setattr(embedding_map, "draw", drawing)
        shown.axes = 3
        return drawing(*arguments, **named)

    monkeypatch.setattr(embedding_map, "draw", interrupted)
    shown.words = WORDS[:5]
    assert (shown.axes, shown.words) == (3, tuple(WORDS[:5]))
    assert shown.projection.coordinates.shape == (5, 3)


def test_a_vocabulary_that_was_trained_is_projected_anew(session):
    shown = EmbeddingMap(session, words=["king"], vocabulary=True, color_by="norm")
    number, before = shown.ground["number"], shown.projection.coordinates
    with torch.no_grad():
        session.model.get_input_embeddings().weight[5] *= 40
    shown.words = ["king", "queen"]
    assert shown.ground["number"] != number
    assert not np.allclose(shown.projection.coordinates[2:], before[1:], atol=1e-3)
    assert shown.ground["classes"][-1]["high"] == pytest.approx(session.embeddings.norms.max(), rel=0.5)


def test_maps_of_one_session_share_what_is_worked_out(session):
    one, other = (EmbeddingMap(session, vocabulary=True) for _ in range(2))
    assert one.projection.projector is other.projection.projector
    assert one.ground["number"] != other.ground["number"]


@pytest.mark.parametrize("color_by", ["kind", "script", "cluster", "norm"])
def test_colours(session, page, color_by):
    shown = EmbeddingMap(session, vocabulary=True, color_by=color_by)
    assert shown.ground["color_by"] == color_by
    assert sum(each["count"] for each in shown.ground["classes"]) == len(session.embeddings)
    assert shown.ground["scale"] is (color_by == "norm")
    assert len(shown.ground["classes"]) <= 16
    assert_travels(shown)


def test_a_value_of_the_users_own(session, page):
    count = len(session.embeddings)
    shown = EmbeddingMap(session, vocabulary=True, values=np.arange(count))
    assert (shown.color_by, shown.ground["scale"]) == ("values", True)
    _, classes = unpacked(shown, page)
    assert (np.diff(classes.astype(int)) >= 0).all()
    named = EmbeddingMap(session, vocabulary=True, values=["odd" if index % 2 else "even" for index in range(count)])
    assert {each["key"] for each in named.ground["classes"]} == {"odd", "even"}
    for wrong in ([1, 2, 3], np.full(count, np.nan), np.zeros((count, 2))):
        with pytest.raises(InvalidValue, match="values"):
            EmbeddingMap(session, vocabulary=True, values=wrong)


def test_the_loss_of_the_picture_is_that_of_all_points_where_they_are_few(session):
    shown = EmbeddingMap(session, vocabulary=True)
    vectors = session.embeddings.rows(range(len(session.embeddings))).astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    places = shown.projection.coordinates.astype(np.float64)
    missing = []
    for point in range(len(vectors)):
        scores, distances = unit @ unit[point], ((places - places[point]) ** 2).sum(axis=1)
        scores[point], distances[point] = -np.inf, np.inf
        near = set(np.argsort(-scores)[:10])
        missing.append(10 - len(near & set(np.argsort(distances)[:10])))
    loss = shown.ground
    assert loss["sampled"] == 200
    assert abs(loss["lost"] - np.mean(missing)) < 4 * loss["spread"]
    assert loss["spread"] > 0


def test_names_and_search(session, page):
    shown = EmbeddingMap(session, vocabulary=True)
    answer = page.ask(shown, request("names", indices=[5, 0, 300]))["result"]
    assert matches(answer, map_payloads.NamesPayload)
    assert [name["id"] for name in answer["names"]] == [5, 0, 300]
    found = page.ask(shown, request("search", text="ing"))["result"]
    assert matches(found, map_payloads.FoundPayload)
    ids = decoded(found["indices"]).tolist()
    assert found["total"] == len(ids) > 0
    assert all(b"ing" in session.token_bytes(token) for token in ids)
    for wrong in (
        request("names", indices=[10**6]),
        request("names", indices=[-1]),
        request("names", indices="5"),
        request("search", text=5),
    ):
        assert not page.ask(shown, wrong)["ok"]


def test_a_ground_of_before_is_outdated(session, page):
    shown = EmbeddingMap(session, vocabulary=True)
    number = shown.ground["number"]
    shown.color_by = "norm"
    assert page.ask(shown, request("ground", number=number))["error"]["code"] == "outdated"
    shown.vocabulary = False
    for kind, values in (("ground", {"number": number}), ("names", {"indices": [1]}), ("search", {"text": "a"})):
        assert page.ask(shown, request(kind, **values))["error"]["code"] == "outdated"


# neighbours


def by_hand(vectors, vector, measure):
    scores = vectors.astype(np.float64) @ vector.astype(np.float64)
    if measure == "cosine":
        scores /= np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector)
    return scores


@pytest.mark.parametrize("measure", ["cosine", "dot"])
def test_neighbours_in_the_full_space(session, measure):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True, measure=measure)
    table = session.embeddings.rows(range(len(session.embeddings)))
    for of, vector, left in (
        ("The king", session.embed(["The king"])[0], None),
        (7, table[7], 7),
        (np.ones(16), np.ones(16), None),
        (torch.ones(16, dtype=torch.bfloat16), np.ones(16), None),
    ):
        scores = by_hand(table, vector, measure)
        if left is not None:
            scores[left] = -np.inf
        order = np.argsort(-scores, kind="stable")[:6]
        found = shown.neighbors(of, k=6)
        assert [label for label, _ in found] == [shown._space_of(shown._drawn.shown).name(i).text for i in order]
        np.testing.assert_allclose([value for _, value in found], scores[order], rtol=1e-4, atol=1e-5)


def test_neighbours_among_the_words_or_the_vocabulary(session):
    shown = EmbeddingMap(session, words=WORDS)
    assert {label for label, _ in shown.neighbors("king")} == set(WORDS) - {"king"}
    assert len(shown.neighbors("king", among="ground")) == 10
    assert shown.neighbors("emperor", k=2)[0][0] in WORDS
    shown.selection = ["king", "queen"]
    assert len(shown.neighbors(shown.selection, k=3)) == 3


@pytest.mark.parametrize("measure", ["cosine", "dot"])
def test_neighbours_among_the_words_by_both_measures(session, measure):
    shown = EmbeddingMap(session, words=WORDS, measure=measure)
    scores = by_hand(shown.vectors, shown.vectors[2], measure)
    order = [index for index in np.argsort(-scores, kind="stable") if index != 2]
    found = shown.neighbors("slow")
    assert [label for label, _ in found] == [WORDS[index] for index in order]
    np.testing.assert_allclose([value for _, value in found], scores[order], rtol=1e-4, atol=1e-6)
    assert shown.neighbors("slow", measure="dot" if measure == "cosine" else "cosine") != found


def test_what_a_point_loses_where_the_picture_keeps_much(page):
    vectors = np.random.default_rng(0).normal(size=(400, 3)) * [3, 2, 0.3]
    shown = EmbeddingMap(vectors)
    places = shown.projection.coordinates.astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    several = []
    for index in range(0, 400, 20):
        scores, distances = unit @ unit[index], ((places - places[index]) ** 2).sum(axis=1)
        scores[index], distances[index] = -np.inf, np.inf
        expected = 10 - len(set(np.argsort(-scores)[:10]) & set(np.argsort(distances)[:10]))
        found = page.ask(shown, request("look", on="ground", index=index, layer=0))["result"]
        assert found["lost"] == expected
        several.append(expected)
    assert min(several) < 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": "a"},
        {"k": 0},
        {"k": True},
        {"measure": "euclid"},
        {"among": "all"},
        {"of": None},
        {"of": [1, 2]},
        {"of": 10**6},
        {"of": ""},
        {"of": np.full(16, np.nan)},
        {"of": True},
    ],
)
def test_questions_that_make_no_sense(session, wrong):
    shown = EmbeddingMap(session, words=WORDS)
    with pytest.raises(InvalidValue):
        shown.neighbors(wrong.pop("of", "king"), **wrong)


@pytest.mark.parametrize("ground", [False, True])
def test_looking_at_a_word(session, page, ground):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=ground)
    found = page.ask(shown, request("look", on="points", index=3, layer=0))["result"]
    assert matches(found, map_payloads.LookPayload)
    assert found["name"]["piece"] == "king"
    labels = [near["name"]["piece"] or bytes.fromhex(near["name"]["bytes"]) for near in found["nearest"]]
    expected = [label for label, _ in shown.neighbors("king", k=10 if ground else 6)]
    assert [spell(label) if isinstance(label, bytes) else label for label in labels] == expected
    assert {near["on"] for near in found["nearest"]} == {"ground" if ground else "points"}
    assert found["norm"] == pytest.approx(np.linalg.norm(shown.vectors[3]), abs=1e-3)


def test_looking_at_a_point_of_the_ground(session, page):
    shown = EmbeddingMap(session, vocabulary=True)
    found = page.ask(shown, request("look", on="ground", index=42, layer=0))["result"]
    assert matches(found, map_payloads.LookPayload)
    nearest = [near["index"] for near in found["nearest"]]
    assert 42 not in nearest
    places = shown.projection.coordinates.astype(np.float64)
    distances = ((places - places[42]) ** 2).sum(axis=1)
    distances[42] = np.inf
    assert found["lost"] == 10 - len(set(nearest) & set(np.argsort(distances)[:10].tolist()))
    for index in (-1, len(session.embeddings), "7"):
        assert not page.ask(shown, request("look", on="ground", index=index, layer=0))["ok"]
    assert not page.ask(shown, request("look", on="moon", index=1, layer=0))["ok"]


# arithmetic


def test_king_minus_man_plus_woman(session):
    shown = EmbeddingMap(session, words=["king", "man", "woman", "queen"], expression="king - man + woman")
    assert_travels(shown)
    king, man, woman = session.embed(["king", "man", "woman"])
    vector = king - man + woman
    np.testing.assert_allclose(shown.evaluate("king - man + woman").vector, vector, atol=1e-6)
    payload = shown.arithmetic
    assert payload["terms"] == [
        {"sign": "+", "label": "king"},
        {"sign": "-", "label": "man"},
        {"sign": "+", "label": "woman"},
    ]
    projector = shown.projection.projector
    sums = np.stack([king, king - man, vector])
    np.testing.assert_allclose(decoded(payload["sums"]), projector.transform(sums), atol=1e-5)
    np.testing.assert_allclose(decoded(payload["places"]), projector.transform(np.stack([king, man, woman])), atol=1e-5)
    own = {near["name"]["piece"] for near in payload["nearest"] if near["own"]}
    assert own == {"king", "man", "woman"}
    assert shown.evaluate("king - man + woman").nearest[0][0] == "queen"
    assert len(shown.evaluate("king - man + woman", include_own=True).nearest) == 4
    shown.expression = ""
    assert shown.arithmetic is None


def test_the_words_of_an_expression_are_left_out_in_every_spelling(real):
    shown = EmbeddingMap(real, vocabulary=True)
    found = shown.evaluate('" king" - " man" + " woman"')
    assert found.nearest[0][0] == " queen"
    assert len(found.nearest) == 10
    assert {label.strip().lower() for label, _ in found.nearest}.isdisjoint({"king", "man", "woman"})
    assert " king" in dict(shown.evaluate('" king" - " man" + " woman"', include_own=True).nearest)
    shown.leading_space = True
    assert shown.evaluate("king - man + woman").nearest == found.nearest


def test_without_linear_axes_there_are_no_arrows(session):
    shown = EmbeddingMap(session, words=WORDS, method="tsne", expression="king - man + woman")
    assert len(decoded(shown.arithmetic["sums"])) == 0
    assert shown.arithmetic["nearest"]
    assert_travels(shown)


@pytest.mark.parametrize("expression", ["king - man +", "king + + man", '"king', "- ", "king + \ud800"])
def test_expressions_that_are_none_change_nothing(session, expression):
    shown = EmbeddingMap(session, words=WORDS, expression="king - man")
    assert_nothing_changes(shown, lambda: setattr(shown, "expression", expression))
    with pytest.raises(InvalidValue):
        shown.evaluate(expression)
    with pytest.raises(InvalidValue, match="expression"):
        shown.evaluate(" ")


# choice


def test_a_choice_by_label_index_slice_and_mask(session):
    shown = EmbeddingMap(session, words=WORDS)
    for value in (["king", "queen"], [3, 4], [-4, -3], slice(3, 5), np.isin(WORDS, ["king", "queen"]), {3, 4}):
        shown.selection = None
        shown.selection = value
        chosen = shown.selection
        assert chosen.labels == ("king", "queen")
        assert chosen.indices.tolist() == [3, 4]
        np.testing.assert_allclose(chosen.vectors, shown.vectors[3:5])
        assert_travels(shown)
    shown.selection = chosen
    assert shown.chosen["points"] == [3, 4]
    shown.selection = None
    assert shown.chosen is None
    assert len(shown.selection) == 0


@pytest.mark.parametrize("wrong", ["emperor", 7, [0.5], [True], {"king": 1}, b"king", 3.5, [-8]])
def test_choices_that_are_none(session, wrong):
    shown = EmbeddingMap(session, words=WORDS)
    with pytest.raises(InvalidValue):
        shown.selection = wrong


def test_a_choice_of_the_page_among_words_and_ground(session, page):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True)
    mask = np.zeros(len(session.embeddings), bool)
    mask[[5, 9, 77]] = True
    bits = base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()
    message = request("choose", points=[3], ground=bits, number=shown.ground["number"])
    assert page.ask(shown, message)["ok"]
    chosen = shown.selection
    assert chosen.ids.tolist() == [-1, 5, 9, 77]
    table = session.embeddings.rows([5, 9, 77])
    np.testing.assert_allclose(chosen.vectors, np.concatenate([session.embed(["king"]), table]), atol=1e-6)
    assert np.array_equal(shown.vectors[chosen.indices], chosen.vectors)
    assert (shown.chosen["ground"], shown.chosen["count"]) == (bits, 4)
    assert_travels(shown)
    mean = chosen.vectors.mean(axis=0)
    scores = by_hand(session.embeddings.rows(range(len(session.embeddings))), mean, "cosine")
    token = session.tokenizer("king")["input_ids"]
    scores[[5, 9, 77, *(token if len(token) == 1 else [])]] = -np.inf
    assert [near["index"] for near in shown.chosen["nearest"]] == np.argsort(-scores)[:10].tolist()
    for changes in ({"points": [99]}, {"points": "3"}, {"ground": "AAAA"}, {"ground": "no base64!"}, {"ground": None}):
        assert not page.ask(shown, {**message, **changes})["ok"]
    assert shown.chosen["count"] == 4
    shown.vocabulary = False
    assert shown.selection.labels == ("king",)


def test_a_choice_stays_with_its_words(session):
    shown = EmbeddingMap(session, words=WORDS)
    shown.selection = ["king", "man"]
    shown.words = ["man", "woman", "king"]
    assert shown.selection.labels == ("man", "king")
    shown.words = ["woman"]
    assert len(shown.selection) == 0


# contexts


def test_the_texts_tokens_layer_by_layer(session, page):
    session.text = "The king and the queen"
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    assert_travels(shown)
    payload, found = shown.contexts, shown.layers
    assert payload["revision"] == session.state.revision
    assert found.coordinates.shape == (3, len(session.tokens), 2)
    np.testing.assert_allclose(
        decoded(payload["coordinates"]) * payload["unit"], found.coordinates, atol=payload["unit"]
    )
    np.testing.assert_allclose(found.norms, np.linalg.norm(session.hidden_states, axis=-1), rtol=1e-5)
    assert [name["id"] for name in payload["names"]] == session.tokens.ids.tolist()
    assert shown.labels == session.tokens.pieces
    np.testing.assert_allclose(shown.vectors, session.hidden_states[-1])
    np.testing.assert_allclose(shown.projection.coordinates, found.coordinates[-1])
    assert isinstance(shown.figure(), Figure)
    shown.axes = 3
    assert shown.contexts["axes"] == 3
    assert shown.layers.coordinates.shape[2] == 3


def test_hidden_states_are_computed_only_while_shown(session):
    shown = EmbeddingMap(session, words=WORDS)
    session.text = "The king"
    settle(session)
    assert session.stats.forwards == 0
    shown.show = "contexts"
    settle(session)
    assert session.stats.forwards == 1
    other = EmbeddingMap(session, show="contexts")
    session.text = "The king and"
    settle(session)
    assert session.stats.forwards == 2
    assert shown.contexts["revision"] == other.contexts["revision"] == session.state.revision
    other.close()
    shown.show = "words"
    assert shown.contexts is None
    session.text = "The queen"
    settle(session)
    assert session.stats.forwards == 2
    assert session.hidden.revision == -1
    session.want_distribution()
    session.text = "The queen and"
    settle(session)
    assert session.hidden.revision == -1


def test_a_position_alone_works_nothing_out_again(session):
    session.text = "The king and the queen"
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    before = shown._context.found
    session.position = 1
    settle(session)
    assert shown.contexts["revision"] == session.state.revision
    assert shown._context.found is before
    assert session.stats.forwards == 1


def test_looking_at_a_token_in_its_context(session, page):
    session.text = "The king and the queen and the king"
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    states = session.hidden_states
    found = page.ask(shown, request("look", on="contexts", index=2, layer=1))["result"]
    assert matches(found, map_payloads.LookPayload)
    unit = states[1] / np.linalg.norm(states[1], axis=1, keepdims=True)
    scores = unit @ unit[2]
    scores[2] = -np.inf
    assert [near["index"] for near in found["nearest"]] == np.argsort(-scores)[: len(found["nearest"])].tolist()
    drift = page.ask(shown, request("drift", index=1, other=3))["result"]
    assert matches(drift, map_payloads.DriftPayload)
    expected = (
        (states[:, 1] * states[:, 3]).sum(-1)
        / np.linalg.norm(states[:, 1], axis=1)
        / np.linalg.norm(states[:, 3], axis=1)
    )
    np.testing.assert_allclose(decoded(drift["values"]), expected, atol=1e-5)
    for wrong in (
        request("look", on="contexts", index=999, layer=0),
        request("look", on="contexts", index=0, layer=3),
        request("drift", index=0, other=999),
    ):
        assert not page.ask(shown, wrong)["ok"]


def test_a_choice_of_tokens_in_context(session, page):
    session.text = "The king and the queen"
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    assert page.ask(shown, request("choose", points=[1, 2], ground="", number=0))["ok"]
    assert shown.selection.labels == session.tokens.pieces[1:3]
    assert shown.selection.ids.tolist() == session.tokens.ids[1:3].tolist()
    np.testing.assert_allclose(shown.selection.vectors, session.hidden_states[-1][1:3])
    session.text = "The king"
    settle(session)
    assert shown.selection.labels == session.tokens.pieces[1:2]
    session.text = "A"
    settle(session)
    assert len(shown.selection) == 0


def test_maps_of_one_session_share_the_work(session, monkeypatch):
    """A cell that was run ten times left ten maps, each of which worked the same picture out anew with every change of the text."""
    worked = []

    def counted(values, axes):
        worked.append(axes)
        return contexts(values, axes)

    monkeypatch.setattr("llmwidgets.widgets.map_context.contexts", counted)
    maps = [EmbeddingMap(session, show="contexts", axes=axes) for axes in (2, 2, 3)]
    session.text = "The king and the queen"
    settle(session)
    worked.clear()
    session.text = "The queen and the king"
    settle(session)
    assert sorted(worked) == [2, 3]
    assert maps[0].contexts == maps[1].contexts
    assert maps[0].contexts["revision"] == session.state.revision
    for shown in maps:
        shown.close()


@pytest.mark.parametrize("text", ["", "a"])
def test_contexts_of_nothing_and_of_one_token(session, text):
    session.text = text
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    assert shown.contexts["error"] is None
    assert shown.layers.coordinates.shape == (3, len(session.tokens), 2)
    assert not np.isnan(shown.layers.coordinates).any()
    assert_travels(shown)


def test_contexts_that_cannot_be_computed_say_why(session):
    session.text = "x" * 2000
    shown = EmbeddingMap(session, show="contexts")
    settle(session)
    assert shown.contexts["error"]["code"] == "text_too_long"
    session.text = "The king"
    settle(session)
    assert shown.contexts["error"] is None


def test_words_in_the_last_layer_while_the_text_changes(session, background):
    """Working words out waits for the model, whose thread tells the map of each text: neither waits for the other."""
    shown = EmbeddingMap(session, layer="last", words=WORDS, show_tokens=False)
    shown.show = "contexts"
    done = threading.Event()

    def write():
        for number in range(30):
            session.text = f"The king {number}"
        done.set()

    thread = background(write)
    for number in range(10):
        shown.words = [*WORDS, f"word{number}"]
    assert done.wait(60)
    del thread
    settle(session)
    assert shown.words[-1] == "word9"
    assert shown.contexts["revision"] == session.state.revision


# any source


def test_few_vectors_are_labelled_points(page):
    vectors = np.random.default_rng(0).normal(size=(5, 8))
    shown = EmbeddingMap(vectors, labels=list("abcda"))
    assert shown.labels == tuple("abcda")
    np.testing.assert_allclose(shown.vectors, vectors, atol=1e-6)
    assert (shown.ground, shown.settings["can_type"], shown.settings["ground_kind"]) == (None, False, "")
    assert_travels(shown)
    assert shown.neighbors(0, k=2)[0][0] == shown.neighbors(vectors[0], k=3)[1][0]
    assert isinstance(shown.figure(), Figure)


def test_many_vectors_are_the_ground(page):
    vectors = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    shown = EmbeddingMap(vectors, labels=[f"p{index}" for index in range(500)], words=["p7"])
    assert (shown.ground["kind"], shown.ground["count"]) == ("vectors", 500)
    assert shown.labels[:2] == ("p7", "p0")
    np.testing.assert_allclose(shown.vectors[0], vectors[7])
    found, _ = unpacked(shown, page)
    np.testing.assert_allclose(found, shown.projection.coordinates[1:], atol=1e-3)
    assert shown.neighbors("p7", k=1)[0][0] != "p7"
    assert_nothing_changes(shown, lambda: setattr(shown, "words", ["p999"]), "none of the labels")
    assert page.ask(shown, request("search", text="p49"))["result"]["total"] == 11
    assert_travels(shown)
    assert_nothing_changes(shown, lambda: setattr(shown, "show", "contexts"), "session")
    assert_nothing_changes(shown, lambda: setattr(shown, "show_tokens", True), "session")
    assert_nothing_changes(shown, lambda: setattr(shown, "color_by", "script"), "cluster")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int64", "int8"])
def test_any_dtype(dtype):
    given = torch.arange(30).reshape(6, 5).remainder(7).to(getattr(torch, dtype))
    if given.is_floating_point():
        given.requires_grad_()
    shown = EmbeddingMap(given)
    assert shown.labels == tuple("012345")
    assert np.array_equal(shown.vectors, given.detach().float().numpy())


def test_lists_dicts_modules_and_frames():
    rows = {"a": [1.0, 0.0, 2.0], "b": torch.ones(3), "c": np.zeros(3)}
    assert EmbeddingMap(rows).labels == ("a", "b", "c")
    assert EmbeddingMap(list(rows.values()), labels=["x", "y", "z"]).labels == ("x", "y", "z")
    assert EmbeddingMap(torch.nn.Embedding(4, 3)).labels == tuple("0123")
    frame = pd.DataFrame({"word": ["a", "b"], "x": [1, 2], "y": [0.5, 1], "z": [3, 4]})
    shown = EmbeddingMap(frame)
    assert shown.labels == ("a", "b")
    assert shown.vectors.tolist() == [[1, 0.5, 3], [2, 1, 4]]
    assert EmbeddingMap(frame, labels="word").labels == ("a", "b")
    assert EmbeddingMap(frame, labels="x").vectors.tolist() == [[0.5, 3], [1, 4]]
    assert EmbeddingMap(frame.set_index("word")).labels == ("a", "b")
    assert EmbeddingMap(frame.rename(columns={"x": "word x"})).vectors.shape == (2, 3)
    column = pd.DataFrame({"word": ["a", "b"], "vector": [[1.0, 2.0], np.array([3.0, 4.0])]})
    for shown in (EmbeddingMap(column), EmbeddingMap(column, labels="word"), EmbeddingMap(column, labels=["a", "b"])):
        assert (shown.labels, shown.vectors.tolist()) == (("a", "b"), [[1, 2], [3, 4]])
    assert EmbeddingMap(column.set_index("word")["vector"]).labels == ("a", "b")
    assert EmbeddingMap(column["vector"].to_numpy()).labels == ("0", "1")
    with pytest.raises(InvalidValue, match="no column 'nope'"):
        EmbeddingMap(frame, labels="nope")


def test_labels_of_a_tokenizer(byte_tokenizer, build):
    weight = build().get_output_embeddings().weight
    shown = EmbeddingMap(weight, tokenizer=byte_tokenizer)
    assert shown.ground["kind"] == "vectors"
    shown.color_by = "kind"
    assert shown.labels[300] == byte_tokenizer.decode([300])


def test_a_function_that_turns_words_into_vectors():
    asked = []

    def encode(words):
        asked.append(words)
        return torch.tensor([[len(word), ord(word[0]), 1.0] for word in words])

    shown = EmbeddingMap(words=["king", "queen", "犬"], encode=encode)
    assert asked[0] == ["king", "queen", "犬"]
    assert shown.vectors[:, 0].tolist() == [4, 5, 1]
    assert (shown.layer, shown.settings["can_type"]) == ("given", True)
    assert_travels(shown)
    beside = EmbeddingMap(np.random.default_rng(0).normal(size=(200, 3)), encode=encode, words=["king"])
    assert beside.labels[0] == "king"
    with pytest.raises(InvalidValue, match=r"\(200, 4\)|encode= returned the shape"):
        EmbeddingMap(np.zeros((200, 4)), encode=encode, words=["king"])


@pytest.mark.parametrize(
    "encode",
    [
        lambda words: None,
        lambda words: [[1, 2]],
        lambda words: [["a"]] * len(words),
        lambda words: [[np.nan]] * len(words),
        lambda words: 1 / 0,
    ],
)
def test_functions_that_do_not(encode):
    with pytest.raises((InvalidValue, ModelFailed), match="encode="):
        EmbeddingMap(words=["king", "queen"], encode=encode)


@pytest.mark.parametrize(
    ("vectors", "labels", "match"),
    [
        (np.zeros((3, 2)), ["a"], "1 labels for 3 vectors"),
        (np.array([[1, 2], [np.nan, 0]]), None, "row 1"),
        (np.array([[1, np.inf]]), None, "row 0"),
        (np.zeros(5), None, r"\(5,\)"),
        (np.zeros((2, 2, 2)), None, r"\(2, 2, 2\)"),
        ([[1, 2], [1]], None, r"Vector 1"),
        ("text", None, "cannot be made from"),
        (5, None, "cannot be made from"),
        (np.array([["a", "b"]]), None, ""),
        (np.zeros((3, 2)), "abc", "labels"),
        (np.zeros((3, 0)), None, ""),
        (torch.empty(3, 2, device="meta"), None, "meta tensor"),
        (pd.Series([[1, 2], [1]]), None, "Vector 1"),
    ],
)
def test_vectors_that_are_none(vectors, labels, match):
    with pytest.raises(InvalidValue, match=f"(?i){match}"):
        EmbeddingMap(vectors, labels=labels)


def test_a_model_alone_and_misplaced_arguments(session):
    with pytest.raises(InvalidValue, match="ModelSession"):
        EmbeddingMap(session.model)
    for wrong in ({"labels": ["a"]}, {"tokenizer": "gpt-4o"}, {"encode": len}):
        with pytest.raises(InvalidValue, match=next(iter(wrong))):
            EmbeddingMap(session, **wrong)
    with pytest.raises(InvalidValue, match="encode"):
        EmbeddingMap(encode="model")
    with pytest.raises(InvalidValue, match="TextSession"):
        EmbeddingMap(TokenView("text", tokenizer=session.tokenizer).session)


def test_no_vectors_at_all():
    with pytest.raises(InvalidValue):
        EmbeddingMap(np.zeros((0, 5)))


def test_an_encoder_begins_with_its_last_layer(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer, text="The king") as session:
        shown = EmbeddingMap(session, words=["king", "queen"])
        assert (shown.layer, shown.settings["poolings"]) == ("last", ["mean", "cls"])
        shown.pooling = "cls"
        np.testing.assert_allclose(
            shown.vectors, session.embed(["king", "queen"], layer="last", pooling="cls"), atol=1e-6
        )
        shown.layer = "input"
        shown.vocabulary = True
        assert shown.pooling == "mean"
        shown.show = "contexts"
        settle(session)
        assert shown.contexts["layers"] == 3


# life


def test_closing_frees_what_the_map_held(session):
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True, show="contexts")
    settle(session)
    held = [weakref.ref(part) for part in (shown._drawn, shown._drawn.ground, shown._context)]
    shown.close()
    gc.collect()
    assert [part() for part in held] == [None] * 3
    before = session.stats.forwards
    session.text = "The queen and the king"
    settle(session)
    assert session.stats.forwards == before


def test_given_vectors_go_with_their_map():
    vectors = torch.randn(500, 8)
    found = weakref.ref(vectors)
    shown = EmbeddingMap(vectors)
    del vectors
    shown.close()
    del shown
    gc.collect()
    assert found() is None


def test_a_session_does_not_stay_for_its_map(build, byte_tokenizer):
    model = build()
    session = ModelSession(model, byte_tokenizer, text="The king")
    shown = EmbeddingMap(session, words=WORDS, vocabulary=True, show="contexts")
    settle(session)
    found, made = weakref.ref(model), weakref.ref(session.word_vectors)
    assert made() in map_source._makers
    del model
    session.close()
    gc.collect()
    assert found() is None
    with pytest.raises(SessionClosed):
        shown.words = ["king"]
    shown.close()
    del session
    gc.collect()
    assert made() is None


def test_more_points_than_memory_is_said_in_words(session, monkeypatch):
    def no_room(*_arguments):
        raise MemoryError

    monkeypatch.setattr("llmwidgets.widgets.map_ground.project_table", no_room)
    shown = EmbeddingMap(session, words=WORDS)
    with pytest.raises(OutOfMemory, match=r"no room left on cpu.*fewer points"):
        shown.vocabulary = True
    assert (shown.vocabulary, shown.ground) == (False, None)


def test_more_points_than_a_page_can_paint_are_refused(monkeypatch):
    monkeypatch.setattr(map_source, "MOST_POINTS", 1_000)
    with pytest.raises(InvalidValue, match=r"1,001 points.*vectors\[::10\]"):
        EmbeddingMap(np.eye(1_001, 3))

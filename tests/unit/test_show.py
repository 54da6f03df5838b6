"""show: which view shows what, what is asked about, and when it is displayed; stages as a cell's last value."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
import torch
from ipython_shell import shell
from kernel_page import settle
from transformers import GenerationConfig

from llmwidgets import (
    Distribution,
    EmbeddingMap,
    LogitsSession,
    ModelSession,
    NextTokenBar,
    Sampler,
    SamplerSlider,
    Tokens,
    TokenView,
    show,
)
from llmwidgets.displaying import follow
from llmwidgets.errors import Ambiguous, InvalidValue, NoTokenizer, SessionClosed
from llmwidgets.stages.projection import project
from llmwidgets.text import TextSession
from llmwidgets.widgets.stack import Stack

__all__ = ["shell"]

pytestmark = pytest.mark.usefixtures("page", "shell")

WIDGET = "application/vnd.jupyter.widget-view+json"
VIEWS = (TokenView, NextTokenBar, EmbeddingMap, SamplerSlider)
DIMENSIONS = 16  # of the tiny models


@pytest.fixture
def given(shell, model, byte_tokenizer):
    """What a student has in hand."""
    inputs = byte_tokenizer("The quick brown fox", return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs, output_hidden_states=True)
    shell.user_ns |= {"tokenizer": byte_tokenizer, "inputs": inputs, "outputs": outputs, "logits": outputs.logits}
    return shell.user_ns


def generated(model, inputs, **options):
    return model.generate(
        **inputs, max_new_tokens=4, do_sample=False, pad_token_id=0, return_dict_in_generate=True, **options
    )


def kinds(views):
    """Their classes: traitlets makes one more of each."""
    return [next(kind for kind in VIEWS if isinstance(view, kind)) for view in views]


# which view


def test_texts_and_ids_are_tokens(given, byte_tokenizer):
    ids = given["inputs"]["input_ids"]
    for x in ("The quick brown fox", given["inputs"], dict(given["inputs"]), ids, ids[0], ids.numpy(), ids[0].tolist()):
        view = show(x)
        assert isinstance(view, TokenView)
        assert view.tokens.ids.tolist() == ids[0].tolist()
    batch = show(byte_tokenizer(["The king", "one"], padding=False).input_ids[:1])
    assert batch.tokens.text == "The king"
    assert show(byte_tokenizer.backend_tokenizer.encode("The king")).tokens.text == "The king"
    assert show(b"The king").tokens.text == "The king"


def test_a_tokenizer_is_given_as_elsewhere(given):
    assert show("He said", "gpt-4o").tokens.ids.tolist() == [2066, 2059]
    assert show([2066, 2059], tokenizer="gpt-4o").session.text == "He said"


def test_a_tokenizer_alone_begins_with_nothing(given, byte_tokenizer):
    view = show(byte_tokenizer)
    assert isinstance(view, TokenView)
    assert len(view.tokens) == 0


def test_a_conversation_is_shown_as_its_template_writes_it(session, byte_tokenizer, monkeypatch):
    monkeypatch.setattr(
        byte_tokenizer, "chat_template", "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    before = session.text
    view = show([{"role": "user", "content": "Hi"}])
    assert view.tokens.text == "<user>Hi"
    assert session.text == before


def test_logits_and_outputs_are_next_tokens(given, byte_tokenizer):
    logits, outputs = given["logits"], given["outputs"]
    for x in (logits, logits[0], logits[0, -1], logits[0].numpy(), logits[0, -1].tolist(), logits.bfloat16(), outputs):
        bar = show(x)
        assert isinstance(bar, NextTokenBar)
        assert bar.session.face.tokenizer is byte_tokenizer
        assert bar.distribution.top(1)[0].id == int(
            logits[0, -1].to(getattr(x, "dtype", torch.float32) if torch.is_tensor(x) else torch.float32).argmax()
        )
    text = show(outputs, input_ids=given["inputs"])
    assert text.session.text == "The quick brown fox"


def test_probabilities_are_taken_for_what_they_are(given):
    probs = given["logits"].softmax(-1)
    for x in (probs, probs[0], probs[0, -1], probs[0].numpy(), probs[0].bfloat16(), [0.5, 0.25, 0.25]):
        bar = show(x)
        found = bar.distribution.probs()
        expected = (
            np.asarray(x, np.float32)
            if isinstance(x, list)
            else np.asarray(torch.as_tensor(x).float()).reshape(-1, len(found))[-1]
        )
        np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-5)
    given["tokenizer"] = None
    assert isinstance(show(torch.rand(3, 7).softmax(-1)), NextTokenBar)
    with pytest.raises(InvalidValue, match="look like probabilities"):  # the last row alone
        show(torch.tensor([[3.0, 1.0], [0.5, 0.5]]), view=NextTokenBar)


def test_what_generate_gave(given, model):
    inputs = given["inputs"]
    with_logits = generated(model, inputs, output_logits=True)
    bar = show(with_logits)
    assert isinstance(bar, NextTokenBar)
    assert bar.session.tokens.ids.tolist() == with_logits.sequences[0].tolist()
    assert isinstance(show(with_logits.logits), NextTokenBar)
    alone = generated(model, inputs)
    assert show(alone).tokens.ids.tolist() == alone.sequences[0].tolist()
    given["scored"] = scored = generated(model, inputs, output_scores=True)
    with pytest.raises(Ambiguous, match=r"show\(scored\.scores\).*show\(scored\.sequences\).*output_logits=True"):
        show(scored)
    assert isinstance(show(scored.scores), NextTokenBar)
    beams = generated(model, inputs, output_scores=True, output_logits=True, num_beams=2)
    assert isinstance(show(beams), TokenView)


def test_logits_of_classes_are_not_taken_for_tokens(given):
    from transformers.modeling_outputs import SequenceClassifierOutput

    given["classes"] = SequenceClassifierOutput(logits=torch.randn(2, 3))
    with pytest.raises(
        InvalidValue, match=r"SequenceClassifierOutput.*\(2, 3\).*show\(classes\.logits, view='NextTokenBar'\)"
    ):
        show(given["classes"])


def test_vectors_are_points(given):
    rng = np.random.default_rng(0)
    for x in (
        rng.normal(size=(5, 24)),
        torch.randn(5, 24, dtype=torch.float16),
        rng.normal(size=(5, 24)).tolist(),
        [torch.randn(24) for _ in range(5)],
        {"king": [1.0, 2.0, 3.0], "queen": [1.0, 2.5, 3.0]},
        pd.DataFrame(rng.normal(size=(5, 3))),
        torch.nn.Embedding(5, 24),
        torch.nn.Linear(24, 5),
    ):
        assert isinstance(show(x), EmbeddingMap)
    assert show({"king": [1.0, 2.0], "queen": [2.0, 1.0]}).labels == ("king", "queen")


def test_hidden_states_are_points(given, session, build, byte_tokenizer):
    outputs, count = given["outputs"], given["inputs"]["input_ids"].shape[1]
    for x in (outputs.hidden_states[-1], outputs.hidden_states[-1][0], outputs.hidden_states):
        view = show(x)
        assert isinstance(view, EmbeddingMap)
        np.testing.assert_array_equal(view.vectors, outputs.hidden_states[-1][0].numpy())
    encoded = build("bert")(**given["inputs"])
    assert len(show(encoded).labels) == count
    given["both"] = torch.randn(2, 3, DIMENSIONS)
    with pytest.raises(InvalidValue, match=r"2 texts.*show\(both\[0\]\)"):
        show(given["both"])


def test_a_model_in_a_variable_tells_its_vectors_from_its_logits(given, model):
    hidden = given["outputs"].hidden_states[-1]
    given["hidden"] = hidden
    with pytest.raises(Ambiguous, match=r"hidden .*16\) fits no vocabulary"):
        show(hidden)
    given["model"] = model
    assert isinstance(show(hidden), EmbeddingMap)
    assert isinstance(show(given["logits"]), NextTokenBar)


def test_the_vocabulary_labels_its_vectors(given, model, byte_tokenizer):
    table = model.get_input_embeddings()
    for x in (table, table.weight, table.weight.detach().numpy()):
        view = show(x)
        assert view.labels[:3] == tuple(TokenView(tokenizer=byte_tokenizer).entry(i).data.decode() for i in range(3))
    nearly_as_many = torch.randn(len(byte_tokenizer) + 3, DIMENSIONS)
    assert show(nearly_as_many).labels[:2] == ("0", "1")
    assert show(table, labels=[f"row {i}" for i in range(len(byte_tokenizer))]).labels[2] == "row 2"


def test_settings_are_those_of_the_sessions_sampler(session):
    session.sampler = Sampler(seed=3)
    view = show(GenerationConfig(do_sample=True, temperature=0.7, top_p=0.9))
    assert isinstance(view, SamplerSlider)
    assert view.session is session
    assert session.sampler == Sampler(temperature=0.7, top_p=0.9, top_k=50, seed=3)
    show(GenerationConfig(temperature=0.7))
    assert session.sampler.greedy
    assert show(Sampler(top_k=3)).sampler == session.sampler == Sampler(top_k=3)


def test_settings_go_to_the_session_that_is_named(session):
    other = LogitsSession([2.0, 1.0, 0.0])
    before = session.sampler
    assert show(Sampler(top_k=2), session=other).session is other
    assert (session.sampler, other.sampler) == (before, Sampler(top_k=2))


def test_a_refused_option_changes_no_sampler(session):
    before = session.sampler
    with pytest.raises(InvalidValue, match="language"):
        show(Sampler(top_k=2), language="fr")
    assert session.sampler == before


def test_settings_without_a_session_say_what_to_do(shell):
    shell.user_ns["config"] = GenerationConfig(do_sample=True)
    with pytest.raises(SessionClosed, match=r"GenerationConfig.*ModelSession\(model, tokenizer\), then show\(config\)"):
        show(shell["config"])


def test_sessions_are_shown_by_their_views(session, build, byte_tokenizer):
    stack = show(session)
    assert kinds(stack.views) == [TokenView, NextTokenBar]
    assert all(view.session is session for view in stack.views)
    assert isinstance(show(TextSession(byte_tokenizer)), TokenView)
    assert isinstance(show(LogitsSession([2.0, 1.0])), NextTokenBar)
    with ModelSession(build("bert"), byte_tokenizer, text="The king") as encoder:
        assert kinds(show(encoder).views) == [TokenView, EmbeddingMap]
        settle(encoder)
    assert isinstance(show(session, view=SamplerSlider), SamplerSlider)
    assert show(session, view="NextTokenBar", k=3).k == 3
    with pytest.raises(InvalidValue, match='view="NextTokenBar", k='):
        show(session, k=3)


def test_a_model_with_a_session_is_shown_by_it(session, model):
    assert show(model).views[0].session is session


def test_a_view_is_shown_as_it_is(session):
    view = TokenView(session)
    assert show(view) is view
    with pytest.raises(InvalidValue, match=r"view\.color_by ="):
        show(view, color_by="length")


# stages


def test_tokens_are_shown_as_they_are(given, byte_tokenizer):
    face = TokenView(tokenizer=byte_tokenizer).session.face
    split = face.decode(
        [*face.encode("qu").ids.tolist(), *face.encode("ick").ids.tolist()]
    )  # not as encode cuts "quick"
    view = show(split)
    assert view.tokens == split
    assert view.session.face.tokenizer is byte_tokenizer
    others = Tokens.from_bytes([1, 2], [b"not", b" these"])
    view = show(others)
    assert (view.tokens, view.session.text) == (others, "not these")


def test_a_distribution_and_what_comes_of_it(session):
    session.sampler = Sampler(top_k=3, seed=1)
    distribution = session.distribution
    bar = show(distribution)
    np.testing.assert_array_equal(bar.distribution.logits, distribution.logits)
    assert bar.session.face is session.face
    kept = show(session.filtered)
    assert int((kept.distribution.probs() > 0).sum()) == 3
    drawn = session.sample(50)
    bar = show(drawn)
    assert bar.session.drawn == drawn
    assert bar.session.sampler == session.sampler
    np.testing.assert_array_equal(bar.distribution.logits, distribution.logits)
    assert show(Distribution.of([0.5, 0.5])).distribution.probs().tolist() == [0.5, 0.5]


def test_a_table_and_a_projection(session):
    view = show(session.embeddings)
    assert isinstance(view, EmbeddingMap)
    assert view.session is session
    assert len(view.labels) == len(session.embeddings)
    projection = project(np.random.default_rng(0).normal(size=(6, 5)))
    figure = show(projection)
    np.testing.assert_array_equal(np.stack([figure.data[0].x, figure.data[0].y], 1), projection.coordinates)


# what is asked, and what is refused


def test_a_shell_without_formats_is_followed(shell):
    """otter takes all formatters away while it runs its tests, where the package may be imported first."""
    formatters, shell.display_formatter.formatters = shell.display_formatter.formatters, {}
    try:
        follow(shell)
    finally:
        shell.display_formatter.formatters = formatters


def test_a_shape_that_fits_both_is_asked_about(shell, build, byte_tokenizer):
    size = len(byte_tokenizer)
    with ModelSession(build(hidden_size=size, num_attention_heads=2), byte_tokenizer) as session:
        shell.user_ns |= {"session": session, "found": torch.randn(5, size)}
        with pytest.raises(Ambiguous) as caught:
            show(shell["found"])
        # each option is a line that runs
        lines = caught.value.hint.removeprefix("Say which: ").removesuffix(".").split(" or ")
        assert lines == ["show(found, view='NextTokenBar')", "show(found, view='EmbeddingMap')"]
        shown = [eval(line, {"show": show, "found": shell["found"]}) for line in lines]
        assert kinds(shown) == [NextTokenBar, EmbeddingMap]


@pytest.mark.parametrize("shape", [(1, 300), (2, 3, 300), (5, 30_000)])
def test_a_shape_that_fits_nothing_is_asked_about(given, shape):
    given["found"] = torch.randn(shape)
    with pytest.raises(Ambiguous, match=r"found .*fits no vocabulary at hand \(tokenizer \(\d+ tokens\)\)"):
        show(given["found"])


def test_strings_are_asked_about(given):
    given["words"] = ["king", "queen"]
    with pytest.raises(Ambiguous, match=r"tokenizer\(words, padding=True\).*EmbeddingMap\(session, words=words\)"):
        show(given["words"])


def test_one_vector_is_no_map(session, shell):
    shell.user_ns["king"] = session.embed(["king"])[0]
    with pytest.raises(InvalidValue, match=r"king is one vector of 16.*show\(\[king, \.\.\.\]\)"):
        show(shell["king"])


NOTHING_TO_SHOW = [
    *(None, 5, 0.5, [], {}, {1, 2}, object(), [None], OrderedDict(a=1), np.array(["a"]), torch.nn.LayerNorm(4)),
    *(torch.randn(1, 2, 3, 4), torch.ones(3, dtype=torch.bool), torch.empty(0, 4), torch.ones(1, 1, 1).long()),
]


@pytest.mark.parametrize("x", NOTHING_TO_SHOW)
def test_what_cannot_be_shown_is_refused_with_what_can(given, x):
    with pytest.raises(InvalidValue, match=r"show cannot show .*It takes a text, token ids"):
        show(x)


def test_views_that_are_none_are_named(given):
    with pytest.raises(InvalidValue, match="'TokenView', 'NextTokenBar', 'EmbeddingMap', 'SamplerSlider'"):
        show("text", view="Bars")
    with pytest.raises(InvalidValue, match="A SamplerSlider cannot be made from str"):
        show("text", view=SamplerSlider)


def test_no_tokenizer_for_a_text_is_said(shell):
    with pytest.raises(NoTokenizer, match="A text needs a tokenizer"):
        show("text")


def test_a_model_without_a_tokenizer_says_how_to_watch_it(shell, model):
    shell.user_ns["net"] = model
    with pytest.raises(NoTokenizer, match=r"LlamaForCausalLM.*ModelSession\.watch\(net, tokenizer\)"):
        show(model)


# in a cell


@pytest.fixture
def cells(shell):
    """IPython as it is where llmwidgets was imported within it."""
    follow(shell)
    return shell


def widgets(outputs):
    return [output[WIDGET]["model_id"] for output in outputs if WIDGET in output]


def test_it_shows_in_the_middle_of_a_cell_and_in_a_loop(shell, byte_tokenizer):
    shell.run("from llmwidgets import show", tok=byte_tokenizer)
    assert len(widgets(shell.run("show('one')\nNone"))) == 1
    assert len(widgets(shell.run("for word in ('one', 'two'):\n    show(word)"))) == 2


def test_as_a_last_value_it_shows_once(shell, byte_tokenizer):
    shell.run("from llmwidgets import show", tok=byte_tokenizer)
    outputs = shell.run("show('one')")
    assert len(outputs) == 1
    assert {"text/plain", "text/html", WIDGET} <= set(outputs[0])
    assert len(shell.run("view = show('one')\nview")) == 1
    assert len(shell.run("show([[0.5, 0.25], [0.5, 0.5], [1.0, 0.0]], view='EmbeddingMap')")) == 1


def test_a_view_that_was_kept_shows_again_where_it_is_asked_for(shell, byte_tokenizer):
    shell.run("from llmwidgets import show\nfrom IPython.display import display", tok=byte_tokenizer)
    assert len(shell.run("view = show('one')")) == 1
    assert len(shell.run("view")) == 1
    assert len(shell.run("view = show('one')\ndisplay(view)")) == 2


def test_without_ipython_it_is_only_returned():
    code = "from llmwidgets import show, TokenView\nassert isinstance(show('He said', 'gpt-4o'), TokenView)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_stages_show_themselves_as_a_last_value(cells, session):
    cells.user_ns["session"] = session
    session.sampler = Sampler(top_k=3, seed=1)
    for code, head in (
        ("session.tokens", "Tokens("),
        ("session.distribution", "Distribution("),
        ("session.filtered", "Filtered("),
        ("session.sample(20)", "Drawn("),
        ("session.embeddings", "Table("),
    ):
        (output,) = cells.run(code)
        assert output["text/plain"].startswith(head)
        assert "<" in output["text/html"]
        assert len(widgets([output])) == 1
    (output,) = cells.run("print(session.tokens); session.sampler")
    assert set(output) == {"text/plain"}


def test_a_stage_without_a_view_stays_in_words(cells, byte_tokenizer, bos_tokenizer):
    cells.user_ns |= {"a": byte_tokenizer, "b": bos_tokenizer}
    size = len(bos_tokenizer) + 2
    (output,) = cells.run("stage", stage=Distribution.of(np.zeros(size)))
    assert set(output) == {"text/plain"}


def test_importing_within_ipython_lets_stages_show_themselves_and_loads_nothing():
    code = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = {name.partition(".")[0] for name in sys.modules}
import llmwidgets
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} - before)))
from llmwidgets import Tokens
assert "text/html" in shell.display_formatter.format(Tokens.from_bytes([1], [b"a"]))[0]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["llmwidgets"]


def test_a_terminal_writes_stages_in_words(cells):
    cells.display_formatter.active_types = ["text/plain"]
    (output,) = cells.run("stage", stage=Tokens.from_bytes([1], [b"a"]))
    assert set(output) == {"text/plain"}


def test_a_stack_closes_its_views(session):
    stack = show(session)
    assert isinstance(stack, Stack)
    stack.close()
    assert all(view.comm is None for view in stack.views)

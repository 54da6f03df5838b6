"""The Japanese notebooks run top to bottom without a browser; their numbers against transformers' own. The English ones have the same code, and run in JupyterLab."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from executed import alarming, execute_in_turn, failed, prepared, said
from lab import NOTEBOOKS
from transformers import AutoModelForCausalLM

from llmwidgets import ModelSession, exercises
from llmwidgets.assets import ensure_tiktoken

PROMPT = "You are a pirate chatbot who always responds in pirate speak!\nUser: Who are you?\nAssistant:"
CAPITAL = "The capital of France is"
NAMES = sorted(path.stem for path in (NOTEBOOKS / "ja").glob("*.ipynb"))
SAID = [2066, 2059, 11, 392, 720, 86433, 290, 3823, 2452, 668, 25053, 3692]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebooks lie for their kernel."""
    return tmp_path_factory.mktemp("lesson")


@pytest.fixture(scope="module")
def lesson(folder: Path) -> Callable[[str], dict[str, str]]:
    """What each cell of a notebook printed or returned, by the cell's id. A notebook with a cell that failed fails the test."""
    with socket.socket() as taken:
        # taken, and nobody listens
        taken.bind(("127.0.0.1", 0))
        environment = os.environ | {"LLM_SERVER": f"http://127.0.0.1:{taken.getsockname()[1]}"}
        notebooks = [prepared(f"ja/{name}.ipynb") for name in NAMES]
        executed = dict(zip(NAMES, execute_in_turn(notebooks, folder, environment), strict=True))

    def lesson(name: str) -> dict[str, str]:
        cells = executed[name]
        assert failed(cells) == {}
        assert alarming(cells) == []
        return {name: said(cell) for name, cell in cells.items()}

    return lesson


@pytest.fixture(scope="module")
def session() -> ModelSession:
    with ModelSession() as session:
        yield session


def logits_behind(session: ModelSession, text: str) -> torch.Tensor:
    with torch.inference_mode():
        return session.model(**session.tokenizer(text, return_tensors="pt")).logits[0, -1]


def ids_of(session: ModelSession, text: str) -> list[int]:
    return session.tokenizer(text, add_special_tokens=False)["input_ids"]


def table(printed: str) -> list[tuple[float, str]]:
    """Lines of a number and a text."""
    found = re.findall(r"^ *(-?[\d.]+)  (.+)$", printed, re.MULTILINE)
    return [(float(number), text) for number, text in found]


def cosines(session: ModelSession, words: list[str]) -> list[tuple[float, str]]:
    """Each further word's cosine to the first, nearest first."""
    weights = session.model.get_input_embeddings().weight.detach()
    vectors = torch.stack([weights[ids_of(session, word)].mean(0) for word in words])
    found = torch.nn.functional.cosine_similarity(vectors[:1], vectors[1:]).tolist()
    return sorted(zip(found, words[1:], strict=True), reverse=True)


# 1 what is an LLM


def log_probability(session: ModelSession, prompt: str, candidate: str) -> float:
    start, inputs = len(ids_of(session, prompt)), session.tokenizer(prompt + candidate, return_tensors="pt")
    with torch.inference_mode():
        logs = session.model(**inputs).logits[0].log_softmax(-1)
    return float(logs[:-1].gather(1, inputs.input_ids[0, 1:, None])[start - 1 :].sum())


def test_a_candidates_probability_is_the_product_over_its_tokens(lesson, session) -> None:
    cells = lesson("01_what_is_an_llm")
    candidates = ["ラーメン大好きな大学院生が", "おじいさんとおばあさんが", "にがい珈琲が"]
    expected = {text: log_probability(session, "むかしむかし、あるところに", text) for text in candidates}
    viewed = {text: score for score, text in table(cells["scores"])}
    by_hand = {
        text: float(total) for total, text in re.findall(r"合計 +(-[\d.]+) .* (\S+)$", cells["by-hand"], re.MULTILINE)
    }
    assert list(viewed) == sorted(expected, key=expected.get, reverse=True)
    for text, score in expected.items():
        assert abs(viewed[text] - score) < 6e-3
        assert abs(by_hand[text] - score) < 6e-3


def test_what_the_text_says_of_the_candidates_is_so(lesson) -> None:
    """By the sum the short coffee wins in Japanese; by the mean, and in English by either, the old couple."""
    cells = lesson("01_what_is_an_llm")
    pattern = r"合計 +(-[\d.]+) +平均 +(-[\d.]+)   (.+)$"
    japanese, english = (re.findall(pattern, cells[name], re.MULTILINE) for name in ("by-hand", "second"))
    assert max(japanese, key=lambda row: float(row[0]))[2] == "にがい珈琲が"
    assert max(japanese, key=lambda row: float(row[1]))[2] == "おじいさんとおばあさんが"
    for measure in (0, 1):
        assert max(english, key=lambda row: float(row[measure]))[2] == " an old man and an old woman"


def test_the_natural_answer_is_not_the_true_one(lesson) -> None:
    scores = {city: score for score, city in table(lesson("01_what_is_an_llm")["true"])}
    assert scores[" Istanbul"] > scores[" Ankara"]


def test_a_decoder_sees_nothing_to_its_right(lesson) -> None:
    differences = re.findall(r"最大の差：([\d.]+)", lesson("01_what_is_an_llm")["left-only"])
    assert [float(number) for number in differences[:2]] == [0.0, 0.0]
    assert all(float(number) > 1 for number in differences[2:])


# 2 tokenizers


def test_the_lessons_sentences_are_gpt_4os_tokens(lesson) -> None:
    cells = lesson("02_tokenizers")
    ids, pieces = cells["ids"].splitlines()
    assert ids == str(SAID)
    assert pieces == 'He| said|,| "|Re|playing| the| video| made| me| laugh|."'
    assert cells["decode"].startswith('She smiled and replied, "I\'m glad you enjoyed it."\n')


def test_ids_of_another_tokenizer_are_read_as_something_else(lesson, session) -> None:
    own, back, mixed = lesson("02_tokenizers")["mixed-up"].splitlines()
    sentence = 'He said, "Replaying the video made me laugh."'
    ids = session.tokenizer(sentence)["input_ids"]
    assert own == str(ids)
    assert back == repr(sentence)
    assert mixed == repr(ensure_tiktoken("gpt-4o").decode(ids))


def test_words_are_cut_as_the_tokenizer_cuts_them(lesson, session) -> None:
    printed = lesson("02_tokenizers")["spaces"]
    for word in ("you", " you", "You", "YOU", " chatbot", " 123456", " unbelievable", "犬"):
        line = next(line for line in printed.splitlines() if line.startswith(repr(word)))
        assert line.endswith(f" {ids_of(session, word)}")
    assert "' chat' + 'bot'" in printed


def test_granularities_are_counted(lesson, session) -> None:
    counts = [int(line.split()[0]) for line in lesson("02_tokenizers")["grain"].splitlines()]
    text = "Tokenization of unbelievable chatbots is unbelievably interesting."
    assert counts == [
        len(text.encode()),
        len(ids_of(session, text)),
        len(ensure_tiktoken("gpt-4o").encode(text)),
        len(text.split()),
    ]


def test_surprisals_are_those_of_log_softmax(lesson, session) -> None:
    lines = lesson("02_tokenizers")["surprisals"].splitlines()
    inputs = session.tokenizer("The capital of France is Paris. The capital of Japan is Nagoya.", return_tensors="pt")
    with torch.inference_mode():
        logs = session.model(**inputs).logits[0].log_softmax(-1)
    expected = -logs[:-1].gather(1, inputs.input_ids[0, 1:, None])[:, 0]
    assert "nan" in lines[0]
    printed = [float(line.split()[0]) for line in lines[1:]]
    np.testing.assert_allclose(printed, expected.numpy(), atol=6e-3)


# 3 pipeline


def test_the_tokens_are_the_tokenizers(lesson, session) -> None:
    cells, ids = lesson("03_pipeline"), session.tokenizer(PROMPT)["input_ids"]
    assert [int(found) for found in re.findall(r"^\s*(\d+) ->", cells["ids"], re.MULTILINE)] == ids
    assert cells["ids"].startswith(f"{len(ids)} トークン")
    assert "ビューと同じ： True" in cells["hand-tokenize"]


def test_the_vector_is_the_embedding_matrix_row(lesson, session) -> None:
    row = session.model.get_input_embeddings().weight[session.tokenizer(PROMPT)["input_ids"][0], :10].detach().numpy()
    for name in ("vectors", "hand-embed"):
        printed = re.findall(r"-?\d+\.\d+(?:e-?\d+)?", lesson("03_pipeline")[name].split("\n", 1)[1])
        np.testing.assert_allclose([float(number) for number in printed], row, atol=6e-5)


def test_the_probabilities_are_the_models_and_by_hand_the_same(lesson, session) -> None:
    cells, probs = lesson("03_pipeline"), logits_behind(session, PROMPT).softmax(-1)
    for name in ("top", "hand-infer"):
        printed = re.findall(r"^\s*(\d+)\s+([\d.]+)%", cells[name], re.MULTILINE)
        assert [int(token) for token, _ in printed] == probs.topk(10).indices.tolist()
        for token, share in printed:
            assert abs(float(share) / 100 - float(probs[int(token)])) < 2e-5
    assert "確率の合計 1.0\n" in cells["hand-infer"]


def test_the_attention_is_that_of_the_eager_model(lesson, session) -> None:
    ids = torch.tensor([session.tokenizer(PROMPT)["input_ids"]])
    model = AutoModelForCausalLM.from_config(session.model.config, attn_implementation="eager").eval()
    model.load_state_dict(session.model.state_dict())
    with torch.inference_mode():
        layers = model(ids, output_attentions=True).attentions
    last = torch.stack([layer[0, :, -1] for layer in layers]).mean((0, 1))
    cell = lesson("03_pipeline")["attention"]
    assert cell.startswith(f"({len(layers)}, {layers[0].shape[1]}, {ids.shape[1]}, {ids.shape[1]})")
    printed = [float(share) / 100 for share in re.findall(r"^\s*([\d.]+)%", cell, re.MULTILINE)]
    np.testing.assert_allclose(printed, last.topk(5).values.numpy(), atol=2e-5)


def test_greedy_and_draws(lesson, session) -> None:
    cells, greedy = lesson("03_pipeline"), logits_behind(session, PROMPT).argmax()
    assert f"貪欲法： {session.tokenizer.decode(greedy)!r}" in cells["draws"]
    assert f"貪欲法： {int(greedy)} {session.tokenizer.decode(greedy)!r}" in cells["hand-sample"]
    counts = [int(count) for count in re.findall(r"(\d+) 回（1000 回中）", cells["draws"])]
    assert counts == sorted(counts, reverse=True)
    assert 0 < sum(counts) <= 1000


def test_generate_appends_what_the_models_own_generate_would(lesson, session) -> None:
    inputs = session.tokenizer(PROMPT, return_tensors="pt")
    torch.manual_seed(0)
    out = session.model.generate(**inputs, max_new_tokens=25, do_sample=True, temperature=0.8, top_p=0.95, top_k=0)
    new = session.tokenizer.decode(out[0, inputs["input_ids"].shape[1] + 1 :])
    assert f"Generated({new!r}" in lesson("03_pipeline")["generate"]


def test_the_loop_by_hand_is_greedy_generate(lesson, session) -> None:
    inputs = session.tokenizer(PROMPT, return_tensors="pt")
    out = session.model.generate(**inputs, min_new_tokens=16, max_new_tokens=16, do_sample=False)
    assert lesson("03_pipeline")["hand-loop"].rstrip("\n") == session.tokenizer.decode(out[0])


def test_the_neighbours_of_quick(lesson, session) -> None:
    words = ["quick", "fast", "slow", "king", "queen", "man", "woman"]
    for notebook, cell, space in (("03_pipeline", "similar", ""), ("05_embeddings", "cosines", " ")):
        expected = cosines(session, [space + word for word in words])
        printed = table(lesson(notebook)[cell])
        assert [word for _, word in printed] == [word.strip() for _, word in expected]
        np.testing.assert_allclose([number for number, _ in printed], [number for number, _ in expected], atol=1e-3)


# 4 sampling


def test_temperatures_are_the_softmax_of_the_divided_logits(lesson, session) -> None:
    logits = logits_behind(session, CAPITAL).double()
    printed = re.findall(
        r"T = ([\d.]+) +Paris +([\d.]+)% +top-p 0.9 の残り +([\d,]+)", lesson("04_sampling")["temperatures"]
    )
    assert len(printed) == 5
    for temperature, share, kept in printed:
        probs = (logits / float(temperature)).softmax(-1).sort(descending=True).values
        assert abs(float(share) / 100 - float(probs[0])) < 1e-4
        # the token that crosses 0.9 is kept; the processor's sums are float32
        assert abs(int(kept.replace(",", "")) - int((probs.cumsum(0) - probs < 0.9).sum())) <= 2


def test_the_session_writes_what_generate_writes(lesson) -> None:
    own, theirs = lesson("04_sampling")["generate"].rstrip("\n").split(CAPITAL)[1:]
    assert own.strip("\n") == theirs.strip("\n")


def test_divergences_are_those_of_the_two_distributions(lesson, session) -> None:
    one, other = (
        logits_behind(session, f"The capital of {place} is").double().log_softmax(-1) for place in ("France", "Japan")
    )
    expected = [float((p.exp() * (p - q)).sum()) for p, q in ((one, other), (other, one))]
    printed = re.findall(r"\d+\.\d+", lesson("04_sampling")["kl"])
    np.testing.assert_allclose([float(number) for number in printed], expected, atol=2e-3)


def test_what_is_taken_home_is_one_page_without_network(lesson, folder) -> None:
    assert lesson("04_sampling")["take-home"].startswith("PosixPath('sampling.html')")
    page = (folder / "sampling.html").read_text(encoding="utf-8")
    assert "サンプリング" in page
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=.https?:", page) == []


# 5 embeddings


def test_padding_makes_short_words_alike(lesson) -> None:
    numbers = [float(number) for number in re.findall(r"-?\d\.\d*", lesson("05_embeddings")["lesson"])]
    padded, masked = np.array(numbers).reshape(2, 4, 4)
    assert padded[0, 1] > 0.8  # "a" and "cat"
    assert masked[0, 1] < 0.1


def test_arithmetic_ends_where_the_lesson_says(lesson) -> None:
    cells = lesson("05_embeddings")
    assert "≈ ' queen'" in cells["arithmetic"]
    assert "≈ ' Tokyo'" in cells["yours"]


def test_the_two_banks_part_from_layer_to_layer(lesson, session) -> None:
    text = "She sat on the bank of the river. He took his money to the bank."
    inputs = session.tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        states = session.model(**inputs, output_hidden_states=True).hidden_states
    first, second = (inputs.input_ids[0] == ids_of(session, " bank")[0]).nonzero()[:, 0].tolist()
    printed = re.findall(r"第 +(\d+) 層：コサイン類似度 ([\d.]+)", lesson("05_embeddings")["drift"])
    assert [int(layer) for layer, _ in printed] == [0, 5, 15, 30]
    for layer, cosine in printed:
        one, other = states[int(layer)][0, [first, second]]
        assert abs(float(cosine) - float(torch.nn.functional.cosine_similarity(one, other, dim=0))) < 1e-3
    found = [float(cosine) for _, cosine in printed]
    assert found == sorted(found, reverse=True)


# 6 where it runs


def test_without_a_server_the_model_stays_where_it_is(lesson) -> None:
    cells = lesson("06_where_it_runs")
    assert cells["connect"].startswith("サーバーがないので、モデルはこのマシンのままです：")
    assert "tokens_computed" in cells["measure"]


def test_the_bill_of_an_api_is_requests_times_tokens_times_price(lesson) -> None:
    cells = lesson("06_where_it_runs")
    asked, bill = re.fullmatch(r"([\d,]+) リクエスト／月、¥([\d,.]+)\n", cells["hand"]).groups()
    assert int(asked.replace(",", "")) == 40 * 10 * 20
    assert f"Cost(API：1 か月 {bill})" in cells["costs"]


def test_the_break_even_is_where_the_sides_change(lesson) -> None:
    cells = lesson("06_where_it_runs")
    yen_a_kilowatt, price, months, request, speed = 31, 400_000, 48, 800, 2_000
    fixed = price / months + 0.030 * 730 * yen_a_kilowatt
    # beyond what it takes while idle, and over what the API asks for
    slope = (500 * 30 + 300 * 120) / 1_000_000 - (0.450 - 0.030) * request / speed / 3600 * yen_a_kilowatt
    expected = f"{fixed / slope:,.0f}"
    assert f"購入・API：安いのは API（0 から）、購入（{expected} から）。" in cells["break-even"]
    assert (
        f"学生 4,000 人で最も安い形態： 購入\n購入と API が入れ替わるのは {expected} リクエスト／月\n"
        in cells["school"]
    )


# 7 your own model


def test_beams_are_printed_and_the_text_goes_on(lesson) -> None:
    cells = lesson("07_your_own_model")
    assert cells["generate"].startswith(CAPITAL)
    assert len(re.findall(CAPITAL, cells["beams"])) == 2


# exercises


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_that_nobody_has_solved_fails_no_cell(lesson, name) -> None:
    """Each check has answered, and none is content with what stands there at first."""
    checks = [exercise.name for exercise in exercises.of(name)]
    answers = [lesson(name)[f"exercise-{check}-check"] for check in checks]
    assert [answer for answer in answers if not answer.startswith(("…", "✗"))] == []

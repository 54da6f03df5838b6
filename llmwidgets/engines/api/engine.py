"""A model behind an API as an engine: each question is a request, and what was asked before is not asked again."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from llmwidgets.engines.api.abilities import capabilities_of
from llmwidgets.engines.api.answers import malformed, of_another_model, piece_of
from llmwidgets.engines.api.embedding import Embedder
from llmwidgets.engines.api.failures import cut
from llmwidgets.engines.api.names import Names
from llmwidgets.engines.api.prompts import Prompts
from llmwidgets.engines.api.scores import scores_of
from llmwidgets.engines.api.settings import settings_of
from llmwidgets.engines.branches import one_by_one
from llmwidgets.engines.engine import Info, Prediction, ServedVectors, Work, Written
from llmwidgets.errors import (
    BadAnswer,
    EmptyText,
    InvalidValue,
    KeyRefused,
    LLMWidgetsError,
    NotOffered,
    ServerUnreachable,
    TextTooLong,
)
from llmwidgets.stages.sampling import Sampler

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Sequence

    import torch

    from llmwidgets.engines.api.abilities import Terms
    from llmwidgets.engines.api.answers import Piece, Place
    from llmwidgets.engines.api.client import Client
    from llmwidgets.stages.capabilities import Capabilities
    from llmwidgets.tokenizers.base import BaseTokenizer

MOST_ANSWERS = 2_000
"""Answers that are kept, so that an identical request is not made again."""

_PATHS = {"completions": "/completions", "chat": "/chat/completions"}


class ApiEngine:
    """See Engine. `cache=False` asks again each time."""

    def __init__(
        self,
        client: Client,
        terms: Terms,
        face: BaseTokenizer,
        *,
        model: str,
        title: str = "",
        context: int = 0,
        system: str = "",
        cache: bool = True,
        lent: bool = False,
    ) -> None:
        self._client, self._terms, self._model_name = client, terms, model
        self._face, self._system, self._lent = face, system, lent
        self._names = Names(face)
        trusted = terms.server.takes_ids and terms.origin != "guessed"
        self._prompts = Prompts(terms.server, terms.endpoint, face, takes_ids=trusted, system=system)
        self._answers: OrderedDict[str, Prediction] = OrderedDict()
        self._told: OrderedDict[tuple[Any, ...], Prediction] = OrderedDict()
        self._scored: OrderedDict[tuple[int, ...], np.ndarray] = OrderedDict()
        self._caches = cache
        self._embedder = Embedder(
            client,
            terms.vectors.model,
            caches=cache,
            dimensions=terms.vectors.dimensions,
            renames=terms.server.renames,
        )
        self.capabilities: Capabilities = capabilities_of(terms, client.base_url, title or model)
        self.info = Info(
            title or model,
            "api",
            "",
            "",
            0,
            0,
            face.size,
            0,
            context,
            predicts="next",
            can_embed=False,
            layers=0,
            tied=None,
        )
        self._work = Work()

    @property
    def work(self) -> Work:
        """See Engine."""
        return self._work + self._embedder.work

    @property
    def served_vectors(self) -> ServedVectors | None:
        """See Engine."""
        served = self._terms.vectors
        return served if served.dimensions else None

    @property
    def model(self) -> None:
        """See Engine. There is none in this process."""
        return

    @property
    def generation_config(self) -> None:
        """See Engine. An API does not tell it."""
        return

    @property
    def client(self) -> Client:
        """The connection, and what was spent over it."""
        return self._client

    def predict(self, ids: Sequence[int], reply: int | None = None) -> Prediction:
        """See Engine. Raises EmptyText, TextTooLong, NotOffered, and what a server's failure is."""
        self._check(ids)
        place = (tuple(ids), reply if self._terms.endpoint == "chat" else None)
        if self._caches and (told := self._told.get(place)) is not None:
            return told
        if self._terms.top == 0:
            raise self._not_offered("distribution")
        body = self._request(ids, reply) | settings_of(self._terms.server, Sampler()) | self._asking(1)
        if self._terms.server.withholds and (plain := self._names.plain) is not None:
            # what is told are the model's own probabilities, whatever is drawn
            body["logit_bias"] = [[plain, 1_000.0]]
        key = json.dumps(body, sort_keys=True)
        if self._caches and (known := self._answers.get(key)) is not None:
            self._answers.move_to_end(key)
            return known
        found = self._prediction(self._piece(self._ask(body, len(ids))))
        _keep(self._answers, key, found)
        return found

    def predict_at(self, ids: Sequence[int], place: int) -> NoReturn:
        """See Engine. No server offers an encoder's."""
        del ids, place
        raise self._not_offered("distribution")

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """See Engine. Raises NotOffered where the server returns less than the whole distribution."""
        found = self.predict(ids)
        if found.logits is None:
            raise self._not_offered("distribution")
        return found.logits

    def write(
        self, ids: Sequence[int], sampler: Sampler, most: int, stop: threading.Event, reply: int | None = None
    ) -> Generator[Written]:
        """See Engine. The server draws, by the sampler as it is now. Raises NotOffered for settings that it does not have."""
        self._check(ids)
        drawing = self._request(ids, reply) | settings_of(self._terms.server, sampler)
        if most == 1 and self._terms.server.withholds and self._terms.endpoint == "completions":
            return self._one(list(ids), drawing)
        body = drawing | self._asking(most)
        body["stream"] = True
        if self._terms.server.tells_usage:
            body["stream_options"] = {"include_usage": True}
        return self._written(list(ids), body, stop, len(ids) if reply is None else min(reply, len(ids)))

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine. Raises NotOffered where the server does not score a prompt."""
        if not self._terms.scores:
            raise self._not_offered("surprisals")
        if len(ids) < 2:
            return np.full(len(ids), np.nan, np.float32)
        if self._caches and (known := self._scored.get(tuple(ids))) is not None:
            return known
        self._check(ids)
        how = self._terms.server.scores
        asked = (
            {"prompt_logprobs": 0, "max_tokens": 1}
            if how == "prompt_logprobs"
            else {
                "echo": True,
                "logprobs": 1,
                "max_tokens": 0,
            }
        )
        found = scores_of(self._ask(self._request(ids, None) | asked, len(ids)), ids, how)
        found.setflags(write=False)
        _keep(self._scored, tuple(ids), found)
        return found

    def continuations(self, ids: Sequence[int], ends: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Raises NotOffered where the server does not score a prompt."""
        return one_by_one(self, ids, ends)

    def surprisals_at(
        self, ids: Sequence[int], places: Sequence[int], mask: int, wanted: Callable[[], bool]
    ) -> NoReturn:
        """See Engine. No server offers an encoder's."""
        del ids, places, mask, wanted
        raise self._not_offered("surprisals")

    def embeddings(self, ids: Sequence[int]) -> NoReturn:
        """See Engine. Raises NotOffered."""
        del ids
        raise self._not_offered("embeddings")

    def embed_words(self, words: Sequence[str]) -> np.ndarray:
        """See Engine. Raises NotOffered where the server makes no vectors."""
        if self.served_vectors is None:
            raise self._not_offered("word_vectors")
        return self._embedder.vectors(words)

    def table(self) -> NoReturn:
        """See Engine. Raises NotOffered."""
        raise self._not_offered("embeddings")

    def record_states(self, on: bool) -> None:
        """See Engine. There are none."""

    def hidden_states(self, ids: Sequence[int]) -> NoReturn:
        """See Engine. Raises NotOffered."""
        del ids
        raise self._not_offered("hidden_states")

    def attentions(self, ids: Sequence[int], first: int = 0, last: int | None = None) -> NoReturn:
        """See Engine. Raises NotOffered."""
        del ids, first, last
        raise self._not_offered("attentions")

    def last_states(self, texts: Sequence[Sequence[int]]) -> NoReturn:
        """See Engine. Raises NotOffered."""
        del texts
        raise self._not_offered("hidden_states")

    def stop_ids(self) -> frozenset[int]:
        """See Engine. The server ends its texts itself."""
        return frozenset()

    def outdated(self) -> None:
        """See Engine."""
        self._client.cancel()

    def reachable(self) -> bool:
        """See Engine. An answer of whatever kind is one."""
        try:
            self._client.get("/models")
        except ServerUnreachable:
            return False
        except LLMWidgetsError:
            return True
        return True

    def forget(self) -> None:
        """See Engine."""
        self._told.clear()
        self._scored.clear()

    def close(self) -> None:
        """See Engine."""
        self.forget()
        self._answers.clear()
        self._embedder.forget()
        if not self._lent:
            self._client.close()

    def beside(self) -> ApiEngine:
        """See Engine. It shares the connection, and what it costs counts together."""
        return ApiEngine(
            self._client.beside(),
            self._terms,
            self._face,
            model=self._model_name,
            title=self.info.name,
            context=self.info.context,
            system=self._system,
            cache=self._caches,
            lent=True,
        )

    # inside

    def _request(self, ids: Sequence[int], reply: int | None) -> dict[str, Any]:
        named = {"model": self._model_name} if self._model_name else {}
        return {**named, **self._prompts.body(ids, reply), **self._terms.server.fixed}

    def _asking(self, most: int) -> dict[str, Any]:
        """For how many tokens a request asks, and for which probabilities."""
        endpoint, top = self._terms.endpoint, self._terms.top
        asked: dict[str, Any] = {self._terms.server.length[endpoint]: most}
        if top == 0:
            return asked
        told = {"logprobs": top} if endpoint == "completions" else {"logprobs": True, "top_logprobs": top}
        return {**asked, **told, **self._terms.server.asks}

    def _ask(self, body: dict[str, Any], sent: int) -> Any:
        started = time.perf_counter()
        try:
            answer = self._client.post(_PATHS[self._terms.endpoint], body)
        except (InvalidValue, KeyRefused) as error:
            # OpenAI refuses them of some models as it refuses a key
            if "logprob" in error.message.lower():
                raise self._not_offered("distribution", error.message) from None
            raise
        finally:
            self._work += Work(forwards=1, seconds=time.perf_counter() - started)
        if not self._count(answer):
            self._estimate(sent, 1)
        return answer

    def _estimate(self, sent: int, written: int) -> None:
        """Counts for the budget what a server did not tell, by the session's own tokens."""
        self._client.budget.count({"prompt_tokens": sent, "completion_tokens": written})

    def _count(self, answer: Any) -> bool:
        """Counts what an answer says that it used. Whether it says so."""
        usage = answer.get("usage") if isinstance(answer, dict) else None
        if not isinstance(usage, dict):
            return False
        details = usage.get("prompt_tokens_details")
        reused = details.get("cached_tokens") if isinstance(details, dict) else None
        sent, back = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(sent, int) and isinstance(back, int) and min(sent, back) >= 0:
            kept = max(min(reused, sent), 0) if isinstance(reused, int) else 0
            self._work += Work(tokens_computed=sent - kept + back, tokens_reused=kept)
        return True

    def _piece(self, answer: Any) -> Piece:
        if not self._terms.server.renames:
            of_another_model(answer, self._model_name, self._client.base_url)
        return piece_of(answer)

    def _prediction(self, piece: Piece) -> Prediction:
        if not piece.places:
            raise malformed("it tells no probabilities, though they were asked for")
        found = self._told_of(piece.places[0])
        if found is None:
            first = max(piece.places[0].top, key=lambda each: each.log_prob, default=piece.places[0].chosen)
            shown = first.raw.decode("utf-8", errors="replace") or f"id {first.id}"
            msg = f"The server's most probable token, {shown!r}, is none of {self._terms.tokenizer}: this is not its tokenizer."
            why = f"{shown!r} ≠ {self._terms.tokenizer}"
            raise BadAnswer(msg, hint="Give the model's own: connect(..., tokenizer=...).", why=why)
        return found

    def _told_of(self, place: Place) -> Prediction | None:
        """What was told of a place; None where nothing of it has a name in this vocabulary."""
        ids, log_probs = self._names.known(place)
        return None if ids.size == 0 else Prediction.partial(ids, log_probs, self.info.vocabulary)

    def _written(self, ids: list[int], body: dict[str, Any], stop: threading.Event, reply: int) -> Generator[Written]:
        try:
            yield from self._streamed(ids, body, stop, reply)
        except (InvalidValue, KeyRefused) as error:
            plain = {name: value for name, value in body.items() if name not in ("logprobs", "top_logprobs")}
            if plain == body or "logprob" not in error.message.lower():
                raise
            # a model of which the server tells no probabilities writes all the same
            yield from self._streamed(ids, plain, stop, reply)

    def _streamed(self, ids: list[int], body: dict[str, Any], stop: threading.Event, reply: int) -> Generator[Written]:
        started, sent, finish, told, begun = time.perf_counter(), len(ids), "", None, False
        try:
            for part in self._client.stream(_PATHS[self._terms.endpoint], body, stop):
                begun = True
                told = part if isinstance(part, dict) and part.get("usage") else told
                piece = self._piece(part)
                for written in self._tokens_of(piece):
                    if written.prediction is not None and self._caches:
                        place = (tuple(ids), None if reply >= len(ids) or self._terms.endpoint != "chat" else reply)
                        _keep(self._told, place, written.prediction)
                    ids.append(written.token)
                    yield written
                finish = piece.finish or finish
        finally:
            if begun and not self._count(told):
                self._estimate(sent, len(ids) - sent)
            self._work += Work(forwards=1, seconds=time.perf_counter() - started)
        if not finish and not stop.is_set():
            raise cut("the stream ended before its end was said")
        if finish:
            yield Written(-1, finish=finish)

    def _one(self, ids: list[int], drawing: dict[str, Any]) -> Generator[Written]:
        """One token by llama.cpp's own way, which tells its id even where it ends inside a character."""
        prediction = self.predict(ids)
        started = time.perf_counter()
        answer = self._client.post("/completion", {**drawing, "n_predict": 1, "return_tokens": True}, root=True)
        self._work += Work(forwards=1, tokens_computed=1, seconds=time.perf_counter() - started)
        self._estimate(len(ids), 1)
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(tokens, list) or not all(isinstance(each, int) for each in tokens):
            raise malformed("it does not tell which token was drawn")
        if not tokens or answer.get("stop_type") == "eos":
            yield Written(-1, finish="stop")
            return
        token = self._names.checked(tokens[0])
        yield Written(token, prediction.log_prob_of(token), prediction)

    def _tokens_of(self, piece: Piece) -> Generator[Written]:
        if not piece.places:
            for token in self._names.encoded(piece.text):
                yield Written(token)
            return
        for place in piece.places:
            tokens = self._names.spelled(place.chosen)
            for token in tokens[:-1]:
                yield Written(token)
            # what is told of several tokens that make one character is of the last
            for token in tokens[-1:]:
                yield Written(token, place.chosen.log_prob, self._told_of(place))

    def _check(self, ids: Sequence[int]) -> None:
        if not ids:
            raise EmptyText("The text is empty, so there is no next-token distribution.", hint="Type a text.")
        context = self.info.context
        if 0 < context <= len(ids):
            msg = f"The text has {len(ids):,} tokens; {self.info.name} takes {context:,}."
            raise TextTooLong(msg, hint="Shorten the text; it is still there.", tokens=len(ids), context=context)

    def _not_offered(self, name: str, said: str = "") -> NotOffered:
        ability = self.capabilities[name]
        detail = said or ability.detail
        hint = "session.capabilities lists what it gives; a local model or a server of this project gives all."
        return NotOffered(detail, hint=hint, what=name, server=self._terms.server.name, known="", detail=ability.code)


def _keep(answers: OrderedDict[Any, Any], key: Any, found: Any) -> None:
    answers[key] = found
    while len(answers) > MOST_ANSWERS:
        answers.popitem(last=False)

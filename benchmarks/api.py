"""What a session on an API costs beyond the server's own time, on loopback: its requests against the same ones by a bare HTTP client."""

from __future__ import annotations

import http.client
import json
import math
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from scripted_server import Exchange, ScriptedServer

from llmwidgets import ModelSession
from llmwidgets.tokenizers.face import as_tokenizer

ROUNDS = 200
TOP = 100


def answer_of() -> dict[str, object]:
    """A hundred tokens with their log-probabilities, as llama.cpp tells them."""
    face = as_tokenizer("gpt-4o")
    top = [
        {"id": token, "token": "", "bytes": list(face.token_bytes(token)), "logprob": math.log(0.5) - 0.08 * place}
        for place, token in enumerate(range(1000, 1000 + TOP))
    ]
    total = sum(math.exp(float(each["logprob"])) for each in top)
    top = [{**each, "logprob": float(each["logprob"]) - math.log(total * 1.1)} for each in top]
    told = {"content": [{**top[0], "top_logprobs": top}]}
    return {"model": "tiny", "choices": [{"text": " a", "index": 0, "logprobs": told, "finish_reason": "length"}]}


def main() -> None:
    answer = answer_of()

    def at_once(exchange: Exchange) -> None:
        exchange.json(answer)

    server = ScriptedServer(at_once, [{"id": "tiny"}])
    session = ModelSession.connect(server.address, tokenizer="gpt-4o", endpoint="completions")
    bare = http.client.HTTPConnection(urlsplit(server.address).netloc)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(ROUNDS + 20):
        text = f"The number {turn} is"
        started = time.perf_counter()
        session.text = text
        assert session.distribution.top(1)
        middle = time.perf_counter()
        body = json.dumps(server.asked[-1].body)
        begun = time.perf_counter()
        bare.request("POST", "/v1/completions", body, {"content-type": "application/json"})
        json.loads(bare.getresponse().read())
        ended = time.perf_counter()
        if turn >= 20:
            ours.append(middle - started)
            theirs.append(ended - begun)
        server.seen.clear()
    session.close()
    server.close()
    beyond = [1e3 * (one - other) for one, other in zip(ours, theirs, strict=True)]
    print(f"a distribution of {TOP} tokens over an API, median   {1e3 * statistics.median(ours):.1f} ms")
    print(f"the same request by a bare HTTP client, median  {1e3 * statistics.median(theirs):.1f} ms")
    print(f"beyond it                                       {statistics.median(beyond):.1f} ms (aim 10)")


if __name__ == "__main__":
    main()

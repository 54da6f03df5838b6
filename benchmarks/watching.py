"""What watching costs the user's own `model.generate`, in a real kernel whose views really send.

Ratios of runs that follow each other, and, since these scatter by several percent, what watching adds to a token of a model that hardly
computes: that much it adds to a token of any model.
"""

from __future__ import annotations

import json
import statistics
import sys

from jupyter_client.manager import start_new_kernel

TOKENS = 64
ROUNDS = 30
TINY_TOKENS = 200

CELL = f"""
import json, statistics, time
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView
from llmwidgets.watching.watched import WatchedSession

loaded = ModelSession()
model, tokenizer = loaded.model, loaded.tokenizer
inputs = tokenizer("The capital of France is", return_tensors="pt")
alone, seen = WatchedSession(model, tokenizer), WatchedSession(model, tokenizer)
views = [TokenView(seen), NextTokenBar(seen), SamplerSlider(seen)]
frames = []
seen.attach(lambda: frames.append(time.perf_counter()))

def run(session, model=model, tokens={TOKENS}, pause=0.2):
    if session is not None:
        session.watch_now()
    started, worked = time.perf_counter(), time.process_time()
    model.generate(**inputs, min_new_tokens=tokens, max_new_tokens=tokens, do_sample=False)
    spent = time.perf_counter() - started, time.process_time() - worked
    if session is not None:
        session.unwatch()
        session.text  # what is still to be shown is shown before the next one runs
    time.sleep(pause)
    return spent

arms = {{"bare": None, "no view": alone, "three views": seen}}
times = {{name: [] for name in arms}}
for turn in range({ROUNDS} + 2):
    names = list(arms)[turn % 3:] + list(arms)[:turn % 3]
    for name in names:
        spent = run(arms[name])
        if turn >= 2:
            times[name].append(spent)

config = LlamaConfig(
    vocab_size=model.config.vocab_size, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
    num_attention_heads=1, num_key_value_heads=1, max_position_embeddings=2048,
)
tiny = LlamaForCausalLM(config).eval()
tiny_session = WatchedSession(tiny, tokenizer)
added = []
for turn in range({ROUNDS} + 2):
    pair = [run(session, tiny, {TINY_TOKENS}, 0.0)[0] for session in ((None, tiny_session) if turn % 2 else (tiny_session, None))]
    bare, watched = pair if turn % 2 else pair[::-1]
    if turn >= 2:
        added.append((watched - bare) / {TINY_TOKENS})
print("RESULT" + json.dumps([times, len(frames) / ({ROUNDS} + 2), statistics.median(added)]))
"""


def main() -> None:
    manager, client = start_new_kernel()
    printed: list[str] = []
    try:
        client.execute_interactive(
            CELL,
            timeout=3600,
            output_hook=lambda message: printed.append(
                str(message["content"].get("text", message["content"].get("traceback", "")))
            ),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    found = "".join(printed)
    if "RESULT" not in found:
        sys.exit(found)
    times, frames, added = json.loads(found.split("RESULT", 1)[1])
    alone = statistics.median(wall for wall, _ in times["bare"])
    print(f"generate, {TOKENS} tokens, alone                {alone:.3f} s")
    for name in ("no view", "three views"):
        walls, works = (
            [one[which] / other[which] for one, other in zip(times[name], times["bare"], strict=True)]
            for which in (0, 1)
        )
        print(f"the same, watched, {name:<12}             {said(walls)}; of the processor's time {said(works)}")
    print(f"frames a run with three views: {frames:.0f}")
    print(f"watching, no view, adds to a token {added * 1e6:.0f} µs, {added * TOKENS / alone:.2%} of it")


def said(ratios: list[float]) -> str:
    """The median of the ratios, and how far it may be off: the standard error of a median."""
    error = 1.253 * statistics.stdev(ratios) / len(ratios) ** 0.5
    return f"{statistics.median(ratios):.3f} ± {error:.3f} x"


if __name__ == "__main__":
    main()

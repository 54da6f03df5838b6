"""What watching costs the user's own `model.generate`: ratios within one run, in a real kernel whose views really send."""

from __future__ import annotations

import json
import sys

from jupyter_client.manager import start_new_kernel

TOKENS = 64
ROUNDS = 12

CELL = f"""
import json, statistics, time
import torch
from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView
from llmwidgets.watching.watched import WatchedSession

loaded = ModelSession()
model, tokenizer = loaded.model, loaded.tokenizer
inputs = tokenizer("The capital of France is", return_tensors="pt")
alone, seen = WatchedSession(model, tokenizer), WatchedSession(model, tokenizer)
views = [TokenView(seen), NextTokenBar(seen), SamplerSlider(seen)]
frames = []
seen.attach(lambda: frames.append(time.perf_counter()))

def run(session):
    if session is not None:
        session.watch_now()
    started = time.perf_counter()
    model.generate(**inputs, min_new_tokens={TOKENS}, max_new_tokens={TOKENS}, do_sample=False)
    spent = time.perf_counter() - started
    if session is not None:
        session.unwatch()
        session.text  # what is still to be shown is shown before the next one runs
    time.sleep(0.3)
    return spent

arms = {{"bare": None, "no view": alone, "three views": seen}}
times = {{name: [] for name in arms}}
for turn in range({ROUNDS} + 2):
    names = list(arms)[turn % 3:] + list(arms)[:turn % 3]
    for name in names:
        before = len(frames)
        spent = run(arms[name])
        if turn >= 2:
            times[name].append(spent)
medians = {{name: statistics.median(found) for name, found in times.items()}}
best = {{name: min(found) for name, found in times.items()}}
print("RESULT" + json.dumps([medians, best, len(frames) / ({ROUNDS} + 2)]))
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
    medians, best, frames = json.loads(found.split("RESULT", 1)[1])
    print(f"generate, {TOKENS} tokens, alone                {medians['bare']:.3f} s")
    for name in ("no view", "three views"):
        print(
            f"the same, watched, {name:<12}             {medians[name] / medians['bare']:.3f} x (fastest of both: {best[name] / best['bare']:.3f} x)"
        )
    print(f"frames a run with three views: {frames:.0f}")


if __name__ == "__main__":
    main()

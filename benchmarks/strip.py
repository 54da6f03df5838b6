"""What an open PipelineStrip costs `model.generate` of the user: its hooks alone, and ratios within one run in a real kernel, where it really sends."""

from __future__ import annotations

import json
import sys

from jupyter_client.manager import start_new_kernel

TOKENS = 32
ROUNDS = 8

CELL = f"""
import json, statistics, time
import torch
from torch import nn
from transformers.modeling_outputs import CausalLMOutputWithPast
from llmwidgets import ModelSession, PipelineStrip
from llmwidgets.engines.flow import FlowRecorder
from llmwidgets.watching.watched import WatchedSession

loaded = ModelSession()
model, tokenizer = loaded.model, loaded.tokenizer
inputs = tokenizer("The capital of France is", return_tensors="pt")


class Stage(nn.Module):
    def forward(self, x):
        return x


class Hollow(nn.Module):
    # as many stages as the model has, in which nothing is computed: what is left is the hooks' own time
    def __init__(self, output):
        super().__init__()
        self.config, self.output = model.config, output
        self.words, self.norm, self.head = Stage(), Stage(), Stage()
        self.layers = nn.ModuleList(Stage() for _ in range(model.config.num_hidden_layers))

    def get_input_embeddings(self):
        return self.words

    def get_output_embeddings(self):
        return self.head

    def forward(self, input_ids, past_key_values):
        x = self.words(input_ids)
        for layer in self.layers:
            x = layer(x)
        self.head(self.norm(x))
        return self.output


def per_call(calls=500):
    started = time.perf_counter()
    for _ in range(calls):
        hollow(input_ids=token, past_key_values=cache)
    return (time.perf_counter() - started) / calls


def step():
    started = time.perf_counter()
    model(input_ids=token, past_key_values=cache, use_cache=True)
    return time.perf_counter() - started


with torch.inference_mode():
    cache = model(**inputs, use_cache=True).past_key_values
    token = torch.tensor([[260]])
    hollow = Hollow(CausalLMOutputWithPast(logits=torch.zeros(1, 1, 1), past_key_values=cache))
    recorder = FlowRecorder(hollow, lambda: None)
    without, noted, steps = [], [], []
    for _ in range({ROUNDS}):
        without.append(per_call())
        recorder.start()
        noted.append(per_call())
        recorder.stop()
        steps += [step() for _ in range(8)]
hooks = statistics.median(noted) - statistics.median(without)
single = statistics.median(steps)

alone, seen = WatchedSession(model, tokenizer), WatchedSession(model, tokenizer)
view = PipelineStrip(seen)
frames = []
view.observe(lambda change: frames.append(1), "call")

def run(session):
    session.watch_now()
    started, worked = time.perf_counter(), time.process_time()
    model.generate(**inputs, min_new_tokens={TOKENS}, max_new_tokens={TOKENS}, do_sample=False)
    spent = time.perf_counter() - started, time.process_time() - worked
    session.unwatch()
    time.sleep(0.3)
    return spent

times = {{"no view": [], "a strip": []}}
for turn in range({ROUNDS} + 2):
    for name in sorted(times, reverse=turn % 2 == 1):
        spent = run({{"no view": alone, "a strip": seen}}[name])
        if turn >= 2:
            times[name].append(spent)
wall, work = ([statistics.median(spent[which] for spent in found) for found in times.values()] for which in (0, 1))
print("RESULT" + json.dumps([hooks, single, wall, work, len(frames) / ({ROUNDS} + 2)]))
"""


def main() -> None:
    manager, client = start_new_kernel()
    printed: list[str] = []

    def keep(message: dict[str, object]) -> None:
        content = message["content"]
        if isinstance(content, dict):
            printed.append(str(content.get("text", content.get("traceback", ""))))

    try:
        client.execute_interactive(CELL, timeout=3600, output_hook=keep)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    found = "".join(printed)
    if "RESULT" not in found:
        sys.exit(found)
    hooks, single, wall, work, frames = json.loads(found.split("RESULT", 1)[1])
    print(f"a step of one token {single * 1e3:.1f} ms; the hooks on it {hooks * 1e6:.0f} µs, {hooks / single:.2%}")
    print(f"generate, {TOKENS} tokens, watched, no view   {wall[0]:.3f} s")
    print(
        f"the same with a strip                   {wall[1] / wall[0]:.3f} x; of the processor's time {work[1] / work[0]:.3f} x"
    )
    print(f"frames a run: {frames:.0f}")


if __name__ == "__main__":
    main()

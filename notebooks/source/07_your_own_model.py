# %% title [markdown]
# [en]
# # 7. Your own model
#
# **In this notebook**: the `model` and `tokenizer` of your own code, watched as they are. From now on every call that any cell makes is shown, and the results stay the same to the bit.
# [ja]
# # 7. 自分のモデルを見る
#
# **このノートブックで学ぶこと**：自分のコードで読み込んだ `model` と `tokenizer` を、そのまま観察します。どのセルがモデルを使ってもその様子が表示され、結果は 1 ビットも変わりません。

# %% setup

# %% load-title [markdown]
# [en]
# ## Load it as always
#
# Put any model's name in place of `name`, such as `"meta-llama/Llama-3.2-1B-Instruct"` (you accept its licence on the Hub once and log in). With a GPU, halve the memory and let `accelerate` place the layers:
#
# ```python
# model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float16, device_map="auto")
# ```
#
# - `float16` and `bfloat16` take 2 bytes a number instead of 4. On a CPU stay with `float32`, which is faster there.
# - `device_map="auto"` fills the GPUs first, then the main memory; `"cpu"` or `"cuda:0"` puts everything in one place.
# [ja]
# ## いつものように読み込む
#
# `name` を好きなモデルの名前に置き換えられます。たとえば `"meta-llama/Llama-3.2-1B-Instruct"` です（最初に一度、Hub でライセンスに同意してログインする必要があります）。GPU があれば、メモリを半分に抑え、層の配置を `accelerate` に任せられます。
#
# ```python
# model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float16, device_map="auto")
# ```
#
# - `float16` と `bfloat16` は 1 個の数値が 4 バイトではなく 2 バイトで済みます。CPU では `float32` のままのほうが速く動きます。
# - `device_map="auto"` は、まず GPU、次にメインメモリの順に割り当てます。`"cpu"` や `"cuda:0"` とすると、すべてを 1 か所に置きます。

# %% load
from IPython.display import display
from transformers import AutoModelForCausalLM, AutoTokenizer

from llmwidgets import BeamTree, ModelSession, NextTokenBar, PipelineStrip, SamplerSlider, TokenView, show
from llmwidgets.assets import default_model

name = default_model().path  # or any model's name on the Hub  # [en]
name = default_model().path  # または Hugging Face Hub のモデル名  # [ja]
try:
    model = AutoModelForCausalLM.from_pretrained(name)
except (OSError, RuntimeError):
    # In Colab: Runtime → Change runtime type → T4 GPU, then run all cells again  # [en]
    print("Could not load it. A gated model needs your login; a large one needs a GPU: check the runtime type.")  # [en]
    # Colab なら「ランタイム」→「ランタイムのタイプを変更」→「T4 GPU」を選び、すべてのセルを実行し直す  # [ja]
    print("読み込めません。ログインか GPU が必要なのかもしれません。ランタイムのタイプを確認しましょう。")  # [ja]
    raise
tokenizer = AutoTokenizer.from_pretrained(name)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token

# %% watch-title [markdown]
# [en]
# ## Watch it
#
# From here on, whatever any cell does with the model is shown below this one.
# [ja]
# ## 観察を始める
#
# これ以降、どのセルがモデルを使っても、下のビューに表示されます。

# %% watch
session = ModelSession.watch(model, tokenizer)
display(TokenView(session), NextTokenBar(session, k=8), SamplerSlider(session), PipelineStrip(session))

# %% generate-title [markdown]
# [en]
# ## Run `model.generate`
#
# Press Stop while it runs, and it ends at the next token. The sampler shows the settings that `generate` really uses.
# [ja]
# ## `model.generate` を動かす
#
# 実行中に「停止」を押すと、次のトークンで終わります。サンプラーには、`generate` が実際に使う設定が表示されます。

# %% generate
inputs = tokenizer("The capital of France is", return_tensors="pt").to(model.device)
output = model.generate(**inputs, max_new_tokens=40, do_sample=True, temperature=0.8, top_p=0.9)
print(tokenizer.decode(output[0]))

# %% loop-title [markdown]
# [en]
# ## In a loop of your own
#
# Each call of `model(...)` is seen as well. `show` shows what you have in hand. The text is the Japanese for "Once upon a time, in a certain place": watch the bytes.
# [ja]
# ## 自分のループで
#
# `model(...)` の呼び出しも、1 回ずつ見えます。手元の `logits` は `show` で表示できます。

# %% loop
import torch

ids = tokenizer("むかしむかし、あるところに", return_tensors="pt").input_ids.to(model.device)
for _ in range(8):
    with torch.no_grad():
        logits = model(ids).logits[:, -1]
    ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], dim=1)
show(logits)

# %% beams-title [markdown]
# [en]
# ## Beam search
#
# Greedy choice takes the best next token, which need not lead to the best text. Beam search keeps several beginnings alive. Which beams lived, which were pruned, and why?
# [ja]
# ## ビームサーチ
#
# その場で最良のトークンを選び続けても、全体として最良の文章になるとは限りません。ビームサーチは、複数の書きかけを同時に残します。どのビームが残り、どれが、なぜ捨てられたのでしょうか。

# %% beams
display(BeamTree(session))
output = model.generate(**inputs, max_new_tokens=12, num_beams=4, num_return_sequences=2)
print(*tokenizer.batch_decode(output), sep="\n")

# %% summary [markdown]
# [en]
# ## In short
#
# - `ModelSession.watch(model, tokenizer)` shows what your code does, and changes nothing.
# - `show(x)` shows whatever you have in hand: logits, ids, vectors, a whole model output.
# - `session.unwatch()` ends it. The exercises below go on watching.
# [ja]
# ## まとめ
#
# - `ModelSession.watch(model, tokenizer)` は、自分のコードがしていることを、何も変えずに見せてくれます。
# - `show(x)` は、ロジット、ID、ベクトル、モデルの出力など、手元にあるものを何でも表示します。
# - 観察は `session.unwatch()` で終わります。下の演習の間は、そのまま続けます。

# %% exercises

# %% title [markdown]
# [en]
# # 4. Sampling
#
# **In this notebook**: the model gives probabilities; the *sampler* decides. The same model is dull or wild depending on three or four settings, and here you see what each does.
#
# Moving a slider needs neither the model nor the kernel.
# [ja]
# # 4. サンプリング
#
# **このノートブックで学ぶこと**：モデルが与えるのは確率までで、決めるのは**サンプラー**です。同じモデルでも、三つか四つの設定次第で退屈にも突飛にもなります。それぞれの設定が何をしているのかを見ます。
#
# スライダーを動かしても、モデルは計算し直しません。

# %% setup

# %% load
from llmwidgets import ModelSession, NextTokenBar, Sampler, SamplerSlider

session = ModelSession(text="The capital of France is")
NextTokenBar(session)

# %% sampler-title [markdown]
# [en]
# ## The sampler
#
# - **temperature** divides the logits: below 1 the likely becomes likelier, above 1 all come closer together. At 0 it is the greedy choice.
# - **top-k** keeps the k most probable tokens.
# - **top-p** keeps the most probable tokens that together reach the probability p, the one that crosses it included.
#
# How many tokens and how much probability does each stage leave? Under "Other engines" the same settings give other results, since their order differs.
# [ja]
# ## サンプラー
#
# - **temperature（温度）** はロジットを割る数です。1 より小さいと確率の高いものがさらに高くなり、1 より大きいと差が縮まります。0 なら常に最大のものを選びます（貪欲法）。
# - **top-k** は、確率の高い順に k 個だけを残します。
# - **top-p** は、確率の高い順に足していき、合計が p に達するまでを残します。p をまたぐトークンも残ります。
#
# 各段階のあとに、いくつのトークンと、どれだけの確率が残るでしょうか。「他の推論エンジン」では、同じ設定でも順序によって結果が変わることが分かります。

# %% sampler
session.sampler = Sampler(temperature=1.5, top_k=50, top_p=0.9, seed=42)
SamplerSlider(session)

# %% apply
filtered = session.sampler.apply(session.distribution.logits)
for stage in filtered.stages:
    name, left, removed = f"{stage.name:12}", f"{stage.left:6,}", f"{stage.mass_removed:7.2%}"
    print(f"{name} leaves {left} tokens, removes {removed} of the probability")  # [en]
    print(f"{name} 残り {left} トークン、{removed} の確率を除く")  # [ja]

# %% present [markdown]
# [en]
# **For whoever teaches**: this puts both pictures before the class in large type; move the sliders there. **R** brings text and sampler back to how they are now, and draws begin
# anew at the seed; **Escape** leaves.
#
# ```python
# from llmwidgets import present
#
# present([NextTokenBar(session), SamplerSlider(session)])
# ```
# [ja]
# **教える人へ**：新しいセルで次のように書くと、二つのビューを大きな文字で並べて、その場でスライダーを動かせます。**R** キーでテキストとサンプラーが今の状態に戻り、乱数もシードからやり直します。**Esc** キーで終わります。
#
# ```python
# from llmwidgets import present
#
# present([NextTokenBar(session), SamplerSlider(session)])
# ```

# %% temperature-title [markdown]
# [en]
# ## Temperature in numbers
#
# $$p_i = \frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}$$
#
# **Predict**: at which temperature is " Paris" no longer the sure answer? How many tokens does top-p 0.9 keep then?
# [ja]
# ## 温度を数値で見る
#
# $$p_i = \frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}$$
#
# **予想しましょう**：“ Paris” が確実な答えでなくなるのは、温度がどのくらいのときでしょうか。そのとき top-p 0.9 はいくつのトークンを残すでしょうか。

# %% temperatures
import numpy as np

logits = session.distribution.logits.astype(np.float64)
for temperature in (0.5, 1.0, 1.5, 2.0, 5.0):
    weights = np.exp((logits - logits.max()) / temperature)  # less the maximum: exp overflows otherwise  # [en]
    weights = np.exp((logits - logits.max()) / temperature)  # 最大値を引かないと exp が桁あふれする  # [ja]
    paris = weights.max() / weights.sum()
    kept = len(Sampler(temperature=temperature, top_p=0.9).apply(session.distribution.logits).kept)
    print(f"T = {temperature:.1f}   Paris {paris:7.2%}   top-p 0.9 keeps {kept:6,}")  # [en]
    print(f"T = {temperature:.1f}  Paris {paris:7.2%}  top-p 0.9 の残り {kept:6,}")  # [ja]

# %% draws-title [markdown]
# [en]
# ## A thousand draws
#
# With more draws the shares come closer to the probabilities: the law of large numbers. The same seed gives the same draws.
# [ja]
# ## 1,000 回引く
#
# 回数を増やすと、割合は理論上の確率に近づきます（大数の法則）。シードが同じなら、結果も同じです。

# %% draws
drawn = session.sample(n=1000)
print(drawn)

# %% own-title [markdown]
# [en]
# ## In your own `model.generate`
#
# The same settings for your own code: both lines are the same text, token by token.
# [ja]
# ## 自分の `model.generate` で
#
# 同じ設定を、自分のコードでも使えます。2 行は 1 トークンずつ同じ文章になります。

# %% generate
import torch

inputs = session.tokenizer(session.text, return_tensors="pt").to(session.model.device)
torch.manual_seed(42)
output = session.model.generate(**inputs, max_new_tokens=12, **session.sampler.generate_kwargs())
print(session.tokenizer.decode(output[0]))
print(session.text + session.generate(12).text)

# %% forks-title [markdown]
# [en]
# ## Another way
#
# Each generated token had alternatives. Put another one in, here or in the picture above: the way forks, and the old one stays. One token early on can change the whole text.
# [ja]
# ## 別の道
#
# 生成された各トークンには、ほかの候補がありました。上のビューで別の候補を選ぶと道が分かれ、元の道も残ります。初めのほうの 1 トークンで、文章全体が変わることもあります。

# %% forks
choice = session.choices[1]
for token, probability in zip(choice.ids[:4], choice.probabilities):
    print(f"{probability:7.2%}  {session.describe([token]).pieces[0]!r}")
other = next(token for token in choice.ids if token != choice.token)
session.fork(choice.index, other)
session.generate(8, stop=".")
print(session.text)
print(session.forks)

# %% predict-title [markdown]
# [en]
# ## Guess first
#
# Guess the next token before the bars are shown; the view keeps the score. Against a class of people, who is the better predictor? Go on for a few tokens. (Then try a text in Japanese, of which this model says bytes alone: what does
# the view make of a guess there?)
# [ja]
# ## 先に当ててみる
#
# モデルの予測を見る前に、次のトークンを当ててみましょう。得点はビューが数えます。人間とモデルでは、どちらがうまく予測できるでしょうか。
# 何トークンか続けてみましょう。（このモデルは日本語の文字をバイトの断片で予測するので、英語の文で試します。日本語の文に変えると、ビューは予想をどう判定するでしょうか。）

# %% predict
story = session.beside("My mother cooks breakfast in the")
quiz = NextTokenBar(story, predict=True)
quiz

# %% score
print(quiz.score)

# %% against-title [markdown]
# [en]
# ## Two contexts
#
# Another context, another distribution. KL divergence measures how far apart they are, and it has a direction.
# [ja]
# ## 二つの文脈
#
# 同じモデルでも、文脈が変われば分布が変わります。違いの大きさは KL ダイバージェンスで測れます。測る向きによって値が変わることにも注意しましょう。

# %% against
session.text = "The capital of France is"
both = NextTokenBar(session, against="The capital of Japan is")
both

# %% kl
print(f"KL = {both.comparison.kl:.3f} nats, and back {both.comparison.kl_back:.3f} nats")  # [en]
print(f"KL = {both.comparison.kl:.3f} nat、逆向きは {both.comparison.kl_back:.3f} nat")  # [ja]

# %% own-logits-title [markdown]
# [en]
# ## Logits of your own
#
# Logits, or a model's output, just as they are. And a toy vocabulary of seven, small enough to check on paper.
# [ja]
# ## 自分のロジット
#
# 手元の `logits` やモデルの出力も、そのまま見られます。最後の例は語彙が 7 個だけなので、紙の上でも計算できます。

# %% own-logits
with torch.no_grad():
    output = session.model(**inputs)
NextTokenBar(output, tokenizer=session.tokenizer, input_ids=inputs)

# %% toy
toy = NextTokenBar([3.0, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0])
toy.session.sampler = Sampler(temperature=2.0, top_p=0.9)
toy

# %% toy-sampler
SamplerSlider(toy.session)

# %% take-home-title [markdown]
# [en]
# ## To take home
#
# The views of this session as one HTML file: open it in any browser, without network, kernel or model. The sliders go on working.
# [ja]
# ## 持ち帰る
#
# このセッションのビューを 1 つの HTML ファイルにします。ネットワークもカーネルもモデルもなしに、どのブラウザでも開けます。スライダーはそのまま動きます。

# %% take-home
session.export("sampling.html", title="Sampling")  # [en]
session.export("sampling.html", title="サンプリング")  # [ja]

# %% summary [markdown]
# [en]
# ## In short
#
# - The model gives the distribution; temperature, top-k and top-p change it; chance draws from what is left.
# - Low temperature: safe, repetitive. High: varied, soon senseless. Top-p adapts to how sure the model is, top-k does not.
# - A seed makes chance repeatable.
# [ja]
# ## まとめ
#
# - モデルが分布を与え、温度、top-k、top-p がそれを変え、残ったものから乱数で選びます。
# - 温度が低いと無難で単調になり、高いと多彩になりますが、すぐに意味をなさなくなります。top-p はモデルの自信に応じて残す数を変えますが、top-k は変えません。
# - シードを決めれば、乱数による結果も再現できます。

# %% exercises

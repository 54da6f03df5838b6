# %% title [markdown]
# [en]
# # 3. The pipeline of a language model
#
# **In this notebook**: the five stages from text to text, each as a picture that you can touch and as the few lines of code behind it.
#
# **text → tokens → vectors → probabilities → sample → text**
#
# All views show one and the same text. Change something in one of them and every other view moves.
# [ja]
# # 3. 言語モデルのパイプライン
#
# **このノートブックで学ぶこと**：テキストからテキストまでの五つの段階を、触れる図と、その裏側にある数行のコードの両方で見ます。
#
# **テキスト → トークン → ベクトル → 確率分布 → サンプル → テキスト**
#
# すべてのビューは同じ一つのテキストを示しています。どれか一つで何かを変えると、ほかのすべてのビューが動きます。

# %% setup

# %% load
from llmwidgets import EmbeddingMap, ModelSession, NextTokenBar, Sampler, SamplerSlider, TokenView

session = ModelSession()  # with objects of your own: ModelSession(model, tokenizer)  # [en]
session = ModelSession()  # 手元のモデルを使うなら ModelSession(model, tokenizer)  # [ja]
print(session)

# %% tokenize [markdown]
# [en]
# ## 1. Tokenize: text to numbers
#
# Edit the text. A space belongs to the token after it. A Japanese character can be several tokens; then its bytes are shown. Click a token, and the model looks
# from there.
# [ja]
# ## 1. トークン化：テキストを番号に
#
# テキストを書き換えてみましょう。空白は次のトークンに付きます。日本語の 1 文字は複数のトークンに分かれることがあり、そのときはバイトで示します。
# トークンをクリックすると、モデルがそこから先を予測します。

# %% token-view
session.text = """You are a pirate chatbot who always responds in pirate speak!
User: Who are you?
Assistant:"""

TokenView(session)

# %% ids
print(len(session.tokens), "tokens")  # [en]
print(len(session.tokens), "トークン")  # [ja]
for token, piece in zip(session.tokens.ids, session.tokens.pieces):
    print(f"{token:6d} -> {piece!r}")

# %% ids-note [markdown]
# [en]
# What can be seen: " chatbot" is two tokens, " chat" and "bot"; " are" and " pirate" begin with their space; "You" and " you" are different numbers. Many models, such as
# Llama 3, put a begin-of-text token in front (`<|begin_of_text|>`, 128000); this one does not.
#
# **By hand**, with the model's own tokenizer from `transformers`:
# [ja]
# 観察できること：“ chatbot” は “ chat” と “bot” の二つのトークンです。“ are” や “ pirate” は空白から始まります。“You” と “ you” は別の番号です。Llama 3 のように
# 文頭トークン（`<|begin_of_text|>`、128000）を先頭に付けるモデルも多くありますが、このモデルは付けません。
#
# **手で書くと**（`transformers` にある、このモデルのトークナイザーを使います）：

# %% hand-tokenize tags="local"
tokenizer, model = session.tokenizer, session.model
inputs = tokenizer(session.text, return_tensors="pt").to(model.device)
print(inputs.input_ids)
print("as in the view:", inputs.input_ids[0].tolist() == session.tokens.ids.tolist())  # [en]
print("ビューと同じ：", inputs.input_ids[0].tolist() == session.tokens.ids.tolist())  # [ja]

# %% embed [markdown]
# [en]
# ## 2. Embed: numbers to vectors
#
# Each ID picks one row of the embedding matrix, a vector of 576 numbers. The number itself means nothing; the vector is what the model has learned about the token.
# [ja]
# ## 2. 埋め込み：番号をベクトルに
#
# ID は埋め込み行列の行番号で、それぞれ 576 個の数からなるベクトルになります。番号そのものに意味はありません。モデルがそのトークンについて学んだことは、ベクトルのほうに入っています。

# %% vectors
vectors = session.embed_tokens(session.tokens.ids)
print(vectors.shape, "(tokens, dimensions)")  # [en]
print(vectors.shape, "(トークン, 次元)")  # [ja]
print(vectors[0, :10])

# %% hand-embed-note [markdown]
# [en]
# **By hand**: a look into a table. There is one more axis in front, the batch: models take several texts at once.
# [ja]
# **手で書くと**：表を引くだけです。先頭に一つ多い軸はバッチで、モデルは複数のテキストをまとめて受け取ります。

# %% hand-embed tags="local"
import torch

with torch.no_grad():
    embedded = model.get_input_embeddings()(inputs.input_ids)
print(tuple(embedded.shape), "(batch, tokens, dimensions)")  # [en]
print(tuple(embedded.shape), "(バッチ, トークン, 次元)")  # [ja]
print(embedded[0, 0, :10])

# %% infer [markdown]
# [en]
# ## 3. Infer: vectors to probabilities
#
# Thirty blocks of attention and feed-forward layers turn the vectors into one number for each token of the vocabulary, its *logit*; softmax turns the logits into
# probabilities. Click a bar to append its token.
# [ja]
# ## 3. 推論：ベクトルを確率分布に
#
# アテンションとフィードフォワード層からなる 30 個のブロックを通ると、語彙のすべてのトークンに一つずつ数値（**ロジット**）が得られ、ソフトマックス関数がそれを確率に変えます。
# 棒をクリックすると、そのトークンが続きます。

# %% next-token-bar
NextTokenBar(session, k=10)

# %% top
for candidate in session.distribution.top(10):
    print(f"{candidate.id:6d}  {candidate.probability:7.3%}  {candidate.piece!r}")

# %% hand-infer-note [markdown]
# [en]
# **By hand**: there are logits behind *every* token of the text; the next one is decided behind the last.
# [ja]
# **手で書くと**：ロジットはテキストの**すべての**位置で得られます。次のトークンを決めるのは、最後の位置のロジットです。

# %% hand-infer tags="local"
with torch.no_grad():
    logits = model(**inputs).logits
print(tuple(logits.shape), "(batch, tokens, vocabulary)")  # [en]
print(tuple(logits.shape), "(バッチ, トークン, 語彙)")  # [ja]
probabilities = torch.softmax(logits[0, -1], dim=-1)
print("they add up to", round(probabilities.sum().item(), 4))  # [en]
print("確率の合計", round(probabilities.sum().item(), 4))  # [ja]
for probability, token in zip(*probabilities.topk(10)):
    print(f"{token:6d}  {probability:7.3%}  {tokenizer.decode(token)!r}")

# %% attention-note [markdown]
# [en]
# **What the last token attends to**: in each block every token gathers from those before it, by weights that add up to 1. A token that finds nothing to gather looks at the
# first one, which therefore gets much and says little. Choose "attention" among the colours of the view above, then click a token, a layer and a head.
# [ja]
# **最後のトークンは何に注意を向けるか**：各ブロックでは、どのトークンも自分より前のトークンから情報を集めます。その重みの合計は 1 です。集めるものがないトークンは先頭のトークンを見るため、
# 先頭には大きな重みが集まりますが、そこに大した意味はありません。上のビューの色分けで「アテンション」を選び、トークン、層、ヘッドを選んでみましょう。

# %% attention tags="local"
weights = session.attentions
print(weights.shape, "(layers, heads, tokens, tokens)")  # [en]
print(weights.shape, "(層, ヘッド, トークン, トークン)")  # [ja]
last = weights[:, :, -1].mean((0, 1))
for place in (-last).argsort()[:5]:
    print(f"{last[place]:7.3%}  {session.tokens.pieces[place]!r}")

# %% sample [markdown]
# [en]
# ## 4. Sample: probabilities to one token
#
# Move a slider: the bars above follow at once, without the model. (Notebook 4 is about nothing else.)
# [ja]
# ## 4. サンプリング：確率分布から 1 トークンを選ぶ
#
# スライダーを動かすと、上の棒グラフがすぐに変わります。モデルは計算し直しません（詳しくはノートブック 4 で扱います）。

# %% sampler-slider
session.sampler = Sampler(temperature=0.8, top_p=0.95, seed=0)

SamplerSlider(session)

# %% draws
greedy = session.distribution.top(1)[0]
print("greedy:", repr(greedy.piece))  # [en]
print("貪欲法：", repr(greedy.piece))  # [ja]
for candidate, count in session.sample(n=1000)[:5]:
    print(f"{count:4d} of 1000  {candidate.piece!r}")  # [en]
    print(f"{count:4d} 回（1000 回中）  {candidate.piece!r}")  # [ja]

# %% hand-sample-note [markdown]
# [en]
# **By hand**: one draw by chance beside the greedy choice. Run it several times: which of the two changes?
# [ja]
# **手で書くと**：確率に従って 1 回引いた結果と、最大のものを選んだ結果（貪欲法）です。何度か実行してみましょう。変わるのはどちらでしょうか。

# %% hand-sample tags="local"
drawn_token = torch.multinomial(probabilities, num_samples=1)
greedy_token = probabilities.argmax()
print("drawn: ", drawn_token.item(), repr(tokenizer.decode(drawn_token)))  # [en]
print("greedy:", greedy_token.item(), repr(tokenizer.decode(greedy_token)))  # [en]
print("抽選：  ", drawn_token.item(), repr(tokenizer.decode(drawn_token)))  # [ja]
print("貪欲法：", greedy_token.item(), repr(tokenizer.decode(greedy_token)))  # [ja]

# %% detokenize [markdown]
# [en]
# ## 5. Detokenize: the token to text, and on
#
# Draw one token and append it (`step`). Repeat that (`generate`), and the model writes.
# [ja]
# ## 5. 復号：トークンをテキストに戻して、続ける
#
# 1 つ引いて、後ろに付けます（`step`）。それを繰り返せば（`generate`）、モデルが文章を書きます。

# %% step
drawn = session.step()
print(drawn.id, "->", repr(drawn.piece))

# %% generate
session.generate(max_new_tokens=24)

# %% hand-loop-note [markdown]
# [en]
# **By hand**, the whole pipeline in one loop. It takes the greedy choice, so that it gives the same text every time. This is the heart of every text generator.
# [ja]
# **手で書くと**、パイプライン全体が一つのループになります。貪欲法で選ぶので、毎回同じ文章になります。あらゆる文章生成の心臓部が、この数行です。

# %% hand-loop tags="local"
ids = inputs.input_ids
for _ in range(16):
    with torch.no_grad():
        logits = model(ids).logits[:, -1]
    ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], dim=1)
print(tokenizer.decode(ids[0]))

# %% geometry [markdown]
# [en]
# ## And: the geometry of vectors
#
# Vectors have directions, and similar words lie close together. Each word here is the mean of its tokens' embeddings. Which word will be nearest to "quick"? Add words of your own.
# [ja]
# ## おまけ：ベクトルの幾何
#
# ベクトルには向きがあり、似た単語は近くに集まります。ここでは各単語を、そのトークンの埋め込みの平均で表します。“quick” にいちばん近いのはどの単語でしょうか。
# 好きな単語も足してみましょう。

# %% embedding-map
words = EmbeddingMap(session, words=["quick", "fast", "slow", "king", "queen", "man", "woman"])
words

# %% similar
for label, cosine in words.neighbors("quick", k=6):
    print(f"{cosine:6.3f}  {label}")

# %% summary [markdown]
# [en]
# ## In short
#
# 1. **Tokenize**: text → IDs `(batch, tokens)`, by hand `tokenizer(text)`
# 2. **Embed**: IDs → vectors `(batch, tokens, dimensions)`, by hand `model.get_input_embeddings()(ids)`
# 3. **Infer**: vectors → logits `(batch, tokens, vocabulary)`, by hand `model(ids).logits`
# 4. **Sample**: the last position's logits → one ID, by hand `multinomial` or `argmax`
# 5. **Detokenize**: ID → text, by hand `tokenizer.decode(id)`
# [ja]
# ## まとめ
#
# 1. **トークン化**：テキスト → ID `(バッチ, トークン)`。手で書くと `tokenizer(text)`
# 2. **埋め込み**：ID → ベクトル `(バッチ, トークン, 次元)`。手で書くと `model.get_input_embeddings()(ids)`
# 3. **推論**：ベクトル → ロジット `(バッチ, トークン, 語彙)`。手で書くと `model(ids).logits`
# 4. **サンプリング**：最後の位置のロジット → ID 1 個。手で書くと `multinomial` または `argmax`
# 5. **復号**：ID → テキスト。手で書くと `tokenizer.decode(id)`

# %% exercises

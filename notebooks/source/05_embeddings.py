# %% title [markdown]
# [en]
# # 5. Embeddings
#
# **In this notebook**: to a model a word is a direction in a space of hundreds of dimensions. What does a picture of two of them show, and what does it lose?
# [ja]
# # 5. 埋め込み
#
# **このノートブックで学ぶこと**：モデルにとって、単語とは数百次元の空間の中の**向き**です。それを 2 次元の図に写すと、何が見えて、何が失われるでしょうか。

# %% setup

# %% load
from llmwidgets import EmbeddingMap, ModelSession, TokenView

session = ModelSession()
print(session)

# %% words-title [markdown]
# [en]
# ## 1. Words
#
# Each word is the mean of its tokens' input embeddings. The space belongs to the token after it, so that a word inside a sentence begins with one (`leading_space`).
#
# **Predict**: which of the six is nearest to "quick"? Is "slow", its opposite, near or far?
# [ja]
# ## 1. 単語
#
# 各単語のベクトルは、その単語のトークンの埋め込みの平均です。空白は次のトークンに付くため、文の中の単語は空白から始まります（`leading_space`）。
#
# **予想しましょう**：六つのうち “quick” にいちばん近いのはどれでしょうか。反対の意味の “slow” は、近いでしょうか、遠いでしょうか。

# %% words
words = EmbeddingMap(session, words=["quick", "fast", "slow", "king", "queen", "man", "woman"], leading_space=True)
words

# %% cosines
for label, cosine in words.neighbors("quick", k=6):
    print(f"{cosine:6.3f}  {label}")

# %% cosines-note [markdown]
# [en]
# Cosine similarity compares directions: 1 is the same, 0 unrelated. Opposites are often close, since they stand in the same places in sentences.
#
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}$$
# [ja]
# コサイン類似度は向きを比べます。1 なら同じ向き、0 なら無関係です。反意語は文の中で同じような場所に現れるので、しばしば近くなります。
#
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \, \lVert b \rVert}$$

# %% lesson-title [markdown]
# [en]
# ## 2. With padding counted in
#
# A plain `mean(1)` over a padded batch averages padding and begin-of-text as well. How do the similarities change? Which words suffer most?
# [ja]
# ## 2. パディングを含めると
#
# パディングしたバッチを単純に `mean(1)` で平均すると、パディングや文頭のトークンも混ざります。類似度はどう変わるでしょうか。影響がいちばん大きいのはどの単語でしょうか。

# %% lesson
lesson = EmbeddingMap(session, words=["a", "cat", "unbelievable", "pneumonia"], pooling="lesson")
right = EmbeddingMap(session, words=lesson.words)
print("with padding", lesson.similarities.round(2), sep="\n")  # [en]
print("without", right.similarities.round(2), sep="\n")  # [en]
print("パディングを含める", lesson.similarities.round(2), sep="\n")  # [ja]
print("含めない", right.similarities.round(2), sep="\n")  # [ja]

# %% lesson-note [markdown]
# [en]
# Short words are mostly padding, so that they all look alike. Nothing fails and no error appears, which makes this a classic mistake: multiply by the attention mask before you average.
# [ja]
# 短い単語ほど中身の大半がパディングになり、どれも似て見えます。エラーは何も出ないので、よくある間違いです。平均する前に attention mask を掛けましょう。

# %% vocabulary-title [markdown]
# [en]
# ## 3. The whole vocabulary
#
# The words stand on every token of the vocabulary. What a lasso holds is in `ground.selection`.
# [ja]
# ## 3. 語彙全体
#
# 単語の下に、語彙の全トークンを置きます。投げ縄で囲んだものは `ground.selection` で取り出せます。

# %% vocabulary
ground = EmbeddingMap(session, words=["king", "queen", "man", "woman"], vocabulary=True, leading_space=True)
ground

# %% neighbours
print("nearest to ' king' among all tokens:")  # [en]
print("全トークンのうち ' king' に近いもの：")  # [ja]
for label, cosine in ground.neighbors("king", k=8):
    print(f"{cosine:6.3f}  {label!r}")

# %% arithmetic-title [markdown]
# [en]
# ## 4. king − man + woman
#
# Vectors can be added and subtracted; the arrows show the way. Where do you end?
# [ja]
# ## 4. king − man + woman（王 − 男 + 女）
#
# ベクトルは足し引きできます。矢印はその道のりです。行き着く先には、どの単語があるでしょうか。

# %% arithmetic
ground.expression = "king - man + woman"
ground.evaluate("king - man + woman")

# %% yours
ground.evaluate("Paris - France + Japan")

# %% contexts-title [markdown]
# [en]
# ## 5. In context
#
# The input embedding of " bank" is always the same. From layer to layer attention mixes in what stands before it. The same "bank", two meanings: move the slider through the layers, and the two points drift apart.
# [ja]
# ## 5. 文脈の中で
#
# 入力の埋め込みでは、“ bank” のベクトルはいつも同じです。層を進むにつれて、アテンションがそれより前の言葉の情報を混ぜていきます。同じ “bank” でも意味は二つあります。
# 層のスライダーを動かすと、二つの点が離れていきます。

# %% text
session.text = "She sat on the bank of the river. He took his money to the bank."
TokenView(session)

# %% contexts
contexts = EmbeddingMap(session, show="contexts")
contexts

# %% drift
states = session.hidden_states  # (layers, tokens, dimensions)  # [en]
states = session.hidden_states  # (層, トークン, 次元)  # [ja]
pieces = session.tokens.pieces
first, second = (index for index, piece in enumerate(pieces) if piece == " bank")
for layer in (0, 5, 15, len(states) - 1):
    one, other = states[layer, first], states[layer, second]
    cosine = one @ other / (one @ one * (other @ other)) ** 0.5
    print(f"layer {layer:2}: cosine {cosine:.3f}")  # [en]
    print(f"第 {layer:2} 層：コサイン類似度 {cosine:.3f}")  # [ja]

# %% own-title [markdown]
# [en]
# ## 6. Vectors of your own
#
# An array, a tensor, a pandas frame, or a function that turns words into vectors.
# [ja]
# ## 6. 自分のベクトル
#
# 配列、テンソル、pandas のデータフレーム、または単語をベクトルにする関数を渡せます。

# %% own
import numpy as np

points = np.random.default_rng(0).normal(size=(2000, 64)) + np.repeat(np.eye(4, 64) * 6, 500, axis=0)
EmbeddingMap(points, labels=[f"point {index}" for index in range(2000)], values=np.repeat(list("abcd"), 500))


# %% letters
def letters(words):
    """How often each letter of the alphabet occurs."""  # [en]
    """アルファベットの各文字が現れる回数。"""  # [ja]
    return [[word.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for word in words]


EmbeddingMap(words=["listen", "silent", "enlist", "banana", "bandana"], encode=letters)

# %% summary [markdown]
# [en]
# ## In short
#
# - Meaning is direction; cosine compares directions.
# - Average over a word's own tokens alone, with the mask.
# - A picture in two dimensions shows a small part of the whole: below each it is said how much. Trust the neighbours of the full space.
# - Layer by layer the same token takes on the meaning of its context.
# [ja]
# ## まとめ
#
# - 意味は向きで表され、コサイン類似度で比べられます。
# - 平均するのはその単語のトークンだけです。マスクを忘れないようにしましょう。
# - 2 次元の図に写るのは全体のごく一部です（どれだけ写っているかは、図の下に示されます）。近さは、もとの空間での近傍で確かめましょう。
# - 同じトークンのベクトルも、層を進むにつれて文脈の意味を帯びていきます。

# %% exercises

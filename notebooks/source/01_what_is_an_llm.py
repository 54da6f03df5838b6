# %% title [markdown]
# [en]
# # 1. What is a large language model?
#
# **In this notebook**: at its heart a language model answers one single question, *which continuation is natural?*
#
# You will let it judge, judge for yourself first, work out its numbers by hand, and see how writing comes from nothing but that question.
# [ja]
# # 1. 大規模言語モデルとは何か
#
# **このノートブックで学ぶこと**：言語モデルの中心にあるのは、たった一つの問い「**どの続きが自然か**」です。
#
# まず自分で予想し、次にモデルに判定させ、その数値を手計算で確かめます。最後に、文章を書く能力がこの問いだけから生まれることを見ます。

# %% setup

# %% load
from llmwidgets import ContinuationView, ModelSession, NextTokenBar

session = ModelSession()
print(session)

# %% load-note [markdown]
# [en]
# This is SmolLM2, one of the smallest models that can chat: 135 million numbers, which a laptop's processor handles with ease. It has mostly
# read English. The models behind the chat services that you know are hundreds to thousands of times larger, and work in the same way.
# [ja]
# 読み込んだのは SmolLM2 です。会話ができるモデルとしては最小級で、1 億 3,500 万個の数値（パラメータ）からできていて、ノート PC の CPU でも動きます。
# 学習に使われた文章はほとんどが英語です。皆さんが知っているチャットサービスのモデルはこの数百倍から数千倍の大きさですが、仕組みは同じです。

# %% natural-title [markdown]
# [en]
# ## Which continuation is natural?
#
# A story begins. Which of the three goes on most naturally? **Vote first, then run the cell.**
# [ja]
# ## どの続きが自然か
#
# 昔話が始まりました。三つの続きのうち、いちばん自然なのはどれでしょうか。**手を挙げて予想してから、セルを実行しましょう。**

# %% continuations
prompt = "Once upon a time, in a certain place, there lived"  # [en]
prompt = "むかしむかし、あるところに"  # [ja]
candidates = [
    " a graduate student who loves ramen",  # [en]
    " an old man and an old woman",  # [en]
    " a cup of bitter coffee",  # [en]
    "ラーメン大好きな大学院生が",  # [ja]
    "おじいさんとおばあさんが",  # [ja]
    "にがい珈琲が",  # [ja]
]
continuations = ContinuationView(session, prompt, candidates)
continuations

# %% continuations-note [markdown]
# [en]
# - Each candidate is cut into **tokens** (next notebook). The number on a token is its *surprisal* in bits: 1 bit is a coin that was tossed right,
#   10 bits are ten in a row.
# - Type candidates of your own. Which is the most natural that you can find? Which is grammatical, and yet surprises the model?
# - Rank by "per token" instead of "whole". **Does the order stay?**
# - Below them stands what the model itself would write.
# [ja]
# - 候補は**トークン**に分かれています（次のノートブックで学びます）。トークンに付いた数値は「驚きの大きさ」（サプライザル、単位はビット）です。1 ビットはコインの裏表を 1 回当てること、10 ビットは 10 回続けて当てることに相当します。
# - 自分の候補を入力してみましょう。いちばん自然な続きは何でしょうか。文法は正しいのに、モデルが驚く続きは作れるでしょうか。
# - 「順位の基準」を「全体」から「トークン平均」に切り替えてみましょう。**順位は変わらないでしょうか。**
# - 下には、モデル自身が書く続きも表示されます。

# %% scores
ranking = sorted(continuations.scores.items(), key=lambda pair: -pair[1])
for candidate, score in ranking:
    print(f"{score:8.2f}  {candidate}")

# %% present [markdown]
# [en]
# **For whoever teaches**: in a cell of your own, `present` shows a view in type that the last row can read. Press **R**, and the text that you began with is back, however far the
# class has gone; **Escape** leaves.
#
# ```python
# from llmwidgets import present
#
# present(continuations)
# ```
# [ja]
# **教える人へ**：新しいセルで次のように書くと、教室のいちばん後ろからでも読める大きさでビューを表示できます。**R** キーを押すと、どこまで進んでいても始めたときのテキストに戻り、**Esc** キーで終わります。
#
# ```python
# from llmwidgets import present
#
# present(continuations)
# ```

# %% by-hand-title [markdown]
# [en]
# ## The same by hand
#
# The probability of a whole continuation is the product of the probabilities of its tokens, each given everything before it. With $x$ for the prompt:
#
# $$p(t_1 t_2 \dots t_n \mid x) = \prod_{i=1}^{n} p(t_i \mid x, t_1 \dots t_{i-1})$$
#
# Products of many small numbers become unreadable, so we add logarithms instead. −20 means $e^{-20}$: one in about 500 million.
# [ja]
# ## 手計算で確かめる
#
# 続き全体の確率は、トークンごとの確率の積です。それぞれ、それより前のすべてを条件とします。プロンプトを $x$ と書くと、次のようになります。
#
# $$p(t_1 t_2 \dots t_n \mid x) = \prod_{i=1}^{n} p(t_i \mid x, t_1 \dots t_{i-1})$$
#
# 小さな数を何度も掛けると読みにくいので、対数をとって足し算にします。−20 は $e^{-20}$、およそ 5 億分の 1 です。


# %% by-hand
def score_of(prompt, candidate):
    """The sum, and the mean per token, of the log-probabilities of the candidate's tokens."""  # [en]
    """候補のトークンの対数確率の、合計とトークン平均。"""  # [ja]
    whole = session.beside(prompt + candidate)
    start = len(session.tokenizer(prompt)["input_ids"])
    logs = -whole.surprisals[start:]
    return float(logs.sum()), float(logs.mean())


for candidate in candidates:
    total, mean = score_of(prompt, candidate)
    print(f"sum {total:7.2f}   mean {mean:6.2f}   {candidate}")  # [en]
    print(f"合計 {total:7.2f}   平均 {mean:6.2f}   {candidate}")  # [ja]

# %% second-title [markdown]
# [en]
# Now the same in Japanese, of which this model has read very little: "Long, long ago, in a certain place" with the same three candidates.
# [ja]
# 今度は同じ三択を、このモデルが得意な英語で比べます。

# %% second
other_prompt = "むかしむかし、あるところに"  # [en]
other_prompt = "Once upon a time, in a certain place, there lived"  # [ja]
other_candidates = [
    "ラーメン大好きな大学院生が",  # [en]
    "おじいさんとおばあさんが",  # [en]
    "にがい珈琲が",  # [en]
    " a graduate student who loves ramen",  # [ja]
    " an old man and an old woman",  # [ja]
    " a cup of bitter coffee",  # [ja]
]
for candidate in other_candidates:
    total, mean = score_of(other_prompt, candidate)
    print(f"sum {total:7.2f}   mean {mean:6.2f}   {candidate}")  # [en]
    print(f"合計 {total:7.2f}   平均 {mean:6.2f}   {candidate}")  # [ja]

# %% second-note [markdown]
# [en]
# <details><summary><b>What do you see? (open after discussing)</b></summary>
#
# In English the old couple wins by either measure. In Japanese the bitter coffee wins by the sum: not because it is natural, but because it is
# *short*. Each further token multiplies by another number below 1, so that long candidates always lose probability. Per token the old couple
# wins again. **A comparison is fair only between continuations of similar length, or per token, per character, per byte.** And a model
# can only find natural what it has read.
# </details>
# [ja]
# <details><summary><b>何が分かりましたか（話し合ってから開きましょう）</b></summary>
#
# 英語では、どちらの基準でも「おじいさんとおばあさん」が 1 位です。日本語では、合計だと「にがい珈琲が」が 1 位になります。自然だからではなく、**短い**からです。
# トークンが一つ増えるたびに 1 より小さい数を掛けるので、長い候補は必ず不利になります。トークンあたりの平均で比べると、「おじいさんとおばあさん」が 1 位に戻ります。
# **比べるときは、長さをそろえるか、トークン・文字・バイトあたりの平均を使います。** また、モデルが自然だと判断できるのは、学習で読んだものだけです。
# </details>

# %% next-title [markdown]
# [en]
# ## One token at a time
#
# The model never sees whole candidates. Each time, it gives *every* token of its vocabulary, 49,152 of them, a probability of being next.
# Guess the next word before you run the cell.
# [ja]
# ## 1 トークンずつ
#
# モデルは候補全体を一度に見ているわけではありません。毎回、語彙にある 49,152 個の**すべて**のトークンに、次に来る確率を与えます。
# 次の単語を予想してから実行しましょう。

# %% next
session.text = "The capital of France is"
NextTokenBar(session, k=8)

# %% write-title [markdown]
# [en]
# ## To write is to choose, again and again
#
# Append one token, ask again, append the next: that is all that a chat service does when it "writes". Click a bar above to choose
# yourself, or let it run: the picture above moves along, since all of them show the session's one text. (How it chooses is the subject of notebook 4.)
# [ja]
# ## 「書く」とは、選ぶことの繰り返し
#
# 1 トークンを足して、もう一度たずね、また足す。チャットサービスが文章を「書く」とき、していることはこれだけです。上の棒をクリックして自分で選ぶことも、
# 次のセルのように続けて書かせることもできます。ビューはどれもセッションの同じテキストを表示しているので、上の棒グラフもいっしょに動きます（選び方はノートブック 4 で扱います）。

# %% write
from llmwidgets import Sampler

session.text = "Once upon a time, there lived"
session.sampler = Sampler(temperature=0.8, top_p=0.95, seed=0)
session.generate(40)
print(session.text)

# %% true-title [markdown]
# [en]
# ## Natural is not the same as true
#
# What is the capital of Turkey? **Predict** what the model finds more natural.
# [ja]
# ## 「自然」と「正しい」は違う
#
# トルコの首都はどこでしょうか。モデルにとって自然なのはどちらか、**予想**してから実行しましょう。

# %% true
for candidate in (" Ankara", " Istanbul"):
    total, _ = score_of("The capital of Turkey is", candidate)
    print(f"{total:6.2f}  {candidate}")

# %% true-note [markdown]
# [en]
# The capital is Ankara, but far more has been written about Istanbul. The model has no table of facts; it knows what texts usually say. Where the
# natural and the true part, it goes with the natural, and says so fluently: people call it *hallucination*. Larger models have read
# more and are wrong less often. The question that they answer is the same.
# [ja]
# 首都はアンカラですが、イスタンブールについて書かれた文章のほうがずっと多くあります。モデルは事実の表を持っているのではなく、文章がふつうどう続くかを知っているだけです。
# 自然さと正しさが食い違うと、自然なほうを、しかもなめらかに答えます。これが**ハルシネーション**と呼ばれる現象です。大きなモデルは多くを読んでいるぶん間違いは減りますが、
# 答えている問いは同じです。

# %% kinds-title [markdown]
# [en]
# ## Decoders and encoders
#
# | | sees | is trained to | gives | examples |
# |---|---|---|---|---|
# | **decoder** | only what stands to the left | predict the next token | text | GPT, Llama, SmolLM2 |
# | **encoder** | both sides | fill in hidden tokens | features of a text | BERT, RoBERTa |
#
# A decoder writes, because what comes next is all it ever predicts. An encoder reads: it turns a text into vectors, for searching and sorting.
#
# Can we *see* that a decoder looks only to the left? Take "bank", which the words to its right explain. Each token has a vector in the model's last layer;
# compare those of " bank" in the two sentences.
# [ja]
# ## デコーダーとエンコーダー
#
# | | 見えるもの | 学習での課題 | 得られるもの | 例 |
# |---|---|---|---|---|
# | **デコーダー** | 左側（それより前）だけ | 次のトークンを予測する | 文章 | GPT、Llama、SmolLM2 |
# | **エンコーダー** | 左右の両側 | 隠されたトークンを当てる | 文章の特徴 | BERT、RoBERTa |
#
# デコーダーは次に来るものを予測し続けるので、文章を書けます。エンコーダーは文章を読んでベクトルに変え、検索や分類に使われます。
#
# デコーダーが本当に左側しか見ていないことを、**目で**確かめましょう。“bank” の意味（銀行か土手か）が後ろの語で決まる文を二つ用意し、最終層での “ bank” のベクトルを比べます。

# %% left-only
import numpy as np

money = session.beside("The bank raised its interest rates.")
river = session.beside("The bank was covered with grass.")
print(money.tokens.pieces)
print(river.tokens.pieces)
one, other = money.hidden_states[-1], river.hidden_states[-1]
for index in range(4):
    pair = f"{money.tokens.pieces[index]!r:10} {river.tokens.pieces[index]!r:10}"
    print(f"{pair} largest difference: {np.abs(one[index] - other[index]).max():.3f}")  # [en]
    print(f"{pair} 最大の差：{np.abs(one[index] - other[index]).max():.3f}")  # [ja]

# %% left-only-note [markdown]
# [en]
# Up to " bank" the two are **identical**: the decoder has not seen the rest yet. From the first different token on they part. An encoder would
# have given " bank" two different vectors, since it sees both sides. In notebook 5 the disambiguating words come *first*, and then the decoder tells the two banks apart.
# [ja]
# “ bank” までは**完全に同じ**です。デコーダーには、まだ後ろが見えていません。違うトークンが来て、初めて差が生まれます。エンコーダーなら左右の両側が見えるので、“ bank” の
# ベクトルも二つの文で違ったはずです。ノートブック 5 では、手がかりが**前**に来る文を使い、デコーダーが二つの bank を区別する様子を見ます。

# %% summary [markdown]
# [en]
# ## In short
#
# - A language model gives every possible next token a probability: that is what "which continuation is natural?" means.
# - A whole continuation's probability is the product over its tokens; compare like with like.
# - Writing is choosing a token and asking again.
# - Natural is not true.
# [ja]
# ## まとめ
#
# - 言語モデルは、次に来うるすべてのトークンに確率を与えます。「どの続きが自然か」とは、このことです。
# - 続き全体の確率は、トークンごとの確率の積です。長さの違うものをそのまま比べてはいけません。
# - 文章を書くことは、トークンを選んでは、またたずねることの繰り返しです。
# - 自然なことと、正しいことは違います。

# %% exercises

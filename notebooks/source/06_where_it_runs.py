# %% title [markdown]
# [en]
# # 6. Where it runs, and what it costs
#
# **In this notebook**: the same cells run on a machine of your own, on a rented GPU and behind an API. What changes is what you get to see, and the bill.
# [ja]
# # 6. どこで動かすか、いくらかかるか
#
# **このノートブックで学ぶこと**：同じセルが、手元のマシンでも、借りた GPU でも、API の向こう側でも動きます。変わるのは、見えるものと、費用です。

# %% setup

# %% forms [markdown]
# [en]
# ## Three forms of execution
#
# | form | examples | what you hold | paid for |
# |---|---|---|---|
# | **a GPU of your own** | a server in the laboratory | the weights, everything | once, and power |
# | **a rented GPU** | AWS, Google Cloud, a supercomputer, Colab | the weights, everything | by the hour |
# | **an API** | OpenAI, Azure OpenAI, Gemini, Claude; Hugging Face Inference Providers | text in, text out, some probabilities | by the token |
#
# **Open** models (Llama, Mistral, gpt-oss, llm-jp) can be had in all three forms; **closed** ones through an API only. An open model behind an API is a form, too.
# [ja]
# ## 三つの実行形態
#
# | 形態 | 例 | 手元にあるもの | 支払い |
# |---|---|---|---|
# | **自前の GPU** | 研究室のサーバー | 重みを含むすべて | 購入時と電気代 |
# | **借りた GPU** | AWS、Google Cloud、スーパーコンピューター、Colab | 重みを含むすべて | 時間ごと |
# | **API** | OpenAI、Azure OpenAI、Gemini、Claude、Hugging Face Inference Providers | 入出力のテキストと、一部の確率 | トークンごと |
#
# **オープンな**モデル（Llama、Mistral、gpt-oss、llm-jp）はどの形態でも使えます。**クローズドな**モデルは API だけです。オープンなモデルを API で使うこともできます。

# %% load
from llmwidgets import CapabilityCard, CostView, ModelSession, NextTokenBar

session = ModelSession(text="The capital of France is")
print(session)

# %% line-title [markdown]
# [en]
# ## One line decides
#
# Arrange code so that the form is decided in one place. Everything in these notebooks works on a `session`, and only the line that makes it says where the model runs:
#
# ```python
# session = ModelSession("meta-llama/Llama-3.2-1B-Instruct", device_map="auto")     # this machine's GPU, or its CPU
# session = ModelSession.connect("http://server:8000", api_key="ask")               # a server of the laboratory
# session = ModelSession.connect("https://api.openai.com/v1", "gpt-4o-mini", api_key="ask")
# ```
#
# `api_key="ask"` asks for the key unseen. **Never write a key into a notebook**: notebooks are handed on.
# [ja]
# ## 切り替えは 1 行で
#
# どこで動かすかは、コードの 1 か所だけで決まるようにしておきましょう。このノートブック集ではすべてが `session` を通るので、モデルの場所を知っているのは次の 1 行だけです。
#
# ```python
# session = ModelSession("meta-llama/Llama-3.2-1B-Instruct", device_map="auto")     # このマシンの GPU、なければ CPU
# session = ModelSession.connect("http://server:8000", api_key="ask")               # 研究室のサーバー
# session = ModelSession.connect("https://api.openai.com/v1", "gpt-4o-mini", api_key="ask")
# ```
#
# `api_key="ask"` とすると、画面に表示せずにキーを入力できます。**キーをノートブックに書いてはいけません**。ノートブックは人に渡るものです。

# %% capabilities-title [markdown]
# [en]
# ## What is there to see?
#
# A model on your own machine shows everything. **Predict**: which of these would an API not give?
# [ja]
# ## 何が見えるか
#
# 手元のモデルなら、すべてが見えます。**予想しましょう**：API では手に入らないのはどれでしょうか。

# %% capabilities
CapabilityCard(session)

# %% bar
bar = NextTokenBar(session, k=8)
bar

# %% connect-title [markdown]
# [en]
# ## Move it (optional)
#
# If a server runs on this machine (llama.cpp on port 8080, Ollama on 11434, `llmwidgets serve` on 8000), the session moves there and the views above move along. Where there is none, the cell says so and nothing else happens.
# [ja]
# ## 移してみる（任意）
#
# このマシンでサーバー（llama.cpp はポート 8080、Ollama は 11434、`llmwidgets serve` は 8000）が動いていれば、セッションがそこへ移り、上のビューも付いていきます。なければ、そう表示されるだけで、ほかには何も起こりません。

# %% connect
import os

from llmwidgets import LLMWidgetsError

address = os.environ.get("LLM_SERVER", "http://localhost:8080")
try:
    session.move_to(address, timeout=5, retries=0)
    print(session.capabilities)
except LLMWidgetsError as error:
    print("There is no server, so the model stays here:", error)  # [en]
    print("サーバーがないので、モデルはこのマシンのままです：", error)  # [ja]

# %% memory-title [markdown]
# [en]
# ## Does it fit?
#
# The first question on a GPU of your own. The weights alone need parameters × bytes each; keys and values of the text come on top. A T4 in Colab has about 15 GB. Which of these fit?
# [ja]
# ## メモリに入るか
#
# 自前の GPU で最初に問題になる点です。重みだけで「パラメータ数 × 1 個あたりのバイト数」が必要で、さらにテキストのキーとバリューが加わります。Colab の T4 のメモリは約 15 GB です。入るのはどれでしょうか。

# %% memory
sizes = {"SmolLM2-135M": 134_515_008, "1B": 1e9, "8B": 8e9, "70B": 70e9}
print("GB             float32  float16    4 bit")
for name, parameters in sizes.items():
    print(f"{name:13}", *(f"{parameters * size / 1e9:8.1f}" for size in (4, 2, 0.5)))

# %% cost-title [markdown]
# [en]
# ## What does it cost?
#
# A class of 40, each with ten questions a day. First let the model write something, so that its speed *here* is measured. **No price below is a fact**: examples are marked, and you put in your own.
# [ja]
# ## いくらかかるか
#
# 40 人のクラスで、1 人が 1 日に 10 回質問するとします。まずモデルに少し書かせて、**この環境での**速度を測ります。**下の価格は事実ではありません**。例には印が付いているので、自分で調べた数値に置き換えましょう。

# %% measure
session.generate(32)
print(session.stats)

# %% cost
cost = CostView(session, workload={"students": 40, "requests": 10, "days": 20, "tokens_in": 500, "tokens_out": 300})
cost

# %% costs
for form in ("bought", "rented", "api"):
    print(cost.costs[form])
forms = {"bought": "buying", "rented": "renting", "api": "the API", None: "both alike"}  # [en]
print("cheapest:", forms[cost.costs.cheapest])  # [en]
forms = {"bought": "購入", "rented": "レンタル", "api": "API", None: "どちらも同額"}  # [ja]
print("最も安い形態：", forms[cost.costs.cheapest])  # [ja]

# %% hand-title [markdown]
# [en]
# ### By hand
#
# An API costs requests × tokens × price. Check the number above:
# [ja]
# ### 手で計算する
#
# API の料金は「リクエスト数 × トークン数 × 単価」です。上の数値を確かめましょう。

# %% hand
workload, prices = cost.workload, cost.prices
requests = workload.students * workload.requests * workload.days
api = requests * (workload.tokens_in * prices.api_in + workload.tokens_out * prices.api_out) / 1_000_000
print(f"{requests:,.0f} requests a month, {prices.currency}{api:,.2f}")  # [en]
print(f"{requests:,.0f} リクエスト／月、{prices.currency}{api:,.2f}")  # [ja]

# %% break-even-title [markdown]
# [en]
# ## Where is the break-even?
#
# A GPU costs the same whether it computes or waits; an API costs nothing while nobody asks. So somewhere they cross, unless the GPU is too slow: the speed measured above is that of a CPU, for one request at a time. Let us assume a GPU
# that reads and writes 2,000 tokens a second for many at once. **Predict**: from how many requests a month does it pay to buy one?
# [ja]
# ## 損益分岐点はどこか
#
# GPU は計算していても待っていても費用が変わらず、API は誰も使わなければ無料です。ですから、GPU が遅すぎない限り、どこかで費用が逆転します。上で測った速度は、CPU で 1 件ずつ処理したときのものです。
# ここでは、まとめて処理して毎秒 2,000 トークンを読み書きできる GPU を仮定しましょう。**予想しましょう**：月に何件以上のリクエストがあれば、買うほうが得でしょうか。

# %% break-even
cost.prices = {"bought_tokens_per_second": 2000, "rented_tokens_per_second": 2000}
for pair in cost.break_even:
    stretches = [(f"{float(stretch.start):,.0f}", stretch.cheaper) for stretch in pair.stretches[:3]]
    changes = ", ".join(f"{forms[cheaper]} (from {start})" for start, cheaper in stretches)  # [en]
    changes = "、".join(f"{forms[cheaper]}（{start} から）" for start, cheaper in stretches)  # [ja]
    print(f"{forms[pair.one]} or {forms[pair.other]}: cheaper is {changes}; in requests a month")  # [en]
    print(f"{forms[pair.one]}・{forms[pair.other]}：安いのは {changes}。単位はリクエスト／月")  # [ja]

# %% break-even-note [markdown]
# [en]
# Each further GPU is a step in the cost, so that the order can turn back several times; the first three turns are printed. Now the whole university asks:
# [ja]
# GPU が 1 台増えるたびに費用が階段状に上がるので、順位が何度も入れ替わることがあります（ここでは最初の三つまでを表示しています）。では、大学全体で使うとどうなるでしょうか。

# %% school
cost.workload = {"students": 4000}
crossings = ", ".join(f"{volume:,.0f}" for volume in cost.break_even[1].crossings)
print("cheapest for 4,000 students:", forms[cost.costs.cheapest])  # [en]
print("buying or the API, changes at:", crossings, "requests a month")  # [en]
print("学生 4,000 人で最も安い形態：", forms[cost.costs.cheapest])  # [ja]
print("購入と API が入れ替わるのは", crossings, "リクエスト／月")  # [ja]

# %% summary [markdown]
# [en]
# ## In short
#
# - Three forms, one line of code apart. Decide it in one place.
# - What an API gives is a part: some probabilities, no vectors, no layers.
# - Fixed cost against cost by use: the answer depends on the volume, on the busiest moment, and on prices that change. Calculate with your own.
# - Not in the bill: privacy, licences, staff, and whether the model will still be there next year.
# [ja]
# ## まとめ
#
# - 実行形態は三つあり、違いはコード 1 行です。決める場所を 1 か所にまとめましょう。
# - API から得られるのは一部です。確率は上位だけで、ベクトルや層の中身は見えません。
# - 固定費と従量費のどちらが得かは、利用量、最も混み合う時間帯、そして変わっていく価格で決まります。自分の数値で計算しましょう。
# - 費用のほかに、プライバシー、ライセンス、人手、そのモデルが来年もあるかどうかも考える必要があります。

# %% exercises

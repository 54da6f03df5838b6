# %% title [markdown]
# [en]
# # 2. Tokenizers
#
# **In this notebook**: before a model reads anything, the text is cut into *tokens* and each token becomes a number. Where the cuts fall decides what a model
# sees, what a text costs, and which languages are treated fairly.
#
# Edit the texts, point at tokens, select some with Shift.
# [ja]
# # 2. トークナイザー
#
# **このノートブックで学ぶこと**：モデルが文章を読む前に、文章は**トークン**に区切られ、それぞれが番号になります。どこで区切られるかによって、モデルに見えるもの、
# 料金、そして言語による有利・不利が決まります。
#
# テキストを書き換えたり、トークンにマウスを重ねたり、Shift を押しながら選択したりしてみましょう。

# %% setup

# %% gpt-4o-title [markdown]
# [en]
# ## From text to numbers
#
# This is GPT-4o's own tokenizer. **Before you run the cell**: how many tokens will the sentence have? Will the quotation mark be one of its own?
# [ja]
# ## テキストから番号へ
#
# これは GPT-4o が実際に使っているトークナイザーです。**実行する前に予想しましょう**：この文は何トークンになるでしょうか。引用符は独立したトークンになるでしょうか。

# %% gpt-4o
from llmwidgets import TokenView

view = TokenView('He said, "Replaying the video made me laugh."', tokenizer="gpt-4o")
view

# %% ids
print(view.tokens.ids.tolist())
print("|".join(view.tokens.pieces))

# %% ids-note [markdown]
# [en]
# - A space belongs to the token *behind* it: `·video`, not `video·`.
# - A word can be several tokens: `Re` + `playing`. The quotation mark travels together with its space.
# - A tokenizer needs no GPU and no model, and the same text always gives the same numbers. Edit the text and check.
# [ja]
# - 空白は**後ろの**トークンに付きます。`video␣` ではなく `␣video` です。
# - 一つの単語が複数のトークンになることがあります（`Re` + `playing`）。引用符は、前の空白といっしょに一つのトークンになっています。
# - トークナイザーには GPU もモデルも要らず、同じテキストからは必ず同じ番号が得られます。テキストを書き換えて確かめましょう。

# %% decode-title [markdown]
# [en]
# ## From numbers to text
#
# The way back is a look into a table. IDs can be given as here, or pasted in the picture under "IDs → text".
# [ja]
# ## 番号からテキストへ
#
# 逆向きは、表を引くだけです。ID は次のセルのように渡すことも、ビューの「ID → テキスト」に貼り付けることもできます。

# %% decode
ids = [13684, 52846, 326, 43761, 11, 392, 15390, 17103, 481, 15309, 480, 3692]
decoded = TokenView(ids, tokenizer="gpt-4o")
print(decoded.tokens.text)
decoded

# %% compare-title [markdown]
# [en]
# ## A tokenizer belongs to its model
#
# The same text as three tokenizers cut it, aligned by character: GPT-4o's (200,019 entries), GPT-4's (100,277) and SmolLM2's (49,152). What does Japanese cost
# compared with English? Providers bill by the token.
# [ja]
# ## トークナイザーはモデルの一部
#
# 同じテキストを三つのトークナイザーで区切り、文字の位置をそろえて並べます。GPT-4o（語彙 200,019）、GPT-4（100,277）、SmolLM2（49,152）です。日本語は英語に比べて、
# どれだけ多くのトークンになるでしょうか。API の料金はトークン数で決まります。

# %% compare
from llmwidgets import ModelSession

session = ModelSession()
compared = TokenView(
    "Once upon a time, an old man and an old woman lived in a village.\n"
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。\n"
    "def double(x): return x * 2  # 👩‍🔬 🇯🇵",
    compare=["gpt-4o", "gpt-4", session.tokenizer],
)
compared

# %% languages
names = {"Japanese": "Japanese", "Latin": "Latin letters", "Emoji": "emoji"}  # [en]
names = {"Japanese": "日本語", "Latin": "ラテン文字", "Emoji": "絵文字"}  # [ja]
for language in compared.comparison:
    tokens = "".join(f"{n:7.1f}" for n in language.tokens)
    name = names.get(language.label, language.label)
    print(f"{language.characters:4d} characters, tokens{tokens}  {name}")  # [en]
    print(f"{language.characters:4d} 文字、トークン数{tokens}  {name}")  # [ja]

# %% languages-note [markdown]
# [en]
# Japanese characters come in pieces of one, two or three bytes where the vocabulary has no better; the picture shows these bytes. English costs little more than
# one token a *word*. Japanese costs nearly two tokens a *character* with SmolLM2, and fewer than one with GPT-4o, whose vocabulary has learned Japanese words.
#
# And numbers mean nothing to another tokenizer. SmolLM2's IDs, read by GPT-4o's:
# [ja]
# 語彙に合うものがないとき、日本語の 1 文字は 1～3 バイトずつに分かれ、ビューではそのバイトが示されます。英語は **1 単語**が 1 トークン強で済みます。日本語は、SmolLM2 では **1 文字**が 2 トークン近くになりますが、日本語の単語を語彙に多く持つ GPT-4o では 1 文字あたり 1 トークンを切ります。
#
# また、番号はほかのトークナイザーには通じません。SmolLM2 の ID を GPT-4o のトークナイザーで読むと、次のようになります。

# %% mixed-up
sentence = 'He said, "Replaying the video made me laugh."'
own = session.tokenizer(sentence)["input_ids"]
print(own)
print(repr(session.tokenizer.decode(own)))
print(repr(view.session.tokenizer.decode(own)))

# %% spaces-title [markdown]
# [en]
# ## Spaces, capitals, digits, rare words
#
# Predict for each line: how many tokens, and are any two alike?
# [ja]
# ## 空白、大文字、数字、珍しい単語
#
# 行ごとに予想しましょう。何トークンになるでしょうか。同じ番号になるものはあるでしょうか。

# %% spaces
for word in ("you", " you", "You", "YOU", " chatbot", " 123456", " unbelievable", "犬"):
    tokens = session.word_tokens(word)
    print(f"{word!r:15} {len(tokens)}  {' + '.join(map(repr, tokens.pieces)):32} {tokens.ids.tolist()}")

# %% spaces-note [markdown]
# [en]
# To the model "you", " you", "You" and "YOU" are as different as any other numbers: it has to learn from examples that they are related. In Llama 3 likewise "You" is 2675 and "you" 499.
# Digits one by one are why arithmetic is laborious; letters inside a token are why "how many r in strawberry" is hard.
# [ja]
# モデルにとって “you” と “ you” と “You” と “YOU” は、無関係な別々の番号です。関係があることは、学習で例から知るしかありません。Llama 3 でも “You” は 2675、“you” は 499 と別の番号です。
# 数字が 1 桁ずつに分かれるので計算は手間がかかり、文字がトークンの中に隠れるので「strawberry に r はいくつ？」が難しくなります。

# %% trace-title [markdown]
# [en]
# ## How it came about
#
# Byte-pair encoding starts from single bytes and joins the pair that was learned first, again and again, until no learned pair is left. `rank` is the
# order of learning: frequent pairs come first.
# [ja]
# ## どうしてこう分かれるのか
#
# BPE（バイト対符号化）は 1 バイトずつに分けたところから始め、学習で先に覚えた対を結合することを、結合できる対がなくなるまで繰り返します。出力の「順位」は覚えた順番で、よく現れる対ほど先です。

# %% trace
print(compared.trace("unbelievable", row=1))
print(compared.search("believ"))
print(compared.entry(compared.tokens.ids[0]))

# %% grain-title [markdown]
# [en]
# ## How fine should it be?
#
# Too fine, and sequences grow long while each token says little. Too coarse, and the vocabulary becomes huge and no word may be new. Tokens are the compromise:
# [ja]
# ## どのくらい細かく区切るか
#
# 細かすぎると列が長くなり、1 トークンの持つ意味が薄くなります。粗すぎると語彙が巨大になり、新しい単語を表せません。トークンはその折り合いです。

# %% grain
text = "Tokenization of unbelievable chatbots is unbelievably interesting."
print(f"{len(text.encode()):3d} bytes       of       256 different ones")  # [en]
print(f"{len(text.encode()):3d} バイト      全部で     256 種類")  # [ja]
for name, face in (("SmolLM2", session.tokenizer), ("GPT-4o", "gpt-4o")):
    size = {"SmolLM2": 49_152, "GPT-4o": 200_019}[name]
    count = len(TokenView(text, tokenizer=face).tokens)
    print(f"{count:3d} tokens      of {size:9,} of {name}")  # [en]
    print(f"{count:3d} トークン    全部で {size:7,} 種類、{name}")  # [ja]
print(f"{len(text.split()):3d} words       of millions, and a new one every day")  # [en]
print(f"{len(text.split()):3d} 単語        数百万種類、しかも毎日増える")  # [ja]

# %% batch-title [markdown]
# [en]
# ## Batches and padding
#
# Several texts at once must be equally long, so that short ones are filled up with a *padding* token. The attention mask says which are real. (Forgetting it is a
# classic mistake: notebook 5.)
# [ja]
# ## バッチとパディング
#
# 複数のテキストをまとめて処理するときは長さをそろえる必要があり、短いものは**パディング**トークンで埋めます。本物のトークンはどれかを示すのが attention mask です
# （これを忘れるのはよくある間違いで、ノートブック 5 で扱います）。

# %% batch
tokenizer = session.tokenizer
batch = tokenizer(["The king", "The quick brown fox jumps"], padding=True, return_tensors="pt")
TokenView(batch, tokenizer=tokenizer)

# %% chat-title [markdown]
# [en]
# ## A chat is a text, too
#
# The chat template writes roles and *special tokens* between the messages. What it wrote looks different from what the messages say.
# [ja]
# ## チャットも一つのテキスト
#
# チャットテンプレートは、メッセージの間に役割と**特殊トークン**を書き込みます。テンプレートが書いた部分は、メッセージの文字と区別して示されます。

# %% chat
messages = [
    {"role": "system", "content": "You are a pirate chatbot who always responds in pirate speak!"},
    {"role": "user", "content": "Who are you?"},
]
TokenView(tokenizer=tokenizer, messages=messages)

# %% surprisal-title [markdown]
# [en]
# ## Surprisal
#
# With a model beside the tokenizer, each token can be coloured by how much it surprised the model (−log p, in nats). One of the two sentences is wrong: does the colour show it? (Surprise alone is no error: behind a single "The" any word may come.)
# [ja]
# ## 驚き（サプライザル）
#
# モデルがあれば、各トークンがどれだけ意外だったか（−log p、単位は nat）を色で表せます。二つの文の一方は間違っています。色から分かるでしょうか（驚きが大きいからといって、間違いとは限りません。文頭の “The” の次には何が来てもおかしくありません）。

# %% surprisal
session.text = "The capital of France is Paris. The capital of Japan is Nagoya."
TokenView(session, color_by="surprisal")

# %% surprisals
for piece, surprisal in zip(session.tokens.pieces, session.surprisals):
    print(f"{surprisal:6.2f}  {piece!r}")

# %% summary [markdown]
# [en]
# ## In short
#
# - Text ↔ tokens ↔ IDs: deterministic, on any CPU, and never the same in two models.
# - The space belongs to the token behind it; capitals, digits and rare words make a difference.
# - The same content costs more tokens in Japanese than in English; how many more depends on the tokenizer.
# [ja]
# ## まとめ
#
# - テキスト ↔ トークン ↔ ID の変換は決まった手順で、CPU だけで動き、モデルごとに異なります。
# - 空白は後ろのトークンに付きます。大文字、数字、珍しい単語で区切り方が変わります。
# - 同じ内容でも、日本語は英語より多くのトークンになります。その差はトークナイザーによります。

# %% exercises

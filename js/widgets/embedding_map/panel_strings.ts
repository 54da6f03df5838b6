// The strings of the panels: what the picture hides, a point in full, the heat map, arithmetic, search and what is chosen.
import type { Catalogue } from "../../lib/i18n";

export const panelStrings: Catalogue = {
  en: {
    variance:
      "The {axes} hold {share} % of the variance. Distances that lie in the rest of the {dimensions} dimensions do not show here.",
    "variance.ground":
      "The {axes} hold {share} % of the variance of the ground, and {own} % of that of these points. Distances that lie in the rest of the {dimensions} dimensions do not show here.",
    "variance.alone": "The {axes} hold {share} % of the variance.",
    "variance.all": "The {axes} hold all of the variance of these points.",
    "honest.places":
      "{method} keeps neighbours together: its axes, and the distances between groups, mean nothing.",
    "honest.lost":
      "On average, {lost} of a point’s {counted} nearest in the full space are not near it in the picture.",
    "honest.lost.ground":
      "On average, {lost} ± {spread} of a point’s {counted} nearest in the full space are not near it in the picture (estimated from {sampled} points).",
    "honest.about": "The words’ places are interpolated between the places of their neighbours.",
    "honest.fitted.ground":
      "The picture was fitted on the {count} points of the ground: adding a word moves none of them.",
    "honest.fitted.points": "The picture was fitted on these points: another word moves them all.",
    "honest.norm": "Norms from {low} to {high}.",
    "honest.tied": "Input and output embeddings of this model are one matrix.",
    "honest.served":
      "The server makes these vectors, pooled as it is set there; of its vocabulary there are none, so neighbours are among these points.",
    "honest.untied": "Input and output embeddings of this model are two matrices; the input’s are shown.",

    detail: "The point in full",
    special: "special token",
    id: "ID {id}",
    "id.special": "special token, ID {id}",
    "point.tokens": "tokens",
    "point.norm": "norm",
    "point.nearest": "nearest",
    "point.kind.word": "word",
    "point.kind.token": "token of the text",
    "point.kind.ground": "point of the ground",
    "point.ids": "ID",
    near: "Nearest in the full space ({measure})",
    "near.lost": " – {lost} of the {counted} nearest are not near it in the picture",
    "near.none": " – none of the {counted} nearest is near it in the picture",
    "near.kept": " – all {counted} nearest are near it in the picture too",
    "add.word": "add as a word",
    "add.word.of": "add {word} as a word",

    similarities: "Cosine similarity",
    "similarities.of": "in all {dimensions} dimensions",
    legend: "from −1, opposite, over 0, unrelated, to 1, the same direction",
    sort: "Order of the words",
    "sort.typed": "as typed",
    "sort.alphabet": "alphabetical",
    "sort.grouped": "similar together",
    "sort.like": "by “{word}”",
    "sort.by": "sort by similarity to it",

    arithmetic: "Arithmetic",
    "arithmetic.placeholder": "king - man + woman",
    "arithmetic.hint":
      'Words with + and - between them; a word in quotes keeps its spaces and signs: "x-ray"',
    "arithmetic.work": "Work it out",
    "arithmetic.clear": "Clear the expression",
    "arithmetic.use": "use in the expression",
    "arithmetic.term": "Show this word on the map",
    "arithmetic.nearest": "Nearest to the result ({measure})",
    "arithmetic.own": "with the expression’s own words",
    "arithmetic.space":
      "Words are read as typed. Inside a sentence most begin with a space, and are other tokens.",
    "arithmetic.space.do": "Read them with a space before",
    "arithmetic.no.arrows": "Arrows need axes that are directions: choose PCA.",

    search: "Search",
    "search.label": "Search points by text",
    "search.one": "“{query}” is in one label.",
    "search.all": "“{query}” is in {total} labels.",
    "search.some": "“{query}” is in {total} labels; the {shown} shortest of them are listed.",
    "search.none": "“{query}” is in no label.",
    "search.waiting": "searching…",
    "search.lit": "{lit} are marked in the picture.",
    "search.no.ground": "Show the whole vocabulary to search all tokens.",

    chosen: "Chosen points",
    "chosen.count": "Chosen: {count}",
    "chosen.clear": "clear",
    "chosen.words": "add as words",
    "chosen.more": "and {count} more",
    "chosen.near": "Nearest to their mean",
  },
  ja: {
    variance:
      "この {axes}で分散の {share} % を表しています。{dimensions} 次元の残りの方向の違いは、この図には現れません。",
    "variance.ground":
      "この {axes}で、背景の点の分散の {share} %、ここにある点の分散の {own} % を表しています。{dimensions} 次元の残りの方向の違いは、この図には現れません。",
    "variance.alone": "この {axes}で分散の {share} % を表しています。",
    "variance.all": "この {axes}で、これらの点の分散をすべて表しています。",
    "honest.places":
      "{method} は近い点どうしを近くに置く方法です。軸とグループ間の距離には意味がありません。",
    "honest.lost": "元の空間で最も近い {counted} 個のうち、平均 {lost} 個は、図では近くにありません。",
    "honest.lost.ground":
      "元の空間で最も近い {counted} 個のうち、平均 {lost} ± {spread} 個は、図では近くにありません（{sampled} 個の点からの推定）。",
    "honest.about": "単語の位置は、近い点の位置から補間したおおよそのものです。",
    "honest.fitted.ground": "図の軸は背景の {count} 個の点で決めています。単語を追加しても、点は動きません。",
    "honest.fitted.points": "図の軸はここにある点で決めています。単語を追加すると、すべての点が動きます。",
    "honest.norm": "ノルムは {low} ～ {high} です。",
    "honest.tied": "このモデルの入力埋め込みと出力埋め込みは、同じ行列です。",
    "honest.served":
      "ベクトルはサーバーが作ったものです（平均の取り方はサーバーの設定によります）。語彙全体のベクトルはないため、近い単語はこの地図の点だけから探します。",
    "honest.untied": "このモデルの入力埋め込みと出力埋め込みは、別の行列です。表示しているのは入力側です。",

    detail: "点の詳細",
    special: "特殊トークン",
    id: "ID {id}",
    "id.special": "特殊トークン、ID {id}",
    "point.tokens": "トークン",
    "point.norm": "ノルム",
    "point.nearest": "近いもの",
    "point.kind.word": "単語",
    "point.kind.token": "テキストのトークン",
    "point.kind.ground": "背景の点",
    "point.ids": "ID",
    near: "元の空間で近いもの（{measure}）",
    "near.lost": "：近い {counted} 個のうち {lost} 個は、図では近くにありません",
    "near.none": "：近い {counted} 個は、どれも図では近くにありません",
    "near.kept": "：近い {counted} 個はすべて、図でも近くにあります",
    "add.word": "単語に追加",
    "add.word.of": "「{word}」を単語に追加",

    similarities: "コサイン類似度",
    "similarities.of": "{dimensions} 次元すべてで計算",
    legend: "−1（逆向き）、0（無関係）、1（同じ向き）",
    sort: "単語の並べ方",
    "sort.typed": "入力順",
    "sort.alphabet": "五十音・ABC 順",
    "sort.grouped": "似た単語を隣に",
    "sort.like": "「{word}」に近い順",
    "sort.by": "この単語に近い順に並べます",

    arithmetic: "単語の計算",
    "arithmetic.placeholder": "王様 - 男性 + 女性",
    "arithmetic.hint":
      '単語を + と - でつなぎます。" " で囲むと、空白や記号も単語に含められます（例："x-ray"）',
    "arithmetic.work": "計算する",
    "arithmetic.clear": "式を消す",
    "arithmetic.use": "式に使う",
    "arithmetic.term": "この単語を地図に示します",
    "arithmetic.nearest": "結果に近いもの（{measure}）",
    "arithmetic.own": "式の単語も含める",
    "arithmetic.space":
      "単語は入力どおりに読んでいます。文中の単語の多くは空白で始まり、別のトークンになります。",
    "arithmetic.space.do": "前に空白を付けて読む",
    "arithmetic.no.arrows": "矢印は、軸が方向を表す PCA でだけ表示できます。",

    search: "検索",
    "search.label": "文字列で点を検索",
    "search.one": "「{query}」を含むもの：1 個",
    "search.all": "「{query}」を含むもの：{total} 個",
    "search.some": "「{query}」を含むもの：{total} 個（短いものから {shown} 個を表示）。",
    "search.none": "「{query}」を含むものはありません。",
    "search.waiting": "検索中…",
    "search.lit": "図に印があるのは {lit} 個です。",
    "search.no.ground": "語彙全体を表示すると、すべてのトークンから検索できます。",

    chosen: "選んだ点",
    "chosen.count": "選んだ点：{count} 個",
    "chosen.clear": "選択を解除",
    "chosen.words": "単語に追加",
    "chosen.more": "ほか {count} 個",
    "chosen.near": "平均ベクトルに近いもの",
  },
};

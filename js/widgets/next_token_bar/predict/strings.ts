import type { Catalogue } from "../../../lib/i18n";

export const predictStrings: Catalogue = {
  en: {
    "predict.title": "What comes next?",
    "predict.title.masked": "What stands here?",
    "predict.field": "Your guess",
    "predict.placeholder": "a word, a part of one, or a sign",
    "predict.button": "Guess",
    "predict.hint":
      "The space in front of a word need not be typed. A guess of several tokens counts by its first.",
    "predict.choices": "Give me choices",
    "predict.choices.label": "Choices",
    "predict.skip": "Show without guessing",
    "predict.empty": "Type a guess first.",
    "predict.waiting": "The model is looking at your guess…",
    "predict.stale": "One moment: the numbers for this text are on their way.",
    "predict.generating": "The model is writing.",
    "predict.gone":
      "Without the kernel a guess is judged in the page, among the {count} most probable tokens, and no score is kept.",
    "predict.gone.handout":
      "This page has no model: a guess is judged among the {count} most probable tokens, and no score is kept.",
    "predict.unknown":
      "“{text}” is none of the {count} most probable tokens, and without the kernel no others are known.",
    "predict.unknown.handout":
      "“{text}” is none of the {count} most probable tokens, and this page knows no others.",
    "judged.right": "Right: the model’s first choice.",
    "judged.near": "Close: rank {rank}, among the model’s ten most probable.",
    "judged.far": "Rank {rank} of {count}: not among the model’s ten most probable.",
    "judged.unknown": "Not among the {count} tokens that the server returned: below {most}.",
    "judged.not_returned": "not returned",
    "judged.skipped": "Shown without a guess.",
    "judged.part": "“{text}” is more than one token: its first, {piece}, counts.",
    "judged.open":
      "Not settled: of “{text}” the model has only said {piece} (rank {rank}), and other characters begin with these bytes too.",
    "judged.unkept": "The kernel is gone: this guess is not in the score.",
    "judged.unkept.handout": "This page keeps no score.",
    "judged.guess": "your guess",
    "judged.best": "model’s first choice",
    "judged.came": "what came in the text",
    "judged.came.masked": "what stands in the text",
    "judged.rank": "rank {rank}",
    "score.text":
      "{right} of {total} were the model’s first choice; {near} in its top ten; mean surprisal {value} nats",
    "score.least":
      "{right} of {total} were the model’s first choice; {near} in its top ten; mean surprisal at least {value} nats",
    "score.forget": "New score",
    "next.look": "Next token",
    "next.append": "Append {piece}",
    "next.step": "Draw one by the sampler",
    "next.row": "Next row",
  },
  ja: {
    "predict.title": "次に来るトークンは？",
    "predict.title.masked": "この位置に入るトークンは？",
    "predict.field": "あなたの予想",
    "predict.placeholder": "単語、その一部、または記号",
    "predict.button": "予想する",
    "predict.hint": "単語の前の空白は入力不要です。複数のトークンになる予想は、最初のトークンで判定します。",
    "predict.choices": "選択肢を出す",
    "predict.choices.label": "選択肢",
    "predict.skip": "予想せずに見る",
    "predict.empty": "先に予想を入力してください。",
    "predict.waiting": "予想を判定しています…",
    "predict.stale": "このテキストの確率を計算しています。少しお待ちください。",
    "predict.generating": "モデルが生成中です。",
    "predict.gone":
      "カーネルがないため、確率の高い {count} トークンの範囲でページが判定します。成績は記録されません。",
    "predict.gone.handout":
      "このページにはモデルがないため、確率の高い {count} トークンの範囲で判定します。成績は記録されません。",
    "predict.unknown":
      "「{text}」は確率の高い {count} トークンの中にありません。カーネルがないと、それ以外は判定できません。",
    "predict.unknown.handout":
      "「{text}」は確率の高い {count} トークンの中にありません。それ以外のトークンは、このページにはありません。",
    "judged.right": "正解：モデルの第 1 候補です。",
    "judged.near": "惜しい：{rank} 位。モデルの上位 10 位以内です。",
    "judged.far": "{count} 個中 {rank} 位：モデルの上位 10 位には入っていません。",
    "judged.unknown": "サーバーが返した {count} トークンの中にはありません（確率は {most} 未満）。",
    "judged.not_returned": "返されず",
    "judged.skipped": "予想せずに表示しました。",
    "judged.part": "「{text}」は複数のトークンになるため、最初の {piece} で判定しました。",
    "judged.open":
      "まだ決まりません：モデルが予測するのは「{text}」の最初のバイト {piece}（{rank} 位）までで、ほかの文字もこのバイトで始まります。",
    "judged.unkept": "カーネルがないため、この予想は成績に含まれません。",
    "judged.unkept.handout": "このページでは成績は記録されません。",
    "judged.guess": "あなたの予想",
    "judged.best": "モデルの第 1 候補",
    "judged.came": "テキストで実際に続くトークン",
    "judged.came.masked": "テキストのこの位置にあるトークン",
    "judged.rank": "{rank} 位",
    "score.text":
      "{total} 回中 {right} 回がモデルの第 1 候補、{near} 回が上位 10 位以内、平均サプライザルは {value} nat",
    "score.least":
      "{total} 回中 {right} 回がモデルの第 1 候補、{near} 回が上位 10 位以内、平均サプライザルは {value} nat 以上",
    "score.forget": "成績をリセット",
    "next.look": "次のトークンへ",
    "next.append": "{piece} を追加",
    "next.step": "サンプラーで 1 つ引く",
    "next.row": "次の行へ",
  },
};

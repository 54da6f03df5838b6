// The interface's strings: the ones that several views use are here, each view keeps its own in strings.ts beside it.
import type { ErrorPayload } from "../session/payloads";

export type Language = "en" | "ja";
export type Catalogue = Readonly<Record<Language, Readonly<Record<string, string>>>>;
/** The sentence for a key, its `{names}` filled in; a key that the catalogue lacks is shown as it is. */
export type Translate = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** The language asked for, else the page's, else the browser's. */
export function chooseLanguage(asked: string): Language {
  const candidates = [asked, document.documentElement.lang === "ja" ? "ja" : "", navigator.language];
  return candidates.find((candidate) => candidate !== "")?.startsWith("ja") ? "ja" : "en";
}

export function translator(language: Language, ...catalogues: readonly Catalogue[]): Translate {
  const strings = Object.assign({}, ...[COMMON, ...catalogues].map((catalogue) => catalogue[language]));
  return (key, values = {}) =>
    (strings[key] ?? key).replace(NAMES, (whole: string, name: string) => String(values[name] ?? whole));
}

/** In a page that was handed out, what a notebook would say of its kernel is said by the key's twin, "<key>.handout". */
export function withoutKernel(t: Translate): Translate {
  return (key, values) => {
    const twin = `${key}.handout`;
    const said = t(twin, values);
    return said === twin ? t(key, values) : said;
  };
}

const NAMES = /\{(\w+)\}/g;

/** An error in the reader's language: by its code where the catalogue has it, else in the kernel's own words. */
export function sayError(t: Translate, error: ErrorPayload): { message: string; hint: string } {
  const { code, values } = error;
  const say = (part: "message" | "hint") => {
    const keys = [`error.${code}.${caseOf(error)}.${part}`, `error.${code}.${part}`];
    const key = keys.find((each) => canSay(t, each, values));
    return key === undefined ? error[part] : t(key, values);
  };
  return { message: say("message"), hint: say("hint") };
}

/** What tells the sentences of one code apart. */
function caseOf({ code, values }: ErrorPayload): string {
  if (code === "not_offered") return values.known ? "setting" : String(values.what);
  if (code === "server_busy") return values.seconds ? "seconds" : "";
  return "";
}

/** Whether the catalogue has a sentence for a key, and the kernel told all that it needs. */
export function canSay(t: Translate, key: string, values: ErrorPayload["values"]): boolean {
  const sentence = t(key);
  return sentence !== key && [...sentence.matchAll(NAMES)].every(([, name]) => (name ?? "") in values);
}

export const COMMON: Catalogue = {
  en: {
    tokens: "tokens",
    characters: "characters",
    probability: "probability",
    table: "Table",
    chart: "Chart",
    row: "row",
    "row.of": "of {count}",
    busy: "computing…",
    stale: "computing: these numbers belong to the text before",
    "stale.handout": "These numbers belong to the text before.",
    disconnected: "The kernel is gone. Sliders still work; run the cell again to bring the model back.",
    "disconnected.handout": "This page has no model: what needs one is switched off.",
    "disconnected.text": "The kernel is gone. Run the cell again to go on.",
    "disconnected.text.handout": "This page has no tokenizer: the text stays as it is.",
    closed: "This session is closed. Run the cell that makes it again.",
    "closed.handout": "This page has no model: what needs one is switched off.",
    empty: "Type a text in TokenView to begin.",
    "empty.handout": "Nothing was computed when this page was made.",
    "own.unknown": "The server does not tell the model's own settings.",
    lacking: "not at {server}",
    "lacking.title":
      "{server} has no such setting. What it would keep can be tried here; Step and Generate say no while it is on.",
  },
  ja: {
    tokens: "トークン",
    characters: "文字",
    probability: "確率",
    table: "表",
    chart: "グラフ",
    row: "行",
    "row.of": "／ {count}",
    busy: "計算中…",
    stale: "計算中：表示中の数値は直前のテキストのものです",
    "stale.handout": "表示中の数値は直前のテキストのものです",
    disconnected:
      "カーネルが終了しています。スライダーは使えます。モデルを使うにはセルを再実行してください。",
    "disconnected.handout": "このページにはモデルがないため、モデルが必要な操作はできません。",
    "disconnected.text": "カーネルが停止しました。続けるには、セルを再実行してください。",
    "disconnected.text.handout": "このページにはトークナイザーがないため、テキストは変更できません。",
    closed: "このセッションは終了しています。作成したセルを再実行してください。",
    "closed.handout": "このページにはモデルがないため、モデルが必要な操作はできません。",
    empty: "TokenView にテキストを入力してください。",
    "empty.handout": "このページの作成時には、まだ計算結果がありませんでした。",
    "own.unknown": "サーバーからは、モデルの設定が分かりません。",
    lacking: "{server} にはなし",
    "lacking.title":
      "{server} にはこの設定がありません。効果はここで試せますが、オンの間はサーバーにトークンを書かせることはできません。",
    "error.model_not_found.message": "モデル「{name}」が見つかりません。",
    "error.model_not_found.hint": "名前のつづりを確認するか、フォルダを指定してください。",
    "error.gated_model.message": "モデル「{name}」の利用には許可が必要です。",
    "error.gated_model.hint":
      "Hugging Face で利用を申請し、`huggingface_hub.login()` でログインしてください。",
    "error.no_network.message": "ネットワークに接続できません：{name}",
    "error.no_network.hint": "接続を確認するか、ローカルのフォルダを指定してください。",
    "error.out_of_memory.message": "{device} のメモリが足りません。",
    "error.out_of_memory.hint": "テキストを短くするか、小さいモデルを使うか、別のモデルを閉じてください。",
    "error.text_too_long.message": "テキストは {tokens} トークンで、モデルの上限 {context} を超えています。",
    "error.text_too_long.hint": "テキストを短くしてください。入力した内容は残っています。",
    "error.empty_text.message": "テキストが空なので、次のトークンの確率はありません。",
    "error.empty_text.hint": "テキストを入力してください。",
    "error.bad_logits.message": "ロジットに NaN または無限大が含まれています（NaN：{count} 個）。",
    "error.bad_logits.hint":
      "モデルの重みと dtype を確認してください。float32 で読み込むと直ることがあります。",
    "error.not_a_causal_model.message":
      "{name} は次のトークンを予測しません（エンコーダー、または言語モデルの出力層がないモデルです）。",
    "error.not_a_causal_model.hint":
      "TokenView と EmbeddingMap は使えます。予測には AutoModelForCausalLM で読み込んだモデルを使ってください。",
    "error.outdated.message": "その間にテキストが変わりました。",
    "error.outdated.hint": "もう一度選んでください。",
    "error.session_closed.message": "このセッションは終了しています。",
    "error.session_closed.hint": "作成したセルを再実行してください。",
    "error.model_gone.message": "モデル {name} は削除されました。ここでは保持していません。",
    "error.model_gone.hint": "モデルを読み込み直し、もう一度 watch してください。",
    "error.model_in_training.message":
      "{name} は学習モードです。見守っているだけなので、モードは切り替えません。",
    "error.model_in_training.hint":
      "自分でモデルを呼び出すとここに表示されます。または model.eval() を実行してください。",
    "error.generating.message": "セルがテキストを生成している間は変更できません。",
    "error.generating.hint": "終わるのを待つか、停止してください。",
    "error.invalid_value.message": "{name} に {value} は使えません。",
    "error.invalid_value.hint": "使える値：{allowed}。",
    "error.unknown_token.message": "{tokenizer} に ID {value} のトークンはありません。",
    "error.unknown_token.hint": "使える ID は 0 ～ {last} です。",
    "error.unused_token.message": "{tokenizer} の ID {value} は欠番です。",
    "error.unused_token.hint": "語彙を検索すると、使われている ID が分かります。",
    "error.too_many_characters.message":
      "テキストが {characters} 文字あり、上限の {most} 文字を超えています。",
    "error.too_many_characters.hint": "テキストを短くしてください。",
    "error.no_chat_template.message": "{name} にはチャットテンプレートがありません。",
    "error.no_chat_template.hint": "チャットモデルのトークナイザーを使ってください。",
    "error.tokenizer_failed.message": "トークナイザーの実行中にエラーが起きました：{what}",
    "error.tokenizer_failed.hint": "別のテキストか、別のトークナイザーで試してください。",
    "error.not_returned.message":
      "サーバーが返したのは一部のトークン（{returned} 個）だけなので、計算できません。",
    "error.not_returned.hint":
      "top_k を {returned} 以下にするか、サーバーから取得するトークン数を増やしてください。",
    "error.not_offered.setting.message": "{server} には {what} にあたる設定がありません。",
    "error.not_offered.setting.hint": "その設定をオフに戻してください。{server} で使えるのは {known} です。",
    "error.not_offered.distribution.message": "{server} は次のトークンの確率を返しません。",
    "error.not_offered.surprisals.message": "{server} は、テキスト自体のトークンの確率を返しません。",
    "error.not_offered.embeddings.message": "{server} からは、モデルの入力埋め込みを取得できません。",
    "error.not_offered.embeddings.hint":
      "入力した単語は残ります。session.move_to(...) で手元のモデルに移ると表示されます。",
    "error.not_offered.hidden_states.message": "{server} からは、隠れ状態を取得できません。",
    "error.not_offered.calls.message": "{server} の中の処理は見られません。",
    "error.not_offered.a reply begun.message":
      "{server} のチャットは、書きかけの返答の続きを予測できません。確率が分かるのは、サーバー自身が書いたトークンだけです。",
    "error.not_offered.a reply begun.hint":
      "メッセージの末尾を選ぶか、session.restart(session.text) で全体を 1 つのメッセージにしてください。",
    "error.not_offered.part of a character.message":
      "{server} に渡せるのは文字列だけですが、ここは文字の途中です。",
    "error.not_offered.part of a character.hint": "その文字が完成するトークンの後ろを選んでください。",
    "error.not_offered.hint":
      "使える機能は session.capabilities で確認できます。手元のモデルか llmwidgets serve のサーバーでは、すべて使えます。",
    "error.key_refused.message": "{address} に拒否されました（{status}）。サーバーの説明：{words}",
    "error.key_refused.hint":
      'API キーを確認してください。api_key="ask" で画面に表示せずに入力するか、環境変数に設定します。',
    "error.server_unreachable.message": "{address} に接続できません（{why}）。",
    "error.server_unreachable.hint":
      "テキストは残っています。サーバーが復旧したら、テキストを変更するか、もう一度試してください。",
    "error.server_failed.message": "{address} でエラーが起きました：{words}",
    "error.server_failed.hint": "テキストは残っています。しばらくしてから、もう一度試してください。",
    "error.server_busy.message": "{address} は混雑していて、今はリクエストを受け付けません。",
    "error.server_busy.seconds.message":
      "{address} は混雑していて、今はリクエストを受け付けません。あと {seconds} 秒ほど待つよう求めています。",
    "error.server_busy.hint": "しばらく待ってから、もう一度試してください。",
    "error.bad_answer.message": "サーバーの応答が正しくありません（{why}）。",
    "error.bad_answer.hint":
      "もう一度試してください。繰り返す場合は、アドレス、モデル名、トークナイザーを確認してください。",
    "error.text_ended.message": "{name} はここでテキストを終えたので、続くトークンがありません。",
    "error.text_ended.hint": "テキストを変更するか、トークンを選んで追加してください。",
    "error.limit_reached.message": "設定した上限に達しました（{name} = {limit}）。",
    "error.limit_reached.hint": "続けるには、上限を上げて接続し直してください。",
    "error.stopped.message": "停止しました。",
    "error.stopped.hint": "もう一度実行できます。",
    "error.model_failed.message": "モデルの実行中にエラーが起きました：{what}",
    "error.model_failed.hint": "テキストは残っています。変更するか、もう一度試してください。",
  },
};

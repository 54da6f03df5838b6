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
    (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole: string, name: string) =>
      String(values[name] ?? whole),
    );
}

/** An error in the reader's language: by its code where the catalogue has it, else in the kernel's own words. */
export function sayError(t: Translate, error: ErrorPayload): { message: string; hint: string } {
  const say = (part: "message" | "hint") => {
    const key = `error.${error.code}.${part}`;
    const sentence = t(key, error.values);
    return sentence === key ? error[part] : sentence;
  };
  return { message: say("message"), hint: say("hint") };
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
    disconnected: "The kernel is gone. Sliders still work; run the cell again to bring the model back.",
    "disconnected.text": "The kernel is gone. Run the cell again to go on.",
    closed: "This session is closed. Run the cell that makes it again.",
    empty: "Type a text in TokenView to begin.",
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
    disconnected:
      "カーネルが終了しています。スライダーは使えます。モデルを使うにはセルを再実行してください。",
    "disconnected.text": "カーネルが停止しました。続けるには、セルを再実行してください。",
    closed: "このセッションは終了しています。作成したセルを再実行してください。",
    empty: "TokenView にテキストを入力してください。",
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
    "error.model_failed.message": "モデルの実行中にエラーが起きました：{what}",
    "error.model_failed.hint": "テキストは残っています。変更するか、もう一度試してください。",
  },
};

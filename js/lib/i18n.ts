// The interface's strings: the ones that several views use are here, each view keeps its own in strings.ts beside it.
import type { ErrorPayload } from "../session/payloads";

export type Language = "en" | "ja";
export type Catalogue = Readonly<Record<Language, Readonly<Record<string, string>>>>;
/** The sentence for a key, its `{names}` filled in; a key that the catalogue lacks is shown as it is. */
export interface Translate {
  (key: string, values?: Readonly<Record<string, string | number>>): string;
  readonly language: Language;
}

/** The language asked for, else the page's, else the browser's. */
export function chooseLanguage(asked: string): Language {
  const candidates = [asked, document.documentElement.lang === "ja" ? "ja" : "", navigator.language];
  return candidates.find((candidate) => candidate !== "")?.startsWith("ja") ? "ja" : "en";
}

export function translator(language: Language, ...catalogues: readonly Catalogue[]): Translate {
  const strings = Object.assign({}, ...[COMMON, ...catalogues].map((catalogue) => catalogue[language]));
  const translate = (key: string, values: Readonly<Record<string, string | number>> = {}) =>
    (strings[key] ?? key).replace(NAMES, (whole: string, name: string) => String(values[name] ?? whole));
  return Object.assign(translate, { language });
}

/**
 * The same sentences where some are to be said otherwise: those have a twin, "<key>.<kind>". Kinds are `handout`, a page that was handed
 * out and has no kernel, and `masked`, a model that fills places of a text.
 */
export function inWordsOf(kind: "handout" | "masked", t: Translate): Translate {
  const translate = (key: string, values: Readonly<Record<string, string | number>> = {}) => {
    const twin = `${key}.${kind}`;
    const said = t(twin, values);
    return said === twin ? t(key, values) : said;
  };
  return Object.assign(translate, { language: t.language });
}

const NAMES = /\{(\w+)\}/g;

/** An error in the reader's language. The kernel says it in both; a page saved before it did has English alone. */
export function sayError(t: Translate, error: ErrorPayload): Said {
  const japanese: Said | undefined = t.language === "ja" ? error.ja : undefined;
  return japanese ?? error;
}

type Said = Pick<ErrorPayload, "message" | "hint">;

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
  },
};

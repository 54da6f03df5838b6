import type { Catalogue } from "../lib/i18n";

export const STRINGS: Catalogue = {
  en: {
    about:
      "A page to keep: it needs neither a notebook nor a network. Sliders, selections and what you point at are live. There is no model here: what needs one is switched off and says so.",
    language: "Language",
    theme: "Theme",
    "theme.auto": "Auto",
    "theme.light": "Light",
    "theme.dark": "Dark",
    failed: "This view could not be drawn, so its picture is shown: {why}",
  },
  ja: {
    about:
      "保存して使えるページです。ノートブックもネットワークも必要ありません。スライダー、選択、カーソルを合わせたときの表示はそのまま動きます。モデルはないため、モデルが必要な操作は使えず、その理由を表示します。",
    language: "言語",
    theme: "テーマ",
    "theme.auto": "自動",
    "theme.light": "ライト",
    "theme.dark": "ダーク",
    failed: "この部分を描画できなかったため、静止画を表示しています：{why}",
  },
};

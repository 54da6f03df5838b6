// What scripts and languages are called, as the kernel names them in English.
import type { Catalogue, Translate } from "./i18n";

export const writingStrings: Catalogue = {
  en: {},
  ja: {
    "writing.White space": "空白",
    "writing.Digits and signs": "数字と記号",
    "writing.Other writing": "その他の文字",
    "writing.Emoji": "絵文字",
    "writing.Japanese": "日本語",
    "writing.English": "英語",
    "writing.Han": "漢字（日本語か中国語）",
    "writing.Korean": "韓国語",
    "writing.Latin": "ラテン文字",
    "writing.Cyrillic": "キリル文字",
    "writing.Greek": "ギリシャ文字",
    "writing.Arabic": "アラビア文字",
    "writing.Hebrew": "ヘブライ文字",
    "writing.Devanagari": "デーヴァナーガリー文字",
    "writing.Bengali": "ベンガル文字",
    "writing.Gurmukhi": "グルムキー文字",
    "writing.Gujarati": "グジャラート文字",
    "writing.Tamil": "タミル文字",
    "writing.Telugu": "テルグ文字",
    "writing.Kannada": "カンナダ文字",
    "writing.Malayalam": "マラヤーラム文字",
    "writing.Sinhala": "シンハラ文字",
    "writing.Thai": "タイ文字",
    "writing.Lao": "ラーオ文字",
    "writing.Khmer": "クメール文字",
    "writing.Myanmar": "ミャンマー文字",
    "writing.Tibetan": "チベット文字",
    "writing.Georgian": "ジョージア文字",
    "writing.Armenian": "アルメニア文字",
    "writing.Ethiopic": "エチオピア文字",
    "writing.Mongolian": "モンゴル文字",
    "writing.French": "フランス語",
    "writing.German": "ドイツ語",
    "writing.Spanish": "スペイン語",
  },
};

export function writingName(label: string, t: Translate): string {
  const key = `writing.${label}`;
  const name = t(key);
  return name === key ? label : name;
}

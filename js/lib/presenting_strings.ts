// What is said of presenting, in every view.
import type { Catalogue } from "./i18n";

export const presentingStrings: Catalogue = {
  en: {
    present: "Present: large type",
    presenting: "Presenting",
    reset: "Start over",
    "reset.title": "Back to the prepared text, position and sampler, in every view",
    leave: "Leave",
  },
  ja: {
    present: "発表モード（大きな文字）",
    presenting: "発表モード",
    reset: "最初の状態に戻す",
    "reset.title": "すべてのビューのテキスト、位置、サンプラーを、用意した状態に戻します",
    leave: "終了",
  },
};

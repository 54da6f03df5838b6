// What the page's head offers: the language and the theme.
import type { Language, Translate } from "../lib/i18n";
import { Segments } from "../lib/segments";
import type { Theme } from "./look";

interface Props {
  readonly language: Language;
  readonly theme: Theme;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: Theme) => void;
  readonly t: Translate;
}

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function Switches({ language, theme, onLanguage, onTheme, t }: Props) {
  return (
    <>
      <Segments
        name={t("language")}
        value={language}
        // each in its own language: who cannot read this one finds the other
        segments={[
          { value: "ja", label: <span lang="ja">日本語</span> },
          { value: "en", label: <span lang="en">English</span> },
        ]}
        onChoose={onLanguage}
      />
      <Segments
        name={t("theme")}
        value={theme}
        segments={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
        onChoose={onTheme}
      />
    </>
  );
}

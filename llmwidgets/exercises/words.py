"""What a student reads, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from llmwidgets.language import language_now


@dataclass(frozen=True)
class Words:
    """One text in English and in Japanese: `words["ja"]`; `str(words)` is in the language of `set_language`, else in that of the page, else English.

    >>> str(Words("one token", "1 トークン"))
    'one token'
    """

    en: str
    ja: str

    def __getitem__(self, language: str) -> str:
        """The text in "en" or "ja". Raises KeyError for other languages."""
        return {"en": self.en, "ja": self.ja}[language]

    def __str__(self) -> str:
        return self[language_now()]

    def fill(self, **values: object) -> Words:
        """The text with {names} replaced; a value that is Words itself is put in by language."""
        return Words(*(self[language].format(**_in(language, values)) for language in ("en", "ja")))


def same(text: str) -> Words:
    """A text that is the same in both languages: code, numbers, quotations."""
    return Words(text, text)


def _in(language: str, values: dict[str, object]) -> dict[str, object]:
    return {name: value[language] if isinstance(value, Words) else value for name, value in values.items()}

// Whether the reader wishes for stillness; what CSS moves heeds it by lib/theme.css.

export function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

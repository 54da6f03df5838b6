// The page's theme: the reader's choice, else the system's.
export type Theme = "auto" | "light" | "dark";

/** Keeps `data-theme` of these parts; follows the system as long as "auto" is chosen. Returns what sets the choice. */
export function followLook(parts: readonly HTMLElement[]): (theme: Theme) => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen: Theme = "auto";
  const apply = () => {
    const shown = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
    for (const part of parts) part.dataset.theme = shown;
  };
  system.addEventListener("change", apply);
  apply();
  return (theme) => {
    chosen = theme;
    apply();
  };
}

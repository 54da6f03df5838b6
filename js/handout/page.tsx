// The page's own part of a hand-out: its head, and a view in each place that Python left for one.
import { render } from "preact";
import { chooseLanguage, type Language, translator } from "../lib/i18n";
import type { Host } from "./host";
import { followLook, type Theme } from "./look";
import { STRINGS } from "./strings";
import { Switches } from "./switches";

interface Choice {
  readonly language: Language;
  readonly theme: Theme;
}

/** Fills the page's head and its places. Resolves when every view is drawn, or has failed. */
export async function fill(page: Document, host: Host, asked: string): Promise<void> {
  const head = page.getElementById("llmw-switches");
  const setTheme = followLook([page.documentElement, ...(head ? [head] : [])]);
  let choice: Choice = { language: chooseLanguage(asked), theme: "auto" };
  const show = (next: Partial<Choice>) => {
    choice = { ...choice, ...next };
    if (next.theme) setTheme(next.theme);
    if (next.language) host.setLanguage(next.language);
    page.documentElement.lang = choice.language;
    sayAll(page, choice.language);
    if (head) drawHead(head, choice, show);
  };
  show({});
  const places = [...page.querySelectorAll<HTMLElement>("[data-llmw-model]")];
  await Promise.all(places.map((place) => drawInto(place, host, () => choice.language)));
}

/** The page's own sentences, in its language. */
function sayAll(page: Document, language: Language): void {
  const t = translator(language, STRINGS);
  for (const part of page.querySelectorAll<HTMLElement>("[data-llmw-say]")) {
    const [key = "", why = ""] = [part.dataset.llmwSay, part.dataset.llmwWhy];
    part.textContent = t(key, { why });
  }
}

function drawHead(head: HTMLElement, choice: Choice, show: (next: Partial<Choice>) => void): void {
  render(
    <Switches
      {...choice}
      onLanguage={(language) => show({ language })}
      onTheme={(theme) => show({ theme })}
      t={translator(choice.language, STRINGS)}
    />,
    head,
  );
}

/** The picture stays until the view is there, and where it cannot come. */
async function drawInto(place: HTMLElement, host: Host, language: () => Language): Promise<void> {
  const picture = [...place.children];
  const el = document.createElement("div");
  place.append(el);
  try {
    await host.draw(place.dataset.llmwModel ?? "", el);
    for (const part of picture) part.remove();
    place.dataset.llmwDrawn = "true";
  } catch (error) {
    console.error(error);
    el.className = "handout-failed";
    el.dataset.llmwSay = "failed";
    el.dataset.llmwWhy = error instanceof Error ? error.message : String(error);
    el.textContent = translator(language(), STRINGS)("failed", { why: el.dataset.llmwWhy });
  }
}

// Whether the page around an element is dark, whatever the host: read from what is painted, not from the host's class names.

let paint: CanvasRenderingContext2D | null = null;

/** Red, green, blue and alpha, 0 to 255, of any colour that CSS can write: oklch, color(srgb …) and whatever hosts take next. */
function channels(colour: string): Iterable<number> {
  paint ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!paint) return [255, 255, 255, 255];
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  return paint.getImageData(0, 0, 1, 1).data;
}

/** Relative brightness, 0 (black) to 1 (white), of the first opaque background around the element; white paper if none. */
function brightnessBehind(element: Element): number {
  for (let node: Element | null = element; node; node = parent(node)) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = channels(getComputedStyle(node).backgroundColor);
    if (alpha > 127) return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  }
  return getComputedStyle(document.documentElement).colorScheme === "dark" ? 0 : 1;
}

function parent(node: Element): Element | null {
  if (node.parentElement) return node.parentElement;
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** Keeps `data-theme` of the root at "light" or "dark" while the host switches, until the signal. */
export function followTheme(root: HTMLElement, around: Element, signal: AbortSignal): void {
  const apply = () => {
    root.dataset.theme = brightnessBehind(around) < 0.5 ? "dark" : "light";
  };
  const observer = new MutationObserver(() => requestAnimationFrame(apply));
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, {
      attributes: true,
      attributeFilter: [
        "class",
        "style",
        "data-jp-theme-light",
        "data-jp-theme-name",
        "theme",
        "data-theme",
        "data-vscode-theme-kind",
      ],
    });
  }
  signal.addEventListener("abort", () => observer.disconnect());
  // the host's stylesheet of a new theme arrives after its attribute: look again when a sheet has loaded
  document.addEventListener("load", apply, { capture: true, signal });
  apply();
}

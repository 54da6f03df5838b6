// How wide a text is drawn, without drawing it: what is common is summed from the widths of its characters, the rest is asked of a canvas.

export interface Ruler {
  /** The width in CSS pixels of `text` in one line of `font` (as in CSS), rounded up a little where it is a sum. */
  width(text: string, font: string): number;
}

/** Remembers what it measured: make another when fonts arrive. */
export function createRuler(): Ruler {
  const context = document.createElement("canvas").getContext("2d");
  const fonts = new Map<string, Face>();
  return {
    width(text, font) {
      let face = fonts.get(font);
      if (face === undefined) {
        face = new Face(context, font);
        fonts.set(font, face);
      }
      return face.width(text);
    },
  };
}

/** ASCII, kana and the common Han characters: each has its width, whatever stands beside it (kerning only narrows them). */
function standsAlone(code: number): boolean {
  return (
    (code >= 0x20 && code < 0x7f) ||
    (code >= 0x3041 && code <= 0x3096) ||
    (code >= 0x30a1 && code <= 0x30fc) ||
    (code >= 0x4e00 && code <= 0x9fff)
  );
}

class Face {
  private readonly characters = new Float64Array(0xa000).fill(-1);
  private readonly texts = new Map<string, number>();

  constructor(
    private readonly context: CanvasRenderingContext2D | null,
    private readonly font: string,
  ) {}

  width(text: string): number {
    let sum = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!standsAlone(code)) return this.whole(text);
      let width = this.characters[code] ?? -1;
      if (width < 0) {
        width = this.ask(text.charAt(at));
        this.characters[code] = width;
      }
      sum += width;
    }
    return sum;
  }

  private whole(text: string): number {
    let width = this.texts.get(text);
    if (width === undefined) {
      width = this.ask(text);
      this.texts.set(text, width);
    }
    return width;
  }

  private ask(text: string): number {
    if (this.context === null) return text.length * 10;
    // setting it again costs a comparison only
    this.context.font = this.font;
    return this.context.measureText(text).width;
  }
}

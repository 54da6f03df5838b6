// A canvas with the ground on it: one ImageData, made anew only when the picture's size changes.
import type { Frame } from "./camera";
import { type Look, MARGIN, paint, radiusOf } from "./paint";
import type { Colours } from "./palette";
import type { Ground } from "./types";

const LIT_GROWTH = 2.2;

export interface Sight {
  readonly ground: Ground;
  readonly frame: Frame;
  readonly colours: Colours;
  readonly look: Omit<Look, "colours" | "faded">;
  readonly lit: readonly number[];
}

export class GroundCanvas {
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Paints and returns how many of the ground's points are in the picture. */
  show({ ground, frame, colours, look, lit }: Sight): number {
    const { inner } = frame;
    const { grain } = look;
    const width = Math.max(Math.round((inner.right - inner.left) * grain), 1);
    const height = Math.max(Math.round((inner.bottom - inner.top) * grain), 1);
    const context = this.canvas.getContext("2d");
    if (!context) return 0;
    const image = this.plate(width, height);
    const across = scaled(frame.across, inner.left, grain);
    const down = scaled(frame.down, inner.top, grain);
    const plate = { pixels: this.pixels, width: image.width, height: image.height };
    const full = { ...look, colours: colours.classes, faded: colours.faded };
    const seen = paint(plate, ground, { across, down }, full);
    context.putImageData(image, -MARGIN, -MARGIN);
    this.light(context, ground, { across, down }, colours, look, lit);
    return seen;
  }

  /** What is lit stands out of the others: larger, with a rim. */
  private light(
    context: CanvasRenderingContext2D,
    { axes, xyz, classes }: Ground,
    { across, down }: Pick<Frame, "across" | "down">,
    colours: Colours,
    look: Sight["look"],
    lit: readonly number[],
  ): void {
    const radius = Math.min(Math.max(radiusOf(look.crowding) * LIT_GROWTH, 2.6), 6) * look.grain;
    const sprites = new Map<number, HTMLCanvasElement>();
    for (const point of lit) {
      const kind = classes[point];
      if (kind === undefined || (look.hidden >> kind) & 1) continue;
      const [x = 0, y = 0, z = 0] = xyz.subarray(point * axes, point * axes + axes);
      const column = across[0] * x + across[1] * y + across[2] * z + across[3];
      const row = down[0] * x + down[1] * y + down[2] * z + down[3];
      let sprite = sprites.get(kind);
      if (!sprite) {
        sprite = spriteOf(radius, look.grain, `rgb(${colours.classes[kind]?.join(" ")})`, colours.surface);
        sprites.set(kind, sprite);
      }
      context.drawImage(sprite, Math.round(column - sprite.width / 2), Math.round(row - sprite.height / 2));
    }
  }

  private plate(width: number, height: number): ImageData {
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
    if (this.image?.width !== wide || this.image.height !== high) {
      this.image = new ImageData(wide, high);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    return this.image;
  }

  clear(): void {
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Gives the memory back. */
  free(): void {
    this.image = null;
    this.pixels = new Uint32Array(0);
    this.canvas.width = 0;
    this.canvas.height = 0;
  }
}

function scaled(
  [a, b, c, d]: Frame["across"],
  from: number,
  grain: number,
): readonly [number, number, number, number] {
  return [a * grain, b * grain, c * grain, (d - from) * grain];
}

function spriteOf(radius: number, grain: number, colour: string, rim: string): HTMLCanvasElement {
  const sprite = document.createElement("canvas");
  const middle = Math.ceil(radius + 2 * grain);
  sprite.width = 2 * middle;
  sprite.height = 2 * middle;
  const context = sprite.getContext("2d");
  if (!context) return sprite;
  context.beginPath();
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.strokeStyle = rim;
  context.lineWidth = 1.5 * grain;
  context.fill();
  context.stroke();
  return sprite;
}

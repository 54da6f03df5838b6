// What was asked of the kernel and is not answered for so long that it must be busy with a cell, and takes no message meanwhile.

const LATE_AFTER_MS = 1000;

export class Patience<Name extends string> {
  private readonly asked = new Map<Name, number>();
  private answered = 0;
  private over = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `onChange` is called when patience is over, and when an answer comes after that. */
  constructor(private readonly onChange: () => void) {}

  /** What waits, the newest last. Nothing as long as the answer may still come at once. */
  get late(): readonly Name[] {
    return this.over ? [...this.asked.keys()] : [];
  }

  /** Request `rid` asks for these. */
  wait(rid: number, names: readonly Name[]): void {
    for (const name of names) {
      this.asked.delete(name);
      this.asked.set(name, rid);
    }
    if (this.timer === undefined && !this.over) this.start();
  }

  /** The kernel has taken request `rid`, and so those before it. */
  answer(rid: number): void {
    if (rid <= this.answered) return;
    this.answered = rid;
    for (const [name, asked] of this.asked) if (asked <= rid) this.asked.delete(name);
    const wasOver = this.over;
    this.end();
    if (this.asked.size > 0) this.start();
    if (wasOver) this.onChange();
  }

  /** Stops waiting. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.over = false;
  }

  private start(): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.over = true;
      this.onChange();
    }, LATE_AFTER_MS);
  }
}

// The part of an anywidget model that the page uses; the tests' stand-in has the same face.

// biome-ignore lint/suspicious/noExplicitAny: what an event carries depends on its name, as in anywidget's own types
type Callback = (argument: any, buffers?: readonly DataView[]) => void;

export interface WidgetModel {
  get(key: string): unknown;
  on(event: string, callback: Callback): void;
  off(event: string, callback: Callback): void;
  send(content: unknown): void;
  /** Here alone: no kernel is told. */
  set(key: string, value: unknown): void;
}

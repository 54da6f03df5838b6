// What is dropped on the words: a text, or files that hold one.

const MOST_BYTES = 1_000_000;

export interface Dropped {
  readonly text: string;
  /** The name of the first file that is no text, or too long. */
  readonly refused: string | null;
}

export async function readDropped(data: DataTransfer): Promise<Dropped> {
  const files = [...data.files];
  if (files.length === 0) return { text: data.getData("text/plain"), refused: null };
  const texts = await Promise.all(files.map(textOf));
  const wrong = texts.indexOf(null);
  return {
    text: texts.filter((text) => text !== null).join("\n"),
    refused: wrong < 0 ? null : (files[wrong]?.name ?? ""),
  };
}

async function textOf(file: File): Promise<string | null> {
  if (file.size > MOST_BYTES) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}

// IDs as people type and paste them: lists, tensors, arrays, full-width digits, Japanese commas.

export interface Parsed {
  readonly ids: readonly number[];
  /** What is not a number, as it was written. */
  readonly wrong: readonly string[];
}

/** The dress of a printed tensor or array, which is not part of its numbers. */
const DRESS =
  /\b(?:dtype\s*=\s*[\w.]+|device\s*=\s*(?:'[^']*'|"[^"]*"|\w+)|shape\s*=\s*\([^)]*\)|size\s*=\s*\([^)]*\))|\b(?:torch\.|np\.|jnp\.|tf\.)?(?:tensor|array|Tensor|int64|int32)\s*(?=\()/g;
const BETWEEN = /[\s,、;()[\]{}|]+/u;
// a tensor of floats prints 2066. or 2066.0; Python writes 50_257
const WHOLE = /^\d+(?:_\d+)*(?:\.0*)?$/;

export function parseIds(text: string): Parsed {
  // NFKC turns full-width digits, commas and brackets into ASCII ones
  const words = text.normalize("NFKC").replace(DRESS, " ").split(BETWEEN).filter(Boolean);
  const ids: number[] = [];
  const wrong: string[] = [];
  for (const word of words) {
    const id = WHOLE.test(word) ? Number(word.replaceAll("_", "")) : Number.NaN;
    if (Number.isSafeInteger(id)) ids.push(id);
    else wrong.push(word);
  }
  return { ids, wrong };
}

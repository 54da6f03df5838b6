// The mirror image of llmwidgets/arrays.py: tensors that arrived as JSON.
import type { ArrayPayload } from "../session/payloads";

export type NumberArray = Float32Array | Int32Array | Int16Array | Int8Array;

const CONSTRUCTORS = { float32: Float32Array, int32: Int32Array, int16: Int16Array, int8: Int8Array };

/** The numbers of a payload, row by row. Throws where size and shape disagree. */
export function decode(payload: ArrayPayload): NumberArray {
  const text = atob(payload.data);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  const numbers = new CONSTRUCTORS[payload.dtype](bytes.buffer);
  const size = payload.shape.reduce((product, length) => product * length, 1);
  if (numbers.length !== size) {
    throw new Error(`an array of shape [${payload.shape}] came with ${numbers.length} numbers`);
  }
  return numbers;
}

// A token's text in its chip: as `Piece` writes it, with signs that stand side by side in one element. A token may have thousands.
import { hexadecimal } from "../../../lib/pieces";
import { type Run, shownRuns } from "./shown_runs";

interface Props {
  readonly piece: string;
  readonly bytes?: string;
}

export function ChipText({ piece, bytes = "" }: Props) {
  if (bytes !== "") return <span class="llmw-bytes">{hexadecimal(bytes)}</span>;
  return (
    <>
      {merged(shownRuns(piece)).map((run, index) =>
        run.kind === "plain" ? (
          run.text
        ) : (
          <span key={index} class="llmw-sign">
            {run.text}
          </span>
        ),
      )}
    </>
  );
}

function merged(parts: readonly Run[]): readonly Run[] {
  const result: { kind: Run["kind"]; texts: string[] }[] = [];
  for (const { kind, text } of parts) {
    const last = result.at(-1);
    if (last?.kind === kind) last.texts.push(text);
    else result.push({ kind, texts: [text] });
  }
  return result.map(({ kind, texts }) => ({ kind, text: texts.join("") }));
}

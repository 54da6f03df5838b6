// A token's text or, where it is no whole character, its bytes: what would be invisible is shown as a sign, nothing as HTML.
import { hexadecimal, runs } from "./pieces";

export function Piece({ piece, bytes = "" }: { readonly piece: string; readonly bytes?: string }) {
  if (bytes !== "") return <span class="llmw-bytes">{hexadecimal(bytes)}</span>;
  return (
    <>
      {runs(piece).map((run, index) =>
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

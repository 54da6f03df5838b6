// A screen reader is not to be talked over by typing, sliding or generating.
import { useEffect, useState } from "preact/hooks";

const QUIET_MS = 800;

/** The value once it has been still for a moment. */
export function useQuiet(value: string): string {
  const [quiet, setQuiet] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(value), QUIET_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return quiet;
}

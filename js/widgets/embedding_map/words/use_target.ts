// The point that is looked at: the one under the hand, else the one that was picked.
import { useMemo, useState } from "preact/hooks";
import type { MapPayload } from "../../../session/payloads";
import type { Target } from "../scene/types";

export interface Targeting {
  /** The same object as long as the point is. */
  readonly shown: Target | null;
  readonly hovered: Target | null;
  hover(target: Target | null): void;
  pick(target: Target | null): void;
}

interface Kept extends Target {
  /** Words come and go: a point is known by its label. */
  readonly label: string | undefined;
}

export function useTarget(map: MapPayload, ground: number): Targeting {
  const [under, setUnder] = useState<Target | null>(null);
  const [picked, setPicked] = useState<Kept | null>(null);
  const kept = picked && find(picked, map, ground);
  const hovered = under && exists(under, map, ground) ? under : null;
  const { on, index } = hovered ?? kept ?? NOTHING;
  const shown = useMemo(() => (index < 0 ? null : { on, index }), [on, index]);
  return {
    shown,
    hovered,
    hover: setUnder,
    pick: (target) =>
      setPicked(
        target && { ...target, label: target.on === "points" ? map.labels[target.index] : undefined },
      ),
  };
}

const NOTHING: Target = { on: "points", index: -1 };

function exists({ on, index }: Target, map: MapPayload, ground: number): boolean {
  return index < (on === "points" ? map.labels.length : ground);
}

function find({ on, index, label }: Kept, map: MapPayload, ground: number): Target | null {
  if (on === "ground") return index < ground ? { on, index } : null;
  const now = map.labels[index] === label ? index : map.labels.indexOf(label ?? "");
  return now < 0 ? null : { on, index: now };
}

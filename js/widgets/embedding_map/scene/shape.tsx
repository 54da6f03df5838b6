// The box or lasso that is being drawn.
import type { Shape } from "./gestures";

export function ShapeOutline({ shape: { kind, path } }: { readonly shape: Shape }) {
  const [from, to] = [path[0], path.at(-1)];
  if (!from || !to) return null;
  if (kind === "lasso") {
    return <polygon class="llmw-shape" points={path.map(({ x, y }) => `${x},${y}`).join(" ")} />;
  }
  return (
    <rect
      class="llmw-shape"
      x={Math.min(from.x, to.x)}
      y={Math.min(from.y, to.y)}
      width={Math.abs(to.x - from.x)}
      height={Math.abs(to.y - from.y)}
    />
  );
}

// The axes: ticks and titles along the edges of a flat map, or a small cross that turns with the camera.
import type { Frame } from "./camera";
import { type Tick, ticksOf, tickText } from "./ticks";

const ARM = 30;

interface Props {
  readonly frame: Frame;
  readonly titles: readonly string[];
}

export function FlatAxes({ frame, titles }: Props) {
  const { inner } = frame;
  const isZero = ({ value }: Tick) => Math.abs(value) < 1e-12;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in an SVG's group takes the focus
    <g class="llmw-axes" aria-hidden="true">
      {ticksOf(frame, 0).map((tick) => (
        <g key={`x${tick.value}`} data-zero={isZero(tick)}>
          <line x1={tick.at} x2={tick.at} y1={inner.top} y2={inner.bottom} />
          <text x={tick.at} y={inner.bottom + 14} text-anchor="middle">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {ticksOf(frame, 1).map((tick) => (
        <g key={`y${tick.value}`} data-zero={isZero(tick)}>
          <line x1={inner.left} x2={inner.right} y1={tick.at} y2={tick.at} />
          <text x={inner.left - 6} y={tick.at} text-anchor="end" dominant-baseline="central">
            {tickText(tick)}
          </text>
        </g>
      ))}
      <text
        class="llmw-axis-title"
        x={(inner.left + inner.right) / 2}
        y={frame.height - 8}
        text-anchor="middle"
      >
        {titles[0]}
      </text>
      <text
        class="llmw-axis-title"
        transform={`translate(11 ${(inner.top + inner.bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {titles[1]}
      </text>
    </g>
  );
}

export function CrossOfAxes({ frame, titles }: Props) {
  const { across, down, near, scale, inner } = frame;
  const length = Math.hypot(near[0], near[1], near[2]) || 1;
  const arms = [0, 1, 2].map((axis) => ({
    axis,
    x: ((across[axis] ?? 0) / scale) * ARM,
    y: ((down[axis] ?? 0) / scale) * ARM,
    near: (near[axis] ?? 0) / length,
  }));
  arms.sort((one, other) => one.near - other.near);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in an SVG's group takes the focus
    <g class="llmw-cross" aria-hidden="true" transform={`translate(${inner.left + 46} ${inner.bottom - 50})`}>
      {arms.map(({ axis, x, y, near: towards }) => (
        <g key={axis} style={{ opacity: 0.7 + 0.3 * towards }}>
          <line class="llmw-arm" x2={x} y2={y} />
          <text x={x * 1.3} y={y * 1.3} text-anchor="middle" dominant-baseline="central">
            {axis + 1}
          </text>
        </g>
      ))}
      {titles.some(Boolean) &&
        titles.map((title, axis) => (
          <text key={axis} class="llmw-cross-title" x={50} y={12 + 15 * axis}>
            {title}
          </text>
        ))}
    </g>
  );
}

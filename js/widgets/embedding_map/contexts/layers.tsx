// The slider through the layers, from the input embeddings to what stands behind the last norm.
import type { Translate } from "../../../lib/i18n";
import type { Play } from "./use_play";

interface Props {
  readonly play: Play;
  readonly layers: number;
  readonly t: Translate;
}

export function Layers({ play, layers, t }: Props) {
  const { layer } = play;
  const last = layers - 1;
  const said = layerName(layer, layers, t);
  return (
    <div class="llmw-layers">
      <button
        type="button"
        class="llmw-button llmw-play"
        disabled={last < 1}
        aria-label={t(play.playing ? "layer.pause" : "layer.play")}
        title={t(play.playing ? "layer.pause" : "layer.play")}
        onClick={play.toggle}
      >
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <path d={play.playing ? "M3 2h3v10H3zM8 2h3v10H8z" : "M3 1.500 12 7 3 12.500z"} />
        </svg>
      </button>
      <input
        type="range"
        min={0}
        max={Math.max(last, 1)}
        step={1}
        value={layer}
        disabled={last < 1}
        aria-label={t("layer.slider")}
        aria-valuetext={said}
        style={{ "--at": String(play.at / Math.max(last, 1)) }}
        onInput={(event) => play.go(Number(event.currentTarget.value))}
      />
      <output class="llmw-layer-name">{said}</output>
    </div>
  );
}

export function layerName(layer: number, layers: number, t: Translate): string {
  if (layer <= 0) return t("layer.first");
  return layer >= layers - 1 ? t("layer.end", { layer }) : t("layer.number", { layer, last: layers - 1 });
}

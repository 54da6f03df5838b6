// How the picture is made: what it shows, by which method, in how many dimensions; what is used less behind "More".
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { Numbers } from "../../../lib/numbers";
import { Segments } from "../../../lib/segments";
import type { MapSettings } from "../../../session/payloads";
import type { MapDesk } from "../desk";
import type { Tool } from "../scene/types";
import { ToolIcon } from "./icons";
import { Switch } from "./switch";

const METHODS = ["pca", "tsne", "umap"] as const;
const TOOLS: readonly Tool[] = ["pan", "box", "lasso"];
const MEASURES = ["cosine", "dot"] as const;

interface Props {
  readonly desk: MapDesk;
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  /** Nothing can be asked of the kernel. */
  readonly gone: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Toolbar({ desk, tool, onTool, gone, t, numbers }: Props) {
  const { settings } = desk;
  const [open, setOpen] = useState(false);
  const id = useUniqueId();
  const words = settings.show === "words";
  return (
    <>
      <div class="llmw-toolbar">
        {words && settings.ground_kind === "vocabulary" && (
          <Switch
            label={t("ground.vocabulary")}
            title={t("ground.vocabulary.title", { count: numbers.count(settings.ground_count) })}
            checked={settings.ground}
            disabled={gone}
            onSwitch={(ground) => desk.ask({ ground })}
          />
        )}
        {words && settings.can_tokens && (
          <Switch
            label={t("show.tokens")}
            checked={settings.show_tokens}
            disabled={gone}
            onSwitch={(show_tokens) => desk.ask({ show_tokens })}
          />
        )}
        {words && (
          <Segments
            name={t("method")}
            value={settings.method}
            disabled={gone}
            segments={METHODS.map((method) => {
              const off = !settings.methods.includes(method);
              return {
                value: method,
                label: t(`method.${method}`),
                title: t(`method.${method}.${off ? "off" : "title"}`),
                off,
              };
            })}
            onChoose={(method) => desk.ask({ method })}
          />
        )}
        <Segments
          name={t("axes")}
          value={settings.axes}
          disabled={gone}
          segments={[2, 3].map((axes) => ({ value: axes, label: t("axes.of", { axes }) }))}
          onChoose={(axes) => desk.ask({ axes })}
        />
        <Segments
          name={t("tool")}
          value={tool}
          segments={TOOLS.map((each) => ({
            value: each,
            title: t(`tool.${each}`),
            label: <ToolIcon tool={each} label={t(`tool.${each}`)} />,
          }))}
          onChoose={onTool}
        />
        {words && (
          <button
            type="button"
            class="llmw-disclosure"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
          >
            {t("settings.more")}
          </button>
        )}
      </div>
      <div id={id} class="llmw-more" hidden={!open || !words}>
        {open && words && <More desk={desk} settings={settings} gone={gone} t={t} />}
      </div>
    </>
  );
}

interface MoreProps {
  readonly desk: MapDesk;
  readonly settings: MapSettings;
  readonly gone: boolean;
  readonly t: Translate;
}

function More({ desk, settings, gone, t }: MoreProps) {
  const { layer, layers, pooling, poolings, measure, methods } = settings;
  const lacking = METHODS.filter((method) => !methods.includes(method));
  return (
    <dl>
      <Row name={t("measure")} said={t(`measure.${measure}.title`)}>
        <Segments
          name={t("measure")}
          value={measure}
          disabled={gone}
          segments={MEASURES.map((value) => ({ value, label: t(`measure.${value}`) }))}
          onChoose={(value) => desk.ask({ measure: value })}
        />
      </Row>
      {layers.length > 1 && (
        <Row name={t("layer")} said={t(`layer.${layer}.title`)}>
          <Segments
            name={t("layer")}
            value={layer}
            disabled={gone}
            segments={layers.map((value) => ({ value, label: t(`layer.${value}`) }))}
            onChoose={(value) => desk.ask({ layer: value })}
          />
        </Row>
      )}
      {poolings.length > 1 && (
        <Row name={t("pooling")} said={t(`pooling.${pooling}.title`)}>
          <Segments
            name={t("pooling")}
            value={pooling}
            disabled={gone}
            segments={poolings.map((value) => ({ value, label: t(`pooling.${value}`) }))}
            onChoose={(value) => desk.ask({ pooling: value })}
          />
        </Row>
      )}
      {settings.can_space && (
        <Row name={t("space")} said={t("space.title")}>
          <Segments
            name={t("space")}
            value={settings.leading_space ? "inside" : "alone"}
            disabled={gone}
            segments={(["alone", "inside"] as const).map((value) => ({ value, label: t(`space.${value}`) }))}
            onChoose={(value) => desk.ask({ leading_space: value === "inside" })}
          />
        </Row>
      )}
      {lacking.map((method) => (
        <Row key={method} name={t(`method.${method}`)} said={t(`method.${method}.off`)} />
      ))}
    </dl>
  );
}

interface RowProps {
  readonly name: string;
  readonly said: string;
  readonly children?: ComponentChildren;
}

function Row({ name, said, children }: RowProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        <span class="llmw-muted">{said}</span>
      </dd>
    </div>
  );
}

// What two or three dimensions hide, in short sentences, the most important first.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { GroundPayload, MapPayload, MapSettings } from "../../../session/payloads";

export interface Shown {
  readonly map: MapPayload;
  /** Where one is shown. */
  readonly ground: GroundPayload | null;
  readonly settings: MapSettings;
}

export function sentencesOf(
  { map, ground, settings }: Shown,
  t: Translate,
  numbers: Numbers,
): readonly string[] {
  const variance = ground?.variance ?? map.variance;
  const method = ground?.method ?? settings.method;
  return [
    variance.length > 0
      ? ground && map.labels.length > 1
        ? groundVariance(variance, map.variance, settings.dimensions, t)
        : varianceSentence(variance, settings.dimensions, t)
      : method === "pca"
        ? ""
        : t("honest.places", { method: t(`method.${method}`) }),
    ground ? groundLost(ground, t, numbers) : wordsLost(map, t, numbers),
    map.about ? t("honest.about") : "",
    ground
      ? t("honest.fitted.ground", { count: numbers.count(ground.count) })
      : map.labels.length > 1
        ? t("honest.fitted.points")
        : "",
    normSentence(map, t),
    settings.layer === "served" ? t("honest.served") : "",
    settings.tied === null ? "" : t(settings.tied ? "honest.tied" : "honest.untied"),
  ].filter((sentence) => sentence !== "");
}

export function varianceSentence(variance: readonly number[], dimensions: number, t: Translate): string {
  const share = 100 * variance.reduce((sum, each) => sum + each, 0);
  const axes = variance.length;
  if (share >= 99.5) return t("variance.all", { axes: t(`axes.${axes}`) });
  return t(dimensions > 0 ? "variance" : "variance.alone", {
    axes: t(`axes.${axes}`),
    share: shareText(share),
    dimensions,
  });
}

function groundVariance(
  variance: readonly number[],
  own: readonly number[],
  dimensions: number,
  t: Translate,
): string {
  const sum = (shares: readonly number[]) =>
    shareText(100 * shares.reduce((total, share) => total + share, 0));
  const values = { axes: t(`axes.${variance.length}`), share: sum(variance), own: sum(own), dimensions };
  return t("variance.ground", values);
}

export function shareText(share: number): string {
  return share >= 9.95 || share === 0 ? share.toFixed(0) : share.toFixed(1);
}

function groundLost(ground: GroundPayload, t: Translate, numbers: Numbers): string {
  const { lost, spread, sampled, counted } = ground;
  if (counted === 0 || sampled === 0) return "";
  const digits = spread < 0.05 ? 2 : 1;
  const values = {
    lost: lost.toFixed(digits),
    spread: spread.toFixed(digits),
    counted,
    sampled: numbers.count(sampled),
  };
  return t(sampled < ground.count ? "honest.lost.ground" : "honest.lost", values);
}

function wordsLost({ lost, counted }: MapPayload, t: Translate, numbers: Numbers): string {
  if (lost.length < 2 || counted === 0) return "";
  const mean = lost.reduce((sum, each) => sum + each, 0) / lost.length;
  return t("honest.lost", { lost: numbers.decimal(Number(mean.toFixed(1))), counted });
}

function normSentence({ norms }: MapPayload, t: Translate): string {
  if (norms.length < 2) return "";
  return t("honest.norm", { low: Math.min(...norms).toFixed(2), high: Math.max(...norms).toFixed(2) });
}

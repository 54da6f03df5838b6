import { describe, expect, it } from "vitest";
import { translator } from "../../../lib/i18n";
import { numbersIn } from "../../../lib/numbers";
import type { GroundPayload, MapPayload, MapSettings } from "../../../session/payloads";
import { panelStrings } from "../panel_strings";
import { strings } from "../strings";
import { sentencesOf } from "./sentences";

const MAP = {
  labels: ["a", "b"],
  variance: [0.34, 0.21],
  lost: [1, 2],
  counted: 10,
  norms: [2, 3.5],
  about: false,
} as unknown as MapPayload;
const SETTINGS = { dimensions: 576, method: "pca", tied: true } as MapSettings;
const GROUND = {
  count: 49_152,
  lost: 8.94,
  spread: 0.2,
  sampled: 500,
  counted: 10,
  variance: [0.05, 0.02],
  method: "pca",
} as unknown as GroundPayload;

function say(
  map: Partial<MapPayload>,
  settings: Partial<MapSettings> = {},
  ground: GroundPayload | null = null,
) {
  const shown = { map: { ...MAP, ...map }, settings: { ...SETTINGS, ...settings }, ground };
  return sentencesOf(shown, translator("en", strings, panelStrings), numbersIn("en")).join(" ");
}

describe("sentencesOf", () => {
  it("says what the axes hold and how many neighbours are lost", () => {
    expect(say({})).toContain("The two axes hold 55 % of the variance.");
    expect(say({})).toContain("On average, 1.5 of a point’s 10 nearest");
    expect(say({ variance: [0.6, 0.2, 0.2] })).toContain("The three axes hold all of the variance");
  });
  it("says that places by t-SNE have no axes", () => {
    expect(say({ variance: [] }, { method: "tsne" })).toContain("t-SNE");
    expect(say({ variance: [] }, { method: "tsne" })).not.toContain("variance");
    expect(say({ variance: [] })).not.toContain("PCA");
  });
  it("tells of an estimate by its spread and its sample", () => {
    const said = say({ about: true }, {}, GROUND);
    expect(said).toContain("hold 7.0 % of the variance of the ground, and 55 % of that of these points");
    expect(said).toContain("8.9 ± 0.2 of a point’s 10 nearest");
    expect(said).toContain("500 points");
    expect(said).toContain("49,152");
    expect(said).toContain("interpolated");
    expect(say({}, {}, { ...GROUND, sampled: 49_152 })).not.toContain("±");
  });
  it("tells of tied embeddings where there are any", () => {
    expect(say({})).toContain("one matrix");
    expect(say({}, { tied: false })).toContain("two matrices");
    expect(say({}, { tied: null })).not.toMatch(/matri/);
  });
});

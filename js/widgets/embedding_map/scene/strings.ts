import type { Catalogue } from "../../../lib/i18n";

export const strings: Catalogue = {
  en: {
    scene:
      "Map. Arrow keys go from point to point, plus and minus zoom, Shift with arrow keys moves the map, 0 shows all of it",
    "scene.3d":
      "Map in three dimensions. Arrow keys go from point to point, plus and minus zoom, Shift with arrow keys turns the map, 0 shows all of it",
    "scene.ground": "On a ground of {count} points, {seen} of them in view",
    "zoom.in": "Zoom in",
    "zoom.out": "Zoom out",
    "zoom.reset": "Show all",
    "zoom.hint": "To zoom, hold {key} while scrolling, or click the map first.",
    "zoom.key": "Ctrl",
    "zoom.key.mac": "⌘",
    "scene.empty": "Nothing to show",
  },
  ja: {
    scene:
      "地図。矢印キーで点から点へ移動、プラスとマイナスで拡大・縮小、Shift と矢印キーで地図を動かし、0 で全体を表示します",
    "scene.3d":
      "3 次元の地図。矢印キーで点から点へ移動、プラスとマイナスで拡大・縮小、Shift と矢印キーで地図を回転し、0 で全体を表示します",
    "scene.ground": "背景に {count} 個の点があり、そのうち {seen} 個が見えています",
    "zoom.in": "拡大",
    "zoom.out": "縮小",
    "zoom.reset": "全体を表示",
    "zoom.hint": "拡大・縮小するには、{key} を押しながらスクロールするか、先に地図をクリックしてください。",
    "zoom.key": "Ctrl",
    "zoom.key.mac": "⌘",
    "scene.empty": "表示するものがありません",
  },
};

// The neighbourhood under the pins: our own drawing on one canvas, or tiles, or plain colour.

import L from "leaflet";
import type { Ground } from "./adapter";

/** What the city serves; how the steps are counted is told in `streets/base_map.rs`. */
type Base = {
  stepsPerDegree: number;
  areas: Partial<Record<Kind, number[][]>>;
  lines: Partial<Record<Kind, number[][]>>;
  labels: { name: string; lat: number; lng: number }[];
};

type Kind = "water" | "park" | "block" | "building" | "street" | "arterial" | "bridge";

/** From the bottom up. */
const LAYERS: readonly Kind[] = [
  "water",
  "park",
  "block",
  "building",
  "street",
  "arterial",
  "bridge",
];

const WIDTHS: Partial<Record<Kind, number>> = { street: 3, arterial: 6, bridge: 7 };

const NAMES = "names";

type Palette = Record<Kind, string>;

const LIGHT: Palette = {
  water: "#b9d6ea",
  park: "#cfe3c1",
  block: "#f3f0e8",
  building: "#e2ddd0",
  street: "#ffffff",
  arterial: "#fbe7b2",
  bridge: "#e9d9ad",
};

const DARK: Palette = {
  water: "#16303f",
  park: "#1e3228",
  block: "#1c2229",
  building: "#28303a",
  street: "#38424e",
  arterial: "#566273",
  bridge: "#5c6777",
};

/** Bases read by address, as every map of a page draws the same one. */
const read = new Map<string, Promise<Base | null>>();

function base(url: string): Promise<Base | null> {
  const held = read.get(url);
  if (held) return held;
  const asked = fetch(url)
    .then((answer) => (answer.ok ? (answer.json() as Promise<Base>) : null))
    .catch(() => null)
    .then((came) => {
      // Without it a map is plain; the next map asks again.
      if (came === null) read.delete(url);
      return came;
    });
  read.set(url, asked);
  return asked;
}

/** Walks the steps of many shapes back to positions. */
function walked(shapes: number[][], stepsPerDegree: number): L.LatLngTuple[][] {
  let first: L.LatLngTuple = [0, 0];
  return shapes.map((steps) => {
    let [lat, lng] = first;
    const points: L.LatLngTuple[] = [];
    for (let at = 0; at < steps.length; at += 2) {
      lat += steps[at] ?? 0;
      lng += steps[at + 1] ?? 0;
      if (at === 0) first = [lat, lng];
      points.push([lat / stepsPerDegree, lng / stepsPerDegree]);
    }
    return points;
  });
}

function styleOf(kind: Kind, isDark: boolean): L.PathOptions {
  const color = (isDark ? DARK : LIGHT)[kind];
  const width = WIDTHS[kind];
  if (width !== undefined) return { color, weight: width, opacity: 1, lineCap: "round" };
  return { stroke: false, fill: true, fillColor: color, fillOpacity: 1 };
}

/** Lays the ground under a map; the answer repaints it for the theme that holds then. */
export async function layGround(map: L.Map, ground: Ground, isDark: () => boolean) {
  if (ground.tileUrl !== null) {
    L.tileLayer(ground.tileUrl, { maxZoom: 19 }).addTo(map);
    return () => {};
  }
  if (ground.baseUrl === null) return () => {};

  const drawn = await base(ground.baseUrl);
  if (drawn === null) return () => {};
  const { areas, lines, labels, stepsPerDegree } = drawn;
  const renderer = L.canvas({ padding: 0.5 });
  const painted = LAYERS.map((kind) => {
    const style = { ...styleOf(kind, isDark()), renderer, interactive: false, smoothFactor: 0.5 };
    const area = areas[kind];
    // Many outlines of one kind are one thing to draw.
    const layer: L.Path = area
      ? L.polygon(
          walked(area, stepsPerDegree).map((outline) => [outline]),
          style,
        )
      : L.polyline(walked(lines[kind] ?? [], stepsPerDegree), style);
    return { kind, layer: layer.addTo(map) };
  });
  // Above the streets, below the pins.
  map.createPane(NAMES).style.zIndex = "450";
  for (const { name: words, lat, lng } of labels) name(map, words, [lat, lng]);
  return () => {
    for (const { kind, layer } of painted) layer.setStyle(styleOf(kind, isDark()));
  };
}

function name(map: L.Map, text: string, at: L.LatLngTuple): void {
  const words = document.createElement("span");
  words.textContent = text;
  const icon = L.divIcon({ className: "ground-name", html: words, iconSize: [0, 0] });
  L.marker(at, { icon, interactive: false, keyboard: false, pane: NAMES }).addTo(map);
}

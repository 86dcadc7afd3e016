// The neighbourhood under the pins: our own GeoJSON on one canvas, or tiles, or plain colour.

import L from "leaflet";
import type { Ground } from "./adapter";

type Feature = {
  type: "Feature";
  properties: { kind: string; name?: string };
  geometry: { type: string; coordinates: unknown };
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
const read = new Map<string, Promise<Feature[]>>();

function base(url: string): Promise<Feature[]> {
  const held = read.get(url);
  if (held) return held;
  const asked = fetch(url)
    .then((answer) => (answer.ok ? answer.json() : { features: [] }))
    .then((collection: { features: Feature[] }) => collection.features)
    .catch(() => []);
  read.set(url, asked);
  return asked;
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

  const features = await base(ground.baseUrl);
  const renderer = L.canvas({ padding: 0.5 });
  const painted = LAYERS.map((kind) => {
    const those = features.filter((feature) => feature.properties.kind === kind);
    const layer = L.geoJSON(those as never, {
      style: () => ({ ...styleOf(kind, isDark()), renderer }),
      interactive: false,
    });
    return { kind, layer: layer.addTo(map) };
  });
  // Above the streets, below the pins.
  map.createPane(NAMES).style.zIndex = "450";
  for (const feature of features) {
    if (feature.properties.kind === "label") name(map, feature);
  }
  map.attributionControl?.addAttribution(ground.placeName);
  return () => {
    for (const { kind, layer } of painted) layer.setStyle(styleOf(kind, isDark()));
  };
}

function name(map: L.Map, { properties, geometry }: Feature): void {
  // GeoJSON has longitude first; here it is turned round once and for all.
  const [lng, lat] = geometry.coordinates as [number, number];
  const words = document.createElement("span");
  words.textContent = properties.name ?? "";
  const icon = L.divIcon({ className: "ground-name", html: words, iconSize: [0, 0] });
  L.marker([lat, lng], { icon, interactive: false, keyboard: false, pane: NAMES }).addTo(map);
}

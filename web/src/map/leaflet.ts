// The map on Leaflet. Loaded only by screens that show one.

import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { NEIGHBOURHOOD, type Point } from "../core/geometry";
import type { Ground, MapView, MapWords, Pin } from "./adapter";
import { layGround } from "./ground";
import styles from "./pins.module.css";

const ZOOM = 15;
const ZOOM_MAX = 17;
/** Between what is fitted in and the edge, in pixels; a small map has less to spare. */
const EDGE_MAX = 40;

const SHAPES: Record<Pin["kind"], string> = {
  store: '<path d="M5 9h14l1.2 4.5H3.8zM6 15h12v5H6z"/>',
  home: '<path d="M12 4 4 11h2v8h12v-8h2z"/>',
  rider: '<path d="M12 3l6 16-6-3.6L6 19z"/>',
  me: '<circle cx="12" cy="12" r="5"/>',
  job: '<path d="M6 8h12v11H6zM9 8a3 3 0 0 1 6 0"/>',
};

const isReduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Puts a map into an element. */
export function openMap(element: HTMLElement, ground: Ground, isDark: () => boolean): MapView {
  const map = L.map(element, {
    center: [NEIGHBOURHOOD.lat, NEIGHBOURHOOD.lng],
    zoom: ZOOM,
    maxZoom: 18,
    minZoom: 11,
    // Our own ground is drawn and sharp at any zoom; tiles only at their own.
    zoomSnap: ground.tileUrl === null ? 0.25 : 1,
    zoomControl: false,
    attributionControl: true,
    // Scrolling the page must not get caught in a map on the way.
    scrollWheelZoom: false,
    zoomAnimation: !isReduced(),
    markerZoomAnimation: !isReduced(),
  });
  map.attributionControl?.setPrefix(false);
  L.control.zoom({ position: "bottomright" }).addTo(map);

  let repaint = () => {};
  void layGround(map, ground, isDark).then((painter) => {
    repaint = painter;
    element.dataset.map = "ready";
  });
  let fitted: readonly Point[] = [];
  let width = element.clientWidth;
  const resized = new ResizeObserver(() => {
    map.invalidateSize({ pan: false });
    // Turned, or a window that was pulled: what is to be seen must be in sight. The height changes
    // with every bar that a phone's browser folds away.
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    showAll(fitted);
  });
  resized.observe(element);

  const markers = new Map<string, { marker: L.Marker; face: string }>();
  let ring: L.Circle | null = null;
  let picked: ((point: { lat: number; lng: number }) => void) | null = null;
  map.on("click", ({ latlng }) => picked?.({ lat: latlng.lat, lng: latlng.lng }));

  function showAll(points: readonly Point[]): void {
    fitted = points;
    if (points.length === 0) return;
    const bounds = L.latLngBounds(points.map(({ lat, lng }) => [lat, lng]));
    const edge = Math.min(EDGE_MAX, element.clientHeight / 8);
    map.fitBounds(bounds, {
      paddingTopLeft: [edge, edge],
      // The buttons of the map stand there.
      paddingBottomRight: [76, edge],
      maxZoom: ZOOM_MAX,
      // An animated fit is dropped while another one runs.
      animate: false,
    });
  }

  return {
    setPins(pins) {
      const kept = new Set(pins.map((pin) => pin.id));
      for (const [id, { marker }] of markers) {
        if (kept.has(id)) continue;
        marker.remove();
        markers.delete(id);
      }
      for (const pin of pins) place(map, markers, pin);
    },
    setRing(wanted) {
      ring?.remove();
      ring = null;
      if (wanted === null) return;
      ring = L.circle([wanted.center.lat, wanted.center.lng], {
        radius: wanted.radiusMeters,
        className: styles.ring ?? "",
        interactive: false,
      }).addTo(map);
    },
    fit: showAll,
    onPick(callback) {
      picked = callback;
      element.classList.toggle(styles.picking ?? "", callback !== null);
    },
    name(words) {
      nameButtons(map, words);
      // A real town's tiles are not ours to name.
      if (ground.tileUrl === null) map.attributionControl?.setPrefix(words.place);
    },
    repaint: () => repaint(),
    destroy() {
      resized.disconnect();
      map.remove();
    },
  };
}

/** The library says its buttons in English, once and for all. */
function nameButtons(map: L.Map, words: MapWords): void {
  const frame = map.getContainer();
  for (const [button, word] of [
    [".leaflet-control-zoom-in", words.zoomIn],
    [".leaflet-control-zoom-out", words.zoomOut],
  ] as const) {
    const found = frame.querySelector(button);
    found?.setAttribute("title", word);
    found?.setAttribute("aria-label", word);
  }
}

function place(map: L.Map, markers: Map<string, { marker: L.Marker; face: string }>, pin: Pin) {
  const face = faceOf(pin);
  const held = markers.get(pin.id);
  if (held) {
    held.marker.setLatLng([pin.point.lat, pin.point.lng]);
    if (held.face !== face) held.marker.setIcon(iconOf(pin, face)).setZIndexOffset(heightOf(pin));
    held.face = face;
    // Leaflet names a pin once and for all.
    held.marker.getElement()?.setAttribute("title", pin.name);
    return;
  }
  const marker = L.marker([pin.point.lat, pin.point.lng], {
    icon: iconOf(pin, face),
    title: pin.name,
    alt: pin.name,
    keyboard: pin.onPress !== undefined,
    interactive: pin.onPress !== undefined,
    zIndexOffset: heightOf(pin),
  }).addTo(map);
  if (pin.onPress) marker.on("click", pin.onPress);
  markers.set(pin.id, { marker, face });
}

/** Several things happen at one door: what was chosen lies on top, then what can be. */
function heightOf({ kind, isSelected, isStale }: Pin): number {
  if (kind === "rider" || kind === "me") return 3000;
  if (isSelected) return 2000;
  return isStale ? 0 : 1000;
}

function faceOf({ kind, mark, heading, isStale, isSelected, load }: Pin): string {
  // An attribute: the page's policy allows no style in markup.
  const turn = typeof heading === "number" ? Math.round(heading) : 0;
  const face =
    mark === undefined
      ? `<svg viewBox="0 0 24 24" aria-hidden="true"><g transform="rotate(${turn} 12 12)">${SHAPES[kind]}</g></svg>`
      : `<b>${Number(mark)}</b>`;
  const looks = [
    styles.pin,
    styles[kind],
    load && styles[load],
    isStale && styles.stale,
    isSelected && styles.selected,
  ];
  return `<span class="${looks.filter(Boolean).join(" ")}">${face}</span>`;
}

function iconOf(pin: Pin, html: string): L.DivIcon {
  const glides = pin.kind === "rider" || pin.kind === "me";
  return L.divIcon({
    className: glides ? `${styles.holder} ${styles.glides}` : (styles.holder ?? ""),
    html,
    iconSize: [36, 36],
  });
}

// What the screens ask of a map. The only words they have for it; the library stays behind them.

import type { Point } from "../core/geometry";

export type PinKind = "store" | "home" | "rider" | "me" | "job";

export type Pin = {
  id: string;
  kind: PinKind;
  point: Point;
  /** Read to those who don't see the map, and shown on touch. */
  name: string;
  /** A number or a letter on the pin, as in the list beside it. */
  mark?: string;
  /** Degrees clockwise from north. */
  heading?: number | null;
  /** Too old to be trusted: grey. */
  isStale?: boolean;
  isSelected?: boolean;
  /** How much is asked of a store. */
  load?: "idle" | "busy" | "late";
  onPress?: () => void;
};

export interface MapView {
  /** Replaces all pins; one that is still there glides to its new place. */
  setPins(pins: readonly Pin[]): void;
  /** Draws a circle around a point, or none. */
  setRing(ring: { center: Point; radiusMeters: number } | null): void;
  /** Shows all of these points. */
  fit(points: readonly Point[]): void;
  /** Calls back with the point that was touched; `null` to stop. */
  onPick(picked: ((point: Point) => void) | null): void;
  /** Writes on it in another language. */
  name(words: MapWords): void;
  /** Paints the ground again, for another theme. */
  repaint(): void;
  destroy(): void;
}

export type Ground = { baseUrl: string | null; tileUrl: string | null };

/** What is written on a map besides its streets. */
export type MapWords = { place: string; zoomIn: string; zoomOut: string };

// Distances and positions. The only place where latitude and longitude meet arithmetic.

export type Point = { lat: number; lng: number };

/** Closer together, two fixes differ by their error and not by a way. */
const HARDLY_METERS = 3;

const EARTH_RADIUS_METERS = 6_371_000;

/** Where the demo neighbourhood lies; a screen that knows nothing else starts here. */
export const NEIGHBOURHOOD: Point = { lat: 37.553, lng: 126.9105 };

/** Great-circle distance, good to a metre at the size of a town. */
export function metersBetween(a: Point, b: Point): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const dLat = rad(b.lat - a.lat);
  const dLng = rad(b.lng - a.lng);
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLng / 2) ** 2;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(h));
}

/** The way from `a` to `b`, in degrees clockwise from north; `null` where they are hardly apart. */
export function bearing(a: Point, b: Point): number | null {
  if (metersBetween(a, b) < HARDLY_METERS) return null;
  const north = b.lat - a.lat;
  const east = (b.lng - a.lng) * Math.cos((a.lat * Math.PI) / 180);
  return (Math.atan2(east, north) * (180 / Math.PI) + 360) % 360;
}

/** Five decimals are about a metre; more would only be noise on the wire. */
export function rounded(point: Point): Point {
  return { lat: Number(point.lat.toFixed(5)), lng: Number(point.lng.toFixed(5)) };
}

/** A position if both parts of it are known. */
export function pointOf(place: { lat: number | null; lng: number | null } | null): Point | null {
  if (place === null || place.lat === null || place.lng === null) return null;
  if (place.lat === undefined || place.lng === undefined) return null;
  return { lat: place.lat, lng: place.lng };
}

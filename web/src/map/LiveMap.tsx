// A map in a screen: a picture with a sentence for those who don't see it.

import { useEffect, useRef } from "preact/hooks";
import type { Point } from "../core/geometry";
import { settings } from "../identity";
import { isUpToDate } from "../live";
import { language, say, theme } from "../preferences";
import { common } from "../words/common";
import type { MapView, Pin } from "./adapter";
import styles from "./LiveMap.module.css";

type Props = {
  /** What the map shows, as a sentence. */
  label: string;
  pins: Pin[];
  ring?: { center: Point; radiusMeters: number } | null;
  onPick?: ((point: Point) => void) | undefined;
  tall?: boolean;
  /** The map shows all pins anew when this changes; by default when other things are pinned. */
  fitKey?: string;
};

const isDark = () =>
  theme.value === "dark" ||
  (theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches);

export function LiveMap({ label, pins, ring = null, onPick, tall = false, fitKey }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const view = useRef<MapView | null>(null);
  const latest = useRef({ pins, ring, onPick, fitKey });
  const shown = useRef("");
  latest.current = { pins, ring, onPick, fitKey };

  const show = () => {
    const map = view.current;
    if (map === null) return;
    const now = latest.current;
    map.setPins(now.pins);
    map.setRing(now.ring);
    map.onPick(now.onPick ? (point) => latest.current.onPick?.(point) : null);
    // Only when other things are shown than before: a map that follows by itself is a fight.
    const key = now.fitKey ?? now.pins.map((pin) => pin.id).join();
    if (key === shown.current) return;
    shown.current = key;
    map.fit(now.pins.map((pin) => pin.point));
  };

  useEffect(() => {
    let isGone = false;
    void import("./leaflet").then(({ openMap }) => {
      if (isGone || element.current === null) return;
      const { mapBaseUrl, mapTileUrl } = settings();
      const ground = { baseUrl: mapBaseUrl, tileUrl: mapTileUrl };
      view.current = openMap(element.current, ground, isDark);
      view.current.name(say(common).map);
      show();
    });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => view.current?.repaint();
    scheme.addEventListener("change", repaint);
    return () => {
      isGone = true;
      scheme.removeEventListener("change", repaint);
      view.current?.destroy();
    };
  }, []);

  useEffect(show);
  useEffect(() => view.current?.repaint(), [theme.value]);
  useEffect(() => view.current?.name(say(common).map), [language.value]);

  const isDown = !isUpToDate.value;
  return (
    <section
      class={`${styles.frame} ${tall ? styles.tall : ""} ${isDown ? styles.down : ""}`}
      aria-label={label}
    >
      {/* Its classes belong to the map from then on, so they never change here. */}
      <div ref={element} class={styles.map} />
    </section>
  );
}

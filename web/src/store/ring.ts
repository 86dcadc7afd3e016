// The ring: a function of the board. While a new order waits it sounds, again and again.

import { effect, signal } from "@preact/signals";
import { RING_REPEAT_SECONDS } from "../core/thresholds";
import { isPane } from "../shell/pane";
import { isWorking, unanswered } from "./tickets";

/** `locked`: the browser has not yet been allowed to make a sound; `off`: silenced by hand. */
export type Sound = "locked" | "on" | "off";

export const sound = signal<Sound>("locked");

let audio: AudioContext | null = null;

/** Called by a tap, as browsers demand; proves itself by ringing once. */
export async function unlock(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  sound.value = "on";
  play();
}

export function silence(): void {
  sound.value = "off";
}

/** Two tones, a third apart. */
function play(): void {
  if (audio === null) return;
  const start = audio.currentTime;
  for (const [at, hertz] of [
    [0, 880],
    [0.22, 1108.7],
  ] as const) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, start + at);
    loudness.gain.exponentialRampToValueAtTime(0.35, start + at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.4);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start + at);
    tone.stop(start + at + 0.45);
  }
}

/** Rings for as long as something is unanswered; the answer ends it. */
export function followRing(): () => void {
  return effect(() => {
    const isDue = unanswered.value.length > 0 && sound.value === "on" && isWorking.value;
    if (!isDue || isPane) return;
    play();
    const repeat = setInterval(play, RING_REPEAT_SECONDS * 1000);
    return () => clearInterval(repeat);
  });
}

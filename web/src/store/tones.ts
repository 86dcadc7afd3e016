// The sounds of the board, made on the spot: no file to load, so nothing that can be missing.

import { signal } from "@preact/signals";

/** Whether the browser lets this page be heard; it takes a tap, and a phone call ends it again. */
export const isUnlocked = signal(false);

let audio: AudioContext | null = null;

/** Asks to be heard; only a tap or a key may do so. Answers once it is so. */
export async function unlock(): Promise<void> {
  audio ??= opened();
  await audio.resume();
}

function opened(): AudioContext {
  const made = new AudioContext();
  made.addEventListener("statechange", () => {
    isUnlocked.value = made.state === "running";
  });
  return made;
}

type Tone = { hertz: number; atSeconds: number };

/** Two tones, a third apart, upwards. */
const RING: readonly Tone[] = [
  { hertz: 880, atSeconds: 0 },
  { hertz: 1108.7, atSeconds: 0.22 },
];

/** Two tones downwards, not to be mistaken for the ring. */
const STRUCK: readonly Tone[] = [
  { hertz: 523.3, atSeconds: 0 },
  { hertz: 392, atSeconds: 0.26 },
];

const TONE_SECONDS = 0.45;
const LOUDNESS = 0.35;
const LOUDNESS_URGENT = 0.8;

export function playRing(isUrgent: boolean): void {
  play(RING, isUrgent ? LOUDNESS_URGENT : LOUDNESS);
}

export function playStruck(): void {
  play(STRUCK, LOUDNESS);
}

function play(tones: readonly Tone[], loudness: number): void {
  if (audio === null || audio.state !== "running") return;
  for (const { hertz, atSeconds } of tones) {
    const start = audio.currentTime + atSeconds;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(loudness, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + TONE_SECONDS - 0.05);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + TONE_SECONDS);
  }
}

// Sounds of the room, by Web Audio: no files, −18 dBFS at most, none again within two seconds. Off until switched on, for browsers
// forbid else; each has its words on the screen and in a live region beside it.
import { settings } from "../../shell/settings.svelte";

export type Cue = "outbid" | "extended" | "near" | "won" | "lost" | "refused";

/** Tones: frequency (Hz), when it begins and how long it lasts (ms). */
const CUES: Record<Cue, readonly (readonly [hertz: number, from: number, lasts: number])[]> = {
  outbid: [
    [660, 0, 90],
    [440, 90, 90],
  ],
  extended: [[523, 0, 250]],
  near: [[880, 0, 120]],
  won: [
    [523, 0, 150],
    [659, 150, 150],
    [784, 300, 220],
  ],
  lost: [[330, 0, 300]],
  refused: [[220, 0, 300]],
};
/** −18 dBFS. */
const LOUDEST = 0.126;
const APART = 2_000;

let context: AudioContext | null = null;
const last = new Map<Cue, number>();

/** Plays a cue, where sound is on. */
export function play(cue: Cue): void {
  if (!settings.sound) return;
  const now = performance.now();
  if (now - (last.get(cue) ?? -APART) < APART) return;
  last.set(cue, now);
  try {
    context ??= new AudioContext();
    void context.resume();
    for (const [hertz, from, lasts] of CUES[cue]) {
      const begins = context.currentTime + from / 1000;
      const ends = begins + lasts / 1000;
      const tone = context.createOscillator();
      const loud = context.createGain();
      tone.frequency.value = hertz;
      loud.gain.setValueAtTime(0, begins);
      loud.gain.linearRampToValueAtTime(LOUDEST, begins + 0.01);
      loud.gain.setValueAtTime(LOUDEST, ends - 0.02);
      loud.gain.linearRampToValueAtTime(0, ends);
      tone.connect(loud).connect(context.destination);
      tone.start(begins);
      tone.stop(ends);
    }
  } catch {
    // A computer without sound: the words are there.
  }
}

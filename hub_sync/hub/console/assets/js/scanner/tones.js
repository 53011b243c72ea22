// The three tones of the stations (hardware/tones/synthesis.py), and a buzz where the device has one.

const CHOICE = "doorward_sound";
const LOUDNESS = 0.8;
const BUZZES = { success: [60], warning: [60, 80, 60], error: [350] };

export class Tones {
  #context = null;

  constructor() {
    // Browsers let a page sound only after somebody has touched it.
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.#wake(), { capture: true });
  }

  get isOn() {
    return localStorage.getItem(CHOICE) !== "off";
  }

  set isOn(on) {
    localStorage.setItem(CHOICE, on ? "on" : "off");
  }

  play(tone) {
    if (!tone || !this.isOn) return;
    // Before the first touch browsers refuse a buzz, with a warning in their console.
    if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(BUZZES[tone]);
    const context = this.#wake();
    if (context?.state !== "running") return;
    const now = context.currentTime + 0.01;
    if (tone === "success") {
      this.#bell(880, now, 0.11);
      this.#bell(1108.73, now + 0.11, 0.26);
    } else if (tone === "warning") {
      this.#note("triangle", 660, now, 0.14, LOUDNESS);
      this.#note("triangle", 660, now + 0.25, 0.14, LOUDNESS);
    } else this.#note("square", 165, now, 0.65, LOUDNESS / 2);
  }

  #wake() {
    if (!("AudioContext" in window)) return null;
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
    return this.#context;
  }

  #bell(frequency, at, seconds) {
    for (const [multiple, strength, decay] of [[1, 1, 6], [2, 0.25, 12], [3, 0.1, 20]]) {
      this.#note("sine", frequency * multiple, at, seconds, LOUDNESS * strength * 0.75, decay);
    }
  }

  #note(shape, frequency, at, seconds, loudness, decay = 0) {
    const [source, volume] = [this.#context.createOscillator(), this.#context.createGain()];
    source.type = shape;
    source.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loudness, at + 0.005);
    if (decay) volume.gain.setTargetAtTime(0, at + 0.005, 1 / decay);
    else volume.gain.setValueAtTime(loudness, at + seconds - 0.005);
    volume.gain.linearRampToValueAtTime(0, at + seconds);
    source.connect(volume).connect(this.#context.destination);
    source.start(at);
    source.stop(at + seconds);
  }
}

// The camera: started, chosen, lit, and read picture by picture. What is wrong with it is a word that the page has a text for.
import { Decoder } from "./decoder.js";

const CHOICE = "doorward_camera";
const BETWEEN_PICTURES_MS = 60;
const MOST_FAILURES = 3;
const FAULTS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class Camera {
  #decoder = new Decoder();
  #stream = null;
  #round = 0; // which start the running loop belongs to

  // onState(word, track): "off", "starting", "on" or a fault; onCodes(texts): of each picture.
  constructor(video, { onState, onCodes }) {
    Object.assign(this, { video, onState, onCodes });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#stream && this.track?.readyState !== "live") this.start();
    });
  }

  get track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get isOn() {
    return this.#stream !== null;
  }

  async start(deviceId = localStorage.getItem(CHOICE) ?? "") {
    this.#release();
    const round = ++this.#round;
    if (!window.isSecureContext) return this.onState("insecure");
    if (!navigator.mediaDevices?.getUserMedia || !("Worker" in window) || !("WebAssembly" in window)) return this.onState("unsupported");
    this.onState("starting");
    let stream;
    try {
      stream = await this.#open(deviceId);
    } catch (error) {
      if (round === this.#round) this.onState(FAULTS[error.name] ?? "failed");
      return;
    }
    if (round !== this.#round) return stream.getTracks().forEach((track) => track.stop());
    this.#stream = stream;
    this.track.addEventListener("ended", () => {
      if (this.#stream !== stream) return;
      this.#release();
      this.onState("ended");
    });
    this.video.srcObject = stream;
    await this.video.play().catch(() => {}); // a page in the background plays later
    this.onState("on", this.track);
    this.#watch(round);
  }

  stop() {
    this.#round += 1;
    this.#release();
    this.onState("off");
  }

  async #open(deviceId) {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    if (deviceId) {
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, deviceId: { exact: deviceId } } });
      } catch (error) {
        if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
        localStorage.removeItem(CHOICE); // that camera is gone: take another one
      }
    }
    return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, facingMode: { ideal: "environment" } } });
  }

  async count() {
    return (await this.#devices()).length;
  }

  // The next camera of this device: front, back, or one on a cable.
  async next() {
    const ids = (await this.#devices()).map((device) => device.deviceId);
    const at = ids.indexOf(this.track?.getSettings().deviceId);
    const id = ids[(at + 1) % ids.length];
    if (!id) return;
    localStorage.setItem(CHOICE, id);
    await this.start(id);
  }

  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  async setTorch(on) {
    await this.track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  async #devices() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter((device) => device.kind === "videoinput");
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  async #watch(round) {
    let failures = 0;
    while (round === this.#round && this.#stream) {
      if (!document.hidden && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && this.video.videoWidth) {
        try {
          const texts = await this.#decoder.decode(this.video);
          failures = 0;
          if (round === this.#round && this.#stream) this.onCodes([...new Set(texts)].filter(Boolean));
        } catch {
          failures += 1;
          if (failures >= MOST_FAILURES) {
            this.#release();
            return this.onState("no-decoder");
          }
        }
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_PICTURES_MS));
    }
  }
}

// Asks the worker for the codes in a video's present picture.

const LONGEST_SIDE = 1280;
const PATIENCE_MS = 20_000; // the first picture waits for the decoder to load, over whatever network

export class Decoder {
  #worker;
  #canvas;

  // The texts of the codes in view. Throws if the decoder does not work; the next call starts it anew.
  async decode(video) {
    this.#worker ??= new Worker(new URL("decoder_worker.js", import.meta.url));
    const picture = await this.#picture(video);
    const worker = this.#worker;
    try {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("the decoder is silent")), PATIENCE_MS);
        worker.onmessage = ({ data }) => {
          clearTimeout(timer);
          if (data.failure) reject(new Error(data.failure));
          else resolve(data.texts);
        };
        worker.onerror = (event) => {
          clearTimeout(timer);
          reject(new Error(event.message || "the worker failed"));
        };
        worker.postMessage({ picture }, [picture instanceof ImageData ? picture.data.buffer : picture]);
      });
    } catch (error) {
      worker.terminate();
      this.#worker = undefined;
      throw error;
    }
  }

  // Older browsers have no canvas in workers: there the page takes the pixels.
  async #picture(video) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const width = Math.round(video.videoWidth * scale);
    const height = Math.round(video.videoHeight * scale);
    if ("OffscreenCanvas" in window && "createImageBitmap" in window) {
      return createImageBitmap(video, { resizeWidth: width, resizeHeight: height });
    }
    this.#canvas ??= document.createElement("canvas");
    Object.assign(this.#canvas, { width, height });
    const pen = this.#canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height);
  }
}

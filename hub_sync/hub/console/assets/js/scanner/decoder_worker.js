// Reads QR codes from pictures, beside the page: the browser's own detector where it works, else ZXing as WebAssembly
// (vendor/zxing-wasm). This worker has a policy of its own (static_files.py): only here may WebAssembly run.
const MOST_CODES = 4;
const ZXING = { formats: ["QRCode"], maxNumberOfSymbols: MOST_CODES, tryHarder: true, tryInvert: true, tryRotate: false };
// A QR code (version 1, "OK"), row by row, to see if the browser's detector reads at all.
const SAMPLE = "1fcf7f 104b41 17525d 17545d 174b5d 104141 1fd57f 100 36b0c 1d2a55 d439e 2a4cc 1bd54d 12ab 1fd3f0 104e7b 17582d 175adc 174747 104716 1fc94e";
const SAMPLE_TEXT = "OK";

let reader;

self.onmessage = async ({ data }) => {
  try {
    reader ??= start();
    const decode = await reader;
    self.postMessage({ texts: await decode(data.picture), engine: decode.engine });
  } catch (error) {
    reader = undefined;
    self.postMessage({ failure: String(error) });
  } finally {
    data.picture.close?.();
  }
};

async function start() {
  const native = await startNative();
  if (native) return native;
  importScripts(new URL("../../vendor/zxing-wasm/reader.js", self.location.href).href);
  const locateFile = (name) => new URL(`../../vendor/zxing-wasm/${name}`, self.location.href).href;
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  const decode = async (picture) => {
    const results = await ZXingWASM.readBarcodes(pixels(picture), ZXING);
    return results.filter((result) => result.isValid).map((result) => result.text);
  };
  return Object.assign(decode, { engine: "zxing" });
}

async function startNative() {
  try {
    if (!("BarcodeDetector" in self) || !(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    const decode = async (picture) => (await detector.detect(picture)).map((code) => code.rawValue);
    const [text] = await decode(sample());
    return text === SAMPLE_TEXT ? Object.assign(decode, { engine: "native" }) : null;
  } catch {
    return null; // some browsers have the detector without the service behind it
  }
}

function sample() {
  const rows = SAMPLE.split(" ").map((row) => parseInt(row, 16).toString(2).padStart(21, "0"));
  const [module, quiet] = [8, 4];
  const size = (rows.length + 2 * quiet) * module;
  const canvas = new OffscreenCanvas(size, size);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = "black";
  rows.forEach((row, y) => [...row].forEach((bit, x) => {
    if (bit === "1") pen.fillRect((x + quiet) * module, (y + quiet) * module, module, module);
  }));
  return canvas;
}

let canvas;
function pixels(picture) {
  if (picture instanceof ImageData) return picture;
  if (canvas?.width !== picture.width || canvas?.height !== picture.height) canvas = new OffscreenCanvas(picture.width, picture.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  return pen.getImageData(0, 0, picture.width, picture.height);
}

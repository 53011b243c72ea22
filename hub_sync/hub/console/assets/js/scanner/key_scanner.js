// A hand-held scanner that types like a keyboard, told from a person by the speed of the keys, as hardware/scanner/burst.py
// does for stations. Its keys press nothing, choose nothing and stay in no field.

const PERSON_GAP_MS = 50; // a longer gap ends a run of keys that is not yet known to be a scan
const SCAN_GAP_MS = 200; // a longer gap ends a scan: radio scanners pause in the middle of a code
const SUFFIX_GAP_MS = 40;
const LATE_SUFFIX_MS = 500;
const AFTER_LETTER_MS = 300; // Enter or Space on a control so soon after a letter is a slow scanner's
const FAST_MEAN_MS = 35;
const FAST_KEYS = 5;
const FAST_KEYS_WITH_SUFFIX = 3;
const LONG_RUN = 12;
const IDENTIFIER = /^\][A-Za-z][0-9A-Za-z](?:\\\d{6})?/; // ISO/IEC 15424, and what some scanners put after it
const FRAME = /^[\u0000-\u0020\u007f\u00a0\u200b\u200e\u200f\u2060\ufeff]+|[\u0000-\u0020\u007f\u00a0\u200b\u200e\u200f\u2060\ufeff]+$/g;
const SUFFIXES = { Enter: "\n", Tab: "\t" };

// What a scanner means that is set to a US keyboard, whatever this computer's layout is: the keys by their places.
const US = new Map([["Space", "  "]]);
for (const [names, plain, shifted] of [
  ["Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal", "`1234567890-=", "~!@#$%^&*()_+"],
  ["BracketLeft BracketRight Backslash Semicolon Quote Comma Period Slash", "[]\\;',./", "{}|:\"<>?"],
]) names.split(" ").forEach((name, at) => US.set(name, plain[at] + shifted[at]));
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") US.set(`Key${letter}`, letter.toLowerCase() + letter);
for (const digit of "0123456789") US.set(`Numpad${digit}`, digit + digit);

export class KeyScanner {
  #keys = [];
  #gaps = [];
  #last = 0;
  #recognized = false;
  #suffixed = false;
  #scanEnded = -Infinity;
  #letter = -Infinity;
  #timer = 0;
  #field = null; // the text field that the run is typed into, and what was in it before
  #press = 0; // a Space on a button that waits: it is a person's if no letter follows

  // onScan(text, readings): a code, and what else the same keys may mean.
  constructor(onScan) {
    this.onScan = onScan;
    window.addEventListener("keydown", (event) => this.#down(event), { capture: true });
    window.addEventListener("keyup", (event) => this.#up(event), { capture: true });
  }

  get #isScan() {
    if (this.#recognized) return true;
    if (this.#keys.length < FAST_KEYS || new Set(this.#keys.map((key) => key.text)).size === 1) return false;
    return this.#keys.length >= LONG_RUN || isFast(this.#gaps);
  }

  #down(event) {
    const now = event.timeStamp;
    if (event.isComposing || event.key === "Process" || event.key === "Unidentified") return;
    if (this.#keys.length && now - this.#last > this.#patience) this.#end();
    if (event.key in SUFFIXES && !event.ctrlKey && !event.altKey && !event.metaKey) this.#suffix(event, now);
    else if ([...event.key].length === 1 && !isCommand(event) && !event.repeat) this.#character(event, now);
    else if (this.#isScan && !isModifier(event)) event.preventDefault(); // a control character in the code
    else if (isCommand(event) && !isModifier(event)) this.#clear();
  }

  #character(event, now) {
    const target = event.target;
    const inField = isTextField(target);
    if (event.key !== " ") {
      this.#letter = now;
      this.#withdrawPress();
    } else if (!inField && isControl(target) && !this.#keys.length) {
      event.preventDefault();
      if (now - this.#letter > AFTER_LETTER_MS) this.#waitToPress(target);
      return;
    }
    if (!this.#keys.length) this.#field = inField ? { element: target, before: target.value, caret: target.selectionStart } : null;
    else this.#gaps.push(now - this.#last);
    this.#keys.push({ text: event.key, code: event.code, shift: event.shiftKey });
    this.#last = now;
    this.#suffixed = false;
    if (!inField || this.#isScan) event.preventDefault(); // outside of fields a letter only picks from lists
    this.#expireLater();
  }

  #suffix(event, now) {
    if (this.#keys.length) {
      const gaps = [...this.#gaps, now - this.#last];
      if (this.#isScan || (this.#keys.length >= FAST_KEYS_WITH_SUFFIX && isFast(gaps))) {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.#keys.push({ text: SUFFIXES[event.key], code: "", shift: false });
        this.#gaps = gaps;
        this.#last = now;
        this.#recognized = this.#suffixed = true;
        this.#expireLater();
        return;
      }
      this.#clear();
    }
    const isLate = now - this.#scanEnded <= LATE_SUFFIX_MS;
    const isSlow = event.key === "Enter" && isControl(event.target) && now - this.#letter <= AFTER_LETTER_MS;
    if (isLate || isSlow) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  #up(event) {
    if (event.key === " " && isControl(event.target)) event.preventDefault(); // a button is pressed when Space goes up
  }

  get #patience() {
    if (this.#suffixed) return SUFFIX_GAP_MS;
    return this.#isScan ? SCAN_GAP_MS : PERSON_GAP_MS;
  }

  #expireLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), this.#patience + 10);
  }

  #end() {
    const [keys, isScan, last] = [this.#keys, this.#isScan, this.#last];
    if (isScan) this.#restoreField();
    this.#clear();
    if (!isScan) return;
    this.#scanEnded = last;
    this.#letter = -Infinity;
    const [text, ...readings] = readingsOf(keys);
    if (text) this.onScan(text, readings);
  }

  #restoreField() {
    if (!this.#field?.element.isConnected) return;
    const { element, before, caret } = this.#field;
    if (element.value === before) return;
    element.value = before;
    if (caret !== null) element.setSelectionRange?.(caret, caret);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#keys = [];
    this.#gaps = [];
    this.#field = null;
    this.#recognized = this.#suffixed = false;
  }

  #waitToPress(target) {
    this.#withdrawPress();
    this.#press = setTimeout(() => target.isConnected && target.click(), AFTER_LETTER_MS);
  }

  #withdrawPress() {
    clearTimeout(this.#press);
  }
}

function readingsOf(keys) {
  const typed = keys.map((key) => key.text).join("");
  const byPlace = keys.map((key) => US.get(key.code)?.[key.shift ? 1 : 0] ?? key.text).join("");
  const swapped = [...typed].map((letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join("");
  return [...new Set([typed, byPlace, swapped].map(withoutFrame))];
}

export function withoutFrame(text) {
  return text.replace(FRAME, "").replace(IDENTIFIER, "").replace(FRAME, "");
}

function isFast(gaps) {
  return gaps.reduce((sum, gap) => sum + gap, 0) <= FAST_MEAN_MS * gaps.length;
}

function isCommand(event) {
  return (event.ctrlKey && !event.getModifierState("AltGraph")) || event.metaKey || (event.altKey && !event.getModifierState("AltGraph"));
}

function isModifier(event) {
  return ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Dead"].includes(event.key);
}

function isTextField(target) {
  return target.matches?.("textarea, input:not([type=radio], [type=checkbox], [type=button], [type=submit])") ?? false;
}

function isControl(target) {
  return target.matches?.("button, a, summary, select, input[type=radio], input[type=checkbox]") ?? false;
}

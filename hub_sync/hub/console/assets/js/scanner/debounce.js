// Debounce of the codes in view, as kiosk_app/core/debounce.py has it for stations: one scan however long a code is held up,
// none by accident where two are. A test feeds both the same frames.

export const TICKET_REST_MS = 3_000;
const NOISE_REST_MS = 60_000;
const HANDS_FREE_MS = 1_200;
const TOGETHER_MS = 400;
const MAX_CODE_LENGTH = 4_296;
const SHORTEST_TICKET_BYTES = 32;

export const TWO_CODES = Symbol("two codes");

export function isTicketShaped(code) {
  const text = code.replace(/\s+/g, "").replace(/[\p{Cc}\p{Cf}]/gu, "").replace(/=+$/, "");
  const isBase64 = /^[A-Za-z0-9_+/-]*$/.test(text);
  return isBase64 && text.length <= MAX_CODE_LENGTH && Math.floor((text.length * 3) / 4) >= SHORTEST_TICKET_BYTES;
}

export class Debounce {
  #codes = new Map();

  // The texts of one frame: returns the code to decide now, TWO_CODES or null.
  nextCode(texts, now) {
    this.#forget(now);
    for (const text of texts) this.#note(text, now);
    if (this.#reportOverlap(texts, now)) return TWO_CODES;
    return this.#nextTicket(now) ?? this.#nextNoise(texts, now);
  }

  // A code that was scanned by hand: returns true if it is to be decided now.
  isDue(text, now) {
    this.#forget(now);
    const known = this.#codes.get(text);
    const isReadAgain = known && !known.inCameraView && now - known.last < HANDS_FREE_MS;
    if (known && now - known.answered >= TICKET_REST_MS && !isReadAgain) this.#codes.delete(text);
    const code = this.#note(text, now, true);
    if (code.decided) return false;
    code.decided = true;
    code.answered = now;
    return true;
  }

  // The codes are still held up while none is to be decided.
  keepInView(texts, now) {
    this.#forget(now);
    for (const text of texts) {
      const code = this.#codes.get(text);
      if (code) code.last = code.answered = now;
    }
  }

  // A code of which nothing is known now, so that it can be scanned again at once.
  release(text) {
    this.#codes.delete(text);
  }

  #note(text, now, byHand = false) {
    let code = this.#codes.get(text);
    if (!code) {
      const rest = isTicketShaped(text) ? TICKET_REST_MS : NOISE_REST_MS;
      code = { first: now, last: now, rest, decided: false, answered: 0, inCameraView: true, reported: false };
      this.#codes.set(text, code);
    } else if (now - code.last >= TOGETHER_MS) code.first = now;
    code.last = now;
    code.inCameraView = !byHand;
    if (!byHand) code.answered = now;
    return code;
  }

  #forget(now) {
    for (const [text, code] of this.#codes) if (now - code.last >= code.rest) this.#codes.delete(text);
  }

  #reportOverlap(texts, now) {
    const tickets = [...this.#codes.values()].filter((code) => isTicketInView(code) && now - code.last < TOGETHER_MS);
    const inFrame = new Set(texts.map((text) => this.#codes.get(text)));
    const together = tickets.filter((code) =>
      tickets.some((other) => other !== code && (inFrame.has(other) || inFrame.has(code)) && overlap(code, other)));
    if (together.every((code) => code.decided)) return false;
    const isNew = together.some((code) => !code.reported);
    for (const code of together) code.reported = true;
    return isNew;
  }

  #nextTicket(now) {
    for (const [text, code] of this.#codes) {
      const inView = code.last === now;
      if (code.rest !== TICKET_REST_MS || code.decided || (code.reported && !inView)) continue;
      if (now - code.last > 2 * TOGETHER_MS) continue; // scanning was paused: its holder may have gone
      if ([...this.#codes.values()].some((other) => mayBeWith(code, other, now))) continue;
      code.decided = true;
      return text;
    }
    return null;
  }

  #nextNoise(texts, now) {
    for (const text of texts) {
      const code = this.#codes.get(text);
      if (code.rest === TICKET_REST_MS || code.decided) continue;
      code.decided = true;
      return text;
    }
    return null;
  }
}

function isTicketInView(code) {
  return code.rest === TICKET_REST_MS && code.inCameraView;
}

function overlap(code, other) {
  return code.first <= other.last && other.first <= code.last;
}

function mayBeWith(code, other, now) {
  return other !== code && isTicketInView(other) && now - other.last < TOGETHER_MS && other.first <= code.last;
}

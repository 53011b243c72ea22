// Sends scans to the hub. A scan has an id of its own, so that it may be sent again: the hub stores it once.

export const PATIENCE_MS = 8_000;
const HEALTH_PATIENCE_MS = 4_000;
const AWAY = new Set([408, 425, 429, 502, 503, 504]);

export class HubClient {
  #action;
  #csrf;

  constructor(form) {
    this.#action = form.getAttribute("action");
    this.#csrf = form.elements.csrf.value;
  }

  // One of {kind: "answer", page}, {kind: "problem", title, sentence}, {kind: "signed-out"}, {kind: "away"}.
  async send(fields) {
    let outcome = await this.#send(fields);
    if (outcome.kind === "refused") {
      const renewed = await this.#renew(); // somebody has signed in again meanwhile, maybe in another tab
      if (renewed) return renewed;
      outcome = await this.#send(fields);
    }
    return outcome.kind === "refused" ? { ...outcome, kind: "problem" } : outcome;
  }

  // The people whom a search finds: an element, or null if the hub does not answer.
  async search(query) {
    const address = `${this.#action}/people?${new URLSearchParams({ q: query })}`;
    const { answer, page } = await this.#fetch(address, {});
    return answer?.ok ? page.querySelector("[data-people]") : null;
  }

  // The page as it is now: a document, or null.
  async reload() {
    const { answer, page } = await this.#fetch(this.#action, {});
    return answer?.ok ? page : null;
  }

  async isReached() {
    try {
      const address = new URL("../../../../healthz", import.meta.url);
      return (await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(HEALTH_PATIENCE_MS) })).ok;
    } catch {
      return false;
    }
  }

  async #send(fields) {
    const body = new URLSearchParams([...fields, ["csrf", this.#csrf]]);
    const { answer, page } = await this.#fetch(this.#action, { method: "POST", body });
    if (!answer || AWAY.has(answer.status)) return { kind: "away" };
    if (answer.headers.get("X-Location")) return { kind: "signed-out" };
    if (page.querySelector("[data-answer]")) return { kind: "answer", page };
    if (!page.querySelector("[data-page]")) return { kind: "away" }; // a proxy or a hotel's sign-in page answered
    return { kind: answer.status === 403 ? "refused" : "problem", ...described(page) };
  }

  async #renew() {
    const { answer, page } = await this.#fetch(this.#action, {});
    if (!answer) return { kind: "away" };
    if (answer.headers.get("X-Location")) return { kind: "signed-out" };
    if (!answer.ok) return { kind: "problem", ...described(page) };
    this.#csrf = page.querySelector("input[name=csrf]")?.value ?? this.#csrf;
    return null;
  }

  async #fetch(address, how) {
    try {
      const answer = await fetch(address, {
        ...how,
        credentials: "same-origin",
        headers: { "X-Fragment": "scanner", "X-Dialog": "1", Accept: "text/html" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
    } catch {
      return {};
    }
  }
}

function described(page) {
  const sentence = page.querySelector("[data-page] :is([role=alert], .lead)");
  return { title: page.querySelector("h1")?.textContent.trim() ?? "", sentence: sentence?.textContent.trim() ?? "" };
}

// A UUID, also on plain http, where browsers have no crypto.randomUUID.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

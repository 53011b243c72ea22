import { morph } from "./morph.js";

// Figures that follow the event: the stream says "look", and what is marked with data-live is fetched anew. A page without
// a stream says by data-refresh how many seconds lie between two looks.

const SLOWEST_MS = 30_000;
const AGAIN_MS = 5_000;

export function goLive() {
  const source = document.querySelector("[data-stream]");
  const paced = document.querySelector("[data-refresh]");
  if (!source && !paced) return;
  let busy = false;
  let again = false;

  const look = async () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const address = new URL(location.href);
      if (source?.dataset.since) address.searchParams.set("since", source.dataset.since); // how many are new, not the list
      const answer = await fetch(address, { headers: { "X-Fragment": "live", Accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected || answer.status === 403) location.reload();
      else if (answer.ok) swap(await answer.text());
    } catch {
      // the hub is away: the stream comes back by itself, and says so
    } finally {
      busy = false;
      if (again) {
        again = false;
        setTimeout(look, 1000);
      }
    }
  };

  if (!source) {
    setInterval(look, paced.dataset.refresh * 1000);
    document.addEventListener("visibilitychange", look);
    return;
  }

  const mark = document.querySelector("[data-stream-state]");
  const say = (state) => mark?.setAttribute("data-stream-state", state);
  let lost = false;
  const listen = () => {
    const stream = new EventSource(source.dataset.stream);
    stream.addEventListener("look", look);
    stream.addEventListener("open", () => {
      if (lost) look(); // something may have happened meanwhile
      lost = false;
      say("on");
    });
    stream.addEventListener("error", () => {
      lost = true;
      say("off");
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS); // refused: nobody else tries again
    });
    stream.addEventListener("over", () => {
      stream.close();
      location.reload();
    });
  };
  listen();
  setInterval(look, SLOWEST_MS); // times that pass ("6 min ago") change without any news
  document.addEventListener("visibilitychange", look);
}

function swap(text) {
  const focused = document.activeElement;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const now = fresh.getElementById(part.id);
    if (now && !now.isEqualNode(part) && !part.matches(":hover:has([data-hover])")) morph(part, now);
  }
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true }); // it was moved
}

// A form with data-similar names who may be registered already, while somebody types. It keeps nobody from sending it.

const PAUSE_MS = 600;
const FIELDS = ["first_name", "last_name", "email", "phone"];

export function hintAtSimilar() {
  prepare(document);
  document.addEventListener("console:shown", (event) => prepare(event.detail));
}

function prepare(root) {
  for (const place of root.querySelectorAll("[data-similar]")) {
    const form = place.closest("form");
    let timer = 0;
    let asked = "";
    form.addEventListener("input", (event) => {
      if (!FIELDS.includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
    const ask = async () => {
      const typed = new URLSearchParams(FIELDS.map((name) => [name, form.elements[name]?.value ?? ""]));
      if (typed.toString() === asked) return;
      asked = typed.toString();
      try {
        const answer = await fetch(`${place.dataset.similar}?${asked}`, { headers: { Accept: "text/html" } });
        if (answer.ok && typed.toString() === asked) place.replaceChildren(...parse(await answer.text()));
      } catch {
        asked = ""; // the hub is away: the form says so when it is sent
      }
    };
  }
}

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("[data-similar-people]")?.children ?? [];
}

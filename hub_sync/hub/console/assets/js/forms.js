// Forms lose nothing: a page or dialog with input asks before it goes, a hub that does not answer leaves the form as it
// is, and a second press of the button does nothing while the first is under way.

const opened = new WeakMap();
const HUB_TIMEOUT_MS = 10_000;
let leaving = false; // the form is on its way, so that the page may go

export function guardForms() {
  remember(document);
  document.addEventListener("console:shown", (event) => remember(event.detail));
  document.addEventListener("submit", send);
  window.addEventListener("pageshow", () => {
    leaving = false;
    for (const form of document.forms) delete form.dataset.sending;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && !document.body.matches(".outside") && [...document.forms].some(isChanged)) event.preventDefault();
  });
}

export function isChanged(form) {
  return opened.has(form) && opened.get(form) !== state(form);
}

export function markSaved(form) {
  opened.delete(form);
}

export function notify(form, template) {
  form.querySelector("[data-away]")?.remove();
  const notice = document.getElementById(template).content.cloneNode(true).firstElementChild;
  notice.dataset.away = "";
  form.prepend(notice);
  notice.focus();
  notice.scrollIntoView({ block: "nearest" });
}

function remember(root) {
  for (const form of root.querySelectorAll("form[method=post]")) {
    // A form that came back with an error, or with kept input, was never saved as it stands.
    const unsaved = form.querySelector("input[name=draft], [aria-invalid], [role=alert]") || form.parentElement.querySelector(":scope > [role=alert]");
    opened.set(form, unsaved ? "" : state(form));
  }
}

function state(form) {
  const typed = [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit");
  if (!typed.length || "auto" in form.dataset) return "";
  return JSON.stringify(typed.map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? field.checked : field.value]));
}

async function send(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.closest("dialog")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  const button = event.submitter;
  try {
    const answer = await fetch(new URL("../../../healthz", import.meta.url), { cache: "no-store", signal: AbortSignal.timeout(HUB_TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
  } catch {
    delete form.dataset.sending;
    notify(form, "hub-away");
    return;
  }
  leaving = true;
  setTimeout(() => delete form.dataset.sending, HUB_TIMEOUT_MS); // the answer was no page, or somebody stopped it
  if (button?.name) {
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
    form.append(pressed);
  }
  if (button?.hasAttribute("formaction")) form.action = button.formAction;
  HTMLFormElement.prototype.submit.call(form);
}

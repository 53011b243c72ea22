// The editor of a template shows the message while somebody types. Without this script it shows what is saved.

const PAUSE_MS = 700;

export function previewWhileTyping() {
  const preview = document.querySelector("form[data-preview]");
  const whom = document.querySelector("form[data-preview-whom]");
  if (!whom) return;
  whom.addEventListener("change", (event) => {
    if (event.target.name === "event_id") whom.elements.person_id.value = "";
    if (!preview || event.target.name === "event_id") HTMLFormElement.prototype.submit.call(whom);
    else show(preview, whom);
  });
  if (!preview) return;
  let timer = 0;
  document.getElementById(preview.dataset.preview).addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(preview, whom), PAUSE_MS);
  });
}

function show(preview, whom) {
  const typed = new FormData(document.getElementById(preview.dataset.preview));
  for (const name of ["csrf", "version", "form_token", "draft"]) typed.delete(name);
  for (const name of ["event_id", "person_id"]) typed.set(name, whom.elements[name]?.value ?? "");
  const fields = [...typed].map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  preview.replaceChildren(preview.elements.csrf, ...fields);
  HTMLFormElement.prototype.submit.call(preview); // into the frame, past the guard of forms
}

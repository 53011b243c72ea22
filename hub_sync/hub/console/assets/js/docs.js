// Filters the documentation while somebody types; "/" goes to the search box. Without this script the form searches.
const form = document.querySelector("[data-docs-search]");
const box = form.querySelector("input");
const operations = [...document.querySelectorAll("[data-operation]")];
const links = new Map([...document.querySelectorAll("[data-find]")].map((one) => [one.dataset.find, one]));
const said = document.querySelector("[data-said]");

function filter() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of operations) {
    const fits = words.every((word) => one.dataset.words.includes(word));
    one.hidden = !fits;
    const link = links.get(one.dataset.operation);
    if (link) link.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const part of document.querySelectorAll("[data-docs-section]")) {
    part.hidden = !part.querySelector("[data-operation]:not([hidden])");
  }
  said.textContent = words.length ? `${shown} / ${operations.length}` : "";
}

box.addEventListener("input", filter);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector("[data-operation]:not([hidden]) h3 a")?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    box.focus();
  }
});
if (box.value) box.dispatchEvent(new Event("input"));

// Keys on a page with [data-shortcuts]: each element with data-key is pressed by its key. They can be switched off (WCAG
// 2.1.4), and do nothing while somebody types, or with Ctrl, Alt or Meta.

const OFF = "doorward_shortcuts_off";

export function listenToKeys() {
  const area = document.querySelector("[data-shortcuts]");
  if (!area) return;
  const help = area.querySelector("[data-key-help]");
  const box = area.querySelector("[data-key-switch]");
  let on = localStorage.getItem(OFF) === null;
  help.hidden = false;
  box.checked = on;
  box.addEventListener("change", () => {
    on = box.checked;
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const target = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key.toLowerCase());
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.click();
    document.getElementById(target.dataset.keyFocus)?.focus(); // a field that the click has opened
  });
}

function isTyping(element) {
  return element.matches?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
}

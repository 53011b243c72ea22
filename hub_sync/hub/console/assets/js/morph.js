// Makes an element equal to another, in place: what stays keeps its node, and with it focus, selection, scroll position and
// what is typed or open. Children are matched by their id, else by their place among those of the same kind.

const OF_THE_USER = new Set(["open"]); // on <details>

export function morph(element, fresh) {
  morphAttributes(element, fresh);
  const old = new Map();
  for (const child of element.childNodes) {
    const key = keyOf(child);
    if (!old.has(key)) old.set(key, []);
    old.get(key).push(child);
  }
  const pairs = [...fresh.childNodes].map((wanted) => [old.get(keyOf(wanted))?.shift(), wanted]);
  // What has no counterpart goes first: a node that is moved past it would lose the focus.
  for (const leftovers of old.values()) for (const child of leftovers) child.remove();
  let place = element.firstChild;
  for (const [child, wanted] of pairs) {
    if (!child) {
      element.insertBefore(wanted, place);
      continue;
    }
    if (child === place) place = place.nextSibling;
    else element.insertBefore(child, place);
    if (child.nodeType !== Node.ELEMENT_NODE) {
      if (child.nodeValue !== wanted.nodeValue) child.nodeValue = wanted.nodeValue;
    } else if (!child.isEqualNode(wanted)) morph(child, wanted);
  }
}

function keyOf(node) {
  return `${node.nodeName} ${node.id ?? ""}`;
}

function morphAttributes(element, fresh) {
  const isTyped = element.matches("input, select, textarea");
  for (const { name } of [...element.attributes]) {
    if (!fresh.hasAttribute(name) && !(OF_THE_USER.has(name) && element.matches("details"))) element.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (element.getAttribute(name) !== value && !(isTyped && name === "value")) element.setAttribute(name, value);
  }
}

// Shortcuts of one key for those who work with cases all day. They do nothing while one types or holds
// another key, never take a key that a screen reader has taken, and can be turned off (WCAG 2.1.4). The
// page says with data-key what a key leads to; the dialog lists what the page has.
const help = document.getElementById("shortcuts");
const stored = "saakorn-shortcuts-off";

// off tells whether the reader has turned them off; a browser that keeps nothing has them on.
function off() {
  try {
    return localStorage.getItem(stored) === "yes";
  } catch {
    return false;
  }
}

function keep(isOff) {
  try {
    if (isOff) localStorage.setItem(stored, "yes");
    else localStorage.removeItem(stored);
  } catch {
    // The choice then lasts as long as the page.
  }
}

const typing = "input, textarea, select, [contenteditable], [role=textbox]";

// rows are the links that one goes through with j and k.
const rows = () => [...document.querySelectorAll("[data-row]")].filter((e) => e.offsetParent !== null);

function step(by) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function act(key) {
  if (key === "?") {
    help.showModal();
    return true;
  }
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  if (key === "/") {
    const field = document.getElementById("top-search");
    field?.focus();
    return Boolean(field);
  }
  const target = document.querySelector(`main [data-key="${CSS.escape(key)}"]`);
  target?.click();
  return Boolean(target);
}

if (help) {
  const open = document.querySelector("[data-shortcuts]");
  open.hidden = false;
  open.querySelector("button").addEventListener("click", () => help.showModal());
  const list = help.querySelector("dl");
  for (const part of list.querySelectorAll("[data-when]")) {
    part.hidden = !document.querySelector(part.dataset.when);
  }
  for (const target of document.querySelectorAll("main [data-key]")) {
    const entry = document.createElement("div");
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: target.dataset.key }));
    const what = Object.assign(document.createElement("dd"), { textContent: target.textContent.trim() });
    entry.append(key, what);
    list.append(entry);
  }
  const on = help.querySelector("input");
  on.checked = !off();
  on.addEventListener("change", () => keep(!on.checked));
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (help.open || !on.checked || event.target.closest?.(typing)) return;
    if (act(event.key)) event.preventDefault();
  });
}

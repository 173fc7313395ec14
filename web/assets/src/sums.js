// Adds up tables while one types. Without scripts the button "add up" lets the server do it.
const spaces = /[\s\u00a0\u202f\u2009]/g;

// ore reads an amount as the server does; null for what is no amount.
function ore(typed) {
  let s = typed.replace(/kroner|kr\.?|NOK/gi, "").replace(spaces, "").replace(/,-$/, "");
  if (s === "") return 0;
  const match = /^(\d{1,3}(?:\.\d{3})+|\d+)(?:[,.](\d{1,2}))?$/.exec(s);
  if (!match) return null;
  return Number(match[1].replaceAll(".", "")) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

function amount(ore) {
  const sign = ore < 0 ? "−" : "";
  const abs = Math.abs(ore);
  const kroner = String(Math.floor(abs / 100)).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  const cents = abs % 100;
  const point = document.documentElement.lang === "en" ? "." : ",";
  return sign + kroner + (cents ? point + String(cents).padStart(2, "0") : "");
}

// An output names with data-sum-of what it adds up: groups of inputs (data-sum), each with + or -.
function add(root) {
  const sums = {};
  for (const input of root.querySelectorAll("[data-sum]")) {
    const value = ore(input.value);
    for (const name of input.dataset.sum.split(" ")) {
      sums[name] = (sums[name] ?? 0) + (value ?? 0);
    }
  }
  for (const output of root.querySelectorAll("[data-sum-of]")) {
    let total = 0;
    for (const term of output.dataset.sumOf.split(" ")) {
      const minus = term.startsWith("-");
      total += (minus ? -1 : 1) * (sums[minus ? term.slice(1) : term] ?? 0);
    }
    output.textContent = amount(total);
  }
  for (const status of root.querySelectorAll("[data-balance]")) {
    const difference = (sums[status.dataset.balance] ?? 0) - (sums[status.dataset.against] ?? 0);
    const key = difference === 0 ? "even" : difference > 0 ? "over" : "under";
    const text = status.dataset[key].replace("{amount}", amount(Math.abs(difference)));
    if (status.textContent !== text) status.textContent = text;
  }
}

addEventListener("input", (event) => {
  const root = event.target.closest("[data-sums]");
  if (root) add(root);
});
for (const root of document.querySelectorAll("[data-sums]")) add(root);

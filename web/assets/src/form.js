// The summary of what is wrong gets the focus, wherever the browser stands on autofocus.
document.getElementById("error-summary")?.focus();

// Says how many characters are left.
function count(area) {
  const left = Number(area.dataset.count) - [...area.value].length;
  const status = document.getElementById(area.id + "-count");
  const text = left < 0 ? area.dataset.countOver : area.dataset.countLeft;
  status.textContent = text.replace("{n}", String(Math.abs(left)).replace(/\B(?=(\d{3})+$)/g, "\u00a0"));
}
for (const area of document.querySelectorAll("[data-count]")) {
  area.addEventListener("input", () => count(area));
  if (area.value) count(area);
}

// A form is sent once, however often its button is pressed.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.dataset.upload !== undefined || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
  setTimeout(() => delete form.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Scripts send the form's token as well, and say when the session has ended.
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('input[name="csrf"]');
  if (token) event.detail.headers["X-CSRF-Token"] = token.value;
});
document.body.addEventListener("htmx:responseError", (event) => {
  const status = document.querySelector("[data-session-over]");
  if (status && event.detail.xhr.status === 401) status.textContent = status.dataset.sessionOver;
});

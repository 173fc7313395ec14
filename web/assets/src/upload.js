// Shows how far an upload has come. Without scripts the browser sends the form by itself.
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const status = form.querySelector("[data-upload-status]");
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    bar.hidden = false;
    status.textContent = form.dataset.upload;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    request.upload.addEventListener("progress", (e) => {
      if (e.lengthComputable) bar.value = e.loaded / e.total;
    });
    request.addEventListener("load", () => {
      // The answer is the page that the browser would have got.
      if (request.status === 200 && request.responseURL) location.assign(request.responseURL);
      else if (request.status === 422) show(request.responseText);
      else location.reload();
    });
    request.addEventListener("error", () => {
      status.textContent = form.dataset.uploadFailed;
      bar.hidden = true;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    });
    const body = new FormData(form);
    if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
    request.open("POST", form.action);
    request.send(body);
  });
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.title = page.title;
  document.getElementById("error-summary")?.focus();
}

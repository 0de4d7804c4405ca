// Drag and drop, and upload progress. Without this script the form posts as any other.

const form = document.querySelector("form[data-upload]");

function readableSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1048576).toFixed(1)} MiB`;
}

if (form) {
  const drop = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const name = form.querySelector("[data-file-name]");
  const button = form.querySelector("button[type=submit]");
  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const note = box.querySelector("[data-progress-text]");
  const alertBox = form.querySelector("[data-upload-error]");
  const words = form.dataset;
  const maxBytes = Number(words.maxBytes);

  const complain = (text) => {
    alertBox.textContent = text;
    alertBox.hidden = !text;
    if (text) alertBox.focus();
  };

  const showFile = () => {
    const file = input.files[0];
    name.textContent = file ? `${file.name} · ${readableSize(file.size)}` : "";
    complain(file && file.size > maxBytes ? words.tooLarge : "");
  };

  input.addEventListener("change", showFile);
  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    drop.addEventListener(type, () => drop.classList.remove("is-over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      showFile();
    }
  });

  const stop = (text) => {
    box.hidden = true;
    button.disabled = false;
    complain(text);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files[0];
    if (!file) return complain(words.missing);
    if (file.size > maxBytes) return complain(words.tooLarge);
    complain("");
    button.disabled = true;
    box.hidden = false;
    bar.value = 0;
    note.textContent = words.uploading;
    const request = new XMLHttpRequest();
    request.open("POST", form.action || window.location.href);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.upload.addEventListener("progress", (progress) => {
      if (!progress.lengthComputable) return;
      bar.value = progress.loaded / progress.total;
      note.textContent = `${words.uploading} ${Math.floor(bar.value * 100)} %`;
    });
    request.upload.addEventListener("load", () => { note.textContent = words.checking; });
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page, not ours */ }
      if (request.status === 201 && answer.location) window.location.assign(answer.location);
      else stop(answer.message || words.failed);
    });
    request.addEventListener("error", () => stop(words.failed));
    request.addEventListener("abort", () => stop(words.failed));
    request.send(new FormData(form));
    return undefined;
  });
}

// Ctrl-K: a dialog on top of the search page. It asks that page and shows its list; without script the page does the same.
const pauseMilliseconds = 120;

export function addPalette() {
  if (!document.getElementById("site-search") || !("showModal" in HTMLDialogElement.prototype)) return;
  let dialog, field, results, status, timer;
  let asked = 0;

  const links = () => [...results.querySelectorAll("a")];
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const next = at + step;
    next < 0 ? field.focus() : all[Math.min(next, all.length - 1)].focus();
  };
  const look = async () => {
    const number = ++asked;
    try {
      const answer = await fetch("/search?q=" + encodeURIComponent(field.value), { headers: { Accept: "text/html" } });
      if (!answer.ok || number !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      results.replaceChildren(...(page.getElementById("hits")?.children ?? []));
      status.textContent = page.querySelector(".finding")?.textContent ?? "";
    } catch {
      status.textContent = "The server cannot be reached.";
    }
  };
  const build = () => {
    dialog = document.createElement("dialog");
    dialog.className = "palette";
    dialog.setAttribute("aria-label", "Search palette");
    field = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off" });
    field.setAttribute("aria-label", "Name, id or number");
    status = Object.assign(document.createElement("p"), { className: "soft" });
    status.setAttribute("role", "status");
    results = Object.assign(document.createElement("ul"), { className: "hits" });
    dialog.append(field, status, results);
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, pauseMilliseconds);
    });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && event.target === field) {
        event.preventDefault();
        links()[0]?.click();
      }
    });
    document.body.append(dialog);
  };
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "k") return;
    event.preventDefault();
    if (!dialog) build();
    if (dialog.open) return dialog.close();
    field.value = "";
    dialog.showModal();
    look();
  });
}

// When what a page is about has changed, asks for the page again and swaps the parts marked with data-live. A part in which
// somebody is typing or has opened something stays as it is until they are through.
const pauseMilliseconds = 1500;

const isInUse = (part) =>
  part.contains(document.activeElement) && document.activeElement !== part || part.querySelector("details.action[open]");

const swap = (fresh, refresh) => {
  let changed = 0;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || isInUse(part) || next.innerHTML === part.dataset.seen) continue;
    const isFirst = part.dataset.seen === undefined && next.innerHTML === part.innerHTML;
    const seen = next.innerHTML;
    if (!isFirst) {
      const open = [...part.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
      part.replaceChildren(...next.childNodes);
      for (const summary of part.querySelectorAll("details > summary")) {
        if (open.includes(summary.textContent)) summary.parentElement.open = true;
      }
      refresh(part);
      changed += 1;
    }
    part.dataset.seen = seen;
  }
  if (changed && fresh.title) document.title = fresh.title;
};

export function followTopics(refresh) {
  const main = document.querySelector("main[data-topics]");
  if (!main || !document.querySelector("[data-live]")) return;
  for (const part of document.querySelectorAll("[data-live]")) part.dataset.seen = part.innerHTML;
  let waiting = false;
  const look = async () => {
    waiting = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected || !answer.ok) return;
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"), refresh);
    } catch {
      // The server is away; the stream tells when it is back.
    }
  };
  const source = new EventSource("/live?topics=" + encodeURIComponent(main.dataset.topics));
  const lookSoon = () => {
    if (waiting || document.hidden) return;
    waiting = true;
    setTimeout(look, pauseMilliseconds);
  };
  source.addEventListener("changed", lookSoon);
  // What changed before the stream began, or while it was cut off, is not told by it.
  source.addEventListener("open", lookSoon);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  addEventListener("pagehide", () => source.close());
}

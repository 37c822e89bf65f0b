// Keys for the places people go to most. A key alone does nothing while somebody types, and they can be switched off.
const places = { h: "/", m: "/models", r: "/reviews", t: "/traffic", p: "/policies", a: "/audit" };
const offKey = "gatehouse-keys-off";

const isTyping = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]");

export function listenForKeys() {
  let leader = false;
  const rows = () => [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a"));
  const move = (step) => {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    all[Math.min(Math.max(at + step, 0), all.length - 1)]?.querySelector("a").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || localStorage.getItem(offKey)) return;
    if (leader) {
      leader = false;
      if (places[event.key]) location.assign(places[event.key]);
      return;
    }
    switch (event.key) {
      case "/":
        event.preventDefault();
        document.getElementById("site-search")?.focus();
        break;
      case "g":
        leader = true;
        setTimeout(() => (leader = false), 1500);
        break;
      case "j": move(1); break;
      case "k": move(-1); break;
      case "?": location.assign("/settings/keys"); break;
    }
  });
}

// The switch on the page of shortcuts.
export function addKeysSwitch() {
  const place = document.getElementById("keys-switch");
  if (!place) return;
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const words = document.createElement("span");
  const show = () => {
    const isOff = Boolean(localStorage.getItem(offKey));
    words.textContent = isOff ? "Keys alone do nothing. " : "Keys alone do what stands above. ";
    button.textContent = isOff ? "Turn them on" : "Turn them off";
  };
  button.addEventListener("click", () => {
    if (localStorage.getItem(offKey)) localStorage.removeItem(offKey);
    else localStorage.setItem(offKey, "yes");
    show();
  });
  show();
  place.replaceChildren(words, button);
}

// Shows times in the reader's own zone, written as everywhere else; the title keeps the zone's offset.
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function localiseTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (isNaN(time) || element.title) continue;
    const shifted = new Date(time - time.getTimezoneOffset() * 60_000);
    element.textContent = shifted.toISOString().slice(0, 16).replace("T", " ");
    element.title = precise.format(time);
  }
}

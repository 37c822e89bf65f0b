// Made by scripts/assets from the files beside this one. Change those, then run it again.

let builtAssets: [(name: String, text: String)] = [
    (
        "copy.js",
        ##"""
        // A button beside each command that puts it on the clipboard.
        export function addCopyButtons(root) {
          if (!navigator.clipboard) return;
          for (const block of root.querySelectorAll("[data-copy]:not(:has(.copy))")) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "copy quiet";
            button.textContent = "Copy";
            button.addEventListener("click", async () => {
              await navigator.clipboard.writeText(block.querySelector("code").textContent);
              button.textContent = "Copied";
              setTimeout(() => (button.textContent = "Copy"), 2000);
            });
            block.append(button);
          }
        }
        """##
    ),
    (
        "icon.svg",
        ##"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 28V11L16 4l12 7v17h-6V16H10v12z" fill="#2457a8"/><path d="M14 28v-8h4v8z" fill="#1a6b3c"/></svg>
        """##
    ),
    (
        "keys.js",
        ##"""
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
        """##
    ),
    (
        "live.js",
        ##"""
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
        """##
    ),
    (
        "palette.js",
        ##"""
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
        """##
    ),
    (
        "site.css",
        ##"""
        @layer tokens, base, components, screens;

        @layer tokens {
          :root {
            color-scheme: light dark;
            accent-color: var(--accent);
            --paper: light-dark(#ffffff, #14171b);
            --raised: light-dark(#f6f8fa, #1b1f24);
            --ink: light-dark(#1b1f24, #e7eaee);
            --soft: light-dark(#57606a, #a7b0ba);
            --line: light-dark(#d5dae0, #3a4149);
            --edge: light-dark(#7b848d, #7d8792);
            --faint: light-dark(#f4f6f8, #1d2126);
            --accent: light-dark(#2457a8, #86b3ff);
            --on-accent: light-dark(#ffffff, #10151c);
            --neutral: light-dark(#2457a8, #86b3ff);
            --good: light-dark(#1a6b3c, #6fd395);
            --caution: light-dark(#855600, #e8b84d);
            --bad: light-dark(#b3261e, #ff938a);
            --second: light-dark(#a84300, #ffab70);
            --third: light-dark(#6d3fb0, #c9a6ff);
            --fourth: light-dark(#00696e, #5fd0d4);
          }
          :root[data-theme="light"] { color-scheme: light; }
          :root[data-theme="dark"] { color-scheme: dark; }
        }

        @layer base {
          *, ::before, ::after { box-sizing: border-box; }
          html { scroll-padding-top: 4.5rem; }
          body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
          main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
          main:focus { outline: none; }
          h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
          h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 .5rem; overflow-wrap: anywhere; }
          h3 { font-size: 1rem; margin: 1rem 0 .35rem; }
          section { margin: 1.75rem 0 0; }
          p { max-width: 46rem; margin: .5rem 0; overflow-wrap: anywhere; }
          p, li, dd, h1, h2 { text-wrap: pretty; }
          a { color: var(--accent); text-underline-offset: .15em; }
          code, pre { font: .9em/1.5 ui-monospace, monospace; }
          code { overflow-wrap: anywhere; }
          pre { margin: .5rem 0; padding: .6rem .8rem; overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
          :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
          figure { margin: 1rem 0; max-width: 52rem; }
          figcaption, caption { font-weight: 600; text-align: left; margin-bottom: .35rem; }
          summary { cursor: pointer; padding: .3rem 0; min-height: 24px; }
          details > summary { color: var(--accent); }
          dl { margin: .75rem 0; }
          dt { color: var(--soft); font-size: .87rem; }
          dd { margin: 0; overflow-wrap: anywhere; }
          .soft, .hint { color: var(--soft); }
          .hint { font-size: .87rem; margin: 0 0 .25rem; }
          .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
          .skip { position: absolute; left: .5rem; top: -4rem; padding: .4rem .8rem; background: var(--paper); border: 2px solid var(--accent); z-index: 3; }
          .skip:focus { top: .5rem; }
        }

        @layer components {
          header.site { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.1rem;
            padding: .45rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line); }
          .brand { font-weight: 700; color: var(--ink); text-decoration: none; padding: .3rem 0; }
          header.site nav { flex: 1 1 auto; min-width: 0; }
          header.site ul { display: flex; flex-wrap: wrap; gap: 0 .15rem; margin: 0; padding: 0; list-style: none; }
          header.site nav a { display: block; padding: .3rem .55rem; color: var(--ink); text-decoration: none; border-radius: 6px; border-bottom: 2px solid transparent; }
          header.site nav a:hover { background: var(--raised); }
          header.site nav a[aria-current] { border-bottom-color: var(--accent); border-radius: 6px 6px 0 0; font-weight: 600; }
          .search input { width: 9rem; }
          .account { display: flex; align-items: center; gap: .6rem; }
          .open-warning { max-width: none; margin: 0; padding: .35rem 1.25rem; background: var(--bad); color: var(--paper); font-weight: 600; }
          footer.site { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 2rem;
            border-top: 1px solid var(--line); color: var(--soft); font-size: .87rem; }
          footer.site form { display: flex; align-items: center; gap: .4rem; }

          .trail ol { display: flex; flex-wrap: wrap; margin: 0 0 .35rem; padding: 0; list-style: none; font-size: .9rem; }
          .trail a { display: inline-block; min-height: 24px; }
          .trail li + li::before { content: "/"; padding: 0 .4rem; color: var(--soft); }

          .finding { font-size: 1.1rem; max-width: 54rem; }
          .mark { font-weight: 600; }
          time, .ago { white-space: nowrap; }
          .notice { margin: 1rem 0; padding: .6rem .9rem; border: 1px solid; border-left-width: 5px; border-radius: 6px; background: var(--raised); }
          .notice > * { color: var(--ink); }
          .notice p { margin: .15rem 0; }
          .empty { margin: .75rem 0; padding: 1rem; border: 1px dashed var(--edge); border-radius: 8px; }
          .empty p { margin: 0 0 .35rem; }
          .empty > :last-child { margin-bottom: 0; }
          .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 0 2rem; align-items: start; }
          .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem 1.5rem; }

          .scroll { overflow-x: auto; }
          table { border-collapse: collapse; margin: .35rem 0; font-variant-numeric: tabular-nums; }
          th, td { padding: 7px .75rem; text-align: right; vertical-align: baseline; border-bottom: 1px solid var(--line); }
          thead th { color: var(--soft); font-size: .87rem; font-weight: 600; vertical-align: bottom; white-space: nowrap; }
          tbody th { font-weight: 400; white-space: nowrap; }
          tbody tr:hover { background: var(--raised); }
          th:first-child, td:first-child { padding-left: .25rem; }
          td { white-space: nowrap; }
          th.left, td.left { text-align: left; }
          th.prose, td.prose { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
          tbody th.prose { white-space: normal; }
          td.good, td.caution, td.bad { font-weight: 600; }
          caption { padding: .25rem 0; }

          button, .button, input, select, textarea { font: inherit; color: inherit; }
          button, .button { display: inline-block; min-height: 30px; padding: .2rem .8rem; background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; cursor: pointer; text-decoration: none; }
          button:hover, .button:hover { border-color: var(--ink); }
          .main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
          .danger { background: var(--bad); border-color: var(--bad); color: var(--paper); }
          .quiet { min-height: 26px; padding: .1rem .5rem; background: none; border-color: var(--line); color: var(--ink); font-size: .87rem; }
          .button[aria-current] { border-color: var(--ink); font-weight: 600; }
          .quiet[aria-pressed="true"] { border-color: var(--ink); font-weight: 600; }
          input:not([type=checkbox], [type=radio]), select, textarea { padding: .25rem .5rem; min-height: 30px; background: var(--paper); border: 1px solid var(--edge); border-radius: 6px; max-width: 100%; }
          .field { margin: .75rem 0; max-width: 36rem; }
          .field label, legend { display: block; font-weight: 600; }
          .field input, .field textarea, .field select { width: 100%; }
          .tick { display: flex; align-items: baseline; gap: .5rem; margin: .35rem 0; max-width: 46rem; }
          .tick input { width: 18px; height: 18px; min-height: 0; translate: 0 3px; flex: none; }
          fieldset { margin: 1rem 0; padding: .5rem .9rem .75rem; border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
          .filter { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .75rem 0; }
          .filter > div { display: flex; gap: .4rem; align-items: center; }
          .filter input[type=text] { width: 10rem; }
          .filter input[type=number] { width: 5rem; }
          .action { margin: .5rem 0; padding: .1rem .9rem; border: 1px solid var(--line); border-radius: 8px; max-width: 46rem; }
          .action[open] { padding-bottom: .9rem; }
          .actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: start; margin: .75rem 0; }
          .command { position: relative; max-width: 46rem; white-space: pre-wrap; overflow-wrap: anywhere; }
          .command:has(.copy) { padding-right: 5rem; }
          .copy { position: absolute; right: .35rem; top: .35rem; background: var(--raised); }
          .mini-steps { display: flex; gap: .9rem; margin: 0; padding: 0; list-style: none; }
          .mini-steps [aria-current] { font-weight: 600; color: var(--accent); }
          .hits { padding-left: 1.1rem; }
          .hits li { margin: .2rem 0; overflow-wrap: anywhere; }
          .palette { width: min(40rem, 92vw); margin-top: 12vh; padding: 1rem; background: var(--paper); color: var(--ink); border: 1px solid var(--edge); border-radius: 8px; }
          .palette::backdrop { background: rgb(0 0 0 / 40%); }
          .palette input { width: 100%; }
          .palette .hits { max-height: 50vh; overflow-y: auto; }
          .chip { display: inline-block; padding: 0 .5rem; border: 1px solid var(--line); border-radius: 99px; font-size: .87rem; white-space: nowrap; }
        }

        @layer screens {
          /* traffic and rollouts */
          .steps { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1rem 0; padding: 0; list-style: none; }
          .steps li { flex: 1 1 9rem; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: 6px; }
          .steps li[aria-current] { border: 2px solid var(--accent); background: var(--raised); }
          .inputs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 0 1rem; align-items: end; }
          .inputs .field { margin: .4rem 0; }
          .knobs { columns: 17rem; column-gap: 1rem; }
          .knobs fieldset, .knobs p { margin: 0 0 1rem; break-inside: avoid; }
          .knob { display: flex; align-items: baseline; justify-content: space-between; gap: .5rem; margin: .25rem 0; }
          .knob input, .knob select { flex: none; width: 7rem; text-align: right; }
          .filter [aria-current] { border-color: var(--ink); font-weight: 600; }
        }

        @media (min-width: 40rem) {
          tbody th:has(wbr) { min-width: 20rem; }
          .facts > :has(code) { grid-column: span 2; }
        }

        @media (max-width: 40rem) {
          header.site { position: static; padding: .45rem 1rem; }
          html { scroll-padding-top: 0; }
          main { padding: 1rem 1rem 3rem; }
          footer.site { padding: 1rem 1rem 2rem; }
          th.prose, td.prose { min-width: 8.5rem; }
          tbody th { white-space: normal; }
          tbody th:has(code) { min-width: 11rem; }
          /* Such tables scroll sideways anyhow: narrow sentences at their end would only make the rows tall. */
          :is(th, td).prose:nth-child(n + 3):last-child { min-width: 16rem; }
          header.site { gap: .25rem .75rem; }
          header.site nav { flex-basis: 100%; }
          header.site nav a { padding: .3rem .4rem; }
          .search { flex: 1 1 8rem; }
          .search input { width: 100%; }
        }

        @media (prefers-reduced-motion: no-preference) {
          [data-live].fresh { animation: fresh 1.2s ease-out; }
          @keyframes fresh { from { background: var(--raised); } }
        }

        @media (forced-colors: active) {
          .main, .danger, .notice, .open-warning { border: 2px solid; }
        }

        /* On paper, and on the screen with ?print: the page as a report. */
        html[data-print] :is(header.site, footer.site, .skip, .trail, #actions, .actions, .action, .filter, .copy, .open-warning, form, figure details) { display: none; }
        html[data-print] main { max-width: 50rem; }
        html[data-print] .scroll { overflow: visible; }

        @media print {
          @page { margin: 16mm 14mm; }
          :root { color-scheme: light; font-size: 10.5pt; }
          body { font-size: 10.5pt; }
          header.site, footer.site, .skip, .trail, #actions, .actions, .action, .filter, .copy, .open-warning, form, figure details { display: none; }
          main { max-width: none; padding: 0; }
          section, figure, tr, .notice { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          thead { display: table-header-group; }
          th, td { padding: 3px 6px; white-space: normal; overflow-wrap: anywhere; }
          .scroll { overflow: visible; }
          .chart { min-width: 0; }
          .columns { display: block; }
          a { color: inherit; text-decoration: none; }
        }
        """##
    ),
    (
        "site.js",
        ##"""
        // Every page works without this. Each module adds one thing and is ignored where it fails.
        import { followTopics } from "./live.js";
        import { addCopyButtons } from "./copy.js";
        import { localiseTimes } from "./time.js";
        import { addKeysSwitch, listenForKeys } from "./keys.js";
        import { addPalette } from "./palette.js";

        const refresh = (root) => {
          localiseTimes(root);
          addCopyButtons(root);
        };

        refresh(document);
        listenForKeys();
        addKeysSwitch();
        addPalette();
        followTopics(refresh);
        document.getElementById("problem")?.focus();
        """##
    ),
    (
        "time.js",
        ##"""
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
        """##
    ),
]

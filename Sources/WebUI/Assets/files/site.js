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

// The console without this script works whole; with it, dialogs open in place, lists filter at once, figures stay fresh.
import { openDialogs } from "./dialogs.js";
import { guardForms } from "./forms.js";
import { goLive } from "./live.js";
import { keepHandy } from "./page_conveniences.js";
import { planWhileTyping } from "./live_plan.js";
import { previewWhileTyping } from "./preview.js";
import { keepSelection } from "./selection.js";
import { listenToKeys } from "./shortcuts.js";
import { hintAtSimilar } from "./similar.js";

document.documentElement.classList.add("has-script");
guardForms();
openDialogs();
keepHandy();
keepSelection();
planWhileTyping();
previewWhileTyping();
listenToKeys();
hintAtSimilar();
goLive();

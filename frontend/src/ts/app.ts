// What every page runs. Pages work without it: it adds partial updates, keys, row selection, copying and the islands.
import htmx from "htmx.org";
import { copyButtons } from "./copy";
import { islands } from "./islands";
import { keys } from "./keys";
import { announceSwaps, reportFailures } from "./live";
import { menus } from "./menus";
import { sendOnce } from "./sending";
import { tables } from "./tables";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

// The content-security policy allows neither injected styles nor eval.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.historyCacheSize = 0;
// A form with faults answers 422 with the form again: it is swapped in like any other answer.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];
window.htmx = htmx;

function enliven(root: HTMLElement | Document): void {
  islands(root);
  tables(root);
}

enliven(document);
keys();
menus();
copyButtons();
sendOnce();
announceSwaps();
reportFailures();
document.addEventListener("htmx:load", (event) => enliven((event as CustomEvent<{ elt: HTMLElement }>).detail.elt));
document.documentElement.dataset.script = "on";

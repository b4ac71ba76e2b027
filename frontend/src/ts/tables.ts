// Rows of a table or results of a search: J and K move, Enter opens, X selects, Shift+click selects a range; the bar above says how many are selected.
// A selection that is kept on the server (data-keep) is told of every tick at once; links wait until it knows.
import { ignoresKeys } from "./keys";
import { failed } from "./live";

function rowsOf(list: HTMLElement): HTMLElement[] {
  if (list instanceof HTMLTableElement) return Array.from(list.tBodies[0]?.rows ?? []);
  return Array.from(list.querySelectorAll<HTMLElement>("[data-row]"));
}

function boxOf(row: HTMLElement): HTMLInputElement | null {
  return row.querySelector<HTMLInputElement>("input[type=checkbox][name=selected]");
}

let sending: Promise<void> = Promise.resolve();
let unsent = 0;

function tell(form: HTMLFormElement, body: URLSearchParams): void {
  unsent += 1;
  const send = () => fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, keepalive: true });
  sending = sending
    .then(send)
    .then((answer) => {
      if (!answer.ok || answer.redirected) failed({ elt: document.body });
    })
    .catch(() => failed({ elt: document.body }))
    .then(() => {
      unsent -= 1;
    });
}

document.addEventListener(
  "click",
  (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[href]");
    if (!unsent || !link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    void sending.then(() => link.click());
  },
  true,
);

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!unsent || !form.hasAttribute("data-keep") || typeof form.requestSubmit !== "function") return;
  event.preventDefault();
  const button = event.submitter;
  void sending.then(() => form.requestSubmit(button));
});

function enliven(table: HTMLElement): void {
  const form = table.closest("form");
  const bar = form?.querySelector<HTMLElement>("[data-bulk]") ?? null;
  const all = table.querySelector<HTMLInputElement>("thead input[type=checkbox]");
  let last = -1;

  function keep(): void {
    if (!form || !form.hasAttribute("data-keep")) return;
    const body = new URLSearchParams({ act: "keep" });
    const token = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
    if (token) body.append(token.name, token.value);
    for (const row of rowsOf(table)) {
      const box = boxOf(row);
      if (!box || String(box.checked) === (box.dataset.known ?? String(box.defaultChecked))) continue;
      box.dataset.known = String(box.checked);
      body.append("shown", box.value);
      if (box.checked) body.append("selected", box.value);
    }
    if (body.has("shown")) tell(form, body);
  }

  function refresh(): void {
    const rows = rowsOf(table);
    const chosen = rows.filter((row) => boxOf(row)?.checked);
    for (const row of rows) row.classList.toggle("lt-table--selected", !!boxOf(row)?.checked);
    if (bar) {
      bar.hidden = chosen.length === 0 && !bar.hasAttribute("data-more");
      const count = bar.querySelector("[data-count]");
      if (count) count.textContent = String(chosen.length + Number(bar.dataset.elsewhere ?? 0));
    }
    if (all) {
      all.hidden = false;
      all.checked = chosen.length > 0 && chosen.length === rows.length;
      all.indeterminate = chosen.length > 0 && chosen.length < rows.length;
    }
  }

  table.addEventListener("click", (event) => {
    const box = event.target as HTMLInputElement;
    if (box.type !== "checkbox") return;
    const rows = rowsOf(table);
    if (box === all) {
      for (const row of rows) {
        const each = boxOf(row);
        if (each) each.checked = all.checked;
      }
    } else {
      const at = rows.findIndex((row) => row.contains(box));
      if (event.shiftKey && last >= 0) {
        for (const row of rows.slice(Math.min(at, last), Math.max(at, last) + 1)) {
          const each = boxOf(row);
          if (each) each.checked = box.checked;
        }
      }
      last = at;
    }
    refresh();
    keep();
  });
  bar?.querySelector("[data-clear]")?.addEventListener("click", (event) => {
    if (bar.hasAttribute("data-more") || form?.hasAttribute("data-keep")) return;
    event.preventDefault();
    for (const row of rowsOf(table)) {
      const each = boxOf(row);
      if (each) each.checked = false;
    }
    refresh();
  });
  table.addEventListener("lt:toggle", () => {
    refresh();
    keep();
  });
  refresh();
}

function move(step: number): void {
  const table = document.querySelector<HTMLElement>("[data-rows]");
  if (!table) return;
  const rows = rowsOf(table);
  const here = rows.findIndex((row) => row.classList.contains("lt-table--here"));
  const at = Math.max(0, Math.min(rows.length - 1, here + step));
  rows.forEach((row, index) => row.classList.toggle("lt-table--here", index === at));
  rows[at]?.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  rows[at]?.scrollIntoView({ block: "nearest" });
}

function toggleHere(): void {
  const row = document.querySelector<HTMLElement>("[data-rows] .lt-table--here");
  const box = row && boxOf(row);
  if (!box) return;
  box.checked = !box.checked;
  row.closest("[data-rows]")!.dispatchEvent(new CustomEvent("lt:toggle"));
}

document.addEventListener("keydown", (event) => {
  if (ignoresKeys(event)) return;
  const key = event.key.toLowerCase();
  if (key === "j") move(1);
  if (key === "k") move(-1);
  if (key === "x") toggleHere();
});

export function tables(root: ParentNode): void {
  for (const table of Array.from(root.querySelectorAll<HTMLElement>("[data-rows]:not([data-alive])"))) {
    table.dataset.alive = "yes";
    enliven(table);
  }
}

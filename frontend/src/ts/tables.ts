// Rows: J and K move, Enter opens, X selects, Shift+click selects a range; the bar above says how many are selected.
import { ignoresKeys } from "./keys";

function rowsOf(table: HTMLTableElement): HTMLTableRowElement[] {
  return Array.from(table.tBodies[0]?.rows ?? []);
}

function boxOf(row: HTMLTableRowElement): HTMLInputElement | null {
  return row.querySelector<HTMLInputElement>("input[type=checkbox][name=selected]");
}

function enliven(table: HTMLTableElement): void {
  const form = table.closest("form");
  const bar = form?.querySelector<HTMLElement>("[data-bulk]") ?? null;
  const all = table.tHead?.querySelector<HTMLInputElement>("input[type=checkbox]") ?? null;
  let last = -1;

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
  });
  bar?.querySelector("[data-clear]")?.addEventListener("click", (event) => {
    if (bar.hasAttribute("data-more")) return;
    event.preventDefault();
    for (const row of rowsOf(table)) {
      const each = boxOf(row);
      if (each) each.checked = false;
    }
    refresh();
  });
  table.addEventListener("lt:toggle", refresh);
  refresh();
}

function move(step: number): void {
  const table = document.querySelector<HTMLTableElement>("table[data-rows]");
  if (!table) return;
  const rows = rowsOf(table);
  const here = rows.findIndex((row) => row.classList.contains("lt-table--here"));
  const at = Math.max(0, Math.min(rows.length - 1, here + step));
  rows.forEach((row, index) => row.classList.toggle("lt-table--here", index === at));
  rows[at]?.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  rows[at]?.scrollIntoView({ block: "nearest" });
}

function toggleHere(): void {
  const row = document.querySelector<HTMLTableRowElement>("table[data-rows] tr.lt-table--here");
  const box = row && boxOf(row);
  if (!box) return;
  box.checked = !box.checked;
  row.closest("table")!.dispatchEvent(new CustomEvent("lt:toggle"));
}

document.addEventListener("keydown", (event) => {
  if (ignoresKeys(event)) return;
  const key = event.key.toLowerCase();
  if (key === "j") move(1);
  if (key === "k") move(-1);
  if (key === "x") toggleHere();
});

export function tables(root: ParentNode): void {
  for (const table of Array.from(root.querySelectorAll<HTMLTableElement>("table[data-rows]:not([data-alive])"))) {
    table.dataset.alive = "yes";
    enliven(table);
  }
}

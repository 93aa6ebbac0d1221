/** A case's page by keyboard: a step's key goes to its form; the time left counts by itself. */
import { span } from "../live/format";
import { language, say } from "../live/words";
import { follow, forget } from "./draft";

const SECOND = 1_000;

function goTo(form: HTMLFormElement): void {
  const fold = form.closest("details");
  if (fold) fold.open = true;
  const first = form.querySelector<HTMLElement>(
    "select, textarea, input:not([type=hidden]), button",
  );
  first?.focus();
  form.scrollIntoView({ block: "center" });
}

document.addEventListener("keydown", (event) => {
  const typing = (event.target as Element).matches("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toUpperCase();
  const form = document.querySelector<HTMLFormElement>(`form[data-key="${CSS.escape(key)}"]`);
  if (!form) return;
  event.preventDefault();
  goTo(form);
});

/* A form sent without a network leaves the browser's own page, and what was written with it. */
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.matches("form[data-step], form[data-new-case]") || navigator.onLine) return;
  event.preventDefault();
  let note = form.querySelector<HTMLElement>(".note[role=alert]");
  if (!note) {
    note = document.createElement("p");
    note.className = "note";
    note.dataset.level = "serious";
    note.setAttribute("role", "alert");
    form.prepend(note);
  }
  note.textContent = say.notSent;
  note.scrollIntoView({ block: "center" });
});

const patrol = document.querySelector<HTMLFormElement>('form[data-source="patrol"]');
if (patrol) follow(patrol, localStorage);
else if (document.referrer.includes("/cases/new/patrol")) forget(localStorage);

function count(): void {
  const now = Date.now();
  for (const time of document.querySelectorAll<HTMLElement>("[data-due]")) {
    const left = Number(time.dataset.due) - now;
    time.textContent = left < 0 ? say.late(span(-left, language)) : say.left(span(left, language));
    time.classList.toggle("late", left < 0);
  }
}

if (document.querySelector("[data-due]")) window.setInterval(count, SECOND);

/** Runs on every page: the reader's choices, toasts, menus, htmx with its token. */
import "./base.css";
import "htmx.org";

type Choice = "cloth" | "type";

const YEAR = 31_536_000;

function choose(what: Choice, value: string): void {
  document.documentElement.dataset[what] = value;
  // biome-ignore lint/suspicious/noDocumentCookie: the server draws the page by it; cookieStore is not in every browser
  document.cookie = `${what}=${value}; path=/; max-age=${YEAR}; samesite=lax`;
  showChoices();
  document.dispatchEvent(new CustomEvent("xiuhua:choice", { detail: { what, value } }));
}

function showChoices(): void {
  const { cloth, type } = document.documentElement.dataset;
  for (const button of document.querySelectorAll<HTMLElement>("[data-shown-on]"))
    button.hidden = button.dataset.shownOn !== cloth;
  for (const button of document.querySelectorAll<HTMLElement>("[data-shown-at]"))
    button.hidden = button.dataset.shownAt !== type;
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]"))
    if (menu !== except) menu.open = false;
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  closeMenus(target.closest("details.menu"));
  const button = target.closest<HTMLElement>("[data-set-cloth], [data-set-type], [data-close]");
  if (button?.dataset.setCloth) choose("cloth", button.dataset.setCloth);
  if (button?.dataset.setType) choose("type", button.dataset.setType);
  if (button?.dataset.close !== undefined) button.closest(".toast")?.remove();
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
  event.stopImmediatePropagation();
});

const READ_IN = 6_000;

/** What went well need not be clicked away. */
window.setTimeout(() => {
  for (const toast of document.querySelectorAll('.toast[data-level="success"]')) toast.remove();
}, READ_IN);

showChoices();

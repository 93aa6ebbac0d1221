/** The two dialogs: all keys, and the search. */
import { html, nothing, type TemplateResult } from "lit-html";
import type { Found } from "./find";
import { say } from "./words";

export interface Keys {
  acknowledge: boolean;
  dispatch: boolean;
}

/** Only keys that do something for this person. */
export function help(may: Keys): TemplateResult {
  const rows: [string[], string][] = [
    [["J", "K", "↓", "↑"], say.helpRows.move],
    [[say.keyNames.enter], say.helpRows.open],
    ...(may.acknowledge
      ? [[[say.keyNames.space], say.helpRows.acknowledge] as [string[], string]]
      : []),
    ...(may.dispatch ? [[["D"], say.helpRows.dispatch] as [string[], string]] : []),
    [["C"], say.helpRows.caseFile],
    [["/"], say.helpRows.search],
    [["F"], say.helpRows.fit],
    [["Esc"], say.helpRows.close],
    [["?"], say.helpRows.help],
  ];
  return html`<h2 id="help-title">${say.keys}</h2>
    <table class="table">
      <tbody>
        ${rows.map(
          ([keys, means]) =>
            html`<tr><th scope="row">${keys.map((key) => html`<kbd>${key}</kbd> `)}</th><td>${means}</td></tr>`,
        )}
      </tbody>
    </table>
    <form method="dialog" class="form-actions"><button class="btn">${say.close}</button></form>`;
}

export function searching(
  question: string,
  found: readonly Found[],
  ask: (question: string) => void,
  go: (found: Found) => void,
): TemplateResult {
  return html`<form
      method="dialog"
      role="search"
      @submit=${(event: Event) => {
        event.preventDefault();
        const first = found[0];
        if (first) go(first);
      }}
    >
      <div class="field">
        <label for="question">${say.search}</label>
        <input
          id="question"
          type="search"
          autocomplete="off"
          .value=${question}
          @input=${(event: InputEvent) => ask((event.target as HTMLInputElement).value)}
        />
      </div>
    </form>
    <p class="sr-only" role="status">${question ? say.found(found.length) : ""}</p>
    <ul role="list" class="found">
      ${found.map(
        (one) =>
          html`<li><button type="button" @click=${() => go(one)}>
            <strong>${one.words}</strong><span class="muted">${one.more}</span>
          </button></li>`,
      )}
    </ul>
    ${question && found.length === 0 ? html`<p class="muted">${say.nothingFound}</p>` : nothing}`;
}

/** What stands where the picture should be, and the banner when the picture is old. */
import { html, nothing, type TemplateResult } from "lit-html";
import { clock, span } from "./format";
import { freshness, type Picture, pictureAge, serverNow } from "./state";
import { language, say } from "./words";

const HICCUP = 2_500; // streams end now and then and come back at once: not worth a word
const THREAD = "M3 16C7 6 11 20 15 11s4-2 6 1";
const LOCK = "M6 11h12v10H6zM9 11V7a3 3 0 0 1 6 0v4M12 15v2";
const CUT = "M3 17C6 8 9 18 11 13M14 11c2-5 4-1 7 1M11 8l3 9";

function state(is: string, drawing: string, what: string, means: string, next: unknown = nothing) {
  return html`<div class="state" data-state=${is}>
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${drawing} /></svg>
    <strong>${what}</strong>
    ${means ? html`<p>${means}</p>` : nothing}${next}
  </div>`;
}

export const loading = (): TemplateResult => state("loading", THREAD, say.loading, "");

export const failed = (retry: () => void): TemplateResult =>
  state(
    "failed",
    CUT,
    say.failed,
    say.failedWhy,
    html`<button type="button" class="btn" @click=${retry}>${say.retry}</button>`,
  );

export function refused(signedOut: boolean): TemplateResult {
  if (!signedOut) return state("forbidden", LOCK, say.forbidden, say.forbiddenWhy);
  const link = html`<a class="btn btn-primary" href="/accounts/login/?next=/">${say.signIn}</a>`;
  return state("forbidden", LOCK, say.signedOut, say.signedOutWhy, link);
}

export const mapFailed = (): TemplateResult =>
  state("offline", CUT, say.mapFailed, say.mapFailedWhy);

/** Says that the picture is old, since when, and what that means; nothing while it is fresh. */
export function banner(picture: Picture, at: number): TemplateResult | typeof nothing {
  if (!picture.beat) return nothing;
  if (picture.link.is === "lost") {
    if (at - picture.link.since < HICCUP) return nothing;
    const gone = span(at - picture.link.since, language);
    const stopped = clock(picture.beat.log_at);
    return strip(say.offline(gone, stopped), say.offlineMeans);
  }
  const old = pictureAge(picture, at);
  if (picture.link.is !== "live" || freshness(old) !== "stale") return nothing;
  return strip(
    say.behind(span(serverNow(picture, at) - picture.beat.log_at, language)),
    say.behindMeans,
  );
}

function strip(what: string, means: string): TemplateResult {
  return html`<div class="banner" data-state="offline" role="alert">
    <strong>${what}</strong><span>${means}</span>
  </div>`;
}

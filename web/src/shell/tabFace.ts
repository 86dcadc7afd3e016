// What the browser's tab shows: the state in words, and how far it is as a ring around the icon.

const STEPS_RING = 5;
/** The ring's length in the picture below. */
const ROUND = 88;

let original: string | null = null;

/** Titles the tab and draws `step` of five around its icon; -1 shows the icon as it is. */
export function faceTab(title: string, step: number): void {
  document.title = title;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  original ??= link.href;
  link.href = step < 0 ? original : picture((step + 1) / STEPS_RING);
}

function picture(share: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#24507a"/><circle cx="16" cy="16" r="14" fill="none" stroke="#72d391" stroke-width="4" stroke-dasharray="${share * ROUND} ${ROUND}" transform="rotate(-90 16 16)"/><path d="M9 15.5 16 9.5l7 6V23H9z" fill="#fff"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

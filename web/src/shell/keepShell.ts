// The screens without a network: the browser keeps pages and their files, see worker/sw.ts.

/** Has the browser keep pages and their files, so that a screen opens without a network. */
export function keepShell(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without it the screen is the same; it only needs the network to open.
  void navigator.serviceWorker.register("/sw.js").catch(() => {});
}

// The line of a page, to be cut and mended by a test.

import { expect, type Page, type WebSocketRoute } from "@playwright/test";

export type Wire = {
  /** Closes every socket, and lets no new one through. */
  cut: () => Promise<void>;
  mend: () => void;
  /** Has the hub answer subscriptions that it cannot now, or answer them again. */
  overload: (is: boolean) => void;
  /** How many it has answered so. */
  refusals: () => number;
};

/** What a hub says that is to be asked a little later. */
const BUSY = { code: 100, message: "internal server error", temporary: true };

/** Reloads the page, for only sockets that are opened from then on can be cut. */
export async function wireOf(page: Page): Promise<Wire> {
  const open: WebSocketRoute[] = [];
  let isCut = false;
  let isBusy = false;
  let refused = 0;
  await page.routeWebSocket(/\/connection\/websocket/, (socket) => {
    if (isCut) return void socket.close();
    const hub = socket.connectToServer();
    socket.onMessage((frame) => {
      for (const command of String(frame).trim().split("\n")) {
        const { id, subscribe } = JSON.parse(command);
        if (!isBusy || !subscribe) {
          hub.send(command);
          continue;
        }
        refused += 1;
        socket.send(JSON.stringify({ id, error: BUSY }));
      }
    });
    open.push(socket);
  });
  await page.reload();
  await expect(page.getByTestId("line")).toHaveText("실시간");
  return {
    cut: async () => {
      isCut = true;
      for (const socket of open.splice(0)) await socket.close();
    },
    mend: () => {
      isCut = false;
    },
    overload: (is) => {
      isBusy = is;
    },
    refusals: () => refused,
  };
}

/** Stops the page's time where it is, once `clock.install` has been called: nothing runs out. */
export async function standStill(page: Page): Promise<void> {
  const nowMs = await page.evaluate(() => Date.now());
  await page.clock.pauseAt(nowMs + 1000);
}

/** Lets time go on a little at a time until the line has caught up, which is said only for seconds. */
export async function catchesUp(page: Page): Promise<void> {
  await expect(async () => {
    await page.clock.runFor(500);
    const said = /놓친 소식 \d개를 반영했어요/;
    await expect(page.getByTestId("line")).toHaveText(said, { timeout: 1000 });
  }).toPass();
}

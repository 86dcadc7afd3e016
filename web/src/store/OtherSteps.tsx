// The door to what a kitchen seldom does with a ticket.

import { useSignal } from "@preact/signals";
import type { Ticket } from "../contract";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { later } from "../shell/later";
import { underWay } from "./steps";
import { storeWords } from "./words";

const OtherSheet = later(() => import("./OtherSheet").then((part) => part.OtherSheet), [96, 96]);

export function OtherSteps({ ticket }: { ticket: Ticket }) {
  const words = say(storeWords);
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
  };
  return (
    <>
      <Button
        local
        look="quiet"
        disabled={underWay.value.has(ticket.orderId)}
        label={words.otherLabel(ticket.number)}
        onPress={() => (isOpen.value = true)}
      >
        {ticket.state === "COOKED" ? words.other.cancel : words.other.both}
      </Button>
      {isOpen.value && (
        <Dialog title={words.otherTitle(ticket.number)} onClose={close}>
          <OtherSheet ticket={ticket} onClose={close} />
        </Dialog>
      )}
    </>
  );
}

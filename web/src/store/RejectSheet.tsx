// Why a new order can't be cooked; the customer reads the same reason.

import type { Ticket } from "../contract";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Reasons } from "./Reasons";
import { sheetWords } from "./sheetWords";
import { step } from "./steps";

type Props = { ticket: Ticket; onClose: () => void };

export function RejectSheet({ ticket, onClose }: Props) {
  const words = say(sheetWords);
  return (
    <>
      <p>{words.rejectHint}</p>
      <Reasons
        label={words.reasonsLabel}
        reasons={words.rejectReasons}
        onChoose={(reason) => step(ticket, "reject", { reason }).finally(onClose)}
      />
      <Button local onPress={onClose}>
        {words.rejectKeep}
      </Button>
    </>
  );
}

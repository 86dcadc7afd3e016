// Opens a role's page: settings, who is looking, the socket, and only then the screen.

import { type ComponentType, render } from "preact";
import type { Role } from "../contract";
import { identify, signedOut } from "../identity";
import { connect } from "../live";
import { readyToSpeak, say } from "../preferences";
import { common } from "../words/common";
import { Button } from "./Button";
import { followBuilds } from "./build";
import { followDriver } from "./driver";
import { keepShell } from "./keepShell";
import { later } from "./later";
import { Empty } from "./Notice";
import { isPane } from "./pane";
import "../tokens.css";

const SignIn = later(() => import("./SignIn").then((part) => part.SignIn), [48, 200, 56]);

type Sides = { inside: ComponentType; outside: ComponentType };

function Gate({ inside: Inside, outside: Outside }: Sides) {
  return signedOut.value ? <Outside /> : <Inside />;
}

/** Shows the screen of a role in the page's one element. */
export function open(role: Role, screen: ComponentType): Promise<void> {
  const outside = () => <SignIn role={role} onEnter={connect} />;
  return openFor(() => identify(role), screen, outside);
}

/** Shows `inside` to whomever `identify` finds, and `outside` while that is nobody. */
export async function openFor(
  identify: () => Promise<boolean>,
  inside: ComponentType,
  outside: ComponentType,
): Promise<void> {
  const root = document.getElementById("screen");
  if (root === null) throw new Error("the page has no place for a screen");
  keepShell();
  const spoken = readyToSpeak();
  try {
    signedOut.value = !(await identify());
    await spoken;
  } catch {
    await spoken;
    render(<NoHub onRetry={() => openFor(identify, inside, outside)} />, root);
    return;
  }
  if (!signedOut.value) {
    connect();
    followBuilds();
    // The stage keeps count of what its panes miss; nobody else asks.
    if (isPane) void import("./witness").then(({ bearWitness }) => bearWitness());
    await followDriver();
  }
  render(<Gate inside={inside} outside={outside} />, root);
}

function NoHub({ onRetry }: { onRetry: () => void }) {
  const words = say(common);
  return (
    <main style={{ padding: "24px", maxWidth: "480px", margin: "0 auto" }}>
      <Empty>
        <p>{words.unreachable}</p>
        <br />
        <Button local onPress={onRetry}>
          {words.retry}
        </Button>
      </Empty>
    </main>
  );
}

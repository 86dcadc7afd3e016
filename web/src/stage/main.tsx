import { render } from "preact";
import { readyToSpeak } from "../preferences";
import { keepShell } from "../shell/keepShell";
import { Stage } from "./Stage";
import "../tokens.css";

const root = document.getElementById("screen");
keepShell();
await readyToSpeak();
if (root) render(<Stage />, root);

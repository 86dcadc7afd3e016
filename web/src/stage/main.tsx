import { render } from "preact";
import { Stage } from "./Stage";
import "../tokens.css";

const root = document.getElementById("screen");
if (root) render(<Stage />, root);

import { open } from "../shell/open";
import { OperatorScreen } from "./OperatorScreen";

void open("operator", OperatorScreen);

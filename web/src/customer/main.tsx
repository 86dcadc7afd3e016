import { open } from "../shell/open";
import { CustomerScreen } from "./CustomerScreen";

void open("customer", CustomerScreen);

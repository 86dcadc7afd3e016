import { open } from "../shell/open";
import { StoreScreen } from "./StoreScreen";

void open("store", StoreScreen);

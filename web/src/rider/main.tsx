import { open } from "../shell/open";
import { RiderScreen } from "./RiderScreen";

void open("rider", RiderScreen);

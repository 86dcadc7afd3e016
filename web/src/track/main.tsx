import { signInAsGuest } from "../identity";
import { openFor } from "../shell/open";
import { NoLink, TrackScreen } from "./TrackScreen";

// Another link in the same tab is another guest.
addEventListener("hashchange", () => location.reload());

void openFor(() => signInAsGuest(location.hash.slice(1)), TrackScreen, NoLink);

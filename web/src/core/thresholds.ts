// Every number that decides how a screen shows the age of what it knows. Seconds unless named.

/** A break shorter than this is a hiccup: content stays as it is. */
export const RECONNECTING_SECONDS = 15;

/** A rider's position older than this is shown grey and with its age. */
export const FIX_STALE_SECONDS = 10;

/** Where all riders are is told at least every 12 seconds; twice as old is no news any more. */
export const FLEET_STALE_SECONDS = 25;

/** A rider who stands still says so every 15 seconds; twice as old is too old for the store. */
export const DISTANCE_STALE_SECONDS = 30;

/** What is on a menu, and whether its store is open, is read again this often. */
export const STORE_READ_SECONDS = 15;

/** How long "caught up" is said after a break. */
export const CAUGHT_UP_SECONDS = 4;

/** How long after a break that which changed meanwhile is outlined. */
export const OUTLINED_SECONDS = 2;

/** What an order is owed is mostly paid sooner than this; until then nobody needs to look. */
export const OWED_SECONDS = 5;

/** A ticket is "soon late" from this share of its time on. */
export const DUE_SHARE = 0.8;

/** A job that is gone stays in the rider's list this long, so that nothing jumps. */
export const GONE_SECONDS = 4;

/** The ring repeats this often while a new order waits. */
export const RING_REPEAT_SECONDS = 5;

/** A rider's position is sent again after this long even if it is the same. */
export const FIX_REPEAT_SECONDS = 15;

/** A smaller move is not worth a message. */
export const FIX_MOVED_METERS = 10;

/** A phone that has not found itself for this long says so, and is asked again. */
export const FIX_LOST_SECONDS = 30;

/** The hub takes no position that is less certain. */
export const FIX_ACCURACY_METERS_MAX = 100;

/** Faster than this nobody can read: km/h. */
export const GLANCE_KMH = 15;

/** Slow enough again to read: km/h. */
export const READING_KMH = 10;

/** A list does not move for this long after it was touched: milliseconds. */
export const STEADY_MS = 700;

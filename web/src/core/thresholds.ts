// Every number that decides how a screen shows the age of what it knows. Seconds unless named.

/** A break shorter than this is a hiccup: content stays as it is. */
export const RECONNECTING_SECONDS = 15;

/** A rider's position older than this is shown grey and with its age. */
export const FIX_STALE_SECONDS = 10;

/** How long "caught up" is said after a break. */
export const CAUGHT_UP_SECONDS = 4;

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

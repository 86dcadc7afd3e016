// What the socket's channels carry and the city tells of itself: written by hand, because the hub
// generates types for what HTTP answers and these are made of them.

import type { Alert, Job, Order, OrderStatus, Rider, Role, Store, Ticket } from "./contract";

export type Point = { lat: number; lng: number };

export type ConnectData = { serverTime: string; role: Role };

/** How many riders could take an open job now. */
export type RidersNear = { orderId: string; count: number; at: string };

export type OrderSnapshot = { order: Order; ridersNear?: RidersNear };
export type OrderNews =
  | { type: "order"; order: Order; event: string; serverTime: string }
  | { type: "riderLocation"; lat: number; lng: number; heading?: number | null; at: string }
  | ({ type: "ridersNear" } & RidersNear);

export type StoreSnapshot = { store: Store; tickets: Ticket[] };
export type StoreNews =
  | { type: "ticket"; ticket: Ticket; event: string; serverTime: string }
  | { type: "store"; store: Store };

export type CustomerSnapshot = { orders: Order[] };
export type CustomerNews = ({ type: "orderStatus" } & OrderStatus) | ({ type: "alert" } & Alert);

export type RiderSnapshot = { rider: Rider; jobs: Job[] };
export type RiderNews =
  | { type: "job"; job: Job; event: string; serverTime: string }
  | { type: "rider"; rider: Rider };

export type NearbySnapshot = { jobs: Job[]; radiusMeters: number };
export type NearbyNews =
  | { type: "job"; job: Job }
  | { type: "jobGone"; orderId: string; reason: "taken" | "canceled" | "outOfRange" };

export type Counters = { [name: string]: number };
export type OpsSnapshot = { counters: Counters };
export type OpsNews = { type: "counters" | "attention" | "riders" };

/** `GET /city`. */
export type StageInfo = {
  speed: number;
  stage: { customerId: string; storeId: string; riderId: string };
  takenOver: string[];
  /** What is being done to the city on purpose at this moment. */
  troubles?: string[];
  /** How many are simulated; with 0 the city plays nobody. */
  people?: number;
};

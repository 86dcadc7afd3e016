// What the socket says, put together from the types above.

export type ConnectData = { serverTime: Instant; role: Role | "guest" };

export type OrderSnapshot = { order: Order; ridersNear?: RidersNear };
export type OrderNews =
  | { type: "order"; order: Order; event: string; serverTime: Instant }
  | { type: "riderLocation"; lat: number; lng: number; heading?: number; at: Instant }
  | ({ type: "ridersNear" } & RidersNear);

/** The same channel, for a guest. */
export type ProgressSnapshot = { progress: Progress };
export type ProgressNews =
  | { type: "progress"; progress: Progress; serverTime: Instant }
  | { type: "riderLocation"; lat: number; lng: number; heading?: number; at: Instant };

export type StoreSnapshot = {
  store: Store;
  tickets: Ticket[];
  ridersNear: RidersNear[];
  riderDistances: RiderDistance[];
};
export type StoreNews =
  | { type: "ticket"; ticket: Ticket; event: string; serverTime: Instant }
  | { type: "store"; store: Store }
  | ({ type: "ridersNear" } & RidersNear)
  | ({ type: "riderDistance" } & RiderDistance);

export type CustomerSnapshot = { orders: Order[] };
export type CustomerNews = ({ type: "orderStatus" } & OrderStatus) | ({ type: "alert" } & Alert);

export type RiderSnapshot = { rider: Rider; jobs: Job[] };
export type RiderNews =
  | { type: "job"; job: Job; event: string; serverTime: Instant }
  | { type: "rider"; rider: Rider };

export type NearbySnapshot = { jobs: Job[]; radiusMeters: number };
export type NearbyNews =
  | { type: "job"; job: Job }
  | { type: "jobGone"; orderId: string; reason: "taken" | "canceled" | "outOfRange" };

export type OpsSnapshot = { counters: Counters } & RidersMap;
export type OpsNews =
  | ({ type: "counters" } & Counters)
  | { type: "attention"; order: Order; event: string; at: Instant }
  | ({ type: "riders" } & RidersMap);

export type Counters = { [name: string]: number };

// What the socket says, put together from the types above.

export type ConnectData = { serverTime: Instant; role: Role };

export type OrderSnapshot = { order: Order };
export type OrderNews =
  | { type: "order"; order: Order; event: string; serverTime: Instant }
  | { type: "riderLocation"; lat: number; lng: number; heading?: number; at: Instant };

export type StoreSnapshot = { store: Store; tickets: Ticket[] };
export type StoreNews =
  | { type: "ticket"; ticket: Ticket; event: string; serverTime: Instant }
  | { type: "store"; store: Store };

export type CustomerSnapshot = { orders: Order[] };
export type CustomerNews = ({ type: "orderStatus" } & OrderStatus) | ({ type: "alert" } & Alert);

export type RiderSnapshot = { rider: Rider; jobs: Job[] };
export type RiderNews = { type: "job"; job: Job; event: string; serverTime: Instant };

export type NearbySnapshot = { jobs: Job[]; radiusMeters: number };
export type NearbyNews =
  | { type: "job"; job: Job }
  | { type: "jobGone"; orderId: string; reason: "taken" | "canceled" | "outOfRange" };

export type OpsSnapshot = { counters: Counters };
export type OpsNews =
  | ({ type: "counters" } & Counters)
  | { type: "attention"; order: Order; event: string; at: Instant }
  | { type: "riders"; riders: Rider[] };

export type Counters = { [name: string]: number };

// What the hub sends and takes, type for type. Generated from Rust; do not edit. After a change:
// UPDATE=1 cargo test -p hub contract

export type StateName =
  | "PAYMENT_PENDING"
  | "PLACED"
  | "ACCEPTED"
  | "COOKING"
  | "COOKED"
  | "DELIVERING"
  | "DELIVERED"
  | "PAYMENT_FAILED"
  | "REJECTED"
  | "CANCELED";

export type PaymentStateName =
  | "PENDING"
  | "APPROVED"
  | "DECLINED"
  | "REFUND_PENDING"
  | "REFUND_STUCK"
  | "REFUNDED";

export type DeliveryStateName =
  | "NONE"
  | "ANNOUNCED"
  | "OPEN"
  | "CLAIMED"
  | "PICKED_UP"
  | "COMPLETED"
  | "WITHDRAWN";

export type AttentionName =
  | "STORE_SLOW"
  | "NO_RIDER"
  | "RIDER_SILENT"
  | "PROBLEM"
  | "REFUND_STUCK";

export type RejectReasonName =
  | "SOLD_OUT"
  | "TOO_BUSY"
  | "CLOSING"
  | "OUT_OF_AREA"
  | "CAPACITY"
  | "OTHER";

export type CancelReasonName =
  | "CUSTOMER_CHANGED_MIND"
  | "STORE_TIMEOUT"
  | "STORE_UNREACHABLE"
  | "STORE_SOLD_OUT"
  | "STORE_TOO_BUSY"
  | "STORE_CLOSING"
  | "STORE_OTHER"
  | "NO_RIDER"
  | "DELIVERY_FAILED"
  | "OPERATOR"
  | "PAYMENT_UNKNOWN";

export type PausedByName =
  | "STORE"
  | "OPERATOR"
  | "SILENCE";

export type Role =
  | "customer"
  | "store"
  | "rider"
  | "operator";

export type Instant = string;

export type Order = {
  id: string;
  number: number;
  version: number;
  state: StateName;
  label: string;
  attention: AttentionName | null;
  customerId: string;
  store: Shop;
  rider: OrderRider | null;
  items: Array<Item>;
  totalWon: number;
  note?: string;
  address?: Address;
  payment: OrderPayment;
  delivery: Delivery;
  placedAt: Instant;
  acceptBy: Instant | null;
  cookDueAt: Instant | null;
  eta: Eta | null;
  cancelable: boolean;
  reason: string | null;
  timeline: Array<Step>;
};

export type Shop = {
  id: string;
  name: string;
  lat: number;
  lng: number;
};

export type OrderRider = {
  id: string;
};

export type Item = {
  menuId: string;
  name: string;
  options: Array<string>;
  quantity: number;
  priceWon: number;
};

export type Address = {
  text: string;
  lat: number;
  lng: number;
};

export type OrderPayment = {
  state: PaymentStateName;
  reason: string | null;
};

export type Delivery = {
  state: DeliveryStateName;
  ringMeters: number | null;
  openedAt: Instant | null;
};

export type Eta = {
  from: Instant;
  to: Instant;
  firstPromise: Instant;
  cause: string | null;
};

export type Step = {
  event: string;
  at: Instant;
  by: string;
  reason?: string;
  command?: string;
  cause?: string;
};

export type Progress = {
  id: string;
  number: number;
  version: number;
  state: StateName;
  label: string;
  store: Shop;
  delivery: Delivery;
  placedAt: Instant;
  cookDueAt: Instant | null;
  eta: Eta | null;
  timeline: Array<ProgressStep>;
};

export type ProgressStep = {
  event: string;
  at: Instant;
};

export type Ticket = {
  orderId: string;
  number: number;
  version: number;
  state: StateName;
  label: string;
  items: Array<Item>;
  note: string;
  totalWon: number;
  placedAt: Instant;
  acceptBy: Instant | null;
  cookDueAt: Instant | null;
  rider: TicketRider | null;
  delivery: Delivery;
  attention: AttentionName | null;
  toAcknowledge: boolean;
  reason: string | null;
  undoUntil: Instant | null;
  onBoard: boolean;
};

export type TicketRider = {
  id: string;
  distanceMeters: number | null;
};

export type Job = {
  orderId: string;
  number: number;
  version: number;
  state: DeliveryStateName;
  claimable: boolean;
  ringMeters: number | null;
  store: Shop;
  dropoff: Dropoff;
  distanceMeters: number | null;
  deliveryMeters: number;
  feeWon: number;
  readyAt: Instant | null;
  openedAt: Instant | null;
  mine: boolean;
};

export type Dropoff = {
  area: string;
  lat: number;
  lng: number;
  address?: string;
  note?: string;
};

export type Store = {
  id: string;
  name: string;
  lat: number;
  lng: number;
  open: boolean;
  paused: boolean;
  pausedBy?: PausedByName;
  deliveryRadiusMeters: number;
  minTotalWon: number;
  openOrdersMax: number;
  defaultCookMinutes: number;
  autoAccept: boolean;
  menu: Array<MenuItem>;
};

export type MenuItem = {
  id: string;
  name: string;
  priceWon: number;
  soldOut: boolean;
  options: Array<string>;
};

export type Rider = {
  id: string;
  online: boolean;
  lat: number | null;
  lng: number | null;
  at: Instant | null;
  activeJobs: number;
};

export type RidersNear = {
  orderId: string;
  count: number;
  at: Instant;
};

export type RiderDistance = {
  orderId: string;
  riderId: string;
  distanceMeters: number;
  at: Instant;
};

export type RiderPlace = {
  id: string;
  lat: number;
  lng: number;
};

export type RidersMap = {
  riders: Array<RiderPlace>;
  total: number;
};

export type Payment = {
  orderId: string;
  state: PaymentStateName;
  amountWon: number;
  charges: number;
  refunds: number;
  provider: string;
};

export type OrderStatus = {
  orderId: string;
  storeId: string;
  state: StateName;
  label: string;
  version: number;
  updatedAt: Instant;
};

export type Alert = {
  text: string;
  orderId: string;
  at: Instant;
};

export type StuckOrder = {
  owed: Owed | null;
  since: Instant;
  id: string;
  number: number;
  version: number;
  state: StateName;
  label: string;
  attention: AttentionName | null;
  customerId: string;
  store: Shop;
  rider: OrderRider | null;
  items: Array<Item>;
  totalWon: number;
  note?: string;
  address?: Address;
  payment: OrderPayment;
  delivery: Delivery;
  placedAt: Instant;
  acceptBy: Instant | null;
  cookDueAt: Instant | null;
  eta: Eta | null;
  cancelable: boolean;
  reason: string | null;
  timeline: Array<Step>;
};

export type Owed =
  | "charge"
  | "inquire"
  | "refund";

export type DeadLetter = {
  id: string;
  group: string;
  orderId: string | null;
  reason: string;
  at: Instant;
};

export type PlaceOrder = {
  storeId: string;
  items: Array<PlaceItem>;
  address: Address;
  note: string;
  payment: PlacePayment;
};

export type PlaceItem = {
  menuId: string;
  quantity: number;
  options: Array<string>;
};

export type PlacePayment = {
  method: string;
  token: string;
};

export type Orders = {
  orders: Array<Order>;
  next: string | null;
};

export type Timeline = {
  events: Array<Step>;
};

export type Share = {
  token: string;
  expiresAt: Instant;
};

export type Tickets = {
  tickets: Array<Ticket>;
};

export type Jobs = {
  jobs: Array<Job>;
};

export type Stores = {
  stores: Array<Store>;
};

export type Payments = {
  payments: Array<Payment>;
};

export type OrderStatuses = {
  orderStatuses: Array<OrderStatus>;
};

export type Alerts = {
  alerts: Array<Alert>;
};

export type StuckOrders = {
  orders: Array<StuckOrder>;
};

export type DeadLetters = {
  dead: Array<DeadLetter>;
};

export type TokenGrant = {
  token: string;
};

export type Config = {
  version: string;
  webBuild: string | null;
  devTokens: boolean;
  sharing: boolean;
  mapTileUrl: string | null;
  mapBaseUrl: string | null;
  pingSeconds: number;
  city: boolean;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  order?: Order | Ticket | Job;
  errors?: Array<Fault>;
};

export type Fault = {
  pointer: string;
  detail: string;
};

export type ProblemCode =
  | "unauthenticated"
  | "payment_declined"
  | "not_yours"
  | "not_found"
  | "method_not_allowed"
  | "taken"
  | "cancel_too_late"
  | "wrong_state"
  | "too_far"
  | "too_many_jobs"
  | "store_closed"
  | "sold_out"
  | "out_of_area"
  | "payload_too_large"
  | "unsupported_media_type"
  | "invalid"
  | "too_many_requests"
  | "internal"
  | "payment_busy"
  | "unavailable";

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

// The people of the city who can be played by hand, and handing them over.

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

export type Part = "customer" | "store" | "rider";

/** Says whether the city moves one of its people, from what it says about itself. */
export function isDrivenByCity(info: StageInfo, part: Part, id: string): boolean {
  if (info.people === 0) return false;
  const known = info.stage?.[`${part}Id`] === id;
  return known && !info.takenOver.includes(`${part}:${id}`);
}

/** Hands a person to whoever is at the screen, or back to the city. */
export async function drive(part: Part, id: string, by: "you" | "city"): Promise<void> {
  const answer = await fetch(`/city/people/${part}/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ by }),
  });
  if (!answer.ok) throw new Error(`handing over ${part}: ${answer.status}`);
}

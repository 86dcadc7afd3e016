import { describe, expect, it } from "vitest";
import { bearing } from "./geometry";

const here = { lat: 37.553, lng: 126.9105 };

describe("where a rider is heading", () => {
  it("is told from two fixes, clockwise from north", () => {
    expect(bearing(here, { ...here, lat: here.lat + 0.001 })).toBeCloseTo(0);
    expect(bearing(here, { ...here, lng: here.lng + 0.001 })).toBeCloseTo(90);
    expect(bearing(here, { ...here, lat: here.lat - 0.001 })).toBeCloseTo(180);
    expect(bearing(here, { ...here, lng: here.lng - 0.001 })).toBeCloseTo(270);
  });

  it("is not told from two fixes in one place", () => {
    expect(bearing(here, here)).toBeNull();
  });
});

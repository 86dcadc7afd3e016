// Starts one city on free ports and stops it after the last test. It is empty, except for pictures.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const START_MS = 60_000;
const STOP_MS = 10_000;
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

export default async function startCity() {
  // No order of a test is lost because another test reads slowly.
  const empty = ["--people", "0", "--speed", "20", "--accept-seconds", "180"];
  const city = await openCity(process.env.PICTURES ? ["--speed", "6"] : empty);
  process.env.CITY_URL = city.url;
  process.env.CITY_PID = String(city.pid);
  return city.close;
}

/** Another city, with these arguments. */
export async function openCity(args: string[]) {
  const binary = resolve(import.meta.dirname, "..", process.env.CITY_BIN ?? "../target/debug/city");
  if (!existsSync(binary)) throw new Error(`there is no city at ${binary}; build it first`);
  const ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const city = spawn(binary, [...args, ...ports], { stdio: ["ignore", "pipe", "inherit"] });
  return { url: await address(city), pid: city.pid, close: () => stop(city) };
}

function address(city: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let told = "";
    const late = setTimeout(() => {
      city.kill("SIGKILL");
      failed(new Error(`the city told no address in ${START_MS} ms, only: ${told}`));
    }, START_MS);
    city.stdout?.on("data", (bytes) => {
      told += String(bytes);
      const url = told.match(ADDRESS)?.[0];
      if (!url) return;
      clearTimeout(late);
      found(url);
    });
    city.on("error", failed);
    city.on("exit", (code) => failed(new Error(`the city ended at once with ${code}: ${told}`)));
  });
}

function stop(city: ChildProcess): Promise<void> {
  return new Promise((stopped) => {
    if (city.exitCode !== null) return stopped();
    const impatient = setTimeout(() => city.kill("SIGKILL"), STOP_MS);
    city.on("exit", () => {
      clearTimeout(impatient);
      stopped();
    });
    city.kill("SIGTERM");
  });
}

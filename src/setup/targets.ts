// Which files of which clients are meant.
import { dirname, join } from "node:path";
import type { Client, PathPattern, Place } from "./clients/client.ts";
import { forSystem, type Machine } from "./machine.ts";
import { expandPath, type World } from "./path-pattern.ts";

/** One file that an entry goes into. */
export interface Target {
  readonly client: Client;
  readonly scope: "user" | "project";
  readonly file: string;
  /** A client of the Windows around this WSL, which starts its servers there. */
  readonly isAround: boolean;
}

export interface FoundClient {
  readonly client: Client;
  /** Whether it seems to be there at all. */
  readonly isPresent: boolean;
  readonly targets: readonly Target[];
}

/** Every client with the files of its user; looks at names, and reads nothing. */
export function findClients(clients: readonly Client[], machine: Machine, name: string): FoundClient[] {
  return clients.map((client) => {
    const found = machine.worlds.map((world, at) => ({ ...inWorld(client, machine, world, name), isAround: at > 0 }));
    const present = found.filter(({ isPresent, isAround }) => isPresent || !isAround);
    return {
      client,
      isPresent: found.some(({ isPresent }) => isPresent),
      targets: present.flatMap(({ files, isAround }) =>
        files.map((file): Target => ({ client, scope: "user", file, isAround })),
      ),
    };
  });
}

/** The file of a client in a project, made when it is not there. */
export function projectTarget(client: Client, folder: string, name: string): Target | undefined {
  const [file] = client.project ?? [];
  if (file === undefined) return undefined;
  return { client, scope: "project", file: join(folder, withName(file, name)), isAround: false };
}

/** Where a client was looked for, for a user who has it elsewhere: its folders, then its files. */
export function placesSearched({ user, folders }: Client, machine: Machine, name: string): string[] {
  const [world] = machine.worlds;
  if (!world) return [];
  const files = (forSystem(user, world.system) ?? []).map(fileOf);
  const patterns = [...(forSystem(folders, world.system) ?? []), ...files];
  return [...new Set(patterns.flatMap((pattern) => expandAll(pattern, world, name)))];
}

function inWorld(client: Client, machine: Machine, world: World, name: string) {
  const places = forSystem(client.user, world.system) ?? [];
  const there = places.flatMap((place) => filesAt(place, machine, world, name));
  const isHere = machine.worlds[0] === world;
  const isPresent =
    (isHere && (client.programs ?? []).some((program) => machine.hasProgram(program))) ||
    (forSystem(client.folders, world.system) ?? []).some((folder) => expandPath(folder, world).some(machine.has)) ||
    there.some(machine.has);
  // Nothing of it is there yet: then it gets the file that it would make itself.
  const fallback = places
    .filter((place) => !isOnlyKept(place))
    .flatMap((place) => expandAll(fileOf(place), world, name));
  const files = client.everyPlace ? there : there.slice(0, 1);
  return { isPresent, files: files.length > 0 ? files : fallback.slice(0, 1) };
}

function filesAt(place: Place, machine: Machine, world: World, name: string): string[] {
  if (typeof place === "string") {
    return expandAll(place, world, name).filter((file) => machine.has(file) || machine.has(dirname(file)));
  }
  if (isOnlyKept(place)) return expandAll(place.file, world, name).filter(machine.has);
  return expandPath(place.when, world).some(machine.has) ? expandAll(place.file, world, name) : [];
}

/** A file that counts when it is there, and is never made. */
function isOnlyKept(place: Place): boolean {
  return typeof place !== "string" && place.file === place.when;
}

function fileOf(place: Place): PathPattern {
  return typeof place === "string" ? place : place.file;
}

function expandAll(pattern: PathPattern, world: World, name: string): string[] {
  return expandPath(withName(pattern, name), world);
}

function withName(pattern: PathPattern, name: string): PathPattern {
  return pattern.replaceAll("{{name}}", name);
}

// A process of its own that makes tasks until its stdin ends, and prints the title of each that was acknowledged.
import { AppError } from "../../src/base/errors.ts";
import { openTasks } from "./storage.ts";

const [database = "", prefix = ""] = process.argv.slice(2);
const storage = await openTasks(database);
let isOver = false;
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();
// Whoever reads the titles may be gone first.
process.stdout.on("error", () => {
  isOver = true;
});

for (let at = 1; !isOver; at++) {
  const title = `${prefix} ${at}`;
  try {
    await storage.add(title);
    process.stdout.write(`${title}\n`);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "unavailable")) throw error;
    process.stdout.write("refused\n");
  }
}
await storage.close();

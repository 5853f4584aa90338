import { z } from "zod";
import { RoleFile } from "../src/tasks/roles/role.ts";

/** What editors know of a role file: roles/role.schema.json. Draft 7 is what all of them read. */
export function roleSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(RoleFile, { io: "input", target: "draft-7" });
  const schema = { $schema, title: "Role", description: "A specialist that works on tasks.", ...rest };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

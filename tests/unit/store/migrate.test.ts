import { expect, test } from "bun:test";
import { MIGRATIONS, statements } from "../../../src/store/migrate.ts";

test("statements() cuts at a semicolon before a line that is not indented, drops comments, keeps the body of a trigger whole", () => {
  const text = `-- What it is for.
CREATE TABLE a (
  id TEXT
);
CREATE INDEX a_id ON a (id);
CREATE INDEX a_id_2 ON a (id);

-- Two lines
-- of comment.
CREATE TRIGGER t AFTER INSERT ON a BEGIN
  UPDATE a SET id = ';';
  DELETE FROM a;
END;

INSERT INTO a (id) VALUES ('x');
`;

  expect(statements(text, "sqlite")).toEqual([
    "CREATE TABLE a (\n  id TEXT\n)",
    "CREATE INDEX a_id ON a (id)",
    "CREATE INDEX a_id_2 ON a (id)",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  UPDATE a SET id = ';';\n  DELETE FROM a;\nEND",
    "INSERT INTO a (id) VALUES ('x')",
  ]);
});

test("statements() leaves out what is only for another engine", () => {
  const text = "{only sqlite} CREATE VIRTUAL TABLE a USING fts5 (b);\n\n{only postgres} CREATE TABLE a (b TSVECTOR);\n";

  expect(statements(text, "sqlite")).toEqual(["CREATE VIRTUAL TABLE a USING fts5 (b)"]);
  expect(statements(text, "postgres")).toEqual(["CREATE TABLE a (b TSVECTOR)"]);
});

test("MIGRATIONS count from one without a gap", () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, at) => at + 1));
});

import { artifactCases } from "./artifacts-contract.ts";
import { eventCases } from "./events-contract.ts";
import { orchestratorCases } from "./orchestrator-contract.ts";
import { runFaultCases } from "./run-faults-contract.ts";
import { durableRunCases } from "./runs-contract.ts";
import { searchCases } from "./search-contract.ts";
import { type ContractCase, sqlCases, type TestDatabase } from "./sql-contract.ts";
import { taskCases } from "./tasks-contract.ts";
import { transferCases } from "./transfer-contract.ts";

/** What every room promises, whatever the database. */
const allCases: readonly ContractCase[] = [
  ...orchestratorCases,
  ...durableRunCases,
  ...runFaultCases,
  ...sqlCases,
  ...eventCases,
  ...taskCases,
  ...transferCases,
  ...searchCases,
  ...artifactCases,
];

export function casesFor(dialect: TestDatabase["dialect"]): readonly ContractCase[] {
  return allCases.filter(({ only }) => only === undefined || only === dialect);
}

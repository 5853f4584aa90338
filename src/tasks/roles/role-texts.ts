// The built-in roles as they are written. They travel inside the program: a new one needs its line here.
import analyst from "../../../roles/analyst.yaml" with { type: "text" };
import architect from "../../../roles/architect.yaml" with { type: "text" };
import coordinator from "../../../roles/coordinator.yaml" with { type: "text" };
import debuggerRole from "../../../roles/debugger.yaml" with { type: "text" };
import devops from "../../../roles/devops.yaml" with { type: "text" };
import documenter from "../../../roles/documenter.yaml" with { type: "text" };
import implementer from "../../../roles/implementer.yaml" with { type: "text" };
import researcher from "../../../roles/researcher.yaml" with { type: "text" };
import reviewer from "../../../roles/reviewer.yaml" with { type: "text" };
import securityAuditor from "../../../roles/security_auditor.yaml" with { type: "text" };
import tester from "../../../roles/tester.yaml" with { type: "text" };

export const ROLE_TEXTS: ReadonlyMap<string, string> = new Map([
  ["analyst", analyst],
  ["architect", architect],
  ["coordinator", coordinator],
  ["debugger", debuggerRole],
  ["devops", devops],
  ["documenter", documenter],
  ["implementer", implementer],
  ["researcher", researcher],
  ["reviewer", reviewer],
  ["security_auditor", securityAuditor],
  ["tester", tester],
]);

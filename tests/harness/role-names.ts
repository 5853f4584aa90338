/** The built-in roles, by id. */
export const BUILT_IN_ROLES = [
  "analyst",
  "architect",
  "coordinator",
  "debugger",
  "devops",
  "documenter",
  "implementer",
  "researcher",
  "reviewer",
  "security_auditor",
  "tester",
];

/** What each pattern of agents is asked in tests. */
export const PATTERN_QUESTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  agent: { task: "Name a pear.", tools: [] },
  research: { task: "What is known about pears?" },
  search: { query: "pears in winter" },
  "iterative-research": { task: "What is known about pears?", rounds: 2 },
  refine: { task: "Write about pears." },
  sequential: { task: "Write about pears.", stages: ["Outline", "Draft"] },
  route: { task: "Name a pear." },
  "map-reduce": { question: "What is it about?", texts: ["a pear", "an apple"] },
  debate: { question: "Are pears better than apples?", rounds: 1 },
  vote: { question: "Pear or apple?", choices: ["a text", "another"] },
  "citation-check": { text: "Pears are green, says http://127.0.0.1:9/page." },
  "plan-execute": { task: "Find a pear.", tools: [], steps: 2 },
};

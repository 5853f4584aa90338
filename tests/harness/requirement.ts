/** Whether the tests of a server may not be skipped, as CADRE_TEST_REQUIRE=postgres,redis says. */
export function isRequired(server: "postgres" | "redis"): boolean {
  return process.env["CADRE_TEST_REQUIRE"]?.split(",").includes(server) === true;
}

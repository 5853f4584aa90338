/** What the clients of both runtimes are given. */
export const POOL_CONNECTIONS = 8;
export const CONNECT_SECONDS_MAX = 5;

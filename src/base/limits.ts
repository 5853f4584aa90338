// Every bound has its name here; the table of limits in the docs is made from this file.

/** Characters of a title. */
export const TITLE_CHARS_MAX = 200;
/** Characters of a description. */
export const DESCRIPTION_CHARS_MAX = 16_000;
/** Characters of a short word: a role, a tag, a language. */
export const WORD_CHARS_MAX = 64;
/** Characters of a path. */
export const PATH_CHARS_MAX = 4_096;
/** Tags of one task. */
export const TAGS_MAX = 20;
/** Tasks that one task waits for. */
export const NEEDS_MAX = 100;
/** The least urgent priority; 1 is the most urgent. */
export const PRIORITY_MAX = 9;
/** The priority of a task that was given none. */
export const PRIORITY_DEFAULT = 5;
/** Tasks that one graph shows. */
export const GRAPH_TASKS_MAX = 1_000;
/** Rows of a page, unless the caller asks for another number. */
export const PAGE_ROWS = 20;
/** Rows of a page at most. */
export const PAGE_ROWS_MAX = 200;
/** Characters of a title in a list row. */
export const ROW_TITLE_CHARS_MAX = 80;
/** Suggestions that one completion answers. */
export const COMPLETIONS_MAX = 20;

/** Bytes of a project's settings; a larger file is not read. */
export const PROJECT_FILE_BYTES_MAX = 16_384;
/** Bytes of a role file; a larger one is not read. */
export const ROLE_FILE_BYTES_MAX = 32_768;
/** Bytes of all role files of one project; what is over it is not read. */
export const ROLES_BYTES_MAX = 256 * 1024;
/** Lines of expertise or approach in a role. */
export const ROLE_LINES_MAX = 50;
/** Role files of one project. */
export const ROLES_MAX = 200;

/** Operations that share one commit. */
export const COMMIT_OPS_MAX = 64;
/** Operations that wait for a commit before callers are told to come back. */
export const WRITE_QUEUE_MAX = 10_000;
/** Milliseconds that a write waits for another process before it says so. */
export const LOCK_WAIT_MS_MAX = 5_000;
/** Bytes of a database that are checked at every start; a larger one is checked by its backups. */
export const QUICK_CHECK_BYTES_MAX = 32 * 1024 * 1024;
/** Rows that one transaction of the retention deletes. */
export const RETENTION_ROWS_MAX = 500;

/** Milliseconds between two looks for changes of other processes while somebody listens. */
export const LOOK_MS = 10;
/** Events that one look reads from the table. */
export const FEED_ROWS_MAX = 500;

/** Bytes of one message over stdio. */
export const STDIO_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Characters that wait for a client to read them before cadre stops reading from it. */
export const STDIO_UNREAD_CHARS_MAX = 4 * 1024 * 1024;
/** Milliseconds that calls in flight get after the client closed stdin. */
export const EOF_GRACE_MS = 5_000;
/** Milliseconds between two looks whether the parent process still lives. */
export const PARENT_LOOK_MS = 2_000;
/** Milliseconds between two signs of life of a call whose caller asked for progress. */
export const PROGRESS_MS = 5_000;
/** Levels of nesting in a JSON value that a caller sends. */
export const JSON_DEPTH_MAX = 64;

/** Bytes of a request body that is read whole; a larger one is counted as it arrives. */
export const SMALL_BODY_BYTES_MAX = 65_536;
/** Bytes of one HTTP request body. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of all HTTP request bodies that are arriving at once. */
export const BODIES_BYTES_MAX = 256 * 1024 * 1024;
/** Milliseconds that an HTTP request body may take to arrive. */
export const BODY_MS_MAX = 60_000;
/** Streams of events open at once. */
export const EVENT_STREAMS_MAX = 1_000;
/** Milliseconds between two heartbeats of a quiet stream. */
export const HEARTBEAT_MS = 10_000;
/** Bytes that wait for the reader of an MCP stream over HTTP before it is closed. */
export const STREAM_UNREAD_BYTES_MAX = 512 * 1024;
/** MCP sessions over HTTP held in memory; one that was dropped is taken up again from its row. */
export const MCP_SESSIONS_MAX = 1_000;
/** Characters of a message that opens an MCP session or a stream over HTTP: it is kept as long as they are. */
export const MCP_OPENING_CHARS_MAX = 65_536;
/** Milliseconds after which an unused MCP session over HTTP is forgotten. */
export const MCP_SESSION_IDLE_MS_MAX = 7 * 24 * 3_600_000;
/** Characters of a resource's address. */
export const RESOURCE_URI_CHARS_MAX = 1_000;
/** Resources that one connection follows. */
export const SUBSCRIPTIONS_MAX = 1_000;
/** Callers whose rate is counted at once. */
export const RATE_CALLERS_MAX = 10_000;
/** Milliseconds for which an idempotency key is remembered. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;
/** Characters of an idempotency key. */
export const IDEMPOTENCY_KEY_CHARS_MAX = 200;
/** Milliseconds that requests in flight get when the server stops. */
export const STOP_GRACE_MS = 30_000;
/** Milliseconds without a request after which a server whose port was taken over leaves. */
export const HANDOVER_QUIET_MS = 1_000;
/** Milliseconds of the longest wait that a setting may ask for. */
export const WAIT_MS_MAX = 24 * 24 * 3_600_000;
/** Tools, toolsets or hosts that one filter names. */
export const FILTER_NAMES_MAX = 200;

/** Bytes of the file that one chunk of a backup holds. */
export const BACKUP_CHUNK_BYTES = 64 * 1024;
/** Bytes that a backup leaves free on the disk. */
export const BACKUP_ROOM_BYTES = 16 * 1024 * 1024;
/** Milliseconds that one backup, or one restore, may take. */
export const BACKUP_MS_MAX = 10 * 60_000;
/** Milliseconds that a backup waits for another one of the same database. */
export const BACKUP_WAIT_MS_MAX = 60_000;
/** Milliseconds between two looks whether a backup is due. */
export const BACKUP_LOOK_MS = 10_000;
/** Milliseconds between two looks for what may be forgotten. */
export const RETENTION_EVERY_MS = 3_600_000;
/** Milliseconds that writers wait for a restore at most; it makes them longer while it is at work. */
export const FENCE_MS = 120_000;
/** Problems of a damaged database that are named. */
export const PROBLEMS_MAX = 10;
/** Bytes of one line of an exported workspace. */
export const EXPORT_LINE_BYTES_MAX = 1024 * 1024;
/** Lines of an exported workspace: they are imported in one transaction. */
export const EXPORT_LINES_MAX = 250_000;
